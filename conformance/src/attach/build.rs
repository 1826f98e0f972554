//! Builds the repository's own nodes when a run needs them, so that one command is enough after a clone.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use fs4::fs_std::FileExt;
use sha2::{Digest, Sha256};

use super::command::{CommandLine, show};
use super::jdk::Jdk;
use super::template::Values;

/// Why a node could not be built, in words that say what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// The suite was installed away from its repository, whose nodes it was asked for.
    #[error(
        "the repository of the suite is not at {0}: the built-in implementations need a checkout"
    )]
    NoCheckout(PathBuf),
    /// There is no Maven.
    #[error(
        "Maven is missing ({0}); install it (Debian: apt-get install maven), \
         or run with Rust alone: `--impl rust`, for cargo test CONFORMANCE_WITHOUT=java"
    )]
    NoMaven(String),
    /// A build ran and failed.
    #[error("{what} failed ({status}); its last lines:\n{tail}")]
    Failed {
        /// The command.
        what: String,
        /// Its exit status.
        status: String,
        /// The end of what it printed.
        tail: String,
    },
    /// Files could not be read or written.
    #[error("{0}")]
    Io(String),
}

/// The checkout that this suite was built in.
///
/// # Errors
/// [`BuildError::NoCheckout`] where it is gone.
pub fn checkout() -> Result<PathBuf, BuildError> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let root = root
        .canonicalize()
        .map_err(|_| BuildError::NoCheckout(root))?;
    if root.join("java-node/pom.xml").is_file() {
        Ok(root)
    } else {
        Err(BuildError::NoCheckout(root))
    }
}

/// Builds `java-node/target/mumbai-gossip.jar` unless it is as new as its sources, and returns its path. Several processes
/// may ask at once; one builds and the others wait.
///
/// # Errors
/// [`BuildError`]; an old jar is left where it was.
pub fn java_jar(jdk: &Jdk) -> Result<PathBuf, BuildError> {
    let project = checkout()?.join("java-node");
    let target = project.join("target");
    std::fs::create_dir_all(&target).map_err(|e| io(&target, &e))?;
    let lock_path = target.join("conformance.lock");
    let lock = File::create(&lock_path).map_err(|e| io(&lock_path, &e))?;
    lock.lock_exclusive().map_err(|e| io(&lock_path, &e))?;

    let jar = target.join("mumbai-gossip.jar");
    let stamp = target.join("mumbai-gossip.sources");
    let sources = hash_sources(&project)?;
    if jar.is_file() && std::fs::read_to_string(&stamp).is_ok_and(|built| built == sources) {
        return Ok(jar);
    }
    eprintln!("building java-node with Maven (once; the first time it downloads its libraries) …");
    let mut maven = Command::new(if cfg!(windows) { "mvn.cmd" } else { "mvn" });
    maven
        .args(["-q", "-B", "-DskipTests", "package"])
        .current_dir(&project);
    // Maven compiles with the JDK that runs it; a runtime without a compiler is of no use to it.
    if jdk
        .home
        .join("bin")
        .join(if cfg!(windows) { "javac.exe" } else { "javac" })
        .is_file()
    {
        maven.env("JAVA_HOME", &jdk.home);
    }
    run(maven, "mvn package in java-node", |e| {
        BuildError::NoMaven(e.to_string())
    })?;
    std::fs::write(&stamp, sources).map_err(|e| io(&stamp, &e))?;
    Ok(jar)
}

/// Builds the binary of the Rust node in the profile this suite runs in and returns its path.
///
/// # Errors
/// [`BuildError`].
pub fn rust_binary() -> Result<PathBuf, BuildError> {
    let root = checkout()?;
    let own = std::env::current_exe().map_err(|e| BuildError::Io(e.to_string()))?;
    // target/<profile>/conformance or target/<profile>/deps/conformance-<hash>
    let profile_dir = own
        .ancestors()
        .skip(1)
        .find(|folder| folder.join("deps").is_dir())
        .ok_or_else(|| BuildError::Io(format!("{} is in no cargo target folder", own.display())))?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args([
            "build",
            "--quiet",
            "--package",
            "mumbai-gossip",
            "--bin",
            "mumbai-gossip",
        ])
        .current_dir(&root);
    if profile_dir
        .file_name()
        .is_some_and(|name| name == "release")
    {
        cargo.arg("--release");
    }
    if let Some(target) = profile_dir.parent() {
        cargo.arg("--target-dir").arg(target);
    }
    run(cargo, "cargo build of rust-node", |e| {
        BuildError::Io(format!("cargo cannot be run: {e}"))
    })?;
    Ok(profile_dir.join(if cfg!(windows) {
        "mumbai-gossip.exe"
    } else {
        "mumbai-gossip"
    }))
}

/// Runs the build command of an implementation file, to its end.
///
/// # Errors
/// [`BuildError::Failed`] with its last lines, [`BuildError::Io`] where it cannot be run.
pub fn by_command(command: &CommandLine) -> Result<(), BuildError> {
    let words = command
        .fill(&Values::new())
        .map_err(|error| BuildError::Io(format!("the build command: {error}")))?;
    eprintln!("building: {}", show(&words));
    let child = command
        .spawn(&words, Stdio::null())
        .map_err(BuildError::Io)?;
    let output = child
        .wait_with_output()
        .map_err(|error| BuildError::Io(error.to_string()))?;
    judge(output, &format!("`{}`", show(&words)))
}

fn run(
    mut command: Command,
    what: &str,
    cannot_start: impl FnOnce(std::io::Error) -> BuildError,
) -> Result<(), BuildError> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(cannot_start)?;
    judge(output, what)
}

/// Nothing to say of a build that went well, the last lines of one that did not.
fn judge(output: Output, what: &str) -> Result<(), BuildError> {
    if output.status.success() {
        return Ok(());
    }
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed);
    let lines: Vec<&str> = printed
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    Err(BuildError::Failed {
        what: what.to_owned(),
        status: output.status.to_string(),
        tail: lines[lines.len().saturating_sub(20)..].join("\n"),
    })
}

/// A fingerprint of everything the jar is made of: times of files say little after a checkout.
fn hash_sources(project: &Path) -> Result<String, BuildError> {
    let mut files = vec![project.join("pom.xml")];
    collect(&project.join("src/main"), &mut files)?;
    files.sort();
    let mut hash = Sha256::new();
    for path in files {
        let mut content = Vec::new();
        File::open(&path)
            .and_then(|mut file| file.read_to_end(&mut content))
            .map_err(|e| io(&path, &e))?;
        hash.update(
            path.strip_prefix(project)
                .unwrap_or(&path)
                .to_string_lossy()
                .as_bytes(),
        );
        hash.update((content.len() as u64).to_be_bytes());
        hash.update(&content);
    }
    Ok(hex::encode(hash.finalize()))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), BuildError> {
    for entry in std::fs::read_dir(folder).map_err(|e| io(folder, &e))? {
        let path = entry.map_err(|e| io(folder, &e))?.path();
        if path.is_dir() {
            collect(&path, files)?
        } else {
            files.push(path)
        }
    }
    Ok(())
}

fn io(path: &Path, error: &std::io::Error) -> BuildError {
    BuildError::Io(format!("{}: {error}", path.display()))
}
