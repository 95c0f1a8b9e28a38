//! `gatepost zoom link|test|guide|platform`: how an account is linked to Zoom, whether that works, what is to be ticked in
//! Zoom's Marketplace, the platform's app.
//!
//! Secrets come from files or stdin: what stands on a command line is seen by everybody on the machine.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use secrecy::SecretString;

use super::gateway::{self, Common, InAccount, moment};
use super::{Failure, Outcome, Status};
use crate::directory::state::{ZoomCheckState, ZoomCloud, ZoomKind};
use crate::flow::FlowError;
use crate::flow::zoom::check::{self, CheckView};
use crate::flow::zoom::guide::{self, Guided};
use crate::flow::zoom::link::{self, Addresses, LinkView, Shown, Validation};
use crate::flow::zoom::platform::{self, AppView};
use crate::http::api::{ZoomCheck, ZoomGuide};
use crate::words::EN;

/// No secret of Zoom's is longer.
const MAX_SECRET: u64 = 8192;

/// What can be done about an account's link.
#[derive(Debug, Subcommand)]
pub enum LinkCommand {
    /// Show how an account is linked, and what is to be copied into its app
    Show(InAccount),
    /// Link an account, or change its link; what is not given stays as it is
    Set(SetOptions),
    /// Take the link away, with all credentials and tokens
    Remove(InAccount),
}

/// What can be done about the platform's app.
#[derive(Debug, Subcommand)]
pub enum PlatformCommand {
    /// Show the app, and what is to be copied into it
    Show(Common),
    /// Enter it, or change it; what is not given stays as it is
    Set(PlatformOptions),
    /// Take it away: accounts that are linked by it cannot use Zoom until there is one again
    Remove(Common),
}

/// What is entered of any app.
#[derive(Debug, Args)]
pub struct Entered {
    /// Client ID
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// A file with the Client Secret; - reads stdin
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// A file with the Secret Token; - reads stdin
    #[arg(long, value_name = "FILE")]
    secret_token_file: Option<PathBuf>,
    /// Which Zoom: commercial, government, or custom with the two addresses
    #[arg(long, default_value = "commercial")]
    cloud: ZoomCloud,
    /// The site that gives tokens
    #[arg(long, value_name = "URL")]
    web_base: Option<String>,
    /// The API
    #[arg(long, value_name = "URL")]
    api_base: Option<String>,
}

/// Options of `gatepost zoom link set`.
#[derive(Debug, Args)]
pub struct SetOptions {
    /// With which app: `server_to_server`, `general`, or `platform`
    #[arg(long, default_value = "server_to_server")]
    kind: ZoomKind,
    /// What it is used for, with commas: events, provisioning, inventory
    #[arg(long = "use", value_name = "USES", value_delimiter = ',', required = true)]
    uses: Vec<String>,
    /// Account ID, of a Server-to-Server app
    #[arg(long, value_name = "ID")]
    account_id: Option<String>,
    /// Ask Zoom first: what it refuses does not take the place of what works
    #[arg(long)]
    test_first: bool,
    #[command(flatten)]
    entered: Entered,
    #[command(flatten)]
    of: InAccount,
}

/// Options of `gatepost zoom test`.
#[derive(Debug, Args)]
pub struct TestOptions {
    /// Show what the last test came to, and ask Zoom for nothing
    #[arg(long)]
    last: bool,
    #[command(flatten)]
    of: InAccount,
}

/// Options of `gatepost zoom guide`.
#[derive(Debug, Args)]
pub struct GuideOptions {
    /// What Zoom is to be used for, with commas: events, provisioning, inventory; without it what the link is used for, or all
    #[arg(long = "use", value_name = "USES", value_delimiter = ',')]
    uses: Vec<String>,
    /// With which app: `server_to_server`, `general`, or `platform`; without it that of the link
    #[arg(long)]
    kind: Option<ZoomKind>,
    #[command(flatten)]
    of: InAccount,
}

/// Options of `gatepost zoom platform set`.
#[derive(Debug, Args)]
pub struct PlatformOptions {
    #[command(flatten)]
    entered: Entered,
    #[command(flatten)]
    common: Common,
}

