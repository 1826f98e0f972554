//! Nodes over loopback UDP. Every wait is for an event, with a deadline.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mumbai_gossip::runtime::{Node, NodeConfig, NodeError, StartError};
use mumbai_gossip::wire::{Refusal, State};
use serde_json::json;

const DEADLINE: Duration = Duration::from_secs(30);

fn config(id: &str, seeds: &[SocketAddr]) -> NodeConfig {
    let mut config = NodeConfig::new(id, "127.0.0.1:0".parse().unwrap());
    config.seeds = seeds.to_vec();
    config.parameters.gossip_interval = 50;
    config.parameters.suspect_timeout = 400;
    config.parameters.failure_timeout = 800;
    config
}

async fn state(node: &Node, id: &str) -> Option<State> {
    let members = node.members().await.unwrap();
    members.get(id).map(|m| m.record.state)
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !holds().await {
        assert!(Instant::now() < end, "still not so: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_nodes_meet_share_and_part() {
    let a = Node::start(config("a", &[])).await.unwrap();
    let seeds = [a.local_addr()];
    let b = Node::start(config("b", &seeds)).await.unwrap();
    let c = Node::start(config("c", &seeds)).await.unwrap();
    for (node, other) in [(&a, "b"), (&a, "c"), (&b, "c"), (&c, "b")] {
        until("everybody knows everybody", async || {
            state(node, other).await == Some(State::Alive)
        })
        .await;
    }

    a.set("load", json!({"x": 0.5, "name": "é\u{1F600}"}))
        .await
        .unwrap();
    for node in [&b, &c] {
        until("the value arrives", async || {
            node.get("load").await.unwrap() == Some(json!({"x": 0.5, "name": "é\u{1F600}"}))
        })
        .await;
    }
    b.delete("load").await.unwrap();
    until("the deletion arrives", async || {
        c.get("load").await.unwrap().is_none()
    })
    .await;
    assert_eq!(
        b.delete("load").await,
        Err(NodeError::Refused(Refusal::EntryUnknown))
    );

    let port = c.local_addr();
    c.stop().await;
    until("a good-bye is heard", async || {
        state(&a, "c").await == Some(State::Dead)
    })
    .await;
    let again = std::net::UdpSocket::bind(port);
    assert!(again.is_ok(), "the port is free after stop");
    drop(again);

    b.kill().await;
    until("a death is noticed", async || {
        state(&a, "b").await == Some(State::Dead)
    })
    .await;
    a.stop().await;
}

#[tokio::test]
async fn a_node_survives_whatever_it_receives() {
    let node = Node::start(config("a", &[])).await.unwrap();
    let stranger = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let poison: [&[u8]; 5] = [b"", b"{", b"\x78\x9c", &[b'{'; 65_507], &[0xff; 1_400]];
    for datagram in poison {
        stranger.send_to(datagram, node.local_addr()).unwrap();
    }
    // Its answer to this one meets a closed port.
    let ping = br#"{"protocolVersion":1,"type":"PING","senderId":"x","messageId":"m","timestamp":5,"data":{"pingId":"p","membership":{"x":{"host":"127.0.0.1","port":9,"state":"ALIVE","lastSeen":5,"updated":5}}}}"#;
    stranger.send_to(ping, node.local_addr()).unwrap();
    until("the last one is applied", async || {
        state(&node, "x").await.is_some()
    })
    .await;
    let counters = node.status().await.unwrap().counters;
    assert_eq!(counters.values().sum::<u64>(), 5, "{counters:?}");
    assert_eq!(counters["size.empty"], 1);
    node.stop().await;
}

#[tokio::test]
async fn a_taken_port_and_an_unusable_address_are_start_errors() {
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut busy = config("a", &[]);
    busy.listen = taken.local_addr().unwrap();
    assert!(matches!(
        Node::start(busy).await,
        Err(StartError::Bind { .. })
    ));
    let mut anywhere = config("a", &[]);
    anywhere.listen = "0.0.0.0:0".parse().unwrap();
    assert!(matches!(
        Node::start(anywhere.clone()).await,
        Err(StartError::Config(_))
    ));
    anywhere.advertise = Some("127.0.0.1:0".parse().unwrap());
    let node = Node::start(anywhere).await.unwrap();
    let own = node.status().await.unwrap().own;
    assert_eq!(
        (own.host.as_str(), own.port),
        ("127.0.0.1", node.local_addr().port())
    );
    node.kill().await;
}
