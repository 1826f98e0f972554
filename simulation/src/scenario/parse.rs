//! The fields of a scenario file.

use std::collections::{BTreeMap, BTreeSet};

use super::lives::{Blow, Lives, Series, What, check_clocks};
use super::reader::{Place, Table};
use super::tree;
use super::{Node, Scenario, ScenarioError, Write};
use crate::network::{CLASSES, Cut, HostId, Impairment, Latency, Link, NetworkClass};
use crate::random::Stream;
use crate::time::{HostClock, Micros};
use crate::world::{Fault, Options};

type Read<T> = Result<T, ScenarioError>;

const MAX_NODES: i64 = 10_000;
/// A table of counters has a row for each interval.
const MAX_INTERVALS: u64 = 100_000;
/// Links of pairs are kept one by one.
const MAX_PAIRS: usize = 1_000_000;
const MAX_MILLIS: i64 = 4_102_444_800_000;
const NODES: &str = "write a list of nodes, such as [\"n0\", \"n1\"], or \"all\"";

pub(super) fn scenario(text: &str, root: &tree::Node) -> Read<Scenario> {
    let mut table = Place::root(text, root).table("a scenario is a table of fields")?;
    let name = optional(&mut table, "name", |place| {
        place.text("write a name").map(str::to_owned)
    })?
    .unwrap_or_default();
    let description = optional(&mut table, "description", |place| {
        place.text("write a sentence").map(str::to_owned)
    })?
    .unwrap_or_default();
    // The names of all fields are asked for before anything can be missing, so that a misspelt one is reported as such.
    let seed = table.optional("seed");
    let duration = table.optional("duration");
    let nodes = table.optional("nodes");
    let interval = table.optional("interval");
    let epoch = table.optional("epoch_ms");
    let mix = table.optional("mix");
    let classes = table.optional("classes");
    let clocks = table.optional("clocks");
    let starts = table.optional("starts");
    let links = table.optional("links");
    let faults = table.optional("faults");
    let writes = table.optional("writes");
    let missing = [
        (seed.is_none(), "seed", "write an integer, such as seed = 7"),
        (
            duration.is_none(),
            "duration",
            "write how long it lasts, such as duration = \"60s\"",
        ),
        (
            nodes.is_none(),
            "nodes",
            "write how many hosts there are, such as nodes = 5",
        ),
    ];
    table.finish()?;
    let (Some(seed), Some(duration), Some(nodes)) = (seed, duration, nodes) else {
        let (name, right) = missing
            .iter()
            .find(|(gone, _, _)| *gone)
            .map_or(("", ""), |(_, name, right)| (*name, *right));
        return Err(Place::root(text, root).error(format!("the field {name:?} is missing"), right));
    };
    let seed = seed.integer(0, i64::MAX)? as u64;
    let duration_time = duration.time()?;
    if duration_time == Micros::ZERO {
        return Err(duration.error("a scenario of no length", "write a time above zero"));
    }
    let count = nodes.integer(1, MAX_NODES)? as u32;
    let implementations = match mix {
        Some(place) => mixed(&place, count)?,
        None => vec!["default".to_owned(); count as usize],
    };
    let classes = match classes {
        Some(place) => class_of_each(&place, count, seed)?,
        None => vec![None; count as usize],
    };
    let mut nodes: Vec<Node> = implementations
        .into_iter()
        .zip(classes)
        .map(|(implementation, class)| Node {
            name: None,
            address: None,
            seeds: None,
            implementation,
            class,
            clock: HostClock::default(),
            start_at: Micros::ZERO,
        })
        .collect();
    let mut skews = BTreeMap::new();
    if let Some(place) = clocks {
        for (name, place) in
            place.entries("write a table of nodes, such as n3 = { skew = \"90s\" }")?
        {
            let host = node(&place, name, count)?;
            let (clock, skew) = clock(&place)?;
            nodes[host.0 as usize].clock = clock;
            skews.extend(skew.map(|skew| (host, skew)));
        }
    }
    if let Some(place) = starts {
        for (name, place) in place.entries("write a table of nodes, such as n3 = \"7s\"")? {
            nodes[node(&place, name, count)?.0 as usize].start_at = moment(&place, duration_time)?;
        }
    }
    let (link, pairs) = match links {
        Some(place) => all_links(&place, count)?,
        None => (Link::default(), Vec::new()),
    };
    let mut scenario = Scenario {
        name,
        description,
        seed,
        duration: duration_time,
        interval: interval_of(interval, duration_time)?,
        epoch: epoch
            .map(|place| place.integer(0, MAX_MILLIS))
            .transpose()?
            .map_or(Options::default().epoch, |millis| {
                Micros::millis(millis as u64)
            }),
        nodes,
        link,
        pairs,
        faults: Vec::new(),
        writes: Vec::new(),
    };
    let mut blows = Vec::new();
    for (index, place) in items(faults, "write a list of faults, in TOML as [[faults]]")?
        .iter()
        .enumerate()
    {
        let blow = fault(place, index, count, scenario.duration, &mut scenario.faults)?;
        blows.extend(blow);
    }
    check_clocks(
        &scenario.nodes,
        &blows,
        &skews,
        scenario.epoch,
        scenario.duration,
    )?;
    let lives = Lives::of(&scenario.nodes, &blows)?;
    for place in items(writes, "write a list of writes, in TOML as [[writes]]")? {
        let (duration, writes) = (scenario.duration, &mut scenario.writes);
        write(&place, count, duration, &lives, writes)?;
    }
    scenario.faults.sort_by_key(|(at, _)| *at);
    scenario.writes.sort_by_key(|write| write.at);
    Ok(scenario)
}

