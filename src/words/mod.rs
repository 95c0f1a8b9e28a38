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
pub mod engine;
mod es;
#[cfg(test)]
mod events_tests;
mod kept;
pub mod mend;
pub mod remarks;
#[cfg(test)]
mod remarks_tests;
#[cfg(test)]
mod sentences_tests;
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
use crate::base::sentence::{Line, Sentence};

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
            pub(in crate::words) fn plain(&self) -> Vec<(&'static str, Message)> {
                vec![$((stringify!($id), self.$id),)*]
            }
        }
    };
}

mod operations;
mod zoom;

pub use operations::*;
pub use zoom::ZoomText;

texts! {
    /// Every text of one language.
    Text {
        /// The language's tag (BCP 47), for `<html lang>`.
        language: &'static str,
        /// What the language calls itself.
        language_name: Message,
        /// What an English sentence is in the language, by its template; nothing in English.
        sentence: fn(&str) -> Option<&'static str>,
        /// Every template that `sentence` knows.
        templates: fn() -> Vec<&'static str>,
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
        /// The texts of setting single sign-on up: message ids `sso.<id>`.
        sso: SsoText,
        /// The texts about how strictly a connection judges: message ids `strictness.<id>`.
        strictness: StrictnessText,
        /// The texts of webhooks: message ids `webhooks.<id>`.
        webhooks: WebhooksText,
        /// The texts of the link to Zoom: message ids `zoom.<id>`.
        zoom: ZoomText,
        /// The texts of provisioning into Zoom: message ids `zoom_provisioning.<id>`.
        zoom_provisioning: ZoomProvisioningText,
        /// The texts of the inventory of Zoom: message ids `zoom_inventory.<id>`.
        zoom_inventory: ZoomInventoryText,
        /// The texts about what Zoom told: message ids `zoom_events.<id>`.
        zoom_events: ZoomEventsText,
        /// The texts around the reference of the REST API: message ids `reference.<id>`.
        reference: ReferenceText,
        /// The texts about email domains: message ids `domains.<id>`.
        domains: DomainsText,
        /// The texts about how accounts look: message ids `branding.<id>`.
        branding: BrandingText,
        /// What owners are told by mail that happened by itself, and why something is not to be had: message ids
        /// `notices.<id>`.
        notices: NoticesText,
        /// The texts about what will end: message ids `deadlines.<id>`.
        deadlines: DeadlinesText,
        /// The texts about what was done: message ids `events.<id>`.
        events: EventsText,
        /// The texts of those who run the installation: message ids `operators.<id>`.
        operators: OperatorsText,
        /// The texts of the pages about sign-ins: message ids `sign_ins.<id>`.
        sign_ins: SignInsText,
        /// The texts of the pages about mappings and changes that are tried: message ids `mapping.<id>`.
        mapping: MappingText,
        /// The texts of the pages about people: message ids `people.<id>`.
        people: PeopleText,
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
    tested_title tested_lead
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
    demo_console demo_zoom demo_zoom_lead demo_zoom_link demo_about_okta demo_about_entra demo_about_clever demo_about_canvas
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
    mail_invitation_subject mail_invitation mail_link_subject mail_link mail_break_glass_subject mail_break_glass_made
    mail_break_glass_used mail_passkey_used mail_invitation_made_subject mail_invitation_made mail_invitation_used_subject
    mail_invitation_used mail_passkey_made_subject mail_passkey_made owners_invitations
    mail_passkey_subject mail_break_glass_used_subject
    account_active account_deleted account_suspended accounts_create accounts_external_id accounts_external_id_hint
    accounts_name accounts_none accounts_open_label accounts_slug accounts_slug_hint accounts_suspend_label action api_keys_create api_keys_lead api_keys_lead_installation api_reference api_keys_made api_keys_made_lead api_keys_name_hint
    api_keys_did api_keys_did_label api_keys_scopes days ended flash_begun flash_changed flash_claimed flash_given_up flash_guest_let_in
    flash_guest_removed flash_made flash_passkey_registered flash_person_added flash_removed flash_revoked flash_saved flash_sessions_ended flash_switched_off flash_switched_on
    flash_vouched last_used leave link_button
    link_gone_console link_gone_lead link_gone_title link_invitation link_operator link_owner link_setup link_taken link_title link_until
    made_at made_link made_link_lead mailed_lead mailed_title name nav nav_accounts nav_api_keys nav_installation nav_installation_keys nav_integrations
    nav_operators nav_passkeys nav_setup_links nav_webhooks never_used nothing_lead nothing_me nothing_title
    operators_active operators_invite operators_lead operators_make_link operators_removed passkey_noscript
    passkeys_lead passkeys_name_hint passkeys_register remove remove_label revoke revoke_label revoked setup_finish
    setup_finish_lead setup_finished_lead setup_finished_title setup_lead setup_go_back setup_look setup_none setup_state_domains setup_state_sso setup_link_expired setup_link_finished
    setup_link_opened setup_link_revoked setup_link_waiting setup_links_anybody setup_links_begins setup_links_create setup_links_for
    setup_links_email setup_links_email_hint setup_links_goes_on setup_links_goes_on_hint setup_links_for_hint setup_links_lead setup_links_scopes setup_title signin_account_button signin_account_hint
    signin_account_label signin_account_lead signin_account_unknown signin_lead signin_mail signin_mail_button
    signin_mail_hint signin_mail_label signin_none signin_operator signin_operator_link signin_other signin_passkey signin_passkey_button
    signin_passkey_hint signin_sso signin_title since state tile_certificate tile_certificate_ended
    tile_certificate_today tile_certificate_tomorrow tile_disabled tile_draft tile_drift tile_none tile_sign_ins
    tile_sign_ins_many tile_sign_ins_none tile_sign_ins_one tile_refused tile_refused_many tile_refused_one
    tile_refusing tile_sso tile_sso_lead tile_testing tile_unused tile_working until
    where_all you copy copied nav_owners owners_lead owners_none owners_invite owners_email
    owners_no_name owners_break_glass owners_break_glass_lead owners_who owners_reason link_until_setup
    made_setup_link_lead made_link_mailed mail_setup_subject mail_setup
}

texts! {
    /// The texts of setting single sign-on up, in the console and behind setup links.
    SsoText {}
    title choose choose_hint other present present_others progress progress_choose progress_connect progress_test progress_activate
    connect connect_other there there_other there_lead paste_first bring bring_lead bring_others paste_label
    paste_hint paste_file paste_button paste_anyway paste_anyway_lead fields fields_sso_url fields_entity_id
    fields_certificate fields_button wrong missing recognised form_metadata form_metadata_url form_certificates
    form_fields form_json form_message form_unknown seen_form seen_entity_id seen_sso_url seen_metadata_url
    seen_certificate seen_key entity_choice looks_like other_product state_draft state_draft_others state_tested state_active
    state_disabled state_retired test test_lead test_none test_old test_look test_good test_bad test_failed test_when mend
    person person_none field value from field_email field_first_name field_last_name field_display_name
    field_username field_external_id field_groups field_roles field_role field_subject every_check activate activate_title
    activate_lead override_title override_lead reason disable disable_title disable_lead enable retire retire_lead
    retire_sure overview settings history steps sections ours our_entity_id our_acs_url our_metadata_url
    our_login_url idp product paste_again settings_name settings_name_hint settings_product settings_product_hint
    settings_unasked settings_restart settings_accept settings_refuse settings_provisioning settings_create
    settings_match_only settings_link settings_force settings_sign settings_session_end settings_ask_keys settings_ask_keys_hint
    settings_save settings_unchanged settings_retest history_lead history_revision history_first history_present history_back
    history_nothing all add setup_go tested_back tested_reference metadata_fails certificates keys_theirs
    keys_theirs_lead keys_add keys_add_lead key_subject key_kind key_fingerprint key_brought key_valid key_source key_given
    key_of_file key_of_metadata key_used key_used_between key_unused key_days key_in_a_day key_in_one_day key_ended key_future waiting waiting_lead
    waiting_how waiting_proof waiting_approve waiting_decline declined declined_line drift drift_lead
    drift_entity_id drift_sso_host drift_keys drift_approve drift_decline metadata metadata_trust metadata_tls metadata_signed
    metadata_good metadata_never metadata_next metadata_valid metadata_failed metadata_refresh metadata_none
    metadata_unchanged metadata_changed metadata_busy own own_lead own_signing own_encryption own_next own_active
    own_retired own_since own_until own_uses own_unused own_publish own_publish_lead own_ripe own_unripe own_use
    own_hurry own_remove tile_waiting
}

texts! {
    /// The texts about how strictly a connection judges.
    StrictnessText {}
    title lead look_again allow until until_hint ended of_signatures of_encryption of_content gives_sha1 gives_rsa_1024
    gives_inclusive_c14n gives_empty_reference_uri gives_rsa_1_5 gives_tripledes gives_no_authn_statement clock_skew
    clock_skew_hint max_validity max_validity_hint unverified unverified_usual unverified_refuse unverified_drop
    unverified_keep email_domains email_domains_hint accepted_audiences accepted_audiences_hint authn_contexts
    authn_contexts_hint binding binding_usual binding_redirect binding_post save
}

texts! {
    /// The texts of webhooks in the console.
    WebhooksText {}
    title lead none webhook told_of on off failing_since create url url_hint secret secret_lead topic_user topic_session
    topic_connection topic_certificate topic_zoom back back_to_webhook overlap test rotate switch_off switch_on remove
    remove_lead remove_sure deliveries deliveries_lead deliveries_none kind at older waiting delivered dead delivery next_at
    resend body tries tries_none took answer answer_begins
}

texts! {
    /// The texts of provisioning into Zoom.
    ZoomProvisioningText {}
    nav tab_provisioning tab_inventory tabs title lead is_on is_off next_run not_scheduled settings people plan
    plan_hint apply apply_hint no_rule runs runs_none run older more when what back kind_plan kind_plan_done kind_apply kind_schedule
    kind_change state_planning state_planned state_held state_applying state_done state_failed state_cancelled seen
    progress reload waits totals licences looked_after scim_alone nothing confirm confirm_held
    confirm_off confirm_planned cancel steps steps_none steps_only_notes all file person gone zoom_user result adopts unknown_before
    nothing_value not_taken zoom_said step_waiting step_done step_failed step_skipped step_note step_notes action_create
    action_update action_disable action_delete action_adopt note_unmappable note_duplicate note_pending
    note_address_differs note_protected note_switched_off note_not_adopted note_unproved note_rule_deleted note_vanished
    note_ignored note_orphan problem_not_found problem_conflict problem_no_permission problem_scope_missing
    problem_no_single_sign_on problem_limited problem_fault problem_unknown problem_unreachable
    problem_unintelligible problem_refused problem_token problem_list_short problem_switched_off
    problem_settings_changed problem_link_changed problem_given_up problem_no_link problem_not_used no_link not_used problem_duplicate problem_changed_meanwhile
    settings_title may toggle_is_on toggle_create toggle_update toggle_disable toggle_deprovision toggle_with_rule
    toggle_adopts toggle_adopts_unproved toggle_follows removal removal_disable removal_delete guard guard_most guard_percent timing
    every_hours inventory_hours inactive_days leave_out rules rules_lead rule_name rule_new rule_conditions
    conditions_hint fields_hint fields_own mapping mapping_lead attribute attribute_user_name attribute_given_name
    attribute_family_name attribute_display_name attribute_email attribute_phone attribute_active attribute_user_type
    attribute_roles attribute_title attribute_department attribute_organization attribute_cost_center attribute_locale
    attribute_login_type source source_none source_field source_text value
    transforms transforms_hint otherwise required groups groups_hint save preview preview_hint preview_button preview_result preview_unsaved preview_empty
    hint_user_name hint_display_name hint_phone hint_user_type hint_roles hint_login_type problem_too_many
    preview_none preview_rule preview_no_rule preview_missing preview_address people_lead people_none
    people_none_problem people_none_found person_none person_steps person_retry_hint people_search_hint only_problems problem retry retry_all linked pending off
    group_changes group_problems groups_later
}

texts! {
    /// The texts of the inventory of Zoom.
    ZoomInventoryText {}
    title lead none ask reading read_so_far failed as_of users licensed wasted wasted_hint never inactive by_plan
    by_plan_table plan use_of_it trend trend_none bought bought_hint bought_hosts bought_used bought_pending activity day
    signed_in signed_out missing missing_plan_usage missing_activities departments department no_department table
    show_all shown_only search search_button person nobody several by_address linked last_login last_here not_once
    seats_none file more plan_licensed plan_on_prem plan_basic plan_unassigned plan_none use_lately use_new
    use_long_ago use_never use_off use_invited role_owner role_admin role_member role_other signs_in_by
    left_out next not_by_itself next_change no_link not_used
}

texts! {
    /// The texts about what Zoom told.
    ZoomEventsText {}
    title tab lead state validated validated_at validated_never validated_hint
    validated_overdue validated_overdue_hint last_event last_event_none
    address no_link not_used of_platform chart chart_14 chart_30 chart_days chart_table day events refused reasons
    refused_signature_missing refused_signature_wrong refused_timestamp_stale refused_another_account
    refused_too_large refused_not_used refused_no_event filter any kind from to meeting meeting_hint person person_hint show all
    none none_found when about older state_waiting state_done kind_meeting kind_participant kind_registration
    kind_recording kind_user kind_other event back happened received handed_on topic object uuid host id
    more_of_it more_of_this_one more_of_host payload payload_lead
}

texts! {
    /// The texts around the reference of the REST API.
    ReferenceText {}
    title lead document contents scope statuses parameters required body answer problems problems_lead
}

texts! {
    /// The texts of the pages about sign-ins.
    SignInsText {}
    nav lead none none_found filter any connection outcome code purpose from to person person_hint person_unknown show
    all when who nobody erased older accepted refused restarted repeated tested login test chart chart_days chart_more
    chart_table chart_14 chart_30 day reasons other unstored trace back reference revision request session checks mend
    side rule public_code closed mapping mapping_lead mapping_none field value taken_from sent email_verified email_kept
    email_dropped email_refused share share_lead share_make share_made share_made_lead share_open share_over
    share_revoke share_by message message_lead message_download message_none keep keep_lead keep_none keep_refused
    keep_recent keep_all keep_save shared shared_lead shared_until shared_ours shared_entity_id shared_acs
    shared_mapped signature may_come_in
}

texts! {
    /// The texts of the pages about people.
    PeopleText {}
    nav lead search search_hint search_button disabled_only role_only role_any all none none_found name email email_none email_verified
    email_unverified role role_owner role_admin role_member state active disabled more add add_lead first_name
    last_name external_id id nothing since never last_sign_in back known field value taken_from by_hand last_said
    identities identities_lead identities_none connection source sessions sessions_none browser browser_unknown
    seen_at session_end session_end_label sessions_end end_all end_all_lead end_all_sure sign_ins sign_ins_none sign_ins_all change change_lead save
    disable disable_lead enable enable_lead owners_only did data data_lead what how_much how_long until_erased
    kept_profile kept_identities kept_sessions kept_sessions_until kept_sign_ins kept_sign_ins_until kept_messages
    kept_messages_until kept_passkeys kept_console_sessions kept_links kept_links_until kept_guest kept_zoom_events kept_zoom_events_until receipt_zoom_steps receipt_zoom_users kept_events export
    export_lead erase erase_lead erase_confirm erase_confirm_hint erase_mistyped receipts receipts_lead receipts_none
    receipt receipt_lead receipt_id receipt_user receipt_at receipt_by receipt_sign_ins receipt_messages receipt_file import
    import_lead import_list import_hint import_rehearse import_write import_done import_rehearsed import_counts
    import_wrong
}

texts! {
    /// The texts of the pages about mappings and changes that are tried.
    MappingText {}
    title lead rules rules_hint usual on on_recorded on_pasted on_none pasted pasted_hint try_it save what_if result
    verified unverified signs_in refused field now then from same nothing wanted found warnings overage changed_value
    lost_value unused said attribute values what_if_title what_if_lead what_if_mapping what_if_mapping_hint what_if_set what_if_set_hint
    what_if_add what_if_remove what_if_try what_if_none veiled what_if_same what_if_changed what_if_change what_if_no_change
    path before after sign_in really would_accept would_restart would_refuse not_looked_at to_mapping
    what_if_save what_if_back what_if_waiting what_if_proposal what_if_metadata what_if_label rows_lead row_from row_value row_value_hint
    row_more row_split row_split_hint row_capture row_capture_hint row_case case_any case_lower case_upper row_required
    from_usual from_attributes from_name_id from_name_id_email from_text from_nothing from_written own_fields
    own_fields_lead own_name role_rules role_rules_lead role_grant role_when role_when_hint role_how role_equals
    role_matches role_value may_grant_owner absent_groups advanced advanced_lead by_json
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

    /// What is wrong, in the language.
    #[must_use]
    pub fn sentence(&self, sentence: &Sentence) -> String {
        sentence.put(&self.sentence)
    }

    /// One of several sentences, without what it is about.
    #[must_use]
    pub fn line(&self, line: Line<'_>) -> String {
        line.put(&self.sentence)
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

    /// What is wrong with what somebody pasted, and what to do. A bracket for evidence of which there is none is left out.
    #[must_use]
    pub fn paste(&self, problem: &Problem) -> String {
        // These say in words what is the matter; all other evidence is a value.
        let is_said = matches!(
            problem.code,
            ProblemCode::FetchFailed
                | ProblemCode::MetadataRefused
                | ProblemCode::XmlMalformed
                | ProblemCode::TooLarge
                | ProblemCode::CertificateTruncated
        );
        let text = |evidence: &Option<String>| {
            let text = evidence.clone().unwrap_or_default();
            if is_said { self.kept(&text).unwrap_or(text) } else { text }
        };
        let is_moment =
            matches!(problem.code, ProblemCode::CertificateExpired | ProblemCode::CertificateNotYetValid);
        let wanted = text(&problem.wanted);
        let wanted = match Instant::parse(&wanted) {
            Ok(at) if is_moment => day(at),
            _ => self.in_words(problem).unwrap_or(wanted),
        };
        let evidence =
            [("found", text(&problem.found)), ("wanted", wanted), ("choices", problem.choices.join(", "))];
        let filled = |part: &'static str| {
            let filled = Filled { message: Message(part), values: Vec::new() };
            evidence.iter().fold(filled, |filled, &(name, ref value)| filled.with(name, value)).to_string()
        };
        let whole = (self.paste)(problem.code).0;
        let parts = whole.split_once(" (").and_then(|(before, rest)| {
            let (bracket, after) = rest.split_once(')')?;
            Some((before, bracket, after))
        });
        let is_for_nothing = |bracket: &str| {
            evidence.iter().any(|(name, value)| value.is_empty() && bracket.contains(&format!("{{{name}}}")))
        };
        match parts {
            Some((before, bracket, after)) if is_for_nothing(bracket) => filled(before) + &filled(after),
            _ => filled(whole),
        }
    }

    /// Why metadata is of no use, in words beside the code; none where what was found says it already.
    fn in_words(&self, problem: &Problem) -> Option<String> {
        let code = problem.wanted.as_deref().filter(|_| problem.code == ProblemCode::MetadataRefused)?;
        let is_said = problem.found.as_deref().is_some_and(|found| found.contains(code));
        let why = (self.mend.general)(Code::from_name(code).filter(|_| !is_said)?);
        Some(format!("{}: {code}", why.trim_end_matches('.')))
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

/// A day as people read it, of UTC: `2026-03-02`.
#[must_use]
pub fn day(at: Instant) -> String {
    at.to_string().chars().take(10).collect()
}

/// How long there is left: within a day, one day, or so many `{days}`.
#[must_use]
pub fn days_left(days: i64, [within_a_day, one, many]: [Message; 3]) -> String {
    match days {
        ..=0 => within_a_day.to_string(),
        1 => one.to_string(),
        days => many.with("days", days).to_string(),
    }
}

/// A moment as people read it, to the second and in UTC, the same in every language: `2026-03-02 10:00:30 UTC`.
#[must_use]
pub fn moment(at: Instant) -> String {
    Instant::from_seconds(at.seconds()).to_string().replace('T', " ").replace('Z', " UTC")
}
