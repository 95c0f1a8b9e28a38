//! Email domains: who may have one, where they lead, and what they say about an address.

use axum::http::StatusCode;
use gatepost::base::Actor;
use gatepost::base::caller::Role;
use gatepost::base::id::ConnectionId;
use gatepost::directory::account::Slug;
use gatepost::directory::domain::DomainName;
use gatepost::directory::preset::Product;
use gatepost::directory::state::{ConnectionState, DomainState};
use gatepost::flow::domain::{self, Add, DomainView, Route};
use gatepost::flow::user::Changes;
use gatepost::flow::{FlowError, account};
use gatepost_saml::mint::Person;
use serde_json::json;

use crate::browser::{Answer, Browser, From};
use crate::events::token_of;
use crate::site::{ACCOUNT, Idp, Site, alice, bjoern};

/// Of everybody in `Person::examples`.
const DISTRICT: &str = "district.example";

fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

fn name(text: &str) -> DomainName {
    text.parse().unwrap()
}

impl Site {
    async fn claim(&self, account: &str, domain: &str) -> Result<DomainView, FlowError> {
        self.claim_for(account, domain, None).await
    }

    async fn claim_for(
        &self,
        account: &str,
        domain: &str,
        connection: Option<ConnectionId>,
    ) -> Result<DomainView, FlowError> {
        let input = Add { account: slug(account), name: name(domain), connection };
        domain::add(&self.gateway, &self.gateway.ctx(Actor::CommandLine), input).await
    }

    async fn prove(&self, account: &str, domain: &str) -> Result<DomainView, FlowError> {
        let ctx = self.gateway.ctx(Actor::CommandLine);
        domain::prove(&self.gateway, &ctx, (&slug(account), &name(domain)), "signed contract").await
    }

    /// Claims and proves for [`ACCOUNT`].
    pub async fn own(&self, domain: &str) {
        self.claim(ACCOUNT, domain).await.unwrap();
        self.prove(ACCOUNT, domain).await.unwrap();
    }

    async fn route(&self, email: &str) -> Option<Route> {
        domain::route(&self.gateway, email).await.unwrap()
    }

    async fn second_account(&self) {
        let input = account::Create { slug: slug("other"), name: "Other".to_owned(), external_id: None };
        account::create(&self.gateway, &self.gateway.ctx(Actor::CommandLine), input).await.unwrap();
    }
}

fn elsewhere() -> Person {
    Person { email: "alice@home.example".to_owned(), ..alice() }
}

async fn sign_in(site: &Site, idp: &Idp, person: &Person) -> (Browser, Answer) {
    let mut browser = site.browser();
    let answer = browser.sign_in(site, idp, person).await;
    (browser, answer)
}

/// Refused for it, for the `times`th time.
async fn assert_unverified_refused(site: &Site, answer: &Answer, times: i64) {
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    let refused = "SELECT COUNT(*) FROM attempts WHERE code = 'email_unverified' AND outcome = 'refused'";
    assert_eq!(site.count(refused).await, times);
    assert!(!answer.body.contains(DISTRICT), "strangers learn nothing of the account's domains");
}

