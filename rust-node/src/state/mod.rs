//! What a node holds, and how two such states become one (chapter 6). No time passes here: clocks are arguments.

mod entries;
mod history;
mod members;
mod remembered;

pub use entries::{Entries, EntryMerge, EntryRules, entry_order};
pub use history::History;
pub use members::{Member, MemberMerge};
pub use remembered::{Remembered, RememberedMember};
