//! A scenario file is read as it is meant, and a mistake in it is answered with line, field and remedy.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};
use simulation::network::{Address, CLASSES, HostId, Latency, NetworkClass};
use simulation::random::Chance;
use simulation::scenario::{SCHEMA, Scenario};
use simulation::time::{Micros, Now};
use simulation::world::{Effects, Fault, Host};

const MONSOON: &str = include_str!("../scenarios/monsoon.toml");
const SPLIT: &str = include_str!("../scenarios/split.json");

#[test]
fn the_example_in_toml_is_read_as_it_is_meant() {
    let scenario = Scenario::from_toml(MONSOON).expect("a good file");
    assert_eq!(
        (scenario.seed, scenario.duration, scenario.nodes.len()),
        (33, Micros::seconds(90), 10)
    );
    let mut mix = BTreeMap::new();
    for node in &scenario.nodes {
        *mix.entry(node.implementation.as_str()).or_insert(0) += 1;
    }
    assert_eq!(mix, BTreeMap::from([("java", 5), ("rust", 5)]));
    assert_eq!(
        scenario.link.latency,
        Latency::LogNormal {
            median: Micros::millis(8),
            sigma: 0.4
        }
    );
    assert_eq!(scenario.pairs.len(), 2, "a pair is set in both directions");
    assert_eq!(scenario.nodes[3].clock.skew_us, -90_000_000);
    assert_eq!(scenario.nodes[9].start_at, Micros::seconds(7));
    assert_eq!(scenario.writes.len(), 11);
    assert_eq!(scenario.writes[10].at, Micros::seconds(55));
    assert!(scenario.faults.windows(2).all(|two| two[0].0 <= two[1].0));
    let restart = scenario
        .faults
        .iter()
        .find(|(_, fault)| matches!(fault, Fault::Restart(..)))
        .expect("a restart");
    let moved: Address = "10.0.0.3:9003".parse().expect("an address");
    assert_eq!(
        *restart,
        (Micros::seconds(45), Fault::Restart(HostId(2), Some(moved)))
    );
}

#[test]
fn toml_and_json_with_the_same_content_are_the_same_scenario() {
    let json =
        serde_json::to_string(&toml::from_str::<Value>(MONSOON).expect("TOML")).expect("JSON");
    assert_eq!(Scenario::parse(&json), Scenario::parse(MONSOON));
}

#[test]
fn a_mix_is_spread_evenly() {
    let scenario = Scenario::from_json(SPLIT).expect("a good file");
    let order: Vec<_> = scenario
        .nodes
        .iter()
        .map(|node| node.implementation.as_str())
        .collect();
    assert_eq!(order, ["java", "rust", "java", "rust", "java", "rust"]);
}

#[test]
fn classes_are_given_by_count_or_by_the_published_shares() {
    let text = "seed=1\nduration=\"1s\"\nnodes=5\n[classes]\n\"2G_Edge\"=2\nintermittent=1\n";
    let counted = |scenario: &Scenario, class| {
        scenario
            .nodes
            .iter()
            .filter(|node| node.class == class)
            .count()
    };
    let scenario = Scenario::from_toml(text).expect("a good file");
    assert_eq!(counted(&scenario, Some(NetworkClass::TwoGEdge)), 2);
    assert_eq!(counted(&scenario, Some(NetworkClass::Intermittent)), 1);
    assert_eq!(counted(&scenario, None), 2);
    let text = "seed=1\nduration=\"1s\"\nnodes=10000\nclasses=\"published\"\n";
    let scenario = Scenario::from_toml(text).expect("a good file");
    // 15, 25, 35 and 25 %, with five standard deviations of at most 48.
    for (class, share) in [
        (NetworkClass::FourGFiveG, 1500usize),
        (NetworkClass::ThreeGFourG, 2500),
        (NetworkClass::TwoGEdge, 3500),
        (NetworkClass::Intermittent, 2500),
    ] {
        assert!(
            counted(&scenario, Some(class)).abs_diff(share) < 240,
            "{class:?}"
        );
    }
}

