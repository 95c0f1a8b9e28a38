//! What a process takes on, over real connections: slow requests, too many at the same time, names that are not its own.

use std::net::SocketAddr;
use std::time::Duration;

use gatepost::http::gate::Bounds;
use gatepost::{app, http};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::site::{ACCOUNT, Site};

/// What is long over by the time that anybody looks, and what no test waits for.
const SHORT: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_mins(5);

async fn served(site: &Site, bounds: Bounds, head_patience: Duration) -> SocketAddr {
    let router = http::router(site.gateway.clone(), http::Options { bounds, ..http::Options::default() });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(app::serve_patiently(listener, router, head_patience, std::future::pending()));
    address
}

/// Sends that and nothing more; everything that comes back until the server closes.
async fn exchange(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    // A server that closes on what it has not read may reset the connection behind its answer.
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

async fn get(address: SocketAddr, path: &str) -> String {
    exchange(address, &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).await
}

fn post(declared: usize, body: &str) -> String {
    let accepted = "Accept: application/json";
    let kind = "Content-Type: application/x-www-form-urlencoded";
    format!(
        "POST /signin HTTP/1.1\r\nHost: localhost\r\n{accepted}\r\n{kind}\r\nContent-Length: {declared}\r\n\r\n{body}"
    )
}

fn status(answer: &str) -> Option<&str> {
    answer.strip_prefix("HTTP/1.1 ")?.get(..3)
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let site = Site::https().await;
    let hasty = served(&site, Bounds { body_patience: SHORT, ..Bounds::default() }, LONG).await;
    let answer = exchange(hasty, &post(400, "who=linc")).await;
    assert_eq!(status(&answer), Some("408"), "{answer}");
    let lower = answer.to_lowercase();
    assert!(
        lower.contains("connection: close") && answer.contains(r#""code":"request_timeout""#),
        "{answer}"
    );
    // One that comes in parts is read to its end.
    let patient = served(&site, Bounds { body_patience: LONG, ..Bounds::default() }, LONG).await;
    let mut stream = TcpStream::connect(patient).await.unwrap();
    stream
        .write_all(post(11, "who=").replacen("\r\n", "\r\nConnection: close\r\n", 1).as_bytes())
        .await
        .unwrap();
    stream.flush().await.unwrap();
    tokio::time::sleep(2 * SHORT).await;
    stream.write_all(b"lincoln").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(status(&answer) == Some("303") && answer.contains("/signin/lincoln"), "{answer}");
}

#[tokio::test]
async fn a_head_that_does_not_come_is_not_waited_for() {
    let site = Site::https().await;
    let hasty = served(&site, Bounds::default(), SHORT).await;
    for begun in ["", "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "] {
        assert_eq!(exchange(hasty, begun).await, "", "closed without a word");
    }
    assert_eq!(status(&get(hasty, "/").await), Some("200"), "others are served");
}

/// Takes every connection to the database that there is for reading, until it is dropped.
async fn hold_readers(site: &Site) -> Vec<gatepost::storage::Tx> {
    let mut held = Vec::new();
    while let Ok(tx) = tokio::time::timeout(4 * SHORT, site.storage.read()).await {
        held.push(tx.unwrap());
    }
    held
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_beyond_the_last_place_is_asked_to_come_again() {
    let site = Site::https().await;
    let address = served(&site, Bounds { places: 1, ..Bounds::default() }, LONG).await;
    let page = get(address, "/").await;
    let asset = format!("/assets/{}", page.split("/assets/").nth(1).unwrap().split('"').next().unwrap());
    let held = hold_readers(&site).await;
    let first = || tokio::spawn(async move { get(address, &format!("/signin/{ACCOUNT}")).await });
    let mut waiting = first();
    let mut beyond = get(address, &asset).await;
    while status(&beyond) != Some("503") {
        assert_eq!(status(&beyond), Some("200"), "the first one is not there yet");
        // Whoever looks takes the place for that moment, and may have sent the first one away.
        if waiting.is_finished() {
            assert_eq!(status(&waiting.await.unwrap()), Some("503"));
            waiting = first();
        }
        beyond = get(address, &asset).await;
    }
    assert!(beyond.to_lowercase().contains("retry-after: 5"), "{beyond}");
    assert_eq!(
        status(&get(address, "/health/live").await),
        Some("200"),
        "whoever asks after it takes no place"
    );
    drop(held);
    assert_eq!(status(&waiting.await.unwrap()), Some("200"), "the one that had the place");
    assert_eq!(status(&get(address, &asset).await), Some("200"), "and it is free again");
}

/// From one address, which may have half of the room as long as nobody else is there.
#[tokio::test]
async fn bodies_beyond_the_room_for_them_are_asked_to_come_again() {
    let site = Site::https().await;
    let bounds = Bounds { body_bytes: 20_000, body_patience: LONG, ..Bounds::default() };
    let address = served(&site, bounds, LONG).await;
    let form = format!("who=lincoln&rest={}", "x".repeat(6000));
    let whole = post(form.len(), &form).replacen("\r\n", "\r\nConnection: close\r\n", 1);
    assert_eq!(status(&exchange(address, &whole).await), Some("303"), "one has room");
    // One whose body does not end holds what it has sent.
    let send_part = async || {
        let mut begun = TcpStream::connect(address).await.unwrap();
        begun.write_all(post(form.len() + 1, &form).as_bytes()).await.unwrap();
        begun
    };
    let mut begun = send_part().await;
    let mut beyond = exchange(address, &whole).await;
    while status(&beyond) != Some("503") {
        assert_eq!(status(&beyond), Some("303"), "the first one is not there yet: {beyond}");
        // Whoever looks takes room for that moment, and may have sent the first one away.
        let mut answer = [0; 12];
        if begun.try_read(&mut answer).is_ok() {
            assert_eq!(&answer, b"HTTP/1.1 503");
            begun = send_part().await;
        }
        beyond = exchange(address, &whole).await;
    }
    assert!(beyond.to_lowercase().contains("retry-after: 5"), "{beyond}");
    assert_eq!(status(&get(address, "/").await), Some("200"), "whoever brings nothing needs no room");
    drop(begun);
    let mut after = exchange(address, &whole).await;
    while status(&after) == Some("503") {
        after = exchange(address, &whole).await;
    }
    assert_eq!(status(&after), Some("303"), "it is free again: {after}");
}

#[tokio::test]
async fn a_head_may_weigh_so_much() {
    let site = Site::https().await;
    let address = served(&site, Bounds::default(), LONG).await;
    let answer = get(address, &format!("/?x={}", "x".repeat(200_000))).await;
    assert!(matches!(status(&answer), Some("414" | "431")), "{answer}");
    assert_eq!(status(&get(address, &format!("/?x={}", "x".repeat(30_000))).await), Some("200"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_does_not_come_is_given_up() {
    let site = Site::https().await;
    let address = served(&site, Bounds { answer_patience: SHORT, ..Bounds::default() }, LONG).await;
    let held = hold_readers(&site).await;
    let answer = get(address, &format!("/signin/{ACCOUNT}")).await;
    assert!(status(&answer) == Some("503") && answer.to_lowercase().contains("retry-after: 5"), "{answer}");
    drop(held);
}

#[tokio::test]
async fn what_runs_for_this_machine_is_asked_by_its_names_only() {
    let asked = async |site: &Site, host: &str, path: &str| {
        let address = served(site, Bounds::default(), LONG).await;
        exchange(address, &format!("GET {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n")).await
    };
    let site = Site::at(crate::site::LOOPBACK).await;
    for host in ["Host: localhost:8400\r\n", "Host: 127.0.0.1:8400\r\n", "Host: [::1]:1\r\n"] {
        assert_eq!(status(&asked(&site, host, "/").await), Some("200"), "{host}");
    }
    for host in [
        "",
        "Host: attacker.example\r\n",
        "Host: attacker.example:8400\r\n",
        "Host: localhost\r\nHost: x\r\n",
    ] {
        let answer = asked(&site, host, "/").await;
        assert_ne!(status(&answer), Some("200"), "{host}");
        assert!(!answer.to_lowercase().contains("set-cookie"), "{answer}");
    }
    let rebound = asked(&site, "Host: attacker.example\r\n", "/").await;
    assert!(status(&rebound) == Some("421") && rebound.contains("http.public_url"), "{rebound}");
    assert_eq!(status(&asked(&site, "", "/health/live").await), Some("200"), "probes have no name for it");
    // Behind https the certificate keeps other names away, and a proxy may use whichever it likes.
    let site = Site::https().await;
    assert_eq!(status(&asked(&site, "Host: gatepost-7f9c\r\n", "/").await), Some("200"));
}
