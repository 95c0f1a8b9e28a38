//! Forms that are older than what they change: what somebody did meanwhile stays. Those of a connection are in
//! [`crate::before_saving`], a person's in [`crate::people_administered`], those of the look in [`crate::branding`].

use std::collections::BTreeSet;

use gatepost::directory::account::KeepMessages;
use gatepost::directory::preset::Product;
use gatepost::flow::{account, deadline, domain};

use crate::browser::{Browser, Fields, From};
use crate::site::{Site, ctx, slug};

/// Two tabs with the same page: the second is told that something was changed by the first, and what.
async fn second(
    browser: &mut Browser,
    (seen, path): (&str, &str),
    (saved, refused): (Fields<'_>, Fields<'_>),
) {
    let old = browser.get(seen).await;
    let first = browser.fill((seen, path), saved).await;
    assert_eq!(first.status, 303, "{path}: {}", first.body);
    let token = old.between("name=\"token\" value=\"", "\"");
    let unsaid: Vec<_> = [("token", token)].into_iter().chain(refused.iter().copied()).collect();
    for answer in [
        browser.fill_on(&old, path, refused).await,
        // It does not say what it was made of.
        browser.post(path, &unsaid, From::ThisSite).await,
    ] {
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
        assert!(answer.body.contains("It was changed since you looked at it"), "{path}: {}", answer.body);
        // What is there now is on the page, with its version.
        assert_ne!(answer.version_for(path), old.version_for(path), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn what_was_saved_since_is_not_written_over() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.own("district.example").await;
    let (mut owner, mut operator) = (site.owner().await, site.operator().await);
    let ctx = ctx(&site);

    let (seen, path) = ("/console/at/lincoln/deadlines", "/console/at/lincoln/deadlines/contact");
    second(&mut owner, (seen, path), (&[("email", "it@lincoln.example")], &[("email", "")])).await;
    let contact = deadline::contact(&site.gateway, &ctx, &slug()).await.unwrap();
    assert_eq!(contact.email.as_deref(), Some("it@lincoln.example"));

    let (seen, path) = ("/console/at/lincoln/sign-ins", "/console/at/lincoln/sign-ins/keep");
    second(&mut owner, (seen, path), (&[("keep", "none")], &[("keep", "all")])).await;

    let (seen, path) = ("/console/accounts/lincoln", "/console/accounts/lincoln/update");
    let named = |name: &'static str| [("slug", "lincoln"), ("name", name), ("external_id", "")];
    second(&mut operator, (seen, path), (&named("Lincoln High"), &named("Lincoln Low"))).await;
    let found = account::show(&site.gateway, &ctx, &slug()).await.unwrap();
    assert_eq!((found.name.as_str(), found.keep_messages), ("Lincoln High", KeepMessages::None));

    let (seen, id) = ("/console/at/lincoln/domains", okta.connection.id);
    let path = format!("{seen}/district.example/route");
    let first = id.to_string();
    second(&mut owner, (seen, &path), (&[("connection", first.as_str())], &[("connection", "")])).await;
    let name = "district.example".parse().unwrap();
    let found = domain::show(&site.gateway, &ctx, (&slug(), &name)).await.unwrap();
    assert_eq!(found.connection_id, Some(id));
}

/// Forms whose fields their page fills in, and that bring back nothing of what is there.
const MAKE: &[(&str, &str, &str)] = &[
    ("console_accounts.html", "/console/accounts", "makes an account"),
    ("console_api_keys.html", "{{ base }}", "makes a key"),
    ("console_owners.html", "/console/at/{{ slug }}/owners", "invites somebody"),
    ("console_owners.html", "/console/at/{{ slug }}/owners/break-glass", "makes a link"),
    ("console_setup_links.html", "/console/at/{{ slug }}/setup-links", "makes a link"),
    ("console_webhooks.html", "/console/at/{{ slug }}/webhooks", "makes an endpoint"),
    ("domains_list.html", "{{ list.base }}", "claims a domain"),
    ("people.html", "/console/at/{{ slug }}/people", "adds a person"),
    ("people_import.html", "/console/at/{{ slug }}/people/import", "a list says itself what it changes"),
    ("sso_paste.html", "{{ form.action }}", "what is pasted says itself what it changes"),
    ("start.html", "/signin", "begins a sign-in"),
];

/// Whether a page fills in something that whoever sends the form can see.
fn is_filled_in(form: &str) -> bool {
    let is_field = |tag: &str| ["input", "option", "textarea"].iter().any(|kind| tag.starts_with(kind));
    let is_seen = |tag: &&str| is_field(tag) && !tag.contains("type=\"hidden\"");
    let is_filled = |tag: &str| {
        let content = tag.strip_prefix("textarea").and_then(|rest| rest.split_once('>'));
        let has_text = content.is_some_and(|(_, text)| text.contains("{{"));
        has_text || ["value=\"{{", " checked", " selected"].iter().any(|mark| tag.contains(mark))
    };
    form.contains("include \"text_field.html\"") || form.split('<').filter(is_seen).any(is_filled)
}

#[test]
fn forms_that_bring_back_what_is_there_say_its_version() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/http/pages/templates");
    let (mut found, mut versioned) = (BTreeSet::new(), 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let forms = text.split("<form").skip(1).filter_map(|rest| rest.split("</form>").next());
        for form in forms.filter(|form| form.contains("method=\"post\"")) {
            let (_, rest) = form.split_once(" action=\"").unwrap();
            let action = rest.split('"').next().unwrap().to_owned();
            if form.contains("name=\"version\"") {
                versioned += 1;
            } else if is_filled_in(form) {
                found.insert((file.clone(), action));
            }
        }
    }
    let known: BTreeSet<_> =
        MAKE.iter().map(|(file, action, _)| ((*file).to_owned(), (*action).to_owned())).collect();
    assert_eq!(found.symmetric_difference(&known).collect::<Vec<_>>(), [] as [&(String, String); 0]);
    assert!(versioned > 12, "{versioned}");
}
