//! The files that a run writes, made from a run with an implementation that is wrong on purpose. They are left in `target/tmp/report/`,
//! where `tools/html-check` looks at the page.

#[path = "support/broken.rs"]
mod broken;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, UNIX_EPOCH};

use broken::{HOSTILE, NAME};
use conformance::bundle::{self, Bundle};
use conformance::cases::Case;
use conformance::report::about::About;
use conformance::report::{Standing, html, json, junit, standing};
use conformance::run::Results;
use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use serde_json::Value;

struct Run {
    results: Results,
    cases: Vec<Case>,
    about: About,
}

static RUN: LazyLock<Run> = LazyLock::new(|| {
    let (results, cases) = broken::results();
    let arguments = ["run", "--json", "report.json", "--seed", "1"];
    let began = UNIX_EPOCH + Duration::from_secs(1_795_000_000);
    Run {
        results,
        cases,
        about: About::this_process(1, began, arguments.map(str::to_owned).to_vec()),
    }
});

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("report")
        .join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn the_run_has_every_kind_of_verdict() {
    let kinds: BTreeSet<Standing> = RUN.results.outcomes.iter().map(standing).collect();
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        [
            Standing::Pass,
            Standing::Fail,
            Standing::Warning,
            Standing::Inconclusive,
            Standing::Error,
            Standing::Known,
            Standing::Skipped
        ]
    );
}

