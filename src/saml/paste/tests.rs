//! What people paste, as they paste it.

mod certificates;

use openssl::asn1::Asn1Time;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, KeyUsage};
use openssl::x509::{X509, X509NameBuilder};
use proptest::prelude::*;

use super::*;
use crate::encoding::to_base64;
use crate::mint::keys::{IDP_EC_P256, IDP_RSA, IDP_RSA_1024, IDP_RSA_4096, IDP_RSA_NEXT, SP_RSA, TestKey};
use crate::mint::personality::ALL;
use crate::mint::{MetadataFacts, Personality, mint_aggregate, mint_metadata};

const NOW: Instant = Instant::from_seconds(1_772_445_630);
const OWN: &str = "https://sso.example.test";

fn setting() -> Setting<'static> {
    Setting { now: NOW, public_url: OWN, own: &[], entity_id: None, allows_weak_keys: false }
}

fn read(text: impl AsRef<[u8]>) -> Recognised {
    recognise(text.as_ref(), &setting())
}

fn codes(text: impl AsRef<[u8]>) -> Vec<&'static str> {
    read(text).problems.iter().map(|problem| problem.code.name()).collect()
}

fn okta() -> &'static Personality {
    Personality::named("okta").unwrap()
}

fn metadata(personality: &Personality) -> String {
    let facts = MetadataFacts { keys: &[IDP_RSA], ..MetadataFacts::new(NOW) };
    String::from_utf8(mint_metadata(personality, &facts, &mut |_: &mut [u8]| {}).unwrap()).unwrap()
}

fn base64_of(key: &TestKey) -> String {
    to_base64(&key.certificate_der().unwrap())
}

/// The PEM without what the test keys say above it.
fn pem(key: &TestKey) -> &'static str {
    key.certificate_pem.find("-----BEGIN").and_then(|at| key.certificate_pem.get(at..)).unwrap()
}

fn spki(recognised: &Recognised) -> Vec<&str> {
    recognised.pasted.certificates.iter().map(TrustedKey::spki_sha256).collect()
}

fn spki_of(key: &TestKey) -> String {
    TrustedKey::from_certificate_der(&key.certificate_der().unwrap()).unwrap().spki_sha256().to_owned()
}

/// The wrappings that metadata arrives in.
fn wrapped(xml: &str) -> Vec<(&'static str, Vec<u8>)> {
    let escaped = xml.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let utf16 = |bom: &[u8], write: fn(u16) -> [u8; 2]| {
        [bom.to_vec(), xml.encode_utf16().flat_map(write).collect()].concat()
    };
    let declared = format!("<?xml version=\"1.0\" encoding=\"UTF-16\" standalone=\"no\"?>\n{xml}");
    let body = xml.split_once("?>").map_or(xml, |(_, body)| body);
    vec![
        ("as it is", xml.into()),
        ("with a byte order mark", format!("\u{FEFF}{xml}").into()),
        ("UTF-16 LE", utf16(b"\xFF\xFE", u16::to_le_bytes)),
        ("UTF-16 BE without a mark", utf16(b"", u16::to_be_bytes)),
        ("UTF-16 taken for UTF-8", xml.chars().flat_map(|c| [c, '\0']).collect::<String>().into()),
        ("declared as UTF-16", declared.split_once("?>").unwrap().0.to_owned().into_bytes()),
    ]
    .into_iter()
    .map(|(name, bytes)| match name {
        "declared as UTF-16" => (name, [bytes, b"?>".to_vec(), body.into()].concat()),
        _ => (name, bytes),
    })
    .chain([
        ("escaped", escaped.clone().into()),
        ("escaped twice", escaped.replace('&', "&amp;").into()),
        ("in a page", format!("<!DOCTYPE html><html><body><pre>{escaped}</pre></body></html>").into()),
        ("raw in a page", format!("<html><body>{body}</body></html>").into()),
        ("below what a browser says", format!("This XML file has no style.\n\n{body}").into()),
        ("with marks for folding", format!("- {body}").into()),
        ("quoted", format!("\"{body}\"").into()),
        ("in typographic quotes", format!("“{body}”").into()),
        ("in a fence", format!("```xml\n{xml}\n```").into()),
        ("as a JSON text", serde_json::to_string(xml).unwrap().into()),
        ("in a JSON member", serde_json::json!({ "rawMetadata": xml, "tenant": "x" }).to_string().into()),
        ("in base64", to_base64(xml.as_bytes()).into()),
        ("in base64 in JSON", format!("{{\"encodedRawMetadata\":\"{}\"}}", to_base64(xml.as_bytes())).into()),
    ])
    .collect()
}

