//! The pages of the console, and those that lead into it. No Debug where a form's token or a new secret is inside.

use askama::Template;
use gatepost_saml::instant::Instant;

use super::Frame;
use super::sso_history::who;
use super::typed::Typed;
use crate::base::caller::{Scope, SetupScope};
use crate::base::time::DAY_SECONDS;
use crate::directory::state::{ConnectionState, LinkKind};
use crate::flow::event::Names;
use crate::flow::integrations::{COUNTED, Standing};
use crate::flow::passkey::OwnersPasskey;
use crate::flow::setup_link::State;
use crate::flow::zoom::link::LinkView;
use crate::words::{ConsoleText, Message, Text, day, days_left, moment};

/// What stands around a page of the console.
pub struct Around<'a> {
    /// The texts.
    pub text: &'static ConsoleText,
    /// The account's name.
    pub account: Option<&'a str>,
    /// Where an operator who looks at an account can go beside it: a list of its own.
    pub installation: Vec<NavItem>,
    /// Where one can go.
    pub nav: Vec<NavItem>,
    /// What forms carry.
    pub token: &'a str,
    /// What to say once.
    pub flash: Option<Message>,
    /// What was wrong with the form that was sent.
    pub problem: Option<&'a str>,
    /// Whether there is a session to sign out of; whoever came by a setup link says when they are done.
    pub may_leave: bool,
}

impl Around<'_> {
    /// The texts.
    pub(super) const fn text(&self) -> &'static ConsoleText {
        self.text
    }
}

/// A line of the navigation.
#[derive(Debug, Clone)]
pub struct NavItem {
    /// Where it leads.
    pub href: String,
    /// What it is called.
    pub label: Message,
    /// Whether it is this page.
    pub is_current: bool,
}

/// What a browser's passkey is asked.
#[derive(Debug, Clone)]
pub struct PasskeyQuestion {
    /// JSON for the script.
    pub options: String,
    /// Sent back with the answer.
    pub state: String,
}

/// A way in by single sign-on.
#[derive(Debug, Clone)]
pub struct ConnectionLink {
    /// The connection's name.
    pub name: String,
    /// Where the sign-in starts.
    pub href: String,
}

/// `/console/signin`.
#[derive(Debug, Template)]
#[template(path = "console_signin.html")]
pub struct SignInPage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// What was typed for an account.
    pub typed: &'a str,
    /// Whether there is no such account.
    pub is_unknown: bool,
    /// The account: its name in addresses, and for people.
    pub account: Option<(&'a str, &'a str)>,
    /// Whether a link by mail is to be had.
    pub has_mail: bool,
    /// Ways in by single sign-on.
    pub connections: &'a [ConnectionLink],
    /// The question to passkeys, if there are any.
    pub question: Option<&'a PasskeyQuestion>,
    /// What went wrong.
    pub problem: Option<&'a str>,
}

impl<'a> SignInPage<'a> {
    /// The page that asks for the account, after something was typed.
    #[must_use]
    pub const fn asking(frame: Frame, typed: &'a str, is_unknown: bool) -> Self {
        Self {
            frame,
            typed,
            is_unknown,
            account: None,
            has_mail: false,
            connections: &[],
            question: None,
            problem: None,
        }
    }
}

/// A mail is under way, if that is an owner's address.
#[derive(Debug, Template)]
#[template(path = "console_mailed.html")]
pub struct MailedPage {
    /// Around the page.
    pub frame: Frame,
}

/// There is nothing here for this person.
#[derive(Debug, Template)]
#[template(path = "console_nothing.html")]
pub struct NothingPage {
    /// Around the page.
    pub frame: Frame,
}

/// What a link leads to, and a button.
#[derive(Template)]
#[template(path = "link.html")]
pub struct LinkPage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// What it is for.
    pub kind: LinkKind,
    /// The account's name.
    pub account: Option<&'a str>,
    /// What can be set up.
    pub scopes: Vec<SetupScope>,
    /// When it ends.
    pub expires_at: Instant,
    /// Where the button posts to.
    pub action: &'a str,
    /// Whether a browser has it already.
    pub is_taken: bool,
}

