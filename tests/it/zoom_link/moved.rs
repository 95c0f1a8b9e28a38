//! Whoever may say where Zoom is, or which app it is, has nothing sent there that was entered or given for another.

use super::*;

/// Another site that plays Zoom, which would take everything.
async fn elsewhere(set: &Set) -> (String, StandIn) {
    let clock = Clock::Manual(set.site.clock.clone());
    let settings = standin::Settings {
        client_id: "AnotherClient02".to_owned(),
        ..standin::Settings::demo(clock, Rng::seeded(9), 5)
    };
    let stand_in = StandIn::new(settings);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let service = standin::router(stand_in.clone());
    tokio::spawn(async move { axum::serve(listener, service).await });
    (base, stand_in)
}

async fn turns(set: &Set) {
    for _ in 0..3 {
        set.site.clock.advance(HOUR);
        check::run_due(set.gateway(), &set.gateway().ctx(JOB)).await.unwrap();
    }
}

const AGAIN: &str = "Client Secret: enter it again";

#[tokio::test]
async fn another_place_of_the_platforms_app_gets_no_secret_and_no_tokens() {
    let set = Set::new().await;
    set.enter_platform_app().await;
    set.site.make_account("other", "Other").await;
    set.linked_by_platform(ACCOUNT, "FirstZoom0001").await;
    // One that nobody has authorised, and one with an app of its own.
    set.save(Save { account: "other".parse().unwrap(), ..set.input(ZoomKind::Platform) }).await.unwrap();
    turns(&set).await;
    let (mails, held) = (set.site.count(MAILS).await, set.stand_in.tokens().len());
    let (evil, there) = elsewhere(&set).await;

    // A key that says nothing of any account.
    let mut program = program(&set.site, None, "installation:write").await;
    let put = ("PUT", "/api/v1/zoom/platform-app");
    let moved = |secret: Option<&str>| json!({ "cloud": "custom", "web_base": evil, "api_base": evil, "client_secret": secret });
    let refused = ask(&mut program, put, &[("if-match", "\"1\"")], Some(&moved(None))).await;
    let told = problem(&refused, 422, "invalid");
    assert!(told["detail"].as_str().unwrap().contains(AGAIN), "{told}");
    let mut operator = set.site.operator().await;
    let page = operator.get("/console/zoom").await;
    let token = token_of(&page);
    let form = [
        ("token", token.as_str()),
        ("version", "1"),
        ("cloud", "custom"),
        ("web_base", evil.as_str()),
        ("api_base", evil.as_str()),
        ("client_id", "StandInClient01"),
        ("client_secret", ""),
    ];
    let refused = operator.post("/console/zoom", &form, From::ThisSite).await;
    assert!(refused.status == 400 && refused.body.contains(AGAIN), "{}", refused.body);
    assert_eq!(set.link().await.state, ZoomLinkState::Active, "nothing was done");

    // With a secret of one's own it goes there; nothing else does.
    let done =
        ask(&mut program, put, &[("if-match", "\"1\"")], Some(&moved(Some("a-secret-of-ones-own")))).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert_eq!(
        read(&done)["secret_token_hint"],
        json!(null),
        "what was signed for the other app is not for this one"
    );
    let link = set.link().await;
    assert_eq!((link.state, link.granted_at, link.zoom_account), (ZoomLinkState::Waiting, None, None));
    turns(&set).await;
    assert!(there.inside().count.is_empty(), "{:?}", there.inside().count);
    assert_eq!(set.deliver("/zoom/webhook", &set.happened("FirstZoom0001", 1)).await.0, 401);
    // Owners of the one that had worked are told, once.
    assert_eq!((set.site.count(MAILS).await, set.events("zoom_link.broke").await), (mails + 1, 1));
    assert_eq!(kind(&set.test().await.unwrap()), "not_authorized");
    link::remove(set.gateway(), &set.ctx(), &slug(), |_| true).await.unwrap();
    assert!(there.inside().count.is_empty(), "not even to give tokens back");
    assert_eq!(set.stand_in.tokens().len(), held);
}

