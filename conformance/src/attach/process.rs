//! Attaches an implementation as processes on loopback UDP ports: `wire`.

use std::net::SocketAddr;
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::command::{CommandLine, show};
use super::placeholders::{self, not_offered, values};
use super::ports::free_port;
use super::ready::Probe;
use super::tail::Tail;
use super::template::TemplateError;
use crate::cases::{Launcher, NodeProcess, NodeSettings, NotLaunched, Timing};

/// How long a node may take from its start to its first answer. A JVM on a busy machine needs seconds.
pub const READY_WITHIN: Duration = Duration::from_secs(45);
/// Pause between two looks at a process that is to end.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Starts that are tried when somebody else takes the port between its choice and its use.
const ATTEMPTS: u32 = 3;
/// Lines of output that are shown with a node that did not start.
const SHOWN_LINES: usize = 8;

/// Starts node processes from a command with the placeholders of [`placeholders`].
///
/// The process itself must get SIGTERM: a shell script in between has to `exec` the node.
pub struct ProcessLauncher {
    command: CommandLine,
    ready_within: Duration,
}

impl ProcessLauncher {
    /// A launcher of that command.
    ///
    /// # Errors
    /// What is wrong with the command.
    pub fn new(command: CommandLine) -> Result<Self, TemplateError> {
        placeholders::check(&command)?;
        Ok(Self {
            command,
            ready_within: READY_WITHIN,
        })
    }

    /// How long a node may take from its start to its first answer.
    #[must_use]
    pub fn ready_within(mut self, limit: Duration) -> Self {
        self.ready_within = limit;
        self
    }

    fn try_once(&self, settings: &NodeSettings) -> Result<Box<dyn NodeProcess>, Attempt> {
        let give_up = |line: String| Attempt { line, again: false };
        let timing = self.timing(settings.gossip_interval_ms);
        let words = self
            .command
            .fill(&values(settings, timing))
            .map_err(|error| give_up(error.to_string()))?;
        let probe = Probe::new(settings.listen).map_err(give_up)?;
        let mut child = self.command.spawn(&words, Stdio::null()).map_err(give_up)?;
        let (output, errors) = (Tail::default(), Tail::default());
        output.follow(child.stdout.take());
        errors.follow(child.stderr.take());
        let mut process = Process {
            child,
            address: settings.listen,
            output,
            errors,
            probe,
        };
        match process.wait_until_ready(settings, self.ready_within) {
            Ok(()) => Ok(Box::new(process)),
            Err(why) => {
                let again = !process.is_running();
                process.kill();
                process.errors.settle();
                process.output.settle();
                Err(Attempt {
                    line: format!(
                        "`{}` {why}\n  {}",
                        show(&words),
                        process.last_words().replace('\n', "\n  ")
                    ),
                    again,
                })
            }
        }
    }
}

/// A start that came to nothing, and whether another one makes sense.
struct Attempt {
    line: String,
    again: bool,
}

impl Launcher for ProcessLauncher {
    fn launch(&self, settings: &NodeSettings) -> Result<Box<dyn NodeProcess>, NotLaunched> {
        if let Some(what) = not_offered(&self.command, settings) {
            return Err(NotLaunched::NotOffered(what));
        }
        let mut settings = settings.clone();
        let chosen_here = settings.listen.port() == 0;
        let mut attempt = 1;
        loop {
            if chosen_here {
                let port = free_port(settings.listen).map_err(NotLaunched::Failed)?;
                settings.listen.set_port(port);
            }
            match self.try_once(&settings) {
                Ok(process) => return Ok(process),
                Err(failed) if failed.again && chosen_here && attempt < ATTEMPTS => attempt += 1,
                Err(failed) => return Err(NotLaunched::Failed(failed.line)),
            }
        }
    }

    fn timing(&self, gossip_interval_ms: u64) -> Timing {
        placeholders::timing(&self.command, gossip_interval_ms)
    }
}

struct Process {
    child: Child,
    address: SocketAddr,
    output: Tail,
    errors: Tail,
    probe: Probe,
}

