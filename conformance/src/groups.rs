//! Requirement groups: the three letters in an id, and the word that people filter by.

/// Code and name of each group, in the order of the chapters.
pub const GROUPS: [(&str, &str); 10] = [
    ("FRM", "framing"),
    ("JSN", "json"),
    ("ENV", "envelope"),
    ("MSG", "messages"),
    ("MRG", "merging"),
    ("LIV", "liveness"),
    ("DIS", "dissemination"),
    ("SYN", "anti-entropy"),
    ("LEG", "legacy"),
    ("ERR", "errors"),
];

/// The group's name in an id such as `MGP1-FRM-010/leading-newline`; `other` where there is none.
pub fn of(id: &str) -> &'static str {
    let code = id.split('-').nth(1).unwrap_or("");
    GROUPS
        .iter()
        .find(|(known, _)| *known == code)
        .map_or("other", |(_, name)| name)
}
