//! Sign-ins as those who administer look at them: counted once, shown to the other end without the person, tried again by
//! other settings as of when they came; and what is kept of one person.

use gatepost::base::Actor;
use gatepost::base::id::AttemptId;
use gatepost::base::secret::ShareToken;
use gatepost::directory::preset::Product;
use gatepost::directory::state::{AccountState, Outcome, UserState};
use gatepost::flow::attempt::chart::{self, Chart};
use gatepost::flow::attempt::{self, Filter, List, share};
use gatepost::flow::connection::playground::{self, On};
use gatepost::flow::connection::update::{Update, update};
use gatepost::flow::connection::{show, what_if};
use gatepost::flow::user::{self, Which, data, erase};
use gatepost::flow::{FlowError, account, connection, integrations, rehearse};
use gatepost::jobs;
use gatepost_saml::Code;
use gatepost_saml::mint::response::StatusCode;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::people::{as_whom, by_external_id};
use crate::site::{ACCOUNT, Idp, Site, alice, bjoern, ctx, slug};

async fn refused(site: &Site, okta: &Idp) {
    let wrong = site.answer(okta, &alice(), Some("_x"), |minted| minted.sp_entity_id = "urn:other");
    assert_eq!(site.browser().bring(okta, &wrong, None).await.status, 403);
}

async fn counts(site: &Site) -> (i64, i64, usize) {
    let Chart { days, has_more } =
        chart::chart(&site.gateway, &ctx(site), (&slug(), None), 14).await.unwrap();
    assert!(!has_more && days.len() == 14);
    let told = days.iter().filter(|day| day.accepted + day.all_refused() > 0).count();
    (days.iter().map(|day| day.accepted).sum(), days.iter().map(chart::Day::all_refused).sum(), told)
}

#[tokio::test]
async fn what_was_tried_is_counted_once_before_and_after_its_hour_is_sealed() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    assert_eq!(counts(&site).await, (0, 0, 0));
    site.browser().sign_in(&site, &okta, &alice()).await;
    site.browser().sign_in(&site, &okta, &bjoern()).await;
    refused(&site, &okta).await;
    assert_eq!(counts(&site).await, (2, 1, 1));
    site.clock.advance(2 * 3600);
    jobs::round(&site.gateway).await;
    assert_eq!(site.count("SELECT COUNT(*) FROM attempt_counts").await, 2, "accepted, and one reason");
    assert_eq!(counts(&site).await, (2, 1, 1));
    // Another hour of the same day, and another day.
    site.browser().sign_in(&site, &okta, &alice()).await;
    assert_eq!(counts(&site).await, (3, 1, 1));
    site.clock.advance(26 * 3600);
    jobs::round(&site.gateway).await;
    refused(&site, &okta).await;
    assert_eq!(counts(&site).await, (3, 2, 2));
    let connection = Some(okta.connection.id);
    let of_okta = chart::chart(&site.gateway, &ctx(&site), (&slug(), connection), 14).await.unwrap();
    assert_eq!(of_okta.days.last().unwrap().refused["audience_mismatch"], 1);
    let minute = site.clock.now().seconds() / 60;
    site.execute(&format!(
        "INSERT INTO attempt_overflows (account_id, connection_id, minute, refused)
        SELECT account_id, id, {minute}, 7 FROM connections"
    ))
    .await;
    assert_eq!(counts(&site).await, (3, 9, 2), "those that were only counted, too");
    // Attempts go, and what was counted of them goes with them.
    site.clock.advance(500 * 86_400);
    jobs::round(&site.gateway).await;
    assert_eq!(site.count("SELECT COUNT(*) FROM attempt_counts").await, 0);
}

