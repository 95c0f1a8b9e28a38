//! Products that their vendors run.

use super::{FIVE_MINUTES, MICROSOFT, ON_REQUEST, OPENSAML, PLAIN_METADATA, formatted, plain};
use crate::algorithms::{ContentCipher, Digest};
use crate::mint::method::{self, Encryption};
use crate::mint::personality::{
    Addresses, AuthnHabit, Dialect, IdShape, KeyInfo, MetadataHabit, NameIdHabit, Personality, SessionIndex,
    Signs, Source, Unsolicited, ValueType, Windows, uri,
};
use crate::policy::Relaxation;

pub(super) const OKTA: Personality = Personality {
    name: "okta",
    product: "Okta",
    addresses: Addresses {
        // §1 S: the entity ID is http.
        entity_id: "http://www.okta.com/exkgatepost1example",
        sso_url: "https://district.okta.com/app/district_gatepost_1/exkgatepost1example/sso/saml",
        // §1 S: not in metadata unless enabled.
        slo_url: None,
    },
    // §1 C: responseSigned and assertionSigned, RSA_SHA256.
    signs: Signs::Both,
    signature: method::RSA_SHA256,
    digest: Digest::Sha256,
    // §1 K: OpenSAML lists the prefix of xsi:type values once there are attributes.
    prefix_list: Some("xs"),
    key_info: KeyInfo::Certificate,
    // §1 C: off until a certificate of ours is uploaded; then AES-256.
    encrypts: false,
    encryption: Encryption::usual(ContentCipher::Aes256Cbc),
    // §1 C: unspecified by default.
    name_id: NameIdHabit {
        format: Some(uri::FORMAT_UNSPECIFIED),
        source: Source::Email,
        is_qualified: false,
    },
    // §1: none by default; the names that our instructions ask for.
    attributes: &[
        formatted("id", uri::NAME_UNSPECIFIED, Source::Id),
        formatted("email", uri::NAME_UNSPECIFIED, Source::Email),
        formatted("firstName", uri::NAME_UNSPECIFIED, Source::FirstName),
        formatted("lastName", uri::NAME_UNSPECIFIED, Source::LastName),
        formatted("groups", uri::NAME_UNSPECIFIED, Source::Groups),
    ],
    repeats_attributes: false,
    value_type: ValueType::XsOnRoot("xs:string"),
    // §0.6 S: five minutes each way.
    windows: FIVE_MINUTES,
    authn: Some(AuthnHabit {
        context: uri::CONTEXT_PASSWORD_TLS,
        session_index: SessionIndex::Random,
        is_last: false,
        names_authority: false,
    }),
    // §1: the dashboard's tile always exists; the connection's preset is "restart".
    unsolicited: ON_REQUEST,
    // §1: Issuer has Format entity.
    issuer_format: Some(uri::FORMAT_ENTITY),
    has_destination: true,
    consent: None,
    dialect: OPENSAML,
    // §1 S.
    ids: IdShape::Digits("id"),
    has_lower_case_escapes: false,
    metadata: PLAIN_METADATA,
    relaxations: &[],
};

