//! People: what is mapped of them, whom a message leads to, and what administrators do with them.

use axum::http::StatusCode;
use gatepost::base::Actor;
use gatepost::base::caller::Role;
use gatepost::base::id::AttemptId;
use gatepost::directory::mapping::Lineage;
use gatepost::directory::preset::Product;
use gatepost::directory::state::UserState;
use gatepost::flow::connection::update::{Update, update};
use gatepost::flow::user::{self, Changes, Create, Imported, List, UserDetail, UserView, Which};
use gatepost::flow::{FlowError, attempt};
use gatepost::jobs;
use gatepost_saml::mint::{Attribute, MintRequest, NameId, Person, Personality};
use serde_json::json;

use crate::browser::{Answer, Browser};
use crate::database::Fault;
use crate::site::{Idp, Site, alice, bjoern, slug};

const DISTRICT: &str = "district.example";

pub fn which(text: &str) -> Which {
    text.to_owned().into()
}

fn dmitri() -> Person {
    let person = Person::examples().swap_remove(3);
    assert!(person.email.is_empty());
    person
}

pub fn sent(name: &str, values: &[&str]) -> Attribute {
    Attribute {
        name: name.to_owned(),
        name_format: None,
        friendly_name: None,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }
}

impl Site {
    pub async fn make(&self, known: Changes) -> Result<UserView, FlowError> {
        let input = Create { account: slug(), known };
        user::create(&self.gateway, &self.gateway.ctx(Actor::CommandLine), input).await
    }

    pub async fn look(&self, user: &str) -> Result<UserDetail, FlowError> {
        user::find(&self.gateway, &self.gateway.ctx(Actor::CommandLine), &slug(), &which(user)).await
    }

    pub async fn everybody(&self) -> Vec<UserView> {
        let input = List { account: slug(), state: None, role: None, email: None, after: None, limit: 1000 };
        user::list(&self.gateway, &self.gateway.ctx(Actor::CommandLine), &input).await.unwrap()
    }

    pub async fn only(&self) -> UserView {
        let mut all = self.everybody().await;
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    pub async fn import(&self, csv: &str) -> Result<Imported, FlowError> {
        let ctx = self.gateway.ctx(Actor::CommandLine);
        user::import(&self.gateway, &ctx, &slug(), (csv.as_bytes(), false)).await
    }

    pub async fn set_user(&self, user: &str, state: UserState) -> u64 {
        let ctx = self.gateway.ctx(Actor::CommandLine);
        user::set_state(&self.gateway, &ctx, (&slug(), &which(user)), state).await.unwrap()
    }

    /// What is stored of the attempt whose reference the page shows.
    pub async fn explained(&self, answer: &Answer) -> attempt::AttemptView {
        let reference = answer.body.split_once("att_").unwrap().1;
        let reference: AttemptId = format!("att_{}", &reference[..26]).parse().unwrap();
        attempt::find(&self.gateway, &self.gateway.ctx(Actor::CommandLine), reference).await.unwrap()
    }

    /// Refused with this code; what the trace found.
    pub async fn assert_refused(&self, answer: &Answer, code: &str) -> (String, String) {
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
        let explained = self.explained(answer).await.stored;
        assert_eq!(explained.refusal.unwrap().code.name(), code);
        let step = explained.trace.steps.into_iter().find(|step| step.code.is_some()).unwrap();
        (step.wanted.unwrap_or_default().into_owned(), step.found.unwrap_or_default().into_owned())
    }

    /// The lineage of the one attempt that was accepted.
    pub async fn lineage(&self) -> Lineage {
        let id = self.text("SELECT id FROM attempts WHERE outcome = 'accepted'").await.unwrap();
        let ctx = self.gateway.ctx(Actor::CommandLine);
        attempt::find(&self.gateway, &ctx, id.parse().unwrap()).await.unwrap().stored.mapping.unwrap()
    }
}

async fn sign_in(site: &Site, idp: &Idp, person: &Person) -> (Browser, Answer) {
    let mut browser = site.browser();
    let answer = browser.sign_in(site, idp, person).await;
    (browser, answer)
}

/// Signs `person` in with other attributes than theirs.
async fn sign_in_with(site: &Site, idp: &Idp, attributes: Vec<Attribute>) -> (Browser, Answer) {
    let (mut browser, person) = (site.browser(), alice());
    let change = |request: &mut MintRequest<'_>| request.options.attributes = Some(attributes);
    let answer = browser.sign_in_changed(site, idp, &person, change).await;
    (browser, answer)
}

fn assert_in(answer: &Answer) {
    assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
}

#[tokio::test]
async fn what_is_mapped_is_shown_and_its_lineage_is_kept() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.set(&okta, |settings| {
        settings["mapping"] = json!({
            "display_name": { "first_of": ["attribute:FIRSTNAME"], "case": "upper" },
            "username": { "first_of": ["attribute:login", "name_id"], "capture": "^([^@]+)@" },
            "custom": { "schools": { "first_of": ["attribute:groups"] } },
            "role_rules": [{ "grant": "grader", "when": "groups", "matches": "Teach.*" }],
        });
    })
    .await;
    let (mut browser, answer) = sign_in(&site, &okta, &alice()).await;
    assert_in(&answer);
    let me = browser.get("/me").await.body;
    for shown in ["ALICE", "Teachers, Lincoln School", "grader", "<dd>alice</dd>"] {
        assert!(me.contains(shown), "{shown} in {me}");
    }
    let user = site.only().await;
    assert_eq!(user.profile.custom["schools"], ["Teachers", "Lincoln School"]);
    assert_eq!(user.profile.first_name.as_deref(), Some("Alice"), "the usual rules hold beside");
    let lineage = site.lineage().await;
    let field = |name: &str| lineage.fields.iter().find(|field| field.field == name).unwrap();
    assert_eq!(field("email").rule, "usual.email.first_of[0]");
    assert_eq!(field("username").source, "name_id");
    assert_eq!(field("username").rule, "mapping.username.first_of[1]");
    assert_eq!(field("username").sent.as_ref().unwrap(), &["alice@district.example"]);
    assert_eq!(field("display_name").attribute.as_deref(), Some("firstName"));
    assert_eq!(field("roles").rule, "mapping.role_rules[0]");
}

