//! The sentences of the specification, read from its pages, and the reasons why some have no case.

use std::sync::LazyLock;

use include_dir::{Dir, include_dir};
use serde::Deserialize;

static PAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../spec/v1");
static REASONS: &str = include_str!("../untestable.toml");
static UNSEEN: &str = include_str!("../not-on-the-wire.toml");

/// The RFC 2119 keyword of a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyword {
    /// Absolute.
    Must,
    /// An absolute prohibition.
    MustNot,
    /// To be followed but for good reason.
    Should,
    /// To be avoided but for good reason.
    ShouldNot,
    /// An option.
    May,
}

impl Keyword {
    /// As the specification writes it.
    pub fn name(self) -> &'static str {
        match self {
            Keyword::Must => "MUST",
            Keyword::MustNot => "MUST NOT",
            Keyword::Should => "SHOULD",
            Keyword::ShouldNot => "SHOULD NOT",
            Keyword::May => "MAY",
        }
    }

    /// Whether breaking the requirement makes an implementation non-conformant.
    pub fn is_absolute(self) -> bool {
        matches!(self, Keyword::Must | Keyword::MustNot)
    }
}

/// One requirement: one line of the specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Permanent id, `MGP1-FRM-004`.
    pub id: String,
    /// The letters of the id, `FRM`.
    pub group: String,
    /// Profile that it belongs to.
    pub profile: String,
    /// Its one keyword.
    pub keyword: Keyword,
    /// The sentence.
    pub sentence: String,
    /// Number of the chapter.
    pub chapter: u32,
    /// Title of the chapter.
    pub title: String,
    /// Whether a later release withdrew it: it binds nobody and needs no case.
    pub withdrawn: bool,
}

/// Why a requirement has no case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReasonKind {
    /// No case is possible.
    Untestable,
    /// No case exists yet.
    Pending,
    /// A peer that sees nothing but datagrams cannot tell.
    Unseen,
}

impl ReasonKind {
    /// The word that `untestable.toml` has for it.
    pub fn name(self) -> &'static str {
        match self {
            ReasonKind::Untestable => "untestable",
            ReasonKind::Pending => "pending",
            ReasonKind::Unseen => "unseen",
        }
    }
}

/// A requirement without a case, and the reason.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Untested {
    /// Id of the requirement.
    pub id: String,
    /// Whether a case is impossible or only missing.
    pub kind: ReasonKind,
    /// The reason, in one sentence.
    pub reason: String,
}

struct Catalogue {
    requirements: Vec<Requirement>,
    untested: Vec<Untested>,
    not_on_the_wire: Vec<Untested>,
    faults: Vec<String>,
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let mut catalogue = Catalogue {
        requirements: Vec::new(),
        untested: Vec::new(),
        not_on_the_wire: Vec::new(),
        faults: Vec::new(),
    };
    let mut pages: Vec<_> = PAGES.files().collect();
    pages.sort_by_key(|page| page.path());
    for page in pages {
        let name = page.path().display().to_string();
        let text = page.contents_utf8().unwrap_or_default();
        let (requirements, faults) = read_page(&name, text);
        catalogue.requirements.extend(requirements);
        catalogue.faults.extend(faults);
    }
    for (name, text, list) in [
        ("untestable.toml", REASONS, &mut catalogue.untested),
        (
            "not-on-the-wire.toml",
            UNSEEN,
            &mut catalogue.not_on_the_wire,
        ),
    ] {
        match read_untested(text) {
            Ok(untested) => *list = untested,
            Err(why) => catalogue.faults.push(format!("{name}: {why}")),
        }
    }
    catalogue
});

/// Every requirement, in the order of the specification.
pub fn all() -> &'static [Requirement] {
    &CATALOGUE.requirements
}

/// The requirement of that id.
pub fn find(id: &str) -> Option<&'static Requirement> {
    all().iter().find(|requirement| requirement.id == id)
}

/// The requirements that have no case, and why (`untestable.toml`).
pub fn untested() -> &'static [Untested] {
    &CATALOGUE.untested
}

