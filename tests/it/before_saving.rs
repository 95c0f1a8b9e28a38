//! What an owner decides about a connection in forms: how strictly it judges, what becomes of people; tried on sign-ins of
//! before from the page where it is changed, and told at the field where something is wrong.

use gatepost::base::Actor;
use gatepost::directory::account::Slug;
use gatepost::directory::preset::Product;
use gatepost::directory::state::ConnectionState;
use gatepost::flow::connection::refresh::APART_SECONDS;
use gatepost::flow::connection::{drift, revision, show};
use gatepost::flow::{deadline, domain};
use gatepost_saml::algorithms::Digest;
use gatepost_saml::mint::keys::{IDP_EC_P256, IDP_RSA_NEXT};
use gatepost_saml::mint::method::RSA_SHA1;

use crate::browser::{Answer, Browser, Fields, From};
use crate::metadata::{document, followed, refresh_now};
use crate::site::{ACCOUNT, Idp, Site, alice};

async fn owned() -> (Site, Idp, Browser) {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let owner = site.owner().await;
    (site, okta, owner)
}

fn page(okta: &Idp, name: &str) -> String {
    format!("/console/at/lincoln/sso/{}/{name}", okta.connection.id)
}

async fn send(owner: &mut Browser, (seen, path): (&str, &str), fields: &[(&str, &str)]) -> Answer {
    owner.fill((seen, path), fields).await
}

async fn revisions(site: &Site) -> i64 {
    site.count("SELECT COUNT(*) FROM connection_revisions").await
}

const STRICT: &[(&str, &str)] = &[
    ("form", "strictness"),
    ("clock_skew", "180"),
    ("max_validity", "1440"),
    ("unverified_emails", "usual"),
    ("request_binding", "usual"),
];

fn strict<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let is_other = |field: &&(&str, &str)| more.iter().all(|(name, _)| *name != field.0);
    STRICT.iter().filter(is_other).copied().chain(more.iter().copied()).collect()
}

#[tokio::test]
async fn what_is_allowed_is_allowed_until_its_day_is_over() {
    let (site, okta, mut owner) = owned().await;
    let old = async || {
        site.browser()
            .sign_in_changed(&site, &okta, &alice(), |minted| {
                minted.options.signature = Some(RSA_SHA1);
                minted.options.digest = Some(Digest::Sha1);
            })
            .await
    };
    assert_eq!(old().await.status, 403, "SHA-1 is refused");
    let settings = page(&okta, "settings");
    let today = site.clock.now().to_string().split('T').next().unwrap().to_owned();
    // The same change is tried first: what was refused would be let in, and nothing is written.
    let allowed = strict(&[("allow_sha1", "1"), ("until_sha1", &today)]);
    let tried = send(&mut owner, (&settings, &page(&okta, "what-if")), &allowed).await;
    assert_eq!(tried.status, 200, "{}", tried.body);
    assert!(tried.body.contains("1 of 1 would have come out differently"), "{}", tried.body);
    let named = "Strictness<br><code class=\"quiet\">policy.relaxations</code>";
    assert!(tried.body.contains(named), "in the words of the page where it is decided: {}", tried.body);
    assert_eq!(revisions(&site).await, 1);
    assert_eq!(old().await.status, 403);
    let saved = send(&mut owner, (&settings, &settings), &allowed).await;
    assert_eq!(saved.location(), Some(settings.as_str()), "{}", saved.body);
    let allowed = old().await;
    assert_eq!(allowed.location(), Some("/me"), "{}", allowed.body);
    let slug: Slug = ACCOUNT.parse().unwrap();
    let board = deadline::board(&site.gateway, &site.gateway.ctx(Actor::CommandLine), &slug).await.unwrap();
    assert!(board.iter().any(|one| one.kind.name() == "relaxation" && one.name == "sha1"), "{board:?}");
    site.clock.advance(86_400);
    assert_eq!(old().await.status, 403, "its day is over, and nobody had to do anything");
    // The owner's session is over by then.
    let shown = site.operator().await.get(&settings).await;
    assert!(shown.body.contains("it is not allowed any more"), "{}", shown.body);
}

