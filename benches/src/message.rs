//! What is judged.

use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use gatepost_saml::algorithms::ContentCipher;
use gatepost_saml::encoding::to_base64;
use gatepost_saml::key::DecryptionKey;
use gatepost_saml::mint::method::Encryption;
use gatepost_saml::mint::personality::{Attribute, ValueType};
use gatepost_saml::mint::{
    MetadataFacts, MintOptions, MintRequest, Person, Personality, Seeded, Signs, keys, mint_aggregate,
    mint_metadata, mint_response,
};
use gatepost_saml::response::{IdentityProvider, ServiceProvider, Settings};
use gatepost_saml::trust::{Trust, TrustedKey};
use gatepost_saml::{Instant, Limits, Policy};

pub const REQUEST: &str = "_request";
pub const SP: &str = "https://gate.example/saml/conn_1/metadata";
pub const ACS: &str = "https://gate.example/saml/conn_1/acs";

/// Messages of one shape, and what it takes to judge them. Several, so that nothing learns one by heart.
pub struct Shape {
    pub attributes: usize,
    pub xml: Vec<String>,
    pub base64: Vec<String>,
    pub settings: Settings,
    pub now: Instant,
}

impl Shape {
    /// Mean size of the XML in bytes.
    pub fn bytes(&self) -> usize {
        self.xml.iter().map(String::len).sum::<usize>() / self.xml.len()
    }
}

pub struct Messages {
    /// Eight attributes, the assertion signed: the message that the target is about.
    pub usual: Shape,
    pub encrypted: Shape,
    /// 10, 100, 1,000 attributes.
    pub many: Vec<Shape>,
    /// The identity provider's metadata, signed.
    pub metadata: Vec<u8>,
    /// An aggregate of a thousand identity providers, signed.
    pub aggregate: Vec<u8>,
}

/// Shibboleth as it signs for most service providers: the assertion, its values typed with prefixes of their own.
fn personality() -> Result<Personality, Box<dyn Error>> {
    let shibboleth = Personality::named("shibboleth").ok_or("no personality of that name")?;
    Ok(Personality {
        signs: Signs::Assertion,
        value_type: ValueType::XsOnValue("xs:string"),
        prefix_list: Some("xs"),
        ..*shibboleth
    })
}

pub fn all() -> Result<Messages, Box<dyn Error>> {
    // samael reads the clock, so what it judges must be of today.
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
    let now = Instant::from_seconds(now);
    let personality = personality()?;
    let facts = MetadataFacts { is_signed: Some(true), ..MetadataFacts::new(now) };
    let gcm = Encryption::usual(ContentCipher::Aes256Gcm);
    Ok(Messages {
        usual: shape(&personality, 32, eduperson, None, now)?,
        encrypted: shape(&personality, 16, eduperson, Some(gcm), now)?,
        many: [(10, 16), (100, 8), (1000, 2)]
            .into_iter()
            .map(|(attributes, copies)| shape(&personality, copies, |_| numbered(attributes), None, now))
            .collect::<Result<_, _>>()?,
        metadata: mint_metadata(&personality, &facts, &mut Seeded::new(1))?,
        aggregate: mint_aggregate(&vec![&personality; 1000], &facts, &mut Seeded::new(1))?,
    })
}

fn shape(
    personality: &Personality,
    copies: u64,
    attributes: impl Fn(u64) -> Vec<Attribute>,
    encryption: Option<Encryption>,
    now: Instant,
) -> Result<Shape, Box<dyn Error>> {
    let people = Person::examples();
    let mut xml = Vec::new();
    for copy in 0..copies {
        let person = people.first().ok_or("no people")?;
        let mut request = MintRequest::new(person, SP, ACS, now);
        request.in_response_to = Some(REQUEST);
        request.options = MintOptions {
            attributes: Some(attributes(copy)),
            encrypts: Some(encryption.is_some()),
            encryption,
            ..MintOptions::default()
        };
        let minted = mint_response(personality, &request, &mut Seeded::new(copy))?;
        xml.push(String::from_utf8(minted.xml())?);
    }
    let settings = Settings {
        sp: ServiceProvider {
            entity_id: SP.to_owned(),
            accepted_audiences: Vec::new(),
            endpoint: ACS.to_owned(),
            decryption_keys: vec![DecryptionKey::from_pem(keys::SP_RSA.private_pem.as_bytes())?],
        },
        idp: IdentityProvider {
            entity_id: personality.addresses.entity_id.to_owned(),
            trust: Trust::new(TrustedKey::from_certificate_der(&keys::IDP_RSA.certificate_der()?)?, []),
        },
        policy: Policy::default(),
        limits: Limits::MESSAGE.lifted().with_max_bytes(16 << 20),
    };
    Ok(Shape {
        attributes: attributes(0).len(),
        base64: xml.iter().map(|xml| to_base64(xml.as_bytes())).collect(),
        xml,
        settings,
        now,
    })
}

fn attribute(name: &str, friendly_name: &str, values: &[&str]) -> Attribute {
    Attribute {
        name: name.to_owned(),
        name_format: Some("urn:oasis:names:tc:SAML:2.0:attrname-format:uri".to_owned()),
        friendly_name: Some(friendly_name.to_owned()),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }
}

/// What a university sends: eight attributes, one of five values.
fn eduperson(copy: u64) -> Vec<Attribute> {
    let user = format!("person{copy}");
    let mail = format!("{user}@university.example");
    let groups: Vec<_> = ["staff", "library", "physics", "it-services", "alumni"]
        .iter()
        .map(|group| format!("urn:mace:university.example:groups:{group}:{copy}"))
        .collect();
    let groups: Vec<_> = groups.iter().map(String::as_str).collect();
    vec![
        attribute("urn:oid:0.9.2342.19200300.100.1.1", "uid", &[&user]),
        attribute("urn:oid:0.9.2342.19200300.100.1.3", "mail", &[&mail]),
        attribute("urn:oid:2.5.4.42", "givenName", &["Björn"]),
        attribute("urn:oid:2.5.4.4", "sn", &["Müller-Łukasz"]),
        attribute("urn:oid:2.16.840.1.113730.3.1.241", "displayName", &["Björn Müller-Łukasz"]),
        attribute("urn:oid:1.3.6.1.4.1.5923.1.1.1.6", "eduPersonPrincipalName", &[&mail]),
        attribute(
            "urn:oid:1.3.6.1.4.1.5923.1.1.1.9",
            "eduPersonScopedAffiliation",
            &["staff@university.example"],
        ),
        attribute("urn:oid:1.3.6.1.4.1.5923.1.5.1.1", "isMemberOf", &groups),
    ]
}

fn numbered(count: usize) -> Vec<Attribute> {
    (0..count)
        .map(|at| {
            attribute(
                &format!("urn:oid:1.3.6.1.4.1.99999.1.{at}"),
                &format!("attribute{at}"),
                &[&format!("value {at}")],
            )
        })
        .collect()
}