/// The requirements that no case over UDP tests, and why (`not-on-the-wire.toml`).
pub fn not_on_the_wire() -> &'static [Untested] {
    &CATALOGUE.not_on_the_wire
}

/// The reason why no case over UDP tests a requirement.
pub fn unseen_reason(id: &str) -> Option<&'static Untested> {
    not_on_the_wire().iter().find(|unseen| unseen.id == id)
}

/// The reason why a requirement has no case.
pub fn untested_reason(id: &str) -> Option<&'static Untested> {
    untested().iter().find(|untested| untested.id == id)
}

/// Lines of the specification or of `untestable.toml` that could not be read, one sentence each; empty in a sound release.
pub fn faults() -> &'static [String] {
    &CATALOGUE.faults
}

/// Reads the requirements of one page. Returns with them a line for each that is not of the one allowed form.
pub fn read_page(name: &str, text: &str) -> (Vec<Requirement>, Vec<String>) {
    let mut requirements = Vec::new();
    let mut faults = Vec::new();
    let heading = text.lines().find_map(|line| line.strip_prefix("# "));
    let (number, title) = heading
        .and_then(|line| line.split_once(' '))
        .unwrap_or_default();
    let chapter = number.parse().unwrap_or(0);
    for (index, line) in text.lines().enumerate() {
        let Some(line) = line.strip_prefix("- **MGP1-") else {
            continue;
        };
        match read_line(line) {
            Ok((id, group, profile, keyword, sentence)) => requirements.push(Requirement {
                id,
                group,
                profile,
                keyword,
                withdrawn: sentence.contains("*withdrawn*"),
                sentence,
                chapter,
                title: title.to_owned(),
            }),
            Err(why) => faults.push(format!("{name}:{}: {why}", index + 1)),
        }
    }
    if !requirements.is_empty() && chapter == 0 {
        faults.push(format!("{name}: the first heading has no chapter number"));
    }
    (requirements, faults)
}

type Line = (String, String, String, Keyword, String);

fn read_line(line: &str) -> Result<Line, String> {
    let (tail, rest) = line
        .split_once("** (")
        .ok_or("a requirement has the form `- **id** (profile) sentence`")?;
    let id = format!("MGP1-{tail}");
    let (group, _) = tail
        .split_once('-')
        .filter(|(group, number)| {
            group.len() == 3
                && group.bytes().all(|byte| byte.is_ascii_uppercase())
                && number.len() == 3
                && number.bytes().all(|byte| byte.is_ascii_digit())
        })
        .ok_or(format!("{id} is no requirement id"))?;
    let (profile, sentence) = rest
        .split_once(") ")
        .ok_or(format!("{id} names no profile"))?;
    let keywords = keywords_in(sentence);
    let [keyword] = keywords[..] else {
        return Err(format!("{id} has {} keywords, not one", keywords.len()));
    };
    let owned = (group.to_owned(), profile.to_owned());
    Ok((id, owned.0, owned.1, keyword, sentence.to_owned()))
}

/// The RFC 2119 keywords of a sentence, in order.
fn keywords_in(sentence: &str) -> Vec<Keyword> {
    let words: Vec<&str> = sentence
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let follows = |index: usize| words.get(index + 1) == Some(&"NOT");
    words
        .iter()
        .enumerate()
        .filter_map(|(index, word)| match (*word, follows(index)) {
            ("MUST" | "SHALL" | "REQUIRED", false) => Some(Keyword::Must),
            ("MUST" | "SHALL", true) => Some(Keyword::MustNot),
            ("SHOULD" | "RECOMMENDED", false) => Some(Keyword::Should),
            ("SHOULD", true) => Some(Keyword::ShouldNot),
            ("MAY" | "OPTIONAL", _) => Some(Keyword::May),
            _ => None,
        })
        .collect()
}

fn read_untested(text: &str) -> Result<Vec<Untested>, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default)]
        requirement: Vec<Untested>,
    }
    toml::from_str::<File>(text)
        .map(|file| file.requirement)
        .map_err(|why| why.to_string())
}
