//! The festival load test as events.

use serde::Serialize;

use super::{Delivery, SERVERS};
use crate::network::NetworkClass;
use crate::random::{Chance, Stream};
use crate::time::Micros;
use crate::world::EventQueue;

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
    /// The city of the server that it waited longest for, by its place among the servers.
    pub slowest: usize,
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
                    if begin.since(now) >= message.letter.queued {
                        message.letter.queued = begin.since(now);
                        message.letter.slowest = server;
                    }
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
            slowest: from.city,
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
