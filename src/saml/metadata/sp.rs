//! Our own metadata (saml-metadata 2.4.4): what an identity provider's administrator imports.

use crate::encoding::to_base64;
use crate::signature::sign::{self, Signer};
use crate::trust::KeyError;
use crate::xml::write;

/// A key of ours as our metadata shows it.
#[derive(Debug, Clone, Copy)]
pub struct SpKey<'a> {
    /// Its certificate in DER.
    pub certificate_der: &'a [u8],
    /// Whether requests are signed with it.
    pub is_signing: bool,
    /// Whether assertions may be encrypted to it. AD FS encrypts as soon as one is shown.
    pub is_encryption: bool,
}

/// What our metadata says.
#[derive(Debug, Clone)]
pub struct SpMetadata<'a> {
    /// The document's ID; must begin with a letter or `_`.
    pub id: &'a str,
    /// Our entity ID.
    pub entity_id: &'a str,
    /// Where responses are posted, the default first.
    pub acs_urls: Vec<&'a str>,
    /// Where logout messages go.
    pub slo_url: Option<&'a str>,
    /// Our keys.
    pub keys: Vec<SpKey<'a>>,
    /// NameID formats that we like, best first; empty asks for none.
    pub name_id_formats: Vec<&'a str>,
    /// Whether our requests are signed.
    pub signs_requests: bool,
}

impl SpMetadata<'_> {
    /// The document, signed when there is a signer.
    ///
    /// # Errors
    /// [`KeyError::UnsupportedKey`] when the key cannot sign.
    pub fn xml(&self, signer: Option<&Signer<'_>>) -> Result<String, KeyError> {
        let mut xml = format!(
            "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" ID=\"{}\" entityID=\"{}\">",
            write::attribute(self.id),
            write::attribute(self.entity_id)
        );
        let at = xml.len();
        xml.push_str(&format!(
            "<md:SPSSODescriptor AuthnRequestsSigned=\"{}\" WantAssertionsSigned=\"true\" \
             protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">",
            self.signs_requests
        ));
        for key in &self.keys {
            let usage = match (key.is_signing, key.is_encryption) {
                (true, true) => "",
                (true, false) => " use=\"signing\"",
                (false, true) => " use=\"encryption\"",
                (false, false) => continue,
            };
            xml.push_str(&format!(
                "<md:KeyDescriptor{usage}><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data>\
                 <ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>",
                to_base64(key.certificate_der)
            ));
        }
        if let Some(url) = self.slo_url {
            for binding in ["HTTP-Redirect", "HTTP-POST"] {
                xml.push_str(&format!(
                    "<md:SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:{binding}\" Location=\"{}\">\
                     </md:SingleLogoutService>",
                    write::attribute(url)
                ));
            }
        }
        for format in &self.name_id_formats {
            xml.push_str(&format!("<md:NameIDFormat>{}</md:NameIDFormat>", write::text(format)));
        }
        for (index, url) in self.acs_urls.iter().enumerate() {
            let default = if index == 0 { " isDefault=\"true\"" } else { "" };
            xml.push_str(&format!(
                "<md:AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{}\" \
                 index=\"{index}\"{default}></md:AssertionConsumerService>",
                write::attribute(url)
            ));
        }
        xml.push_str("</md:SPSSODescriptor></md:EntityDescriptor>");
        match signer {
            Some(signer) => sign::sign_enveloped(&xml, self.id, at, signer),
            None => Ok(xml),
        }
    }
}
