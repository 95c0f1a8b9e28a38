//! The texts of the link to Zoom.

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
