//! The pages about people: the list, one of them, what is kept of them, receipts of erasures, lists that are imported. No
//! Debug where a form's token is inside.

use askama::Template;
use gatepost_saml::instant::Instant;

use super::Frame;
use super::console::Around;
use super::sign_ins::{asked_by, ending};
use super::sso::field_named;
use super::typed::Typed;
use super::zoom_provisioning::{attribute, kind_of, person_problem, step_mood, step_state};
use crate::base::caller::Role;
use crate::base::id::ZoomRunId;
use crate::directory::state::{Outcome, UserState};
use crate::flow::user::data::Kept;
use crate::flow::user::erase::Receipt;
use crate::flow::user::origin::Known;
use crate::flow::user::{Imported, UserDetail, UserView};
use crate::flow::zoom::provision::people::PersonView;
use crate::flow::zoom::provision::run::StepView;
use crate::words::{Message, PeopleText, moment};

/// The list of people.
#[derive(Template)]
#[template(path = "people.html")]
pub struct PeoplePage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// Whom was looked for.
    pub typed: &'a str,
    /// Whether only those who are shut out are shown.
    pub is_disabled_only: bool,
    /// The role that they have, if only those are shown.
    pub of_role: Option<Role>,
    /// They.
    pub people: &'a [UserView],
    /// Where the next ones are.
    pub next: Option<String>,
    /// The roles that the viewer may give.
    pub roles: &'a [Role],
    /// What was typed of somebody new, when that was refused.
    pub form: &'a Typed,
}

impl PeoplePage<'_> {
    fn is_role(&self, role: Role) -> bool {
        self.of_role == Some(role)
    }

    /// Whether anything was asked for.
    const fn is_any(&self) -> bool {
        self.is_disabled_only || self.of_role.is_some() || !self.typed.is_empty()
    }
}

/// What a role is called.
const fn role(role: Role, text: &PeopleText) -> Message {
    match role {
        Role::Owner => text.role_owner,
        Role::Admin => text.role_admin,
        Role::Member => text.role_member,
    }
}

fn name(user: &UserView) -> String {
    user.profile.name().or_else(|| user.profile.email.clone()).unwrap_or_else(|| user.id.to_string())
}

const fn is_disabled(user: &UserView) -> bool {
    matches!(user.state, UserState::Disabled)
}

/// One person.
#[derive(Template)]
#[template(path = "person.html")]
pub struct PersonPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// They.
    pub detail: &'a UserDetail,
    /// What is known of them, and where it came from.
    pub known: &'a [Known],
    /// What single sign-on said last: when, and by which connection.
    pub last: Option<(String, Instant, String)>,
    /// What leads to them.
    pub identities: &'a [IdentityRow],
    /// What whoever makes owners has to know of that.
    pub warned: &'a [String],
    /// Where they are signed in.
    pub sessions: &'a [SessionRow],
    /// How they signed in lately.
    pub sign_ins: &'a [RecentRow],
    /// The roles that the viewer may give.
    pub roles: &'a [Role],
    /// Whether the viewer may change them at all.
    pub may_change: bool,
    /// What was typed to change them, when that was refused.
    pub form: &'a Typed,
    /// What became of them in Zoom, for whoever may know and where the account is linked.
    pub zoom: Option<&'a InZoom>,
}

/// What became of a person in Zoom.
#[derive(Debug, Clone)]
pub struct InZoom {
    /// How they stand; none where no run has had to do with them.
    pub standing: Option<PersonView>,
    /// What the latest runs did or noted, with the run.
    pub steps: Vec<(ZoomRunId, StepView)>,
    /// Whether the viewer may have them looked at by themselves.
    pub may_retry: bool,
}

impl InZoom {
    /// Whether there is something that could be tried again.
    fn has_problem(&self) -> bool {
        self.standing.as_ref().is_some_and(|standing| standing.problem.is_some())
    }
}

/// Something that leads to a person.
#[derive(Debug, Clone)]
pub struct IdentityRow {
    /// By which connection.
    pub connection: String,
    /// The subject source.
    pub source: String,
    /// What they are called there.
    pub value: String,
    /// Since when.
    pub created_at: Instant,
}

/// A session.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// Its id.
    pub id: String,
    /// With what.
    pub client: String,
    /// By which connection.
    pub connection: String,
    /// Since when.
    pub created_at: Instant,
    /// When it was used last.
    pub seen_at: Instant,
}

/// A sign-in.
#[derive(Debug, Clone)]
pub struct RecentRow {
    /// Its id.
    pub id: String,
    /// When.
    pub at: Instant,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, if there is a reason.
    pub code: Option<String>,
    /// By which connection.
    pub connection: String,
}

impl PersonPage<'_> {
    fn is_disabled(&self) -> bool {
        is_disabled(&self.detail.user)
    }

    fn name(&self) -> String {
        name(&self.detail.user)
    }
}

/// What is kept of a person, and how to erase them.
#[derive(Template)]
#[template(path = "person_data.html")]
pub struct PersonDataPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// They.
    pub user: &'a UserView,
    /// How much of what.
    pub kept: Kept,
    /// Whether what was typed was not what is asked for.
    pub is_mistyped: bool,
    /// Whether the viewer may erase them.
    pub may_change: bool,
}

impl PersonDataPage<'_> {
    fn name(&self) -> String {
        name(self.user)
    }
}

/// Receipts of erasures.
#[derive(Template)]
#[template(path = "erasures.html")]
pub struct ErasuresPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// They.
    pub receipts: &'a [Receipt],
    /// Where older ones are.
    pub older: Option<String>,
}

/// A receipt.
#[derive(Template)]
#[template(path = "erasure.html")]
pub struct ErasurePage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// It.
    pub receipt: &'a Receipt,
}

/// A list of people to be imported.
#[derive(Template)]
#[template(path = "people_import.html")]
pub struct PeopleImportPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// The list.
    pub csv: &'a str,
    /// What it came to.
    pub imported: Option<Imported>,
    /// What is wrong with it, a line each.
    pub wrong: &'a [String],
}
