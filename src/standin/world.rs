//! The Zoom account: who is in it. The same seed gives the same people; a hundred thousand of them are some megabytes.

use std::collections::BTreeMap;

use crate::base::time::DAY_SECONDS;
use crate::base::{Instant, Rng};

/// How a user stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// They can sign in.
    Active,
    /// They are switched off.
    Inactive,
    /// They have an invitation.
    Pending,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The id; may hold `&`, `_`, `-`.
    pub id: String,
    /// How they stand.
    pub state: State,
    /// Address, and SCIM user name.
    pub email: String,
    /// First name.
    pub given: String,
    /// Last name.
    pub family: String,
    /// Basic or Licensed.
    pub kind: &'static str,
    /// 0 owner, 1 admin, 2 member.
    pub role: &'static str,
    /// Department, title, telephone, locale, organization, cost center: by SCIM name.
    pub more: BTreeMap<&'static str, String>,
    /// When they last signed in.
    pub last_login: Option<Instant>,
    /// When they were made.
    pub created: Instant,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// Members' ids.
    pub members: Vec<String>,
}

/// All of it.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Users by a number that grows: lists keep that order.
    pub users: BTreeMap<u64, User>,
    by_id: BTreeMap<String, u64>,
    by_email: BTreeMap<String, u64>,
    /// Groups, in the order in which they were made.
    pub groups: Vec<Group>,
    next: u64,
}

const GIVEN: &[&str] = &["Ana", "Björn", "Chen", "Dana", "Emre", "Fatima", "Goran", "Hana", "Idris", "Jo"];
const FAMILY: &[&str] =
    &["Adams", "Baker", "Castillo", "Dubois", "Evans", "Fischer", "Ghosh", "Hart", "Ito", "Jansen"];
const DEPARTMENTS: &[&str] = &["Mathematics", "Science", "Languages", "Arts", "Administration"];
/// Of so many users that are made in a second, each gets an id that no later stand-in gives to somebody else.
const MOST_A_SECOND: u64 = 1000;
/// The domain that the account has associated: users of others are pending until they accept.
pub const DOMAIN: &str = "district.example";

fn pick<T: Copy + Default>(from: &[T], number: u64) -> T {
    let length = u64::try_from(from.len()).unwrap_or(1).max(1);
    usize::try_from(number % length).ok().and_then(|place| from.get(place)).copied().unwrap_or_default()
}

impl World {
    /// An account of `count` users.
    #[must_use]
    pub fn new(seed: u64, count: u32, now: Instant) -> Self {
        let rng = Rng::seeded(seed);
        let mut world = Self::default();
        for number in 0..count {
            let drawn = u64::from_be_bytes(rng.bytes());
            let (given, family) = (pick(GIVEN, drawn), pick(FAMILY, drawn >> 8));
            let state = match (number, drawn >> 16 & 63) {
                (0..3, _) => State::Active,
                (_, 0..2) => State::Inactive,
                (_, 2) => State::Pending,
                _ => State::Active,
            };
            let days = i64::try_from(drawn >> 24 & 511).unwrap_or(0);
            let has_come = state != State::Pending && drawn >> 40 & 15 != 0;
            let email = format!("{}.{}{number}@{DOMAIN}", given.to_lowercase(), family.to_lowercase());
            world.add(User {
                id: String::new(),
                state,
                email: email.replace('ö', "oe"),
                given: given.to_owned(),
                family: family.to_owned(),
                kind: if (drawn >> 48).is_multiple_of(4) { "Basic" } else { "Licensed" },
                role: match number {
                    0 => "0",
                    1 | 2 => "1",
                    _ => "2",
                },
                more: BTreeMap::from([("department", pick(DEPARTMENTS, drawn >> 52).to_owned())]),
                last_login: has_come.then(|| now.plus_seconds(-days * DAY_SECONDS)),
                created: now.plus_seconds(-(days + 30) * DAY_SECONDS),
            });
        }
        // Whoever is made from here on is nobody whom an earlier stand-in made, which a gateway may still know by an id.
        world.next = world.next.max(u64::try_from(now.seconds()).unwrap_or(0).saturating_mul(MOST_A_SECOND));
        world
    }

    /// Adds a user, under an id of its own.
    pub fn add(&mut self, mut user: User) -> u64 {
        self.next += 1;
        let number = self.next;
        // As Zoom's: base64 of some bytes, among them characters that a path must not hold as they are.
        user.id =
            format!("k&{}_{number}-Z", crate::base::encoding::base64url(&(number * 7919).to_be_bytes()));
        self.by_id.insert(user.id.clone(), number);
        self.by_email.insert(user.email.to_lowercase(), number);
        self.users.insert(number, user);
        number
    }

    /// The user of that id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&User> {
        self.users.get(self.by_id.get(id)?)
    }

    /// The same, to change.
    pub fn find_mut(&mut self, id: &str) -> Option<&mut User> {
        self.users.get_mut(self.by_id.get(id)?)
    }

    /// The user of that address.
    #[must_use]
    pub fn by_email(&self, email: &str) -> Option<&User> {
        self.users.get(self.by_email.get(&email.to_lowercase())?)
    }

    /// Whoever has an invitation accepts it, under the id that they were made with; how many did.
    pub fn accept_all(&mut self) -> usize {
        let mut accepted = 0;
        for user in self.users.values_mut().filter(|user| user.state == State::Pending) {
            user.state = State::Active;
            accepted += 1;
        }
        accepted
    }

    /// Takes a user away.
    pub fn remove(&mut self, id: &str) -> Option<User> {
        let number = self.by_id.remove(id)?;
        let user = self.users.remove(&number)?;
        self.by_email.remove(&user.email.to_lowercase());
        for group in &mut self.groups {
            group.members.retain(|member| member != id);
        }
        Some(user)
    }
}
