//! Whose word it is what leads to a person: what somebody entered who only administers people makes nobody somebody else.

use gatepost::base::caller::{Member, Role};
use gatepost::base::id::UserId;
use gatepost::base::{Actor, Ctx};
use gatepost::directory::mapping::{Profile, WhoseWord};
use gatepost::directory::preset::Product;
use gatepost::directory::state::ConnectionState;
use gatepost::flow::connection::lifecycle;
use gatepost::flow::user::{self, Changes, Create, UserView};
use gatepost::flow::{FlowError, owner};
use gatepost::outbound::mail::Mailer;
use gatepost::storage::user as stored;
use gatepost_saml::mint::Person;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::concurrency::beside;
use crate::people::{as_whom, by_external_id, which};
use crate::site::{ACCOUNT, HTTPS, Idp, Site, alice, bjoern, ctx, slug};

/// What the platform calls somebody who has not come yet.
pub const EXPECTED: &str = "E0";
const PLANTED: &str = "attacker@evil.example";

pub fn called(id: &str) -> Changes {
    Changes { external_id: Some(id.to_owned()), ..Changes::default() }
}

pub fn email(email: &str) -> Changes {
    Changes { email: Some(email.to_owned()), ..Changes::default() }
}

pub fn owner_now() -> Changes {
    Changes { role: Some(Role::Owner), ..Changes::default() }
}

pub async fn change(site: &Site, by: &Ctx, who: UserId, changes: Changes) -> Result<UserView, FlowError> {
    user::update(&site.gateway, by, (&slug(), &which(&who.to_string())), changes).await
}

/// Alice and Björn, whose addresses somebody entered who only administers people, and who came by that connection.
async fn entered_and_came_by(site: &Site, idp: &Idp) -> Vec<UserId> {
    let as_key = site.key("users:write users:read").await;
    let mut ids = Vec::new();
    for whom in [alice(), bjoern()] {
        let input = Create { account: slug(), known: email(&whom.email) };
        ids.push(user::create(&site.gateway, &as_key, input).await.unwrap().id);
        assert_eq!(site.browser().sign_in(site, idp, &whom).await.location(), Some("/me"));
    }
    ids
}

/// Okta, Google and Clever, by which an address leads to people.
pub async fn linked_by_email(site: &Site) -> [Idp; 3] {
    let (okta, google) = (site.connect(Product::Okta).await, site.connect(Product::Google).await);
    let clever = site.connect(Product::Clever).await;
    site.own("district.example").await;
    for idp in [&okta, &google, &clever] {
        site.set(idp, |settings| {
            settings["link_by_email"] = json!(true);
            settings["unverified_emails"] = json!("keep");
        })
        .await;
    }
    [okta, google, clever]
}

/// The same, and those who came by the second.
pub async fn entered_and_came_by_google(site: &Site) -> ([Idp; 3], Vec<UserId>) {
    let all = linked_by_email(site).await;
    let ids = entered_and_came_by(site, &all[1]).await;
    (all, ids)
}

/// Takes what is there away and enters it: the same on the caller's word.
async fn enter_anew(site: &Site, by: &Ctx, who: UserId, again: impl Fn(&str) -> Changes, text: &str) {
    for text in ["", text] {
        change(site, by, who, again(text)).await.unwrap();
    }
}

/// As somebody was known before it was kept whose word anything is.
async fn forget_whose_word(site: &Site, who: UserId) {
    let mut tx = site.storage.write().await.unwrap();
    let account = stored::account_of(&mut tx, who).await.unwrap().unwrap();
    let keys = site.storage.keys(&mut tx, account).await.unwrap();
    let mut user = stored::find(&mut tx, account, who, &keys).await.unwrap().unwrap();
    let unknown = WhoseWord::Unknown;
    user.profile = Profile { email_by: unknown, external_id_by: unknown, ..user.profile };
    let with = (site.clock.now(), &site.rng);
    assert!(stored::update(&mut tx, account, &user, &keys, with).await.unwrap());
    tx.commit().await.unwrap();
}

