//! `gatepost webhook …`: where an account's own programs are told what happens.

use clap::{Args, Subcommand};
use secrecy::ExposeSecret;

use super::gateway::{self, Common, InAccount, moment};
use super::{Failure, Outcome, Status};
use crate::base::id::{DeliveryId, WebhookId};
use crate::directory::webhook::{TypeError, Types};
use crate::flow::webhook::{self, Create, DeliveryView, Update, WebhookView};

/// As many deliveries are listed.
const LISTED: u32 = 100;

/// What can be done with webhooks.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a webhook; the secret that its messages are signed with is shown this once
    Create(CreateOptions),
    /// List the webhooks of an account
    List(InAccount),
    /// Have a webhook told elsewhere or of other things, under another name; its secret stays
    Update(UpdateOptions),
    /// Send a test message
    Test(One),
    /// Make a new secret; for a day messages are signed with that of before as well, and no other can be made
    Rotate(One),
    /// Remove a webhook, with what was to be delivered to it
    Remove(One),
    /// List what was delivered or is to be, newest first
    Deliveries(One),
    /// Have a message delivered once more
    Resend(ResendOptions),
}

/// Options of `gatepost webhook create`.
#[derive(Debug, Args)]
pub struct CreateOptions {
    /// Where messages are posted
    #[arg(long)]
    url: String,
    /// What it is told of, with spaces or given several times: user.created, session.*, connection.*, certificate.*, zoom.*
    #[arg(long = "type", value_name = "KIND", required = true)]
    types: Vec<String>,
    /// What it is called
    #[arg(long, default_value = "")]
    name: String,
    #[command(flatten)]
    of: InAccount,
}

/// Options of `gatepost webhook update`; what is not given stays.
#[derive(Debug, Args)]
pub struct UpdateOptions {
    /// The webhook's id
    id: WebhookId,
    /// Where messages are posted
    #[arg(long, required_unless_present_any = ["types", "name"])]
    url: Option<String>,
    /// What it is told of, with spaces or given several times, instead of what it was
    #[arg(long = "type", value_name = "KIND")]
    types: Vec<String>,
    /// What it is called
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// Options of what is about one webhook.
#[derive(Debug, Args)]
pub struct One {
    /// The webhook's id
    id: WebhookId,
    #[command(flatten)]
    common: Common,
}

/// Options of `gatepost webhook resend`.
#[derive(Debug, Args)]
pub struct ResendOptions {
    /// The webhook's id
    id: WebhookId,
    /// The message's id
    message: DeliveryId,
    #[command(flatten)]
    common: Common,
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::Create(CreateOptions { url, types, name, of }) => {
            let (account, url, name) = (of.account.clone(), url.clone(), name.clone());
            let input = Create { account, url, name, types: read(types)? };
            let (made, secret) =
                of.common.work(async |gateway, ctx| webhook::create(gateway, ctx, input).await)?;
            let mut pairs = pairs(&made);
            pairs.push(("secret", "Secret", secret.expose_secret().to_owned()));
            gateway::print(of.common.json, &pairs);
            gateway::note("Keep the secret now: it is not shown again.");
        }
        Command::List(of) => {
            let found =
                of.common.work(async |gateway, ctx| webhook::list(gateway, ctx, &of.account).await)?;
            of.common.print_each(&found, |is_json, webhook| gateway::print(is_json, &pairs(webhook)));
        }
        Command::Update(UpdateOptions { id, url, types, name, common }) => {
            let types = if types.is_empty() { None } else { Some(read(types)?) };
            let input = Update { url: url.clone(), name: name.clone(), types, state: None };
            let changed = common
                .work(async |gateway, ctx| webhook::update(gateway, ctx, *id, input, |_| true).await)?;
            gateway::print(common.json, &pairs(&changed));
        }
        Command::Test(One { id, common }) => {
            let made = common.work(async |gateway, ctx| webhook::test(gateway, ctx, *id).await)?;
            delivery(common.json, &made);
        }
        Command::Rotate(One { id, common }) => {
            let secret = common.work(async |gateway, ctx| webhook::rotate(gateway, ctx, *id).await)?;
            gateway::print(common.json, &[("secret", "Secret", secret.expose_secret().to_owned())]);
            gateway::note("Keep the secret now: it is not shown again.");
        }
        Command::Remove(One { id, common }) => {
            common.work(async |gateway, ctx| webhook::remove(gateway, ctx, *id).await)?;
            gateway::print(common.json, &[("removed", "Removed", id.to_string())]);
        }
        Command::Deliveries(One { id, common }) => {
            let page = (None, LISTED);
            let found =
                common.work(async |gateway, ctx| webhook::deliveries(gateway, ctx, *id, page).await)?;
            common.print_each(&found, delivery);
        }
        Command::Resend(ResendOptions { id, message, common }) => {
            let of = (*id, *message);
            common.work(async |gateway, ctx| webhook::resend(gateway, ctx, of).await)?;
            gateway::print(common.json, &[("resent", "Sent again", message.to_string())]);
        }
    }
    Ok(Status::Done)
}

fn read(types: &[String]) -> Result<Types, Failure> {
    types.join(" ").parse().map_err(|error: TypeError| Failure::new(error.to_string()))
}

fn pairs(webhook: &WebhookView) -> Vec<(&'static str, &'static str, String)> {
    vec![
        ("id", "Webhook", webhook.id.to_string()),
        ("name", "Name", webhook.name.clone()),
        ("url", "Address", webhook.url.clone()),
        ("types", "Told of", webhook.types.to_string()),
        ("state", "State", webhook.state.name().to_owned()),
        ("created_by", "Made by", webhook.created_by.clone()),
        ("created_at", "Made at", webhook.created_at.to_string()),
        ("failing_since", "Failing since", moment(webhook.failing_since)),
    ]
}

fn delivery(is_json: bool, delivery: &DeliveryView) {
    gateway::print(
        is_json,
        &[
            ("id", "Message", delivery.id.to_string()),
            ("type", "About", delivery.kind.clone()),
            ("state", "State", delivery.state.name().to_owned()),
            ("created_at", "Made at", delivery.created_at.to_string()),
            ("next_at", "Next try", moment(delivery.next_at)),
            ("ended_at", "Ended at", moment(delivery.ended_at)),
        ],
    );
}
