//! Any change of a connection, tried on the sign-ins of the last days before it is saved.
//!
//! The forms of other pages are taken as they are, and say in `form` which they are: `settings`, `strictness`, `mapping`,
//! `add`, `remove` and `approve` (certificates), `follow` (metadata that waits), `history` (back to a revision, which is done
//! there). The page's own form has what they come to: `mapping` (JSON), `set` (a line each: path, `=`, value),
//! `add_certificate` (may stand there more than once), `remove_key` (SHA-256, as well); it can be changed, tried again, and
//! saved. Forms that bring back values which their page had in it are tried, and saved, on the revision that these are of.

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;

use gatepost_saml::encoding::to_base64;
use gatepost_saml::paste::Form;

use super::frame::{Answer, Flash, go, problem, show};
use super::sso::Place;
use super::{mapping, sso_settings};
use crate::base::sentence::{Sentence, sentence};
use crate::flow::FlowError;
use crate::flow::connection::paste::{self, Paste};
use crate::flow::connection::playground;
use crate::flow::connection::show::Detail;
use crate::flow::connection::update::{Update, update_if};
use crate::flow::connection::what_if::{self, Trial, WhatIf};
use crate::http::pages::mapping::{Proposed, WhatIfPage};
use crate::http::reply::{parameter, version_sent};

/// `GET /console/at/{account}/sso/{connection}/what-if`.
pub async fn ask(place: Place) -> Answer {
    let detail = place.detail().await?;
    let bench = playground::bench(&place.web.gateway, &place.caller.ctx, detail.view.id).await;
    let bench = bench.map_err(|error| place.failed(&error))?;
    let proposed = Proposed { version: bench.revision, mapping: bench.mapping, ..Proposed::default() };
    Ok(page(&place, &detail, (&proposed, None, None)))
}

/// `POST /console/at/{account}/sso/{connection}/what-if`: tries a change; with `how=save` of this page's own form, makes it
/// a revision.
pub async fn try_change(place: Place, body: Bytes) -> Answer {
    let detail = place.changed(&body).await?;
    let (gateway, ctx, id) = (&place.web.gateway, &place.caller.ctx, detail.view.id);
    let proposed = match proposed(&place, &detail, &body).await {
        Ok(proposed) => proposed,
        Err(error) => {
            let nothing = Proposed { back: back(&body), version: detail.revision, ..Proposed::default() };
            return wrong(&place, &detail, &nothing, error);
        }
    };
    // What it was filled in from is gone: what somebody changed since would be part of the change.
    if proposed.version != detail.revision {
        return wrong(&place, &detail, &proposed, FlowError::Stale);
    }
    let change = change(&proposed);
    // What waits for an owner's word is decided on its own page alone: a certificate needs its proof. So are revisions gone
    // back to.
    let is_of_here = !proposed.is_waiting() && proposed.revision.is_none();
    if parameter(&body, "how").as_deref() == Some("save") && is_of_here {
        return match update_if(gateway, ctx, id, change, |is| is == proposed.version).await {
            Ok(_) => Ok(go(&place.web, &place.of(id), Flash::Saved)),
            Err(error) => wrong(&place, &detail, &proposed, error),
        };
    }
    let waiting = Some(proposed.waiting.as_str()).filter(|waiting| !waiting.is_empty());
    let proposal = Some(proposed.proposal.as_str()).filter(|proposal| !proposal.is_empty());
    let trial = Trial { revision: proposed.revision, change: &change, waiting, proposal };
    match what_if::try_out(gateway, ctx, id, trial).await {
        Ok(found) => Ok(page(&place, &detail, (&proposed, Some(&found), None))),
        Err(error) => wrong(&place, &detail, &proposed, error),
    }
}

/// The page again, with what is wrong.
#[expect(clippy::result_large_err, reason = "an answer that is given at once, and held by nobody")]
fn wrong(place: &Place, detail: &Detail, proposed: &Proposed, error: FlowError) -> Answer {
    let sentence = problem(&place.web, &place.caller, error)?;
    Ok(page(place, detail, (proposed, None, Some(&sentence))))
}

/// The page of the connection that a form came from.
fn back(body: &[u8]) -> Option<&'static str> {
    let from = parameter(body, "form").or_else(|| parameter(body, "back"))?;
    match from.as_str() {
        "settings" | "strictness" => Some("settings"),
        "add" | "remove" | "approve" | "follow" | "certificates" => Some("certificates"),
        "mapping" => Some("mapping"),
        "history" => Some("history"),
        _ => None,
    }
}

