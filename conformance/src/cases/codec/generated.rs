//! Codec cases that are made, not written: too many datagrams for a file, all alike but for one detail.
//! The seed is fixed, so that every run asks the same.

use crate::seed;
use flate2::{Compress, Compression, FlushCompress, Status};
use rand::RngExt;
use serde_json::{Value, json};

use super::decode::outline;
use super::encode::same_meaning;
use super::{Encoded, ask_decode, ask_encode, case, failure, first_difference};
use crate::attach::Adapter;
use crate::cases::Case;
use crate::oracle::outgoing::{Circumstances, advise};
use crate::oracle::{canonical, decode};
use crate::verdict::{Direction, Verdict};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "MGP1-FRM-011/every-level",
            &["MGP1-FRM-011"],
            "inflaters that know one compression level, or stop at a flush point",
            every_level,
        ),
        case(
            "MGP1-FRM-013/every-prefix",
            &["MGP1-FRM-013", "MGP1-FRM-016"],
            "inflaters that hand out what they have when the stream breaks off, the checksum included",
            every_prefix,
        ),
        case(
            "MGP1-FRM-014/every-bit",
            &["MGP1-FRM-014"],
            "inflaters that never compare the checksum",
            every_bit,
        ),
        case(
            "MGP1-JSN-016/random-doubles",
            &["MGP1-JSN-016"],
            "parsers that take the fast path and are one unit in the last place off",
            random_doubles,
        ),
        case(
            "MGP1-JSN-017/relay",
            &["MGP1-JSN-017", "MGP1-JSN-010"],
            "codecs that bend a value between receiving and sending",
            relay,
        ),
        case(
            "MGP1-JSN-018/canonical",
            &["MGP1-JSN-018"],
            "serialisers that sort by UTF-8 bytes, escape too much or print numbers their own way",
            canonical_form,
        ),
        case(
            "MGP1-ERR-001/mutated",
            &["MGP1-ERR-001", "MGP1-ERR-005"],
            "checks out of order, and decoders that a stray byte stops",
            mutated,
        ),
    ]
}

const PEER: &str = "p1";

/// A meaning of type GOSSIP that carries these values, one entry each.
fn gossip_of(values: &[Value]) -> Value {
    let mut entries = serde_json::Map::new();
    for (index, value) in values.iter().enumerate() {
        entries.insert(
            format!("k{index}"),
            json!({"value": value, "timestamp": 1_760_000_000_000u64, "version": "v", "sourceNode": PEER, "deleted": false}),
        );
    }
    let own = json!({
        "host": "127.0.0.1", "port": 9001, "state": "ALIVE", "lastSeen": 1_760_000_000_000u64,
        "updated": 1_760_000_000_000u64, "metadata": {"zone": "bkc"},
    });
    json!({
        "protocolVersion": 1, "cluster": "", "type": "GOSSIP", "senderId": PEER, "messageId": "fT2_0aXq3Lw",
        "timestamp": 1_760_000_000_000u64,
        "data": {"localData": entries, "membership": {PEER: own}, "heartbeats": {"p2": 1_759_999_999_000u64}},
    })
}

/// A zlib stream of a text, with a flush point after each so many bytes.
fn deflate(text: &[u8], level: u32, flush_each: usize) -> Vec<u8> {
    let mut stream = Vec::with_capacity(text.len() + 4_096);
    let mut zlib = Compress::new(Compression::new(level), true);
    for chunk in text.chunks(flush_each) {
        // Memory is ample and the input valid, so neither call can fail.
        let _ = zlib.compress_vec(chunk, &mut stream, FlushCompress::Sync);
    }
    while let Ok(Status::Ok) = zlib.compress_vec(&[], &mut stream, FlushCompress::Finish) {}
    stream
}

fn received(requirement: &str, expected: String, actual: String, datagram: &[u8]) -> Verdict {
    failure(requirement, expected, actual, Direction::Received, datagram)
}

