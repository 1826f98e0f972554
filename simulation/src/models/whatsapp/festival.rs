//! The festival load test as events.

use serde::Serialize;

use super::{Delivery, SERVERS};
use crate::network::NetworkClass;
use crate::radix_heap::RadixHeap;
use crate::random::{Chance, Stream};
use crate::time::Micros;

/// The festival load test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Festival {
    /// How many users: at least 2.
    pub users: u32,
    /// How many messages they send: below 2^32.
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
    pub slowest: u8,
    /// The longest time it waited for one server to get round to it.
    pub queued: Micros,
    /// Whether it was stored for a receiver who was away.
    pub stored: bool,
}

/// Where a message is. A server is named by its place among the servers.
#[derive(Clone, Copy)]
enum Leg {
    Up,
    Server(u8),
    Between(u8),
    Down,
}

/// A message under way. At a million of them the time of a run goes into fetching these from memory, so they are small, are numbered in the
/// order in which they are sent, and hold what is needed of their users.
struct Message {
    letter: Letter,
    born: Micros,
    sender: u32,
    receiver: u32,
    /// How the sender is attached.
    from: NetworkClass,
    /// How the receiver is.
    to: NetworkClass,
    route: Route,
    tries: u32,
    /// Whether it was sent by further servers already.
    detoured: bool,
}

/// How long the servers' queues were over a load test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waits {
    /// How long each interval is.
    pub(super) step: Micros,
    /// Of each interval and each server, the longest wait of a message that came in it.
    pub(super) longest: Vec<[Micros; SERVERS.len()]>,
}

impl Waits {
    /// How many intervals.
    const INTERVALS: u64 = 60;

    /// For the time of a test in which messages are sent, and that in which its least server takes its share of them: two legs a message,
    /// over eight servers. Besides four seconds for what the phones hold back.
    fn during(festival: &Festival) -> Self {
        let least = SERVERS.iter().map(|server| server.1).min().unwrap_or(1);
        let share = u64::from(festival.messages) * 2 / SERVERS.len() as u64;
        let whole = festival.within + Micros::seconds(4) + Micros::millis(share * 1_000 / least);
        Waits {
            step: Micros((whole.0 / Self::INTERVALS).max(1)),
            longest: vec![[Micros::ZERO; SERVERS.len()]; Self::INTERVALS as usize],
        }
    }

    fn record(&mut self, now: Micros, server: usize, wait: Micros) {
        if let Some(waits) = self.longest.get_mut((now.0 / self.step.0) as usize) {
            waits[server] = waits[server].max(wait);
        }
    }
}

impl Festival {
    /// One load test: what became of each message.
    pub fn simulate(&self, stream: &mut Stream) -> Vec<Letter> {
        self.play(stream).0
    }

    /// The same, with the queues of the servers.
    pub(super) fn play(&self, stream: &mut Stream) -> (Vec<Letter>, Waits) {
        // A message needs two users.
        let festival = Festival {
            users: self.users.max(2),
            ..*self
        };
        let users: Vec<User> = (0..festival.users).map(|_| User::new(stream)).collect();
        let within = self.within.0.max(1);
        let mut births: Vec<u64> = (0..self.messages)
            .map(|_| stream.below_u64(within))
            .collect();
        births.sort_unstable();
        let mut agenda = RadixHeap::default();
        let messages = births.into_iter().zip(0..).map(|(born, index)| {
            agenda.push(Micros(born), (index, Leg::Up));
            festival.message(Micros(born), &users, stream)
        });
        let messages = messages.collect();
        Evening {
            waits: Waits::during(&festival),
            festival,
            users,
            messages,
            agenda,
            busy_until: [Micros::ZERO; SERVERS.len()],
            stream,
        }
        .end()
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
        let mut route = Route::to(to.city);
        if delivery == Delivery::MultiHop && from.city != to.city {
            route.detour(from.city, to.city, stream);
        }
        if from.city != to.city {
            route.first(from.city);
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
            sender,
            receiver,
            from: from.class,
            to: to.class,
            route,
            tries: 0,
            detoured: false,
        }
    }
}

