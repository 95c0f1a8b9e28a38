//! Metadata of identity providers, and small aggregates (saml-metadata 2.3).

use super::MintError;
use super::keys::{self, TestKey};
use super::method;
use super::personality::{Addresses, KeyInfo, Personality};
use super::random::Random;
use super::sign::{Signing, base64, declaration, qualified, sign};
use super::tree::{Element, Node, Style};
use super::uri;
use crate::algorithms::Digest;
use crate::instant::Instant;
use crate::xml::c14n;

/// What the metadata is about.
#[derive(Debug, Clone)]
pub struct MetadataFacts<'a> {
    /// Where the identity provider lives.
    pub addresses: Option<Addresses<'a>>,
    /// Its signing keys; without any, the built-in ones that the personality lists.
    pub keys: &'a [TestKey],
    /// The moment of issue.
    pub now: Instant,
    /// Whether the document is signed; without a value, as the product does.
    pub is_signed: Option<bool>,
    /// The key that signs the document; without one, the first signing key.
    pub signed_by: Option<&'a TestKey>,
}

impl MetadataFacts<'_> {
    /// The product's own habits at `now`.
    #[must_use]
    pub const fn new(now: Instant) -> Self {
        Self { addresses: None, keys: &[], now, is_signed: None, signed_by: None }
    }
}

/// The bytes of a document about one identity provider.
///
/// # Errors
/// When a key cannot be used.
pub fn mint_metadata(
    personality: &Personality,
    facts: &MetadataFacts<'_>,
    random: &mut dyn Random,
) -> Result<Vec<u8>, MintError> {
    let mut root = entity(personality, facts)?;
    if facts.is_signed.unwrap_or(personality.metadata.is_signed) {
        let id = personality.ids.make(random);
        seal(&mut root, &id, facts)?;
    }
    Ok(root.document(style()).into_bytes())
}

/// The bytes of an `EntitiesDescriptor` about several, signed on its root if `facts` says so.
///
/// # Errors
/// When a key cannot be used.
pub fn mint_aggregate(
    personalities: &[&Personality],
    facts: &MetadataFacts<'_>,
    random: &mut dyn Random,
) -> Result<Vec<u8>, MintError> {
    let mut root = Element::new("md:EntitiesDescriptor").attribute("xmlns:md", uri::METADATA);
    if facts.is_signed == Some(true) {
        root.set("validUntil", &facts.now.plus_seconds(14 * 86_400).to_string());
    }
    for personality in personalities {
        root.push(entity(personality, facts)?);
    }
    if facts.is_signed == Some(true) {
        let id = super::personality::IdShape::Hex("_").make(random);
        seal(&mut root, &id, facts)?;
    }
    Ok(root.document(style()).into_bytes())
}

