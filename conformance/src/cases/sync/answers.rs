//! What a node answers to a SYNC, compared with what the oracle says is due.

use super::rig::{NEVER, Rig, case, keys_below, may_fit, p1, summary, surely_fits, with_node};
use crate::attach::Adapter;
use crate::cases::Case;
use crate::cases::codec::first_difference;
use crate::cases::script::{Departure, Stop};
use crate::oracle::digest::{Tree, path};
use crate::oracle::message::Entry;
use crate::oracle::sync::{Answer, MOST_ANSWERS, Store, digest_of, due};
use crate::verdict::Verdict;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// One question: what the node holds, what it is sent, and what it holds once it has merged that.
struct Question {
    held: Store,
    data: Value,
    merged: Store,
}

impl Question {
    /// A question that brings no entries.
    fn new(held: Store, data: Value) -> Self {
        Question {
            merged: held.clone(),
            held,
            data,
        }
    }
}

/// The cases of this file.
pub fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = questions()
        .into_iter()
        .map(|(id, also, hunts, questions)| {
            case(id, also, hunts, move |adapter| {
                let requirement = id.split('/').next().unwrap_or(id);
                for question in questions() {
                    let verdict = put(adapter, requirement, &question);
                    if verdict != Verdict::Pass {
                        return verdict;
                    }
                }
                // Silence shows something of a node that answers other questions.
                match put(adapter, requirement, &answered_by_all()) {
                    Verdict::Fail(failure) => Verdict::open(
                        format!(
                            "the node does not answer a SYNC that is due an answer ({}), so what it does not answer shows nothing",
                            failure.actual
                        ),
                        "get MGP1-SYN-005/all-it-has-and-wants-more to pass first: it asks for that answer alone",
                    ),
                    other => other,
                }
            })
        })
        .collect();
    cases.extend([
        case(
            "MGP1-SYN-011/chosen-at-random",
            &["MGP1-SYN-005"],
            "the first four digits, for ever: what lies below the others waits for them",
            chosen_at_random,
        ),
        case(
            "MGP1-SYN-013/another-exchange-before",
            &["MGP1-SYN-005", "MGP1-SYN-009"],
            "an exchange kept in memory, which a lost datagram leaves half done",
            another_exchange_before,
        ),
        case(
            "MGP1-SYN-012/where-it-is-not-answered",
            &["MGP1-DIS-012"],
            "an answer to a forged source address; W-22",
            where_it_is_not_answered,
        ),
    ]);
    cases
}

/// Puts one question to a fresh node.
fn put(adapter: &mut dyn Adapter, requirement: &str, question: &Question) -> Verdict {
    with_node(adapter, requirement, &quiet(), 1, |rig| {
        rig.load(&question.held)?;
        let answers = rig.ask(&question.data)?;
        judge(rig, question, &answers)
    })
}

/// The simplest question: one entry is held, and the other side has none.
fn answered_by_all() -> Question {
    Question::new(
        keys_below("7", 1),
        json!({"phase": "DIGEST", "prefix": "", "children": {}}),
    )
}

/// A node that starts no exchange of its own.
fn quiet() -> Value {
    json!({"syncInterval": NEVER})
}

type Listed = (
    &'static str,
    &'static [&'static str],
    &'static str,
    fn() -> Vec<Question>,
);

