//! One node and one peer, `p1`, whose address the node has validated, and the parts of SYNC messages.

use crate::attach::Adapter;
use crate::cases::script::{Departure, Script, Stop, config_of, run};
use crate::cases::vectors::{Arrival, PeerSpec};
use crate::cases::{Case, Needs, Procedure};
use crate::oracle::canonical;
use crate::oracle::digest::path;
use crate::oracle::message::Entry;
use crate::oracle::sync::{Answer, Store};
use crate::verdict::Verdict;
use serde_json::{Map, Value, json};
use std::net::SocketAddr;

/// Wall clock at the creation of a node.
pub const WALL: i64 = 1_760_000_000_000;
/// An interval in which nothing comes to pass.
pub const NEVER: u64 = 1_000_000_000;
/// How long a node may take to answer, in milliseconds.
const ANSWER_WITHIN: u64 = 50;
/// Raw text that fits any datagram, whatever few bytes a node adds to it.
const SURELY_FITS: usize = 1_300;

/// Where `p1` listens.
pub fn p1() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 9001))
}

/// A case whose first requirement is the one in its id.
pub fn case(
    id: &str,
    also: &[&str],
    hunts: &str,
    procedure: impl Fn(&mut dyn Adapter) -> Verdict + Send + Sync + 'static,
) -> Case {
    let first = id.split('/').next().unwrap_or(id);
    let requirements = std::iter::once(first).chain(also.iter().copied());
    Case {
        id: id.to_owned(),
        requirements: requirements.map(str::to_owned).collect(),
        hunts: hunts.to_owned(),
        without: Vec::new(),
        needs: Needs::Core,
        procedure: Procedure::Adapter(Box::new(procedure)),
    }
}

/// The node holds the keys that it was given: what is to be seen of its exchanges begins there, and one that took nothing shows nothing.
pub fn holds(script: &mut Script<'_>, given: &Store) -> Result<(), Stop> {
    let state = script.clockwork.state()?;
    let lacks = |key: &&String| state["entries"].get(key.as_str()).is_none();
    let missing = given.keys().filter(lacks).count();
    if missing == 0 {
        return Ok(());
    }
    Err(Stop::Failed {
        requirement: "MGP1-MRG-001".to_owned(),
        expected: format!("the {} keys that it was given by GOSSIP", given.len()),
        actual: format!("{missing} of them are not held"),
    })
}

/// What `p1` says to the node, one message after the other.
pub struct Rig<'s, 'a> {
    /// The node.
    pub script: &'s mut Script<'a>,
    said: u64,
}

/// Creates a node with the seed `p1`, which answers its PINGs, and runs `body`.
///
/// A node may start an exchange as soon as it has validated somebody (MGP1-SYN-003 sets the latest time alone), so the first moments pass
/// before `body` and what it sends in them is no answer to anything.
pub fn with_node(
    adapter: &mut dyn Adapter,
    requirement: &str,
    config: &Value,
    random_seed: u64,
    body: impl FnOnce(&mut Rig<'_, '_>) -> Result<(), Stop>,
) -> Verdict {
    let mut overrides = config.as_object().cloned().unwrap_or_default();
    overrides.insert("seeds".to_owned(), json!([p1().to_string()]));
    let peer = PeerSpec {
        id: "p1".to_owned(),
        address: p1(),
        answers: true,
    };
    let config = config_of(&overrides, random_seed);
    run(adapter, requirement, &config, WALL, &[peer], |script| {
        let mut rig = Rig { script, said: 0 };
        rig.advance(ANSWER_WITHIN)?;
        rig.syncs();
        body(&mut rig)
    })
}

impl Rig<'_, '_> {
    /// Milliseconds since the node was created.
    pub fn now(&self) -> u64 {
        self.script.clockwork.mono()
    }

    /// Ticks whenever the node wants it, up to `until`.
    pub fn advance(&mut self, until: u64) -> Result<(), Stop> {
        self.script.advance(until)?;
        self.script.tick(until)
    }

    /// A failure.
    pub fn failed(&self, requirement: &str, expected: String, actual: String) -> Stop {
        Stop::Failed {
            requirement: requirement.to_owned(),
            expected,
            actual,
        }
    }

    /// Delivers a message of `id` from an address; its record names `home`.
    pub fn deliver(
        &mut self,
        id: &str,
        home: SocketAddr,
        from: SocketAddr,
        kind: &str,
        data: &Value,
    ) -> Result<(), Stop> {
        self.said += 1;
        let timestamp = self.script.clockwork.wall() + i64::try_from(self.said).unwrap_or(i64::MAX);
        let message = message(
            id,
            home,
            kind,
            &format!("said-{}", self.said),
            timestamp,
            data,
        );
        self.script.receive(&Arrival {
            from,
            message: Some(message),
            datagram: None,
        })
    }

