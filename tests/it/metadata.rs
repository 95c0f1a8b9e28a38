//! Metadata from a URL: followed as far as it may be, refreshed in time, asked when a key is not known; and what a hostile
//! server can do, which is nothing.

mod asked;
mod brought;
mod turns;

use axum::http::StatusCode;
use gatepost::base::Actor;
use gatepost::directory::preset::Product;
use gatepost::directory::state::ConnectionState;
use gatepost::flow::connection::refresh::{self, APART_SECONDS, Refreshed};
use gatepost::flow::connection::settings::Metadata;
use gatepost::flow::connection::{self, Create, IdentityProvider, drift, revision};
use gatepost::flow::{FlowError, account, deadline, owner};
use gatepost::jobs;
use gatepost::outbound::mail::Mailer;
use gatepost_saml::mint::keys::{
    ATTACKER_RSA, IDP_EC_P256, IDP_RSA, IDP_RSA_1024, IDP_RSA_NEXT, SP_RSA, TestKey,
};
use gatepost_saml::mint::{MintRequest, Personality};
use gatepost_saml::trust::read_certificate;

use crate::browser::Answer as Page;
use crate::publisher::{Answer, Document, Publisher, signed};
use crate::site::{ACCOUNT, HTTPS, Idp, Site, alice, ctx, slug};

const DAY: i64 = 86_400;

type Change = Box<dyn FnOnce(&mut MintRequest<'_>)>;

fn okta() -> &'static Personality {
    Personality::named("okta").unwrap()
}

pub fn document(keys: &[TestKey]) -> Document<'_> {
    Document::of(okta(), keys)
}

async fn try_connect(
    site: &Site,
    account: &str,
    (publisher, signed_by): (&Publisher, &[TestKey]),
) -> Result<Idp, FlowError> {
    let key = |key: &TestKey| read_certificate(key.certificate_pem.as_bytes()).unwrap().key;
    let signed_by: Vec<_> = signed_by.iter().map(key).collect();
    let input = Create {
        account: account.parse().unwrap(),
        name: None,
        product: Product::Okta,
        idp: IdentityProvider::MetadataUrl {
            metadata: Metadata::new(&publisher.url(), &signed_by),
            entity_id: Some(okta().addresses.entity_id.to_owned()),
        },
        subject: None,
        policy: None,
        idp_initiated: None,
        service_provider: None,
    };
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let (connection, _) = connection::create(&site.gateway, &ctx, input).await?;
    Ok(Idp { personality: okta(), connection })
}

/// A site with a connection whose metadata lists the usual key.
pub async fn followed() -> (Site, Publisher, Idp) {
    let (site, publisher) = (Site::https().await, Publisher::new(Answer::Status(500)));
    publisher.publish(&document(&[IDP_RSA]));
    let idp = try_connect(&site, ACCOUNT, (&publisher, &[])).await.unwrap();
    (site, publisher, idp)
}

async fn sign_in(site: &Site, idp: &Idp, key: &'static TestKey) -> Page {
    sign_in_changed(site, idp, key, |_| {}).await
}

