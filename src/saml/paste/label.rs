//! What the consoles of identity providers call their fields, in English and Spanish.
//!
//! To add a name: a row in `NAMES`, above those whose words it contains.

/// What a value is, by its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// What a service provider gives to the identity provider.
    ServiceProvider,
    /// Where metadata is.
    MetadataUrl,
    /// The hash of a certificate.
    Fingerprint,
    /// A certificate.
    Certificate,
    /// Where people are signed out.
    Logout,
    /// The identity provider's entity ID, and nobody else's.
    IdpEntityId,
    /// Where requests go by the POST binding.
    SsoPost,
    /// Where requests go.
    Sso,
    /// An entity ID.
    EntityId,
}

use Role::{
    Certificate, EntityId, Fingerprint, IdpEntityId, Logout, MetadataUrl, ServiceProvider, Sso, SsoPost,
};

/// The first row whose words stand in the label, one after the other, decides; the last word may go on.
const NAMES: &[(&str, Role)] = &[
    ("idp metadata entity", IdpEntityId),
    ("idp metadata url", MetadataUrl),
    ("federation metadata url", MetadataUrl),
    ("service provider", ServiceProvider),
    ("proveedor de servicios", ServiceProvider),
    ("sp entity", ServiceProvider),
    ("sp metadata", ServiceProvider),
    ("acs", ServiceProvider),
    ("assertion consumer", ServiceProvider),
    ("audience", ServiceProvider),
    ("audiencia", ServiceProvider),
    ("reply url", ServiceProvider),
    ("url de respuesta", ServiceProvider),
    ("recipient", ServiceProvider),
    ("destination url", ServiceProvider),
    ("redirect uri", ServiceProvider),
    ("default redirect url", ServiceProvider),
    ("relay state", ServiceProvider),
    ("metadata url", MetadataUrl),
    ("metadata link", MetadataUrl),
    ("federation metadata", MetadataUrl),
    ("idp metadata", MetadataUrl),
    ("metadatos", MetadataUrl),
    ("metadata", MetadataUrl),
    ("fingerprint", Fingerprint),
    ("thumbprint", Fingerprint),
    ("huella", Fingerprint),
    ("sha 256", Fingerprint),
    ("sha 1", Fingerprint),
    ("certificate", Certificate),
    ("certificado", Certificate),
    ("x509", Certificate),
    ("x 509", Certificate),
    ("public key", Certificate),
    ("logout", Logout),
    ("log out", Logout),
    ("sign out", Logout),
    ("single log", Logout),
    ("slo", Logout),
    ("cierre de sesión", Logout),
    ("cerrar sesión", Logout),
    ("idp entity", IdpEntityId),
    ("identity provider entity", IdpEntityId),
    ("identity provider issuer", IdpEntityId),
    ("idp issuer", IdpEntityId),
    ("entra identifier", IdpEntityId),
    ("azure ad identifier", IdpEntityId),
    ("identificador de microsoft entra", IdpEntityId),
    ("identificador de azure ad", IdpEntityId),
    ("entidad del proveedor de identidad", IdpEntityId),
    ("emisor", IdpEntityId),
    ("issuer", IdpEntityId),
    ("sso post", SsoPost),
    ("http post", SsoPost),
    ("post url", SsoPost),
    ("single sign", Sso),
    ("sign on", Sso),
    ("sign in", Sso),
    ("signin", Sso),
    ("login", Sso),
    ("log in", Sso),
    ("sso", Sso),
    ("saml 2 0 endpoint", Sso),
    ("saml endpoint", Sso),
    ("idp url", Sso),
    ("target url", Sso),
    ("inicio de sesión", Sso),
    ("iniciar sesión", Sso),
    ("entity id", EntityId),
    ("entityid", EntityId),
    ("id de entidad", EntityId),
    ("id de la entidad", EntityId),
    ("identifier", EntityId),
    ("identificador", EntityId),
];

/// More than this is no label.
const MAX_LABEL: usize = 100;

/// What a value of this label is.
pub(super) fn role(label: &str) -> Option<Role> {
    if label.len() > MAX_LABEL {
        return None;
    }
    let words = format!(" {}", words(label));
    let is_in = |name: &str| words.contains(&format!(" {name}"));
    NAMES.iter().find(|(name, _)| is_in(name)).map(|(_, role)| *role)
}

/// The words of a label, in small letters: also those of `camelCase` and `snake_case`.
fn words(label: &str) -> String {
    let mut out = String::with_capacity(label.len() + 8);
    let mut was_small = false;
    for character in label.chars() {
        if character.is_alphanumeric() {
            if character.is_uppercase() && was_small {
                out.push(' ');
            }
            out.extend(character.to_lowercase());
            was_small = character.is_lowercase() || character.is_numeric();
        } else {
            if !out.ends_with(' ') {
                out.push(' ');
            }
            was_small = false;
        }
    }
    out.trim().to_owned()
}
