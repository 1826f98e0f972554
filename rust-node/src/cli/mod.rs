//! The command line: `run`, `decode` and `adapter`.
//!
//! Exit status 0 for success, 1 for what went wrong on this host (a taken port), 2 for wrong usage. Errors are one line on standard error.

mod arguments;
mod decode;
mod file;
mod run;
mod settings;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

/// Why the program ends with a status other than 0, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct CliError {
    status: u8,
    line: String,
}

impl CliError {
    fn usage(line: impl ToString) -> Self {
        Self {
            status: 2,
            line: line.to_string(),
        }
    }

    fn failure(line: impl ToString) -> Self {
        Self {
            status: 1,
            line: line.to_string(),
        }
    }
}

/// Runs the program with the arguments of its process.
pub fn main() -> ExitCode {
    match dispatch() {
        Ok(()) => ExitCode::SUCCESS,
        Err(CliError { status, line }) => {
            // Nothing can be done where standard error is closed too.
            let _ = writeln!(io::stderr(), "mumbai-gossip: {line}");
            ExitCode::from(status)
        }
    }
}

fn dispatch() -> Result<(), CliError> {
    let matches = match arguments::command().try_get_matches() {
        Ok(matches) => matches,
        Err(why) if !why.use_stderr() => {
            let _ = why.print();
            return Ok(());
        }
        Err(why) => return Err(CliError::usage(one_line(&why.to_string()))),
    };
    match matches.subcommand() {
        Some(("run", arguments)) => run::run(arguments),
        Some(("decode", arguments)) => finish(decode::decode(
            io::stdin().lock(),
            BufWriter::new(io::stdout().lock()),
            arguments.get_one("legacy") == Some(&true),
        )),
        Some(("adapter", _)) => finish(crate::adapter::serve(
            io::stdin().lock(),
            io::stdout().lock(),
        )),
        _ => Err(CliError::usage("a command is missing; see --help")),
    }
}

/// A reader of the output that goes away early is no failure.
fn finish(result: io::Result<()>) -> Result<(), CliError> {
    match result {
        Err(why) if why.kind() != io::ErrorKind::BrokenPipe => Err(CliError::failure(why)),
        _ => Ok(()),
    }
}

/// The first paragraph of a longer message, without its label.
fn one_line(message: &str) -> String {
    let lines = message.lines().map(str::trim);
    let first: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    let line = first.join(" ");
    format!("{}; see --help", line.trim_start_matches("error: "))
}
