//! Whoever waits for many trials sees how many are over, and can be content with the first ones.

use std::sync::atomic::Ordering::Relaxed;

use simulation::models::{Trials, Watch};

#[test]
fn what_is_stopped_gives_the_results_of_its_first_trials() {
    let all = Trials::new(4, 400).run(|trial| trial.stream("t").bits());
    let watch = Watch::default();
    let first = Trials::new(4, 400).watched(&watch).run(|trial| {
        if trial.index == 20 {
            watch.stop.store(true, Relaxed);
        }
        trial.stream("t").bits()
    });
    assert!((21..400).contains(&first.len()), "{}", first.len());
    assert_eq!(first, all[..first.len()]);
    assert_eq!(watch.over.load(Relaxed), first.len());
}

#[test]
fn what_is_stopped_before_it_begins_makes_a_trial_all_the_same() {
    let watch = Watch::default();
    watch.stop.store(true, Relaxed);
    let results = Trials::new(4, 400).watched(&watch).run(|trial| trial.index);
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    assert!(
        (1..=processors).contains(&results.len()),
        "{}",
        results.len()
    );
}

#[test]
fn no_trials_give_no_results() {
    assert!(Trials::new(4, 0).run(|trial| trial.index).is_empty());
}
