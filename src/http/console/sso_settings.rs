//! The settings of a connection: what it does with people, and how strictly it judges.

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::{Answer, Flash, go, problem, show};
use super::sso::Place;
use crate::base::sentence::Sentence;
use crate::flow::FlowError;
use crate::flow::connection::settings::{SessionEnd, Settings};
use crate::flow::connection::show::Detail;
use crate::flow::connection::strictness::{self, OFFERED, Strictness};
use crate::flow::connection::update::{Update, Updated, update_if};
use crate::http::pages::fields::Wrong;
use crate::http::pages::sso_settings::{Choices, SettingsPage};
use crate::http::reply::{parameter, version_sent};

/// What stands in the two forms, and what is said of it.
struct Shown {
    chosen: Choices,
    strictness: Option<Strictness>,
    wrong: Wrong,
    problem: Option<String>,
    is_unchanged: bool,
    /// The revisions that they were filled in from.
    seen: (i64, i64),
}

impl Shown {
    /// As it stands. Whoever came by a setup link is not asked how strictly is judged: that is for owners.
    ///
    /// # Errors
    /// Those of [`settings`].
    fn of(place: &Place, detail: &Detail) -> Result<Self, FlowError> {
        let settings = settings(detail)?;
        Ok(Self {
            chosen: choices(detail, &settings),
            strictness: (!place.is_visitor()).then(|| Strictness::of(&settings)),
            wrong: Wrong::default(),
            problem: None,
            is_unchanged: false,
            seen: (detail.revision, detail.revision),
        })
    }
}

/// `GET …/sso/{connection}/settings`.
pub async fn settings_of(place: Place) -> Answer {
    let detail = place.open().await?;
    let shown = Shown::of(&place, &detail).map_err(|error| place.failed(&error))?;
    Ok(page(&place, &detail, &shown))
}

fn page(place: &Place, detail: &Detail, shown: &Shown) -> Response {
    let page = SettingsPage {
        frame: place.web.frame(),
        around: place.around(shown.problem.as_deref()),
        base: &place.base,
        detail,
        chosen: &shown.chosen,
        strictness: shown.strictness.as_ref(),
        wrong: &shown.wrong,
        now: place.caller.ctx.now,
        is_unchanged: shown.is_unchanged,
        seen: shown.seen,
    };
    let status = if shown.problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    show(&place.web, &place.caller, status, &page)
}

/// `POST …/sso/{connection}/settings`: makes a revision of what is different. What is different from another revision than
/// the one that there is was not chosen by whoever sent it.
pub async fn set(place: Place, body: Bytes) -> Answer {
    let detail = place.changed(&body).await?;
    let seen = version_sent(&body);
    let mut shown = Shown::of(&place, &detail).map_err(|error| place.failed(&error))?;
    let change = if parameter(&body, "form").as_deref() == Some("strictness") {
        let Some(present) = settings(&detail).ok().filter(|_| !place.is_visitor()) else {
            return Err(place.failed(&FlowError::NotFound("page")));
        };
        let sent = strictness_sent(&body);
        let change = sent.change(&present, place.caller.ctx.now);
        shown.strictness = Some(sent);
        shown.seen.1 = seen;
        change
    } else {
        let present = std::mem::replace(&mut shown.chosen, choices_sent(&body));
        shown.seen.0 = seen;
        Ok(changed(&shown.chosen, &present))
    };
    let change = match change {
        Ok(change) => change,
        Err(wrong) => return Ok(told(&place, &detail, shown, &wrong)),
    };
    let (gateway, ctx) = (&place.web.gateway, &place.caller.ctx);
    match update_if(gateway, ctx, detail.view.id, change, |is| is == seen).await {
        Ok(Updated { made: Some(_), .. }) => {
            Ok(go(&place.web, &format!("{}/settings", place.of(detail.view.id)), Flash::Saved))
        }
        Ok(Updated { made: None, .. }) => Ok(page(&place, &detail, &Shown { is_unchanged: true, ..shown })),
        Err(FlowError::Invalid(wrong)) => Ok(told(&place, &detail, shown, &wrong)),
        Err(error) => {
            shown.problem = Some(problem(&place.web, &place.caller, error)?);
            Ok(page(&place, &detail, &shown))
        }
    }
}

