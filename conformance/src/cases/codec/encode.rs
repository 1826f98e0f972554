//! One case for each encode vector.

use serde_json::Value;

use super::{Encoded, ask_encode, failure, first_difference, life};
use crate::attach::Adapter;
use crate::cases::{Case, Needs, Procedure};
use crate::fixtures::{self, Encode, EncodeExpectation, Vector};
use crate::oracle::outgoing::{Circumstances, judge};
use crate::oracle::{Decoded, decode, frame};
use crate::verdict::{Direction, Verdict};

pub(super) fn cases() -> Vec<Case> {
    fixtures::encode_vectors().iter().map(case_of).collect()
}

fn case_of(vector: &'static Vector<Encode>) -> Case {
    let heading = &vector.heading;
    Case {
        id: heading.id.clone(),
        requirements: heading.requirements.clone(),
        hunts: heading.hunts.clone(),
        without: Vec::new(),
        needs: Needs::Codec,
        procedure: Procedure::Adapter(Box::new(move |adapter| {
            match check(adapter, &heading.requirements[0], &vector.data) {
                Ok(()) => Verdict::Pass,
                Err(verdict) => verdict,
            }
        })),
    }
}

fn check(adapter: &mut dyn Adapter, requirement: &str, vector: &Encode) -> Result<(), Verdict> {
    let encoded = ask_encode(adapter, &vector.message)?;
    match (encoded, &vector.expect) {
        (Encoded::Refused(_), EncodeExpectation::Refused(true)) => life::encodes(adapter),
        (Encoded::Datagram(datagram), EncodeExpectation::Refused(true)) => Err(failure(
            requirement,
            "refused",
            format!("a datagram of {} bytes", datagram.len()),
            Direction::Sent,
            &datagram,
        )),
        (Encoded::Refused(reason), _) => Err(Verdict::fail(
            requirement,
            "a datagram",
            format!("refused: {reason}"),
        )),
        (Encoded::Datagram(datagram), EncodeExpectation::Frame(frame)) => {
            same_meaning(requirement, &vector.message, &datagram)?;
            expected_frame(requirement, frame, &datagram)
        }
        (Encoded::Datagram(datagram), EncodeExpectation::Refused(false)) => {
            same_meaning(requirement, &vector.message, &datagram)
        }
    }
}

/// Checks that a datagram breaks no rule of framing and JSON and decodes to the meaning that it was made of.
/// Rules about what a node says are none for an encoder, which is told what to say.
pub(super) fn same_meaning(
    requirement: &str,
    message: &Value,
    datagram: &[u8],
) -> Result<(), Verdict> {
    let fail = |requirement: &str, expected: String, actual: String| {
        Err(failure(
            requirement,
            expected,
            actual,
            Direction::Sent,
            datagram,
        ))
    };
    let is_framing = |id: &str| id.starts_with("MGP1-FRM") || id.starts_with("MGP1-JSN");
    let breaches = judge(datagram, &Circumstances::default());
    if let Some(breach) = breaches
        .into_iter()
        .find(|breach| is_framing(breach.requirement))
    {
        let expected = "a datagram that breaks no rule of framing and JSON".to_owned();
        return fail(breach.requirement, expected, breach.line);
    }
    match decode(datagram) {
        Decoded::Rejected { step, reason } => fail(
            requirement,
            "a datagram that decodes to the same meaning".to_owned(),
            format!("rejected at step {step} with {reason}"),
        ),
        Decoded::Accepted { message: sent, .. } => match first_difference(message, &sent) {
            None => Ok(()),
            Some(found) => fail(
                requirement,
                format!("{} = {}", found.path, found.expected),
                format!("{} = {}", found.path, found.actual),
            ),
        },
    }
}

fn expected_frame(requirement: &str, expected: &str, datagram: &[u8]) -> Result<(), Verdict> {
    let Ok((sent, text)) = frame::text_of(datagram) else {
        return Ok(());
    };
    if expected == "any" || expected == sent.name() {
        return Ok(());
    }
    Err(failure(
        requirement,
        format!("frame {expected}"),
        format!("frame {} for a text of {} bytes", sent.name(), text.len()),
        Direction::Sent,
        datagram,
    ))
}
