//! What the wall clocks of the hosts make of an entry: some need not keep what others hold.

use std::collections::BTreeMap;

use simulation::network::HostId;
use simulation::time::Micros;

use super::{Moment, Parameters};
use crate::simulate::machine::Stamp;

/// How far each host's wall clock is from true time, in milliseconds, as last seen.
#[derive(Debug, Default)]
pub(super) struct Walls(BTreeMap<HostId, i128>);

/// The least and the greatest wall clock of a cluster at one moment, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    least: i128,
    greatest: i128,
}

impl Walls {
    pub(super) fn see(&mut self, moment: &Moment<'_>) {
        let (wall, at) = (moment.happening.now.wall, moment.at.as_millis());
        let offset = i128::from(wall) - i128::from(at);
        self.0.insert(moment.happening.host, offset);
    }

    /// `None` before anybody was seen.
    pub(super) fn at(&self, at: Micros) -> Option<Range> {
        let at = i128::from(at.as_millis());
        Some(Range {
            least: at + self.0.values().min()?,
            greatest: at + self.0.values().max()?,
        })
    }
}

impl Range {
    /// That of one host.
    pub(super) fn of(wall: u64) -> Self {
        let wall = i128::from(wall);
        Range {
            least: wall,
            greatest: wall,
        }
    }

    /// Whether somebody skips it, or lets anything replace it, because it is dated too far ahead (MGP1-MRG-003, MGP1-MRG-008).
    pub(super) fn is_ahead(self, stamp: &Stamp, parameters: &Parameters) -> bool {
        let skew = i128::from(parameters.get("maxFutureSkew"));
        i128::from(stamp.timestamp) > self.least + skew
    }

    /// Whether somebody has dropped it, because it is a tombstone that has expired (MGP1-MRG-012).
    pub(super) fn is_expired(self, stamp: &Stamp, parameters: &Parameters) -> bool {
        let retention = i128::from(parameters.get("tombstoneRetention"));
        stamp.deleted && i128::from(stamp.timestamp) + retention <= self.greatest
    }
}
