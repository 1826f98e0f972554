//! Clusters of protocol machines in virtual time: everything follows from a seed, and named invariants are watched at each step.
//!
//! *What "the same run" rests on.* Chance is drawn by seed, host and path, never by what a datagram holds. One thing comes from outside: how
//! long a text is once it is compressed decides how much a node puts into a datagram. Rust nodes bring their zlib along (the version in
//! `Cargo.lock`), Java nodes use that of their JDK, which may be the system's. The trace is over texts, so a zlib that packs as many bytes
//! into others changes nothing; one that packs better or worse does. `compressionThreshold=65536` has all nodes send plain text: such a
//! run is the same whatever zlib there is.
//!
//! The rooms: [`machine`] is one protocol machine of any language, [`node`] makes it a host of a [`simulation`] world, [`plan`] says what is
//! to happen, [`cluster`] lets it happen, `watch` follows it and shows it to the [`invariants`], [`spread`] and `traffic` measure how far news
//! and members have come and what they cost, [`model`] is what that is measured against, [`findings`] is what came of it, [`compare`] sets
//! two compositions side by side, [`demo`] has the published demos, and [`differential`] compares machines with each other and with the reference model.

pub mod cluster;
pub mod compare;
mod curves;
pub mod demo;
pub mod differential;
pub mod findings;
pub mod invariants;
pub mod letter;
pub mod machine;
pub mod model;
mod moments;
pub mod node;
pub mod plan;
pub mod spread;
mod traffic;
mod watch;

pub use moments::settling;
