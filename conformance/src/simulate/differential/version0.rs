//! Datagrams of version 0 in both dialects (chapter 10): valid ones, and ones that are wrong in one place.
//!
//! Texts are put together here and not by a serialiser, because the spelling of a number is part of what is asked: a number of seconds may be
//! any JSON number, and what it maps to must be the same everywhere.

use serde_json::{Value, json};
use simulation::random::Stream;

use super::source::{KEYS, MEMBERS, SENDERS, clock_of, pick, value};
use super::{DAY, OWN_ID, WALL};

/// How one of the two spells things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    kind: &'static str,
    sender: &'static str,
    message: &'static str,
    entries: &'static str,
    last_seen: &'static str,
    ping: &'static str,
    seconds: bool,
}

/// What the published Java node sent.
pub(super) const JAVA: Dialect = Dialect {
    kind: "type",
    sender: "senderId",
    message: "messageId",
    entries: "localData",
    last_seen: "lastSeen",
    ping: "pingId",
    seconds: false,
};

/// What the published Python node sent.
pub(super) const PYTHON: Dialect = Dialect {
    kind: "message_type",
    sender: "sender_id",
    message: "message_id",
    entries: "local_state",
    last_seen: "last_seen",
    ping: "ping_id",
    seconds: true,
};

/// Both.
pub(super) const DIALECTS: [Dialect; 2] = [JAVA, PYTHON];

/// Addresses that a version 0 message comes from: what is learnt of its sender is where it came from. Some are good for no record, and some
/// can be spelled in several ways.
pub(super) const SOURCES: [&str; 16] = [
    "127.0.0.1:9001",
    "127.0.0.1:9001",
    "127.0.0.1:9001",
    "127.0.0.1:10000",
    "[::1]:9001",
    "[::ffff:127.0.0.1]:9001",
    "[2001:db8:0:0:1:0:0:1]:9001",
    "[1:0:2:0:3:0:4:0]:9001",
    "[::102:304]:9001",
    "[64:ff9b::1.2.3.4]:9001",
    "[FE80::AbCd]:9001",
    "127.0.0.1:0",
    "0.0.0.0:9001",
    "[::ffff:0.0.0.0]:9001",
    "224.0.0.1:9001",
    "[ff02::1]:9001",
];

/// An object by its members' names and texts, in that order.
#[derive(Debug, Clone, Default)]
struct Text(Vec<(String, String)>);

impl Text {
    fn with(mut self, name: &str, text: impl ToString) -> Self {
        self.set(name, text);
        self
    }

    fn set(&mut self, name: &str, text: impl ToString) {
        let text = text.to_string();
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = text,
            None => self.0.push((name.to_owned(), text)),
        }
    }

    fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("{")?;
        for (number, (name, text)) in self.0.iter().enumerate() {
            let comma = if number > 0 { "," } else { "" };
            write!(f, "{comma}{}:{text}", json!(name))?;
        }
        f.write_str("}")
    }
}

/// A message under construction: the parts that something may be wrong with.
struct Old {
    dialect: Dialect,
    top: Text,
    data: Text,
    entries: Vec<(String, Text)>,
    members: Vec<(String, Text)>,
}

impl Old {
    fn text(mut self) -> String {
        let section = |items: Vec<(String, Text)>| {
            let items = items.into_iter();
            items.fold(Text::default(), |all, (name, item)| all.with(&name, item))
        };
        if !self.entries.is_empty() {
            self.data.set(self.dialect.entries, section(self.entries));
        }
        if !self.members.is_empty() {
            self.data.set("membership", section(self.members));
        }
        let is_there = |name: &str| self.top.0.iter().any(|(known, _)| known == name);
        if !is_there("data") {
            self.top.set("data", self.data);
        }
        self.top.to_string()
    }
}

/// The text of a valid message. `number` makes its id, `clock` is the newest that its senders have shown.
pub(super) fn valid(stream: &mut Stream, dialect: Dialect, number: u64, clock: u64) -> String {
    message(stream, dialect, number, clock).text()
}

/// The text of a PONG with this ping id: one that was sent as version 1, and that proves nothing here.
pub(super) fn echo(dialect: Dialect, sender: &str, number: u64, clock: u64, ping: &str) -> String {
    let top = Text::default()
        .with(dialect.kind, json!("PONG"))
        .with(dialect.sender, json!(sender))
        .with(dialect.message, json!(format!("m{number}")))
        .with("timestamp", plain_time(dialect, WALL + clock));
    let data = Text::default().with(dialect.ping, json!(ping));
    top.with("data", data).to_string()
}

