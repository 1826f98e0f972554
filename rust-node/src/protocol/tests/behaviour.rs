//! One node's behaviour, one statement each.

use serde_json::json;

use super::lab::{Lab, WALL, entry, id, peer, record};
use crate::protocol::{Event, Machine, Now, Outcome};
use crate::wire::{self, Body, Refusal, Reject, Skip, State};

#[test]
fn a_member_is_suspected_after_suspect_timeout_and_not_before() {
    let mut lab = Lab::new(|_| {});
    lab.receive(9001, "GOSSIP", json!({}));
    lab.run_to(3_000);
    assert_eq!(lab.state(9001), Some(State::Alive));
    lab.run_to(3_001);
    assert_eq!(lab.state(9001), Some(State::Suspect));
}

#[test]
fn a_silent_validated_member_dies_after_failure_timeout_and_two_pings() {
    let mut lab = Lab::new(|_| {});
    lab.befriend(9001);
    lab.answering.clear();
    let last = lab.mono;
    lab.receive(9001, "GOSSIP", json!({}));
    let last_seen = lab.machine.status().members["p9001"].record.last_seen;
    lab.run_to(last + 5_000);
    assert_eq!(lab.state(9001), Some(State::Suspect));
    lab.run_to(last + 5_001);
    assert_eq!(lab.state(9001), Some(State::Dead));
    let probes: Vec<_> = lab
        .pings_to(9001)
        .into_iter()
        .filter(|at| *at > last)
        .collect();
    assert_eq!(probes[..3], [last + 2_000, last + 2_500, last + 3_000]);
    assert_eq!(
        lab.machine.status().members["p9001"].record.last_seen,
        last_seen,
        "its lastSeen is as it was"
    );
}

#[test]
fn a_member_that_cannot_be_pinged_enough_dies_at_twice_failure_timeout() {
    let mut lab = Lab::new(|config| config.parameters.fanout = 1);
    for port in 9001..9041 {
        lab.receive(port, "GOSSIP", json!({}));
    }
    lab.run_to(10_000);
    let suspects = (9001..9041).filter(|p| lab.state(*p) == Some(State::Suspect));
    assert!(suspects.count() > 20);
    lab.run_to(10_001);
    assert!((9001..9041).all(|p| lab.state(p) == Some(State::Dead)));
}

#[test]
fn a_member_that_answers_stays_alive() {
    let mut lab = Lab::new(|_| {});
    lab.befriend(9001);
    lab.run_to(60_000);
    assert_eq!(lab.state(9001), Some(State::Alive));
    let bad = |e: &Event| {
        matches!(
            e,
            Event::Member {
                to: Some(State::Suspect | State::Dead),
                ..
            }
        )
    };
    assert!(!lab.events.iter().any(bad));
}

#[test]
fn a_paused_process_suspects_nobody() {
    let mut lab = Lab::new(|_| {});
    lab.receive(9001, "GOSSIP", json!({}));
    lab.mono = 60_000;
    lab.tick();
    assert_eq!(lab.state(9001), Some(State::Alive));
    lab.run_to(63_000);
    assert_eq!(lab.state(9001), Some(State::Alive));
    lab.run_to(63_001);
    assert_eq!(lab.state(9001), Some(State::Suspect));
}

#[test]
fn a_greater_last_seen_revives_and_a_smaller_one_does_not() {
    let mut lab = Lab::new(|_| {});
    lab.receive(9001, "GOSSIP", json!({}));
    let about = |state: &str, clock| json!({"membership": {"p9001": record(9001, clock, state)}});
    lab.receive(9002, "GOSSIP", about("DEAD", WALL + 5));
    assert_eq!(lab.state(9001), Some(State::Dead));
    lab.receive(9002, "GOSSIP", about("ALIVE", WALL + 5));
    assert_eq!(lab.state(9001), Some(State::Dead));
    lab.receive(9002, "GOSSIP", about("ALIVE", WALL + 6));
    assert_eq!(lab.state(9001), Some(State::Alive));
}

