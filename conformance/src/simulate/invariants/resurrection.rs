//! What is gone stays gone.

use std::collections::BTreeMap;
use std::sync::Arc;

use simulation::network::HostId;

use super::{Invariant, Moment, Sight, breach};
use crate::oracle::outgoing::Breach;
use crate::simulate::machine::View;
use crate::simulate::node::Cause;

/// A deleted key does not come back by an older write, nor a reaped member by older evidence.
#[derive(Default)]
pub struct NoResurrection {
    hosts: BTreeMap<HostId, Gone>,
}

#[derive(Default)]
struct Gone {
    before: Arc<View>,
    /// The `lastSeen` with which a member went, and when, monotonic milliseconds.
    reaped: BTreeMap<String, (u64, u64)>,
}

impl Invariant for NoResurrection {
    fn name(&self) -> &'static str {
        "NoResurrection"
    }
    fn says(&self) -> &'static str {
        "a deleted key does not come back by an older write while its tombstone lasts, nor a reaped member by evidence that is not newer"
    }
    fn requirements(&self) -> &'static [&'static str] {
        &[
            "MGP1-MRG-001",
            "MGP1-MRG-011",
            "MGP1-MRG-012",
            "MGP1-MRG-013",
            "MGP1-LIV-019",
            "MGP1-LIV-021",
        ]
    }

    fn step(&mut self, moment: &Moment<'_>) -> Result<(), Breach> {
        if moment.happening.cause == Cause::Start {
            self.hosts.remove(&moment.happening.host);
        }
        Ok(())
    }

    fn look(&mut self, sight: &Sight<'_>) -> Result<(), Breach> {
        let gone = self.hosts.entry(sight.host).or_default();
        let before = std::mem::replace(&mut gone.before, Arc::clone(sight.view));
        let retention = sight.parameters.get("tombstoneRetention");
        let skew = sight.parameters.get("maxFutureSkew");
        for (key, tombstone) in before.entries.iter().filter(|(_, entry)| entry.deleted) {
            // MGP1-MRG-008: what is dated too far ahead loses to anything.
            let may_fall = tombstone.timestamp > sight.now.wall.saturating_add(skew);
            match sight.view.entries.get(key) {
                Some(entry) if entry < tombstone && !entry.deleted && !may_fall => {
                    return breach(
                        "MGP1-MRG-001",
                        format!("the key {key:?} came back by {entry:?} after {tombstone:?}"),
                    );
                }
                None if tombstone.timestamp.saturating_add(retention) >= sight.now.wall => {
                    return breach(
                        "MGP1-MRG-012",
                        format!("the tombstone of {key:?} was dropped before its time"),
                    );
                }
                _ => {}
            }
        }
        // MGP1-LIV-021: after that time it may be new again.
        let remembered = sight.parameters.get("rememberedRetention");
        gone.reaped
            .retain(|_, (_, since)| since.saturating_add(remembered) >= sight.now.mono);
        let mut risen = Ok(());
        before
            .members
            .beside(&sight.view.members, |id, old, new| match (old, new) {
                (Some(old), None) => {
                    gone.reaped
                        .insert(id.to_owned(), (old.last_seen, sight.now.mono));
                }
                (None, Some(new)) => {
                    if let Some((known, _)) = gone.reaped.remove(id)
                        && new.last_seen <= known
                    {
                        let last_seen = new.last_seen;
                        risen = breach(
                            "MGP1-LIV-019",
                            format!(
                                "{id} was reaped at {known} and is listed again at {last_seen}"
                            ),
                        );
                    }
                }
                _ => {}
            });
        risen
    }
}
