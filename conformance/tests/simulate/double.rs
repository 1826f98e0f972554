//! Machine doubles: a right machine behind a hand that tampers with what goes in, comes out, or is shown.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use conformance::attach::AdapterError;
use conformance::simulate::cluster::run_with;
use conformance::simulate::findings::Findings;
use conformance::simulate::machine::{
    Call, Effects, Machine, Now, Outgoing, RustMachine, Settings, View,
};
use conformance::simulate::node::Workshop;
use conformance::simulate::plan::Plan;

type Calling = dyn FnMut(Now, Call<'_>, &mut dyn Machine) -> Result<Effects, AdapterError>;
type Sending = dyn FnMut(Now, Vec<Outgoing>) -> Vec<Outgoing>;
type Showing = dyn FnMut(Now, View) -> View;

/// A machine that is tampered with; without tampering it is the machine itself.
pub struct Double {
    machine: Box<dyn Machine>,
    calling: Option<Box<Calling>>,
    sending: Option<Box<Sending>>,
    showing: Option<Box<Showing>>,
}

impl Double {
    /// Of that machine.
    pub fn of(machine: Box<dyn Machine>) -> Self {
        Double {
            machine,
            calling: None,
            sending: None,
            showing: None,
        }
    }

    /// Tampers with calls.
    pub fn calling(
        mut self,
        how: impl FnMut(Now, Call<'_>, &mut dyn Machine) -> Result<Effects, AdapterError> + 'static,
    ) -> Self {
        self.calling = Some(Box::new(how));
        self
    }

    /// Tampers with what is sent.
    pub fn sending(
        mut self,
        how: impl FnMut(Now, Vec<Outgoing>) -> Vec<Outgoing> + 'static,
    ) -> Self {
        self.sending = Some(Box::new(how));
        self
    }

    /// Tampers with what is held.
    pub fn showing(mut self, how: impl FnMut(Now, View) -> View + 'static) -> Self {
        self.showing = Some(Box::new(how));
        self
    }
}

impl Machine for Double {
    fn call(&mut self, now: Now, call: Call<'_>) -> Result<Effects, AdapterError> {
        let mut effects = match &mut self.calling {
            Some(how) => how(now, call, &mut *self.machine)?,
            None => self.machine.call(now, call)?,
        };
        if let Some(how) = &mut self.sending {
            effects.sent = how(now, effects.sent);
        }
        Ok(effects)
    }

    fn view(&mut self, now: Now) -> Result<View, AdapterError> {
        let view = self.machine.view(now)?;
        Ok(match &mut self.showing {
            Some(how) => how(now, view),
            None => view,
        })
    }
}

struct Doctored<F>(F);

impl<F: Fn(&Settings, Box<dyn Machine>) -> Double + Send + Sync> Workshop for Doctored<F> {
    fn create(
        &self,
        _: &str,
        settings: &Settings,
        now: Now,
    ) -> Result<(Box<dyn Machine>, Effects), AdapterError> {
        let (machine, effects) = RustMachine::create(settings, now)?;
        Ok((Box::new(self.0(settings, Box::new(machine))), effects))
    }
}

/// Plays a plan with doubles of Rust machines.
pub fn play_with(
    plan: &Plan,
    double: impl Fn(&Settings, Box<dyn Machine>) -> Double + Send + Sync + 'static,
) -> Findings {
    let stop = AtomicBool::new(false);
    run_with(plan, Arc::new(Doctored(double)), &stop, &mut |_| {})
        .expect("the machines can be driven")
}
