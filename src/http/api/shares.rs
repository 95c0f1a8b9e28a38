//! Links that show a sign-in to whoever runs the identity provider.

use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::Serialize;

use super::call::{Call, Done, Made, Query};
use super::paging::{Page, Plain};
use super::problem::Problem;
use super::schema::{Moment, ShareIdText};
use crate::base::id::{AttemptId, ShareId};
use crate::flow::attempt::share::{self, ShareView};

/// A link that shows a sign-in without what is personal.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Share {
    id: ShareIdText,
    /// Who made it.
    created_by: String,
    created_at: Moment,
    expires_at: Moment,
    /// Whether it still shows anything.
    is_open: bool,
}

/// A link that was made.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IssuedShare {
    id: ShareIdText,
    /// The link itself. It is not told again.
    url: String,
    expires_at: Moment,
}

impl From<ShareView> for Share {
    fn from(view: ShareView) -> Self {
        let ShareView { id, created_by, created_at, expires_at, is_open } = view;
        let (created_at, expires_at) = (Moment(created_at), Moment(expires_at));
        Self { id: ShareIdText(id), created_by, created_at, expires_at, is_open }
    }
}

/// Those of a sign-in, the newest first.
pub(super) async fn list(call: Call, Query(filter): Query<Plain>) -> Result<Page<Share>, Problem> {
    let window = filter.window()?;
    let id: AttemptId = call.own("sign_in").await?;
    let all = share::list(call.gateway(), &call.ctx, id).await?;
    Ok(window.page_of_all(all, |view| view.id.to_string(), Share::from))
}

/// Makes one.
pub(super) async fn create(call: Call, (): ()) -> Result<Made<IssuedShare>, Problem> {
    let id: AttemptId = call.own("sign_in").await?;
    let made = share::create(call.gateway(), &call.ctx, id).await?;
    let told = IssuedShare {
        id: ShareIdText(made.id),
        url: made.url.expose_secret().to_owned(),
        expires_at: Moment(made.expires_at),
    };
    Ok(Made(told, call.below(&format!("sign-ins/{id}/shares"))))
}

/// Takes one back.
pub(super) async fn revoke(call: Call, (): ()) -> Result<Done, Problem> {
    let id: AttemptId = call.own("sign_in").await?;
    let link: ShareId = call.named("share")?;
    share::revoke(call.gateway(), &call.ctx, (id, link)).await?;
    Ok(Done)
}
