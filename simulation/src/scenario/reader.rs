//! Reads fields from a tree, and says of each mistake where it stands and what would be right.

use super::tree::{Node, Value, position};
use super::{ScenarioError, error::nearest};
use crate::random::Chance;
use crate::time::Micros;

/// A value, with the text that it stands in and the way to it.
#[derive(Clone)]
pub(super) struct Place<'a> {
    text: &'a str,
    node: &'a Node,
    path: String,
}

/// A table whose fields are taken out one by one; what is left over at the end is unknown.
pub(super) struct Table<'a> {
    place: Place<'a>,
    fields: &'a [(String, usize, Node)],
    asked: Vec<&'static str>,
}

type Read<T> = Result<T, ScenarioError>;

impl<'a> Place<'a> {
    pub fn root(text: &'a str, node: &'a Node) -> Self {
        Place {
            text,
            node,
            path: String::new(),
        }
    }

    /// The byte of the text at which it begins.
    pub fn at(&self) -> usize {
        self.node.at
    }

    pub fn error(&self, problem: impl Into<String>, remedy: impl Into<String>) -> ScenarioError {
        self.error_at(self.node.at, self.path.clone(), problem, remedy)
    }

    fn error_at(
        &self,
        at: usize,
        field: String,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> ScenarioError {
        let (line, column) = position(self.text, at);
        ScenarioError {
            line,
            column,
            field,
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    fn wrong(&self, right: &str) -> ScenarioError {
        self.error(
            format!("{} does not belong here", self.node.value.kind()),
            right,
        )
    }

    fn child(&self, node: &'a Node, name: &str) -> Place<'a> {
        let path = if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        };
        Place {
            text: self.text,
            node,
            path,
        }
    }

    pub fn is_text(&self) -> bool {
        matches!(self.node.value, Value::Text(_))
    }

    pub fn text(&self, right: &str) -> Read<&'a str> {
        match &self.node.value {
            Value::Text(text) => Ok(text),
            _ => Err(self.wrong(right)),
        }
    }

    pub fn boolean(&self) -> Read<bool> {
        match self.node.value {
            Value::Bool(value) => Ok(value),
            _ => Err(self.wrong("write true or false")),
        }
    }

    /// An integer from `least` to `greatest`.
    pub fn integer(&self, least: i64, greatest: i64) -> Read<i64> {
        match self.node.value {
            Value::Integer(value) if (least..=greatest).contains(&value) => Ok(value),
            Value::Integer(value) => Err(self.error(
                format!("{value} is out of range"),
                format!("write an integer from {least} to {greatest}"),
            )),
            _ => Err(self.wrong(&format!("write an integer from {least} to {greatest}"))),
        }
    }

    /// A number from `least` to `greatest`.
    pub fn number(&self, least: f64, greatest: f64) -> Read<f64> {
        let right = format!("write a number from {least} to {greatest}");
        let value = match self.node.value {
            Value::Integer(value) => value as f64,
            Value::Float(value) => value,
            _ => return Err(self.wrong(&right)),
        };
        if (least..=greatest).contains(&value) {
            Ok(value)
        } else {
            Err(self.error(format!("{value} is out of range"), right))
        }
    }

    pub fn chance(&self) -> Read<Chance> {
        Ok(Chance::new(self.number(0.0, 1.0)?).unwrap_or_default())
    }

    pub fn time(&self) -> Read<Micros> {
        let right = "write a time with its unit (us, ms, s, m or h), such as \"250ms\"";
        let text = self.text(right)?;
        Micros::parse(text).ok_or_else(|| self.error(format!("{text:?} is no time"), right))
    }

    /// A time that may be below zero, in microseconds.
    pub fn signed_time(&self) -> Read<i64> {
        let right = "write a time with its unit, such as \"-90s\"";
        let text = self.text(right)?;
        let (sign, magnitude) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let time = Micros::parse(magnitude).and_then(|time| i64::try_from(time.0).ok());
        time.map(|time| sign * time)
            .ok_or_else(|| self.error(format!("{text:?} is no time"), right))
    }

    pub fn list(&self, right: &str) -> Read<Vec<Place<'a>>> {
        match &self.node.value {
            Value::List(items) => Ok(items
                .iter()
                .enumerate()
                .map(|(index, node)| Place {
                    text: self.text,
                    node,
                    path: format!("{}[{index}]", self.path),
                })
                .collect()),
            _ => Err(self.wrong(right)),
        }
    }

    pub fn table(&self, right: &str) -> Read<Table<'a>> {
        let Value::Table(fields) = &self.node.value else {
            return Err(self.wrong(right));
        };
        for (index, (name, at, _)) in fields.iter().enumerate() {
            if fields[..index]
                .iter()
                .any(|(earlier, _, _)| earlier == name)
            {
                let field = self.child(self.node, name).path;
                return Err(self.error_at(
                    *at,
                    field,
                    "the name is there twice",
                    "keep one of the two",
                ));
            }
        }
        Ok(Table {
            place: self.clone(),
            fields,
            asked: Vec::new(),
        })
    }

    /// The name and value of each entry of a table whose names are free.
    pub fn entries(&self, right: &str) -> Read<Vec<(&'a str, Place<'a>)>> {
        let table = self.table(right)?;
        Ok(table
            .fields
            .iter()
            .map(|(name, _, node)| (name.as_str(), self.child(node, name)))
            .collect())
    }

    pub fn json(&self) -> Read<serde_json::Value> {
        self.node
            .value
            .to_json()
            .ok_or_else(|| self.wrong("write a value that JSON has"))
    }

    /// One of the known words.
    pub fn word(&self, known: &[&'static str]) -> Read<&'static str> {
        let right = format!("write one of {}", quoted(known));
        let text = self.text(&right)?;
        known
            .iter()
            .find(|word| **word == text)
            .copied()
            .ok_or_else(|| self.unknown_word(text, known))
    }

    pub fn unknown_word(&self, text: &str, known: &[&str]) -> ScenarioError {
        let remedy = match nearest(text, known) {
            Some(name) => format!("did you mean {name:?}? Known are {}", quoted(known)),
            None => format!("known are {}", quoted(known)),
        };
        self.error(format!("{text:?} is not known here"), remedy)
    }
}

impl<'a> Table<'a> {
    pub fn optional(&mut self, name: &'static str) -> Option<Place<'a>> {
        self.asked.push(name);
        self.fields
            .iter()
            .find(|(field, _, _)| field == name)
            .map(|(_, _, node)| self.place.child(node, name))
    }

    pub fn required(&mut self, name: &'static str, right: &str) -> Read<Place<'a>> {
        self.optional(name).ok_or_else(|| {
            self.place
                .error(format!("the field {name:?} is missing"), right)
        })
    }

    /// Refuses what nobody has asked for.
    pub fn finish(self) -> Read<()> {
        match self
            .fields
            .iter()
            .find(|(name, _, _)| !self.asked.contains(&name.as_str()))
        {
            None => Ok(()),
            Some((name, at, node)) => {
                let remedy = match nearest(name, &self.asked) {
                    Some(known) => format!(
                        "did you mean {known:?}? Known here are {}",
                        quoted(&self.asked)
                    ),
                    None => format!("known here are {}", quoted(&self.asked)),
                };
                let field = self.place.child(node, name).path;
                Err(self
                    .place
                    .error_at(*at, field, "the field is not known", remedy))
            }
        }
    }
}

fn quoted(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("{name:?}"))
        .collect::<Vec<_>>()
        .join(", ")
}
