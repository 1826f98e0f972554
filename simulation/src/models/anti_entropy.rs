//! The building society of the document (lines 213 to 370): flats that compare their books until all books are the same.
//!
//! Mended in four places. An exchange goes both ways. Two entries for a key are put in a *total* order (time, writer, amount), so
//! that equal times cannot keep two flats apart for ever. Digests find the differing entries instead of whole categories. And the
//! end is *proved*, not sampled: a round in which a few pairs found nothing to repair says nothing about the other pairs.
//!
//! # The proof of the end
//!
//! A token goes round all flats in a fixed circle. It carries one digest and the number of flats in a row that had it. A flat with
//! the same digest adds itself; one with another digest starts the count anew with its own. When the count is the number of
//! flats, all books are the same, and stay so while nobody writes. For suppose that some counted flat had changed since. Take the first such
//! change. Books only grow, in the order of the merge, and they change only by a merge with a flat that knows something not in the
//! token's book. That flat was not yet counted, and since its book only grows it still knew it when its turn came; but then it
//! had the token's digest, so the token's book knew it too: a contradiction (up to a collision of SHA-256).

use std::collections::BTreeMap;

use super::merkle::{Digest, Merkle, bucket_of};
use super::{Curve, Outcome, Row, trials};
use crate::random::Stream;
use crate::statistics;

/// An entry in a flat's book. The order of the fields is the order of the merge: the greatest wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Seconds since the Unix epoch, by the writer's clock.
    pub timestamp: u64,
    /// The flat that wrote it: it decides between equal times.
    pub writer: u32,
    /// What is owed: it decides if a writer contradicts itself.
    pub amount: i64,
}

/// A flat's book.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    entries: BTreeMap<String, Entry>,
}

/// What one exchange did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exchange {
    /// Digests compared.
    pub digests: usize,
    /// Entries sent, in both directions.
    pub entries: usize,
    /// Entries that either book took over.
    pub repairs: usize,
}

impl Book {
    /// Takes the entry in, unless the book has a greater one. Whether the book changed.
    pub fn merge(&mut self, key: &str, entry: Entry) -> bool {
        match self.entries.get_mut(key) {
            Some(own) if *own >= entry => false,
            Some(own) => {
                *own = entry;
                true
            }
            None => self.entries.insert(key.to_owned(), entry).is_none(),
        }
    }

    /// The entry under a key.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// The Merkle tree over all entries.
    pub fn tree(&self) -> Merkle {
        let bytes = |entry: &Entry| {
            [
                entry.timestamp.to_be_bytes().as_slice(),
                &entry.writer.to_be_bytes(),
                &entry.amount.to_be_bytes(),
            ]
            .concat()
        };
        Merkle::of(
            &self
                .entries
                .iter()
                .map(|(key, entry)| (key.clone(), bytes(entry)))
                .collect(),
        )
    }

    /// The digest of the whole book.
    pub fn digest(&self) -> Digest {
        self.tree().root()
    }

    /// Brings two books to the same content: the greater entry of each key, in both.
    pub fn exchange(&mut self, other: &mut Book) -> Exchange {
        let (differing, digests) = self.tree().differences(&other.tree());
        let mut done = Exchange {
            digests,
            ..Exchange::default()
        };
        let of = |book: &Book| -> Vec<(String, Entry)> {
            let differs = |key: &str| differing.contains(&bucket_of(key));
            book.entries
                .iter()
                .filter(|(key, _)| differs(key))
                .map(|(key, entry)| (key.clone(), *entry))
                .collect()
        };
        let (mine, theirs) = (of(self), of(other));
        done.entries = mine.len() + theirs.len();
        done.repairs += theirs
            .iter()
            .filter(|(key, entry)| self.merge(key, *entry))
            .count();
        done.repairs += mine
            .iter()
            .filter(|(key, entry)| other.merge(key, *entry))
            .count();
        done
    }
}

/// The token that goes round to prove that all books are the same.
#[derive(Debug, Clone, Default)]
pub struct Token {
    digest: Option<Digest>,
    agreeing: usize,
    /// How often it was handed on.
    pub steps: u64,
}

