//! Age: who is suspected, asked, given up, reaped (MGP1-LIV-005 to MGP1-LIV-010, MGP1-LIV-018).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::effects::Event;
use super::machine::{Machine, Now};
use crate::state::Member;
use crate::wire::State;

/// Whose age is to be looked at when.
///
/// Each member has one place that counts, the one that its `check_at` names; places that were overtaken are dropped when they come up.
/// A heartbeat moves nothing: a look that comes too early only finds the next time. So ages cost nothing per datagram, and per tick
/// what is due.
#[derive(Debug, Clone)]
pub(super) struct Ages {
    places: BinaryHeap<Reverse<(u64, String)>>,
    checked: u64,
}

impl Ages {
    pub(super) fn new(now: Now) -> Self {
        Self {
            places: BinaryHeap::new(),
            checked: now.mono_ms,
        }
    }
}

impl Machine {
    /// Checks every age that may mean something by now, and asks those that have been silent for too long.
    pub(super) fn check_ages(&mut self, now: Now) {
        let mono = now.mono_ms;
        let since_last = mono.saturating_sub(self.ages.checked);
        self.ages.checked = mono;
        if 2 * since_last > self.config.parameters.suspect_timeout {
            // This process slept, and not the others (MGP1-LIV-010).
            for member in self.members.values_mut() {
                member.rejuvenate(mono);
            }
        }
        let due = self.take_due_ages(mono);
        for id in &due {
            self.check_age(id, mono);
        }
        self.reap(&due, mono);
        self.probe(now, &due);
        for id in due {
            if let Some(member) = self.members.get(&id) {
                let at = self.age_due(member).max(mono + 1);
                self.place_age(id, at);
            }
        }
    }

    fn take_due_ages(&mut self, mono: u64) -> Vec<String> {
        let mut due = Vec::new();
        while let Some(Reverse((at, _))) = self.ages.places.peek()
            && *at <= mono
            && let Some(Reverse((at, id))) = self.ages.places.pop()
        {
            if let Some(member) = self.members.get_mut(&id)
                && member.check_at == at
            {
                member.check_at = u64::MAX;
                due.push(id);
            }
        }
        due
    }

    fn place_age(&mut self, id: String, at: u64) {
        if let Some(member) = self.members.get_mut(&id) {
            member.check_at = at;
            self.ages.places.push(Reverse((at, id)));
        }
    }

    /// To be called where something made an age mean something earlier than it did.
    pub(super) fn schedule_age(&mut self, id: &str) {
        if let Some(member) = self.members.get(id) {
            let at = self.age_due(member);
            if at < member.check_at {
                self.place_age(id.to_owned(), at);
            }
        }
    }

    fn check_age(&mut self, id: &str, mono: u64) {
        let parameters = &self.config.parameters;
        let Some(member) = self.members.get_mut(id) else {
            return;
        };
        let age = member.age(mono);
        let was = member.record.state;
        if was == State::Dead {
            return;
        }
        let asked_twice = member.probes.len() >= 2
            && member
                .probes
                .iter()
                .all(|(_, sent)| 2 * mono.saturating_sub(*sent) >= parameters.gossip_interval);
        let state = if age > 2 * parameters.failure_timeout
            || age > parameters.failure_timeout && asked_twice
        {
            State::Dead
        } else if age > parameters.suspect_timeout {
            State::Suspect
        } else {
            return;
        };
        member.set_state(state, mono);
        if was == State::Alive && state == State::Dead {
            self.report_state(id, Some(State::Alive), Some(State::Suspect));
            self.report_state(id, Some(State::Suspect), Some(State::Dead));
        } else if was != state {
            self.report_state(id, Some(was), Some(state));
        }
    }

    pub(super) fn report_state(&mut self, id: &str, from: Option<State>, to: Option<State>) {
        let id = id.to_owned();
        self.report(Event::Member { id, from, to });
    }

    fn reap(&mut self, due: &[String], mono: u64) {
        let parameters = &self.config.parameters;
        let retention = parameters.dead_retention;
        let limit = super::parameters::count(parameters.max_remembered);
        let over = |m: &Member| {
            m.dead_since
                .is_some_and(|d| mono.saturating_sub(d) >= retention)
        };
        let members = &self.members;
        let is_gone = |id: &&String| members.get(*id).is_some_and(over);
        let gone: Vec<_> = due.iter().filter(is_gone).collect();
        for id in &gone {
            if let Some(member) = self.members.remove(id) {
                self.remembered.remember(id, &member.record, mono, limit);
                self.report_state(id, Some(State::Dead), None);
            }
        }
        if !gone.is_empty() {
            self.lapse();
        }
    }

    /// Forgets what has been kept for long enough.
    pub(super) fn expire(&mut self, now: Now) {
        let retention = self.config.parameters.remembered_retention;
        self.remembered.expire(now.mono_ms, retention);
        self.expire_pings(now);
        self.expire_pages(now);
    }

    /// PINGs of MGP1-LIV-006. Strangers share a small budget, so chance decides among them.
    fn probe(&mut self, now: Now, due: &[String]) {
        let due: Vec<_> = due
            .iter()
            .filter_map(|id| self.members.get_key_value(id))
            .filter(|(_, m)| self.probe_due(m).is_some_and(|due| due <= now.mono_ms))
            .map(|(id, m)| (id.clone(), m.address))
            .collect();
        let (known, mut strangers): (Vec<_>, Vec<_>) = due
            .into_iter()
            .partition(|(_, address)| self.is_validated(*address));
        let all = strangers.len();
        self.random.choose(&mut strangers, all);
        for (id, address) in known.into_iter().chain(strangers) {
            let Some(ping_id) = self.ping(now, address, Some(&id), false) else {
                continue;
            };
            if let Some(member) = self.members.get_mut(&id) {
                member.last_probe = Some(now.mono_ms);
                if member.probes.len() < 2 {
                    member.probes.push((ping_id, now.mono_ms));
                }
            }
        }
    }

    fn probe_due(&self, member: &Member) -> Option<u64> {
        if member.record.state == State::Dead || member.address == self.address {
            return None;
        }
        let parameters = &self.config.parameters;
        let first = member.last_grown + parameters.suspect_timeout - parameters.gossip_interval;
        let due = member
            .last_probe
            .map_or(first, |last| last + parameters.half_interval());
        Some(due.max(self.ping_allowed_from(member.address)))
    }

    /// When the age of a member means something next.
    fn age_due(&self, member: &Member) -> u64 {
        let parameters = &self.config.parameters;
        if let Some(dead) = member.dead_since {
            return dead + parameters.dead_retention;
        }
        let grown = member.last_grown;
        let given_up = match member.probes.get(1) {
            Some((_, second)) => {
                (second + parameters.half_interval()).max(grown + parameters.failure_timeout + 1)
            }
            None => u64::MAX,
        };
        let suspected = match member.record.state {
            State::Alive => grown + parameters.suspect_timeout + 1,
            _ => u64::MAX,
        };
        let gone = grown + 2 * parameters.failure_timeout + 1;
        let probe = self.probe_due(member).unwrap_or(u64::MAX);
        gone.min(given_up).min(suspected).min(probe)
    }

    /// The next time at which an age may mean something, or at which ages must be looked at to notice a pause (MGP1-LIV-010).
    pub(super) fn next_age_check(&self) -> u64 {
        let pause = self.ages.checked + (self.config.parameters.suspect_timeout / 4).max(1);
        let first = self.ages.places.peek().map(|Reverse((at, _))| *at);
        first.map_or(pause, |first| first.min(pause))
    }
}
