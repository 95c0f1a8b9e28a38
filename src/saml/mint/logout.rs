//! `LogoutRequest`s and `LogoutResponse`s of an identity provider, signed in the XML (POST) or over the query (Redirect).

use super::MintError;
use super::keys::TestKey;
use super::person::Person;
use super::personality::{Addresses, NameId, Personality};
use super::random::Random;
use super::response::Minted;
use super::sign::{Signing, declaration, qualified, sign, usual_key};
use super::tree::{Element, Style};
use super::uri;
use crate::algorithms::SignatureAlgorithm;
use crate::encoding::{deflate, hex, to_base64};
use crate::instant::Instant;
use crate::xml::c14n;

/// What a logout message says.
#[derive(Debug, Clone)]
pub struct LogoutFacts<'a> {
    /// Who is signed out.
    pub person: &'a Person,
    /// Another `NameID` than the personality makes of the person; it must be that of the assertion.
    pub name_id: Option<NameId>,
    /// The sessions that end; none: all of them.
    pub session_indexes: &'a [&'a str],
    /// The service provider's entity ID, for a qualified `NameID`.
    pub sp_entity_id: &'a str,
    /// The service provider's SLO URL.
    pub destination: &'a str,
    /// The request that a response answers.
    pub in_response_to: Option<&'a str>,
    /// The status of a response, such as `PartialLogout`; without one, success.
    pub status: Option<&'a str>,
    /// The moment of issue.
    pub now: Instant,
    /// Where the identity provider lives.
    pub addresses: Option<Addresses<'a>>,
    /// The signing key.
    pub key: Option<&'a TestKey>,
    /// The signature algorithm.
    pub signature: Option<SignatureAlgorithm>,
}

impl<'a> LogoutFacts<'a> {
    /// A logout of `person` with nothing out of the ordinary.
    #[must_use]
    pub const fn new(person: &'a Person, sp_entity_id: &'a str, destination: &'a str, now: Instant) -> Self {
        Self {
            person,
            name_id: None,
            session_indexes: &[],
            sp_entity_id,
            destination,
            in_response_to: None,
            status: None,
            now,
            addresses: None,
            key: None,
            signature: None,
        }
    }
}

/// A logout message that is not signed yet.
#[derive(Debug, Clone)]
pub struct LogoutDraft<'a> {
    /// The message.
    pub root: Element,
    /// Its ID.
    pub id: String,
    /// `SAMLRequest` or `SAMLResponse`.
    pub parameter: &'static str,
    /// How it will be signed.
    pub signing: Signing<'a>,
    /// How it is written.
    pub style: Style,
    /// Percent-encoding with lower-case digits.
    pub has_lower_case_escapes: bool,
}

/// A `LogoutRequest` by `personality`. It is valid for five minutes.
pub fn logout_request<'a>(
    personality: &'a Personality,
    facts: &LogoutFacts<'a>,
    random: &mut dyn Random,
) -> LogoutDraft<'a> {
    let dialect = &personality.dialect;
    let mut draft = begin(personality, facts, "LogoutRequest", "SAMLRequest", random);
    draft.root.set("NotOnOrAfter", &facts.now.plus_seconds(300).to_string());
    let saml = |local: &str| {
        Element::new(qualified(dialect.assertion, local))
            .attribute(&declaration(dialect.assertion), uri::ASSERTION)
    };
    let name_id = match &facts.name_id {
        Some(name_id) => name_id.clone(),
        None => personality.name_id(facts.person, random),
    };
    let entity_id = facts.addresses.unwrap_or(personality.addresses).entity_id;
    let qualifiers = name_id.is_qualified.then_some((entity_id, facts.sp_entity_id));
    draft.root.push(
        saml("NameID")
            .optional("Format", name_id.format.as_deref())
            .optional("NameQualifier", qualifiers.map(|(idp, _)| idp))
            .optional("SPNameQualifier", qualifiers.map(|(_, sp)| sp))
            .text(name_id.value),
    );
    for index in facts.session_indexes {
        draft.root.push(Element::new(qualified(dialect.protocol, "SessionIndex")).text(*index));
    }
    draft
}

/// A `LogoutResponse` by `personality`.
pub fn logout_response<'a>(
    personality: &'a Personality,
    facts: &LogoutFacts<'a>,
    random: &mut dyn Random,
) -> LogoutDraft<'a> {
    let dialect = &personality.dialect;
    let mut draft = begin(personality, facts, "LogoutResponse", "SAMLResponse", random);
    if let Some(request) = facts.in_response_to {
        draft.root.set("InResponseTo", request);
    }
    let status = Element::new(qualified(dialect.protocol, "Status"));
    let code = |value: &str| {
        Element::new(qualified(dialect.protocol, "StatusCode"))
            .attribute("Value", &format!("{}{value}", uri::STATUS))
    };
    draft.root.push(match facts.status {
        None => status.child(code("Success")),
        Some(second) => status.child(code("Responder").child(code(second))),
    });
    draft
}

