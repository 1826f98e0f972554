//! Chapter 6: which of two facts stays.

use serde_json::{Value, json};

use super::bench::{Bench, Iut, Outcome, brief, five_members};
use super::case;
use super::ignore::Offences;
use super::open::Wait;
use crate::cases::Case;
use crate::oracle;
use crate::wire::message::{entry, record, record_in, tombstone, with};
use crate::wire::{Peer, wall_ms};

/// Milliseconds of an hour.
const HOUR: u64 = 3_600_000;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "MGP1-MRG-001/last-write-wins-in-both-orders",
            &["MGP1-MRG-002"],
            "a tie that the order of arrival decides, so that two nodes never agree",
            last_write_wins_in_both_orders,
        ),
        case(
            "MGP1-MRG-003/future-entry-is-not-relayed",
            &[],
            "an entry dated so far ahead that its key can never be written again",
            future_entry_is_not_relayed,
        ),
        case(
            "MGP1-MRG-004/entry-is-relayed-as-received",
            &[],
            "a relay that stamps entries as its own",
            entry_is_relayed_as_received,
        ),
        case(
            "MGP1-MRG-006/own-write",
            &["MGP1-DIS-004", "MGP1-MRG-005"],
            "a local write without source or with a clock of its own",
            own_write,
        ),
        case(
            "MGP1-MRG-001/tombstone-wins-and-is-relayed",
            &["MGP1-MRG-004"],
            "a deletion that is forgotten at once, so that a slower node brings the value back",
            tombstone_wins_and_is_relayed,
        ),
        case(
            "MGP1-MRG-013/expired-tombstone",
            &["MGP1-MRG-014"],
            "tombstones that live for ever by being passed around",
            expired_tombstone,
        ),
        case(
            "MGP1-MRG-012/expired-tombstone-over-an-entry",
            &["MGP1-MRG-014"],
            "an expired tombstone that is thrown away before it has deleted anything",
            expired_tombstone_over_an_entry,
        ),
        case(
            "MGP1-MRG-015/liveness-by-clock-then-severity",
            &["MGP1-DIS-004"],
            "a state that the last message decides and not the member's own clock",
            liveness_by_clock_then_severity,
        ),
        case(
            "MGP1-MRG-016/content-apart-from-liveness",
            &["MGP1-DIS-004"],
            "an old address that a newer heartbeat brings back",
            content_apart_from_liveness,
        ),
        case(
            "MGP1-MRG-017/heartbeat-raises-last-seen-only",
            &[],
            "a heartbeat that wipes the record out",
            heartbeat_raises_last_seen_only,
        ),
        case(
            "MGP1-MRG-019/hearsay-adds-nobody",
            &["MGP1-MRG-020"],
            "a member without an address, or one that is born dead",
            heartbeat_adds_nobody,
        ),
        case(
            "MGP1-LIV-019/remembered-member",
            &["MGP1-LIV-020", "MGP1-MRG-021"],
            "a dead member that old records bring back for ever",
            remembered_member,
        ),
    ]
}

