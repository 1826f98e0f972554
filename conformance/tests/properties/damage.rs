//! Ways in which a datagram goes wrong between two honest nodes, and ways in which a dishonest one makes it.

use std::io::Write;

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Pieces of JSON and UTF-8 that parsers are known to disagree about.
const SPLINTERS: [&[u8]; 24] = [
    b"\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"1e400",
    b"-0",
    b"01",
    b"1.5",
    b"\\ud800",
    b"\\u0000",
    b"\xff",
    b"\xc0\xa2",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b" ",
    b"\x00",
    b"NaN",
    b"//",
    b"\"a\":1,\"a\":2,",
    b"99999999999999999999",
];

/// One change of some bytes.
#[derive(Debug, Clone)]
pub enum Damage {
    /// A bit is flipped.
    Flip(Index, u8),
    /// The end is cut off.
    Cut(Index),
    /// Something is put in.
    Insert(Index, &'static [u8]),
    /// Some bytes are left out.
    Remove(Index, u8),
    /// Some bytes come twice.
    Repeat(Index, u8),
}

/// Any damage.
pub fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<Index>;
    prop_oneof![
        (at(), 0..8_u8).prop_map(|(i, bit)| Damage::Flip(i, bit)),
        at().prop_map(Damage::Cut),
        (at(), select(&SPLINTERS[..])).prop_map(|(i, what)| Damage::Insert(i, what)),
        (at(), 1..40_u8).prop_map(|(i, n)| Damage::Remove(i, n)),
        (at(), 1..40_u8).prop_map(|(i, n)| Damage::Repeat(i, n)),
    ]
}

impl Damage {
    /// Does it.
    pub fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        match self {
            Damage::Flip(i, bit) => {
                let i = i.index(bytes.len());
                bytes[i] ^= 1 << bit;
            }
            Damage::Cut(i) => bytes.truncate(i.index(bytes.len())),
            Damage::Insert(i, what) => {
                let i = i.index(bytes.len());
                bytes.splice(i..i, what.iter().copied());
            }
            Damage::Remove(i, n) => {
                let i = i.index(bytes.len());
                let end = (i + usize::from(*n)).min(bytes.len());
                bytes.drain(i..end);
            }
            Damage::Repeat(i, n) => {
                let i = i.index(bytes.len());
                let end = (i + usize::from(*n)).min(bytes.len());
                let again = bytes[i..end].to_vec();
                bytes.splice(i..i, again);
            }
        }
    }
}

/// One zlib stream of the bytes.
pub fn zlib(text: &[u8]) -> Vec<u8> {
    let mut stream = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    stream
        .write_all(text)
        .and_then(|()| stream.finish())
        .expect("writing to memory")
}
