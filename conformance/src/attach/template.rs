//! A command with placeholders: `./my-node --id {id} --port {port} --seed {seed}`.
//!
//! The text is split into words as a shell does it, without any other power of a shell. A placeholder may have no value, one, or several: a
//! word whose placeholder has none is dropped, one with several is repeated, and the flag in the word before goes with it.

use std::collections::BTreeMap;

/// A command line that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Nothing to run.
    #[error("the command is empty")]
    Empty,
    /// A quote without its partner.
    #[error("the command has a {quote} that is never closed: {command}")]
    OpenQuote {
        /// The quote.
        quote: char,
        /// The whole command.
        command: String,
    },
    /// A name in braces that means nothing here.
    #[error("the command uses {{{name}}}, which is no placeholder; known are {known}")]
    UnknownPlaceholder {
        /// What stands in the braces.
        name: String,
        /// What may stand there.
        known: String,
    },
    /// A placeholder without which nothing can be run.
    #[error(
        "the command has no {{{name}}}: the suite starts several nodes at once and tells each its own; for example `./my-node --id {{id}} --port {{port}}`"
    )]
    Missing {
        /// Its name.
        name: String,
    },
    /// One word with two placeholders of which one has not exactly one value.
    #[error(
        "the word `{word}` has several placeholders, and one of them has not exactly one value"
    )]
    Ambiguous {
        /// The word.
        word: String,
    },
}

/// The values of the placeholders, by name: none, one or several each.
pub type Values = BTreeMap<&'static str, Vec<String>>;

/// Splits a command line into words: blanks separate, `'…'` and `"…"` hold together, a backslash takes the next character as it is.
///
/// # Errors
/// [`TemplateError::OpenQuote`] and [`TemplateError::Empty`].
pub fn split(command: &str) -> Result<Vec<String>, TemplateError> {
    let open = |quote| TemplateError::OpenQuote {
        quote,
        command: command.to_owned(),
    };
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = command.chars();
    while let Some(c) = characters.next() {
        match c {
            ' ' | '\t' | '\n' | '\r' => words.extend(word.take()),
            '\\' => word
                .get_or_insert_default()
                .push(characters.next().ok_or_else(|| open('\\'))?),
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next().ok_or_else(|| open(c))? {
                        end if end == c => break,
                        '\\' if c == '"' => {
                            word.push(characters.next().ok_or_else(|| open(c))?);
                        }
                        inside => word.push(inside),
                    }
                }
            }
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    if words.is_empty() {
        return Err(TemplateError::Empty);
    }
    Ok(words)
}

/// Fills the placeholders of a command that [`split`] has split.
///
/// # Errors
/// [`TemplateError::UnknownPlaceholder`] and [`TemplateError::Ambiguous`].
pub fn fill(words: &[String], values: &Values) -> Result<Vec<String>, TemplateError> {
    let mut filled: Vec<String> = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let names = placeholders(word);
        for name in &names {
            if !values.contains_key(name.as_str()) {
                return Err(TemplateError::UnknownPlaceholder {
                    name: name.clone(),
                    known: values.keys().copied().collect::<Vec<_>>().join(", "),
                });
            }
        }
        let count = |name: &String| values[name.as_str()].len();
        match names.as_slice() {
            [] => filled.push(word.clone()),
            names if names.iter().all(|name| count(name) == 1) => {
                let whole = names.iter().fold(word.clone(), |text, name| {
                    substitute(&text, name, &values[name.as_str()][0])
                });
                filled.push(whole);
            }
            [name] => {
                let flag = flag_before(words, index).cloned();
                if flag.is_some() {
                    filled.pop();
                }
                for value in &values[name.as_str()] {
                    filled.extend(flag.clone());
                    filled.push(substitute(word, name, value));
                }
            }
            _ => return Err(TemplateError::Ambiguous { word: word.clone() }),
        }
    }
    Ok(filled)
}

