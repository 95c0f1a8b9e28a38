//! Valid messages: every personality, signature, cipher and canonicalisation that the minter has; corpora when given.

use std::path::Path;
use std::sync::Arc;

use gatepost_saml::algorithms::{ContentCipher, Digest, KeyTransport};
use gatepost_saml::binding::Wire;
use gatepost_saml::key::DecryptionKey;
use gatepost_saml::mint::method::{self, Encryption};
use gatepost_saml::mint::personality::ALL;
use gatepost_saml::mint::sign::Signing;
use gatepost_saml::mint::tree::{Element, Style};
use gatepost_saml::mint::{Draft, MintRequest, Person, Personality, Seeded, Signs, keys};
use gatepost_saml::response::{Context, IdentityProvider, ServiceProvider, Settings, judge};
use gatepost_saml::trust::{Trust, TrustedKey};
use gatepost_saml::xml::c14n;
use gatepost_saml::{Code, Instant, Limits, Policy, Relaxation, Relaxations, StepName};

use crate::reading::Reading;

const SP: &str = "https://gate.example/saml/conn_1/metadata";
const ACS: &str = "https://gate.example/saml/conn_1/acs";
const REQUEST: &str = "_request";

/// Keys that mint and peers share.
pub(crate) const SIGNERS: [keys::TestKey; 4] =
    [keys::IDP_RSA, keys::IDP_EC_P256, keys::IDP_EC_P384, keys::IDP_EC_P521];

/// Under what a message is judged.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) settings: Settings,
    pub(crate) now: Instant,
    pub(crate) pending: Option<String>,
    /// The same trust for the peers: certificates in DER.
    pub(crate) certificates: Vec<Vec<u8>>,
    /// The decryption keys for the peers: PEM.
    pub(crate) decryption: Vec<Vec<u8>>,
}

/// A valid message.
#[derive(Debug, Clone)]
pub(crate) struct Seed {
    pub(crate) name: String,
    pub(crate) xml: String,
    pub(crate) frame: Arc<Frame>,
    pub(crate) tree: Option<Tree>,
}

/// A minted message before it was put into bytes, for mutations of its tree.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    pub(crate) root: Element,
    pub(crate) style: Style,
    pub(crate) signing: Signing<'static>,
    pub(crate) signs: Signs,
    pub(crate) is_encrypted: bool,
}

/// Our verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepted(Reading),
    Refused(StepName, Code),
}

impl Frame {
    pub(crate) fn judge(&self, xml: &[u8]) -> Verdict {
        let context = Context {
            now: self.now,
            pending_request: self.pending.as_deref(),
            requested_authn_contexts: &[],
            forced_since: None,
            seen: &|_| false,
        };
        match judge(&Wire::Xml(xml), &self.settings, &context).verdict {
            Ok(assertion) => Verdict::Accepted(Reading::from(&assertion)),
            Err(refusal) => Verdict::Refused(refusal.step, refusal.code),
        }
    }
}

/// Everything that is about signatures is relaxed: what is accepted strictly is accepted so too, and more is compared.
fn policy() -> Policy {
    let all = Relaxation::ALL.into_iter();
    let kept = all.filter(|r| !matches!(r, Relaxation::Unsolicited | Relaxation::UnknownInResponseTo));
    Policy::relaxed(kept.collect::<Relaxations>()).with_max_validity(None)
}

fn frame(personality: &Personality) -> Frame {
    let certificates: Vec<_> = SIGNERS.iter().map(|key| key.certificate_der().unwrap()).collect();
    let trusted: Vec<_> =
        certificates.iter().map(|der| TrustedKey::from_certificate_der(der).unwrap()).collect();
    let private = keys::SP_RSA.private_pem.as_bytes();
    Frame {
        settings: Settings {
            sp: ServiceProvider {
                entity_id: SP.to_owned(),
                accepted_audiences: Vec::new(),
                endpoint: ACS.to_owned(),
                decryption_keys: vec![DecryptionKey::from_pem(private).unwrap()],
            },
            idp: IdentityProvider {
                entity_id: personality.addresses.entity_id.to_owned(),
                trust: Trust::from_keys(trusted).unwrap(),
            },
            policy: policy(),
            limits: Limits::MESSAGE,
        },
        now: Instant::parse("2026-03-02T10:00:00Z").unwrap(),
        pending: Some(REQUEST.to_owned()),
        certificates,
        decryption: vec![private.to_vec()],
    }
}

const SIGNATURES: [gatepost_saml::algorithms::SignatureAlgorithm; 10] = [
    method::RSA_SHA256,
    method::RSA_SHA384,
    method::RSA_SHA512,
    method::PSS_SHA256,
    method::PSS_SHA384,
    method::PSS_SHA512,
    method::ECDSA_SHA256,
    method::ECDSA_SHA384,
    method::ECDSA_SHA512,
    method::RSA_SHA1,
];

