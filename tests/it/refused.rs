//! What is refused, what the person sees of it, and that nothing is used up by it.

use axum::http::StatusCode;
use gatepost::base::caller::Key;
use gatepost::base::id::{ApiKeyId, AttemptId};
use gatepost::base::{Actor, Ctx};
use gatepost::directory::preset::{IdpInitiated, Product};
use gatepost_saml::mint::logout::redirect_query;
use gatepost_saml::mint::{NameId, keys};

use crate::browser::{Answer, From};
use crate::site::{HTTPS, Idp, Site, alice, bjoern, ctx};

/// A refusal with this code; the page has a reference that leads to the attempt, and no detail.
async fn assert_refused(site: &Site, answer: &Answer, code: &str) {
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    assert!(answer.body.contains("You could not be signed in"));
    assert!(!answer.set_cookies().iter().any(|cookie| cookie.contains("session")), "no session");
    let stored = site.text("SELECT code FROM attempts ORDER BY rowid DESC LIMIT 1").await;
    assert_eq!(stored.as_deref(), Some(code));
    let reference = site.text("SELECT id FROM attempts ORDER BY rowid DESC LIMIT 1").await.unwrap();
    assert!(answer.body.contains(&reference), "{reference} in {}", answer.body);
    assert_eq!(
        site.text("SELECT outcome FROM attempts ORDER BY rowid DESC LIMIT 1").await.as_deref(),
        Some("refused")
    );
}

#[tokio::test]
async fn what_nobody_asked_for() {
    let site = Site::https().await;
    let clever = site.connect_as(Product::Clever, IdpInitiated::Refuse).await;
    let message = site.answer(&clever, &alice(), None, |_| {});
    let mut browser = site.browser();
    let answer = browser.bring(&clever, &message, Some("/deep/link")).await;
    assert_refused(&site, &answer, "unsolicited").await;
    browser.start(&clever).await;
    let answer = browser.bring(&clever, &message, None).await;
    assert_refused(&site, &answer, "unsolicited").await;
    assert_eq!(site.count("SELECT COUNT(*) FROM replays").await, 0);
}

#[tokio::test]
async fn the_two_fields_exchanged_at_the_identity_provider() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    let pending = browser.start(&okta).await;
    let ours = format!("/saml/{}/metadata", okta.connection.id);
    let exchanged = format!("{HTTPS}{ours}");
    let message = site.answer(&okta, &alice(), Some(&pending.request_id), |minted| {
        minted.sp_entity_id = &okta.connection.acs_url;
        minted.acs_url = &exchanged;
    });
    let form = [("SAMLResponse", message.as_str()), ("RelayState", pending.relay_state.as_str())];
    let answer = browser.post(&ours, &form, From::AnotherSite).await;
    assert_refused(&site, &answer, "destination_mismatch").await;
}

#[tokio::test]
async fn another_browsers_request() {
    let site = Site::https().await;
    let okta = site.connect_as(Product::Okta, IdpInitiated::Refuse).await;
    let (mut hers, mut his) = (site.browser(), site.browser());
    let pending = hers.start(&okta).await;
    his.start(&okta).await;
    let message = site.answer(&okta, &alice(), Some(&pending.request_id), |_| {});
    let answer = his.bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_refused(&site, &answer, "in_response_to_unknown").await;
    // Not even with her sealed request in his browser: it is bound to her browser's own value.
    let stolen = hers.cookies.iter().find(|(name, _)| name.contains("pending")).unwrap();
    his.cookies.insert(stolen.0.clone(), stolen.1.clone());
    let answer = his.bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_refused(&site, &answer, "in_response_to_unknown").await;
    let answer = hers.bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_eq!(answer.location(), Some("/me"), "and hers is not used up");
}

#[tokio::test]
async fn another_connections_request() {
    let site = Site::https().await;
    let (okta, google) = (
        site.connect_as(Product::Okta, IdpInitiated::Refuse).await,
        site.connect_as(Product::Google, IdpInitiated::Refuse).await,
    );
    let mut browser = site.browser();
    let pending = browser.start(&google).await;
    let message = site.answer(&okta, &alice(), Some(&pending.request_id), |_| {});
    let answer = browser.bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_refused(&site, &answer, "in_response_to_unknown").await;
}

