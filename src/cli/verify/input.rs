//! From options to a [`Subject`]: reads the message and the settings of a single judgement.
//!
//! Usage errors that depend on the kind of message are made here, each naming the option. Files that hold settings must
//! be good: a verdict against a setting that could not be read would be worth nothing.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use gatepost_saml::binding::Wire;
use gatepost_saml::key::DecryptionKey;
use gatepost_saml::metadata::{self, Entity, MetadataContext, MetadataTrust};
use gatepost_saml::response::{IdentityProvider, ServiceProvider, Settings};
use gatepost_saml::trace::{MessageKind, Warning};
use gatepost_saml::trust::{self, Trust, TrustedKey};
use gatepost_saml::{Instant, Limits, Policy, Relaxations};

use super::judge::{Question, Subject, Voucher};
use super::options::{KindName, Options, WireName};
use super::{nothing, sniff};
use crate::base::Actor;
use crate::base::id::ConnectionId;
use crate::cli::{Failure, gateway};
use crate::flow;

/// The subject that `options` describe, judged at `now` unless they name another moment.
///
/// # Errors
/// When an option is missing for this kind of message, or something cannot be read.
pub fn subject(options: &Options, now: Instant) -> Result<Subject, Failure> {
    let now = options.now.unwrap_or(now);
    let limits = match options.kind {
        KindName::Auto | KindName::Metadata => limit(options, Limits::METADATA),
        _ => limit(options, Limits::MESSAGE),
    };
    let raw = read_message(options.input.as_deref().unwrap_or(Path::new("-")), &limits)?;
    let (wire, bytes) = raw.unwrapped(options.wire);
    let kind = match options.kind {
        KindName::Auto => sniff::kind(&wire_of(wire, &bytes), limits),
        KindName::Response => MessageKind::Response,
        KindName::LogoutRequest => MessageKind::LogoutRequest,
        KindName::LogoutResponse => MessageKind::LogoutResponse,
        KindName::Metadata => MessageKind::Metadata,
    };
    let mut warnings = Vec::new();
    let question = match kind {
        MessageKind::Metadata => metadata_question(options, now, &mut warnings)?,
        MessageKind::Response => Question::Response {
            settings: Box::new(settings(options, kind, now, &mut warnings)?),
            pending_request: options.in_response_to.clone(),
        },
        MessageKind::LogoutRequest | MessageKind::LogoutResponse => Question::Logout {
            kind,
            settings: Box::new(settings(options, kind, now, &mut warnings)?),
            pending_request: options.in_response_to.clone(),
        },
    };
    Ok(Subject { wire, bytes, now, question, warnings, second_opinion: options.second_opinion })
}

/// The bytes as the engine's input form.
#[must_use]
pub fn wire_of(wire: WireName, bytes: &[u8]) -> Wire<'_> {
    match wire {
        WireName::Xml => Wire::Xml(bytes),
        WireName::Base64 => Wire::Base64(bytes),
        WireName::Form => Wire::Form(bytes),
        WireName::Query => Wire::Query(bytes),
    }
}

/// A message as it was read.
#[derive(Debug)]
pub struct Raw {
    bytes: Vec<u8>,
    /// Whether there was more than the engine would ever look at.
    is_cut: bool,
}

impl Raw {
    /// Reads `from`, but not far beyond the longest wire form that a message within `limits` can have: what is longer
    /// is refused for its size, and need not fill the memory before.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(from: impl Read, limits: &Limits) -> std::io::Result<Self> {
        // Three bytes of percent-encoding for each character of base64, white space between them, and room for a URL.
        let most = limits.max_bytes.saturating_mul(8).saturating_add(1024 * 1024);
        let mut bytes = Vec::new();
        from.take(most as u64).read_to_end(&mut bytes)?;
        let is_cut = bytes.len() == most;
        Ok(Self { bytes, is_cut })
    }

    /// The form of the bytes, unless `wire` says it, and those that count: of a URL its query, and no line end that an
    /// editor put behind a one-line form.
    #[must_use]
    pub fn unwrapped(self, wire: Option<WireName>) -> (WireName, Vec<u8>) {
        let mut bytes = self.bytes;
        let (detected, part) = match Wire::detect(&bytes) {
            Wire::Xml(part) => (WireName::Xml, part),
            Wire::Base64(part) => (WireName::Base64, part),
            Wire::Form(part) => (WireName::Form, part),
            Wire::Query(part) => (WireName::Query, part),
        };
        let is_url =
            bytes.trim_ascii_start().get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"http"));
        match wire {
            // Shortening a cut message could make it one of another size.
            _ if self.is_cut => {}
            None if part.len() < bytes.len() => bytes = part.to_vec(),
            Some(WireName::Query) if is_url => bytes = part.to_vec(),
            Some(WireName::Form | WireName::Query) => {
                while matches!(bytes.last(), Some(b'\r' | b'\n')) {
                    bytes.pop();
                }
            }
            _ => {}
        }
        (wire.unwrap_or(detected), bytes)
    }
}

