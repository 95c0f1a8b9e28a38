//! The keys of both sides of a connection: the identity provider's certificates, its metadata, our own keys.

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::{Answer, Flash, go, problem, show};
use super::sso::{Pasting, Place, pasted, sum, typed};
use crate::flow::FlowError;
use crate::flow::connection::paste::Seen;
use crate::flow::connection::refresh::{Refreshed, refresh};
use crate::flow::connection::show::Detail;
use crate::flow::connection::update::{Update, update};
use crate::flow::connection::{drift, unknown_key};
use crate::flow::keys::sp;
use crate::http::pages::certificates::CertificatesPage;
use crate::http::pages::sso::{PasteForm, Typed};
use crate::http::reply::parameter;
use crate::words::Message;

/// What is said on the page beyond how things stand.
#[derive(Default)]
struct Said<'a> {
    typed: Typed,
    seen: Option<&'a Seen>,
    problem: Option<&'a str>,
    note: Option<Message>,
}

/// `GET …/sso/{connection}/certificates`.
pub async fn list(place: Place) -> Answer {
    let detail = place.open().await?;
    shown(&place, &detail, &Said::default()).await
}

async fn shown(place: &Place, detail: &Detail, said: &Said<'_>) -> Answer {
    page(place, detail, said).await.map_err(|error| place.failed(&error))
}

