//! `samlp:AuthnRequest`s out (saml-core 3.4, saml-bindings 3.4 and 3.5).
//!
//! The defaults suit every identity provider that we know of: an ID that begins with a letter (Entra), no
//! `NameIDPolicy` and no `RequestedAuthnContext` unless asked for (Okta, AD FS, Entra), no `Subject` (Entra).
//! The ID and the time are inputs.

use crate::encoding;
use crate::instant::Instant;
use crate::key::SigningKey;
use crate::signature::sign::{self, Signer};
use crate::trust::KeyError;
use crate::xml::write;

/// How to say where the answer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acs<'a> {
    /// `AssertionConsumerServiceURL`, with the binding HTTP-POST.
    Url(&'a str),
    /// `AssertionConsumerServiceIndex`: an index of our metadata.
    Index(u16),
    /// Nothing: the identity provider's default.
    Absent,
}

/// How a requested authentication context is compared (saml-core 3.3.2.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the values of the attribute Comparison")]
pub enum Comparison {
    Exact,
    Minimum,
    Maximum,
    Better,
}

impl Comparison {
    const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Minimum => "minimum",
            Self::Maximum => "maximum",
            Self::Better => "better",
        }
    }
}

/// A request for an authentication.
#[derive(Debug, Clone, Copy)]
pub struct AuthnRequest<'a> {
    /// Its ID; must begin with a letter or `_`.
    pub id: &'a str,
    /// When it is made.
    pub issue_instant: Instant,
    /// Our entity ID.
    pub issuer: &'a str,
    /// The SSO URL that it goes to; may have a query of its own.
    pub destination: &'a str,
    /// Where the answer goes.
    pub acs: Acs<'a>,
    /// Ask the person again even with a session.
    pub force_authn: bool,
    /// Ask the person nothing.
    pub is_passive: bool,
    /// The NameID format to ask for.
    pub name_id_format: Option<&'a str>,
    /// The authentication contexts to ask for, any of which will do.
    pub authn_contexts: &'a [String],
    /// How these are compared.
    pub comparison: Comparison,
}

/// What an HTTP-POST form carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostForm {
    /// Where the form is posted to: the SSO URL.
    pub action: String,
    /// The value of `SAMLRequest`.
    pub saml_request: String,
    /// The value of `RelayState`.
    pub relay_state: Option<String>,
}

impl<'a> AuthnRequest<'a> {
    /// A request with the defaults: the answer to `acs_url`, nothing else asked for.
    #[must_use]
    pub const fn new(
        id: &'a str,
        issue_instant: Instant,
        issuer: &'a str,
        destination: &'a str,
        acs_url: &'a str,
    ) -> Self {
        Self {
            id,
            issue_instant,
            issuer,
            destination,
            acs: Acs::Url(acs_url),
            force_authn: false,
            is_passive: false,
            name_id_format: None,
            authn_contexts: &[],
            comparison: Comparison::Exact,
        }
    }

    /// The XML, unsigned.
    #[must_use]
    pub fn xml(&self) -> String {
        let [head, tail] = self.parts();
        head + &tail
    }