/// The limits of a kind under `--max-bytes` and `--no-limits`.
#[must_use]
pub fn limit(options: &Options, limits: Limits) -> Limits {
    let limits = options.max_bytes.map_or(limits, |bytes| limits.with_max_bytes(bytes));
    if options.no_limits { limits.lifted() } else { limits }
}

fn settings(
    options: &Options,
    kind: MessageKind,
    now: Instant,
    warnings: &mut Vec<Warning>,
) -> Result<Settings, Failure> {
    let what = if kind == MessageKind::Response { "a response" } else { "a logout message" };
    let needs = |option: &str, why: &str| Failure::new(format!("{what} needs {option}: {why}"));
    let needs_address = || needs("--acs-url", "where it must have been sent to");
    let decryption_keys =
        options.sp_key.iter().map(|path| decryption_key(path)).collect::<Result<Vec<_>, _>>()?;
    let limits = limit(options, Limits::MESSAGE);
    if let Some(id) = options.connection {
        let mut settings = connection(options, id)?;
        if kind != MessageKind::Response && options.acs_url.is_none() {
            return Err(needs_address());
        }
        let sp = &mut settings.sp;
        sp.endpoint = options.acs_url.clone().unwrap_or_else(|| sp.endpoint.clone());
        sp.entity_id = options.sp_entity_id.clone().unwrap_or_else(|| sp.entity_id.clone());
        sp.accepted_audiences.extend(options.audience.iter().cloned());
        sp.decryption_keys.extend(decryption_keys);
        let policy = policy(options, &settings.policy);
        return Ok(Settings { policy, limits, ..settings });
    }
    let idp = identity_provider(options, now, warnings)?.ok_or_else(|| {
        needs(
            "--idp-metadata, or --idp-entity-id with --idp-cert, or --connection",
            "whose signature is to be trusted",
        )
    })?;
    let entity_id = match (&options.sp_entity_id, kind) {
        (Some(id), _) => id.clone(),
        (None, MessageKind::Response) => {
            return Err(needs("--sp-entity-id", "for whom it must have been made"));
        }
        (None, _) => nothing::TEXT.to_owned(),
    };
    let endpoint = options.acs_url.clone().ok_or_else(needs_address)?;
    let accepted_audiences = options.audience.clone();
    let sp = ServiceProvider { entity_id, accepted_audiences, endpoint, decryption_keys };
    Ok(Settings { sp, idp, policy: policy(options, &Policy::default()), limits })
}

/// The settings of a stored connection.
fn connection(options: &Options, id: ConnectionId) -> Result<Settings, Failure> {
    let config = options.gateway.read()?;
    gateway::block_on(async {
        let gateway = gateway::open(&config).await?;
        let found = flow::connection::engine(&gateway, &gateway.ctx(Actor::CommandLine), id).await;
        gateway.close().await;
        found.map_err(|error| Failure::new(format!("--connection {id}: {error}")))
    })
}

/// `base` with what the options say. How long a message may be valid is judged only when they say so.
fn policy(options: &Options, base: &Policy) -> Policy {
    let relaxations: Relaxations = base.relaxations().iter().chain(options.allow.iter().copied()).collect();
    let skew = options.clock_skew.map_or(base.clock_skew_seconds(), i64::from);
    Policy::relaxed(relaxations)
        .with_clock_skew(u32::try_from(skew).unwrap_or_default())
        .with_max_validity(options.max_validity)
}

fn metadata_question(
    options: &Options,
    now: Instant,
    warnings: &mut Vec<Warning>,
) -> Result<Question, Failure> {
    let limits = limit(options, Limits::METADATA);
    if let Some(id) = options.connection {
        let Settings { idp, policy: base, .. } = connection(options, id)?;
        let (entity_id, voucher) = (Some(idp.entity_id), Voucher::Signer(idp.trust));
        return Ok(Question::Metadata { entity_id, voucher, policy: policy(options, &base), limits });
    }
    let trust = if let Some(path) = &options.idp_metadata {
        let signers = read_entity(options, path, now, warnings)?.signing;
        Trust::from_keys(signers)
    } else {
        Trust::from_keys(certificates(&options.idp_cert, warnings)?)
    };
    Ok(Question::Metadata {
        entity_id: options.idp_entity_id.clone(),
        voucher: trust.map_or(Voucher::Caller, Voucher::Signer),
        policy: policy(options, &Policy::default()),
        limits,
    })
}

fn identity_provider(
    options: &Options,
    now: Instant,
    warnings: &mut Vec<Warning>,
) -> Result<Option<IdentityProvider>, Failure> {
    if let Some(path) = &options.idp_metadata {
        let entity = read_entity(options, path, now, warnings)?;
        let trust = Trust::from_keys(entity.signing)
            .ok_or_else(|| Failure::new(format!("{} has no signing certificate", path.display())))?;
        return Ok(Some(IdentityProvider { entity_id: entity.entity_id, trust }));
    }
    let trust = Trust::from_keys(certificates(&options.idp_cert, warnings)?);
    match (&options.idp_entity_id, trust) {
        (Some(entity_id), Some(trust)) => Ok(Some(IdentityProvider { entity_id: entity_id.clone(), trust })),
        (Some(_), None) => Err(Failure::new("--idp-entity-id needs --idp-cert: a certificate that may sign")),
        (None, Some(_)) => {
            Err(Failure::new("--idp-cert needs --idp-entity-id: whom the certificate belongs to"))
        }
        (None, None) => Ok(None),
    }
}

