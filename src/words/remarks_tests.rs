//! Whatever a trace remarks is known as a remark: the sources are read for it, and every remark is put into Spanish.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::remarks::{REMARKS, known, remark};
use super::sentences_tests::{code, literals, sources};
use super::*;

/// Where remarks are made, whole folders and single files.
const MADE_IN: [&str; 17] = [
    "saml/response",
    "saml/signature",
    "saml/xml",
    "saml/binding.rs",
    "saml/decrypt.rs",
    "saml/logout.rs",
    "saml/message.rs",
    "saml/metadata/mod.rs",
    "saml/metadata/entity.rs",
    "saml/trust.rs",
    "second_opinion",
    "directory/mapping/apply.rs",
    "directory/mapping/subject.rs",
    "flow/login/decide.rs",
    "flow/login/person.rs",
    "flow/login/write.rs",
    "storage/durability.rs",
];
/// Where a few are made beside many other texts.
const MADE_IN_TOO: [&str; 7] = [
    "flow/login/finish.rs",
    "flow/login/landing.rs",
    "flow/login/restart.rs",
    "flow/job.rs",
    "jobs/mod.rs",
    "saml/paste/certificate.rs",
    "saml/paste/markup.rs",
];

/// Sentences that are told at once and come into no trace, and reasons for the compiler.
const OTHERS: [&str; 8] = [
    "it must be name_id, or attribute: and the name of an attribute",
    "No certificate was given. Paste the identity provider's X.509 certificate.",
    "This is a private key. Never hand it out: give the certificate (-----BEGIN CERTIFICATE-----) instead, and replace the \
     key, since it has been shown.",
    "This PEM text holds no certificate. Look for -----BEGIN CERTIFICATE-----.",
    "This is not a private key in PEM without a passphrase.",
    "the namespace name beside each constant says what it is",
    "at compile time, into a table of every byte",
    "reads as a conversion of this parser's offsets",
];
/// Words by themselves that are names in XML, of elements here, of settings and roles.
const NAMES: [&str; 43] = [
    "amp",
    "apos",
    "ascii",
    "assertion",
    "base",
    "certificate",
    "ecdsa",
    "email",
    "encoding",
    "encryption",
    "extra",
    "fsync",
    "full",
    "groups",
    "gt",
    "id",
    "lang",
    "lt",
    "member",
    "message",
    "metadata",
    "no",
    "normal",
    "now",
    "off",
    "quot",
    "regexp",
    "replays",
    "response",
    "role",
    "roles",
    "signing",
    "space",
    "standalone",
    "synchronous",
    "true",
    "unknown",
    "use",
    "username",
    "version",
    "xml",
    "xmlns",
    "yes",
];

/// A template or a format with its places nameless.
fn nameless(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((_, tail)) = after.split_once('}') else { break };
        out.push_str(before);
        out.push_str("{}");
        rest = tail;
    }
    out + rest
}

/// Whether a literal says something to people.
fn is_said(literal: &str) -> bool {
    let is_lower = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_sql = literal.starts_with("SELECT ") || literal.starts_with("PRAGMA ");
    let is_xml = literal.starts_with('<') && literal.contains('=');
    let has_words = literal.trim().contains(' ') && literal.split([' ', ',', '-']).any(is_lower);
    !is_sql && !is_xml && (has_words || is_lower(literal))
}

fn said_in(source: &str) -> BTreeSet<String> {
    literals(&code(source))
        .into_iter()
        .filter(|literal| is_said(literal))
        .map(|literal| nameless(&literal))
        .collect()
}

fn gathered(places: &[&str]) -> BTreeMap<String, String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    let mut each = |path: &Path, source: &str| {
        found.extend(said_in(source).into_iter().map(|said| (said, path.display().to_string())));
    };
    for place in places {
        let path = src.join(place);
        if path.is_dir() {
            sources(&path, &mut each);
        } else {
            each(&path, &std::fs::read_to_string(&path).unwrap());
        }
    }
    found
}

#[test]
fn every_remark_of_the_sources_is_known_and_no_other() {
    let templates: BTreeSet<_> = REMARKS.iter().map(|template| nameless(template)).collect();
    let made = gathered(&MADE_IN);
    assert!(made.len() > 200, "the sources were read: {}", made.len());
    let unneeded: Vec<_> = OTHERS.iter().chain(&NAMES).filter(|other| !made.contains_key(**other)).collect();
    assert!(unneeded.is_empty(), "these are not there any more: {unneeded:?}");
    let is_other = |said: &str| OTHERS.contains(&said) || NAMES.contains(&said);
    let missing: Vec<_> =
        made.iter().filter(|(said, _)| !templates.contains(*said) && !is_other(said)).collect();
    assert!(
        missing.is_empty(),
        "a line in words/remarks.rs and a row in Spanish, or a name here: {missing:#?}"
    );
    let too = gathered(&MADE_IN_TOO);
    // There is no word in it but an element's name.
    let parts = ["{} Signatures"];
    let unused: Vec<_> = templates
        .iter()
        .filter(|said| {
            !made.contains_key(*said) && !too.contains_key(*said) && !parts.contains(&said.as_str())
        })
        .collect();
    assert!(unused.is_empty(), "nobody remarks these any more: {unused:#?}");
}

