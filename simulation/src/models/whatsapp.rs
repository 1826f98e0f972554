//! The messenger network of the document (lines 582 to 978): users all over India, eight edge servers, four ways of delivery.
//!
//! The listing sleeps in one process and draws a success; its `hops` come from an attribute that all messages share, and its
//! queues are never emptied. This is a discrete-event model with the listing's own numbers where it has any: servers, their
//! latencies and capacities, shares of users, and the choice between direct, multi-hop, store-and-forward and adaptive
//! delivery. **It is a model of that listing and not of WhatsApp**, whose real figures cannot be derived from either.
//!
//! # The rules
//!
//! A message goes from the sender's phone over its access link to the edge server of its city, from server to server, and over the
//! receiver's access link to the phone. On each leg it is tried again after a lost attempt: at first after one second, then twice
//! as long each time, at most 30 s. An edge server serves one message after the other, `capacity` a second. Phones of
//! the class `intermittent` come and go by [`Outages`](crate::network::Outages). A sender that is away waits; for a receiver that is away, *store and forward*
//! keeps the message at the server until it is back, without attempts, and the other ways keep trying. *Multi-hop* passes one or two further servers;
//! *adaptive* begins directly, takes multi-hop after a lost attempt between servers, and stores after three lost attempts at the receiver.
//! A leg is given up after [`Festival::max_attempts`]. Between servers an attempt is lost with 0.05 (the listing's 0.95, line 787).

use serde::Serialize;

use super::{Curve, Outcome, Row, trials};
use crate::network::NetworkClass;
use crate::random::{Chance, Stream};
use crate::statistics::quantile;
use crate::time::Micros;
use crate::world::EventQueue;

/// An edge server of the listing: city, messages a second, latency in milliseconds (lines 619 to 628).
pub const SERVERS: [(&str, u64, u64); 8] = [
    ("mumbai", 15_000, 12),
    ("delhi", 12_000, 15),
    ("bangalore", 10_000, 18),
    ("hyderabad", 8_000, 22),
    ("pune", 7_000, 20),
    ("chennai", 9_000, 25),
    ("kolkata", 6_000, 28),
    ("ahmedabad", 5_000, 30),
];

/// How a message is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// From server to server.
    Direct,
    /// Over one or two further servers.
    MultiHop,
    /// Kept until the receiver is there.
    StoreForward,
    /// One after the other.
    Adaptive,
}

/// All ways of delivery, in the order of the listing.
pub const DELIVERIES: [Delivery; 4] = [
    Delivery::Direct,
    Delivery::MultiHop,
    Delivery::StoreForward,
    Delivery::Adaptive,
];

impl Delivery {
    /// The listing's choice (lines 736 to 755).
    pub fn choose(sender: NetworkClass, receiver: NetworkClass) -> Delivery {
        use NetworkClass::{FourGFiveG, Intermittent, ThreeGFourG, TwoGEdge};
        match (sender, receiver) {
            (FourGFiveG | ThreeGFourG, FourGFiveG | ThreeGFourG) => Delivery::Direct,
            (FourGFiveG, TwoGEdge) => Delivery::MultiHop,
            (_, Intermittent) => Delivery::StoreForward,
            _ => Delivery::Adaptive,
        }
    }

    /// The listing's name of it.
    pub const fn name(self) -> &'static str {
        match self {
            Delivery::Direct => "direct",
            Delivery::MultiHop => "multi_hop",
            Delivery::StoreForward => "store_forward",
            Delivery::Adaptive => "adaptive",
        }
    }
}

/// The festival load test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Festival {
    /// How many users: at least 2.
    pub users: u32,
    /// How many messages they send.
    pub messages: u32,
    /// In what time, each moment equally likely.
    pub within: Micros,
    /// After how many attempts a leg is given up: from 1.
    pub max_attempts: u32,
    /// When the test ends; what is still under way counts as not delivered.
    pub horizon: Micros,
    /// Of a hundred messages, how many are for a receiver in the sender's own city because it is a local festival; the others are
    /// for anybody.
    pub local_percent: u32,
}

impl Default for Festival {
    /// The listing: 5,000 users and 1,000 messages at once (here within a second), to anybody. An hour for delivery.
    fn default() -> Self {
        Festival {
            users: 5_000,
            messages: 1_000,
            within: Micros::seconds(1),
            max_attempts: 8,
            horizon: Micros::seconds(3_600),
            local_percent: 0,
        }
    }
}

