//! What the oracle makes of every decode vector, in a line each: a change of the judge shows here as a change of these lines, whatever the
//! vectors expect.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use conformance::fixtures::decode_vectors;
use conformance::oracle::{Decoded, canonical, decode};
use sha2::{Digest, Sha256};

/// Enough of a digest to notice a change by.
const DIGEST_DIGITS: usize = 12;

fn line(datagram: &[u8]) -> String {
    match decode(datagram) {
        Decoded::Rejected { reason, .. } => reason.to_owned(),
        Decoded::Accepted { message, skipped } => {
            let digest = hex::encode(Sha256::digest(canonical(&message)));
            let kind = message["type"].as_str().unwrap_or("?");
            let skips: Vec<&str> = skipped
                .iter()
                .filter_map(|item| item["reason"].as_str())
                .collect();
            format!("{kind} {} {}", &digest[..DIGEST_DIGITS], skips.join(" "))
                .trim_end()
                .to_owned()
        }
    }
}

#[test]
fn the_oracle_reads_the_decode_vectors_as_it_always_did() {
    let mut groups: BTreeMap<&str, String> = BTreeMap::new();
    for vector in decode_vectors() {
        let text = groups.entry(&vector.heading.group).or_default();
        let _ = writeln!(
            text,
            "{}: {}",
            vector.heading.id,
            line(&vector.data.datagram)
        );
    }
    assert!(groups.len() > 10, "the vectors are gone");
    for (group, text) in groups {
        insta::assert_snapshot!(format!("decoded_{group}"), text);
    }
}
