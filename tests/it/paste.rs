//! What somebody pastes becomes a draft or a revision, or a list of what is wrong with it.

use gatepost::base::Actor;
use gatepost::base::id::ConnectionId;
use gatepost::directory::preset::Product;
use gatepost::flow::FlowError;
use gatepost::flow::connection::paste::{self, Applied, Paste};
use gatepost::flow::connection::{self, show};
use gatepost_saml::encoding::to_base64;
use gatepost_saml::mint::Personality;
use gatepost_saml::mint::keys::{IDP_RSA, IDP_RSA_NEXT};

use crate::cli::{folder, gatepost, json, run};
use crate::publisher::{Answer, Document, Publisher};
use crate::site::{ACCOUNT, Site};

async fn apply(
    site: &Site,
    (account, connection): (&str, Option<ConnectionId>),
    text: &str,
) -> Result<Applied, FlowError> {
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let account = account.parse().unwrap();
    let (plan, product, entity_id) = (None, None, None);
    let input = Paste { account, connection, plan, product, entity_id, text: text.as_bytes().to_vec() };
    paste::apply(&site.gateway, &ctx, input).await
}

fn codes(applied: &Applied) -> Vec<&'static str> {
    applied.seen.problems.iter().map(|problem| problem.code.name()).collect()
}

fn okta() -> &'static Personality {
    Personality::named("okta").unwrap()
}

/// What somebody has of an identity provider, as they paste it.
pub fn fields() -> String {
    let certificate = to_base64(&IDP_RSA.certificate_der().unwrap());
    let (entity_id, sso) = (okta().addresses.entity_id, okta().addresses.sso_url);
    format!(
        "Issuer: {entity_id}\nIdentity Provider Single Sign-On URL\n{sso}\nX.509 Certificate:\n{certificate}"
    )
}

