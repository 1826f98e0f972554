//! The report says what a user needs, in this shape; a change of it is a decision, not an accident.

use std::time::Duration;

use conformance::cases::Needs;
use conformance::report::{console, reason};
use conformance::requirements;
use conformance::run::{NotRun, Outcome, Results, exit_status};
use conformance::verdict::{Direction, Failure, Gap, LoggedDatagram, Verdict};

fn outcome(case: &str, needs: Needs, verdict: Verdict) -> Outcome {
    let requirement = case.split('/').next().unwrap_or(case).to_owned();
    Outcome {
        implementation: "java".to_owned(),
        needs,
        case: case.to_owned(),
        requirements: vec![requirement],
        verdict,
        took: Duration::from_millis(3),
        transcript: Vec::new(),
        known: None,
        arguments: "--impl java".to_owned(),
    }
}

fn failure(requirement: &str) -> Verdict {
    let ping = r#"{"data":{"membership":{"p1":{"host":"127.0.0.1","lastSeen":1,"port":9001,"state":"ALIVE","updated":1}},"pingId":"a"},"messageId":"m","protocolVersion":1,"senderId":"p1","timestamp":1,"type":"PING"}"#;
    Verdict::Fail(Box::new(Failure {
        requirement: requirement.to_owned(),
        expected: "state SUSPECT at 3001 ms".to_owned(),
        actual: "state ALIVE".to_owned(),
        datagrams: vec![
            LoggedDatagram {
                at_ms: 0,
                direction: Direction::Received,
                peer: "127.0.0.1:9001".parse().ok(),
                bytes: ping.as_bytes().to_vec(),
            },
            LoggedDatagram {
                at_ms: 12,
                direction: Direction::Sent,
                peer: "127.0.0.1:9001".parse().ok(),
                bytes: vec![1, 2, 3],
            },
        ],
    }))
}

fn inconclusive() -> Verdict {
    Verdict::Inconclusive(Box::new(Gap {
        missing: "the node did not prove itself alive after the PING".to_owned(),
        waited: "10 s at p1 for a PONG; what came meanwhile: 3 GOSSIP".to_owned(),
        advice: "answer each PING (MGP1-MSG-019)".to_owned(),
    }))
}

fn results(outcomes: Vec<Outcome>) -> Results {
    Results {
        outcomes,
        not_run: vec![NotRun {
            implementation: "rust".to_owned(),
            what: "everything".to_owned(),
            why: "CONFORMANCE_WITHOUT names it".to_owned(),
            asked: true,
        }],
        who: vec![("java".to_owned(), "mumbai-gossip 0.1.0 (Java)".to_owned())],
        stale: Vec::new(),
        took: Duration::from_millis(1234),
    }
}

#[test]
fn a_report_shows_each_problem_with_its_rule_and_the_way_to_see_it_again() {
    let results = results(vec![
        outcome("MGP1-FRM-010/leading-newline", Needs::Codec, Verdict::Pass),
        outcome(
            "MGP1-LIV-005/strictly-over",
            Needs::Core,
            failure("MGP1-LIV-005"),
        ),
        outcome(
            "MGP1-JSN-018/canonical",
            Needs::Core,
            failure("MGP1-JSN-018"),
        ),
        outcome("MGP1-MSG-019/one-pong", Needs::Wire, inconclusive()),
        outcome(
            "MGP1-SYN-006/silent",
            Needs::Core,
            Verdict::Skipped("profile anti-entropy is not claimed".to_owned()),
        ),
    ]);
    // A new requirement is no change of the report.
    let count = format!(" of {} requirements", requirements::all().len());
    let report = console::render(&results, 7, false).replace(&count, " of all requirements");
    insta::assert_snapshot!(report);
}

#[test]
fn a_broken_must_decides_the_exit_status() {
    let pass = || outcome("MGP1-FRM-010/a", Needs::Codec, Verdict::Pass);
    let with = |verdict: Verdict, id: &str| {
        exit_status(&results(vec![pass(), outcome(id, Needs::Core, verdict)]))
    };
    assert_eq!(exit_status(&results(vec![pass()])), 0);
    assert_eq!(with(failure("MGP1-LIV-005"), "MGP1-LIV-005/x"), 1);
    assert_eq!(
        with(failure("MGP1-JSN-018"), "MGP1-JSN-018/x"),
        0,
        "a SHOULD only warns"
    );
    assert_eq!(
        with(Verdict::Error("adapter died".to_owned()), "MGP1-LIV-005/x"),
        3
    );
    assert_eq!(with(inconclusive(), "MGP1-LIV-005/x"), 4);
}

#[test]
fn what_an_inconclusive_case_lacked_is_one_line_for_reports_of_one_line() {
    let outcome = outcome("MGP1-MSG-019/one-pong", Needs::Wire, inconclusive());
    assert_eq!(
        reason(&outcome).as_deref(),
        Some(
            "the node did not prove itself alive after the PING; waited 10 s at p1 for a PONG; what came meanwhile: 3 GOSSIP; to do: answer each PING (MGP1-MSG-019)"
        )
    );
}

#[test]
fn what_could_not_be_run_is_never_a_success() {
    let mut results = results(vec![outcome("MGP1-FRM-010/a", Needs::Codec, Verdict::Pass)]);
    results.not_run[0].asked = false;
    assert_eq!(exit_status(&results), 3);
}
