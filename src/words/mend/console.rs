//! Where the consoles of identity providers have what: menu paths, fields, files and commands by their own names.
//!
//! Paths are the same in every language, because that is how the consoles print them; `{app}` stands for the application
//! that was made for us. A path that nobody has seen is [`Place::Nowhere`] and not a guess.

use super::Topic;
use super::consoles::{cloud, schools, servers};
use crate::directory::preset::Product;

/// One product's console.
#[derive(Debug)]
pub struct Console {
    /// What people call it, as it follows “in”.
    pub name: &'static str,
    pub(super) create: Place,
    pub(super) acs: Place,
    pub(super) audience: Place,
    pub(super) issuer: Place,
    pub(super) certificate: Place,
    pub(super) new_certificate: Place,
    pub(super) metadata: Place,
    pub(super) signing: Place,
    pub(super) algorithm: Place,
    pub(super) encryption: Place,
    pub(super) name_id: Place,
    pub(super) attributes: Place,
    pub(super) groups: Place,
    pub(super) assignment: Place,
    pub(super) log: Place,
    pub(super) authentication: Place,
    pub(super) lifetime: Place,
    pub(super) clock: Clock,
    /// Where people start without a request.
    pub(super) tile: &'static str,
}

/// Where something is set or shown.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// A menu path, down to the field.
    Field(&'static str),
    /// A file on the product's server, and what stands in it.
    File(&'static str),
    /// A command on the product's server.
    Command(&'static str),
    /// Where our metadata is loaded, from which the product takes our values.
    Ours(&'static str),
    /// At the identity provider which stands behind this product; the place shows which one that is.
    Behind(&'static str),
    /// The product's makers set it.
    Makers,
    /// We know of no such place.
    Nowhere,
}

/// Who keeps the clock.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The product's makers.
    Makers,
    /// The server that the product runs on; the command sets it right.
    Server(&'static str),
    /// The identity provider which stands behind this product.
    Behind,
}

impl Console {
    /// Where `topic` is; none for the clock and for tiles, which are no places.
    pub(super) const fn place(&self, topic: Topic) -> Option<Place> {
        Some(match topic {
            Topic::Create => self.create,
            Topic::Acs => self.acs,
            Topic::Audience => self.audience,
            Topic::Issuer => self.issuer,
            Topic::Certificate => self.certificate,
            Topic::NewCertificate => self.new_certificate,
            Topic::Metadata => self.metadata,
            Topic::Signing => self.signing,
            Topic::Algorithm => self.algorithm,
            Topic::Encryption => self.encryption,
            Topic::NameId => self.name_id,
            Topic::Attributes => self.attributes,
            Topic::Groups => self.groups,
            Topic::Assignment => self.assignment,
            Topic::Log => self.log,
            Topic::Authentication => self.authentication,
            Topic::Lifetime => self.lifetime,
            Topic::Clock | Topic::Start => return None,
        })
    }
}

/// The console of `product`; none where the product is not known.
pub const fn console(product: Product) -> Option<&'static Console> {
    Some(match product {
        Product::Okta => &cloud::OKTA,
        Product::Entra => &cloud::ENTRA,
        Product::Google => &cloud::GOOGLE,
        Product::OneLogin => &cloud::ONELOGIN,
        Product::JumpCloud => &cloud::JUMPCLOUD,
        Product::PingOne => &cloud::PINGONE,
        Product::Duo => &cloud::DUO,
        Product::CyberArk => &cloud::CYBERARK,
        Product::Rippling => &cloud::RIPPLING,
        Product::Clever => &schools::CLEVER,
        Product::Canvas => &schools::CANVAS,
        Product::ClassLink => &schools::CLASSLINK,
        Product::Adfs => &servers::ADFS,
        Product::PingFederate => &servers::PINGFEDERATE,
        Product::Shibboleth => &servers::SHIBBOLETH,
        Product::Keycloak => &servers::KEYCLOAK,
        Product::Other => return None,
    })
}
