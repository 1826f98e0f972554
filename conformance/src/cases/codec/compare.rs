//! Says in one line where two JSON values differ.

use serde_json::Value;

use crate::oracle::json_equal;

/// Longest text that a line of a failure quotes, in characters.
const QUOTED: usize = 120;

/// Cuts a text that is too long for a line, and says how long it was.
pub fn shorten(text: &str) -> String {
    let length = text.chars().count();
    if length <= QUOTED {
        return text.to_owned();
    }
    let head: String = text.chars().take(QUOTED).collect();
    format!("{head}… ({length} characters)")
}

/// The path of the first place at which two values are not equal under JSON equality, with what stands there in each.
/// `None` for an absent member. Returns `None` where the values are equal.
pub fn first_difference(expected: &Value, actual: &Value) -> Option<Difference> {
    difference("$".to_owned(), Some(expected), Some(actual))
}

/// A place and what stands there on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Path, `$.data.localData["k"].value`.
    pub path: String,
    /// What should stand there, shortened.
    pub expected: String,
    /// What stands there, shortened.
    pub actual: String,
}

fn difference(
    path: String,
    expected: Option<&Value>,
    actual: Option<&Value>,
) -> Option<Difference> {
    match (expected, actual) {
        (Some(Value::Object(expected)), Some(Value::Object(actual))) => {
            let strangers = actual.keys().filter(|name| !expected.contains_key(*name));
            expected.keys().chain(strangers).find_map(|name| {
                let inner = if is_plain(name) {
                    format!("{path}.{name}")
                } else {
                    format!("{path}[{}]", Value::from(name.as_str()))
                };
                difference(shorten(&inner), expected.get(name), actual.get(name))
            })
        }
        (Some(Value::Array(expected)), Some(Value::Array(actual))) => {
            (0..expected.len().max(actual.len())).find_map(|index| {
                let inner = format!("{path}[{index}]");
                difference(inner, expected.get(index), actual.get(index))
            })
        }
        (Some(expected), Some(actual)) if json_equal(expected, actual) => None,
        (None, None) => None,
        (expected, actual) => Some(Difference {
            path,
            expected: show(expected),
            actual: show(actual),
        }),
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn show(value: Option<&Value>) -> String {
    value.map_or("absent".to_owned(), |value| shorten(&value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_difference_is_named_by_its_path() {
        let expected = json!({"a": [1, {"b c": 2.0}]});
        assert_eq!(
            first_difference(&expected, &json!({"a": [1, {"b c": 2}]})),
            None
        );
        let found =
            first_difference(&expected, &json!({"a": [1, {"b c": 3}]})).expect("a difference");
        assert_eq!(found.path, "$.a[1][\"b c\"]");
        assert_eq!(
            (found.expected.as_str(), found.actual.as_str()),
            ("2.0", "3")
        );
        let found = first_difference(&expected, &json!({"a": [1]})).expect("a difference");
        assert_eq!(
            (found.path.as_str(), found.actual.as_str()),
            ("$.a[1]", "absent")
        );
        let found = first_difference(&json!({}), &json!({"x": null})).expect("a difference");
        assert_eq!(
            (found.path.as_str(), found.expected.as_str()),
            ("$.x", "absent")
        );
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        assert_eq!(shorten("é"), "é");
        assert!(shorten(&"é".repeat(500)).ends_with("é… (500 characters)"));
    }
}
