//! Scripts in virtual time: what a node sends and holds, and when.

use super::outgoing::Watch;
use super::script::{config_of, run};
use super::vectors::{TimelineVector, timeline_vectors};
use super::{Case, Needs, Procedure};
use crate::attach::{Adapter, AdapterError};
use crate::cases::clockwork::Clockwork;
use crate::verdict::Verdict;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What a node does at random must be right for every one of these; the last is the greatest that there is.
fn random_seeds() -> [u64; 3] {
    [
        crate::seed::number("timeline: first"),
        crate::seed::number("timeline: second"),
        (1 << 53) - 1,
    ]
}
/// Wall clock of the cases written here.
const WALL: i64 = 1_760_000_000_000;

/// One case per timeline vector, and the few that compare several nodes.
pub fn cases() -> Vec<Case> {
    let vectors = timeline_vectors().into_iter().map(|vector| Case {
        id: vector.id.clone(),
        requirements: vector.requirements.clone(),
        hunts: vector.hunts.clone(),
        without: vector.without.clone(),
        needs: Needs::Core,
        procedure: Procedure::Adapter(Box::new(move |adapter| judge(&vector, adapter))),
    });
    vectors.chain(written()).collect()
}

fn judge(vector: &TimelineVector, adapter: &mut dyn Adapter) -> Verdict {
    for seed in random_seeds() {
        let config = config_of(&vector.config, seed);
        let verdict = run(
            adapter,
            &vector.requirements[0],
            &config,
            vector.wall,
            &vector.peers,
            |script| vector.steps.iter().try_for_each(|step| script.step(step)),
        );
        if verdict != Verdict::Pass {
            return verdict;
        }
    }
    Verdict::Pass
}

