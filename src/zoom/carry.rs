//! Carrying out one step of a plan, so that it may be done again after a crash: nobody is made twice, and what Zoom
//! ignores is found by reading back.

use super::api::Zoom;
use super::api::error::ApiError;
use super::provision::plan::{Action, Step, digest, is_administrator};
use super::users::{Sweep, User};
use crate::scim::attribute::{Attribute, Takes, Values};

/// What is to be remembered of a step that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The Zoom user; none after a deletion.
    pub zoom_id: Option<String>,
    /// Of the values that were sent ([`super::provision::plan::Link::taken`]).
    pub taken: Option<[u8; 32]>,
    /// Values that were sent and did not stay; an empty one was to be taken away, and is there.
    pub ignored: Values,
    /// Whether the user waits for an invitation to be accepted: reading back was not possible.
    pub is_pending: bool,
}

impl Carried {
    fn plain(zoom_id: Option<&str>) -> Self {
        let zoom_id = zoom_id.map(str::to_owned);
        Self { zoom_id, taken: None, ignored: Values::default(), is_pending: false }
    }
}

/// Carries out `step`. `wanted` are all values of the person, as the mapping gives them now.
///
/// # Errors
/// [`ApiError`]; the step may be tried again.
pub async fn carry_out(zoom: &Zoom, step: &Step, wanted: &Values) -> Result<Carried, ApiError> {
    match (step.action, step.zoom_id.as_deref()) {
        (Action::Create, _) => create(zoom, wanted).await,
        (_, None) => Err(ApiError::NotFound),
        (Action::Adopt, Some(id)) => Ok(Carried::plain(Some(id))),
        (Action::Disable, Some(id)) => {
            zoom.scim_set_active(id, false).await?;
            Ok(Carried::plain(Some(id)))
        }
        (Action::Delete, Some(id)) => {
            match &step.withdraws {
                Some(address) => zoom.withdraw_invitation(address).await?,
                None => zoom.delete_user(id).await?,
            }
            Ok(Carried::plain(None))
        }
        (Action::Update, Some(id)) => update(zoom, id, step, wanted).await,
    }
}

/// The same when somebody may have begun it before, and nobody knows how it ended: it is looked up first. Whoever is there
/// by then is taken for the one who was to be made if they look it, or if `may_adopt`: somebody else may have made them.
///
/// # Errors
/// [`ApiError`]; the step may be tried again.
pub async fn carry_out_again(
    zoom: &Zoom,
    step: &Step,
    wanted: &Values,
    may_adopt: bool,
) -> Result<Carried, ApiError> {
    if step.action == Action::Create {
        let name = wanted.get(Attribute::UserName).unwrap_or_default();
        match zoom.scim_find(name).await {
            Ok(Some(found)) => {
                let carried = read_back(zoom, &found.id, wanted, &all_of(wanted)).await?;
                let is_as_made = carried.ignored == Values::default();
                return if may_adopt || is_as_made { Ok(carried) } else { Err(ApiError::Conflict) };
            }
            // Whoever is pending is there, and tells no id.
            Err(ApiError::NotFound) => {
                let is_ours = may_adopt || is_invited_as(zoom, wanted).await?;
                let invited =
                    Carried { taken: Some(digest(wanted)), is_pending: true, ..Carried::plain(None) };
                return if is_ours { Ok(invited) } else { Err(ApiError::Conflict) };
            }
            Ok(None) => {}
            Err(error) => return Err(error),
        }
    }
    carry_out(zoom, step, wanted).await
}

