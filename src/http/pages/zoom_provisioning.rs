//! Provisioning into Zoom: how it stands, its settings, one run, what became of people. No Debug: a form's token is inside.

use askama::Template;

use super::Frame;
use super::console::Around;
use super::fields::Wrong;
use super::zoom::is_used_for;
use crate::directory::state::{ZoomRunKind, ZoomRunState, ZoomStepState};
use crate::flow::zoom::link::LinkView;
use crate::flow::zoom::provision::form::{Form, FormRow, FormRule};
use crate::flow::zoom::provision::people::PersonView;
use crate::flow::zoom::provision::run::{RunView, StepView};
use crate::flow::zoom::provision::settings::{Preview, SettingsView};
use crate::scim::attribute::Attribute;
use crate::words::{Message, ZoomProvisioningText, moment};

/// How it stands.
#[derive(Template)]
#[template(path = "zoom_provisioning.html")]
pub struct ProvisioningPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// The link to Zoom, if there is one.
    pub link: Option<&'a LinkView>,
    /// The settings.
    pub view: &'a SettingsView,
    /// Runs, newest first.
    pub runs: &'a [RunView],
    /// Where there is more.
    pub older: Option<String>,
}

/// The settings.
#[derive(Template)]
#[template(path = "zoom_settings.html")]
pub struct ProvisioningSettingsPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// What is typed.
    pub form: &'a Form,
    /// What is wrong with it.
    pub wrong: &'a Wrong,
    /// The names of fields of the account's own.
    pub own: &'a [String],
    /// With whom they are tried.
    pub person: &'a str,
    /// Whether they were.
    pub is_tried: bool,
    /// What they do with that person; none when there is nobody.
    pub preview: Option<&'a Preview>,
}

/// One run.
#[derive(Template)]
#[template(path = "zoom_run.html")]
pub struct RunPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// It.
    pub run: &'a RunView,
    /// The settings as they are now.
    pub view: &'a SettingsView,
    /// Steps and notes.
    pub steps: &'a [StepView],
    /// Which of them.
    pub state: Option<ZoomStepState>,
    /// Where there is more.
    pub more: Option<String>,
}

/// What became of people.
#[derive(Template)]
#[template(path = "zoom_people.html")]
pub struct ZoomPeoplePage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// Whom somebody looks for.
    pub typed: &'a str,
    /// They.
    pub people: &'a [PersonView],
    /// Whether only those with a problem are shown.
    pub only_problems: bool,
    /// Where there is more.
    pub more: Option<String>,
}

impl ProvisioningPage<'_> {
    /// Whether there is a link that is used for it.
    fn is_used(&self) -> bool {
        self.link.is_some_and(|link| is_used_for(link, "provisioning"))
    }
}

impl ProvisioningSettingsPage<'_> {
    /// The rules, each with its number in the form.
    fn rules(&self) -> Vec<(String, &FormRule)> {
        self.form.rules.iter().enumerate().map(|(index, rule)| (index.to_string(), rule)).collect()
    }

    /// The name of a part of an attribute's row in the form.
    fn part(part: &str, name: &str) -> String {
        format!("{part}_{name}")
    }

    /// Whether there is something to see in an attribute's row.
    fn is_open(&self, row: &FormRow) -> bool {
        let is_mapped = !row.source.is_empty() && row.source != "none";
        let has = |part: &&str| self.wrong.has(&Self::part(part, row.attribute.name()));
        is_mapped || ["source", "value", "then"].iter().any(has)
    }
}

impl RunPage<'_> {
    fn is_shown(&self, state: ZoomStepState) -> bool {
        self.state == Some(state)
    }

    /// What a choice of steps is called: of notes, how many there are, since they are shown by themselves alone.
    fn choice(&self, state: ZoomStepState) -> String {
        let text = &self.frame.text.zoom_provisioning;
        match state {
            ZoomStepState::Note => text.step_notes.with("count", self.notes()).to_string(),
            state => step_state(state, text).to_string(),
        }
    }

    fn notes(&self) -> u32 {
        self.run.totals.notes.values().sum()
    }

    /// Whether it waits for nothing: there is nothing to carry out.
    fn is_idle(&self) -> bool {
        self.run.state == ZoomRunState::Planned && self.run.steps == 0 && self.run.totals.groups == 0
    }
}

