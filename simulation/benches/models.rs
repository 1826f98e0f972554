//! How long the models take: `cargo bench -p simulation`.

use divan::{Bencher, black_box};
use simulation::models::dissemination::{Dissemination, Strategy};
use simulation::models::rumour::{Mongering, Stop};
use simulation::models::sir::{Grid, Sir};
use simulation::models::whatsapp::Festival;
use simulation::random::{Chance, Stream};

fn main() {
    divan::main();
}

const GRID: Grid = Grid {
    step: 0.1,
    points: 100,
};

#[divan::bench(args = [Strategy::Push, Strategy::Pull, Strategy::PushPull], sample_count = 5)]
fn a_million_with_fanout_3(bencher: Bencher<'_, '_>, strategy: Strategy) {
    let million = Dissemination::new(strategy, 1_000_000, 3);
    bencher.bench(|| million.simulate(&mut Stream::new(1, "bench")));
}

#[divan::bench(sample_count = 5)]
fn a_million_mongering_six_copies(bencher: Bencher<'_, '_>) {
    let million = Mongering {
        participants: 1_000_000,
        sources: 1,
        fanout: 3,
        stop: Stop::AfterCopies(6),
        loss: Chance::NEVER,
    };
    bencher.bench(|| million.simulate(&mut Stream::new(1, "bench")));
}

#[divan::bench(sample_count = 5)]
fn a_million_sir_person_by_person(bencher: Bencher<'_, '_>) {
    let city = Sir {
        population: 1_000_000,
        ..Sir::default()
    };
    bencher.bench(|| city.gillespie(0.95, GRID, &mut Stream::new(2, "bench")));
}

#[divan::bench]
fn a_million_sir_in_steps(bencher: Bencher<'_, '_>) {
    let city = Sir {
        population: 1_000_000,
        ..Sir::default()
    };
    bencher.bench(|| city.in_steps(0.95, GRID, 0.01, &mut Stream::new(2, "bench")));
}

#[divan::bench(sample_count = 5)]
fn a_festival_of_a_hundred_thousand_messages() -> usize {
    let storm = Festival {
        users: 100_000,
        messages: 100_000,
        ..Festival::default()
    };
    storm
        .simulate(black_box(&mut Stream::new(1, "bench")))
        .len()
}

#[divan::bench(args = [50, 200, 1000], sample_count = 3)]
fn two_thousand_trials_of_push_pull(nodes: u32) -> usize {
    Dissemination::new(Strategy::PushPull, nodes, 3)
        .rounds_to(nodes, 1, 2000)
        .len()
}
