//! One case for each decode vector and each legacy vector.

use serde_json::Value;

use super::{Ask, ask_decode, ask_decode_any, failure, first_difference, life, shorten};
use crate::cases::{Case, Needs, Procedure};
use crate::fixtures::{self, Decode, Vector};
use crate::verdict::{Direction, Verdict};

pub(super) fn cases() -> Vec<Case> {
    let vectors = fixtures::decode_vectors();
    let (accepted, rejected): (Vec<_>, Vec<_>) = vectors
        .iter()
        .partition(|vector| vector.data.expect["verdict"] == "accepted");
    let decode = accepted
        .into_iter()
        .chain(rejected)
        .map(|vector| case_of(vector, false));
    let legacy = fixtures::legacy_vectors()
        .iter()
        .map(|vector| case_of(vector, true));
    decode.chain(legacy).collect()
}

fn case_of(vector: &'static Vector<Decode>, legacy: bool) -> Case {
    let heading = &vector.heading;
    Case {
        id: heading.id.clone(),
        requirements: heading.requirements.clone(),
        hunts: heading.hunts.clone(),
        without: Vec::new(),
        needs: Needs::Codec,
        procedure: Procedure::Adapter(Box::new(move |adapter| {
            let ask: Ask = if legacy { ask_decode_any } else { ask_decode };
            let verdict = match ask(adapter, &vector.data.datagram) {
                Ok(answer) => judge(&heading.requirements[0], &vector.data, &answer),
                Err(verdict) => verdict,
            };
            if verdict != Verdict::Pass || vector.data.expect["verdict"] == "accepted" {
                return verdict;
            }
            match life::decodes(adapter, ask) {
                Ok(()) => Verdict::Pass,
                Err(open) => open,
            }
        })),
    }
}

/// Compares a decoder's answer with what a vector expects.
pub(super) fn judge(requirement: &str, vector: &Decode, answer: &Value) -> Verdict {
    let expect = &vector.expect;
    let fail = |expected: String, actual: String| {
        failure(
            requirement,
            expected,
            actual,
            Direction::Received,
            &vector.datagram,
        )
    };
    match answer["verdict"].as_str() {
        Some("accepted") if answer["message"].is_object() && answer["skipped"].is_array() => {}
        Some("rejected") if answer["step"].is_string() && answer["reason"].is_string() => {}
        _ => {
            let got = shorten(&answer.to_string());
            return Verdict::Error(format!(
                "the adapter answered `decode` with {got}, expected the answer of chapter 12; see conformance/ADAPTER.md"
            ));
        }
    }
    if answer["verdict"] != expect["verdict"] {
        return fail(outline(expect), outline(answer));
    }
    if expect["verdict"] == "rejected" {
        let reason = answer["reason"].as_str().unwrap_or_default();
        let is_right = answer["reason"] == expect["reason"]
            || vector.or_reasons.iter().any(|other| other == reason);
        if answer["step"] != expect["step"] || !is_right {
            let others: String = vector
                .or_reasons
                .iter()
                .map(|other| format!(" or {other}"))
                .collect();
            return fail(outline(expect) + &others, outline(answer));
        }
        return Verdict::Pass;
    }
    for member in ["message", "skipped"] {
        if let Some(found) = first_difference(&expect[member], &answer[member]) {
            let place = found.path.replacen('$', member, 1);
            return fail(
                format!("{place} = {}", found.expected),
                format!("{place} = {}", found.actual),
            );
        }
    }
    Verdict::Pass
}

/// A decoder's answer in a few words.
pub(super) fn outline(answer: &Value) -> String {
    if answer["verdict"] == "rejected" {
        let text = |name: &str| answer[name].as_str().unwrap_or("?").to_owned();
        return format!("rejected at step {} with {}", text("step"), text("reason"));
    }
    let kind = answer["message"]["type"].as_str().unwrap_or("?");
    match answer["skipped"].as_array().map_or(0, Vec::len) {
        0 => format!("accepted as {kind}"),
        skipped => format!("accepted as {kind} with {skipped} skipped"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rejected(reason: &str) -> Value {
        json!({"verdict": "rejected", "step": "json", "reason": reason})
    }

    fn vector(expect: Value, or_reasons: &[&str]) -> Decode {
        Decode {
            datagram: vec![b'{'],
            expect,
            or_reasons: or_reasons
                .iter()
                .map(|reason| (*reason).to_owned())
                .collect(),
        }
    }

    #[test]
    fn a_rejection_for_another_reason_is_no_pass() {
        let vector = vector(rejected("json.depth"), &["json.syntax"]);
        let judge = |answer: Value| judge("MGP1-JSN-005", &vector, &answer);
        assert_eq!(judge(rejected("json.depth")), Verdict::Pass);
        assert_eq!(judge(rejected("json.syntax")), Verdict::Pass);
        assert!(matches!(judge(rejected("json.number")), Verdict::Fail(_)));
        let wrong_step = json!({"verdict": "rejected", "step": "frame", "reason": "json.depth"});
        assert!(matches!(judge(wrong_step), Verdict::Fail(_)));
        assert!(matches!(
            judge(json!({"verdict": "rejected"})),
            Verdict::Error(_)
        ));
        assert!(matches!(judge(json!({})), Verdict::Error(_)));
    }

    #[test]
    fn a_failure_points_to_the_first_difference() {
        let accepted = |value: Value| json!({"verdict": "accepted", "message": {"data": {"localData": {"k": {"value": value}}}}, "skipped": []});
        let vector = vector(accepted(json!(1)), &[]);
        assert_eq!(
            judge("MGP1-JSN-017", &vector, &accepted(json!(1.0))),
            Verdict::Pass
        );
        let Verdict::Fail(failure) = judge("MGP1-JSN-017", &vector, &accepted(json!("1"))) else {
            panic!("a string is no number");
        };
        assert_eq!(failure.expected, "message.data.localData.k.value = 1");
        assert_eq!(failure.actual, "message.data.localData.k.value = \"1\"");
        assert_eq!(failure.datagrams.len(), 1);
    }
}
