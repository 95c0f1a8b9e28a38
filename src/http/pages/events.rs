//! What was done, in words: who did what to what, what it was before and is now, from where it was asked for.

use askama::Template;
use gatepost_saml::instant::Instant;
use serde_json::Value;

use super::Frame;
use super::console::Around;
use crate::base::ctx::kind_and_id;
use crate::flow::event::{EventView, Names};
use crate::words::{EventsText, day, moment};

/// Members of a body that are shown; the export has all.
const SHOWN: usize = 40;
const SHOWN_LENGTH: usize = 300;

/// `/console/at/{account}/events`, and `/console/events` of the installation.
#[derive(Template)]
#[template(path = "console_events.html")]
pub struct EventsPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The texts.
    pub say: &'static EventsText,
    /// The page's own address.
    pub base: &'a str,
    /// Whether it is about one account; the installation's page has another lead.
    pub is_account: bool,
    /// The events, the latest first.
    pub events: &'a [EventRow],
    /// What was asked for.
    pub asked: Asked,
    /// Whoever alone is asked for, where it is not a kind of them.
    pub one: Option<String>,
    /// Where older ones are.
    pub older: Option<String>,
    /// Up to when was looked, where the search ended before the chain did.
    pub looked_to: Option<Instant>,
}

/// A filter as it was typed.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The kind of whoever did it, or one of them (`user:user_…`).
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub target: String,
    /// From this day on.
    pub from: String,
    /// Up to this day.
    pub to: String,
}

impl Asked {
    /// Whether anything was asked for.
    #[must_use]
    pub fn is_any(&self) -> bool {
        [&self.actor, &self.action, &self.target, &self.from, &self.to].iter().any(|text| !text.is_empty())
    }

    /// Whoever alone is asked for, in words; none where a kind of them is.
    #[must_use]
    pub fn one(&self, names: &Names, text: &EventsText) -> Option<String> {
        if self.actor.is_empty() || KINDS.contains(&self.actor.as_str()) {
            return None;
        }
        let is_known = |kind: &str| kind != "job" && KINDS.contains(&kind);
        Some(match self.actor.split_once(':') {
            Some((kind, _)) if is_known(kind) => who(&self.actor, names, text),
            _ => self.actor.clone(),
        })
    }
}

/// Kinds of actors, in the order of the choice.
pub const KINDS: [&str; 8] =
    ["user", "operator", "api_key", "setup_link", "command_line", "job", "idp", "anonymous"];

/// Something that was done.
#[derive(Debug, Clone)]
pub struct EventRow {
    /// Its number.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// Who did what, in a sentence.
    pub sentence: String,
    /// As programs read it.
    pub action: String,
    /// To what: its id.
    pub target: String,
    /// By whom: a kind, and often an id.
    pub actor: String,
    /// What changed, or what is said of it.
    pub changes: Vec<Change>,
    /// From where: an address and a request.
    pub origin: Option<String>,
    /// Whether something of it was changed since.
    pub is_changed: bool,
    /// Where it is several looks of an operator, each of them.
    pub looks: Vec<LookRow>,
}

/// An operator's look at a page of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookRow {
    /// Its number.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// At which page.
    pub page: String,
    /// From where: an address and a request.
    pub origin: String,
}

/// One member of what is said of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub name: String,
    /// What it was, where that is known.
    pub before: Option<String>,
    /// What it is now, or just what it is.
    pub after: Option<String>,
    /// Whether it is a change at all.
    pub is_change: bool,
}

impl EventRow {
    /// A line of events as the page shows it; none of none.
    #[must_use]
    pub fn of_line(line: &[EventView], names: &Names, text: &EventsText) -> Option<Self> {
        let (latest, others) = line.split_first()?;
        let row = Self::new(latest, names, text);
        if others.is_empty() {
            return Some(row);
        }
        let (who, what) = (who(&latest.actor, names, text), what(&latest.target, None, names));
        let said = text.looked_at.with("who", who).with("count", line.len()).with("what", what);
        let looks = line.iter().map(LookRow::of).collect();
        Some(Self { sentence: said.to_string(), changes: Vec::new(), origin: None, looks, ..row })
    }

    /// An event as the page shows it.
    #[must_use]
    pub fn new(event: &EventView, names: &Names, text: &EventsText) -> Self {
        let body: Option<Value> =
            event.body.as_deref().map(|body| serde_json::from_str(body).unwrap_or_default());
        let who = who(&event.actor, names, text);
        let what = what(&event.target, body.as_ref(), names);
        // Nobody makes themselves, unless they were invited.
        let is_invited =
            event.action == "user.created" && kind_and_id(&event.actor).1 == Some(event.target.as_str());
        let done = if is_invited { Some(text.invitation_taken) } else { text.done(&event.action) };
        let sentence = match done {
            Some(done) => done.with("who", who).with("what", what).to_string(),
            None => text.did.with("who", who).with("action", &event.action).with("what", what).to_string(),
        };
        let origin = origin(event);
        Self {
            seq: event.seq,
            at: event.at,
            sentence,
            action: event.action.clone(),
            target: event.target.clone(),
            actor: event.actor.clone(),
            changes: body.as_ref().map(changes).unwrap_or_default(),
            origin: (!origin.is_empty()).then_some(origin),
            is_changed: event.body.is_none(),
            looks: Vec::new(),
        }
    }

