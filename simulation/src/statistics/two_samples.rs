//! Whether two samples are of one population.

use serde::Serialize;

use super::{Interval, deviation, normal_quantile, normal_share_below};

/// What the test of Mann, Whitney and Wilcoxon says of two samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MannWhitney {
    /// Pairs in which the value of the first sample is the greater one, equal pairs counted half.
    pub u: f64,
    /// `u` over the number of pairs: how likely a value of the first population exceeds one of the second. 0.5 if they are alike.
    pub superiority: f64,
    /// Two-sided: how likely so great a difference, or a greater one, is if both samples are of one population.
    pub p: f64,
    /// Whether `p` counts all arrangements; otherwise it is the normal approximation, corrected for ties and continuity.
    pub exact: bool,
    /// The interval for `superiority` (DeLong's variance).
    pub superiority_interval: Interval,
}

/// Compares two samples by ranks (Mann and Whitney 1947). Exact up to 400 pairs without ties.
///
/// `None` if a sample is empty or holds NaN. The interval has this confidence.
pub fn mann_whitney(first: &[f64], second: &[f64], confidence: f64) -> Option<MannWhitney> {
    if first.is_empty()
        || second.is_empty()
        || first.iter().chain(second).any(|value| value.is_nan())
    {
        return None;
    }
    let (n, m) = (first.len() as f64, second.len() as f64);
    let mut sorted_first = first.to_vec();
    let mut sorted_second = second.to_vec();
    sorted_first.sort_by(f64::total_cmp);
    sorted_second.sort_by(f64::total_cmp);
    let wins: Vec<f64> = first
        .iter()
        .map(|value| below_and_half_equal(&sorted_second, *value))
        .collect();
    let losses: Vec<f64> = second
        .iter()
        .map(|value| below_and_half_equal(&sorted_first, *value))
        .collect();
    let u: f64 = wins.iter().sum();
    let superiority = u / (n * m);
    let ties = tie_sizes(first, second);
    let tied = ties.iter().any(|size| *size > 1.0);
    let exact = !tied && n * m <= 400.0;
    let p = if exact {
        exact_p(first.len(), second.len(), u)
    } else {
        approximate_p(n, m, u, &ties)
    };
    let (of_wins, of_losses) = (deviation(&wins) / m, deviation(&losses) / n);
    let variance = of_wins * of_wins / n + of_losses * of_losses / m;
    let half = normal_quantile(0.5 + confidence / 2.0) * variance.sqrt();
    let superiority_interval = Interval {
        low: (superiority - half).max(0.0),
        high: (superiority + half).min(1.0),
        confidence,
    };
    Some(MannWhitney {
        u,
        superiority,
        p,
        exact,
        superiority_interval,
    })
}

/// How many of the sorted values are below `value`, equal ones counted half.
fn below_and_half_equal(sorted: &[f64], value: f64) -> f64 {
    let below = sorted.partition_point(|other| *other < value);
    let up_to = sorted.partition_point(|other| *other <= value);
    (below + up_to) as f64 / 2.0
}

fn tie_sizes(first: &[f64], second: &[f64]) -> Vec<f64> {
    let mut all: Vec<f64> = first.iter().chain(second).copied().collect();
    all.sort_by(f64::total_cmp);
    all.chunk_by(|a, b| a == b)
        .map(|group| group.len() as f64)
        .collect()
}

/// Counts the arrangements of n and m values by their U (Mann and Whitney's recursion, one value of the first sample at a time).
fn exact_p(n: usize, m: usize, u: f64) -> f64 {
    let most = n * m;
    let mut ways = vec![0.0f64; most + 1];
    ways[0] = 1.0;
    // The Gaussian binomial coefficient: multiply by (1 - q^(m+i)), then divide by (1 - q^i).
    for i in 1..=n {
        for at in (m + i..=most).rev() {
            ways[at] -= ways[at - m - i];
        }
        for at in i..=most {
            ways[at] += ways[at - i];
        }
    }
    let smaller = u.min(most as f64 - u) as usize;
    let total: f64 = ways.iter().sum();
    (2.0 * ways[..=smaller].iter().sum::<f64>() / total).min(1.0)
}

