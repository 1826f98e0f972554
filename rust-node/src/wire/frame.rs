//! Bytes of a datagram ⇄ JSON text (chapter 2).

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::limits::MAX_TEXT;
use super::reason::Reject;

/// How a datagram carries its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// The UTF-8 bytes themselves.
    Raw,
    /// One zlib stream of them.
    Zlib,
}

impl Frame {
    /// Tells the frames apart by their first two bytes (MGP1-FRM-007 to MGP1-FRM-010).
    ///
    /// # Errors
    /// `size.empty` or `frame.unknown`.
    pub fn of(datagram: &[u8]) -> Result<Self, Reject> {
        match *datagram {
            [] => Err(Reject::SizeEmpty),
            [b'{', ..] => Ok(Self::Raw),
            [b0, b1, ..]
                if b0 & 0x0F == 8
                    && b0 >> 4 <= 7
                    && (u16::from(b0) << 8 | u16::from(b1)).is_multiple_of(31)
                    && b1 & 0x20 == 0 =>
            {
                Ok(Self::Zlib)
            }
            _ => Err(Reject::FrameUnknown),
        }
    }
}

/// Inflates into one buffer of `maxTextSize` + 1 bytes, made once and used again for every datagram.
#[derive(Debug)]
pub struct Inflater {
    stream: Decompress,
    text: Vec<u8>,
}

impl Default for Inflater {
    fn default() -> Self {
        Self {
            stream: Decompress::new(true),
            text: vec![0; MAX_TEXT + 1],
        }
    }
}

impl Inflater {
    /// The text of a zlib datagram.
    ///
    /// The whole stream is inflated in one call, because the loop that grows its output has a different verdict on other back ends.
    ///
    /// # Errors
    /// An `inflate.…` reason (MGP1-FRM-012 to MGP1-FRM-015). Memory stays bounded by the buffer.
    pub fn inflate(&mut self, datagram: &[u8]) -> Result<&[u8], Reject> {
        self.stream.reset(true);
        let status = self
            .stream
            .decompress(datagram, &mut self.text, FlushDecompress::Finish);
        let written = usize::try_from(self.stream.total_out()).unwrap_or(usize::MAX);
        let read = usize::try_from(self.stream.total_in()).unwrap_or(usize::MAX);
        match status {
            _ if written > MAX_TEXT => Err(Reject::InflateTooBig),
            Err(_) => Err(Reject::InflateCorrupt),
            Ok(Status::StreamEnd) if read < datagram.len() => Err(Reject::InflateTrailing),
            Ok(Status::StreamEnd) => Ok(&self.text[..written]),
            Ok(Status::Ok | Status::BufError) => Err(Reject::InflateTruncated),
        }
    }
}

/// Deflates with one compressor, made once and used again for every message.
#[derive(Debug)]
pub struct Deflater {
    stream: Compress,
    out: Vec<u8>,
}

impl Default for Deflater {
    fn default() -> Self {
        Self {
            stream: Compress::new(Compression::default(), true),
            out: Vec::new(),
        }
    }
}

impl Deflater {
    /// One zlib stream of `text`, or `None` where it would not be shorter than `limit` bytes (MGP1-FRM-005).
    pub fn deflate(&mut self, text: &[u8], limit: usize) -> Option<&[u8]> {
        self.stream.reset();
        if self.out.len() < limit {
            self.out.resize(limit, 0);
        }
        let status = self
            .stream
            .compress(text, &mut self.out[..limit], FlushCompress::Finish);
        let written = usize::try_from(self.stream.total_out()).ok()?;
        let complete = matches!(status, Ok(Status::StreamEnd)) && written < limit;
        complete.then(|| &self.out[..written])
    }
}
