//! People: what administrators do with them, one by one and by lists.

use gatepost::base::Actor;
use gatepost::base::caller::Role;
use gatepost::directory::account::Slug;
use gatepost::directory::preset::Product;
use gatepost::directory::state::UserState;
use gatepost::flow::FlowError;
use gatepost::flow::user::{self, Changes, Create, List, Which};
use serde_json::json;

use crate::api::{listed, problem, program};
use crate::browser::From;
use crate::database::Fault;
use crate::people::{as_whom, which};
use crate::site::{ACCOUNT, Site, alice, slug};

#[tokio::test]
async fn people_are_made_and_changed_one_by_one() {
    let site = Site::https().await;
    let known = Changes {
        external_id: Some(" 7 ".to_owned()),
        email: Some("maya@home.example".to_owned()),
        role: Some(Role::Admin),
        ..Changes::default()
    };
    let maya = site.make(known.clone()).await.unwrap();
    assert_eq!(
        (maya.external_id.as_deref(), maya.role, maya.is_email_verified),
        (Some("7"), Role::Admin, false)
    );
    let taken = site.make(known).await.unwrap_err();
    assert!(taken.to_string().contains("external id already"), "{taken}");
    let bad = Changes { email: Some("maya".to_owned()), ..Changes::default() };
    assert!(site.make(bad.clone()).await.unwrap_err().to_string().contains("no email address"));
    let nobody = Changes { role: Some(Role::Owner), first_name: Some(" ".to_owned()), ..Changes::default() };
    assert!(site.make(nobody).await.unwrap_err().to_string().contains("say who it is"));
    assert_eq!(site.everybody().await.len(), 1);

    let ctx = site.gateway.ctx(Actor::CommandLine);
    let change = async |changes| user::update(&site.gateway, &ctx, (&slug(), &which("7")), changes).await;
    assert!(change(bad).await.is_err());
    let renamed =
        Changes { first_name: Some("Maya".to_owned()), email: Some(String::new()), ..Changes::default() };
    let changed = change(renamed.clone()).await.unwrap();
    assert_eq!((changed.profile.first_name.as_deref(), changed.profile.email), (Some("Maya"), None));
    change(renamed).await.unwrap();
    let told = site.count("SELECT COUNT(*) FROM events WHERE action = 'user.updated'").await;
    assert_eq!(told, 1, "what changes nothing is no event");
    assert!(matches!(site.look("none").await, Err(FlowError::NotFound(_))));
    let anonymous = site.gateway.ctx(Actor::Anonymous);
    let denied = user::find(&site.gateway, &anonymous, &slug(), &which("7")).await;
    assert!(matches!(denied, Err(FlowError::Denied(_))));
}

#[tokio::test]
async fn people_are_listed_page_by_page() {
    let site = Site::https().await;
    let lines: Vec<_> = (0..25).map(|number| format!("{number},p{}@x.example\n", number % 5)).collect();
    site.import(&format!("external_id,email\n{}", lines.concat())).await.unwrap();
    site.set_user("3", UserState::Disabled).await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let list = async |state, email: Option<&str>, after, limit| {
        let email = email.map(str::to_owned);
        let input = List { account: slug(), state, role: None, email, after, limit };
        user::list(&site.gateway, &ctx, &input).await.unwrap()
    };
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = list(None, None, after, 10).await;
        let Some(newest) = page.last() else { break };
        after = Some(newest.id);
        seen.extend(page.into_iter().map(|user| user.external_id.unwrap()));
    }
    seen.sort_by_key(|id| id.parse::<u32>().unwrap());
    assert_eq!(seen, (0..25).map(|number| number.to_string()).collect::<Vec<_>>());
    assert_eq!(list(Some(UserState::Disabled), None, None, 10).await.len(), 1);
    assert_eq!(list(None, Some(" P3@X.example"), None, 10).await.len(), 5);
    assert_eq!(list(None, Some("p9@x.example"), None, 10).await.len(), 0);
    assert_eq!(list(Some(UserState::Disabled), Some("p3@x.example"), None, 10).await.len(), 1, "both hold");
}

