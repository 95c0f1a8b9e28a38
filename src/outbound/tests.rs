//! The client against a server of its own on loopback, good and hostile.

use std::io::{Read, Write};
use std::net::{IpAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use openssl::ssl::{SslAcceptor, SslMethod};

use super::resolver::Lookup;
use super::*;

/// Names with fixed addresses; each is another one at every look.
struct Fixed(Vec<(&'static str, Vec<&'static str>)>, AtomicUsize);

impl Names for Fixed {
    fn look_up(&self, name: &str) -> Lookup {
        let turn = self.1.fetch_add(1, Ordering::SeqCst);
        let known = self.0.iter().find(|(known, _)| *known == name);
        let address = known.map(|(_, turns)| turns[turn.min(turns.len() - 1)].to_owned());
        Box::pin(async move {
            let addresses = address.ok_or_else(|| std::io::Error::other("unknown"))?;
            Ok(addresses.split(' ').map(|address| address.parse::<IpAddr>().unwrap()).collect())
        })
    }
}

fn client(options: Options, names: &[(&'static str, Vec<&'static str>)]) -> Client {
    Client::with_names(options, Arc::new(Fixed(names.to_vec(), AtomicUsize::new(0)))).unwrap()
}

fn open() -> Options {
    Options { allows_private: true, allows_http: true, ..Options::default() }
}

/// Answers every connection with `answer`, which gets the request's head.
fn server(answer: impl Fn(&str, &mut TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                head.push(byte[0]);
            }
            answer(&String::from_utf8_lossy(&head), &mut stream);
        }
    });
    port
}

fn reply(stream: &mut TcpStream, head: &str, body: &str) {
    let _ = write!(stream, "HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
}

async fn kind(client: &Client, url: &str) -> &'static str {
    client.fetch(url, "*/*", 1000).await.map_or_else(|error| error.kind(), |_| "fetched")
}

#[tokio::test]
async fn a_good_answer_is_read_and_we_say_who_we_are() {
    let port = server(|head, stream| reply(stream, "200 OK", head));
    let client = client(open(), &[]);
    let body = client.fetch(&format!("http://127.0.0.1:{port}/md?x=1"), "text/xml", 1000).await.unwrap();
    let head = String::from_utf8(body).unwrap();
    assert!(head.starts_with("GET /md?x=1 HTTP/1.1\r\n"), "{head}");
    let head = head.to_lowercase();
    assert!(head.contains("accept: text/xml\r\n") && head.contains("user-agent: gatepost/"), "{head}");
    assert!(!head.contains("cookie") && !head.contains("referer"), "{head}");
}

#[tokio::test]
async fn addresses_of_private_networks_are_refused_in_every_spelling() {
    let port = server(|_, stream| reply(stream, "200 OK", "secret"));
    let public_only = client(Options { allows_http: true, ..Options::default() }, &[]);
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "0.0.0.0",
        "0",
        "[fe80::1]",
        "[fd00::1]",
        "100.64.1.1",
        "224.0.0.1",
        "203.0.113.1",
        "１２７.0.0.1",
    ] {
        assert_eq!(kind(&public_only, &format!("http://{host}:{port}/")).await, "private", "{host}");
    }
    // Not even where private networks are open: nothing that anybody wants is there.
    let private_too = client(open(), &[]);
    for host in ["169.254.169.254", "168.63.129.16", "[fd00:ec2::254]", "0.0.0.0", "224.0.0.1", "[fe80::1]"] {
        assert_eq!(kind(&private_too, &format!("http://{host}:{port}/")).await, "private", "{host}");
    }
    assert_eq!(kind(&private_too, &format!("http://127.0.0.1:{port}/")).await, "fetched");
}

#[tokio::test]
async fn the_settings_that_would_have_to_be_on_are_named() {
    let names = [
        ("stand-in.example", vec!["127.0.0.1"]),
        ("zoom.example", vec!["93.184.216.34"]),
        ("metadata.example", vec!["169.254.169.254"]),
    ];
    let (http, private) = ("outbound.allow_http", "outbound.allow_private");
    let strict = client(Options::default(), &names);
    for (url, wanted) in [
        ("http://127.0.0.1:8402", vec![http, private]),
        ("https://[::1]", vec![private]),
        ("https://stand-in.example", vec![private]),
        ("http://zoom.example", vec![http]),
        ("https://zoom.example", vec![]),
        // What no setting opens, and what nobody knows.
        ("https://metadata.example", vec![]),
        ("https://nobody.example", vec![]),
    ] {
        assert_eq!(strict.forbidden_by(url).await, wanted, "{url}");
    }
    assert!(client(open(), &names).forbidden_by("http://127.0.0.1:8402").await.is_empty());
}