#[tokio::test]
async fn an_answer_to_another_request_of_this_browser() {
    let site = Site::https().await;
    let okta = site.connect_as(Product::Okta, IdpInitiated::Refuse).await;
    let mut browser = site.browser();
    let (first, second) = (browser.start(&okta).await, browser.start(&okta).await);
    let message = site.answer(&okta, &alice(), Some(&first.request_id), |_| {});
    let answer = browser.bring(&okta, &message, Some(&second.relay_state)).await;
    assert_refused(&site, &answer, "in_response_to_mismatch").await;
}

#[tokio::test]
async fn no_cookie_even_the_second_time() {
    let site = Site::https().await;
    let okta = site.connect_as(Product::Okta, IdpInitiated::Refuse).await;
    let pending = site.browser().start(&okta).await;
    let message = site.answer(&okta, &alice(), Some(&pending.request_id), |_| {});
    let answer = site.browser().bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_refused(&site, &answer, "in_response_to_unknown").await;
}

#[tokio::test]
async fn two_browser_cookies_are_none() {
    let site = Site::https().await;
    let okta = site.connect_as(Product::Okta, IdpInitiated::Refuse).await;
    let mut browser = site.browser();
    let pending = browser.start(&okta).await;
    let name = "__Host-gatepost-browser";
    let (value, comes_along) = browser.cookies[name].clone();
    // One header line with the name twice, as when another host of the domain planted one.
    browser.cookies.insert(name.to_owned(), (format!("{value}; {name}={value}"), comes_along));
    let message = site.answer(&okta, &alice(), Some(&pending.request_id), |_| {});
    let answer = browser.bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_refused(&site, &answer, "in_response_to_unknown").await;
}

#[tokio::test]
async fn a_request_that_expired() {
    let site = Site::https().await;
    let okta = site.connect_as(Product::Okta, IdpInitiated::Refuse).await;
    let mut browser = site.browser();
    let pending = browser.start(&okta).await;
    site.clock.advance(3599);
    let in_time = site.answer(&okta, &alice(), Some(&pending.request_id), |_| {});
    assert_eq!(
        browser.clone().bring(&okta, &in_time, Some(&pending.relay_state)).await.location(),
        Some("/me")
    );
    let second = browser.start(&okta).await;
    site.clock.advance(3600);
    let late = site.answer(&okta, &alice(), Some(&second.request_id), |_| {});
    let answer = browser.bring(&okta, &late, Some(&second.relay_state)).await;
    assert_refused(&site, &answer, "in_response_to_unknown").await;
}

#[tokio::test]
async fn a_second_answer_to_a_used_request() {
    let site = Site::https().await;
    let okta = site.connect_as(Product::Okta, IdpInitiated::Refuse).await;
    let mut browser = site.browser();
    let pending = browser.start(&okta).await;
    let [first, second] =
        [alice(), bjoern()].map(|person| site.answer(&okta, &person, Some(&pending.request_id), |_| {}));
    assert_eq!(browser.bring(&okta, &first, Some(&pending.relay_state)).await.location(), Some("/me"));
    let answer = browser.bring(&okta, &second, Some(&pending.relay_state)).await;
    assert_refused(&site, &answer, "in_response_to_unknown").await;
    assert_eq!(site.count("SELECT COUNT(*) FROM replays").await, 1, "and burnt nothing");
    assert_eq!(site.count("SELECT COUNT(*) FROM users").await, 1);
}

#[tokio::test]
async fn a_refused_message_burns_nothing() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    let pending = browser.start(&okta).await;
    let message = site.answer(&okta, &alice(), Some(&pending.request_id), |_| {});
    site.clock.advance(-3600);
    let answer = browser.bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "an hour too early");
    site.clock.advance(3600);
    assert_eq!(browser.bring(&okta, &message, Some(&pending.relay_state)).await.location(), Some("/me"));
}

#[tokio::test]
async fn a_key_that_is_not_trusted() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let person = alice();
    let mut browser = site.browser();
    let forged =
        |request: &mut gatepost_saml::mint::MintRequest<'_>| request.options.key = Some(&keys::ATTACKER_RSA);
    let answer = browser.sign_in_changed(&site, &okta, &person, forged).await;
    assert_refused(&site, &answer, "signature_key_unknown").await;
    for detail in ["spki", "fingerprint", "CN=", "Trace", "wanted"] {
        assert!(!answer.body.contains(detail), "strangers get a sentence, not the check: {}", answer.body);
    }
}

