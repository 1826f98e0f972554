//! Merging is a join: the messages of each merge vector lead to one state in every order, once or twice.

use super::script::{Script, Stop, config_of, repeated, run};
use super::vectors::{Arrival, MergeVector, merge_vectors};
use super::{Case, Needs, Procedure};
use crate::attach::Adapter;
use crate::verdict::Verdict;
use rand::seq::SliceRandom;

/// Orders tried where the messages are too many for all of them.
const SAMPLED_ORDERS: usize = 24;
/// Most messages of which every order is tried.
const MOST_FOR_ALL_ORDERS: usize = 4;

/// One case per merge vector.
pub fn cases() -> Vec<Case> {
    merge_vectors()
        .into_iter()
        .map(|vector| Case {
            id: vector.id.clone(),
            requirements: vector.requirements.clone(),
            hunts: vector.hunts.clone(),
            without: vector.without.clone(),
            needs: Needs::Core,
            procedure: Procedure::Adapter(Box::new(move |adapter| judge(&vector, adapter))),
        })
        .collect()
}

fn judge(vector: &MergeVector, adapter: &mut dyn Adapter) -> Verdict {
    let config = config_of(&vector.config, 1);
    for order in orders(vector.messages.len()) {
        let messages: Vec<&Arrival> = order.iter().map(|&index| &vector.messages[index]).collect();
        let verdict = run(
            adapter,
            &vector.requirements[0],
            &config,
            vector.wall,
            &[],
            |script| in_order(script, vector, &messages),
        );
        match verdict {
            Verdict::Pass => {}
            Verdict::Fail(mut failure) => {
                failure.actual = format!("{} (messages in the order {order:?})", failure.actual);
                return Verdict::Fail(failure);
            }
            other => return other,
        }
    }
    Verdict::Pass
}

fn in_order(
    script: &mut Script<'_>,
    vector: &MergeVector,
    messages: &[&Arrival],
) -> Result<(), Stop> {
    for message in messages {
        script.receive(message)?;
    }
    script.check(&vector.expect)?;
    for message in messages.iter().filter_map(|message| repeated(message)) {
        script.receive(&message)?;
    }
    // Counters grow with every datagram; all the rest must be as it was.
    let mut again = vector.expect.clone();
    again.counters.clear();
    script.check(&again)
}

/// Every order of `count` things, or a seeded sample that holds the given order and its reverse.
fn orders(count: usize) -> Vec<Vec<usize>> {
    let given: Vec<usize> = (0..count).collect();
    if count <= MOST_FOR_ALL_ORDERS {
        return permutations(&given);
    }
    let mut rng = crate::seed::rng("merge: orders");
    let mut sample = vec![given.clone(), given.iter().rev().copied().collect()];
    while sample.len() < SAMPLED_ORDERS {
        let mut order = given.clone();
        order.shuffle(&mut rng);
        sample.push(order);
    }
    sample
}

fn permutations(items: &[usize]) -> Vec<Vec<usize>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (at, &head) in items.iter().enumerate() {
        let rest = [&items[..at], &items[at + 1..]].concat();
        all.extend(
            permutations(&rest)
                .into_iter()
                .map(|tail| [vec![head], tail].concat()),
        );
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn four_messages_have_twenty_four_different_orders() {
        assert_eq!(orders(4).into_iter().collect::<BTreeSet<_>>().len(), 24);
    }

    #[test]
    fn more_messages_are_sampled_from_a_fixed_seed() {
        assert_eq!(orders(6), orders(6));
        assert_eq!(orders(6).len(), SAMPLED_ORDERS);
    }
}
