//! What whoever came by a setup link has to do with: what they began by it, and the draft that they were given.

use gatepost::base::Ctx;
use gatepost::directory::preset::Product;
use gatepost::directory::state::ConnectionState;
use gatepost::flow::connection::paste::{self, Paste};
use gatepost::flow::connection::update::{self, Update};
use gatepost::flow::connection::visited::{self, Aside};
use gatepost::flow::connection::{
    self, Create, Extras, Switch, drift, export, lifecycle, refresh, revision, show, tested, unknown_key,
};
use gatepost::flow::keys::sp;
use gatepost::flow::{FlowError, setup_link};
use gatepost_saml::mint::Personality;
use gatepost_saml::mint::keys::IDP_RSA_NEXT;

use crate::browser::From;
use crate::cli::{folder, json, refusal, run};
use crate::paste::fields;
use crate::site::{Idp, Site, alice, ctx, entered, new_link, slug};

/// A connection that nobody has tried yet, begun by whoever asks.
async fn draft(site: &Site, by: &Ctx, name: &str) -> Idp {
    let personality = Personality::named("okta").unwrap();
    let input = Create {
        account: slug(),
        name: Some(name.to_owned()),
        product: Product::Okta,
        idp: entered(personality),
        subject: None,
        idp_initiated: None,
        policy: None,
        service_provider: None,
    };
    let with = (ConnectionState::Draft, Extras::default());
    let (connection, _) = connection::create_as(&site.gateway, by, input, with).await.unwrap();
    Idp { personality, connection }
}

fn key() -> Update {
    let certificate = IDP_RSA_NEXT.certificate_pem.as_bytes().to_vec();
    Update { add_certificates: vec![certificate], ..Update::default() }
}

fn named(name: &str) -> Update {
    Update { name: Some(name.to_owned()), ..Update::default() }
}

#[track_caller]
fn assert_told<T>(done: Result<T, FlowError>, what: &str) {
    let done = done.map(drop);
    assert!(matches!(&done, Err(FlowError::Invalid(why)) if why.english().contains(what)), "{done:?}");
}

