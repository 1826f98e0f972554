//! Implementation files: TOML that says how to reach an implementation, so that a run is one word.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::{Claimed, Implementation, KnownFailure, Transport, check_profiles};
use crate::attach::command::{CommandLine, PROGRAM, quote};
use crate::attach::placeholders;

/// The fields of a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    name: Spanned<String>,
    language: Option<String>,
    version: Option<String>,
    profiles: Option<Spanned<Vec<String>>>,
    directory: Option<Spanned<PathBuf>>,
    build: Option<Spanned<String>>,
    wire: Option<Spanned<String>>,
    adapter: Option<Spanned<String>>,
    transport: Option<Spanned<String>>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    known_failures: Vec<Spanned<Known>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    case: String,
    reason: Spanned<String>,
}

/// A mistake in an implementation file: where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Mistake {
    /// The file.
    pub file: String,
    /// The line, from 1; none where the mistake has no place.
    pub line: Option<usize>,
    /// What is wrong and what would be right.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.what),
            None => write!(f, "{}: {}", self.file, self.what),
        }
    }
}

/// Reads a file from the disk.
///
/// # Errors
/// [`Mistake`].
pub fn read(path: &Path) -> Result<Implementation, Mistake> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| Mistake {
        file: shown.clone(),
        line: None,
        what: format!("{error}; `conformance init {}` writes one", quote(&shown)),
    })?;
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let folder = parent.unwrap_or(Path::new("."));
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let arguments = format!("--impl {}", quote(&shown));
    let implementation = parse(&text, &shown, &folder, arguments, false)?;
    match implementation.missing_directory() {
        Some(directory) => Err(Mistake {
            file: shown,
            line: None,
            what: format!(
                "`directory`: {} is no directory; it is relative to the file",
                directory.display()
            ),
        }),
        None => Ok(implementation),
    }
}

/// Reads the text of a file that lies in that folder. Only files of this repository may use the suite's own transports.
pub(super) fn parse(
    text: &str,
    file: &str,
    folder: &Path,
    arguments: String,
    is_own: bool,
) -> Result<Implementation, Mistake> {
    let source = Source { text, file };
    let fields: Fields = toml::from_str(text).map_err(|error| {
        let what = error.message().to_owned();
        match error.span() {
            Some(span) => source.mistake(span.start, what),
            None => Mistake {
                file: file.to_owned(),
                line: None,
                what,
            },
        }
    })?;
    source.implementation(fields, folder, arguments, is_own)
}

/// The text, to find the lines of mistakes in.
struct Source<'a> {
    text: &'a str,
    file: &'a str,
}

impl Source<'_> {
    fn line(&self, at: usize) -> usize {
        self.text.as_bytes()[..at.min(self.text.len())]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1
    }

    fn mistake(&self, at: usize, what: String) -> Mistake {
        Mistake {
            file: self.file.to_owned(),
            line: Some(self.line(at)),
            what,
        }
    }

    fn implementation(
        &self,
        fields: Fields,
        folder: &Path,
        arguments: String,
        is_own: bool,
    ) -> Result<Implementation, Mistake> {
        let name = fields.name.get_ref();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || !name.chars().all(is_plain) {
            return Err(self.mistake(
                fields.name.span().start,
                format!("`name`: {name:?}; a name is made of letters, digits, `-`, `_` and `.`"),
            ));
        }
        let mut implementation = Implementation::named(name, arguments);
        implementation.language = fields.language;
        implementation.version = fields.version;
        if let Some(profiles) = fields.profiles {
            check_profiles(profiles.get_ref())
                .map_err(|why| self.mistake(profiles.span().start, format!("`profiles`: {why}")))?;
            implementation.profiles = profiles.into_inner();
            implementation.claimed = Claimed::User;
        }
        let directory = match &fields.directory {
            Some(directory) => folder.join(directory.get_ref()),
            None => folder.to_owned(),
        };
        let command = |field: &str, text: &Spanned<String>| {
            let command = CommandLine::parse(text.get_ref())
                .map_err(|why| self.mistake(text.span().start, format!("`{field}`: {why}")))?;
            if !is_own && command.starts_with(PROGRAM) {
                return Err(self.mistake(
                    text.span().start,
                    format!("`{field}`: {PROGRAM} is for the implementations of the suite's repository; name your program"),
                ));
            }
            Ok(command
                .in_directory(directory.clone())
                .with_environment(fields.environment.clone()))
        };
        if let Some(wire) = &fields.wire {
            let wired = command("wire", wire)?;
            let own_program = [fields.name.get_ref().clone()];
            placeholders::check(&wired.clone().with_program(&own_program))
                .map_err(|why| self.mistake(wire.span().start, format!("`wire`: {why}")))?;
            implementation.wire_command = Some(wired);
        }
        if let Some(adapter) = &fields.adapter {
            let attached = command("adapter", adapter)?;
            if let Some(name) = attached.placeholder().filter(|name| name != "program") {
                return Err(self.mistake(
                    adapter.span().start,
                    format!("`adapter`: {{{name}}}: an adapter's command takes no placeholders; what it needs comes in its requests"),
                ));
            }
            implementation.adapter_command = Some(attached);
        }
        if let Some(build) = &fields.build {
            implementation.build = Some(command("build", build)?);
        }
        if let Some(transport) = &fields.transport {
            implementation.transport = match (transport.get_ref().as_str(), is_own) {
                ("stdio", _) => Transport::Stdio,
                ("in-process", true) => Transport::InProcess,
                ("jni", true) => Transport::Jni,
                (other, _) => {
                    return Err(self.mistake(
                        transport.span().start,
                        format!("`transport`: {other:?}; an adapter is reached through \"stdio\", which needs no mention"),
                    ));
                }
            };
        }
        if fields.wire.is_none()
            && fields.adapter.is_none()
            && implementation.transport == Transport::Stdio
        {
            return Err(Mistake {
                file: self.file.to_owned(),
                line: None,
                what: "neither `wire` nor `adapter` is given: there is nothing to run".to_owned(),
            });
        }
        for known in fields.known_failures {
            let line = self.line(known.span().start);
            let known = known.into_inner();
            if known.reason.get_ref().trim().is_empty() {
                return Err(self.mistake(
                    known.reason.span().start,
                    "`reason` of `known_failures` is empty; say why the case fails, or better where that is being worked on".to_owned(),
                ));
            }
            implementation.known_failures.push(KnownFailure {
                case: known.case,
                reason: known.reason.into_inner(),
                place: format!("{}:{line}", self.file),
            });
        }
        Ok(implementation)
    }
}

