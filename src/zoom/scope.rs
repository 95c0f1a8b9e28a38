//! Scopes: what a token may do, against what we want to do with it.
//!
//! An app made before about April 2024 has classic scopes (`user:read:admin`), a newer one granular ones
//! (`user:read:list_users:admin`), and a wider scope includes a narrower. So a need is met by any of several scopes, and
//! the guide names one of either kind to tick.
//!
//! To add a capability or a call: a line in [`Capability::needs`].

use std::collections::BTreeSet;

/// What an owner switches on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// Events of meetings and recordings, and reading what they are about.
    Events,
    /// Creating, changing and disabling users by SCIM2.
    Provisioning,
    /// Who has which licence, and uses it.
    Inventory,
}

/// One thing that a capability does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// The stable name of what is done.
    pub name: &'static str,
    /// To tick in an app that has classic scopes.
    pub classic: &'static str,
    /// To tick in one that has granular scopes.
    pub granular: &'static str,
    /// Others that do as well.
    pub also: &'static [&'static str],
    /// Whether the capability works, less well, without it.
    pub is_optional: bool,
}

const READ_USERS: Need = Need {
    name: "list_users",
    classic: "user:read:admin",
    granular: "user:read:list_users:admin",
    also: &["user:write:admin", "user:master", "user:read:list_users:master"],
    is_optional: false,
};

/// For those who choose to delete: disabling goes by SCIM.
pub const DELETE_USERS: Need = Need {
    name: "delete_users",
    classic: "user:write:admin",
    granular: "user:delete:user:admin",
    also: &["user:master", "user:delete:user:master"],
    is_optional: true,
};

/// What Zoom's page of event subscriptions asks for, by what the events are about, and what reading that needs.
const EVENTS: &[Need] = &[
    Need {
        name: "read_meetings",
        classic: "meeting:read:admin",
        granular: "meeting:read:meeting:admin",
        also: &["meeting:write:admin", "meeting:master", "meeting:read:meeting:master"],
        is_optional: false,
    },
    // Whoever leaves these two out hears of meetings, and not of who is in them.
    Need {
        name: "read_participants",
        classic: "meeting:read:admin",
        granular: "meeting:read:participant:admin",
        also: &["meeting:write:admin", "meeting:master", "meeting:read:participant:master"],
        is_optional: true,
    },
    Need {
        name: "read_registrants",
        classic: "meeting:read:admin",
        granular: "meeting:read:registrant:admin",
        also: &["meeting:write:admin", "meeting:master", "meeting:read:registrant:master"],
        is_optional: true,
    },
    Need {
        name: "read_recordings",
        classic: "recording:read:admin",
        granular: "cloud_recording:read:recording:admin",
        also: &[
            "recording:write:admin",
            "recording:master",
            "cloud_recording:read:recording:master",
            "cloud_recording:read:list_recording_files:admin",
            "cloud_recording:read:list_recording_files:master",
        ],
        is_optional: false,
    },
];

const PROVISIONING: &[Need] = &[
    Need {
        name: "scim",
        classic: "scim2",
        granular: "scim2:admin",
        also: &["scim2:master"],
        is_optional: false,
    },
    READ_USERS,
    DELETE_USERS,
];

const INVENTORY: &[Need] = &[
    READ_USERS,
    Need {
        name: "plan_usage",
        classic: "account:read:admin",
        granular: "billing:read:plan_usage:admin",
        also: &["account:write:admin", "account:master", "billing:master", "billing:read:plan_usage:master"],
        is_optional: true,
    },
    Need {
        name: "activity_report",
        classic: "report:read:admin",
        granular: "report:read:user_activities:admin",
        also: &["report:master", "report:read:user_activities:master"],
        is_optional: true,
    },
];

/// Whose an authorisation is: asked once, when somebody has authorised an app. Without it everything works but that events
/// of the platform's app find their account.
pub const WHOSE: Need = Need {
    name: "whose",
    classic: "user:read:admin",
    granular: "user:read:user:admin",
    also: &["user:write:admin", "user:master", "user:read:user:master"],
    is_optional: true,
};

impl Capability {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Events, Self::Provisioning, Self::Inventory];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Provisioning => "provisioning",
            Self::Inventory => "inventory",
        }
    }

    /// The capability of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|capability| capability.name() == name)
    }

    /// What it does.
    #[must_use]
    pub const fn needs(self) -> &'static [Need] {
        match self {
            Self::Events => EVENTS,
            Self::Provisioning => PROVISIONING,
            Self::Inventory => INVENTORY,
        }
    }
}

