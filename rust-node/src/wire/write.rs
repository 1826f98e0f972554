//! From the meaning to canonical text (MGP1-JSN-018).

use super::canonical::{write_integer, write_string};
use super::message::{Body, Message, Phase, Record, Section};
use super::{entry, record};

/// How the optional parts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// On the wire: what is at its default is left out.
    Wire,
    /// As chapter 12 compares meanings: everything is there.
    Meaning,
}

/// The text of a message as it travels, with `pad` of that many characters where given (MGP1-MSG-025).
pub fn wire_text(message: &Message, pad: Option<usize>) -> String {
    text(message, Form::Wire, pad)
}

/// The canonical text of the meaning of a message (chapter 12).
pub fn meaning_text(message: &Message) -> String {
    text(message, Form::Meaning, None)
}

fn text(message: &Message, form: Form, pad: Option<usize>) -> String {
    let mut out = String::with_capacity(4096);
    out.push('{');
    if form == Form::Meaning || !message.cluster.is_empty() {
        out.push_str(r#""cluster":""#);
        out.push_str(&message.cluster);
        out.push_str("\",");
    }
    out.push_str(r#""data":"#);
    write_data(&mut out, message, form, pad);
    out.push_str(r#","messageId":""#);
    out.push_str(&message.message_id);
    out.push_str(r#"","protocolVersion":1,"senderId":""#);
    out.push_str(&message.sender_id);
    out.push_str(r#"","timestamp":"#);
    write_integer(&mut out, message.timestamp);
    out.push_str(r#","type":""#);
    out.push_str(message.body.type_name());
    out.push_str("\"}");
    out
}

/// Writes members one after the other; the caller names them in canonical order.
struct Object<'o> {
    out: &'o mut String,
    empty: bool,
}

impl Object<'_> {
    fn name(&mut self, name: &str) -> &mut String {
        self.out.push_str(if self.empty { "\"" } else { ",\"" });
        self.empty = false;
        self.out.push_str(name);
        self.out.push_str("\":");
        self.out
    }

    fn text(&mut self, name: &str, plain: &str) {
        let out = self.name(name);
        out.push('"');
        out.push_str(plain);
        out.push('"');
    }

    fn flag(&mut self, name: &str, flag: bool, form: Form) {
        if flag || form == Form::Meaning {
            self.name(name)
                .push_str(if flag { "true" } else { "false" });
        }
    }

    fn section<T>(
        &mut self,
        name: &str,
        items: &Section<T>,
        form: Form,
        write: impl Fn(&mut String, &T),
    ) {
        if items.is_empty() && form == Form::Wire {
            return;
        }
        let out = self.name(name);
        out.push('{');
        for (n, (name, item)) in items.iter().enumerate() {
            if n > 0 {
                out.push(',');
            }
            write_string(out, name);
            out.push(':');
            write(out, item);
        }
        out.push('}');
    }
}

fn write_data(out: &mut String, message: &Message, form: Form, pad: Option<usize>) {
    out.push('{');
    let mut data = Object { out, empty: true };
    let beat = |out: &mut String, value: &u64| write_integer(out, *value);
    let item = |out: &mut String, value: &super::Entry| match form {
        Form::Wire => entry::write(out, value),
        Form::Meaning => write_meaning_entry(out, value),
    };
    let known = |out: &mut String, value: &Record| match form {
        Form::Wire => record::write(out, value),
        Form::Meaning => record::write_meaning(out, value),
    };
    let membership = |data: &mut Object<'_>| {
        data.section("membership", &message.membership, form, known);
    };
    match &message.body {
        Body::Gossip {
            local_data,
            heartbeats,
        } => {
            data.section("heartbeats", heartbeats, form, beat);
            data.section("localData", local_data, form, item);
            membership(&mut data);
        }
        Body::Ping {
            ping_id,
            target_id,
            full,
        } => {
            data.flag("full", *full, form);
            membership(&mut data);
            if let Some(pad) = pad {
                data.text("pad", &".".repeat(pad));
            }
            data.text("pingId", ping_id);
            if let Some(id) = target_id {
                data.text("targetId", id);
            }
        }
        Body::Pong {
            ping_id,
            heartbeats,
        } => {
            data.section("heartbeats", heartbeats, form, beat);
            membership(&mut data);
            data.text("pingId", ping_id);
        }
        Body::Membership { page } => {
            membership(&mut data);
            if let Some(page) = page {
                write_integer(data.name("page"), page.page);
                write_integer(data.name("pages"), page.pages);
            }
        }
        Body::Sync { prefix, phase } => match phase {
            Phase::Digest { children } => {
                data.section("children", children, Form::Meaning, |out, digest| {
                    write_string(out, digest);
                });
                membership(&mut data);
                data.text("phase", "DIGEST");
                data.text("prefix", prefix);
            }
            Phase::Entries { local_data, reply } => {
                data.section("localData", local_data, form, item);
                membership(&mut data);
                data.text("phase", "ENTRIES");
                data.text("prefix", prefix);
                data.flag("reply", *reply, form);
            }
        },
    }
    out.push('}');
}

pub(super) fn write_meaning_entry(out: &mut String, value: &super::Entry) {
    if value.deleted {
        entry::write(out, value);
    } else {
        out.push_str(r#"{"deleted":false,"#);
        let at = out.len();
        entry::write(out, value);
        out.remove(at);
    }
}
