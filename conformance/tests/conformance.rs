//! Every case on every implementation as a test with a name: `cargo test -p conformance -- java::framing`.
//!
//! `CONFORMANCE_WITHOUT=java` leaves an implementation out (its tests are then listed as ignored, never silently missing);
//! `CONFORMANCE_SEED` sets the seed (default 1).

use std::process::ExitCode;
use std::sync::{Arc, Mutex, OnceLock};

use conformance::attach::Adapter;
use conformance::cases::{self, Case, Launcher, Needs, Procedure};
use conformance::implementation::{Implementation, built_in};
use conformance::report::console;
use conformance::run::{judge, reason_to_skip, wire_verdict};
use conformance::verdict::Verdict;
use conformance::{groups, without};
use libtest_mimic::{Arguments, Failed, Trial};

/// Wire cases mostly wait; with as many threads as processors the tests would wait one after the other.
const THREADS: usize = 8;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    if arguments.test_threads.is_none() {
        arguments.test_threads = Some(THREADS);
    }
    if let Err(usage) = conformance::check_without() {
        eprintln!("{usage}");
        return ExitCode::from(2);
    }
    let seed = match std::env::var("CONFORMANCE_SEED").map(|text| text.parse::<u64>()) {
        Ok(Ok(seed)) => seed,
        Ok(Err(_)) => {
            eprintln!("CONFORMANCE_SEED must be an integer from 0");
            return ExitCode::from(2);
        }
        Err(_) => 1,
    };
    let cases: Vec<Arc<Case>> = cases::all(seed).into_iter().map(Arc::new).collect();
    let mut trials = Vec::new();
    for implementation in built_in() {
        let left_out = without().contains(&implementation.name);
        let implementation = Arc::new(Reached {
            implementation,
            launcher: OnceLock::new(),
            adapters: Mutex::default(),
        });
        if !left_out {
            trials.push(qualification(&implementation));
        }
        for case in &cases {
            trials.push(trial(&implementation, case, seed, left_out));
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    for case in conformance::run::repeated() {
        println!("passed only when repeated with nothing else running: {case}");
    }
    for name in without() {
        println!("NOT RUN: {name}, because CONFORMANCE_WITHOUT names it");
    }
    conclusion.exit_code()
}

/// An implementation whose node program is built when the first wire case wants it.
struct Reached {
    implementation: Implementation,
    launcher: OnceLock<Result<Box<dyn Launcher>, String>>,
    /// Adapters that nobody asks at the moment: a process for each of some thousand cases would take longer than the cases.
    adapters: Mutex<Vec<Box<dyn Adapter>>>,
}

impl Reached {
    fn take_adapter(&self) -> Result<Box<dyn Adapter>, String> {
        let idle = self.adapters.lock().map_err(|e| e.to_string())?.pop();
        idle.map_or_else(|| self.implementation.adapter(), Ok)
    }

    fn give_back(&self, adapter: Box<dyn Adapter>) {
        if let Ok(mut adapters) = self.adapters.lock() {
            adapters.push(adapter);
        }
    }
}

fn qualification(reached: &Arc<Reached>) -> Trial {
    let reached = Arc::clone(reached);
    Trial::test(
        format!("{}::adapter-is-sane", reached.implementation.name),
        move || {
            let mut adapter = reached.implementation.adapter()?;
            let qualified = conformance::attach::qualify::qualify(adapter.as_mut())?;
            let claimed = qualified.profiles;
            if claimed != reached.implementation.profiles {
                return Err(Failed::from(format!(
                    "it claims {claimed:?}, the suite expects {:?}",
                    reached.implementation.profiles
                )));
            }
            Ok(())
        },
    )
}

fn trial(reached: &Arc<Reached>, case: &Arc<Case>, seed: u64, left_out: bool) -> Trial {
    let name = format!(
        "{}::{}::{}",
        reached.implementation.name,
        groups::of(&case.id),
        case.id
    );
    let is_skipped = reason_to_skip(&reached.implementation, case).is_some();
    let kind = match case.needs {
        Needs::Codec => "codec",
        Needs::Core => "core",
        Needs::Wire => "wire",
    };
    let (reached, case) = (Arc::clone(reached), Arc::clone(case));
    Trial::test(name, move || {
        let outcome = match case.needs {
            Needs::Wire => {
                let launcher = reached
                    .launcher
                    .get_or_init(|| reached.implementation.launcher());
                let launcher = launcher.as_ref().map_err(Clone::clone)?;
                judge(&reached.implementation, &case, || {
                    wire_verdict(&case, launcher.as_ref())
                })
            }
            Needs::Codec | Needs::Core => {
                let mut adapter = reached.take_adapter()?;
                let outcome = judge(&reached.implementation, &case, || match &case.procedure {
                    Procedure::Adapter(procedure) => procedure(adapter.as_mut()),
                    Procedure::Wire(_) => {
                        Verdict::Error("a wire procedure was put to an adapter".to_owned())
                    }
                });
                reached.give_back(adapter);
                outcome
            }
        };
        match console::problem(&outcome, seed) {
            Some(problem) if outcome.is_advice() && matches!(outcome.verdict, Verdict::Fail(_)) => {
                eprintln!("{problem}");
                Ok(())
            }
            Some(problem) => Err(Failed::from(problem)),
            None => Ok(()),
        }
    })
    .with_kind(kind)
    .with_ignored_flag(left_out || is_skipped)
}