/// The commented file that `conformance init` writes.
pub fn template(name: &str) -> String {
    include_str!("template.toml").replace("my-node", name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Implementation, String> {
        parse(text, "n.toml", Path::new("/there"), String::new(), false)
            .map_err(|mistake| mistake.to_string())
    }

    const GOOD: &str = "name = \"n\"\nwire = \"./n {id} {port}\"\n";

    fn mistake(more: &str) -> String {
        parsed(&format!("{GOOD}{more}")).expect_err("a mistake")
    }

    #[test]
    fn a_mistake_is_told_with_its_line_its_field_and_what_would_be_right() {
        let line = mistake("wrie = \"\"");
        assert!(line.starts_with("n.toml:3: unknown field `wrie`"), "{line}");
        let line = mistake("version = 3");
        assert!(line.starts_with("n.toml:3: "), "{line}");
        let line = mistake("profiles = [\"membership\"]");
        assert!(line.starts_with("n.toml:3: `profiles`: every"), "{line}");
        let line = mistake("profiles = [\"core\", \"corr\"]");
        assert!(line.contains("`corr` is no profile"), "{line}");
        let line = mistake("adapter = \"./a --port {port}\"");
        assert!(line.contains("no placeholders"), "{line}");
        let line = mistake("transport = \"jni\"");
        assert!(line.starts_with("n.toml:3: `transport`"), "{line}");
        let line = parsed("name = \"n\"\nwire = \"./n {id}\"").expect_err("no port");
        assert!(line.starts_with("n.toml:2: `wire`"), "{line}");
        assert!(line.contains("{port}"), "{line}");
        let line = parsed("name = \"n\"").expect_err("nothing to run");
        assert!(line.contains("neither `wire` nor `adapter`"), "{line}");
    }

    #[test]
    fn a_known_failure_needs_a_reason() {
        let line = mistake("[[known_failures]]\ncase = \"MGP1-FRM-010/a\"\n");
        assert!(
            line.starts_with("n.toml:3: missing field `reason`"),
            "{line}"
        );
        let line = mistake("[[known_failures]]\ncase = \"x\"\nreason = \" \"\n");
        assert!(line.starts_with("n.toml:5: "), "{line}");
        let good = "[[known_failures]]\ncase = \"x\"\nreason = \"because\"\n";
        let known = &parsed(&format!("{GOOD}{good}")).unwrap().known_failures[0];
        assert_eq!(known.place, "n.toml:3");
    }

    #[test]
    fn the_file_that_init_writes_can_be_read() {
        let implementation = parsed(&template("their-node")).unwrap();
        assert_eq!(implementation.name, "their-node");
    }
}
