//! Is the adapter sane? Asked before anything is judged, so that a broken adapter is never taken for a broken implementation.

use serde_json::{Value, json};

use super::{Adapter, AdapterError};

/// What an adapter says of itself, once it has shown that it can be believed.
#[derive(Debug, Clone, PartialEq)]
pub struct Qualified {
    /// Its name, language and version, in one line.
    pub who: String,
    /// Profiles it claims.
    pub profiles: Vec<String>,
}

/// Checks that the adapter introduces itself, refuses what does not exist, and tells a good datagram from a bad one.
///
/// # Errors
/// One line: what was asked, what came, what was expected.
pub fn qualify(adapter: &mut dyn Adapter) -> Result<Qualified, String> {
    let hello = adapter
        .request(json!({"op": "hello", "adapter": 1}))
        .map_err(|e| e.to_string())?;
    if hello.get("adapter") != Some(&json!(1)) {
        return Err(format!("`hello` answered {hello}; expected \"adapter\":1"));
    }
    let text = |name: &str| {
        hello
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or("?")
            .to_owned()
    };
    let list = |name: &str| -> Vec<String> {
        hello
            .get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    let profiles = list("profiles");
    if !profiles.iter().any(|profile| profile == "core") {
        return Err(format!(
            "`hello` claims the profiles {profiles:?}; every implementation claims \"core\""
        ));
    }
    match adapter.request(json!({"op": "no-such-operation"})) {
        Err(AdapterError::Refused { code, .. }) if code == "unknown-op" => {}
        other => {
            return Err(format!(
                "an unknown operation was answered with {other:?}; expected the error \"unknown-op\""
            ));
        }
    }
    let own =
        json!({"host": "127.0.0.1", "port": 9, "state": "ALIVE", "lastSeen": 1, "updated": 1});
    let ping = json!({"protocolVersion": 1, "type": "PING", "senderId": "q", "messageId": "q1", "timestamp": 1,
        "data": {"pingId": "q2", "membership": {"q": own}}});
    for (datagram, expected) in [
        (ping.to_string().into_bytes(), "accepted"),
        (b"not a message".to_vec(), "rejected"),
    ] {
        let answer = adapter
            .request(json!({"op": "decode", "datagram": hex::encode(&datagram)}))
            .map_err(|e| e.to_string())?;
        if answer.get("verdict").and_then(Value::as_str) != Some(expected) {
            return Err(format!(
                "`decode` of {} answered {answer}; expected it {expected}",
                String::from_utf8_lossy(&datagram)
            ));
        }
    }
    Ok(Qualified {
        who: format!(
            "{} {} ({})",
            text("name"),
            text("version"),
            text("language")
        ),
        profiles,
    })
}
