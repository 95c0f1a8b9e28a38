//! The texts of pages about an account's domains, events, deadlines and looks, and of those who run the installation.

use crate::directory::state::{ConnectionState, DeadlineKind, DomainSight};
use crate::token::ring::State;

use super::Message;

texts! {
    /// The texts about email domains.
    DomainsText {}
    more guests_more
    nav title lead none name claim claim_hint claim_button state_pending state_proved by_dns by_operator proved_at
    missing record record_lead record_name record_value record_type check checked_at never_checked next_check
    sight_proof sight_other_values sight_misplaced sight_no_record sight_no_name sight_no_answer seen_values
    route route_hint route_any route_save route_label remove remove_label remove_hint others
    prove prove_lead prove_reason prove_button
    guests guests_lead guests_none guest_email guest_reason guest_add guest_remove_label
    setup_lead setup_back
    mail_missing_subject mail_missing mail_lost_subject mail_lost
}

texts! {
    /// The texts about what was done.
    EventsText {
        /// What each action was, in a sentence: message ids `events.done.<action>`.
        done: &'static [(&'static str, Message)],
    }
    nav nav_installation lead lead_installation none none_fit filter who anybody what what_hint target
    target_hint from to show show_all detail value nothing from_where changed older looked_at looked_to
    look_on export export_lead did invitation_taken actor_anonymous actor_api_key actor_command_line
    actor_idp actor_job actor_operator actor_setup_link actor_user
}

impl EventsText {
    /// What an action was, in a sentence with places for who did it and to what.
    #[must_use]
    pub fn done(&self, action: &str) -> Option<Message> {
        self.done.iter().find(|(known, _)| *known == action).map(|(_, done)| *done)
    }

    /// What a kind of actor is called.
    #[must_use]
    pub fn actor(&self, kind: &str) -> Message {
        match kind {
            "operator" => self.actor_operator,
            "user" => self.actor_user,
            "api_key" => self.actor_api_key,
            "setup_link" => self.actor_setup_link,
            "command_line" => self.actor_command_line,
            "idp" => self.actor_idp,
            "job" => self.actor_job,
            _ => self.actor_anonymous,
        }
    }

    #[cfg(test)]
    pub(super) fn all_done(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.done.iter().map(|(action, done)| (*action, done.0))
    }
}

impl DomainsText {
    /// What was seen in DNS, and what to do.
    #[must_use]
    pub const fn sight(&self, sight: DomainSight) -> Message {
        match sight {
            DomainSight::Proof => self.sight_proof,
            DomainSight::OtherValues => self.sight_other_values,
            DomainSight::Misplaced => self.sight_misplaced,
            DomainSight::NoRecord => self.sight_no_record,
            DomainSight::NoName => self.sight_no_name,
            DomainSight::NoAnswer => self.sight_no_answer,
        }
    }
}

texts! {
    /// The texts about what will end.
    DeadlinesText {}
    nav nav_all title lead lead_all none none_near picture today in_months when what whose people then ended
    in_days in_a_day in_one_day more_than replaced later beyond contact contact_lead contact_email
    contact_save calendars calendars_lead calendar_make calendar_made calendar_made_lead calendar_used calendar_unused calendar_revoke
    calendar_revoke_label calendar calendar_of what_idp_certificate what_metadata what_sp_certificate what_api_key
    what_setup_link what_owner_invitation what_domain_proof what_zoom_secret what_zoom_validation what_relaxation
    effect_idp_certificate effect_metadata effect_sp_certificate effect_api_key effect_setup_link
    effect_owner_invitation effect_domain_proof effect_zoom_secret effect_zoom_validation effect_relaxation
    mail_subject mail
}

impl DeadlinesText {
    /// What will end.
    #[must_use]
    pub const fn what(&self, kind: DeadlineKind) -> Message {
        match kind {
            DeadlineKind::IdpCertificate => self.what_idp_certificate,
            DeadlineKind::Metadata => self.what_metadata,
            DeadlineKind::SpCertificate => self.what_sp_certificate,
            DeadlineKind::ApiKey => self.what_api_key,
            DeadlineKind::SetupLink => self.what_setup_link,
            DeadlineKind::OwnerInvitation => self.what_owner_invitation,
            DeadlineKind::DomainProof => self.what_domain_proof,
            DeadlineKind::ZoomSecret => self.what_zoom_secret,
            DeadlineKind::ZoomValidation => self.what_zoom_validation,
            DeadlineKind::Relaxation => self.what_relaxation,
        }
    }

