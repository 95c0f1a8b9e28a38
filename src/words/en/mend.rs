//! Mends.

use gatepost_saml::code::Code;

use crate::directory::preset::Product;
use crate::words::Message as M;
use crate::words::mend::{MendText, Topic};

pub const MEND: MendText = MendText {
    general,
    action,
    note,
    own,
    app: "the application",
    field: M("In {console}, go to {place} and {action}."),
    file: M("On the {console} server, look at {place} and {action}."),
    command: M("For {console}, open PowerShell and {action}: {place}."),
    ours: M(
        "{console} takes our values from our metadata: go to {place}, have it load them again, and see that the value shown as wanted is in them.",
    ),
    makers: M("In {console} this is set by its makers: ask them to {action}."),
    behind: M(
        "{console} has another identity provider sign people in; {place} shows which. Go to the settings that it has for this site, and {action}.",
    ),
    nowhere: M("We know of no place for this in {console}. {general}"),
    clock_makers: M(
        "{console}'s makers keep its clock. If this happens to everybody, set the clock of the server that Gatepost runs on; if to one person, they were slow or went back in the browser, and sign in again.",
    ),
    clock_server: M(
        "If this happens to everybody, set the clock of the {console} server by NTP ({command}); if to one person, they were slow or went back in the browser, and sign in again.",
    ),
    clock_behind: M(
        "If this happens to everybody, set the clock of the identity provider behind {console} by NTP; if to one person, they were slow or went back in the browser, and sign in again.",
    ),
    start: M(
        "The sign-in began at {console} ({tile}) and answers no request of ours. Start at the sign-in page, or set IdP-initiated sign-in of this connection to restart.",
    ),
    start_accept: M(
        "What begins at {console} ({tile}) answers no request: set IdP-initiated sign-in to accept for this connection.",
    ),
};

fn general(code: Code) -> &'static str {
    code.text().mend
}

fn action(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::VersionUnsupported => "create the application anew, for SAML 2.0",
        Code::InputEmpty => "make sure that responses are sent to exactly our ACS URL",
        Code::BindingNotAllowed => "make sure that responses are sent to our ACS URL by HTTP-POST",
        Code::UnexpectedMessage => {
            "make sure that responses are sent to our ACS URL, and to no other address of ours"
        }
        Code::DestinationMissing
        | Code::DestinationMismatch
        | Code::ConfirmationRecipientMissing
        | Code::ConfirmationRecipientMismatch => "set the ACS URL to exactly the value shown as wanted",
        Code::AudienceMissing => "enter our Entity ID as the audience",
        Code::AudienceMismatch => "set the audience to exactly the value shown as wanted",
        Code::IssuerMismatch | Code::AssertionIssuerMismatch => {
            "compare its Entity ID with the value found: if they are equal, set the connection's Entity ID to it"
        }
        Code::SignatureKeyUnknown => {
            "take the certificate that it signs with now, and add it to the connection"
        }
        Code::SignatureInvalid => {
            "compare the certificate with the one shown as wanted: if it is another, add it to the connection; if it is the same, the message was changed on its way"
        }
        Code::SignatureKeyWeak => {
            "make a new certificate with an RSA key of at least 2048 bits, then add it to the connection"
        }
        Code::MetadataExpired => "take the metadata anew, and give the connection that copy",
        Code::MetadataEntityMissing => "take the metadata anew, and give the connection the whole of them",
        Code::MetadataEntityMismatch => {
            "take the metadata of the identity provider that this connection is for, and of no other"
        }
        Code::MetadataRoleMissing => {
            "take the identity provider's metadata; those that were given may be a service provider's"
        }
        Code::MetadataKeyMissing => "take metadata that have a certificate for signing in them",
        Code::MetadataKeyInvalid => {
            "take metadata whose certificates are whole, with RSA keys of at least 2048 bits"
        }
        Code::MetadataEndpointMissing => {
            "take metadata that have a sign-on address for HTTP-Redirect or HTTP-POST in them"
        }
        Code::MetadataEndpointInvalid => "take metadata whose addresses begin with https://",
        Code::NotSigned => "have the assertion signed, or the response, or both",
        Code::SignatureAlgorithm => "choose RSA-SHA256 for signatures",
        Code::SignatureAlgorithmSha1 => {
            "choose SHA-256 for signatures; until then sha1 may be allowed for this connection, with an end date"
        }
        Code::DecryptionKeyMissing => {
            "replace the encryption certificate by ours, or switch encryption off for this site"
        }
        Code::DecryptionAlgorithm => "choose AES-256-GCM with RSA-OAEP for encryption",
        Code::DecryptionFailed => "replace the encryption certificate by the one that is in our metadata now",
        Code::SubjectMissing | Code::NameIdMissing => {
            "have a NameID sent that is made of something which this person has"
        }
        Code::NameIdMalformed => "have the NameID made of one plain value which this person has",
        Code::NameIdTransient => {
            "set the NameID format to the one shown as wanted, or let an attribute name the person in this connection"
        }
        Code::StatusInvalidNameIdPolicy => {
            "choose the NameID format that is requested, or take the requested format out of this connection"
        }
        Code::MappingRequiredMissing => "add the attribute shown as wanted",
        Code::MessageTooLarge => "send fewer groups and attributes for this site",
        Code::StatusRequestDenied => "let this person, or a group of theirs, use the application",
        Code::StatusNotSuccess => "look this sign-in up to see why it was refused",
        Code::StatusAuthnFailed => "look this sign-in up to see why it failed; the person can try again",
        Code::AuthnNotFresh => {
            "have people asked again at each sign-in to this site, or stop asking for it in this connection"
        }
        Code::AuthnContextMismatch => {
            "have people authenticated in the way shown as wanted, or ask for another one in this connection"
        }
        Code::ValidityTooLong => "shorten the assertion's lifetime to what is shown as wanted",
        _ => return None,
    })
}

