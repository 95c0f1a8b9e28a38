//! SAML metadata (saml-metadata): the identity provider's, read and judged; ours, written.
//!
//! Only an `IDPSSODescriptor` that supports SAML 2.0 counts; other roles, WS-Federation descriptors among them, are
//! passed over. A key with `use="encryption"` never verifies anything; one without `use` does both (2.4.1.1).
//! Whether the document's own signature matters is the caller's to say ([`MetadataTrust`]), and the trace tells.

mod duration;
mod entity;
mod sp;

pub(crate) use entity::is_web_url;
pub use entity::{Endpoint, Entity};
pub use sp::{SpKey, SpMetadata};

use crate::binding::Wire;
use crate::code::{Code, StepName};
use crate::instant::Instant;
use crate::message::{self, Stop, check_dates, claim, conclude, stop};
use crate::policy::{Limits, Policy};
use crate::response::time;
use crate::signature;
use crate::trace::{Judgement, MessageKind, Text, Trace};
use crate::trust::Trust;
use crate::xml::{Element, Ns};

/// What vouches for a metadata document.
#[derive(Debug, Clone, Copy)]
pub enum MetadataTrust<'a> {
    /// The way it came (TLS, or a person): its signature is not looked at.
    Unchecked,
    /// Its signature, which must verify where there is one.
    IfSigned(&'a Trust),
    /// Its signature, on the root, which must be there.
    Required(&'a Trust),
}

/// What is particular to one reading of metadata.
#[derive(Debug, Clone, Copy)]
pub struct MetadataContext<'a> {
    /// The clock.
    pub now: Instant,
    /// The entity that was asked for; `None` takes every identity provider in the document.
    pub entity_id: Option<&'a str>,
    /// What vouches for the document.
    pub trust: MetadataTrust<'a>,
    /// Relaxations for the signature, and the clock skew.
    pub policy: &'a Policy,
    /// How large: [`Limits::METADATA`].
    pub limits: Limits,
}

/// Judges metadata: the identity providers in it, or why it is refused.
#[must_use]
pub fn judge(wire: &Wire<'_>, context: &MetadataContext<'_>) -> Judgement<Vec<Entity>> {
    let mut trace = Trace::new(MessageKind::Metadata);
    let entities = examine(wire, context, &mut trace).ok();
    let verdict = conclude(entities, &trace, false);
    Judgement { verdict, trace }
}

fn examine(wire: &Wire<'_>, context: &MetadataContext<'_>, trace: &mut Trace) -> Result<Vec<Entity>, Stop> {
    let message = message::take(wire, crate::binding::Parameter::Response, &context.limits, trace)?;
    let document = message::parse(&message, &context.limits, trace)?;
    let root = document.root();
    if root.ns() != Ns::MD || !matches!(root.local(), "EntityDescriptor" | "EntitiesDescriptor") {
        let wanted = Some(Text::Borrowed("EntityDescriptor or EntitiesDescriptor"));
        return stop(
            trace,
            StepName::Root,
            Code::UnexpectedMessage,
            wanted,
            Some(claim(root.local()).into()),
        );
    }
    trace.pass(StepName::Root, None, Some(claim(root.local()).into()));
    check_signature(root, root, context, trace)?;
    let candidates = select(members(root), context, trace)?;
    for member in candidates.iter().filter(|member| member.element != root) {
        check_signature(root, member.element, context, trace)?;
    }
    let fresh = fresh(&candidates, context, trace)?;
    entity::read(&fresh, trace)
}

/// A descriptor, and until when it is valid with all that it stands in; an error is what stands there instead.
#[derive(Clone)]
struct Member<'d> {
    element: Element<'d>,
    valid_until: Result<Option<Instant>, String>,
    /// For how long at most a copy should be used, in seconds.
    cache_seconds: Option<i64>,
}

/// The shorter of `so_far` and the element's own `cacheDuration`; one that cannot be read is no advice.
fn shortest(so_far: Option<i64>, element: Element<'_>) -> Option<i64> {
    let own = element.attribute("cacheDuration").and_then(|text| duration::seconds(crate::xml::trim(&text)));
    [so_far, own].into_iter().flatten().min()
}

