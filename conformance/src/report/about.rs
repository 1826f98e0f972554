//! What a report says of the run itself: which suite, which specification, when, where, and with which words it was called.

use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::attach::jdk::Jdk;

const CHANGES: &str = include_str!("../../../spec/CHANGELOG.md");

/// The circumstances of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// Version of the suite.
    pub suite_version: String,
    /// Newest heading of the specification's change log, without its title: date, protocol version, revision.
    pub specification: String,
    /// When the run began, RFC 3339 in UTC.
    pub started: String,
    /// The seed of all that the suite drew at random.
    pub seed: u64,
    /// The command line, without the program.
    pub arguments: Vec<String>,
    /// Operating system and processor, `linux x86_64`.
    pub platform: String,
    /// Processors that the run could use.
    pub processors: usize,
    /// The Java that was used for what needed one, where there is one.
    pub jdk: Option<String>,
}

impl About {
    /// The circumstances of this process's run.
    pub fn this_process(seed: u64, started: SystemTime, arguments: Vec<String>) -> Self {
        About {
            suite_version: env!("CARGO_PKG_VERSION").to_owned(),
            specification: specification(),
            started: DateTime::<Utc>::from(started).to_rfc3339_opts(SecondsFormat::Secs, true),
            seed,
            arguments,
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            jdk: jdk(),
        }
    }
}

/// The newest revision of the specification that this suite was built with.
pub fn specification() -> String {
    newest(CHANGES).unwrap_or("unknown").to_owned()
}

/// The newest heading of a change log, wherever it stands: `2026-11-23, version 1, second revision`. What follows a colon is its title.
fn newest(changes: &str) -> Option<&str> {
    changes
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .map(|heading| heading.split(':').next().unwrap_or(heading).trim())
        .enumerate()
        // Of two that are equally new the lower one was added later.
        .max_by_key(|(place, heading)| (version(heading), revision(heading), date(heading), *place))
        .map(|(_, heading)| heading)
}

/// The date of a heading, which sorts as text.
fn date(heading: &str) -> &str {
    heading.split(',').next().unwrap_or_default()
}

/// The number after `version`, else 0.
fn version(heading: &str) -> u32 {
    heading
        .split(',')
        .find_map(|part| part.trim().strip_prefix("version ")?.parse().ok())
        .unwrap_or(0)
}

/// Which revision of its version a heading is, else 0.
fn revision(heading: &str) -> usize {
    const ORDINALS: [&str; 20] = [
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
        "eleventh",
        "twelfth",
        "thirteenth",
        "fourteenth",
        "fifteenth",
        "sixteenth",
        "seventeenth",
        "eighteenth",
        "nineteenth",
        "twentieth",
    ];
    heading
        .split(',')
        .find_map(|part| {
            let ordinal = part.trim().strip_suffix(" revision")?;
            ORDINALS.iter().position(|known| *known == ordinal)
        })
        .map_or(0, |place| place + 1)
}

/// What the `release` file of the Java installation says, such as `17.0.15 (Debian)`.
fn jdk() -> Option<String> {
    let home = Jdk::find().ok()?.home;
    let release = std::fs::read_to_string(home.join("release")).ok()?;
    let value = |name: &str| {
        release.lines().find_map(|line| {
            let quoted = line.strip_prefix(name)?.strip_prefix('=')?;
            Some(quoted.trim_matches('"').to_owned())
        })
    };
    let version = value("JAVA_RUNTIME_VERSION").or_else(|| value("JAVA_VERSION"))?;
    Some(match value("IMPLEMENTOR") {
        Some(implementor) => format!("{version} ({implementor})"),
        None => version,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_revision_is_told_wherever_it_stands_and_without_its_title() {
        let headings = [
            "## 2026-11-23, version 1, first revision",
            "## 2026-11-23, version 1, second revision: news and quiet traffic",
            "## 2026-11-29, version 1, third revision: what strangers found",
        ];
        let third = Some("2026-11-29, version 1, third revision");
        assert_eq!(newest(&headings.join("\n\n")), third);
        let upside_down: Vec<&str> = headings.into_iter().rev().collect();
        assert_eq!(newest(&upside_down.join("\n\n")), third);
        let later = "## 2027-01-01, version 2, first revision";
        assert!(
            newest(&format!("{later}\n{}", headings[2]))
                .unwrap()
                .contains("version 2")
        );
        assert_eq!(newest("# nothing yet"), None);
    }

    /// An ordinal that is not known, or a heading of another form, would make an old revision the newest.
    #[test]
    fn every_heading_of_the_change_log_says_which_revision_it_is() {
        for heading in CHANGES.lines().filter_map(|line| line.strip_prefix("## ")) {
            let heading = heading.split(':').next().unwrap_or(heading);
            assert!(version(heading) > 0 && revision(heading) > 0, "{heading}");
        }
    }
}
