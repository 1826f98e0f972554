//! Adapters that the tests of the suite talk to.

use conformance::attach::{Adapter, AdapterError};
use conformance::verdict::Verdict;
use serde_json::{Value, json};

/// The Rust node, in this process.
#[derive(Default)]
pub struct RustAdapter(mumbai_gossip::adapter::Adapter);

impl Adapter for RustAdapter {
    fn request(&mut self, mut body: Value) -> Result<Value, AdapterError> {
        body["id"] = json!(1);
        let op = body["op"].as_str().unwrap_or_default().to_owned();
        let answer = self.0.handle(&body);
        match answer.get("ok") {
            Some(ok) => Ok(ok.clone()),
            None => Err(AdapterError::Refused {
                op,
                code: answer["error"]["code"].to_string(),
                message: answer["error"]["message"].to_string(),
            }),
        }
    }
}

/// `None` for a pass, else the verdict in one line.
pub fn complaint(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Pass => None,
        Verdict::Fail(failure) => Some(format!(
            "{}: expected {}, actual {}",
            failure.requirement, failure.expected, failure.actual
        )),
        other => Some(format!("{other:?}")),
    }
}
