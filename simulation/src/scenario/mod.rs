//! Scenario files: hosts, links, faults over time and writes, in TOML or JSON.
//!
//! The format is described by the JSON Schema [`SCHEMA`]. A mistake is answered with its line, its field and what would be right:
//!
//! ```
//! let mistake = simulation::scenario::Scenario::from_toml("seed = 7\nduratoin = \"60s\"\nnodes = 3\n").unwrap_err();
//! assert_eq!(mistake.line, 2);
//! assert_eq!(mistake.field, "duratoin");
//! assert!(mistake.to_string().contains("did you mean \"duration\"?"), "{mistake}");
//! ```

mod build;
mod error;
mod lives;
mod parse;
mod reader;
mod tree;

use std::path::Path;

use serde_json::Value;

pub use error::ScenarioError;

use crate::network::{Address, HostId, Link, NetworkClass};
use crate::time::{HostClock, Micros};
use crate::world::Fault;

/// The JSON Schema (draft 2020-12) of a scenario file, whichever way it is written.
pub const SCHEMA: &str = include_str!("../../schema/scenario.schema.json");

/// How a scenario file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// In TOML.
    Toml,
    /// In JSON.
    Json,
}

impl Format {
    /// The format of a file by its name: JSON if it ends in `.json`, TOML if it ends in `.toml`, in letters of either case. `None` for other names.
    pub fn of_name(file: &Path) -> Option<Format> {
        let extension = file.extension()?.to_str()?;
        [("json", Format::Json), ("toml", Format::Toml)]
            .into_iter()
            .find_map(|(name, format)| extension.eq_ignore_ascii_case(name).then_some(format))
    }

    /// The format of a text without a name: JSON if the first character that is no white space is an opening brace.
    pub fn of_text(text: &str) -> Format {
        let text = text.strip_prefix(tree::MARK).unwrap_or(text);
        if text.trim_start().starts_with('{') {
            Format::Json
        } else {
            Format::Toml
        }
    }
}

/// What is to happen to whom, when, and by which seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// What it is called.
    pub name: String,
    /// What it is for, in a sentence.
    pub description: String,
    /// All chance comes from it.
    pub seed: u64,
    /// How long it lasts.
    pub duration: Micros,
    /// The length of the intervals in which datagrams are counted.
    pub interval: Micros,
    /// True time at the start, microseconds since the Unix epoch.
    pub epoch: Micros,
    /// The hosts; their numbers are their places here.
    pub nodes: Vec<Node>,
    /// The link between any two hosts, besides their access links.
    pub link: Link,
    /// Links of single pairs, in one direction; they replace all others.
    pub pairs: Vec<(HostId, HostId, Link)>,
    /// What goes wrong, in order of time.
    pub faults: Vec<(Micros, Fault)>,
    /// What users write, in order of time.
    pub writes: Vec<Write>,
}

/// One host of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is called; `None` for `n` and its number, as in a file.
    pub name: Option<String>,
    /// Where it listens; `None` for 10.0.0.1, 10.0.0.2 and so on by its number, as in a file.
    pub address: Option<Address>,
    /// Whom it knows from the start, for programs that ask; `None` leaves it to them.
    pub seeds: Option<Vec<HostId>>,
    /// Which program it runs.
    pub implementation: String,
    /// How it is attached; `None` means without an access link of its own.
    pub class: Option<NetworkClass>,
    /// How its clocks differ from true time.
    pub clock: HostClock,
    /// When it starts.
    pub start_at: Micros,
}

/// A write by a host's user.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// When.
    pub at: Micros,
    /// At which host.
    pub node: HostId,
    /// Under which key.
    pub key: String,
    /// What; `None` deletes the key.
    pub value: Option<Value>,
}

impl Scenario {
    /// Reads a scenario in TOML.
    ///
    /// # Errors
    /// The first mistake in the file.
    pub fn from_toml(text: &str) -> Result<Scenario, ScenarioError> {
        parse::scenario(text, &tree::from_toml(text)?)
    }

    /// Reads a scenario in JSON.
    ///
    /// # Errors
    /// The first mistake in the file.
    pub fn from_json(text: &str) -> Result<Scenario, ScenarioError> {
        parse::scenario(text, &tree::from_json(text)?)
    }

    /// Reads a scenario in TOML or in JSON, as [`Format::of_text`] says. For the text of a file there is [`parse_file`](Scenario::parse_file).
    ///
    /// # Errors
    /// The first mistake in the file.
    pub fn parse(text: &str) -> Result<Scenario, ScenarioError> {
        Scenario::parse_as(text, Format::of_text(text))
    }

    /// Reads the text of this file: in the format that its name says, or else as [`parse`](Scenario::parse) does. The file itself is not opened.
    ///
    /// # Errors
    /// The first mistake in the file.
    pub fn parse_file(file: &Path, text: &str) -> Result<Scenario, ScenarioError> {
        let format = Format::of_name(file).unwrap_or_else(|| Format::of_text(text));
        Scenario::parse_as(text, format)
    }

    /// Reads a scenario in this format.
    ///
    /// # Errors
    /// The first mistake in the file.
    pub fn parse_as(text: &str, format: Format) -> Result<Scenario, ScenarioError> {
        match format {
            Format::Toml => Scenario::from_toml(text),
            Format::Json => Scenario::from_json(text),
        }
    }
}