impl LinkPage<'_> {
    fn lead(&self) -> String {
        let text = &self.frame.text.console;
        let account = self.account.unwrap_or_default();
        match self.kind {
            LinkKind::Operator => text.link_operator.to_string(),
            LinkKind::OwnerInvitation => text.link_invitation.with("account", account).to_string(),
            LinkKind::Email | LinkKind::BreakGlass => text.link_owner.with("account", account).to_string(),
            LinkKind::Setup => text.link_setup.with("account", account).to_string(),
        }
    }
}

/// `/console/operators`.
#[derive(Template)]
#[template(path = "console_operators.html")]
pub struct OperatorsPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// All operators.
    pub operators: &'a [OperatorRow<'a>],
    /// The link that was just made.
    pub made: Option<NewLink<'a>>,
}

/// An operator.
#[derive(Debug, Clone)]
pub struct OperatorRow<'a> {
    /// Their id.
    pub id: String,
    /// What they are called.
    pub name: &'a str,
    /// Whether they may come in.
    pub is_active: bool,
    /// Whether it is whoever looks.
    pub is_you: bool,
    /// Since when.
    pub created_at: Instant,
}

/// A link that was just made; no Debug.
#[derive(Clone, Copy)]
pub struct NewLink<'a> {
    /// The link.
    pub url: &'a str,
    /// When it ends.
    pub expires_at: Instant,
    /// Whether it is a setup link, which stays good in the browser that opened it.
    pub is_setup: bool,
    /// Where it was sent, if it was.
    pub mailed: Option<&'a str>,
}

/// The owners of an account.
#[derive(Template)]
#[template(path = "console_owners.html")]
pub struct OwnersPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// The owners.
    pub owners: &'a [OwnerRow<'a>],
    /// Invitations that nobody has used.
    pub invitations: &'a [InvitationRow<'a>],
    /// What lets them in without single sign-on.
    pub passkeys: &'a [OwnersPasskey],
    /// Whether whoever looks may let one in without single sign-on.
    pub may_break_glass: bool,
    /// The link that was just made.
    pub made: Option<NewLink<'a>>,
    /// What was typed before, when that was refused.
    pub typed: &'a Typed,
}

/// An invitation that nobody has used.
#[derive(Debug, Clone)]
pub struct InvitationRow<'a> {
    /// Its id.
    pub id: String,
    /// Who is invited.
    pub email: &'a str,
    /// When it ends.
    pub expires_at: Instant,
}

/// An owner.
#[derive(Debug, Clone)]
pub struct OwnerRow<'a> {
    /// Their id.
    pub id: String,
    /// What they are called.
    pub name: Option<&'a str>,
    /// Their address.
    pub email: Option<&'a str>,
    /// Whether nothing is sent there.
    pub is_email_unvouched: bool,
    /// Since when they are known.
    pub created_at: Instant,
}

impl OwnerRow<'_> {
    /// By what people know them.
    fn title(&self) -> &str {
        self.name.or(self.email).unwrap_or(&self.id)
    }
}

/// The first page of an account.
#[derive(Template)]
#[template(path = "console_integrations.html")]
pub struct IntegrationsPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The connections of single sign-on, with their state: those that somebody should look at first.
    pub tiles: &'a [Tile],
    /// Where single sign-on is set up.
    pub set_up: &'a str,
    /// Zoom; nothing for whoever may not look at it.
    pub zoom: Option<&'a ZoomTile>,
}

/// A connection, with its state in words.
#[derive(Debug, Clone)]
pub struct Tile {
    /// Where its page is.
    pub href: String,
    /// Its name.
    pub name: String,
    /// How it stands, in a few words.
    pub mood: Mood,
    /// How it stands, in sentences.
    pub state: String,
}

