//! What a node is to be, gathered from the file and then from the flags.

use std::net::{SocketAddr, ToSocketAddrs};
use std::str::FromStr;

use clap::ArgMatches;
use serde_json::{Map, Value};
use tracing::level_filters::LevelFilter;

use super::{CliError, file};
use crate::protocol::Parameters;
use crate::runtime::NodeConfig;
use crate::wire::Compact;

/// Everything `run` can be told.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Settings {
    pub(super) id: Option<String>,
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) advertise: Option<String>,
    pub(super) seeds: Vec<String>,
    pub(super) cluster: Option<String>,
    pub(super) legacy: Option<bool>,
    pub(super) legacy_cluster: Option<String>,
    pub(super) metadata: Map<String, Value>,
    pub(super) set: Map<String, Value>,
    pub(super) log: Option<String>,
    pub(super) parameters: Parameters,
}

impl Settings {
    pub(super) fn gather(arguments: &ArgMatches) -> Result<Self, CliError> {
        let mut settings = match arguments.get_one::<String>("config") {
            Some(path) => file::read(path)?,
            None => Self::default(),
        };
        let text = |name: &str| arguments.get_one::<String>(name).cloned();
        let texts = |name: &str| -> Vec<String> {
            let all = arguments.get_many::<String>(name);
            all.map_or_else(Vec::new, |all| all.cloned().collect())
        };
        settings.id = text("id").or(settings.id);
        settings.host = text("host").or(settings.host);
        settings.port = arguments.get_one("port").copied().or(settings.port);
        settings.advertise = text("advertise").or(settings.advertise);
        settings.cluster = text("cluster").or(settings.cluster);
        settings.legacy = arguments.get_one("legacy").copied().or(settings.legacy);
        settings.legacy_cluster = text("legacy-cluster").or(settings.legacy_cluster);
        settings.log = text("log").or(settings.log);
        let seeds = texts("seed");
        if !seeds.is_empty() {
            settings.seeds = seeds;
        }
        for pair in texts("metadata") {
            let (key, value) = split("metadata", &pair)?;
            settings.metadata.insert(key, Value::String(value));
        }
        for pair in texts("set") {
            let (key, value) = split("set", &pair)?;
            let json = serde_json::from_str(&value);
            settings
                .set
                .insert(key, json.unwrap_or(Value::String(value)));
        }
        for name in Parameters::NAMES {
            if let Some(value) = arguments.get_one::<u64>(name) {
                let set = settings.parameters.set(name, *value);
                set.map_err(CliError::usage)?;
            }
        }
        Ok(settings)
    }

    pub(super) fn log_level(&self) -> Result<LevelFilter, CliError> {
        let level = self.log.as_deref().unwrap_or("info");
        LevelFilter::from_str(level).map_err(|_| {
            CliError::usage(format!(
                "--log takes off, error, warn, info, debug or trace, not `{level}`"
            ))
        })
    }

    pub(super) fn node_config(&self) -> Result<NodeConfig, CliError> {
        self.parameters.check().map_err(CliError::usage)?;
        let missing = || CliError::usage("--id is missing");
        let host = self.host.as_deref().unwrap_or("127.0.0.1");
        let listen = resolve(&format!("{}:{}", bracketed(host), self.port.unwrap_or(0)))?;
        let metadata = Value::Object(self.metadata.clone());
        let mut config = NodeConfig::new(self.id.clone().ok_or_else(missing)?, listen);
        config.advertise = self.advertise.as_deref().map(resolve).transpose()?;
        config.cluster = self.cluster.clone().unwrap_or_default();
        config.legacy = match (self.legacy, &self.legacy_cluster) {
            (Some(true), name) => Some(name.clone().unwrap_or_default()),
            (_, None) => None,
            (_, Some(_)) => return Err(CliError::usage("--legacy-cluster needs --legacy")),
        };
        config.metadata = Compact::from_value(&metadata)
            .map_err(|why| CliError::usage(format!("metadata: {why}")))?;
        for seed in &self.seeds {
            config.seeds.push(resolve(seed)?);
        }
        config.parameters = self.parameters.clone();
        Ok(config)
    }
}

fn split(flag: &str, pair: &str) -> Result<(String, String), CliError> {
    let (key, value) = pair
        .split_once('=')
        .ok_or_else(|| CliError::usage(format!("--{flag} takes KEY=VALUE, not `{pair}`")))?;
    Ok((key.to_owned(), value.to_owned()))
}

/// An IPv6 literal in the brackets that `HOST:PORT` needs.
fn bracketed(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}

/// The address of `HOST:PORT`, names resolved once, IPv4 first.
fn resolve(text: &str) -> Result<SocketAddr, CliError> {
    let found = text
        .to_socket_addrs()
        .map_err(|why| CliError::usage(format!("`{text}` is no HOST:PORT: {why}")))?;
    let mut found: Vec<_> = found.collect();
    found.sort_by_key(SocketAddr::is_ipv6);
    let none = || CliError::usage(format!("`{text}` has no address"));
    found.first().copied().ok_or_else(none)
}
