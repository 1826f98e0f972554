//! The `core` operations: machines in virtual time.

use serde_json::{Value, json};

use super::request::{Answer, Failure, address, datagram, integer, member, text};
use super::{config, view};
use crate::protocol::{Machine, Now, Outcome};
use crate::state::Prefix;
use crate::wire::Refusal;

fn now(request: &Value) -> Result<Now, Failure> {
    let now = member(request, "now")?;
    Ok(Now {
        wall_ms: integer(now, "wall")?,
        mono_ms: integer(now, "mono")?,
    })
}

pub(super) fn create(request: &Value) -> Result<(Machine, Value), Failure> {
    let config = config::read(request)?;
    let seed = integer(member(request, "config")?, "randomSeed")?;
    let mut machine = Machine::new(config, now(request)?, seed)
        .map_err(|why| Failure::bad_request(why.to_string()))?;
    let effects = effects(&mut machine);
    Ok((machine, effects))
}

pub(super) fn call(machine: &mut Machine, op: &str, request: &Value) -> Answer {
    let now = now(request)?;
    match op {
        "datagram" => {
            let from = address(text(request, "from")?)?;
            let outcome = machine.on_datagram(now, from, &datagram(request)?);
            let mut answer = effects(machine);
            answer["outcome"] = outcome_json(&outcome);
            Ok(answer)
        }
        "tick" => {
            machine.tick(now);
            Ok(effects(machine))
        }
        "set" => {
            let refused = machine.set(now, text(request, "key")?, member(request, "value")?);
            Ok(written(machine, refused))
        }
        "delete" => {
            let refused = machine.delete(now, text(request, "key")?);
            Ok(written(machine, refused))
        }
        "get" => {
            let entry = machine.get(text(request, "key")?).map(view::entry);
            Ok(json!({"entry": entry}))
        }
        "leave" => {
            machine.leave(now);
            Ok(effects(machine))
        }
        "digest" => {
            let prefix = text(request, "prefix")?;
            if Prefix::parse(prefix).is_none() {
                let what = "`prefix` is not 0 to 64 lower-case hex digits";
                return Err(Failure::bad_request(what));
            }
            Ok(json!({"digest": machine.digest(now, prefix)}))
        }
        "state" => Ok(view::status(&machine.status())),
        op => Err(Failure::unknown_op(op)),
    }
}

fn written(machine: &mut Machine, result: Result<(), Refusal>) -> Value {
    match result {
        Ok(()) => effects(machine),
        Err(refusal) => json!({"refused": refusal.code()}),
    }
}

fn outcome_json(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Accepted { skipped } => {
            let skipped: Vec<_> = skipped.iter().map(view::skipped).collect();
            json!({"verdict": "accepted", "skipped": skipped})
        }
        Outcome::Rejected(reason) => {
            json!({"verdict": "rejected", "step": reason.step(), "reason": reason.code()})
        }
    }
}

fn effects(machine: &mut Machine) -> Value {
    let effects = machine.take_effects();
    let sent: Vec<_> = effects
        .sent
        .iter()
        .map(|t| json!({"to": t.to.to_string(), "datagram": hex::encode(&t.datagram)}))
        .collect();
    let events: Vec<_> = effects.events.iter().map(view::event).collect();
    // The greatest integer of the wire stands for "never".
    let wake = machine.wake().min(crate::wire::limits::MAX_INTEGER);
    json!({"sent": sent, "events": events, "wake": wake})
}
