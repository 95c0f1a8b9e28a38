//! Keys: made once, changed without anybody noticing, never in clear.

use axum::http::StatusCode;
use gatepost::base::url::PublicUrl;
use gatepost::base::{Actor, Clock, Rng};
use gatepost::directory::preset::Product;
use gatepost::directory::state::KeyState;
use gatepost::flow::connection::keys::KeySource;
use gatepost::flow::keys::data;
use gatepost::flow::keys::signing::{self, Rotation, SigningKeyView};
use gatepost::flow::session::Lifetimes;
use gatepost::flow::{FlowError, Gateway, Inputs, sweep, token};
use gatepost::http;
use gatepost::storage::Storage;
use gatepost::token::ring::State;

use crate::browser::Browser;
use crate::site::{ACCOUNT, Folder, HTTPS, Site, alice, bjoern, start_of_time};

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
        dns: crate::site::dns(),
        mailer: gatepost::outbound::mail::Mailer::None,
        trusts_test_keys: true,
        lifetimes: Lifetimes::default(),
        retention: gatepost::flow::sweep::Retention::default(),
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
    assert!(matches!(signing::list(&site.gateway, &ctx).await, Err(FlowError::Denied(_))));
    let rotated = signing::rotate(&site.gateway, &ctx, Rotation::Leaked).await;
    assert!(matches!(rotated, Err(FlowError::Denied(_))), "{rotated:?}");
    assert_eq!(list(&site.gateway).await.len(), 1);
}

#[tokio::test]
async fn an_account_gets_a_new_key_and_what_was_sealed_still_opens() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let (slug, ctx) = (ACCOUNT.parse().unwrap(), || site.gateway.ctx(Actor::CommandLine));
    let mut before = site.browser();
    before.sign_in(&site, &okta, &alice()).await;
    assert_eq!(data::rotate(&site.gateway, &ctx(), &slug).await.unwrap(), 2);
    let again = data::rotate(&site.gateway, &ctx(), &slug).await.unwrap_err().to_string();
    assert!(again.contains("wait a minute"), "{again}");
    let stranger = site.gateway.ctx(Actor::Anonymous);
    assert!(matches!(data::rotate(&site.gateway, &stranger, &slug).await, Err(FlowError::Denied(_))));

    let sweep = async || sweep::sweep(&site.gateway, &site.gateway.ctx(Actor::Job("sweep"))).await.unwrap();
    // A process that has nothing in memory.
    let fresh = async || {
        let now = site.clock.now();
        let storage = Storage::open(site.folder.location(), now, &Rng::system()).await.unwrap();
        Browser::new(
            http::router(Gateway::new(storage, site.inputs.clone()), http::Options::default()),
            site.url,
        )
    };
    let mut after = site.browser();
    for (wait, active) in [(59, 1), (1, 2)] {
        site.clock.advance(wait);
        sweep().await;
        assert_eq!(site.count("SELECT COUNT(*) FROM data_keys WHERE state = 'active'").await, active);
        after = fresh().await;
        after.sign_in(&site, &okta, &bjoern()).await;
        assert!(Browser::is_signed_in(&after.get("/me").await));
        let mut earlier = fresh().await;
        earlier.cookies = before.cookies.clone();
        assert!(Browser::is_signed_in(&earlier.get("/me").await), "what the former key sealed");
    }
    let keys = data::list(&site.gateway, &ctx(), &slug).await.unwrap();
    assert_eq!(keys.iter().map(|key| key.state).collect::<Vec<_>>(), [KeyState::Active, KeyState::Active]);
    assert_eq!(site.count("SELECT COUNT(*) FROM events WHERE action LIKE 'account.key_%'").await, 2);

    // The newest session needs the new key, the former one does not.
    site.execute("DELETE FROM data_keys WHERE generation = 2").await;
    for (browser, status) in [(&before, StatusCode::OK), (&after, StatusCode::INTERNAL_SERVER_ERROR)] {
        let mut node = fresh().await;
        node.cookies = browser.cookies.clone();
        assert_eq!(
            node.get("/session/token").await.status,
            StatusCode::OK,
            "it does not look at the statement"
        );
        assert_eq!(node.get("/me").await.status, status);
    }
}

