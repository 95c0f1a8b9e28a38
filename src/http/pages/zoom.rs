//! The link to Zoom: how it stands, what is to be done in Zoom's Marketplace, the platform's app. No Debug: a form's token
//! is inside.

use askama::Template;

use super::Frame;
use super::console::{Around, Mood};
use crate::directory::state::{ZoomCheckState, ZoomCloud, ZoomKind, ZoomLinkState};
use crate::flow::zoom::check::{CheckView, NeedFound, Part, Wrong};
use crate::flow::zoom::guide::{CAPABILITIES, Guide};
use crate::flow::zoom::link::{LinkView, Shown, Validation};
use crate::flow::zoom::platform;
use crate::words::{Message, ZoomText, day, moment};

/// How the link stands.
#[derive(Template)]
#[template(path = "zoom.html")]
pub struct ZoomPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// The link, and what is to be copied.
    pub shown: &'a Shown,
    /// The last test.
    pub check: Option<&'a CheckView>,
}

/// How a link stands: in a few words, and drawn.
#[must_use]
pub const fn standing(link: &LinkView, text: &ZoomText) -> (Mood, Message) {
    match (link.state, link.check) {
        (ZoomLinkState::Waiting, _) => (Mood::Warn, text.state_waiting),
        (ZoomLinkState::Ended, _) => (Mood::Bad, text.state_ended),
        (ZoomLinkState::Active, ZoomCheckState::Untested) => (Mood::Off, text.state_untested),
        (ZoomLinkState::Active, ZoomCheckState::Good) => (Mood::Good, text.state_good),
        (ZoomLinkState::Active, ZoomCheckState::Failing) => (Mood::Bad, text.state_failing),
    }
}

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    SecretToken,
    Validate,
    ValidateAgain,
    Mend,
    Wait,
    Test,
    Provisioning,
    Inventory,
}

impl ZoomPage<'_> {
    fn next(&self, link: &LinkView) -> Vec<Next> {
        let mut next = Vec::new();
        if link.state == ZoomLinkState::Active {
            match (link.check, self.problem_passes()) {
                (ZoomCheckState::Untested, _) => next.push(Next::Test),
                (ZoomCheckState::Failing, true) => next.push(Next::Wait),
                (ZoomCheckState::Failing, false) => next.push(Next::Mend),
                (ZoomCheckState::Good, _) => {}
            }
        }
        if has_events(link) && link.kind != ZoomKind::Platform {
            if link.secret_token_hint.is_none() {
                next.push(Next::SecretToken);
            } else {
                match link.validation {
                    Validation::Never => next.push(Next::Validate),
                    Validation::Overdue => next.push(Next::ValidateAgain),
                    Validation::Good => {}
                }
            }
        }
        if link.check == ZoomCheckState::Good && link.state == ZoomLinkState::Active {
            next.extend(link.capabilities.contains(&"provisioning").then_some(Next::Provisioning));
            next.extend(link.capabilities.contains(&"inventory").then_some(Next::Inventory));
        }
        next
    }

    fn problem_passes(&self) -> bool {
        self.check.and_then(|check| check.report.first_problem()).is_some_and(|problem| problem.passes)
    }

    /// What is wrong before all else, in the reader's language.
    fn problem(&self) -> Option<String> {
        let problem = self.check.and_then(|check| check.report.first_problem())?;
        Some(self.said(&problem))
    }

    /// What is wrong, as a sentence that stands by itself.
    fn said(&self, problem: &Wrong) -> String {
        let said = self.frame.text.sentence(&problem.sentence);
        let mut rest = said.chars();
        let first = rest.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
        format!("{first}{}.", rest.as_str())
    }

    fn is_granular(&self) -> Option<bool> {
        self.check.and_then(|check| check.report.is_granular)
    }
}

fn is_authorised_by_somebody(link: &LinkView) -> bool {
    link.kind != ZoomKind::ServerToServer
}

/// Whether a link is used for events.
#[must_use]
pub fn has_events(link: &LinkView) -> bool {
    is_used_for(link, "events")
}

/// Whether a link is used for `events`, `provisioning`, or `inventory`.
#[must_use]
pub fn is_used_for(link: &LinkView, name: &str) -> bool {
    link.capabilities.contains(&name)
}

