//! Products that schools and universities run themselves.

use super::{FIVE_MINUTES, MICROSOFT, ON_REQUEST, OPENSAML, PLAIN_METADATA, formatted, oid, plain};
use crate::algorithms::{ContentCipher, Digest};
use crate::mint::method::{self, Encryption};
use crate::mint::personality::{
    Addresses, AuthnHabit, Dialect, IdShape, KeyInfo, MetadataHabit, NameIdHabit, Personality, SessionIndex,
    Signs, Source, ValueType, Windows, uri,
};
use crate::policy::Relaxation;

pub(super) const ADFS: Personality = Personality {
    name: "adfs",
    product: "AD FS",
    addresses: Addresses {
        // §6 C: http.
        entity_id: "http://fs.district.example/adfs/services/trust",
        sso_url: "https://fs.district.example/adfs/ls/",
        slo_url: Some("https://fs.district.example/adfs/ls/"),
    },
    // §6: AssertionOnly.
    signs: Signs::Assertion,
    // §6 K: SHA-256 since 2.0.
    signature: method::RSA_SHA256,
    digest: Digest::Sha256,
    prefix_list: None,
    key_info: KeyInfo::Certificate,
    // §6: encrypts as soon as our metadata publishes a certificate for it; AES-256-CBC [K].
    encrypts: false,
    encryption: Encryption::usual(ContentCipher::Aes256Cbc),
    // §6: none without a rule; our instructions add one for the email address.
    name_id: NameIdHabit { format: Some(uri::FORMAT_EMAIL), source: Source::Email, is_qualified: false },
    // §6.
    attributes: &[
        plain("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", Source::Email),
        plain("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname", Source::FirstName),
        plain("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname", Source::LastName),
        plain("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", Source::PrincipalName),
        plain("http://schemas.xmlsoap.org/claims/Group", Source::Groups),
        plain("http://schemas.microsoft.com/ws/2008/06/identity/claims/role", Source::Role),
    ],
    repeats_attributes: false,
    value_type: ValueType::Untyped,
    // §6: no skew back, a token life of sixty minutes; five for the confirmation [S].
    windows: Windows {
        not_before: 0,
        conditions_end: 3600,
        confirmation_end: 300,
        session_end: None,
        authn_instant: 0,
    },
    authn: Some(AuthnHabit {
        context: uri::CONTEXT_PASSWORD_TLS,
        session_index: SessionIndex::AssertionId,
        is_last: true,
        names_authority: false,
    }),
    // §6: the IdP-initiated page is off since Server 2016.
    unsolicited: ON_REQUEST,
    issuer_format: None,
    has_destination: true,
    consent: Some("urn:oasis:names:tc:SAML:2.0:consent:unspecified"),
    dialect: Dialect { signature: "ds", is_spaced: true, ..MICROSOFT },
    ids: IdShape::Uuid("_"),
    // §0.4.
    has_lower_case_escapes: true,
    // §6 C: signed, with WS-Federation roles; both keys while one rolls over to the other.
    metadata: MetadataHabit {
        is_signed: true,
        has_ws_federation: true,
        lists_next_key: true,
        name_id_formats: &[uri::FORMAT_EMAIL, uri::FORMAT_PERSISTENT, uri::FORMAT_TRANSIENT],
        ..PLAIN_METADATA
    },
    relaxations: &[],
};