/// Pairs of entries of one key, the smaller first, and what decides between them.
fn pairs() -> Vec<(&'static str, Value, Value)> {
    let t = wall_ms();
    let of =
        |value: Value, time: u64, version: &str, source: &str| entry(value, time, version, source);
    let by_version = [
        ("version", "a", "b"),
        ("version: upper case before lower case", "Z", "a"),
        ("version: digits before letters", "9", "A"),
        ("version: 10 before 9, as text", "10", "9"),
        ("version: a prefix before the whole", "ab", "ab-"),
        ("version: - before . before _", "-", "_"),
    ]
    .map(|(what, smaller, greater)| {
        let greater = of(json!(1), t, greater, "a");
        (what, of(json!(9), t, smaller, "z"), greater)
    });
    let by_source = [
        ("sourceNode", "A", "a"),
        ("sourceNode: a prefix before the whole", "n1", "n10"),
    ]
    .map(|(what, smaller, greater)| {
        let greater = of(json!(1), t, "v", greater);
        (what, of(json!(9), t, "v", smaller), greater)
    });
    let mut pairs = vec![
        (
            "timestamp",
            of(json!(9), t, "z", "z"),
            of(json!(1), t + 1, "a", "a"),
        ),
        (
            "timestamp before deleted",
            tombstone(t, "z", "z"),
            of(json!(1), t + 1, "a", "a"),
        ),
        ("deleted", of(json!(9), t, "v", "n"), tombstone(t, "v", "n")),
        (
            "value: 10 before 9, as canonical text",
            of(json!(10), t, "v", "n"),
            of(json!(9), t, "v", "n"),
        ),
        (
            "value: a text before a number",
            of(json!("9"), t, "v", "n"),
            of(json!(0), t, "v", "n"),
        ),
        (
            "value: UTF-8 bytes, not UTF-16 units",
            of(json!("\u{FB33}"), t, "v", "n"),
            of(json!("\u{1F600}"), t, "v", "n"),
        ),
        (
            "value: null between false and true",
            of(json!(null), t, "v", "n"),
            of(json!(true), t, "v", "n"),
        ),
    ];
    pairs.extend(by_version);
    pairs.extend(by_source);
    pairs
}

fn last_write_wins_in_both_orders(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut keys = Vec::new();
    for (number, (what, smaller, greater)) in pairs().into_iter().enumerate() {
        let (up, down) = (format!("{number}-up"), format!("{number}-down"));
        bench.send(
            &iut,
            &peer,
            &peer.gossip_entries([
                (up.as_str(), smaller.clone()),
                (down.as_str(), greater.clone()),
            ]),
        )?;
        bench.send(
            &iut,
            &peer,
            &peer.gossip_entries([(up.as_str(), greater.clone()), (down.as_str(), smaller)]),
        )?;
        bench.alive(&iut, &peer)?;
        keys.push((format!("{what}, the greater last"), up, greater.clone()));
        keys.push((format!("{what}, the greater first"), down, greater));
    }
    bench.rounds(&iut, &peer, 1)?;
    let settled = peer.mark();
    for (what, key, greater) in &keys {
        // What it says after it has taken both is what it keeps.
        let came = peer.wait_since(settled, iut.soon(), |received| {
            received.entry(key).is_some()
        });
        let came = bench.must(
            &iut,
            "MGP1-DIS-009",
            &format!("the entry `{key}` is gossiped"),
            came,
        )?;
        let found = came.entry(key).unwrap_or_default();
        bench.check(
            oracle::json_equal(&found, &five_members(greater)),
            "MGP1-MRG-001",
            format!(
                "the greater entry by {what}: {}",
                brief(&five_members(greater))
            ),
            brief(&found),
        )?;
    }
    // A copy of the greater one changes nothing, and the smaller one never returns.
    for received in peer.received_since(settled) {
        for (what, key, greater) in &keys {
            if let Some(found) = received.entry(key) {
                bench.check(
                    oracle::json_equal(&found, &five_members(greater)),
                    "MGP1-MRG-001",
                    format!("always the greater entry by {what}"),
                    brief(&found),
                )?;
            }
        }
    }
    Ok(())
}