/// The page with what is wrong at its fields.
fn told(place: &Place, detail: &Detail, mut shown: Shown, wrong: &Sentence) -> Response {
    let text = place.web.frame().text;
    let field_of = |path: &str| strictness::field_of(path).map(str::to_owned);
    shown.wrong = Wrong::new(wrong, text, field_of);
    shown.problem = Some(shown.wrong.above(text));
    page(place, detail, &shown)
}

/// What a connection's settings are, as flows know them.
///
/// # Errors
/// [`FlowError::Internal`] for what is told of a connection and is none.
pub(super) fn settings(detail: &Detail) -> Result<Settings, FlowError> {
    serde_json::from_value(detail.settings.clone()).map_err(|_| FlowError::Internal("settings as JSON"))
}

/// What a connection does with people, as it stands.
///
/// # Errors
/// Those of [`settings`].
pub(super) fn chosen(detail: &Detail) -> Result<Choices, FlowError> {
    Ok(choices(detail, &settings(detail)?))
}

fn choices(detail: &Detail, settings: &Settings) -> Choices {
    Choices {
        name: detail.view.name.clone(),
        product: settings.product.name().to_owned(),
        idp_initiated: settings.idp_initiated.name().to_owned(),
        provisioning: settings.provisioning.name().to_owned(),
        link_by_email: settings.link_by_email,
        force_authn: settings.force_authn,
        is_request_signed: settings.is_request_signed,
        ends_with_idp: settings.session_end == SessionEnd::Cap,
        asks_before_keys: settings.asks_before_keys,
    }
}

/// The same as a form sent it.
pub(super) fn choices_sent(body: &[u8]) -> Choices {
    let text = |name| parameter(body, name).unwrap_or_default();
    let is_on = |name| parameter(body, name).is_some_and(|value| value == "1");
    Choices {
        name: text("name"),
        product: text("product"),
        idp_initiated: text("idp_initiated"),
        provisioning: text("provisioning"),
        link_by_email: is_on("link_by_email"),
        force_authn: is_on("force_authn"),
        is_request_signed: is_on("is_request_signed"),
        ends_with_idp: is_on("ends_with_idp"),
        asks_before_keys: is_on("asks_before_keys"),
    }
}

/// The change from what stands to what is chosen.
pub(super) fn changed(chosen: &Choices, present: &Choices) -> Update {
    let before = paths(present);
    let set = paths(chosen).into_iter().filter(|pair| !before.contains(pair));
    let set = set.map(|(path, value)| (path.to_owned(), value)).collect();
    let name = (chosen.name != present.name).then(|| chosen.name.clone());
    Update { name, set, ..Update::default() }
}

fn paths(choices: &Choices) -> [(&'static str, String); 8] {
    let quoted = |text: &str| serde_json::Value::String(text.to_owned()).to_string();
    let session_end = if choices.ends_with_idp { "cap" } else { "ignore" };
    [
        ("product", quoted(&choices.product)),
        ("idp_initiated", quoted(&choices.idp_initiated)),
        ("provisioning", quoted(&choices.provisioning)),
        ("link_by_email", choices.link_by_email.to_string()),
        ("force_authn", choices.force_authn.to_string()),
        ("is_request_signed", choices.is_request_signed.to_string()),
        ("session_end", quoted(session_end)),
        ("asks_before_keys", choices.asks_before_keys.to_string()),
    ]
}

/// How strictly is to be judged, as a form sent it.
pub(super) fn strictness_sent(body: &[u8]) -> Strictness {
    // Line ends of a browser are two characters.
    let text = |name: &str| parameter(body, name).unwrap_or_default().replace("\r\n", "\n");
    let is_allowed = |name: &str| parameter(body, &format!("allow_{name}")).is_some();
    let until =
        OFFERED.into_iter().map(|relaxation| (relaxation, text(&format!("until_{}", relaxation.name()))));
    Strictness {
        allowed: OFFERED.into_iter().filter(|relaxation| is_allowed(relaxation.name())).collect(),
        until: until.collect(),
        clock_skew: text("clock_skew"),
        max_validity: text("max_validity"),
        unverified_emails: text("unverified_emails"),
        email_domains: text("email_domains"),
        accepted_audiences: text("accepted_audiences"),
        authn_contexts: text("authn_contexts"),
        request_binding: text("request_binding"),
    }
}
