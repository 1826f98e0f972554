//! Proves an implementation of the Mumbai Gossip Protocol right, or shows which sentence of the specification it breaks.
//!
//! The rooms: [`oracle`] judges and shares no code with any node; [`attach`] reaches an implementation; [`cases`] are what is asked of it;
//! [`verdict`] is what comes of that; [`requirements`] reads the sentences; [`report`] shows the result.
#![forbid(unsafe_code)]

pub mod attach;
pub mod cases;
pub mod fixtures;
pub mod oracle;
pub mod requirements;
pub mod verdict;
