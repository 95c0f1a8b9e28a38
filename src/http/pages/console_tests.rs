//! Every page of the console with hostile values in every place, for the table of pages.

use gatepost_saml::instant::Instant;

use super::console::{
    ApiKeyRow, ApiKeysPage, Around, ConnectionLink, IntegrationsPage, InvitationRow, LinkPage, MailedPage,
    Mood, NavItem, NewLink, NothingPage, OperatorRow, OperatorsPage, OwnerRow, OwnersPage, PasskeyQuestion,
    PasskeyRow, PasskeysPage, SetupLinkRow, SetupLinksPage, SignInPage, Tile,
};
use super::markup::HOSTILE;
use super::setup::{FinishedPage, SetupPage, SetupTask};
use super::typed::Typed;
use super::{Frame, Page};
use crate::base::Rng;
use crate::base::caller::{Scope, SetupScope};
use crate::base::id::{ConnectionId, PasskeyId, UserId};
use crate::directory::state::{ConnectionState, LinkKind};
use crate::flow::event::Names;
use crate::flow::integrations::{COUNTED, Standing};
use crate::flow::passkey::{OwnersPasskey, PasskeyView};
use crate::flow::setup_link::State;
use crate::words::EN;

const AT: Instant = Instant::from_seconds(1_772_445_630);

pub(super) fn around(frame: Frame) -> Around<'static> {
    let text = &frame.text.console;
    let item = |is_current| NavItem { href: "/console".to_owned(), label: text.name, is_current };
    Around {
        text,
        account: Some(HOSTILE),
        installation: vec![item(false)],
        nav: vec![item(true), item(false)],
        token: HOSTILE,
        flash: Some(text.flash_made),
        problem: Some(HOSTILE),
        may_leave: true,
    }
}

/// With the title that each must have in English.
#[expect(clippy::too_many_lines, reason = "a table of every page")]
pub(super) fn pages_in(frame: Frame) -> Vec<(&'static str, String)> {
    let question = PasskeyQuestion { options: HOSTILE.to_owned(), state: HOSTILE.to_owned() };
    let id = || HOSTILE.to_owned();
    let rng = Rng::seeded(1);
    let connections = [ConnectionLink { name: id(), href: "/saml/conn_1/login".to_owned() }];
    let made = |is_setup| Some(NewLink { url: HOSTILE, expires_at: AT, is_setup, mailed: Some(HOSTILE) });
    let sign_in = |account| SignInPage {
        frame,
        typed: HOSTILE,
        is_unknown: true,
        account,
        has_mail: true,
        connections: &connections,
        question: Some(&question),
        problem: Some(HOSTILE),
    };
    let link = |kind, is_taken| LinkPage {
        frame,
        kind,
        account: Some(HOSTILE),
        scopes: SetupScope::ALL.to_vec(),
        expires_at: AT,
        action: "/link/x",
        is_taken,
    };
    let task = |(done, scope): (usize, &SetupScope)| SetupTask {
        scope: *scope,
        href: "/setup-sso",
        done,
        open: done,
    };
    let operator =
        |is_active| OperatorRow { id: id(), name: HOSTILE, is_active, is_you: true, created_at: AT };
    let operators = [operator(true), operator(false)];
    let owner = |name: Option<&'static str>| OwnerRow {
        id: id(),
        name,
        email: name,
        is_email_unvouched: name.is_some(),
        created_at: AT,
    };
    let owners = [owner(Some(HOSTILE)), owner(None)];
    let invitations = [InvitationRow { id: id(), email: HOSTILE, expires_at: AT }];
    let tile = Tile { href: id(), name: id(), mood: Mood::Warn, state: id() };
    let key = |is_active, is_revoked| ApiKeyRow {
        id: id(),
        name: HOSTILE,
        scopes: id(),
        created_by: "operator:op_1",
        is_active,
        is_revoked,
        expires_at: AT,
        last_used_at: is_active.then_some(AT),
    };
    let names = Names::from([("op_1".to_owned(), id())]);
    let keys = [key(true, false), key(false, false), key(false, true)];
    let setup_link = |state, name| SetupLinkRow {
        id: id(),
        name,
        email: Some(HOSTILE),
        scopes: SetupScope::ALL.to_vec(),
        goes_on: Some(HOSTILE),
        state,
        created_at: AT,
        expires_at: AT,
    };
    let mut typed = form_urlencoded::Serializer::new(String::new());
    for name in ["name", "email", "reason", "days"] {
        typed.append_pair(name, HOSTILE);
    }
    let typed = Typed::of(typed.finish().as_bytes());
    let api_keys = |slug: Option<&'static str>| {
        let (around, base, secret) = (around(frame), HOSTILE, Some(HOSTILE));
        let scopes = Scope::ALL.to_vec();
        let (keys, names, typed) = (keys.as_slice(), &names, &typed);
        ApiKeysPage { frame, around, base, slug, keys, names, scopes, secret, typed }.html()
    };
    let setup_links = [setup_link(State::Waiting, HOSTILE), setup_link(State::Expired, "")];
    let passkey = |last_used_at| PasskeyRow { id: id(), name: HOSTILE, created_at: AT, last_used_at };
    let passkeys = [passkey(Some(AT)), passkey(None)];
    vec![
        ("Manage sign-in", sign_in(None).html()),
        ("Manage sign-in", sign_in(Some((HOSTILE, HOSTILE))).html()),
        ("Look into your mailbox", MailedPage { frame }.html()),
        ("There is nothing here for you", NothingPage { frame }.html()),
        ("You have a link", link(LinkKind::Setup, true).html()),
        ("You have a link", link(LinkKind::OwnerInvitation, false).html()),
        (
            "Operators",
            OperatorsPage { frame, around: around(frame), operators: &operators, made: made(false) }.html(),
        ),
        (
            "Owners",
            OwnersPage {
                frame,
                around: around(frame),
                slug: HOSTILE,
                owners: &owners,
                invitations: &invitations,
                passkeys: &[OwnersPasskey {
                    user: UserId::make(AT, &rng),
                    owner: Some(HOSTILE.to_owned()),
                    passkey: PasskeyView {
                        id: PasskeyId::make(AT, &rng),
                        name: HOSTILE.to_owned(),
                        created_at: AT,
                        last_used_at: Some(AT),
                    },
                }],
                may_break_glass: true,
                made: made(false),
                typed: &typed,
            }
            .html(),
        ),
        (
            "Integrations",
            IntegrationsPage { frame, around: around(frame), tiles: &[tile], set_up: HOSTILE, zoom: None }
                .html(),
        ),
        ("API keys", api_keys(Some(HOSTILE))),
        ("API keys of the installation", api_keys(None)),
        (
            "Setup links",
            SetupLinksPage {
                frame,
                around: around(frame),
                slug: HOSTILE,
                links: &setup_links,
                scopes: SetupScope::ALL,
                drafts: &[(id(), id())],
                is_mail_sent: true,
                made: made(true),
                typed: &typed,
            }
            .html(),
        ),
        (
            "Passkeys",
            PasskeysPage {
                frame,
                around: around(frame),
                passkeys: &passkeys,
                question: Some(&question),
                may_register: false,
            }
            .html(),
        ),
        (
            "Set up sign-in",
            SetupPage {
                frame,
                around: around(frame),
                account: HOSTILE,
                tasks: SetupScope::ALL.iter().enumerate().map(task).collect(),
            }
            .html(),
        ),
        ("Thank you", FinishedPage { frame, return_to: Some(HOSTILE) }.html()),
    ]
}

