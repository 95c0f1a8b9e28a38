//! What an administrator should do about a refusal, in the words of the console that they have before them.
//!
//! A mend is made of three things: what is decided about its [`Code`] ([`decision`]), where the product's console has the
//! field (`console::console`, the same in every language, since consoles are named in English), and the language's
//! sentences ([`MendText`]). So a new code needs a decision and a line in each language, a new product its console, and
//! nobody writes a thousand sentences. Where a console is too strange for that, a language has a sentence of its own.
//!
//! # Invariants
//!
//! * Every pair of code and product is decided: [`decision`] and `console::console` leave nothing out (the compiler sees to
//!   it), and the tests here hold that the text names the console and the place in it.
//! * Message ids are `code.<code>.mend` and `code.<code>.mend.<product>`.
//! * A product chooses words and nothing else: it may come from an unverified message.

pub(super) mod console;
mod consoles;
#[cfg(test)]
mod tests;

use gatepost_saml::code::Code;
use gatepost_saml::trace::Trace;

use super::{Message, Text};
use crate::directory::preset::{IdpInitiated, Product};
use console::{Clock, Console, Place};

/// Whether a mend depends on the identity provider's console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is the same everywhere.
    Everywhere(Because),
    /// There is a place for it in each console.
    Console(Topic),
}

/// Why a mend is the same everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// It is mended at Gatepost, by a setting of the connection or the account.
    Ours,
    /// The person only needs to sign in again.
    Person,
    /// No honest identity provider sends this: there is nothing to set.
    Nobody,
    /// The identity provider's program, or something on the way, is broken: consoles have no setting for it.
    Program,
}

/// What is looked for in a console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Where applications are made.
    Create,
    /// Where our ACS URL is entered.
    Acs,
    /// Where our Entity ID is entered.
    Audience,
    /// Where its own Entity ID is shown.
    Issuer,
    /// Where its signing certificate is shown.
    Certificate,
    /// Where it makes another one.
    NewCertificate,
    /// Where its metadata is.
    Metadata,
    /// What it signs.
    Signing,
    /// By which algorithm.
    Algorithm,
    /// Whether it encrypts, and to which certificate.
    Encryption,
    /// The `NameID`.
    NameId,
    /// Which attributes it sends.
    Attributes,
    /// Which groups it sends.
    Groups,
    /// Who may use the application.
    Assignment,
    /// Its log of sign-ins.
    Log,
    /// How people are authenticated.
    Authentication,
    /// How long its assertions are valid.
    Lifetime,
    /// Its clock.
    Clock,
    /// Where people start without a request.
    Start,
}

impl Topic {
    /// All of them.
    #[cfg(test)]
    const ALL: [Self; 19] = [
        Self::Create,
        Self::Acs,
        Self::Audience,
        Self::Issuer,
        Self::Certificate,
        Self::NewCertificate,
        Self::Metadata,
        Self::Signing,
        Self::Algorithm,
        Self::Encryption,
        Self::NameId,
        Self::Attributes,
        Self::Groups,
        Self::Assignment,
        Self::Log,
        Self::Authentication,
        Self::Lifetime,
        Self::Clock,
        Self::Start,
    ];
}

