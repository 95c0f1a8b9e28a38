//! What is wrong with what somebody pasted about their identity provider, and what to do.

use gatepost_saml::paste::ProblemCode;

use crate::words::Message as M;

#[expect(clippy::too_many_lines, reason = "a table, a line or two for each problem")]
pub fn problem(code: ProblemCode) -> M {
    M(match code {
        ProblemCode::Empty => {
            "Nothing was pasted. Copy the identity provider's metadata, or its address, and paste it here."
        }
        ProblemCode::TooLarge => {
            "This is too long ({found}; {wanted} are read). Paste only the identity provider's metadata."
        }
        ProblemCode::NotRecognised => {
            "Nothing in this is known to us (it begins with “{found}”). Paste the identity provider's metadata, the address \
             of its metadata, or its Entity ID, sign-on address and certificate."
        }
        ProblemCode::WebPage => {
            "This is a page of a website, not metadata. If you opened the metadata's address in a browser, you may have \
             been asked to sign in: download the file, or paste the address itself."
        }
        ProblemCode::PrivateKey => {
            "This is a private key. It was not kept here, but treat it as exposed: have the identity provider make a new \
             one. Paste the certificate (BEGIN CERTIFICATE) instead."
        }
        ProblemCode::PublicKey => {
            "This is a public key without its certificate. Paste the certificate (BEGIN CERTIFICATE) that it belongs to."
        }
        ProblemCode::CertificateTruncated => {
            "A part of the certificate is missing ({found} of {wanted}). Copy it again, from the first line to the last."
        }
        ProblemCode::CertificateUnreadable => {
            "This begins like a certificate and cannot be read as one. Download it again in Base64 (PEM) and paste all of it."
        }
        ProblemCode::CertificateRequest => {
            "This is a request for a certificate (CSR). Paste the certificate that the identity provider signs with."
        }
        ProblemCode::KeyUnsupported => {
            "The certificate's key ({found}) is of a kind or size that is not accepted. Have the identity provider sign with \
             RSA of 2048 to 8192 bits, or on P-256, P-384 or P-521."
        }
        ProblemCode::KeyWeak => {
            "The certificate's key ({found}) is too short to be safe. Have the identity provider make a certificate with at \
             least {wanted}."
        }
        ProblemCode::FingerprintOnly => {
            "This is the fingerprint of a certificate. We need the certificate itself: look for a button that downloads it."
        }
        ProblemCode::CertificateExpired => {
            "The certificate “{choices}” ended on {wanted}. Sign-ins work all the same; ask the identity provider for its next one."
        }
        ProblemCode::CertificateNotYetValid => {
            "The certificate “{choices}” begins on {wanted}. If the identity provider signs with another one until then, add that too."
        }
        ProblemCode::CertificateSha1 => {
            "The certificate “{choices}” was made with SHA-1. That decides nothing, but look whether the identity provider signs \
             its messages with SHA-256."
        }
        ProblemCode::ChainLeafOnly => {
            "Of this chain of certificates only the one that signs is trusted ({choices}); the other {found} were left out."
        }
        ProblemCode::CertificateOfAuthority => {
            "The certificate of “{found}” is that of an authority, which signs certificates and not sign-ins. Look whether \
             the identity provider has another one for signing."
        }
        ProblemCode::XmlTruncated => {
            "The end of the metadata is missing: {wanted} never comes. Copy it again as a whole, or paste its address."
        }
        ProblemCode::XmlMalformed => {
            "The metadata was damaged on its way ({found}). Download it as a file, or paste its address, instead of copying \
             it out of a page."
        }
        ProblemCode::MetadataRefused => {
            "The metadata cannot be used ({wanted}; found: {found}). Download it again from the identity provider."
        }
        ProblemCode::ServiceProviderMetadata => {
            "This is the metadata of a service provider ({found}). Paste the identity provider's own metadata, which its \
             console offers for download."
        }
        ProblemCode::OwnMetadata => {
            "This is our own metadata ({found}), which belongs into the identity provider's settings. Paste the identity \
             provider's metadata here."
        }
        ProblemCode::SeveralEntities => {
            "There are {found} identity providers in this. Say which one is yours: {choices}."
        }
        ProblemCode::EmptyAggregate => {
            "This is a list of identity providers (EntitiesDescriptor) with none in it. Paste your identity provider's own \
             metadata, or look where the list was made why it is empty."
        }
        ProblemCode::ResponsePasted => {
            "This is a SAML response: what somebody signed in with, and not a description of the identity provider. Paste its \
             metadata here. To find out why a sign-in failed, look at the sign-ins, and send such messages to nobody."
        }
        ProblemCode::MessagePasted => {
            "This is a SAML message ({found}) and not a description of the identity provider. Paste its metadata."
        }
        ProblemCode::WsFederation => {
            "This is for WS-Federation ({found}), which is not SAML. In Entra, copy the Login URL, which ends in /saml2, or the \
             App Federation Metadata Url."
        }
        ProblemCode::OpenIdConnect => {
            "This is for OpenID Connect ({found}), which is not SAML. Make a SAML application at the identity provider, and \
             paste its metadata."
        }
        ProblemCode::OwnValues => {
            "“{found}” is ours: it belongs into the identity provider's settings. Paste what the identity provider shows \
             about itself."
        }
        ProblemCode::ServiceProviderValues => {
            "“{found}” is about a service provider. Paste what the identity provider shows about itself: its Entity ID \
             (issuer), its sign-on address and its certificate."
        }
        ProblemCode::FieldsSwapped => {
            "“{found}” stands in the wrong field. Exchange the Entity ID and the sign-on address."
        }
        ProblemCode::WhichIsWhich => {
            "It cannot be told which of these is which: {choices}. Write in front of each what it is, for example “SSO URL:”."
        }
        ProblemCode::TenantMismatch => {
            "“{found}” is of another tenant than the Entity ID, which is of {wanted}. Copy both from the same application."
        }
        ProblemCode::EntityMismatch => {
            "This is about “{found}”, and “{wanted}” is expected. Look whether it is of the right application."
        }
        ProblemCode::HttpUrl => {
            "“{found}” begins with http://, so that whatever goes there can be read and changed on its way. Use the address \
             that begins with https://."
        }
        ProblemCode::UrlInvalid => "“{found}” is no web address. Copy all of it, from https:// on.",
        ProblemCode::LoginPage => {
            "“{found}” is a page where people sign in or choose applications. Look for the application's own address: SSO \
             URL, Login URL or SAML endpoint."
        }
        ProblemCode::AdminPage => {
            "“{found}” is a page of the identity provider's administration, which we cannot read. Copy the metadata's \
             address, or the values that the page shows."
        }
        ProblemCode::IdpInitiatedUrl => {
            "“{found}” begins a sign-in from the identity provider's side. Look for the address that takes our requests: SSO \
             URL, Login URL or SAML endpoint."
        }
        ProblemCode::LogoutUrl => "“{found}” is for signing out. Look for the address for signing in.",
        ProblemCode::EntityIdInvalid => {
            "The Entity ID “{found}” is too long or holds characters that it cannot have. Copy it again."
        }
        ProblemCode::TenantWideMetadata => {
            "This metadata is the whole tenant's and may list other certificates than your application signs with. In Entra, \
             copy the App Federation Metadata Url of the application, which ends in ?appid=…."
        }
        ProblemCode::EntityIdInUse => {
            "The Entity ID “{found}” is in use elsewhere already. If you did not expect that, look whether these are your own \
             values."
        }
        ProblemCode::EntityIdHere => {
            "The connection “{found}” is with this identity provider already. Go on with that one, unless this is for another \
             application there."
        }
        ProblemCode::FetchFailed => "The metadata could not be fetched: {found}.",
    })
}
