//! Seeds: valid messages in the shapes of all the identity providers, and the settings that accept them.

use std::sync::LazyLock;

use gatepost_saml::encoding::to_base64;
use gatepost_saml::key::DecryptionKey;
use gatepost_saml::mint::personality::ALL;
use gatepost_saml::mint::{
    Addresses, LogoutFacts, MetadataFacts, MintOptions, MintRequest, Person, Personality, Seeded, Signs,
    keys, logout_request, logout_response, mint_aggregate, mint_metadata, mint_response,
};
use gatepost_saml::response::{Context, IdentityProvider, ServiceProvider, Settings};
use gatepost_saml::trust::{Trust, TrustedKey};
use gatepost_saml::xml::c14n;
use gatepost_saml::{Instant, Limits, Policy, Relaxation};

const SP: &str = "https://gate.example/saml/conn_1/metadata";
const ACS: &str = "https://gate.example/saml/conn_1/acs";
const REQUEST: &str = "_request";
/// One identity provider for all shapes, so that messages can be put together from several.
const IDP: Addresses<'static> = Addresses {
    entity_id: "https://idp.example/metadata",
    sso_url: "https://idp.example/sso",
    slo_url: Some("https://idp.example/slo"),
};

/// The moment of every judgement.
pub fn now() -> Instant {
    Instant::from_seconds(1_772_445_600)
}

/// How a message is judged, as its first byte says.
pub struct Case {
    is_relaxed: bool,
    is_solicited: bool,
}

impl Case {
    pub fn of(byte: u8) -> Self {
        Self { is_relaxed: byte & 1 != 0, is_solicited: byte & 2 == 0 }
    }

    pub fn settings(&self) -> &'static Settings {
        if self.is_relaxed { &RELAXED } else { &STRICT }
    }

    pub fn context(&self) -> Context<'static> {
        Context {
            now: now(),
            pending_request: self.is_solicited.then_some(REQUEST),
            requested_authn_contexts: &[],
            forced_since: None,
            seen: &|_| false,
        }
    }
}

static STRICT: LazyLock<Settings> = LazyLock::new(|| settings(Policy::default()));
static RELAXED: LazyLock<Settings> =
    LazyLock::new(|| settings(Policy::relaxed(Relaxation::ALL.into_iter().collect())));

/// The connection that the seeds were minted for.
pub fn settings(policy: Policy) -> Settings {
    let trusted = [keys::IDP_RSA, keys::IDP_EC_P256, keys::IDP_RSA_1024].map(|key| {
        TrustedKey::from_certificate_der(&key.certificate_der().expect("a certificate")).expect("a key")
    });
    Settings {
        sp: ServiceProvider {
            entity_id: SP.to_owned(),
            accepted_audiences: Vec::new(),
            endpoint: ACS.to_owned(),
            decryption_keys: vec![
                DecryptionKey::from_pem(keys::SP_RSA.private_pem.as_bytes()).expect("a key"),
            ],
        },
        idp: IdentityProvider {
            entity_id: IDP.entity_id.to_owned(),
            trust: Trust::from_keys(trusted).expect("keys"),
        },
        policy,
        limits: Limits::MESSAGE,
    }
}

fn with_byte(byte: u8, message: &[u8]) -> Vec<u8> {
    [&[byte][..], message].concat()
}

fn response(personality: &Personality, options: MintOptions<'_>, seed: u64) -> Vec<u8> {
    let people = Person::examples();
    let person = &people[usize::try_from(seed).unwrap_or(0) % people.len()];
    let mut request = MintRequest::new(person, SP, ACS, now());
    request.in_response_to = (seed % 4 != 3).then_some(REQUEST);
    request.options = MintOptions { addresses: Some(IDP), ..options };
    mint_response(personality, &request, &mut Seeded::new(seed)).expect("a response").xml()
}