const fn style() -> Style {
    Style { prolog: r#"<?xml version="1.0" encoding="UTF-8"?>"#, is_spaced: false }
}

fn seal(root: &mut Element, id: &str, facts: &MetadataFacts<'_>) -> Result<(), MintError> {
    root.set("ID", id);
    let signing = Signing {
        key: facts.signed_by.or(facts.keys.first()).unwrap_or(&keys::IDP_RSA),
        method: method::RSA_SHA256,
        digest: Digest::Sha256,
        canonicalization: c14n::Method::Exclusive,
        prefix_list: None,
        key_info: KeyInfo::Certificate,
        prefix: "ds",
        wraps_base64: false,
    };
    sign(root, id, &signing)
}

/// One `EntityDescriptor`, unsigned.
///
/// # Errors
/// When a key's certificate cannot be read.
pub fn entity(personality: &Personality, facts: &MetadataFacts<'_>) -> Result<Element, MintError> {
    let habit = &personality.metadata;
    // Microsoft writes metadata in the default namespace, as it does assertions.
    let prefix = if personality.dialect.assertion.is_empty() { "" } else { "md" };
    let name = |local: &str| Element::new(qualified(prefix, local));
    let addresses = facts.addresses.unwrap_or(personality.addresses);
    let built_in: &[TestKey] =
        if habit.lists_next_key { &[keys::IDP_RSA, keys::IDP_RSA_NEXT] } else { &[keys::IDP_RSA] };
    let signing = if facts.keys.is_empty() { built_in } else { facts.keys };
    let mut descriptors = Vec::new();
    for key in signing {
        descriptors.push(key_descriptor(&name("KeyDescriptor"), key, habit.states_use, personality)?);
    }
    let valid_until = habit.valid_days.map(|days| facts.now.plus_seconds(days * 86_400).to_string());
    let mut root = name("EntityDescriptor")
        .attribute(&declaration(prefix), uri::METADATA)
        .attribute("entityID", addresses.entity_id)
        .optional("validUntil", valid_until.as_deref());
    if habit.has_ws_federation {
        root.push(ws_federation(&name("RoleDescriptor"), &descriptors, addresses.sso_url));
    }
    let wants = if habit.wants_signed_requests { "true" } else { "false" };
    let mut role = name("IDPSSODescriptor")
        .attribute("WantAuthnRequestsSigned", wants)
        .attribute("protocolSupportEnumeration", uri::PROTOCOL);
    if !habit.scopes.is_empty() {
        role.push(name("Extensions").children(habit.scopes.iter().map(|scope| {
            Element::new("shibmd:Scope")
                .attribute("xmlns:shibmd", uri::SHIBMD)
                .attribute("regexp", "false")
                .text(*scope)
        })));
    }
    let endpoint = |local: &str, binding: &str, location: &str| {
        name(local).attribute("Binding", binding).attribute("Location", location)
    };
    // Shibboleth has an endpoint per binding, named by it (§11).
    let post = |location: &str| location.replace("/Redirect/", "/POST/");
    let mut logout = Vec::new();
    if let Some(location) = addresses.slo_url {
        logout.push(endpoint("SingleLogoutService", uri::BINDING_REDIRECT, location));
        if !habit.is_logout_redirect_only {
            logout.push(endpoint("SingleLogoutService", uri::BINDING_POST, &post(location)));
        }
    }
    let role = role
        .children(descriptors)
        .children(logout)
        .children(habit.name_id_formats.iter().map(|format| name("NameIDFormat").text(*format)))
        .child(endpoint("SingleSignOnService", uri::BINDING_REDIRECT, addresses.sso_url))
        .child(endpoint("SingleSignOnService", uri::BINDING_POST, &post(addresses.sso_url)))
        .children(habit.attributes.iter().map(|attribute| {
            Element::new("saml:Attribute")
                .attribute("xmlns:saml", uri::ASSERTION)
                .attribute("Name", attribute)
                .attribute("NameFormat", uri::NAME_BASIC)
        }));
    Ok(root.child(role))
}

fn key_descriptor(
    empty: &Element,
    key: &TestKey,
    states_use: bool,
    personality: &Personality,
) -> Result<Element, MintError> {
    let certificate = base64(&key.certificate_der()?, personality.dialect.wraps_base64);
    let info = Element::new("ds:KeyInfo")
        .attribute("xmlns:ds", uri::DSIG)
        .child(Element::new("ds:X509Data").child(Element::new("ds:X509Certificate").text(certificate)));
    Ok(empty.clone().optional("use", states_use.then_some("signing")).child(info))
}

/// The role of a WS-Federation token service, as Entra and AD FS publish it before the one for SAML (§2, §6).
fn ws_federation(empty: &Element, keys: &[Element], location: &str) -> Element {
    const FED: &str = "http://docs.oasis-open.org/wsfed/federation/200706";
    const ADDRESSING: &str = "http://www.w3.org/2005/08/addressing";
    let endpoint = Element::new("fed:PassiveRequestorEndpoint").child(
        Element::new("wsa:EndpointReference")
            .attribute("xmlns:wsa", ADDRESSING)
            .child(Element::new("wsa:Address").text(location)),
    );
    let mut role = empty
        .clone()
        .attribute("xmlns:xsi", uri::XSI)
        .attribute("xmlns:fed", FED)
        .attribute("xsi:type", "fed:SecurityTokenServiceType")
        .attribute("protocolSupportEnumeration", FED)
        .children(keys.iter().cloned());
    role.children.push(Node::Element(endpoint));
    role
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mint::personality::ALL;
    use crate::mint::random::Seeded;
    use crate::policy::Limits;
    use crate::xml;

    fn facts() -> MetadataFacts<'static> {
        MetadataFacts::new(Instant::parse("2026-03-02T10:00:00Z").unwrap())
    }

    #[test]
    fn each_product_publishes_what_the_notes_say() {
        for personality in ALL {
            let bytes = mint_metadata(personality, &facts(), &mut Seeded::new(1)).unwrap();
            let document = xml::parse(&bytes, &Limits::METADATA).unwrap();
            let root = document.root();
            assert_eq!(root.attribute("entityID").unwrap(), personality.addresses.entity_id);
            let signed = root.children().any(|child| child.local() == "Signature");
            assert_eq!(signed, matches!(personality.name, "entra" | "adfs"), "{}", personality.name);
            let role = root.children().find(|child| child.local() == "IDPSSODescriptor").unwrap();
            let keys = role.children().filter(|child| child.local() == "KeyDescriptor").count();
            assert_eq!(keys, if personality.metadata.lists_next_key { 2 } else { 1 });
            let logout = role.children().filter(|child| child.local() == "SingleLogoutService").count();
            let expected = match personality.name {
                "okta" | "google" | "clever" | "jumpcloud" | "classlink" | "rippling" => 0,
                "entra" | "onelogin" => 1,
                _ => 2,
            };
            assert_eq!(logout, expected, "{}", personality.name);
        }
    }

    #[test]
    fn an_aggregate_holds_all_and_is_signed_on_its_root() {
        let all: Vec<_> = ALL.iter().collect();
        let signed = MetadataFacts { is_signed: Some(true), ..facts() };
        let bytes = mint_aggregate(&all, &signed, &mut Seeded::new(1)).unwrap();
        let document = xml::parse(&bytes, &Limits::METADATA).unwrap();
        let children: Vec<_> = document.root().children().map(|child| child.local().to_owned()).collect();
        assert_eq!(children[0], "Signature");
        assert_eq!(children.len(), 1 + ALL.len());
    }
}
