//! The program itself: commands, their output and exit status, starting and stopping.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use gatepost_saml::mint::{MetadataFacts, Personality, keys, mint_aggregate, mint_metadata};
use serde_json::Value;

use crate::site::{Folder, start_of_time};

pub fn gatepost(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatepost"));
    command.env("GATEPOST__DATA_DIR", folder.join("gatepost-data")).current_dir(folder);
    if folder.join("database.url").exists() {
        command
            .env("GATEPOST__DATABASE__URL_FILE", "database.url")
            .env("GATEPOST__MASTER_KEY_FILE", "given.key");
    }
    command
}

pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    gatepost(folder).args(arguments).output().unwrap()
}

pub fn json(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "one object a line: {text}");
    serde_json::from_str(&text).unwrap()
}

pub fn refusal(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub fn folder() -> Folder {
    Folder::opened()
}

/// For the demo, which keeps to its folder, and for what is about folders.
pub fn embedded() -> Folder {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    folder
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A running server, ended at the end.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    /// Starts and waits for the first line that it prints.
    fn start(command: &mut Command) -> (Self, String) {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        let stderr = child.stderr.take().unwrap();
        // `serve` speaks to stderr, `demo` to stdout.
        let is_demo = command.get_args().any(|argument| argument == "demo");
        if is_demo {
            BufReader::new(stdout).read_line(&mut line).unwrap();
        } else {
            BufReader::new(stderr).read_line(&mut line).unwrap();
        }
        (Self(child), line)
    }

    fn terminate(mut self) -> Option<i32> {
        let kill = format!("kill -TERM {}", self.0.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        self.0.wait().unwrap().code()
    }
}

pub fn get(port: u16, path: &str) -> String {
    exchange(port, &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
}

pub fn exchange(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Okta's metadata in a file of `folder`.
pub fn okta(folder: &Path) -> String {
    let okta = Personality::named("okta").unwrap();
    let metadata = mint_metadata(okta, &MetadataFacts::new(start_of_time()), &mut |_: &mut [u8]| {}).unwrap();
    std::fs::write(folder.join("okta.xml"), metadata).unwrap();
    "okta.xml".to_owned()
}

#[test]
fn accounts_and_connections_by_command_line() {
    let folder = folder();
    let made =
        json(&run(&folder.0, &["account", "create", "lincoln", "--name", "Lincoln Unified", "--json"]));
    assert_eq!(made["slug"], "lincoln");
    assert_eq!(made["signin_url"], "http://localhost:8400/signin/lincoln");
    assert!(made["id"].as_str().unwrap().starts_with("acct_"));
    assert!(refusal(&run(&folder.0, &["account", "create", "lincoln"])).contains("already an account"));
    assert!(refusal(&run(&folder.0, &["account", "create", "Lincoln!"])).contains("a to z"));

    let okta = Personality::named("okta").unwrap();
    self::okta(&folder.0);
    let create = ["connection", "create", "--account", "lincoln"];
    let with = |more: &[&str]| run(&folder.0, &[&create[..], more].concat());
    let made = json(&with(&["--preset", "okta", "--metadata", "okta.xml", "--json"]));
    let id = made["id"].as_str().unwrap();
    assert_eq!(made["sp_entity_id"], format!("http://localhost:8400/saml/{id}/metadata"));
    assert_eq!(made["acs_url"], format!("http://localhost:8400/saml/{id}/acs"));
    assert_eq!(made["metadata_url"], format!("http://localhost:8400/saml/{id}/metadata"));
    assert_eq!(made["idp_entity_id"], okta.addresses.entity_id);

    std::fs::write(folder.0.join("idp.pem"), keys::IDP_RSA.certificate_pem).unwrap();
    let fields = ["--idp-entity-id", "https://idp.example/", "--sso-url", "https://idp.example/sso"];
    let made = with(&[&fields[..], &["--idp-certificate", "idp.pem"]].concat());
    let text = String::from_utf8(made.stdout).unwrap();
    for label in ["SP Entity ID", "ACS URL", "Metadata URL"] {
        assert!(text.contains(label), "{text}");
    }
    let listed = run(&folder.0, &["connection", "list", "--account", "lincoln", "--json"]);
    assert_eq!(String::from_utf8(listed.stdout).unwrap().lines().count(), 2);
    assert_eq!(run(&folder.0, &["connection", "disable", id]).status.code(), Some(0));
    let listed =
        String::from_utf8(run(&folder.0, &["connection", "list", "--account", "lincoln"]).stdout).unwrap();
    assert!(listed.contains("disabled") && listed.contains("active"), "{listed}");
}

#[test]
fn a_reference_is_looked_up() {
    let folder = embedded();
    let (port, idp_port) = (free_port(), free_port().to_string());
    let mut command = gatepost(&folder.0);
    command
        .args(["demo", "--idp-port", &idp_port, "--zoom-port", &free_port().to_string()])
        .env("GATEPOST__HTTP__BIND", format!("127.0.0.1:{port}"));
    let (server, _) = Running::start(&mut command);
    let page = get(port, "/signin/demo");
    let connection = page.split("/saml/").nth(1).unwrap().split('/').next().unwrap();
    let body = "SAMLResponse=PHg%2B&again=1";
    let head = format!(
        "POST /saml/{connection}/acs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let refused = exchange(port, &format!("{head}{body}"));
    let reference = format!("att_{}", refused.split("att_").nth(1).unwrap().get(..26).unwrap());
    assert_eq!(server.terminate(), Some(0));

    let shown = run(&folder.0, &["attempt", "show", &reference]);
    let text = String::from_utf8(shown.stdout).unwrap();
    for part in [&reference, "refused", "xml_malformed", "demo"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let shown = json(&run(&folder.0, &["attempt", "show", &reference, "--json"]));
    assert_eq!(shown["code"], "xml_malformed");
    assert_eq!(shown["id"], reference);
    let list = |options: &[&str]| {
        let listed = run(&folder.0, &[&["attempt", "list", "--account", "demo"], options].concat());
        assert!(listed.status.success(), "{listed:?}");
        String::from_utf8(listed.stdout).unwrap()
    };
    assert!(list(&[]).contains(&format!("{reference}  {connection}  refused xml_malformed")));
    let listed: serde_json::Value = serde_json::from_str(list(&["--json"]).trim()).unwrap();
    assert_eq!((&listed["id"], &listed["code"]), (&reference.clone().into(), &"xml_malformed".into()));
    assert!(list(&["--outcome", "refused", "--connection", connection]).contains(&reference));
    for beside in [
        ["--outcome", "accepted"],
        ["--connection", "conn_00000000000000000000000000"],
        ["--before", &reference],
    ] {
        assert_eq!(list(&beside), "", "{beside:?}");
    }
    let nobody = run(&folder.0, &["attempt", "show", "att_00000000000000000000000000"]);
    assert!(refusal(&nobody).contains("no such attempt"));
    // A server that is not a demo says that it would let everybody in.
    let mut command = gatepost(&folder.0);
    let (server, line) =
        Running::start(command.arg("serve").env("GATEPOST__HTTP__BIND", format!("127.0.0.1:{port}")));
    assert!(line.contains("Warning: conn_") && line.contains("test key"), "{line}");
    drop(server);
}

#[test]
fn mistakes_are_told_in_plain_sentences() {
    let folder = embedded();
    run(&folder.0, &["account", "create", "lincoln"]);
    std::fs::write(folder.0.join("key.pem"), keys::IDP_RSA.private_pem).unwrap();
    std::fs::write(folder.0.join("sp.xml"), "<x/>").unwrap();
    let all = [Personality::named("okta").unwrap(), Personality::named("google").unwrap()];
    let facts = MetadataFacts::new(start_of_time());
    let aggregate = mint_aggregate(&all, &facts, &mut |_: &mut [u8]| {}).unwrap();
    std::fs::write(folder.0.join("many.xml"), aggregate).unwrap();
    let create = |more: &[&str]| {
        refusal(&run(&folder.0, &[&["connection", "create", "--account", "lincoln"], more].concat()))
    };
    let fields = |url: &'static str, file: &'static str| {
        create(&["--idp-entity-id", "https://idp.example/", "--sso-url", url, "--idp-certificate", file])
    };
    assert!(fields("https://idp.example/", "key.pem").contains("private key"));
    assert!(fields("https://idp.example/", "none.pem").contains("none.pem cannot be read"));
    std::fs::write(folder.0.join("idp.pem"), keys::IDP_RSA.certificate_pem).unwrap();
    assert!(fields("http://idp.example/", "idp.pem").contains("use https"));
    assert!(create(&["--metadata", "sp.xml"]).contains("the metadata cannot be used (unexpected_message)"));
    assert!(create(&["--metadata", "many.xml"]).contains("(--idp-entity-id)"));
    assert!(
        create(&[
            "--metadata",
            "many.xml",
            "--allow",
            "unsolicited",
            "--idp-entity-id",
            all[0].addresses.entity_id
        ])
        .contains("accept instead")
    );
    assert!(create(&[]).contains("--metadata"));
    let nobody = run(&folder.0, &["connection", "list", "--account", "nobody"]);
    assert!(refusal(&nobody).contains("no such account"));

    let settings = folder.0.join("gatepost.toml");
    std::fs::write(&settings, "[http]\nbind = \"x\"\npublicurl = \"y\"\n").unwrap();
    let told = refusal(&run(&folder.0, &["serve", "--config", settings.to_str().unwrap()]));
    assert!(told.contains("http.bind") && told.contains("http.publicurl"), "{told}");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    let told =
        refusal(&gatepost(&folder.0).arg("serve").env("GATEPOST__HTTP__BIND", &taken).output().unwrap());
    assert!(told.contains("another program listens there already"), "{told}");
    std::fs::write(folder.0.join("file"), "").unwrap();
    let told = gatepost(&folder.0)
        .args(["account", "create", "x"])
        .env("GATEPOST__DATA_DIR", "file")
        .output()
        .unwrap();
    assert!(refusal(&told).contains("cannot be used"));
}

#[test]
fn it_serves_and_ends_when_asked() {
    let folder = folder();
    let port = free_port();
    let bind = format!("127.0.0.1:{port}");
    let (server, line) = Running::start(gatepost(&folder.0).arg("serve").env("GATEPOST__HTTP__BIND", &bind));
    assert!(line.contains(&bind), "{line}");
    assert!(get(port, "/health/ready").starts_with("HTTP/1.1 200 OK"));
    // The command line works while the server runs, and the server knows at once.
    json(&run(&folder.0, &["account", "create", "lincoln", "--json"]));
    assert!(get(port, "/signin/lincoln").contains("200 OK"));
    assert_eq!(server.terminate(), Some(0));
}

/// What identity providers were told under an address of before counts for as long as it is known to be ours.
#[tokio::test]
async fn the_addresses_that_it_serves_under_are_remembered() {
    let folder = folder();
    let port = free_port();
    let mut known = Vec::new();
    for url in ["http://localhost:8400", "http://localhost:8401", "http://localhost:8401"] {
        let mut command = gatepost(&folder.0);
        command
            .arg("serve")
            .env("GATEPOST__DATA_DIR", &folder.0)
            .env("GATEPOST__HTTP__BIND", format!("127.0.0.1:{port}"))
            .env("GATEPOST__HTTP__PUBLIC_URL", url);
        let (server, line) = Running::start(&mut command);
        assert!(line.contains(url), "{line}");
        assert!(get(port, "/health/ready").starts_with("HTTP/1.1 200 OK"));
        assert_eq!(server.terminate(), Some(0));
        let urls = folder.connect().await.texts("SELECT url FROM public_urls ORDER BY created_at").await;
        known.push(urls.into_iter().map(Option::unwrap).collect::<Vec<_>>());
    }
    assert_eq!(known[0], ["http://localhost:8400"]);
    for later in &known[1..] {
        assert_eq!(*later, ["http://localhost:8400", "http://localhost:8401"]);
    }
}

#[test]
fn the_demo_starts_twice_on_the_same_data() {
    let folder = embedded();
    let mut connections = Vec::new();
    for arguments in [&["demo"][..], &["demo"], &["demo", "--ephemeral"]] {
        let (port, idp_port) = (free_port(), free_port().to_string());
        let mut command = gatepost(&folder.0);
        command
            .args(arguments)
            .args(["--idp-port", &idp_port, "--zoom-port", &free_port().to_string()])
            .env("GATEPOST__HTTP__BIND", format!("127.0.0.1:{port}"));
        command.env("GATEPOST__HTTP__PUBLIC_URL", format!("http://localhost:{port}"));
        let (server, line) = Running::start(&mut command);
        assert!(line.contains(&format!("http://localhost:{port}/")), "{line}");
        let page = get(port, "/signin/demo");
        for name in ["Okta", "Microsoft Entra ID", "Clever", "Canvas"] {
            assert!(page.contains(name), "{name}: {page}");
        }
        let mut ids: Vec<_> =
            page.split("/saml/").skip(1).filter_map(|rest| rest.split('/').next()).collect();
        ids.dedup();
        connections.push(ids.join(" "));
        let idp_port = idp_port.parse().unwrap();
        assert!(get(idp_port, "/").starts_with("HTTP/1.1 200 OK"));
        for port in [port, idp_port] {
            let request = "GET / HTTP/1.1\r\nHost: attacker.example\r\nConnection: close\r\n\r\n";
            let answer = exchange(port, request);
            assert!(answer.starts_with("HTTP/1.1 421 "), "a name that was made to lead here: {answer}");
        }
        assert_eq!(server.terminate(), Some(0));
    }
    assert_eq!(connections[0], connections[1]);
    assert_ne!(connections[0], connections[2]);
}

#[test]
fn an_address_for_others_under_a_name_for_this_machine_is_told() {
    let folder = folder();
    // An address of documentation (RFC 5737), which no machine has.
    let with = |arguments: &[&str]| {
        let mut command = gatepost(&folder.0);
        command.args(arguments).env("GATEPOST__HTTP__BIND", "192.0.2.1:8400").output().unwrap()
    };
    let told = String::from_utf8(with(&["serve"]).stderr).unwrap();
    assert!(
        told.contains("Warning: http.bind (192.0.2.1:8400)") && told.contains("http.public_url"),
        "{told}"
    );
    let checked = String::from_utf8(with(&["check", "--json"]).stdout).unwrap();
    let notice = checked.lines().next().unwrap();
    assert!(
        notice.contains(r#""area":"config","level":"notice""#) && notice.contains("192.0.2.1"),
        "{notice}"
    );
    let fine = String::from_utf8(run(&folder.0, &["check", "--json"]).stdout).unwrap();
    assert!(!fine.contains(r#""area":"config""#), "{fine}");
}

#[test]
fn signing_keys_by_command_line() {
    let folder = folder();
    let first = json(&run(&folder.0, &["keys", "list", "--json"]));
    assert_eq!(first["state"], "active");
    let next = json(&run(&folder.0, &["keys", "rotate", "--json"]));
    assert_eq!(next["state"], "next");
    assert_ne!(next["kid"], first["kid"]);
    let again = refusal(&run(&folder.0, &["keys", "rotate"]));
    assert!(again.contains("will sign from") && again.contains("--leaked"), "{again}");
    let leaked = json(&run(&folder.0, &["keys", "rotate", "--leaked", "--json"]));
    assert_eq!(leaked["state"], "active");
    let text = String::from_utf8(run(&folder.0, &["keys", "list"]).stdout).unwrap();
    assert_eq!(text.matches("gone").count(), 2, "{text}");
    assert!(text.contains(leaked["kid"].as_str().unwrap()) && text.contains("Signs from"), "{text}");
}

#[test]
fn data_keys_by_command_line() {
    let folder = folder();
    json(&run(&folder.0, &["account", "create", "lincoln", "--json"]));
    let made = json(&run(&folder.0, &["keys", "rotate", "--data", "--account", "lincoln", "--json"]));
    assert_eq!((&made["generation"], &made["state"]), (&"2".into(), &"next".into()));
    assert!(refusal(&run(&folder.0, &["keys", "rotate", "--data"])).contains("--account"));
    let listed = run(&folder.0, &["keys", "list", "--account", "lincoln", "--json"]);
    assert_eq!(String::from_utf8(listed.stdout).unwrap().lines().count(), 2);
}

#[test]
fn sessions_by_command_line() {
    let folder = folder();
    json(&run(&folder.0, &["account", "create", "lincoln", "--json"]));
    let listed = run(&folder.0, &["session", "list", "--account", "lincoln", "--json"]);
    assert_eq!((listed.status.code(), listed.stdout.len()), (Some(0), 0), "nobody is signed in");
    let ended = json(&run(&folder.0, &["session", "revoke-all", "--account", "lincoln", "--json"]));
    assert_eq!(ended["ended"], "0");
    assert!(
        refusal(&run(&folder.0, &["session", "revoke-all"])).contains("--account"),
        "of whom must be said"
    );
    assert!(refusal(&run(&folder.0, &["session", "list", "--account", "other"])).contains("no such account"));
    let nobody = "sess_01k00000000000000000000000";
    assert!(refusal(&run(&folder.0, &["session", "revoke", nobody])).contains("no such session"));
}
