//! Chance: named ChaCha streams, and draws that give the same result on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// 2^53: the number of equal steps into which a probability is divided.
const STEPS: u64 = 1 << 53;

/// A probability, kept as a whole number of steps of 2^-53 so that comparing it needs no rounding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chance(u64);

impl Chance {
    /// It never happens.
    pub const NEVER: Chance = Chance(0);
    /// It always happens.
    pub const ALWAYS: Chance = Chance(STEPS);

    /// A probability from 0 to 1 inclusive; `None` outside of that, and for NaN.
    pub fn new(probability: f64) -> Option<Chance> {
        (0.0..=1.0)
            .contains(&probability)
            .then_some(Chance((probability * STEPS as f64) as u64))
    }

    /// The probability as a number, for people and plots.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / STEPS as f64
    }

    /// The chance that at least one of two independent things happens.
    pub fn either(self, other: Chance) -> Chance {
        let neither = u128::from(STEPS - self.0) * u128::from(STEPS - other.0) / u128::from(STEPS);
        Chance(STEPS - neither as u64)
    }
}

/// A stream of chance, determined by a seed and a name. Streams of different names are independent.
#[derive(Debug, Clone)]
pub struct Stream {
    rng: ChaCha8Rng,
}

impl Stream {
    /// The stream called `name` of `seed`: ChaCha8 under the key SHA-256(domain, 0, name, 0, seed in big-endian order).
    pub fn new(seed: u64, name: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"mumbai-gossip simulation 1\0");
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(seed.to_be_bytes());
        Stream {
            rng: ChaCha8Rng::from_seed(hash.finalize().into()),
        }
    }

    /// The stream of the `index`th of many like things, such as the trials of an experiment.
    pub fn indexed(seed: u64, name: &str, index: u64) -> Self {
        Stream::new(seed, &format!("{name}/{index}"))
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// A number below `n`, each equally likely (Lemire's multiplication with rejection, so without bias).
    ///
    /// # Panics
    /// If `n` is 0: there is no such number.
    pub fn below(&mut self, n: u32) -> u32 {
        assert!(n > 0, "no number is below 0");
        let mut product = u64::from(self.rng.next_u32()) * u64::from(n);
        if (product as u32) < n {
            let threshold = n.wrapping_neg() % n;
            while (product as u32) < threshold {
                product = u64::from(self.rng.next_u32()) * u64::from(n);
            }
        }
        (product >> 32) as u32
    }

    /// A number below `n` for ranges beyond 32 bits, without bias.
    ///
    /// # Panics
    /// If `n` is 0.
    pub fn below_u64(&mut self, n: u64) -> u64 {
        assert!(n > 0, "no number is below 0");
        let threshold = n.wrapping_neg() % n;
        loop {
            let product = u128::from(self.bits()) * u128::from(n);
            if product as u64 >= threshold {
                return (product >> 64) as u64;
            }
        }
    }

    /// One of `n` participants other than `me`, each equally likely. `n` must be at least 2.
    pub fn other(&mut self, n: u32, me: u32) -> u32 {
        let drawn = self.below(n - 1);
        drawn + u32::from(drawn >= me)
    }

    /// Fills `chosen` with `k` different participants of `n` other than `me` (all of them if there are fewer).
    pub fn others(&mut self, n: u32, me: u32, k: u32, chosen: &mut Vec<u32>) {
        chosen.clear();
        if k >= n - 1 {
            chosen.extend((0..n).filter(|&peer| peer != me));
            return;
        }
        // Floyd's sampling over the n - 1 others: k draws, no rejection, every set equally likely.
        for last in n - 1 - k..n - 1 {
            let drawn = self.below(last + 1);
            let peer = drawn + u32::from(drawn >= me);
            let of_last = last + u32::from(last >= me);
            chosen.push(if chosen.contains(&peer) {
                of_last
            } else {
                peer
            });
        }
    }

    /// Whether something of this probability happens now. Always takes 64 bits from the stream.
    pub fn happens(&mut self, chance: Chance) -> bool {
        (self.bits() >> 11) < chance.0
    }

    /// A real number from 0 (inclusive) to 1 (exclusive), a multiple of 2^-53.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / STEPS as f64
    }

    /// A real number from `low` to `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// An exponential waiting time of mean 1.
    pub fn exponential(&mut self) -> f64 {
        -libm::log(1.0 - self.unit())
    }

    /// A normal deviate of mean 0 and standard deviation 1 (Marsaglia's polar method; the second deviate is dropped).
    pub fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (self.between(-1.0, 1.0), self.between(-1.0, 1.0));
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return x * libm::sqrt(-2.0 * libm::log(square) / square);
            }
        }
    }

    /// How many of `n` independent things of probability `p` happen: inversion outwards from the most likely value.
    ///
    /// The work grows with the standard deviation, not with `n`.
    pub fn binomial(&mut self, n: u64, p: f64) -> u64 {
        if n == 0 || p <= 0.0 {
            return 0;
        }
        if p >= 1.0 {
            return n;
        }
        let count = n as f64;
        let mode = (((count + 1.0) * p) as u64).min(n);
        let m = mode as f64;
        let log_at_mode =
            libm::lgamma(count + 1.0) - libm::lgamma(m + 1.0) - libm::lgamma(count - m + 1.0)
                + m * libm::log(p)
                + (count - m) * libm::log1p(-p);
        let at_mode = libm::exp(log_at_mode);
        let odds = p / (1.0 - p);
        let mut left = self.unit() - at_mode;
        if left < 0.0 {
            return mode;
        }
        let (mut low, mut high) = (mode, mode);
        let (mut at_low, mut at_high) = (at_mode, at_mode);
        loop {
            let stuck = (low == 0 || at_low == 0.0) && (high == n || at_high == 0.0);
            if high < n {
                at_high *= (n - high) as f64 / (high + 1) as f64 * odds;
                high += 1;
                left -= at_high;
                if left < 0.0 {
                    return high;
                }
            }
            if low > 0 {
                at_low *= low as f64 / (n - low + 1) as f64 / odds;
                low -= 1;
                left -= at_low;
                if left < 0.0 {
                    return low;
                }
            }
            if stuck {
                // The probabilities add up to 1 but for rounding; the mode takes the rest.
                return mode;
            }
        }
    }

    /// Puts the items in a random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let drawn = self.below_u64(last as u64 + 1) as usize;
            items.swap(last, drawn);
        }
    }
}

/// Independent things that happen with one probability each, from one that happens to the next.
///
/// The gaps are geometric draws by inversion, so that the work grows with what happens and not with what might.
#[derive(Debug, Clone, Copy)]
pub struct Successes {
    /// The next one that may happen.
    next: u64,
    count: u64,
    /// -ln(1 - p): exponential times of this rate, rounded down, are the gaps.
    rate: f64,
}

impl Successes {
    /// So many things, numbered from 0, of this probability each; below 0 and above 1 count as 0 and 1.
    pub fn of(count: u64, probability: f64) -> Self {
        Successes {
            next: 0,
            count: if probability > 0.0 { count } else { 0 },
            rate: -libm::log1p(-probability.min(1.0)),
        }
    }

    /// The number of the next one that happens; `None` if no further one does.
    pub fn next(&mut self, stream: &mut Stream) -> Option<u64> {
        if self.next >= self.count {
            return None;
        }
        // What is certain has an infinite rate and no gap. A gap beyond 64 bits becomes the greatest number.
        let gap = (stream.exponential() / self.rate) as u64;
        let found = self.next.saturating_add(gap);
        self.next = found.saturating_add(1);
        (found < self.count).then_some(found)
    }
}