#[tokio::test]
async fn only_a_proof_routes() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    assert_eq!(site.route("maya@district.example").await, None);
    let claimed = site.claim(ACCOUNT, "District.Example").await.unwrap();
    assert_eq!((claimed.name.as_str(), claimed.state), (DISTRICT, DomainState::Pending));
    assert_eq!(claimed.record_name, "_gatepost-challenge.district.example");
    assert!(claimed.record_value.starts_with("gatepost-domain=") && claimed.record_value.len() > 36);
    assert_eq!(site.route("maya@district.example").await, None, "a claim is nothing");
    let proved = site.prove(ACCOUNT, DISTRICT).await.unwrap();
    assert_eq!(proved.proved_by.as_deref(), Some("command_line"));
    assert_eq!(proved.reason.as_deref(), Some("signed contract"));

    let only = Some(Route { account: slug(ACCOUNT), connection: Some(okta.connection.id) });
    for email in ["maya@district.example", " NOBODY@DISTRICT.EXAMPLE ", "a+b@district.example"] {
        assert_eq!(site.route(email).await, only, "{email}");
    }
    for email in ["maya@sub.district.example", "maya@example", "district.example", "a@b@district.example", ""]
    {
        assert_eq!(site.route(email).await, None, "{email}");
    }
    site.connect(Product::Google).await;
    let choice = Some(Route { account: slug(ACCOUNT), connection: None });
    assert_eq!(site.route("maya@district.example").await, choice);
    site.set_state(&okta, ConnectionState::Disabled).await;
    assert!(site.route("maya@district.example").await.unwrap().connection.is_some(), "one is left");
    site.execute("UPDATE accounts SET state = 'disabled'").await;
    assert_eq!(site.route("maya@district.example").await, None);
}

#[tokio::test]
async fn a_domain_may_lead_to_one_of_several() {
    let site = Site::https().await;
    let (staff, pupils) = (site.connect(Product::Entra).await, site.connect(Product::Clever).await);
    site.claim_for(ACCOUNT, "pupils.example", Some(pupils.connection.id)).await.unwrap();
    site.prove(ACCOUNT, "pupils.example").await.unwrap();
    let to = |route: Option<Route>| route.unwrap().connection;
    assert_eq!(to(site.route("a@pupils.example").await), Some(pupils.connection.id));
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let which = (&slug(ACCOUNT), &name("pupils.example"));
    domain::set_connection(&site.gateway, &ctx, which, Some(staff.connection.id)).await.unwrap();
    assert_eq!(to(site.route("a@pupils.example").await), Some(staff.connection.id));
    domain::set_connection(&site.gateway, &ctx, which, None).await.unwrap();
    assert_eq!(to(site.route("a@pupils.example").await), None);
    domain::set_connection(&site.gateway, &ctx, which, Some(pupils.connection.id)).await.unwrap();
    site.set_state(&pupils, ConnectionState::Disabled).await;
    let left = to(site.route("a@pupils.example").await);
    assert_eq!(left, Some(staff.connection.id), "that one is off, and there is no choice");

    site.second_account().await;
    let foreign = site.claim_for("other", "o.example", Some(staff.connection.id)).await.unwrap_err();
    assert!(matches!(foreign, FlowError::NotFound(_)), "{foreign}");
    assert_eq!(site.count("SELECT COUNT(*) FROM domains").await, 1, "nothing half-written");
}

#[tokio::test]
async fn a_domain_is_one_accounts_alone() {
    let site = Site::https().await;
    site.second_account().await;
    site.claim(ACCOUNT, DISTRICT).await.unwrap();
    site.claim("other", DISTRICT).await.unwrap();
    let twice = site.claim(ACCOUNT, "DISTRICT.example").await.unwrap_err();
    assert!(twice.to_string().contains("already"), "{twice}");
    site.prove("other", DISTRICT).await.unwrap();
    site.prove("other", DISTRICT).await.unwrap();
    let taken = site.prove(ACCOUNT, DISTRICT).await.unwrap_err();
    assert!(taken.to_string().contains("another account"), "{taken}");
    let ctx = site.gateway.ctx(Actor::CommandLine);
    domain::remove(&site.gateway, &ctx, (&slug("other"), &name(DISTRICT))).await.unwrap();
    assert_eq!(site.route("a@district.example").await, None);
    site.prove(ACCOUNT, DISTRICT).await.unwrap();
    let proofs = site.count("SELECT COUNT(*) FROM events WHERE action = 'domain.proved'").await;
    assert_eq!(proofs, 2, "a proof that is there already is no event");
}

