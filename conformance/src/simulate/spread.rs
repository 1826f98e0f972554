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
    /// Whether somebody held a greater one when it was written: those who do need not take it.
    pub is_beaten: bool,
    /// When each host first held it or a greater one.
    pub first: Vec<Option<Micros>>,
}

impl Track {
    /// What its writer held under the key at once.
    pub fn stamp(&self) -> &Stamp {
        &self.stamp
    }
}

/// Who has heard of what, as far as events tell.
#[derive(Debug, Clone)]
pub struct Spread {
    ids: BTreeMap<String, usize>,
    listed: Vec<Vec<bool>>,
    running: Vec<bool>,
    since: Vec<Micros>,
    /// Pairs of running hosts in which the first lists the second.
    pairs: usize,
    /// The greatest that anybody ever held, by key.
    greatest: BTreeMap<String, Stamp>,
    /// All accepted writes, in order.
    pub tracks: Vec<Track>,
}

impl Spread {
    /// Nobody runs yet.
    pub fn new(ids: &[String]) -> Self {
        let count = ids.len();
        let ids = ids
            .iter()
            .enumerate()
            .map(|(index, id)| (id.clone(), index));
        Spread {
            ids: ids.collect(),
            listed: vec![vec![false; count]; count],
            running: vec![false; count],
            since: vec![Micros::ZERO; count],
            pairs: 0,
            greatest: BTreeMap::new(),
            tracks: Vec::new(),
        }
    }

    /// A host started with nothing.
    pub fn started(&mut self, host: HostId, at: Micros) {
        let index = host.0 as usize;
        self.stopped(host);
        self.listed[index].fill(false);
        self.running[index] = true;
        self.since[index] = at;
        self.pairs += self.with(index);
    }

    /// A host is gone.
    pub fn stopped(&mut self, host: HostId) {
        let index = host.0 as usize;
        if self.running[index] {
            self.pairs -= self.with(index);
            self.running[index] = false;
        }
    }

    /// Whether it runs, and has not left.
    pub fn is_running(&self, host: HostId) -> bool {
        self.running[host.0 as usize]
    }

    /// Whether it runs, has not left, and ran already at that time.
    pub fn is_running_since(&self, host: HostId, at: Micros) -> bool {
        self.is_running(host) && self.since[host.0 as usize] <= at
    }

    /// Listed pairs of running hosts that this one is in.
    fn with(&self, index: usize) -> usize {
        let others =
            (0..self.running.len()).filter(|other| *other != index && self.running[*other]);
        others
            .map(|other| {
                usize::from(self.listed[index][other]) + usize::from(self.listed[other][index])
            })
            .sum()
    }

    /// A host reported this, because of that datagram.
    pub fn reported(&mut self, host: HostId, at: Micros, event: &Event, letter: Option<&Letter>) {
        match event {
            Event::Member(id, _, to) => {
                self.lists(
                    host.0 as usize,
                    id,
                    to.is_some_and(|state| state != State::Dead),
                );
            }
            Event::Entry(key) => {
                // Kept as received (MGP1-MRG-004).
                let message = letter.and_then(Letter::message);
                let entry = message.map(|message| &message["data"]["localData"][key]);
                if let Some(Ok(entry)) = entry.map(|entry| check_entry(key, entry)) {
                    self.holds(host, at, key, &Stamp::from(&entry));
                }
            }
            Event::Other(_) => {}
        }
    }

    fn lists(&mut self, observer: usize, id: &str, is_listed: bool) {
        let Some(&subject) = self.ids.get(id) else {
            return;
        };
        let was = std::mem::replace(&mut self.listed[observer][subject], is_listed);
        if observer != subject && self.running[observer] && self.running[subject] {
            self.pairs += usize::from(is_listed);
            self.pairs -= usize::from(was);
        }
    }

    /// A host wrote, and holds this now.
    pub fn wrote(&mut self, host: HostId, at: Micros, key: &str, stamp: Stamp) {
        let greatest = self.greatest.get(key);
        let is_beaten = greatest.is_some_and(|greatest| *greatest > stamp);
        self.tracks.push(Track {
            key: key.to_owned(),
            writer: host,
            at,
            stamp: stamp.clone(),
            is_beaten,
            first: vec![None; self.running.len()],
        });
        self.holds(host, at, key, &stamp);
    }

    fn holds(&mut self, host: HostId, at: Micros, key: &str, stamp: &Stamp) {
        let index = host.0 as usize;
        match self.greatest.get_mut(key) {
            Some(greatest) if *greatest >= *stamp => {}
            Some(greatest) => greatest.clone_from(stamp),
            None => {
                self.greatest.insert(key.to_owned(), stamp.clone());
            }
        }
        for track in self.tracks.iter_mut().filter(|track| track.key == key) {
            if track.first[index].is_none() && track.stamp <= *stamp {
                track.first[index] = Some(at);
            }
        }
    }

    /// Of all pairs of running hosts, the share in which the first lists the second as not DEAD; 0 with fewer than two.
    pub fn completeness(&self) -> f64 {
        let running = self.running.iter().filter(|runs| **runs).count();
        let pairs = running * running.saturating_sub(1);
        if pairs == 0 {
            return 0.0;
        }
        self.pairs as f64 / pairs as f64
    }
}
