//! Identity providers in metadata: role, keys, endpoints, scopes (saml-metadata 2.4.3; shibmd).

use crate::code::{Code, StepName};
use crate::encoding;
use crate::instant::Instant;
use crate::message::{Stop, claim, stop};
use crate::trace::{Text, Trace};
use crate::trust::TrustedKey;
use crate::xml::{self, Element, Ns};

/// A place to send messages to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The binding's URI.
    pub binding: String,
    /// An http or https URL.
    pub location: String,
}

/// An identity provider as its metadata describes it.
#[derive(Debug, Clone)]
pub struct Entity {
    /// Its entity ID.
    pub entity_id: String,
    /// Keys that it signs with; never empty.
    pub signing: Vec<TrustedKey>,
    /// Keys that one may encrypt to it with.
    pub encryption: Vec<TrustedKey>,
    /// Where sign-in requests go; at least one, by whatever binding.
    pub sso: Vec<Endpoint>,
    /// Where logout messages go.
    pub slo: Vec<Endpoint>,
    /// NameID formats that it says it offers.
    pub name_id_formats: Vec<String>,
    /// Literal `shibmd:Scope` values; patterns are left out.
    pub scopes: Vec<String>,
    /// Until when the description is valid.
    pub valid_until: Option<Instant>,
    /// For how long at most this description should be used before it is fetched again, in seconds (`cacheDuration`).
    pub cache_seconds: Option<i64>,
    /// `WantAuthnRequestsSigned`.
    pub wants_signed_requests: bool,
}

const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

impl Entity {
    /// The address for sign-in requests by HTTP-Redirect.
    #[must_use]
    pub fn sso_redirect(&self) -> Option<&str> {
        self.sso
            .iter()
            .find(|endpoint| endpoint.binding == REDIRECT)
            .map(|endpoint| endpoint.location.as_str())
    }

    /// The address for sign-in requests by HTTP-POST.
    #[must_use]
    pub fn sso_post(&self) -> Option<&str> {
        self.sso.iter().find(|endpoint| endpoint.binding == POST).map(|endpoint| endpoint.location.as_str())
    }
}

/// A descriptor that is valid now, with what stands around it.
pub(super) struct Candidate<'d> {
    pub(super) descriptor: Element<'d>,
    pub(super) valid_until: Option<Instant>,
    pub(super) cache_seconds: Option<i64>,
}

/// A step's failure on one entity; it decides only when no other entity is good.
struct Problem {
    step: StepName,
    code: Code,
    found: String,
}

