//! Making, changing and shutting out one person.

use super::owners::{
    end_as_owner, end_ownership, guard_address, guard_last_owner, guard_owners, tell_raised, word,
};
use super::{UserView, Which, listed, view};
use crate::access::Action;
use crate::base::Ctx;
use crate::base::caller::Role;
use crate::base::id::{AccountId, UserId, is_user_id};
use crate::base::sentence::{Sentence, sentence};
use crate::base::text::is_line;
use crate::directory::account::Slug;
use crate::directory::email::{is_email_shaped, lookup_form};
use crate::directory::mapping::{Profile, WhoseWord};
use crate::directory::state::{ConnectionState, UserState};
use crate::flow::domain::OwnerAddresses;
use crate::flow::event::tell;
use crate::flow::{FlowError, Gateway, grant};
use crate::storage::account::Account;
use crate::storage::people::Listed;
use crate::storage::seal::AccountKeys;
use crate::storage::session::{self, Whose};
use crate::storage::user::{self, User};
use crate::storage::{StorageError, Tx, change, connection};

const MAX_TEXT: usize = 320;
/// Why sessions end with whoever is shut out.
pub(super) const SHUT_OUT: &str = "user_disabled";

/// What an administrator enters about a person. What is not given stays; an empty text takes it away.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The platform's own id for them.
    pub external_id: Option<String>,
    /// The email address.
    pub email: Option<String>,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// The whole name.
    pub display_name: Option<String>,
    /// The name that they sign in with.
    pub username: Option<String>,
    /// Their role in the account.
    pub role: Option<Role>,
    /// Whether what is given is meant, also where it is what is known: then whoever may make owners vouches for an external
    /// id or an address that somebody else entered. A form gives what nobody has touched.
    pub vouches: bool,
}

/// A new person.
#[derive(Debug, Clone)]
pub struct Create {
    /// In which account.
    pub account: Slug,
    /// What is known of them.
    pub known: Changes,
}

/// Makes a person before their first sign-in: the identity provider leads to them by the external id, or by a verified
/// address where the connection allows it.
///
/// # Errors
/// [`FlowError::Invalid`] in a plain sentence, also when the external id is taken.
pub async fn create(gateway: &Gateway, ctx: &Ctx, input: Create) -> Result<UserView, FlowError> {
    let blank = User {
        id: UserId::make(ctx.now, gateway.rng()),
        external_id: None,
        state: UserState::Active,
        role: Role::Member,
        profile: Profile::default(),
        version: 1,
    };
    let mut tx = gateway.storage().write().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ManageUsers, &input.account).await?;
    let new = input.known.onto(blank, (word(ctx, &account), false))?;
    if new.external_id.is_none() && new.profile == Profile::default() {
        return Err(FlowError::Invalid(sentence!(
            "say who it is: a name, an email address or the platform's own id"
        )));
    }
    let keys = gateway.storage().keys(&mut tx, account.id).await?;
    guard_owners(ctx, &account, [new.role, new.role])?;
    let owners = OwnerAddresses::read(&mut tx, (account.id, &keys)).await?;
    guard_address(ctx, (&account, &owners), (None, &new))?;
    if new.role == Role::Owner {
        tell_raised(gateway, &mut tx, ctx, (&account, &keys), &new).await?;
    }
    user::insert(&mut tx, account.id, &new, &keys, (ctx.now, gateway.rng())).await.map_err(taken)?;
    let body = serde_json::json!({ "role": new.role.name(), "has_external_id": new.external_id.is_some() });
    tell(&mut tx, gateway, ctx, (account.id, &keys), ("user.created", new.id, &body)).await?;
    let made = Listed { user: new, created_at: ctx.now, updated_at: ctx.now };
    let made = view(&mut tx, (&account, &keys), made).await?;
    tx.commit().await?;
    Ok(made)
}

/// Changes what is known of a person.
///
/// # Errors
/// [`FlowError::NotFound`], [`FlowError::Invalid`] in a plain sentence.
pub async fn update(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, which): (&Slug, &Which),
    changes: Changes,
) -> Result<UserView, FlowError> {
    update_if(gateway, ctx, (account, which), changes, |_| true).await
}

