//! What nodes send, by node and interval.

use simulation::network::HostId;
use simulation::time::Micros;

/// Counts of datagrams and bytes. Bytes are those of the payload; UDP and IP headers are not in them.
#[derive(Debug, Clone)]
pub(super) struct Traffic {
    interval: Micros,
    nodes: usize,
    /// Bytes by node, interval after interval.
    rows: Vec<u64>,
    /// Datagrams sent.
    pub(super) datagrams: u64,
    /// Length of the longest, bytes.
    pub(super) largest: usize,
}

impl Traffic {
    /// Of so many nodes, in intervals of this length. An interval of zero is taken as one microsecond.
    pub(super) fn new(nodes: usize, interval: Micros) -> Self {
        Traffic {
            interval: Micros(interval.0.max(1)),
            nodes: nodes.max(1),
            rows: Vec::new(),
            datagrams: 0,
            largest: 0,
        }
    }

    /// A datagram was sent.
    pub(super) fn sent(&mut self, at: Micros, host: HostId, length: usize) {
        self.datagrams += 1;
        self.largest = self.largest.max(length);
        let row = (at.0 / self.interval.0) as usize;
        if self.rows.len() < (row + 1) * self.nodes {
            self.rows.resize((row + 1) * self.nodes, 0);
        }
        self.rows[row * self.nodes + host.0 as usize] += length as u64;
    }

    /// Bytes that a node sent in an interval: the mean over all nodes until then.
    pub(super) fn mean(&self, until: Micros) -> f64 {
        let intervals = until.0 as f64 / self.interval.0 as f64;
        let bytes: u64 = self.rows.iter().sum();
        if intervals > 0.0 {
            bytes as f64 / intervals / self.nodes as f64
        } else {
            0.0
        }
    }

    /// The most that one node sent in one interval.
    pub(super) fn most(&self) -> u64 {
        self.rows.iter().copied().max().unwrap_or(0)
    }
}
