//! `replay`: the case of a bundle once more.

use std::path::PathBuf;

use crate::bundle::{self, Bundle};
use crate::report::standing;
use crate::run::Results;
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(super) struct Replay {
    /// A folder that `conformance run --bundle DIR` wrote, or the `bundle.json` in it
    bundle: PathBuf,
}

impl Replay {
    /// Reads the bundle, and says which command it stands for before that is carried out: the bundle may be somebody else's.
    ///
    /// # Errors
    /// One line that names the file and what is wrong with it.
    pub(super) fn read(&self) -> Result<Bundle, String> {
        let bundle = Bundle::read(&self.bundle)?;
        let here = env!("CARGO_PKG_VERSION");
        if bundle.suite_version != here {
            eprintln!(
                "the bundle is of suite {}, this is {here}: the case may have changed",
                bundle.suite_version
            );
        }
        let here = std::env::current_dir().unwrap_or_default();
        if here.display().to_string() != bundle.directory {
            eprintln!(
                "the bundle was written in {}; relative paths are meant from there",
                bundle.directory
            );
        }
        eprintln!("{}", bundle::command(&bundle.arguments));
        Ok(bundle)
    }
}

/// Whether the verdict was the same again, in a line.
pub(super) fn comparison(bundle: &Bundle, results: &Results) -> String {
    let mut outcomes = results.outcomes.iter();
    let again = outcomes.find(|outcome| outcome.case == bundle.case);
    let Some(outcome) = again else {
        return format!("{}: not run this time", bundle.case);
    };
    let now = word(
        standing(outcome).name(),
        match &outcome.verdict {
            Verdict::Fail(failure) => Some(&failure.requirement),
            _ => None,
        },
    );
    let then = word(&bundle.verdict, bundle.broken.as_ref());
    if now == then {
        format!("the same verdict again: {now}")
    } else {
        format!("another verdict: {now} now, {then} in the bundle")
    }
}

fn word(verdict: &str, broken: Option<&String>) -> String {
    broken.map_or(verdict.to_owned(), |broken| {
        format!("{verdict} of {broken}")
    })
}
