//! What is known of a person.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::directory::email::lookup_form;

/// Whose word something is that leads to a person, or that they are written to by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhoseWord {
    /// It was not kept: it is known from before it was, or there is nothing to vouch for.
    #[default]
    Unknown,
    /// An identity provider's, of whoever signed in.
    Said,
    /// Of somebody who administers people.
    Entered,
    /// Of somebody who may make owners.
    Vouched,
}

impl WhoseWord {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
    const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}

/// What is known of a person. Personal: stored sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// Their email address; nothing here says that it is theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The connection whose identity provider gave the address; none for one that an administrator entered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_from: Option<String>,
    /// Of an owner, the address that was entered, or that they were invited by, where an identity provider says another
    /// since: what lets them in without it is sent there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entered_email: Option<String>,
    /// Of an address that was entered, whose word it is.
    #[serde(skip_serializing_if = "WhoseWord::is_unknown")]
    pub email_by: WhoseWord,
    /// Beside whoever gave or entered the address, the connections whose identity providers have said the same since, where it
    /// counted as verified. What was kept before that is not read: nothing tells all who had said it, so that nobody counts
    /// as having said it until the next sign-in does.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub email_sayers: BTreeSet<String>,
    /// Whose word the platform's own id for them is.
    #[serde(skip_serializing_if = "WhoseWord::is_unknown")]
    pub external_id_by: WhoseWord,
    /// Of one that identity providers said, the connections of those; none where it was said before this was kept.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub external_id_sayers: BTreeSet<String>,
    /// First name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The whole name, where it is given as one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The name that they sign in with over there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Their groups; `None` when nobody has said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
    /// Their roles on the platform; the role in the account is not among them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Fields of the account's own.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub custom: BTreeMap<String, Vec<String>>,
}