#[tokio::test]
async fn what_is_wrong_with_strictness_is_told_at_its_field() {
    let (site, okta, mut owner) = owned().await;
    let settings = page(&okta, "settings");
    let wrong = strict(&[
        ("clock_skew", "601"),
        ("allow_sha1", "1"),
        ("until_sha1", "someday"),
        ("email_domains", "not a domain"),
        ("accepted_audiences", "urn:kept"),
    ]);
    let told = send(&mut owner, (&settings, &settings), &wrong).await;
    assert_eq!(told.status, 400, "{}", told.body);
    for field in ["clock_skew", "until_sha1", "email_domains"] {
        assert!(told.body.contains(&format!("id=\"{field}-problem\"")), "{field}: {}", told.body);
    }
    assert!(told.body.contains("A whole number from 0 to 600"), "{}", told.body);
    assert!(told.body.contains("Look again at the fields"), "{}", told.body);
    // What was typed stays.
    for typed in ["601", "someday", "not a domain", "urn:kept"] {
        assert!(told.body.contains(typed), "{typed}");
    }
    assert_eq!(revisions(&site).await, 1);
    let good = strict(&[
        ("clock_skew", "60"),
        ("unverified_emails", "drop"),
        ("accepted_audiences", "urn:a\r\nurn:b"),
    ]);
    send(&mut owner, (&settings, &settings), &good).await;
    let detail =
        show::show(&site.gateway, &site.gateway.ctx(Actor::CommandLine), okta.connection.id).await.unwrap();
    assert_eq!(detail.settings["policy"]["clock_skew_seconds"], 60);
    assert_eq!(detail.settings["unverified_emails"], "drop");
    assert_eq!(detail.settings["accepted_audiences"], serde_json::json!(["urn:a", "urn:b"]));
    // Twice the same is no revision.
    let same = send(&mut owner, (&settings, &settings), &good).await;
    assert!(same.body.contains("Nothing was different"), "{}", same.body);
    assert_eq!(revisions(&site).await, 2);
}

#[tokio::test]
async fn settings_and_certificates_are_tried_from_their_pages_and_saved_from_there() {
    let (site, okta, mut owner) = owned().await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    let (settings, what_if) = (page(&okta, "settings"), page(&okta, "what-if"));
    assert!(owner.get(&settings).await.body.contains(&format!("formaction=\"{what_if}\"")));
    let fields = [
        ("form", "settings"),
        ("name", "Okta"),
        ("product", "okta"),
        ("idp_initiated", "refuse"),
        ("provisioning", "match_only"),
    ];
    let tried = send(&mut owner, (&settings, &what_if), &fields).await;
    assert!(tried.body.contains("all 1 would have come out the same"), "{}", tried.body);
    assert!(tried.body.contains("provisioning=&#34;match_only&#34;"), "{}", tried.body);
    assert_eq!(revisions(&site).await, 1);
    let set = "idp_initiated=\"refuse\"\nprovisioning=\"match_only\"";
    let saved = send(&mut owner, (&what_if, &what_if), &[("set", set), ("how", "save")]).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    assert_eq!(revisions(&site).await, 2);

    // One more certificate, and one less.
    let certificates = page(&okta, "certificates");
    let add = [("form", "add"), ("pasted", IDP_EC_P256.certificate_pem)];
    let tried = send(&mut owner, (&certificates, &what_if), &add).await;
    assert!(tried.body.contains("all 1 would have come out the same"), "{}", tried.body);
    let nothing = send(&mut owner, (&certificates, &what_if), &[("form", "add"), ("pasted", "hello")]).await;
    assert_eq!(nothing.status, 400, "{}", nothing.body);
    send(&mut owner, (&certificates, &certificates), &[("pasted", IDP_EC_P256.certificate_pem), add[0]])
        .await;
    let detail =
        show::show(&site.gateway, &site.gateway.ctx(Actor::CommandLine), okta.connection.id).await.unwrap();
    let used = detail.keys.iter().find(|key| key.last_used_at.is_some()).unwrap();
    let before = revisions(&site).await;
    let remove = [("form", "remove"), ("key", used.spki_sha256.as_str())];
    let tried = send(&mut owner, (&certificates, &what_if), &remove).await;
    assert!(tried.body.contains("1 of 1 would have come out differently"), "{}", tried.body);
    assert!(tried.body.contains("signature_key_unknown"), "{}", tried.body);
    assert_eq!(revisions(&site).await, before);
}