/// A connection by which whom the platform calls [`EXPECTED`] becomes an owner.
pub async fn brings_an_owner(site: &Site) -> Idp {
    let okta = by_external_id(site, "create").await;
    site.set(&okta, |settings| {
        settings["mapping"]["may_grant_owner"] = json!(true);
        settings["mapping"]["role_rules"] =
            json!([{ "grant": "owner", "when": "attribute:sis", "equals": EXPECTED }]);
    })
    .await;
    okta
}

#[tokio::test]
async fn an_external_id_that_was_entered_makes_nobody_who_signs_in_the_one_who_is_to_come() {
    let site = Site::https().await;
    let (google, okta) = (site.connect(Product::Google).await, brings_an_owner(&site).await);
    let mut attacker = site.browser();
    assert_eq!(attacker.sign_in(&site, &google, &bjoern()).await.location(), Some("/me"));
    let id = site.only().await.id;
    let as_key = site.key("users:write users:read").await;
    change(&site, &as_key, id, called(EXPECTED)).await.unwrap();
    // From before it was kept whose word that is, too: nobody said it by a connection that reads no external id.
    for is_known in [true, false] {
        if !is_known {
            forget_whose_word(&site, id).await;
        }
        let answer = as_whom(&site, &okta, "head", Some(EXPECTED)).await;
        let (_, found) = site.assert_refused(&answer, "external_id_conflict").await;
        assert!(found.contains(&id.to_string()) && found.contains("somebody entered"), "{found}");
        let there = site.look(&id.to_string()).await.unwrap();
        assert_eq!((there.user.role, there.identities.len()), (Role::Member, 1));
        assert!(Browser::is_signed_in(&attacker.get("/me").await));
    }
    // Nor does it help to have it entered once more by whoever saves the same.
    change(&site, &ctx(&site), id, called(EXPECTED)).await.unwrap();
    let list = format!("external_id,first_name\n{EXPECTED},Head\n");
    site.import(&list).await.unwrap();
    let answer = as_whom(&site, &okta, "head", Some(EXPECTED)).await;
    site.assert_refused(&answer, "external_id_conflict").await;

    // If both are one person, somebody says so who makes owners; and who was signed in as them is so no more.
    enter_anew(&site, &ctx(&site), id, called, EXPECTED).await;
    assert_eq!(as_whom(&site, &okta, "head", Some(EXPECTED)).await.location(), Some("/me"));
    let there = site.look(&id.to_string()).await.unwrap();
    assert_eq!((there.user.role, there.identities.len()), (Role::Owner, 2));
    assert_eq!(attacker.get("/me").await.location(), Some("/"));
}

#[tokio::test]
async fn whoever_may_make_owners_vouches_in_one_change_for_what_others_entered() {
    let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await;
    let (google, okta) = (site.connect(Product::Google).await, by_external_id(&site, "match_only").await);
    assert_eq!(site.browser().sign_in(&site, &google, &bjoern()).await.location(), Some("/me"));
    let id = site.only().await.id;
    let as_key = site.key("users:write users:read").await;
    change(&site, &as_key, id, called("7")).await.unwrap();
    let there = format!("/api/v1/accounts/lincoln/users/{id}");
    for (scopes, is_linked) in [("users:write", false), ("users:write owners:write", true)] {
        let mut program = crate::api::program(&site, Some(ACCOUNT), scopes).await;
        let done = crate::api::ask(
            &mut program,
            ("PATCH", &there),
            &[("if-match", "*")],
            Some(&json!({ "external_id": "7" })),
        )
        .await;
        assert_eq!(done.status, 200, "{scopes}: {}", done.body);
        let answer = as_whom(&site, &okta, "bjoern", Some("7")).await;
        if is_linked {
            assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
        } else {
            site.assert_refused(&answer, "external_id_conflict").await;
        }
    }
    // Of an address that an identity provider says nobody becomes the author by it.
    let from = site.only().await.profile.email_from;
    let same = Changes { vouches: true, ..email(&bjoern().email) };
    change(&site, &ctx(&site), id, same).await.unwrap();
    assert_eq!(site.only().await.profile.email_from, from);

    let input = Create { account: slug(), known: email("head@lincoln.example") };
    let head = user::create(&site.gateway, &as_key, input).await.unwrap().id;
    change(&site, &ctx(&site), head, owner_now()).await.unwrap();
    for idp in [&google, &okta] {
        site.set_state(idp, ConnectionState::Disabled).await;
    }
    assert_eq!(written(&site, head, "head@lincoln.example").await, (0, 0));
    let mut program = crate::api::program(&site, Some(ACCOUNT), "users:write owners:write").await;
    let (there, same) =
        (format!("/api/v1/accounts/lincoln/users/{head}"), json!({ "email": "head@lincoln.example" }));
    let done = crate::api::ask(&mut program, ("PATCH", &there), &[("if-match", "*")], Some(&same)).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert_eq!(written(&site, head, "head@lincoln.example").await, (1, 1));
    let told = user::find(&site.gateway, &ctx(&site), &slug(), &which(&head.to_string())).await.unwrap();
    assert_eq!(told.user.profile.email_by, WhoseWord::Vouched);
}