/// Reads the identity providers among `candidates` and records the steps `role`, `keys` and `endpoints`.
pub(super) fn read(candidates: &[Candidate<'_>], trace: &mut Trace) -> Result<Vec<Entity>, Stop> {
    let mut entities = Vec::new();
    let mut worst: Option<Problem> = None;
    for candidate in candidates {
        match read_one(candidate, trace) {
            Ok(entity) => entities.push(entity),
            // The problem that came furthest says most.
            Err(problem) if worst.as_ref().is_none_or(|worst| worst.step <= problem.step) => {
                worst = Some(problem);
            }
            Err(_) => {}
        }
    }
    let mut pass_up_to = |limit: Option<StepName>| {
        for step in [StepName::Role, StepName::Keys, StepName::Endpoints] {
            if limit.is_none_or(|limit| step < limit) {
                trace.pass(step, None, None);
            }
        }
    };
    match (entities.is_empty(), worst) {
        (false, _) => {
            pass_up_to(None);
            Ok(entities)
        }
        (true, Some(problem)) => {
            pass_up_to(Some(problem.step));
            stop(trace, problem.step, problem.code, None, Some(problem.found.into()))
        }
        (true, None) => {
            stop(trace, StepName::Role, Code::MetadataRoleMissing, None, Some(Text::Borrowed("none")))
        }
    }
}

fn read_one(candidate: &Candidate<'_>, trace: &mut Trace) -> Result<Entity, Problem> {
    const SAML2: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
    let problem = |step, code, found: String| Problem { step, code, found };
    let descriptor = candidate.descriptor;
    let role = descriptor.children_named(Ns::MD, "IDPSSODescriptor").find(|role| {
        let protocols = role.attribute("protocolSupportEnumeration").unwrap_or_default();
        protocols.split([' ', '\t', '\n', '\r']).any(|protocol| protocol == SAML2)
    });
    let Some(role) = role else {
        let is_sp = descriptor.children_named(Ns::MD, "SPSSODescriptor").next().is_some();
        let found = if is_sp { "a service provider's metadata" } else { "no IDPSSODescriptor for SAML 2.0" };
        return Err(problem(StepName::Role, Code::MetadataRoleMissing, found.to_owned()));
    };
    let keys = keys(role, trace)?;
    let mut refused = None;
    let sso = endpoints(role, "SingleSignOnService", &mut refused);
    if sso.is_empty() {
        return Err(match refused {
            Some(location) => problem(StepName::Endpoints, Code::MetadataEndpointInvalid, location),
            None => problem(StepName::Endpoints, Code::MetadataEndpointMissing, "none".to_owned()),
        });
    }
    if !sso.iter().any(|endpoint| [REDIRECT, POST].contains(&endpoint.binding.as_str())) {
        let text = "No sign-in address takes HTTP-Redirect or HTTP-POST, which are the bindings we speak.";
        trace.add_warning("endpoint_binding_unusable", text);
    }
    let slo = endpoints(role, "SingleLogoutService", &mut refused);
    if let Some(location) = refused {
        trace.add_warning(
            "endpoint_left_out",
            format!("An address that is no http or https URL was left out: {location}."),
        );
    }
    let texts = |local| {
        let elements = role.children_named(Ns::MD, local);
        elements.filter_map(|element| element.text().ok()).map(|text| xml::trim(&text).to_owned()).collect()
    };
    let wants_signed = role.attribute("WantAuthnRequestsSigned").unwrap_or_default();
    Ok(Entity {
        entity_id: descriptor.attribute("entityID").unwrap_or_default().into_owned(),
        signing: keys.signing,
        encryption: keys.encryption,
        sso,
        slo,
        name_id_formats: texts("NameIDFormat"),
        scopes: scopes(descriptor, role),
        valid_until: candidate.valid_until,
        cache_seconds: candidate.cache_seconds,
        wants_signed_requests: matches!(xml::trim(&wants_signed), "true" | "1"),
    })
}

struct Keys {
    signing: Vec<TrustedKey>,
    encryption: Vec<TrustedKey>,
}

fn keys(role: Element<'_>, trace: &mut Trace) -> Result<Keys, Problem> {
    let mut keys = Keys { signing: Vec::new(), encryption: Vec::new() };
    let mut unreadable = None;
    for descriptor in role.children_named(Ns::MD, "KeyDescriptor") {
        let usage = descriptor.attribute("use");
        let is = |name: &str| usage.as_deref().is_none_or(|usage| xml::trim(usage) == name);
        // All certificates of one KeyInfo hold the same key (2.4.1.1, xmldsig 4.5.4); the first stands for it.
        let certificate = descriptor
            .children_named(Ns::DS, "KeyInfo")
            .flat_map(|info| info.children_named(Ns::DS, "X509Data"))
            .flat_map(|data| data.children_named(Ns::DS, "X509Certificate"))
            .next();
        let Some(certificate) = certificate else { continue };
        match read_certificate(certificate) {
            Ok(key) => {
                if is("signing") {
                    keys.signing.push(key.clone());
                }
                if is("encryption") {
                    keys.encryption.push(key);
                }
            }
            Err(found) if is("signing") => unreadable = Some(found),
            Err(_) => {}
        }
    }
    match (keys.signing.is_empty(), unreadable) {
        (true, Some(found)) => Err(Problem { step: StepName::Keys, code: Code::MetadataKeyInvalid, found }),
        (true, None) => {
            let found = "no certificate for signing".to_owned();
            Err(Problem { step: StepName::Keys, code: Code::MetadataKeyMissing, found })
        }
        (false, unreadable) => {
            if let Some(found) = unreadable {
                trace.add_warning("certificate_left_out", format!("A certificate was left out: {found}"));
            }
            Ok(keys)
        }
    }
}

fn read_certificate(element: Element<'_>) -> Result<TrustedKey, String> {
    let text = element.text().map_err(|_| "A certificate with other content in it.".to_owned())?;
    let text = xml::trim(&text);
    // Some exports leave the PEM armour in.
    let body = text
        .strip_prefix("-----BEGIN CERTIFICATE-----")
        .map_or(text, |after| after.split("-----END").next().unwrap_or(after));
    let der = encoding::base64(body.as_bytes()).map_err(|_| "A certificate that is no base64.".to_owned())?;
    TrustedKey::from_certificate_der(&der).map_err(|error| error.to_string())
}

fn endpoints(role: Element<'_>, local: &str, refused: &mut Option<String>) -> Vec<Endpoint> {
    let mut endpoints = Vec::new();
    for element in role.children_named(Ns::MD, local) {
        let binding = element.attribute("Binding").unwrap_or_default().into_owned();
        let location = element.attribute("Location").unwrap_or_default();
        let location = xml::trim(&location);
        if is_web_url(location) {
            endpoints.push(Endpoint { binding, location: location.to_owned() });
        } else {
            *refused = Some(claim(location));
        }
    }
    endpoints
}

/// An http or https URL with a host, in printable ASCII: never `javascript:` or `data:` (CVE-2023-45683).
pub(crate) fn is_web_url(location: &str) -> bool {
    let rest = ["https://", "http://"].iter().find_map(|scheme| {
        location.get(..scheme.len()).filter(|head| head.eq_ignore_ascii_case(scheme))?;
        location.get(scheme.len()..)
    });
    rest.is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'`'))
    })
}

fn scopes(descriptor: Element<'_>, role: Element<'_>) -> Vec<String> {
    [role, descriptor]
        .into_iter()
        .flat_map(|element| element.children_named(Ns::MD, "Extensions"))
        .flat_map(|extensions| extensions.children_named(Ns::SHIBMD, "Scope"))
        .filter(|scope| !matches!(scope.attribute("regexp").as_deref().map(xml::trim), Some("true" | "1")))
        .filter_map(|scope| scope.text().ok())
        .map(|text| xml::trim(&text).to_owned())
        .collect()
}
