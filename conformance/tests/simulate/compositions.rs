//! News spreads alike in clusters of Rust, of Java and of both, as far as the tests can tell; and the tests can tell.
//!
//! What is sent is compared too, by `conformance simulate compare`, which finds the two nodes different there: the Rust node writes metadata that
//! is empty, 14 bytes in each record, where the Java node leaves it out; and where two nodes ask each other at the same moment, it sends a PING
//! more after the answer. The specification allows both, and so it is not held against them here.
//!
//! `CONFORMANCE_SIMULATE_TRIALS=200` runs more clusters of each composition (default 24).

use std::sync::atomic::AtomicBool;

use conformance::simulate::compare::{Compared, Question, Side, ask};
use conformance::simulate::invariants::Parameters;
use simulation::time::Micros;
use simulation::yardstick::Verdict;

use crate::{number, with_java};

/// So rarely may a right pair of compositions be called different.
const CONFIDENCE: f64 = 0.999;

fn side(mix: &[&str], parameters: &[(&str, u64)]) -> Side {
    let parameters = parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), *value));
    Side {
        mix: mix.iter().map(|name| (*name).to_owned()).collect(),
        parameters: Parameters(parameters.collect()),
    }
}

fn compared(one: Side, other: Side) -> Compared {
    let question = Question {
        sides: [one, other],
        nodes: 6,
        loss: 0.1,
        duration: Micros::seconds(6),
        trials: u32::try_from(number("CONFORMANCE_SIMULATE_TRIALS", 24)).expect("fewer trials"),
        seed: number("CONFORMANCE_SEED", 1),
        confidence: CONFIDENCE,
    };
    ask(&question, &AtomicBool::new(false), &mut |_| {}).expect("all clusters run")
}

#[test]
fn news_spreads_alike_in_all_compositions() {
    if !with_java() {
        return;
    }
    for (one, other) in [
        (&["rust"][..], &["java"][..]),
        (&["rust"], &["rust", "java"]),
        (&["java"], &["rust", "java"]),
    ] {
        let compared = compared(side(one, &[]), side(other, &[]));
        let news = compared
            .measures
            .iter()
            .filter(|it| it.name.starts_with("news"));
        let verdicts: Vec<Verdict> = news.map(|it| it.comparison.verdict).collect();
        assert_eq!(verdicts.len(), 2);
        assert!(
            !verdicts.contains(&Verdict::Different),
            "{}",
            compared.text(["a", "b"])
        );
    }
}

#[test]
fn a_cluster_that_tells_one_peer_at_a_time_is_found_different() {
    let reluctant = [("fanout", 1), ("eagerCopies", 1)];
    let compared = compared(side(&["rust"], &[]), side(&["rust"], &reluctant));
    assert_eq!(
        compared.verdict,
        Verdict::Different,
        "{}",
        compared.text(["a", "b"])
    );
    let slower = compared
        .measures
        .iter()
        .find(|it| it.name.contains("all nodes hold a key"))
        .expect("it is measured");
    assert!(
        slower.medians[1] > slower.medians[0],
        "{}",
        compared.text(["a", "b"])
    );
    assert!(
        compared
            .text(["a", "b"])
            .contains("DIFFERENT with confidence 0.999")
    );
}
