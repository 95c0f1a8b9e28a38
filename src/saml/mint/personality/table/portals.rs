//! Portals from whose tiles people open applications, in companies and in schools.

use super::{FIVE_MINUTES, ON_REQUEST, OPENSAML, PLAIN_METADATA, SPECIFIED, formatted, plain};
use crate::algorithms::{ContentCipher, Digest};
use crate::mint::method::{self, Encryption};
use crate::mint::personality::{
    Addresses, AuthnHabit, Dialect, IdShape, KeyInfo, MetadataHabit, NameIdHabit, Personality, SessionIndex,
    Signs, Source, Unsolicited, ValueType, Windows, uri,
};
use crate::policy::Relaxation;

pub(super) const ONELOGIN: Personality = Personality {
    name: "onelogin",
    product: "OneLogin",
    // §7 C.
    addresses: Addresses {
        entity_id: "https://app.onelogin.com/saml/metadata/6a1f5d0c-3f0e-4a55-8a6d-2f1b7c9d0001",
        sso_url: "https://district.onelogin.com/trust/saml2/http-post/sso/6a1f5d0c-3f0e-4a55-8a6d-2f1b7c9d0001",
        slo_url: Some("https://district.onelogin.com/trust/saml2/http-redirect/slo/1500001"),
    },
    // §7: the administrator chooses; samples sign the response.
    signs: Signs::Response,
    // §7: our instructions ask for SHA-256; `with_sha1` is what older apps do.
    signature: method::RSA_SHA256,
    digest: Digest::Sha256,
    prefix_list: None,
    key_info: KeyInfo::Certificate,
    // §7: optional, with our certificate.
    encrypts: false,
    encryption: Encryption::usual(ContentCipher::Aes256Cbc),
    // §16: the email address.
    name_id: NameIdHabit { format: Some(uri::FORMAT_EMAIL), source: Source::Email, is_qualified: false },
    // §7: the parameters that our instructions ask for.
    attributes: &[
        formatted("id", uri::NAME_BASIC, Source::Id),
        formatted("email", uri::NAME_BASIC, Source::Email),
        formatted("firstName", uri::NAME_BASIC, Source::FirstName),
        formatted("lastName", uri::NAME_BASIC, Source::LastName),
    ],
    repeats_attributes: false,
    value_type: ValueType::XsOnAssertion("xs:string"),
    // K: three minutes each way, a session of a day.
    windows: Windows {
        not_before: -180,
        conditions_end: 180,
        confirmation_end: 180,
        session_end: Some(86_400),
        authn_instant: -1,
    },
    authn: Some(AuthnHabit {
        context: uri::CONTEXT_PASSWORD_TLS,
        session_index: SessionIndex::Random,
        is_last: false,
        names_authority: false,
    }),
    // §7: the initiator is a setting; the connection's preset is "restart".
    unsolicited: ON_REQUEST,
    issuer_format: None,
    has_destination: true,
    consent: None,
    dialect: Dialect { is_hoisted: true, ..SPECIFIED },
    ids: IdShape::Uuid("pfx"),
    has_lower_case_escapes: false,
    // §16: logout by Redirect.
    metadata: MetadataHabit {
        name_id_formats: &[uri::FORMAT_EMAIL],
        is_logout_redirect_only: true,
        ..PLAIN_METADATA
    },
    relaxations: &[],
};

