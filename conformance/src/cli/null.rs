//! `conformance null`: implementations that implement nothing, to check the suite with.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::AtomicBool;

use crate::null::{Kind, NodeOptions, NullNode, serve};

#[derive(Debug, clap::Args)]
pub(super) struct Null {
    /// What it does with all that it gets
    kind: Kind,
    /// Be an adapter on standard input and output, not a node
    #[arg(long)]
    adapter: bool,
    /// Node id
    #[arg(long, default_value = "null")]
    id: String,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// UDP port to listen on
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Address to join by
    #[arg(long)]
    seed: Vec<SocketAddr>,
    /// Round length
    #[arg(long, default_value_t = 1_000)]
    gossip_interval_ms: u64,
    /// What the random one draws from
    #[arg(long, default_value_t = 1)]
    random_seed: u64,
    /// Taken and ignored: what other nodes can be told
    #[arg(value_name = "IGNORED")]
    rest: Vec<String>,
}

pub(super) fn main(null: &Null) -> Result<u8, String> {
    let done = if null.adapter {
        serve(
            null.kind,
            null.random_seed,
            std::io::stdin().lock(),
            std::io::stdout().lock(),
        )
    } else {
        run(null)
    };
    match done {
        Ok(()) => Ok(0),
        Err(error) => Err(error.to_string()),
    }
}

/// A node until its process ends.
fn run(null: &Null) -> std::io::Result<()> {
    let mut node = NullNode::bind(
        null.kind,
        NodeOptions {
            id: null.id.clone(),
            listen: SocketAddr::new(null.host, null.port),
            seeds: null.seed.clone(),
            gossip_interval_ms: null.gossip_interval_ms,
            random_seed: null.random_seed,
        },
    )?;
    println!("listening on {}", node.address());
    node.run(&AtomicBool::new(false));
    Ok(())
}