/// Each case: a file with one mistake, its line and column, its field, and words of the answer.
#[test]
fn a_mistake_in_toml_is_answered_with_line_column_field_and_remedy() {
    let head = "seed = 1\nduration = \"60s\"\nnodes = 3\n";
    for (rest, line, column, field, words) in [
        (
            "duratoin = \"1s\"\n",
            4,
            1,
            "duratoin",
            &["not known", "did you mean \"duration\"?"][..],
        ),
        (
            "interval = \"1 sec\"\n",
            4,
            12,
            "interval",
            &["\"1 sec\" is no time", "250ms"],
        ),
        (
            "interval = \"1us\"\n",
            4,
            12,
            "interval",
            &["too short", "at least 600us"],
        ),
        (
            "interval = 5\n",
            4,
            12,
            "interval",
            &["an integer does not belong here", "with its unit"],
        ),
        (
            "mix = { rust = 2, java = 2 }\n",
            4,
            7,
            "mix",
            &["add up to 4", "nodes, which is 3"],
        ),
        (
            "[classes]\n\"5G\" = 1\n",
            5,
            8,
            "classes.5G",
            &["\"5G\" is not known", "\"4G_5G\""],
        ),
        (
            "classes = \"publishd\"\n",
            4,
            11,
            "classes",
            &["did you mean \"published\"?"],
        ),
        (
            "[clocks]\nn3 = {}\n",
            5,
            6,
            "clocks.n3",
            &["\"n3\" is no node", "\"n0\" to \"n2\""],
        ),
        (
            "[clocks]\nn1 = { skw = \"1s\" }\n",
            5,
            8,
            "clocks.n1.skw",
            &["did you mean \"skew\"?"],
        ),
        (
            "[links.default]\nloss = 1.5\n",
            5,
            8,
            "links.default.loss",
            &["1.5 is out of range", "from 0 to 1"],
        ),
        (
            "[links.default]\nlatency = { uniform = [\"9ms\", \"1ms\"] }\n",
            5,
            11,
            "links.default.latency",
            &["9ms is greater", "exchange"],
        ),
        (
            "[links.default]\nlatency = { uniform = [\"9ms\"] }\n",
            5,
            23,
            "links.default.latency.uniform",
            &["1 times", "the least and the greatest"],
        ),
        (
            "[[faults]]\nat = \"1s\"\nkind = \"crahs\"\n",
            6,
            8,
            "faults[0].kind",
            &["did you mean \"crash\"?"],
        ),
        (
            "[[faults]]\nkind = \"crash\"\nat = \"61s\"\nnodes = \"all\"\n",
            6,
            6,
            "faults[0].at",
            &["61s is after the end", "lasts 60s"],
        ),
        (
            "[[faults]]\nkind = \"pause\"\nat = \"9s\"\nuntil = \"9s\"\nnodes = [\"n0\"]\n",
            7,
            9,
            "faults[0].until",
            &["it would end when it begins", "after 9s"],
        ),
        (
            "[[faults]]\nkind = \"pause\"\nat = \"9s\"\nuntil = \"8s\"\nnodes = [\"n0\"]\n",
            7,
            9,
            "faults[0].until",
            &["it would end at 8s, before it begins", "after 9s"],
        ),
        (
            "[[faults]]\nkind = \"cut\"\nat = \"9s\"\nfrom = [\"n0\"]\nto = [\"n1\", \"nX\"]\n",
            8,
            13,
            "faults[0].to[1]",
            &["\"nX\" is no node"],
        ),
        (
            "[[faults]]\nkind = \"pause\"\nat = \"9s\"\nnodes = [\"n0\"]\nloss = 0.5\n",
            8,
            1,
            "faults[0].loss",
            &["not known"],
        ),
        (
            "[[writes]]\nat = \"1s\"\nnode = \"n0\"\nkey = \"k\"\n",
            4,
            1,
            "writes[0]",
            &["\"value\" is missing", "value = 5"],
        ),
        (
            "[[writes]]\nat = \"1s\"\nnode = \"n0\"\nkey = \"k\"\nvalue = 1\nevery = \"1s\"\n",
            9,
            9,
            "writes[0].every",
            &["times = 10"],
        ),
        (
            "[[writes]]\nat = \"1s\"\nnode = \"n0\"\nkey = \"k\"\nvalue = inf\n",
            8,
            9,
            "writes[0].value",
            &["no finite number"],
        ),
        ("nodes = 4\n", 4, 1, "", &["not TOML", "duplicate key"]),
        ("name = \"x\n", 4, 10, "", &["not TOML"]),
    ] {
        let text = format!("{head}{rest}");
        let mistake = Scenario::from_toml(&text).expect_err(rest);
        let shown = mistake.to_string();
        assert_eq!(
            (mistake.line, mistake.field.as_str()),
            (line, field),
            "{rest}: {shown}"
        );
        assert_eq!(mistake.column, column, "{rest}: {shown}");
        for word in words {
            assert!(
                shown.contains(word),
                "{rest}: {shown:?} does not contain {word:?}"
            );
        }
        assert!(
            shown.starts_with(&format!("line {line}, column {column}: ")),
            "{shown}"
        );
    }
}

