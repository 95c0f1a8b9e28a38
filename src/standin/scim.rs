//! SCIM2 as Zoom has it: no discovery, lists without most attributes, a PUT that is a partial change and ignores some of
//! what it takes, a PATCH for `active` alone, errors whose status is a number.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::fault::Faults;
use super::web::{Reply, reply};
use super::world::{DOMAIN, Group, State, User, World};
use crate::base::Instant;

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const ZOOM: &str = "urn:us:zoom:scim:schemas:extension:1.0:ZoomUser";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// More than this Zoom does not give at once.
const MAX_PAGE: usize = 100;
const MAX_GROUP_BODY: usize = 100_000;
/// What a PUT takes without doing it.
const IGNORED: &[&str] = &["userName", "displayName", "emails", ZOOM];

/// An error in Zoom's form.
pub(super) fn error(status: u16, detail: &str) -> Reply {
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": detail, "status": status});
    reply(status, &body)
}

fn nobody(who: &str) -> Reply {
    error(400, &format!("User {who} not exist or not belong to this account."))
}

fn forbidden() -> Reply {
    error(403, "Your role does not have the permission User:Edit.")
}

fn is_untouchable(faults: &Faults, email: Option<&str>) -> bool {
    email.is_some_and(|email| faults.untouchable.iter().any(|untouchable| untouchable == email))
}

/// A call below `/scim2`.
pub(super) struct Asked<'a> {
    /// The method.
    pub(super) verb: &'a str,
    /// `Users` or `Groups`.
    pub(super) kind: &'a str,
    /// The id, decoded.
    pub(super) id: Option<&'a str>,
    /// The query, decoded.
    pub(super) query: &'a BTreeMap<String, String>,
    /// The body.
    pub(super) body: &'a [u8],
    /// The present moment.
    pub(super) now: Instant,
}

/// Does what is asked.
pub(super) fn answer(world: &mut World, faults: &Faults, asked: &Asked<'_>) -> Reply {
    if faults.no_single_sign_on {
        return error(400, "Account has not enabled Single Sign-On.");
    }
    let mut body = serde_json::from_slice::<Value>(asked.body).unwrap_or_default();
    if faults.no_user_type {
        forget_user_types(&mut body);
    }
    let mut reply = done(world, faults, asked, &body);
    if faults.no_user_type {
        forget_user_types(&mut reply.body);
    }
    reply
}

/// Takes user types out of a user, or of a list of them.
fn forget_user_types(body: &mut Value) {
    if let Some(object) = body.as_object_mut() {
        object.remove("userType");
        let listed = object.get_mut("Resources").and_then(Value::as_array_mut).into_iter().flatten();
        for user in listed.filter_map(Value::as_object_mut) {
            user.remove("userType");
        }
    }
}

fn done(world: &mut World, faults: &Faults, asked: &Asked<'_>, body: &Value) -> Reply {
    match (asked.kind, asked.verb, asked.id) {
        ("Users", "GET", None) => list(world, asked.query),
        ("Users", "POST", None) if is_untouchable(faults, text(body, "/userName").as_deref()) => forbidden(),
        ("Users", "POST", None) => create(world, body, asked.now),
        ("Users", verb, Some(id)) => one(world, faults, verb, id, body),
        ("Groups", "GET", None) => {
            let groups: Vec<Value> = world.groups.iter().map(group).collect();
            page(&groups, groups.len(), 1)
        }
        ("Groups", "POST", None) => {
            let name = body.get("displayName").and_then(Value::as_str).unwrap_or_default();
            if name.is_empty() || world.groups.iter().any(|group| group.name == name) {
                return error(409, "Group name is empty or in use.");
            }
            let made = Group {
                id: format!("g-{}", world.groups.len() + 1),
                name: name.to_owned(),
                members: Vec::new(),
            };
            let body = group(&made);
            world.groups.push(made);
            reply(201, &body)
        }
        ("Groups", verb, Some(id)) => one_group(world, verb, id, body, asked.body.len()),
        // Discovery: there is none.
        _ => reply(404, &json!({"code": 404, "message": "Not found"})),
    }
}