#[test]
fn metadata_is_found_in_whatever_is_around_it() {
    for personality in ALL {
        for (how, bytes) in wrapped(&metadata(personality)) {
            let found = read(&bytes);
            let name = personality.name;
            assert!(found.is_usable(), "{name}, {how}: {:?}", found.problems);
            assert_eq!(
                found.pasted.entity_id.as_deref(),
                Some(personality.addresses.entity_id),
                "{name}, {how}"
            );
            assert_eq!(spki(&found), [spki_of(&IDP_RSA)], "{name}, {how}");
            let url = found.pasted.sso_redirect_url.or(found.pasted.sso_post_url);
            assert_eq!(url.as_deref(), Some(personality.addresses.sso_url), "{name}, {how}");
        }
    }
}

#[test]
fn metadata_of_the_wrong_kind_is_told_apart() {
    let service_provider = |id: &str| {
        format!(
            "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{id}\"><SPSSODescriptor \
             protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><AssertionConsumerService index=\"0\" \
             Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://x.example/acs\"/>\
             </SPSSODescriptor></EntityDescriptor>"
        )
    };
    assert_eq!(codes(service_provider("urn:theirs")), ["service_provider_metadata"]);
    assert_eq!(codes(service_provider(&format!("{OWN}/saml/conn_1/metadata"))), ["own_metadata"]);
    let own = ["urn:imported".to_owned()];
    let imported =
        recognise(service_provider("urn:imported").as_bytes(), &Setting { own: &own, ..setting() });
    assert_eq!(imported.problems[0].code, ProblemCode::OwnMetadata);

    let facts = MetadataFacts::new(NOW);
    let several =
        mint_aggregate(&[okta(), Personality::named("google").unwrap()], &facts, &mut |_: &mut [u8]| {});
    let several = several.unwrap();
    let found = read(&several);
    assert_eq!(found.problems[0].code, ProblemCode::SeveralEntities);
    let choices = &found.problems[0].choices;
    assert_eq!(choices.len(), 2);
    let chosen = recognise(&several, &Setting { entity_id: Some(choices[1].as_str()), ..setting() });
    assert!(chosen.is_usable(), "{:?}", chosen.problems);
    assert_eq!(chosen.pasted.entity_id.as_ref(), Some(&choices[1]));
    let none = recognise(&several, &Setting { entity_id: Some("urn:none"), ..setting() });
    assert_eq!(none.problems[0].code, ProblemCode::EntityMismatch);

    let none = "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" Name=\"a>b\"";
    for empty in
        ["<EntitiesDescriptor/>".to_owned(), format!("{none} />"), format!("{none}></md:EntitiesDescriptor>")]
    {
        assert_eq!(codes(empty.clone()), ["empty_aggregate"], "{empty}");
    }
    assert_eq!(codes(format!("{none}>")), ["xml_truncated"]);

    let good = metadata(okta());
    let cut = |from: usize, to: usize| good.get(from..to).unwrap().to_owned();
    assert_eq!(codes(cut(0, good.len() - 30)), ["xml_truncated"]);
    assert_eq!(codes(cut(0, good.len() / 2)), ["xml_truncated"]);
    assert_eq!(codes(good.replace("</md:IDPSSODescriptor>", "")), ["xml_malformed"]);
    let ended = good.replacen("entityID=", "validUntil=\"2020-01-01T00:00:00Z\" entityID=", 1);
    let refused = read(&ended);
    assert_eq!(refused.problems[0].code, ProblemCode::MetadataRefused);
    assert_eq!(refused.problems[0].wanted.as_deref(), Some("metadata_expired"));
    let federation = good.replace("IDPSSODescriptor", "RoleDescriptor");
    assert_eq!(codes(federation), ["ws_federation"]);
    let by_http = good.replace("https://", "http://");
    assert!(codes(by_http).contains(&"http_url"));
}