#[tokio::test]
async fn people_are_listed_by_role() {
    let site = Site::https().await;
    let csv = "external_id,email,role\n1,ann@x.example,admin\n2,bo@x.example,member\n3,cy@x.example,owner\n\
               4,di@x.example,admin\n";
    site.import(csv).await.unwrap();
    site.set_user("4", UserState::Disabled).await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let list = async |role, state, email: Option<&str>| {
        let email = email.map(str::to_owned);
        let input = List { account: slug(), state, role: Some(role), email, after: None, limit: 10 };
        let found = user::list(&site.gateway, &ctx, &input).await.unwrap();
        let mut found: Vec<_> = found.into_iter().map(|user| user.external_id.unwrap()).collect();
        found.sort();
        found.join(" ")
    };
    let out = Some(UserState::Disabled);
    assert_eq!(list(Role::Admin, None, None).await, "1 4");
    assert_eq!(list(Role::Admin, out, None).await, "4");
    assert_eq!(list(Role::Member, None, None).await, "2");
    assert_eq!(list(Role::Member, out, None).await, "");
    assert_eq!(list(Role::Owner, None, None).await, "3");
    assert_eq!(list(Role::Admin, None, Some("ann@x.example")).await, "1");
    assert_eq!(list(Role::Owner, None, Some("ann@x.example")).await, "", "both hold");
    // A page after another.
    let first =
        List { account: slug(), state: None, role: Some(Role::Admin), email: None, after: None, limit: 1 };
    let one = user::list(&site.gateway, &ctx, &first).await.unwrap();
    let next = List { after: Some(one[0].id), limit: 10, ..first };
    let other = user::list(&site.gateway, &ctx, &next).await.unwrap();
    assert!(other.len() == 1 && other[0].id != one[0].id, "{other:?}");

    let mut program = program(&site, Some(ACCOUNT), "users:read").await;
    let admins = listed(&mut program, "/api/v1/accounts/lincoln/users?role=admin").await;
    assert!(admins.len() == 2 && admins.iter().all(|user| user["role"] == "admin"), "{admins:?}");
    problem(&program.get("/api/v1/accounts/lincoln/users?role=king").await, 400, "bad_request");

    let mut operator = site.operator().await;
    let page = operator.get("/console/at/lincoln/people?role=admin").await.body;
    assert!(page.contains("ann@x.example") && page.contains("di@x.example"), "{page}");
    assert!(!page.contains("bo@x.example") && !page.contains("cy@x.example"), "{page}");
    assert!(page.contains("<option value=\"admin\" selected>"), "{page}");
    let both = operator.get("/console/at/lincoln/people?role=admin&state=disabled").await.body;
    assert!(!both.contains("ann@x.example") && both.contains("di@x.example"), "{both}");
}

#[tokio::test]
async fn everybody_is_signed_out_at_once_by_whoever_says_that_they_are_sure() {
    const PATH: &str = "/console/at/lincoln/people/end-sessions";
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut member = site.browser();
    member.sign_in(&site, &okta, &alice()).await;
    let mut operator = site.operator().await;
    let page = operator.get("/console/at/lincoln/people").await;
    let token = page.between("name=\"token\" value=\"", "\"").to_owned();
    let unsure = operator.post(PATH, &[("token", &token)], From::ThisSite).await;
    assert_eq!(unsure.status, 403, "{}", unsure.body);
    assert_eq!(member.get("/me").await.status, 200);
    let done = operator.post(PATH, &[("token", &token), ("all", "1")], From::ThisSite).await;
    assert_eq!((done.status.as_u16(), done.location()), (303, Some("/console/at/lincoln/people")));
    assert_ne!(member.get("/me").await.status, 200);
    let told = "SELECT COUNT(*) FROM events WHERE action = 'session.all_revoked'";
    assert_eq!(site.count(told).await, 1);
    let page = operator.get("/console/at/lincoln/people").await.body;
    assert!(page.contains("The sessions are ended."), "{page}");
}

