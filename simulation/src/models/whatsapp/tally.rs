//! What one load test comes to, counted once, so that a million messages need not be kept and sorted again for each figure.

use super::festival::Letter;
use super::{DELIVERIES, Delivery, SERVERS};

/// What one load test comes to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tally {
    /// Of each way of delivery, in the order of [`DELIVERIES`].
    pub(super) ways: [Way; DELIVERIES.len()],
    /// Messages that were stored for a receiver who was away.
    pub(super) stored: usize,
    /// Servers passed.
    pub(super) hops: u64,
    /// Transmissions.
    pub(super) attempts: u64,
    /// Of each server, the longest waits of those messages that waited longest there, in seconds, least first.
    pub(super) waits: [Vec<f64>; SERVERS.len()],
}

/// What became of the messages that went one way.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Way {
    /// How many there were.
    pub(super) messages: usize,
    /// The latencies of those that arrived, in seconds, least first.
    pub(super) latencies: Vec<f64>,
}

impl Tally {
    pub(super) fn of(letters: &[Letter]) -> Self {
        let mut tally = Tally {
            ways: [const {
                Way {
                    messages: 0,
                    latencies: Vec::new(),
                }
            }; DELIVERIES.len()],
            stored: 0,
            hops: 0,
            attempts: 0,
            waits: [const { Vec::new() }; SERVERS.len()],
        };
        for letter in letters {
            let way = &mut tally.ways[place(letter.delivery)];
            way.messages += 1;
            way.latencies
                .extend(letter.latency.map(|latency| latency.as_seconds()));
            tally.stored += usize::from(letter.stored);
            tally.hops += u64::from(letter.hops);
            tally.attempts += u64::from(letter.attempts);
            tally.waits[usize::from(letter.slowest)].push(letter.queued.as_seconds());
        }
        let latencies = tally.ways.iter_mut().map(|way| &mut way.latencies);
        for seconds in latencies.chain(&mut tally.waits) {
            seconds.sort_unstable_by(f64::total_cmp);
        }
        tally
    }

    /// How many messages there were.
    pub(super) fn messages(&self) -> usize {
        self.ways.iter().map(|way| way.messages).sum()
    }

    /// How many arrived.
    pub(super) fn arrived(&self) -> usize {
        self.ways.iter().map(|way| way.latencies.len()).sum()
    }

    /// How many arrived within so many seconds.
    pub(super) fn within(&self, seconds: f64) -> usize {
        self.ways.iter().map(|way| way.within(seconds)).sum()
    }

    /// The mean latency of those that arrived, in seconds; `None` if none did.
    pub(super) fn mean_latency(&self) -> Option<f64> {
        let all: f64 = self.ways.iter().flat_map(|way| &way.latencies).sum();
        (self.arrived() > 0).then(|| all / self.arrived() as f64)
    }

    /// The latencies of all that arrived, in seconds, least first.
    pub(super) fn latencies(&self) -> Vec<f64> {
        in_order(&self.ways.each_ref().map(|way| way.latencies.as_slice()))
    }

    /// What became of the messages that went this way.
    pub(super) fn way(&self, delivery: Delivery) -> &Way {
        &self.ways[place(delivery)]
    }
}

impl Way {
    /// How many arrived within so many seconds.
    pub(super) fn within(&self, seconds: f64) -> usize {
        self.latencies
            .partition_point(|latency| *latency <= seconds)
    }
}

fn place(delivery: Delivery) -> usize {
    DELIVERIES
        .iter()
        .position(|way| *way == delivery)
        .unwrap_or_default()
}

/// All values of several lists that are in order, in order.
pub(super) fn in_order(parts: &[&[f64]]) -> Vec<f64> {
    let mut all = parts.concat();
    // The stable sort makes use of what is in order already.
    all.sort_by(f64::total_cmp);
    all
}
