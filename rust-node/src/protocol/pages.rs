//! The member list in pages, for those who join (MGP1-MSG-027 to MGP1-MSG-029).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use super::compose::in_order;
use super::machine::{Machine, Now};
use super::pings::{Wanted, Why};
use crate::wire::{Body, Page, Record, Sizes, State};

/// Peers that are sent pages at one time.
const MAX_READERS: usize = 1_024;
/// Addresses that wait for validation before they are sent pages.
const MAX_WAITING: usize = 1_024;
/// Bytes kept free in a page: its text is composed anew when it is sent, and may then deflate a little worse.
const SLACK: usize = 48;

type Records = Vec<(String, Record)>;
/// The records of all members that are not DEAD, cut into pages. Many readers share one cut: after a cold start all ask at once.
type Cut = Arc<Vec<Records>>;

#[derive(Debug, Clone, Default)]
pub(super) struct Pages {
    readers: BTreeMap<SocketAddr, Reader>,
    /// The last cut, and when it was made.
    last_cut: Option<(u64, Cut)>,
    /// When each peer got its last page.
    last_page: BTreeMap<SocketAddr, u64>,
    /// Addresses that asked and have to answer a PING first, and when they asked.
    waiting: BTreeMap<SocketAddr, u64>,
}

#[derive(Debug, Clone)]
struct Reader {
    cut: Cut,
    /// Pages that are out.
    sent: usize,
    next: u64,
}

impl Machine {
    /// Answers a PING with `full`: pages at once to a validated member, or a PING of our own first (MGP1-MSG-028).
    pub(super) fn answer_full(&mut self, now: Now, from: SocketAddr, pinger: &str) {
        let of_pinger = self.members.get(pinger).is_some_and(|m| m.address == from);
        if self.is_validated(from) {
            if self.is_member_address(from) {
                self.begin_pages(now, from);
            }
        } else if of_pinger && self.pages.waiting.len() < MAX_WAITING {
            self.pages.waiting.insert(from, now.mono_ms);
            self.want_ping(Wanted {
                to: from,
                target: Some(pinger.to_owned()),
                why: Why::Pages,
            });
        }
    }

    /// Whether this address asked for pages after that time: a PING to it is an answer then, and no amplification (MGP1-DIS-013).
    pub(super) fn has_asked_since(&self, address: SocketAddr, mono: u64) -> bool {
        let asked = self.pages.waiting.get(&address);
        asked.is_some_and(|asked| *asked > mono)
    }

    /// A request is remembered as long as the PING that it waits for.
    pub(super) fn pages_wait_from(&mut self, now: Now, to: SocketAddr) {
        if let Some(since) = self.pages.waiting.get_mut(&to) {
            *since = now.mono_ms;
        }
    }

    /// The pages that this address asked for before it was validated.
    pub(super) fn begin_waiting_pages(&mut self, now: Now, from: SocketAddr) {
        self.unwant_validation(from);
        if self.pages.waiting.remove(&from).is_some() && self.is_validated(from) {
            self.begin_pages(now, from);
        }
    }

    /// Begins an answer; one to the same peer that is not yet at its end is begun anew (MGP1-MSG-031).
    fn begin_pages(&mut self, now: Now, to: SocketAddr) {
        let is_reading = self.pages.readers.contains_key(&to);
        if !is_reading && self.pages.readers.len() >= MAX_READERS {
            return;
        }
        let cut = self.cut(now);
        let last = self.pages.last_page.get(&to);
        let reader = Reader {
            cut,
            sent: 0,
            next: last.map_or(now.mono_ms, |last| {
                last + self.config.parameters.eager_interval
            }),
        };
        self.pages.readers.insert(to, reader);
    }

    /// The records of all members not DEAD in pages: those of the last cut, where nothing but clocks has moved since, or cut anew.
    fn cut(&mut self, now: Now) -> Cut {
        let fresh = self.config.parameters.gossip_interval;
        if let Some((made, cut)) = &self.pages.last_cut
            && now.mono_ms.saturating_sub(*made) < fresh
            && self.is_of_today(cut)
        {
            return Arc::clone(cut);
        }
        let cut = Arc::new(self.paginate(now));
        self.pages.last_cut = Some((now.mono_ms, Arc::clone(&cut)));
        cut
    }