async fn page(place: &Place, detail: &Detail, said: &Said<'_>) -> Result<Response, FlowError> {
    let (gateway, ctx, id) = (&place.web.gateway, &place.caller.ctx, detail.view.id);
    let unknown = unknown_key::list(gateway, ctx, id).await?;
    let drifts = drift::drifts(gateway, ctx, &place.slug).await?;
    let own = sp::list(gateway, ctx, id).await?;
    let uses = sp::uses(gateway, ctx, id).await?;
    let action = format!("{}/certificates", place.of(id));
    let (typed, sum) = (&said.typed, sum(&said.typed));
    let what_if = (!place.is_visitor()).then(|| format!("{}/what-if", place.of(id)));
    let form = PasteForm {
        action: &action,
        plan: None,
        typed,
        seen: said.seen,
        product: detail.product,
        has_fields: false,
        what_if: what_if.as_deref(),
        sum: &sum,
    };
    let view = CertificatesPage {
        frame: place.web.frame(),
        around: place.around(said.problem),
        base: &place.base,
        detail,
        product: detail.product,
        now: ctx.now,
        unknown: &unknown,
        drift: drifts.iter().find(|drift| drift.connection == id),
        own: &own,
        uses: &uses,
        form,
        note: said.note,
        is_tryable: !place.is_visitor(),
    };
    let is_wrong = said.seen.is_some() || said.problem.is_some();
    let status = if is_wrong { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Ok(show(&place.web, &place.caller, status, &view))
}

/// Back to the page, which says what was done or what was wrong.
async fn done<T>(place: &Place, detail: &Detail, done: Result<T, FlowError>, flash: Flash) -> Answer {
    match done {
        Ok(_) => Ok(go(&place.web, &format!("{}/certificates", place.of(detail.view.id)), flash)),
        Err(error) => {
            let sentence = problem(&place.web, &place.caller, error)?;
            shown(place, detail, &Said { problem: Some(&sentence), ..Said::default() }).await
        }
    }
}

/// `POST …/sso/{connection}/certificates`: trusts one more, ahead of its time.
pub async fn add(place: Place, body: Bytes) -> Answer {
    let detail = place.changed(&body).await?;
    let typed = typed(&body);
    match pasted(&place, (Some(detail.view.id), None), &typed, &body).await {
        Ok(Pasting::Done(_)) => done(&place, &detail, Ok(()), Flash::Changed).await,
        Ok(Pasting::Seen(seen)) => {
            shown(&place, &detail, &Said { typed, seen: Some(&seen), ..Said::default() }).await
        }
        Err(error) => done(&place, &detail, Err::<(), _>(error), Flash::Changed).await,
    }
}

/// `POST …/sso/{connection}/certificates/remove`: trusts one no more.
pub async fn remove(place: Place, body: Bytes) -> Answer {
    let detail = place.changed(&body).await?;
    let remove_keys = vec![parameter(&body, "key").unwrap_or_default()];
    let changes = Update { remove_keys, ..Update::default() };
    let removed = update(&place.web.gateway, &place.caller.ctx, detail.view.id, changes).await;
    done(&place, &detail, removed, Flash::Removed).await
}

/// `POST …/sso/{connection}/certificates/approve`: trusts one that sign-ins were signed with.
pub async fn approve(place: Place, body: Bytes) -> Answer {
    let detail = place.changed(&body).await?;
    let text = |name| parameter(&body, name).unwrap_or_default();
    let (key, proof) = (text("key"), text("proof"));
    let (gateway, ctx) = (&place.web.gateway, &place.caller.ctx);
    let approved = unknown_key::approve(gateway, ctx, detail.view.id, (&key, &proof)).await;
    done(&place, &detail, approved, Flash::Changed).await
}

/// `POST …/sso/{connection}/certificates/decline`.
pub async fn decline(place: Place, body: Bytes) -> Answer {
    let detail = place.changed(&body).await?;
    let key = parameter(&body, "key").unwrap_or_default();
    let declined = unknown_key::decline(&place.web.gateway, &place.caller.ctx, detail.view.id, &key).await;
    done(&place, &detail, declined, Flash::Changed).await
}

/// `POST …/sso/{connection}/metadata/refresh`: fetches the metadata now.
pub async fn refresh_now(place: Place, body: Bytes) -> Answer {
    let detail = place.changed(&body).await?;
    let text = place.web.frame().sso();
    let refreshed = refresh(&place.web.gateway, &place.caller.ctx, detail.view.id).await;
    let is_unchanged = matches!(refreshed, Ok(Refreshed::Unchanged));
    let note = match refreshed {
        Ok(Refreshed::Unchanged) => text.metadata_unchanged,
        Ok(Refreshed::Changed(_)) => text.metadata_changed,
        Ok(Refreshed::Busy | Refreshed::TooSoon(_)) => text.metadata_busy,
        Ok(Refreshed::Failed(problem)) => {
            let failed = FlowError::Invalid(problem.text);
            return done(&place, &detail, Err::<(), _>(failed), Flash::Changed).await;
        }
        Err(error) => return done(&place, &detail, Err::<(), _>(error), Flash::Changed).await,
    };
    // As it is now. What waits for somebody's word is shown above, and is something different.
    let detail = place.detail().await?;
    let note = Some(note).filter(|_| !(is_unchanged && detail.has_drift));
    shown(&place, &detail, &Said { note, ..Said::default() }).await
}

/// `POST …/sso/{connection}/metadata/approve`: follows what the metadata says, just as it was shown.
pub async fn approve_drift(place: Place, body: Bytes) -> Answer {
    let detail = place.changed(&body).await?;
    let proposal = parameter(&body, "proposal").unwrap_or_default();
    let approved = drift::approve(&place.web.gateway, &place.caller.ctx, detail.view.id, &proposal).await;
    done(&place, &detail, approved, Flash::Changed).await
}

/// `POST …/sso/{connection}/metadata/decline`: stays as it is.
pub async fn decline_drift(place: Place, body: Bytes) -> Answer {
    let detail = place.changed(&body).await?;
    let proposal = parameter(&body, "proposal").unwrap_or_default();
    let declined = drift::decline(&place.web.gateway, &place.caller.ctx, detail.view.id, &proposal).await;
    done(&place, &detail, declined, Flash::Changed).await
}

/// `POST …/sso/{connection}/own-keys/rotate`: publishes new keys of ours, or puts published ones into use.
pub async fn rotate(place: Place, body: Bytes) -> Answer {
    let detail = place.changed(&body).await?;
    let is_hurried = parameter(&body, "hurried").is_some_and(|value| value == "1");
    let rotated = sp::rotate(&place.web.gateway, &place.caller.ctx, detail.view.id, is_hurried).await;
    done(&place, &detail, rotated, Flash::Changed).await
}

/// `POST …/sso/{connection}/own-keys/remove`: drops a retired one.
pub async fn remove_own(place: Place, body: Bytes) -> Answer {
    let detail = place.changed(&body).await?;
    let removed = match parameter(&body, "key").and_then(|key| key.parse().ok()) {
        None => Err(FlowError::NotFound("key")),
        Some(key) => sp::remove(&place.web.gateway, &place.caller.ctx, detail.view.id, key).await,
    };
    done(&place, &detail, removed, Flash::Removed).await
}
