//! Refusals: stable codes, the step each belongs to, the rule behind it, who can mend it and how.
//!
//! One table, [`CODES`], is the source of the enum's texts, of the generated documentation and of the fixtures' index.
//! Codes and message ids are a contract: the audit log, metrics, fixtures and consoles name them. They are added, never
//! renamed. Message ids are `code.<code>.user` and `code.<code>.mend`; the program that uses this crate may have a mend
//! for each product, `code.<code>.mend.<product>`.
//!
//! To add one: a row; `GATEPOST_WRITE=1 cargo test -p gatepost-saml` writes `CODES.md` anew. A message that earns it goes
//! into the table of `mint::attack`, or where settings decide, of `cli::fixture::mistake`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Who can mend what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The identity provider's administrator.
    Idp,
    /// The administrator of the connection at Gatepost.
    Sp,
    /// The person who signs in.
    User,
    /// Nobody: no honest identity provider sends this.
    Attacker,
}

/// The steps of a judgement, in the order in which they are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the documentation; the verify contract lists them")]
pub enum StepName {
    Input,
    Size,
    Xml,
    Root,
    Version,
    Destination,
    Issuer,
    Status,
    MessageSignature,
    ResponseSignature,
    Decryption,
    AssertionCount,
    AssertionSignature,
    Coverage,
    AssertionIssuer,
    Subject,
    Confirmation,
    InResponseTo,
    ConditionsTime,
    Audience,
    ConditionsOther,
    AuthnStatement,
    AuthnContext,
    SessionEnd,
    NotOnOrAfter,
    NameId,
    SessionIndex,
    Replay,
    Mapping,
    MetadataSignature,
    ValidUntil,
    EntityId,
    Role,
    Keys,
    Endpoints,
}

impl StepName {
    /// The steps of a Response.
    pub const RESPONSE: [Self; 25] = [
        Self::Input,
        Self::Size,
        Self::Xml,
        Self::Root,
        Self::Version,
        Self::Destination,
        Self::Issuer,
        Self::Status,
        Self::ResponseSignature,
        Self::Decryption,
        Self::AssertionCount,
        Self::AssertionSignature,
        Self::Coverage,
        Self::AssertionIssuer,
        Self::Subject,
        Self::Confirmation,
        Self::InResponseTo,
        Self::ConditionsTime,
        Self::Audience,
        Self::ConditionsOther,
        Self::AuthnStatement,
        Self::AuthnContext,
        Self::SessionEnd,
        Self::Replay,
        Self::Mapping,
    ];

    /// The steps of a `LogoutRequest` or `LogoutResponse`.
    pub const LOGOUT: [Self; 15] = [
        Self::Input,
        Self::Size,
        Self::Xml,
        Self::Root,
        Self::Version,
        Self::Destination,
        Self::Issuer,
        Self::Status,
        Self::MessageSignature,
        Self::Decryption,
        Self::NotOnOrAfter,
        Self::InResponseTo,
        Self::NameId,
        Self::SessionIndex,
        Self::Replay,
    ];

    /// The steps of metadata.
    pub const METADATA: [Self; 10] = [
        Self::Input,
        Self::Size,
        Self::Xml,
        Self::Root,
        Self::MetadataSignature,
        Self::ValidUntil,
        Self::EntityId,
        Self::Role,
        Self::Keys,
        Self::Endpoints,
    ];