#[test]
fn the_json_report_keeps_its_schema() {
    let schema: Value = serde_json::from_str(json::SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let report = json::report(&RUN.results, &RUN.about, &RUN.cases);
    let faults: Vec<String> = validator
        .iter_errors(&report)
        .take(5)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
    std::fs::write(folder(".").join("report.json"), report.to_string()).unwrap();

    let mut damaged = report;
    damaged["outcomes"][0]["verdict"] = "perhaps".into();
    assert!(!validator.is_valid(&damaged), "the schema refuses nothing");
}

#[test]
fn every_datagram_of_a_failure_is_in_the_json_report() {
    let report = json::report(&RUN.results, &RUN.about, &RUN.cases);
    let outcomes = report["outcomes"].as_array().unwrap();
    assert_eq!(outcomes.len(), RUN.results.outcomes.len());
    let late = outcomes
        .iter()
        .find(|o| o["implementation"] == NAME && o["case"] == "MGP1-LIV-005/strictly-over")
        .unwrap();
    assert_eq!(late["verdict"], "fail");
    assert_eq!(late["datagramsLeftOut"], 0);
    let first = &late["datagrams"][0];
    assert!(first["hex"].as_str().is_some_and(|hex| !hex.is_empty()));
    assert_eq!(first["decoded"]["verdict"], "accepted");
}

#[test]
fn a_reader_of_junit_finds_every_verdict_in_its_place() {
    let text = junit::report(&RUN.results, &RUN.about).unwrap();
    std::fs::write(folder(".").join("junit.xml"), &text).unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let case = |class: &str, name: &str| {
        document
            .descendants()
            .find(|node| {
                node.has_tag_name("testcase")
                    && node.attribute("name") == Some(name)
                    && node
                        .attribute("classname")
                        .unwrap_or_default()
                        .starts_with(class)
            })
            .unwrap_or_else(|| panic!("{class} {name}"))
    };
    let has =
        |node: roxmltree::Node<'_, '_>, tag: &str| node.children().any(|c| c.has_tag_name(tag));
    let kind = |node: roxmltree::Node<'_, '_>| {
        ["failure", "error", "skipped"]
            .into_iter()
            .find(|tag| has(node, tag))
    };
    for outcome in &RUN.results.outcomes {
        let node = case(&format!("{}.", outcome.implementation), &outcome.case);
        let expected = match standing(outcome) {
            Standing::Pass | Standing::Warning => None,
            Standing::Fail => Some("failure"),
            Standing::Inconclusive | Standing::Error => Some("error"),
            Standing::Known | Standing::Skipped => Some("skipped"),
        };
        assert_eq!(kind(node), expected, "{}", outcome.case);
        if standing(outcome) == Standing::Warning {
            assert!(
                has(node, "system-err"),
                "{}: a warning is said",
                outcome.case
            );
        }
    }
    assert_eq!(
        kind(case("absent", "not run: codec and core")),
        Some("error")
    );

    assert_eq!(
        kind(case("", "MGP1-FRM-008/*")),
        Some("failure"),
        "a stale line"
    );

    // The counts that viewers show are those of the elements.
    let root = document.root_element();
    let count = |tag: &str| {
        let found = document.descendants().filter(|node| node.has_tag_name(tag));
        found.count().to_string()
    };
    assert_eq!(root.attribute("tests"), Some(count("testcase").as_str()));
    assert_eq!(root.attribute("failures"), Some(count("failure").as_str()));
    assert_eq!(root.attribute("errors"), Some(count("error").as_str()));
}

/// Jenkins' xUnit plugin validates; GitLab, GitHub's reporters and Jenkins' own reader pass over what they do not know.
#[test]
fn junit_has_nothing_that_a_strict_reader_refuses() {
    const ALLOWED: [(&str, &[&str], &[&str]); 9] = [
        (
            "testsuites",
            &["name", "time", "tests", "failures", "errors"],
            &["testsuite"],
        ),
        (
            "testsuite",
            &[
                "name",
                "tests",
                "failures",
                "errors",
                "skipped",
                "time",
                "timestamp",
            ],
            &["properties", "testcase"],
        ),
        ("properties", &[], &["property"]),
        ("property", &["name", "value"], &[]),
        (
            "testcase",
            &["name", "classname", "time"],
            &["skipped", "error", "failure", "system-err"],
        ),
        ("failure", &["type", "message"], &[]),
        ("error", &["type", "message"], &[]),
        ("skipped", &["type", "message"], &[]),
        ("system-err", &[], &[]),
    ];
    let text = junit::report(&RUN.results, &RUN.about).unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    for node in document.descendants().filter(|node| node.is_element()) {
        let name = node.tag_name().name();
        let (_, attributes, children) = ALLOWED
            .iter()
            .find(|(known, _, _)| *known == name)
            .unwrap_or_else(|| panic!("<{name}>"));
        for attribute in node.attributes() {
            assert!(
                attributes.contains(&attribute.name()),
                "{name} {attribute:?}"
            );
        }
        for child in node.children().filter(|child| child.is_element()) {
            let child = child.tag_name().name();
            assert!(children.contains(&child), "<{child}> in <{name}>");
        }
    }
    let read = quick_junit::Report::deserialize_from_str(&text).unwrap();
    let cases: usize = read
        .test_suites
        .iter()
        .map(|suite| suite.test_cases.len())
        .sum();
    assert_eq!(cases, read.tests);
}

#[test]
fn hostile_text_is_never_markup() {
    let page = html::page(&RUN.results, &RUN.about, &RUN.cases, None);
    std::fs::write(folder(".").join("page.html"), &page).unwrap();
    assert!(!page.contains("<img"), "no element of the implementation's");
    assert_eq!(page.matches("</script>").count(), 3, "the page's own three");
    assert!(
        page.contains("\\u003cimg src=x onerror"),
        "it is there as data"
    );
    let text = junit::report(&RUN.results, &RUN.about).unwrap();
    assert!(!text.contains("<img"));
}

#[test]
fn a_page_of_a_long_run_stays_small() {
    let page = html::page(&RUN.results, &RUN.about, &RUN.cases, None);
    let per_outcome = page.len() / RUN.results.outcomes.len();
    // Six thousand outcomes are then some six megabytes at the most.
    assert!(per_outcome < 1_000, "{per_outcome} bytes for an outcome");
}

#[test]
fn a_bundle_has_the_case_the_words_and_the_packets() {
    let folder = folder("bundles");
    let written = bundle::write_all(&folder, &RUN.results, &RUN.about).unwrap();
    let open = RUN
        .results
        .outcomes
        .iter()
        .filter(|outcome| !matches!(standing(outcome), Standing::Pass | Standing::Skipped));
    assert_eq!(written.len(), open.count());

    let place = folder.join(NAME).join("MGP1-LIV-005.strictly-over");
    let bundle = Bundle::read(&place).unwrap();
    assert_eq!(bundle.verdict, "fail");
    assert_eq!(
        bundle::command(&bundle.arguments),
        "conformance run --impl broken --case MGP1-LIV-005/strictly-over --seed 1"
    );
    let lines = std::fs::read_to_string(place.join("datagrams.ndjson")).unwrap();
    let packets = packets(&std::fs::read(place.join("datagrams.pcap")).unwrap());
    assert_eq!(lines.lines().count(), packets.len());
    for (line, packet) in lines.lines().zip(&packets) {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["hex"], hex::encode(&packet.payload));
    }
}

