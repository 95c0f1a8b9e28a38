//! The same by the console's form and by the REST API.

use super::*;

#[tokio::test]
async fn programs_link_test_and_remove() {
    let set = Set::new().await;
    let app = set.stand_in.settings();
    // Addresses of one's own are for keys of the installation.
    let mut program = program(&set.site, None, "zoom:read zoom:write installation:write").await;
    let link = "/api/v1/accounts/lincoln/zoom/link";
    let none = program.get(link).await;
    assert_eq!(none.header("etag"), Some("\"0\""), "{}", none.body);
    assert_eq!(read(&none)["link"], json!(null));
    assert_eq!(read(&none)["webhook_url"], json!(format!("{HTTPS}/zoom/lincoln/webhook")));
    let body = json!({
        "kind": "server_to_server", "cloud": "custom", "web_base": set.base, "api_base": set.base,
        "capabilities": ["inventory", "events"], "client_id": app.client_id, "client_secret": app.client_secret,
        "account_id": app.account_id, "secret_token": app.secret_token,
    });
    let put = ("PUT", link);
    problem(&ask(&mut program, put, &[], Some(&body)).await, 428, "condition_missing");
    let made = ask(&mut program, put, &[("if-match", "\"0\"")], Some(&body)).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert!(!made.body.contains(&app.client_secret) && !made.body.contains(&app.secret_token));
    assert_eq!(read(&made)["capabilities"], json!(["events", "inventory"]));
    problem(&ask(&mut program, put, &[("if-match", "\"0\"")], Some(&body)).await, 412, "stale");
    let test = "/api/v1/accounts/lincoln/zoom/test";
    problem(&program.get(test).await, 404, "not_found");
    let tested = read(&ask(&mut program, ("POST", test), &[], None).await);
    assert_eq!((&tested["state"], &tested["problem"]), (&json!("good"), &json!(null)));
    set.fault(Faults { demoted: true, ..Faults::default() });
    let tested = read(&ask(&mut program, ("POST", test), &[], None).await);
    assert_eq!((&tested["state"], &tested["problem"]["kind"]), (&json!("failing"), &json!("no_permission")));
    assert_eq!(read(&program.get(test).await), tested);
    assert_eq!(ask(&mut program, ("DELETE", link), &[], None).await.status, 204);

    let platform = "/api/v1/zoom/platform-app";
    let body = json!({
        "cloud": "custom", "web_base": set.base, "api_base": set.base, "client_id": app.client_id,
        "client_secret": app.client_secret,
    });
    assert_eq!(read(&program.get(platform).await)["app"], json!(null));
    let made = ask(&mut program, ("PUT", platform), &[("if-match", "\"0\"")], Some(&body)).await;
    assert_eq!((made.status.as_u16(), made.header("etag")), (200, Some("\"1\"")), "{}", made.body);
    assert_eq!(read(&program.get(platform).await)["app"]["client_id"], json!(app.client_id));
    assert_eq!(ask(&mut program, ("DELETE", platform), &[], None).await.status, 204);
    let mut own = crate::api::program(&set.site, Some(ACCOUNT), "zoom:read zoom:write").await;
    problem(&own.get(platform).await, 403, "forbidden");
}

#[tokio::test]
async fn programs_read_what_is_to_be_ticked_and_copied() {
    let set = Set::new().await;
    let mut program = program(&set.site, Some(ACCOUNT), "zoom:read").await;
    let guide = "/api/v1/accounts/lincoln/zoom/guide";
    let told = read(&program.get(guide).await);
    assert_eq!(
        (&told["kind"], &told["app_name"]),
        (&json!("server_to_server"), &json!("Gatepost Lincoln Unified"))
    );
    assert_eq!(told["uses"], json!(ALL), "all of them, where there is no link");
    let row = |list: &str, key: &str, name: &str| {
        let rows = told[list].as_array().unwrap();
        rows.iter().find(|row| row[key] == name).unwrap_or_else(|| panic!("{name}: {told}")).clone()
    };
    let scim = row("scopes", "name", "scim");
    assert_eq!((&scim["classic_scope"], &scim["granular_scope"]), (&json!("scim2"), &json!("scim2:admin")));
    assert_eq!(row("events", "type", "meeting.ended")["label"], "End Meeting");
    assert_eq!(row("events", "type", "recording.batch_deleted")["is_optional"], true);
    let told = read(&program.get(&format!("{guide}?use=inventory&kind=general")).await);
    assert_eq!((&told["uses"], &told["events"]), (&json!(["inventory"]), &json!([])));
    assert_eq!(told["redirect_url"], json!(format!("{HTTPS}/zoom/authorized")));
    let told = problem(&program.get(&format!("{guide}?use=flying")).await, 400, "bad_request");
    assert_eq!(told["errors"][0]["parameter"], "use");
    // Of a link, what it is used for.
    let input = Save { capabilities: vec!["events".to_owned()], ..set.input(ZoomKind::General) };
    set.save(input).await.unwrap();
    let told = read(&program.get(guide).await);
    assert_eq!((&told["uses"], &told["kind"]), (&json!(["events"]), &json!("general")));
}

