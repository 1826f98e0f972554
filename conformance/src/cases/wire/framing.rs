//! Chapter 2: what is a datagram and what is not.

use std::io::Write;
use std::time::Duration;

use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use flate2::{Compression, FlushCompress};
use serde_json::json;

use super::bench::{Bench, Iut, Outcome, brief};
use super::case;
use super::ignore::Offences;
use super::rotation::ROTATION;
use crate::cases::Case;
use crate::verdict::Verdict;
use crate::wire::message::{self, entry, with};
use crate::wire::{Peer, Received, wall_ms};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "MGP1-FRM-001/every-datagram-is-one-message",
            &["MGP1-JSN-010", "MGP1-JSN-015", "MGP1-FRM-005"],
            "a sender whose datagrams other nodes cannot read, or only with a lenient parser",
            every_datagram_is_one_message,
        ),
        case(
            "MGP1-FRM-002/never-over-1400-bytes",
            &["MGP1-DIS-008", "MGP1-DIS-009"],
            "a sender that puts its whole store into one datagram, or always the same part of it",
            never_over_1400_bytes,
        ),
        case(
            "MGP1-FRM-003/short-texts-are-raw",
            &[],
            "a sender that compresses everything",
            short_texts_are_raw,
        ),
        case(
            "MGP1-FRM-004/long-texts-are-compressed",
            &[],
            "a sender that never compresses",
            long_texts_are_compressed,
        ),
        case(
            "MGP1-FRM-006/sixty-thousand-bytes",
            &["MGP1-FRM-008"],
            "a receive buffer of 1,400 or 2,048 bytes that cuts what others may send",
            sixty_thousand_bytes,
        ),
        case(
            "MGP1-FRM-006/largest-datagram",
            &[],
            "a receive buffer that is a few bytes short of the largest UDP payload",
            largest_datagram,
        ),
        case(
            "MGP1-FRM-007/empty-datagram",
            &["MGP1-ERR-005"],
            "a receive loop that takes zero bytes for the end of the stream",
            empty_datagram,
        ),
        case(
            "MGP1-FRM-008/raw-accepted",
            &["MGP1-FRM-009", "MGP1-MRG-004"],
            "a node that reads only compressed messages",
            raw_accepted,
        ),
        case(
            "MGP1-FRM-009/zlib-accepted-at-any-length",
            &["MGP1-FRM-011"],
            "a receiver that binds itself to the threshold for senders",
            zlib_accepted_at_any_length,
        ),
        case(
            "MGP1-FRM-011/every-way-to-compress",
            &["MGP1-FRM-009"],
            "a receiver that looks for 78 9C, or that stops at a flush point",
            every_way_to_compress,
        ),
        case(
            "MGP1-FRM-010/unknown-frames",
            &["MGP1-ERR-003"],
            "a receiver that guesses at gzip, raw deflate, white space or a byte order mark",
            unknown_frames,
        ),
        case(
            "MGP1-FRM-012/text-limit",
            &["MGP1-ERR-005"],
            "a receiver that inflates 64 MB from one datagram, or cuts a text that is just within the limit",
            text_limit,
        ),
        case(
            "MGP1-FRM-013/truncated-streams",
            &["MGP1-FRM-016"],
            "a receiver that uses the text although the checksum never came",
            truncated_streams,
        ),
        case(
            "MGP1-FRM-014/corrupt-streams",
            &["MGP1-FRM-016"],
            "a receiver that does not check the Adler-32 checksum",
            corrupt_streams,
        ),
        case(
            "MGP1-FRM-015/trailing-bytes",
            &[],
            "a receiver that ignores what follows the stream, where others reject it",
            trailing_bytes,
        ),
    ]
}

/// Sends bytes that carry the entry `k` = "frame" and waits until it is gossiped.
fn taken(
    bench: &Bench<'_>,
    iut: &Iut,
    peer: &Peer,
    requirement: &str,
    what: &str,
    key: &str,
    bytes: &[u8],
) -> Outcome {
    let mark = peer.mark();
    bench.send_bytes(iut, peer, bytes)?;
    bench.alive(iut, peer)?;
    let seen = peer.wait_since(mark, iut.soon(), |received| received.entry(key).is_some());
    bench
        .must(
            iut,
            requirement,
            &format!("the entry `{key}` in {what} is taken and gossiped"),
            seen,
        )
        .map(|_| ())
}

