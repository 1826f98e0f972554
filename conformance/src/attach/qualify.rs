//! Is the adapter sane? Asked before anything is judged, so that a broken adapter is never taken for a broken implementation.

use serde_json::{Value, json};

use super::smoke::{Problem, Step, Walk};
use super::{Adapter, AdapterError};
use crate::cases::Needs;
use crate::implementation::check_profiles;
use crate::oracle;

const REQUESTS: &str = "conformance/ADAPTER.md, section requests and answers";
const STDIO: &str = "conformance/ADAPTER.md, section stdio";
const CODEC: &str = "conformance/ADAPTER.md, section codec";
const CORE: &str = "conformance/ADAPTER.md, section core";

/// What an adapter says of itself, once it has shown that it can be believed.
#[derive(Debug, Clone, PartialEq)]
pub struct Qualified {
    /// Its name, language and version, in one line.
    pub who: String,
    /// Profiles it claims.
    pub profiles: Vec<String>,
    /// What it offers: `decode` or `codec`, `core`, `live`.
    pub capabilities: Vec<String>,
}

impl Qualified {
    /// Whether it can be asked for that.
    pub fn offers(&self, needs: Needs) -> bool {
        self.says(capability(needs)) || needs == Needs::Codec && self.says(DECODE)
    }

    /// Whether it makes datagrams too, and does not only read them.
    pub fn encodes(&self) -> bool {
        self.says(capability(Needs::Codec))
    }

    fn says(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|it| it == capability)
    }
}

/// The capability of an adapter that decodes and does not encode.
const DECODE: &str = "decode";

/// The word for a need in `capabilities`.
pub fn capability(needs: Needs) -> &'static str {
    match needs {
        Needs::Codec => "codec",
        Needs::Core => "core",
        Needs::Wire => "wire",
    }
}

/// Checks that the adapter introduces itself, refuses what does not exist, and tells a good datagram from a bad one.
///
/// # Errors
/// What was asked, what came, what was expected.
pub fn qualify(adapter: &mut dyn Adapter) -> Result<Qualified, String> {
    gate(adapter, &mut Walk::new(&mut |_| ())).map_err(|step| match step.result {
        Err(problem) => format!("{}\n{problem}", step.name),
        Ok(_) => step.name.to_owned(),
    })
}

/// All steps of `conformance smoke`: those that every run begins with, and a walk through each operation group.
///
/// # Errors
/// The step that failed.
pub fn smoke(adapter: &mut dyn Adapter, tell: &mut dyn FnMut(&Step)) -> Result<Qualified, Step> {
    let mut walk = Walk::new(tell);
    let qualified = gate(adapter, &mut walk)?;
    if qualified.offers(Needs::Codec) {
        walk.step(
            "a request that lacks something is refused",
            bad_request(adapter),
        )?;
        if qualified.encodes() {
            walk.step("encode makes a datagram of a meaning", encodes(adapter))?;
        }
    }
    if qualified.offers(Needs::Core) {
        walk.step(
            "a machine can be made, asked and destroyed",
            machine(adapter),
        )?;
    }
    walk.step("wrong answers would be noticed", drill(adapter, &qualified))?;
    Ok(qualified)
}

fn gate(adapter: &mut dyn Adapter, walk: &mut Walk<'_>) -> Result<Qualified, Step> {
    let hello = walk.step("hello is answered", greeted(adapter))?;
    walk.step(
        "it speaks version 1 of the adapter protocol",
        version(&hello),
    )?;
    let qualified = walk.step("it says what it is, claims and offers", claims(&hello))?;
    walk.step("an unknown operation is refused", unknown_op(adapter))?;
    if qualified.offers(Needs::Codec) {
        walk.step("decode tells a message from junk", decodes(adapter))?;
    }
    Ok(qualified)
}

type Found<T> = Result<(String, T), Problem>;

fn problem(read: impl ToString, expected: &str, documented: &'static str) -> Problem {
    Problem {
        read: read.to_string(),
        expected: expected.to_owned(),
        documented,
    }
}

/// What an error of the adapter says, in the parts that a step has; `expected` and `documented` are for what the error leaves open.
fn broke(error: AdapterError, expected: &str, documented: &'static str) -> Problem {
    match error {
        AdapterError::NoAnswer { got, expected, .. } => Problem {
            read: format!("{got} on standard output"),
            expected,
            documented: STDIO,
        },
        AdapterError::TimedOut {
            within, last_words, ..
        } => Problem {
            read: format!("nothing within {} s; {last_words}", within.as_secs_f64()),
            expected: format!("{expected}, in one line that is flushed"),
            documented: STDIO,
        },
        AdapterError::Garbage {
            got,
            expected: wanted,
            ..
        } => Problem {
            read: got,
            expected: format!("{wanted}: {expected}"),
            documented,
        },
        AdapterError::NotStarted { why } => problem(why, expected, documented),
        AdapterError::Died { why, .. } => problem(format!("it {why}"), expected, documented),
        AdapterError::Refused { code, message, .. } => {
            problem(format!("the error {code}: {message}"), expected, documented)
        }
    }
}

