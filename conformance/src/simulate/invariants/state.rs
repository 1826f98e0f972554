//! What is held stays within its bounds.

use super::{Invariant, Sight};

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

    fn look(&mut self, sight: &Sight<'_>) -> Result<(), String> {
        let view = sight.view;
        for (what, held, limit) in [
            ("members", view.members.len(), "maxMembers"),
            ("entries", view.entries.len(), "maxEntries"),
            ("remembered members", view.remembered.len(), "maxRemembered"),
            ("pairs of history", view.history, "maxMessageHistory"),
        ] {
            let limit = sight.parameters.get(limit);
            if held as u64 > limit {
                return Err(format!("{held} {what}, the limit is {limit}"));
            }
        }
        if view.members.contains_key(sight.id) {
            return Err("it lists itself as a member".to_owned());
        }
        Ok(())
    }
}
