//! The last lines that a child process wrote: what a user needs when it does not do what it should.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Lines that are kept per stream, and bytes per line.
const LINES: usize = 40;
const LINE_BYTES: usize = 400;
/// How long the last words of an ended process are waited for. A child of its own may hold the stream open for ever.
const SETTLE: Duration = Duration::from_millis(300);

/// The last lines of an output stream. Clones read the same stream.
#[derive(Clone, Default)]
pub struct Tail(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    lines: VecDeque<String>,
    is_open: bool,
}

impl Tail {
    /// Reads the stream to its end on a thread of its own, so that the process never waits for a reader.
    pub fn follow(&self, stream: Option<impl Read + Send + 'static>) {
        let Some(stream) = stream else { return };
        let tail = self.clone();
        tail.kept().is_open = true;
        std::thread::spawn(move || {
            let mut reader = BufReader::new(stream);
            let mut line = Vec::new();
            // A line longer than that is cut into several.
            while let Ok(1..) = {
                line.clear();
                reader
                    .by_ref()
                    .take(LINE_BYTES as u64)
                    .read_until(b'\n', &mut line)
            } {
                tail.push(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            tail.kept().is_open = false;
        });
    }

    fn push(&self, line: String) {
        let mut kept = self.kept();
        if kept.lines.len() == LINES {
            kept.lines.pop_front();
        }
        kept.lines.push_back(line);
    }

    /// Waits a moment for the end of the stream of a process that has ended.
    pub fn settle(&self) {
        let began = Instant::now();
        while self.kept().is_open && began.elapsed() < SETTLE {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// What is kept, or nothing.
    pub fn text(&self) -> String {
        self.last(LINES).join("\n")
    }

    /// The last lines of what is kept, oldest first.
    pub fn last(&self, count: usize) -> Vec<String> {
        let kept = self.kept();
        let skip = kept.lines.len().saturating_sub(count);
        kept.lines.iter().skip(skip).cloned().collect()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
