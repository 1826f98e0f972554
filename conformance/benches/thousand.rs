//! A thousand nodes that all start at the same moment: after how much time, virtual and real, each lists each, and holds what was written.
//!
//! `cargo bench -p conformance --bench thousand`; `-- --nodes 200 --loss 0.25` for other clusters. Rust and Java over JNI by halves, the
//! invariants watched at every call, what the machines hold once an interval. The virtual times repeat exactly, the real ones are the machine's.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use clap::Parser;
use conformance::simulate::cluster::run;
use conformance::simulate::invariants::Parameters;
use conformance::simulate::plan::{Plan, Sketch};
use simulation::time::Micros;

#[derive(Parser)]
struct Arguments {
    /// How many nodes.
    #[arg(long, default_value_t = 1_000)]
    nodes: u32,
    /// Share of datagrams that is lost, from 0 to below 1.
    #[arg(long, default_value_t = 0.0)]
    loss: f64,
    /// How much virtual time, in seconds; a third of it passes before the first write.
    #[arg(long, default_value_t = 6)]
    seconds: u64,
    /// All chance comes from it.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<(), String> {
    let arguments = Arguments::parse();
    conformance::attach::java::expect_a_long_run();
    let mix = ["rust".to_owned(), "java".to_owned()];
    let sketch = Sketch {
        nodes: arguments.nodes,
        mix: mix.to_vec(),
        loss: arguments.loss,
        seed: arguments.seed,
        duration: Micros::seconds(arguments.seconds),
        links: Vec::new(),
        writes: 5,
    };
    let plan = Plan::read(&sketch.file()?.to_string(), &mix, Parameters::default())?;
    let begun = Instant::now();
    let mut complete = None;
    let findings = run(&plan, &AtomicBool::new(false), &mut |now| {
        if now.members >= 1.0 && complete.is_none() {
            complete = Some(begun.elapsed());
        }
    })?;
    let whole = begun.elapsed();
    if let Some(broken) = &findings.violation {
        return Err(format!("broke: {broken}"));
    }
    let seconds = |ms: u64| ms as f64 / 1_000.0;
    println!(
        "{}, {} % loss, seed {}",
        findings.mix,
        arguments.loss * 100.0,
        findings.seed
    );
    match (findings.members_complete_ms, complete) {
        (Some(ms), Some(real)) => println!(
            "  all list all         after {:>7.3} s of virtual time, {:>6.1} s of real time",
            seconds(ms),
            real.as_secs_f64()
        ),
        _ => println!(
            "  all list all         never; at the end {:.5} of all pairs",
            findings.members_share
        ),
    }
    for write in &findings.writes {
        let all = write
            .all_ms
            .map_or("never".to_owned(), |ms| format!("{ms:.0} ms"));
        println!(
            "  {:<20} at all nodes {all} after it was written",
            write.key
        );
    }
    println!(
        "  the whole            {:>13.3} s of virtual time, {:>6.1} s of real time, {} calls, {} datagrams",
        seconds(findings.reached_ms),
        whole.as_secs_f64(),
        findings.steps,
        findings.datagrams
    );
    Ok(())
}
