//! What is taken back, tried again or switched, by every caller: on things that are there, made anew for each of them. The
//! table of all addresses asks with ids that nothing has, and there whoever may and whoever may not are told the same.

use gatepost::base::id::PasskeyId;
use gatepost::directory::domain::DomainName;
use gatepost::directory::preset::Product;
use gatepost::directory::state::JobState;
use gatepost::flow::attempt::share;
use gatepost::flow::deadline::calendar;
use gatepost::flow::domain::{self, Add};
use gatepost::flow::webhook::{self, Create};
use gatepost::flow::{account, api_key, job, operator, owner, setup_link};
use gatepost::storage::passkey::{Passkey, Whose};

use super::{CALLERS, FORM, callers, form_token};
use crate::browser::From;
use crate::site::{Site, ctx, new_link, slug};

/// What there is.
#[derive(Clone, Copy)]
enum Thing {
    Key,
    KeyOfInstallation,
    SetupLink,
    Invitation,
    OwnersPasskey,
    Calendar,
    CalendarOfAll,
    Domain,
    Share,
    Webhook,
    Operator,
    Job,
}

/// What the account's owners and operators may, and nobody else.
const OWNERS: [u16; 8] = [403, 403, 403, 303, 404, 303, 403, 403];

/// What operators alone may.
const OPERATORS: [u16; 8] = [403, 403, 403, 403, 403, 303, 403, 403];

/// The thing, the address with its id as `{id}`, and the status for each of [`CALLERS`].
const THINGS: &[(Thing, &str, [u16; 8])] = &[
    (Thing::Key, "/console/at/lincoln/api-keys/{id}/revoke", OWNERS),
    (Thing::KeyOfInstallation, "/console/api-keys/{id}/revoke", [403, 404, 404, 404, 404, 303, 403, 403]),
    // An account's is none of those.
    (Thing::Key, "/console/api-keys/{id}/revoke", [403, 404, 404, 404, 404, 404, 403, 403]),
    (Thing::SetupLink, "/console/at/lincoln/setup-links/{id}/revoke", OWNERS),
    (Thing::Invitation, "/console/at/lincoln/owners/invitations/{id}/revoke", OWNERS),
    (Thing::OwnersPasskey, "/console/at/lincoln/owners/passkeys/{id}/remove", OWNERS),
    // Under one's own: the owner's it is, and no operator's nor another owner's.
    (Thing::OwnersPasskey, "/console/passkeys/{id}/remove", [403, 403, 403, 303, 404, 404, 403, 403]),
    (Thing::Calendar, "/console/at/lincoln/deadlines/calendars/{id}/revoke", OWNERS),
    (Thing::CalendarOfAll, "/console/deadlines/calendars/{id}/revoke", OPERATORS),
    // It is no name that is looked up: whoever may is told so.
    (Thing::Domain, "/console/at/lincoln/domains/{id}/check", [403, 403, 403, 400, 404, 400, 403, 403]),
    (Thing::Domain, "/console/at/lincoln/domains/{id}/route", OWNERS),
    (Thing::Domain, "/console/at/lincoln/domains/{id}/remove", OWNERS),
    (Thing::Domain, "/setup-domains/{id}/check", [404, 404, 404, 404, 404, 404, 400, 404]),
    // Nor was it claimed by the link.
    (Thing::Domain, "/setup-domains/{id}/remove", [404, 404, 404, 404, 404, 404, 400, 404]),
    (
        Thing::Share,
        "/console/at/lincoln/sign-ins/{t}/shares/{id}/revoke",
        [403, 403, 303, 303, 404, 303, 403, 403],
    ),
    // No version was looked at.
    (Thing::Webhook, "/console/at/lincoln/webhooks/{id}/update", [403, 403, 403, 400, 404, 400, 403, 403]),
    (Thing::Webhook, "/console/at/lincoln/webhooks/{id}/test", OWNERS),
    (Thing::Webhook, "/console/at/lincoln/webhooks/{id}/rotate", [403, 403, 403, 200, 404, 200, 403, 403]),
    (Thing::Webhook, "/console/at/lincoln/webhooks/{id}/state", OWNERS),
    (Thing::Webhook, "/console/at/lincoln/webhooks/{id}/remove", OWNERS),
    (Thing::Operator, "/console/operators/{id}/remove", OPERATORS),
    (Thing::Job, "/console/health/jobs/{id}/retry", OPERATORS),
];