#[test]
fn a_missing_field_is_named_with_an_example() {
    let mistake = Scenario::from_toml("seed = 1\nnodes = 3\n").expect_err("no duration");
    assert_eq!(
        mistake.to_string(),
        "line 1, column 1: the field \"duration\" is missing; write how long it lasts, such as duration = \"60s\""
    );
}

#[test]
fn a_mistake_in_json_is_answered_likewise() {
    for (text, line, column, field, words) in [
        (
            "{\n  \"seed\": 1,\n  \"duration\": \"1s\",\n  \"nodes\": 0\n}",
            4,
            12,
            "nodes",
            &["0 is out of range", "1 to 10000"][..],
        ),
        (
            "{\n  \"seed\": 1,\n  \"duration\": \"1s\",\n  \"node\": 3\n}",
            4,
            3,
            "node",
            &["did you mean \"nodes\"?"],
        ),
        (
            "{\n  \"seed\": 1,\n  \"seed\": 2\n}",
            3,
            3,
            "seed",
            &["there twice"],
        ),
        (
            "{\n  \"seed\": 1,,\n}",
            2,
            13,
            "",
            &["not JSON", "write one comma, not two"],
        ),
        (
            "{\"name\": \"é\",,}",
            1,
            14,
            "",
            &["write one comma, not two"],
        ),
        (
            "{\"seed\": 1",
            1,
            10,
            "",
            &["not JSON", "EOF", "not closed"],
        ),
        (
            "{\"nodes\": 1,\n}",
            2,
            1,
            "",
            &["take out the comma after the last entry"],
        ),
        ("{\"a\": [1,, 2]}", 1, 10, "", &["write one comma, not two"]),
        (
            "{, \"a\": 1}",
            1,
            2,
            "",
            &["take out the comma before the first entry"],
        ),
        (
            "{\"a\": 1\n\"b\": 2}",
            2,
            1,
            "",
            &["write a comma between two entries"],
        ),
        ("{\"a\" 1}", 1, 6, "", &["write a colon"]),
        ("{\"a\": }", 1, 7, "", &["write a value after the colon"]),
        ("{a: 1}", 1, 2, "", &["write the name in quotation marks"]),
        (
            "{\"a\": nul}",
            1,
            10,
            "",
            &["expected ident", "true, false, null"],
        ),
        ("{\"a\": 01}", 1, 8, "", &["write a number such as 7"]),
        ("{\"a\": 'x'}", 1, 7, "", &["double quotation marks"]),
        ("{\"a\": \"x\\y\"}", 1, 10, "", &["backslash only before"]),
        ("{} {}", 1, 4, "", &["a file is one scenario"]),
        ("seed = 1\n", 1, 1, "", &["begins with {", "named .toml"]),
        (
            "{\n\"seed\": 1, \"duration\": \"1s\", \"nodes\": 2,\n\"writes\": [{\"at\": \"0s\", \"node\": \"n2\", \"key\": \"k\", \"value\": {}}]}",
            3,
            33,
            "writes[0].node",
            &["\"n2\" is no node"],
        ),
        (
            "{\"seed\": 1, \"duration\": \"1s\", \"nodes\": 2, \"name\": \"\\u00e9\\\"}\", \"links\": {\"default\": {\"loss\": \"x\"}}}",
            1,
            94,
            "links.default.loss",
            &["text does not belong here"],
        ),
    ] {
        let mistake = Scenario::from_json(text).expect_err(text);
        let shown = mistake.to_string();
        assert_eq!(
            (mistake.line, mistake.column, mistake.field.as_str()),
            (line, column, field),
            "{shown}"
        );
        assert!(words.iter().all(|word| shown.contains(word)), "{shown}");
    }
}

