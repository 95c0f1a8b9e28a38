//! `gatepost zoom people|preview|retry`: what became of people in Zoom, and what the settings would do with one of them.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::gateway::{self, InAccount};
use super::zoom_provisioning::{not_taken, print_step};
use super::{Failure, Outcome, Status};
use crate::base::Ctx;
use crate::base::id::UserId;
use crate::directory::account::Slug;
use crate::flow::user::{self, Which};
use crate::flow::zoom::provision::people::{self, PersonView};
use crate::flow::zoom::provision::run;
use crate::flow::zoom::provision::settings::{self, Preview, Settings};
use crate::flow::{FlowError, Gateway};
use crate::http::api::{ZoomPerson, ZoomPersonDetail, ZoomPreview};
use crate::http::pages::zoom_provisioning::{person_problem, unmappable};
use crate::http::zoom_file;
use crate::words::EN;

/// As many are listed at a time.
const LISTED: u32 = 100;

/// What can be asked about people.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List what became of people in Zoom; or of one, with what runs did for them
    People(PeopleOptions),
    /// See what the settings make of one person; nothing is done
    Preview(PreviewOptions),
    /// Look at one person soon, or at all who have a problem
    Retry(RetryOptions),
}

/// Options of `gatepost zoom people`.
#[derive(Debug, Args)]
pub struct PeopleOptions {
    /// Only those with a problem
    #[arg(long)]
    problems: bool,
    /// One person: user_…, or the platform's own id for them
    #[arg(long, conflicts_with = "problems")]
    user: Option<String>,
    /// As a table
    #[arg(long, conflicts_with_all = ["user", "json"])]
    csv: bool,
    #[command(flatten)]
    of: InAccount,
}

/// Options of `gatepost zoom preview`.
#[derive(Debug, Args)]
pub struct PreviewOptions {
    /// The person: user_…, or the platform's own id for them
    person: String,
    /// A file with settings to try, as provisioning --json prints them; without it, those that hold
    #[arg(long, value_name = "FILE")]
    with: Option<PathBuf>,
    #[command(flatten)]
    of: InAccount,
}

/// Options of `gatepost zoom retry`.
#[derive(Debug, Args)]
pub struct RetryOptions {
    /// The person: user_…, or the platform's own id for them; without it, all who have a problem
    #[arg(long)]
    user: Option<String>,
    #[command(flatten)]
    of: InAccount,
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::People(PeopleOptions { user: Some(user), of, .. }) => return history(user, of),
        Command::People(PeopleOptions { problems, csv, of, .. }) => {
            of.common.work(async |gateway, ctx| {
                let (mut after, mut is_first) = (None, true);
                loop {
                    let which = (&of.account, *problems);
                    let page = people::list(gateway, ctx, which, (after, LISTED)).await?;
                    if *csv {
                        gateway::say_table(&zoom_file::person_lines(is_first, &page));
                    }
                    let Some(last) = page.last() else { return Ok(()) };
                    (after, is_first) = (Some(last.user_id), false);
                    if !*csv {
                        of.common.print_each(&page, print_person);
                    }
                }
            })?;
        }
        Command::Preview(options) => return preview(options),
        Command::Retry(RetryOptions { user, of }) => {
            let queued = of.common.work(async |gateway, ctx| {
                let user = match user {
                    Some(user) => Some(id_of(gateway, ctx, (&of.account, user)).await?),
                    None => None,
                };
                run::retry(gateway, ctx, (&of.account, user)).await
            })?;
            gateway::print(of.common.json, &[("queued", "To be looked at", queued.to_string())]);
        }
    }
    Ok(Status::Done)
}

/// Our id of a person. One of ours is taken as it is: whoever was erased has a history as well.
async fn id_of(gateway: &Gateway, ctx: &Ctx, (account, text): (&Slug, &str)) -> Result<UserId, FlowError> {
    match Which::from(text.to_owned()) {
        Which::Id(id) => Ok(id),
        which @ Which::ExternalId(_) => Ok(user::find(gateway, ctx, account, &which).await?.user.id),
    }
}

/// One person, with what the latest runs had to say about them.
fn history(user: &str, of: &InAccount) -> Outcome {
    let (standing, steps) = of.common.work(async |gateway, ctx| {
        let id = id_of(gateway, ctx, (&of.account, user)).await?;
        people::show(gateway, ctx, (&of.account, id)).await
    })?;
    if standing.is_none() && steps.is_empty() {
        return Err(Failure::new("no run has had to do with this person"));
    }
    if of.common.json {
        gateway::print_json(&ZoomPersonDetail::from((standing, steps)));
        return Ok(Status::Done);
    }
    if let Some(standing) = &standing {
        print_person(false, standing);
    }
    for (run, step) in &steps {
        gateway::say(&format!("\nRun          {run}\n"));
        print_step(false, step);
    }
    Ok(Status::Done)
}

fn preview(PreviewOptions { person, with, of }: &PreviewOptions) -> Outcome {
    let tried: Option<Settings> = with.as_deref().map(gateway::read_json).transpose()?;
    let shown = of.common.work(async |gateway, ctx| {
        let id = id_of(gateway, ctx, (&of.account, person)).await?;
        settings::preview(gateway, ctx, (&of.account, id), tried).await
    })?;
    print_preview(of.common.json, &shown);
    Ok(Status::Done)
}

fn print_preview(is_json: bool, view: &Preview) {
    if is_json {
        return gateway::print_json(&ZoomPreview::from(view.clone()));
    }
    let mut pairs = vec![
        ("person", "Person", view.name.clone().unwrap_or_else(|| view.user_id.to_string())),
        ("rule", "Rule", view.rule.clone().unwrap_or_else(|| "none: they get no Zoom user".to_owned())),
    ];
    let problem = view.problem().map(|problem| unmappable(problem, &EN.zoom_provisioning));
    pairs.extend(problem.map(|problem| ("problem", "Problem", problem.to_string())));
    for (attribute, value) in &view.rows {
        pairs.push((attribute.name(), attribute.name(), value.clone().unwrap_or_default()));
    }
    gateway::print(false, &pairs);
}

fn print_person(is_json: bool, view: &PersonView) {
    if is_json {
        return gateway::print_json(&ZoomPerson::from(view.clone()));
    }
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let standing = match (view.is_off, view.is_pending, view.zoom_id.is_some()) {
        (true, _, _) => "disabled in Zoom",
        (_, true, _) => "invited",
        (_, _, true) => "has a Zoom user",
        _ => "",
    };
    let ignored = view.ignored.iter().map(|(attribute, value)| not_taken(attribute, value));
    let problem = view.problem.as_deref();
    let problem = problem.map(|code| person_problem(code, &EN.zoom_provisioning).to_string());
    gateway::print(
        false,
        &[
            ("user", "Person", view.user_id.to_string()),
            ("name", "Name", if view.is_here { text(&view.name) } else { "gone".to_owned() }),
            ("email", "Address", text(&view.email)),
            ("zoom_id", "Zoom user", text(&view.zoom_id)),
            ("standing", "In Zoom", standing.to_owned()),
            ("rule", "Rule", text(&view.rule)),
            ("ignored", "Not taken", ignored.collect::<Vec<_>>().join(", ")),
            ("problem", "Problem", problem.unwrap_or_default()),
            ("changed_at", "Last change", view.changed_at.to_string()),
        ],
    );
}
