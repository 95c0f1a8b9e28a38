//! Users as the REST API lists them: one sweep for each status, page by page.

use serde::Deserialize;
use serde_json::Value;

use crate::base::Instant;

/// One of the three sweeps that make up "all users".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sweep {
    /// Who can sign in.
    Active,
    /// Who was switched off.
    Inactive,
    /// Who has an invitation. They have no id, and the time of the call for the time when they were made.
    Pending,
}

impl Sweep {
    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::Active, Self::Inactive, Self::Pending];

    /// As it stands in the query.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Pending => "pending",
        }
    }
}

/// The kind of licence that every user has one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plan {
    /// 1.
    Basic,
    /// 2: a paid one.
    Licensed,
    /// 3: a paid one of the past.
    OnPrem,
    /// 4: none assigned.
    Unassigned,
    /// 99, or whatever else comes.
    None,
}

impl Plan {
    /// All of them, in the order to show.
    pub const ALL: [Self; 5] = [Self::Licensed, Self::OnPrem, Self::Basic, Self::Unassigned, Self::None];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Licensed => "licensed",
            Self::OnPrem => "on_prem",
            Self::Unassigned => "unassigned",
            Self::None => "none",
        }
    }

    /// Whether it costs.
    #[must_use]
    pub const fn is_paid(self) -> bool {
        matches!(self, Self::Licensed | Self::OnPrem)
    }

    const fn of(number: i64) -> Self {
        match number {
            1 => Self::Basic,
            2 => Self::Licensed,
            3 => Self::OnPrem,
            4 => Self::Unassigned,
            _ => Self::None,
        }
    }
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id; none for those who are pending.
    pub id: Option<String>,
    /// Their address, in small letters.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Their licence.
    pub plan: Plan,
    /// The bundle that the licence belongs to: Zoom's number for it, as [`bundle_name`] reads it.
    pub bundle: Option<String>,
    /// Department.
    pub department: String,
    /// Their role's id in the account: 0 the owner, 1 an administrator, 2 a member; others are of its own making.
    pub role_id: Option<String>,
    /// When they last signed in. Zoom may be some days late with it.
    pub last_login_at: Option<Instant>,
    /// When their account was made.
    pub created_at: Option<Instant>,
}

impl User {
    /// Whether they own or administer the Zoom account, which SCIM cannot take from them.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        matches!(self.role_id.as_deref(), Some("0" | "1"))
    }
}

/// A page of a sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The users on it.
    pub users: Vec<User>,
    /// Where the next begins; good for fifteen minutes. None: it was the last.
    pub next: Option<String>,
    /// How many there are in the sweep, as Zoom says.
    pub total: Option<u64>,
}

#[derive(Deserialize)]
struct ListBody {
    #[serde(default)]
    users: Vec<UserBody>,
    #[serde(default)]
    next_page_token: Option<String>,
    #[serde(default)]
    total_records: Option<u64>,
}

#[derive(Deserialize)]
struct UserBody {
    #[serde(default)]
    id: Option<String>,
    email: String,
    #[serde(default, rename = "type")]
    kind: i64,
    #[serde(default)]
    first_name: Option<String>,
    #[serde(default)]
    last_name: Option<String>,
    #[serde(default)]
    dept: Option<String>,
    #[serde(default)]
    role_id: Option<String>,
    #[serde(default)]
    plan_united_type: Value,
    #[serde(default)]
    zoom_one_type: Value,
    #[serde(default)]
    last_login_time: Option<String>,
    #[serde(default)]
    user_created_at: Option<String>,
    #[serde(default)]
    created_at: Option<String>,
}

/// Before the number of a bundle of Zoom One's, whose numbers mean other bundles than those of Zoom United.
const ONE: &str = "zoom_one:";

/// What a bundle is called, by its number. The regions for which each is sold have numbers of their own and make no
/// difference here; a number that is not known has no name.
#[must_use]
pub fn bundle_name(number: &str) -> Option<&'static str> {
    if let Some(one) = number.strip_prefix(ONE) {
        return match one.parse::<u32>().ok()? {
            4 => Some("Zoom One Enterprise"),
            8 => Some("Zoom One Enterprise Plus"),
            16 | 32 | 64 | 128 => Some("Zoom One Business Plus"),
            _ => None,
        };
    }
    match number.parse::<u32>().ok()? {
        1 | 2 | 4 | 8 | 16 | 32_768 => Some("Zoom United Pro"),
        32 | 64 | 128 | 256 | 512 | 65_536 => Some("Zoom United Business"),
        1024 | 2048 | 4096 | 8192 | 16_384 | 131_072 => Some("Zoom United Enterprise"),
        _ => None,
    }
}

