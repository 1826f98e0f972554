//! Chapter 7, core: who is alive, who is not, and how a node defends its own name.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::bench::{Bench, Iut, Outcome, brief};
use super::case;
use crate::cases::Case;
use crate::verdict::Verdict;
use crate::wire::message::{record, record_in, with};
use crate::wire::{Options, Peer, Received, wall_ms};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "MGP1-LIV-005/silence-makes-suspect-then-dead",
            &[
                "MGP1-LIV-007",
                "MGP1-LIV-008",
                "MGP1-LIV-009",
                "MGP1-MSG-017",
            ],
            "a silent member that lives for ever, or dies before its time, or dies with another clock than its own",
            silence_makes_suspect_then_dead,
        ),
        case(
            "MGP1-LIV-006/pings-before-suspicion",
            &[],
            "a member that is declared dead and was never asked",
            pings_before_suspicion,
        ),
        case(
            "MGP1-LIV-006/answers-keep-alive",
            &["MGP1-LIV-005"],
            "a member that answers every PING and is suspected for gossiping nothing",
            answers_keep_alive,
        ),
        case(
            "MGP1-LIV-007/two-questions-before-death",
            &["MGP1-LIV-008"],
            "a member that was asked once and is declared dead at failureTimeout",
            two_questions_before_death,
        ),
        case(
            "MGP1-LIV-022/gossip-to-suspects",
            &[],
            "a suspect that is cut off and so can never prove itself alive",
            gossip_to_suspects,
        ),
        case(
            "MGP1-LIV-005/revival",
            &["MGP1-MRG-015"],
            "a member that stays DEAD although it speaks",
            revival,
        ),
        case(
            "MGP1-LIV-002/wrong-clocks-do-not-matter",
            &[],
            "a liveness that compares the clocks of two hosts",
            wrong_clocks_do_not_matter,
        ),
        case(
            "MGP1-LIV-011/refutes-suspect",
            &["MGP1-LIV-012", "MGP1-LIV-003"],
            "a node that lets others believe it is suspect",
            refutes_suspect,
        ),
        case(
            "MGP1-LIV-011/refutes-dead",
            &["MGP1-LIV-012", "MGP1-LIV-003"],
            "a node that accepts its own death",
            refutes_dead,
        ),
        case(
            "MGP1-LIV-011/passes-a-greater-clock",
            &["MGP1-LIV-012", "MGP1-LIV-003"],
            "a node with a clock behind its own past, of which nobody will hear again",
            passes_a_greater_clock,
        ),
        case(
            "MGP1-LIV-011/passes-a-greater-heartbeat",
            &["MGP1-LIV-012"],
            "a heartbeat of our own id that is taken for a record of a stranger",
            passes_a_greater_heartbeat,
        ),
        case(
            "MGP1-LIV-011/a-floor-in-a-pong",
            &["MGP1-MSG-024"],
            "a node that asks and does not listen to what is held of it",
            a_floor_in_a_pong,
        ),
        case(
            "MGP1-LIV-011/old-rumours-change-nothing",
            &["MGP1-MRG-023"],
            "a clock that every stale rumour pushes ahead",
            old_rumours_change_nothing,
        ),
        case(
            "MGP1-LIV-013/refutations-are-limited",
            &["MGP1-ERR-005"],
            "a stream of forged rumours that makes a node flood its peers",
            refutations_are_limited,
        ),
        case(
            "MGP1-LIV-027/ping-to-the-seed",
            &["MGP1-MSG-025", "MGP1-LIV-028"],
            "a node that asks its seed once, and never again when that datagram is lost",
            ping_to_the_seed,
        ),
        case(
            "MGP1-LIV-028/no-phantom-members",
            &[],
            "a member invented from the address of a seed, which never dies",
            no_phantom_members,
        ),
        case(
            "MGP1-LIV-029/unknown-heartbeat",
            &[],
            "a heartbeat of a stranger that nobody asks about",
            unknown_heartbeat,
        ),
    ]
}

