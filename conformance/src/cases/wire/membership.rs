//! The profile `membership`: joining by pages, leaving, healing.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::bench::{Bench, Iut, Outcome, SOON};
use super::case;
use super::ignore::Offences;
use crate::cases::Case;
use crate::verdict::Verdict;
use crate::wire::message::{self, record, record_in, with, without};
use crate::wire::{Options, Peer, Received, wall_ms};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "MGP1-MSG-026/bad-pages",
            &["MGP1-ERR-002"],
            "a page number that indexes past an end",
            bad_pages,
        ),
        case(
            "MGP1-MSG-026/pages-are-merged",
            &["MGP1-MRG-018"],
            "a page that is merged only when all of them came",
            pages_are_merged,
        ),
        case(
            "MGP1-MSG-027/pages-of-many-members",
            &["MGP1-MSG-029", "MGP1-FRM-002", "MGP1-DIS-008"],
            "a member list that is cut at one datagram",
            pages_of_many_members,
        ),
        case(
            "MGP1-MSG-027/a-single-page",
            &["MGP1-MSG-029"],
            "a list that is not numbered, so that a joining node never knows that it is whole",
            a_single_page,
        ),
        case(
            "MGP1-MSG-031/asked-again-while-pages-are-due",
            &["MGP1-MSG-027", "MGP1-MSG-029"],
            "a second question ignored while pages are due: the page that was lost never comes again",
            asked_again_before_the_last_page,
        ),
        case(
            "MGP1-MSG-028/pages-wait-for-validation",
            &["MGP1-DIS-012"],
            "one small PING with a forged source that is answered by a whole member list",
            pages_wait_for_validation,
        ),
        case(
            "MGP1-MSG-030/full-until-the-last-page",
            &["MGP1-LIV-027"],
            "a node that joins and asks nobody for the members",
            full_until_the_last_page,
        ),
        case(
            "MGP1-LIV-015/leaves-on-sigterm",
            &["MGP1-LIV-016", "MGP1-LIV-017"],
            "a node that is suspected for seconds after every planned restart",
            leaves_on_sigterm,
        ),
        case(
            "MGP1-LIV-015/member-that-leaves-is-dead-at-once",
            &["MGP1-MRG-015", "MGP1-DIS-004"],
            "a good-bye that is kept to oneself",
            member_that_leaves_is_dead_at_once,
        ),
        case(
            "MGP1-LIV-018/dead-members-are-reaped",
            &["MGP1-LIV-019"],
            "a list of members that only grows",
            dead_members_are_reaped,
        ),
        case(
            "MGP1-LIV-023/pings-to-the-dead",
            &[],
            "two halves of a cluster that never find each other again",
            pings_to_the_dead,
        ),
        case(
            "MGP1-LIV-024/pings-to-a-dead-seed",
            &[],
            "a seed that comes back and is not noticed",
            pings_to_a_dead_seed,
        ),
        case(
            "MGP1-LIV-026/gossip-when-alone",
            &[],
            "a node that is alone and waits to be spoken to",
            gossip_when_alone,
        ),
    ]
}

fn bad_pages(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mut offences = Offences::new(bench, &peer);
    for (page, pages) in [
        (json!(0), json!(1)),
        (json!(2), json!(1)),
        (json!(1), json!(null)),
        (json!(null), json!(1)),
        (json!("1"), json!("1")),
        (json!(1.5), json!(2)),
        (json!(-1), json!(1)),
    ] {
        let numbered = with(
            with(offences.gossip()?, "type", json!("MEMBERSHIP")),
            "data/page",
            page.clone(),
        );
        let numbered = without(
            with(numbered, "data/pages", pages.clone()),
            "data/localData",
        );
        offences.add_message(format!("page {page} of {pages}"), &numbered);
    }
    offences.are_ignored(&iut, "MGP1-MSG-026")
}

fn pages_are_merged(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let mark = peer.mark();
    let numbered = [
        ("none", json!({})),
        ("first-of-nine", json!({"page": 1, "pages": 9})),
        ("single", json!({"page": 1, "pages": 1})),
    ];
    for (id, data) in &numbered {
        let data = with(
            data.clone(),
            &format!("membership/{id}"),
            record(bench.nowhere()?, wall_ms()),
        );
        bench.send(&iut, &peer, &peer.message("MEMBERSHIP", data))?;
    }
    for (id, data) in &numbered {
        let seen = peer.wait_since(mark, iut.soon(), |received| received.record(id).is_some());
        bench.must(
            &iut,
            "MGP1-MRG-018",
            &format!("the record `{id}` of a MEMBERSHIP with {data} is gossiped"),
            seen,
        )?;
    }
    Ok(())
}