const FORMS: [c14n::Method; 3] =
    [c14n::Method::Exclusive, c14n::Method::Inclusive10, c14n::Method::Inclusive11];

fn encryptions() -> Vec<Encryption> {
    let ciphers = [
        ContentCipher::Aes128Gcm,
        ContentCipher::Aes192Gcm,
        ContentCipher::Aes256Gcm,
        ContentCipher::Aes128Cbc,
        ContentCipher::Aes192Cbc,
        ContentCipher::Aes256Cbc,
        ContentCipher::TripleDesCbc,
    ];
    let mut list: Vec<_> = ciphers.into_iter().map(Encryption::usual).collect();
    list.push(Encryption::usual(ContentCipher::Aes256Gcm).with_oaep(Digest::Sha256));
    list.push(Encryption::usual(ContentCipher::Aes128Gcm).with_oaep(Digest::Sha512));
    list.push(Encryption { transport: KeyTransport::Rsa15, ..Encryption::usual(ContentCipher::Aes128Cbc) });
    list.push(Encryption {
        placement: method::KeyPlacement::Beside,
        ..Encryption::usual(ContentCipher::Aes128Gcm)
    });
    list
}

/// Every personality × what is signed × (signature × canonicalisation, or cipher).
pub(crate) fn minted() -> Vec<Seed> {
    let people: &'static [Person] = Vec::leak(Person::examples());
    let mut seeds = Vec::new();
    for personality in ALL {
        let frame = Arc::new(frame(personality));
        let mut number = 0;
        for signs in [Signs::Assertion, Signs::Response, Signs::Both] {
            let mut add = |signature, form: c14n::Method, encryption: Option<Encryption>| {
                number += 1;
                // The fourth has no email address, which some personalities name people by.
                let person = &people[number % 3];
                let mut request = MintRequest::new(person, SP, ACS, frame.now);
                request.in_response_to = Some(REQUEST);
                request.options.signs = Some(signs);
                request.options.signature = Some(signature);
                request.options.canonicalization = Some(form);
                request.options.encrypts = Some(encryption.is_some());
                request.options.encryption = encryption;
                let mut random = Seeded::new(number as u64);
                let draft = Draft::new(personality, &request, &mut random);
                let signing = draft.signing;
                let minted = draft.seal(&mut random).unwrap();
                seeds.push(Seed {
                    name: format!(
                        "{} {signs:?} {} {form:?} {}",
                        personality.name,
                        signature.uri().rsplit('#').next().unwrap_or_default(),
                        encryption.map_or("plain", |e| e.cipher.uri().rsplit('#').next().unwrap_or_default()),
                    ),
                    xml: String::from_utf8(minted.xml()).unwrap(),
                    frame: Arc::clone(&frame),
                    tree: Some(Tree {
                        root: minted.root,
                        style: minted.style,
                        signing,
                        signs,
                        is_encrypted: encryption.is_some(),
                    }),
                });
            };
            for signature in SIGNATURES {
                for form in FORMS {
                    add(signature, form, None);
                }
            }
            for encryption in encryptions() {
                add(method::RSA_SHA256, c14n::Method::Exclusive, Some(encryption));
            }
        }
    }
    seeds
}

/// Drafts for others to sign: every personality × signature × canonicalisation, one element signed.
pub(crate) fn templates(seeds: &[Seed]) -> Vec<(Arc<Frame>, Draft<'static>, String)> {
    let people: &'static [Person] = Vec::leak(Person::examples());
    let mut templates = Vec::new();
    for personality in ALL {
        let own = seeds.iter().find(|seed| seed.name.starts_with(personality.name));
        let Some(frame) = own.map(|seed| Arc::clone(&seed.frame)) else { continue };
        for signs in [Signs::Assertion, Signs::Response] {
            for signature in SIGNATURES {
                for form in FORMS {
                    let mut request = MintRequest::new(&people[0], SP, ACS, frame.now);
                    request.in_response_to = Some(REQUEST);
                    request.options.signs = Some(signs);
                    request.options.signature = Some(signature);
                    request.options.canonicalization = Some(form);
                    request.options.encrypts = Some(false);
                    let draft = Draft::new(personality, &request, &mut Seeded::new(11));
                    let uri = signature.uri().rsplit('#').next().unwrap_or_default();
                    let name = format!("{} {signs:?} {uri} {form:?}", personality.name);
                    templates.push((Arc::clone(&frame), draft, name));
                }
            }
        }
    }
    templates
}

fn text<'j>(case: &'j serde_json::Value, key: &str) -> Option<&'j str> {
    case.get(key)?.as_str()
}

