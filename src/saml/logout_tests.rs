use super::*;
use crate::mint::keys;
use crate::policy::{Limits, Policy};
use crate::response::{IdentityProvider, ServiceProvider};
use crate::signature::sign::{Signer, sign_enveloped};
use crate::trust::{Trust, read_certificate};

const NOW: Instant = Instant::from_seconds(1_772_445_630);
const SLO: &str = "https://sp.example/slo";
const IDP: &str = "https://idp.example";

fn settings() -> Settings {
    let key = read_certificate(keys::IDP_RSA.certificate_pem.as_bytes()).unwrap().key;
    Settings {
        sp: ServiceProvider {
            entity_id: "https://sp.example".to_owned(),
            accepted_audiences: Vec::new(),
            endpoint: SLO.to_owned(),
            decryption_keys: Vec::new(),
        },
        idp: IdentityProvider { entity_id: IDP.to_owned(), trust: Trust::new(key, []) },
        policy: Policy::default(),
        limits: Limits::MESSAGE,
    }
}

fn judged(xml: &str, kind: MessageKind, pending: Option<&str>) -> Result<Logout, Code> {
    let context = Context {
        now: NOW,
        pending_request: pending,
        requested_authn_contexts: &[],
        forced_since: None,
        seen: &|_| false,
    };
    judge(&Wire::Xml(xml.as_bytes()), kind, &settings(), &context).verdict.map_err(|refusal| refusal.code)
}

fn signed(local: &str, attributes: &str, content: &str) -> String {
    let head = format!(
        "<samlp:{local} xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" \
         ID=\"_m\" Version=\"2.0\" Destination=\"{SLO}\"{attributes}><saml:Issuer>{IDP}</saml:Issuer>"
    );
    let key = crate::key::SigningKey::from_pem(keys::IDP_RSA.private_pem.as_bytes()).unwrap();
    let der = keys::IDP_RSA.certificate_der().unwrap();
    let signer = Signer { key: &key, certificate_der: Some(&der) };
    sign_enveloped(&format!("{head}{content}</samlp:{local}>"), "_m", head.len(), &signer).unwrap()
}

fn request(attributes: &str) -> Result<Logout, Code> {
    judged(
        &signed("LogoutRequest", attributes, "<saml:NameID>alice</saml:NameID>"),
        MessageKind::LogoutRequest,
        None,
    )
}

#[test]
fn a_request_is_good_for_a_while_only() {
    let issued = |instant: Instant| format!(" IssueInstant=\"{instant}\"");
    assert!(request(&issued(NOW)).is_ok());
    assert_eq!(request(&issued(NOW.plus_seconds(-3600))), Err(Code::LogoutExpired));
    assert_eq!(request(&issued(NOW.plus_seconds(3600))), Err(Code::TimeMalformed));
    assert_eq!(request(" IssueInstant=\"garbage\""), Err(Code::TimeMalformed));
    assert_eq!(request(""), Err(Code::TimeMalformed));
    let until = format!("{} NotOnOrAfter=\"{}\"", issued(NOW.plus_seconds(-3600)), NOW.plus_seconds(60));
    let Ok(Logout::Request(request)) = request(&until) else { panic!("accepted") };
    assert_eq!(request.replay_key().day, NOW.day());
}

const SUCCESS: &str =
    "<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>";

#[test]
fn a_response_says_only_what_is_signed() {
    let good = signed("LogoutResponse", " InResponseTo=\"_r\"", SUCCESS);
    let accepted = judged(&good, MessageKind::LogoutResponse, Some("_r"));
    assert!(matches!(&accepted, Ok(Logout::Response(response)) if !response.is_partial()), "{accepted:?}");
    let partial = "<samlp:StatusCode xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
        Value=\"urn:oasis:names:tc:SAML:2.0:status:PartialLogout\"/></ds:KeyInfo>";
    let attacked = good.replace("</ds:KeyInfo>", partial);
    let accepted = judged(&attacked, MessageKind::LogoutResponse, Some("_r"));
    assert!(matches!(&accepted, Ok(Logout::Response(response)) if !response.is_partial()), "{accepted:?}");
    assert_eq!(judged(&good, MessageKind::LogoutResponse, None), Err(Code::InResponseToUnknown));
}

#[test]
fn no_other_kind_is_judged_here() {
    let good = signed("LogoutResponse", " InResponseTo=\"_r\"", SUCCESS);
    for kind in [MessageKind::Response, MessageKind::Metadata] {
        assert_eq!(judged(&good, kind, Some("_r")), Err(Code::UnexpectedMessage));
    }
}
