//! The nodes of one scenario and what can be asked of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::waits::{Conditions, SEEDS, Wait};
use crate::attach::{Adapter, AdapterError};
use crate::oracle;
use crate::relay::Relay;
use crate::simulate::invariants::Parameters;
use crate::verdict::Verdict;

/// Pause between two looks at all nodes.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Chapter 11 in a tenth of its time, with room for a busy machine between SUSPECT and DEAD.
const TIMINGS: [(&str, u64); 5] = [
    ("gossipInterval", 100),
    ("suspectTimeout", 500),
    ("failureTimeout", 1_500),
    ("reconnectInterval", 500),
    ("syncInterval", 1_000),
];

fn given(parameters: &[(&'static str, u64)]) -> impl Iterator<Item = (String, u64)> {
    parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), *value))
}

/// A running cluster. What still runs when it is dropped is killed.
pub struct Cluster<'a, 'b> {
    adapters: &'a mut [&'b mut dyn Adapter],
    names: Vec<String>,
    running: BTreeMap<String, String>,
    relay: Option<Relay>,
    relayed: BTreeMap<String, String>,
    parameters: Parameters,
    loss: f64,
}

impl<'a, 'b> Cluster<'a, 'b> {
    /// A cluster of no nodes yet. The names decide which adapter a node lives in: the first in the first, the second in the second, and round again.
    pub fn new(adapters: &'a mut [&'b mut dyn Adapter], names: &[&str]) -> Self {
        Self {
            adapters,
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            running: BTreeMap::new(),
            relay: None,
            relayed: BTreeMap::new(),
            parameters: Parameters(given(&TIMINGS).collect()),
            loss: 0.0,
        }
    }

    /// Other values for parameters of chapter 11, for nodes started from now on.
    pub fn with_parameters(mut self, overrides: &[(&'static str, u64)]) -> Self {
        self.parameters.0.extend(given(overrides));
        self
    }

    /// Puts a relay between all nodes: each is known by its address there.
    ///
    /// # Errors
    /// [`Verdict::Error`] when there are no sockets to be had.
    pub fn behind_a_relay(mut self, seed: u64) -> Result<Self, Verdict> {
        let mut relay = Relay::new(seed);
        for name in &self.names {
            let address = relay
                .add(name)
                .map_err(|error| Verdict::Error(format!("no relay: {error}")))?;
            self.relayed.insert(name.clone(), address.to_string());
        }
        self.relay = Some(relay);
        Ok(self)
    }

    /// The relay, where there is one.
    ///
    /// # Errors
    /// [`Verdict::Error`] without [`Cluster::behind_a_relay`].
    pub fn relay(&self) -> Result<&Relay, Verdict> {
        self.relay
            .as_ref()
            .ok_or_else(|| Verdict::Error("this cluster has no relay".to_owned()))
    }

    /// Has the relay lose this share of all datagrams from now on; what the cluster is given time for depends on it.
    ///
    /// # Errors
    /// [`Verdict::Error`] without [`Cluster::behind_a_relay`].
    pub fn set_loss(&mut self, share: f64) -> Result<(), Verdict> {
        self.relay()?.set_loss(share);
        self.loss = share;
        Ok(())
    }

    /// What the time depends on that a step of this cluster is given.
    pub fn conditions(&self) -> Conditions {
        Conditions {
            nodes: u32::try_from(self.names.len()).unwrap_or(u32::MAX),
            loss: self.loss,
            parameters: self.parameters.clone(),
        }
    }

    /// The names of all nodes, running or not.
    pub fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    /// Starts all nodes, each with the first one as its seed.
    ///
    /// # Errors
    /// [`Verdict::Error`] with the adapter's own words.
    pub fn start_all(&mut self) -> Result<(), Verdict> {
        for name in self.names() {
            self.start(&name, 0)?;
        }
        Ok(())
    }

    /// Starts one node on that port (0 for any) and returns the port.
    ///
    /// # Errors
    /// [`Verdict::Error`] with the adapter's own words.
    pub fn start(&mut self, name: &str, port: u16) -> Result<u16, Verdict> {
        let parameters = self.parameters.0.iter();
        let mut config: Map<String, Value> = parameters
            .map(|(key, value)| (key.clone(), json!(value)))
            .collect();
        config.insert("nodeId".to_owned(), json!(name));
        config.insert("host".to_owned(), json!("127.0.0.1"));
        config.insert("port".to_owned(), json!(port));
        config.insert("randomSeed".to_owned(), json!(rand::random::<u32>()));
        let seeds: Vec<&String> = self
            .names
            .iter()
            .filter(|other| *other != name)
            .filter_map(|other| self.address_of(other))
            .take(SEEDS)
            .collect();
        config.insert("seeds".to_owned(), json!(seeds));
        let mut body = json!({"op": "live.start", "config": config});
        if let Some(address) = self.relayed.get(name) {
            body["advertise"] = json!(address);
        }
        let answer = self.request(name, body)?;
        let address = answer["address"].as_str().unwrap_or_default().to_owned();
        let real: std::net::SocketAddr = address.parse().map_err(|_| {
            Verdict::Error(format!(
                "live.start answered {answer}, which has no `address`"
            ))
        })?;
        if let Some(relay) = &self.relay {
            relay.attach(name, real);
        }
        self.running.insert(name.to_owned(), address);
        Ok(real.port())
    }

    /// The address under which others know a node that runs.
    fn address_of(&self, name: &str) -> Option<&String> {
        let real = self.running.get(name)?;
        Some(self.relayed.get(name).unwrap_or(real))
    }

    /// Writes a key at a node.
    ///
    /// # Errors
    /// [`Verdict::Error`] when the node refuses or is not there.
    pub fn set(&mut self, name: &str, key: &str, value: &Value) -> Result<(), Verdict> {
        let answer = self.request(name, json!({"op": "live.set", "key": key, "value": value}))?;
        match answer.get("refused") {
            None => Ok(()),
            Some(reason) => Err(Verdict::Error(format!(
                "{name} refused to set {key}: {reason}"
            ))),
        }
    }

    /// Deletes a key at a node.
    ///
    /// # Errors
    /// [`Verdict::Error`] when the node refuses or is not there.
    pub fn delete(&mut self, name: &str, key: &str) -> Result<(), Verdict> {
        self.request(name, json!({"op": "live.delete", "key": key}))
            .map(|_| ())
    }

    /// Lets a node leave.
    ///
    /// # Errors
    /// [`Verdict::Error`] when it is not there.
    pub fn stop(&mut self, name: &str) -> Result<(), Verdict> {
        self.running.remove(name);
        self.request(name, json!({"op": "live.stop"})).map(|_| ())
    }

    /// Ends a node without a good-bye.
    ///
    /// # Errors
    /// [`Verdict::Error`] when it is not there.
    pub fn kill(&mut self, name: &str) -> Result<(), Verdict> {
        self.running.remove(name);
        self.request(name, json!({"op": "live.kill"})).map(|_| ())
    }

    /// The state of each running node, by name.
    ///
    /// # Errors
    /// [`Verdict::Error`] when one does not tell.
    pub fn statuses(&mut self) -> Result<BTreeMap<String, Value>, Verdict> {
        let running: Vec<String> = self.running.keys().cloned().collect();
        running
            .into_iter()
            .map(|name| {
                let status = self.request(&name, json!({"op": "live.status"}))?;
                Ok((name, status))
            })
            .collect()
    }

    /// Looks at all nodes again and again until the condition holds for what they say.
    ///
    /// # Errors
    /// [`Verdict::Fail`] of that requirement when the time is up, with what that time is made of and a line for each node.
    pub fn until(
        &mut self,
        requirement: &str,
        expected: &str,
        wait: &Wait,
        mut holds: impl FnMut(&BTreeMap<String, Value>) -> bool,
    ) -> Result<(), Verdict> {
        let began = Instant::now();
        loop {
            let statuses = self.statuses()?;
            if holds(&statuses) {
                return Ok(());
            }
            if began.elapsed() > wait.limit() {
                let actual = format!("not within {wait}\n{}", summary(&statuses));
                return Err(Verdict::fail(requirement, expected, actual));
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Waits until every running node holds exactly the other running ones ALIVE.
    ///
    /// # Errors
    /// As [`Cluster::until`].
    pub fn until_all_know_all(&mut self, requirement: &str, wait: &Wait) -> Result<(), Verdict> {
        let running: BTreeSet<String> = self.running.keys().cloned().collect();
        self.until(
            requirement,
            "every running node holds exactly the others ALIVE",
            wait,
            |statuses| {
                statuses.iter().all(|(name, status)| {
                    let mut known: BTreeSet<String> = in_state(status, "ALIVE");
                    known.insert(name.clone());
                    known == running
                })
            },
        )
    }

    /// Waits until every running node holds the same store, with these values in it.
    ///
    /// # Errors
    /// As [`Cluster::until`].
    pub fn until_one_store(
        &mut self,
        requirement: &str,
        values: &BTreeMap<String, Value>,
    ) -> Result<(), Verdict> {
        let expected = format!(
            "one store at every node, with the {} keys written",
            values.len()
        );
        let wait = self.conditions().one_store();
        self.until(requirement, &expected, &wait, |statuses| {
            let mut stores = statuses.values().map(|status| &status["entries"]);
            let Some(first) = stores.next() else {
                return false;
            };
            let all_there = values.iter().all(|(key, value)| {
                first
                    .get(key)
                    .is_some_and(|entry| oracle::json_equal(&entry["value"], value))
            });
            all_there && stores.all(|store| oracle::json_equal(store, first))
        })
    }

    fn request(&mut self, name: &str, mut body: Value) -> Result<Value, Verdict> {
        let place = self
            .names
            .iter()
            .position(|known| known == name)
            .unwrap_or(0)
            % self.adapters.len().max(1);
        body["node"] = json!(name);
        let adapter = self
            .adapters
            .get_mut(place)
            .ok_or_else(|| Verdict::Error("no adapter".to_owned()))?;
        adapter.request(body).map_err(|error| match error {
            AdapterError::Refused { op, code, .. } if code == "unknown-op" => {
                Verdict::Skipped(format!("the adapter does not offer {op}"))
            }
            other => Verdict::Error(other.to_string()),
        })
    }
}

impl Drop for Cluster<'_, '_> {
    fn drop(&mut self) {
        let running: Vec<String> = self.running.keys().cloned().collect();
        for name in running {
            // What does not end here ends with its adapter.
            let _ = self.kill(&name);
        }
    }
}

/// The members that a node holds in that state.
pub(super) fn in_state(status: &Value, state: &str) -> BTreeSet<String> {
    status["members"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, member)| member["state"] == state)
        .map(|(id, _)| id.clone())
        .collect()
}

/// The state in which a node holds a member.
pub(super) fn state_of(status: &Value, member: &str) -> Option<String> {
    status["members"][member]["state"]
        .as_str()
        .map(str::to_owned)
}

/// One line for each node.
fn summary(statuses: &BTreeMap<String, Value>) -> String {
    let line = |(name, status): (&String, &Value)| {
        let members: Vec<String> = status["members"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(id, member)| {
                let validated = if member["validated"] == true { "" } else { "?" };
                format!(
                    "{id}={}{validated}",
                    member["state"].as_str().unwrap_or("-")
                )
            })
            .collect();
        let keys = status["entries"].as_object().map_or(0, Map::len);
        format!(
            "  {name}: {keys} entries; {}; counters {}",
            members.join(" "),
            status["counters"]
        )
    };
    statuses.iter().map(line).collect::<Vec<_>>().join("\n")
}
