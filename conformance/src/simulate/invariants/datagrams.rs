//! What is sent is right in itself.

use std::collections::BTreeMap;
use std::rc::Rc;

use simulation::network::HostId;

use super::{Invariant, Moment, breach};
use crate::oracle::outgoing::{Breach, Circumstances, Receiver, judge_reading};
use crate::simulate::letter::{Letter, Sent};
use crate::simulate::node::Cause;

/// Every datagram is one that receivers accept whole, names its sender truly, and stands in the order of its sender's clock.
#[derive(Default)]
pub struct ValidDatagram {
    /// The newest message of each host: copies of one message go out together.
    newest: BTreeMap<HostId, (u64, Rc<Letter>)>,
}

impl Invariant for ValidDatagram {
    fn name(&self) -> &'static str {
        "ValidDatagram"
    }
    fn says(&self) -> &'static str {
        "every datagram is one that receivers accept whole, names its sender truly, and is stamped later than the one before"
    }
    fn requirements(&self) -> &'static [&'static str] {
        &[
            "MGP1-FRM-001",
            "MGP1-FRM-003",
            "MGP1-FRM-005",
            "MGP1-JSN-010",
            "MGP1-JSN-015",
            "MGP1-ENV-001",
            "MGP1-ENV-007",
            "MGP1-ENV-010",
            "MGP1-ENV-011",
            "MGP1-ENV-013",
            "MGP1-MSG-002",
            "MGP1-MSG-017",
            "MGP1-MRG-008",
            "MGP1-MRG-014",
        ]
    }

    fn step(&mut self, moment: &Moment<'_>) -> Result<(), Breach> {
        let host = moment.happening.host;
        if moment.happening.cause == Cause::Start {
            self.newest.remove(&host);
        }
        let known = Circumstances {
            max_packet_size: usize::MAX,
            compression_threshold: moment.parameters.get("compressionThreshold") as usize,
            cluster: Some(String::new()),
            sender_id: Some(moment.id.to_owned()),
            receiver: Receiver::Validated,
            wall: Some(moment.happening.now.wall),
            max_future_skew: moment.parameters.get("maxFutureSkew"),
            tombstone_retention: moment.parameters.get("tombstoneRetention"),
        };
        for Sent {
            letter, reading, ..
        } in &moment.sent
        {
            let newest = self.newest.get(&host);
            if newest.is_some_and(|(_, newest)| newest.bytes == letter.bytes) {
                continue;
            }
            if let Some(found) = judge_reading(reading, &known).into_iter().next() {
                return Err(found);
            }
            let timestamp = letter.timestamp();
            if let Some((greatest, _)) = newest
                && timestamp <= *greatest
            {
                return breach(
                    "MGP1-ENV-011",
                    format!("a message stamped {timestamp} after one stamped {greatest}"),
                );
            }
            self.newest
                .insert(host, (letter.timestamp(), Rc::clone(letter)));
        }
        Ok(())
    }
}

/// No datagram is longer than `maxPacketSize`.
pub struct WithinPacketSize;

impl Invariant for WithinPacketSize {
    fn name(&self) -> &'static str {
        "WithinPacketSize"
    }
    fn says(&self) -> &'static str {
        "no datagram is longer than maxPacketSize, 1,400 bytes by default"
    }
    fn requirements(&self) -> &'static [&'static str] {
        &["MGP1-FRM-002"]
    }

    fn step(&mut self, moment: &Moment<'_>) -> Result<(), Breach> {
        let limit = moment.parameters.get("maxPacketSize");
        let long = moment
            .sent
            .iter()
            .find(|sent| sent.letter.bytes.len() as u64 > limit);
        match long {
            Some(Sent { to, letter, .. }) => breach(
                "MGP1-FRM-002",
                format!("{} bytes to {to}, the limit is {limit}", letter.bytes.len()),
            ),
            None => Ok(()),
        }
    }
}