impl Token {
    /// Shows the token to the next flat of the circle. Whether all of `flats` are now proved to be the same.
    pub fn visit(&mut self, book: &Book, flats: usize) -> bool {
        let digest = book.digest();
        self.steps += 1;
        if self.digest == Some(digest) {
            self.agreeing += 1;
        } else {
            self.digest = Some(digest);
            self.agreeing = 1;
        }
        self.agreeing >= flats
    }
}

/// The society.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Society {
    /// How many flats: at least 2.
    pub flats: u32,
    /// With how many others each flat exchanges in a round.
    pub partners: u32,
    /// How many entries each book starts with, all under the same keys.
    pub months: u32,
    /// Seconds between the entries of neighbouring flats. Zero gives equal times, with which the listing never ends.
    pub spacing: u64,
    /// After how many rounds a run is ended, converged or not.
    pub max_rounds: u32,
}

impl Default for Society {
    /// The listing: 12 flats, two partners, 12 months, an hour between the flats.
    fn default() -> Self {
        Society {
            flats: 12,
            partners: 2,
            months: 12,
            spacing: 3600,
            max_rounds: 1000,
        }
    }
}

/// How a run of the published listing went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrintedRun {
    /// Whether it said that all is synchronized.
    pub proclaimed: bool,
    /// Whether that was so at the end.
    pub same: bool,
    /// "Repairs" that it reported in its last round.
    pub last_repairs: u32,
}

/// How a run went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Different books at the start and after each round.
    pub different: Vec<u32>,
    /// After which round all books were the same; `None` if they never were.
    pub converged: Option<u32>,
    /// After which round that was proved.
    pub proved: Option<u32>,
    /// All exchanges together.
    pub work: Exchange,
    /// How often the token was handed on.
    pub token_steps: u64,
}

impl Society {
    /// The books at the start.
    pub fn books(&self) -> Vec<Book> {
        (0..self.flats)
            .map(|flat| {
                let mut book = Book::default();
                for month in 1..=self.months {
                    let entry = Entry {
                        timestamp: 1_640_995_200 + u64::from(flat) * self.spacing,
                        writer: flat,
                        amount: 5000 + 100 * i64::from(flat),
                    };
                    book.merge(&format!("month_{month}"), entry);
                }
                book
            })
            .collect()
    }

    /// One run, until the token has proved the end. The token makes a circle's length of steps in each round, between the exchanges.
    pub fn simulate(&self, stream: &mut Stream) -> Run {
        let mut books = self.books();
        let flats = books.len();
        let mut token = Token::default();
        let mut run = Run {
            different: vec![different(&books)],
            converged: None,
            proved: None,
            work: Exchange::default(),
            token_steps: 0,
        };
        let mut partners = Vec::new();
        for round in 1..=self.max_rounds {
            for flat in 0..flats {
                stream.others(self.flats, flat as u32, self.partners, &mut partners);
                for &partner in &partners {
                    if let Ok([one, other]) = books.get_disjoint_mut([flat, partner as usize]) {
                        let done = one.exchange(other);
                        run.work.digests += done.digests;
                        run.work.entries += done.entries;
                        run.work.repairs += done.repairs;
                    }
                }
                let at = (token.steps % flats as u64) as usize;
                if run.proved.is_none() && token.visit(&books[at], flats) {
                    run.proved = Some(round);
                }
            }
            run.different.push(different(&books));
            if run.converged.is_none() && run.different.last() == Some(&1) {
                run.converged = Some(round);
            }
            if run.proved.is_some() {
                break;
            }
        }
        run.token_steps = token.steps;
        run
    }

    /// One run of the published listing, its two missing methods supplied: five rounds, one-way, by timestamp alone, and the end
    /// proclaimed when a round finds nothing to repair.
    pub fn simulate_as_printed(&self, stream: &mut Stream) -> PrintedRun {
        // All entries of a flat are alike, so that one of them stands for its book.
        let mut books: Vec<Entry> = self
            .books()
            .iter()
            .filter_map(|book| book.get("month_1").copied())
            .collect();
        let mut run = PrintedRun {
            proclaimed: false,
            same: false,
            last_repairs: 0,
        };
        let mut partners = Vec::new();
        for _ in 0..5 {
            run.last_repairs = 0;
            for flat in 0..books.len() {
                // Drawn among all flats; a flat that draws itself skips that partner.
                stream.others(self.flats + 1, self.flats, self.partners, &mut partners);
                for &partner in partners.iter().filter(|partner| **partner as usize != flat) {
                    let theirs = books[partner as usize];
                    let mine = &mut books[flat];
                    run.last_repairs += u32::from(
                        (mine.timestamp, mine.amount) != (theirs.timestamp, theirs.amount),
                    );
                    if theirs.timestamp > mine.timestamp {
                        *mine = theirs;
                    }
                }
            }
            if run.last_repairs == 0 {
                run.proclaimed = true;
                break;
            }
        }
        run.same = books
            .windows(2)
            .all(|pair| (pair[0].timestamp, pair[0].amount) == (pair[1].timestamp, pair[1].amount));
        run
    }