#[tokio::test]
async fn whoever_is_in_a_list_is_linked_when_they_come_and_when_they_are_given_a_new_account() {
    let site = Site::https().await;
    let okta = by_external_id(&site, "match_only").await;
    let as_key = site.key("users:write users:read").await;
    let list = "external_id,first_name\n7,Maya\n8,Tomas\n";
    user::import(&site.gateway, &as_key, &slug(), (list.as_bytes(), false)).await.unwrap();
    let ids = [site.look("7").await.unwrap().user.id, site.look("8").await.unwrap().user.id];
    // Tomas is in it since before it was kept whose word that is.
    forget_whose_word(&site, ids[1]).await;
    for (name, number) in [("maya", "7"), ("tomas", "8"), ("maya2", "7"), ("tomas2", "8")] {
        let answer = as_whom(&site, &okta, name, Some(number)).await;
        assert_eq!(answer.location(), Some("/me"), "{name}: {}", answer.body);
        // The list comes every night; what an identity provider said stays said.
        user::import(&site.gateway, &as_key, &slug(), (list.as_bytes(), false)).await.unwrap();
    }
    for id in ids {
        assert_eq!(site.look(&id.to_string()).await.unwrap().identities.len(), 2);
    }
    // Whoever signed in before it was kept, by a connection that reads the id.
    forget_whose_word(&site, ids[0]).await;
    assert_eq!(as_whom(&site, &okta, "maya3", Some("7")).await.location(), Some("/me"));
    assert_eq!(site.everybody().await.len(), 2);
}

#[tokio::test]
async fn whoever_came_by_a_connection_that_was_retired_comes_by_what_was_entered() {
    let site = Site::https().await;
    let google = site.connect(Product::Google).await;
    let okta = by_external_id(&site, "match_only").await;
    assert_eq!(site.browser().sign_in(&site, &google, &bjoern()).await.location(), Some("/me"));
    let id = site.only().await.id;
    let as_key = site.key("users:write users:read").await;
    change(&site, &as_key, id, called("7")).await.unwrap();
    // Who is off may be switched on again.
    site.set_state(&google, ConnectionState::Disabled).await;
    let answer = as_whom(&site, &okta, "bjoern", Some("7")).await;
    site.assert_refused(&answer, "external_id_conflict").await;
    lifecycle::retire(&site.gateway, &ctx(&site), google.connection.id).await.unwrap();
    assert_eq!(as_whom(&site, &okta, "bjoern", Some("7")).await.location(), Some("/me"));
    assert_eq!(site.only().await.id, id);
}

