//! The calls that lists, provisioning and the inventory are made of, typed.

use serde_json::Value;

use super::activity;
use super::api::error::ApiError;
use super::api::pace::Label;
use super::api::{Call, Zoom};
use super::users::{self, Sweep};
use crate::outbound::request::Verb;
use crate::scim::attribute::{Attribute, Values};
use crate::scim::group::{self, Group};
use crate::scim::list::{self, Walk};
use crate::scim::path::segment;
use crate::scim::user::{self, User};

/// Zoom documents no bound on a page of SCIM; a hundred is what others ask for.
const SCIM_PAGE: u32 = 100;
const REST_PAGE: u32 = 300;

fn scim_user(value: &Value) -> Result<User, ApiError> {
    user::read(value).map_err(|_| ApiError::Unintelligible)
}

fn group_path(id: &str) -> String {
    format!("/scim2/Groups/{}", segment(id))
}

fn user_path(id: &str) -> String {
    format!("/scim2/Users/{}", segment(id))
}

impl Zoom {
    /// The next page of users by SCIM; `None` when there is none. Pending users are not among them.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn scim_page(&self, walk: &mut Walk) -> Result<Option<Vec<User>>, ApiError> {
        let Some(query) = walk.query(SCIM_PAGE) else { return Ok(None) };
        let body = self.json(Call::get(&format!("/scim2/Users?{query}"), Label::Scim)).await?;
        let page = list::read(body).map_err(|_| ApiError::Unintelligible)?;
        walk.came(&page);
        page.resources.iter().map(scim_user).collect::<Result<_, _>>().map(Some)
    }

    /// The user of that name, if there is one. Somebody who is pending is [`ApiError::NotFound`].
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn scim_find(&self, user_name: &str) -> Result<Option<User>, ApiError> {
        let path = format!("/scim2/Users?{}", list::by_user_name(user_name));
        let page = list::read(self.json(Call::get(&path, Label::Scim)).await?);
        let page = page.map_err(|_| ApiError::Unintelligible)?;
        let found = page.resources.iter().map(scim_user).collect::<Result<Vec<_>, _>>()?;
        // A server that does not know the filter would answer with everybody.
        let is_them = |user: &User| {
            user.values.get(Attribute::UserName).is_some_and(|name| name.eq_ignore_ascii_case(user_name))
        };
        Ok(found.into_iter().find(is_them))
    }

    /// One user, with everything that is known of them.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn scim_get(&self, id: &str) -> Result<User, ApiError> {
        scim_user(&self.json(Call::get(&user_path(id), Label::Scim)).await?)
    }

    /// Makes a user.
    ///
    /// # Errors
    /// [`ApiError`]; [`ApiError::Unknown`] when it may have been done.
    pub async fn scim_create(&self, values: &Values) -> Result<User, ApiError> {
        let body = user::create(values);
        scim_user(&self.json(Call::send(Verb::Post, "/scim2/Users", Label::Scim, &body)).await?)
    }

    /// Changes values of a user. Zoom answers success also where it ignores one.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn scim_change(
        &self,
        id: &str,
        values: &Values,
        changed: &[Attribute],
    ) -> Result<(), ApiError> {
        let body = user::change(values, changed);
        self.call(Call::send(Verb::Put, &user_path(id), Label::Scim, &body)).await.map(drop)
    }

    /// Switches a user on or off.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn scim_set_active(&self, id: &str, is_active: bool) -> Result<(), ApiError> {
        let body = user::set_active(is_active);
        self.call(Call::send(Verb::Patch, &user_path(id), Label::Scim, &body)).await.map(drop)
    }

    /// Deletes a user. By REST, where what it does is documented; whoever is gone already is no error.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn delete_user(&self, id: &str) -> Result<(), ApiError> {
        self.take_away(&format!("/v2/users/{}?action=delete", segment(id))).await
    }

    /// Takes an invitation back. Whoever has one is known by their address alone, and leaves the account by what would let
    /// others keep a Zoom user of their own; whoever is gone already is no error.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn withdraw_invitation(&self, address: &str) -> Result<(), ApiError> {
        self.take_away(&format!("/v2/users/{}?action=disassociate", segment(address))).await
    }

    async fn take_away(&self, path: &str) -> Result<(), ApiError> {
        let call = Call { verb: Verb::Delete, path, label: Label::Light, body: None };
        match self.call(call).await {
            Ok(_) | Err(ApiError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// All groups, without their members.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn scim_groups(&self) -> Result<Vec<Group>, ApiError> {
        let (mut walk, mut all) = (Walk::default(), Vec::new());
        while let Some(query) = walk.query(SCIM_PAGE) {
            let body = self.json(Call::get(&format!("/scim2/Groups?{query}"), Label::Scim)).await?;
            let page = list::read(body).map_err(|_| ApiError::Unintelligible)?;
            walk.came(&page);
            for value in &page.resources {
                all.push(group::read(value).map_err(|_| ApiError::Unintelligible)?);
            }
        }
        Ok(all)
    }

    /// A group with its members.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn scim_group(&self, id: &str) -> Result<Group, ApiError> {
        let body = self.json(Call::get(&group_path(id), Label::Scim)).await?;
        group::read(&body).map_err(|_| ApiError::Unintelligible)
    }

    /// Makes an empty group.
    ///
    /// # Errors
    /// [`ApiError`]; [`ApiError::Unknown`] when it may have been done.
    pub async fn scim_create_group(&self, name: &str) -> Result<Group, ApiError> {
        let body = group::create(name);
        let made = self.json(Call::send(Verb::Post, "/scim2/Groups", Label::Scim, &body)).await?;
        group::read(&made).map_err(|_| ApiError::Unintelligible)
    }

    /// Adds members to a group and takes others out. It may be done again.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn scim_change_group(
        &self,
        id: &str,
        added: &[&str],
        removed: &[&str],
    ) -> Result<(), ApiError> {
        for body in group::change_members(added, removed) {
            self.call(Call::send(Verb::Patch, &group_path(id), Label::Scim, &body)).await?;
        }
        Ok(())
    }

    /// A page of the report on who signed in and out from one day to another; `next` is what the page before said.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn activities_page(
        &self,
        (from, to): (&str, &str),
        next: Option<&str>,
    ) -> Result<activity::Page, ApiError> {
        let mut path =
            format!("/v2/report/activities?from={}&to={}&page_size={REST_PAGE}", segment(from), segment(to));
        if let Some(next) = next {
            path = format!("{path}&next_page_token={}", segment(next));
        }
        let answer = self.call(Call::get(&path, Label::Heavy)).await?;
        activity::read(&answer.body).ok_or(ApiError::Unintelligible)
    }

    /// A page of a sweep; `next` is what the page before said.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn users_page(&self, sweep: Sweep, next: Option<&str>) -> Result<users::Page, ApiError> {
        let mut path = format!("/v2/users?status={}&page_size={REST_PAGE}", sweep.name());
        if let Some(next) = next {
            path = format!("{path}&next_page_token={}", segment(next));
        }
        let answer = self.call(Call::get(&path, Label::Medium)).await?;
        users::read(sweep, &answer.body).ok_or(ApiError::Unintelligible)
    }

    /// What the account has bought and uses, as Zoom writes it.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn plan_usage(&self) -> Result<Value, ApiError> {
        self.json(Call::get("/v2/accounts/me/plans/usage", Label::Heavy)).await
    }
}
