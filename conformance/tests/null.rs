//! What implementations of nothing pass, case by case: nothing but what `null.toml` allows, and for the reason given there.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use conformance::attach::qualify;
use conformance::cases::{
    self, Case, Launcher, Needs, NodeProcess, NodeSettings, NotLaunched, Procedure, Timing,
};
use conformance::glob::matches;
use conformance::null::{Kind, NullAdapter};
use conformance::verdict::Verdict;
use serde::Deserialize;

/// Read when the test runs: the list changes more often than the code.
const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/null.toml");

/// Cases that null implementations may pass.
#[derive(Deserialize)]
struct Allowed {
    kinds: Vec<String>,
    reason: String,
    cases: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    allowed: Vec<Allowed>,
}

/// The ids that the kind may pass, and the reasons.
fn allowed(kind: Kind) -> BTreeMap<String, String> {
    let file: File = toml::from_str(&std::fs::read_to_string(LIST).expect(LIST)).expect(LIST);
    let of_kind = |allowed: &&Allowed| allowed.kinds.iter().any(|name| name == kind.name());
    let mut ids = BTreeMap::new();
    for allowed in file.allowed.iter().filter(of_kind) {
        assert!(!allowed.reason.trim().is_empty(), "a reason is missing");
        for id in &allowed.cases {
            ids.insert(id.clone(), allowed.reason.clone());
        }
    }
    ids
}

/// What would make the list true, when it is not.
fn untrue(kind: Kind, passed: &BTreeSet<String>, needs: &[Needs]) -> String {
    let all = cases::all(1);
    let known = |id: &str| {
        all.iter()
            .any(|case| needs.contains(&case.needs) && matches(id, &case.id))
    };
    let allowed = allowed(kind);
    let unlisted: Vec<&String> = passed
        .iter()
        .filter(|id| !allowed.contains_key(*id))
        .collect();
    let stale: Vec<&String> = allowed
        .keys()
        .filter(|id| known(id) && !passed.contains(*id))
        .collect();
    let mut text = String::new();
    if !unlisted.is_empty() {
        text += &format!("{} passes, unlisted: {unlisted:#?}\n", kind.name());
    }
    if !stale.is_empty() {
        text += &format!("{} does not pass, but is listed: {stale:#?}\n", kind.name());
    }
    text
}

fn passed_by_adapter(kind: Kind) -> BTreeSet<String> {
    let mut adapter = NullAdapter::new(kind);
    let mut passed = BTreeSet::new();
    for case in cases::all(1) {
        if let Procedure::Adapter(procedure) = &case.procedure
            && procedure(&mut adapter) == Verdict::Pass
        {
            passed.insert(case.id);
        }
    }
    passed
}

#[test]
fn null_adapters_pass_only_what_is_listed() {
    let needs = [Needs::Codec, Needs::Core];
    let wrong: String = Kind::ALL
        .into_iter()
        .filter(|kind| *kind != Kind::Random)
        .map(|kind| untrue(kind, &passed_by_adapter(kind), &needs))
        .collect();
    assert!(wrong.is_empty(), "null.toml is not true:\n{wrong}");
}

/// What chance passes changes with every case that is added before it, so that is a share and no list.
#[test]
fn answers_by_chance_pass_next_to_nothing() {
    let asked = cases::all(1)
        .iter()
        .filter(|case| case.needs != Needs::Wire)
        .count();
    let passed = passed_by_adapter(Kind::Random);
    assert!(
        passed.len() * 100 < asked * 3,
        "{} of {asked}: {passed:#?}",
        passed.len()
    );
}

#[test]
fn no_null_adapter_qualifies() {
    for kind in Kind::ALL {
        let refused = qualify::qualify(&mut NullAdapter::new(kind));
        assert!(refused.is_err(), "{} qualifies", kind.name());
    }
}

#[test]
#[ignore = "minutes of waiting for what never comes: cargo test -p conformance --test null -- --ignored"]
fn null_nodes_pass_only_what_is_listed() {
    let wrong: String = std::thread::scope(|scope| {
        let by_kind = Kind::ALL
            .map(|kind| scope.spawn(move || untrue(kind, &passed_by_node(kind), &[Needs::Wire])));
        let told = by_kind.into_iter().map(|told| told.join());
        told.map(|told| told.expect("no panic")).collect()
    });
    assert!(wrong.is_empty(), "null.toml is not true:\n{wrong}");
}

/// Cases at once for each kind: they wait for what never comes.
const WORKERS: usize = 48;

fn passed_by_node(kind: Kind) -> BTreeSet<String> {
    let cases: Vec<Case> = cases::all(1)
        .into_iter()
        .filter(|case| case.needs == Needs::Wire)
        .collect();
    let (next, passed) = (AtomicUsize::new(0), Mutex::new(BTreeSet::new()));
    let launcher = Unready(kind);
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Procedure::Wire(procedure) = &case.procedure
                        && procedure(&launcher) == Verdict::Pass
                    {
                        passed.lock().expect("no panic").insert(case.id.clone());
                    }
                }
            });
        }
    });
    passed.into_inner().expect("no panic")
}

/// Starts null nodes and takes them for ready when they listen, as no run does: a node that answers no PING is never put to the cases.
struct Unready(Kind);

impl Launcher for Unready {
    fn launch(&self, settings: &NodeSettings) -> Result<Box<dyn NodeProcess>, NotLaunched> {
        let failed = |error: std::io::Error| NotLaunched::Failed(error.to_string());
        let free = UdpSocket::bind(settings.listen).map_err(failed)?;
        let address = free.local_addr().map_err(failed)?;
        drop(free);
        let mut command = Command::new(env!("CARGO_BIN_EXE_conformance"));
        command
            .args(["null", self.0.name(), "--id", &settings.id])
            .args(["--host", &address.ip().to_string()])
            .args(["--port", &address.port().to_string()])
            .args([
                "--gossip-interval-ms",
                &settings.gossip_interval_ms.to_string(),
            ])
            .stdout(Stdio::piped());
        for seed in &settings.seeds {
            command.args(["--seed", &seed.to_string()]);
        }
        let mut child = command.spawn().map_err(failed)?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout)
                .read_line(&mut line)
                .map_err(failed)?;
        }
        let process = Process { child, address };
        if line.starts_with("listening") {
            Ok(Box::new(process))
        } else {
            Err(NotLaunched::Failed("its port was taken".to_owned()))
        }
    }

    fn timing(&self, gossip_interval_ms: u64) -> Timing {
        Timing::in_proportion(gossip_interval_ms)
    }
}

struct Process {
    child: Child,
    address: SocketAddr,
}

impl NodeProcess for Process {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    fn terminate(&mut self, _: Duration) -> Option<i32> {
        self.kill();
        Some(143)
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn log_tail(&self) -> String {
        String::new()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
