//! Every invariant can fail: a doctored machine breaks exactly the one that is made for it, and the message says who, when and what.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use conformance::oracle::canonical;
use conformance::oracle::message::State;
use conformance::simulate::findings::Findings;
use conformance::simulate::invariants;
use conformance::simulate::machine::{Call, Machine, Members, Now, Outgoing, Seen, Settings, View};
use conformance::simulate::plan::Plan;
use conformance::wire::message::PADDED_PING;
use serde_json::{Value, json};

use crate::double::{Double, play_with};
use crate::schedules::quick;

/// By then everybody knows everybody and has an address validated.
const SETTLED: u64 = 4_000;

type Doctor = fn(&Settings, Box<dyn Machine>) -> Double;

/// A fault of a machine, and the one invariant that must report it.
struct Fault {
    what: &'static str,
    invariant: &'static str,
    requirement: &'static str,
    /// The node that is blamed; `all` where only the whole cluster shows it.
    node: &'static str,
    doctor: Doctor,
}

/// Nodes without compression, so that datagrams can be read and changed as text: a key is written and another one deleted, one node comes
/// late, and one dies for good and is reaped.
fn plan() -> Plan {
    let file = json!({
        "seed": 3, "duration": "25s", "nodes": 5, "mix": {"rust": 5}, "starts": {"n4": "8s"},
        "links": {"default": {"latency": {"uniform": ["1ms", "5ms"]}}},
        "faults": [{"kind": "crash", "at": "9s", "nodes": ["n3"]}],
        "writes": [
            {"at": "5s", "node": "n0", "key": "kept", "value": 1},
            {"at": "5s", "node": "n0", "key": "gone", "value": 1},
            {"at": "6s", "node": "n0", "key": "gone", "delete": true},
            {"at": "7s", "node": "n1", "key": "kept", "value": 2},
        ],
    });
    let mut parameters = quick();
    parameters
        .0
        .insert("compressionThreshold".to_owned(), 65_536);
    Plan::read(&file.to_string(), &[], parameters).expect("a scenario")
}

fn only(
    id: &str,
    settings: &Settings,
    machine: Box<dyn Machine>,
    how: fn(Double) -> Double,
) -> Double {
    let double = Double::of(machine);
    if settings.id == id {
        how(double)
    } else {
        double
    }
}

/// Doctors what `n1` shows.
fn shows(settings: &Settings, machine: Box<dyn Machine>, how: fn(Now, View) -> View) -> Double {
    let double = Double::of(machine);
    if settings.id != "n1" {
        return double;
    }
    double.showing(move |now, view| {
        if now.mono < SETTLED {
            view
        } else {
            how(now, view)
        }
    })
}

/// Doctors each datagram that `n1` sends.
fn sends(settings: &Settings, machine: Box<dyn Machine>, how: fn(Outgoing) -> Outgoing) -> Double {
    let double = Double::of(machine);
    if settings.id != "n1" {
        return double;
    }
    double.sending(move |now, sent| {
        if now.mono < SETTLED {
            return sent;
        }
        sent.into_iter().map(how).collect()
    })
}

fn is(kind: &str, outgoing: &Outgoing) -> bool {
    let message: Value = serde_json::from_slice(&outgoing.bytes).expect("nothing is compressed");
    message["type"] == kind
}

fn replaced(outgoing: Outgoing, from: &str, to: &str) -> Outgoing {
    let text = String::from_utf8(outgoing.bytes).expect("text");
    assert!(text.contains(from), "{text}");
    Outgoing {
        bytes: text.replace(from, to).into_bytes(),
        ..outgoing
    }
}

/// A PING as an address that never answered must get it: with its padding (MGP1-MSG-025), or it would be found for the lack of that.
fn with_padding(ping: &Outgoing) -> Vec<u8> {
    let mut message: Value = serde_json::from_slice(&ping.bytes).expect("nothing is compressed");
    let missing = PADDED_PING.saturating_sub(ping.bytes.len());
    if missing > 0 {
        message["data"]["pad"] = ".".repeat(missing).into();
    }
    canonical(&message).into_bytes()
}

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// The members with one of them changed.
fn changed(view: View, id: &str, how: fn(&mut Seen)) -> View {
    let members = view.members.iter().map(|(known, mut seen)| {
        if known == id {
            how(&mut seen);
        }
        (known, seen)
    });
    let members: Members = members.collect();
    View { members, ..view }
}

/// The members and some more.
fn with_members<'a>(view: &View, more: impl Iterator<Item = &'a str>) -> View {
    let seen = Seen {
        last_seen: 1,
        state: State::Alive,
        updated: 1,
    };
    let members: Members = view
        .members
        .iter()
        .chain(more.map(|id| (id, seen)))
        .collect();
    View {
        members,
        ..view.clone()
    }
}

