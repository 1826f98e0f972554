//! The golden vectors of `fixtures/` that need no state, through the library.

use std::fs;
use std::path::{Path, PathBuf};

use mumbai_gossip::adapter::Adapter;
use serde_json::{Value, json};

fn folder(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fixtures/v1")
        .join(kind)
}

/// All vectors of a kind. A folder that is there and holds none is a failure: it would prove nothing.
fn vectors(kind: &str) -> Vec<Value> {
    let folder = folder(kind);
    if !folder.exists() {
        println!("there is no {}: nothing to check", folder.display());
        return vec![];
    }
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    files.sort();
    let read = |path: &PathBuf| -> Vec<Value> {
        let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        assert_eq!(file["kind"], kind, "{}", path.display());
        file["vectors"].as_array().unwrap().clone()
    };
    let all: Vec<_> = files.iter().flat_map(read).collect();
    assert!(!all.is_empty(), "{} holds no vectors", folder.display());
    all
}

/// JSON equality (chapter 3): numbers are equal as doubles.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, a)| b.get(k).is_some_and(|b| equal(a, b)))
        }
        _ => a == b,
    }
}

fn ask(adapter: &mut Adapter, mut request: Value) -> Value {
    request["id"] = json!(1);
    let answer = adapter.handle(&request);
    assert!(answer.get("error").is_none(), "{answer}");
    answer["ok"].clone()
}

/// Says every vector that failed, not the first alone.
fn report(failures: &[String], of: usize) {
    assert!(
        failures.is_empty(),
        "{} of {of} failed:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn every_datagram_is_decoded_as_the_vectors_say() {
    decode_all("decode", false);
}

#[test]
fn every_datagram_of_version_0_is_decoded_as_the_vectors_say() {
    decode_all("legacy", true);
}

fn decode_all(kind: &str, legacy: bool) {
    let vectors = vectors(kind);
    let mut adapter = Adapter::new();
    let mut failures = vec![];
    for vector in &vectors {
        let request = json!({"op": "decode", "legacy": legacy, "datagram": vector["datagram"]});
        let answer = ask(&mut adapter, request);
        let mut expected = vec![vector["expect"].clone()];
        for reason in vector["orReasons"].as_array().into_iter().flatten() {
            let mut other = vector["expect"].clone();
            other["reason"] = reason.clone();
            expected.push(other);
        }
        if !expected.iter().any(|expected| equal(&answer, expected)) {
            failures.push(format!(
                "{}: {answer}, not {}",
                vector["id"], vector["expect"]
            ));
        }
    }
    report(&failures, vectors.len());
}

#[test]
fn every_meaning_is_encoded_as_the_vectors_say() {
    let vectors = vectors("encode");
    let mut adapter = Adapter::new();
    let mut failures = vec![];
    for vector in &vectors {
        let request = json!({"op": "encode", "message": vector["message"]});
        let answer = ask(&mut adapter, request);
        if let Err(why) = judge(&mut adapter, vector, &answer) {
            failures.push(format!("{}: {why}: {answer}", vector["id"]));
        }
    }
    report(&failures, vectors.len());
}

fn judge(adapter: &mut Adapter, vector: &Value, answer: &Value) -> Result<(), String> {
    if vector["expect"]["refused"] == true {
        return answer["refused"]
            .as_str()
            .map(|_| ())
            .ok_or_else(|| "not refused".to_owned());
    }
    let Some(datagram) = answer["datagram"].as_str() else {
        return Err("refused".to_owned());
    };
    if datagram.len() > 2 * 1_400 {
        return Err(format!("{} bytes", datagram.len() / 2));
    }
    let frame = if datagram.starts_with("7b") {
        "raw"
    } else {
        "zlib"
    };
    let wanted = &vector["expect"]["frame"];
    if wanted != "any" && wanted != frame {
        return Err(format!("frame {frame}, not {wanted}"));
    }
    let decoded = ask(adapter, json!({"op": "decode", "datagram": datagram}));
    if decoded["verdict"] != "accepted" || !equal(&decoded["message"], &vector["message"]) {
        return Err(format!("means {decoded}"));
    }
    Ok(())
}
