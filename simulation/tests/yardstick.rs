//! The yardstick agrees with theory, and the tests with values that others have computed.

use simulation::models::dissemination::Strategy;
use simulation::random::Stream;
use simulation::statistics::{
    kolmogorov_smirnov, mann_whitney, mean_interval, normal_quantile, quantile, quantile_interval,
    quantile_interval_of_parts, share_interval,
};
use simulation::yardstick::{Question, Verdict, Yardstick, bound, compare, theory};

fn close(seen: f64, known: f64, within: f64) -> bool {
    (seen - known).abs() <= within
}

#[test]
fn quantiles_are_the_nearest_ranks() {
    let values = [5.0, 1.0, 3.0, 2.0, 4.0];
    assert_eq!(
        [0.0, 0.2, 0.21, 0.5, 1.0].map(|q| quantile(&values, q)),
        [1.0, 1.0, 2.0, 3.0, 5.0]
    );
    assert!(quantile(&[], 0.5).is_nan());
}

#[test]
fn the_normal_quantile_has_its_table_values() {
    for (p, z) in [
        (0.5, 0.0),
        (0.975, 1.959963984540054),
        (0.995, 2.5758293035489004),
        (0.001, -3.090232306167813),
    ] {
        assert!(
            close(normal_quantile(p), z, 1e-10),
            "{p}: {}",
            normal_quantile(p)
        );
    }
}

#[test]
fn intervals_have_their_known_ends() {
    // Student with 9 degrees of freedom: 2.262.
    let values: Vec<f64> = (1..=10).map(f64::from).collect();
    let interval = mean_interval(&values, 0.95);
    assert!(
        close(interval.low, 3.334, 0.005) && close(interval.high, 7.666, 0.005),
        "{interval:?}"
    );
    // Wilson for 8 of 10.
    let interval = share_interval(8, 10, 0.95);
    assert!(
        close(interval.low, 0.4902, 1e-3) && close(interval.high, 0.9433, 1e-3),
        "{interval:?}"
    );
    assert_eq!(
        (
            share_interval(0, 10, 0.95).low,
            share_interval(10, 10, 0.95).high
        ),
        (0.0, 1.0)
    );
}

#[test]
fn intervals_hold_the_truth_about_as_often_as_they_say() {
    let mut held = [0, 0, 0];
    for trial in 0..1000 {
        let mut stream = Stream::indexed(1, "coverage", trial);
        let values: Vec<f64> = (0..200).map(|_| stream.exponential()).collect();
        held[0] += usize::from(mean_interval(&values, 0.95).contains(1.0));
        held[1] += usize::from(quantile_interval(&values, 0.5, 0.95).contains(2f64.ln()));
        let hits = values.iter().filter(|value| **value < 0.1).count();
        held[2] += usize::from(share_interval(hits, 200, 0.95).contains(1.0 - (-0.1f64).exp()));
    }
    assert!(
        held.iter().all(|held| (920..=985).contains(held)),
        "{held:?}"
    );
}

#[test]
fn values_that_depend_on_each_other_within_a_part_do_not_narrow_the_interval() {
    let mut held = [0, 0];
    for trial in 0..1000 {
        let mut stream = Stream::indexed(1, "parts", trial);
        let parts: Vec<Vec<f64>> = (0..20)
            .map(|_| {
                // Ten times the same, as of ten messages that wait for one phone.
                let own = (0..5).map(|_| stream.exponential());
                let mut part: Vec<f64> = own.flat_map(|value| [value; 10]).collect();
                part.sort_by(f64::total_cmp);
                part
            })
            .collect();
        let mut all = parts.concat();
        all.sort_by(f64::total_cmp);
        let parts: Vec<&[f64]> = parts.iter().map(Vec::as_slice).collect();
        let interval = quantile_interval_of_parts(&parts, &all, 0.5, 0.95);
        held[0] += usize::from(interval.contains(2f64.ln()));
        held[1] += usize::from(quantile_interval(&all, 0.5, 0.95).contains(2f64.ln()));
    }
    assert!((920..=985).contains(&held[0]) && held[1] < 700, "{held:?}");
    let alone = [0.1, 0.2, 0.4, 0.8];
    assert_eq!(
        quantile_interval_of_parts(&[&alone], &alone, 0.5, 0.95),
        quantile_interval(&alone, 0.5, 0.95)
    );
}