/// Makes one, the `number`th of this test; its id, as addresses name it.
async fn make(site: &Site, thing: Thing, number: u8) -> String {
    let (gateway, ctx) = (&site.gateway, &ctx(site));
    match thing {
        Thing::Key => {
            let (account, name) = (Some(slug()), format!("key {number}"));
            let input = api_key::Create { account, name, scopes: "users:read".parse().unwrap(), days: 1 };
            api_key::create(gateway, ctx, input).await.unwrap().0.id.to_string()
        }
        Thing::KeyOfInstallation => {
            let name = format!("key {number}");
            let input =
                api_key::Create { account: None, name, scopes: "accounts:read".parse().unwrap(), days: 1 };
            api_key::create(gateway, ctx, input).await.unwrap().0.id.to_string()
        }
        Thing::SetupLink => {
            let input = new_link("sso", None);
            setup_link::create(gateway, ctx, input).await.unwrap().id.to_string()
        }
        Thing::Invitation => {
            let email = format!("invited{number}@lincoln.example");
            owner::invite(gateway, ctx, &slug(), (&email, None)).await.unwrap().id.to_string()
        }
        Thing::OwnersPasskey => passkey(site, number).await.to_string(),
        Thing::Calendar => calendar::make(gateway, ctx, Some(&slug())).await.unwrap().id.to_string(),
        Thing::CalendarOfAll => calendar::make(gateway, ctx, None).await.unwrap().id.to_string(),
        Thing::Domain => {
            let name: DomainName = format!("d{number}.internal").parse().unwrap();
            let input = Add { account: slug(), name: name.clone(), connection: None };
            domain::add(gateway, ctx, input).await.unwrap();
            name.to_string()
        }
        Thing::Share => {
            let attempt = attempt(site).await.parse().unwrap();
            share::create(gateway, ctx, attempt).await.unwrap().id.to_string()
        }
        Thing::Webhook => {
            // An account has so many; what nobody has removed does as well, unless a new secret was made of late.
            let present = webhook::list(gateway, ctx, &slug()).await.unwrap();
            if let Some(present) = present.iter().find(|webhook| webhook.overlap_until.is_none()) {
                return present.id.to_string();
            }
            let input = Create {
                account: slug(),
                url: "http://127.0.0.1:9/nobody".to_owned(),
                name: String::new(),
                types: "user.*".parse().unwrap(),
            };
            webhook::create(gateway, ctx, input).await.unwrap().0.id.to_string()
        }
        Thing::Operator => {
            let name = format!("Sam {number}");
            let link = operator::make_link(gateway, ctx, &name, None).await.unwrap();
            site.open(&link).await;
            let all = operator::list(gateway, ctx).await.unwrap();
            all.iter().find(|operator| operator.name == name).unwrap().id.to_string()
        }
        Thing::Job => {
            site.insert_job("{}", usize::from(number)).await;
            site.execute("UPDATE jobs SET state = 'dead' WHERE state = 'waiting'").await;
            job::list(gateway, ctx, JobState::Dead).await.unwrap()[0].id.to_string()
        }
    }
}

/// A passkey of the account's owner that no browser has made.
async fn passkey(site: &Site, number: u8) -> PasskeyId {
    let account = account::show(&site.gateway, &ctx(site), &slug()).await.unwrap().id;
    let owner = format!("SELECT id FROM users WHERE role = 'owner' AND account_id = '{account}'");
    let owner = site.text(&owner).await.unwrap();
    let mut tx = site.storage.write().await.unwrap();
    let keys = site.storage.keys(&mut tx, account).await.unwrap();
    let new = Passkey {
        whose: Whose::User(account, owner.parse().unwrap()),
        id: PasskeyId::make(site.clock.now(), &site.rng),
        credential_key: [number; 32],
        credential: b"{}".to_vec().into(),
        name: "A key".to_owned(),
        created_at: site.clock.now(),
        last_used_at: None,
    };
    assert!(gatepost::storage::passkey::insert(&mut tx, &new, &keys, &site.rng).await.unwrap());
    tx.commit().await.unwrap();
    new.id
}

async fn attempt(site: &Site) -> String {
    site.text("SELECT MIN(id) FROM attempts").await.unwrap()
}

/// What its form brings back, as its page has it.
async fn version(site: &Site, thing: Thing, id: &str) -> String {
    let Thing::Domain = thing else { return String::new() };
    let shown = domain::show(&site.gateway, &ctx(site), (&slug(), &id.parse().unwrap())).await;
    shown.unwrap().version.to_string()
}

/// Everything that was written into the chains of events.
async fn told(site: &Site) -> i64 {
    let of_accounts = site.count("SELECT COUNT(*) FROM events").await;
    of_accounts + site.count("SELECT COUNT(*) FROM installation_events").await
}

#[tokio::test]
async fn who_may_take_back_what_is_there() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browsers = callers(&site, &okta).await;
    let attempt = attempt(&site).await;
    let (mut wrong, mut number) = (Vec::new(), 0);
    for (thing, address, expected) in THINGS {
        for ((browser, caller), expected) in browsers.iter_mut().zip(CALLERS).zip(expected) {
            number += 1;
            let id = make(&site, *thing, number).await;
            let address = address.replace("{id}", &id).replace("{t}", &attempt);
            let token = form_token(browser);
            let version = version(&site, *thing, &id).await;
            let unseen = [("token", token.as_str()), ("version", version.as_str())];
            let form: Vec<_> = FORM.iter().copied().chain(unseen).collect();
            let before = told(&site).await;
            let answer = browser.post(&address, &form, From::ThisSite).await;
            if answer.status.as_u16() != *expected {
                wrong.push(format!("{address} as {caller}: {}, not {expected}", answer.status));
            }
            let has_done = told(&site).await != before;
            let is_refused = [403, 404].contains(expected);
            if is_refused && has_done {
                wrong.push(format!("{address} as {caller} was refused, and did something"));
            }
            let is_done = [200, 303].contains(expected);
            if is_done && !has_done {
                wrong.push(format!("{address} as {caller} was done, and nothing was written of it"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
