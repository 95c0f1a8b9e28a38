//! `gatepost user …` and `gatepost domain …`: what they print, and with which status they end.

use gatepost::directory::preset::Product;
use serde_json::{Value, json};

use crate::cli::{folder, gatepost, json, run};
use crate::database::Folder;
use crate::site::{Site, alice};

fn account() -> Folder {
    let folder = folder();
    json(&run(&folder.0, &["account", "create", "lincoln", "--json"]));
    folder
}

/// Every line of what a command prints.
fn lines(folder: &Folder, arguments: &[&str]) -> Vec<Value> {
    let output = run(&folder.0, arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn refused(folder: &Folder, arguments: &[&str]) -> String {
    let output = run(&folder.0, arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn people_by_command_line() {
    let folder = account();
    let at = ["--account", "lincoln", "--json"];
    let made =
        [&["user", "create", "--external-id", "7", "--email", "maya@x.example", "--role", "admin"][..], &at];
    let made = json(&run(&folder.0, &made.concat()));
    assert_eq!(
        (&made["external_id"], &made["role"], &made["email_verified"]),
        (&json!("7"), &json!("admin"), &json!(false))
    );
    let id = made["id"].as_str().unwrap();
    assert!(
        refused(&folder, &[&["user", "create", "--external-id", "7"][..], &at].concat())
            .contains("external id already")
    );

    for user in [id, "7"] {
        let shown = json(&run(&folder.0, &[&["user", "show", user][..], &at].concat()));
        assert_eq!(
            (&shown["id"], &shown["identities"], &shown["last_sign_in_at"]),
            (&json!(id), &json!([]), &json!(null))
        );
    }
    let changed = [&["user", "update", "7", "--first-name", "Maya", "--email", ""][..], &at].concat();
    let changed = json(&run(&folder.0, &changed));
    assert_eq!((&changed["first_name"], &changed["email"]), (&json!("Maya"), &json!(null)));
    let disabled = json(&run(&folder.0, &[&["user", "disable", "7"][..], &at].concat()));
    assert_eq!(disabled["state"], "disabled");
    assert_eq!(lines(&folder, &[&["user", "list", "--state", "disabled"][..], &at].concat()).len(), 1);
    assert_eq!(lines(&folder, &[&["user", "list", "--role", "admin"][..], &at].concat()).len(), 1);
    assert!(lines(&folder, &[&["user", "list", "--role", "member"][..], &at].concat()).is_empty());
    assert_eq!(json(&run(&folder.0, &[&["user", "enable", "7"][..], &at].concat()))["state"], "active");

    let file = folder.0.join("people.csv");
    std::fs::write(&file, "external_id,last_name\n7,Lindqvist\n8,\u{1b}[31mT\n").unwrap();
    let import = [&["user", "import", "people.csv"][..], &at].concat();
    assert!(refused(&folder, &import).contains("line 3: last_name has a character"));
    std::fs::write(&file, "external_id,last_name\n7,Lindqvist\n8,T\n").unwrap();
    let rehearsed =
        json(&run(&folder.0, &[&["user", "import", "people.csv", "--dry-run"][..], &at].concat()));
    assert_eq!(rehearsed, json!({ "created": 1, "updated": 1, "unchanged": 0, "written": false }));
    assert_eq!(json(&run(&folder.0, &import))["written"], true);
    assert_eq!(json(&run(&folder.0, &import))["unchanged"], 2);

    let everybody = lines(&folder, &[&["user", "list"][..], &at].concat());
    let names: Vec<_> = everybody.iter().map(|user| user["last_name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Lindqvist", "T"]);
    let after = everybody[0]["id"].as_str().unwrap();
    assert_eq!(lines(&folder, &[&["user", "list", "--after", after][..], &at].concat()), everybody[1..]);
    assert_eq!(json(&run(&folder.0, &[&["user", "erase", "7"][..], &at].concat()))["erased"], id);
    assert!(refused(&folder, &[&["user", "show", "7"][..], &at].concat()).contains("there is no such user"));

    let plain =
        String::from_utf8(run(&folder.0, &["user", "show", "8", "--account", "lincoln"]).stdout).unwrap();
    assert!(plain.contains("Last name") && plain.contains("External id"), "{plain}");
}

#[test]
fn owners_by_command_line() {
    let folder = account();
    let at = ["--account", "lincoln", "--json"];
    let owners = || lines(&folder, &[&["owner", "list"][..], &at].concat());
    assert!(owners().is_empty());
    let made = ["user", "create", "--external-id", "7", "--email", "olive@x.example", "--role", "owner"];
    let called = ["--first-name", "Olive", "--last-name", "Oak"];
    let made = json(&run(&folder.0, &[&made[..], &called, &at].concat()));
    json(&run(&folder.0, &[&["user", "create", "--external-id", "8"][..], &at].concat()));
    let listed = owners();
    assert_eq!((listed.len(), &listed[0]["id"]), (1, &made["id"]));
    assert_eq!(listed[0]["name"], "Olive Oak", "as the list of people makes it");
    assert_eq!(
        (&listed[0]["email"], &listed[0]["is_email_unvouched"]),
        (&json!("olive@x.example"), &json!(false))
    );
    let plain = String::from_utf8(run(&folder.0, &["owner", "list", "--account", "lincoln"]).stdout).unwrap();
    assert!(plain.contains("olive@x.example") && !plain.contains("no sign-in link"), "{plain}");
    // Olive would have been told by mail, and these settings have none.
    let raised = run(&folder.0, &[&["user", "update", "8", "--role", "owner"][..], &at].concat());
    let told = String::from_utf8_lossy(&raised.stderr).into_owned();
    assert!(raised.status.success() && told.contains("have no mail (mail.smtp_url)"), "{told}");
    let again = run(&folder.0, &["owner", "list", "--account", "lincoln"]);
    assert!(again.stderr.is_empty(), "nobody was to be told: {}", String::from_utf8_lossy(&again.stderr));
}

#[test]
fn domains_by_command_line() {
    let folder = account();
    let at = ["--account", "lincoln", "--json"];
    let added = json(&run(&folder.0, &[&["domain", "add", "Bücher.example"][..], &at].concat()));
    assert_eq!((&added["domain"], &added["state"]), (&json!("xn--bcher-kva.example"), &json!("pending")));
    assert_eq!(added["record_name"], "_gatepost-challenge.xn--bcher-kva.example");
    assert!(
        refused(&folder, &[&["domain", "add", "gmail.com"][..], &at].concat()).contains("anybody can have")
    );
    assert!(
        refused(&folder, &[&["domain", "add", "https://x.example"][..], &at].concat())
            .contains("a domain such as")
    );
    refused(&folder, &[&["domain", "prove", "bücher.example"][..], &at].concat());
    let proved = [&["domain", "prove", "bücher.example", "--reason", "contract 12"][..], &at].concat();
    let proved = json(&run(&folder.0, &proved));
    assert_eq!((&proved["state"], &proved["proved_by"]), (&json!("proved"), &json!("command_line")));
    assert_eq!(proved["reason"], "contract 12");
    assert_eq!(lines(&folder, &[&["domain", "list"][..], &at].concat()), [proved]);

    let made = [&["user", "create", "--email", "Maya@BÜCHER.example"][..], &at].concat();
    assert_eq!(json(&run(&folder.0, &made))["email_verified"], true);

    let guest = [&["domain", "guest", "add", "tom@home.example", "--reason", "substitute"][..], &at].concat();
    assert_eq!(json(&run(&folder.0, &guest))["email"], "tom@home.example");
    assert_eq!(lines(&folder, &[&["domain", "guest", "list"][..], &at].concat()).len(), 1);
    json(&run(&folder.0, &[&["domain", "guest", "remove", "TOM@home.example"][..], &at].concat()));
    assert!(lines(&folder, &[&["domain", "guest", "list"][..], &at].concat()).is_empty());
    json(&run(&folder.0, &[&["domain", "remove", "bücher.example"][..], &at].concat()));
    assert!(lines(&folder, &[&["domain", "list"][..], &at].concat()).is_empty());
}

#[tokio::test]
async fn an_attempt_shows_where_each_value_came_from() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let answer = site.browser().sign_in(&site, &okta, &alice()).await;
    assert_eq!(answer.location(), Some("/me"));
    let id = site.text("SELECT id FROM attempts").await.unwrap();
    let show = |options: &[&str]| {
        let mut command = gatepost(&site.folder.0);
        command.env("GATEPOST__DATA_DIR", &site.folder.0).args(["attempt", "show", &id]).args(options);
        command.output().unwrap()
    };
    let shown = json(&show(&["--json"]));
    let fields = shown["mapping"]["fields"].as_array().unwrap();
    let email = fields.iter().find(|field| field["field"] == "email").unwrap();
    assert_eq!(
        *email,
        json!({
            "field": "email", "values": ["alice@district.example"], "source": "attribute:email",
            "rule": "usual.email.first_of[0]",
        })
    );
    assert_eq!((&shown["verdict"], &shown["mapping"]["email"]), (&json!("accepted"), &json!("kept")));
    let text = String::from_utf8(show(&[]).stdout).unwrap();
    for part in ["What was mapped", "from attribute:email, by usual.email.first_of[0]", "kept, not verified"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
}