#[test]
fn packets_have_right_lengths_and_checksums() {
    let folder = folder("packets");
    let written = bundle::write_all(&folder, &RUN.results, &RUN.about).unwrap();
    let mut seen = BTreeSet::new();
    for place in written {
        for packet in packets(&std::fs::read(place.join("datagrams.pcap")).unwrap()) {
            assert!(packet.is_sound, "{}", place.display());
            seen.insert(packet.is_v6);
        }
    }
    assert_eq!(seen.len(), 2, "IPv4 and IPv6");
}

#[test]
fn what_is_no_bundle_is_named_with_what_one_is() {
    let wrong = Bundle::read(Path::new("no/such/folder")).unwrap_err();
    assert!(
        wrong.contains("no/such/folder") && wrong.contains("--bundle DIR"),
        "{wrong}"
    );
}

#[test]
fn the_hostile_text_of_these_tests_is_hostile() {
    assert!(HOSTILE.contains("</script>") && HOSTILE.contains("onerror"));
}

struct Packet {
    payload: Vec<u8>,
    is_sound: bool,
    is_v6: bool,
}

/// Reads a capture with another reader than the suite's writer: the file header by hand, the packets by slices.
fn packets(file: &[u8]) -> Vec<Packet> {
    let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    assert_eq!((word(0), word(20)), (0xa1b2_c3d4, 101));
    let mut packets = Vec::new();
    let mut at = 24;
    while at < file.len() {
        let length = word(at + 8) as usize;
        assert_eq!(word(at + 8), word(at + 12), "nothing is cut");
        assert!(word(at + 4) < 1_000_000, "microseconds");
        packets.push(packet(&file[at + 16..at + 16 + length]));
        at += 16 + length;
    }
    assert_eq!(at, file.len());
    packets
}

fn packet(bytes: &[u8]) -> Packet {
    let sliced = SlicedPacket::from_ip(bytes).unwrap();
    let Some(TransportSlice::Udp(udp)) = &sliced.transport else {
        panic!("no UDP")
    };
    let header = udp.to_header();
    let (is_v6, sum, ip_is_sound) = match sliced.net.as_ref().unwrap() {
        NetSlice::Ipv4(ip) => {
            let ip = ip.header();
            let sum = header.calc_checksum_ipv4_raw(ip.source(), ip.destination(), udp.payload());
            let is_sound = ip.to_header().calc_header_checksum() == ip.header_checksum()
                && usize::from(ip.total_len()) == bytes.len()
                && IpAddr::from(ip.source_addr()).is_loopback();
            (false, sum, is_sound)
        }
        NetSlice::Ipv6(ip) => {
            let ip = ip.header();
            let sum = header.calc_checksum_ipv6_raw(ip.source(), ip.destination(), udp.payload());
            (true, sum, true)
        }
        NetSlice::Arp(_) => panic!("no IP"),
    };
    Packet {
        payload: udp.payload().to_vec(),
        is_sound: ip_is_sound
            && sum.ok() == Some(udp.checksum())
            && usize::from(udp.length()) == 8 + udp.payload().len(),
        is_v6,
    }
}
