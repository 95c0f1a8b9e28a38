//! Apps that somebody authorises: an account's own, and the platform's one.

use super::*;

#[tokio::test]
async fn a_general_app_is_authorised_in_the_browser_that_began() {
    let mut set = Set::linked(ZoomKind::General).await;
    assert_eq!(set.link().await.state, ZoomLinkState::Waiting);
    let error = set.test().await.unwrap_err();
    assert!(error.to_string().contains("not authorised yet"), "{error}");
    let mut owner = set.owner.clone();
    let path = set.consented(&mut owner, PAGE).await;

    // Another state, another browser, another person.
    let wrong = path.replace("state=", "state=x");
    let refused = owner.clone().get(&wrong).await;
    assert!(refused.status == 400 && refused.body.contains("not begun in this browser"), "{}", refused.body);
    let other = set.owner.get(&path).await;
    assert_eq!(other.status, 400, "the session alone is not enough");
    let mut operator = set.site.operator().await;
    let cookie = owner.cookies.iter().find(|(name, _)| name.ends_with("-zoom"));
    let cookie = cookie.map(|(name, value)| (name.clone(), value.clone())).unwrap();
    operator.cookies.insert(cookie.0.clone(), cookie.1.clone());
    assert_eq!(operator.get(&path).await.status, 400, "whoever began");
    assert_eq!(set.count("POST oauth/token"), 0, "no code was exchanged");

    let done = owner.get(&path).await;
    assert_eq!((done.status.as_u16(), done.location()), (303, Some(PAGE)));
    let link = set.link().await;
    assert_eq!((link.state, link.check), (ZoomLinkState::Active, ZoomCheckState::Good));
    assert_eq!(link.zoom_account.as_deref(), Some("StandInAccount01"));
    assert_eq!(set.count("POST oauth/token"), 1, "the test uses the tokens that came");
    // Nothing is left to be used again.
    assert!(!owner.cookies.iter().any(|(name, (value, _))| name.ends_with("-zoom") && !value.is_empty()));
    owner.cookies.insert(cookie.0.clone(), cookie.1.clone());
    let again = owner.get(&path).await;
    assert!(again.status == 400 && again.body.contains("was changed since"), "{}", again.body);

    // Said no, or came too late.
    let path = set.consented(&mut owner, PAGE).await;
    let denied = format!("{}&error=access_denied", path.split("code=").next().unwrap());
    let state = path.split("state=").nth(1).unwrap();
    let denied = format!("{denied}&state={state}").replace("?&", "?");
    let refused = owner.clone().get(&denied).await;
    assert!(refused.body.contains("app was not allowed in Zoom"), "{}", refused.body);
    set.site.clock.advance(authorize::LIFE_SECONDS);
    assert_eq!(owner.get(&path).await.status, 400);
}

#[tokio::test]
async fn the_next_tokens_are_stored_before_they_are_used_and_asked_for_by_one() {
    let set = Set::linked(ZoomKind::General).await;
    let mut owner = set.owner.clone();
    let path = set.consented(&mut owner, PAGE).await;
    assert_eq!(owner.get(&path).await.status, 303);
    let sealed = "SELECT grant_sealed FROM zoom_links";
    let first = set.site.hex(sealed).await;
    set.site.clock.advance(HOUR);
    // Two processes at once: each refresh kills the token that it was made with, so that two would lose the link.
    let beside = set.site.beside(9).await;
    let asked = set.count("POST oauth/token");
    let (here, there) = (set.ctx(), beside.ctx(Actor::CommandLine));
    let account = slug();
    let (one, two) =
        tokio::join!(check::test(set.gateway(), &here, &account), check::test(&beside, &there, &account));
    assert_eq!((kind(&one.unwrap()), kind(&two.unwrap())), ("good".to_owned(), "good".to_owned()));
    assert_eq!(set.count("POST oauth/token"), asked + 1);
    assert_ne!(set.site.hex(sealed).await, first);
    // A third, which knows nothing but the database, an hour later.
    set.site.clock.advance(HOUR);
    let third = set.site.beside(10).await;
    let view = check::test(&third, &third.ctx(Actor::CommandLine), &account).await.unwrap();
    assert_eq!(kind(&view), "good");
    set.fault(Faults { token: Some(TokenFault::Revoked), ..Faults::default() });
    set.site.clock.advance(HOUR);
    let view = check::test(&third, &third.ctx(Actor::CommandLine), &account).await.unwrap();
    assert_eq!(kind(&view), "revoked");
}

