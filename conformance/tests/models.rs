//! The models and demos as commands: what they refuse, what they print, and what the demos come to.
//!
//! `CONFORMANCE_WITHOUT=java` leaves Java out.

use std::process::{Command, Output};
use std::sync::atomic::AtomicBool;

use conformance::simulate::demo::{Demo, OFFICES, SUBURBS, Shown};
use serde_json::Value;
use simulation::models::Row;

fn simulate(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_conformance"))
        .arg("simulate")
        .args(arguments)
        .output()
        .expect("the program starts")
}

fn mixes() -> Vec<Vec<String>> {
    let mut mixes = vec![vec!["rust".to_owned()]];
    if conformance::without().iter().any(|name| name == "java") {
        println!("NOT RUN: java, because CONFORMANCE_WITHOUT names it");
    } else {
        mixes.push(vec!["rust".to_owned(), "java".to_owned()]);
        mixes.push(vec!["java".to_owned()]);
    }
    mixes
}

fn shown(demo: &Demo, mix: &[String], seed: u64) -> Shown {
    let shown = demo.run(mix, seed, &AtomicBool::new(false), &mut |_| {});
    shown.expect("the machines can be driven")
}

fn rows<'a>(shown: &'a Shown, part: &str) -> Vec<&'a Row> {
    let rows = shown.outcome.rows.iter();
    let rows: Vec<_> = rows.filter(|row| row.name.contains(part)).collect();
    assert!(!rows.is_empty(), "no row {part:?}");
    rows
}

#[test]
fn every_node_of_both_demos_knows_all_others_and_holds_the_data_of_all() {
    for demo in [&OFFICES, &SUBURBS] {
        for mix in mixes() {
            let shown = shown(demo, &mix, 1);
            assert_eq!(shown.cluster.violation, None);
            assert!(
                rows(&shown, ": known ")
                    .iter()
                    .all(|row| row.measured == 4.0)
            );
            let held = rows(&shown, "of all nodes' own data")[0];
            assert_eq!(held.measured, (5 * demo.keys.len()) as f64, "{mix:?}");
            assert_eq!(rows(&shown, "different values of")[0].measured, 1.0);
        }
    }
}

#[test]
fn in_the_end_exactly_the_stopped_nodes_are_dead() {
    for demo in [&OFFICES, &SUBURBS] {
        for mix in mixes() {
            let shown = shown(demo, &mix, 2);
            let last = format!(
                "{}s after the stop",
                (demo.detect.0 + 5_000_000) / 1_000_000
            );
            let stopped = demo.stopped.len() as f64;
            for (state, count) in [
                ("alive", 4.0 - stopped),
                ("suspect", 0.0),
                ("dead", stopped),
            ] {
                let rows = rows(&shown, &format!("{state}, {last}"));
                assert_eq!(rows.len(), 5 - demo.stopped.len());
                assert!(
                    rows.iter().all(|row| row.measured == count),
                    "{mix:?} {rows:?}"
                );
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_demo_and_another_seed_another() {
    let mix = ["rust".to_owned()];
    let trace = |seed| shown(&OFFICES, &mix, seed).cluster.trace;
    assert_eq!(trace(1), trace(1));
    assert_ne!(trace(1), trace(2));
}

#[test]
fn each_model_prints_json_that_puts_its_claims_beside_its_figures() {
    for arguments in [
        &["sir", "--trials", "5"][..],
        &["push", "--trials", "5"],
        &["pull", "--trials", "5"],
        &["push-pull", "--trials", "5"],
        &["growth", "--participants", "1000", "--trials", "5"],
        &["rumor", "--trials", "5"],
        &["rumor", "-k", "2", "--trials", "5"],
        &["anti-entropy", "--trials", "5"],
        &["whatsapp", "--trials", "2"],
        &["offices", "--mix", "rust"],
        &["suburbs", "--mix", "rust"],
    ] {
        let mut arguments = arguments.to_vec();
        arguments.push("--json");
        let output = simulate(&arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        let outcome: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let rows = outcome["rows"].as_array().expect("rows");
        let claims = rows.iter().filter(|row| row["published"].is_object());
        assert!(claims.count() > 0, "{arguments:?}");
        assert!(
            !outcome["curves"][0]["points"]
                .as_array()
                .expect("points")
                .is_empty()
        );
    }
}

#[test]
fn each_model_draws_its_curves() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("push.svg");
    let path = file.to_str().expect("a path");
    let output = simulate(&["push", "--trials", "5", "--svg", path]);
    assert!(output.status.success(), "{output:?}");
    let picture = std::fs::read_to_string(&file).expect("the picture");
    assert!(picture.starts_with("<svg") && picture.contains("<polyline"));
}

#[test]
fn bad_values_are_refused_with_what_would_be_right() {
    for (arguments, word) in [
        (&["sir", "--participants", "1"][..], "from 2 to"),
        (&["sir", "--beta=-1"], "--beta"),
        (&["sir", "--gamma", "NaN"], "--gamma"),
        (&["sir", "--sources", "1000"], "--sources"),
        (&["push", "--loss", "1"], "from 0 to below 1"),
        (&["push", "--fanout", "0"], "1..=1000"),
        (&["growth", "--participants", "999"], "from 1000 to"),
        (&["rumor", "--participants", "16"], "from 17 to"),
        (&["rumor", "--enthusiasm", "0.9", "0.3"], "least first"),
        (&["rumor", "--stories", "2", "--blind"], "among friends"),
        (&["rumor", "--feedback", "--blind"], "cannot be used with"),
        (&["rumor", "--demers", "-k", "3"], "--demers"),
        (&["rumor", "-k", "0"], "1..=1000"),
        (&["rumor", "--sources", "300"], "--sources"),
        (&["anti-entropy", "--partners", "0"], "1..=1000"),
        (&["whatsapp", "--within", "5"], "such as 30s"),
        (&["whatsapp", "--local-percent", "101"], "100"),
        (&["offices", "--mix", "cobol"], "cobol"),
        (&["push", "--trials", "0"], "1..=1000000"),
        (
            &["push", "--svg", "/nonexistent/x.svg"],
            "/nonexistent/x.svg",
        ),
    ] {
        let output = simulate(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{arguments:?} was taken");
        assert!(said.contains(word), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_model_shows_what_its_first_trials_found() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::Stdio;

    for model in ["whatsapp", "rumor", "anti-entropy"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_conformance"))
            .args(["simulate", model, "--trials", "1000000", "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut errors = BufReader::new(child.stderr.take().expect("piped"));
        let mut line = String::new();
        errors.read_line(&mut line).expect("it shows progress");
        assert!(line.contains("of 1000000 trials"), "{model}: {line}");
        let process = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(process, rustix::process::Signal::INT).expect("it is there");
        let said = std::thread::spawn(move || {
            let mut said = String::new();
            errors.read_to_string(&mut said).map(|_| said)
        });
        let mut found = Vec::new();
        let mut output = child.stdout.take().expect("piped");
        output.read_to_end(&mut found).expect("it can be read");
        assert_eq!(child.wait().expect("it ends").code(), Some(4), "{model}");
        let outcome: Value = serde_json::from_slice(&found).expect("JSON");
        let trials = outcome["trials"].to_string();
        let said = said.join().expect("it is read").expect("text");
        let again = format!("{trials} of 1000000 trials; --trials {trials} gives the same");
        assert!(said.contains(&again), "{model}: {said}");
        let first = simulate(&[model, "--trials", &trials, "--json"]);
        assert_eq!(first.stdout, found, "{model}, {trials} trials");
    }
}
