//! A laboratory for gossip: virtual time, a seeded network with faults, and the epidemic models to measure a protocol against.
//!
//! **It opens no socket, reads no clock and knows no wire format.** Datagrams are opaque bytes, a node is whatever implements
//! [`world::Host`], and everything that happens follows from a seed.
//!
//! | room | what is in it |
//! |---|---|
//! | [`time`], [`random`] | virtual microseconds; independent ChaCha streams by name |
//! | [`network`], [`world`] | latency, loss, duplication, reordering, cuts; hosts that crash, pause and have wrong clocks |
//! | [`scenario`] | the same as a file in TOML or JSON, with errors that name line and field |
//! | [`models`] | the systems of the published listings, as printed and as they should be |
//! | [`statistics`], [`yardstick`] | quantiles, intervals, two-sample tests; how many rounds a rumour may take |
//! | [`plot`] | curves with bands as SVG, and as text for a terminal |
//!
//! # What "the same on every machine" rests on
//!
//! Random bits come from ChaCha8, keyed by SHA-256 of a seed and a name. Times are integers. Probabilities are compared as
//! integers ([`random::Chance`]). Where a real number decides an event (log-normal and exponential waiting times, the rates of
//! the SIR model) only the four IEEE 754 operations, square roots and the functions of `libm` in pure Rust are used, which give
//! the same bits everywhere; the standard library's `exp` and `ln` do not. No iteration runs over a hash map.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod models;
pub mod network;
pub mod plot;
mod radix_heap;
pub mod random;
pub mod scenario;
pub mod statistics;
pub mod time;
pub mod world;
pub mod yardstick;
