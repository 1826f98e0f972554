//! An axis: where a value lies on it, and its round numbers.

use crate::models::{Curve, Scale};

/// A range of values and how it is divided.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    scale: Scale,
    /// Whether all values are whole numbers, between which there is nothing to mark.
    whole: bool,
}

/// The two axes that hold all points of some curves, bands included; `None` without a single point that has a place.
pub(super) fn axes(curves: &[Curve]) -> Option<(Axis, Axis)> {
    let scale = curves.first()?.scale;
    let points = || {
        curves
            .iter()
            .flat_map(|curve| &curve.points)
            .filter(|point| has_place(point.x, scale) && point.mean.is_finite())
    };
    let (left, right) = span(points().map(|point| point.x))?;
    let (low, high) = span(points().flat_map(|point| [point.mean, point.p5, point.p95]))?;
    let x = Axis {
        low: left,
        high: widened(left, right),
        scale,
        whole: points().all(|point| point.x.fract() == 0.0),
    };
    let low = low.min(0.0);
    let y = Axis {
        low,
        high: widened(low, high),
        scale: Scale::Linear,
        whole: false,
    };
    Some((x, y))
}

fn has_place(value: f64, scale: Scale) -> bool {
    value.is_finite() && (scale == Scale::Linear || value > 0.0)
}

fn span(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values
        .filter(|value| value.is_finite())
        .fold(None, |range: Option<(f64, f64)>, value| {
            let (low, high) = range.unwrap_or((value, value));
            Some((low.min(value), high.max(value)))
        })
}

/// A range of no width cannot be drawn.
fn widened(low: f64, high: f64) -> f64 {
    if high > low { high } else { low + 1.0 }
}

impl Axis {
    /// The ends.
    pub(super) fn ends(&self) -> [f64; 2] {
        [self.low, self.high]
    }

    /// Where a value lies between the low end, 0, and the high end, 1; `None` if it has no place.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        let between = |low: f64, value: f64, high: f64| (value - low) / (high - low);
        has_place(value, self.scale).then(|| match self.scale {
            Scale::Linear => between(self.low, value, self.high),
            Scale::Logarithmic => between(
                libm::log10(self.low),
                libm::log10(value),
                libm::log10(self.high),
            ),
        })
    }

    /// About `count` round numbers: multiples of 1, 2 or 5 times a power of ten, or of a logarithmic axis the powers of ten. All lie on the axis.
    pub(super) fn ticks(&self, count: usize) -> Vec<f64> {
        match self.scale {
            Scale::Linear => multiples(self.low, self.high, count, self.whole),
            Scale::Logarithmic => {
                let first = (libm::log10(self.low) - 1e-9).ceil() as i32;
                let last = (libm::log10(self.high) + 1e-9).floor() as i32;
                (first..=last).map(power_of_ten).collect()
            }
        }
    }

    /// A tick as short as it can be and still be told from its neighbours.
    pub(super) fn label(&self, tick: f64, ticks: &[f64]) -> String {
        let step = match self.scale {
            Scale::Linear => ticks
                .windows(2)
                .map(|pair| (pair[1] - pair[0]).abs())
                .fold(f64::INFINITY, f64::min),
            Scale::Logarithmic => tick,
        };
        let decimals = if step.is_finite() && step > 0.0 {
            (-libm::log10(step) - 1e-9).ceil().clamp(0.0, 6.0) as usize
        } else {
            0
        };
        let text = format!("{tick:.decimals$}");
        let zero = |c| matches!(c, '0' | '.' | '-');
        if text.chars().all(zero) {
            "0".to_owned()
        } else {
            grouped(text)
        }
    }
}

fn power_of_ten(exponent: i32) -> f64 {
    // 10 to a negative power is not exact, its inverse is the nearest number.
    if exponent < 0 {
        1.0 / 10f64.powi(-exponent)
    } else {
        10f64.powi(exponent)
    }
}

fn multiples(low: f64, high: f64, count: usize, whole: bool) -> Vec<f64> {
    let rough = (high - low) / count.max(1) as f64;
    if !rough.is_finite() || rough <= 0.0 {
        return vec![low];
    }
    let rough = if whole { rough.max(1.0) } else { rough };
    let power = power_of_ten(libm::log10(rough).floor() as i32);
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough * (1.0 - 1e-9))
        .unwrap_or(power * 10.0);
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    (first..=last).map(|index| index as f64 * step).collect()
}

/// Thousands apart: 1,000,000.
fn grouped(text: String) -> String {
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let (sign, digits) = whole
        .strip_prefix('-')
        .map_or(("", whole), |digits| ("-", digits));
    let parts: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|part| std::str::from_utf8(part).unwrap_or_default())
        .collect();
    format!("{sign}{}{rest}", parts.join(","))
}
