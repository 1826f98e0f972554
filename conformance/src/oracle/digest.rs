//! Chapter 9: the digests of the tree of entries.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::message::Entry;

/// Length of a path in hex digits.
pub const PATH_LENGTH: usize = 64;

/// Length of a digest on the wire in hex digits.
pub const DIGEST_LENGTH: usize = 32;

/// The path of a key: the SHA-256 of its UTF-8 bytes in lower-case hex.
pub fn path(key: &str) -> String {
    hex::encode(Sha256::digest(key.as_bytes()))
}

/// The leaf of an entry.
pub fn leaf(key: &str, entry: &Entry) -> [u8; 32] {
    let mut bytes = vec![0x00];
    let text = |bytes: &mut Vec<u8>, text: &str| {
        // Keys, versions and ids are at most 256 bytes long, so the length fits.
        bytes.extend_from_slice(&(text.len() as u32).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    };
    text(&mut bytes, key);
    bytes.extend_from_slice(&entry.timestamp.to_be_bytes());
    text(&mut bytes, &entry.version);
    text(&mut bytes, &entry.source_node);
    bytes.push(u8::from(entry.deleted));
    Sha256::digest(&bytes).into()
}

/// A store as the tree sees it. Expired tombstones and entries dated ahead are for the caller to leave out.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// Path → key and leaf.
    leaves: BTreeMap<String, (String, [u8; 32])>,
}

impl Tree {
    /// The tree of these entries.
    pub fn of<'a>(entries: impl IntoIterator<Item = (&'a String, &'a Entry)>) -> Self {
        let leaves = entries
            .into_iter()
            .map(|(key, entry)| (path(key), (key.clone(), leaf(key, entry))))
            .collect();
        Tree { leaves }
    }

    /// The keys below a prefix, in the order of their paths.
    pub fn keys_below(&self, prefix: &str) -> impl Iterator<Item = &String> {
        self.below(prefix).map(|(key, _)| key)
    }

    fn below(&self, prefix: &str) -> impl Iterator<Item = &(String, [u8; 32])> {
        let from = self.leaves.range(prefix.to_owned()..);
        from.take_while(move |(path, _)| path.starts_with(prefix))
            .map(|(_, leaf)| leaf)
    }

    /// The digest of a prefix, or `None` where nothing lies below it.
    pub fn digest(&self, prefix: &str) -> Option<[u8; 32]> {
        let mut below = self.below(prefix);
        let (_, first) = below.next()?;
        if below.next().is_none() {
            return Some(*first);
        }
        let mut bytes = vec![0x01];
        for (value, digit) in (0u8..).zip("0123456789abcdef".chars()) {
            if let Some(digest) = self.digest(&format!("{prefix}{digit}")) {
                bytes.push(value);
                bytes.extend_from_slice(&digest);
            }
        }
        Some(Sha256::digest(&bytes).into())
    }

    /// The `children` of a DIGEST about a prefix: hex digit → the digest as it stands on the wire.
    pub fn children(&self, prefix: &str) -> BTreeMap<char, String> {
        if prefix.len() >= PATH_LENGTH {
            return BTreeMap::new();
        }
        "0123456789abcdef"
            .chars()
            .filter_map(|digit| {
                let digest = self.digest(&format!("{prefix}{digit}"))?;
                Some((digit, on_the_wire(&digest)))
            })
            .collect()
    }
}

/// A digest as it stands on the wire: its first 32 hex digits.
pub fn on_the_wire(digest: &[u8; 32]) -> String {
    hex::encode(&digest[..DIGEST_LENGTH / 2])
}