fn questions() -> Vec<Listed> {
    vec![
        (
            "MGP1-SYN-005/entries-where-they-fit",
            &["MGP1-SYN-016"],
            "a DIGEST for a handful of entries: a round trip for nothing",
            || {
                let three = join(&[keys_below("1", 1), keys_below("7", 2), keys_below("e", 1)]);
                let all = digest(&three, "");
                vec![
                    Question::new(
                        three.clone(),
                        json!({"phase": "DIGEST", "prefix": "", "children": {}}),
                    ),
                    Question::new(
                        three.clone(),
                        with_child(&all, '7', Some("0123456789abcdef0123456789abcdef")),
                    ),
                    Question::new(three, with_child(&all, 'e', None)),
                ]
            },
        ),
        (
            "MGP1-SYN-005/tombstones-too",
            &[],
            "an answer that leaves deletions out",
            || {
                let mut held = keys_below("5", 2);
                if let Some(first) = held.values_mut().next() {
                    (first.value, first.deleted) = (Value::Null, true);
                }
                vec![Question::new(
                    held,
                    json!({"phase": "DIGEST", "prefix": "", "children": {}}),
                )]
            },
        ),
        (
            "MGP1-SYN-005/digest-of-a-large-subtree",
            &["MGP1-SYN-002", "MGP1-SYN-007"],
            "a datagram above the limit, or entries cut off and called complete",
            || {
                let many = keys_below("", 1_500);
                let nearly = digest(&many, "");
                vec![
                    Question::new(
                        many.clone(),
                        with_child(&nearly, '3', Some("00000000000000000000000000000000")),
                    ),
                    Question::new(
                        many,
                        json!({"phase": "DIGEST", "prefix": "", "children": {}}),
                    ),
                ]
            },
        ),
        (
            "MGP1-SYN-005/deeper-prefixes",
            &["MGP1-SYN-007", "MGP1-SYN-011"],
            "an answer about the top whatever was asked",
            || {
                let many = keys_below("", 1_500);
                let few = keys_below("a", 6);
                let whole = path(few.keys().next().map_or("", String::as_str));
                vec![
                    Question::new(
                        many.clone(),
                        json!({"phase": "DIGEST", "prefix": "a", "children": {}}),
                    ),
                    Question::new(
                        many,
                        json!({"phase": "DIGEST", "prefix": "a4", "children": {}}),
                    ),
                    Question::new(
                        few.clone(),
                        json!({"phase": "DIGEST", "prefix": "a", "children": {}}),
                    ),
                    Question::new(
                        few,
                        json!({"phase": "DIGEST", "prefix": &whole[..63], "children": {}}),
                    ),
                ]
            },
        ),
        (
            "MGP1-SYN-006/no-difference-at-any-depth",
            &[],
            "an acknowledgement that nobody asked for: two nodes that never stop",
            || {
                let some = keys_below("", 60);
                let one = keys_below("c", 1);
                let whole = path(one.keys().next().map_or("", String::as_str));
                vec![
                    Question::new(some.clone(), digest(&some, "")),
                    Question::new(some.clone(), digest(&some, "4")),
                    Question::new(one.clone(), digest(&one, "c")),
                    Question::new(one.clone(), digest(&one, "1234")),
                    Question::new(one.clone(), digest(&one, &whole[..63])),
                    Question::new(one.clone(), digest(&one, &whole)),
                    Question::new(Store::new(), digest(&Store::new(), "")),
                ]
            },
        ),
        (
            "MGP1-SYN-007/below-a-whole-path",
            &["MGP1-SYN-006"],
            "a prefix of 65 digits, or the same one again",
            || {
                let one = keys_below("c", 1);
                let whole = path(one.keys().next().map_or("", String::as_str));
                vec![
                    Question::new(
                        one,
                        json!({"phase": "DIGEST", "prefix": whole, "children": {}}),
                    ),
                    Question::new(
                        Store::new(),
                        json!({"phase": "DIGEST", "prefix": "0".repeat(64), "children": {}}),
                    ),
                ]
            },
        ),
        (
            "MGP1-SYN-016/child-of-which-nothing-is-held",
            &["MGP1-SYN-005"],
            "a silent node that never learns what it lacks",
            || {
                let one = keys_below("c", 1);
                let far = "fedcba9876543210fedcba9876543210";
                vec![
                    Question::new(
                        Store::new(),
                        json!({"phase": "DIGEST", "prefix": "", "children": {"0": far}}),
                    ),
                    Question::new(one.clone(), with_child(&digest(&one, ""), '0', Some(far))),
                    Question::new(
                        one,
                        json!({"phase": "DIGEST", "prefix": "00", "children": {"1": far, "f": far}}),
                    ),
                ]
            },
        ),
        (
            "MGP1-SYN-009/what-the-message-lacks",
            &["MGP1-SYN-010"],
            "all that is held sent back, equal entries too",
            || {
                let held = keys_below("b", 5);
                let said: Store = held.clone().into_iter().skip(2).collect();
                vec![
                    Question::new(held.clone(), entries("b", &said, true)),
                    Question::new(held.clone(), entries("", &said, true)),
                    Question::new(held.clone(), entries("b", &Store::new(), true)),
                    Question::new(held.clone(), entries("b", &held, true)),
                    Question::new(held, entries("c", &Store::new(), true)),
                    Question::new(Store::new(), entries("", &Store::new(), true)),
                ]
            },
        ),
        (
            "MGP1-SYN-009/what-is-greater",
            &["MGP1-SYN-008"],
            "an older entry that is never put right, or a newer one sent back to its sender",
            || {
                let held = keys_below("b", 4);
                let older = |_: &String, entry: &Entry| Entry {
                    timestamp: entry.timestamp - 1,
                    ..entry.clone()
                };
                let newer = |_: &String, entry: &Entry| Entry {
                    timestamp: entry.timestamp + 1,
                    ..entry.clone()
                };
                let gone = |_: &String, entry: &Entry| Entry {
                    value: Value::Null,
                    deleted: true,
                    ..entry.clone()
                };
                let by_version = |_: &String, entry: &Entry| Entry {
                    version: "v0".to_owned(),
                    ..entry.clone()
                };
                let bring = |change: &dyn Fn(&String, &Entry) -> Entry| {
                    let changed: Store = held
                        .iter()
                        .take(2)
                        .map(|(key, entry)| (key.clone(), change(key, entry)))
                        .collect();
                    let said: Store = changed
                        .clone()
                        .into_iter()
                        .chain(held.clone().into_iter().skip(2))
                        .collect();
                    (changed, said)
                };
                let kept = |change: &dyn Fn(&String, &Entry) -> Entry| {
                    Question::new(held.clone(), entries("b", &bring(change).1, true))
                };
                let taken = |change: &dyn Fn(&String, &Entry) -> Entry| {
                    let (changed, said) = bring(change);
                    Question {
                        held: held.clone(),
                        data: entries("b", &said, true),
                        merged: held.clone().into_iter().chain(changed).collect(),
                    }
                };
                vec![kept(&older), kept(&by_version), taken(&newer), taken(&gone)]
            },
        ),
        (
            "MGP1-SYN-009/of-one-key",
            &[],
            "a prefix of 64 digits taken for a leaf that needs no answer",
            || {
                let one = keys_below("c", 1);
                let whole = path(one.keys().next().map_or("", String::as_str));
                vec![Question::new(one, entries(&whole, &Store::new(), true))]
            },
        ),
        (
            "MGP1-SYN-009/digest-of-a-large-subtree",
            &["MGP1-SYN-002"],
            "a datagram above the limit, or half an answer",
            || {
                let many = keys_below("", 1_500);
                vec![
                    Question::new(many.clone(), entries("", &Store::new(), true)),
                    Question::new(many, entries("7", &Store::new(), true)),
                ]
            },
        ),
        (
            "MGP1-SYN-010/reply-false",
            &[],
            "two nodes that answer each other for ever",
            || {
                let held = keys_below("b", 3);
                let plain = json!({"phase": "ENTRIES", "prefix": "b"});
                vec![
                    Question::new(held.clone(), entries("b", &Store::new(), false)),
                    Question::new(held.clone(), entries("", &Store::new(), false)),
                    Question::new(held, plain),
                ]
            },
        ),
        (
            "MGP1-SYN-011/at-most-four",
            &["MGP1-SYN-005"],
            "sixteen datagrams for one: a node that multiplies traffic",
            || {
                let sixteen = join(
                    &"0123456789abcdef"
                        .chars()
                        .map(|digit| keys_below(&digit.to_string(), 1))
                        .collect::<Vec<_>>(),
                );
                let other: BTreeMap<String, String> = "0123456789abcdef"
                    .chars()
                    .map(|digit| (digit.to_string(), "5".repeat(32)))
                    .collect();
                vec![
                    Question::new(
                        sixteen.clone(),
                        json!({"phase": "DIGEST", "prefix": "", "children": {}}),
                    ),
                    Question::new(
                        sixteen,
                        json!({"phase": "DIGEST", "prefix": "", "children": other}),
                    ),
                    Question::new(
                        Store::new(),
                        json!({"phase": "DIGEST", "prefix": "", "children": other}),
                    ),
                    Question::new(
                        Store::new(),
                        json!({"phase": "DIGEST", "prefix": "abc", "children": other}),
                    ),
                    Question::new(
                        keys_below("", 1_500),
                        json!({"phase": "DIGEST", "prefix": "", "children": other}),
                    ),
                ]
            },
        ),
    ]
}

