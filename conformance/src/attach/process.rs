//! Attaches an implementation as processes on loopback UDP ports: `wire`.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::template::{self, TemplateError, Values};
use crate::cases::{Launcher, NodeProcess, NodeSettings, NotLaunched};
use crate::oracle::{self, Decoded};
use crate::wire::message;

/// How long a node may take from its start to its first answer. A JVM on a busy machine needs seconds.
const READY_WITHIN: Duration = Duration::from_secs(45);
/// When a node that does not answer a PING of a leaving member is asked by an ordinary one.
/// That adds the asker to the node's members, so it comes late: a slow start must not be taken for a node that lists strangers.
const ASK_OTHERWISE_AFTER: Duration = Duration::from_secs(30);
/// Pause between two PINGs while a node starts.
const ASK_EVERY: Duration = Duration::from_millis(50);
/// Pause between two looks at a process that is to end.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Starts that are tried when somebody else takes the port between its choice and its use.
const ATTEMPTS: u32 = 3;
/// Lines of output that are kept per stream, and bytes per line.
const TAIL_LINES: usize = 40;
const TAIL_LINE_BYTES: usize = 400;
/// Ports for nodes: below the range from which systems choose ports for sockets bound to port 0, as the suite's own peers are.
const FIRST_PORT: u16 = 20_000;
const PORTS: u16 = 12_000;

/// Starts node processes from a command template.
///
/// Placeholders: `{id}`, `{host}`, `{port}`, `{seed}` (repeated), `{cluster}`, `{advertise}`, `{gossip_interval_ms}`, `{suspect_timeout_ms}`,
/// `{failure_timeout_ms}`, `{reconnect_interval_ms}`, `{dead_retention_ms}`, `{set}` (repeated, `key=JSON`). See [`template`] for what becomes of
/// those without a value. The process itself must get SIGTERM: a shell script in between has to `exec` the node.
pub struct ProcessLauncher {
    words: Vec<String>,
    directory: Option<PathBuf>,
    environment: BTreeMap<String, String>,
}

