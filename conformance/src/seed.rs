//! The one seed of a run: whatever the suite draws at random comes from it and from the name of the place that draws, so that one case
//! replays alone exactly as it ran among the others.

use std::sync::atomic::{AtomicU64, Ordering};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// The seed where nobody names one.
pub const DEFAULT: u64 = 1;

static SEED: AtomicU64 = AtomicU64::new(DEFAULT);

/// Sets the seed of this process. A process has one run, and a run one seed.
pub fn set(seed: u64) {
    SEED.store(seed, Ordering::Relaxed);
}

/// A number for that place, from 0 to 2^53 − 1 (the range of the adapter protocol's `randomSeed`).
pub fn number(place: &str) -> u64 {
    let mut hash = Sha256::new();
    hash.update(SEED.load(Ordering::Relaxed).to_be_bytes());
    hash.update(place);
    let digest = hash.finalize();
    let mut head = [0; 8];
    head.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(head) >> 11
}

/// A stream of random numbers for that place.
pub fn rng(place: &str) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(number(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seed belongs to the process, so one test looks at all of it.
    #[test]
    fn the_same_seed_and_place_draw_the_same_and_others_do_not() {
        set(1);
        let (one, elsewhere) = (number("a"), number("b"));
        assert_eq!(one, number("a"));
        assert_ne!(one, elsewhere);
        set(2);
        assert_ne!(one, number("a"));
        set(DEFAULT);
        assert!(number("a") < 1 << 53);
    }
}