    /// Gives the node entries by GOSSIP, a hundred to a message.
    pub fn load(&mut self, store: &Store) -> Result<(), Stop> {
        let all: Vec<_> = store.iter().collect();
        for part in all.chunks(100) {
            let entries: Map<String, Value> = part
                .iter()
                .map(|(key, entry)| ((*key).clone(), entry.to_value()))
                .collect();
            self.deliver("p1", p1(), p1(), "GOSSIP", &json!({"localData": entries}))?;
        }
        holds(self.script, store)
    }

    /// Sends the node a SYNC and returns the SYNC messages that it sends because of it, to whomever.
    pub fn ask(&mut self, data: &Value) -> Result<Vec<Departure>, Stop> {
        self.ask_as("p1", p1(), p1(), data)
    }

    /// The same in another name or from another place.
    pub fn ask_as(
        &mut self,
        id: &str,
        home: SocketAddr,
        from: SocketAddr,
        data: &Value,
    ) -> Result<Vec<Departure>, Stop> {
        self.script.departures();
        self.deliver(id, home, from, "SYNC", data)?;
        self.advance(self.now() + ANSWER_WITHIN)?;
        Ok(self.syncs())
    }

    /// The same with a record whose content is newer than all before it.
    pub fn deliver_moved(
        &mut self,
        id: &str,
        home: SocketAddr,
        from: SocketAddr,
        data: &Value,
    ) -> Result<Vec<Departure>, Stop> {
        self.script.departures();
        let timestamp = self.script.clockwork.wall() + 1_000;
        let mut message = message(id, home, "SYNC", "moved", timestamp, data);
        message["data"]["membership"][id]["updated"] = json!(timestamp);
        self.script.receive(&Arrival {
            from,
            message: Some(message),
            datagram: None,
        })?;
        self.advance(self.now() + ANSWER_WITHIN)?;
        Ok(self.syncs())
    }

    /// The SYNC messages sent since the last time.
    pub fn syncs(&mut self) -> Vec<Departure> {
        let mut departures = self.script.departures();
        departures.retain(|departure| departure.meaning["type"] == "SYNC");
        departures
    }
}

/// A message of a peer.
pub fn message(
    id: &str,
    home: SocketAddr,
    kind: &str,
    message_id: &str,
    timestamp: i64,
    data: &Value,
) -> Value {
    let mut data = data.clone();
    data["membership"] = json!({id: {
        "host": home.ip().to_string(), "port": home.port(), "state": "ALIVE",
        "lastSeen": timestamp, "updated": WALL, "metadata": {},
    }});
    json!({
        "protocolVersion": 1, "type": kind, "senderId": id, "messageId": message_id,
        "timestamp": timestamp, "data": data,
    })
}

/// An entry of `p1`, written `age` milliseconds before the node was created.
pub fn entry(value: Value, age: u64) -> Entry {
    Entry {
        value,
        timestamp: u64::try_from(WALL).unwrap_or_default() - age,
        version: "v1".to_owned(),
        source_node: "p1".to_owned(),
        deleted: false,
    }
}

/// The first `count` keys of a series whose paths begin with `prefix`, with an entry each.
pub fn keys_below(prefix: &str, count: usize) -> Store {
    (0u64..)
        .map(|n| format!("key-{n}"))
        .filter(|key| path(key).starts_with(prefix))
        .take(count)
        .map(|key| {
            let value = json!(format!("of {key}"));
            (key, entry(value, 0))
        })
        .collect()
}

/// Whether an ENTRIES fits a datagram without compression, with room to spare.
pub fn surely_fits(answer: &Answer) -> bool {
    text_of(answer).len() <= SURELY_FITS
}

/// Whether an ENTRIES fits a datagram when it is compressed as well as can be.
pub fn may_fit(answer: &Answer) -> bool {
    let text = text_of(answer);
    text.len() <= 1_400 || crate::wire::message::zlib(text.as_bytes(), 9).len() <= 1_400
}

fn text_of(answer: &Answer) -> String {
    let home = SocketAddr::from(([127, 0, 0, 1], 9000));
    let data = answer.to_data();
    canonical(&message("iut", home, "SYNC", "messageId-1", WALL, &data))
}

/// What a list of SYNC messages is about, for a report.
pub fn summary(answers: &[Departure]) -> String {
    let parts: Vec<String> = answers
        .iter()
        .map(|answer| {
            let data = &answer.meaning["data"];
            let size = data["localData"].as_object().map(Map::len);
            let size = size.map_or(String::new(), |size| format!(" with {size} entries"));
            format!(
                "{} {}{size} to {}",
                data["phase"], data["prefix"], answer.to
            )
        })
        .collect();
    if parts.is_empty() {
        "no SYNC".to_owned()
    } else {
        parts.join(", ")
    }
}