fn join(stores: &[Store]) -> Store {
    let all = stores.iter().flatten();
    all.map(|(key, entry)| (key.clone(), entry.clone()))
        .collect()
}

fn digest(store: &Store, prefix: &str) -> Value {
    digest_of(store, prefix).to_data()
}

fn with_child(data: &Value, digit: char, digest: Option<&str>) -> Value {
    let mut data = data.clone();
    if let Some(children) = data["children"].as_object_mut() {
        children.remove(&digit.to_string());
        children.extend(digest.map(|digest| (digit.to_string(), json!(digest))));
    }
    data
}

fn entries(prefix: &str, entries: &Store, reply: bool) -> Value {
    Answer::Entries {
        prefix: prefix.to_owned(),
        entries: entries.clone(),
        reply,
    }
    .to_data()
}

/// Compares what came with what is due.
fn judge(rig: &Rig<'_, '_>, question: &Question, answers: &[Departure]) -> Result<(), Stop> {
    let is_digest = question.data["phase"] == "DIGEST";
    let asked = question.data["prefix"].as_str().unwrap_or_default();
    let due_now = due(&question.merged, &question.data, &surely_fits);
    let failed = |requirement: &str, expected: String| {
        Err(rig.failed(requirement, expected, summary(answers)))
    };
    if let Some(astray) = answers.iter().find(|answer| answer.to != p1()) {
        return failed(
            "MGP1-SYN-012",
            format!("answers to {} alone, none to {}", p1(), astray.to),
        );
    }
    if answers.len() > MOST_ANSWERS {
        return failed("MGP1-SYN-011", format!("at most {MOST_ANSWERS} messages"));
    }
    let mut about = BTreeSet::new();
    for answer in answers {
        let prefix = answer.meaning["data"]["prefix"]
            .as_str()
            .unwrap_or_default();
        if is_digest && prefix.len() <= asked.len() {
            return failed(
                "MGP1-SYN-007",
                format!("answers about prefixes longer than {asked:?}"),
            );
        }
        let Some(expected) = due_now.iter().find(|due| due.prefix() == prefix) else {
            let requirement = match (is_digest, due_now.is_empty()) {
                (true, true) => "MGP1-SYN-006",
                (true, false) => "MGP1-SYN-005",
                (false, _) => "MGP1-SYN-010",
            };
            return failed(requirement, format!("no answer about {prefix:?}"));
        };
        if !about.insert(prefix.to_owned()) {
            return failed("MGP1-SYN-005", format!("one answer about {prefix:?}"));
        }
        judge_answer(rig, question, expected, answer)?;
    }
    let wanted = due_now.len().min(MOST_ANSWERS);
    if answers.len() < wanted {
        let prefixes: Vec<&str> = due_now.iter().map(Answer::prefix).collect();
        let requirement = if is_digest {
            "MGP1-SYN-005"
        } else {
            "MGP1-SYN-009"
        };
        return failed(requirement, format!("{wanted} answers, about {prefixes:?}"));
    }
    Ok(())
}

