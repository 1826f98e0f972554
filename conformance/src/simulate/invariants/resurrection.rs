//! What is gone stays gone.

use std::collections::BTreeMap;

use simulation::network::HostId;

use super::{Invariant, Moment, Sight};
use crate::simulate::machine::Stamp;
use crate::simulate::node::Cause;

/// A deleted key does not come back by an older write, nor a reaped member by older evidence.
#[derive(Default)]
pub struct NoResurrection {
    hosts: BTreeMap<HostId, Gone>,
}

#[derive(Default)]
struct Gone {
    tombstones: BTreeMap<String, Stamp>,
    listed: BTreeMap<String, u64>,
    reaped: BTreeMap<String, u64>,
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
            "MGP1-MRG-013",
            "MGP1-LIV-019",
            "MGP1-LIV-021",
        ]
    }

    fn step(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        if moment.happening.cause == Cause::Start {
            self.hosts.remove(&moment.happening.host);
        }
        Ok(())
    }

    fn look(&mut self, sight: &Sight<'_>) -> Result<(), String> {
        let gone = self.hosts.entry(sight.host).or_default();
        let retention = sight.parameters.get("tombstoneRetention");
        for (key, tombstone) in &gone.tombstones {
            match sight.view.entries.get(key) {
                Some(entry) if entry < tombstone => {
                    return Err(format!(
                        "the key {key:?} came back by {entry:?} after {tombstone:?}"
                    ));
                }
                None if tombstone.timestamp.saturating_add(retention) >= sight.wall => {
                    return Err(format!(
                        "the tombstone of {key:?} was dropped before its time"
                    ));
                }
                _ => {}
            }
        }
        gone.tombstones = sight
            .view
            .entries
            .iter()
            .filter(|(_, entry)| entry.deleted)
            .map(|(key, entry)| (key.clone(), entry.clone()))
            .collect();
        for (id, last_seen) in &gone.listed {
            if !sight.view.members.contains_key(id) {
                gone.reaped.insert(id.clone(), *last_seen);
            }
        }
        for (id, member) in &sight.view.members {
            if let Some(known) = gone.reaped.remove(id)
                && member.last_seen <= known
            {
                return Err(format!(
                    "{id} was reaped at {known} and is listed again at {}",
                    member.last_seen
                ));
            }
        }
        gone.listed = sight
            .view
            .members
            .iter()
            .map(|(id, member)| (id.clone(), member.last_seen))
            .collect();
        Ok(())
    }
}
