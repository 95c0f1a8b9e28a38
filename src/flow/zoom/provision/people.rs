//! Our people as the planner wants them, and what became of them in Zoom.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::note_name;
use super::turn::Claimed;
use super::wanted;
use crate::access::Action;
use crate::base::id::{UserId, ZoomRunId};
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::state::UserState;
use crate::flow::connection::settings::Settings;
use crate::flow::user::Which;
use crate::flow::zoom::work::{Home, Stop, home, now};
use crate::flow::{FlowError, Gateway};
use crate::scim::attribute::Values;
use crate::storage::user::User;
use crate::storage::zoom_person::{self, Among, ZoomPerson};
use crate::storage::{StorageError, Tx, connection, domain, people as stored_people, user};
use crate::zoom::provision::Fields;
use crate::zoom::provision::mapping::Mapping;
use crate::zoom::provision::plan::{Found, FoundKind, Link, Person, Plan, Standing, digest};
use crate::zoom::provision::proof::Proofs;
use crate::zoom::provision::rule::{Rule, first};

const MAX_PAGE: i64 = 200;
/// People of one address who are shown.
const MAX_FOUND: i64 = 50;
/// People who are read at a time.
const PORTION: i64 = 500;
/// People whose rule is written at a time.
const MOVED_AT_ONCE: usize = 256;

/// A person with what is kept about them.
#[derive(Debug)]
pub(super) struct Known {
    /// As the planner wants them.
    pub(super) person: Person,
    /// What they are called.
    pub(super) name: Option<String>,
    /// Whether they are with us.
    pub(super) is_here: bool,
    /// What is kept.
    pub(super) kept: Option<ZoomPerson>,
}

/// What became of a person in Zoom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonView {
    /// Who.
    pub user_id: UserId,
    /// What they are called; none when they are gone.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// Whether they are with us.
    pub is_here: bool,
    /// Their Zoom user.
    pub zoom_id: Option<String>,
    /// The id of the rule by which they came in.
    pub rule: Option<String>,
    /// Whether an invitation waits to be accepted.
    pub is_pending: bool,
    /// Whether we switched them off.
    pub is_off: bool,
    /// Values that Zoom did not take.
    pub ignored: Values,
    /// What went wrong last, by its stable name.
    pub problem: Option<String>,
    /// When something was last done or tried.
    pub changed_at: Instant,
}

/// People whom runs have had to do with, after `after`; those with a problem alone, if that is asked for.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`].
pub async fn list(
    gateway: &Gateway,
    ctx: &Ctx,
    (slug, only_problems): (&Slug, bool),
    (after, limit): (Option<UserId>, u32),
) -> Result<Vec<PersonView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let home = home(&mut tx, gateway, ctx, (Action::ReadZoom, slug)).await?;
    let among = if only_problems { Among::Problems } else { Among::All };
    let page = (after, i64::from(limit).min(MAX_PAGE + 1));
    let all = zoom_person::list(&mut tx, (home.account, among), page, &home.keys).await?;
    let mut views = Vec::with_capacity(all.len());
    for kept in all {
        views.push(view(&mut tx, &home, kept).await?);
    }
    Ok(views)
}

/// Those who are exactly what was typed: by their address, by the platform's own id, by ours, or by Zoom's.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`].
pub async fn search(
    gateway: &Gateway,
    ctx: &Ctx,
    (slug, typed): (&Slug, &str),
) -> Result<Vec<PersonView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let home = home(&mut tx, gateway, ctx, (Action::ReadZoom, slug)).await?;
    let (account, keys) = (home.account, home.keys.as_ref());
    let of_address = user::list_by_email(&mut tx, account, (typed, MAX_FOUND), keys).await?;
    let mut ids: BTreeSet<UserId> = of_address.into_iter().map(|user| user.id).collect();
    match Which::from(typed.to_owned()) {
        Which::Id(id) => ids.extend([id]),
        Which::ExternalId(id) => {
            let found = user::find_by_external_id(&mut tx, account, &id, keys).await?;
            ids.extend(found.map(|user| user.id));
        }
    }
    let of_zoom = zoom_person::find_by_zoom_id(&mut tx, account, typed, keys).await?;
    ids.extend(of_zoom.map(|kept| kept.user_id));
    let mut views = Vec::new();
    for id in ids {
        if let Some(kept) = zoom_person::find(&mut tx, account, id, keys).await? {
            views.push(view(&mut tx, &home, kept).await?);
        }
    }
    Ok(views)
}

