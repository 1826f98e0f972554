//! Each MUST and SHOULD has a case or a reason why there is none, and nothing cites what does not exist.

use std::collections::{BTreeMap, BTreeSet};

use conformance::cases::codec::shorten;
use conformance::cases::{self, Needs};
use conformance::fixtures;
use conformance::oracle::reasons::REASONS;
use conformance::requirements::{self, Keyword, ReasonKind};

/// Case ids by the requirement that they test. What "a node" does is not shown by its codec: such citations do not count.
fn cases_by_requirement() -> BTreeMap<String, Vec<String>> {
    let mut cited: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for case in cases::all(1) {
        for requirement in case.requirements {
            let found = requirements::find(&requirement);
            let is_behaviour = found.is_some_and(|found| found.sentence.starts_with("A node"));
            if !(is_behaviour && case.needs == Needs::Codec) {
                cited.entry(requirement).or_default().push(case.id.clone());
            }
        }
    }
    cited
}

fn assert_none(what: &str, found: &[String]) {
    assert!(
        found.is_empty(),
        "{} {what}:\n{}",
        found.len(),
        found.join("\n")
    );
}

fn repeated<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    ids.filter(|id| !seen.insert(*id))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_requirement_line_has_one_id_one_profile_and_one_keyword() {
    assert_none("lines cannot be read", requirements::faults());
    for chapter in (2..=10).chain([12]) {
        let has_some = requirements::all().iter().any(|it| it.chapter == chapter);
        assert!(has_some, "chapter {chapter} was not found");
    }
}

#[test]
fn no_id_is_given_twice() {
    let ids = requirements::all().iter().map(|it| it.id.as_str());
    assert_none("requirement ids are given twice", &repeated(ids));
    let cases = cases::all(1);
    let ids = cases.iter().map(|case| case.id.as_str());
    assert_none("case ids are given twice", &repeated(ids));
    let reasons = requirements::untested().iter().map(|it| it.id.as_str());
    assert_none("requirements have two reasons", &repeated(reasons));
}

#[test]
fn every_profile_is_one_that_the_specification_lists() {
    let strangers: Vec<String> = requirements::all()
        .iter()
        .filter(|it| {
            !["core", "membership", "anti-entropy", "legacy"].contains(&it.profile.as_str())
        })
        .map(|it| format!("{}: {}", it.id, it.profile))
        .collect();
    assert_none("requirements name an unknown profile", &strangers);
}

#[test]
fn every_case_tests_requirements_that_exist_and_is_named_after_the_first() {
    let mut wrong = Vec::new();
    for case in cases::all(1) {
        for requirement in &case.requirements {
            match requirements::find(requirement) {
                None => wrong.push(format!("{} cites {requirement}", case.id)),
                Some(found) if found.withdrawn => {
                    wrong.push(format!(
                        "{} cites {requirement}, which is withdrawn",
                        case.id
                    ));
                }
                Some(_) => {}
            }
        }
        let own = case.id.split_once('/').map(|(own, _)| own);
        if own != case.requirements.first().map(String::as_str) {
            wrong.push(format!(
                "{} is not named after its first requirement",
                case.id
            ));
        }
    }
    assert_none("cases are mistaken about the specification", &wrong);
}

#[test]
fn every_must_and_should_has_a_case_or_a_reason() {
    let cited = cases_by_requirement();
    let missing: Vec<String> = requirements::all()
        .iter()
        .filter(|it| it.keyword != Keyword::May && !it.withdrawn)
        .filter(|it| !cited.contains_key(&it.id) && requirements::untested_reason(&it.id).is_none())
        .map(|it| format!("{} ({}) {}", it.id, it.profile, shorten(&it.sentence)))
        .collect();
    assert_none(
        "requirements have neither a case nor a line in untestable.toml",
        &missing,
    );
}

#[test]
fn no_reason_is_stale() {
    let cited = cases_by_requirement();
    let mut stale = Vec::new();
    for untested in requirements::untested() {
        if requirements::find(&untested.id).is_none() {
            stale.push(format!("{} is not in the specification", untested.id));
        }
        if let Some(cases) = cited.get(&untested.id) {
            stale.push(format!("{} has a case: {}", untested.id, cases[0]));
        }
        if untested.reason.trim().is_empty() {
            stale.push(format!("{} gives no reason", untested.id));
        }
    }
    assert_none("lines of untestable.toml are to be removed", &stale);
}