#[tokio::test]
async fn the_tiles_of_an_account_say_what_its_connections_say() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let google = site.connect(Product::Google).await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    refused(&site, &okta).await;
    let (now, waits) = (site.clock.now().micros(), google.connection.id);
    for sql in [
        format!(
            "INSERT INTO unknown_keys
            (account_id, connection_id, spki_sha256, certificate, seen, first_seen_at, last_seen_at)
            SELECT account_id, connection_id, spki_sha256, certificate, 1, {now}, {now} FROM idp_keys
            WHERE connection_id = '{waits}'"
        ),
        format!(
            "INSERT INTO connection_drifts (account_id, connection_id, proposal, found_at)
            SELECT account_id, id, '{{}}', {now} FROM connections WHERE id = '{waits}'"
        ),
    ] {
        site.execute(&sql).await;
    }
    let tiles = integrations::list(&site.gateway, &ctx(&site), &slug()).await.unwrap();
    assert_eq!(tiles.len(), 2);
    for tile in tiles {
        let detail = show::show(&site.gateway, &ctx(&site), tile.id).await.unwrap();
        assert_eq!((&tile.name, tile.state), (&detail.view.name, detail.view.state));
        assert_eq!(tile.certificate_ends_at, detail.keys.iter().map(|key| key.not_after).max());
        assert!(tile.certificate_ends_at.is_some());
        let is_google = tile.id == waits;
        assert_eq!([tile.has_drift, tile.has_unknown_key, tile.is_stale], [is_google, is_google, false]);
        assert_eq!([detail.has_drift, detail.has_unknown_key], [is_google, is_google]);
        assert_eq!([tile.sign_ins, tile.refused], if is_google { [0, 0] } else { [1, 1] });
    }
}

#[tokio::test]
async fn sign_ins_are_found_page_by_page() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    // One person by two connections; who asks for the first one finds it on no first page.
    let google = site.connect(Product::Google).await;
    site.own("district.example").await;
    site.set(&google, |settings| settings["link_by_email"] = true.into()).await;
    for idp in [&okta, &google, &google, &google] {
        assert_ne!(site.browser().sign_in(&site, idp, &alice()).await.status, 403);
        refused(&site, &okta).await;
        site.clock.advance(60);
    }
    let user = site.text("SELECT MAX(user_id) FROM attempts").await.unwrap().parse().unwrap();
    let of = |connection| Filter { user: Some(user), connection: Some(connection), ..Filter::default() };
    for (filter, expected) in [
        (of(google.connection.id), 3),
        (of(okta.connection.id), 1),
        (Filter::default(), 8),
        (Filter { outcome: Some(Outcome::Refused), ..Filter::default() }, 4),
        (Filter { code: Some("audience_mismatch".to_owned()), ..Filter::default() }, 4),
        (Filter { code: Some("assertion_expired".to_owned()), ..Filter::default() }, 0),
        (Filter { user: Some(user), ..Filter::default() }, 4),
        (Filter { until: Some(site.clock.now().plus_seconds(-60)), ..Filter::default() }, 6),
        (Filter { since: Some(site.clock.now().plus_seconds(-60)), ..Filter::default() }, 2),
    ] {
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let list = List { account: slug(), filter: filter.clone(), before, limit: 2 };
            let page = attempt::list(&site.gateway, &ctx(&site), &list).await.unwrap();
            found.extend(page.attempts.into_iter().map(|attempt| attempt.id));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(found.len(), expected, "{filter:?}");
        assert!(found.windows(2).all(|pair| pair[0] > pair[1]), "{filter:?}");
    }
}

