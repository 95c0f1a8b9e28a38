//! `gatepost zoom …`: every command against a stand-in that is a process of its own, with what it prints and how it ends.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use serde_json::{Value, json};

use crate::cli::{exchange, folder, gatepost, json, run};
use crate::database::Folder;
use crate::site::{ACCOUNT, Site};
use crate::zoom_events::{deliver, link_to};

const USERS: usize = 12;
const IN: [&str; 3] = ["--account", "lincoln", "--json"];

/// An account, people of it, and a stand-in for Zoom.
struct Set {
    folder: Folder,
    stand_in: Child,
    /// Open as long as it runs: it says more than one line.
    _told: BufReader<ChildStderr>,
    port: u16,
}

impl Drop for Set {
    fn drop(&mut self) {
        let _ = self.stand_in.kill();
        let _ = self.stand_in.wait();
    }
}

impl Set {
    fn new() -> Self {
        let folder = folder();
        let users = USERS.to_string();
        let mut command = gatepost(&folder.0);
        command.args(["zoom", "stand-in", "--port", "0", "--users", &users]).stderr(Stdio::piped());
        let mut stand_in = command.spawn().unwrap();
        let mut line = String::new();
        let mut told = BufReader::new(stand_in.stderr.take().unwrap());
        told.read_line(&mut line).unwrap();
        let port = line.split_once("127.0.0.1:").unwrap().1.split_once('/').unwrap().0.parse().unwrap();
        json(&run(&folder.0, &["account", "create", "lincoln", "--external-id", "d/7", "--json"]));
        Self { folder, stand_in, _told: told, port }
    }

    fn command(&self) -> Command {
        let mut command = gatepost(&self.folder.0);
        command.env("GATEPOST__OUTBOUND__ALLOW_PRIVATE", "true");
        command.env("GATEPOST__OUTBOUND__ALLOW_HTTP", "true");
        command
    }

    /// `gatepost zoom …`
    fn zoom(&self, arguments: &[&[&str]]) -> Output {
        self.command().arg("zoom").args(arguments.concat()).output().unwrap()
    }

    /// The one object that it prints.
    fn one(&self, arguments: &[&[&str]]) -> Value {
        json(&self.zoom(arguments))
    }

