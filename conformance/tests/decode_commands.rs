//! The `decode` commands of both nodes: they answer the vectors as the vectors say, judge everything else as the oracle does, and print
//! the same bytes, the named reason included.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use conformance::attach::build::{java_jar, rust_binary};
use conformance::attach::jdk::Jdk;
use conformance::fixtures::{self, Decode, Vector};
use conformance::oracle::{self, json_equal};
use flate2::Compression;
use flate2::read::{ZlibDecoder, ZlibEncoder};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

/// How many datagrams are made of the vectors' by damage.
const MUTANTS: usize = 20_000;

/// Vectors of more bytes are answered but not mutated: their like tests limits, and the input would be hundreds of megabytes.
const LARGEST_PARENT: usize = 3_000;

/// A program that has not answered everything by then hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// Pieces that JSON readers disagree about, and pieces that break one rule each: where two of them meet, the order of checks shows.
const SPLINTERS: [&[u8]; 40] = [
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b" ",
    b"\r\n\t",
    b"\x00",
    b"\x1f",
    b"\x7f",
    b"\xff",
    b"\xc0\xa2",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\xc2\xa0",
    b"\xf0\x9f\x98\x80",
    b"\\ud800",
    b"\\udc00",
    b"\\ud83d\\ude00",
    b"\\ud800\\u",
    b"\\ud8",
    b"\\u0000",
    b"\\x",
    b"null",
    b"true",
    b"NaN",
    b"1e400",
    b"-0",
    b"1.0",
    b"1e3",
    b"01",
    b"1.",
    b"99999999999999999999",
    b"11111111111111111111111111111111111111111111111111111111111111111",
    b"\"a\":1,\"\\u0061\":2,",
    b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    b"//",
];

/// Lines that are not pairs of hexadecimal digits and nothing else.
const NOT_HEXADECIMAL: [&[u8]; 9] = [
    b"7",
    b"7g",
    b" 7b7d",
    b"7b7d ",
    b"7b 7d",
    b"7b7d\r\r",
    b"7b\r7d",
    b"0x7b7d",
    b"7b\xc3\xa9",
];

struct Program {
    name: &'static str,
    command: Command,
}

/// Each node that `CONFORMANCE_WITHOUT` does not leave out.
fn programs() -> Vec<Program> {
    let without = conformance::without();
    let mut programs = Vec::new();
    for name in ["rust", "java"] {
        if without.iter().any(|left_out| left_out == name) {
            // Past the test harness, which keeps what a passing test prints to itself.
            let _ = writeln!(
                std::io::stderr(),
                "NOT RUN: the decode command of {name}, because CONFORMANCE_WITHOUT names it"
            );
            continue;
        }
        let mut command = if name == "rust" {
            Command::new(rust_binary().unwrap_or_else(|why| panic!("{why}")))
        } else {
            java_command().unwrap_or_else(|why| panic!("{why}"))
        };
        command.arg("decode");
        programs.push(Program { name, command });
    }
    programs
}

fn java_command() -> Result<Command, String> {
    let jdk = Jdk::find().map_err(|why| why.to_string())?;
    let jar = java_jar(&jdk).map_err(|why| why.to_string())?;
    let mut command = Command::new(jdk.java());
    command.arg("-jar").arg::<&Path>(&jar);
    Ok(command)
}

impl Program {
    /// What it prints for these lines. One thread writes and another reads, so that no pipe fills up for good.
    fn answers(&mut self, input: &[u8]) -> Vec<u8> {
        let mut child = self
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|why| panic!("{} does not start: {why}", self.name));
        let mut stdin = child.stdin.take().expect("it is piped");
        let mut stdout = child.stdout.take().expect("it is piped");
        let (done, printed) = mpsc::channel();
        thread::scope(|scope| {
            // A program that ends early shows in the number of its answers.
            scope.spawn(move || stdin.write_all(input));
            scope.spawn(move || {
                let mut output = Vec::new();
                let read = stdout.read_to_end(&mut output).map(|_| output);
                // Nobody waits any longer where the patience has ended.
                let _ = done.send(read);
            });
            let output = printed.recv_timeout(PATIENCE);
            if output.is_err() {
                // Its end closes both pipes, which ends both threads.
                let _ = child.kill();
            }
            let status = child.wait().expect("it was started");
            let output = output
                .unwrap_or_else(|_| panic!("{} hangs", self.name))
                .unwrap_or_else(|why| panic!("{} cannot be read: {why}", self.name));
            assert!(status.success(), "{} ends with {status}", self.name);
            output
        })
    }
}

/// The text of a datagram, where it has one of a size worth damaging.
fn text_of(datagram: &[u8]) -> Option<Vec<u8>> {
    if datagram.first() == Some(&b'{') {
        return Some(datagram.to_vec());
    }
    let mut text = Vec::new();
    let limit = LARGEST_PARENT as u64 + 1;
    ZlibDecoder::new(datagram)
        .take(limit)
        .read_to_end(&mut text)
        .ok()?;
    (text.len() <= LARGEST_PARENT).then_some(text)
}

fn compressed(text: &[u8]) -> Vec<u8> {
    let mut stream = Vec::new();
    ZlibEncoder::new(text, Compression::default())
        .read_to_end(&mut stream)
        .expect("reading from memory");
    stream
}

