//! Two nodes of one implementation whose GOSSIPs are all lost come to agree, at a cost that grows with the difference.

use super::exchange::differences;
use super::pace::take;
use super::rig::{WALL, case, entry, holds, keys_below, message};
use crate::attach::{Adapter, AdapterError};
use crate::cases::Case;
use crate::cases::script::{Departure, Script, Stop, config_of, run};
use crate::cases::vectors::Arrival;
use crate::oracle::sync::Store;
use crate::verdict::Verdict;
use serde_json::{Map, Value, json};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

const SYN_005: &str = "MGP1-SYN-005";
/// Longest time that an agreement may take, in milliseconds.
const AGREED_BY: u64 = 600_000;
/// How often the stores are compared.
const LOOK_EVERY: u64 = 2_000;

/// The cases of this file.
pub fn cases() -> Vec<Case> {
    vec![
        case(
            "MGP1-SYN-005/cost-grows-with-the-difference",
            &["MGP1-SYN-003", "MGP1-SYN-006", "MGP1-SYN-009"],
            "a whole store sent to find ten keys",
            cost_grows_with_the_difference,
        ),
        case(
            "MGP1-SYN-011/an-empty-store-against-many",
            &["MGP1-SYN-005", "MGP1-SYN-009", "MGP1-SYN-016"],
            "an exchange with an empty store that never ends, or comes as one burst that no socket buffer holds; W-12",
            an_empty_store_against_many,
        ),
    ]
}

/// What SYNC cost until two stores were alike.
#[derive(Debug, Default)]
struct Cost {
    /// Bytes of all SYNC datagrams.
    bytes: u64,
    /// SYNC datagrams on their way at one time, at most.
    at_once: usize,
}

fn cost_grows_with_the_difference(adapter: &mut dyn Adapter) -> Verdict {
    let mut costs = Vec::new();
    for (keys, different) in [(2_000, 10), (2_000, 100), (500, 10)] {
        let (one, other) = stores(keys, different);
        match cost(adapter, &one, &other) {
            Ok(cost) => costs.push(cost.bytes),
            Err(verdict) => return verdict,
        }
    }
    let (few, many, small) = (costs[0], costs[1], costs[2]);
    let told = format!(
        "2,000 keys: {few} bytes for 10 differences, {many} for 100; 500 keys: {small} bytes for 10"
    );
    if many < 2 * few || many > 20 * few {
        return Verdict::fail(SYN_005, "bytes of SYNC that grow with the difference", told);
    }
    if few > 3 * small {
        return Verdict::fail(
            SYN_005,
            "bytes of SYNC that do not grow with the stores",
            told,
        );
    }
    Verdict::Pass
}

fn an_empty_store_against_many(adapter: &mut dyn Adapter) -> Verdict {
    // Four answers to each message, three digits deep until the entries of a subtree fit one: 64 for an exchange, and each side may begin one.
    const MOST_AT_ONCE: usize = 2 * 64;
    match cost(adapter, &keys_below("", 2_000), &Store::new()) {
        Ok(cost) if cost.at_once > MOST_AT_ONCE => Verdict::fail(
            "MGP1-SYN-011",
            format!("at most {MOST_AT_ONCE} SYNC datagrams on their way at one time"),
            format!("{}", cost.at_once),
        ),
        Ok(_) => Verdict::Pass,
        Err(verdict) => verdict,
    }
}

/// An adapter that two scripts use in turn.
struct Shared<'m, 'a>(&'m Mutex<&'a mut dyn Adapter>);

impl Adapter for Shared<'_, '_> {
    fn request(&mut self, body: Value) -> Result<Value, AdapterError> {
        let mut adapter = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        adapter.request(body)
    }
}

/// Two stores of that many keys in all, which differ in some of them in four ways.
fn stores(keys: usize, different: usize) -> (Store, Store) {
    let common = keys_below("", keys);
    let (mut one, mut other) = (common.clone(), common);
    let names: Vec<String> = one.keys().cloned().collect();
    for (number, key) in names.iter().step_by(keys / different).enumerate() {
        match number % 4 {
            0 => drop(one.remove(key)),
            1 => drop(other.remove(key)),
            2 => drop(one.insert(key.clone(), entry(json!("older"), 60_000))),
            _ => drop(other.insert(key.clone(), entry(json!("older"), 60_000))),
        }
    }
    (one, other)
}

fn address(index: usize) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], if index == 0 { 9000 } else { 9001 }))
}