    fn listed(&self) -> impl Iterator<Item = (&String, &Record)> {
        let members = self.members.iter();
        let records = members.map(|(id, member)| (id, &member.record));
        records.filter(|(_, record)| record.state != State::Dead)
    }

    fn is_of_today(&self, cut: &Cut) -> bool {
        let mut held = self.listed();
        let mut same = cut.iter().flatten().all(|(id, record)| {
            held.next().is_some_and(|(held_id, held)| {
                let then = Record {
                    last_seen: held.last_seen,
                    ..record.clone()
                };
                held_id == id && *held == then
            })
        });
        same &= held.next().is_none();
        same
    }

    /// Cuts the records of all members not DEAD into pages that fit a datagram; one empty page where there is none.
    fn paginate(&mut self, now: Now) -> Vec<Records> {
        let sizes = self.sizes();
        let tight = Sizes {
            max_packet_size: sizes.max_packet_size - SLACK,
            ..sizes
        };
        let all: Records = self
            .listed()
            .map(|(id, record)| (id.clone(), record.clone()))
            .collect();
        let mut left = all.as_slice();
        let mut pages = Vec::new();
        let mut guess = left.len().max(1);
        let most = Page {
            page: u64::from(u32::MAX),
            pages: u64::from(u32::MAX),
        };
        while !left.is_empty() {
            let mut size = left.len().min(guess + guess / 4 + 1);
            // A record of its own always fits: 360 bytes of it, 360 of ours, the envelope.
            while size > 1 && !self.page_fits(now, &left[..size], most, tight) {
                size = (size * 4 / 5).max(1);
            }
            let (page, rest) = left.split_at(size);
            pages.push(page.to_vec());
            left = rest;
            guess = size;
        }
        if pages.is_empty() {
            pages.push(Records::new());
        }
        pages
    }

    fn page_fits(
        &mut self,
        now: Now,
        records: &[(String, Record)],
        page: Page,
        sizes: Sizes,
    ) -> bool {
        let timestamp = self.clock.peek(now);
        let own = self.config.record(timestamp, self.updated);
        let mut message = crate::wire::Message {
            cluster: self.config.cluster.clone(),
            sender_id: self.config.node_id.clone(),
            message_id: "0".repeat(super::pings::RANDOM_ID),
            timestamp,
            membership: vec![(self.config.node_id.clone(), own)],
            body: Body::Membership { page: Some(page) },
        };
        message.membership.extend(records.iter().cloned());
        self.codec.encode(&message, sizes).is_ok()
    }

    pub(super) fn send_pages(&mut self, now: Now) {
        let pace = self.config.parameters.eager_interval;
        let mut readers = std::mem::take(&mut self.pages.readers);
        readers.retain(|to, reader| {
            if reader.next > now.mono_ms {
                return true;
            }
            if !self.stopped && self.is_validated(*to) && self.is_member_address(*to) {
                self.send_page(now, *to, reader);
                self.pages.last_page.insert(*to, now.mono_ms);
                reader.next = now.mono_ms + pace;
                return reader.sent < reader.cut.len();
            }
            false
        });
        self.pages.readers = readers;
    }

    fn send_page(&mut self, now: Now, to: SocketAddr, reader: &mut Reader) {
        let Some(records) = reader.cut.get(reader.sent) else {
            return;
        };
        reader.sent += 1;
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let page = Page {
            page: count(reader.sent),
            pages: count(reader.cut.len()),
        };
        let Some(mut message) = self.message(now, Body::Membership { page: Some(page) }) else {
            return;
        };
        message.membership.extend(records.iter().cloned());
        message.membership = in_order(message.membership);
        if let Ok(datagram) = self.codec.encode(&message, self.sizes()) {
            self.transmit(to, datagram);
        }
    }

    pub(super) fn next_page(&self) -> u64 {
        let readers = self.pages.readers.values();
        readers.map(|r| r.next).min().unwrap_or(u64::MAX)
    }

    pub(super) fn expire_pages(&mut self, now: Now) {
        let pace = self.config.parameters.eager_interval;
        let patience = 2 * self.config.parameters.suspect_timeout;
        let since = |then: &u64| now.mono_ms.saturating_sub(*then);
        self.pages.last_page.retain(|_, sent| since(sent) < pace);
        self.pages
            .waiting
            .retain(|_, asked| since(asked) <= patience);
    }
}