fn interval_of(place: Option<Place<'_>>, duration: Micros) -> Read<Micros> {
    let Some(place) = place else {
        return Ok(Options::default().interval);
    };
    let interval = place.time()?;
    let least = Micros(duration.0.div_ceil(MAX_INTERVALS));
    if interval < least {
        let remedy = format!("write at least {least}, for no more than {MAX_INTERVALS} intervals");
        return Err(place.error(
            format!("{interval} is too short for a scenario of {duration}"),
            remedy,
        ));
    }
    Ok(interval)
}

fn optional<'a, T>(
    table: &mut Table<'a>,
    name: &'static str,
    read: impl Fn(&Place<'a>) -> Read<T>,
) -> Read<Option<T>> {
    table.optional(name).map(|place| read(&place)).transpose()
}

fn items<'a>(place: Option<Place<'a>>, right: &str) -> Read<Vec<Place<'a>>> {
    place.map_or(Ok(Vec::new()), |place| place.list(right))
}

/// The implementations of all nodes, spread as evenly as their counts allow.
fn mixed(place: &Place<'_>, count: u32) -> Read<Vec<String>> {
    let right = "write how many nodes run each implementation, such as { rust = 3, java = 2 }";
    let mut shares = Vec::new();
    for (name, place) in place.entries(right)? {
        shares.push((name.to_owned(), place.integer(0, MAX_NODES)?));
    }
    let sum: i64 = shares.iter().map(|(_, share)| share).sum();
    if sum != i64::from(count) {
        return Err(place.error(
            format!("the counts add up to {sum}"),
            format!("they must add up to nodes, which is {count}"),
        ));
    }
    // Names in order, so that the same mix gives the same nodes in TOML and in JSON.
    shares.sort();
    let mut credit = vec![0i64; shares.len()];
    Ok((0..count)
        .filter_map(|_| {
            for (credit, (_, share)) in credit.iter_mut().zip(&shares) {
                *credit += share;
            }
            let next =
                (0..shares.len()).max_by_key(|&index| (credit[index], std::cmp::Reverse(index)))?;
            credit[next] -= sum;
            Some(shares[next].0.clone())
        })
        .collect())
}