#[test]
fn a_rumour_of_its_death_is_refuted_at_once_and_then_at_its_pace() {
    let mut lab = Lab::new(|_| {});
    lab.befriend(9001);
    let rumour = |clock| json!({"membership": {"iut": {"host": "127.0.0.1", "port": 9000, "state": "DEAD", "lastSeen": clock, "updated": 1}}});
    lab.run_to(lab.mono + 100);
    let before = lab.sent.len();
    let ahead = WALL + 1_000_000;
    lab.receive(9001, "GOSSIP", rumour(ahead));
    let first = lab.messages_to(9001).pop().unwrap().1;
    assert!(lab.sent.len() > before && first.timestamp > ahead);
    let own = first.own_record().unwrap();
    assert!(own.state == State::Alive && own.updated > ahead && own.updated <= own.last_seen);

    let at = lab.mono;
    lab.receive(9001, "GOSSIP", rumour(ahead + 1_000));
    let gossips_after = |lab: &Lab| {
        let sent = lab.messages_to(9001).into_iter();
        sent.filter(|(_, m)| m.timestamp > ahead + 1_000).count()
    };
    let early = gossips_after(&lab);
    lab.run_to(at + 500);
    assert!(early == 0 && gossips_after(&lab) >= 1);
}

#[test]
fn an_id_conflict_is_reported_once_a_minute() {
    let mut lab = Lab::new(|_| {});
    let rumour = |clock| json!({"membership": {"iut": {"host": "127.0.0.1", "port": 9999, "state": "ALIVE", "lastSeen": clock, "updated": 1}}});
    let conflicts = |lab: &Lab| {
        let conflict = |e: &&Event| matches!(e, Event::IdConflict { port: 9999, .. });
        lab.events.iter().filter(conflict).count()
    };
    let ahead = WALL + 10_000_000;
    for (n, expected) in [0, 1, 1, 1].into_iter().enumerate() {
        lab.receive(9001, "GOSSIP", rumour(ahead + 10_000 * n as u64));
        assert_eq!(conflicts(&lab), expected);
    }
    lab.run_to(60_000);
    lab.receive(9001, "GOSSIP", rumour(ahead + 10_000_000));
    assert_eq!(conflicts(&lab), 2);
}

#[test]
fn a_rumour_near_the_end_of_the_clock_does_not_win() {
    let mut lab = Lab::new(|_| {});
    for last_seen in [1_u64 << 51, (1 << 52) - 1] {
        let rumour = json!({"membership": {"iut": {"host": "127.0.0.1", "port": 9000, "state": "DEAD", "lastSeen": last_seen, "updated": 1}}});
        lab.receive(9001, "GOSSIP", rumour);
    }
    assert_eq!(lab.machine.status().own.updated, WALL);
}

#[test]
fn a_clock_that_runs_out_stops_the_node() {
    let now = Now {
        wall_ms: 1 << 52,
        mono_ms: 0,
    };
    let mut config = crate::protocol::Config::new("iut", "127.0.0.1", 9000);
    config.seeds = vec![peer(9001)];
    let mut machine = Machine::new(config, now, 1).unwrap();
    let effects = machine.take_effects();
    assert!(effects.sent.is_empty() && matches!(effects.events[..], [Event::Fatal { .. }]));
    assert_eq!(machine.wake(), u64::MAX);
}

#[test]
fn a_message_of_its_own_id_changes_nothing_but_the_clock() {
    let mut lab = Lab::new(|_| {});
    let clock = WALL + 777_777;
    let text = json!({"protocolVersion": 1, "type": "GOSSIP", "senderId": "iut", "messageId": "m", "timestamp": clock,
        "data": {"membership": {"iut": {"host": "127.0.0.1", "port": 9000, "state": "ALIVE", "lastSeen": clock, "updated": 1}},
            "localData": {"k": entry(json!(1), WALL)}}});
    let outcome = lab
        .machine
        .on_datagram(lab.now(), peer(9001), text.to_string().as_bytes());
    assert_eq!(outcome, Outcome::Rejected(Reject::SenderSelf));
    let status = lab.machine.status();
    assert!(status.entries.is_empty() && status.history == 0);
    assert!(status.own.updated > clock);
}