/// The earlier of `so_far` and the element's own `validUntil`.
fn earliest(
    so_far: &Result<Option<Instant>, String>,
    element: Element<'_>,
) -> Result<Option<Instant>, String> {
    Ok([so_far.clone()?, time(element, "validUntil")?].into_iter().flatten().min())
}

/// The descriptors of a document, by the schema's own path (2.3.1). A search among all descendants would also find what
/// somebody put into the Signature, which the enveloped-signature transform leaves out of the digest.
fn members(root: Element<'_>) -> Vec<Member<'_>> {
    let mut members = Vec::new();
    let mut open = vec![(root, Ok(None), None)];
    while let Some((element, around, cached)) = open.pop() {
        let (mut valid_until, mut cache_seconds) = (earliest(&around, element), shortest(cached, element));
        if element.local() == "EntityDescriptor" {
            for role in element.children_named(Ns::MD, "IDPSSODescriptor") {
                valid_until = earliest(&valid_until, role);
                cache_seconds = shortest(cache_seconds, role);
            }
            members.push(Member { element, valid_until, cache_seconds });
        } else {
            let below = element.children().filter(|child| {
                child.ns() == Ns::MD && matches!(child.local(), "EntityDescriptor" | "EntitiesDescriptor")
            });
            let mut below: Vec<_> = below.map(|child| (child, valid_until.clone(), cache_seconds)).collect();
            below.reverse();
            open.append(&mut below);
        }
    }
    members
}

/// Checks the signature of the root, and of a descriptor in an aggregate that has one of its own.
fn check_signature(
    root: Element<'_>,
    element: Element<'_>,
    context: &MetadataContext<'_>,
    trace: &mut Trace,
) -> Result<(), Stop> {
    let step = StepName::MetadataSignature;
    let (trust, is_required) = match context.trust {
        MetadataTrust::Unchecked => {
            let text = "The signature of the metadata was not checked.";
            trace.add_warning("metadata_signature_unchecked", text);
            return Ok(());
        }
        MetadataTrust::IfSigned(trust) => (trust, false),
        MetadataTrust::Required(trust) => (trust, element == root),
    };
    match signature::verify(element, "metadata", trust, context.policy) {
        Ok(Some(verified)) => {
            verified.relaxed.iter().for_each(|relaxation| trace.relax(*relaxation));
            trace.signed.push(verified.evidence);
            check_dates(verified.certificate, context.now, trace);
            trace.pass(step, None, Some(verified.certificate.subject.clone().into()));
            Ok(())
        }
        Ok(None) if is_required => {
            let wanted = Some(Text::Borrowed("a signature on the document"));
            stop(trace, step, Code::NotSigned, wanted, Some(Text::Borrowed("none")))
        }
        Ok(None) => {
            if trace.signed.is_empty() {
                trace.add_warning("metadata_unsigned", "The metadata is not signed.");
            }
            Ok(())
        }
        Err(error) => stop(trace, step, error.code, error.wanted, error.found),
    }
}

/// The descriptors of the entity that was asked for, else all.
fn select<'d>(
    members: Vec<Member<'d>>,
    context: &MetadataContext<'_>,
    trace: &mut Trace,
) -> Result<Vec<Member<'d>>, Stop> {
    let step = StepName::EntityId;
    let named: Vec<_> = members
        .into_iter()
        .filter_map(|member| {
            let id = member.element.attribute("entityID").filter(|id| !id.is_empty())?;
            Some((member, id))
        })
        .collect();
    let Some((_, first)) = named.first() else {
        return stop(
            trace,
            step,
            Code::MetadataEntityMissing,
            Some(Text::Borrowed("an entityID")),
            Some(Text::Borrowed("none")),
        );
    };
    let Some(wanted) = context.entity_id else {
        trace.pass(step, None, Some(claim(first).into()));
        return Ok(named.into_iter().map(|(member, _)| member).collect());
    };
    let found: Vec<_> =
        named.iter().filter(|(_, id)| id == wanted).map(|(member, _)| member.clone()).collect();
    if found.is_empty() {
        let found = Some(claim(first).into());
        return stop(trace, step, Code::MetadataEntityMismatch, Some(wanted.to_owned().into()), found);
    }
    if found.len() > 1 {
        let found = Some(format!("{} descriptors of it", found.len()).into());
        return stop(trace, step, Code::MessageMalformed, Some(wanted.to_owned().into()), found);
    }
    trace.pass(step, Some(wanted.to_owned().into()), Some(wanted.to_owned().into()));
    Ok(found)
}

