//! The users of Zoom as the last inventory found them, with who of ours they are: person, identity, Zoom user, licence,
//! last sign-in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::access::Action;
use crate::base::id::{ConnectionId, UserId};
use crate::base::sentence::sentence;
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::state::UserState;
use crate::flow::zoom::work::{Home, home};
use crate::flow::{FlowError, Gateway};
use crate::storage::user::{self, User};
use crate::storage::zoom_inventory::{self, Listed, Which};
use crate::storage::{StorageError, Tx, connection, people, zoom_person};
use crate::zoom::inventory::Use;
use crate::zoom::users::{self, Plan, Sweep};

const MAX_PAGE: i64 = 500;
/// Users of one address.
const MAX_FOUND: i64 = 50;

/// A user as they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredSeat {
    pub(super) email: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) sweep: String,
    pub(super) plan: String,
    pub(super) use_of_it: String,
    pub(super) is_wasted: bool,
    pub(super) bundle: Option<String>,
    pub(super) department: String,
    pub(super) role_id: Option<String>,
    /// In microseconds.
    pub(super) last_login_at: Option<i64>,
    /// In microseconds.
    pub(super) created_at: Option<i64>,
}

impl StoredSeat {
    pub(super) fn of(sweep: Sweep, user: &users::User, use_of_it: Use) -> Self {
        Self {
            email: user.email.clone(),
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            sweep: sweep.name().to_owned(),
            plan: user.plan.name().to_owned(),
            use_of_it: use_of_it.name().to_owned(),
            is_wasted: user.plan.is_paid() && use_of_it.wastes(),
            bundle: user.bundle.clone(),
            department: user.department.clone(),
            role_id: user.role_id.clone(),
            last_login_at: user.last_login_at.map(Instant::micros),
            created_at: user.created_at.map(Instant::micros),
        }
    }
}

/// Which users.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Filter {
    /// All.
    #[default]
    All,
    /// Those whose paid licence is wasted.
    Wasted,
    /// Those of a plan, by its stable name.
    Plan(String),
    /// Those with that use, by its stable name.
    Use(String),
    /// Those with that address.
    Email(String),
}

impl Filter {
    /// Reads `wasted`, `plan:licensed`, `use:never`, or an address; nothing is all.
    ///
    /// # Errors
    /// [`FlowError::Invalid`].
    pub fn parse(text: &str) -> Result<Self, FlowError> {
        let text = text.trim();
        let known_plan = |name: &str| Plan::ALL.iter().any(|plan| plan.name() == name);
        let uses = [Use::Lately, Use::New, Use::LongAgo, Use::Never, Use::Off, Use::Invited];
        let known_use = |name: &str| uses.iter().any(|use_of_it| use_of_it.name() == name);
        match text.split_once(':') {
            None if text.is_empty() => Ok(Self::All),
            None if text == "wasted" => Ok(Self::Wasted),
            None if text.contains('@') => Ok(Self::Email(text.to_owned())),
            Some(("plan", name)) if known_plan(name) => Ok(Self::Plan(name.to_owned())),
            Some(("use", name)) if known_use(name) => Ok(Self::Use(name.to_owned())),
            _ => Err(FlowError::Invalid(sentence!(
                "show what? wasted, plan:licensed, use:never, or an email address"
            ))),
        }
    }
}

/// Who of ours a user of Zoom is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OursView {
    /// Who.
    pub user_id: UserId,
    /// What they are called.
    pub name: Option<String>,
    /// Whether they may sign in here.
    pub state: UserState,
    /// The connections by which they sign in.
    pub connections: Vec<ConnectionId>,
    /// What those are called.
    pub connection_names: Vec<String>,
    /// When they signed in here last, as far as sessions are kept.
    pub last_sign_in_at: Option<Instant>,
    /// Whether a run tied them to this user of Zoom; otherwise it is their address alone.
    pub is_linked: bool,
}

/// A user of Zoom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatView {
    /// Where the list goes on after them.
    pub cursor: String,
    /// Their id at Zoom; none for those who are invited.
    pub zoom_id: Option<String>,
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// `active`, `inactive`, `pending`.
    pub status: String,
    /// Their licence, by its stable name.
    pub plan: String,
    /// How they use it, by its stable name.
    pub use_of_it: String,
    /// Whether a paid licence is wasted.
    pub is_wasted: bool,
    /// The bundle that the licence belongs to: Zoom's number for it.
    pub bundle: Option<String>,
    /// What Zoom calls that bundle, where the number is known.
    pub bundle_name: Option<&'static str>,
    /// Department.
    pub department: String,
    /// Zoom's id of their role: 0 the owner, 1 an administrator, 2 a member; others are of the account's own making.
    pub role_id: Option<String>,
    /// When they last signed in to Zoom.
    pub last_login_at: Option<Instant>,
    /// When they were made.
    pub created_at: Option<Instant>,
    /// Who of ours they are.
    pub ours: Option<OursView>,
    /// How many of ours have their address, when no run has tied one to them.
    pub candidates: usize,
}

