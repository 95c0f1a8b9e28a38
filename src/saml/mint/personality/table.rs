//! The entries, and the shapes that several share. `§n` is a section of the project's notes on identity providers.

use super::{AttributeHabit, Dialect, MetadataHabit, Personality, Source, Unsolicited, Windows, uri};

mod cloud;
mod own_servers;
mod portals;

use cloud::{CANVAS, CLEVER, ENTRA, GOOGLE, OKTA};
use own_servers::{ADFS, KEYCLOAK, SHIBBOLETH};
use portals::{CLASSLINK, JUMPCLOUD, ONELOGIN, PINGONE, RIPPLING};

/// Every product, in the order in which the command line lists them.
pub const ALL: &[Personality] = &[
    OKTA, ENTRA, CLEVER, CANVAS, GOOGLE, ADFS, SHIBBOLETH, KEYCLOAK, ONELOGIN, PINGONE, JUMPCLOUD, CLASSLINK,
    RIPPLING,
];

const fn plain(name: &'static str, source: Source) -> AttributeHabit {
    AttributeHabit { name, name_format: None, friendly_name: None, source }
}

const fn formatted(name: &'static str, name_format: &'static str, source: Source) -> AttributeHabit {
    AttributeHabit { name, name_format: Some(name_format), friendly_name: None, source }
}

const fn oid(name: &'static str, friendly_name: &'static str, source: Source) -> AttributeHabit {
    AttributeHabit { name, name_format: Some(uri::NAME_URI), friendly_name: Some(friendly_name), source }
}

/// Java's `OpenSAML`: prefixes of the second generation, base64 in lines.
const OPENSAML: Dialect = Dialect {
    protocol: "saml2p",
    assertion: "saml2",
    signature: "ds",
    is_hoisted: false,
    prolog: r#"<?xml version="1.0" encoding="UTF-8"?>"#,
    is_spaced: false,
    is_indented: false,
    wraps_base64: true,
};

/// Microsoft's: the assertion in the default namespace.
const MICROSOFT: Dialect = Dialect {
    protocol: "samlp",
    assertion: "",
    signature: "",
    is_hoisted: false,
    prolog: "",
    is_spaced: false,
    is_indented: false,
    wraps_base64: false,
};

/// The prefixes of the specifications, nothing declared before it is used.
const SPECIFIED: Dialect = Dialect {
    protocol: "samlp",
    assertion: "saml",
    signature: "ds",
    is_hoisted: false,
    prolog: "",
    is_spaced: false,
    is_indented: false,
    wraps_base64: false,
};

const PLAIN_METADATA: MetadataHabit = MetadataHabit {
    is_signed: false,
    has_ws_federation: false,
    lists_next_key: false,
    states_use: true,
    wants_signed_requests: false,
    name_id_formats: &[uri::FORMAT_UNSPECIFIED, uri::FORMAT_EMAIL],
    valid_days: None,
    scopes: &[],
    is_logout_redirect_only: false,
    attributes: &[],
};

/// Requests are the rule; nothing stands in `InResponseTo` when there was none.
const ON_REQUEST: Unsolicited = Unsolicited { is_usual: false, dummy_in_response_to: None };

const FIVE_MINUTES: Windows = Windows {
    not_before: -300,
    conditions_end: 300,
    confirmation_end: 300,
    session_end: None,
    authn_instant: 0,
};
