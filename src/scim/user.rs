//! Users: what an answer says, and the bodies that create and change.

use serde_json::{Map, Value, json};

use super::ScimError;
use super::attribute::{Attribute, Values};

/// RFC 7643 4.1.
pub const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// RFC 7643 4.3.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// Zoom's, with the login type.
pub const ZOOM: &str = "urn:us:zoom:scim:schemas:extension:1.0:ZoomUser";
/// RFC 7644 3.5.2.
pub const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A user, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id over there.
    pub id: String,
    /// What is said of them.
    pub values: Values,
    /// Groups that they are in, by id.
    pub groups: Vec<String>,
}

/// Reads a user.
///
/// # Errors
/// [`ScimError`].
pub fn read(value: &Value) -> Result<User, ScimError> {
    let object = value.as_object().ok_or(ScimError::Form("user"))?;
    let id = text(object, "id").filter(|id| !id.is_empty()).ok_or(ScimError::Id)?;
    let mut values = Values::default();
    let name = inner(object, "name");
    let enterprise = inner(object, ENTERPRISE);
    for (attribute, from, key) in [
        (Attribute::UserName, Some(object), "userName"),
        (Attribute::DisplayName, Some(object), "displayName"),
        (Attribute::UserType, Some(object), "userType"),
        (Attribute::Title, Some(object), "title"),
        (Attribute::Locale, Some(object), "locale"),
        (Attribute::GivenName, name, "givenName"),
        (Attribute::FamilyName, name, "familyName"),
        (Attribute::Department, enterprise, "department"),
        (Attribute::Organization, enterprise, "organization"),
        (Attribute::CostCenter, enterprise, "costCenter"),
    ] {
        values.set(attribute, from.and_then(|from| text(from, key)).unwrap_or_default());
    }
    if let Some(active) = find(object, "active").and_then(boolean) {
        values.set(Attribute::Active, if active { "true" } else { "false" });
    }
    for (attribute, key) in
        [(Attribute::Email, "emails"), (Attribute::Phone, "phoneNumbers"), (Attribute::Roles, "roles")]
    {
        values.set(attribute, first(object, key).unwrap_or_default());
    }
    let login = inner(object, ZOOM).and_then(|zoom| inner(zoom, "loginType"));
    if let Some(login) = login {
        let is = |key| find(login, key).and_then(boolean) == Some(true);
        values.set(
            Attribute::LoginType,
            if is("sso") {
                "sso"
            } else if is("workEmail") {
                "work_email"
            } else {
                ""
            },
        );
    }
    values.shrink();
    let groups = find(object, "groups").and_then(Value::as_array).into_iter().flatten();
    let groups = groups.filter_map(|group| text(group.as_object()?, "value").map(str::to_owned)).collect();
    Ok(User { id: id.to_owned(), values, groups })
}

/// The body that creates a user with these values. Zoom makes a user who can sign in only of the login type `sso`
/// alone; with any other it answers success and has nobody.
#[must_use]
pub fn create(values: &Values) -> Value {
    let mut all = values.clone();
    if all.get(Attribute::LoginType).is_none() {
        all.set(Attribute::LoginType, "sso");
    }
    if all.get(Attribute::Active).is_none() {
        all.set(Attribute::Active, "true");
    }
    if let Some(name) = values.get(Attribute::UserName) {
        all.set(Attribute::Email, name);
    }
    body(&all)
}

/// The body of a PUT, which Zoom takes as a change of what stands in it: `changed` of `values`. Both halves of a name go
/// together, so that none is lost. An attribute that has no value any more is sent as an empty text.
#[must_use]
pub fn change(values: &Values, changed: &[Attribute]) -> Value {
    let has_name =
        changed.iter().any(|attribute| matches!(attribute, Attribute::GivenName | Attribute::FamilyName));
    let of_name = |attribute| matches!(attribute, Attribute::GivenName | Attribute::FamilyName) && has_name;
    let some: Values =
        values.iter().filter(|(attribute, _)| changed.contains(attribute) || of_name(*attribute)).collect();
    let mut body = body(&some);
    for attribute in changed.iter().filter(|attribute| values.get(**attribute).is_none()) {
        let (object, key) = match attribute {
            Attribute::Title => (None, "title"),
            Attribute::Locale => (None, "locale"),
            Attribute::Department => (Some(ENTERPRISE), "department"),
            Attribute::Organization => (Some(ENTERPRISE), "organization"),
            Attribute::CostCenter => (Some(ENTERPRISE), "costCenter"),
            // The others have no empty form.
            _ => continue,
        };
        match object {
            None => put(&mut body, key, json!("")),
            Some(schema) => {
                if body.get(schema).is_none() {
                    put(&mut body, schema, json!({}));
                    add_schema(&mut body, schema);
                }
                if let Some(extension) = body.get_mut(schema) {
                    put(extension, key, json!(""));
                }
            }
        }
    }
    body
}