/// One of them, with what the latest runs had to say about them.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`].
pub async fn show(
    gateway: &Gateway,
    ctx: &Ctx,
    (slug, user): (&Slug, UserId),
) -> Result<(Option<PersonView>, Vec<(ZoomRunId, super::view::StepView)>), FlowError> {
    const STEPS: i64 = 20;
    let mut tx = gateway.storage().read().await?;
    let home = home(&mut tx, gateway, ctx, (Action::ReadZoom, slug)).await?;
    let kept = zoom_person::find(&mut tx, home.account, user, &home.keys).await?;
    let steps = crate::storage::zoom_step::list_of(&mut tx, (home.account, user), STEPS, &home.keys).await?;
    let mut views = Vec::new();
    for (run, step) in steps {
        views.push((run, super::view::step_view(&mut tx, &home, step).await?));
    }
    let shown = match kept {
        Some(kept) => Some(view(&mut tx, &home, kept).await?),
        None => None,
    };
    Ok((shown, views))
}

async fn view(tx: &mut Tx, home: &Home, kept: ZoomPerson) -> Result<PersonView, FlowError> {
    let found = user::find(tx, home.account, kept.user_id, &home.keys).await?;
    let ignored = ignored(&kept)?;
    Ok(PersonView {
        user_id: kept.user_id,
        name: found.as_ref().and_then(|user| user.profile.name()),
        email: found.as_ref().and_then(|user| user.profile.email.clone()),
        is_here: found.is_some(),
        zoom_id: kept.zoom_id,
        rule: kept.rule,
        is_pending: kept.is_pending,
        is_off: kept.is_off,
        ignored,
        problem: kept.problem,
        changed_at: kept.changed_at,
    })
}

/// A person; none when nothing is known of them.
pub(super) async fn find(tx: &mut Tx, home: &Home, id: UserId) -> Result<Option<Known>, FlowError> {
    let found = user::find(tx, home.account, id, &home.keys).await?;
    let kept = zoom_person::find(tx, home.account, id, &home.keys).await?;
    match (found, kept) {
        (None, None) => Ok(None),
        (Some(found), kept) => Ok(Some(known(&found, kept)?)),
        (None, Some(kept)) => Ok(Some(gone(kept)?)),
    }
}

/// What is kept of everybody whom a run has had to do with.
pub(super) async fn all_kept(
    gateway: &Gateway,
    (home, claimed): (&Home, &mut Claimed),
) -> Result<BTreeMap<UserId, ZoomPerson>, Stop> {
    let (mut all, mut after) = (BTreeMap::new(), None);
    loop {
        let mut tx = gateway.storage().read().await?;
        let of = (home.account, Among::All);
        let kept = zoom_person::list(&mut tx, of, (after, PORTION), &home.keys).await?;
        drop(tx);
        let Some(last) = kept.last() else { return Ok(all) };
        after = Some(last.user_id);
        all.extend(kept.into_iter().map(|kept| (kept.user_id, kept)));
        claimed.renew(gateway).await?;
    }
}

/// Everybody who is with us passes by, with what is kept of them, and then whoever is left and not with us any more.
pub(super) async fn each(
    gateway: &Gateway,
    (home, claimed): (&Home, &mut Claimed),
    mut kept: BTreeMap<UserId, ZoomPerson>,
    mut pass: impl FnMut(Known) + Send,
) -> Result<(), Stop> {
    let mut after = None;
    loop {
        let mut tx = gateway.storage().read().await?;
        let (none, page) = (stored_people::Filter::default(), (after, PORTION));
        let listed = stored_people::list(&mut tx, home.account, &none, page, &home.keys).await?;
        drop(tx);
        let Some(last) = listed.last() else { break };
        after = Some(last.user.id);
        for one in listed {
            pass(known(&one.user, kept.remove(&one.user.id))?);
        }
        claimed.renew(gateway).await?;
    }
    for kept in kept.into_values() {
        pass(gone(kept)?);
    }
    Ok(())
}

