//! What was kept as an English text and is read by people: taken apart into the sentence that it was, by the templates that
//! the language knows.

use super::{Text, remarks};
use crate::base::sentence::{Sentence, Value};

/// So many sentences are looked for inside of one another.
const DEPTH: u8 = 3;

impl Text {
    /// What stands in a trace or beside a mapping: words in the language, everything else as it is.
    #[must_use]
    pub fn remark(&self, stored: &str) -> String {
        self.sentence(&remarks::remark(stored))
    }

    /// An English text that was kept, in the language; `None` where it is no sentence that the language knows. Several
    /// sentences are a line each; what stands before one, a stable name and a colon, stays.
    #[must_use]
    pub fn kept(&self, text: &str) -> Option<String> {
        let templates = (self.templates)();
        if templates.is_empty() {
            return Some(text.to_owned());
        }
        let lines = text.lines().map(|line| self.kept_line(line, &templates));
        Some(lines.collect::<Option<Vec<_>>>()?.join("\n"))
    }

    fn kept_line(&self, line: &str, templates: &[&'static str]) -> Option<String> {
        if let Some(said) = sentence_of(line, templates, DEPTH) {
            return Some(self.sentence(&said));
        }
        let (name, rest) = line.split_once(": ")?;
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.".contains(&byte);
        let rest = if name.bytes().all(is_name) { self.kept_line(rest, templates)? } else { return None };
        Some(format!("{name}: {rest}"))
    }
}

fn sentence_of(text: &str, templates: &[&'static str], depth: u8) -> Option<Sentence> {
    let depth = depth.checked_sub(1)?;
    let value = |_: &str, text: &str| {
        // Of several words: a name that is also a sentence is a rare one.
        let words = text.contains(' ').then(|| sentence_of(text, templates, depth)).flatten();
        Some(words.map_or_else(|| Value::from(text), Value::Words))
    };
    let is_remark = |template: &&&str| remarks::REMARKS.contains(*template);
    let others = templates.iter().filter(|template| !is_remark(template)).copied();
    remarks::known(text).or_else(|| Sentence::remembered(others, text, &value))
}
