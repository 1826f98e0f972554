//! A meaning that travels through several implementations and arrives as it left.

use serde_json::Value;

use super::encode::same_meaning;
use super::{Encoded, ask_decode, ask_encode, failure, first_difference};
use crate::attach::Adapter;
use crate::oracle::canonical;
use crate::verdict::{Direction, Verdict};

/// A text of at most this many bytes fits a datagram however it is sent.
const FITS_RAW: usize = 1_400;

/// Lets `a` encode a meaning, `b` decode and encode it again, and `a` decode what comes back (MGP1-JSN-017).
/// The oracle judges every datagram. A refusal is right only where the text could be too long for a datagram.
pub fn there_and_back(a: &mut dyn Adapter, b: &mut dyn Adapter, meaning: &Value) -> Verdict {
    match relay(a, b, meaning) {
        Ok(()) => Verdict::Pass,
        Err(verdict) => verdict,
    }
}

fn relay(a: &mut dyn Adapter, b: &mut dyn Adapter, meaning: &Value) -> Result<(), Verdict> {
    let Some(there) = send(a, meaning, meaning)? else {
        return Ok(());
    };
    let held = receive(b, meaning, &there)?;
    let Some(back) = send(b, meaning, &held)? else {
        return Ok(());
    };
    receive(a, meaning, &back).map(|_| ())
}

/// Encodes what an adapter holds of a meaning; `None` where it rightly refused.
fn send(
    adapter: &mut dyn Adapter,
    meaning: &Value,
    held: &Value,
) -> Result<Option<Vec<u8>>, Verdict> {
    match ask_encode(adapter, held)? {
        Encoded::Refused(_) if canonical(meaning).len() > FITS_RAW => Ok(None),
        Encoded::Refused(reason) => {
            let actual = format!("refused: {reason}");
            Err(Verdict::fail("MGP1-JSN-017", "a datagram", actual))
        }
        Encoded::Datagram(datagram) => {
            same_meaning("MGP1-JSN-017", meaning, &datagram)?;
            Ok(Some(datagram))
        }
    }
}

fn receive(adapter: &mut dyn Adapter, meaning: &Value, datagram: &[u8]) -> Result<Value, Verdict> {
    let answer = ask_decode(adapter, datagram)?;
    match first_difference(meaning, &answer["message"]) {
        None => Ok(answer["message"].clone()),
        Some(found) => Err(failure(
            "MGP1-JSN-017",
            format!("{} = {}", found.path, found.expected),
            format!("{} = {}", found.path, found.actual),
            Direction::Received,
            datagram,
        )),
    }
}
