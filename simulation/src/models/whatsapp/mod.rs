//! The messenger network of the document (lines 582 to 978): users all over India, eight edge servers, four ways of delivery.
//!
//! The listing sleeps in one process and draws a success; its `hops` come from an attribute that all messages share, and its
//! queues are never emptied. This is a discrete-event model with the listing's own numbers where it has any: servers, their
//! latencies and capacities, shares of users, and the choice between direct, multi-hop, store-and-forward and adaptive
//! delivery. **It is a model of that listing and not of WhatsApp**, whose real figures cannot be derived from either.
//!
//! # The rules
//!
//! A message goes from the sender's phone over its access link to the edge server of its city, from server to server, and over the
//! receiver's access link to the phone. On each leg it is tried again after a lost attempt: at first after one second, then twice
//! as long each time, at most 30 s. An edge server serves one message after the other, `capacity` a second. Phones of
//! the class `intermittent` come and go by [`Outages`](crate::network::Outages). A sender that is away waits; for a receiver that is away, *store and forward*
//! keeps the message at the server until it is back, without attempts, and the other ways keep trying. *Multi-hop* passes one or two further servers;
//! *adaptive* begins directly, takes multi-hop after a lost attempt between servers, and stores after three lost attempts at the receiver.
//! A leg is given up after [`Festival::max_attempts`]. Between servers an attempt is lost with 0.05 (the listing's 0.95, line 787).

mod festival;
mod printed;
mod report;
mod tally;

use serde::Serialize;

pub use festival::{Festival, Letter};

use crate::network::NetworkClass;

/// An edge server of the listing: city, messages a second, latency in milliseconds (lines 619 to 628).
pub const SERVERS: [(&str, u64, u64); 8] = [
    ("mumbai", 15_000, 12),
    ("delhi", 12_000, 15),
    ("bangalore", 10_000, 18),
    ("hyderabad", 8_000, 22),
    ("pune", 7_000, 20),
    ("chennai", 9_000, 25),
    ("kolkata", 6_000, 28),
    ("ahmedabad", 5_000, 30),
];

/// How a message is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// From server to server.
    Direct,
    /// Over one or two further servers.
    MultiHop,
    /// Kept until the receiver is there.
    StoreForward,
    /// One after the other.
    Adaptive,
}

/// All ways of delivery, in the order of the listing.
pub const DELIVERIES: [Delivery; 4] = [
    Delivery::Direct,
    Delivery::MultiHop,
    Delivery::StoreForward,
    Delivery::Adaptive,
];

impl Delivery {
    /// The listing's choice (lines 736 to 755).
    pub fn choose(sender: NetworkClass, receiver: NetworkClass) -> Delivery {
        use NetworkClass::{FourGFiveG, Intermittent, ThreeGFourG, TwoGEdge};
        match (sender, receiver) {
            (FourGFiveG | ThreeGFourG, FourGFiveG | ThreeGFourG) => Delivery::Direct,
            (FourGFiveG, TwoGEdge) => Delivery::MultiHop,
            (_, Intermittent) => Delivery::StoreForward,
            _ => Delivery::Adaptive,
        }
    }

    /// The listing's name of it.
    pub const fn name(self) -> &'static str {
        match self {
            Delivery::Direct => "direct",
            Delivery::MultiHop => "multi_hop",
            Delivery::StoreForward => "store_forward",
            Delivery::Adaptive => "adaptive",
        }
    }
}
