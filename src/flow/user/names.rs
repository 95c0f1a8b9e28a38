//! What leads to one person, and whether a text has it: that alone says whom something is about that names nobody here.
//! Pure.
//!
//! # Invariants
//!
//! * An address is found in any text, by itself alone: `maya@school.example` neither in `amaya@school.example` nor in
//!   `maya@school.example.mx`. Any other name is a whole value, or stands in a sentence.
//! * A name of few letters is one only where it leads to them: a NameID `7` is neither somebody's grade nor a number in a
//!   sentence. A name of letters alone may be a word of the sentence, or what several people are called; one of digits alone
//!   may be another number wherever it does not lead to them.

use crate::directory::email::{is_email_shaped, lookup_form};
use crate::storage::people::Identity;
use crate::storage::user::User;

/// Shorter names stand in many texts by chance.
const SHORT: usize = 4;
/// What joins the parts of a name; where no part follows, it is the sentence's.
const JOINS: [char; 5] = ['.', '-', '_', '+', '@'];

/// Whom something is about, the surer the later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    /// Others.
    Others,
    /// What is kept of it cannot be read without whoever it is for, so that it may be them.
    Unknown,
    /// Perhaps them: it goes with what is theirs, and is handed out to nobody as theirs.
    Perhaps,
    /// Them.
    Them,
}

/// What leads to somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Names(Vec<Name>);

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    /// In small letters, without space around.
    text: String,
    /// What gives it: `name_id` or `attribute:NAME`, or else the field that it is known as.
    source: String,
}

impl Name {
    fn is_short(&self) -> bool {
        self.text.chars().count() < SHORT
    }

    fn is_address(&self) -> bool {
        is_email_shaped(&self.text)
    }

    /// A number is many things: the platform's id of one is the year in which another leaves school.
    fn is_number(&self) -> bool {
        self.text.chars().all(char::is_numeric)
    }

    fn is_word(&self) -> bool {
        let is_of_words = |one: char| one.is_alphabetic() || one.is_whitespace() || matches!(one, '-' | '\'');
        self.text.chars().all(is_of_words)
    }
}

impl Names {
    /// Those of somebody: what identity providers call them, the platform's own id, and their addresses.
    pub(super) fn of(identities: &[Identity], user: Option<&User>) -> Self {
        let led = identities.iter().map(|identity| (identity.value.as_str(), identity.source.as_str()));
        let known = user.into_iter().flat_map(|User { external_id, profile, .. }| {
            [(external_id, "external_id"), (&profile.email, "email"), (&profile.entered_email, "email")]
        });
        led.chain(known.filter_map(|(value, field)| Some((value.as_deref()?, field)))).collect()
    }

    /// Whom a value is about: it is a name of theirs, or has an address of theirs in it. `leads` says whether it stands
    /// where a source takes names from.
    pub(super) fn in_value(&self, value: &str, leads: impl Fn(&str) -> bool) -> About {
        let (text, form) = (value.trim().to_lowercase(), lookup_form(value));
        let about = |name: &Name| {
            let is_one = name.text == text || name.text == form;
            let is_address_in = name.is_address() && stands_in(&text, &name.text);
            if (is_one && leads(&name.source)) || is_address_in {
                About::Them
            } else if is_one && !name.is_short() {
                if name.is_number() { About::Perhaps } else { About::Them }
            } else {
                About::Others
            }
        };
        self.0.iter().map(about).max().unwrap_or(About::Others)
    }