impl Entered {
    fn bases(&self) -> Option<(String, String)> {
        let is_given = self.web_base.is_some() || self.api_base.is_some();
        is_given
            .then(|| (self.web_base.clone().unwrap_or_default(), self.api_base.clone().unwrap_or_default()))
    }

    /// Client Secret and Secret Token, as far as they are given.
    fn secrets(&self) -> Result<(Option<SecretString>, Option<SecretString>), Failure> {
        let (secret, token) = (self.client_secret_file.as_deref(), self.secret_token_file.as_deref());
        if [secret, token].into_iter().flatten().filter(|path| is_stdin(path)).count() > 1 {
            return Err(Failure::new(
                "only one of the two can be read from stdin: put the other into a file",
            ));
        }
        Ok((secret.map(read_secret).transpose()?, token.map(read_secret).transpose()?))
    }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn read_secret(path: &Path) -> Result<SecretString, Failure> {
    let mut text = String::new();
    let read = if is_stdin(path) {
        std::io::stdin().lock().take(MAX_SECRET).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_SECRET).read_to_string(&mut text))
    };
    read.map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())))?;
    Ok(text.trim().to_owned().into())
}

/// Runs `gatepost zoom link …`.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: &LinkCommand) -> Outcome {
    match command {
        LinkCommand::Show(of) => {
            let shown = of.common.work(async |gateway, ctx| link::show(gateway, ctx, &of.account).await)?;
            print_shown(of.common.json, &shown);
            note_overdue(shown.link.as_ref().map(|link| link.validation));
        }
        LinkCommand::Set(SetOptions { kind, uses, account_id, test_first, entered, of }) => {
            let (client_secret, secret_token) = entered.secrets()?;
            let input = link::Save {
                account: of.account.clone(),
                kind: *kind,
                cloud: entered.cloud,
                bases: entered.bases(),
                capabilities: uses.clone(),
                client_id: entered.client_id.clone(),
                client_secret,
                zoom_account: account_id.clone(),
                secret_token,
            };
            let saved = of.common.work(async |gateway, ctx| {
                if *test_first && let Some(refused) = check::refusal(gateway, ctx, &input).await? {
                    return Err(FlowError::Invalid(refused));
                }
                link::save(gateway, ctx, input, |_| true).await
            })?;
            print_link(of.common.json, &saved);
            let next = match kind {
                ZoomKind::ServerToServer => "See whether it works: gatepost zoom test",
                ZoomKind::General | ZoomKind::Platform => {
                    "An owner or administrator of the Zoom account authorises the app in the console, under Zoom."
                }
            };
            gateway::note(next);
        }
        LinkCommand::Remove(of) => {
            let any = |_| true;
            of.common.work(async |gateway, ctx| link::remove(gateway, ctx, &of.account, any).await)?;
            gateway::print(of.common.json, &[("removed", "Removed", of.account.to_string())]);
        }
    }
    Ok(Status::Done)
}

/// Runs `gatepost zoom test`.
///
/// # Errors
/// In a plain sentence.
pub fn test(TestOptions { last, of }: &TestOptions) -> Outcome {
    let view = of.common.work(async |gateway, ctx| {
        if *last {
            return check::last(gateway, ctx, &of.account).await;
        }
        check::test(gateway, ctx, &of.account).await.map(Some)
    })?;
    let view = view.ok_or_else(|| Failure::new("the link was not tested yet"))?;
    print_check(of.common.json, &view);
    Ok(if view.state == ZoomCheckState::Good { Status::Done } else { Status::Refused })
}

/// Runs `gatepost zoom guide`.
///
/// # Errors
/// In a plain sentence.
pub fn guide(GuideOptions { uses, kind, of }: &GuideOptions) -> Outcome {
    let view =
        of.common.work(async |gateway, ctx| guide::read(gateway, ctx, &of.account, (uses, *kind)).await)?;
    print_guide(of.common.json, &view);
    Ok(Status::Done)
}

