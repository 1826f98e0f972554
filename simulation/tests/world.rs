//! A world is the same for the same seed, and each fault does what it says.

use std::collections::BTreeSet;
use std::convert::Infallible;

use serde_json::{Value, json};
use simulation::network::{Address, Cut, HostId, Impairment, Latency, Link, Network, Outages};
use simulation::random::{Chance, Stream};
use simulation::time::{HostClock, Micros, Now};
use simulation::world::{Boot, Effects, Fault, Host, HostSpec, Options, Step, World};

/// Sends a numbered datagram to the next host every 100 ms, and notes what happens to it.
struct Beacon {
    target: Option<Address>,
    sent: u32,
    heard: Vec<(Now, Address, Vec<u8>)>,
    woken: Vec<Now>,
    written: Vec<(String, Value)>,
    left: bool,
    restarts: u32,
    inherited: usize,
}

impl Host for Beacon {
    type Error = Infallible;

    fn start(&mut self, now: Now, effects: &mut Effects) -> Result<(), Infallible> {
        effects.wake_at(now.mono + Micros::millis(100));
        Ok(())
    }

    fn datagram(
        &mut self,
        now: Now,
        from: Address,
        datagram: &[u8],
        _: &mut Effects,
    ) -> Result<(), Infallible> {
        self.heard.push((now, from, datagram.to_vec()));
        Ok(())
    }

    fn wake(&mut self, now: Now, effects: &mut Effects) -> Result<(), Infallible> {
        self.woken.push(now);
        if let Some(target) = self.target {
            effects.send(target, self.sent.to_be_bytes().to_vec());
            self.sent += 1;
        }
        effects.wake_at(now.mono + Micros::millis(100));
        Ok(())
    }

    fn write(
        &mut self,
        _: Now,
        key: &str,
        value: &Value,
        _: &mut Effects,
    ) -> Result<(), Infallible> {
        self.written.push((key.to_owned(), value.clone()));
        Ok(())
    }

    fn leave(&mut self, _: Now, _: &mut Effects) -> Result<(), Infallible> {
        self.left = true;
        Ok(())
    }
}

