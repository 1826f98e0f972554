//! `conformance init`: a commented implementation file to begin with.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use super::print;
use crate::attach::command::quote;
use crate::implementation::template;

#[derive(Debug, clap::Args)]
pub(super) struct Init {
    /// The file to write; one that exists is left as it is
    #[arg(default_value = "my-node.toml")]
    file: PathBuf,
}

pub(super) fn main(init: &Init) -> Result<u8, String> {
    let shown = init.file.display().to_string();
    let name: String = init
        .file
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c))
        .collect();
    let name = if name.is_empty() { "my-node" } else { &name };
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&init.file)
        .and_then(|mut file| file.write_all(template(name).as_bytes()));
    match written {
        Ok(()) => {
            print(&format!(
                "wrote {shown}; edit `wire`, then: conformance smoke --impl {}\n",
                quote(&shown)
            ));
            Ok(0)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(format!(
            "{shown} exists and was left as it is; name another file"
        )),
        Err(error) => Err(format!("{shown}: {error}")),
    }
}