impl ProcessLauncher {
    /// A launcher of that command.
    ///
    /// # Errors
    /// What is wrong with the template.
    pub fn new(command: &str) -> Result<Self, TemplateError> {
        let words = template::split(command)?;
        let any = NodeSettings {
            id: "x".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 1)),
            advertise: None,
            seeds: Vec::new(),
            cluster: String::new(),
            gossip_interval_ms: 1,
            set: Vec::new(),
        };
        template::fill(&words, &values(&any))?;
        Ok(Self {
            words,
            directory: None,
            environment: BTreeMap::new(),
        })
    }

    /// The directory to run it in.
    #[must_use]
    pub fn in_directory(mut self, directory: PathBuf) -> Self {
        self.directory = Some(directory);
        self
    }

    /// Environment variables to add.
    #[must_use]
    pub fn with_environment(mut self, environment: BTreeMap<String, String>) -> Self {
        self.environment = environment;
        self
    }

    fn try_once(&self, settings: &NodeSettings) -> Result<Box<dyn NodeProcess>, Attempt> {
        let give_up = |line: String| Attempt { line, again: false };
        let words = template::fill(&self.words, &values(settings))
            .map_err(|error| give_up(error.to_string()))?;
        let shown = words.join(" ");
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .envs(&self.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        let mut child = command
            .spawn()
            .map_err(|error| give_up(format!("cannot run `{shown}`: {error}")))?;
        let (output, errors) = (Tail::default(), Tail::default());
        output.follow(child.stdout.take());
        errors.follow(child.stderr.take());
        let mut process = Process {
            child,
            address: settings.listen,
            output,
            errors,
            probe: None,
        };
        match process.wait_until_ready(settings) {
            Ok(()) => Ok(Box::new(process)),
            Err(why) => {
                let again = !process.is_running();
                process.kill();
                Err(Attempt {
                    line: format!("`{shown}` {why}; {}", process.log_tail()),
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
        let mut settings = settings.clone();
        let chosen_here = settings.listen.port() == 0;
        let mut attempt = 1;
        loop {
            if chosen_here {
                settings
                    .listen
                    .set_port(free_port(settings.listen).map_err(NotLaunched::Failed)?);
            }
            match self.try_once(&settings) {
                Ok(process) => return Ok(process),
                Err(failed) if failed.again && chosen_here && attempt < ATTEMPTS => attempt += 1,
                Err(failed) => return Err(NotLaunched::Failed(failed.line)),
            }
        }
    }
}

/// The values of all placeholders; timings in the proportions of the defaults in chapter 11.
fn values(settings: &NodeSettings) -> Values {
    let interval = settings.gossip_interval_ms;
    let one = |text: String| vec![text];
    BTreeMap::from([
        ("id", one(settings.id.clone())),
        ("host", one(settings.listen.ip().to_string())),
        ("port", one(settings.listen.port().to_string())),
        (
            "seed",
            settings.seeds.iter().map(SocketAddr::to_string).collect(),
        ),
        (
            "cluster",
            Some(settings.cluster.clone())
                .filter(|name| !name.is_empty())
                .into_iter()
                .collect(),
        ),
        (
            "advertise",
            settings
                .advertise
                .iter()
                .map(SocketAddr::to_string)
                .collect(),
        ),
        ("gossip_interval_ms", one(interval.to_string())),
        ("suspect_timeout_ms", one((interval * 3).to_string())),
        ("failure_timeout_ms", one((interval * 5).to_string())),
        ("reconnect_interval_ms", one((interval * 10).to_string())),
        ("dead_retention_ms", one((interval * 60).to_string())),
        (
            "set",
            settings
                .set
                .iter()
                .map(|(key, value)| format!("{key}={value}"))
                .collect(),
        ),
    ])
}

/// A port on that host on which nobody listens right now.
fn free_port(listen: SocketAddr) -> Result<u16, String> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Two suites at once begin at different places.
    let start =
        u16::try_from(std::process::id().wrapping_mul(7_919) % u32::from(PORTS)).unwrap_or(0);
    for _ in 0..PORTS {
        let step = NEXT.fetch_add(1, Ordering::Relaxed) % PORTS;
        let port = FIRST_PORT + (start + step) % PORTS;
        if UdpSocket::bind((listen.ip(), port)).is_ok() {
            return Ok(port);
        }
    }
    Err(format!("no free port on {}", listen.ip()))
}

struct Process {
    child: Child,
    address: SocketAddr,
    output: Tail,
    errors: Tail,
    /// The socket that asked whether the node is ready. It stays open so that no other peer gets its port while the node may remember it.
    probe: Option<UdpSocket>,
}

impl Process {
    fn wait_until_ready(&mut self, settings: &NodeSettings) -> Result<(), String> {
        let began = Instant::now();
        let socket = UdpSocket::bind((self.address.ip(), 0)).map_err(|error| error.to_string())?;
        socket
            .set_read_timeout(Some(ASK_EVERY))
            .map_err(|error| error.to_string())?;
        let own = socket.local_addr().map_err(|error| error.to_string())?;
        self.probe = socket.try_clone().ok();
        let mut buffer = vec![0; 65_536];
        while began.elapsed() < READY_WITHIN {
            if let Some(status) = self.child.try_wait().map_err(|error| error.to_string())? {
                return Err(format!("ended at once with {status}"));
            }
            // A member that leaves is answered (MGP1-MSG-019) and yet not added (MGP1-MRG-020): asking leaves no member behind.
            let state = if began.elapsed() < ASK_OTHERWISE_AFTER {
                "DEAD"
            } else {
                "ALIVE"
            };
            let ping = readiness_ping(own, state, &settings.cluster);
            // Not sent is not answered.
            let _ = socket.send_to(&message::padded(&ping, message::PADDED_PING), self.address);
            let asked = Instant::now();
            while asked.elapsed() < ASK_EVERY {
                let Ok((length, from)) = socket.recv_from(&mut buffer) else {
                    continue;
                };
                let Decoded::Accepted { message, .. } = oracle::decode(&buffer[..length]) else {
                    continue;
                };
                if from == self.address
                    && message["type"] == "PONG"
                    && message["senderId"] == settings.id.as_str()
                {
                    return Ok(());
                }
            }
        }
        Err(format!(
            "answered no PING on {} within {} s",
            self.address,
            READY_WITHIN.as_secs()
        ))
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
}

/// A PING from a member that is just leaving, or from an ordinary one.
fn readiness_ping(own: SocketAddr, state: &str, cluster: &str) -> Value {
    let now = crate::wire::wall_ms();
    let token = format!("{:016x}", rand::random::<u64>());
    let mut ping = json!({
        "protocolVersion": 1,
        "type": "PING",
        "senderId": format!("probe-{token}"),
        "messageId": token,
        "timestamp": now,
        "data": {"pingId": token, "membership": {format!("probe-{token}"): message::record_in(state, own, now)}},
    });
    if !cluster.is_empty() {
        ping["cluster"] = json!(cluster);
    }
    ping
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

/// The last lines of an output stream.
#[derive(Clone, Default)]
struct Tail(Arc<Mutex<VecDeque<String>>>);

impl Tail {
    /// Reads the stream to its end on a thread of its own, so that the process never waits for a reader.
    fn follow(&self, stream: Option<impl Read + Send + 'static>) {
        let Some(stream) = stream else { return };
        let lines = Arc::clone(&self.0);
        std::thread::spawn(move || {
            let mut reader = BufReader::new(stream);
            let mut line = Vec::new();
            // A line longer than that is cut into several.
            while let Ok(1..) = {
                line.clear();
                reader
                    .by_ref()
                    .take(TAIL_LINE_BYTES as u64)
                    .read_until(b'\n', &mut line)
            } {
                let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
                if lines.len() == TAIL_LINES {
                    lines.pop_front();
                }
                lines.push_back(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
        });
    }

    fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().cloned().collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> NodeSettings {
        NodeSettings {
            id: "n1".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 9100)),
            advertise: None,
            seeds: vec![SocketAddr::from(([127, 0, 0, 1], 9200))],
            cluster: String::new(),
            gossip_interval_ms: 100,
            set: vec![("k".into(), json!({"a": 1}))],
        }
    }

    #[test]
    fn a_command_is_filled_with_the_settings_and_the_default_proportions() {
        let words = template::split(
            "n --id {id} --host {host} --port {port} --seed {seed} --cluster {cluster} --advertise {advertise} --set {set} {suspect_timeout_ms} {failure_timeout_ms}",
        )
        .unwrap();
        let filled = template::fill(&words, &values(&settings())).unwrap();
        assert_eq!(
            filled.join(" "),
            r#"n --id n1 --host 127.0.0.1 --port 9100 --seed 127.0.0.1:9200 --set k={"a":1} 300 500"#
        );
    }

    #[test]
    fn an_unknown_placeholder_is_found_before_anything_is_run() {
        assert!(matches!(
            ProcessLauncher::new("n {nodeid}"),
            Err(TemplateError::UnknownPlaceholder { .. })
        ));
    }

    #[test]
    fn a_command_that_does_not_exist_is_named() {
        let launcher = ProcessLauncher::new("/no/such/node --id {id}").unwrap();
        let line = launcher.launch(&settings()).err().unwrap().to_string();
        assert!(line.contains("/no/such/node --id n1"), "{line}");
    }

    #[cfg(unix)]
    #[test]
    fn a_node_that_ends_at_once_is_reported_with_its_status_and_its_words() {
        let launcher = ProcessLauncher::new("sh -c 'echo no such luck >&2; exit 3'").unwrap();
        let line = launcher.launch(&settings()).err().unwrap().to_string();
        assert!(
            line.contains('3') && line.contains("ended at once"),
            "{line}"
        );
    }

    #[test]
    fn two_ports_chosen_in_a_row_differ() {
        let host = SocketAddr::from(([127, 0, 0, 1], 0));
        assert_ne!(free_port(host).unwrap(), free_port(host).unwrap());
    }
}
