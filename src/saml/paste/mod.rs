//! What people paste into one box when they set an identity provider up: recognised, cleaned and judged at once.
//!
//! Metadata (also as a web page, escaped, quoted, in base64 or damaged on its way), an address of metadata, certificates
//! in any form, the three fields with their labels or without, exports as JSON; and all that people paste by mistake.
//!
//! # Map
//!
//! | file | what |
//! |---|---|
//! | `text` | bytes → text without the damage that clipboards do |
//! | `markup` | metadata and other XML |
//! | `certificate` | certificates and keys anywhere in a text |
//! | `json` | exports |
//! | `fields`, `label` | lines: labels, addresses, names |
//! | `address` | what kind of address it is, and whose |
//! | `problem` | codes and evidence |
//!
//! # Invariants
//!
//! * Pure, bounded, and never a panic: what comes here was not looked at by anybody.
//! * Nothing becomes trusted by being recognised: what is found is a proposal, which a person applies.
//! * A private key is never repeated, in no form and no place.
//! * What is sure is taken, what is doubtful is asked about: of two readings none is picked in silence.
//!
//! To add a form: a reader here, tried in [`recognise`] from the most to the least specific; a mistake: a row in
//! `problem`, its sentence in the texts of every language.

mod address;
mod certificate;
mod fields;
mod json;
mod label;
mod markup;
mod problem;
#[cfg(test)]
mod tests;
mod text;

use serde::Serialize;

pub use problem::{Problem, ProblemCode, Weight};

use crate::instant::Instant;
use crate::policy::Limits;
use crate::trust::TrustedKey;

/// More than this is not looked at: the largest metadata there is, in the longest of its wrappings.
pub const MAX_BYTES: usize = 2 * Limits::METADATA.max_bytes;

/// What was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Nothing that we know.
    Unknown,
    /// Metadata of an identity provider.
    Metadata,
    /// Where metadata is.
    MetadataUrl,
    /// Certificates alone.
    Certificates,
    /// Addresses and names, with certificates or without.
    Fields,
    /// An export.
    Json,
    /// A SAML message.
    Message,
}

/// What it is judged with.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The clock.
    pub now: Instant,
    /// Where we are: addresses that begin so are ours.
    pub public_url: &'a str,
    /// Our own names and addresses towards this identity provider, where they begin otherwise.
    pub own: &'a [String],
    /// Which entity of an aggregate.
    pub entity_id: Option<&'a str>,
    /// Whether RSA keys of fewer than 2048 bits will do.
    pub allows_weak_keys: bool,
}

impl Setting<'_> {
    /// Whether `value` is a name or an address of ours.
    fn is_own(&self, value: &str) -> bool {
        let trimmed = |text: &str| text.trim_end_matches('/').to_ascii_lowercase();
        let (value, base) = (trimmed(value), trimmed(self.public_url));
        let is_below = value.strip_prefix(&base).is_some_and(|rest| rest.starts_with("/saml/"));
        is_below || self.own.iter().any(|own| trimmed(own) == value)
    }
}

/// What was pasted, as far as it can be used.
#[derive(Debug, Clone, Default)]
pub struct Pasted {
    /// The identity provider's entity ID.
    pub entity_id: Option<String>,
    /// Where requests go by the Redirect binding.
    pub sso_redirect_url: Option<String>,
    /// Where requests go by the POST binding.
    pub sso_post_url: Option<String>,
    /// The certificates of the keys that it signs with.
    pub certificates: Vec<TrustedKey>,
    /// Where its metadata is.
    pub metadata_url: Option<String>,
    /// The metadata itself, cut out of what was around it.
    pub metadata: Option<String>,
    /// Whether it wants requests signed.
    pub wants_signed_requests: Option<bool>,
}

impl Pasted {
    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entity_id.is_none()
            && self.sso_redirect_url.is_none()
            && self.sso_post_url.is_none()
            && self.certificates.is_empty()
            && self.metadata_url.is_none()
    }

    fn add_certificates(&mut self, keys: Vec<TrustedKey>) {
        for key in keys {
            if self.certificates.iter().all(|known| known.spki_sha256() != key.spki_sha256()) {
                self.certificates.push(key);
            }
        }
    }
}

/// What became of it.
#[derive(Debug, Clone)]
pub struct Recognised {
    /// What it is.
    pub form: Form,
    /// What can be used of it.
    pub pasted: Pasted,
    /// What is wrong, the most important first.
    pub problems: Vec<Problem>,
}

impl Recognised {
    fn refused(form: Form, problem: Problem) -> Self {
        Self { form, pasted: Pasted::default(), problems: vec![problem] }
    }

    /// Whether it can be taken over as it is.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        !self.pasted.is_empty() && !self.problems.iter().any(Problem::stops)
    }
}

/// Recognises what was pasted.
#[must_use]
pub fn recognise(input: &[u8], setting: &Setting<'_>) -> Recognised {
    let mut recognised = look(input, setting);
    finish(&mut recognised, setting);
    recognised
}

fn look(input: &[u8], setting: &Setting<'_>) -> Recognised {
    if input.len() > MAX_BYTES {
        let found = format!("{} bytes", input.len());
        let wanted = format!("at most {MAX_BYTES} bytes");
        return Recognised::refused(
            Form::Unknown,
            Problem::found(ProblemCode::TooLarge, found).wanting(wanted),
        );
    }
    if let Some(found) = certificate::from_der(input) {
        return certificate::alone(found);
    }
    let text = text::clean(input);
    if text.is_empty() {
        return Recognised::refused(Form::Unknown, Problem::new(ProblemCode::Empty));
    }
    // Before anything else, so that nothing below repeats it as evidence.
    if certificate::has_private_key(&text) {
        return Recognised::refused(Form::Certificates, Problem::new(ProblemCode::PrivateKey));
    }
    let readers: [fn(&str, &Setting<'_>) -> Option<Recognised>; 4] =
        [json::read, markup::read, text::inner, fields::read];
    let found = readers.into_iter().find_map(|read| read(&text, setting));
    found.unwrap_or_else(|| {
        let start: String = text.chars().take(80).collect();
        Recognised::refused(Form::Unknown, Problem::found(ProblemCode::NotRecognised, start))
    })
}

/// What is the same for every form.
fn finish(recognised: &mut Recognised, setting: &Setting<'_>) {
    let Recognised { pasted, problems, .. } = recognised;
    certificate::judge(&pasted.certificates, setting, problems);
    address::judge(pasted, setting, problems);
    let mut seen: Vec<Problem> = Vec::new();
    for problem in problems.drain(..) {
        if !seen.contains(&problem) {
            seen.push(problem);
        }
    }
    seen.sort_by_key(|problem| !problem.stops());
    *problems = seen;
}
