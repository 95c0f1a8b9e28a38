//! Responses: drafted from a personality, changed if somebody wants to, then sealed (signed and encrypted).
//!
//! [`mint_response`] does it all. A [`Draft`] is a complete unsigned response; whoever wants a validly signed message
//! with a fault in its content (an expired one, another audience) edits [`Draft::root`] before [`Draft::seal`].

use openssl::x509::X509;

use super::MintError;
use super::encrypt::encrypt;
use super::keys::{self, TestKey};
use super::method::Encryption;
use super::person::Person;
use super::personality::{
    Addresses, Attribute, Dialect, NameId, Personality, SessionIndex, Signs, ValueType,
};
use super::random::Random;
use super::sign::{Signing, base64, declaration, qualified, sign, usual_key};
use super::tree::{Element, Node, Style};
use super::uri;
use crate::algorithms::{Digest, SignatureAlgorithm};
use crate::instant::Instant;
use crate::xml::c14n;

/// What is asked of the identity provider.
#[derive(Debug, Clone)]
pub struct MintRequest<'a> {
    /// Who signs in.
    pub person: &'a Person,
    /// The service provider's entity ID: the audience.
    pub sp_entity_id: &'a str,
    /// Where the response goes: Destination and Recipient.
    pub acs_url: &'a str,
    /// The request that is answered; without one, the personality's habit for unsolicited responses.
    pub in_response_to: Option<&'a str>,
    /// The moment of issue.
    pub now: Instant,
    /// What differs from the personality's habits.
    pub options: MintOptions<'a>,
}

/// What differs from the personality's habits; the default is nothing.
#[derive(Debug, Clone, Default)]
pub struct MintOptions<'a> {
    /// Where the identity provider lives.
    pub addresses: Option<Addresses<'a>>,
    /// What is signed.
    pub signs: Option<Signs>,
    /// Signature algorithm.
    pub signature: Option<SignatureAlgorithm>,
    /// Digest algorithm.
    pub digest: Option<Digest>,
    /// The signing key; without one, the built-in key that fits the algorithm.
    pub key: Option<&'a TestKey>,
    /// Canonicalization; without one, exclusive.
    pub canonicalization: Option<c14n::Method>,
    /// Whether the assertion is encrypted.
    pub encrypts: Option<bool>,
    /// How it is encrypted.
    pub encryption: Option<Encryption>,
    /// The service provider's certificate (PEM) to encrypt to; without one, the built-in one.
    pub encrypt_to: Option<&'a str>,
    /// Another `NameID` than the personality makes of the person.
    pub name_id: Option<NameId>,
    /// Other attributes than the personality makes of the person.
    pub attributes: Option<Vec<Attribute>>,
    /// Another `AuthnContextClassRef`.
    pub authn_context: Option<&'a str>,
    /// A status other than success; there is no assertion then.
    pub status: Option<StatusCode<'a>>,
}

/// An unsuccessful status (saml-core 3.2.2.2). Codes may be given without the common beginning of their names.
#[derive(Debug, Clone, Copy)]
pub struct StatusCode<'a> {
    /// The top-level code, such as `Responder`.
    pub top: &'a str,
    /// The second-level code, such as `NoPassive`.
    pub second: Option<&'a str>,
    /// The message.
    pub message: Option<&'a str>,
}

impl<'a> MintRequest<'a> {
    /// A request for `person` with nothing out of the ordinary.
    #[must_use]
    pub fn new(person: &'a Person, sp_entity_id: &'a str, acs_url: &'a str, now: Instant) -> Self {
        Self { person, sp_entity_id, acs_url, in_response_to: None, now, options: MintOptions::default() }
    }
}

/// A response that is not signed yet.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    /// The response.
    pub root: Element,
    /// Its ID.
    pub response_id: String,
    /// The assertion's ID; none when the status is an error.
    pub assertion_id: Option<String>,
    /// What will be signed.
    pub signs: Signs,
    /// How.
    pub signing: Signing<'a>,
    /// Whether and how the assertion will be encrypted.
    pub encryption: Option<Encryption>,
    /// To which certificate (PEM).
    pub encrypt_to: &'a str,
    /// How it is written.
    pub style: Style,
}

