//! What the load test says, beside what the document says.

use super::festival::{Festival, Letter};
use super::printed::{self, Sending};
use super::{DELIVERIES, Delivery, SERVERS};
use crate::models::{Curve, Outcome, Row, trials};
use crate::random::Stream;
use crate::statistics::{mean, quantile};
use crate::time::Micros;

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
    pub fn run(&self, seed: u64, count: usize) -> Outcome {
        let how = format!(
            "{count} tests of {} messages among {} users within {}",
            self.messages, self.users, self.within
        );
        // By far more messages than the listing's thousand say no more of its rules.
        let drawn = self.messages.clamp(1, 20_000);
        let listing = trials(seed, "festival as printed", count, |stream: &mut Stream| {
            (0..drawn)
                .map(|_| printed::send(stream))
                .collect::<Vec<Sending>>()
        });
        let runs = trials(seed, "festival", count, |stream| self.simulate(stream));
        let letters: Vec<&Letter> = runs.iter().flatten().collect();
        let mut rows = printed_rows(&listing);
        rows.push(
            Row::computed(
                "messages a second that the eight servers take",
                SERVERS.iter().map(|server| server.1 as f64).sum(),
                "messages/s",
                "sum of their capacities (L621 to L628)",
            )
            .published("60+ billion messages a day", "L616", BILLIONS),
        );
        rows.extend([
            share_of_tests("delivered", &runs, |letter| letter.latency.is_some(), &how).published(
                "97.4 to 98.5 % (printed when run)",
                "L940",
                SUCCESS,
            ),
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
        ]);
        let taken: f64 = SERVERS.iter().map(|server| server.1 as f64).sum();
        rows.push(
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
        );
        let means: Vec<f64> = runs.iter().filter_map(|run| mean_latency(run)).collect();
        rows.push(
            Row::mean("latency of delivered messages, mean", &means, "s", &how).published(
                "0.079 to 0.090 s (printed when run)",
                "L942",
                LATENCY,
            ),
        );
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
        rows.extend(server_rows(&letters, &how));
        for delivery in DELIVERIES {
            rows.extend(delivery_rows(delivery, &letters, &how));
        }
        Outcome {
            model: "The messenger network at a festival".to_owned(),
            description: format!(
                "the published messenger network as a discrete-event model: {how}"
            ),
            seed,
            trials: count,
            rows,
            curves: curves(&runs),
        }
    }
}

/// The listing's own rules: success and latency as it would print them.
fn printed_rows(listing: &[Vec<Sending>]) -> Vec<Row> {
    let summaries: Vec<_> = listing
        .iter()
        .map(|sendings| printed::summary(sendings))
        .collect();
    let how = format!(
        "{} runs of the listing's rules of success and sleeping",
        listing.len()
    );
    let mut rows = Vec::new();
    for (index, way) in std::iter::once("all")
        .chain(DELIVERIES.map(Delivery::name))
        .enumerate()
    {
        let success: Vec<f64> = summaries.iter().map(|summary| summary[index].1).collect();
        let latency: Vec<f64> = summaries.iter().map(|summary| summary[index].2).collect();
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

fn mean_latency(run: &[Letter]) -> Option<f64> {
    let seconds: Vec<f64> = run
        .iter()
        .filter_map(|letter| letter.latency)
        .map(Micros::as_seconds)
        .collect();
    (!seconds.is_empty()).then(|| mean(&seconds))
}

/// The longest wait at each edge server.
fn server_rows(letters: &[&Letter], how: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for (index, (city, capacity, _)) in SERVERS.iter().enumerate() {
        let waits: Vec<f64> = letters
            .iter()
            .filter(|letter| letter.slowest == index)
            .map(|letter| letter.queued.as_seconds())
            .collect();
        if waits.is_empty() {
            continue;
        }
        let row = Row::computed(
            format!("edge server {city}, {capacity} messages/s: wait, 99th percentile"),
            quantile(&waits, 0.99),
            "s",
            how,
        );
        rows.push(row);
    }
    rows
}

/// How often a way was taken, how often it delivered, and when.
fn delivery_rows(delivery: Delivery, letters: &[&Letter], how: &str) -> Vec<Row> {
    let of: Vec<&Letter> = letters
        .iter()
        .copied()
        .filter(|letter| letter.delivery == delivery)
        .collect();
    let arrived = of.iter().filter(|letter| letter.latency.is_some()).count();
    let (says, place, truth) = match delivery {
        Delivery::Direct => ("fastest path", "L767", FASTEST),
        Delivery::MultiHop => ("each hop reduces success slightly", "L805", HOPS),
        Delivery::StoreForward => ("stored until the recipient is online", "L842", STORED),
        Delivery::Adaptive => ("redundancy for reliability", "L874", REDUNDANT),
    };
    let mut rows = vec![
        Row::computed(
            format!("{}: share of messages", delivery.name()),
            of.len() as f64 / letters.len().max(1) as f64,
            "share",
            how,
        ),
        Row::share(
            format!("{}: delivered", delivery.name()),
            arrived,
            of.len(),
            how,
        )
        .published(says, place, truth),
    ];
    rows.extend(latency_rows(
        &format!("{}: latency", delivery.name()),
        &of,
        how,
    ));
    rows
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

/// The share that has arrived over time, of all messages and of each way of delivery.
fn curves(runs: &[Vec<Letter>]) -> Vec<Curve> {
    let ways = std::iter::once(None).chain(DELIVERIES.map(Some));
    ways.map(|way| delivered_over_time(runs, way)).collect()
}

fn delivered_over_time(runs: &[Vec<Letter>], way: Option<Delivery>) -> Curve {
    let xs: Vec<f64> = (0..=240).map(|quarter| f64::from(quarter) / 4.0).collect();
    let shares: Vec<Vec<f64>> = runs
        .iter()
        .map(|run| {
            let these = || {
                run.iter()
                    .filter(move |letter| way.is_none_or(|way| letter.delivery == way))
            };
            let mut times: Vec<f64> = these()
                .filter_map(|letter| letter.latency)
                .map(Micros::as_seconds)
                .collect();
            times.sort_by(f64::total_cmp);
            let count = these().count().max(1) as f64;
            xs.iter()
                .map(|&x| times.partition_point(|time| *time <= x) as f64 / count)
                .collect()
        })
        .collect();
    let name = way.map_or("delivered, all", Delivery::name);
    Curve::of_trials(
        name,
        "time since it was sent (s)",
        "delivered (share)",
        &xs,
        &shares,
    )
}