#[tokio::test]
async fn an_address_that_was_entered_makes_nobody_who_signs_in_the_one_who_is_to_come() {
    let site = Site::https().await;
    let (okta, google) = (site.connect(Product::Okta).await, site.connect(Product::Google).await);
    site.own("district.example").await;
    site.set(&google, |settings| settings["link_by_email"] = json!(true)).await;
    let mut accomplice = site.browser();
    assert_eq!(accomplice.sign_in(&site, &okta, &bjoern()).await.location(), Some("/me"));
    let id = site.only().await.id;
    let as_key = site.key("users:write users:read").await;
    change(&site, &as_key, id, email(&alice().email)).await.unwrap();
    let answer = site.browser().sign_in(&site, &google, &alice()).await;
    let (_, found) = site.assert_refused(&answer, "user_conflict").await;
    assert!(found.contains(&id.to_string()) && found.contains("somebody entered"), "{found}");
    assert!(Browser::is_signed_in(&accomplice.get("/me").await));
    // What their identity provider says of them is another matter.
    let mut same = site.browser();
    assert_eq!(same.sign_in(&site, &okta, &bjoern()).await.location(), Some("/me"));
    assert_eq!(site.browser().sign_in(&site, &google, &bjoern()).await.location(), Some("/me"));
    assert_eq!(site.only().await.id, id);
    assert_eq!(site.look(&id.to_string()).await.unwrap().identities.len(), 2);
    assert_eq!(same.get("/me").await.location(), Some("/"), "whoever came otherwise is signed in no more");
}

#[tokio::test]
async fn an_id_that_was_entered_gives_way_to_what_is_said_of_an_owner() {
    let site = Site::https().await;
    let okta = by_external_id(&site, "create").await;
    assert_eq!(as_whom(&site, &okta, "head", None).await.location(), Some("/me"));
    let head = site.only().await.id;
    let as_key = site.key("users:write users:read").await;
    let input = Create { account: slug(), known: called("7") };
    let other = user::create(&site.gateway, &as_key, input).await.unwrap().id;
    let answer = as_whom(&site, &okta, "head", Some("7")).await;
    site.assert_refused(&answer, "external_id_conflict").await;
    change(&site, &ctx(&site), head, owner_now()).await.unwrap();
    assert_eq!(as_whom(&site, &okta, "head", Some("7")).await.location(), Some("/me"));
    assert_eq!(site.look("7").await.unwrap().user.id, head);
    let lost = site.look(&other.to_string()).await.unwrap().user;
    assert_eq!((lost.external_id, lost.profile.external_id_by), (None, WhoseWord::Unknown));
    let told = format!(
        "SELECT COUNT(*) FROM events WHERE target = '{other}' AND action = 'user.updated' AND actor LIKE 'idp:%'"
    );
    assert_eq!(site.count(&told).await, 1);
    assert_eq!(as_whom(&site, &okta, "head", Some("7")).await.location(), Some("/me"), "and once more");
    assert_eq!(site.count(&told).await, 1);
}

/// Who has it is made an owner between the look and the turn of the sign-in that would take it.
#[tokio::test]
async fn an_id_that_was_entered_gives_way_to_nobody_once_it_is_an_owners() {
    let site = Site::https().await;
    let okta = by_external_id(&site, "create").await;
    assert_eq!(as_whom(&site, &okta, "head", None).await.location(), Some("/me"));
    change(&site, &ctx(&site), site.only().await.id, owner_now()).await.unwrap();
    let as_key = site.key("users:write users:read").await;
    let input = Create { account: slug(), known: called("7") };
    let other = user::create(&site.gateway, &as_key, input).await.unwrap().id;
    let raised = format!("UPDATE users SET role = 'owner' WHERE id = '{other}'");
    if !site.folder.is_postgres() {
        // One writes after the other here: there is nothing between.
        site.execute(&raised).await;
    }
    beside(&site, ["SELECT id FROM installation FOR UPDATE", &raised], async {
        let answer = as_whom(&site, &okta, "head", Some("7")).await;
        site.assert_refused(&answer, "external_id_conflict").await;
    })
    .await;
    assert_eq!(site.look("7").await.unwrap().user.id, other);
}