    /// Whom a sentence is about.
    pub(super) fn in_sentence(&self, sentence: &str) -> About {
        let text = sentence.to_lowercase();
        let named = self.0.iter().filter(|name| !name.is_short() && stands_in(&text, &name.text));
        let about =
            named.map(|name| if name.is_word() || name.is_number() { About::Perhaps } else { About::Them });
        about.max().unwrap_or(About::Others)
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Names {
    /// Of names with what gives them.
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(given: I) -> Self {
        let mut names = Vec::new();
        for (value, source) in given {
            // An address also as DNS knows its domain.
            for text in [value.trim().to_lowercase(), lookup_form(value)] {
                let name = Name { text, source: source.to_owned() };
                if !name.text.is_empty() && !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        Self(names)
    }
}

/// Whether `name` stands in `text` by itself, and not as a part of another.
fn stands_in(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, found)| {
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(at + found.len()..).unwrap_or_default();
        !goes_on(before.chars().rev()) && !goes_on(after.chars())
    })
}

/// Whether a name goes on with these characters.
fn goes_on(beyond: impl Iterator<Item = char>) -> bool {
    let mut beyond = beyond.skip_while(|one| JOINS.contains(one));
    beyond.next().is_some_and(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Names {
        names.iter().map(|name| (*name, "name_id")).collect()
    }

    #[test]
    fn an_address_is_found_in_any_text_by_itself_alone() {
        let maya = names(&["Maya@School.example"]);
        for text in [
            "maya@school.example",
            "User maya@school.example is not assigned.",
            "It is MAYA@SCHOOL.EXAMPLE.",
            "'maya@school.example' (tenant)",
            "El usuario «maya@school.example» no está asignado",
            "smtp:maya@school.example",
            "e=maya@school.example,ou=pupils",
            "amaya@school.example, maya@school.example",
        ] {
            assert_eq!(maya.in_sentence(text), About::Them, "{text}");
            assert_eq!(maya.in_value(text, |_| false), About::Them, "{text}");
        }
        for text in [
            "amaya@school.example",
            "x.maya@school.example",
            "sso+maya@school.example",
            "maya@school.example.mx",
            "maya@school.example-old.org",
            "maya",
            "school.example",
            "",
        ] {
            assert_eq!(maya.in_sentence(text), About::Others, "{text}");
            assert_eq!(maya.in_value(text, |_| true), About::Others, "{text}");
        }
    }

    #[test]
    fn a_plus_and_an_accent_are_part_of_a_name() {
        let tagged = names(&["maya+sso@school.example"]);
        assert_eq!(tagged.in_sentence("User maya+sso@school.example: denied"), About::Them);
        assert_eq!(tagged.in_sentence("User maya@school.example: denied"), About::Others);
        assert_eq!(names(&["sso@school.example"]).in_sentence("maya+sso@school.example"), About::Others);
        assert_eq!(names(&["maya@school.example"]).in_sentence("maya+sso@school.example"), About::Others);
        let nunez = names(&["josé.núñez@escuela.example"]);
        assert_eq!(nunez.in_sentence("¡JOSÉ.NÚÑEZ@ESCUELA.EXAMPLE no existe!"), About::Them);
        assert_eq!(nunez.in_value("JOSÉ.NÚÑEZ@Escuela.example", |_| false), About::Them);
        let called = names(&["José Peña"]);
        assert_eq!(called.in_value(" JOSÉ PEÑA ", |_| false), About::Them);
        assert_eq!(called.in_sentence("El usuario José Peña no existe."), About::Perhaps);
        assert_eq!(called.in_sentence("El usuario José Peñalosa no existe."), About::Others);
        assert_eq!(called.in_value("Doña José Peña", |_| true), About::Others, "no sentence");
    }

    #[test]
    fn other_names_are_found_in_sentences() {
        let jdoe = names(&["jdoe7"]);
        for text in ["User SCHOOL\\jdoe7 is not assigned", "uid=jdoe7,ou=people", "jdoe7"] {
            assert_eq!(jdoe.in_sentence(text), About::Them, "{text}");
        }
        for text in ["jdoe71", "jdoe7@school.example", "a.jdoe7", "JDoe"] {
            assert_eq!(jdoe.in_sentence(text), About::Others, "{text}");
        }
        assert_eq!(jdoe.in_value("User jdoe7", |_| true), About::Others);
        assert_eq!(names(&["Will"]).in_sentence("You will be asked again"), About::Perhaps);
        assert_eq!(names(&["will", "jdoe7"]).in_sentence("jdoe7 will"), About::Them);
    }

    #[test]
    fn a_name_of_few_letters_counts_where_it_leads_to_them() {
        for short in ["7", "ana", "ñu"] {
            let short_one = names(&[short]);
            assert_eq!(short_one.in_sentence(&format!("Quedan {short} intentos")), About::Others);
            assert_eq!(short_one.in_value(short, |_| false), About::Others);
            assert_eq!(short_one.in_value(short, |source| source == "name_id"), About::Them);
        }
        assert_eq!(names(&["", "  "]), Names::default(), "or it would stand everywhere");
    }

    #[test]
    fn a_number_is_theirs_where_it_leads_to_them_and_perhaps_elsewhere() {
        let sis = names(&["2027"]);
        assert_eq!(sis.in_value("2027", |source| source == "name_id"), About::Them);
        assert_eq!(sis.in_value(" 2027", |_| false), About::Perhaps);
        assert_eq!(sis.in_sentence("User 2027 is not assigned"), About::Perhaps);
        assert_eq!(sis.in_value("20271", |_| true), About::Others);
        assert_eq!(names(&["sis-2027"]).in_value("sis-2027", |_| false), About::Them);
        assert_eq!(names(&["2027", "sis-2027"]).in_value("sis-2027", |_| false), About::Them);
    }

    #[test]
    fn an_address_is_the_same_as_dns_knows_its_domain() {
        let maya = names(&["maya@müller.example"]);
        let known = lookup_form("maya@müller.example");
        assert_ne!(known, "maya@müller.example");
        assert_eq!(maya.in_sentence(&format!("User {known} is not assigned")), About::Them);
        assert_eq!(names(&[known.as_str()]).in_value("Maya@Müller.example", |_| false), About::Them);
    }
}
