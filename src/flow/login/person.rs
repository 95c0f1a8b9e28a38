//! The person behind an accepted message: whom it leads to, and what they are from now on. Loads and decides; writing is
//! [`super::write`]'s.

use gatepost_saml::Code;

use super::decide::Accepted;
use super::known;
use crate::base::Ctx;
use crate::base::caller::Role;
use crate::base::id::UserId;
use crate::directory::domain::DomainName;
use crate::directory::email::EmailVerdict;
use crate::directory::jit::{self, Decision, Denial, Found, Known};
use crate::directory::state::UserState;
use crate::flow::connection::load::Loaded;
use crate::flow::domain::{Verifying, is_an_owners};
use crate::flow::{FlowError, Gateway, connection};
use crate::storage::Tx;
use crate::storage::user::{self, IdentityKey, PersonRows, SealedUser, User};

/// So many people with one address are enough to know that it is not one person's, some of them unverified.
const MANY: i64 = 10;

/// Who signs in, and what is to be written of them.
pub(super) struct Person {
    /// They, as they are from now on.
    pub(super) user: User,
    /// What is to be written of the user.
    pub(super) change: Change,
    /// Their role until now; none for who is new.
    pub(super) role_before: Option<Role>,
    /// Whether the statement's identity is new and leads to them from now on.
    pub(super) is_new_identity: bool,
    /// Who loses the external id that was sent, since it is theirs.
    pub(super) gives_way: Option<UserId>,
    /// What became of the address that was sent.
    pub(super) email: Option<EmailVerdict>,
}

impl Person {
    /// Whether they may do something else from now on than until now, or, who is new, than anybody.
    pub(super) fn has_other_rights(&self) -> bool {
        self.user.role != self.role_before.unwrap_or(Role::Member)
    }

    /// Whether an identity leads to them from now on who were known before.
    pub(super) fn is_linked(&self) -> bool {
        self.is_new_identity && self.change != Change::Insert
    }

    /// What webhooks are told of them beside the session. Who has other rights is told of by an event.
    pub(super) fn told(&self) -> Option<&'static str> {
        let told = match self.change {
            Change::None => None,
            Change::Update => Some("user.updated"),
            Change::Insert => Some("user.created"),
        };
        told.filter(|_| !self.has_other_rights())
    }
}

/// What is to be written of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing: they are as they were.
    None,
    /// What is known of them.
    Update,
    /// All of them.
    Insert,
}

/// Nobody signs in.
#[derive(Debug)]
pub(super) struct Denied {
    /// Why.
    pub(super) code: Code,
    /// Whom it is about: ids, nothing personal.
    pub(super) found: String,
    /// Whom the statement led to, if that is somebody who is known: whoever helps them finds it with them.
    pub(super) user: Option<UserId>,
}

/// What is read of the database for one sign-in: one view of it, had when something is asked. Many ask nothing.
struct Reading<'a> {
    gateway: &'a Gateway,
    tx: Option<Tx>,
}

impl Reading<'_> {
    async fn tx(&mut self) -> Result<&mut Tx, FlowError> {
        let tx = match self.tx.take() {
            Some(tx) => tx,
            None => self.gateway.storage().read().await?,
        };
        Ok(self.tx.insert(tx))
    }
}

/// Whom `accepted` leads to; `sealed` is who was found by the identity. What changes of it before the commit, the commit
/// notices.
pub(super) async fn find(
    gateway: &Gateway,
    ctx: &Ctx,
    (loaded, accepted): (&Loaded, &Accepted),
    sealed: Option<SealedUser>,
) -> Result<Result<Person, Denied>, FlowError> {
    let by_identity = sealed.map(|sealed| sealed.open(&loaded.keys)).transpose()?;
    let is_owner = by_identity.as_ref().is_some_and(|user| user.role == Role::Owner);
    let mut reading = Reading { gateway, tx: None };
    let email = match judge_email(&mut reading, loaded, accepted).await? {
        // A proof that was given up or lost shuts no owner out whom the connection knows: they can mend it.
        Some(EmailVerdict::Refused) if is_owner => Some(EmailVerdict::Kept),
        Some(EmailVerdict::Refused) => {
            let (code, user) = (Code::EmailUnverified, by_identity.map(|user| user.id));
            return Ok(Err(Denied { code, found: unverified(loaded), user }));
        }
        email => email,
    };
    let Led { before, is_new_identity, gives_way } =
        match lead(&mut reading, (loaded, accepted), by_identity, email).await? {
            Ok(led) => led,
            Err(denied) => return Ok(Err(denied)),
        };
    let (user, email) = from_now_on(ctx, &mut reading, (loaded, accepted), (before.as_ref(), email)).await?;
    let role_before = before.as_ref().map(|user| user.role);
    let change = match before {
        None => Change::Insert,
        Some(before) if before == user && !is_new_identity => Change::None,
        Some(_) => Change::Update,
    };
    Ok(Ok(Person { user, change, role_before, is_new_identity, gives_way, email }))
}

