//! Chapter 2: from the bytes of a datagram to the bytes of its text.

use flate2::{Decompress, FlushDecompress, Status};

use super::Rejection;

/// `maxTextSize`: the longest text that a receiver inflates, in bytes (chapter 11).
pub const MAX_TEXT_SIZE: usize = 65_536;

/// How a text was put into its datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// The text itself.
    Raw,
    /// One zlib stream of it.
    Zlib,
}

impl Frame {
    /// The name that vectors use.
    pub fn name(self) -> &'static str {
        match self {
            Frame::Raw => "raw",
            Frame::Zlib => "zlib",
        }
    }
}

/// Finds the frame of a datagram and takes the text out of it.
///
/// # Errors
/// The steps `size`, `frame` and `inflate`.
pub fn text_of(datagram: &[u8]) -> Result<(Frame, Vec<u8>), Rejection> {
    // MGP1-FRM-007
    if datagram.is_empty() {
        return Err(Rejection::new("size", "size.empty"));
    }
    // MGP1-FRM-008
    if datagram[0] == b'{' {
        return Ok((Frame::Raw, datagram.to_vec()));
    }
    // MGP1-FRM-009
    if let [b0, b1, ..] = *datagram
        && b0 & 0x0F == 8
        && b0 >> 4 <= 7
        && (256 * u32::from(b0) + u32::from(b1)).is_multiple_of(31)
        && b1 & 0x20 == 0
    {
        return Ok((Frame::Zlib, inflate(datagram)?));
    }
    // MGP1-FRM-010
    Err(Rejection::new("frame", "frame.unknown"))
}

/// Inflates a whole zlib stream into at most [`MAX_TEXT_SIZE`] bytes (MGP1-FRM-011 to MGP1-FRM-016).
fn inflate(stream: &[u8]) -> Result<Vec<u8>, Rejection> {
    let reject = |reason| Err(Rejection::new("inflate", reason));
    // One byte more than is allowed, so that "exactly full" and "more would follow" differ.
    let mut text = vec![0; MAX_TEXT_SIZE + 1];
    let mut zlib = Decompress::new(true);
    loop {
        let (read, written) = (zlib.total_in() as usize, zlib.total_out() as usize);
        // MGP1-FRM-012
        if written > MAX_TEXT_SIZE {
            return reject("inflate.too-big");
        }
        match zlib.decompress(&stream[read..], &mut text[written..], FlushDecompress::None) {
            // MGP1-FRM-014
            Err(_) => return reject("inflate.corrupt"),
            Ok(Status::StreamEnd) => break,
            Ok(Status::Ok | Status::BufError) => {
                let stuck =
                    zlib.total_in() as usize == read && zlib.total_out() as usize == written;
                // MGP1-FRM-013: there is room for output, so what lacks is input.
                if stuck {
                    return reject("inflate.truncated");
                }
            }
        }
    }
    // MGP1-FRM-012, where the stream ended with the very byte that is too many.
    if zlib.total_out() as usize > MAX_TEXT_SIZE {
        return reject("inflate.too-big");
    }
    // MGP1-FRM-015
    if (zlib.total_in() as usize) < stream.len() {
        return reject("inflate.trailing");
    }
    text.truncate(zlib.total_out() as usize);
    Ok(text)
}
