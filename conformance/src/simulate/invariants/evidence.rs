//! What is known does not become less.

use std::collections::BTreeMap;

use simulation::network::HostId;

use super::{Invariant, Moment, Sight};
use crate::simulate::machine::View;
use crate::simulate::node::Cause;

/// While a machine lists a member, (`lastSeen`, severity) and `updated` never fall; the entry under a key only grows in the merge order.
#[derive(Default)]
pub struct MonotoneEvidence {
    before: BTreeMap<HostId, View>,
}

impl Invariant for MonotoneEvidence {
    fn name(&self) -> &'static str {
        "MonotoneEvidence"
    }
    fn says(&self) -> &'static str {
        "while a machine lists a member, its (lastSeen, severity) and its updated never fall, and the entry under a key only grows in the merge order"
    }
    fn requirements(&self) -> &'static [&'static str] {
        &[
            "MGP1-MRG-001",
            "MGP1-MRG-004",
            "MGP1-MRG-015",
            "MGP1-MRG-016",
            "MGP1-LIV-009",
        ]
    }

    fn step(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        if moment.happening.cause == Cause::Start {
            self.before.remove(&moment.happening.host);
        }
        Ok(())
    }

    fn look(&mut self, sight: &Sight<'_>) -> Result<(), String> {
        if let Some(before) = self.before.get(&sight.host) {
            for (id, old) in &before.members {
                let Some(new) = sight.view.members.get(id) else {
                    continue;
                };
                if (new.last_seen, new.state) < (old.last_seen, old.state) {
                    return Err(format!(
                        "{id} went from ({}, {}) to ({}, {})",
                        old.last_seen,
                        old.state.name(),
                        new.last_seen,
                        new.state.name()
                    ));
                }
                if new.updated < old.updated {
                    return Err(format!(
                        "`updated` of {id} fell from {} to {}",
                        old.updated, new.updated
                    ));
                }
            }
            let latest = sight
                .wall
                .saturating_add(sight.parameters.get("maxFutureSkew"));
            for (key, old) in &before.entries {
                // MGP1-MRG-008: what is dated too far ahead loses to anything.
                let may_fall = old.timestamp > latest;
                if let Some(new) = sight.view.entries.get(key)
                    && new < old
                    && !may_fall
                {
                    return Err(format!("the entry {key:?} fell from {old:?} to {new:?}"));
                }
            }
        }
        self.before.insert(sight.host, sight.view.clone());
        Ok(())
    }
}