/// Whom a statement leads to.
struct Led {
    /// They, as they are known; none for who is new.
    before: Option<User>,
    /// Whether another way than the statement's identity led to them.
    is_new_identity: bool,
    /// Who loses the external id that was sent, since it is theirs.
    gives_way: Option<UserId>,
}

/// Whom the statement leads to: by its identity, by the external id that it gives, by an address that is verified.
async fn lead(
    reading: &mut Reading<'_>,
    (loaded, accepted): (&Loaded, &Accepted),
    by_identity: Option<User>,
    email: Option<EmailVerdict>,
) -> Result<Result<Led, Denied>, FlowError> {
    let external_id = accepted.mapped.external_id.as_deref();
    let by_external_id = match external_id {
        Some(external_id) => {
            let tx = reading.tx().await?;
            user::find_by_external_id(tx, loaded.account.id, external_id, &loaded.keys).await?
        }
        None => None,
    };
    let is_email_asked = by_identity.is_none()
        && by_external_id.is_none()
        && loaded.settings.link_by_email
        && email == Some(EmailVerdict::Verified);
    let by_email = match accepted.mapped.email.as_deref() {
        Some(email) if is_email_asked => find_by_email(reading, loaded, email).await?,
        _ => Vec::new(),
    };
    let is_theirs = |user: &User| by_identity.as_ref().is_some_and(|known| known.id == user.id);
    let found = Found {
        by_identity: by_identity.as_ref().map(|user| known::by_identity(loaded, user)),
        by_external_id: match &by_external_id {
            Some(user) if is_theirs(user) => Some(known::by_identity(loaded, user)),
            Some(user) => Some(known::by_external_id(reading.tx().await?, loaded, user).await?),
            None => None,
        },
        by_email: by_email.iter().map(|(_, known)| known.clone()).collect(),
    };
    let decision = match jit::decide(&found, external_id, loaded.settings.provisioning) {
        Ok(decision) => decision,
        Err(denial) => return Ok(Err(denied(denial))),
    };
    let before = match decision {
        Decision::SignIn(_) | Decision::SignInInstead(..) => by_identity,
        Decision::Link(_) => {
            let is_entered = found.by_external_id.as_ref().is_some_and(|known| known.is_entered);
            let lowered = |user: User| User { profile: user.profile.led_to_by_entered(), ..user };
            let by_external_id = by_external_id.map(|user| if is_entered { lowered(user) } else { user });
            by_external_id.or_else(|| by_email.into_iter().next().map(|(user, _)| user))
        }
        Decision::Create => None,
    };
    let gives_way = match decision {
        Decision::SignInInstead(_, other) => Some(other),
        _ => None,
    };
    let is_new_identity = matches!(decision, Decision::Link(_) | Decision::Create);
    Ok(Ok(Led { before, is_new_identity, gives_way }))
}

/// What they are from now on who were `before`, and what becomes of the address that was sent.
async fn from_now_on(
    ctx: &Ctx,
    reading: &mut Reading<'_>,
    (loaded, accepted): (&Loaded, &Accepted),
    (before, email): (Option<&User>, Option<EmailVerdict>),
) -> Result<(User, Option<EmailVerdict>), FlowError> {
    let previous = before.map(|user| (&user.profile, user.role));
    let from = loaded.connection.id.to_string();
    let id = before.map_or_else(|| UserId::make(ctx.now, reading.gateway.rng()), |user| user.id);
    let (profile, role) = accepted.mapped.onto(previous, &from);
    let email = unless_an_owners(reading, (loaded, accepted), email, (id, role)).await?;
    let profile = match (email, accepted.mapped.email.as_deref()) {
        (Some(EmailVerdict::Dropped), _) => accepted.mapped.without_email().onto(previous, &from).0,
        (Some(EmailVerdict::Verified), Some(said)) => profile.hears(said, &from),
        _ => profile,
    };
    let (said, known) = (&accepted.mapped.external_id, before.and_then(|user| user.external_id.as_ref()));
    let profile = match said {
        Some(said) => profile.hears_external_id(known == Some(said), &from),
        None => profile,
    };
    let user = User {
        id,
        external_id: said.as_ref().or(known).cloned(),
        state: UserState::Active,
        role,
        profile,
        version: before.map_or(1, |user| user.version),
    };
    Ok((user, email))
}

/// The users whose address this is, and how it leads to each.
async fn find_by_email(
    reading: &mut Reading<'_>,
    loaded: &Loaded,
    email: &str,
) -> Result<Vec<(User, Known<UserId>)>, FlowError> {
    let account = loaded.account.id;
    let tx = reading.tx().await?;
    let mut verifying = Verifying::read(tx, (account, &loaded.keys)).await?;
    let mut found = Vec::new();
    for user in user::list_by_email(tx, account, (email, MANY), &loaded.keys).await? {
        // Theirs must be as good as the one that was sent: else whoever gave somebody this address has their account.
        if verifying.is_verified(tx, &user).await? {
            let known = known::by_email(tx, loaded, &user, &mut verifying).await?;
            found.push((user, known));
        }
    }
    Ok(found)
}