async fn sign_in_changed(
    site: &Site,
    idp: &Idp,
    key: &'static TestKey,
    change: impl FnOnce(&mut MintRequest<'_>),
) -> Page {
    let person = alice();
    let mut browser = site.browser();
    let pending = browser.start(idp).await;
    let message = site.answer(idp, &person, Some(&pending.request_id), |request| {
        request.options.key = Some(key);
        change(request);
    });
    browser.bring(idp, &message, Some(&pending.relay_state)).await
}

fn is_in(page: &Page) -> bool {
    page.status == StatusCode::SEE_OTHER
}

pub async fn refresh_now(site: &Site, idp: &Idp) -> Refreshed {
    let ctx = site.gateway.ctx(Actor::CommandLine);
    refresh::refresh(&site.gateway, &ctx, idp.connection.id).await.unwrap()
}

/// The number of its revision and how many keys it trusts.
async fn state(site: &Site) -> (i64, i64) {
    (
        site.count("SELECT MAX(revision) FROM connections").await,
        site.count("SELECT COUNT(*) FROM idp_keys WHERE state = 'active'").await,
    )
}

#[tokio::test]
async fn keys_are_followed_day_by_day() {
    let (site, publisher, idp) = followed().await;
    assert!(is_in(&sign_in(&site, &idp, &IDP_RSA).await));
    // The next key is announced before it is used.
    publisher.publish(&document(&[IDP_RSA, IDP_RSA_NEXT]));
    jobs::round(&site.gateway).await;
    assert_eq!(publisher.hits(), 1, "not before its time");
    site.clock.advance(DAY * 5 / 4 + 1);
    assert_eq!(jobs::round(&site.gateway).await.1, 1);
    assert_eq!((publisher.hits(), state(&site).await), (2, (2, 2)));
    assert!(
        is_in(&sign_in(&site, &idp, &IDP_RSA).await) && is_in(&sign_in(&site, &idp, &IDP_RSA_NEXT).await)
    );
    assert_eq!(publisher.hits(), 2, "known by then");
    // And the old one is withdrawn.
    publisher.publish(&document(&[IDP_RSA_NEXT]));
    site.clock.advance(DAY * 5 / 4 + 1);
    jobs::round(&site.gateway).await;
    assert_eq!(state(&site).await, (3, 1));
    let page = sign_in(&site, &idp, &IDP_RSA).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "out at once");
    assert!(is_in(&sign_in(&site, &idp, &IDP_RSA_NEXT).await));
    let actors = "SELECT actor FROM connection_revisions WHERE revision = 3";
    assert_eq!(site.text(actors).await.as_deref(), Some("job:metadata_refresh"));
    // Nothing new is no revision.
    site.clock.advance(DAY * 5 / 4 + 1);
    jobs::round(&site.gateway).await;
    assert_eq!(state(&site).await, (3, 1));
}

#[tokio::test]
async fn an_unknown_key_brings_a_look_at_the_metadata() {
    let (site, publisher, idp) = followed().await;
    publisher.publish(&document(&[IDP_RSA_NEXT]));
    site.clock.advance(APART_SECONDS);
    assert!(is_in(&sign_in(&site, &idp, &IDP_RSA_NEXT).await));
    assert_eq!((publisher.hits(), state(&site).await), (2, (2, 1)));
    let actor = site.text("SELECT actor FROM connection_revisions WHERE revision = 2").await.unwrap();
    assert_eq!(actor, format!("idp:{}", idp.connection.id));
    assert!(is_in(&sign_in(&site, &idp, &IDP_RSA_NEXT).await));
    assert_eq!(publisher.hits(), 2);
}

#[tokio::test]
async fn a_key_is_never_taken_from_the_message() {
    let (site, publisher, idp) = followed().await;
    site.clock.advance(APART_SECONDS);
    let page = sign_in(&site, &idp, &ATTACKER_RSA).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert_eq!((publisher.hits(), state(&site).await), (2, (1, 1)), "looked, and found nothing");
    // Not more often than that, whatever comes.
    for _ in 0..5 {
        sign_in(&site, &idp, &ATTACKER_RSA).await;
    }
    assert_eq!(publisher.hits(), 2);
    site.clock.advance(APART_SECONDS);
    sign_in(&site, &idp, &ATTACKER_RSA).await;
    assert_eq!(publisher.hits(), 3);
    assert!(is_in(&sign_in(&site, &idp, &IDP_RSA).await));
}

