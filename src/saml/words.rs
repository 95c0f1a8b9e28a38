//! Mends in the words of an identity provider's own console.
//!
//! The table in [`crate::code`] says what to do anywhere; where the consoles of the great providers have a name of
//! their own for the field, the text here names it. The message id of such a text is `code.<code>.mend.<product>`.
//! To add one: a row in `MENDS`; a product: a row in `products!`. A product that has no row for a code is served by the general text.

use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::trace::Trace;

macro_rules! products {
    ($($product:ident $name:literal [$($domain:literal),+];)*) => {
        /// Identity providers whose consoles we can name fields of.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "the names say it")]
        pub enum IdpProduct {
            $(#[serde(rename = $name)] $product),*
        }

        /// The domains of entity IDs. What administrators type freely (`JumpCloud`) or host themselves names no product.
        const HOSTS: &[(IdpProduct, &[&str])] = &[$((IdpProduct::$product, &[$($domain),+])),*];

        impl IdpProduct {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$product),*];

            /// The stable name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$product => $name),*
                }
            }
        }
    };
}

products! {
    Okta "okta" ["okta.com", "oktapreview.com"];
    Entra "entra" ["sts.windows.net", "login.microsoftonline.com"];
    Google "google" ["accounts.google.com"];
    Clever "clever" ["clever.com"];
    OneLogin "onelogin" ["onelogin.com"];
    PingOne "pingone" [
        "auth.pingone.com", "auth.pingone.eu", "auth.pingone.ca", "auth.pingone.asia", "auth.pingone.com.au"
    ];
    JumpCloud "jumpcloud" ["jumpcloud.com"];
    ClassLink "classlink" ["classlink.com"];
    Rippling "rippling" ["rippling.com"];
}

impl IdpProduct {
    /// The product whose entity IDs look like `entity_id`.
    #[must_use]
    pub fn from_entity_id(entity_id: &str) -> Option<Self> {
        let (_, rest) = entity_id.split_once("://")?;
        let host = rest.split(['/', ':', '?']).next().unwrap_or(rest);
        let is_in = |domain: &str| {
            host == domain || host.strip_suffix(domain).is_some_and(|below| below.ends_with('.'))
        };
        let row = HOSTS.iter().find(|row| row.1.iter().any(|domain| is_in(domain)));
        row.map(|row| row.0)
    }
}