#[derive(Clone, Copy)]
struct User {
    city: usize,
    class: NetworkClass,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Letter {
    /// How it was delivered.
    pub delivery: Delivery,
    /// From the sender's tap to the receiver's phone; `None` if it did not arrive.
    pub latency: Option<Micros>,
    /// Servers that it passed.
    pub hops: u32,
    /// Transmissions on all legs, lost ones included.
    pub attempts: u32,
    /// The longest time it waited for one server to get round to it.
    pub queued: Micros,
    /// Whether it was stored for a receiver who was away.
    pub stored: bool,
}

/// Where a message is.
#[derive(Clone, Copy)]
enum Leg {
    Up,
    Server(usize),
    Between(usize),
    Down,
}

struct Message {
    letter: Letter,
    born: Micros,
    sender: usize,
    receiver: usize,
    /// The servers still to pass, last one first.
    route: Vec<usize>,
    tries: u32,
    /// Whether it was sent by further servers already.
    detoured: bool,
}

impl Festival {
    /// One load test: what became of each message.
    pub fn simulate(&self, stream: &mut Stream) -> Vec<Letter> {
        // A message needs two users.
        let this = Festival {
            users: self.users.max(2),
            ..*self
        };
        this.deliver(stream)
    }

    fn deliver(&self, stream: &mut Stream) -> Vec<Letter> {
        let users: Vec<User> = (0..self.users)
            .map(|_| User {
                city: stream.below(SERVERS.len() as u32) as usize,
                class: NetworkClass::draw(stream),
            })
            .collect();
        let mut presence: Vec<Option<Presence>> = users
            .iter()
            .map(|user| user.class.outages().map(|_| Presence::new(stream)))
            .collect();
        let mut queue = EventQueue::default();
        let mut messages: Vec<Message> = (0..self.messages)
            .map(|index| {
                let born = Micros(stream.below_u64(self.within.0.max(1)));
                queue.push(born, (index as usize, Leg::Up));
                self.message(born, &users, stream)
            })
            .collect();
        let mut busy_until = [Micros::ZERO; SERVERS.len()];
        while let Some((now, (index, leg))) = queue.pop() {
            if now > self.horizon {
                break;
            }
            let message = &mut messages[index];
            match leg {
                Leg::Up => {
                    let sender = users[message.sender];
                    let back = away_until(&mut presence[message.sender], sender.class, now);
                    if let Some(back) = back {
                        queue.push(back, (index, Leg::Up));
                        continue;
                    }
                    let next = Leg::Server(message.route.pop().unwrap_or(sender.city));
                    self.attempt(
                        now,
                        index,
                        message,
                        (Leg::Up, next),
                        access(sender.class, stream),
                        &mut queue,
                    );
                }
                Leg::Server(server) => {
                    message.letter.hops += 1;
                    let service = Micros(1_000_000 / SERVERS[server].1);
                    let begin = busy_until[server].max(now);
                    message.letter.queued = message.letter.queued.max(begin.since(now));
                    busy_until[server] = begin + service;
                    let next = if message.route.is_empty() {
                        Leg::Down
                    } else {
                        Leg::Between(server)
                    };
                    queue.push(begin + service, (index, next));
                }
                Leg::Between(here) => {
                    let Some(&there) = message.route.last() else {
                        continue;
                    };
                    let lost = stream.happens(Chance::new(0.05).unwrap_or_default());
                    let latency = Micros::millis((SERVERS[here].2 + SERVERS[there].2) / 2);
                    if !lost {
                        message.route.pop();
                    } else if message.letter.delivery == Delivery::Adaptive
                        && !std::mem::replace(&mut message.detoured, true)
                    {
                        message.route.extend(detour(here, there, stream));
                    }
                    let outcome = (!lost).then_some(latency);
                    self.attempt(
                        now,
                        index,
                        message,
                        (Leg::Between(here), Leg::Server(there)),
                        outcome,
                        &mut queue,
                    );
                }
                Leg::Down => {
                    let receiver = users[message.receiver];
                    let back = away_until(&mut presence[message.receiver], receiver.class, now);
                    let stores = match message.letter.delivery {
                        Delivery::StoreForward => true,
                        Delivery::Adaptive => message.tries >= 3,
                        Delivery::Direct | Delivery::MultiHop => false,
                    };
                    if let (Some(back), true) = (back, stores) {
                        message.letter.stored = true;
                        message.tries = 0;
                        queue.push(back, (index, Leg::Down));
                        continue;
                    }
                    let outcome = access(receiver.class, stream).filter(|_| back.is_none());
                    if let Some(latency) = outcome {
                        message.letter.attempts += 1;
                        let arrived = now + latency;
                        message.letter.latency =
                            (arrived <= self.horizon).then(|| arrived.since(message.born));
                    } else {
                        self.attempt(
                            now,
                            index,
                            message,
                            (Leg::Down, Leg::Down),
                            None,
                            &mut queue,
                        );
                    }
                }
            }
        }
        messages.into_iter().map(|message| message.letter).collect()
    }

