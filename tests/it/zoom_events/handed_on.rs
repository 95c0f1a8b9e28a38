//! What Zoom told, handed on to the programs of the platform: once, as it was said, to those who asked for it.

use super::*;
use gatepost::base::Ctx;

/// The heads of a request, and its body.
type Got = (BTreeMap<String, String>, Vec<u8>);

/// The platform's program.
#[derive(Clone, Default)]
struct Platform(Arc<Mutex<Vec<Got>>>);

impl Platform {
    async fn listen(&self) -> String {
        async fn take(State(platform): State<Platform>, headers: HeaderMap, body: Bytes) {
            let headers = headers
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect();
            platform.0.lock().unwrap().push((headers, body.to_vec()));
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/hook", post(take)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}/hook")
    }

    /// What came, each once held against its signature.
    fn take(&self, secret: &SecretString) -> Vec<(String, Value)> {
        let got = std::mem::take(&mut *self.0.lock().unwrap());
        let read = |(headers, body): Got| {
            let at = Instant::from_seconds(headers["webhook-timestamp"].parse().unwrap());
            let expected = message::signatures([secret], (&headers["webhook-id"], at), &body);
            assert_eq!(headers["webhook-signature"], expected);
            (headers["webhook-id"].clone(), serde_json::from_slice(&body).unwrap())
        };
        got.into_iter().map(read).collect()
    }
}

async fn endpoint(site: &Site, url: &str, types: &str) -> (gatepost::base::id::WebhookId, SecretString) {
    let input = webhook::Create {
        account: slug(ACCOUNT),
        url: url.to_owned(),
        name: String::new(),
        types: types.parse().unwrap(),
    };
    let (made, secret) = webhook::create(&site.gateway, &ctx(site), input).await.unwrap();
    (made.id, secret)
}

async fn hand_on(site: &Site) {
    while jobs::zoom_events(&site.gateway).await {}
    while jobs::webhooks(&site.gateway).await {}
}

#[tokio::test]
async fn what_zoom_told_is_handed_on_once_as_it_was_said() {
    let mut site = linked().await;
    let platform = Platform::default();
    let url = platform.listen().await;
    let (_, secret) = endpoint(&site, &url, "zoom.*").await;
    let raw =
        BODY.replace("1626230691572", "1626230691573").replace("\"My Meeting\"", "\"Ä \\u00e4 \\\"x\\\"\"");
    assert_eq!(deliver(&site, WAY, &raw, SECRET).await.status, 204);
    assert!(platform.take(&secret).is_empty(), "worked on after it was answered");
    // The process ends before that; the next one goes on.
    site.reopen().await;
    let (one, other) = (site.gateway.clone(), site.beside(17).await);
    let (first, second) = tokio::join!(jobs::zoom_events(&one), jobs::zoom_events(&other));
    assert!(first || second);
    hand_on(&site).await;
    let got = platform.0.lock().unwrap()[0].1.clone();
    let got = String::from_utf8(got).unwrap();
    assert!(got.contains(&raw), "byte for byte: {got}");
    let [(_, told)] = <[_; 1]>::try_from(platform.take(&secret)).unwrap();
    let [only] = <[_; 1]>::try_from(list(&site, Filter::default()).await).unwrap();
    assert_eq!(told["type"], "zoom.meeting.started");
    assert_eq!(told["timestamp"], only.at.to_string());
    assert_eq!(told["data"]["event"], only.id.to_string());
    assert_eq!(told["data"]["zoom"]["payload"]["object"]["id"], "1234567890");
    assert_eq!(only.state.name(), "done");
    // Zoom sends it again; nobody is told again.
    site.clock.advance(200);
    assert_eq!(deliver(&site, WAY, &raw, SECRET).await.status, 204);
    hand_on(&site).await;
    assert!(platform.take(&secret).is_empty());
    assert_eq!(site.count("SELECT COUNT(*) FROM webhook_deliveries").await, 1);
    let sealed = site.hex("SELECT body_sealed FROM webhook_deliveries").await;
    assert!(!sealed.contains(&gatepost::base::encoding::hex(b"1234567890")), "sealed at rest");
}

