//! Domains that whoever came by a setup link claims and proves: theirs alone to check, and nobody is shut out by that.

use gatepost::base::{Actor, Ctx};
use gatepost::directory::preset::Product;
use gatepost::directory::state::DomainState;
use gatepost::flow::FlowError;
use gatepost::flow::domain::{self, Add, check};

use super::{Says, name, site, values};
use crate::site::{ACCOUNT, alice, ctx, slug};

/// Whoever has the link proves what is theirs: people with other addresses come in as before.
#[tokio::test]
async fn a_domain_that_a_visitor_proves_shuts_nobody_out() {
    let (site, server) = site().await;
    let okta = site.connect(Product::Okta).await;
    let visitor = site.visitor("domains").await;
    let prove = async |by: &Ctx, domain: &str| {
        let (account, name) = (ACCOUNT.parse().unwrap(), name(domain));
        let input = Add { account, name: name.clone(), connection: None };
        let claim = domain::add(&site.gateway, by, input).await.unwrap();
        server.set(&claim.record_name, Says::Txt(values(&[claim.record_value.as_str()])));
        let checked = check::check(&site.gateway, by, (&ACCOUNT.parse().unwrap(), &name)).await.unwrap();
        assert_eq!(checked.domain.state, DomainState::Proved);
    };
    prove(&visitor, "visitor.example").await;
    let answer = site.browser().sign_in(&site, &okta, &alice()).await;
    assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
    prove(&site.gateway.ctx(Actor::CommandLine), "other.example").await;
    let answer = site.browser().sign_in(&site, &okta, &alice()).await;
    site.assert_refused(&answer, "email_unverified").await;
}

/// Whoever is the first to look keeps the account from nothing that it decides itself.
#[tokio::test]
async fn a_visitor_has_to_do_with_what_was_claimed_by_their_link_alone() {
    let (site, server) = site().await;
    let okta = site.connect(Product::Okta).await;
    let (visitor, other) = (site.visitor("domains").await, site.visitor("domains").await);
    let by_owner = ctx(&site);
    for (by, domain) in [(&by_owner, "owners.example"), (&visitor, "visitors.example")] {
        let input = Add { account: slug(), name: name(domain), connection: None };
        let claim = domain::add(&site.gateway, by, input).await.unwrap();
        server.set(&claim.record_name, Says::Txt(values(&[claim.record_value.as_str()])));
    }
    let check =
        async |by: &Ctx, domain: &str| check::check(&site.gateway, by, (&slug(), &name(domain))).await;
    for (by, domain) in [(&visitor, "owners.example"), (&other, "visitors.example")] {
        let checked = check(by, domain).await;
        assert!(matches!(checked, Err(FlowError::Invalid(_))), "{checked:?}");
        let removed = domain::remove(&site.gateway, by, (&slug(), &name(domain))).await;
        assert!(matches!(removed, Err(FlowError::Invalid(_))), "{removed:?}");
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM domains WHERE state = 'pending'").await, 2);
    let page = site.open(&site.setup_link("domains").await).await.get("/setup-domains").await;
    assert!(page.body.contains("Somebody else claimed it."), "{}", page.body);
    assert!(!page.body.contains("owners.example/check") && !page.body.contains("owners.example/remove"));

    check(&visitor, "visitors.example").await.unwrap();
    site.days(8).await;
    let answer = site.browser().sign_in(&site, &okta, &alice()).await;
    assert_eq!(answer.location(), Some("/me"), "the weekly look decides nothing: {}", answer.body);
    // Whoever stands in for the account and finds the proof proves it, and that is told, once.
    assert_eq!(site.events_of("domain.proved").await, 1);
    check(&ctx(&site), "visitors.example").await.unwrap();
    check(&ctx(&site), "visitors.example").await.unwrap();
    assert_eq!(site.events_of("domain.proved").await, 2);
    let answer = site.browser().sign_in(&site, &okta, &alice()).await;
    site.assert_refused(&answer, "email_unverified").await;
}
