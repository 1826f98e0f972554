//! What the load test says, beside what the document says.

use super::festival::{Festival, Waits};
use super::printed::{self, Summary};
use super::tally::{Tally, Way, in_order};
use super::{DELIVERIES, Delivery, SERVERS};
use crate::models::{Curve, Outcome, Row, Trials};

const MILLIONS: &str = "The listing makes 5,000 users, and nothing of WhatsApp's size or working follows from it. What it has is servers that pass messages on: \
    no user tells others what it has heard, so it is no gossip protocol either.";
const PASSED: &str = "Its hops are an attribute that all messages share (L730): one for two servers, and for a stored message the number of tries (L865).";
const CAPACITY: &str = "No line of the listing reads a capacity, so that a million messages at once would take it no longer than one. Here a server takes one message after \
    the other, and a storm waits: see the pictures.";
const BILLIONS: &str = "Nothing in the listing supports it. Sixty billion a day are 694,444 a second in the mean; its eight servers together take 72,000.";
const SUCCESS: &str = "No message travels in the listing: it sleeps, and draws a success. Tried until it arrives, as a messenger does, hardly any is lost; \
    what varies is when.";
const LATENCY: &str = "The printed latency is how long one process slept between two servers. It leaves out both phones, lost attempts, and receivers who are away.";
const THROUGHPUT: &str = "Messages divided by the longest of a thousand sleeps that run side by side. It says nothing of any server: the capacities (L621) are never read.";
const FASTEST: &str = "It sleeps the mean of two servers' latencies. Over the air, the two phones are most of the way.";
const HOPS: &str =
    "One hop more does cost a little, but an attempt lost between servers is one to try again.";
const STORED: &str = "It gives up after five tries in half a second, keeps what it delivered in the queue, and never looks at the queue again (L850). Kept until the \
    receiver is back, the message arrives, minutes later.";
const REDUNDANT: &str = "It sends nothing twice: it tries one way after the other, and its hops are those of whichever message wrote the shared attribute last (L730).";

impl Festival {
    /// Many load tests: the listing's rules, then the model.
    pub fn run(&self, trials: &Trials) -> Outcome {
        // By far more messages than the listing's thousand say no more of its rules.
        let drawn = self.messages.clamp(1, 20_000);
        let runs = trials.run(|trial| {
            let mut stream = trial.stream("festival as printed");
            let sendings: Vec<_> = (0..drawn).map(|_| printed::send(&mut stream)).collect();
            let (letters, waits) = self.play(&mut trial.stream("festival"));
            (printed::summary(&sendings), (Tally::of(&letters), waits))
        });
        let (listing, (tallies, waits)): (Vec<_>, (Vec<_>, Vec<_>)) = runs.into_iter().unzip();
        let how = format!(
            "{} tests of {} messages among {} users within {}",
            tallies.len(),
            self.messages,
            self.users,
            self.within
        );
        let mut rows = printed_rows(&listing);
        rows.extend(self.all_rows(&tallies, &how));
        rows.extend(server_rows(&tallies, &how));
        for delivery in DELIVERIES {
            rows.extend(delivery_rows(delivery, &tallies, &how));
        }
        Outcome {
            model: "The messenger network at a festival".to_owned(),
            description: format!(
                "the published messenger network as a discrete-event model: {how}"
            ),
            seed: trials.seed,
            trials: tallies.len(),
            rows,
            curves: delivered(&tallies)
                .into_iter()
                .chain(waiting(&waits))
                .collect(),
        }
    }

