//! Random choices from a seed.

use std::collections::BTreeMap;

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The alphabet of base64url: 6 bits a character, all of them in the id alphabet.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[derive(Debug, Clone)]
pub(super) struct Random(ChaCha12Rng);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha12Rng::seed_from_u64(seed))
    }

    /// A number from 0 up to and without `end`; 0 for an `end` of 0. The bias of at most `end` / 2^64 does not matter here.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(end);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// A token of that many characters, 6 random bits each.
    pub(super) fn token(&mut self, characters: usize) -> String {
        let mut pick =
            || char::from(ALPHABET[usize::from(self.0.next_u32().to_le_bytes()[0] & 63)]);
        (0..characters).map(|_| pick()).collect()
    }

    /// Moves `count` random items to the front, in random order, and drops the rest.
    pub(super) fn choose<T>(&mut self, items: &mut Vec<T>, count: usize) {
        let count = count.min(items.len());
        for at in 0..count {
            let left = u64::try_from(items.len() - at).unwrap_or(1);
            let other = at + usize::try_from(self.below(left)).unwrap_or(0);
            items.swap(at, other);
        }
        items.truncate(count);
    }
}

/// The numbers below some end in random order, each once. Costs what is drawn, whatever the end is.
pub(super) struct Draw {
    /// Where the number at a place was swapped for another one.
    swapped: BTreeMap<usize, usize>,
    at: usize,
    end: usize,
}

impl Draw {
    pub(super) fn below(end: usize) -> Self {
        Self {
            swapped: BTreeMap::new(),
            at: 0,
            end,
        }
    }

    pub(super) fn next(&mut self, random: &mut Random) -> Option<usize> {
        let left = u64::try_from(self.end - self.at).unwrap_or(u64::MAX);
        if left == 0 {
            return None;
        }
        let other = self.at + usize::try_from(random.below(left)).unwrap_or(0);
        let drawn = self.swapped.get(&other).copied().unwrap_or(other);
        let first = self.swapped.remove(&self.at).unwrap_or(self.at);
        if other != self.at {
            self.swapped.insert(other, first);
        }
        self.at += 1;
        Some(drawn)
    }
}
