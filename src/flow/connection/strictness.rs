//! How strictly a connection judges, as a form: what is allowed beyond the strict profile and until when, clocks, addresses,
//! audiences, how requests travel. What somebody typed is read field by field; what is wrong is told at its field.
//!
//! What lets in answers that nobody asked for is not among what may be allowed here: the setting for it is, with its
//! guards ([`Settings::accepts_unasked`]).

use std::collections::BTreeMap;

use gatepost_saml::policy::{MAX_CLOCK_SKEW_SECONDS, Relaxation};
use serde::Serialize;

use super::settings::{RequestBinding, Settings};
use super::update::Update;
use crate::base::Instant;
use crate::base::sentence::{Sentence, Told, sentence};
use crate::directory::day::Day;
use crate::directory::domain::DomainName;
use crate::directory::email::UnverifiedEmails;

/// What an owner may allow, signatures first, then encryption, then what is said.
pub const OFFERED: [Relaxation; 7] = [
    Relaxation::Sha1,
    Relaxation::Rsa1024,
    Relaxation::InclusiveC14n,
    Relaxation::EmptyReferenceUri,
    Relaxation::Rsa15,
    Relaxation::TripleDes,
    Relaxation::NoAuthnStatement,
];
/// An assertion is good for a week at most, whatever its connection says.
const MAX_VALIDITY_MINUTES: u32 = 7 * 24 * 60;
/// What stands for no choice of one's own.
const USUAL: &str = "usual";

/// The form, as it stands or as it was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Strictness {
    /// What of [`OFFERED`] is allowed.
    pub allowed: Vec<Relaxation>,
    /// Until when, as it was typed; empty without an end.
    pub until: BTreeMap<Relaxation, String>,
    /// Seconds by which clocks may differ.
    pub clock_skew: String,
    /// Minutes that an assertion may be good for; empty without a bound.
    pub max_validity: String,
    /// `usual`, or what becomes of addresses that are not verified.
    pub unverified_emails: String,
    /// The domains that the identity provider may assert, a line each; empty for all.
    pub email_domains: String,
    /// Audiences that mean us, beside our entity ID, a line each.
    pub accepted_audiences: String,
    /// Authentication contexts of which one is asked for, a line each.
    pub authn_contexts: String,
    /// `usual`, `redirect` or `post`.
    pub request_binding: String,
}

