//! What was typed into a form that is shown again because it was refused.

use std::fmt::Display;

use super::fields::Wrong;

/// The fields of a form as they were sent; none when it is shown for the first time. No Debug: what people type may be
/// anything.
#[derive(Default)]
pub struct Typed {
    fields: Vec<(String, String)>,
    wrong: Wrong,
}

impl Typed {
    /// Of what a form sent, without the token that it carries.
    #[must_use]
    pub fn of(form: &[u8]) -> Self {
        let fields = form_urlencoded::parse(form).into_owned().filter(|(name, _)| name != "token");
        Self { fields: fields.collect(), wrong: Wrong::default() }
    }

    /// The same, with what is wrong with it.
    #[must_use]
    pub fn with(self, wrong: Wrong) -> Self {
        Self { wrong, ..self }
    }

    /// What is wrong with it.
    #[must_use]
    pub const fn wrong(&self) -> &Wrong {
        &self.wrong
    }

    /// Whether nothing was sent yet.
    #[must_use]
    pub const fn is_first(&self) -> bool {
        self.fields.is_empty()
    }

    /// What stands in a field: what was typed, or what usually does.
    #[must_use]
    pub fn value<'a>(&'a self, name: &str, usual: &'a str) -> &'a str {
        self.fields.iter().find(|(known, _)| known == name).map_or(usual, |(_, value)| value)
    }

    /// Whether `value` was chosen among those of `name`.
    #[must_use]
    pub fn has(&self, name: &str, value: &(impl Display + ?Sized)) -> bool {
        let value = value.to_string();
        self.fields.iter().any(|(known, chosen)| known == name && *chosen == value)
    }
}

#[cfg(test)]
mod tests {
    use super::Typed;

    #[test]
    fn what_was_typed_comes_back_and_the_token_does_not() {
        let typed = Typed::of(b"token=t&name=Nightly+sync&scope=a&scope=b");
        assert!(!typed.is_first() && typed.has("scope", "a") && typed.has("scope", "b"));
        assert!(!typed.has("scope", "c") && !typed.has("name", "a"));
        assert_eq!(typed.value("name", "usual"), "Nightly sync");
        assert_eq!((typed.value("days", "90"), typed.value("token", "")), ("90", ""));
        assert!(Typed::default().is_first());
    }
}
