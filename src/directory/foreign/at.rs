//! A value with the place where it stands, so that whatever is wrong is told with it.

use serde_json::Value;

use crate::base::sentence::{Sentence, Told, sentence, told_errors};

/// More is not told at once.
const MAX_WRONGS: usize = 100;
const MAX_TEXT: usize = 64 * 1024;

/// Something that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Where: `[3].idpMetadata.entityID`.
    pub place: String,
    /// What is wrong there.
    pub why: Sentence,
}

/// All that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrongs(pub Vec<Wrong>);

impl Wrongs {
    pub(super) fn add(&mut self, place: &str, why: Sentence) {
        if self.0.len() < MAX_WRONGS {
            self.0.push(Wrong { place: place.to_owned(), why });
        }
    }
}

impl Told for Wrongs {
    fn sentence(&self) -> Sentence {
        let one = |Wrong { place, why }: &Wrong| match place.as_str() {
            "" => sentence!("the document: {why}", why = why.clone()),
            place => why.clone().at(place),
        };
        Sentence::all(self.0.iter().map(one).collect()).unwrap_or_else(|| sentence!("it cannot be read"))
    }
}

told_errors!(Wrongs);

/// A value and its place.
#[derive(Debug, Clone)]
pub(super) struct At<'v> {
    pub(super) value: &'v Value,
    pub(super) place: String,
}

impl<'v> At<'v> {
    pub(super) fn root(value: &'v Value) -> Self {
        Self { value, place: String::new() }
    }

    /// The member of that name; null is none.
    pub(super) fn member(&self, name: &str) -> Option<Self> {
        let value = self.value.get(name).filter(|value| !value.is_null())?;
        let dot = if self.place.is_empty() { "" } else { "." };
        Some(Self { value, place: format!("{}{dot}{name}", self.place) })
    }

    /// The member of that name, which is an object if it is there.
    pub(super) fn object(&self, name: &str, wrongs: &mut Wrongs) -> Option<Self> {
        let found = self.member(name)?;
        if !found.value.is_object() {
            wrongs.add(&found.place, sentence!("it must be an object"));
            return None;
        }
        Some(found)
    }

    /// The items of the member of that name, which is a list of objects if it is there.
    pub(super) fn objects(&self, name: &str, wrongs: &mut Wrongs) -> Vec<Self> {
        self.member(name).map(|found| found.items(wrongs)).unwrap_or_default()
    }

    /// The items of a list of objects.
    pub(super) fn items(&self, wrongs: &mut Wrongs) -> Vec<Self> {
        let Some(list) = self.value.as_array() else {
            wrongs.add(&self.place, sentence!("it must be a list"));
            return Vec::new();
        };
        let mut items = Vec::new();
        for (index, value) in list.iter().enumerate() {
            let item = Self { value, place: format!("{}[{index}]", self.place) };
            if value.is_object() {
                items.push(item);
            } else {
                wrongs.add(&item.place, sentence!("it must be an object"));
            }
        }
        items
    }

    /// The member of that name, which is a text if it is there; an empty one is none.
    pub(super) fn text(&self, name: &str, wrongs: &mut Wrongs) -> Option<String> {
        let found = self.member(name)?;
        match found.value.as_str() {
            None => wrongs.add(&found.place, sentence!("it must be a text")),
            Some(text) if text.len() > MAX_TEXT => wrongs.add(&found.place, sentence!("it is too long")),
            Some(text) if text.trim().is_empty() => {}
            Some(text) => return Some(text.trim().to_owned()),
        }
        None
    }

    /// The member of that name, which must be there.
    pub(super) fn needed(&self, name: &str, wrongs: &mut Wrongs) -> Option<String> {
        let before = wrongs.0.len();
        let text = self.text(name, wrongs);
        if text.is_none() && wrongs.0.len() == before {
            let dot = if self.place.is_empty() { "" } else { "." };
            wrongs.add(&format!("{}{dot}{name}", self.place), sentence!("it is missing"));
        }
        text
    }

    /// The member of that name, which is true or false, also as a text; without it, false.
    pub(super) fn flag(&self, name: &str, wrongs: &mut Wrongs) -> bool {
        let Some(found) = self.member(name) else { return false };
        match (found.value, found.value.as_str()) {
            (Value::Bool(flag), _) => *flag,
            (_, Some("true")) => true,
            (_, Some("false" | "")) => false,
            _ => {
                wrongs.add(&found.place, sentence!("it must be true or false"));
                false
            }
        }
    }
}