/// A finished response.
#[derive(Debug, Clone)]
pub struct Minted {
    /// The tree, for those who want to change it after it was signed.
    pub root: Element,
    /// How it is written.
    pub style: Style,
    /// The response's ID.
    pub response_id: String,
    /// The assertion's ID.
    pub assertion_id: Option<String>,
}

impl Minted {
    /// The bytes of the message.
    #[must_use]
    pub fn xml(&self) -> Vec<u8> {
        self.root.document(self.style).into_bytes()
    }

    /// The value of the `SAMLResponse` parameter in the POST binding.
    #[must_use]
    pub fn post_value(&self) -> String {
        base64(&self.xml(), false)
    }
}

/// Drafts and seals in one.
///
/// # Errors
/// When a key cannot be used.
pub fn mint_response(
    personality: &Personality,
    request: &MintRequest<'_>,
    random: &mut dyn Random,
) -> Result<Minted, MintError> {
    Draft::new(personality, request, random).seal(random)
}

impl<'a> Draft<'a> {
    /// What `personality` answers to `request`.
    pub fn new(personality: &'a Personality, request: &MintRequest<'a>, random: &mut dyn Random) -> Self {
        let options = &request.options;
        let dialect = &personality.dialect;
        let response_id = personality.ids.make(random);
        let assertion_id = options.status.is_none().then(|| personality.ids.make(random));
        let method = options.signature.unwrap_or(personality.signature);
        let writer = Writer {
            personality,
            dialect,
            request,
            entity_id: options.addresses.unwrap_or(personality.addresses).entity_id,
            in_response_to: request.in_response_to.or(personality.unsolicited.dummy_in_response_to),
        };
        let mut root = writer.response(&response_id);
        if let Some(assertion_id) = &assertion_id {
            root.push(writer.assertion(assertion_id, random));
        }
        if dialect.is_indented {
            root.indent(0);
        }
        let encrypts = options.encrypts.unwrap_or(personality.encrypts || options.encryption.is_some());
        Self {
            root,
            response_id,
            assertion_id,
            signs: options.signs.unwrap_or(personality.signs),
            signing: Signing {
                key: options.key.unwrap_or_else(|| usual_key(method)),
                method,
                digest: options.digest.unwrap_or(personality.digest),
                canonicalization: options.canonicalization.unwrap_or(c14n::Method::Exclusive),
                prefix_list: match options.canonicalization {
                    None | Some(c14n::Method::Exclusive) => personality.prefix_list,
                    Some(_) => None,
                },
                key_info: personality.key_info,
                prefix: dialect.signature,
                wraps_base64: dialect.wraps_base64,
            },
            encryption: encrypts.then_some(options.encryption.unwrap_or(personality.encryption)),
            encrypt_to: options.encrypt_to.unwrap_or(keys::SP_RSA.certificate_pem),
            style: Style { prolog: dialect.prolog, is_spaced: dialect.is_spaced },
        }
    }

    /// Signs the assertion, encrypts it, signs the response: each if it is to be done.
    ///
    /// # Errors
    /// When a key cannot be used.
    pub fn seal(mut self, random: &mut dyn Random) -> Result<Minted, MintError> {
        if let Some(id) = self.assertion_id.clone().filter(|_| self.signs.assertion()) {
            sign(&mut self.root, &id, &self.signing)?;
        }
        if self.assertion_id.is_some() && self.encryption.is_some() {
            self.encrypt_assertion(random)?;
        }
        if self.signs.response() {
            let id = self.response_id.clone();
            sign(&mut self.root, &id, &self.signing)?;
        }
        Ok(Minted {
            root: self.root,
            style: self.style,
            response_id: self.response_id,
            assertion_id: self.assertion_id,
        })
    }

