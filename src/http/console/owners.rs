//! The owners of an account: inviting one, and an operator's way to let one in when single sign-on is broken.

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;
use secrecy::ExposeSecret;

use super::caller::Caller;
use super::frame::{About, Answer, Flash, Section, account, around, go, problem, refused, sent, show};
use crate::flow::account::AccountView;
use crate::flow::link::Issued;
use crate::flow::{FlowError, owner, passkey};
use crate::http::Web;
use crate::http::error::answer;
use crate::http::pages::console::{InvitationRow, NewLink, OwnerRow, OwnersPage};
use crate::http::pages::typed::Typed;
use crate::http::reply::parameter;

/// `GET /console/at/{account}/owners`.
pub async fn list(mut web: Web, caller: Caller, Path(slug): Path<String>) -> Answer {
    let account = account(&mut web, &caller, (&slug, Section::Owners)).await?;
    listed(&web, &caller, &account, (None, None), &Typed::default()).await
}

async fn listed(
    web: &Web,
    caller: &Caller,
    account: &AccountView,
    (made, problem): (Option<&Issued>, Option<&str>),
    typed: &Typed,
) -> Answer {
    let all = owner::list(&web.gateway, &caller.ctx, &account.slug).await.map_err(refused(web, caller))?;
    let rows: Vec<_> = all
        .iter()
        .map(|owner| OwnerRow {
            id: owner.id.to_string(),
            name: owner.name.as_deref(),
            email: owner.email.as_deref(),
            is_email_unvouched: owner.is_email_unvouched,
            created_at: owner.created_at,
        })
        .collect();
    let invitations = owner::list_invitations(&web.gateway, &caller.ctx, &account.slug)
        .await
        .map_err(refused(web, caller))?;
    let passkeys = passkey::list_of_owners(&web.gateway, &caller.ctx, &account.slug)
        .await
        .map_err(refused(web, caller))?;
    let invitations: Vec<_> = invitations
        .iter()
        .map(|invitation| InvitationRow {
            id: invitation.id.to_string(),
            email: &invitation.email,
            expires_at: invitation.expires_at,
        })
        .collect();
    let made = made.map(|made| NewLink {
        url: made.url.expose_secret(),
        expires_at: made.expires_at,
        is_setup: false,
        mailed: None,
    });
    let about = About { section: Section::Owners, account: Some(account), problem };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = OwnersPage {
        frame: web.frame(),
        around: around(web, caller, about),
        slug: account.slug.as_str(),
        owners: &rows,
        invitations: &invitations,
        passkeys: &passkeys,
        may_break_glass: caller.is_operator(),
        made,
        typed,
    };
    Ok(show(web, caller, status, &page))
}

/// `POST /console/at/{account}/owners`: makes a link for a new one, shown once, and mailed where mail is sent.
pub async fn invite(mut web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::Owners), &body).await?;
    let text = |name| parameter(&body, name).unwrap_or_default();
    let (email, name) = (text("email"), text("name"));
    let made = owner::invite(&web.gateway, &caller.ctx, &account.slug, (&email, Some(&name))).await;
    answered(&web, &caller, &account, made, &body).await
}

/// `POST /console/at/{account}/owners/break-glass`: makes a link for an owner whom single sign-on does not let in.
pub async fn break_glass(mut web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::Owners), &body).await?;
    let text = |name| parameter(&body, name).unwrap_or_default();
    let (who, reason) = (text("owner"), text("reason"));
    let made = owner::break_glass(&web.gateway, &caller.ctx, (&account.slug, &who), &reason).await;
    answered(&web, &caller, &account, made, &body).await
}

/// `POST /console/at/{account}/owners/invitations/{invitation}/revoke`: takes an invitation back.
pub async fn revoke_invitation(
    mut web: Web,
    caller: Caller,
    Path((slug, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::Owners), &body).await?;
    let revoked = match id.parse() {
        Err(_) => Err(FlowError::NotFound("invitation")),
        Ok(id) => owner::revoke_invitation(&web.gateway, &caller.ctx, id).await,
    };
    match revoked {
        Ok(_) => Ok(go(&web, &format!("/console/at/{}/owners", account.slug), Flash::Revoked)),
        Err(error) => Err(answer(&web, &caller.ctx, &error)),
    }
}

/// `POST /console/at/{account}/owners/passkeys/{passkey}/remove`: removes a passkey of an owner.
pub async fn remove_passkey(
    mut web: Web,
    caller: Caller,
    Path((slug, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::Owners), &body).await?;
    let removed = match id.parse() {
        Err(_) => Err(FlowError::NotFound("passkey")),
        Ok(id) => passkey::remove_of_owner(&web.gateway, &caller.ctx, (&account.slug, id)).await,
    };
    match removed {
        Ok(()) => Ok(go(&web, &format!("/console/at/{}/owners", account.slug), Flash::Removed)),
        Err(error) => Err(answer(&web, &caller.ctx, &error)),
    }
}

async fn answered(
    web: &Web,
    caller: &Caller,
    account: &AccountView,
    made: Result<Issued, FlowError>,
    body: &[u8],
) -> Answer {
    match made {
        Ok(made) => listed(web, caller, account, (Some(&made), None), &Typed::default()).await,
        Err(error) => {
            let sentence = problem(web, caller, error)?;
            listed(web, caller, account, (None, Some(&sentence)), &Typed::of(body)).await
        }
    }
}
