//! What the codec lets through and what it names when it does not.

use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::io::Write;

use super::*;

fn ping(data: &str) -> String {
    format!(
        r#"{{"data":{{"membership":{{"p1":{{"host":"127.0.0.1","lastSeen":7,"port":9001,"state":"ALIVE","updated":7}}}},"pingId":"x"{data}}},"messageId":"m","protocolVersion":1,"senderId":"p1","timestamp":7,"type":"PING"}}"#
    )
}

fn gossip(local_data: &str) -> String {
    ping(&format!(r#","localData":{{{local_data}}}"#)).replace("PING", "GOSSIP")
}

fn zlib(text: &[u8]) -> Vec<u8> {
    let mut out = ZlibEncoder::new(Vec::new(), Compression::default());
    out.write_all(text).unwrap();
    out.finish().unwrap()
}

#[track_caller]
fn rejects(datagram: impl AsRef<[u8]>, code: &str) {
    assert_eq!(decode(datagram.as_ref()).map_err(Reject::code), Err(code));
}

#[test]
fn frames_are_told_apart_by_their_first_bytes() {
    rejects([], "size.empty");
    for other in [
        &b" {}"[..],
        b"\xEF\xBB\xBF{}",
        b"\x1f\x8b\x08",
        b"x",
        b"\x78\xbb",
        b"[1]",
    ] {
        rejects(other, "frame.unknown");
    }
}

#[test]
fn a_stream_is_whole_right_and_alone() {
    let good = zlib(ping("").as_bytes());
    assert!(decode(&good).is_ok());
    for end in 2..good.len() {
        rejects(&good[..end], "inflate.truncated");
    }
    rejects([&good[..], b"x"].concat(), "inflate.trailing");
    let mut wrong = good.clone();
    *wrong.last_mut().unwrap() ^= 1;
    rejects(&wrong, "inflate.corrupt");
    assert!(decode(&good).is_ok(), "a rejection leaves nothing behind");
}

#[test]
fn a_text_may_have_65536_bytes_and_no_more() {
    let fill = |n: usize| {
        let text = ping("");
        text.clone() + &" ".repeat(n - text.len())
    };
    assert!(decode(&zlib(fill(65_536).as_bytes())).is_ok());
    rejects(zlib(fill(65_537).as_bytes()), "inflate.too-big");
    rejects(zlib(&vec![0; 10_000_000]), "inflate.too-big");
}

#[test]
fn every_rule_of_the_text_has_its_reason() {
    for (member, code) in [
        (r#","a":1,"a":2"#, "json.duplicate"),
        (r#","a":{"b":1,"\u0062":2}"#, "json.duplicate"),
        (r#","a":[{"z":1,"a":1,"z":2}]"#, "json.duplicate"),
        (r#","a":"\ud800""#, "json.surrogate"),
        (r#","a":"\ud800\u0041""#, "json.surrogate"),
        (r#","\udc00":1"#, "json.surrogate"),
        (r#","a":1e400"#, "json.number"),
        (r#","a":-1e309"#, "json.number"),
        (r#","a":01"#, "json.syntax"),
        (r#","a":NaN"#, "json.syntax"),
        (r#","a":1,"#, "json.syntax"),
        (r#","a":"\x""#, "json.syntax"),
        (",\"a\":\"\t\"", "json.syntax"),
    ] {
        rejects(ping(member), code);
        rejects(zlib(ping(member).as_bytes()), code);
    }
    let deep = |n: usize| format!(r#","a":{}{}"#, "[".repeat(n), "]".repeat(n));
    assert!(decode(ping(&deep(30)).as_bytes()).is_ok());
    rejects(ping(&deep(31)), "json.depth");
    rejects(ping(&deep(20_000)), "json.depth");
    let digits = |n: usize| format!(r#","a":{}"#, "1".repeat(n));
    assert!(decode(ping(&digits(64)).as_bytes()).is_ok());
    rejects(ping(&digits(65)), "json.number");
    assert!(decode(ping(&format!(r#","a":"{}""#, "1".repeat(500))).as_bytes()).is_ok());
    rejects([ping("").as_bytes(), b"{}"].concat(), "json.syntax");
    rejects(b"{\"\xff\":1}", "json.encoding");
    rejects(zlib(b"[]"), "json.not-object");
}

#[test]
fn accepted_texts_are_accepted_whatever_they_look_like() {
    for member in [
        r#","a":"\ud83d\ude00\u0000\u007f""#,
        r#","":null,"a":0e99999999999,"b":1e-99999"#,
        r#","pad":[{},[],"x"]"#,
    ] {
        assert!(decode(ping(member).as_bytes()).is_ok(), "{member}");
    }
}

#[test]
fn integers_are_integers_and_null_is_absence() {
    rejects(
        ping("").replace(r#""timestamp":7"#, r#""timestamp":"7""#),
        "envelope.timestamp",
    );
    rejects(
        ping("").replace(r#""protocolVersion":1"#, r#""protocolVersion":1.5"#),
        "version.bad",
    );
    rejects(
        ping("").replace(r#""protocolVersion":1"#, r#""protocolVersion":2"#),
        "version.unsupported",
    );
    rejects(
        ping("").replace(r#""protocolVersion":1,"#, ""),
        "version.unsupported",
    );
    rejects(ping(r#","full":0"#), "body.full");
    assert!(decode(ping(r#","full":null,"targetId":null"#).as_bytes()).is_ok());
}

#[test]
fn bad_items_are_skipped_one_by_one_in_order() {
    let good = r#""k":{"value":1e7,"timestamp":1,"version":"v","sourceNode":"p1"}"#;
    let text = gossip(&format!(
        r#""":1,"z":[],"t":{{"value":1,"deleted":true,"timestamp":1,"version":"v","sourceNode":"p1"}},{good}"#
    ));
    let decoded = decode(text.as_bytes()).unwrap();
    let skipped: Vec<_> = decoded
        .skipped
        .iter()
        .map(|s| (s.name.as_str(), s.reason.code()))
        .collect();
    assert_eq!(
        skipped,
        [
            ("", "entry.key"),
            ("t", "entry.tombstone-value"),
            ("z", "entry.shape")
        ]
    );
    let Body::Gossip { local_data, .. } = &decoded.message.body else {
        panic!("not a GOSSIP");
    };
    assert_eq!(local_data[0].1.value.as_str(), "10000000");
}

#[test]
fn an_entry_of_640_bytes_passes_and_one_of_641_does_not() {
    let entry = |n: usize| {
        format!(
            r#""k":{{"value":"{}","timestamp":1,"version":"v","sourceNode":"p1"}}"#,
            "x".repeat(n)
        )
    };
    let fixed = r#""k":{"sourceNode":"p1","timestamp":1,"value":"","version":"v"}"#.len();
    let at = decode(gossip(&entry(640 - fixed)).as_bytes()).unwrap();
    assert!(at.skipped.is_empty());
    let over = decode(gossip(&entry(641 - fixed)).as_bytes()).unwrap();
    assert_eq!(over.skipped[0].reason, Skip::EntrySize);
}

#[test]
fn names_sort_by_utf16_code_units() {
    use std::cmp::Ordering::Less;
    for (a, b) in [
        ("a", "b"),
        ("", "a"),
        ("\u{10000}", "\u{E000}"),
        ("é", "\u{10000}"),
        ("a\u{1F600}", "a\u{FFFF}"),
    ] {
        assert_eq!(canonical::utf16_order(a, b), Less);
        assert!(a.encode_utf16().lt(b.encode_utf16()));
    }
}

#[test]
fn padded_pings_have_480_bytes_and_the_same_meaning() {
    let decoded = decode(ping("").as_bytes()).unwrap();
    let padded = encode_padded(&decoded.message, Sizes::default()).unwrap();
    assert_eq!(padded.len(), 480);
    assert_eq!(decode(&padded).unwrap(), decoded);
}

#[test]
fn empty_metadata_is_not_sent_and_counted_all_the_same() {
    let decoded = decode(ping("").as_bytes()).unwrap();
    let own = decoded.message.own_record().unwrap();
    assert_eq!(wire_text(&decoded.message, None), ping(""));
    assert!(meaning_text(&decoded.message).contains(r#""metadata":{},"#));
    let counted = r#""p1":{"host":"127.0.0.1","lastSeen":4503599627370495,"metadata":{},"port":9001,"state":"SUSPECT","updated":4503599627370495}"#;
    assert_eq!(record_size("p1", own), counted.len());
}

#[test]
fn sizes_of_texts_around_the_threshold() {
    let decoded = decode(ping("").as_bytes()).unwrap();
    let text = wire_text(&decoded.message, None).len();
    let at = |compression_threshold| Sizes {
        compression_threshold,
        ..Sizes::default()
    };
    assert_eq!(encode(&decoded.message, at(text)).unwrap()[0], b'{');
    assert_eq!(encode(&decoded.message, at(text - 1)).unwrap()[0], 0x78);
}
