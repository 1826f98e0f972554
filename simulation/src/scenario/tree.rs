//! TOML and JSON as one tree of values that know where they stand.

use serde::de::IgnoredAny;
use toml::de::{DeTable, DeValue};

use super::ScenarioError;

/// A value and the byte at which it begins.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub at: usize,
    pub value: Value,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    /// Each name with the byte at which it begins, in the order of the file or of the names.
    Table(Vec<(String, usize, Node)>),
    /// Something that no field of a scenario can hold: what it is called.
    Other(&'static str),
}

impl Value {
    /// What it is, with its article.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Integer(_) => "an integer",
            Value::Float(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Other(kind) => kind,
        }
    }

    /// The value as JSON; `None` where JSON has no such value.
    pub fn to_json(&self) -> Option<serde_json::Value> {
        Some(match self {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Integer(value) => (*value).into(),
            Value::Float(value) => serde_json::Number::from_f64(*value)?.into(),
            Value::Text(value) => value.as_str().into(),
            Value::List(items) => items
                .iter()
                .map(|item| item.value.to_json())
                .collect::<Option<Vec<_>>>()?
                .into(),
            Value::Table(fields) => serde_json::Value::Object(
                fields
                    .iter()
                    .map(|(name, _, node)| Some((name.clone(), node.value.to_json()?)))
                    .collect::<Option<serde_json::Map<_, _>>>()?,
            ),
            Value::Other(_) => return None,
        })
    }
}

/// The byte order mark, which some editors put before UTF-8.
pub(super) const MARK: char = '\u{feff}';

/// Line and column of a byte, both from 1.
pub(super) fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let before = before.strip_prefix(MARK).unwrap_or(before);
    let start = before.rfind('\n').map_or(0, |feed| feed + 1);
    (
        before.matches('\n').count() + 1,
        before[start..].chars().count() + 1,
    )
}

pub(super) fn from_toml(text: &str) -> Result<Node, ScenarioError> {
    let table = DeTable::parse(text).map_err(|error| {
        let (line, column) = position(text, error.span().map_or(0, |span| span.start));
        ScenarioError {
            line,
            column,
            field: String::new(),
            problem: format!("this is not TOML: {}", error.message().replace('\n', ", ")),
            remedy: if text.trim_start().starts_with('{') {
                "this looks like JSON, and a file in JSON is named .json".to_owned()
            } else {
                "see https://toml.io/en/v1.0.0".to_owned()
            },
        }
    })?;
    Ok(Node {
        at: 0,
        value: of_toml_table(table.get_ref()),
    })
}

fn of_toml_table(table: &DeTable<'_>) -> Value {
    let mut fields: Vec<_> = table
        .iter()
        .map(|(name, value)| {
            let node = Node {
                at: value.span().start,
                value: of_toml(value.get_ref()),
            };
            (name.get_ref().to_string(), name.span().start, node)
        })
        .collect();
    // In the order of the file, so that the first mistake is the one that is reported.
    fields.sort_by_key(|(_, at, _)| *at);
    Value::Table(fields)
}

fn of_toml(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Value::Other("an integer beyond 64 bits"), Value::Integer),
        DeValue::Float(number) => match number.as_str().parse::<f64>() {
            Ok(number) if number.is_finite() => Value::Float(number),
            _ => Value::Other("no finite number"),
        },
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(_) => Value::Other("a date or time"),
        DeValue::Array(items) => Value::List(
            items
                .iter()
                .map(|item| Node {
                    at: item.span().start,
                    value: of_toml(item.get_ref()),
                })
                .collect(),
        ),
        DeValue::Table(table) => of_toml_table(table),
    }
}

pub(super) fn from_json(text: &str) -> Result<Node, ScenarioError> {
    if text.starts_with(MARK) {
        return Err(ScenarioError {
            line: 1,
            column: 1,
            field: String::new(),
            problem: "this is not JSON: it begins with a byte order mark".to_owned(),
            remedy: "save it as UTF-8 without one".to_owned(),
        });
    }
    // serde_json judges the syntax; what follows only finds out where things stand.
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| syntax(text, &error))?;
    let mut walker = Walker { text, at: 0 };
    walker.node().ok_or_else(|| ScenarioError {
        line: position(text, walker.at).0,
        column: position(text, walker.at).1,
        field: String::new(),
        problem: "this value cannot be read".to_owned(),
        remedy: "a scenario needs numbers in the range of 64 bits and text without lone surrogates"
            .to_owned(),
    })
}

