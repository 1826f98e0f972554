//! Virtual time in whole microseconds, and the clocks that a host sees.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// Microseconds: a moment since the start of the world, or a length of time.
///
/// The range of 584,000 years is never left in a run; additions saturate rather than wrap.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Micros(pub u64);

impl Micros {
    /// No time at all, and the moment at which a world starts.
    pub const ZERO: Micros = Micros(0);
    /// Later than anything that happens.
    pub const MAX: Micros = Micros(u64::MAX);

    /// Whole milliseconds as microseconds.
    pub const fn millis(millis: u64) -> Self {
        Micros(millis.saturating_mul(1_000))
    }

    /// Whole seconds as microseconds.
    pub const fn seconds(seconds: u64) -> Self {
        Micros(seconds.saturating_mul(1_000_000))
    }

    /// Milliseconds, rounded down.
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000
    }

    /// Seconds, for people and plots. Never used to decide an event.
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// The time from `earlier` to this moment, or zero if `earlier` is later.
    pub const fn since(self, earlier: Micros) -> Micros {
        Micros(self.0.saturating_sub(earlier.0))
    }

    /// Reads `250us`, `20ms`, `1.5s`, `2m` or `1h`: a decimal number, directly followed by its unit.
    pub fn parse(text: &str) -> Option<Micros> {
        let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, unit) = text.split_at(digits);
        let scale: u64 = match unit {
            "us" => 1,
            "ms" => 1_000,
            "s" => 1_000_000,
            "m" => 60_000_000,
            "h" => 3_600_000_000,
            _ => return None,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        if whole.is_empty() || fraction.is_empty() || fraction.len() > 9 || fraction.contains('.') {
            return None;
        }
        let whole: u64 = whole.parse().ok()?;
        let part: u64 =
            fraction.parse::<u64>().ok()?.checked_mul(scale)? / 10u64.pow(fraction.len() as u32);
        whole.checked_mul(scale)?.checked_add(part).map(Micros)
    }
}

impl Add for Micros {
    type Output = Micros;
    fn add(self, other: Micros) -> Micros {
        Micros(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Micros {
    fn add_assign(&mut self, other: Micros) {
        *self = *self + other;
    }
}

impl Sub for Micros {
    type Output = Micros;
    fn sub(self, other: Micros) -> Micros {
        self.since(other)
    }
}

impl fmt::Display for Micros {
    /// The largest unit that shows the value exactly: `1500ms`, `20s`, `7us`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => write!(f, "0s"),
            v if v % 1_000_000 == 0 => write!(f, "{}s", v / 1_000_000),
            v if v % 1_000 == 0 => write!(f, "{}ms", v / 1_000),
            v => write!(f, "{v}us"),
        }
    }
}

/// What a host's clocks show at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The host's monotonic clock. Its origin is the host's own, so that values of two hosts cannot be compared.
    pub mono: Micros,
    /// The host's wall clock, microseconds since the Unix epoch; skew, drift and steps included. Never below zero.
    pub wall: Micros,
}

impl Now {
    /// The wall clock in milliseconds since the Unix epoch, rounded down.
    pub const fn wall_millis(&self) -> u64 {
        self.wall.as_millis()
    }
}

/// How a host's clocks follow virtual time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HostClock {
    /// What the monotonic clock shows when the world starts.
    pub mono_origin: Micros,
    /// The wall clock's offset from true time, in microseconds.
    pub skew_us: i64,
    /// How much faster than true time the wall clock runs, in parts per million.
    pub drift_ppm: i64,
    /// The moment from which the drift counts.
    pub drift_from: Micros,
}

impl HostClock {
    /// What the host's clocks show at virtual time `at` in a world whose true time began at `epoch`.
    pub fn read(&self, at: Micros, epoch: Micros) -> Now {
        Now {
            mono: self.mono_origin + at,
            wall: Micros(self.wall(at, epoch).clamp(0, i128::from(u64::MAX)) as u64),
        }
    }

    /// What the wall clock would show if it had no limits.
    pub(crate) fn wall(&self, at: Micros, epoch: Micros) -> i128 {
        let true_wall = i128::from(epoch.0) + i128::from(at.0);
        true_wall + i128::from(self.skew_us) + self.drifted(at)
    }

    /// Adds `by_us` to the wall clock at once, as an operator or a time daemon does. The monotonic clock is not touched.
    pub fn step(&mut self, by_us: i64) {
        self.skew_us = self.skew_us.saturating_add(by_us);
    }

    /// Lets the wall clock run `ppm` too fast from `at` on; what it has gained so far stays.
    pub fn drift(&mut self, ppm: i64, at: Micros) {
        let gained = i64::try_from(self.drifted(at)).unwrap_or(i64::MAX);
        self.skew_us = self.skew_us.saturating_add(gained);
        self.drift_ppm = ppm;
        self.drift_from = at;
    }

    fn drifted(&self, at: Micros) -> i128 {
        i128::from(at.since(self.drift_from).0) * i128::from(self.drift_ppm) / 1_000_000
    }
}