/// Users after `after`, `limit` at the most.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`]; [`FlowError::Invalid`] for a cursor that is none.
pub async fn list(
    gateway: &Gateway,
    ctx: &Ctx,
    (slug, filter): (&Slug, &Filter),
    (after, limit): (Option<&str>, u32),
) -> Result<Vec<SeatView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let home = home(&mut tx, gateway, ctx, (Action::ReadZoom, slug)).await?;
    let limit = i64::from(limit).min(MAX_PAGE + 1);
    let which = match filter {
        Filter::All => Which::All,
        Filter::Wasted => Which::Wasted,
        Filter::Plan(name) => Which::Plan(name),
        Filter::Use(name) => Which::Use(name),
        Filter::Email(email) => {
            let with = (email.as_str(), MAX_FOUND);
            let found = zoom_inventory::list_seats_by_email(&mut tx, home.account, with, &home.keys).await?;
            return views(&mut tx, &home, found).await;
        }
    };
    let after = after.map(unhex).transpose()?.unwrap_or_default();
    let page = (after.as_slice(), limit);
    let found = zoom_inventory::list_seats(&mut tx, (home.account, which), page, &home.keys).await?;
    views(&mut tx, &home, found).await
}

fn unhex(text: &str) -> Result<Vec<u8>, FlowError> {
    let bad = || FlowError::Invalid(sentence!("the list goes on at another place; begin it again"));
    if text.len() > 128 || !text.is_ascii() || !text.len().is_multiple_of(2) {
        return Err(bad());
    }
    let pair = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).map_err(|_| bad())?;
        u8::from_str_radix(pair, 16).map_err(|_| bad())
    };
    text.as_bytes().chunks(2).map(pair).collect()
}

/// What the account's connections are called.
type Names = BTreeMap<ConnectionId, String>;

async fn views(tx: &mut Tx, home: &Home, found: Vec<Listed>) -> Result<Vec<SeatView>, FlowError> {
    let connections = connection::list(tx, home.account).await?;
    let names: Names = connections.into_iter().map(|connection| (connection.id, connection.name)).collect();
    let mut views = Vec::with_capacity(found.len());
    for listed in found {
        views.push(view(tx, (home, &names), listed).await?);
    }
    Ok(views)
}

async fn view(tx: &mut Tx, (home, names): (&Home, &Names), listed: Listed) -> Result<SeatView, FlowError> {
    let seat = read(&listed.seat)?;
    let linked = match &listed.zoom_id {
        Some(id) => zoom_person::find_by_zoom_id(tx, home.account, id, &home.keys).await?,
        None => None,
    };
    let (mut candidates, mut ours) = (0, None);
    if let Some(kept) = linked {
        if let Some(found) = user::find(tx, home.account, kept.user_id, &home.keys).await? {
            ours = Some(theirs(tx, (home, names), (found, true)).await?);
        }
    } else {
        // Children share a parent's address: then nobody can say who it is.
        let mut found = user::list_by_email(tx, home.account, (&seat.email, 2), &home.keys).await?;
        candidates = found.len();
        if candidates == 1
            && let Some(found) = found.pop()
        {
            ours = Some(theirs(tx, (home, names), (found, false)).await?);
        }
    }
    let name = format!("{} {}", seat.first_name, seat.last_name);
    Ok(SeatView {
        cursor: listed.cursor,
        zoom_id: listed.zoom_id,
        name: name.trim().to_owned(),
        email: seat.email,
        status: seat.sweep,
        plan: seat.plan,
        use_of_it: seat.use_of_it,
        is_wasted: seat.is_wasted,
        bundle_name: seat.bundle.as_deref().and_then(users::bundle_name),
        bundle: seat.bundle,
        department: seat.department,
        role_id: seat.role_id,
        last_login_at: seat.last_login_at.map(Instant::from_micros),
        created_at: seat.created_at.map(Instant::from_micros),
        ours,
        candidates,
    })
}

async fn theirs(
    tx: &mut Tx,
    (home, names): (&Home, &Names),
    (found, is_linked): (User, bool),
) -> Result<OursView, FlowError> {
    let identities = people::list_identities(tx, home.account, found.id, &home.keys).await?;
    let mut connections: Vec<ConnectionId> =
        identities.into_iter().map(|identity| identity.connection_id).collect();
    connections.dedup();
    Ok(OursView {
        last_sign_in_at: people::last_sign_in(tx, home.account, found.id).await?,
        user_id: found.id,
        name: found.profile.name(),
        state: found.state,
        connection_names: connections.iter().filter_map(|id| names.get(id).cloned()).collect(),
        connections,
        is_linked,
    })
}

/// Reads a user as they are kept.
pub(super) fn read(plain: &[u8]) -> Result<StoredSeat, StorageError> {
    serde_json::from_slice(plain).map_err(|_| StorageError::Corrupt("zoom_seats.seat_sealed"))
}
