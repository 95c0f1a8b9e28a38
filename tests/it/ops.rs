//! What whoever runs a gateway sees of it: log lines, numbers, readiness, its end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use crate::cli::{exchange, folder, free_port, gatepost, get, json, okta, run};
use crate::site::Folder;

/// A process that does not outlive its test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The lines that a process writes to stderr, as they come.
fn lines(stderr: ChildStderr) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    receiver
}

#[test]
fn lines_and_numbers_tell_of_sign_ins_and_not_of_people() {
    let folder = folder();
    let (port, metrics) = (free_port(), free_port());
    let account = json(&run(&folder.0, &["account", "create", "lincoln", "--json"]))["id"].clone();
    let made = run(
        &folder.0,
        &[
            "connection",
            "create",
            "--account",
            "lincoln",
            "--preset",
            "okta",
            "--json",
            "--metadata",
            &okta(&folder.0),
        ],
    );
    let connection = json(&made)["id"].as_str().unwrap().to_owned();
    let mut command = gatepost(&folder.0);
    command
        .arg("serve")
        .env("GATEPOST__HTTP__BIND", format!("127.0.0.1:{port}"))
        .env("GATEPOST__METRICS__BIND", format!("127.0.0.1:{metrics}"))
        .env("GATEPOST__LOG__FORMAT", "json")
        .env("GATEPOST__LOG__LEVEL", "debug")
        .stderr(Stdio::piped());
    let mut server = Server(command.spawn().unwrap());
    let told = lines(server.0.stderr.take().unwrap());
    while !told.recv().unwrap().contains("listening") {}

    let body = "SAMLResponse=PHg%2BbWF5YUBleGFtcGxlLm9yZzwveD4%3D&again=1";
    let head = format!("POST /saml/{connection}/acs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    let refused = exchange(port, &format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()));
    assert!(refused.contains("att_"), "{refused}");
    get(port, "/signin/maya@example.org");
    let shown = get(metrics, "/metrics");
    for line in [
        "# TYPE gatepost_login_total counter",
        r#"gatepost_login_total{outcome="refused",code="unexpected_message"} 1"#,
        r#"gatepost_http_request_total{route="/signin/{account}",method="GET",status="404"} 1"#,
        r#"gatepost_http_request_seconds_count{route="/saml/{connection}/acs"} 1"#,
    ] {
        assert!(shown.contains(line), "{line} in {shown}");
    }
    assert!(get(port, "/metrics").starts_with("HTTP/1.1 404"), "browsers do not see them");
    drop(server);
    let told: Vec<String> = told.iter().collect();
    let lines: Vec<Value> = told.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let signed_in = lines.iter().find(|line| line["message"] == "sign-in").unwrap();
    assert_eq!(
        (&signed_in["outcome"], &signed_in["code"]),
        (&"refused".into(), &"unexpected_message".into())
    );
    assert_eq!((&signed_in["account"], &signed_in["connection"]), (&account, &connection.into()));
    assert!(signed_in["request"].as_str().unwrap().starts_with("req_"));
    assert!(lines.iter().any(|line| line["route"] == "/signin/{account}"));
    for text in told.iter().chain([&shown]) {
        assert!(!text.contains("maya") && !text.contains("PHg"), "{text}");
    }
}

/// A server that is listening, with the lines it tells from then on.
fn serving(folder: &Folder, port: u16, drain_seconds: &str) -> (Server, Receiver<String>) {
    let mut command = gatepost(&folder.0);
    command
        .arg("serve")
        .env("GATEPOST__HTTP__BIND", format!("127.0.0.1:{port}"))
        .env("GATEPOST__HTTP__DRAIN_SECONDS", drain_seconds)
        .stderr(Stdio::piped());
    let mut server = Server(command.spawn().unwrap());
    let told = lines(server.0.stderr.take().unwrap());
    while !told.recv().unwrap().contains("listening") {}
    (server, told)
}

fn ask_to_end(server: &Server) {
    let kill = format!("kill -TERM {}", server.0.id());
    assert!(std::process::Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

#[test]
fn whoever_is_about_to_end_says_so_and_still_answers() {
    let (folder, port) = (folder(), free_port());
    let (server, _told) = serving(&folder, port, "300");
    assert!(get(port, "/health/ready").starts_with("HTTP/1.1 200"));
    ask_to_end(&server);
    let mut ready = get(port, "/health/ready");
    while !ready.starts_with("HTTP/1.1 503") {
        ready = get(port, "/health/ready");
    }
    assert!(ready.contains("about to end") && ready.to_lowercase().contains("connection: close"), "{ready}");
    assert!(get(port, "/health/live").starts_with("HTTP/1.1 200"));
}

#[test]
fn what_is_under_way_is_finished_before_the_end() {
    let (folder, port) = (folder(), free_port());
    let (mut server, _told) = serving(&folder, port, "0");
    let mut half = TcpStream::connect(("127.0.0.1", port)).unwrap();
    half.set_read_timeout(Some(std::time::Duration::from_mins(1))).unwrap();
    half.write_all(b"POST /signout HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\na=").unwrap();
    // Whoever is answered after it was accepted after it.
    get(port, "/health/live");
    ask_to_end(&server);
    while TcpStream::connect(("127.0.0.1", port)).is_ok() {
        std::thread::yield_now();
    }
    assert_eq!(server.0.try_wait().unwrap(), None, "a request is under way");
    half.write_all(b"1b").unwrap();
    let mut answer = String::new();
    half.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
    assert_eq!(server.0.wait().unwrap().code(), Some(0));
}