#[tokio::test]
async fn what_nobody_can_have_and_who_may_not() {
    let site = Site::https().await;
    for (domain, expected) in [
        ("gmail.com", "anybody can have an address"),
        ("co.uk", "public suffix"),
        ("k12.ca.us", "public suffix"),
    ] {
        let error = site.claim(ACCOUNT, domain).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{domain}: {error}");
    }
    site.claim(ACCOUNT, DISTRICT).await.unwrap();
    let which = (&slug(ACCOUNT), &name(DISTRICT));
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let silent = domain::prove(&site.gateway, &ctx, which, "  ").await.unwrap_err();
    assert!(silent.to_string().contains("how you know"), "{silent}");
    for actor in [Actor::Anonymous, Actor::Job("sweep")] {
        let ctx = site.gateway.ctx(actor);
        let denied = domain::prove(&site.gateway, &ctx, which, "mine").await.unwrap_err();
        assert!(matches!(denied, FlowError::Denied(_)), "{denied}");
        assert!(matches!(domain::remove(&site.gateway, &ctx, which).await, Err(FlowError::Denied(_))));
    }
    assert!(matches!(site.prove(ACCOUNT, "none.example").await, Err(FlowError::NotFound(_))));
    assert!(matches!(site.claim("nobody", DISTRICT).await, Err(FlowError::NotFound(_))));
}

async fn vouch(operator: &mut Browser, token: &str, reason: &str) -> StatusCode {
    let form = [("token", token), ("domain", DISTRICT), ("reason", reason)];
    operator.post("/console/at/lincoln/domains/vouch", &form, From::ThisSite).await.status
}

#[tokio::test]
async fn what_an_operator_vouches_for_is_claimed_with_it_or_neither_is_done() {
    let site = Site::https().await;
    let mut operator = site.operator().await;
    let token = token_of(&operator.get("/console/at/lincoln/domains").await);
    assert_eq!(vouch(&mut operator, &token, " ").await, StatusCode::BAD_REQUEST);
    assert_eq!(site.count("SELECT COUNT(*) FROM domains").await, 0, "without a reason");
    site.second_account().await;
    site.claim("other", DISTRICT).await.unwrap();
    site.prove("other", DISTRICT).await.unwrap();
    assert_eq!(vouch(&mut operator, &token, "contract 12").await, StatusCode::BAD_REQUEST);
    assert_eq!(site.count("SELECT COUNT(*) FROM domains").await, 1, "it is another account's");
    let ctx = site.gateway.ctx(Actor::CommandLine);
    domain::remove(&site.gateway, &ctx, (&slug("other"), &name(DISTRICT))).await.unwrap();
    for _ in 0..2 {
        assert_eq!(vouch(&mut operator, &token, "contract 12").await, StatusCode::SEE_OTHER);
    }
    let proved = domain::show(&site.gateway, &ctx, (&slug(ACCOUNT), &name(DISTRICT))).await.unwrap();
    assert_eq!((proved.state, proved.reason.as_deref()), (DomainState::Proved, Some("contract 12")));
}

#[tokio::test]
async fn an_address_of_a_proved_domain_is_verified() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let (mut browser, _) = sign_in(&site, &okta, &alice()).await;
    assert!(browser.get("/me").await.body.contains("not verified"));
    site.own(DISTRICT).await;
    let me = browser.get("/me").await.body;
    assert!(me.contains("alice@district.example") && me.contains(">verified<"), "{me}");
    // The connection may assert another domain only.
    site.set(&okta, |settings| {
        settings["email_domains"] = json!(["other.example"]);
        settings["unverified_emails"] = json!("keep");
    })
    .await;
    assert!(browser.get("/me").await.body.contains("not verified"));
    let (mut browser, answer) = sign_in(&site, &okta, &alice()).await;
    assert_eq!(answer.location(), Some("/me"));
    assert!(browser.get("/me").await.body.contains("not verified"));
}

