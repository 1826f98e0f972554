//! The building society as the document has it, and its Merkle tree (lines 213 to 370).

use std::collections::HashSet;

use sha2::{Digest as _, Sha256};

use super::society::{Society, distinct};
use crate::random::Stream;

/// The listing's digest: the first eight hexadecimal digits of a SHA-256 (line 228).
pub type Digest32 = String;

fn hash(item: &str) -> Digest32 {
    hex::encode(first_bytes(item))
}

/// What the listing keeps of a digest, before it is written in hexadecimal digits.
fn first_bytes(item: &str) -> [u8; 4] {
    let digest = Sha256::digest(item.as_bytes());
    std::array::from_fn(|place| digest[place])
}

/// The root of the listing's tree over these items; `None` without items, for which the listing raises an `IndexError`.
///
/// A level of odd length pairs its last node with itself (line 238), and leaves are hashed like inner nodes.
pub fn root(items: &[&str]) -> Option<Digest32> {
    let mut level: Vec<Digest32> = items.iter().map(|item| hash(item)).collect();
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| hash(&format!("{}{}", pair[0], pair.last().unwrap_or(&pair[0]))))
            .collect();
    }
    level.pop()
}

/// How many different items the listing's digest takes until two of them have the same one.
pub(super) fn items_until_collision(stream: &mut Stream) -> u32 {
    let label = stream.bits();
    let mut seen = HashSet::new();
    (1u32..)
        .find(|item| !seen.insert(first_bytes(&format!("{label}/{item}"))))
        .unwrap_or(u32::MAX)
}

/// How a run of the published listing went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintedRun {
    /// Different books at the start and after each round.
    pub different: Vec<u32>,
    /// Whether it said that all is synchronized.
    pub proclaimed: bool,
    /// Whether that was so at the end.
    pub same: bool,
    /// "Repairs" that it reported in its last round.
    pub last_repairs: u32,
}

impl Society {
    /// One run of the published listing, its two missing methods supplied: five rounds, one-way, by timestamp alone, and the end
    /// proclaimed when a round finds nothing to repair.
    pub fn simulate_as_printed(&self, stream: &mut Stream) -> PrintedRun {
        // All entries of a flat are alike, and no two flats' are: a book is the number of the flat whose entries it has.
        let mut books: Vec<u32> = (0..self.flats).collect();
        let mut run = PrintedRun {
            different: vec![self.flats],
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
                    let (mine, theirs) = (books[flat], books[partner as usize]);
                    run.last_repairs += u32::from(mine != theirs);
                    // With equal times neither is later, and each keeps its own.
                    if self.spacing > 0 {
                        books[flat] = mine.max(theirs);
                    }
                }
            }
            run.different.push(distinct(&books));
            if run.last_repairs == 0 {
                run.proclaimed = true;
                break;
            }
        }
        run.same = run.different.last() == Some(&1);
        run
    }
}
