//! Age: who is suspected, asked, given up, reaped (MGP1-LIV-005 to MGP1-LIV-010, MGP1-LIV-018).

use super::effects::Event;
use super::machine::{Machine, Now};
use crate::state::Member;
use crate::wire::State;

impl Machine {
    /// Checks every age, and asks those that have been silent for too long.
    pub(super) fn check_ages(&mut self, now: Now) {
        let mono = now.mono_ms;
        let since_last = mono.saturating_sub(self.ages_checked);
        self.ages_checked = mono;
        if 2 * since_last > self.config.parameters.suspect_timeout {
            // This process slept, and not the others (MGP1-LIV-010).
            for member in self.members.values_mut() {
                member.rejuvenate(mono);
            }
        }
        let ids: Vec<_> = self.members.keys().cloned().collect();
        for id in &ids {
            self.check_age(id, mono);
        }
        self.reap(mono);
        self.probe(now);
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

    fn reap(&mut self, mono: u64) {
        let parameters = &self.config.parameters;
        let retention = parameters.dead_retention;
        let limit = super::parameters::count(parameters.max_remembered);
        let over = |m: &Member| {
            m.dead_since
                .is_some_and(|d| mono.saturating_sub(d) >= retention)
        };
        let gone: Vec<_> = self
            .members
            .iter()
            .filter(|(_, m)| over(m))
            .map(|(id, _)| id.clone())
            .collect();
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
    fn probe(&mut self, now: Now) {
        let due: Vec<_> = self
            .members
            .iter()
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

    /// The next time at which an age means something, or at which ages must be looked at to notice a pause (MGP1-LIV-010).
    pub(super) fn next_age_check(&self) -> u64 {
        let parameters = &self.config.parameters;
        let pause = self.ages_checked + (parameters.suspect_timeout / 4).max(1);
        let members = self.members.values().map(|member| {
            let dead = member
                .dead_since
                .map(|dead| dead + parameters.dead_retention);
            dead.unwrap_or_else(|| {
                let grown = member.last_grown;
                let given_up = match member.probes.get(1) {
                    Some((_, second)) => (second + parameters.half_interval())
                        .max(grown + parameters.failure_timeout + 1),
                    None => u64::MAX,
                };
                let suspected = match member.record.state {
                    State::Alive => grown + parameters.suspect_timeout + 1,
                    _ => u64::MAX,
                };
                let gone = grown + 2 * parameters.failure_timeout + 1;
                let probe = self.probe_due(member).unwrap_or(u64::MAX);
                gone.min(given_up).min(suspected).min(probe)
            })
        });
        members.min().unwrap_or(u64::MAX).min(pause)
    }
}
