//! How an account looks: deciding it, with a preview by the server; and the files that other pages take of it.

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::caller::Caller;
use super::frame::{About, Answer, Flash, Section, account, around, bad_form, go, problem, refused, show};
use crate::base::Actor;
use crate::directory::account::Locale;
use crate::directory::colour::Colour;
use crate::directory::picture;
use crate::flow::account::AccountView;
use crate::flow::branding::{self, Change, Look};
use crate::flow::seen;
use crate::http::Web;
use crate::http::error::{answer, not_found};
use crate::http::pages::branding::{Brand, BrandingPage, Typed, style};
use crate::http::upload;

/// A form with a logo weighs so much at the most.
pub const MAX_FORM: usize = picture::MAX_BYTES + (16 << 10);

/// `GET /console/at/{account}/branding`.
pub async fn look(mut web: Web, caller: Caller, Path(slug): Path<String>) -> Answer {
    let account = account(&mut web, &caller, (&slug, Section::Branding)).await?;
    match branding::show(&web.gateway, &caller.ctx, &account.slug).await {
        Ok(found) => Ok(shown(&web, &caller, &account, (found.look, None, found.version), (false, None))),
        Err(error) => Err(answer(&web, &caller.ctx, &error)),
    }
}

fn shown(
    web: &Web,
    caller: &Caller,
    account: &AccountView,
    (look, change, version): (Look, Option<&Change>, i64),
    (is_preview, problem): (bool, Option<&str>),
) -> Response {
    let typed = |given: fn(&Change) -> &Option<String>, stored: Option<String>| {
        change.and_then(|change| given(change).clone()).or(stored).unwrap_or_default()
    };
    let fields = Typed {
        name: typed(|change| &change.name, Some(account.name.clone())),
        colour: typed(|change| &change.colour, look.colour.map(|(colour, _)| colour.to_string())),
        help_text: typed(|change| &change.help_text, look.help_text.clone()),
        help_url: typed(|change| &change.help_url, look.help_url.clone()),
    };
    let frame = web.frame();
    let base = format!("/console/at/{}/branding", account.slug);
    let page = BrandingPage {
        frame,
        around: around(web, caller, About { section: Section::Branding, account: Some(account), problem }),
        say: &frame.text.branding,
        base: &base,
        typed: fields,
        locale: change.and_then(|change| change.locale).unwrap_or(account.locale),
        brand: Brand::new(look.clone()),
        look,
        is_preview,
        version,
    };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    show(web, caller, status, &page)
}

/// `POST /console/at/{account}/branding`: saves it, or shows what it would be. A logo is not kept for a preview: the
/// browser sends it when the form is sent to be saved.
pub async fn save(
    mut web: Web,
    caller: Caller,
    Path(slug): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let Some(parts) = upload::parts(&headers, &body) else { return Err(bad_form(&web)) };
    let text = |name: &str| {
        let part = parts.iter().find(|part| part.name == name)?;
        std::str::from_utf8(part.content).ok().map(str::to_owned)
    };
    if !caller.sent_token(&text("token").unwrap_or_default()) {
        return Err(bad_form(&web));
    }
    let account = account(&mut web, &caller, (&slug, Section::Branding)).await?;
    let new_logo = parts.iter().find(|part| part.name == "logo" && !part.content.is_empty());
    let logo = match (new_logo, text("remove_logo")) {
        (Some(part), _) => Some(part.content.to_vec()),
        (None, Some(_)) => Some(Vec::new()),
        (None, None) => None,
    };
    let Ok(locale) = text("locale").map(|locale| locale.parse::<Locale>()).transpose() else {
        return Err(bad_form(&web));
    };
    let change = Change {
        name: text("name"),
        locale,
        colour: text("colour"),
        help_text: text("help_text"),
        help_url: text("help_url"),
        logo,
    };
    let now = branding::show(&web.gateway, &caller.ctx, &account.slug).await;
    let now = now.map_err(refused(&web, &caller))?.look;
    let seen = seen::sent(text("version").as_deref());
    let is_preview = text("do").as_deref() == Some("preview");
    let done = if is_preview {
        // A new logo has no address before it is saved.
        branding::preview(&now, &change).map(|mut look| {
            look.logo = look.logo.filter(|_| change.logo.is_none());
            look
        })
    } else {
        branding::update_if(&web.gateway, &caller.ctx, &account.slug, change.clone(), |is| is == seen)
            .await
            .map(|after| after.look)
    };
    match done {
        Ok(look) if is_preview => {
            Ok(shown(&web, &caller, &account, (look, Some(&change), seen), (true, None)))
        }
        Ok(_) => Ok(go(&web, &format!("/console/at/{}/branding", account.slug), Flash::Saved)),
        Err(error) => {
            let sentence = problem(&web, &caller, error)?;
            Ok(shown(&web, &caller, &account, (now, Some(&change), seen), (false, Some(&sentence))))
        }
    }
}

/// `GET /branding/{file}`: a logo by its hash, or the style sheet of a colour. Both never change.
pub async fn file(web: Web, Path(file): Path<String>) -> Response {
    let for_ever = (CACHE_CONTROL, "public, max-age=31536000, immutable");
    if let Some(digits) = file.strip_suffix(".css") {
        return match format!("#{digits}").parse::<Colour>() {
            Ok(colour) => {
                ([(CONTENT_TYPE, "text/css; charset=utf-8"), for_ever], style(colour)).into_response()
            }
            Err(_) => not_found(&web),
        };
    }
    if file.len() != 64 || !file.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return not_found(&web);
    }
    match branding::logo(&web.gateway, &file).await {
        Ok((bytes, mime)) => {
            let headers = [(CONTENT_TYPE, mime), (for_ever.0, for_ever.1.to_owned())];
            (headers, bytes).into_response()
        }
        Err(error) => answer(&web, &web.ctx(Actor::Anonymous), &error),
    }
}
