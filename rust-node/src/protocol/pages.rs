//! The member list in pages, for those who join (MGP1-MSG-027 to MGP1-MSG-029).

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use super::compose::with_record;
use super::machine::{Machine, Now};
use super::pings::{Wanted, Why};
use crate::wire::{Body, Page, Record, Sizes, State};

/// Peers that are sent pages at one time.
const MAX_READERS: usize = 64;
/// Addresses that wait for validation before they are sent pages.
const MAX_WAITING: usize = 256;
/// Bytes kept free in a page: its text is composed anew when it is sent, and may then deflate a little worse.
const SLACK: usize = 48;

type Records = Vec<(String, Record)>;

#[derive(Debug, Clone, Default)]
pub(super) struct Pages {
    readers: BTreeMap<SocketAddr, Reader>,
    /// When each peer got its last page.
    last_page: BTreeMap<SocketAddr, u64>,
    /// Addresses that asked and have to answer a PING first, and when they asked.
    waiting: BTreeMap<SocketAddr, u64>,
}

#[derive(Debug, Clone)]
struct Reader {
    left: VecDeque<Records>,
    pages: u64,
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
        let left = self.paginate(now);
        let last = self.pages.last_page.get(&to);
        let reader = Reader {
            pages: u64::try_from(left.len()).unwrap_or(u64::MAX),
            left,
            next: last.map_or(now.mono_ms, |last| {
                last + self.config.parameters.eager_interval
            }),
        };
        self.pages.readers.insert(to, reader);
    }

    /// Cuts the records of all members not DEAD into pages that fit a datagram; one empty page where there is none.
    fn paginate(&mut self, now: Now) -> VecDeque<Records> {
        let sizes = self.sizes();
        let tight = Sizes {
            max_packet_size: sizes.max_packet_size - SLACK,
            ..sizes
        };
        let mut left: VecDeque<_> = self
            .members
            .iter()
            .filter(|(_, m)| m.record.state != State::Dead)
            .map(|(id, m)| (id.clone(), m.record.clone()))
            .collect();
        let mut pages = VecDeque::new();
        let mut guess = left.len().max(1);
        let most = Page {
            page: u64::from(u32::MAX),
            pages: u64::from(u32::MAX),
        };
        while !left.is_empty() {
            let mut size = left.len().min(guess + guess / 4 + 1);
            loop {
                let records: Records = left.iter().take(size).cloned().collect();
                // A record of its own always fits: 360 bytes of it, 360 of ours, the envelope.
                if size <= 1 || self.page_fits(now, &records, most, tight) {
                    left.drain(..records.len());
                    pages.push_back(records);
                    break;
                }
                size = (size * 4 / 5).max(1);
            }
            guess = size;
        }
        if pages.is_empty() {
            pages.push_back(Records::new());
        }
        pages
    }

    fn page_fits(&mut self, now: Now, records: &Records, page: Page, sizes: Sizes) -> bool {
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
                return !reader.left.is_empty();
            }
            false
        });
        self.pages.readers = readers;
    }

    fn send_page(&mut self, now: Now, to: SocketAddr, reader: &mut Reader) {
        let Some(records) = reader.left.pop_front() else {
            return;
        };
        let left = u64::try_from(reader.left.len()).unwrap_or(0);
        let page = Page {
            page: reader.pages - left,
            pages: reader.pages,
        };
        let Some(mut message) = self.message(now, Body::Membership { page: Some(page) }) else {
            return;
        };
        for (id, record) in &records {
            with_record(&mut message, id, record);
        }
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
