//! Receiving: the order of receipt, merging, answering (MGP1-ERR-001, chapters 5 and 6).

use std::net::SocketAddr;

use super::compose::{Item, with_record};
use super::effects::{Event, Outcome};
use super::machine::{Machine, Now};
use super::refutation::Rumour;
use crate::state::{EntryMerge, History, Member};
use crate::wire::canonical::utf16_order;
use crate::wire::legacy::{Origin, Received, check_sender};
use crate::wire::limits::{AMPLIFICATION, MAX_PONG};
use crate::wire::{
    Body, Entry, Gate, Message, Page, Record, Reject, Section, SectionName, Skip, Skipped, State,
    canonical_address,
};

/// The steps of receipt that know this node, and what it says of itself behind its own back.
struct Door<'m> {
    cluster: &'m str,
    node_id: &'m str,
    history: &'m History,
    rumour: Option<Rumour>,
}

impl Gate for Door<'_> {
    fn cluster(&mut self, name: &str) -> Result<(), Reject> {
        if name == self.cluster {
            Ok(())
        } else {
            Err(Reject::ClusterMismatch)
        }
    }

    fn sender(&mut self, sender_id: &str, message_id: &str, own: &Record) -> Result<(), Reject> {
        if sender_id == self.node_id {
            // Of a version 0 message the record is its source address, which may be no address to listen at.
            self.rumour = check_sender(sender_id, own)
                .is_ok()
                .then(|| Rumour::of(own));
            return Err(Reject::SenderSelf);
        }
        if self.history.contains(sender_id, message_id) {
            return Err(Reject::DuplicateMessage);
        }
        Ok(())
    }
}

impl Rumour {
    fn of(record: &Record) -> Self {
        Self {
            last_seen: record.last_seen,
            state: record.state,
            address: Some((record.host.clone(), record.port)),
        }
    }
}

impl Machine {
    /// Takes a datagram that came from that UDP source address.
    pub fn on_datagram(&mut self, now: Now, from: SocketAddr, datagram: &[u8]) -> Outcome {
        if self.stopped {
            return Outcome::Accepted { skipped: vec![] };
        }
        let mut door = Door {
            cluster: &self.config.cluster,
            node_id: &self.config.node_id,
            history: &self.history,
            rumour: None,
        };
        let from = canonical_address(from);
        let received = match &self.config.legacy {
            None => self
                .codec
                .receive(datagram, &mut door)
                .map(Received::Current),
            Some(cluster) => {
                let origin = Origin { cluster, from };
                self.codec.receive_any(datagram, &mut door, origin)
            }
        };
        let rumour = door.rumour;
        match received {
            Err(reason) => {
                self.count(reason.code());
                if let Some(rumour) = rumour {
                    self.hear_rumour(now, &rumour);
                    self.send_refutation(now);
                }
                Outcome::Rejected(reason)
            }
            Ok(received) => {
                let bytes = datagram.len();
                let mut skipped = match received {
                    Received::Current(decoded) => {
                        let mut skipped = decoded.skipped;
                        self.apply(now, from, bytes, &decoded.message, &mut skipped);
                        skipped
                    }
                    Received::Legacy(message, mut skipped) => {
                        self.apply_legacy(now, from, bytes, &message, &mut skipped);
                        skipped
                    }
                };
                skipped.sort_by(|a, b| {
                    (a.section.cmp(&b.section)).then_with(|| utf16_order(&a.name, &b.name))
                });
                for item in &skipped {
                    self.count(item.reason.code());
                }
                Outcome::Accepted { skipped }
            }
        }
    }