/// What becomes of the address that was sent, now that it is known who has come with it.
async fn unless_an_owners(
    reading: &mut Reading<'_>,
    (loaded, accepted): (&Loaded, &Accepted),
    verdict: Option<EmailVerdict>,
    who: (UserId, Role),
) -> Result<Option<EmailVerdict>, FlowError> {
    let Some(email) = accepted.mapped.email.as_deref() else { return Ok(verdict) };
    if verdict != Some(EmailVerdict::Verified) {
        return Ok(verdict);
    }
    let of = (loaded.account.id, &*loaded.keys);
    let is_theirs = !is_an_owners(reading.tx().await?, of, email, who).await?;
    Ok(if is_theirs { verdict } else { Some(loaded.email_rules().judge_an_owners()) })
}

/// What becomes of the address that was sent, if one was.
async fn judge_email(
    reading: &mut Reading<'_>,
    loaded: &Loaded,
    accepted: &Accepted,
) -> Result<Option<EmailVerdict>, FlowError> {
    let Some(email) = accepted.mapped.email.as_deref() else { return Ok(None) };
    // Most need no look into the database.
    let verdict = loaded.email_rules().judge(email, false);
    if verdict.is_kept() {
        return Ok(Some(verdict));
    }
    Ok(Some(connection::judge_email(reading.tx().await?, loaded, email).await?))
}

/// What is written of `person`.
pub(super) fn rows(
    gateway: &Gateway,
    ctx: &Ctx,
    (loaded, accepted): (&Loaded, &Accepted),
    person: &Person,
) -> Result<PersonRows, FlowError> {
    let (keys, with) = (&loaded.keys, (ctx.now, gateway.rng()));
    let row = || user::user_row(&person.user, keys, with);
    let (made, changed) = match person.change {
        Change::None => (None, None),
        Change::Update => (None, Some(row()?)),
        Change::Insert => (Some(row()?), None),
    };
    let source = loaded.settings.subject.to_string();
    let identity = person.is_new_identity.then(|| {
        let identity = (identity(loaded, &source, accepted), accepted.subject.shown.as_str());
        user::identity_row(identity, keys, with)
    });
    Ok(PersonRows {
        account: loaded.account.id,
        user: person.user.id,
        known: (person.change != Change::Insert).then_some(person.user.version),
        is_linked: person.is_linked(),
        made,
        changed,
        identity: identity.transpose()?,
    })
}

/// What the statement's identity is compared by; `source` is the text of the connection's subject source.
pub(super) fn identity<'a>(loaded: &Loaded, source: &'a str, accepted: &'a Accepted) -> IdentityKey<'a> {
    IdentityKey { connection: loaded.connection.id, source, value: &accepted.subject.key }
}

/// Why an address does not count: domains, not the address.
pub(in crate::flow) fn unverified(loaded: &Loaded) -> String {
    let may_assert = |name: &&DomainName| {
        loaded.settings.email_domains.as_ref().is_none_or(|asserted| asserted.contains(name))
    };
    let names: Vec<_> = loaded.domains.iter().filter(may_assert).map(DomainName::as_str).collect();
    if names.is_empty() {
        "an address, and no domain that is proved and that this connection may assert".to_owned()
    } else {
        format!("an address outside of {}", names.join(", "))
    }
}

fn denied(denial: Denial<UserId>) -> Denied {
    let user = match &denial {
        Denial::Unknown | Denial::SeveralByEmail => None,
        Denial::Disabled(user)
        | Denial::ExternalIdOfAnother(user, _)
        | Denial::ExternalIdDiffers(user)
        | Denial::Owner(user)
        | Denial::EmailOfAnother(user)
        | Denial::ExternalIdEntered(user)
        | Denial::EmailEntered(user) => Some(*user),
    };
    let (code, found) = match denial {
        Denial::Unknown => (Code::UserUnknown, "nobody".to_owned()),
        Denial::Disabled(user) => (Code::UserDisabled, user.to_string()),
        Denial::SeveralByEmail => (Code::UserConflict, "several users with this address".to_owned()),
        Denial::ExternalIdOfAnother(user, other) => (
            Code::ExternalIdConflict,
            format!("the identity leads to {user}, and the external id that was sent to {other}"),
        ),
        Denial::ExternalIdDiffers(user) => (
            Code::ExternalIdConflict,
            format!("{user}, who has another external id than the one that was sent"),
        ),
        Denial::Owner(user) => (
            Code::UserConflict,
            format!(
                "{user}, an owner: mapping.may_grant_owner is off, so nobody becomes one by this connection"
            ),
        ),
        Denial::EmailOfAnother(user) => {
            (Code::UserConflict, format!("{user}, to whom another identity of this connection leads"))
        }
        Denial::ExternalIdEntered(user) => (
            Code::ExternalIdConflict,
            format!(
                "{user}, who signs in already or is an owner, and whose external id is what somebody entered"
            ),
        ),
        Denial::EmailEntered(user) => (
            Code::UserConflict,
            format!(
                "{user}, who signs in already or is an owner, and whose address is what somebody entered"
            ),
        ),
    };
    Denied { code, found, user }
}