    /// Every object that it prints.
    fn all(&self, arguments: &[&[&str]]) -> Vec<Value> {
        let output = self.zoom(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn text(&self, arguments: &[&[&str]]) -> String {
        let output = self.zoom(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn refused(&self, arguments: &[&[&str]]) -> String {
        crate::cli::refusal(&self.zoom(arguments))
    }

    fn fault(&self, faults: &Value) {
        let (port, body) = (self.port, faults.to_string());
        let length = body.len();
        let head = "PUT /control/faults HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close";
        let answer = exchange(port, &format!("{head}\r\nContent-Length: {length}\r\n\r\n{body}"));
        assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    }

    /// What says where the stand-in is and who the app is.
    fn app(&self, secret_token: bool) -> Vec<String> {
        std::fs::write(self.folder.0.join("secret"), "stand-in-client-secret-0001").unwrap();
        std::fs::write(self.folder.0.join("token"), "stand-in-secret-token-0001").unwrap();
        let base = format!("http://127.0.0.1:{}", self.port);
        let mut all = vec!["--cloud", "custom", "--web-base", &base, "--api-base", &base];
        all.extend(["--client-id", "StandInClient01", "--client-secret-file", "secret"]);
        if secret_token {
            all.extend(["--secret-token-file", "token"]);
        }
        all.into_iter().map(str::to_owned).collect()
    }

    fn link(&self) -> Value {
        let app = self.app(true);
        let app: Vec<_> = app.iter().map(String::as_str).collect();
        let uses = ["--use", "events,provisioning,inventory", "--account-id", "StandInAccount01"];
        self.one(&[&["link", "set"], &uses, &app, &IN])
    }

    /// Everybody is provisioned, and there are so many.
    fn provision(&self, people: usize) {
        let mut csv = "external_id,email,first_name,last_name\n".to_owned();
        for number in 1..=people {
            csv.push_str(&format!("n{number},new{number}@district.example,Nia,New{number}\n"));
        }
        std::fs::write(self.folder.0.join("people.csv"), csv).unwrap();
        json(&run(&self.folder.0, &[&["user", "import", "people.csv"][..], &IN].concat()));
        let mut settings = self.one(&[&["provisioning"], &IN]);
        settings["toggles"]["is_on"] = json!(true);
        settings["rules"] = json!([{ "name": "Everybody" }]);
        settings["follows_changes"] = json!(false);
        std::fs::write(self.folder.0.join("settings.json"), settings.to_string()).unwrap();
        self.one(&[&["provisioning", "--set", "settings.json"], &IN]);
    }
}

#[test]
fn an_account_is_linked_guided_and_tested() {
    let set = Set::new();
    let guide = set.one(&[&["guide"], &IN]);
    assert_eq!(guide["uses"], json!(["events", "provisioning", "inventory"]));
    assert_eq!(guide["webhook_url_by_id"], "http://localhost:8400/zoom/notifications?account_id=d%2F7");
    let asked = |list: &str, key: &str, value: &str| {
        guide[list]
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row[key] == value && row["is_optional"] == json!(false))
    };
    assert!(asked("scopes", "granular_scope", "scim2:admin") && asked("scopes", "classic_scope", "scim2"));
    assert!(asked("events", "type", "meeting.started") && asked("events", "label", "Start Meeting"));
    let guide = set.one(&[&["guide", "--use", "inventory", "--kind", "general"], &IN]);
    assert_eq!((&guide["kind"], &guide["events"]), (&json!("general"), &json!([])));
    assert!(
        set.refused(&[&["guide", "--use", "flying"], &IN]).contains("nothing that Zoom is used for here")
    );
    assert!(set.text(&[&["guide", "--account", "lincoln"]]).contains("Start Meeting"));

    assert_eq!(set.one(&[&["link", "show"], &IN])["state"], "none");
    set.refused(&[&["test"], &IN]);
    let linked = set.link();
    assert_eq!((&linked["state"], &linked["client_secret_hint"]), (&json!("active"), &json!("…0001")));
    assert!(set.refused(&[&["test", "--last"], &IN]).contains("was not tested yet"));
    let tested = set.one(&[&["test"], &IN]);
    assert_eq!((&tested["state"], &tested["problem"]), (&json!("good"), &json!(null)));
    assert_eq!(set.one(&[&["test", "--last"], &IN]), tested);
    set.fault(&json!({ "demoted": true }));
    let failing = set.zoom(&[&["test"], &IN]);
    assert_eq!(failing.status.code(), Some(1), "it is no success");
    let told: Value = serde_json::from_slice(&failing.stdout).unwrap();
    assert_eq!(told["problem"]["kind"], "no_permission");
    assert!(String::from_utf8_lossy(&set.zoom(&[&["test", "--account", "lincoln"]]).stdout).contains("role"));
    let shown = set.one(&[&["link", "show"], &IN]);
    assert_eq!((&shown["check"], &shown["created_by"]), (&json!("failing"), &json!("command_line")));
    assert_eq!(shown["webhook_url_by_id"], "http://localhost:8400/zoom/notifications?account_id=d%2F7");
    assert_eq!(set.one(&[&["link", "remove"], &IN])["removed"], "lincoln");
    assert_eq!(set.one(&[&["link", "show"], &IN])["state"], "none");

    let app = set.app(false);
    let app: Vec<_> = app.iter().map(String::as_str).collect();
    let made = set.one(&[&["platform", "set"], &app, &["--json"]]);
    assert_eq!((&made["client_id"], &made["cloud"]), (&json!("StandInClient01"), &json!("custom")));
    let shown = set.one(&[&["platform", "show", "--json"]]);
    assert_eq!((&shown["accounts"], &shown["web_base"]), (&json!("0"), &made["web_base"]));
    assert_eq!(set.one(&[&["link", "show"], &IN])["has_platform_app"], "yes");
    set.one(&[&["platform", "remove", "--json"]]);
    assert_eq!(set.one(&[&["platform", "show", "--json"]])["client_id"], json!(null));
}

/// As beside `gatepost demo`, which allows itself its stand-in.
#[test]
fn what_the_settings_here_forbid_is_said_and_nothing_is_begun() {
    let set = Set::new();
    set.link();
    set.provision(1);
    assert_eq!(set.one(&[&["test"], &IN])["state"], "good");
    for command in ["test", "plan", "apply", "inventory"] {
        let said = crate::cli::refusal(&run(&set.folder.0, &["zoom", command, "--account", "lincoln"]));
        assert!(said.contains("off here: outbound.allow_http, outbound.allow_private"), "{command}: {said}");
        assert!(said.contains("GATEPOST__OUTBOUND__ALLOW_HTTP=true"), "{command}: {said}");
    }
    assert_eq!(set.one(&[&["link", "show"], &IN])["check"], "good");
    assert!(set.all(&[&["runs"], &IN]).is_empty() && set.all(&[&["inventories"], &IN]).is_empty());
    let link = ["link", "set", "--use", "inventory", "--client-id", "a", "--cloud", "custom"];
    let at = ["--web-base", "http://127.0.0.1:9612", "--api-base", "http://127.0.0.1:9612"];
    let refused = run(&set.folder.0, &[&["zoom"][..], &link, &at, &["--account", "lincoln"]].concat());
    assert!(crate::cli::refusal(&refused).contains("outbound.allow_http"));
}

/// All that the page of the settings shows.
fn settings_are_told_in_text(set: &Set) {
    let mut settings = set.one(&[&["provisioning"], &IN]);
    let lines = || -> Vec<String> {
        let text = set.text(&[&["provisioning", "--account", "lincoln"]]);
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    };
    let says = |told: &[&str]| {
        let lines = lines();
        for line in told {
            assert!(lines.iter().any(|one| one == line), "{line}: {lines:?}");
        }
    };
    says(&["Removed are disabled in Zoom", "Also with a deleted rule no", "Follows changes no"]);
    says(&["Takes over Zoom users yes, where the address is proved to be theirs"]);
    says(&["Asks before taking away above 50, or 5 % of those who are looked after"]);
    says(&["Everybody is gone through every 24 hours", "Zoom's users are counted every 24 hours"]);
    let before = settings.clone();
    settings["toggles"]["removal"] = json!("delete");
    settings["toggles"]["most"] = json!(null);
    settings["toggles"]["most_percent"] = json!(null);
    settings["every_hours"] = json!(0);
    settings["groups"] = json!(["Teachers", "Staff"]);
    let path = set.folder.0.join("told.json");
    std::fs::write(&path, settings.to_string()).unwrap();
    set.one(&[&["provisioning", "--set", "told.json"], &IN]);
    says(&["Removed are deleted in Zoom", "Asks before taking away never", "Groups pushed Teachers, Staff"]);
    says(&["Everybody is gone through only when somebody asks for it"]);
    std::fs::write(&path, before.to_string()).unwrap();
    set.one(&[&["provisioning", "--set", "told.json"], &IN]);
}

#[test]
fn people_are_previewed_planned_brought_in_and_looked_at() {
    let set = Set::new();
    set.link();
    set.provision(3);
    let tried = set.one(&[&["preview", "n1"], &IN]);
    assert_eq!((&tried["rule"], &tried["problem"]), (&json!("Everybody"), &json!(null)));
    assert_eq!(tried["values"]["user_name"], "new1@district.example");
    assert_eq!(tried["fields"]["external_id"], json!(["n1"]));
    let mut other: Value = set.one(&[&["provisioning"], &IN]);
    other["rules"] = json!([]);
    std::fs::write(set.folder.0.join("other.json"), other.to_string()).unwrap();
    assert_eq!(set.one(&[&["preview", "n1", "--with", "other.json"], &IN])["rule"], json!(null));
    assert!(set.text(&[&["preview", "n1", "--account", "lincoln"]]).contains("Everybody"));
    settings_are_told_in_text(&set);
    assert!(set.refused(&[&["preview", "nobody"], &IN]).contains("there is no such user"));

    let plan = set.one(&[&["plan"], &IN]);
    assert_eq!((&plan["state"], &plan["totals"]["actions"]["create"]), (&json!("planned"), &json!(3)));
    assert!(plan["planned_at"].is_string() && plan["created_by"] == "command_line", "{plan}");
    let id = plan["id"].as_str().unwrap();
    assert_eq!(set.one(&[&["run", id, "--json"]]), plan);
    let waiting = set.all(&[&["steps", id, "--state", "waiting", "--json"]]);
    assert_eq!(waiting.len(), 3);
    assert!(waiting.iter().all(|step| step["kind"] == "create" && step["adopts"] == json!(false)));
    let everything = set.all(&[&["steps", id, "--json"]]);
    let table = set.text(&[&["steps", id, "--csv"]]);
    assert!(table.starts_with("number,what,state,") && table.contains(",licences,adopts,"), "{table}");
    assert_eq!(table.lines().count(), everything.len() + 1);
    assert_eq!(set.zoom(&[&["steps", id, "--csv", "--json"]]).status.code(), Some(2));
    assert!(set.text(&[&["steps", id, "--state", "waiting"]]).contains("Create"), "in words");

    let applied = set.one(&[&["apply", "--run", id], &IN]);
    assert_eq!((&applied["state"], &applied["done"]), (&json!("done"), &json!(3)));
    assert_eq!(applied["confirmed_by"], "command_line");
    let people = set.all(&[&["people"], &IN]);
    assert!(
        people.len() == 3 && people.iter().all(|one| one["zoom_id"].is_string() && one["is_here"] == true)
    );
    let one = set.one(&[&["people", "--user", "n1"], &IN]);
    assert_eq!(
        (&one["standing"]["email"], &one["steps"][0]["run"]),
        (&json!("new1@district.example"), &json!(id))
    );
    let of_it = one["standing"]["person"].as_str().unwrap();
    assert_eq!(set.one(&[&["people", "--user", of_it], &IN]), one);
    assert!(set.text(&[&["people", "--user", "n1", "--account", "lincoln"]]).contains("has a Zoom user"));
    assert!(set.all(&[&["people", "--problems"], &IN]).is_empty());
    let table = set.text(&[&["people", "--csv", "--account", "lincoln"]]);
    assert!(table.starts_with("person,name,email,") && table.contains(",linked,"), "{table}");
    assert_eq!(set.all(&[&["runs"], &IN]).len(), 1);

    // What went wrong is told in words as well.
    set.fault(&json!({ "no_single_sign_on": true }));
    let failed = set.zoom(&[&["apply"], &IN]);
    assert_eq!(failed.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&failed.stdout).unwrap();
    assert_eq!((&told["state"], &told["problem"]["code"]), (&json!("failed"), &json!("no_single_sign_on")));
    assert!(told["problem"]["about"].as_str().unwrap().contains("Single sign-on"), "{told}");
    // One that has to wait is ended.
    set.fault(&json!({ "limits": 1000, "limit_form": "daily" }));
    let waits: Value = serde_json::from_slice(&set.zoom(&[&["plan"], &IN]).stdout).unwrap();
    assert!(waits["waits_until"].is_string(), "{waits}");
    assert_eq!(set.one(&[&["cancel", waits["id"].as_str().unwrap(), "--json"]])["state"], "cancelled");
    assert_eq!(set.one(&[&["retry", "--user", "n1"], &IN])["queued"], "1");
    assert_eq!(set.one(&[&["retry"], &IN])["queued"], "0");
}

#[test]
fn the_users_of_zoom_are_counted_and_listed() {
    let set = Set::new();
    set.link();
    let counted = set.one(&[&["inventory"], &IN]);
    assert_eq!((&counted["state"], &counted["seen"]), (&json!("done"), &json!(USERS)));
    assert!(counted["ended_at"].is_string() && counted["report"]["bought"].is_array(), "{counted}");
    assert_eq!(set.all(&[&["inventories"], &IN]), [counted]);
    let users = set.all(&[&["users"], &IN]);
    assert_eq!(users.len(), USERS);
    // The names of the REST API.
    assert!(users.iter().all(|user| user["status"].is_string() && user["licence"].is_string()));
    assert!(users.iter().any(|user| user["last_sign_in_to_zoom_at"].is_string()));
    assert_eq!(users.iter().filter(|user| user["role_id"] == "0").count(), 1, "the owner");
    let email = users[5]["email"].as_str().unwrap();
    assert_eq!(set.all(&[&["users", "--show", email], &IN]), users[5..6]);
    let table = set.text(&[&["users", "--csv", "--account", "lincoln"]]);
    assert!(table.starts_with("email,name,zoom_id,") && table.contains(",bundle"), "{table}");
    assert_eq!(table.lines().count(), USERS + 1);
    let none = set.text(&[&["users", "--csv", "--show", "nobody@x.example", "--account", "lincoln"]]);
    assert_eq!(none.lines().count(), 1, "the columns alone");
    assert!(set.refused(&[&["users", "--show", "gold"], &IN]).contains("wasted, plan:licensed"));
}

#[tokio::test]
async fn what_zoom_told_is_listed_counted_and_read() {
    let site = Site::https().await;
    link_to(&site, ACCOUNT, "AAAAAABBBB", "a-secret-token-of-the-app").await;
    let at = site.clock.now();
    for (number, name) in [(1, "meeting.started"), (2, "meeting.ended")] {
        let body = gatepost::standin::hook::event(name, "AAAAAABBBB", number, at).to_string();
        let way = "/zoom/lincoln/webhook";
        assert_eq!(deliver(&site, way, &body, "a-secret-token-of-the-app").await.status, 204);
    }
    let zoom = |arguments: &[&str]| {
        let mut command = gatepost(&site.folder.0);
        command.env("GATEPOST__DATA_DIR", &site.folder.0).arg("zoom").args(arguments).args(["--json"]);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    let events = zoom(&["events", "--account", ACCOUNT]);
    assert_eq!(events.len(), 2);
    let started = zoom(&["events", "--account", ACCOUNT, "--type", "meeting.started"]);
    assert_eq!((started.len(), &started[0]["type"]), (1, &json!("meeting.started")));
    let (at, later) = (at.to_string(), at.plus_seconds(60).to_string());
    assert_eq!(zoom(&["events", "--account", ACCOUNT, "--since", &at, "--until", &later]).len(), 2);
    assert!(zoom(&["events", "--account", ACCOUNT, "--since", &later]).is_empty());
    let read = zoom(&["event", started[0]["id"].as_str().unwrap()]);
    assert_eq!(read[0]["payload"]["event"], "meeting.started", "{read:?}");
    assert_eq!(zoom(&["events", "--account", ACCOUNT, "--counts", "7"]).len(), 7);
    let show = ["link", "show", "--account", ACCOUNT];
    assert_eq!(zoom(&show)[0]["is_validation_overdue"], "no");
    site.execute("UPDATE zoom_links SET validated_at = 1").await;
    assert_eq!(zoom(&show)[0]["is_validation_overdue"], "yes");
}
