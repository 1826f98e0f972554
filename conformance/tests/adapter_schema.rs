//! What travels between the suite and the adapters of this repository is what `adapter.schema.json` says.

use std::collections::BTreeMap;

use conformance::attach::{Adapter, AdapterError};
use conformance::cases::{self, Procedure};
use conformance::implementation::built_in;
use jsonschema::Validator;
use serde_json::{Value, json};

/// Validators by the name of their definition, built when they are first needed.
struct Schema {
    whole: Value,
    parts: BTreeMap<String, Validator>,
}

impl Schema {
    fn new() -> Self {
        let whole = serde_json::from_str(include_str!("../adapter.schema.json")).expect("JSON");
        Self {
            whole,
            parts: BTreeMap::new(),
        }
    }

    /// Why a value is not what that definition says.
    fn complaint(&mut self, part: &str, value: &Value) -> Option<String> {
        let whole = &self.whole;
        let validator = self.parts.entry(part.to_owned()).or_insert_with(|| {
            let schema = json!({"$ref": format!("#/$defs/{part}"), "$defs": whole["$defs"]});
            jsonschema::validator_for(&schema).expect("a definition of the schema")
        });
        let error = validator.validate(value).err()?;
        Some(format!("{part}: {error} at {}", error.instance_path()))
    }
}

/// Passes requests on and checks both directions.
struct Checked<'a> {
    adapter: &'a mut dyn Adapter,
    schema: &'a mut Schema,
    complaints: Vec<String>,
    seen: &'a mut BTreeMap<String, usize>,
}

impl Adapter for Checked<'_> {
    fn request(&mut self, body: Value) -> Result<Value, AdapterError> {
        let op = body["op"].as_str().unwrap_or_default().to_owned();
        let mut line = body.clone();
        line["id"] = json!(1);
        self.complaints
            .extend(self.schema.complaint(&format!("request.{op}"), &line));
        let answered = self.adapter.request(body);
        let line = match &answered {
            Ok(ok) => json!({"id": 1, "ok": ok}),
            Err(AdapterError::Refused { code, message, .. }) => {
                json!({"id": 1, "error": {"code": code, "message": message}})
            }
            Err(other) => panic!("{other}"),
        };
        self.complaints
            .extend(self.schema.complaint(&format!("answer.{op}"), &line));
        *self.seen.entry(op).or_default() += 1;
        answered
    }
}

/// Every codec and core case would take minutes in two languages; this is every third, and all operations are among them.
const EVERY: usize = 3;

#[test]
fn the_traffic_of_every_adapter_is_what_the_schema_says() {
    let without = conformance::without();
    let mut schema = Schema::new();
    for implementation in built_in() {
        if without.contains(&implementation.name) {
            continue;
        }
        let mut adapter = implementation.adapter().expect("an adapter");
        let mut seen = BTreeMap::new();
        let cases = cases::all(1);
        let asked = cases
            .iter()
            .filter_map(|case| match &case.procedure {
                Procedure::Adapter(procedure) => Some((case, procedure)),
                Procedure::Wire(_) => None,
            })
            .step_by(EVERY);
        for (case, procedure) in asked {
            let mut checked = Checked {
                adapter: adapter.as_mut(),
                schema: &mut schema,
                complaints: Vec::new(),
                seen: &mut seen,
            };
            procedure(&mut checked);
            assert!(
                checked.complaints.is_empty(),
                "{} {}: {}",
                implementation.name,
                case.id,
                checked.complaints.join("\n")
            );
        }
        for op in [
            "decode", "encode", "create", "datagram", "tick", "set", "delete", "get", "leave",
            "state", "destroy",
        ] {
            assert!(
                seen.contains_key(op),
                "{}: no case asked {op}",
                implementation.name
            );
        }
    }
}

#[test]
fn the_schema_refuses_what_the_page_does_not_allow() {
    let mut schema = Schema::new();
    for (part, line) in [
        ("answer.decode", json!({"id": 1})),
        ("answer.decode", json!({"id": 1, "ok": {}})),
        (
            "answer.decode",
            json!({"id": 1, "ok": {"verdict": "rejected", "step": "json"}}),
        ),
        (
            "answer.tick",
            json!({"id": 1, "ok": {"sent": [], "events": []}}),
        ),
        (
            "answer.encode",
            json!({"id": 1, "ok": {"datagram": "7B7D"}}),
        ),
        (
            "answer.tick",
            json!({"id": 1, "error": {"code": "oops", "message": ""}}),
        ),
        ("request.decode", json!({"id": 1, "op": "decode"})),
    ] {
        assert!(
            schema.complaint(part, &line).is_some(),
            "{part} allows {line}"
        );
    }
}