/// "Alice cannot get in" is asked with a name, and not with the reference of a page that nobody wrote down.
#[tokio::test]
async fn what_was_refused_on_the_way_to_somebody_is_found_with_them() {
    let site = Site::https().await;
    let okta = by_external_id(&site, "match_only").await;
    site.import("external_id,first_name\nsis-0007,Maya\nsis-0008,Tomas\n").await.unwrap();
    assert_ne!(as_whom(&site, &okta, "maya.okafor", Some("sis-0007")).await.status, 403);
    site.set_user("sis-0008", UserState::Disabled).await;
    let shut_out = as_whom(&site, &okta, "tomas.vega", Some("sis-0008")).await;
    site.assert_refused(&shut_out, "user_disabled").await;
    // Her identity comes with an id that is his.
    site.clock.advance(1);
    let mixed_up = as_whom(&site, &okta, "maya.okafor", Some("sis-0008")).await;
    site.assert_refused(&mixed_up, "external_id_conflict").await;
    refused(&site, &okta).await;
    let [maya, tomas] =
        [site.look("sis-0007").await, site.look("sis-0008").await].map(|one| one.unwrap().user.id);
    let of = async |user, outcome| {
        let filter = Filter { user: Some(user), outcome, ..Filter::default() };
        let list = List { account: slug(), filter, before: None, limit: 10 };
        let found = attempt::list(&site.gateway, &ctx(&site), &list).await.unwrap().attempts;
        found.into_iter().map(|one| one.code.unwrap_or_default()).collect::<Vec<_>>()
    };
    assert_eq!(of(tomas, None).await, ["user_disabled"]);
    assert_eq!(of(maya, None).await, ["external_id_conflict", ""], "the newest first");
    assert_eq!(of(maya, Some(Outcome::Accepted)).await, [""]);
    assert_eq!(of(maya, Some(Outcome::Refused)).await, ["external_id_conflict"]);
    let mut operator = site.operator().await;
    for path in [format!("people/{tomas}"), "sign-ins?person=sis-0008".to_owned()] {
        let shown = operator.get(&format!("/console/at/lincoln/{path}")).await;
        assert!(shown.body.contains("<code>user_disabled</code>"), "{path}: {}", shown.body);
    }
    let mut program = crate::api::program(&site, Some(ACCOUNT), "sign_ins:read").await;
    let told = program.get(&format!("/api/v1/accounts/lincoln/sign-ins?user={tomas}")).await;
    assert_eq!(crate::api::read(&told)["data"][0]["user"], tomas.to_string(), "{}", told.body);
    // Whoever else a refusal led to, what it says of somebody is theirs to take and goes with them.
    let (account, which) = (slug(), Which::Id(tomas));
    let (_, document) = data::export(&site.gateway, &ctx(&site), (&account, &which)).await.unwrap();
    assert_eq!(document["sign_ins"].as_array().unwrap().len(), 2, "{document}");
    let erased = user::erase(&site.gateway, &ctx(&site), (&account, &which)).await.unwrap().erased;
    assert_eq!((erased.sign_ins, erased.messages), (2, 2));
    let left = "SELECT COALESCE(a.code, '') FROM attempt_messages m JOIN attempts a ON a.id = m.attempt_id \
                ORDER BY 1";
    let left = site.folder.connect().await.texts(left).await;
    let left: Vec<_> = left.into_iter().map(Option::unwrap).collect();
    assert_eq!(left, ["", "audience_mismatch"], "those of others");
}

#[tokio::test]
async fn a_link_shows_a_sign_in_without_the_person_for_seven_days() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    let id = site.text("SELECT MAX(id) FROM attempts").await.unwrap().parse().unwrap();
    let made = share::create(&site.gateway, &ctx(&site), id).await.unwrap();
    let url = made.url.expose_secret().to_owned();
    let path = url.strip_prefix(site.url).unwrap().to_owned();
    let shown = site.browser().get(&path).await;
    assert_eq!((shown.status.as_u16(), shown.header("cache-control")), (200, Some("no-store")));
    let person = alice();
    for personal in [&person.email, &person.first_name, &person.last_name] {
        assert!(!shown.body.contains(personal.as_str()), "{personal}: {}", shown.body);
    }
    assert!(shown.body.contains(&okta.connection.sp_entity_id), "what they should have of us");
    let token = ShareToken::parse(path.rsplit('/').next().unwrap()).unwrap();
    let look = async |site: &Site| share::look(&site.gateway, &ctx(site), token.hash()).await;
    site.clock.advance(7 * 86_400 - 1);
    assert!(look(&site).await.is_ok());
    site.clock.advance(1);
    assert!(matches!(look(&site).await, Err(FlowError::NotFound("link"))));
    let again = share::create(&site.gateway, &ctx(&site), id).await.unwrap();
    assert!(share::revoke(&site.gateway, &ctx(&site), (id, again.id)).await.unwrap());
    assert!(!share::revoke(&site.gateway, &ctx(&site), (id, again.id)).await.unwrap(), "once");
    let again = again.url.expose_secret().strip_prefix(site.url).unwrap().to_owned();
    assert_eq!(site.browser().get(&again).await.status, 404);
    let told = site.count("SELECT COUNT(*) FROM events WHERE action LIKE 'attempt.share%'").await;
    assert_eq!(told, 3);
}

