//! After runs, an inventory and faults of Zoom's: no secret and no token that was used for them stands in the database, in
//! anything that was logged, in an answer of the REST API or on a page of the console.

use axum::http::StatusCode;
use gatepost::directory::state::{ZoomCloud, ZoomKind, ZoomRunState};
use gatepost::flow::zoom::link::{self, Save};
use gatepost::flow::zoom::provision::run;
use gatepost::jobs;
use gatepost::standin::fault::{Faults, TokenFault};
use gatepost::standin::hook;
use gatepost_saml::encoding::to_base64;
use secrecy::SecretString;

use crate::api::{ask, program, read};
use crate::browser::{Answer, Browser};
use crate::secrets::{Logged, Secrets};
use crate::site::{ACCOUNT, slug};
use crate::zoom_events::deliver;
use crate::zoom_provisioning::{Set, fresh};

const SECRET_TOKEN: &str = "3rT7xK2mQ9sVwYbN5zLd";
/// As the stand-in gives it with a recording.
const DOWNLOAD_TOKEN: &str = "stand-in-download-token";
const SCOPES: &str = "zoom:read zoom:write zoom_provisioning:write";
const ZOOM: &str = "/api/v1/accounts/lincoln/zoom";

/// All that came: what stands in a header is told as well.
fn came(answer: &Answer) -> String {
    format!("{:?}\n{}\n", answer.headers, answer.body)
}

/// What stands at `paths`.
async fn all_at(browser: &mut Browser, paths: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    for path in paths {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        all.push(came(&answer));
    }
    all
}

/// Every page of Zoom that an owner sees.
async fn pages(set: &Set, event: &str) -> Vec<String> {
    let last = run::list(&set.site.gateway, &set.ctx(), &slug(), (None, 1)).await.unwrap().remove(0);
    let of_run = format!("/provisioning/runs/{}", last.id);
    let (of_event, tried) = (format!("/{event}"), format!("/provisioning/settings?person={}", fresh(1)[0]));
    let paths = [
        "",
        "/link",
        "/events",
        of_event.as_str(),
        "/provisioning",
        "/provisioning/settings",
        tried.as_str(),
        "/provisioning/people",
        "/provisioning/people/file",
        of_run.as_str(),
        "/inventory",
        "/inventory/file",
    ]
    .map(|path| format!("/console/at/{ACCOUNT}/zoom{path}"));
    all_at(&mut set.site.owner().await, &paths).await
}

