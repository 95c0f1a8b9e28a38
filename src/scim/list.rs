//! List answers, and how one gets through them.

use serde_json::Value;

use super::ScimError;
use super::path::segment;
use super::user::find;

/// One page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// How many there are in all, as the server says.
    pub total: u64,
    /// What stands on this page.
    pub resources: Vec<Value>,
}

/// Reads a list answer (RFC 7644 3.4.2).
///
/// # Errors
/// [`ScimError::Form`].
pub fn read(value: Value) -> Result<Page, ScimError> {
    let Value::Object(mut object) = value else { return Err(ScimError::Form("list")) };
    let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    let total = find(&object, "totalResults").and_then(number).ok_or(ScimError::Form("list"))?;
    let resources = match object.remove("Resources") {
        Some(Value::Array(resources)) => resources,
        None | Some(Value::Null) => Vec::new(),
        Some(_) => return Err(ScimError::Form("list")),
    };
    Ok(Page { total, resources })
}

/// Where a walk through a list is. `startIndex` counts from one (RFC 7644 3.4.2.4) and goes on by what came, not by what
/// was asked for: a server may give fewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Walk {
    next: u64,
    total: Option<u64>,
    is_over: bool,
}

impl Default for Walk {
    fn default() -> Self {
        Self { next: 1, total: None, is_over: false }
    }
}

impl Walk {
    /// The query of the next page, if there is one.
    #[must_use]
    pub fn query(&self, count: u32) -> Option<String> {
        (!self.is_over).then(|| format!("startIndex={}&count={count}", self.next))
    }

    /// A page has come.
    pub fn came(&mut self, page: &Page) {
        let came = u64::try_from(page.resources.len()).unwrap_or(u64::MAX);
        self.next = self.next.saturating_add(came);
        self.total = Some(page.total);
        self.is_over = came == 0 || self.next > page.total;
    }

    /// Whether fewer came than the server says there are: nobody may be called missing on the strength of this list.
    #[must_use]
    pub fn is_short(&self) -> bool {
        !self.is_over || self.total.is_none_or(|total| self.next <= total)
    }
}

/// The query for the user of that name. Nothing but this and `externalId` is documented by Zoom.
#[must_use]
pub fn by_user_name(name: &str) -> String {
    format!("filter={}", segment(&format!("userName eq {}", Value::from(name))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn page(total: u64, count: usize) -> Page {
        Page { total, resources: vec![json!({}); count] }
    }

    #[test]
    fn a_walk_goes_on_by_what_came() {
        let mut walk = Walk::default();
        let mut queries = Vec::new();
        for count in [100, 50, 100] {
            queries.push(walk.query(100).unwrap());
            walk.came(&page(250, count));
        }
        assert_eq!(
            queries,
            ["startIndex=1&count=100", "startIndex=101&count=100", "startIndex=151&count=100"]
        );
        assert_eq!((walk.query(100), walk.is_short()), (None, false));
    }

    #[test]
    fn a_list_that_ends_early_is_short() {
        let mut walk = Walk::default();
        assert!(walk.is_short());
        walk.came(&page(250, 100));
        walk.came(&page(250, 0));
        assert_eq!((walk.query(100), walk.is_short()), (None, true));
        let mut none = Walk::default();
        none.came(&page(0, 0));
        assert_eq!((none.query(100), none.is_short()), (None, false));
    }

    #[test]
    fn lists_are_read_in_their_variants() {
        assert_eq!(read(json!({"totalResults": "1", "Resources": [{}]})), Ok(page(1, 1)));
        assert_eq!(read(json!({"totalResults": 0})), Ok(page(0, 0)));
        for bad in
            [json!([]), json!({}), json!({"totalResults": -1}), json!({"totalResults": 1, "Resources": {}})]
        {
            assert_eq!(read(bad), Err(ScimError::Form("list")));
        }
    }

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        assert_eq!(by_user_name("a+b@c.example"), "filter=userName%20eq%20%22a%2Bb%40c.example%22");
        assert_eq!(by_user_name("\" or x"), "filter=userName%20eq%20%22%5C%22%20or%20x%22");
    }
}