fn message(stream: &mut Stream, dialect: Dialect, number: u64, clock: u64) -> Old {
    let kinds = [
        "GOSSIP",
        "GOSSIP",
        "GOSSIP",
        "PING",
        "PONG",
        "MEMBERSHIP",
        "SYNC",
    ];
    let kind = pick(stream, &kinds);
    let spelled = match stream.below(3) {
        0 if dialect.seconds => kind.to_ascii_lowercase(),
        1 if dialect.seconds => kind[..2].to_owned() + &kind[2..].to_ascii_lowercase(),
        _ => kind.to_owned(),
    };
    let seen = clock_of(stream, clock);
    let top = Text::default()
        .with(dialect.kind, json!(spelled))
        .with(dialect.sender, json!(pick(stream, &SENDERS)))
        .with(dialect.message, json!(format!("m{number}")))
        .with("timestamp", time(stream, dialect, seen));
    let mut old = Old {
        dialect,
        top,
        data: Text::default(),
        entries: Vec::new(),
        members: Vec::new(),
    };
    if kind == "PING" || kind == "PONG" && stream.below(2) == 0 {
        old.data.set(dialect.ping, json!(format!("ping-{number}")));
    }
    if kind == "GOSSIP" || stream.below(4) == 0 {
        for _ in 0..stream.below(4) {
            let key = pick(stream, &KEYS).to_owned();
            let entry = entry(stream, dialect);
            old.entries.push((key, entry));
        }
        for _ in 0..stream.below(3) {
            let name = pick(stream, &MEMBERS).to_owned();
            let member = member(stream, dialect, clock);
            old.members.push((name, member));
        }
    }
    old
}

fn entry(stream: &mut Stream, dialect: Dialect) -> Text {
    let times = [
        WALL,
        WALL + 1,
        WALL + 2,
        WALL + DAY,
        WALL + 2 * DAY,
        WALL - DAY - 1,
        5,
    ];
    let version = if dialect.seconds {
        let counts = [0, 7, 9_999_999, 10_000_000, (1_u64 << 53) - 1];
        json!(counts[stream.below(5) as usize])
    } else {
        json!(pick(stream, &["v", "v1", "V", "v10", "v9", "_", "-"]))
    };
    let at = times[stream.below(7) as usize];
    let mut entry = Text::default()
        .with("value", value(stream))
        .with("timestamp", time(stream, dialect, at))
        .with("version", version);
    if stream.below(3) == 0 {
        // Unknown to version 0, whatever they mean in version 1.
        entry.set("deleted", stream.below(2) == 0);
        entry.set("sourceNode", json!(pick(stream, &["p9", "", "a b"])));
    }
    entry
}

fn member(stream: &mut Stream, dialect: Dialect, clock: u64) -> Text {
    let hosts = [
        "127.0.0.1",
        "10.0.0.7",
        "::1",
        "localhost",
        "0.0.0.0",
        "224.0.0.1",
    ];
    Text::default()
        .with("host", json!(pick(stream, &hosts)))
        .with("port", 9001 + stream.below(3))
        .with("state", json!(pick(stream, &["ALIVE", "alive", "DEAD"])))
        .with(dialect.last_seen, time(stream, dialect, WALL + clock))
        .with("metadata", "{}")
}

/// A time in the unit of the dialect, plainly.
fn plain_time(dialect: Dialect, millis: u64) -> String {
    if dialect.seconds {
        format!("{}.{:03}", millis / 1_000, millis % 1_000)
    } else {
        millis.to_string()
    }
}

/// A time in the unit of the dialect; seconds in one of many spellings, some of them half a millisecond or a hair beside it.
fn time(stream: &mut Stream, dialect: Dialect, millis: u64) -> String {
    let plain = plain_time(dialect, millis);
    if !dialect.seconds {
        return plain;
    }
    match stream.below(8) {
        0 => format!("{plain}5"),
        1 => format!("{plain}49999999999999999999"),
        2 => format!("{plain}50000000000000000001"),
        3 => format!("{millis}e-3"),
        4 => format!("{}.{:04}5E+1", millis / 10_000, millis % 10_000),
        5 => format!("{plain}9999"),
        _ => plain,
    }
}