    /// Of all messages, whichever way they went.
    fn all_rows(&self, tallies: &[Tally], how: &str) -> Vec<Row> {
        let taken: f64 = SERVERS.iter().map(|server| server.1 as f64).sum();
        let of = |what: &dyn Fn(&Tally) -> f64| -> Vec<f64> { tallies.iter().map(what).collect() };
        let per_message = |what: &dyn Fn(&Tally) -> f64| {
            of(&|tally| what(tally) / tally.messages().max(1) as f64)
        };
        let share = |name: &str, what: &dyn Fn(&Tally) -> usize| {
            let shares = per_message(&|tally| what(tally) as f64);
            Row::mean_share(name, &shares, u64::from(self.messages), how)
        };
        let means: Vec<f64> = tallies.iter().filter_map(Tally::mean_latency).collect();
        let mut rows = vec![
            Row::computed("users", f64::from(self.users), "users", "of each test").published(
                "400+ million users daily",
                "L579",
                MILLIONS,
            ),
            Row::computed(
                "messages a second that the eight servers take",
                taken,
                "messages/s",
                "sum of their capacities (L621 to L628)",
            )
            .published("60+ billion messages a day", "L616", BILLIONS),
            share("delivered", &Tally::arrived).published(
                "97.4 to 98.5 % (printed when run)",
                "L940",
                SUCCESS,
            ),
            share("delivered within 1 s", &|tally| tally.within(1.0)),
            share("stored for a receiver who was away", &|tally| tally.stored),
            Row::computed(
                "share of the servers' capacity that the test asks for",
                f64::from(self.messages) / self.within.as_seconds() / taken,
                "share",
                "messages, spread over the time in which they are sent",
            )
            .published(
                "about 1,800 messages/s (printed when run)",
                "L944",
                THROUGHPUT,
            ),
            Row::mean("latency of delivered messages, mean", &means, "s", how).published(
                "0.079 to 0.090 s (printed when run)",
                "L942",
                LATENCY,
            ),
        ];
        let all: Vec<Vec<f64>> = tallies.iter().map(Tally::latencies).collect();
        let all: Vec<&[f64]> = all.iter().map(Vec::as_slice).collect();
        rows.extend(latency_rows("latency", &all, how));
        rows.push(
            Row::mean(
                "servers passed per message",
                &per_message(&|tally| tally.hops as f64),
                "servers",
                how,
            )
            .published("1.3 to 1.4 hops (printed when run)", "L964", PASSED),
        );
        rows.push(Row::mean(
            "attempts per message",
            &per_message(&|tally| tally.attempts as f64),
            "attempts",
            how,
        ));
        rows
    }
}

/// The listing's own rules: success and latency as it would print them.
fn printed_rows(summaries: &[Vec<Summary>]) -> Vec<Row> {
    let how = format!(
        "{} runs of the listing's rules of success and sleeping",
        summaries.len()
    );
    let mut rows = Vec::new();
    for (index, way) in std::iter::once("all")
        .chain(DELIVERIES.map(Delivery::name))
        .enumerate()
    {
        let success: Vec<f64> = summaries.iter().map(|summary| summary[index].0).collect();
        let latency: Vec<f64> = summaries.iter().map(|summary| summary[index].1).collect();
        rows.push(Row::mean(
            format!("as printed, {way}: success"),
            &success,
            "share",
            &how,
        ));
        rows.push(Row::mean(
            format!("as printed, {way}: latency, mean"),
            &latency,
            "s",
            &how,
        ));
    }
    rows
}

/// The longest wait at each edge server.
fn server_rows(tallies: &[Tally], how: &str) -> Vec<Row> {
    let servers = SERVERS.iter().enumerate();
    let rows = servers.filter_map(|(index, (city, capacity, _))| {
        let waits = tallies.iter().map(|tally| tally.waits[index].as_slice());
        let waits: Vec<&[f64]> = waits.collect();
        let pooled = in_order(&waits);
        (!pooled.is_empty()).then(|| {
            let name = format!("edge server {city}, {capacity} messages/s: wait, 99th percentile");
            let row = Row::quantile_of_trials(name, &waits, &pooled, 0.99, "s", how);
            match index {
                0 => row.published("capacity 15000", "L621", CAPACITY),
                _ => row,
            }
        })
    });
    rows.collect()
}

