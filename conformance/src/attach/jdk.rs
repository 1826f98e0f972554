//! Finding Java: the JDK whose virtual machine is loaded into this process, and every other one for `.ci/run`.

use std::path::{Path, PathBuf};

/// A Java installation that has a virtual machine library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jdk {
    /// `JAVA_HOME` of it.
    pub home: PathBuf,
    /// The library that holds the virtual machine.
    pub libjvm: PathBuf,
}

/// Why no Java could be used, in one line that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "Java is missing: {0}; install a JDK 17 or newer (Debian: apt-get install openjdk-17-jdk-headless) and set JAVA_HOME, \
     or run with Rust alone: `--impl rust`, for cargo test CONFORMANCE_WITHOUT=java"
)]
pub struct NoJdk(String);

impl Jdk {
    /// The JDK of `JAVA_HOME`, else the one whose `java` is first on `PATH`.
    ///
    /// # Errors
    /// [`NoJdk`] where there is none, or where `JAVA_HOME` names a folder without a virtual machine.
    pub fn find() -> Result<Self, NoJdk> {
        if let Some(home) = std::env::var_os("JAVA_HOME").filter(|home| !home.is_empty()) {
            let home = PathBuf::from(home);
            return Self::at(&home).ok_or_else(|| {
                NoJdk(format!(
                    "JAVA_HOME={} holds no virtual machine library",
                    home.display()
                ))
            });
        }
        let java = std::env::var_os("PATH")
            .into_iter()
            .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>())
            .map(|folder| folder.join(if cfg!(windows) { "java.exe" } else { "java" }))
            .find(|java| java.is_file())
            .ok_or_else(|| NoJdk("JAVA_HOME is not set and there is no java on PATH".to_owned()))?;
        // `java` on PATH is usually a chain of links into the real installation.
        let real = java.canonicalize().unwrap_or(java);
        real.ancestors()
            .skip(2)
            .take(2)
            .find_map(Self::at)
            .ok_or_else(|| {
                NoJdk(format!(
                    "{} belongs to no installation with a virtual machine library",
                    real.display()
                ))
            })
    }

    /// The JDK in that folder, if it is one.
    pub fn at(home: &Path) -> Option<Self> {
        let libjvm = [
            "lib/server/libjvm.so",
            "lib/server/libjvm.dylib",
            "bin/server/jvm.dll",
        ]
        .into_iter()
        .map(|relative| home.join(relative))
        .find(|path| path.is_file())?;
        Some(Self {
            home: home.to_owned(),
            libjvm,
        })
    }

    /// The command that starts its `java`.
    pub fn java(&self) -> PathBuf {
        self.home
            .join("bin")
            .join(if cfg!(windows) { "java.exe" } else { "java" })
    }
}