#[tokio::test]
async fn endpoints_choose_types_and_a_suspended_account_is_told_when_it_is_open_again() {
    let site = linked().await;
    let (all, some) = (Platform::default(), Platform::default());
    let (_, secret) = endpoint(&site, &all.listen().await, "zoom.*").await;
    let (_, own) = endpoint(&site, &some.listen().await, "zoom.recording.completed user.*").await;
    for (number, name) in (0_u32..).zip(show::types().chain(["phone.of_tomorrow"])) {
        deliver(&site, WAY, &event(&site, name, number), SECRET).await;
        site.clock.advance(1);
    }
    hand_on(&site).await;
    let mut told: Vec<_> =
        all.take(&secret).into_iter().map(|(_, body)| body["type"].as_str().unwrap().to_owned()).collect();
    told.sort();
    let mut kinds: Vec<_> =
        KINDS.iter().filter(|kind| kind.starts_with("zoom.")).map(ToString::to_string).collect();
    kinds.push("zoom.phone.of_tomorrow".to_owned());
    kinds.sort();
    assert_eq!(told, kinds, "each once");
    let told = some.take(&own);
    assert_eq!(told.len(), 1, "user.* is about our own people: {told:?}");
    assert_eq!(told[0].1["data"]["zoom"]["download_token"], "stand-in-download-token");

    let state = async |state| {
        account::set_state(&site.gateway, &ctx(&site), &slug(ACCOUNT), (state, "tried")).await.unwrap();
    };
    state(AccountState::Disabled).await;
    deliver(&site, WAY, &event(&site, "meeting.started", 99), SECRET).await;
    hand_on(&site).await;
    assert!(all.take(&secret).is_empty());
    state(AccountState::Active).await;
    hand_on(&site).await;
    assert_eq!(all.take(&secret).len(), 1, "nothing was lost meanwhile");
}

#[tokio::test]
async fn a_key_for_webhooks_alone_gets_nothing_of_what_zoom_told() {
    let site = linked().await;
    let platform = Platform::default();
    let url = platform.listen().await;
    let narrow = site.key("webhooks:read webhooks:write").await;
    let wide = site.key("webhooks:read webhooks:write zoom:read").await;
    let input = |types: &str| webhook::Create {
        account: slug(ACCOUNT),
        url: url.clone(),
        name: String::new(),
        types: types.parse().unwrap(),
    };
    for types in ["zoom.*", "user.* zoom.recording.completed"] {
        let made = webhook::create(&site.gateway, &narrow, input(types)).await;
        assert!(matches!(made, Err(FlowError::Denied(_))), "{types}: {made:?}");
    }
    let (own, _) = webhook::create(&site.gateway, &narrow, input("user.*")).await.unwrap();
    let (id, _) = endpoint(&site, &url, "zoom.*").await;
    let update = async |by: &Ctx, id, change: webhook::Update| {
        webhook::update(&site.gateway, by, id, change, |_| true).await
    };
    let typed = |types: &str| webhook::Update { types: Some(types.parse().unwrap()), ..Default::default() };
    let moved = || webhook::Update { url: Some(format!("{url}/mine")), ..Default::default() };
    for (id, change) in [(own.id, typed("zoom.*")), (id, moved()), (id, typed("user.*"))] {
        let changed = update(&narrow, id, change).await;
        assert!(matches!(changed, Err(FlowError::Denied(_))), "{changed:?}");
    }
    let named = webhook::Update { name: Some("Ours".to_owned()), ..Default::default() };
    update(&narrow, id, named).await.unwrap();

    deliver(&site, WAY, &event(&site, "recording.completed", 1), SECRET).await;
    hand_on(&site).await;
    let message = webhook::deliveries(&site.gateway, &narrow, id, (None, 5)).await.unwrap()[0].id;
    let of = (id, message);
    let read = webhook::delivery(&site.gateway, &narrow, of).await;
    assert!(matches!(read, Err(FlowError::Denied(_))), "{read:?}");
    let sent = webhook::resend(&site.gateway, &narrow, of).await;
    assert!(matches!(sent, Err(FlowError::Denied(_))), "{sent:?}");
    let looks = "SELECT COUNT(*) FROM events WHERE action = 'zoom_event.opened'";
    assert_eq!(site.count(looks).await, 0);
    let read = webhook::delivery(&site.gateway, &wide, of).await.unwrap();
    let [only] = <[_; 1]>::try_from(list(&site, Filter::default()).await).unwrap();
    assert!(read.body.contains(&only.id.to_string()), "{}", read.body);
    assert!(!read.body.contains("stand-in-download-token"), "{}", read.body);
    assert_eq!(site.count(looks).await, 1, "each look is an event");
    webhook::resend(&site.gateway, &wide, of).await.unwrap();
    // Told of nothing of Zoom's any more: what waits goes where it points all the same.
    update(&wide, id, typed("user.*")).await.unwrap();
    let changed = update(&narrow, id, moved()).await;
    assert!(matches!(changed, Err(FlowError::Denied(_))), "{changed:?}");
    update(&wide, id, moved()).await.unwrap();
    hand_on(&site).await;
    let back = webhook::Update { url: Some(url.clone()), ..Default::default() };
    site.execute("UPDATE webhook_deliveries SET state = 'delivered'").await;
    update(&narrow, id, back).await.unwrap();
}

