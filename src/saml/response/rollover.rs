//! A message signed by a key that nobody here knows: has the identity provider a new one, or is it somebody else's?
//!
//! The message cannot say. What it can say is whether asking the identity provider's own metadata is worth the while.

use super::{Context, IdentityProvider, ServiceProvider, Settings, judge, response_children};
use crate::binding::{Parameter, Wire};
use crate::code::StepName;
use crate::message::{self, verified};
use crate::signature;
use crate::trace::{MessageKind, Trace};
use crate::trust::{Trust, TrustedKey};
use crate::xml::Ns;

/// Whether everything but its request would hold about a Response (destination, issuer, audience, times and the rest)
/// if the keys that it shows were trusted.
///
/// This says nothing about who sent it: anybody can make such a message. It must lead to nothing but a look at the
/// identity provider's metadata. Nothing is decrypted for it, since nobody that we trust chose the ciphertext; of a
/// response with an encrypted assertion, its own signature, destination and issuer have to do.
#[must_use]
pub fn would_hold(wire: &Wire<'_>, settings: &Settings, context: &Context<'_>) -> bool {
    look(wire, settings, context).is_some()
}

/// The keys that such a message shows: for an owner to be asked about, and never trusted for it.
#[must_use]
pub fn shown_keys(wire: &Wire<'_>, settings: &Settings, context: &Context<'_>) -> Vec<TrustedKey> {
    look(wire, settings, context).unwrap_or_default()
}

fn look(wire: &Wire<'_>, settings: &Settings, context: &Context<'_>) -> Option<Vec<TrustedKey>> {
    let mut trace = Trace::new(MessageKind::Response);
    let message = message::take(wire, Parameter::Response, &settings.limits, &mut trace).ok()?;
    if message.is_redirect {
        return None;
    }
    let document = message::parse(&message, &settings.limits, &mut trace).ok()?;
    let root = document.root();
    let signed = std::iter::once(root).chain(root.children_named(Ns::SAML, "Assertion"));
    let shown = signed.filter_map(|element| signature::shown_key(element, &settings.policy));
    let shown: Vec<_> = shown.collect();
    // Without a certificate in it there is no telling.
    shown.first()?;
    let trust = Trust::from_keys(shown.iter().chain(settings.idp.trust.keys()).cloned())?;
    let supposed = Settings {
        sp: ServiceProvider { decryption_keys: Vec::new(), ..settings.sp.clone() },
        idp: IdentityProvider { trust, entity_id: settings.idp.entity_id.clone() },
        policy: settings.policy.clone(),
        limits: settings.limits,
    };
    if root.children_named(Ns::SAML, "EncryptedAssertion").next().is_none() {
        let judgement = judge(wire, &supposed, context);
        let holds = judgement.verdict.is_ok() || judgement.trace.fails_only_in(StepName::InResponseTo);
        return holds.then_some(shown);
    }
    message::envelope(root, "Response", false, &supposed, &mut trace).ok()?;
    response_children(root, &mut trace).ok()?;
    message::status(root, &mut trace).ok()?;
    let step = StepName::ResponseSignature;
    verified(root, "response", step, &supposed, context, &mut trace).ok()??;
    Some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instant::Instant;
    use crate::key::DecryptionKey;
    use crate::mint::person::Person;
    use crate::mint::personality::{Personality, Signs};
    use crate::mint::random::Seeded;
    use crate::mint::response::{Draft, MintRequest};
    use crate::mint::{keys, tree::Element as Tree};
    use crate::policy::{Limits, Policy};
    use crate::trust::read_certificate;

    const SP: &str = "https://sp.example/metadata";
    const ACS: &str = "https://sp.example/acs";
    const NOW: Instant = Instant::from_seconds(1_772_445_630);

    /// What is said of a message by the next key, which is not trusted.
    fn said(options: impl FnOnce(&mut MintRequest<'_>), change: impl FnOnce(&mut Tree)) -> bool {
        let (person, okta) = (Person::examples().remove(0), Personality::named("okta").unwrap());
        let mut request = MintRequest::new(&person, SP, ACS, NOW);
        request.in_response_to = Some("_request");
        request.options.key = Some(&keys::IDP_RSA_NEXT);
        options(&mut request);
        let mut random = Seeded::new(7);
        let mut draft = Draft::new(okta, &request, &mut random);
        change(&mut draft.root);
        let xml = draft.seal(&mut random).unwrap().xml();
        let trusted = read_certificate(keys::IDP_RSA.certificate_pem.as_bytes()).unwrap().key;
        let settings = Settings {
            sp: ServiceProvider {
                entity_id: SP.to_owned(),
                accepted_audiences: Vec::new(),
                endpoint: ACS.to_owned(),
                decryption_keys: vec![DecryptionKey::from_pem(keys::SP_RSA.private_pem.as_bytes()).unwrap()],
            },
            idp: IdentityProvider {
                entity_id: okta.addresses.entity_id.to_owned(),
                trust: Trust::new(trusted, []),
            },
            policy: Policy::default(),
            limits: Limits::MESSAGE,
        };
        let context = Context {
            now: NOW,
            pending_request: Some("_request"),
            requested_authn_contexts: &[],
            forced_since: None,
            seen: &|_| false,
        };
        let wire = Wire::Xml(&xml);
        let is_trusted =
            request.options.key.is_none_or(|key| key.certificate_pem == keys::IDP_RSA.certificate_pem);
        assert_eq!(
            judge(&wire, &settings, &context).verdict.is_ok(),
            is_trusted,
            "no more trust than before"
        );
        would_hold(&wire, &settings, &context)
    }

    #[test]
    fn a_message_that_fits_is_worth_a_look() {
        assert!(said(|_| {}, |_| {}));
        assert!(said(|request| request.options.signs = Some(Signs::Assertion), |_| {}));
        assert!(said(|request| request.options.signs = Some(Signs::Both), |_| {}));
        // Which request it answers is no matter of keys.
        assert!(said(|request| request.in_response_to = Some("_another"), |_| {}));
    }

    #[test]
    fn one_that_fits_nowhere_is_not() {
        let edited = |local: &'static str, change: fn(&mut Tree)| {
            said(|_| {}, move |root| change(root.find_mut(local).unwrap()))
        };
        assert!(!edited("Audience", |audience| audience.set_text("https://other.example")));
        assert!(!edited("Conditions", |conditions| conditions.set("NotOnOrAfter", "2001-01-01T00:00:00Z")));
        assert!(!edited("SubjectConfirmationData", |data| data.set("Recipient", "https://other.example/acs")));
        assert!(!edited("Issuer", |issuer| issuer.set_text("https://other.example")));
        assert!(!said(|_| {}, |root| root.set("Destination", "https://other.example/acs")));
        assert!(!said(|request| request.options.signs = Some(Signs::Neither), |_| {}));
        assert!(!said(|request| request.options.key = Some(&keys::IDP_RSA_1024), |_| {}));
    }

    #[test]
    fn nothing_is_decrypted_for_it() {
        let encrypts = |signs| {
            said(
                |request| {
                    request.options.encrypts = Some(true);
                    request.options.signs = Some(signs);
                },
                |_| {},
            )
        };
        assert!(encrypts(Signs::Both), "the response's own signature, destination and issuer");
        assert!(!encrypts(Signs::Assertion), "what is inside cannot be known without reading it");
    }
}
