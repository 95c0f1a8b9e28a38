//! `gatepost zoom events|event`: what Zoom told an account.

use clap::{Args, Subcommand};
use serde_json::json;

use super::gateway::{self, Common, InAccount};
use super::{Outcome, Status, instant};
use crate::base::Instant;
use crate::base::id::ZoomEventId;
use crate::flow::zoom::event::show::{self, EventView, Filter};

/// What can be done about what Zoom told.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List what Zoom told an account, newest first
    Events(EventsOptions),
    /// Read what Zoom said in one of them; that you did is an event of the account
    Event(OneEvent),
}

/// Options of `gatepost zoom events`.
#[derive(Debug, Args)]
pub struct EventsOptions {
    /// Only those of this type, as Zoom calls it: meeting.started
    #[arg(long = "type", value_name = "TYPE")]
    name: Option<String>,
    /// Only those about the meeting with this id or uuid
    #[arg(long, value_name = "ID")]
    meeting: Option<String>,
    /// Only those that name somebody with this email address, or this id in Zoom
    #[arg(long, value_name = "PERSON", conflicts_with = "meeting")]
    person: Option<String>,
    /// Only those that came from this moment on: 2026-03-02T10:00:30Z
    #[arg(long, value_name = "MOMENT", value_parser = instant)]
    since: Option<Instant>,
    /// Only those that came before this moment
    #[arg(long, value_name = "MOMENT", value_parser = instant)]
    until: Option<Instant>,
    /// Begin before this one
    #[arg(long, value_name = "ID")]
    before: Option<ZoomEventId>,
    /// So many at most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
    /// Count them by day and type instead, over so many days
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(1..=31),
        conflicts_with_all = ["name", "meeting", "person", "since", "until", "before"])]
    counts: Option<i64>,
    #[command(flatten)]
    of: InAccount,
}

/// Options of what is about one event.
#[derive(Debug, Args)]
pub struct OneEvent {
    /// The event's id
    id: ZoomEventId,
    #[command(flatten)]
    common: Common,
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::Events(options) => match options.counts {
            Some(days) => counts(&options.of, days),
            None => list(options),
        },
        Command::Event(OneEvent { id, common }) => {
            let found = common.work(async |gateway, ctx| show::open(gateway, ctx, *id).await)?;
            if common.json {
                let mut told = object(&found.event);
                if let Some(told) = told.as_object_mut() {
                    told.insert("payload".to_owned(), found.payload);
                }
                gateway::print_json(&told);
            } else {
                print(&found.event);
                gateway::say(&format!("{}\n", gateway::printable(&format!("{:#}", found.payload))));
            }
            Ok(Status::Done)
        }
    }
}

fn list(options: &EventsOptions) -> Outcome {
    let EventsOptions { name, meeting, person, since, until, before, limit, of, .. } = options;
    let filter = Filter {
        name: name.clone(),
        meeting: meeting.clone(),
        person: person.clone(),
        from: *since,
        until: *until,
    };
    let page = (*before, *limit);
    let found =
        of.common.work(async |gateway, ctx| show::list(gateway, ctx, &of.account, &filter, page).await)?;
    for event in &found.events {
        if of.common.json {
            gateway::print_json(&object(event));
        } else {
            print(event);
        }
    }
    Ok(Status::Done)
}

fn counts(of: &InAccount, days: i64) -> Outcome {
    let found = of.common.work(async |gateway, ctx| show::counts(gateway, ctx, &of.account, days).await)?;
    for day in &found.days {
        let at = crate::words::day(Instant::from_seconds(day.begins_at));
        if of.common.json {
            gateway::print_json(&json!({ "day": at, "events": day.events, "refused": day.refused }));
        } else {
            let events: Vec<_> = day.events.iter().map(|(name, number)| format!("{name} {number}")).collect();
            gateway::say(&format!("{at}  {}  refused {}  {}\n", day.all(), day.refused, events.join(", ")));
        }
    }
    if !of.common.json {
        for (reason, number) in &found.refused {
            gateway::say(&format!("refused  {reason}  {number}\n"));
        }
    }
    Ok(Status::Done)
}

fn object(event: &EventView) -> serde_json::Value {
    json!({
        "id": event.id.to_string(), "type": event.name, "state": event.state.name(), "at": event.at.to_string(),
        "received_at": event.received_at.to_string(), "object_id": event.object_id,
        "object_uuid": event.object_uuid, "topic": event.topic, "host_id": event.host_id,
    })
}

fn print(event: &EventView) {
    let of = |text: &Option<String>| gateway::printable(text.as_deref().unwrap_or_default());
    let (at, id, name) = (event.received_at, event.id, &event.name);
    gateway::say(&format!("{at}  {id}  {name}  {}  {}\n", of(&event.object_id), of(&event.topic)));
}
