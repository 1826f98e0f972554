//! The merge, timeline and digest vectors of `fixtures/`, embedded: the format is that of `fixtures/README.md`.

use include_dir::{Dir, include_dir};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::net::SocketAddr;

static MERGE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../fixtures/v1/merge");
static TIMELINE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../fixtures/v1/timeline");
static DIGEST: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../fixtures/v1/digest");

/// One file of vectors.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct VectorFile<V> {
    kind: String,
    #[serde(rename = "group")]
    _group: String,
    vectors: Vec<V>,
}

/// Messages that must lead to one state in every order.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeVector {
    /// Permanent id.
    pub id: String,
    /// Requirements it tests.
    pub requirements: Vec<String>,
    /// The fault it is there to catch.
    pub hunts: String,
    /// Profiles that rule it out: a node that claims one of them need not keep it.
    #[serde(default)]
    pub without: Vec<String>,
    /// Parameters of the node that differ from the defaults.
    pub config: Map<String, Value>,
    /// Wall clock of the node, Unix milliseconds.
    pub wall: i64,
    /// What it receives.
    pub messages: Vec<Arrival>,
    /// What must hold afterwards.
    pub expect: Expect,
}

/// A store, and the digests of prefixes in it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DigestVector {
    /// Permanent id.
    pub id: String,
    /// Requirements it tests.
    pub requirements: Vec<String>,
    /// The fault it is there to catch.
    pub hunts: String,
    /// Parameters of the node that differ from the defaults.
    pub config: Map<String, Value>,
    /// Wall clock of the node when it receives the entries, Unix milliseconds.
    pub wall: i64,
    /// Milliseconds by which that clock is stepped before a digest is asked for.
    #[serde(default)]
    pub step_wall: i64,
    /// Key → entry, as received.
    pub entries: BTreeMap<String, Value>,
    /// Prefix → digest on the wire; `None` where nothing lies below.
    pub digests: BTreeMap<String, Option<String>>,
}

/// A script in virtual time.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimelineVector {
    /// Permanent id.
    pub id: String,
    /// Requirements it tests.
    pub requirements: Vec<String>,
    /// The fault it is there to catch.
    pub hunts: String,
    /// Profiles that rule it out: a node that claims one of them need not keep it.
    #[serde(default)]
    pub without: Vec<String>,
    /// Parameters of the node that differ from the defaults.
    pub config: Map<String, Value>,
    /// Wall clock of the node at its creation, Unix milliseconds.
    pub wall: i64,
    /// Peers that answer PINGs.
    #[serde(default)]
    pub peers: Vec<PeerSpec>,
    /// What happens, in order of `at`.
    pub steps: Vec<Step>,
}

/// A scripted peer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerSpec {
    /// Node id.
    pub id: String,
    /// Where it listens, and what its record says.
    pub address: SocketAddr,
    /// Whether it answers PINGs from the start.
    #[serde(default = "yes")]
    pub answers: bool,
}

fn yes() -> bool {
    true
}

/// A datagram that reaches the node: either member is there, never both.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrival {
    /// UDP source address.
    pub from: SocketAddr,
    /// To be sent as raw JSON.
    pub message: Option<Value>,
    /// To be sent as it is, lower-case hex.
    pub datagram: Option<String>,
}

/// A local write.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Write {
    /// Key.
    pub key: String,
    /// Value; absent means null.
    #[serde(default)]
    pub value: Value,
}

/// A local deletion.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delete {
    /// Key.
    pub key: String,
}

/// One moment of a script; its members are carried out in the order of this structure, after the tick.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Step {
    /// Milliseconds since the node was created.
    pub at: u64,
    /// No ticks between the step before and this one.
    #[serde(default)]
    pub paused: bool,
    /// Peers that stop to answer.
    #[serde(default)]
    pub silence: Vec<String>,
    /// Peers that answer again.
    #[serde(default)]
    pub speak: Vec<String>,
    /// Milliseconds added to the wall clock.
    #[serde(default)]
    pub step_wall: i64,
    /// A datagram that arrives.
    pub receive: Option<Arrival>,
    /// A local write.
    pub set: Option<Write>,
    /// A local deletion.
    pub delete: Option<Delete>,
    /// The node leaves.
    #[serde(default)]
    pub leave: bool,
    /// What must hold.
    pub expect: Option<Expect>,
}

