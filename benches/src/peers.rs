//! What others need for the same message. Each is refused as a row when it would also accept a changed one.

use std::error::Error;

use gatepost_saml::mint::keys;

use crate::message::Messages;
use crate::row::{Row, cycle};

/// The same message with an attribute's value changed.
fn tampered(xml: &str) -> String {
    xml.replace("Björn", "Bjoern").replace(">value 0<", ">value 1<")
}

fn pem() -> &'static [u8] {
    let pem = keys::IDP_RSA.certificate_pem;
    pem.find("-----BEGIN").and_then(|at| pem.get(at..)).unwrap_or(pem).as_bytes()
}

/// bergshamra's bare verification: XML, canonical form, digest, RSA. No rule of SAML, no base64, nothing is read.
#[cfg(feature = "bergshamra")]
pub fn bergshamra(messages: &Messages) -> Result<Vec<Row<'_>>, Box<dyn Error>> {
    use ::bergshamra::dsig::context::DsigContext;
    use ::bergshamra::dsig::verify::verify;
    use ::bergshamra::keys::KeysManager;
    use ::bergshamra::keys::loader::load_x509_cert_pem;

    let mut rows = Vec::new();
    let shapes = std::iter::once(&messages.usual).chain(&messages.many);
    let names = ["bergshamra", "bergshamra 10", "bergshamra 100", "bergshamra 1000"];
    for (name, shape) in names.into_iter().zip(shapes) {
        let mut manager = KeysManager::new();
        manager.add_key(load_x509_cert_pem(pem())?);
        let context = DsigContext::new(manager).with_trusted_keys_only(true).with_strict_verification(true);
        let first = &shape.xml[0];
        let result = verify(&context, first)?;
        if !result.is_valid() {
            return Err(format!("{name} refuses the message: {result:?}").into());
        }
        if verify(&context, &tampered(first)).is_ok_and(|result| result.is_valid()) {
            return Err(format!("{name} accepts a changed message").into());
        }
        let mut next = cycle(&shape.xml);
        let call = move || assert!(verify(&context, next()).is_ok_and(|result| result.is_valid()));
        rows.push(Row::new(name, Some(shape.bytes()), call));
    }
    Ok(rows)
}

/// samael's `parse_xml_response`: signature by xmlsec1 and the rules of SAML; without base64.
#[cfg(feature = "samael")]
pub fn samael(messages: &Messages) -> Result<Vec<Row<'_>>, Box<dyn Error>> {
    use ::samael::metadata::EntityDescriptor;
    use ::samael::service_provider::ServiceProviderBuilder;

    use crate::message::{ACS, REQUEST, SP};

    let metadata: EntityDescriptor = std::str::from_utf8(&messages.metadata)?.parse()?;
    let provider = ServiceProviderBuilder::default()
        .entity_id(SP.to_owned())
        .acs_url(ACS.to_owned())
        .idp_metadata(metadata)
        .allow_idp_initiated(false)
        .max_issue_delay(chrono::Duration::hours(24))
        .build()?;
    let judge = move |xml: &str| provider.parse_xml_response(xml, Some(&[REQUEST]));
    judge(&messages.usual.xml[0]).map_err(|error| format!("samael refuses the message: {error:?}"))?;
    if judge(&tampered(&messages.usual.xml[0])).is_ok() {
        return Err("samael accepts a changed message".into());
    }
    let mut next = cycle(&messages.usual.xml);
    Ok(vec![Row::new("samael", Some(messages.usual.bytes()), move || {
        std::hint::black_box(judge(next()).expect("accepted"));
    })])
}