/// One answer: it is complete, and a DIGEST stands only where the entries do not fit.
fn judge_answer(
    rig: &Rig<'_, '_>,
    question: &Question,
    expected: &Answer,
    answer: &Departure,
) -> Result<(), Stop> {
    let data = &answer.meaning["data"];
    let prefix = expected.prefix();
    let is_digest = question.data["phase"] == "DIGEST";
    if data["phase"] == "DIGEST" {
        if matches!(expected, Answer::Entries { .. }) {
            let requirement = if is_digest {
                "MGP1-SYN-005"
            } else {
                "MGP1-SYN-009"
            };
            return Err(rig.failed(
                requirement,
                format!("ENTRIES of {prefix:?}, which fit one message"),
                "a DIGEST of it".to_owned(),
            ));
        }
        let children = json!(Tree::of(&question.merged).children(prefix));
        if let Some((expected, actual)) = difference(&children, &data["children"]) {
            return Err(rig.failed(
                "MGP1-SYN-002",
                format!("a DIGEST of {prefix:?} with children{expected}"),
                format!("children{actual}"),
            ));
        }
        return Ok(());
    }
    // Where the compressor decides whether they fit, both answers are right.
    let all = due(&question.merged, &question.data, &may_fit);
    let complete = all
        .iter()
        .find(|due| due.prefix() == prefix)
        .map(Answer::to_data);
    let complete = complete.filter(|complete| complete["phase"] == "ENTRIES");
    let requirement = match complete.as_ref().map(|data| data["localData"] == json!({})) {
        Some(true) => "MGP1-SYN-016",
        _ if is_digest => "MGP1-SYN-005",
        _ => "MGP1-SYN-009",
    };
    let Some(complete) = complete else {
        return Err(rig.failed(
            requirement,
            format!("a DIGEST of {prefix:?}, whose entries fit no message"),
            "an ENTRIES of it".to_owned(),
        ));
    };
    for member in ["localData", "reply"] {
        if let Some((expected, actual)) = difference(&complete[member], &data[member]) {
            return Err(rig.failed(
                requirement,
                format!("an ENTRIES of {prefix:?} with {member}{expected}"),
                format!("{member}{actual}"),
            ));
        }
    }
    Ok(())
}