fn text_with(peer: &Peer, key: &str) -> Vec<u8> {
    message::text(&peer.gossip_entries([(key, entry(json!("frame"), wall_ms(), "v1", peer.id()))]))
}

/// Lets the node hold much to say, and collects what it says in its rounds and in answers.
fn all_it_says(
    bench: &Bench<'_>,
    entries: usize,
    rounds: usize,
) -> Result<(Iut, Peer, Vec<Received>), Verdict> {
    let (iut, peer) = bench.pair()?;
    fill(bench, &iut, &peer, entries)?;
    bench.rounds(&iut, &peer, rounds)?;
    bench.alive(&iut, &peer)?;
    bench.works(&iut, &peer)?;
    let said = peer.received_since(0);
    Ok((iut, peer, said))
}

/// Gives the node that many entries of about 130 bytes.
fn fill(bench: &Bench<'_>, iut: &Iut, peer: &Peer, entries: usize) -> Outcome {
    let names: Vec<String> = (0..entries).map(|number| format!("key-{number}")).collect();
    for names in names.chunks(10) {
        let now = wall_ms();
        // Hardly compressible, as real values may be.
        let filled = names.iter().map(|name| {
            let noise: String = (0..4)
                .map(|_| format!("{:016x}", rand::random::<u64>()))
                .collect();
            (name.as_str(), entry(json!(noise), now, "v1", peer.id()))
        });
        bench.send(iut, peer, &peer.gossip_entries(filled))?;
        // An answer in between: the node's socket buffer is not the matter here.
        bench.alive(iut, peer)?;
    }
    Ok(())
}

fn every_datagram_is_one_message(bench: &Bench<'_>) -> Outcome {
    let (_, _, said) = all_it_says(bench, 40, 5)?;
    for received in &said {
        let text = received.text().unwrap_or_default();
        bench.check(
            received.message().is_some(),
            "MGP1-FRM-001",
            "every datagram that the node sends is a message by chapters 2 to 5",
            brief(&received.decoded.to_value()),
        )?;
        bench.check(
            received.is_raw() || received.bytes.len() < text.len(),
            "MGP1-FRM-005",
            "a zlib stream is smaller than the text in it",
            format!(
                "{} bytes for a text of {}",
                received.bytes.len(),
                text.len()
            ),
        )?;
    }
    Ok(())
}

fn never_over_1400_bytes(bench: &Bench<'_>) -> Outcome {
    let iut = bench.node_with(|settings| settings.gossip_interval_ms = 50)?;
    // Many datagrams full; where a round takes long, no more than it takes to see that they are several.
    let entries = if iut.interval_ms < 500 { 300 } else { 60 };
    let peer = bench.peer("p1")?;
    bench.join(&iut, &peer)?;
    fill(bench, &iut, &peer, entries)?;
    let began = bench.alive(&iut, &peer)?.timestamp();
    let mark = peer.mark();
    let mut missing: Vec<String> = (0..entries).map(|number| format!("key-{number}")).collect();
    // By the node's own clock: its rounds are at most eleven tenths of an interval apart.
    let rounds = iut.interval_ms * ROTATION as u64;
    let end = began + rounds * 11 / 10;
    let within = iut.soon() + Duration::from_millis(2 * rounds);
    let over = peer.wait_since(mark, within, |received| {
        missing.retain(|key| received.entry(key).is_none());
        missing.is_empty() || received.timestamp() > end
    });
    if let Some(large) = peer
        .received_since(0)
        .iter()
        .find(|received| received.bytes.len() > 1_400)
    {
        return Err(bench.fail(
            "MGP1-FRM-002",
            "no datagram of more than 1,400 bytes",
            format!("a {} of {} bytes", large.kind(), large.bytes.len()),
        ));
    }
    let expected = "rounds of gossip that go on";
    bench.must_within(&iut, "MGP1-DIS-002", expected, over, within)?;
    bench.check(
        missing.is_empty(),
        "MGP1-DIS-009",
        format!("each of {entries} entries is gossiped in {ROTATION} rounds"),
        format!(
            "{} were not, `{}` for one",
            missing.len(),
            missing.first().map_or("", String::as_str)
        ),
    )
}

