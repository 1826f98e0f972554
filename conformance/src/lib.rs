//! Proves an implementation of the Mumbai Gossip Protocol right, or shows which sentence of the specification it breaks.
//!
//! The rooms: [`oracle`] judges and shares no code with any node; [`attach`] reaches an implementation; [`wire`] is the suite as a peer
//! of it and [`relay`] the bad network between nodes; [`cases`] are what is asked of it and [`clusters`] what is asked of many at once;
//! [`verdict`] is what comes of that; [`requirements`] reads the sentences; [`report`] shows the result.
#![forbid(unsafe_code)]

pub mod attach;
pub mod cases;
pub mod clusters;
pub mod oracle;
pub mod relay;
pub mod verdict;
pub mod wire;