#[test]
fn the_state_of_a_connection_in_words() {
    let day = 86_400;
    let standing = |state, sign_ins, days: i64, has_drift| Standing {
        id: ConnectionId::first_of(AT),
        name: "Okta".to_owned(),
        state,
        sign_ins,
        refused: 0,
        certificate_ends_at: Some(AT.plus_seconds(days * day)),
        has_drift,
        has_unknown_key: has_drift,
        is_stale: has_drift,
    };
    for (standing, mood, words) in [
        (
            standing(ConnectionState::Active, 214, 400, false),
            Mood::Good,
            "Working. 214 sign-ins this week. The certificate ends in 400 days.",
        ),
        (
            standing(ConnectionState::Active, 1, 23, false),
            Mood::Warn,
            "Working. 1 sign-in this week. The certificate ends in 23 days.",
        ),
        (
            standing(ConnectionState::Active, COUNTED + 1, 1, true),
            Mood::Warn,
            "Working. More than 1000 sign-ins this week. The certificate ends tomorrow. \
             The identity provider's metadata has changed: somebody should look. \
             A certificate waits for your word. \
             Its metadata cannot be fetched at the moment.",
        ),
        (
            standing(ConnectionState::Active, 0, -1, false),
            Mood::Warn,
            "Switched on. No sign-in this week. Its certificate has ended.",
        ),
        (
            Standing { refused: 2, ..standing(ConnectionState::Active, 0, 400, false) },
            Mood::Warn,
            "Refusing: nobody came in this week. 2 were refused. The certificate ends in 400 days.",
        ),
        (
            Standing { refused: 1, ..standing(ConnectionState::Active, 3, 400, false) },
            Mood::Good,
            "Working. 3 sign-ins this week. 1 was refused. The certificate ends in 400 days.",
        ),
        (
            standing(ConnectionState::Draft, 0, 0, false),
            Mood::Off,
            "Being set up: nobody signs in by it yet. The certificate ends today.",
        ),
    ] {
        let tile = Tile::new(&standing, AT, ("/sso", &EN));
        assert_eq!((tile.mood, tile.state.as_str()), (mood, words));
        assert_eq!(tile.href, format!("/sso/{}", standing.id));
    }
}