type Make = fn(Boot<'_>, Option<Beacon>) -> Result<Beacon, Infallible>;

fn beacon(boot: Boot<'_>, dead: Option<Beacon>) -> Result<Beacon, Infallible> {
    Ok(Beacon {
        target: boot.peers.first().copied(),
        sent: 0,
        heard: Vec::new(),
        woken: Vec::new(),
        written: Vec::new(),
        left: false,
        restarts: boot.restarts,
        inherited: dead.map_or(0, |dead| dead.heard.len()),
    })
}

const A: HostId = HostId(0);
const B: HostId = HostId(1);

fn address(number: u8) -> Address {
    Address::from(([10, 0, 0, number], 9000))
}

fn spec(number: u8) -> HostSpec {
    HostSpec {
        name: format!("n{number}"),
        implementation: "beacon".to_owned(),
        address: address(number),
        clock: HostClock::default(),
        start_at: Micros::ZERO,
    }
}

fn pair_with(seed: u64, link: Link) -> World<Beacon, Make> {
    let options = Options {
        seed,
        keep_trace: true,
        ..Options::default()
    };
    World::new(
        options,
        vec![spec(0), spec(1)],
        Network::new(seed, link),
        beacon as Make,
    )
}

fn pair() -> World<Beacon, Make> {
    pair_with(1, Link::constant(Micros::millis(5)))
}

fn set(hosts: &[HostId]) -> BTreeSet<HostId> {
    hosts.iter().copied().collect()
}

fn chance(probability: f64) -> Chance {
    Chance::new(probability).expect("a probability")
}

fn run(world: &mut World<Beacon, Make>, until: Micros) {
    world.run_until(until).expect("a beacon cannot fail");
}

fn heard_at(world: &World<Beacon, Make>, host: HostId) -> Vec<Micros> {
    world
        .host(host)
        .expect("running")
        .heard
        .iter()
        .map(|(now, _, _)| now.mono)
        .collect()
}

fn noisy() -> Link {
    Link {
        latency: Latency::LogNormal {
            median: Micros::millis(30),
            sigma: 0.6,
        },
        loss: chance(0.1),
        duplicate: chance(0.05),
        reorder: chance(0.05),
        reorder_by: Micros::millis(200),
    }
}

fn noisy_hash(seed: u64) -> (String, Vec<String>) {
    let mut world = pair_with(seed, noisy());
    world.set_outages(
        B,
        Outages {
            up: Micros::seconds(3),
            down: Micros::seconds(1),
        },
    );
    world.schedule(Micros::seconds(4), Fault::Crash(A));
    world.schedule(Micros::seconds(6), Fault::Restart(A, None));
    run(&mut world, Micros::seconds(30));
    (
        world.trace().hash().to_string(),
        world.trace().lines().to_vec(),
    )
}

#[test]
fn the_same_seed_gives_the_same_trace_byte_for_byte() {
    assert_eq!(noisy_hash(7), noisy_hash(7));
    assert!(noisy_hash(7).1.len() > 500);
}

#[test]
fn another_seed_gives_another_trace() {
    assert_ne!(noisy_hash(7).0, noisy_hash(8).0);
}

#[test]
fn the_trace_is_the_same_on_every_machine() {
    // Recorded once. A change means that old seeds no longer replay: never by accident.
    assert_eq!(
        noisy_hash(7).0,
        "638f4ef5c748eb6007c44d83b20c42063169012338de164e79149528e437738a"
    );
}

#[test]
fn the_hash_does_not_depend_on_whether_lines_are_kept() {
    let hash = |keep_trace| {
        let options = Options {
            keep_trace,
            ..Options::default()
        };
        let mut world = World::new(
            options,
            vec![spec(0), spec(1)],
            Network::new(1, noisy()),
            beacon as Make,
        );
        run(&mut world, Micros::seconds(5));
        (
            world.trace().hash(),
            world.trace().count(),
            world.trace().lines().len(),
        )
    };
    let (kept, count, lines) = hash(true);
    assert_eq!(lines as u64, count);
    assert_eq!(hash(false), (kept, count, 0));
}

#[test]
fn a_datagram_takes_exactly_the_constant_latency_of_its_link() {
    let mut world = pair();
    run(&mut world, Micros::millis(250));
    assert_eq!(
        heard_at(&world, B),
        [Micros::millis(105), Micros::millis(205)]
    );
    let (_, from, bytes) = &world.host(B).expect("running").heard[1];
    assert_eq!(
        (*from, bytes.as_slice()),
        (address(0), [0, 0, 0, 1].as_slice())
    );
}

#[test]
fn events_of_one_moment_happen_in_the_order_in_which_they_were_scheduled() {
    let mut world = pair();
    for number in 0..5 {
        world.schedule_write(Micros::seconds(1), A, format!("k{number}"), json!(number));
    }
    run(&mut world, Micros::seconds(1));
    let keys: Vec<_> = world
        .host(A)
        .expect("running")
        .written
        .iter()
        .map(|(key, _)| key.clone())
        .collect();
    assert_eq!(keys, ["k0", "k1", "k2", "k3", "k4"]);
}

#[test]
fn loss_takes_its_share_and_is_counted_at_the_sender() {
    let mut world = pair_with(3, Link::constant(Micros::millis(1)).with_loss(chance(0.3)));
    run(&mut world, Micros::seconds(400));
    let counters = world.counters().host(A);
    assert_eq!(counters.sent, 4000);
    // 0.3 of 4,000 with four standard deviations of 29.
    assert!((1084..=1316).contains(&counters.lost_link), "{counters:?}");
    assert_eq!(
        world.counters().host(B).delivered,
        counters.sent - counters.lost_link - 1,
        "the last one is under way"
    );
}

#[test]
fn duplication_delivers_a_second_copy_of_the_same_bytes() {
    let mut world = pair_with(
        3,
        Link {
            duplicate: Chance::ALWAYS,
            ..Link::constant(Micros::millis(1))
        },
    );
    run(&mut world, Micros::millis(150));
    let heard = &world.host(B).expect("running").heard;
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[0].2, heard[1].2);
    assert_eq!(world.counters().host(A).duplicated, 1);
}