/// Reads a file of three nodes in TOML that lasts a minute, with this in it, and gives the answer to its mistake.
fn answer(rest: &str) -> String {
    let text = format!("seed = 1\nduration = \"60s\"\nnodes = 3\n{rest}\n");
    Scenario::from_toml(&text)
        .map(|_| panic!("accepted: {rest}"))
        .unwrap_err()
        .to_string()
}

fn accept(rest: &str) {
    let text = format!("seed = 1\nduration = \"60s\"\nnodes = 3\n{rest}\n");
    if let Err(mistake) = Scenario::from_toml(&text) {
        panic!("{mistake}: {rest}");
    }
}

#[test]
fn a_write_or_a_deletion_has_a_key() {
    for what in ["value = 1", "delete = true"] {
        assert_eq!(
            answer(&format!(
                "[[writes]]\nat = \"1s\"\nnode = \"n0\"\nkey = \"\"\n{what}"
            )),
            "line 7, column 7: writes[0].key: the key is empty; write the key, such as key = \"train\""
        );
    }
}

#[test]
fn repeated_writes_are_apart() {
    assert_eq!(
        answer(
            "[[writes]]\nat = \"1s\"\nnode = \"n0\"\nkey = \"k\"\nvalue = 1\nevery = \"0s\"\ntimes = 3"
        ),
        "line 9, column 9: writes[0].every: the writes would all be at the same moment; write a time above zero, such as every = \"1s\""
    );
}

#[test]
fn a_node_starts_before_the_scenario_ends() {
    assert_eq!(
        answer("[starts]\nn1 = \"61s\""),
        "line 5, column 6: starts.n1: 61s is after the end; the scenario lasts 60s"
    );
    accept("[starts]\nn1 = \"60s\"");
}

#[test]
fn nothing_is_asked_of_a_node_that_has_not_started() {
    let starts = "[starts]\nn1 = \"8s\"";
    let write = "[[writes]]\nnode = \"n1\"\nkey = \"k\"\nvalue = 1";
    assert_eq!(
        answer(&format!("{starts}\n{write}\nat = \"7s\"")),
        "line 10, column 6: writes[0].at: n1 has not started by then: it starts at 8s; write 8s or a later time"
    );
    accept(&format!("{starts}\n{write}\nat = \"8s\""));
    for what in [
        "kind = \"crash\"",
        "kind = \"leave\"",
        "kind = \"pause\"",
        "kind = \"detach\"",
        "kind = \"clock_step\"\nby = \"1s\"",
        "kind = \"clock_drift\"\nppm = 1",
    ] {
        for nodes in ["[\"n0\", \"n1\"]", "\"all\""] {
            assert_eq!(
                answer(&format!(
                    "{starts}\n[[faults]]\nat = \"7s\"\nnodes = {nodes}\n{what}"
                )),
                "line 7, column 6: faults[0].at: n1 has not started by then: it starts at 8s; write 8s or a later time"
            );
        }
    }
}

#[test]
fn nothing_is_asked_of_a_node_that_is_gone_for_good() {
    let crash = "[[faults]]\nat = \"9s\"\nkind = \"crash\"\nnodes = [\"n1\"]";
    let write = "[[writes]]\nnode = \"n1\"\nkey = \"k\"\nvalue = 1";
    let gone = "n1 is gone by then: it is gone for good at 9s (faults[0]); write a time before 9s, or give the crash an until";
    assert_eq!(
        answer(&format!("{crash}\n{write}\nat = \"9s\"")),
        format!("line 12, column 6: writes[0].at: {gone}")
    );
    assert_eq!(
        answer(&format!(
            "{crash}\n{write}\nat = \"3s\"\nevery = \"2s\"\ntimes = 5"
        )),
        format!("line 13, column 9: writes[0].every: write 4 of 5 is at 9s, and {gone}")
    );
    accept(&format!(
        "{crash}\n{write}\nat = \"2s\"\nevery = \"2s\"\ntimes = 4"
    ));
    for kind in ["crash", "leave", "pause", "detach"] {
        assert_eq!(
            answer(&format!(
                "{crash}\n[[faults]]\nat = \"10s\"\nkind = \"{kind}\"\nnodes = \"all\""
            )),
            format!("line 9, column 6: faults[1].at: {gone}")
        );
    }
}

