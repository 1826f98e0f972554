//! What a cluster must survive.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::cluster::{Cluster, in_state, state_of};
use crate::attach::Adapter;
use crate::verdict::Verdict;

/// One scenario: its permanent id and its procedure over one or several adapters.
pub struct Scenario {
    /// The requirement it mainly shows, and a name.
    pub id: &'static str,
    run: fn(&mut [&mut dyn Adapter]) -> Result<(), Verdict>,
}

impl Scenario {
    /// Carries it out.
    pub fn run(&self, adapters: &mut [&mut dyn Adapter]) -> Verdict {
        match (self.run)(adapters) {
            Ok(()) => Verdict::Pass,
            Err(verdict) => verdict,
        }
    }
}

/// All scenarios.
pub fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario {
            id: "MGP1-MRG-001/six-nodes-converge",
            run: six_nodes_converge,
        },
        Scenario {
            id: "MGP1-LIV-007/killed-node-dies-and-returns",
            run: killed_node_dies_and_returns,
        },
        Scenario {
            id: "MGP1-LIV-024/partition-heals",
            run: partition_heals,
        },
        Scenario {
            id: "MGP1-DIS-009/converges-on-a-bad-network",
            run: converges_on_a_bad_network,
        },
        Scenario {
            id: "MGP1-LIV-015/leaving-needs-no-suspicion",
            run: leaving_needs_no_suspicion,
        },
    ]
}

const SIX: [&str; 6] = ["n1", "n2", "n3", "n4", "n5", "n6"];
const FOUR: [&str; 4] = ["n1", "n2", "n3", "n4"];

/// Writes some keys at every one of these nodes; what was written is added to `written`.
fn write_everywhere(
    cluster: &mut Cluster<'_, '_>,
    names: &[&str],
    what: &str,
    keys: usize,
    written: &mut BTreeMap<String, Value>,
) -> Result<(), Verdict> {
    for name in names {
        for number in 0..keys {
            let key = format!("{what}-{name}-{number}");
            let value = json!({"from": name, "number": number, "tenth": 0.1, "text": "žluťoučký \u{1F40E}"});
            cluster.set(name, &key, &value)?;
            written.insert(key, value);
        }
    }
    Ok(())
}

fn six_nodes_converge(adapters: &mut [&mut dyn Adapter]) -> Result<(), Verdict> {
    let mut cluster = Cluster::new(adapters, &SIX);
    cluster.start_all()?;
    let joining = cluster.conditions().joining();
    cluster.until_all_know_all("MGP1-LIV-027", &joining)?;
    let mut written = BTreeMap::new();
    write_everywhere(&mut cluster, &SIX, "k", 20, &mut written)?;
    // All write one key: every node must choose the same winner.
    for name in SIX {
        cluster.set(name, "contested", &json!(name))?;
    }
    cluster.until_one_store("MGP1-MRG-001", &written)?;
    cluster.delete("n2", "k-n1-0")?;
    let one_store = cluster.conditions().one_store();
    cluster.until(
        "MGP1-MRG-011",
        "a deletion reaches every node",
        &one_store,
        |statuses| {
            statuses
                .values()
                .all(|status| status["entries"]["k-n1-0"]["deleted"] == true)
        },
    )
}

fn killed_node_dies_and_returns(adapters: &mut [&mut dyn Adapter]) -> Result<(), Verdict> {
    let mut cluster = Cluster::new(adapters, &FOUR);
    let mut ports = BTreeMap::new();
    for name in FOUR {
        ports.insert(name, cluster.start(name, 0)?);
    }
    let joining = cluster.conditions().joining();
    cluster.until_all_know_all("MGP1-LIV-027", &joining)?;
    let mut written = BTreeMap::new();
    write_everywhere(&mut cluster, &FOUR, "k", 5, &mut written)?;
    cluster.until_one_store("MGP1-MRG-004", &written)?;
    for port in [ports["n3"], 0] {
        cluster.kill("n3")?;
        let detection = cluster.conditions().detection();
        let mut suspected = BTreeSet::new();
        cluster.until(
            "MGP1-LIV-007",
            "every node holds n3 SUSPECT, and then DEAD",
            &detection,
            |statuses| {
                for (name, status) in statuses {
                    if state_of(status, "n3").as_deref() == Some("SUSPECT") {
                        suspected.insert(name.clone());
                    }
                }
                let dead = |status: &Value| state_of(status, "n3").as_deref() == Some("DEAD");
                // A verdict that comes by gossip spares a node its own suspicion; somebody must have had it.
                !suspected.is_empty() && statuses.values().all(dead)
            },
        )?;
        // It comes back without a memory, and learns its own keys from the others.
        cluster.start("n3", port)?;
        let joining = cluster.conditions().joining();
        cluster.until_all_know_all("MGP1-MRG-015", &joining)?;
        cluster.until_one_store("MGP1-DIS-009", &written)?;
    }
    Ok(())
}