const FAULTS: &[Fault] = &[
    Fault {
        what: "a deleted key comes back",
        invariant: "NoResurrection",
        requirement: "MGP1-MRG-001",
        node: "n1",
        doctor: |settings, machine| {
            let mut alive = None;
            Double::of(machine).showing({
                let is_it = settings.id == "n1";
                let mut was_deleted = false;
                move |_, mut view| {
                    if let Some(entry) = view.entries.get_mut("gone") {
                        if !entry.deleted {
                            alive = Some(entry.clone());
                        } else if let Some(old) = alive.clone().filter(|_| is_it && was_deleted) {
                            *entry = old;
                        } else {
                            was_deleted = true;
                        }
                    }
                    view
                }
            })
        },
    },
    Fault {
        what: "a tombstone is dropped too early",
        invariant: "NoResurrection",
        requirement: "MGP1-MRG-012",
        node: "n1",
        doctor: |settings, machine| {
            shows(settings, machine, |now, mut view| {
                if now.mono > 8_000 {
                    view.entries.remove("gone");
                }
                view
            })
        },
    },
    Fault {
        what: "a reaped member comes back",
        invariant: "NoResurrection",
        requirement: "MGP1-LIV-019",
        node: "n1",
        doctor: |settings, machine| {
            let double = Double::of(machine);
            if settings.id != "n1" {
                return double;
            }
            let (mut last, mut looks) = (None, 0);
            double.showing(move |_, view| {
                let now = view.members.get("n3");
                if now.is_some() {
                    last = now;
                    return view;
                }
                // Gone for some looks, and back as it was.
                looks += usize::from(last.is_some());
                match last.filter(|_| looks > 5) {
                    Some(seen) => {
                        let members = view.members.iter().chain([("n3", seen)]).collect();
                        View { members, ..view }
                    }
                    None => view,
                }
            })
        },
    },
    Fault {
        what: "a write is accepted and forgotten",
        invariant: "NoLostWrite",
        requirement: "MGP1-MRG-005",
        node: "n1",
        doctor: |settings, machine| {
            only("n1", settings, machine, |double| {
                double.calling(|now, call, machine| match call {
                    Call::Set(..) => machine.call(now, Call::Tick),
                    other => machine.call(now, other),
                })
            })
        },
    },
    Fault {
        what: "an entry is dropped",
        invariant: "NoLostWrite",
        requirement: "MGP1-MRG-001",
        node: "n1",
        doctor: |settings, machine| {
            shows(settings, machine, |now, mut view| {
                if now.mono > 8_000 {
                    view.entries.remove("kept");
                }
                view
            })
        },
    },
    Fault {
        what: "a node never gets an entry",
        invariant: "NoLostWrite",
        requirement: "MGP1-DIS-009",
        node: "all",
        doctor: |settings, machine| {
            let double = Double::of(machine);
            if settings.id != "n2" {
                return double;
            }
            double.showing(|_, mut view| {
                view.entries.remove("kept");
                view
            })
        },
    },
    Fault {
        what: "lastSeen falls",
        invariant: "MonotoneEvidence",
        requirement: "MGP1-MRG-015",
        node: "n1",
        doctor: |settings, machine| {
            shows(settings, machine, |_, view| {
                changed(view, "n0", |seen| seen.last_seen -= 60_000)
            })
        },
    },
    Fault {
        what: "updated falls",
        invariant: "MonotoneEvidence",
        requirement: "MGP1-MRG-016",
        node: "n1",
        doctor: |settings, machine| {
            shows(settings, machine, |_, view| {
                changed(view, "n0", |seen| seen.updated -= 1)
            })
        },
    },
    Fault {
        what: "an entry falls back to an older one",
        invariant: "MonotoneEvidence",
        requirement: "MGP1-MRG-001",
        node: "n1",
        doctor: |settings, machine| {
            shows(settings, machine, |now, mut view| {
                if now.mono > 8_000
                    && let Some(entry) = view.entries.get_mut("kept")
                {
                    entry.timestamp -= 1;
                }
                view
            })
        },
    },
    Fault {
        what: "history grows without bound",
        invariant: "BoundedState",
        requirement: "MGP1-ENV-017",
        node: "n1",
        doctor: |settings, machine| {
            shows(settings, machine, |_, view| View {
                history: 1_001,
                ..view
            })
        },
    },
    Fault {
        what: "members grow without bound",
        invariant: "BoundedState",
        requirement: "MGP1-MRG-022",
        node: "n1",
        doctor: |settings, machine| {
            shows(settings, machine, |_, view| {
                let more: Vec<String> = (0..1_024).map(|number| format!("x{number}")).collect();
                with_members(&view, more.iter().map(String::as_str))
            })
        },
    },
    Fault {
        what: "remembered members grow without bound",
        invariant: "BoundedState",
        requirement: "MGP1-LIV-021",
        node: "n1",
        doctor: |settings, machine| {
            shows(settings, machine, |_, view| View {
                remembered: 4_097,
                ..view
            })
        },
    },
    Fault {
        what: "entries grow without bound",
        invariant: "BoundedState",
        requirement: "MGP1-MRG-010",
        node: "n1",
        doctor: |settings, machine| {
            shows(settings, machine, |now, mut view| {
                if now.mono > 8_000 {
                    let entry = view.entries["kept"].clone();
                    view.entries
                        .extend((0..65_536).map(|number| (format!("x{number}"), entry.clone())));
                }
                view
            })
        },
    },
    Fault {
        what: "a node lists itself",
        invariant: "BoundedState",
        requirement: "MGP1-MRG-023",
        node: "n1",
        doctor: |settings, machine| {
            shows(settings, machine, |_, view| {
                with_members(&view, ["n1"].into_iter())
            })
        },
    },
    Fault {
        what: "1,401 bytes",
        invariant: "WithinPacketSize",
        requirement: "MGP1-FRM-002",
        node: "n1",
        doctor: |settings, machine| {
            sends(settings, machine, |mut outgoing| {
                outgoing.bytes.resize(1_401, b' ');
                outgoing
            })
        },
    },
    Fault {
        what: "a PONG to somebody else",
        invariant: "NoReplyToWrongSource",
        requirement: "MGP1-MSG-019",
        node: "n1",
        doctor: |settings, machine| {
            sends(settings, machine, |mut outgoing| {
                let other = match outgoing.to {
                    to if to == address("10.0.0.1:9000") => address("10.0.0.3:9000"),
                    _ => address("10.0.0.1:9000"),
                };
                if is("PONG", &outgoing) {
                    outgoing.to = other;
                }
                outgoing
            })
        },
    },
    Fault {
        what: "a PONG with another pingId",
        invariant: "NoReplyToWrongSource",
        requirement: "MGP1-MSG-021",
        node: "n1",
        doctor: |settings, machine| {
            sends(settings, machine, |outgoing| {
                if is("PONG", &outgoing) {
                    return replaced(outgoing, "\"pingId\":\"", "\"pingId\":\"x");
                }
                outgoing
            })
        },
    },
    Fault {
        what: "a datagram to itself",
        invariant: "NoReplyToWrongSource",
        requirement: "MGP1-DIS-016",
        node: "n1",
        doctor: |settings, machine| {
            let double = Double::of(machine);
            if settings.id != "n1" {
                return double;
            }
            // Its own address has answered it by then, or else it would amplify too.
            double.sending(|now, mut sent| {
                if now.mono >= SETTLED
                    && let Some(ping) = sent.iter_mut().find(|outgoing| is("GOSSIP", outgoing))
                {
                    ping.to = address("10.0.0.2:9000");
                }
                sent
            })
        },
    },
    Fault {
        what: "a GOSSIP to an address that never answered",
        invariant: "AmplificationBound",
        requirement: "MGP1-DIS-012",
        node: "n1",
        doctor: |settings, machine| {
            sends(settings, machine, |mut outgoing| {
                if is("GOSSIP", &outgoing) {
                    outgoing.to = address("10.9.9.9:9000");
                }
                outgoing
            })
        },
    },
    Fault {
        what: "PINGs to many addresses that never answered",
        invariant: "AmplificationBound",
        requirement: "MGP1-DIS-013",
        node: "n1",
        doctor: |settings, machine| {
            let double = Double::of(machine);
            if settings.id != "n1" {
                return double;
            }
            double.sending(|_, mut sent| {
                // Copies of one message go out together, or they would be out of order too.
                if let Some(at) = sent.iter().position(|outgoing| is("PING", outgoing)) {
                    let bytes = with_padding(&sent[at]);
                    sent[at].bytes.clone_from(&bytes);
                    let copies = (1..6).map(|number| Outgoing {
                        to: address(&format!("10.9.9.{number}:9000")),
                        bytes: bytes.clone(),
                    });
                    sent.splice(at + 1..at + 1, copies);
                }
                sent
            })
        },
    },
    Fault {
        what: "bytes that are no message",
        invariant: "ValidDatagram",
        requirement: "MGP1-FRM-001",
        node: "n1",
        doctor: |settings, machine| {
            sends(settings, machine, |outgoing| Outgoing {
                bytes: b"hello".to_vec(),
                ..outgoing
            })
        },
    },
    Fault {
        what: "another sender's name",
        invariant: "ValidDatagram",
        requirement: "MGP1-ENV-010",
        node: "n1",
        doctor: |settings, machine| {
            sends(settings, machine, |outgoing| {
                replaced(outgoing, "\"senderId\":\"n1\"", "\"senderId\":\"n2\"")
            })
        },
    },
    Fault {
        what: "a message of yesterday",
        invariant: "ValidDatagram",
        requirement: "MGP1-ENV-011",
        node: "n1",
        doctor: |settings, machine| {
            let double = Double::of(machine);
            if settings.id != "n1" {
                return double;
            }
            let mut old: Option<Vec<u8>> = None;
            double.sending(move |now, mut sent| {
                for outgoing in sent.iter_mut().filter(|outgoing| is("GOSSIP", outgoing)) {
                    match &old {
                        None => old = Some(outgoing.bytes.clone()),
                        Some(old) if now.mono >= SETTLED => outgoing.bytes.clone_from(old),
                        Some(_) => {}
                    }
                }
                sent
            })
        },
    },
    Fault {
        what: "nobody gossips to n2",
        invariant: "EveryLiveMemberGossipedTo",
        requirement: "MGP1-DIS-002",
        node: "all",
        doctor: |_, machine| {
            // From when everything that was written is everywhere, and everybody has come.
            Double::of(machine).sending(|now, mut sent| {
                sent.retain(|outgoing| {
                    let is_left_out = outgoing.to == address("10.0.0.3:9000");
                    now.mono < 8_800 || !is_left_out || !is("GOSSIP", outgoing)
                });
                sent
            })
        },
    },
    Fault {
        what: "a live member is not listed",
        invariant: "EveryLiveMemberGossipedTo",
        requirement: "MGP1-LIV-023",
        node: "all",
        doctor: |settings, machine| {
            let double = Double::of(machine);
            if settings.id != "n1" {
                return double;
            }
            double.showing(|_, view| {
                let members = view.members.iter().filter(|(id, _)| *id != "n0").collect();
                View { members, ..view }
            })
        },
    },
    Fault {
        what: "news does not come through",
        invariant: "NewsWithinModelBound",
        requirement: "MGP1-DIS-002",
        node: "all",
        doctor: |settings, machine| {
            only("n2", settings, machine, |double| {
                double.calling(|now, call, machine| match call {
                    Call::Datagram(_, bytes) if bytes.windows(6).any(|it| it == b"\"kept\"") => {
                        machine.call(now, Call::Tick)
                    }
                    other => machine.call(now, other),
                })
            })
        },
    },
];

