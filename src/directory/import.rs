//! Lists of people as schools have them: CSV with names of columns in the first line.
//!
//! Either every line can be used or none is: all that is wrong is told at once, with the numbers of the lines.

use std::collections::HashMap;

use super::email::{is_email_shaped, lookup_form};
use super::mapping::{Profile, WhoseWord};
use crate::base::caller::Role;
use crate::base::id::is_user_id;
use crate::base::sentence::{Sentence, Told, sentence, told_errors};
use crate::base::text::is_line;

/// Longer texts are a mistake in the file.
const MAX_TEXT: usize = 320;
/// More is not told at once.
const MAX_ERRORS: usize = 100;

const COLUMNS: [&str; 7] =
    ["external_id", "email", "first_name", "last_name", "display_name", "username", "role"];

/// A person of a list. A column that the list does not have says nothing; an empty cell says that there is nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// The platform's own id for them.
    pub external_id: String,
    /// The email address.
    pub email: Option<Option<String>>,
    /// The first name.
    pub first_name: Option<Option<String>>,
    /// The last name.
    pub last_name: Option<Option<String>>,
    /// The whole name.
    pub display_name: Option<Option<String>>,
    /// The name that they sign in with.
    pub username: Option<Option<String>>,
    /// The role in the account; an empty cell leaves it.
    pub role: Option<Role>,
}

/// What is wrong with a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListErrors {
    /// Line and plain sentence, in order.
    pub errors: Vec<(u64, Sentence)>,
    /// Whether there were more than are told.
    pub has_more: bool,
}

impl Told for ListErrors {
    fn sentence(&self) -> Sentence {
        let line =
            |(line, why): &(u64, Sentence)| sentence!("line {line}: {why}", line = *line, why = why.clone());
        let more = || sentence!("and more; correct these first");
        let mut all: Vec<_> = self.errors.iter().map(line).collect();
        if self.has_more || all.is_empty() {
            all.push(more());
        }
        Sentence::all(all).unwrap_or_else(more)
    }
}

told_errors!(ListErrors);

impl Listed {
    /// Lays what the list says over what is known; `word` is that of whoever brings the list.
    #[must_use]
    pub fn onto(&self, mut profile: Profile, word: WhoseWord) -> Profile {
        if let Some(email) = &self.email
            && *email != profile.email
        {
            // In other letters it is the same address, and whose word it is stays as it was.
            if email.as_deref().map(lookup_form) != profile.email.as_deref().map(lookup_form) {
                (profile.email_from, profile.entered_email) = (None, None);
                profile.email_by = email.as_ref().map_or(WhoseWord::Unknown, |_| word);
                profile.email_sayers.clear();
            }
            profile.email.clone_from(email);
        }
        for (known, told) in [
            (&mut profile.first_name, &self.first_name),
            (&mut profile.last_name, &self.last_name),
            (&mut profile.display_name, &self.display_name),
            (&mut profile.username, &self.username),
        ] {
            if let Some(told) = told {
                known.clone_from(told);
            }
        }
        profile
    }
}

/// Reads a list.
///
/// # Errors
/// All that is wrong with it.
pub fn read(bytes: &[u8]) -> Result<Vec<Listed>, ListErrors> {
    let mut errors = Errors::default();
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut records = reader.records();
    let columns = match records.next() {
        None => Err(sentence!("the file is empty; its first line names the columns")),
        Some(Err(error)) => Err(unreadable(&error)),
        Some(Ok(header)) => columns(&header, &mut errors),
    };
    let columns = match columns {
        Ok(columns) => columns,
        Err(why) => {
            errors.add(1, why);
            Vec::new()
        }
    };
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let (mut people, mut lines): (Vec<Listed>, HashMap<String, u64>) = (Vec::new(), HashMap::new());
    for record in records {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                errors.add(error.position().map_or(0, csv::Position::line), unreadable(&error));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != columns.len() {
            let (has, wants) = (record.len(), columns.len());
            errors.add(
                line,
                sentence!("it has {has} cells, and the first line names {wants} columns", has, wants),
            );
            continue;
        }
        let person = person(&columns, &record, line, &mut errors);
        if person.external_id.is_empty() {
            continue;
        }
        if let Some(first) = lines.insert(person.external_id.clone(), line) {
            errors.add(
                line,
                sentence!(
                    "the external_id \"{external_id}\" stands in line {first} too",
                    external_id = &person.external_id,
                    first
                ),
            );
        }
        people.push(person);
    }
    if errors.is_empty() { Ok(people) } else { Err(errors.into()) }
}

fn unreadable(error: &csv::Error) -> Sentence {
    if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) {
        return sentence!("it is not UTF-8; save the file as “CSV UTF-8”");
    }
    sentence!("it cannot be read: {cause}", cause = error.to_string())
}

fn columns(header: &csv::StringRecord, errors: &mut Errors) -> Result<Vec<&'static str>, Sentence> {
    let mut columns = Vec::new();
    for name in header {
        let name = name.trim();
        match COLUMNS.iter().find(|known| known.eq_ignore_ascii_case(name)) {
            None => errors.add(
                1,
                sentence!(
                    "there is no column \"{name}\"; there are {columns}",
                    name,
                    columns = COLUMNS.join(", ")
                ),
            ),
            Some(known) if columns.contains(known) => {
                errors.add(1, sentence!("the column {column} stands there twice", column = *known));
            }
            Some(known) => columns.push(*known),
        }
    }
    if errors.is_empty() && !columns.contains(&"external_id") {
        return Err(sentence!("the column external_id is missing: it is what people are recognised by"));
    }
    Ok(columns)
}

