//! How an account looks to those who sign in: colour, logo, whom to ask; its name and language.
//!
//! # Invariants
//!
//! * A colour that could not be read is shown as one that can ([`crate::directory::colour`]); what was chosen is kept.
//! * A logo is what its head says, small enough, and never SVG ([`crate::directory::picture`]). It is served from our own
//!   address under its hash.
//! * Whom to ask is words, and an https or mailto address; nothing of it is markup.

use crate::access::Action;
use crate::base::Ctx;
use crate::base::encoding::hex;
use crate::base::id::ConnectionId;
use crate::base::sentence::{Sentence, sentence};
use crate::base::text::is_line;
use crate::directory::account::{Locale, Slug};
use crate::directory::colour::{Colour, Shades};
use crate::directory::picture::{self, Picture};
use crate::directory::state::AccountState;
use crate::storage::branding::{self, Branding, Logo};
use crate::storage::{account, connection};

use super::account::checked_name;
use super::event::tell_home;
use super::line::checked_line;
use super::{FlowError, Gateway, grant, seen};

const MAX_HELP: usize = 300;
const MAX_URL: usize = 500;

/// How an account looks, as pages need it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// Its colour as it was chosen, and as it is shown.
    pub colour: Option<(Colour, Shades)>,
    /// Its logo.
    pub logo: Option<LogoView>,
    /// Whom to ask, in words.
    pub help_text: Option<String>,
    /// Where to ask: https or mailto.
    pub help_url: Option<String>,
}

/// A logo, as pages need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoView {
    /// The hash of the file: its address is made of it.
    pub hash: String,
    /// Pixels from left to right.
    pub width: i64,
    /// Pixels from top to bottom.
    pub height: i64,
}

/// What is to be different. What is not given stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// The account's name for people.
    pub name: Option<String>,
    /// The language of its pages.
    pub locale: Option<Locale>,
    /// `#rrggbb`; empty for ours.
    pub colour: Option<String>,
    /// Whom to ask; may be empty.
    pub help_text: Option<String>,
    /// Where to ask; may be empty.
    pub help_url: Option<String>,
    /// A new logo; no bytes take it away.
    pub logo: Option<Vec<u8>>,
}

/// How an account looks, what it is called, and in which language it speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branded {
    /// How it looks.
    pub look: Look,
    /// Its name for people.
    pub name: String,
    /// The language of its pages.
    pub locale: Locale,
    /// The version of all that.
    pub version: i64,
}

/// How an account looks, for whoever may change it.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account.
pub async fn show(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<Branded, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ManageBranding, slug).await?;
    let found = branding::find(&mut tx, account.id).await?.unwrap_or_default();
    Ok(branded(found, account))
}

/// How an account looks to whoever signs in to it. Of one that nobody signs in to: as nobody in particular.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn of(gateway: &Gateway, slug: &Slug) -> Result<Look, FlowError> {
    let mut tx = gateway.storage().read().await?;
    Ok(branding::find_by_slug(&mut tx, slug).await?.map(look).unwrap_or_default())
}

/// The same by one of its connections.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn of_connection(gateway: &Gateway, id: ConnectionId) -> Result<Look, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let Some(account) = connection::account_of(&mut tx, id).await? else { return Ok(Look::default()) };
    Ok(branding::find(&mut tx, account).await?.map(look).unwrap_or_default())
}

/// The logo of that hash, and its kind.
///
/// # Errors
/// [`FlowError::NotFound`] when no account has it.
pub async fn logo(gateway: &Gateway, hash: &str) -> Result<(Vec<u8>, String), FlowError> {
    let mut tx = gateway.storage().read().await?;
    branding::find_logo(&mut tx, hash).await?.ok_or(FlowError::NotFound("logo"))
}

/// What `change` would make of `now`, without writing it: for a preview.
///
/// # Errors
/// [`FlowError::Invalid`] for what is no colour, no address or no picture.
pub fn preview(now: &Look, change: &Change) -> Result<Look, FlowError> {
    let checked = checked(change)?;
    Ok(look(applied(stored(now), &checked)))
}

/// Changes how an account looks.
///
/// # Errors
/// Those of [`show`] and [`preview`].
pub async fn update(gateway: &Gateway, ctx: &Ctx, slug: &Slug, change: Change) -> Result<Branded, FlowError> {
    update_if(gateway, ctx, slug, change, |_| true).await
}

