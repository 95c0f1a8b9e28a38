//! What is wrong, as a sentence that can be put into any language.
//!
//! A sentence is made in English where it is known what is wrong, by [`sentence!`](self), and carries its template beside
//! the values for the places in it. `words` has the same template in the other languages; a test there reads the sources and
//! fails for one that is not translated. So a sentence can neither be built from a text that was made at run time, nor be
//! printed without saying in which language: it has no `Display`.
//!
//! * `sentence!("an account has {max} webhooks at the most", max = MAX)`; `sentence!("{email} is …", email)` is short for
//!   `email = email`. That the names are those of the places is checked by the compiler.
//! * A value is data (a name, a number, an address), the same in every language, or a sentence of its own: an error of a
//!   lower room that is [`Told`]. Words of a language are never data.
//! * An error type whose variants are sentences implements [`Told`] and is named in `told_errors!`.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Instant;

/// A sentence, or several, each a line. Made by [`sentence!`](self).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sentence(Box<Inner>);

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Inner {
    #[serde(rename = "s")]
    template: Cow<'static, str>,
    #[serde(rename = "v", default, skip_serializing_if = "Vec::is_empty")]
    values: Vec<(Cow<'static, str>, Value)>,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
    #[serde(rename = "more", default, skip_serializing_if = "Vec::is_empty")]
    further: Vec<Sentence>,
}

/// What stands in a place of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Data: the same in every language.
    Data(String),
    /// Words.
    Words(Sentence),
}

/// What was given that the sentence is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// A field of what was sent, by its name there; it is for programs, and people see the field.
    #[serde(rename = "field")]
    Field(String),
    /// A setting, by its path (`policy.clock_skew_seconds`), which is told before the sentence.
    #[serde(rename = "setting")]
    Setting(String),
}

/// What a template is in another language, if it is known there.
pub type Translate<'t> = &'t dyn Fn(&str) -> Option<&'static str>;

/// What a text is in the place of that name; nothing where it cannot stand there.
pub type Read<'r> = &'r dyn Fn(&str, &str) -> Option<Value>;

/// An error that people are told of.
pub trait Told {
    /// What they are told.
    fn sentence(&self) -> Sentence;
}

impl Sentence {
    /// For [`sentence!`](self) alone, which has compared the names with the places.
    #[doc(hidden)]
    #[must_use]
    pub fn of_template(template: &'static str, values: Vec<(&'static str, Value)>) -> Self {
        let values = values.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)).collect();
        let template = Cow::Borrowed(template);
        Self(Box::new(Inner { template, values, place: None, further: Vec::new() }))
    }

    /// A text that was made by one of the `templates` and kept as a text; of those that it can have been made by, the one
    /// that says most. `value` reads what stands in the place of a name, and knows what cannot stand there.
    #[must_use]
    pub fn remembered(
        templates: impl IntoIterator<Item = &'static str>,
        text: &str,
        value: Read<'_>,
    ) -> Option<Self> {
        let known = templates.into_iter().filter_map(|template| {
            let values = values_in(template, text, value)?;
            Some((fixed(template), template, values))
        });
        let (_, template, values) = known.max_by_key(|(length, ..)| *length)?;
        Some(Self::of_template(template, values))
    }

    /// A text that is nobody's sentence: the same in every language.
    #[must_use]
    pub fn of_data(text: &str) -> Self {
        Self::of_template("{text}", vec![("text", Value::from(text))])
    }

    /// What was said by a [`Told`] whose words came through something that knows texts alone, such as serde. It is known
    /// again if it is a sentence without values.
    #[must_use]
    pub fn as_said(text: &str) -> Self {
        let template = Cow::Owned(text.to_owned());
        Self(Box::new(Inner { template, values: Vec::new(), place: None, further: Vec::new() }))
    }

    /// All of them, a line each; `None` without any.
    #[must_use]
    pub fn all(sentences: Vec<Self>) -> Option<Self> {
        let mut rest = sentences.into_iter().flat_map(Self::into_lines);
        let mut first = rest.next()?;
        first.0.further = rest.collect();
        Some(first)
    }

    fn into_lines(mut self) -> Vec<Self> {
        let further = std::mem::take(&mut self.0.further);
        std::iter::once(self).chain(further).collect()
    }

    /// The same, about that field of what was sent.
    #[must_use]
    pub fn about(mut self, field: &str) -> Self {
        self.0.place = Some(Place::Field(field.to_owned()));
        self
    }

    /// The same, each line about that field unless it says already what it is about.
    #[must_use]
    pub fn else_about(mut self, field: &str) -> Self {
        let Inner { place, further, .. } = &mut *self.0;
        for place in std::iter::once(place).chain(further.iter_mut().map(|one| &mut one.0.place)) {
            place.get_or_insert_with(|| Place::Field(field.to_owned()));
        }
        self
    }

    /// The same, about the setting of that path.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        self.0.place = Some(Place::Setting(path.to_owned()));
        self
    }

    /// The sentences by themselves, with what each is about.
    pub fn each(&self) -> impl Iterator<Item = (Option<&Place>, Line<'_>)> {
        let all = std::iter::once(self).chain(&self.0.further);
        all.map(|one| (one.0.place.as_ref(), Line(&one.0)))
    }

    /// The templates of the sentences.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self).chain(&self.0.further).map(|one| &*one.0.template)
    }

    /// In the language into which `translate` puts templates, a line for each.
    #[must_use]
    pub fn put(&self, translate: Translate<'_>) -> String {
        let mut out = String::new();
        for (index, (place, line)) in self.each().enumerate() {
            if index > 0 {
                out.push('\n');
            }
            if let Some(Place::Setting(path)) = place {
                out.push_str(path);
                out.push_str(": ");
            }
            line.0.write(translate, &mut out);
        }
        out
    }

    /// In English: for logs, the command line and programs.
    #[must_use]
    pub fn english(&self) -> String {
        self.put(&|_| None)
    }
}