#[tokio::test]
async fn whoever_links_by_the_guide_copies_and_saves_and_sees_how_it_stands() {
    let mut set = Set::new().await;
    let none = set.owner.get(PAGE).await;
    assert!(none.body.contains("This account is not linked to Zoom yet."), "{}", none.body);
    let choose = set.owner.get(&format!("{PAGE}/link")).await;
    assert!(!choose.body.contains("App Credentials"), "first what it is for");
    let steps = set.owner.get(&format!("{PAGE}/link?kind=general&provisioning=on")).await;
    for told in
        [format!("{HTTPS}/zoom/authorized"), "scim2:admin".to_owned(), "Gatepost Lincoln Unified".to_owned()]
    {
        assert!(steps.body.contains(&told), "{told}: {}", steps.body);
    }
    assert!(
        !steps.body.contains("meeting.started") && !steps.body.contains("Secret Token"),
        "no events wanted"
    );
    assert!(steps.body.contains("Business or Education plan"), "{}", steps.body);
    // A General app has another page than a Server-to-Server one.
    let steps = set.owner.get(&format!("{PAGE}/link?kind=general&events=on")).await;
    assert!(steps.body.contains("Features &#62; Access &#62; Token"), "{}", steps.body);
    assert!(!steps.body.contains("Business or Education plan"), "nobody is made there");
    let steps = set.owner.get(&format!("{PAGE}/link?kind=server_to_server&events=on")).await;
    assert!(!steps.body.contains("Features &#62; Access"), "{}", steps.body);
    // Zoom's list shows words and no names.
    for told in [
        format!("{HTTPS}/zoom/lincoln/webhook"),
        "meeting.participant_jbh_waiting".to_owned(),
        "Participant joined before host".to_owned(),
        "recording.batch_deleted".to_owned(),
    ] {
        assert!(steps.body.contains(&told), "{told}");
    }
    // A link of an operator's making, which the owner changes in part.
    set.save(set.input(ZoomKind::ServerToServer)).await.unwrap();
    let page = set.owner.get(&format!("{PAGE}/link")).await;
    let (token, app) = (token_of(&page), set.stand_in.settings().clone());
    let form = [
        ("token", token.as_str()),
        ("version", "1"),
        ("kind", "server_to_server"),
        ("inventory", "on"),
        ("cloud", "custom"),
        ("account_id", app.account_id.as_str()),
        ("client_id", app.client_id.as_str()),
        ("client_secret", ""),
    ];
    let saved = set.owner.post(&format!("{PAGE}/link"), &form, From::ThisSite).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let page = set.owner.get(PAGE).await;
    assert!(page.body.contains("The link works.") && page.body.contains("Count the users of Zoom"));
    assert!(!page.body.contains(&app.client_secret));
    let stale = set.owner.post(&format!("{PAGE}/link"), &form, From::ThisSite).await;
    assert_eq!(stale.status, 400, "{}", stale.body);
    let first = set.owner.get("/console/at/lincoln").await;
    assert!(first.body.contains("Server-to-Server OAuth app of your own"), "{}", first.body);
    assert_eq!(jobs::round(set.gateway()).await.0.iter().filter(|name| **name == "zoom_checks").count(), 1);
}

