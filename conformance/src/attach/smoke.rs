//! Does it work at all? A few steps, each with what was read, what was expected and where that is documented, before anything is judged.

use std::fmt;

/// One step, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What was tried.
    pub name: &'static str,
    /// What was seen, or what is wrong.
    pub result: Result<String, Problem>,
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What came.
    pub read: String,
    /// What was expected.
    pub expected: String,
    /// Where that is documented.
    pub documented: &'static str,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.result {
            Ok(seen) => write!(f, "ok   {}: {seen}", self.name),
            Err(problem) => write!(f, "FAIL {}\n{problem}", self.name),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (label, text) in [
            ("read", self.read.as_str()),
            ("expected", &self.expected),
            ("see", self.documented),
        ] {
            let text = text.replace('\n', "\n            ");
            let end = if label == "see" { "" } else { "\n" };
            write!(f, "  {label:<10}{text}{end}")?;
        }
        Ok(())
    }
}

/// Takes the steps one after the other, tells each, and stops at the first that fails.
pub struct Walk<'a> {
    tell: &'a mut dyn FnMut(&Step),
}

impl<'a> Walk<'a> {
    /// A walk that tells its steps.
    pub fn new(tell: &'a mut dyn FnMut(&Step)) -> Self {
        Self { tell }
    }

    /// Takes one step; what it found besides the words goes on.
    ///
    /// # Errors
    /// The step that failed, after it was told.
    pub fn step<T>(
        &mut self,
        name: &'static str,
        result: Result<(String, T), Problem>,
    ) -> Result<T, Step> {
        let (result, found) = match result {
            Ok((seen, found)) => (Ok(seen), Ok(found)),
            Err(problem) => (Err(problem), Err(())),
        };
        let step = Step { name, result };
        (self.tell)(&step);
        found.map_err(|()| step)
    }
}
