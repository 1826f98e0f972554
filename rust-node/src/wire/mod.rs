//! The codec: bytes of a datagram ⇄ the meaning of a message (chapters 2 to 5 and 12). No state, no clock, no I/O.
//!
//! A datagram becomes a text ([`frame`]), the text a raw view that borrows from it ([`json`]), and the raw view a meaning
//! ([`message`]), typed and owned. Nothing of a later stage runs before an earlier one has passed.
//! Nothing here panics, whatever the bytes.
//!
//! [`decode`] and [`encode`] are a pair:
//!
//! ```
//! use mumbai_gossip::wire::{self, Body, Sizes};
//!
//! let text = br#"{"data":{"membership":{"p1":{"host":"127.0.0.1","lastSeen":7,"metadata":{},"port":9001,
//!     "state":"ALIVE","updated":7}},"pingId":"x"},"messageId":"m","protocolVersion":1,"senderId":"p1","timestamp":7,"type":"PING"}"#;
//! let decoded = wire::decode(text)?;
//! assert!(matches!(decoded.message.body, Body::Ping { full: false, .. }));
//!
//! let datagram = wire::encode(&decoded.message, Sizes::default())?;
//! assert_eq!(wire::decode(&datagram)?, decoded);
//! assert_eq!(wire::decode(b"").unwrap_err().code(), "size.empty");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod canonical;
pub mod frame;
pub mod json;
pub mod legacy;
pub mod limits;
pub mod message;

mod answer;
mod codec;
mod compact;
mod entry;
mod host;
mod ids;
mod read;
mod reason;
mod record;
mod scan;
mod write;

#[cfg(test)]
mod tests;

use std::cell::RefCell;

pub use answer::{answer, answer_any};
pub use codec::{Codec, Sizes, TooLarge, encode_padded};
pub use compact::Compact;
pub use entry::entry_size;
pub use host::{canonical_address, usable_host};
pub use ids::{is_cluster, is_node_id, is_token};
pub use message::{Body, Entry, Message, Page, Phase, Record, Section, State, Versions};
pub use read::{Decoded, Gate, Open, SectionName, Skipped};
pub use reason::{Refusal, Reject, Skip};
pub use record::{canonical_content, check as check_record, record_size};
pub use write::{meaning_text, wire_text};

thread_local! {
    static CODEC: RefCell<Codec> = RefCell::default();
}

/// The meaning of a datagram, with a codec of this thread's own; see [`Codec::decode`].
///
/// # Errors
/// The first step that fails (MGP1-ERR-001).
pub fn decode(datagram: &[u8]) -> Result<Decoded, Reject> {
    CODEC.with_borrow_mut(|codec| codec.decode(datagram))
}

/// The datagram of a message, with a codec of this thread's own; see [`Codec::encode`].
///
/// # Errors
/// [`TooLarge`], where it does not fit `max_packet_size` bytes.
pub fn encode(message: &Message, sizes: Sizes) -> Result<Vec<u8>, TooLarge> {
    CODEC.with_borrow_mut(|codec| codec.encode(message, sizes))
}
