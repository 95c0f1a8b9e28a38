//! One case of a suite: its inputs, and those of the cases before it, become [`Subject`]s and are judged.
//!
//! A setting that a response or logout case leaves out becomes one that matches nothing ([`nothing`]): the case is
//! judged and refused, it is no usage error. So does a certificate or key that cannot be used, with a warning.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use gatepost_saml::key::DecryptionKey;
use gatepost_saml::response::{IdentityProvider, ServiceProvider, Settings};
use gatepost_saml::trace::{MessageKind, Warning};
use gatepost_saml::trust::{self, Trust};
use gatepost_saml::{Instant, Limits, Policy, Relaxations};

use super::manifest::{CaseInputs, Manifest, Need, OneOrMany};
use crate::cli::Failure;
use crate::cli::verify::input::{Raw, limit, read_file, wire_of};
use crate::cli::verify::judge::{Memory, Question, Subject, Voucher, judge};
use crate::cli::verify::options::{Options, WireName};
use crate::cli::verify::report::Report;
use crate::cli::verify::{nothing, sniff};

/// Clock skew of a case that does not say its own, in seconds.
const CLOCK_SKEW: u32 = 60;

/// A case, ready to be judged.
#[derive(Debug)]
pub struct Case {
    own: Typed,
    before: Vec<Typed>,
}

/// The inputs of a case with their words understood.
#[derive(Debug)]
struct Typed {
    inputs: CaseInputs,
    wire: Option<WireName>,
    kind: Option<MessageKind>,
    now: Instant,
}

/// How the judgement of a case ended.
#[derive(Debug)]
pub enum Answer {
    /// With a verdict.
    Report(Box<Report>),
    /// Its file is not there; a report that says so.
    Absent(Box<Report>),
    /// A file of its settings cannot be read.
    Unreadable(Failure),
    /// The engine panicked.
    Panicked,
}

impl Case {
    /// The case at `index`, and those that it says come before it.
    ///
    /// # Errors
    /// When a field is not as the contract says, or `after` names a case that is not there.
    pub fn read(manifest: &Manifest, index: usize, machine_now: Instant) -> Result<Self, Failure> {
        let typed = |index| Typed::read(manifest, index, machine_now);
        let own = typed(index)?;
        let find = |id: &String| {
            let label = manifest.label(index);
            let missing =
                || Failure::new(format!("{label} comes after {id}, which the manifest does not have"));
            manifest.find(id).ok_or_else(missing).and_then(typed)
        };
        let before = own.inputs.after.iter().map(find).collect::<Result<_, _>>()?;
        Ok(Self { own, before })
    }

    /// Judges the case, after those before it, against one memory of its own.
    #[must_use]
    pub fn judge(&self, options: &Options, folder: &Path) -> Answer {
        let judged = catch_unwind(AssertUnwindSafe(|| {
            let mut memory = Memory::default();
            for typed in &self.before {
                match typed.subject(options, folder)? {
                    Some(subject) => drop(judge(&subject, &mut memory)),
                    None => return Ok(Answer::Absent(Box::new(self.own.missing()))),
                }
            }
            Ok(match self.own.subject(options, folder)? {
                Some(subject) => Answer::Report(Box::new(judge(&subject, &mut memory))),
                None => Answer::Absent(Box::new(self.own.missing())),
            })
        }));
        match judged {
            Ok(Ok(answer)) => answer,
            Ok(Err(failure)) => Answer::Unreadable(failure),
            Err(_) => Answer::Panicked,
        }
    }
}

impl Typed {
    fn read(manifest: &Manifest, index: usize, machine_now: Instant) -> Result<Self, Failure> {
        let inputs = manifest.inputs(index)?;
        let unknown = |field: &str, value: &str| {
            Failure::new(format!("{}: {field} {value:?} is not known", manifest.label(index)))
        };
        let wire = match (inputs.wire.as_deref(), inputs.binding.as_deref()) {
            (Some("xml"), _) => Some(WireName::Xml),
            (Some("base64"), _) => Some(WireName::Base64),
            (Some("form"), _) => Some(WireName::Form),
            (Some("query"), _) | (None, Some("redirect")) => Some(WireName::Query),
            (Some(other), _) => return Err(unknown("wire", other)),
            (None, _) => None,
        };
        let kind = match inputs.kind.as_deref() {
            Some("response") => Some(MessageKind::Response),
            Some("logout_request") => Some(MessageKind::LogoutRequest),
            Some("logout_response") => Some(MessageKind::LogoutResponse),
            Some("metadata") => Some(MessageKind::Metadata),
            Some(other) => return Err(unknown("kind", other)),
            None => None,
        };
        let now = match inputs.now.as_deref() {
            Some(text) => Instant::parse(text).map_err(|_| unknown("now", text))?,
            None => machine_now,
        };
        Ok(Self { inputs, wire, kind, now })
    }

