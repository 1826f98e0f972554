//! How fast clusters run in virtual time: calls of machines per second, all invariants watched, N = 100 with a quarter of all datagrams lost.
//!
//! `cargo bench -p conformance --bench simulate`. A thousand mixed nodes until all know all: `--bench thousand`.

use std::sync::atomic::AtomicBool;

use conformance::simulate::cluster::run;
use conformance::simulate::invariants::Parameters;
use conformance::simulate::plan::{Plan, Sketch};
use divan::counter::ItemsCount;
use simulation::time::Micros;

fn main() {
    conformance::attach::java::expect_a_long_run();
    if let Err(why) = conformance::attach::java::version() {
        eprintln!("{why}");
        std::process::exit(1);
    }
    divan::main();
}

fn calls(bencher: divan::Bencher<'_, '_>, mix: &[&str]) {
    let mix: Vec<String> = mix.iter().map(|name| (*name).to_owned()).collect();
    let sketch = Sketch {
        nodes: 100,
        mix: mix.clone(),
        loss: 0.25,
        seed: 7,
        duration: Micros::seconds(10),
        links: Vec::new(),
        writes: 5,
    };
    let file = sketch.file().expect("in range").to_string();
    let plan = Plan::read(&file, &mix, Parameters::default()).expect("a scenario");
    let play = || run(&plan, &AtomicBool::new(false), &mut |_| {}).expect("the machines run");
    // The same seed makes the same calls each time.
    let steps = play().steps;
    bencher.counter(ItemsCount::new(steps)).bench_local(play);
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn rust(bencher: divan::Bencher<'_, '_>) {
    calls(bencher, &["rust"]);
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn java_over_jni(bencher: divan::Bencher<'_, '_>) {
    calls(bencher, &["java"]);
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn mixed(bencher: divan::Bencher<'_, '_>) {
    calls(bencher, &["rust", "java"]);
}
