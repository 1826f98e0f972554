//! An adapter that is right but for one thing.

use std::io::{BufRead, Write};
use std::process::ExitCode;
use std::time::Duration;

use mumbai_gossip::adapter::Adapter;
use serde_json::{Value, json};

/// Answers requests until the end of input, with that fault.
pub fn main(fault: &str) -> ExitCode {
    match fault {
        "dead" => {
            eprintln!("Traceback (most recent call last):");
            eprintln!("ModuleNotFoundError: No module named 'gossip'");
            return ExitCode::from(1);
        }
        "banner" => say("my-adapter 0.1 is ready"),
        _ => {}
    }
    let mut adapter = Adapter::new();
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        let request: Value = serde_json::from_str(&line).unwrap_or_default();
        let op = request["op"].as_str().unwrap_or_default().to_owned();
        let mut answer = adapter.handle(&request);
        match (fault, op.as_str()) {
            ("buffers", _) => continue,
            ("logs", _) => say(&format!("DEBUG {op}")),
            ("repeats", _) => say(&answer.to_string()),
            ("wrong-id", _) => answer["id"] = json!(7),
            ("result", "hello") => answer = json!({"id": answer["id"], "result": answer["ok"]}),
            ("version", "hello") => answer["ok"]["adapter"] = json!(2),
            ("profiles", "hello") => answer["ok"]["profiles"] = json!(["membership"]),
            ("capabilities", "hello") => answer["ok"]["capabilities"] = json!([]),
            ("crash", "no-such-operation") => {
                eprintln!("panic: unknown operation no-such-operation");
                return ExitCode::from(2);
            }
            ("polite", "no-such-operation") => answer = json!({"id": request["id"], "ok": {}}),
            ("accepts", "decode") if answer["ok"]["verdict"] == "rejected" => {
                answer["ok"] = json!({"verdict": "accepted", "message": {}, "skipped": []});
            }
            ("internal", "decode") if answer.get("error").is_some() => {
                answer["error"]["code"] = json!("internal");
            }
            ("bytes", "encode") => answer["ok"] = json!({"datagram": [123, 125]}),
            ("no-wake", "tick") => {
                answer["ok"]
                    .as_object_mut()
                    .map(|effects| effects.remove("wake"));
            }
            // What follows qualifies, and shows itself in the cases.
            ("dies-on-newline", "decode") if is_newline(&request) => return ExitCode::from(9),
            ("hangs-on-newline", "decode") if is_newline(&request) => continue,
            ("dies-on-encode", "encode") => return ExitCode::from(9),
            ("wrong-reason", "decode") if answer["ok"]["reason"] == "frame.unknown" => {
                answer["ok"]["reason"] = json!("json.syntax");
            }
            ("decode-only", "hello") => answer["ok"]["capabilities"] = json!(["decode"]),
            ("decode-only" | "no-encode", "encode") => {
                answer = json!({"id": request["id"], "error": {"code": "unknown-op", "message": "no operation encode"}});
            }
            ("codec-only", "hello") => answer["ok"]["capabilities"] = json!(["codec"]),
            _ => {}
        }
        say(&answer.to_string());
    }
    if fault == "stays" {
        std::thread::sleep(Duration::from_secs(60));
    }
    ExitCode::SUCCESS
}

fn is_newline(request: &Value) -> bool {
    let datagram = request["datagram"].as_str().unwrap_or_default();
    datagram.starts_with("0a")
}

/// A reader that went away is no reason to panic.
fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    let _ = writeln!(output, "{line}").and_then(|()| output.flush());
}