/// In English, for whoever looks for a defect.
impl fmt::Debug for Sentence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.english(), out)
    }
}

/// One of the sentences, without what it is about.
#[derive(Clone, Copy)]
pub struct Line<'s>(&'s Inner);

impl Line<'_> {
    /// In the language into which `translate` puts templates.
    #[must_use]
    pub fn put(self, translate: Translate<'_>) -> String {
        let mut out = String::new();
        self.0.write(translate, &mut out);
        out
    }
}

impl Inner {
    /// Goes through the template once, so that a value which looks like a place stays what it is.
    fn write(&self, translate: Translate<'_>, out: &mut String) {
        let mut rest = translate(&self.template).unwrap_or(&self.template);
        while let (before, Some(name), after) = split_at_place(rest) {
            out.push_str(before);
            match self.values.iter().find(|(known, _)| *known == name) {
                Some((_, Value::Data(data))) => out.push_str(data),
                Some((_, Value::Words(sentence))) => out.push_str(&sentence.put(translate)),
                // As it stands: the compiler and a test see to it that there is none.
                None => {
                    out.push('{');
                    out.push_str(name);
                    out.push('}');
                }
            }
            rest = after;
        }
        out.push_str(rest);
    }
}

/// How much of a template is text of its own.
fn fixed(template: &str) -> usize {
    let (before, name, after) = split_at_place(template);
    before.len() + if name.is_some() { fixed(after) } else { 0 }
}

/// The values in a `text` that was made by `template`, if it can have been.
fn values_in(template: &'static str, text: &str, value: Read<'_>) -> Option<Vec<(&'static str, Value)>> {
    let (before, name, after) = split_at_place(template);
    let text = text.strip_prefix(before)?;
    let Some(name) = name else { return text.is_empty().then(Vec::new) };
    // What stands between this place and the next.
    let (between, next, _) = split_at_place(after);
    let ends = match next {
        None => vec![text.strip_suffix(between)?.len()],
        Some(_) => text.match_indices(between).map(|(at, _)| at).collect(),
    };
    ends.into_iter().find_map(|end| {
        let (held, rest) = text.split_at_checked(end)?;
        let held = value(name, held)?;
        let mut values = vec![(name, held)];
        values.extend(values_in(after, rest, value)?);
        Some(values)
    })
}

/// A template up to its first place, the name there, and the rest.
fn split_at_place(template: &str) -> (&str, Option<&str>, &str) {
    let mut from = 0;
    while let Some(found) = template.get(from..).and_then(|rest| rest.find('{')) {
        let open = from + found;
        let length = place_length(template.as_bytes().get(open + 1..).unwrap_or_default());
        if length > 0 {
            let (name, after) =
                (template.get(open + 1..open + 1 + length), template.get(open + length + 2..));
            return (template.get(..open).unwrap_or_default(), name, after.unwrap_or_default());
        }
        from = open + 1;
    }
    (template, None, "")
}

