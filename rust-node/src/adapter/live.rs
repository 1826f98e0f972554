//! The `live` operations: real nodes on a small runtime of their own.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::request::{Answer, Failure, address, member, text};
use super::{config, view};
use crate::runtime::{Node, NodeConfig, NodeError};
use crate::wire::usable_host;

/// The nodes of one adapter; they are killed with it.
#[derive(Debug, Default)]
pub(super) struct Live {
    runtime: Option<Runtime>,
    nodes: BTreeMap<String, Node>,
}

impl Live {
    pub(super) fn call(&mut self, op: &str, request: &Value) -> Answer {
        let name = text(request, "node")?;
        match op {
            "live.start" => return self.start(name, request),
            "live.stop" | "live.kill" => return self.end(name, op == "live.stop"),
            _ => {}
        }
        let unknown = || Failure::unknown_node(name);
        let node = self.nodes.get(name).ok_or_else(unknown)?;
        let runtime = self.runtime.as_ref().ok_or_else(unknown)?;
        match op {
            "live.set" => {
                let (key, value) = (text(request, "key")?, member(request, "value")?);
                written(runtime.block_on(node.set(key, value.clone())))
            }
            "live.delete" => written(runtime.block_on(node.delete(text(request, "key")?))),
            "live.get" => {
                let found = runtime.block_on(node.get(text(request, "key")?));
                Ok(match found.map_err(Failure::internal)? {
                    Some(value) => json!({"found": true, "value": value}),
                    None => json!({"found": false}),
                })
            }
            "live.status" => {
                let status = runtime.block_on(node.status());
                Ok(view::status(&status.map_err(Failure::internal)?))
            }
            op => Err(Failure::unknown_op(op)),
        }
    }

    fn start(&mut self, name: &str, request: &Value) -> Answer {
        if self.nodes.contains_key(name) {
            return Err(Failure::bad_request(format!("node {name} exists already")));
        }
        let config = node_config(request)?;
        let runtime = match self.runtime.take() {
            Some(runtime) => runtime,
            None => tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .map_err(Failure::internal)?,
        };
        let runtime = self.runtime.insert(runtime);
        let node = runtime
            .block_on(Node::start(config))
            .map_err(Failure::start_failed)?;
        let address = node.local_addr().to_string();
        self.nodes.insert(name.to_owned(), node);
        Ok(json!({"address": address}))
    }

    fn end(&mut self, name: &str, leave: bool) -> Answer {
        let unknown = || Failure::unknown_node(name);
        let runtime = self.runtime.as_ref().ok_or_else(unknown)?;
        let node = self.nodes.remove(name).ok_or_else(unknown)?;
        if leave {
            runtime.block_on(node.stop());
        } else {
            runtime.block_on(node.kill());
        }
        Ok(json!({}))
    }
}

fn node_config(request: &Value) -> Result<NodeConfig, Failure> {
    let core = config::read(request)?;
    let advertise = match request.get("advertise").filter(|a| !a.is_null()) {
        None => None,
        Some(text) => Some(address(text.as_str().unwrap_or_default())?),
    };
    let host = core
        .host
        .parse()
        .map_err(|_| Failure::start_failed(format!("`{}` is no IP address literal", core.host)))?;
    if advertise.is_none() && usable_host(&core.host).is_none() {
        let why = format!("{} needs an address to advertise", core.host);
        return Err(Failure::start_failed(why));
    }
    Ok(NodeConfig {
        node_id: core.node_id,
        listen: SocketAddr::new(host, core.port),
        advertise,
        cluster: core.cluster,
        metadata: core.metadata,
        seeds: core.seeds,
        legacy: core.legacy,
        parameters: core.parameters,
    })
}

fn written(result: Result<(), NodeError>) -> Answer {
    match result {
        Ok(()) => Ok(json!({})),
        Err(NodeError::Refused(refusal)) => Ok(json!({"refused": refusal.code()})),
        Err(why) => Err(Failure::internal(why)),
    }
}