const MENDS: &[(Code, IdpProduct, &str)] = &[
    (
        Code::AudienceMismatch,
        IdpProduct::Okta,
        "In Okta, open the application's General tab, edit the SAML settings and set Audience URI (SP Entity ID) to exactly the value shown as wanted.",
    ),
    (
        Code::AudienceMismatch,
        IdpProduct::Entra,
        "In Entra, open the application's Single sign-on page, edit Basic SAML Configuration and set Identifier (Entity ID) to exactly the value shown as wanted. If the value found begins with spn:, add it to the connection's accepted audiences instead.",
    ),
    (
        Code::AudienceMismatch,
        IdpProduct::Google,
        "In the Google Admin console, open Apps, Web and mobile apps, this app, Service provider details, and set Entity ID to exactly the value shown as wanted.",
    ),
    (
        Code::AudienceMismatch,
        IdpProduct::Clever,
        "In the Clever connector dashboard, set Entity ID to exactly the value shown as wanted, for this district if it is set per district.",
    ),
    (
        Code::AudienceMissing,
        IdpProduct::Okta,
        "In Okta, edit the application's SAML settings and fill in Audience URI (SP Entity ID) with our Entity ID.",
    ),
    (
        Code::DestinationMismatch,
        IdpProduct::Okta,
        "In Okta, edit the application's SAML settings, set Single sign-on URL to exactly the value shown as wanted and keep Use this for Recipient URL and Destination URL ticked.",
    ),
    (
        Code::DestinationMismatch,
        IdpProduct::Entra,
        "In Entra, edit Basic SAML Configuration and set Reply URL (Assertion Consumer Service URL) to exactly the value shown as wanted.",
    ),
    (
        Code::DestinationMismatch,
        IdpProduct::Google,
        "In the Google Admin console, open this app's Service provider details and set ACS URL to exactly the value shown as wanted.",
    ),
    (
        Code::DestinationMismatch,
        IdpProduct::Clever,
        "In the Clever connector dashboard, set the ACS URL to exactly the value shown as wanted, for this district if it is set per district.",
    ),
    (
        Code::ConfirmationRecipientMismatch,
        IdpProduct::Okta,
        "In Okta, edit the application's SAML settings, set Single sign-on URL to exactly the value shown as wanted and keep Use this for Recipient URL and Destination URL ticked.",
    ),
    (
        Code::ConfirmationRecipientMismatch,
        IdpProduct::Entra,
        "In Entra, edit Basic SAML Configuration and set Reply URL (Assertion Consumer Service URL) to exactly the value shown as wanted.",
    ),
    (
        Code::ConfirmationRecipientMismatch,
        IdpProduct::Google,
        "In the Google Admin console, open this app's Service provider details and set ACS URL to exactly the value shown as wanted.",
    ),
    (
        Code::ConfirmationRecipientMismatch,
        IdpProduct::Clever,
        "In the Clever connector dashboard, set the ACS URL to exactly the value shown as wanted, for this district if it is set per district.",
    ),
    (
        Code::NotSigned,
        IdpProduct::Okta,
        "In Okta, edit the application's SAML settings, show the advanced settings and set Assertion Signature to Signed.",
    ),
    (
        Code::NotSigned,
        IdpProduct::Entra,
        "In Entra, edit SAML Certificates and set Signing Option to Sign SAML response and assertion.",
    ),
    (
        Code::NotSigned,
        IdpProduct::Google,
        "In the Google Admin console, open this app's Service provider details and tick Signed response.",
    ),
    (
        Code::SignatureAlgorithmSha1,
        IdpProduct::Okta,
        "In Okta, edit the application's SAML settings, show the advanced settings and set Signature Algorithm to RSA-SHA256 and Digest Algorithm to SHA256.",
    ),
    (
        Code::SignatureAlgorithmSha1,
        IdpProduct::Entra,
        "In Entra, edit SAML Certificates and set Signing Algorithm to SHA-256.",
    ),
    (
        Code::SignatureAlgorithmSha1,
        IdpProduct::Clever,
        "Ask Clever's partner engineering to sign this connector with SHA-256; until then sha1 may be allowed for this connection, with an end date.",
    ),
    (
        Code::SignatureKeyUnknown,
        IdpProduct::Okta,
        "In Okta, open the application's Sign On tab, find the active certificate under SAML Signing Certificates, download it and add it to the connection.",
    ),
    (
        Code::SignatureKeyUnknown,
        IdpProduct::Entra,
        "In Entra, open SAML Certificates, download the active Certificate (Base64) and add it to the connection, or give the connection the App Federation Metadata Url, which holds this application's certificate.",
    ),
    (
        Code::SignatureKeyUnknown,
        IdpProduct::Google,
        "In the Google Admin console, open this app, Download metadata, and give the connection the certificate in it. If the app disappears for people after a new certificate, set User access OFF and ON again.",
    ),
    (
        Code::SignatureKeyUnknown,
        IdpProduct::Clever,
        "In the Clever connector dashboard, copy the certificate again and add it to the connection.",
    ),
    (
        Code::StatusRequestDenied,
        IdpProduct::Okta,
        "In Okta, open the application's Assignments tab and assign this person or their group.",
    ),
    (
        Code::StatusRequestDenied,
        IdpProduct::Entra,
        "In Entra, open the application's Users and groups page and assign this person or their group.",
    ),
    (
        Code::StatusRequestDenied,
        IdpProduct::Google,
        "In the Google Admin console, open this app's User access and set it to ON for this person's organisational unit.",
    ),
    (
        Code::StatusInvalidNameIdPolicy,
        IdpProduct::Okta,
        "In Okta, edit the application's SAML settings and set Name ID format to the one shown, or remove the requested format from the connection.",
    ),
    (
        Code::NameIdMissing,
        IdpProduct::Entra,
        "In Entra, edit Attributes & Claims and set Unique User Identifier (Name ID) to an attribute that this person has.",
    ),
    (
        Code::NameIdMissing,
        IdpProduct::Google,
        "In the Google Admin console, open this app's Service provider details and set Name ID to Basic Information > Primary email.",
    ),
    (
        Code::Unsolicited,
        IdpProduct::Clever,
        "Clever starts from its portal: set IdP-initiated sign-in to accept for this connection.",
    ),
    (
        Code::MappingRequiredMissing,
        IdpProduct::Okta,
        "In Okta, edit the application's SAML settings and add the attribute under Attribute Statements.",
    ),
    (
        Code::MappingRequiredMissing,
        IdpProduct::Entra,
        "In Entra, edit Attributes & Claims and add the claim; an email address is left out when the person has no mailbox.",
    ),
    (
        Code::MappingRequiredMissing,
        IdpProduct::Google,
        "In the Google Admin console, open this app's SAML attribute mapping and add the attribute.",
    ),
    (
        Code::DestinationMismatch,
        IdpProduct::OneLogin,
        "In OneLogin, open the application's Configuration tab and set Recipient and ACS (Consumer) URL to exactly the value shown as wanted, and ACS (Consumer) URL Validator to a pattern that matches it from ^ to $, with every dot escaped.",
    ),
    (
        Code::DestinationMismatch,
        IdpProduct::PingOne,
        "In PingOne, open the application's Configuration tab and set ACS URLs to exactly the value shown as wanted.",
    ),
    (
        Code::DestinationMismatch,
        IdpProduct::JumpCloud,
        "In JumpCloud, open the application's SSO tab and set ACS URL to exactly the value shown as wanted.",
    ),
    (
        Code::DestinationMismatch,
        IdpProduct::Rippling,
        "In Rippling, open the custom app's settings and set ACS URL to exactly the value shown as wanted.",
    ),
    (
        Code::ConfirmationRecipientMismatch,
        IdpProduct::OneLogin,
        "In OneLogin, open the application's Configuration tab and set Recipient and ACS (Consumer) URL to exactly the value shown as wanted, and ACS (Consumer) URL Validator to a pattern that matches it from ^ to $, with every dot escaped.",
    ),
    (
        Code::ConfirmationRecipientMismatch,
        IdpProduct::PingOne,
        "In PingOne, open the application's Configuration tab and set ACS URLs to exactly the value shown as wanted.",
    ),
    (
        Code::ConfirmationRecipientMismatch,
        IdpProduct::JumpCloud,
        "In JumpCloud, open the application's SSO tab and set ACS URL to exactly the value shown as wanted.",
    ),
    (
        Code::ConfirmationRecipientMismatch,
        IdpProduct::Rippling,
        "In Rippling, open the custom app's settings and set ACS URL to exactly the value shown as wanted.",
    ),
    (
        Code::AudienceMismatch,
        IdpProduct::OneLogin,
        "In OneLogin, open the application's Configuration tab and set Audience (EntityID) to exactly the value shown as wanted.",
    ),
    (
        Code::AudienceMismatch,
        IdpProduct::PingOne,
        "In PingOne, open the application's Configuration tab and set Entity ID to exactly the value shown as wanted.",
    ),
    (
        Code::AudienceMismatch,
        IdpProduct::JumpCloud,
        "In JumpCloud, open the application's SSO tab and set SP Entity ID to exactly the value shown as wanted.",
    ),
    (
        Code::AudienceMismatch,
        IdpProduct::Rippling,
        "In Rippling, open the custom app's settings and set Service Provider Entity ID to exactly the value shown as wanted.",
    ),
    (
        Code::IssuerMismatch,
        IdpProduct::JumpCloud,
        "In JumpCloud, the IdP Entity ID is a field of the application's SSO tab: set it and the connection's Entity ID to the same value, one that no other connection has.",
    ),
    (
        Code::NotSigned,
        IdpProduct::PingOne,
        "In PingOne, open the application's Configuration tab and choose Sign Assertion & Response.",
    ),
    (
        Code::SignatureAlgorithmSha1,
        IdpProduct::OneLogin,
        "In OneLogin, open the application's SSO tab and set SAML Signature Algorithm to SHA-256.",
    ),
    (
        Code::SignatureAlgorithmSha1,
        IdpProduct::ClassLink,
        "In the ClassLink SAML Console, edit the application's overrides and choose RSA_SHA256.",
    ),
    (
        Code::SignatureKeyUnknown,
        IdpProduct::OneLogin,
        "In OneLogin, open the application's SSO tab, view the certificate that is chosen there and add it to the connection, or download More Actions > SAML Metadata anew.",
    ),
    (
        Code::SignatureKeyUnknown,
        IdpProduct::PingOne,
        "In PingOne, open the application's Configuration tab and give the connection the IDP Metadata URL, or download the signing certificate from there.",
    ),
    (
        Code::SignatureKeyUnknown,
        IdpProduct::JumpCloud,
        "In JumpCloud, open the application, find IDP Certificate Valid, download the certificate or export the metadata, and add it to the connection.",
    ),
    (
        Code::SignatureKeyUnknown,
        IdpProduct::ClassLink,
        "In the ClassLink SAML Console, copy the IDP Metadata URL of this application and load it again into the connection.",
    ),
    (
        Code::SignatureKeyUnknown,
        IdpProduct::Rippling,
        "In Rippling, open the custom app, copy IdP Metadata URL and load it again into the connection.",
    ),
    (
        Code::StatusRequestDenied,
        IdpProduct::PingOne,
        "In PingOne, check that the application is switched on and that its Access tab lists a group of this person.",
    ),
    (
        Code::StatusRequestDenied,
        IdpProduct::JumpCloud,
        "In JumpCloud, open the application's User Groups tab and tick a group of this person.",
    ),
    (
        Code::Unsolicited,
        IdpProduct::ClassLink,
        "Tiles of ClassLink's LaunchPad answer no request: set IdP-initiated sign-in to accept for this connection.",
    ),
    (
        Code::InResponseToUnknown,
        IdpProduct::Rippling,
        "Rippling puts an id that answers nothing into sign-ins from its own tiles. In the custom app's Advanced SAML settings, switch on Disable InResponseTo field in assertions for IdP initiated SSO.",
    ),
    (
        Code::IdpSendsUnsolicited,
        IdpProduct::ClassLink,
        "Tiles of ClassLink's LaunchPad answer no request: set IdP-initiated sign-in to accept for this connection.",
    ),
    (
        Code::MappingRequiredMissing,
        IdpProduct::OneLogin,
        "In OneLogin, open the application's Parameters tab, add the field and tick Include in SAML assertion.",
    ),
    (
        Code::MappingRequiredMissing,
        IdpProduct::PingOne,
        "In PingOne, open the application's Attribute Mappings tab and add the attribute.",
    ),
    (
        Code::MappingRequiredMissing,
        IdpProduct::JumpCloud,
        "In JumpCloud, open the application's SSO tab and add the attribute under User Attribute Mapping.",
    ),
    (
        Code::MappingRequiredMissing,
        IdpProduct::ClassLink,
        "In the ClassLink SAML Console, add the attribute to this application's attribute mapping.",
    ),
    (
        Code::MappingRequiredMissing,
        IdpProduct::Rippling,
        "In Rippling, add the attribute to the custom app, and set Disable automatic standardization of attributes to Yes, or it arrives under another name.",
    ),
];