#[test]
fn a_reordered_datagram_is_overtaken_by_a_later_one() {
    let link = Link {
        reorder: chance(0.2),
        reorder_by: Micros::millis(250),
        ..Link::constant(Micros::millis(1))
    };
    let mut world = pair_with(3, link);
    run(&mut world, Micros::seconds(20));
    let numbers: Vec<_> = world
        .host(B)
        .expect("running")
        .heard
        .iter()
        .map(|(_, _, bytes)| bytes.clone())
        .collect();
    let overtaken = numbers.windows(2).filter(|two| two[0] > two[1]).count();
    assert!(
        (15..60).contains(&overtaken),
        "{overtaken} of {} overtaken",
        numbers.len()
    );
}

#[test]
fn a_one_way_loss_leaves_the_other_direction_alone() {
    let mut world = pair();
    let worse = Impairment {
        from: set(&[A]),
        to: set(&[B]),
        loss: Chance::ALWAYS,
        ..Impairment::default()
    };
    world.schedule(Micros::ZERO, Fault::Impair("storm".to_owned(), worse));
    world.schedule(Micros::seconds(5), Fault::Heal(Some("storm".to_owned())));
    run(&mut world, Micros::seconds(4));
    assert_eq!(heard_at(&world, B), []);
    assert_eq!(heard_at(&world, A).len(), 39);
    run(&mut world, Micros::seconds(6));
    assert_eq!(
        heard_at(&world, B).first(),
        Some(&Micros::millis(5005)),
        "what is sent from the healing on arrives"
    );
}

#[test]
fn an_asymmetric_partition_stops_one_direction_and_a_symmetric_one_both() {
    for (both_ways, heard_by_a) in [(false, 19), (true, 0)] {
        let mut world = pair();
        let cut = Cut {
            from: set(&[A]),
            to: set(&[B]),
            both_ways,
        };
        world.schedule(Micros::ZERO, Fault::Cut("flood".to_owned(), cut));
        run(&mut world, Micros::seconds(2));
        assert_eq!(
            (heard_at(&world, A).len(), heard_at(&world, B).len()),
            (heard_by_a, 0)
        );
        assert_eq!(world.counters().host(A).lost_cut, 20);
    }
}

#[test]
fn what_was_under_way_when_a_cut_begins_still_arrives() {
    let mut world = pair_with(1, Link::constant(Micros::millis(50)));
    let cut = Cut {
        from: set(&[A]),
        to: set(&[B]),
        both_ways: true,
    };
    world.schedule(Micros::millis(120), Fault::Cut("flood".to_owned(), cut));
    run(&mut world, Micros::seconds(1));
    assert_eq!(heard_at(&world, B), [Micros::millis(150)]);
}

#[test]
fn a_paused_host_neither_wakes_nor_hears_and_then_catches_up_in_order() {
    let mut world = pair();
    world.schedule(Micros::millis(450), Fault::Pause(B));
    world.schedule(Micros::millis(1050), Fault::Resume(B));
    run(&mut world, Micros::millis(1049));
    let paused = world.host(B).expect("a paused host runs");
    assert_eq!((paused.woken.len(), paused.heard.len()), (4, 4));
    run(&mut world, Micros::millis(1060));
    let resumed = world.host(B).expect("running");
    // Datagrams of 500 to 1,000 ms, all at the moment of the resume, then the wake that was missed.
    assert_eq!(
        resumed.heard[4..]
            .iter()
            .map(|(now, _, bytes)| (now.mono, bytes[3]))
            .collect::<Vec<_>>(),
        (4..10)
            .map(|number| (Micros::millis(1050), number))
            .collect::<Vec<_>>()
    );
    assert_eq!(resumed.woken[4].mono, Micros::millis(1050));
}

