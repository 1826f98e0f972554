//! Distributions of one-way latency.

use thiserror::Error;

use crate::random::Stream;
use crate::time::Micros;

/// How long a datagram is under way.
#[derive(Debug, Clone, PartialEq)]
pub enum Latency {
    /// Always the same.
    Constant(Micros),
    /// Every microsecond from the first to the second is equally likely.
    Uniform(Micros, Micros),
    /// The logarithm is normally distributed: a median, and a spread `sigma` (0.3 is calm, 1 has a long tail).
    LogNormal {
        /// Half of all datagrams are faster than this.
        median: Micros,
        /// Standard deviation of the natural logarithm.
        sigma: f64,
    },
    /// One of the measured values, each equally likely.
    Empirical(Vec<Micros>),
}

/// Why these are no parameters of a latency.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LatencyError {
    /// The ends of a uniform distribution are in the wrong order.
    #[error("the least latency {0} is greater than the greatest, {1}; exchange them")]
    Order(Micros, Micros),
    /// The spread of a log-normal distribution is out of range.
    #[error("sigma must be a number from 0 to 3")]
    Sigma,
    /// There is no measured value to choose from.
    #[error("an empirical latency needs at least one measured value")]
    NoValues,
}

impl Default for Latency {
    fn default() -> Self {
        Latency::Constant(Micros::ZERO)
    }
}

impl Latency {
    /// Whether the parameters describe a distribution.
    ///
    /// # Errors
    /// [`LatencyError`] names the parameter.
    pub fn check(&self) -> Result<(), LatencyError> {
        match self {
            Latency::Constant(_) => Ok(()),
            Latency::Uniform(least, greatest) if least > greatest => {
                Err(LatencyError::Order(*least, *greatest))
            }
            Latency::Uniform(..) => Ok(()),
            Latency::LogNormal { sigma, .. } if !(0.0..=3.0).contains(sigma) => {
                Err(LatencyError::Sigma)
            }
            Latency::LogNormal { .. } => Ok(()),
            Latency::Empirical(values) if values.is_empty() => Err(LatencyError::NoValues),
            Latency::Empirical(_) => Ok(()),
        }
    }

    /// Draws one latency. A log-normal value is cut at an hour, which only a spread far beyond any network's reaches.
    pub fn draw(&self, stream: &mut Stream) -> Micros {
        match self {
            Latency::Constant(value) => *value,
            Latency::Uniform(least, greatest) => {
                *least + Micros(stream.below_u64(greatest.since(*least).0.saturating_add(1)))
            }
            Latency::LogNormal { median, sigma } => {
                let value = median.0 as f64 * libm::exp(sigma * stream.normal());
                Micros(value.min(3.6e9) as u64)
            }
            Latency::Empirical(values) if values.is_empty() => Micros::ZERO,
            Latency::Empirical(values) => values[stream.below_u64(values.len() as u64) as usize],
        }
    }
}