/// The body of the PATCH that switches a user on or off: the one PATCH that Zoom documents.
#[must_use]
pub fn set_active(is_active: bool) -> Value {
    json!({"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": is_active}]})
}

fn body(values: &Values) -> Value {
    let mut body = json!({"schemas": [CORE]});
    for (attribute, value) in values.iter() {
        match attribute {
            Attribute::UserName => put(&mut body, "userName", json!(value)),
            Attribute::DisplayName => put(&mut body, "displayName", json!(value)),
            Attribute::UserType => put(&mut body, "userType", json!(value)),
            Attribute::Title => put(&mut body, "title", json!(value)),
            Attribute::Locale => put(&mut body, "locale", json!(value)),
            Attribute::Active => put(&mut body, "active", json!(value == "true")),
            Attribute::Email => {
                put(&mut body, "emails", json!([{"type": "work", "value": value, "primary": true}]));
            }
            Attribute::Phone => put(&mut body, "phoneNumbers", json!([{"type": "work", "value": value}])),
            Attribute::Roles => put(&mut body, "roles", json!([{"value": value, "primary": true}])),
            Attribute::GivenName => nest(&mut body, "name", "givenName", value),
            Attribute::FamilyName => nest(&mut body, "name", "familyName", value),
            Attribute::Department => extend(&mut body, "department", value),
            Attribute::Organization => extend(&mut body, "organization", value),
            Attribute::CostCenter => extend(&mut body, "costCenter", value),
            Attribute::LoginType => {
                let is_sso = value == "sso";
                put(&mut body, ZOOM, json!({"loginType": {"workEmail": !is_sso, "sso": is_sso}}));
                add_schema(&mut body, ZOOM);
            }
        }
    }
    body
}

fn put(body: &mut Value, key: &str, value: Value) {
    if let Some(object) = body.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}

fn nest(body: &mut Value, outer: &str, key: &str, value: &str) {
    if body.get(outer).is_none() {
        put(body, outer, json!({}));
    }
    if let Some(object) = body.get_mut(outer) {
        put(object, key, json!(value));
    }
}

fn extend(body: &mut Value, key: &str, value: &str) {
    if body.get(ENTERPRISE).is_none() {
        add_schema(body, ENTERPRISE);
    }
    nest(body, ENTERPRISE, key, value);
}

fn add_schema(body: &mut Value, schema: &str) {
    if let Some(schemas) = body.get_mut("schemas").and_then(Value::as_array_mut) {
        schemas.push(json!(schema));
    }
}

/// An attribute by its name, which has no letter case (RFC 7643 2.1); schemas are such names too.
pub(super) fn find<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    object
        .get(key)
        .or_else(|| object.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value))
}

pub(super) fn text<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    find(object, key)?.as_str()
}

fn inner<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a Map<String, Value>> {
    find(object, key)?.as_object()
}

/// A boolean, or a text that is one.
fn boolean(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| match value.as_str()? {
        text if text.eq_ignore_ascii_case("true") => Some(true),
        text if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    })
}