/// Whether an invitation to the address of `wanted` bears their names: whoever is invited cannot be read by SCIM, and is
/// listed with little else. Of an app that may not list users, nobody can tell.
async fn is_invited_as(zoom: &Zoom, wanted: &Values) -> Result<bool, ApiError> {
    let of = |attribute| wanted.get(attribute).unwrap_or_default();
    let mut next: Option<String> = None;
    loop {
        let page = match zoom.users_page(Sweep::Pending, next.as_deref()).await {
            Ok(page) => page,
            Err(ApiError::ScopeMissing { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        let is_them = |user: &&User| user.email.eq_ignore_ascii_case(of(Attribute::UserName));
        if let Some(found) = page.users.iter().find(is_them) {
            let names = (found.first_name.as_str(), found.last_name.as_str());
            return Ok(names == (of(Attribute::GivenName), of(Attribute::FamilyName)));
        }
        next = page.next;
        if next.is_none() {
            return Ok(false);
        }
    }
}

/// Whether the user owns or administers the Zoom account by now: nothing is taken from them.
///
/// # Errors
/// [`ApiError`]. Somebody who is gone is no administrator.
pub async fn is_protected(zoom: &Zoom, id: &str) -> Result<bool, ApiError> {
    match zoom.scim_get(id).await {
        Ok(user) => Ok(is_administrator(&user.values)),
        Err(ApiError::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether a refusal may be about this step alone: giving a role and deleting have permissions of their own, and so has
/// changing whoever is more than a member in Zoom. Of anybody else, it says that we may do nothing any more.
pub async fn has_own_permission(zoom: &Zoom, step: &Step) -> bool {
    let gives_role =
        step.changes.iter().any(|change| change.attribute == Attribute::Roles && change.to.is_some());
    if gives_role || step.action == Action::Delete {
        return true;
    }
    let Some(id) = step.zoom_id.as_deref() else { return false };
    let is_more = |role: &str| !role.eq_ignore_ascii_case("member");
    zoom.scim_get(id).await.is_ok_and(|user| user.values.get(Attribute::Roles).is_some_and(is_more))
}

async fn create(zoom: &Zoom, wanted: &Values) -> Result<Carried, ApiError> {
    let name = wanted.get(Attribute::UserName).unwrap_or_default();
    let id = match zoom.scim_create(wanted).await {
        Ok(made) => made.id,
        // The answer to this very call was lost. (A conflict is no such thing: whoever is there was not made by us, and is
        // adopted by the next plan, if they may be.)
        Err(error @ ApiError::Unknown { .. }) => match zoom.scim_find(name).await {
            Ok(Some(found)) => found.id,
            _ => return Err(error),
        },
        Err(error) => return Err(error),
    };
    read_back(zoom, &id, wanted, &all_of(wanted)).await
}

/// What is sent where somebody is made.
fn all_of(wanted: &Values) -> Vec<Attribute> {
    wanted.iter().map(|(attribute, _)| attribute).collect()
}

async fn update(zoom: &Zoom, id: &str, step: &Step, wanted: &Values) -> Result<Carried, ApiError> {
    let changed: Vec<Attribute> = step.changes.iter().map(|change| change.attribute).collect();
    // Switching on goes by PATCH, and first: of those who are off, Zoom takes no values.
    if changed.contains(&Attribute::Active) {
        zoom.scim_set_active(id, wanted.get(Attribute::Active) != Some("false")).await?;
    }
    let others: Vec<Attribute> =
        changed.iter().copied().filter(|changed| *changed != Attribute::Active).collect();
    if !others.is_empty() {
        zoom.scim_change(id, wanted, &others).await?;
    }
    read_back(zoom, id, wanted, &changed).await
}

/// What became of `sent`.
async fn read_back(zoom: &Zoom, id: &str, wanted: &Values, sent: &[Attribute]) -> Result<Carried, ApiError> {
    let taken = Some(digest(wanted));
    let held = match zoom.scim_get(id).await {
        Ok(user) => user.values,
        // It was made, and is invisible until the invitation is accepted.
        Err(ApiError::NotFound) => {
            return Ok(Carried { taken, is_pending: true, ..Carried::plain(Some(id)) });
        }
        Err(error) => return Err(error),
    };
    let mut carried = Carried { taken, ..Carried::plain(Some(id)) };
    for attribute in sent.iter().copied().filter(|attribute| attribute.takes() == Takes::Always) {
        match (wanted.get(attribute), held.get(attribute)) {
            (Some(value), held) if held != Some(value) => carried.ignored.set(attribute, value),
            (None, Some(_)) => carried.ignored.set_empty(attribute),
            _ => {}
        }
    }
    Ok(carried)
}