#[test]
fn a_node_that_has_left_comes_back_only_by_a_crash_that_ends() {
    let leave = "[[faults]]\nat = \"9s\"\nkind = \"leave\"\nnodes = [\"n1\"]";
    let crash = "[[faults]]\nat = \"10s\"\nkind = \"crash\"\nnodes = [\"n1\"]";
    let write = "[[writes]]\nnode = \"n1\"\nkey = \"k\"\nvalue = 1";
    assert!(answer(&format!("{leave}\n{write}\nat = \"9s\"")).contains(
        "n1 is gone by then: it leaves at 9s (faults[0]); write a time before 9s, or let it start again by a crash with until"
    ));
    assert!(
        answer(&format!(
            "{leave}\n{crash}\nuntil = \"12s\"\n{write}\nat = \"11s\""
        ))
        .contains("it leaves at 9s until it starts again at 12s (faults[0]); write a time before 9s, or 12s or later")
    );
    accept(&format!("{leave}\n{crash}"));
    accept(&format!(
        "{leave}\n{crash}\nuntil = \"12s\"\n{write}\nat = \"12s\""
    ));
}

#[test]
fn a_node_that_is_down_does_not_crash_for_good() {
    let crash = |at: &str, until: &str| {
        format!("[[faults]]\nkind = \"crash\"\nnodes = [\"n2\"]\nat = \"{at}\"\n{until}\n")
    };
    let span = crash("20s", "until = \"30s\"");
    assert_eq!(
        answer(&(span.clone() + &crash("25s", ""))),
        "line 12, column 6: faults[1].at: n2 is down by then: it crashes at 20s and starts again at 30s (faults[0]); write a time before 20s or after 30s"
    );
    assert!(answer(&(crash("30s", "") + &span)).contains("n2 is down by then"));
    accept(&(span.clone() + &crash("30s", "")));
    accept(&(span + &crash("25s", "until = \"35s\"")));
}

#[test]
fn a_cut_is_between_different_nodes() {
    let cut = |from: &str, to: &str| {
        format!("[[faults]]\nkind = \"cut\"\nat = \"1s\"\nfrom = {from}\nto = {to}")
    };
    assert_eq!(
        answer(&cut("[\"n0\", \"n1\"]", "[\"n2\", \"n1\"]")),
        "line 8, column 6: faults[0].to: n1 is in from and in to, and is not cut from itself; name each node on one side only"
    );
    accept(&cut("\"all\"", "[\"n1\"]"));
    accept(&cut("\"all\"", "\"all\""));
    let alone = "seed = 1\nduration = \"1s\"\nnodes = 1\n";
    let alone = format!("{alone}{}", cut("\"all\"", "\"all\""));
    assert!(Scenario::from_toml(&alone).is_err());
}

#[test]
fn a_list_names_a_node_once() {
    assert_eq!(
        answer("[[faults]]\nkind = \"pause\"\nat = \"1s\"\nnodes = [\"n0\", \"n1\", \"n0\"]"),
        "line 7, column 22: faults[0].nodes[2]: \"n0\" is in this list twice; write each node once"
    );
}

