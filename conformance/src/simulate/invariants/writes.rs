//! What was written is there.

use std::collections::BTreeMap;

use simulation::network::HostId;

use super::{Invariant, Moment, Quiet, Sight};
use crate::oracle::canonical;
use crate::simulate::machine::Stamp;
use crate::simulate::node::Cause;

/// An accepted write stands at its writer at once; in a quiet cluster all hold the same, at least the greatest write of a writer that never crashed.
#[derive(Default)]
pub struct NoLostWrite {
    pending: BTreeMap<HostId, (String, Option<String>)>,
    written: BTreeMap<(HostId, String), Stamp>,
}

impl Invariant for NoLostWrite {
    fn name(&self) -> &'static str {
        "NoLostWrite"
    }
    fn says(&self) -> &'static str {
        "an accepted write stands at its writer at once, and when a cluster has been quiet for long enough all nodes hold the same, no less than any write whose writer has not crashed since"
    }
    fn requirements(&self) -> &'static [&'static str] {
        &[
            "MGP1-MRG-004",
            "MGP1-MRG-005",
            "MGP1-MRG-011",
            "MGP1-DIS-009",
        ]
    }

    fn step(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        let host = moment.happening.host;
        match &moment.happening.cause {
            Cause::Start => self.written.retain(|(writer, _), _| *writer != host),
            Cause::Write(key, value) if moment.happening.refused.is_none() => {
                let value = value.as_ref().map(canonical);
                self.pending.insert(host, (key.clone(), value));
            }
            _ => {}
        }
        Ok(())
    }

    fn look(&mut self, sight: &Sight<'_>) -> Result<(), String> {
        let Some((key, value)) = self.pending.remove(&sight.host) else {
            return Ok(());
        };
        let Some(held) = sight.view.entries.get(&key) else {
            return Err(format!("the write of {key:?} is not held by its writer"));
        };
        let is_written = held.source == sight.id
            && held.deleted == value.is_none()
            && value.is_none_or(|value| value == held.value);
        if !is_written {
            return Err(format!(
                "after the write of {key:?} its writer holds {held:?}"
            ));
        }
        self.written.insert((sight.host, key), held.clone());
        Ok(())
    }

    fn quiet(&mut self, quiet: &Quiet<'_>) -> Result<(), String> {
        let mut greatest: BTreeMap<&str, &Stamp> = BTreeMap::new();
        let mut raise = |key, stamp| {
            let held = greatest.entry(key).or_insert(stamp);
            *held = (*held).max(stamp);
        };
        let is_live = |host: &HostId| quiet.live.iter().any(|(live, ..)| live == host);
        for ((host, key), stamp) in &self.written {
            if is_live(host) {
                raise(key, stamp);
            }
        }
        for (_, _, _, view) in quiet.live {
            for (key, stamp) in &view.entries {
                raise(key, stamp);
            }
        }
        for (key, stamp) in greatest {
            for (_, id, _, view) in quiet.live {
                if view.entries.get(key) != Some(stamp) {
                    return Err(format!(
                        "{id} holds {:?} under {key:?}, which was written as {stamp:?}",
                        view.entries.get(key)
                    ));
                }
            }
        }
        Ok(())
    }
}