/// A node with a peer that stays and one that is to fall silent.
fn watched(bench: &Bench<'_>, interval_ms: u64) -> Result<(Iut, Peer, Peer), Verdict> {
    let iut = bench.node_with(|settings| settings.gossip_interval_ms = interval_ms)?;
    let (watcher, subject) = (bench.peer("p1")?, bench.peer("p2")?);
    bench.join(&iut, &watcher)?;
    bench.join(&iut, &subject)?;
    Ok((iut, watcher, subject))
}

/// The subject says one last thing and answers no more: the record that the node is left with.
fn fall_silent(bench: &Bench<'_>, iut: &Iut, subject: &Peer) -> Result<Value, Verdict> {
    subject.set_answers(false);
    let last = subject.gossip_entries([]);
    bench.send(iut, subject, &last)?;
    Ok(last["data"]["membership"][subject.id()].clone())
}

/// Deaths that are watched until one is told in both its steps.
const DEATHS: usize = 8;

fn silence_makes_suspect_then_dead(bench: &Bench<'_>) -> Outcome {
    let (iut, watcher, subject) = watched(bench, 100)?;
    // The two steps lie two rounds apart, and what a node tells in a round is its own choice: nobody owes the watcher word of the first one. So it
    // asks for the members again and again, and where it missed the moment all the same, p2 comes back and dies once more.
    for _ in 0..DEATHS {
        let mark = watcher.mark();
        let last = fall_silent(bench, &iut, &subject)?["lastSeen"].clone();
        let silent_since = Instant::now();
        let dead = asked_until(bench, &iut, &watcher, mark, "DEAD")?;
        let suspect = watcher.received_since(mark).into_iter().find(|received| {
            received.timestamp() < dead.timestamp()
                && received
                    .state_of("p2")
                    .is_some_and(|state| state == "SUSPECT")
        });
        if let Some(suspect) = suspect {
            return judge_steps(bench, &iut, (&suspect, &dead), silent_since, &last)
                .and_then(|()| no_heartbeat_after(bench, &watcher, mark, &suspect));
        }
        let mark = watcher.mark();
        subject.set_answers(true);
        bench.send(&iut, &subject, &subject.gossip_entries([]))?;
        bench.sees_state(&iut, &watcher, mark, "MGP1-MRG-015", "p2", "ALIVE")?;
    }
    Err(bench.fail(
        "MGP1-LIV-005",
        format!("p2 told to be SUSPECT before it is DEAD, in one of {DEATHS} deaths"),
        "DEAD each time, and never SUSPECT before",
    ))
}

/// Waits until the node tells that p2 is in that state. Meanwhile the watcher asks for the members (MGP1-MSG-027), several times a round: a node of
/// the profile `membership` answers, any other tells what it has to tell in its rounds.
fn asked_until(
    bench: &Bench<'_>,
    iut: &Iut,
    watcher: &Peer,
    mark: usize,
    state: &str,
) -> Result<Received, Verdict> {
    let deadline = Instant::now() + iut.soon();
    let pause = Duration::from_millis(iut.interval_ms / 4);
    let told = |received: &Received| {
        received.sender() == iut.id && received.state_of("p2").is_some_and(|told| told == state)
    };
    while Instant::now() < deadline {
        bench.send(iut, watcher, &watcher.ping(json!({"full": true})).0)?;
        if let Some(told) = watcher.wait_since(mark, pause, told) {
            return Ok(told);
        }
    }
    bench.sees_state(iut, watcher, mark, "MGP1-LIV-007", "p2", state)
}

/// Neither step came before its time, and both with the clock of p2's last word.
fn judge_steps(
    bench: &Bench<'_>,
    iut: &Iut,
    (suspect, dead): (&Received, &Received),
    silent_since: Instant,
    last: &Value,
) -> Outcome {
    for (received, state, requirement, least) in [
        (suspect, "SUSPECT", "MGP1-LIV-005", iut.suspect_timeout_ms()),
        (dead, "DEAD", "MGP1-LIV-008", iut.failure_timeout_ms()),
    ] {
        let after = received.at.saturating_duration_since(silent_since);
        // The node cannot have counted from earlier than our last word but for what its timer rounds.
        bench.check(
            after + Duration::from_millis(5) >= Duration::from_millis(least),
            requirement,
            format!("{state} not before {least} ms of silence"),
            format!("{state} after {} ms", after.as_millis()),
        )?;
        let told = received.record("p2").unwrap_or_default();
        bench.check(
            told["lastSeen"] == *last,
            "MGP1-LIV-009",
            format!("{state} with `lastSeen` {last}, the last that p2 said"),
            told.to_string(),
        )?;
    }
    Ok(())
}

