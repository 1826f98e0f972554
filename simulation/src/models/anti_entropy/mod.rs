//! The building society of the document (lines 213 to 370): flats that compare their books until all books are the same.
//!
//! Mended in four places. An exchange goes both ways. Two entries for a key are put in a *total* order (time, writer, amount), so
//! that equal times cannot keep two flats apart for ever. Digests find the differing entries instead of whole categories. And the
//! end is *proved*, not sampled: a round in which a few pairs found nothing to repair says nothing about the other pairs.
//!
//! # The proof of the end
//!
//! A token goes round all flats in a fixed circle. It carries one digest and the number of flats in a row that had it. A flat with
//! the same digest adds itself; one with another digest starts the count anew with its own. When the count is the number of
//! flats, all books are the same, and stay so while nobody writes. For suppose that some counted flat had changed since. Take the first such
//! change. Books only grow, in the order of the merge, and they change only by a merge with a flat that knows something not in the
//! token's book. That flat was not yet counted, and since its book only grows it still knew it when its turn came; but then it
//! had the token's digest, so the token's book knew it too: a contradiction (up to a collision of SHA-256).

mod book;
mod printed;
mod society;

pub use book::{Book, Entry, Exchange, Token};
pub use printed::{Digest32, PrintedRun, root as printed_root};
pub use society::{Run, Society};
