//! What is wrong with what was pasted: a stable code each, and evidence. Sentences are made elsewhere, in the reader's
//! language.

use std::fmt;

use serde::Serialize;

macro_rules! problems {
    ($($(#[$doc:meta])* $problem:ident $name:literal $weight:ident;)*) => {
        /// What is wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        pub enum ProblemCode {
            $($(#[$doc])* #[serde(rename = $name)] $problem),*
        }

        impl ProblemCode {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$problem),*];

            /// The stable name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$problem => $name),*
                }
            }

            /// How much it weighs.
            #[must_use]
            pub const fn weight(self) -> Weight {
                match self {
                    $(Self::$problem => Weight::$weight),*
                }
            }
        }
    };
}

/// How much a problem weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Nothing is taken over before it is mended.
    Stops,
    /// It is taken over, and somebody should know.
    Warns,
}

problems! {
    /// Nothing was pasted.
    Empty "empty" Stops;
    /// More than anybody needs.
    TooLarge "too_large" Stops;
    /// Nothing in it is of use.
    NotRecognised "not_recognised" Stops;
    /// A page of a website.
    WebPage "web_page" Stops;
    /// A private key. What it is is never evidence.
    PrivateKey "private_key" Stops;
    /// A public key, without the certificate around it.
    PublicKey "public_key" Stops;
    /// A certificate of which a part is missing.
    CertificateTruncated "certificate_truncated" Stops;
    /// Something that begins like a certificate and is none.
    CertificateUnreadable "certificate_unreadable" Stops;
    /// A request for a certificate.
    CertificateRequest "certificate_request" Stops;
    /// A key of a kind or size that verifies nothing here.
    KeyUnsupported "key_unsupported" Stops;
    /// An RSA key of fewer than 2048 bits.
    KeyWeak "key_weak" Stops;
    /// The hash of a certificate, which cannot take its place.
    FingerprintOnly "fingerprint_only" Stops;
    /// Past its end. Keys verify all the same.
    CertificateExpired "certificate_expired" Warns;
    /// Before its beginning.
    CertificateNotYetValid "certificate_not_yet_valid" Warns;
    /// Made with SHA-1.
    CertificateSha1 "certificate_sha1" Warns;
    /// A chain, of which the leaf alone counts.
    ChainLeafOnly "chain_leaf_only" Warns;
    /// The certificate of an authority, which signs certificates and no messages.
    CertificateOfAuthority "certificate_of_authority" Warns;
    /// XML that breaks off.
    XmlTruncated "xml_truncated" Stops;
    /// XML that is none.
    XmlMalformed "xml_malformed" Stops;
    /// Metadata that the engine refuses, with the engine's code.
    MetadataRefused "metadata_refused" Stops;
    /// Metadata of a service provider.
    ServiceProviderMetadata "service_provider_metadata" Stops;
    /// Our own metadata.
    OwnMetadata "own_metadata" Stops;
    /// Several identity providers to choose from.
    SeveralEntities "several_entities" Stops;
    /// An aggregate with nothing in it.
    EmptyAggregate "empty_aggregate" Stops;
    /// A SAML response or assertion.
    ResponsePasted "response_pasted" Stops;
    /// Another SAML message.
    MessagePasted "message_pasted" Stops;
    /// WS-Federation.
    WsFederation "ws_federation" Stops;
    /// OpenID Connect.
    OpenIdConnect "openid_connect" Stops;
    /// Our own addresses or names.
    OwnValues "own_values" Stops;
    /// Entity ID and sign-on address in each other's place.
    FieldsSwapped "fields_swapped" Stops;
    /// Only what the other side wants to know of a service provider.
    ServiceProviderValues "service_provider_values" Stops;
    /// Several addresses, of which it cannot be told what each is.
    WhichIsWhich "which_is_which" Stops;
    /// Two parts of different tenants.
    TenantMismatch "tenant_mismatch" Stops;
    /// The entity ID is that of other metadata.
    EntityMismatch "entity_mismatch" Stops;
    /// An address by http.
    HttpUrl "http_url" Stops;
    /// Something that is no address where one is wanted.
    UrlInvalid "url_invalid" Stops;
    /// The page where people type their password, or their portal.
    LoginPage "login_page" Stops;
    /// A page of the identity provider's administration.
    AdminPage "admin_page" Stops;
    /// An address that begins a sign-in at the identity provider.
    IdpInitiatedUrl "idp_initiated_url" Stops;
    /// An address for signing out.
    LogoutUrl "logout_url" Stops;
    /// An entity ID that is too long or has characters that it cannot have.
    EntityIdInvalid "entity_id_invalid" Stops;
    /// Entra's metadata of the whole tenant.
    TenantWideMetadata "tenant_wide_metadata" Warns;
    /// The entity ID is in use elsewhere.
    EntityIdInUse "entity_id_in_use" Warns;
    /// The same account has a connection with this identity provider already.
    EntityIdHere "entity_id_here" Warns;
    /// Metadata could not be fetched.
    FetchFailed "fetch_failed" Stops;
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// Something that is wrong, with evidence. Evidence never holds a private key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What.
    pub code: ProblemCode,
    /// What was found, in the words of what was pasted.
    pub found: Option<String>,
    /// What was expected, where that is one thing.
    pub wanted: Option<String>,
    /// What there is to choose from.
    pub choices: Vec<String>,
}

/// Evidence is cut to this many characters.
const MAX_EVIDENCE: usize = 300;
/// Choices are cut to this many.
const MAX_CHOICES: usize = 200;

impl Problem {
    /// Without evidence.
    #[must_use]
    pub const fn new(code: ProblemCode) -> Self {
        Self { code, found: None, wanted: None, choices: Vec::new() }
    }

    /// With what was found.
    #[must_use]
    pub fn found(code: ProblemCode, found: impl AsRef<str>) -> Self {
        Self { found: Some(shown(found.as_ref())), ..Self::new(code) }
    }

    /// With what was expected.
    #[must_use]
    pub fn wanting(mut self, wanted: impl AsRef<str>) -> Self {
        self.wanted = Some(shown(wanted.as_ref()));
        self
    }

    /// With what there is to choose from.
    #[must_use]
    pub fn choosing(mut self, choices: impl IntoIterator<Item = String>) -> Self {
        self.choices = choices.into_iter().take(MAX_CHOICES).map(|choice| shown(&choice)).collect();
        self
    }

    /// Whether nothing is taken over before it is mended.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.code.weight() == Weight::Stops
    }
}

fn shown(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(MAX_EVIDENCE).collect()
}