#[tokio::test]
async fn no_secret_of_zoom_stands_anywhere_in_clear() {
    let (logged, _guards) = Logged::everything();
    let mut secrets = Secrets::default();
    let set = Set::new(40).await;
    let settings = set.stand_in.settings().clone();
    let save = Save {
        account: slug(),
        kind: ZoomKind::ServerToServer,
        cloud: ZoomCloud::Custom,
        bases: Some((set.base.clone(), set.base.clone())),
        capabilities: ["events", "provisioning", "inventory"].map(str::to_owned).to_vec(),
        client_id: Some(settings.client_id.clone()),
        client_secret: Some(SecretString::from(settings.client_secret.as_str())),
        zoom_account: Some(settings.account_id.clone()),
        secret_token: Some(SecretString::from(SECRET_TOKEN)),
    };
    link::save(&set.site.gateway, &set.ctx(), save, |_| true).await.unwrap();
    secrets.drawn("client secret", &settings.client_secret);
    secrets.drawn("secret token", SECRET_TOKEN);
    let pair = format!("{}:{}", settings.client_id, settings.client_secret);
    secrets.drawn("credentials as they are sent", to_base64(pair.as_bytes()));

    set.people(fresh(6)).await;
    set.settings(|_| {}).await;
    // The token endpoint is down, tokens are refused, answers are lost, Zoom refuses: each has its words.
    let mut answers = Vec::new();
    for faults in [
        Faults { token: Some(TokenFault::Down), ..Faults::default() },
        Faults { token: Some(TokenFault::Inactive), ..Faults::default() },
        Faults { refuse_tokens: 9, ..Faults::default() },
        Faults { missing_scope: Some("scim2".to_owned()), ..Faults::default() },
        Faults { refuse_tokens: 1, lost: 3, ..Faults::default() },
        Faults::default(),
    ] {
        set.fault(faults);
        run::ask(&set.site.gateway, &set.ctx(), (&slug(), false)).await.unwrap();
        for _ in 0..12 {
            jobs::zoom(&set.site.gateway, None).await;
            set.site.clock.advance(3700);
        }
        let all = run::list(&set.site.gateway, &set.ctx(), &slug(), (None, 1)).await.unwrap();
        let state = all[0].state;
        assert!(matches!(state, ZoomRunState::Done | ZoomRunState::Failed), "{:?}", all[0]);
        // Days have passed by our clock: keys of the API end sooner.
        let mut api = program(&set.site, Some(ACCOUNT), SCOPES).await;
        let of_run = format!("{ZOOM}/runs/{}", all[0].id);
        let paths = [of_run.clone(), format!("{of_run}/steps"), format!("{of_run}/file")];
        answers.extend(all_at(&mut api, &paths).await);
    }
    let mut api = program(&set.site, Some(ACCOUNT), SCOPES).await;
    let asked = ask(&mut api, ("POST", &format!("{ZOOM}/inventories")), &[], None).await;
    assert_eq!(asked.status, StatusCode::CREATED, "{}", asked.body);
    jobs::zoom(&set.site.gateway, None).await;
    // An event brings a token along, for its recording.
    let (account, now) = (settings.account_id.as_str(), set.site.clock.now());
    let event = hook::event("recording.completed", account, 1, now).to_string();
    let taken = deliver(&set.site, "/zoom/lincoln/webhook", &event, SECRET_TOKEN).await;
    assert_eq!(taken.status, StatusCode::NO_CONTENT, "{}", taken.body);
    assert!(event.contains(DOWNLOAD_TOKEN));
    secrets.drawn("download token", DOWNLOAD_TOKEN);
    let listed = read(&api.get(&format!("{ZOOM}/events")).await);
    let event = format!("events/{}", listed["data"][0]["id"].as_str().unwrap());
    answers.extend(pages(&set, &event).await);
    let paths = [
        "link",
        "guide",
        "provisioning",
        "runs",
        "people",
        "inventories",
        "events",
        event.as_str(),
        "users",
        "users/file",
    ];
    answers.extend(all_at(&mut api, &paths.map(|path| format!("{ZOOM}/{path}"))).await);
    assert_eq!(set.count("POST scim2/Users"), 6, "it was done");
    let tokens = set.stand_in.inside().tokens_given();
    assert!(tokens.len() > 3, "{}", tokens.len());
    for token in &tokens {
        secrets.drawn("access token", token);
    }
    let there = set.stand_in.inside().world.users.values().nth(20).unwrap().email.clone();
    assert!(answers.last().unwrap().contains(&there), "the inventory knows them");
    let answered = answers.concat();
    assert_eq!(secrets.in_clear(answered.as_bytes()), Vec::<&str>::new(), "in answers");
    // A person whom only Zoom has told us of.
    secrets.drawn("address", &there);

    assert!(set.site.count("SELECT COUNT(*) FROM zoom_seats").await >= 40, "the inventory is part of it");
    assert!(set.site.count("SELECT COUNT(*) FROM zoom_steps").await >= 6);
    let everything = set.site.folder.dump().await;
    assert_eq!(secrets.in_clear(&everything), Vec::<&str>::new(), "in the database");
    let told = logged.text();
    assert!(told.len() > 1000, "there is something to look at");
    assert_eq!(secrets.in_clear(&told), Vec::<&str>::new(), "in the log");

    // What leaks is found.
    tracing::info!("Bearer {}", tokens[0]);
    assert_eq!(secrets.in_clear(&logged.text()), ["access token"]);
}
