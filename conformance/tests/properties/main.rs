//! What must hold for every message, not only for those that somebody thought of.
//!
//! `CONFORMANCE_SEED` sets the seed (default 1), `PROPTEST_CASES` the number of cases. A counterexample is shrunk through the adapters and printed.

mod adapters;
mod damage;
mod detection;
mod generate;
mod hostile;
mod merging;
mod round_trip;
#[path = "../support/mod.rs"]
mod support;