    /// Puts an `EncryptedAssertion` in the place of the assertion.
    ///
    /// # Errors
    /// When there is no assertion, or the certificate cannot be used.
    pub fn encrypt_assertion(&mut self, random: &mut dyn Random) -> Result<(), MintError> {
        let Some(encryption) = self.encryption else { return Ok(()) };
        let to = X509::from_pem(self.encrypt_to.as_bytes())?.public_key()?;
        let at = self.root.position("Assertion").ok_or(MintError::Shape("an assertion"))?;
        let mut assertion = self.root.take("Assertion").ok_or(MintError::Shape("an assertion"))?;
        // What the root declared for it must go with it: the plaintext is a document of its own.
        let prefix = assertion.name.split_once(':').map_or("", |(prefix, _)| prefix).to_owned();
        let declared = declaration(&prefix);
        if assertion.get(&declared).is_none() {
            assertion.attributes.insert(0, (declared.clone(), uri::ASSERTION.to_owned()));
        }
        let wrapper =
            Element::new(qualified(&prefix, "EncryptedAssertion")).attribute(&declared, uri::ASSERTION);
        let plain = assertion.document(Style { prolog: "", ..self.style });
        let encrypted = encrypt(plain.as_bytes(), wrapper, encryption, &to, random)?;
        self.root.insert(at, Node::Element(encrypted));
        Ok(())
    }
}

/// Builds the parts of one response.
struct Writer<'w, 'a> {
    personality: &'w Personality,
    dialect: &'w Dialect,
    request: &'w MintRequest<'a>,
    entity_id: &'w str,
    in_response_to: Option<&'w str>,
}

impl Writer<'_, '_> {
    fn protocol(&self, local: &str) -> Element {
        Element::new(qualified(self.dialect.protocol, local))
    }

    fn saml(&self, local: &str) -> Element {
        Element::new(qualified(self.dialect.assertion, local))
    }

    fn issuer(&self) -> Element {
        self.saml("Issuer").optional("Format", self.personality.issuer_format).text(self.entity_id)
    }

    fn response(&self, id: &str) -> Element {
        let dialect = self.dialect;
        let mut root = self.protocol("Response").attribute(&declaration(dialect.protocol), uri::PROTOCOL);
        if dialect.is_hoisted {
            root.set(&declaration(dialect.assertion), uri::ASSERTION);
        }
        if matches!(self.personality.value_type, ValueType::XsOnRoot(_)) {
            root.set("xmlns:xs", uri::XS);
        }
        if self.personality.has_destination {
            root.set("Destination", self.request.acs_url);
        }
        let mut issuer = self.issuer();
        if !dialect.is_hoisted {
            issuer.attributes.insert(0, (declaration(dialect.assertion), uri::ASSERTION.to_owned()));
        }
        root.attribute("ID", id)
            .optional("InResponseTo", self.in_response_to)
            .attribute("IssueInstant", &self.request.now.to_string())
            .attribute("Version", "2.0")
            .optional("Consent", self.personality.consent)
            .child(issuer)
            .child(self.status())
    }

    fn status(&self) -> Element {
        let full = |code: &str| {
            if code.contains(':') { code.to_owned() } else { format!("{}{code}", uri::STATUS) }
        };
        let code = |value: &str| self.protocol("StatusCode").attribute("Value", &full(value));
        let status = self.protocol("Status");
        let Some(error) = self.request.options.status else { return status.child(code("Success")) };
        let mut top = code(error.top);
        if let Some(second) = error.second {
            top.push(code(second));
        }
        let message = error.message.map(|message| self.protocol("StatusMessage").text(message));
        status.child(top).children(message)
    }

    fn assertion(&self, id: &str, random: &mut dyn Random) -> Element {
        let mut assertion =
            self.saml("Assertion").attribute(&declaration(self.dialect.assertion), uri::ASSERTION);
        if matches!(self.personality.value_type, ValueType::XsOnRoot(_) | ValueType::XsOnAssertion(_)) {
            assertion.set("xmlns:xs", uri::XS);
        }
        if matches!(self.personality.value_type, ValueType::XsOnAssertion(_)) {
            assertion.set("xmlns:xsi", uri::XSI);
        }
        let assertion = assertion
            .attribute("ID", id)
            .attribute("IssueInstant", &self.request.now.to_string())
            .attribute("Version", "2.0")
            .child(self.issuer())
            .child(self.subject(random))
            .child(self.conditions());
        let attributes = self.attribute_statement(random);
        let Some(habit) = self.personality.authn else { return assertion.children(attributes) };
        let authn = self.authn_statement(id, random);
        if habit.is_last {
            assertion.children(attributes).child(authn)
        } else {
            assertion.child(authn).children(attributes)
        }
    }