/// The primary value of several, else the first. Elements may be bare texts.
fn first<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    let all = find(object, key)?.as_array()?;
    let value = |element: &'a Value| element.as_str().or_else(|| text(element.as_object()?, "value"));
    let is_primary = |element: &&Value| {
        element.as_object().and_then(|element| find(element, "primary")).and_then(boolean) == Some(true)
    };
    all.iter().find(is_primary).and_then(value).or_else(|| all.iter().find_map(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zooms_example_is_read() {
        let user = read(&json!({
            "schemas": [CORE, ENTERPRISE, ZOOM],
            "id": "k&KdKr6TLWuxdDtk0hjSzL",
            "meta": {"resourceType": "User"},
            "userName": "jchill@example.com",
            "name": {"givenName": "Jill", "familyName": "Chill"},
            "displayName": "Jill Chill",
            "emails": [{"type": "home", "value": "x@y"}, {"type": "work", "value": "jchill@example.com", "primary": true}],
            "active": true,
            "userType": "On-Prem",
            "groups": [{"value": "g1", "display": "G"}],
            ENTERPRISE: {"department": "Sales"},
            ZOOM: {"loginType": {"workEmail": true, "sso": true}}
        }))
        .unwrap();
        assert_eq!((user.id.as_str(), user.groups.len()), ("k&KdKr6TLWuxdDtk0hjSzL", 1));
        let wanted: Values = [
            (Attribute::UserName, "jchill@example.com"),
            (Attribute::GivenName, "Jill"),
            (Attribute::FamilyName, "Chill"),
            (Attribute::DisplayName, "Jill Chill"),
            (Attribute::Email, "jchill@example.com"),
            (Attribute::Active, "true"),
            (Attribute::UserType, "On-Prem"),
            (Attribute::Department, "Sales"),
            (Attribute::LoginType, "sso"),
        ]
        .into_iter()
        .collect();
        assert_eq!(user.values, wanted);
    }

    #[test]
    fn other_servers_ways_are_read_too() {
        let user = read(&json!({
            "id": "1", "username": "a@b", "active": "False", "emails": ["a@b"],
            "roles": [{"value": "Member"}], "name": null, "title": 7,
            ENTERPRISE.to_uppercase(): {"Department": "X"}
        }))
        .unwrap();
        let get = |attribute| user.values.get(attribute);
        assert_eq!((get(Attribute::UserName), get(Attribute::Active)), (Some("a@b"), Some("false")));
        assert_eq!((get(Attribute::Email), get(Attribute::Roles)), (Some("a@b"), Some("Member")));
        assert_eq!((get(Attribute::Department), get(Attribute::Title)), (Some("X"), None));
        assert_eq!(read(&json!({"userName": "a"})), Err(ScimError::Id));
        assert_eq!(read(&json!([])), Err(ScimError::Form("user")));
    }

    #[test]
    fn what_is_written_reads_back() {
        let values: Values = [
            (Attribute::UserName, "a@b.example"),
            (Attribute::GivenName, "A"),
            (Attribute::FamilyName, "B"),
            (Attribute::Phone, "+1 2015550123"),
            (Attribute::UserType, "Licensed"),
            (Attribute::Roles, "Member"),
            (Attribute::Title, "Head"),
            (Attribute::Department, "Sales"),
            (Attribute::Organization, "District"),
            (Attribute::CostCenter, "7"),
            (Attribute::Locale, "en-US"),
        ]
        .into_iter()
        .collect();
        let mut body = create(&values);
        assert_eq!(body.pointer("/schemas"), Some(&json!([CORE, ENTERPRISE, ZOOM])));
        assert_eq!(body.pointer("/emails/0/value"), Some(&json!("a@b.example")));
        assert_eq!(
            body.pointer(&format!("/{ZOOM}/loginType")),
            Some(&json!({"workEmail": false, "sso": true}))
        );
        put(&mut body, "id", json!("1"));
        let mut wanted = values;
        for (attribute, value) in
            [(Attribute::Email, "a@b.example"), (Attribute::Active, "true"), (Attribute::LoginType, "sso")]
        {
            wanted.set(attribute, value);
        }
        assert_eq!(read(&body).unwrap().values, wanted);
    }

    #[test]
    fn a_change_holds_what_changes_and_whole_names() {
        let values: Values = [
            (Attribute::UserName, "a@b"),
            (Attribute::GivenName, "A"),
            (Attribute::FamilyName, "B"),
            (Attribute::Title, "Head"),
        ]
        .into_iter()
        .collect();
        assert_eq!(
            change(&values, &[Attribute::GivenName, Attribute::Department]),
            json!({
                "schemas": [CORE, ENTERPRISE],
                "name": {"givenName": "A", "familyName": "B"},
                ENTERPRISE: {"department": ""}
            })
        );
        assert_eq!(change(&values, &[Attribute::Title]), json!({"schemas": [CORE], "title": "Head"}));
        assert_eq!(set_active(false).pointer("/Operations/0/value"), Some(&json!(false)));
    }
}
