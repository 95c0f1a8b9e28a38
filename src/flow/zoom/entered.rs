//! What is entered for a link or for the platform's app: checked, and put beside what is kept.

use secrecy::{ExposeSecret, SecretString};

use super::client::no_platform;
use super::link::{OVERLAP_SECONDS, Save};
use crate::access::{self, Action};
use crate::base::id::ZoomLinkId;
use crate::base::sentence::sentence;
use crate::base::{Ctx, Instant};
use crate::directory::state::{ZoomCheckState, ZoomCloud, ZoomKind, ZoomLinkState};
use crate::flow::{FlowError, Gateway};
use crate::storage::zoom_link::{App as StoredApp, EventSecrets, Link, Standing, Where};
use crate::storage::zoom_platform::PlatformApp;
use crate::zoom::credentials::{Bases, PublicId, Secret};
use crate::zoom::scope::Capability;
use crate::zoom::webhook::signature::SecretToken;

/// For so long a link whose app is to be authorised is not tested.
const UNAUTHORIZED_SECONDS: i64 = 3600;

/// The link as it is to be.
pub(super) fn decided(
    gateway: &Gateway,
    ctx: &Ctx,
    input: &Save,
    before: Option<&Link>,
    platform: Option<&PlatformApp>,
) -> Result<Link, FlowError> {
    let place =
        checked_place(gateway, ctx, (input.cloud, input.bases.as_ref()), before.map(|link| &link.place))?;
    let old = before.and_then(|link| link.app.as_ref());
    let is_there = before.is_some_and(|link| link.place == place);
    let app = match input.kind {
        ZoomKind::Platform if platform.is_none() => return Err(no_platform()),
        ZoomKind::Platform => None,
        kind => Some(checked_app(input, (old, is_there), kind)?),
    };
    let is_same_app = before.is_some_and(|link| {
        link.kind == input.kind
            && is_there
            && old.map(|app| &app.client_id) == app.as_ref().map(|app| &app.client_id)
    });
    let same = before.filter(|_| is_same_app);
    let secrets = match input.kind {
        ZoomKind::Platform => None,
        _ => checked_secrets(
            input.secret_token.as_ref(),
            same.and_then(|link| link.secrets.as_ref()),
            ctx.now,
        )?,
    };
    let has_new_secret =
        differ(old.map(|app| app.client_secret.clone()), app.as_ref().map(|app| app.client_secret.clone()));
    let granted_at = same.and_then(|link| link.granted_at);
    let state = match input.kind {
        ZoomKind::ServerToServer => ZoomLinkState::Active,
        _ if granted_at.is_some() => ZoomLinkState::Active,
        _ => ZoomLinkState::Waiting,
    };
    let app_set_at = before.and_then(|link| link.app_set_at).filter(|_| !has_new_secret);
    // What had worked and is to be authorised anew is told to owners: but not to whoever is about to.
    let wait = if state == ZoomLinkState::Waiting { UNAUTHORIZED_SECONDS } else { 0 };
    let next_at = ctx.now.plus_seconds(wait);
    let fresh = Standing {
        state: ZoomCheckState::Untested,
        checked_at: None,
        failing_since: None,
        told: ZoomCheckState::Untested,
        next_at,
    };
    Ok(Link {
        id: before.map_or_else(|| ZoomLinkId::make(ctx.now, gateway.rng()), |link| link.id),
        kind: input.kind,
        state,
        version: before.map_or(1, |link| link.version),
        place,
        capabilities: checked_capabilities(&input.capabilities)?,
        app_set_at: app.is_some().then(|| app_set_at.unwrap_or(ctx.now)),
        app,
        secrets,
        granted_at,
        validated_at: same.and_then(|link| link.validated_at),
        last_event_at: before.and_then(|link| link.last_event_at),
        standing: Standing { next_at, ..before.map_or(fresh, |link| link.standing) },
        created_by: before.map_or_else(|| ctx.actor.to_string(), |link| link.created_by.clone()),
        created_at: before.map_or(ctx.now, |link| link.created_at),
    })
}

/// Where Zoom is to be. Addresses of one's own choice are for operators: secrets are sent there.
pub(super) fn checked_place(
    gateway: &Gateway,
    ctx: &Ctx,
    (cloud, given): (ZoomCloud, Option<&(String, String)>),
    before: Option<&Where>,
) -> Result<Where, FlowError> {
    if cloud != ZoomCloud::Custom {
        return Ok(Where { cloud, bases: None });
    }
    let known =
        before.filter(|place| place.cloud == ZoomCloud::Custom).and_then(|place| place.bases.as_ref());
    let wanted = given.filter(|(web, api)| !web.trim().is_empty() || !api.trim().is_empty()).or(known);
    let (web, api) = wanted.ok_or_else(|| {
        let wrong = sentence!("say where Zoom is: the site that gives tokens, and the API");
        FlowError::Invalid(wrong.about("web_base"))
    })?;
    let pair = (web.trim().trim_end_matches('/').to_owned(), api.trim().trim_end_matches('/').to_owned());
    if known != Some(&pair) {
        access::decide(ctx.actor, Action::ManageZoomPlatform)?;
        Bases::custom(&pair.0, &pair.1).map_err(|error| {
            FlowError::Invalid(sentence!("an address of Zoom cannot be used: {error}", error))
        })?;
        for (field, url) in [("web_base", &pair.0), ("api_base", &pair.1)] {
            let checked = gateway.outbound().check(url);
            checked.map_err(|error| FlowError::Invalid(error.into()).about(field))?;
        }
    }
    Ok(Where { cloud, bases: Some(pair) })
}

