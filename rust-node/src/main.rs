//! The program `mumbai-gossip`; see [`mumbai_gossip::cli`].
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    mumbai_gossip::cli::main()
}
