//! The settings of a connection's revision, as they are stored.
//!
//! To add one: a field with `#[serde(default)]`, which is what it means in revisions without it, and left out of what is
//! stored where it is the default: nodes are replaced one by one, and those of before refuse what they do not know. Then
//! its name in `UNSTORED` of `update` (a test there holds it), its value in `create`, and in `check` what cannot be.
//! `connection update --set` and the history know it by themselves otherwise.

use std::collections::BTreeMap;

use gatepost_saml::Policy;
use gatepost_saml::policy::{Relaxation, Relaxations};
use serde::{Deserialize, Serialize};

use crate::base::Instant;
use crate::directory::day::Day;
use crate::directory::domain::DomainName;
use crate::directory::email::UnverifiedEmails;
use crate::directory::jit::Provisioning;
use crate::directory::mapping::{Mapping, MappingErrors, Rules, SubjectSource};
use crate::directory::preset::{IdpInitiated, Product};
use crate::storage::StorageError;

/// No assertion may be good for longer than this, unless the connection says otherwise.
pub(super) const MAX_VALIDITY_SECONDS: u32 = 24 * 3600;

/// Settings of one revision. A revision is never changed; a field that is not known is an error and not ignored, since
/// it may be a restriction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The product behind it.
    pub product: Product,
    /// Where requests go by the Redirect binding.
    pub sso_redirect_url: Option<String>,
    /// Where requests go by the POST binding.
    pub sso_post_url: Option<String>,
    /// Whether our requests are signed.
    pub is_request_signed: bool,
    /// What names a person.
    pub subject: SubjectSource,
    /// Whether people are made at their first sign-in.
    pub provisioning: Provisioning,
    /// How strictly messages are judged.
    pub policy: Policy,
    /// Until when what the policy allows beyond the strict profile is allowed; what is not named has no end.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub relaxations_until: BTreeMap<Relaxation, Day>,
    /// Audiences that mean us, beside our entity ID.
    pub accepted_audiences: Vec<String>,
    /// What the identity provider's `SessionNotOnOrAfter` does to our sessions.
    #[serde(default)]
    pub session_end: SessionEnd,
    /// What becomes of what is said about a person; what is not set is the product's usual.
    #[serde(default)]
    pub mapping: Mapping,
    /// Whether a verified address that one user has leads to them when nothing else does.
    #[serde(default)]
    pub link_by_email: bool,
    /// What becomes of addresses that are not verified; none: as the account is
    /// ([`is_strict`](crate::storage::account::Account::is_strict)).
    #[serde(default)]
    pub unverified_emails: Option<UnverifiedEmails>,
    /// Which of the account's proved domains the identity provider may assert; none: all of them.
    #[serde(default)]
    pub email_domains: Option<Vec<DomainName>>,
    /// What an answer that nobody asked for leads to.
    #[serde(default)]
    pub idp_initiated: IdpInitiated,
    /// How requests travel; without it, by Redirect if there is an address for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_binding: Option<RequestBinding>,
    /// Whether everybody proves anew who they are at each sign-in (`ForceAuthn`).
    #[serde(default)]
    pub force_authn: bool,
    /// Authentication contexts, one of which every sign-in must have; empty: any will do.
    #[serde(default)]
    pub authn_contexts: Vec<String>,
    /// Where the identity provider's metadata is fetched, if it is.
    #[serde(default)]
    pub metadata: Option<Metadata>,
    /// Whether keys that are new in the metadata wait for an owner's word, and are not trusted by themselves. Those that it
    /// no longer lists go without one, as long as another that can be used is left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asks_before_keys: bool,
}

/// What `SessionNotOnOrAfter` (saml-core 2.7.2) does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// Our session ends then at the latest.
    #[default]
    Cap,
    /// Nothing: some identity providers give the end of the assertion, minutes away. One that has passed is refused
    /// all the same.
    Ignore,
}

/// How requests travel to the identity provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestBinding {
    /// In the address (HTTP-Redirect, saml-bindings 3.4).
    Redirect,
    /// In a form (HTTP-POST, saml-bindings 3.5).
    Post,
}

