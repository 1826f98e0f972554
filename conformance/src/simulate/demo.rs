//! The two published demos, five offices and five suburbs, as clusters of protocol machines in virtual time.
//!
//! Names, ports, data, links between the nodes, the pace and who is stopped are those of the document (lines 1429 to 1514 and 2090 to
//! 2204). Besides the document's keys, which all five nodes write and only one of them can win, each node writes the same values
//! under keys of its own.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use serde::Serialize;
use serde_json::{Value, json};
use simulation::models::{Curve, Outcome, Row};
use simulation::network::{HostId, Latency, Link};
use simulation::random::Stream;
use simulation::scenario::{Node, Scenario, Write};
use simulation::time::{HostClock, Micros};
use simulation::world::{Fault, Options};

use super::cluster::{self, Cluster, Looks, Progress};
use super::findings::{Findings, plain};
use super::invariants::Parameters;
use super::machine::View;
use super::plan::Plan;
use crate::attach::AdapterError;
use crate::oracle::message::State;

/// How long the document pauses after each start.
const STAGGER: Micros = Micros::millis(500);
/// How long the run goes on after the document's last look, so that failure detection comes to its end.
const AFTERMATH: Micros = Micros::seconds(5);
const NODES: usize = 5;
/// How far apart the moments are at which failure detection is followed.
const STEP: Micros = Micros::millis(250);

