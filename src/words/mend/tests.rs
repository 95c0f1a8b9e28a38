//! Every code at every product, in every language.

use std::collections::BTreeSet;

use gatepost_saml::code::CODES;
use gatepost_saml::trace::MessageKind;

use super::super::{EN, LANGUAGES};
use super::*;

fn all() -> impl Iterator<Item = (&'static Text, Code, Product)> {
    let products = || Product::ALL.iter().copied();
    let pairs = move || CODES.iter().flat_map(move |row| products().map(move |product| (row.code, product)));
    LANGUAGES.iter().flat_map(move |&text| pairs().map(move |(code, product)| (text, code, product)))
}

#[test]
fn each_mend_names_the_console_and_the_place_in_it_or_is_the_same_everywhere() {
    for (text, code, product) in all() {
        let told = text.mend(code, product);
        let id = format!("{} {}: {told}", text.language, message_id(code, product));
        assert!(told.ends_with(['.', '»']) && !told.contains(['{', '}']), "{id}");
        let general = (text.mend.general)(code);
        let own = (text.mend.own)(code, product);
        let Some(console) = console::console(product) else {
            assert_eq!((told.as_str(), own), (general, None), "{id}");
            continue;
        };
        match decision(code) {
            Decision::Everywhere(_) => match own {
                None => assert_eq!(told, general, "{id}"),
                Some(own) => assert!(own.contains(console.name) && own != general, "{id}"),
            },
            Decision::Console(topic) => {
                assert!(told.contains(console.name) && told != general, "{id}");
                let place = match console.place(topic) {
                    Some(
                        Place::Field(place)
                        | Place::File(place)
                        | Place::Command(place)
                        | Place::Ours(place)
                        | Place::Behind(place),
                    ) => place.replace("{app}", text.mend.app),
                    Some(Place::Nowhere) => general.to_owned(),
                    Some(Place::Makers) => (text.mend.action)(code).unwrap().to_owned(),
                    None if topic == Topic::Start => console.tile.to_owned(),
                    None => String::new(),
                };
                assert!(told.contains(&place), "{id}");
            }
        }
    }
}

#[test]
fn languages_have_the_same_actions_notes_and_own_sentences() {
    for (text, code, product) in all() {
        let id = format!("{} {}", text.language, message_id(code, product));
        let needs_action = matches!(decision(code), Decision::Console(topic) if !matches!(topic, Topic::Clock | Topic::Start));
        assert_eq!((text.mend.action)(code).is_some(), needs_action, "{id}");
        assert_eq!((text.mend.own)(code, product).is_some(), (EN.mend.own)(code, product).is_some(), "{id}");
        for topic in Topic::ALL {
            let here = (text.mend.note)(topic, product);
            assert_eq!(here.is_some(), (EN.mend.note)(topic, product).is_some(), "{id} {topic:?}");
        }
    }
}

#[test]
fn what_is_the_same_everywhere_is_so_for_the_reason_given() {
    use gatepost_saml::Side;
    for row in CODES {
        let Decision::Everywhere(because) = decision(row.code) else {
            assert_ne!(row.side, Side::Attacker, "{}: no console sets that", row.name);
            continue;
        };
        let fits = match because {
            Because::Ours => row.side == Side::Sp,
            // An assertion that comes twice may be a thief's or the Back button's.
            Because::Person => {
                row.side == Side::User || matches!(row.code, Code::AssertionReplayed | Code::SessionExpired)
            }
            Because::Nobody => row.side == Side::Attacker,
            Because::Program => row.side == Side::Idp,
        };
        assert!(fits, "{}: {because:?}", row.name);
    }
}

#[test]
fn message_ids_are_unique_for_each_text() {
    let texts: BTreeSet<_> = all()
        .filter(|(text, ..)| text.language == EN.language)
        .map(|(text, code, product)| (message_id(code, product), text.mend(code, product)))
        .collect();
    let ids: BTreeSet<_> = texts.iter().map(|(id, _)| id).collect();
    assert_eq!(ids.len(), texts.len(), "one id, one text");
    assert_eq!(message_id(Code::AudienceMismatch, Product::Okta), "code.audience_mismatch.mend.okta");
    assert_eq!(message_id(Code::AudienceMismatch, Product::Other), "code.audience_mismatch.mend");
    assert_eq!(message_id(Code::XmlDoctype, Product::Okta), "code.xml_doctype.mend");
    assert_eq!(
        message_id(Code::InResponseToUnknown, Product::Rippling),
        "code.in_response_to_unknown.mend.rippling"
    );
}

#[test]
fn mends_read_as_they_should() {
    for (code, product, wanted) in [
        (
            Code::AudienceMismatch,
            Product::Okta,
            "In Okta, go to Applications > the application > General > SAML Settings > Edit > Audience URI (SP Entity ID) and set the audience to exactly the value shown as wanted.",
        ),
        (
            Code::NotSigned,
            Product::Adfs,
            "For AD FS, open PowerShell and have the assertion signed, or the response, or both: Set-AdfsRelyingPartyTrust -TargetName \"the application\" -SamlResponseSignature MessageAndAssertion.",
        ),
        (
            Code::SignatureAlgorithmSha1,
            Product::Clever,
            "In Clever this is set by its makers: ask them to choose SHA-256 for signatures; until then sha1 may be allowed for this connection, with an end date.",
        ),
        (
            Code::Unsolicited,
            Product::ClassLink,
            "What begins at ClassLink (LaunchPad) answers no request: set IdP-initiated sign-in to accept for this connection.",
        ),
    ] {
        assert_eq!(EN.mend(code, product), wanted);
    }
}

#[test]
fn the_connection_says_which_product_it_is_before_the_message_does() {
    let mut trace = Trace::new(MessageKind::Response);
    assert_eq!(product(Product::Other, &trace), Product::Other);
    trace.unverified.issuer = Some("https://accounts.google.com/o/saml2?idpid=C1".to_owned());
    assert_eq!(product(Product::Other, &trace), Product::Google);
    assert_eq!(product(Product::Okta, &trace), Product::Okta);
}
