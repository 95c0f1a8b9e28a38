//! What is refused or not kept: how it is answered and counted, and that nothing of it stays.

use super::*;

#[tokio::test]
async fn what_is_refused_is_counted_by_reason_and_nothing_of_it_is_kept() {
    let site = linked().await;
    let body = event(&site, "meeting.started", 1);
    let signed = |body: &str, at: Instant| {
        let timestamp = at.seconds().to_string();
        let signature = sign(&timestamp, body.as_bytes(), &SecretToken::new(SECRET).unwrap()).unwrap();
        (timestamp, signature)
    };
    let bare = post_raw(&site, WAY, &[], body.as_str()).await;
    assert_eq!((bare.status.as_u16(), code(&bare).as_str()), (401, "zoom_unsigned"));
    let (timestamp, signature) = signed(&body, site.clock.now());
    let twice = [
        ("x-zm-request-timestamp", timestamp.as_str()),
        ("x-zm-signature", signature.as_str()),
        ("x-zm-signature", signature.as_str()),
    ];
    assert_eq!(post_raw(&site, WAY, &twice, body.as_str()).await.status, 401, "twice is not once");
    let wrong = deliver(&site, WAY, &body, "not-the-secret-token").await;
    assert_eq!((wrong.status.as_u16(), code(&wrong).as_str()), (401, "zoom_unsigned"));
    for seconds in [-301, 301] {
        let (timestamp, signature) = signed(&body, site.clock.now().plus_seconds(seconds));
        let headers =
            [("x-zm-request-timestamp", timestamp.as_str()), ("x-zm-signature", signature.as_str())];
        let stale = post_raw(&site, WAY, &headers, body.as_str()).await;
        assert_eq!((stale.status.as_u16(), code(&stale).as_str()), (401, "zoom_stale"));
    }
    let elsewhere = hook::event("meeting.started", "SomebodyElse1", 1, site.clock.now()).to_string();
    let another = deliver(&site, WAY, &elsewhere, SECRET).await;
    assert_eq!((another.status.as_u16(), code(&another).as_str()), (403, "zoom_another_account"));
    for none in
        ["", "{}", "[]", "null", "{\"event\":\"x\"", "\u{0}", r#"{"event":"Meeting Started","payload":{}}"#]
    {
        let answer = deliver(&site, WAY, none, SECRET).await;
        assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (400, "zoom_no_event"), "{none:?}");
    }
    // Larger than any event, but read; and so large that it is not.
    let huge = format!("{}{}", body, " ".repeat(gatepost::flow::zoom::event::MAX_BODY));
    let answer = deliver(&site, WAY, &huge, SECRET).await;
    assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (413, "too_large"));
    let by_id = "/zoom/notifications?account_id=district%2F7";
    let answer = post_raw(&site, by_id, &[("content-length", "2097152")], "x").await;
    assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (413, "too_large"));
    assert_eq!(answer.header("connection"), Some("close"));
    let answer = post_raw(&site, WAY, &[], "x".repeat(2 << 20)).await;
    assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (413, "too_large"));

    let told = refused(&site, ACCOUNT).await;
    let expected = [
        ("another_account", 1),
        ("event_name", 1),
        ("malformed", 6),
        ("signature_missing", 2),
        ("signature_wrong", 1),
        ("timestamp_stale", 2),
        ("too_large", 3),
    ];
    let expected: BTreeMap<String, i64> =
        expected.into_iter().map(|(reason, count)| (reason.to_owned(), count)).collect();
    assert_eq!(told, expected);
    assert_eq!(stored(&site).await, 0);
    assert_eq!(site.count("SELECT COUNT(*) FROM zoom_event_counts").await, 0);
    // What cannot be written down now stays counted.
    assert_eq!(refused(&site, ACCOUNT).await, told, "written once");
}

#[tokio::test]
async fn an_account_that_is_not_there_is_refused_like_a_wrong_signature() {
    let site = linked().await;
    site.make_account("unlinked", "Unlinked").await;
    let body = event(&site, "meeting.started", 1);
    let wrong = deliver(&site, WAY, &body, "not-the-secret-token").await;
    let bare = |answer: &Answer| {
        let mut body: Value = serde_json::from_str(&answer.body).unwrap();
        body["reference"] = Value::Null;
        let mut headers: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
        headers.sort();
        (answer.status, body, headers)
    };
    for way in [
        "/zoom/nobody/webhook",
        "/zoom/unlinked/webhook",
        "/zoom/LINCOLN/webhook",
        "/zoom/notifications",
        "/zoom/notifications?account_id=",
        "/zoom/notifications?account_id=nobody",
        "/zoom/notifications?account_id=lincoln",
        "/zoom/webhook",
    ] {
        // Signed by a secret that is good elsewhere, or by none.
        for secret in [SECRET, "not-the-secret-token"] {
            assert_eq!(bare(&deliver(&site, way, &body, secret).await), bare(&wrong), "{way}");
        }
    }
    // A deleted account is not there either.
    account::delete(&site.gateway, &ctx(&site), &slug(ACCOUNT)).await.unwrap();
    assert_eq!(bare(&deliver(&site, WAY, &body, SECRET).await), bare(&wrong));
    assert_eq!(stored(&site).await, 0);
}

