//! What can be said on the command line.

use clap::{Arg, ArgAction, Command, value_parser};

use crate::protocol::Parameters;

/// Name of a parameter of chapter 11 outside the wire: `suspectTimeout` is `suspect_timeout_ms`.
pub(super) fn option_name(parameter: &str) -> String {
    let mut name = String::new();
    for c in parameter.chars() {
        if c.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    let times = ["_interval", "_timeout", "_retention", "_skew"];
    if times.iter().any(|end| name.ends_with(end)) {
        name.push_str("_ms");
    }
    name
}

pub(super) fn command() -> Command {
    Command::new("mumbai-gossip")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A gossip node: membership, failure detection and a shared key/value store over UDP")
        .subcommand_required(true)
        .subcommand(run_command())
        .subcommand(
            Command::new("decode")
                .about("Reads datagrams as lines of hexadecimal digits and writes what each means (MGP1-ERR-009)")
                .arg(legacy("Takes the two published dialects of version 0 too")),
        )
        .subcommand(
            Command::new("adapter")
                .about("Speaks the adapter protocol of the conformance suite on standard input and output"),
        )
}

/// A flag that may have a value, so that a script can say `--legacy false`.
fn legacy(help: &'static str) -> Arg {
    Arg::new("legacy")
        .long("legacy")
        .value_name("BOOL")
        .help(help)
        .num_args(0..=1)
        .default_missing_value("true")
        .value_parser(value_parser!(bool))
}

fn run_command() -> Command {
    let text = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let many = |arg: Arg| arg.action(ArgAction::Append);
    let mut command = Command::new("run")
        .about("Runs a node until SIGINT or SIGTERM, on which it leaves")
        .arg(text(
            "id",
            "ID",
            "Node id: 1 to 64 characters of A-Z a-z 0-9 . _ : -",
        ))
        .arg(text(
            "host",
            "HOST",
            "Address to listen on [default: 127.0.0.1]",
        ))
        .arg(
            text(
                "port",
                "PORT",
                "UDP port to listen on, 0 for any free one [default: 0]",
            )
            .value_parser(value_parser!(u16)),
        )
        .arg(text(
            "advertise",
            "HOST:PORT",
            "Address at which others reach this node",
        ))
        .arg(many(text(
            "seed",
            "HOST:PORT",
            "Address to join by; may be repeated",
        )))
        .arg(text("cluster", "NAME", "Name of the cluster"))
        .arg(legacy(
            "Receives the two published dialects of version 0 too",
        ))
        .arg(text(
            "legacy-cluster",
            "NAME",
            "Cluster that version 0 messages count as, with --legacy [default: the empty name]",
        ))
        .arg(many(text(
            "metadata",
            "KEY=VALUE",
            "What the node says of itself; may be repeated",
        )))
        .arg(many(text(
            "set",
            "KEY=VALUE",
            "Writes a value, JSON or else text, at start; may be repeated",
        )))
        .arg(text(
            "config",
            "FILE",
            "TOML file with the same names in snake_case; flags win over it",
        ))
        .arg(text(
            "log",
            "LEVEL",
            "off, error, warn, info, debug or trace [default: info]",
        ));
    for parameter in Parameters::NAMES {
        let flag = option_name(parameter).replace('_', "-");
        command = command.arg(
            Arg::new(*parameter)
                .long(flag)
                .value_name("N")
                .value_parser(value_parser!(u64))
                .help(format!("`{parameter}` of the specification"))
                .help_heading("Parameters"),
        );
    }
    command
}