#[test]
fn other_messages_and_pages_are_told_apart() {
    for (text, code) in [
        ("", "empty"),
        ("  \u{200B}\n", "empty"),
        ("please help me", "not_recognised"),
        ("<samlp:Response xmlns:samlp=\"urn:x\"/>", "response_pasted"),
        ("SAMLResponse=PHNhbWxw&RelayState=x", "response_pasted"),
        ("<html><form><input name=\"SAMLResponse\" value=\"x\"></form></html>", "response_pasted"),
        ("<samlp:AuthnRequest ID=\"_1\"/>", "message_pasted"),
        ("https://idp.example/sso?SAMLRequest=fZJN", "message_pasted"),
        ("<!DOCTYPE html><html><title>Sign in</title></html>", "web_page"),
        (
            "{\"issuer\":\"https://a.example\",\"authorization_endpoint\":\"https://a.example/auth\"}",
            "openid_connect",
        ),
        ("AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01", "fingerprint_only"),
        (
            "SHA-256 fingerprint: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "fingerprint_only",
        ),
        ("https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/wsfed", "ws_federation"),
        ("https://acme.okta.com/login/login.htm", "login_page"),
        ("https://acme-admin.okta.com/admin/app/x", "admin_page"),
        ("https://myapps.microsoft.com/signin/x", "login_page"),
        ("https://adfs.example/adfs/ls/idpinitiatedsignon.aspx", "idp_initiated_url"),
        ("https://acme.onelogin.com/trust/saml2/http-redirect/slo/1", "logout_url"),
        ("https://sso.example.test/saml/conn_1/acs", "own_values"),
        ("ACS URL: https://sso.example.test/saml/conn_1/acs", "own_values"),
        ("Reply URL: https://elsewhere.example/acs\nAudience: urn:elsewhere", "service_provider_values"),
        ("http://idp.example/metadata.xml", "http_url"),
        ("SSO URL: idp.example/sso", "url_invalid"),
        ("-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----", "certificate_request"),
        ("-----BEGIN CERTIFICATE-----", "certificate_truncated"),
    ] {
        assert_eq!(codes(text), [code], "{text}");
        assert!(!read(text).is_usable(), "{text}");
    }
    let large = vec![b'x'; MAX_BYTES + 1];
    assert_eq!(codes(large), ["too_large"]);
}

