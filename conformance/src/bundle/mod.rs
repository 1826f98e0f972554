//! Failure bundles: a folder per case that did not pass, with all that is needed to look at it elsewhere and to let it happen again.
//!
//! | file | what |
//! |---|---|
//! | `bundle.json` | case, verdict, expected and actual, versions, seed, and the arguments that run it again |
//! | `datagrams.ndjson` | one datagram a line, in hex and decoded |
//! | `datagrams.pcap` | the same as UDP packets, for Wireshark |

mod pcap;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use pcap::pcap;

use crate::attach::command::quote;
use crate::attach::template;
use crate::report::about::About;
use crate::report::{Standing, datagram, reason, standing, through};
use crate::requirements;
use crate::run::{Outcome, Results};
use crate::verdict::{LoggedDatagram, Verdict};

/// The one form of bundles so far.
const FORM: u32 = 1;

/// What `bundle.json` holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bundle {
    /// Form of the bundle, 1.
    pub bundle: u32,
    /// Version of the suite that wrote it.
    pub suite_version: String,
    /// Revision of the specification that the suite had.
    pub specification: String,
    /// When the run began.
    pub started: String,
    /// Operating system and processor.
    pub platform: String,
    /// The Java of the run, where there was one.
    pub jdk: Option<String>,
    /// Name of the implementation.
    pub implementation: String,
    /// What it says of itself.
    pub says: Option<String>,
    /// How it was reached: `codec`, `core` or `wire`.
    pub through: String,
    /// Id of the case.
    pub case: String,
    /// Requirements that the case tests.
    pub requirements: Vec<String>,
    /// `fail`, `warning`, `inconclusive` or `error`.
    pub verdict: String,
    /// The broken requirement.
    pub broken: Option<String>,
    /// Its sentence.
    pub rule: Option<String>,
    /// What it asks for here.
    pub expected: Option<String>,
    /// What happened.
    pub actual: Option<String>,
    /// Why the case stayed open or could not be carried out.
    pub reason: Option<String>,
    /// The seed.
    pub seed: u64,
    /// Where the suite ran: relative paths in the arguments are meant from there.
    pub directory: String,
    /// Arguments of `conformance` that run this case again with this seed on this implementation.
    pub arguments: Vec<String>,
}

impl Bundle {
    /// What there is to say of an outcome; `None` where it passed or was skipped.
    pub fn of(outcome: &Outcome, results: &Results, about: &About) -> Option<Self> {
        let standing = standing(outcome);
        if matches!(standing, Standing::Pass | Standing::Skipped) {
            return None;
        }
        let failure = match &outcome.verdict {
            Verdict::Fail(failure) => Some(failure),
            _ => None,
        };
        let says = results
            .who
            .iter()
            .find(|(n, _)| *n == outcome.implementation);
        Some(Bundle {
            bundle: FORM,
            suite_version: about.suite_version.clone(),
            specification: about.specification.clone(),
            started: about.started.clone(),
            platform: about.platform.clone(),
            jdk: about.jdk.clone(),
            implementation: outcome.implementation.clone(),
            says: says.map(|(_, says)| says.clone()),
            through: through(outcome.needs).to_owned(),
            case: outcome.case.clone(),
            requirements: outcome.requirements.clone(),
            verdict: standing.name().to_owned(),
            broken: failure.map(|failure| failure.requirement.clone()),
            rule: failure
                .and_then(|failure| requirements::find(&failure.requirement))
                .map(|requirement| requirement.sentence.clone()),
            expected: failure.map(|failure| failure.expected.clone()),
            actual: failure.map(|failure| failure.actual.clone()),
            reason: reason(outcome),
            seed: about.seed,
            directory: std::env::current_dir()
                .map_or_else(|_| String::new(), |it| it.display().to_string()),
            arguments: again(outcome, about.seed),
        })
    }

    /// Reads the bundle in a folder, or the file `bundle.json` itself.
    ///
    /// # Errors
    /// One line that names the file and what is wrong with it.
    pub fn read(path: &Path) -> Result<Self, String> {
        let file = if path.is_dir() {
            path.join("bundle.json")
        } else {
            path.to_owned()
        };
        let text = std::fs::read_to_string(&file).map_err(|e| {
            format!(
                "{}: {e}; a bundle is a folder that `conformance run --bundle DIR` wrote, with `bundle.json` in it",
                file.display()
            )
        })?;
        let bundle: Bundle =
            serde_json::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))?;
        if bundle.bundle != FORM {
            return Err(format!(
                "{}: a bundle of form {}, this suite reads form {FORM}",
                file.display(),
                bundle.bundle
            ));
        }
        Ok(bundle)
    }
}

/// The arguments that put this case to this implementation again, with this seed.
fn again(outcome: &Outcome, seed: u64) -> Vec<String> {
    let named = template::split(&outcome.arguments).unwrap_or_default();
    let seed = seed.to_string();
    let own = ["--case", &outcome.case, "--seed", &seed];
    std::iter::once("run".to_owned())
        .chain(named)
        .chain(own.map(str::to_owned))
        .collect()
}

/// Arguments of the suite as a line that a POSIX shell reads as the same words.
pub fn command(arguments: &[String]) -> String {
    let words = arguments.iter().map(|word| quote(word));
    std::iter::once("conformance".to_owned())
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Writes a bundle below `folder` for every case that did not pass, and returns their folders.
///
/// # Errors
/// One line that names the file that could not be written; earlier bundles stay.
pub fn write_all(folder: &Path, results: &Results, about: &About) -> Result<Vec<PathBuf>, String> {
    let mut written = Vec::new();
    for outcome in &results.outcomes {
        if let Some(bundle) = Bundle::of(outcome, results, about) {
            let place = folder
                .join(file_name(&bundle.implementation))
                .join(file_name(&bundle.case));
            write(&place, &bundle, &outcome.transcript)?;
            written.push(place);
        }
    }
    Ok(written)
}

fn write(place: &Path, bundle: &Bundle, datagrams: &[LoggedDatagram]) -> Result<(), String> {
    std::fs::create_dir_all(place).map_err(|e| format!("{}: {e}", place.display()))?;
    let json = serde_json::to_string_pretty(bundle).map_err(|e| e.to_string())?;
    let lines: String = datagrams
        .iter()
        .map(|logged| format!("{}\n", datagram::value(logged, usize::MAX)))
        .collect();
    let began = chrono::DateTime::parse_from_rfc3339(&bundle.started)
        .map_or(0, |at| u64::try_from(at.timestamp_millis()).unwrap_or(0));
    for (name, bytes) in [
        ("bundle.json", format!("{json}\n").into_bytes()),
        ("datagrams.ndjson", lines.into_bytes()),
        ("datagrams.pcap", pcap(datagrams, began)),
    ] {
        let file = place.join(name);
        std::fs::write(&file, bytes).map_err(|e| format!("{}: {e}", file.display()))?;
    }
    Ok(())
}

/// A name that every file system takes: what is no letter, digit, dot, hyphen or underscore becomes a dot, and it begins with none.
fn file_name(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => c,
            _ => '.',
        })
        .collect();
    let plain = plain.trim_matches('.');
    if plain.is_empty() { "unnamed" } else { plain }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_name_leads_nowhere_else() {
        assert_eq!(
            file_name("MGP1-FRM-010/leading-newline"),
            "MGP1-FRM-010.leading-newline"
        );
        assert_eq!(file_name("../../etc"), "etc");
        assert_eq!(file_name(".."), "unnamed");
    }
}
