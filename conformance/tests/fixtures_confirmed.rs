//! Every decode vector is confirmed twice, by decoders that share no code: the oracle and `tools/fixtures/decoder.py`.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use conformance::cases::codec::first_difference;
use conformance::fixtures::{self, Decode, Vector};
use conformance::oracle;
use serde_json::Value;

#[test]
fn every_file_and_vector_can_be_read() {
    assert!(
        fixtures::faults().is_empty(),
        "{}",
        fixtures::faults().join("\n")
    );
    assert!(!fixtures::decode_vectors().is_empty(), "no decode vectors");
}

#[test]
fn the_oracle_confirms_every_decode_vector() {
    let wrong: Vec<String> = fixtures::decode_vectors()
        .iter()
        .filter_map(|vector| {
            disagreement(vector, &oracle::decode(&vector.data.datagram).to_value())
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_oracle_confirms_every_legacy_vector() {
    assert!(!fixtures::legacy_vectors().is_empty(), "no legacy vectors");
    let wrong: Vec<String> = fixtures::legacy_vectors()
        .iter()
        .filter_map(|vector| {
            let answer = oracle::legacy::decode(&vector.data.datagram);
            disagreement(vector, &answer.to_value())
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_python_decoder_confirms_every_decode_vector() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/fixtures/decoder.py");
    let answers = match python_answers(&script) {
        Ok(answers) => answers,
        Err(why) => {
            let advice = "set CONFORMANCE_WITHOUT=python to go without this confirmation";
            eprintln!("NOT CONFIRMED BY PYTHON: {why}; {advice}");
            let excused = std::env::var("CONFORMANCE_WITHOUT")
                .is_ok_and(|without| without.split(',').any(|what| what == "python"));
            assert!(excused, "{why}; {advice}");
            return;
        }
    };
    let vectors = fixtures::decode_vectors();
    assert_eq!(answers.len(), vectors.len(), "one answer for each datagram");
    let wrong: Vec<String> = vectors
        .iter()
        .zip(&answers)
        .filter_map(|(vector, answer)| disagreement(vector, answer))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `confirm.py` looks at the files of all kinds: their form, their ids, the requirements that they cite, and, with a decoder and an encoding of its
/// own, the meanings that encode vectors ask for.
#[test]
fn the_python_tool_confirms_the_vectors_of_every_kind() {
    if conformance::without().iter().any(|name| name == "python") {
        eprintln!("NOT CONFIRMED BY PYTHON: CONFORMANCE_WITHOUT names it");
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/fixtures/confirm.py");
    let output = Command::new("python3").arg(&script).output().unwrap_or_else(|why| {
        panic!("python3 cannot be run ({why}); set CONFORMANCE_WITHOUT=python to go without this confirmation")
    });
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{printed}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Says where an answer is not the one that a vector expects.
fn disagreement(vector: &Vector<Decode>, answer: &Value) -> Option<String> {
    let mut expected = vector.data.expect.clone();
    let reason = answer["reason"].as_str().unwrap_or_default();
    if vector.data.or_reasons.iter().any(|other| other == reason) {
        expected["reason"] = Value::from(reason);
    }
    first_difference(&expected, answer).map(|found| {
        let (id, path) = (&vector.heading.id, found.path);
        format!(
            "{id}: {path} is {}, the vector says {}",
            found.actual, found.expected
        )
    })
}

/// Gives all datagrams to the Python decoder, one line each, and reads its answers.
fn python_answers(script: &Path) -> Result<Vec<Value>, String> {
    let mut child = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|why| format!("python3 cannot be started: {why}"))?;
    let mut stdin = child.stdin.take().ok_or("no standard input")?;
    let lines: String = fixtures::decode_vectors()
        .iter()
        .map(|vector| hex::encode(&vector.data.datagram) + "\n")
        .collect();
    // In a thread of its own: both pipes may fill.
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().map_err(|why| why.to_string())?;
    let written = writer.join().map_err(|_| "the writer panicked")?;
    if !output.status.success() {
        return Err(format!("{} ended with {}", script.display(), output.status));
    }
    written.map_err(|why| format!("{} stopped reading: {why}", script.display()))?;
    String::from_utf8(output.stdout)
        .map_err(|why| why.to_string())?
        .lines()
        .map(|line| serde_json::from_str(line).map_err(|why| format!("{line}: {why}")))
        .collect()
}
