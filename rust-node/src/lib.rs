//! A node of the Mumbai Gossip Protocol, version 1: membership, failure detection and a shared key/value store over JSON/zlib UDP datagrams.
//!
//! The rooms:
//!
//! - [`wire`]: bytes ⇄ meaning. No state.
//! - [`state`]: what a node holds, and how two states become one.
//! - [`protocol`]: the protocol as a machine, without sockets, threads and clocks.
//! - [`adapter`]: the adapter protocol of the conformance suite.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod adapter;
pub mod protocol;
pub mod state;
pub mod wire;
