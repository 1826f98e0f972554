//! One direction of one link.

use super::Latency;
use crate::random::{Chance, Stream};
use crate::time::Micros;

/// What a link does to a datagram, in one direction.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Link {
    /// How long it is under way.
    pub latency: Latency,
    /// That it vanishes.
    pub loss: Chance,
    /// That it arrives twice, each copy with a latency of its own.
    pub duplicate: Chance,
    /// That it is held back by [`reorder_by`](Link::reorder_by), so that later ones overtake it.
    pub reorder: Chance,
    /// How long a reordered datagram is held back.
    pub reorder_by: Micros,
}

impl Link {
    /// A link that loses nothing and always takes the same time.
    pub fn constant(latency: Micros) -> Self {
        Link {
            latency: Latency::Constant(latency),
            ..Link::default()
        }
    }

    /// The same link with this probability of loss.
    pub fn with_loss(mut self, loss: Chance) -> Self {
        self.loss = loss;
        self
    }

    /// How long one copy takes, reordering included.
    pub(super) fn delay(&self, stream: &mut Stream) -> Micros {
        let held = if stream.happens(self.reorder) {
            self.reorder_by
        } else {
            Micros::ZERO
        };
        self.latency.draw(stream) + held
    }
}