pub(super) const PINGONE: Personality = Personality {
    name: "pingone",
    product: "PingOne",
    // §9 S.
    addresses: Addresses {
        entity_id: "https://auth.pingone.com/8d1c2f3a-5b6e-4d7f-9a0b-1c2d3e4f0001",
        sso_url: "https://auth.pingone.com/8d1c2f3a-5b6e-4d7f-9a0b-1c2d3e4f0001/saml20/idp/sso",
        slo_url: Some("https://auth.pingone.com/8d1c2f3a-5b6e-4d7f-9a0b-1c2d3e4f0001/saml20/idp/slo"),
    },
    // §9: the assertion by default.
    signs: Signs::Assertion,
    signature: method::RSA_SHA256,
    digest: Digest::Sha256,
    prefix_list: None,
    // §9 S: the key stands there as numbers too.
    key_info: KeyInfo::CertificateAndKeyValue,
    // §9: AES, when it is switched on.
    encrypts: false,
    encryption: Encryption::usual(ContentCipher::Aes256Cbc),
    // §9 S: no Format, and the person's id.
    name_id: NameIdHabit { format: None, source: Source::Id, is_qualified: false },
    // §9 S: saml_subject is always there; the others are what our instructions ask for.
    attributes: &[
        formatted("saml_subject", uri::NAME_BASIC, Source::Id),
        formatted("id", uri::NAME_BASIC, Source::Id),
        formatted("email", uri::NAME_BASIC, Source::Email),
        formatted("firstName", uri::NAME_BASIC, Source::FirstName),
        formatted("lastName", uri::NAME_BASIC, Source::LastName),
    ],
    repeats_attributes: false,
    value_type: ValueType::XsOnValue("xs:string"),
    // §9 S: a minute back, five ahead, also for the session.
    windows: Windows { not_before: -60, session_end: Some(300), ..FIVE_MINUTES },
    // §9 S.
    authn: Some(AuthnHabit {
        context: uri::CONTEXT_UNSPECIFIED,
        session_index: SessionIndex::Random,
        is_last: false,
        names_authority: true,
    }),
    // §9: startsso is a URL of its own; the connection's preset is "restart".
    unsolicited: ON_REQUEST,
    issuer_format: None,
    has_destination: true,
    consent: None,
    dialect: SPECIFIED,
    // §9 S.
    ids: IdShape::Uuid("id-"),
    has_lower_case_escapes: false,
    // §9 S: many attributes are offered, no NameID formats are.
    metadata: MetadataHabit {
        name_id_formats: &[],
        attributes: &["saml_subject", "user.externalId", "user.accountId", "user.account.canAuthenticate"],
        ..PLAIN_METADATA
    },
    relaxations: &[],
};

pub(super) const JUMPCLOUD: Personality = Personality {
    name: "jumpcloud",
    product: "JumpCloud",
    addresses: Addresses {
        // §8: whatever the administrator types; guides say this word, so that many have the same.
        entity_id: "Jumpcloud",
        sso_url: "https://sso.jumpcloud.com/saml2/gatepost-example",
        // §8 U.
        slo_url: None,
    },
    // §8 S: the assertion; the response can be chosen.
    signs: Signs::Assertion,
    signature: method::RSA_SHA256,
    digest: Digest::Sha256,
    prefix_list: None,
    key_info: KeyInfo::Certificate,
    encrypts: false,
    encryption: Encryption::usual(ContentCipher::Aes256Cbc),
    // §8 S: a format of a version that has none.
    name_id: NameIdHabit {
        format: Some(uri::FORMAT_UNSPECIFIED_1_0),
        source: Source::Email,
        is_qualified: false,
    },
    // §8: what our instructions ask for; groups are optional.
    attributes: &[
        formatted("email", uri::NAME_UNSPECIFIED, Source::Email),
        formatted("firstName", uri::NAME_UNSPECIFIED, Source::FirstName),
        formatted("lastName", uri::NAME_UNSPECIFIED, Source::LastName),
        formatted("groups", uri::NAME_UNSPECIFIED, Source::Groups),
    ],
    repeats_attributes: false,
    value_type: ValueType::XsOnValue("xs:string"),
    // §8 S.
    windows: FIVE_MINUTES,
    authn: Some(AuthnHabit {
        context: uri::CONTEXT_PASSWORD_TLS,
        session_index: SessionIndex::Random,
        is_last: false,
        names_authority: false,
    }),
    unsolicited: ON_REQUEST,
    // §8 S.
    issuer_format: Some(uri::FORMAT_ENTITY),
    has_destination: true,
    // §8 S.
    consent: Some("urn:oasis:names:tc:SAML:2.0:consent:unspecified"),
    dialect: Dialect { wraps_base64: false, ..OPENSAML },
    // §8 S.
    ids: IdShape::Capitals,
    has_lower_case_escapes: false,
    metadata: MetadataHabit { name_id_formats: &[uri::FORMAT_UNSPECIFIED_1_0], ..PLAIN_METADATA },
    relaxations: &[],
};