    /// The XML up to and including Issuer, and the rest: a Signature stands between them (saml-core 3.2.1).
    fn parts(&self) -> [String; 2] {
        let mut head = String::from(
            "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"",
        );
        let mut attribute = |name: &str, value: &str| {
            head.push(' ');
            head.push_str(name);
            head.push_str("=\"");
            write::escape_attribute(value, &mut head);
            head.push('"');
        };
        attribute("ID", self.id);
        attribute("Version", "2.0");
        // Whole seconds: some receivers read no fractions.
        attribute("IssueInstant", &Instant::from_seconds(self.issue_instant.seconds()).to_string());
        attribute("Destination", self.destination);
        if self.force_authn {
            attribute("ForceAuthn", "true");
        }
        if self.is_passive {
            attribute("IsPassive", "true");
        }
        match self.acs {
            Acs::Url(url) => {
                attribute("ProtocolBinding", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST");
                attribute("AssertionConsumerServiceURL", url);
            }
            Acs::Index(index) => attribute("AssertionConsumerServiceIndex", &index.to_string()),
            Acs::Absent => {}
        }
        head.push_str("><saml:Issuer>");
        write::escape_text(self.issuer, &mut head);
        head.push_str("</saml:Issuer>");
        let mut tail = String::new();
        if let Some(format) = self.name_id_format {
            tail.push_str("<samlp:NameIDPolicy AllowCreate=\"true\" Format=\"");
            write::escape_attribute(format, &mut tail);
            tail.push_str("\"></samlp:NameIDPolicy>");
        }
        if !self.authn_contexts.is_empty() {
            tail.push_str("<samlp:RequestedAuthnContext Comparison=\"");
            tail.push_str(self.comparison.name());
            tail.push_str("\">");
            for context in self.authn_contexts {
                tail.push_str("<saml:AuthnContextClassRef>");
                write::escape_text(context, &mut tail);
                tail.push_str("</saml:AuthnContextClassRef>");
            }
            tail.push_str("</samlp:RequestedAuthnContext>");
        }
        tail.push_str("</samlp:AuthnRequest>");
        [head, tail]
    }

    /// The URL to send the browser to (HTTP-Redirect), signed over the query when there is a key.
    ///
    /// # Errors
    /// [`KeyError::UnsupportedKey`] when the key cannot sign.
    pub fn redirect_url(
        &self,
        relay_state: Option<&str>,
        key: Option<&SigningKey>,
    ) -> Result<String, KeyError> {
        let message = encoding::to_base64(&encoding::deflate(self.xml().as_bytes()));
        let mut query = format!("SAMLRequest={}", percent_encode(&message));
        if let Some(relay_state) = relay_state {
            query.push_str("&RelayState=");
            query.push_str(&percent_encode(relay_state));
        }
        if let Some(key) = key {
            let algorithm = key.default_algorithm();
            query.push_str("&SigAlg=");
            query.push_str(&percent_encode(algorithm.uri()));
            let value = key.sign(algorithm, query.as_bytes())?;
            query.push_str("&Signature=");
            query.push_str(&percent_encode(&encoding::to_base64(&value)));
        }
        let url = self.destination.split('#').next().unwrap_or(self.destination);
        let joint = match url.split_once('?') {
            None => "?",
            Some((_, existing)) if existing.is_empty() || existing.ends_with('&') => "",
            Some(_) => "&",
        };
        Ok(format!("{url}{joint}{query}"))
    }

    /// The form to post (HTTP-POST), with an enveloped signature when there is a key.
    ///
    /// # Errors
    /// [`KeyError::UnsupportedKey`] when the key cannot sign.
    pub fn post_form(
        &self,
        relay_state: Option<&str>,
        signer: Option<&Signer<'_>>,
    ) -> Result<PostForm, KeyError> {
        let [head, tail] = self.parts();
        let at = head.len();
        let xml = head + &tail;
        let xml = match signer {
            Some(signer) => sign::sign_enveloped(&xml, self.id, at, signer)?,
            None => xml,
        };
        Ok(PostForm {
            action: self.destination.to_owned(),
            saml_request: encoding::to_base64(xml.as_bytes()),
            relay_state: relay_state.map(str::to_owned),
        })
    }
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3 / 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&encoding::hex(&[byte]).to_ascii_uppercase());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithms::SignatureAlgorithm;
    use crate::binding::{Parameter, Wire};
    use crate::policy::{Limits, Policy};
    use crate::signature;
    use crate::trust::{Trust, TrustedKey};
    use crate::xml::{self, Ns};

    const NOW: Instant = Instant::from_micros(1_772_445_630_123_456);

    fn plain<'a>() -> AuthnRequest<'a> {
        AuthnRequest::new(
            "_r1",
            NOW,
            "https://sp.example/md?a=1&b=2",
            "https://idp.example/sso",
            "https://sp.example/acs",
        )
    }

    /// A key made for this test alone.
    fn key(ec: bool) -> (SigningKey, Vec<u8>, Trust) {
        use openssl::{asn1::Asn1Time, ec, hash::MessageDigest, nid::Nid, pkey::PKey, rsa::Rsa, x509::X509};
        let key = if ec {
            let group = ec::EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
            PKey::from_ec_key(ec::EcKey::generate(&group).unwrap()).unwrap()
        } else {
            PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap()
        };
        let mut certificate = X509::builder().unwrap();
        certificate.set_pubkey(&key).unwrap();
        certificate.set_not_before(&Asn1Time::from_unix(0).unwrap()).unwrap();
        certificate.set_not_after(&Asn1Time::from_unix(4_000_000_000).unwrap()).unwrap();
        certificate.sign(&key, MessageDigest::sha256()).unwrap();
        let der = certificate.build().to_der().unwrap();
        let trusted = TrustedKey::from_certificate_der(&der).unwrap();
        let pem = key.private_key_to_pem_pkcs8().unwrap();
        (SigningKey::from_pem(&pem).unwrap(), der, Trust::new(trusted, []))
    }

