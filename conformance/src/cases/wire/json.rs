//! Chapter 3: what is a text and what is not, and what must survive a relay.

use serde_json::{Value, json};

use super::bench::{Bench, Outcome, brief};
use super::case;
use super::ignore::Offences;
use crate::cases::Case;
use crate::oracle;
use crate::wire::message::{self, entry, with};
use crate::wire::wall_ms;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "MGP1-JSN-001/not-utf8",
            &["MGP1-JSN-008", "MGP1-ERR-002"],
            "a decoder that repairs bad UTF-8 and passes it on",
            not_utf8,
        ),
        case(
            "MGP1-JSN-002/not-an-object",
            &[],
            "a parser that takes any JSON value for a message",
            not_an_object,
        ),
        case(
            "MGP1-JSN-003/not-json",
            &["MGP1-JSN-008"],
            "a lenient parser: comments, NaN, trailing commas, text after the end",
            not_json,
        ),
        case(
            "MGP1-JSN-004/duplicate-names",
            &["MGP1-JSN-008"],
            "a parser that keeps the first or the last of two members, and disagrees with its neighbour about which",
            duplicate_names,
        ),
        case(
            "MGP1-JSN-005/too-deep",
            &["MGP1-ERR-005"],
            "a recursive parser that overflows its stack, or has no limit",
            too_deep,
        ),
        case(
            "MGP1-JSN-006/lone-surrogates",
            &["MGP1-JSN-008"],
            "a language whose strings hold half a surrogate pair and relay it",
            lone_surrogates,
        ),
        case(
            "MGP1-JSN-007/numbers-without-bounds",
            &["MGP1-JSN-008"],
            "a number that becomes infinite, or takes minutes to parse",
            numbers_without_bounds,
        ),
        case(
            "MGP1-JSN-009/unusual-but-right",
            &["MGP1-JSN-012", "MGP1-JSN-013"],
            "a decoder that rejects white space, order, escapes or members that it does not know",
            unusual_but_right,
        ),
        case(
            "MGP1-JSN-011/types-are-not-converted",
            &["MGP1-MSG-005"],
            "a decoder that takes \"123\" for 123, 1 for true and gossip for GOSSIP",
            types_are_not_converted,
        ),
        case(
            "MGP1-JSN-014/integers-out-of-range",
            &[],
            "an integer that overflows, or is cut",
            integers_out_of_range,
        ),
        case(
            "MGP1-JSN-017/values-are-relayed-unchanged",
            &["MGP1-JSN-016", "MGP1-MRG-004"],
            "numbers that pass through a float of 32 bits or a 64-bit integer, strings that are normalised, members that are dropped",
            values_are_relayed_unchanged,
        ),
        case(
            "MGP1-JSN-017/metadata-is-relayed-unchanged",
            &["MGP1-JSN-016", "MGP1-MRG-016"],
            "metadata that a relay turns into strings",
            metadata_is_relayed_unchanged,
        ),
        case(
            "MGP1-JSN-018/messages-are-canonical",
            &[],
            "a sender that writes its members in another order each time",
            messages_are_canonical,
        ),
    ]
}

fn not_utf8(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    for (what, bytes) in [
        ("a lone continuation byte", &b"\x80"[..]),
        ("a cut sequence", b"\xE2\x82"),
        ("an overlong slash", b"\xC0\xAF"),
        ("a surrogate in UTF-8", b"\xED\xA0\x80"),
        ("a code point beyond U+10FFFF", b"\xF4\x90\x80\x80"),
        ("the byte FF", b"\xFF"),
    ] {
        for place in ["ignored", "data/localData/ignored"] {
            let gossip = with(offences.gossip()?, place, json!("@@"));
            offences.add(
                format!("{what} in `{place}`"),
                replace(&message::text(&gossip), bytes),
            );
        }
    }
    let ping = with(offences.ping(), "data/pad", json!("@@"));
    offences.add(
        "a PING with the byte FF in its padding",
        replace(&message::text(&ping), b"\xFF"),
    );
    offences.are_ignored(&iut, "MGP1-JSN-001")
}