#[test]
fn a_paused_hosts_buffer_has_an_end() {
    let options = Options {
        receive_buffer: 3,
        ..Options::default()
    };
    let link = Link::constant(Micros::millis(5));
    let mut world = World::new(
        options,
        vec![spec(0), spec(1)],
        Network::new(1, link),
        beacon as Make,
    );
    world.schedule(Micros::ZERO, Fault::Pause(B));
    world.schedule(Micros::seconds(1), Fault::Resume(B));
    run(&mut world, Micros::seconds(1));
    assert_eq!(heard_at(&world, B).len(), 3);
    assert_eq!(world.counters().host(A).lost_buffer, 6);
}

#[test]
fn a_crashed_host_is_gone_and_its_datagrams_find_nobody() {
    let mut world = pair();
    world.schedule(Micros::millis(550), Fault::Crash(B));
    run(&mut world, Micros::millis(1050));
    assert!(world.host(B).is_none());
    assert_eq!(world.counters().host(A).lost_nobody, 5);
    assert_eq!(world.counters().host(B).sent, 5);
}

#[test]
fn a_restarted_host_is_a_new_program_that_is_handed_the_old_one() {
    let mut world = pair();
    world.schedule(Micros::millis(550), Fault::Crash(B));
    world.schedule(Micros::millis(750), Fault::Restart(B, None));
    run(&mut world, Micros::millis(1050));
    let restarted = world.host(B).expect("running");
    assert_eq!((restarted.restarts, restarted.inherited), (1, 5));
    assert_eq!(
        restarted.woken[0].mono,
        Micros::millis(850),
        "the monotonic clock goes on over a restart"
    );
    assert_eq!(
        heard_at(&world, B),
        [
            Micros::millis(805),
            Micros::millis(905),
            Micros::millis(1005)
        ]
    );
}

#[test]
fn a_host_that_restarts_at_a_new_address_is_no_longer_reached_at_the_old_one() {
    let mut world = pair();
    world.schedule(Micros::millis(550), Fault::Crash(B));
    world.schedule(Micros::millis(750), Fault::Restart(B, Some(address(77))));
    run(&mut world, Micros::seconds(2));
    assert_eq!(world.address_of(B), address(77));
    assert_eq!(
        heard_at(&world, B),
        [],
        "its peer knows only the old address"
    );
    let (_, from, _) = world
        .host(A)
        .expect("running")
        .heard
        .last()
        .expect("heard")
        .clone();
    assert_eq!(from, address(77));
}

#[test]
fn a_detached_host_keeps_running_without_hearing_or_being_heard() {
    let mut world = pair();
    world.schedule(Micros::millis(50), Fault::Attach(B, false));
    world.schedule(Micros::millis(550), Fault::Attach(B, true));
    run(&mut world, Micros::seconds(1));
    assert_eq!(world.host(B).expect("running").woken.len(), 10);
    assert_eq!(heard_at(&world, B).len(), 4);
    assert_eq!(world.counters().host(B).lost_detached, 5);
}

#[test]
fn a_wall_clock_is_skewed_drifts_and_steps_while_the_monotonic_one_does_not() {
    let mut skewed = spec(1);
    skewed.clock = HostClock {
        skew_us: -90_000_000,
        drift_ppm: 1000,
        ..HostClock::default()
    };
    let link = Link::constant(Micros::millis(5));
    let mut world = World::new(
        Options::default(),
        vec![spec(0), skewed],
        Network::new(1, link),
        beacon as Make,
    );
    world.schedule(Micros::seconds(20), Fault::ClockStep(B, 3_600_000_000));
    world.schedule(Micros::seconds(30), Fault::ClockDrift(B, 0));
    let lead = |world: &World<Beacon, Make>| {
        let (true_clock, clock) = (world.clock_of(A), world.clock_of(B));
        assert_eq!(true_clock.mono, clock.mono);
        clock.wall.0 as i64 - true_clock.wall.0 as i64
    };
    assert_eq!(lead(&world), -90_000_000);
    run(&mut world, Micros::seconds(10));
    assert_eq!(lead(&world), -90_000_000 + 10_000);
    run(&mut world, Micros::seconds(20));
    assert_eq!(lead(&world), 3_510_000_000 + 20_000);
    run(&mut world, Micros::seconds(60));
    assert_eq!(
        lead(&world),
        3_510_000_000 + 30_000,
        "what was gained stays"
    );
    assert_eq!(
        world.host(B).expect("running").woken.len(),
        600,
        "wakes follow the monotonic clock"
    );
}

