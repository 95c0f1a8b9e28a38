//! One judgement: a [`Subject`] and a [`Memory`] in, a [`Report`] out. The only place of `verify` that calls the engine.
//!
//! A [`Subject`] holds everything that a verdict may depend on and nothing else: no id, no expectation, no clock.

use std::collections::HashSet;

use gatepost_saml::binding::Wire;
use gatepost_saml::logout::{self, Logout};
use gatepost_saml::metadata::{self, Entity, MetadataContext, MetadataTrust};
use gatepost_saml::response::{self, Assertion, Context, NameId, ReplayKey, Settings};
use gatepost_saml::trace::{MessageKind, Warning};
use gatepost_saml::trust::{Trust, TrustedKey};
use gatepost_saml::{Instant, Judgement, Limits, Policy};

use crate::config::SecondOpinion;
use crate::second_opinion::{self, Opinion};

use super::input::wire_of;
use super::options::WireName;
use super::report::{AttributeReading, AttributesMap, EndpointReading, EntityReading, Reading, Report};

/// What is judged, and against what.
pub struct Subject {
    /// How the bytes are wrapped.
    pub wire: WireName,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The moment of judgement.
    pub now: Instant,
    /// The kind with its settings.
    pub question: Question,
    /// What was found while the settings were read; shown with the verdict.
    pub warnings: Vec<Warning>,
    /// What a second engine's opinion on an accepted response counts for.
    pub second_opinion: SecondOpinion,
}

/// The kinds of judgement.
pub enum Question {
    /// A response.
    Response {
        /// The connection.
        settings: Box<Settings>,
        /// The request that waits for it.
        pending_request: Option<String>,
    },
    /// A logout message.
    Logout {
        /// Request or response.
        kind: MessageKind,
        /// The connection.
        settings: Box<Settings>,
        /// The request that waits for it.
        pending_request: Option<String>,
    },
    /// Metadata.
    Metadata {
        /// The entity asked for.
        entity_id: Option<String>,
        /// Who vouches for it.
        voucher: Voucher,
        /// The policy for its signature.
        policy: Policy,
        /// Its limits.
        limits: Limits,
    },
}

/// Who vouches for metadata; the owned form of [`MetadataTrust`].
pub enum Voucher {
    /// Who gave it: its signature is not checked.
    Caller,
    /// A signer, who must have signed it.
    Signer(Trust),
    /// If it is signed, this signer. Manifests name the same signing certificate for every case of an identity
    /// provider, also for its unsigned metadata.
    SignerIfAny(Trust),
}

impl Question {
    /// The kind of message that is expected.
    #[must_use]
    pub const fn kind(&self) -> MessageKind {
        match self {
            Self::Response { .. } => MessageKind::Response,
            Self::Logout { kind, .. } => *kind,
            Self::Metadata { .. } => MessageKind::Metadata,
        }
    }
}

/// Which assertions and logout requests were consumed, per identity provider.
#[derive(Debug, Default)]
pub struct Memory {
    assertions: HashSet<(String, ReplayKey)>,
    requests: HashSet<(String, ReplayKey)>,
}

/// Judges `subject`; an accepted message is remembered, a refused one is not (it must not burn an assertion ID).
#[must_use]
pub fn judge(subject: &Subject, memory: &mut Memory) -> Report {
    let wire = wire_of(subject.wire, &subject.bytes);
    let mut report = match &subject.question {
        Question::Response { settings, pending_request } => {
            let idp = &settings.idp.entity_id;
            let mut judgement = {
                let seen = |key: &ReplayKey| memory.assertions.contains(&(idp.clone(), *key));
                response::judge(&wire, settings, &context(subject, pending_request.as_deref(), &seen))
            };
            second(subject, &wire, settings, &mut judgement);
            if let Ok(assertion) = &judgement.verdict {
                memory.assertions.insert((idp.clone(), assertion.replay_key()));
            }
            answer(judgement, |assertion| (read_assertion(&assertion), None))
        }
        Question::Logout { kind, settings, pending_request } => {
            let idp = &settings.idp.entity_id;
            let judgement = {
                let seen = |key: &ReplayKey| memory.requests.contains(&(idp.clone(), *key));
                let context = context(subject, pending_request.as_deref(), &seen);
                logout::judge(&wire, *kind, settings, &context)
            };
            if let Ok(Logout::Request(request)) = &judgement.verdict {
                memory.requests.insert((idp.clone(), request.replay_key()));
            }
            answer(judgement, |message| (read_logout(&message), None))
        }
        Question::Metadata { entity_id, voucher, policy, limits } => {
            let trust = match voucher {
                Voucher::Caller => MetadataTrust::Unchecked,
                Voucher::Signer(trust) => MetadataTrust::Required(trust),
                Voucher::SignerIfAny(trust) => MetadataTrust::IfSigned(trust),
            };
            let entity_id = entity_id.as_deref();
            let context = MetadataContext { now: subject.now, entity_id, trust, policy, limits: *limits };
            let judgement = metadata::judge(&wire, &context);
            answer(judgement, |entities| {
                (Reading::default(), Some(entities.iter().map(read_entity).collect()))
            })
        }
    };
    report.warnings.extend(subject.warnings.iter().cloned());
    report
}