#[tokio::test]
async fn no_external_id_reads_like_an_id_of_ours() {
    let site = Site::https().await;
    let okta = by_external_id(&site, "create").await;
    let victim = site.make(called("7")).await.unwrap().id.to_string();
    let other = site.make(called("8")).await.unwrap().id;
    let is_refused = |error: FlowError| {
        let text = error.to_string();
        assert!(matches!(error, FlowError::Invalid(_)) && text.contains("reads like an id"), "{text}");
    };
    is_refused(site.make(called(&victim)).await.unwrap_err());
    is_refused(change(&site, &ctx(&site), other, called(&victim)).await.unwrap_err());
    is_refused(site.import(&format!("external_id\n{victim}\n")).await.unwrap_err());
    // Sent, it is left out, and the sign-in tells so.
    assert_eq!(as_whom(&site, &okta, "eve", Some(&victim)).await.location(), Some("/me"));
    let lineage = site.lineage().await;
    assert!(lineage.notes.iter().any(|note| note.code == "external_id_reserved"), "{lineage:?}");
    assert!(lineage.fields.iter().all(|field| field.field != "external_id"), "{lineage:?}");
    assert_eq!(site.look(&victim).await.unwrap().user.external_id.as_deref(), Some("7"));
    let mut ids: Vec<_> = site.everybody().await.into_iter().map(|user| user.external_id).collect();
    ids.sort_unstable();
    assert_eq!(ids, [None, Some("7".to_owned()), Some("8".to_owned())]);
}

/// How many mails wait, of which there are none afterwards.
pub async fn mails(site: &Site) -> i64 {
    let count = site.count("SELECT COUNT(*) FROM mails").await;
    site.execute("DELETE FROM mails").await;
    count
}

/// How many mails it makes that somebody asks for a link to `email`, and that every owner is warned.
pub async fn written(site: &Site, who: UserId, email: &str) -> (i64, i64) {
    mails(site).await;
    site.clock.advance(700);
    let anonymous = site.gateway.ctx(Actor::Anonymous);
    owner::ask_by_mail(&site.gateway, &anonymous, &slug(), email).await.unwrap();
    let asked = mails(site).await;
    let warned = owner::break_glass(&site.gateway, &ctx(site), (&slug(), &who.to_string()), "tried").await;
    warned.unwrap();
    (asked, mails(site).await)
}

/// Whether a program is told that nothing is sent to the address of the only owner.
async fn is_told_unvouched(program: &mut Browser) -> bool {
    let told = program.get("/api/v1/accounts/lincoln/owners").await;
    let told: Value = serde_json::from_str(&told.body).unwrap();
    told["data"][0]["is_email_unvouched"].as_bool().unwrap()
}

