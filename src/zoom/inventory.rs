//! The inventory: who has which licence, and whether they use it. Pure: users pass by, sums are left.
//!
//! Each user is seen once though the three sweeps are made one after the other, and somebody may move between them
//! meanwhile: what is remembered of a user is a number of eight bytes. So an account of a hundred thousand takes a few
//! megabytes, and a run that was cut off goes on with [`Seen`] as it was kept.
//!
//! A licence is wasted when it is paid for and its holder is switched off, has never signed in for as long as they have
//! been there, or has not for as many days as the owner says. Whoever was made within those days is left in peace.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::provision::plan::{Seat, SeatState};
use super::users::{Plan, Sweep, User};
use crate::base::Instant;
use crate::base::time::DAY_SECONDS;
use crate::scim;
use crate::scim::attribute::{Attribute, Values};

/// How users are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The present moment of the run.
    pub now: Instant,
    /// After so many days without a sign-in somebody counts as inactive.
    pub days: i64,
    /// Whether those are left out whom an administrator has switched off.
    pub leaves_inactive_out: bool,
}

/// How a user uses Zoom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Use {
    /// They signed in lately.
    Lately,
    /// They have not been there for long.
    New,
    /// They did once.
    LongAgo,
    /// They never did.
    Never,
    /// They cannot: switched off.
    Off,
    /// They have an invitation.
    Invited,
}

impl Use {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lately => "lately",
            Self::New => "new",
            Self::LongAgo => "long_ago",
            Self::Never => "never",
            Self::Off => "off",
            Self::Invited => "invited",
        }
    }

    /// How `user` of `sweep` does.
    #[must_use]
    pub fn of(sweep: Sweep, user: &User, rules: &Rules) -> Self {
        let is_lately = |at: Option<Instant>| at.is_some_and(|at| rules.now.day() - at.day() <= rules.days);
        match sweep {
            Sweep::Pending => Self::Invited,
            Sweep::Inactive => Self::Off,
            Sweep::Active if is_lately(user.last_login_at) => Self::Lately,
            Sweep::Active if is_lately(user.created_at) => Self::New,
            Sweep::Active if user.last_login_at.is_some() => Self::LongAgo,
            Sweep::Active => Self::Never,
        }
    }

    /// Whether a paid licence is wasted by it.
    #[must_use]
    pub const fn wastes(self) -> bool {
        matches!(self, Self::LongAgo | Self::Never | Self::Off)
    }
}

/// Who was counted already.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen(HashSet<u64>);

impl Seen {
    /// How many they are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether they are new here.
    fn is_new(&mut self, user: &User) -> bool {
        let name = user.id.as_deref().unwrap_or(&user.email);
        let digest: [u8; 32] = Sha256::digest(name.as_bytes()).into();
        let number = digest.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        self.0.insert(number)
    }
}

/// The sums.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Users by plan and use: `licensed` → `lately` → 12.
    pub users: BTreeMap<String, BTreeMap<String, u64>>,
    /// Licences that are wasted, by department.
    pub wasted: BTreeMap<String, u64>,
    /// Users who were left out.
    pub left_out: u64,
}

/// More departments than this are counted as one.
const MAX_DEPARTMENTS: usize = 1000;

/// An inventory under way.
#[derive(Debug, Clone)]
pub struct Inventory {
    rules: Rules,
    /// Who was counted.
    pub seen: Seen,
    /// What was counted.
    pub sums: Sums,
}

impl Inventory {
    /// A new one, or one that was cut off.
    #[must_use]
    pub const fn new(rules: Rules, seen: Seen, sums: Sums) -> Self {
        Self { rules, seen, sums }
    }

    /// Counts a user. `None` when they were counted before, or are left out.
    pub fn add(&mut self, sweep: Sweep, user: &User) -> Option<Use> {
        if !self.seen.is_new(user) {
            return None;
        }
        if sweep == Sweep::Inactive && self.rules.leaves_inactive_out {
            self.sums.left_out += 1;
            return None;
        }
        let usage = Use::of(sweep, user, &self.rules);
        let by_use = self.sums.users.entry(user.plan.name().to_owned()).or_default();
        *by_use.entry(usage.name().to_owned()).or_default() += 1;
        if user.plan.is_paid() && usage.wastes() {
            let is_known = self.sums.wasted.contains_key(&user.department);
            let has_room = is_known || self.sums.wasted.len() < MAX_DEPARTMENTS;
            let department = if has_room { user.department.as_str() } else { "…" };
            *self.sums.wasted.entry(department.to_owned()).or_default() += 1;
        }
        Some(usage)
    }
}

impl Sums {
    /// How many users there are, of all plans and uses.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.users.values().flat_map(BTreeMap::values).sum()
    }

    /// How many licences are wasted.
    #[must_use]
    pub fn all_wasted(&self) -> u64 {
        self.wasted.values().sum()
    }
}