    fn apply(
        &mut self,
        now: Now,
        from: SocketAddr,
        bytes: usize,
        message: &Message,
        skipped: &mut Vec<Skipped>,
    ) {
        let limit = super::parameters::count(self.config.parameters.max_message_history);
        self.history
            .insert(&message.sender_id, &message.message_id, limit);
        let sender = message.own_record().and_then(Record::address);
        self.news.heard_from(sender);
        let is_page = matches!(&message.body, Body::Membership { page: Some(_) });
        self.merge_records(now, &message.membership, is_page, skipped);
        self.note_contact(now, &message.sender_id);
        match &message.body {
            Body::Gossip {
                local_data,
                heartbeats,
            } => {
                self.merge_entries(now, local_data, skipped);
                self.merge_heartbeats(now, &message.sender_id, heartbeats);
            }
            Body::Ping {
                ping_id,
                target_id,
                full,
            } => {
                let other = target_id
                    .as_ref()
                    .is_some_and(|id| *id != self.config.node_id);
                if !other && !self.stopped {
                    self.answer_ping(now, from, bytes, &message.sender_id, ping_id);
                    if *full {
                        self.answer_full(now, from, &message.sender_id);
                    }
                }
            }
            Body::Pong {
                ping_id,
                heartbeats,
            } => {
                self.merge_heartbeats(now, &message.sender_id, heartbeats);
                self.take_pong(now, from, &message.sender_id, ping_id);
            }
            Body::Membership { page } => {
                if matches!(page, Some(Page { page, pages }) if page == pages) {
                    self.healing.join();
                }
            }
            Body::Sync { prefix, phase } => {
                let about = (prefix.as_str(), phase);
                self.take_sync(now, from, &message.sender_id, about, skipped);
            }
        }
        self.news.heard_from(None);
        if !self.stopped {
            self.work_off(now);
        }
    }

    pub(super) fn merge_records(
        &mut self,
        now: Now,
        records: &Section<Record>,
        is_page: bool,
        skipped: &mut Vec<Skipped>,
    ) {
        for (id, record) in records {
            if *id == self.config.node_id {
                self.hear_rumour(now, &Rumour::of(record));
            } else if self.members.contains_key(id) {
                self.merge_known(now, id, record);
            } else if let Err(reason) = self.merge_unknown(now, id, record, is_page) {
                skipped.push(Skipped {
                    section: SectionName::Membership,
                    name: id.clone(),
                    reason,
                });
            }
        }
    }

    fn merge_known(&mut self, now: Now, id: &str, record: &Record) {
        let Some(changed) = self.members.merge(id, record, now.mono_ms) else {
            return;
        };
        let to = self.members.get(id).map(|m| m.record.state);
        let item = Item::Record(id.to_owned());
        if changed.was.is_some() || changed.content {
            self.tell(item);
        } else if self.members.get(id).is_some_and(|held| {
            held.record.updated == record.updated && held.record.state == record.state
        }) {
            self.news.heard_again(&item);
        }
        if changed.was.is_some() {
            self.report_state(id, changed.was, to);
        }
        if changed.restarted {
            self.report(Event::Restarted { id: id.to_owned() });
        }
        if changed.moved {
            self.lapse();
        }
        if changed.moved || changed.was.is_some() {
            self.schedule_age(id);
        }
    }

    fn merge_unknown(
        &mut self,
        now: Now,
        id: &str,
        record: &Record,
        is_page: bool,
    ) -> Result<(), Skip> {
        let parameters = &self.config.parameters;
        let old = self
            .remembered
            .get(id)
            .is_some_and(|gone| record.last_seen <= gone.last_seen);
        if old {
            return Ok(());
        }
        if record.state == State::Dead {
            let limit = super::parameters::count(parameters.max_remembered);
            self.remembered.remember(id, record, now.mono_ms, limit);
            return Ok(());
        }
        if self.members.len() >= super::parameters::count(parameters.max_members) {
            return Err(Skip::RecordCapacity);
        }
        let member = Member::new(record.clone(), now.mono_ms).ok_or(Skip::RecordHost)?;
        self.remembered.forget(id);
        self.members.insert(id, member);
        self.schedule_age(id);
        self.report_state(id, None, Some(record.state));
        // Whoever sent the page has told of its members long ago; if each that joins told of all, a cold start would be a flood.
        if !is_page {
            self.tell(Item::Record(id.to_owned()));
        }
        Ok(())
    }

