//! `run`: a node as a process (MGP1-LIV-017).

use std::io::{self, IsTerminal, Write};

use clap::ArgMatches;

use super::CliError;
use super::settings::Settings;
use crate::protocol::ConfigError;
use crate::runtime::{Node, NodeError, StartError};
use crate::wire::Skip;

/// Runs a node until it is told to leave.
pub(super) fn run(arguments: &ArgMatches) -> Result<(), CliError> {
    let settings = Settings::gather(arguments)?;
    let level = settings.log_level()?;
    let config = settings.node_config()?;
    tracing_subscriber::fmt()
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .with_max_level(level)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(CliError::failure)?;
    runtime.block_on(async {
        let mut signals = Signals::new().map_err(CliError::failure)?;
        let id = config.node_id.clone();
        let mut node = Node::start(config).await.map_err(start_error)?;
        for (key, value) in settings.set {
            if let Err(why) = node.set(key.as_str(), value).await {
                node.stop().await;
                return Err(set_error(&key, why));
            }
        }
        announce(&id, &node);
        tokio::select! {
            () = signals.recv() => {
                node.stop().await;
                Ok(())
            }
            () = node.stopped() => Err(CliError::failure("the node stopped after a fatal error")),
        }
    })
}

fn announce(id: &str, node: &Node) {
    let mut out = io::stdout().lock();
    // A node goes on without anybody who reads its first line.
    let _ = writeln!(out, "mumbai-gossip {id} listening on {}", node.local_addr());
    let _ = out.flush();
}

fn start_error(why: StartError) -> CliError {
    match &why {
        StartError::Bind { .. }
        | StartError::Config(ConfigError::OwnRecord(Skip::RecordHost | Skip::RecordSize)) => {
            CliError::failure(why)
        }
        StartError::Config(_) => CliError::usage(why),
    }
}

fn set_error(key: &str, why: NodeError) -> CliError {
    let line = format!("--set {key}: {why}");
    match why {
        NodeError::Refused(_) => CliError::usage(line),
        NodeError::Stopped => CliError::failure(line),
    }
}

/// The signals on which a node leaves, listened to before it starts.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn recv(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn recv(&mut self) {
        // Without a handler there is nothing to wait for but the end of the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