#[tokio::test]
async fn names_of_private_networks_are_refused() {
    let names = [
        ("loopback.example", vec!["127.0.0.1"]),
        ("both.example", vec!["10.0.0.1 ::1 169.254.169.254"]),
        ("metadata.example", vec!["169.254.169.254"]),
    ];
    let port = server(|_, stream| reply(stream, "200 OK", "secret"));
    let public_only = client(Options { allows_http: true, ..Options::default() }, &names);
    for (name, wanted) in [
        ("loopback.example", "private"),
        ("both.example", "private"),
        ("metadata.example", "private"),
        ("none.example", "unresolvable"),
    ] {
        assert_eq!(kind(&public_only, &format!("http://{name}:{port}/")).await, wanted, "{name}");
    }
    let private_too = client(open(), &names);
    assert_eq!(kind(&private_too, &format!("http://loopback.example:{port}/")).await, "fetched");
    assert_eq!(kind(&private_too, &format!("http://metadata.example:{port}/")).await, "private");
    // The system's own names go the same way.
    let system = Client::new(Options { allows_http: true, ..Options::default() }).unwrap();
    assert_eq!(kind(&system, &format!("http://localhost:{port}/")).await, "private");
}

#[tokio::test]
async fn what_was_checked_is_what_is_connected_to() {
    let port = server(|_, stream| reply(stream, "200 OK", "secret"));
    // A name with another answer at every look: one that is checked, and looked up again, would arrive elsewhere.
    let turns = vec!["127.0.0.1", "169.254.169.254", "127.0.0.1"];
    let names = Arc::new(Fixed(vec![("rebinding.example", turns)], AtomicUsize::new(0)));
    let client = Client::with_names(open(), Arc::clone(&names) as Arc<dyn Names>).unwrap();
    let url = format!("http://rebinding.example:{port}/");
    for (look, wanted) in [(1, "fetched"), (2, "private"), (3, "fetched")] {
        assert_eq!(kind(&client, &url).await, wanted);
        assert_eq!(names.1.load(Ordering::SeqCst), look, "one look for each request, and no connection kept");
    }
}

#[tokio::test]
async fn only_what_the_address_names_is_fetched() {
    let inner = server(|_, stream| reply(stream, "200 OK", "secret"));
    let port = server(move |head, stream| {
        let status = head.split(['/', ' ']).nth(2).unwrap_or_default().to_owned();
        reply(stream, &format!("{status} X\r\nLocation: http://127.0.0.1:{inner}/"), "gone on");
    });
    let client = client(open(), &[]);
    for status in ["301", "302", "303", "307", "308", "304"] {
        assert_eq!(
            kind(&client, &format!("http://127.0.0.1:{port}/{status}")).await,
            "redirected",
            "{status}"
        );
    }
    for status in ["404", "500", "401"] {
        assert_eq!(kind(&client, &format!("http://127.0.0.1:{port}/{status}")).await, "status", "{status}");
    }
}

#[tokio::test]
async fn every_request_has_an_end() {
    let told = server(|_, stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n");
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    let untold = server(|_, stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while stream.write_all(b"4\r\nxxxx\r\n").is_ok() {}
    });
    let broken = server(|_, stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
    });
    let silent = server(|_, stream| {
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
    });
    let slow = server(|_, stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx");
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
    });
    let client = client(Options { whole: Duration::from_millis(700), ..open() }, &[]);
    for (port, wanted) in [
        (told, "too_large"),
        (untold, "too_large"),
        (broken, "broken"),
        (silent, "timeout"),
        (slow, "timeout"),
    ] {
        assert_eq!(kind(&client, &format!("http://127.0.0.1:{port}/")).await, wanted);
    }
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(kind(&client, &format!("http://127.0.0.1:{free}/")).await, "unreachable");
}