#[tokio::test]
async fn what_could_serve_as_an_oracle_has_one_answer() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let person = alice();
    let mut pages = Vec::new();
    // To a certificate that is not ours, and by a transport that is not accepted.
    for transport in [None, Some(gatepost_saml::algorithms::KeyTransport::Rsa15)] {
        let answer = site
            .browser()
            .sign_in_changed(&site, &okta, &person, |request| {
                request.options.signs = Some(gatepost_saml::mint::Signs::Assertion);
                request.options.encrypts = Some(true);
                request.options.encrypt_to = Some(keys::SP_RSA_OLD.certificate_pem);
                if let Some(transport) = transport {
                    let usual = okta.personality.encryption;
                    request.options.encryption =
                        Some(gatepost_saml::mint::method::Encryption { transport, ..usual });
                }
            })
            .await;
        assert_refused(&site, &answer, "decryption_failed").await;
        let reference = site.text("SELECT id FROM attempts ORDER BY rowid DESC LIMIT 1").await.unwrap();
        pages.push(answer.body.replace(&reference, ""));
    }
    assert_eq!(pages[0], pages[1]);
}

/// The engine allows for clocks that differ; a session cannot begin after its end all the same.
#[tokio::test]
async fn a_session_that_has_ended_already() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    for (end, is_in) in [(-60, false), (0, false), (60, true)] {
        let mut personality = *okta.personality;
        personality.windows.session_end = Some(end);
        let idp = Idp { personality: Box::leak(Box::new(personality)), connection: okta.connection.clone() };
        let answer = site.browser().sign_in(&site, &idp, &alice()).await;
        if is_in {
            assert_eq!(answer.location(), Some("/me"), "{end}: {}", answer.body);
        } else {
            assert_refused(&site, &answer, "session_expired").await;
            assert_eq!(site.count("SELECT COUNT(*) FROM sessions").await, 0, "{end}");
        }
    }
}

/// Anybody can send one; only whoever may read messages learns what was inside.
#[tokio::test]
async fn what_comes_to_light_in_a_ciphertext_is_told_to_owners_alone() {
    use gatepost::flow::attempt;
    use gatepost::flow::connection::playground::{self, On};
    use gatepost::flow::keys::sp;
    use gatepost_saml::Code;
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let (id, person) = (okta.connection.id, alice());
    let account = site.text("SELECT id FROM accounts").await.unwrap().parse().unwrap();
    let may = |scopes: &str| {
        let id = ApiKeyId::make(site.clock.now(), &site.rng);
        let key = Key { id, account: Some(account), scopes: scopes.parse().unwrap() };
        site.gateway.ctx(Actor::ApiKey(key))
    };
    let (reads, tries) = (may("sign_ins:read"), may("connections:write"));
    let (mut told, mut causes) = (Vec::new(), Vec::new());
    for to in [keys::SP_RSA.certificate_pem, keys::IDP_RSA_NEXT.certificate_pem] {
        let forged = |minted: &mut gatepost_saml::mint::MintRequest<'_>| {
            minted.options.signs = Some(gatepost_saml::mint::Signs::Assertion);
            minted.options.key = Some(&keys::ATTACKER_RSA);
            minted.options.encrypts = Some(true);
            minted.options.encrypt_to = Some(to);
        };
        site.browser().sign_in_changed(&site, &okta, &person, forged).await;
        let last = site.text("SELECT id FROM attempts ORDER BY rowid DESC LIMIT 1").await.unwrap();
        let last: AttemptId = last.parse().unwrap();
        let seen = async |by: &Ctx| attempt::find(&site.gateway, by, last).await.unwrap().stored;
        let shown = seen(&reads).await;
        let steps = shown.trace.steps.iter().map(|step| (step.name, step.outcome, step.code));
        let steps = format!("{:?}", steps.collect::<Vec<_>>());
        assert!(shown.trace.encrypted.is_none() && shown.trace.warnings.is_empty(), "{:?}", shown.trace);
        let on = On::Recorded(last);
        let denied = playground::try_mapping(&site.gateway, &tries, id, ("{}", &on)).await.unwrap_err();
        let uses = sp::uses(&site.gateway, &may("connections:read"), id).await.unwrap();
        assert!(uses.is_empty(), "nor does it say which key of ours opens it: {uses:?}");
        told.push((shown.refusal, steps, denied.to_string()));
        causes.push(seen(&ctx(&site)).await.refusal.unwrap().code);
    }
    assert_eq!(told[0], told[1]);
    assert!(told[0].2.contains("decryption_failed"), "{told:?}");
    assert_eq!(causes, [Code::SignatureKeyUnknown, Code::DecryptionFailed]);
}