/// How long the name is that a text begins with, if a brace closes it; else 0.
const fn place_length(mut text: &[u8]) -> usize {
    let mut length = 0;
    while let [first, rest @ ..] = text {
        match first {
            b'a'..=b'z' | b'0'..=b'9' | b'_' => length += 1,
            b'}' => return length,
            _ => return 0,
        }
        text = rest;
    }
    0
}

/// Whether the places of `template` are those `names`, for [`sentence!`](self).
#[doc(hidden)]
#[must_use]
pub const fn fits(template: &str, names: &[&str]) -> bool {
    let mut left = names;
    while let [name, rest @ ..] = left {
        if !has_place(template, Some(name.as_bytes()), &[]) {
            return false;
        }
        left = rest;
    }
    !has_place(template, None, names)
}

/// Whether `template` has the place `wanted`; without that, any that is not among `names`.
const fn has_place(template: &str, wanted: Option<&[u8]>, names: &[&str]) -> bool {
    let mut text = template.as_bytes();
    while let [first, rest @ ..] = text {
        text = rest;
        if *first != b'{' {
            continue;
        }
        let (place, _) = rest.split_at(place_length(rest));
        let found = match wanted {
            Some(wanted) => is_same(place, wanted),
            None => !place.is_empty() && !is_among(place, names),
        };
        if found {
            return true;
        }
    }
    false
}

const fn is_among(place: &[u8], mut names: &[&str]) -> bool {
    while let [name, rest @ ..] = names {
        if is_same(place, name.as_bytes()) {
            return true;
        }
        names = rest;
    }
    false
}

const fn is_same(mut one: &[u8], mut other: &[u8]) -> bool {
    while let ([a, rest_of_one @ ..], [b, rest_of_other @ ..]) = (one, other) {
        if *a != *b {
            return false;
        }
        (one, other) = (rest_of_one, rest_of_other);
    }
    one.is_empty() && other.is_empty()
}

/// A [`Sentence`]: see the module.
macro_rules! sentence {
    (@value $name:ident) => { $name };
    (@value $name:ident $value:expr) => { $value };
    ($template:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {{
        const {
            assert!(
                $crate::base::sentence::fits($template, &[$(stringify!($name)),*]),
                "the names of the values are not those of the places in the sentence"
            );
        }
        $crate::base::sentence::Sentence::of_template(
            $template,
            vec![$((
                stringify!($name),
                $crate::base::sentence::Value::from(
                    $crate::base::sentence::sentence!(@value $name $($value)?)
                ),
            )),*],
        )
    }};
}

pub(crate) use sentence;

/// Errors that are [`Told`], in English where errors are printed.
macro_rules! told_errors {
    ($($name:ty),* $(,)?) => {$(
        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(&$crate::base::sentence::Told::sentence(self).english())
            }
        }

        impl std::error::Error for $name {}
    )*};
}

pub(crate) use told_errors;

impl<T: Told> Told for &T {
    fn sentence(&self) -> Sentence {
        (*self).sentence()
    }
}

impl<T: Told> From<T> for Sentence {
    fn from(told: T) -> Self {
        told.sentence()
    }
}

impl<T: Told> From<T> for Value {
    fn from(told: T) -> Self {
        Self::Words(told.sentence())
    }
}

impl From<Sentence> for Value {
    fn from(sentence: Sentence) -> Self {
        Self::Words(sentence)
    }
}

/// What would break the line or move a terminal's cursor is written out.
impl From<&str> for Value {
    fn from(data: &str) -> Self {
        let mut text = String::with_capacity(data.len());
        for character in data.chars() {
            if character.is_control() {
                text.extend(character.escape_default());
            } else {
                text.push(character);
            }
        }
        Self::Data(text)
    }
}

impl From<String> for Value {
    fn from(data: String) -> Self {
        Self::from(data.as_str())
    }
}

impl From<&String> for Value {
    fn from(data: &String) -> Self {
        Self::from(data.as_str())
    }
}

