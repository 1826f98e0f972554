//! The society, mended: rounds of two-way exchanges until a token has proved the end.

use std::collections::BTreeSet;

use super::book::{Book, Entry, Exchange, Token};
use super::printed::{PrintedRun, items_until_collision, root};
use crate::models::merkle::Digest;
use crate::models::{Curve, Outcome, Row, Trials};
use crate::random::Stream;
use crate::statistics;

const ENDS: &str = "Nothing of it runs: random is not imported (L353), and the two methods that ask the neighbour (L275, L286) were never written. \
    With both supplied, a round in which a few pairs find nothing says nothing of the others, and after five rounds the listing just stops. Equal times keep two \
    flats apart for ever while every sync reports a repair (L321).";
const TREE: &str = "The listing puts a whole category into one leaf (L301), so there is no tree to walk: any difference sends the whole category. Its digests are cut to \
    32 bits (L228), and an empty list is an IndexError.";
const PAIRS: &str = "The last node of an odd level is paired with itself (L238), and a leaf is hashed like an inner node.";
const ROUNDS: &str =
    "As printed an exchange goes one way: the asking flat learns, the other does not.";

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
    /// What a flat writes in each month.
    pub(super) fn entry(&self, flat: u32) -> Entry {
        Entry {
            timestamp: 1_640_995_200 + u64::from(flat) * self.spacing,
            writer: flat,
            amount: 5000 + 100 * i64::from(flat),
        }
    }

    /// The books at the start.
    pub fn books(&self) -> Vec<Book> {
        (0..self.flats)
            .map(|flat| {
                let mut book = Book::default();
                for month in 1..=self.months {
                    let entry = self.entry(flat);
                    book.merge(&format!("month_{month}"), entry);
                }
                book
            })
            .collect()
    }

    /// One run, until the token has proved the end, with whole books and their trees.
    /// The token makes a circle's length of steps in each round, between the exchanges.
    pub fn simulate_with_books(&self, stream: &mut Stream) -> Run {
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

    /// The same run without the trees, for societies of up to a million: as all entries of a flat change hands together, a book is
    /// the number of the flat whose entries it has, and an exchange costs either one digest or what two books cost that differ
    /// everywhere.
    pub fn simulate(&self, stream: &mut Stream) -> Run {
        let flats = self.flats as usize;
        // Of the flats' entries the later flat's are greater: by time, and by writer where times are equal.
        let mut books: Vec<u32> = (0..self.flats).collect();
        let apart = self.exchange_of_different_books();
        let (mut at, mut agreeing, mut token) = (0, 0, None);
        let mut run = Run {
            different: vec![self.flats.min(if self.months == 0 { 1 } else { u32::MAX })],
            converged: None,
            proved: None,
            work: Exchange::default(),
            token_steps: 0,
        };
        if self.months == 0 {
            books.fill(0);
        }
        let mut partners = Vec::new();
        // All exchanges, and those of equal books.
        let (mut exchanges, mut alike) = (0, 0);
        for round in 1..=self.max_rounds {
            for flat in 0..flats {
                stream.others(self.flats, flat as u32, self.partners, &mut partners);
                exchanges += partners.len();
                for &partner in &partners {
                    let (mine, theirs) = (books[flat], books[partner as usize]);
                    alike += usize::from(mine == theirs);
                    books[flat] = mine.max(theirs);
                    books[partner as usize] = mine.max(theirs);
                }
                if run.proved.is_none() {
                    agreeing = if token == Some(books[at]) {
                        agreeing + 1
                    } else {
                        1
                    };
                    token = Some(books[at]);
                    at = (at + 1) % flats;
                    run.token_steps += 1;
                    if agreeing >= flats {
                        run.proved = Some(round);
                    }
                }
            }
            run.different.push(distinct(&books));
            if run.converged.is_none() && run.different.last() == Some(&1) {
                run.converged = Some(round);
            }
            if run.proved.is_some() {
                break;
            }
        }
        let unlike = exchanges - alike;
        run.work = Exchange {
            digests: alike + unlike * apart.digests,
            entries: unlike * apart.entries,
            repairs: unlike * apart.repairs,
        };
        run
    }

    fn exchange_of_different_books(&self) -> Exchange {
        let pair = Society { flats: 2, ..*self };
        match pair.books().as_mut_slice() {
            [one, other] => one.exchange(other),
            _ => Exchange::default(),
        }
    }

    /// Many runs.
    pub fn run(&self, trials: &Trials) -> Outcome {
        let all = trials.run(|trial| {
            // A few collisions of digests say what there is to say of them.
            let clash = (trial.index < 20)
                .then(|| f64::from(items_until_collision(&mut trial.stream("collision"))));
            let printed = self.simulate_as_printed(&mut trial.stream("society as printed"));
            let run = self.simulate(&mut trial.stream("society"));
            (run, (printed, clash))
        });
        let count = all.len();
        let (runs, (printed, clash)): (Vec<Run>, (Vec<PrintedRun>, Vec<_>)) =
            all.into_iter().unzip();
        let clash: Vec<f64> = clash.into_iter().flatten().collect();
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
        let as_printed = format!("{count} runs of the listing, its missing methods supplied");
        let told = |what: fn(&PrintedRun) -> bool| printed.iter().filter(|run| what(run)).count();
        let two_of_a_kind = usize::from(root(&["a", "b", "c"]) == root(&["a", "b", "c", "c"]));
        let apart = self.exchange_of_different_books();
        let rows = vec![
            Row::mean(
                "as printed: items until two have the same digest",
                &clash,
                "items",
                format!(
                    "{} runs of the listing's digest, SHA-256 cut to 32 bits",
                    clash.len()
                ),
            )
            .published("efficient comparison by a Merkle tree", "L219", TREE),
            Row::computed(
                "as printed: lists [a, b, c] and [a, b, c, c] with the same root",
                two_of_a_kind as f64,
                "of 1",
                "the listing's tree",
            )
            .published("a tree tells books apart", "L217", PAIRS),
            Row::computed(
                "mended: digests compared by two books that differ in every entry",
                apart.digests as f64,
                "digests",
                "a tree of 64 buckets, SHA-256 in full",
            ),
            Row::computed(
                "mended: digests compared by two equal books",
                1.0,
                "digests",
                "the root",
            ),
            Row::share(
                "as printed: same books, and says so",
                told(|run| run.same && run.proclaimed),
                count,
                &as_printed,
            )
            .published("fully synchronized", "L363", ENDS),
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
            )
            .published("5 rounds for 12 flats", "L347", ROUNDS),
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
        let lengths = runs.iter().map(|run| &run.different);
        let lengths = lengths.chain(printed.iter().map(|run| &run.different));
        let longest = lengths.map(Vec::len).max().unwrap_or(1);
        let xs: Vec<f64> = (0..longest).map(|round| round as f64).collect();
        let curve = |name: &str, runs: &mut dyn Iterator<Item = &Vec<u32>>| {
            let counts = runs.map(|run| run.iter().map(|books| f64::from(*books)).collect());
            let counts: Vec<Vec<f64>> = counts.collect();
            Curve::of_trials(name, "round", "different books", &xs, &counts)
        };
        let curves = vec![
            curve(
                "as printed, one way, five rounds",
                &mut printed.iter().map(|run| &run.different),
            ),
            curve(
                "mended, both ways",
                &mut runs.iter().map(|run| &run.different),
            ),
        ];
        Outcome {
            model: "Anti-entropy in a building society".to_owned(),
            description: format!(
                "{} flats with {} entries, {} partners a round, {} s between the flats' clocks",
                self.flats, self.months, self.partners, self.spacing
            ),
            seed: trials.seed,
            trials: count,
            rows,
            curves,
        }
    }
}

fn different(books: &[Book]) -> u32 {
    let digests: BTreeSet<Digest> = books.iter().map(Book::digest).collect();
    digests.len() as u32
}

/// How many different numbers there are, each below their count.
pub(super) fn distinct(books: &[u32]) -> u32 {
    let mut seen = vec![0u64; books.len().div_ceil(64)];
    for book in books {
        seen[*book as usize / 64] |= 1 << (book % 64);
    }
    seen.iter().map(|word| word.count_ones()).sum()
}
