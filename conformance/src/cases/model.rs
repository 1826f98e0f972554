//! Random messages put to the machine and to the reference model of chapter 6 side by side: both must hold the same after each.
//! The seeds are fixed, so that every run asks the same. Names come from small pools, so that they meet often.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::seed;
use serde_json::{Map, Value, json};

use super::codec::first_difference;
use super::{Case, Needs, Procedure};
use crate::attach::Adapter;
use crate::oracle::merge::{Limits, Model};
use crate::oracle::{Decoded, canonical, decode};
use crate::verdict::{Direction, Failure, LoggedDatagram, Verdict};

const WALL: u64 = 1_760_000_000_000;
const DAY: u64 = 86_400_000;
const NODE: &str = "model";
const OWN_ID: &str = "iut";
const RUNS: u64 = 12;
const MESSAGES: usize = 40;

/// The cases that compare with the model.
pub fn cases() -> Vec<Case> {
    vec![
        case(
            "MGP1-MRG-001/random-messages",
            &[
                "MGP1-MRG-001",
                "MGP1-MRG-002",
                "MGP1-MRG-003",
                "MGP1-MRG-004",
                "MGP1-MRG-012",
                "MGP1-MRG-013",
            ],
            "orders of entries that are wrong only for a rare pair",
            |random, _| json!({"localData": entries(random)}),
        ),
        case(
            "MGP1-MRG-015/random-messages",
            &[
                "MGP1-MRG-015",
                "MGP1-MRG-016",
                "MGP1-MRG-017",
                "MGP1-MRG-018",
                "MGP1-MRG-019",
                "MGP1-MRG-020",
                "MGP1-MRG-021",
                "MGP1-LIV-019",
                "MGP1-LIV-020",
            ],
            "merges of liveness and content that disturb each other, and members that return from the dead",
            members,
        ),
    ]
}

fn case(
    id: &str,
    requirements: &[&str],
    hunts: &str,
    data: fn(&mut ChaCha8Rng, &Model) -> Value,
) -> Case {
    Case {
        id: id.to_owned(),
        requirements: requirements.iter().map(|id| (*id).to_owned()).collect(),
        hunts: hunts.to_owned(),
        without: Vec::new(),
        needs: Needs::Core,
        procedure: Procedure::Adapter(Box::new(move |adapter| {
            for run_number in 0..RUNS {
                let seed = seed::number(&format!("model: run {run_number}"));
                let outcome = run(adapter, seed, data);
                // A machine that cannot be destroyed was never created; the outcome says why.
                let _ = adapter.request(json!({"op": "destroy", "node": NODE}));
                if let Err(verdict) = outcome {
                    return verdict;
                }
            }
            Verdict::Pass
        })),
    }
}

fn run(
    adapter: &mut dyn Adapter,
    seed: u64,
    data: fn(&mut ChaCha8Rng, &Model) -> Value,
) -> Result<(), Verdict> {
    let now = json!({"wall": WALL, "mono": 0});
    let mut ask = |body: Value| {
        adapter
            .request(body)
            .map_err(|why| Verdict::Error(why.to_string()))
    };
    let config = json!({"nodeId": OWN_ID, "host": "127.0.0.1", "port": 9000, "randomSeed": seed});
    ask(json!({"op": "create", "node": NODE, "now": now, "config": config}))?;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut model = Model::new(OWN_ID, Limits::default());
    let mut datagrams = Vec::new();
    for index in 0..MESSAGES {
        let message = message(&mut random, index, &model, data);
        let datagram = canonical(&message).into_bytes();
        let Decoded::Accepted { message, .. } = decode(&datagram) else {
            return Err(Verdict::Error(format!(
                "the suite made no message: {message}"
            )));
        };
        model.apply(&message, WALL);
        let from = "127.0.0.1:9001";
        let digits = hex::encode(&datagram);
        datagrams.push(LoggedDatagram {
            at_ms: 0,
            direction: Direction::Received,
            peer: from.parse().ok(),
            bytes: datagram,
        });
        ask(json!({"op": "datagram", "node": NODE, "now": now, "from": from, "datagram": digits}))?;
        let state = ask(json!({"op": "state", "node": NODE, "now": now}))?;
        compare(&model, &state, &datagrams)?;
    }
    Ok(())
}

