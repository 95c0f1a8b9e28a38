//! Who administers people does not become an owner by it, nor is taken for one; every owner hears of who becomes one; and
//! what an identity provider says of an owner lets nobody in without it.

use gatepost::base::caller::{Member, Role};
use gatepost::base::{Actor, Ctx};
use gatepost::directory::preset::Product;
use gatepost::directory::state::{ConnectionState, UserState};
use gatepost::flow::check::{self, Level};
use gatepost::flow::event::{self, Filter, Most};
use gatepost::flow::user::{self, Changes, Create};
use gatepost::flow::{FlowError, owner};
use gatepost::outbound::mail::Mailer;
use gatepost_saml::mint::Person;
use serde_json::{Value, json};

use crate::people::which;
use crate::site::{HTTPS, Site, alice, bjoern, ctx, slug};

const OWNER: &str = "head@lincoln.example";

fn known(email: &str, external_id: &str, role: Role) -> Changes {
    Changes {
        email: Some(email.to_owned()),
        external_id: Some(external_id.to_owned()),
        role: Some(role),
        ..Changes::default()
    }
}

fn email(email: &str) -> Changes {
    Changes { email: Some(email.to_owned()), ..Changes::default() }
}

async fn person(site: &Site, known: Changes) -> Member {
    let role = known.role.unwrap();
    let made = site.make(known).await.unwrap();
    let account = site.text("SELECT id FROM accounts").await.unwrap().parse().unwrap();
    Member { id: made.id, account, role }
}

fn is_denied<T>(result: &Result<T, FlowError>) -> bool {
    matches!(result, Err(FlowError::Denied(_)))
}

async fn mails(site: &Site) -> i64 {
    site.count("SELECT COUNT(*) FROM mails").await
}

#[tokio::test]
async fn an_admin_gives_nobody_an_owners_address_and_themselves_none() {
    let site = Site::https().await;
    let head = person(&site, known(OWNER, "1", Role::Owner)).await;
    let admin = person(&site, known("admin@lincoln.example", "2", Role::Admin)).await;
    let pupil = person(&site, known("pupil@lincoln.example", "3", Role::Member)).await;
    let as_admin = site.gateway.ctx(Actor::User(admin));
    let update = async |by: &Ctx, who: Member, changes: Changes| {
        user::update(&site.gateway, by, (&slug(), &which(&who.id.to_string())), changes).await
    };
    for (who, address) in
        [(admin, OWNER), (admin, "super@lincoln.example"), (pupil, OWNER), (pupil, "HEAD@Lincoln.Example ")]
    {
        let changed = update(&as_admin, who, email(address)).await;
        assert!(is_denied(&changed), "{address}: {changed:?}");
    }
    // Of an owner who is disabled neither: they may be one again tomorrow.
    for state in ["disabled", "active"] {
        site.execute(&format!("UPDATE users SET state = '{state}' WHERE role = 'owner'")).await;
        let changed = update(&as_admin, pupil, email(OWNER)).await;
        assert!(is_denied(&changed), "{state}: {changed:?}");
    }
    let input = Create { account: slug(), known: known(OWNER, "4", Role::Member) };
    assert!(is_denied(&user::create(&site.gateway, &as_admin, input).await));
    for row in [format!("3,{OWNER}"), format!("5,{OWNER}"), "2,super@lincoln.example".to_owned()] {
        let list = format!("external_id,email\n{row}\n");
        let imported = user::import(&site.gateway, &as_admin, &slug(), (list.as_bytes(), false)).await;
        assert!(is_denied(&imported), "{row}: {imported:?}");
    }
    let named = Changes { first_name: Some("Ada".to_owned()), ..email("admin@lincoln.example") };
    update(&as_admin, admin, named).await.unwrap();
    update(&as_admin, pupil, email("pupil2@lincoln.example")).await.unwrap();
    let as_owner = site.gateway.ctx(Actor::User(head));
    update(&as_owner, head, email("chief@lincoln.example")).await.unwrap();
    update(&as_owner, pupil, email("chief@lincoln.example")).await.unwrap();
}

/// An address that counts for nothing does not count for having been written in other letters.
#[tokio::test]
async fn the_same_address_in_other_letters_stays_on_the_word_of_who_gave_it() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.own("district.example").await;
    site.set(&okta, |settings| {
        settings["email_domains"] = json!([]);
        settings["unverified_emails"] = json!("keep");
    })
    .await;
    let person_of = alice();
    site.browser().sign_in(&site, &okta, &person_of).await;
    let made = site.only().await;
    let id = made.id.to_string();
    let numbered = Changes { external_id: Some("7".to_owned()), ..Changes::default() };
    user::update(&site.gateway, &ctx(&site), (&slug(), &which(&id)), numbered).await.unwrap();
    person(&site, known(&person_of.email, "1", Role::Owner)).await;
    let admin = person(&site, known("admin@district.example", "2", Role::Admin)).await;
    let as_admin = site.gateway.ctx(Actor::User(admin));
    let is_verified = async || site.look(&id).await.unwrap().user.is_email_verified;
    assert!(!is_verified().await);
    let loud = person_of.email.to_uppercase();
    for address in [loud.as_str(), person_of.email.as_str()] {
        let of = which(&id);
        user::update(&site.gateway, &as_admin, (&slug(), &of), email(address)).await.unwrap();
        assert!(!is_verified().await, "{address}");
    }
    let list = format!("external_id,email\n7,{loud}\n");
    user::import(&site.gateway, &as_admin, &slug(), (list.as_bytes(), false)).await.unwrap();
    assert!(!is_verified().await);
    site.browser().sign_in(&site, &okta, &person_of).await;
    assert!(!is_verified().await, "nor after the next sign-in");
}

