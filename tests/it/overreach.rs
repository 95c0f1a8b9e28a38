//! Who may do something gets no further by it than they should.

use gatepost::base::caller::Role;
use gatepost::base::id::OperatorId;
use gatepost::base::{Actor, Ctx};
use gatepost::directory::account::KeepMessages;
use gatepost::directory::domain::DomainName;
use gatepost::directory::preset::Product;
use gatepost::directory::state::{AccountState, UserState};
use gatepost::flow::check::{self, Level};
use gatepost::flow::connection::lifecycle::{self, Switch};
use gatepost::flow::connection::playground::{self, On};
use gatepost::flow::connection::update::{self, Update};
use gatepost::flow::deadline::calendar;
use gatepost::flow::session::admin::{self, Of};
use gatepost::flow::user::{self, Changes, Which};
use gatepost::flow::{FlowError, account, api_key, domain, operator, owner, rehearse, setup_link};
use gatepost::storage::connection as stored;
use gatepost_saml::Code;
use gatepost_saml::mint::keys;
use secrecy::ExposeSecret;

use crate::site::{Site, alice, bjoern, ctx, new_link, slug};

fn set(path: &str, value: &str) -> Update {
    Update { set: vec![(path.to_owned(), value.to_owned())], ..Update::default() }
}

/// Keys that operators made before it was looked at what of theirs is to hand on.
#[tokio::test]
async fn an_operators_old_key_hands_nothing_on_that_operators_may_not_do_and_is_named() {
    let site = Site::https().await;
    let as_key = site.key("settings:write api_keys:write").await;
    let Actor::ApiKey(old) = as_key.actor else { panic!("{:?}", as_key.actor) };
    let make = async |by: &Ctx, scopes: &str| {
        let input = api_key::Create {
            account: Some(slug()),
            name: "another".to_owned(),
            scopes: scopes.parse().unwrap(),
            days: 1,
        };
        api_key::create(&site.gateway, by, input).await
    };
    let named = async || {
        let found = check::check(&site.gateway, &ctx(&site), false).await.unwrap();
        let of_it = |finding: &&check::Finding| finding.text.contains(&old.id.to_string());
        found.iter().find(of_it).map(|finding| (finding.area, finding.level, finding.text.clone()))
    };
    make(&as_key, "settings:write").await.unwrap();
    assert_eq!(named().await, None);
    let operator = OperatorId::make(site.clock.now(), &site.rng);
    let by = format!("UPDATE api_keys SET created_by = 'operator:{operator}' WHERE id = '{}'", old.id);
    site.execute(&by).await;
    let (area, level, text) = named().await.unwrap();
    assert_eq!((area, level), ("keys", Level::Notice));
    assert!(text.contains("settings:write"), "{text}");
    let refused = make(&as_key, "settings:write").await.unwrap_err();
    assert!(refused.to_string().contains("settings:write is good for something"), "{refused}");
    // Nor by a key between.
    let (_, secret) = make(&as_key, "api_keys:write").await.unwrap();
    let between = api_key::find(&site.gateway, &ctx(&site), secret.expose_secret()).await.unwrap().unwrap();
    let has = "UPDATE api_keys SET scopes = 'settings:write api_keys:write' WHERE id =";
    site.execute(&format!("{has} '{}'", between.id)).await;
    let refused = make(&site.gateway.ctx(Actor::ApiKey(between)), "settings:write").await.unwrap_err();
    assert!(refused.to_string().contains("settings:write is good for something"), "{refused}");
    // Nor by an operator who cannot be read: that is not nobody.
    site.execute("UPDATE api_keys SET created_by = 'operator:somebody' WHERE created_by LIKE 'operator:%'")
        .await;
    let refused = make(&as_key, "settings:write").await;
    assert!(matches!(refused, Err(FlowError::Broken(_))), "{refused:?}");
}