/// What was bought of one plan, and what is used of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bought {
    /// Zoom's field: `plan_base`, `plan_webinar`, …
    pub plan: String,
    /// Zoom's name for its kind.
    pub kind: String,
    /// How many were bought.
    pub hosts: u64,
    /// How many are used.
    pub used: u64,
    /// How many are about to be.
    pub pending: u64,
}

/// Reads the plan usage. Its fields grow, so whatever has `hosts` is read, single or in a list.
#[must_use]
pub fn bought(usage: &Value) -> Vec<Bought> {
    let number = |value: &Value, key: &str| value.get(key).and_then(Value::as_u64);
    let mut all = Vec::new();
    for (plan, value) in usage.as_object().into_iter().flatten() {
        let some = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
        for one in some {
            let Some(hosts) = number(one, "hosts") else { continue };
            all.push(Bought {
                plan: plan.clone(),
                kind: one.get("type").and_then(Value::as_str).unwrap_or_default().to_owned(),
                hosts,
                used: number(one, "usage").unwrap_or(0),
                pending: number(one, "pending").unwrap_or(0),
            });
        }
    }
    all
}

/// A Zoom user for the planner: the SCIM list knows ids, names and departments, the sweeps know the pending, licences and
/// roles. `scim` is none for somebody whom SCIM does not list. Where its list has no user types (Zoom is about to leave them
/// out), the licence says what they would be: otherwise each would be sent again and again, to nobody's use.
#[must_use]
pub fn seat(sweep: Sweep, user: &User, scim: Option<scim::user::User>) -> Seat {
    let kind = match user.plan {
        Plan::Licensed => "Licensed",
        Plan::OnPrem => "On-Prem",
        Plan::Basic | Plan::Unassigned | Plan::None => "Basic",
    };
    let from_sweep = || {
        let values: Values = [
            (Attribute::UserName, user.email.as_str()),
            (Attribute::GivenName, user.first_name.as_str()),
            (Attribute::FamilyName, user.last_name.as_str()),
            (Attribute::UserType, kind),
            (Attribute::Department, user.department.as_str()),
        ]
        .into_iter()
        .collect();
        (user.id.clone().unwrap_or_default(), values)
    };
    let (zoom_id, mut values) = scim.map_or_else(from_sweep, |scim| (scim.id, scim.values));
    if values.get(Attribute::UserType).is_none() {
        values.set(Attribute::UserType, kind);
    }
    Seat {
        zoom_id,
        state: match sweep {
            Sweep::Active => SeatState::Active,
            Sweep::Inactive => SeatState::Inactive,
            Sweep::Pending => SeatState::Pending,
        },
        values,
        is_licensed: user.plan == Plan::Licensed,
        is_protected: user.is_protected(),
        is_complete: false,
    }
}