#[tokio::test]
async fn every_owner_hears_of_who_becomes_one_by_their_role() {
    let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await;
    person(&site, known(OWNER, "1", Role::Owner)).await;
    assert_eq!(mails(&site).await, 0, "there was nobody to tell");
    let by_hand = person(&site, known("a@lincoln.example", "2", Role::Member)).await;
    let raise = Changes { role: Some(Role::Owner), ..Changes::default() };
    let of = which(&by_hand.id.to_string());
    user::update(&site.gateway, &ctx(&site), (&slug(), &of), raise).await.unwrap();
    assert_eq!(mails(&site).await, 1);
    person(&site, known("b@lincoln.example", "3", Role::Owner)).await;
    assert_eq!(mails(&site).await, 3, "both of them");

    let member = person(&site, known("c@lincoln.example", "4", Role::Member)).await;
    let list = "external_id,email,role\n4,c@lincoln.example,owner\n5,d@lincoln.example,admin\n6,e@lincoln.example,member\n";
    site.import(list).await.unwrap();
    assert_eq!(mails(&site).await, 6, "all three");
    let told = async |id: &str, action: &str| {
        let told = "SELECT COUNT(*) FROM events WHERE target =";
        site.count(&format!("{told} '{id}' AND action = '{action}'")).await
    };
    assert_eq!(told(&member.id.to_string(), "user.updated").await, 1, "the event says who");
    let of = async |number: &str| site.look(number).await.unwrap().user.id.to_string();
    assert_eq!(told(&of("5").await, "user.created").await, 1);
    assert_eq!(told(&of("6").await, "user.created").await, 0, "of members there may be thousands");
}

/// What is told of a person, the latest first: what was done, and the role before and after.
async fn told(site: &Site, user: &str) -> Vec<(String, Value, Value)> {
    let filter = Filter { target: Some(user.to_owned()), ..Filter::default() };
    let portion = (None, Most::Events(50));
    let page = event::search(&site.gateway, &ctx(site), &slug(), &filter, portion).await.unwrap();
    let all = page.events.into_iter().map(|event| {
        assert!(event.actor.starts_with("idp:conn_"), "{}", event.actor);
        let body: Value = serde_json::from_str(&event.body.unwrap()).unwrap();
        (event.action, body["before"]["role"].clone(), body["after"]["role"].clone())
    });
    all.collect()
}

#[tokio::test]
async fn whoever_becomes_an_owner_by_what_an_identity_provider_says_is_told_of() {
    let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await;
    let okta = site.connect(Product::Okta).await;
    person(&site, known(OWNER, "1", Role::Owner)).await;
    let grant = async |role: &str, group: &str| {
        site.set(&okta, |settings| {
            let rule = json!({ "grant": role, "when": "groups", "equals": group });
            settings["mapping"] = json!({ "may_grant_owner": true, "role_rules": [rule] });
        })
        .await;
    };
    let enter = async |who: &Person| {
        assert_eq!(site.browser().sign_in(&site, &okta, who).await.location(), Some("/me"));
    };
    let id_of = async |email: &str| {
        let everybody = site.everybody().await;
        let found = everybody.iter().find(|user| user.profile.email.as_deref() == Some(email));
        found.unwrap().id.to_string()
    };
    grant("admin", "IT").await;
    enter(&alice()).await;
    enter(&bjoern()).await;
    let (alice_id, bjoern_id) = (id_of(&alice().email).await, id_of(&bjoern().email).await);
    assert!(told(&site, &alice_id).await.is_empty(), "of members there may be thousands");
    assert_eq!(told(&site, &bjoern_id).await, [("user.created".to_owned(), Value::Null, json!("admin"))]);
    assert_eq!(mails(&site).await, 0, "owners hear of owners");

    grant("owner", "Teachers").await;
    let raised = ("user.updated".to_owned(), json!("member"), json!("owner"));
    for _ in 0..2 {
        enter(&alice()).await;
        assert_eq!(told(&site, &alice_id).await, std::slice::from_ref(&raised), "once");
        assert_eq!(mails(&site).await, 1, "to the owner that there was");
    }
    grant("owner", "Nobody").await;
    enter(&alice()).await;
    let lowered = ("user.updated".to_owned(), json!("owner"), json!("member"));
    assert_eq!(told(&site, &alice_id).await, [lowered, raised]);
    assert_eq!(mails(&site).await, 1);
}