/// How a need is drawn.
const fn need_class(need: &NeedFound) -> &'static str {
    match (need.is_met, need.is_optional) {
        (true, _) => "pass",
        (false, true) => "warn",
        (false, false) => "fail",
    }
}

const fn need_ending(need: &NeedFound, text: &ZoomText) -> Message {
    match (need.is_met, need.is_optional) {
        (true, _) => text.granted,
        (false, true) => text.missing_optional,
        (false, false) => text.missing,
    }
}

const fn call_class(part: &Part) -> &'static str {
    match (part.was_called, &part.problem) {
        (false, _) => "skip",
        (true, None) => "pass",
        (true, Some(_)) => "fail",
    }
}

const fn call_ending(part: &Part, text: &ZoomText) -> Message {
    match (part.was_called, &part.problem) {
        (false, _) => text.call_skipped,
        (true, None) => text.call_good,
        (true, Some(_)) => text.call_bad,
    }
}

/// What is to be done in Zoom's Marketplace, step by step.
pub struct Steps<'a> {
    /// The kind of app.
    pub kind: ZoomKind,
    /// Whether the app is to be made: the platform's is made by operators.
    pub is_made: bool,
    /// What is to be ticked.
    pub guide: Guide,
    /// What to call the app.
    pub app_name: String,
    /// Where events are posted.
    pub webhook: &'a str,
    /// The same by the platform's id.
    pub webhook_by_id: Option<&'a str>,
    /// Where browsers come back to.
    pub redirect: &'a str,
}

impl Steps<'_> {
    fn is_server_to_server(&self) -> bool {
        self.kind == ZoomKind::ServerToServer
    }

    /// Whether users are to be made in Zoom, which not every Zoom account can have done.
    fn provisions(&self) -> bool {
        self.guide.scopes.iter().any(|row| row.need == "scim")
    }
}

/// What was typed; no secrets among it.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// Client ID.
    pub client_id: String,
    /// Account ID.
    pub account_id: String,
    /// Which Zoom.
    pub cloud: Option<ZoomCloud>,
    /// The site that gives tokens, and the API.
    pub bases: (String, String),
    /// The version of what is to be changed.
    pub version: i64,
}

impl Typed {
    fn is_cloud(&self, cloud: ZoomCloud) -> bool {
        self.cloud.unwrap_or(ZoomCloud::Commercial) == cloud
    }
}

/// Linking Zoom, or changing the link.
#[derive(Template)]
#[template(path = "zoom_link.html")]
pub struct ZoomLinkPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// The link, and what is to be copied.
    pub shown: &'a Shown,
    /// What Zoom is to be used for.
    pub uses: &'a [&'static str],
    /// The steps, once somebody has chosen.
    pub steps: Option<Steps<'a>>,
    /// What was typed.
    pub typed: &'a Typed,
    /// Whether Zoom refused that, and it would take the place of what works.
    pub is_refused: bool,
}

impl ZoomLinkPage<'_> {
    fn uses(&self, name: &str) -> bool {
        self.uses.contains(&name)
    }

    fn is_kind(&self, kind: ZoomKind) -> bool {
        self.steps.as_ref().map_or(ZoomKind::ServerToServer, |steps| steps.kind) == kind
    }

    /// The link, if it is of the kind that was chosen: then what is not given stays.
    fn of_this_kind(&self) -> Option<&LinkView> {
        self.shown.link.as_ref().filter(|link| self.is_kind(link.kind))
    }
}

/// On to Zoom, to authorise an app there. Answered with 200, since Chromium applies `form-action` to redirects that follow a
/// form.
#[derive(Template)]
#[template(path = "zoom_going.html")]
pub struct GoingPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Where to.
    pub url: &'a str,
}

/// The platform's app.
#[derive(Template)]
#[template(path = "zoom_platform.html")]
pub struct ZoomPlatformPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The app, and what is to be copied into it.
    pub shown: &'a platform::Shown,
    /// How it is made.
    pub steps: Steps<'a>,
    /// What was typed.
    pub typed: &'a Typed,
}
