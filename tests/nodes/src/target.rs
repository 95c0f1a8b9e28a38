//! A connection at Gatepost that trusts the built-in test key on P-256, and messages for it.

use std::time::{SystemTime, UNIX_EPOCH};

use gatepost_saml::Instant;
use gatepost_saml::mint::personality::{Addresses, Personality};
use gatepost_saml::mint::{MintOptions, MintRequest, Person, Seeded, keys, method, mint_response};
use serde::Deserialize;

/// What both sides call one another.
#[derive(Debug, Clone, Deserialize)]
pub struct Target {
    /// The identity provider.
    pub idp_entity_id: String,
    /// Gatepost, towards it.
    pub sp_entity_id: String,
    /// Where responses go: `http://host/path`.
    pub acs_url: String,
    /// How many people there are.
    #[serde(default = "some_people")]
    pub people: u64,
}

fn some_people() -> u64 {
    1000
}

/// The moment, for messages that must be fresh.
pub fn now() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    Instant::from_micros(i64::try_from(since.as_micros()).expect("not that far"))
}

impl Target {
    /// `host:port` of the public address.
    pub fn host(&self) -> &str {
        self.acs_url.split('/').nth(2).expect("a URL")
    }

    /// The path of the ACS.
    pub fn acs_path(&self) -> String {
        format!("/{}", self.acs_url.splitn(4, '/').nth(3).expect("a URL with a path"))
    }

    /// The path where a sign-in starts.
    pub fn login_path(&self) -> String {
        let acs = self.acs_path();
        format!("{}/login", acs.strip_suffix("/acs").expect("an ACS URL"))
    }

    /// The form that the identity provider of person `number` would have the browser post.
    pub fn form(&self, number: u64, random: &mut Seeded, in_response_to: Option<&str>) -> String {
        let person = number % self.people;
        let person = Person {
            id: format!("directory-{person}"),
            username: format!("person{person}"),
            email: format!("person{person}@district.example"),
            first_name: format!("First{person}"),
            last_name: format!("Last{person}"),
            role: "student".to_owned(),
            groups: vec!["Students".to_owned(), "Lincoln School".to_owned()],
            tenant: String::new(),
        };
        let personality = Personality::named("okta").expect("a personality");
        let request = MintRequest {
            in_response_to,
            options: MintOptions {
                addresses: Some(Addresses {
                    entity_id: &self.idp_entity_id,
                    sso_url: "http://127.0.0.1:9/sso",
                    slo_url: None,
                }),
                signature: Some(method::ECDSA_SHA256),
                key: Some(&keys::IDP_EC_P256),
                ..MintOptions::default()
            },
            ..MintRequest::new(&person, &self.sp_entity_id, &self.acs_url, now())
        };
        let minted = mint_response(personality, &request, random).expect("a message");
        let mut form = String::from("again=1&SAMLResponse=");
        // All of base64 that a form cannot hold.
        for piece in minted.post_value().split_inclusive(['+', '/', '=']) {
            let (plain, escaped) = match piece.as_bytes().last() {
                Some(b'+') => (&piece[..piece.len() - 1], "%2B"),
                Some(b'/') => (&piece[..piece.len() - 1], "%2F"),
                Some(b'=') => (&piece[..piece.len() - 1], "%3D"),
                _ => (piece, ""),
            };
            form.push_str(plain);
            form.push_str(escaped);
        }
        if let Some(relay_state) = in_response_to {
            form.push_str("&RelayState=");
            form.extend(form_urlencoded::byte_serialize(relay_state.as_bytes()));
        }
        form
    }
}

/// Mints `times` messages on this one thread, and tells how long one took.
pub fn mint(target: &Target, times: u64) -> String {
    let mut random = Seeded::new(u64::try_from(now().micros()).expect("after 1970"));
    let began = std::time::Instant::now();
    let bytes: usize = (0..times).map(|number| target.form(number, &mut random, None).len()).sum();
    let micros = began.elapsed().as_micros();
    serde_json::json!({ "messages": times, "micros_each": micros / u128::from(times.max(1)), "bytes": bytes })
        .to_string()
}
