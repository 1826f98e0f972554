//! A Merkle tree over a set of keyed values, with which two parties find where they differ.
//!
//! Unlike the published one (lines 213 to 248 of the document): digests are whole SHA-256 and not cut to 32 bits; leaves and inner nodes
//! are hashed in different domains, and every length is hashed too, so that no two different sets can pass for each other;
//! nothing is paired with itself; the empty set has a digest; and there are many leaves, so that a comparison can descend.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

/// SHA-256.
pub type Digest = [u8; 32];

/// Keys fall into 2^DEPTH buckets.
pub const DEPTH: u32 = 6;
const BUCKETS: usize = 1 << DEPTH;

/// The tree: level 0 is the root, level [`DEPTH`] the buckets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merkle {
    levels: Vec<Vec<Digest>>,
}

impl Merkle {
    /// The tree of these entries, each a key and the bytes of its value. Their order does not matter, as the map is ordered.
    pub fn of(entries: &BTreeMap<String, Vec<u8>>) -> Self {
        let mut buckets = vec![Vec::new(); BUCKETS];
        for (key, value) in entries {
            buckets[bucket_of(key)].push((key.as_str(), value.as_slice()));
        }
        let mut levels = vec![
            buckets
                .iter()
                .map(|entries| leaf(entries))
                .collect::<Vec<_>>(),
        ];
        while levels.last().is_some_and(|level| level.len() > 1) {
            let parents = levels.last().map(|level| {
                level
                    .chunks_exact(2)
                    .map(|pair| inner(&pair[0], &pair[1]))
                    .collect()
            });
            levels.extend(parents);
        }
        levels.reverse();
        Merkle { levels }
    }

    /// The digest of the whole set.
    pub fn root(&self) -> Digest {
        self.levels[0][0]
    }

    /// The buckets in which two sets differ, and how many digests had to be compared to find them.
    pub fn differences(&self, other: &Merkle) -> (Vec<usize>, usize) {
        let mut suspects = vec![0usize];
        let mut compared = 0;
        for depth in 0..self.levels.len() {
            compared += suspects.len();
            suspects.retain(|&at| self.levels[depth][at] != other.levels[depth][at]);
            if depth + 1 < self.levels.len() {
                suspects = suspects
                    .iter()
                    .flat_map(|&at| [2 * at, 2 * at + 1])
                    .collect();
            }
        }
        (suspects, compared)
    }
}

/// The bucket of a key: the first bits of its SHA-256.
pub fn bucket_of(key: &str) -> usize {
    usize::from(Sha256::digest(key.as_bytes())[0] >> (8 - DEPTH))
}

fn leaf(entries: &[(&str, &[u8])]) -> Digest {
    let mut hash = Sha256::new();
    hash.update([0x00]);
    hash.update((entries.len() as u64).to_be_bytes());
    for (key, value) in entries {
        for part in [key.as_bytes(), value] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    hash.finalize().into()
}

fn inner(left: &Digest, right: &Digest) -> Digest {
    let mut hash = Sha256::new();
    hash.update([0x01]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}
