//! "Must ignore", shown over UDP.
//!
//! Whatever an offence would bring into a node if it were taken has the word `poison` and a number in it: its keys, member ids, ping ids.
//! After the offences comes a canary, an entry and a record in a faultless message. Once the canary has come back by gossip, and some rounds more,
//! none of the poison may have been seen in anything that the node sent.

use serde_json::{Value, json};

use super::bench::{Bench, Iut, Outcome, five_members};
use super::open::Wait;
use crate::oracle;
use crate::verdict::Verdict;
use crate::wire::message::{self, entry, record};
use crate::wire::{Peer, wall_ms};

/// Rounds after the canary in which the poison may still not show.
const MORE_ROUNDS: usize = 3;

/// Offences sent without an answer in between: more could overflow a socket buffer and show nothing.
const AT_ONCE: usize = 3;

/// One datagram that must be ignored, wholly or in its poisonous part.
pub(super) struct Offence {
    what: String,
    bytes: Vec<u8>,
}

/// A list of offences that numbers its poison.
pub(super) struct Offences<'a> {
    bench: &'a Bench<'a>,
    peer: &'a Peer,
    list: Vec<Offence>,
}

impl<'a> Offences<'a> {
    /// An empty list, to be sent by that peer.
    pub(super) fn new(bench: &'a Bench<'a>, peer: &'a Peer) -> Self {
        Self {
            bench,
            peer,
            list: Vec::new(),
        }
    }

    /// The name of the poison in the next offence.
    pub(super) fn name(&self) -> String {
        format!("poison-{}-", self.list.len())
    }

    /// A faultless GOSSIP that would bring a poisonous entry and a poisonous member.
    pub(super) fn gossip(&self) -> Result<Value, Verdict> {
        let name = self.name();
        let now = wall_ms();
        Ok(self.peer.message(
            "GOSSIP",
            json!({
                "localData": {&name: entry(json!("poison"), now, "v1", "w1")},
                "membership": {&name: record(self.bench.nowhere()?, now)},
            }),
        ))
    }

    /// A faultless PING that would be answered with poison.
    pub(super) fn ping(&self) -> Value {
        let (ping, _) = self.peer.ping(json!({}));
        message::with(ping, "data/pingId", json!(self.name()))
    }

    /// Adds the bytes of an offence.
    pub(super) fn add(&mut self, what: impl Into<String>, bytes: Vec<u8>) {
        self.list.push(Offence {
            what: what.into(),
            bytes,
        });
    }

    /// Adds a message with a fault in it.
    pub(super) fn add_message(&mut self, what: impl Into<String>, message: &Value) {
        self.add(what, message::text(message));
    }

    /// Adds a faultless GOSSIP with one member changed.
    pub(super) fn add_gossip_with(&mut self, path: &str, value: Value) -> Outcome {
        let gossip = message::with(self.gossip()?, path, value.clone());
        self.add_message(format!("`{path}` = {value}"), &gossip);
        Ok(())
    }

    /// Adds a faultless GOSSIP without one member.
    pub(super) fn add_gossip_without(&mut self, path: &str) -> Outcome {
        let gossip = message::without(self.gossip()?, path);
        self.add_message(format!("no `{path}`"), &gossip);
        Ok(())
    }

    /// Adds a faultless GOSSIP whose text is changed after it was written.
    pub(super) fn add_text(
        &mut self,
        what: &str,
        change: impl FnOnce(String) -> Vec<u8>,
    ) -> Outcome {
        let text = self.gossip()?.to_string();
        self.add(what, change(text));
        Ok(())
    }

    /// Sends all offences and then a canary; passes when only the canary comes back.
    pub(super) fn are_ignored(&self, iut: &Iut, requirement: &str) -> Outcome {
        self.are_ignored_beside(iut, requirement, json!({}), json!({}))
    }

    /// The same, where the message of the last offence also has entries and records that are to be taken: they come back too.
    pub(super) fn are_ignored_beside(
        &self,
        iut: &Iut,
        requirement: &str,
        good_entries: Value,
        good_records: Value,
    ) -> Outcome {
        let (bench, peer) = (self.bench, self.peer);
        let mark = peer.mark();
        for few in self.list.chunks(AT_ONCE) {
            for offence in few {
                bench.send_bytes(iut, peer, &offence.bytes)?;
            }
            bench.alive(iut, peer)?;
        }
        bench.alive(iut, peer)?;
        for (key, entry) in good_entries.as_object().into_iter().flatten() {
            bench.sees_entry(iut, peer, mark, requirement, key, entry)?;
        }
        for id in good_records
            .as_object()
            .into_iter()
            .flat_map(|records| records.keys())
        {
            let seen = peer.wait_since(mark, iut.soon(), |received| received.record(id).is_some());
            bench.must(
                iut,
                requirement,
                &format!("the node gossips the record of `{id}`"),
                seen,
            )?;
        }
        self.canary_comes_back(iut)?;
        bench.rounds(iut, peer, MORE_ROUNDS)?;
        bench.alive(iut, peer)?;
        let sent = peer.received_since(mark);
        for (number, offence) in self.list.iter().enumerate() {
            let poison = format!("poison-{number}-");
            let shown = sent.iter().find(|received| {
                received
                    .text()
                    .is_some_and(|text| String::from_utf8_lossy(&text).contains(&poison))
            });
            if let Some(shown) = shown {
                return Err(bench.fail(
                    requirement,
                    format!("ignored: {}", offence.what),
                    format!("`{poison}` of it came back in a {}", shown.kind()),
                ));
            }
        }
        Ok(())
    }

    fn canary_comes_back(&self, iut: &Iut) -> Outcome {
        let (bench, peer) = (self.bench, self.peer);
        let now = wall_ms();
        let canary = entry(json!("canary"), now, "v1", peer.id());
        let mark = peer.mark();
        let gossip = peer.message(
            "GOSSIP",
            json!({"localData": {"canary": canary}, "membership": {"canary": record(bench.nowhere()?, now)}}),
        );
        bench.send(iut, peer, &gossip)?;
        let (mut entry_seen, mut record_seen) = (false, false);
        let wait = Wait {
            peer,
            mark,
            wanted: "a GOSSIP with the entry and one with the record `canary`, which a faultless message had brought after the offences",
            within: iut.soon(),
        };
        let seen = peer.wait_since(mark, wait.within, |received| {
            entry_seen |= received
                .entry("canary")
                .is_some_and(|found| oracle::json_equal(&found, &five_members(&canary)));
            record_seen |= received.record("canary").is_some();
            entry_seen && record_seen
        });
        if seen.is_some() {
            return Ok(());
        }
        let (lacking, advice) = match (entry_seen, record_seen) {
            (true, false) => (
                "the entry came, the record did not",
                "gossip every record again and again, also where entries would fill the datagram (MGP1-MRG-018, MGP1-DIS-009)",
            ),
            (false, true) => (
                "the record came, the entry did not",
                "gossip every entry again and again, also where records would fill the datagram (MGP1-MRG-004, MGP1-DIS-009)",
            ),
            _ => (
                "neither the entry nor the record came",
                "the node answers PINGs; merge what a GOSSIP brings, and gossip every entry and record again and again (MGP1-MRG-004, MGP1-MRG-018, MGP1-DIS-009). Where MGP1-MSG-003/absent-sections passes, one of the offences keeps the node from taking what follows",
            ),
        };
        Err(bench.open(
            iut,
            format!(
                "no state seen after the offences: a faultless entry and record, sent afterwards, did not both come back by gossip ({lacking}), so nothing is shown by what else did not"
            ),
            &wait,
            advice,
        ))
    }
}
