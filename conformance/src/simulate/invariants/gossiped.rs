//! Nobody is forgotten.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use simulation::time::Micros;

use super::{Invariant, Moment, Quiet, breach};
use crate::oracle::message::State;
use crate::oracle::outgoing::Breach;
use crate::simulate::letter::Sent;

/// In a quiet cluster everybody lists everybody else, and somebody gossips to each of them.
#[derive(Default)]
pub struct EveryLiveMemberGossipedTo {
    last: BTreeMap<SocketAddr, Micros>,
}

/// The chance, for each node and quiet moment, that a right cluster is found guilty.
const MISTAKE: f64 = 1e-12;

/// In how many rounds some of `others` nodes, each choosing `fanout` of `others` peers a round, chooses one given node, but for the
/// chance [`MISTAKE`].
pub fn rounds_to_be_chosen(others: usize, fanout: u64) -> u64 {
    let others = others.max(1) as f64;
    let missed = (1.0 - fanout as f64 / others).max(0.0).powf(others);
    if missed == 0.0 {
        return 1;
    }
    (MISTAKE.ln() / missed.ln()).ceil() as u64
}

impl Invariant for EveryLiveMemberGossipedTo {
    fn name(&self) -> &'static str {
        "EveryLiveMemberGossipedTo"
    }
    fn says(&self) -> &'static str {
        "in a cluster that has been quiet for long enough everybody lists everybody else as not DEAD, and each was sent a GOSSIP within so many rounds that chance alone cannot have left it out"
    }
    fn requirements(&self) -> &'static [&'static str] {
        &[
            "MGP1-DIS-002",
            "MGP1-LIV-022",
            "MGP1-LIV-023",
            "MGP1-LIV-024",
            "MGP1-LIV-025",
        ]
    }

    fn step(&mut self, moment: &Moment<'_>) -> Result<(), Breach> {
        for Sent { to, letter, .. } in &moment.sent {
            if letter.kind() == "GOSSIP" {
                self.last.insert(*to, moment.at);
            }
        }
        Ok(())
    }

    fn quiet(&mut self, quiet: &Quiet<'_>) -> Result<(), Breach> {
        let others = quiet.live.len().saturating_sub(1);
        if others == 0 {
            return Ok(());
        }
        for (host, observer, _, view) in quiet.live {
            for (subject, id, ..) in quiet.live {
                let is_listed = || {
                    view.members
                        .get(id)
                        .is_some_and(|seen| seen.state != State::Dead)
                };
                if host != subject && !is_listed() {
                    return breach(
                        "MGP1-LIV-023",
                        format!("{observer} does not list {id}, which is alive"),
                    );
                }
            }
        }
        // Rounds are up to a tenth longer than the interval, and one may just be under way.
        let rounds = rounds_to_be_chosen(others, quiet.parameters.get("fanout")) + 1;
        let window = Micros::millis(rounds * quiet.parameters.get("gossipInterval") * 11 / 10);
        for (_, id, address, _) in quiet.live {
            let since = self.last.get(address).copied().unwrap_or_default();
            if quiet.at.since(since) > window {
                return breach(
                    "MGP1-DIS-002",
                    format!(
                        "nobody has sent {id} a GOSSIP since {since}, for more than {rounds} rounds"
                    ),
                );
            }
        }
        Ok(())
    }
}
