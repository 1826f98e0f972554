//! The register of hazards is whole: every hazard has cases, every case exists, and every one of them is put to both nodes.

use std::collections::{BTreeMap, BTreeSet};

use conformance::cases;
use conformance::hazards;
use conformance::implementation::built_in;
use conformance::run::reason_to_skip;

fn assert_none(what: &str, found: &[String]) {
    assert!(
        found.is_empty(),
        "{} {what}:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn the_register_holds_all_that_were_found() {
    let held: Vec<&str> = hazards::all()
        .unwrap()
        .iter()
        .map(|hazard| hazard.id.as_str())
        .collect();
    let seen_elsewhere = (1..=30).map(|number| format!("HAZ-G-{number:02}"));
    let found_in_design = (1..=33).map(|number| format!("HAZ-W-{number:02}"));
    let all: Vec<String> = seen_elsewhere.chain(found_in_design).collect();
    assert_eq!(held, all);
}

#[test]
fn every_hazard_is_told_in_a_line_and_has_a_case() {
    let wanting: Vec<String> = hazards::all()
        .unwrap()
        .iter()
        .filter(|hazard| hazard.about.len() < 20 || hazard.cases.is_empty())
        .map(|hazard| hazard.id.clone())
        .collect();
    assert_none("hazards have no case, or are not told", &wanting);
}

#[test]
fn every_case_that_hunts_a_hazard_exists_and_runs_on_every_node() {
    let cases: BTreeMap<String, cases::Case> = cases::all(1)
        .into_iter()
        .map(|case| (case.id.clone(), case))
        .collect();
    let mut wrong = Vec::new();
    for hazard in hazards::all().unwrap() {
        let mut seen = BTreeSet::new();
        for id in &hazard.cases {
            let Some(case) = cases.get(id) else {
                wrong.push(format!("{}: there is no case {id}", hazard.id));
                continue;
            };
            if !seen.insert(id) {
                wrong.push(format!("{}: {id} is named twice", hazard.id));
            }
            for implementation in built_in() {
                if let Some(why) = reason_to_skip(&implementation, case) {
                    wrong.push(format!(
                        "{}: {id} is not put to {}: {why}",
                        hazard.id, implementation.name
                    ));
                }
            }
        }
    }
    assert_none("lines of hazards.toml are wrong", &wrong);
}

#[test]
fn a_hazard_of_a_profile_is_hunted_by_its_cases_once_every_node_claims_it() {
    let cases = cases::all(1);
    let of_profile = |id: &String, profile: &str| {
        cases
            .iter()
            .filter(|case| case.id == *id)
            .flat_map(|case| &case.requirements)
            .filter_map(|requirement| conformance::requirements::find(requirement))
            .any(|requirement| requirement.profile == profile)
    };
    let mut wrong = Vec::new();
    for hazard in hazards::all().unwrap() {
        let Some(profile) = hazard.profile.as_deref() else {
            continue;
        };
        let is_claimed = built_in().iter().all(|implementation| {
            implementation
                .profiles
                .iter()
                .any(|claimed| claimed == profile)
        });
        if is_claimed && !hazard.cases.iter().any(|id| of_profile(id, profile)) {
            wrong.push(format!(
                "{}: every node claims {profile}; name a case of that profile",
                hazard.id
            ));
        }
    }
    assert_none("hazards wait for a case", &wrong);
}
