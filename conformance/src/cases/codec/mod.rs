//! Codec cases: decode and encode as functions, put to an adapter and compared with the oracle.

mod compare;
mod decode;
mod encode;
mod generated;
mod life;
mod relay;

use serde_json::{Value, json};

use super::{Case, Needs, Procedure};
use crate::attach::Adapter;
use crate::verdict::{Direction, Failure, LoggedDatagram, Verdict};

pub use compare::{first_difference, shorten};
pub use relay::there_and_back;

/// Every codec case: one for each decode and encode vector, and those that are generated.
/// Accepted datagrams come before rejected ones, because some parsers cache names.
pub fn cases() -> Vec<Case> {
    let mut cases = decode::cases();
    cases.extend(encode::cases());
    cases.extend(generated::cases());
    cases
}

/// What an adapter made of a request: an answer, or the verdict that ends the case.
type Asked = Result<Value, Verdict>;

/// A way to have a datagram decoded.
type Ask = fn(&mut dyn Adapter, &[u8]) -> Asked;

fn ask(adapter: &mut dyn Adapter, request: Value) -> Asked {
    adapter
        .request(request)
        .map_err(|why| Verdict::Error(why.to_string()))
}

fn ask_decode(adapter: &mut dyn Adapter, datagram: &[u8]) -> Asked {
    ask(
        adapter,
        json!({"op": "decode", "datagram": hex::encode(datagram)}),
    )
}

/// As [`ask_decode`], of version 0 too (chapter 10).
fn ask_decode_any(adapter: &mut dyn Adapter, datagram: &[u8]) -> Asked {
    ask(
        adapter,
        json!({"op": "decode", "legacy": true, "datagram": hex::encode(datagram)}),
    )
}

/// What an adapter made of a meaning.
enum Encoded {
    Datagram(Vec<u8>),
    Refused(String),
}

fn ask_encode(adapter: &mut dyn Adapter, message: &Value) -> Result<Encoded, Verdict> {
    let answer = ask(adapter, json!({"op": "encode", "message": message}))?;
    if let Some(refused) = answer.get("refused") {
        return Ok(Encoded::Refused(shorten(&refused.to_string())));
    }
    answer
        .get("datagram")
        .and_then(Value::as_str)
        .and_then(|text| hex::decode(text).ok())
        .map(Encoded::Datagram)
        .ok_or_else(|| {
            let got = shorten(&answer.to_string());
            Verdict::Error(format!(
                "the adapter answered `encode` with {got}, expected `datagram` in hex or `refused`; see conformance/ADAPTER.md"
            ))
        })
}

fn failure(
    requirement: &str,
    expected: impl Into<String>,
    actual: impl Into<String>,
    direction: Direction,
    datagram: &[u8],
) -> Verdict {
    Verdict::Fail(Box::new(Failure {
        requirement: requirement.to_owned(),
        expected: expected.into(),
        actual: actual.into(),
        datagrams: vec![LoggedDatagram {
            at_ms: 0,
            direction,
            peer: None,
            bytes: datagram.to_vec(),
        }],
    }))
}

/// A codec case whose procedure ends early with a verdict or runs through and passes.
fn case(
    id: &str,
    requirements: &[&str],
    hunts: &str,
    procedure: impl Fn(&mut dyn Adapter) -> Result<(), Verdict> + Send + Sync + 'static,
) -> Case {
    Case {
        id: id.to_owned(),
        requirements: requirements.iter().map(|id| (*id).to_owned()).collect(),
        hunts: hunts.to_owned(),
        without: Vec::new(),
        needs: Needs::Codec,
        procedure: Procedure::Adapter(Box::new(move |adapter| match procedure(adapter) {
            Ok(()) => Verdict::Pass,
            Err(verdict) => verdict,
        })),
    }
}