#[tokio::test]
async fn tokens_are_given_back_when_the_link_goes() {
    let set = Set::linked(ZoomKind::General).await;
    let mut owner = set.owner.clone();
    let path = set.consented(&mut owner, PAGE).await;
    assert_eq!(owner.get(&path).await.status, 303);
    assert_eq!(set.stand_in.tokens().len(), 2);
    let page = owner.get(&format!("{PAGE}/link")).await;
    let (token, version) = (token_of(&page), set.link().await.version.to_string());
    let form = |sure| [("token", token.clone()), ("version", version.clone()), ("sure", sure)];
    let filled = form("on".to_owned());
    let filled: Vec<_> = filled.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let unsure = owner.post(&format!("{PAGE}/link/remove"), &filled[..2], From::ThisSite).await;
    assert_eq!(unsure.status, 400, "{}", unsure.body);
    let removed = owner.post(&format!("{PAGE}/link/remove"), &filled, From::ThisSite).await;
    assert_eq!(removed.status, 303, "{}", removed.body);
    assert_eq!(set.stand_in.tokens(), [""; 0]);
    assert_eq!(set.site.count("SELECT COUNT(*) FROM zoom_links").await, 0);
}

#[tokio::test]
async fn accounts_use_the_platforms_app_and_hold_their_tokens_alone() {
    let set = Set::new().await;
    let error = set.save(set.input(ZoomKind::Platform)).await.unwrap_err();
    assert!(error.to_string().contains("no Zoom app of its own"), "{error}");
    let mut operator = set.site.operator().await;
    let page = operator.get("/console/zoom").await;
    assert!(page.body.contains(&format!("{HTTPS}/zoom/webhook")), "{}", page.body);
    let app = set.stand_in.settings();
    let token = token_of(&page);
    let form = [
        ("token", token.as_str()),
        ("version", "0"),
        ("cloud", "custom"),
        ("web_base", set.base.as_str()),
        ("api_base", set.base.as_str()),
        ("client_id", app.client_id.as_str()),
        ("client_secret", app.client_secret.as_str()),
        ("secret_token", app.secret_token.as_str()),
    ];
    let saved = operator.post("/console/zoom", &form, From::ThisSite).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let stored = set.site.folder.dump().await;
    for secret in [&app.client_secret, &app.secret_token] {
        assert!(!stored.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
    let page = operator.get("/console/zoom").await;
    assert!(page.body.contains("ends in <code>0001</code>") && !page.body.contains(&app.client_secret));

    let of = |account: &str| Save { account: account.parse().unwrap(), ..set.input(ZoomKind::Platform) };
    let saved = set.save(of(ACCOUNT)).await.unwrap();
    assert_eq!((saved.state, saved.client_id), (ZoomLinkState::Waiting, None));
    let mut owner = set.owner.clone();
    let path = set.consented(&mut owner, PAGE).await;
    assert_eq!(owner.get(&path).await.status, 303);
    assert_eq!(set.link().await.check, ZoomCheckState::Good);

    // A Zoom account belongs to one account here, or nobody would know whose its events are.
    set.site.make_account("other", "Other").await;
    set.save(of("other")).await.unwrap();
    let there = "/console/at/other/zoom";
    let path = set.consented(&mut operator, there).await;
    let refused = operator.get(&path).await;
    assert!(refused.status == 400 && refused.body.contains("account here is linked"), "{}", refused.body);

    // Without the app, links by it do not work, and say so.
    platform::remove(set.gateway(), &set.ctx(), |_| true).await.unwrap();
    assert_eq!(kind(&set.test().await.unwrap()), "no_platform_app");
    set.enter_platform_app().await;
    assert_eq!(kind(&set.test().await.unwrap()), "good");
    // A deleted account holds its Zoom account no longer.
    account::delete(set.gateway(), &set.ctx(), &slug()).await.unwrap();
    let path = set.consented(&mut operator, there).await;
    assert_eq!(operator.get(&path).await.status, 303);
    let owners = platform::show(set.gateway(), &Ctx { actor: Actor::Anonymous, ..set.ctx() }).await;
    assert!(matches!(owners, Err(FlowError::Denied(_))));
}
