//! What is to happen: a scenario file, or one made from a few numbers.

use std::net::SocketAddr;
use std::path::Path;

use serde_json::{Value, json};
use simulation::network::{CLASSES, HostId, NetworkClass};
use simulation::scenario::{Node, Scenario, ScenarioError};
use simulation::time::Micros;

use super::invariants::Parameters;
use super::node::Maker;

/// How many seeds a node is configured with where nothing else is said: the first hosts.
const SEEDS: usize = 3;
/// Clusters of more nodes run with the longer timeouts that chapter 11 advises for them.
const LARGE: usize = 30;
/// `suspectTimeout` of such a cluster at least, and for each of its nodes, milliseconds; `failureTimeout` is twice as long.
const SUSPECT: u64 = 5_000;
const SUSPECT_PER_NODE: u64 = 20;

/// A cluster as the command line describes it.
#[derive(Debug, Clone)]
pub struct Sketch {
    /// How many nodes.
    pub nodes: u32,
    /// Their implementations, dealt out in turn.
    pub mix: Vec<String>,
    /// The share of datagrams that is lost, 0 to 1.
    pub loss: f64,
    /// All chance comes from it.
    pub seed: u64,
    /// How long it lasts.
    pub duration: Micros,
    /// Network classes by their published names, dealt out evenly; `published` for the published shares; none for a data centre.
    pub links: Vec<String>,
    /// How many keys are written.
    pub writes: u32,
}

/// A scenario, and the parameters of its nodes.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Hosts, links, faults and writes.
    pub scenario: Scenario,
    /// Parameters of all nodes.
    pub parameters: Parameters,
}

impl Sketch {
    /// The scenario file of this sketch, in JSON.
    ///
    /// # Errors
    /// What is out of range, in a line.
    pub fn file(&self) -> Result<Value, String> {
        if self.nodes < 2 {
            return Err("--nodes must be at least 2".to_owned());
        }
        if !(0.0..1.0).contains(&self.loss) {
            return Err(format!("--loss {} must be from 0 to below 1", self.loss));
        }
        if self.mix.is_empty() {
            return Err("--mix names no implementation".to_owned());
        }
        let mut mix = json!({});
        for (index, name) in self.mix.iter().enumerate() {
            let count = share(self.nodes, self.mix.len(), index);
            mix[name] = json!(mix[name].as_u64().unwrap_or(0) + u64::from(count));
        }
        // A third of the time to find each other, then writes, then a third to hear of them.
        let first = self.duration.as_millis() / 3;
        let apart = (first / u64::from(self.writes.max(1))).min(1_000);
        let writes: Vec<Value> = (0..self.writes)
            .map(|index| {
                let node = u64::from(index) * u64::from(self.nodes) / u64::from(self.writes);
                json!({"at": format!("{}ms", first + apart * u64::from(index)), "node": format!("n{node}"),
                    "key": format!("office-{index}"), "value": {"count": 25 * index, "status": "operational"}})
            })
            .collect();
        let mut file = json!({
            "name": "cluster",
            "description": format!("{} nodes, {} % loss", self.nodes, self.loss * 100.0),
            "seed": self.seed,
            "duration": self.duration.to_string(),
            "nodes": self.nodes,
            "mix": mix,
            "links": {"default": {"latency": {"log_normal": {"median": "5ms", "sigma": 0.4}}, "loss": self.loss}},
            "writes": writes,
        });
        match self.links.as_slice() {
            [] => {}
            [published] if published == "published" => file["classes"] = json!("published"),
            names => {
                let mut classes = json!({});
                for (index, name) in names.iter().enumerate() {
                    if NetworkClass::named(name).is_none() {
                        let known: Vec<_> = CLASSES.iter().map(|class| class.name()).collect();
                        return Err(format!(
                            "--links {name}: no such class; there are {}, and `published` for the published shares",
                            known.join(", ")
                        ));
                    }
                    classes[name] = json!(share(self.nodes, names.len(), index));
                }
                file["classes"] = classes;
            }
        }
        Ok(file)
    }
}

