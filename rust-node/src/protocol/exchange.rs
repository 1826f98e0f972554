//! Anti-entropy: exchanges of digests and entries (chapter 9). Every answer follows from one message and the store alone.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::compose::in_order;
use super::machine::{Machine, Now};
use super::parameters::Parameters;
use super::random::Random;
use crate::state::{PATH_LENGTH, Prefix, entry_order};
use crate::wire::limits::MAX_TEXT;
use crate::wire::{Body, Entry, Phase, Section, Skipped, State, entry_size};

/// Messages in answer to one SYNC (MGP1-SYN-011).
const MAX_ANSWERS: usize = 4;
/// Least size of an entry: more of them than fit a text need not be looked at.
const LEAST_ENTRY: usize = 56;

/// When exchanges begin.
#[derive(Debug, Clone)]
pub(super) struct Exchanges {
    next: u64,
    /// Whom the last one was begun with, and when.
    last: Option<(SocketAddr, u64)>,
}

impl Exchanges {
    pub(super) fn new(now: Now, parameters: &Parameters, random: &mut Random) -> Self {
        Self {
            next: now.mono_ms + 1 + random.below(parameters.sync_interval),
            last: None,
        }
    }

    pub(super) fn due(&self) -> u64 {
        self.next
    }

    /// Somebody can be asked for the first time: what a node that joins lacks is a single exchange away.
    pub(super) fn begin_first(&mut self, now: Now) {
        if self.last.is_none() {
            self.next = self.next.min(now.mono_ms + 1);
        }
    }

    /// The next exchange need not wait: the last one was not in vain (MGP1-SYN-004).
    fn hurry(&mut self, partner: SocketAddr, parameters: &Parameters) {
        if let Some((last, begun)) = self.last
            && last == partner
        {
            self.next = self.next.min(begun + parameters.gossip_interval);
        }
    }
}

impl Machine {
    /// Begins an exchange, where one is due (MGP1-SYN-003).
    pub(super) fn begin_exchange(&mut self, now: Now) {
        if self.stopped || now.mono_ms < self.exchanges.next {
            return;
        }
        let interval = self.config.parameters.sync_interval;
        let Some(partner) = self.choose_peers(1, |s| s == State::Alive).pop() else {
            let patience = interval.min(self.config.parameters.gossip_interval);
            self.exchanges.next = now.mono_ms + patience;
            return;
        };
        // Some are early, so that the exchanges of many nodes do not fall together; none is late.
        self.exchanges.next = now.mono_ms + interval - self.random.below(interval / 10 + 1);
        self.exchanges.last = Some((partner, now.mono_ms));
        self.barren.begin(partner, now.mono_ms);
        self.entries.settle(&self.entry_rules(now));
        if let Some(datagram) = self.digest_datagram(now, &Prefix::default()) {
            self.transmit(partner, datagram);
        }
    }

    /// Merges and answers a SYNC.
    pub(super) fn take_sync(
        &mut self,
        now: Now,
        from: SocketAddr,
        sender_id: &str,
        (prefix, phase): (&str, &Phase),
        skipped: &mut Vec<Skipped>,
    ) {
        let Some(prefix) = Prefix::parse(prefix) else {
            return;
        };
        let answers = self.answers_syncs_of(sender_id, from);
        if answers {
            self.note_sync(now);
        }
        match phase {
            Phase::Digest { children } => {
                self.take_digest(now, from, answers, &prefix, children);
            }
            Phase::Entries { local_data, reply } => {
                let kept = self.merge_entries(now, local_data, skipped);
                if answers {
                    self.answer_entries(now, from, &prefix, (local_data, *reply, kept));
                }
            }
        }
    }

    /// True for the validated address of the member that sent the message (MGP1-SYN-012).
    fn answers_syncs_of(&self, sender_id: &str, from: SocketAddr) -> bool {
        let member = self.members.get(sender_id);
        !self.stopped && member.is_some_and(|m| m.address == from) && self.is_validated(from)
    }

    fn take_digest(
        &mut self,
        now: Now,
        from: SocketAddr,
        answers: bool,
        prefix: &Prefix,
        theirs: &Section<String>,
    ) {
        self.entries.settle(&self.entry_rules(now));
        if !answers {
            return;
        }
        let mut differing = self.differing(prefix, theirs);
        if prefix.is_empty() && differing.is_empty() {
            self.absence.end();
        }
        if prefix.is_empty() {
            self.barren.begin(from, now.mono_ms);
        }
        differing.retain(|child| !self.leaves_out(now, from, child));
        if !prefix.is_empty() && !differing.is_empty() {
            self.exchanges.hurry(from, &self.config.parameters);
        }
        self.random.choose(&mut differing, MAX_ANSWERS);
        for child in differing {
            // No text holds so many; there is no need to look at them.
            let all = if self.entries.count_below(&child) * LEAST_ENTRY > MAX_TEXT {
                Answer::Digest
            } else {
                self.entries_below(&child, |_, _| true)
            };
            self.answer_sync(now, from, &child, all, true);
        }
    }

