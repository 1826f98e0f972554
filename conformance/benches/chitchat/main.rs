//! News and quiet traffic beside chitchat 0.13, under the same seeded network: `cargo bench -p conformance --bench chitchat`.
//!
//! One key that every node holds already is written anew on one node; measured is when half and when all of the others hold the new value,
//! what is sent while nothing is written, and all that is sent from one interval before the write to one interval after it. Every
//! cluster runs in virtual time, with rounds at random phases, and is written to many times.
//!
//! Our rows repeat byte for byte. Those of chitchat do not, because it draws from a source of chance that cannot be seeded.
//!
//! `-- --nodes 50,200 --loss 0,10,25 --trials 40 --only v0,v1,rust,packed,mixed` leaves something out. The plots are written to
//! `target/chitchat-<nodes>-<loss>.svg`.

mod measured;
mod ours;
mod theirs;

use std::path::PathBuf;

use measured::{Conditions, Measured, curve, heading, row};
use simulation::plot::svg;

/// Shorter texts are compressed too: what chapter 11 says where bytes matter.
const PACKED: [(&str, u64); 1] = [("compressionThreshold", 200)];

struct Arguments {
    nodes: Vec<u32>,
    loss: Vec<u32>,
    trials: Option<usize>,
    only: Vec<String>,
}

impl Arguments {
    fn read() -> Result<Self, String> {
        let mut read = Arguments {
            nodes: vec![50, 200],
            loss: vec![0, 10, 25],
            trials: None,
            only: ["v0", "v1", "rust", "packed", "mixed"]
                .map(str::to_owned)
                .to_vec(),
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            // Cargo passes it to every benchmark.
            if name == "--bench" {
                continue;
            }
            let value = arguments
                .next()
                .ok_or_else(|| format!("{name} needs a value"))?;
            let numbers = || {
                let parsed = value.split(',').map(str::parse).collect::<Result<_, _>>();
                parsed.map_err(|_| format!("{name} takes numbers with commas, not {value:?}"))
            };
            match name.as_str() {
                "--nodes" => read.nodes = numbers()?,
                "--loss" => read.loss = numbers()?,
                "--trials" => {
                    let count = value
                        .parse()
                        .map_err(|_| format!("{name} takes a number"))?;
                    read.trials = Some(count);
                }
                "--only" => read.only = value.split(',').map(str::to_owned).collect(),
                _ => {
                    return Err(format!(
                        "{name}: there are --nodes, --loss, --trials and --only"
                    ));
                }
            }
        }
        Ok(read)
    }
}

fn main() {
    if let Err(why) = run() {
        eprintln!("{why}");
        std::process::exit(2);
    }
}

fn run() -> Result<(), String> {
    let arguments = Arguments::read()?;
    println!("{}", heading());
    for &nodes in &arguments.nodes {
        for &loss in &arguments.loss {
            let mut all = Vec::new();
            for name in &arguments.only {
                let conditions = Conditions {
                    nodes,
                    loss: f64::from(loss) / 100.0,
                    // The uncompressed digests of 200 nodes are megabytes per interval.
                    trials: arguments
                        .trials
                        .unwrap_or(if nodes > 100 { 20 } else { 60 }),
                    seed: 7,
                };
                let measured = system(name, &conditions)?;
                println!("{}", row(&measured, &conditions));
                all.push(measured);
            }
            plot(nodes, loss, &all)?;
        }
    }
    Ok(())
}

fn system(name: &str, conditions: &Conditions) -> Result<Measured, String> {
    match name {
        "v0" => theirs::measure("chitchat V0", chitchat::ProtocolVersion::V0, conditions),
        "v1" => theirs::measure("chitchat V1", chitchat::ProtocolVersion::V1, conditions),
        "rust" => ours::measure("ours, Rust", &["rust"], &[], conditions),
        "packed" => ours::measure("ours, Rust, packed", &["rust"], &PACKED, conditions),
        "java" => ours::measure("ours, Java, packed", &["java"], &PACKED, conditions),
        "mixed" => ours::measure(
            "ours, mixed, packed",
            &["rust", "java"],
            &PACKED,
            conditions,
        ),
        other => Err(format!(
            "there is no system {other:?}; there are v0, v1, rust, packed, java, mixed"
        )),
    }
}

fn plot(nodes: u32, loss: u32, all: &[Measured]) -> Result<(), String> {
    let title = format!("One key to {nodes} nodes, {loss} % loss");
    let curves: Vec<_> = all.iter().map(curve).collect();
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target"),
        PathBuf::from,
    );
    let path = target.join(format!("chitchat-{nodes}-{loss}.svg"));
    std::fs::create_dir_all(&target)
        .and_then(|()| std::fs::write(&path, svg(&title, &curves)))
        .map_err(|error| format!("{}: {error}", path.display()))
}