/// Zoom among what an account has connected.
#[derive(Debug, Clone)]
pub struct ZoomTile {
    /// Where its page is, or the one where it is linked.
    pub href: String,
    /// How it stands; nothing where it is not linked.
    pub tile: Option<Tile>,
}

impl ZoomTile {
    /// Of an account's link.
    #[must_use]
    pub fn new(link: Option<&LinkView>, slug: &str, text: &Text) -> Self {
        let page = format!("/console/at/{slug}/zoom");
        let Some(link) = link else { return Self { href: format!("{page}/link"), tile: None } };
        let (mood, first) = super::zoom::standing(link, &text.zoom);
        // Among tiles there is nothing worse than that somebody should look.
        let mood = if mood == Mood::Bad { Mood::Warn } else { mood };
        let mut sentences = vec![first.to_string()];
        if link.capabilities.contains(&"events") {
            sentences.push(match link.last_event_at {
                Some(at) => text.zoom.tile_last_event.with("day", day(at)).to_string(),
                None => text.zoom.tile_no_event.to_string(),
            });
        }
        let name = text.zoom.kind(link.kind).to_string();
        let tile = Tile { href: page.clone(), name, mood, state: sentences.join(" ") };
        Self { href: page, tile: Some(tile) }
    }
}

/// How something stands; what somebody should look at comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mood {
    /// It does not work.
    Bad,
    /// Somebody should look.
    Warn,
    /// Well.
    Good,
    /// Not in use, or nobody knows yet.
    Off,
}

impl Mood {
    /// How it is drawn.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Off => "off",
        }
    }
}

/// From so many days before its end a certificate is something to look at.
const SOON_DAYS: i64 = 30;

impl Tile {
    /// The state of a connection in words.
    #[must_use]
    pub fn new(standing: &Standing, now: Instant, (set_up, text): (&str, &Text)) -> Self {
        let (sso, text) = (&text.sso, &text.console);
        let days = standing.certificate_ends_at.map(|at| at.seconds_since(now).div_euclid(DAY_SECONDS));
        let left = [text.tile_certificate_today, text.tile_certificate_tomorrow, text.tile_certificate];
        let certificate =
            days.map(
                |days| {
                    if days < 0 { text.tile_certificate_ended.to_string() } else { days_left(days, left) }
                },
            );
        let sign_ins = match standing.sign_ins {
            0 => text.tile_sign_ins_none.to_string(),
            1 => text.tile_sign_ins_one.to_string(),
            count if count > COUNTED => text.tile_sign_ins_many.with("count", COUNTED).to_string(),
            count => text.tile_sign_ins.with("count", count).to_string(),
        };
        let refused = match standing.refused {
            0 => None,
            1 => Some(text.tile_refused_one.to_string()),
            count if count > COUNTED => Some(text.tile_refused_many.with("count", COUNTED).to_string()),
            count => Some(text.tile_refused.with("count", count).to_string()),
        };
        let how = match (standing.sign_ins, standing.refused) {
            (0, 0) => text.tile_unused,
            (0, _) => text.tile_refusing,
            _ => text.tile_working,
        };
        let refuses_all = standing.sign_ins == 0 && standing.refused > 0;
        let has_work = standing.has_drift || standing.is_stale || standing.has_unknown_key;
        let is_soon = days.is_some_and(|days| days < SOON_DAYS);
        let (mood, first) = match standing.state {
            ConnectionState::Active if is_soon || has_work || refuses_all => (Mood::Warn, how),
            ConnectionState::Active => (Mood::Good, how),
            ConnectionState::Draft => (Mood::Off, text.tile_draft),
            ConnectionState::Testing => (Mood::Off, text.tile_testing),
            ConnectionState::Disabled | ConnectionState::Retired => (Mood::Off, text.tile_disabled),
        };
        let mut sentences = vec![first.to_string()];
        if standing.state == ConnectionState::Active {
            if !refuses_all {
                sentences.push(sign_ins);
            }
            sentences.extend(refused);
        }
        sentences.extend(certificate);
        if standing.has_drift {
            sentences.push(text.tile_drift.to_string());
        }
        if standing.has_unknown_key {
            sentences.push(sso.tile_waiting.to_string());
        }
        if standing.is_stale {
            sentences.push(sso.metadata_fails.to_string());
        }
        let (href, name) = (format!("{set_up}/{}", standing.id), standing.name.clone());
        Self { href, name, mood, state: sentences.join(" ") }
    }
}