    /// An attempt on a leg: on to the next one after its latency, or the same again after a pause, or given up.
    fn attempt(
        &self,
        now: Micros,
        index: usize,
        message: &mut Message,
        (same, next): (Leg, Leg),
        outcome: Option<Micros>,
        queue: &mut EventQueue<(usize, Leg)>,
    ) {
        message.letter.attempts += 1;
        message.tries += 1;
        match outcome {
            Some(latency) => {
                message.tries = 0;
                queue.push(now + latency, (index, next));
            }
            None if message.tries < self.max_attempts => {
                if let (Leg::Up, Leg::Server(server)) = (same, next) {
                    message.route.push(server);
                }
                let pause =
                    Micros::seconds(1u64 << (message.tries - 1).min(5)).min(Micros::seconds(30));
                queue.push(now + pause, (index, same));
            }
            None => {}
        }
    }

    fn message(&self, born: Micros, users: &[User], stream: &mut Stream) -> Message {
        let sender = stream.below(self.users);
        let mut receiver = stream.other(self.users, sender);
        if stream.below(100) < self.local_percent {
            // Somebody of the same city, if a few draws find one.
            for _ in 0..64 {
                if users[receiver as usize].city == users[sender as usize].city {
                    break;
                }
                receiver = stream.other(self.users, sender);
            }
        }
        let (from, to) = (users[sender as usize], users[receiver as usize]);
        let delivery = Delivery::choose(from.class, to.class);
        let mut route = vec![to.city];
        if delivery == Delivery::MultiHop && from.city != to.city {
            route.extend(detour(from.city, to.city, stream));
        }
        if from.city != to.city {
            route.push(from.city);
        }
        let letter = Letter {
            delivery,
            latency: None,
            hops: 0,
            attempts: 0,
            queued: Micros::ZERO,
            stored: false,
        };
        Message {
            letter,
            born,
            sender: sender as usize,
            receiver: receiver as usize,
            route,
            tries: 0,
            detoured: false,
        }
    }

    /// The listing's own rule without its sleeping: whether a message succeeds (lines 757 to 880).
    fn as_printed(stream: &mut Stream) -> bool {
        let (from, to) = (NetworkClass::draw(stream), NetworkClass::draw(stream));
        let same_city = stream.below(SERVERS.len() as u32) == 0;
        let happens =
            |p: f64, stream: &mut Stream| stream.happens(Chance::new(p).unwrap_or_default());
        let direct = |stream: &mut Stream| {
            happens(
                if to == NetworkClass::FourGFiveG {
                    0.98
                } else {
                    0.95
                },
                stream,
            )
        };
        let multi_hop = |stream: &mut Stream| {
            let further = if same_city { 0 } else { 1 + stream.below(2) };
            let mut rate = 0.95;
            for _ in 0..further {
                if !happens(rate, stream) {
                    return false;
                }
                rate *= 0.98;
            }
            happens(rate, stream)
        };
        let store = |stream: &mut Stream| {
            (0..5).any(|attempt| happens(0.3 + 0.1 * f64::from(attempt), stream))
        };
        match Delivery::choose(from, to) {
            Delivery::Direct => direct(stream),
            Delivery::MultiHop => multi_hop(stream),
            Delivery::StoreForward => store(stream),
            Delivery::Adaptive => direct(stream) || multi_hop(stream) || store(stream),
        }
    }