#[tokio::test]
async fn what_is_required_is_asked_for_by_name() {
    let site = Site::https().await;
    let clever = site.connect(Product::Clever).await;
    site.set(&clever, |settings| settings["mapping"] = json!({ "required": ["email"] })).await;
    let (_, answer) = sign_in(&site, &clever, &dmitri()).await;
    let (wanted, found) = site.assert_refused(&answer, "mapping_required_missing").await;
    assert!(wanted.starts_with("email from attribute:email, attribute:mail"), "{wanted}");
    assert!(found.starts_with("only clever_id, district_id, user_type"), "{found}");
    assert!(!answer.body.contains("clever_id"), "strangers see none of it");
    assert_in(&sign_in(&site, &clever, &alice()).await.1);
}

#[tokio::test]
async fn somebody_without_an_address_is_known_by_their_id() {
    let site = Site::https().await;
    let clever = site.connect(Product::Clever).await;
    let (mut browser, answer) = sign_in(&site, &clever, &dmitri()).await;
    assert_in(&answer);
    let me = browser.get("/me").await.body;
    assert!(me.contains("Dmitri Dale") && me.contains("No email address was sent") && me.contains("student"));
    assert_in(&sign_in(&site, &clever, &dmitri()).await.1);
    let user = site.only().await;
    assert_eq!(user.profile.custom["district_id"], ["5f1c0d3e9a7b4c2d8e6f0a1b"]);
    assert_eq!(user.profile.roles, ["student"]);
}

#[tokio::test]
async fn too_many_groups_take_nothing_away() {
    let site = Site::https().await;
    let entra = site.connect(Product::Entra).await;
    site.set(&entra, |settings| {
        settings["subject"] = json!("name_id");
        settings["mapping"] = json!({ "role_rules": [
            { "grant": "admin", "when": "groups", "equals": "it" },
            { "grant": "grader", "when": "groups", "equals": "teachers" },
        ]});
    })
    .await;
    let groups = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups";
    let link = "http://schemas.microsoft.com/claims/groups.link";
    assert_in(&sign_in_with(&site, &entra, vec![sent(groups, &["it", "teachers"])]).await.1);
    let before = site.only().await;
    assert_eq!((before.role, before.profile.roles.as_slice()), (Role::Admin, &["grader".to_owned()][..]));

    let graph = "https://graph.windows.net/t/users/u/getMemberObjects";
    let (mut browser, answer) = sign_in_with(&site, &entra, vec![sent(link, &[graph])]).await;
    assert_in(&answer);
    let after = site.only().await;
    assert_eq!((after.role, &after.profile), (Role::Admin, &before.profile));
    assert!(browser.get("/me").await.body.contains("groups assigned to the"), "the trace warns");

    assert_in(&sign_in_with(&site, &entra, vec![sent(groups, &["others"])]).await.1);
    let none = site.only().await;
    assert_eq!((none.role, none.profile.roles.len()), (Role::Member, 0));
}

