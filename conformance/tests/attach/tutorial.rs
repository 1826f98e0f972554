//! The tutorial shows what the suite prints: every message in `docs/adapter.md` is one that comes here.

use std::time::Duration;

use conformance::attach::command::CommandLine;
use conformance::attach::qualify;
use conformance::attach::smoke::Step;
use conformance::attach::stdio::StdioAdapter;
use conformance::oracle;
use serde_json::{Value, json};

use super::{Test, adapter, ensure};

pub const TESTS: &[Test] = &[
    (
        "every_fault_of_the_tutorial_is_told_in_the_words_of_the_tutorial",
        every_fault,
    ),
    (
        "what_the_tutorial_shows_of_decode_is_what_a_right_adapter_answers",
        decode_examples,
    ),
];

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/adapter.md");

/// The faults of the tutorial, each told at one step.
const FAULTS: [&str; 16] = [
    "dead",
    "banner",
    "buffers",
    "result",
    "wrong-id",
    "version",
    "profiles",
    "capabilities",
    "crash",
    "polite",
    "logs",
    "accepts",
    "internal",
    "bytes",
    "no-wake",
    "stays",
];

/// Time for an answer, short because one of the faults is to give none.
const WITHIN: Duration = Duration::from_secs(5);

fn failing_step(fault: &str) -> Option<Step> {
    let command = CommandLine::parse(&adapter(fault)).expect("a command");
    let mut adapter = StdioAdapter::new(command)
        .expect("a command without placeholders")
        .within(WITHIN, WITHIN);
    match qualify::smoke(&mut adapter, &mut |_| ()) {
        Err(step) => Some(step),
        Ok(_) => Some(qualify::ends(adapter.finish())).filter(|step| step.result.is_err()),
    }
}

fn decode_examples() -> Result<(), String> {
    let page = std::fs::read_to_string(PAGE).map_err(|error| format!("{PAGE}: {error}"))?;
    let lines: Vec<&str> = page.lines().collect();
    let mut shown = 0;
    for pair in lines
        .windows(2)
        .filter(|pair| pair[0].contains(r#""op":"decode""#))
    {
        let read = |line: &str| {
            serde_json::from_str::<Value>(line).map_err(|error| format!("{line}: {error}"))
        };
        let (request, answer) = (read(pair[0])?, read(pair[1])?);
        let datagram = hex::decode(request["datagram"].as_str().unwrap_or_default())
            .map_err(|error| error.to_string())?;
        let right = json!({"id": request["id"], "ok": oracle::decode(&datagram).to_value()});
        ensure(answer == right, || format!("not {answer}, but {right}"))?;
        shown += 1;
    }
    ensure(shown >= 2, || format!("{shown} examples"))
}

fn every_fault() -> Result<(), String> {
    let mut missing = String::new();
    let page = std::fs::read_to_string(PAGE).map_err(|error| format!("{PAGE}: {error}"))?;
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    for fault in FAULTS {
        let step = failing_step(fault).ok_or_else(|| format!("{fault} is not noticed"))?;
        let told = step.to_string().replace(
            &format!("{} misbehave {fault}", own.display()),
            "./my-adapter",
        );
        // Windows says it so.
        let told = told.replace("exit code", "exit status");
        // The tutorial was written with the usual time limits.
        let told = told.replace("nothing within 5 s", "nothing within 45 s");
        if !page.contains(&told) {
            missing.push_str(&format!("\n{fault}:\n\n```\n{told}\n```\n"));
        }
    }
    ensure(missing.is_empty(), || {
        format!("docs/adapter.md does not show:\n{missing}")
    })
}