#[tokio::test]
async fn credentials_that_zoom_refuses_take_the_place_of_ones_that_work_for_whoever_says_so_twice() {
    const WRONG: &str = "not-the-secret-0003";
    const STAYS: &str = "link stays as it was, since it works";
    let mut set = Set::linked(ZoomKind::ServerToServer).await;
    assert_eq!(kind(&set.test().await.unwrap()), "good");
    let token = token_of(&set.owner.get(&format!("{PAGE}/link")).await);
    let app = set.stand_in.settings().clone();
    let entered = |version: &'static str, more: &[(&'static str, &'static str)]| {
        let mut form = vec![
            ("token", token.clone()),
            ("version", version.to_owned()),
            ("kind", "server_to_server".to_owned()),
            ("inventory", "on".to_owned()),
            ("cloud", "custom".to_owned()),
            ("account_id", app.account_id.clone()),
            ("client_id", app.client_id.clone()),
            ("client_secret", WRONG.to_owned()),
        ];
        form.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        form
    };
    let mut owner = set.owner.clone();
    let mut post = async |form: Vec<(&'static str, String)>| {
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        owner.post(&format!("{PAGE}/link"), &form, From::ThisSite).await
    };
    let first = set.link().await;
    let refused = post(entered("1", &[])).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    for told in [STAYS, "does not know this client id", "Save all the same", &app.client_id] {
        assert!(refused.body.contains(told), "{told}: {}", refused.body);
    }
    assert!(!refused.body.contains(WRONG));
    assert_eq!(set.link().await, first);

    let mut program = program(&set.site, Some(ACCOUNT), "zoom:write").await;
    let put = ("PUT", "/api/v1/accounts/lincoln/zoom/link");
    let body = |secret: &str| {
        json!({
            "kind": "server_to_server", "cloud": "custom", "capabilities": ["inventory"], "client_secret": secret,
            "is_tested_first": true,
        })
    };
    let refused = ask(&mut program, put, &[("if-match", "\"1\"")], Some(&body(WRONG))).await;
    let told = problem(&refused, 422, "invalid");
    assert!(told["detail"].as_str().unwrap().contains(STAYS), "{told}");
    // What Zoom cannot say now stands in nobody's way.
    set.fault(Faults { token: Some(TokenFault::Down), ..Faults::default() });
    let saved = ask(&mut program, put, &[("if-match", "\"1\"")], Some(&body(WRONG))).await;
    assert_eq!(saved.status, 200, "{}", saved.body);
    set.fault(Faults::default());
    set.save(set.input(ZoomKind::ServerToServer)).await.unwrap();
    assert_eq!(kind(&set.test().await.unwrap()), "good");

    let saved = post(entered("3", &[("anyway", "on")])).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let link = set.link().await;
    assert_eq!((link.version, link.check), (4, ZoomCheckState::Failing));
    // What does not work is replaced without a question.
    assert_eq!(post(entered("4", &[])).await.status, 303);
}

#[tokio::test]
async fn of_an_app_that_somebody_authorised_it_shows_before_that_zoom_does_not_know_it() {
    let set = Set::linked(ZoomKind::General).await;
    set.authorised(&mut set.owner.clone(), PAGE).await;
    let refusal = async |input: Save| {
        let refused = check::refusal(set.gateway(), &set.ctx(), &input).await.unwrap();
        refused.map(|sentence| EN.sentence(&sentence))
    };
    let asked = set.count("POST oauth/token");
    assert_eq!(refusal(set.input(ZoomKind::General)).await, None);
    assert_eq!(set.count("POST oauth/token"), asked, "nothing else was entered");
    let wrong = Some("not-the-secret-0003".into());
    let told = refusal(Save { client_secret: wrong, ..set.input(ZoomKind::General) }).await.unwrap();
    assert!(told.contains("does not know this client id"), "{told}");
    assert_eq!(refusal(set.input(ZoomKind::ServerToServer)).await, None, "it would work");
    // The tokens that are held are used up by none of it.
    set.site.clock.advance(HOUR);
    assert_eq!(kind(&set.test().await.unwrap()), "good");
}

#[tokio::test]
async fn addresses_of_ones_own_are_for_operators() {
    let set = Set::new().await;
    let page = set.owner.clone().get(&format!("{PAGE}/link?kind=server_to_server&events=on")).await;
    assert!(!page.body.contains("web_base") && page.body.contains("Save and test"), "{}", page.body);
    let mut owner = set.owner.clone();
    let token = token_of(&page);
    let form = [
        ("token", token.as_str()),
        ("version", "0"),
        ("kind", "server_to_server"),
        ("events", "on"),
        ("cloud", "custom"),
        ("web_base", set.base.as_str()),
        ("api_base", set.base.as_str()),
        ("account_id", "A1"),
        ("client_id", "C1"),
        ("client_secret", "secret-secret-secret"),
    ];
    let refused = owner.post(&format!("{PAGE}/link"), &form, From::ThisSite).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert_eq!(set.site.count("SELECT COUNT(*) FROM zoom_links").await, 0);
    assert_eq!(set.count("POST oauth/token"), 0, "no secret was sent there");
}