fn short_texts_are_raw(bench: &Bench<'_>) -> Outcome {
    let (_, _, said) = all_it_says(bench, 1, 5)?;
    for received in said.iter().filter(|received| !received.is_raw()) {
        let length = received.text().map_or(0, |text| text.len());
        bench.check(
            length > 512,
            "MGP1-FRM-003",
            "a text of at most 512 bytes goes raw",
            format!(
                "a {} with a text of {length} bytes is compressed",
                received.kind()
            ),
        )?;
    }
    Ok(())
}

fn long_texts_are_compressed(bench: &Bench<'_>) -> Outcome {
    let (_, _, said) = all_it_says(bench, 40, 5)?;
    let is_long = |received: &&Received| received.text().is_some_and(|text| text.len() > 512);
    if !said.iter().any(|received| is_long(&received)) {
        return Err(Verdict::open(
            "no text of more than 512 bytes was seen: in five rounds the node, which holds forty entries of 130 bytes, sent none",
            "put more than one entry into a GOSSIP where there is room; while every text is short, MGP1-FRM-004 asks nothing of this node",
        ));
    }
    // PINGs to addresses that are not validated go raw by MGP1-MSG-025.
    for received in said
        .iter()
        .filter(|received| received.is_raw() && received.kind() != "PING")
    {
        let smallest = message::zlib(&received.bytes, 6).len();
        bench.check(
            received.bytes.len() <= 512 || smallest >= received.bytes.len(),
            "MGP1-FRM-004",
            "a text of more than 512 bytes is compressed where that makes it smaller",
            format!(
                "a {} of {} bytes is raw; compressed it has {smallest}",
                received.kind(),
                received.bytes.len()
            ),
        )?;
    }
    Ok(())
}

/// A GOSSIP of exactly that many bytes.
fn gossip_of(peer: &Peer, key: &str, length: usize) -> Vec<u8> {
    let mut text = text_with(peer, key);
    // White space after the object belongs to the text (MGP1-JSN-003).
    text.resize(length, b' ');
    text
}

fn sixty_thousand_bytes(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let names: Vec<String> = (0..100).map(|number| format!("wide-{number}")).collect();
    let now = wall_ms();
    let entries = names.iter().map(|name| {
        (
            name.as_str(),
            entry(json!("w".repeat(480)), now, "v1", "p1"),
        )
    });
    let mut text = message::text(&peer.gossip_entries(entries));
    text.resize(60_000, b' ');
    let mark = peer.mark();
    bench.send_bytes(&iut, &peer, &text)?;
    bench.alive(&iut, &peer)?;
    // The text is one JSON object: one entry that comes back shows that all of it was read. Which one comes first is the node's choice.
    let seen = peer.wait_since(mark, iut.soon(), |received| {
        names.iter().any(|name| received.entry(name).is_some())
    });
    bench.must(
        &iut,
        "MGP1-FRM-006",
        "an entry of a datagram of 60,000 bytes is gossiped",
        seen,
    )?;
    Ok(())
}

fn largest_datagram(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let largest = gossip_of(&peer, "largest", 65_507);
    taken(
        bench,
        &iut,
        &peer,
        "MGP1-FRM-006",
        "a datagram of 65,507 bytes",
        "largest",
        &largest,
    )
}

fn empty_datagram(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    offences.add("a datagram of zero bytes", Vec::new());
    offences.add("and another", Vec::new());
    offences.are_ignored(&iut, "MGP1-FRM-007")
}

fn raw_accepted(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let sent = entry(json!({"a": [1, "x", null]}), wall_ms(), "v1", peer.id());
    let mark = peer.mark();
    bench.send(&iut, &peer, &peer.gossip_entries([("raw", sent.clone())]))?;
    bench.sees_entry(&iut, &peer, mark, "MGP1-FRM-008", "raw", &sent)
}

