//! The flags that say which implementations are tested, and how they are reached.

use std::path::Path;
use std::time::Duration;

use crate::attach::command::{CommandLine, quote};
use crate::attach::placeholders;
use crate::attach::stdio::StdioAdapter;
use crate::implementation::{
    self, Claimed, Implementation, absent, built_in, check_profiles, names,
};
use crate::run::NotRun;

/// Which implementations.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Attached {
    /// Implementation to test: rust, java, python, or an implementation file (`conformance init` writes one); repeatable [default: those of this repository]
    #[arg(long = "impl", value_name = "NAME|FILE")]
    implementations: Vec<String>,
    /// Command that starts a node, with placeholders such as {id} and {port} (see below); repeatable
    #[arg(long, value_name = "COMMAND")]
    wire: Vec<String>,
    /// Command that starts an adapter on standard input and output (conformance/ADAPTER.md); together with one --wire it is the same implementation
    #[arg(long, value_name = "COMMAND")]
    adapter: Vec<String>,
    /// What to call the implementation of a --wire or --adapter, in their order [default: its program]
    #[arg(long, value_name = "NAME")]
    name: Vec<String>,
    /// Profiles that the implementations of --wire and --adapter claim; the others are skipped [default: what the adapter says, else core,membership]
    #[arg(long = "profile", value_name = "PROFILE,…", value_delimiter = ',')]
    profiles: Vec<String>,
    /// How long a node or an adapter may take from its start to its first answer [default: 45]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    start_timeout: Option<u64>,
    /// How long an adapter may take for one answer [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    answer_timeout: Option<u64>,
}

/// What is to be tested, and what is left out of it.
pub(super) struct Chosen {
    pub(super) implementations: Vec<Implementation>,
    pub(super) left_out: Vec<NotRun>,
}

impl Attached {
    /// The implementations that the flags name; all of this repository where they name none.
    pub(super) fn choose(&self) -> Result<Chosen, String> {
        let mut chosen = Chosen {
            implementations: Vec::new(),
            left_out: Vec::new(),
        };
        let strangers = self.strangers()?;
        if self.implementations.is_empty() && strangers.is_empty() {
            chosen.take_built_in();
        } else {
            for wanted in &self.implementations {
                chosen.implementations.push(named(wanted)?);
            }
            chosen.implementations.extend(strangers);
        }
        for implementation in &mut chosen.implementations {
            if let Some(seconds) = self.start_timeout {
                implementation.patience.start = Duration::from_secs(seconds);
            }
            if let Some(seconds) = self.answer_timeout {
                implementation.patience.answer = Duration::from_secs(seconds);
            }
        }
        let mut seen = Vec::new();
        for implementation in &chosen.implementations {
            if seen.contains(&&implementation.name) {
                return Err(format!(
                    "two implementations are called {}; --name gives the one of a --wire or --adapter another name",
                    implementation.name
                ));
            }
            seen.push(&implementation.name);
        }
        Ok(chosen)
    }

    /// The implementations of `--wire` and `--adapter`.
    fn strangers(&self) -> Result<Vec<Implementation>, String> {
        let pairs: Vec<(Option<&String>, Option<&String>)> = match (
            self.wire.as_slice(),
            self.adapter.as_slice(),
        ) {
            ([wire], [adapter]) => vec![(Some(wire), Some(adapter))],
            (wires, []) => wires.iter().map(|wire| (Some(wire), None)).collect(),
            ([], adapters) => adapters.iter().map(|it| (None, Some(it))).collect(),
            _ => {
                return Err("which --wire and --adapter belong together? With several of both, write an implementation file for each (`conformance init`)".to_owned());
            }
        };
        if self.name.len() > pairs.len() {
            return Err(format!(
                "--name {}: there is no --wire or --adapter for it; an --impl has its name from its file",
                self.name[pairs.len()]
            ));
        }
        if !self.profiles.is_empty() {
            if pairs.is_empty() {
                return Err("--profile is for --wire and --adapter; an --impl claims its profiles in its file".to_owned());
            }
            check_profiles(&self.profiles).map_err(|why| format!("--profile: {why}"))?;
        }
        let mut strangers: Vec<Implementation> = Vec::new();
        for (index, (wire, adapter)) in pairs.into_iter().enumerate() {
            let given = self.name.get(index);
            let name = given.cloned().unwrap_or_else(|| {
                let program = wire.or(adapter).map_or("node", String::as_str);
                let taken = |name: &String| strangers.iter().any(|it| it.name == *name);
                let base = program_name(program);
                let mut name = base.clone();
                let mut number = 2;
                while taken(&name) {
                    name = format!("{base}-{number}");
                    number += 1;
                }
                name
            });
            strangers.push(self.stranger(&name, wire, adapter)?);
        }
        Ok(strangers)
    }