    fn subject(&self, random: &mut dyn Random) -> Element {
        let name_id = match &self.request.options.name_id {
            Some(name_id) => name_id.clone(),
            None => self.personality.name_id(self.request.person, random),
        };
        let qualifiers = name_id.is_qualified.then_some((self.entity_id, self.request.sp_entity_id));
        let name_id = self
            .saml("NameID")
            .optional("Format", name_id.format.as_deref())
            .optional("NameQualifier", qualifiers.map(|(idp, _)| idp))
            .optional("SPNameQualifier", qualifiers.map(|(_, sp)| sp))
            .text(name_id.value);
        let data = self
            .saml("SubjectConfirmationData")
            .optional("InResponseTo", self.in_response_to)
            .attribute("NotOnOrAfter", &self.after(self.personality.windows.confirmation_end))
            .attribute("Recipient", self.request.acs_url);
        self.saml("Subject")
            .child(name_id)
            .child(self.saml("SubjectConfirmation").attribute("Method", uri::BEARER).child(data))
    }

    fn conditions(&self) -> Element {
        let windows = self.personality.windows;
        let audience = self.saml("Audience").text(self.request.sp_entity_id);
        self.saml("Conditions")
            .attribute("NotBefore", &self.after(windows.not_before))
            .attribute("NotOnOrAfter", &self.after(windows.conditions_end))
            .child(self.saml("AudienceRestriction").child(audience))
    }

    fn authn_statement(&self, id: &str, random: &mut dyn Random) -> Element {
        let Some(habit) = self.personality.authn else { return self.saml("AuthnStatement") };
        let index = match habit.session_index {
            SessionIndex::Absent => None,
            SessionIndex::AssertionId => Some(id.to_owned()),
            SessionIndex::Random => Some(self.personality.ids.make(random)),
        };
        let windows = self.personality.windows;
        let context = self.request.options.authn_context.unwrap_or(habit.context);
        let authority =
            habit.names_authority.then(|| self.saml("AuthenticatingAuthority").text(self.entity_id));
        self.saml("AuthnStatement")
            .attribute("AuthnInstant", &self.after(windows.authn_instant))
            .optional("SessionIndex", index.as_deref())
            .optional("SessionNotOnOrAfter", windows.session_end.map(|end| self.after(end)).as_deref())
            .child(
                self.saml("AuthnContext")
                    .child(self.saml("AuthnContextClassRef").text(context))
                    .children(authority),
            )
    }

    /// None without attributes: the schema wants at least one (saml-core 2.7.3).
    fn attribute_statement(&self, random: &mut dyn Random) -> Option<Element> {
        let attributes = match &self.request.options.attributes {
            Some(attributes) => attributes.clone(),
            None => self.personality.attributes(self.request.person, random),
        };
        let mut statement = self.saml("AttributeStatement");
        for attribute in &attributes {
            let element = self
                .saml("Attribute")
                .attribute("Name", &attribute.name)
                .optional("NameFormat", attribute.name_format.as_deref())
                .optional("FriendlyName", attribute.friendly_name.as_deref());
            let values = attribute.values.iter().map(|value| self.value(value));
            if self.personality.repeats_attributes && attribute.values.len() > 1 {
                values.for_each(|value| statement.push(element.clone().child(value)));
            } else {
                statement.push(element.children(values));
            }
        }
        (!attributes.is_empty()).then_some(statement)
    }

    fn value(&self, text: &str) -> Element {
        let value = self.saml("AttributeValue");
        match self.personality.value_type {
            ValueType::Untyped => value,
            ValueType::XsOnRoot(name) | ValueType::XsOnAssertion(name) => {
                value.attribute("xmlns:xsi", uri::XSI).attribute("xsi:type", name)
            }
            ValueType::XsOnValue(name) => value
                .attribute("xmlns:xs", uri::XS)
                .attribute("xmlns:xsi", uri::XSI)
                .attribute("xsi:type", name),
        }
        .text(text)
    }

    fn after(&self, seconds: i64) -> String {
        self.request.now.plus_seconds(seconds).to_string()
    }
}

#[cfg(test)]
#[path = "response_tests.rs"]
mod tests;
