//! What becomes of a statement about somebody: the user that they are, a new one, or nobody.
//!
//! # Design
//!
//! A person is known by their identity: (connection, subject source, value). Only when nobody has it, the platform's own
//! id for them is looked at, where the mapping has a rule for it, and then a verified email address, where the
//! connection allows it. Whatever these say about one another must fit: an identity that leads to one user and an
//! external id that leads to another is how a mailbox, or an account at the identity provider, that was given to a new
//! person shows. That is refused and explained, never decided by guessing.
//!
//! *Whose word it is*: an external id or an address that somebody entered leads to people whom nothing leads to yet, as
//! lists of them are imported before they come. It leads to nobody who signs in already: whoever administers people could
//! enter the id of somebody who has not come yet for themselves, and would be who that becomes. Nor does it lead to an owner
//! whom nothing leads to yet: whoever entered their own id of somebody would be an owner once that is one. And it does not
//! keep an owner out whom the connection knows: it gives way.

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

impl Provisioning {
    /// The name in settings and forms.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::MatchOnly => "match_only",
        }
    }
}

/// A user that something of the statement leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known<U> {
    /// Who.
    pub user: U,
    /// Whether an administrator has shut them out.
    pub is_disabled: bool,
    /// The platform's own id for them.
    pub external_id: Option<String>,
    /// By which identities they sign in.
    pub identities: Identities,
    /// Whether what leads to them here is the word of nobody but whoever administers people.
    pub is_entered: bool,
    /// Whether they are an owner.
    pub owner: Owner,
}

/// By which identities somebody signs in; those of connections that were retired count no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identities {
    /// By none so far.
    None,
    /// By some.
    Some,
    /// By some, of which another is of the same connection and source.
    OfSameSource,
}

/// Whether somebody is an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// No.
    No,
    /// Yes.
    Yes,
    /// Yes, and this connection may make nobody one.
    OutOfReach,
}

/// Whom the statement leads to, by each way; what was not looked for is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<U> {
    /// By their identity.
    pub by_identity: Option<Known<U>>,
    /// By the external id that the statement gives.
    pub by_external_id: Option<Known<U>>,
    /// By a verified address, where that is allowed; two are enough to know that it is not one person's.
    pub by_email: Vec<Known<U>>,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision<U> {
    /// Sign them in.
    SignIn(U),
    /// Sign the first in. The external id is theirs from now on, and the second's no more.
    SignInInstead(U, U),
    /// Tie the identity to them, then sign them in.
    Link(U),
    /// Make a user, then sign them in.
    Create,
}

/// Why nobody signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial<U> {
    /// Nobody is known by this, and the connection makes nobody.
    Unknown,
    /// They were shut out.
    Disabled(U),
    /// Several people have this address.
    SeveralByEmail,
    /// The identity is of the first, and the external id of the second.
    ExternalIdOfAnother(U, U),
    /// The identity is of somebody with another external id than the one given.
    ExternalIdDiffers(U),
    /// The external id leads to them on the word of whoever entered it, but they sign in already, or are an owner.
    ExternalIdEntered(U),
    /// Their address leads to them, but another identity of this connection does already.
    EmailOfAnother(U),
    /// Their address leads to them on the word of whoever entered it, but they sign in already, or are an owner.
    EmailEntered(U),
    /// They are an owner. Whoever is taken for one becomes one, and this connection may make nobody that.
    Owner(U),
}

