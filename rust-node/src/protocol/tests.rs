//! The machine in virtual time.

mod anti_entropy;
mod behaviour;
mod lab;
mod laws;
mod network;
mod stores;
