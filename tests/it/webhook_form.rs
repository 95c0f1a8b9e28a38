//! Changing a webhook in the console and on the command line: its secret and what was delivered stay.

use gatepost::directory::webhook::Types;
use gatepost::flow::webhook::{self, Create, Update};

use crate::browser::From;
use crate::cli::{folder, json, refusal, run};
use crate::events::token_of;
use crate::site::{Site, ctx, slug};

#[tokio::test]
async fn an_owner_changes_a_webhook_and_undoes_no_change_that_they_did_not_see() {
    let site = Site::https().await;
    let types: Types = "user.* session.created".parse().unwrap();
    let (url, name) = ("https://hooks.example.test/old".to_owned(), "ours".to_owned());
    let input = Create { account: slug(), url, name, types };
    let (made, _) = webhook::create(&site.gateway, &ctx(&site), input).await.unwrap();
    let found = async || webhook::find(&site.gateway, &ctx(&site), made.id).await.unwrap();
    let mut owner = site.owner().await;
    let here = format!("/console/at/lincoln/webhooks/{}", made.id);
    let update = format!("{here}/update");
    let page = owner.get(&here).await;
    assert!(page.body.contains("value=\"https://hooks.example.test/old\""), "{}", page.body);
    for (kind, is_chosen) in [("user.*", true), ("session.created", true), ("session.*", false)] {
        let ticked = format!("value=\"{kind}\" checked");
        assert_eq!(page.body.contains(&ticked), is_chosen, "{kind}");
    }
    let (token, seen) = (token_of(&page), page.between("name=\"version\" value=\"", "\"").to_owned());
    let form = |url: &'static str, kind: &'static str| {
        [
            ("token", token.as_str()),
            ("version", seen.as_str()),
            ("name", "theirs"),
            ("url", url),
            ("type", kind),
        ]
    };

    let wrong = owner.post(&update, &form("ftp://hooks.example.test/", "user.*"), From::ThisSite).await;
    assert_eq!(wrong.status, 400, "{}", wrong.body);
    assert!(
        wrong.body.contains("id=\"url-problem\"") && wrong.body.contains("value=\"theirs\""),
        "{}",
        wrong.body
    );
    let saved =
        owner.post(&update, &form("https://hooks.example.test/new", "session.*"), From::ThisSite).await;
    assert_eq!((saved.status.as_u16(), saved.location()), (303, Some(here.as_str())), "{}", saved.body);
    let now = found().await;
    let told = (now.url.as_str(), now.name.as_str(), now.types.to_string());
    assert_eq!(told, ("https://hooks.example.test/new", "theirs", "session.*".to_owned()));

    // The same page, looked at before.
    let old = owner.post(&update, &form("https://hooks.example.test/lost", "user.*"), From::ThisSite).await;
    assert_eq!(old.status, 400, "{}", old.body);
    assert!(old.body.contains("changed since you looked at it"), "{}", old.body);
    assert!(
        old.body.contains("value=\"https://hooks.example.test/lost\""),
        "what was typed stays: {}",
        old.body
    );
    assert_eq!(old.version_for(&update), Some(seen), "and is as old on the page that says so");
    assert_eq!(found().await, now);

    // What is not given stays.
    let input = Update { name: Some("again".to_owned()), ..Update::default() };
    webhook::update(&site.gateway, &ctx(&site), made.id, input, |_| true).await.unwrap();
    let named = found().await;
    assert_eq!((named.name.as_str(), &named.url, &named.types), ("again", &now.url, &now.types));
}

#[test]
fn the_command_line_changes_what_it_names_and_leaves_the_rest() {
    let folder = folder();
    json(&run(&folder.0, &["account", "create", "lincoln", "--json"]));
    let url = "https://hooks.example.test/old";
    let create = ["webhook", "create", "--account", "lincoln", "--url", url, "--type", "user.*", "--json"];
    let made = json(&run(&folder.0, &create));
    let update = ["webhook", "update", made["id"].as_str().unwrap()];
    let more = ["--type", "session.* user.created", "--name", "theirs", "--json"];
    let told = json(&run(&folder.0, &[update.as_slice(), more.as_slice()].concat()));
    assert_eq!((told["url"].as_str(), told["name"].as_str()), (Some(url), Some("theirs")), "{told}");
    assert_eq!(told["types"], "session.* user.created", "{told}");
    refusal(&run(&folder.0, &update));
}
