//! Attaches an adapter as a child process: one JSON line in, one JSON line out (`conformance/ADAPTER.md`, "stdio").
//!
//! Whatever the child does, a request ends: with an answer, or with an error that says what was read, what was expected and where that is
//! documented. After an error other than a refusal the child is killed, and the next request starts a new one.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::command::{CommandLine, show};
use super::envelope::{self, excerpt};
use super::tail::Tail;
use super::template::{TemplateError, Values};
use super::{Adapter, AdapterError};

/// How long an adapter may take for one answer.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How long a fresh adapter may take for its first answer. A JVM on a busy machine needs seconds.
pub const START_WITHIN: Duration = Duration::from_secs(45);
/// The longest line that is read, in bytes: many times the largest state that a case makes.
pub const LONGEST_LINE: usize = 16 * 1024 * 1024;
/// How long an adapter may take to end when its input has ended.
const END_WITHIN: Duration = Duration::from_secs(5);
/// Lines of standard error that are shown.
const SHOWN_LINES: usize = 8;

/// An adapter in a child process that is started when it is first asked, and anew after it broke.
pub struct StdioAdapter {
    command: CommandLine,
    answer_within: Duration,
    start_within: Duration,
    running: Option<Running>,
    next_id: u64,
}

impl StdioAdapter {
    /// An adapter of that command; nothing is started yet.
    ///
    /// # Errors
    /// What is wrong with the command: an adapter takes no placeholders.
    pub fn new(command: CommandLine) -> Result<Self, TemplateError> {
        command.fill(&Values::new())?;
        Ok(Self {
            command,
            answer_within: ANSWER_WITHIN,
            start_within: START_WITHIN,
            running: None,
            next_id: 1,
        })
    }

    /// How long it may take for an answer, and for its first one.
    #[must_use]
    pub fn within(mut self, answer: Duration, start: Duration) -> Self {
        self.answer_within = answer;
        self.start_within = start;
        self
    }

    /// Ends its input and waits for it to exit, as it is to do.
    ///
    /// # Errors
    /// What it did instead; it is killed then.
    pub fn finish(&mut self) -> Result<(), String> {
        self.running.take().map_or(Ok(()), Running::finish)
    }

    fn start(&mut self) -> Result<Running, AdapterError> {
        let broken = |why: String| AdapterError::NotStarted { why };
        let words = self
            .command
            .fill(&Values::new())
            .map_err(|error| broken(error.to_string()))?;
        let mut running = Running::spawn(&self.command, &words).map_err(broken)?;
        let hello = json!({"id": 0, "op": "hello", "adapter": 1});
        let greeted = running
            .exchange("hello", &hello, self.start_within)
            .and_then(|answer| envelope::unwrap("hello", 0, answer));
        match greeted {
            // A refusal is for those who ask; the process is there.
            Ok(_) | Err(AdapterError::Refused { .. }) => Ok(running),
            Err(AdapterError::Died { why, .. }) => Err(broken(format!(
                "`{}` {why}\n  try: run it by hand and type {hello}",
                show(&words)
            ))),
            Err(other) => Err(other),
        }
    }
}

impl Adapter for StdioAdapter {
    fn request(&mut self, body: Value) -> Result<Value, AdapterError> {
        let id = self.next_id;
        let (op, request) = envelope::wrap(body, id)?;
        self.next_id += 1;
        let mut running = match self.running.take() {
            Some(running) => running,
            None => self.start()?,
        };
        let answered = running
            .exchange(&op, &request, self.answer_within)
            .and_then(|answer| envelope::unwrap(&op, id, answer));
        // What broke once is not asked again: it is dropped here, and killed by that.
        if matches!(answered, Ok(_) | Err(AdapterError::Refused { .. })) {
            self.running = Some(running);
        }
        answered
    }
}

/// What the reading thread found.
enum Line {
    Text(Vec<u8>),
    TooLong,
}

/// A started child. Dropping it kills it.
struct Running {
    child: Child,
    /// Lines go through a thread: a child that does not read must not make the suite wait.
    input: Option<Sender<Vec<u8>>>,
    lines: Receiver<Line>,
    errors: Tail,
}