/// How many of `nodes` the one of this index among `kinds` gets.
fn share(nodes: u32, kinds: usize, index: usize) -> u32 {
    let (kinds, index) = (kinds as u32, index as u32);
    nodes / kinds + u32::from(index < nodes % kinds)
}

/// An implementation that cannot be simulated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("mix: there is no implementation {implementation:?} to simulate, which node n{node} is to run; there are {}", Maker::NAMES.join(", "))]
pub struct Unknown {
    /// What was asked for.
    pub implementation: String,
    /// Which node was to run it.
    pub node: usize,
}

impl Plan {
    /// The seeds that each node is configured with, by number: those of the file, or else the first hosts but itself.
    pub fn seeds(&self) -> Vec<Vec<SocketAddr>> {
        let hosts = self.scenario.hosts();
        let address = |host: &HostId| hosts[host.0 as usize].address;
        let of = |(own, node): (usize, &Node)| match &node.seeds {
            Some(seeds) => seeds.iter().map(address).collect(),
            None => (0..hosts.len())
                .filter(|other| *other != own)
                .take(SEEDS)
                .map(|other| hosts[other].address)
                .collect(),
        };
        self.scenario.nodes.iter().enumerate().map(of).collect()
    }

    /// A plan from the text of a scenario file, TOML or JSON. `given` are parameters that were chosen; the others are the defaults, and above 30 nodes
    /// the longer timeouts that chapter 11 advises. Nodes of a file that names no implementation are dealt out from `mix`.
    ///
    /// # Errors
    /// The mistake, in a line.
    pub fn read(text: &str, mix: &[String], given: Parameters) -> Result<Plan, String> {
        Plan::dealt(Scenario::parse(text), text, mix, given)
    }

    /// [`read`](Plan::read) for the text of a file, whose name says which of the two formats it is in.
    ///
    /// # Errors
    /// The mistake, in a line.
    pub fn read_file(
        file: &Path,
        text: &str,
        mix: &[String],
        given: Parameters,
    ) -> Result<Plan, String> {
        Plan::dealt(Scenario::parse_file(file, text), text, mix, given)
    }

    fn dealt(
        parsed: Result<Scenario, ScenarioError>,
        text: &str,
        mix: &[String],
        given: Parameters,
    ) -> Result<Plan, String> {
        let mut scenario = parsed.map_err(|mistake| mistake.to_string())?;
        for (index, node) in scenario.nodes.iter_mut().enumerate() {
            if node.implementation == "default"
                && let Some(name) = mix.get(index % mix.len().max(1))
            {
                node.implementation.clone_from(name);
            }
        }
        Plan::of(scenario, given).map_err(|unknown| {
            let line = line_of(text, &unknown.implementation);
            format!("{line}{unknown}")
        })
    }

    /// A plan of a scenario whose nodes all name their implementation. Parameters are as with [`read`](Plan::read).
    ///
    /// # Errors
    /// [`Unknown`].
    pub fn of(scenario: Scenario, given: Parameters) -> Result<Plan, Unknown> {
        for (node, host) in scenario.nodes.iter().enumerate() {
            if !Maker::NAMES.contains(&host.implementation.as_str()) {
                return Err(Unknown {
                    implementation: host.implementation.clone(),
                    node,
                });
            }
        }
        let mut parameters = given;
        if scenario.nodes.len() > LARGE {
            let suspect = SUSPECT.max(SUSPECT_PER_NODE * scenario.nodes.len() as u64);
            for (name, value) in [("suspectTimeout", suspect), ("failureTimeout", 2 * suspect)] {
                parameters.0.entry(name.to_owned()).or_insert(value);
            }
        }
        Ok(Plan {
            scenario,
            parameters,
        })
    }
}

/// Where a name stands in a scenario file, first after the word `mix`: `line 4, column 9: `, or nothing where it does not stand there.
fn line_of(text: &str, name: &str) -> String {
    let start = text.find("mix").unwrap_or(0);
    let Some(found) = text[start..].find(name) else {
        return String::new();
    };
    let before = &text[..start + found];
    let line = before.matches('\n').count() + 1;
    let column = before
        .chars()
        .rev()
        .take_while(|letter| *letter != '\n')
        .count()
        + 1;
    format!("line {line}, column {column}: ")
}