/// Cases that one script on one node cannot tell.
fn written() -> Vec<Case> {
    let case = |id: &str, hunts: &str, procedure: fn(&mut dyn Adapter) -> Verdict| Case {
        id: id.to_owned(),
        requirements: vec![id.split('/').next().unwrap_or_default().to_owned()],
        hunts: hunts.to_owned(),
        without: Vec::new(),
        needs: Needs::Core,
        procedure: Procedure::Adapter(Box::new(procedure)),
    };
    let mut cases = vec![
        case(
            "MGP1-ENV-012/two-runs-share-no-id",
            "message ids that start again from 1 after a restart; W-14",
            two_runs_share_no_id,
        ),
        case(
            "MGP1-DIS-001/first-round-at-a-random-time",
            "nodes started together that gossip in step; W-33",
            first_round_differs,
        ),
        case(
            "MGP1-DIS-001/rounds-are-jittered",
            "rounds at an exact interval, in step for ever; W-33",
            rounds_are_jittered,
        ),
        case(
            "MGP1-LIV-031/wakes-for-every-check",
            "ages checked so seldom that every check looks like a pause; W-17",
            wakes_for_every_check,
        ),
        case(
            "MGP1-MSG-014/own-record-in-limits-starts",
            "a limit counted too strictly",
            |adapter| starts(adapter, &[("metadata", json!({"zone": "bkc"}))]),
        ),
    ];
    let refused: [(&str, &str, &'static str, Value); 7] = [
        (
            "own-record-too-large",
            "a node whose every message is rejected",
            "metadata",
            json!({"m": "x".repeat(400)}),
        ),
        (
            "unspecified-host",
            "a node that tells every peer to send to itself; W-33",
            "host",
            json!("0.0.0.0"),
        ),
        (
            "unspecified-host-v6",
            "the same in IPv6",
            "host",
            json!("::"),
        ),
        (
            "multicast-host",
            "multicast as a unicast address; W-33",
            "host",
            json!("224.0.0.1"),
        ),
        (
            "host-name",
            "names on the wire, resolved by every receiver",
            "host",
            json!("localhost"),
        ),
        (
            "node-id-with-space",
            "an id that no receiver takes",
            "nodeId",
            json!("a b"),
        ),
        ("port-0", "port 0 on the wire", "port", json!(0)),
    ];
    cases.extend(
        refused
            .into_iter()
            .map(|(name, hunts, member, value)| Case {
                id: format!("MGP1-MSG-014/{name}"),
                requirements: vec!["MGP1-MSG-014".to_owned()],
                hunts: hunts.to_owned(),
                without: Vec::new(),
                needs: Needs::Core,
                procedure: Procedure::Adapter(Box::new(move |adapter| {
                    refuses_to_start(adapter, member, &value)
                })),
            }),
    );
    cases
}

fn created(config: &[(&str, Value)], seed: u64) -> Value {
    let overrides: Map<String, Value> = config
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    config_of(&overrides, seed)
}

/// A machine can be made of this configuration, and holds of itself what the configuration says.
fn starts(adapter: &mut dyn Adapter, config: &[(&str, Value)]) -> Verdict {
    let mut clockwork = match Clockwork::create(adapter, &created(config, 1), WALL) {
        Ok((_, effects)) if effects.refused.is_some() => {
            return Verdict::fail("MGP1-MSG-014", "a start", "refused");
        }
        Ok((clockwork, _)) => clockwork,
        Err(error @ AdapterError::Refused { .. }) => {
            return Verdict::fail("MGP1-MSG-014", "a start", error.to_string());
        }
        Err(error) => return Verdict::Error(error.to_string()),
    };
    let state = clockwork.state();
    let destroyed = clockwork.destroy();
    let own = match (state, destroyed) {
        (Ok(state), Ok(())) => state["self"].clone(),
        (Err(error), _) | (_, Err(error)) => return Verdict::Error(error.to_string()),
    };
    for (name, value) in config {
        if own[*name] != *value {
            return Verdict::fail(
                "MGP1-MSG-014",
                format!("a machine whose own record has the {name} {value}"),
                own.to_string(),
            );
        }
    }
    Verdict::Pass
}

fn refuses_to_start(adapter: &mut dyn Adapter, member: &str, value: &Value) -> Verdict {
    match Clockwork::create(adapter, &created(&[(member, value.clone())], 1), WALL) {
        Err(AdapterError::Refused { .. }) => {}
        Err(error) => return Verdict::Error(error.to_string()),
        Ok((_, effects)) if effects.refused.is_some() => {}
        Ok((clockwork, _)) => {
            return match clockwork.destroy() {
                Ok(()) => Verdict::fail(
                    "MGP1-MSG-014",
                    format!("`create` refused for {member} {value}"),
                    "it started",
                ),
                Err(error) => Verdict::Error(error.to_string()),
            };
        }
    }
    // The refusal shows something of a machine that starts where nothing is wrong.
    match starts(adapter, &[("metadata", json!({"zone": "bkc"}))]) {
        Verdict::Fail(failure) => Verdict::open(
            format!(
                "no machine was seen to start with a faultless own record ({}), so that the refusal shows nothing",
                failure.actual
            ),
            "get MGP1-MSG-014/own-record-in-limits-starts to pass first",
        ),
        other => other,
    }
}

/// What a lonely node with one seed sends in its first twelve seconds: time, and meaning.
fn lonely(adapter: &mut dyn Adapter, seed: u64) -> Result<Vec<(u64, Value)>, Verdict> {
    let error = |error: AdapterError| Verdict::Error(error.to_string());
    let config = created(&[("seeds", json!(["127.0.0.1:9001"]))], seed);
    let mut watch = Watch::new(&config);
    let mut peer = super::peer::Peer::new(
        "p1",
        "127.0.0.1:9001".parse().expect("an address"),
        "",
        WALL,
        true,
    );
    let (mut clockwork, effects) = Clockwork::create(adapter, &config, WALL).map_err(error)?;
    let mut seen = Vec::new();
    let mut queue = std::collections::VecDeque::from([effects]);
    loop {
        while let Some(effects) = queue.pop_front() {
            for outgoing in effects.sent {
                let judged = watch
                    .judge_outgoing(outgoing.to, &outgoing.bytes, clockwork.wall())
                    .map_err(|breach| {
                        Verdict::fail(breach.requirement, breach.expected, breach.actual)
                    })?;
                if judged.meaning["type"] == "PING" && outgoing.to == peer.address() {
                    let pong = peer.pong(
                        judged.meaning["data"]["pingId"]
                            .as_str()
                            .unwrap_or_default(),
                        clockwork.wall(),
                    );
                    watch.received(outgoing.to, &pong);
                    queue.push_back(clockwork.datagram(outgoing.to, &pong).map_err(error)?);
                }
                seen.push((clockwork.mono(), judged.meaning));
            }
        }
        let Some(wake) = clockwork.next_wake(12_000) else {
            break;
        };
        queue.push_back(clockwork.tick_at(wake).map_err(error)?);
    }
    clockwork.destroy().map_err(error)?;
    Ok(seen)
}

/// Nothing but a tick makes a machine check ages while nobody speaks to it.
fn wakes_for_every_check(adapter: &mut dyn Adapter) -> Verdict {
    const QUARTER: u64 = 750;
    let config = created(&[("seeds", json!(["127.0.0.1:9001"]))], 1);
    let mut drive = || -> Result<Option<u64>, AdapterError> {
        let (mut clockwork, effects) = Clockwork::create(adapter, &config, WALL)?;
        let mut peer = super::peer::Peer::new(
            "p1",
            "127.0.0.1:9001".parse().expect("an address"),
            "",
            WALL,
            true,
        );
        for outgoing in effects.sent {
            if let crate::oracle::Decoded::Accepted { message, .. } =
                crate::oracle::decode(&outgoing.bytes)
            {
                let pong = peer.pong(
                    message["data"]["pingId"].as_str().unwrap_or_default(),
                    clockwork.wall(),
                );
                clockwork.datagram(outgoing.to, &pong)?;
            }
        }
        let mut late = None;
        while clockwork.mono() < 8_000 && late.is_none() {
            match clockwork.next_wake(clockwork.mono() + QUARTER) {
                Some(wake) => drop(clockwork.tick_at(wake)?),
                None => late = Some(clockwork.mono()),
            }
        }
        clockwork.destroy()?;
        Ok(late)
    };
    match drive() {
        Ok(None) => Verdict::Pass,
        Ok(Some(at)) => Verdict::fail(
            "MGP1-LIV-031",
            format!("a wake within {QUARTER} ms"),
            format!("at {at} ms: a later one, or none"),
        ),
        Err(error) => Verdict::Error(error.to_string()),
    }
}

fn two_runs_share_no_id(adapter: &mut dyn Adapter) -> Verdict {
    let mut seen = BTreeSet::new();
    for seed in [1, 2, 3] {
        let sent = match lonely(adapter, seed) {
            Ok(sent) if sent.is_empty() => {
                return Verdict::open(
                    "the node sent nothing in twelve seconds, so that there are no ids to compare",
                    "a node with a seed sends it a PING (MGP1-LIV-027) and, once that is answered, a GOSSIP in each round (MGP1-DIS-002): get these to pass first",
                );
            }
            Ok(sent) => sent,
            Err(verdict) => return verdict,
        };
        for (at, message) in sent {
            for id in [&message["messageId"], &message["data"]["pingId"]]
                .into_iter()
                .filter_map(Value::as_str)
            {
                if message["type"] != "PONG" && !seen.insert(id.to_owned()) {
                    return Verdict::fail(
                        "MGP1-ENV-012",
                        "ids that differ between runs",
                        format!("at {at} ms: {id} again"),
                    );
                }
            }
        }
    }
    Verdict::Pass
}

/// The times of the GOSSIPs from `from` on; nothing but rounds sends any there.
fn rounds(adapter: &mut dyn Adapter, seed: u64, from: u64) -> Result<Vec<u64>, Verdict> {
    let sent = lonely(adapter, seed)?;
    Ok(sent
        .into_iter()
        .filter(|(at, message)| *at >= from && message["type"] == "GOSSIP")
        .map(|(at, _)| at)
        .collect())
}

fn first_round_differs(adapter: &mut dyn Adapter) -> Verdict {
    // The peer that answers at once is news, told in the first tenth of a second; what comes after is the first round, or the second where the first was earlier.
    let mut firsts = BTreeSet::new();
    for seed in 1..=16 {
        match rounds(adapter, seed, 200) {
            Ok(times) => firsts.extend(times.first().copied()),
            Err(verdict) => return verdict,
        }
    }
    match (firsts.first(), firsts.last()) {
        (Some(&earliest), Some(&latest)) if latest > 1300 => Verdict::fail(
            "MGP1-DIS-001",
            "a round within 1300 ms of the start",
            format!("{latest} ms, {earliest} ms with another seed"),
        ),
        (Some(&earliest), Some(&latest)) if earliest >= 900 || latest - earliest < 300 => {
            Verdict::fail(
                "MGP1-DIS-001",
                "first rounds spread over the first second by sixteen random seeds",
                format!("at {firsts:?} ms"),
            )
        }
        (Some(_), Some(_)) => Verdict::Pass,
        _ => Verdict::fail("MGP1-DIS-001", "rounds", "no GOSSIP in 12 seconds"),
    }
}

fn rounds_are_jittered(adapter: &mut dyn Adapter) -> Verdict {
    let times = match rounds(adapter, 1, 3_000) {
        Ok(times) if times.len() < 6 => {
            return Verdict::fail(
                "MGP1-DIS-001",
                "a round about every second",
                format!("at {times:?} ms"),
            );
        }
        Ok(times) => times,
        Err(verdict) => return verdict,
    };
    let gaps: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    if let Some(gap) = gaps.iter().find(|&&gap| !(899..=1101).contains(&gap)) {
        return Verdict::fail(
            "MGP1-DIS-001",
            "gaps of 900 to 1100 ms",
            format!("{gap} ms"),
        );
    }
    if gaps.iter().collect::<BTreeSet<_>>().len() < 3 {
        return Verdict::fail(
            "MGP1-DIS-001",
            "gaps drawn at random",
            format!("{gaps:?} ms"),
        );
    }
    Verdict::Pass
}
