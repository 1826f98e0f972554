//! What a model found out.

use serde::Serialize;

use crate::statistics::{self, Interval};

/// The confidence of every interval in an outcome.
pub const CONFIDENCE: f64 = 0.95;

/// What a model found out: rows for a table and curves for a plot.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The name of the model.
    pub model: String,
    /// What was run, in a sentence with all parameters.
    pub description: String,
    /// The seed: the same seed and parameters give the same outcome, to the last bit.
    pub seed: u64,
    /// How many independent trials were run.
    pub trials: usize,
    /// Measured values beside the published claims.
    pub rows: Vec<Row>,
    /// Values over time, with bands.
    pub curves: Vec<Curve>,
}

/// One measured value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// What was measured.
    pub name: String,
    /// What the document claims; `None` if it claims nothing.
    pub published: Option<Claim>,
    /// The value.
    pub measured: f64,
    /// Its unit.
    pub unit: String,
    /// Where the true value lies; `None` if the value is computed and not sampled.
    pub interval: Option<Interval>,
    /// How it was obtained.
    pub how: String,
}

/// A published claim, where it stands, and why the truth is another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// The claim, in short.
    pub says: String,
    /// Where it stands: `L57` is a line of the document, whose SHA-256 `spec/errata.md` gives; anything else is a source of its own.
    pub place: String,
    /// What is wrong with it, or that nothing is.
    pub truth: String,
}

/// A value over another, with the band in which nine of ten trials lie.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Curve {
    /// What the curve shows.
    pub name: String,
    /// The horizontal axis with its unit.
    pub x: String,
    /// The vertical axis with its unit.
    pub y: String,
    /// How the horizontal axis is divided.
    pub scale: Scale,
    /// From left to right.
    pub points: Vec<Point>,
}

/// How an axis is divided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Equal lengths are equal differences.
    #[default]
    Linear,
    /// Equal lengths are equal ratios. What is not above zero has no place.
    Logarithmic,
}

/// One point of a curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// Where it is.
    pub x: f64,
    /// The mean of all trials.
    pub mean: f64,
    /// Five of a hundred trials are below.
    pub p5: f64,
    /// Five of a hundred trials are above.
    pub p95: f64,
}

impl Row {
    /// A value that was computed.
    pub fn computed(
        name: impl Into<String>,
        measured: f64,
        unit: &str,
        how: impl Into<String>,
    ) -> Self {
        Row {
            name: name.into(),
            published: None,
            measured,
            unit: unit.to_owned(),
            interval: None,
            how: how.into(),
        }
    }

    /// The mean of a sample, with its interval.
    pub fn mean(
        name: impl Into<String>,
        values: &[f64],
        unit: &str,
        how: impl Into<String>,
    ) -> Self {
        Row {
            interval: Some(statistics::mean_interval(values, CONFIDENCE)),
            ..Row::computed(name, statistics::mean(values), unit, how)
        }
    }

    /// The mean of shares, one of each trial, every one of so many things, with its interval.
    pub fn mean_share(
        name: impl Into<String>,
        shares: &[f64],
        things: u64,
        how: impl Into<String>,
    ) -> Self {
        let row = Row::mean(name, shares, "share", how);
        let interval = if statistics::deviation(shares) > 0.0 {
            let student = statistics::mean_interval(shares, CONFIDENCE);
            Interval {
                low: student.low.max(0.0),
                high: student.high.min(1.0),
                ..student
            }
        } else {
            // Trials that are all alike say nothing of how they vary, and that none of so many things was seen is no proof.
            let all = things as usize * shares.len();
            statistics::share_interval(
                (row.measured * all as f64).round() as usize,
                all,
                CONFIDENCE,
            )
        };
        Row {
            interval: Some(interval),
            ..row
        }
    }

    /// A quantile of a sample, with its interval.
    pub fn quantile(
        name: impl Into<String>,
        values: &[f64],
        q: f64,
        unit: &str,
        how: impl Into<String>,
    ) -> Self {
        Row {
            interval: Some(statistics::quantile_interval(values, q, CONFIDENCE)),
            ..Row::computed(name, statistics::quantile(values, q), unit, how)
        }
    }

    /// A quantile of what all trials gave together, `pooled`, with its interval by how much it varies between the trials. All values are in
    /// order.
    pub fn quantile_of_trials(
        name: impl Into<String>,
        trials: &[&[f64]],
        pooled: &[f64],
        q: f64,
        unit: &str,
        how: impl Into<String>,
    ) -> Self {
        let interval = statistics::quantile_interval_of_parts(trials, pooled, q, CONFIDENCE);
        let measured = statistics::quantile_of_sorted(pooled, q);
        Row {
            interval: Some(interval),
            ..Row::computed(name, measured, unit, how)
        }
    }

    /// The share of trials in which something was so, with its interval.
    pub fn share(
        name: impl Into<String>,
        hits: usize,
        trials: usize,
        how: impl Into<String>,
    ) -> Self {
        Row {
            interval: Some(statistics::share_interval(hits, trials, CONFIDENCE)),
            ..Row::computed(name, hits as f64 / trials.max(1) as f64, "share", how)
        }
    }

    /// The same row with a claim beside it: what it says, where it stands, and why the truth is another.
    pub fn published(mut self, says: &str, place: &str, truth: &str) -> Self {
        self.published = Some(Claim {
            says: says.to_owned(),
            place: place.to_owned(),
            truth: truth.to_owned(),
        });
        self
    }
}

impl Point {
    /// The point of these values, none of them being NaN.
    fn of(x: f64, mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Point {
            x,
            mean: statistics::mean(&values),
            p5: statistics::quantile_of_sorted(&values, 0.05),
            p95: statistics::quantile_of_sorted(&values, 0.95),
        }
    }
}

impl Curve {
    /// A curve of samples, each at its `x`.
    pub fn of_samples(
        name: impl Into<String>,
        x: &str,
        y: &str,
        samples: impl IntoIterator<Item = (f64, Vec<f64>)>,
    ) -> Self {
        let samples = samples.into_iter();
        Curve {
            name: name.into(),
            x: x.to_owned(),
            y: y.to_owned(),
            scale: Scale::Linear,
            points: samples.map(|(x, values)| Point::of(x, values)).collect(),
        }
    }

    /// A curve of the trials' values at each `x`. A trial that has ended stays at its last value.
    pub fn of_trials(
        name: impl Into<String>,
        x: &str,
        y: &str,
        xs: &[f64],
        trials: &[Vec<f64>],
    ) -> Self {
        let at = |index: usize| -> Vec<f64> {
            let trials = trials.iter();
            let values = trials.filter_map(|trial| trial.get(index).or(trial.last()).copied());
            values.collect()
        };
        let samples = xs.iter().enumerate().map(|(index, &x)| (x, at(index)));
        Curve::of_samples(name, x, y, samples)
    }

    /// The same over a logarithmic axis.
    pub fn logarithmic(self) -> Self {
        Curve {
            scale: Scale::Logarithmic,
            ..self
        }
    }
}