#[test]
fn leaving_says_so_and_then_nothing_more() {
    let mut lab = Lab::new(|_| {});
    for port in 9001..9006 {
        lab.befriend(port);
    }
    lab.sent.clear();
    lab.machine.leave(lab.now());
    lab.drain();
    assert_eq!(lab.sent.len(), 5);
    let (_, message) = lab.messages_to(9001).pop().unwrap();
    assert_eq!(message.own_record().unwrap().state, State::Dead);
    assert!(matches!(message.body, Body::Membership { page: None }));
    lab.receive(9001, "PING", json!({"pingId": "x"}));
    lab.run_to(lab.mono + 10_000);
    assert_eq!(lab.sent.len(), 5);
}

#[test]
fn the_dead_are_reaped_and_remembered_and_return_only_newer() {
    let mut lab = Lab::new(|_| {});
    let dead = json!({"membership": {"p9001": record(9001, WALL + 10, "DEAD")}});
    lab.receive(9001, "GOSSIP", dead);
    assert_eq!(lab.state(9001), None, "nobody is added dead");
    assert_eq!(
        lab.machine.status().remembered["p9001"].last_seen,
        WALL + 10
    );
    let about = |clock| json!({"membership": {"p9001": record(9001, clock, "ALIVE")}});
    lab.receive(9002, "GOSSIP", about(WALL + 10));
    assert_eq!(lab.state(9001), None);
    lab.receive(9002, "GOSSIP", about(WALL + 11));
    assert_eq!(lab.state(9001), Some(State::Alive));
    assert!(lab.machine.status().remembered.is_empty());

    while lab.state(9001) != Some(State::Dead) {
        let next = lab.machine.wake();
        lab.run_to(next);
    }
    let reaped = lab.mono + 60_000;
    lab.run_to(reaped - 1);
    assert_eq!(lab.state(9001), Some(State::Dead));
    lab.run_to(reaped);
    assert_eq!(lab.state(9001), None);
    assert!(lab.machine.status().remembered.contains_key("p9001"));
    lab.run_to(reaped + 86_400_001);
    assert!(lab.machine.status().remembered.is_empty());
}

#[test]
fn a_seed_that_speaks_and_answers_nothing_is_asked_again() {
    let mut lab = Lab::new(|config| config.seeds = vec![peer(9001)]);
    for at in [100, 1_500, 2_900] {
        lab.run_to(at);
        lab.receive(9001, "GOSSIP", json!({}));
    }
    lab.run_to(4_000);
    assert_eq!(lab.state(9001), Some(State::Alive));
    let untargeted = lab.messages_to(9001).into_iter().filter(|(_, message)| {
        matches!(
            &message.body,
            Body::Ping {
                target_id: None,
                ..
            }
        )
    });
    assert!(untargeted.count() >= 2);
}

#[test]
fn seeds_are_pinged_in_each_interval_at_first_then_seldom_and_until_one_answers() {
    let mut lab = Lab::new(|config| config.seeds = vec![peer(9001), peer(9000)]);
    lab.run_to(9_500);
    let first: Vec<u64> = (0..=6).map(|n| n * 1_000).collect();
    assert_eq!(lab.pings_to(9001), [first.as_slice(), &[9_000]].concat());
    assert!(lab.pings_to(9000).is_empty(), "never its own address");
    for (_, transmit) in &lab.sent {
        assert!(transmit.datagram.len() >= 480 && transmit.datagram[0] == b'{');
    }
    lab.answering.push(9001);
    lab.run_to(13_000);
    assert!(lab.machine.status().members["p9001"].validated);
    let (_, first) = &lab.messages_to(9001)[0];
    assert!(matches!(
        first.body,
        Body::Ping {
            full: true,
            target_id: None,
            ..
        }
    ));
}

fn questions_to(lab: &Lab, port: u16) -> Vec<u64> {
    let all = lab.messages_to(port).into_iter();
    all.filter(|(_, m)| matches!(m.body, Body::Ping { full: true, .. }))
        .map(|(at, _)| at)
        .collect()
}

#[test]
fn a_seed_that_answers_is_asked_again_until_the_member_list_has_come() {
    let mut lab = Lab::new(|config| config.seeds = vec![peer(9001)]);
    lab.answering.push(9001);
    lab.run_to(2_500);
    assert_eq!(questions_to(&lab, 9001), [0, 1_000, 2_000]);
    lab.receive(9001, "MEMBERSHIP", json!({"page": 1, "pages": 1}));
    lab.run_to(60_000);
    assert_eq!(questions_to(&lab, 9001).len(), 3);
}

