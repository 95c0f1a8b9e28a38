//! Every page escapes what it is given, and refers to nothing that the content security policy forbids.

use std::borrow::Cow;

use gatepost_saml::code::{Code, StepName};
use gatepost_saml::instant::Instant;
use gatepost_saml::policy::Relaxation;
use gatepost_saml::trace::{EncryptionEvidence, MessageKind, SignatureEvidence, Trace};

use super::branding::Brand;
use super::markup::HOSTILE;
use super::*;
use crate::directory::preset::Product;
use crate::words::{EN, LANGUAGES};

const FRAME: Frame = Frame { text: &EN, is_demo: true };

pub(super) fn hostile_trace(is_accepted: bool) -> Trace {
    let text = || Some(Cow::Borrowed(HOSTILE));
    let mut trace = Trace::new(MessageKind::Response);
    trace.pass(StepName::Version, text(), text());
    trace.warn(StepName::Destination, None, text());
    if !is_accepted {
        trace.fail(StepName::Audience, Code::AudienceMismatch, text(), text());
    }
    trace.relax(Relaxation::Sha1);
    trace.add_warning("x", HOSTILE);
    trace.signed.push(SignatureEvidence {
        element: HOSTILE.into(),
        algorithm: HOSTILE.into(),
        digest: HOSTILE.into(),
        canonicalization: None,
        spki_sha256: HOSTILE.into(),
        certificate_sha256: None,
    });
    trace.encrypted = Some(EncryptionEvidence {
        element: HOSTILE.into(),
        data_algorithm: HOSTILE.into(),
        key_algorithm: HOSTILE.into(),
        digest: None,
        mgf: None,
        sp_spki_sha256: HOSTILE.into(),
    });
    trace.unverified.issuer = Some(HOSTILE.into());
    trace
}

/// Every page with hostile values in every place, with the title that it must have.
#[expect(clippy::too_many_lines, reason = "a table of every page")]
fn pages_in(frame: Frame) -> Vec<(&'static str, String)> {
    let accepted = hostile_trace(true);
    let refused = hostile_trace(false);
    let values = [HOSTILE.to_owned(), String::new()];
    let attributes = [
        AttributeView { name: HOSTILE, friendly_name: Some(HOSTILE), values: &values },
        AttributeView { name: HOSTILE, friendly_name: None, values: &[] },
    ];
    let connections = [ConnectionChoice { name: HOSTILE, href: "/saml/conn_1/login" }];
    let at = Instant::from_seconds(1_772_445_630);
    let start = |problem| {
        let remembered =
            Some(Remembered { account: HOSTILE, connection: HOSTILE, href: "/saml/conn_1/login?x=\"'>" });
        StartPage { frame, typed: HOSTILE, problem, return_to: Some(HOSTILE), remembered }.html()
    };
    let others = [OtherSessionView {
        id: HOSTILE.to_owned(),
        browser: Some(HOSTILE.to_owned()),
        system: Some(HOSTILE.to_owned()),
        network: Some(HOSTILE.to_owned()),
        connection_name: HOSTILE.to_owned(),
        signed_in_at: at,
        seen_at: at,
    }];
    let me = |trace, name, email| {
        MePage {
            frame,
            name,
            email,
            username: Some(HOSTILE),
            roles: &[HOSTILE.to_owned()],
            groups: &[HOSTILE.to_owned()],
            name_id: NameIdView { value: HOSTILE, format: Some(HOSTILE) },
            attributes: &attributes,
            account_name: HOSTILE,
            connection_name: HOSTILE,
            signed_in_at: at,
            session_ends_at: Some(at),
            trace,
            sign_out: SignOutForm { action: "/signout", token: HOSTILE },
            others: &others,
            end_sessions: "/me/sessions/end",
        }
        .html()
    };
    let refusal = |detail| {
        RefusedPage {
            frame,
            public_code: Code::DecryptionFailed,
            reference: HOSTILE,
            at,
            again_href: "/signin/lincoln",
            detail,
            is_test: detail.is_some(),
            brand: brand(),
        }
        .html()
    };
    let error = |kind| ErrorPage { frame, kind, reference: Some(HOSTILE) }.html();
    vec![
        ("Sign in", start(None)),
        ("Sign in", start(Some(StartProblem::Empty))),
        ("Sign in", start(Some(StartProblem::Unknown))),
        ("Sign in", start(Some(StartProblem::UnknownDomain))),
        (
            "Sign in to",
            SignInPage { frame, account_name: HOSTILE, connections: &connections, brand: brand() }.html(),
        ),
        (
            "Sign in to",
            SignInPage { frame, account_name: HOSTILE, connections: &[], brand: Brand::default() }.html(),
        ),
        ("You are signed out", SignedOutPage { frame, again_href: "/signin/lincoln" }.html()),
        (
            "You are signed in",
            me(Some(&accepted), Some(HOSTILE), Some(EmailView { address: HOSTILE, is_verified: false })),
        ),
        ("You are signed in", me(None, None, None)),
        ("You could not be signed in", refusal(None)),
        (
            "You could not be signed in",
            refusal(Some(RefusedDetail {
                code: Code::AudienceMismatch,
                trace: &refused,
                product: Product::Other,
            })),
        ),
        (
            "On to",
            HandOverPage {
                frame,
                idp_name: HOSTILE,
                url: "https://idp.example/sso?SAMLRequest=a&x=\"'>",
                brand: brand(),
            }
            .html(),
        ),
        (
            "On to",
            HandOverFormPage {
                frame,
                idp_name: HOSTILE,
                action: "https://idp.example/sso",
                saml_request: HOSTILE,
                relay_state: Some(HOSTILE),
                brand: brand(),
            }
            .html(),
        ),
        (
            "One more moment",
            AgainPage {
                frame,
                action: "/saml/conn_1/acs",
                saml_response: HOSTILE,
                relay_state: Some(HOSTILE),
            }
            .html(),
        ),
        (
            "Switch to another sign-in?",
            ReplacePage {
                frame,
                present: HOSTILE,
                next: HOSTILE,
                with: ReplaceWith::Answer {
                    action: "/saml/conn_1/acs",
                    saml_response: HOSTILE,
                    relay_state: Some(HOSTILE),
                    token: HOSTILE,
                },
            }
            .html(),
        ),
        (
            "Switch to another sign-in?",
            ReplacePage {
                frame,
                present: HOSTILE,
                next: "Lincoln",
                with: ReplaceWith::Start { href: "/saml/conn_1/login" },
            }
            .html(),
        ),
        ("There is nothing here", NotFoundPage { frame }.html()),
        ("Something went wrong on our side", error(ErrorKind::Internal)),
        ("We cannot answer right now", error(ErrorKind::Unavailable)),
        ("This form could not be used", error(ErrorKind::BadForm)),
        ("This is not open to you", error(ErrorKind::Forbidden)),
        ("Too many tries", error(ErrorKind::TooMany)),
        ("This cannot be done here", error(ErrorKind::Method)),
        ("That took too long", error(ErrorKind::Slow)),
        ("That was too much", error(ErrorKind::TooLarge)),
        ("We cannot tell where you came from", error(ErrorKind::SenderUnknown)),
        ("We cannot tell where you came from", error(ErrorKind::SenderAmbiguous)),
        ("This request makes no sense here", error(ErrorKind::BadRequest)),
        ("Sign in in a window of its own", FramedPage { frame, href: "/signin/lincoln?a=1" }.html()),
        (
            "Try Gatepost",
            DemoPage {
                frame,
                account_name: HOSTILE,
                account_href: "/signin/lincoln",
                connections: &[DemoConnection {
                    name: HOSTILE,
                    about: frame.text.demo_about(Product::Okta),
                    href: "/saml/conn_1/login",
                }],
                people: &[
                    DemoPerson { name: HOSTILE, email: Some(HOSTILE), role: HOSTILE },
                    DemoPerson { name: HOSTILE, email: None, role: HOSTILE },
                ],
                idp_href: "http://127.0.0.1:8401/",
                zoom: ("http://127.0.0.1:8402/", 120),
            }
            .html(),
        ),
    ]
}