mod sp {
    use super::*;
    use crate::site::Idp;
    use gatepost::base::Ctx;
    use gatepost::base::id::SpKeyId;
    use gatepost::directory::state::KeyPurpose;
    use gatepost::flow::keys::sp::{self, SpKeyView, Step};

    const DAY: i64 = 86_400;

    fn ctx(site: &Site) -> Ctx {
        site.gateway.ctx(Actor::CommandLine)
    }

    async fn list(site: &Site, idp: &Idp) -> Vec<SpKeyView> {
        sp::list(&site.gateway, &ctx(site), idp.connection.id).await.unwrap()
    }

    async fn rotate(site: &Site, idp: &Idp, is_hurried: bool) -> Result<Step, FlowError> {
        let done = sp::rotate(&site.gateway, &ctx(site), idp.connection.id, is_hurried).await;
        done.map(|(step, _)| step)
    }

    fn states(keys: &[SpKeyView], purpose: KeyPurpose) -> Vec<KeyState> {
        keys.iter().filter(|key| key.purpose == purpose).map(|key| key.state).collect()
    }

    async fn metadata(site: &Site, idp: &Idp) -> String {
        site.browser().get(&idp.path("metadata")).await.body
    }

    #[tokio::test]
    async fn new_keys_are_published_before_they_are_used() {
        use KeyState::{Active, Next, Retired};
        let site = Site::https().await;
        let okta = site.connect(Product::Okta).await;
        for purpose in [KeyPurpose::Signing, KeyPurpose::Encryption] {
            assert_eq!(states(&list(&site, &okta).await, purpose), [Active]);
        }
        assert_eq!(metadata(&site, &okta).await.matches("<md:KeyDescriptor").count(), 2);

        site.clock.advance(1);
        assert_eq!(rotate(&site, &okta, false).await.unwrap(), Step::Published);
        assert_eq!(states(&list(&site, &okta).await, KeyPurpose::Signing), [Active, Next]);
        let both = metadata(&site, &okta).await;
        assert_eq!(both.matches("use=\"signing\"").count(), 2);
        assert_eq!(both.matches("use=\"encryption\"").count(), 2);

        let early = rotate(&site, &okta, false).await.unwrap_err().to_string();
        assert!(early.contains("2026-03-03T10:00:01Z") && early.contains("or at once if"), "{early}");
        site.clock.advance(DAY);
        assert_eq!(rotate(&site, &okta, false).await.unwrap(), Step::Activated);
        let after = list(&site, &okta).await;
        for purpose in [KeyPurpose::Signing, KeyPurpose::Encryption] {
            assert_eq!(states(&after, purpose), [Retired, Active]);
        }
        assert_eq!(
            metadata(&site, &okta).await.matches("<md:KeyDescriptor").count(),
            2,
            "the new ones alone"
        );
        assert_eq!(
            site.count("SELECT COUNT(*) FROM events WHERE action = 'service_provider.keys_rotated'").await,
            2
        );
    }

    #[tokio::test]
    async fn whoever_told_the_identity_provider_need_not_wait() {
        let site = Site::https().await;
        let okta = site.connect(Product::Okta).await;
        rotate(&site, &okta, true).await.unwrap();
        assert_eq!(rotate(&site, &okta, true).await.unwrap(), Step::Activated);
    }

    /// The certificates of our metadata that others may encrypt to, as PEM.
    async fn encryption_certificates(site: &Site, idp: &Idp) -> Vec<String> {
        let document = metadata(site, idp).await;
        let descriptors = document.split("<md:KeyDescriptor use=\"encryption\">").skip(1);
        let certificate = |descriptor: &str| {
            let begin = descriptor.split_once("<ds:X509Certificate>").unwrap().1;
            let base64 = begin.split_once('<').unwrap().0.as_bytes();
            let lines: Vec<_> = base64.chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
            format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
        };
        descriptors.map(certificate).collect()
    }