/// Somebody who is with us.
pub(super) fn known(user: &User, kept: Option<ZoomPerson>) -> Result<Known, FlowError> {
    let standing = match user.state {
        UserState::Active => Standing::Active,
        UserState::Disabled => Standing::Disabled,
    };
    let link = kept.as_ref().map(link).transpose()?.flatten();
    let person = Person {
        id: user.id.to_string(),
        standing,
        fields: fields(user),
        link,
        given_by: user.profile.email_from.clone(),
        invited_as: kept.as_ref().map(invited).transpose()?.flatten(),
    };
    Ok(Known { person, name: user.profile.name(), is_here: true, kept })
}

/// Somebody who is not any more.
pub(super) fn gone(kept: ZoomPerson) -> Result<Known, FlowError> {
    let (link, invited_as) = (link(&kept)?, invited(&kept)?);
    let id = kept.user_id.to_string();
    let (standing, fields) = (Standing::Gone, Fields::new());
    let person = Person { id, standing, fields, link, given_by: None, invited_as };
    Ok(Known { person, name: None, is_here: false, kept: Some(kept) })
}

/// What the account has proved, and which connections may speak for it.
pub(super) async fn proofs(tx: &mut Tx, home: &Home) -> Result<Proofs, FlowError> {
    let mut proofs = Proofs { proved: domain::list_proved(tx, home.account).await?, ..Proofs::default() };
    for connection in connection::list(tx, home.account).await? {
        let may_assert = Settings::read(&connection.settings)?.email_domains;
        proofs.by_connection.insert(connection.id.to_string(), may_assert);
    }
    let owners = stored_people::list_owner_addresses(tx, home.account, &home.keys).await?;
    proofs.owners = owners.into_iter().map(|(id, address)| (id.to_string(), address)).collect();
    Ok(proofs)
}

fn link(kept: &ZoomPerson) -> Result<Option<Link>, FlowError> {
    let Some(zoom_id) = kept.zoom_id.clone() else { return Ok(None) };
    Ok(Some(Link {
        zoom_id,
        rule: kept.rule.clone(),
        taken: kept.taken,
        ignored: ignored(kept)?,
        is_pending: kept.is_pending,
        is_off: kept.is_off,
    }))
}

fn invited(kept: &ZoomPerson) -> Result<Option<String>, StorageError> {
    let Some(plain) = &kept.invited else { return Ok(None) };
    let address = String::from_utf8(plain.to_vec());
    address.map(Some).map_err(|_| StorageError::Corrupt("zoom_people.invited_sealed"))
}

/// Values that were sent and did not stay.
pub(super) fn ignored(kept: &ZoomPerson) -> Result<Values, FlowError> {
    let Some(plain) = &kept.ignored else { return Ok(Values::default()) };
    Ok(serde_json::from_slice(plain).map_err(|_| StorageError::Corrupt("zoom_people.ignored_sealed"))?)
}

/// What is known of somebody, by field.
fn fields(user: &User) -> Fields {
    let profile = &user.profile;
    let mut fields = Fields::new();
    for (name, value) in [
        ("email", &profile.email),
        ("first_name", &profile.first_name),
        ("last_name", &profile.last_name),
        ("display_name", &profile.display_name),
        ("username", &profile.username),
        ("external_id", &user.external_id),
    ] {
        if let Some(value) = value {
            fields.insert(name.to_owned(), vec![value.clone()]);
        }
    }
    fields.insert("role".to_owned(), vec![user.role.name().to_owned()]);
    if let Some(groups) = &profile.groups {
        fields.insert("groups".to_owned(), groups.clone());
    }
    if !profile.roles.is_empty() {
        fields.insert("roles".to_owned(), profile.roles.clone());
    }
    for (name, values) in &profile.custom {
        fields.insert(format!("custom:{name}"), values.clone());
    }
    fields
}

/// The rule that means somebody by now, where it is another than the one of before: who came under it by nothing but a
/// change of the rules, or of what no mapping looks at, has no step that would say so, and must not go with the old one.
pub(super) fn moved(rules: &[Rule], known: &Known) -> Option<(UserId, String)> {
    let (kept, person) = (known.kept.as_ref()?, &known.person);
    let before = person.link.as_ref()?.rule.as_deref();
    let rule = first(rules, &person.fields).filter(|_| known.is_here)?;
    (before != Some(rule.id.as_str())).then(|| (kept.user_id, rule.id.clone()))
}