    /// What happens then, and what to do before.
    #[must_use]
    pub const fn effect(&self, kind: DeadlineKind) -> Message {
        match kind {
            DeadlineKind::IdpCertificate => self.effect_idp_certificate,
            DeadlineKind::Metadata => self.effect_metadata,
            DeadlineKind::SpCertificate => self.effect_sp_certificate,
            DeadlineKind::ApiKey => self.effect_api_key,
            DeadlineKind::SetupLink => self.effect_setup_link,
            DeadlineKind::OwnerInvitation => self.effect_owner_invitation,
            DeadlineKind::DomainProof => self.effect_domain_proof,
            DeadlineKind::ZoomSecret => self.effect_zoom_secret,
            DeadlineKind::ZoomValidation => self.effect_zoom_validation,
            DeadlineKind::Relaxation => self.effect_relaxation,
        }
    }
}

texts! {
    /// The texts of those who run the installation.
    OperatorsText {}
    search search_hint search_none no_sign_in all more overview open_console looked since owners connections connections_none connection_draft connection_testing connection_active connection_disabled sign_ins sign_ins_many last_problem no_problem names save slug_warning suspend_title suspend_lead open_title reason reason_hint because health health_lead health_good version database clock clock_own clock_differs mails mails_off mails_none mails_waiting jobs jobs_none jobs_waiting jobs_dead ends ends_told ends_nothing dead_title dead_problem dead_retry dead_retry_label periodic_title periodic_ended periodic_never periodic_good job
    signing_title signing_lead signing_key signing_from signing_next signing_active signing_retired signing_gone signing_make
    signing_leaked signing_leaked_lead signing_leaked_sure signing_leaked_make
    periodic_sweep periodic_metadata periodic_domains periodic_deadlines periodic_attempt_seal periodic_zoom_checks periodic_zoom_follow
}

impl OperatorsText {
    /// What a periodic job does, by its stable name; nothing for one of another version of the program.
    #[must_use]
    pub fn periodic(&self, name: &str) -> Option<Message> {
        Some(match name {
            "sweep" => self.periodic_sweep,
            "metadata" => self.periodic_metadata,
            "domains" => self.periodic_domains,
            "deadlines" => self.periodic_deadlines,
            "attempt_seal" => self.periodic_attempt_seal,
            "zoom_checks" => self.periodic_zoom_checks,
            "zoom_follow" => self.periodic_zoom_follow,
            _ => return None,
        })
    }

    /// How a connection stands, in a word.
    #[must_use]
    pub const fn connection(&self, state: ConnectionState) -> Message {
        match state {
            ConnectionState::Draft => self.connection_draft,
            ConnectionState::Testing => self.connection_testing,
            ConnectionState::Active => self.connection_active,
            ConnectionState::Disabled | ConnectionState::Retired => self.connection_disabled,
        }
    }

    /// Where a key that signs tokens is in its life.
    #[must_use]
    pub const fn signing_state(&self, state: State) -> Message {
        match state {
            State::Next => self.signing_next,
            State::Active => self.signing_active,
            State::Retired => self.signing_retired,
            State::Gone => self.signing_gone,
        }
    }
}

texts! {
    /// What owners are told by mail, and why something is not to be had.
    NoticesText {}
    webhook_off_subject webhook_off webhook_gone key_subject key metadata_waits_subject metadata_waits activated_subject activated activated_by_key
    believes_otherwise_subject believes_otherwise given_up_subject given_up
    zoom_broke_subject zoom_broke zoom_mended_subject zoom_mended zoom_ended_subject zoom_ended
    zoom_held_subject zoom_held zoom_failed_subject zoom_failed
    owner_raised_subject owner_raised owner_way owner_way_key owner_way_link owner_way_none owner_unvouched
    passkey_removed_subject passkey_removed passkey_ended passkeys passkeys_lead passkeys_owner passkey_break_glass link_in_use
}

texts! {
    /// The texts about how accounts look.
    BrandingText {}
    nav title lead name language language_browser colour colour_hint colour_adjusted colour_light_adjusted colour_dark_adjusted logo logo_hint logo_remove help_text help_text_hint help_url help_url_hint preview preview_lead preview_button save example_button help_link help_title
}
