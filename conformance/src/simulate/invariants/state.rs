//! What is held stays within its bounds.

use super::{Invariant, Sight, breach};
use crate::oracle::outgoing::Breach;

/// No table outgrows its limit, and nobody lists itself.
pub struct BoundedState;

impl Invariant for BoundedState {
    fn name(&self) -> &'static str {
        "BoundedState"
    }
    fn says(&self) -> &'static str {
        "members, entries, remembered members and history stay within their limits, and nobody lists itself"
    }
    fn requirements(&self) -> &'static [&'static str] {
        &[
            "MGP1-MRG-010",
            "MGP1-MRG-022",
            "MGP1-MRG-023",
            "MGP1-LIV-021",
            "MGP1-ENV-017",
        ]
    }

    fn look(&mut self, sight: &Sight<'_>) -> Result<(), Breach> {
        let view = sight.view;
        let tables = [
            ("MGP1-MRG-022", "members", view.members.len(), "maxMembers"),
            ("MGP1-MRG-010", "entries", view.entries.len(), "maxEntries"),
            (
                "MGP1-LIV-021",
                "remembered members",
                view.remembered,
                "maxRemembered",
            ),
            (
                "MGP1-ENV-017",
                "pairs of history",
                view.history,
                "maxMessageHistory",
            ),
        ];
        for (requirement, what, held, limit) in tables {
            let limit = sight.parameters.get(limit);
            if held as u64 > limit {
                return breach(requirement, format!("{held} {what}, the limit is {limit}"));
            }
        }
        if view.members.get(sight.id).is_some() {
            return breach("MGP1-MRG-023", "it lists itself as a member".to_owned());
        }
        Ok(())
    }
}