/// The number of a bundle: a text that holds one, or a number; 0 is none.
fn bundle(value: &Value) -> Option<String> {
    let text =
        value.as_str().map(str::to_owned).or_else(|| value.as_u64().map(|number| number.to_string()))?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty() && text != "0")
}

/// Reads a page of `sweep`; `None` when it is none.
#[must_use]
pub fn read(sweep: Sweep, body: &[u8]) -> Option<Page> {
    let list: ListBody = serde_json::from_slice(body).ok()?;
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    let moment = |text: Option<String>| Instant::parse(&text?).ok();
    let user = |user: UserBody| {
        let is_pending = sweep == Sweep::Pending;
        // `created_at` is when the latest way of signing in was made, and for the pending the time of the call.
        let created = some(user.user_created_at).or_else(|| user.created_at.filter(|_| !is_pending));
        User {
            id: some(user.id),
            email: user.email.to_lowercase(),
            first_name: user.first_name.unwrap_or_default(),
            last_name: user.last_name.unwrap_or_default(),
            plan: Plan::of(user.kind),
            bundle: bundle(&user.plan_united_type)
                .or_else(|| Some(format!("{ONE}{}", bundle(&user.zoom_one_type)?))),
            department: user.dept.unwrap_or_default(),
            role_id: some(user.role_id),
            last_login_at: moment(user.last_login_time).filter(|_| !is_pending),
            created_at: moment(created),
        }
    };
    let users = list.users.into_iter().map(user).collect();
    Some(Page { users, next: some(list.next_page_token), total: list.total_records })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"next_page_token":"t","page_size":300,"total_records":2,"users":[
        {"id":"z1","email":"Jo@X.example","type":2,"first_name":"Jo","dept":"","role_id":"1","plan_united_type":"1024",
         "last_login_time":"2026-10-01T08:00:00Z","created_at":"2026-01-01T00:00:00Z","user_created_at":"2020-01-01T00:00:00Z","pmi":1},
        {"email":"new@x.example","type":99,"created_at":"2026-11-22T12:00:00Z"}]}"#;

    #[test]
    fn a_page_is_read() {
        let page = read(Sweep::Active, BODY.as_bytes()).unwrap();
        assert_eq!((page.next.as_deref(), page.total, page.users.len()), (Some("t"), Some(2), 2));
        let jo = &page.users[0];
        assert_eq!((jo.email.as_str(), jo.plan, jo.is_protected()), ("jo@x.example", Plan::Licensed, true));
        assert_eq!(jo.created_at.map(Instant::seconds), Some(1_577_836_800));
        assert_eq!(jo.last_login_at.map(Instant::seconds), Some(1_790_841_600));
        assert_eq!((page.users[1].plan, page.users[1].id.as_deref()), (Plan::None, None));
    }

    #[test]
    fn a_bundle_is_read_in_either_form_and_has_a_name() {
        let of = |fields: &str| {
            let body = format!(r#"{{"users":[{{"email":"a@x.example","type":2{fields}}}]}}"#);
            read(Sweep::Active, body.as_bytes()).unwrap().users[0].bundle.clone()
        };
        for (fields, number, name) in [
            (r#","plan_united_type":"1024""#, Some("1024"), Some("Zoom United Enterprise")),
            (r#","plan_united_type":64"#, Some("64"), Some("Zoom United Business")),
            (r#","plan_united_type":32768"#, Some("32768"), Some("Zoom United Pro")),
            (r#","zoom_one_type":"64""#, Some("zoom_one:64"), Some("Zoom One Business Plus")),
            (r#","zoom_one_type":8"#, Some("zoom_one:8"), Some("Zoom One Enterprise Plus")),
            (r#","plan_united_type":"","zoom_one_type":0"#, None, None),
            (r#","plan_united_type":"7""#, Some("7"), None),
            (r#","plan_united_type":true"#, None, None),
            ("", None, None),
        ] {
            let bundle = of(fields);
            assert_eq!(bundle.as_deref(), number, "{fields}");
            assert_eq!(bundle.as_deref().and_then(bundle_name), name, "{fields}");
        }
    }

    #[test]
    fn the_pending_have_no_times() {
        let page = read(Sweep::Pending, BODY.as_bytes()).unwrap();
        assert_eq!((page.users[1].created_at, page.users[0].last_login_at), (None, None));
        let last = read(Sweep::Active, br#"{"next_page_token":"","users":[]}"#).unwrap();
        assert_eq!((last.next, last.users.len()), (None, 0));
        for none in ["", "[1]", r#"{"users":[{"type":1}]}"#] {
            assert_eq!(read(Sweep::Active, none.as_bytes()), None, "{none}");
        }
    }
}
