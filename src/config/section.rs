//! Reading one table of the settings: every key is taken once, what is left over is a mistake.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use secrecy::SecretString;
use toml::{Table, Value};

/// A table of the settings with the name that its keys begin with.
#[derive(Debug)]
pub(super) struct Section {
    name: &'static str,
    values: Table,
    wrong: Vec<String>,
}

/// Where a secret is: in the settings themselves, or in a file that whoever starts the program reads.
#[derive(Debug, Clone)]
pub enum SecretSource {
    /// Here.
    Value(SecretString),
    /// In this file.
    File(PathBuf),
}

impl Section {
    pub(super) const fn new(name: &'static str, values: Table) -> Self {
        Self { name, values, wrong: Vec::new() }
    }

    /// The table `name` within this one.
    pub(super) fn table(&mut self, name: &'static str) -> Self {
        match self.values.remove(name) {
            None => Self::new(name, Table::new()),
            Some(Value::Table(values)) => Self::new(name, values),
            Some(other) => {
                self.wrong.push(format!("{name}: must be a table, not {}", other.type_str()));
                Self::new(name, Table::new())
            }
        }
    }

    /// A text.
    pub(super) fn text(&mut self, key: &str, default: &str) -> String {
        self.text_if_any(key).unwrap_or_else(|| default.to_owned())
    }

    /// A text that may be absent.
    pub(super) fn text_if_any(&mut self, key: &str) -> Option<String> {
        match self.values.remove(key)? {
            Value::String(text) => Some(text),
            other => {
                self.blame(key, &format_args!("must be a text in quotes, not {}", other.type_str()));
                None
            }
        }
    }

    /// A text that `read` understands; `None` when it does not, which is then a mistake.
    pub(super) fn parsed<T, E: Display>(
        &mut self,
        key: &str,
        default: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(key, default);
        read(&text).map_err(|error| self.blame(key, &format_args!("{text:?}: {error}"))).ok()
    }

    /// A text that `read` understands, if there is one.
    pub(super) fn parsed_if_any<T, E: Display>(
        &mut self,
        key: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text_if_any(key)?;
        read(&text).map_err(|error| self.blame(key, &format_args!("{text:?}: {error}"))).ok()
    }

    /// A list of texts that `read` understands; from the environment, separated by commas.
    pub(super) fn list<T, E: Display>(&mut self, key: &str, read: impl Fn(&str) -> Result<T, E>) -> Vec<T> {
        let texts: Vec<String> = match self.values.remove(key) {
            None => Vec::new(),
            Some(Value::String(text)) => {
                text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
            }
            Some(Value::Array(values)) => {
                let mut texts = Vec::new();
                for value in values {
                    match value {
                        Value::String(text) => texts.push(text),
                        other => {
                            let found = other.type_str();
                            self.blame(key, &format_args!("must be a list of texts, not of {found}"));
                        }
                    }
                }
                texts
            }
            Some(other) => {
                self.blame(key, &format_args!("must be a list of texts, not {}", other.type_str()));
                Vec::new()
            }
        };
        let mut read_values = Vec::new();
        for text in texts {
            match read(&text) {
                Ok(value) => read_values.push(value),
                Err(error) => self.blame(key, &format_args!("{text:?}: {error}")),
            }
        }
        read_values
    }

    /// A whole number within `range`; in the environment, digits.
    pub(super) fn number(&mut self, key: &str, default: u64, range: &RangeInclusive<u64>) -> u64 {
        let read = match self.values.remove(key) {
            None => return default,
            Some(Value::Integer(number)) => u64::try_from(number).ok(),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        read.filter(|number| range.contains(number)).unwrap_or_else(|| {
            let (from, to) = (range.start(), range.end());
            self.blame(key, &format_args!("must be a whole number from {from} to {to}"));
            default
        })
    }

    /// A whole number of things that memory can hold.
    pub(super) fn size(&mut self, key: &str, default: u64) -> usize {
        usize::try_from(self.number(key, default, &(1..=1_000_000_000))).unwrap_or(usize::MAX)
    }

    /// Yes or no; in the environment, `true` or `false`.
    pub(super) fn flag(&mut self, key: &str, default: bool) -> bool {
        let read = match self.values.remove(key) {
            None => return default,
            Some(Value::Boolean(flag)) => Some(flag),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        read.unwrap_or_else(|| {
            self.blame(key, &"must be true or false");
            default
        })
    }

    /// A secret: `key` itself, or `key` with `_file` after it; not both.
    pub(super) fn secret(&mut self, key: &str) -> Option<SecretSource> {
        let file_key = format!("{key}_file");
        let value = self.text_if_any(key);
        let file = self.text_if_any(&file_key);
        match (value, file) {
            (None, None) => None,
            (Some(value), None) => Some(SecretSource::Value(value.into())),
            (None, Some(file)) => Some(SecretSource::File(file.into())),
            (Some(_), Some(_)) => {
                self.blame(key, &format_args!("give it or {file_key}, not both"));
                None
            }
        }
    }

    /// Says what is wrong with a key.
    pub(super) fn blame(&mut self, key: &str, why: &dyn Display) {
        let path = self.path(key);
        self.wrong.push(format!("{path}: {why}"));
    }

    /// Ends the reading: whatever was not taken is not a setting.
    pub(super) fn finish(mut self, wrong: &mut Vec<String>) {
        for key in self.values.keys() {
            wrong.push(format!("{}: there is no such setting", self.path(key)));
        }
        wrong.append(&mut self.wrong);
    }

    fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }
}
