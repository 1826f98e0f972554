//! A run with an implementation that is wrong on purpose, for the tests of the reports: a real node behind an adapter that spoils some of
//! what it says.

use std::time::Instant;

use conformance::attach::rust::RustInProcess;
use conformance::attach::{Adapter, AdapterError};
use conformance::cases::{
    self, Case, Launcher, Needs, NodeProcess, NodeSettings, NotLaunched, Procedure, Timing,
};
use conformance::implementation::{KnownFailure, apply};
use conformance::run::{NotRun, Outcome, Results};
use conformance::transcript::{self, RecordingAdapter};
use conformance::verdict::{Direction, Failure, LoggedDatagram, Verdict};
use serde_json::{Value, json};

/// What a page must never take for markup.
pub const HOSTILE: &str =
    "</script><!--<script><img src=x onerror=\"document.title='owned'\">\u{2028}]]>&amp;";

/// Name of the implementation.
pub const NAME: &str = "broken";

/// What is wrong with it in the cases of one kind.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// It is sound.
    None,
    /// It suspects a millisecond too late.
    Late,
    /// It takes an unknown frame for bad JSON.
    WrongReason,
    /// It writes members in another order, with white space.
    NotCanonical,
    /// It dies.
    Dies,
}

fn fault_of(case: &str) -> Fault {
    match case {
        _ if case.starts_with("MGP1-LIV-005/") => Fault::Late,
        _ if case.starts_with("MGP1-FRM-010/") => Fault::WrongReason,
        _ if case.starts_with("MGP1-JSN-018/") => Fault::NotCanonical,
        _ if case.starts_with("MGP1-ENV-001/") => Fault::Dies,
        _ => Fault::None,
    }
}

struct Broken {
    node: RustInProcess,
    fault: Fault,
}

impl Adapter for Broken {
    fn request(&mut self, mut body: Value) -> Result<Value, AdapterError> {
        if self.fault == Fault::Dies {
            return Err(AdapterError::Died {
                op: body["op"].as_str().unwrap_or_default().to_owned(),
                why: format!("exit status 134; its last words: {HOSTILE}"),
            });
        }
        if self.fault == Fault::Late && body["op"] == "create" {
            let timeout = body["config"]["suspectTimeout"].as_u64().unwrap_or(3_000);
            body["config"]["suspectTimeout"] = json!(timeout + 1);
        }
        let mut answer = self.node.request(body)?;
        if self.fault == Fault::WrongReason && answer["reason"] == "frame.unknown" {
            answer["step"] = json!("json");
            answer["reason"] = json!("json.syntax");
        }
        if self.fault == Fault::NotCanonical {
            if let Some(text) = answer["datagram"].as_str() {
                answer["datagram"] = json!(loose(text));
            }
            for sent in answer["sent"].as_array_mut().into_iter().flatten() {
                let text = sent["datagram"].as_str().unwrap_or_default().to_owned();
                sent["datagram"] = json!(loose(&text));
            }
        }
        Ok(answer)
    }
}

/// The same message with a blank after its first brace.
fn loose(digits: &str) -> String {
    match digits.strip_prefix("7b") {
        Some(rest) => format!("7b20{rest}"),
        None => digits.to_owned(),
    }
}

struct NoNode;

impl Launcher for NoNode {
    fn launch(&self, _: &NodeSettings) -> Result<Box<dyn NodeProcess>, NotLaunched> {
        Err(NotLaunched::Failed(format!("it said {HOSTILE} and ended")))
    }

    fn timing(&self, gossip_interval_ms: u64) -> Timing {
        Timing::in_proportion(gossip_interval_ms)
    }
}

