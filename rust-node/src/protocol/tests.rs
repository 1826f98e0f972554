//! The machine in virtual time.

mod behaviour;
mod lab;
mod laws;
mod network;
