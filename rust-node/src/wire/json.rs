//! The raw view: a JSON text read once, strictly, with nothing of the protocol in it yet (chapter 3).
//!
//! The grammar, numbers and escapes are `serde_json`'s. Its visitor adds what it does not check: equal names and depth. Which rule was
//! broken is found out by `scan`, only for texts that failed.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::canonical::utf16_order;
use super::limits::{MAX_DEPTH, MAX_INTEGER};
use super::reason::Reject;
use super::scan;

/// A JSON value that borrows from its text wherever no escape is in the way.
#[derive(Debug, Clone, PartialEq)]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number written as digits alone.
    Natural(u64),
    /// A number written as a minus sign and digits.
    Negative(i64),
    /// Every other number, rounded to the nearest double.
    Double(f64),
    /// A string, unescaped.
    String(Cow<'a, str>),
    /// An array.
    Array(Vec<Json<'a>>),
    /// An object: names are unique and in the order of RFC 8785.
    Object(Members<'a>),
}

/// The members of an object, sorted by the UTF-16 code units of their names.
pub type Members<'a> = Vec<(Cow<'a, str>, Json<'a>)>;

impl<'a> Json<'a> {
    /// The members, where this is an object.
    pub fn as_object(&self) -> Option<&Members<'a>> {
        match self {
            Json::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The text, where this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, where this is an integer from 0 to 2^53 − 1 written as one (MGP1-JSN-014).
    pub fn as_integer(&self) -> Option<u64> {
        match self {
            Json::Natural(n) if *n <= MAX_INTEGER => Some(*n),
            _ => None,
        }
    }
}

/// The member of that name.
pub fn member<'m, 'a>(members: &'m Members<'a>, name: &str) -> Option<&'m Json<'a>> {
    let found = if members.len() <= 8 {
        members.iter().position(|(n, _)| n == name)?
    } else {
        members
            .binary_search_by(|(n, _)| utf16_order(n, name))
            .ok()?
    };
    Some(&members[found].1)
}

/// The member of that name, `null` counting as absence (MGP1-JSN-013).
pub fn optional<'m, 'a>(members: &'m Members<'a>, name: &str) -> Option<&'m Json<'a>> {
    member(members, name).filter(|value| **value != Json::Null)
}

/// Reads a message's text: exactly one object (MGP1-JSN-001 to MGP1-JSN-009).
///
/// # Errors
/// `json.encoding` where the bytes are not UTF-8, else `json.not-object` where the first is not `{`, else the first fault in
/// reading order.
pub fn parse(bytes: &[u8]) -> Result<Members<'_>, Reject> {
    let text = std::str::from_utf8(bytes).map_err(|_| Reject::JsonEncoding)?;
    if bytes.first() != Some(&b'{') {
        return Err(Reject::JsonNotObject);
    }
    match parse_value(text, MAX_DEPTH)? {
        Json::Object(members) => Ok(members),
        _ => Err(Reject::JsonNotObject),
    }
}

/// Reads one value of any type with at most `max_depth` objects and arrays open at once.
///
/// # Errors
/// A `json.…` reason: the first fault in reading order.
pub fn parse_value(text: &str, max_depth: u32) -> Result<Json<'_>, Reject> {
    let refusal = || scan::first_fault(text, max_depth).unwrap_or(Reject::JsonSyntax);
    if scan::has_long_number(text.as_bytes()) {
        return Err(refusal());
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let seed = ValueSeed {
        depth_left: max_depth,
    };
    seed.deserialize(&mut reader)
        .and_then(|value| {
            reader.end()?;
            Ok(value)
        })
        .map_err(|_| refusal())
}

#[derive(Clone, Copy)]
struct ValueSeed {
    depth_left: u32,
}

impl ValueSeed {
    fn inside<E: de::Error>(self) -> Result<Self, E> {
        match self.depth_left.checked_sub(1) {
            Some(depth_left) => Ok(Self { depth_left }),
            None => Err(E::custom(Reject::JsonDepth)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Json<'de>, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Natural(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(u64::try_from(value).map_or(Json::Negative(value), Json::Natural))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Json::Double(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::String(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::String(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut source: A) -> Result<Json<'de>, A::Error> {
        let inside = self.inside()?;
        let mut items = Vec::new();
        while let Some(item) = source.next_element_seed(inside)? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut source: A) -> Result<Json<'de>, A::Error> {
        let inside = self.inside()?;
        let mut members: Members<'de> = Vec::new();
        let mut ascending = true;
        while let Some(name) = source.next_key_seed(NameSeed)? {
            if let Some((last, _)) = members.last() {
                ascending &= utf16_order(last, &name).is_lt();
            } else {
                members.reserve(8);
            }
            members.push((name, source.next_value_seed(inside)?));
        }
        // A canonical sender's names ascend strictly, which already proves them unique.
        if !ascending {
            members.sort_unstable_by(|(a, _), (b, _)| utf16_order(a, b));
            if members.windows(2).any(|pair| pair[0].0 == pair[1].0) {
                return Err(de::Error::custom(Reject::JsonDuplicate));
            }
        }
        Ok(Json::Object(members))
    }
}

struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Cow<'de, str>, D::Error> {
        source.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for NameSeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(value.to_owned()))
    }
}