/// A load test under way.
struct Evening<'a> {
    festival: Festival,
    users: Vec<User>,
    messages: Vec<Message>,
    /// What is due: a message, by its number, on a leg.
    agenda: RadixHeap<(u32, Leg)>,
    /// When each server is through with what it has.
    busy_until: [Micros; SERVERS.len()],
    waits: Waits,
    stream: &'a mut Stream,
}

impl Evening<'_> {
    /// Until nothing is left to do, or the time is over.
    fn end(mut self) -> (Vec<Letter>, Waits) {
        while let Some((now, (index, leg))) = self.agenda.pop() {
            if now > self.festival.horizon {
                break;
            }
            match leg {
                Leg::Up => self.up(now, index),
                Leg::Server(server) => self.serve(now, index, server),
                Leg::Between(here) => self.between(now, index, here),
                Leg::Down => self.down(now, index),
            }
        }
        let messages = self.messages.into_iter();
        let letters = messages.map(|message| message.letter).collect();
        (letters, self.waits)
    }

    /// From the sender's phone to the first server.
    fn up(&mut self, now: Micros, index: u32) {
        let message = &mut self.messages[index as usize];
        let back = away_until(
            &mut self.users,
            message.sender,
            message.from,
            now,
            self.stream,
        );
        if let Some(back) = back {
            self.agenda.push(back, (index, Leg::Up));
            return;
        }
        let Some(first) = message.route.next() else {
            return;
        };
        let latency = access(message.from, self.stream);
        if latency.is_some() {
            message.route.advance();
        }
        self.attempt(now, index, (Leg::Up, Leg::Server(first)), latency);
    }

    /// Through a server, after those that came before.
    fn serve(&mut self, now: Micros, index: u32, server: u8) {
        let message = &mut self.messages[index as usize];
        let at = usize::from(server);
        message.letter.hops += 1;
        let begin = self.busy_until[at].max(now);
        let wait = begin.since(now);
        self.waits.record(now, at, wait);
        if wait >= message.letter.queued {
            message.letter.queued = wait;
            message.letter.slowest = server;
        }
        let end = begin + Micros(1_000_000 / SERVERS[at].1);
        self.busy_until[at] = end;
        // What follows at once need not be put on the agenda, unless it is asked whether a phone is there: that must be asked in order.
        if message.route.next().is_some() {
            self.between(end, index, server);
        } else if message.to.outages().is_none() {
            self.down(end, index);
        } else {
            self.agenda.push(end, (index, Leg::Down));
        }
    }

    /// From one server to the next.
    fn between(&mut self, now: Micros, index: u32, here: u8) {
        let message = &mut self.messages[index as usize];
        let Some(there) = message.route.next() else {
            return;
        };
        let lost = self.stream.happens(Chance::new(0.05).unwrap_or_default());
        if !lost {
            message.route.advance();
        } else if message.letter.delivery == Delivery::Adaptive
            && !std::mem::replace(&mut message.detoured, true)
        {
            message.route.detour(here, there, self.stream);
        }
        let of = |server: u8| SERVERS[usize::from(server)].2;
        let latency = (!lost).then(|| Micros::millis((of(here) + of(there)) / 2));
        self.attempt(
            now,
            index,
            (Leg::Between(here), Leg::Server(there)),
            latency,
        );
    }

    /// From the last server to the receiver's phone.
    fn down(&mut self, now: Micros, index: u32) {
        let message = &mut self.messages[index as usize];
        let back = away_until(
            &mut self.users,
            message.receiver,
            message.to,
            now,
            self.stream,
        );
        let stores = match message.letter.delivery {
            Delivery::StoreForward => true,
            Delivery::Adaptive => message.tries >= 3,
            Delivery::Direct | Delivery::MultiHop => false,
        };
        if let (Some(back), true) = (back, stores) {
            message.letter.stored = true;
            message.tries = 0;
            self.agenda.push(back, (index, Leg::Down));
            return;
        }
        let latency = access(message.to, self.stream).filter(|_| back.is_none());
        if let Some(latency) = latency {
            message.letter.attempts += 1;
            let arrived = now + latency;
            message.letter.latency =
                (arrived <= self.festival.horizon).then(|| arrived.since(message.born));
        } else {
            self.attempt(now, index, (Leg::Down, Leg::Down), None);
        }
    }

    /// An attempt on a leg: on to the next one after its latency, or the same again after a pause, or given up.
    fn attempt(
        &mut self,
        now: Micros,
        index: u32,
        (same, next): (Leg, Leg),
        latency: Option<Micros>,
    ) {
        let message = &mut self.messages[index as usize];
        message.letter.attempts += 1;
        message.tries += 1;
        match latency {
            Some(latency) => {
                message.tries = 0;
                self.agenda.push(now + latency, (index, next));
            }
            None if message.tries < self.festival.max_attempts => {
                let pause =
                    Micros::seconds(1u64 << (message.tries - 1).min(5)).min(Micros::seconds(30));
                self.agenda.push(now + pause, (index, same));
            }
            None => {}
        }
    }
}