/// Asks for the member list and collects the pages.
fn ask_for_pages(bench: &Bench<'_>, iut: &Iut, peer: &Peer) -> Result<Vec<Received>, Verdict> {
    let mark = peer.mark();
    let (ping, ping_id) = peer.ping(json!({"full": true}));
    bench.send(iut, peer, &ping)?;
    let mut seen = BTreeSet::new();
    let whole = peer.wait_since(mark, iut.soon(), |received| {
        if received.kind() == "MEMBERSHIP" {
            seen.insert(received.get("data/page").as_u64().unwrap_or(0));
            let pages = received.get("data/pages").as_u64().unwrap_or(0);
            return pages > 0 && (1..=pages).all(|page| seen.contains(&page));
        }
        false
    });
    bench.must(
        iut,
        "MGP1-MSG-027",
        "pages 1 to `pages` after a PING with `full` true",
        whole,
    )?;
    let received = peer.received_since(mark);
    let pong = received.iter().position(|received| {
        received.kind() == "PONG" && received.get("data/pingId") == ping_id.as_str()
    });
    let first = received
        .iter()
        .position(|received| received.kind() == "MEMBERSHIP");
    bench.check(
        pong.is_some() && pong < first,
        "MGP1-MSG-027",
        "the PONG first, then the pages",
        format!("PONG at {pong:?}, first page at {first:?}"),
    )?;
    Ok(received
        .into_iter()
        .filter(|received| received.kind() == "MEMBERSHIP")
        .collect())
}

/// Tells the node of that many members with large records, `member-0` the first, and returns their ids.
fn invent(bench: &Bench<'_>, iut: &Iut, peer: &Peer, count: usize) -> Result<Vec<String>, Verdict> {
    let ids: Vec<String> = (0..count)
        .map(|number| format!("member-{number}"))
        .collect();
    for ids in ids.chunks(6) {
        let now = wall_ms();
        let address = bench.nowhere()?;
        let records = ids.iter().map(|id| {
            let noise: String = (0..6)
                .map(|_| format!("{:016x}", rand::random::<u64>()))
                .collect();
            (
                id.as_str(),
                with(record(address, now), "metadata", json!({"noise": noise})),
            )
        });
        bench.send(iut, peer, &peer.gossip_records(records))?;
        bench.alive(iut, peer)?;
    }
    Ok(ids)
}

fn asked_again_before_the_last_page(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    invent(bench, &iut, &peer, 60)?;
    let mark = peer.mark();
    let (first, _) = peer.ping(json!({"full": true}));
    bench.send(&iut, &peer, &first)?;
    let page = peer.wait_since(mark, iut.soon(), |received| {
        received.kind() == "MEMBERSHIP" && received.get("data/page") == &json!(1)
    });
    let page = bench.must(
        &iut,
        "MGP1-MSG-027",
        "page 1 after a PING with `full` true",
        page,
    )?;
    if page.get("data/pages").as_u64().unwrap_or(0) < 3 {
        return Err(Verdict::open(
            format!(
                "the node announced {} pages for sixty large records; there is nothing to ask again between fewer than three",
                page.get("data/pages")
            ),
            "list every member that is not DEAD in the pages (MGP1-MSG-027), none of more than 1,400 bytes: MGP1-MSG-027/pages-of-many-members asks for that alone",
        ));
    }
    let mark = peer.mark();
    let (second, ping_id) = peer.ping(json!({"full": true}));
    bench.send(&iut, &peer, &second)?;
    let mut is_second = false;
    let last = peer.wait_since(mark, iut.soon(), |received| {
        is_second |= received.get("data/pingId") == ping_id.as_str();
        let number = received.get("data/page");
        is_second && number.is_u64() && number == received.get("data/pages")
    });
    let last = bench.must(
        &iut,
        "MGP1-MSG-027",
        "a last page after the second PING",
        last,
    )?;
    // Between two sockets on loopback the order of receipt is the order of sending.
    let numbers: Vec<u64> = peer
        .received_since(mark)
        .iter()
        .skip_while(|received| received.get("data/pingId") != ping_id.as_str())
        .filter_map(|received| received.get("data/page").as_u64())
        .collect();
    let wanted: Vec<u64> = (1..=last.get("data/pages").as_u64().unwrap_or(0)).collect();
    bench.check(
        numbers.starts_with(&wanted),
        "MGP1-MSG-031",
        format!("pages {wanted:?} after the PONG to the second PING, and none of the first answer"),
        format!("pages {numbers:?}"),
    )
}

