//! What holds of every text in every language.

use std::collections::BTreeSet;

use gatepost_saml::code::CODES;
use gatepost_saml::mint::keys::IDP_RSA;
use gatepost_saml::paste::{MAX_BYTES, Setting, recognise};

use super::setup::Say;
use super::*;
use crate::base::caller::{Scope, SetupScope};

/// The same in both languages and rightly so: names of products and of SAML, and words that both have.
const SAME: [&str; 11] = [
    "me_name_id",
    "me_roles",
    "trace_fail",
    "idp.home_entity_id",
    "idp.name_id",
    "events.did",
    "console.nav_webhooks",
    "webhooks.title",
    "webhooks.webhook",
    "zoom_provisioning.nav",
    "zoom_provisioning.tabs",
];

/// Every text of a language with its message id, but mends, which have tests of their own.
fn all(text: &Text) -> Vec<(String, &'static str)> {
    let mut all: Vec<_> = text.plain().into_iter().map(|(id, text)| (id.to_owned(), text.0)).collect();
    let console = &text.console;
    all.extend(console.plain().into_iter().map(|(id, text)| (format!("console.{id}"), text.0)));
    all.extend(text.domains.plain().into_iter().map(|(id, text)| (format!("domains.{id}"), text.0)));
    all.extend(text.deadlines.plain().into_iter().map(|(id, text)| (format!("deadlines.{id}"), text.0)));
    all.extend(text.operators.plain().into_iter().map(|(id, text)| (format!("operators.{id}"), text.0)));
    all.extend(text.notices.plain().into_iter().map(|(id, text)| (format!("notices.{id}"), text.0)));
    all.extend(text.branding.plain().into_iter().map(|(id, text)| (format!("branding.{id}"), text.0)));
    all.extend(text.events.plain().into_iter().map(|(id, text)| (format!("events.{id}"), text.0)));
    all.extend(text.events.all_done().map(|(id, text)| (format!("events.done.{id}"), text)));
    all.extend(Scope::ALL.iter().map(|scope| (format!("console.scope.{scope}"), console.scope(*scope))));
    all.extend(
        SetupScope::ALL
            .iter()
            .map(|scope| (format!("console.setup_scope.{scope}"), console.setup_scope(*scope))),
    );
    all.extend(text.sso.plain().into_iter().map(|(id, text)| (format!("sso.{id}"), text.0)));
    all.extend(text.webhooks.plain().into_iter().map(|(id, text)| (format!("webhooks.{id}"), text.0)));
    all.extend(text.zoom.plain().into_iter().map(|(id, text)| (format!("zoom.{id}"), text.0)));
    let zoom = &text.zoom_provisioning;
    all.extend(zoom.plain().into_iter().map(|(id, text)| (format!("zoom_provisioning.{id}"), text.0)));
    let zoom = &text.zoom_inventory;
    all.extend(zoom.plain().into_iter().map(|(id, text)| (format!("zoom_inventory.{id}"), text.0)));
    let zoom = &text.zoom_events;
    all.extend(zoom.plain().into_iter().map(|(id, text)| (format!("zoom_events.{id}"), text.0)));
    all.extend(text.reference.plain().into_iter().map(|(id, text)| (format!("reference.{id}"), text.0)));
    all.extend(text.idp.plain().into_iter().map(|(id, text)| (format!("idp.{id}"), text.0)));
    all.extend(text.sign_ins.plain().into_iter().map(|(id, text)| (format!("sign_ins.{id}"), text.0)));
    all.extend(text.people.plain().into_iter().map(|(id, text)| (format!("people.{id}"), text.0)));
    let strictness = &text.strictness;
    all.extend(strictness.plain().into_iter().map(|(id, text)| (format!("strictness.{id}"), text.0)));
    all.extend(text.mapping.plain().into_iter().map(|(id, text)| (format!("mapping.{id}"), text.0)));
    for row in CODES {
        all.push((row.code.user_message_id(), text.code_user(row.code)));
        all.push((row.code.mend_message_id(), (text.mend.general)(row.code)));
        if let Some(action) = (text.mend.action)(row.code) {
            all.push((format!("{}.action", row.code.mend_message_id()), action));
        }
    }
    let steps: BTreeSet<_> =
        [&StepName::RESPONSE[..], &StepName::LOGOUT, &StepName::METADATA].concat().into_iter().collect();
    all.extend(steps.into_iter().map(|step| (format!("step.{}", step.name()), text.step(step).0)));
    for side in [Side::Idp, Side::Sp, Side::User, Side::Attacker] {
        all.push((format!("side.{side:?}"), text.side(side).0));
    }
    for relaxation in Relaxation::ALL {
        all.push((format!("relaxation.{}", relaxation.name()), text.relaxation(relaxation).0));
    }
    for code in ProblemCode::ALL {
        all.push((format!("paste.{code}"), (text.paste)(*code).0));
    }
    let MendText { app, field, file, command, ours, makers, behind, nowhere, .. } = text.mend;
    let MendText { clock_makers, clock_server, clock_behind, start, start_accept, .. } = text.mend;
    all.push(("mend.app".to_owned(), app));
    let shapes =
        [field, file, command, ours, makers, behind, nowhere, clock_makers, clock_server, clock_behind];
    let shapes = shapes.into_iter().chain([start, start_accept]);
    all.extend(shapes.enumerate().map(|(at, shape)| (format!("mend.{at}"), shape.0)));
    all.extend(Say::ALL.iter().map(|say| (format!("setup.say.{say:?}"), text.setup_say(*say).0)));
    let setup = &text.setup;
    let named = [setup.place, setup.acs_url, setup.acs_url_pattern, setup.entity_id, setup.metadata_url];
    let values = [setup.login_url, setup.name_id, setup.choose, setup.attribute];
    let bring = [setup.bring_metadata_url, setup.bring_metadata_file, setup.bring_fields];
    let parts = [setup.bring_sso_url, setup.bring_entity_id, setup.bring_certificate];
    let shapes = named.into_iter().chain(values).chain(bring).chain(parts);
    all.extend(shapes.enumerate().map(|(at, shape)| (format!("setup.{at}"), shape.0)));
    all
}