#[tokio::test]
async fn every_good_link_to_a_sign_in_can_be_taken_back_by_that_sign_in() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    let id: AttemptId = site.text("SELECT MAX(id) FROM attempts").await.unwrap().parse().unwrap();
    site.clock.advance(1);
    site.browser().sign_in(&site, &okta, &bjoern()).await;
    let other: AttemptId = site.text("SELECT MAX(id) FROM attempts").await.unwrap().parse().unwrap();
    assert_ne!(id, other);
    let first = share::create(&site.gateway, &ctx(&site), id).await.unwrap();
    let revoke = async |of, link| share::revoke(&site.gateway, &ctx(&site), (of, link)).await;
    // However many came and went since.
    for _ in 0..21 {
        site.clock.advance(1);
        let made = share::create(&site.gateway, &ctx(&site), id).await.unwrap();
        assert!(revoke(id, made.id).await.unwrap());
    }
    let all = share::list(&site.gateway, &ctx(&site), id).await.unwrap();
    assert_eq!((all.len(), all.last().unwrap().id), (21, first.id));
    assert!(matches!(revoke(other, first.id).await, Err(FlowError::NotFound("link"))));
    assert!(revoke(id, first.id).await.unwrap());
    for _ in 0..20 {
        share::create(&site.gateway, &ctx(&site), id).await.unwrap();
    }
    let refused = share::create(&site.gateway, &ctx(&site), id).await;
    assert!(matches!(refused, Err(FlowError::Invalid(_))), "there is an end to them: {refused:?}");
}