/// Runs `gatepost zoom platform …`.
///
/// # Errors
/// In a plain sentence.
pub fn platform(command: &PlatformCommand) -> Outcome {
    match command {
        PlatformCommand::Show(common) => {
            let shown = common.work(async |gateway, ctx| platform::show(gateway, ctx).await)?;
            let validation = shown.app.as_ref().map(|app| app.validation);
            let mut pairs = shown.app.as_ref().map(app_pairs).unwrap_or_default();
            pairs.push(("accounts", "Accounts", shown.accounts.to_string()));
            pairs.push(("webhook_url", "Events to", shown.webhook));
            pairs.push(("redirect_url", "Redirect to", shown.redirect));
            gateway::print(common.json, &pairs);
            note_overdue(validation);
        }
        PlatformCommand::Set(PlatformOptions { entered, common }) => {
            let (client_secret, secret_token) = entered.secrets()?;
            let input = platform::Save {
                cloud: entered.cloud,
                bases: entered.bases(),
                client_id: entered.client_id.clone(),
                client_secret,
                secret_token,
            };
            let saved =
                common.work(async |gateway, ctx| platform::save(gateway, ctx, input, |_| true).await)?;
            gateway::print(common.json, &app_pairs(&saved));
        }
        PlatformCommand::Remove(common) => {
            common.work(async |gateway, ctx| platform::remove(gateway, ctx, |_| true).await)?;
            gateway::print(common.json, &[("removed", "Removed", "the platform's Zoom app".to_owned())]);
        }
    }
    Ok(Status::Done)
}

fn print_guide(is_json: bool, view: &Guided) {
    let Guided { addresses, guide, .. } = view;
    if is_json {
        return gateway::print_json(&ZoomGuide::from(view.clone()));
    }
    let optional = |is_optional: bool| if is_optional { " (can be left out)" } else { "" };
    let mut pairs = vec![
        ("kind", "App", view.kind.name().to_owned()),
        ("uses", "Used for", view.uses.join(", ")),
        ("app_name", "App name", view.app_name.clone()),
        ("webhook_url", "Events to", addresses.webhook.clone()),
    ];
    pairs.extend(addresses.webhook_by_id.iter().map(|url| ("webhook_url_by_id", "  or", url.clone())));
    pairs.push(("redirect_url", "Redirect to", addresses.redirect.clone()));
    for row in &guide.scopes {
        let text = format!("{} or {}{}", row.granular, row.classic, optional(row.is_optional));
        pairs.push(("scope", "Scope", text));
    }
    for row in guide.events.iter().flat_map(|(_, rows)| rows) {
        let text = format!("{} {}{}", row.name, row.label, optional(row.is_optional));
        pairs.push(("event", "Event", text));
    }
    gateway::print(false, &pairs);
}

fn print_shown(is_json: bool, shown: &Shown) {
    let mut pairs = shown.link.as_ref().map(link_pairs).unwrap_or_default();
    if pairs.is_empty() {
        pairs.push(("state", "State", "none".to_owned()));
    }
    let Addresses { webhook, webhook_by_id, redirect, .. } = &shown.addresses;
    pairs.push(("webhook_url", "Events to", webhook.clone()));
    // A program finds every name, be there a value or not.
    if is_json || webhook_by_id.is_some() {
        pairs.push(("webhook_url_by_id", "  or", webhook_by_id.clone().unwrap_or_default()));
    }
    pairs.push(("redirect_url", "Redirect to", redirect.clone()));
    let has_app = if shown.has_platform_app { "yes" } else { "no" };
    pairs.push(("has_platform_app", "Platform's app can be used", has_app.to_owned()));
    gateway::print(is_json, &pairs);
}

fn print_link(is_json: bool, link: &LinkView) {
    gateway::print(is_json, &link_pairs(link));
}

/// Of a secret, its end.
fn ending(hint: Option<&String>) -> String {
    hint.filter(|hint| !hint.is_empty()).map(|hint| format!("\u{2026}{hint}")).unwrap_or_default()
}

fn overdue(validation: Validation) -> String {
    if validation == Validation::Overdue { "yes" } else { "no" }.to_owned()
}