/// Decides by what was found; `external_id` is what the statement gives, if anything.
///
/// # Errors
/// [`Denial`] says why nobody signs in.
pub fn decide<U: Copy + PartialEq>(
    found: &Found<U>,
    external_id: Option<&str>,
    provisioning: Provisioning,
) -> Result<Decision<U>, Denial<U>> {
    let may = |known: &Known<U>, decision: fn(U) -> Decision<U>| match decision(known.user) {
        _ if known.is_disabled => Err(Denial::Disabled(known.user)),
        Decision::Link(_) if known.owner == Owner::OutOfReach => Err(Denial::Owner(known.user)),
        decision => Ok(decision),
    };
    let is_only_entered = |known: &Known<U>| {
        let is_somebody = known.identities != Identities::None || known.owner != Owner::No;
        !known.is_disabled && known.is_entered && is_somebody
    };
    match (&found.by_identity, &found.by_external_id, found.by_email.as_slice()) {
        (Some(known), Some(other), _)
            if known.user != other.user
                && known.owner != Owner::No
                && known.external_id.is_none()
                && other.is_entered
                && other.owner == Owner::No =>
        {
            may(known, Decision::SignIn).map(|_| Decision::SignInInstead(known.user, other.user))
        }
        (Some(known), Some(other), _) if known.user != other.user => {
            Err(Denial::ExternalIdOfAnother(known.user, other.user))
        }
        (Some(known), None, _)
            if known.external_id.is_some()
                && external_id.is_some()
                && known.external_id.as_deref() != external_id =>
        {
            Err(Denial::ExternalIdDiffers(known.user))
        }
        (Some(known), ..) => may(known, Decision::SignIn),
        (None, None, [_, _, ..]) => Err(Denial::SeveralByEmail),
        (None, None, [known]) if !known.is_disabled && known.identities == Identities::OfSameSource => {
            Err(Denial::EmailOfAnother(known.user))
        }
        (None, None, [known])
            if !known.is_disabled
                && known.external_id.is_some()
                && external_id.is_some()
                && known.external_id.as_deref() != external_id =>
        {
            Err(Denial::ExternalIdDiffers(known.user))
        }
        (None, Some(known), _) if is_only_entered(known) => Err(Denial::ExternalIdEntered(known.user)),
        (None, None, [known]) if is_only_entered(known) => Err(Denial::EmailEntered(known.user)),
        // A new identity for a known id: over there they were given a new account, as Clever does after a long absence.
        (None, Some(known), _) | (None, None, [known]) => may(known, Decision::Link),
        (None, None, []) if provisioning == Provisioning::MatchOnly => Err(Denial::Unknown),
        (None, None, []) => Ok(Decision::Create),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY: Found<i32> = Found { by_identity: None, by_external_id: None, by_email: Vec::new() };

    fn known(user: i32) -> Known<i32> {
        Known {
            user,
            is_disabled: false,
            external_id: None,
            identities: Identities::None,
            is_entered: false,
            owner: Owner::No,
        }
    }

    fn with_id(user: i32, id: &str) -> Known<i32> {
        Known { external_id: Some(id.to_owned()), ..known(user) }
    }

    fn create(found: &Found<i32>, external_id: Option<&str>) -> Result<Decision<i32>, Denial<i32>> {
        let made = decide(found, external_id, Provisioning::Create);
        let matched = decide(found, external_id, Provisioning::MatchOnly);
        assert!(made == matched || made == Ok(Decision::Create) && matched == Err(Denial::Unknown));
        made
    }

    #[test]
    fn a_name_is_what_is_stored() {
        for provisioning in [Provisioning::Create, Provisioning::MatchOnly] {
            assert_eq!(serde_json::to_value(provisioning).unwrap(), provisioning.name());
        }
    }

    #[test]
    fn an_identity_goes_first() {
        let by_identity = |known| Found { by_identity: Some(known), ..NOBODY };
        assert_eq!(create(&by_identity(known(7)), None), Ok(Decision::SignIn(7)));
        assert_eq!(
            create(&by_identity(known(7)), Some("s1")),
            Ok(Decision::SignIn(7)),
            "it is theirs from now on"
        );
        assert_eq!(create(&by_identity(with_id(7, "s1")), None), Ok(Decision::SignIn(7)));
        let disabled = Known { is_disabled: true, ..known(7) };
        assert_eq!(create(&by_identity(disabled), None), Err(Denial::Disabled(7)));
        assert_eq!(create(&by_identity(with_id(7, "s1")), Some("s2")), Err(Denial::ExternalIdDiffers(7)));
        let same = Found { by_external_id: Some(with_id(7, "s1")), ..by_identity(with_id(7, "s1")) };
        assert_eq!(create(&same, Some("s1")), Ok(Decision::SignIn(7)));
        let other = Found { by_external_id: Some(with_id(8, "s1")), ..by_identity(known(7)) };
        assert_eq!(create(&other, Some("s1")), Err(Denial::ExternalIdOfAnother(7, 8)));
    }

    #[test]
    fn then_the_platforms_own_id() {
        let by_external_id = |known| Found { by_external_id: Some(known), ..NOBODY };
        assert_eq!(create(&by_external_id(with_id(7, "s1")), Some("s1")), Ok(Decision::Link(7)));
        let another = Known { identities: Identities::OfSameSource, ..with_id(7, "s1") };
        assert_eq!(create(&by_external_id(another), Some("s1")), Ok(Decision::Link(7)));
        let disabled = Known { is_disabled: true, ..with_id(7, "s1") };
        assert_eq!(create(&by_external_id(disabled), Some("s1")), Err(Denial::Disabled(7)));
        let both = Found { by_email: vec![known(8), known(9)], ..by_external_id(with_id(7, "s1")) };
        assert_eq!(create(&both, Some("s1")), Ok(Decision::Link(7)), "an address does not count against it");
    }

    #[test]
    fn then_an_address_of_one_person() {
        let by_email = |found: &[Known<i32>]| Found { by_email: found.to_vec(), ..NOBODY };
        assert_eq!(create(&by_email(&[known(7)]), None), Ok(Decision::Link(7)));
        assert_eq!(create(&by_email(&[known(7)]), Some("s1")), Ok(Decision::Link(7)));
        assert_eq!(create(&by_email(&[with_id(7, "s1")]), Some("s2")), Err(Denial::ExternalIdDiffers(7)));
        assert_eq!(create(&by_email(&[known(7), known(8)]), None), Err(Denial::SeveralByEmail));
        let disabled = Known { is_disabled: true, ..known(7) };
        assert_eq!(create(&by_email(std::slice::from_ref(&disabled)), None), Err(Denial::Disabled(7)));
        assert_eq!(create(&by_email(&[disabled, known(8)]), None), Err(Denial::SeveralByEmail));
        let taken = Known { identities: Identities::OfSameSource, ..known(7) };
        assert_eq!(create(&by_email(&[taken]), None), Err(Denial::EmailOfAnother(7)));
    }

    #[test]
    fn what_was_entered_leads_to_nobody_who_signs_in_already_nor_to_an_owner() {
        let entered = |known: Known<i32>| Known { is_entered: true, ..known };
        let signs_in = |known: Known<i32>| Known { identities: Identities::Some, ..known };
        let owner = |owner| Known { owner, ..with_id(7, "s1") };
        let refused = (Err(Denial::ExternalIdEntered(7)), Err(Denial::EmailEntered(7)));
        let by_external_id = |known| create(&Found { by_external_id: Some(known), ..NOBODY }, Some("s1"));
        let by_email = |known| create(&Found { by_email: vec![known], ..NOBODY }, None);
        let linked = (Ok(Decision::Link(7)), Ok(Decision::Link(7)));
        for (who, decided) in [
            (entered(with_id(7, "s1")), linked),
            (signs_in(with_id(7, "s1")), linked),
            (owner(Owner::Yes), linked),
            (signs_in(entered(with_id(7, "s1"))), refused),
            (entered(owner(Owner::Yes)), refused),
            (entered(owner(Owner::OutOfReach)), refused),
        ] {
            assert_eq!((by_external_id(who.clone()), by_email(who)), decided);
        }
        let disabled = Known { is_disabled: true, ..signs_in(entered(with_id(7, "s1"))) };
        assert_eq!(by_external_id(disabled), Err(Denial::Disabled(7)));
    }

    #[test]
    fn what_was_entered_gives_way_to_what_is_said_of_an_owner() {
        let owner = || Known { owner: Owner::Yes, identities: Identities::Some, ..known(7) };
        let other = || Known { is_entered: true, ..with_id(8, "s1") };
        let both = |known, other| {
            create(&Found { by_identity: Some(known), by_external_id: Some(other), ..NOBODY }, Some("s1"))
        };
        assert_eq!(both(owner(), other()), Ok(Decision::SignInInstead(7, 8)));
        let refused = Err(Denial::ExternalIdOfAnother(7, 8));
        assert_eq!(both(known(7), other()), refused);
        assert_eq!(both(owner(), Known { is_entered: false, ..other() }), refused);
        assert_eq!(both(owner(), Known { owner: Owner::Yes, ..other() }), refused);
        assert_eq!(both(Known { external_id: Some("s2".to_owned()), ..owner() }, other()), refused);
        assert_eq!(both(Known { is_disabled: true, ..owner() }, other()), Err(Denial::Disabled(7)));
    }

    #[test]
    fn an_owner_is_known_by_their_identity_alone() {
        let owner = || Known { owner: Owner::OutOfReach, ..with_id(7, "s1") };
        let by_identity = Found { by_identity: Some(owner()), ..NOBODY };
        assert_eq!(create(&by_identity, None), Ok(Decision::SignIn(7)));
        let by_external_id = Found { by_external_id: Some(owner()), ..NOBODY };
        assert_eq!(create(&by_external_id, Some("s1")), Err(Denial::Owner(7)));
        let by_email = Found { by_email: vec![owner()], ..NOBODY };
        assert_eq!(create(&by_email, None), Err(Denial::Owner(7)));
    }

    #[test]
    fn else_somebody_new_or_nobody() {
        assert_eq!(create(&NOBODY, None), Ok(Decision::Create));
        assert_eq!(decide(&NOBODY, Some("s1"), Provisioning::MatchOnly), Err(Denial::Unknown));
    }
}