fn pages_of_many_members(bench: &Bench<'_>) -> Outcome {
    const MEMBERS: usize = 60;
    let peer = bench.peer("p1")?;
    let iut = bench.node_between_rounds(&[&peer], 20_000)?;
    let ids = invent(bench, &iut, &peer, MEMBERS)?;
    let dead = record_in("DEAD", bench.nowhere()?, wall_ms() + 1_000);
    bench.send(&iut, &peer, &peer.gossip_records([("member-0", dead)]))?;
    bench.alive(&iut, &peer)?;
    let pages = ask_for_pages(bench, &iut, &peer)?;
    let count = pages[0].get("data/pages").as_u64().unwrap_or(0);
    let mut listed = BTreeSet::new();
    for page in &pages {
        bench.check(
            page.get("data/pages") == &json!(count),
            "MGP1-MSG-029",
            format!("`pages` {count} in each"),
            page.get("data/pages").to_string(),
        )?;
        bench.check(
            page.bytes.len() <= 1_400,
            "MGP1-FRM-002",
            "pages of at most 1,400 bytes",
            page.bytes.len().to_string(),
        )?;
        listed.extend(
            page.section("membership")
                .into_iter()
                .filter(|(_, record)| record["state"] != "DEAD")
                .map(|(id, _)| id),
        );
    }
    let missing: Vec<&String> = ids
        .iter()
        .skip(1)
        .filter(|id| !listed.contains(*id))
        .collect();
    bench.check(
        missing.is_empty(),
        "MGP1-MSG-027",
        "every member that is not DEAD in one of the pages",
        format!("missing: {missing:?}"),
    )?;
    bench.check(
        count > 1,
        "MGP1-DIS-008",
        format!("{MEMBERS} records on several pages"),
        "one page",
    )?;
    // By the node's own clock. It runs ahead where several messages fell into one millisecond, so only half is asked for; a burst takes `count` ms.
    let (first, last) = (pages[0].timestamp(), pages[pages.len() - 1].timestamp());
    let least = (count - 1) * 5;
    bench.check(
        last - first >= least,
        "MGP1-MSG-029",
        format!("{count} pages in no less than {least} ms: one per eagerInterval"),
        format!("{} ms", last - first),
    )
}

fn a_single_page(bench: &Bench<'_>) -> Outcome {
    let (iut, peer) = bench.pair()?;
    let pages = ask_for_pages(bench, &iut, &peer)?;
    bench.check(
        pages.len() == 1
            && pages[0].get("data/page") == &json!(1)
            && pages[0].get("data/pages") == &json!(1),
        "MGP1-MSG-029",
        "page 1 of 1 from a node that knows two members",
        pages
            .iter()
            .map(|page| page.get("data").to_string())
            .collect::<Vec<_>>()
            .join("; "),
    )
}

fn pages_wait_for_validation(bench: &Bench<'_>) -> Outcome {
    let (iut, known) = bench.pair()?;
    let stranger = bench.mute("p2")?;
    let (ping, _) = stranger.ping(json!({"full": true}));
    bench.send_bytes(&iut, &stranger, &message::padded(&ping, 480))?;
    let asked = stranger.wait_for(iut.soon(), |received| received.kind() == "PING");
    let asked = bench.must(
        &iut,
        "MGP1-MSG-028",
        "a PING to an address that asked for pages and is not validated",
        asked,
    )?;
    bench.rounds(&iut, &known, 3)?;
    let early: Vec<String> = stranger
        .received_since(0)
        .iter()
        .filter(|received| !matches!(received.kind(), "PING" | "PONG"))
        .map(|received| received.kind().to_owned())
        .collect();
    bench.check(
        early.is_empty(),
        "MGP1-MSG-028",
        "no pages before the address has answered a PING",
        early.join(", "),
    )?;
    // The PINGs may have been repeated meanwhile: answer the newest too.
    stranger.set_answers(true);
    let pong = stranger.message("PONG", json!({"pingId": asked.get("data/pingId"), "heartbeats": {iut.id.as_str(): asked.timestamp()}}));
    bench.send(&iut, &stranger, &pong)?;
    let page = stranger.wait_for(iut.soon(), |received| received.kind() == "MEMBERSHIP");
    bench
        .must(
            &iut,
            "MGP1-MSG-028",
            "the pages once the address has answered",
            page,
        )
        .map(|_| ())
}