/// What is to be done where Zoom should have checked the address of events again by now.
fn note_overdue(validation: Option<Validation>) {
    if validation == Some(Validation::Overdue) {
        gateway::note(&EN.zoom.next_validate_again.to_string());
    }
}

fn link_pairs(link: &LinkView) -> Vec<(&'static str, &'static str, String)> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    vec![
        ("id", "Link", link.id.to_string()),
        ("kind", "Kind", link.kind.name().to_owned()),
        ("state", "State", link.state.name().to_owned()),
        ("check", "Test", link.check.name().to_owned()),
        ("checked_at", "Tested at", moment(link.checked_at)),
        ("failing_since", "Failing since", moment(link.failing_since)),
        ("capabilities", "Used for", link.capabilities.join(", ")),
        ("cloud", "Zoom", link.cloud.name().to_owned()),
        ("web_base", "Site", link.bases.as_ref().map(|(web, _)| web.clone()).unwrap_or_default()),
        ("api_base", "API", link.bases.as_ref().map(|(_, api)| api.clone()).unwrap_or_default()),
        ("account_id", "Account ID", text(&link.zoom_account)),
        ("client_id", "Client ID", text(&link.client_id)),
        ("client_secret_hint", "Client Secret", ending(link.client_secret_hint.as_ref())),
        ("client_secret_set_at", "  entered at", moment(link.client_secret_set_at)),
        ("secret_token_hint", "Secret Token", ending(link.secret_token_hint.as_ref())),
        ("secret_token_set_at", "  entered at", moment(link.secret_token_set_at)),
        ("overlap_until", "That of before until", moment(link.overlap_until)),
        ("authorized_at", "Authorised at", moment(link.granted_at)),
        ("validated_at", "Validated at", moment(link.validated_at)),
        ("is_validation_overdue", "  overdue", overdue(link.validation)),
        ("last_event_at", "Last event", moment(link.last_event_at)),
        ("created_by", "Made by", link.created_by.clone()),
        ("created_at", "Made at", link.created_at.to_string()),
    ]
}

fn app_pairs(app: &AppView) -> Vec<(&'static str, &'static str, String)> {
    vec![
        ("cloud", "Zoom", app.cloud.name().to_owned()),
        ("web_base", "Site", app.bases.as_ref().map(|(web, _)| web.clone()).unwrap_or_default()),
        ("api_base", "API", app.bases.as_ref().map(|(_, api)| api.clone()).unwrap_or_default()),
        ("client_id", "Client ID", app.client_id.clone()),
        ("client_secret_hint", "Client Secret", ending(Some(&app.client_secret_hint))),
        ("client_secret_set_at", "Entered at", app.client_secret_set_at.to_string()),
        ("secret_token_hint", "Secret Token", ending(app.secret_token_hint.as_ref())),
        ("secret_token_set_at", "  entered at", moment(app.secret_token_set_at)),
        ("overlap_until", "That of before until", moment(app.overlap_until)),
        ("validated_at", "Validated at", moment(app.validated_at)),
        ("is_validation_overdue", "  overdue", overdue(app.validation)),
    ]
}

fn print_check(is_json: bool, view: &CheckView) {
    if is_json {
        return gateway::print_json(&ZoomCheck::from(view.clone()));
    }
    let first = view.report.first_problem();
    let mut pairs = vec![
        ("state", "Test", view.state.name().to_owned()),
        ("problem", "Problem", first.map(|wrong| wrong.sentence.english()).unwrap_or_default()),
    ];
    for part in &view.report.parts {
        let called = match (part.was_called, &part.problem) {
            (false, _) => "not tried".to_owned(),
            (true, None) => "works".to_owned(),
            (true, Some(wrong)) => wrong.sentence.english(),
        };
        pairs.push(("capability", "Use", format!("{}: {called}", part.capability)));
        for need in part.needs.iter().filter(|need| !need.is_met) {
            let optional = if need.is_optional { " (can be left out)" } else { "" };
            let scope = need.to_add(view.report.is_granular);
            pairs.push(("missing", "  missing", format!("{scope}{optional}")));
        }
    }
    gateway::print(false, &pairs);
}
