//! `list --hazards` and `explain HAZ-…`: the register of known faults and the cases that hunt them.

use crate::cases::Case;
use crate::hazards::{self, Hazard};

/// The whole register, a line per hazard.
///
/// # Errors
/// What is wrong with the register.
pub(super) fn list() -> Result<String, String> {
    let line = |hazard: &Hazard| {
        let cover = match hazard.cases.len() {
            1 => "1 case".to_owned(),
            count => format!("{count} cases"),
        };
        let kind = if hazard.designed_out.is_some() {
            "designed out"
        } else {
            "hunted"
        };
        format!("{} {kind:<12} {cover:<8} {}\n", hazard.id, hazard.about)
    };
    Ok(hazards::all()?.iter().map(line).collect())
}

/// What `explain` says of a hazard before its cases; `None` where the id is none of the register.
pub(super) fn explain(id: &str) -> Option<String> {
    let hazard = hazards::find(id)?;
    let mut text = format!("{}\n  {}\n", hazard.id, hazard.about);
    if let Some(reason) = &hazard.designed_out {
        text.push_str(&format!("  designed out: {reason}\n"));
    }
    Some(text)
}

/// Whether a case hunts that hazard.
pub(super) fn is_hunted_by(id: &str, case: &Case) -> bool {
    hazards::find(id).is_some_and(|hazard| hazard.cases.contains(&case.id))
}
