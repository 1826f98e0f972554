//! The listing's own rules of success and of sleeping (lines 757 to 893), without the sleep.

use super::{DELIVERIES, Delivery, SERVERS};
use crate::network::NetworkClass;
use crate::random::{Chance, Stream};

/// What the listing makes of one message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sending {
    /// The way it chose.
    pub(super) delivery: Delivery,
    /// Whether it calls it delivered.
    pub(super) succeeds: bool,
    /// How long it slept: its latency.
    pub(super) seconds: f64,
}

/// One message between two users drawn at random.
pub(super) fn send(stream: &mut Stream) -> Sending {
    let (from, to) = (NetworkClass::draw(stream), NetworkClass::draw(stream));
    let servers = SERVERS.len() as u32;
    let ends = (
        stream.below(servers) as usize,
        stream.below(servers) as usize,
    );
    let delivery = Delivery::choose(from, to);
    let mut slept = 0.0;
    let succeeds = match delivery {
        Delivery::Direct => direct(to, ends, &mut slept, stream),
        Delivery::MultiHop => multi_hop(ends, &mut slept, stream),
        Delivery::StoreForward => store(&mut slept, stream),
        Delivery::Adaptive => {
            direct(to, ends, &mut slept, stream)
                || multi_hop(ends, &mut slept, stream)
                || store(&mut slept, stream)
        }
    };
    Sending {
        delivery,
        succeeds,
        seconds: slept,
    }
}

fn happens(p: f64, stream: &mut Stream) -> bool {
    stream.happens(Chance::new(p).unwrap_or_default())
}

fn latency(server: usize) -> f64 {
    SERVERS[server].2 as f64 / 1000.0
}

fn direct(to: NetworkClass, ends: (usize, usize), slept: &mut f64, stream: &mut Stream) -> bool {
    *slept += (latency(ends.0) + latency(ends.1)) / 2.0;
    let rate = if to == NetworkClass::FourGFiveG {
        0.98
    } else {
        0.95
    };
    happens(rate, stream)
}

fn multi_hop(ends: (usize, usize), slept: &mut f64, stream: &mut Stream) -> bool {
    let mut further = Vec::new();
    if ends.0 != ends.1 {
        further = (0..SERVERS.len())
            .filter(|server| *server != ends.0 && *server != ends.1)
            .collect();
        stream.shuffle(&mut further);
        further.truncate(1 + stream.below(2) as usize);
    }
    let mut rate = 0.95;
    for server in further {
        *slept += latency(server);
        if !happens(rate, stream) {
            return false;
        }
        rate *= 0.98;
    }
    *slept += latency(ends.1);
    happens(rate, stream)
}

fn store(slept: &mut f64, stream: &mut Stream) -> bool {
    (0..5).any(|attempt| {
        *slept += 0.1;
        happens(0.3 + 0.1 * f64::from(attempt), stream)
    })
}

/// The share of successes, and the mean latency in seconds.
pub(super) type Summary = (f64, f64);

/// What the listing's rules come to, of all messages and of each way of delivery, in the order of [`DELIVERIES`].
pub(super) fn summary(sendings: &[Sending]) -> Vec<Summary> {
    let of = |way: Option<Delivery>| {
        let these: Vec<&Sending> = sendings
            .iter()
            .filter(|it| way.is_none_or(|way| it.delivery == way))
            .collect();
        let count = these.len().max(1) as f64;
        let succeeded = these.iter().filter(|it| it.succeeds).count() as f64;
        let slept: f64 = these.iter().map(|it| it.seconds).sum();
        (succeeded / count, slept / count)
    };
    std::iter::once(None)
        .chain(DELIVERIES.map(Some))
        .map(of)
        .collect()
}