fn brand() -> Brand {
    Brand::new(operations_tests::look())
}

fn every_page_in(frame: Frame) -> impl Iterator<Item = (&'static str, String)> {
    let first = pages_in(frame).into_iter().chain(console_tests::pages_in(frame));
    let then = sso_tests::pages_in(frame).into_iter().chain(webhooks_tests::pages_in(frame));
    let then = then.chain(zoom_tests::pages_in(frame));
    let of_people = sign_ins_tests::pages_in(frame).into_iter().chain(people_tests::pages_in(frame));
    first
        .chain(then)
        .chain(of_people)
        .chain(mapping_tests::pages_in(frame))
        .chain(operations_tests::pages_in(frame))
}

fn pages() -> Vec<(&'static str, String)> {
    every_page_in(FRAME).collect()
}

#[test]
fn every_value_is_escaped() {
    for (title, html) in pages() {
        assert!(html.contains(&format!("<title>{title}")), "{title}");
        markup::assert_escaped(&html, title);
    }
}

#[test]
fn nothing_is_inline_and_nothing_comes_from_elsewhere() {
    for (title, html) in pages() {
        markup::assert_served_from_here(&html, title);
    }
}

#[test]
fn the_page_that_may_be_framed_is_the_only_one_without_script() {
    for (title, html) in pages() {
        assert_eq!(html.contains("<script"), title != "Sign in in a window of its own", "{title}");
    }
}

#[test]
fn every_page_has_one_heading_a_main_part_and_a_language() {
    for &text in LANGUAGES {
        let frame = Frame { text, is_demo: true };
        for (title, html) in every_page_in(frame) {
            markup::assert_accessible(&html, title, text.language());
            markup::assert_escaped(&html, title);
        }
    }
}

#[test]
fn a_refusal_without_detail_says_nothing_of_the_cause() {
    let html = RefusedPage {
        frame: FRAME,
        public_code: Code::DecryptionFailed,
        reference: "att_1",
        at: Instant::from_seconds(0),
        again_href: "/",
        detail: None,
        is_test: false,
        brand: brand(),
    }
    .html();
    assert!(html.contains("att_1") && html.contains("decryption_failed"));
    assert!(!html.contains(Code::DecryptionFailed.text().mend), "the mend is for administrators");
}
