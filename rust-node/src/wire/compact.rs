//! JSON values as a node keeps them.

use std::fmt;

use super::canonical::write_json;
use super::json::{self, Json};
use super::limits::{LEVELS_AROUND_VALUE, MAX_DEPTH};
use super::reason::Reject;

/// A JSON value held as its canonical text.
///
/// One allocation per value whatever its shape; sizes are lengths, the comparisons of MGP1-MRG-001 and MGP1-MRG-016 are comparisons of
/// bytes, sending it is a copy. Two values are the same under JSON equality exactly when their texts are.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Compact(Box<str>);

impl Compact {
    /// The value `null`.
    pub fn null() -> Self {
        Self("null".into())
    }

    /// The value `{}`.
    pub fn empty_object() -> Self {
        Self("{}".into())
    }

    pub(crate) fn from_json(value: &Json<'_>) -> Self {
        match value {
            Json::Null => Self::null(),
            Json::Object(members) if members.is_empty() => Self::empty_object(),
            _ => {
                let mut text = String::with_capacity(32);
                write_json(&mut text, value);
                Self(text.into())
            }
        }
    }

    /// Reads one JSON value of any type under the rules of chapter 3, shallow enough to be an entry's value.
    ///
    /// # Errors
    /// The rule that `text` breaks, `json.depth` included where only the message around it would make it too deep.
    pub fn parse(text: &str) -> Result<Self, Reject> {
        let value = json::parse_value(text, MAX_DEPTH - LEVELS_AROUND_VALUE)?;
        Ok(Self::from_json(&value))
    }

    /// As [`parse`](Self::parse), of a value that is a tree already.
    ///
    /// # Errors
    /// `json.depth`, where the value is too deep.
    pub fn from_value(value: &serde_json::Value) -> Result<Self, Reject> {
        Self::parse(&value.to_string())
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value as a tree.
    pub fn to_value(&self) -> serde_json::Value {
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// True for `null`.
    pub fn is_null(&self) -> bool {
        &*self.0 == "null"
    }

    /// True for `{}`.
    pub fn is_empty_object(&self) -> bool {
        &*self.0 == "{}"
    }
}

impl fmt::Debug for Compact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
