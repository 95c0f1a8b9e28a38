//! The pages about domains, events, deadlines and looks, and of those who run the installation, with hostile values in
//! every place, for the table of pages.

use gatepost_saml::instant::Instant;

use super::branding::{Brand, BrandingPage, Typed};
use super::console_tests::around;
use super::deadlines::{DeadlineRow, DeadlinesPage};
use super::domains::{DomainList, DomainRow, DomainsPage, SetupDomainsPage};
use super::events::{Asked, Change, EventRow, EventsPage, LookRow};
use super::markup::HOSTILE;
use super::operators::{self, AccountPage, AccountsPage, HealthPage};
use super::{Frame, Page};
use crate::base::id::{AccountId, AttemptId, CalendarId, ConnectionId, GuestId, JobId};
use crate::directory::account::{KeepMessages, Locale};
use crate::directory::domain::DomainName;
use crate::directory::domain_proof::Sight;
use crate::directory::state::{
    AccountState, ConnectionState, DeadlineKind, DomainSight, DomainState, JobState,
};
use crate::flow::account::overview::{self, COUNTED, Standing};
use crate::flow::account::{AccountView, Listed};
use crate::flow::branding::{LogoView, Look};
use crate::flow::check::Level;
use crate::flow::deadline::calendar::CalendarView;
use crate::flow::deadline::{Contact, DeadlineView};
use crate::flow::domain::{DomainView, GuestView};
use crate::flow::job::JobView;
use crate::flow::keys::signing::SigningKeyView;
use crate::flow::overview::{Overview, PeriodicView};
use crate::token::ring::State;
use crate::words::EN;

const AT: Instant = Instant::from_seconds(1_772_445_630);

/// With the title that each must have in English.
pub(super) fn pages_in(frame: Frame) -> Vec<(&'static str, String)> {
    [domains(frame), events(frame), deadlines(frame), operators(frame), branding(frame)].concat()
}

fn domains(frame: Frame) -> Vec<(&'static str, String)> {
    let id = || HOSTILE.to_owned();
    let view = |state, reason: Option<String>, is| DomainView {
        version: 0,
        name: DomainName::parse("school.example").unwrap(),
        state,
        connection_id: None,
        record_name: id(),
        record_value: id(),
        created_by: Some(id()),
        proved_by: Some(id()),
        is_by_dns: state == DomainState::Proved && reason.is_none(),
        reason,
        proved_at: (state == DomainState::Proved).then_some(AT),
        checked: Some((AT, is)),
        next_check_at: Some(AT),
        missing_since: Some(AT),
        lost_at: Some(AT),
    };
    let views = [
        view(DomainState::Pending, None, DomainSight::OtherValues),
        view(DomainState::Proved, None, DomainSight::Misplaced),
        view(DomainState::Proved, Some(id()), DomainSight::Proof),
    ];
    let sight = |is| Sight { is, at: Some(id()), values: vec![id()] };
    let sights = [sight(DomainSight::OtherValues), sight(DomainSight::Misplaced)];
    let rows = [
        DomainRow::new(&views[0], Some(&sights[0]), true),
        DomainRow::new(&views[1], Some(&sights[1]), true),
        DomainRow::new(&views[1], None, false),
        DomainRow::new(&views[2], None, true),
    ];
    let connections = [(id(), id())];
    let list = |domains| DomainList {
        text: &frame.text.domains,
        console: frame.console(),
        base: "/console/at/x/domains",
        token: HOSTILE,
        domains,
        connections: &connections,
        typed: HOSTILE,
        more: Some(id()),
    };
    let guests = [GuestView { id: GuestId::first_of(AT), email: id(), reason: id(), created_at: AT }];
    let page = |list, guests| {
        let (around, more_guests) = (around(frame), Some(id()));
        DomainsPage { frame, around, list, guests, more_guests, may_vouch: true }
    };
    let setup = SetupDomainsPage { frame, around: around(frame), account: HOSTILE, list: list(&rows) };
    vec![
        ("Domains", page(list(&rows), &guests).html()),
        ("Domains", page(list(&[]), &[]).html()),
        ("Email domains", setup.html()),
    ]
}