/// A mistake in the syntax of JSON.
fn syntax(text: &str, error: &serde_json::Error) -> ScenarioError {
    let line = error.line().max(1);
    let start: usize = text
        .split_inclusive('\n')
        .take(line - 1)
        .map(str::len)
        .sum();
    // serde_json counts columns in bytes, from 1.
    let mut at = (start + error.column().max(1) - 1).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let said = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let said = said.replace(&place, "");
    let here = text[at..].chars().next();
    let before = text[..at].trim_end().chars().next_back();
    let begins = text[..at].trim().is_empty();
    let remedy = match (here, before) {
        _ if error.is_eof() => {
            "something is not closed: write the missing quotation mark, ] or } at the end"
        }
        (Some(here), _) if begins && here != '{' => {
            "a scenario in JSON begins with {; a file in TOML is named .toml"
        }
        (Some(','), Some(',')) => "write one comma, not two",
        (Some(','), Some('{' | '[')) => "take out the comma before the first entry",
        (Some(','), Some(':')) => "write a value after the colon",
        (Some('}' | ']'), Some(',')) => "take out the comma after the last entry",
        (Some('}' | ']'), Some(':')) => "write a value after the colon",
        _ if said == "trailing comma" => "take out the comma after the last entry",
        _ if said.starts_with("expected `,`") => {
            "write a comma between two entries, or close what is open"
        }
        _ if said.starts_with("expected `:`") => "write a colon between a name and its value",
        _ if said.starts_with("key must be") => "write the name in quotation marks",
        _ if said.starts_with("trailing characters") => {
            "take out what follows the last }; a file is one scenario"
        }
        _ if said.contains("escape") => {
            "write a backslash only before \" \\ / b f n r t or u with four digits"
        }
        _ if said.starts_with("control character") => {
            "close the text on its line; a line break in it is written \\n"
        }
        _ if said.contains("number") => "write a number such as 7, -7 or 0.25",
        (Some('#' | '/'), _) => "take it out: JSON has no comments",
        (Some('\''), _) => "write text in double quotation marks",
        _ if said.starts_with("expected value") || said.starts_with("expected ident") => {
            "write a number, true, false, null, text in quotation marks, a list or a table"
        }
        _ => "see RFC 8259",
    };
    ScenarioError {
        line,
        column: position(text, at).1,
        field: String::new(),
        problem: format!("this is not JSON: {said}"),
        remedy: remedy.to_owned(),
    }
}

/// Walks over text that is known to be JSON.
struct Walker<'a> {
    text: &'a str,
    at: usize,
}

impl Walker<'_> {
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while matches!(
            bytes.get(self.at),
            Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b':')
        ) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    fn node(&mut self) -> Option<Node> {
        let first = self.peek()?;
        let at = self.at;
        let value = match first {
            b'{' => self.table()?,
            b'[' => self.list()?,
            b'"' => Value::Text(self.text()?),
            _ => self.literal()?,
        };
        Some(Node { at, value })
    }

    fn table(&mut self) -> Option<Value> {
        self.at += 1;
        let mut fields = Vec::new();
        while self.peek()? != b'}' {
            let at = self.at;
            let name = self.text()?;
            fields.push((name, at, self.node()?));
        }
        self.at += 1;
        Some(Value::Table(fields))
    }

    fn list(&mut self) -> Option<Value> {
        self.at += 1;
        let mut items = Vec::new();
        while self.peek()? != b']' {
            items.push(self.node()?);
        }
        self.at += 1;
        Some(Value::List(items))
    }

    fn text(&mut self) -> Option<String> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        self.at += 1;
        while *bytes.get(self.at)? != b'"' {
            self.at += if bytes[self.at] == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
        serde_json::from_str(self.text.get(start..self.at)?).ok()
    }

    fn literal(&mut self) -> Option<Value> {
        let rest = self.text.get(self.at..)?;
        let length = rest
            .find([',', ']', '}', ' ', '\t', '\n', '\r'])
            .unwrap_or(rest.len());
        let word = &rest[..length];
        let value = match word {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => match (word.parse::<i64>(), word.parse::<f64>()) {
                (Ok(number), _) => Value::Integer(number),
                (_, Ok(number)) if number.is_finite() => Value::Float(number),
                _ => return None,
            },
        };
        self.at += length;
        Some(value)
    }
}