fn list(world: &World, query: &BTreeMap<String, String>) -> Reply {
    if let Some(filter) = query.get("filter") {
        let name =
            filter.strip_prefix("userName eq ").and_then(|text| serde_json::from_str::<String>(text).ok());
        let Some(name) = name else { return error(400, "Unsupported filter.") };
        return match world.by_email(&name) {
            Some(user) if user.state == State::Pending => nobody(&name),
            Some(user) => page(&[listed(user)], 1, 1),
            None => page(&[], 0, 1),
        };
    }
    let number =
        |name: &str, usual: usize| query.get(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (start, count) = (number("startIndex", 1).max(1), number("count", MAX_PAGE).min(MAX_PAGE));
    let there = || world.users.values().filter(|user| user.state != State::Pending);
    let some: Vec<Value> = there().skip(start - 1).take(count).map(listed).collect();
    page(&some, there().count(), start)
}

fn page(resources: &[Value], total: usize, start: usize) -> Reply {
    let count = resources.len();
    let body = json!({
        "schemas": [LIST], "totalResults": total, "itemsPerPage": count, "startIndex": start, "Resources": resources
    });
    reply(200, &body)
}

/// As lists have it.
fn listed(user: &User) -> Value {
    let department = user.more.get("department").cloned().unwrap_or_default();
    json!({
        "schemas": [CORE, ENTERPRISE, ZOOM],
        "id": user.id,
        "meta": {"resourceType": "User", "created": user.created.to_string()},
        "userName": user.email,
        "name": {"givenName": user.given, "familyName": user.family},
        "displayName": format!("{} {}", user.given, user.family),
        "emails": [{"type": "work", "value": user.email, "primary": true}],
        "active": user.state == State::Active,
        "userType": user.kind,
        ENTERPRISE: {"department": department},
        ZOOM: {"loginType": {"workEmail": false, "sso": true}},
    })
}

/// As a single user is told.
fn whole(user: &User) -> Value {
    let mut body = listed(user);
    let more = |name: &str| user.more.get(name).cloned();
    if let Some(object) = body.as_object_mut() {
        for name in ["title", "locale"] {
            object.extend(more(name).map(|value| (name.to_owned(), json!(value))));
        }
        let phone = more("phoneNumbers").map(|value| json!([{"type": "work", "value": value}]));
        object.extend(phone.map(|phone| ("phoneNumbers".to_owned(), phone)));
        let role = match user.role {
            "0" => "Owner",
            "1" => "Admin",
            _ => "Member",
        };
        let role = more("roles").unwrap_or_else(|| role.to_owned());
        object.insert("roles".to_owned(), json!([{"value": role, "primary": true}]));
        if let Some(enterprise) = object.get_mut(ENTERPRISE).and_then(Value::as_object_mut) {
            for name in ["organization", "costCenter"] {
                enterprise.extend(more(name).map(|value| (name.to_owned(), json!(value))));
            }
        }
    }
    body
}

fn text(body: &Value, pointer: &str) -> Option<String> {
    body.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

fn create(world: &mut World, body: &Value, now: Instant) -> Reply {
    let email = text(body, "/userName").or_else(|| text(body, "/emails/0/value")).unwrap_or_default();
    let given = text(body, "/name/givenName").unwrap_or_default();
    let family = text(body, "/name/familyName").unwrap_or_default();
    if !email.contains('@') || given.is_empty() || family.is_empty() {
        return error(400, "Validation failed: userName, name.givenName and name.familyName are required.");
    }
    if world.by_email(&email).is_some() {
        return error(409, &format!("User {email} already exists."));
    }
    // Any other mix is answered with success and leaves nobody who could be found.
    let login = body.get(ZOOM).and_then(|zoom| zoom.get("loginType"));
    let is_sso = login == Some(&json!({"workEmail": false, "sso": true}));
    let is_ours = email.to_lowercase().ends_with(&format!("@{DOMAIN}"));
    let mut user = User {
        id: String::new(),
        state: if is_sso && is_ours { State::Active } else { State::Pending },
        email,
        given,
        family,
        kind: "Basic",
        role: "2",
        more: BTreeMap::new(),
        last_login: None,
        created: now,
    };
    if let Some(object) = body.as_object() {
        take(&mut user, object, &[]);
    }
    if body.get("active") == Some(&json!(false)) && user.state == State::Active {
        user.state = State::Inactive;
    }
    let number = world.add(user);
    world.users.get(&number).map_or_else(|| nobody(""), |user| reply(201, &whole(user)))
}

/// Takes values over, but those that are ignored.
fn take(user: &mut User, object: &Map<String, Value>, ignored: &[String]) {
    let body = Value::Object(object.clone());
    let of = |pointer: &str| text(&body, pointer);
    let is_taken = |name: &str| !ignored.iter().any(|ignored| ignored == name);
    if is_taken("name") {
        user.given =
            of("/name/givenName").filter(|name| !name.is_empty()).unwrap_or_else(|| user.given.clone());
        user.family =
            of("/name/familyName").filter(|name| !name.is_empty()).unwrap_or_else(|| user.family.clone());
    }
    match of("/userType").as_deref() {
        Some("Licensed") if is_taken("userType") => user.kind = "Licensed",
        Some("Basic") if is_taken("userType") => user.kind = "Basic",
        _ => {}
    }
    for (name, pointer) in [
        ("title", "/title".to_owned()),
        ("locale", "/locale".to_owned()),
        ("phoneNumbers", "/phoneNumbers/0/value".to_owned()),
        ("roles", "/roles/0/value".to_owned()),
        ("department", format!("/{ENTERPRISE}/department")),
        ("organization", format!("/{ENTERPRISE}/organization")),
        ("costCenter", format!("/{ENTERPRISE}/costCenter")),
    ] {
        match of(&pointer) {
            Some(value) if is_taken(name) && value.is_empty() => drop(user.more.remove(name)),
            Some(value) if is_taken(name) => drop(user.more.insert(name, value)),
            _ => {}
        }
    }
}

fn one(world: &mut World, faults: &Faults, verb: &str, id: &str, body: &Value) -> Reply {
    let Some(user) = world.find_mut(id) else { return error(404, "User not found.") };
    if user.state == State::Pending {
        return nobody(&user.email.clone());
    }
    if verb != "GET" && is_untouchable(faults, Some(&user.email)) {
        return forbidden();
    }
    match verb {
        "GET" => reply(200, &whole(user)),
        "PUT" => {
            if let Some(object) = body.as_object() {
                let ignored: Vec<String> = IGNORED
                    .iter()
                    .map(|name| (*name).to_owned())
                    .chain(faults.ignores.iter().cloned())
                    .collect();
                take(user, object, &ignored);
            }
            reply(200, &whole(user))
        }
        "PATCH" => {
            let operation = body.pointer("/Operations/0");
            let is = |key: &str, wanted: &str| {
                operation
                    .and_then(|operation| operation.get(key)?.as_str())
                    .is_some_and(|text| text == wanted)
            };
            let value = operation.and_then(|operation| operation.get("value")?.as_bool());
            match value {
                Some(is_active) if is("op", "replace") && is("path", "active") => {
                    if !is_active && user.role != "2" {
                        return error(400, "Owner or admin can not be deactivated.");
                    }
                    user.state = if is_active { State::Active } else { State::Inactive };
                    Reply { status: StatusCode::NO_CONTENT, ..reply(204, &Value::Null) }
                }
                _ => error(400, "Only active can be changed."),
            }
        }
        "DELETE" => {
            world.remove(id);
            Reply { status: StatusCode::NO_CONTENT, ..reply(204, &Value::Null) }
        }
        _ => error(405, "Method not allowed."),
    }
}

fn group(group: &Group) -> Value {
    let members: Vec<Value> = group.members.iter().map(|id| json!({"value": id})).collect();
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "id": group.id, "displayName": group.name, "members": members
    })
}