fn full_until_the_last_page(bench: &Bench<'_>) -> Outcome {
    let seed = bench.mute("seed")?;
    let iut = bench.node_with(|settings| settings.seeds = vec![seed.address()])?;
    let mut pings = 0;
    let mut all_full = true;
    let asked = seed.wait_for(iut.soon(), |received| {
        if received.kind() == "PING" {
            pings += 1;
            all_full &= received.get("data/full") == true;
        }
        pings == 2
    });
    bench.must(
        &iut,
        "MGP1-LIV-027",
        "two PINGs to a seed that does not answer",
        asked,
    )?;
    bench.check(
        all_full,
        "MGP1-MSG-030",
        "`full` true in the PINGs of a node that joins",
        "a PING without it",
    )
}

fn leaves_on_sigterm(bench: &Bench<'_>) -> Outcome {
    let iut = bench.node()?;
    let peers = [bench.peer("p1")?, bench.peer("p2")?];
    for peer in &peers {
        bench.join(&iut, peer)?;
    }
    let status = iut.terminate();
    let Some(status) = status else {
        return Err(bench.fail(
            "MGP1-LIV-017",
            "the process ends after SIGTERM",
            format!("it still ran {} s later", SOON.as_secs()),
        ));
    };
    bench.check(
        status == 0,
        "MGP1-LIV-017",
        "exit status 0 after SIGTERM",
        status.to_string(),
    )?;
    for peer in &peers {
        // All it sent is in our sockets: the process is gone.
        let said = peer.wait_for(iut.soon(), |received| {
            received.kind() == "MEMBERSHIP"
                && received
                    .record(&iut.id)
                    .is_some_and(|own| own["state"] == "DEAD")
        });
        let said = bench.must(
            &iut,
            "MGP1-LIV-015",
            &format!(
                "a MEMBERSHIP to {} with the node's own record DEAD",
                peer.id()
            ),
            said,
        )?;
        let later = peer
            .received_since(0)
            .into_iter()
            .find(|received| received.timestamp() > said.timestamp());
        bench.check(
            later.is_none(),
            "MGP1-LIV-016",
            "nothing after the good-bye",
            later.map_or_else(String::new, |later| format!("a {}", later.kind())),
        )?;
        bench.check(
            said.get("data/page").is_null() && said.get("data/pages").is_null(),
            "MGP1-LIV-015",
            "a good-bye without page numbers (chapter 5)",
            said.get("data").to_string(),
        )?;
    }
    Ok(())
}

fn member_that_leaves_is_dead_at_once(bench: &Bench<'_>) -> Outcome {
    let (watcher, leaver) = (bench.peer("p1")?, bench.peer("p2")?);
    // Timers cannot be the cause: they need a minute.
    let iut = bench.node_between_rounds(&[&watcher, &leaver], 20_000)?;
    leaver.set_answers(false);
    let mark = watcher.mark();
    let farewell = leaver.farewell("MEMBERSHIP", json!({}));
    bench.send(&iut, &leaver, &farewell)?;
    let dead = bench.sees_state(&iut, &watcher, mark, "MGP1-DIS-004", "p2", "DEAD")?;
    let told = dead.record("p2").unwrap_or_default();
    bench.check(
        told["lastSeen"] == farewell["timestamp"],
        "MGP1-MRG-015",
        format!("DEAD with `lastSeen` {}", farewell["timestamp"]),
        told.to_string(),
    )
}

fn dead_members_are_reaped(bench: &Bench<'_>) -> Outcome {
    // Sixty intervals of retention, as in the defaults.
    let iut = bench.node_with(|settings| settings.gossip_interval_ms = 25)?;
    let peer = bench.peer("p1")?;
    bench.join(&iut, &peer)?;
    let gone = record(bench.nowhere()?, wall_ms());
    let dead = with(
        with(gone.clone(), "state", json!("DEAD")),
        "lastSeen",
        json!(wall_ms() + 5),
    );
    let mark = peer.mark();
    bench.send(&iut, &peer, &peer.gossip_records([("gone", gone)]))?;
    bench.send(&iut, &peer, &peer.gossip_records([("gone", dead.clone())]))?;
    bench.sees_state(&iut, &peer, mark, "MGP1-MRG-015", "gone", "DEAD")?;
    // Reaped is: not in the gossip of many rounds in a row, in which a member that is held would be told.
    let mut since_last = 0;
    let retention =
        std::time::Duration::from_millis(iut.dead_retention_ms() + 20 * iut.interval_ms);
    let within = iut.soon() + retention;
    let reaped = peer.wait_since(mark, within, |received| {
        since_last = if received.record("gone").is_some() {
            0
        } else {
            since_last + usize::from(received.kind() == "GOSSIP")
        };
        since_last >= 20
    });
    bench.must_within(
        &iut,
        "MGP1-LIV-018",
        "a DEAD member is told no more after deadRetention",
        reaped,
        within,
    )?;
    let mut offences = Offences::new(bench, &peer);
    let mark = peer.mark();
    offences.add_message(
        "an old record of a member that was reaped",
        &peer.gossip_records([("gone", with(dead, "state", json!("ALIVE")))]),
    );
    offences.are_ignored(&iut, "MGP1-LIV-019")?;
    let back = peer
        .received_since(mark)
        .into_iter()
        .find(|received| received.record("gone").is_some());
    bench.check(
        back.is_none(),
        "MGP1-LIV-019",
        "a reaped member is not added by what is not newer",
        "it was gossiped again",
    )
}

