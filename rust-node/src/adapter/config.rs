//! The `config` member of requests.

use serde_json::Value;

use super::request::{Failure, address, integer, text};
use crate::protocol::Config;
use crate::wire::Compact;

/// Members of `config` that are no parameters of chapter 11.
const OTHERS: [&str; 9] = [
    "nodeId",
    "host",
    "port",
    "randomSeed",
    "cluster",
    "metadata",
    "seeds",
    "legacy",
    "legacyCluster",
];

pub(super) fn read(request: &Value) -> Result<Config, Failure> {
    let config = super::request::member(request, "config")?;
    let members = config
        .as_object()
        .ok_or_else(|| Failure::bad_request("`config` is no object"))?;
    let port = u16::try_from(integer(config, "port")?)
        .map_err(|_| Failure::bad_request("`port` is greater than 65535"))?;
    let mut read = Config::new(text(config, "nodeId")?, text(config, "host")?, port);
    for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
        match name.as_str() {
            "cluster" => text(config, name)?.clone_into(&mut read.cluster),
            "metadata" if value.is_object() => {
                read.metadata = Compact::from_value(value)
                    .map_err(|why| Failure::bad_request(format!("`metadata`: {why}")))?;
            }
            "metadata" => return Err(Failure::bad_request("`metadata` is no object")),
            "seeds" => {
                let seeds = value.as_array().into_iter().flatten();
                for seed in seeds {
                    read.seeds.push(address(seed.as_str().unwrap_or_default())?);
                }
            }
            "legacy" if !value.is_boolean() => {
                return Err(Failure::bad_request("`legacy` is no boolean"));
            }
            name if OTHERS.contains(&name) => {}
            name => {
                let value = integer(config, name)?;
                let set = read.parameters.set(name, value);
                set.map_err(|why| Failure::bad_request(why.to_string()))?;
            }
        }
    }
    if config.get("legacy") == Some(&Value::Bool(true)) {
        let named = config.get("legacyCluster").is_some_and(|n| !n.is_null());
        let cluster = if named {
            text(config, "legacyCluster")?
        } else {
            ""
        };
        read.legacy = Some(cluster.to_owned());
    }
    Ok(read)
}
