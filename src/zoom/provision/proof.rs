//! Which addresses count as somebody's own: only by such a one may a Zoom user be taken over who was there before.
//!
//! Whoever runs an identity provider can write any address into an assertion, the head teacher's too. So a Zoom user goes
//! to a person by their address alone where the account has proved the address's domain and whoever gave the address may
//! speak for it; else an owner has to allow it ([`super::plan::Toggles::adopts_unproved`]).

use std::collections::HashMap;

use super::plan::Person;
use crate::directory::domain::DomainName;
use crate::directory::email::{EmailRules, lookup_form};

/// What the account has proved, and who may speak for it.
#[derive(Debug, Clone, Default)]
pub struct Proofs {
    /// Domains that are the account's.
    pub proved: Vec<DomainName>,
    /// By the id of each connection, the domains that it may assert; none: all that are proved.
    pub by_connection: HashMap<String, Option<Vec<DomainName>>>,
    /// Ids and addresses of the account's owners, the addresses as they are compared: an owner's is nobody else's.
    pub owners: Vec<(String, String)>,
}

impl Proofs {
    /// Whether `address` is proved to be the person's, with whom it came from noted where it is their email address. An
    /// address that a mapping makes of something else may be from any connection of the account: then each of them has to
    /// be one that may speak for it.
    #[must_use]
    pub fn is_theirs(&self, person: &Person, address: &str) -> bool {
        if self.is_anothers(person, address) {
            return false;
        }
        let emails = person.fields.get("email").into_iter().flatten();
        let is_email = emails.into_iter().any(|email| email.trim().eq_ignore_ascii_case(address));
        self.vouch(person.given_by.as_deref(), address)
            && (is_email || self.by_connection.keys().all(|from| self.vouch(Some(from), address)))
    }

    /// Whether `address` is an owner's, and the person is another.
    fn is_anothers(&self, person: &Person, address: &str) -> bool {
        let is_owner = self.owners.iter().any(|(owner, _)| *owner == person.id);
        let wanted = lookup_form(address);
        !is_owner && self.owners.iter().any(|(_, known)| *known == wanted)
    }

    /// Whether `address` is proved. `from` is the connection that gave what is known of the person; none: somebody of the
    /// account entered it.
    #[must_use]
    fn vouch(&self, from: Option<&str>, address: &str) -> bool {
        let may_assert = match from.map(|from| self.by_connection.get(from)) {
            None => None,
            // Of a connection that is gone.
            Some(None) => return false,
            Some(Some(domains)) => domains.as_deref(),
        };
        let rules = EmailRules { proved: &self.proved, may_assert, unverified: None, is_strict: false };
        rules.is_verified(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zoom::provision::Fields;
    use crate::zoom::provision::plan::Standing;

    #[test]
    fn an_address_is_proved_by_its_domain_and_by_who_gives_it() {
        let names =
            |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect::<Vec<DomainName>>();
        let proofs = Proofs {
            proved: names(&["north.example", "south.example"]),
            by_connection: HashMap::from([
                ("all".to_owned(), None),
                ("south".to_owned(), Some(names(&["south.example", "west.example"]))),
            ]),
            owners: Vec::new(),
        };
        assert!(proofs.vouch(None, "Jo@North.example") && proofs.vouch(Some("all"), "jo@north.example"));
        assert!(proofs.vouch(Some("south"), "jo@south.example"));
        for (from, address) in [
            (Some("south"), "jo@north.example"),
            (Some("south"), "jo@west.example"),
            (Some("gone"), "jo@north.example"),
            (None, "jo@west.example"),
            (None, "jo@sub.north.example"),
            (None, "jo"),
        ] {
            assert!(!proofs.vouch(from, address), "{from:?} {address}");
        }
    }

    #[test]
    fn an_owners_address_is_nobody_elses() {
        let owners = vec![("head".to_owned(), "head@north.example".to_owned())];
        let proved = vec!["north.example".parse().unwrap()];
        let proofs = Proofs { proved, owners, ..Proofs::default() };
        let who = |id: &str, address: &str| Person {
            id: id.to_owned(),
            standing: Standing::Active,
            fields: Fields::from([("email".to_owned(), vec![address.to_owned()])]),
            link: None,
            given_by: None,
            invited_as: None,
        };
        assert!(proofs.is_theirs(&who("jo", "jo@north.example"), "jo@north.example"));
        assert!(proofs.is_theirs(&who("head", "head@north.example"), "head@north.example"));
        assert!(!proofs.is_theirs(&who("jo", "Head@North.example"), "Head@North.example"));
    }
}
