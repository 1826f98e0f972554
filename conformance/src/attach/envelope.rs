//! What every transport of the adapter protocol does alike: number the request, check the answer.

use serde_json::{Value, json};

use super::AdapterError;

/// Adds `id` to a request and returns its `op` beside it.
///
/// # Errors
/// [`AdapterError::Garbage`] where the suite itself built a request that is no object with an `op`: nothing was sent.
pub fn wrap(body: Value, id: u64) -> Result<(String, Value), AdapterError> {
    let Value::Object(mut request) = body else {
        return Err(garbage("?", &body, "the suite to send an object"));
    };
    let Some(op) = request.get("op").and_then(Value::as_str).map(str::to_owned) else {
        return Err(garbage(
            "?",
            &Value::Object(request),
            "the suite to name an operation",
        ));
    };
    request.insert("id".to_owned(), json!(id));
    Ok((op, Value::Object(request)))
}

/// Takes `ok` out of an answer, or says what is wrong with it.
///
/// # Errors
/// [`AdapterError::Refused`] for a proper error answer, [`AdapterError::Garbage`] for anything else but `ok`.
pub fn unwrap(op: &str, id: u64, answer: Value) -> Result<Value, AdapterError> {
    if answer.get("id") != Some(&json!(id)) {
        return Err(garbage(op, &answer, &format!("an object with \"id\":{id}")));
    }
    if let Some(error) = answer.get("error") {
        let text = |name: &str| error.get(name).and_then(Value::as_str).map(str::to_owned);
        return match (text("code"), text("message")) {
            (Some(code), Some(message)) => Err(AdapterError::Refused {
                op: op.to_owned(),
                code,
                message,
            }),
            _ => Err(garbage(
                op,
                &answer,
                "an error with texts \"code\" and \"message\"",
            )),
        };
    }
    match answer {
        Value::Object(mut members) => match members.remove("ok") {
            Some(ok) => Ok(ok),
            None => Err(garbage(op, &Value::Object(members), "\"ok\" or \"error\"")),
        },
        other => Err(garbage(op, &other, "an object")),
    }
}

fn garbage(op: &str, got: &Value, expected: &str) -> AdapterError {
    AdapterError::Garbage {
        op: op.to_owned(),
        got: excerpt(&got.to_string()),
        expected: expected.to_owned(),
    }
}

/// The beginning of a text that may be long.
pub fn excerpt(text: &str) -> String {
    const LENGTH: usize = 200;
    match text.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_to_another_request_is_garbage() {
        let answer = json!({"id": 2, "ok": {}});
        assert!(matches!(
            unwrap("hello", 1, answer),
            Err(AdapterError::Garbage { .. })
        ));
    }

    #[test]
    fn a_proper_error_is_a_refusal() {
        let answer = json!({"id": 1, "error": {"code": "unknown-op", "message": "no"}});
        assert!(
            matches!(unwrap("x", 1, answer), Err(AdapterError::Refused { code, .. }) if code == "unknown-op")
        );
    }

    #[test]
    fn neither_ok_nor_error_is_garbage() {
        assert!(matches!(
            unwrap("x", 1, json!({"id": 1})),
            Err(AdapterError::Garbage { .. })
        ));
    }
}
