//! Node ids, tokens and cluster names: short texts of the id alphabet (chapter 4).

use super::limits::{MAX_CLUSTER, MAX_NODE_ID, MAX_TOKEN};

fn in_alphabet(text: &str) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'-'))
}

/// True for a node id: 1 to 64 characters of the id alphabet.
pub fn is_node_id(text: &str) -> bool {
    (1..=MAX_NODE_ID).contains(&text.len()) && in_alphabet(text)
}

/// True for a token: 1 to 36 characters of the id alphabet.
pub fn is_token(text: &str) -> bool {
    (1..=MAX_TOKEN).contains(&text.len()) && in_alphabet(text)
}

/// True for a cluster name: 0 to 32 characters of the id alphabet (MGP1-ENV-005).
pub fn is_cluster(text: &str) -> bool {
    text.len() <= MAX_CLUSTER && in_alphabet(text)
}
