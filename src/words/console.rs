//! What the console says of single sign-on, sign-ins, mappings and people, and what the pages behind links and mail say.

use super::Message;
use crate::base::caller::{Scope, SetupScope};

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
    /// The texts of the pages about sign-ins.
    SignInsText {}
    nav lead none none_found filter any connection outcome code purpose from to person person_hint person_unknown show
    all when who led_to nobody erased older accepted refused restarted repeated tested login test chart chart_days chart_more
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