/// What is decided about `code`.
#[must_use]
pub const fn decision(code: Code) -> Decision {
    use Because::{Nobody, Ours, Person, Program};
    use Decision::{Console, Everywhere};
    match code {
        Code::InputParameters
        | Code::XmlDoctype
        | Code::XmlProcessingInstruction
        | Code::XmlEntity
        | Code::XmlNamespace
        | Code::XmlDuplicateId
        | Code::XmlLimits
        | Code::CommentInText
        | Code::SignatureMultiple
        | Code::SignatureMalformed
        | Code::SignatureReference
        | Code::SignatureTransform
        | Code::DigestMismatch
        | Code::AssertionMultiple => Everywhere(Nobody),
        Code::InputEncoding
        | Code::InputDeflate
        | Code::XmlEncoding
        | Code::XmlMalformed
        | Code::MessageMalformed
        | Code::MessageIdMissing
        | Code::IssuerMissing
        | Code::IssuerFormat
        | Code::SignatureCanonicalization
        | Code::AssertionMissing
        | Code::AssertionMalformed
        | Code::AssertionIssuerMissing
        | Code::ConfirmationMissing
        | Code::ConfirmationExpiryMissing
        | Code::ConditionsMissing
        | Code::TimeMalformed
        | Code::ConditionUnknown
        | Code::AuthnStatementMissing => Everywhere(Program),
        Code::StatusNoPassive
        | Code::InResponseToUnknown
        | Code::InResponseToMismatch
        | Code::SessionExpired
        | Code::AssertionReplayed
        | Code::AssertionBeforeRestore => Everywhere(Person),
        Code::StatusNoAuthnContext
        | Code::EnginesDisagree
        | Code::UserUnknown
        | Code::ExternalIdConflict
        | Code::EmailUnverified
        | Code::UserDisabled
        | Code::UserConflict => Everywhere(Ours),
        Code::VersionUnsupported => Console(Topic::Create),
        Code::InputEmpty
        | Code::BindingNotAllowed
        | Code::UnexpectedMessage
        | Code::DestinationMissing
        | Code::DestinationMismatch
        | Code::ConfirmationRecipientMissing
        | Code::ConfirmationRecipientMismatch => Console(Topic::Acs),
        Code::AudienceMissing | Code::AudienceMismatch => Console(Topic::Audience),
        Code::IssuerMismatch | Code::AssertionIssuerMismatch => Console(Topic::Issuer),
        Code::SignatureKeyUnknown | Code::SignatureInvalid => Console(Topic::Certificate),
        Code::SignatureKeyWeak => Console(Topic::NewCertificate),
        Code::MetadataExpired
        | Code::MetadataEntityMissing
        | Code::MetadataEntityMismatch
        | Code::MetadataRoleMissing
        | Code::MetadataKeyMissing
        | Code::MetadataKeyInvalid
        | Code::MetadataEndpointMissing
        | Code::MetadataEndpointInvalid => Console(Topic::Metadata),
        Code::NotSigned => Console(Topic::Signing),
        Code::SignatureAlgorithm | Code::SignatureAlgorithmSha1 => Console(Topic::Algorithm),
        Code::DecryptionKeyMissing | Code::DecryptionAlgorithm | Code::DecryptionFailed => {
            Console(Topic::Encryption)
        }
        Code::SubjectMissing
        | Code::NameIdMissing
        | Code::NameIdMalformed
        | Code::NameIdTransient
        | Code::StatusInvalidNameIdPolicy => Console(Topic::NameId),
        Code::MappingRequiredMissing => Console(Topic::Attributes),
        Code::MessageTooLarge => Console(Topic::Groups),
        Code::StatusRequestDenied => Console(Topic::Assignment),
        Code::StatusNotSuccess | Code::StatusAuthnFailed => Console(Topic::Log),
        Code::AuthnNotFresh | Code::AuthnContextMismatch => Console(Topic::Authentication),
        Code::ValidityTooLong => Console(Topic::Lifetime),
        Code::ConfirmationExpired
        | Code::ConfirmationNotYetValid
        | Code::AssertionExpired
        | Code::AssertionNotYetValid
        | Code::LogoutExpired => Console(Topic::Clock),
        Code::Unsolicited | Code::IdpSendsUnsolicited => Console(Topic::Start),
    }
}

/// The sentences of one language that mends are made of.
#[derive(Debug)]
pub struct MendText {
    /// The mend where no console is known: message id `code.<code>.mend`.
    pub(super) general: fn(Code) -> &'static str,
    /// What to do at the place in the console, as it follows “and” and “ask them to”; none for what is the same everywhere.
    pub(super) action: fn(Code) -> Option<&'static str>,
    /// What else is to be said of a place in a product's console.
    pub(super) note: fn(Topic, Product) -> Option<&'static str>,
    /// A whole sentence where a product is too strange for the others.
    pub(super) own: fn(Code, Product) -> Option<&'static str>,
    /// What `{app}` in a path stands for.
    pub(super) app: &'static str,
    /// A field: `{console}`, `{place}`, `{action}`.
    pub(super) field: Message,
    /// A file: the same.
    pub(super) file: Message,
    /// A command: the same.
    pub(super) command: Message,
    /// Our values come from our metadata: `{console}`, `{place}`.
    pub(super) ours: Message,
    /// The makers set it: `{console}`, `{action}`.
    pub(super) makers: Message,
    /// Another identity provider stands behind: `{console}`, `{place}`, `{action}`.
    pub(super) behind: Message,
    /// No place is known: `{console}`, `{general}`.
    pub(super) nowhere: Message,
    /// The makers keep the clock: `{console}`.
    pub(super) clock_makers: Message,
    /// The clock is a server's: `{console}`, `{command}`.
    pub(super) clock_server: Message,
    /// The clock is that of the identity provider behind: `{console}`.
    pub(super) clock_behind: Message,
    /// People start there, and requests are answered too: `{console}`, `{tile}`.
    pub(super) start: Message,
    /// What starts there answers no requests: `{console}`, `{tile}`.
    pub(super) start_accept: Message,
}