/// The same, if that is what the caller expects of their version.
///
/// # Errors
/// Those of [`update`]; [`FlowError::Stale`] when it is not.
pub async fn update_if(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, which): (&Slug, &Which),
    changes: Changes,
    expects: impl Fn(i64) -> bool + Send,
) -> Result<UserView, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ManageUsers, account).await?;
    let keys = gateway.storage().keys(&mut tx, account.id).await?;
    let found = held(&mut tx, &account, which, &keys).await?;
    if !expects(found.user.version) {
        // Whoever may not change them at all is told that, and not to look again.
        guard_owners(ctx, &account, [found.user.role; 2])?;
        return Err(FlowError::Stale);
    }
    let is_giver_gone = is_giver_gone(&mut tx, account.id, &found.user.profile).await?;
    let after = changes.onto(found.user.clone(), (word(ctx, &account), is_giver_gone))?;
    if after == found.user {
        return view(&mut tx, (&account, &keys), found).await;
    }
    guard_owners(ctx, &account, [found.user.role, after.role])?;
    let owners = OwnerAddresses::read(&mut tx, (account.id, &keys)).await?;
    guard_address(ctx, (&account, &owners), (Some(&found.user), &after))?;
    if after.role == Role::Owner && found.user.role != Role::Owner {
        tell_raised(gateway, &mut tx, ctx, (&account, &keys), &after).await?;
    }
    let is_lowered = found.user.role == Role::Owner && after.role != Role::Owner;
    if is_lowered {
        let guarded = guard_last_owner(&mut tx, ctx, (&account, &keys), &[after.id]).await;
        guarded.map_err(|error| match error {
            FlowError::Invalid(told) => FlowError::Invalid(told.about("role")),
            other => other,
        })?;
    }
    let body = serde_json::json!({ "changed": names(&found.user, &after), "role": after.role.name() });
    write(&mut tx, gateway, ctx, (&account, &keys), &after).await?;
    if is_lowered {
        end_ownership(gateway, &mut tx, ctx, (&account, &keys), &after).await?;
    }
    tell(&mut tx, gateway, ctx, (account.id, &keys), ("user.updated", after.id, &body)).await?;
    let version = after.version + 1;
    let written = Listed { user: User { version, ..after }, updated_at: ctx.now, ..found };
    let seen = view(&mut tx, (&account, &keys), written).await?;
    tx.commit().await?;
    Ok(seen)
}

/// Lets a person in, or shuts them out and ends their sessions. How many sessions ended.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such person; [`FlowError::Invalid`] for the only owner.
pub async fn set_state(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, which): (&Slug, &Which),
    state: UserState,
) -> Result<u64, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ManageUsers, account).await?;
    let keys = gateway.storage().keys(&mut tx, account.id).await?;
    let id = listed(&mut tx, &account, which, &keys).await?.user.id;
    let mut ended = 0;
    if state == UserState::Disabled {
        ended += end_sessions(&mut tx, ctx, (account.id, id)).await?;
    }
    let found = held(&mut tx, &account, &Which::Id(id), &keys).await?.user;
    guard_owners(ctx, &account, [found.role, found.role])?;
    if found.state == state {
        return Ok(0);
    }
    let before = found.state;
    if state == UserState::Disabled && found.role == Role::Owner {
        guard_last_owner(&mut tx, ctx, (&account, &keys), &[id]).await?;
    }
    write(&mut tx, gateway, ctx, (&account, &keys), &User { state, ..found }).await?;
    let action = match state {
        UserState::Active => "user.enabled",
        UserState::Disabled => {
            end_as_owner(&mut tx, ctx, (&account, id), SHUT_OUT).await?;
            ended += end_sessions(&mut tx, ctx, (account.id, id)).await?;
            "user.disabled"
        }
    };
    let body = serde_json::json!({ "before": before.name(), "after": state.name(), "sessions_ended": ended });
    tell(&mut tx, gateway, ctx, (account.id, &keys), (action, id, &body)).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Ends the sessions of somebody who is shut out; how many. Before they are [`held`], since sign-ins have the sessions whose
/// place they take before the person: those that are under way would wait for us, and we for them. And once they are shut
/// out, those of whoever came in between.
pub(super) async fn end_sessions(
    tx: &mut Tx,
    ctx: &Ctx,
    (account, id): (AccountId, UserId),
) -> Result<u64, FlowError> {
    Ok(session::end_all(tx, account, Whose::User(id), None, (SHUT_OUT, ctx.now)).await?)
}

/// Whom a change is about. A sign-in leaves their version and changes what is known of them, their role even: it waits
/// until the change is made, or the change is made of what it wrote.
pub(super) async fn held(
    tx: &mut Tx,
    account: &Account,
    which: &Which,
    keys: &AccountKeys,
) -> Result<Listed, FlowError> {
    let id = listed(tx, account, which, keys).await?.user.id;
    // Before the person, everywhere: the event of the change needs it later.
    change::take_turn(tx).await?;
    user::lock(tx, account.id, id).await?;
    listed(tx, account, &Which::Id(id), keys).await
}