    /// The prefixes one digit longer whose digests are not the same here and there.
    fn differing(&mut self, prefix: &Prefix, theirs: &Section<String>) -> Vec<Prefix> {
        if prefix.len() >= PATH_LENGTH {
            return vec![];
        }
        let mut ours: [Option<String>; 16] = Default::default();
        for (digit, digest) in self.entries.children(prefix) {
            ours[usize::from(digit)] = Some(digest.to_wire());
        }
        let theirs: BTreeMap<_, _> = theirs.iter().map(|(d, digest)| (d, digest)).collect();
        (0..)
            .zip(&ours)
            .filter(|(digit, ours)| theirs.get(&format!("{digit:x}")).copied() != ours.as_ref())
            .map(|(digit, _)| prefix.child(digit))
            .collect()
    }

    fn answer_entries(
        &mut self,
        now: Now,
        from: SocketAddr,
        prefix: &Prefix,
        (theirs, reply, kept): (&Section<Entry>, bool, usize),
    ) {
        let wanted = if reply {
            let theirs: BTreeMap<_, _> = theirs.iter().map(|(k, e)| (k.as_str(), e)).collect();
            self.entries_below(prefix, |key, ours| {
                let theirs = theirs.get(key);
                theirs.is_none_or(|theirs| entry_order(ours, theirs).is_gt())
            })
        } else {
            Answer::Entries(vec![])
        };
        let nothing = matches!(&wanted, Answer::Entries(entries) if entries.is_empty());
        if kept == 0 && nothing {
            let digest = self.entries.digest(prefix);
            let pace = self.config.parameters.sync_interval;
            self.barren.in_vain(now, from, prefix, digest, pace);
        } else {
            self.barren.forget(from, prefix);
        }
        if !self.leaves_out(now, from, prefix) {
            self.exchanges.hurry(from, &self.config.parameters);
        }
        if !nothing {
            self.answer_sync(now, from, prefix, wanted, false);
        }
    }

    fn leaves_out(&mut self, now: Now, peer: SocketAddr, prefix: &Prefix) -> bool {
        // Most peers have nothing left out, and need no digest.
        self.barren.knows(peer, prefix) && {
            let digest = self.entries.digest(prefix);
            self.barren.leaves_out(now, peer, prefix, digest)
        }
    }

    /// The entries below a prefix that are wanted; none of them where no text could hold them.
    fn entries_below(&self, prefix: &Prefix, wanted: impl Fn(&str, &Entry) -> bool) -> Answer {
        let mut room = MAX_TEXT;
        let mut entries = Section::new();
        for (key, entry) in self.entries.below(prefix) {
            if !wanted(key, entry) {
                continue;
            }
            match room.checked_sub(entry_size(key, entry)) {
                Some(left) => room = left,
                None => return Answer::Digest,
            }
            entries.push((key.to_owned(), entry.clone()));
        }
        Answer::Entries(entries)
    }

    /// Sends entries where they fit one message, and digests where they do not (MGP1-SYN-005, MGP1-SYN-009).
    fn answer_sync(
        &mut self,
        now: Now,
        to: SocketAddr,
        prefix: &Prefix,
        answer: Answer,
        reply: bool,
    ) {
        let entries = match answer {
            Answer::Entries(entries) => self.entries_datagram(now, prefix, entries, reply),
            Answer::Digest => None,
        };
        if let Some(datagram) = entries.or_else(|| self.digest_datagram(now, prefix)) {
            self.transmit(to, datagram);
        }
    }

    fn entries_datagram(
        &mut self,
        now: Now,
        prefix: &Prefix,
        entries: Section<Entry>,
        reply: bool,
    ) -> Option<Vec<u8>> {
        let local_data = in_order(entries);
        self.sync_datagram(now, prefix, Phase::Entries { local_data, reply })
    }

    fn digest_datagram(&mut self, now: Now, prefix: &Prefix) -> Option<Vec<u8>> {
        let children = self.entries.children(prefix).into_iter();
        let children = children
            .map(|(digit, digest)| (format!("{digit:x}"), digest.to_wire()))
            .collect();
        self.sync_datagram(now, prefix, Phase::Digest { children })
    }

    fn sync_datagram(&mut self, now: Now, prefix: &Prefix, phase: Phase) -> Option<Vec<u8>> {
        let prefix = prefix.to_string();
        let message = self.message(now, Body::Sync { prefix, phase })?;
        self.codec.encode(&message, self.sizes()).ok()
    }
}

/// What answers for a subtree.
enum Answer {
    Entries(Section<Entry>),
    /// Too many entries for any message.
    Digest,
}

impl Machine {
    /// The digest of a prefix as it stands on the wire, at this time; `None` where nothing lies below it, or the prefix is not 0 to 64
    /// lower-case hex digits.
    pub fn digest(&mut self, now: Now, prefix: &str) -> Option<String> {
        let prefix = Prefix::parse(prefix)?;
        self.entries.settle(&self.entry_rules(now));
        Some(self.entries.digest(&prefix)?.to_wire())
    }
}
