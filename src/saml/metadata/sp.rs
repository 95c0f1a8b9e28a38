//! Our own metadata (saml-metadata 2.4.4): what an identity provider's administrator imports.

use crate::encoding::to_base64;
use crate::instant::Instant;
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
    /// After when the document must not be used any more.
    pub valid_until: Option<Instant>,
    /// For how many seconds a copy may be kept.
    pub cache_seconds: Option<u32>,
}

impl SpMetadata<'_> {
    /// The document, signed when there is a signer.
    ///
    /// # Errors
    /// [`KeyError::UnsupportedKey`] when the key cannot sign.
    pub fn xml(&self, signer: Option<&Signer<'_>>) -> Result<String, KeyError> {
        let mut xml = format!(
            "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" ID=\"{}\"",
            write::attribute(self.id)
        );
        if let Some(seconds) = self.cache_seconds {
            xml.push_str(&format!(" cacheDuration=\"PT{seconds}S\""));
        }
        xml.push_str(&format!(" entityID=\"{}\"", write::attribute(self.entity_id)));
        if let Some(end) = self.valid_until {
            xml.push_str(&format!(" validUntil=\"{end}\""));
        }
        xml.push('>');
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SigningKey;
    use crate::mint::keys;

    /// Identity providers have copies of this. `xmlsec1 --verify --id-attr:ID EntityDescriptor` accepts the file.
    const GOLDEN: &str = include_str!("sp_golden.xml");

    #[test]
    fn it_stays_as_it_is() {
        let (own, next) =
            (keys::SP_RSA.certificate_der().unwrap(), keys::SP_RSA_OLD.certificate_der().unwrap());
        let metadata = SpMetadata {
            id: "_gatepost",
            entity_id: "https://sso.example.test/saml/conn_1/metadata?a=1&b=2",
            acs_urls: vec!["https://sso.example.test/saml/conn_1/acs"],
            slo_url: None,
            keys: vec![
                SpKey { certificate_der: &own, is_signing: true, is_encryption: false },
                SpKey { certificate_der: &next, is_signing: true, is_encryption: false },
                SpKey { certificate_der: &own, is_signing: false, is_encryption: true },
            ],
            name_id_formats: Vec::new(),
            signs_requests: true,
            valid_until: Some(Instant::parse("2036-02-29T10:00:00Z").unwrap()),
            cache_seconds: Some(86_400),
        };
        let key = SigningKey::from_pem(keys::SP_RSA.private_pem.as_bytes()).unwrap();
        let xml = metadata.xml(Some(&Signer { key: &key, certificate_der: Some(&own) })).unwrap();
        assert_eq!(xml, GOLDEN.trim_end());
    }
}
