//! What people read, by language: every text of the pages, the demo and the terminal.
//!
//! A language is one value of [`Text`]: the compiler asks for every text of a new language, and the field's name (or
//! the code's, the step's, the relaxation's) is the message id. Identifiers, wire values and log lines do not belong
//! here: they are the same in every language.
//!
//! To add a text: a line in [`texts!`](self) and one in each language's file. To add a language: a folder like `en`.
//!
//! [`mend`] says what to do about a refusal, in the words of the product's console; [`setup`] how a connection
//! is set up there. [`trace`] puts a stored trace into words; pages and terminal share it.

mod en;
mod es;
pub mod mend;
pub mod setup;
#[cfg(test)]
mod tests;
pub mod trace;

use std::fmt;

use gatepost_saml::code::{Code, Side, StepName};
use gatepost_saml::instant::Instant;
use gatepost_saml::paste::{Problem, ProblemCode};
use gatepost_saml::policy::Relaxation;
use mend::MendText;
use setup::SetupText;

use crate::base::caller::{Scope, SetupScope};

pub use en::EN;
pub use es::ES;

/// A text of one language, with `{names}` where values go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message(pub(crate) &'static str);

impl Message {
    /// The text with `value` in the place of `{name}`.
    pub fn with(self, name: &'static str, value: impl fmt::Display) -> Filled {
        Filled { message: self, values: Vec::new() }.with(name, value)
    }
}

impl fmt::Display for Message {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0)
    }
}

/// A [`Message`] and the values for its places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    message: Message,
    values: Vec<(&'static str, String)>,
}

impl Filled {
    /// The text with `value` in the place of `{name}` as well.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.values.push((name, value.to_string()));
        self
    }
}

impl fmt::Display for Filled {
    /// Goes through the message once, so that a value which looks like a place stays what it is.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.message.0;
        while let Some((before, after)) = rest.split_once('{') {
            out.write_str(before)?;
            let Some((name, tail)) = after.split_once('}') else {
                out.write_str("{")?;
                rest = after;
                continue;
            };
            match self.values.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => out.write_str(value)?,
                None => write!(out, "{{{name}}}")?,
            }
            rest = tail;
        }
        out.write_str(rest)
    }
}

macro_rules! texts {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty,)* } $($id:ident)*) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name {
            $($(#[$field_doc])* pub(crate) $field: $kind,)*
            $(pub(crate) $id: Message,)*
        }

        impl $name {
            /// The plain texts with their message ids.
            #[cfg(test)]
            fn plain(&self) -> Vec<(&'static str, Message)> {
                vec![$((stringify!($id), self.$id),)*]
            }
        }
    };
}