fn future_entry_is_not_relayed(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let now = wall_ms();
    let mut offences = Offences::new(bench, &peer);
    let (first, last) = (offences.name(), (1_u64 << 53) - 1);
    let near = entry(json!("near"), now + 23 * HOUR, "v1", "w1");
    let gossip = peer.gossip_entries([(
        first.as_str(),
        entry(json!("far"), now + 25 * HOUR, "v1", "w1"),
    )]);
    offences.add_message("an entry dated 25 hours ahead", &gossip);
    let second = offences.name();
    let gossip = peer.gossip_entries([
        (second.as_str(), entry(json!("far"), last, "v1", "w1")),
        ("near", near.clone()),
    ]);
    offences.add_message(
        "an entry dated 2^53 - 1 beside one dated 23 hours ahead",
        &gossip,
    );
    offences.are_ignored_beside(&iut, "MGP1-MRG-003", json!({"near": near}), json!({}))?;
    // It was not remembered either: an honest write of the same key is taken.
    let honest = entry(json!("honest"), now, "v1", "w1");
    let mark = peer.mark();
    bench.send(
        &iut,
        &peer,
        &peer.gossip_entries([(first.as_str(), honest.clone())]),
    )?;
    bench.sees_entry(&iut, &peer, mark, "MGP1-MRG-003", &first, &honest)
}

fn entry_is_relayed_as_received(bench: &Bench<'_>) -> Outcome {
    let iut = bench.node()?;
    let (writer, reader) = (bench.peer("p1")?, bench.peer("p2")?);
    bench.join(&iut, &writer)?;
    bench.join(&iut, &reader)?;
    for (key, sent) in [
        ("old", entry(json!(1), 5, "v", "long-gone")),
        ("zero", entry(json!(0), 0, "0", "0")),
        (
            "longest",
            entry(json!(1), wall_ms(), &"v".repeat(36), &"s".repeat(64)),
        ),
        ("ours", entry(json!(1), wall_ms(), "v", "iut")),
        ("null", entry(json!(null), wall_ms(), "v", "w")),
    ] {
        let mark = reader.mark();
        bench.send(&iut, &writer, &writer.gossip_entries([(key, sent.clone())]))?;
        bench.sees_entry(&iut, &reader, mark, "MGP1-MRG-004", key, &sent)?;
    }
    Ok(())
}

fn own_write(bench: &Bench<'_>) -> Outcome {
    let value = json!({"b": [1, 2.5, "x"], "a": null});
    let before = wall_ms();
    let iut = bench.node_with(|settings| settings.set = vec![("own".to_owned(), value.clone())])?;
    let after = wall_ms();
    let peer = bench.peer("p1")?;
    bench.join(&iut, &peer)?;
    let wait = Wait {
        peer: &peer,
        mark: 0,
        wanted: "a GOSSIP with the entry `own`, which the node was told to set at its start",
        within: iut.soon(),
    };
    let Some(came) = peer.wait_for(wait.within, |received| received.entry("own").is_some()) else {
        return Err(bench.open(
            &iut,
            "no state seen: the node gossips no entry that it was told to set at its start",
            &wait,
            "make the command's {set} a local write before the first round, or leave the placeholder out: then the case is not for this node",
        ));
    };
    let found = came.entry("own").unwrap_or_default();
    bench.check(
        oracle::json_equal(&found["value"], &value),
        "MGP1-JSN-017",
        format!("the value {value}"),
        found.to_string(),
    )?;
    bench.check(
        found["sourceNode"] == iut.id.as_str(),
        "MGP1-MRG-006",
        format!("`sourceNode` {}", iut.id),
        found.to_string(),
    )?;
    let stamped = found["timestamp"].as_u64().unwrap_or(0);
    bench.check(
        // The suite and the node read the same clock; a second is for how it is read.
        (before.saturating_sub(1_000)..=after + 1_000).contains(&stamped),
        "MGP1-MRG-005",
        format!("a timestamp between {before} and {after}"),
        stamped.to_string(),
    )
}