/// What a form proposes, of whichever page it is.
async fn proposed(place: &Place, detail: &Detail, body: &[u8]) -> Result<Proposed, FlowError> {
    let text = |name| parameter(body, name).unwrap_or_default();
    let form = text("form");
    let version = match form.as_str() {
        // They name what they are about, and bring nothing back that their page had in it.
        "add" | "remove" | "approve" | "follow" | "history" => detail.revision,
        _ => version_sent(body),
    };
    let nothing = Proposed { back: back(body), version, ..Proposed::default() };
    let settled = |change: Update| Proposed {
        name: change.name.unwrap_or_default(),
        set: change.set.iter().fold(String::new(), |set, (path, value)| set + path + "=" + value + "\n"),
        ..nothing.clone()
    };
    Ok(match form.as_str() {
        "settings" => {
            let (sent, present) = (sso_settings::choices_sent(body), sso_settings::chosen(detail)?);
            settled(sso_settings::changed(&sent, &present))
        }
        "strictness" => {
            let present = sso_settings::settings(detail)?;
            let sent = sso_settings::strictness_sent(body);
            settled(sent.change(&present, place.caller.ctx.now).map_err(FlowError::Invalid)?)
        }
        "mapping" => {
            let bench = playground::bench(&place.web.gateway, &place.caller.ctx, detail.view.id).await?;
            Proposed { mapping: mapping::rules(body, &bench).map_err(FlowError::Invalid)?, ..nothing }
        }
        "add" => added(place, detail, (body, nothing)).await?,
        "remove" => Proposed { remove_key: text("key"), ..nothing },
        "approve" => Proposed { waiting: text("key"), ..nothing },
        "follow" => Proposed { proposal: text("proposal"), ..nothing },
        "history" => {
            let number = text("revision").parse::<i64>().map_err(|_| FlowError::NotFound("revision"))?;
            Proposed { revision: Some(number), ..nothing }
        }
        _ => {
            let mut certificates = all(body, "add_certificate");
            let first = if certificates.is_empty() { String::new() } else { certificates.remove(0) };
            Proposed {
                name: text("name"),
                metadata: text("metadata"),
                waiting: text("waiting"),
                proposal: text("proposal"),
                mapping: text("mapping"),
                set: text("set"),
                add_certificate: first,
                more_certificates: certificates,
                remove_key: text("remove_key"),
                ..nothing
            }
        }
    })
}

/// What somebody pasted as the next certificate: metadata is followed once, else its certificates are trusted as well.
async fn added(
    place: &Place,
    detail: &Detail,
    (body, nothing): (&[u8], Proposed),
) -> Result<Proposed, FlowError> {
    let pasted = parameter(body, "pasted").unwrap_or_default();
    let input = Paste {
        account: place.slug.clone(),
        connection: Some(detail.view.id),
        plan: None,
        product: None,
        entity_id: parameter(body, "entity").filter(|chosen| !chosen.is_empty()),
        text: pasted.clone().into_bytes(),
    };
    let seen = paste::look(&place.web.gateway, &place.caller.ctx, &input).await?;
    let text = place.web.frame().text;
    let stops = seen.problems.iter().filter(|problem| problem.stops());
    let stops = stops.map(|problem| Sentence::of_data(&text.paste(problem))).collect();
    if let Some(wrong) = Sentence::all(stops) {
        return Err(FlowError::Invalid(wrong));
    }
    if seen.form == Form::Metadata {
        return Ok(Proposed { metadata: pasted, ..nothing });
    }
    let mut certificates = seen.pasted.certificates.iter().map(|key| to_base64(key.der()));
    let first = certificates.next().ok_or(FlowError::Invalid(sentence!("there is no certificate in it")))?;
    Ok(Proposed { add_certificate: first, more_certificates: certificates.collect(), ..nothing })
}

fn all(body: &[u8], wanted: &str) -> Vec<String> {
    let found =
        form_urlencoded::parse(body).filter(|(name, value)| name == wanted && !value.trim().is_empty());
    found.map(|(_, value)| value.trim().to_owned()).collect()
}

/// The change that is proposed; what is left empty is not part of it.
fn change(proposed: &Proposed) -> Update {
    let given = |text: &String| Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned);
    let pair = |line: &str| {
        let (path, value) = line.split_once('=').unwrap_or((line, ""));
        (path.trim().to_owned(), value.trim().to_owned())
    };
    let lines = proposed.set.lines().filter(|line| !line.trim().is_empty());
    let rules = given(&proposed.mapping).map(|rules| ("mapping".to_owned(), rules));
    let certificates = std::iter::once(&proposed.add_certificate).chain(&proposed.more_certificates);
    Update {
        name: given(&proposed.name),
        metadata: given(&proposed.metadata).map(String::into_bytes),
        set: rules.into_iter().chain(lines.map(pair)).collect(),
        add_certificates: certificates.filter_map(given).map(String::into_bytes).collect(),
        remove_keys: given(&proposed.remove_key).into_iter().collect(),
        ..Update::default()
    }
}

fn page(
    place: &Place,
    detail: &Detail,
    (proposed, found, problem): (&Proposed, Option<&WhatIf>, Option<&str>),
) -> Response {
    let page = WhatIfPage {
        frame: place.web.frame(),
        around: place.around(problem),
        slug: place.slug.as_str(),
        connection: &detail.view.id.to_string(),
        connection_name: &detail.view.name,
        product: detail.product,
        proposed,
        found,
    };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    show(&place.web, &place.caller, status, &page)
}