/// The product in whose words a mend is told: the connection's, and where that says nothing, the one that the sender of the
/// judged message says it is.
#[must_use]
pub fn product(connection: Product, trace: &Trace) -> Product {
    let claimed = || trace.unverified.issuer.as_deref().and_then(Product::from_entity_id);
    match connection {
        Product::Other => claimed().unwrap_or(Product::Other),
        known => known,
    }
}

/// The message id of the text that [`Text::mend`] gives.
#[must_use]
pub fn message_id(code: Code, product: Product) -> String {
    let is_everywhere = matches!(decision(code), Decision::Everywhere(_));
    if product == Product::Other || is_everywhere && (super::EN.mend.own)(code, product).is_none() {
        return code.mend_message_id();
    }
    format!("{}.{}", code.mend_message_id(), product.name())
}

impl Text {
    /// What an administrator should do about `code`, in the words of the product's console.
    #[must_use]
    pub fn mend(&self, code: Code, product: Product) -> String {
        let general = || (self.mend.general)(code).to_owned();
        if let Some(own) = (self.mend.own)(code, product) {
            return own.to_owned();
        }
        let (Decision::Console(topic), Some(console)) = (decision(code), console::console(product)) else {
            return general();
        };
        let mut told = self.mend_at(code, topic, console, product).unwrap_or_else(general);
        if let Some(note) = (self.mend.note)(topic, product) {
            told.push(' ');
            told.push_str(note);
        }
        told
    }

    /// Where `topic` is in the product's console, if that is known: “Okta: Applications > …”.
    #[must_use]
    pub fn console_place(&self, product: Product, topic: Topic) -> Option<String> {
        let console = console::console(product)?;
        let (Place::Field(place) | Place::File(place) | Place::Command(place)) = console.place(topic)? else {
            return None;
        };
        Some(format!("{}: {}", console.name, place.replace("{app}", self.mend.app)))
    }

    fn mend_at(&self, code: Code, topic: Topic, console: &Console, product: Product) -> Option<String> {
        let text = &self.mend;
        let name = console.name;
        let Some(place) = console.place(topic) else {
            return Some(match topic {
                Topic::Clock => self.mend_clock(console),
                _ => self.mend_start(code, console, product),
            });
        };
        let action = (text.action)(code)?;
        let fill = |message: Message, place: &str| {
            let place = place.replace("{app}", text.app);
            message.with("console", name).with("place", place).with("action", action).to_string()
        };
        Some(match place {
            Place::Field(path) => fill(text.field, path),
            Place::File(path) => fill(text.file, path),
            Place::Command(command) => fill(text.command, command),
            Place::Ours(path) => fill(text.ours, path),
            Place::Behind(path) => fill(text.behind, path),
            Place::Makers => fill(text.makers, ""),
            Place::Nowhere => {
                text.nowhere.with("console", name).with("general", (text.general)(code)).to_string()
            }
        })
    }

    fn mend_clock(&self, console: &Console) -> String {
        let text = &self.mend;
        match console.clock {
            Clock::Makers => text.clock_makers.with("console", console.name).to_string(),
            Clock::Behind => text.clock_behind.with("console", console.name).to_string(),
            Clock::Server(command) => {
                text.clock_server.with("console", console.name).with("command", command).to_string()
            }
        }
    }

    fn mend_start(&self, code: Code, console: &Console, product: Product) -> String {
        let answers_requests =
            product.preset().idp_initiated != IdpInitiated::Accept && code != Code::IdpSendsUnsolicited;
        let message = if answers_requests { self.mend.start } else { self.mend.start_accept };
        message.with("console", console.name).with("tile", console.tile).to_string()
    }
}
