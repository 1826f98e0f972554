//! Clusters of Rust, of Java, of Python and of several behave alike, as far as the tests can tell: news spreads, members find each other and
//! bytes are sent alike; and the tests can tell.
//!
//! `CONFORMANCE_SIMULATE_TRIALS=200` runs more clusters of each composition (default 24).

use std::sync::atomic::AtomicBool;

use conformance::simulate::compare::{Compared, Question, Side, ask};
use conformance::simulate::invariants::Parameters;
use simulation::time::Micros;
use simulation::yardstick::Verdict;

use crate::{number, with_java, with_python};

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

#[track_caller]
fn are_alike(one: &[&str], other: &[&str]) {
    let compared = compared(side(one, &[]), side(other, &[]));
    assert_eq!(compared.measures.len(), 4);
    for measure in &compared.measures {
        assert_ne!(
            measure.comparison.verdict,
            Verdict::Different,
            "{one:?} and {other:?}: {}",
            compared.text(["a", "b"])
        );
    }
}

#[test]
fn clusters_of_rust_of_java_and_of_both_behave_alike() {
    if with_java() {
        are_alike(&["rust"], &["java"]);
        are_alike(&["rust"], &["rust", "java"]);
        are_alike(&["java"], &["rust", "java"]);
    }
}

#[test]
fn clusters_of_rust_and_of_python_behave_alike() {
    if with_python() {
        are_alike(&["rust"], &["python"]);
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

#[test]
fn a_cluster_that_sends_more_bytes_is_found_different() {
    let talkative = [("compressionThreshold", 65_536)];
    let compared = compared(side(&["rust"], &[]), side(&["rust"], &talkative));
    let bytes = compared
        .measures
        .iter()
        .find(|it| it.name.contains("bytes"))
        .expect("they are measured");
    assert_eq!(
        bytes.comparison.verdict,
        Verdict::Different,
        "{}",
        compared.text(["a", "b"])
    );
    assert!(bytes.medians[1] > bytes.medians[0]);
}
