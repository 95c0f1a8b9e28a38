//! What is wrong with a form, told at its fields.

use crate::base::sentence::{Place, Sentence};
use crate::words::Text;

/// What is wrong, by the names of fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wrong {
    at: Vec<(String, String)>,
    /// What is about none of the fields.
    rest: Vec<String>,
}

impl Wrong {
    /// What a sentence tells; `field_of` knows in which field a setting stands.
    #[must_use]
    pub fn new(sentence: &Sentence, text: &Text, field_of: impl Fn(&str) -> Option<String>) -> Self {
        let mut wrong = Self::default();
        for (place, line) in sentence.each() {
            let field = match place {
                Some(Place::Field(name)) => Some(name.clone()),
                Some(Place::Setting(path)) => field_of(path),
                None => None,
            };
            let said = text.line(line);
            match (field, place) {
                (Some(field), _) => wrong.at.push((field, begun(said))),
                (None, Some(Place::Setting(path))) => wrong.rest.push(format!("{path}: {said}")),
                (None, _) => wrong.rest.push(begun(said)),
            }
        }
        wrong
    }

    /// What is wrong with a field.
    #[must_use]
    pub fn of(&self, field: &str) -> Option<&str> {
        self.at.iter().find(|(name, _)| name == field).map(|(_, said)| said.as_str())
    }

    /// Whether something is wrong with a field.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.of(field).is_some()
    }

    /// Whether a field is the first that something is wrong with: what is typed next goes there.
    #[must_use]
    pub fn is_first(&self, field: &str) -> bool {
        self.at.first().is_some_and(|(name, _)| name == field)
    }

    /// What is said above the form: that fields need another look, and what is about none of them.
    #[must_use]
    pub fn above(&self, text: &Text) -> String {
        let fields = (!self.at.is_empty()).then(|| text.strictness.look_again.to_string());
        fields.into_iter().chain(self.rest.iter().cloned()).collect::<Vec<_>>().join("\n")
    }
}

/// As a sentence begins that stands alone; what begins with a field's name or a value is left as it is.
#[must_use]
pub fn begun(sentence: String) -> String {
    let first = sentence.split_whitespace().next().unwrap_or_default();
    let is_word = first.trim_end_matches([',', ':', ';']).chars().all(char::is_alphabetic);
    let mut letters = sentence.chars();
    match letters.next() {
        Some(letter) if is_word => letter.to_uppercase().chain(letters).collect(),
        _ => sentence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::sentence::sentence;
    use crate::words::LANGUAGES;

    #[test]
    fn what_is_wrong_stands_at_its_field_or_above_the_form() {
        let all = vec![
            sentence!("this day has passed").about("until_sha1"),
            sentence!("it cannot be kept").at("policy.clock_skew_seconds"),
            sentence!("it cannot be kept").at("sso_post_url"),
        ];
        let field_of = |path: &str| (path == "policy.clock_skew_seconds").then(|| "clock_skew".to_owned());
        let wrong = Wrong::new(&Sentence::all(all).unwrap(), LANGUAGES[0], field_of);
        assert_eq!(wrong.of("until_sha1"), Some("This day has passed"));
        assert!(wrong.has("clock_skew") && !wrong.has("until_rsa_1024"));
        assert!(wrong.is_first("until_sha1") && !wrong.is_first("clock_skew"));
        let above = wrong.above(LANGUAGES[0]);
        assert!(above.ends_with("\nsso_post_url: it cannot be kept"), "{above}");
        assert_eq!(Wrong::default().above(LANGUAGES[0]), "");
    }
}