/// The text with `@@` replaced by bytes that JSON data cannot hold.
fn replace(text: &[u8], bytes: &[u8]) -> Vec<u8> {
    match text.windows(2).position(|pair| pair == b"@@") {
        Some(at) => [&text[..at], bytes, &text[at + 2..]].concat(),
        None => text.to_vec(),
    }
}

fn not_an_object(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    offences.add_text("an array around the message, compressed", |text| {
        message::zlib(format!("[{text}]").as_bytes(), 6)
    })?;
    offences.add_text("a space before the message, compressed", |text| {
        message::zlib(format!(" {text}").as_bytes(), 6)
    })?;
    offences.add_text("a string with the message, compressed", |text| {
        message::zlib(json!(text).to_string().as_bytes(), 6)
    })?;
    offences.add("an empty text, compressed", message::zlib(b"", 6));
    offences.add("null, compressed", message::zlib(b"null", 6));
    offences.are_ignored(&iut, "MGP1-JSN-002")
}

fn not_json(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    for (what, tail) in [
        ("a letter", "x"),
        ("a second object", "{}"),
        ("a zero byte", "\0"),
        ("a form feed", "\x0C"),
        ("a no-break space", "\u{A0}"),
        ("a closing brace", "}"),
    ] {
        offences.add_text(&format!("{what} after the object"), |text| {
            format!("{text}{tail}").into_bytes()
        })?;
    }
    offences.add_text("the last brace missing", |mut text| {
        text.pop();
        text.into_bytes()
    })?;
    offences.add_text("a comma before the last brace", |mut text| {
        text.pop();
        format!("{text},}}").into_bytes()
    })?;
    for (what, member) in [
        ("NaN", "NaN"),
        ("-Infinity", "-Infinity"),
        ("a leading zero", "01"),
        ("a plus sign", "+1"),
        ("a point without digits", "1."),
        ("hexadecimal", "0x10"),
        ("single quotes", "'a'"),
        ("a raw line feed in a string", "\"a\nb\""),
        ("an unknown escape", r#""\x41""#),
        ("an unquoted name", "{a:1}"),
        ("a comment", "1/*c*/"),
        ("a comma in an empty array", "[,]"),
        ("True", "True"),
    ] {
        offences.add_text(what, |text| {
            format!("{{\"ignored\":{member},{}", &text[1..]).into_bytes()
        })?;
    }
    offences.are_ignored(&iut, "MGP1-JSN-003")
}

fn duplicate_names(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    offences.add_text("`protocolVersion` twice", |text| {
        format!("{{\"protocolVersion\":1,{}", &text[1..]).into_bytes()
    })?;
    offences.add_text("`senderId` twice, once escaped", |text| {
        format!("{{\"sender\\u0049d\":\"other\",{}", &text[1..]).into_bytes()
    })?;
    offences.add_text("a duplicate in a member that nobody knows", |text| {
        format!("{{\"ignored\":{{\"a\":1,\"a\":1}},{}", &text[1..]).into_bytes()
    })?;
    offences.add_text("a duplicate deep in an array", |text| {
        format!("{{\"ignored\":[[{{\"a\":1,\"\\u0061\":2}}]],{}", &text[1..]).into_bytes()
    })?;
    offences.add_text("two empty names", |text| {
        format!("{{\"ignored\":{{\"\":1,\"\":2}},{}", &text[1..]).into_bytes()
    })?;
    offences.add_text("a duplicate in the value of an entry", |text| {
        text.replacen("\"value\":\"poison\"", "\"value\":{\"a\":1,\"a\":2}", 1)
            .into_bytes()
    })?;
    offences.are_ignored(&iut, "MGP1-JSN-004")
}

fn nested(levels: usize, open: &str, close: &str) -> String {
    format!("{}{}", open.repeat(levels), close.repeat(levels))
}

fn too_deep(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    // The message itself is depth 1.
    for (what, inner) in [
        ("33 levels of arrays", nested(32, "[", "]")),
        ("1,000 levels of arrays", nested(1_000, "[", "]")),
        ("30,000 levels of arrays", nested(30_000, "[", "]")),
        (
            "33 levels of objects",
            format!("{}1{}", "{\"a\":".repeat(32), "}".repeat(32)),
        ),
        ("30,000 arrays that are never closed", "[".repeat(30_000)),
    ] {
        offences.add_text(what, |text| {
            format!("{{\"ignored\":{inner},{}", &text[1..]).into_bytes()
        })?;
    }
    offences.are_ignored(&iut, "MGP1-JSN-005")
}

fn lone_surrogates(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    for escape in [
        r"\uD800",
        r"\uDFFF",
        r"\uD800x",
        r"\uD800\uD800",
        r"\uDC00\uD800",
        r"\ud83d\u0041",
    ] {
        offences.add_text(&format!("{escape} in a member that nobody knows"), |text| {
            format!("{{\"ignored\":\"{escape}\",{}", &text[1..]).into_bytes()
        })?;
    }
    offences.add_text(r"\uD800 in a name", |text| {
        format!("{{\"\\uD800\":1,{}", &text[1..]).into_bytes()
    })?;
    offences.add_text(r"\uD800 in a value", |text| {
        text.replacen("\"value\":\"poison\"", "\"value\":\"\\uD800\"", 1)
            .into_bytes()
    })?;
    offences.are_ignored(&iut, "MGP1-JSN-006")
}

fn numbers_without_bounds(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    for number in [
        "1e309".to_owned(),
        "-1e400".to_owned(),
        "1e999999999".to_owned(),
        "1.8e308".to_owned(),
        "1".repeat(65),
        format!("0.{}", "1".repeat(63)),
        "9".repeat(20_000),
    ] {
        let shown: String = number.chars().take(20).collect();
        offences.add_text(
            &format!("the number {shown} ({} characters)", number.len()),
            |text| format!("{{\"ignored\":{number},{}", &text[1..]).into_bytes(),
        )?;
    }
    offences.add_text("an infinite value", |text| {
        text.replacen("\"value\":\"poison\"", "\"value\":1e309", 1)
            .into_bytes()
    })?;
    offences.are_ignored(&iut, "MGP1-JSN-007")
}

fn unusual_but_right(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let plain = |key: &str| {
        peer.gossip_entries([(key, entry(json!("odd"), wall_ms(), "v1", peer.id()))])
            .to_string()
    };
    let front = |key: &str, member: &str| format!("{{{member},{}", &plain(key)[1..]);
    let texts = [
        (
            "white-space",
            plain("white-space").replace(':', " \t:\r\n ") + " \r\n\t ",
        ),
        (
            "unknown-member",
            front("unknown-member", "\"x\":{\"y\":[1,2.5e-3,null,true,\"z\"]}"),
        ),
        ("empty-name", front("empty-name", "\"\":\"\"")),
        (
            "depth-32",
            front("depth-32", &format!("\"x\":{}", nested(31, "[", "]"))),
        ),
        (
            "long-number",
            front("long-number", &format!("\"x\":{}", "1".repeat(64))),
        ),
        ("tiny-number", front("tiny-number", "\"x\":1e-400")),
        (
            "escaped-names",
            plain("escaped-names").replace("\"type\"", "\"t\\u0079p\\u0065\""),
        ),
        (
            "escaped-values",
            plain("escaped-values").replace("\"GOSSIP\"", "\"\\u0047OSSIP\""),
        ),
        (
            "non-characters",
            front(
                "non-characters",
                "\"x\":\"\\u0000\\uFFFE\\u007f\u{2028}\u{FDD0}\\uD83D\\uDE00\"",
            ),
        ),
        ("null-cluster", front("null-cluster", "\"cluster\":null")),
        (
            "null-deleted",
            plain("null-deleted").replace("\"sourceNode\"", "\"deleted\":null,\"sourceNode\""),
        ),
        (
            "null-section",
            plain("null-section").replace("\"data\":{", "\"data\":{\"heartbeats\":null,"),
        ),
        (
            "unknown-in-entry",
            plain("unknown-in-entry").replace("\"sourceNode\"", "\"ttl\":5,\"sourceNode\""),
        ),
        (
            "unknown-in-record",
            plain("unknown-in-record").replace("\"host\"", "\"rack\":{\"a\":1},\"host\""),
        ),
        (
            "null-metadata",
            plain("null-metadata").replace("\"metadata\":{}", "\"metadata\":null"),
        ),
        (
            "null-versions",
            plain("null-versions").replace("\"metadata\":{}", "\"versions\":null"),
        ),
    ];
    for (key, text) in &texts {
        let mark = peer.mark();
        bench.send_bytes(&iut, &peer, text.as_bytes())?;
        bench.alive(&iut, &peer)?;
        let seen = peer.wait_since(mark, iut.soon(), |received| received.entry(key).is_some());
        let requirement = match *key {
            key if key.starts_with("null-") => "MGP1-JSN-013",
            key if key.starts_with("unknown-") => "MGP1-JSN-012",
            _ => "MGP1-JSN-009",
        };
        bench.must(
            &iut,
            requirement,
            &format!("a message that is unusual but right ({key}) is taken"),
            seen,
        )?;
    }
    Ok(())
}

fn types_are_not_converted(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    offences.add_gossip_with("protocolVersion", json!("1"))?;
    offences.add_gossip_with("protocolVersion", json!(true))?;
    offences.add_gossip_with("type", json!("gossip"))?;
    offences.add_gossip_with("type", json!("GOSSIP "))?;
    offences.add_gossip_with("messageId", json!(17))?;
    let gossip = offences.gossip()?;
    let text_time = json!(gossip["timestamp"].to_string());
    offences.add_message(
        "`timestamp` as a string",
        &with(gossip, "timestamp", text_time),
    );
    for (member, value) in [
        ("timestamp", json!(wall_ms().to_string())),
        ("timestamp", json!(true)),
        ("version", json!(1)),
        ("sourceNode", json!(1)),
        ("deleted", json!("true")),
        ("deleted", json!(1)),
    ] {
        let name = offences.name();
        let bad = with(
            entry(json!("poison"), wall_ms(), "v1", "w1"),
            member,
            value.clone(),
        );
        let gossip = peer.gossip_entries([(name.as_str(), bad)]);
        offences.add_message(format!("an entry with `{member}` = {value}"), &gossip);
    }
    for (member, value) in [
        ("port", json!("9000")),
        ("state", json!("alive")),
        ("lastSeen", json!("5")),
        ("metadata", json!([])),
    ] {
        let name = offences.name();
        let bad = with(message::record(bench.nowhere()?, 5), member, value.clone());
        let gossip = peer.gossip_records([(name.as_str(), bad)]);
        offences.add_message(format!("a record with `{member}` = {value}"), &gossip);
    }
    offences.are_ignored(&iut, "MGP1-JSN-011")
}

fn integers_out_of_range(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    for number in [
        "9007199254740992",
        "-1",
        "1.5",
        "9223372036854775808",
        "18446744073709551616",
        "1e300",
    ] {
        let name = offences.name();
        let gossip = peer.gossip_entries([(
            name.as_str(),
            entry(json!("poison"), 4_242_424_242, "v1", "w1"),
        )]);
        let text = gossip.to_string().replace("4242424242", number);
        offences.add(
            format!("an entry with the timestamp {number}"),
            text.into_bytes(),
        );
        offences.add_text(&format!("a message with the timestamp {number}"), |text| {
            let own: Value = serde_json::from_str(&text).unwrap_or_default();
            text.replacen(
                &format!("\"timestamp\":{},\"type\"", own["timestamp"]),
                &format!("\"timestamp\":{number},\"type\""),
                1,
            )
            .into_bytes()
        })?;
    }
    offences.are_ignored(&iut, "MGP1-JSN-014")
}

/// Values on which languages stumble.
fn difficult_values() -> Vec<(&'static str, &'static str)> {
    vec![
        ("null", "null"),
        ("tenth", "0.1"),
        ("third", "0.3333333333333333"),
        ("smallest", "5e-324"),
        ("largest", "1.7976931348623157e308"),
        ("hard-to-round", "2.2250738585072011e-308"),
        (
            "long-digits",
            "0.1000000000000000055511151231257827021181583404541015625",
        ),
        ("two-to-53-plus-1", "9007199254740993"),
        ("two-to-63", "9223372036854775807"),
        ("two-to-64", "18446744073709551616"),
        (
            "sixty-four-digits",
            "1234567890123456789012345678901234567890123456789012345678901234",
        ),
        ("negative", "-273.15"),
        ("exponent", "1E+2"),
        ("one-point-zero", "1.0"),
        (
            "text",
            "\"žluťoučký kůň 🐎 \\u0000 \\u2028 \\\\ \\/ \\\" \\ufffe\"",
        ),
        ("not-normalised", "\"e\\u0301 \\u00e9 \\u212b\""),
        ("html", "\"<a href='x'>&amp;</a>\""),
        ("empty", "[\"\",[],{},{\"\":\"\"}]"),
        (
            "sorting",
            "{\"\\ud83d\\ude00\":1,\"\\ufb33\":2,\"1\":3,\"10\":4,\"2\":5,\"__proto__\":6}",
        ),
        ("booleans", "[true,false,null,0,-0.0]"),
        ("date", "\"2026-01-01T00:00:00Z\""),
        ("nested", "[[[[[[[[[[[[[[[[[[[[\"deep\"]]]]]]]]]]]]]]]]]]]]"),
    ]
}

fn values_are_relayed_unchanged(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    for (name, text) in difficult_values() {
        let now = wall_ms();
        let mark = peer.mark();
        let gossip = peer.gossip_entries([(name, entry(json!("@value@"), now, "v1", "w1"))]);
        let sent = gossip.to_string().replace("\"@value@\"", text);
        bench.send_bytes(&iut, &peer, sent.as_bytes())?;
        bench.alive(&iut, &peer)?;
        let came = peer.wait_since(mark, iut.soon(), |received| received.entry(name).is_some());
        let came = bench.must(
            &iut,
            "MGP1-JSN-017",
            &format!("the entry `{name}` with the value {text} is gossiped"),
            came,
        )?;
        let found = came.entry(name).unwrap_or_default();
        let wanted: Value = serde_json::from_str(text).unwrap_or_default();
        bench.check(
            oracle::json_equal(&found["value"], &wanted),
            "MGP1-JSN-017",
            format!("the value of `{name}` as it was sent: {text}"),
            brief(&found["value"]),
        )?;
    }
    Ok(())
}

fn metadata_is_relayed_unchanged(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    for (name, text) in difficult_values() {
        let mark = peer.mark();
        let subject = format!("m-{name}");
        let record = with(
            message::record(bench.nowhere()?, wall_ms()),
            "metadata",
            json!({"v": "@value@"}),
        );
        let gossip = peer.gossip_records([(subject.as_str(), record)]);
        let sent = gossip.to_string().replace("\"@value@\"", text);
        bench.send_bytes(&iut, &peer, sent.as_bytes())?;
        bench.alive(&iut, &peer)?;
        let came = peer.wait_since(mark, iut.soon(), |received| {
            received.record(&subject).is_some()
        });
        let came = bench.must(
            &iut,
            "MGP1-JSN-017",
            &format!("the record `{subject}` with {text} in its metadata is gossiped"),
            came,
        )?;
        let found = came.record(&subject).unwrap_or_default();
        let wanted: Value = serde_json::from_str(text).unwrap_or_default();
        bench.check(
            oracle::json_equal(&found["metadata"]["v"], &wanted),
            "MGP1-JSN-017",
            format!("the metadata of `{subject}` as they were sent: {text}"),
            brief(&found["metadata"]),
        )?;
    }
    Ok(())
}

fn messages_are_canonical(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    bench.works(&iut, &peer)?;
    bench.rounds(&iut, &peer, 3)?;
    for received in peer.received_since(0) {
        let text = received.text().unwrap_or_default();
        let parsed: Value = serde_json::from_slice(&text).unwrap_or_default();
        let canonical = oracle::canonical(&parsed);
        bench.check(
            canonical.as_bytes() == text,
            "MGP1-JSN-018",
            format!("the text {canonical}"),
            String::from_utf8_lossy(&text).into_owned(),
        )?;
    }
    Ok(())
}