    pub(super) fn merge_heartbeats(
        &mut self,
        now: Now,
        sender_id: &str,
        heartbeats: &Section<u64>,
    ) {
        let mut unknown = false;
        for (id, last_seen) in heartbeats {
            let last_seen = *last_seen;
            if *id == self.config.node_id {
                self.hear_rumour(
                    now,
                    &Rumour {
                        last_seen,
                        state: State::Alive,
                        address: None,
                    },
                );
            } else if let Some(member) = self.members.get_mut(id) {
                let was = member.merge_liveness(last_seen, State::Alive, now.mono_ms);
                if was.is_some() {
                    self.tell(Item::Record(id.clone()));
                    self.report_state(id, was, Some(State::Alive));
                    self.schedule_age(id);
                }
            } else {
                let gone = self.remembered.get(id);
                unknown |= gone.is_none_or(|gone| last_seen > gone.last_seen);
            }
        }
        if let (true, Some(sender)) = (unknown, self.members.get(sender_id)) {
            self.ask_for_members(now, sender.address);
        }
    }

    /// Returns the number of entries kept.
    pub(super) fn merge_entries(
        &mut self,
        now: Now,
        entries: &Section<Entry>,
        skipped: &mut Vec<Skipped>,
    ) -> usize {
        let mut kept = 0;
        let rules = self.entry_rules(now);
        for (key, entry) in entries {
            match self.entries.merge(key, entry, &rules) {
                EntryMerge::Known => {
                    if self.entries.get(key) == Some(entry) {
                        self.news.heard_again(&Item::Entry(key.clone()));
                    }
                }
                EntryMerge::Kept => {
                    kept += 1;
                    self.tell(Item::Entry(key.clone()));
                    self.report(Event::Entry {
                        key: key.clone(),
                        deleted: entry.deleted,
                    });
                }
                EntryMerge::Skipped(reason) => skipped.push(Skipped {
                    section: SectionName::LocalData,
                    name: key.clone(),
                    reason,
                }),
            }
        }
        self.entries.settle(&rules);
        kept
    }

    /// Answers a PING within the limit of MGP1-DIS-012: without the pinger's record, or not at all, where that would be too much.
    fn answer_ping(
        &mut self,
        now: Now,
        from: SocketAddr,
        bytes: usize,
        pinger: &str,
        ping_id: &str,
    ) {
        let held = self.members.get(pinger).map(|m| m.record.clone());
        let gone = self.remembered.get(pinger).map(|gone| gone.last_seen);
        let floor = held.as_ref().map(|record| record.last_seen).max(gone);
        let body = Body::Pong {
            ping_id: ping_id.to_owned(),
            heartbeats: floor.map(|f| (pinger.to_owned(), f)).into_iter().collect(),
        };
        let Some(bare) = self.message(now, body) else {
            return;
        };
        let mut whole = bare.clone();
        if let Some(record) = &held {
            with_record(&mut whole, pinger, record);
        }
        let limit = if self.is_validated(from) {
            MAX_PONG
        } else {
            MAX_PONG.min(bytes * AMPLIFICATION)
        };
        for message in [whole, bare] {
            if let Ok(datagram) = self.codec.encode(&message, self.sizes())
                && datagram.len() <= limit
            {
                return self.transmit(from, datagram);
            }
        }
    }

    fn take_pong(&mut self, now: Now, from: SocketAddr, sender_id: &str, ping_id: &str) {
        if !self.answers_ping(now, from, ping_id) {
            return;
        }
        if self.config.seeds.contains(&from) {
            self.healing.seed_answered();
        }
        if let Some(member) = self.members.get_mut(sender_id) {
            member.probes.retain(|(id, _)| id != ping_id);
        }
        if self.validate(from) {
            self.stranger_answered(now);
            self.exchanges.begin_first(now);
        }
        self.begin_waiting_pages(now, from);
    }
}

impl Machine {
    /// Says good-bye (MGP1-LIV-015). The machine sends nothing more after these effects and ignores everything.
    pub fn leave(&mut self, now: Now) {
        if self.stopped {
            return;
        }
        let parameters = &self.config.parameters;
        let count = super::parameters::count(parameters.fanout.max(parameters.eager_copies));
        let peers = self.choose_peers(count, |state| state != State::Dead);
        if !peers.is_empty()
            && let Some(mut message) = self.message(now, Body::Membership { page: None })
        {
            for (_, own) in &mut message.membership {
                own.state = State::Dead;
            }
            if let Ok(datagram) = self.codec.encode(&message, self.sizes()) {
                self.transmit_all(&peers, &datagram);
            }
        }
        self.stopped = true;
    }
}