#[test]
fn a_clock_stays_between_1970_and_the_greatest_timestamp() {
    let step = |by: &str| {
        format!(
            "epoch_ms = 60000\n[[faults]]\nkind = \"clock_step\"\nat = \"10s\"\nnodes = [\"n1\"]\nby = \"{by}\""
        )
    };
    let range = "write a time from \"-70s\" to \"4503599627250s\"";
    assert_eq!(
        answer(&step("-70001ms")),
        format!(
            "line 9, column 6: faults[0].by: the clock of n1 would fall below the Unix epoch; {range}"
        )
    );
    assert_eq!(
        answer(&step("4503599627251s")),
        format!(
            "line 9, column 6: faults[0].by: the clock of n1 would exceed 2^52 ms since the Unix epoch; {range}"
        )
    );
    accept(&step("-70s"));
    accept(&step("4503599627250s"));
    // What counts is what the clock shows, after all that happened to it before.
    assert!(answer(&format!("{}\n{}", step("-40s"), &step("-40s")[17..])).contains("faults[1].by"));
    assert!(
        answer(&format!(
            "{}\n[clocks]\nn1 = {{ skew = \"-61s\" }}",
            step("1s")
        ))
        .contains("clocks.n1.skew: the clock of n1 would fall below the Unix epoch")
    );
    let back = format!(
        "{}\nuntil = \"20s\"\n[[faults]]\nkind = \"clock_step\"\nat = \"15s\"\nnodes = \"all\"\nby = \"-85s\"",
        step("50s")
    );
    assert!(answer(&back).contains("when it jumps back at 20s; write a smaller step"));
}

#[test]
fn a_file_is_read_as_its_name_says() {
    let toml = "# {\nseed = 1\nduration = \"1s\"\nnodes = 2\n";
    let json = "{\"seed\": 1, \"duration\": \"1s\", \"nodes\": 2}";
    let read = |name: &str, text: &str| Scenario::parse_file(Path::new(name), text);
    assert!(read("a.toml", toml).is_ok() && read("a.json", json).is_ok());
    assert!(read("a.JSON", json).is_ok(), "letters of either case");
    assert!(read("a", toml).is_ok() && read("a.txt", json).is_ok());
    let shown = read("a.json", toml).expect_err("no JSON").to_string();
    assert!(
        shown.contains("not JSON") && shown.contains("named .toml"),
        "{shown}"
    );
    let shown = read("a.toml", json).expect_err("no TOML").to_string();
    assert!(
        shown.contains("not TOML") && shown.contains("named .json"),
        "{shown}"
    );
}

#[test]
fn a_byte_order_mark_is_named() {
    let marked = "\u{feff}{\"seed\": 1, \"duration\": \"1s\", \"nodes\": 2}";
    let words = "line 1, column 1: this is not JSON: it begins with a byte order mark; save it as UTF-8 without one";
    for read in [Scenario::parse, Scenario::from_json] {
        assert_eq!(read(marked).expect_err("a mark").to_string(), words);
    }
    let marked = "\u{feff}duration = \"1s\"\nnodes = 2\nseed = 1\n";
    assert!(Scenario::parse(marked).is_ok(), "TOML allows it");
    let mistake = Scenario::parse(&marked.replace("\"1s\"", "1")).expect_err("no time");
    assert_eq!((mistake.line, mistake.column), (1, 12), "{mistake}");
}

/// The page for users.
const PAGE: &str = include_str!("../../docs/scenarios.md");

/// The block of the page in this language that contains these words.
fn block(language: &str, words: &str) -> &'static str {
    PAGE.split("```")
        .skip(1)
        .step_by(2)
        .filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n'))
        .find(|block| block.contains(words))
        .expect("a block in the page")
}

#[test]
fn the_example_of_the_page_is_a_scenario_and_its_mistake_is_answered_as_the_page_says() {
    let example = block("toml", "seed");
    let scenario = Scenario::from_toml(example).expect("a good file");
    assert_eq!((scenario.nodes.len(), scenario.faults.len()), (5, 4));
    let file: Value = toml::from_str(example).expect("TOML");
    assert!(validator().is_valid(&file));
    let wrong = [
        example.replace("loss = 0.05", "los = 0.05"),
        example.replace("until = \"30s\"", "until = \"20s\""),
        example.replace("at = \"50s\"", "at = \"10s\""),
    ];
    for wrong in wrong {
        let mistake = Scenario::from_toml(&wrong)
            .expect_err("a mistake")
            .to_string();
        assert!(
            block("text", "line ").contains(&format!("conformance: flood.toml: {mistake}\n")),
            "{mistake}"
        );
    }
}