/// A demo of the document.
#[derive(Debug)]
pub struct Demo {
    /// What it is called here.
    pub name: &'static str,
    /// What the five places are called.
    pub places: &'static str,
    /// The node ids, in the order in which they start.
    pub ids: [&'static str; NODES],
    /// The port of the first; the others follow it.
    pub port: u16,
    /// Whom each knows from the start.
    pub knows: [&'static [u32]; NODES],
    /// The keys that every node writes.
    pub keys: &'static [&'static str],
    /// Who is stopped.
    pub stopped: &'static [u32],
    /// How long after the last start the demo looks, and then stops them.
    pub settle: Micros,
    /// How long after that it looks again.
    pub detect: Micros,
    /// What the listing does when it is run.
    pub published: Published,
}

/// What a published demo claims, and what it shows when it is run.
#[derive(Debug)]
pub struct Published {
    /// Peers that each node of the unchanged listing lists at the first look, and where it prints them.
    pub known: [&'static str; NODES],
    /// Where the listing prints them.
    pub known_at: &'static str,
    /// Why.
    pub known_truth: &'static str,
    /// Where the shared keys are written, and what becomes of them.
    pub keys_at: &'static str,
    /// What becomes of them.
    pub keys_truth: &'static str,
    /// What it says of the failure, where, and what is true.
    pub failure: (&'static str, &'static str, &'static str),
    /// What it says of itself, where, and what is true.
    pub working: (&'static str, &'static str, &'static str),
}

const JAVA_KNOWN: &str = "Each GOSSIP with data in it fails at an unchecked cast (L1948): no key is ever merged, and the members of the same datagram are lost with it. \
    The offices keep whom they were given at the start and who spoke to them.";
const JAVA_KEYS: &str = "Five offices write one key. A key belongs to the cluster, so the last writer's value replaces the other four; each office needs a key of its own.";
const JAVA_FAILURE: &str = "A stopped node says nothing, so the others must notice by silence: SUSPECT after three seconds, DEAD after five, as here. In the listing, dead is final: \
    it sends nothing to a dead member, and a cut of 4.5 s never heals.";
const JAVA_WORKING: &str = "170 exceptions in one run of the demo, no key merged, and at the eighth office its datagrams outgrow their limit. Here every key of every office is everywhere.";
const PYTHON_KNOWN: &str = "It sends nothing: each message raises a TypeError, since an Enum is no JSON (L1003). The two or fewer names listed are its own seeds, initial_0 and initial_1, all \
    dead in the end. With the Enum repaired the nodes list 6, 7, 6, 6, 6 others where there are 4, as seeds count as members of that name.";
const PYTHON_KEYS: &str = "Five suburbs write one key, and all end with the last writer's. Each suburb needs a key of its own.";
const PYTHON_FAILURE: &str = "Stopping two nodes is a crash of two and no partition. Five seconds are the failure timeout itself, so whoever was heard last is still SUSPECT when it looks; \
    the repaired listing shows 4, 5 and 4 dead where two are.";
const PYTHON_WORKING: &str = "22 seconds, and no datagram leaves any node.";

/// Five offices: the Java demo.
pub const OFFICES: Demo = Demo {
    name: "offices",
    places: "offices",
    ids: [
        "mumbai_bkc",
        "mumbai_nariman",
        "mumbai_andheri",
        "mumbai_powai",
        "mumbai_worli",
    ],
    port: 9100,
    knows: [&[], &[0], &[0, 1], &[0, 1], &[0, 1]],
    keys: &[
        "office_location",
        "employee_count",
        "service_status",
        "last_backup",
    ],
    stopped: &[3],
    settle: Micros::seconds(8),
    detect: Micros::seconds(6),
    published: Published {
        known: ["4", "4", "2", "2", "2"],
        known_at: "L2152",
        known_truth: JAVA_KNOWN,
        keys_at: "L2125",
        keys_truth: JAVA_KEYS,
        failure: ("network failure detected", "L2159", JAVA_FAILURE),
        working: ("production-ready", "L2230", JAVA_WORKING),
    },
};

/// Five suburbs: the Python demo.
pub const SUBURBS: Demo = Demo {
    name: "suburbs",
    places: "suburbs",
    ids: [
        "mumbai_bandra",
        "mumbai_andheri",
        "mumbai_powai",
        "mumbai_colaba",
        "mumbai_worli",
    ],
    port: 9001,
    knows: [&[1], &[0], &[0, 1], &[0, 1], &[0, 1]],
    keys: &["location", "service_type", "load"],
    stopped: &[2, 4],
    settle: Micros::seconds(10),
    detect: Micros::seconds(5),
    published: Published {
        known: ["1", "1", "2", "2", "2"],
        known_at: "L1477",
        known_truth: PYTHON_KNOWN,
        keys_at: "L1459",
        keys_truth: PYTHON_KEYS,
        failure: ("network partition", "L1489", PYTHON_FAILURE),
        working: ("production-ready", "L983", PYTHON_WORKING),
    },
};

/// What came of a demo.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    /// What was measured, beside what the document claims.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What the invariants of the cluster say.
    pub cluster: Findings,
}

/// What one node shows of itself at a look.
struct Status {
    id: &'static str,
    view: Option<View>,
    sent: u64,
    received: u64,
    bytes: u64,
}

impl Demo {
    /// Runs it, the implementations of `mix` dealt out in turn.
    ///
    /// # Errors
    /// An unknown implementation, Java that is missing, or a machine that could not be driven: one line.
    pub fn run(
        &self,
        mix: &[String],
        seed: u64,
        stop: &AtomicBool,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Shown, String> {
        let plan = self.plan(mix, seed)?;
        let mut seen: Vec<(Micros, Vec<Status>)> = Vec::new();
        let look = |world: &mut Cluster| {
            seen.push((world.now(), self.status(world)?));
            Ok(())
        };
        let shown = Looks {
            at: self.moments(),
            look: Box::new(look),
        };
        let cluster = cluster::run_and_look(&plan, stop, progress, shown)?;
        let mut curves = cluster.curves.clone();
        curves.extend(self.detection(&seen));
        // The document looks three times.
        let mut looks = seen;
        looks.retain(|(at, _)| self.looks().contains(at));
        let outcome = Outcome {
            model: format!("Five {}: {}", self.places, cluster.mix),
            description: format!(
                "the published demo of five {}, as protocol machines in virtual time ({})",
                self.places, cluster.mix
            ),
            seed,
            trials: 1,
            rows: self.rows(&looks, &cluster),
            curves,
        };
        Ok(Shown { outcome, cluster })
    }

    /// The first look, the one after the failure, and one when all is settled.
    fn looks(&self) -> [Micros; 3] {
        let started = Micros(STAGGER.0 * NODES as u64);
        let first = started + self.settle;
        let second = first + self.detect;
        [first, second, second + AFTERMATH]
    }

    /// From the first of those looks to the last, in small steps; the looks are among them.
    fn moments(&self) -> Vec<Micros> {
        let [first, _, last] = self.looks();
        let steps = last.since(first).0 / STEP.0;
        (0..=steps)
            .map(|step| first + Micros(step * STEP.0))
            .collect()
    }

    /// How those that still run see the others, over time since some were stopped.
    fn detection(&self, looks: &[(Micros, Vec<Status>)]) -> Vec<Curve> {
        let [first, ..] = self.looks();
        let stopped: Vec<&str> = self
            .stopped
            .iter()
            .map(|host| self.ids[*host as usize])
            .collect();
        let curve = |name: &str, state: State, of_stopped: bool| {
            let share = |all: &[Status]| {
                let running = all.iter().filter(|status| !stopped.contains(&status.id));
                let seen: Vec<bool> = running
                    .flat_map(|status| status.states())
                    .filter(|(id, _)| stopped.contains(id) == of_stopped)
                    .map(|(_, seen)| seen == state)
                    .collect();
                seen.iter().filter(|it| **it).count() as f64 / seen.len().max(1) as f64
            };
            let points = looks
                .iter()
                .map(|(at, all)| (at.since(first).as_seconds(), share(all)));
            plain(name, "time since the stop (s)", "share of pairs", points)
        };
        vec![
            curve("who was stopped is SUSPECT", State::Suspect, true),
            curve("who was stopped is DEAD", State::Dead, true),
            curve("who runs is ALIVE", State::Alive, false),
        ]
    }

    fn plan(&self, mix: &[String], seed: u64) -> Result<Plan, String> {
        if mix.is_empty() || mix.len() > NODES {
            return Err(format!("--mix takes one to {NODES} implementations"));
        }
        let [first, _, last] = self.looks();
        let nodes = (0..NODES).map(|index| Node {
            name: Some(self.ids[index].to_owned()),
            address: Some(([127, 0, 0, 1], self.port + index as u16).into()),
            seeds: Some(self.knows[index].iter().copied().map(HostId).collect()),
            implementation: mix[index % mix.len()].clone(),
            class: None,
            clock: HostClock::default(),
            start_at: Micros(STAGGER.0 * index as u64),
        });
        let faults = self.stopped.iter().map(|host| {
            // After the first look, which is at the same moment in the document.
            (first + Micros::millis(1), Fault::Crash(HostId(*host)))
        });
        let options = Options::default();
        let scenario = Scenario {
            name: self.name.to_owned(),
            description: format!("five {}", self.places),
            seed,
            duration: last,
            interval: options.interval,
            epoch: options.epoch,
            nodes: nodes.collect(),
            link: Link {
                latency: Latency::LogNormal {
                    median: Micros::millis(5),
                    sigma: 0.4,
                },
                ..Link::default()
            },
            pairs: Vec::new(),
            faults: faults.collect(),
            writes: self.writes(seed, options.epoch),
        };
        Plan::of(scenario, Parameters::default()).map_err(|unknown| unknown.to_string())
    }

    /// Each node writes its data as soon as it runs: under the document's keys, and under its own.
    fn writes(&self, seed: u64, epoch: Micros) -> Vec<Write> {
        let mut stream = Stream::new(seed, self.name);
        let mut writes = Vec::new();
        for (index, id) in self.ids.iter().enumerate() {
            let at = Micros(STAGGER.0 * index as u64) + Micros::millis(1);
            let now = (epoch + at).as_millis();
            for key in self.keys {
                let value = value(key, id, index, now, &mut stream);
                for key in [(*key).to_owned(), own_key(id, key)] {
                    let value = Some(value.clone());
                    let node = HostId(index as u32);
                    writes.push(Write {
                        at,
                        node,
                        key,
                        value,
                    });
                }
            }
        }
        writes
    }

    fn status(&self, world: &mut Cluster) -> Result<Vec<Status>, AdapterError> {
        let mut all = Vec::new();
        for host in world.ids() {
            let now = world.clock_of(host);
            let view = match world.host_mut(host) {
                Some(node) => node.view(now)?,
                None => None,
            };
            let counters = world.counters().host(host);
            all.push(Status {
                id: self.ids[host.0 as usize],
                view,
                sent: counters.sent,
                received: counters.delivered,
                bytes: counters.bytes_sent,
            });
        }
        Ok(all)
    }

    fn rows(&self, looks: &[(Micros, Vec<Status>)], cluster: &Findings) -> Vec<Row> {
        let mut rows = Vec::new();
        if let Some((at, first)) = looks.first() {
            rows.extend(self.first_look(*at, first, cluster));
        }
        for (at, status) in looks.iter().skip(1) {
            rows.extend(self.later_look(*at, status));
        }
        rows
    }

    fn first_look(&self, at: Micros, all: &[Status], cluster: &Findings) -> Vec<Row> {
        let how = format!("at {at}");
        let mut rows = Vec::new();
        for (index, status) in all.iter().enumerate() {
            let id = status.id;
            let known = status.others().count() as f64;
            rows.push(
                Row::computed(format!("{id}: known {}", self.places), known, "of 4", &how)
                    .published(
                        self.published.known[index],
                        self.published.known_at,
                        self.published.known_truth,
                    ),
            );
            for (name, value, unit) in [
                ("datagrams sent", status.sent, "datagrams"),
                ("datagrams received", status.received, "datagrams"),
                ("data sent", status.bytes, "bytes"),
            ] {
                rows.push(Row::computed(
                    format!("{id}: {name}"),
                    value as f64,
                    unit,
                    &how,
                ));
            }
        }
        let shared = |key: &&str| -> usize {
            let held: BTreeSet<_> = all.iter().map(|it| it.value(key)).collect();
            held.len()
        };
        let (says, place, truth) = self.published.working;
        let own = all.iter().flat_map(|status| {
            let keys = self
                .ids
                .iter()
                .flat_map(|id| self.keys.iter().map(move |key| own_key(id, key)));
            keys.filter(|key| status.value(key).is_some())
        });
        rows.push(
            Row::computed(
                "values that a node holds of all nodes' own data, mean",
                own.count() as f64 / NODES as f64,
                &format!("of {}", NODES * self.keys.len()),
                &how,
            )
            .published(says, place, truth),
        );
        let key = self.keys[0];
        rows.push(
            Row::computed(
                format!("different values of {key:?} in the cluster"),
                shared(&key) as f64,
                "values",
                &how,
            )
            .published(
                "each node sets its own",
                self.published.keys_at,
                self.published.keys_truth,
            ),
        );
        let slowest = cluster.writes.iter().map(|it| it.all_ms);
        if let Some(slowest) = slowest.collect::<Option<Vec<f64>>>() {
            rows.push(Row::computed(
                "slowest write: time until all hold it",
                slowest.iter().copied().fold(0.0, f64::max),
                "ms",
                "virtual time since the write, later starts included",
            ));
        }
        if let Some(complete) = cluster.members_complete_ms {
            rows.push(Row::computed(
                "all list all, first",
                complete as f64,
                "ms",
                "virtual time since the first start",
            ));
        }
        rows
    }

    fn later_look(&self, at: Micros, all: &[Status]) -> Vec<Row> {
        let [first, second, _] = self.looks();
        let how = format!("{} after the stop", at.since(first));
        let mut rows = Vec::new();
        for status in all.iter().filter(|status| status.view.is_some()) {
            for (state, name) in [
                (State::Alive, "alive"),
                (State::Suspect, "suspect"),
                (State::Dead, "dead"),
            ] {
                let count = status.others().filter(|seen| *seen == state).count();
                let unit = match state {
                    State::Alive => format!("of {}", NODES - 1 - self.stopped.len()),
                    _ => format!("{} stopped", self.stopped.len()),
                };
                let row = Row::computed(
                    format!("{}: {name}, {how}", status.id),
                    count as f64,
                    &unit,
                    &how,
                );
                let (says, place, truth) = self.published.failure;
                rows.push(if state == State::Dead && at == second {
                    row.published(says, place, truth)
                } else {
                    row
                });
            }
        }
        rows
    }
}

impl Status {
    /// The states of the others that it lists.
    fn others(&self) -> impl Iterator<Item = State> {
        self.states().map(|(_, state)| state)
    }

    /// The others that it lists, with their states.
    fn states(&self) -> impl Iterator<Item = (&str, State)> {
        let members = self.view.iter().flat_map(|view| view.members.iter());
        members
            .filter(|(id, _)| *id != self.id)
            .map(|(id, seen)| (id, seen.state))
    }

    fn value(&self, key: &str) -> Option<&str> {
        let stamp = self.view.as_ref()?.entries.get(key)?;
        (!stamp.deleted).then_some(stamp.value.as_str())
    }
}

fn own_key(id: &str, key: &str) -> String {
    format!("{id}/{key}")
}

/// The data of the listings, by key.
fn value(key: &str, id: &str, index: usize, now: u64, stream: &mut Stream) -> Value {
    match key {
        "office_location" | "location" => json!(id.trim_start_matches("mumbai_")),
        "employee_count" => json!(50 + 25 * index),
        "service_status" => json!("operational"),
        "last_backup" => json!(now),
        "service_type" => {
            json!(["web", "database", "cache", "queue"][stream.below(4) as usize])
        }
        _ => json!(10 + stream.below(81)),
    }
}