/// What must hold: patterns of the matching language.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Expect {
    /// Members of the state by id.
    #[serde(default)]
    pub members: BTreeMap<String, Value>,
    /// Entries of the state by key.
    #[serde(default)]
    pub entries: BTreeMap<String, Value>,
    /// Remembered members of the state by id.
    #[serde(default)]
    pub remembered: BTreeMap<String, Value>,
    /// The own record.
    #[serde(rename = "self")]
    pub own: Option<Value>,
    /// Counters by reason.
    #[serde(default)]
    pub counters: BTreeMap<String, Value>,
    /// Sizes of the tables.
    #[serde(default)]
    pub counts: BTreeMap<String, Value>,
    /// What reading a key gives.
    #[serde(default)]
    pub reads: BTreeMap<String, Value>,
    /// Outcome of the datagram of this step.
    pub outcome: Option<Value>,
    /// Refusal of the write of this step (`Some(Null)`: it was not refused).
    #[serde(default, deserialize_with = "present")]
    pub refused: Option<Value>,
    /// Each matches some event since the last `expect`.
    #[serde(default)]
    pub events: Vec<Value>,
    /// None matches any event since the last `expect`.
    #[serde(default)]
    pub not_events: Vec<Value>,
    /// Each matches some datagram sent since the last `expect`.
    #[serde(default)]
    pub sent: Vec<Map<String, Value>>,
    /// None matches any datagram sent since the last `expect`.
    #[serde(default)]
    pub not_sent: Vec<Map<String, Value>>,
}

/// Keeps an explicit null apart from absence.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

/// Every merge vector, in the order of the files' names.
///
/// # Panics
/// When an embedded file is not in the format: that is a fault of this repository, found by its first test.
pub fn merge_vectors() -> Vec<MergeVector> {
    load(&MERGE, "merge")
}

/// Every timeline vector, in the order of the files' names.
///
/// # Panics
/// As [`merge_vectors`].
pub fn timeline_vectors() -> Vec<TimelineVector> {
    load(&TIMELINE, "timeline")
}

/// Every digest vector, in the order of the files' names.
///
/// # Panics
/// As [`merge_vectors`].
pub fn digest_vectors() -> Vec<DigestVector> {
    load(&DIGEST, "digest")
}

fn load<V: for<'de> Deserialize<'de>>(dir: &Dir<'_>, kind: &str) -> Vec<V> {
    let mut files: Vec<_> = dir
        .files()
        .filter(|file| file.path().extension().is_some_and(|ext| ext == "json"))
        .collect();
    files.sort_by_key(|file| file.path());
    files
        .into_iter()
        .flat_map(|file| {
            let parsed: VectorFile<V> =
                serde_json::from_slice(file.contents()).unwrap_or_else(|error| {
                    panic!("fixtures/v1/{kind}/{}: {error}", file.path().display())
                });
            assert_eq!(parsed.kind, kind, "{}", file.path().display());
            parsed.vectors
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_start_with_the_first_requirement() {
        let mut seen = BTreeSet::new();
        let heads = merge_vectors().into_iter().map(|v| (v.id, v.requirements));
        for (id, requirements) in heads.chain(
            timeline_vectors()
                .into_iter()
                .map(|v| (v.id, v.requirements)),
        ) {
            let (head, name) = id.split_once('/').expect("requirement/name");
            assert_eq!(head, requirements[0], "{id}");
            assert!(!name.is_empty(), "{id}");
            assert!(seen.insert(id.clone()), "{id} twice");
        }
    }

    #[test]
    fn steps_never_go_back_in_time() {
        for vector in timeline_vectors() {
            assert!(
                vector.steps.is_sorted_by_key(|step| step.at),
                "{}",
                vector.id
            );
        }
    }
}
