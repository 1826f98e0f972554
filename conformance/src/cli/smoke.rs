//! `conformance smoke`: is the node or the adapter there, and does it speak the language at all?

use super::attached::Attached;
use super::print;
use crate::attach::qualify;
use crate::attach::smoke::Step;
use crate::cases::Needs;
use crate::cases::wire::smoke as wire_smoke;
use crate::implementation::{Implementation, Transport};

/// Exit status where a step failed: nothing was judged.
const BROKEN: u8 = 3;

pub(super) fn main(attached: &Attached) -> Result<u8, String> {
    let chosen = attached.choose()?;
    let mut status = 0;
    for implementation in &chosen.implementations {
        if let Err(why) = implementation.prepare() {
            print(&format!("{}: {why}\n", implementation.name));
            status = BROKEN;
            continue;
        }
        for (needs, is_good) in [
            (Needs::Core, adapter as fn(&Implementation) -> bool),
            (Needs::Wire, wire),
        ] {
            if implementation.offers(needs) {
                print(&format!(
                    "{}, {}\n",
                    implementation.name,
                    implementation.transport(needs)
                ));
                if !is_good(implementation) {
                    status = BROKEN;
                }
            }
        }
    }
    for left_out in &chosen.left_out {
        print(&format!(
            "not tried: {}: {}\n",
            left_out.implementation, left_out.why
        ));
    }
    Ok(status)
}

fn tell(step: &Step) {
    print(&format!("  {}\n", step.to_string().replace('\n', "\n  ")));
}

fn refuse(why: &str) -> bool {
    print(&format!("  FAIL {}\n", why.replace('\n', "\n  ")));
    false
}

fn adapter(implementation: &Implementation) -> bool {
    if implementation.transport != Transport::Stdio {
        return match implementation.adapter() {
            Ok(mut adapter) => qualify::smoke(adapter.as_mut(), &mut tell).is_ok(),
            Err(why) => refuse(&why),
        };
    }
    let mut adapter = match implementation.stdio_adapter() {
        Ok(adapter) => adapter,
        Err(why) => return refuse(&why),
    };
    if qualify::smoke(&mut adapter, &mut tell).is_err() {
        return false;
    }
    let step = qualify::ends(adapter.finish());
    tell(&step);
    step.result.is_ok()
}

fn wire(implementation: &Implementation) -> bool {
    match implementation.launcher() {
        Ok(launcher) => wire_smoke(launcher.as_ref(), &mut tell).is_ok(),
        Err(why) => refuse(&why),
    }
}
