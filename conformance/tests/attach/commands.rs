//! The command line: exit statuses, messages, and a replay that can be copied.

use std::path::Path;
use std::process::{Command, Output};

use super::{Test, adapter, ensure};

pub const TESTS: &[Test] = &[
    ("status_0_for_a_conformant_adapter", conformant),
    ("status_1_and_a_replay_that_works_as_copied", broken),
    ("status_2_for_bad_usage_in_one_line", usage),
    ("status_3_for_an_adapter_that_does_not_start", dead),
    (
        "status_4_for_a_node_of_which_nothing_is_known",
        inconclusive,
    ),
    ("a_node_that_does_not_start_is_told_once", node_told_once),
    ("a_file_of_init_is_right_and_not_overwritten", init),
    (
        "a_known_failure_decides_nothing_until_it_passes",
        known_failures,
    ),
    ("smoke_stops_at_the_first_step_that_fails", smoke),
];

const WRONG_REASON: &str = "MGP1-FRM-010/leading-newline";

fn conformance(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_conformance"))
        .args(arguments)
        .env_remove("CARGO")
        .env_remove("CONFORMANCE_WITHOUT")
        .output()
        .expect("the suite runs")
}

fn text(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]]
        .iter()
        .map(|bytes| String::from_utf8_lossy(bytes))
        .collect()
}

fn expect(output: &Output, status: i32, parts: &[&str]) -> Result<(), String> {
    let text = text(output);
    ensure(output.status.code() == Some(status), || {
        format!("{}, expected {status}:\n{text}", output.status)
    })?;
    for part in parts {
        ensure(text.contains(part), || format!("no {part:?} in:\n{text}"))?;
    }
    Ok(())
}

fn conformant() -> Result<(), String> {
    let output = conformance(&["run", "--adapter", &adapter("none"), "--case", WRONG_REASON]);
    expect(&output, 0, &["1 passed, 0 failed"])
}

fn broken() -> Result<(), String> {
    let theirs = adapter("wrong-reason");
    let output = conformance(&["run", "--adapter", &theirs, "--case", WRONG_REASON]);
    expect(&output, 1, &["FAIL", "rule", "expected", "actual"])?;
    let text = text(&output);
    let replay = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("replay"))
        .ok_or("no replay")?
        .trim();
    if cfg!(windows) {
        return Ok(());
    }
    let again = Command::new("sh")
        .args(["-c", replay])
        .env_remove("CARGO")
        .output()
        .map_err(|error| error.to_string())?;
    expect(&again, 1, &["0 passed, 1 failed"])
}

fn usage() -> Result<(), String> {
    for (arguments, part) in [
        (&["run", "--wire", "./n --id {id}"][..], "{port}"),
        (&["run", "--wire", "./n {id} {port} {prot}"], "{prot}"),
        (&["run", "--impl", "cobol"], "no such implementation"),
        (&["run", "--impl", "no/such.toml"], "conformance init"),
        (&["run", "--case", "MGP1-NON-*"], "matches no case"),
        (&["run", "--adapter", "./a", "--profile", "corr"], "corr"),
    ] {
        let output = conformance(arguments);
        expect(&output, 2, &[part])?;
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure(errors.trim_end().lines().count() == 1, || errors.clone())?;
    }
    Ok(())
}

fn dead() -> Result<(), String> {
    let output = conformance(&["run", "--adapter", &adapter("dead"), "--case", WRONG_REASON]);
    expect(
        &output,
        3,
        &[
            "not run",
            "exit status: 1",
            "ModuleNotFoundError",
            "conformance smoke",
        ],
    )
}

/// A node that says PONG to everything and nothing else.
fn pong() -> String {
    format!(
        "'{}' null accept --id {{id}} --host {{host}} --port {{port}} --seed {{seed}} --gossip-interval-ms {{gossip_interval_ms}} {{suspect_timeout_ms}} {{failure_timeout_ms}} {{reconnect_interval_ms}} {{dead_retention_ms}} {{set}} {{cluster}} {{advertise}}",
        env!("CARGO_BIN_EXE_conformance")
    )
}

fn inconclusive() -> Result<(), String> {
    let output = conformance(&["run", "--wire", &pong(), "--case", INCONCLUSIVE]);
    expect(&output, 4, &["INCONCLUSIVE", "0 passed, 0 failed"])
}

/// A case that needs a node that gossips.
const INCONCLUSIVE: &str = "MGP1-FRM-010/unknown-frames";

fn node_told_once() -> Result<(), String> {
    let command = format!("{} {{id}} {{port}}", adapter("dead"));
    let output = conformance(&["run", "--wire", &command]);
    expect(
        &output,
        3,
        &[
            "no node starts",
            "ended at once",
            "ModuleNotFoundError",
            "try:",
        ],
    )?;
    let text = text(&output);
    ensure(text.matches("ModuleNotFoundError").count() == 1, || {
        text.clone()
    })
}

fn init() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = folder.path().join("their-node.toml");
    let file = file.to_str().ok_or("a path")?;
    expect(
        &conformance(&["init", file]),
        0,
        &["wrote", "conformance smoke"],
    )?;
    expect(&conformance(&["init", file]), 2, &["was left as it is"])?;
    // The node that it names does not exist.
    expect(
        &conformance(&["smoke", "--impl", file]),
        3,
        &["cannot run", "./my-node".replace("my", "their").as_str()],
    )
}

fn implementation(folder: &Path, known: &str) -> Result<String, String> {
    let file = folder.join("theirs.toml");
    let text = format!(
        "name = \"theirs\"\nprofiles = [\"core\", \"membership\", \"anti-entropy\", \"legacy\"]\nadapter = \"\"\"{}\"\"\"\n\n[[known_failures]]\ncase = \"{known}\"\nreason = \"being mended\"\n",
        adapter("wrong-reason")
    );
    std::fs::write(&file, text).map_err(|error| error.to_string())?;
    file.to_str()
        .map(str::to_owned)
        .ok_or_else(|| "a path".to_owned())
}

fn known_failures() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let run = |file: &str, case: &str| conformance(&["run", "--impl", file, "--case", case]);
    let file = implementation(folder.path(), WRONG_REASON)?;
    expect(
        &run(&file, WRONG_REASON),
        0,
        &["known failure", "being mended"],
    )?;
    let file = implementation(folder.path(), "MGP1-FRM-007/*")?;
    expect(
        &run(&file, "MGP1-FRM-007"),
        1,
        &[
            "theirs.toml:5: known failure",
            "passes: MGP1-FRM-007/",
            "case = \"MGP1-FRM-007/*\"",
        ],
    )?;
    let file = implementation(folder.path(), "MGP1-NON-001/x")?;
    expect(&run(&file, "MGP1-FRM-007"), 1, &["matches no case"])
}

fn smoke() -> Result<(), String> {
    expect(
        &conformance(&["smoke", "--adapter", &adapter("none")]),
        0,
        &["ok   it ends when its input ends"],
    )?;
    let output = conformance(&["smoke", "--adapter", &adapter("version")]);
    expect(&output, 3, &["FAIL it speaks version 1", "\"adapter\":2"])
}