impl Changes {
    /// Lays it over what is known; `word` is that of whoever enters it. What is the same stays on the word that it was on,
    /// unless they vouch for it: whoever saves a page does not for what they did not write. What an identity provider says
    /// stays what it says, unless that of the address `is_giver_gone`.
    fn onto(&self, user: User, (word, is_giver_gone): (WhoseWord, bool)) -> Result<User, FlowError> {
        let is_raised = self.role == Some(Role::Owner) && user.role != Role::Owner;
        let entered = |now: Option<&String>| now.map_or(WhoseWord::Unknown, |_| word);
        let vouches = |for_what: Option<&String>, known: WhoseWord| {
            let is_better = matches!(known, WhoseWord::Unknown | WhoseWord::Entered);
            self.vouches && word == WhoseWord::Vouched && for_what.is_some() && is_better
        };
        let before = user.external_id.clone();
        let User { mut external_id, mut profile, .. } = user;
        put(("external_id", sentence!("external id")), &mut external_id, self.external_id.as_ref())?;
        if external_id != before {
            if let Some(id) = external_id.as_ref().filter(|id| is_user_id(id)) {
                let wrong = sentence!(
                    "\"{id}\" reads like an id that Gatepost gives: the platform's own is another",
                    id
                );
                return Err(FlowError::Invalid(wrong.about("external_id")));
            }
            profile.external_id_by = entered(external_id.as_ref());
            profile.external_id_sayers.clear();
            if profile.external_id_by == WhoseWord::Entered {
                profile = profile.led_to_by_entered();
            }
        } else if external_id.is_some() && vouches(self.external_id.as_ref(), profile.external_id_by) {
            profile.external_id_by = word;
            profile.external_id_sayers.clear();
        }
        let mut email = profile.email.clone();
        put(("email", sentence!("email address")), &mut email, self.email.as_ref())?;
        if email != profile.email {
            if let Some(email) = email.as_ref().filter(|email| !is_email_shaped(email)) {
                let wrong = sentence!("\"{email}\" is no email address", email);
                return Err(FlowError::Invalid(wrong.about("email")));
            }
            // In other letters it is the same address, and whose word it is stays as it was.
            if email.as_deref().map(lookup_form) != profile.email.as_deref().map(lookup_form) {
                (profile.email_from, profile.entered_email) = (None, None);
                profile.email_by = entered(email.as_ref());
                profile.email_sayers.clear();
            }
            profile.email = email;
        }
        let is_nobodys = profile.email_from.is_none() || is_giver_gone;
        if profile.email.is_some() && is_nobodys && vouches(self.email.as_ref(), profile.email_by) {
            (profile.email_by, profile.email_from) = (word, None);
        }
        put(("first_name", sentence!("first name")), &mut profile.first_name, self.first_name.as_ref())?;
        put(("last_name", sentence!("last name")), &mut profile.last_name, self.last_name.as_ref())?;
        put(
            ("display_name", sentence!("display name")),
            &mut profile.display_name,
            self.display_name.as_ref(),
        )?;
        put(("username", sentence!("user name")), &mut profile.username, self.username.as_ref())?;
        let profile = if is_raised { profile.raised() } else { profile };
        Ok(User { external_id, profile, role: self.role.unwrap_or(user.role), ..user })
    }
}

/// Whether the connection that gave the address, if one did, was retired since: nobody says it any more.
async fn is_giver_gone(tx: &mut Tx, account: AccountId, profile: &Profile) -> Result<bool, FlowError> {
    let Some(from) = profile.email_from.as_deref().and_then(|from| from.parse().ok()) else {
        return Ok(false);
    };
    let giver = connection::find(tx, account, from).await?;
    Ok(giver.is_none_or(|giver| giver.state == ConnectionState::Retired))
}

/// What is given takes the place of what is known; an empty text takes it away.
fn put(
    (field, name): (&str, Sentence),
    known: &mut Option<String>,
    given: Option<&String>,
) -> Result<(), FlowError> {
    let Some(given) = given.map(|given| given.trim()) else { return Ok(()) };
    if !is_line(given, MAX_TEXT) {
        let wrong = sentence!(
            "the {name} must have {max} characters at most, all of them printable",
            name,
            max = MAX_TEXT
        );
        return Err(FlowError::Invalid(wrong.about(field)));
    }
    *known = (!given.is_empty()).then(|| given.to_owned());
    Ok(())
}

/// The names of the fields that differ.
pub(super) fn names(before: &User, after: &User) -> Vec<&'static str> {
    let (old, new) = (&before.profile, &after.profile);
    // On the word of whoever may make owners it counts otherwise.
    let is_vouched = |old: WhoseWord, new: WhoseWord| new == WhoseWord::Vouched && old != new;
    let is_id_vouched = is_vouched(old.external_id_by, new.external_id_by);
    let fields = [
        ("external_id", before.external_id != after.external_id || is_id_vouched),
        ("role", before.role != after.role),
        ("email", old.email != new.email || is_vouched(old.email_by, new.email_by)),
        ("first_name", old.first_name != new.first_name),
        ("last_name", old.last_name != new.last_name),
        ("display_name", old.display_name != new.display_name),
        ("username", old.username != new.username),
    ];
    fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

pub(super) async fn write(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    (account, keys): (&Account, &AccountKeys),
    user: &User,
) -> Result<(), FlowError> {
    let with = (ctx.now, gateway.rng());
    if user::update(tx, account.id, user, keys, with).await.map_err(taken)? {
        Ok(())
    } else {
        Err(FlowError::Stale)
    }
}

fn taken(error: StorageError) -> FlowError {
    match error {
        StorageError::Exists(_) => {
            let wrong = sentence!("another user of the account has this external id already");
            FlowError::Invalid(wrong.about("external_id"))
        }
        other => other.into(),
    }
}