/// Leaves out what has expired, itself or with what it stands in (2.3.1, 2.3.2, 2.4.1).
fn fresh<'d>(
    candidates: &[Member<'d>],
    context: &MetadataContext<'_>,
    trace: &mut Trace,
) -> Result<Vec<entity::Candidate<'d>>, Stop> {
    let step = StepName::ValidUntil;
    let mut fresh = Vec::new();
    let mut problem = None;
    for candidate in candidates {
        match &candidate.valid_until {
            Ok(Some(end)) if context.now >= end.plus_seconds(context.policy.clock_skew_seconds()) => {
                problem = Some((Code::MetadataExpired, end.to_string()));
            }
            Ok(end) => fresh.push(entity::Candidate {
                descriptor: candidate.element,
                valid_until: *end,
                cache_seconds: candidate.cache_seconds,
            }),
            Err(found) => problem = Some((Code::TimeMalformed, found.clone())),
        }
    }
    match (fresh.is_empty(), problem) {
        (true, Some((code, found))) => {
            stop(trace, step, code, Some(format!("later than {}", context.now).into()), Some(found.into()))
        }
        (_, problem) => {
            if let Some((_, found)) = problem {
                trace.add_warning(
                    "metadata_entity_expired",
                    format!("An entity was left out: validUntil {found}."),
                );
            }
            let end =
                fresh.first().and_then(|candidate| candidate.valid_until).map(|end| end.to_string().into());
            trace.pass(step, None, end);
            Ok(fresh)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::to_base64;
    use crate::key::SigningKey;
    use crate::mint::keys;
    use crate::signature::sign::{Signer, sign_enveloped};
    use crate::trust::read_certificate;

    const NOW: Instant = Instant::from_seconds(1_772_445_630);

    fn entity(id: &str, key: &keys::TestKey, extra: &str) -> String {
        format!(
            "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" \
             entityID=\"{id}\"{extra}><md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
             <md:KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>\
             </md:KeyDescriptor><md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" \
             Location=\"https://idp.example/sso\"/></md:IDPSSODescriptor></md:EntityDescriptor>",
            to_base64(&key.certificate_der().unwrap())
        )
    }

    fn aggregate(members: &[String]) -> String {
        let head = "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" ID=\"_m\">";
        format!("{head}{}</md:EntitiesDescriptor>", members.concat())
    }

    fn signed(xml: &str) -> String {
        let key = SigningKey::from_pem(keys::IDP_RSA.private_pem.as_bytes()).unwrap();
        let der = keys::IDP_RSA.certificate_der().unwrap();
        let at = xml.find('>').unwrap() + 1;
        sign_enveloped(xml, "_m", at, &Signer { key: &key, certificate_der: Some(&der) }).unwrap()
    }

    fn read(xml: &str, entity_id: Option<&str>, is_trusted: bool) -> Result<Vec<Entity>, Code> {
        let key = read_certificate(keys::IDP_RSA.certificate_pem.as_bytes()).unwrap().key;
        let trust = Trust::new(key, []);
        let trust = if is_trusted { MetadataTrust::Required(&trust) } else { MetadataTrust::Unchecked };
        let context = MetadataContext {
            now: NOW,
            entity_id,
            trust,
            policy: &Policy::default(),
            limits: Limits::METADATA,
        };
        judge(&Wire::Xml(xml.as_bytes()), &context).verdict.map_err(|refusal| refusal.code)
    }

    #[test]
    fn an_entity_hidden_in_the_signature_is_not_a_member() {
        let good = signed(&aggregate(&[entity("urn:a", &keys::IDP_RSA, "")]));
        assert_eq!(read(&good, Some("urn:a"), true).unwrap().len(), 1);
        let hidden = entity("urn:b", &keys::ATTACKER_RSA, "");
        let attacked = good.replacen(
            "</ds:KeyInfo></ds:Signature>",
            &format!("{hidden}</ds:KeyInfo></ds:Signature>"),
            1,
        );
        assert_ne!(attacked, good);
        assert_eq!(read(&attacked, Some("urn:b"), true).unwrap_err(), Code::MetadataEntityMismatch);
        assert_eq!(read(&attacked, None, true).unwrap().len(), 1);
    }

    #[test]
    fn what_is_required_to_be_signed_is() {
        let unsigned = aggregate(&[entity("urn:a", &keys::IDP_RSA, "")]);
        assert_eq!(read(&unsigned, None, true).unwrap_err(), Code::NotSigned);
        assert!(read(&unsigned, None, false).is_ok());
        let changed = signed(&unsigned).replace("https://idp.example/sso", "https://evil.example/sso");
        assert_eq!(read(&changed, None, true).unwrap_err(), Code::DigestMismatch);
    }

    #[test]
    fn the_entity_asked_for_is_the_one_delivered() {
        let two = aggregate(&[entity("urn:a", &keys::IDP_RSA, ""), entity("urn:b", &keys::IDP_EC_P256, "")]);
        let only = read(&two, Some("urn:b"), false).unwrap();
        assert_eq!(only.len(), 1);
        assert_eq!(only[0].signing[0].certificate().key, "EC P-256");
        assert_eq!(read(&two, Some("urn:c"), false).unwrap_err(), Code::MetadataEntityMismatch);
    }

    #[test]
    fn an_expired_member_is_left_out_and_an_expired_document_refused() {
        let past = " validUntil=\"2020-01-01T00:00:00Z\"";
        let two = aggregate(&[entity("urn:a", &keys::IDP_RSA, past), entity("urn:b", &keys::IDP_RSA, "")]);
        assert_eq!(read(&two, None, false).unwrap().len(), 1);
        assert_eq!(read(&two, Some("urn:a"), false).unwrap_err(), Code::MetadataExpired);
        let whole = two.replacen(" ID=\"_m\"", &format!(" ID=\"_m\"{past}"), 1);
        assert_eq!(read(&whole, None, false).unwrap_err(), Code::MetadataExpired);
    }

    #[test]
    fn the_shortest_cache_duration_around_an_entity_counts() {
        let brief = " cacheDuration=\"PT2H\"";
        let two = aggregate(&[entity("urn:a", &keys::IDP_RSA, brief), entity("urn:b", &keys::IDP_RSA, "")]);
        let whole = two.replacen(" ID=\"_m\"", " ID=\"_m\" cacheDuration=\"P1D\"", 1);
        let seconds = |xml: &str, id| read(xml, Some(id), false).unwrap()[0].cache_seconds;
        assert_eq!(seconds(&whole, "urn:a"), Some(7200));
        assert_eq!(seconds(&whole, "urn:b"), Some(86_400));
        assert_eq!(seconds(&two, "urn:b"), None);
        assert_eq!(seconds(&two.replace("PT2H", "soon"), "urn:a"), None);
    }

    #[test]
    fn ours_is_readable_and_is_not_an_identity_providers() {
        let der = keys::SP_RSA.certificate_der().unwrap();
        let metadata = SpMetadata {
            id: "_m",
            entity_id: "https://sp.example/metadata?a=1&b=2",
            acs_urls: vec!["https://sp.example/acs"],
            slo_url: Some("https://sp.example/slo"),
            keys: vec![SpKey { certificate_der: &der, is_signing: true, is_encryption: true }],
            name_id_formats: vec!["urn:f"],
            signs_requests: true,
            valid_until: None,
            cache_seconds: None,
        };
        let key = SigningKey::from_pem(keys::IDP_RSA.private_pem.as_bytes()).unwrap();
        let xml = metadata.xml(Some(&Signer { key: &key, certificate_der: None })).unwrap();
        assert_eq!(read(&xml, None, true).unwrap_err(), Code::MetadataRoleMissing);
    }
}
