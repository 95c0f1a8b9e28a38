//! What people paste: no panic, the same each time, nothing usable that could not be used, and never a word of a private
//! key.

#![no_main]

use std::sync::LazyLock;

use gatepost_fuzz::{mutate, now, pasted};
use gatepost_saml::mint::keys;
use gatepost_saml::paste::{MAX_BYTES, ProblemCode, Recognised, Setting, recognise};
use gatepost_saml::trust::TrustedKey;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(pasted);
static OWN: LazyLock<Vec<String>> = LazyLock::new(|| vec!["urn:ours".to_owned()]);

fn setting(byte: u8) -> Setting<'static> {
    Setting {
        now: now(),
        public_url: "https://gate.example",
        own: OWN.as_slice(),
        entity_id: (byte & 1 != 0).then_some("https://idp.example/metadata"),
        allows_weak_keys: byte & 2 != 0,
    }
}

fn shown(recognised: &Recognised) -> String {
    format!("{recognised:?}")
}

fn has(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fuzz_target!(|data: &[u8]| {
    let Some((byte, text)) = data.split_first() else { return };
    let setting = setting(*byte);
    let recognised = recognise(text, &setting);
    assert_eq!(shown(&recognise(text, &setting)), shown(&recognised));
    assert!(!recognised.pasted.is_empty() || !recognised.problems.is_empty(), "nothing, and nothing about it");
    let pasted = &recognised.pasted;
    for key in &pasted.certificates {
        let again = TrustedKey::from_certificate_der(key.der()).expect("read before");
        assert_eq!(again.certificate(), key.certificate());
    }
    if recognised.is_usable() {
        let urls = [&pasted.sso_redirect_url, &pasted.sso_post_url, &pasted.metadata_url];
        for url in urls.into_iter().flatten() {
            assert!(url.starts_with("http") && !url.chars().any(char::is_control), "{url:?}");
        }
        assert!(pasted.entity_id.iter().all(|id| !id.is_empty() && id.len() <= 1024));
    }
    if keys::ALL.iter().any(|key| text.len() <= MAX_BYTES && has(text, body(key.private_pem).as_bytes())) {
        let codes: Vec<_> = recognised.problems.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, [ProblemCode::PrivateKey]);
        assert!(pasted.is_empty() && recognised.problems.iter().all(|problem| problem.found.is_none()));
    }
});

/// The armour with what is in it, without what the test keys say above it.
fn body(pem: &str) -> &str {
    pem.find("-----BEGIN").map_or(pem, |at| &pem[at..]).trim_end()
}

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed, &SEEDS)
});
