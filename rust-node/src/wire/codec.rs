//! Decode and encode: datagram ⇄ meaning.

use thiserror::Error;

use super::frame::{Deflater, Frame, Inflater};
use super::json;
use super::limits::{MAX_TEXT, MIN_PADDED_PING};
use super::message::Message;
use super::read::{self, Decoded, Gate, Open};
use super::reason::Reject;
use super::write::wire_text;

/// The sender's two choices about size (chapter 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Largest datagram sent, bytes, 1,400 to 65,507 (MGP1-FRM-002).
    pub max_packet_size: usize,
    /// Longest text that is always sent raw, bytes, 0 to 65,536 (MGP1-FRM-003).
    pub compression_threshold: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            max_packet_size: 1_400,
            compression_threshold: 512,
        }
    }
}

/// Why a message cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the message needs {bytes} bytes, where maxPacketSize is {limit} and maxTextSize 65536; send less in it"
)]
pub struct TooLarge {
    /// Least number of bytes in which it can be framed.
    pub bytes: usize,
    /// `maxPacketSize`.
    pub limit: usize,
}

/// Compressor and decompressor, made once and used for every message of one thread.
#[derive(Debug, Default)]
pub struct Codec {
    pub(super) inflater: Inflater,
    pub(super) deflater: Deflater,
}

impl Codec {
    /// The meaning of a datagram, by the steps that need no cluster, clock and state (chapter 12).
    ///
    /// # Errors
    /// The first step that fails (MGP1-ERR-001). The codec is as good as new afterwards.
    pub fn decode(&mut self, datagram: &[u8]) -> Result<Decoded, Reject> {
        self.receive(datagram, &mut Open)
    }

    /// As [`decode`](Self::decode), with the receiver's own steps at their place.
    ///
    /// # Errors
    /// The first step that fails (MGP1-ERR-001).
    pub fn receive(&mut self, datagram: &[u8], gate: &mut impl Gate) -> Result<Decoded, Reject> {
        let text = match Frame::of(datagram)? {
            Frame::Raw => datagram,
            Frame::Zlib => self.inflater.inflate(datagram)?,
        };
        read::message(&json::parse(text)?, gate)
    }

    /// The datagram of a message, framed by MGP1-FRM-001 to MGP1-FRM-005.
    ///
    /// # Errors
    /// [`TooLarge`], where neither frame fits `max_packet_size`.
    pub fn encode(&mut self, message: &Message, sizes: Sizes) -> Result<Vec<u8>, TooLarge> {
        self.frame(wire_text(message, None).into_bytes(), sizes)
    }

    /// Frames a text.
    ///
    /// # Errors
    /// [`TooLarge`], where neither frame fits `max_packet_size` or the text is longer than `maxTextSize` (MGP1-FRM-017).
    pub fn frame(&mut self, text: Vec<u8>, sizes: Sizes) -> Result<Vec<u8>, TooLarge> {
        let limit = sizes.max_packet_size;
        let too_large = |bytes| Err(TooLarge { bytes, limit });
        if text.len() > MAX_TEXT {
            return too_large(text.len());
        }
        if text.len() <= sizes.compression_threshold {
            return if text.len() <= limit {
                Ok(text)
            } else {
                too_large(text.len())
            };
        }
        match self.deflater.deflate(&text, text.len()) {
            Some(stream) if stream.len() <= limit => Ok(stream.to_vec()),
            Some(stream) => too_large(stream.len()),
            None if text.len() <= limit => Ok(text),
            None => too_large(text.len()),
        }
    }
}

/// The datagram of a PING to an address that is not validated: raw, with at least 480 bytes (MGP1-MSG-025).
///
/// # Errors
/// [`TooLarge`], where the raw text does not fit `max_packet_size`.
pub fn encode_padded(message: &Message, sizes: Sizes) -> Result<Vec<u8>, TooLarge> {
    let plain = wire_text(message, None);
    let text = if plain.len() >= MIN_PADDED_PING {
        plain
    } else {
        let around = r#""pad":"","#.len();
        let pad = MIN_PADDED_PING.saturating_sub(plain.len() + around);
        wire_text(message, Some(pad))
    };
    if text.len() > sizes.max_packet_size {
        return Err(TooLarge {
            bytes: text.len(),
            limit: sizes.max_packet_size,
        });
    }
    Ok(text.into_bytes())
}
