//! Quantiles, confidence intervals and two-sample tests, small and exact where that is cheap.
//!
//! These judge results; no event of a simulation depends on them.

mod two_samples;

pub use two_samples::{KolmogorovSmirnov, MannWhitney, kolmogorov_smirnov, mann_whitney};

use serde::Serialize;

/// An interval that holds the true value with a stated confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// From 0 to 1, such as 0.95.
    pub confidence: f64,
}

impl Interval {
    /// Whether the value lies in the interval, ends included.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// The smallest value that at least the share `q` of all values do not exceed (nearest rank).
///
/// NaN if there are no values. `q` is cut to 0..=1.
pub fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    quantile_of_sorted(&sorted, q)
}

/// [`quantile`] of values that are in order already.
pub fn quantile_of_sorted(sorted: &[f64], q: f64) -> f64 {
    if sorted.is_empty() {
        return f64::NAN;
    }
    let rank = (q.clamp(0.0, 1.0) * sorted.len() as f64).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

/// The arithmetic mean; NaN if there are no values.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The standard deviation of a sample (divided by n - 1); zero for fewer than two values.
pub fn deviation(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = mean(values);
    let squares: f64 = values
        .iter()
        .map(|value| (value - mean) * (value - mean))
        .sum();
    (squares / (values.len() - 1) as f64).sqrt()
}

/// Student's interval for the mean of the population that the sample is from.
pub fn mean_interval(values: &[f64], confidence: f64) -> Interval {
    let half = student_quantile(0.5 + confidence / 2.0, values.len().saturating_sub(1))
        * deviation(values)
        / (values.len() as f64).sqrt();
    Interval {
        low: mean(values) - half,
        high: mean(values) + half,
        confidence,
    }
}

/// Wilson's interval for a share of which `hits` of `trials` were seen. It is useful for shares near 0 and 1 too.
pub fn share_interval(hits: usize, trials: usize, confidence: f64) -> Interval {
    if trials == 0 {
        return Interval {
            low: 0.0,
            high: 1.0,
            confidence,
        };
    }
    let (n, z) = (trials as f64, normal_quantile(0.5 + confidence / 2.0));
    let share = hits as f64 / n;
    let centre = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    // At the ends the formula gives exactly 0 or 1, but for rounding.
    let low = if hits == 0 {
        0.0
    } else {
        (centre - half).max(0.0)
    };
    let high = if hits == trials {
        1.0
    } else {
        (centre + half).min(1.0)
    };
    Interval {
        low,
        high,
        confidence,
    }
}

/// An interval for a quantile without any assumption on the distribution, from the ranks that a binomial law leaves open.
pub fn quantile_interval(values: &[f64], q: f64, confidence: f64) -> Interval {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    quantile_interval_of_sorted(&sorted, q, confidence)
}

/// [`quantile_interval`] of values that are in order already.
fn quantile_interval_of_sorted(sorted: &[f64], q: f64, confidence: f64) -> Interval {
    let n = sorted.len();
    if n == 0 {
        return Interval {
            low: f64::NAN,
            high: f64::NAN,
            confidence,
        };
    }
    let half = normal_quantile(0.5 + confidence / 2.0) * (n as f64 * q * (1.0 - q)).sqrt();
    let low = (n as f64 * q - half).floor().max(1.0) as usize;
    let high = ((n as f64 * q + half).ceil() as usize + 1).min(n);
    Interval {
        low: sorted[low.min(n) - 1],
        high: sorted[high - 1],
        confidence,
    }
}

/// An interval for a quantile of values that came in independent parts, and are not independent within a part. `sorted` are all of them,
/// and each part is in order too.
///
/// How much the share below the quantile varies from part to part says how far the quantile's own rank may be off (Woodruff 1952,
/// *Confidence intervals for medians and other position measures*, Journal of the American Statistical Association 47). A single part gives
/// the [`quantile_interval`] of independent values.
pub fn quantile_interval_of_parts(
    parts: &[&[f64]],
    sorted: &[f64],
    q: f64,
    confidence: f64,
) -> Interval {
    let value = quantile_of_sorted(sorted, q);
    let parts = parts.iter().filter(|part| !part.is_empty());
    let below = |part: &&[f64]| part.partition_point(|it| *it <= value) as f64 / part.len() as f64;
    let shares: Vec<f64> = parts.map(below).collect();
    if shares.len() < 2 {
        return quantile_interval_of_sorted(sorted, q, confidence);
    }
    let varied = mean_interval(&shares, confidence);
    let half = (varied.high - varied.low) / 2.0;
    Interval {
        low: quantile_of_sorted(sorted, q - half),
        high: quantile_of_sorted(sorted, q + half),
        confidence,
    }
}

/// The share of a standard normal population below `z`.
pub fn normal_share_below(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

/// The value below which the share `p` of a standard normal population lies (Acklam's rational approximation, then one
/// step of Halley's method; the error is below 1e-12). Infinite for 0 and 1.
pub fn normal_quantile(p: f64) -> f64 {
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    let a = [
        -3.969683028665376e1,
        2.209460984245205e2,
        -2.759285104469687e2,
        1.38357751867269e2,
        -3.066479806614716e1,
        2.506628277459239,
    ];
    let b = [
        -5.447609879822406e1,
        1.615858368580409e2,
        -1.556989798598866e2,
        6.680131188771972e1,
        -1.328068155288572e1,
        1.0,
    ];
    let c = [
        -7.784894002430293e-3,
        -3.223964580411365e-1,
        -2.400758277161838,
        -2.549732539343734,
        4.374664141464968,
        2.938163982698783,
    ];
    let d = [
        7.784695709041462e-3,
        3.224671290700398e-1,
        2.445134137142996,
        3.754408661907416,
        1.0,
    ];
    let polynomial = |terms: &[f64], x: f64| terms.iter().fold(0.0, |sum, term| sum * x + term);
    let tail = |p: f64| {
        let q = libm::sqrt(-2.0 * libm::log(p));
        polynomial(&c, q) / polynomial(&d, q)
    };
    let rough = if p < 0.02425 {
        tail(p)
    } else if p > 1.0 - 0.02425 {
        -tail(1.0 - p)
    } else {
        let q = p - 0.5;
        q * polynomial(&a, q * q) / polynomial(&b, q * q)
    };
    let error = normal_share_below(rough) - p;
    let step = error * (2.0 * std::f64::consts::PI).sqrt() * libm::exp(rough * rough / 2.0);
    rough - step / (1.0 + rough * step / 2.0)
}

/// Student's t for this many degrees of freedom, by the expansion around the normal quantile (Abramowitz and Stegun 26.7.5):
/// within 1 % from 5 degrees on at the usual levels.
fn student_quantile(p: f64, degrees: usize) -> f64 {
    let (z, v) = (normal_quantile(p), degrees.max(1) as f64);
    // Multiplied out: the standard library does not promise the same bits of a power on every machine.
    let square = z * z;
    let g1 = z * (square + 1.0) / 4.0;
    let g2 = z * ((5.0 * square + 16.0) * square + 3.0) / 96.0;
    let g3 = z * (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) / 384.0;
    z + g1 / v + g2 / (v * v) + g3 / (v * v * v)
}