pub(super) const CLASSLINK: Personality = Personality {
    name: "classlink",
    product: "ClassLink",
    // §10 U: the shape of its addresses is not documented.
    addresses: Addresses {
        entity_id: "https://idp.classlink.com/sso/metadata/gatepost-example",
        sso_url: "https://idp.classlink.com/sso/gatepost-example",
        slo_url: None,
    },
    // §10: both can be chosen; our instructions ask for both.
    signs: Signs::Both,
    // §10 C: RSA_SHA1, 256 or 512; our instructions ask for 256.
    signature: method::RSA_SHA256,
    digest: Digest::Sha256,
    prefix_list: None,
    key_info: KeyInfo::Certificate,
    // §10: AES when it is chosen.
    encrypts: false,
    encryption: Encryption::usual(ContentCipher::Aes256Cbc),
    // §10: login id, email, sourcedId or identifier; our instructions ask for the sourcedId of OneRoster.
    name_id: NameIdHabit { format: Some(uri::FORMAT_UNSPECIFIED), source: Source::Id, is_qualified: false },
    // §10: what our instructions map.
    attributes: &[
        plain("sourcedId", Source::Id),
        plain("loginId", Source::Username),
        plain("email", Source::Email),
        plain("firstName", Source::FirstName),
        plain("lastName", Source::LastName),
        plain("role", Source::Role),
        plain("tenantId", Source::Tenant),
    ],
    repeats_attributes: false,
    value_type: ValueType::Untyped,
    // §10 U: what most do.
    windows: FIVE_MINUTES,
    authn: Some(AuthnHabit {
        context: uri::CONTEXT_PASSWORD_TLS,
        session_index: SessionIndex::AssertionId,
        is_last: false,
        names_authority: false,
    }),
    // §10: tiles of LaunchPad answer no request.
    unsolicited: Unsolicited { is_usual: true, dummy_in_response_to: None },
    issuer_format: None,
    has_destination: true,
    consent: None,
    dialect: SPECIFIED,
    ids: IdShape::Hex("_"),
    has_lower_case_escapes: false,
    metadata: PLAIN_METADATA,
    // §10: accepted, as people usually come this way.
    relaxations: &[Relaxation::Unsolicited],
};

pub(super) const RIPPLING: Personality = Personality {
    name: "rippling",
    product: "Rippling",
    // §15 C.
    addresses: Addresses {
        entity_id: "https://app.rippling.com/64f0c0ffee0123456789abcd/idp.xml",
        sso_url: "https://app.rippling.com/api/platform/sso/sp-initiated/64f0c0ffee0123456789abcd",
        slo_url: None,
    },
    // §16 U: not documented; what most do.
    signs: Signs::Assertion,
    signature: method::RSA_SHA256,
    digest: Digest::Sha256,
    prefix_list: None,
    key_info: KeyInfo::Certificate,
    encrypts: false,
    encryption: Encryption::usual(ContentCipher::Aes256Cbc),
    // §16: the email address.
    name_id: NameIdHabit { format: Some(uri::FORMAT_EMAIL), source: Source::Email, is_qualified: false },
    // §15: with "automatic standardization of attributes" off, as our instructions ask.
    attributes: &[
        formatted("email", uri::NAME_BASIC, Source::Email),
        formatted("firstName", uri::NAME_BASIC, Source::FirstName),
        formatted("lastName", uri::NAME_BASIC, Source::LastName),
    ],
    repeats_attributes: false,
    value_type: ValueType::XsOnValue("xs:string"),
    windows: FIVE_MINUTES,
    authn: Some(AuthnHabit {
        context: uri::CONTEXT_PASSWORD_TLS,
        session_index: SessionIndex::Random,
        is_last: false,
        names_authority: false,
    }),
    // §15 C: an id that answers nothing, unless a switch is set; its value is made up here.
    unsolicited: Unsolicited { is_usual: false, dummy_in_response_to: Some("_idp_initiated") },
    issuer_format: None,
    has_destination: true,
    consent: None,
    dialect: Dialect { is_hoisted: true, ..SPECIFIED },
    ids: IdShape::Hex("id-"),
    has_lower_case_escapes: false,
    metadata: MetadataHabit { name_id_formats: &[uri::FORMAT_EMAIL], ..PLAIN_METADATA },
    relaxations: &[],
};
