//! What a machine is told at its creation.

use std::net::SocketAddr;

use thiserror::Error;

use super::parameters::{ParameterError, Parameters};
use crate::wire::{Compact, Record, Skip, State, check_record, is_cluster};

/// Who a node is, whom it knows, and its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Its id.
    pub node_id: String,
    /// The IP address literal at which others reach it.
    pub host: String,
    /// The UDP port at which others reach it.
    pub port: u16,
    /// Name of the cluster, `""` by default.
    pub cluster: String,
    /// A JSON object: what the node says of itself.
    pub metadata: Compact,
    /// Addresses to join by (MGP1-LIV-027). Its own address among them is left alone.
    pub seeds: Vec<SocketAddr>,
    /// The cluster that version 0 messages count as (MGP1-LEG-003), `""` as a rule; `None`, the default, rejects them (chapter 10).
    pub legacy: Option<String>,
    /// Chapter 11.
    pub parameters: Parameters,
}

/// Why a machine cannot be made (MGP1-MSG-014).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// Others would skip its record.
    #[error("others would skip this node's record with the reason {0}: {hint}", hint = hint(*.0))]
    OwnRecord(Skip),
    /// The cluster name breaks MGP1-ENV-005.
    #[error("the cluster name must have 0 to 32 characters of A-Z a-z 0-9 . _ : -, not `{0}`")]
    Cluster(String),
    /// A parameter is out of range.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
}

fn hint(skip: Skip) -> &'static str {
    match skip {
        Skip::RecordId => "the id must have 1 to 64 characters of A-Z a-z 0-9 . _ : -",
        Skip::RecordShape => "the port must be from 1 to 65535 and the metadata an object",
        Skip::RecordHost => {
            "advertise an IP address that others can reach, not a name, 0.0.0.0, :: or multicast"
        }
        Skip::RecordSize => "shorten the metadata, a record may have 360 bytes",
        _ => "check the system clock",
    }
}

impl Config {
    /// The defaults, for a node of that id at that address.
    pub fn new(node_id: impl Into<String>, host: impl Into<String>, port: u16) -> Self {
        Self {
            node_id: node_id.into(),
            host: host.into(),
            port,
            cluster: String::new(),
            metadata: Compact::empty_object(),
            seeds: Vec::new(),
            legacy: None,
            parameters: Parameters::default(),
        }
    }

    /// Checks everything that can be wrong in it.
    ///
    /// # Errors
    /// The first thing found wrong.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.parameters.check()?;
        let names = std::iter::once(&self.cluster).chain(&self.legacy);
        if let Some(bad) = names.into_iter().find(|name| !is_cluster(name)) {
            return Err(ConfigError::Cluster(bad.clone()));
        }
        if self.port == 0 || !self.metadata.as_str().starts_with('{') {
            return Err(ConfigError::OwnRecord(Skip::RecordShape));
        }
        check_record(&self.node_id, &self.record(0, 0)).map_err(ConfigError::OwnRecord)
    }

    pub(super) fn record(&self, last_seen: u64, updated: u64) -> Record {
        Record {
            host: self.host.clone(),
            port: self.port,
            state: State::Alive,
            last_seen,
            updated,
            metadata: self.metadata.clone(),
            versions: None,
        }
    }
}