fn tombstone_wins_and_is_relayed(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let now = wall_ms();
    let written = entry(json!(1), now, "v", "w");
    let mark = peer.mark();
    bench.send(&iut, &peer, &peer.gossip_entries([("k", written.clone())]))?;
    bench.sees_entry(&iut, &peer, mark, "MGP1-MRG-004", "k", &written)?;
    let deleted = tombstone(now + 1, "a", "a");
    let mark = peer.mark();
    bench.send(
        &iut,
        &peer,
        &peer.gossip_entries([("k", deleted.clone()), ("never-held", deleted.clone())]),
    )?;
    bench.sees_entry(&iut, &peer, mark, "MGP1-MRG-001", "k", &deleted)?;
    bench.sees_entry(&iut, &peer, mark, "MGP1-MRG-004", "never-held", &deleted)?;
    // The older write does not bring it back, and a newer one does.
    bench.send(&iut, &peer, &peer.gossip_entries([("k", written)]))?;
    bench.alive(&iut, &peer)?;
    let mark = peer.mark();
    bench.sees_entry(&iut, &peer, mark, "MGP1-MRG-001", "k", &deleted)?;
    let again = entry(json!(2), now + 2, "a", "a");
    bench.send(&iut, &peer, &peer.gossip_entries([("k", again.clone())]))?;
    bench.sees_entry(&iut, &peer, mark, "MGP1-MRG-001", "k", &again)
}

fn expired_tombstone(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let now = wall_ms();
    let fresh = tombstone(now - 23 * HOUR, "v1", "w1");
    let mut offences = Offences::new(bench, &peer);
    let name = offences.name();
    let gossip = peer.gossip_entries([
        (name.as_str(), tombstone(now - 25 * HOUR, "v1", "w1")),
        ("fresh", fresh.clone()),
    ]);
    offences.add_message(
        "a tombstone 25 hours old for a key that is not held, beside one of 23 hours",
        &gossip,
    );
    offences.are_ignored_beside(&iut, "MGP1-MRG-013", json!({"fresh": fresh}), json!({}))
}

fn expired_tombstone_over_an_entry(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let now = wall_ms();
    let mut offences = Offences::new(bench, &peer);
    let name = offences.name();
    let old = entry(json!("old"), now - 26 * HOUR, "v1", "w1");
    let mark = peer.mark();
    bench.send(
        &iut,
        &peer,
        &peer.gossip_entries([(name.as_str(), old.clone())]),
    )?;
    bench.sees_entry(&iut, &peer, mark, "MGP1-MRG-004", &name, &old)?;
    let gossip = peer.gossip_entries([(name.as_str(), tombstone(now - 25 * HOUR, "v1", "w1"))]);
    bench.send(&iut, &peer, &gossip)?;
    bench.rounds(&iut, &peer, 1)?;
    // From here on neither the entry nor its tombstone may be seen.
    offences.add_message("the same tombstone again", &peer.gossip_entries([]));
    offences.are_ignored(&iut, "MGP1-MRG-012")
}

/// A node that does not change a state by its own timers while the case looks: between its rounds it tells news only.
/// Of its two peers one tells it things and the other hears of them: nobody owes news to the member that sent it.
fn quiet(bench: &Bench<'_>) -> Result<Audience, crate::verdict::Verdict> {
    let teller = bench.peer("p1")?;
    let hearer = bench.peer("p2")?;
    let iut = bench.node_between_rounds(&[&teller, &hearer], 20_000)?;
    Ok(Audience {
        iut,
        teller,
        hearer,
    })
}

struct Audience {
    iut: Iut,
    teller: Peer,
    hearer: Peer,
}

/// Sends a record of the member `x` and waits for news of `x` with that mark on it: copies of older news may still come in between.
fn told_after(
    bench: &Bench<'_>,
    Audience {
        iut,
        teller,
        hearer,
    }: &Audience,
    (requirement, expected): (&str, &str),
    record: &Value,
    marked: impl Fn(&Value) -> bool,
) -> Result<Value, crate::verdict::Verdict> {
    let mark = hearer.mark();
    bench.send(iut, teller, &teller.gossip_records([("x", record.clone())]))?;
    let mut last = None;
    let came = hearer.wait_since(mark, iut.soon(), |received| {
        let told = received.record("x");
        let fits = told.as_ref().is_some_and(&marked);
        last = told.or(last.take());
        fits
    });
    match (came, last) {
        (Some(came), _) => Ok(came.record("x").unwrap_or_default()),
        (None, Some(last)) => Err(bench.fail(requirement, expected, last.to_string())),
        (None, None) => bench.must(iut, requirement, expected, None),
    }
}

