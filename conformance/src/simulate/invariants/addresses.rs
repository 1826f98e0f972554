//! What goes to addresses that have not proved that they want it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;

use simulation::network::HostId;

use super::{Invariant, Moment, breach};
use crate::oracle::outgoing::{Breach, Circumstances, PADDED_PING, Receiver, judge_reading};
use crate::simulate::letter::Sent;
use crate::simulate::node::Cause;
use crate::simulate::plan::Plan;

/// An address that never answered gets padded PINGs within the budget, and answers of at most three times what it sent.
pub struct AmplificationBound {
    hosts: BTreeMap<HostId, Known>,
    /// Addresses with which somebody is configured: they may be asked sooner again (MGP1-DIS-013).
    seeds: BTreeSet<SocketAddr>,
}

impl AmplificationBound {
    /// For the nodes of a plan, with nothing seen yet.
    pub fn new(plan: &Plan) -> Self {
        AmplificationBound {
            hosts: BTreeMap::new(),
            seeds: plan.seeds().into_iter().flatten().collect(),
        }
    }
}

#[derive(Default)]
struct Known {
    pings: BTreeMap<String, SocketAddr>,
    order: VecDeque<String>,
    answered: BTreeSet<SocketAddr>,
    unvalidated: VecDeque<(u64, SocketAddr)>,
    /// When addresses answered for the first time.
    earned: VecDeque<u64>,
    /// When addresses asked for the member list last.
    asked: BTreeMap<SocketAddr, u64>,
}

/// What an address that answers for the first time earns others, in PINGs (MGP1-DIS-013).
const EARNED: usize = 2;

/// How many PINGs are kept in mind: many more than are open at a time.
const PINGS: usize = 4_096;

impl Invariant for AmplificationBound {
    fn name(&self) -> &'static str {
        "AmplificationBound"
    }
    fn says(&self) -> &'static str {
        "an address that never answered a PING gets nothing but padded PINGs within the budget and answers of at most three times its own bytes"
    }
    fn requirements(&self) -> &'static [&'static str] {
        &[
            "MGP1-DIS-011",
            "MGP1-DIS-012",
            "MGP1-DIS-013",
            "MGP1-MSG-025",
        ]
    }

    fn step(&mut self, moment: &Moment<'_>) -> Result<(), Breach> {
        let host = moment.happening.host;
        if moment.happening.cause == Cause::Start {
            self.hosts.remove(&host);
        }
        let known = self.hosts.entry(host).or_default();
        if let Some((from, letter)) = &moment.received
            && letter.kind() == "PONG"
            && let Some(ping) = letter.text_member("pingId")
            && known.pings.get(ping) == Some(from)
            && known.answered.insert(*from)
        {
            known.earned.push_back(moment.happening.now.mono);
        }
        let mono = moment.happening.now.mono;
        if let Some((from, letter)) = &moment.received
            && letter.kind() == "PING"
            && letter
                .message()
                .is_some_and(|it| it["data"]["full"] == true)
        {
            known.asked.insert(*from, mono);
        }
        for Sent {
            to,
            letter,
            reading,
        } in &moment.sent
        {
            let is_ping = letter.kind() == "PING";
            if is_ping && let Some(ping) = letter.text_member("pingId") {
                known.pings.insert(ping.to_owned(), *to);
                known.order.push_back(ping.to_owned());
                if known.order.len() > PINGS
                    && let Some(oldest) = known.order.pop_front()
                {
                    known.pings.remove(&oldest);
                }
            }
            // What a node sends to itself is NoReplyToWrongSource's.
            if known.answered.contains(to) || *to == moment.address {
                continue;
            }
            let answered = moment
                .received
                .as_ref()
                .filter(|(from, _)| from == to)
                .map(|(_, question)| question.bytes.len());
            let judged = Circumstances {
                max_packet_size: usize::MAX,
                compression_threshold: 0,
                receiver: Receiver::Unvalidated { answered },
                ..Circumstances::default()
            };
            let ours = |requirement: &str| self::OURS.contains(&requirement);
            if let Some(found) = judge_reading(reading, &judged)
                .into_iter()
                .find(|breach| ours(breach.requirement))
            {
                return breach(found.requirement, format!("{} to {to}", found.line));
            }
            if is_ping {
                let is_seed = self.seeds.contains(to);
                within_budget(known, mono, (*to, is_seed), moment)?;
            }
        }
        Ok(())
    }
}

const OURS: [&str; 2] = ["MGP1-DIS-012", "MGP1-MSG-025"];

/// MGP1-DIS-013.
fn within_budget(
    known: &mut Known,
    mono: u64,
    (to, is_seed): (SocketAddr, bool),
    moment: &Moment<'_>,
) -> Result<(), Breach> {
    let parameters = moment.parameters;
    let interval = parameters.get("gossipInterval");
    let longest = parameters.get("suspectTimeout");
    let Known {
        unvalidated: sent,
        earned,
        asked,
        ..
    } = known;
    let asked = asked.get(&to).copied();
    while earned.front().is_some_and(|at| at + interval <= mono) {
        earned.pop_front();
    }
    while sent
        .front()
        .is_some_and(|(at, _)| at + interval.max(longest) <= mono)
    {
        sent.pop_front();
    }
    let apart = |before: u64| {
        let soon = is_seed || asked.is_some_and(|asked| asked >= before);
        if soon { interval } else { longest }
    };
    if let Some((before, _)) = sent
        .iter()
        .find(|(at, address)| *address == to && at + apart(*at) > mono)
    {
        return breach(
            "MGP1-DIS-013",
            format!("PINGs to {to}, which never answered, at {before} and {mono} ms"),
        );
    }
    sent.push_back((mono, to));
    let recent = sent.iter().filter(|(at, _)| at + interval > mono).count();
    let room = parameters.get("fanout") + (EARNED * earned.len()) as u64;
    if recent as u64 > room {
        return breach(
            "MGP1-DIS-013",
            format!(
                "{recent} PINGs of {PADDED_PING} bytes or more within {interval} ms to addresses that never answered, where there is room for {room}"
            ),
        );
    }
    Ok(())
}