fn no_heartbeat_after(
    bench: &Bench<'_>,
    watcher: &Peer,
    mark: usize,
    suspect: &Received,
) -> Outcome {
    let heartbeat = watcher.received_since(mark).into_iter().find(|received| {
        received.timestamp() > suspect.timestamp()
            && received.section("heartbeats").contains_key("p2")
    });
    bench.check(
        heartbeat.is_none(),
        "MGP1-MSG-017",
        "no heartbeat of p2 once it is SUSPECT",
        "one in a later message",
    )
}

fn pings_before_suspicion(bench: &Bench<'_>) -> Outcome {
    let (iut, watcher, subject) = watched(bench, 100)?;
    let (mark, watcher_mark) = (subject.mark(), watcher.mark());
    fall_silent(bench, &iut, &subject)?;
    let dead = bench.sees_state(&iut, &watcher, watcher_mark, "MGP1-LIV-007", "p2", "DEAD")?;
    let pings: Vec<Received> = subject
        .received_since(mark)
        .into_iter()
        .filter(|received| received.kind() == "PING" && received.timestamp() < dead.timestamp())
        .collect();
    bench.check(
        pings.len() >= 2,
        "MGP1-LIV-006",
        "at least two PINGs to p2 from its last words until it is DEAD: one every half gossipInterval from suspectTimeout minus gossipInterval on",
        format!("{}", pings.len()),
    )?;
    for ping in pings {
        bench.check(
            ping.get("data/targetId") == "p2",
            "MGP1-LIV-006",
            "`targetId` p2 in them",
            ping.get("data").to_string(),
        )?;
    }
    Ok(())
}

fn two_questions_before_death(bench: &Bench<'_>) -> Outcome {
    let (iut, watcher) = bench.pair()?;
    let subject = bench.mute("p2")?;
    let tell = || {
        let heard = record(subject.address(), wall_ms());
        bench.send(&iut, &watcher, &watcher.gossip_records([("p2", heard)]))
    };
    let mark = watcher.mark();
    tell()?;
    // It never proves its address, so MGP1-DIS-013 keeps the PINGs to it a suspectTimeout apart. A record that is new right after one of
    // them leaves room for one more until failureTimeout, and the second comes later.
    let ping = subject.wait_for(iut.soon(), |received| received.kind() == "PING");
    let ping = bench.must(&iut, "MGP1-DIS-003", "a PING to a new member", ping)?;
    tell()?;
    bench.alive(&iut, &watcher)?;
    let dead = bench.sees_state(&iut, &watcher, mark, "MGP1-LIV-007", "p2", "DEAD")?;
    let silent = dead.timestamp().saturating_sub(ping.timestamp());
    let questions = subject
        .received_since(0)
        .iter()
        .filter(|received| {
            let out = dead.timestamp().saturating_sub(received.timestamp());
            received.kind() == "PING"
                && received.timestamp() > ping.timestamp()
                // A millisecond of rounding.
                && out + 1 >= iut.interval_ms / 2
        })
        .count();
    bench.check(
        questions >= 2 || silent >= 2 * iut.failure_timeout_ms(),
        "MGP1-LIV-007",
        format!(
            "p2 DEAD after two PINGs since it was last heard of that were each out for {} ms, or after {} ms",
            iut.interval_ms / 2,
            2 * iut.failure_timeout_ms()
        ),
        format!("DEAD after {silent} ms at most and {questions} such PINGs"),
    )
}