#[tokio::test]
async fn who_has_not_changed_is_not_written() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    assert_in(&sign_in(&site, &okta, &alice()).await.1);
    let first = site.only().await;
    site.clock.advance(3600);
    assert_in(&sign_in(&site, &okta, &alice()).await.1);
    assert_eq!(site.only().await, first, "updated_at too");
    site.clock.advance(3600);
    let renamed = Person { last_name: "Archer-Lee".to_owned(), ..alice() };
    assert_in(&sign_in(&site, &okta, &renamed).await.1);
    let changed = site.only().await;
    assert_eq!(changed.profile.last_name.as_deref(), Some("Archer-Lee"));
    assert!(changed.updated_at > first.updated_at && changed.created_at == first.created_at);
    let detail = site.look(&changed.id.to_string()).await.unwrap();
    assert_eq!(detail.last_sign_in_at, Some(changed.updated_at));
    assert_eq!(detail.identities.len(), 1);
    assert_eq!(detail.identities[0].value, "alice@district.example");
}

/// A connection that finds people by the id that the platform has for them.
pub async fn by_external_id(site: &Site, provisioning: &str) -> Idp {
    let okta = site.connect(Product::Okta).await;
    site.set(&okta, |settings| {
        settings["provisioning"] = json!(provisioning);
        settings["mapping"] = json!({ "external_id": { "first_of": ["attribute:sis"] } });
    })
    .await;
    okta
}

pub fn called(value: &str) -> NameId {
    let usual = Personality::named("okta").unwrap().name_id(&alice(), &mut |_: &mut [u8]| {});
    NameId { value: value.to_owned(), format: None, ..usual }
}

/// Signs in whoever the identity provider calls `name` and the platform `sis`.
pub async fn as_whom(site: &Site, idp: &Idp, name: &str, sis: Option<&str>) -> Answer {
    let (mut browser, person) = (site.browser(), alice());
    let attributes = sis.map(|sis| sent("sis", &[sis])).into_iter().collect();
    let change = |request: &mut MintRequest<'_>| {
        request.options.name_id = Some(called(name));
        request.options.attributes = Some(attributes);
    };
    browser.sign_in_changed(site, idp, &person, change).await
}

#[tokio::test]
async fn the_platforms_own_id_leads_to_who_is_there_already() {
    let site = Site::https().await;
    let okta = by_external_id(&site, "match_only").await;
    let imported = site.import("external_id,first_name,email\n7,Maya,maya@home.example\n8,Tomas,\n").await;
    assert_eq!(imported.unwrap().created, 2);
    let unknown = as_whom(&site, &okta, "zoe", Some("9")).await;
    assert_eq!(site.assert_refused(&unknown, "user_unknown").await.1, "nobody");
    assert_in(&as_whom(&site, &okta, "maya", Some("7")).await);
    let maya = site.look("7").await.unwrap();
    assert_eq!(maya.identities[0].value, "maya");
    assert_eq!(maya.user.profile.email.as_deref(), Some("maya@home.example"), "what was not sent stays");
    assert_in(&as_whom(&site, &okta, "maya", None).await);
    // Over there she was given a new account.
    assert_in(&as_whom(&site, &okta, "maya2", Some("7")).await);
    assert_eq!(site.look("7").await.unwrap().identities.len(), 2);
    assert_eq!(site.everybody().await.len(), 2);

    // Her account over there was given to Tomas, or to somebody new.
    let (_, found) =
        site.assert_refused(&as_whom(&site, &okta, "maya", Some("8")).await, "external_id_conflict").await;
    let tomas = site.look("8").await.unwrap().user.id;
    assert!(found.contains(&maya.user.id.to_string()) && found.contains(&tomas.to_string()), "{found}");
    site.assert_refused(&as_whom(&site, &okta, "maya", Some("99")).await, "external_id_conflict").await;
    site.set_user("8", UserState::Disabled).await;
    let (_, found) =
        site.assert_refused(&as_whom(&site, &okta, "tomas", Some("8")).await, "user_disabled").await;
    assert_eq!(found, tomas.to_string());
    assert!(site.look("8").await.unwrap().identities.is_empty(), "a refused sign-in ties nothing");
}

