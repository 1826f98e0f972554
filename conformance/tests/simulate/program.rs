//! `conformance simulate` as its user sees it.

use std::process::{Command, Output};

fn simulate(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_conformance"))
        .arg("simulate")
        .args(arguments)
        .output()
        .expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const SMALL: [&str; 11] = [
    "cluster",
    "--nodes",
    "4",
    "--mix",
    "rust",
    "--seed",
    "7",
    "--duration",
    "5s",
    "--writes",
    "1",
];

#[test]
fn a_cluster_is_shown_beside_the_model_with_the_command_that_repeats_it() {
    let output = simulate(&SMALL);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for part in [
        "cluster: 4 rust, seed 7, 5.000 of 5.000 s",
        "model: push in rounds among 4, fan-out 3, loss 0: all know after",
        "1 of 1 keys at all nodes within that bound",
        "broke: nothing",
    ] {
        assert!(said.contains(part), "{part:?} is not in\n{said}");
    }
    let again = said
        .lines()
        .find_map(|line| line.strip_prefix("again: conformance simulate "))
        .expect("a command");
    let again: Vec<&str> = again.split(' ').collect();
    assert_eq!(text(&simulate(&again).stdout), said);
}

#[test]
fn the_findings_are_json_and_the_curves_a_picture() {
    let folder = tempfile::tempdir().expect("a folder");
    let picture = folder.path().join("curves.svg");
    let mut arguments = SMALL.to_vec();
    let path = picture.to_str().expect("text");
    arguments.extend(["--json", "--svg", path]);
    let output = simulate(&arguments);
    let findings: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(findings["seed"], 7);
    assert!(
        findings["again"]
            .as_str()
            .is_some_and(|again| again.contains("--seed 7"))
    );
    assert!(findings["modelBound"].is_u64() && findings["trace"].is_string());
    assert!(
        std::fs::read_to_string(&picture)
            .expect("it was written")
            .starts_with("<svg")
    );
}

#[test]
fn a_mistake_in_a_scenario_file_is_answered_with_its_place_and_a_remedy() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = |text_of_file: &str| {
        let path = folder.path().join("wrong.toml");
        std::fs::write(&path, text_of_file).expect("it can be written");
        let output = simulate(&["replay", path.to_str().expect("text")]);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
        assert!(output.stdout.is_empty());
        text(&output.stderr)
    };
    let wrong = told("seed = 1\nduratoin = \"9s\"\nnodes = 2\n");
    assert!(
        wrong.contains("line 2") && wrong.contains("did you mean \"duration\"?"),
        "{wrong}"
    );
    let wrong = told(
        "seed = 1\nduration = \"9s\"\nnodes = 2\n[[writes]]\nat = \"1s\"\nnode = \"n7\"\nkey = \"k\"\nvalue = 1\n",
    );
    assert!(
        wrong.contains("line 6") && wrong.contains("writes[0].node"),
        "{wrong}"
    );
    let wrong = told("seed = 1\nduration = \"9s\"\nnodes = 2\nmix = { rust = 1, cobol = 1 }\n");
    assert!(
        wrong.contains("line 4") && wrong.contains("\"cobol\"") && wrong.contains("rust, java"),
        "{wrong}"
    );
    let missing = simulate(&["replay", "no/such/file.toml"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(text(&missing.stderr).contains("no/such/file.toml"));
}

#[test]
fn what_makes_no_sense_is_bad_usage() {
    for (arguments, part) in [
        (
            &["cluster", "--nodes", "1"][..],
            "--nodes must be at least 2",
        ),
        (
            &["cluster", "--loss", "1"],
            "--loss 1 must be from 0 to below 1",
        ),
        (
            &["cluster", "--parameter", "fanuot=3"],
            "chapter 11 has no parameter",
        ),
        (
            &["cluster", "--links", "5G", "--mix", "rust"],
            "there are 4G_5G",
        ),
        (
            &[
                "compare", "--mix-a", "rust", "--mix-b", "rust", "--trials", "1",
            ],
            "--trials must be at least 2",
        ),
    ] {
        let output = simulate(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            text(&output.stderr).contains(part),
            "{}",
            text(&output.stderr)
        );
    }
}

#[test]
fn a_comparison_of_a_thing_with_itself_finds_no_difference() {
    let output = simulate(&[
        "compare",
        "--mix-a",
        "rust",
        "--mix-b",
        "rust",
        "--trials",
        "6",
        "--nodes",
        "3",
        "--duration",
        "4s",
    ]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(
        said.contains("no difference found with confidence 0.99"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_tells_what_it_found_so_far() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::Stdio;

    let mut child = Command::new(env!("CARGO_BIN_EXE_conformance"))
        .args([
            "simulate",
            "cluster",
            "--nodes",
            "8",
            "--mix",
            "rust",
            "--duration",
            "999999s",
            "--writes",
            "0",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut errors = BufReader::new(child.stderr.take().expect("piped"));
    let mut line = String::new();
    errors.read_line(&mut line).expect("it shows progress");
    assert!(line.contains("of 999999 s of virtual time"), "{line}");
    let process = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(process, rustix::process::Signal::INT).expect("it is there");
    std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::sink()));
    let mut said = String::new();
    let mut output = child.stdout.take().expect("piped");
    output.read_to_string(&mut said).expect("text");
    assert_eq!(child.wait().expect("it ends").code(), Some(4), "{said}");
    assert!(
        said.contains(", interrupted") && said.contains("broke: nothing so far"),
        "{said}"
    );
}