/// Three fields as consoles show them.
struct Fields {
    labels: [&'static str; 3],
    entity_id: String,
    sso_url: String,
}

fn consoles() -> Vec<Fields> {
    const LABELS: [[&str; 3]; 6] = [
        ["Identity Provider Issuer", "Identity Provider Single Sign-On URL", "X.509 Certificate"],
        ["Microsoft Entra Identifier", "Login URL", "Certificate (Base64)"],
        ["Entity ID", "SSO URL", "Certificate"],
        ["IDP Entity ID", "Single Sign-On URL", "X509 Certificate"],
        ["Identificador de Microsoft Entra", "Dirección URL de inicio de sesión", "Certificado (Base64)"],
        ["issuer_uri", "idp_sso_target_url", "idp_cert"],
    ];
    let fields = |(labels, personality): (&[&'static str; 3], &Personality)| Fields {
        labels: *labels,
        entity_id: personality.addresses.entity_id.to_owned(),
        sso_url: personality.addresses.sso_url.to_owned(),
    };
    ALL.iter()
        .flat_map(|personality| LABELS.iter().map(move |labels| (labels, personality)))
        .map(fields)
        .collect()
}

#[test]
fn the_three_fields_are_found_in_any_order_and_layout() {
    let certificates = [pem(&IDP_RSA).to_owned(), base64_of(&IDP_RSA)];
    for (index, Fields { labels, entity_id, sso_url }) in consoles().into_iter().enumerate() {
        let certificate = &certificates[index % 2];
        let values = [entity_id.as_str(), sso_url.as_str(), certificate.as_str()];
        let layout = |order: [usize; 3], between: &str| {
            order.map(|at| format!("{}{between}{}", labels[at], values[at])).join("\n")
        };
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            for between in [": ", "\n", ":\n  ", "\t", " = "] {
                let text = layout(order, between);
                let found = read(&text);
                assert!(found.is_usable(), "{text}: {:?}", found.problems);
                assert_eq!(found.pasted.entity_id.as_deref(), Some(values[0]), "{text}");
                assert_eq!(found.pasted.sso_redirect_url.as_deref(), Some(values[1]), "{text}");
                assert_eq!(spki(&found), [spki_of(&IDP_RSA)], "{text}");
            }
        }
    }
}

#[test]
fn the_three_fields_are_found_without_labels_where_their_shapes_tell() {
    for (entity_id, sso_url) in [
        (
            "http://www.okta.com/exk1fcia6d6EMsf331d8",
            "https://acme.okta.com/app/acme_x_1/exk1fcia6d6EMsf331d8/sso/saml",
        ),
        (
            "https://sts.windows.net/11111111-2222-3333-4444-555555555555/",
            "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/saml2",
        ),
        (
            "https://accounts.google.com/o/saml2?idpid=C01abc",
            "https://accounts.google.com/o/saml2/idp?idpid=C01abc",
        ),
        ("urn:district:idp", "https://idp.district.example/start"),
        ("http://adfs.example/adfs/services/trust", "https://adfs.example/adfs/ls/"),
        ("https://idp.example/idp/shibboleth", "https://idp.example/idp/profile/SAML2/Redirect/SSO"),
        ("https://idp.example/", "https://idp.example/saml/sso"),
    ] {
        for text in [format!("{entity_id}\n{sso_url}\n{}", pem(&IDP_RSA)), format!("{sso_url} {entity_id}")] {
            let found = read(&text);
            assert!(found.is_usable(), "{text}: {:?}", found.problems);
            assert_eq!(found.pasted.entity_id.as_deref(), Some(entity_id), "{text}");
            assert_eq!(found.pasted.sso_redirect_url.as_deref(), Some(sso_url), "{text}");
        }
    }
    let unsure = read("https://a.example/one\nhttps://a.example/two");
    assert_eq!(unsure.problems[0].code, ProblemCode::WhichIsWhich);
    assert_eq!(unsure.problems[0].choices.len(), 2);
}

#[test]
fn what_does_not_belong_together_is_told() {
    let entra = |tenant: &str| format!("https://login.microsoftonline.com/{tenant}/saml2");
    let (one, two) = ("11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555");
    for (text, code) in [
        (format!("Microsoft Entra Identifier: https://sts.windows.net/{one}/\nLogin URL: {}", entra(two)), "tenant_mismatch"),
        (
            "Issuer: http://www.okta.com/exk1fcia6d6EMsf331d8\nSSO URL: https://a.okta.com/app/a/exk9fcia6d6EMsf331d8/sso/saml".to_owned(),
            "tenant_mismatch",
        ),
        (
            format!("Entity ID: {}\nSSO URL: https://sts.windows.net/{one}/", entra(one)),
            "fields_swapped",
        ),
        (format!("Entity ID: {}\nSSO URL: urn:x", entra(one)), "fields_swapped"),
        (format!("Entity ID: {OWN}/saml/conn_1/metadata\nSSO URL: {}", entra(one)), "own_values"),
        ("Entity ID: urn:x\nSSO URL: https://acme.okta.com/login".to_owned(), "login_page"),
        ("Entity ID: urn:x\nSSO URL: http://idp.example/sso".to_owned(), "http_url"),
        ("Entity ID: urn:x\nSSO URL: https://a.example/sso\nLogin URL: https://b.example/sso".to_owned(), "which_is_which"),
    ] {
        assert!(codes(&text).contains(&code), "{text}: {:?}", codes(&text));
        assert!(!read(&text).is_usable(), "{text}");
    }
    let swapped = "Entity ID: https://a.okta.com/app/a/exk1fcia6d6EMsf331d8/sso/saml\nSSO URL: http://www.okta.com/exk1fcia6d6EMsf331d8";
    let told = codes(swapped);
    assert!(told.contains(&"fields_swapped") && !told.contains(&"http_url"), "it is no address: {told:?}");
    let whole_tenant =
        format!("https://login.microsoftonline.com/{one}/federationmetadata/2007-06/federationmetadata.xml");
    assert_eq!(codes(&whole_tenant), ["tenant_wide_metadata"]);
    assert!(read(format!("{whole_tenant}?appid=1")).problems.is_empty());
}

#[test]
fn addresses_of_metadata_are_told_from_others() {
    for url in [
        "https://acme.okta.com/app/exk1fcia6d6EMsf331d8/sso/saml/metadata",
        "https://idp.example/realms/staff/protocol/saml/descriptor",
        "https://adfs.example/FederationMetadata/2007-06/FederationMetadata.xml",
        "https://app.onelogin.com/saml/metadata/1",
        "https://idp.example/idp/shibboleth",
        "https://idp.example/metadata.xml",
        "https://idp.example/somewhere",
        "http://localhost:8401/okta/metadata",
    ] {
        for text in [
            url.to_owned(),
            format!("<{url}>"),
            format!("\"{url}\""),
            format!("App Federation Metadata Url\n{url}"),
        ] {
            let found = read(&text);
            assert_eq!(
                (found.form, found.pasted.metadata_url.as_deref()),
                (Form::MetadataUrl, Some(url)),
                "{text}"
            );
            assert!(found.is_usable(), "{text}: {:?}", found.problems);
        }
    }
}

#[test]
fn exports_are_read_by_the_names_of_their_members() {
    let certificate = base64_of(&IDP_RSA);
    let (entity_id, sso) = ("urn:district", "https://idp.district.example/start");
    for export in [
        serde_json::json!({ "tenant": "a", "product": "b", "clientSecret": "s", "redirectUrl": ["https://app.example/*"],
            "idpMetadata": { "entityID": entity_id, "sso": { "redirectUrl": sso }, "slo": { "postUrl": "https://x.example/slo" },
                "publicKey": certificate, "thumbprint": "ab", "provider": "district.example" } }),
        serde_json::json!({ "alias": "district", "providerId": "saml", "config": { "idpEntityId": entity_id,
            "entityId": "https://kc.example/realms/r", "singleSignOnServiceUrl": sso, "signingCertificate": certificate,
            "singleLogoutServiceUrl": "https://x.example/out", "nameIDPolicyFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent" } }),
        serde_json::json!({ "sp": { "entityId": "urn:sp", "assertionConsumerService": { "url": "https://sp.example/acs" } },
            "idp": { "entityId": entity_id, "singleSignOnService": { "url": sso }, "x509cert": certificate } }),
    ] {
        let found = read(export.to_string());
        assert!(found.is_usable(), "{export}: {:?}", found.problems);
        assert_eq!(found.form, Form::Json);
        assert_eq!(found.pasted.entity_id.as_deref(), Some(entity_id), "{export}");
        assert_eq!(found.pasted.sso_redirect_url.as_deref(), Some(sso), "{export}");
        assert_eq!(spki(&found), [spki_of(&IDP_RSA)], "{export}");
    }
    let two = serde_json::json!([{ "idpEntityId": "urn:a" }, { "idpEntityId": "urn:b" }]);
    assert_eq!(codes(two.to_string()), ["several_entities"]);
}

#[test]
fn elliptic_keys_will_do() {
    assert_eq!(spki(&read(pem(&IDP_EC_P256))), [spki_of(&IDP_EC_P256)]);
}

#[test]
fn every_problem_has_a_name_of_its_own() {
    for (index, code) in ProblemCode::ALL.iter().enumerate() {
        assert_eq!(serde_json::to_value(code).unwrap(), code.name());
        assert!(ProblemCode::ALL[..index].iter().all(|other| other.name() != code.name()));
    }
}

/// Pieces of which anything at all is put together.
fn piece() -> impl Strategy<Value = String> {
    let cut = |text: String| {
        (Just(text.clone()), 0..text.len().max(1)).prop_map(|(text, at)| {
            text.char_indices().take_while(|(index, _)| *index <= at).map(|(_, c)| c).collect::<String>()
        })
    };
    prop_oneof![
        any::<String>(),
        Just(metadata(okta())).prop_flat_map(cut),
        Just(pem(&IDP_RSA).to_owned()).prop_flat_map(cut),
        Just(base64_of(&IDP_RSA_NEXT)).prop_flat_map(cut),
        prop::sample::select(vec![
            "Entity ID: ",
            "SSO URL\n",
            "\n",
            "\t",
            "https://",
            "https://idp.example/sso",
            "urn:x",
            "{",
            "}",
            "[",
            "\"",
            ":",
            "&lt;",
            "&amp;",
            "<EntityDescriptor",
            "</EntityDescriptor>",
            "MII",
            "\\n",
            "```",
            "“",
            "-----BEGIN ",
            "\0",
            "{\"idp\":{\"entityId\":\"",
            "://",
            "https:///",
            "http://[",
            "/realms/",
            "idpid=",
            "SHA-256: ",
            "\u{FEFF}",
        ])
        .prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_makes_it_panic(pieces in prop::collection::vec(piece(), 0..12)) {
        let text = pieces.concat();
        let found = read(&text);
        prop_assert!(found.is_usable() || !found.problems.is_empty());
        prop_assert!(found.problems.iter().all(|problem| problem.found.as_ref().is_none_or(|found| found.chars().count() <= 300)));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let found = read(&bytes);
        prop_assert!(found.is_usable() || !found.problems.is_empty());
    }

    #[test]
    fn what_we_write_is_read(
        host in "[a-z]{3,12}\\.example", path in "[a-z]{1,10}", order in Just([0usize, 1, 2]).prop_shuffle(),
        between in prop::sample::select(vec![": ", "\n", "\t", "="]), gap in prop::sample::select(vec!["\n", "\n\n", "\r\n"]),
    ) {
        let (entity_id, sso_url) = (format!("https://{host}/{path}"), format!("https://{host}/{path}/start"));
        let certificate = base64_of(&IDP_RSA);
        let fields = [("Entity ID", &entity_id), ("Single Sign-On URL", &sso_url), ("X.509 Certificate", &certificate)];
        let text = order.map(|at| format!("{}{between}{}", fields[at].0, fields[at].1)).join(gap);
        let found = read(&text);
        prop_assert!(found.is_usable(), "{text}: {:?}", found.problems);
        prop_assert_eq!(found.pasted.entity_id, Some(entity_id));
        prop_assert_eq!(found.pasted.sso_redirect_url, Some(sso_url));
        prop_assert_eq!(found.pasted.certificates.len(), 1);
    }
}