    /// The name in traces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Size => "size",
            Self::Xml => "xml",
            Self::Root => "root",
            Self::Version => "version",
            Self::Destination => "destination",
            Self::Issuer => "issuer",
            Self::Status => "status",
            Self::MessageSignature => "message_signature",
            Self::ResponseSignature => "response_signature",
            Self::Decryption => "decryption",
            Self::AssertionCount => "assertion_count",
            Self::AssertionSignature => "assertion_signature",
            Self::Coverage => "coverage",
            Self::AssertionIssuer => "assertion_issuer",
            Self::Subject => "subject",
            Self::Confirmation => "confirmation",
            Self::InResponseTo => "in_response_to",
            Self::ConditionsTime => "conditions_time",
            Self::Audience => "audience",
            Self::ConditionsOther => "conditions_other",
            Self::AuthnStatement => "authn_statement",
            Self::AuthnContext => "authn_context",
            Self::SessionEnd => "session_end",
            Self::NotOnOrAfter => "not_on_or_after",
            Self::NameId => "name_id",
            Self::SessionIndex => "session_index",
            Self::Replay => "replay",
            Self::Mapping => "mapping",
            Self::MetadataSignature => "metadata_signature",
            Self::ValidUntil => "valid_until",
            Self::EntityId => "entity_id",
            Self::Role => "role",
            Self::Keys => "keys",
            Self::Endpoints => "endpoints",
        }
    }
}

/// What the table says of one code.
#[derive(Debug, Clone, Copy)]
pub struct CodeText {
    /// The code.
    pub code: Code,
    /// Its stable name.
    pub name: &'static str,
    /// The rule: a section of the SAML, XML Signature or XML Encryption specifications, or of Gatepost's own design.
    pub spec: &'static str,
    /// Who can mend it.
    pub side: Side,
    /// A plain sentence for the person who signs in; it names nothing that an attacker could use.
    pub user: &'static str,
    /// What the administrator should do, in one or two sentences.
    pub mend: &'static str,
}

macro_rules! codes {
    ($($variant:ident $name:literal $spec:literal $side:ident $user:ident $mend:literal;)*) => {
        /// Why a message was refused. See [`CODES`] for the texts.
        #[expect(clippy::doc_markdown, reason = "the texts are for people, who see no Markdown")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $mend] $variant,)*
        }

        /// Every code with its texts, in the order of the steps.
        pub const CODES: &[CodeText] = &[
            $(CodeText { code: Code::$variant, name: $name, spec: $spec, side: Side::$side, user: $user, mend: $mend },)*
        ];

        impl Code {
            /// What the table says of this code.
            #[must_use]
            pub const fn text(self) -> CodeText {
                match self {
                    $(Self::$variant => CodeText {
                        code: Self::$variant, name: $name, spec: $spec, side: Side::$side, user: $user, mend: $mend,
                    },)*
                }
            }
        }
    };
}

const UNREADABLE: &str = "The answer from your school's or company's sign-in page could not be read.";
const UNTRUSTED: &str = "The answer from your school's or company's sign-in page could not be verified.";
const NOT_FOR_US: &str =
    "The answer from your school's or company's sign-in page was not meant for this site.";
const TOO_LATE: &str = "The sign-in took too long, or a clock is wrong. Please sign in again.";
const START_AGAIN: &str =
    "This sign-in does not belong to a request from this browser. Please start again from the sign-in page.";
const INCOMPLETE: &str = "Your school's or company's sign-in page did not send everything that is needed.";
const REFUSED_THERE: &str = "Your school's or company's sign-in page did not let you in.";
const NOT_KNOWN: &str = "You are not known here, or may not sign in. Please ask your administrator.";
const ANEW: &str = "Please sign in again, with your password, at your school's or company's sign-in page.";
const NOT_SHOWN: &str = "The document could not be accepted.";

