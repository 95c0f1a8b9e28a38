//! Namespaces and identifiers that the minter writes, good ones and bad ones.
//!
//! The receiving side has its own allow-lists in [`crate::algorithms`]; the minter must also be able to write what those
//! refuse, so that a fixture can show the refusal.

/// `saml:` (saml-core 1.2).
pub const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// `samlp:` (saml-core 1.2).
pub const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// `md:` (saml-metadata 1.1).
pub const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// `ds:` (xmldsig 1.3).
pub const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
/// `xenc:` (xmlenc 1.3).
pub const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
/// `xenc11:` (xmlenc 1.1, 1.3).
pub const XENC11: &str = "http://www.w3.org/2009/xmlenc11#";
/// XML Schema datatypes.
pub const XS: &str = "http://www.w3.org/2001/XMLSchema";
/// `xsi:type` and `xsi:nil`.
pub const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// `shibmd:Scope`.
pub const SHIBMD: &str = "urn:mace:shibboleth:metadata:1.0";
/// Status codes share this beginning (saml-core 3.2.2.2).
pub const STATUS: &str = "urn:oasis:names:tc:SAML:2.0:status:";
/// Bearer confirmation (saml-profiles 3.3).
pub const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

/// `NameID` format: an email address.
pub const FORMAT_EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
/// `NameID` format: unspecified.
pub const FORMAT_UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
/// `NameID` format: unspecified, under a version that never had it; `JumpCloud` writes it.
pub const FORMAT_UNSPECIFIED_1_0: &str = "urn:oasis:names:tc:SAML:1.0:nameid-format:unspecified";
/// `NameID` format: persistent.
pub const FORMAT_PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
/// `NameID` format: transient.
pub const FORMAT_TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
/// `NameID` format: an entity, as some write on `Issuer`.
pub const FORMAT_ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";

/// `NameFormat` of attributes: plain names.
pub const NAME_BASIC: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic";
/// `NameFormat` of attributes: URIs.
pub const NAME_URI: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri";
/// `NameFormat` of attributes: unspecified.
pub const NAME_UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified";

/// Authenticated by password over TLS.
pub const CONTEXT_PASSWORD_TLS: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
/// Authenticated by password.
pub const CONTEXT_PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";
/// Authenticated somehow.
pub const CONTEXT_UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified";

/// The Redirect binding (saml-bindings 3.4).
pub const BINDING_REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
/// The POST binding (saml-bindings 3.5).
pub const BINDING_POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