/// The class of each node: `"published"` draws by the published shares; a table gives counts, assigned in an order drawn by the seed.
fn class_of_each(place: &Place<'_>, count: u32, seed: u64) -> Read<Vec<Option<NetworkClass>>> {
    let mut stream = Stream::new(seed, "classes");
    if place.is_text() {
        place.word(&["published"])?;
        return Ok((0..count)
            .map(|_| Some(NetworkClass::draw(&mut stream)))
            .collect());
    }
    let known: Vec<&str> = CLASSES.iter().map(|class| class.name()).collect();
    let mut counts = BTreeMap::new();
    for (name, place) in
        place.entries("write \"published\", or how many nodes are of each class")?
    {
        let class = NetworkClass::named(name).ok_or_else(|| place.unknown_word(name, &known))?;
        counts.insert(class, place.integer(0, MAX_NODES)?);
    }
    let sum: i64 = counts.values().sum();
    if sum > i64::from(count) {
        return Err(place.error(
            format!("the counts add up to {sum}"),
            format!("they may add up to nodes, {count}, at most"),
        ));
    }
    let mut classes: Vec<Option<NetworkClass>> = counts
        .iter()
        .flat_map(|(class, count)| std::iter::repeat_n(Some(*class), *count as usize))
        .collect();
    classes.resize(count as usize, None);
    stream.shuffle(&mut classes);
    Ok(classes)
}

/// A clock, and the field that says how far off it is.
fn clock<'a>(place: &Place<'a>) -> Read<(HostClock, Option<Place<'a>>)> {
    let mut table = place.table("write a table, such as { skew = \"90s\", drift_ppm = 50 }")?;
    let skew = table.optional("skew");
    let clock = HostClock {
        mono_origin: optional(&mut table, "mono_origin", Place::time)?.unwrap_or_default(),
        skew_us: skew.as_ref().map_or(Ok(0), Place::signed_time)?,
        drift_ppm: optional(&mut table, "drift_ppm", |place| {
            place.integer(-500_000, 500_000)
        })?
        .unwrap_or_default(),
        drift_from: Micros::ZERO,
    };
    table.finish()?;
    Ok((clock, skew))
}

/// A link of a single pair, in one direction.
type Pair = (HostId, HostId, Link);

fn all_links(place: &Place<'_>, count: u32) -> Read<(Link, Vec<Pair>)> {
    let mut table = place.table("write a table with default and pairs")?;
    let default = table.optional("default");
    let pairs = table.optional("pairs");
    table.finish()?;
    let default = match default {
        Some(place) => {
            let mut table =
                place.table("write a table, such as { latency = \"20ms\", loss = 0.01 }")?;
            let default = link(&mut table)?;
            table.finish()?;
            default
        }
        None => Link::default(),
    };
    let mut all = Vec::new();
    for place in items(pairs, "write a list of links, in TOML as [[links.pairs]]")? {
        let mut table = place.table("write a table")?;
        let from = set(&table.required("from", NODES)?, count)?;
        let to = set(&table.required("to", NODES)?, count)?;
        if all.len() + 2 * from.len() * to.len() > MAX_PAIRS {
            let remedy = format!(
                "use links.default for what concerns most nodes; {MAX_PAIRS} pairs are the limit"
            );
            return Err(place.error("too many pairs", remedy));
        }
        let both = optional(&mut table, "both_ways", Place::boolean)?.unwrap_or(true);
        let link = link(&mut table)?;
        table.finish()?;
        for (from, to) in from
            .iter()
            .flat_map(|from| to.iter().map(move |to| (*from, *to)))
            .filter(|(from, to)| from != to)
        {
            all.push((from, to, link.clone()));
            if both {
                all.push((to, from, link.clone()));
            }
        }
    }
    Ok((default, all))
}

fn link(table: &mut Table<'_>) -> Read<Link> {
    Ok(Link {
        latency: optional(table, "latency", latency)?.unwrap_or_default(),
        loss: optional(table, "loss", Place::chance)?.unwrap_or_default(),
        duplicate: optional(table, "duplicate", Place::chance)?.unwrap_or_default(),
        reorder: optional(table, "reorder", Place::chance)?.unwrap_or_default(),
        reorder_by: optional(table, "reorder_by", Place::time)?.unwrap_or(Micros::millis(50)),
    })
}