fn zlib_accepted_at_any_length(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let short = message::zlib(&text_with(&peer, "short"), 6);
    taken(
        bench,
        &iut,
        &peer,
        "MGP1-FRM-009",
        "a zlib stream of a short text",
        "short",
        &short,
    )?;
    let long = message::zlib(&gossip_of(&peer, "long", 40_000), 6);
    taken(
        bench,
        &iut,
        &peer,
        "MGP1-FRM-009",
        "a zlib stream of a text of 40,000 bytes",
        "long",
        &long,
    )
}

/// A stream that is flushed after every few bytes, with all the empty blocks that brings.
fn with_flush_points(text: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    for piece in text.chunks(40) {
        encoder
            .write_all(piece)
            .and_then(|()| encoder.flush())
            .expect("writing into memory");
    }
    encoder
        .flush()
        .and_then(|()| encoder.finish())
        .expect("writing into memory")
}

/// The same stream under another window size and level hint. A larger window than the encoder used is always right.
fn with_header(mut stream: Vec<u8>, first: u8, level: u8) -> Vec<u8> {
    let without_check = u16::from(first) * 256 + u16::from(level << 6);
    let check = (31 - without_check % 31) % 31;
    stream[0] = first;
    stream[1] = (level << 6) | u8::try_from(check).unwrap_or(0);
    stream
}

fn every_way_to_compress(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    for level in [0, 1, 9] {
        let key = format!("level-{level}");
        let stream = message::zlib(&text_with(&peer, &key), level);
        taken(
            bench,
            &iut,
            &peer,
            "MGP1-FRM-011",
            &format!("a stream of level {level}"),
            &key,
            &stream,
        )?;
    }
    let stream = with_flush_points(&text_with(&peer, "flushed"));
    taken(
        bench,
        &iut,
        &peer,
        "MGP1-FRM-011",
        "a stream with flush points",
        "flushed",
        &stream,
    )?;
    // Stored blocks have no back-reference, so each declared window is right for them.
    for window in [0x08_u8, 0x38, 0x78] {
        for hint in 0..4 {
            let key = format!("header-{window:02x}-{hint}");
            let stream = with_header(message::zlib(&text_with(&peer, &key), 0), window, hint);
            let header = format!("a stream that begins {:02x} {:02x}", stream[0], stream[1]);
            taken(bench, &iut, &peer, "MGP1-FRM-009", &header, &key, &stream)?;
        }
    }
    Ok(())
}

fn unknown_frames(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    let before = |prefix: &'static [u8]| move |text: String| [prefix, text.as_bytes()].concat();
    offences.add_text("a space before the text", before(b" "))?;
    offences.add_text("a line feed before the text", before(b"\n"))?;
    offences.add_text("a byte order mark before the text", before(b"\xEF\xBB\xBF"))?;
    offences.add_text("a zero before the text", before(b"\0"))?;
    offences.add_text("the text in an array", |text| {
        format!("[{text}]").into_bytes()
    })?;
    offences.add_text("gzip", |text| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder
            .write_all(text.as_bytes())
            .and_then(|()| encoder.finish())
            .expect("writing into memory")
    })?;
    offences.add_text("raw deflate", |text| {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder
            .write_all(text.as_bytes())
            .and_then(|()| encoder.finish())
            .expect("writing into memory")
    })?;
    offences.add_text("a zlib header that fails its check", |text| {
        let mut stream = message::zlib(text.as_bytes(), 6);
        stream[1] ^= 1;
        stream
    })?;
    offences.add_text("a zlib header with a window of 64 KiB", |text| {
        with_header(message::zlib(text.as_bytes(), 6), 0x88, 2)
    })?;
    offences.add_text("a zlib header that asks for a preset dictionary", |text| {
        let mut stream = message::zlib(text.as_bytes(), 6);
        // 78 BB: the check holds and the dictionary bit is set.
        stream[1] = 0xBB;
        stream
    })?;
    offences.add_text("UTF-16", |text| {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    })?;
    let ping = message::text(&offences.ping());
    offences.add("a PING behind a space", [b" ", ping.as_slice()].concat());
    offences.add("one byte that begins a zlib stream", vec![0x78]);
    offences.are_ignored(&iut, "MGP1-FRM-010")
}