impl Need {
    /// Whether one of the granted scopes is enough.
    #[must_use]
    pub fn is_met(&self, granted: &Scopes) -> bool {
        [self.classic, self.granular].iter().chain(self.also).any(|scope| granted.has(scope))
    }
}

/// The scopes of a token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes(BTreeSet<String>);

impl Scopes {
    /// Reads the list as it stands in a token's answer.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(text.split([' ', ',']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect())
    }

    /// Whether this very scope is granted.
    #[must_use]
    pub fn has(&self, scope: &str) -> bool {
        self.0.contains(scope)
    }

    /// Whether the answer named none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Which kind of scopes the app has; `None` when nothing tells. The guide names the right one to add.
    #[must_use]
    pub fn is_granular(&self) -> Option<bool> {
        // `resource:action[:admin]` has at most three parts; with a claim in between, and without a level at its end,
        // there are three as well, so only what names a level is a witness.
        let mut witnesses = self.0.iter().filter_map(|scope| {
            // The one granular scope without a claim; in an app of classic ones it is `scim2`.
            if scope.starts_with("scim2:") {
                return Some(3);
            }
            let parts: Vec<_> = scope.split(':').collect();
            let (level, rest) = parts.split_last()?;
            matches!(*level, "admin" | "master").then_some(rest.len())
        });
        let first = witnesses.next()?;
        Some(first > 2 || witnesses.any(|parts| parts > 2))
    }
}

/// What is to be done, and whether it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// For what.
    pub capability: Capability,
    /// What is done.
    pub need: &'static Need,
    /// Whether a granted scope is enough.
    pub is_met: bool,
}

/// Every need of `wanted`, with whether `granted` meets it.
#[must_use]
pub fn compare(granted: &Scopes, wanted: &[Capability]) -> Vec<Verdict> {
    let needs = |capability: Capability| capability.needs().iter().map(move |need| (capability, need));
    wanted
        .iter()
        .flat_map(|capability| needs(*capability))
        .map(|(capability, need)| Verdict { capability, need, is_met: need.is_met(granted) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(granted: &str) -> Vec<&'static str> {
        let verdicts = compare(&Scopes::parse(granted), &Capability::ALL);
        verdicts.iter().filter(|verdict| !verdict.is_met).map(|verdict| verdict.need.name).collect()
    }

    #[test]
    fn either_kind_of_scopes_is_enough() {
        let of = |kind: fn(&Need) -> &'static str| {
            let needs = Capability::ALL.into_iter().flat_map(Capability::needs);
            needs.map(kind).collect::<Vec<_>>().join(" ")
        };
        assert!(missing(&of(|need| need.classic)).is_empty());
        assert!(missing(&of(|need| need.granular)).is_empty());
        assert!(
            missing("user:master meeting:master recording:master scim2 account:master report:master")
                .is_empty()
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(missing("user:read:admin meeting:read:admin report:read:admin").len(), 4);
        assert_eq!(
            missing("user:read:admin scim2 meeting:read:admin recording:read:admin"),
            ["delete_users", "plan_usage", "activity_report"]
        );
        // A part of a name, or a narrower level, is another scope.
        assert!(missing("user:read user:read:admins scim").contains(&"list_users"));
        assert!(missing("").len() == compare(&Scopes::default(), &Capability::ALL).len());
    }

    #[test]
    fn meetings_and_recordings_are_enough_for_events_by_either_name() {
        for recordings in
            ["cloud_recording:read:recording:admin", "cloud_recording:read:list_recording_files:admin"]
        {
            let granted = Scopes::parse(&format!("meeting:read:meeting:admin {recordings}"));
            let verdicts = compare(&granted, &[Capability::Events]);
            let unmet: Vec<_> = verdicts.iter().filter(|verdict| !verdict.is_met).collect();
            let names: Vec<_> = unmet.iter().map(|verdict| verdict.need.name).collect();
            assert_eq!(names, ["read_participants", "read_registrants"], "{recordings}");
            assert!(unmet.iter().all(|verdict| verdict.need.is_optional), "{recordings}");
        }
    }

    #[test]
    fn the_kind_of_an_app_is_known_by_its_scopes() {
        for (text, wanted) in [
            ("user:read:admin scim2", Some(false)),
            ("user:read:list_users:admin", Some(true)),
            ("user:read:admin user:read:list_users:admin", Some(true)),
            ("scim2", None),
            ("scim2:admin", Some(true)),
            ("", None),
        ] {
            assert_eq!(Scopes::parse(text).is_granular(), wanted, "{text}");
        }
        for capability in Capability::ALL {
            assert_eq!(Capability::from_name(capability.name()), Some(capability));
        }
    }
}