#[test]
fn the_members_of_a_page_are_no_news() {
    let mut lab = Lab::new(|config| {
        config.parameters.gossip_interval = 60_000;
        config.parameters.suspect_timeout = 90_000;
        config.parameters.failure_timeout = 99_000;
    });
    lab.answering = vec![9001, 9002];
    for port in [9001, 9002] {
        lab.machine.add_seed(lab.now(), peer(port));
        lab.drain();
    }
    lab.run_to(100);
    lab.sent.clear();
    let listed =
        json!({"page": 1, "pages": 2, "membership": {"p9003": record(9003, WALL, "ALIVE")}});
    lab.receive(9001, "MEMBERSHIP", listed);
    lab.run_to(lab.mono + 100);
    assert!(lab.machine.status().members.contains_key("p9003"));
    assert!(lab.messages_to(9002).is_empty());
    let told = json!({"membership": {"p9004": record(9004, WALL, "ALIVE")}});
    lab.receive(9001, "MEMBERSHIP", told);
    lab.run_to(lab.mono + 100);
    let news = lab.messages_to(9002);
    assert!(
        news.iter()
            .any(|(_, m)| m.membership.iter().any(|(id, _)| id == "p9004"))
    );
}

#[test]
fn with_enough_proven_addresses_only_the_next_on_the_ring_are_met_between_rounds() {
    let mut lab = Lab::new(|config| {
        config.parameters.gossip_interval = 10_000;
        config.parameters.suspect_timeout = 90_000;
        config.parameters.failure_timeout = 99_000;
    });
    lab.answering = (9_001..9_400).collect();
    let crowd = |ports: std::ops::Range<u16>| {
        let records = ports.map(|port| (id(port), record(port, WALL, "ALIVE")));
        json!({"page": 1, "pages": 1, "membership": records.collect::<serde_json::Map<_, _>>()})
    };
    lab.receive(9_001, "GOSSIP", json!({}));
    lab.receive(9_001, "MEMBERSHIP", crowd(9_002..9_200));
    // The first round at the latest asks the first strangers; their answers let it ask further ones.
    lab.run_to(10_001);
    let validated = |lab: &Lab| {
        let members = lab.machine.status().members;
        let proven = members.into_iter().filter(|(_, m)| m.validated);
        proven.map(|(id, _)| id).collect::<Vec<_>>()
    };
    let proven = validated(&lab);
    assert!((64..150).contains(&proven.len()), "{}", proven.len());
    // `iut` stands before all of them on the ring.
    for port in 9_001..9_010 {
        assert!(proven.contains(&id(port)), "{port} is next on the ring");
    }
}

#[test]
fn where_a_stranger_knows_more_a_proven_member_is_asked_in_its_place() {
    let mut lab = Lab::new(|_| {});
    lab.befriend(9001);
    lab.sent.clear();
    let at = lab.mono;
    for n in 0..5 {
        let unknown = json!({"heartbeats": {"nobody": WALL + n}});
        lab.receive(9002, "GOSSIP", unknown);
    }
    assert_eq!(
        questions_to(&lab, 9001),
        [at],
        "one, however often it is heard of"
    );
    assert!(questions_to(&lab, 9002).is_empty());
}

#[test]
fn the_dead_seeds_and_the_remembered_are_pinged_at_every_reconnect_interval() {
    let mut lab = Lab::new(|config| config.seeds = vec![peer(9001)]);
    lab.befriend(9002);
    lab.answering.clear();
    let dead = json!({"membership": {"p9003": record(9003, WALL, "DEAD")}});
    lab.receive(9002, "GOSSIP", dead);
    lab.run_to(60_000);
    let healing = |port| {
        let pings = lab.pings_to(port);
        pings.iter().filter(|at| **at >= 20_000).count()
    };
    assert!(healing(9001) >= 4 && healing(9002) >= 4 && healing(9003) >= 4);
}

