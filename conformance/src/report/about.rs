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
    /// Newest heading of the specification's change log: date, protocol version, revision.
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
    CHANGES
        .lines()
        .find_map(|line| line.strip_prefix("## "))
        .unwrap_or("unknown")
        .to_owned()
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