#[tokio::test]
async fn an_external_id_that_nobody_has_is_taken_over() {
    let site = Site::https().await;
    let okta = by_external_id(&site, "create").await;
    assert_in(&as_whom(&site, &okta, "maya", None).await);
    assert_in(&as_whom(&site, &okta, "maya", Some("7")).await);
    assert_eq!(site.only().await.external_id.as_deref(), Some("7"));
}

#[tokio::test]
async fn a_verified_address_leads_to_its_user_where_that_is_allowed() {
    let site = Site::https().await;
    let (okta, google) = (site.connect(Product::Okta).await, site.connect(Product::Google).await);
    let known = Changes { email: Some("Alice@District.example".to_owned()), ..Changes::default() };
    let alice_id = site.make(known).await.unwrap().id;
    site.set(&google, |settings| settings["link_by_email"] = json!(true)).await;
    site.set(&google, |settings| settings["provisioning"] = json!("match_only")).await;
    let (_, answer) = sign_in(&site, &google, &alice()).await;
    site.assert_refused(&answer, "user_unknown").await;

    site.own(DISTRICT).await;
    site.set(&okta, |settings| settings["provisioning"] = json!("match_only")).await;
    let (_, answer) = sign_in(&site, &okta, &alice()).await;
    site.assert_refused(&answer, "user_unknown").await;
    assert_in(&sign_in(&site, &google, &alice()).await.1);
    assert_eq!(site.only().await.id, alice_id);

    // The address now belongs to somebody whom the identity provider calls otherwise.
    let mut browser = site.browser();
    let other = |request: &mut MintRequest<'_>| request.options.name_id = Some(called("alice.2"));
    let person = alice();
    let answer = browser.sign_in_changed(&site, &google, &person, other).await;
    let (_, found) = site.assert_refused(&answer, "user_conflict").await;
    assert!(found.contains(&alice_id.to_string()), "{found}");
}

#[tokio::test]
async fn nobody_becomes_an_owner_by_an_address_where_the_connection_may_make_none() {
    let site = Site::https().await;
    let google = site.connect(Product::Google).await;
    site.own(DISTRICT).await;
    let known = Changes {
        email: Some("alice@district.example".to_owned()),
        role: Some(Role::Owner),
        ..Changes::default()
    };
    let owner = site.make(known).await.unwrap().id;
    site.set(&google, |settings| settings["link_by_email"] = json!(true)).await;
    let (_, answer) = sign_in(&site, &google, &alice()).await;
    let (_, found) = site.assert_refused(&answer, "user_conflict").await;
    assert!(found.contains(&owner.to_string()) && found.contains("may_grant_owner"), "{found}");

    site.set(&google, |settings| settings["mapping"] = json!({ "may_grant_owner": true })).await;
    assert_in(&sign_in(&site, &google, &alice()).await.1);
    assert_eq!(site.only().await.id, owner);
}

#[tokio::test]
async fn an_address_of_several_people_leads_to_none() {
    let site = Site::https().await;
    let google = site.connect(Product::Google).await;
    site.own(DISTRICT).await;
    site.set(&google, |settings| settings["link_by_email"] = json!(true)).await;
    for external_id in ["7", "8"] {
        let known = Changes {
            external_id: Some(external_id.to_owned()),
            email: Some("alice@district.example".to_owned()),
            ..Changes::default()
        };
        site.make(known).await.unwrap();
    }
    let (_, answer) = sign_in(&site, &google, &alice()).await;
    site.assert_refused(&answer, "user_conflict").await;
    site.set_user("8", UserState::Disabled).await;
    let (_, answer) = sign_in(&site, &google, &alice()).await;
    site.assert_refused(&answer, "user_conflict").await;
}

#[tokio::test]
async fn an_address_that_somebody_was_given_unproved_leads_nowhere() {
    let site = Site::https().await;
    let (clever, google) = (site.connect(Product::Clever).await, site.connect(Product::Google).await);
    site.own(DISTRICT).await;
    // Whoever runs this identity provider may write any address, and none of it counts.
    site.set(&clever, |settings| {
        settings["email_domains"] = json!([]);
        settings["unverified_emails"] = json!("keep");
    })
    .await;
    let mallory = Person { email: alice().email, ..bjoern() };
    assert_in(&sign_in(&site, &clever, &mallory).await.1);
    let mallory = site.only().await;
    assert!(!mallory.is_email_verified);
    site.set(&google, |settings| settings["link_by_email"] = json!(true)).await;
    assert_in(&sign_in(&site, &google, &alice()).await.1);
    let everybody = site.everybody().await;
    assert_eq!(everybody.len(), 2, "alice is herself, and not mallory");
    assert_eq!(site.look(&mallory.id.to_string()).await.unwrap().identities.len(), 1);
}

