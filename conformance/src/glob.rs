//! Patterns that select cases.

/// Whether an id matches a pattern in which `*` stands for any characters; a bare requirement id matches all its cases.
pub fn matches(pattern: &str, id: &str) -> bool {
    fn glob(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|skip| glob(rest, &text[skip..])),
            Some((byte, rest)) => text.first() == Some(byte) && glob(rest, &text[1..]),
        }
    }
    glob(pattern.as_bytes(), id.as_bytes())
        || id
            .strip_prefix(pattern)
            .is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_pattern_selects_by_stars_and_by_requirement() {
        assert!(matches("MGP1-FRM-*", "MGP1-FRM-010/leading-newline"));
        assert!(matches("*bomb*", "MGP1-FRM-012/bomb-1400"));
        assert!(matches("MGP1-FRM-010", "MGP1-FRM-010/leading-newline"));
        assert!(!matches("MGP1-FRM-01", "MGP1-FRM-010/leading-newline"));
        assert!(!matches("MGP1-JSN-*", "MGP1-FRM-010/leading-newline"));
    }
}