/// Where two values part, as the end of a sentence about each; `None` where they are equal.
fn difference(expected: &Value, actual: &Value) -> Option<(String, String)> {
    let found = first_difference(expected, actual)?;
    let place = found.path.trim_start_matches('$');
    Some((
        format!("{place} = {}", found.expected),
        format!("{place} = {}", found.actual),
    ))
}

/// Sixteen differences, asked of eight nodes that draw other numbers: they must not all choose alike.
fn chosen_at_random(adapter: &mut dyn Adapter) -> Verdict {
    const REQUIREMENT: &str = "MGP1-SYN-011";
    let sixteen: Vec<_> = "0123456789abcdef"
        .chars()
        .map(|digit| keys_below(&digit.to_string(), 1))
        .collect();
    let store = join(&sixteen);
    let question = Question::new(
        store,
        json!({"phase": "DIGEST", "prefix": "", "children": {}}),
    );
    let mut choices = BTreeSet::new();
    for seed in 1..=8 {
        let verdict = with_node(adapter, REQUIREMENT, &quiet(), seed, |rig| {
            rig.load(&question.held)?;
            let answers = rig.ask(&question.data)?;
            judge(rig, &question, &answers)?;
            let prefixes = answers
                .iter()
                .map(|answer| answer.meaning["data"]["prefix"].to_string());
            choices.insert(prefixes.collect::<BTreeSet<_>>());
            Ok(())
        });
        if verdict != Verdict::Pass {
            return verdict;
        }
    }
    if choices.len() < 2 {
        return Verdict::fail(
            REQUIREMENT,
            "four of sixteen drawn at random",
            format!("eight times {choices:?}"),
        );
    }
    Verdict::Pass
}