impl Running {
    fn spawn(command: &CommandLine, words: &[String]) -> Result<Self, String> {
        let mut child = command.spawn(words, Stdio::piped())?;
        let errors = Tail::default();
        errors.follow(child.stderr.take());
        let (input, to_write) = mpsc::channel();
        let (found, lines) = mpsc::channel();
        if let Some(stdin) = child.stdin.take() {
            std::thread::spawn(move || write_lines(stdin, &to_write));
        }
        if let Some(stdout) = child.stdout.take() {
            std::thread::spawn(move || read_lines(stdout, &found));
        }
        Ok(Self {
            child,
            input: Some(input),
            lines,
            errors,
        })
    }

    /// Sends one request and takes the line that answers it.
    fn exchange(
        &mut self,
        op: &str,
        request: &Value,
        within: Duration,
    ) -> Result<Value, AdapterError> {
        if let Ok(Line::Text(line)) = self.lines.try_recv() {
            return Err(no_answer(
                op,
                &line,
                "no line that nothing was asked for: one answer for each request",
            ));
        }
        let mut line = request.to_string().into_bytes();
        line.push(b'\n');
        // Where nobody takes it, the missing answer tells.
        let _ = self.input.as_ref().map(|input| input.send(line));
        match self.lines.recv_timeout(within) {
            Ok(Line::Text(line)) => serde_json::from_slice(&line).map_err(|_| {
                no_answer(
                    op,
                    &line,
                    "one JSON object in one line, and nothing else on standard output (log to standard error)",
                )
            }),
            Ok(Line::TooLong) => Err(no_answer(
                op,
                b"(too much)",
                &format!("a line of at most {LONGEST_LINE} bytes, then a line feed"),
            )),
            Err(RecvTimeoutError::Timeout) => Err(AdapterError::TimedOut {
                op: op.to_owned(),
                within,
                last_words: self.last_words(),
            }),
            Err(RecvTimeoutError::Disconnected) => Err(AdapterError::Died {
                op: op.to_owned(),
                why: self.end(),
            }),
        }
    }

    /// How the child ended which closed its standard output.
    fn end(&mut self) -> String {
        let status = match wait(&mut self.child, Duration::from_secs(1)) {
            Some(status) => format!("ended ({status})"),
            None => "closed its standard output and runs on".to_owned(),
        };
        self.errors.settle();
        format!("{status}; {}", self.last_words())
    }

    fn last_words(&self) -> String {
        let lines = self.errors.last(SHOWN_LINES);
        match lines.len() {
            0 => "standard error: nothing".to_owned(),
            1 => format!("standard error: {}", lines[0]),
            count => format!(
                "standard error, the last {count} lines:\n  {}",
                lines.join("\n  ")
            ),
        }
    }

    fn finish(mut self) -> Result<(), String> {
        self.input = None;
        match wait(&mut self.child, END_WITHIN) {
            Some(status) if status.success() => Ok(()),
            Some(status) => {
                self.errors.settle();
                Err(format!("it ended ({status}); {}", self.last_words()))
            }
            None => Err(format!(
                "it ran on for {} s and was killed",
                END_WITHIN.as_secs()
            )),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Already ended is as good as killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait(child: &mut Child, within: Duration) -> Option<std::process::ExitStatus> {
    let began = Instant::now();
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if began.elapsed() >= within {
            return None;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn write_lines(mut stdin: ChildStdin, lines: &Receiver<Vec<u8>>) {
    for line in lines {
        if stdin.write_all(&line).and_then(|()| stdin.flush()).is_err() {
            return;
        }
    }
}

fn read_lines(stdout: ChildStdout, found: &Sender<Line>) {
    let mut reader = BufReader::new(stdout);
    loop {
        let mut line = Vec::new();
        let limit = LONGEST_LINE as u64 + 1;
        match reader.by_ref().take(limit).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) if line.len() > LONGEST_LINE => {
                let _ = found.send(Line::TooLong);
                return;
            }
            Ok(_) => {
                while line.last().is_some_and(u8::is_ascii_whitespace) {
                    line.pop();
                }
                if !line.is_empty() && found.send(Line::Text(line)).is_err() {
                    return;
                }
            }
        }
    }
}

fn no_answer(op: &str, got: &[u8], expected: &str) -> AdapterError {
    AdapterError::NoAnswer {
        op: op.to_owned(),
        got: format!("`{}`", excerpt(&String::from_utf8_lossy(got))),
        expected: expected.to_owned(),
    }
}
