//! The implementations that a run can name: what each is called, what it claims, and how to reach it.

mod built_in;
mod file;
mod known;

use std::path::Path;
use std::time::Duration;

use crate::attach::command::{CommandLine, PROGRAM};
use crate::attach::java::JavaJni;
use crate::attach::process::{ProcessLauncher, READY_WITHIN};
use crate::attach::rust::RustInProcess;
use crate::attach::stdio::{ANSWER_WITHIN, START_WITHIN, StdioAdapter};
use crate::attach::{Adapter, build, jdk::Jdk};
use crate::cases::{Launcher, Needs};
use crate::requirements;

pub use built_in::{Absent, absent, built_in, names};
pub use file::{Mistake, read, template};
pub use known::{KnownFailure, Stale, apply};

/// The profiles that are judged where nobody says what is claimed: those that every chapter but 9 and 10 is written for.
pub const ASSUMED: [&str; 2] = ["core", "membership"];

/// How an implementation's `codec` and `core` are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// A function of this process: the Rust node.
    InProcess,
    /// The Java virtual machine in this process: the Java node.
    Jni,
    /// A child process with one JSON text per line: any language.
    Stdio,
}

/// Who said which profiles are claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    /// Nobody; [`ASSUMED`] are judged, or what its adapter says.
    Nobody,
    /// The user: `--profile` or an implementation file.
    User,
}

/// How long an implementation may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// From a start to the first answer, of a node and of an adapter.
    pub start: Duration,
    /// For one answer of an adapter.
    pub answer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            start: READY_WITHIN.max(START_WITHIN),
            answer: ANSWER_WITHIN,
        }
    }
}

/// An implementation under test (IUT).
#[derive(Debug, Clone)]
pub struct Implementation {
    /// What it is called in reports.
    pub name: String,
    /// The language it is written in, where that is known.
    pub language: Option<String>,
    /// Its version, where that is known.
    pub version: Option<String>,
    /// Profiles it claims; what it does not claim is reported as skipped.
    pub profiles: Vec<String>,
    /// Who says so.
    pub claimed: Claimed,
    /// Cases that are known to fail, each with its reason.
    pub known_failures: Vec<KnownFailure>,
    /// The arguments of `conformance run` that name it, as a shell takes them: `--impl java`.
    pub arguments: String,
    /// How `codec` and `core` are reached.
    pub transport: Transport,
    /// The command of its adapter, without placeholders.
    pub adapter_command: Option<CommandLine>,
    /// The command of its node, with the placeholders of [`crate::attach::placeholders`].
    pub wire_command: Option<CommandLine>,
    /// The command that builds it.
    pub build: Option<CommandLine>,
    /// How long it may take.
    pub patience: Patience,
}

impl Implementation {
    /// An implementation of which nothing is known but its name.
    pub fn named(name: &str, arguments: String) -> Self {
        Self {
            name: name.to_owned(),
            language: None,
            version: None,
            profiles: ASSUMED.map(str::to_owned).to_vec(),
            claimed: Claimed::Nobody,
            known_failures: Vec::new(),
            arguments,
            transport: Transport::Stdio,
            adapter_command: None,
            wire_command: None,
            build: None,
            patience: Patience::default(),
        }
    }

    /// Whether it can be asked for that at all.
    pub fn offers(&self, needs: Needs) -> bool {
        match needs {
            Needs::Wire => self.wire_command.is_some(),
            Needs::Codec | Needs::Core => {
                self.transport != Transport::Stdio || self.adapter_command.is_some()
            }
        }
    }

    /// The directory of its commands that does not exist, if there is one.
    pub fn missing_directory(&self) -> Option<&Path> {
        [&self.wire_command, &self.adapter_command, &self.build]
            .into_iter()
            .flatten()
            .filter_map(CommandLine::directory)
            .find(|directory| !directory.is_dir())
    }

