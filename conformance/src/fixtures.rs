//! The decode and encode vectors of `fixtures/v1`, embedded, so that the installed command needs no checkout.
//! Merge, timeline and digest vectors are read by [`crate::cases::vectors`].

use std::sync::LazyLock;

use include_dir::{Dir, DirEntry, include_dir};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../fixtures");

/// What every vector says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// Permanent id, `MGP1-FRM-010/leading-newline`.
    pub id: String,
    /// The requirements that it tests; the first is the one in the id.
    pub requirements: Vec<String>,
    /// The fault it is there to catch.
    pub hunts: String,
    /// Group of the file that it stands in.
    pub group: String,
}

/// A vector: its heading and its data.
#[derive(Debug, Clone, PartialEq)]
pub struct Vector<D> {
    /// What it says of itself.
    pub heading: Heading,
    /// What it holds.
    pub data: D,
}

/// A datagram and what a decoder answers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Decode {
    /// The datagram.
    #[serde(deserialize_with = "hex_bytes")]
    pub datagram: Vec<u8>,
    /// The answer of chapter 12.
    pub expect: Value,
    /// Other reasons that are right too, because the datagram breaks several rules of one step.
    #[serde(default)]
    pub or_reasons: Vec<String>,
}

/// A meaning and how it is sent.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encode {
    /// The meaning.
    pub message: Value,
    /// The frame, or a refusal.
    pub expect: EncodeExpectation,
}

/// What an encoder does with a meaning.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub enum EncodeExpectation {
    /// It sends it in this frame: `raw`, `zlib` or `any`.
    Frame(String),
    /// It refuses.
    Refused(bool),
}

fn hex_bytes<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    hex::decode(&text).map_err(serde::de::Error::custom)
}

#[derive(Default)]
struct Library {
    decode: Vec<Vector<Decode>>,
    encode: Vec<Vector<Encode>>,
    legacy: Vec<Vector<Decode>>,
    faults: Vec<String>,
}

static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    let mut library = Library::default();
    let vectors = FILES.get_dir("v1").map(files_below).unwrap_or_default();
    for (path, text) in vectors {
        if let Err(why) = library.read_file(text) {
            library.faults.push(format!("{path}: {why}"));
        }
    }
    library
});

/// The JSON files of a directory and those below it, by path.
fn files_below(directory: &Dir<'static>) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    for entry in directory.entries() {
        match entry {
            DirEntry::Dir(inner) => found.extend(files_below(inner)),
            DirEntry::File(file) => {
                let path = file.path().display().to_string();
                // A text that is not UTF-8 shows as a fault, because no JSON is empty.
                let text = file.contents_utf8().unwrap_or_default();
                if path.ends_with(".json") {
                    found.push((path, text));
                }
            }
        }
    }
    found.sort();
    found
}

impl Library {
    fn read_file(&mut self, text: &str) -> Result<(), String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            kind: String,
            group: String,
            vectors: Vec<Map<String, Value>>,
        }
        let file: File = serde_json::from_str(text).map_err(|why| why.to_string())?;
        for (index, members) in file.vectors.into_iter().enumerate() {
            let read = match file.kind.as_str() {
                "decode" => read_vector(&file.group, members).map(|it| self.decode.push(it)),
                "encode" => read_vector(&file.group, members).map(|it| self.encode.push(it)),
                "legacy" => read_vector(&file.group, members).map(|it| self.legacy.push(it)),
                "merge" | "timeline" | "digest" => return Ok(()),
                other => return Err(format!("kind {other:?} is not known")),
            };
            if let Err(why) = read {
                self.faults
                    .push(format!("{} vector {index}: {why}", file.group));
            }
        }
        Ok(())
    }
}

/// Splits a vector into its heading and its data, which each refuse members they do not know.
fn read_vector<D: DeserializeOwned>(
    group: &str,
    mut members: Map<String, Value>,
) -> Result<Vector<D>, String> {
    let mut take = |name: &str| members.remove(name).ok_or(format!("{name} is missing"));
    let heading = Heading {
        id: from_value(take("id")?, "id")?,
        requirements: from_value(take("requirements")?, "requirements")?,
        hunts: from_value(take("hunts")?, "hunts")?,
        group: group.to_owned(),
    };
    // A note is for readers only.
    members.remove("comment");
    let own = heading.id.split('/').next().unwrap_or_default();
    if heading
        .requirements
        .first()
        .is_none_or(|first| first != own)
    {
        return Err(format!(
            "{}: the first requirement is not {own}",
            heading.id
        ));
    }
    let data = from_value(Value::Object(members), &heading.id)?;
    Ok(Vector { heading, data })
}

fn from_value<T: DeserializeOwned>(value: Value, what: &str) -> Result<T, String> {
    serde_json::from_value(value).map_err(|why| format!("{what}: {why}"))
}

/// The decode vectors, by file and in the order of each.
pub fn decode_vectors() -> &'static [Vector<Decode>] {
    &LIBRARY.decode
}

/// The encode vectors.
pub fn encode_vectors() -> &'static [Vector<Encode>] {
    &LIBRARY.encode
}

/// The vectors of chapter 10, for a decoder that was asked for version 0 too.
pub fn legacy_vectors() -> &'static [Vector<Decode>] {
    &LIBRARY.legacy
}

/// Files and vectors that could not be read, one line each; empty in a sound release.
pub fn faults() -> &'static [String] {
    &LIBRARY.faults
}