/// Keys of the REST API, of an account or of the installation.
#[derive(Template)]
#[template(path = "console_api_keys.html")]
pub struct ApiKeysPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The page's own address.
    pub base: &'a str,
    /// The account's name in addresses; none for the installation's.
    pub slug: Option<&'a str>,
    /// The keys.
    pub keys: &'a [ApiKeyRow<'a>],
    /// What those who made them are called.
    pub names: &'a Names,
    /// What a new one can be good for.
    pub scopes: Vec<Scope>,
    /// The key that was just made.
    pub secret: Option<&'a str>,
    /// What was typed before, when that was refused.
    pub typed: &'a Typed,
}

impl ApiKeysPage<'_> {
    fn maker(&self, key: &ApiKeyRow<'_>) -> String {
        who(key.created_by, self.names, self.frame.text)
    }
}

/// A key of the REST API.
#[derive(Debug, Clone)]
pub struct ApiKeyRow<'a> {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: &'a str,
    /// What it is good for.
    pub scopes: String,
    /// Who made it: a kind, and often an id.
    pub created_by: &'a str,
    /// Whether it is good for anything.
    pub is_active: bool,
    /// Whether it was taken back.
    pub is_revoked: bool,
    /// When it ends.
    pub expires_at: Instant,
    /// When it was used last.
    pub last_used_at: Option<Instant>,
}

/// Setup links of an account.
#[derive(Template)]
#[template(path = "console_setup_links.html")]
pub struct SetupLinksPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// The links.
    pub links: &'a [SetupLinkRow<'a>],
    /// What can be set up behind a new one.
    pub scopes: &'a [SetupScope],
    /// The connections that a new one can go on with, by their ids, with their names.
    pub drafts: &'a [(String, String)],
    /// Whether a new one can be sent by mail.
    pub is_mail_sent: bool,
    /// The link that was just made.
    pub made: Option<NewLink<'a>>,
    /// What was typed before, when that was refused.
    pub typed: &'a Typed,
}

/// A setup link.
#[derive(Debug, Clone)]
pub struct SetupLinkRow<'a> {
    /// Its id.
    pub id: String,
    /// For whom.
    pub name: &'a str,
    /// Where it was sent, if it was.
    pub email: Option<&'a str>,
    /// What can be set up.
    pub scopes: Vec<SetupScope>,
    /// The name of the connection that it goes on with, if it names one.
    pub goes_on: Option<&'a str>,
    /// What has become of it.
    pub state: State,
    /// When it was made.
    pub created_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
}

impl SetupLinkRow<'_> {
    const fn state(&self, text: &ConsoleText) -> Message {
        match self.state {
            State::Waiting => text.setup_link_waiting,
            State::Opened => text.setup_link_opened,
            State::Finished => text.setup_link_finished,
            State::Revoked => text.setup_link_revoked,
            State::Expired => text.setup_link_expired,
        }
    }
}

/// One's own passkeys.
#[derive(Template)]
#[template(path = "console_passkeys.html")]
pub struct PasskeysPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The passkeys.
    pub passkeys: &'a [PasskeyRow<'a>],
    /// What the browser is asked for a new one; none when there are enough.
    pub question: Option<&'a PasskeyQuestion>,
    /// Whether whoever looks may register one: not who came in by an operator's link.
    pub may_register: bool,
}

/// A passkey.
#[derive(Debug, Clone)]
pub struct PasskeyRow<'a> {
    /// Its id.
    pub id: String,
    /// What its owner calls it.
    pub name: &'a str,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was used last.
    pub last_used_at: Option<Instant>,
}