pub(super) const ENTRA: Personality = Personality {
    name: "entra",
    product: "Microsoft Entra ID",
    addresses: Addresses {
        // §2 S: with the slash.
        entity_id: "https://sts.windows.net/3c1f3b0e-7a55-4d7a-9a55-2f6f1f9d0001/",
        sso_url: "https://login.microsoftonline.com/3c1f3b0e-7a55-4d7a-9a55-2f6f1f9d0001/saml2",
        // §2 S: the same URL.
        slo_url: Some("https://login.microsoftonline.com/3c1f3b0e-7a55-4d7a-9a55-2f6f1f9d0001/saml2"),
    },
    // §2: the assertion by default.
    signs: Signs::Assertion,
    // §2 C: SHA-256 is the default, SHA-1 selectable.
    signature: method::RSA_SHA256,
    digest: Digest::Sha256,
    prefix_list: None,
    key_info: KeyInfo::Certificate,
    // §2 C: only with a licence; AES-256.
    encrypts: false,
    encryption: Encryption::usual(ContentCipher::Aes256Cbc),
    // §2 S: the user principal name, called an email address.
    name_id: NameIdHabit {
        format: Some(uri::FORMAT_EMAIL),
        source: Source::PrincipalName,
        is_qualified: false,
    },
    // §2: default claims, groups as chosen in our instructions; emailaddress is missing without a mailbox.
    attributes: &[
        plain("http://schemas.microsoft.com/identity/claims/tenantid", Source::Tenant),
        plain("http://schemas.microsoft.com/identity/claims/objectidentifier", Source::Id),
        plain("http://schemas.microsoft.com/identity/claims/displayname", Source::FullName),
        plain("http://schemas.microsoft.com/ws/2008/06/identity/claims/groups", Source::Groups),
        plain(
            "http://schemas.microsoft.com/identity/claims/identityprovider",
            Source::Constant(&["https://sts.windows.net/3c1f3b0e-7a55-4d7a-9a55-2f6f1f9d0001/"]),
        ),
        plain(
            "http://schemas.microsoft.com/claims/authnmethodsreferences",
            Source::Constant(&[
                "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password",
            ]),
        ),
        plain("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname", Source::FirstName),
        plain("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname", Source::LastName),
        plain("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", Source::Email),
        plain("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", Source::PrincipalName),
    ],
    repeats_attributes: false,
    value_type: ValueType::Untyped,
    // §0.6 S: five minutes back, sixty ahead, for both.
    windows: Windows {
        not_before: -300,
        conditions_end: 3600,
        confirmation_end: 3600,
        session_end: None,
        authn_instant: -600,
    },
    // §2 S: the statement comes last, the session index is the assertion's ID.
    authn: Some(AuthnHabit {
        context: uri::CONTEXT_PASSWORD,
        session_index: SessionIndex::AssertionId,
        is_last: true,
        names_authority: false,
    }),
    unsolicited: ON_REQUEST,
    issuer_format: None,
    has_destination: true,
    consent: None,
    dialect: MICROSOFT,
    ids: IdShape::Uuid("_"),
    // §0.4: lower-case escapes in redirects.
    has_lower_case_escapes: true,
    // §2: signed, with WS-Federation roles first and several signing keys.
    metadata: MetadataHabit {
        is_signed: true,
        has_ws_federation: true,
        lists_next_key: true,
        name_id_formats: &[],
        is_logout_redirect_only: true,
        ..PLAIN_METADATA
    },
    relaxations: &[],
};

pub(super) const CLEVER: Personality = Personality {
    name: "clever",
    product: "Clever",
    // §3 U: the real shapes show only in Clever's developer dashboard.
    addresses: Addresses {
        entity_id: "https://clever.com/oauth/saml/idp/gatepost-example",
        sso_url: "https://clever.com/oauth/saml/idp/gatepost-example/login",
        // §3 U: none.
        slo_url: None,
    },
    // §3 C: assertions signed, responses not.
    signs: Signs::Assertion,
    // §3 C: SHA-1 unless SHA-256 is asked for, as our instructions do; `with_sha1` is the default of Clever.
    signature: method::RSA_SHA256,
    digest: Digest::Sha256,
    prefix_list: None,
    // §3 C: no certificate inside the response.
    key_info: KeyInfo::Absent,
    // §3 C: no encryption.
    encrypts: false,
    encryption: Encryption::usual(ContentCipher::Aes256Cbc),
    // §3: agreed per district; the Clever id is what a service provider must key on.
    name_id: NameIdHabit { format: Some(uri::FORMAT_UNSPECIFIED), source: Source::Id, is_qualified: false },
    // §3: agreed by mail; email is missing for many students.
    attributes: &[
        plain("clever_id", Source::Id),
        plain("district_id", Source::Tenant),
        plain("user_type", Source::Role),
        plain("email", Source::Email),
        plain("first_name", Source::FirstName),
        plain("last_name", Source::LastName),
    ],
    repeats_attributes: false,
    value_type: ValueType::XsOnValue("xs:string"),
    // §3 U: not documented; what most do.
    windows: FIVE_MINUTES,
    authn: Some(AuthnHabit {
        context: uri::CONTEXT_UNSPECIFIED,
        session_index: SessionIndex::Random,
        is_last: false,
        names_authority: false,
    }),
    // §3: launches from the portal answer no request.
    unsolicited: Unsolicited { is_usual: true, dummy_in_response_to: None },
    issuer_format: None,
    has_destination: true,
    consent: None,
    dialect: Dialect {
        protocol: "samlp",
        assertion: "saml",
        signature: "",
        is_hoisted: false,
        prolog: "",
        is_spaced: false,
        is_indented: false,
        wraps_base64: false,
    },
    ids: IdShape::Hex("_"),
    has_lower_case_escapes: false,
    metadata: PLAIN_METADATA,
    // §3: accepted, as portal launches are the only way in for many.
    relaxations: &[Relaxation::Unsolicited],
};

