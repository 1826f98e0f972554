//! Node ids, tokens and cluster names: text over the id alphabet (chapter 4).

fn is_id_text(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    let in_alphabet =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'-');
    lengths.contains(&text.len()) && text.bytes().all(in_alphabet)
}

/// 1 to 64 characters of the id alphabet.
pub fn is_node_id(text: &str) -> bool {
    is_id_text(text, 1..=64)
}

/// 1 to 36 characters of the id alphabet.
pub fn is_token(text: &str) -> bool {
    is_id_text(text, 1..=36)
}

/// 0 to 32 characters of the id alphabet.
pub fn is_cluster_name(text: &str) -> bool {
    is_id_text(text, 0..=32)
}