fn partition_heals(adapters: &mut [&mut dyn Adapter]) -> Result<(), Verdict> {
    let (left, right) = (["n1", "n2"], ["n3", "n4"]);
    let mut cluster = Cluster::new(adapters, &FOUR).behind_a_relay(1)?;
    cluster.start_all()?;
    let joining = cluster.conditions().joining();
    cluster.until_all_know_all("MGP1-LIV-027", &joining)?;
    cluster.relay()?.partition(&[&left, &right]);
    let detection = cluster.conditions().detection();
    cluster.until(
        "MGP1-LIV-007",
        "each half holds the other DEAD",
        &detection,
        |statuses| {
            statuses.iter().all(|(name, status)| {
                let others: &[&str] = if left.contains(&name.as_str()) {
                    &right
                } else {
                    &left
                };
                others
                    .iter()
                    .all(|other| state_of(status, other).as_deref() == Some("DEAD"))
            })
        },
    )?;
    let mut written = BTreeMap::new();
    write_everywhere(&mut cluster, &FOUR, "apart", 10, &mut written)?;
    for name in FOUR {
        cluster.set(name, "contested", &json!(name))?;
    }
    cluster.relay()?.heal();
    let healing = cluster.conditions().healing();
    cluster.until_all_know_all("MGP1-LIV-023", &healing)?;
    cluster.until_one_store("MGP1-DIS-009", &written)
}

fn converges_on_a_bad_network(adapters: &mut [&mut dyn Adapter]) -> Result<(), Verdict> {
    let mut cluster = Cluster::new(adapters, &FOUR).behind_a_relay(2)?;
    cluster.set_loss(0.2)?;
    cluster.relay()?.set_duplication(0.2);
    cluster.start_all()?;
    let joining = cluster.conditions().joining();
    cluster.until_all_know_all("MGP1-LIV-027", &joining)?;
    let mut written = BTreeMap::new();
    write_everywhere(&mut cluster, &FOUR, "lossy", 25, &mut written)?;
    cluster.until_one_store("MGP1-DIS-009", &written)?;
    let healing = cluster.conditions().healing();
    cluster.until_all_know_all("MGP1-LIV-006", &healing)
}

fn leaving_needs_no_suspicion(adapters: &mut [&mut dyn Adapter]) -> Result<(), Verdict> {
    // Timers cannot be the cause: they need minutes.
    let mut cluster = Cluster::new(adapters, &FOUR)
        .with_parameters(&[("suspectTimeout", 200_000), ("failureTimeout", 300_000)]);
    cluster.start_all()?;
    let joining = cluster.conditions().joining();
    cluster.until_all_know_all("MGP1-LIV-027", &joining)?;
    cluster.stop("n2")?;
    let news = cluster.conditions().news();
    let mut suspected = false;
    cluster.until(
        "MGP1-LIV-015",
        "every node holds n2 DEAD after it said good-bye",
        &news,
        |statuses| {
            suspected |= statuses
                .values()
                .any(|status| in_state(status, "SUSPECT").contains("n2"));
            statuses
                .values()
                .all(|status| in_state(status, "DEAD").contains("n2"))
        },
    )?;
    if suspected {
        return Err(Verdict::fail(
            "MGP1-LIV-015",
            "n2 goes from ALIVE to DEAD",
            "some node held it SUSPECT",
        ));
    }
    Ok(())
}
