//! The client against a server that answers from a list.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use async_trait::async_trait;

use super::*;
use crate::base::time::ManualClock;
use crate::outbound::Options;
use crate::zoom::credentials::Secret;
use crate::zoom::oauth::{Token, TokenCause};

const NOW: Instant = Instant::from_seconds(1_800_000_000);

/// A server that gives each connection the next answer; what it was asked.
#[derive(Clone)]
struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

fn server(answers: &[&str]) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server { port: listener.local_addr().unwrap().port(), seen: Arc::default() };
    let mut answers: VecDeque<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
    let seen = Arc::clone(&server.seen);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                head.push(byte[0]);
            }
            seen.lock().unwrap().push(String::from_utf8_lossy(&head).into_owned());
            let answer = answers.pop_front().unwrap_or_else(|| "200 OK||{}".to_owned());
            reply(&mut stream, &answer);
        }
    });
    server
}

/// `status|headers by \n|body`; an empty one breaks off.
fn reply(stream: &mut TcpStream, answer: &str) {
    let mut parts = answer.splitn(3, '|');
    let (status, headers, body) = (parts.next().unwrap(), parts.next(), parts.next());
    let Some(body) = body else { return };
    let headers: String = headers.unwrap().lines().flat_map(|line| [line, "\r\n"]).collect();
    let _ = write!(stream, "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len());
}

/// Counts tokens; each is a number.
#[derive(Clone)]
struct Numbered {
    given: Arc<Mutex<u32>>,
    clock: ManualClock,
    refuses: Option<TokenCause>,
}

#[async_trait]
impl Renews for Numbered {
    async fn renew(&self) -> Result<Token, TokenCause> {
        // Others come meanwhile.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        let number = {
            let mut given = self.given.lock().unwrap();
            *given += 1;
            *given
        };
        if let Some(cause) = self.refuses.clone() {
            return Err(cause);
        }
        Ok(Token {
            access: Secret::parse(&format!("token-{number}")).unwrap(),
            expires_at: self.clock.now().plus_seconds(3600),
            scopes: Scopes::parse("scim2"),
            api_url: Some("https://api-eu.zoom.us".to_owned()),
            refresh: None,
        })
    }
}

struct Set {
    zoom: Zoom,
    server: Server,
    clock: ManualClock,
    tokens: Arc<Mutex<u32>>,
}

impl Set {
    fn asked(&self) -> usize {
        self.server.seen.lock().unwrap().len()
    }

    fn waited(&self) -> i64 {
        self.clock.now().seconds_since(NOW)
    }
}

fn set(answers: &[&str], refuses: Option<TokenCause>) -> Set {
    let server = server(answers);
    let clock = ManualClock::new(NOW);
    let base = format!("http://127.0.0.1:{}", server.port);
    let settings = Settings {
        bases: Bases::custom(&base, &base).unwrap(),
        clock: Clock::Manual(clock.clone()),
        rng: Rng::seeded(1),
        longest_wait: 120,
    };
    let options = Options { allows_private: true, allows_http: true, ..Options::default() };
    let renews = Numbered { given: Arc::default(), clock: clock.clone(), refuses };
    let tokens = Arc::clone(&renews.given);
    let zoom = Zoom::new(Client::new(options).unwrap(), settings, Box::new(renews));
    Set { zoom, server, clock, tokens }
}

const LIST: Call<'_> = Call::get("/v2/users?page_size=300", Label::Medium);