/// The names of the places for values in `text`.
pub(super) fn places(text: &str) -> BTreeSet<&str> {
    let after = text.split('{').skip(1);
    after.filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

#[test]
fn a_value_that_looks_like_a_place_is_left_alone() {
    let text = Message("{a} and {b}, {c} {").with("a", "{b}").with("b", 2);
    assert_eq!(text.to_string(), "{b} and 2, {c} {");
}

#[test]
fn every_text_says_something() {
    for text in LANGUAGES {
        for (id, said) in all(text) {
            assert!(!said.trim().is_empty() && said.trim() == said, "{} {id}", text.language);
        }
    }
}

#[test]
fn every_language_has_the_places_of_the_first() {
    for text in LANGUAGES {
        let (first, here) = (all(&EN), all(text));
        assert_eq!(first.len(), here.len(), "{}", text.language);
        for ((id, first), (its_id, here)) in first.into_iter().zip(here) {
            assert_eq!(id, its_id);
            assert_eq!(places(first), places(here), "{} {id}", text.language);
        }
    }
}

#[test]
fn nothing_is_left_in_another_language() {
    let mut same: BTreeSet<String> = BTreeSet::new();
    for ((id, en), (_, es)) in all(&EN).into_iter().zip(all(&ES)) {
        if en == es {
            same.insert(id);
        }
    }
    let allowed: BTreeSet<String> = SAME.into_iter().map(str::to_owned).collect();
    assert_eq!(same, allowed);
}

#[test]
fn languages_are_called_by_different_tags_and_names() {
    let tags: BTreeSet<_> = LANGUAGES.iter().map(|text| text.language).collect();
    let names: BTreeSet<_> = LANGUAGES.iter().map(|text| text.language_name.0).collect();
    assert_eq!((tags.len(), names.len()), (LANGUAGES.len(), LANGUAGES.len()));
    assert!(spoken("es").is_some() && spoken("ES").is_none() && spoken("").is_none());
    for locale in crate::directory::account::Locale::ALL {
        assert!(locale.tag().is_none_or(|tag| spoken(tag).is_some()), "{locale:?}");
    }
}

#[test]
fn moments_are_readable() {
    assert_eq!(moment(Instant::from_micros(1_772_445_630_123_456)), "2026-03-02 10:00:30 UTC");
}

#[test]
fn every_problem_with_what_was_pasted_is_told() {
    for (language, code) in
        LANGUAGES.iter().flat_map(|text| ProblemCode::ALL.iter().map(move |code| (text, *code)))
    {
        let told = language.paste(&Problem::found(code, "<found>").wanting("<wanted>"));
        assert!(told.ends_with('.') && !told.contains('{'), "{code}: {told}");
        let bare = Problem::new(code);
        for problem in [bare.clone(), bare.wanting("<wanted>"), Problem::found(code, "<found>")] {
            let told = language.paste(&problem);
            for hole in ["()", "( ", " )", ": )", "{"] {
                assert!(!told.contains(hole), "{code}: {told}");
            }
        }
    }
}

#[test]
fn why_metadata_is_of_no_use_is_told_in_words() {
    let refused = Problem::found(ProblemCode::MetadataRefused, "none").wanting("metadata_endpoint_missing");
    let told = EN.paste(&refused);
    assert!(
        told.contains("no single sign-on address") && told.contains(": metadata_endpoint_missing;"),
        "{told}"
    );
    let told = ES.paste(&refused);
    assert!(!told.contains("sign-on address") && told.contains(": metadata_endpoint_missing;"), "{told}");
    // Once is enough.
    let said = "the metadata cannot be used (metadata_expired): it has ended";
    let refused = Problem::found(ProblemCode::MetadataRefused, said).wanting("metadata_expired");
    assert!(!EN.paste(&refused).contains("validUntil"), "{}", EN.paste(&refused));
}

#[test]
fn a_certificate_that_was_pasted_is_told_by_its_name_and_the_day() {
    let over = Problem::found(ProblemCode::CertificateExpired, "9f86d081")
        .wanting("2021-01-01T00:00:00Z")
        .choosing(["CN=Old".to_owned()]);
    for (language, told) in [
        (&EN, "The certificate “CN=Old” ended on 2021-01-01. Sign-ins work"),
        (&ES, "El certificado «CN=Old» terminó el 2021-01-01. Se puede"),
    ] {
        assert!(language.paste(&over).starts_with(told), "{}", language.paste(&over));
    }
}

#[test]
fn what_was_pasted_is_told_in_spanish_with_its_evidence() {
    let setting = Setting {
        now: Instant::from_seconds(1_772_445_630),
        public_url: "https://sso.example.test",
        own: &[],
        entity_id: None,
        allows_weak_keys: false,
    };
    let certificate = &IDP_RSA.certificate_pem[IDP_RSA.certificate_pem.find("-----BEGIN").unwrap()..];
    let xml = |inner: &str| {
        format!(
            "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"urn:a\"><IDPSSODescriptor \
             protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{inner}</EntityDescriptor>"
        )
    };
    let cases = [
        (certificate[..certificate.len() - 200].to_owned(), "caracteres de "),
        ("-----BEGIN CERTIFICATE-----".to_owned(), "Falta una parte del certificado. Cópielo"),
        (xml(""), "se dañaron en el camino ("),
        (xml("</IDPSSODescriptor>"), "; se encontró: ning"),
        ("x".repeat(MAX_BYTES + 1), "bytes en total; se leen como mucho "),
        (
            r#"{"issuer":"https://a.example","authorization_endpoint":"https://a.example/auth"}"#.to_owned(),
            "Esto es para OpenID Connect, que no es SAML.",
        ),
    ];
    for (pasted, part) in cases {
        let problems = recognise(pasted.as_bytes(), &setting).problems;
        let told: Vec<_> = problems.iter().map(|problem| ES.paste(problem)).collect();
        assert!(told.iter().any(|told| told.contains(part)), "{part}: {told:?}");
        for word in ["characters", "something", "at most", "found", " of ", " the "] {
            assert!(told.iter().all(|told| !told.contains(word)), "{word}: {told:?}");
        }
    }
}