fn begin<'a>(
    personality: &'a Personality,
    facts: &LogoutFacts<'a>,
    local: &str,
    parameter: &'static str,
    random: &mut dyn Random,
) -> LogoutDraft<'a> {
    let dialect = &personality.dialect;
    let id = personality.ids.make(random);
    let entity_id = facts.addresses.unwrap_or(personality.addresses).entity_id;
    let issuer = Element::new(qualified(dialect.assertion, "Issuer"))
        .attribute(&declaration(dialect.assertion), uri::ASSERTION)
        .optional("Format", personality.issuer_format)
        .text(entity_id);
    let root = Element::new(qualified(dialect.protocol, local))
        .attribute(&declaration(dialect.protocol), uri::PROTOCOL)
        .attribute("ID", &id)
        .attribute("Version", "2.0")
        .attribute("IssueInstant", &facts.now.to_string())
        .attribute("Destination", facts.destination)
        .child(issuer);
    let method = facts.signature.unwrap_or(personality.signature);
    LogoutDraft {
        root,
        id,
        parameter,
        signing: Signing {
            key: facts.key.unwrap_or_else(|| usual_key(method)),
            method,
            digest: personality.digest,
            canonicalization: c14n::Method::Exclusive,
            prefix_list: None,
            key_info: personality.key_info,
            prefix: dialect.signature,
            wraps_base64: dialect.wraps_base64,
        },
        style: Style { prolog: dialect.prolog, is_spaced: dialect.is_spaced },
        has_lower_case_escapes: personality.has_lower_case_escapes,
    }
}

impl LogoutDraft<'_> {
    /// The message as it is, without a signature.
    #[must_use]
    pub fn unsigned(self) -> Minted {
        Minted { root: self.root, style: self.style, response_id: self.id, assertion_id: None }
    }

    /// The message with a signature in the XML, for the POST binding.
    ///
    /// # Errors
    /// When the key cannot be used.
    pub fn signed(mut self) -> Result<Minted, MintError> {
        let id = self.id.clone();
        sign(&mut self.root, &id, &self.signing)?;
        Ok(self.unsigned())
    }

    /// The query of the Redirect binding, signed (saml-bindings 3.4.4.1).
    ///
    /// # Errors
    /// When the key cannot be used.
    pub fn redirect(&self, relay_state: Option<&str>) -> Result<String, MintError> {
        let xml = self.root.document(self.style);
        let mut query =
            redirect_query(self.parameter, xml.as_bytes(), relay_state, self.has_lower_case_escapes);
        query.push_str("&SigAlg=");
        escape(self.signing.method.uri(), self.has_lower_case_escapes, &mut query);
        let value = self.signing.key.signing_key()?.sign(self.signing.method, query.as_bytes())?;
        query.push_str("&Signature=");
        escape(&to_base64(&value), self.has_lower_case_escapes, &mut query);
        Ok(query)
    }
}

/// The unsigned query of the Redirect binding.
#[must_use]
pub fn redirect_query(parameter: &str, xml: &[u8], relay_state: Option<&str>, lower_case: bool) -> String {
    let mut query = format!("{parameter}=");
    escape(&to_base64(&deflate(xml)), lower_case, &mut query);
    if let Some(relay_state) = relay_state {
        query.push_str("&RelayState=");
        escape(relay_state, lower_case, &mut query);
    }
    query
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
fn escape(text: &str, lower_case: bool, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => {
                let digits = hex(&[byte]);
                out.push('%');
                out.push_str(&if lower_case { digits } else { digits.to_ascii_uppercase() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use openssl::sign::Verifier;

    use super::*;
    use crate::mint::random::Seeded;

    fn at() -> Instant {
        Instant::parse("2026-03-02T10:00:00Z").unwrap()
    }

    #[test]
    fn a_redirect_signature_covers_the_raw_query_in_the_writers_own_encoding() {
        let people = Person::examples();
        for (name, escaped) in [("adfs", "%2f"), ("keycloak", "%2F")] {
            let personality = Personality::named(name).unwrap();
            let facts = LogoutFacts::new(&people[0], "sp", "https://sp.example/slo", at());
            let query =
                logout_request(personality, &facts, &mut Seeded::new(1)).redirect(Some("a/b")).unwrap();
            let (signed, signature) = query.split_once("&Signature=").unwrap();
            assert!(signed.contains(&format!("&RelayState=a{escaped}b&SigAlg=http%3")), "{query}");
            let mut value = signature.to_owned();
            for (code, plain) in
                [("%2b", "+"), ("%2B", "+"), ("%2f", "/"), ("%2F", "/"), ("%3d", "="), ("%3D", "=")]
            {
                value = value.replace(code, plain);
            }
            let key = crate::mint::keys::IDP_RSA.public_key().unwrap();
            let mut verifier = Verifier::new(openssl::hash::MessageDigest::sha256(), &key).unwrap();
            let value = crate::encoding::base64(value.as_bytes()).unwrap();
            assert!(verifier.verify_oneshot(&value, signed.as_bytes()).unwrap());
        }
    }

    #[test]
    fn a_request_names_person_and_sessions_and_a_response_its_request() {
        let people = Person::examples();
        let personality = Personality::named("canvas").unwrap();
        let facts = LogoutFacts {
            session_indexes: &["_s1", "_s2"],
            in_response_to: Some("_ours"),
            status: Some("PartialLogout"),
            ..LogoutFacts::new(&people[0], "https://sp.example", "https://sp.example/slo", at())
        };
        let request = logout_request(personality, &facts, &mut Seeded::new(1)).signed().unwrap();
        let text = String::from_utf8(request.xml()).unwrap();
        assert!(text.contains("SPNameQualifier=\"https://sp.example\">7d9a4a52"), "{text}");
        assert!(text.contains("<samlp:SessionIndex>_s2</samlp:SessionIndex>"), "{text}");
        let response = logout_response(personality, &facts, &mut Seeded::new(1)).signed().unwrap();
        let text = String::from_utf8(response.xml()).unwrap();
        assert!(text.contains("InResponseTo=\"_ours\"") && text.contains("status:PartialLogout"), "{text}");
    }
}