fn greeted(adapter: &mut dyn Adapter) -> Found<Value> {
    match adapter.request(json!({"op": "hello", "adapter": 1})) {
        Ok(hello) => Ok((hello.to_string(), hello)),
        Err(error) => Err(broke(
            error,
            r#"{"id":…,"ok":{"adapter":1,"name":…,"language":…,"version":…,"profiles":[…],"capabilities":[…]}}"#,
            REQUESTS,
        )),
    }
}

fn version(hello: &Value) -> Found<()> {
    if hello.get("adapter") == Some(&json!(1)) {
        return Ok(("1".to_owned(), ()));
    }
    Err(problem(
        format!(
            "\"adapter\":{}",
            hello.get("adapter").unwrap_or(&Value::Null)
        ),
        "\"adapter\":1",
        REQUESTS,
    ))
}

fn claims(hello: &Value) -> Found<Qualified> {
    let text = |name: &str| {
        hello
            .get(name)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| {
                problem(
                    format!("no text {name:?} in {hello}"),
                    "`name`, `language` and `version` as texts",
                    REQUESTS,
                )
            })
    };
    let list = |name: &str| -> Option<Vec<String>> {
        let texts = hello.get(name)?.as_array()?.iter();
        texts.map(|text| text.as_str().map(str::to_owned)).collect()
    };
    let profiles = list("profiles").unwrap_or_default();
    check_profiles(&profiles).map_err(|why| {
        problem(
            format!("\"profiles\":{profiles:?}: {why}"),
            "a list of profiles of chapter 1, `core` among them",
            REQUESTS,
        )
    })?;
    let capabilities = list("capabilities").unwrap_or_default();
    if !capabilities
        .iter()
        .any(|it| [DECODE, "codec", "core"].contains(&it.as_str()))
    {
        return Err(problem(
            format!("\"capabilities\":{capabilities:?}"),
            "a list with `decode` or `codec`, or `core`, or both: what the adapter can be asked for",
            REQUESTS,
        ));
    }
    let who = format!(
        "{} {} ({})",
        text("name")?,
        text("version")?,
        text("language")?
    );
    let seen = format!(
        "{who}, profiles {}, offers {}",
        profiles.join(", "),
        capabilities.join(", ")
    );
    Ok((
        seen,
        Qualified {
            who,
            profiles,
            capabilities,
        },
    ))
}