    #[test]
    fn says_what_is_asked_and_nothing_else() {
        assert_eq!(
            plain().xml(),
            "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
             xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_r1\" Version=\"2.0\" \
             IssueInstant=\"2026-03-02T10:00:30Z\" Destination=\"https://idp.example/sso\" \
             ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" \
             AssertionConsumerServiceURL=\"https://sp.example/acs\">\
             <saml:Issuer>https://sp.example/md?a=1&amp;b=2</saml:Issuer></samlp:AuthnRequest>"
        );
        let contexts = ["urn:a".to_owned(), "urn:b".to_owned()];
        let full = AuthnRequest {
            acs: Acs::Index(3),
            force_authn: true,
            is_passive: true,
            name_id_format: Some("urn:f"),
            authn_contexts: &contexts,
            comparison: Comparison::Minimum,
            ..plain()
        };
        let text = full.xml();
        let document = xml::parse(text.as_bytes(), &Limits::MESSAGE).unwrap();
        let root = document.root();
        assert_eq!(root.attribute("AssertionConsumerServiceIndex").as_deref(), Some("3"));
        assert_eq!(root.attribute("ForceAuthn").as_deref(), Some("true"));
        assert_eq!(root.attribute("IsPassive").as_deref(), Some("true"));
        assert_eq!(root.attribute("AssertionConsumerServiceURL"), None);
        let policy = root.children_named(Ns::SAMLP, "NameIDPolicy").next().unwrap();
        assert_eq!(policy.attribute("Format").as_deref(), Some("urn:f"));
        let requested = root.children_named(Ns::SAMLP, "RequestedAuthnContext").next().unwrap();
        assert_eq!(requested.attribute("Comparison").as_deref(), Some("minimum"));
        assert_eq!(requested.children().count(), 2);
    }

    #[test]
    fn redirects_and_keeps_the_query_of_the_address() {
        for (address, begins) in [
            ("https://idp.example/sso", "https://idp.example/sso?SAMLRequest="),
            ("https://idp.example/sso?idpid=C1", "https://idp.example/sso?idpid=C1&SAMLRequest="),
            ("https://idp.example/sso?", "https://idp.example/sso?SAMLRequest="),
            ("https://idp.example/sso#x", "https://idp.example/sso?SAMLRequest="),
        ] {
            let request = AuthnRequest { destination: address, ..plain() };
            let url = request.redirect_url(Some("a b+c/ü"), None).unwrap();
            assert!(url.starts_with(begins), "{url}");
            let query =
                url.split_once("SAMLRequest=").map(|(_, rest)| format!("SAMLRequest={rest}")).unwrap();
            let message =
                Wire::Query(query.as_bytes()).message(Parameter::Request, &Limits::MESSAGE).unwrap();
            assert_eq!(message.xml.as_ref(), request.xml().as_bytes());
            assert_eq!(message.relay_state.as_deref(), Some("a b+c/ü"));
            assert_eq!(message.query_signature, None);
        }
    }

    #[test]
    fn what_it_signs_verifies() {
        for ec in [false, true] {
            let (key, der, trust) = key(ec);
            let url = plain().redirect_url(Some("state"), Some(&key)).unwrap();
            let (_, query) = url.split_once('?').unwrap();
            let message =
                Wire::Query(query.as_bytes()).message(Parameter::Request, &Limits::MESSAGE).unwrap();
            let document = xml::parse(&message.xml, &Limits::MESSAGE).unwrap();
            let over_query = message.query_signature.unwrap();
            assert!(SignatureAlgorithm::from_uri(&over_query.algorithm).is_some());
            signature::query::verify(document.root(), &over_query, &trust, &Policy::default()).unwrap();
            let signer = Signer { key: &key, certificate_der: Some(&der) };
            let form = plain().post_form(None, Some(&signer)).unwrap();
            let posted = encoding::base64(form.saml_request.as_bytes()).unwrap();
            let document = xml::parse(&posted, &Limits::MESSAGE).unwrap();
            let verified =
                signature::verify(document.root(), "message", &trust, &Policy::default()).unwrap().unwrap();
            assert_eq!(
                verified.evidence.certificate_sha256.as_deref(),
                Some(&*trust.keys()[0].certificate().sha256)
            );
            let order: Vec<_> = document.root().children().map(|child| child.local()).collect();
            assert_eq!(order, ["Issuer", "Signature"]);
        }
    }
}