/// A tab that was opened before, in which something else is changed.
#[tokio::test]
async fn an_older_form_gives_no_role_back() {
    let site = Site::https().await;
    let known = Changes {
        external_id: Some("7".to_owned()),
        first_name: Some("Maya".to_owned()),
        role: Some(Role::Admin),
        ..Changes::default()
    };
    let path = format!("/console/at/lincoln/people/{}", site.make(known).await.unwrap().id);
    let mut owner = site.owner().await;
    let old = owner.get(&path).await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let lowered = Changes { role: Some(Role::Member), ..Changes::default() };
    user::update(&site.gateway, &ctx, (&slug(), &which("7")), lowered).await.unwrap();
    let form = [("first_name", "Mia"), ("role", "admin")];
    let refused = owner.fill_on(&old, &path, &form).await;
    let again = owner.fill_on(&refused, &path, &form).await;
    let token = old.between("name=\"token\" value=\"", "\"");
    let unsaid = owner.post(&path, &[("token", token), form[0], form[1]], From::ThisSite).await;
    for refused in [refused, again, unsaid] {
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert!(refused.body.contains("It was changed since you looked at it"), "{}", refused.body);
        assert!(refused.body.contains("value=\"Mia\""), "what was typed stays: {}", refused.body);
    }
    let maya = site.look("7").await.unwrap().user;
    assert_eq!((maya.role, maya.profile.first_name.as_deref()), (Role::Member, Some("Maya")));
    let told = site.count("SELECT COUNT(*) FROM events WHERE action = 'user.updated'").await;
    assert_eq!(owner.fill((&path, &path), &form[..1]).await.status, 303, "whoever looks again may");
    assert_eq!(site.count("SELECT COUNT(*) FROM events WHERE action = 'user.updated'").await, told + 1);
}

/// A sign-in leaves the version of whom it knows, and may take their role away.
#[tokio::test]
async fn a_form_in_which_no_role_is_chosen_gives_none() {
    let site = Site::https().await;
    let known = Changes { external_id: Some("7".to_owned()), role: Some(Role::Admin), ..Changes::default() };
    let path = format!("/console/at/lincoln/people/{}", site.make(known).await.unwrap().id);
    let mut owner = site.owner().await;
    let old = owner.get(&path).await;
    site.execute("UPDATE users SET role = 'member' WHERE external_id = '7'").await;
    let seen = old.between("name=\"role_seen\" value=\"", "\"");
    let form = [("first_name", "Maya"), ("role_seen", seen), ("role", "admin")];
    assert_eq!(owner.fill_on(&old, &path, &form).await.status, 303);
    let maya = site.look("7").await.unwrap().user;
    assert_eq!((maya.role, maya.profile.first_name.as_deref()), (Role::Member, Some("Maya")));
    // Where it is chosen, it is given.
    let form = [("role_seen", "member"), ("role", "admin")];
    assert_eq!(owner.fill((&path, &path), &form).await.status, 303);
    assert_eq!(site.look("7").await.unwrap().user.role, Role::Admin);
}

/// Nor an address: it may be somebody else's by now, and what an owner writes they vouch for.
#[tokio::test]
async fn an_old_page_gives_no_address_back_that_a_sign_in_changed() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mapping = json!({ "email": { "first_of": ["attribute:sis"] } });
    site.set(&okta, |settings| settings["mapping"] = mapping).await;
    let come = async |email| as_whom(&site, &okta, "ann", Some(email)).await;
    assert_eq!(come("ann@district.example").await.location(), Some("/me"));
    let path = format!("/console/at/lincoln/people/{}", site.only().await.id);
    let mut owner = site.owner().await;
    let old = owner.get(&path).await;
    assert_eq!(come("lind@district.example").await.location(), Some("/me"));
    let seen =
        |field: &str| (field.to_owned(), old.between(&format!("name=\"{field}\" value=\""), "\"").to_owned());
    let sent = ["email_seen", "external_id_seen", "first_name_seen"].map(seen);
    let mut form: Vec<_> = sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form.extend([("email", "ann@district.example"), ("external_id", ""), ("last_name", "Lind")]);
    assert_eq!(owner.fill_on(&old, &path, &form).await.status, 303);
    let id = path.rsplit('/').next().unwrap();
    let ann = site.look(id).await.unwrap().user.profile;
    assert_eq!(ann.last_name.as_deref(), Some("Lind"));
    let okta = okta.connection.id.to_string();
    assert_eq!((ann.email.as_deref(), ann.email_from), (Some("lind@district.example"), Some(okta)));
}

