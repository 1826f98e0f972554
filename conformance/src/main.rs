//! The command `conformance`.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    conformance::cli::main()
}