#[tokio::test]
async fn an_address_that_was_planted_lets_nobody_in_by_mail_once_they_are_an_owner() {
    let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await;
    let okta = brings_an_owner(&site).await;
    let as_key = site.key("users:write users:read").await;
    let mut program = crate::api::program(&site, Some(ACCOUNT), "owners:write").await;
    // They become one by what an identity provider says that sends no address; by hand; by a list; by hand, and nobody
    // knows who entered the address.
    for way in ["said", "hand", "list", "unknown"] {
        site.execute("UPDATE connections SET state = 'active'").await;
        site.changed_by_hand().await;
        let id = if way == "said" {
            assert_eq!(as_whom(&site, &okta, "head", None).await.location(), Some("/me"));
            site.only().await.id
        } else {
            let input = Create { account: slug(), known: called(way) };
            user::create(&site.gateway, &as_key, input).await.unwrap().id
        };
        change(&site, &as_key, id, email(PLANTED)).await.unwrap();
        match way {
            "said" => {
                let answer = as_whom(&site, &okta, "head", Some(EXPECTED)).await;
                assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
            }
            "list" => {
                site.import("external_id,role\nlist,owner\n").await.unwrap();
            }
            _ => {
                if way == "unknown" {
                    forget_whose_word(&site, id).await;
                }
                change(&site, &ctx(&site), id, owner_now()).await.unwrap();
            }
        }
        let there = site.look(&id.to_string()).await.unwrap().user;
        assert_eq!((there.role, there.profile.email.as_deref()), (Role::Owner, Some(PLANTED)), "{way}");
        let denied = change(&site, &as_key, id, email("other@evil.example")).await;
        assert!(matches!(denied, Err(FlowError::Denied(_))), "{way}: {denied:?}");
        site.set_state(&okta, ConnectionState::Disabled).await;
        assert_eq!(written(&site, id, PLANTED).await, (0, 0), "{way}");
        let listed = owner::list(&site.gateway, &ctx(&site), &slug()).await.unwrap();
        assert!(!listed.is_empty(), "{way}");
        assert!(listed.iter().all(|owner| owner.is_email_unvouched), "{way}: {listed:?}");
        assert!(is_told_unvouched(&mut program).await, "{way}");
        // Whoever saves what is there vouches for nothing; who takes it away and enters it, does.
        change(&site, &ctx(&site), id, email(PLANTED)).await.unwrap();
        assert_eq!(written(&site, id, PLANTED).await, (0, 0), "{way}");
        enter_anew(&site, &ctx(&site), id, email, "head@lincoln.example").await;
        assert_eq!(written(&site, id, "head@lincoln.example").await, (1, 1), "{way}");
        assert!(!is_told_unvouched(&mut program).await, "{way}");
        user::erase(&site.gateway, &ctx(&site), (&slug(), &which(&id.to_string()))).await.unwrap();
    }
}

#[tokio::test]
async fn an_address_that_an_owner_entered_lets_whoever_they_raise_in() {
    let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await;
    let account = site.text("SELECT id FROM accounts").await.unwrap().parse().unwrap();
    let first =
        site.make(Changes { role: Some(Role::Owner), ..email("head@lincoln.example") }).await.unwrap();
    let as_owner = site.gateway.ctx(Actor::User(Member { id: first.id, account, role: Role::Owner }));
    let as_key = site.key("users:write").await;
    let input = Create { account: slug(), known: email(PLANTED) };
    let second = user::create(&site.gateway, &as_key, input).await.unwrap().id;
    // With the role, in one change.
    let raised = Changes { role: Some(Role::Owner), ..email("vice@lincoln.example") };
    change(&site, &as_owner, second, raised).await.unwrap();
    assert_eq!(written(&site, second, "vice@lincoln.example").await, (1, 2));
    assert_eq!(written(&site, second, PLANTED).await.0, 0);
    // Before, and in other letters since.
    let input = Create { account: slug(), known: email("third@lincoln.example") };
    let third = user::create(&site.gateway, &as_owner, input).await.unwrap().id;
    change(&site, &as_key, third, email("Third@lincoln.example")).await.unwrap();
    change(&site, &as_owner, third, owner_now()).await.unwrap();
    assert_eq!(written(&site, third, "third@lincoln.example").await, (1, 3));
}

#[tokio::test]
async fn an_address_that_was_entered_is_their_own_once_their_identity_provider_says_the_same() {
    let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await;
    let (okta, google) = (site.connect(Product::Okta).await, site.connect(Product::Google).await);
    site.own("district.example").await;
    for idp in [&okta, &google] {
        site.set(idp, |settings| settings["link_by_email"] = json!(true)).await;
    }
    let ids = entered_and_came_by(&site, &okta).await;
    let as_key = site.key("users:write users:read").await;
    let sign_in = async |idp: &Idp, whom: &Person| site.browser().sign_in(&site, idp, whom).await;
    assert_eq!(sign_in(&google, &alice()).await.location(), Some("/me"));
    // One that is entered after that is another matter, also where it is the one that was said before.
    change(&site, &as_key, ids[1], email("other@district.example")).await.unwrap();
    change(&site, &as_key, ids[1], email(&bjoern().email)).await.unwrap();
    let answer = sign_in(&google, &bjoern()).await;
    site.assert_refused(&answer, "user_conflict").await;
    assert_eq!(sign_in(&okta, &bjoern()).await.location(), Some("/me"));
    assert_eq!(sign_in(&google, &bjoern()).await.location(), Some("/me"));
    for id in &ids {
        assert_eq!(site.look(&id.to_string()).await.unwrap().identities.len(), 2);
    }
    // An owner is warned there, and let in by no link that is sent there.
    let head = ids[0];
    change(&site, &ctx(&site), head, owner_now()).await.unwrap();
    for idp in [&okta, &google] {
        site.set_state(idp, ConnectionState::Disabled).await;
    }
    assert_eq!(written(&site, head, &alice().email).await, (0, 1));
    let listed = owner::list(&site.gateway, &ctx(&site), &slug()).await.unwrap();
    assert!(!listed.is_empty());
    assert!(listed.iter().all(|owner| !owner.is_email_unvouched), "{listed:?}");
}

