//! Metadata: what an identity provider's document may switch on or off.

use gatepost_saml::binding::Wire;
use gatepost_saml::metadata::{Entity, MetadataContext, MetadataTrust, judge};
use gatepost_saml::mint::metadata::{MetadataFacts, entity};
use gatepost_saml::mint::tree::{Element, Style};
use gatepost_saml::{Code, Judgement, Limits, Policy, StepName};

use crate::bench::{now, personality, settings};
use crate::more::signed_metadata;
use crate::naive::all;

fn verdict(root: &Element, trust: MetadataTrust<'_>) -> Judgement<Vec<Entity>> {
    let text = root.document(Style::default());
    let context = MetadataContext {
        now: now(),
        entity_id: None,
        trust,
        policy: &Policy::default(),
        limits: Limits::METADATA,
    };
    judge(&Wire::Xml(text.as_bytes()), &context)
}

fn genuine() -> Element {
    let root = entity(personality(), &MetadataFacts::new(now())).unwrap();
    assert!(verdict(&root, MetadataTrust::Unchecked).verdict.is_ok());
    root
}

#[test]
fn cve_2023_45683_script_as_a_location() {
    for location in ["javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "data:text/html,x"]
    {
        let mut root = genuine();
        for service in ["SingleSignOnService", "SingleSignOnService"] {
            while let Some(found) = root.find_mut("IDPSSODescriptor").unwrap().take(service) {
                drop(found);
            }
        }
        let service = Element::new("md:SingleSignOnService")
            .attribute("Binding", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect")
            .attribute("Location", location);
        root.find_mut("IDPSSODescriptor").unwrap().push(service);
        let refusal = verdict(&root, MetadataTrust::Unchecked).verdict.unwrap_err();
        assert_eq!(
            (refusal.code, refusal.step),
            (Code::MetadataEndpointInvalid, StepName::Endpoints),
            "{location}"
        );
    }
}

#[test]
fn cve_2026_16443_keys_without_use_still_verify() {
    let mut root = genuine();
    let role = root.find_mut("IDPSSODescriptor").unwrap();
    for node in &mut role.children {
        if let gatepost_saml::mint::tree::Node::Element(child) = node {
            child.unset("use");
        }
    }
    assert!(all(&root, "KeyDescriptor").iter().all(|key| key.get("use").is_none()));
    let entities = verdict(&root, MetadataTrust::Unchecked).verdict.unwrap();
    assert!(!entities[0].signing.is_empty(), "they are keys for signing");
    // And a document without any key for signing makes no connection at all.
    let mut root = genuine();
    let role = root.find_mut("IDPSSODescriptor").unwrap();
    role.children.retain(|node| node.element().is_none_or(|child| child.local() != "KeyDescriptor"));
    let refusal = verdict(&root, MetadataTrust::Unchecked).verdict.unwrap_err();
    assert_eq!((refusal.code, refusal.step), (Code::MetadataKeyMissing, StepName::Keys));
}

#[test]
fn cve_2017_16853_signature_of_metadata_is_checked_where_it_counts() {
    let trust = settings().idp.trust;
    let signed = signed_metadata();
    assert!(verdict(&signed, MetadataTrust::Required(&trust)).verdict.is_ok());
    let mut unsigned = signed.clone();
    unsigned.take("Signature");
    let refusal = verdict(&unsigned, MetadataTrust::Required(&trust)).verdict.unwrap_err();
    assert_eq!((refusal.code, refusal.step), (Code::NotSigned, StepName::MetadataSignature));
    let mut changed = signed;
    changed.find_mut("SingleSignOnService").unwrap().set("Location", "https://attacker.example/");
    for trust in [MetadataTrust::Required(&trust), MetadataTrust::IfSigned(&trust)] {
        let refusal = verdict(&changed, trust).verdict.unwrap_err();
        assert_eq!((refusal.code, refusal.step), (Code::DigestMismatch, StepName::MetadataSignature));
    }
}