/// Lets one node hold `one` and a second `other`, until both hold the same.
fn cost(adapter: &mut dyn Adapter, one: &Store, other: &Store) -> Result<Cost, Verdict> {
    let shared = Mutex::new(adapter);
    let mut whole = one.clone();
    for (key, entry) in other {
        take(
            &mut whole,
            &json!({"localData": {key.as_str(): entry.to_value()}}),
        );
    }
    let config = |index: usize| {
        let mut overrides = Map::new();
        overrides.insert("nodeId".to_owned(), json!(["iut", "iut2"][index]));
        overrides.insert("port".to_owned(), json!(address(index).port()));
        overrides.insert("seeds".to_owned(), json!([address(1 - index).to_string()]));
        config_of(&overrides, 7 + index as u64)
    };
    let mut cost = Cost::default();
    let mut inner = Verdict::Pass;
    let outer = run(
        &mut Shared(&shared),
        SYN_005,
        &config(0),
        WALL,
        &[],
        |first| {
            load(first, one)?;
            inner = run(
                &mut Shared(&shared),
                SYN_005,
                &config(1),
                WALL,
                &[],
                |second| {
                    load(second, other)?;
                    cost = until_alike(first, second, &whole)?;
                    Ok(())
                },
            );
            Ok(())
        },
    );
    match (outer, inner) {
        (Verdict::Pass, Verdict::Pass) => Ok(cost),
        (Verdict::Pass, verdict) | (verdict, _) => Err(verdict),
    }
}

/// One of two nodes, whatever their adapters.
trait Node {
    fn departures(&mut self) -> Vec<Departure>;
    fn next_wake(&self, until: u64) -> Option<u64>;
    fn tick(&mut self, at: u64) -> Result<(), Stop>;
    fn receive(&mut self, from: SocketAddr, datagram: &[u8]) -> Result<(), Stop>;
    fn entries(&mut self) -> Result<Value, Stop>;
}

impl Node for Script<'_> {
    fn departures(&mut self) -> Vec<Departure> {
        Script::departures(self)
    }

    fn next_wake(&self, until: u64) -> Option<u64> {
        self.clockwork.next_wake(until)
    }

    fn tick(&mut self, at: u64) -> Result<(), Stop> {
        Script::tick(self, at)
    }

    fn receive(&mut self, from: SocketAddr, datagram: &[u8]) -> Result<(), Stop> {
        Script::receive(
            self,
            &Arrival {
                from,
                message: None,
                datagram: Some(hex::encode(datagram)),
            },
        )
    }

    fn entries(&mut self) -> Result<Value, Stop> {
        Ok(self.clockwork.state()?["entries"].take())
    }
}

/// Gives a node entries by GOSSIP of a third that is never heard of again.
fn load(script: &mut Script<'_>, store: &Store) -> Result<(), Stop> {
    let home = SocketAddr::from(([127, 0, 0, 1], 9099));
    let all: Vec<_> = store.iter().collect();
    for (number, part) in all.chunks(100).enumerate() {
        let entries: Map<String, Value> = part
            .iter()
            .map(|(key, entry)| ((*key).clone(), entry.to_value()))
            .collect();
        let data = json!({"localData": entries});
        let id = format!("load-{number}");
        script.receive(&Arrival {
            from: home,
            message: Some(message(
                "p99",
                home,
                "GOSSIP",
                &id,
                WALL + number as i64,
                &data,
            )),
            datagram: None,
        })?;
    }
    holds(script, store)
}

/// Carries datagrams between the two with a millisecond of latency, but no GOSSIP.
fn until_alike<'n>(
    first: &'n mut (dyn Node + 'n),
    second: &'n mut (dyn Node + 'n),
    whole: &Store,
) -> Result<Cost, Stop> {
    let mut nodes = [first, second];
    let mut flying: VecDeque<(u64, usize, Vec<u8>, bool)> = VecDeque::new();
    let (mut now, mut look) = (0, LOOK_EVERY);
    let mut cost = Cost::default();
    loop {
        for (index, node) in nodes.iter_mut().enumerate() {
            for departure in node.departures() {
                let kind = &departure.meaning["type"];
                let is_sync = kind == "SYNC";
                if is_sync {
                    cost.bytes += departure.datagram.len() as u64;
                }
                if kind != "GOSSIP" && departure.to == address(1 - index) {
                    flying.push_back((now + 1, 1 - index, departure.datagram, is_sync));
                }
            }
        }
        let at_once = flying.iter().filter(|(.., is_sync)| *is_sync).count();
        cost.at_once = cost.at_once.max(at_once);
        let wakes = nodes.iter().filter_map(|node| node.next_wake(look));
        let arrival = flying.front().map(|(due, ..)| *due);
        now = wakes.chain(arrival).min().unwrap_or(look).min(look);
        for node in &mut nodes {
            node.tick(now)?;
        }
        while flying.front().is_some_and(|(due, ..)| *due <= now) {
            if let Some((_, to, datagram, _)) = flying.pop_front() {
                nodes[to].receive(address(1 - to), &datagram)?;
            }
        }
        if now < look {
            continue;
        }
        look += LOOK_EVERY;
        let mut other = [0; 2];
        for (index, node) in nodes.iter_mut().enumerate() {
            other[index] = differences(whole, &node.entries()?);
        }
        if other == [0, 0] {
            return Ok(cost);
        }
        if now >= AGREED_BY {
            return Err(Stop::Failed {
                requirement: "MGP1-SYN-009".to_owned(),
                expected: format!(
                    "both hold the same {} entries by {AGREED_BY} ms",
                    whole.len()
                ),
                actual: format!("{} and {} of them are other", other[0], other[1]),
            });
        }
    }
}
