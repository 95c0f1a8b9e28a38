//! Owners of an account, and invitations to be one.

use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::call::{Call, Done, Json, Made, Query};
use super::paging::{Page, Plain};
use super::problem::Problem;
use super::schema::{InvitationIdText, Moment, PasskeyIdText, UserIdText};
use crate::base::id::LinkId;
use crate::flow::owner::{self, InvitationView, OwnerView};
use crate::flow::passkey::{self, OwnersPasskey, PasskeyView};

/// An owner who may sign in. Who is one already is changed as a person: by their role.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Owner {
    id: UserIdText,
    name: Option<String>,
    email: Option<String>,
    /// Whether somebody entered the address who may make no owners: no sign-in link and no warning goes there, as long as
    /// nobody who may make owners vouches for it, and no identity provider says the same.
    is_email_unvouched: bool,
    created_at: Moment,
}

/// An invitation that nobody has used.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Invitation {
    id: InvitationIdText,
    /// Who is invited.
    email: String,
    /// Who invited them.
    created_by: String,
    expires_at: Moment,
}

/// Whom to invite: somebody who is not known in the account.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    #[schemars(length(min = 3, max = 320))]
    email: String,
    #[schemars(length(max = 200))]
    name: Option<String>,
}

/// An invitation that was made. It is mailed as well, where mail is sent.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IssuedInvitation {
    id: InvitationIdText,
    /// The link: whoever uses it is an owner. It is not told again.
    url: String,
    expires_at: Moment,
}

/// Whom to let in without single sign-on, and why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BreakGlass {
    /// The owner: their id or address.
    #[schemars(length(min = 3, max = 320))]
    owner: String,
    /// Every owner is told, and it is kept in the account's events.
    #[schemars(length(min = 1, max = 500))]
    reason: String,
}

/// A link that lets an owner in once.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BreakGlassLink {
    /// The link: whoever uses it comes in as that owner. It is not told again.
    url: String,
    expires_at: Moment,
}

/// A passkey that lets an owner in, without single sign-on too.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Passkey {
    id: PasskeyIdText,
    /// Whose.
    owner: UserIdText,
    /// What its owner calls it.
    name: String,
    created_at: Moment,
    last_used_at: Option<Moment>,
}

impl From<OwnersPasskey> for Passkey {
    fn from(view: OwnersPasskey) -> Self {
        let PasskeyView { id, name, created_at, last_used_at } = view.passkey;
        Self {
            id: PasskeyIdText(id),
            owner: UserIdText(view.user),
            name,
            created_at: Moment(created_at),
            last_used_at: last_used_at.map(Moment),
        }
    }
}

impl From<OwnerView> for Owner {
    fn from(view: OwnerView) -> Self {
        let OwnerView { id, name, email, is_email_unvouched, created_at } = view;
        Self { id: UserIdText(id), name, email, is_email_unvouched, created_at: Moment(created_at) }
    }
}

impl From<InvitationView> for Invitation {
    fn from(view: InvitationView) -> Self {
        let InvitationView { id, email, created_by, expires_at } = view;
        Self { id: InvitationIdText(id), email, created_by, expires_at: Moment(expires_at) }
    }
}

/// Owners, the oldest first.
pub(super) async fn list(call: Call, Query(filter): Query<Plain>) -> Result<Page<Owner>, Problem> {
    let window = filter.window()?;
    let all = owner::list(call.gateway(), &call.ctx, call.account()?).await?;
    Ok(window.page_of_all(all, |view| view.id.to_string(), Owner::from))
}

/// Invitations that are good still, the newest first.
pub(super) async fn invitations(
    call: Call,
    Query(filter): Query<Plain>,
) -> Result<Page<Invitation>, Problem> {
    let window = filter.window()?;
    let all = owner::list_invitations(call.gateway(), &call.ctx, call.account()?).await?;
    Ok(window.page_of_all(all, |view| view.id.to_string(), Invitation::from))
}

/// Invites somebody.
pub(super) async fn invite(
    call: Call,
    Json(new): Json<NewInvitation>,
) -> Result<Made<IssuedInvitation>, Problem> {
    let who = (new.email.as_str(), new.name.as_deref());
    let issued = owner::invite(call.gateway(), &call.ctx, call.account()?, who).await?;
    let told = IssuedInvitation {
        id: InvitationIdText(issued.id),
        url: issued.url.expose_secret().to_owned(),
        expires_at: Moment(issued.expires_at),
    };
    Ok(Made(told, call.below("invitations")))
}

/// Lets an owner in once without single sign-on: for keys of the installation, as for operators.
pub(super) async fn break_glass(
    call: Call,
    Json(new): Json<BreakGlass>,
) -> Result<Made<BreakGlassLink>, Problem> {
    let of = (call.account()?, new.owner.as_str());
    let issued = owner::break_glass(call.gateway(), &call.ctx, of, &new.reason).await?;
    let url = issued.url.expose_secret().to_owned();
    let told = BreakGlassLink { url, expires_at: Moment(issued.expires_at) };
    Ok(Made(told, call.below("owners")))
}

/// Takes an invitation back.
pub(super) async fn revoke(call: Call, (): ()) -> Result<Done, Problem> {
    let id: LinkId = call.own("invitation").await?;
    owner::revoke_invitation(call.gateway(), &call.ctx, id).await?;
    Ok(Done)
}

/// Passkeys of owners, the oldest first.
pub(super) async fn passkeys(call: Call, Query(filter): Query<Plain>) -> Result<Page<Passkey>, Problem> {
    let window = filter.window()?;
    let all = passkey::list_of_owners(call.gateway(), &call.ctx, call.account()?).await?;
    Ok(window.page_of_all(all, |view| view.passkey.id.to_string(), Passkey::from))
}

/// Removes one; every owner hears of it.
pub(super) async fn remove_passkey(call: Call, (): ()) -> Result<Done, Problem> {
    let of = (call.account()?, call.named("passkey")?);
    passkey::remove_of_owner(call.gateway(), &call.ctx, of).await?;
    Ok(Done)
}