#[test]
fn the_member_list_comes_in_pages_after_validation() {
    let mut lab = Lab::new(|_| {});
    lab.befriend(9002);
    for port in 9100..9250 {
        lab.receive(port, "GOSSIP", json!({}));
    }
    lab.sent.clear();
    lab.receive(9001, "PING", json!({"pingId": "x", "full": true}));
    let pages = |lab: &Lab| -> Vec<_> {
        let all = lab.messages_to(9001).into_iter();
        all.filter_map(|(at, m)| match m.body {
            Body::Membership { page: Some(page) } => Some((at, page, m.membership)),
            _ => None,
        })
        .collect()
    };
    lab.run_to(lab.mono + 5);
    assert!(pages(&lab).is_empty(), "not before it has answered");
    lab.answering.push(9001);
    lab.receive(9001, "PING", json!({"pingId": "y", "full": true}));
    lab.run_to(lab.mono + 5_000);
    let pages = pages(&lab);
    let count = pages[0].1.pages;
    assert!(count > 1);
    assert_eq!(pages.len() as u64, count);
    let mut ids = std::collections::BTreeSet::new();
    for (n, pair) in pages.windows(2).enumerate() {
        assert_eq!(pair[0].1.page, n as u64 + 1);
        assert!(pair[1].0 >= pair[0].0 + 10, "one page per eagerInterval");
    }
    for (_, _, records) in &pages {
        ids.extend(records.iter().map(|(id, _)| id.clone()));
    }
    assert!((9100..9250).all(|port| ids.contains(&id(port))));
}

#[test]
fn who_asks_for_the_list_while_a_ping_is_out_to_it_gets_no_second_one() {
    let mut lab = Lab::new(|config| config.seeds = vec![peer(9001)]);
    lab.receive(9001, "PING", json!({"pingId": "x", "full": true}));
    let Body::Ping { ping_id, .. } = lab.messages_to(9001)[0].1.body.clone() else {
        panic!("a seed is asked first");
    };
    lab.receive(9001, "PONG", json!({"pingId": ping_id}));
    lab.run_to(900);
    assert_eq!(lab.pings_to(9001).len(), 1);
    let mut sent = lab.messages_to(9001).into_iter();
    assert!(sent.any(|(_, m)| matches!(m.body, Body::Membership { page: Some(_) })));
}

#[test]
fn a_forged_pong_validates_nothing() {
    let mut lab = Lab::new(|config| config.seeds = vec![peer(9001)]);
    let (_, ping) = lab.messages_to(9001).pop().unwrap();
    let Body::Ping { ping_id, .. } = ping.body else {
        panic!("a seed is sent a PING")
    };
    lab.receive(9002, "PONG", json!({"pingId": ping_id}));
    lab.receive(9001, "PONG", json!({"pingId": "other"}));
    assert!(lab.machine.members().all(|(_, m)| !m.validated));
    lab.run_to(6_001);
    lab.receive(9001, "PONG", json!({"pingId": ping_id}));
    assert!(lab.machine.members().all(|(_, m)| !m.validated), "too late");
}

#[test]
fn strangers_get_few_pings_and_nothing_else_unasked() {
    let mut lab = Lab::new(|_| {});
    for port in 10_000..10_500 {
        lab.receive(
            port,
            "GOSSIP",
            json!({"localData": {"k": entry(json!(port), WALL)}}),
        );
    }
    lab.run_to(9_000);
    let mut times: Vec<_> = lab.sent.iter().map(|(at, _)| *at).collect();
    times.sort_unstable();
    for window in times.windows(4) {
        assert!(window[3] - window[0] >= 1_000, "fanout per gossipInterval");
    }
    for port in 10_000..10_500 {
        for pair in lab.pings_to(port).windows(2) {
            assert!(pair[1] - pair[0] >= 3_000);
        }
    }
    let pings = lab.sent.iter().all(|(_, t)| {
        matches!(
            wire::decode(&t.datagram).unwrap().message.body,
            Body::Ping { .. }
        ) && t.datagram.len() >= 480
    });
    assert!(pings);
}

#[test]
fn invented_members_do_not_starve_the_real_ones() {
    let mut lab = Lab::new(|_| {});
    lab.befriend(9001);
    for port in 10_000..10_500 {
        lab.receive(port, "GOSSIP", json!({}));
    }
    lab.run_to(lab.mono + 9_500);
    let rounds = lab.messages_to(9001).into_iter();
    assert!(
        rounds
            .filter(|(_, m)| matches!(m.body, Body::Gossip { .. }))
            .count()
            >= 8
    );
}