fn checked_app(
    input: &Save,
    (old, is_there): (Option<&StoredApp>, bool),
    kind: ZoomKind,
) -> Result<StoredApp, FlowError> {
    let (client_id, client_secret) = checked_client(
        (input.client_id.as_deref(), input.client_secret.as_ref()),
        old.map(|app| (app.client_id.as_str(), &app.client_secret)),
        is_there,
    )?;
    let account_id = if kind == ZoomKind::ServerToServer {
        let kept = old.and_then(|app| app.account_id.as_deref());
        let text = given(input.zoom_account.as_deref()).or(kept).unwrap_or_default();
        Some(public(("account_id", "Account ID"), text)?)
    } else {
        None
    };
    Ok(StoredApp { client_id, client_secret, account_id })
}

/// An app's id and secret. A new id needs its own secret: the old one belongs to another app. And one that is kept is sent
/// nowhere but where it was entered for, or whoever may say where Zoom is could have it sent to themselves.
pub(super) fn checked_client(
    (id, secret): (Option<&str>, Option<&SecretString>),
    old: Option<(&str, &SecretString)>,
    is_there: bool,
) -> Result<(String, SecretString), FlowError> {
    let id = given(id).or(old.map(|(id, _)| id)).unwrap_or_default();
    let id = public(("client_id", "Client ID"), id)?;
    let kept = old.filter(|(before, _)| *before == id).map(|(_, secret)| secret);
    let secret = secret.filter(|secret| !secret.expose_secret().trim().is_empty());
    if secret.is_none() && kept.is_some() && !is_there {
        let wrong = sentence!(
            "Client Secret: enter it again, since it is to be sent to another Zoom than the one it was entered for"
        );
        return Err(FlowError::Invalid(wrong.about("client_secret")));
    }
    let secret = secret.or(kept);
    let secret = Secret::parse(secret.map_or("", |secret| secret.expose_secret())).map_err(|error| {
        FlowError::Invalid(sentence!("Client Secret: {error}", error).about("client_secret"))
    })?;
    Ok((id, secret.expose().into()))
}

fn public((field, what): (&str, &str), text: &str) -> Result<String, FlowError> {
    let id = PublicId::parse(text)
        .map_err(|error| FlowError::Invalid(sentence!("{what}: {error}", what, error).about(field)))?;
    Ok(id.as_str().to_owned())
}

fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// The secret tokens as they are to be: a new one, and the one of before for a while. `before` are those of the same app:
/// whoever holds another app's signs nothing for this one.
pub(super) fn checked_secrets(
    given: Option<&SecretString>,
    before: Option<&EventSecrets>,
    now: Instant,
) -> Result<Option<EventSecrets>, FlowError> {
    let kept = before.map(|before| EventSecrets {
        previous: before.previous.clone().filter(|(_, until)| now < *until),
        ..before.clone()
    });
    let Some(given) = given.filter(|given| !given.expose_secret().trim().is_empty()) else { return Ok(kept) };
    let token = SecretToken::new(given.expose_secret()).ok_or_else(|| {
        let wrong = sentence!(
            "Secret Token: it holds characters that no value of Zoom's holds: copy it again, without what stands \
             around it"
        );
        FlowError::Invalid(wrong.about("secret_token"))
    })?;
    if before.is_some_and(|before| before.current.expose_secret() == token.expose()) {
        return Ok(kept);
    }
    let previous = before.map(|before| (before.current.clone(), now.plus_seconds(OVERLAP_SECONDS)));
    Ok(Some(EventSecrets { current: token.expose().into(), previous, set_at: now }))
}

pub(super) fn checked_capabilities(names: &[String]) -> Result<String, FlowError> {
    let mut chosen = Vec::new();
    for name in names {
        let capability = Capability::from_name(name).ok_or_else(|| {
            let wrong = sentence!(
                "\"{name}\" is nothing that Zoom is used for here; choose events, provisioning or inventory",
                name = name.chars().take(50).collect::<String>()
            );
            FlowError::Invalid(wrong.about("capabilities"))
        })?;
        if !chosen.contains(&capability) {
            chosen.push(capability);
        }
    }
    if chosen.is_empty() {
        return Err(FlowError::Invalid(
            sentence!("choose what Zoom is to be used for").about("capabilities"),
        ));
    }
    chosen.sort_unstable();
    Ok(chosen.into_iter().map(Capability::name).collect::<Vec<_>>().join(" "))
}

/// What a link is used for.
pub(super) fn capabilities(link: &Link) -> Vec<Capability> {
    link.capabilities.split(' ').filter_map(Capability::from_name).collect()
}

/// Whether a secret is another one than before.
pub(super) fn differ(before: Option<SecretString>, after: Option<SecretString>) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => before.expose_secret() != after.expose_secret(),
        (before, after) => before.is_some() != after.is_some(),
    }
}
