//! The meaning of a version 0 message as text, and the one version 0 message that a node sends.

use super::super::canonical::{write_double, write_integer, write_string};
use super::super::codec::Codec;
use super::super::write::write_meaning_entry;
use super::{Dialect, LegacyBody, LegacyMessage};

/// Most bytes by which a zlib stream of a short text is longer than the text.
const DEFLATE_OVERHEAD: usize = 64;

/// The canonical text of the meaning (chapter 10).
pub(in crate::wire) fn meaning_text(message: &LegacyMessage) -> String {
    let mut out = String::from(r#"{"cluster":"","data":{"#);
    match &message.body {
        LegacyBody::Gossip {
            local_data,
            addresses,
        } => {
            out.push_str(r#""localData":{"#);
            items(&mut out, local_data, write_meaning_entry);
            out.push_str(r#"},"membership":{"#);
            items(&mut out, addresses, |out, named| {
                out.push_str(r#"{"host":"#);
                write_string(out, &named.host);
                out.push_str(r#","port":"#);
                write_integer(out, u64::from(named.address.port()));
                out.push('}');
            });
            out.push('}');
        }
        LegacyBody::Ping { ping_id }
        | LegacyBody::Pong {
            ping_id: Some(ping_id),
        } => {
            out.push_str(r#""pingId":"#);
            write_string(&mut out, ping_id);
        }
        LegacyBody::Pong { ping_id: None } | LegacyBody::Membership | LegacyBody::Sync => {}
    }
    out.push_str(r#"},"dialect":""#);
    out.push_str(message.dialect.name());
    out.push_str(r#"","messageId":""#);
    out.push_str(&message.message_id);
    out.push_str(r#"","protocolVersion":0,"senderId":""#);
    out.push_str(&message.sender_id);
    out.push_str(r#"","timestamp":"#);
    write_integer(&mut out, message.timestamp);
    out.push_str(r#","type":""#);
    out.push_str(message.body.type_name());
    out.push_str("\"}");
    out
}

fn items<T>(out: &mut String, items: &[(String, T)], write: impl Fn(&mut String, &T)) {
    for (n, (name, item)) in items.iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        write_string(out, name);
        out.push(':');
        write(out, item);
    }
}

/// The PONG of MGP1-LEG-008 as a datagram: all five members of the dialect and nothing that its receivers do not know.
///
/// `timestamp` is in milliseconds. `None` only where a stream does not fit the bytes that any stream of such a text fits.
pub fn pong(
    codec: &mut Codec,
    dialect: Dialect,
    sender_id: &str,
    message_id: &str,
    timestamp: u64,
    ping_id: &str,
) -> Option<Vec<u8>> {
    let mut out = String::with_capacity(224);
    match dialect {
        Dialect::Java => {
            out.push_str(r#"{"data":{"pingId":""#);
            out.push_str(ping_id);
            out.push_str(r#""},"messageId":""#);
            out.push_str(message_id);
            out.push_str(r#"","senderId":""#);
            out.push_str(sender_id);
            out.push_str(r#"","timestamp":"#);
            write_integer(&mut out, timestamp);
            out.push_str(r#","type":"PONG"}"#);
            Some(out.into_bytes())
        }
        Dialect::Python => {
            out.push_str(r#"{"data":{"ping_id":""#);
            out.push_str(ping_id);
            out.push_str(r#""},"message_id":""#);
            out.push_str(message_id);
            out.push_str(r#"","message_type":"pong","sender_id":""#);
            out.push_str(sender_id);
            out.push_str(r#"","timestamp":"#);
            write_seconds(&mut out, timestamp);
            out.push('}');
            let most = out.len() + DEFLATE_OVERHEAD;
            let stream = codec.deflater.deflate(out.as_bytes(), most)?;
            Some(stream.to_vec())
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "timestamps are below 2^52 and so doubles without loss"
)]
fn write_seconds(out: &mut String, milliseconds: u64) {
    write_double(out, milliseconds as f64 / 1000.0);
}