    /// Builds it, where it says how; once is enough for a run.
    ///
    /// # Errors
    /// The command, its status and its last lines.
    pub fn prepare(&self) -> Result<(), String> {
        match &self.build {
            Some(command) => build::by_command(command).map_err(|e| e.to_string()),
            None => Ok(()),
        }
    }

    /// An adapter of it, with no nodes of its own.
    ///
    /// # Errors
    /// What is missing and what to do.
    pub fn adapter(&self) -> Result<Box<dyn Adapter>, String> {
        Ok(match self.transport {
            Transport::InProcess => Box::new(RustInProcess::new()),
            Transport::Jni => Box::new(JavaJni::new()?),
            Transport::Stdio => Box::new(self.stdio_adapter()?),
        })
    }

    /// Its adapter as a child process, whatever its usual transport is.
    ///
    /// # Errors
    /// What is missing and what to do.
    pub fn stdio_adapter(&self) -> Result<StdioAdapter, String> {
        let command = self
            .adapter_command
            .as_ref()
            .ok_or_else(|| "no adapter command was given".to_owned())?;
        let adapter = StdioAdapter::new(self.with_program(command)?).map_err(|e| e.to_string())?;
        Ok(adapter.within(self.patience.answer, self.patience.start))
    }

    /// Builds its node program if needed and returns what starts it.
    ///
    /// # Errors
    /// What is missing and what to do.
    pub fn launcher(&self) -> Result<Box<dyn Launcher>, String> {
        let command = self
            .wire_command
            .as_ref()
            .ok_or_else(|| "no wire command was given".to_owned())?;
        let launcher =
            ProcessLauncher::new(self.with_program(command)?).map_err(|e| e.to_string())?;
        Ok(Box::new(launcher.ready_within(self.patience.start)))
    }

    /// How a need is met, for reports.
    pub fn transport(&self, needs: Needs) -> &'static str {
        match (needs, self.transport) {
            (Needs::Wire, _) => "UDP",
            (_, Transport::InProcess) => "in process",
            (_, Transport::Jni) => "JNI",
            (_, Transport::Stdio) => "stdio",
        }
    }

    /// Fills in the program that the suite builds itself.
    fn with_program(&self, command: &CommandLine) -> Result<CommandLine, String> {
        if !command.starts_with(PROGRAM) {
            return Ok(command.clone());
        }
        let program = match self.transport {
            Transport::InProcess => {
                let binary = build::rust_binary().map_err(|e| e.to_string())?;
                vec![binary.display().to_string()]
            }
            Transport::Jni => {
                let jdk = Jdk::find().map_err(|e| e.to_string())?;
                let jar = build::java_jar(&jdk).map_err(|e| e.to_string())?;
                // A node process of a case lives for a second or two: the quick compiler and the small collector start fastest.
                vec![
                    jdk.java().display().to_string(),
                    "-XX:TieredStopAtLevel=1".to_owned(),
                    "-XX:+UseSerialGC".to_owned(),
                    "-Xshare:auto".to_owned(),
                    "-jar".to_owned(),
                    jar.display().to_string(),
                ]
            }
            Transport::Stdio => {
                return Err(format!("{PROGRAM} is for programs of this repository"));
            }
        };
        Ok(command.clone().with_program(&program))
    }
}

/// The profiles of the specification, in its order.
pub fn known_profiles() -> Vec<&'static str> {
    let mut profiles: Vec<&str> = Vec::new();
    for requirement in requirements::all() {
        if !profiles.contains(&requirement.profile.as_str()) {
            profiles.push(&requirement.profile);
        }
    }
    profiles
}

/// Checks a list of profiles: each is one of the specification, and `core` is among them.
///
/// # Errors
/// One line.
pub fn check_profiles(profiles: &[String]) -> Result<(), String> {
    let known = known_profiles();
    if let Some(unknown) = profiles.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(format!(
            "`{unknown}` is no profile of the specification; there are {}",
            known.join(", ")
        ));
    }
    if profiles.iter().any(|name| name == "core") {
        Ok(())
    } else {
        Err("every implementation claims `core` (chapter 1)".to_owned())
    }
}