#[tokio::test]
async fn what_is_pasted_becomes_a_draft_and_later_a_revision() {
    let site = Site::https().await;
    let made = apply(&site, (ACCOUNT, None), &fields()).await.unwrap();
    assert!(made.seen.is_usable(), "{:?}", made.seen.problems);
    assert_eq!((made.seen.product, made.revision), (Product::Okta, Some(1)));
    let id = made.connection.unwrap();
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let shown = show::show(&site.gateway, &ctx, id).await.unwrap().json();
    assert_eq!(
        (&shown["state"], &shown["idp_entity_id"]),
        (&"draft".into(), &okta().addresses.entity_id.into())
    );
    // The next certificate alone comes beside the other; the same again changes nothing.
    let next = IDP_RSA_NEXT.certificate_pem;
    assert_eq!(apply(&site, (ACCOUNT, Some(id)), next).await.unwrap().revision, Some(2));
    assert_eq!(apply(&site, (ACCOUNT, Some(id)), next).await.unwrap().revision, None);
    let shown = show::show(&site.gateway, &ctx, id).await.unwrap().json();
    assert_eq!(shown["keys"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_wrong_changes_nothing() {
    let site = Site::https().await;
    let made = apply(&site, (ACCOUNT, None), &fields()).await.unwrap();
    let id = made.connection.unwrap();
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let view = connection::list(&site.gateway, &ctx, &ACCOUNT.parse().unwrap()).await.unwrap().remove(0);
    let own = connection::own_metadata(&site.gateway, id).await.unwrap().to_string();
    for (text, code) in [
        (own.as_str(), "own_metadata"),
        (view.acs_url.as_str(), "own_values"),
        (IDP_RSA.private_pem, "private_key"),
        ("http://idp.example/metadata.xml", "http_url"),
    ] {
        for connection in [None, Some(id)] {
            let applied = apply(&site, (ACCOUNT, connection), text).await.unwrap();
            assert_eq!((codes(&applied), applied.revision), (vec![code], None), "{text}");
        }
    }
    let partly = apply(&site, (ACCOUNT, None), "Issuer: urn:x").await.unwrap();
    let missing: Vec<_> = partly.seen.missing.iter().map(|part| part.name()).collect();
    assert_eq!((missing, partly.connection), (vec!["sso_url", "certificate"], None));
    assert_eq!(site.count("SELECT COUNT(*) FROM connections").await, 1);
    assert_eq!(site.count("SELECT COUNT(*) FROM connection_revisions").await, 1);
}

#[tokio::test]
async fn an_address_of_metadata_is_fetched_and_followed() {
    let site = Site::https().await;
    let publisher = Publisher::new(Answer::Status(404));
    let failed = apply(&site, (ACCOUNT, None), &publisher.url()).await.unwrap();
    assert_eq!((codes(&failed), failed.connection), (vec!["fetch_failed"], None));
    publisher.publish(&Document::of(okta(), &[IDP_RSA]));
    let made = apply(&site, (ACCOUNT, None), &format!("Metadata URL:\n  {}", publisher.url())).await.unwrap();
    assert!(made.seen.is_usable(), "{:?}", made.seen.problems);
    assert_eq!(made.seen.pasted.entity_id.as_deref(), Some(okta().addresses.entity_id));
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let shown = show::show(&site.gateway, &ctx, made.connection.unwrap()).await.unwrap().json();
    assert_eq!(shown["metadata"]["url"], publisher.url());
}

#[tokio::test]
async fn other_accounts_are_never_named_and_never_reached() {
    let site = Site::https().await;
    site.make_account("riverside", "Riverside Unified").await;
    let theirs = apply(&site, ("riverside", None), &fields()).await.unwrap();
    assert!(theirs.seen.problems.is_empty());
    let ours = apply(&site, (ACCOUNT, None), &fields()).await.unwrap();
    assert_eq!(codes(&ours), ["entity_id_in_use"]);
    let told = serde_json::to_string(&ours.seen.problems).unwrap();
    assert!(!told.contains("iverside") && !told.contains("acct_"), "{told}");
    let across = apply(&site, (ACCOUNT, theirs.connection), &fields()).await;
    assert!(matches!(across, Err(FlowError::NotFound(_))), "{across:?}");
}

/// Two of one identity provider are mostly one too many, and then nobody knows which is which.
#[tokio::test]
async fn the_same_identity_provider_a_second_time_is_told_and_told_apart() {
    let site = Site::https().await;
    let first = apply(&site, (ACCOUNT, None), &fields()).await.unwrap();
    assert!(codes(&first).is_empty());
    let again = apply(&site, (ACCOUNT, first.connection), &fields()).await.unwrap();
    assert!(codes(&again).is_empty(), "it is itself");
    let second = apply(&site, (ACCOUNT, None), &fields()).await.unwrap();
    assert_eq!(codes(&second), ["entity_id_here"]);
    assert_eq!(second.seen.problems[0].found.as_deref(), Some("Okta"));
    assert_ne!(second.connection, first.connection, "it may be for another application");
    let mut operator = site.operator().await;
    let ends = [first, second].map(|made| {
        let id = made.connection.unwrap().to_string();
        id[id.len() - 4..].to_owned()
    });
    for page in ["sso", "sign-ins", "setup-links"] {
        let shown = operator.get(&format!("/console/at/lincoln/{page}")).await;
        for end in &ends {
            let name = format!("Okta ({}, …{end})", okta().addresses.entity_id.split_once("://").unwrap().1);
            assert!(shown.body.contains(&name), "{page}, {name}: {}", shown.body);
        }
    }
    // Whoever came by a setup link learns nothing so of what is in use.
    let used = format!("UPDATE connections SET state = 'active' WHERE id = '{}'", again.connection.unwrap());
    site.execute(&used).await;
    let visitor = site.visitor("sso").await;
    let text = fields().into_bytes();
    let (connection, plan, product, entity_id) = (None, None, None, None);
    let input = Paste { account: ACCOUNT.parse().unwrap(), connection, plan, product, entity_id, text };
    let seen = paste::look(&site.gateway, &visitor, &input).await.unwrap();
    assert!(seen.problems.is_empty(), "{:?}", seen.problems);
}

#[test]
fn the_command_line_tells_what_is_wrong_and_does_the_rest() {
    let folder = folder();
    json(&run(&folder.0, &["account", "create", "lincoln", "--json"]));
    std::fs::write(folder.0.join("pasted.txt"), fields()).unwrap();
    let paste = |more: &[&str]| {
        let arguments = [&["connection", "paste", "--account", "lincoln", "--json"], more].concat();
        run(&folder.0, &arguments)
    };
    // The test keys are for tests and demos: a gateway takes them on loopback only, which the default address is.
    let rehearsed = json(&paste(&["pasted.txt", "--dry-run"]));
    assert_eq!((&rehearsed["is_usable"], &rehearsed["connection"]), (&true.into(), &serde_json::Value::Null));
    let made = json(&paste(&["pasted.txt"]));
    assert_eq!(
        (&made["form"], &made["product"], &made["revision"]),
        (&"fields".into(), &"okta".into(), &1.into())
    );
    std::fs::write(folder.0.join("wrong.txt"), "https://acme.okta.com/login/login.htm").unwrap();
    let refused = paste(&["wrong.txt"]);
    assert_eq!(refused.status.code(), Some(1));
    let told: serde_json::Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!(told["problems"][0]["code"], "login_page");
    assert!(told["problems"][0]["text"].as_str().unwrap().contains("SSO URL"));
    // Nothing given is stdin.
    let nothing = gatepost(&folder.0)
        .args(["connection", "paste", "--account", "lincoln"])
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(nothing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("(empty)"));
}
