//! Decode and encode of full GOSSIPs, beside the floor: plain `flate2` and `serde_json` on the same bytes, which check next to nothing.
//!
//! Both datagrams fill 1,400 bytes, raw and deflated, with records, heartbeats and entries.

use divan::{Bencher, black_box};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use mumbai_gossip::wire::frame::Frame;
use mumbai_gossip::wire::{Body, Codec, Compact, Entry, Message, Record, Sizes, State, wire_text};
use serde_json::Value;

fn main() {
    divan::main();
}

const CLOCK: u64 = 1_760_000_000_000;

fn gossip(members: u64, entries: u64) -> Message {
    // Clocks, versions and values that do not compress away.
    let noise = |n: u64| n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
    let record = |n: u64| Record {
        host: "127.0.0.1".to_owned(),
        port: u16::try_from(9_000 + n).unwrap(),
        state: State::Alive,
        last_seen: CLOCK + noise(n) % 100_000,
        updated: CLOCK,
        metadata: Compact::parse(r#"{"zone":"bkc"}"#).unwrap(),
        versions: None,
    };
    let entry = |n: u64| Entry {
        value: Compact::parse(&format!(r#"{{"load":{},"users":{n}}}"#, noise(n) % 10_000)).unwrap(),
        timestamp: CLOCK + noise(n + 1) % 1_000_000,
        version: format!("{:08x}", noise(n + 2) & 0xFFFF_FFFF),
        source_node: format!("node-{:03}", n % 20),
        deleted: false,
    };
    let heartbeat = |n: u64| (format!("node-{n:03}"), CLOCK + noise(n) % 100_000);
    let own = Record {
        last_seen: CLOCK + 99_999,
        ..record(0)
    };
    Message {
        cluster: String::new(),
        sender_id: "node-000".to_owned(),
        message_id: "fT2_0aXq3Lw".to_owned(),
        timestamp: own.last_seen,
        membership: std::iter::once(("node-000".to_owned(), own))
            .chain((1..4).map(|n| (format!("node-{n:03}"), record(n))))
            .collect(),
        body: Body::Gossip {
            local_data: (0..entries)
                .map(|n| (format!("key-{n:03}"), entry(n)))
                .collect(),
            heartbeats: (1..=members).map(heartbeat).collect(),
        },
    }
}

fn sizes(frame: Frame) -> Sizes {
    Sizes {
        compression_threshold: if frame == Frame::Zlib { 512 } else { 65_536 },
        ..Sizes::default()
    }
}

/// The fullest GOSSIP that fits, and its datagram.
fn full(frame: Frame) -> (Message, Vec<u8>) {
    let mut codec = Codec::default();
    let mut best = None;
    for entries in 1.. {
        let message = gossip(if frame == Frame::Zlib { 20 } else { 10 }, entries);
        match codec.encode(&message, sizes(frame)) {
            Ok(datagram) => best = Some((message, datagram)),
            Err(_) => break,
        }
    }
    best.unwrap()
}

#[divan::bench(args = [Frame::Raw, Frame::Zlib])]
fn decode(bencher: Bencher<'_, '_>, frame: Frame) {
    let (_, datagram) = full(frame);
    let mut codec = Codec::default();
    bencher.bench_local(|| codec.decode(black_box(&datagram)).unwrap());
}

#[divan::bench(args = [Frame::Raw, Frame::Zlib])]
fn decode_floor(bencher: Bencher<'_, '_>, frame: Frame) {
    let (_, datagram) = full(frame);
    let mut inflater = Decompress::new(true);
    let mut text = vec![0; 65_537];
    bencher.bench_local(|| -> Value {
        if frame == Frame::Raw {
            return serde_json::from_slice(black_box(&datagram)).unwrap();
        }
        inflater.reset(true);
        inflater
            .decompress(black_box(&datagram), &mut text, FlushDecompress::Finish)
            .unwrap();
        let length = usize::try_from(inflater.total_out()).unwrap();
        serde_json::from_slice(&text[..length]).unwrap()
    });
}

#[divan::bench(args = [Frame::Raw, Frame::Zlib])]
fn encode(bencher: Bencher<'_, '_>, frame: Frame) {
    let (message, _) = full(frame);
    let mut codec = Codec::default();
    bencher.bench_local(|| codec.encode(black_box(&message), sizes(frame)).unwrap());
}

#[divan::bench(args = [Frame::Raw, Frame::Zlib])]
fn encode_floor(bencher: Bencher<'_, '_>, frame: Frame) {
    let (message, _) = full(frame);
    let value: Value = serde_json::from_str(&wire_text(&message, None)).unwrap();
    let mut deflater = Compress::new(Compression::default(), true);
    let mut out = vec![0; 65_536];
    bencher.bench_local(|| {
        let text = serde_json::to_vec(black_box(&value)).unwrap();
        if frame == Frame::Raw {
            return text;
        }
        deflater.reset();
        deflater
            .compress(&text, &mut out, FlushCompress::Finish)
            .unwrap();
        out[..usize::try_from(deflater.total_out()).unwrap()].to_vec()
    });
}