/// Which steps can be shown alone.
pub const STATES: [ZoomStepState; 5] = [
    ZoomStepState::Waiting,
    ZoomStepState::Done,
    ZoomStepState::Failed,
    ZoomStepState::Skipped,
    ZoomStepState::Note,
];

const fn kind(kind: ZoomRunKind, text: &ZoomProvisioningText) -> Message {
    match kind {
        ZoomRunKind::Plan => text.kind_plan,
        ZoomRunKind::Apply => text.kind_apply,
        ZoomRunKind::Schedule => text.kind_schedule,
        ZoomRunKind::Change => text.kind_change,
    }
}

const fn run_state(state: ZoomRunState, text: &ZoomProvisioningText) -> Message {
    match state {
        ZoomRunState::Planning => text.state_planning,
        ZoomRunState::Planned => text.state_planned,
        ZoomRunState::Held => text.state_held,
        ZoomRunState::Applying => text.state_applying,
        ZoomRunState::Done => text.state_done,
        ZoomRunState::Failed => text.state_failed,
        ZoomRunState::Cancelled => text.state_cancelled,
    }
}

const fn mood(state: ZoomRunState) -> &'static str {
    match state {
        ZoomRunState::Planning | ZoomRunState::Applying | ZoomRunState::Cancelled => "off",
        ZoomRunState::Planned | ZoomRunState::Done => "good",
        ZoomRunState::Held => "warn",
        ZoomRunState::Failed => "bad",
    }
}

/// What a step's state is called.
#[must_use]
pub const fn step_state(state: ZoomStepState, text: &ZoomProvisioningText) -> Message {
    match state {
        ZoomStepState::Waiting => text.step_waiting,
        ZoomStepState::Done => text.step_done,
        ZoomStepState::Failed => text.step_failed,
        ZoomStepState::Skipped => text.step_skipped,
        ZoomStepState::Note => text.step_note,
    }
}

/// How a step's state is drawn.
#[must_use]
pub const fn step_mood(state: ZoomStepState) -> &'static str {
    match state {
        ZoomStepState::Waiting | ZoomStepState::Skipped | ZoomStepState::Note => "off",
        ZoomStepState::Done => "good",
        ZoomStepState::Failed => "bad",
    }
}

/// What an action or a note is called.
#[must_use]
pub fn kind_of(name: &str, text: &ZoomProvisioningText) -> Message {
    match name {
        "create" => text.action_create,
        "update" => text.action_update,
        "disable" => text.action_disable,
        "delete" => text.action_delete,
        "adopt" => text.action_adopt,
        "unmappable" => text.note_unmappable,
        "duplicate" => text.note_duplicate,
        "pending" => text.note_pending,
        "address_differs" => text.note_address_differs,
        "protected" => text.note_protected,
        "switched_off" => text.note_switched_off,
        "not_adopted" => text.note_not_adopted,
        "unproved" => text.note_unproved,
        "rule_deleted" => text.note_rule_deleted,
        "vanished" => text.note_vanished,
        "ignored" => text.note_ignored,
        _ => text.note_orphan,
    }
}

