//! How long the models take: `cargo bench -p simulation`.

use std::convert::Infallible;

use divan::{Bencher, black_box};
use serde_json::Value;
use simulation::models::anti_entropy::Society;
use simulation::models::dissemination::{Dissemination, Strategy};
use simulation::models::rumour::{Circle, Direction, Mongering, Scope, Stop};
use simulation::models::sir::{Grid, Sir};
use simulation::models::whatsapp::Festival;
use simulation::network::{Address, Latency, Link, Network};
use simulation::random::{Chance, Stream};
use simulation::time::{HostClock, Micros, Now};
use simulation::world::{Effects, Host, HostSpec, Options, World};

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

#[divan::bench(args = [Direction::Push, Direction::Pull], sample_count = 5)]
fn a_million_mongering_with_feedback_and_counter_2(bencher: Bencher<'_, '_>, direction: Direction) {
    let million = Mongering {
        participants: 1_000_000,
        sources: 1,
        direction,
        fanout: 1,
        stop: Stop::Counter(2),
        loss: Chance::NEVER,
    };
    bencher.bench(|| million.simulate(&mut Stream::new(1, "bench")));
}

#[divan::bench(args = [Scope::Person, Scope::PersonAndStory], sample_count = 3)]
fn a_million_friends(bencher: Bencher<'_, '_>, scope: Scope) {
    let million = Circle {
        people: 1_000_000,
        scope,
        ..Circle::default()
    };
    bencher.bench(|| million.simulate(&mut Stream::new(1, "bench")));
}

#[divan::bench(sample_count = 3)]
fn a_million_flats(bencher: Bencher<'_, '_>) {
    let million = Society {
        flats: 1_000_000,
        ..Society::default()
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

#[divan::bench(sample_count = 3)]
fn a_festival_of_a_million_messages() -> usize {
    let storm = Festival {
        users: 1_000_000,
        messages: 1_000_000,
        within: Micros::seconds(60),
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

/// Tells three others something of a datagram's size each second.
struct Chatter {
    peers: Vec<Address>,
    next: usize,
}

impl Host for Chatter {
    type Error = Infallible;

    fn start(&mut self, now: Now, effects: &mut Effects) -> Result<(), Infallible> {
        effects.wake_at(now.mono + Micros::seconds(1));
        Ok(())
    }

    fn datagram(
        &mut self,
        _: Now,
        _: Address,
        _: &[u8],
        _: &mut Effects,
    ) -> Result<(), Infallible> {
        Ok(())
    }

    fn wake(&mut self, now: Now, effects: &mut Effects) -> Result<(), Infallible> {
        for _ in 0..3 {
            self.next = (self.next + 7) % self.peers.len();
            effects.send(self.peers[self.next], vec![0; 1200]);
        }
        effects.wake_at(now.mono + Micros::seconds(1));
        Ok(())
    }

    fn write(&mut self, _: Now, _: &str, _: &Value, _: &mut Effects) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Thirty thousand datagrams of 1,200 bytes, hashed into the trace when they leave and when they arrive.
#[divan::bench(sample_count = 5)]
fn a_hundred_hosts_for_a_hundred_seconds() -> u64 {
    let hosts = (0..100).map(|number| HostSpec {
        name: format!("n{number}"),
        implementation: "chatter".to_owned(),
        address: Address::from(([10, 0, 0, number], 9000)),
        clock: HostClock::default(),
        start_at: Micros::ZERO,
    });
    let link = Link {
        latency: Latency::LogNormal {
            median: Micros::millis(20),
            sigma: 0.5,
        },
        ..Link::default()
    };
    let mut world = World::new(
        Options::default(),
        hosts.collect(),
        Network::new(1, link),
        |boot, _| {
            Ok(Chatter {
                peers: boot.peers.to_vec(),
                next: boot.id.0 as usize,
            })
        },
    );
    world
        .run_until(Micros::seconds(100))
        .expect("a chatter cannot fail");
    world.trace().count()
}
