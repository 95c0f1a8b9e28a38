//! The REST calls that the inventory and a deletion need.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde_json::{Value, json};

use super::web::{Reply, reply};
use super::world::{State, User, World};
use crate::base::Instant;

/// An error in REST's form.
pub(super) fn error(status: u16, code: i64, message: &str) -> Reply {
    reply(status, &json!({"code": code, "message": message}))
}

/// For so long what is said of the next page is good.
const PAGE_LIFE_SECONDS: i64 = 15 * 60;

fn page_size(query: &BTreeMap<String, String>) -> usize {
    query.get("page_size").and_then(|text| text.parse().ok()).unwrap_or(30_usize).clamp(1, 300)
}

fn page_token(from: impl Display, now: Instant) -> String {
    format!("page-{from}-{}", now.seconds())
}

/// Where the page begins that is asked for; none when its token is none, or is too old.
fn page_from(query: &BTreeMap<String, String>, now: Instant) -> Option<u64> {
    let Some(token) = query.get("next_page_token") else { return Some(0) };
    let (from, given) = token.strip_prefix("page-")?.split_once('-')?;
    let is_good = now.seconds() - given.parse::<i64>().ok()? <= PAGE_LIFE_SECONDS;
    from.parse().ok().filter(|_| is_good)
}

fn page_is_over() -> Reply {
    error(400, 300, "The next page token is invalid or expired.")
}

/// `GET /v2/users`.
pub(super) fn users(world: &World, query: &BTreeMap<String, String>, now: Instant) -> Reply {
    let state = match query.get("status").map(String::as_str) {
        None | Some("active") => State::Active,
        Some("inactive") => State::Inactive,
        Some("pending") => State::Pending,
        _ => return error(400, 300, "Validation Failed."),
    };
    let size = page_size(query);
    let Some(from) = page_from(query, now) else { return page_is_over() };
    let there = || world.users.iter().filter(|(_, user)| user.state == state);
    let mut some: Vec<(&u64, &User)> =
        there().filter(|(number, _)| **number >= from).take(size + 1).collect();
    let next = if some.len() > size { some.pop().map(|(number, _)| page_token(number, now)) } else { None };
    let body: Vec<Value> = some.into_iter().map(|(_, user)| self::user(user, now)).collect();
    reply(
        200,
        &json!({
            "page_size": size, "total_records": there().count(), "next_page_token": next.unwrap_or_default(),
            "users": body
        }),
    )
}

/// Whether a page of `GET /v2/users` begins with the user of that number, or after it.
pub(super) fn is_beyond(query: &BTreeMap<String, String>, now: Instant, until: Option<u64>) -> bool {
    page_from(query, now).zip(until).is_some_and(|(from, until)| from >= until)
}

fn user(user: &User, now: Instant) -> Value {
    let mut body = json!({
        "email": user.email, "first_name": user.given, "last_name": user.family,
        "type": if user.kind == "Licensed" { 2 } else { 1 },
        "dept": user.more.get("department").cloned().unwrap_or_default(),
        "role_id": user.role, "verified": 1,
        "created_at": user.created.to_string(),
    });
    if let Some(object) = body.as_object_mut() {
        if user.state == State::Pending {
            // They have no id, and were made just now.
            object.insert("created_at".to_owned(), json!(now.to_string()));
        } else {
            object.insert("id".to_owned(), json!(user.id));
            object.insert("user_created_at".to_owned(), json!(user.created.to_string()));
        }
        if user.kind == "Licensed" {
            object.insert("plan_united_type".to_owned(), json!("64"));
        }
        object.extend(user.last_login.map(|at| ("last_login_time".to_owned(), json!(at.to_string()))));
    }
    body
}

/// `GET /v2/users/me`: whoever authorised the app, here the owner or a member.
pub(super) fn me(world: &World, account_id: &str, is_member: bool) -> Reply {
    let (role, name) = if is_member { ("2", "Member") } else { ("0", "Owner") };
    match world.users.values().find(|user| user.role == role) {
        Some(user) => reply(
            200,
            &json!({
                "id": user.id, "email": user.email, "account_id": account_id, "role_id": role, "role_name": name
            }),
        ),
        None => error(404, 1001, "User does not exist."),
    }
}

/// `DELETE /v2/users/{id}`, or by the address: whoever is pending has nothing else, and is not deleted but disassociated.
pub(super) fn delete(world: &mut World, who: &str, query: &BTreeMap<String, String>) -> Reply {
    let action = query.get("action").map_or("disassociate", String::as_str);
    if !matches!(action, "disassociate" | "delete") {
        return error(400, 300, "Validation Failed.");
    }
    let by_id = world.find(who).filter(|user| user.state != State::Pending);
    let Some(user) = by_id.or_else(|| world.by_email(who)) else {
        return error(404, 1001, &format!("User does not exist: {who}."));
    };
    if user.state == State::Pending && action == "delete" {
        return error(400, 300, "Validation Failed.");
    }
    let id = user.id.clone();
    world.remove(&id);
    reply(204, &Value::Null)
}

/// `GET /v2/accounts/me/plans/usage`.
pub(super) fn usage(world: &World) -> Reply {
    let used =
        world.users.values().filter(|user| user.kind == "Licensed" && user.state == State::Active).count();
    reply(
        200,
        &json!({
            "plan_base": {"type": "edu", "hosts": used + 20, "usage": used, "pending": 0},
            "plan_recording": {"type": "cmr", "free_storage": "100 GB", "free_storage_usage": "12 GB"},
            "plan_webinar": [{"type": "webinar500_monthly", "hosts": 2, "usage": 1}],
        }),
    )
}

/// Somebody stays signed in for so long.
const STAY_SECONDS: i64 = 3600;

/// `GET /v2/report/activities`: everybody's last sign-in within the window, and when they signed out after it.
pub(super) fn activities(world: &World, query: &BTreeMap<String, String>, now: Instant) -> Reply {
    let day = |name: &str| Instant::parse(&format!("{}T00:00:00Z", query.get(name)?)).ok();
    let (Some(from), Some(to)) = (day("from"), day("to")) else {
        return error(400, 300, "Validation Failed.");
    };
    let days = to.day() - from.day();
    if !(0..=31).contains(&days) || now.day() - from.day() > 184 {
        return error(400, 300, "The window is at most one month, within the last six months.");
    }
    let mut lines = Vec::new();
    for user in world.users.values() {
        let Some(came) = user.last_login else { continue };
        for (at, kind) in [(came, "Sign in"), (came.plus_seconds(STAY_SECONDS), "Sign out")] {
            if (from.day()..=to.day()).contains(&at.day()) && at <= now {
                lines.push((user, at, kind));
            }
        }
    }
    let Some(begin) = page_from(query, now) else { return page_is_over() };
    let (begin, size) = (usize::try_from(begin).unwrap_or(usize::MAX), page_size(query));
    let end = begin.saturating_add(size);
    let next = if lines.len() > end { page_token(end, now) } else { String::new() };
    let line = |(user, at, kind): (&User, Instant, &str)| {
        json!({
            "email": user.email, "time": at.to_string(), "type": kind, "ip_address": "203.0.113.9",
            "client_type": "Browser", "version": "-"
        })
    };
    let logs: Vec<Value> = lines.into_iter().skip(begin).take(size).map(line).collect();
    let text = |name: &str| query.get(name).cloned().unwrap_or_default();
    reply(
        200,
        &json!({
            "from": text("from"), "to": text("to"), "page_size": size, "next_page_token": next,
            "activity_logs": logs
        }),
    )
}