impl Process {
    fn wait_until_ready(
        &mut self,
        settings: &NodeSettings,
        within: Duration,
    ) -> Result<(), String> {
        let child = &mut self.child;
        self.probe.wait(settings, within, || match child.try_wait() {
            Ok(Some(status)) => Some(format!(
                "ended at once ({status}): a node runs until it is told to stop\n  try: run the command by hand"
            )),
            Ok(None) => None,
            Err(error) => Some(error.to_string()),
        })
    }

    fn wait_for_end(&mut self, deadline: Duration) -> Option<ExitStatus> {
        let began = Instant::now();
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            if began.elapsed() >= deadline {
                return None;
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// The end of what it wrote, for a message that stays readable.
    fn last_words(&self) -> String {
        let shown = |stream: &str, tail: &Tail| {
            let lines = tail.last(SHOWN_LINES);
            match lines.len() {
                0 => format!("{stream}: nothing"),
                1 => format!("{stream}: {}", lines[0]),
                count => format!(
                    "{stream}, the last {count} lines:\n  {}",
                    lines.join("\n  ")
                ),
            }
        };
        // Standard output is worth a line only where something is on it.
        let mut text = shown("standard error", &self.errors);
        if !self.output.last(1).is_empty() {
            text = format!("{text}\n{}", shown("standard output", &self.output));
        }
        text
    }
}

impl NodeProcess for Process {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    #[cfg(unix)]
    fn terminate(&mut self, deadline: Duration) -> Option<i32> {
        use std::os::unix::process::ExitStatusExt;
        if self.is_running() {
            // It may have ended in between: the status tells.
            let _ = rustix::process::kill_process(
                rustix::process::Pid::from_child(&self.child),
                rustix::process::Signal::TERM,
            );
        }
        let status = self.wait_for_end(deadline)?;
        // As a shell reports it: 128 and the number of the signal.
        Some(
            status
                .code()
                .unwrap_or_else(|| 128 + status.signal().unwrap_or(0)),
        )
    }

    #[cfg(not(unix))]
    fn terminate(&mut self, deadline: Duration) -> Option<i32> {
        self.wait_for_end(deadline)?.code()
    }

    #[cfg(unix)]
    fn stop(&mut self) -> bool {
        self.is_running() && signal(&self.child, rustix::process::Signal::STOP)
    }

    #[cfg(unix)]
    fn go_on(&mut self) {
        // One that has ended needs nothing.
        let _ = signal(&self.child, rustix::process::Signal::CONT);
    }

    fn kill(&mut self) {
        // Already ended is as good as killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn log_tail(&self) -> String {
        let (output, errors) = (self.output.text(), self.errors.text());
        match (output.is_empty(), errors.is_empty()) {
            (true, true) => "it wrote nothing".to_owned(),
            (true, false) => format!("standard error: {errors}"),
            (false, true) => format!("standard output: {output}"),
            (false, false) => format!("standard error: {errors}\nstandard output: {output}"),
        }
    }
}

/// Whether the signal was sent.
#[cfg(unix)]
fn signal(child: &Child, signal: rustix::process::Signal) -> bool {
    rustix::process::kill_process(rustix::process::Pid::from_child(child), signal).is_ok()
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(command: &str) -> String {
        let launcher = ProcessLauncher::new(CommandLine::parse(command).unwrap()).unwrap();
        let settings = NodeSettings {
            id: "n1".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            advertise: None,
            seeds: Vec::new(),
            cluster: String::new(),
            gossip_interval_ms: 100,
            legacy: false,
            set: Vec::new(),
        };
        launcher.launch(&settings).err().unwrap().to_string()
    }

    #[test]
    fn a_command_that_does_not_exist_is_named() {
        let line = failure("/no/such/node --id {id} --port {port}");
        assert!(line.contains("/no/such/node --id n1"), "{line}");
    }

    #[cfg(unix)]
    #[test]
    fn a_node_that_ends_at_once_is_reported_with_its_status_and_its_words() {
        let line = failure("sh -c 'echo no such luck >&2; exit 3' {id} {port}");
        assert!(
            line.contains("status: 3") && line.contains("ended at once"),
            "{line}"
        );
    }
}
