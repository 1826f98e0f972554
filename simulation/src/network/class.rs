//! The four network classes of the published document, as access links.

use serde::{Deserialize, Serialize};

use super::{Latency, Link};
use crate::random::{Chance, Stream};
use crate::time::Micros;

/// How a host is attached: the classes that the published WhatsApp listing names (lines 593 to 597 of the document).
///
/// What the document gives are names, shares of users, and success rates. It gives no latency by class. Those here are the one-way half
/// of the round trip times of WebPageTest's connectivity profiles (LTE 70 ms, 4G 170 ms, EDGE 840 ms), with a log-normal
/// spread chosen by this project. Loss for the first two classes is the complement of the document's success rates (0.98 and
/// 0.95, line 766); for the other two, and for the outages, it is this project's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum NetworkClass {
    /// `4G_5G`: cities of the first tier.
    #[serde(rename = "4G_5G")]
    FourGFiveG,
    /// `3G_4G`: cities of the second tier.
    #[serde(rename = "3G_4G")]
    ThreeGFourG,
    /// `2G_Edge`: cities of the third tier.
    #[serde(rename = "2G_Edge")]
    TwoGEdge,
    /// `intermittent`: the countryside; attached for minutes at a time.
    #[serde(rename = "intermittent")]
    Intermittent,
}

/// All classes, best first.
pub const ALL: [NetworkClass; 4] = [
    NetworkClass::FourGFiveG,
    NetworkClass::ThreeGFourG,
    NetworkClass::TwoGEdge,
    NetworkClass::Intermittent,
];

/// A host that comes and goes: exponential times of these means, on and off in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outages {
    /// Mean time attached.
    pub up: Micros,
    /// Mean time detached.
    pub down: Micros,
}

impl Outages {
    /// How long a host stays attached, or detached, once it has become so: an exponential time, at least a microsecond.
    pub fn stay(&self, attached: bool, stream: &mut Stream) -> Micros {
        let mean = if attached { self.up } else { self.down };
        Micros((mean.0 as f64 * stream.exponential()).max(1.0) as u64)
    }
}

impl NetworkClass {
    /// The document's name of the class.
    pub const fn name(self) -> &'static str {
        match self {
            NetworkClass::FourGFiveG => "4G_5G",
            NetworkClass::ThreeGFourG => "3G_4G",
            NetworkClass::TwoGEdge => "2G_Edge",
            NetworkClass::Intermittent => "intermittent",
        }
    }

    /// The class of this name, spelled exactly so.
    pub fn named(name: &str) -> Option<Self> {
        ALL.into_iter().find(|class| class.name() == name)
    }

    /// The share of users in percent (lines 631 to 634 of the document: 15, 25, 35 and 25).
    pub const fn published_share(self) -> u32 {
        match self {
            NetworkClass::FourGFiveG => 15,
            NetworkClass::ThreeGFourG => 25,
            NetworkClass::TwoGEdge => 35,
            NetworkClass::Intermittent => 25,
        }
    }

    /// Draws a class by the published shares.
    pub fn draw(stream: &mut Stream) -> Self {
        let mut left = stream.below(100);
        for class in ALL {
            if left < class.published_share() {
                return class;
            }
            left -= class.published_share();
        }
        NetworkClass::Intermittent
    }

    /// The link between a host of this class and the middle of the network, the same in both directions.
    pub fn access(self) -> Link {
        let (median, sigma, loss, reorder) = match self {
            NetworkClass::FourGFiveG => (35, 0.3, 0.02, 0.001),
            NetworkClass::ThreeGFourG => (85, 0.4, 0.05, 0.005),
            NetworkClass::TwoGEdge => (420, 0.5, 0.10, 0.01),
            NetworkClass::Intermittent => (420, 0.8, 0.15, 0.02),
        };
        let chance = |p| Chance::new(p).unwrap_or_default();
        Link {
            latency: Latency::LogNormal {
                median: Micros::millis(median),
                sigma,
            },
            loss: chance(loss),
            duplicate: Chance::NEVER,
            reorder: chance(reorder),
            reorder_by: Micros::millis(median),
        }
    }

    /// When a host of this class is not attached at all.
    pub const fn outages(self) -> Option<Outages> {
        match self {
            NetworkClass::Intermittent => Some(Outages {
                up: Micros::seconds(60),
                down: Micros::seconds(60),
            }),
            _ => None,
        }
    }
}
