//! The page of a connection's revisions, and what the places in its settings are called. No Debug where a form's token is
//! inside.

use askama::Template;
use serde_json::Value;

use super::Frame;
use super::console::Around;
use super::sso::Tab;
use crate::base::ctx::kind_and_id;
use crate::flow::connection::revision::{Difference, RevisionView};
use crate::flow::connection::show::Detail;
use crate::flow::event::Names;
use crate::words::{Message, Text, moment};

/// `…/sso/{connection}/history`: its revisions.
#[derive(Template)]
#[template(path = "sso_history.html")]
pub struct HistoryPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// What addresses of the path begin with.
    pub base: &'a str,
    /// The connection.
    pub detail: &'a Detail,
    /// Its revisions, the latest first.
    pub revisions: &'a [RevisionView],
    /// What those who made them are called, as far as whoever looks may know.
    pub names: &'a Names,
    /// Whether going back can be tried first.
    pub is_tryable: bool,
}

impl HistoryPage<'_> {
    fn shown(&self, one: &Difference, value: &Value) -> String {
        shown(path(one), value, self.frame.text)
    }

    fn who(&self, actor: &str) -> String {
        who(actor, self.names, self.frame.text)
    }
}

/// A value as people read it: in the words of its choice, texts without quotes, words for null, true and false.
fn shown(path: &str, value: &Value, text: &Text) -> String {
    match value {
        Value::Null => text.sso.history_nothing.to_string(),
        Value::Bool(true) => text.trace_pass.to_string(),
        Value::Bool(false) => text.trace_fail.to_string(),
        Value::String(value) => {
            chosen(path, value, text).map_or_else(|| value.clone(), |said| said.to_string())
        }
        other => other.to_string(),
    }
}

/// Who did something: their kind, and their name where whoever looks may know it.
pub(super) fn who(actor: &str, names: &Names, text: &Text) -> String {
    let (kind, id) = kind_and_id(actor);
    let kind = text.events.actor(kind);
    id.and_then(|id| names.get(id)).map_or_else(|| kind.to_string(), |name| format!("{kind} {name}"))
}

/// Where something differs, as forms and the REST API take it.
pub(super) fn path(one: &Difference) -> &str {
    one.path.strip_prefix("settings.").unwrap_or(&one.path)
}

/// What the connection's own pages call it, where they do.
pub(super) fn called(one: &Difference, text: &Text) -> Option<Message> {
    let Text { sso, strictness, mapping, .. } = text;
    let path = path(one);
    Some(match path {
        "name" => sso.settings_name,
        "idp_entity_id" => sso.seen_entity_id,
        "sso_redirect_url" | "sso_post_url" => sso.seen_sso_url,
        "product" => sso.settings_product,
        "idp_initiated" => sso.settings_unasked,
        "provisioning" => sso.settings_provisioning,
        "link_by_email" => sso.settings_link,
        "force_authn" => sso.settings_force,
        "is_request_signed" => sso.settings_sign,
        "session_end" => sso.settings_session_end,
        "asks_before_keys" => sso.settings_ask_keys,
        "policy.clock_skew_seconds" => strictness.clock_skew,
        "policy.relaxations" => strictness.title,
        "unverified_emails" => strictness.unverified,
        "email_domains" => strictness.email_domains,
        "accepted_audiences" => strictness.accepted_audiences,
        "authn_contexts" => strictness.authn_contexts,
        "request_binding" => strictness.binding,
        _ if path.starts_with("relaxations_until") => strictness.title,
        _ if path.starts_with("mapping") => mapping.title,
        _ if path.starts_with("metadata") => sso.metadata,
        _ if path.starts_with("keys.") => sso.certificates,
        _ => return None,
    })
}

/// What a value is called in the choice that a page of the connection offers, where one does.
fn chosen(path: &str, value: &str, text: &Text) -> Option<Message> {
    let Text { sso, strictness, .. } = text;
    Some(match (path, value) {
        ("idp_initiated", "restart") => sso.settings_restart,
        ("idp_initiated", "accept") => sso.settings_accept,
        ("idp_initiated", "refuse") => sso.settings_refuse,
        ("provisioning", "create") => sso.settings_create,
        ("provisioning", "match_only") => sso.settings_match_only,
        ("unverified_emails", "refuse") => strictness.unverified_refuse,
        ("unverified_emails", "drop") => strictness.unverified_drop,
        ("unverified_emails", "keep") => strictness.unverified_keep,
        ("request_binding", "redirect") => strictness.binding_redirect,
        ("request_binding", "post") => strictness.binding_post,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::shown;
    use crate::words::{EN, ES};

    #[test]
    fn switches_and_choices_are_told_in_words() {
        for (value, english, spanish) in
            [(json!(false), "no", "no"), (json!(true), "yes", "sí"), (json!(null), "nothing", "nada")]
        {
            let told = [&EN, &ES].map(|text| shown("is_request_signed", &value, text));
            assert_eq!(told, [english, spanish]);
        }
        assert_eq!(shown("idp_initiated", &json!("refuse"), &EN), EN.sso.settings_refuse.to_string());
        assert_eq!(shown("name", &json!("Okta"), &EN), "Okta");
    }
}