impl Strictness {
    /// As it stands.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let lines = |all: &[String]| all.join("\n");
        let allowed = OFFERED.into_iter().filter(|relaxation| settings.policy.allows(*relaxation));
        let until = settings.relaxations_until.iter();
        Self {
            allowed: allowed.collect(),
            until: until.map(|(relaxation, day)| (*relaxation, day.to_string())).collect(),
            clock_skew: settings.policy.clock_skew_seconds().to_string(),
            max_validity: settings
                .policy
                .max_validity_seconds()
                .map(|seconds| (seconds / 60).to_string())
                .unwrap_or_default(),
            unverified_emails: named(settings.unverified_emails.as_ref()),
            email_domains: settings
                .email_domains
                .as_ref()
                .map(|domains| domains.iter().map(DomainName::as_str).collect::<Vec<_>>().join("\n"))
                .unwrap_or_default(),
            accepted_audiences: lines(&settings.accepted_audiences),
            authn_contexts: lines(&settings.authn_contexts),
            request_binding: named(settings.request_binding.as_ref()),
        }
    }

    /// Until when `relaxation` is allowed, as it was typed.
    #[must_use]
    pub fn until(&self, relaxation: Relaxation) -> &str {
        self.until.get(&relaxation).map_or("", String::as_str)
    }

    /// Whether `relaxation` is allowed.
    #[must_use]
    pub fn allows(&self, relaxation: Relaxation) -> bool {
        self.allowed.contains(&relaxation)
    }

    /// The change that makes `present` this; what was not touched stays as it is.
    ///
    /// # Errors
    /// All that is wrong, each about its field.
    pub fn change(&self, present: &Settings, now: Instant) -> Result<Update, Sentence> {
        let before = Self::of(present);
        let mut form = Reading { set: Vec::new(), wrong: Vec::new() };
        if (&self.allowed, self.ends()) != (&before.allowed, before.ends()) {
            self.relaxations(present, (&before, now), &mut form);
        }
        if self.clock_skew != before.clock_skew {
            let seconds = number(&self.clock_skew, 0, MAX_CLOCK_SKEW_SECONDS);
            form.take("policy.clock_skew_seconds", "clock_skew", seconds);
        }
        if self.max_validity != before.max_validity {
            let minutes = number(&self.max_validity, 1, MAX_VALIDITY_MINUTES);
            form.take("policy.max_validity_seconds", "max_validity", minutes.map(|minutes| minutes * 60));
        }
        for (path, text, old) in [
            ("unverified_emails", &self.unverified_emails, &before.unverified_emails),
            ("request_binding", &self.request_binding, &before.request_binding),
        ] {
            if text != old {
                form.take(path, path, Ok(Some(text).filter(|text| *text != USUAL)));
            }
        }
        let domains = lines(&self.email_domains);
        if domains != lines(&before.email_domains) {
            let read = domains.iter().map(|text| DomainName::parse(text)).collect::<Result<Vec<_>, _>>();
            let read = read.map_err(|error| error.sentence());
            form.take(
                "email_domains",
                "email_domains",
                read.map(|all| Some(all).filter(|all| !all.is_empty())),
            );
        }
        for (path, text, old) in [
            ("accepted_audiences", &self.accepted_audiences, &before.accepted_audiences),
            ("authn_contexts", &self.authn_contexts, &before.authn_contexts),
        ] {
            let wanted = lines(text);
            if wanted != lines(old) {
                form.take(path, path, Ok(wanted));
            }
        }
        match Sentence::all(form.wrong) {
            None => Ok(Update { set: form.set, ..Update::default() }),
            Some(wrong) => Err(wrong),
        }
    }

    fn ends(&self) -> Vec<&str> {
        self.allowed.iter().map(|relaxation| self.until(*relaxation).trim()).collect()
    }

    fn relaxations(&self, present: &Settings, (before, now): (&Self, Instant), form: &mut Reading) {
        let mut ends = BTreeMap::new();
        for relaxation in &self.allowed {
            let typed = self.until(*relaxation).trim();
            if typed.is_empty() {
                continue;
            }
            let field = format!("until_{}", relaxation.name());
            match typed.parse::<Day>() {
                Err(error) => form.wrong.push(error.sentence().about(&field)),
                // One that has passed already may stay: it allows nothing.
                Ok(day) if day.ends_at() <= now && typed != before.until(*relaxation) => {
                    form.wrong.push(sentence!("this day has passed").about(&field));
                }
                Ok(day) => {
                    ends.insert(*relaxation, day);
                }
            }
        }
        // What is not offered here is nobody's to take away by leaving it out.
        let others = present.policy.relaxations().iter().filter(|one| !OFFERED.contains(one));
        let all: Vec<_> = self.allowed.iter().copied().chain(others).collect();
        form.take("policy.relaxations", "relaxations", Ok(all));
        form.take("relaxations_until", "relaxations", Ok(ends));
    }
}

/// What is read off a form.
struct Reading {
    set: Vec<(String, String)>,
    wrong: Vec<Sentence>,
}

impl Reading {
    fn take(&mut self, path: &str, field: &str, value: Result<impl Serialize, Sentence>) {
        match value {
            Ok(value) => {
                let json = serde_json::to_value(value).unwrap_or_default();
                self.set.push((path.to_owned(), json.to_string()));
            }
            Err(sentence) => self.wrong.push(sentence.about(field)),
        }
    }
}

fn number(text: &str, least: u32, most: u32) -> Result<u32, Sentence> {
    let number = text.trim().parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| sentence!("a whole number from {least} to {most}", least, most))
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The name by which serde knows a choice; [`USUAL`] without one.
fn named(choice: Option<&impl Serialize>) -> String {
    let value = choice.and_then(|choice| serde_json::to_value(choice).ok());
    value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_else(|| USUAL.to_owned())
}

/// What may be chosen for addresses that are not verified.
#[must_use]
pub fn unverified_choices() -> [String; 4] {
    use UnverifiedEmails::{Drop, Keep, Refuse};
    [named(None::<&UnverifiedEmails>), named(Some(&Refuse)), named(Some(&Drop)), named(Some(&Keep))]
}

/// How requests may travel.
#[must_use]
pub fn binding_choices() -> [String; 3] {
    use RequestBinding::{Post, Redirect};
    [named(None::<&RequestBinding>), named(Some(&Redirect)), named(Some(&Post))]
}