texts! {
    /// Every text of one language.
    Text {
        /// The language's tag (BCP 47), for `<html lang>`.
        language: &'static str,
        /// What the language calls itself.
        language_name: Message,
        /// What the person who signs in reads about a refusal: message id `code.<code>.user`.
        code_user: fn(Code) -> &'static str,
        /// What an administrator should do about it: message ids in [`mend`].
        mend: MendText,
        /// How a connection is set up at the other end: message ids `setup.say.<say>`.
        setup: SetupText,
        /// What a step checks: message id `step.<step>`.
        step: fn(StepName) -> Message,
        /// What a relaxation lets through: message id `relaxation.<relaxation>`.
        relaxation: fn(Relaxation) -> Message,
        /// Who can mend a refusal: message id `side.<side>`.
        side: fn(Side) -> Message,
        /// What is wrong with what somebody pasted, and what to do: message id `paste.<problem>`.
        paste: fn(ProblemCode) -> Message,
        /// The pretend identity provider's texts: message ids `idp.<id>`.
        idp: IdpText,
        /// The texts of the console and of mail: message ids `console.<id>`.
        console: ConsoleText,
    }
    skip_to_content demo_badge footer footer_languages
    start_title start_lead start_who_label start_who_hint start_account_button start_remembered start_another
    start_problem_empty start_problem_unknown start_problem_domain
    signin_title signin_lead signin_choose signin_with signin_none signin_other_account
    me_title me_lead me_lead_unnamed me_person me_name me_email me_email_verified me_email_unverified me_email_none
    me_name_none me_username me_roles me_groups me_name_id me_name_id_format me_account me_connection me_signed_in_at me_signed_out_at
    me_attributes me_attributes_lead me_attributes_none me_attribute_name me_attribute_values me_attribute_empty
    me_trace me_trace_lead me_trace_none me_sign_out
    me_sessions me_sessions_lead me_sessions_none me_session_browser me_session_when me_session_unknown
    me_session_seen_at me_session_end me_sessions_end
    refused_title refused_again refused_again_hint refused_admin refused_admin_lead refused_reference refused_at
    refused_code refused_detail refused_detail_lead refused_detail_lead_demo refused_check refused_mend refused_side refused_rule
    tested_title tested_lead tested_look tested_next
    again_title again_lead again_button
    replace_title replace_lead_account replace_lead_person replace_hint replace_stay replace_stay_person
    replace_go replace_go_person
    handover_title handover_lead handover_link handover_button
    not_found_title not_found_lead
    error_title error_lead error_reference
    unavailable_title unavailable_lead
    bad_form_title bad_form_lead
    forbidden_title forbidden_lead
    too_many_title too_many_lead
    method_title method_lead slow_title slow_lead too_large_title too_large_lead bad_request_title bad_request_lead
    sender_title sender_unknown_lead sender_ambiguous_lead
    framed_title framed_lead framed_link
    signed_out_title signed_out_lead signed_out_note signed_out_again
    to_start
    demo_title demo_lead demo_steps demo_step_1 demo_step_2 demo_step_3 demo_connections demo_connections_lead
    demo_people demo_people_lead demo_person demo_person_email demo_person_role demo_account_page demo_idp demo_idp_lead
    demo_about_okta demo_about_entra demo_about_clever demo_about_canvas
    trace_held trace_refused trace_not_reached trace_pass trace_warn trace_fail trace_skip trace_wanted trace_found
    trace_value trace_signed trace_signed_line trace_encrypted trace_encrypted_line trace_relaxed trace_warnings
    trace_rule trace_claim_issuer trace_claim_destination
    trace_claim_in_response_to
    element_response element_assertion element_message element_metadata element_name_id
}

texts! {
    /// The texts of the console, of the pages behind links, and of mail.
    ConsoleText {
        /// What a scope of the REST API is good for.
        scope: fn(Scope) -> &'static str,
        /// What can be set up behind a setup link.
        setup_scope: fn(SetupScope) -> &'static str,
    }
    mail_invite_subject mail_invite mail_link_subject mail_link mail_break_glass_subject mail_break_glass_made
    mail_break_glass_used mail_passkey_used
    account_active account_deleted account_suspended accounts_create accounts_external_id accounts_external_id_hint
    accounts_name accounts_none accounts_open accounts_open_label accounts_slug accounts_slug_hint accounts_suspend
    accounts_suspend_label action api_keys_create api_keys_lead api_keys_made api_keys_made_lead api_keys_name_hint
    api_keys_scopes days ended flash_changed flash_made flash_removed flash_revoked last_used leave link_button
    link_gone_lead link_gone_title link_invite link_operator link_owner link_setup link_taken link_title link_until
    made_at made_link made_link_lead mailed_lead mailed_title name nav nav_accounts nav_api_keys nav_integrations
    nav_operators nav_passkeys nav_setup_links never_used nothing_admin nothing_lead nothing_me nothing_title
    operators_active operators_invite operators_lead operators_make_link operators_removed passkey_noscript
    passkeys_lead passkeys_name_hint passkeys_register remove remove_label revoke revoke_label revoked setup_finish
    setup_finish_lead setup_finished_lead setup_finished_title setup_lead setup_link_expired setup_link_finished
    setup_link_opened setup_link_revoked setup_link_waiting setup_links_anybody setup_links_create setup_links_for
    setup_links_for_hint setup_links_lead setup_links_scopes setup_title signin_account_button signin_account_hint
    signin_account_label signin_account_lead signin_account_unknown signin_lead signin_mail signin_mail_button
    signin_mail_hint signin_mail_label signin_none signin_operator signin_other signin_passkey signin_passkey_button
    signin_passkey_hint signin_sso signin_title since state tile_certificate tile_certificate_ended
    tile_certificate_today tile_certificate_tomorrow tile_disabled tile_draft tile_drift tile_none tile_sign_ins
    tile_sign_ins_many tile_sign_ins_none tile_sign_ins_one tile_sso tile_sso_lead tile_testing tile_working until
    where_all you copy copied nav_owners nav_events owners_lead owners_none owners_invite owners_email
    owners_no_name owners_break_glass owners_break_glass_lead owners_who owners_reason events_lead events_none
    events_when events_who events_what events_detail events_older events_changed actor_anonymous actor_api_key
    actor_command_line actor_idp actor_job actor_operator actor_setup_link actor_user link_until_setup
    made_setup_link_lead
}

