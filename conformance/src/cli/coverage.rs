//! What tests a requirement, through which way of reaching a node.

use crate::cases::{Case, Needs};
use crate::requirements;

/// One line for `list --requirements`: how many cases there are of each kind, and why there are none over UDP, or none at all.
pub(super) fn told(cases: &[Case], requirement: &str) -> String {
    let count = |needs: Needs| {
        cases
            .iter()
            .filter(|case| case.needs == needs)
            .filter(|case| case.requirements.iter().any(|it| it == requirement))
            .count()
    };
    let counts = [
        ("codec", count(Needs::Codec)),
        ("core", count(Needs::Core)),
        ("wire", count(Needs::Wire)),
    ];
    if counts.iter().all(|(_, count)| *count == 0) {
        return match requirements::untested_reason(requirement) {
            Some(untested) => format!("{}: {}", untested.kind.name(), untested.reason),
            None => "NO CASE".to_owned(),
        };
    }
    let mut text: Vec<String> = counts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    if let Some(unseen) = requirements::unseen_reason(requirement) {
        text.push(format!(
            "{} on the wire: {}",
            unseen.kind.name(),
            unseen.reason
        ));
    }
    text.join(", ")
}