/// What is data by its type: `Display` gives it in every language.
macro_rules! data {
    ($($name:ty),* $(,)?) => {$(
        impl From<$name> for $crate::base::sentence::Value {
            fn from(data: $name) -> Self {
                Self::from(data.to_string())
            }
        }

        impl From<&$name> for $crate::base::sentence::Value {
            fn from(data: &$name) -> Self {
                Self::from(data.to_string())
            }
        }
    )*};
}

pub(crate) use data;

data!(u8, u16, u32, u64, usize, i32, i64, Instant);

#[cfg(test)]
mod tests {
    use super::*;

    fn spanish(template: &str) -> Option<&'static str> {
        match template {
            "{name} has {count} of {what}" => Some("{what}: {name} tiene {count}"),
            "apples" => Some("manzanas"),
            _ => None,
        }
    }

    #[test]
    fn values_go_to_their_places_in_either_language() {
        let (name, what) = ("Maya", sentence!("apples"));
        let said = sentence!("{name} has {count} of {what}", name, count = 3_usize, what);
        assert_eq!(said.english(), "Maya has 3 of apples");
        assert_eq!(said.put(&spanish), "manzanas: Maya tiene 3");
        let kept = serde_json::to_string(&said).unwrap();
        let read: Sentence = serde_json::from_str(&kept).unwrap();
        assert_eq!((read.put(&spanish), read), (said.put(&spanish), said), "{kept}");
    }

    #[test]
    fn a_value_that_looks_like_a_place_is_left_alone_and_lines_are_not_broken() {
        let said = sentence!("{a} and {b}, {\"c\"} {", a = "{b}", b = "x\n\u{1b}[1m");
        assert_eq!(said.english(), "{b} and x\\n\\u{1b}[1m, {\"c\"} {");
    }

    #[test]
    fn a_text_that_was_kept_is_taken_apart() {
        let read = |name: &str, text: &str| match name {
            "count" => text.parse::<u32>().ok().map(|_| Value::from(text)),
            "what" if text == "apples" => Some(Value::Words(sentence!("apples"))),
            _ => Some(Value::from(text)),
        };
        let kept = |text: &str| {
            let said =
                Sentence::remembered(["{name} has {count} of {what}", "{a} has none", "apples"], text, &read);
            said.map(|said| said.put(&spanish))
        };
        assert_eq!(kept("Maya has 3 of apples").as_deref(), Some("manzanas: Maya tiene 3"));
        assert_eq!(kept("Who has what has 3 of pears").as_deref(), Some("pears: Who has what tiene 3"));
        assert_eq!(kept("apples").as_deref(), Some("manzanas"));
        for other in ["Maya has", "Maya has many of pears", "apples and pears", "{name} has", ""] {
            assert_eq!(kept(other), None);
        }
        assert_eq!(Sentence::of_data("apples").put(&spanish), "apples");
    }

    #[test]
    fn places_and_names_are_compared() {
        assert!(fits("{a} {b_1} {a} {", &["b_1", "a"]));
        assert!(fits("{\"a\": 1} {}", &[]));
        assert!(!fits("{a}", &[]));
        assert!(!fits("{a}", &["a", "b"]));
        assert!(!fits("{ab}", &["a"]));
        assert!(!fits("{a", &["a"]));
    }

    #[test]
    fn several_are_lines_and_each_knows_what_it_is_about() {
        let first = Sentence::all(vec![sentence!("apples").at("policy.x"), sentence!("pears")]).unwrap();
        let all = Sentence::all(vec![first, sentence!("plums").about("name")]).unwrap();
        assert_eq!(all.english(), "policy.x: apples\npears\nplums");
        let each: Vec<_> = all.each().map(|(place, line)| (place.cloned(), line.put(&spanish))).collect();
        assert_eq!(each[0], (Some(Place::Setting("policy.x".to_owned())), "manzanas".to_owned()));
        assert_eq!(each[1], (None, "pears".to_owned()));
        assert_eq!(each[2], (Some(Place::Field("name".to_owned())), "plums".to_owned()));
        let places: Vec<_> = all.else_about("list").each().map(|(place, _)| place.cloned()).collect();
        assert_eq!(places[1], Some(Place::Field("list".to_owned())));
        assert!(places[0] == each[0].0 && places[2] == each[2].0, "{places:?}");
        assert_eq!(Sentence::all(Vec::new()), None);
    }
}