fn note(topic: Topic, product: Product) -> Option<&'static str> {
    Some(match (topic, product) {
        (Topic::Acs, Product::Okta) => "Keep “Use this for Recipient URL and Destination URL” ticked.",
        (Topic::Acs, Product::OneLogin) => {
            "Set Recipient to the same, and ACS (Consumer) URL Validator to a pattern that matches it from ^ to $, with every dot escaped."
        }
        (Topic::Acs | Topic::Audience | Topic::NameId, Product::Clever) => {
            "If it is set by district, set it for this district."
        }
        (Topic::Audience, Product::Entra) => {
            "If the value found begins with spn:, add it to the connection's accepted audiences instead."
        }
        (Topic::Audience, Product::Keycloak) => "The client's Client ID is what it sends as the audience.",
        (Topic::Issuer, Product::JumpCloud) => {
            "The field is free text: give it a value that no other connection has."
        }
        (Topic::Certificate, Product::Entra) => {
            "Or give the connection the App Federation Metadata Url, which always has this application's certificates."
        }
        (Topic::Certificate, Product::Google) => {
            "If the app disappears for people after a new certificate, set User access to OFF and to ON again."
        }
        (Topic::NewCertificate, Product::OneLogin) => {
            "Then choose it at Applications > the application > SSO > X.509 Certificate > Change."
        }
        (Topic::Metadata, Product::Clever) => {
            "Clever may show its SSO URL, Entity ID and certificate alone: then give the connection these three."
        }
        (Topic::Algorithm, Product::Okta) => "Set Digest Algorithm to SHA256 as well.",
        (Topic::Encryption, Product::Shibboleth) => {
            "With idp.encryption.optional = true in conf/idp.properties it encrypts only where it has our certificate."
        }
        (Topic::NameId, Product::Adfs) => "AD FS sends no NameID unless a rule makes one.",
        (Topic::NameId, Product::Keycloak) => "Switch Force name ID format on.",
        (Topic::Attributes, Product::Entra) => "An email address is left out for people without a mailbox.",
        (Topic::Attributes, Product::OneLogin) => "Tick Include in SAML assertion.",
        (Topic::Attributes, Product::Rippling) => {
            "Set Disable automatic standardization of attributes to Yes, or it arrives under another name."
        }
        (Topic::Attributes, Product::Shibboleth) => {
            "Attributes are sent only where a policy releases them; reload the services afterwards."
        }
        (Topic::Groups, Product::Entra) => "Choose “Groups assigned to the application”.",
        (Topic::Assignment, Product::Google) => {
            "Set it to ON for their organisational unit; this may take up to a day."
        }
        (Topic::Assignment, Product::PingOne) => "See that the application is switched on, too.",
        (Topic::Start, Product::OneLogin) => {
            "In OneLogin, Applications > the application > Configuration > SAML initiator can be set to Service Provider."
        }
        _ => return None,
    })
}

fn own(code: Code, product: Product) -> Option<&'static str> {
    Some(match (code, product) {
        (Code::InResponseToUnknown, Product::Rippling) => {
            "Rippling puts an id that answers nothing into sign-ins from its own tiles. Go to IT Management > Custom App > the application > Settings > Advanced SAML, and switch on Disable InResponseTo field in assertions for IdP initiated SSO."
        }
        (Code::SignatureCanonicalization, Product::Keycloak) => {
            "In Keycloak, go to Clients > the application > Settings > Signature and Encryption > Canonicalization method and choose EXCLUSIVE."
        }
        (Code::AuthnStatementMissing, Product::Keycloak) => {
            "In Keycloak, go to Clients > the application > Settings > SAML capabilities > Include AuthnStatement and switch it on."
        }
        _ => return None,
    })
}
