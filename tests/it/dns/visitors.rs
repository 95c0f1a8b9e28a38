//! Domains that whoever came by a setup link claims and proves: nobody is shut out by that, and nothing that the
//! account decides itself is kept from it.

use gatepost::base::{Actor, Ctx};
use gatepost::directory::preset::Product;
use gatepost::directory::state::DomainState;
use gatepost::flow::FlowError;
use gatepost::flow::domain::{self, Add, check};

use super::{Says, Server, name, site, values};
use crate::site::{Site, alice, ctx, slug};

/// Whoever has the link proves what is theirs: people with other addresses come in as before.
#[tokio::test]
async fn a_domain_that_a_visitor_proves_shuts_nobody_out() {
    let (site, server) = site().await;
    let okta = site.connect(Product::Okta).await;
    let visitor = site.visitor("domains").await;
    let prove = async |by: &Ctx, domain: &str| {
        claim(&site, &server, by, domain).await;
        let checked = check::check(&site.gateway, by, (&slug(), &name(domain))).await.unwrap();
        assert_eq!(checked.domain.state, DomainState::Proved);
    };
    prove(&visitor, "visitor.example").await;
    let answer = site.browser().sign_in(&site, &okta, &alice()).await;
    assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
    prove(&site.gateway.ctx(Actor::CommandLine), "other.example").await;
    let answer = site.browser().sign_in(&site, &okta, &alice()).await;
    site.assert_refused(&answer, "email_unverified").await;
}

/// Claims a domain, whose proof stands in DNS from then on.
async fn claim(site: &Site, server: &Server, by: &Ctx, domain: &str) {
    let input = Add { account: slug(), name: name(domain), connection: None };
    let claim = domain::add(&site.gateway, by, input).await.unwrap();
    server.set(&claim.record_name, Says::Txt(values(&[claim.record_value.as_str()])));
}

/// A link ends before DNS is changed, and the next one goes on.
#[tokio::test]
async fn a_visitor_checks_every_claim_and_gives_up_what_was_claimed_by_a_link() {
    let (site, server) = site().await;
    let okta = site.connect(Product::Okta).await;
    let (first, second) = (site.visitor("domains").await, site.visitor("domains").await);
    claim(&site, &server, &ctx(&site), "owners.example").await;
    for domain in ["visitors.example", "wrong.example"] {
        claim(&site, &server, &first, domain).await;
    }
    let removed = domain::remove(&site.gateway, &second, (&slug(), &name("owners.example"))).await;
    assert!(matches!(removed, Err(FlowError::Invalid(_))), "{removed:?}");
    let page = site.open(&site.setup_link("domains").await).await.get("/setup-domains").await;
    assert!(page.body.contains("An owner of the account claimed it"), "{}", page.body);
    assert!(page.body.contains("owners.example/check") && !page.body.contains("owners.example/remove"));
    assert!(page.body.contains("wrong.example/check") && page.body.contains("wrong.example/remove"));
    domain::remove(&site.gateway, &second, (&slug(), &name("wrong.example"))).await.unwrap();

    let check =
        async |by: &Ctx, domain: &str| check::check(&site.gateway, by, (&slug(), &name(domain))).await;
    assert_eq!(check(&second, "visitors.example").await.unwrap().domain.state, DomainState::Proved);
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

/// Whoever is the first to look keeps the account from nothing that it decides itself.
#[tokio::test]
async fn what_an_owner_claimed_makes_the_account_strict_whoever_finds_the_proof() {
    let (site, server) = site().await;
    let okta = site.connect(Product::Okta).await;
    claim(&site, &server, &ctx(&site), "owners.example").await;
    let visitor = site.visitor("domains").await;
    let of = (&slug(), &name("owners.example"));
    let checked = check::check(&site.gateway, &visitor, of).await.unwrap();
    assert_eq!(checked.domain.state, DomainState::Proved);
    let answer = site.browser().sign_in(&site, &okta, &alice()).await;
    site.assert_refused(&answer, "email_unverified").await;
    // After that a visitor uses up none of the looks that the owner has.
    let again = check::check(&site.gateway, &visitor, of).await;
    assert!(matches!(again, Err(FlowError::Invalid(_))), "{again:?}");
    let page = site.open(&site.setup_link("domains").await).await.get("/setup-domains").await;
    assert!(!page.body.contains("owners.example/check"), "{}", page.body);
    check::check(&site.gateway, &ctx(&site), of).await.unwrap();
}
