//! What passed through the network, by host and interval.

use serde::Serialize;

use crate::network::{HostId, LossCause};
use crate::time::Micros;

/// Counts of datagrams and bytes. Bytes are those of the payload; UDP and IP headers are not in them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counters {
    /// Datagrams that the host sent.
    pub sent: u64,
    /// Their bytes.
    pub bytes_sent: u64,
    /// Datagrams handed to the host, copies included.
    pub delivered: u64,
    /// Their bytes.
    pub bytes_delivered: u64,
    /// Further copies that the network made of what the host sent.
    pub duplicated: u64,
    /// Datagrams of this host that a link lost.
    pub lost_link: u64,
    /// Datagrams of this host that a cut stopped.
    pub lost_cut: u64,
    /// Datagrams of this host lost because it or the receiver was off the network.
    pub lost_detached: u64,
    /// Datagrams of this host, and copies, for which nobody listened.
    pub lost_nobody: u64,
    /// Datagrams of this host, and copies, for which a paused receiver had no room left.
    pub lost_buffer: u64,
    /// Times that the host was woken.
    pub wakes: u64,
}

impl Counters {
    /// Datagrams of this host that did not arrive, for any reason.
    pub fn lost(&self) -> u64 {
        self.lost_link + self.lost_cut + self.lost_detached + self.lost_nobody + self.lost_buffer
    }

    pub(super) fn count_loss(&mut self, cause: LossCause) {
        *match cause {
            LossCause::Link => &mut self.lost_link,
            LossCause::Cut => &mut self.lost_cut,
            LossCause::Detached => &mut self.lost_detached,
            LossCause::NobodyThere => &mut self.lost_nobody,
            LossCause::BufferFull => &mut self.lost_buffer,
        } += 1;
    }

    fn add(&mut self, other: &Counters) {
        self.sent += other.sent;
        self.bytes_sent += other.bytes_sent;
        self.delivered += other.delivered;
        self.bytes_delivered += other.bytes_delivered;
        self.duplicated += other.duplicated;
        self.lost_link += other.lost_link;
        self.lost_cut += other.lost_cut;
        self.lost_detached += other.lost_detached;
        self.lost_nobody += other.lost_nobody;
        self.lost_buffer += other.lost_buffer;
        self.wakes += other.wakes;
    }
}

/// The counters of every host, interval by interval.
#[derive(Debug, Clone)]
pub struct CountersByInterval {
    interval: Micros,
    hosts: usize,
    rows: Vec<Vec<Counters>>,
}

impl CountersByInterval {
    /// Counters for this many hosts. An interval of zero is taken as one microsecond.
    pub(super) fn new(hosts: usize, interval: Micros) -> Self {
        CountersByInterval {
            interval: Micros(interval.0.max(1)),
            hosts,
            rows: Vec::new(),
        }
    }

    pub(super) fn at(&mut self, at: Micros, host: HostId) -> &mut Counters {
        let row = (at.0 / self.interval.0) as usize;
        if row >= self.rows.len() {
            self.rows
                .resize(row + 1, vec![Counters::default(); self.hosts]);
        }
        &mut self.rows[row][host.0 as usize]
    }

    /// The length of an interval.
    pub fn interval(&self) -> Micros {
        self.interval
    }

    /// The intervals in order, each with the counters of all hosts in order of their numbers.
    pub fn rows(&self) -> &[Vec<Counters>] {
        &self.rows
    }

    /// One host over the whole run.
    pub fn host(&self, host: HostId) -> Counters {
        self.sum(self.rows.iter().filter_map(|row| row.get(host.0 as usize)))
    }

    /// All hosts over the whole run.
    pub fn total(&self) -> Counters {
        self.sum(self.rows.iter().flatten())
    }

    fn sum<'a>(&self, parts: impl Iterator<Item = &'a Counters>) -> Counters {
        parts.fold(Counters::default(), |mut sum, part| {
            sum.add(part);
            sum
        })
    }
}