fn events(frame: Frame) -> Vec<(&'static str, String)> {
    let id = || HOSTILE.to_owned();
    let change = |is_change| Change { name: id(), before: Some(id()), after: Some(id()), is_change };
    let row = |is_changed| EventRow {
        seq: 1,
        at: AT,
        sentence: id(),
        action: id(),
        target: id(),
        actor: id(),
        changes: vec![change(true), change(false)],
        origin: Some(id()),
        is_changed,
        looks: vec![LookRow { seq: 1, at: AT, page: id(), origin: id() }],
    };
    let rows = [row(false), row(true)];
    let asked = || Asked { actor: id(), action: id(), target: id(), from: id(), to: id() };
    let page = |events, asked, older: Option<String>| EventsPage {
        frame,
        around: around(frame),
        say: &frame.text.events,
        base: "/console/events",
        is_account: older.is_some(),
        events,
        one: older.clone(),
        asked,
        looked_to: older.is_some().then_some(AT),
        older,
    };
    vec![
        ("Events", page(&rows, asked(), Some(id())).html()),
        ("Events", page(&[], Asked::default(), None).html()),
    ]
}

fn deadlines(frame: Frame) -> Vec<(&'static str, String)> {
    let id = || HOSTILE.to_owned();
    let view = |days: i64, is_replaced, account: Option<(String, String)>| DeadlineView {
        kind: DeadlineKind::IdpCertificate,
        thing: id(),
        ends_at: AT.plus_seconds(days * 86_400),
        name: id(),
        connection: Some((ConnectionId::first_of(AT), id())),
        people: 30_000,
        is_replaced,
        account,
    };
    let views = [
        view(-1, false, None),
        view(0, false, Some(("x".to_owned(), id()))),
        view(20, true, None),
        view(4000, false, None),
        view(4001, true, Some(("x".to_owned(), id()))),
    ];
    let rows: Vec<_> = views.iter().map(|view| DeadlineRow::new(view, AT)).collect();
    let calendar = |last_used_at| CalendarView {
        id: CalendarId::first_of(AT),
        created_by: id(),
        created_at: AT,
        last_used_at,
    };
    let calendars = [calendar(None), calendar(Some(AT))];
    let page = |rows, contact: Option<Contact>| DeadlinesPage {
        frame,
        around: around(frame),
        say: &frame.text.deadlines,
        base: "/console/deadlines",
        is_account: contact.is_some(),
        rows,
        later: contact.as_ref().map(|_| id()),
        calendars: contact.is_some().then_some(&calendars[..]),
        made: contact.is_some().then_some(HOSTILE),
        contact,
    };
    let contact = Contact { email: Some(id()), version: 1 };
    vec![("Deadlines", page(&rows, Some(contact)).html()), ("Deadlines", page(&[], None).html())]
}