codes! {
    InputEmpty "input_empty" "saml-bindings 3.5.4" Idp UNREADABLE
        "The request carried no SAML message. Check that the identity provider posts SAMLResponse to the ACS URL.";
    InputParameters "input_parameters" "saml-bindings 3.5.4" Attacker UNREADABLE
        "The request must carry exactly one SAML message under its own parameter name, and no parameter twice.";
    InputEncoding "input_encoding" "saml-bindings 3.5.4" Idp UNREADABLE
        "The message is not plain base64. Send it again unchanged; if it was copied by hand, copy the whole value.";
    InputDeflate "input_deflate" "saml-bindings 3.4.4.1" Idp UNREADABLE
        "A message in the Redirect binding must be DEFLATE-compressed; a posted one must not be.";
    BindingNotAllowed "binding_not_allowed" "saml-profiles 4.1.2" Idp UNREADABLE
        "The response must arrive by HTTP-POST. Set the binding of the ACS URL to HTTP-POST at the identity provider.";
    MessageTooLarge "message_too_large" "gatepost limits" Idp UNREADABLE
        "The message is larger than this gateway reads. Release fewer attributes or groups for this application.";
    XmlEncoding "xml_encoding" "xml 4.3.3" Idp UNREADABLE
        "The message must be UTF-8. Set the identity provider to send UTF-8.";
    XmlMalformed "xml_malformed" "xml 2.1" Idp UNREADABLE
        "The message is not well-formed XML. Something on the way changed or cut it; send it again unchanged.";
    XmlDoctype "xml_doctype" "saml-core 5.4 / xml 2.8" Attacker UNREADABLE
        "The message carries a document type declaration, which no identity provider needs. It was not read any further.";
    XmlProcessingInstruction "xml_processing_instruction" "gatepost design 4.1" Attacker UNREADABLE
        "The message carries a processing instruction, which no identity provider needs.";
    XmlEntity "xml_entity" "xml 4.1" Attacker UNREADABLE
        "The message uses an entity other than the five of XML and character references.";
    XmlNamespace "xml_namespace" "xml-names 3 / saml-core 5.4" Attacker UNREADABLE
        "The message uses namespaces in a way that is not allowed: an undeclared prefix, a reserved one, or a relative name.";
    XmlDuplicateId "xml_duplicate_id" "saml-core 1.3.4" Attacker UNTRUSTED
        "Two elements of the message carry the same ID, so that a signature could be read as covering the wrong one.";
    XmlLimits "xml_limits" "gatepost limits" Attacker UNREADABLE
        "The message is nested too deeply or has too many elements or attributes.";
    CommentInText "comment_in_text" "gatepost design 4.1 (CVE-2017-11427)" Attacker UNTRUSTED
        "A comment splits a text of the message, so that programs could read it differently. Whoever sends such a message should be looked at.";
    UnexpectedMessage "unexpected_message" "saml-profiles 4.1.4" Idp UNREADABLE
        "This address takes another kind of SAML message. Check which URL the identity provider posts to.";
    MessageMalformed "message_malformed" "saml-core 3.2" Idp UNREADABLE
        "The message lacks a required part or has one twice. It does not follow the SAML schema.";
    MessageIdMissing "message_id_missing" "saml-core 3.2.1" Idp UNREADABLE
        "The message or its assertion has no usable ID.";
    VersionUnsupported "version_unsupported" "saml-core 4.1" Idp UNREADABLE
        "The message is not SAML 2.0. Choose SAML 2.0 (not 1.1) at the identity provider.";
    DestinationMissing "destination_missing" "saml-bindings 3.5.5.2" Idp NOT_FOR_US
        "A signed message must name its Destination. Set the Destination or Recipient of this application to our ACS URL.";
    DestinationMismatch "destination_mismatch" "saml-bindings 3.5.5.2" Idp NOT_FOR_US
        "The message is addressed to another URL. Set this application's ACS URL (Single sign-on URL, Reply URL) to exactly the value shown as wanted.";
    IssuerMissing "issuer_missing" "saml-core 3.2.1" Idp UNTRUSTED
        "The message does not say who issued it.";
    IssuerFormat "issuer_format" "saml-core 2.2.5 / saml-profiles 4.1.4.2" Idp UNTRUSTED
        "The Issuer has a Format other than entity.";
    IssuerMismatch "issuer_mismatch" "saml-profiles 4.1.4.3" Sp UNTRUSTED
        "The message comes from another identity provider than this connection expects. If the value found is yours, set the connection's Entity ID to it.";
    StatusNotSuccess "status_not_success" "saml-core 3.2.2.2" Idp REFUSED_THERE
        "The identity provider answered with an error instead of an assertion. Its own sign-in log tells why.";
    StatusRequestDenied "status_request_denied" "saml-core 3.2.2.2" Idp REFUSED_THERE
        "The identity provider denied the request. Check that this person or their group is assigned to the application.";
    StatusAuthnFailed "status_authn_failed" "saml-core 3.2.2.2" User REFUSED_THERE
        "The person could not be authenticated at the identity provider. They can try again there.";
    StatusNoPassive "status_no_passive" "saml-core 3.2.2.2" User REFUSED_THERE
        "The identity provider would have had to ask the person, and was asked not to. Sign in again without IsPassive.";
    StatusNoAuthnContext "status_no_authn_context" "saml-core 3.2.2.2" Sp REFUSED_THERE
        "The identity provider cannot authenticate in the way that was requested. Remove the requested authentication context, or choose one that it offers.";
    StatusInvalidNameIdPolicy "status_invalid_name_id_policy" "saml-core 3.4.1.1" Idp REFUSED_THERE
        "The identity provider cannot issue the requested NameID format. Remove the requested format, or add a NameID rule at the identity provider.";
    SignatureMultiple "signature_multiple" "saml-core 5.4.1" Attacker UNTRUSTED
        "An element carries more than one signature.";
    SignatureMalformed "signature_malformed" "xmldsig 4" Attacker UNTRUSTED
        "A signature is incomplete or has parts that SAML does not allow.";
    SignatureReference "signature_reference" "saml-core 5.4.2" Attacker UNTRUSTED
        "A signature does not refer to exactly the element that it stands in.";
    SignatureTransform "signature_transform" "saml-core 5.4.4" Attacker UNTRUSTED
        "A signature uses a transform that SAML does not allow.";
    SignatureCanonicalization "signature_canonicalization" "saml-core 5.4.3" Idp UNTRUSTED
        "The signature uses another canonicalization than exclusive C14N. Choose exclusive XML canonicalization, or allow inclusive_c14n for this connection.";
    SignatureAlgorithm "signature_algorithm" "xmldsig 6.4" Idp UNTRUSTED
        "The signature or digest algorithm is not accepted. Choose RSA-SHA256 at the identity provider.";
    SignatureAlgorithmSha1 "signature_algorithm_sha1" "rfc 9155 / gatepost design 4.3" Idp UNTRUSTED
        "The message is signed with SHA-1, which is no longer safe. Choose SHA-256 at the identity provider; until then sha1 may be allowed for this connection, with an end date.";
    SignatureKeyWeak "signature_key_weak" "nist sp 800-131a / gatepost design 4.4" Idp UNTRUSTED
        "The identity provider signs with an RSA key shorter than 2048 bits. Have it make a new certificate.";
    SignatureKeyUnknown "signature_key_unknown" "gatepost design 4.4" Sp UNTRUSTED
        "The message is signed by a key that this connection does not trust. If the identity provider has a new certificate, add it to the connection; get it from the identity provider itself, not from this message.";
    SignatureInvalid "signature_invalid" "xmldsig 3.2.2" Idp UNTRUSTED
        "The signature does not fit the certificate shown as wanted. Have the identity provider sign with the private key that belongs to that certificate, or add the certificate that it signs with to the connection; if both are right, the message was changed on its way.";
    DigestMismatch "digest_mismatch" "xmldsig 3.2.1" Attacker UNTRUSTED
        "The signed part of the message was changed after it was signed.";
    NotSigned "not_signed" "saml-profiles 4.1.3.5" Idp UNTRUSTED
        "Nothing that we could use is signed. Switch on signing of the assertion or of the response at the identity provider.";
    DecryptionKeyMissing "decryption_key_missing" "saml-core 2.3.4" Sp UNREADABLE
        "The assertion is encrypted, and this connection has no key to read it. Give the identity provider our encryption certificate, or switch encryption off there.";
    DecryptionAlgorithm "decryption_algorithm" "xmlenc 5" Idp UNREADABLE
        "The assertion is encrypted in a way that is not accepted. Choose AES-256-GCM with RSA-OAEP at the identity provider.";
    DecryptionFailed "decryption_failed" "xmlenc 4.2" Idp UNREADABLE
        "The assertion could not be decrypted. Have the identity provider read our metadata again, or give it the encryption certificate that is in them: it must encrypt to the current one.";
    AssertionMissing "assertion_missing" "saml-profiles 4.1.4.2" Idp INCOMPLETE
        "The response carries no assertion.";
    AssertionMultiple "assertion_multiple" "saml-profiles 4.1.4.2" Attacker UNTRUSTED
        "The response carries more than one assertion; exactly one is accepted.";
    AssertionMalformed "assertion_malformed" "saml-core 2.3.3" Idp UNREADABLE
        "The assertion lacks a required part or has one twice.";
    AssertionIssuerMissing "assertion_issuer_missing" "saml-core 2.3.3" Idp UNTRUSTED
        "The assertion does not say who issued it.";
    AssertionIssuerMismatch "assertion_issuer_mismatch" "saml-profiles 4.1.4.3" Sp UNTRUSTED
        "The assertion comes from another identity provider than this connection expects. If the value found is yours, set the connection's Entity ID to it.";
    SubjectMissing "subject_missing" "saml-profiles 4.1.4.2" Idp INCOMPLETE
        "The assertion has no subject.";
    NameIdMissing "name_id_missing" "saml-core 2.4.1" Idp INCOMPLETE
        "The assertion's subject has no NameID. Add a Name ID (for example the email address) at the identity provider.";
    NameIdMalformed "name_id_malformed" "saml-core 2.2.3" Idp INCOMPLETE
        "The NameID is empty, is there twice, or is not plain text.";
    ConfirmationMissing "confirmation_missing" "saml-profiles 4.1.4.2" Idp INCOMPLETE
        "The assertion has no bearer subject confirmation with the data that a browser sign-in needs.";
    ConfirmationRecipientMissing "confirmation_recipient_missing" "saml-profiles 4.1.4.2" Idp NOT_FOR_US
        "The subject confirmation does not name its Recipient. Set the Recipient of this application to our ACS URL.";
    ConfirmationRecipientMismatch "confirmation_recipient_mismatch" "saml-profiles 4.1.4.3" Idp NOT_FOR_US
        "The assertion was made for another URL. Set this application's ACS URL (Single sign-on URL, Reply URL, Recipient) to exactly the value shown as wanted.";
    ConfirmationExpiryMissing "confirmation_expiry_missing" "saml-profiles 4.1.4.2" Idp TOO_LATE
        "The subject confirmation does not say until when it is valid.";
    ConfirmationExpired "confirmation_expired" "saml-profiles 4.1.4.3" Idp TOO_LATE
        "The time for handing in this sign-in has passed. If this happens to everybody, set the identity provider's clock by NTP.";
    ConfirmationNotYetValid "confirmation_not_yet_valid" "saml-core 2.4.1.2" Idp TOO_LATE
        "The subject confirmation is not valid yet. Set the identity provider's clock by NTP.";
    Unsolicited "unsolicited" "saml-profiles 4.1.5" Sp START_AGAIN
        "The response answers no request of this gateway. Start from the sign-in page, or allow IdP-initiated sign-in for this connection.";
    InResponseToUnknown "in_response_to_unknown" "saml-profiles 4.1.4.3" User START_AGAIN
        "The response answers a request that is not pending in this browser. Sign in again from the start.";
    InResponseToMismatch "in_response_to_mismatch" "saml-profiles 4.1.4.3" User START_AGAIN
        "The response answers another request than the one that is pending. Sign in again from the start.";
    IdpSendsUnsolicited "idp_sends_unsolicited" "gatepost design 5" Sp START_AGAIN
        "The identity provider was just sent a request, and its response answers none. It cannot answer requests as it is set up: set IdP-initiated sign-in to accept for this connection.";
    ConditionsMissing "conditions_missing" "saml-profiles 4.1.4.2" Idp INCOMPLETE
        "The assertion has no Conditions.";
    TimeMalformed "time_malformed" "saml-core 1.3.3" Idp UNREADABLE
        "A time in the message is not a dateTime in UTC.";
    AssertionExpired "assertion_expired" "saml-core 2.5.1.2" Idp TOO_LATE
        "The assertion has expired. If this happens to everybody, set the identity provider's clock by NTP.";
    AssertionNotYetValid "assertion_not_yet_valid" "saml-core 2.5.1.2" Idp TOO_LATE
        "The assertion is not valid yet. Set the identity provider's clock by NTP.";
    ValidityTooLong "validity_too_long" "gatepost design 5" Idp UNTRUSTED
        "The assertion is valid for longer than this connection accepts. Shorten the assertion's lifetime at the identity provider to what is shown as wanted.";
    AudienceMissing "audience_missing" "saml-profiles 4.1.4.2" Idp NOT_FOR_US
        "The assertion does not say for whom it is. Set the Audience (SP Entity ID) of this application to our Entity ID.";
    AudienceMismatch "audience_mismatch" "saml-core 2.5.1.4" Idp NOT_FOR_US
        "The assertion was made for another service provider. Set the Audience (SP Entity ID, Identifier) of this application to exactly the value shown as wanted.";
    ConditionUnknown "condition_unknown" "saml-core 2.5.1" Idp UNTRUSTED
        "The assertion carries a condition that is not known here, so its validity cannot be decided.";
    AuthnStatementMissing "authn_statement_missing" "saml-profiles 4.1.4.2" Idp INCOMPLETE
        "The assertion does not say that anybody was authenticated. Switch on the AuthnStatement at the identity provider.";
    AuthnNotFresh "authn_not_fresh" "saml-core 3.4.1" Idp ANEW
        "The request asked for a new authentication (ForceAuthn), and the assertion speaks of an older one or does not say when it was. Have the identity provider ask the person again, or stop asking for it in this connection.";
    AuthnContextMismatch "authn_context_mismatch" "saml-core 3.3.2.2.1" Idp REFUSED_THERE
        "The person was not authenticated in the way that was requested.";
    SessionExpired "session_expired" "saml-core 2.7.2" Idp TOO_LATE
        "The session at the identity provider has already ended. Sign in there again.";
    AssertionReplayed "assertion_replayed" "saml-profiles 4.1.4.5" Attacker START_AGAIN
        "This assertion was already used. If a person sees this after pressing Back or reloading, they only need to sign in again.";
    AssertionBeforeRestore "assertion_before_restore" "gatepost design 6" User START_AGAIN
        "The assertion was issued before this gateway's database was restored from a backup, so that nobody can tell whether it was used. The person only needs to sign in again.";
    EnginesDisagree "engines_disagree" "gatepost design 4" Sp UNTRUSTED
        "Two engines judge each message here, and the second one did not read this one as the first did. Keep the message and report it: one of the engines is wrong, or somebody tries to make them differ.";
    LogoutExpired "logout_expired" "saml-core 3.7.1" Idp TOO_LATE
        "The logout request has expired.";
    MetadataExpired "metadata_expired" "saml-metadata 2.3.2" Idp NOT_SHOWN
        "The metadata's validUntil has passed. Get a fresh copy from the identity provider.";
    MetadataEntityMissing "metadata_entity_missing" "saml-metadata 2.3.2" Idp NOT_SHOWN
        "The metadata names no entity.";
    MetadataEntityMismatch "metadata_entity_mismatch" "saml-metadata 2.3.2" Sp NOT_SHOWN
        "The metadata is about another entity than the one that was asked for.";
    MetadataRoleMissing "metadata_role_missing" "saml-metadata 2.4.3" Sp NOT_SHOWN
        "The metadata has no identity provider role for SAML 2.0. It may be a service provider's: export the identity provider's metadata instead.";
    MetadataKeyMissing "metadata_key_missing" "saml-metadata 2.4.1.1" Idp NOT_SHOWN
        "The metadata has no certificate for signing.";
    MetadataKeyInvalid "metadata_key_invalid" "saml-metadata 2.4.1.1" Idp NOT_SHOWN
        "A certificate in the metadata cannot be read, or its key is not accepted.";
    MetadataEndpointMissing "metadata_endpoint_missing" "saml-metadata 2.4.3" Idp NOT_SHOWN
        "The metadata has no single sign-on address for HTTP-Redirect or HTTP-POST.";
    MetadataEndpointInvalid "metadata_endpoint_invalid" "saml-metadata 2.2.2" Idp NOT_SHOWN
        "An address in the metadata is not an http or https URL.";
    UserUnknown "user_unknown" "gatepost design 5" Sp NOT_KNOWN
        "Nobody with this identity is known in the account, and the connection does not create users. Import the person first (with the external id that the identity provider sends), or let the connection create users.";
    ExternalIdConflict "external_id_conflict" "gatepost design 5" Sp NOT_KNOWN
        "The external id that was sent does not fit the user to whom the identity leads: one of the two belongs to somebody else. Correct the id at the identity provider, or the user's external id here. Or somebody entered that id here for a user who signs in already or is an owner: if both are one person, an owner takes it away and enters it again.";
    EmailUnverified "email_unverified" "gatepost design 5" Sp NOT_KNOWN
        "The email address is not of a domain that the account has proved and this connection may assert. Prove the domain, let the address in as a guest, or set unverified_emails to keep or drop.";
    UserDisabled "user_disabled" "gatepost design 5" Sp NOT_KNOWN
        "The user whom this identity belongs to is disabled in the account. An administrator can enable them again.";
    UserConflict "user_conflict" "gatepost design 5" Sp NOT_KNOWN
        "This identity cannot be given to a user by itself: more than one user fits, or the user who fits signs in already, and has another identity at this connection or an address that somebody entered. Give the user the external id that the identity provider sends and map it, or correct the address of the user who has it.";
    MappingRequiredMissing "mapping_required_missing" "gatepost design 5" Idp INCOMPLETE
        "An attribute that the connection's mapping requires was not sent, or not with exactly one value. Add the attribute shown as wanted to those that the identity provider sends for this application.";
    NameIdTransient "name_id_transient" "saml-core 8.3.8 / gatepost design 5" Idp INCOMPLETE
        "The NameID is transient: another one at every sign-in, so that it names nobody. Set this application's NameID format at the identity provider to the one shown as wanted, or let an attribute name the person in this connection.";
}

