//! A node of the Mumbai Gossip Protocol, version 1: membership, failure detection and a shared key/value store over JSON/zlib UDP datagrams.
//!
//! The rooms:
//!
//! - [`wire`]: bytes ⇄ meaning. No state.
//! - [`state`]: what a node holds, and how two states become one.
//! - [`protocol`]: the protocol as a machine, without sockets, threads and clocks.
//! - [`runtime`]: a node with its own socket, tasks and clocks.
//! - [`adapter`]: the adapter protocol of the conformance suite.
//! - [`cli`]: the command line.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod adapter;
pub mod cli;
pub mod protocol;
pub mod runtime;
pub mod state;
pub mod wire;
