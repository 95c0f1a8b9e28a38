//! People: what administrators do with them, one by one and by lists.

use gatepost::base::Actor;
use gatepost::base::caller::Role;
use gatepost::directory::account::Slug;
use gatepost::directory::state::UserState;
use gatepost::flow::FlowError;
use gatepost::flow::user::{self, Changes, Create, List, Which};

use crate::database::Fault;
use crate::people::which;
use crate::site::{Site, slug};

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
        let input = List { account: slug(), state, email, after, limit };
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