    fn stranger(
        &self,
        name: &str,
        wire: Option<&String>,
        adapter: Option<&String>,
    ) -> Result<Implementation, String> {
        let mut arguments = Vec::new();
        let mut implementation = Implementation::named(name, String::new());
        if let Some(text) = wire {
            let command = CommandLine::parse(text).map_err(|why| format!("--wire: {why}"))?;
            placeholders::check(&command).map_err(|why| format!("--wire: {why}"))?;
            implementation.wire_command = Some(command);
            arguments.push(format!("--wire {}", quote(text)));
        }
        if let Some(text) = adapter {
            let command = CommandLine::parse(text).map_err(|why| format!("--adapter: {why}"))?;
            StdioAdapter::new(command.clone()).map_err(|why| format!("--adapter: {why}"))?;
            implementation.adapter_command = Some(command);
            arguments.push(format!("--adapter {}", quote(text)));
        }
        arguments.push(format!("--name {}", quote(name)));
        if !self.profiles.is_empty() {
            implementation.profiles.clone_from(&self.profiles);
            implementation.claimed = Claimed::User;
            arguments.push(format!("--profile {}", self.profiles.join(",")));
        }
        if let Some(seconds) = self.start_timeout {
            arguments.push(format!("--start-timeout {seconds}"));
        }
        if let Some(seconds) = self.answer_timeout {
            arguments.push(format!("--answer-timeout {seconds}"));
        }
        implementation.arguments = arguments.join(" ");
        Ok(implementation)
    }
}

impl Chosen {
    /// All of this repository, but for what `CONFORMANCE_WITHOUT` leaves out and what is not in this checkout.
    fn take_built_in(&mut self) {
        let without = crate::without();
        for implementation in built_in() {
            if without.contains(&implementation.name) {
                self.leave_out(&implementation.name, "CONFORMANCE_WITHOUT names it");
            } else {
                self.implementations.push(implementation);
            }
        }
        for absent in absent() {
            self.leave_out(&absent.name, &absent.why);
        }
    }

    fn leave_out(&mut self, name: &str, why: &str) {
        self.left_out.push(NotRun {
            implementation: name.to_owned(),
            what: "everything".to_owned(),
            why: why.to_owned(),
            asked: true,
        });
    }
}

/// The implementation of that name or in that file.
fn named(wanted: &str) -> Result<Implementation, String> {
    if let Some(known) = built_in().into_iter().find(|it| it.name == wanted) {
        return Ok(known);
    }
    if let Some(absent) = absent().into_iter().find(|it| it.name == wanted) {
        return Err(format!("--impl {wanted}: {}", absent.why));
    }
    let path = Path::new(wanted);
    if path.is_file() || path.components().count() > 1 || wanted.ends_with(".toml") {
        return implementation::read(path).map_err(|mistake| mistake.to_string());
    }
    Err(format!(
        "--impl {wanted}: no such implementation; there are {}, and any implementation file",
        names().join(", ")
    ))
}

/// What a command is called: the file name of its program, without its ending.
fn program_name(command: &str) -> String {
    let first = command.split_whitespace().next().unwrap_or_default();
    let plain: String = Path::new(first)
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c))
        .collect();
    if plain.is_empty() {
        "node".to_owned()
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(attached: Attached) -> Result<Vec<Implementation>, String> {
        attached.choose().map(|chosen| chosen.implementations)
    }

    fn wire(commands: &[&str]) -> Attached {
        Attached {
            wire: commands.iter().map(|it| (*it).to_owned()).collect(),
            ..Attached::default()
        }
    }

    #[test]
    fn a_command_line_alone_is_an_implementation_that_can_be_named_again() {
        let chosen = chosen(wire(&["./my-node --id {id} --port {port}"])).unwrap();
        assert_eq!(chosen[0].name, "my-node");
        assert_eq!(
            chosen[0].arguments,
            "--wire './my-node --id {id} --port {port}' --name my-node"
        );
        assert_eq!(chosen[0].profiles, ["core", "membership"]);
    }

    #[test]
    fn nodes_of_the_same_program_get_different_names() {
        let chosen = chosen(wire(&["n {id} {port}", "n -x {id} {port}"])).unwrap();
        assert_eq!(chosen[1].name, "n-2");
    }

    #[test]
    fn bad_usage_is_one_line() {
        let refused = |attached: Attached| chosen(attached).expect_err("bad usage");
        for (attached, part) in [
            (wire(&["./n --id {id}"]), "{port}"),
            (wire(&["./n 'x"]), "never closed"),
            (
                Attached {
                    adapter: vec!["./a {id}".to_owned()],
                    ..Attached::default()
                },
                "{id}",
            ),
            (
                Attached {
                    profiles: vec!["membership".to_owned()],
                    ..wire(&["n {id} {port}"])
                },
                "core",
            ),
            (
                Attached {
                    implementations: vec!["cobol".to_owned()],
                    ..Attached::default()
                },
                "no such implementation",
            ),
            (
                Attached {
                    name: vec!["a".to_owned(), "b".to_owned()],
                    ..wire(&["n {id} {port}"])
                },
                "--name b",
            ),
            (
                Attached {
                    adapter: vec!["a".to_owned()],
                    ..wire(&["n {id} {port}", "m {id} {port}"])
                },
                "belong together",
            ),
        ] {
            let line = refused(attached);
            assert!(line.contains(part), "{line}");
            assert!(!line.contains('\n'), "{line}");
        }
    }
}
