//! What becomes of a statement about somebody: the user that they are, a new one, or nobody.

use serde::{Deserialize, Serialize};

/// Whether a connection makes users at their first sign-in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provisioning {
    /// Yes.
    #[default]
    Create,
    /// No: they must be known.
    MatchOnly,
}

/// The user behind a known identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known<U> {
    /// Who.
    pub user: U,
    /// Whether an administrator has shut them out.
    pub is_disabled: bool,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision<U> {
    /// Sign them in and bring their profile up to date.
    Update(U),
    /// Make a user, then sign them in.
    Create,
    /// Nobody signs in.
    Deny,
}

/// Decides from the identity that was found, if any.
pub fn decide<U>(known: Option<Known<U>>, provisioning: Provisioning) -> Decision<U> {
    match (known, provisioning) {
        (Some(Known { is_disabled: true, .. }), _) | (None, Provisioning::MatchOnly) => Decision::Deny,
        (Some(Known { user, is_disabled: false }), _) => Decision::Update(user),
        (None, Provisioning::Create) => Decision::Create,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_decided() {
        let known = |is_disabled| Some(Known { user: 7, is_disabled });
        for provisioning in [Provisioning::Create, Provisioning::MatchOnly] {
            assert_eq!(decide(known(false), provisioning), Decision::Update(7));
            assert_eq!(decide(known(true), provisioning), Decision::Deny);
        }
        assert_eq!(decide(None::<Known<i32>>, Provisioning::Create), Decision::Create);
        assert_eq!(decide(None::<Known<i32>>, Provisioning::MatchOnly), Decision::Deny);
    }
}