/// The text of a message that is wrong in one place, and what is wrong.
pub(super) fn adversarial(
    stream: &mut Stream,
    dialect: Dialect,
    number: u64,
    clock: u64,
) -> (&'static str, String) {
    let mut old = message(stream, dialect, number, clock);
    let what = match stream.below(8) {
        0 => {
            let names = [
                dialect.kind,
                dialect.sender,
                dialect.message,
                "timestamp",
                "data",
            ];
            let name = pick(stream, &names);
            let lie = lie(stream);
            if name == "data" {
                old.top.set("data", lie);
            } else {
                spoil(&mut old.top, name, &lie);
            }
            "an old message with a wrong member"
        }
        1 => {
            let kinds = [
                "gossip",
                "Gossip",
                "RUMOUR",
                "",
                "p\u{131}ng",
                "\u{17f}ync",
                "GOSSIP ",
                "pong",
            ];
            old.top.set(dialect.kind, json!(pick(stream, &kinds)));
            "an old message of an odd type"
        }
        2 => {
            let names = [dialect.ping, dialect.entries, "membership"];
            let name = pick(stream, &names);
            (old.entries, old.members) = (Vec::new(), Vec::new());
            let lie = lie(stream);
            spoil(&mut old.data, name, &lie);
            "an old message with wrong data"
        }
        3 => {
            let mut wrong = entry(stream, dialect);
            let name = pick(stream, &["value", "timestamp", "version"]);
            let lie = lie(stream);
            spoil(&mut wrong, name, &lie);
            old.entries.push(("wrong".to_owned(), wrong));
            let large = entry(stream, dialect).with("value", json!("x".repeat(700)));
            old.entries.push(("large".to_owned(), large));
            old.entries.push((String::new(), entry(stream, dialect)));
            "an old message with wrong entries"
        }
        4 => {
            let mut wrong = member(stream, dialect, clock);
            let name = pick(stream, &["host", "port", "state", dialect.last_seen]);
            let lie = lie(stream);
            spoil(&mut wrong, name, &lie);
            old.members.push(("p7".to_owned(), wrong));
            old.members
                .push(("a b".to_owned(), member(stream, dialect, clock)));
            old.members
                .push((OWN_ID.to_owned(), member(stream, dialect, clock)));
            "an old message with wrong members"
        }
        5 => {
            old.top.set(dialect.sender, json!(OWN_ID));
            let ahead = WALL + 200_000 + u64::from(stream.below(1_000_000));
            // One in eight lies where no rumour wins any more (chapter 7).
            let rumour = if stream.below(8) == 0 { 1 << 51 } else { ahead };
            old.top.set("timestamp", time(stream, dialect, rumour));
            "an old message of its own id"
        }
        6 => {
            let other = if dialect == JAVA { PYTHON } else { JAVA };
            old.top.set(other.kind, json!("PING"));
            old.top.set("cluster", json!("elsewhere"));
            "an old message of both dialects"
        }
        _ => {
            let versions = ["0", "null", "\"0\"", "1", "false"];
            old.top.set("protocolVersion", pick(stream, &versions));
            "an old message that names a version"
        }
    };
    (what, old.text())
}

/// Puts a wrong value in the place of a member, or takes the member out.
fn spoil(object: &mut Text, name: &str, lie: &str) {
    if lie.is_empty() {
        object.remove(name);
    } else {
        object.set(name, lie);
    }
}

/// A value that is wrong in most places, as text; nothing at all for absence.
///
/// Among the numbers there is none that equals an integer and is not spelled like one: what that means where an integer is called for is
/// implementation-defined (chapter 3).
fn lie(stream: &mut Stream) -> String {
    let lies: [Value; 8] = [
        json!(null),
        json!(true),
        json!("1"),
        json!("a b"),
        json!("x".repeat(65)),
        json!([]),
        json!({}),
        json!([{}]),
    ];
    let numbers = [
        "-1",
        "1.5",
        "-0.0004",
        "0",
        "4503599627370495",
        "4503599627370496",
        "9007199254740991",
        "9007199254740993",
        "4503599627370.4951",
        "4503599627370.4955",
        "9007199254740.9925",
        "1e300",
        "1.7600000000005e9",
        "1e-400",
        "0.0005",
        "0.00050000000000000000000000000000000000000001",
        "1759999999.9985",
        "1760000000.0005000000000000000000000000001",
    ];
    match stream.below(12) {
        0..4 => lies[stream.below(8) as usize].to_string(),
        4 => String::new(),
        _ => numbers[stream.below(numbers.len() as u32) as usize].to_owned(),
    }
}
