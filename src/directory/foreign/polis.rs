//! Ory Polis (`BoxyHQ` Jackson before): the connections that its API lists, `GET /api/v1/sso`, also page by page (`data`).
//!
//! It has one entity ID (`SAML_AUDIENCE`) and one ACS (`/api/oauth/saml` below its own address) for all connections, but
//! for those with an override. A tenant is the owner; the product that a connection is for is an application here, and
//! goes into the name.

use super::at::{At, Wrongs};
use super::{Entry, Known, Names, Owner, below, certificates};
use crate::base::sentence::sentence;

const ACS: &str = "/api/oauth/saml";

pub(super) fn read(root: &At<'_>, names: &Names, wrongs: &mut Wrongs) -> Vec<Entry> {
    let items = match root.member("data") {
        Some(page) => page.items(wrongs),
        None if root.value.is_object() => vec![root.clone()],
        None => root.items(wrongs),
    };
    items.iter().map(|item| entry(item, names, wrongs)).collect()
}

fn entry(at: &At<'_>, names: &Names, wrongs: &mut Wrongs) -> Entry {
    let owner = at.needed("tenant", wrongs).map(Owner::named);
    let product = at.text("product", wrongs);
    let own = at.text("label", wrongs).or_else(|| at.text("name", wrongs));
    let name = own.or_else(|| product.clone());
    let found = match at.object("idpMetadata", wrongs) {
        Some(metadata) => Ok(Box::new(known(at, &metadata, (names, product.as_deref()), wrongs))),
        None if at.member("oidcProvider").is_some() || at.member("oidcMetadata").is_some() => {
            Err("it is OpenID Connect; identity providers are connected by SAML here".to_owned())
        }
        None => {
            wrongs.add(&at.place, sentence!("neither idpMetadata nor oidcProvider is there"));
            Err(String::new())
        }
    };
    Entry { place: at.place.clone(), name, owner, found }
}

fn known(
    at: &At<'_>,
    metadata: &At<'_>,
    (names, product): (&Names, Option<&str>),
    wrongs: &mut Wrongs,
) -> Known {
    let entity_id = metadata.needed("entityID", wrongs).unwrap_or_default();
    let sso = metadata.object("sso", wrongs);
    let mut url = |name| sso.as_ref().and_then(|sso| sso.text(name, wrongs));
    let (sso_redirect_url, sso_post_url) = (url("redirectUrl"), url("postUrl"));
    let mut notes = Vec::new();
    let certificates: Vec<_> =
        metadata.text("publicKey", wrongs).map(|text| certificates(&text)).unwrap_or_default();
    if let Some(product) = product {
        notes
            .push(format!("It was for the product {product:?}; here a connection is for the whole account."));
    }
    let is_off = at.flag("deactivated", wrongs);
    if is_off {
        notes.push("It was deactivated there.".to_owned());
    }
    if let Some(format) = at.text("identifierFormat", wrongs) {
        notes.push(format!(
            "Requests asked for the NameID format {format}; here they leave it to the identity provider."
        ));
    }
    let acs = at.text("acsUrlOverride", wrongs).or_else(|| names.acs_url.clone());
    let acs = acs.or_else(|| names.base_url.as_deref().map(|base| below(base, ACS)));
    let sp = at.text("samlAudienceOverride", wrongs).or_else(|| names.sp_entity_id.clone());
    Known {
        entity_id,
        is_request_posted: sso_redirect_url.is_none(),
        sso_redirect_url,
        sso_post_url,
        certificates,
        metadata_url: at.text("metadataUrl", wrongs),
        names: sp.zip(acs),
        // It signs all of its requests.
        is_request_signed: true,
        force_authn: at.flag("forceAuthn", wrongs),
        is_off,
        notes,
        ..Known::default()
    }
}
