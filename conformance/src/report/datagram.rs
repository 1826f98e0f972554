//! Datagrams explained, so that a failure can be read without a tool.

use serde_json::{Value, json};

use crate::oracle::{self, Decoded};
use crate::verdict::{Direction, LoggedDatagram};

/// Long texts are cut at this many characters: a full datagram in a terminal hides the others.
const WIDTH: usize = 400;

/// `  1203 ms  sent to  127.0.0.1:9001  zlib 312 B  {"data":…}`: directions as seen from the implementation.
pub fn line(datagram: &LoggedDatagram) -> String {
    let arrow = match datagram.direction {
        Direction::Sent => "sent to ",
        Direction::Received => "got from",
    };
    let peer = datagram
        .peer
        .map_or_else(|| "?".to_owned(), |peer| peer.to_string());
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
        "{:>8} ms  {arrow} {peer:<21} {} {} B  {short}",
        datagram.at_ms,
        frame(&datagram.bytes),
        datagram.bytes.len()
    )
}

/// How a payload is framed by chapter 2: `raw`, `zlib`, or `unread`.
pub fn frame(bytes: &[u8]) -> &'static str {
    oracle::frame::text_of(bytes).map_or("unread", |(frame, _)| frame.name())
}

/// A datagram as the JSON report and the bundles have it: time, direction, peer, frame, bytes in hex, and the answer of chapter 12. Of what is
/// longer than `longest` there are the first bytes, and no answer.
pub fn value(datagram: &LoggedDatagram, longest: usize) -> Value {
    let bytes = &datagram.bytes;
    let mut value = json!({
        "atMs": datagram.at_ms,
        "direction": match datagram.direction {
            Direction::Sent => "sent",
            Direction::Received => "received",
        },
        "peer": datagram.peer.map(|peer| peer.to_string()),
        "frame": frame(bytes),
        "length": bytes.len(),
        "hex": hex::encode(&bytes[..bytes.len().min(longest)]),
    });
    if bytes.len() <= longest {
        value["decoded"] = oracle::decode(bytes).to_value();
    }
    value
}