#[test]
fn every_requirement_is_tested_over_udp_or_said_why_not() {
    let seen: BTreeSet<String> = cases::all(1)
        .into_iter()
        .filter(|case| case.needs == Needs::Wire)
        .flat_map(|case| case.requirements)
        .collect();
    let mut wrong = Vec::new();
    for requirement in requirements::all() {
        let id = &requirement.id;
        if requirement.keyword == Keyword::May || requirement.withdrawn {
            continue;
        }
        let excused = requirements::unseen_reason(id).is_some()
            || requirements::untested_reason(id).is_some();
        if !seen.contains(id) && !excused {
            wrong.push(format!(
                "{id} has neither a wire case nor a line in not-on-the-wire.toml: {}",
                shorten(&requirement.sentence)
            ));
        }
    }
    for unseen in requirements::not_on_the_wire() {
        if requirements::find(&unseen.id).is_none() {
            wrong.push(format!("{} is not in the specification", unseen.id));
        }
        if seen.contains(&unseen.id) {
            wrong.push(format!("{} has a wire case: remove its line", unseen.id));
        }
        if unseen.reason.trim().is_empty() || unseen.kind == ReasonKind::Untestable {
            wrong.push(format!("{} gives no reason of the right kind", unseen.id));
        }
    }
    let ids = requirements::not_on_the_wire()
        .iter()
        .map(|it| it.id.as_str());
    wrong.extend(repeated(ids));
    assert_none("requirements are not accounted for on the wire", &wrong);
}

#[test]
fn the_page_for_authors_says_how_many_requirements_can_be_seen_over_udp() {
    const PAGE: &str = include_str!("../../docs/test-your-node.md");
    let cases = cases::all(1);
    let seen = requirements::all()
        .iter()
        .filter(|requirement| {
            cases.iter().any(|case| {
                case.needs == Needs::Wire && case.requirements.contains(&requirement.id)
            })
        })
        .count();
    let all = requirements::all().len();
    let wanted = format!("Over UDP {seen} of the {all} requirements can be seen");
    assert!(PAGE.contains(&wanted), "docs/test-your-node.md: {wanted}");
}

#[test]
fn every_reason_code_of_the_specification_is_known_and_no_other() {
    let chapter = include_str!("../../spec/v1/12-errors.md");
    let listed: BTreeSet<&str> = chapter
        .split("## The meaning of a message")
        .next()
        .unwrap_or_default()
        .split('`')
        .filter(|word| {
            let (group, name) = word.split_once('.').unwrap_or_default();
            !group.is_empty() && !name.is_empty() && !word.contains([' ', '\n', '|'])
        })
        .collect();
    let known: BTreeSet<&str> = REASONS.iter().map(|(reason, _, _)| *reason).collect();
    assert_eq!(listed, known);
    for (reason, _, requirement) in REASONS {
        let sentence = &requirements::find(requirement).expect(requirement).sentence;
        let named = sentence.contains(reason);
        assert!(named, "{requirement} does not give {reason}: {sentence}");
    }
}

#[test]
fn every_reason_that_a_decoder_gives_is_expected_by_some_vector() {
    // These need a cluster, a state, a clock or another profile.
    let beyond_a_decoder = [
        "cluster.mismatch",
        "sender.self",
        "duplicate.message",
        "legacy.bad",
        "entry.future",
        "entry.expired",
        "entry.capacity",
        "record.capacity",
    ];
    let expected: BTreeSet<&str> = fixtures::decode_vectors()
        .iter()
        .flat_map(|vector| {
            let expect = &vector.data.expect;
            let skipped = expect["skipped"].as_array().into_iter().flatten();
            skipped
                .chain([expect])
                .filter_map(|item| item["reason"].as_str())
        })
        .collect();
    let missing: Vec<String> = REASONS
        .iter()
        .map(|(reason, _, _)| *reason)
        .filter(|reason| !expected.contains(reason) && !beyond_a_decoder.contains(reason))
        .map(str::to_owned)
        .collect();
    assert_none("reasons are expected by no decode vector", &missing);
    let known: BTreeSet<&str> = REASONS.iter().map(|(reason, _, _)| *reason).collect();
    let unknown: Vec<String> = expected
        .difference(&known)
        .map(|reason| (*reason).to_owned())
        .collect();
    assert_none("expected reasons are not in the specification", &unknown);
}
