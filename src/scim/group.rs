//! Groups, and changes of their members.

use serde_json::{Value, json};

use super::ScimError;
use super::user::{PATCH, find, text};

/// RFC 7643 4.2.
pub const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// Zoom takes bodies of up to a hundred thousand characters; some room is left for what goes around the members.
const MAX_BODY: usize = 90_000;

/// A group, read. Servers may leave the members of a large group out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its id over there.
    pub id: String,
    /// Its name.
    pub display_name: String,
    /// Its members' ids, when they are told.
    pub members: Option<Vec<String>>,
}

/// Reads a group.
///
/// # Errors
/// [`ScimError`].
pub fn read(value: &Value) -> Result<Group, ScimError> {
    let object = value.as_object().ok_or(ScimError::Form("group"))?;
    let id = text(object, "id").filter(|id| !id.is_empty()).ok_or(ScimError::Id)?.to_owned();
    let display_name = text(object, "displayName").unwrap_or_default().to_owned();
    let members = find(object, "members").and_then(Value::as_array).map(|members| {
        members.iter().filter_map(|member| text(member.as_object()?, "value").map(str::to_owned)).collect()
    });
    Ok(Group { id, display_name, members })
}

/// The body that creates an empty group.
#[must_use]
pub fn create(display_name: &str) -> Value {
    json!({"schemas": [CORE], "displayName": display_name})
}

/// The bodies that add and remove members, in order, each small enough. A member is taken out by a filter in the path (RFC
/// 7644 3.5.2.2): `members` with a value beside it, as some send it, takes everybody out of a server that knows the
/// standard.
#[must_use]
pub fn change_members(added: &[&str], removed: &[&str]) -> Vec<Value> {
    let remove = |ids: &[&str]| {
        let path =
            |id: &&str| json!({"op": "remove", "path": format!("members[value eq {}]", Value::from(*id))});
        ids.iter().map(path).collect()
    };
    let add = |ids: &[&str]| {
        let members: Vec<Value> = ids.iter().map(|id| json!({"value": id})).collect();
        vec![json!({"op": "add", "path": "members", "value": members})]
    };
    // `{"op":"remove","path":"members[value eq \"\"]"},` and `{"value":""},` around each.
    let mut bodies = patches(removed, 48, remove);
    bodies.extend(patches(added, 13, add));
    bodies
}

/// A patch for as many ids as fit, and so on.
fn patches(ids: &[&str], around: usize, operations: impl Fn(&[&str]) -> Vec<Value>) -> Vec<Value> {
    let (mut bodies, mut some, mut size) = (Vec::new(), Vec::new(), 0);
    let patch = |some: &[&str]| json!({"schemas": [PATCH], "Operations": operations(some)});
    for id in ids {
        // Of any characters it is at most six times as long when it is escaped, and that is done twice in a path.
        let weight = id.len() * 12 + around;
        if size + weight > MAX_BODY && !some.is_empty() {
            bodies.push(patch(&some));
            some.clear();
            size = 0;
        }
        some.push(*id);
        size += weight;
    }
    if !some.is_empty() {
        bodies.push(patch(&some));
    }
    bodies
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_read() {
        let group =
            read(&json!({"id": "g", "displayName": "Staff", "members": [{"value": "a"}, {"display": "x"}]}));
        let wanted = Group {
            id: "g".to_owned(),
            display_name: "Staff".to_owned(),
            members: Some(vec!["a".to_owned()]),
        };
        assert_eq!(group, Ok(wanted));
        assert_eq!(read(&json!({"id": "g", "members": null})).unwrap().members, None);
        assert_eq!(read(&json!({"displayName": "x"})), Err(ScimError::Id));
    }

    #[test]
    fn changes_of_many_members_are_cut_into_bodies_that_are_taken() {
        let ids: Vec<String> = (0..20_000).map(|number| format!("id-{number}-\"\n")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let bodies = change_members(&ids, &ids[..3]);
        assert!(bodies.iter().all(|body| body.to_string().len() <= 100_000), "{}", bodies.len());
        let all = bodies.iter().flat_map(|body| body["Operations"].as_array().unwrap());
        let (added, removed): (Vec<_>, Vec<_>) = all.partition(|operation| operation["op"] == "add");
        let members = added.iter().map(|operation| operation["value"].as_array().unwrap().len());
        assert_eq!((members.sum::<usize>(), removed.len()), (20_000, 3));
        assert_eq!(removed[0]["path"], r#"members[value eq "id-0-\"\n"]"#);
        assert!(removed.iter().all(|operation| operation.get("value").is_none()));
        assert!(change_members(&[], &[]).is_empty());
    }
}
