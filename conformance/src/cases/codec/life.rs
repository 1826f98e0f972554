//! Proof of life: that a codec rejects a datagram, or refuses a meaning, shows something only of one that does not do so with everything.

use serde_json::{Value, json};

use super::encode::same_meaning;
use super::{Ask, Encoded, ask_encode, first_difference};
use crate::attach::Adapter;
use crate::oracle::{Decoded, decode};
use crate::verdict::Verdict;

/// A message in which nothing is out of the ordinary.
fn plain() -> Value {
    json!({
        "protocolVersion": 1, "type": "GOSSIP", "senderId": "p1", "messageId": "m1", "timestamp": 1_760_000_000_000_u64,
        "data": {
            "localData": {"life": {"value": "plain", "timestamp": 1_760_000_000_000_u64, "version": "v1", "sourceNode": "p1"}},
            "membership": {"p1": {
                "host": "127.0.0.1", "port": 9001, "state": "ALIVE", "lastSeen": 1_760_000_000_000_u64,
                "updated": 1_760_000_000_000_u64, "metadata": {},
            }},
        },
    })
}

/// What a plain message means, in the words of the oracle.
fn plain_meaning() -> Result<Value, Verdict> {
    match decode(plain().to_string().as_bytes()) {
        Decoded::Accepted { message, .. } => Ok(message),
        Decoded::Rejected { reason, .. } => Err(Verdict::Error(format!(
            "the suite's own plain message is rejected: {reason}"
        ))),
    }
}

/// The decoder, asked by `ask`, takes a plain message for what it means.
pub(super) fn decodes(adapter: &mut dyn Adapter, ask: Ask) -> Result<(), Verdict> {
    let meaning = plain_meaning()?;
    let answer = ask(adapter, plain().to_string().as_bytes())?;
    let accepted = answer["verdict"] == "accepted";
    if accepted && first_difference(&meaning, &answer["message"]).is_none() {
        return Ok(());
    }
    Err(Verdict::open(
        format!(
            "the decoder was not seen to read a plain GOSSIP ({}), so that its rejecting this datagram shows nothing",
            super::decode::outline(&answer)
        ),
        "make `decode` accept a plain message with its whole meaning first: MGP1-FRM-008/raw asks for that alone",
    ))
}

/// The encoder makes of a plain meaning a datagram that means the same.
pub(super) fn encodes(adapter: &mut dyn Adapter) -> Result<(), Verdict> {
    let meaning = plain_meaning()?;
    let lacking = match ask_encode(adapter, &meaning)? {
        Encoded::Refused(reason) => format!("refused: {reason}"),
        Encoded::Datagram(datagram) => match same_meaning("MGP1-FRM-001", &meaning, &datagram) {
            Ok(()) => return Ok(()),
            Err(_) => "a datagram that means something else".to_owned(),
        },
    };
    Err(Verdict::open(
        format!(
            "the encoder was not seen to encode a plain GOSSIP ({lacking}), so that its refusing this meaning shows nothing"
        ),
        "make `encode` take a plain meaning first: MGP1-FRM-003/encode-text-512 asks for that alone",
    ))
}