/// Anybody can send such messages: they must not queue up before sign-ins that are to be written.
#[tokio::test]
async fn unknown_keys_take_no_turn_at_writing() {
    let (site, publisher, idp) = followed().await;
    site.clock.advance(APART_SECONDS);
    // So many refusals are stored in a minute; the others are counted.
    for _ in 0..25 {
        assert_eq!(sign_in(&site, &idp, &ATTACKER_RSA).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(publisher.hits(), 2, "it was asked already");
    let writing = site.storage.write().await.unwrap();
    assert_eq!(sign_in(&site, &idp, &ATTACKER_RSA).await.status, StatusCode::FORBIDDEN);
    drop(writing);
}

#[tokio::test]
async fn a_message_that_would_not_fit_anyway_brings_nothing() {
    let (site, publisher, idp) = followed().await;
    publisher.publish(&document(&[IDP_RSA, IDP_RSA_NEXT]));
    site.clock.advance(APART_SECONDS);
    let late = site.clock.now().plus_seconds(-DAY);
    let changes: Vec<Change> = vec![
        Box::new(|request| request.sp_entity_id = "https://other.example/metadata"),
        Box::new(|request| request.acs_url = "https://other.example/acs"),
        Box::new(move |request| request.now = late),
        Box::new(|request| {
            request.options.addresses = Some(Personality::named("google").unwrap().addresses);
        }),
    ];
    for change in changes {
        assert!(!is_in(&sign_in_changed(&site, &idp, &IDP_RSA_NEXT, change).await));
    }
    assert_eq!((publisher.hits(), state(&site).await), (1, (1, 1)));
    assert!(is_in(&sign_in(&site, &idp, &IDP_RSA_NEXT).await), "and one that fits does");
    assert_eq!(publisher.hits(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_school_with_a_new_key_asks_once() {
    let (site, publisher, idp) = followed().await;
    publisher.publish(&document(&[IDP_RSA_NEXT]));
    site.clock.advance(APART_SECONDS);
    let mut pupils = Vec::new();
    for _ in 0..12 {
        let mut browser = site.browser();
        let pending = browser.start(&idp).await;
        let person = alice();
        let message = site.answer(&idp, &person, Some(&pending.request_id), |request| {
            request.options.key = Some(&IDP_RSA_NEXT);
        });
        let path = idp.path("acs");
        pupils.push(tokio::spawn(async move {
            let form = [("SAMLResponse", message.as_str()), ("RelayState", pending.relay_state.as_str())];
            browser.post(&path, &form, crate::browser::From::AnotherSite).await.status
        }));
    }
    for pupil in pupils {
        assert_eq!(pupil.await.unwrap(), StatusCode::SEE_OTHER);
    }
    assert_eq!((publisher.hits(), state(&site).await), (2, (2, 1)));
}

#[tokio::test]
async fn another_host_waits_for_an_owner() {
    let (site, publisher, idp) = followed().await;
    let moved = Document { sso_url: "https://moved.example/sso", ..document(&[IDP_RSA, IDP_RSA_NEXT]) };
    publisher.publish(&moved);
    site.clock.advance(APART_SECONDS);
    assert!(matches!(refresh_now(&site, &idp).await, Refreshed::Changed(2)), "its keys are followed");
    let page = site.browser().get(&idp.path("login")).await;
    assert!(page.body.contains("okta") && !page.body.contains("moved.example"), "{}", page.body);
    let ctx = || site.gateway.ctx(Actor::CommandLine);
    let slug = ACCOUNT.parse().unwrap();
    let waiting = drift::drifts(&site.gateway, &ctx(), &slug).await.unwrap();
    assert_eq!((waiting.len(), waiting[0].kind), (1, "sso_host"));
    assert!(waiting[0].proposed.contains(&"https://moved.example/sso".to_owned()), "{waiting:?}");
    // The same again is nothing new.
    site.clock.advance(APART_SECONDS);
    assert_eq!(refresh_now(&site, &idp).await, Refreshed::Unchanged);
    assert_eq!(site.count("SELECT COUNT(*) FROM events WHERE action = 'connection.drift_found'").await, 1);
    // Whoever publishes the metadata puts something else there after the owner has looked.
    let shown = &waiting[0].proposal;
    let evil = Document { sso_url: "https://evil.example/sso", ..moved.clone() };
    publisher.publish(&evil);
    site.clock.advance(APART_SECONDS);
    refresh_now(&site, &idp).await;
    let refused = drift::approve(&site.gateway, &ctx(), idp.connection.id, shown).await.unwrap_err();
    assert!(refused.to_string().contains("not what was shown"), "{refused}");
    publisher.publish(&moved);
    site.clock.advance(APART_SECONDS);
    refresh_now(&site, &idp).await;
    let made = drift::approve(&site.gateway, &ctx(), idp.connection.id, shown).await.unwrap();
    assert_eq!(made, Some(3));
    assert!(site.browser().get(&idp.path("login")).await.body.contains("moved.example"));
    assert!(drift::drifts(&site.gateway, &ctx(), &slug).await.unwrap().is_empty());
    let again = drift::approve(&site.gateway, &ctx(), idp.connection.id, shown).await;
    assert!(matches!(again, Err(FlowError::NotFound(_))), "nothing waits");
    // A move that is taken back waits no more.
    publisher.publish(&Document { sso_url: "https://again.example/sso", ..moved.clone() });
    site.clock.advance(APART_SECONDS);
    refresh_now(&site, &idp).await;
    assert_eq!(drift::drifts(&site.gateway, &ctx(), &slug).await.unwrap().len(), 1);
    publisher.publish(&moved);
    site.clock.advance(APART_SECONDS);
    refresh_now(&site, &idp).await;
    assert!(drift::drifts(&site.gateway, &ctx(), &slug).await.unwrap().is_empty());
}

/// Nobody looks at the console every day, and the first word must not be that people are refused.
#[tokio::test]
async fn owners_and_the_contact_are_told_once_of_what_waits() {
    let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await;
    let publisher = Publisher::new(Answer::Status(500));
    publisher.publish(&document(&[IDP_RSA]));
    let idp = try_connect(&site, ACCOUNT, (&publisher, &[])).await.unwrap();
    for email in ["olive@lincoln.example", "otto@lincoln.example"] {
        site.open(&owner::invite(&site.gateway, &ctx(&site), &slug(), (email, None)).await.unwrap()).await;
    }
    deadline::set_contact(&site.gateway, &ctx(&site), &slug(), "it@lincoln.example").await.unwrap();
    let mails = || site.count("SELECT COUNT(*) FROM mails");
    let before = mails().await;
    let fetch = async |document: &Document<'_>| {
        publisher.publish(document);
        site.clock.advance(APART_SECONDS);
        refresh_now(&site, &idp).await;
        mails().await - before
    };
    let moved = Document { sso_url: "https://moved.example/sso", ..document(&[IDP_RSA]) };
    assert_eq!(fetch(&moved).await, 3, "two owners and the contact");
    assert_eq!(fetch(&moved).await, 3, "the same is nothing new");
    // The page that the mail of today leads to shows what is there now, whatever comes and goes.
    assert_eq!(fetch(&document(&[IDP_RSA])).await, 3);
    assert_eq!(fetch(&moved).await, 3);
    let again = Document { sso_url: "https://again.example/sso", ..moved.clone() };
    assert_eq!(fetch(&again).await, 3);
    // What differs from what somebody said no to is another question.
    let waiting = drift::drifts(&site.gateway, &ctx(&site), &slug()).await.unwrap().swap_remove(0);
    drift::decline(&site.gateway, &ctx(&site), idp.connection.id, &waiting.proposal).await.unwrap();
    assert_eq!(fetch(&again).await, 3, "and the same is none");
    assert_eq!(fetch(&moved).await, 3);
    site.clock.advance(DAY);
    assert_eq!(fetch(&moved).await, 6, "it waits still, and nobody has heard of it");
    site.clock.advance(DAY);
    assert_eq!(fetch(&moved).await, 6);
    assert_eq!(fetch(&again).await, 9, "another day");
    // An owner is told once, whatever else they are.
    deadline::set_contact(&site.gateway, &ctx(&site), &slug(), "olive@lincoln.example").await.unwrap();
    site.clock.advance(DAY);
    assert_eq!(fetch(&moved).await, 11);
    // Nobody signs in by it, so nobody is kept out; until they do.
    site.set_state(&idp, ConnectionState::Disabled).await;
    site.clock.advance(DAY);
    assert_eq!(fetch(&again).await, 11);
    site.set_state(&idp, ConnectionState::Active).await;
    assert_eq!(fetch(&again).await, 13);
}

#[tokio::test]
async fn another_entity_waits_for_an_owner() {
    let (site, publisher, idp) = followed().await;
    publisher.publish(&Document { entity_id: "https://new.example/idp", ..document(&[IDP_RSA_NEXT]) });
    site.clock.advance(APART_SECONDS);
    let refreshed = refresh_now(&site, &idp).await;
    assert!(matches!(&refreshed, Refreshed::Failed(problem) if problem.kind == "metadata_entity_mismatch"));
    assert_eq!(state(&site).await, (1, 1), "nothing of it counts");
    assert!(is_in(&sign_in(&site, &idp, &IDP_RSA).await));
    let ctx = || site.gateway.ctx(Actor::CommandLine);
    let waiting = drift::drifts(&site.gateway, &ctx(), &ACCOUNT.parse().unwrap()).await.unwrap();
    assert_eq!((waiting[0].kind, waiting[0].proposed[0].as_str()), ("entity_id", "https://new.example/idp"));
    let shown = &waiting[0].proposal;
    assert_eq!(drift::approve(&site.gateway, &ctx(), idp.connection.id, shown).await.unwrap(), Some(2));
    let entity = site.text("SELECT idp_entity_id FROM connections").await;
    assert_eq!(entity.as_deref(), Some("https://new.example/idp"));
    assert!(!is_in(&sign_in(&site, &idp, &IDP_RSA).await));
    site.clock.advance(APART_SECONDS);
    jobs::round(&site.gateway).await;
    assert_eq!(site.count("SELECT failures FROM metadata_sources").await, 0, "good from now on");
}

#[tokio::test]
async fn what_counts_by_its_signature_is_signed_fresh_and_stops_when_it_ends() {
    let (site, publisher) = (Site::https().await, Publisher::new(Answer::Status(500)));
    let until = |days| Some(site.clock.now().plus_seconds(days * DAY));
    let refused = |answer: Answer| {
        publisher.set(answer);
        let (site, publisher) = (&site, &publisher);
        async move {
            let error = try_connect(site, ACCOUNT, (publisher, &[SP_RSA])).await.err().unwrap();
            error.to_string()
        }
    };
    assert!(refused(Answer::Document(document(&[IDP_RSA]).xml().into_bytes())).await.contains("not_signed"));
    assert!(
        refused(Answer::Document(signed(okta(), &ATTACKER_RSA, until(10))))
            .await
            .contains("signature_key_unknown")
    );
    assert!(refused(Answer::Document(signed(okta(), &SP_RSA, None))).await.contains("validUntil"));
    assert!(refused(Answer::Document(signed(okta(), &SP_RSA, until(-1)))).await.contains("metadata_expired"));
    publisher.set(Answer::Document(signed(okta(), &SP_RSA, until(10))));
    let idp = try_connect(&site, ACCOUNT, (&publisher, &[SP_RSA])).await.unwrap();
    assert!(is_in(&sign_in(&site, &idp, &IDP_RSA).await));
    // The same document until it ends, and past it: nobody is trusted any more.
    site.clock.advance(9 * DAY);
    jobs::round(&site.gateway).await;
    assert!(is_in(&sign_in(&site, &idp, &IDP_RSA).await));
    site.clock.advance(DAY + 3600);
    jobs::round(&site.gateway).await;
    let problem = site.text("SELECT problem FROM metadata_sources").await.unwrap();
    assert!(problem.starts_with("metadata_expired"), "{problem}");
    let page = sign_in(&site, &idp, &IDP_RSA).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert_eq!(
        site.text("SELECT code FROM attempts WHERE outcome = 'refused'").await.as_deref(),
        Some("metadata_expired")
    );
    // A fresh one, and all is well.
    publisher.set(Answer::Document(signed(okta(), &SP_RSA, until(10))));
    site.clock.advance(DAY);
    jobs::round(&site.gateway).await;
    assert!(is_in(&sign_in(&site, &idp, &IDP_RSA).await));
}

#[tokio::test]
async fn what_counts_by_tls_stays_when_it_ends() {
    let (site, publisher) = (Site::https().await, Publisher::new(Answer::Status(500)));
    publisher.publish(&document(&[IDP_RSA]).valid_until(site.clock.now().plus_seconds(2 * DAY)));
    let idp = try_connect(&site, ACCOUNT, (&publisher, &[])).await.unwrap();
    site.clock.advance(3 * DAY);
    jobs::round(&site.gateway).await;
    let problem = site.text("SELECT problem FROM metadata_sources").await.unwrap();
    assert!(problem.starts_with("metadata_expired"), "an alarm: {problem}");
    assert!(is_in(&sign_in(&site, &idp, &IDP_RSA).await));
}

#[tokio::test]
async fn the_same_identity_provider_in_two_accounts_is_two() {
    let (site, publisher, first) = followed().await;
    let other = account::Create {
        slug: "roosevelt".parse().unwrap(),
        name: "Roosevelt".to_owned(),
        external_id: None,
    };
    account::create(&site.gateway, &site.gateway.ctx(Actor::CommandLine), other).await.unwrap();
    let own = Publisher::new(Answer::Status(500));
    own.publish(&document(&[IDP_RSA]));
    let second = try_connect(&site, "roosevelt", (&own, &[])).await.unwrap();
    own.publish(&document(&[IDP_RSA_NEXT]));
    site.clock.advance(APART_SECONDS);
    assert!(is_in(&sign_in(&site, &second, &IDP_RSA_NEXT).await));
    assert_eq!((publisher.hits(), own.hits()), (1, 2));
    assert!(!is_in(&sign_in(&site, &first, &IDP_RSA_NEXT).await), "its own metadata does not list it");
    assert!(
        is_in(&sign_in(&site, &first, &IDP_RSA).await) && !is_in(&sign_in(&site, &second, &IDP_RSA).await)
    );
    let of = |slug: &str| {
        let (gateway, slug) = (site.gateway.clone(), slug.parse().unwrap());
        async move { drift::drifts(&gateway, &gateway.ctx(Actor::CommandLine), &slug).await.unwrap() }
    };
    own.publish(&Document { sso_url: "https://evil.example/", ..document(&[IDP_RSA_NEXT]) });
    site.clock.advance(APART_SECONDS);
    refresh_now(&site, &second).await;
    assert_eq!((of(ACCOUNT).await.len(), of("roosevelt").await.len()), (0, 1));
}

/// Whatever the server answers, the connection is what it was or wholly what a good document says, has its revision, its
/// event and a key, and the next good document brings it back.
#[tokio::test]
async fn a_hostile_server_changes_nothing_halfway() {
    let (site, publisher, idp) = followed().await;
    let good = document(&[IDP_RSA]).xml();
    let many: Vec<_> =
        [IDP_RSA, IDP_RSA_NEXT, IDP_EC_P256, ATTACKER_RSA].into_iter().cycle().take(9).collect();
    let with = |from: &str, to: &str| {
        let changed = good.replace(from, to);
        assert_ne!(changed, good, "{from}");
        Answer::Document(changed.into_bytes())
    };
    let evil_host = Document { sso_url: "https://evil.example/", ..document(&[IDP_RSA]) };
    let mut answers = vec![
        Answer::Status(200),
        Answer::Status(404),
        Answer::Redirect,
        Answer::Endless,
        Answer::Broken(good.clone().into_bytes()),
        Answer::Document(Vec::new()),
        Answer::Document(vec![0xff; 4096]),
        Answer::Document(b"<!DOCTYPE x [<!ENTITY y \"z\">]><x>&y;</x>".to_vec()),
        Answer::Document(vec![b'<'; 1 << 20]),
        Answer::Document(document(&[]).xml().into_bytes()),
        Answer::Document(document(&[IDP_RSA_1024]).xml().into_bytes()),
        Answer::Document(evil_host.xml().into_bytes()),
        Answer::Document(
            document(&[IDP_RSA]).valid_until(site.clock.now().plus_seconds(-DAY)).xml().into_bytes(),
        ),
        with("use=\"signing\"", "use=\"encryption\""),
        with("IDPSSODescriptor", "SPSSODescriptor"),
        with("urn:oasis:names:tc:SAML:2.0:protocol", "urn:oasis:names:tc:SAML:1.1:protocol"),
        with("<ds:X509Certificate>", "<ds:X509Certificate>AAAA"),
        with("https://", "javascript:"),
        with("https://", "http://"),
        with("HTTP-Redirect", "SOAP"),
        with("entityID=", "entityID=\"\" x="),
        Answer::Document(
            Document { entity_id: "https://evil.example/", ..document(&[ATTACKER_RSA]) }.xml().into_bytes(),
        ),
    ];
    // And a good one cut off anywhere.
    answers.extend((1..20).map(|part| Answer::Document(good.as_bytes()[..good.len() * part / 20].to_vec())));
    let before = site.text("SELECT settings FROM connection_revisions").await;
    for (number, answer) in answers.into_iter().enumerate() {
        publisher.set(answer);
        site.clock.advance(APART_SECONDS);
        refresh_now(&site, &idp).await;
        assert_eq!(state(&site).await, (1, 1), "answer {number}");
        assert_eq!(site.text("SELECT settings FROM connection_revisions").await, before, "answer {number}");
        assert_eq!(site.count("SELECT COUNT(*) FROM metadata_sources WHERE lease IS NULL").await, 1);
    }
    assert!(is_in(&sign_in(&site, &idp, &IDP_RSA).await));
    // Good documents with whatever keys: each is followed wholly.
    for (number, keys) in
        [&many[..1], &many[1..3], &many[2..9], &many[3..4], &many[..4], &many[..1]].into_iter().enumerate()
    {
        publisher.publish(&document(keys));
        site.clock.advance(APART_SECONDS);
        let revision = i64::try_from(number).unwrap() + 1;
        let distinct = keys.iter().map(|key| key.name).collect::<std::collections::BTreeSet<_>>().len();
        refresh_now(&site, &idp).await;
        assert_eq!(state(&site).await, (revision, i64::try_from(distinct).unwrap()), "{number}");
        let followed = "SELECT COUNT(*) FROM events WHERE action = 'connection.metadata_followed'";
        assert_eq!(site.count(followed).await, revision - 1);
    }
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let revisions = revision::revisions(&site.gateway, &ctx, idp.connection.id).await.unwrap();
    assert!(revisions.iter().skip(1).all(|revision| !revision.changed.is_empty()), "{revisions:?}");
    assert!(is_in(&sign_in(&site, &idp, &IDP_RSA).await));
}