fn list<'j>(case: &'j serde_json::Value, key: &str) -> Vec<&'j str> {
    match case.get(key) {
        Some(serde_json::Value::String(one)) => vec![one],
        Some(serde_json::Value::Array(many)) => many.iter().filter_map(serde_json::Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// What a corpus may need and no policy switches.
const ALWAYS_ON: [&str; 5] = ["aes192", "p521", "rsa_pss", "ignore_cert_validity", "non_url_acs"];

/// The responses of a corpus that must be accepted, judged as its manifest says. Those that need what is never offered
/// are left out.
pub(crate) fn corpus(folder: &Path) -> Result<Vec<Seed>, String> {
    let manifest = std::fs::read(folder.join("manifest.json")).map_err(|error| error.to_string())?;
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).map_err(|error| error.to_string())?;
    let cases = manifest.as_array().or_else(|| manifest.get("cases")?.as_array()).ok_or("no cases")?;
    let is_good = |case: &&serde_json::Value| {
        text(case, "kind") == Some("response")
            && text(case, "expect") == Some("accept")
            && case.get("must") == Some(&serde_json::Value::Bool(true))
            && list(case, "needs")
                .into_iter()
                .all(|needs| relaxation(needs).is_some() || ALWAYS_ON.contains(&needs))
            && case.get("stored") != Some(&serde_json::Value::Bool(false))
    };
    Ok(cases.iter().filter(is_good).filter_map(|case| corpus_seed(folder, case)).collect())
}

fn corpus_seed(folder: &Path, case: &serde_json::Value) -> Option<Seed> {
    let raw = std::fs::read(folder.join(text(case, "file")?)).ok()?;
    let xml = match text(case, "wire")? {
        "xml" => raw,
        "base64" => gatepost_saml::encoding::base64(&raw).ok()?,
        _ => return None,
    };
    let read = |names: Vec<&str>| -> Vec<Vec<u8>> {
        names.into_iter().filter_map(|name| std::fs::read(folder.join(name)).ok()).collect()
    };
    let trusted: Vec<_> = read(list(case, "idp_cert"))
        .iter()
        .filter_map(|bytes| Some(gatepost_saml::trust::read_certificate(bytes).ok()?.key))
        .collect();
    let certificates = trusted.iter().map(|key| key.der().to_vec()).collect();
    let decryption = read(list(case, "sp_key"));
    let mut relaxations: Relaxations = list(case, "needs").into_iter().filter_map(relaxation).collect();
    if case.get("needs_sha1").and_then(serde_json::Value::as_bool) == Some(true) {
        relaxations.insert(Relaxation::Sha1);
    }
    let skew = case.get("clock_skew_s").and_then(serde_json::Value::as_u64).unwrap_or(60);
    let skew = u32::try_from(skew).ok()?;
    let frame = Frame {
        settings: Settings {
            sp: ServiceProvider {
                entity_id: text(case, "sp_entity_id")?.to_owned(),
                accepted_audiences: Vec::new(),
                endpoint: text(case, "acs_url")?.to_owned(),
                decryption_keys: decryption
                    .iter()
                    .filter_map(|pem| DecryptionKey::from_pem(pem).ok())
                    .collect(),
            },
            idp: IdentityProvider {
                entity_id: text(case, "idp_entity_id")?.to_owned(),
                trust: Trust::from_keys(trusted)?,
            },
            policy: Policy::relaxed(relaxations).with_clock_skew(skew).with_max_validity(None),
            limits: Limits::MESSAGE,
        },
        now: Instant::parse(text(case, "now")?).ok()?,
        pending: text(case, "in_response_to").map(str::to_owned),
        certificates,
        decryption,
    };
    let xml = String::from_utf8(xml).ok()?;
    // A byte order mark is the wire's; peers that take text do not expect it.
    let xml = xml.trim_start_matches('\u{FEFF}').to_owned();
    Some(Seed { name: text(case, "id")?.to_owned(), xml, frame: Arc::new(frame), tree: None })
}

/// Whether a refusal of a corpus case by this code is one of the engine's documented differences.
pub(crate) fn is_known_difference(case: &str, code: Code) -> bool {
    let rules = serde_json::from_str::<Vec<serde_json::Value>>(include_str!("../../corpus/differences.json"));
    rules.is_ok_and(|rules| {
        rules
            .iter()
            .any(|rule| text(rule, "code") == Some(code.name()) && list(rule, "cases").contains(&case))
    })
}

fn relaxation(needs: &str) -> Option<Relaxation> {
    match needs {
        "rsa_lt_2048" => Some(Relaxation::Rsa1024),
        "authn_statement_optional" => Some(Relaxation::NoAuthnStatement),
        other => Relaxation::from_name(other),
    }
}