fn answers_keep_alive(bench: &Bench<'_>) -> Outcome {
    let (iut, watcher, subject) = watched(bench, 100)?;
    // p2 says nothing of its own accord, and answers every PING. After three suspicion PINGs its age has passed the timeout thrice.
    let (mark, watcher_mark) = (subject.mark(), watcher.mark());
    let mut pings = 0;
    let asked = subject.wait_since(mark, iut.soon(), |received| {
        pings += usize::from(received.kind() == "PING");
        pings == 3
    });
    bench.must(
        &iut,
        "MGP1-LIV-006",
        "a PING to a member that has been silent for a while, three times over",
        asked,
    )?;
    bench.rounds(&iut, &watcher, 1)?;
    let received = watcher.received_since(watcher_mark);
    match received
        .iter()
        .find(|received| received.state_of("p2").is_some_and(|state| state == "DEAD"))
    {
        Some(received) => {
            let asked = subject
                .received_since(mark)
                .iter()
                .any(|ping| ping.kind() == "PING" && ping.timestamp() < received.timestamp());
            let told = received.record("p2").unwrap_or_default();
            Err(if asked {
                bench.fail(
                    "MGP1-LIV-005",
                    "p2 stays a member while it answers",
                    brief(&told),
                )
            } else {
                bench.fail(
                    "MGP1-LIV-006",
                    "a PING to p2 before it is DEAD, which it would have answered",
                    format!("none, and p2 is {}", brief(&told)),
                )
            })
        }
        None => bench
            .sees_state(&iut, &watcher, watcher_mark, "MGP1-LIV-006", "p2", "ALIVE")
            .map(|_| ()),
    }
}

fn gossip_to_suspects(bench: &Bench<'_>) -> Outcome {
    /// GOSSIPs to the suspect, a round's worth apart.
    const GOSSIPS: usize = 3;
    let (iut, watcher, subject) = watched(bench, 100)?;
    let last = fall_silent(bench, &iut, &subject)?;
    // By now its own timer has made the node suspect p2. It would hold it SUSPECT for two rounds, too short a time to look at on a busy machine; so p1
    // says the same of p2 from then on, each time with a greater clock of p2: that keeps it SUSPECT for as long as it takes, and is no news.
    bench.rounds(&iut, &watcher, iut.rounds_in(iut.suspect_timeout_ms()))?;
    let mut clock = last["lastSeen"].as_u64().unwrap_or(0);
    let mut suspect = || {
        clock += 1;
        let record = with(last.clone(), "lastSeen", json!(clock));
        watcher.gossip_records([("p2", with(record, "state", json!("SUSPECT")))])
    };
    bench.send(&iut, &watcher, &suspect())?;
    let (mark, own) = (watcher.mark(), subject.mark());
    // What comes later than this PONG was sent by a node that had taken the first of these.
    let since = bench.alive(&iut, &watcher)?.timestamp();
    let (mut told, mut stamps) = (false, Vec::new());
    let began = Instant::now();
    while began.elapsed() < iut.soon() && !(told && stamps.len() >= GOSSIPS) {
        bench.send(&iut, &watcher, &suspect())?;
        bench.rounds(&iut, &watcher, 1)?;
        told = watcher.received_since(mark).iter().any(|received| {
            received.timestamp() > since
                && received
                    .state_of("p2")
                    .is_some_and(|state| state == "SUSPECT")
        });
        stamps.clear();
        for received in subject.received_since(own) {
            let apart = stamps
                .last()
                .map_or(since, |last| last + iut.interval_ms / 2);
            if received.kind() == "GOSSIP" && received.timestamp() > apart {
                stamps.push(received.timestamp());
            }
        }
    }
    bench.check(
        told,
        "MGP1-MRG-015",
        "the node tells that p2 is SUSPECT, as it hears again and again with a greater `lastSeen`",
        "nothing of the kind",
    )?;
    bench.check(
        stamps.len() >= GOSSIPS,
        "MGP1-LIV-022",
        format!("{GOSSIPS} GOSSIPs to p2, a round apart, while it is SUSPECT"),
        format!("{} in {} ms", stamps.len(), began.elapsed().as_millis()),
    )
}

fn revival(bench: &Bench<'_>) -> Outcome {
    let (iut, watcher, subject) = watched(bench, 100)?;
    let mark = watcher.mark();
    fall_silent(bench, &iut, &subject)?;
    bench.sees_state(&iut, &watcher, mark, "MGP1-LIV-007", "p2", "DEAD")?;
    subject.set_answers(true);
    let mark = watcher.mark();
    bench.send(&iut, &subject, &subject.gossip_entries([]))?;
    bench
        .sees_state(&iut, &watcher, mark, "MGP1-MRG-015", "p2", "ALIVE")
        .map(|_| ())
}