fn one_group(world: &mut World, verb: &str, id: &str, body: &Value, size: usize) -> Reply {
    let known: Vec<String> = world.users.values().map(|user| user.id.clone()).collect();
    let Some(place) = world.groups.iter().position(|group| group.id == id) else {
        return error(404, "Group not found.");
    };
    if verb == "DELETE" {
        world.groups.remove(place);
        return reply(204, &Value::Null);
    }
    let Some(found) = world.groups.get_mut(place) else { return error(404, "Group not found.") };
    match verb {
        "GET" => reply(200, &group(found)),
        "PATCH" if size > MAX_GROUP_BODY => error(400, "The body is too large."),
        "PATCH" => {
            for operation in body.get("Operations").and_then(Value::as_array).into_iter().flatten() {
                let ids = operation.get("value").and_then(Value::as_array).into_iter().flatten();
                let mut ids: Vec<String> = ids.filter_map(|member| text(member, "/value")).collect();
                let path = operation.get("path").and_then(Value::as_str).unwrap_or_default();
                let one = path.strip_prefix("members[value eq ").and_then(|rest| rest.strip_suffix(']'));
                ids.extend(one.and_then(|one| serde_json::from_str::<String>(one).ok()));
                match operation.get("op").and_then(Value::as_str) {
                    Some("remove") if ids.is_empty() => return error(400, "Say who is to be removed."),
                    Some("add") => found.members.extend(ids.into_iter().filter(|id| known.contains(id))),
                    Some("remove") => found.members.retain(|member| !ids.contains(member)),
                    _ => return error(400, "Unsupported operation."),
                }
            }
            found.members.sort();
            found.members.dedup();
            reply(204, &Value::Null)
        }
        _ => error(405, "Method not allowed."),
    }
}
