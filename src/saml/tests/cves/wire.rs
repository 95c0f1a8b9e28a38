//! Wire forms: what inflates without end, and what two readers take from one query.

use gatepost_saml::binding::{Parameter, Wire};
use gatepost_saml::encoding::{deflate, to_base64};
use gatepost_saml::mint::Signs;
use gatepost_saml::{Code, Limits, StepName};

use crate::bench::{Message, refused, verdict};

/// 64 MiB of blanks inside a message, 64 KiB on the wire.
fn bomb() -> String {
    let mut xml = b"<saml2p:LogoutRequest>".to_vec();
    xml.resize(64 * 1024 * 1024, b' ');
    to_base64(&deflate(&xml))
}

fn escaped(text: &str) -> String {
    text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

fn query_refusal(query: &str) -> Code {
    Wire::Query(query.as_bytes()).message(Parameter::Request, &Limits::MESSAGE).unwrap_err().code
}

#[test]
fn cve_2023_28119_deflate_bomb_in_the_redirect_binding() {
    assert_eq!(query_refusal(&format!("SAMLRequest={}", escaped(&bomb()))), Code::MessageTooLarge);
}

#[test]
fn cve_2025_25293_deflate_bomb_in_a_post() {
    let bomb = bomb();
    // A posted message is not compressed; nobody tries to inflate it to the end.
    let refusal = verdict(&Wire::Base64(bomb.as_bytes())).verdict.unwrap_err();
    assert!(matches!(refusal.step, StepName::Input | StepName::Size | StepName::Xml), "{refusal:?}");
    let message = Message::genuine(Signs::Assertion);
    let small = to_base64(&deflate(&message.bytes()));
    refused(&verdict(&Wire::Base64(small.as_bytes())), Code::InputDeflate, StepName::Input);
}

#[test]
fn cve_2025_27773_signature_over_another_parameter() {
    let message = escaped(&to_base64(&deflate(b"<a/>")));
    let other = escaped(&to_base64(&deflate(b"<evil/>")));
    let tail = "SigAlg=http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256&Signature=AAAA";
    for query in [
        // One is signed, the other would be read.
        format!("SAMLRequest={message}&SAMLResponse={other}&{tail}"),
        format!("SAMLResponse={other}&SAMLRequest={message}&{tail}"),
        format!("SAMLRequest={message}&SAMLRequest={other}&{tail}"),
        format!("SAMLRequest={message}&SAMLReques%74={other}&{tail}"),
        format!("SAMLRequest={message}&{tail}&SigAlg=x"),
        format!("SAMLRequest={message}&SigAlg=x"),
    ] {
        assert_eq!(query_refusal(&query), Code::InputParameters, "{query}");
    }
    let good = format!("SAMLRequest={message}&{tail}");
    let read = Wire::Query(good.as_bytes()).message(Parameter::Request, &Limits::MESSAGE).unwrap();
    assert_eq!(read.query_signature.unwrap().signed, good.split("&Signature=").next().unwrap().as_bytes());
}

#[test]
fn cve_2026_18217_second_response_in_the_form() {
    let genuine = escaped(&to_base64(&Message::genuine(Signs::Assertion).bytes()));
    let good = format!("SAMLResponse={genuine}&RelayState=x");
    assert!(verdict(&Wire::Form(good.as_bytes())).verdict.is_ok());
    for form in [
        format!("SAMLResponse={genuine}&SAMLResponse=PGEvPg%3D%3D"),
        format!("SAMLResponse=PGEvPg%3D%3D&RelayState=x&SAMLRespons%65={genuine}"),
        format!("SAMLRequest=PGEvPg%3D%3D&SAMLResponse={genuine}"),
    ] {
        refused(&verdict(&Wire::Form(form.as_bytes())), Code::InputParameters, StepName::Input);
    }
}
