//! The form in which a person says who they are and what is to be sent; written by the pages, read back here.
//!
//! Everything travels in the form, so that the pages need no memory and no script. Whoever posts it may sign in as
//! anybody: that is what a pretend identity provider is for.

use gatepost_saml::mint::Person;

use super::fault::Fault;

/// What is answered, and where the answer goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exchange {
    /// The request's ID; none when the sign-in began here.
    pub request_id: Option<String>,
    /// The service provider's entity ID.
    pub sp_entity_id: String,
    /// Where the answer is posted to.
    pub acs_url: String,
    /// Goes back as it came.
    pub relay_state: Option<String>,
}

/// What the person pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Send the answer.
    SignIn,
    /// Show what would be sent, to change it.
    Edit,
    /// Another empty row of attributes.
    AddRow,
}

/// Who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// One of the demo people, by their place in the list.
    Known(usize),
    /// Somebody made up.
    MadeUp(MadeUp),
}

/// A person that was made up in the form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub struct MadeUp {
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub role: String,
}

/// The subject and the attributes, as edited.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edited {
    /// The value of the `NameID`.
    pub name_id: String,
    /// Its format; empty: none.
    pub name_id_format: String,
    /// One row per attribute.
    pub rows: Vec<Row>,
}

/// One attribute in the form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    /// Its name; a row without one is not sent.
    pub name: String,
    /// `NameFormat`; empty: none.
    pub format: String,
    /// `FriendlyName`; empty: none.
    pub friendly_name: String,
    /// Its values, one per line.
    pub values: String,
}

/// The whole form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// What is answered.
    pub exchange: Exchange,
    /// Who signs in.
    pub who: Who,
    /// What is sent instead of what the product would send for this person.
    pub edited: Option<Edited>,
    /// What is wrong with it.
    pub fault: Fault,
    /// Whether to stop before sending.
    pub is_shown_first: bool,
    /// What was pressed.
    pub action: Action,
}

impl Form {
    /// Reads a form body. What is missing is empty: the pages always send everything.
    #[must_use]
    pub fn read(body: &[u8]) -> Self {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
        let all = |name: &'static str| {
            pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.clone())
        };
        let one = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let text = |name: &str| one(name).map(|value| value.trim().to_owned()).unwrap_or_default();
        let who = match text("person").parse() {
            Ok(place) => Who::Known(place),
            Err(_) => Who::MadeUp(MadeUp {
                first_name: text("first_name"),
                last_name: text("last_name"),
                email: text("email"),
                role: text("role"),
            }),
        };
        let rows = all("attribute_name")
            .zip(all("attribute_format"))
            .zip(all("attribute_friendly_name"))
            .zip(all("attribute_values"))
            .map(|(((name, format), friendly_name), values)| Row {
                name: name.trim().to_owned(),
                format,
                friendly_name,
                values,
            });
        let edited = one("name_id").map(|name_id| Edited {
            name_id,
            name_id_format: text("name_id_format"),
            rows: rows.collect(),
        });
        Self {
            exchange: Exchange {
                request_id: one("request_id"),
                sp_entity_id: text("sp_entity_id"),
                acs_url: text("acs_url"),
                relay_state: one("relay_state"),
            },
            who,
            edited,
            fault: Fault::from_name(&text("fault")).unwrap_or_default(),
            is_shown_first: one("show").is_some(),
            action: match text("action").as_str() {
                "edit" => Action::Edit,
                "add_row" => Action::AddRow,
                _ => Action::SignIn,
            },
        }
    }
}

impl Row {
    /// The values to send: one per line, white space kept, empty lines left out.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.values.lines().filter(|line| !line.is_empty())
    }
}

impl MadeUp {
    /// A person as the directory would hold them. Their id follows from their names, so that they stay who they are
    /// from one sign-in to the next.
    #[must_use]
    pub fn person(&self) -> Person {
        let username = format!("{}.{}", self.first_name, self.last_name).to_lowercase().replace(' ', "-");
        Person {
            id: format!("made-up-{username}"),
            username,
            email: self.email.clone(),
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            role: self.role.clone(),
            groups: Vec::new(),
            tenant: Person::examples().first().map(|person| person.tenant.clone()).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_with_its_rows_in_order() {
        let form = Form::read(
            b"request_id=_1&sp_entity_id=sp&acs_url=http%3A%2F%2Fsp%2Facs&relay_state=&person=1&fault=expired\
              &name_id=a&name_id_format=&attribute_name=x&attribute_format=f&attribute_friendly_name=&attribute_values=1%0D%0A%0D%0A2\
              &attribute_name=y&attribute_format=&attribute_friendly_name=F&attribute_values=&action=add_row",
        );
        assert_eq!(form.exchange.request_id.as_deref(), Some("_1"));
        assert_eq!(form.exchange.relay_state.as_deref(), Some(""));
        assert_eq!((form.who, form.fault, form.action), (Who::Known(1), Fault::Expired, Action::AddRow));
        let rows = form.edited.unwrap().rows;
        assert_eq!(rows[0].values().collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!((rows[1].name.as_str(), rows[1].friendly_name.as_str()), ("y", "F"));
    }

    #[test]
    fn a_made_up_person_stays_who_they_are() {
        let form = Form::read(b"person=other&first_name=Ana+Maria&last_name=Diaz");
        let Who::MadeUp(made_up) = form.who else { panic!("{:?}", form.who) };
        assert_eq!(made_up.person().id, "made-up-ana-maria.diaz");
    }
}
