//! The implementations that a run can name.

use crate::attach::{
    Adapter, build, java, jdk::Jdk, process::ProcessLauncher, rust::RustInProcess,
};
use crate::cases::{Launcher, Needs};

/// An implementation under test (IUT): what it is called, what it claims, and how to reach it.
pub struct Implementation {
    /// The name of the command line: `rust`, `java`.
    pub name: &'static str,
    /// Profiles it claims; what it does not claim is reported as skipped.
    pub profiles: &'static [&'static str],
    adapter: fn() -> Result<Box<dyn Adapter>, String>,
    command: fn() -> Result<String, String>,
}

/// The implementations of this repository.
pub fn built_in() -> Vec<Implementation> {
    vec![
        Implementation {
            name: "rust",
            profiles: &["core", "membership", "anti-entropy", "legacy"],
            adapter: || Ok(Box::new(RustInProcess::new())),
            command: rust_command,
        },
        Implementation {
            name: "java",
            profiles: &["core", "membership", "anti-entropy", "legacy"],
            adapter: || Ok(Box::new(java::JavaJni::new()?)),
            command: java_command,
        },
    ]
}

/// Flags that every node of this repository understands.
const FLAGS: &str = "run --id {id} --host {host} --port {port} --seed {seed} --advertise {advertise} --cluster {cluster} --legacy {legacy} \
     --set {set} --gossip-interval-ms {gossip_interval_ms} --suspect-timeout-ms {suspect_timeout_ms} \
     --failure-timeout-ms {failure_timeout_ms} --reconnect-interval-ms {reconnect_interval_ms} \
     --dead-retention-ms {dead_retention_ms}";

fn rust_command() -> Result<String, String> {
    let binary = build::rust_binary().map_err(|e| e.to_string())?;
    Ok(format!("'{}' {FLAGS}", binary.display()))
}

fn java_command() -> Result<String, String> {
    let jdk = Jdk::find().map_err(|e| e.to_string())?;
    let jar = build::java_jar(&jdk).map_err(|e| e.to_string())?;
    // A node process of a case lives for a second or two: the quick compiler and the small collector start fastest.
    Ok(format!(
        "'{}' -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -jar '{}' {FLAGS}",
        jdk.java().display(),
        jar.display()
    ))
}

impl Implementation {
    /// An adapter of it, with no nodes of its own.
    ///
    /// # Errors
    /// One line that says what is missing and what to do.
    pub fn adapter(&self) -> Result<Box<dyn Adapter>, String> {
        (self.adapter)()
    }

    /// Builds its node program if needed and returns what starts it.
    ///
    /// # Errors
    /// One line that says what is missing and what to do.
    pub fn launcher(&self) -> Result<Box<dyn Launcher>, String> {
        let command = (self.command)()?;
        Ok(Box::new(
            ProcessLauncher::new(&command).map_err(|e| e.to_string())?,
        ))
    }

    /// How a need is met, for reports.
    pub fn transport(&self, needs: Needs) -> &'static str {
        match (needs, self.name) {
            (Needs::Wire, _) => "UDP",
            (_, "java") => "JNI",
            _ => "in process",
        }
    }
}
