//! `simulate offices` and `simulate suburbs`: the published demos as clusters of protocol machines.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use clap::Args;

pub(super) use crate::simulate::demo::{OFFICES, SUBURBS};

use super::show::Output;
use crate::simulate::demo;

/// What a demo takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Demo {
    /// Implementations, dealt out in turn: rust, java
    #[arg(long, value_delimiter = ',', default_value = "rust,java")]
    mix: Vec<String>,
    /// All chance comes from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    output: Output,
}

pub(super) fn main(demo: &demo::Demo, given: &Demo) -> Result<u8, String> {
    let started = Instant::now();
    let shown = demo.run(&given.mix, given.seed, &AtomicBool::new(false), &mut |_| {})?;
    eprintln!("took {:.2} s", started.elapsed().as_secs_f64());
    given.output.show_as(&shown.outcome, &shown)?;
    for broken in &shown.cluster.broken {
        eprint!("{}", broken.text());
    }
    Ok(u8::from(!shown.cluster.broken.is_empty()))
}
