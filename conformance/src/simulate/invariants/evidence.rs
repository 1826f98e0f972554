//! What is known does not become less.

use std::collections::BTreeMap;
use std::sync::Arc;

use simulation::network::HostId;

use super::{Invariant, Moment, Sight, breach};
use crate::oracle::outgoing::Breach;
use crate::simulate::machine::{Seen, View};
use crate::simulate::node::Cause;

/// While a machine lists a member, (`lastSeen`, severity) and `updated` never fall; the entry under a key only grows in the merge order.
#[derive(Default)]
pub struct MonotoneEvidence {
    before: BTreeMap<HostId, Arc<View>>,
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

    fn step(&mut self, moment: &Moment<'_>) -> Result<(), Breach> {
        if moment.happening.cause == Cause::Start {
            self.before.remove(&moment.happening.host);
        }
        Ok(())
    }

    fn look(&mut self, sight: &Sight<'_>) -> Result<(), Breach> {
        let Some(before) = self.before.insert(sight.host, Arc::clone(sight.view)) else {
            return Ok(());
        };
        let mut fell = Ok(());
        before.members.beside(&sight.view.members, |id, old, new| {
            if let (Some(old), Some(new), Ok(())) = (old, new, &fell) {
                fell = no_less(id, old, new);
            }
        });
        fell?;
        let skew = sight.parameters.get("maxFutureSkew");
        for (key, old) in &before.entries {
            // MGP1-MRG-008: what is dated too far ahead loses to anything. What comes back after a deletion is NoResurrection's.
            let may_fall = old.timestamp > sight.now.wall.saturating_add(skew);
            if let Some(new) = sight.view.entries.get(key)
                && new < old
                && !may_fall
                && (new.deleted || !old.deleted)
            {
                return breach(
                    "MGP1-MRG-001",
                    format!("the entry {key:?} fell from {old:?} to {new:?}"),
                );
            }
        }
        Ok(())
    }
}

fn no_less(id: &str, old: Seen, new: Seen) -> Result<(), Breach> {
    if (new.last_seen, new.state) < (old.last_seen, old.state) {
        return breach(
            "MGP1-MRG-015",
            format!(
                "{id} went from ({}, {}) to ({}, {})",
                old.last_seen,
                old.state.name(),
                new.last_seen,
                new.state.name()
            ),
        );
    }
    if new.updated < old.updated {
        return breach(
            "MGP1-MRG-016",
            format!(
                "`updated` of {id} fell from {} to {}",
                old.updated, new.updated
            ),
        );
    }
    Ok(())
}
