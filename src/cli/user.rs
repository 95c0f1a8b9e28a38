//! `gatepost user …`: the people of an account.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::gateway::{self, InAccount};
use super::{Failure, Outcome, Status};
use crate::base::caller::Role;
use crate::base::id::UserId;
use crate::directory::state::UserState;
use crate::flow::user::{self, Changes, Create, IdentityView, List, UserDetail, UserView, Which};
use crate::words::EN;

/// What can be done with people.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a user before their first sign-in
    Create(CreateOptions),
    /// Show a user and what leads to them
    Show(WhichOptions),
    /// List an account's users, oldest first
    List(ListOptions),
    /// Change what is known of a user; an empty text takes it away
    Update(UpdateOptions),
    /// Shut a user out and end their sessions
    Disable(WhichOptions),
    /// Let a user in again
    Enable(WhichOptions),
    /// Erase a user with everything personal that is kept of them
    Erase(WhichOptions),
    /// Make and change the users of a CSV file, recognised by their external id; all of them or none
    Import(ImportOptions),
}

/// What is known of a user.
#[derive(Debug, Args)]
pub struct Known {
    /// The platform's own id for them
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    /// The email address
    #[arg(long)]
    email: Option<String>,
    /// The first name
    #[arg(long)]
    first_name: Option<String>,
    /// The last name
    #[arg(long)]
    last_name: Option<String>,
    /// The whole name
    #[arg(long)]
    display_name: Option<String>,
    /// The name that they sign in with
    #[arg(long)]
    username: Option<String>,
    /// Their role in the account: member, admin or owner
    #[arg(long, value_parser = role)]
    role: Option<Role>,
}

/// Options of `gatepost user create`.
#[derive(Debug, Args)]
pub struct CreateOptions {
    #[command(flatten)]
    known: Known,
    #[command(flatten)]
    within: InAccount,
}

/// Options of `gatepost user show`, `disable`, `enable` and `erase`.
#[derive(Debug, Args)]
pub struct WhichOptions {
    /// The user: user_…, or the platform's own id for them
    user: String,
    #[command(flatten)]
    within: InAccount,
}

/// Options of `gatepost user update`.
#[derive(Debug, Args)]
pub struct UpdateOptions {
    /// The user: user_…, or the platform's own id for them
    user: String,
    #[command(flatten)]
    known: Known,
    #[command(flatten)]
    within: InAccount,
}

/// Options of `gatepost user list`.
#[derive(Debug, Args)]
pub struct ListOptions {
    /// Only those in this state: active or disabled
    #[arg(long, value_parser = state)]
    state: Option<UserState>,
    /// Only those with this role: member, admin or owner
    #[arg(long, value_parser = role)]
    role: Option<Role>,
    /// Only those with this email address
    #[arg(long, conflicts_with = "state")]
    email: Option<String>,
    /// Begin after this user
    #[arg(long, value_name = "USER")]
    after: Option<UserId>,
    /// So many at most
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    #[command(flatten)]
    within: InAccount,
}

/// Options of `gatepost user import`.
#[derive(Debug, Args)]
pub struct ImportOptions {
    #[arg(
        value_name = "FILE.csv",
        help = "The file; its first line names the columns: external_id and any of email, first_name, last_name, \
                display_name, username, role"
    )]
    file: PathBuf,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    within: InAccount,
}

fn role(text: &str) -> Result<Role, String> {
    text.parse().map_err(|_| "it is one of member, admin, owner".to_owned())
}

fn state(text: &str) -> Result<UserState, String> {
    text.parse().map_err(|_| "it is one of active, disabled".to_owned())
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: Command) -> Outcome {
    match command {
        Command::Create(options) => create(options),
        Command::Show(options) => show(options),
        Command::List(options) => list(options),
        Command::Update(options) => update(options),
        Command::Disable(options) => set_state(options, UserState::Disabled),
        Command::Enable(options) => set_state(options, UserState::Active),
        Command::Erase(options) => erase(options),
        Command::Import(options) => import(options),
    }
}

fn create(CreateOptions { known, within }: CreateOptions) -> Outcome {
    let input = Create { account: within.account.clone(), known: known.into() };
    let made = within.common.work(async |gateway, ctx| user::create(gateway, ctx, input).await)?;
    print(within.common.json, &made, None);
    Ok(Status::Done)
}

fn show(WhichOptions { user, within }: WhichOptions) -> Outcome {
    let found = within
        .common
        .work(async |gateway, ctx| user::find(gateway, ctx, &within.account, &user.into()).await)?;
    print(within.common.json, &found.user, Some(&found));
    Ok(Status::Done)
}

fn list(options: ListOptions) -> Outcome {
    let ListOptions { state, role, email, after, limit, within } = options;
    let input = List { account: within.account.clone(), state, role, email, after, limit };
    let found = within.common.work(async |gateway, ctx| user::list(gateway, ctx, &input).await)?;
    within.common.print_each(&found, |is_json, user| print(is_json, user, None));
    Ok(Status::Done)
}