/// Has the second engine judge what the first one accepted.
fn second(subject: &Subject, wire: &Wire<'_>, settings: &Settings, judgement: &mut Judgement<Assertion>) {
    let Ok(assertion) = &judgement.verdict else { return };
    if subject.second_opinion == SecondOpinion::Off {
        return;
    }
    let question = second_opinion::Question::new(wire, settings, subject.now, (assertion, &judgement.trace));
    let opinion =
        question.map_or(Opinion::CannotJudge("no message"), |question| second_opinion::ask(&question));
    if let Err(refusal) = second_opinion::weigh(subject.second_opinion, &opinion, &mut judgement.trace) {
        judgement.verdict = Err(refusal);
    }
}

fn context<'a>(
    subject: &Subject,
    pending_request: Option<&'a str>,
    seen: &'a dyn Fn(&ReplayKey) -> bool,
) -> Context<'a> {
    Context { now: subject.now, pending_request, requested_authn_contexts: &[], forced_since: None, seen }
}

fn answer<T>(
    judgement: Judgement<T>,
    read: impl FnOnce(T) -> (Reading, Option<Vec<EntityReading>>),
) -> Report {
    match judgement.verdict {
        Ok(message) => {
            let (reading, entities) = read(message);
            Report::accepted(judgement.trace, reading, entities)
        }
        Err(refusal) => Report::refused(judgement.trace, refusal),
    }
}

fn read_assertion(assertion: &Assertion) -> Reading {
    let attributes: Vec<AttributeReading> = assertion
        .attributes()
        .iter()
        .map(|attribute| AttributeReading {
            name: attribute.name.clone(),
            name_format: attribute.name_format.clone(),
            friendly_name: attribute.friendly_name.clone(),
            values: attribute.values.clone(),
        })
        .collect();
    Reading {
        attributes_map: AttributesMap::of(&attributes),
        attributes,
        session_index: assertion.session_index().map(str::to_owned),
        session_not_on_or_after: assertion.session_not_on_or_after().map(|at| at.to_string()),
        authn_instant: assertion.authn_instant().map(|at| at.to_string()),
        authn_context: assertion.authn_context().map(str::to_owned),
        assertion_id: Some(assertion.id().to_owned()),
        in_response_to: assertion.in_response_to().map(str::to_owned),
        ..read_name_id(assertion.name_id())
    }
}

fn read_name_id(name_id: &NameId) -> Reading {
    Reading {
        name_id: Some(name_id.value.clone()),
        name_id_format: name_id.format.clone(),
        name_qualifier: name_id.name_qualifier.clone(),
        sp_name_qualifier: name_id.sp_name_qualifier.clone(),
        ..Reading::default()
    }
}

fn read_logout(message: &Logout) -> Reading {
    match message {
        Logout::Request(request) => Reading {
            session_indexes: Some(request.session_indexes().to_vec()),
            ..read_name_id(request.name_id())
        },
        Logout::Response(response) => {
            Reading { in_response_to: Some(response.in_response_to().to_owned()), ..Reading::default() }
        }
    }
}

fn read_entity(entity: &Entity) -> EntityReading {
    // One certificate under two KeyDescriptors (one per use, say) is one certificate.
    let certificates = |keys: &[TrustedKey]| {
        let mut seen = HashSet::new();
        let sums = keys.iter().map(|key| key.certificate().sha256.clone());
        sums.filter(|sum| seen.insert(sum.clone())).collect()
    };
    let endpoints = |list: &[metadata::Endpoint]| {
        let read = |end: &metadata::Endpoint| EndpointReading {
            binding: end.binding.clone(),
            location: end.location.clone(),
        };
        list.iter().map(read).collect()
    };
    EntityReading {
        entity_id: entity.entity_id.clone(),
        signing_cert_sha256: certificates(&entity.signing),
        encryption_cert_sha256: certificates(&entity.encryption),
        sso: endpoints(&entity.sso),
        slo: endpoints(&entity.slo),
        name_id_formats: entity.name_id_formats.clone(),
        scopes: entity.scopes.clone(),
        valid_until: entity.valid_until.map(|at| at.to_string()),
    }
}