#[test]
fn mann_whitney_counts_small_samples_exactly() {
    // Complete separation of 3 and 3: 2 of 20 arrangements.
    let test = mann_whitney(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0], 0.95).expect("samples");
    assert!(
        test.exact && test.u == 0.0 && close(test.p, 0.1, 1e-12),
        "{test:?}"
    );
    // 4 and 5 with U = 2: the table gives 4 of 126 at most 2, two-sided 8 of 126... counted: 1 + 1 + 2.
    let test =
        mann_whitney(&[1.0, 2.0, 3.0, 6.0], &[4.0, 5.0, 7.0, 8.0, 9.0], 0.95).expect("samples");
    assert!(
        test.u == 2.0 && close(test.p, 8.0 / 126.0, 1e-12),
        "{test:?}"
    );
}

#[test]
fn mann_whitney_is_symmetric_and_corrects_for_ties() {
    let a = [1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0];
    let b = [2.0, 3.0, 3.0, 4.0, 4.0, 5.0, 5.0];
    let one = mann_whitney(&a, &b, 0.95).expect("samples");
    let other = mann_whitney(&b, &a, 0.95).expect("samples");
    assert!(!one.exact && close(one.p, other.p, 1e-12) && close(one.u + other.u, 49.0, 1e-12));
    // U = 0 + 1 + 6 + 4; variance 49/12 (15 - 174/182), as five ties have 1, 3, 5, 3 and 2 members; z = (24.5 - 11 - 0.5) / 7.5727.
    assert!(one.u == 11.0 && close(one.p, 0.08603, 2e-5), "{one:?}");
    let same = mann_whitney(&[3.0; 9], &[3.0; 9], 0.95).expect("samples");
    assert_eq!((same.p, same.superiority), (1.0, 0.5));
    assert_eq!(mann_whitney(&[], &[1.0], 0.95), None);
}

#[test]
fn kolmogorov_smirnov_counts_small_samples_exactly() {
    // Complete separation of 3 and 3: again 2 of 20 paths.
    let test = kolmogorov_smirnov(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]).expect("samples");
    assert!(
        test.exact && test.distance == 1.0 && close(test.p, 0.1, 1e-12),
        "{test:?}"
    );
    // The critical value of 5 and 5 at 0.05 is a distance of 1 (p = 2/252); 4/5 has p = 20/252.
    let test = kolmogorov_smirnov(&[1.0, 2.0, 3.0, 4.0, 6.0], &[5.0, 7.0, 8.0, 9.0, 10.0])
        .expect("samples");
    assert!(
        close(test.distance, 0.8, 1e-12) && close(test.p, 20.0 / 252.0, 1e-12),
        "{test:?}"
    );
    let same = kolmogorov_smirnov(&[1.0, 2.0], &[1.0, 2.0]).expect("samples");
    assert_eq!((same.distance, same.p), (0.0, 1.0));
}

#[test]
fn kolmogorovs_limit_has_its_table_value() {
    // D sqrt(nm/(n+m)) = 1.358 is the 5 % point. 400 and 400 with a shift of 38: 0.095 * sqrt(200) = 1.3435, p = 0.054.
    let a: Vec<f64> = (0..400).map(f64::from).collect();
    let b: Vec<f64> = a.iter().map(|value| value + 38.0 + 0.5).collect();
    let test = kolmogorov_smirnov(&a, &b).expect("samples");
    assert!(!test.exact && close(test.p, 0.0446, 2e-3), "{test:?}");
}

#[test]
fn the_tests_reject_alike_samples_no_more_often_than_they_may() {
    let rejected = (0..400)
        .filter(|trial| {
            let mut stream = Stream::indexed(1, "size", *trial);
            let mut rounds =
                || -> Vec<f64> { (0..60).map(|_| f64::from(stream.below(6))).collect() };
            let (one, other) = (rounds(), rounds());
            compare(&one, &other, 0.95, 0.1).expect("samples").verdict == Verdict::Different
        })
        .count();
    // At most 5 %: 20 of 400, with four standard deviations of 4.4.
    assert!(rejected <= 37, "{rejected}");
}