fn update(UpdateOptions { user, known, within }: UpdateOptions) -> Outcome {
    let which = user.into();
    let makes_owner = known.role == Some(Role::Owner);
    let (changed, ways) = within.common.work(async |gateway, ctx| {
        let who = (&within.account, &which);
        // Asked first: what fails must not have been done.
        let ways = if makes_owner { user::ways(gateway, ctx, who).await? } else { Vec::new() };
        let changed = user::update(gateway, ctx, who, known.into()).await?;
        Ok((changed, ways))
    })?;
    print(within.common.json, &changed, None);
    for way in ways {
        gateway::note(&way.told(&EN.notices));
    }
    Ok(Status::Done)
}

fn set_state(WhichOptions { user, within }: WhichOptions, state: UserState) -> Outcome {
    let which = Which::from(user);
    let ended = within.common.work(async |gateway, ctx| {
        let who = (&within.account, &which);
        user::set_state(gateway, ctx, who, state).await
    })?;
    let pairs =
        [("state", "State", state.to_string()), ("sessions_ended", "Sessions ended", ended.to_string())];
    gateway::print(within.common.json, &pairs);
    Ok(Status::Done)
}

fn erase(WhichOptions { user, within }: WhichOptions) -> Outcome {
    let which = Which::from(user);
    let erased = within
        .common
        .work(async |gateway, ctx| user::erase(gateway, ctx, (&within.account, &which)).await)?;
    gateway::print(
        within.common.json,
        &[("erased", "Erased", erased.user_id.to_string()), ("receipt", "Receipt", erased.id.to_string())],
    );
    Ok(Status::Done)
}

fn import(ImportOptions { file, dry_run, within }: ImportOptions) -> Outcome {
    let csv = std::fs::read(&file)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", file.display())))?;
    let imported = within.common.work(async |gateway, ctx| {
        let list = (csv.as_slice(), dry_run);
        user::import(gateway, ctx, &within.account, list).await
    })?;
    if within.common.json {
        let line = json!({
            "created": imported.created, "updated": imported.updated, "unchanged": imported.unchanged,
            "written": imported.is_written,
        });
        gateway::print_json(&line);
    } else {
        gateway::print(
            false,
            &[
                ("created", "Created", imported.created.to_string()),
                ("updated", "Updated", imported.updated.to_string()),
                ("unchanged", "Unchanged", imported.unchanged.to_string()),
            ],
        );
        if dry_run {
            gateway::note("Nothing was written: this was a rehearsal (--dry-run).");
        }
    }
    Ok(Status::Done)
}

impl From<Known> for Changes {
    fn from(known: Known) -> Self {
        let Known { external_id, email, first_name, last_name, display_name, username, role } = known;
        Self { external_id, email, first_name, last_name, display_name, username, role, vouches: true }
    }
}

fn print(is_json: bool, user: &UserView, detail: Option<&UserDetail>) {
    if is_json {
        let mut object = object(user);
        if let (Some(detail), Some(fields)) = (detail, object.as_object_mut()) {
            let at = detail.last_sign_in_at.map(|at| at.to_string());
            fields.insert("last_sign_in_at".to_owned(), json!(at));
            let identities: Vec<_> = detail.identities.iter().map(identity).collect();
            fields.insert("identities".to_owned(), json!(identities));
        }
        return gateway::print_json(&object);
    }
    let profile = &user.profile;
    let mut pairs = vec![("id", "User", user.id.to_string())];
    let mut add = |label: &'static str, value: Option<String>| {
        pairs.extend(value.filter(|value| !value.is_empty()).map(|value| ("", label, value)));
    };
    add("External id", user.external_id.clone());
    add("State", Some(user.state.to_string()));
    add("Role", Some(user.role.to_string()));
    let verified = if user.is_email_verified { "verified" } else { "not verified" };
    add("Email", profile.email.as_ref().map(|email| format!("{email} ({verified})")));
    add("First name", profile.first_name.clone());
    add("Last name", profile.last_name.clone());
    add("Display name", profile.display_name.clone());
    add("User name", profile.username.clone());
    add("Groups", profile.groups.as_ref().map(|groups| groups.join(", ")));
    add("Platform roles", Some(profile.roles.join(", ")));
    for (name, values) in &profile.custom {
        add("Field", Some(format!("{name} = {}", values.join(", "))));
    }
    add("Known since", Some(user.created_at.to_string()));
    if let Some(detail) = detail {
        add("Last sign-in", detail.last_sign_in_at.map(|at| at.to_string()));
        for identity in &detail.identities {
            let IdentityView { connection_id, source, value, .. } = identity;
            add("Identity", Some(format!("{value} ({source} at {connection_id})")));
        }
    }
    gateway::print(false, &pairs);
}

fn object(user: &UserView) -> Value {
    let profile = &user.profile;
    json!({
        "id": user.id.to_string(),
        "external_id": user.external_id,
        "state": user.state.name(),
        "role": user.role.name(),
        "email": profile.email,
        "email_verified": user.is_email_verified,
        "first_name": profile.first_name,
        "last_name": profile.last_name,
        "display_name": profile.display_name,
        "username": profile.username,
        "groups": profile.groups,
        "roles": profile.roles,
        "custom": profile.custom,
        "created_at": user.created_at.to_string(),
        "updated_at": user.updated_at.to_string(),
    })
}

fn identity(identity: &IdentityView) -> Value {
    json!({
        "connection": identity.connection_id.to_string(),
        "source": identity.source,
        "value": identity.value,
        "created_at": identity.created_at.to_string(),
    })
}
