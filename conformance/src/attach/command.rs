//! A command as the user wrote it: words with placeholders, a working directory, an environment. No shell takes part.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::template::{self, TemplateError, Values};

/// A command with placeholders that can be filled and started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    words: Vec<String>,
    directory: Option<PathBuf>,
    environment: BTreeMap<String, String>,
}

impl CommandLine {
    /// Splits a command line into words.
    ///
    /// # Errors
    /// What is wrong with it; see [`template::split`].
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        Ok(Self {
            words: template::split(text)?,
            directory: None,
            environment: BTreeMap::new(),
        })
    }

    /// The directory to run it in; a program named by a relative path is looked for there.
    #[must_use]
    pub fn in_directory(mut self, directory: PathBuf) -> Self {
        self.directory = Some(directory);
        self
    }

    /// Environment variables to add.
    #[must_use]
    pub fn with_environment(mut self, environment: BTreeMap<String, String>) -> Self {
        self.environment = environment;
        self
    }

    /// Puts these words in place of the first one where that is `{program}`: a program that the suite builds itself.
    #[must_use]
    pub fn with_program(mut self, program: &[String]) -> Self {
        if self.words.first().is_some_and(|word| word == PROGRAM) {
            self.words.splice(0..1, program.iter().cloned());
        }
        self
    }

    /// Whether that is its first word.
    pub fn starts_with(&self, word: &str) -> bool {
        self.words.first().is_some_and(|first| first == word)
    }

    /// The first placeholder in it, if it has any.
    pub fn placeholder(&self) -> Option<String> {
        self.words
            .iter()
            .find_map(|word| template::placeholders(word).into_iter().next())
    }

    /// The directory it is to run in, where that is given.
    pub fn directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    /// Whether the command has that placeholder.
    pub fn has(&self, placeholder: &str) -> bool {
        self.words.iter().any(|word| {
            template::placeholders(word)
                .iter()
                .any(|it| it == placeholder)
        })
    }

    /// The words with all placeholders filled.
    ///
    /// # Errors
    /// See [`template::fill`].
    pub fn fill(&self, values: &Values) -> Result<Vec<String>, TemplateError> {
        template::fill(&self.words, values)
    }

    /// Starts filled words, with standard output and standard error piped.
    ///
    /// # Errors
    /// What the system says, and what to try.
    pub fn spawn(&self, words: &[String], input: Stdio) -> Result<Child, String> {
        let Some((program, arguments)) = words.split_first() else {
            return Err("the command is empty".to_owned());
        };
        let mut command = Command::new(self.locate(program));
        command
            .args(arguments)
            .envs(&self.environment)
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        command.spawn().map_err(|error| {
            format!(
                "cannot run `{}`: {error}\n  try: {}",
                show(words),
                self.advice(program, &error)
            )
        })
    }

    /// Systems differ on whether a relative program is looked for in the old or in the new working directory.
    fn locate(&self, program: &str) -> PathBuf {
        let path = Path::new(program);
        match &self.directory {
            Some(directory) if path.is_relative() && path.components().count() > 1 => {
                directory.join(path.strip_prefix(".").unwrap_or(path))
            }
            _ => path.to_owned(),
        }
    }

    fn advice(&self, program: &str, error: &io::Error) -> String {
        let from = self
            .directory
            .clone()
            .or_else(|| std::env::current_dir().ok())
            .map_or_else(|| "?".to_owned(), |path| path.display().to_string());
        match error.kind() {
            io::ErrorKind::NotFound if Path::new(program).components().count() > 1 => {
                format!(
                    "there is no {program} as seen from {from}; is it built, and is that the right directory?"
                )
            }
            io::ErrorKind::NotFound => {
                format!(
                    "no directory of PATH holds `{program}`; for a program in {from} write `./{program}`. No shell takes part: no `cd`, no `&&`, no `~`"
                )
            }
            io::ErrorKind::PermissionDenied => {
                format!(
                    "`{program}` is not a program that may be run: chmod +x, or name its interpreter in front of it"
                )
            }
            _ => format!("start it by hand in {from}"),
        }
    }
}

/// Stands for a program that the suite builds itself, in the files of this repository.
pub const PROGRAM: &str = "{program}";

/// Words as a shell takes them.
pub fn show(words: &[String]) -> String {
    words
        .iter()
        .map(|word| quote(word))
        .collect::<Vec<_>>()
        .join(" ")
}

/// A word as a POSIX shell takes it: in single quotes where it needs any.
pub fn quote(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_only_where_a_shell_would_change_it() {
        assert_eq!(quote("--seed=127.0.0.1:9"), "--seed=127.0.0.1:9");
        assert_eq!(quote("a b"), "'a b'");
        assert_eq!(quote("it's"), r"'it'\''s'");
        assert_eq!(quote(""), "''");
        assert_eq!(quote("{id}"), "'{id}'");
    }

    #[test]
    fn a_program_that_is_not_there_is_told_with_the_place_that_was_looked_in() {
        let command = CommandLine::parse("./no-such-node").unwrap();
        let words = command.fill(&Values::new()).unwrap();
        let line = command.spawn(&words, Stdio::null()).err().unwrap();
        assert!(line.contains("./no-such-node"), "{line}");
        assert!(line.contains("as seen from"), "{line}");
    }

    #[test]
    fn a_program_of_the_suite_takes_the_place_of_its_placeholder() {
        let command = CommandLine::parse("{program} adapter").unwrap();
        let command = command.with_program(&["java".into(), "-jar".into(), "x.jar".into()]);
        assert_eq!(
            command.fill(&Values::new()).unwrap(),
            ["java", "-jar", "x.jar", "adapter"]
        );
    }
}