/// The windows of the sign-in report from `from` to `now`: Zoom gives a month at most at once, and six months back.
#[must_use]
pub fn windows(from: Instant, now: Instant) -> Vec<(String, String)> {
    const MONTH: i64 = 30;
    const HALF_YEAR: i64 = 180;
    let date =
        |day: i64| Instant::from_seconds(day * DAY_SECONDS).to_string().chars().take(10).collect::<String>();
    let (mut day, last) = (from.day().max(now.day() - HALF_YEAR), now.day());
    let mut all = Vec::new();
    while day <= last {
        let end = (day + MONTH - 1).min(last);
        all.push((date(day), date(end)));
        day = end + 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// 2026-11-22T12:00:00Z.
    const NOW: Instant = Instant::from_seconds(1_795_348_800);

    fn user(name: &str, plan: Plan, login: Option<i64>, created: i64) -> User {
        let ago = |days: i64| NOW.plus_seconds(-days * DAY_SECONDS);
        User {
            id: Some(format!("z-{name}")),
            email: format!("{name}@x.example"),
            first_name: "A".to_owned(),
            last_name: "B".to_owned(),
            plan,
            bundle: None,
            department: "Arts".to_owned(),
            role_id: None,
            last_login_at: login.map(ago),
            created_at: Some(ago(created)),
        }
    }

    fn inventory(leaves_inactive_out: bool) -> Inventory {
        let rules = Rules { now: NOW, days: 90, leaves_inactive_out };
        Inventory::new(rules, Seen::default(), Sums::default())
    }

    #[test]
    fn each_user_counts_once_and_by_use() {
        let mut inventory = inventory(false);
        for (sweep, user, wanted) in [
            (Sweep::Active, user("a", Plan::Licensed, Some(90), 400), Some(Use::Lately)),
            (Sweep::Active, user("b", Plan::Licensed, Some(91), 400), Some(Use::LongAgo)),
            (Sweep::Active, user("c", Plan::Licensed, None, 400), Some(Use::Never)),
            (Sweep::Active, user("d", Plan::Licensed, None, 3), Some(Use::New)),
            (Sweep::Active, user("e", Plan::Basic, None, 400), Some(Use::Never)),
            (Sweep::Inactive, user("f", Plan::Licensed, Some(1), 400), Some(Use::Off)),
            // Switched off between the sweeps.
            (Sweep::Inactive, user("a", Plan::Licensed, Some(90), 400), None),
            (Sweep::Pending, User { id: None, ..user("g", Plan::None, None, 0) }, Some(Use::Invited)),
            (Sweep::Pending, User { id: None, ..user("g", Plan::None, None, 0) }, None),
        ] {
            assert_eq!(inventory.add(sweep, &user), wanted, "{}", user.email);
        }
        assert_eq!((inventory.sums.all(), inventory.sums.all_wasted()), (7, 3));
        assert_eq!(inventory.sums.users["licensed"]["lately"], 1);
        assert_eq!(inventory.sums.wasted["Arts"], 3);
    }

    #[test]
    fn a_run_that_was_cut_off_goes_on() {
        let mut first = inventory(true);
        first.add(Sweep::Active, &user("a", Plan::Licensed, None, 400));
        first.add(Sweep::Inactive, &user("f", Plan::Licensed, None, 400));
        let kept = serde_json::to_string(&(&first.seen, &first.sums)).unwrap();
        let (seen, sums): (Seen, Sums) = serde_json::from_str(&kept).unwrap();
        let mut second = Inventory::new(first.rules, seen, sums);
        assert_eq!(second.add(Sweep::Active, &user("a", Plan::Licensed, None, 400)), None);
        assert!(second.add(Sweep::Active, &user("b", Plan::Basic, None, 400)).is_some());
        assert_eq!((second.sums.all(), second.sums.left_out, second.sums.all_wasted()), (2, 1, 1));
    }

    #[test]
    fn departments_without_end_are_counted_as_one() {
        let mut inventory = inventory(false);
        for number in 0..MAX_DEPARTMENTS + 5 {
            let one = user(&number.to_string(), Plan::Licensed, None, 400);
            inventory.add(Sweep::Active, &User { department: number.to_string(), ..one });
        }
        assert_eq!((inventory.sums.wasted.len(), inventory.sums.wasted["…"]), (MAX_DEPARTMENTS + 1, 5));
    }

    #[test]
    fn what_was_bought_is_read_whatever_it_is_called() {
        let usage = json!({
            "plan_base": {"type": "edu", "hosts": 30, "usage": 10, "pending": 1},
            "plan_webinar": [{"type": "webinar500", "hosts": 2}],
            "plan_of_tomorrow": [{"hosts": 1, "usage": 1}],
            "plan_recording": {"type": "cmr", "free_storage": "1 GB"},
        });
        let all = bought(&usage);
        assert_eq!(all.len(), 3);
        let base = all.iter().find(|bought| bought.plan == "plan_base").unwrap();
        assert_eq!((base.hosts, base.used, base.pending, base.kind.as_str()), (30, 10, 1, "edu"));
        assert!(bought(&json!([])).is_empty());
    }

    #[test]
    fn reports_are_asked_for_in_windows_that_are_given() {
        assert_eq!(windows(NOW, NOW), [("2026-11-22".to_owned(), "2026-11-22".to_owned())]);
        let long = windows(NOW.plus_seconds(-400 * DAY_SECONDS), NOW);
        assert_eq!((long.len(), long.first().map(|window| window.0.as_str())), (7, Some("2026-05-26")));
        assert_eq!(long.last().map(|window| window.1.as_str()), Some("2026-11-22"));
        for pair in long.windows(2) {
            assert!(pair[0].1 < pair[1].0, "{pair:?}");
        }
    }

    #[test]
    fn a_seat_is_made_of_both_lists() {
        let listed =
            scim::user::read(&json!({"id": "k&1", "userName": "a@x.example", "title": "T"})).unwrap();
        let both = seat(Sweep::Active, &user("a", Plan::Licensed, None, 1), Some(listed));
        assert_eq!((both.zoom_id.as_str(), both.is_licensed, both.state), ("k&1", true, SeatState::Active));
        assert_eq!(both.values.get(Attribute::UserType), Some("Licensed"), "SCIM's list has none");
        let told = json!({"id": "k&2", "userName": "b@x.example", "userType": "Basic"});
        let told = scim::user::read(&told).unwrap();
        let told = seat(Sweep::Active, &user("b", Plan::Licensed, None, 1), Some(told));
        assert_eq!(told.values.get(Attribute::UserType), Some("Basic"), "what SCIM says goes before");
        let pending = User { id: None, role_id: Some("1".to_owned()), ..user("p", Plan::Basic, None, 1) };
        let alone = seat(Sweep::Pending, &pending, None);
        assert_eq!((alone.zoom_id.as_str(), alone.is_protected, alone.state), ("", true, SeatState::Pending));
        assert_eq!(alone.values.get(Attribute::UserName), Some("p@x.example"));
    }
}
