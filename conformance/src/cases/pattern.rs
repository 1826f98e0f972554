//! The matching language of `fixtures/README.md`: what a vector says of a value.

use crate::oracle;
use serde_json::Value;

/// Where a value and a pattern part.
#[derive(Debug, Clone, PartialEq)]
pub struct Mismatch {
    /// Path from the top of the pattern, dotted.
    pub path: String,
    /// The part of the pattern there.
    pub expected: Value,
    /// What was there; `None` is absence.
    pub actual: Option<Value>,
}

impl Mismatch {
    /// `path: expected …`, `path: actual …`: the two lines of a failure.
    pub fn lines(&self) -> (String, String) {
        let actual = self
            .actual
            .as_ref()
            .map_or_else(|| "nothing".to_owned(), short);
        (
            format!("{} = {}", self.path, short(&self.expected)),
            format!("{} = {actual}", self.path),
        )
    }
}

/// One line of JSON, cut where it would fill the screen.
pub fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(400) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}

/// Matches `actual` (`None`: absent) against `pattern`; `path` names where they stand.
///
/// # Errors
/// The first place where they differ.
pub fn matches(pattern: &Value, actual: Option<&Value>, path: &str) -> Result<(), Mismatch> {
    let differ = || {
        Err(Mismatch {
            path: path.to_owned(),
            expected: pattern.clone(),
            actual: actual.cloned(),
        })
    };
    match pattern {
        Value::Null => match actual {
            None | Some(Value::Null) => Ok(()),
            Some(_) => differ(),
        },
        Value::Object(members) => {
            if let Some(holds) = comparison(pattern, actual) {
                return if holds { Ok(()) } else { differ() };
            }
            let Some(Value::Object(held)) = actual else {
                return differ();
            };
            members
                .iter()
                .try_for_each(|(name, sub)| matches(sub, held.get(name), &format!("{path}.{name}")))
        }
        Value::Array(items) => {
            let Some(Value::Array(held)) = actual else {
                return differ();
            };
            if items.len() != held.len() {
                return differ();
            }
            items
                .iter()
                .zip(held)
                .enumerate()
                .try_for_each(|(i, (sub, item))| matches(sub, Some(item), &format!("{path}[{i}]")))
        }
        scalar => match actual {
            Some(value) if oracle::json_equal(scalar, value) => Ok(()),
            _ => differ(),
        },
    }
}

/// What a one-member comparison such as `{"$gt":5}` says of a value; `None` where the pattern is none.
fn comparison(pattern: &Value, actual: Option<&Value>) -> Option<bool> {
    let members = pattern.as_object()?;
    let (name, bound) = members.iter().next().filter(|_| members.len() == 1)?;
    if !name.starts_with('$') {
        return None;
    }
    if name == "$any" {
        return Some(actual.is_some());
    }
    // Every number that vectors compare is an integer below 2^53.
    let (held, bound) = (actual.and_then(Value::as_f64), bound.as_f64()?);
    let holds = |test: fn(&f64, &f64) -> bool| held.is_some_and(|value| test(&value, &bound));
    match name.as_str() {
        "$gt" => Some(holds(f64::gt)),
        "$ge" => Some(holds(f64::ge)),
        "$lt" => Some(holds(f64::lt)),
        "$le" => Some(holds(f64::le)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn holds(pattern: Value, actual: Value) -> bool {
        matches(&pattern, Some(&actual), "").is_ok()
    }

    #[test]
    fn objects_match_by_the_members_of_the_pattern() {
        assert!(holds(
            json!({"a": {"b": 1}}),
            json!({"a": {"b": 1.0, "c": 2}, "d": 3})
        ));
        assert!(!holds(json!({"a": {"b": 1}}), json!({"a": {"b": "1"}})));
        assert!(!holds(json!({"a": {}}), json!({"a": 1})));
    }

    #[test]
    fn null_means_absent_or_null() {
        assert!(holds(json!({"a": null}), json!({})));
        assert!(holds(json!({"a": null}), json!({"a": null})));
        assert!(!holds(json!({"a": null}), json!({"a": 0})));
    }

    #[test]
    fn comparisons_need_a_number() {
        assert!(holds(json!({"$gt": 4}), json!(5)));
        assert!(!holds(json!({"$gt": 5}), json!(5)));
        assert!(holds(json!({"$ge": 5}), json!(5)));
        assert!(!holds(json!({"$lt": 5}), json!("4")));
        assert!(matches(&json!({"$any": true}), None, "").is_err());
        assert!(matches(&json!({"$le": 5}), None, "").is_err());
    }

    #[test]
    fn a_mismatch_says_where() {
        let mismatch =
            matches(&json!({"a": [1, 2]}), Some(&json!({"a": [1, 3]})), "state").unwrap_err();
        assert_eq!(
            mismatch.lines(),
            ("state.a[1] = 2".to_owned(), "state.a[1] = 3".to_owned())
        );
    }
}