/// That a request is refused with a code.
fn refused(
    adapter: &mut dyn Adapter,
    request: Value,
    wanted: &str,
    documented: &'static str,
) -> Found<()> {
    let asked = request.to_string();
    let expected =
        format!(r#"{{"id":…,"error":{{"code":"{wanted}","message":…}}}}, and the adapter goes on"#);
    match adapter.request(request) {
        Err(AdapterError::Refused { code, message, .. }) if code == wanted => {
            Ok((format!("{wanted}: {message}"), ()))
        }
        Err(error) => Err(broke(error, &expected, documented)),
        Ok(ok) => Err(problem(
            format!("{asked} was answered with ok: {ok}"),
            &expected,
            documented,
        )),
    }
}

fn unknown_op(adapter: &mut dyn Adapter) -> Found<()> {
    refused(
        adapter,
        json!({"op": "no-such-operation"}),
        "unknown-op",
        REQUESTS,
    )
}

fn bad_request(adapter: &mut dyn Adapter) -> Found<()> {
    refused(adapter, json!({"op": "decode"}), "bad-request", REQUESTS)
}

/// A message that is right in every respect.
fn ping() -> Value {
    let own =
        json!({"host": "127.0.0.1", "port": 9, "state": "ALIVE", "lastSeen": 1, "updated": 1});
    json!({"protocolVersion": 1, "type": "PING", "senderId": "q", "messageId": "q1", "timestamp": 1,
        "data": {"pingId": "q2", "membership": {"q": own}}})
}

fn decode(adapter: &mut dyn Adapter, datagram: &[u8]) -> Result<Value, Problem> {
    adapter
        .request(json!({"op": "decode", "datagram": hex::encode(datagram)}))
        .map_err(|error| broke(error, "the answer of chapter 12", CODEC))
}

fn decodes(adapter: &mut dyn Adapter) -> Found<()> {
    for (datagram, expected) in [
        (ping().to_string().into_bytes(), "accepted"),
        (b"not a message".to_vec(), "rejected"),
    ] {
        let answer = decode(adapter, &datagram)?;
        if answer.get("verdict").and_then(Value::as_str) != Some(expected) {
            return Err(problem(
                format!(
                    "{answer} for the datagram `{}`",
                    String::from_utf8_lossy(&datagram)
                ),
                &format!("\"verdict\":\"{expected}\""),
                CODEC,
            ));
        }
    }
    Ok(("a PING is accepted, text is rejected".to_owned(), ()))
}

fn encodes(adapter: &mut dyn Adapter) -> Found<()> {
    let wanted = oracle::decode(ping().to_string().as_bytes()).to_value();
    let expected = "`datagram` in lower-case hex, which decodes to the same meaning";
    let answer = match adapter.request(json!({"op": "encode", "message": wanted["message"]})) {
        Ok(answer) => answer,
        Err(error) if error.is_unknown_op() => {
            return Ok((
                "unknown-op: the cases that need it will be skipped".to_owned(),
                (),
            ));
        }
        Err(error) => return Err(broke(error, expected, CODEC)),
    };
    let bytes = answer
        .get("datagram")
        .and_then(Value::as_str)
        .and_then(|text| hex::decode(text).ok())
        .ok_or_else(|| problem(&answer, expected, CODEC))?;
    let got = oracle::decode(&bytes).to_value();
    if oracle::json_equal(&got["message"], &wanted["message"]) {
        return Ok((format!("{} bytes", bytes.len()), ()));
    }
    Err(problem(
        format!("{answer}, which means {got}"),
        &format!("a datagram that means {}", wanted["message"]),
        CODEC,
    ))
}

fn machine(adapter: &mut dyn Adapter) -> Found<()> {
    let now = |mono: u64| json!({"wall": 1_760_000_000_000_u64 + mono, "mono": mono});
    let config = json!({"nodeId": "smoke", "host": "127.0.0.1", "port": 9000, "randomSeed": 1});
    let effects = "effects: `sent`, `events` and `wake`";
    for (request, members, expected) in [
        (
            json!({"op": "create", "node": "smoke", "now": now(0), "config": config}),
            &["sent", "events", "wake"][..],
            effects,
        ),
        (
            json!({"op": "tick", "node": "smoke", "now": now(1_000)}),
            &["sent", "events", "wake"],
            effects,
        ),
        (
            json!({"op": "state", "node": "smoke", "now": now(1_000)}),
            &["self", "members", "entries"],
            "the state: `self`, `members`, `entries`, …",
        ),
        (
            json!({"op": "destroy", "node": "smoke"}),
            &[],
            "an empty object",
        ),
    ] {
        let asked = request.to_string();
        let answer = adapter
            .request(request)
            .map_err(|error| broke(error, expected, CORE))?;
        if let Some(missing) = members.iter().find(|name| answer.get(**name).is_none()) {
            return Err(problem(
                format!("{asked} was answered with {answer}, without `{missing}`"),
                expected,
                CORE,
            ));
        }
    }
    refused(
        adapter,
        json!({"op": "tick", "node": "smoke", "now": now(2_000)}),
        "unknown-node",
        CORE,
    )
}

/// Makes right answers wrong and sees that the judge objects, so that what passes later passes for a reason.
fn drill(adapter: &mut dyn Adapter, qualified: &Qualified) -> Found<()> {
    if !qualified.offers(Needs::Codec) {
        return Ok(("not drilled without `codec`".to_owned(), ()));
    }
    let datagram = ping().to_string().into_bytes();
    let right = oracle::decode(&datagram).to_value();
    let answer = decode(adapter, &datagram)?;
    if !oracle::json_equal(&answer, &right) {
        return Err(problem(
            format!("{answer} for the datagram `{}`", ping()),
            &right.to_string(),
            CODEC,
        ));
    }
    let wrong = [
        json!({"verdict": "rejected", "step": "json", "reason": "json.syntax"}),
        json!({"verdict": "accepted"}),
        spoiled(&answer, "/message/timestamp", json!(2)),
        spoiled(&answer, "/message/data/pingId", json!("another")),
    ];
    match wrong
        .iter()
        .find(|answer| oracle::json_equal(answer, &right))
    {
        Some(unnoticed) => Err(problem(
            format!("{unnoticed} passes for right"),
            "the suite to notice; report this",
            CODEC,
        )),
        None => Ok((format!("{} of {0} made wrong on purpose", wrong.len()), ())),
    }
}

fn spoiled(answer: &Value, place: &str, value: Value) -> Value {
    let mut answer = answer.clone();
    if let Some(member) = answer.pointer_mut(place) {
        *member = value;
    }
    answer
}

/// The last step: what came of the end of its input.
pub fn ends(finished: Result<(), String>) -> Step {
    Step {
        name: "it ends when its input ends",
        result: match finished {
            Ok(()) => Ok("exit status 0".to_owned()),
            Err(read) => Err(problem(
                read,
                "exit status 0 soon after the end of input",
                STDIO,
            )),
        },
    }
}