#[tokio::test]
async fn an_address_that_was_entered_is_theirs_while_whoever_said_the_same_may() {
    let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await;
    let ([okta, google, clever], ids) = entered_and_came_by_google(&site).await;
    let sign_in = async |idp: &Idp, whom: &Person| site.browser().sign_in(&site, idp, whom).await;
    // Of the second another says it, too.
    assert_eq!(sign_in(&okta, &bjoern()).await.location(), Some("/me"));
    let may = async |domains: Value| site.set(&google, |settings| settings["email_domains"] = domains).await;
    may(json!([])).await;
    assert_eq!(sign_in(&google, &alice()).await.location(), Some("/me"), "whoever runs it comes as before");
    let answer = sign_in(&okta, &alice()).await;
    let (_, found) = site.assert_refused(&answer, "user_conflict").await;
    assert!(found.contains(&ids[0].to_string()) && found.contains("somebody entered"), "{found}");
    assert_eq!(site.look(&ids[0].to_string()).await.unwrap().identities.len(), 1);
    assert_eq!(sign_in(&clever, &bjoern()).await.location(), Some("/me"));
    assert_eq!(site.look(&ids[1].to_string()).await.unwrap().identities.len(), 3);
    // Nor is an owner warned there.
    change(&site, &ctx(&site), ids[0], owner_now()).await.unwrap();
    let is_unvouched = async || {
        let mut listed = owner::list(&site.gateway, &ctx(&site), &slug()).await.unwrap();
        listed.remove(0).is_email_unvouched
    };
    for (domains, is_said) in [(json!([]), false), (json!(["district.example"]), true)] {
        may(domains).await;
        assert_eq!(is_unvouched().await, !is_said);
        assert_eq!(written(&site, ids[0], &alice().email).await, (0, i64::from(is_said)));
    }
    let lowered = Changes { role: Some(Role::Member), ..Changes::default() };
    change(&site, &ctx(&site), ids[0], lowered).await.unwrap();
    assert_eq!(sign_in(&okta, &alice()).await.location(), Some("/me"));
    assert_eq!(site.look(&ids[0].to_string()).await.unwrap().identities.len(), 2);
    // Nor where both were retired since, though nothing else leads to them.
    change(&site, &ctx(&site), ids[0], owner_now()).await.unwrap();
    assert!(!is_unvouched().await);
    for idp in [&okta, &google] {
        lifecycle::retire(&site.gateway, &ctx(&site), idp.connection.id).await.unwrap();
    }
    assert!(is_unvouched().await);
    assert_eq!(written(&site, ids[0], &alice().email).await.0, 0);
}

#[tokio::test]
async fn the_owners_page_says_where_nothing_is_sent() {
    let site = Site::https().await;
    let as_key = site.key("users:write").await;
    let input = Create { account: slug(), known: email(PLANTED) };
    let made = user::create(&site.gateway, &as_key, input).await.unwrap().id;
    change(&site, &ctx(&site), made, owner_now()).await.unwrap();
    let page = site.owner().await.get("/console/at/lincoln/owners").await;
    assert_eq!(page.body.matches("no sign-in link and no warning goes there").count(), 1, "{}", page.body);
}
