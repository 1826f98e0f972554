//! An adapter that breaks costs a case, and the run goes on; one that breaks again and again is given up.

use std::time::Duration;

use conformance::attach::command::CommandLine;
use conformance::cases::{self, Case, Needs};
use conformance::implementation::Implementation;
use conformance::run::{Outcome, Progress, Results, exit_status, run};
use conformance::verdict::Verdict;

use super::{Test, adapter, ensure};

pub const TESTS: &[Test] = &[
    ("an_adapter_that_dies_costs_one_case", dies),
    ("an_adapter_that_hangs_costs_one_case", hangs),
    ("an_adapter_that_always_breaks_is_given_up", given_up),
    ("what_an_adapter_does_not_offer_is_skipped", not_offered),
    ("an_adapter_that_only_decodes_ends_green", decodes_alone),
    ("an_adapter_of_other_profiles_is_not_judged", other_profiles),
];

struct Quiet;

impl Progress for Quiet {
    fn begin(&self, _: &str, _: &str, _: usize) {}
    fn end(&self, _: &Outcome) {}
}

fn implementation(fault: &str) -> Implementation {
    let mut implementation = Implementation::named("theirs", "--adapter theirs".to_owned());
    implementation.adapter_command = CommandLine::parse(&adapter(fault)).ok();
    implementation.patience.answer = Duration::from_secs(3);
    implementation
}

fn put(fault: &str, wanted: impl Fn(&Case) -> bool) -> Results {
    let cases: Vec<Case> = cases::all(1).into_iter().filter(wanted).collect();
    run(&[implementation(fault)], &cases, &Quiet)
}

fn errors(results: &Results) -> Vec<&str> {
    results
        .outcomes
        .iter()
        .filter_map(|outcome| match &outcome.verdict {
            Verdict::Error(why) => Some(why.as_str()),
            _ => None,
        })
        .collect()
}

/// Datagrams that begin with this and that, a line feed among them.
fn is_of_frames(case: &Case) -> bool {
    case.needs == Needs::Codec && case.id.starts_with("MGP1-FRM-010/")
}

fn one_case_each(fault: &str, words: &str) -> Result<(), String> {
    let results = put(fault, is_of_frames);
    let errors = errors(&results);
    let passed = results
        .outcomes
        .iter()
        .filter(|outcome| outcome.verdict == Verdict::Pass)
        .count();
    let all = results.outcomes.len();
    ensure(
        !errors.is_empty() && passed > 0 && passed + errors.len() == all,
        || format!("{} errors, {passed} passed of {all}", errors.len()),
    )?;
    ensure(results.not_run.iter().all(|it| it.asked), || {
        format!("{:?}", results.not_run)
    })?;
    ensure(errors.iter().all(|why| why.contains(words)), || {
        format!("{errors:#?}")
    })?;
    ensure(exit_status(&results) == 3, || {
        format!("exit status {}", exit_status(&results))
    })
}

fn dies() -> Result<(), String> {
    one_case_each("dies-on-newline", "the adapter died during `decode`: ended")
}

fn hangs() -> Result<(), String> {
    one_case_each("hangs-on-newline", "did not answer `decode` within 3 s")
}

fn given_up() -> Result<(), String> {
    let results = put("dies-on-encode", |case| {
        case.needs == Needs::Codec && case.id.starts_with("MGP1-MSG-0")
    });
    let why = &results
        .not_run
        .iter()
        .find(|it| !it.asked)
        .ok_or("it was not given up")?
        .why;
    ensure(
        why.contains("it broke in 5 cases in a row") && why.contains("were not asked"),
        || why.clone(),
    )?;
    ensure(exit_status(&results) == 3, || "exit status".to_owned())
}

fn not_offered() -> Result<(), String> {
    let results = put("codec-only", |case| {
        case.id.starts_with("MGP1-LIV-005") && case.needs == Needs::Core
    });
    ensure(
        !results.outcomes.is_empty()
            && results.outcomes.iter().all(|outcome| {
                outcome.verdict == Verdict::Skipped("its adapter does not offer core".to_owned())
            }),
        || format!("{:?}", results.outcomes),
    )
}

fn decodes_alone() -> Result<(), String> {
    let lacks = Verdict::Skipped("its adapter does not offer encode".to_owned());
    for fault in ["decode-only", "no-encode"] {
        let results = put(fault, |case| {
            case.needs == Needs::Codec && case.id.starts_with("MGP1-ENV-01")
        });
        let passed = results
            .outcomes
            .iter()
            .filter(|it| it.verdict == Verdict::Pass)
            .count();
        let skipped = results
            .outcomes
            .iter()
            .filter(|it| it.verdict == lacks)
            .count();
        ensure(
            passed > 0 && skipped > 0 && passed + skipped == results.outcomes.len(),
            || {
                format!(
                    "{fault}: {passed} passed, {skipped} skipped: {:#?}",
                    errors(&results)
                )
            },
        )?;
        ensure(exit_status(&results) == 0, || {
            format!("{fault}: exit status {}", exit_status(&results))
        })?;
        let mut told = Vec::new();
        let mut adapter = conformance::attach::stdio::StdioAdapter::new(
            CommandLine::parse(&adapter(fault)).map_err(|why| why.to_string())?,
        )
        .map_err(|why| why.to_string())?;
        conformance::attach::qualify::smoke(&mut adapter, &mut |step| told.push(step.to_string()))
            .map_err(|step| step.to_string())?;
        let encodes = told.iter().any(|step| step.contains("encode makes"));
        ensure(encodes == (fault == "no-encode"), || told.join("\n"))?;
    }
    Ok(())
}

fn other_profiles() -> Result<(), String> {
    let mut implementation = implementation("none");
    implementation.claimed = conformance::implementation::Claimed::User;
    let cases: Vec<Case> = cases::all(1).into_iter().filter(is_of_frames).collect();
    let results = run(&[implementation], &cases, &Quiet);
    let why = &results.not_run.first().ok_or("it was judged")?.why;
    ensure(why.contains("both must say the same"), || why.clone())
}