/// What went wrong, and what to do.
#[must_use]
pub fn problem(kind: &str, text: &ZoomProvisioningText) -> Message {
    match kind {
        "not_found" => text.problem_not_found,
        "conflict" => text.problem_conflict,
        "no_permission" => text.problem_no_permission,
        "scope_missing" => text.problem_scope_missing,
        "no_single_sign_on" => text.problem_no_single_sign_on,
        "limited" | "rate_limited" => text.problem_limited,
        "fault" => text.problem_fault,
        "unknown" => text.problem_unknown,
        "unreachable" => text.problem_unreachable,
        "unintelligible" => text.problem_unintelligible,
        "refused" => text.problem_refused,
        "list_short" => text.problem_list_short,
        "too_many" => text.problem_too_many,
        "switched_off" => text.problem_switched_off,
        "settings_changed" => text.problem_settings_changed,
        "link_changed" => text.problem_link_changed,
        "given_up" => text.problem_given_up,
        "no_link" => text.problem_no_link,
        "not_used" => text.problem_not_used,
        "duplicate" => text.problem_duplicate,
        "changed_meanwhile" => text.problem_changed_meanwhile,
        "protected" => text.note_protected,
        "ignored" => text.not_taken,
        _ => text.problem_token,
    }
}

/// What is wrong with a person, and what to do: what keeps them out is told as a run's note tells it.
#[must_use]
pub fn person_problem(kind: &str, text: &ZoomProvisioningText) -> Message {
    match kind {
        "unmappable" | "switched_off" | "not_adopted" | "unproved" => kind_of(kind, text),
        _ => problem(kind, text),
    }
}

/// What an attribute is called, by its stable name.
#[must_use]
pub fn attribute(name: &str, text: &ZoomProvisioningText) -> Message {
    match name {
        "user_name" => text.attribute_user_name,
        "given_name" => text.attribute_given_name,
        "family_name" => text.attribute_family_name,
        "display_name" => text.attribute_display_name,
        "email" => text.attribute_email,
        "phone" => text.attribute_phone,
        "active" => text.attribute_active,
        "user_type" => text.attribute_user_type,
        "roles" => text.attribute_roles,
        "title" => text.attribute_title,
        "department" => text.attribute_department,
        "organization" => text.attribute_organization,
        "cost_center" => text.attribute_cost_center,
        "locale" => text.attribute_locale,
        "login_type" => text.attribute_login_type,
        _ => text.attribute,
    }
}

/// What Zoom takes of an attribute, where that is not what one would think.
const fn hint(attribute: Attribute, text: &ZoomProvisioningText) -> Option<Message> {
    match attribute {
        Attribute::UserName => Some(text.hint_user_name),
        Attribute::DisplayName => Some(text.hint_display_name),
        Attribute::Phone => Some(text.hint_phone),
        Attribute::UserType => Some(text.hint_user_type),
        Attribute::Roles => Some(text.hint_roles),
        Attribute::LoginType => Some(text.hint_login_type),
        _ => None,
    }
}

/// Why a person cannot be brought into Zoom.
#[must_use]
pub fn unmappable(problem: &str, text: &ZoomProvisioningText) -> Message {
    if problem == "missing" { text.preview_missing } else { text.preview_address }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{EN, ES};

    #[test]
    fn a_report_that_was_cut_off_is_not_told_as_a_token_that_is_missing() {
        for text in [&EN.zoom_provisioning, &ES.zoom_provisioning] {
            assert_eq!(problem("too_many", text), text.problem_too_many);
            assert_ne!(problem("too_many", text), problem("revoked", text));
        }
    }

    #[test]
    fn every_attribute_has_a_name_of_its_own() {
        for text in [&EN.zoom_provisioning, &ES.zoom_provisioning] {
            let names = Attribute::ALL.map(|one| attribute(one.name(), text).to_string());
            let all: std::collections::BTreeSet<_> = names.iter().collect();
            assert!(all.len() == names.len() && !names.contains(&text.attribute.to_string()), "{names:?}");
        }
    }

    #[test]
    fn what_keeps_somebody_out_is_told_in_words_of_its_own() {
        for text in [&EN.zoom_provisioning, &ES.zoom_provisioning] {
            for kind in ["unmappable", "duplicate", "protected", "switched_off", "not_adopted", "unproved"] {
                let told = person_problem(kind, text);
                assert!(told != text.problem_token && told != text.problem_switched_off, "{kind}: {told}");
            }
            assert_eq!(person_problem("conflict", text), problem("conflict", text));
        }
    }
}