/// How often a way was taken, how often it delivered, and when.
fn delivery_rows(delivery: Delivery, tallies: &[Tally], how: &str) -> Vec<Row> {
    let ways: Vec<&Way> = tallies.iter().map(|tally| tally.way(delivery)).collect();
    let all: usize = tallies.iter().map(Tally::messages).sum();
    let these = ways.iter().map(|way| way.messages).sum();
    let latencies: Vec<&[f64]> = ways.iter().map(|way| way.latencies.as_slice()).collect();
    let arrived = latencies.iter().map(|these| these.len()).sum();
    let (says, place, truth) = match delivery {
        Delivery::Direct => ("fastest path", "L767", FASTEST),
        Delivery::MultiHop => ("each hop reduces success slightly", "L805", HOPS),
        Delivery::StoreForward => ("stored until the recipient is online", "L842", STORED),
        Delivery::Adaptive => ("redundancy for reliability", "L874", REDUNDANT),
    };
    let name = delivery.name();
    let mut rows = vec![
        Row::share(format!("{name}: share of messages"), these, all, how),
        Row::share(format!("{name}: delivered"), arrived, these, how).published(says, place, truth),
    ];
    rows.extend(latency_rows(&format!("{name}: latency"), &latencies, how));
    rows
}

/// Quantiles of the latencies of all tests, those of each test in order. Messages to one phone wait for it together, so a test's latencies
/// are not independent.
fn latency_rows(name: &str, tests: &[&[f64]], how: &str) -> Vec<Row> {
    let pooled = in_order(tests);
    [
        (0.5, "median"),
        (0.95, "95th percentile"),
        (0.99, "99th percentile"),
    ]
    .into_iter()
    .filter(|_| !pooled.is_empty())
    .map(|(q, label)| {
        let name = format!("{name} of delivered messages, {label}");
        Row::quantile_of_trials(name, tests, &pooled, q, "s", how)
    })
    .collect()
}

/// The share that has arrived over time, of all messages and of each way of delivery.
fn delivered(tallies: &[Tally]) -> Vec<Curve> {
    let ways = std::iter::once(None).chain(DELIVERIES.map(Some));
    ways.map(|way| delivered_over_time(tallies, way)).collect()
}

fn delivered_over_time(tallies: &[Tally], way: Option<Delivery>) -> Curve {
    // From 32 milliseconds to 3,162 seconds, twenty points for each power of ten.
    let xs: Vec<f64> = (-30..=70)
        .map(|twentieth| libm::pow(10.0, f64::from(twentieth) / 20.0))
        .collect();
    let share = |tally: &Tally, x: f64| {
        let (arrived, all) = match way {
            None => (tally.within(x), tally.messages()),
            Some(way) => (tally.way(way).within(x), tally.way(way).messages),
        };
        arrived as f64 / all.max(1) as f64
    };
    let shares: Vec<Vec<f64>> = tallies
        .iter()
        .map(|tally| xs.iter().map(|&x| share(tally, x)).collect())
        .collect();
    let name = way.map_or("all", Delivery::name);
    Curve::of_trials(
        name,
        "time since it was sent (s)",
        "delivered (share)",
        &xs,
        &shares,
    )
    .logarithmic()
}

/// How long messages wait at each edge server, over time.
fn waiting(tests: &[Waits]) -> Vec<Curve> {
    let servers = SERVERS.iter().enumerate();
    let curves = servers.map(|(server, (city, capacity, _))| {
        let step = tests.first().map_or(0.0, |waits| waits.step.as_seconds());
        let intervals = tests.first().map_or(0, |waits| waits.longest.len());
        let samples = (0..intervals).map(|interval| {
            let longest = tests.iter().map(|waits| waits.longest[interval][server]);
            let millis = longest.map(|longest| longest.as_seconds() * 1e3).collect();
            ((interval + 1) as f64 * step, millis)
        });
        Curve::of_samples(
            format!("{city}, {capacity} messages/s"),
            "time since the first message (s)",
            "longest wait at a server (ms)",
            samples,
        )
    });
    curves.collect()
}