/// A silent member has become DEAD for the node, as the node itself tells a watcher.
fn until_dead(
    bench: &Bench<'_>,
    iut: &Iut,
    watcher: &Peer,
    subject: &Peer,
) -> Result<Received, Verdict> {
    let mark = watcher.mark();
    subject.set_answers(false);
    bench.sees_state(iut, watcher, mark, "MGP1-LIV-007", subject.id(), "DEAD")
}

/// A PING that the node sent after a moment of its own clock.
fn pinged_after(
    bench: &Bench<'_>,
    iut: &Iut,
    subject: &Peer,
    requirement: &str,
    moment: u64,
) -> Outcome {
    let retention = std::time::Duration::from_millis(iut.dead_retention_ms());
    let within = iut.soon() + retention;
    let ping = subject.wait_for(within, |received| {
        received.kind() == "PING" && received.timestamp() > moment
    });
    bench
        .must_within(
            iut,
            requirement,
            &format!(
                "a PING to {} after {moment} of the node's own clock",
                subject.id()
            ),
            ping,
            within,
        )
        .map(|_| ())
}

fn pings_to_the_dead(bench: &Bench<'_>) -> Outcome {
    let iut = bench.node_with(|settings| settings.gossip_interval_ms = 50)?;
    let (watcher, subject) = (bench.peer("p1")?, bench.peer("p2")?);
    bench.join(&iut, &watcher)?;
    bench.join(&iut, &subject)?;
    let dead = until_dead(bench, &iut, &watcher, &subject)?;
    pinged_after(bench, &iut, &subject, "MGP1-LIV-023", dead.timestamp())
}

fn pings_to_a_dead_seed(bench: &Bench<'_>) -> Outcome {
    let (watcher, seed) = (bench.peer("p1")?, bench.peer("seed")?);
    let iut = bench.node_with(|settings| {
        settings.gossip_interval_ms = 25;
        settings.seeds = vec![seed.address()];
    })?;
    bench.join(&iut, &watcher)?;
    bench.join(&iut, &seed)?;
    let dead = until_dead(bench, &iut, &watcher, &seed)?;
    // Once it is reaped only the address of the seed is left to ask, for ever: twice, to be sure that it goes on.
    pinged_after(bench, &iut, &seed, "MGP1-LIV-024", dead.timestamp())?;
    let reaped = dead.timestamp() + iut.dead_retention_ms() + iut.interval_ms;
    pinged_after(bench, &iut, &seed, "MGP1-LIV-024", reaped)?;
    // It comes back under another id: whoever is there is asked, and is a member.
    let address = seed.address();
    drop(seed);
    let successor = bench.peer_with(Options {
        bind: address,
        ..Options::new("successor")
    })?;
    let mark = watcher.mark();
    let ping = successor.wait_for(iut.soon(), |received| received.kind() == "PING");
    bench.must(
        &iut,
        "MGP1-LIV-024",
        "a PING to the address of the seed",
        ping,
    )?;
    bench
        .sees_state(&iut, &watcher, mark, "MGP1-MRG-018", "successor", "ALIVE")
        .map(|_| ())
}

fn gossip_when_alone(bench: &Bench<'_>) -> Outcome {
    let iut = bench.node_with(|settings| settings.gossip_interval_ms = 50)?;
    let peer = bench.peer("p1")?;
    bench.join(&iut, &peer)?;
    peer.set_answers(false);
    // Nobody else is there to hear that p1 is DEAD, and it is p1 that is told.
    let told = peer.wait_for(iut.soon(), |received: &Received| {
        received.kind() == "GOSSIP"
            && received
                .record("p1")
                .is_some_and(|record: Value| record["state"] == "DEAD")
    });
    bench
        .must(
            &iut,
            "MGP1-LIV-026",
            "GOSSIP to a DEAD member while nobody is ALIVE or SUSPECT",
            told,
        )
        .map(|_| ())
}
