//! Cases that ask an adapter. One that breaks costs a case; one that breaks again and again is given up.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{NotRun, Progress, Results, judge};
use crate::attach::{Adapter, AdapterError, qualify};
use crate::cases::{Case, Needs, Procedure};
use crate::implementation::{Claimed, Implementation};
use crate::transcript::{self, RecordingAdapter};
use crate::verdict::Verdict;

/// Cases in a row in which an adapter may break.
const BREAKDOWNS_IN_A_ROW: usize = 5;
/// Time that an adapter may cost by breaking: one that hangs now and then would otherwise take hours.
const LOST_AT_MOST: Duration = Duration::from_secs(300);

/// Runs the cases through the implementation's adapter; its claims become those of the adapter where nobody else says what it claims.
pub(super) fn run(
    implementation: &mut Implementation,
    cases: &[&Case],
    progress: &dyn Progress,
    results: &mut Results,
) {
    let not_run = |implementation: &Implementation, why: String| NotRun {
        implementation: implementation.name.clone(),
        what: "codec and core".to_owned(),
        why,
        asked: false,
    };
    let mut adapter = match implementation.adapter() {
        Ok(adapter) => adapter,
        Err(why) => return results.not_run.push(not_run(implementation, why)),
    };
    let qualified = match qualify::qualify(adapter.as_mut()) {
        Ok(qualified) => qualified,
        Err(why) => {
            let why = format!(
                "its adapter is not sane: {why}\n  see: conformance smoke {}",
                implementation.arguments
            );
            return results.not_run.push(not_run(implementation, why));
        }
    };
    results
        .who
        .push((implementation.name.clone(), qualified.who.clone()));
    if let Err(why) = settle_claims(implementation, &qualified.profiles) {
        return results.not_run.push(not_run(implementation, why));
    }
    progress.begin(
        &implementation.name,
        implementation.transport(Needs::Core),
        cases.len(),
    );
    let mut watched = Watched {
        adapter: adapter.as_mut(),
        breakdown: None,
        encodes: qualified.encodes(),
        lacked_encode: false,
    };
    let (mut in_a_row, mut lost) = (0, Duration::ZERO);
    for (done, case) in cases.iter().enumerate() {
        let began = Instant::now();
        let mut recording = RecordingAdapter::new(&mut watched);
        let mut outcome = judge(implementation, case, || match &case.procedure {
            _ if !qualified.offers(case.needs) => Verdict::Skipped(format!(
                "its adapter does not offer {}",
                qualify::capability(case.needs)
            )),
            Procedure::Adapter(procedure) => procedure(&mut recording),
            Procedure::Wire(_) => {
                Verdict::Error("a wire procedure was put to an adapter".to_owned())
            }
        });
        outcome.transcript = transcript::of(&outcome.verdict, recording.into_datagrams());
        if std::mem::take(&mut watched.lacked_encode)
            && matches!(outcome.verdict, Verdict::Error(_))
        {
            outcome.verdict = Verdict::Skipped("its adapter does not offer encode".to_owned());
        }
        progress.end(&outcome);
        results.outcomes.push(outcome);
        let Some(breakdown) = watched.breakdown.take() else {
            in_a_row = 0;
            continue;
        };
        in_a_row += 1;
        lost += began.elapsed();
        if in_a_row >= BREAKDOWNS_IN_A_ROW || lost >= LOST_AT_MOST {
            let after = if in_a_row >= BREAKDOWNS_IN_A_ROW {
                format!("it broke in {in_a_row} cases in a row")
            } else {
                format!("its breakdowns took {} s", lost.as_secs())
            };
            let left = cases.len() - done - 1;
            let why = format!(
                "given up after {done} cases, {left} were not asked: {after}, last: {breakdown}"
            );
            return results.not_run.push(not_run(implementation, why));
        }
    }
}

/// What the adapter claims counts where nobody said what is claimed, and must be the same where somebody did.
fn settle_claims(implementation: &mut Implementation, said: &[String]) -> Result<(), String> {
    if implementation.claimed == Claimed::Nobody {
        implementation.profiles = said.to_vec();
        return Ok(());
    }
    let sorted = |profiles: &[String]| {
        let mut profiles = profiles.to_vec();
        profiles.sort();
        profiles
    };
    if sorted(&implementation.profiles) == sorted(said) {
        return Ok(());
    }
    Err(format!(
        "its adapter claims the profiles {}, and {} were to be judged; both must say the same",
        said.join(", "),
        implementation.profiles.join(", ")
    ))
}

/// Passes requests on and remembers whether the adapter broke, or was asked for an `encode` that it has not got.
struct Watched<'a> {
    adapter: &'a mut dyn Adapter,
    breakdown: Option<AdapterError>,
    encodes: bool,
    lacked_encode: bool,
}

impl Adapter for Watched<'_> {
    fn request(&mut self, body: Value) -> Result<Value, AdapterError> {
        let is_encode = body["op"] == "encode";
        let answered = if is_encode && !self.encodes {
            Err(AdapterError::Refused {
                op: "encode".to_owned(),
                code: "unknown-op".to_owned(),
                message: "not among its capabilities".to_owned(),
            })
        } else {
            self.adapter.request(body)
        };
        if is_encode && answered.as_ref().is_err_and(AdapterError::is_unknown_op) {
            self.lacked_encode = true;
        }
        if let Err(error) = &answered
            && error.is_breakdown()
        {
            self.breakdown = Some(error.clone());
        }
        answered
    }
}