    /// Many load tests: the listing's rule, then the model.
    pub fn run(&self, seed: u64, count: usize) -> Outcome {
        let messages = self.messages as usize;
        let printed: Vec<f64> = trials(seed, "festival as printed", count, |stream| {
            (0..messages)
                .filter(|_| Festival::as_printed(stream))
                .count() as f64
                / messages.max(1) as f64
        });
        let runs = trials(seed, "festival", count, |stream| self.simulate(stream));
        let letters: Vec<&Letter> = runs.iter().flatten().collect();
        let how = format!(
            "{count} tests of {} messages among {} users within {}",
            self.messages, self.users, self.within
        );
        let mut rows = vec![
            Row::mean(
                "success by the listing's own rule",
                &printed,
                "share",
                format!("{count} runs of the rule; the listing itself, run, gives 0.974 to 0.985"),
            ),
            share_of_tests("delivered", &runs, |letter| letter.latency.is_some(), &how),
            share_of_tests(
                "delivered within 1 s",
                &runs,
                |letter| letter.latency.is_some_and(|l| l <= Micros::seconds(1)),
                &how,
            ),
            share_of_tests(
                "stored for a receiver who was away",
                &runs,
                |letter| letter.stored,
                &how,
            ),
        ];
        rows.extend(latency_rows("latency", &letters, &how));
        let over = |of: fn(&Letter) -> f64| -> Vec<f64> {
            runs.iter()
                .map(|run| run.iter().map(of).sum::<f64>() / run.len().max(1) as f64)
                .collect()
        };
        rows.push(Row::mean(
            "servers passed per message",
            &over(|letter| f64::from(letter.hops)),
            "servers",
            &how,
        ));
        rows.push(Row::mean(
            "attempts per message",
            &over(|letter| f64::from(letter.attempts)),
            "attempts",
            &how,
        ));
        let queued: Vec<f64> = letters
            .iter()
            .map(|letter| letter.queued.as_seconds())
            .collect();
        rows.push(Row::computed(
            "longest wait at one server, 99th percentile",
            quantile(&queued, 0.99),
            "s",
            &how,
        ));
        for delivery in DELIVERIES {
            let of: Vec<&Letter> = letters
                .iter()
                .copied()
                .filter(|letter| letter.delivery == delivery)
                .collect();
            let arrived = of.iter().filter(|letter| letter.latency.is_some()).count();
            rows.push(Row::computed(
                format!("{}: share of messages", delivery.name()),
                of.len() as f64 / letters.len().max(1) as f64,
                "share",
                &how,
            ));
            rows.push(Row::share(
                format!("{}: delivered", delivery.name()),
                arrived,
                of.len(),
                &how,
            ));
            rows.extend(latency_rows(
                &format!("{}: latency", delivery.name()),
                &of,
                &how,
            ));
        }
        Outcome {
            model: "whatsapp".to_owned(),
            description: format!(
                "the published messenger network as a discrete-event model: {how}"
            ),
            seed,
            trials: count,
            rows,
            curves: vec![delivered_over_time(&runs)],
        }
    }
}

fn share_of_tests(
    name: &str,
    runs: &[Vec<Letter>],
    what: impl Fn(&Letter) -> bool,
    how: &str,
) -> Row {
    let shares: Vec<f64> = runs
        .iter()
        .map(|run| {
            run.iter().filter(|letter| what(letter)).count() as f64 / run.len().max(1) as f64
        })
        .collect();
    Row::mean(name, &shares, "share", how)
}

fn latency_rows(name: &str, letters: &[&Letter], how: &str) -> Vec<Row> {
    let seconds: Vec<f64> = letters
        .iter()
        .filter_map(|letter| letter.latency)
        .map(Micros::as_seconds)
        .collect();
    [
        (0.5, "median"),
        (0.95, "95th percentile"),
        (0.99, "99th percentile"),
    ]
    .into_iter()
    .filter(|_| !seconds.is_empty())
    .map(|(q, label)| {
        Row::quantile(
            format!("{name} of delivered messages, {label}"),
            &seconds,
            q,
            "s",
            how,
        )
    })
    .collect()
}

fn delivered_over_time(runs: &[Vec<Letter>]) -> Curve {
    let xs: Vec<f64> = (0..=60).map(f64::from).collect();
    let shares: Vec<Vec<f64>> = runs
        .iter()
        .map(|run| {
            let mut times: Vec<f64> = run
                .iter()
                .filter_map(|letter| letter.latency)
                .map(Micros::as_seconds)
                .collect();
            times.sort_by(f64::total_cmp);
            xs.iter()
                .map(|&x| times.partition_point(|time| *time <= x) as f64 / run.len().max(1) as f64)
                .collect()
        })
        .collect();
    Curve::of_trials(
        "delivered",
        "time since it was sent (s)",
        "delivered (share)",
        &xs,
        &shares,
    )
}

/// One attempt over an access link: its latency, or `None` if it is lost.
fn access(class: NetworkClass, stream: &mut Stream) -> Option<Micros> {
    let link = class.access();
    let latency = link.latency.draw(stream);
    (!stream.happens(link.loss)).then_some(latency)
}

/// One or two servers that are neither end, last one first.
fn detour(from: usize, to: usize, stream: &mut Stream) -> Vec<usize> {
    let mut others: Vec<usize> = (0..SERVERS.len())
        .filter(|server| *server != from && *server != to)
        .collect();
    stream.shuffle(&mut others);
    others.truncate(1 + stream.below(2) as usize);
    others
}

/// A phone that comes and goes.
struct Presence {
    here: bool,
    until: Micros,
    stream: Stream,
}

impl Presence {
    /// A phone of its own chance, anywhere in its cycle.
    fn new(stream: &mut Stream) -> Self {
        let here = stream.below(2) == 0;
        Presence {
            here,
            until: Micros::ZERO,
            stream: Stream::new(stream.bits(), "presence"),
        }
    }
}

/// If the phone is away at `now`: when it will be back.
fn away_until(presence: &mut Option<Presence>, class: NetworkClass, now: Micros) -> Option<Micros> {
    let (presence, outages) = (presence.as_mut()?, class.outages()?);
    while presence.until <= now {
        presence.here = !presence.here;
        let mean = if presence.here {
            outages.up
        } else {
            outages.down
        };
        presence.until += Micros((mean.0 as f64 * presence.stream.exponential()).max(1.0) as u64);
    }
    (!presence.here).then_some(presence.until)
}