#[test]
fn an_answer_to_a_stranger_is_at_most_three_times_the_question() {
    let mut lab = Lab::new(|config| {
        config.metadata = wire::Compact::from_value(&json!({"m": "x".repeat(200)})).unwrap();
    });
    let question = lab.text(9001, "PING", json!({"pingId": "x"}));
    lab.machine.on_datagram(lab.now(), peer(9001), &question);
    lab.drain();
    let answers: Vec<_> = lab
        .sent
        .iter()
        .filter(|(_, t)| t.to.port() == 9001)
        .collect();
    assert!(
        answers
            .iter()
            .all(|(_, t)| t.datagram.len() <= 3 * question.len())
    );
}

#[test]
fn a_pong_echoes_and_carries_the_floor() {
    let mut lab = Lab::new(|_| {});
    let ahead = json!({"membership": {"p9001": record(9001, WALL + 3_600_000, "ALIVE")}});
    lab.receive(9002, "GOSSIP", ahead);
    lab.receive(9001, "PING", json!({"pingId": "abc", "targetId": "iut"}));
    lab.receive(
        9001,
        "PING",
        json!({"pingId": "def", "targetId": "someone-else"}),
    );
    let pongs: Vec<_> = lab
        .messages_to(9001)
        .into_iter()
        .filter(|(_, m)| matches!(m.body, Body::Pong { .. }))
        .collect();
    assert_eq!(pongs.len(), 1);
    let Body::Pong {
        ping_id,
        heartbeats,
    } = &pongs[0].1.body
    else {
        unreachable!()
    };
    assert_eq!(ping_id, "abc");
    assert_eq!(heartbeats[..], [("p9001".to_owned(), WALL + 3_600_000)]);
}

#[test]
fn news_goes_out_at_once_nine_times_and_no_faster_than_allowed() {
    let mut lab = Lab::new(|_| {});
    for port in 9001..9013 {
        lab.befriend(port);
    }
    lab.run_to(lab.mono + 200);
    lab.sent.clear();
    let at = lab.mono;
    lab.machine.set(lab.now(), "k", &json!(1)).unwrap();
    lab.drain();
    lab.run_to(at + 100);
    let with_k: Vec<_> = lab
        .sent
        .iter()
        .filter(
            |(_, t)| match wire::decode(&t.datagram).unwrap().message.body {
                Body::Gossip { local_data, .. } => local_data.iter().any(|(k, _)| k == "k"),
                _ => false,
            },
        )
        .map(|(when, _)| when - at)
        .collect();
    assert_eq!(with_k[..9], [0, 0, 0, 10, 10, 10, 20, 20, 20]);
    assert!(
        with_k.len() <= 12,
        "beyond nine copies there is at most a round"
    );
}

#[test]
fn every_entry_and_record_is_sent_again_and_again() {
    let mut lab = Lab::new(|_| {});
    lab.befriend(9001);
    for n in 0..200 {
        let value = json!("x".repeat(400));
        lab.machine
            .set(lab.now(), &format!("k{n:03}"), &value)
            .unwrap();
    }
    for port in 9100..9140 {
        let known = json!({"membership": {id(port): record(port, WALL, "ALIVE")}});
        lab.receive(9001, "GOSSIP", known);
    }
    lab.run_to(lab.mono + 5_000);
    for _ in 0..2 {
        lab.sent.clear();
        // Everything comes once in some 240 rounds.
        let end = lab.mono + 270_000;
        while lab.mono < end {
            // Fresh news all the time must not keep the rest back.
            let now = lab.now();
            let value = json!("y".repeat(500));
            lab.machine.set(now, "busy", &value).unwrap();
            lab.run_to(lab.mono + 500);
        }
        let mut keys = std::collections::BTreeSet::new();
        for (_, message) in lab.messages_to(9001) {
            if let Body::Gossip { local_data, .. } = message.body {
                keys.extend(local_data.into_iter().map(|(key, _)| key));
            }
        }
        assert_eq!(keys.len(), 201);
    }
}