/// The same message to a fresh node, in the middle of an exchange, and after one: the same is due, and comes.
fn another_exchange_before(adapter: &mut dyn Adapter) -> Verdict {
    let held = join(&[keys_below("1", 2), keys_below("7", 3), keys_below("c", 1)]);
    let said: Store = keys_below("7", 2);
    let about_seven = with_child(
        &digest(&held, ""),
        '7',
        Some("00000000000000000000000000000000"),
    );
    let about_all = json!({"phase": "DIGEST", "prefix": "", "children": {}});
    let lacks = entries("7", &said, true);
    let before: [&[&Value]; 5] = [
        &[],
        &[&about_seven],
        &[&about_seven, &lacks],
        &[&about_all],
        &[&about_all, &about_seven],
    ];
    for questions in before {
        for data in [&about_seven, &lacks] {
            let verdict = with_node(adapter, "MGP1-SYN-013", &quiet(), 1, |rig| {
                rig.load(&held)?;
                for earlier in questions {
                    rig.ask(earlier)?;
                }
                let answers = rig.ask(data)?;
                judge(rig, &Question::new(held.clone(), data.clone()), &answers)
            });
            match verdict {
                Verdict::Pass => {}
                Verdict::Fail(mut failure) => {
                    failure.actual = format!(
                        "{} (after {} messages of the exchange)",
                        failure.actual,
                        questions.len()
                    );
                    return Verdict::Fail(failure);
                }
                other => return other,
            }
        }
    }
    Verdict::Pass
}

/// Nothing but the proven address of the sender gets an answer, and only what came from there.
fn where_it_is_not_answered(adapter: &mut dyn Adapter) -> Verdict {
    let held = keys_below("b", 2);
    let data = json!({"phase": "DIGEST", "prefix": "", "children": {}});
    let elsewhere = SocketAddr::from(([127, 0, 0, 1], 9077));
    let places = [
        (
            "p1",
            p1(),
            elsewhere,
            "from another port than that of its record",
        ),
        (
            "p2",
            elsewhere,
            elsewhere,
            "from a member whose address never proved itself",
        ),
        (
            "p2",
            elsewhere,
            p1(),
            "in another's name from a proven address",
        ),
        (
            "p1",
            elsewhere,
            p1(),
            "from a proven address that its record has just given up",
        ),
    ];
    for (id, home, from, what) in places {
        let verdict = with_node(adapter, "MGP1-SYN-012", &quiet(), 1, |rig| {
            rig.load(&held)?;
            let answers = match what {
                // The newer content wins, so that the member lives elsewhere when the node looks it up.
                "from a proven address that its record has just given up" => {
                    rig.deliver_moved(id, home, from, &data)?
                }
                _ => rig.ask_as(id, home, from, &data)?,
            };
            if answers.is_empty() {
                return Ok(());
            }
            Err(rig.failed(
                "MGP1-SYN-012",
                format!("no answer to a SYNC {what}"),
                summary(&answers),
            ))
        });
        if verdict != Verdict::Pass {
            return verdict;
        }
    }
    // The same question from the right place: else a node that never answers would pass.
    with_node(adapter, "MGP1-SYN-012", &quiet(), 1, |rig| {
        rig.load(&held)?;
        let answers = rig.ask(&data)?;
        judge(rig, &Question::new(held.clone(), data.clone()), &answers)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_questions_are_about_what_they_say() {
        let one: BTreeMap<String, Entry> = keys_below("c", 1);
        assert!(one.keys().all(|key| path(key).starts_with('c')));
        for (id, _, _, questions) in questions() {
            assert!(!questions().is_empty(), "{id}");
        }
    }
}
