use std::fmt::Write as _;

use openssl::sign::Verifier;

use super::*;
use crate::algorithms::{ContentCipher, Scheme};
use crate::mint::method;
use crate::mint::random::Seeded;
use crate::policy::Limits;
use crate::xml;

const SP: &str = "https://gate.example/saml/conn_1/metadata";
const ACS: &str = "https://gate.example/saml/conn_1/acs";

fn now() -> Instant {
    Instant::parse("2026-03-02T10:00:00Z").unwrap()
}

fn mint(personality: &Personality, options: MintOptions<'_>, seed: u64) -> Minted {
    let people = Person::examples();
    let mut request = MintRequest::new(&people[0], SP, ACS, now());
    request.in_response_to = Some("_request");
    request.options = options;
    mint_response(personality, &request, &mut Seeded::new(seed)).unwrap()
}

/// What a message does, read back from its bytes: one line per personality, to be compared with the notes.
fn describe(minted: &Minted) -> String {
    let bytes = minted.xml();
    let text = std::str::from_utf8(&bytes).unwrap();
    let document = xml::parse(&bytes, &Limits::MESSAGE).unwrap();
    let root = document.root();
    let all = |local: &str| root.descendants().filter(|element| element.local() == local).collect::<Vec<_>>();
    let first = |local: &str| all(local).into_iter().next();
    let attribute = |local: &str, name: &str| {
        first(local).and_then(|element| element.attribute(name).map(std::borrow::Cow::into_owned))
    };
    let seconds = |local: &str, name: &str| {
        attribute(local, name).map(|value| Instant::parse(&value).unwrap().seconds_since(now()))
    };
    let last_segment = |value: &str| value.rsplit([':', '#', '/']).next().unwrap().to_owned();
    let mut out = String::new();
    let signed: Vec<_> =
        all("Signature").iter().map(|signature| signature.parent().unwrap().local().to_owned()).collect();
    write!(
        out,
        "signs {} {}",
        signed.join("+"),
        last_segment(&attribute("SignatureMethod", "Algorithm").unwrap())
    )
    .unwrap();
    write!(out, "/{}", last_segment(&attribute("DigestMethod", "Algorithm").unwrap())).unwrap();
    let key_info = all("KeyInfo").into_iter().find(|info| info.parent().unwrap().local() == "Signature");
    let parts: Vec<_> = key_info
        .map(|info| info.descendants().skip(1).map(|part| part.local().to_owned()).collect())
        .unwrap_or_default();
    write!(
        out,
        " list {:?} key [{}]",
        attribute("InclusiveNamespaces", "PrefixList").unwrap_or_default(),
        parts.join(" ")
    )
    .unwrap();
    if let Some(name_id) = first("NameID") {
        write!(
            out,
            " name {} {}",
            name_id.attribute("Format").map_or("none".to_owned(), |format| last_segment(&format)),
            name_id.text().unwrap()
        )
        .unwrap();
        write!(out, "{}", if name_id.attribute("SPNameQualifier").is_some() { " qualified" } else { "" })
            .unwrap();
        write!(
            out,
            " window {:?}..{:?}/{:?} session {:?}",
            seconds("Conditions", "NotBefore").unwrap(),
            seconds("Conditions", "NotOnOrAfter").unwrap(),
            seconds("SubjectConfirmationData", "NotOnOrAfter").unwrap(),
            seconds("AuthnStatement", "SessionNotOnOrAfter"),
        )
        .unwrap();
        write!(out, " context {}", last_segment(&first("AuthnContextClassRef").unwrap().text().unwrap()))
            .unwrap();
        let index = attribute("AuthnStatement", "SessionIndex").unwrap();
        write!(
            out,
            " index {}",
            if Some(&index) == minted.assertion_id.as_ref() { "assertion" } else { "own" }
        )
        .unwrap();
        let names: Vec<_> = all("Attribute")
            .iter()
            .map(|a| a.attribute("Name").map(|name| last_segment(&name)).unwrap())
            .collect();
        write!(out, " attributes {}", names.join(",")).unwrap();
    } else {
        write!(out, " encrypted {}", last_segment(&attribute("EncryptionMethod", "Algorithm").unwrap()))
            .unwrap();
    }
    let issuer = first("Issuer").unwrap();
    write!(
        out,
        " issuer {}{}",
        issuer.text().unwrap(),
        if issuer.attribute("Format").is_some() { " (entity)" } else { "" }
    )
    .unwrap();
    let root_name = text.split(['<', ' ']).find(|piece| piece.ends_with("Response")).unwrap();
    let assertion_name = text.split(['<', ' ']).find(|piece| piece.ends_with("Assertion")).unwrap();
    write!(out, " as {root_name} {assertion_name}").unwrap();
    out
}

