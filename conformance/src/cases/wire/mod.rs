//! What can be asked of any node over UDP, with no change to the node: a file per chapter of the specification.
//!
//! A node tells its state to every peer, and the suite is a peer. What must be ignored is shown in four steps: the node is alive, it gets
//! the offence, it is alive, and what is sent after the offence comes back by gossip while the offence does not.

mod anti_entropy;
mod bench;
mod bounds;
mod dissemination;
mod envelope;
mod errors;
mod exchange;
mod framing;
mod history;
mod ignore;
mod json;
mod legacy;
mod liveness;
mod membership;
mod merging;
mod messages;
mod open;
mod remembering;
mod ring;
mod rotation;
mod smoke;
mod sources;
mod starting;
mod versions;

use super::{Case, Needs, Procedure};
use bench::{Bench, Outcome};

pub use smoke::smoke;

/// All cases that need nothing but a node process.
pub fn cases() -> Vec<Case> {
    [
        framing::cases(),
        json::cases(),
        envelope::cases(),
        messages::cases(),
        merging::cases(),
        liveness::cases(),
        membership::cases(),
        dissemination::cases(),
        anti_entropy::cases(),
        legacy::cases(),
        exchange::cases(),
        versions::cases(),
        history::cases(),
        starting::cases(),
        remembering::cases(),
        bounds::cases(),
        sources::cases(),
        errors::cases(),
        ring::cases(),
        rotation::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A case whose first requirement is the one in its id.
fn case(id: &str, also: &[&str], hunts: &str, run: fn(&Bench<'_>) -> Outcome) -> Case {
    let first = id.split('/').next().unwrap_or(id);
    Case {
        id: id.to_owned(),
        requirements: std::iter::once(first)
            .chain(also.iter().copied())
            .map(str::to_owned)
            .collect(),
        hunts: hunts.to_owned(),
        without: Vec::new(),
        needs: Needs::Wire,
        procedure: Procedure::Wire(Box::new(move |launcher| {
            let bench = Bench::new(launcher);
            bench.settle(run(&bench))
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::{Launcher, NodeProcess, NodeSettings, NotLaunched, Timing};
    use crate::verdict::Verdict;
    use std::collections::BTreeSet;

    struct NoNode;

    impl Launcher for NoNode {
        fn launch(&self, _: &NodeSettings) -> Result<Box<dyn NodeProcess>, NotLaunched> {
            Err("there is no node".into())
        }

        fn timing(&self, gossip_interval_ms: u64) -> Timing {
            Timing::in_proportion(gossip_interval_ms)
        }
    }

    #[test]
    fn ids_are_unique_and_begin_with_the_first_requirement() {
        let mut seen = BTreeSet::new();
        for case in cases() {
            assert!(
                case.id.starts_with(&format!("{}/", case.requirements[0])),
                "{}",
                case.id
            );
            assert!(!case.hunts.is_empty(), "{}", case.id);
            assert!(seen.insert(case.id.clone()), "{} twice", case.id);
        }
    }

    #[test]
    fn every_cited_requirement_is_in_the_specification() {
        let chapters =
            std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/v1")).unwrap();
        let text: String = chapters
            .map(|chapter| std::fs::read_to_string(chapter.unwrap().path()).unwrap())
            .collect();
        for case in cases() {
            for requirement in &case.requirements {
                assert!(
                    text.contains(&format!("**{requirement}**")),
                    "{}: {requirement}",
                    case.id
                );
            }
        }
    }

    #[test]
    fn without_a_node_nothing_passes() {
        for case in cases() {
            let Procedure::Wire(procedure) = case.procedure else {
                panic!("{} is no wire case", case.id)
            };
            assert!(
                matches!(procedure(&NoNode), Verdict::Inconclusive(_)),
                "{}",
                case.id
            );
        }
    }
}