#[tokio::test]
async fn somebody_without_a_lasting_name() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let person = alice();
    let transient = NameId {
        value: "_7c4f".to_owned(),
        format: Some("urn:oasis:names:tc:SAML:2.0:nameid-format:transient".to_owned()),
        ..okta.personality.name_id(&person, &mut |_: &mut [u8]| {})
    };
    let named =
        |request: &mut gatepost_saml::mint::MintRequest<'_>| request.options.name_id = Some(transient);
    let answer = site.browser().sign_in_changed(&site, &okta, &person, named).await;
    assert_refused(&site, &answer, "name_id_transient").await;
    assert_eq!(site.count("SELECT COUNT(*) FROM users").await, 0);
}

#[tokio::test]
async fn somebody_who_was_shut_out() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    browser.sign_in(&site, &okta, &alice()).await;
    site.execute("UPDATE users SET state = 'disabled'").await;
    assert_eq!(browser.get("/me").await.location(), Some("/"), "their session has ended too");
    let answer = browser.sign_in(&site, &okta, &alice()).await;
    assert_refused(&site, &answer, "user_disabled").await;
    assert_eq!(site.count("SELECT COUNT(*) FROM replays").await, 1, "the refused one burnt nothing");
}

#[tokio::test]
async fn what_cannot_be_read() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    for body in [
        "",
        "SAMLResponse=",
        "SAMLResponse=%%%",
        "SAMLResponse=eA&SAMLResponse=eA",
        "SAMLResponse=PHg+",
        "\u{0}",
    ] {
        let answer = site.browser().post_body(&okta.path("acs"), format!("{body}&again=1")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}: {}", answer.body);
        assert!(answer.body.contains("Reference"));
    }
    let huge = site.browser().post_body(&okta.path("acs"), vec![b'a'; 600 * 1024]).await;
    assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_response_by_the_wrong_binding() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    let pending = browser.start(&okta).await;
    let message = site.answer(&okta, &alice(), Some(&pending.request_id), |_| {});
    let xml = gatepost_saml::encoding::base64(message.as_bytes()).unwrap();
    // As that binding carries a message, and as the form that it should have been does.
    let redirected = redirect_query("SAMLResponse", &xml, Some(&pending.relay_state), false);
    let form = crate::browser::encode(&[("SAMLResponse", &message), ("RelayState", &pending.relay_state)]);
    for (query, code) in [(redirected, "binding_not_allowed"), (form, "input_deflate")] {
        let answer = browser.get(&format!("{}?{query}", okta.path("acs"))).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
        assert!(answer.body.contains(&format!("<code>{code}")), "{code}: {}", answer.body);
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions").await, 0);
    assert_eq!(browser.get(&okta.path("acs")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_flood_of_rubbish_does_not_fill_the_database() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    for _ in 0..30 {
        let form = [("SAMLResponse", "PHg+"), ("again", "1")];
        assert_eq!(
            browser.post(&okta.path("acs"), &form, From::AnotherSite).await.status,
            StatusCode::BAD_REQUEST
        );
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM attempts").await, 20);
    let job = site.gateway.ctx(gatepost::base::Actor::Job("changes"));
    gatepost::flow::login::flush_counts(&site.gateway, &job).await.unwrap();
    gatepost::flow::login::flush_counts(&site.gateway, &job).await.unwrap();
    assert_eq!(site.count("SELECT CAST(SUM(refused) AS BIGINT) FROM attempt_overflows").await, 10);
    assert_eq!(site.count("SELECT COUNT(*) FROM attempt_messages").await, 0, "it names no issuer of ours");
    site.clock.advance(61);
    browser.post(&okta.path("acs"), &[("SAMLResponse", "PHg+"), ("again", "1")], From::AnotherSite).await;
    assert_eq!(site.count("SELECT COUNT(*) FROM attempts").await, 21);
    assert_eq!(
        browser.sign_in(&site, &okta, &alice()).await.location(),
        Some("/me"),
        "and people sign in meanwhile"
    );
}

#[tokio::test]
async fn an_assertion_that_is_good_for_too_long() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    site.set(&okta, |settings| settings["policy"]["max_validity_seconds"] = 60.into()).await;
    let answer = browser.sign_in(&site, &okta, &alice()).await;
    assert_refused(&site, &answer, "validity_too_long").await;
    assert_eq!(site.count("SELECT COUNT(*) FROM replays").await, 0, "nothing is burned");
    site.set(&okta, |settings| settings["policy"]["max_validity_seconds"] = 86_400.into()).await;
    assert_eq!(browser.sign_in(&site, &okta, &alice()).await.location(), Some("/me"));
}
