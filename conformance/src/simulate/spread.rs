//! How far writes and members have come, seen through the events of the machines.

use std::collections::BTreeMap;

use simulation::network::HostId;
use simulation::time::Micros;

use super::letter::Letter;
use super::machine::{Event, Stamp};
use crate::oracle::message::{State, check_entry};

/// A write on its way.
#[derive(Debug, Clone)]
pub struct Track {
    /// Its key.
    pub key: String,
    /// Who wrote.
    pub writer: HostId,
    /// When.
    pub at: Micros,
    stamp: Stamp,
    /// When each host first held it or a greater one.
    pub first: Vec<Option<Micros>>,
}

/// Who holds what, as far as events tell.
#[derive(Debug, Clone)]
pub struct Spread {
    ids: BTreeMap<String, usize>,
    held: Vec<BTreeMap<String, Stamp>>,
    listed: Vec<Vec<bool>>,
    running: Vec<bool>,
    /// All accepted writes, in order.
    pub tracks: Vec<Track>,
}

impl Spread {
    /// Nobody runs yet.
    pub fn new(ids: &[String]) -> Self {
        let count = ids.len();
        Spread {
            ids: ids
                .iter()
                .enumerate()
                .map(|(index, id)| (id.clone(), index))
                .collect(),
            held: vec![BTreeMap::new(); count],
            listed: vec![vec![false; count]; count],
            running: vec![false; count],
            tracks: Vec::new(),
        }
    }

    /// A host started with nothing.
    pub fn started(&mut self, host: HostId) {
        let index = host.0 as usize;
        self.running[index] = true;
        self.held[index].clear();
        self.listed[index].fill(false);
    }

    /// A host is gone.
    pub fn stopped(&mut self, host: HostId) {
        self.running[host.0 as usize] = false;
    }

    /// Whether it runs.
    pub fn is_running(&self, host: HostId) -> bool {
        self.running[host.0 as usize]
    }

    /// A host reported this, because of that datagram.
    pub fn reported(&mut self, host: HostId, at: Micros, event: &Event, letter: Option<&Letter>) {
        let index = host.0 as usize;
        match event {
            Event::Member(id, _, to) => {
                if let Some(subject) = self.ids.get(id) {
                    self.listed[index][*subject] = to.is_some_and(|state| state != State::Dead);
                }
            }
            Event::Entry(key) => {
                // Kept as received (MGP1-MRG-004).
                let message = letter.and_then(|letter| letter.message.as_ref());
                let entry = message.map(|message| &message["data"]["localData"][key]);
                if let Some(Ok(entry)) = entry.map(|entry| check_entry(key, entry)) {
                    self.holds(host, at, key, Stamp::from(&entry));
                }
            }
            Event::Other(_) => {}
        }
    }

    /// A host wrote, and holds this now.
    pub fn wrote(&mut self, host: HostId, at: Micros, key: &str, stamp: Stamp) {
        self.tracks.push(Track {
            key: key.to_owned(),
            writer: host,
            at,
            stamp: stamp.clone(),
            first: vec![None; self.held.len()],
        });
        self.holds(host, at, key, stamp);
    }

    fn holds(&mut self, host: HostId, at: Micros, key: &str, stamp: Stamp) {
        let index = host.0 as usize;
        for track in self.tracks.iter_mut().filter(|track| track.key == key) {
            if track.first[index].is_none() && track.stamp <= stamp {
                track.first[index] = Some(at);
            }
        }
        self.held[index].insert(key.to_owned(), stamp);
    }

    /// Of all pairs of running hosts, the share in which the first lists the second as not DEAD; 0 with fewer than two.
    pub fn completeness(&self) -> f64 {
        let running: Vec<usize> = (0..self.running.len())
            .filter(|index| self.running[*index])
            .collect();
        let pairs = running.len() * running.len().saturating_sub(1);
        if pairs == 0 {
            return 0.0;
        }
        let listed = running
            .iter()
            .flat_map(|observer| {
                running.iter().filter(move |subject| {
                    observer != *subject && self.listed[*observer][**subject]
                })
            })
            .count();
        listed as f64 / pairs as f64
    }
}
