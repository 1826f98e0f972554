//! Draws are fair, and the same everywhere.

use proptest::prelude::*;
use simulation::random::{Chance, Stream, Successes};
use simulation::time::Micros;

#[test]
fn a_stream_gives_the_bits_that_were_recorded_for_it() {
    let mut stream = Stream::new(33, "network");
    assert_eq!(
        [stream.bits(), stream.bits()],
        [11_656_433_456_728_374_335, 10_635_891_346_599_724_908]
    );
}

#[test]
fn streams_of_different_names_seeds_and_indices_differ() {
    let first = |mut stream: Stream| stream.bits();
    let one = first(Stream::new(1, "a"));
    assert_ne!(one, first(Stream::new(2, "a")));
    assert_ne!(one, first(Stream::new(1, "b")));
    assert_ne!(
        first(Stream::indexed(1, "a", 0)),
        first(Stream::indexed(1, "a", 1))
    );
}

#[test]
fn every_peer_but_oneself_is_drawn_equally_often() {
    let mut stream = Stream::new(1, "peers");
    let mut counts = [0u32; 10];
    let mut chosen = Vec::new();
    for _ in 0..30_000 {
        stream.others(10, 4, 3, &mut chosen);
        assert_eq!(
            chosen
                .iter()
                .collect::<std::collections::BTreeSet<_>>()
                .len(),
            3
        );
        for peer in &chosen {
            counts[*peer as usize] += 1;
        }
    }
    assert_eq!(counts[4], 0);
    // 10,000 each, with five standard deviations of 82.
    assert!(
        counts
            .iter()
            .enumerate()
            .all(|(peer, count)| peer == 4 || (9_590..=10_410).contains(count)),
        "{counts:?}"
    );
}

#[test]
fn fewer_peers_than_asked_for_are_all_drawn() {
    let mut chosen = Vec::new();
    Stream::new(1, "x").others(3, 1, 5, &mut chosen);
    assert_eq!(chosen, [0, 2]);
}

#[test]
fn binomial_draws_have_the_mean_and_the_spread_of_their_law() {
    for (n, p) in [(10u64, 0.5), (1_000, 0.003), (1_000_000, 0.3), (50, 0.98)] {
        let mut stream = Stream::new(2, "binomial");
        let draws: Vec<f64> = (0..20_000).map(|_| stream.binomial(n, p) as f64).collect();
        let (mean, spread) = (n as f64 * p, (n as f64 * p * (1.0 - p)).sqrt());
        let (seen, seen_spread) = (
            simulation::statistics::mean(&draws),
            simulation::statistics::deviation(&draws),
        );
        assert!(
            (seen - mean).abs() < 5.0 * spread / 20_000f64.sqrt(),
            "B({n}, {p}): mean {seen}, not {mean}"
        );
        assert!(
            (seen_spread / spread - 1.0).abs() < 0.03,
            "B({n}, {p}): deviation {seen_spread}, not {spread}"
        );
    }
}

#[test]
fn going_from_success_to_success_finds_each_thing_as_often_as_it_happens() {
    let mut stream = Stream::new(4, "successes");
    for p in [0.03, 0.5, 0.9] {
        let mut counts = [0u32; 20];
        for _ in 0..20_000 {
            let mut found = Successes::of(20, p);
            while let Some(thing) = found.next(&mut stream) {
                counts[thing as usize] += 1;
            }
        }
        let spread = (20_000.0 * p * (1.0 - p)).sqrt();
        assert!(
            counts
                .iter()
                .all(|count| (f64::from(*count) - 20_000.0 * p).abs() < 5.0 * spread),
            "{p}: {counts:?}"
        );
    }
    let all = |count, p| {
        let (mut found, mut stream) = (Successes::of(count, p), Stream::new(1, "edge"));
        std::iter::from_fn(move || found.next(&mut stream)).collect::<Vec<_>>()
    };
    assert_eq!(all(3, 1.0), [0, 1, 2]);
    assert_eq!(all(3, 1.5), [0, 1, 2]);
    assert!(all(u64::MAX, 0.0).is_empty());
    assert!(all(0, 0.7).is_empty());
}

#[test]
fn normal_and_exponential_draws_have_the_moments_of_their_laws() {
    let mut stream = Stream::new(3, "moments");
    let normal: Vec<f64> = (0..50_000).map(|_| stream.normal()).collect();
    let waits: Vec<f64> = (0..50_000).map(|_| stream.exponential()).collect();
    use simulation::statistics::{deviation, mean};
    assert!(mean(&normal).abs() < 0.023 && (deviation(&normal) - 1.0).abs() < 0.02);
    assert!((mean(&waits) - 1.0).abs() < 0.023 && (deviation(&waits) - 1.0).abs() < 0.03);
}

#[test]
fn probabilities_outside_of_0_to_1_are_refused() {
    assert_eq!(
        [-0.1, 1.1, f64::NAN, f64::INFINITY].map(Chance::new),
        [None; 4]
    );
    let mut stream = Stream::new(1, "sure");
    assert!((0..1000).all(|_| stream.happens(Chance::ALWAYS) && !stream.happens(Chance::NEVER)));
}

#[test]
fn either_of_two_chances() {
    let half = Chance::new(0.5).expect("a probability");
    assert_eq!(half.either(half), Chance::new(0.75).expect("a probability"));
    assert_eq!(half.either(Chance::ALWAYS), Chance::ALWAYS);
    assert_eq!(half.either(Chance::NEVER), half);
}

#[test]
fn times_are_read_with_their_unit_and_nothing_else() {
    let read = |text| Micros::parse(text).map(|time| time.0);
    assert_eq!(read("250us"), Some(250));
    assert_eq!(read("1.5s"), Some(1_500_000));
    assert_eq!(read("0.25ms"), Some(250));
    assert_eq!(read("2m"), Some(120_000_000));
    assert_eq!(read("1h"), Some(3_600_000_000));
    for wrong in [
        "",
        "5",
        "s",
        "5 s",
        "-5s",
        ".5s",
        "5.s",
        "1.2.3s",
        "5S",
        "5sec",
        "99999999999999999999s",
    ] {
        assert_eq!(read(wrong), None, "{wrong:?}");
    }
}

proptest! {
    #[test]
    fn a_draw_below_n_is_below_n(seed: u64, n in 1u32..) {
        let mut stream = Stream::new(seed, "below");
        prop_assert!((0..20).all(|_| stream.below(n) < n && stream.below_u64(u64::from(n)) < u64::from(n)));
    }

    #[test]
    fn another_participant_is_never_oneself(seed: u64, n in 2u32..1000, me in 0u32..1000) {
        let me = me % n;
        let other = Stream::new(seed, "other").other(n, me);
        prop_assert!(other != me && other < n);
    }

    #[test]
    fn a_shown_time_is_read_back(micros in 0u64..u64::MAX / 2) {
        prop_assert_eq!(Micros::parse(&Micros(micros).to_string()), Some(Micros(micros)));
    }
}