/// A zlib stream of that many zeros: about a thousandth of it.
fn bomb(length: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let piece = vec![b' '; 65_536];
    encoder.write_all(b"{").expect("writing into memory");
    for _ in 0..length / piece.len() {
        encoder.write_all(&piece).expect("writing into memory");
    }
    encoder.finish().expect("writing into memory")
}

fn text_limit(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let most = message::zlib(&gossip_of(&peer, "most", 65_536), 9);
    taken(
        bench,
        &iut,
        &peer,
        "MGP1-FRM-012",
        "a text of 65,536 bytes",
        "most",
        &most,
    )?;
    let mut offences = Offences::new(bench, &peer);
    offences.add_text("a text of 65,537 bytes", |text| {
        let mut text = text.into_bytes();
        text.resize(65_537, b' ');
        message::zlib(&text, 9)
    })?;
    offences.add("60,000 bytes that inflate to 60 MB", bomb(60_000_000));
    offences.are_ignored(&iut, "MGP1-FRM-012")
}

fn truncated_streams(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    for missing in [1, 2, 3, 4] {
        offences.add_text(
            &format!("a stream without its last {missing} bytes of checksum"),
            |text| {
                let mut stream = message::zlib(text.as_bytes(), 6);
                stream.truncate(stream.len() - missing);
                stream
            },
        )?;
    }
    offences.add_text("half a stream", |text| {
        let stream = message::zlib(text.as_bytes(), 6);
        stream[..stream.len() / 2].to_vec()
    })?;
    offences.add_text("a stream that is flushed and never finished", |text| {
        let mut stream = Vec::with_capacity(4_096);
        flate2::Compress::new(Compression::fast(), true)
            .compress_vec(text.as_bytes(), &mut stream, FlushCompress::Sync)
            .expect("the buffer is large enough");
        stream
    })?;
    offences.add("a zlib header and nothing more", vec![0x78, 0x9C]);
    offences.are_ignored(&iut, "MGP1-FRM-013")
}

fn corrupt_streams(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    for from_end in [1, 4] {
        offences.add_text(
            &format!("a wrong checksum, {from_end} from the end"),
            |text| {
                let mut stream = message::zlib(text.as_bytes(), 6);
                let at = stream.len() - from_end;
                stream[at] ^= 0x01;
                stream
            },
        )?;
    }
    offences.add_text("a stored block whose lengths disagree", |text| {
        let mut stream = message::zlib(text.as_bytes(), 0);
        stream[5] ^= 0xFF;
        stream
    })?;
    offences.add(
        "a block of the reserved type",
        vec![0x78, 0x9C, 0x07, 0, 0, 0, 0, 0, 1],
    );
    offences.add_text(
        "a stored text that was changed after the checksum",
        |text| {
            let mut stream = message::zlib(text.as_bytes(), 0);
            let last = stream.len() - 6;
            stream[last] = b' ';
            stream
        },
    )?;
    offences.are_ignored(&iut, "MGP1-FRM-014")
}

fn trailing_bytes(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    for (what, tail) in [
        ("a zero", &b"\0"[..]),
        ("a line feed", b"\n"),
        ("four bytes", b"tail"),
    ] {
        offences.add_text(&format!("{what} after the stream"), |text| {
            [message::zlib(text.as_bytes(), 6).as_slice(), tail].concat()
        })?;
    }
    offences.add_text("a second stream after the first", |text| {
        let stream = message::zlib(text.as_bytes(), 6);
        [stream.as_slice(), &stream].concat()
    })?;
    let compressed_ping = message::zlib(
        &message::text(&with(offences.ping(), "data/pad", json!("x"))),
        6,
    );
    offences.add(
        "a PING with a zero after its stream",
        [compressed_ping.as_slice(), b"\0"].concat(),
    );
    offences.are_ignored(&iut, "MGP1-FRM-015")
}
