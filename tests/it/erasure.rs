//! Who is erased, or takes away what is kept of them, where nothing names them but a text: a sentence of an identity
//! provider, a trace that a newer program wrote, a name of few letters.

use gatepost::base::id::{AccountId, AttemptId};
use gatepost::directory::preset::Product;
use gatepost::flow::attempt;
use gatepost::flow::user::{self, Changes, Which, data};
use gatepost::storage::attempt as stored;
use gatepost_saml::mint::Person;
use gatepost_saml::mint::response::StatusCode;
use serde_json::{Value, json};

use crate::people::{called, sent};
use crate::site::{Idp, Site, alice, bjoern, ctx, slug};

/// The last attempt; the next one is later.
async fn last(site: &Site) -> AttemptId {
    site.clock.advance(1);
    site.text("SELECT MAX(id) FROM attempts").await.unwrap().parse().unwrap()
}

/// Somebody is not let in by the identity provider, which says this.
async fn says(site: &Site, idp: &Idp, said: &str) -> AttemptId {
    let (mut browser, person) = (site.browser(), bjoern());
    let pending = browser.start(idp).await;
    let message = site.answer(idp, &person, Some(&pending.request_id), |request| {
        let (top, second) = ("Responder", Some("RequestDenied"));
        request.options.status = Some(StatusCode { top, second, message: Some(said) });
    });
    let answer = browser.bring(idp, &message, Some(&pending.relay_state)).await;
    assert_eq!(answer.status, 403, "{}", answer.body);
    last(site).await
}

/// Somebody comes without having been asked for.
async fn comes(site: &Site, idp: &Idp, person: &Person) -> AttemptId {
    let tile = site.answer(idp, person, None, |_| {});
    site.browser().bring(idp, &tile, None).await;
    last(site).await
}

async fn signs_in(site: &Site, idp: &Idp, person: &Person) -> (Which, AttemptId) {
    assert_ne!(site.browser().sign_in(site, idp, person).await.status, 403);
    let attempt = last(site).await;
    let id = format!("SELECT user_id FROM attempts WHERE id = '{attempt}'");
    (Which::Id(site.text(&id).await.unwrap().parse().unwrap()), attempt)
}

async fn messages(site: &Site) -> i64 {
    site.count("SELECT COUNT(*) FROM attempt_messages").await
}

/// How many attempts were erased, and how many messages.
async fn erase(site: &Site, which: &Which) -> (u64, u64) {
    let receipt = user::erase(&site.gateway, &ctx(site), (&slug(), which)).await.unwrap();
    (receipt.erased.sign_ins, receipt.erased.messages)
}

async fn account(site: &Site) -> AccountId {
    site.text("SELECT id FROM accounts").await.unwrap().parse().unwrap()
}

/// Another trace in the place of an attempt's.
async fn put_trace(site: &Site, id: AttemptId, trace: &str) {
    let account = account(site).await;
    let mut tx = site.storage.write().await.unwrap();
    let keys = site.storage.keys(&mut tx, account).await.unwrap();
    stored::update_trace(&mut tx, account, (id, trace.as_bytes()), &keys, &site.rng).await.unwrap();
    tx.commit().await.unwrap();
}

async fn trace(site: &Site, id: AttemptId) -> String {
    let account = account(site).await;
    let mut tx = site.storage.read().await.unwrap();
    let keys = site.storage.keys(&mut tx, account).await.unwrap();
    let trace = stored::find_trace(&mut tx, account, id, &keys).await.unwrap().unwrap();
    String::from_utf8(trace.to_vec()).unwrap()
}

#[tokio::test]
async fn who_is_named_in_a_sentence_is_erased_there_too() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let person = Person { email: "alice+sso@district.example".to_owned(), ..alice() };
    let (alice, _) = signs_in(&site, &okta, &person).await;
    let named = says(&site, &okta, "El usuario «ALICE+SSO@district.example» no está asignado.").await;
    // Of this one the account keeps the trace alone.
    let quiet = says(&site, &okta, "User alice+sso@district.example is not assigned").await;
    site.execute(&format!("DELETE FROM attempt_messages WHERE attempt_id = '{quiet}'")).await;
    let others = [
        says(&site, &okta, "User m.alice+sso@district.example is not assigned").await,
        says(&site, &okta, "User alice+sso@district.example.mx is not assigned").await,
        says(&site, &okta, "User alice@district.example is not assigned").await,
    ];
    assert_eq!(messages(&site).await, 5);

    let account = slug();
    let of = (&account, &alice);
    let (_, document) = data::export(&site.gateway, &ctx(&site), of).await.unwrap();
    let told = document["sign_ins"].as_array().unwrap();
    assert_eq!(told.len(), 3, "{document}");
    let said: Vec<_> = told.iter().filter_map(|one| one["said"].as_str()).collect();
    assert_eq!(said.len(), 2, "{document}");
    assert!(said[0].contains("no está asignado") && said[1].contains("is not assigned"), "{said:?}");
    let as_key = site.key("users:read").await;
    let (_, document) = data::export(&site.gateway, &as_key, of).await.unwrap();
    assert_eq!(document["sign_ins"].as_array().unwrap().len(), 3);
    assert!(!document.to_string().contains("asignado"), "who may not read messages: {document}");

    assert_eq!(erase(&site, &alice).await, (3, 2));
    assert_eq!(messages(&site).await, 3, "those of others");
    for id in [named, quiet] {
        let left = attempt::find(&site.gateway, &ctx(&site), id).await.unwrap().stored;
        let text = format!("{left:?}").to_lowercase();
        assert!(!text.contains("alice") && text.contains("requestdenied"), "{text}");
        assert!(left.refusal.is_some(), "{left:?}");
    }
    for id in others {
        let kept = attempt::find(&site.gateway, &ctx(&site), id).await.unwrap().stored;
        assert!(format!("{kept:?}").contains("is not assigned"), "{kept:?}");
    }
}