/// A list is read beside the sign-ins that go on; what one of them took away does not come back by it.
#[tokio::test]
async fn an_import_gives_no_role_back_that_a_sign_in_took_away() {
    let site = Site::https().await;
    site.import("external_id,role\n7,admin\n").await.unwrap();
    // Written between the import's reading and its writing of the same person.
    let taken = Fault::Run("UPDATE users SET role = 'member' WHERE external_id = '7'");
    let mut outside = site.folder.connect().await;
    outside.inject("users", "NEW.external_id = '8'", taken).await;
    let imported = site.import("external_id,first_name\n7,Maya\n8,Tomas\n").await;
    assert!(imported.unwrap_err().to_string().contains("import it again"));
    outside.mend("users").await;
    assert_eq!(site.count("SELECT COUNT(*) FROM users").await, 1, "all or nothing");
    assert_eq!(site.import("external_id,first_name\n7,Maya\n8,Tomas\n").await.unwrap().updated, 1);
}

#[tokio::test]
async fn a_list_is_imported_whole_or_not_at_all() {
    let site = Site::https().await;
    let csv = "external_id,email,last_name,role\n7,maya@x.example,L,admin\n8,,T,\n";
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let rehearsed = user::import(&site.gateway, &ctx, &slug(), (csv.as_bytes(), true)).await.unwrap();
    assert_eq!((rehearsed.created, rehearsed.is_written), (2, false));
    assert_eq!(site.everybody().await.len(), 0);
    let first = site.import(csv).await.unwrap();
    assert_eq!((first.created, first.updated, first.unchanged, first.is_written), (2, 0, 0, true));
    let again = site.import(csv).await.unwrap();
    assert_eq!((again.created, again.updated, again.unchanged, again.is_written), (0, 0, 2, false));
    let changed = site.import("external_id,last_name\n7,Lind\n9,New\n").await.unwrap();
    assert_eq!((changed.created, changed.updated, changed.unchanged), (1, 1, 0));
    let maya = site.look("7").await.unwrap().user;
    assert_eq!(maya.profile.last_name.as_deref(), Some("Lind"));
    assert_eq!((maya.profile.email.as_deref(), maya.role), (Some("maya@x.example"), Role::Admin));

    let wrong =
        site.import("external_id,email\n10,ten@x.example\n11,eleven\n,a@x.example\n").await.unwrap_err();
    let said = wrong.to_string();
    assert!(said.contains("line 3: \"eleven\"") && said.contains("line 4: external_id is empty"), "{said}");
    assert!(matches!(site.look("10").await, Err(FlowError::NotFound(_))), "nothing half-written");
    let told = site.count("SELECT COUNT(*) FROM events WHERE action = 'user.imported'").await;
    assert_eq!(told, 2, "what was written, and neither rehearsal nor repetition");
}

#[tokio::test]
async fn nothing_crosses_accounts() {
    let site = Site::https().await;
    site.make(Changes { external_id: Some("7".to_owned()), ..Changes::default() }).await.unwrap();
    let maya = site.only().await.id;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let other: Slug = "other".parse().unwrap();
    let input =
        gatepost::flow::account::Create { slug: other.clone(), name: "Other".to_owned(), external_id: None };
    gatepost::flow::account::create(&site.gateway, &ctx, input).await.unwrap();
    for user in [Which::Id(maya), which("7")] {
        let who = (&other, &user);
        assert!(matches!(user::find(&site.gateway, &ctx, &other, &user).await, Err(FlowError::NotFound(_))));
        let disabled = user::set_state(&site.gateway, &ctx, who, UserState::Disabled).await;
        assert!(matches!(disabled, Err(FlowError::NotFound(_))));
        assert!(matches!(user::erase(&site.gateway, &ctx, who).await, Err(FlowError::NotFound(_))));
    }
    let same =
        Create { account: other, known: Changes { external_id: Some("7".to_owned()), ..Changes::default() } };
    user::create(&site.gateway, &ctx, same).await.unwrap();
    assert_eq!(site.only().await.state, UserState::Active);
}