/// The product that the sender of a judged message says it is. It chooses words and nothing else.
#[must_use]
pub fn product_of(trace: &Trace) -> Option<IdpProduct> {
    trace.unverified.issuer.as_deref().and_then(IdpProduct::from_entity_id)
}

/// What the administrator should do about `code`, in the words of the product's console where these differ.
#[must_use]
pub fn mend(code: Code, product: Option<IdpProduct>) -> &'static str {
    let row = MENDS.iter().find(|row| row.0 == code && Some(row.1) == product);
    row.map_or(code.text().mend, |row| row.2)
}

/// The message id of the text that [`mend`] gives.
#[must_use]
pub fn mend_message_id(code: Code, product: Option<IdpProduct>) -> String {
    let row = MENDS.iter().find(|row| row.0 == code && Some(row.1) == product);
    row.map_or_else(|| code.mend_message_id(), |row| format!("{}.{}", code.mend_message_id(), row.1.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_has_one_id_and_says_where() {
        let mut ids: Vec<_> = MENDS.iter().map(|row| mend_message_id(row.0, Some(row.1))).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), MENDS.len());
        assert!(MENDS.iter().all(|row| row.2.ends_with('.')));
        assert_eq!(mend(Code::AudienceMismatch, None), Code::AudienceMismatch.text().mend);
        assert!(mend(Code::AudienceMismatch, Some(IdpProduct::Okta)).contains("Audience URI"));
    }

    #[test]
    fn products_have_the_names_of_their_personalities() {
        for product in IdpProduct::ALL {
            assert!(crate::mint::Personality::named(product.name()).is_some(), "{}", product.name());
            assert_eq!(serde_json::to_value(product).unwrap(), product.name());
        }
    }

    #[test]
    fn products_by_their_entity_ids() {
        for (entity_id, product) in [
            ("http://www.okta.com/exk1", Some(IdpProduct::Okta)),
            ("https://sts.windows.net/00000000-0000-0000-0000-000000000000/", Some(IdpProduct::Entra)),
            ("https://accounts.google.com/o/saml2?idpid=C1", Some(IdpProduct::Google)),
            ("https://app.onelogin.com/saml/metadata/1", Some(IdpProduct::OneLogin)),
            ("https://auth.pingone.com.au/8d1c2f3a", Some(IdpProduct::PingOne)),
            ("https://sso.jumpcloud.com/district", Some(IdpProduct::JumpCloud)),
            ("https://idp.classlink.com/x", Some(IdpProduct::ClassLink)),
            ("https://app.rippling.com/1/idp.xml", Some(IdpProduct::Rippling)),
            ("https://notokta.com/x", None),
            ("https://okta.com.example/x", None),
            ("Jumpcloud", None),
        ] {
            assert_eq!(IdpProduct::from_entity_id(entity_id), product, "{entity_id}");
        }
    }
}