/// By a key that they left there they would sign in as anybody, once it is in use.
#[tokio::test]
async fn whoever_has_another_link_neither_changes_nor_reads_what_somebody_sets_up() {
    const WHY: &str = "ask an owner of the account for a setup link that goes on with it";
    let site = Site::https().await;
    let gateway = &site.gateway;
    let (honest, other) = (site.visitor("sso").await, site.visitor("sso").await);
    let by_owner = draft(&site, &ctx(&site), "Students").await.connection.id;
    let by_link = draft(&site, &honest, "Staff").await.connection.id;
    for id in [by_owner, by_link] {
        let text = IDP_RSA_NEXT.certificate_pem.as_bytes().to_vec();
        let (plan, product, entity_id) = (None, None, None);
        let pasted = Paste { account: slug(), connection: Some(id), plan, product, entity_id, text };
        assert_told(paste::apply(gateway, &other, pasted).await, WHY);
        assert_told(update::update(gateway, &other, id, key()).await, WHY);
        assert_told(lifecycle::test(gateway, &other, id).await, WHY);
        assert_told(lifecycle::activate(gateway, &other, id, None).await, WHY);
        assert_told(lifecycle::retire(gateway, &other, id).await, WHY);
        assert_told(lifecycle::switch(gateway, &other, id, Switch::On).await, WHY);
        assert_told(revision::roll_back(gateway, &other, id, 1).await, WHY);
        assert_told(refresh::refresh(gateway, &other, id).await, WHY);
        assert_told(unknown_key::approve(gateway, &other, id, ("x", "x")).await, WHY);
        assert_told(unknown_key::decline(gateway, &other, id, "x").await, WHY);
        assert_told(drift::approve(gateway, &other, id, "x").await, WHY);
        assert_told(drift::decline(gateway, &other, id, "x").await, WHY);
        assert_told(sp::rotate(gateway, &other, id, true).await, WHY);
        assert_told(show::show(gateway, &other, id).await, WHY);
        assert_told(tested::last(gateway, &other, id).await, WHY);
        assert_told(revision::revisions(gateway, &other, id).await, WHY);
        assert_told(unknown_key::list(gateway, &other, id).await, WHY);
        assert_told(sp::list(gateway, &other, id).await, WHY);
        assert_told(sp::uses(gateway, &other, id).await, WHY);
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM connection_revisions").await, 2);
    assert_eq!(site.count("SELECT COUNT(*) FROM connections WHERE state = 'draft'").await, 2);
    assert!(connection::list(gateway, &other, &slug()).await.unwrap().is_empty());
    let taken = export::export(gateway, &other, Some(&slug())).await.unwrap();
    assert_eq!(taken["accounts"][0]["connections"], serde_json::json!([]));

    let mut aside = visited::list_aside(gateway, &other, &slug()).await.unwrap();
    aside.sort_by(|one, another| one.name.cmp(&another.name));
    let of = |name: &str| Aside { name: name.to_owned(), state: ConnectionState::Draft };
    assert_eq!(aside, [of("Staff"), of("Students")]);
    assert_eq!(visited::list_aside(gateway, &honest, &slug()).await.unwrap(), [of("Students")]);
    assert!(visited::list_aside(gateway, &ctx(&site), &slug()).await.unwrap().is_empty());

    // Whoever began it goes on, whatever an owner did to it meanwhile; and owners with everything.
    update::update(gateway, &ctx(&site), by_link, named("All staff")).await.unwrap();
    update::update(gateway, &honest, by_link, key()).await.unwrap();
    lifecycle::test(gateway, &honest, by_link).await.unwrap();
    update::update(gateway, &ctx(&site), by_owner, key()).await.unwrap();
}

#[tokio::test]
async fn of_other_connections_a_visitor_is_shown_name_and_state() {
    let site = Site::https().await;
    let staff = draft(&site, &ctx(&site), "Staff").await;
    let id = staff.connection.id;
    let entra = site.connect(Product::Entra).await;
    let mut visitor = site.open(&site.setup_link("sso").await).await;
    let page = visitor.get("/setup-sso").await;
    assert_eq!(page.status, 200, "{}", page.body);
    let hidden = [
        id.to_string(),
        entra.connection.id.to_string(),
        staff.connection.idp_entity_id.clone(),
        entra.connection.idp_entity_id.clone(),
    ];
    let is_hidden = |body: &str| hidden.iter().all(|one| !body.contains(one.as_str()));
    assert!(page.body.contains("<li>Staff <span") && is_hidden(&page.body), "{}", page.body);
    assert!(
        page.body.contains("A draft: nobody signs in by it.</span>"),
        "no word of testing it: {}",
        page.body
    );
    assert!(page.body.contains("For another connection, ask an owner"), "{}", page.body);
    let overview = visitor.get("/setup").await;
    assert!(overview.body.contains("Nothing is set up by this link yet."), "{}", overview.body);
    let token = overview.between("name=\"token\" value=\"", "\"").to_owned();
    for below in ["", "/steps", "/settings", "/history", "/certificates"] {
        for (one, why) in [(id, "for a setup link that goes on with it"), (entra.connection.id, "is in use")]
        {
            let told = visitor.get(&format!("/setup-sso/{one}{below}")).await;
            assert_eq!(told.status, 400, "{below}: {}", told.body);
            assert!(told.body.contains(why) && is_hidden(&told.body), "{below}: {}", told.body);
        }
    }
    let planted = [("token", token.as_str()), ("pasted", IDP_RSA_NEXT.certificate_pem)];
    let told = visitor.post(&format!("/setup-sso/{id}/certificates"), &planted, From::ThisSite).await;
    assert_eq!(told.status, 400, "{}", told.body);
    assert!(told.body.contains("for a setup link that goes on with it"), "{}", told.body);
    assert_eq!(site.count("SELECT COUNT(*) FROM connection_revisions").await, 2);
}

#[tokio::test]
async fn a_draft_that_was_handed_over_is_set_up_to_the_end() {
    let site = Site::https().await;
    let gateway = &site.gateway;
    let okta = draft(&site, &ctx(&site), "Staff").await;
    let id = okta.connection.id;
    let given = site.visitor_with("sso", Some(id)).await;
    let seen: Vec<_> = connection::list(gateway, &given, &slug()).await.unwrap();
    assert_eq!(seen.iter().map(|found| found.id).collect::<Vec<_>>(), [id]);
    update::update(gateway, &given, id, named("All staff")).await.unwrap();
    let link = lifecycle::test(gateway, &given, id).await.unwrap();
    let mut browser = site.browser();
    let pending = browser.start_to(&okta, &link.url[link.url.find('?').unwrap()..]).await;
    let message = site.answer(&okta, &alice(), Some(&pending.request_id), |_| {});
    let tested = browser.bring(&okta, &message, Some(&pending.relay_state)).await;
    assert!(tested.body.contains("The test went well"), "{}", tested.body);
    assert!(tested::last(gateway, &given, id).await.unwrap().is_some());
    let beside = site.visitor("sso").await;
    assert_told(tested::last(gateway, &beside, id).await, "ask an owner of the account");
    lifecycle::activate(gateway, &given, id, None).await.unwrap();
    // From now on they see that it is there, and how it stands.
    update::update(gateway, &ctx(&site), id, key()).await.unwrap();
    let shown = show::show(gateway, &given, id).await.unwrap();
    assert_eq!((shown.view.name.as_str(), shown.view.state), ("All staff", ConnectionState::Active));
    assert_eq!((shown.view.idp_entity_id.as_str(), shown.keys.len()), ("", 0));
    assert_eq!(shown.settings, serde_json::json!({}));
    assert_eq!(connection::list(gateway, &given, &slug()).await.unwrap()[0].idp_entity_id, "");
    let taken = export::export(gateway, &given, Some(&slug())).await.unwrap();
    assert_eq!(taken["accounts"][0]["connections"], serde_json::json!([]));
    assert_told(revision::revisions(gateway, &given, id).await, "is in use");
    assert_told(unknown_key::list(gateway, &given, id).await, "is in use");
    assert_told(sp::list(gateway, &given, id).await, "is in use");
    assert!(tested::last(gateway, &given, id).await.unwrap().is_none());
    assert_told(update::update(gateway, &given, id, named("Mine")).await, "is in use");
}

/// Whoever had the first link may have the private key of what they brought, and the next one only adds their own.
#[tokio::test]
async fn a_draft_is_not_handed_over_with_what_another_link_brought() {
    const WHY: &str = "whoever had another setup link brought certificates";
    let site = Site::https().await;
    let (gateway, by_owner) = (&site.gateway, ctx(&site));
    let hand_over = async |id| {
        let input = new_link("sso", Some(id));
        setup_link::create(gateway, &by_owner, input).await
    };
    let keys = async |id| {
        let shown = show::show(gateway, &by_owner, id).await.unwrap();
        shown.keys.into_iter().map(|key| (key.spki_sha256, key.brought.unwrap().actor)).collect::<Vec<_>>()
    };
    let remove = |key: &str| Update { remove_keys: vec![key.to_owned()], ..Update::default() };
    let first = site.visitor("sso").await;
    let begun = draft(&site, &first, "Staff").await.connection.id;
    let Err(FlowError::Invalid(why)) = hand_over(begun).await else { panic!("it was handed over") };
    assert!(why.english().starts_with(WHY), "{why:?}");
    assert!(why.each().all(|(place, _)| place.is_some()), "it stands beside the field: {why:?}");
    let planted = keys(begun).await;
    assert_eq!(planted.iter().map(|(_, by)| by.clone()).collect::<Vec<_>>(), [first.actor.to_string()]);
    update::update(gateway, &by_owner, begun, named("All staff")).await.unwrap();
    assert_told(hand_over(begun).await, WHY);
    update::update(gateway, &by_owner, begun, key()).await.unwrap();
    assert_told(hand_over(begun).await, WHY);
    update::update(gateway, &by_owner, begun, remove(&planted[0].0)).await.unwrap();
    assert_told(hand_over(begun).await, WHY); // where people are sent is of that link still

    let mut owner = site.owner().await;
    let okta = draft(&site, &by_owner, "Students").await.connection.id;
    let (second, beside) =
        (site.visitor_with("sso", Some(okta)).await, site.visitor_with("sso", Some(okta)).await);
    update::update(gateway, &second, okta, key()).await.unwrap();
    assert_told(hand_over(okta).await, WHY);
    assert_told(lifecycle::activate(gateway, &beside, okta, None).await, WHY);
    assert_told(lifecycle::activate(gateway, &second, okta, None).await, "was not tested as it is now");
    let page = owner.get(&format!("/console/at/lincoln/sso/{okta}")).await;
    assert!(page.body.contains("SHA-256 <code>"), "{}", page.body);
    assert!(page.body.contains(": Setup link Ida") && page.body.contains(": Command line"), "{}", page.body);
    let mut of_link = keys(okta).await;
    of_link.retain(|(_, by)| *by == second.actor.to_string());
    assert_eq!(of_link.len(), 1);
    update::update(gateway, &by_owner, okta, remove(&of_link[0].0)).await.unwrap();
    hand_over(okta).await.unwrap();

    // Where people are sent takes no key.
    let sends = vec![("sso_redirect_url".to_owned(), "https://idp.example/elsewhere".to_owned())];
    update::update(gateway, &second, okta, Update { set: sends, ..Update::default() }).await.unwrap();
    assert_told(hand_over(okta).await, WHY);
    assert_told(lifecycle::activate(gateway, &beside, okta, None).await, WHY);
}

#[tokio::test]
async fn a_link_goes_on_with_a_draft_of_its_account_and_with_nothing_else() {
    let site = Site::https().await;
    let make = async |scopes: &str, id| {
        let input = new_link(scopes, Some(id));
        setup_link::create(&site.gateway, &ctx(&site), input).await
    };
    let id = draft(&site, &ctx(&site), "Staff").await.connection.id;
    assert_told(make("domains", id).await, "choose that too");
    let entra = site.connect(Product::Entra).await;
    assert_told(make("sso", entra.connection.id).await, "is in use, or was");
    site.make_account("other", "Other").await;
    let theirs = site.connect_to("other", Product::Okta, (None, None)).await.connection.id;
    let of_others = make("sso", theirs).await;
    assert!(matches!(of_others, Err(FlowError::NotFound(_))), "{of_others:?}");
    make("sso domains", id).await.unwrap();
    let listed = setup_link::list(&site.gateway, &ctx(&site), &slug()).await.unwrap();
    assert_eq!(listed.iter().map(|link| link.connection).collect::<Vec<_>>(), [Some(id)]);
}

#[tokio::test]
async fn an_owner_hands_a_draft_over_in_the_console() {
    let site = Site::https().await;
    let mut owner = site.owner().await;
    let links = "/console/at/lincoln/setup-links";
    let none = owner.get(links).await;
    assert!(!none.body.contains("name=\"connection\""), "there is nothing to go on with: {}", none.body);
    site.connect(Product::Entra).await;
    let id = draft(&site, &ctx(&site), "Staff").await.connection.id.to_string();
    let offered = owner.get(links).await;
    assert!(offered.body.contains(&format!("<option value=\"{id}\">Staff</option>")), "{}", offered.body);
    assert_eq!(offered.body.matches("<option value=\"conn_").count(), 1, "what is in use is not handed over");
    let token = offered.between("name=\"token\" value=\"", "\"").to_owned();
    let form = [("token", token.as_str()), ("scope", "sso"), ("days", "3"), ("connection", id.as_str())];
    let made = owner.post(links, &form, From::ThisSite).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert!(made.body.contains("Goes on with: Staff"), "{}", made.body);
    assert_eq!(site.text("SELECT connection_id FROM links WHERE kind = 'setup'").await, Some(id.clone()));
    let wrong = [("token", token.as_str()), ("scope", "domains"), ("days", "3"), ("connection", id.as_str())];
    let told = owner.post(links, &wrong, From::ThisSite).await;
    assert_eq!(told.status, 400, "{}", told.body);
    assert!(told.body.contains(&format!("<option value=\"{id}\" selected>")), "{}", told.body);
    // What is wrong stands at its field.
    let is_at = |body: &str, field: &str, why: &str| {
        let place = format!("<p class=\"problem\" id=\"{field}-problem\">{why}");
        body.contains(&place) && body.contains(&format!("aria-describedby=\"{field}-problem\""))
    };
    assert!(is_at(&told.body, "scopes", "A setup link that goes on with a connection"), "{}", told.body);
    let nothing = owner.post(links, &[("token", token.as_str()), ("days", "3")], From::ThisSite).await;
    assert!(is_at(&nothing.body, "scopes", "Choose what can be set up"), "{}", nothing.body);
    let long = [("token", token.as_str()), ("scope", "sso"), ("days", "61")];
    let long = owner.post(links, &long, From::ThisSite).await;
    assert!(is_at(&long.body, "days", "A setup link is good for 1 to 60 days"), "{}", long.body);
}

#[test]
fn a_draft_is_handed_over_on_the_command_line() {
    let folder = folder();
    json(&run(&folder.0, &["account", "create", "lincoln", "--json"]));
    std::fs::write(folder.0.join("pasted.txt"), fields()).unwrap();
    let of = ["--account", "lincoln", "--json"];
    let made = json(&run(&folder.0, &[&["connection", "paste", "pasted.txt"][..], &of].concat()));
    let id = made["connection"].as_str().unwrap();
    let create = |more: &[&str]| run(&folder.0, &[&["setup-link", "create"][..], more, &of].concat());
    json(&create(&["--connection", id]));
    let listed = json(&run(&folder.0, &[&["setup-link", "list"][..], &of].concat()));
    assert_eq!(listed["connection"], made["connection"]);
    let told = refusal(&create(&["--connection", id, "--scope", "domains"]));
    assert!(told.contains("choose that too"), "{told}");
}