/// The field that a setting's path stands in, for what is found wrong when it is saved.
#[must_use]
pub fn field_of(path: &str) -> Option<&'static str> {
    Some(match path {
        "policy.clock_skew_seconds" => "clock_skew",
        "policy.max_validity_seconds" => "max_validity",
        "unverified_emails" => "unverified_emails",
        "email_domains" => "email_domains",
        "accepted_audiences" => "accepted_audiences",
        "authn_contexts" => "authn_contexts",
        "request_binding" => "request_binding",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::sentence::Place;
    use crate::flow::connection::update;

    const NOW: Instant = Instant::from_seconds(1_772_445_630);

    fn present() -> Settings {
        let stored = r#"{ "product": "other", "sso_redirect_url": "https://idp.example/sso", "sso_post_url": null,
            "is_request_signed": false, "subject": "name_id", "provisioning": "create", "accepted_audiences": [],
            "policy": { "relaxations": [], "clock_skew_seconds": 180, "max_validity_seconds": 86400 } }"#;
        Settings::read(stored).unwrap()
    }

    fn after(form: &Strictness, present: &Settings) -> Settings {
        let mut wrong = Vec::new();
        let change = form.change(present, NOW).unwrap();
        let settings = update::settings(present, &change, &mut wrong).unwrap();
        assert_eq!(wrong.len(), 0, "{wrong:?}");
        settings
    }

    #[test]
    fn what_is_chosen_is_set_and_shown_again_and_what_is_not_touched_stays() {
        let present = present();
        let shown = Strictness::of(&present);
        assert!(shown.change(&present, NOW).unwrap().set.is_empty());
        let form = Strictness {
            allowed: vec![Relaxation::Sha1, Relaxation::Rsa15],
            until: [(Relaxation::Sha1, "2027-06-30".to_owned())].into(),
            clock_skew: "60".to_owned(),
            max_validity: "90".to_owned(),
            unverified_emails: "drop".to_owned(),
            email_domains: "lincoln.example\n".to_owned(),
            accepted_audiences: "spn:1\n spn:2 \n".to_owned(),
            authn_contexts: "urn:x".to_owned(),
            request_binding: "post".to_owned(),
        };
        let made = after(&form, &present);
        assert_eq!((made.policy.clock_skew_seconds(), made.policy.max_validity_seconds()), (60, Some(5_400)));
        assert_eq!(made.accepted_audiences, ["spn:1", "spn:2"]);
        assert_eq!(made.request_binding, Some(RequestBinding::Post));
        assert!(made.policy_at(NOW).allows(Relaxation::Sha1));
        let later = Instant::parse("2027-07-01T00:00:00Z").unwrap();
        assert!(!made.policy_at(later).allows(Relaxation::Sha1), "its day is over");
        assert!(made.policy_at(later).allows(Relaxation::Rsa15), "it has no end");
        assert_eq!(made.policy_changes_at(NOW), Some(later));
        assert_eq!(made.policy_changes_at(later), None);
        // And back to what it was.
        assert_eq!(after(&shown, &made), present);
    }

    #[test]
    fn what_is_wrong_is_told_at_its_field() {
        let form = Strictness {
            allowed: vec![Relaxation::Sha1, Relaxation::Rsa1024],
            until: [
                (Relaxation::Sha1, "soon".to_owned()),
                (Relaxation::Rsa1024, "2020-01-01".to_owned()),
                (Relaxation::TripleDes, "not looked at: it is not allowed".to_owned()),
            ]
            .into(),
            clock_skew: "601".to_owned(),
            max_validity: String::new(),
            email_domains: "no domain".to_owned(),
            ..Strictness::of(&present())
        };
        let wrong = form.change(&present(), NOW).unwrap_err();
        let fields: Vec<_> = wrong.each().filter_map(|(place, _)| place.cloned()).collect();
        let wanted = ["until_sha1", "until_rsa_1024", "clock_skew", "max_validity", "email_domains"];
        assert_eq!(fields, wanted.map(|field| Place::Field(field.to_owned())));
    }

    #[test]
    fn what_is_allowed_without_a_day_is_allowed_until_it_is_taken_back() {
        let form = Strictness { allowed: vec![Relaxation::Sha1], ..Strictness::of(&present()) };
        let allowed = after(&form, &present());
        assert!(allowed.policy.allows(Relaxation::Sha1));
        assert!(allowed.relaxations_until.is_empty());
    }

    #[test]
    fn what_passed_already_may_stay_as_it_stands() {
        let mut old = present();
        old.policy = old.policy.allowing([Relaxation::Sha1].into_iter().collect());
        old.relaxations_until.insert(Relaxation::Sha1, "2020-01-01".parse().unwrap());
        let form = Strictness { clock_skew: "10".to_owned(), ..Strictness::of(&old) };
        assert_eq!(after(&form, &old).relaxations_until, old.relaxations_until);
        let more = Strictness { allowed: vec![Relaxation::Sha1, Relaxation::TripleDes], ..form };
        assert_eq!(after(&more, &old).relaxations_until, old.relaxations_until);
    }
}