/// The same, if that is what the caller expects of its version.
///
/// # Errors
/// Those of [`update`]; [`FlowError::Stale`] when it is not.
pub async fn update_if(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: &Slug,
    change: Change,
    expects: impl Fn(i64) -> bool + Send,
) -> Result<Branded, FlowError> {
    let checked = checked(&change)?;
    let mut tx = gateway.storage().write().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ManageBranding, slug).await?;
    if account.state == AccountState::Deleted {
        return Err(FlowError::NotFound("account"));
    }
    let old = branding::find(&mut tx, account.id).await?.unwrap_or_default();
    if !expects(version(&old, &account)) {
        return Err(FlowError::Stale);
    }
    let new = applied(old.clone(), &checked);
    // What stays as it is may be of before there was a rule.
    let name = match change.name.as_deref() {
        Some(name) if name.trim() != account.name => checked_name(name)?,
        _ => account.name.clone(),
    };
    let renamed =
        account::Account { name, locale: change.locale.unwrap_or(account.locale), ..account.clone() };
    if new == old && renamed == account {
        return Ok(branded(new, renamed));
    }
    branding::upsert(&mut tx, account.id, &new, ctx.now).await?;
    if let Some((bytes, picture)) = &checked.logo {
        let hash = new.logo.as_ref().map(|(hash, ..)| hash.as_str()).unwrap_or_default();
        let logo = picture.map(|picture| Logo {
            bytes,
            mime: picture.kind.mime(),
            hash,
            size: (picture.width.into(), picture.height.into()),
        });
        branding::update_logo(&mut tx, account.id, logo).await?;
    }
    if renamed != account && !account::update(&mut tx, &renamed, ctx.now).await? {
        return Err(FlowError::Stale);
    }
    let shown = |look: &Branding, account: &account::Account| {
        serde_json::json!({
            "name": account.name, "locale": account.locale.name(), "colour": look.colour,
            "logo": look.logo.as_ref().map(|(hash, ..)| hash), "help_text": look.help_text, "help_url": look.help_url,
        })
    };
    let body = serde_json::json!({ "before": shown(&old, &account), "after": shown(&new, &renamed) });
    let event = ("account.branding_changed", account.id, &body);
    tell_home(&mut tx, gateway, ctx, Some(account.id), event).await?;
    tx.commit().await?;
    Ok(branded(new, renamed))
}

fn branded(found: Branding, account: account::Account) -> Branded {
    let version = version(&found, &account);
    Branded { look: look(found), name: account.name, locale: account.locale, version }
}

/// The version of everything that a [`Change`] changes.
fn version(found: &Branding, account: &account::Account) -> i64 {
    let Branding { colour, logo, help_text, help_url } = found;
    seen::version(&(&account.name, account.locale.name(), colour, logo, help_text, help_url))
}

/// A change whose parts can be used.
struct Checked<'a> {
    colour: Part,
    help_text: Part,
    help_url: Part,
    logo: Option<(&'a [u8], Option<Picture>)>,
}

/// What becomes of something that may be absent.
#[derive(Clone)]
enum Part {
    Stays,
    Goes,
    Becomes(String),
}

impl Part {
    fn of(text: Option<&str>, read: impl Fn(String) -> Result<String, FlowError>) -> Result<Self, FlowError> {
        Ok(match text.map(str::trim) {
            None => Self::Stays,
            Some("") => Self::Goes,
            Some(text) => Self::Becomes(read(text.to_owned())?),
        })
    }

    fn onto(self, old: Option<String>) -> Option<String> {
        match self {
            Self::Stays => old,
            Self::Goes => None,
            Self::Becomes(new) => Some(new),
        }
    }
}

fn checked(change: &Change) -> Result<Checked<'_>, FlowError> {
    let colour = Part::of(change.colour.as_deref(), |text| {
        let colour = text.parse::<Colour>();
        let colour = colour.map_err(|error| FlowError::Invalid(Sentence::from(error).about("colour")))?;
        Ok(colour.to_string())
    })?;
    let help_text = Part::of(change.help_text.as_deref(), |text| {
        Ok(checked_line("help_text", &text, MAX_HELP)?.to_owned())
    })?;
    let help_url = Part::of(change.help_url.as_deref(), |url| {
        if !is_address(&url) {
            let wrong = sentence!(
                "where to ask is an address that begins with https:// or mailto:, of 500 characters at most"
            );
            return Err(FlowError::Invalid(wrong.about("help_url")));
        }
        Ok(url)
    })?;
    let logo = match change.logo.as_deref() {
        None => None,
        Some([]) => Some((&[][..], None)),
        Some(bytes) => {
            let picture = picture::read(bytes);
            let picture = picture.map_err(|error| FlowError::Invalid(Sentence::from(error).about("logo")))?;
            Some((bytes, Some(picture)))
        }
    };
    Ok(Checked { colour, help_text, help_url, logo })
}

fn is_address(url: &str) -> bool {
    let is_known = url.starts_with("https://") || url.starts_with("mailto:");
    is_known && is_line(url, MAX_URL) && !url.contains(' ')
}

fn applied(old: Branding, checked: &Checked<'_>) -> Branding {
    let logo = match checked.logo {
        None => old.logo,
        Some((_, None)) => None,
        Some((bytes, Some(picture))) => {
            let hash = hex(&openssl::sha::sha256(bytes));
            Some((hash, picture.width.into(), picture.height.into()))
        }
    };
    Branding {
        colour: checked.colour.clone().onto(old.colour),
        logo,
        help_text: checked.help_text.clone().onto(old.help_text),
        help_url: checked.help_url.clone().onto(old.help_url),
    }
}

fn look(branding: Branding) -> Look {
    let colour: Option<Colour> = branding.colour.and_then(|colour| colour.parse().ok());
    Look {
        colour: colour.map(|colour| (colour, colour.shades())),
        logo: branding.logo.map(|(hash, width, height)| LogoView { hash, width, height }),
        help_text: branding.help_text,
        help_url: branding.help_url,
    }
}

fn stored(look: &Look) -> Branding {
    Branding {
        colour: look.colour.map(|(colour, _)| colour.to_string()),
        logo: look.logo.clone().map(|logo| (logo.hash, logo.width, logo.height)),
        help_text: look.help_text.clone(),
        help_url: look.help_url.clone(),
    }
}
