//! Keys: made once, changed without anybody noticing, never in clear.

use gatepost::base::url::PublicUrl;
use gatepost::base::{Actor, Clock, Rng};
use gatepost::flow::connection::keys::KeySource;
use gatepost::flow::keys::signing::{self, Rotation, SigningKeyView};
use gatepost::flow::session::Lifetimes;
use gatepost::flow::{Gateway, Inputs, sweep, token};
use gatepost::storage::Storage;
use gatepost::token::ring::State;

use crate::site::{Folder, HTTPS, Site, start_of_time};

/// A node on the installation in `folder`.
async fn node(folder: &Folder) -> Gateway {
    let storage = Storage::open(folder.location(), start_of_time(), &Rng::system()).await.unwrap();
    let inputs = Inputs {
        clock: Clock::System,
        rng: Rng::system(),
        keys: KeySource::Fresh,
        public_url: PublicUrl::parse(HTTPS).unwrap(),
        return_to_origins: Vec::new(),
        limits: gatepost_saml::Limits::MESSAGE,
        second_opinion: gatepost::config::SecondOpinion::Off,
        outbound: crate::site::outbound(),
        trusts_test_keys: true,
        lifetimes: Lifetimes::default(),
        tokens: token::Settings::default(),
    };
    Gateway::new(storage, inputs)
}

async fn list(gateway: &Gateway) -> Vec<SigningKeyView> {
    signing::list(gateway, &gateway.ctx(Actor::CommandLine)).await.unwrap()
}

fn states(keys: &[SigningKeyView]) -> Vec<&'static str> {
    keys.iter().map(|key| key.state.name()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_start_at_once_make_one_key() {
    for _ in 0..5 {
        let folder = Folder::installation();
        let mut nodes = Vec::new();
        for _ in 0..4 {
            nodes.push(node(&folder).await);
        }
        let starts: Vec<_> = nodes
            .iter()
            .cloned()
            .map(|node| {
                tokio::spawn(async move { signing::prepare(&node, &node.ctx(Actor::CommandLine)).await })
            })
            .collect();
        for start in starts {
            start.await.unwrap().unwrap();
        }
        let first = list(&nodes[0]).await;
        assert_eq!(states(&first), ["active"]);
        for node in &nodes {
            assert_eq!(list(node).await, first);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_rotations_at_once_one_is_made() {
    let folder = Folder::installation();
    let nodes = [node(&folder).await, node(&folder).await];
    signing::prepare(&nodes[0], &nodes[0].ctx(Actor::CommandLine)).await.unwrap();
    let rotations = nodes.clone().map(|node| {
        tokio::spawn(async move {
            signing::rotate(&node, &node.ctx(Actor::CommandLine), Rotation::Planned).await.is_ok()
        })
    });
    let mut made = 0;
    for rotation in rotations {
        made += usize::from(rotation.await.unwrap());
    }
    assert_eq!(made, 1);
    assert_eq!(states(&list(&nodes[1]).await), ["active", "next"]);
}

#[tokio::test]
async fn a_rotation_takes_its_time_and_the_old_key_goes() {
    let site = Site::https().await;
    let ctx = || site.gateway.ctx(Actor::CommandLine);
    let next = signing::rotate(&site.gateway, &ctx(), Rotation::Planned).await.unwrap();
    assert_eq!(next.state, State::Next);
    assert_eq!(next.active_from, start_of_time().plus_seconds(900 + 300));
    let again = signing::rotate(&site.gateway, &ctx(), Rotation::Planned).await.unwrap_err().to_string();
    assert!(again.contains("published already") && again.contains("2026-03-02T10:20:00Z"), "{again}");
    site.clock.advance(1199);
    assert_eq!(states(&list(&site.gateway).await), ["active", "next"]);
    site.clock.advance(1);
    assert_eq!(states(&list(&site.gateway).await), ["retired", "active"]);
    let sweep = async || sweep::sweep(&site.gateway, &site.gateway.ctx(Actor::Job("sweep"))).await.unwrap();
    site.clock.advance(899);
    sweep().await;
    assert_eq!(
        states(&list(&site.gateway).await),
        ["retired", "active"],
        "the last token is 10 minutes, and slack"
    );
    site.clock.advance(1);
    assert_eq!(states(&list(&site.gateway).await), ["gone", "active"]);
    sweep().await;
    assert_eq!(list(&site.gateway).await.len(), 1, "its private half is nowhere any more");
    assert_eq!(list(&site.gateway).await[0].kid, next.kid);
}

#[tokio::test]
async fn only_the_command_line_may() {
    let site = Site::https().await;
    let ctx = site.gateway.ctx(Actor::Anonymous);
    assert!(signing::list(&site.gateway, &ctx).await.is_err());
    assert!(signing::rotate(&site.gateway, &ctx, Rotation::Leaked).await.is_err());
    assert_eq!(list(&site.gateway).await.len(), 1);
}