    fn missing(&self) -> Report {
        Report::missing(self.kind.unwrap_or(MessageKind::Response))
    }

    /// What is judged; `None` when the message's file is not there.
    fn subject(&self, options: &Options, folder: &Path) -> Result<Option<Subject>, Failure> {
        let path = folder.join(&self.inputs.file);
        let limits = match self.kind {
            None | Some(MessageKind::Metadata) => limit(options, Limits::METADATA),
            Some(_) => limit(options, Limits::MESSAGE),
        };
        let raw = match File::open(&path).and_then(|file| Raw::read(file, &limits)) {
            Ok(raw) => raw,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Failure::new(format!("cannot read {}: {error}", path.display()))),
        };
        let (wire, bytes) = raw.unwrapped(self.wire);
        let kind = self.kind.unwrap_or_else(|| sniff::kind(&wire_of(wire, &bytes), limits));
        let mut warnings = Vec::new();
        let trust = self.trust(folder, &mut warnings)?;
        let pending_request = self.inputs.in_response_to.clone();
        let question = match kind {
            MessageKind::Metadata => Question::Metadata {
                entity_id: self.inputs.idp_entity_id.clone(),
                voucher: trust.map_or(Voucher::Caller, Voucher::SignerIfAny),
                policy: self.policy(options),
                limits: limit(options, Limits::METADATA),
            },
            MessageKind::Response => Question::Response {
                settings: Box::new(self.settings(options, folder, trust, &mut warnings)?),
                pending_request,
            },
            MessageKind::LogoutRequest | MessageKind::LogoutResponse => Question::Logout {
                kind,
                settings: Box::new(self.settings(options, folder, trust, &mut warnings)?),
                pending_request,
            },
        };
        Ok(Some(Subject {
            wire,
            bytes,
            now: self.now,
            question,
            warnings,
            second_opinion: options.second_opinion,
        }))
    }

    fn settings(
        &self,
        options: &Options,
        folder: &Path,
        trust: Option<Trust>,
        warnings: &mut Vec<Warning>,
    ) -> Result<Settings, Failure> {
        let or_nothing = |value: &Option<String>| value.clone().unwrap_or_else(|| nothing::TEXT.to_owned());
        let mut decryption_keys = Vec::new();
        for (path, bytes) in read_all(folder, &self.inputs.sp_key)? {
            match DecryptionKey::from_pem(&bytes) {
                Ok(key) => decryption_keys.push(key),
                Err(error) => warnings.push(unusable(path, &error)),
            }
        }
        Ok(Settings {
            sp: ServiceProvider {
                entity_id: or_nothing(&self.inputs.sp_entity_id),
                accepted_audiences: Vec::new(),
                endpoint: or_nothing(&self.inputs.acs_url),
                decryption_keys,
            },
            idp: IdentityProvider {
                entity_id: or_nothing(&self.inputs.idp_entity_id),
                trust: trust.map_or_else(nothing::trust, Ok)?,
            },
            policy: self.policy(options),
            limits: limit(options, Limits::MESSAGE),
        })
    }

    fn trust(&self, folder: &Path, warnings: &mut Vec<Warning>) -> Result<Option<Trust>, Failure> {
        let mut keys = Vec::new();
        for (path, bytes) in read_all(folder, &self.inputs.idp_cert)? {
            match trust::read_certificate(&bytes) {
                Ok(read) => keys.push(read.key),
                Err(error) => warnings.push(unusable(path, &error)),
            }
        }
        Ok(Trust::from_keys(keys))
    }

    /// Exactly what the case asks for and is offered; nothing with `--strict`.
    fn policy(&self, options: &Options) -> Policy {
        let relaxations: Relaxations = Need::all(&self.inputs.needs, self.inputs.needs_sha1)
            .filter_map(|need| match need {
                Need::Relaxation(relaxation) if !options.strict => Some(relaxation),
                _ => None,
            })
            .collect();
        let skew = self.inputs.clock_skew_s.or(options.clock_skew).unwrap_or(CLOCK_SKEW);
        Policy::relaxed(relaxations).with_clock_skew(skew).with_max_validity(options.max_validity)
    }
}

fn read_all<'a>(folder: &Path, names: &'a OneOrMany) -> Result<Vec<(&'a Path, Vec<u8>)>, Failure> {
    names.0.iter().map(|name| Ok((name.as_path(), read_file(&folder.join(name))?))).collect()
}

fn unusable(path: &Path, error: &dyn std::fmt::Display) -> Warning {
    Warning {
        code: "setting_unusable".into(),
        text: format!("{} is left out: {error}", path.display()).into(),
    }
}
