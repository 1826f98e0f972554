//! A flat's book, and the token that proves that all books are the same.

use std::collections::BTreeMap;

use crate::models::merkle::{Digest, Merkle, bucket_of};

/// An entry in a flat's book. The order of the fields is the order of the merge: the greatest wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Seconds since the Unix epoch, by the writer's clock.
    pub timestamp: u64,
    /// The flat that wrote it: it decides between equal times.
    pub writer: u32,
    /// What is owed: it decides if a writer contradicts itself.
    pub amount: i64,
}

/// A flat's book.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    entries: BTreeMap<String, Entry>,
}

/// What one exchange did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exchange {
    /// Digests compared.
    pub digests: usize,
    /// Entries sent, in both directions.
    pub entries: usize,
    /// Entries that either book took over.
    pub repairs: usize,
}

impl Book {
    /// Takes the entry in, unless the book has a greater one. Whether the book changed.
    pub fn merge(&mut self, key: &str, entry: Entry) -> bool {
        match self.entries.get_mut(key) {
            Some(own) if *own >= entry => false,
            Some(own) => {
                *own = entry;
                true
            }
            None => self.entries.insert(key.to_owned(), entry).is_none(),
        }
    }

    /// The entry under a key.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// The Merkle tree over all entries.
    pub fn tree(&self) -> Merkle {
        let bytes = |entry: &Entry| {
            [
                entry.timestamp.to_be_bytes().as_slice(),
                &entry.writer.to_be_bytes(),
                &entry.amount.to_be_bytes(),
            ]
            .concat()
        };
        Merkle::of(
            &self
                .entries
                .iter()
                .map(|(key, entry)| (key.clone(), bytes(entry)))
                .collect(),
        )
    }

    /// The digest of the whole book.
    pub fn digest(&self) -> Digest {
        self.tree().root()
    }

    /// Brings two books to the same content: the greater entry of each key, in both.
    pub fn exchange(&mut self, other: &mut Book) -> Exchange {
        let (differing, digests) = self.tree().differences(&other.tree());
        let mut done = Exchange {
            digests,
            ..Exchange::default()
        };
        let of = |book: &Book| -> Vec<(String, Entry)> {
            let differs = |key: &str| differing.contains(&bucket_of(key));
            book.entries
                .iter()
                .filter(|(key, _)| differs(key))
                .map(|(key, entry)| (key.clone(), *entry))
                .collect()
        };
        let (mine, theirs) = (of(self), of(other));
        done.entries = mine.len() + theirs.len();
        done.repairs += theirs
            .iter()
            .filter(|(key, entry)| self.merge(key, *entry))
            .count();
        done.repairs += mine
            .iter()
            .filter(|(key, entry)| other.merge(key, *entry))
            .count();
        done
    }
}

/// The token that goes round to prove that all books are the same.
#[derive(Debug, Clone, Default)]
pub struct Token {
    digest: Option<Digest>,
    agreeing: usize,
    /// How often it was handed on.
    pub steps: u64,
}

impl Token {
    /// Shows the token to the next flat of the circle. Whether all of `flats` are now proved to be the same.
    pub fn visit(&mut self, book: &Book, flats: usize) -> bool {
        let digest = book.digest();
        self.steps += 1;
        if self.digest == Some(digest) {
            self.agreeing += 1;
        } else {
            self.digest = Some(digest);
            self.agreeing = 1;
        }
        self.agreeing >= flats
    }
}
