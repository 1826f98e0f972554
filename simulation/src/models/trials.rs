//! Independent repetitions, on all processors, with the same result on any number of them.

use crate::random::Stream;

/// Runs `trial` this many times, each with a stream of its own, and gives the results in order.
pub fn trials<T: Send>(
    seed: u64,
    name: &str,
    count: usize,
    trial: impl Fn(&mut Stream) -> T + Sync,
) -> Vec<T> {
    let workers = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(count.max(1));
    let share = |worker: usize| {
        let trial = &trial;
        move || -> Vec<T> {
            (worker..count)
                .step_by(workers)
                .map(|index| trial(&mut Stream::indexed(seed, name, index as u64)))
                .collect()
        }
    };
    if workers < 2 {
        return share(0)();
    }
    let mut parts: Vec<std::vec::IntoIter<T>> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..workers)
            .map(|worker| scope.spawn(share(worker)))
            .collect();
        handles
            .into_iter()
            .map(|handle| match handle.join() {
                Ok(part) => part.into_iter(),
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    });
    (0..count)
        .filter_map(|index| parts[index % workers].next())
        .collect()
}
