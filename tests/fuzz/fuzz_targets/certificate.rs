//! Certificates and keys as people paste them: no panic, and what was read is read again from its own DER.

#![no_main]

use std::sync::LazyLock;

use gatepost_fuzz::{certificates, mutate};
use gatepost_saml::key::{DecryptionKey, SigningKey};
use gatepost_saml::trust::{TrustedKey, read_certificate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(certificates);

fuzz_target!(|data: &[u8]| {
    match read_certificate(data) {
        Ok(input) => {
            let again = TrustedKey::from_certificate_der(input.key.der()).expect("read before");
            assert_eq!(again.certificate(), input.key.certificate());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let _ = DecryptionKey::from_pem(data);
    let _ = SigningKey::from_pem(data);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed, &SEEDS)
});
