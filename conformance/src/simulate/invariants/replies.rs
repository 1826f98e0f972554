//! Who is answered.

use super::{Invariant, Moment, breach};
use crate::oracle::outgoing::Breach;
use crate::simulate::letter::Sent;

/// A PONG answers one PING, and goes where that PING came from; nobody sends to itself.
pub struct NoReplyToWrongSource;

impl Invariant for NoReplyToWrongSource {
    fn name(&self) -> &'static str {
        "NoReplyToWrongSource"
    }
    fn says(&self) -> &'static str {
        "a PONG echoes the PING that it answers, goes to the address from which that came, and answers no PING for somebody else; nobody sends to itself"
    }
    fn requirements(&self) -> &'static [&'static str] {
        &[
            "MGP1-MSG-019",
            "MGP1-MSG-020",
            "MGP1-MSG-021",
            "MGP1-DIS-016",
        ]
    }

    fn step(&mut self, moment: &Moment<'_>) -> Result<(), Breach> {
        let mut pongs = 0;
        for Sent { to, letter, .. } in &moment.sent {
            if *to == moment.address {
                return breach(
                    "MGP1-DIS-016",
                    format!("a {} to its own address", letter.kind()),
                );
            }
            if letter.kind() != "PONG" {
                continue;
            }
            pongs += 1;
            let Some((from, ping)) = moment
                .received
                .as_ref()
                .filter(|(_, received)| received.kind() == "PING")
            else {
                return breach(
                    "MGP1-MSG-019",
                    format!("a PONG to {to} that answers no PING"),
                );
            };
            if from != to {
                return breach(
                    "MGP1-MSG-019",
                    format!("a PING from {from} was answered to {to}"),
                );
            }
            if ping.text_member("pingId") != letter.text_member("pingId") {
                return breach("MGP1-MSG-021", "the PONG echoes another pingId".to_owned());
            }
            if let Some(target) = ping.text_member("targetId")
                && target != moment.id
            {
                return breach("MGP1-MSG-020", format!("answered a PING for {target:?}"));
            }
        }
        if pongs > 1 {
            return breach("MGP1-MSG-019", format!("{pongs} PONGs to one PING"));
        }
        Ok(())
    }
}