fn wrong_clocks_do_not_matter(bench: &Bench<'_>) -> Outcome {
    let iut = bench.node()?;
    let watcher = bench.peer("p1")?;
    let behind = bench.peer_with(Options {
        clock: Some(1_000),
        ..Options::new("behind")
    })?;
    let ahead = bench.peer_with(Options {
        clock: Some(1 << 51),
        ..Options::new("ahead")
    })?;
    for peer in [&watcher, &behind, &ahead] {
        bench.join(&iut, peer)?;
    }
    let mark = watcher.mark();
    // As long as it takes a silent member to die, and longer.
    bench.rounds(&iut, &watcher, iut.rounds_in(3 * iut.failure_timeout_ms()))?;
    for received in watcher.received_since(mark) {
        for id in ["behind", "ahead"] {
            if let Some(state) = received.state_of(id) {
                // A machine that stood still for a while may show SUSPECT; no answering member is DEAD.
                bench.check(
                    state != "DEAD",
                    "MGP1-LIV-002",
                    format!("`{id}` answers and is not DEAD, whatever its clock reads"),
                    state,
                )?;
            }
        }
    }
    for id in ["behind", "ahead"] {
        bench.sees_state(&iut, &watcher, mark, "MGP1-LIV-002", id, "ALIVE")?;
    }
    Ok(())
}

/// Spreads a rumour about the node and waits until it has told better of itself.
fn refuted(bench: &Bench<'_>, rumour: impl Fn(&Iut, u64) -> (u64, Value)) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let newest = bench.alive(&iut, &peer)?.timestamp();
    let (last_seen, data) = rumour(&iut, newest);
    let mark = peer.mark();
    bench.send(&iut, &peer, &peer.message("GOSSIP", data))?;
    let refutation = peer.wait_since(mark, iut.soon(), |received| {
        received.kind() == "GOSSIP" && received.timestamp() > last_seen
    });
    let refutation = bench.must(
        &iut,
        "MGP1-LIV-012",
        &format!("a GOSSIP with a timestamp greater than {last_seen}"),
        refutation,
    )?;
    let own = refutation.record(&iut.id).unwrap_or_default();
    bench.check(
        own["state"] == "ALIVE",
        "MGP1-LIV-012",
        "the node's own record ALIVE in it",
        own.to_string(),
    )?;
    bench.check(
        own["updated"].as_u64().unwrap_or(0) > last_seen,
        "MGP1-LIV-003",
        format!("`updated` of the own record greater than {last_seen}: the clock jumped"),
        own.to_string(),
    )
}

fn rumour_of(iut: &Iut, state: &str, last_seen: u64) -> Value {
    let record = with(
        record_in(state, iut.address, last_seen),
        "updated",
        json!(1),
    );
    json!({"membership": {iut.id.as_str(): record}})
}

/// How far ahead of the node's clock a rumour of it lies: far more than the case takes, or the clock would pass it by itself.
const AHEAD: u64 = 1_000_000;

fn refutes_suspect(bench: &Bench<'_>) -> Outcome {
    refuted(bench, |iut, newest| {
        (newest + AHEAD, rumour_of(iut, "SUSPECT", newest + AHEAD))
    })
}

fn refutes_dead(bench: &Bench<'_>) -> Outcome {
    refuted(bench, |iut, newest| {
        (newest + AHEAD, rumour_of(iut, "DEAD", newest + AHEAD))
    })
}

fn passes_a_greater_clock(bench: &Bench<'_>) -> Outcome {
    let year = 365 * 86_400_000;
    refuted(bench, |iut, newest| {
        (newest + year, rumour_of(iut, "ALIVE", newest + year))
    })
}

fn passes_a_greater_heartbeat(bench: &Bench<'_>) -> Outcome {
    let day = 86_400_000;
    refuted(bench, |iut, newest| {
        (
            newest + day,
            json!({"heartbeats": {iut.id.as_str(): newest + day}}),
        )
    })
}