/// Compares the tables; a table is named by the requirement that its difference breaks.
fn compare(model: &Model, state: &Value, datagrams: &[LoggedDatagram]) -> Result<(), Verdict> {
    let expected = model.to_value();
    for (table, requirement) in [
        ("entries", "MGP1-MRG-001"),
        ("members", "MGP1-MRG-015"),
        ("remembered", "MGP1-MRG-021"),
    ] {
        let mut held = state.get(table).cloned().unwrap_or(json!({}));
        let items = held.as_object_mut().into_iter().flatten();
        for item in items.filter_map(|(_, item)| item.as_object_mut()) {
            item.remove("validated");
        }
        if table == "remembered" {
            // Whether a member that is listed again is remembered besides is nobody's business.
            let listed = |id: &String| expected["members"].get(id).is_some();
            if let Some(held) = held.as_object_mut() {
                held.retain(|id, _| !listed(id));
            }
        }
        if let Some(found) = first_difference(&expected[table], &held) {
            let place = found.path.replacen('$', table, 1);
            return Err(Verdict::Fail(Box::new(Failure {
                requirement: requirement.to_owned(),
                expected: format!("{place} = {}", found.expected),
                actual: format!("{place} = {}", found.actual),
                datagrams: datagrams.to_vec(),
            })));
        }
    }
    Ok(())
}

fn message(
    random: &mut ChaCha8Rng,
    index: usize,
    model: &Model,
    data: fn(&mut ChaCha8Rng, &Model) -> Value,
) -> Value {
    let sender = pick(random, &["p1", "p2"]);
    let mut own = record(random);
    own["state"] = json!("ALIVE");
    let timestamp = own["lastSeen"].clone();
    let mut data = data(random, model);
    data["membership"][sender] = own;
    if let Some(heartbeats) = data["heartbeats"].as_object_mut() {
        heartbeats.remove(sender);
    }
    json!({
        "protocolVersion": 1, "type": "GOSSIP", "senderId": sender, "messageId": format!("m{index}"),
        "timestamp": timestamp, "data": data,
    })
}

fn pick<'a>(random: &mut ChaCha8Rng, pool: &[&'a str]) -> &'a str {
    pool[random.random_range(0..pool.len())]
}

fn entries(random: &mut ChaCha8Rng) -> Value {
    let mut entries = Map::new();
    for _ in 0..random.random_range(1..=3) {
        let key = pick(random, &["k", "K", "é", "k1"]);
        entries.insert(key.to_owned(), entry(random));
    }
    Value::Object(entries)
}

fn entry(random: &mut ChaCha8Rng) -> Value {
    let day_old = WALL - DAY;
    let timestamps = [
        WALL,
        WALL + 1,
        WALL + DAY,
        WALL + DAY + 1,
        day_old,
        day_old - 1,
        5,
    ];
    let values = [
        json!(null),
        json!(1),
        json!(10),
        json!(2),
        json!("a"),
        json!({"b": [1.5]}),
        json!(-0.5),
    ];
    let deleted = random.random_range(0..4) == 0;
    let value = &values[random.random_range(0..values.len())];
    json!({
        "value": if deleted { &Value::Null } else { value },
        "timestamp": timestamps[random.random_range(0..timestamps.len())],
        "version": pick(random, &["v", "v1", "V", "v10", "v9", "_", "-"]),
        "sourceNode": pick(random, &["p1", "p10", "p9", "P1"]),
        "deleted": deleted,
    })
}

fn members(random: &mut ChaCha8Rng, model: &Model) -> Value {
    let pool = ["p1", "p2", "p3", "p4", "p5"];
    let mut records = Map::new();
    for _ in 0..random.random_range(0..=2) {
        records.insert(pick(random, &pool).to_owned(), record(random));
    }
    let mut heartbeats = Map::new();
    for id in pool {
        // Whether a heartbeat comes before or after a record of the same message is not settled, nor whether it raises
        // what is remembered; neither is asked.
        let is_settled = !records.contains_key(id) && !model.remembered.contains_key(id);
        if is_settled && random.random_range(0..4) == 0 {
            heartbeats.insert(id.to_owned(), json!(clock(random)));
        }
    }
    json!({"membership": records, "heartbeats": heartbeats})
}

fn clock(random: &mut ChaCha8Rng) -> u64 {
    WALL + random.random_range(0..12)
}

fn record(random: &mut ChaCha8Rng) -> Value {
    let (one, other) = (clock(random), clock(random));
    let metadata = [
        json!({}),
        json!({"a": 1}),
        json!({"a": 10}),
        json!({"\u{e9}": "x"}),
    ];
    let mut record = json!({
        "host": pick(random, &["127.0.0.1", "127.0.0.10", "127.0.0.9", "::1"]),
        "port": 9001 + random.random_range(0..2) * 999,
        "state": pick(random, &["ALIVE", "ALIVE", "SUSPECT", "DEAD"]),
        "lastSeen": one.max(other),
        "updated": one.min(other),
        "metadata": metadata[random.random_range(0..metadata.len())],
    });
    if random.random_range(0..3) == 0 {
        record["versions"] = json!({"min": 1, "max": random.random_range(1..3)});
    }
    record
}