fn read_entity(
    options: &Options,
    path: &Path,
    now: Instant,
    warnings: &mut Vec<Warning>,
) -> Result<Entity, Failure> {
    let bytes = read_file(path)?;
    let judgement = metadata::judge(
        &Wire::Xml(&bytes),
        &MetadataContext {
            now,
            entity_id: options.idp_entity_id.as_deref(),
            trust: MetadataTrust::Unchecked,
            policy: &policy(options, &Policy::default()),
            limits: limit(options, Limits::METADATA),
        },
    );
    let mut entities = judgement.verdict.map_err(|refusal| {
        let text = refusal.code.text();
        Failure::new(format!("--idp-metadata {}: {} ({})", path.display(), text.mend, text.name))
    })?;
    if entities.len() > 1 {
        return Err(Failure::new(format!(
            "--idp-metadata {} holds {} identity providers; say which with --idp-entity-id",
            path.display(),
            entities.len()
        )));
    }
    // That the file itself is not checked goes without saying: whoever calls vouches for it.
    let told =
        judgement.trace.warnings.into_iter().filter(|warning| warning.code != "metadata_signature_unchecked");
    warnings.extend(told);
    entities.pop().ok_or_else(|| Failure::new(format!("--idp-metadata {} names no entity", path.display())))
}

/// The keys in the certificate files `paths`.
///
/// # Errors
/// When one cannot be read or is no acceptable certificate.
pub fn certificates(
    paths: &[impl AsRef<Path>],
    warnings: &mut Vec<Warning>,
) -> Result<Vec<TrustedKey>, Failure> {
    let mut keys = Vec::new();
    for path in paths {
        let path = path.as_ref();
        let read = trust::read_certificate(&read_file(path)?)
            .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
        if read.left_out > 0 {
            warnings.push(Warning {
                code: "certificate_chain".into(),
                text: format!(
                    "The file held {} more certificates; only the first one, the identity provider's own, is trusted.",
                    read.left_out
                )
                .into(),
            });
        }
        keys.push(read.key);
    }
    Ok(keys)
}

/// The private key in the PEM file `path`.
///
/// # Errors
/// When it cannot be read or is no private key.
pub fn decryption_key(path: &Path) -> Result<DecryptionKey, Failure> {
    DecryptionKey::from_pem(&read_file(path)?)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

/// The bytes of the settings file `path`.
///
/// # Errors
/// When it cannot be read.
pub fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))
}

fn read_message(path: &Path, limits: &Limits) -> Result<Raw, Failure> {
    if path == Path::new("-") {
        return Raw::read(std::io::stdin().lock(), limits)
            .map_err(|error| Failure::new(format!("cannot read standard input: {error}")));
    }
    File::open(path)
        .and_then(|file| Raw::read(file, limits))
        .map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use gatepost_saml::binding::Parameter;

    use super::*;

    fn unwrapped(wire: Option<WireName>, bytes: &[u8]) -> (WireName, Vec<u8>) {
        Raw::read(bytes, &Limits::MESSAGE).unwrap().unwrapped(wire)
    }

    #[test]
    fn of_a_url_the_query_counts() {
        let query = (WireName::Query, b"SAMLRequest=a%2Bb&SigAlg=x".to_vec());
        for wire in [None, Some(WireName::Query)] {
            assert_eq!(unwrapped(wire, b"https://sp.example/slo?SAMLRequest=a%2Bb&SigAlg=x#top\n"), query);
            assert_eq!(unwrapped(wire, b"SAMLRequest=a%2Bb&SigAlg=x\r\n"), query);
        }
    }

    #[test]
    fn documents_stay_as_they_are() {
        assert_eq!(unwrapped(Some(WireName::Xml), b"<a/>\n"), (WireName::Xml, b"<a/>\n".to_vec()));
        assert_eq!(unwrapped(None, b"\n<a/>\n"), (WireName::Xml, b"\n<a/>\n".to_vec()));
        assert_eq!(unwrapped(None, b"PGEvPg==\n"), (WireName::Base64, b"PGEvPg==\n".to_vec()));
    }

    #[test]
    fn no_more_is_read_than_can_be_refused_for_its_size() {
        let limits = Limits::MESSAGE.with_max_bytes(1000);
        let raw = Raw::read(std::io::repeat(b'\n').take(64 * 1024 * 1024), &limits).unwrap();
        assert!(raw.is_cut && raw.bytes.len() < 2 * 1024 * 1024);
        let (_, bytes) = raw.unwrapped(Some(WireName::Form));
        let error = wire_of(WireName::Form, &bytes).message(Parameter::Response, &limits).unwrap_err();
        assert_eq!(error.code, gatepost_saml::Code::MessageTooLarge);
    }
}
