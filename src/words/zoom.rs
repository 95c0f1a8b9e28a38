//! The texts of all that has to do with Zoom: the link, provisioning, the inventory, what Zoom told.

use super::Message;
use crate::directory::state::ZoomKind;

texts! {
    /// The texts of the link to Zoom.
    ZoomText {}
    title lead tab none none_lead set_up change state_waiting state_ended state_untested state_good
    state_failing failing_since tested_at waiting_lead ended_lead authorize authorize_again going going_lead
    going_link test test_hint facts kind kind_server_to_server kind_general kind_platform used_for cap_events
    cap_provisioning cap_inventory zoom_account ends_in entered_at not_entered overlap authorized_at
    validated_at last_event_at never result no_token call call_good call_bad call_skipped granted missing
    missing_optional add_scope scopes_unknown need_read_meetings need_read_participants need_read_registrants
    need_read_recordings need_scim need_list_users
    need_delete_users need_plan_usage need_activity_report need_whose next next_secret_token next_validate next_validate_again
    next_mend next_wait next_test next_provisioning next_inventory link_title choose choose_hint which_kind
    kind_server_to_server_hint kind_general_hint kind_platform_hint show_steps steps steps_lead step_open
    step_open_place step_build_s2s step_build_s2s_place step_no_s2s step_build_general step_build_general_place
    step_name field_app_name step_information step_information_place step_redirect step_redirect_place
    field_redirect step_scopes step_scopes_place classic granular what_for optional step_token step_token_place
    step_events step_events_place field_webhook field_webhook_by_id events_to_tick events_meeting
    events_participant events_registration events_recording step_credentials step_credentials_s2s_place
    step_credentials_general_place step_activate step_activate_place step_authorize step_platform policy_note
    enter enter_platform kept_hint secret_hint secret_token_hint cloud cloud_commercial cloud_government
    cloud_custom bases_hint web_base api_base save_and_test save save_anyway save_anyway_hint remove
    remove_hint remove_confirm back
    confirm_missing platform_nav platform_title platform_lead platform_none platform_there platform_accounts
    platform_remove platform_remove_hint platform_client_hint tile_lead tile_last_event tile_no_event
    step_plan step_plan_place step_plan_hint step_token_general_place step_events_general_place
}

impl ZoomText {
    /// A kind of app.
    #[must_use]
    pub const fn kind(&self, kind: ZoomKind) -> Message {
        match kind {
            ZoomKind::ServerToServer => self.kind_server_to_server,
            ZoomKind::General => self.kind_general,
            ZoomKind::Platform => self.kind_platform,
        }
    }

    /// What a link is used for, by its stable name.
    #[must_use]
    pub fn capability(&self, name: &str) -> Message {
        match name {
            "events" => self.cap_events,
            "provisioning" => self.cap_provisioning,
            _ => self.cap_inventory,
        }
    }

    /// What a scope is for, by the stable name of what is done.
    #[must_use]
    pub fn need(&self, name: &str) -> Message {
        match name {
            "read_meetings" => self.need_read_meetings,
            "read_participants" => self.need_read_participants,
            "read_registrants" => self.need_read_registrants,
            "read_recordings" => self.need_read_recordings,
            "scim" => self.need_scim,
            "list_users" => self.need_list_users,
            "delete_users" => self.need_delete_users,
            "plan_usage" => self.need_plan_usage,
            "activity_report" => self.need_activity_report,
            _ => self.need_whose,
        }
    }

    /// What events are about, by its stable name.
    #[must_use]
    pub fn events_about(&self, name: &str) -> Message {
        match name {
            "meeting" => self.events_meeting,
            "participant" => self.events_participant,
            "registration" => self.events_registration,
            _ => self.events_recording,
        }
    }
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
    people_none_problem people_none_found person_none person_steps person_retry_hint people_search_hint only_problems problem retry look_now retry_all linked pending off
    group_changes group_problems groups_later
}

texts! {
    /// The texts of the inventory of Zoom.
    ZoomInventoryText {}
    title lead none ask reading read_so_far failed as_of users licensed wasted wasted_hint never inactive by_plan
    by_plan_table plan use_of_it trend trend_none bought bought_hint bought_hosts bought_used bought_pending activity activity_hint day
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