impl Profile {
    /// A name to greet them by.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        if let Some(name) = &self.display_name {
            return Some(name.clone());
        }
        let parts: Vec<_> =
            [&self.first_name, &self.last_name].into_iter().flatten().map(String::as_str).collect();
        if parts.is_empty() { self.username.clone() } else { Some(parts.join(" ")) }
    }

    /// Of an owner, the address that they are written to by where no identity provider is believed: one that was entered,
    /// by nobody who only administers people.
    #[must_use]
    pub fn entered(&self) -> Option<&str> {
        let is_entered = self.email_from.is_none() && !self.is_email_unvouched();
        let entered = self.entered_email.as_deref();
        entered.or_else(|| self.email.as_deref().filter(|_| is_entered))
    }

    /// The connections whose identity providers say the address, as far as it is kept: the one that gave it, and those that
    /// have said since what was given or entered. Nothing here says that they may still.
    pub fn said_by(&self) -> impl Iterator<Item = &str> {
        self.email_from.iter().chain(&self.email_sayers).map(String::as_str)
    }

    /// The same, now that the identity provider of the connection `from` says this address, and it counts as verified.
    /// Who gave or entered it is kept beside.
    #[must_use]
    pub fn hears(mut self, email: &str, from: &str) -> Self {
        let is_same = self.email.as_deref().map(lookup_form) == Some(lookup_form(email));
        if is_same && self.email_from.as_deref() != Some(from) {
            self.email_sayers.insert(from.to_owned());
        }
        self
    }

    /// The same, now that the identity provider of the connection `from` says the platform's own id for them, which `is_same`
    /// as it was. What was vouched for needs nobody to say it.
    #[must_use]
    pub fn hears_external_id(mut self, is_same: bool, from: &str) -> Self {
        if self.external_id_by != WhoseWord::Said {
            return self;
        }
        if !is_same {
            self.external_id_sayers.clear();
        }
        self.external_id_sayers.insert(from.to_owned());
        self
    }

    /// Whether the address is the word of somebody who administers people, and may make no owners.
    #[must_use]
    pub fn is_email_unvouched(&self) -> bool {
        self.email_from.is_none() && self.email_by == WhoseWord::Entered
    }

    /// The same of somebody who becomes an owner: an address of which nobody knows who entered it lets nobody in by mail.
    #[must_use]
    pub fn raised(mut self) -> Self {
        if self.email.is_some() && self.email_from.is_none() && self.email_by.is_unknown() {
            self.email_by = WhoseWord::Entered;
        }
        self
    }

    /// The same of somebody to whom an external id leads on the word of whoever only administers people: an address that
    /// was vouched for was so for whom the record was of, and lets nobody in by mail as whoever comes by that id.
    #[must_use]
    pub fn led_to_by_entered(mut self) -> Self {
        if self.email_by == WhoseWord::Vouched {
            self.email_by = WhoseWord::Entered;
        }
        self.entered_email = None;
        self
    }

    /// The email address in the form in which addresses are looked up.
    #[must_use]
    pub fn email_key(&self) -> Option<Vec<u8>> {
        self.email.as_deref().map(|email| lookup_form(email).into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(profile: &Profile) -> Vec<&str> {
        profile.said_by().collect()
    }

    #[test]
    fn an_owner_is_written_to_where_somebody_entered_it_who_makes_owners() {
        let imported =
            |email_by| Profile { email: Some("p@x.org".to_owned()), email_by, ..Profile::default() };
        for (word, is_written_to) in
            [(WhoseWord::Unknown, false), (WhoseWord::Entered, false), (WhoseWord::Vouched, true)]
        {
            let raised = imported(word).raised();
            assert_eq!(raised.entered().is_some(), is_written_to, "{word:?}");
            assert_eq!((raised.is_email_unvouched(), says(&raised)), (!is_written_to, vec![]), "{word:?}");
        }
        assert!(imported(WhoseWord::Unknown).entered().is_some(), "who was one before it was kept");
        let given = Profile { email_from: Some("conn_1".to_owned()), ..imported(WhoseWord::Unknown) };
        let raised = given.clone().raised();
        assert_eq!((raised.entered(), says(&raised)), (None, vec!["conn_1"]));
        assert_eq!(raised, given);
        let former = Profile { entered_email: Some("q@x.org".to_owned()), ..imported(WhoseWord::Vouched) };
        let led = former.led_to_by_entered();
        assert_eq!((led.entered(), led.is_email_unvouched()), (None, true));
    }

    #[test]
    fn what_was_entered_and_is_said_since_is_said_and_on_the_same_word() {
        let imported =
            Profile { email: Some("p@x.org".to_owned()), email_by: WhoseWord::Entered, ..Profile::default() };
        assert_eq!(imported.clone().hears("q@x.org", "conn_2"), imported);
        let heard = imported.clone().hears("P@X.org", "conn_2");
        assert_eq!((says(&heard), heard.entered()), (vec!["conn_2"], None));
        assert!(heard.is_email_unvouched());
        assert_eq!(says(&heard.hears("p@x.org", "conn_3")), ["conn_2", "conn_3"]);
        let given = Profile { email_from: Some("conn_1".to_owned()), ..imported };
        assert_eq!(given.clone().hears("p@x.org", "conn_1"), given, "they said it before");
        let both = given.hears("p@x.org", "conn_2");
        assert_eq!((says(&both), both.entered()), (vec!["conn_1", "conn_2"], None), "it is whose it was");
        assert_eq!(Profile::default().hears("p@x.org", "conn_2"), Profile::default());
    }

    #[test]
    fn all_are_kept_who_said_the_same_external_id() {
        let said = Profile { external_id_by: WhoseWord::Said, ..Profile::default() };
        let both = said.hears_external_id(false, "conn_1").hears_external_id(true, "conn_2");
        assert_eq!(both.external_id_sayers.iter().collect::<Vec<_>>(), ["conn_1", "conn_2"]);
        let other = both.hears_external_id(false, "conn_3");
        assert_eq!(other.external_id_sayers.iter().collect::<Vec<_>>(), ["conn_3"]);
        let vouched = Profile { external_id_by: WhoseWord::Vouched, ..Profile::default() };
        assert_eq!(vouched.clone().hears_external_id(true, "conn_1"), vouched);
    }

    #[test]
    fn what_is_stored_of_those_from_before_reads_as_not_known() {
        assert_eq!(serde_json::to_value(Profile::default()).unwrap(), serde_json::json!({}));
        let stored = r#"{"email": "p@x.org", "email_by": "vouched"}"#;
        let read: Profile = serde_json::from_str(stored).unwrap();
        assert_eq!((read.email_by, read.external_id_by), (WhoseWord::Vouched, WhoseWord::Unknown));
        let stored = r#"{"email": "p@x.org", "email_by": "entered", "is_email_said": true}"#;
        let read: Profile = serde_json::from_str(stored).unwrap();
        assert_eq!((read.email_by, says(&read)), (WhoseWord::Entered, vec![]), "by nobody knows whom");
    }
}