fn play(fault: &Fault) -> Findings {
    play_with(&plan(), fault.doctor)
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    let findings = play_with(&plan(), |_, machine| Double::of(machine));
    assert_eq!(findings.violation, None);
    assert!(findings.quiet_looks > 0);
}

#[test]
fn each_fault_is_found_by_its_invariant_alone() {
    for fault in FAULTS {
        let findings = play(fault);
        let found: Vec<&str> = findings
            .broken
            .iter()
            .map(|broken| broken.invariant)
            .collect();
        assert_eq!(
            found,
            [fault.invariant],
            "{}: {:?}",
            fault.what,
            findings.violation
        );
        let broken = &findings.broken[0];
        assert_eq!(
            broken.requirement, fault.requirement,
            "{}: {}",
            fault.what, broken.line
        );
        assert!(
            broken.requirements.contains(&broken.requirement),
            "{}",
            fault.what
        );
        assert_eq!(
            broken.node.split(' ').next(),
            Some(fault.node),
            "{}",
            fault.what
        );
        assert!(
            broken.at_ms > 0 && broken.at_ms == findings.reached_ms,
            "{}",
            fault.what
        );
        let line = findings.violation.clone().expect("a line");
        for part in [
            &broken.node,
            &format!("{} ms", broken.at_ms),
            broken.requirement,
            broken.invariant,
        ] {
            assert!(line.contains(part), "{line}");
        }
        let text = findings.text("conformance simulate replay x.json");
        for part in [
            "BROKEN",
            broken.requirement,
            "seed 3",
            "again: conformance simulate replay x.json",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}

#[test]
fn there_is_a_fault_for_every_invariant() {
    let plan = plan();
    let named: BTreeSet<&str> = FAULTS.iter().map(|fault| fault.invariant).collect();
    let all: BTreeSet<&str> = invariants::all(&plan, None)
        .iter()
        .map(|it| it.name())
        .collect();
    assert_eq!(named, all);
}