fn person(columns: &[&str], record: &csv::StringRecord, line: u64, errors: &mut Errors) -> Listed {
    let mut person = Listed::default();
    for (column, cell) in columns.iter().zip(record) {
        let cell = cell.trim();
        if cell.len() > MAX_TEXT {
            errors.add(
                line,
                sentence!("{column} has more than {max} characters", column = *column, max = MAX_TEXT),
            );
            continue;
        }
        if !is_line(cell, MAX_TEXT) {
            errors.add(line, sentence!("{column} has a character that cannot be printed", column = *column));
            continue;
        }
        let value = (!cell.is_empty()).then(|| cell.to_owned());
        match *column {
            "external_id" if cell.is_empty() => errors.add(line, sentence!("external_id is empty")),
            "external_id" if is_user_id(cell) => errors.add(
                line,
                sentence!(
                    "\"{id}\" reads like an id that Gatepost gives: the platform's own is another",
                    id = cell
                ),
            ),
            "external_id" => cell.clone_into(&mut person.external_id),
            "email" if value.as_deref().is_some_and(|email| !is_email_shaped(email)) => {
                errors.add(line, sentence!("\"{email}\" is no email address", email = cell));
            }
            "email" => person.email = Some(value),
            "first_name" => person.first_name = Some(value),
            "last_name" => person.last_name = Some(value),
            "display_name" => person.display_name = Some(value),
            "username" => person.username = Some(value),
            "role" => match cell.parse() {
                Ok(role) => person.role = Some(role),
                Err(_) if cell.is_empty() => {}
                Err(_) => {
                    errors.add(line, sentence!("\"{cell}\" is no role; write member, admin or owner", cell));
                }
            },
            _ => {}
        }
    }
    person
}

#[derive(Default)]
struct Errors {
    errors: Vec<(u64, Sentence)>,
    has_more: bool,
}

impl Errors {
    fn add(&mut self, line: u64, why: Sentence) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push((line, why));
        } else {
            self.has_more = true;
        }
    }

    fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }
}

impl From<Errors> for ListErrors {
    fn from(Errors { errors, has_more }: Errors) -> Self {
        Self { errors, has_more }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::UserId;
    use crate::base::{Instant, Rng};

    fn wrong(text: &str) -> String {
        read(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn columns_have_names_and_any_order() {
        let list =
            "\u{feff}Email, EXTERNAL_ID ,role,last_name\r\nmaya@x.org,7,admin,\"Lindqvist, Dr.\"\r\n,8,,\r\n";
        let people = read(list.as_bytes()).unwrap();
        assert_eq!(people.len(), 2);
        assert_eq!(people[0].external_id, "7");
        assert_eq!(people[0].role, Some(Role::Admin));
        assert_eq!(people[0].last_name, Some(Some("Lindqvist, Dr.".to_owned())));
        assert_eq!((&people[1].email, people[1].role), (&Some(None), None));
        assert_eq!(people[1].first_name, None, "a column that is not there");
        assert_eq!(read(b"external_id\n").unwrap(), Vec::new());
    }

    #[test]
    fn what_it_says_is_laid_over_what_is_known() {
        let known = Profile {
            email: Some("old@x.org".to_owned()),
            email_from: Some("conn_1".to_owned()),
            first_name: Some("Maya".to_owned()),
            ..Profile::default()
        };
        let listed = |text: &str| read(text.as_bytes()).unwrap().remove(0);
        let onto = |text: &str| listed(text).onto(known.clone(), WhoseWord::Entered);
        let new = onto("external_id,email,last_name\n7,new@x.org,L\n");
        assert_eq!((new.email.as_deref(), new.email_from), (Some("new@x.org"), None));
        assert_eq!(new.email_by, WhoseWord::Entered);
        assert_eq!((new.first_name, new.last_name), (known.first_name.clone(), Some("L".to_owned())));
        assert_eq!(onto("external_id,email\n7,old@x.org\n"), known, "nothing new");
        let none = onto("external_id,email\n7,\n");
        assert_eq!((none.email, none.email_by), (None, WhoseWord::Unknown));
        assert_eq!(onto("external_id\n7\n"), known);
    }

    #[test]
    fn everything_wrong_is_told_at_once_with_its_line() {
        let said =
            wrong("external_id,email,role\n7,nobody,member\n,a@x.org,boss\n7,b@x.org,member\n8,c@x.org\n");
        let lines: Vec<_> = said.lines().collect();
        assert_eq!(
            lines,
            [
                "line 2: \"nobody\" is no email address",
                "line 3: external_id is empty",
                "line 3: \"boss\" is no role; write member, admin or owner",
                "line 4: the external_id \"7\" stands in line 2 too",
                "line 5: it has 2 cells, and the first line names 3 columns",
            ]
        );
        assert!(wrong("").contains("the file is empty"));
        assert!(wrong("email\na@x.org\n").contains("external_id is missing"));
        assert!(wrong("external_id,shoe_size\n7,38\n").contains("there is no column \"shoe_size\""));
        assert!(wrong("external_id,External_ID\n7,7\n").contains("twice"));
        assert!(read(b"external_id,email\n7,\xff\xfe\n").unwrap_err().to_string().contains("UTF-8"));
        assert!(wrong(&format!("external_id\n{}\n", "x".repeat(400))).contains("more than 320"));
        assert!(wrong("external_id\n\"a\tb\"\n").contains("cannot be printed"));
        let ours = UserId::make(Instant::from_seconds(1), &Rng::seeded(1));
        assert!(wrong(&format!("external_id\n{ours}\n")).contains("reads like an id"));
        let many = format!("external_id,email\n{}", "x,y\n".repeat(200));
        assert!(wrong(&many).ends_with("and more; correct these first"));
    }
}