#[tokio::test]
async fn a_change_is_tried_on_sign_ins_as_of_when_they_came() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    refused(&site, &okta).await;
    // Long after what was said has ended.
    site.clock.advance(10 * 86_400);
    let id = okta.connection.id;
    let tried =
        async |change: Update| Box::pin(what_if::what_if(&site.gateway, &ctx(&site), id, &change)).await;
    let same = tried(Update::default()).await.unwrap();
    assert_eq!((same.tried, same.changed.len(), same.change.len()), (2, 0, 0));
    let set = |path: &str, value: &str| Update {
        set: vec![(path.to_owned(), value.to_owned())],
        ..Update::default()
    };
    let required =
        r#"{ "required": ["custom.building"], "custom": { "building": { "first_of": ["attribute:x"] } } }"#;
    let found = tried(set("mapping", required)).await.unwrap();
    assert_eq!(found.changed.len(), 1, "{found:?}");
    assert!(found.changed[0].before.is_accepted);
    assert_eq!(found.changed[0].after.code, Some(Code::MappingRequiredMissing));
    let found = tried(set("accepted_audiences", r#"["urn:other"]"#)).await.unwrap();
    assert_eq!(found.changed.len(), 1, "{found:?}");
    let healed = &found.changed[0];
    assert_eq!((healed.recorded, healed.before.code), (Outcome::Refused, Some(Code::AudienceMismatch)));
    assert!(healed.after.is_restarted, "nobody had asked for it: {healed:?}");
    // Whoever signed in would be known by another name.
    let found = tried(set("subject", "attribute:id")).await.unwrap();
    assert_eq!(found.changed.len(), 1, "{found:?}");
    assert!(found.changed.iter().all(|one| one.fields.iter().all(|field| field.field == "subject")));
    let found =
        tried(set("mapping", r#"{ "first_name": { "first_of": ["constant:Anna"] } }"#)).await.unwrap();
    let [changed] = found.changed.as_slice() else { panic!("{found:?}") };
    assert_eq!(changed.fields[0].after, ["Anna"]);
    let wrong = tried(set("policy.clock_skew_seconds", "soon")).await.unwrap_err();
    assert!(wrong.to_string().contains("policy.clock_skew_seconds"), "{wrong}");
    let key = gatepost_saml::mint::keys::IDP_EC_P256.certificate_pem.as_bytes().to_vec();
    let known = connection::show::show(&site.gateway, &ctx(&site), id).await.unwrap().keys[0].clone();
    let other =
        Update { add_certificates: vec![key], remove_keys: vec![known.spki_sha256], ..Update::default() };
    let found = tried(other).await.unwrap();
    assert_eq!(found.changed.len(), 2, "{found:?}");
    assert_eq!(found.changed[0].after.code, Some(Code::SignatureKeyUnknown));
    let revisions = site.count("SELECT COUNT(*) FROM connection_revisions").await;
    assert_eq!(revisions, 1, "nothing was written");
}

#[tokio::test]
async fn a_mapping_is_tried_on_what_was_recorded_and_on_what_is_pasted() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    site.clock.advance(86_400);
    let (gateway, ctx, id) = (&site.gateway, ctx(&site), okta.connection.id);
    let bench = playground::bench(gateway, &ctx, id).await.unwrap();
    let [recorded] = bench.recorded.as_slice() else { panic!("{bench:?}") };
    let rules = r#"{ "last_name": { "first_of": ["attribute:lastName"], "case": "upper" } }"#;
    let on = On::Recorded(recorded.attempt);
    let tried = playground::try_mapping(gateway, &ctx, id, (rules, &on)).await.unwrap();
    assert!(tried.is_verified && tried.after.verdict.is_accepted, "{tried:?}");
    assert_eq!(tried.before.verdict.fields["last_name"], [alice().last_name.clone()]);
    assert_eq!(tried.after.verdict.fields["last_name"], [alice().last_name.to_uppercase()]);
    // What is pasted is judged as of when it says it was made; what does not verify is read without proof.
    let good = On::Pasted(site.answer(&okta, &bjoern(), Some("_p"), |_| {}));
    site.clock.advance(86_400);
    assert!(playground::try_mapping(gateway, &ctx, id, ("{}", &good)).await.unwrap().is_verified);
    let stranger = On::Pasted(site.answer(&okta, &bjoern(), None, |minted| minted.sp_entity_id = "urn:x"));
    let read = playground::try_mapping(gateway, &ctx, id, ("{}", &stranger)).await.unwrap();
    assert!(!read.is_verified && read.after.verdict.is_accepted, "{read:?}");
    let json = On::Pasted(
        r#"{ "name_id": "m", "http://schemas.microsoft.com/claims/groups.link": "x" }"#.to_owned(),
    );
    let rules = r#"{ "required": ["email"] }"#;
    let read = playground::try_mapping(gateway, &ctx, id, (rules, &json)).await.unwrap();
    assert_eq!(read.after.verdict.code, Some(Code::MappingRequiredMissing));
    assert_eq!(read.after.lineage.notes[0].code, "groups_unknown", "too many groups");
    for (rules, on) in [("{ \"emial\": {} }", &on), ("{}", &On::Pasted("hello".to_owned()))] {
        let wrong = playground::try_mapping(gateway, &ctx, id, (rules, on)).await.unwrap_err();
        assert!(matches!(wrong, FlowError::Invalid(_)), "{wrong}");
    }
}

#[tokio::test]
async fn what_is_kept_of_a_person_is_counted_taken_out_and_erased_with_a_receipt() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    for _ in 0..2 {
        site.browser().sign_in(&site, &okta, &alice()).await;
        site.clock.advance(60);
    }
    site.browser().sign_in(&site, &okta, &bjoern()).await;
    let found = user::search(&site.gateway, &ctx(&site), (&slug(), &alice().email)).await.unwrap();
    let [theirs] = found.as_slice() else { panic!("{found:?}") };
    let account = slug();
    let of = (&account, &Which::Id(theirs.id));
    let kept = data::kept(&site.gateway, &ctx(&site), of).await.unwrap();
    assert_eq!((kept.held.sessions, kept.held.identities, kept.messages), (2, 1, 2));
    let (_, document) = data::export(&site.gateway, &ctx(&site), of).await.unwrap();
    assert_eq!(document["sign_ins"].as_array().unwrap().len(), 2);
    assert!(document["sign_ins"][0]["message"].is_string());
    let text = document.to_string();
    assert!(text.contains(&alice().email) && !text.contains(&bjoern().email));
    let receipt = user::erase(&site.gateway, &ctx(&site), of).await.unwrap();
    let erased = receipt.erased;
    assert_eq!((erased.sign_ins, erased.messages, erased.sessions, erased.identities), (2, 2, 2, 1));
    let read = erase::receipt(&site.gateway, &ctx(&site), (&account, receipt.id)).await.unwrap();
    assert_eq!(read, receipt);
    let told = "SELECT COUNT(*) FROM events WHERE action IN ('user.exported', 'user.erased')";
    assert_eq!(site.count(told).await, 2);
    assert!(data::kept(&site.gateway, &ctx(&site), of).await.is_err());
    let last = site.text("SELECT MIN(id) FROM attempts").await.unwrap().parse().unwrap();
    let bare = attempt::find(&site.gateway, &ctx(&site), last).await.unwrap();
    assert!(bare.stored.mapping.is_none() && !bare.has_message);
}

#[tokio::test]
async fn a_link_shows_the_codes_of_a_status_and_not_what_is_said_beside_them() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    let pending = browser.start(&okta).await;
    let said = "User jdoe is not assigned; urn:oasis:names:tc:SAML:2.0:status:jdoe";
    let message = site.answer(&okta, &alice(), Some(&pending.request_id), |request| {
        request.options.status =
            Some(StatusCode { top: "Responder", second: Some("RequestDenied"), message: Some(said) });
    });
    let answer = browser.bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_eq!(answer.status, 403, "{}", answer.body);
    let id = site.text("SELECT MAX(id) FROM attempts").await.unwrap().parse().unwrap();
    let known = attempt::find(&site.gateway, &ctx(&site), id).await.unwrap();
    assert!(format!("{:?}", known.stored.trace).contains("jdoe"), "the account's own people see it");
    let made = share::create(&site.gateway, &ctx(&site), id).await.unwrap();
    let url = made.url.expose_secret().to_owned();
    let path = url.strip_prefix(site.url).unwrap();
    let shown = site.browser().get(path).await;
    assert_eq!(shown.status, 200);
    assert!(!shown.body.contains("jdoe") && !shown.body.contains("assigned"), "{}", shown.body);
    for code in ["Responder", "RequestDenied"] {
        assert!(shown.body.contains(&format!("urn:oasis:names:tc:SAML:2.0:status:{code}")), "{}", shown.body);
    }
    // While the account is suspended it shows nothing.
    for (state, status) in [(AccountState::Disabled, 404), (AccountState::Active, 200)] {
        let change = account::Update { state: Some(state), ..account::Update::default() };
        account::update(&site.gateway, &ctx(&site), &slug(), change).await.unwrap();
        assert_eq!(site.browser().get(path).await.status.as_u16(), status);
    }
}

