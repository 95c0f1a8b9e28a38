//! The routes in process: requests in, pages out.

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use form_urlencoded::Serializer;
use gatepost_saml::binding::Wire;
use gatepost_saml::code::Code;
use gatepost_saml::encoding;
use gatepost_saml::instant::Instant;
use gatepost_saml::key::DecryptionKey;
use gatepost_saml::mint::keys;
use gatepost_saml::mint::personality::ALL;
use gatepost_saml::policy::Limits;
use gatepost_saml::response::{self, IdentityProvider, ReplayKey, ServiceProvider};
use gatepost_saml::trust::{Trust, read_certificate};
use tower::ServiceExt;

use super::fault::Fault;
use super::*;
use crate::base::time::ManualClock;
use crate::http::pages::markup::{self, HOSTILE};
use crate::words::EN;

const ACS: &str = "http://sp.example/acs";

fn idp() -> axum::Router {
    let now = Instant::from_seconds(1_772_445_630);
    router(Settings {
        base_url: "http://idp.example".to_owned(),
        personalities: ALL.iter().collect(),
        services: vec![Service {
            personality: "clever".to_owned(),
            entity_id: "http://sp.example/metadata".to_owned(),
            acs_url: ACS.to_owned(),
        }],
        text: &EN,
        clock: Clock::Manual(ManualClock::new(now)),
        rng: Rng::seeded(1),
    })
}