fn damage(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    let at = random.random_range(0..=bytes.len());
    let end = bytes.len().min(at + random.random_range(1..40));
    match random.random_range(0..10) {
        0..=2 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.random_range(0..8);
            }
        }
        3 => bytes.truncate(at),
        4 => drop(bytes.drain(at..end)),
        5 => {
            let twice = bytes[at..end].to_vec();
            bytes.splice(at..at, twice);
        }
        _ => {
            let splinter = SPLINTERS[random.random_range(0..SPLINTERS.len())];
            bytes.splice(at..at, splinter.iter().copied());
        }
    }
}

/// Damaged datagrams, the same at every run: of damaged texts, raw and compressed, and of damaged streams.
fn mutants() -> Vec<Vec<u8>> {
    let parents: Vec<&[u8]> = fixtures::decode_vectors()
        .iter()
        .map(|vector| vector.data.datagram.as_slice())
        .filter(|datagram| (1..=LARGEST_PARENT).contains(&datagram.len()))
        .collect();
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let mutate = |_| {
        let parent = parents[random.random_range(0..parents.len())];
        let text = text_of(parent).filter(|_| random.random_bool(0.9));
        let is_text = text.is_some();
        let mut mutant = text.unwrap_or_else(|| parent.to_vec());
        for _ in 0..random.random_range(1..=4) {
            damage(&mut mutant, &mut random);
        }
        if is_text && random.random_bool(0.2) {
            mutant = compressed(&mutant);
        }
        mutant
    };
    (0..MUTANTS).map(mutate).collect()
}

/// Says where an answer is not the one that a vector expects.
fn broken_expectation(vector: &Vector<Decode>, answer: &Value) -> Option<String> {
    let mut expected = vector.data.expect.clone();
    if let Some(other) = answer["reason"].as_str()
        && vector.data.or_reasons.iter().any(|reason| reason == other)
    {
        expected["reason"] = Value::from(other);
    }
    let id = &vector.heading.id;
    (!json_equal(&expected, answer)).then(|| format!("{id}: {answer}\nnot {expected}"))
}

/// Says where an answer is not the oracle's; which of several broken rules it names is free (chapter 3).
fn disagreement(datagram: &[u8], answer: &Value) -> Option<String> {
    let judged = oracle::decode(datagram).to_value();
    let agree = if judged["verdict"] == "accepted" {
        json_equal(&judged, answer)
    } else {
        judged["verdict"] == answer["verdict"] && judged["step"] == answer["step"]
    };
    (!agree).then(|| format!("{}: {answer}\nnot {judged}", hex::encode(datagram)))
}

fn none_of(complaints: impl Iterator<Item = String>) {
    let complaints: Vec<String> = complaints.collect();
    let first = &complaints[..complaints.len().min(10)];
    assert!(
        complaints.is_empty(),
        "{} lines, the first of them:\n{}",
        complaints.len(),
        first.join("\n")
    );
}

#[test]
fn both_decode_commands_print_what_is_right_and_print_it_alike() {
    let vectors = fixtures::decode_vectors();
    let mutants = mutants();
    let datagrams: Vec<&[u8]> = vectors
        .iter()
        .map(|vector| vector.data.datagram.as_slice())
        .chain(mutants.iter().map(Vec::as_slice))
        .collect();
    let mut input = Vec::new();
    for (number, datagram) in datagrams.iter().enumerate() {
        // Both cases of the digits and both ends of a line are as good as each other.
        let digits = match number % 3 {
            0 => hex::encode_upper(datagram),
            _ => hex::encode(datagram),
        };
        input.extend_from_slice(digits.as_bytes());
        input.extend_from_slice(if number % 5 == 0 { b"\r\n" } else { b"\n" });
    }
    for line in NOT_HEXADECIMAL {
        input.extend_from_slice(line);
        input.push(b'\n');
    }

    let mut printed = programs()
        .into_iter()
        .map(|mut program| (program.name, program.answers(&input)));
    let Some((name, output)) = printed.next() else {
        return;
    };
    let lines: Vec<&[u8]> = output.split_inclusive(|byte| *byte == b'\n').collect();
    assert_eq!(
        lines.len(),
        datagrams.len() + NOT_HEXADECIMAL.len(),
        "{name} answers every line"
    );
    let answers: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_slice(line).expect("an answer is JSON"))
        .collect();
    none_of(
        vectors
            .iter()
            .zip(&answers)
            .filter_map(|(vector, answer)| broken_expectation(vector, answer)),
    );
    none_of(
        datagrams
            .iter()
            .zip(&answers)
            .filter_map(|(datagram, answer)| disagreement(datagram, answer)),
    );
    for (answer, number) in answers[datagrams.len()..].iter().zip(datagrams.len() + 1..) {
        assert_eq!(answer["error"], format!("line {number} is not hexadecimal"));
    }

    for (other, output) in printed {
        let others: Vec<&[u8]> = output.split_inclusive(|byte| *byte == b'\n').collect();
        assert_eq!(others.len(), lines.len(), "{other} answers every line");
        none_of(
            input
                .split_inclusive(|byte| *byte == b'\n')
                .zip(lines.iter().zip(&others))
                .filter_map(|(asked, (one, another))| {
                    let text = |line: &[u8]| String::from_utf8_lossy(line).trim_end().to_owned();
                    (one != another).then(|| {
                        format!(
                            "{}\n{name}: {}\n{other}: {}",
                            text(asked),
                            text(one),
                            text(another)
                        )
                    })
                }),
        );
    }
}
