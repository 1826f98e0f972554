//! The Merkle tree over the entry store (MGP1-SYN-002): what two stores do not share shows in a walk down this tree.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::wire::Entry;

/// Hex digits of a path.
pub const PATH_LENGTH: usize = 64;
/// Bytes of a digest that travel.
const WIRE_BYTES: usize = 16;

/// A digest of chapter 9, at full length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The leaf of an entry. The value is not in it: no lawful writer has two of them under one (timestamp, version, sourceNode).
    pub fn of_entry(key: &str, entry: &Entry) -> Self {
        fn text(hash: &mut Sha256, text: &str) {
            // Keys, versions and ids are far shorter than 2^32 bytes.
            let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
            hash.update(length.to_be_bytes());
            hash.update(text);
        }
        let mut hash = Sha256::new();
        hash.update([0x00]);
        text(&mut hash, key);
        hash.update(entry.timestamp.to_be_bytes());
        text(&mut hash, &entry.version);
        text(&mut hash, &entry.source_node);
        hash.update([u8::from(entry.deleted)]);
        Self(hash.finalize().into())
    }

    /// The digest as it stands on the wire: its first 32 hex digits.
    pub fn to_wire(self) -> String {
        hex::encode(&self.0[..WIRE_BYTES])
    }
}

/// The first 0 to 64 digits of a path.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Prefix(Vec<u8>);

impl Prefix {
    /// Reads 0 to 64 lower-case hex digits; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let digits = text.bytes().map(digit).collect::<Option<Vec<_>>>()?;
        (digits.len() <= PATH_LENGTH).then_some(Self(digits))
    }

    /// The prefix that is one digit longer.
    #[must_use]
    pub fn child(&self, digit: u8) -> Self {
        let mut digits = self.0.clone();
        digits.push(digit & 15);
        Self(digits)
    }

    /// Number of digits.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True for the prefix of every path.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|digit| write!(f, "{digit:x}"))
    }
}

/// The SHA-256 of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Path([u8; 32]);

impl Path {
    fn of(key: &str) -> Self {
        Self(Sha256::digest(key).into())
    }

    fn digit(&self, at: usize) -> u8 {
        let byte = self.0[at / 2];
        if at.is_multiple_of(2) {
            byte >> 4
        } else {
            byte & 15
        }
    }

    fn child(&self, at: usize) -> usize {
        usize::from(self.digit(at))
    }

    fn starts_with(&self, prefix: &Prefix) -> bool {
        (0..).zip(&prefix.0).all(|(at, d)| self.digit(at) == *d)
    }
}

/// Leaves by path.
///
/// A prefix with one entry below it is that entry's leaf, one with more is a branch. A branch keeps its digest until something below it
/// changes, so a write costs the digests along one path, and only when somebody asks for them.
#[derive(Debug, Clone, Default)]
pub struct DigestTree {
    root: Slot,
}

type Slot = Option<Box<Node>>;

#[derive(Debug, Clone)]
enum Node {
    Leaf {
        path: Path,
        key: Box<str>,
        digest: Digest,
    },
    Branch {
        children: [Slot; 16],
        below: usize,
        digest: Option<Digest>,
    },
}

impl DigestTree {
    /// Puts the leaf of a key in its place, instead of any other of that key.
    pub fn insert(&mut self, key: &str, digest: Digest) {
        let path = Path::of(key);
        let leaf = Node::Leaf {
            path,
            key: key.into(),
            digest,
        };
        insert(&mut self.root, path, leaf, 0);
    }

    /// Takes the leaf of a key away, where there is one.
    pub fn remove(&mut self, key: &str) {
        remove(&mut self.root, &Path::of(key), 0);
    }

    /// The digest of a prefix; `None` where nothing lies below it.
    pub fn digest(&mut self, prefix: &Prefix) -> Option<Digest> {
        Some(self.find_mut(prefix)?.digest())
    }

    /// The digests one digit below a prefix, by digit.
    pub fn children(&mut self, prefix: &Prefix) -> Vec<(u8, Digest)> {
        let depth = prefix.len();
        match self.find_mut(prefix) {
            Some(Node::Branch { children, .. }) => (0..)
                .zip(children)
                .filter_map(|(digit, child)| Some((digit, child.as_mut()?.digest())))
                .collect(),
            Some(Node::Leaf { path, digest, .. }) if depth < PATH_LENGTH => {
                vec![(path.digit(depth), *digest)]
            }
            _ => vec![],
        }
    }

