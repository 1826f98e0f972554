//! What reaching the Java node through JNI costs, beside the same call on the Rust node in this process.
//!
//! `cargo bench -p conformance --bench jni`; the median of `decode` in microseconds is a million divided by round trips per second.

use conformance::attach::Adapter;
use conformance::attach::java::JavaJni;
use conformance::attach::rust::RustInProcess;
use divan::counter::ItemsCount;
use serde_json::{Value, json};

/// Calls before the first measurement.
const WARM_UP: u32 = 20_000;

fn main() {
    let java = match JavaJni::new() {
        Ok(java) => java,
        Err(why) => {
            eprintln!("{why}");
            std::process::exit(1);
        }
    };
    // The virtual machine interprets at first; what is measured is what a long run has.
    let (datagram, meaning) = (datagram(), gossip().to_string().into_bytes());
    for _ in 0..WARM_UP {
        java.decode(&datagram).expect("an answer");
        java.encode(&meaning).expect("an answer");
    }
    divan::main();
}

/// A GOSSIP of about 1,400 bytes: its own record, eight others and entries.
fn gossip() -> Value {
    let record = |port: u16| {
        json!({"host": "127.0.0.1", "port": port, "state": "ALIVE", "lastSeen": 1_760_000_000_000_u64,
        "updated": 1_759_999_990_000_u64, "metadata": {}})
    };
    let mut membership = json!({"node-0": record(9100)});
    for i in 1..5_u16 {
        membership[format!("node-{i}")] = record(9100 + i);
    }
    let mut local_data = json!({});
    for i in 0..5 {
        local_data[format!("office-{i}")] = json!({"value": {"count": i * 25, "status": "operational"}, "deleted": false,
            "timestamp": 1_760_000_000_000_u64, "version": "aB3dE6gH", "sourceNode": "node-0"});
    }
    json!({"protocolVersion": 1, "cluster": "", "type": "GOSSIP", "senderId": "node-0", "messageId": "fT2_0aXq3Lw",
        "timestamp": 1_760_000_000_000_u64, "data": {"membership": membership, "localData": local_data, "heartbeats": {}}})
}

fn datagram() -> Vec<u8> {
    gossip().to_string().into_bytes()
}

#[divan::bench(min_time = 1)]
fn java_decode_bytes(bencher: divan::Bencher) {
    let java = JavaJni::new().expect("checked in main");
    let datagram = datagram();
    bencher
        .counter(ItemsCount::new(1_u32))
        .bench(|| java.decode(&datagram).expect("an answer"));
}

#[divan::bench(min_time = 1)]
fn java_round_trip_bytes(bencher: divan::Bencher) {
    let java = JavaJni::new().expect("checked in main");
    let datagram = datagram();
    let meaning = gossip().to_string().into_bytes();
    bencher.counter(ItemsCount::new(1_u32)).bench(|| {
        let decoded = java.decode(&datagram).expect("an answer");
        let encoded = java.encode(&meaning).expect("an answer");
        (decoded, encoded)
    });
}

#[divan::bench(min_time = 1)]
fn java_decode_request(bencher: divan::Bencher) {
    let mut java = JavaJni::new().expect("checked in main");
    let request = json!({"op": "decode", "datagram": hex::encode(datagram())});
    bencher
        .counter(ItemsCount::new(1_u32))
        .bench_local(|| java.request(request.clone()).expect("an answer"));
}

#[divan::bench(min_time = 1)]
fn rust_decode_request(bencher: divan::Bencher) {
    let mut rust = RustInProcess::new();
    let request = json!({"op": "decode", "datagram": hex::encode(datagram())});
    bencher
        .counter(ItemsCount::new(1_u32))
        .bench_local(|| rust.request(request.clone()).expect("an answer"));
}