#[tokio::test]
async fn who_has_the_identity_provider_gets_no_link_by_mail_when_it_is_shut_out() {
    let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await;
    let okta = site.connect(Product::Okta).await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    let id = site.only().await.id.to_string();
    let raise = Changes { role: Some(Role::Owner), ..email(OWNER) };
    user::update(&site.gateway, &ctx(&site), (&slug(), &which(&id)), raise).await.unwrap();
    site.browser().sign_in(&site, &okta, &alice()).await;
    assert_eq!(site.only().await.profile.email, Some(alice().email), "what the identity provider says");
    site.set_state(&okta, ConnectionState::Disabled).await;
    site.execute("DELETE FROM mails").await;
    let anonymous = site.gateway.ctx(Actor::Anonymous);
    owner::ask_by_mail(&site.gateway, &anonymous, &slug(), &alice().email).await.unwrap();
    assert_eq!(mails(&site).await, 0);
    owner::ask_by_mail(&site.gateway, &anonymous, &slug(), OWNER).await.unwrap();
    assert_eq!(mails(&site).await, 1, "where they were entered");
    // Warnings go there as well: what the identity provider says is not verified.
    owner::break_glass(&site.gateway, &ctx(&site), (&slug(), &id), "tried").await.unwrap();
    assert_eq!(mails(&site).await, 2);
}

#[tokio::test]
async fn the_check_names_owners_whom_no_link_by_mail_would_reach() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    let id = site.only().await.id.to_string();
    let named = async || {
        let found = check::check(&site.gateway, &ctx(&site), false).await.unwrap();
        let is_named = |finding: &check::Finding| {
            let is_so = (finding.area, finding.level) == ("owners", Level::Notice);
            is_so && finding.text.contains(&id) && finding.text.contains("enter another address")
        };
        found.iter().any(is_named)
    };
    assert!(!named().await, "who is no owner is not asked after");
    let change = async |changes: Changes| {
        user::update(&site.gateway, &ctx(&site), (&slug(), &which(&id)), changes).await.unwrap();
    };
    change(Changes { role: Some(Role::Owner), ..Changes::default() }).await;
    assert!(named().await);
    change(email(&alice().email)).await;
    assert!(named().await, "it stays what the identity provider says");
    change(email(OWNER)).await;
    assert!(!named().await);
}

#[tokio::test]
async fn the_only_owner_who_may_sign_in_stays_one_whatever_anybody_of_the_account_does() {
    const TOLD: &str = "This is the only owner of the account; make another one first";
    let site = Site::https().await;
    let head = person(&site, known(OWNER, "1", Role::Owner)).await;
    person(&site, known("away@lincoln.example", "2", Role::Owner)).await;
    site.set_user("2", UserState::Disabled).await;
    let lower = || Changes { role: Some(Role::Member), ..Changes::default() };
    let (gateway, account, of) = (&site.gateway, slug(), which("1"));
    let as_key = site.key("users:write owners:write").await;
    for by in [gateway.ctx(Actor::User(head)), as_key] {
        let list: &[u8] = b"external_id,role\n1,member\n";
        let tried = [
            user::update(gateway, &by, (&account, &of), lower()).await.map(drop),
            user::set_state(gateway, &by, (&account, &of), UserState::Disabled).await.map(drop),
            user::erase(gateway, &by, (&account, &of)).await.map(drop),
            user::import(gateway, &by, &account, (list, true)).await.map(drop),
            user::import(gateway, &by, &account, (list, false)).await.map(drop),
        ];
        for refused in tried {
            let told = refused.unwrap_err().to_string();
            assert!(told.contains("this is the only owner of the account"), "{told}");
        }
    }
    let by_owner = gateway.ctx(Actor::User(head));
    let other: &[u8] = b"external_id,role\n1,member\n3,owner\n";
    user::import(gateway, &by_owner, &account, (other, false)).await.unwrap();
    // Whoever makes owners of any account may.
    user::update(gateway, &ctx(&site), (&account, &which("3")), lower()).await.unwrap();
    assert!(owner::list(gateway, &ctx(&site), &account).await.unwrap().is_empty());

    let mut olive = site.owner().await;
    let id = owner::list(gateway, &ctx(&site), &account).await.unwrap()[0].id.to_string();
    let there = format!("/console/at/lincoln/people/{id}");
    let page = olive.get(&there).await;
    for (below, field, told) in [
        ("", ("role", "member"), format!("id=\"role-problem\">{TOLD}")),
        ("/state", ("state", "disabled"), TOLD.to_owned()),
        ("/erase", ("confirm", id.as_str()), TOLD.to_owned()),
    ] {
        let refused = olive.fill_on(&page, &format!("{there}{below}"), &[field]).await;
        assert_eq!(refused.status, 400, "{below}: {}", refused.body);
        assert!(refused.body.contains(&told), "{below}: {}", refused.body);
    }
}
