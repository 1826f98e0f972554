//! Why a case stays open: which half of its proof was not seen, what the suite waited for and what came instead, and what there is to do.

use std::collections::BTreeMap;
use std::time::Duration;

use super::bench::{Bench, Iut};
use crate::oracle::Decoded;
use crate::verdict::{Gap, Verdict};
use crate::wire::{Peer, Received};

/// What a case waited for, and where.
pub(super) struct Wait<'a> {
    /// The peer that should have received it.
    pub peer: &'a Peer,
    /// From which point of what it received.
    pub mark: usize,
    /// What should have come.
    pub wanted: &'a str,
    /// How long.
    pub within: Duration,
}

impl Wait<'_> {
    /// The wait in words, with what came instead.
    fn describe(&self) -> String {
        format!(
            "{} s at {} for {}; what came meanwhile: {}",
            self.within.as_secs(),
            self.peer.id(),
            self.wanted,
            summary(&self.peer.received_since(self.mark))
        )
    }
}

impl Bench<'_> {
    /// An inconclusive verdict after a wait; a process that has ended is the reason wherever it has.
    pub(super) fn open(
        &self,
        iut: &Iut,
        missing: impl Into<String>,
        wait: &Wait<'_>,
        advice: impl Into<String>,
    ) -> Verdict {
        let gap = match iut.end() {
            Some(end) => Gap {
                missing: format!("the node is gone: {end}"),
                waited: wait.describe(),
                advice: "find out why the process ended; its last lines are above".to_owned(),
            },
            None => Gap {
                missing: missing.into(),
                waited: wait.describe(),
                advice: advice.into(),
            },
        };
        Verdict::Inconclusive(Box::new(gap))
    }
}

/// Datagrams by what they are: `3 GOSSIP, 1 PING, 2 rejected with json.syntax`.
fn summary(received: &[Received]) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for one in received {
        let what = match &one.decoded {
            Decoded::Accepted { .. } => one.kind().to_owned(),
            Decoded::Rejected { reason, .. } => format!("rejected with {reason}"),
        };
        *counts.entry(what).or_default() += 1;
    }
    if counts.is_empty() {
        return "nothing".to_owned();
    }
    let parts: Vec<String> = counts
        .into_iter()
        .map(|(what, count)| format!("{count} {what}"))
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Log, Options};
    use serde_json::json;

    #[test]
    fn a_wait_says_where_how_long_for_what_and_what_came_instead() {
        let [a, b] = ["a", "b"].map(|id| Peer::bind(Options::new(id), Log::default()).unwrap());
        let wait = Wait {
            peer: &b,
            mark: b.mark(),
            wanted: "a PONG",
            within: Duration::from_secs(10),
        };
        assert_eq!(
            wait.describe(),
            "10 s at b for a PONG; what came meanwhile: nothing"
        );
        for bytes in [&b"{"[..], b"}", b"}"] {
            a.send_bytes(b.address(), bytes).unwrap();
        }
        a.send(b.address(), &a.gossip_entries([])).unwrap();
        a.send(b.address(), &a.message("MEMBERSHIP", json!({})))
            .unwrap();
        b.wait_for(wait.within, |received| received.kind() == "MEMBERSHIP")
            .unwrap();
        assert_eq!(
            wait.describe(),
            "10 s at b for a PONG; what came meanwhile: 1 GOSSIP, 1 MEMBERSHIP, 2 rejected with frame.unknown, 1 rejected with json.syntax"
        );
    }
}