/// Responses: each product, plain and encrypted, with every choice of what is signed; a few with other algorithms.
pub fn responses() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    let mut add = |personality: &Personality, options: MintOptions<'_>| {
        let seed = seeds.len() as u64;
        let case = u8::from(seed % 4 == 3) * 3;
        seeds.push(with_byte(case | u8::from(seed % 2 == 1), &response(personality, options, seed)));
    };
    for personality in ALL {
        for signs in Signs::ALL {
            for encrypts in [false, true] {
                let options =
                    MintOptions { signs: Some(signs), encrypts: Some(encrypts), ..MintOptions::default() };
                add(personality, options);
            }
        }
        add(&personality.with_sha1(), MintOptions::default());
        let inclusive = Some(c14n::Method::Inclusive10);
        add(personality, MintOptions { canonicalization: inclusive, ..MintOptions::default() });
        let signature = Some(gatepost_saml::mint::method::ECDSA_SHA256);
        add(personality, MintOptions { signature, ..MintOptions::default() });
    }
    seeds
}

fn logout_facts(person: &Person) -> LogoutFacts<'_> {
    let mut facts = LogoutFacts::new(person, SP, ACS, now());
    facts.addresses = Some(IDP);
    facts.in_response_to = Some(REQUEST);
    facts.session_indexes = &["_session_1", "_session_2"];
    facts
}

/// Posted logout messages.
pub fn logouts() -> Vec<Vec<u8>> {
    let people = Person::examples();
    let facts = logout_facts(&people[0]);
    let mut seeds = Vec::new();
    for (seed, personality) in (0..).zip(ALL) {
        let request = logout_request(personality, &facts, &mut Seeded::new(seed));
        seeds.push(with_byte(0, &request.clone().unsigned().xml()));
        seeds.push(with_byte(0, &request.signed().expect("a request").xml()));
        let response = logout_response(personality, &facts, &mut Seeded::new(seed + 100));
        seeds.push(with_byte(0, &response.signed().expect("a response").xml()));
    }
    seeds
}

/// Queries of the Redirect binding and posted forms.
pub fn redirects() -> Vec<Vec<u8>> {
    let people = Person::examples();
    let facts = logout_facts(&people[0]);
    let mut seeds = Vec::new();
    for (seed, personality) in (0..).zip(ALL) {
        let request = logout_request(personality, &facts, &mut Seeded::new(seed));
        seeds.push(with_byte(0, request.redirect(Some("a handle")).expect("a query").as_bytes()));
        let response = logout_response(personality, &facts, &mut Seeded::new(seed + 100));
        seeds.push(with_byte(0, response.redirect(None).expect("a query").as_bytes()));
        let posted = to_base64(&response.signed().expect("a response").xml());
        let escaped = posted.replace('+', "%2B").replace('=', "%3D");
        seeds.push(with_byte(0, format!("SAMLResponse={escaped}&RelayState=a+handle&again=1").as_bytes()));
    }
    seeds
}

/// Descriptions of single identity providers and a small aggregate.
pub fn metadata() -> Vec<Vec<u8>> {
    let facts = MetadataFacts { is_signed: Some(true), ..MetadataFacts::new(now()) };
    let all: Vec<&Personality> = ALL.iter().collect();
    let mut seeds: Vec<_> = (0..)
        .zip(ALL)
        .map(|(seed, personality)| mint_metadata(personality, &facts, &mut Seeded::new(seed)))
        .chain([mint_aggregate(&all[..3], &facts, &mut Seeded::new(100))])
        .chain([mint_metadata(all[0], &MetadataFacts::new(now()), &mut Seeded::new(101))])
        .map(|xml| with_byte(0, &xml.expect("metadata")))
        .collect();
    seeds.push(with_byte(1, &seeds[0][1..]));
    seeds
}

/// Certificates and keys in every form that people have.
pub fn certificates() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for key in keys::ALL {
        let der = key.certificate_der().expect("a certificate");
        seeds.push(key.certificate_pem.as_bytes().to_vec());
        seeds.push(to_base64(&der).into_bytes());
        seeds.push(der);
        seeds.push(key.private_pem.as_bytes().to_vec());
    }
    seeds.push([keys::IDP_RSA, keys::SP_RSA].map(|key| key.certificate_pem).concat().into_bytes());
    seeds
}

