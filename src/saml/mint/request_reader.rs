//! A lenient look at an `AuthnRequest`, for the demo identity provider.
//!
//! Nothing is verified: whoever asks gets a made-up person. A real identity provider must check the issuer, the ACS URL
//! and, if it wants signed requests, the signature.

use super::MintError;
use crate::encoding;
use crate::policy::Limits;
use crate::xml;

/// How the request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestBinding {
    /// HTTP-Redirect: deflated.
    Redirect,
    /// HTTP-POST.
    Post,
}

/// What a request asks for, unverified.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReceivedRequest {
    /// Its ID, for `InResponseTo`.
    pub id: String,
    /// The service provider's entity ID.
    pub issuer: String,
    /// Where the answer should go, if it says so.
    pub acs_url: Option<String>,
    /// The URL that it was meant for.
    pub destination: Option<String>,
    /// The person must authenticate again.
    pub force_authn: bool,
    /// The person must not be asked.
    pub is_passive: bool,
    /// The wanted `NameID` format.
    pub name_id_format: Option<String>,
    /// The wanted authentication contexts.
    pub contexts: Vec<String>,
}

/// Reads the value of a `SAMLRequest` parameter, after form or query decoding.
///
/// # Errors
/// [`MintError::Shape`] when it is not an `AuthnRequest` with an ID and an Issuer.
pub fn read_authn_request(value: &str, binding: RequestBinding) -> Result<ReceivedRequest, MintError> {
    let limits = Limits::MESSAGE;
    let bytes =
        encoding::base64(value.as_bytes()).map_err(|_| MintError::Shape("a SAMLRequest in base64"))?;
    let bytes = match binding {
        RequestBinding::Post => bytes,
        RequestBinding::Redirect => encoding::inflate(&bytes, limits.max_bytes)
            .map_err(|_| MintError::Shape("a deflated SAMLRequest of a reasonable size"))?,
    };
    let document = xml::parse(&bytes, &limits).map_err(|error| MintError::Shape(error.wanted))?;
    let root = document.root();
    if root.local() != "AuthnRequest" {
        return Err(MintError::Shape("an AuthnRequest"));
    }
    let attribute = |name: &str| root.attribute(name).map(std::borrow::Cow::into_owned);
    let is_true = |name: &str| attribute(name).is_some_and(|value| matches!(value.trim(), "true" | "1"));
    let text = |element: xml::Element<'_>| element.text().map(|text| text.trim().to_owned()).ok();
    let issuer = root.children().find(|child| child.local() == "Issuer").and_then(text);
    let policy = root.children().find(|child| child.local() == "NameIDPolicy");
    let wanted = |element: &xml::Element<'_>| element.local() == "AuthnContextClassRef";
    Ok(ReceivedRequest {
        id: attribute("ID").ok_or(MintError::Shape("an ID"))?,
        issuer: issuer.ok_or(MintError::Shape("an Issuer"))?,
        acs_url: attribute("AssertionConsumerServiceURL"),
        destination: attribute("Destination"),
        force_authn: is_true("ForceAuthn"),
        is_passive: is_true("IsPassive"),
        name_id_format: policy
            .and_then(|policy| policy.attribute("Format"))
            .map(std::borrow::Cow::into_owned),
        contexts: root.descendants().filter(wanted).filter_map(text).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &str = r#"<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" Version="2.0" IssueInstant="2026-03-02T10:00:00Z" Destination="https://idp.example/sso" AssertionConsumerServiceURL="https://sp.example/acs" ForceAuthn="1"><saml:Issuer> https://sp.example </saml:Issuer><samlp:RequestedAuthnContext><saml:AuthnContextClassRef>c</saml:AuthnContextClassRef></samlp:RequestedAuthnContext></samlp:AuthnRequest>"#;

    #[test]
    fn reads_both_bindings() {
        let posted =
            read_authn_request(&encoding::to_base64(REQUEST.as_bytes()), RequestBinding::Post).unwrap();
        let deflated = encoding::to_base64(&encoding::deflate(REQUEST.as_bytes()));
        assert_eq!(read_authn_request(&deflated, RequestBinding::Redirect).unwrap(), posted);
        assert_eq!((posted.id.as_str(), posted.issuer.as_str()), ("_1", "https://sp.example"));
        assert_eq!(posted.acs_url.as_deref(), Some("https://sp.example/acs"));
        assert!(posted.force_authn && !posted.is_passive);
        assert_eq!(posted.contexts, ["c"]);
    }

    #[test]
    fn refuses_what_is_no_request() {
        for bad in ["", "!", &encoding::to_base64(b"<a/>"), &encoding::to_base64(b"<AuthnRequest/>")] {
            assert!(read_authn_request(bad, RequestBinding::Post).is_err(), "{bad}");
        }
        let bomb = encoding::to_base64(&encoding::deflate(&vec![b' '; 10_000_000]));
        assert!(read_authn_request(&bomb, RequestBinding::Redirect).is_err());
    }
}