#[tokio::test]
async fn who_is_shut_out_is_out_at_once() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let (mut browser, _) = sign_in(&site, &okta, &alice()).await;
    assert!(Browser::is_signed_in(&browser.get("/me").await));
    let id = site.only().await.id.to_string();
    assert_eq!(site.set_user(&id, UserState::Disabled).await, 1, "one session ended");
    assert_eq!(site.set_user(&id, UserState::Disabled).await, 0, "nothing more to do");
    assert_eq!(browser.get("/me").await.location(), Some("/"));
    let (_, answer) = sign_in(&site, &okta, &alice()).await;
    site.assert_refused(&answer, "user_disabled").await;
    site.set_user(&id, UserState::Active).await;
    assert_eq!(browser.get("/me").await.location(), Some("/"), "a session that ended does not come back");
    assert_in(&sign_in(&site, &okta, &alice()).await.1);
    let told =
        site.count("SELECT COUNT(*) FROM events WHERE action IN ('user.disabled', 'user.enabled')").await;
    assert_eq!(told, 2);
}

#[tokio::test]
async fn who_is_erased_leaves_bare_facts() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let (mut browser, _) = sign_in(&site, &okta, &alice()).await;
    let id = site.only().await.id;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let receipt = user::erase(&site.gateway, &ctx, (&slug(), &Which::Id(id))).await.unwrap();
    assert_eq!(receipt.user_id, id);
    assert!(receipt.erased.sign_ins > 0 && receipt.erased.identities > 0, "{receipt:?}");
    assert_eq!(browser.get("/me").await.location(), Some("/"));
    assert!(matches!(site.look(&id.to_string()).await, Err(FlowError::NotFound(_))));
    for table in ["users", "identities", "sessions", "attempt_messages"] {
        let count: &'static str = Box::leak(format!("SELECT COUNT(*) FROM {table}").into_boxed_str());
        assert_eq!(site.count(count).await, 0, "{table}");
    }
    let attempt = site.text("SELECT id FROM attempts").await.unwrap().parse().unwrap();
    let kept = attempt::find(&site.gateway, &ctx, attempt).await.unwrap().stored;
    assert_eq!((kept.mapping, kept.refusal), (None, None));
    assert!(!kept.trace.steps.is_empty());
    assert_in(&sign_in(&site, &okta, &alice()).await.1);
    assert_ne!(site.only().await.id, id, "somebody new");
}

/// The process of whoever asked for it was ended in the middle.
#[tokio::test]
async fn an_erasure_that_was_broken_off_is_finished() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    assert_in(&sign_in(&site, &okta, &alice()).await.1);
    let id = site.only().await.id;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let of = (&slug(), &Which::Id(id));
    // The last step cannot be written.
    let mut outside = site.folder.connect().await;
    outside.inject("events", "NEW.action = 'user.erased'", Fault::Refuse).await;
    assert!(user::erase(&site.gateway, &ctx, of).await.is_err());
    let receipts = "SELECT COUNT(*) FROM events WHERE action = 'user.erased'";
    assert_eq!(site.count(receipts).await, 0);
    let (_, answer) = sign_in(&site, &okta, &alice()).await;
    site.assert_refused(&answer, "user_disabled").await;
    assert_eq!(site.count("SELECT COUNT(*) FROM jobs WHERE kind = 'user_erasure'").await, 1);
    outside.mend("events").await;
    site.clock.advance(300);
    jobs::round(&site.gateway).await;
    assert_eq!(site.count(receipts).await, 1);
    assert!(matches!(site.look(&id.to_string()).await, Err(FlowError::NotFound(_))));
    assert_eq!(
        site.count("SELECT COUNT(*) FROM jobs WHERE kind = 'user_erasure' AND state = 'done'").await,
        1
    );
    assert!(matches!(user::erase(&site.gateway, &ctx, of).await, Err(FlowError::NotFound(_))));
}