#[test]
fn the_page_names_all_fields_of_the_schema_and_the_figures_of_all_classes() {
    let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    let fields = |pointer: &str| {
        let fields = schema.pointer(pointer).and_then(Value::as_object);
        fields.expect("fields").keys().cloned().collect::<Vec<_>>()
    };
    let mut names = fields("/$defs/write/properties");
    names.extend(fields("/$defs/link/properties"));
    let clock = fields("/properties/clocks/additionalProperties/properties");
    names.extend(clock.iter().map(|name| format!("clocks.nX.{name}")));
    let tables = ["clocks", "links", "starts"];
    names.extend(
        fields("/properties")
            .into_iter()
            .filter(|name| !tables.contains(&name.as_str())),
    );
    for fault in schema["$defs"]["fault"]["oneOf"].as_array().expect("kinds") {
        let kind = &fault["properties"]["kind"]["const"];
        names.push(kind.as_str().expect("a kind").to_owned());
        let fields = fault["properties"].as_object().expect("fields");
        names.extend(fields.keys().cloned());
    }
    for name in names {
        assert!(PAGE.contains(&format!("`{name}`")), "{name}");
    }
    for class in CLASSES {
        let link = class.access();
        let Latency::LogNormal { median, sigma } = link.latency else {
            panic!("{class:?} is log-normal in the page");
        };
        let chance = |chance: Chance| (chance.as_f64() * 1e6).round() / 1e6;
        let row = format!(
            "| `{}` | {} % | {} ms | {sigma} | {} | {} | {} ms |",
            class.name(),
            class.published_share(),
            median.as_millis(),
            chance(link.loss),
            chance(link.reorder),
            link.reorder_by.as_millis()
        );
        assert!(PAGE.contains(&row), "{row}");
        let outages = class.outages().map(|it| (it.up, it.down));
        let minute = Micros::seconds(60);
        let comes_and_goes = class == NetworkClass::Intermittent;
        assert_eq!(outages, comes_and_goes.then_some((minute, minute)));
    }
}

proptest! {
    #[test]
    fn no_damage_to_a_file_makes_the_reader_panic(
        at in 0usize..4000,
        cut in 0usize..30,
        put in "[\\PC\n]{0,6}",
        json: bool,
    ) {
        let text = if json { SPLIT } else { MONSOON };
        let mut letters: Vec<char> = text.chars().collect();
        let at = at % letters.len();
        let end = (at + cut).min(letters.len());
        letters.splice(at..end, put.chars());
        let damaged: String = letters.into_iter().collect();
        if let Err(mistake) = Scenario::parse(&damaged) {
            prop_assert!(mistake.line >= 1 && mistake.line <= damaged.matches('\n').count() + 1, "{}", mistake);
            prop_assert!(!mistake.problem.is_empty());
        }
    }
}

fn validator() -> jsonschema::Validator {
    jsonschema::draft202012::new(&serde_json::from_str(SCHEMA).expect("JSON")).expect("a schema")
}

#[test]
fn the_examples_follow_the_schema() {
    let validator = validator();
    for example in [
        toml::from_str::<Value>(MONSOON).expect("TOML"),
        serde_json::from_str(SPLIT).expect("JSON"),
    ] {
        let problems: Vec<String> = validator
            .iter_errors(&example)
            .map(|error| error.to_string())
            .collect();
        assert!(problems.is_empty(), "{problems:?}");
    }
}