#[tokio::test]
async fn the_text_of_an_address_is_checked() {
    let strict = client(Options { allows_private: true, ..Options::default() }, &[]);
    for (url, wanted) in [
        ("http://idp.example/metadata", "not_secure"),
        ("ftp://idp.example/metadata", "address"),
        ("file:///etc/passwd", "address"),
        ("https://me:secret@idp.example/", "address"),
        ("https://me@idp.example/", "address"),
        ("https:///x", "unresolvable"),
        ("idp.example/metadata", "address"),
        ("", "address"),
        ("javascript:alert(1)", "address"),
    ] {
        assert_eq!(kind(&strict, url).await, wanted, "{url}");
    }
    assert_eq!(
        strict.check(&format!("https://idp.example/{}", "a".repeat(MAX_URL))).unwrap_err().kind(),
        "address"
    );
}

#[tokio::test]
async fn a_server_proves_who_it_is() {
    let key = gatepost_saml::mint::keys::IDP_RSA;
    let mut acceptor = SslAcceptor::mozilla_intermediate(SslMethod::tls()).unwrap();
    acceptor.set_private_key(&key.private_key().unwrap()).unwrap();
    acceptor
        .set_certificate(&openssl::x509::X509::from_der(&key.certificate_der().unwrap()).unwrap())
        .unwrap();
    let acceptor = acceptor.build();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            if let Ok(mut stream) = acceptor.accept(stream.unwrap()) {
                let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret");
            }
        }
    });
    let client = client(open(), &[]);
    let refused = client.fetch(&format!("https://127.0.0.1:{port}/"), "*/*", 1000).await.unwrap_err();
    let FetchError::Certificate { cause, .. } = &refused else { panic!("{refused:?}") };
    assert_eq!(cause, "certificate verify failed", "no names of OpenSSL's source files");
}

#[tokio::test]
async fn who_answers_without_tls_is_told_so_in_words() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = write!(stream, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            // What was sent is read until the other end goes, so that it goes for what it read.
            let _ = stream.read_to_end(&mut Vec::new());
        }
    });
    let client = client(open(), &[]);
    let refused = client.fetch(&format!("https://127.0.0.1:{port}/"), "*/*", 1000).await.unwrap_err();
    assert!(refused.to_string().contains("does not speak TLS"), "{refused}");
}

#[tokio::test]
async fn a_request_carries_method_headers_and_body_and_its_answer_any_status() {
    let port = server(|head, stream| {
        let length: usize = head
            .lines()
            .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.trim().parse().ok())
            .unwrap_or(0);
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        let seen = format!("{head}{}", String::from_utf8_lossy(&body));
        reply(stream, "429 Slow\r\nRetry-After: 7", &seen);
    });
    let client = client(open(), &[]);
    let url = format!("http://127.0.0.1:{port}/scim2/Users/a%26b");
    let headers = [("authorization", "Bearer abc"), ("content-type", "application/scim+json")];
    let request = |limit| request::Request {
        verb: request::Verb::Patch,
        url: &url,
        headers: &headers,
        body: Some(b"{\"active\":false}"),
        limit,
    };
    let answer = client.send(request(1000)).await.unwrap();
    let seen = String::from_utf8(answer.body.clone()).unwrap();
    assert!(seen.starts_with("PATCH /scim2/Users/a%26b HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("authorization: Bearer abc") && seen.ends_with("{\"active\":false}"), "{seen}");
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("7")));
    assert_eq!(client.send(request(20)).await.err().map(|error| error.kind()), Some("too_large"));
}

#[tokio::test]
async fn a_request_is_guarded_as_a_fetch_is() {
    let port = server(|_, stream| reply(stream, "302 Found\r\nLocation: http://127.0.0.1:1/", "secret"));
    let url = format!("http://127.0.0.1:{port}/");
    for (options, wanted) in [
        (open(), "redirected"),
        (Options { allows_http: true, ..Options::default() }, "private"),
        (Options::default(), "not_secure"),
    ] {
        let request =
            request::Request { verb: request::Verb::Post, url: &url, headers: &[], body: None, limit: 1000 };
        let error = client(options, &[]).send(request).await.err();
        assert_eq!(error.map(|error| error.kind()), Some(wanted));
    }
    let headers = [("authorization", "Bearer a\r\nx: y")];
    let request =
        request::Request { verb: request::Verb::Get, url: &url, headers: &headers, body: None, limit: 1000 };
    assert!(client(open(), &[]).send(request).await.is_err(), "no second header by a line's end");
}
