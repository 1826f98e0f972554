//! Independent repetitions, on all processors, with the same result on any number of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::random::Stream;

/// How often an experiment is repeated, by which seed, and who watches it.
#[derive(Debug, Clone, Copy)]
pub struct Trials<'a> {
    /// All chance comes from it.
    pub seed: u64,
    /// How many repetitions.
    pub count: usize,
    watch: Option<&'a Watch>,
}

/// What a person who waits can see and do: how many trials are over, and to let no further one begin.
#[derive(Debug, Default)]
pub struct Watch {
    /// Once set, no trial begins but the first.
    pub stop: Arc<AtomicBool>,
    /// How many trials are over.
    pub over: AtomicUsize,
}

/// One of the repetitions.
#[derive(Debug, Clone, Copy)]
pub struct Trial {
    seed: u64,
    /// Its number, from 0.
    pub index: usize,
}

impl Trial {
    /// The stream of chance of this name that belongs to this trial alone.
    pub fn stream(&self, name: &str) -> Stream {
        Stream::indexed(self.seed, name, self.index as u64)
    }
}

impl Trials<'static> {
    /// So many repetitions that nobody watches.
    pub fn new(seed: u64, count: usize) -> Self {
        Trials {
            seed,
            count,
            watch: None,
        }
    }
}

impl<'a> Trials<'a> {
    /// The same, watched.
    pub fn watched(self, watch: &Watch) -> Trials<'_> {
        Trials {
            watch: Some(watch),
            ..self
        }
    }

    /// Carries the trials out and gives their results in order.
    ///
    /// After [`Watch::stop`] those under way are ended and no further one begins: the results are then those of the first trials, as if
    /// no more had been asked for. There is at least one, unless none was asked for.
    pub fn run<T: Send>(&self, trial: impl Fn(&Trial) -> T + Sync) -> Vec<T> {
        let begun = AtomicUsize::new(0);
        // Whoever takes a number carries its trial out, so that those taken are always the first ones.
        let next = || {
            let stopped = self
                .watch
                .is_some_and(|watch| watch.stop.load(Ordering::Relaxed));
            if stopped && begun.load(Ordering::Relaxed) > 0 {
                return None;
            }
            let index = begun.fetch_add(1, Ordering::Relaxed);
            (index < self.count).then_some(index)
        };
        let work = || {
            let mut done = Vec::new();
            while let Some(index) = next() {
                let seed = self.seed;
                done.push((index, trial(&Trial { seed, index })));
                if let Some(watch) = self.watch {
                    watch.over.fetch_add(1, Ordering::Relaxed);
                }
            }
            done
        };
        let workers = std::thread::available_parallelism()
            .map_or(1, usize::from)
            .min(self.count);
        if workers < 2 {
            return in_order(work());
        }
        in_order(std::thread::scope(|scope| {
            let handles: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
            let parts = handles.into_iter().map(|handle| match handle.join() {
                Ok(part) => part,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            parts.flatten().collect()
        }))
    }
}

fn in_order<T>(mut results: Vec<(usize, T)>) -> Vec<T> {
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Runs `trial` this many times, each with a stream of its own, and gives the results in order.
pub fn trials<T: Send>(
    seed: u64,
    name: &str,
    count: usize,
    trial: impl Fn(&mut Stream) -> T + Sync,
) -> Vec<T> {
    Trials::new(seed, count).run(|it| trial(&mut it.stream(name)))
}