#[test]
fn alike_must_be_proved_and_is_not_what_is_left_over() {
    let sample = |name: &str, count: usize, shift: f64| -> Vec<f64> {
        let mut stream = Stream::new(4, name);
        (0..count).map(|_| stream.normal() + shift).collect()
    };
    let verdict = |a: &[f64], b: &[f64]| compare(a, b, 0.95, 0.1).expect("samples").verdict;
    assert_eq!(
        verdict(&sample("a", 8, 0.0), &sample("b", 8, 0.0)),
        Verdict::Undecided
    );
    assert_eq!(
        verdict(&sample("a", 800, 0.0), &sample("b", 800, 0.0)),
        Verdict::Alike
    );
    assert_eq!(
        verdict(&sample("a", 100, 0.0), &sample("b", 100, 1.0)),
        Verdict::Different
    );
    let wide: Vec<f64> = sample("c", 300, 0.0)
        .iter()
        .map(|value| value * 4.0)
        .collect();
    assert_eq!(
        verdict(&sample("a", 300, 0.0), &wide),
        Verdict::Different,
        "the same middle, another shape"
    );
}

#[test]
fn measured_rounds_stay_near_the_published_bounds() {
    let mut yardstick = Yardstick::new(1, 400);
    for (strategy, constant) in [
        (Strategy::Push, 2.0),
        (Strategy::Pull, 2.0),
        (Strategy::PushPull, 2.5),
    ] {
        for nodes in [64, 512, 4096] {
            let question = Question {
                strategy,
                nodes,
                fanout: 1,
                loss: 0.0,
                share: 1.0,
            };
            let mean = yardstick
                .rounds(question)
                .expect("a sensible question")
                .mean();
            let known = theory::of(strategy, nodes);
            assert!(
                close(mean, known, constant),
                "{strategy:?} {nodes}: {mean}, theory {known}"
            );
        }
    }
    for (fanout, loss) in [(2, 0.0), (3, 0.0), (3, 0.25)] {
        let question = Question {
            strategy: Strategy::Push,
            nodes: 1000,
            fanout,
            loss,
            share: 1.0,
        };
        let mean = yardstick
            .rounds(question)
            .expect("a sensible question")
            .mean();
        assert!(
            close(mean, theory::push_with(1000, fanout, loss), 1.5),
            "{fanout} {loss}: {mean}"
        );
    }
}

#[test]
fn a_bound_grows_with_size_loss_and_confidence_and_shrinks_with_fanout() {
    let mut yardstick = Yardstick::new(1, 1000);
    let mut bound = |nodes, fanout, loss, confidence| {
        yardstick
            .bound(nodes, fanout, loss, confidence)
            .expect("a bound")
    };
    assert!(bound(10, 3, 0.0, 0.99) < bound(1000, 3, 0.0, 0.99));
    assert!(bound(200, 3, 0.0, 0.99) < bound(200, 3, 0.5, 0.99));
    assert!(bound(200, 1, 0.0, 0.5) < bound(200, 1, 0.0, 0.999));
    assert!(bound(200, 3, 0.0, 0.99) < bound(200, 1, 0.0, 0.99));
    assert_eq!((bound(50, 3, 0.0, 0.95), bound(200, 3, 0.0, 0.95)), (4, 5));
}

#[test]
fn a_bound_is_a_pure_function() {
    assert_eq!(bound(50, 3, 0.1, 0.99), bound(50, 3, 0.1, 0.99));
    assert_eq!(
        bound(50, 3, 0.1, 0.99),
        Yardstick::default().bound(50, 3, 0.1, 0.99)
    );
}

#[test]
fn senseless_questions_have_no_answer() {
    assert_eq!(
        [
            bound(1, 3, 0.0, 0.9),
            bound(5, 0, 0.0, 0.9),
            bound(5, 1, 1.0, 0.9),
            bound(5, 1, f64::NAN, 0.9)
        ],
        [None; 4]
    );
}

#[test]
fn an_upper_quantile_is_at_least_the_quantile() {
    let mut yardstick = Yardstick::new(1, 500);
    let question = Question {
        strategy: Strategy::Push,
        nodes: 100,
        fanout: 1,
        loss: 0.1,
        share: 1.0,
    };
    let rounds = yardstick.rounds(question).expect("a sensible question");
    assert!(rounds.upper_quantile(0.95, 0.99) >= rounds.quantile(0.95));
}