#[tokio::test]
async fn who_may_not_read_messages_does_not_take_out_what_was_sent_in_them() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let person = alice();
    let sent = |name: &str, value: &str| gatepost_saml::mint::Attribute {
        name: name.to_owned(),
        name_format: None,
        friendly_name: None,
        values: vec![value.to_owned()],
    };
    let sent = vec![sent("email", &person.email), sent("born", "2014-05-17")];
    let born = |request: &mut gatepost_saml::mint::MintRequest<'_>| request.options.attributes = Some(sent);
    site.browser().sign_in_changed(&site, &okta, &person, born).await;
    let found = user::search(&site.gateway, &ctx(&site), (&slug(), &person.email)).await.unwrap();
    let (account, which) = (slug(), Which::Id(found[0].id));
    let (_, document) = data::export(&site.gateway, &ctx(&site), (&account, &which)).await.unwrap();
    assert!(document["sessions"].to_string().contains("2014-05-17"), "{document}");
    let as_key = site.key("users:read").await;
    let (_, document) = data::export(&site.gateway, &as_key, (&account, &which)).await.unwrap();
    assert_eq!(document["has_messages"], false);
    let text = document.to_string();
    assert!(text.contains(&person.email) && text.contains(r#""born""#), "{text}");
    assert!(!text.contains("2014-05-17"), "{text}");
}

/// A mapping takes any attribute: whoever tries one would read whole messages by it.
#[tokio::test]
async fn who_may_not_read_messages_tries_things_on_them_without_reading_them() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let (mut browser, person) = (site.browser(), alice());
    let secret = |request: &mut gatepost_saml::mint::MintRequest<'_>| {
        let value = |name: &str, value: &str| gatepost_saml::mint::Attribute {
            name: name.to_owned(),
            name_format: None,
            friendly_name: None,
            values: vec![value.to_owned()],
        };
        request.options.attributes = Some(vec![value("email", &person.email), value("born", "2014-05-17")]);
    };
    browser.sign_in_changed(&site, &okta, &person, secret).await;
    let id = okta.connection.id;
    let on = On::Recorded(site.text("SELECT MAX(id) FROM attempts").await.unwrap().parse().unwrap());
    let rules = r#"{ "custom": { "b": { "first_of": ["attribute:born"] }, "c": { "first_of": ["attribute:born"], "case": "upper" } } }"#;
    let missing = r#"{ "required": ["custom.x"], "custom": { "x": { "first_of": ["attribute:none"] } } }"#;
    let asking = r#"{ "required": ["custom.x"], "custom": { "x": { "first_of": ["attribute:born"], "KIND": "PATTERN" } } }"#;
    let change =
        |rules: &str| Update { set: vec![("mapping".to_owned(), rules.to_owned())], ..Update::default() };
    let as_key = site.key("connections:write").await;
    let operator = gatepost::base::id::OperatorId::make(site.clock.now(), &site.rng);
    let as_operator = site.gateway.ctx(Actor::Operator(operator));
    for by in [&as_key, &as_operator] {
        let tried = playground::try_mapping(&site.gateway, by, id, (rules, &on)).await.unwrap();
        assert!(tried.is_veiled && tried.after.verdict.is_accepted, "{tried:?}");
        assert!(tried.after.verdict.fields.is_empty() && tried.after.lineage.fields.is_empty(), "{tried:?}");
        let found = what_if::what_if(&site.gateway, by, id, &change(rules)).await.unwrap();
        assert!(found.is_veiled && found.changed.is_empty(), "who is let in is the same: {found:?}");
        let found = what_if::what_if(&site.gateway, by, id, &change(missing)).await.unwrap();
        assert_eq!(found.changed.len(), 1, "{found:?}");
        // Nor a question at a time.
        let ask = async |pattern: &str, kind: &str| {
            let rules = asking.replace("KIND", kind).replace("PATTERN", pattern);
            let tried = playground::try_mapping(&site.gateway, by, id, (&rules, &on)).await;
            let found = Box::pin(what_if::what_if(&site.gateway, by, id, &change(&rules))).await;
            format!("{:?} {:?}", tried.unwrap_err(), found.unwrap_err())
        };
        for kind in ["capture", "split"] {
            assert_eq!(ask("2014.*", kind).await, ask("2015.*", kind).await);
        }
        let role = |text: &str| {
            let rules = r#"{ "role_rules": [{ "grant": "r", "when": "attribute:born", "equals": "TEXT" }] }"#;
            rules.replace("TEXT", text)
        };
        for text in ["2014-05-17", "2015-05-17"] {
            let tried = playground::try_mapping(&site.gateway, by, id, (&role(text), &on)).await;
            assert!(matches!(tried, Err(FlowError::Invalid(_))), "{tried:?}");
        }
        let told = format!("{tried:?}{found:?}");
        for personal in ["2014-05-17", &person.email] {
            assert!(!told.contains(personal), "{told}");
        }
    }
    let count = async |action: &str| {
        site.count(&format!("SELECT COUNT(*) FROM events WHERE action = '{action}'")).await
    };
    assert_eq!((count("attempt.message_tried").await, count("connection.change_tried").await), (2, 4));
    let tried = playground::try_mapping(&site.gateway, &ctx(&site), id, (rules, &on)).await.unwrap();
    assert_eq!(tried.after.verdict.fields["custom.b"], ["2014-05-17"]);
    assert_eq!(count("attempt.message_tried").await, 3, "each time");
    // Nor by rules that are saved, on what came before them.
    site.clock.advance(1);
    let saved = asking.replace("KIND", "capture").replace("PATTERN", "^2015");
    update(&site.gateway, &ctx(&site), id, change(&saved)).await.unwrap();
    let tried = playground::try_mapping(&site.gateway, &as_key, id, (&saved, &on)).await;
    assert!(matches!(tried, Err(FlowError::Invalid(_))), "{tried:?}");
    let renamed = Update { name: Some("Another".to_owned()), ..Update::default() };
    let found = what_if::what_if(&site.gateway, &as_key, id, &renamed).await.unwrap();
    assert_eq!(found.tried, 0, "{found:?}");
    let found = what_if::what_if(&site.gateway, &ctx(&site), id, &renamed).await.unwrap();
    assert_eq!(found.tried, 1, "{found:?}");
    // What came under them has told how it ended by itself.
    site.clock.advance(1);
    refused(&site, &okta).await;
    let found = what_if::what_if(&site.gateway, &as_key, id, &renamed).await.unwrap();
    assert_eq!(found.tried, 1, "{found:?}");
}

