//! The register of hazards: what is known to go wrong in gossip nodes, each with a permanent id and the cases that hunt it (`hazards.toml`).

use std::sync::LazyLock;

use serde::Deserialize;

static REGISTER: &str = include_str!("../hazards.toml");

/// One way in which a node, or the specification, can fail.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Hazard {
    /// Permanent id: `HAZ-G-06` (seen in other systems), `HAZ-W-18` (found while this protocol was designed).
    pub id: String,
    /// What goes wrong, in one line.
    pub about: String,
    /// Why it cannot come to pass under the specification, where that is so; the cases show it.
    pub designed_out: Option<String>,
    /// The profile without which nothing of the kind can happen.
    pub profile: Option<String>,
    /// Ids of the cases that would catch it.
    pub cases: Vec<String>,
}

static HAZARDS: LazyLock<Result<Vec<Hazard>, String>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        hazard: Vec<Hazard>,
    }
    toml::from_str::<File>(REGISTER)
        .map(|file| file.hazard)
        .map_err(|why| format!("hazards.toml: {why}"))
});

/// Every hazard, in the order of the register.
///
/// # Errors
/// What is wrong with the register; never in a sound release.
pub fn all() -> Result<&'static [Hazard], &'static str> {
    match &*HAZARDS {
        Ok(hazards) => Ok(hazards),
        Err(why) => Err(why),
    }
}

/// The hazard of that id, also as the texts of cases cite it: `W-03` for `HAZ-W-03`, `case 21` for `HAZ-G-21`.
pub fn find(id: &str) -> Option<&'static Hazard> {
    let id = match id.trim().strip_prefix("case").map(str::trim) {
        Some(number) => format!("HAZ-G-{number:0>2}"),
        None if id.starts_with("HAZ-") => id.to_owned(),
        None => format!("HAZ-{id}"),
    };
    all().ok()?.iter().find(|hazard| hazard.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hazard_is_found_by_the_names_under_which_cases_cite_it() {
        let id = |name| find(name).map(|hazard| hazard.id.as_str());
        assert_eq!(id("HAZ-W-03"), Some("HAZ-W-03"));
        assert_eq!(id("W-03"), Some("HAZ-W-03"));
        assert_eq!(id("case 21"), Some("HAZ-G-21"));
        assert_eq!(id("case 7"), Some("HAZ-G-07"));
        for none in ["case 99", "W-99", "MGP1-FRM-001", "case", ""] {
            assert_eq!(id(none), None, "{none}");
        }
    }
}
