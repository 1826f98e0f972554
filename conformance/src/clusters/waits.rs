//! How long a step of a real cluster may take: what the epidemic model says of a cluster of this size, fan-out and loss, and what the
//! protocol's own timers add. Each is a part of the [`Wait`], with the place that it comes from.
//!
//! One part is of another kind and is named for what it is: the [`SCHEDULING`] allowance for the machine. It says nothing of a node.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use simulation::time::Micros;

use crate::simulate::invariants::Parameters;
use crate::simulate::model::{CONFIDENCE, Model, QUANTILE};

/// What a busy machine may take besides: threads that do not run when they should, because compilers and other clusters share its cores.
///
/// No model gives this number and no node is judged by it; it is long enough that load alone fails nobody.
pub const SCHEDULING: Duration = Duration::from_secs(10);

/// Seeds that a node of these clusters is started with, at most.
pub(super) const SEEDS: usize = 2;
/// Datagrams of a PING and its answer.
const QUESTION: i32 = 2;
/// Subtrees one digit below the root, and answers to one DIGEST (MGP1-SYN-011): so many exchanges carry one difference.
const EXCHANGES: u32 = 16 / 4;

/// How long something may take, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    parts: Vec<(Duration, String)>,
}

impl Wait {
    /// A wait of one part.
    pub fn of(limit: Duration, why: impl Into<String>) -> Self {
        Wait {
            parts: vec![(limit, why.into())],
        }
    }

    /// The sum of the parts.
    pub fn limit(&self) -> Duration {
        self.parts.iter().map(|(limit, _)| *limit).sum()
    }

    fn and(mut self, other: Wait) -> Self {
        self.parts.extend(other.parts);
        self
    }

    /// With the allowance for the machine: how long to wait in real time.
    fn on_a_busy_machine(self) -> Self {
        self.and(Wait::of(
            SCHEDULING,
            "scheduling allowance for a busy machine, which is no part of the model",
        ))
    }
}

impl Display for Wait {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms:", self.limit().as_millis())?;
        for (limit, why) in &self.parts {
            write!(f, "\n    {:>6} ms {why}", limit.as_millis())?;
        }
        Ok(())
    }
}

/// What the waits of one cluster depend on.
#[derive(Debug, Clone, PartialEq)]
pub struct Conditions {
    /// How many nodes.
    pub nodes: u32,
    /// Share of datagrams that are lost.
    pub loss: f64,
    /// The parameters of all nodes.
    pub parameters: Parameters,
}

impl Conditions {
    /// Until all list all, from the start of the last node.
    pub fn joining(&self) -> Wait {
        let tries = self.tries(self.others());
        let seeds = self.times("suspectTimeout", 2 * (tries - 1));
        let why = format!(
            "a seed answers: {tries} tries, each at most two suspectTimeouts after the one before (MGP1-LIV-027)"
        );
        Wait::of(seeds, why)
            .and(self.proving())
            .and(self.telling("the members"))
            .on_a_busy_machine()
    }

    /// Until all hold a member DEAD that fell silent.
    pub fn detection(&self) -> Wait {
        let dead = self.times("failureTimeout", 2);
        let check = self.times("suspectTimeout", 1) / 4;
        self.telling("the last heartbeat")
            .and(Wait::of(
                dead,
                "an age of twice failureTimeout at most (MGP1-LIV-007)",
            ))
            .and(Wait::of(
                check,
                "ages are checked every quarter of suspectTimeout (MGP1-LIV-031)",
            ))
            .on_a_busy_machine()
    }

    /// Until all hold all ALIVE again, who hold each other DEAD.
    pub fn healing(&self) -> Wait {
        let tries = self.tries(self.pairs());
        let why = format!(
            "PINGs to the dead and to seeds: {tries} tries, one per reconnectInterval (MGP1-LIV-023, MGP1-LIV-024)"
        );
        Wait::of(self.times("reconnectInterval", tries), why)
            .and(self.telling("who lives"))
            .on_a_busy_machine()
    }

    /// Until all have heard of something: a leave.
    pub fn news(&self) -> Wait {
        self.proving()
            .and(self.telling("the news"))
            .on_a_busy_machine()
    }

    /// Until all hold one store.
    pub fn one_store(&self) -> Wait {
        self.proving()
            .and(self.telling("the writes"))
            .and(self.repairing())
            .on_a_busy_machine()
    }

    /// Until all addresses have proved themselves to all: only to those goes what is told.
    fn proving(&self) -> Wait {
        let fanout = self.fanout().max(1);
        let rounds = (self.others() + SEEDS as u32).div_ceil(fanout);
        let tries = self.tries(self.pairs());
        let greeting = self.rounds(rounds) + self.times("suspectTimeout", tries - 1);
        let why = format!(
            "addresses prove themselves: {rounds} rounds of {fanout} PINGs (MGP1-DIS-003), {tries} tries, a suspectTimeout apart (MGP1-DIS-013)"
        );
        Wait::of(greeting, why)
    }

    /// The epidemic itself.
    fn telling(&self, what: &str) -> Wait {
        let Model {
            nodes,
            fanout,
            loss,
            ..
        } = self.model();
        let model = format!("push among {nodes}, fan-out {fanout}, loss {loss}");
        match self.model().bound() {
            Some(rounds) => {
                let why = format!(
                    "{what} at all nodes: {rounds} rounds of {model}, {} % of runs by Monte Carlo with confidence {CONFIDENCE} (Pittel 1987: about {:.1})",
                    QUANTILE * 100.0,
                    self.model().estimate()
                );
                Wait::of(self.rounds(rounds), why)
            }
            None => Wait::of(
                Duration::ZERO,
                format!("{what}: there is no model of {model}"),
            ),
        }
    }