/// A name may be a word: nobody else's messages are handed out for that.
#[tokio::test]
async fn a_name_that_may_be_a_word_is_erased_and_not_handed_out() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let known = Changes { external_id: Some("Marisol".to_owned()), ..Changes::default() };
    let made = site.make(known).await.unwrap();
    let said = says(&site, &okta, "No hay ningún usuario Marisol.").await;
    says(&site, &okta, "No hay ningún usuario Marisolina.").await;
    let (account, which) = (slug(), Which::Id(made.id));
    let (_, document) = data::export(&site.gateway, &ctx(&site), (&account, &which)).await.unwrap();
    assert_eq!(document["sign_ins"], json!([]));
    assert_eq!(erase(&site, &which).await, (1, 1));
    assert!(!trace(&site, said).await.contains("Marisol"));
    assert_eq!(messages(&site).await, 1);
}

#[tokio::test]
async fn a_name_of_few_letters_takes_nobody_elses_messages() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let person = alice();
    let mut browser = site.browser();
    let change = |request: &mut gatepost_saml::mint::MintRequest<'_>| {
        request.options.name_id = Some(called("7"));
        request.options.attributes = Some(Vec::new());
    };
    browser.sign_in_changed(&site, &okta, &person, change).await;
    let first = last(&site).await;
    let id = site.text(&format!("SELECT user_id FROM attempts WHERE id = '{first}'")).await.unwrap();
    let seven = Which::Id(id.parse().unwrap());
    // Once more, unasked.
    let tile = site.answer(&okta, &person, None, |request| request.options.name_id = Some(called("7")));
    site.browser().bring(&okta, &tile, None).await;
    last(&site).await;
    // Others, of whom something is a seven.
    for name in ["bjoern", "carla"] {
        let person = Person { email: format!("{name}@district.example"), ..bjoern() };
        let tile = site.answer(&okta, &person, None, |request| {
            request.options.attributes =
                Some(vec![sent("grade", &["7"]), sent("email", &[person.email.as_str()])]);
        });
        site.browser().bring(&okta, &tile, None).await;
        last(&site).await;
    }
    says(&site, &okta, "7 intentos quedan").await;
    assert_eq!(messages(&site).await, 5);
    assert_eq!(erase(&site, &seven).await, (2, 2));
    assert_eq!(messages(&site).await, 3);
}

/// It leads to people as an identity does, and to those who never came, too.
#[tokio::test]
async fn the_platforms_own_id_is_a_name() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    for sis in ["sis-4711", "sis-47112"] {
        let person = bjoern();
        let tile = site.answer(&okta, &person, None, |request| {
            request.options.attributes = Some(vec![sent("sis", &[sis])]);
        });
        site.browser().bring(&okta, &tile, None).await;
        last(&site).await;
    }
    let known = Changes { external_id: Some("SIS-4711".to_owned()), ..Changes::default() };
    let which = Which::Id(site.make(known).await.unwrap().id);
    let account = slug();
    let (_, document) = data::export(&site.gateway, &ctx(&site), (&account, &which)).await.unwrap();
    assert_eq!(document["sign_ins"].as_array().unwrap().len(), 1, "{document}");
    assert_eq!(erase(&site, &which).await, (1, 1));
    assert_eq!(messages(&site).await, 1);
}

/// Nodes are replaced one by one, and a program may be set back.
#[tokio::test]
async fn what_a_newer_program_wrote_is_taken_out_and_erased() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let (alice, own) = signs_in(&site, &okta, &alice()).await;
    let unnamed = comes(&site, &okta, &bjoern()).await;
    let anothers = comes(&site, &okta, &bjoern()).await;
    let unread = comes(&site, &okta, &bjoern()).await;
    site.execute("DELETE FROM attempt_messages").await;
    let newer = |who: &str| {
        let trace = json!({ "version": 2, "new": 1 });
        json!({ "trace": trace, "mapping": { "who": [who] }, "refusal": null }).to_string()
    };
    put_trace(&site, own, &newer("alice@district.example")).await;
    put_trace(&site, unnamed, &newer("Alice@District.example")).await;
    put_trace(&site, anothers, &newer("bjoern@district.example")).await;
    put_trace(&site, unread, "alice, in a form of its own").await;

    let account = slug();
    let of = (&account, &alice);
    let (_, document) = data::export(&site.gateway, &ctx(&site), of).await.unwrap();
    let told = document["sign_ins"].as_array().unwrap();
    assert_eq!(told.len(), 2, "{document}");
    assert_eq!(told[0]["mapping"], json!({ "who": ["alice@district.example"] }));
    assert!(told.iter().all(|one| one["is_mapping_left_out"] == false), "{document}");
    let as_key = site.key("users:read").await;
    let (_, document) = data::export(&site.gateway, &as_key, of).await.unwrap();
    for one in document["sign_ins"].as_array().unwrap() {
        assert_eq!((&one["mapping"], &one["is_mapping_left_out"]), (&Value::Null, &json!(true)), "{one}");
    }

    assert_eq!(erase(&site, &alice).await, (3, 0));
    for id in [own, unnamed] {
        let left: Value = serde_json::from_str(&trace(&site, id).await).unwrap();
        assert_eq!(left, json!({ "trace": { "version": 2, "new": 1 }, "refusal": null }));
    }
    assert_eq!(trace(&site, anothers).await, newer("bjoern@district.example"));
    assert_eq!(trace(&site, unread).await, "{}");
}