/// Whoever runs an identity provider of the account can write an owner's address into an assertion.
#[tokio::test]
async fn an_owners_address_is_verified_for_nobody_else() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.own(DISTRICT).await;
    let (email, role) = (Some("ALICE@district.example".to_owned()), Some(Role::Owner));
    let head = site.make(Changes { email, role, ..Changes::default() }).await.unwrap();
    assert!(head.is_email_verified, "it is theirs");
    let (mut browser, answer) = sign_in(&site, &okta, &alice()).await;
    assert_eq!(answer.location(), Some("/me"), "she may be the head, whom this connection does not know");
    assert!(browser.get("/me").await.body.contains("not verified"));
    let token = browser.get("/session/token").await.body;
    let token: serde_json::Value = serde_json::from_str(&token).unwrap();
    let claims = token["token"].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
    let claims = gatepost::base::encoding::from_base64url(&claims).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    assert!(claims["email"].is_null() && claims["email_verified"] != json!(true), "{claims}");
    let (mut other, _) = sign_in(&site, &okta, &bjoern()).await;
    assert!(other.get("/me").await.body.contains(">verified<"), "another address of the domain");
    let mut listed: Vec<_> =
        site.everybody().await.into_iter().map(|one| (one.role.name(), one.is_email_verified)).collect();
    listed.sort_unstable();
    assert_eq!(listed, [("member", false), ("member", true), ("owner", true)], "in a list as one by one");
    site.set(&okta, |settings| settings["unverified_emails"] = json!("refuse")).await;
    let (mut browser, answer) = sign_in(&site, &okta, &alice()).await;
    assert_eq!(answer.location(), Some("/me"), "nor is she shut out, whom it knows by now");
    assert!(browser.get("/me").await.body.contains("not verified"));
    site.set(&okta, |settings| settings["unverified_emails"] = json!("drop")).await;
    let (mut browser, _) = sign_in(&site, &okta, &alice()).await;
    assert!(browser.get("/me").await.body.contains("No email address was sent"));
    site.set(&okta, |settings| settings["unverified_emails"] = json!(null)).await;
    site.execute("UPDATE users SET state = 'disabled' WHERE role = 'owner'").await;
    let (mut browser, _) = sign_in(&site, &okta, &alice()).await;
    assert!(browser.get("/me").await.body.contains("not verified"), "one who is shut out is an owner still");
    site.execute("UPDATE users SET role = 'member'").await;
    let (mut browser, _) = sign_in(&site, &okta, &alice()).await;
    assert!(browser.get("/me").await.body.contains(">verified<"), "it is no owner's any more");
}

#[tokio::test]
async fn other_addresses_are_refused_once_a_domain_is_proved() {
    let site = Site::https().await;
    let google = site.connect(Product::Google).await;
    let (_, answer) = sign_in(&site, &google, &elsewhere()).await;
    assert_eq!(answer.location(), Some("/me"), "nothing is proved, nothing is strict");
    site.own(DISTRICT).await;
    let (_, answer) = sign_in(&site, &google, &elsewhere()).await;
    assert_unverified_refused(&site, &answer, 1).await;
    let (_, answer) = sign_in(&site, &google, &alice()).await;
    assert_eq!(answer.location(), Some("/me"));

    let ctx = site.gateway.ctx(Actor::CommandLine);
    let guest = (" Alice@HOME.example", "substitute teacher until June");
    domain::add_guest(&site.gateway, &ctx, &slug(ACCOUNT), guest).await.unwrap();
    let again = domain::add_guest(&site.gateway, &ctx, &slug(ACCOUNT), guest).await.unwrap_err();
    assert!(again.to_string().contains("already"), "{again}");
    let (mut browser, answer) = sign_in(&site, &google, &elsewhere()).await;
    assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
    assert!(browser.get("/me").await.body.contains("not verified"), "let in is not verified");
    assert_eq!(site.route("alice@home.example").await, None);
    let listed = domain::list_guests(&site.gateway, &ctx, &slug(ACCOUNT), (None, 9)).await.unwrap();
    assert_eq!((listed.len(), listed[0].reason.as_str()), (1, guest.1));
    domain::remove_guest(&site.gateway, &ctx, &slug(ACCOUNT), "alice@home.example").await.unwrap();
    let (_, answer) = sign_in(&site, &google, &elsewhere()).await;
    assert_unverified_refused(&site, &answer, 2).await;
    site.own("home.example").await;
    let (_, answer) = sign_in(&site, &google, &elsewhere()).await;
    assert_eq!(answer.location(), Some("/me"), "one more domain holds at once");
}