/// Asks for a datagram that the oracle accepts and compares meaning and skips with the oracle's.
fn accepts(adapter: &mut dyn Adapter, requirement: &str, datagram: &[u8]) -> Result<(), Verdict> {
    let answer = ask_decode(adapter, datagram)?;
    match first_difference(&decode(datagram).to_value(), &answer) {
        None => Ok(()),
        Some(found) => Err(received(
            requirement,
            format!("{} = {}", found.path, found.expected),
            format!("{} = {}", found.path, found.actual),
            datagram,
        )),
    }
}

fn every_level(adapter: &mut dyn Adapter) -> Result<(), Verdict> {
    let text = canonical(&gossip_of(&[json!(
        "a value of some length, a value of some length"
    )]));
    for level in 0..=9 {
        for flush_each in [usize::MAX, 100, 7] {
            let stream = deflate(text.as_bytes(), level, flush_each);
            accepts(adapter, "MGP1-FRM-011", &stream)?;
        }
    }
    Ok(())
}

fn every_prefix(adapter: &mut dyn Adapter) -> Result<(), Verdict> {
    let text = canonical(&gossip_of(&[json!("a"), json!("b")]));
    let stream = deflate(text.as_bytes(), 6, usize::MAX);
    for end in 2..stream.len() {
        let answer = ask_decode(adapter, &stream[..end])?;
        if answer["reason"] != "inflate.truncated" {
            return Err(received(
                "MGP1-FRM-013",
                format!("inflate.truncated for {end} of {} bytes", stream.len()),
                outline(&answer),
                &stream[..end],
            ));
        }
    }
    Ok(())
}

fn every_bit(adapter: &mut dyn Adapter) -> Result<(), Verdict> {
    let text = canonical(&gossip_of(&[json!("abcabcabc")]));
    let stream = deflate(text.as_bytes(), 6, usize::MAX);
    for bit in 16..stream.len() * 8 {
        let mut flipped = stream.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        // Which fault a damaged stream shows first depends on the inflater; that it shows one does not.
        same_step(adapter, "MGP1-FRM-014", &flipped)?;
    }
    Ok(())
}

/// Compares verdict and step with the oracle's.
fn same_step(adapter: &mut dyn Adapter, requirement: &str, datagram: &[u8]) -> Result<(), Verdict> {
    let expected = decode(datagram).to_value();
    let answer = ask_decode(adapter, datagram)?;
    if answer["verdict"] == expected["verdict"] && answer["step"] == expected["step"] {
        return Ok(());
    }
    Err(received(
        requirement,
        outline(&expected),
        outline(&answer),
        datagram,
    ))
}

fn random_doubles(adapter: &mut dyn Adapter) -> Result<(), Verdict> {
    let mut random = seed::rng("codec: doubles");
    for _ in 0..200 {
        let mut values = Vec::new();
        while values.len() < 12 {
            let double = f64::from_bits(random.random());
            if double.is_finite() && double != 0.0 {
                values.push(json!(double));
            }
        }
        let datagram = canonical(&gossip_of(&[Value::Array(values)]));
        accepts(adapter, "MGP1-JSN-016", datagram.as_bytes())?;
    }
    Ok(())
}

/// Values that some codec is known to bend.
fn delicate_values() -> Vec<Value> {
    vec![
        json!(null),
        json!([]),
        json!({}),
        json!({"": {"": ""}}),
        json!([false, true, 0, 1, "0", "", [[]], [{}]]),
        json!([
            9007199254740991u64,
            -9007199254740991i64,
            9007199254740992u64
        ]),
        json!([
            1.7976931348623157e308,
            5e-324,
            2.2250738585072014e-308,
            1e21,
            1e-7,
            1e23
        ]),
        json!([0.1, -444.94062967951197, 1e-6, 3.4028234663852886e38]),
        json!("\u{0}\u{1f}\u{7f}\u{80}\u{2028}\u{2029}\u{fffe}\u{ffff}\u{10ffff}"),
        json!("é e\u{301} ß ﬀ İ \u{1f600} \u{1f469}\u{200d}\u{1f680}"),
        json!("\"\\/<>&'\u{8}\u{c}\n\r\t"),
        json!({"__proto__": 1, "constructor": {}, "toString": null}),
        json!({"\u{e000}": 1, "\u{1f600}": 2, "10": 3, "9": 4, "a": 5, "A": 6}),
        json!({"timestamp": "x", "deleted": 1, "$type": "Int", "@class": "java.util.HashMap"}),
        json!("2026-01-01T00:00:00Z"),
        json!("9".repeat(60)),
        json!("x".repeat(500)),
    ]
}