fn a_floor_in_a_pong(bench: &Bench<'_>) -> Outcome {
    // A seed that remembers an earlier life of the node, an hour ahead of its clock today.
    let seed = bench.mute("p1")?;
    let iut = bench.node_with(|settings| settings.seeds = vec![seed.address()])?;
    let ping = seed.wait_for(iut.soon(), |received| received.kind() == "PING");
    let ping = bench.must(&iut, "MGP1-LIV-027", "a PING to the seed", ping)?;
    let floor = ping.timestamp() + 3_600_000;
    seed.set_answers(true);
    let pong = seed.message(
        "PONG",
        json!({"pingId": ping.get("data/pingId"), "heartbeats": {iut.id.as_str(): floor}}),
    );
    bench.send(&iut, &seed, &pong)?;
    let passed = seed.wait_for(iut.soon(), |received| received.timestamp() > floor);
    bench
        .must(
            &iut,
            "MGP1-LIV-011",
            &format!("messages with a timestamp greater than {floor}, the floor in the PONG"),
            passed,
        )
        .map(|_| ())
}

fn old_rumours_change_nothing(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let before = bench.alive(&iut, &peer)?;
    let updated = before.record(&iut.id).unwrap_or_default()["updated"].clone();
    for state in ["SUSPECT", "DEAD", "ALIVE"] {
        // All messages of a node have timestamps greater than its first: one less than an old one is old.
        let old = before.timestamp() - 1;
        bench.send(
            &iut,
            &peer,
            &peer.message("GOSSIP", rumour_of(&iut, state, old)),
        )?;
    }
    let after = bench.alive(&iut, &peer)?;
    let own = after.record(&iut.id).unwrap_or_default();
    bench.check(
        own["updated"] == updated && own["state"] == "ALIVE",
        "MGP1-LIV-011",
        format!("ALIVE with `updated` {updated} as before: these rumours do not win"),
        own.to_string(),
    )?;
    heeds_a_rumour(bench, &iut, &peer)
}

/// A rumour that wins does move the clock: that others did not shows something of a node that hears what is said of it.
pub(super) fn heeds_a_rumour(bench: &Bench<'_>, iut: &Iut, peer: &Peer) -> Outcome {
    let mark = peer.mark();
    let ahead = bench.alive(iut, peer)?.timestamp() + AHEAD;
    let rumour = rumour_of(iut, "SUSPECT", ahead);
    bench.send(iut, peer, &peer.message("GOSSIP", rumour))?;
    let moved = peer.wait_since(mark, iut.soon(), |received| received.timestamp() > ahead);
    bench
        .must(
            iut,
            "MGP1-LIV-011",
            &format!(
                "a message with a timestamp greater than {ahead}, that of a rumour which wins"
            ),
            moved,
        )
        .map(|_| ())
}

fn refutations_are_limited(bench: &Bench<'_>) -> Outcome {
    const RUMOURS: u64 = 300;
    let interval_ms = 1_000;
    let peer = bench.peer("p1")?;
    let iut = bench.node_between_rounds(&[&peer], interval_ms)?;
    let mark = peer.mark();
    let began = Instant::now();
    let mut clock = bench.alive(&iut, &peer)?.timestamp();
    for number in 0..RUMOURS {
        clock += 1_000_000;
        bench.send(
            &iut,
            &peer,
            &peer.message("GOSSIP", rumour_of(&iut, "DEAD", clock)),
        )?;
        if number % 50 == 0 {
            bench.alive(&iut, &peer)?;
        }
    }
    bench.alive(&iut, &peer)?;
    let refuted = peer.wait_since(mark, iut.soon(), |received| {
        received.kind() == "GOSSIP" && received.timestamp() > clock
    });
    bench.must(
        &iut,
        "MGP1-LIV-012",
        "a GOSSIP that refutes the last rumour",
        refuted,
    )?;
    let gossips = peer
        .received_since(mark)
        .iter()
        .filter(|received| received.kind() == "GOSSIP")
        .count();
    // Two refutations per interval and one round, and one of each that was due at the edges. News may add its nine copies.
    let intervals = began.elapsed().as_millis() / u128::from(interval_ms) + 1;
    let most = usize::try_from(intervals * 3 + 2 + 9).unwrap_or(usize::MAX);
    bench.check(
        gossips <= most,
        "MGP1-LIV-013",
        format!(
            "at most {most} GOSSIPs in {} ms, for {RUMOURS} rumours",
            began.elapsed().as_millis()
        ),
        gossips.to_string(),
    )
}