    /// Number of keys below a prefix.
    pub fn count(&self, prefix: &Prefix) -> usize {
        self.find(prefix).map_or(0, Node::count)
    }

    /// The keys below a prefix, by path.
    pub fn keys(&self, prefix: &Prefix) -> Vec<&str> {
        let mut keys = Vec::new();
        if let Some(node) = self.find(prefix) {
            node.collect(&mut keys);
        }
        keys
    }

    fn find(&self, prefix: &Prefix) -> Option<&Node> {
        let mut node = self.root.as_deref()?;
        for digit in &prefix.0 {
            match node {
                Node::Leaf { .. } => break,
                Node::Branch { children, .. } => {
                    node = children[usize::from(*digit)].as_deref()?;
                }
            }
        }
        node.lies_below(prefix).then_some(node)
    }

    fn find_mut(&mut self, prefix: &Prefix) -> Option<&mut Node> {
        let mut node = self.root.as_deref_mut()?;
        for digit in &prefix.0 {
            match node {
                Node::Leaf { .. } => break,
                Node::Branch { children, .. } => {
                    node = children[usize::from(*digit)].as_deref_mut()?;
                }
            }
        }
        node.lies_below(prefix).then_some(node)
    }
}

impl Node {
    fn lies_below(&self, prefix: &Prefix) -> bool {
        match self {
            Node::Leaf { path, .. } => path.starts_with(prefix),
            // Reached digit by digit.
            Node::Branch { .. } => true,
        }
    }

    fn count(&self) -> usize {
        match self {
            Node::Leaf { .. } => 1,
            Node::Branch { below, .. } => *below,
        }
    }

    fn collect<'n>(&'n self, keys: &mut Vec<&'n str>) {
        match self {
            Node::Leaf { key, .. } => keys.push(key),
            Node::Branch { children, .. } => {
                children.iter().flatten().for_each(|c| c.collect(keys));
            }
        }
    }

    fn digest(&mut self) -> Digest {
        match self {
            Node::Leaf { digest, .. } => *digest,
            Node::Branch {
                children, digest, ..
            } => *digest.get_or_insert_with(|| {
                let mut hash = Sha256::new();
                hash.update([0x01]);
                for (digit, child) in (0_u8..).zip(children) {
                    if let Some(child) = child {
                        hash.update([digit]);
                        hash.update(child.digest().0);
                    }
                }
                Digest(hash.finalize().into())
            }),
        }
    }
}

/// Returns true for a key that was not there.
fn insert(slot: &mut Slot, path: Path, leaf: Node, depth: usize) -> bool {
    let Some(mut node) = slot.take() else {
        *slot = Some(Box::new(leaf));
        return true;
    };
    let new = match &mut *node {
        Node::Leaf { path: held, .. } if *held == path => {
            *node = leaf;
            false
        }
        Node::Leaf { path: held, .. } => {
            let at = held.child(depth);
            let mut children = <[Slot; 16]>::default();
            children[at] = Some(node);
            insert(&mut children[path.child(depth)], path, leaf, depth + 1);
            node = Box::new(Node::Branch {
                children,
                below: 2,
                digest: None,
            });
            true
        }
        Node::Branch {
            children,
            below,
            digest,
        } => {
            *digest = None;
            let new = insert(&mut children[path.child(depth)], path, leaf, depth + 1);
            *below += usize::from(new);
            new
        }
    };
    *slot = Some(node);
    new
}

/// Returns true for a key that was there.
fn remove(slot: &mut Slot, path: &Path, depth: usize) -> bool {
    match slot.as_deref_mut() {
        None => false,
        Some(Node::Leaf { path: held, .. }) => {
            let found = held == path;
            if found {
                *slot = None;
            }
            found
        }
        Some(Node::Branch {
            children,
            below,
            digest,
        }) => {
            let found = remove(&mut children[path.child(depth)], path, depth + 1);
            if found {
                *digest = None;
                *below -= 1;
                if *below == 1 {
                    // A branch further down has become a leaf by the same rule.
                    *slot = children.iter_mut().find_map(Option::take);
                }
            }
            found
        }
    }
}
