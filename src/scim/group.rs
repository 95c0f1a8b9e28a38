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

/// The bodies that add and remove members, in order, each small enough.
#[must_use]
pub fn change_members(added: &[&str], removed: &[&str]) -> Vec<Value> {
    let mut bodies = Vec::new();
    for (operation, ids) in [("remove", removed), ("add", added)] {
        let (mut members, mut size) = (Vec::new(), 0);
        for id in ids {
            // `{"value":""},` around each; an id of any characters is at most six times as long when it is escaped.
            let weight = id.len() * 6 + 13;
            if size + weight > MAX_BODY && !members.is_empty() {
                bodies.push(patch(operation, &std::mem::take(&mut members)));
                size = 0;
            }
            members.push(json!({"value": id}));
            size += weight;
        }
        if !members.is_empty() {
            bodies.push(patch(operation, &members));
        }
    }
    bodies
}

fn patch(operation: &str, members: &[Value]) -> Value {
    json!({"schemas": [PATCH], "Operations": [{"op": operation, "path": "members", "value": members}]})
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
        let operations = |name: &str| {
            let of = |body: &&Value| body.pointer("/Operations/0/op") == Some(&json!(name));
            let members =
                |body: &Value| body.pointer("/Operations/0/value").unwrap().as_array().unwrap().len();
            bodies.iter().filter(of).map(members).sum::<usize>()
        };
        assert_eq!((operations("add"), operations("remove")), (20_000, 3));
        assert!(change_members(&[], &[]).is_empty());
    }
}
