//! Anti-entropy (chapter 9) put to the machine in virtual time. What one script with fixed data can tell is in the timeline vectors;
//! here a peer computes: digests of stores, answers that depend on them, and exchanges that end in agreement.

mod answers;
mod digests;
mod exchange;
mod pace;
mod pair;
mod rig;

use super::Case;

pub(super) use pace::take;

/// Every coded case of anti-entropy.
pub fn cases() -> Vec<Case> {
    let mut cases = digests::cases();
    cases.extend(answers::cases());
    cases.extend(pace::cases());
    cases.extend(exchange::cases());
    cases.extend(pair::cases());
    cases
}