#[tokio::test]
async fn going_back_is_tried_from_the_history_and_done_from_there() {
    let (site, okta, mut owner) = owned().await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    let [history, what_if, settings] = ["history", "what-if", "settings"].map(|name| page(&okta, name));
    let narrow = strict(&[("clock_skew", "60"), ("accepted_audiences", "urn:a")]);
    assert_eq!(send(&mut owner, (&settings, &settings), &narrow).await.status, 303);
    assert_eq!(revisions(&site).await, 2);
    let told = owner.get(&history).await.body;
    assert!(told.contains(&format!("formaction=\"{what_if}\"")));
    assert!(told.contains("User Olive") && told.contains("Seconds by which clocks may differ"), "{told}");
    let back = [("form", "history"), ("revision", "1")];
    let tried = send(&mut owner, (&history, &what_if), &back).await;
    assert_eq!(tried.status, 200, "{}", tried.body);
    assert!(tried.body.contains("all 1 would have come out the same"), "{}", tried.body);
    assert!(tried.body.contains("policy.clock_skew_seconds"), "{}", tried.body);
    assert!(tried.body.contains("Go back to revision 1") && !tried.body.contains("Save this change"));
    // Nothing is saved by trying, whatever is asked for beside it.
    let forced = [back[0], back[1], ("how", "save")];
    assert_eq!(send(&mut owner, (&history, &what_if), &forced).await.status, 200);
    assert_eq!(revisions(&site).await, 2);
    let none = send(&mut owner, (&history, &what_if), &[back[0], ("revision", "9")]).await;
    assert_eq!(none.status, 404, "{}", none.body);
    let mut program = crate::api::program(&site, Some(ACCOUNT), "connections:write").await;
    let path = format!("/api/v1/accounts/lincoln/connections/{}/what-if", okta.connection.id);
    let asked = serde_json::json!({ "revision": 1 });
    let told = crate::api::read(&crate::api::ask(&mut program, ("POST", &path), &[], Some(&asked)).await);
    let paths: Vec<_> = told["change"].as_array().unwrap().iter().map(|one| one["path"].clone()).collect();
    assert!(paths.contains(&"settings.accepted_audiences".into()), "{told}");
    let done = send(&mut owner, (&what_if, &history), &[back[1]]).await;
    assert_eq!(done.location(), Some(history.as_str()), "{}", done.body);
    assert_eq!(revisions(&site).await, 3);
}

/// Trying needs no proof, trusting does: the page cannot be used to get around it.
#[tokio::test]
async fn a_certificate_that_waits_is_tried_and_not_trusted_by_that() {
    let (site, okta, mut owner) = owned().await;
    let other = site
        .browser()
        .sign_in_changed(&site, &okta, &alice(), |minted| minted.options.key = Some(&IDP_RSA_NEXT))
        .await;
    assert_eq!(other.status, 403, "{}", other.body);
    let waiting = site.text("SELECT spki_sha256 FROM unknown_keys").await.expect("it waits");
    let (certificates, what_if) = (page(&okta, "certificates"), page(&okta, "what-if"));
    let approve = [("form", "approve"), ("key", waiting.as_str()), ("proof", "")];
    let tried = send(&mut owner, (&certificates, &what_if), &approve).await;
    assert!(tried.body.contains("1 of 1 would have come out differently"), "{}", tried.body);
    assert!(tried.body.contains("as if the certificate that waits were trusted"), "{}", tried.body);
    assert!(!tried.body.contains("Save this change"), "{}", tried.body);
    send(&mut owner, (&what_if, &what_if), &[("waiting", &waiting), ("how", "save")]).await;
    assert_eq!(revisions(&site).await, 1, "nothing is trusted");
}