/// The word before, where it is a flag that belongs to the word at `index`: `--seed` before `{seed}`, but nothing before `--seed={seed}`.
fn flag_before(words: &[String], index: usize) -> Option<&String> {
    let before = words.get(index.checked_sub(1)?)?;
    let is_flag = before.starts_with('-') && placeholders(before).is_empty();
    (is_flag && !words[index].starts_with('-')).then_some(before)
}

fn substitute(word: &str, name: &str, value: &str) -> String {
    word.replace(&format!("{{{name}}}"), value)
}

/// The names in braces in a word, in order. Braces around anything but a lower-case name are ordinary text (JSON, for instance).
pub fn placeholders(word: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = word;
    while let Some(open) = rest.find('{') {
        rest = &rest[open + 1..];
        if let Some(close) = rest.find('}') {
            let name = &rest[..close];
            if !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
                names.push(name.to_owned());
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(command: &str) -> Vec<String> {
        split(command).unwrap()
    }

    fn values() -> Values {
        BTreeMap::from([
            ("id", vec!["n1".into()]),
            ("host", vec!["127.0.0.1".into()]),
            ("port", vec!["9100".into()]),
            ("cluster", vec![]),
            ("seed", vec!["a:1".into(), "b:2".into()]),
        ])
    }

    fn filled(command: &str) -> Vec<String> {
        fill(&words(command), &values()).unwrap()
    }

    #[test]
    fn words_are_split_at_blanks_outside_of_quotes() {
        assert_eq!(
            words(r#"run  'a b' "c \"d" e\ f g''h"#),
            ["run", "a b", "c \"d", "e f", "gh"]
        );
    }

    #[test]
    fn an_empty_quoted_word_is_a_word() {
        assert_eq!(words("run ''"), ["run", ""]);
    }

    #[test]
    fn an_open_quote_is_an_error() {
        assert!(matches!(
            split("run 'a"),
            Err(TemplateError::OpenQuote { quote: '\'', .. })
        ));
        assert!(matches!(
            split("run \\"),
            Err(TemplateError::OpenQuote { quote: '\\', .. })
        ));
    }

    #[test]
    fn a_command_of_blanks_is_empty() {
        assert_eq!(split("  "), Err(TemplateError::Empty));
    }

    #[test]
    fn placeholders_are_filled_inside_of_words_too() {
        assert_eq!(
            filled("n --listen={host}:{port} {id}"),
            ["n", "--listen=127.0.0.1:9100", "n1"]
        );
    }

    #[test]
    fn a_placeholder_without_value_takes_its_flag_with_it() {
        assert_eq!(
            filled("n --verbose --cluster {cluster} --id {id}"),
            ["n", "--verbose", "--id", "n1"]
        );
    }

    #[test]
    fn a_flag_joined_to_its_value_leaves_the_flag_before_alone() {
        assert_eq!(
            filled("n --verbose --cluster={cluster}"),
            ["n", "--verbose"]
        );
    }

    #[test]
    fn several_values_repeat_the_flag() {
        assert_eq!(
            filled("n --seed {seed}"),
            ["n", "--seed", "a:1", "--seed", "b:2"]
        );
        assert_eq!(
            filled("n --seed={seed} x"),
            ["n", "--seed=a:1", "--seed=b:2", "x"]
        );
    }

    #[test]
    fn braces_around_other_text_are_left_alone() {
        assert_eq!(filled(r#"n '{"a":1}' {}"#), ["n", r#"{"a":1}"#, "{}"]);
    }

    #[test]
    fn an_unknown_placeholder_is_an_error_that_names_it() {
        assert!(matches!(
            fill(&words("n {prot}"), &values()),
            Err(TemplateError::UnknownPlaceholder { name, .. }) if name == "prot"
        ));
    }

    #[test]
    fn two_placeholders_in_a_word_need_one_value_each() {
        assert!(matches!(
            fill(&words("n {seed}-{id}"), &values()),
            Err(TemplateError::Ambiguous { .. })
        ));
    }
}