/// Somebody who is being erased tries to sign in meanwhile, and is refused: that is kept for a month, too.
#[tokio::test]
async fn a_message_that_comes_while_somebody_is_erased_goes_too() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    for person in [bjoern(), alice(), alice()] {
        assert_in(&sign_in(&site, &okta, &person).await.1);
        site.clock.advance(1);
    }
    let attempt = async |number: u32| {
        site.text(&format!("SELECT id FROM attempts ORDER BY id LIMIT 1 OFFSET {number}")).await.unwrap()
    };
    let (other, first, second) = (attempt(0).await, attempt(1).await, attempt(2).await);
    // When the second is stripped for the first time, the first has a message again.
    let when = format!("OLD.trace_was IS NULL AND NEW.id = '{second}'");
    let late = format!(
        "INSERT INTO attempt_messages (account_id, attempt_id, connection_id, outcome, raw_sealed, created_at, expires_at)
        SELECT account_id, '{first}', connection_id, outcome, raw_sealed, created_at, expires_at
        FROM attempt_messages WHERE attempt_id = '{other}';"
    );
    let mut outside = site.folder.connect().await;
    if site.folder.is_postgres() {
        let body = format!("BEGIN IF {when} THEN {late} END IF; RETURN NULL; END");
        let function = format!("CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$");
        outside.execute(&function).await;
        let trigger = "CREATE TRIGGER late AFTER UPDATE ON attempts FOR EACH ROW EXECUTE FUNCTION late()";
        outside.execute(trigger).await;
    } else {
        let trigger = format!("CREATE TRIGGER late AFTER UPDATE ON attempts WHEN {when} BEGIN {late} END");
        outside.execute(&trigger).await;
    }
    let theirs = format!("SELECT user_id FROM attempts WHERE id = '{first}'");
    let id = site.text(&theirs).await.unwrap().parse().unwrap();
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let receipt = user::erase(&site.gateway, &ctx, (&slug(), &Which::Id(id))).await.unwrap();
    assert_eq!((receipt.erased.sign_ins, receipt.erased.messages), (2, 3));
    assert_eq!(site.count("SELECT COUNT(*) FROM attempt_messages").await, 1, "the other's");
}

#[tokio::test]
async fn the_attempts_of_others_stay_as_they_are() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    assert_in(&sign_in(&site, &okta, &alice()).await.1);
    let id = site.only().await.id;
    for _ in 0..3 {
        assert_in(&sign_in(&site, &okta, &bjoern()).await.1);
        assert_in(&sign_in(&site, &okta, &alice()).await.1);
    }
    let ctx = site.gateway.ctx(Actor::CommandLine);
    user::erase(&site.gateway, &ctx, (&slug(), &Which::Id(id))).await.unwrap();
    let stripped = "SELECT COUNT(*) FROM attempts WHERE trace_was IS NOT NULL";
    assert_eq!(site.count(stripped).await, 4);
    let theirs = format!("{stripped} AND user_id = '{id}'");
    assert_eq!(site.count(Box::leak(theirs.into_boxed_str())).await, 4);
    assert_eq!(site.count("SELECT COUNT(*) FROM attempt_messages").await, 3, "those of the other");
}

#[tokio::test]
async fn roles_of_the_account_are_given_as_far_as_a_connection_may() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let set = async |mapping: serde_json::Value| {
        let input = Update { merge: Some(json!({ "mapping": mapping })), ..Update::default() };
        update(&site.gateway, &site.gateway.ctx(Actor::CommandLine), okta.connection.id, input).await
    };
    let grants = |role: &str, may: bool| {
        let rule = json!({ "grant": role, "when": "attribute:title", "equals": "Principal" });
        json!({ "role_rules": [rule], "may_grant_owner": may })
    };
    for (role, may) in [("owner", false), ("operator", false), ("operator", true)] {
        let error = set(grants(role, may)).await.unwrap_err().to_string();
        assert!(error.starts_with("mapping.role_rules[0]"), "{role}: {error}");
    }
    let titled = |title: &str| vec![sent("email", &["alice@district.example"]), sent("title", &[title])];
    for (role, may, wanted) in [("admin", false, Role::Admin), ("owner", true, Role::Owner)] {
        set(grants(role, may)).await.unwrap();
        assert_in(&sign_in_with(&site, &okta, titled("Principal")).await.1);
        assert_eq!(site.only().await.role, wanted);
        assert_in(&sign_in_with(&site, &okta, titled("Teacher")).await.1);
        assert_eq!(site.only().await.role, Role::Member, "and taken back");
    }
}
