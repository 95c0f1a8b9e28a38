//! What messages are judged by: refusals, steps, sides, relaxations.

use gatepost_saml::code::{Code, Side, StepName};
use gatepost_saml::policy::Relaxation;

use crate::words::Message as M;

pub fn code_user(code: Code) -> &'static str {
    code.text().user
}

pub fn side(side: Side) -> M {
    M(match side {
        Side::Idp => "the identity provider's administrator",
        Side::Sp => "the administrator of this connection",
        Side::User => "the person who signs in",
        Side::Attacker => "nobody: no honest identity provider sends this",
    })
}

pub fn step(step: StepName) -> M {
    M(match step {
        StepName::Input => "Did a message arrive in the right way?",
        StepName::Size => "Is it small enough to read?",
        StepName::Xml => "Is it plain, unambiguous XML?",
        StepName::Root => "Is it the kind of message that belongs here?",
        StepName::Version => "Is it SAML 2.0?",
        StepName::Destination => "Is it addressed to us?",
        StepName::Issuer => "Does it come from the expected identity provider?",
        StepName::Status => "Does the identity provider report success?",
        StepName::MessageSignature => "Does the message's signature verify?",
        StepName::ResponseSignature => "Does the response's signature verify?",
        StepName::Decryption => "Could we decrypt what is encrypted?",
        StepName::AssertionCount => "Does it carry exactly one assertion?",
        StepName::AssertionSignature => "Does the assertion's signature verify?",
        StepName::Coverage => "Is everything that we read covered by a signature?",
        StepName::AssertionIssuer => "Does the assertion name the same issuer?",
        StepName::Subject => "Does it name a person?",
        StepName::Confirmation => "Was it made for this address, and handed in on time?",
        StepName::InResponseTo => "Does it answer a request of this browser?",
        StepName::ConditionsTime => "Is it valid now?",
        StepName::Audience => "Was it made for us?",
        StepName::ConditionsOther => "Do we know all its other conditions?",
        StepName::AuthnStatement => "Does it say that the person was authenticated?",
        StepName::AuthnContext => "Were they authenticated in the way that was asked for?",
        StepName::SessionEnd => "Is their session at the identity provider still running?",
        StepName::NotOnOrAfter => "Is it still valid?",
        StepName::NameId => "Does it say who is signed out?",
        StepName::SessionIndex => "Does it name their sessions?",
        StepName::Replay => "Is this its first use?",
        StepName::Mapping => "Was everything sent that this connection requires?",
        StepName::MetadataSignature => "Does the metadata's signature verify?",
        StepName::ValidUntil => "Is the metadata still valid?",
        StepName::EntityId => "Is it about the entity that was asked for?",
        StepName::Role => "Does it describe an identity provider for SAML 2.0?",
        StepName::Keys => "Does it have usable signing certificates?",
        StepName::Endpoints => "Does it have usable sign-in addresses?",
    })
}

pub fn relaxation(relaxation: Relaxation) -> M {
    M(match relaxation {
        Relaxation::Unsolicited => "sign-ins that start at the identity provider",
        Relaxation::Sha1 => "SHA-1 in signatures, which is no longer safe",
        Relaxation::Rsa1024 => "RSA keys shorter than 2048 bits",
        Relaxation::InclusiveC14n => "inclusive canonicalization",
        Relaxation::EmptyReferenceUri => "a signature that refers to the whole document",
        Relaxation::Rsa15 => "RSA 1.5 key transport",
        Relaxation::TripleDes => "Triple-DES encryption",
        Relaxation::NoAuthnStatement => "assertions without an authentication statement",
        Relaxation::UnknownInResponseTo => "answers to a request that was never made",
    })
}
