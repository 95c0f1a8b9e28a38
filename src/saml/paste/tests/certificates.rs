//! Certificates, as they are handed on.

use super::*;

#[test]
fn certificates_are_found_however_they_were_handed_on() {
    let (one, two) = (pem(&IDP_RSA), pem(&IDP_RSA_NEXT));
    let bare = base64_of(&IDP_RSA);
    let lines = bare.as_bytes().chunks(60).map(|line| std::str::from_utf8(line).unwrap());
    let folded = format!(
        "  {}
",
        lines.collect::<Vec<_>>().join(
            "
  "
        )
    );
    let forms = [
        one.to_owned(),
        bare.clone(),
        folded,
        one.replace('\n', " "),
        one.replace('\n', "\\n"),
        one.replace("-----", "—–"),
        format!("\"{}\"", one.replace('\n', "\\n")),
        format!("X.509 Certificate:\n{one}\nthank you"),
        format!("> {}", one.replace('\n', "\n> ")),
        one.replace("-----END CERTIFICATE-----", ""),
        one.replace('\n', "\u{A0}\n\u{200B}"),
    ];
    for form in &forms {
        let found = read(form);
        assert!(found.is_usable(), "{form}: {:?}", found.problems);
        assert_eq!(
            (spki(&found), found.form),
            (vec![spki_of(&IDP_RSA).as_str()], Form::Certificates),
            "{form}"
        );
    }
    let found = read(IDP_RSA.certificate_der().unwrap());
    assert_eq!(spki(&found), [spki_of(&IDP_RSA)]);
    let both = read(format!("{one}{two}"));
    assert_eq!(spki(&both), [spki_of(&IDP_RSA), spki_of(&IDP_RSA_NEXT)], "two that did not sign each other");
    assert!(both.problems.is_empty());
    assert_eq!(spki(&read(format!("{one}{one}"))).len(), 1);

    assert_eq!(codes(one.get(..one.len() - 200).unwrap()), ["certificate_truncated"]);
    assert_eq!(codes(bare.get(..300).unwrap()), ["certificate_truncated"]);
    assert_eq!(codes(pem(&IDP_RSA_1024)), ["key_weak"]);
    let weak = recognise(pem(&IDP_RSA_1024).as_bytes(), &Setting { allows_weak_keys: true, ..setting() });
    assert!(weak.is_usable());
    let public = IDP_RSA.public_key().unwrap();
    assert_eq!(codes(public.public_key_to_pem().unwrap()), ["public_key"]);
    let broken = bare.replace(bare.get(40..60).unwrap(), "AAAAAAAAAAAAAAAAAAAA");
    assert_eq!(codes(broken), ["certificate_unreadable"]);
}

#[test]
fn a_private_key_is_refused_and_never_repeated() {
    let key = IDP_RSA.private_key().unwrap();
    let pkcs8 = key.private_key_to_pem_pkcs8().unwrap();
    let bare = to_base64(&key.private_key_to_pkcs8().unwrap());
    let sealed = key.private_key_to_pem_pkcs8_passphrase(openssl::symm::Cipher::aes_256_cbc(), b"x").unwrap();
    let jwk = "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"d\":\"AQAB\"}".to_owned();
    let pem_text = String::from_utf8(pkcs8.clone()).unwrap();
    for text in [
        pem_text.clone(),
        bare.clone(),
        String::from_utf8(sealed).unwrap(),
        jwk,
        format!("{}{pem_text}", pem(&IDP_RSA)),
        format!("SSO URL: https://idp.example/sso\nKey: {bare}"),
        pem_text.replace('\n', "\\n"),
        String::from_utf8(key.rsa().unwrap().private_key_to_pem().unwrap()).unwrap(),
    ] {
        let found = read(&text);
        assert_eq!(found.problems, [Problem::new(ProblemCode::PrivateKey)], "{text}");
        assert!(found.pasted.is_empty());
    }
    let der = key.private_key_to_pkcs8().unwrap();
    assert_eq!(codes(der), ["private_key"]);
    let own = SP_RSA.private_key().unwrap().private_key_to_der().unwrap();
    assert_eq!(codes(own), ["private_key"]);
}

/// A certificate of `key`, signed by `by`, as an authority's or not.
fn certificate(
    name: &str,
    key: &PKey<Private>,
    by: (&str, &PKey<Private>),
    days: (i64, i64),
    is_authority: bool,
) -> X509 {
    let named = |text: &str| {
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_text("CN", text).unwrap();
        name.build()
    };
    let at = |days: i64| Asn1Time::from_unix(NOW.seconds() + days * 86_400).unwrap();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_subject_name(&named(name)).unwrap();
    builder.set_issuer_name(&named(by.0)).unwrap();
    builder.set_pubkey(key).unwrap();
    builder.set_not_before(&at(days.0)).unwrap();
    builder.set_not_after(&at(days.1)).unwrap();
    if is_authority {
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        builder
            .append_extension(KeyUsage::new().critical().key_cert_sign().crl_sign().build().unwrap())
            .unwrap();
    }
    builder.sign(by.1, MessageDigest::sha256()).unwrap();
    builder.build()
}

#[test]
fn of_a_chain_the_leaf_counts_and_that_is_said() {
    let [root, middle, leaf] = [IDP_RSA_4096, IDP_RSA_NEXT, IDP_RSA].map(|key| key.private_key().unwrap());
    let root_certificate = certificate("root", &root, ("root", &root), (-1, 1000), true);
    let middle_certificate = certificate("middle", &middle, ("root", &root), (-1, 1000), true);
    let leaf_certificate = certificate("leaf", &leaf, ("middle", &middle), (-1, 1000), false);
    let text = |order: &[&X509]| {
        order.iter().map(|one| String::from_utf8(one.to_pem().unwrap()).unwrap()).collect::<String>()
    };
    let (root, middle, leaf) = (&root_certificate, &middle_certificate, &leaf_certificate);
    for order in [[leaf, middle, root], [root, middle, leaf], [middle, root, leaf]] {
        let found = read(text(&order));
        assert!(found.is_usable());
        assert_eq!(spki(&found), [spki_of(&IDP_RSA)]);
        let problem = &found.problems[0];
        assert_eq!((problem.code, problem.found.as_deref()), (ProblemCode::ChainLeafOnly, Some("2")));
        assert_eq!(problem.choices, ["CN=leaf"]);
    }
    let alone = read(text(&[root]));
    assert!(alone.is_usable());
    assert_eq!(alone.problems[0].code, ProblemCode::CertificateOfAuthority);
}

#[test]
fn dates_warn_and_refuse_nothing() {
    let key = IDP_RSA.private_key().unwrap();
    for (days, code) in [((-20, -10), "certificate_expired"), ((10, 20), "certificate_not_yet_valid")] {
        let made = certificate("idp", &key, ("idp", &key), days, false);
        let found = read(made.to_pem().unwrap());
        assert!(found.is_usable());
        let problem = &found.problems[0];
        assert_eq!(problem.code.name(), code);
        assert_eq!(problem.choices, ["CN=idp"], "it is told by its name");
        assert_eq!(problem.found.as_ref().map(String::len), Some(64), "and by its hash");
    }
}