    #[tokio::test]
    async fn what_is_encrypted_to_any_key_of_ours_is_read() {
        let site = Site::with(HTTPS, |inputs| inputs.keys = KeySource::Fresh).await;
        let okta = site.connect(Product::Okta).await;
        let person = alice();
        let reads = async |certificate: &str| {
            let mut browser = site.browser();
            let pending = browser.start(&okta).await;
            let message = site.answer(&okta, &person, Some(&pending.request_id), |request| {
                request.options.encrypts = Some(true);
                request.options.encrypt_to = Some(certificate.to_owned().leak());
            });
            browser.bring(&okta, &message, Some(&pending.relay_state)).await.location() == Some("/me")
        };
        let first = encryption_certificates(&site, &okta).await.remove(0);
        assert!(reads(&first).await, "active");
        rotate(&site, &okta, true).await.unwrap();
        let both = encryption_certificates(&site, &okta).await;
        assert_eq!((both.len(), &both[0]), (2, &first), "the present one first");
        assert!(reads(&first).await && reads(&both[1]).await, "active and next");
        rotate(&site, &okta, true).await.unwrap();
        assert_eq!(encryption_certificates(&site, &okta).await, both[1..]);
        assert!(reads(&first).await && reads(&both[1]).await, "retired and active");
        let keys = list(&site, &okta).await;
        for key in keys.iter().filter(|key| key.state == KeyState::Retired) {
            sp::remove(&site.gateway, &ctx(&site), okta.connection.id, key.id).await.unwrap();
        }
        assert!(!reads(&first).await && reads(&both[1]).await, "removed and active");
    }

    #[tokio::test]
    async fn only_retired_keys_are_removed() {
        let site = Site::https().await;
        let (okta, google) = (site.connect(Product::Okta).await, site.connect(Product::Google).await);
        rotate(&site, &okta, true).await.unwrap();
        rotate(&site, &okta, true).await.unwrap();
        let remove =
            async |idp: &Idp, key| sp::remove(&site.gateway, &ctx(&site), idp.connection.id, key).await;
        let keys = list(&site, &okta).await;
        for key in &keys {
            assert!(
                matches!(remove(&google, key.id).await, Err(FlowError::NotFound("key"))),
                "another connection's"
            );
            let removed = remove(&okta, key.id).await;
            assert_eq!(removed.is_ok(), key.state == KeyState::Retired, "{removed:?}");
        }
        assert_eq!(list(&site, &okta).await.len(), 2);
        let unknown = SpKeyId::make(site.clock.now(), &site.rng);
        assert!(matches!(remove(&okta, unknown).await, Err(FlowError::NotFound("key"))));
        let (stranger, id) = (site.gateway.ctx(Actor::Anonymous), okta.connection.id);
        let is_denied = |error: FlowError| matches!(error, FlowError::Denied(_));
        assert!(sp::rotate(&site.gateway, &stranger, id, true).await.is_err_and(is_denied));
        assert!(sp::list(&site.gateway, &stranger, id).await.is_err_and(is_denied));
        assert!(sp::remove(&site.gateway, &stranger, id, keys[0].id).await.is_err_and(is_denied));
        assert_eq!(list(&site, &okta).await.len(), 2);
    }

    #[tokio::test]
    async fn our_metadata_is_signed_and_says_how_long_it_is_good() {
        let site = Site::https().await;
        let okta = site.connect(Product::Okta).await;
        let first = metadata(&site, &okta).await;
        site.clock.advance(DAY);
        assert_eq!(metadata(&site, &okta).await, first, "the same as long as the keys are");
        assert!(first.contains("cacheDuration=\"PT86400S\""), "{first}");
        // Ten years from when the keys were made: the end of their certificates.
        assert!(first.contains("validUntil=\"2036-02-28T10:00:00Z\""), "{first}");
        let (signature, descriptor) = (first.find("<ds:Signature "), first.find("<md:SPSSODescriptor"));
        assert!(signature.is_some() && signature < descriptor, "where the schema wants it");
        rotate(&site, &okta, true).await.unwrap();
        assert_ne!(metadata(&site, &okta).await, first);
    }

    /// Anybody may ask for it, and signing is dear.
    #[tokio::test]
    async fn our_metadata_is_signed_once_and_no_longer_shown_than_it_is_true() {
        let site = Site::https().await;
        let okta = site.connect(Product::Okta).await;
        let first = metadata(&site, &okta).await;
        assert!(first.contains("<md:EntityDescriptor"), "{first}");
        // From here on it could not be made again.
        site.execute("UPDATE sp_keys SET private_sealed = certificate").await;
        assert_eq!(metadata(&site, &okta).await, first);
        site.execute("UPDATE connections SET version = version + 1").await;
        let page = site.browser().get(&okta.path("metadata")).await;
        assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", page.body);
    }
}