fn ping_to_the_seed(bench: &Bench<'_>) -> Outcome {
    let seed = bench.mute("seed")?;
    let iut = bench.node_with(|settings| settings.seeds = vec![seed.address()])?;
    let mut pings = Vec::new();
    let third = seed.wait_for(iut.soon(), |received| {
        if received.kind() == "PING" {
            pings.push(received.clone());
        }
        pings.len() == 3
    });
    bench.must(
        &iut,
        "MGP1-LIV-027",
        "a PING to a seed that does not answer, again and again",
        third,
    )?;
    for ping in &pings {
        bench.check(
            ping.get("data/targetId").is_null(),
            "MGP1-LIV-027",
            "no `targetId` in a PING to a seed",
            ping.get("data").to_string(),
        )?;
        bench.check(
            ping.is_raw() && ping.bytes.len() >= 480,
            "MGP1-MSG-025",
            "at least 480 bytes, raw: the address is not validated",
            format!("{} bytes", ping.bytes.len()),
        )?;
        let known: Vec<String> = ping.section("membership").keys().cloned().collect();
        bench.check(
            known == [iut.id.clone()],
            "MGP1-LIV-028",
            "no member but the node itself",
            known.join(", "),
        )?;
    }
    let strangers = seed
        .received_since(0)
        .iter()
        .filter(|received| received.kind() != "PING")
        .count();
    bench.check(
        strangers == 0,
        "MGP1-DIS-012",
        "nothing but PINGs to a seed that has not answered",
        format!("{strangers} others"),
    )?;
    // By the node's own clock; its timer may be a little late, a busy machine's more so.
    let between = pings[2].timestamp() - pings[1].timestamp();
    let most = iut.suspect_timeout_ms() * 4;
    bench.check(
        between <= most,
        "MGP1-LIV-027",
        format!("again at least every {} ms", iut.suspect_timeout_ms() * 2),
        format!("after {between} ms"),
    )?;
    seed.set_answers(true);
    let gossip = seed.wait_for(iut.soon(), |received| received.kind() == "GOSSIP");
    bench
        .must(
            &iut,
            "MGP1-DIS-002",
            "gossip to the seed once it has answered",
            gossip,
        )
        .map(|_| ())
}

fn no_phantom_members(bench: &Bench<'_>) -> Outcome {
    let nowhere = bench.nowhere()?;
    let seed = bench.peer("real")?;
    let iut = bench.node_with(|settings| settings.seeds = vec![nowhere, seed.address()])?;
    bench.join(&iut, &seed)?;
    bench.rounds(&iut, &seed, 8)?;
    let told = seed.received_since(0);
    // Others who are told with an id are listed: this node has a list.
    let mark = seed.mark();
    let third = record(bench.nowhere()?, wall_ms());
    bench.send(&iut, &seed, &seed.gossip_records([("third", third)]))?;
    bench.sees_state(&iut, &seed, mark, "MGP1-MRG-018", "third", "ALIVE")?;
    for received in told {
        for (id, record) in received.section("membership") {
            bench.check(
                id == iut.id || id == "real",
                "MGP1-LIV-028",
                "no member but the node and the seed that said who it is",
                format!("`{id}`: {record}"),
            )?;
        }
    }
    Ok(())
}

fn unknown_heartbeat(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mark = peer.mark();
    bench.send(
        &iut,
        &peer,
        &peer.message("GOSSIP", json!({"heartbeats": {"stranger": wall_ms()}})),
    )?;
    let asked = peer.wait_since(mark, iut.soon(), |received| {
        received.kind() == "PING" && received.get("data/full") == true
    });
    bench
        .must(
            &iut,
            "MGP1-LIV-029",
            "a PING with `full` true to the sender of a heartbeat of a stranger",
            asked,
        )
        .map(|_| ())
}