async fn kind(set: &Set, call: Call<'_>) -> &'static str {
    set.zoom.call(call).await.map_or_else(|error| error.kind(), |_| "done")
}

const CREATE: Call<'_> = Call::send(Verb::Post, "/scim2/Users", Label::Scim, &Value::Null);

#[tokio::test]
async fn a_call_carries_its_token_and_says_what_it_speaks() {
    let set = set(&[], None);
    assert_eq!(set.zoom.json(LIST).await, Ok(serde_json::json!({})));
    assert_eq!(kind(&set, CREATE).await, "done");
    let seen = set.server.seen.lock().unwrap().join("\n").to_lowercase();
    assert!(seen.contains("get /v2/users?page_size=300 http/1.1"), "{seen}");
    assert!(seen.contains("authorization: bearer token-1\r\n"), "{seen}");
    assert!(
        seen.contains("accept: application/json") && seen.contains("content-type: application/scim+json")
    );
    assert_eq!(*set.tokens.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let refused = r#"401 No||{"code":124,"message":"Invalid access token."}"#;
    let one = set(&[refused], None);
    assert_eq!(kind(&one, LIST).await, "done");
    assert_eq!((one.asked(), *one.tokens.lock().unwrap()), (2, 2));
    assert!(one.server.seen.lock().unwrap()[1].contains("token-2"));
    let two = set(&[refused, refused], None);
    assert_eq!(kind(&two, LIST).await, "token_refused");
    assert_eq!(two.asked(), 2);
}

#[tokio::test]
async fn many_callers_fetch_one_token_and_replace_it_ahead_of_its_end() {
    let set = set(&[], None);
    let calls = (0..20).map(|_| {
        let zoom = set.zoom.clone();
        tokio::spawn(async move { zoom.scopes().await.map(|scopes| scopes.has("scim2")) })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap(), Ok(true));
    }
    assert_eq!(*set.tokens.lock().unwrap(), 1);
    set.clock.set(NOW.plus_seconds(3600 - 301));
    set.zoom.scopes().await.unwrap();
    assert_eq!(*set.tokens.lock().unwrap(), 1);
    set.clock.set(NOW.plus_seconds(3600 - 299));
    set.zoom.scopes().await.unwrap();
    assert_eq!(*set.tokens.lock().unwrap(), 2);
}

#[tokio::test]
async fn without_a_token_nothing_is_called_and_nobody_hammers() {
    let set = set(&[], Some(TokenCause::WrongClient));
    for _ in 0..10 {
        assert_eq!(kind(&set, LIST).await, "wrong_client");
    }
    assert_eq!((set.asked(), *set.tokens.lock().unwrap()), (0, 1));
    set.clock.advance(6);
    assert_eq!(kind(&set, LIST).await, "wrong_client");
    assert_eq!(*set.tokens.lock().unwrap(), 2);
}

#[tokio::test]
async fn rate_limits_are_waited_for_in_each_form() {
    for (answer, at_least) in [
        ("429 Slow|X-RateLimit-Type: QPS\nX-RateLimit-Reset: 1800000005|{}", 5),
        ("429 Slow|Retry-After: 7|{}", 7),
        ("429 Slow|Retry-After: Fri, 15 Jan 2027 08:00:20 GMT|{}", 20),
        ("429 Slow|Retry-After: 2027-01-15T08:00:30Z|{}", 30),
        ("429 Slow||{}", 0),
    ] {
        let set = set(&[answer], None);
        assert_eq!(kind(&set, LIST).await, "done", "{answer}");
        assert_eq!(set.asked(), 2);
        assert!((at_least..at_least + 3).contains(&set.waited()), "{answer}: {}", set.waited());
    }
}

#[tokio::test]
async fn nobody_waits_for_tomorrow() {
    let daily = r#"429 Slow|X-RateLimit-Type: Daily-limit
Retry-After: 2027-01-16T00:00:00Z|{"code":429,"message":"You have reached the daily limit."}"#;
    let set = set(&[daily], None);
    let until = Some(Instant::from_seconds(1_800_057_600));
    let error = set.zoom.call(LIST).await.err();
    assert_eq!(error, Some(ApiError::Limited { kind: LimitKind::Daily, until }));
    // Nor does the next call ask; it is told the same end.
    let error = set.zoom.call(LIST).await.err();
    assert_eq!(error, Some(ApiError::Limited { kind: LimitKind::Rate, until }));
    assert_eq!((set.asked(), set.waited()), (1, 0));
}

#[tokio::test]
async fn a_days_reports_hold_no_people_up() {
    let daily = r#"429 Slow|X-RateLimit-Category: Heavy
X-RateLimit-Type: Daily-limit
Retry-After: 2027-01-16T00:00:00Z|{"code":429,"message":"You have reached the daily limit."}"#;
    let set = set(&[daily], None);
    let report = Call { label: Label::Heavy, ..LIST };
    assert_eq!(kind(&set, report).await, "limited");
    assert_eq!(kind(&set, report).await, "limited");
    assert_eq!(set.asked(), 1, "it is not asked again today");
    assert_eq!(kind(&set, Call { label: Label::Scim, ..LIST }).await, "done");
    assert_eq!((set.asked(), kind(&set, LIST).await), (2, "done"));
}

#[tokio::test]
async fn a_busy_user_is_no_storm() {
    let busy = r#"429 Slow||{"code":429,"message":"Too many concurrent requests. A request is under way."}"#;
    let two = set(&[busy, busy], None);
    assert_eq!(kind(&two, Call { verb: Verb::Delete, ..LIST }).await, "done");
    let three = set(&[busy, busy, busy], None);
    assert_eq!(kind(&three, Call { verb: Verb::Delete, ..LIST }).await, "limited");
    assert_eq!(three.asked(), 3);
    assert!(three.waited() < 6, "{}", three.waited());
}

#[tokio::test]
async fn faults_pass_but_a_creation_is_never_repeated_blindly() {
    let fault = "503 Down||<html>";
    let passes = set(&[fault, "", "502 Bad|Retry-After: 9|", fault], None);
    assert_eq!(kind(&passes, LIST).await, "done");
    assert_eq!(passes.asked(), 5);
    assert!(passes.waited() >= 9);
    // Zoom's name for the request is what its support asks for.
    let named = "503 Down|x-zm-trackingid: v=2;rid=1|<html>";
    let tracking = Some("v=2;rid=1".to_owned());
    let stays = set(&[named; 9], None);
    let stayed = ApiError::Fault { status: 503, tracking: tracking.clone() };
    assert_eq!(stays.zoom.call(LIST).await.err(), Some(stayed));
    assert_eq!(stays.asked(), 5);
    let lost = set(&[named], None).zoom.call(CREATE).await.err();
    assert_eq!(lost, Some(ApiError::Unknown { tracking }));
    for unknown in [fault, ""] {
        let set = set(&[unknown], None);
        assert_eq!(kind(&set, CREATE).await, "unknown");
        assert_eq!(set.asked(), 1);
    }
    // A limit says that nothing was done.
    let limited = set(&["429 Slow|Retry-After: 1|{}"], None);
    assert_eq!(kind(&limited, CREATE).await, "done");
}

#[tokio::test]
async fn what_never_connects_is_tried_again_and_then_told() {
    let set = set(&[], None);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let base = format!("http://127.0.0.1:{closed}");
    let settings =
        Settings { bases: Bases::custom(&base, &base).unwrap(), ..set.zoom.inner.settings.clone() };
    let renews = Numbered { given: Arc::default(), clock: set.clock.clone(), refuses: None };
    let zoom = Zoom::new(set.zoom.inner.client.clone(), settings, Box::new(renews));
    assert_eq!(zoom.call(CREATE).await.err().map(|error| error.kind()), Some("unreachable"));
    assert!(set.waited() > 2);
}

#[tokio::test]
async fn refusals_are_told_at_once() {
    let set = set(&[r#"404 No|x-zm-trackingid: t|{"code":1001,"message":"User does not exist: x."}"#], None);
    assert_eq!(set.zoom.call(LIST).await.err(), Some(ApiError::NotFound));
    assert_eq!(set.asked(), 1);
    assert_eq!(
        format!("{:?}", set.zoom),
        format!("Zoom {{ bases: {:?}, .. }}", set.zoom.inner.settings.bases)
    );
}