#[test]
fn a_record_stands_for_the_heartbeat_of_its_member() {
    let mut lab = Lab::new(|_| {});
    lab.befriend(9001);
    lab.befriend(9002);
    lab.sent.clear();
    lab.run_to(lab.mono + 10_000);
    let mut records = 0;
    for (_, message) in lab.messages_to(9001) {
        if let Body::Gossip { heartbeats, .. } = message.body {
            let told = |id: &str| message.membership.iter().any(|(told, _)| told == id);
            assert!(heartbeats.iter().all(|(id, _)| !told(id)));
            let all = ["p9001", "p9002"];
            assert!(
                all.iter()
                    .all(|id| told(id) || heartbeats.iter().any(|(beat, _)| beat == id))
            );
            records += message.membership.len() - 1;
        }
    }
    assert!(records > 0);
}

#[test]
fn local_writes_that_others_would_skip_are_refused() {
    let mut lab = Lab::new(|config| config.parameters.max_entries = 2);
    let now = lab.now();
    let m = &mut lab.machine;
    assert_eq!(m.set(now, "", &json!(1)), Err(Refusal::EntryKey));
    assert_eq!(
        m.set(now, &"k".repeat(257), &json!(1)),
        Err(Refusal::EntryKey)
    );
    assert_eq!(
        m.set(now, "k", &json!("x".repeat(700))),
        Err(Refusal::EntrySize)
    );
    let mut deep = json!(1);
    for _ in 0..28 {
        deep = json!([deep]);
    }
    assert_eq!(m.set(now, "deep", &deep), Ok(()));
    assert_eq!(m.set(now, "k", &json!([deep])), Err(Refusal::EntryShape));
    assert_eq!(m.delete(now, "k"), Err(Refusal::EntryUnknown));
    assert_eq!(m.set(now, "a", &json!(1)), Ok(()));
    assert_eq!(m.set(now, "b", &json!(1)), Err(Refusal::EntryCapacity));
    assert_eq!(m.delete(now, "a"), Ok(()));
    assert_eq!(m.get("a"), None);
}

#[test]
fn a_write_beats_what_the_writer_had_seen() {
    let mut lab = Lab::new(|_| {});
    lab.receive(
        9001,
        "GOSSIP",
        json!({"localData": {"k": entry(json!(1), WALL + 5_000)}}),
    );
    lab.machine.set(lab.now(), "k", &json!(2)).unwrap();
    assert_eq!(lab.machine.get("k").unwrap().timestamp, WALL + 5_001);
}

#[test]
fn entries_too_far_ahead_and_expired_tombstones_are_skipped() {
    let mut lab = Lab::new(|_| {});
    let day = 86_400_000;
    let mut tombstone = entry(json!(null), WALL - day - 1);
    tombstone["deleted"] = json!(true);
    let outcome = lab.receive(
        9001,
        "GOSSIP",
        json!({"localData": {"a": entry(json!(1), WALL + day), "b": entry(json!(1), WALL + day + 1), "c": tombstone}}),
    );
    let Outcome::Accepted { skipped } = outcome else {
        panic!("accepted")
    };
    let reasons: Vec<_> = skipped
        .iter()
        .map(|s| (s.name.as_str(), s.reason))
        .collect();
    assert_eq!(
        reasons,
        [("b", Skip::EntryFuture), ("c", Skip::EntryExpired)]
    );
    assert!(lab.machine.get("a").is_some());

    lab.machine.delete(lab.now(), "a").unwrap();
    let kept_until = 2 * day + 1;
    lab.run_to(kept_until);
    assert!(lab.machine.status().entries.contains_key("a"));
    lab.run_to(kept_until + 1);
    assert!(!lab.machine.status().entries.contains_key("a"));
}

#[test]
fn own_entries_are_stamped_anew_when_the_clock_is_put_right() {
    let mut lab = Lab::new(|_| {});
    lab.wall_step = 3 * 86_400_000;
    lab.machine.set(lab.now(), "k", &json!(1)).unwrap();
    lab.wall_step = 0;
    lab.run_to(1);
    assert_eq!(lab.machine.get("k").unwrap().timestamp, WALL + 1);
}