#[test]
fn messages_do_what_the_notes_say() {
    let lines = [
        (
            "okta",
            r#"signs Response+Assertion rsa-sha256/sha256 list "xs" key [X509Data X509Certificate] name unspecified alice@district.example window -300..300/300 session None context PasswordProtectedTransport index own attributes id,email,firstName,lastName,groups issuer http://www.okta.com/exkgatepost1example (entity) as saml2p:Response saml2:Assertion"#,
        ),
        (
            "entra",
            r#"signs Assertion rsa-sha256/sha256 list "" key [X509Data X509Certificate] name emailAddress alice@district.example window -300..3600/3600 session None context Password index assertion attributes tenantid,objectidentifier,displayname,groups,identityprovider,authnmethodsreferences,givenname,surname,emailaddress,name issuer https://sts.windows.net/3c1f3b0e-7a55-4d7a-9a55-2f6f1f9d0001/ as samlp:Response Assertion"#,
        ),
        (
            "clever",
            r#"signs Assertion rsa-sha256/sha256 list "" key [] name unspecified 7d9a4a52-3a0c-4c5e-9d55-0b6b1f4f2a01 window -300..300/300 session None context unspecified index own attributes clever_id,district_id,user_type,email,first_name,last_name issuer https://clever.com/oauth/saml/idp/gatepost-example as samlp:Response saml:Assertion"#,
        ),
        (
            "canvas",
            r#"signs Response+Assertion rsa-sha256/sha256 list "" key [X509Data X509Certificate] name persistent 7d9a4a52-3a0c-4c5e-9d55-0b6b1f4f2a01 qualified window -30..300/300 session Some(28800) context PasswordProtectedTransport index own attributes email,given_name,surname,display_name,integration_id,canvas_roles issuer https://login.school.example/saml/metadata as samlp:Response saml:Assertion"#,
        ),
        (
            "google",
            r#"signs Assertion rsa-sha256/sha256 list "" key [X509Data X509SubjectName X509Certificate] name unspecified alice@district.example window -300..300/300 session None context unspecified index assertion attributes email,firstName,lastName,groups issuer https://accounts.google.com/o/saml2?idpid=C0gatepost as saml2p:Response saml2:Assertion"#,
        ),
        (
            "adfs",
            r#"signs Assertion rsa-sha256/sha256 list "" key [X509Data X509Certificate] name emailAddress alice@district.example window 0..3600/300 session None context PasswordProtectedTransport index assertion attributes emailaddress,givenname,surname,upn,Group,role issuer http://fs.district.example/adfs/services/trust as samlp:Response Assertion"#,
        ),
        (
            "shibboleth",
            r#"signs Response rsa-sha256/sha256 list "" key [X509Data X509Certificate] encrypted aes128-gcm issuer https://idp.university.example/idp/shibboleth as saml2p:Response saml2:EncryptedAssertion"#,
        ),
        (
            "keycloak",
            r#"signs Response rsa-sha256/sha256 list "" key [KeyName X509Data X509Certificate] name unspecified alice window -2..58/58 session Some(36000) context unspecified index own attributes email,firstName,lastName,groups,groups,Role,Role issuer https://sso.district.example/realms/district as samlp:Response saml:Assertion"#,
        ),
        (
            "onelogin",
            r#"signs Response rsa-sha256/sha256 list "" key [X509Data X509Certificate] name emailAddress alice@district.example window -180..180/180 session Some(86400) context PasswordProtectedTransport index own attributes id,email,firstName,lastName issuer https://app.onelogin.com/saml/metadata/6a1f5d0c-3f0e-4a55-8a6d-2f1b7c9d0001 as samlp:Response saml:Assertion"#,
        ),
        (
            "pingone",
            r#"signs Assertion rsa-sha256/sha256 list "" key [X509Data X509Certificate KeyValue RSAKeyValue Modulus Exponent] name none 7d9a4a52-3a0c-4c5e-9d55-0b6b1f4f2a01 window -60..300/300 session Some(300) context unspecified index own attributes saml_subject,id,email,firstName,lastName issuer https://auth.pingone.com/8d1c2f3a-5b6e-4d7f-9a0b-1c2d3e4f0001 as samlp:Response saml:Assertion"#,
        ),
        (
            "jumpcloud",
            r#"signs Assertion rsa-sha256/sha256 list "" key [X509Data X509Certificate] name unspecified alice@district.example window -300..300/300 session None context PasswordProtectedTransport index own attributes email,firstName,lastName,groups issuer Jumpcloud (entity) as saml2p:Response saml2:Assertion"#,
        ),
        (
            "classlink",
            r#"signs Response+Assertion rsa-sha256/sha256 list "" key [X509Data X509Certificate] name unspecified 7d9a4a52-3a0c-4c5e-9d55-0b6b1f4f2a01 window -300..300/300 session None context PasswordProtectedTransport index assertion attributes sourcedId,loginId,email,firstName,lastName,role,tenantId issuer https://idp.classlink.com/sso/metadata/gatepost-example as samlp:Response saml:Assertion"#,
        ),
        (
            "rippling",
            r#"signs Assertion rsa-sha256/sha256 list "" key [X509Data X509Certificate] name emailAddress alice@district.example window -300..300/300 session None context PasswordProtectedTransport index own attributes email,firstName,lastName issuer https://app.rippling.com/64f0c0ffee0123456789abcd/idp.xml as samlp:Response saml:Assertion"#,
        ),
    ];
    let found: Vec<_> = super::super::personality::ALL
        .iter()
        .map(|personality| (personality.name, describe(&mint(personality, MintOptions::default(), 1))))
        .collect();
    assert_eq!(found.len(), lines.len());
    for ((name, line), (found_name, found_line)) in lines.iter().zip(&found) {
        assert_eq!((name, *line), (found_name, found_line.as_str()));
    }
    // Shibboleth's assertion, unencrypted to be looked at.
    let shibboleth = Personality::named("shibboleth").unwrap();
    let plain = mint(shibboleth, MintOptions { encrypts: Some(false), ..MintOptions::default() }, 1);
    let line = describe(&plain);
    assert!(line.contains("name transient") && line.contains(" qualified window 0..300/300"), "{line}");
    assert!(
        line.contains("attributes 1.3.6.1.4.1.5923.1.1.1.6,") || line.contains("attributes oid"),
        "{line}"
    );
}