/// One damaged row, or an account whose keys fail, is the first that waits for ever.
#[tokio::test]
async fn an_event_that_cannot_be_read_keeps_no_other_waiting() {
    let site = linked().await;
    let platform = Platform::default();
    let (_, secret) = endpoint(&site, &platform.listen().await, "zoom.*").await;
    site.make_account(OTHER, "Other").await;
    link_to(&site, OTHER, "OtherZoom0001", "other-secret-token-1").await;
    let input = webhook::Create {
        account: slug(OTHER),
        url: platform.listen().await,
        name: String::new(),
        types: "zoom.*".parse().unwrap(),
    };
    webhook::create(&site.gateway, &ctx(&site), input).await.unwrap();
    let theirs = hook::event("meeting.started", "OtherZoom0001", 1, site.clock.now()).to_string();
    assert_eq!(deliver(&site, "/zoom/other/webhook", &theirs, "other-secret-token-1").await.status, 204);
    let damage = format!("UPDATE zoom_events SET payload_sealed = {}", site.blob(b"damaged"));
    site.execute(&damage).await;
    site.clock.advance(1);
    assert_eq!(deliver(&site, WAY, &event(&site, "meeting.started", 2), SECRET).await.status, 204);
    hand_on(&site).await;
    let told = platform.take(&secret);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1["data"]["zoom"]["payload"]["object"]["topic"], "Lesson 2");
    assert_eq!(site.count("SELECT COUNT(*) FROM zoom_events WHERE state = 'waiting'").await, 0);
}

/// Nobody asks for it again and again meanwhile.
#[tokio::test]
async fn what_another_process_has_in_hand_is_left_to_it() {
    let site = linked().await;
    assert_eq!(deliver(&site, WAY, BODY, SECRET).await.status, 204);
    if site.folder.is_postgres() {
        let mut outside = site.folder.connect().await;
        outside.execute("BEGIN").await;
        outside.execute("SELECT id FROM zoom_events FOR UPDATE").await;
        assert!(!jobs::zoom_events(&site.gateway).await);
        outside.execute("ROLLBACK").await;
    }
    assert!(jobs::zoom_events(&site.gateway).await);
    assert!(!jobs::zoom_events(&site.gateway).await);
}