#[test]
fn duplicates_and_other_clusters_leave_no_trace_but_a_count() {
    let mut lab = Lab::new(|config| config.parameters.max_message_history = 2);
    let first = lab.text(9001, "PING", json!({"pingId": "x"}));
    let from = peer(9001);
    let now = lab.now();
    assert!(matches!(
        lab.machine.on_datagram(now, from, &first),
        Outcome::Accepted { .. }
    ));
    lab.drain();
    let before = (lab.machine.status(), lab.sent.len());
    let again = lab.machine.on_datagram(now, from, &first);
    assert_eq!(again, Outcome::Rejected(Reject::DuplicateMessage));
    lab.drain();
    let mut status = lab.machine.status();
    assert_eq!(status.counters.remove("duplicate.message"), Some(1));
    assert_eq!((status, lab.sent.len()), before);

    for n in 0..2 {
        lab.receive(9002 + n, "GOSSIP", json!({}));
    }
    assert!(
        matches!(
            lab.machine.on_datagram(now, from, &first),
            Outcome::Accepted { .. }
        ),
        "the oldest is forgotten"
    );

    let other = br#"{"protocolVersion":1,"cluster":"x","type":7}"#;
    let outcome = lab.machine.on_datagram(now, from, other);
    assert_eq!(
        outcome,
        Outcome::Rejected(Reject::ClusterMismatch),
        "before the envelope"
    );
}

#[test]
fn an_unknown_heartbeat_is_followed_by_a_question() {
    let mut lab = Lab::new(|_| {});
    lab.befriend(9001);
    lab.sent.clear();
    lab.receive(9001, "GOSSIP", json!({"heartbeats": {"stranger": WALL}}));
    lab.receive(
        9001,
        "GOSSIP",
        json!({"heartbeats": {"stranger": WALL + 1}}),
    );
    let at = lab.mono;
    lab.run_to(at + 1_000);
    let full = lab.messages_to(9001).into_iter();
    let full: Vec<_> = full
        .filter(|(_, m)| matches!(m.body, Body::Ping { full: true, .. }))
        .map(|(when, _)| when - at)
        .collect();
    assert_eq!(full, [0]);
    lab.run_to(at + 3_000);
    lab.receive(
        9001,
        "GOSSIP",
        json!({"heartbeats": {"stranger": WALL + 2}}),
    );
    let asked = lab.messages_to(9001).into_iter();
    let asked = asked.filter(|(_, m)| matches!(m.body, Body::Ping { full: true, .. }));
    assert_eq!(asked.count(), 2);
    assert!(!lab.machine.status().members.contains_key("stranger"));
}

#[test]
fn the_tables_are_bounded() {
    let mut lab = Lab::new(|config| {
        config.parameters.max_members = 3;
        config.parameters.max_remembered = 3;
    });
    for port in 9001..9011 {
        lab.receive(port, "GOSSIP", json!({}));
        let dead = json!({"membership": {format!("d{port}"): record(port, WALL, "DEAD")}});
        lab.receive(9001, "GOSSIP", dead);
    }
    let status = lab.machine.status();
    assert_eq!((status.members.len(), status.remembered.len()), (3, 3));
    assert_eq!(status.counters["record.capacity"], 7);
}

#[test]
fn a_record_that_others_would_skip_is_no_node() {
    let now = Now {
        wall_ms: WALL,
        mono_ms: 0,
    };
    for (id, host, port) in [
        ("", "127.0.0.1", 1),
        ("a", "0.0.0.0", 1),
        ("a", "224.0.0.1", 1),
        ("a", "localhost", 1),
        ("a", "::1", 0),
    ] {
        let config = crate::protocol::Config::new(id, host, port);
        assert!(Machine::new(config, now, 1).is_err(), "{id} {host} {port}");
    }
}

#[test]
fn a_late_tick_does_each_thing_once() {
    let mut lab = Lab::new(|_| {});
    lab.befriend(9001);
    lab.run_to(lab.mono + 200);
    lab.sent.clear();
    lab.mono += 1_000_000;
    lab.tick();
    let gossips = lab.messages_to(9001).into_iter();
    assert_eq!(
        gossips
            .filter(|(_, m)| matches!(m.body, Body::Gossip { .. }))
            .count(),
        1
    );
}