fn encoded(
    adapter: &mut dyn Adapter,
    requirement: &str,
    message: &Value,
) -> Result<Vec<u8>, Verdict> {
    match ask_encode(adapter, message)? {
        Encoded::Datagram(datagram) => Ok(datagram),
        Encoded::Refused(reason) => Err(Verdict::fail(
            requirement,
            "a datagram",
            format!("refused: {reason}"),
        )),
    }
}

fn relay(adapter: &mut dyn Adapter) -> Result<(), Verdict> {
    for value in delicate_values() {
        let message = gossip_of(&[value]);
        let text = canonical(&message);
        let answer = ask_decode(adapter, text.as_bytes())?;
        accepts(adapter, "MGP1-JSN-017", text.as_bytes())?;
        let datagram = encoded(adapter, "MGP1-JSN-017", &answer["message"])?;
        same_meaning("MGP1-JSN-017", &message, &datagram)?;
    }
    Ok(())
}

fn canonical_form(adapter: &mut dyn Adapter) -> Result<(), Verdict> {
    for value in delicate_values() {
        let message = gossip_of(&[value]);
        let datagram = encoded(adapter, "MGP1-JSN-018", &message)?;
        same_meaning("MGP1-JSN-018", &message, &datagram)?;
        let advice = advise(&datagram, &Circumstances::default());
        if let Some(breach) = advice.iter().find(|it| it.requirement == "MGP1-JSN-018") {
            return Err(failure(
                "MGP1-JSN-018",
                "a text in canonical form",
                breach.line.clone(),
                Direction::Sent,
                &datagram,
            ));
        }
    }
    Ok(())
}

fn mutated(adapter: &mut dyn Adapter) -> Result<(), Verdict> {
    let mut random = seed::rng("codec: mutants");
    let original = canonical(&gossip_of(&[json!({"a": [1, "two", null]})])).into_bytes();
    for _ in 0..1_500 {
        let mut datagram = original.clone();
        for _ in 0..random.random_range(1..=2) {
            let at = random.random_range(0..datagram.len());
            match random.random_range(0..4) {
                0 => datagram[at] = random.random(),
                1 => drop(datagram.remove(at)),
                2 => datagram.insert(at, datagram[at]),
                _ => datagram[at] = b"{}[]\",:01x\\u \0\xff"[random.random_range(0..15)],
            }
        }
        // What an integer written with a point, an exponent or a sign means is left open (chapter 3).
        if has_open_number(&datagram) {
            continue;
        }
        same_step(adapter, "MGP1-ERR-001", &datagram)?;
    }
    Ok(())
}

/// Whether a point, sign or exponent stands next to a digit; the original has none but in its address.
fn has_open_number(datagram: &[u8]) -> bool {
    let text = String::from_utf8_lossy(datagram).replace("127.0.0.1", "");
    let bytes = text.as_bytes();
    bytes.windows(2).any(|pair| {
        let is_digit = |byte: u8| byte.is_ascii_digit();
        let is_mark = |byte: u8| matches!(byte, b'.' | b'e' | b'E' | b'-');
        (is_digit(pair[0]) && is_mark(pair[1])) || (is_mark(pair[0]) && is_digit(pair[1]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_original_of_the_mutated_datagrams_holds_no_open_number() {
        let original = canonical(&gossip_of(&[json!({"a": [1, "two", null]})]));
        assert!(!has_open_number(original.as_bytes()));
    }
}
