//! Reading requests of the adapter protocol, and its errors.

use std::net::SocketAddr;

use serde_json::{Value, json};

/// The `ok` member of an answer, or its error. An error changes nothing.
pub(super) type Answer = Result<Value, Failure>;

/// An error of the adapter protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    code: &'static str,
    message: String,
}

impl Failure {
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self {
            code: "bad-request",
            message: message.into(),
        }
    }

    pub(super) fn unknown_op(op: &str) -> Self {
        Self {
            code: "unknown-op",
            message: format!("no operation {op}"),
        }
    }

    pub(super) fn unknown_node(node: &str) -> Self {
        Self {
            code: "unknown-node",
            message: format!("no node {node}"),
        }
    }

    pub(super) fn start_failed(why: impl ToString) -> Self {
        Self {
            code: "start-failed",
            message: why.to_string(),
        }
    }

    pub(super) fn internal(why: impl ToString) -> Self {
        Self {
            code: "internal",
            message: why.to_string(),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({"code": self.code, "message": self.message})
    }
}

pub(super) fn member<'r>(request: &'r Value, name: &str) -> Result<&'r Value, Failure> {
    request
        .get(name)
        .ok_or_else(|| Failure::bad_request(format!("`{name}` is missing")))
}

pub(super) fn text<'r>(request: &'r Value, name: &str) -> Result<&'r str, Failure> {
    member(request, name)?
        .as_str()
        .ok_or_else(|| Failure::bad_request(format!("`{name}` is no string")))
}

pub(super) fn integer(request: &Value, name: &str) -> Result<u64, Failure> {
    member(request, name)?
        .as_u64()
        .ok_or_else(|| Failure::bad_request(format!("`{name}` is no integer from 0")))
}

pub(super) fn datagram(request: &Value) -> Result<Vec<u8>, Failure> {
    hex::decode(text(request, "datagram")?)
        .map_err(|why| Failure::bad_request(format!("`datagram` is no hex: {why}")))
}

pub(super) fn address(text: &str) -> Result<SocketAddr, Failure> {
    text.parse()
        .map_err(|_| Failure::bad_request(format!("`{text}` is no address")))
}
