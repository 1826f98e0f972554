//! What a node holds, and how two such states become one (chapter 6). No time passes here: clocks are arguments.

mod digests;
mod entries;
mod history;
mod members;
mod remembered;

#[cfg(test)]
mod tests;

pub use digests::{Digest, DigestTree, PATH_LENGTH, Prefix};
pub use entries::{Entries, EntryMerge, EntryRules, entry_order};
pub use history::History;
pub use members::{Member, MemberMerge, Members};
pub use remembered::{Remembered, RememberedMember};