fn approximate_p(n: f64, m: f64, u: f64, ties: &[f64]) -> f64 {
    let all = n + m;
    let tied: f64 = ties.iter().map(|t| t * t * t - t).sum();
    let variance = n * m / 12.0 * (all + 1.0 - tied / (all * (all - 1.0)));
    if variance <= 0.0 {
        return 1.0;
    }
    let z = ((u - n * m / 2.0).abs() - 0.5).max(0.0) / variance.sqrt();
    (2.0 * normal_share_below(-z)).min(1.0)
}

/// What the test of Kolmogorov and Smirnov says of two samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct KolmogorovSmirnov {
    /// The greatest distance between the two empirical distribution functions.
    pub distance: f64,
    /// How likely so great a distance, or a greater one, is if both samples are of one population. Too great if there are ties.
    pub p: f64,
    /// Whether `p` counts all arrangements; otherwise it is Kolmogorov's limit.
    pub exact: bool,
}

/// Compares the whole shape of two samples. Exact up to 10,000 pairs.
///
/// `None` if a sample is empty or holds NaN.
pub fn kolmogorov_smirnov(first: &[f64], second: &[f64]) -> Option<KolmogorovSmirnov> {
    if first.is_empty()
        || second.is_empty()
        || first.iter().chain(second).any(|value| value.is_nan())
    {
        return None;
    }
    let (n, m) = (first.len(), second.len());
    let mut a = first.to_vec();
    let mut b = second.to_vec();
    a.sort_by(f64::total_cmp);
    b.sort_by(f64::total_cmp);
    // In whole steps of 1 / (n m), so that nothing is lost to rounding.
    let gap = a
        .iter()
        .chain(&b)
        .map(|value| {
            let i = a.partition_point(|other| other <= value) * m;
            let j = b.partition_point(|other| other <= value) * n;
            i.abs_diff(j)
        })
        .max()?;
    let distance = gap as f64 / (n * m) as f64;
    let exact = n * m <= 10_000;
    let p = if exact {
        exact_gap_p(n, m, gap)
    } else {
        kolmogorov_limit(distance * ((n * m) as f64 / (n + m) as f64).sqrt())
    };
    Some(KolmogorovSmirnov { distance, p, exact })
}

/// The share of all lattice paths from (0, 0) to (n, m) that reach the gap somewhere.
fn exact_gap_p(n: usize, m: usize, gap: usize) -> f64 {
    if gap == 0 {
        return 1.0;
    }
    // inside[j]: the probability that a random path to (i, j) has stayed inside so far.
    let mut inside = vec![0.0f64; m + 1];
    for i in 0..=n {
        for j in 0..=m {
            if (i * m).abs_diff(j * n) >= gap {
                inside[j] = 0.0;
            } else if i == 0 && j == 0 {
                inside[j] = 1.0;
            } else {
                let from_left = if i > 0 {
                    inside[j] * i as f64 / (i + j) as f64
                } else {
                    0.0
                };
                let from_below = if j > 0 {
                    inside[j - 1] * j as f64 / (i + j) as f64
                } else {
                    0.0
                };
                inside[j] = from_left + from_below;
            }
        }
    }
    (1.0 - inside[m]).clamp(0.0, 1.0)
}

fn kolmogorov_limit(x: f64) -> f64 {
    if x < 0.2 {
        return 1.0;
    }
    let series: f64 = (1..=100)
        .map(|k| {
            f64::from(if k % 2 == 1 { 2 } else { -2 }) * libm::exp(-2.0 * f64::from(k * k) * x * x)
        })
        .sum();
    series.clamp(0.0, 1.0)
}