#[test]
fn the_schema_and_the_reader_agree_on_what_is_wrong() {
    let validator = validator();
    let with = |name: &str, value: Value| {
        let mut file = json!({ "seed": 1, "duration": "60s", "nodes": 3 });
        file[name] = value;
        file
    };
    let fault = |fault: Value| with("faults", json!([fault]));
    let good = [
        with("classes", json!({ "2G_Edge": 1 })),
        with(
            "links",
            json!({ "pairs": [{ "from": "all", "to": ["n1"], "both_ways": false, "loss": 0.5 }] }),
        ),
        fault(json!({ "kind": "detach", "at": "1s", "until": "2s", "nodes": "all" })),
        fault(json!({ "kind": "clock_drift", "at": "1s", "nodes": ["n0"], "ppm": -5 })),
        fault(
            json!({ "kind": "impair", "at": "1s", "from": ["n0"], "to": ["n1"], "both_ways": true, "reorder": 0.5 }),
        ),
    ];
    for file in good {
        assert!(validator.is_valid(&file), "the schema refuses {file}");
        assert!(
            Scenario::parse(&file.to_string()).is_ok(),
            "the reader refuses {file}"
        );
    }
    let bad = [
        with("seed", json!(-1)),
        with("duration", json!("60")),
        with("nodes", json!(10_001)),
        with("surprise", json!(1)),
        with("classes", json!({ "6G": 1 })),
        with("classes", json!("others")),
        with("clocks", json!({ "x": {} })),
        with("clocks", json!({ "n0": { "skew": 5 } })),
        with("starts", json!({ "n0": "-1s" })),
        with("links", json!({ "default": { "loss": 2 } })),
        with("links", json!({ "default": { "latency": { "gamma": 1 } } })),
        with("links", json!({ "pairs": [{ "from": ["n0"] }] })),
        fault(json!({ "kind": "cut", "at": "1s", "from": ["n0"], "to": [] })),
        fault(json!({ "kind": "pause", "at": "1s", "nodes": ["n0"], "by": "1s" })),
        fault(json!({ "kind": "leave", "at": "1s", "until": "2s", "nodes": ["n0"] })),
        fault(json!({ "kind": "explode", "at": "1s", "nodes": ["n0"] })),
        fault(json!({ "kind": "crash", "nodes": ["n0"] })),
        with(
            "writes",
            json!([{ "at": "0s", "node": "n01", "key": "k", "value": 1 }]),
        ),
        with(
            "writes",
            json!([{ "at": "0s", "node": "n0", "key": "k", "value": 1, "times": 2 }]),
        ),
        with(
            "writes",
            json!([{ "at": "0s", "node": "n0", "key": "", "value": 1 }]),
        ),
        with(
            "writes",
            json!([{ "at": "0s", "node": "n0", "key": "k", "value": 1, "times": 2, "every": "0.0s" }]),
        ),
        fault(json!({ "kind": "pause", "at": "1s", "nodes": ["n0", "n0"] })),
    ];
    for file in bad {
        assert!(!validator.is_valid(&file), "the schema accepts {file}");
        assert!(
            Scenario::parse(&file.to_string()).is_err(),
            "the reader accepts {file}"
        );
    }
}

/// Tells everybody its number every 200 ms.
struct Caller {
    peers: Vec<Address>,
    heard: usize,
}

impl Host for Caller {
    type Error = Infallible;
    fn start(&mut self, now: Now, effects: &mut Effects) -> Result<(), Infallible> {
        effects.wake_at(now.mono + Micros::millis(200));
        Ok(())
    }
    fn datagram(
        &mut self,
        _: Now,
        _: Address,
        _: &[u8],
        _: &mut Effects,
    ) -> Result<(), Infallible> {
        self.heard += 1;
        Ok(())
    }
    fn wake(&mut self, now: Now, effects: &mut Effects) -> Result<(), Infallible> {
        self.peers
            .iter()
            .for_each(|peer| effects.send(*peer, b"namaste".to_vec()));
        effects.wake_at(now.mono + Micros::millis(200));
        Ok(())
    }
    fn write(&mut self, _: Now, _: &str, _: &Value, _: &mut Effects) -> Result<(), Infallible> {
        Ok(())
    }
}

#[test]
fn a_scenario_runs_the_same_each_time_and_its_faults_happen() {
    let run = || {
        let scenario = Scenario::from_toml(MONSOON).expect("a good file");
        let mut world = scenario.world(true, |boot, _: Option<Caller>| {
            Ok(Caller {
                peers: boot.peers.to_vec(),
                heard: 0,
            })
        });
        world
            .run_until(scenario.duration)
            .expect("a caller cannot fail");
        world
    };
    let world = run();
    assert_eq!(world.trace().hash(), run().trace().hash());
    assert!(world.counters().host(HostId(0)).lost_cut > 0);
    assert!(world.counters().total().lost_link > 0);
    let heard: Vec<usize> = world
        .ids()
        .filter_map(|id| world.host(id))
        .map(|host| host.heard)
        .collect();
    let silent: Vec<usize> = (0..10).filter(|host| heard[*host] == 0).collect();
    assert_eq!(
        silent,
        [2],
        "it came back at an address that its callers do not know"
    );
    let faults = world
        .trace()
        .lines()
        .iter()
        .filter(|line| line.contains(" fault "))
        .count();
    assert_eq!(faults, 9, "four of the five faults have an end");
}