/// What takes the place of a secret where there is none stands in the source, for everybody to read.
#[tokio::test]
async fn a_link_without_a_secret_token_takes_nothing_from_anybody() {
    const NOBODYS: &str = "no-delivery-was-ever-signed-with-this";
    let site = linked().await;
    site.make_account("tokenless", "Tokenless").await;
    link_to(&site, "tokenless", "TOKENLESS1", "").await;
    let wrong = deliver(&site, WAY, &event(&site, "meeting.started", 1), "not-the-secret-token").await;
    let own = event(&site, "meeting.started", 2).replace(ZOOM_ACCOUNT, "TOKENLESS1");
    let gone = json!({
        "event": "app_deauthorized", "event_ts": TIMESTAMP * 1000, "payload": {
            "account_id": "TOKENLESS1", "user_id": "u", "client_id": "Client_1",
            "deauthorization_time": "2025-02-19T00:00:00Z", "signature": "x"}
    });
    let others = event(&site, "meeting.started", 3);
    for body in [own.as_str(), &others, VALIDATION, &gone.to_string(), "{}"] {
        for way in ["/zoom/tokenless/webhook", "/zoom/nobody/webhook", "/zoom/webhook"] {
            let answer = deliver(&site, way, body, NOBODYS).await;
            assert_eq!((answer.status, code(&answer)), (wrong.status, code(&wrong)), "{way} {body}");
        }
    }
    assert_eq!(stored(&site).await, 0);
    let link = link::show(&site.gateway, &ctx(&site), &slug("tokenless")).await.unwrap().link.unwrap();
    assert_eq!((link.validated_at, link.last_event_at), (None, None));
}

#[tokio::test]
async fn a_link_that_is_not_used_for_events_keeps_none_and_says_so() {
    let site = linked().await;
    let uses = async |name: &str| {
        let input = Save {
            account: slug(ACCOUNT),
            kind: ZoomKind::ServerToServer,
            cloud: ZoomCloud::Commercial,
            bases: None,
            capabilities: vec![name.to_owned()],
            client_id: None,
            client_secret: None,
            zoom_account: None,
            secret_token: None,
        };
        link::save(&site.gateway, &ctx(&site), input, |_| true).await.unwrap();
    };
    uses("inventory").await;
    let taken = deliver(&site, WAY, &event(&site, "meeting.started", 1), SECRET).await;
    assert_eq!((taken.status.as_u16(), taken.body.as_str()), (204, ""), "Zoom need not send it again");
    assert_eq!(deliver(&site, WAY, VALIDATION, SECRET).await.status, 200);
    assert_eq!(stored(&site).await, 0);
    assert_eq!(refused(&site, ACCOUNT).await, BTreeMap::from([("not_used".to_owned(), 1)]));
    // Whoever begins to use it hears at once.
    uses("events").await;
    assert_eq!(deliver(&site, WAY, &event(&site, "meeting.started", 2), SECRET).await.status, 204);
    assert_eq!(stored(&site).await, 1);
}

#[tokio::test]
async fn an_address_that_much_was_refused_from_is_told_to_wait_and_what_is_signed_is_taken() {
    let site = linked().await;
    let mut zoom = site.browser();
    zoom.address = Some("203.0.113.9");
    let post = async |zoom: &mut crate::browser::Browser, way: &str, number: u32, secret: &str| {
        let body = event(&site, "meeting.started", number);
        let timestamp = site.clock.now().seconds().to_string();
        let signature = sign(&timestamp, body.as_bytes(), &SecretToken::new(secret).unwrap()).unwrap();
        let request = Request::post(way)
            .header("x-zm-request-timestamp", timestamp)
            .header("x-zm-signature", signature);
        zoom.send(request, From::AnotherSite, body).await
    };
    for number in 0..300 {
        let way = if number % 2 == 0 { WAY } else { "/zoom/nobody/webhook" };
        assert_eq!(post(&mut zoom, way, number, "not-the-secret-token").await.status, 401, "{number}");
    }
    for way in [WAY, "/zoom/nobody/webhook", "/zoom/webhook"] {
        let over = post(&mut zoom, way, 300, "not-the-secret-token").await;
        assert_eq!((over.status.as_u16(), code(&over).as_str()), (429, "too_many"), "{way}");
        assert_eq!(over.header("retry-after"), Some("1"));
    }
    // Zoom sends for everybody from the same addresses.
    assert_eq!(post(&mut zoom, WAY, 301, SECRET).await.status, 204);
    assert_eq!(stored(&site).await, 1);
    let mut other = site.browser();
    other.address = Some("203.0.113.10");
    assert_eq!(post(&mut other, WAY, 302, "not-the-secret-token").await.status, 401);
}
