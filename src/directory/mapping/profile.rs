//! What is known of a person.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::directory::email::lookup_form;

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

    /// The address that no identity provider gave, if there is one.
    #[must_use]
    pub fn entered(&self) -> Option<&str> {
        let entered = self.entered_email.as_deref();
        entered.or_else(|| self.email.as_deref().filter(|_| self.email_from.is_none()))
    }

    /// The email address in the form in which addresses are looked up.
    #[must_use]
    pub fn email_key(&self) -> Option<Vec<u8>> {
        self.email.as_deref().map(|email| lookup_form(email).into_bytes())
    }
}