pub(super) const SHIBBOLETH: Personality = Personality {
    name: "shibboleth",
    product: "Shibboleth",
    addresses: Addresses {
        // §11.
        entity_id: "https://idp.university.example/idp/shibboleth",
        sso_url: "https://idp.university.example/idp/profile/SAML2/Redirect/SSO",
        slo_url: Some("https://idp.university.example/idp/profile/SAML2/Redirect/SLO"),
    },
    // §11 C: signResponses true, signAssertions false, encryptAssertions true.
    signs: Signs::Response,
    signature: method::RSA_SHA256,
    digest: Digest::Sha256,
    prefix_list: None,
    key_info: KeyInfo::Certificate,
    encrypts: true,
    // §11 K: AES-128-GCM under RSA-OAEP with SHA-1.
    encryption: Encryption::usual(ContentCipher::Aes128Gcm),
    // §11: transient; attributes identify the person.
    name_id: NameIdHabit {
        format: Some(uri::FORMAT_TRANSIENT),
        source: Source::Transient,
        is_qualified: true,
    },
    // §11 C: eduPerson names.
    attributes: &[
        oid("urn:oid:1.3.6.1.4.1.5923.1.1.1.6", "eduPersonPrincipalName", Source::PrincipalName),
        oid("urn:oid:0.9.2342.19200300.100.1.3", "mail", Source::Email),
        oid("urn:oid:2.5.4.42", "givenName", Source::FirstName),
        oid("urn:oid:2.5.4.4", "sn", Source::LastName),
        oid("urn:oid:1.3.6.1.4.1.5923.1.1.1.9", "eduPersonScopedAffiliation", Source::ScopedRole),
    ],
    repeats_attributes: false,
    value_type: ValueType::Untyped,
    // §11 C: assertionLifetime PT5M.
    windows: Windows { not_before: 0, ..FIVE_MINUTES },
    authn: Some(AuthnHabit {
        context: uri::CONTEXT_PASSWORD_TLS,
        session_index: SessionIndex::Random,
        is_last: false,
        names_authority: false,
    }),
    unsolicited: ON_REQUEST,
    issuer_format: None,
    has_destination: true,
    consent: None,
    dialect: OPENSAML,
    ids: IdShape::Hex("_"),
    has_lower_case_escapes: false,
    // §11: scopes, and a validity of 14 days at most when it comes from a federation.
    metadata: MetadataHabit {
        name_id_formats: &[uri::FORMAT_TRANSIENT, uri::FORMAT_PERSISTENT],
        valid_days: Some(14),
        scopes: &["university.example"],
        ..PLAIN_METADATA
    },
    relaxations: &[],
};

pub(super) const KEYCLOAK: Personality = Personality {
    name: "keycloak",
    product: "Keycloak",
    addresses: Addresses {
        // §12 S: everything but the entity ID is one URL.
        entity_id: "https://sso.district.example/realms/district",
        sso_url: "https://sso.district.example/realms/district/protocol/saml",
        slo_url: Some("https://sso.district.example/realms/district/protocol/saml"),
    },
    // §12 K: "Sign documents" on, "Sign assertions" off.
    signs: Signs::Response,
    signature: method::RSA_SHA256,
    digest: Digest::Sha256,
    prefix_list: None,
    // §12: KeyName is KEY_ID by default.
    key_info: KeyInfo::NameAndCertificate,
    // §12: off; AES-128-CBC when on.
    encrypts: false,
    encryption: Encryption::usual(ContentCipher::Aes128Cbc),
    // §12: the user name.
    name_id: NameIdHabit {
        format: Some(uri::FORMAT_UNSPECIFIED),
        source: Source::Username,
        is_qualified: false,
    },
    attributes: &[
        formatted("email", uri::NAME_BASIC, Source::Email),
        formatted("firstName", uri::NAME_BASIC, Source::FirstName),
        formatted("lastName", uri::NAME_BASIC, Source::LastName),
        formatted("groups", uri::NAME_BASIC, Source::Groups),
        // §12 S: roles as an Attribute element each.
        formatted("Role", uri::NAME_BASIC, Source::Constant(&["offline_access", "uma_authorization"])),
    ],
    repeats_attributes: true,
    // §12 S.
    value_type: ValueType::XsOnValue("xs:string"),
    // §0.6 S: two seconds back, fifty-eight ahead.
    windows: Windows {
        not_before: -2,
        conditions_end: 58,
        confirmation_end: 58,
        session_end: Some(36_000),
        authn_instant: 0,
    },
    // §12 K: on by default.
    authn: Some(AuthnHabit {
        context: uri::CONTEXT_UNSPECIFIED,
        session_index: SessionIndex::Random,
        is_last: false,
        names_authority: false,
    }),
    unsolicited: ON_REQUEST,
    issuer_format: None,
    has_destination: true,
    consent: None,
    // §12 S: both prefixes on the root.
    dialect: Dialect {
        protocol: "samlp",
        assertion: "saml",
        signature: "dsig",
        is_hoisted: true,
        prolog: "",
        is_spaced: false,
        is_indented: false,
        wraps_base64: false,
    },
    // §12 S.
    ids: IdShape::Uuid("ID_"),
    has_lower_case_escapes: false,
    // §12: requests should be signed; passive keys stay listed.
    metadata: MetadataHabit {
        wants_signed_requests: true,
        lists_next_key: true,
        name_id_formats: &[
            uri::FORMAT_PERSISTENT,
            uri::FORMAT_TRANSIENT,
            uri::FORMAT_UNSPECIFIED,
            uri::FORMAT_EMAIL,
        ],
        ..PLAIN_METADATA
    },
    // §12 S: some clients send no AuthnStatement.
    relaxations: &[Relaxation::NoAuthnStatement],
};