/// What people paste: metadata, certificates and keys, the three fields with their labels, addresses, exports, messages.
pub fn pasted() -> Vec<Vec<u8>> {
    const LINES: &[&str] = &[
        "https://acme.okta.com/app/exk1fxp2b3ABCDEFG5d7/sso/saml/metadata",
        "Metadata URL:\n https://login.microsoftonline.com/00000000-0000-4000-8000-000000000000/federationmetadata/2007-06/federationmetadata.xml?appid=1",
        "ACS URL https://gate.example/saml/conn_1/acs",
        "https://acme.okta.com/login/login.htm",
        r#"{"issuer":"https://x.example","authorization_endpoint":"https://x.example/oauth2/v1/authorize"}"#,
        "<!DOCTYPE html><html><body><form action=login></form></body></html>",
        "SHA256 Fingerprint=AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99",
    ];
    let certificate = to_base64(&keys::IDP_RSA.certificate_der().expect("a certificate"));
    let (entity_id, sso) = (IDP.entity_id, IDP.sso_url);
    let fields = format!("Entity ID: {entity_id}\nSSO URL\t{sso}\nX.509 Certificate:\n{certificate}");
    let polis = format!(
        r#"[{{"tenant":"a.example","product":"p","idpMetadata":{{"entityID":"{entity_id}","sso":{{"redirectUrl":"{sso}"}},"publicKey":"{certificate}"}}}}]"#
    );
    let keycloak = format!(
        r#"{{"identityProviders":[{{"alias":"a","providerId":"saml","config":{{"idpEntityId":"{entity_id}","singleSignOnServiceUrl":"{sso}","signingCertificate":"{certificate}"}}}}]}}"#
    );
    let rest = |messages: Vec<Vec<u8>>| messages.into_iter().map(|message| message[1..].to_vec());
    let escaped = |xml: Vec<u8>| {
        let xml = String::from_utf8(xml).expect("text");
        xml.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").into_bytes()
    };
    LINES
        .iter()
        .map(|line| line.as_bytes().to_vec())
        .chain([fields.into_bytes(), polis.into_bytes(), keycloak.into_bytes()])
        .chain(certificates())
        .chain(rest(metadata()))
        .chain(rest(metadata()).take(2).map(escaped))
        .chain(rest(metadata()).take(2).map(|xml| to_base64(&xml).into_bytes()))
        .chain(rest(responses()).take(4))
        .zip(0u8..)
        .map(|(text, at)| with_byte(at % 4, &text))
        .collect()
}

/// Documents for the canonicalisers: four bytes of choices and a message, or a small document full of namespaces.
pub fn documents() -> Vec<Vec<u8>> {
    const SMALL: &[&str] = &[
        r#"<a xmlns="urn:x" xmlns:b='urn:b' b:z="1" y = '2"' xml:lang="en"><b:c xmlns:b="urn:c" xmlns=""><d xmlns="urn:x"/></b:c></a>"#,
        "<a>\r\n<![CDATA[<x>&]]]]>&#13;&gt;&quot;\t</a>",
        r#"<a:a xmlns:a="urn:a" xmlns:b="urn:a" xml:space="preserve" a:x="&#9;&#10;&lt;" ><b:b a:y='"'/><!-- c --><a:c xmlns:a="urn:b" a:q=""></a:c ></a:a>"#,
        r#"<n1:e xmlns:n1="urn:1"><n2:e xmlns:n2="urn:2" xml:lang="x"><n3:e xmlns:n3="urn:3" n1:a="1" n2:a="2"><n1:e xmlns:n1="urn:9"/></n3:e></n2:e></n1:e>"#,
    ];
    let messages = responses();
    SMALL
        .iter()
        .map(|text| text.as_bytes())
        .chain(messages.iter().map(|message| &message[1..]))
        .chain(
            metadata()
                .iter()
                .map(|message| message[1..].to_vec())
                .collect::<Vec<_>>()
                .iter()
                .map(Vec::as_slice),
        )
        .zip(0u8..)
        .map(|(text, at)| [&[at % 3, at, 0xFF, at / 2][..], text].concat())
        .collect()
}