fn liveness_by_clock_then_severity(bench: &Bench<'_>) -> Outcome {
    let audience = quiet(bench)?;
    let Audience { iut, teller, .. } = &audience;
    let address = bench.nowhere()?;
    let of = |state: &str, last_seen: u64| {
        with(record_in(state, address, last_seen), "updated", json!(5))
    };
    for (what, state, last_seen) in [
        ("a new member", "ALIVE", 10),
        ("a worse state at the same clock wins", "SUSPECT", 10),
        ("a greater clock wins, whatever the state", "ALIVE", 11),
        ("DEAD at the same clock wins", "DEAD", 11),
        ("a greater clock revives", "SUSPECT", 12),
        ("and again", "ALIVE", 13),
    ] {
        let expected = format!("news of `x` as {state} at {last_seen}: {what}");
        told_after(
            bench,
            &audience,
            ("MGP1-MRG-015", &expected),
            &of(state, last_seen),
            |told| told["state"] == state && told["lastSeen"] == last_seen,
        )?;
    }
    // These lose, and so bring no news of their own. Changed metadata bring some, and show what was kept.
    for loser in [
        of("DEAD", 12),
        of("SUSPECT", 12),
        of("DEAD", 6),
        of("ALIVE", 13),
    ] {
        bench.send(iut, teller, &teller.gossip_records([("x", loser)]))?;
    }
    let last = with(
        with(of("ALIVE", 13), "metadata", json!({"z": "last"})),
        "updated",
        json!(7),
    );
    let told = told_after(
        bench,
        &audience,
        ("MGP1-MRG-016", "news of changed metadata of `x`"),
        &last,
        |told| told["metadata"]["z"] == "last",
    )?;
    bench.check(
        told["state"] == "ALIVE" && told["lastSeen"] == 13,
        "MGP1-MRG-015",
        "ALIVE at 13: records with smaller clocks lose, whatever their state",
        told.to_string(),
    )
}

fn content_apart_from_liveness(bench: &Bench<'_>) -> Outcome {
    let audience = quiet(bench)?;
    let Audience { iut, teller, .. } = &audience;
    let address = bench.nowhere()?;
    let of = |last_seen: u64, updated: u64, zone: &str| {
        with(
            with(record(address, last_seen), "updated", json!(updated)),
            "metadata",
            json!({"zone": zone}),
        )
    };
    let in_zone = |zone: &'static str| move |told: &Value| told["metadata"]["zone"] == zone;
    told_after(
        bench,
        &audience,
        ("MGP1-MRG-018", "news of the new member `x` in zone a"),
        &of(100, 10, "a"),
        in_zone("a"),
    )?;
    let expected = "news of zone b: a greater `updated` wins in a record with a smaller `lastSeen`";
    let told = told_after(
        bench,
        &audience,
        ("MGP1-MRG-016", expected),
        &of(50, 20, "b"),
        in_zone("b"),
    )?;
    bench.check(
        told["lastSeen"] == 100 && told["updated"] == 20,
        "MGP1-MRG-016",
        "zone b and updated 20 with lastSeen 100: content and liveness merge apart",
        told.to_string(),
    )?;
    let expected =
        "news of zone c: of two contents with the same `updated` the greater canonical one wins";
    told_after(
        bench,
        &audience,
        ("MGP1-MRG-016", expected),
        &of(100, 20, "c"),
        in_zone("c"),
    )?;
    // Neither an older content under a newer clock nor a smaller content changes it. The next news shows.
    bench.send(
        iut,
        teller,
        &teller.gossip_records([("x", of(200, 15, "d"))]),
    )?;
    bench.send(
        iut,
        teller,
        &teller.gossip_records([("x", of(200, 20, "b"))]),
    )?;
    let suspect = with(of(200, 15, "a"), "state", json!("SUSPECT"));
    let told = told_after(
        bench,
        &audience,
        ("MGP1-MRG-015", "news of `x` as SUSPECT at 200"),
        &suspect,
        |told| told["state"] == "SUSPECT",
    )?;
    bench.check(
        in_zone("c")(&told) && told["updated"] == 20 && told["lastSeen"] == 200,
        "MGP1-MRG-016",
        "still zone c and updated 20, now with lastSeen 200",
        told.to_string(),
    )
}