/// One attempt over an access link: its latency, or `None` if it is lost.
fn access(class: NetworkClass, stream: &mut Stream) -> Option<Micros> {
    let link = class.access();
    let latency = link.latency.draw(stream);
    (!stream.happens(link.loss)).then_some(latency)
}

/// The servers that a message still has to pass, last one first: the receiver's, at most two more, the sender's.
#[derive(Clone, Copy)]
struct Route {
    servers: [u8; 4],
    left: u8,
}

impl Route {
    fn to(server: u8) -> Self {
        Route {
            servers: [server; 4],
            left: 1,
        }
    }

    fn next(&self) -> Option<u8> {
        self.left
            .checked_sub(1)
            .and_then(|at| self.servers.get(usize::from(at)).copied())
    }

    fn advance(&mut self) {
        self.left = self.left.saturating_sub(1);
    }

    fn first(&mut self, server: u8) {
        if let Some(place) = self.servers.get_mut(usize::from(self.left)) {
            *place = server;
            self.left += 1;
        }
    }

    /// Puts one or two servers first that are neither end.
    fn detour(&mut self, from: u8, to: u8, stream: &mut Stream) {
        let mut others: Vec<u8> = (0..SERVERS.len() as u8)
            .filter(|server| *server != from && *server != to)
            .collect();
        for _ in 0..=stream.below(2) {
            let drawn = stream.below(others.len() as u32) as usize;
            self.first(others.swap_remove(drawn));
        }
    }
}

/// A phone.
#[derive(Clone, Copy)]
struct User {
    /// The place of its city's server among the servers.
    city: u8,
    class: NetworkClass,
    /// Of a phone that comes and goes: whether it is here, and until when that is so; zero before anybody asked.
    here: bool,
    until: Micros,
}

impl User {
    fn new(stream: &mut Stream) -> Self {
        User {
            city: stream.below(SERVERS.len() as u32) as u8,
            class: NetworkClass::draw(stream),
            here: true,
            until: Micros::ZERO,
        }
    }
}

/// If a user's phone, attached so, is away at `now`: when it will be back. Times at which one phone is asked for must not decrease.
///
/// What happens between two questions is drawn only when somebody asks: stays last exponential times, which do not remember when they
/// began.
fn away_until(
    users: &mut [User],
    user: u32,
    class: NetworkClass,
    now: Micros,
    stream: &mut Stream,
) -> Option<Micros> {
    let outages = class.outages()?;
    let user = &mut users[user as usize];
    if user.until == Micros::ZERO {
        user.here = stream.below_u64((outages.up + outages.down).0) < outages.up.0;
        user.until = now + outages.stay(user.here, stream);
    }
    while user.until <= now {
        user.here = !user.here;
        user.until += outages.stay(user.here, stream);
    }
    (!user.here).then_some(user.until)
}
