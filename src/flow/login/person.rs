//! The user behind an accepted message: found by their identity, brought up to date, or made.

use super::decide::Accepted;
use crate::base::Ctx;
use crate::base::id::UserId;
use crate::directory::jit::{self, Decision, Known};
use crate::directory::state::{Role, UserState};
use crate::flow::connection::load::Loaded;
use crate::flow::{FlowError, Gateway};
use crate::storage::Tx;
use crate::storage::user::{self, IdentityKey, User};

/// The user that the statement is about, made or brought up to date; `None` when nobody may sign in.
pub(super) async fn find_or_make(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    loaded: &Loaded,
    accepted: &Accepted,
) -> Result<Option<UserId>, FlowError> {
    let (account, keys, with) = (loaded.account.id, &loaded.keys, (ctx.now, gateway.rng()));
    let source = loaded.settings.subject.to_string();
    let identity =
        IdentityKey { connection: loaded.connection.id, source: &source, value: &accepted.subject.key };
    let known = user::find_by_identity(tx, account, identity, keys).await?;
    let known = known.map(|user| Known { user: user.id, is_disabled: user.state == UserState::Disabled });
    match jit::decide(known, loaded.settings.provisioning) {
        Decision::Deny => Ok(None),
        Decision::Update(id) => {
            user::update_signed_in(tx, account, (id, &accepted.profile), keys, with).await?;
            Ok(Some(id))
        }
        Decision::Create => {
            let user = User {
                id: UserId::make(ctx.now, gateway.rng()),
                external_id: None,
                state: UserState::Active,
                role: Role::Member,
                profile: accepted.profile.clone(),
            };
            user::insert(tx, account, &user, keys, with).await?;
            let shown = accepted.subject.shown.as_str();
            user::insert_identity(tx, account, (identity, shown), user.id, keys, with).await?;
            Ok(Some(user.id))
        }
    }
}