fn heartbeat_raises_last_seen_only(bench: &Bench<'_>) -> Outcome {
    let audience = quiet(bench)?;
    let Audience { iut, teller, .. } = &audience;
    let of = |last_seen: u64| {
        let member = with(record(bench.nowhere()?, last_seen), "updated", json!(10));
        Ok::<_, crate::verdict::Verdict>(with(member, "metadata", json!({"zone": "a"})))
    };
    told_after(
        bench,
        &audience,
        ("MGP1-MRG-018", "news of the new member `x`"),
        &of(100)?,
        |_| true,
    )?;
    bench.send(
        iut,
        teller,
        &teller.message("GOSSIP", json!({"heartbeats": {"x": 200}})),
    )?;
    bench.send(
        iut,
        teller,
        &teller.message("GOSSIP", json!({"heartbeats": {"x": 150}})),
    )?;
    // SUSPECT at 199 loses to the heartbeat of 200; SUSPECT at 200 wins, and is the news that shows all.
    bench.send(
        iut,
        teller,
        &teller.gossip_records([("x", with(of(199)?, "state", json!("SUSPECT")))]),
    )?;
    let suspect = with(of(200)?, "state", json!("SUSPECT"));
    let told = told_after(
        bench,
        &audience,
        ("MGP1-MRG-015", "news of `x` as SUSPECT"),
        &suspect,
        |told| told["state"] == "SUSPECT",
    )?;
    bench.check(
        told["lastSeen"] == 200
            && told["updated"] == 10
            && told["metadata"] == json!({"zone": "a"}),
        "MGP1-MRG-017",
        "SUSPECT at 200 and not at 199, with updated 10 and zone a as before",
        told.to_string(),
    )
}

fn heartbeat_adds_nobody(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    let name = offences.name();
    offences.add_message(
        "a heartbeat of a member that is not known",
        &peer.message("GOSSIP", json!({"heartbeats": {&name: wall_ms()}})),
    );
    let name = offences.name();
    let dead = record_in("DEAD", bench.nowhere()?, wall_ms());
    offences.add_message(
        "a record of a member that is not known and DEAD",
        &peer.gossip_records([(name.as_str(), dead)]),
    );
    offences.are_ignored(&iut, "MGP1-MRG-019")
}

fn remembered_member(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let now = wall_ms();
    let address = bench.nowhere()?;
    let mut offences = Offences::new(bench, &peer);
    let name = offences.name();
    bench.send(
        &iut,
        &peer,
        &peer.gossip_records([(name.as_str(), record_in("DEAD", address, now))]),
    )?;
    for (what, last_seen) in [("the same", now), ("a smaller", now - 1)] {
        let gossip = peer.gossip_records([(name.as_str(), record(address, last_seen))]);
        offences.add_message(
            format!("an ALIVE record with {what} lastSeen than the one remembered"),
            &gossip,
        );
    }
    offences.are_ignored(&iut, "MGP1-LIV-019")?;
    let mark = peer.mark();
    bench.send(
        &iut,
        &peer,
        &peer.gossip_records([(name.as_str(), record(address, now + 1))]),
    )?;
    let seen = peer.wait_since(mark, iut.soon(), |received| {
        received.record(&name).is_some()
    });
    bench
        .must(
            &iut,
            "MGP1-LIV-020",
            "a remembered member is added again by a record with a greater lastSeen",
            seen,
        )
        .map(|_| ())
}