/// Where metadata comes from, and what vouches for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// Its address.
    pub url: String,
    /// Certificates (base64 of their DER) of which one must have signed it, with a `validUntil`. Without any, it is
    /// trusted as TLS brings it.
    #[serde(default)]
    pub signed_by: Vec<String>,
}

impl Settings {
    /// What a connection to a product is before anything is said of it, or of its identity provider.
    #[must_use]
    pub fn usual(product: Product) -> Self {
        let preset = product.preset();
        Self {
            product,
            sso_redirect_url: None,
            sso_post_url: None,
            is_request_signed: preset.is_request_signed,
            subject: preset.subject,
            provisioning: Provisioning::Create,
            policy: Policy::default().with_max_validity(Some(MAX_VALIDITY_SECONDS)),
            relaxations_until: BTreeMap::new(),
            accepted_audiences: Vec::new(),
            session_end: SessionEnd::Cap,
            mapping: Mapping::default(),
            link_by_email: false,
            unverified_emails: None,
            email_domains: None,
            idp_initiated: preset.idp_initiated,
            request_binding: None,
            force_authn: false,
            authn_contexts: Vec::new(),
            metadata: None,
            asks_before_keys: false,
        }
    }

    /// Whether what an assertion says leads to people who did not come by this connection before.
    #[must_use]
    pub fn leads_to_the_known(&self) -> bool {
        self.link_by_email || self.mapping.external_id.is_some()
    }

    /// Whether what an assertion says makes administrators or owners of the account.
    #[must_use]
    pub fn makes_administrators(&self) -> bool {
        self.mapping.role_rules.iter().any(|rule| matches!(rule.grant.as_str(), "admin" | "owner"))
    }

    /// The rules by which a person is mapped, where they are to be written.
    ///
    /// # Errors
    /// All that is wrong with the mapping.
    pub fn rules(&self) -> Result<Rules, MappingErrors> {
        Rules::check(&self.mapping, self.product)
    }

    /// The same where they are stored already.
    ///
    /// # Errors
    /// All that is wrong with the mapping.
    pub fn stored_rules(&self) -> Result<Rules, MappingErrors> {
        Rules::check_stored(&self.mapping, self.product)
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`].
    pub fn read(stored: &str) -> Result<Self, StorageError> {
        serde_json::from_str(stored).map_err(|_| StorageError::Corrupt("settings"))
    }

    /// Whether an answer that nobody asked for signs in. Where everybody must prove anew who they are it cannot: that
    /// must be asked for.
    #[must_use]
    pub fn accepts_unasked(&self) -> bool {
        self.idp_initiated == IdpInitiated::Accept && !self.force_authn
    }

    /// The policy as it holds at a moment: without what was allowed until before it.
    #[must_use]
    pub fn policy_at(&self, now: Instant) -> Policy {
        let ended = self.relaxations_until.iter().filter(|(_, day)| now >= day.ends_at());
        self.policy.without(ended.map(|(relaxation, _)| *relaxation).collect())
    }

    /// When the next thing that the policy allows ends, if something does.
    #[must_use]
    pub fn policy_changes_at(&self, now: Instant) -> Option<Instant> {
        let allowed =
            self.relaxations_until.iter().filter(|(relaxation, _)| self.policy.allows(**relaxation));
        allowed.map(|(_, day)| day.ends_at()).filter(|end| *end > now).min()
    }

    /// How strictly the engine judges at a moment.
    #[must_use]
    pub fn judged_by(&self, now: Instant) -> Policy {
        let policy = self.policy_at(now);
        if self.accepts_unasked() {
            policy.allowing(Relaxations::NONE.with(Relaxation::Unsolicited))
        } else {
            // Whatever a stored policy says: nothing lets in what nobody asked for but the setting for it.
            policy.without(Relaxations::NONE.with(Relaxation::Unsolicited))
        }
    }

    /// The stored form.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`].
    pub fn store(&self) -> Result<String, StorageError> {
        serde_json::to_string(self).map_err(|_| StorageError::Corrupt("settings"))
    }
}