fn operators(frame: Frame) -> Vec<(&'static str, String)> {
    let id = || HOSTILE.to_owned();
    let account = |state| AccountView {
        id: AccountId::first_of(AT),
        slug: "lincoln".parse().unwrap(),
        name: id(),
        external_id: Some(id()),
        state,
        locale: Locale::Browser,
        keep_messages: KeepMessages::Recent,
        version: 1,
    };
    let all = [AccountState::Active, AccountState::Disabled, AccountState::Deleted];
    let all = all.map(|state| Listed { account: account(state), in_use: 0 });
    let say = &frame.text.operators;
    let list = |accounts, searched: &'static str| AccountsPage {
        frame,
        around: around(frame),
        say,
        searched,
        accounts,
        more: Some(id()),
        typed: operators::Typed { slug: HOSTILE, name: HOSTILE, external_id: HOSTILE },
    };
    let standing = |problem, sign_ins| Standing {
        id: ConnectionId::first_of(AT),
        name: id(),
        state: ConnectionState::Active,
        sign_ins,
        problem,
    };
    let of = |state, connections| overview::Overview {
        account: AccountView { name: "Lincoln".to_owned(), ..account(state) },
        created_at: AT,
        reason: Some(id()),
        owners: 1,
        connections,
    };
    let problem = Some((AttemptId::first_of(AT), AT, id()));
    let open = of(AccountState::Active, vec![standing(problem, COUNTED + 1), standing(None, 1)]);
    let others = [of(AccountState::Disabled, vec![]), of(AccountState::Deleted, vec![])];
    let one = |overview| AccountPage { frame, around: around(frame), say, overview, signin_url: "/signin/x" };
    let job = JobView {
        id: JobId::first_of(AT),
        account: None,
        kind: id(),
        key: id(),
        state: JobState::Dead,
        is_running: false,
        tries: 8,
        run_at: AT,
        problem: Some(id()),
    };
    let periodic = |problem: Option<String>| PeriodicView {
        name: id(),
        ended_at: problem.is_none().then_some(AT),
        problem,
    };
    let bad = Overview {
        version: "1",
        database: "SQLite",
        settings: vec![("a", id())],
        problems: vec![id()],
        clock: Some((3, Level::Notice)),
        jobs: (1, Some(AT), 1),
        mails: (1, Some(AT)),
        sends_mail: true,
        periodic: vec![periodic(Some(id())), periodic(None)],
        ends: (1, 2),
    };
    let good = Overview {
        problems: vec![],
        clock: None,
        jobs: (0, None, 0),
        sends_mail: false,
        periodic: vec![],
        ends: (0, 0),
        ..bad.clone()
    };
    let key = |state| SigningKeyView { kid: id(), state, created_at: AT, active_from: AT };
    let signing_keys = [State::Gone, State::Retired, State::Active, State::Next].map(key);
    let signing_keys = &signing_keys;
    let health =
        |overview, dead| HealthPage { frame, around: around(frame), say, overview, dead, signing_keys };
    vec![
        ("Accounts", list(&all, HOSTILE).html()),
        ("Accounts", list(&[], "").html()),
        ("Lincoln", one(&open).html()),
        ("Lincoln", one(&others[0]).html()),
        ("Lincoln", one(&others[1]).html()),
        ("Health", health(&bad, &[job]).html()),
        ("Health", health(&good, &[]).html()),
    ]
}

/// A look with hostile words; its address is one that was checked.
pub(super) fn look() -> Look {
    let colour: crate::directory::colour::Colour = "#777777".parse().unwrap();
    Look {
        colour: Some((colour, colour.shades())),
        logo: Some(LogoView { hash: "0".repeat(64), width: 10, height: 5 }),
        help_text: Some(HOSTILE.to_owned()),
        help_url: Some("https://help.example/?a=1".to_owned()),
    }
}

fn branding(frame: Frame) -> Vec<(&'static str, String)> {
    let id = || HOSTILE.to_owned();
    let page = |look: Look, is_preview| BrandingPage {
        frame,
        around: around(frame),
        say: &frame.text.branding,
        base: "/console/at/x/branding",
        typed: Typed { name: id(), colour: id(), help_text: id(), help_url: id() },
        locale: Locale::English,
        brand: Brand::new(look.clone()),
        look,
        is_preview,
        version: 1,
    };
    vec![("Appearance", page(look(), true).html()), ("Appearance", page(Look::default(), false).html())]
}

#[test]
fn what_ends_in_years_is_folded_and_what_happens_then_is_said_once() {
    let frame = Frame { text: &EN, is_demo: false };
    let pages = deadlines(frame);
    let page = &pages[0].1;
    assert!(page.contains("After more than twelve months: 2"), "{page}");
    let (near, beyond) = page.split_once("<details class=\"below\"").unwrap();
    let said = |part: &str| part.matches("Sign-in goes on: the key counts here").count();
    // Of what something else stands in for, that is said.
    assert_eq!((said(near), said(beyond)), (2, 1), "{page}");
}