fn latency(place: &Place<'_>) -> Read<Latency> {
    if place.is_text() {
        return place.time().map(Latency::Constant);
    }
    let right = "write a time, such as \"20ms\", or a table with uniform, log_normal or empirical";
    let mut table = place.table(right)?;
    let (uniform, log_normal, empirical) = (
        table.optional("uniform"),
        table.optional("log_normal"),
        table.optional("empirical"),
    );
    table.finish()?;
    let latency = match (uniform, log_normal, empirical) {
        (Some(place), None, None) => {
            let ends = times(&place)?;
            let [least, greatest] = ends[..] else {
                return Err(place.error(
                    format!("{} times", ends.len()),
                    "write the least and the greatest, such as [\"5ms\", \"20ms\"]",
                ));
            };
            Latency::Uniform(least, greatest)
        }
        (None, Some(place), None) => {
            let mut table =
                place.table("write a table, such as { median = \"40ms\", sigma = 0.5 }")?;
            let median = table
                .required("median", "write the median, such as \"40ms\"")?
                .time()?;
            let sigma = table
                .required("sigma", "write the spread, such as 0.5")?
                .number(0.0, 3.0)?;
            table.finish()?;
            Latency::LogNormal { median, sigma }
        }
        (None, None, Some(place)) => Latency::Empirical(times(&place)?),
        _ => return Err(place.error("a latency needs exactly one distribution", right)),
    };
    latency
        .check()
        .map_err(|error| place.error(error.to_string(), ""))?;
    Ok(latency)
}

fn times(place: &Place<'_>) -> Read<Vec<Micros>> {
    place
        .list("write a list of times, such as [\"5ms\", \"20ms\"]")?
        .iter()
        .map(Place::time)
        .collect()
}

fn node(place: &Place<'_>, name: &str, count: u32) -> Read<HostId> {
    let number = name
        .strip_prefix('n')
        .filter(|digits| *digits == "0" || !digits.starts_with(['0', '+']));
    match number.and_then(|digits| digits.parse::<u32>().ok()) {
        Some(number) if number < count => Ok(HostId(number)),
        _ => Err(place.error(
            format!("{name:?} is no node"),
            format!("the nodes are \"n0\" to \"n{}\"", count - 1),
        )),
    }
}

fn set(place: &Place<'_>, count: u32) -> Read<BTreeSet<HostId>> {
    if place.is_text() {
        place.word(&["all"])?;
        return Ok((0..count).map(HostId).collect());
    }
    let places = place.list(NODES)?;
    if places.is_empty() {
        return Err(place.error("no node is named", NODES));
    }
    let mut nodes = BTreeSet::new();
    for place in &places {
        let name = place.text("write a node, such as \"n0\"")?;
        if !nodes.insert(node(place, name, count)?) {
            return Err(place.error(
                format!("{name:?} is in this list twice"),
                "write each node once",
            ));
        }
    }
    Ok(nodes)
}

/// The two sides of a cut. `"all"` on one side means all that are not on the other.
fn sides(table: &mut Table<'_>, count: u32) -> Read<(BTreeSet<HostId>, BTreeSet<HostId>)> {
    let (from, to) = (table.required("from", NODES)?, table.required("to", NODES)?);
    let (one, other) = (set(&from, count)?, set(&to, count)?);
    let named = !from.is_text() && !to.is_text();
    if let Some(host) = one.intersection(&other).next()
        && (named || one.union(&other).count() == 1)
    {
        return Err(to.error(
            format!("{host} is in from and in to, and is not cut from itself"),
            "name each node on one side only",
        ));
    }
    Ok((one, other))
}

fn moment(place: &Place<'_>, duration: Micros) -> Read<Micros> {
    let at = place.time()?;
    if at > duration {
        return Err(place.error(
            format!("{at} is after the end"),
            format!("the scenario lasts {duration}"),
        ));
    }
    Ok(at)
}