    /// Many runs.
    pub fn run(&self, seed: u64, count: usize) -> Outcome {
        let runs = trials(seed, "society", count, |stream| self.simulate(stream));
        let how = format!("{count} runs, two-way exchange, total order, token");
        let rounds: Vec<f64> = runs
            .iter()
            .filter_map(|run| run.converged)
            .map(f64::from)
            .collect();
        let proved: Vec<f64> = runs
            .iter()
            .filter_map(|run| run.proved)
            .map(f64::from)
            .collect();
        let too_early = runs
            .iter()
            .filter(|run| {
                run.proved
                    .is_some_and(|at| run.converged.is_none_or(|same| at < same))
            })
            .count();
        let per_run = |of: fn(&Exchange) -> usize| -> Vec<f64> {
            runs.iter().map(|run| of(&run.work) as f64).collect()
        };
        let printed = trials(seed, "society as printed", count, |stream| {
            self.simulate_as_printed(stream)
        });
        let as_printed = format!("{count} runs of the listing, its missing methods supplied");
        let told = |what: fn(&PrintedRun) -> bool| printed.iter().filter(|run| what(run)).count();
        let rows = vec![
            Row::share(
                "as printed: same books, and says so",
                told(|run| run.same && run.proclaimed),
                count,
                &as_printed,
            )
            .published("fully synchronized"),
            Row::share(
                "as printed: same books, and does not say so",
                told(|run| run.same && !run.proclaimed),
                count,
                &as_printed,
            ),
            Row::share(
                "as printed: different books after 5 rounds",
                told(|run| !run.same),
                count,
                &as_printed,
            ),
            Row::mean(
                "rounds until all books are the same, mean",
                &rounds,
                "rounds",
                &how,
            ),
            Row::quantile(
                "rounds until all books are the same, 95th percentile",
                &rounds,
                0.95,
                "rounds",
                &how,
            ),
            Row::share(
                "runs in which all books become the same",
                rounds.len(),
                count,
                &how,
            ),
            Row::mean("rounds until that is proved, mean", &proved, "rounds", &how),
            Row::share(
                "runs in which the end is proclaimed too early",
                too_early,
                count,
                &how,
            ),
            Row::mean(
                "entries sent in a run",
                &per_run(|work| work.entries),
                "entries",
                &how,
            ),
            Row::mean(
                "digests compared in a run",
                &per_run(|work| work.digests),
                "digests",
                &how,
            ),
            Row::computed(
                "token steps in a run, greatest",
                statistics::quantile(
                    &runs
                        .iter()
                        .map(|run| run.token_steps as f64)
                        .collect::<Vec<_>>(),
                    1.0,
                ),
                "steps",
                &how,
            ),
        ];
        let longest = runs
            .iter()
            .map(|run| run.different.len())
            .max()
            .unwrap_or(1);
        let xs: Vec<f64> = (0..longest).map(|round| round as f64).collect();
        let curves: Vec<Vec<f64>> = runs
            .iter()
            .map(|run| {
                run.different
                    .iter()
                    .map(|books| f64::from(*books))
                    .collect()
            })
            .collect();
        Outcome {
            model: "anti-entropy".to_owned(),
            description: format!(
                "{} flats with {} entries, {} partners a round, {} s between the flats' clocks",
                self.flats, self.months, self.partners, self.spacing
            ),
            seed,
            trials: count,
            rows,
            curves: vec![Curve::of_trials(
                "different books",
                "round",
                "different books",
                &xs,
                &curves,
            )],
        }
    }
}

fn different(books: &[Book]) -> u32 {
    let digests: std::collections::BTreeSet<Digest> = books.iter().map(Book::digest).collect();
    digests.len() as u32
}