#[test]
fn clever_signs_with_sha1_unless_asked_not_to() {
    let clever = Personality::named("clever").unwrap().with_sha1();
    let line = describe(&mint(&clever, MintOptions::default(), 1));
    assert!(line.starts_with("signs Assertion rsa-sha1/sha1 "), "{line}");
    assert!(clever.preset_policy().allows(crate::policy::Relaxation::Sha1));
    assert!(!Personality::named("clever").unwrap().preset_policy().allows(crate::policy::Relaxation::Sha1));
}

#[test]
fn the_quirks_of_portals_are_in_their_bytes() {
    let text = |name: &str| {
        let minted = mint(Personality::named(name).unwrap(), MintOptions::default(), 1);
        (minted.response_id.clone(), String::from_utf8(minted.xml()).unwrap())
    };
    let (id, _) = text("jumpcloud");
    assert!(id.len() == 40 && id.starts_with(|c: char| c.is_ascii_uppercase()), "{id}");
    assert!(id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()), "{id}");
    let (_, jumpcloud) = text("jumpcloud");
    assert!(jumpcloud.contains(r#"Format="urn:oasis:names:tc:SAML:1.0:nameid-format:unspecified""#));
    assert!(jumpcloud.contains(r#"Consent="urn:oasis:names:tc:SAML:2.0:consent:unspecified""#));
    let (id, onelogin) = text("onelogin");
    assert!(id.starts_with("pfx"), "{id}");
    assert!(onelogin.contains(
        r#"<saml:AttributeValue xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">"#
    ));
    let (id, pingone) = text("pingone");
    assert!(id.starts_with("id-"), "{id}");
    assert!(pingone.contains("<saml:NameID>7d9a4a52") && pingone.contains("<saml:AuthenticatingAuthority>"));
    // The number in KeyInfo is the certificate's key.
    let modulus = openssl::x509::X509::from_pem(keys::IDP_RSA.certificate_pem.as_bytes());
    let modulus = modulus.unwrap().public_key().unwrap().rsa().unwrap().n().to_vec();
    assert!(pingone.contains(&format!("<ds:Modulus>{}</ds:Modulus>", base64(&modulus, false))));
}

#[test]
fn without_a_request_rippling_answers_one_that_nobody_sent() {
    let people = Person::examples();
    for (name, dummy) in [("rippling", Some("_idp_initiated")), ("classlink", None), ("jumpcloud", None)] {
        let request = MintRequest::new(&people[0], SP, ACS, now());
        let minted = mint_response(Personality::named(name).unwrap(), &request, &mut Seeded::new(1)).unwrap();
        let confirmation = minted.root.find("SubjectConfirmationData").unwrap();
        assert_eq!(minted.root.get("InResponseTo"), dummy, "{name}");
        assert_eq!(confirmation.get("InResponseTo"), dummy, "{name}");
    }
}

#[test]
fn the_same_seed_moment_and_key_give_the_same_bytes() {
    for personality in super::super::personality::ALL {
        let plain = || MintOptions { encrypts: Some(false), ..MintOptions::default() };
        assert_eq!(mint(personality, plain(), 5).xml(), mint(personality, plain(), 5).xml());
        assert_ne!(mint(personality, plain(), 5).xml(), mint(personality, plain(), 6).xml());
    }
}

/// Checks a signature step by step over the bytes that were minted, with nothing of the engine but its canonicaliser.
fn verify(bytes: &[u8], local: &str, method: SignatureAlgorithm) {
    let document = xml::parse(bytes, &Limits::MESSAGE).unwrap();
    let element = document.root().descendants().find(|element| element.local() == local).unwrap();
    let signature = element.children().find(|child| child.local() == "Signature").unwrap();
    let part = |local: &str| signature.descendants().find(|part| part.local() == local).unwrap();
    let list = signature
        .descendants()
        .find(|part| part.local() == "InclusiveNamespaces")
        .and_then(|list| list.attribute("PrefixList"));
    let digested = c14n::to_vec(&c14n::Canonical {
        element,
        without: Some(signature),
        method: c14n::Method::Exclusive,
        prefix_list: list.as_deref(),
    })
    .unwrap();
    let digest = openssl::hash::hash(Digest::Sha256.message_digest(), &digested).unwrap();
    assert_eq!(part("DigestValue").text().unwrap(), base64(&digest, false));
    let signed = c14n::to_vec(&c14n::Canonical {
        element: part("SignedInfo"),
        without: None,
        method: c14n::Method::Exclusive,
        prefix_list: None,
    })
    .unwrap();
    let value: String = part("SignatureValue").text().unwrap().split_whitespace().collect();
    let mut value = crate::encoding::base64(value.as_bytes()).unwrap();
    let key = usual_key(method).public_key().unwrap();
    let mut verifier = Verifier::new(method.digest.message_digest(), &key).unwrap();
    match method.scheme {
        Scheme::RsaPkcs1 => {}
        Scheme::RsaPss => verifier.set_rsa_padding(openssl::rsa::Padding::PKCS1_PSS).unwrap(),
        Scheme::Ecdsa => {
            assert_eq!(value.len(), 2 * key.bits().div_ceil(8) as usize);
            let number = |half: &[u8]| openssl::bn::BigNum::from_slice(half).unwrap();
            let (r, s) = value.split_at(value.len() / 2);
            value = openssl::ecdsa::EcdsaSig::from_private_components(number(r), number(s))
                .unwrap()
                .to_der()
                .unwrap();
        }
    }
    assert!(verifier.verify_oneshot(&value, &signed).unwrap(), "{local} {method:?}");
}

#[test]
fn signatures_verify_in_every_dialect_and_algorithm() {
    for personality in super::super::personality::ALL {
        for method in [method::RSA_SHA256, method::PSS_SHA384, method::ECDSA_SHA256, method::ECDSA_SHA512] {
            let options = MintOptions {
                signs: Some(Signs::Both),
                signature: Some(method),
                encrypts: Some(false),
                ..MintOptions::default()
            };
            let bytes = mint(personality, options, 2).xml();
            verify(&bytes, "Response", method);
            verify(&bytes, "Assertion", method);
        }
    }
}

#[test]
fn an_error_status_carries_no_assertion() {
    let status = StatusCode { top: "Responder", second: Some("NoPassive"), message: Some("ask <first>") };
    let minted = mint(
        Personality::named("okta").unwrap(),
        MintOptions { status: Some(status), ..MintOptions::default() },
        1,
    );
    let text = String::from_utf8(minted.xml()).unwrap();
    assert!(text.contains(r#"<saml2p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><saml2p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:NoPassive"/></saml2p:StatusCode><saml2p:StatusMessage>ask &lt;first&gt;</saml2p:StatusMessage>"#), "{text}");
    assert!(!text.contains("Assertion>"));
}

#[test]
fn both_places_of_the_wrapped_key_are_written() {
    use crate::mint::method::KeyPlacement;
    for (placement, parent) in
        [(KeyPlacement::Inside, "KeyInfo"), (KeyPlacement::Beside, "EncryptedAssertion")]
    {
        let encryption = Encryption { placement, ..Encryption::usual(ContentCipher::Aes256Gcm) };
        let options = MintOptions { encryption: Some(encryption), ..MintOptions::default() };
        let bytes = mint(Personality::named("canvas").unwrap(), options, 3).xml();
        let document = xml::parse(&bytes, &Limits::MESSAGE).unwrap();
        let key = document.root().descendants().find(|element| element.local() == "EncryptedKey").unwrap();
        assert_eq!(key.parent().unwrap().local(), parent);
    }
}