const KINDS: [&str; 8] = [
    "cut",
    "impair",
    "crash",
    "leave",
    "pause",
    "clock_step",
    "clock_drift",
    "detach",
];

/// Puts a fault among the others; gives it as the file has it if it is one of single nodes.
fn fault<'a>(
    place: &Place<'a>,
    index: usize,
    count: u32,
    duration: Micros,
    faults: &mut Vec<(Micros, Fault)>,
) -> Read<Option<Blow<'a>>> {
    let mut table = place.table("write a table with at and kind")?;
    let kind = table
        .required("kind", "write what happens, such as kind = \"cut\"")?
        .word(&KINDS)?;
    let begin = table.required("at", "write when it happens, such as at = \"10s\"")?;
    let at = moment(&begin, duration)?;
    let until = match table.optional("until") {
        Some(place) => {
            let until = moment(&place, duration)?;
            if until <= at {
                let problem = if until == at {
                    "it would end when it begins".to_owned()
                } else {
                    format!("it would end at {until}, before it begins")
                };
                return Err(place.error(problem, format!("write a time after {at}")));
            }
            Some(until)
        }
        None => None,
    };
    let mut add = |at: Micros, fault: Fault| faults.push((at, fault));
    let name = format!("faults[{index}]");
    let mut hit = None;
    match kind {
        "cut" => {
            let (from, to) = sides(&mut table, count)?;
            let cut = Cut {
                from,
                to,
                both_ways: optional(&mut table, "both_ways", Place::boolean)?.unwrap_or(true),
            };
            add(at, Fault::Cut(name.clone(), cut));
            until
                .into_iter()
                .for_each(|until| add(until, Fault::Heal(Some(name.clone()))));
        }
        "impair" => {
            let from = set(&table.required("from", NODES)?, count)?;
            let to = set(&table.required("to", NODES)?, count)?;
            let both = optional(&mut table, "both_ways", Place::boolean)?.unwrap_or(false);
            let Link {
                latency,
                loss,
                duplicate,
                reorder,
                reorder_by,
            } = link(&mut table)?;
            let one_way = Impairment {
                from,
                to,
                loss,
                duplicate,
                reorder,
                reorder_by,
                latency,
            };
            let other_way = Impairment {
                from: one_way.to.clone(),
                to: one_way.from.clone(),
                ..one_way.clone()
            };
            let mut ways = vec![("", one_way)];
            if both && other_way.from != ways[0].1.from {
                ways.push((" back", other_way));
            }
            for (suffix, impairment) in ways {
                let name = format!("faults[{index}]{suffix}");
                add(at, Fault::Impair(name.clone(), impairment));
                until
                    .into_iter()
                    .for_each(|until| add(until, Fault::Heal(Some(name.clone()))));
            }
        }
        "crash" => {
            let nodes = set(&table.required("nodes", NODES)?, count)?;
            let address =
                optional(&mut table, "restart_at_new_address", Place::boolean)?.unwrap_or(false);
            for node in nodes.iter().copied() {
                add(at, Fault::Crash(node));
                let moved = address.then(|| super::build::moved_address(node, index));
                until
                    .into_iter()
                    .for_each(|until| add(until, Fault::Restart(node, moved)));
            }
            hit = Some((nodes, What::Crash));
        }
        "clock_step" => {
            let nodes = set(&table.required("nodes", NODES)?, count)?;
            let far = table.required("by", "write how far, such as by = \"-90s\"")?;
            let by = far.signed_time()?;
            for node in nodes.iter().copied() {
                add(at, Fault::ClockStep(node, by));
                until
                    .into_iter()
                    .for_each(|until| add(until, Fault::ClockStep(node, -by)));
            }
            hit = Some((nodes, What::Step(by, far)));
        }
        "clock_drift" => {
            let nodes = set(&table.required("nodes", NODES)?, count)?;
            let ppm = table
                .required("ppm", "write parts per million, such as ppm = 200")?
                .integer(-500_000, 500_000)?;
            for node in nodes.iter().copied() {
                add(at, Fault::ClockDrift(node, ppm));
                until
                    .into_iter()
                    .for_each(|until| add(until, Fault::ClockDrift(node, 0)));
            }
            hit = Some((nodes, What::Drift(ppm)));
        }
        _ => {
            let nodes = set(&table.required("nodes", NODES)?, count)?;
            if kind == "leave" && until.is_some() {
                return Err(place.error(
                    "a node that leaves does not come back",
                    "leave out until, or use kind = \"crash\"",
                ));
            }
            for node in nodes.iter().copied() {
                let (begin, end) = match kind {
                    "pause" => (Fault::Pause(node), Fault::Resume(node)),
                    "detach" => (Fault::Attach(node, false), Fault::Attach(node, true)),
                    _ => (Fault::Leave(node), Fault::Leave(node)),
                };
                add(at, begin);
                until.into_iter().for_each(|until| add(until, end.clone()));
            }
            let what = match kind {
                "leave" => What::Leave,
                _ => What::Other,
            };
            hit = Some((nodes, what));
        }
    }
    table.finish()?;
    Ok(hit.map(|(nodes, what)| Blow {
        at,
        until,
        nodes,
        what,
        place: begin,
        name,
    }))
}