#[test]
fn the_origin_of_a_monotonic_clock_moves_what_a_host_sees_and_not_when_it_wakes() {
    let mut early = spec(1);
    early.clock.mono_origin = Micros::seconds(1000);
    let link = Link::constant(Micros::millis(5));
    let mut world = World::new(
        Options::default(),
        vec![spec(0), early],
        Network::new(1, link),
        beacon as Make,
    );
    run(&mut world, Micros::millis(350));
    let woken: Vec<_> = world
        .host(B)
        .expect("running")
        .woken
        .iter()
        .map(|now| now.mono)
        .collect();
    assert_eq!(woken, [1_000_100, 1_000_200, 1_000_300].map(Micros::millis));
}

#[test]
fn a_leave_is_told_to_the_host() {
    let mut world = pair();
    world.schedule(Micros::seconds(1), Fault::Leave(B));
    run(&mut world, Micros::seconds(1));
    assert!(world.host(B).expect("running").left);
}

#[test]
fn run_to_stops_at_the_first_moment_at_which_the_goal_holds() {
    let mut world = pair();
    let goal = |world: &World<Beacon, Make>, _: Step| {
        world.host(B).is_some_and(|host| host.heard.len() == 3)
    };
    assert_eq!(
        world.run_to(Micros::seconds(9), goal).expect("no error"),
        Some(Micros::millis(305))
    );
    let never = |_: &World<Beacon, Make>, _: Step| false;
    assert_eq!(
        world.run_to(Micros::seconds(9), never).expect("no error"),
        None
    );
    assert_eq!(world.now(), Micros::seconds(9));
}

#[test]
fn intervals_add_up_to_the_totals() {
    let mut world = pair_with(5, noisy());
    run(&mut world, Micros::seconds(10));
    let by_interval: u64 = world
        .counters()
        .rows()
        .iter()
        .flatten()
        .map(|counters| counters.sent)
        .sum();
    assert_eq!(by_interval, world.counters().total().sent);
    assert_eq!(world.counters().rows()[3][0].sent, 10);
    let total = world.counters().total();
    let under_way = total.sent + total.duplicated - total.lost() - total.delivered;
    assert!(under_way < 10, "{total:?}");
}

#[test]
fn latencies_follow_their_distributions() {
    let mut stream = Stream::new(1, "test");
    let mut draw = |latency: &Latency| -> Vec<u64> {
        let mut values: Vec<u64> = (0..10_000).map(|_| latency.draw(&mut stream).0).collect();
        values.sort_unstable();
        values
    };
    let uniform = draw(&Latency::Uniform(Micros(100), Micros(199)));
    assert_eq!((uniform[0], uniform[9_999]), (100, 199));
    assert!((148..=152).contains(&uniform[5_000]));
    let log_normal = draw(&Latency::LogNormal {
        median: Micros(1_000_000),
        sigma: 0.5,
    });
    // The median, and one standard deviation up: e^0.5 = 1.649.
    assert!(
        (980_000..=1_020_000).contains(&log_normal[5_000]),
        "{}",
        log_normal[5_000]
    );
    assert!(
        (1_600_000..=1_700_000).contains(&log_normal[8_413]),
        "{}",
        log_normal[8_413]
    );
    let empirical = draw(&Latency::Empirical(vec![
        Micros(1),
        Micros(2),
        Micros(2),
        Micros(9),
    ]));
    let twos = empirical.iter().filter(|value| **value == 2).count();
    assert!((4_800..=5_200).contains(&twos), "{twos}");
}