/// All cases with a fault and some without, each with a verdict of every kind among them; one failure is hostile.
pub fn results() -> (Results, Vec<Case>) {
    let began = Instant::now();
    let cases: Vec<Case> = cases::all(1)
        .into_iter()
        .filter(|case| is_chosen(&case.id))
        .collect();
    let mut results = Results {
        who: vec![(NAME.to_owned(), format!("broken on purpose {HOSTILE}"))],
        not_run: vec![NotRun {
            implementation: "absent".to_owned(),
            what: "codec and core".to_owned(),
            why: format!("its adapter is not sane: {HOSTILE}"),
            asked: false,
        }],
        ..Results::default()
    };
    for case in &cases {
        results.outcomes.push(outcome(case, NAME));
        if case.needs != Needs::Wire && case.without.is_empty() {
            results.outcomes.push(outcome(case, "sound"));
        }
    }
    results.outcomes.push(hostile());
    let known = KnownFailure {
        case: "MGP1-FRM-010/one-byte-*".to_owned(),
        reason: format!("issue 12 {HOSTILE}"),
        place: "broken.toml:7".to_owned(),
    };
    let stale = KnownFailure {
        case: "MGP1-FRM-008/*".to_owned(),
        place: "broken.toml:9".to_owned(),
        ..known.clone()
    };
    let ids = cases.iter().map(|case| case.id.as_str());
    results.stale = apply(&[known, stale], NAME, &mut results.outcomes, ids);
    results.took = began.elapsed();
    (results, cases)
}

fn is_chosen(id: &str) -> bool {
    fault_of(id) != Fault::None
        || ["MGP1-FRM-", "MGP1-LIV-", "MGP1-SYN-01", "MGP1-MSG-019"]
            .iter()
            .any(|prefix| id.starts_with(prefix))
}

fn outcome(case: &Case, implementation: &str) -> Outcome {
    let began = Instant::now();
    let mut adapter = Broken {
        node: RustInProcess::new(),
        fault: if implementation == NAME {
            fault_of(&case.id)
        } else {
            Fault::None
        },
    };
    let mut recording = RecordingAdapter::new(&mut adapter);
    let verdict = if implementation == NAME && case.id.starts_with("MGP1-SYN-") {
        Verdict::Skipped("profile anti-entropy is not claimed".to_owned())
    } else {
        match &case.procedure {
            Procedure::Adapter(procedure) => procedure(&mut recording),
            Procedure::Wire(procedure) => procedure(&NoNode),
        }
    };
    Outcome {
        implementation: implementation.to_owned(),
        needs: case.needs,
        case: case.id.clone(),
        requirements: case.requirements.clone(),
        transcript: transcript::of(&verdict, recording.into_datagrams()),
        verdict,
        took: began.elapsed(),
        known: None,
        arguments: format!("--impl {implementation}"),
    }
}

/// A failure whose every text is the implementation's own, and hostile.
fn hostile() -> Outcome {
    let text = json!({"protocolVersion": 1, "type": "GOSSIP", "senderId": HOSTILE, "messageId": HOSTILE, "timestamp": 1, "data": {}});
    let datagram = |at_ms, direction, bytes: Vec<u8>| LoggedDatagram {
        at_ms,
        direction,
        peer: "[::1]:9001".parse().ok(),
        bytes,
    };
    let datagrams = vec![
        datagram(0, Direction::Received, b"{}".to_vec()),
        datagram(3, Direction::Sent, text.to_string().into_bytes()),
        datagram(4, Direction::Sent, HOSTILE.as_bytes().to_vec()),
        datagram(9, Direction::Sent, vec![0, 255, 27, 91, 51, 49, 109]),
    ];
    let verdict = Verdict::Fail(Box::new(Failure {
        requirement: "MGP1-MSG-001".to_owned(),
        expected: "no hostile text \u{1b}[31m\0".to_owned(),
        actual: format!("it sent {HOSTILE}"),
        datagrams,
    }));
    Outcome {
        implementation: NAME.to_owned(),
        needs: Needs::Wire,
        case: "MGP1-MSG-001/hostile".to_owned(),
        requirements: vec!["MGP1-MSG-001".to_owned()],
        transcript: transcript::of(&verdict, Vec::new()),
        verdict,
        took: std::time::Duration::from_millis(12),
        known: None,
        arguments: format!("--wire './node --name '\\''{NAME}'\\'''"),
    }
}