/// Whoever says whom assertions are believed from could sign in as an owner.
#[tokio::test]
async fn a_key_for_connections_does_not_become_an_owner() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let id = okta.connection.id;
    let as_key = site.key("connections:write").await;
    let change = async |by: &Ctx, input| update::update(&site.gateway, by, id, input).await;
    let certificate = || Update {
        add_certificates: vec![keys::IDP_EC_P256.certificate_pem.as_bytes().to_vec()],
        ..Update::default()
    };
    let entity = || Update { idp_entity_id: Some("urn:mine".to_owned()), ..Update::default() };
    let dangerous = [
        certificate as fn() -> Update,
        entity,
        || set("link_by_email", "true"),
        || set("subject", "attribute:uid"),
        || set("policy.clock_skew_seconds", "600"),
        || set("relaxations_until", r#"{ "sha1": "2040-01-01" }"#),
        || set("mapping.email", r#"{ "first_of": ["attribute:nickname"] }"#),
        || set("mapping.external_id", r#"{ "first_of": ["attribute:nickname"] }"#),
        || set("product", "entra"),
        || set("authn_contexts", "[]"),
        || set("force_authn", "false"),
        || set("idp_initiated", "accept"),
        || set("sso_redirect_url", "https://evil.example/sso"),
        || set("sso_post_url", "https://evil.example/sso"),
        || set("accepted_audiences", r#"["urn:other"]"#),
        || set("session_end", "ignore"),
        || set("provisioning", "match_only"),
    ];
    change(&as_key, set("policy.clock_skew_seconds", "60")).await.unwrap();
    site.browser().sign_in(&site, &okta, &alice()).await;
    change(&as_key, set("force_authn", "true")).await.unwrap();
    change(&as_key, set("authn_contexts", r#"["urn:mfa"]"#)).await.unwrap();
    let user = site.text("SELECT MAX(id) FROM users").await.unwrap().parse().unwrap();
    let raise = Changes { role: Some(Role::Owner), ..Changes::default() };
    user::update(&site.gateway, &ctx(&site), (&slug(), &Which::Id(user)), raise).await.unwrap();
    for input in dangerous {
        let denied = change(&as_key, input()).await;
        assert!(matches!(denied, Err(FlowError::Denied(_))), "{:?}: {denied:?}", input());
    }
    let named = Update { name: Some("Staff".to_owned()), ..set("request_binding", "redirect") };
    change(&as_key, named).await.unwrap();
    let switch = async |by: &Ctx, to| lifecycle::switch(&site.gateway, by, id, to).await;
    let off = switch(&as_key, Switch::Off).await;
    assert!(matches!(off, Err(FlowError::Denied(_))), "nor shuts owners out: {off:?}");
    let retired = lifecycle::retire(&site.gateway, &as_key, id).await;
    assert!(matches!(retired, Err(FlowError::Denied(_))), "{retired:?}");
    let with_owners = site.key("connections:write owners:write").await;
    change(&with_owners, certificate()).await.unwrap();
    switch(&with_owners, Switch::Off).await.unwrap();
    let on = switch(&as_key, Switch::On).await;
    assert!(matches!(on, Err(FlowError::Denied(_))), "nor lets in whom an owner shut out: {on:?}");
    lifecycle::retire(&site.gateway, &with_owners, id).await.unwrap();
}

/// A setup link is mailed about; whoever has it brings an identity provider of their own.
#[tokio::test]
async fn a_setup_link_leads_to_nobody_who_is_there_already() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let id = okta.connection.id;
    site.execute("UPDATE connections SET state = 'draft'").await;
    let by_link = site.visitor_with("sso", Some(id)).await;
    for value in ["testing", "draft"] {
        site.execute(&format!("UPDATE connections SET state = '{value}'")).await;
        for (path, value) in [
            ("link_by_email", "true"),
            ("mapping.external_id", r#"{"first_of": ["attribute:sis"]}"#),
            ("mapping.role_rules", r#"[{"grant": "admin", "when": "groups", "equals": "staff"}]"#),
        ] {
            let changed = update::update(&site.gateway, &by_link, id, set(path, value)).await;
            assert!(
                matches!(&changed, Err(error @ FlowError::Invalid(_)) if error.to_string().contains("an owner")),
                "{path}: {changed:?}"
            );
        }
    }
    update::update(&site.gateway, &ctx(&site), id, set("link_by_email", "true")).await.unwrap();
    let activated = lifecycle::activate(&site.gateway, &by_link, id, None).await;
    assert!(
        matches!(&activated, Err(error @ FlowError::Invalid(_)) if error.to_string().contains("an owner")),
        "{activated:?}"
    );
}

/// With a key of their own they would come in as an administrator, once it is in use.
#[tokio::test]
async fn a_visitor_activates_nothing_that_makes_administrators() {
    let site = Site::https().await;
    let id = site.connect(Product::Okta).await.connection.id;
    site.execute("UPDATE connections SET state = 'testing'").await;
    let by_link = site.visitor_with("sso", Some(id)).await;
    let activate = async |grant: &str| {
        let rules = format!(r#"[{{"grant": "{grant}", "when": "attribute:type", "equals": "staff"}}]"#);
        let rules = set("mapping.role_rules", &rules);
        update::update(&site.gateway, &ctx(&site), id, rules).await.unwrap();
        lifecycle::activate(&site.gateway, &by_link, id, None).await.unwrap_err().to_string()
    };
    let told = activate("admin").await;
    assert!(told.contains("become administrators or owners"), "{told}");
    let told = activate("teacher").await;
    assert!(told.contains("was not tested as it is now"), "a role of the platform's: {told}");
}

/// That one ciphertext opens and another does not would tell, asked often enough, what is in any.
#[tokio::test]
async fn what_is_encrypted_is_opened_for_owners_alone() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let (id, person) = (okta.connection.id, alice());
    let message = |to: &'static str| {
        site.answer(&okta, &person, Some("_p"), |minted| {
            minted.options.encrypts = Some(true);
            minted.options.encrypt_to = Some(to);
        })
    };
    let (ours, anothers) = (keys::SP_RSA.certificate_pem, keys::IDP_RSA_NEXT.certificate_pem);
    let (good, garbage) = (message(ours), message(anothers));
    let judge = async |by: &Ctx, text: &str| {
        let message = rehearse::Message {
            connection: id,
            bytes: text.as_bytes().to_vec(),
            wrapping: rehearse::Wrapping::Base64,
            at: None,
            pending_request: None,
        };
        rehearse::judge(&site.gateway, by, &message).await
    };
    let paste = async |by: &Ctx, text: &str| {
        let on = On::Pasted(text.to_owned());
        playground::try_mapping(&site.gateway, by, id, ("{}", &on)).await
    };
    let (reads, tries) = (site.key("sign_ins:read").await, site.key("connections:write").await);
    let mut told = Vec::new();
    for text in [&good, &garbage] {
        told.push(judge(&reads, text).await.unwrap_err().to_string());
        told.push(paste(&tries, text).await.unwrap_err().to_string());
    }
    assert!(told.iter().all(|one| *one == told[0] && one.contains("for owners alone")), "{told:?}");
    // Whoever may read messages is told the true cause.
    let code = async |text: &str| judge(&ctx(&site), text).await.unwrap().refusal.map(|refusal| refusal.code);
    assert_eq!(code(&garbage).await, Some(Code::DecryptionFailed));
    assert_ne!(code(&good).await, Some(Code::DecryptionFailed));
    paste(&ctx(&site), &good).await.unwrap();
}

#[tokio::test]
async fn a_setup_link_for_domains_gives_no_proved_one_up_and_can_be_finished() {
    let site = Site::https().await;
    site.own("lincoln.example").await;
    let by_link = site.visitor("domains").await;
    let proved: DomainName = "lincoln.example".parse().unwrap();
    let removed = domain::remove(&site.gateway, &by_link, (&slug(), &proved)).await;
    assert!(matches!(removed, Err(FlowError::Invalid(_))), "{removed:?}");
    let pending: DomainName = "other.example".parse().unwrap();
    let input = domain::Add { account: slug(), name: pending.clone(), connection: None };
    domain::add(&site.gateway, &by_link, input).await.unwrap();
    domain::remove(&site.gateway, &by_link, (&slug(), &pending)).await.unwrap();
    setup_link::finish(&site.gateway, &by_link).await.unwrap();
}

/// Whoever has the link can bring an identity provider of their own.
#[tokio::test]
async fn a_setup_link_leads_the_people_of_a_domain_nowhere() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.own("lincoln.example").await;
    let by_link = site.visitor("sso domains").await;
    let (proved, id): (DomainName, _) = ("lincoln.example".parse().unwrap(), okta.connection.id);
    for to in [Some(id), None] {
        let led = domain::set_connection(&site.gateway, &by_link, (&slug(), &proved), to).await;
        assert!(matches!(led, Err(FlowError::Invalid(_))), "{led:?}");
    }
    let other: DomainName = "other.example".parse().unwrap();
    let input = domain::Add { account: slug(), name: other, connection: Some(id) };
    let added = domain::add(&site.gateway, &by_link, input).await;
    assert!(matches!(added, Err(FlowError::Invalid(_))), "{added:?}");
    assert_eq!(site.count("SELECT COUNT(*) FROM domains WHERE connection_id IS NOT NULL").await, 0);
    domain::set_connection(&site.gateway, &ctx(&site), (&slug(), &proved), Some(id)).await.unwrap();
}

#[tokio::test]
async fn a_key_for_domains_gives_up_none_that_an_owner_has_an_address_of() {
    let site = Site::https().await;
    let names: [DomainName; 2] = ["lincoln.example", "other.example"].map(|name| name.parse().unwrap());
    for name in &names {
        site.own(name.as_str()).await;
    }
    let (email, role) = (Some("Head@Lincoln.example".to_owned()), Some(Role::Owner));
    site.make(Changes { email, role, ..Changes::default() }).await.unwrap();
    let as_key = site.key("domains:write").await;
    let removed = domain::remove(&site.gateway, &as_key, (&slug(), &names[0])).await;
    assert!(matches!(removed, Err(FlowError::Denied(_))), "{removed:?}");
    domain::remove(&site.gateway, &as_key, (&slug(), &names[1])).await.unwrap();
    let with_owners = site.key("domains:write owners:write").await;
    domain::remove(&site.gateway, &with_owners, (&slug(), &names[0])).await.unwrap();
}

#[tokio::test]
async fn an_account_is_deleted_by_no_change() {
    let site = Site::https().await;
    let to = |state| account::Update { state: Some(state), ..account::Update::default() };
    let deleted = account::update(&site.gateway, &ctx(&site), &slug(), to(AccountState::Deleted)).await;
    assert!(matches!(deleted, Err(FlowError::Invalid(_))), "{deleted:?}");
    account::set_state(&site.gateway, &ctx(&site), &slug(), (AccountState::Disabled, "unpaid"))
        .await
        .unwrap();
    let reason = "SELECT state_reason FROM accounts WHERE slug = 'lincoln'";
    assert_eq!(site.text(reason).await.as_deref(), Some("unpaid"));
    account::update(&site.gateway, &ctx(&site), &slug(), to(AccountState::Active)).await.unwrap();
    assert_eq!(site.text(reason).await, None, "it is suspended no more");
}

#[tokio::test]
async fn a_session_is_ended_with_its_own_person_alone() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    for person in [alice(), bjoern()] {
        site.browser().sign_in(&site, &okta, &person).await;
    }
    let of = async |number| {
        let row = format!("FROM sessions ORDER BY id LIMIT 1 OFFSET {number}");
        let user: gatepost::base::id::UserId =
            site.text(&format!("SELECT user_id {row}")).await.unwrap().parse().unwrap();
        let session: gatepost::base::id::SessionId =
            site.text(&format!("SELECT id {row}")).await.unwrap().parse().unwrap();
        (user, session)
    };
    let ((alice, hers), (bjoern, his)) = (of(0).await, of(1).await);
    let end =
        async |user, session| admin::revoke_of(&site.gateway, &ctx(&site), (&slug(), user), session).await;
    assert!(matches!(end(alice, his).await, Err(FlowError::NotFound(_))));
    assert!(end(alice, hers).await.unwrap() && end(bjoern, his).await.unwrap());
    let users = user::find(&site.gateway, &ctx(&site), &slug(), &Which::Id(alice)).await.unwrap();
    assert_eq!(users.user.state, UserState::Active);
}

async fn operator(site: &Site) -> Ctx {
    let first = operator::first_link(&site.gateway, &ctx(site)).await.unwrap().unwrap();
    let entered = site.enter(&first).await.unwrap();
    site.gateway.ctx(site.who(&entered).await.unwrap())
}

async fn key_of_installation(site: &Site, by: &Ctx, scopes: &str) -> Result<Ctx, FlowError> {
    let input =
        api_key::Create { account: None, name: "CI".to_owned(), scopes: scopes.parse().unwrap(), days: 30 };
    let (_, secret) = api_key::create(&site.gateway, by, input).await?;
    let key = api_key::find(&site.gateway, &ctx(site), secret.expose_secret()).await?.unwrap();
    Ok(site.gateway.ctx(Actor::ApiKey(key)))
}

#[tokio::test]
async fn which_messages_are_kept_is_the_accounts_own_to_decide() {
    let site = Site::https().await;
    let keep = || account::Update { keep_messages: Some(KeepMessages::All), ..account::Update::default() };
    let named = || account::Update { name: Some("Lincoln".to_owned()), ..account::Update::default() };
    let by_operator = operator(&site).await;
    let by_key = key_of_installation(&site, &ctx(&site), "accounts:write").await.unwrap();
    for by in [&by_operator, &by_key] {
        let kept = account::update(&site.gateway, by, &slug(), keep()).await;
        assert!(matches!(kept, Err(FlowError::Denied(_))), "{kept:?}");
        account::update(&site.gateway, by, &slug(), named()).await.unwrap();
    }
    let with_settings = key_of_installation(&site, &ctx(&site), "accounts:write settings:write").await;
    account::update(&site.gateway, &with_settings.unwrap(), &slug(), keep()).await.unwrap();
    // Nor by a key that they make.
    let beyond = key_of_installation(&site, &by_operator, "settings:write").await;
    assert!(matches!(beyond, Err(FlowError::Invalid(_))), "{:?}", beyond.err());
    let of_account = api_key::Create {
        account: Some(slug()),
        name: "CI".to_owned(),
        scopes: "settings:write".parse().unwrap(),
        days: 30,
    };
    let beyond = api_key::create(&site.gateway, &by_operator, of_account).await;
    assert!(matches!(beyond, Err(FlowError::Invalid(_))), "{beyond:?}");
    key_of_installation(&site, &by_operator, "installation:read installation:write").await.unwrap();
}

#[tokio::test]
async fn who_reads_the_installation_makes_and_takes_back_no_calendars() {
    let site = Site::https().await;
    let made = calendar::make(&site.gateway, &ctx(&site), None).await.unwrap();
    let reads = key_of_installation(&site, &ctx(&site), "installation:read").await.unwrap();
    assert!(matches!(calendar::make(&site.gateway, &reads, None).await, Err(FlowError::Denied(_))));
    let taken = calendar::revoke(&site.gateway, &reads, (None, made.id)).await;
    assert!(matches!(taken, Err(FlowError::Denied(_))), "{taken:?}");
    assert_eq!(calendar::list(&site.gateway, &reads, None).await.unwrap().len(), 1);
    let writes = key_of_installation(&site, &ctx(&site), "installation:write").await.unwrap();
    calendar::revoke(&site.gateway, &writes, (None, made.id)).await.unwrap();
}

#[tokio::test]
async fn an_admin_ends_no_owners_sessions() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut made = Vec::new();
    for person in [alice(), bjoern()] {
        site.browser().sign_in(&site, &okta, &person).await;
        let newest = "SELECT user_id FROM sessions ORDER BY id DESC LIMIT 1";
        let user: gatepost::base::id::UserId = site.text(newest).await.unwrap().parse().unwrap();
        made.push(user);
    }
    let (owner, other) = (made[0], made[1]);
    let raise = Changes { role: Some(Role::Owner), ..Changes::default() };
    user::update(&site.gateway, &ctx(&site), (&slug(), &Which::Id(owner)), raise).await.unwrap();
    let account = site.text("SELECT id FROM accounts").await.unwrap().parse().unwrap();
    let member = gatepost::base::caller::Member { id: other, account, role: Role::Admin };
    let as_admin = site.gateway.ctx(Actor::User(member));
    let end = async |of: Of| admin::revoke_all(&site.gateway, &as_admin, &of).await;
    let theirs = format!("SELECT id FROM sessions WHERE user_id = '{owner}'");
    let session = site.text(&theirs).await.unwrap().parse().unwrap();
    for of in [Of::User(owner), Of::Person(slug(), Which::Id(owner))] {
        let ended = end(of).await;
        assert!(matches!(ended, Err(FlowError::Denied(_))), "{ended:?}");
    }
    let ended = admin::revoke(&site.gateway, &as_admin, session).await;
    assert!(matches!(ended, Err(FlowError::Denied(_))), "{ended:?}");
    assert_eq!(end(Of::Connection(okta.connection.id)).await.unwrap(), 1, "the other's");
    site.browser().sign_in(&site, &okta, &bjoern()).await;
    assert_eq!(end(Of::Account(slug())).await.unwrap(), 1, "the other's");
    let living = "SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL";
    assert_eq!(site.count(living).await, 1);
    assert_eq!(admin::revoke_all(&site.gateway, &ctx(&site), &Of::User(owner)).await.unwrap(), 1);
}

/// Whoever reads a connection while it is tested writes nothing on one that people sign in by.
#[tokio::test]
async fn a_change_of_what_was_tested_is_none_of_what_is_active() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.execute("UPDATE connections SET state = 'testing'").await;
    let account = site.text("SELECT id FROM accounts").await.unwrap().parse().unwrap();
    let now = site.clock.now();
    let mut tx = site.storage.read().await.unwrap();
    let read = stored::find(&mut tx, account, okta.connection.id).await.unwrap().unwrap();
    drop(tx);
    site.execute("UPDATE connections SET state = 'active'").await;
    let mut tx = site.storage.write().await.unwrap();
    assert!(!stored::update(&mut tx, &read, ("{}", "setup_link:x"), now).await.unwrap());
    let again = stored::find(&mut tx, account, okta.connection.id).await.unwrap().unwrap();
    assert!(stored::update(&mut tx, &again, ("{}", "command_line"), now).await.unwrap());
}

/// Who is at it while they are shut out comes too late, whatever was known of them when they asked.
#[tokio::test]
async fn who_was_shut_out_since_they_asked_makes_nothing() {
    let site = Site::https().await;
    let known = Changes {
        email: Some("olive@lincoln.example".to_owned()),
        role: Some(Role::Owner),
        ..Changes::default()
    };
    let made = site.make(known).await.unwrap();
    let account = site.text("SELECT id FROM accounts").await.unwrap().parse().unwrap();
    let member = gatepost::base::caller::Member { id: made.id, account, role: Role::Owner };
    let late = site.gateway.ctx(Actor::User(member));
    site.execute("UPDATE users SET role = 'member'").await;
    let invited = owner::invite(&site.gateway, &late, &slug(), ("otto@lincoln.example", None)).await;
    assert!(matches!(invited, Err(FlowError::Denied(_))), "{invited:?}");
    let input = new_link("sso", None);
    let made = setup_link::create(&site.gateway, &late, input).await;
    assert!(matches!(made, Err(FlowError::Denied(_))), "{made:?}");
    let scopes = "users:read".parse().unwrap();
    let input = api_key::Create { account: Some(slug()), name: "CI".to_owned(), scopes, days: 1 };
    let made = api_key::create(&site.gateway, &late, input).await;
    assert!(matches!(made, Err(FlowError::Denied(_))), "{made:?}");
}