/// Canvas is a service provider (§4 C): what answers is the school's own identity provider, whatever that is. This one
/// is nobody's in particular: the prefixes of the specifications, indented, both parts signed.
pub(super) const CANVAS: Personality = Personality {
    name: "canvas",
    product: "the identity provider in front of Canvas",
    addresses: Addresses {
        entity_id: "https://login.school.example/saml/metadata",
        sso_url: "https://login.school.example/saml/sso",
        slo_url: Some("https://login.school.example/saml/slo"),
    },
    signs: Signs::Both,
    signature: method::RSA_SHA256,
    digest: Digest::Sha256,
    prefix_list: None,
    key_info: KeyInfo::Certificate,
    encrypts: false,
    encryption: Encryption::usual(ContentCipher::Aes128Cbc),
    name_id: NameIdHabit { format: Some(uri::FORMAT_PERSISTENT), source: Source::Id, is_qualified: true },
    // §4 C: the names that Canvas's federated_attributes are usually mapped from.
    attributes: &[
        formatted("email", uri::NAME_BASIC, Source::Email),
        formatted("given_name", uri::NAME_BASIC, Source::FirstName),
        formatted("surname", uri::NAME_BASIC, Source::LastName),
        formatted("display_name", uri::NAME_BASIC, Source::FullName),
        formatted("integration_id", uri::NAME_BASIC, Source::Id),
        formatted("canvas_roles", uri::NAME_BASIC, Source::Role),
    ],
    repeats_attributes: false,
    value_type: ValueType::XsOnRoot("xs:string"),
    windows: Windows {
        not_before: -30,
        conditions_end: 300,
        confirmation_end: 300,
        session_end: Some(28_800),
        authn_instant: 0,
    },
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
    dialect: Dialect {
        protocol: "samlp",
        assertion: "saml",
        signature: "ds",
        is_hoisted: true,
        prolog: "<?xml version=\"1.0\"?>\n",
        is_spaced: false,
        is_indented: true,
        wraps_base64: false,
    },
    ids: IdShape::Hex("_"),
    has_lower_case_escapes: false,
    metadata: MetadataHabit { states_use: false, ..PLAIN_METADATA },
    relaxations: &[],
};

pub(super) const GOOGLE: Personality = Personality {
    name: "google",
    product: "Google Workspace",
    addresses: Addresses {
        // §5 S: one entity ID for all apps of a customer.
        entity_id: "https://accounts.google.com/o/saml2?idpid=C0gatepost",
        // §5 S: the URL has a query already.
        sso_url: "https://accounts.google.com/o/saml2/idp?idpid=C0gatepost",
        // §5 C: no single logout.
        slo_url: None,
    },
    // §5 C: "Signed response" is unchecked by default.
    signs: Signs::Assertion,
    signature: method::RSA_SHA256,
    digest: Digest::Sha256,
    prefix_list: None,
    // §5 S: a subject name above the certificate.
    key_info: KeyInfo::SubjectAndCertificate,
    // §5 K: no encryption.
    encrypts: false,
    encryption: Encryption::usual(ContentCipher::Aes128Cbc),
    // §5 S: unspecified, holding the primary email address.
    name_id: NameIdHabit {
        format: Some(uri::FORMAT_UNSPECIFIED),
        source: Source::Email,
        is_qualified: false,
    },
    // §5: custom names; groups as one multi-valued attribute.
    attributes: &[
        plain("email", Source::Email),
        plain("firstName", Source::FirstName),
        plain("lastName", Source::LastName),
        plain("groups", Source::Groups),
    ],
    repeats_attributes: false,
    value_type: ValueType::XsOnValue("xs:anyType"),
    // §0.6 S.
    windows: FIVE_MINUTES,
    // §5 S.
    authn: Some(AuthnHabit {
        context: uri::CONTEXT_UNSPECIFIED,
        session_index: SessionIndex::AssertionId,
        is_last: true,
        names_authority: false,
    }),
    unsolicited: ON_REQUEST,
    issuer_format: None,
    has_destination: true,
    consent: None,
    // §5 S.
    dialect: Dialect { prolog: r#"<?xml version="1.0" encoding="UTF-8" standalone="no"?>"#, ..OPENSAML },
    ids: IdShape::Hex("_"),
    has_lower_case_escapes: false,
    // §5: validUntil is the certificate's end, five years at most.
    metadata: MetadataHabit {
        name_id_formats: &[uri::FORMAT_EMAIL],
        valid_days: Some(1825),
        ..PLAIN_METADATA
    },
    relaxations: &[],
};