/// Whoever may give domains up lets nobody in by that.
#[tokio::test]
async fn other_addresses_are_refused_when_the_last_proof_is_gone() {
    let site = Site::https().await;
    let google = site.connect(Product::Google).await;
    site.own(DISTRICT).await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    domain::remove(&site.gateway, &ctx, (&slug(ACCOUNT), &name(DISTRICT))).await.unwrap();
    let (_, answer) = sign_in(&site, &google, &elsewhere()).await;
    assert_unverified_refused(&site, &answer, 1).await;
    site.set(&google, |settings| settings["unverified_emails"] = json!("keep")).await;
    let (_, answer) = sign_in(&site, &google, &elsewhere()).await;
    assert_eq!(answer.location(), Some("/me"));
}

/// A proof may end by itself, and an owner has to get in to mend that.
#[tokio::test]
async fn an_owner_who_is_known_is_not_shut_out_when_the_last_proof_is_gone() {
    let site = Site::https().await;
    let google = site.connect(Product::Google).await;
    site.own(DISTRICT).await;
    sign_in(&site, &google, &alice()).await;
    site.execute("UPDATE users SET role = 'owner'").await;
    sign_in(&site, &google, &bjoern()).await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    domain::remove(&site.gateway, &ctx, (&slug(ACCOUNT), &name(DISTRICT))).await.unwrap();
    let (mut browser, answer) = sign_in(&site, &google, &alice()).await;
    assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
    assert!(browser.get("/me").await.body.contains("not verified"));
    let (_, answer) = sign_in(&site, &google, &bjoern()).await;
    assert_unverified_refused(&site, &answer, 1).await;
}

#[tokio::test]
async fn other_addresses_may_be_kept_or_dropped() {
    let site = Site::https().await;
    let clever = site.connect(Product::Clever).await;
    site.own(DISTRICT).await;
    site.set(&clever, |settings| settings["unverified_emails"] = json!("drop")).await;
    let (mut browser, answer) = sign_in(&site, &clever, &elsewhere()).await;
    assert_eq!(answer.location(), Some("/me"));
    let me = browser.get("/me").await.body;
    assert!(me.contains("No email address was sent"), "{me}");
    assert_eq!(site.count("SELECT COUNT(*) FROM users WHERE email_key IS NOT NULL").await, 0);
    site.set(&clever, |settings| settings["unverified_emails"] = json!("keep")).await;
    let (mut browser, _) = sign_in(&site, &clever, &elsewhere()).await;
    assert!(browser.get("/me").await.body.contains("not verified"));
    assert_eq!(site.count("SELECT COUNT(*) FROM users WHERE email_key IS NOT NULL").await, 1);
    // Who has no address needs none.
    let nobody = Person { email: String::new(), ..alice() };
    site.set(&clever, |settings| settings["unverified_emails"] = json!("refuse")).await;
    let (_, answer) = sign_in(&site, &clever, &nobody).await;
    assert_eq!(answer.location(), Some("/me"));
}

#[tokio::test]
async fn a_deleted_account_keeps_no_domain_from_others() {
    let site = Site::https().await;
    site.second_account().await;
    site.own(DISTRICT).await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    account::delete(&site.gateway, &ctx, &slug(ACCOUNT)).await.unwrap();
    site.claim("other", DISTRICT).await.unwrap();
    site.prove("other", DISTRICT).await.unwrap();
    assert_eq!(site.route("a@district.example").await.map(|route| route.account), Some(slug("other")));
}