async fn text(response: Response<Body>) -> (StatusCode, String) {
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn get(idp: &axum::Router, path: &str) -> (StatusCode, String) {
    text(idp.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap()).await
}

async fn post(idp: &axum::Router, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
    let body = Serializer::new(String::new()).extend_pairs(fields).finish();
    text(idp.clone().oneshot(Request::post(path).body(Body::from(body)).unwrap()).await.unwrap()).await
}

fn request(issuer: &str) -> String {
    let issuer = issuer.replace('&', "&amp;").replace('<', "&lt;");
    encoding::to_base64(
        format!(
            "<p:AuthnRequest xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r1\" \
             AssertionConsumerServiceURL=\"{ACS}\"><a:Issuer xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
             {issuer}</a:Issuer></p:AuthnRequest>"
        )
        .as_bytes(),
    )
}

/// The message in the page that sends it.
fn sent(html: &str) -> String {
    let (_, after) = html.split_once("name=\"SAMLResponse\" value=\"").unwrap();
    let value: String = after.split('"').next().unwrap().split_ascii_whitespace().collect();
    String::from_utf8(encoding::base64(value.as_bytes()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_request_is_answered_in_a_few_steps() {
    let idp = idp();
    let fields = [("SAMLRequest", &*request("http://sp.example/metadata")), ("RelayState", "r&s")];
    let (status, choose) = post(&idp, "/okta/sso", &fields).await;
    assert_eq!(status, StatusCode::OK);
    assert!(choose.contains("Who are you?") && choose.contains("name=\"request_id\" value=\"_r1\""));
    let answer = |fault| {
        [
            ("request_id", "_r1"),
            ("sp_entity_id", "http://sp.example/metadata"),
            ("acs_url", ACS),
            ("relay_state", "r&s"),
            ("person", "0"),
            ("fault", fault),
            ("action", "sign_in"),
        ]
    };
    let (status, problem) = post(&idp, "/okta/answer", &answer("replayed")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
    let (status, send) = post(&idp, "/okta/answer", &answer("none")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(send.contains("data-submit-at-once") && send.contains("value=\"r&#38;s\""));
    let message = sent(&send);
    assert!(message.contains("InResponseTo=\"_r1\"") && message.contains("alice@district.example"));
    let (_, expired) = post(&idp, "/okta/answer", &answer("expired")).await;
    assert_ne!(sent(&expired), message);
    let (_, again) = post(&idp, "/okta/answer", &answer("replayed")).await;
    assert_eq!(sent(&again), message, "the last good one");
}

#[tokio::test]
async fn what_is_sent_can_be_changed_and_looked_at() {
    let idp = idp();
    let common = [("sp_entity_id", "sp"), ("acs_url", ACS), ("person", "1")];
    let (_, edit) = post(&idp, "/entra/answer", &[&common[..], &[("action", "edit")]].concat()).await;
    assert!(
        edit.contains("claims/displayname")
            && edit.contains(">Bj\u{f6}rn M\u{fc}ller-\u{141}ukasz</textarea>")
    );
    let fields = [
        ("name_id", "someone"),
        ("name_id_format", ""),
        ("attribute_name", "shoe size"),
        ("attribute_format", ""),
        ("attribute_friendly_name", ""),
        ("attribute_values", "41"),
    ];
    let (_, more) =
        post(&idp, "/entra/answer", &[&common[..], &fields, &[("action", "add_row")]].concat()).await;
    assert_eq!(more.matches("name=\"attribute_name\"").count(), 2);
    let (_, send) = post(&idp, "/entra/answer", &[&common[..], &fields, &[("show", "1")]].concat()).await;
    assert!(!send.contains("data-submit-at-once") && send.contains("Name=&#34;shoe size&#34;"));
    assert!(sent(&send).contains(">someone<"));
}

#[tokio::test]
async fn a_sign_in_can_start_here() {
    let idp = idp();
    let (_, known) = get(&idp, "/clever/start").await;
    assert!(known.contains("Nobody asked for this sign-in") && known.contains(ACS));
    let (_, unknown) = get(&idp, "/okta/start").await;
    assert!(unknown.contains("Where to?"));
    let (_, wrong) = get(&idp, "/okta/start?sp=x&acs=javascript:alert(1)").await;
    assert!(wrong.contains("must begin with http"));
    let (_, typed) = get(&idp, "/okta/start?sp=x&acs=https%3A%2F%2Fsp%2Facs").await;
    assert!(typed.contains("value=\"https://sp/acs\""));
}

#[tokio::test]
async fn metadata_names_the_addresses_here() {
    for personality in ALL {
        let (status, xml) = get(&idp(), &format!("/{}/metadata", personality.name)).await;
        assert_eq!(status, StatusCode::OK);
        assert!(xml.contains(&format!("http://idp.example/{}/sso", personality.name)), "{xml}");
        assert!(xml.contains(personality.addresses.entity_id), "{xml}");
    }
}

#[tokio::test]
async fn every_page_is_clean_whatever_it_is_given() {
    let idp = idp();
    let hostile = [
        ("request_id", HOSTILE),
        ("sp_entity_id", HOSTILE),
        ("acs_url", ACS),
        ("relay_state", HOSTILE),
        ("person", "other"),
        ("first_name", HOSTILE),
        ("last_name", HOSTILE),
        ("email", HOSTILE),
        ("role", HOSTILE),
    ];
    let edited = [
        ("name_id", HOSTILE),
        ("name_id_format", HOSTILE),
        ("attribute_name", HOSTILE),
        ("attribute_format", HOSTILE),
        ("attribute_friendly_name", HOSTILE),
        ("attribute_values", HOSTILE),
    ];
    let with = |more: &[(&'static str, &'static str)]| [&hostile[..], more].concat();
    let typed = Serializer::new("/okta/start?".to_owned())
        .append_pair("sp", HOSTILE)
        .append_pair("acs", HOSTILE)
        .finish();
    let pages = [
        get(&idp, "/").await,
        get(&idp, &typed).await,
        get(&idp, "/nowhere").await,
        get(&idp, "/okta/sso").await,
        post(&idp, "/okta/sso", &[("SAMLRequest", &request(HOSTILE)), ("RelayState", HOSTILE)]).await,
        post(&idp, "/okta/answer", &with(&[("action", "edit")])).await,
        post(&idp, "/okta/answer", &with(&[&edited[..], &[("action", "add_row")]].concat())).await,
        post(&idp, "/okta/answer", &with(&[&edited[..], &[("show", "1")]].concat())).await,
        post(&idp, "/okta/answer", &[("acs_url", HOSTILE)]).await,
        post(&idp, "/okta/answer", &[("acs_url", ACS), ("person", "99")]).await,
    ];
    for (number, (_, html)) in pages.iter().enumerate() {
        let page = format!("page {number}");
        markup::assert_escaped(html, &page);
        markup::assert_served_from_here(html, &page);
        markup::assert_accessible(html, &page, "en");
    }
}

#[tokio::test]
async fn pages_carry_their_policy_and_only_one_may_post_elsewhere() {
    let policy = |response: Response<Body>| {
        response.headers().get(header::CONTENT_SECURITY_POLICY).unwrap().to_str().unwrap().to_owned()
    };
    let home = idp().oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
    assert!(policy(home).contains("form-action 'self';"));
    let body = Body::from("acs_url=http%3A%2F%2Fsp.example%2Facs&person=0");
    let send = idp().oneshot(Request::post("/okta/answer").body(body).unwrap()).await.unwrap();
    assert!(policy(send).contains("form-action http: https:;"));
}

/// What the engine says to every fault, whichever product it is played by; the menu promises no less.
#[tokio::test]
async fn every_fault_is_refused_for_its_own_reason_and_the_good_answer_is_accepted() {
    let idp = idp();
    let key = read_certificate(keys::IDP_RSA.certificate_pem.as_bytes()).unwrap().key;
    let faults = [Fault::None].into_iter().chain(Fault::MISTAKES).chain(Fault::ATTACKS);
    for (personality, fault) in
        ALL.iter().flat_map(|personality| faults.clone().map(move |fault| (personality, fault)))
    {
        let fields = [
            ("request_id", "_r1"),
            ("sp_entity_id", "http://sp.example/metadata"),
            ("acs_url", ACS),
            ("person", "3"),
            ("fault", fault.name()),
        ];
        let (status, html) = post(&idp, &format!("/{}/answer", personality.name), &fields).await;
        assert_eq!(status, StatusCode::OK, "{} {}", personality.name, fault.name());
        let settings = response::Settings {
            sp: ServiceProvider {
                entity_id: "http://sp.example/metadata".to_owned(),
                accepted_audiences: Vec::new(),
                endpoint: ACS.to_owned(),
                decryption_keys: vec![DecryptionKey::from_pem(keys::SP_RSA.private_pem.as_bytes()).unwrap()],
            },
            idp: IdentityProvider {
                entity_id: personality.addresses.entity_id.to_owned(),
                trust: Trust::new(key.clone(), []),
            },
            policy: personality.preset_policy(),
            limits: Limits::MESSAGE,
        };
        let seen = |_: &ReplayKey| fault == Fault::Replayed;
        let context = response::Context {
            now: Instant::from_seconds(1_772_445_630),
            pending_request: Some("_r1"),
            requested_authn_contexts: &[],
            forced_since: None,
            seen: &seen,
        };
        let message = sent(&html);
        let judgement = response::judge(&Wire::Xml(message.as_bytes()), &settings, &context);
        let code = judgement.verdict.err().map(|refusal| refusal.code);
        let wanted: &[Code] = match fault {
            Fault::None => &[],
            Fault::Expired => &[Code::ConfirmationExpired],
            Fault::NotYetValid => &[Code::ConfirmationNotYetValid, Code::AssertionNotYetValid],
            Fault::WrongAudience => &[Code::AudienceMismatch],
            Fault::WrongRecipient => &[Code::ConfirmationRecipientMismatch],
            Fault::WrongIssuer => &[Code::IssuerMismatch],
            Fault::WrongRequest => &[Code::InResponseToMismatch],
            Fault::Denied => &[Code::StatusRequestDenied],
            Fault::Sha1 => &[Code::SignatureAlgorithmSha1],
            Fault::Unsigned => &[Code::NotSigned],
            // Some send no certificate along, so that nothing says whose key it was.
            Fault::UnknownKey => &[Code::SignatureKeyUnknown, Code::SignatureInvalid],
            Fault::EncryptedToAnother => &[Code::DecryptionFailed],
            Fault::Tampered => &[Code::DigestMismatch],
            Fault::Wrapped => &[Code::AssertionMultiple],
            Fault::Comment => &[Code::CommentInText],
            Fault::Replayed => &[Code::AssertionReplayed],
        };
        let fits = match code {
            None => wanted.is_empty(),
            Some(code) => wanted.contains(&code),
        };
        assert!(fits, "{} {}: {code:?}, wanted {wanted:?}", personality.name, fault.name());
    }
}
