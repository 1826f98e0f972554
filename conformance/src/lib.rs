//! Proves an implementation of the Mumbai Gossip Protocol right, or shows which sentence of the specification it breaks.
//!
//! The rooms: [`oracle`] judges and shares no code with any node; [`attach`] reaches an [`implementation`]; [`wire`] is the suite as a peer
//! of it and [`relay`] the bad network between nodes; [`cases`] are what is asked of it and [`clusters`] what is asked of many at once;
//! [`run`] asks, [`verdict`] is what comes of it, with a [`transcript`]; [`report`] shows it, [`bundle`] lets it happen again; [`requirements`] and [`fixtures`] read the specification and the
//! golden vectors.
#![forbid(unsafe_code)]

pub mod attach;
pub mod bundle;
pub mod cases;
pub mod cli;
pub mod clusters;
pub mod fixtures;
pub mod glob;
pub mod groups;
pub mod hazards;
pub mod implementation;
pub mod null;
pub mod oracle;
pub mod relay;
pub mod report;
pub mod requirements;
pub mod run;
pub mod seed;
pub mod simulate;
pub mod transcript;
pub mod verdict;
pub mod wire;

/// What the user asked to leave out: the names in the environment variable `CONFORMANCE_WITHOUT`, separated by commas.
pub fn without() -> Vec<String> {
    let names = std::env::var("CONFORMANCE_WITHOUT").unwrap_or_default();
    names
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Why that implementation takes no part in a test: the user left it out, or it is `python` and there is no python3 here. A Java that is
/// missing is no such reason: tests say so and fail.
pub fn left_out(name: &str) -> Option<String> {
    if without().iter().any(|it| it == name) {
        return Some("CONFORMANCE_WITHOUT names it".to_owned());
    }
    let is_missing = name == "python"
        && std::process::Command::new("python3")
            .arg("--version")
            .output()
            .is_err_and(|why| why.kind() == std::io::ErrorKind::NotFound);
    is_missing.then(|| "there is no python3 on the PATH".to_owned())
}

/// Checks that `CONFORMANCE_WITHOUT` names nothing but implementations, and `python` for the second decoder.
///
/// # Errors
/// One line that names what is unknown and what is known.
pub fn check_without() -> Result<(), String> {
    // `python` leaves the second decoder out of the tests too.
    let known = implementation::names();
    match without()
        .iter()
        .find(|name| !known.contains(&name.as_str()))
    {
        Some(unknown) => Err(format!(
            "CONFORMANCE_WITHOUT={unknown}: there is no such thing to leave out; known are {}",
            known.join(", ")
        )),
        None => Ok(()),
    }
}