texts! {
    /// The texts of the pretend identity provider.
    IdpText {}
    banner banner_note acts_like to_home test_keys
    home_title home_lead home_entity_id home_sso_url home_start home_metadata home_about_signs
    signs_response signs_assertion signs_both signs_neither home_about_encrypts
    start_title start_lead start_wrong start_button sp_entity_id acs_url
    choose_title choose_lead choose_unsolicited choose_forced choose_passive
    people_legend people_other first_name last_name email role
    fault_legend fault_label fault_mistakes fault_attacks show_first sign_in edit
    fault_none fault_expired fault_not_yet_valid fault_wrong_audience fault_wrong_recipient fault_wrong_issuer
    fault_wrong_request fault_denied fault_sha1 fault_unsigned fault_unknown_key fault_encrypted_to_another
    fault_tampered fault_wrapped fault_comment fault_replayed
    edit_title edit_lead subject_legend name_id name_id_format no_format attributes_legend attributes_hint
    attribute_group attribute_name attribute_values add_row
    send_title send_lead send_button send_message
    problem_title problem_request problem_acs problem_not_here problem_person problem_previous problem_mint
}

impl ConsoleText {
    /// What a scope of the REST API is good for.
    #[must_use]
    pub fn scope(&self, scope: Scope) -> &'static str {
        (self.scope)(scope)
    }

    /// What can be set up behind a setup link.
    #[must_use]
    pub fn setup_scope(&self, scope: SetupScope) -> &'static str {
        (self.setup_scope)(scope)
    }
}

impl Text {
    /// The language's tag.
    #[must_use]
    pub const fn language(&self) -> &'static str {
        self.language
    }

    /// What the person who signs in reads about a refusal.
    #[must_use]
    pub fn code_user(&self, code: Code) -> &'static str {
        (self.code_user)(code)
    }

    /// What a refused sign-in is called.
    #[must_use]
    pub fn refused_title(&self) -> String {
        self.refused_title.to_string()
    }

    /// What `step` checks, in a few words.
    #[must_use]
    pub fn step(&self, step: StepName) -> Message {
        (self.step)(step)
    }

    /// What `relaxation` lets through.
    #[must_use]
    pub fn relaxation(&self, relaxation: Relaxation) -> Message {
        (self.relaxation)(relaxation)
    }

    /// What is wrong with what somebody pasted, and what to do.
    #[must_use]
    pub fn paste(&self, problem: &Problem) -> String {
        let text = |evidence: &Option<String>| evidence.clone().unwrap_or_default();
        let message = (self.paste)(problem.code).with("found", text(&problem.found));
        message.with("wanted", text(&problem.wanted)).with("choices", problem.choices.join(", ")).to_string()
    }

    /// Who can mend a refusal.
    #[must_use]
    pub fn side(&self, side: Side) -> Message {
        (self.side)(side)
    }
}

/// The languages, the first of which is spoken where nobody says otherwise.
pub static LANGUAGES: &[&Text] = &[&EN, &ES];

/// The texts of the language of that tag.
#[must_use]
pub fn spoken(tag: &str) -> Option<&'static Text> {
    LANGUAGES.iter().copied().find(|text| text.language == tag)
}

/// A moment as people read it, to the second and in UTC, the same in every language: `2026-03-02 10:00:30 UTC`.
#[must_use]
pub fn moment(at: Instant) -> String {
    Instant::from_seconds(at.seconds()).to_string().replace('T', " ").replace('Z', " UTC")
}