/// Who they are and what went wrong with them last, if something did.
pub(super) fn blamed(known: &Known) -> Option<(UserId, String)> {
    let kept = known.kept.as_ref()?;
    Some((kept.user_id, kept.problem.clone()?))
}

/// Keeps which rules people are under by now.
pub(super) async fn keep_moved(
    gateway: &Gateway,
    (home, claimed): (&Home, &mut Claimed),
    moved: &[(UserId, String)],
) -> Result<(), Stop> {
    for portion in moved.chunks(MOVED_AT_ONCE) {
        let mut tx = gateway.storage().write().await?;
        claimed.renew_in(gateway, &mut tx).await?;
        for (user, rule) in portion {
            zoom_person::update_rule(&mut tx, home.account, *user, rule).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Keeps what Zoom has by now of people, as a plan has found it.
pub(super) async fn keep_found(
    gateway: &Gateway,
    (home, claimed): (&Home, &mut Claimed),
    found: &[Found],
) -> Result<(), Stop> {
    for portion in found.chunks(MOVED_AT_ONCE) {
        let mut tx = gateway.storage().write().await?;
        claimed.renew_in(gateway, &mut tx).await?;
        for found in portion {
            let user = found.person.parse().map_err(|_| FlowError::Internal("a plan without its person"))?;
            match found.what {
                FoundKind::Accepted => {
                    zoom_person::update_accepted(&mut tx, home.account, user).await?;
                }
                FoundKind::OnAgain => {
                    zoom_person::update_on_again(&mut tx, home.account, user).await?;
                }
                // Into which groups they were pushed is forgotten when they are taken out of these.
                FoundKind::Over => zoom_person::delete(&mut tx, home.account, user).await?,
            }
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Forgets what went wrong with people for whom nothing is left to do, and keeps what keeps others out, which no step would
/// say. While provisioning is off, whoever looks at what would be done makes nobody a problem.
pub(super) async fn keep_problems(
    gateway: &Gateway,
    (home, claimed): (&Home, &mut Claimed),
    (blamed, plan, is_on): (&[(UserId, String)], &Plan, bool),
) -> Result<(), Stop> {
    let unfinished = plan.unfinished();
    let is_mended = |user: &UserId| !unfinished.contains(user.to_string().as_str());
    let mended = blamed.iter().map(|(user, _)| *user).filter(is_mended);
    let mut all: Vec<(UserId, Option<&'static str>)> = mended.map(|user| (user, None)).collect();
    if is_on {
        let before: BTreeMap<UserId, &str> =
            blamed.iter().map(|(user, problem)| (*user, problem.as_str())).collect();
        for (person, kind) in plan.kept_out() {
            let user: UserId =
                person.parse().map_err(|_| FlowError::Internal("a plan without its person"))?;
            let problem = note_name(kind);
            if before.get(&user) != Some(&problem) {
                all.push((user, Some(problem)));
            }
        }
    }
    for portion in all.chunks(MOVED_AT_ONCE) {
        let mut tx = gateway.storage().write().await?;
        claimed.renew_in(gateway, &mut tx).await?;
        for (user, problem) in portion {
            match problem {
                Some(problem) => {
                    let (of, problem) = ((home.account, *user), (*problem, now(gateway)));
                    zoom_person::save_problem(&mut tx, of, problem).await?;
                }
                None => zoom_person::forget_problem(&mut tx, home.account, *user).await?,
            }
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Whether Zoom may have to be told something about them, as far as it can be said without asking Zoom.
pub(super) fn may_differ(known: &Known, rules: &[Rule], mapping: &Mapping) -> bool {
    let person = &known.person;
    let is_off = known.kept.as_ref().is_some_and(|kept| kept.is_off);
    match wanted(rules, mapping, person) {
        // The next run for everybody tells of it.
        Err(_) => false,
        Ok(None) => person.link.is_some() && !is_off,
        Ok(Some((rule, values))) => person.link.as_ref().is_none_or(|link| {
            is_off || link.taken != Some(digest(&values)) || link.rule.as_deref() != Some(rule.id.as_str())
        }),
    }
}