impl Code {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.text().name
    }

    /// The code of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        CODES.iter().find(|text| text.name == name).map(|text| text.code)
    }

    /// The id of the sentence for the person who signs in.
    #[must_use]
    pub fn user_message_id(self) -> String {
        format!("code.{}.user", self.name())
    }

    /// The id of the mend.
    #[must_use]
    pub fn mend_message_id(self) -> String {
        format!("code.{}.mend", self.name())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let name = String::deserialize(input)?;
        Self::from_name(&name).ok_or_else(|| serde::de::Error::custom(format_args!("unknown code {name:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the documentation; `GATEPOST_WRITE=1 cargo test` writes it anew.
    #[test]
    fn the_documented_table_is_this_one() {
        let mut table = String::from(
            "# Refusal codes\n\nWritten by a test from the table in `code.rs`. Codes are a contract: added, never renamed.\n\n\
             | code | side | rule | what to do |\n|---|---|---|---|\n",
        );
        for text in CODES {
            let side = serde_json::to_value(text.side).unwrap();
            let side = side.as_str().unwrap();
            table.push_str(&format!("| `{}` | {side} | {} | {} |\n", text.name, text.spec, text.mend));
        }
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("CODES.md");
        if std::env::var_os("GATEPOST_WRITE").is_some() {
            std::fs::write(&path, &table).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), table);
    }

    #[test]
    fn names_are_unique_snake_case_and_reversible() {
        let mut names: Vec<_> = CODES.iter().map(|text| text.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CODES.len());
        for text in CODES {
            assert!(text.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'));
            assert_eq!(Code::from_name(text.name), Some(text.code));
            assert!(text.mend.ends_with('.') && text.user.ends_with('.'), "{}", text.name);
        }
    }
}