/// What came unasked and what was refused before it was mapped names nobody here, and says who it is in its message.
#[tokio::test]
async fn no_message_about_somebody_is_left_when_they_are_erased() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    for person in [alice(), bjoern()] {
        let tile = site.answer(&okta, &person, None, |_| {});
        site.browser().bring(&okta, &tile, None).await;
    }
    site.browser().sign_in(&site, &okta, &alice()).await;
    refused(&site, &okta).await;
    let kept = "SELECT COUNT(*) FROM attempt_messages";
    assert_eq!(site.count(kept).await, 4);
    let found = user::search(&site.gateway, &ctx(&site), (&slug(), &alice().email)).await.unwrap();
    let account = slug();
    let of = (&account, &Which::Id(found[0].id));
    let (_, document) = data::export(&site.gateway, &ctx(&site), of).await.unwrap();
    assert_eq!(document["sign_ins"].as_array().unwrap().len(), 3, "{document}");
    let receipt = user::erase(&site.gateway, &ctx(&site), of).await.unwrap();
    assert_eq!((receipt.erased.sign_ins, receipt.erased.messages), (3, 3));
    assert_eq!(site.count(kept).await, 1, "another's");
}

#[tokio::test]
async fn a_message_is_judged_as_a_sign_in_judges_it() {
    let mut site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let (id, person) = (okta.connection.id, alice());
    let acs = format!("https://old.example.test/saml/{id}/acs");
    let message = site.answer(&okta, &person, Some("_p"), |_| {});
    let by_old = site.answer(&okta, &person, Some("_p"), |minted| minted.acs_url = &acs);
    let judge = async |site: &Site, text: &str| {
        let message = rehearse::Message {
            connection: id,
            bytes: text.as_bytes().to_vec(),
            wrapping: rehearse::Wrapping::Base64,
            at: None,
            pending_request: Some("_p".to_owned()),
        };
        let judged = rehearse::judge(&site.gateway, &ctx(site), &message).await.unwrap();
        judged.refusal.map(|refusal| refusal.code)
    };
    assert_eq!(judge(&site, &message).await, None);
    let unasked = site.answer(&okta, &person, None, |_| {});
    assert_eq!(judge(&site, &unasked).await, Some(Code::Unsolicited));
    site.set(&okta, |settings| settings["idp_initiated"] = json!("accept")).await;
    assert_eq!(judge(&site, &unasked).await, None, "whatever else its browser waits for");
    assert_eq!(judge(&site, &by_old).await, Some(Code::DestinationMismatch));
    let moved = "INSERT INTO public_urls (url, created_at) VALUES ('https://old.example.test', 0)";
    site.execute(moved).await;
    assert_eq!(judge(&site, &by_old).await, None, "an address of before is one of ours");
    let missing = json!({ "required": ["custom.x"], "custom": { "x": { "first_of": ["attribute:none"] } } });
    site.set(&okta, |settings| settings["mapping"] = missing).await;
    assert_eq!(judge(&site, &message).await, Some(Code::MappingRequiredMissing));
    site.set(&okta, |settings| {
        settings["mapping"] = json!({ "custom": {} });
        settings["unverified_emails"] = json!("refuse");
        settings["metadata"] = json!({ "url": "https://idp.example/metadata", "signed_by": ["AA=="] });
    })
    .await;
    assert_eq!(judge(&site, &message).await, Some(Code::MetadataExpired), "nothing good was ever fetched");
    site.set(&okta, |settings| settings["metadata"] = json!(null)).await;
    assert_eq!(judge(&site, &message).await, Some(Code::EmailUnverified));
    site.clock.advance(60);
    site.storage.mark_restored(&ctx(&site)).await.unwrap();
    site.reopen().await;
    assert_eq!(judge(&site, &message).await, Some(Code::AssertionBeforeRestore));
}
