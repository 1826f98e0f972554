//! What was written is there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use simulation::network::HostId;

use super::walls::{Range, Walls};
use super::{Invariant, Moment, Quiet, Sight, breach};
use crate::oracle::canonical;
use crate::oracle::message::check_entry;
use crate::oracle::outgoing::Breach;
use crate::simulate::machine::{Stamp, View};
use crate::simulate::node::Cause;

/// An accepted write stands at its writer at once, and no entry is dropped; in a quiet cluster all hold the same, at least the greatest write of a writer that never crashed.
#[derive(Default)]
pub struct NoLostWrite {
    pending: BTreeMap<HostId, (String, Option<String>)>,
    written: BTreeMap<(HostId, String), Stamp>,
    before: BTreeMap<HostId, Arc<View>>,
    walls: Walls,
    /// The greatest tombstone that anybody was seen to hold, by key: what it beat is gone with it.
    tombstones: BTreeMap<String, Stamp>,
    /// Keys for which a host received a tombstone that it drops with all that it held (MGP1-MRG-012).
    buried: BTreeMap<HostId, BTreeSet<String>>,
}

impl NoLostWrite {
    fn bury(&mut self, moment: &Moment<'_>) {
        let message = moment
            .received
            .as_ref()
            .and_then(|(_, letter)| letter.message());
        let entries = message.and_then(|it| it["data"]["localData"].as_object());
        for (key, entry) in entries.into_iter().flatten() {
            let Ok(entry) = check_entry(key, entry) else {
                continue;
            };
            let (stamp, host) = (Stamp::from(&entry), moment.happening.host);
            let wall = Range::of(moment.happening.now.wall);
            if wall.is_expired(&stamp, moment.parameters) {
                self.buried.entry(host).or_default().insert(key.clone());
            }
        }
    }
}

impl Invariant for NoLostWrite {
    fn name(&self) -> &'static str {
        "NoLostWrite"
    }
    fn says(&self) -> &'static str {
        "an accepted write stands at its writer at once, nobody drops an entry that is no tombstone, and when a cluster has been quiet for long enough all nodes hold the same, no less than any write whose writer has not crashed since; but tombstones that have expired, and what is dated too far ahead for somebody"
    }
    fn requirements(&self) -> &'static [&'static str] {
        &[
            "MGP1-MRG-001",
            "MGP1-MRG-004",
            "MGP1-MRG-005",
            "MGP1-MRG-008",
            "MGP1-MRG-011",
            "MGP1-MRG-012",
            "MGP1-DIS-009",
        ]
    }

    fn step(&mut self, moment: &Moment<'_>) -> Result<(), Breach> {
        let host = moment.happening.host;
        self.walls.see(moment);
        match &moment.happening.cause {
            Cause::Start => {
                self.written.retain(|(writer, _), _| *writer != host);
                self.before.remove(&host);
            }
            Cause::Datagram(..) => self.bury(moment),
            Cause::Write(key, value) if moment.happening.refused.is_none() => {
                let value = value.as_ref().map(canonical);
                self.pending.insert(host, (key.clone(), value));
            }
            _ => {}
        }
        Ok(())
    }

    fn look(&mut self, sight: &Sight<'_>) -> Result<(), Breach> {
        let before = self.before.insert(sight.host, Arc::clone(sight.view));
        let entries = before.iter().flat_map(|before| &before.entries);
        let buried = self.buried.remove(&sight.host).unwrap_or_default();
        for (key, entry) in entries.filter(|(_, entry)| !entry.deleted) {
            if !sight.view.entries.contains_key(key) && !buried.contains(key) {
                return breach(
                    "MGP1-MRG-001",
                    format!("the entry {key:?} is held no more, and it was {entry:?}"),
                );
            }
        }
        for (key, stamp) in sight.view.entries.iter().filter(|(_, held)| held.deleted) {
            match self.tombstones.get_mut(key) {
                Some(greatest) if *greatest >= *stamp => {}
                Some(greatest) => greatest.clone_from(stamp),
                None => {
                    self.tombstones.insert(key.clone(), stamp.clone());
                }
            }
        }
        let Some((key, value)) = self.pending.remove(&sight.host) else {
            return Ok(());
        };
        let Some(held) = sight.view.entries.get(&key) else {
            return breach(
                "MGP1-MRG-005",
                format!("the write of {key:?} is not held by its writer"),
            );
        };
        let is_written = held.source == sight.id
            && held.deleted == value.is_none()
            && value.is_none_or(|value| value == held.value);
        if !is_written {
            return breach(
                "MGP1-MRG-005",
                format!("after the write of {key:?} its writer holds {held:?}"),
            );
        }
        self.written.insert((sight.host, key), held.clone());
        Ok(())
    }

    fn quiet(&mut self, quiet: &Quiet<'_>) -> Result<(), Breach> {
        let mut greatest: BTreeMap<&str, &Stamp> = BTreeMap::new();
        let mut raise = |key, stamp| {
            let held = greatest.entry(key).or_insert(stamp);
            *held = (*held).max(stamp);
        };
        let is_live = |host: &HostId| quiet.live.iter().any(|(live, ..)| live == host);
        let walls = self.walls.at(quiet.at);
        let is_ahead =
            |stamp: &Stamp| walls.is_some_and(|walls| walls.is_ahead(stamp, quiet.parameters));
        let is_expired =
            |stamp: &Stamp| walls.is_some_and(|walls| walls.is_expired(stamp, quiet.parameters));
        for ((host, key), stamp) in &self.written {
            if is_live(host) && !is_ahead(stamp) {
                raise(key, stamp);
            }
        }
        for (_, _, _, view) in quiet.live {
            for (key, stamp) in &view.entries {
                raise(key, stamp);
            }
        }
        for (key, stamp) in greatest.into_iter().filter(|(_, stamp)| !is_ahead(stamp)) {
            for (_, id, _, view) in quiet.live {
                let held = view.entries.get(key);
                let tombstone = self.tombstones.get(key).filter(|it| *it > stamp);
                let is_gone_in_time =
                    held.is_none() && (is_expired(stamp) || tombstone.is_some_and(is_expired));
                if held != Some(stamp) && !is_gone_in_time {
                    return breach(
                        "MGP1-DIS-009",
                        format!(
                            "{id} holds {held:?} under {key:?}, which was written as {stamp:?}"
                        ),
                    );
                }
            }
        }
        Ok(())
    }
}
