//! One line for one datagram, decoded, so that a failure can be read without a tool.

use crate::oracle::{self, Decoded};
use crate::verdict::{Direction, LoggedDatagram};

/// Long texts are cut at this many characters: a full datagram in a terminal hides the others.
const WIDTH: usize = 400;

/// `  1203 ms  → 127.0.0.1:9001  zlib 312 B  {"data":…}`: arrows as seen from the implementation.
pub fn line(datagram: &LoggedDatagram) -> String {
    let arrow = match datagram.direction {
        Direction::Sent => "sent to ",
        Direction::Received => "got from",
    };
    let peer = datagram
        .peer
        .map_or_else(|| "?".to_owned(), |peer| peer.to_string());
    let frame = oracle::frame::text_of(&datagram.bytes).map_or("unread", |(frame, _)| frame.name());
    let content = match oracle::decode(&datagram.bytes) {
        Decoded::Accepted { message, .. } => oracle::canonical(&message),
        Decoded::Rejected { reason, .. } => format!("{reason}: {}", hex::encode(&datagram.bytes)),
    };
    let short = if content.chars().count() > WIDTH {
        let cut: String = content.chars().take(WIDTH).collect();
        format!("{cut} …")
    } else {
        content
    };
    format!(
        "{:>8} ms  {arrow} {peer:<21} {frame} {} B  {short}",
        datagram.at_ms,
        datagram.bytes.len()
    )
}