/// What a look at the proposal does not tell: who signs in by the key that goes.
#[tokio::test]
async fn metadata_that_waits_is_tried_and_not_followed_by_that() {
    let (site, publisher, okta) = followed().await;
    let mut owner = site.owner().await;
    let signed_in = site.browser().sign_in(&site, &okta, &alice()).await;
    assert_eq!(signed_in.location(), Some("/me"), "{}", signed_in.body);
    site.set(&okta, |settings| settings["asks_before_keys"] = true.into()).await;
    publisher.publish(&document(&[IDP_RSA_NEXT]));
    site.clock.advance(APART_SECONDS);
    refresh_now(&site, &okta).await;
    let before = revisions(&site).await;
    let (certificates, what_if) = (page(&okta, "certificates"), page(&okta, "what-if"));
    let shown = owner.get(&certificates).await;
    assert!(shown.body.contains(&format!("formaction=\"{what_if}\"")), "{}", shown.body);
    let proposal = shown.between("name=\"proposal\" value=\"", "\"").to_owned();
    let follow = [("form", "follow"), ("proposal", proposal.as_str())];
    let tried = send(&mut owner, (&certificates, &what_if), &follow).await;
    assert_eq!(tried.status, 200, "{}", tried.body);
    assert!(tried.body.contains("1 of 1 would have come out differently"), "{}", tried.body);
    assert!(tried.body.contains("signature_key_unknown"), "{}", tried.body);
    assert!(tried.body.contains("as if the metadata that waits were followed"), "{}", tried.body);
    assert!(!tried.body.contains("Save this change"), "{}", tried.body);
    send(&mut owner, (&what_if, &what_if), &[follow[1], ("how", "save")]).await;
    assert_eq!(revisions(&site).await, before, "nothing is followed");
    let other = send(&mut owner, (&certificates, &what_if), &[follow[0], ("proposal", "other")]).await;
    assert_eq!(other.status, 400, "only what was shown: {}", other.body);

    let mut program = crate::api::program(&site, Some(ACCOUNT), "connections:write").await;
    let path = format!("/api/v1/accounts/lincoln/connections/{}/what-if", okta.connection.id);
    let asked = serde_json::json!({ "proposal": proposal });
    let told = crate::api::read(&crate::api::ask(&mut program, ("POST", &path), &[], Some(&asked)).await);
    assert_eq!(told["changed"][0]["after"]["code"], "signature_key_unknown", "{told}");
    // What was tried is what comes of it.
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let made = drift::approve(&site.gateway, &ctx, okta.connection.id, &proposal).await.unwrap().unwrap();
    let history = revision::revisions(&site.gateway, &ctx, okta.connection.id).await.unwrap();
    let of_it = history.iter().find(|one| one.number == made).unwrap();
    let paths = |all: &serde_json::Value| {
        all.as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let done: Vec<_> = of_it.changed.iter().map(|one| one.path.clone()).collect();
    assert_eq!(done, paths(&told["change"]));
    assert_eq!(site.browser().sign_in(&site, &okta, &alice()).await.status, 403);
}

#[tokio::test]
async fn a_mapping_is_written_in_rows() {
    let (site, okta, mut owner) = owned().await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    let (mapping, what_if) = (page(&okta, "mapping"), page(&okta, "what-if"));
    let rows = [
        ("form", "mapping"),
        ("rows", "1"),
        ("from_first_name", "text"),
        ("value_first_name", "Anna"),
        ("from_external_id", "attributes"),
        ("value_external_id", "sis_id\r\nuid"),
        ("own_name_0", "building"),
        ("from_own_0", "attributes"),
        ("value_own_0", "Building ID"),
        ("role_0", "admin"),
        ("role_when_0", "groups"),
        ("role_how_0", "equals"),
        ("role_value_0", "IT"),
        ("how", "try"),
    ];
    let recorded = owner.get(&mapping).await.between("<option value=\"att_", "\"").to_owned();
    let on = format!("att_{recorded}");
    let with = |more: &[(&'static str, &'static str)]| {
        let is_other = |field: &&(&str, &str)| more.iter().all(|(name, _)| *name != field.0);
        let mut all: Vec<(&str, &str)> = rows.iter().filter(is_other).copied().collect();
        all.extend(more);
        all
    };
    let mut tried = with(&[]);
    tried.push(("on", &on));
    let shown = send(&mut owner, (&mapping, &mapping), &tried).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    assert!(shown.body.contains("<strong>Anna</strong>"), "{}", shown.body);
    let differs = send(&mut owner, (&mapping, &what_if), &with(&[])).await;
    assert!(differs.body.contains("1 of 1 would have come out differently"), "{}", differs.body);
    assert_eq!(revisions(&site).await, 1);
    // What is wrong stands at its field, whoever finds it.
    for (field, value, at, said) in [
        ("value_external_id", " ", "value_external_id", "Say which attribute"),
        ("capture_first_name", "(", "capture_first_name", ""),
        ("role_value_0", "", "role_value_0", "Say which value"),
    ] {
        let wrong = send(&mut owner, (&mapping, &mapping), &with(&[(field, value), ("how", "save")])).await;
        assert_eq!(wrong.status, 400, "{field}: {}", wrong.body);
        assert!(wrong.body.contains(&format!("id=\"{at}-problem\">")), "{field}: {}", wrong.body);
        assert!(wrong.body.contains(said), "{field}: {}", wrong.body);
    }
    let saved = send(&mut owner, (&mapping, &mapping), &with(&[("how", "save")])).await;
    assert_eq!(saved.location(), Some(mapping.as_str()), "{}", saved.body);
    let detail =
        show::show(&site.gateway, &site.gateway.ctx(Actor::CommandLine), okta.connection.id).await.unwrap();
    let wanted = serde_json::json!({
        "first_name": { "first_of": ["constant:Anna"] },
        "external_id": { "first_of": ["attribute:sis_id", "attribute:uid"] },
        "custom": { "building": { "first_of": ["attribute:Building ID"] } },
        "role_rules": [{ "grant": "admin", "when": "groups", "equals": "IT" }],
    });
    assert_eq!(detail.settings["mapping"], wanted);
    // The text counts where it is chosen.
    let text = [("by", "json"), ("mapping", "{ \"required\": [\"email\"] }"), ("how", "save")];
    send(&mut owner, (&mapping, &mapping), &with(&text)).await;
    let detail =
        show::show(&site.gateway, &site.gateway.ctx(Actor::CommandLine), okta.connection.id).await.unwrap();
    assert_eq!(detail.settings["mapping"]["required"], serde_json::json!(["email"]));
    let shown = owner.get(&mapping).await;
    assert!(shown.body.contains("name=\"required_email\" value=\"1\" checked"), "{}", shown.body);
}

/// A tab that was opened before is filled in and saved: what it does not name is not what somebody chose.
#[tokio::test]
async fn an_older_form_undoes_nothing_that_was_saved_since() {
    const STALE: &str = "It was changed since you looked at it";
    let (site, okta, mut owner) = owned().await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let [settings, mapping, what_if] = ["settings", "mapping", "what-if"].map(|name| page(&okta, name));
    let old = [owner.get(&settings).await, owner.get(&mapping).await, owner.get(&what_if).await];
    let renamed = |name: &'static str| {
        let unchanged = [("product", "okta"), ("idp_initiated", "restart"), ("provisioning", "create")];
        [[("form", "settings"), ("name", name)].as_slice(), &unchanged].concat()
    };
    let asking = [renamed("Okta").as_slice(), &[("asks_before_keys", "1")]].concat();
    assert_eq!(send(&mut owner, (&settings, &settings), &asking).await.status, 303);
    let rules = "{ \"required\": [\"email\"] }";
    let rules = [("form", "mapping"), ("rows", "1"), ("by", "json"), ("mapping", rules), ("how", "save")];
    assert_eq!(send(&mut owner, (&mapping, &mapping), &rules).await.status, 303);
    let tried = send(&mut owner, (&what_if, &what_if), &[("set", "force_authn=true")]).await;
    assert!(tried.body.contains("Save this change"), "{}", tried.body);
    let narrow = strict(&[("clock_skew", "60")]);
    assert_eq!(send(&mut owner, (&settings, &settings), &narrow).await.status, 303);
    let before = show::show(&site.gateway, &ctx, okta.connection.id).await.unwrap().settings;
    let known = revisions(&site).await;

    let (other, lax) = (renamed("Other"), strict(&[("allow_sha1", "1"), ("until_sha1", "2040-01-01")]));
    let none = [("form", "mapping"), ("rows", "1"), ("by", "json"), ("mapping", "{ }"), ("how", "save")];
    let set = [("set", "force_authn=true"), ("how", "save")];
    let asked: [(&Answer, &str, Fields<'_>, &str); 8] = [
        (&old[0], &settings, &other, "value=\"Other\""),
        (&old[0], &settings, &lax, "2040-01-01"),
        (&old[1], &mapping, &none, "{ }"),
        // Nor by the page where it is tried first.
        (&old[0], &what_if, &other, "name=\"name\" value=\"Other\""),
        (&old[0], &what_if, &lax, "2040-01-01"),
        (&old[1], &what_if, &none, "{ }"),
        (&old[2], &what_if, &set, "force_authn=true"),
        (&tried, &what_if, &set, "force_authn=true"),
    ];
    for (seen, path, form, typed) in asked {
        let refused = owner.fill_on(seen, path, form).await;
        assert_eq!(refused.status, 400, "{path}: {form:?}: {}", refused.body);
        assert!(refused.body.contains(STALE), "{path}: {form:?}: {}", refused.body);
        assert!(refused.body.contains(typed), "what was typed stays: {typed}: {}", refused.body);
        // The form is as old on the page that says so, and one that does not say what it was made of is no newer.
        let as_old = format!("name=\"version\" value=\"{}\"", seen.version_for(path).unwrap());
        assert!(refused.body.contains(&as_old), "{path}: {form:?}: {}", refused.body);
        let token = refused.between("name=\"token\" value=\"", "\"");
        for of in [Some(("version", "*")), None] {
            let whole: Vec<_> =
                [("token", token)].into_iter().chain(of).chain(form.iter().copied()).collect();
            let again = owner.post(path, &whole, From::ThisSite).await;
            assert_eq!(again.status, 400, "{path}: {whole:?}: {}", again.body);
        }
    }
    let after = show::show(&site.gateway, &ctx, okta.connection.id).await.unwrap().settings;
    assert_eq!((after, revisions(&site).await), (before, known));
    // Whoever looks again may.
    assert_eq!(send(&mut owner, (&settings, &settings), &lax).await.status, 303);
    assert_eq!(send(&mut owner, (&what_if, &what_if), &set).await.status, 303);
    assert_eq!(revisions(&site).await, known + 2);
}

#[tokio::test]
async fn whoever_came_by_a_setup_link_is_not_asked_how_strictly_is_judged() {
    let (site, okta, _) = owned().await;
    site.set_state(&okta, ConnectionState::Testing).await;
    let mut visitor = site.open(&site.setup_link_with("sso", Some(okta.connection.id)).await).await;
    // How far it is stands before whoever comes back.
    let overview = visitor.get("/setup").await;
    assert!(overview.body.contains("By this link, in use: 0. Not in use: 1."), "{}", overview.body);
    assert!(overview.body.contains("Look at it: Single sign-on"), "{}", overview.body);
    assert!(overview.body.contains("<nav class=\"sections\""), "the frame of the other pages");
    let settings = format!("/setup-sso/{}/settings", okta.connection.id);
    let shown = visitor.get(&settings).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    assert!(!shown.body.contains("allow_sha1") && !shown.body.contains("what-if"), "{}", shown.body);
    let sent = send(&mut visitor, (&settings, &settings), &strict(&[("allow_sha1", "1")])).await;
    assert_eq!((sent.status.as_u16(), revisions(&site).await), (404, 1), "{}", sent.body);
}

/// Lists that grow are read a page at a time, in the console as by programs.
#[tokio::test]
async fn guests_are_listed_a_page_at_a_time() {
    let site = Site::https().await;
    let slug: Slug = ACCOUNT.parse().unwrap();
    for number in 0..51 {
        let ctx = site.gateway.ctx(Actor::CommandLine);
        let email = format!("guest{number:02}@home.example");
        domain::add_guest(&site.gateway, &ctx, &slug, (&email, "a substitute")).await.unwrap();
        site.clock.advance(1);
    }
    let mut owner = site.owner().await;
    let first = owner.get("/console/at/lincoln/domains").await;
    assert!(first.body.contains("guest49@") && !first.body.contains("guest50@"), "{}", first.body);
    let more = first.between("/domains?guests_after=", "#").to_owned();
    let second = owner.get(&format!("/console/at/lincoln/domains?guests_after={more}")).await;
    assert!(second.body.contains("guest50@") && !second.body.contains("guest49@"), "{}", second.body);
    assert!(!second.body.contains("guests_after="), "it is the last page");
    let (list, guest) = ("/console/at/lincoln/domains", [("email", "new@home.example"), ("reason", "x")]);
    send(&mut owner, (list, "/console/at/lincoln/domains/guests"), &guest).await;
    assert!(owner.get(list).await.body.contains("The address is let in."), "what was done is said");
    send(&mut owner, (list, "/console/at/lincoln/domains/guests/remove"), &guest[..1]).await;
    assert!(owner.get(list).await.body.contains("The address is let in no longer."));
    let mut program = crate::api::program(&site, Some(ACCOUNT), "domains:read").await;
    let (mut seen, mut path) = (Vec::new(), "/api/v1/accounts/lincoln/guests?limit=20".to_owned());
    loop {
        let page = crate::api::read(&program.get(&path).await);
        seen.extend(
            page["data"].as_array().unwrap().iter().map(|one| one["email"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/v1/accounts/lincoln/guests?limit=20&cursor={cursor}");
    }
    assert_eq!(seen, (0..51).map(|number| format!("guest{number:02}@home.example")).collect::<Vec<_>>());
}
