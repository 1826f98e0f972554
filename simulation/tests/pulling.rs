//! Pulled rumours, of which only the requests that reach somebody are drawn, go as they do when everybody asks, one after the other.

use simulation::models::rumour::{Direction, Mongering, Stop};
use simulation::models::trials;
use simulation::random::{Chance, Stream};
use simulation::statistics::{kolmogorov_smirnov, mann_whitney};

/// The same rule participant by participant: reached, copies and rounds.
fn one_by_one(rumour: &Mongering, stream: &mut Stream) -> [f64; 3] {
    let n = rumour.participants;
    // Since which round each knows, and the count of its stop rule; whoever has stopped has no count.
    let mut knows: Vec<bool> = (0..n).map(|who| who < rumour.sources).collect();
    let mut counts: Vec<Option<u32>> = knows.iter().map(|knows| knows.then_some(0)).collect();
    let (mut copies, mut rounds) = (0, 0);
    while counts.iter().any(Option::is_some) {
        rounds += 1;
        let mut sent = vec![0; n as usize];
        let mut needed = vec![0; n as usize];
        let mut learned = Vec::new();
        for asker in 0..n {
            for _ in 0..rumour.fanout {
                let peer = stream.other(n, asker) as usize;
                if counts[peer].is_none() {
                    continue;
                }
                sent[peer] += 1;
                if !stream.happens(rumour.loss) && !knows[asker as usize] {
                    needed[peer] += 1;
                    learned.push(asker as usize);
                }
            }
        }
        for teller in 0..n as usize {
            let Some(count) = counts[teller] else {
                continue;
            };
            copies += sent[teller];
            let stops = |k: u32| stream.below(k) == 0;
            counts[teller] = match rumour.stop {
                Stop::AfterCopies(k) => Some(count + sent[teller]).filter(|count| *count < k),
                Stop::BlindCoin(k) => {
                    let stopped = (0..sent[teller]).map(|_| k).any(stops);
                    (!stopped).then_some(0)
                }
                Stop::Coin(k) => {
                    let vain = sent[teller] > 0 && needed[teller] == 0;
                    (!(vain && Some(k).is_some_and(stops))).then_some(0)
                }
                Stop::Counter(_) if needed[teller] > 0 => Some(0),
                Stop::Counter(_) if sent[teller] == 0 => Some(count),
                Stop::Counter(k) => Some(count + 1).filter(|count| *count < k),
            };
        }
        for learner in learned {
            knows[learner] = true;
            counts[learner] = Some(0);
        }
    }
    let reached = knows.iter().filter(|knows| **knows).count();
    [reached as f64, f64::from(copies), f64::from(rounds)]
}

#[test]
fn what_reaches_somebody_is_what_would_have_if_everybody_had_asked() {
    let chance = |p| Chance::new(p).expect("a chance");
    for (participants, sources, fanout, stop, loss) in [
        (2, 1, 1, Stop::Counter(2), 0.0),
        (3, 2, 1, Stop::Counter(1), 0.0),
        (3, 2, 2, Stop::AfterCopies(3), 0.3),
        (5, 5, 1, Stop::AfterCopies(2), 0.0),
        (6, 1, 3, Stop::Counter(2), 0.5),
        (8, 2, 1, Stop::BlindCoin(2), 0.0),
        (8, 3, 2, Stop::Coin(2), 0.2),
        (30, 1, 1, Stop::Counter(1), 0.1),
    ] {
        let rumour = Mongering {
            participants,
            sources,
            direction: Direction::Pull,
            fanout,
            stop,
            loss: chance(loss),
        };
        let plain = trials(1, "one by one", 20_000, |stream| {
            one_by_one(&rumour, stream)
        });
        let drawn = trials(1, "drawn", 20_000, |stream| {
            let spread = rumour.simulate(stream);
            let rounds = (spread.active.len() - 1) as f64;
            [f64::from(spread.reached()), spread.copies as f64, rounds]
        });
        for (figure, name) in ["reached", "copies", "rounds"].into_iter().enumerate() {
            let of =
                |runs: &[[f64; 3]]| -> Vec<f64> { runs.iter().map(|run| run[figure]).collect() };
            let (plain, drawn) = (of(&plain), of(&drawn));
            // Two dozen comparisons, all of one seed: none of them may be a great surprise.
            let ranks = mann_whitney(&plain, &drawn, 0.99).expect("two samples").p;
            let shape = kolmogorov_smirnov(&plain, &drawn).expect("two samples").p;
            assert!(
                ranks > 1e-3 && shape > 1e-3,
                "{rumour:?}: {name}, {ranks}, {shape}"
            );
        }
    }
}