/// What can stand in a place.
fn example(name: &str) -> &'static str {
    match name {
        "now" | "begin" | "end" | "until" | "since" | "from" | "latest" => "2026-03-02T10:00:30Z",
        "first_day" | "last_day" => "2026-03-02",
        "bytes" | "byte" | "count" | "plain" | "encrypted" | "seconds" | "kept" | "bits" => "7",
        "hash" => "0123456789abcdef",
        "element" => "Extra",
        "certificate" => "CN=a or b (SHA-256 00ff, RSA 2048, 2026-01-02 to 2036-01-02)",
        "differing" => "issuer, validity",
        "list" => "status, groups (empty)",
        _ => "some-value",
    }
}

/// A template with examples in its places.
fn filled(template: &str, example: impl Fn(&str) -> String) -> String {
    let mut out = template.to_owned();
    let is_name = |place: &&str| place.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    for place in super::tests::places(template).into_iter().filter(is_name) {
        out = out.replace(&format!("{{{place}}}"), &example(place));
    }
    out
}

#[test]
fn every_remark_is_told_in_spanish_as_its_row_says() {
    for template in REMARKS {
        let text = filled(template, |place| example(place).to_owned());
        let spanish = (ES.sentence)(template).unwrap();
        let told = match *template {
            // A list of one word each; what differs comes before an element of that name.
            "another {differing}" => "otra lectura de: emisor, vigencia".to_owned(),
            "only {list}" => "solo status, groups (vacío)".to_owned(),
            _ => filled(spanish, |place| ES.remark(example(place))),
        };
        assert_eq!(ES.remark(&text), told, "{template}");
        assert_eq!(EN.remark(&text), text);
    }
}

#[test]
fn what_a_message_claims_is_no_remark() {
    for claim in [
        "https://idp.example/none",
        "CN=From here to there",
        "CN=This or That School",
        "urn:oasis:names:tc:SAML:2.0:status:Responder; Access denied by the policy from head office",
        "2026-03-02T10:00:30Z to tomorrow",
        "seven bytes",
        "",
    ] {
        assert!(known(claim).is_none(), "{claim}");
        assert_eq!(ES.remark(claim), claim);
    }
    assert_eq!(ES.remark("https://a or https://b or https://c"), "https://a o https://b o https://c");
    assert_eq!(
        ES.remark("a signature by CN=x, O=The School (SHA-256 00ff, EC P-256, 2026-01-02 to 2036-01-02)"),
        "una firma de CN=x, O=The School (SHA-256 00ff, EC P-256, del 2026-01-02 al 2036-01-02)"
    );
    let certificate = "CN=School to home (SHA-256 00ff, RSA 2048, 2026-01-02 to 2036-01-02)";
    assert_eq!(
        ES.remark(&format!("a signature by {certificate} or {certificate}")),
        "una firma de CN=School to home (SHA-256 00ff, RSA 2048, del 2026-01-02 al 2036-01-02) o CN=School to home \
         (SHA-256 00ff, RSA 2048, del 2026-01-02 al 2036-01-02)"
    );
    // However deep somebody builds it, it ends.
    let deep = format!("{}x y", "a or ".repeat(300));
    assert_eq!(remark(&deep).english(), deep);
}

#[test]
fn what_was_kept_is_told_in_spanish() {
    let mut unlike = Vec::new();
    for template in (ES.templates)() {
        let text = filled(template, |place| format!("<{place}>"));
        if REMARKS.contains(&template) || text.starts_with('<') && text.ends_with('>') && !text.contains(' ')
        {
            continue;
        }
        let told = filled((ES.sentence)(template).unwrap(), |place| format!("<{place}>"));
        if ES.kept(&text).as_deref() != Some(told.as_str()) {
            unlike.push((template, ES.kept(&text)));
        }
    }
    assert!(unlike.is_empty(), "{unlike:#?}");
    let code = Code::MetadataExpired;
    let stored =
        format!("metadata_expired: the metadata cannot be used (metadata_expired): {}", code.text().mend);
    let told = ES.kept(&stored).unwrap();
    assert!(told.starts_with("metadata_expired: ") && told.ends_with((ES.mend.general)(code)), "{told}");
    assert_eq!(ES.kept("error returned from database: disk full"), None);
    assert_eq!(
        EN.kept("error returned from database: disk full").unwrap(),
        "error returned from database: disk full"
    );
}

#[test]
fn a_planted_remark_is_found() {
    let source = "//! \"no, not this\"\nfn f() { stop(Some(\"a moon\"), format!(\"{} to {x:?}\"), b\"no bytes here\", \
                  '\"', \"Assertion\", \"moon\") }\n#[cfg(test)]\nmod tests { \"no, not this\" }";
    assert_eq!(said_in(source).into_iter().collect::<Vec<_>>(), ["a moon", "moon", "{} to {}"]);
}