#[tokio::test]
async fn what_accounts_authorised_counts_again_once_a_slip_of_the_platforms_app_is_mended() {
    let set = Set::new().await;
    set.enter_platform_app().await;
    set.linked_by_platform(ACCOUNT, "FirstZoom0001").await;
    let slip = platform::Save {
        cloud: ZoomCloud::Custom,
        bases: Some((set.base.clone(), set.base.clone())),
        client_id: Some("StandInClient10".to_owned()),
        client_secret: Some(set.stand_in.settings().client_secret.clone().into()),
        secret_token: None,
    };
    platform::save(set.gateway(), &set.ctx(), slip, |_| true).await.unwrap();
    // Whoever changes what the link is used for authorises nothing by it.
    let saved = set.save(set.input(ZoomKind::Platform)).await.unwrap();
    assert_eq!((saved.state, saved.granted_at), (ZoomLinkState::Waiting, None));
    turns(&set).await;
    assert_eq!(set.link().await.state, ZoomLinkState::Waiting);
    assert_eq!(set.events("zoom_link.broke").await, 1);

    set.enter_platform_app().await;
    check::run_due(set.gateway(), &set.gateway().ctx(JOB)).await.unwrap();
    let link = set.link().await;
    assert_eq!((link.state, link.check), (ZoomLinkState::Active, ZoomCheckState::Good));
    assert_eq!((link.zoom_account.as_deref(), link.granted_at.is_some()), (Some("FirstZoom0001"), true));
    assert_eq!(set.events("zoom_link.mended").await, 1);
    assert_eq!(set.deliver("/zoom/webhook", &set.happened("FirstZoom0001", 1)).await.0, 204);

    // What is laid aside goes with the link by that app.
    let slip = platform::Save {
        cloud: ZoomCloud::Commercial,
        bases: None,
        client_id: None,
        client_secret: Some("a-secret-of-ones-own".into()),
        secret_token: None,
    };
    platform::save(set.gateway(), &set.ctx(), slip, |_| true).await.unwrap();
    set.save(set.input(ZoomKind::General)).await.unwrap();
    let kept = "SELECT COUNT(*) FROM zoom_links WHERE grant_sealed IS NOT NULL OR granted_at IS NOT NULL";
    assert_eq!(set.site.count(kept).await, 0);
}

#[tokio::test]
async fn an_app_that_takes_the_place_of_one_that_went_gets_no_tokens_of_it() {
    let set = Set::new().await;
    set.enter_platform_app().await;
    set.linked_by_platform(ACCOUNT, "FirstZoom0001").await;
    platform::remove(set.gateway(), &set.ctx(), |_| true).await.unwrap();
    let (evil, there) = elsewhere(&set).await;
    let input = platform::Save {
        cloud: ZoomCloud::Custom,
        bases: Some((evil.clone(), evil)),
        client_id: Some(set.stand_in.settings().client_id.clone()),
        client_secret: Some("a-secret-of-ones-own".into()),
        secret_token: None,
    };
    platform::save(set.gateway(), &set.ctx(), input, |_| true).await.unwrap();
    turns(&set).await;
    assert_eq!(kind(&set.test().await.unwrap()), "revoked");
    link::remove(set.gateway(), &set.ctx(), &slug(), |_| true).await.unwrap();
    assert!(there.inside().count.is_empty(), "{:?}", there.inside().count);
}

#[tokio::test]
async fn an_accounts_own_secret_is_sent_nowhere_but_where_it_was_entered_for() {
    for kind in [ZoomKind::ServerToServer, ZoomKind::General] {
        let set = Set::linked(kind).await;
        if kind == ZoomKind::General {
            set.authorised(&mut set.owner.clone(), PAGE).await;
        }
        let (evil, there) = elsewhere(&set).await;
        for (cloud, bases) in
            [(ZoomCloud::Custom, Some((evil.clone(), evil.clone()))), (ZoomCloud::Commercial, None)]
        {
            let input = Save { cloud, bases, client_secret: None, secret_token: None, ..set.input(kind) };
            let refused = set.save(input).await.unwrap_err();
            assert!(refused.to_string().contains(AGAIN), "{kind:?}: {refused}");
        }
        turns(&set).await;
        assert!(there.inside().count.is_empty());
        // Where it is, it is kept.
        let input = Save { client_secret: None, secret_token: None, ..set.input(kind) };
        assert_eq!(set.save(input).await.unwrap().state, ZoomLinkState::Active);
        // With its secret, tokens of before stay behind.
        let moved = Save {
            bases: Some((evil.clone(), evil)),
            client_id: Some("AnotherClient02".to_owned()),
            secret_token: None,
            ..set.input(kind)
        };
        let saved = set.save(moved).await.unwrap();
        assert_eq!(
            (saved.granted_at, saved.secret_token_hint, saved.overlap_until),
            (None, None, None),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn another_app_takes_no_secret_token_of_the_one_before() {
    const WAY: &str = "/zoom/lincoln/webhook";
    let set = Set::linked(ZoomKind::ServerToServer).await;
    assert_eq!(set.deliver(WAY, &set.happened("StandInAccount01", 1)).await.0, 204);
    let another = |secret_token: Option<&str>| Save {
        client_id: Some("AnotherClient02".to_owned()),
        secret_token: secret_token.map(Into::into),
        ..set.input(ZoomKind::ServerToServer)
    };
    let saved = set.save(another(None)).await.unwrap();
    assert_eq!((saved.secret_token_hint, saved.overlap_until), (None, None));
    assert_eq!(set.deliver(WAY, &set.happened("StandInAccount01", 2)).await.0, 401);
    set.save(set.input(ZoomKind::ServerToServer)).await.unwrap();
    assert_eq!(set.deliver(WAY, &set.happened("StandInAccount01", 3)).await.0, 204);
    let saved = set.save(another(Some("another-secret-token-0002"))).await.unwrap();
    assert_eq!((saved.secret_token_hint.as_deref(), saved.overlap_until), (Some("0002"), None));
    assert_eq!(
        set.deliver(WAY, &set.happened("StandInAccount01", 4)).await.0,
        401,
        "whoever holds the old app"
    );
}
