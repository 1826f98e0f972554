//! The reference model of the oracle with ages, and with the receiver's own checks before it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use serde_json::{Value, json};

use super::setting::Setting;
use super::{DAY, OWN_ID, SUSPECT_TIMEOUT, WALL, hide_own_versions};
use crate::oracle::legacy;
use crate::oracle::merge::{Limits, Model};
use crate::oracle::message::{Entry, Record, State};
use crate::oracle::{Decoded, decode};

/// What a machine must hold, and what it must make of a datagram where that is settled.
pub(super) struct Reference {
    setting: Setting,
    model: Model,
    grown: BTreeMap<String, u64>,
    applied: BTreeSet<(String, String)>,
    /// The greatest clock that was heard of the machine itself and is no forged one (chapter 7).
    rumour: u64,
}

/// No greater clock wins as a rumour.
const RUMOUR_END: u64 = 1 << 51;
/// More than a machine issues timestamps in a schedule.
const ISSUED: u64 = 10_000;

/// What must become of a datagram.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Fate {
    /// Its outcome; `None` where the reason is left to the machine, or not the reference model's to say.
    pub(super) outcome: Option<Value>,
    /// Dialect and ping id of the version 0 PING that is to be answered, if it is one (MGP1-LEG-008).
    pub(super) answer: Option<(String, String)>,
}

impl Fate {
    fn rejected(step: &str, reason: &str) -> Self {
        Fate {
            outcome: Some(json!({"verdict": "rejected", "step": step, "reason": reason})),
            answer: None,
        }
    }
}

impl Reference {
    pub(super) fn new(setting: Setting) -> Self {
        Reference {
            setting,
            model: Model::new(OWN_ID, Limits::default()),
            grown: BTreeMap::new(),
            applied: BTreeSet::new(),
            rumour: 0,
        }
    }

    /// The least and the greatest that the clock of a machine may show (MGP1-LIV-001, MGP1-LIV-011).
    pub(super) fn clock(&self, mono: u64) -> (u64, u64) {
        (self.rumour, self.rumour.max(WALL) + mono + ISSUED)
    }

    fn hear(&mut self, last_seen: u64) {
        if last_seen < RUMOUR_END {
            self.rumour = self.rumour.max(last_seen);
        }
    }

    pub(super) fn receive(&mut self, from: SocketAddr, datagram: &[u8], mono: u64) -> Fate {
        if legacy::names_no_version(datagram) {
            return self.receive_old(from, datagram, mono);
        }
        let Decoded::Accepted { message, .. } = decode(datagram) else {
            return Fate::default();
        };
        // MGP1-ENV-006
        if message["cluster"] != self.setting.cluster {
            return Fate::default();
        }
        let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
        let identity = (text("senderId"), text("messageId"));
        let data = &message["data"];
        let own = data["membership"][OWN_ID]["lastSeen"].as_u64();
        // MGP1-ENV-015, MGP1-ENV-016. Schedules are shorter than a history.
        if identity.0 == OWN_ID {
            self.hear(own.unwrap_or_default());
        } else if self.applied.insert(identity) {
            self.hear(own.unwrap_or_default());
            self.hear(data["heartbeats"][OWN_ID].as_u64().unwrap_or_default());
            self.apply(mono, |model| model.apply(&message, WALL + mono));
        }
        Fate::default()
    }

    /// The steps of chapter 12 for a text without `protocolVersion`, as chapter 10 orders them.
    fn receive_old(&mut self, from: SocketAddr, datagram: &[u8], mono: u64) -> Fate {
        let Some(cluster) = self.setting.legacy else {
            return Fate::rejected("version", "version.unsupported");
        };
        // MGP1-LEG-003
        if cluster != self.setting.cluster {
            return Fate::rejected("cluster", "cluster.mismatch");
        }
        let decoded = legacy::decode(datagram);
        if let Some(identity) = legacy::identity(datagram) {
            if identity.0 == OWN_ID {
                // A rumour like any other, where it is one: MGP1-LEG-006 skips what is no record.
                self.hear(legacy::rumour(datagram, from).unwrap_or_default());
                return Fate::rejected("sender", "sender.self");
            }
            if self.applied.contains(&identity) {
                return Fate::rejected("duplicate", "duplicate.message");
            }
            if matches!(decoded, Decoded::Accepted { .. }) {
                self.applied.insert(identity);
            }
        }
        match decoded {
            Decoded::Rejected { step, reason } => Fate::rejected(step, reason),
            Decoded::Accepted {
                message,
                mut skipped,
            } => {
                let merge = |model: &mut Model| legacy::merge(model, &message, from, WALL + mono);
                skipped.extend(self.apply(mono, merge));
                Fate {
                    outcome: Some(json!({"verdict": "accepted", "skipped": skipped})),
                    answer: legacy::ping_of(datagram),
                }
            }
        }
    }

    fn apply(&mut self, mono: u64, change: impl FnOnce(&mut Model) -> Vec<Value>) -> Vec<Value> {
        let clocks = |model: &Model| -> BTreeMap<String, u64> {
            let members = model.members.iter();
            members.map(|(id, it)| (id.clone(), it.last_seen)).collect()
        };
        let before = clocks(&self.model);
        let skipped = change(&mut self.model);
        for (id, last_seen) in clocks(&self.model) {
            if before.get(&id).is_none_or(|before| last_seen > *before) {
                self.grown.insert(id, mono);
            }
        }
        skipped
    }

    pub(super) fn write(&mut self, key: &str, value: Value, deleted: bool, wall: u64) {
        let held = self.model.entries.get(key);
        // MGP1-MRG-005, MGP1-MRG-008
        let after = held
            .filter(|held| held.timestamp <= wall + DAY)
            .map_or(0, |held| held.timestamp + 1);
        let entry = Entry {
            value,
            timestamp: wall.max(after),
            version: "its own".to_owned(),
            source_node: OWN_ID.to_owned(),
            deleted,
        };
        self.model.entries.insert(key.to_owned(), entry);
    }

    pub(super) fn tick(&mut self, mono: u64) {
        self.model.drop_expired(WALL + mono);
        for (id, record) in &mut self.model.members {
            let age = mono - self.grown.get(id).copied().unwrap_or(mono);
            // MGP1-LIV-005
            if record.state == State::Alive && age > SUSPECT_TIMEOUT {
                record.state = State::Suspect;
            }
        }
    }

    pub(super) fn reap_all(&mut self) {
        for (id, record) in std::mem::take(&mut self.model.members) {
            let record = Record {
                state: State::Dead,
                ..record
            };
            // An unknown member whose record says DEAD is remembered as a reaped one is (MGP1-MRG-021); it cannot be refused.
            let _ = self.model.merge_record(&id, record);
        }
    }

    pub(super) fn tables(&self) -> Value {
        let mut tables = self.model.to_value();
        let members = tables["members"].as_object_mut().into_iter().flatten();
        for (_, member) in members {
            // Nobody answers a PING in these schedules as version 1 has it.
            member["validated"] = json!(false);
        }
        hide_own_versions(&mut tables["entries"]);
        tables
    }
}
