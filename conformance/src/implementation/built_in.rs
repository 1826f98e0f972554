//! The implementations of this repository, each in a file of `implementations/` like a stranger's.

use super::{Implementation, file};
use crate::attach::build::checkout;

/// Name and file of each. They are part of the program, so that `--impl java` needs no path.
const FILES: [(&str, &str); 3] = [
    ("rust", include_str!("../../../implementations/rust.toml")),
    ("java", include_str!("../../../implementations/java.toml")),
    (
        "python",
        include_str!("../../../implementations/python.toml"),
    ),
];

/// One that is listed and not in this checkout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absent {
    /// Its name.
    pub name: String,
    /// What is missing.
    pub why: String,
}

/// The names of all of them, whether they are in this checkout or not.
pub fn names() -> Vec<&'static str> {
    FILES.iter().map(|(name, _)| *name).collect()
}

/// The implementations of this repository that can be run from here.
pub fn built_in() -> Vec<Implementation> {
    sorted().0
}

/// Those that are listed and cannot be run from here, and why.
pub fn absent() -> Vec<Absent> {
    sorted().1
}

fn sorted() -> (Vec<Implementation>, Vec<Absent>) {
    let (mut present, mut absent) = (Vec::new(), Vec::new());
    // The built-in Rust node needs no checkout for its adapter; whoever needs one says so.
    let folder = checkout().map_or_else(|_| ".".into(), |root| root.join("implementations"));
    for (name, text) in FILES {
        let shown = format!("implementations/{name}.toml");
        match file::parse(text, &shown, &folder, format!("--impl {name}"), true) {
            Ok(implementation) => match implementation.missing_directory() {
                None => present.push(implementation.clone()),
                Some(directory) => absent.push(Absent {
                    name: name.to_owned(),
                    why: format!(
                        "there is no {} in this checkout",
                        directory
                            .file_name()
                            .unwrap_or(directory.as_os_str())
                            .display()
                    ),
                }),
            },
            Err(mistake) => absent.push(Absent {
                name: name.to_owned(),
                why: mistake.to_string(),
            }),
        }
    }
    (present, absent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_right_and_named_like_its_implementation() {
        for absent in absent() {
            assert!(absent.why.starts_with("there is no "), "{absent:?}");
        }
        for implementation in built_in() {
            assert!(names().contains(&implementation.name.as_str()));
        }
        assert!(built_in().iter().any(|it| it.name == "rust"));
    }
}