fn write(
    place: &Place<'_>,
    count: u32,
    duration: Micros,
    lives: &Lives,
    writes: &mut Vec<Write>,
) -> Read<()> {
    let mut table = place.table("write a table with at, node, key and value")?;
    let first = table.required("at", "write when it happens, such as at = \"1s\"")?;
    let at = moment(&first, duration)?;
    let host = table.required("node", "write where, such as node = \"n0\"")?;
    let node = node(&host, host.text("write a node, such as \"n0\"")?, count)?;
    let key = table.required("key", "write the key, such as key = \"train\"")?;
    let name = key.text("write the key, such as key = \"train\"")?;
    if name.is_empty() {
        return Err(key.error("the key is empty", "write the key, such as key = \"train\""));
    }
    let value = match (table.optional("delete"), table.optional("value")) {
        (Some(delete), None) => {
            if !delete.boolean()? {
                return Err(delete.error("delete = false says nothing", "leave it out"));
            }
            None
        }
        (Some(delete), Some(_)) => {
            return Err(delete.error("both delete and value", "write one of them"));
        }
        (None, Some(value)) => Some(value.json()?),
        (None, None) => {
            // For its message, which says what is missing.
            table.required("value", "write the value, such as value = 5")?;
            None
        }
    };
    let every = table.optional("every");
    let times = optional(&mut table, "times", |place| place.integer(1, 1_000_000))?;
    table.finish()?;
    let (step, times) = match (every.as_ref(), times) {
        (None, None) => (Micros::ZERO, 1),
        (Some(every), Some(times)) => {
            let step = every.time()?;
            if step == Micros::ZERO {
                return Err(every.error(
                    "the writes would all be at the same moment",
                    "write a time above zero, such as every = \"1s\"",
                ));
            }
            let last = at + Micros(step.0.saturating_mul(times as u64 - 1));
            if last > duration {
                return Err(every.error(
                    format!("the last write would be at {last}"),
                    format!("the scenario lasts {duration}"),
                ));
            }
            (step, times as u64)
        }
        (Some(place), None) => {
            return Err(place.error("every without times", "write how often, such as times = 10"));
        }
        (None, Some(_)) => {
            return Err(place.error(
                "times without every",
                "write how far apart, such as every = \"1s\"",
            ));
        }
    };
    lives.check(&Series {
        host: node,
        at,
        step,
        times,
        place: &first,
        every: every.as_ref(),
    })?;
    writes.extend((0..times).map(|index| Write {
        at: at + Micros(step.0 * index),
        node,
        key: name.to_owned(),
        value: value.clone(),
    }));
    Ok(())
}