    /// What asks for everything that was done by the same.
    fn query_of_actor(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).append_pair("actor", &self.actor).finish()
    }

    /// What asks for everything about the same thing.
    fn query(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).append_pair("target", &self.target).finish()
    }
}

impl LookRow {
    fn of(event: &EventView) -> Self {
        let body: Option<Value> = event.body.as_deref().and_then(|body| serde_json::from_str(body).ok());
        let page = body.as_ref().and_then(|body| body.get("page")?.as_str());
        Self {
            seq: event.seq,
            at: event.at,
            page: page.unwrap_or_default().to_owned(),
            origin: origin(event),
        }
    }
}

/// From where it was asked for, as far as that is known.
fn origin(event: &EventView) -> String {
    let parts = [event.client.as_deref(), event.request.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn who(actor: &str, names: &Names, text: &EventsText) -> String {
    let said = text.actor(kind_and_id(actor).0);
    match kind_and_id(actor) {
        // What jobs are called is for programs.
        (_, None) | ("job", _) => said.to_string(),
        (_, Some(id)) => format!("{said} {}", names.get(id).map_or(id, String::as_str)),
    }
}

/// What an event is about: its name by now, or what it was called when it happened.
fn what(target: &str, body: Option<&Value>, names: &Names) -> String {
    let said = || {
        let mut members = ["domain", "name", "slug"].into_iter();
        members.find_map(|member| body?.get(member)?.as_str()).map(str::to_owned)
    };
    names.get(target).cloned().or_else(said).unwrap_or_else(|| target.to_owned())
}

/// What was said of an event: of `before` and `after`, what differs; of everything else, what it is.
#[must_use]
pub fn changes(body: &Value) -> Vec<Change> {
    let Some(members) = body.as_object() else { return Vec::new() };
    let mut found = Vec::new();
    let both = members.contains_key("before") || members.contains_key("after");
    if both {
        differ("", members.get("before"), members.get("after"), &mut found);
    }
    for (name, value) in
        members.iter().filter(|(name, _)| !both || !["before", "after"].contains(&name.as_str()))
    {
        flat(name, value, &mut found);
    }
    found.truncate(SHOWN);
    found
}

fn differ(name: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Change>) {
    let empty = serde_json::Map::new();
    let members = |value: Option<&Value>| value.and_then(Value::as_object).cloned();
    let (old, new) = (members(before), members(after));
    if old.is_some() || new.is_some() {
        let (old, new) = (old.unwrap_or_else(|| empty.clone()), new.unwrap_or(empty));
        let mut keys: Vec<_> = old.keys().chain(new.keys()).collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            differ(&below(name, key), old.get(key), new.get(key), found);
        }
    } else if before != after {
        let shown = |value: Option<&Value>| value.filter(|value| !value.is_null()).map(shown);
        let change =
            Change { name: name.to_owned(), before: shown(before), after: shown(after), is_change: true };
        found.push(change);
    }
}

fn flat(name: &str, value: &Value, found: &mut Vec<Change>) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            members.iter().for_each(|(key, value)| flat(&below(name, key), value, found));
        }
        value => found.push(Change {
            name: name.to_owned(),
            before: None,
            after: Some(shown(value)),
            is_change: false,
        }),
    }
}

fn below(name: &str, key: &str) -> String {
    if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") }
}

fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut short: String = text.chars().take(SHOWN_LENGTH).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::flow::event::lines;
    use crate::words::EN;

    fn change(name: &str, before: Option<&str>, after: Option<&str>, is_change: bool) -> Change {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Change { name: name.to_owned(), before: text(before), after: text(after), is_change }
    }

    #[test]
    fn what_differs_is_told_and_what_does_not_is_not() {
        let body = json!({
            "before": { "name": "Old", "state": "active", "policy": { "skew": 60, "same": 1 } },
            "after": { "name": "New", "state": "active", "policy": { "skew": 90, "same": 1 }, "more": [1] },
            "reason": "asked",
        });
        let expected = [
            change("more", None, Some("[1]"), true),
            change("name", Some("Old"), Some("New"), true),
            change("policy.skew", Some("60"), Some("90"), true),
            change("reason", None, Some("asked"), false),
        ];
        assert_eq!(changes(&body), expected);
        let routed = json!({ "domain": "a.example", "before": null, "after": "conn_1" });
        let expected =
            [change("", None, Some("conn_1"), true), change("domain", None, Some("a.example"), false)];
        assert_eq!(changes(&routed), expected);
        assert_eq!(
            changes(&json!({ "page": "owners", "nothing": null })),
            [change("page", None, Some("owners"), false)]
        );
        assert_eq!(changes(&json!("x")), []);
        let long = changes(&json!({ "text": "x".repeat(5000) }));
        assert_eq!(long[0].after.as_deref().map(|text| text.chars().count()), Some(SHOWN_LENGTH + 1));
    }

    #[test]
    fn events_are_told_in_sentences_with_names() {
        let names =
            Names::from([("op_1".to_owned(), "Sam".to_owned()), ("conn_1".to_owned(), "Okta".to_owned())]);
        let told = |actor: &str, action: &str, target: &str, body: Value| {
            let event = EventView {
                seq: 1,
                at: Instant::from_seconds(0),
                actor: actor.to_owned(),
                action: action.to_owned(),
                target: target.to_owned(),
                body: Some(body.to_string()),
                client: Some("192.0.2.1".to_owned()),
                request: Some("req_1".to_owned()),
            };
            EventRow::new(&event, &names, &EN.events)
        };
        let row = told("operator:op_1", "connection.updated", "conn_1", json!({}));
        assert_eq!(row.sentence, "Operator Sam changed the connection Okta.");
        assert_eq!(row.origin.as_deref(), Some("192.0.2.1, req_1"));
        let row = told("user:op_1", "user.created", "op_1", json!({ "role": "owner" }));
        assert_eq!(row.sentence, "User Sam accepted an invitation.");
        let row = told("operator:op_1", "user.created", "usr_1", json!({ "name": "Maya" }));
        assert_eq!(row.sentence, "Operator Sam made the user Maya.");
        let row = told("job:domains", "domain.lost", "dom_1", json!({ "domain": "a.example" }));
        assert_eq!(row.sentence, "The gateway itself no longer counts the domain a.example as proved.");
        let row = told("user:user_9", "moon.painted", "moon", json!({}));
        assert_eq!(row.sentence, "User user_9: moon.painted (moon).");
    }

    #[test]
    fn whoever_alone_is_asked_for_is_named() {
        let names = Names::from([("user_1".to_owned(), "Olive".to_owned())]);
        let one = |actor: &str| {
            let asked = Asked { actor: actor.to_owned(), ..Asked::default() };
            asked.one(&names, &EN.events)
        };
        assert_eq!(one("user:user_1").as_deref(), Some("User Olive"));
        assert_eq!(one("user:user_2").as_deref(), Some("User user_2"));
        assert_eq!(one("job:sweep").as_deref(), Some("job:sweep"));
        assert_eq!(one("moon").as_deref(), Some("moon"));
        assert_eq!((one(""), one("user"), one("job")), (None, None, None));
    }

    #[test]
    fn what_an_operator_looked_at_is_one_line_and_names_each_page() {
        let names = Names::from([("op_1".to_owned(), "Sam".to_owned())]);
        let event = |seq: i64, actor: &str, action: &str, body: Option<Value>| EventView {
            seq,
            at: Instant::from_seconds(seq),
            actor: actor.to_owned(),
            action: action.to_owned(),
            target: "Lincoln".to_owned(),
            body: body.map(|body| body.to_string()),
            client: None,
            request: Some(format!("req_{seq}")),
        };
        let look = |seq, actor: &str| {
            event(seq, actor, "account.looked_at", Some(json!({ "page": seq.to_string() })))
        };
        let events = [
            look(9, "operator:op_1"),
            look(8, "operator:op_1"),
            look(7, "operator:op_2"),
            event(6, "operator:op_2", "connection.updated", Some(json!({}))),
            look(5, "operator:op_2"),
            event(4, "operator:op_2", "account.looked_at", None),
        ];
        let rows: Vec<_> =
            lines(&events).filter_map(|line| EventRow::of_line(line, &names, &EN.events)).collect();
        let told: Vec<_> = rows.iter().map(|row| (row.seq, row.looks.len(), row.is_changed)).collect();
        assert_eq!(told, [(9, 2, false), (7, 0, false), (6, 0, false), (5, 0, false), (4, 0, true)]);
        assert_eq!(rows[0].sentence, "Operator Sam looked at 2 pages of the account Lincoln.");
        let looks: Vec<_> =
            rows[0].looks.iter().map(|look| (look.page.as_str(), look.origin.as_str())).collect();
        assert_eq!(looks, [("9", "req_9"), ("8", "req_8")]);
        let many = vec![look(1, "operator:op_1"); 250];
        assert_eq!(lines(&many).map(<[_]>::len).collect::<Vec<_>>(), [100, 100, 50]);
    }
}