    /// What news did not bring, anti-entropy brings.
    fn repairing(&self) -> Wait {
        let round = self.times("syncInterval", 1) + self.times("gossipInterval", EXCHANGES - 1);
        match self.model().repair_bound() {
            Some(rounds) => {
                let why = format!(
                    "what news left out: {rounds} rounds of anti-entropy, push-pull with one partner (Demers 1987), {} % of runs; each a syncInterval (MGP1-SYN-003) and {} more exchanges for all subtrees (MGP1-SYN-004, MGP1-SYN-011)",
                    QUANTILE * 100.0,
                    EXCHANGES - 1
                );
                Wait::of(round * rounds, why)
            }
            None => Wait::of(
                Duration::ZERO,
                "anti-entropy: there is no model of one node, or of a network that carries nothing",
            ),
        }
    }

    fn model(&self) -> Model {
        Model {
            nodes: self.nodes,
            fanout: self.fanout(),
            loss: self.loss,
            interval: Micros::millis(self.parameters.get("gossipInterval")),
        }
    }

    fn rounds(&self, rounds: u32) -> Duration {
        Duration::from_micros(self.model().time(rounds).0)
    }

    fn fanout(&self) -> u32 {
        let fanout = u32::try_from(self.parameters.get("fanout")).unwrap_or(u32::MAX);
        fanout.min(self.others())
    }

    fn others(&self) -> u32 {
        self.nodes.saturating_sub(1)
    }

    fn pairs(&self) -> u32 {
        self.nodes.saturating_mul(self.others())
    }

    /// The tries after which so many questions have each been asked and answered once, in [`QUANTILE`] of all cases: the quantile of the
    /// greatest of so many geometric numbers.
    fn tries(&self, questions: u32) -> u32 {
        let fails = 1.0 - (1.0 - self.loss).powi(QUESTION);
        let mut left = fails;
        let mut tries = 1;
        while (1.0 - left).powf(f64::from(questions)) < QUANTILE && tries < MOST_TRIES {
            left *= fails;
            tries += 1;
        }
        tries
    }

    fn times(&self, parameter: &str, count: u32) -> Duration {
        Duration::from_millis(self.parameters.get(parameter)) * count
    }
}

/// Where nothing arrives, no number of tries helps.
const MOST_TRIES: u32 = 1_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clusters::Cluster;
    use crate::verdict::Verdict;

    fn conditions(nodes: u32, loss: f64) -> Conditions {
        Conditions {
            nodes,
            loss,
            parameters: Parameters::default(),
        }
    }

    #[test]
    fn where_nothing_is_lost_nothing_is_tried_twice() {
        let conditions = conditions(6, 0.0);
        assert_eq!(conditions.tries(30), 1);
        assert_eq!(conditions.joining().parts[0].0, Duration::ZERO);
    }

    #[test]
    fn so_many_tries_are_enough_for_the_slowest_question_and_one_less_is_not() {
        let tries = conditions(4, 0.2).tries(12);
        // A question fails where it or its answer is lost.
        let all_answered = |tries: u32| (1.0 - 0.36_f64.powf(f64::from(tries))).powi(12);
        assert!(all_answered(tries) >= QUANTILE);
        assert!(all_answered(tries - 1) < QUANTILE);
    }

    #[test]
    fn more_nodes_and_more_loss_take_longer() {
        let steps = [
            Conditions::joining,
            Conditions::healing,
            Conditions::news,
            Conditions::one_store,
        ];
        for step in steps {
            let few = step(&conditions(4, 0.0)).limit();
            assert!(few < step(&conditions(40, 0.0)).limit());
            assert!(few < step(&conditions(4, 0.3)).limit());
        }
    }

    #[test]
    fn a_wait_is_the_sum_of_parts_that_name_where_they_come_from() {
        let conditions = conditions(4, 0.0);
        let wait = conditions.detection();
        let rounds = conditions.model().bound().expect("four nodes gossip");
        let epidemic = Duration::from_millis(1_100 * u64::from(rounds + 1));
        let timers = Duration::from_millis(2 * 5_000 + 3_000 / 4);
        assert_eq!(wait.limit(), epidemic + timers + SCHEDULING);
        let text = wait.to_string();
        let sum = format!("{} ms:", wait.limit().as_millis());
        assert!(text.starts_with(&sum), "{text}");
        for source in [
            "Monte Carlo",
            "fan-out 3",
            "MGP1-LIV-007",
            "MGP1-LIV-031",
            "scheduling allowance",
        ] {
            assert!(text.contains(source), "{source} in {text}");
        }
    }

    #[test]
    fn what_did_not_happen_in_time_is_reported_with_what_that_time_is_made_of() {
        let mut cluster = Cluster::new(&mut [], &[]);
        let wait = Wait::of(Duration::from_millis(1), "a part with its source");
        let failed = cluster.until("MGP1-LIV-007", "something", &wait, |_| false);
        let Err(Verdict::Fail(failure)) = failed else {
            panic!("{failed:?}");
        };
        let bound = "not within 1 ms:\n         1 ms a part with its source";
        assert!(failure.actual.starts_with(bound), "{}", failure.actual);
    }
}
