//! Keycloak: the SAML identity providers of a realm's export, with their mappers; one realm or a list of them.
//!
//! A realm is one service provider (`/realms/{realm}` below Keycloak's own address, unless an identity provider has an
//! `entityId` of its own) with an ACS for each identity provider (`…/broker/{alias}/endpoint`). The alias is the owner.
//! Identity providers that begin a sign-in by themselves may know a longer address (`…/endpoint/clients/{client}`), which no
//! export tells: that has to be changed over there.
//!
//! Members of `config` are texts, also where they mean a number or a truth value.

use super::at::{At, Wrongs};
use super::{Entry, Known, Names, Owner, below, certificates, segment};
use crate::base::sentence::sentence;
use crate::directory::mapping::{
    Case, Mapping, RoleRule, RoleSource, Rule, Source, SubjectSource, is_reserved,
};

const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";

pub(super) fn read(root: &At<'_>, names: &Names, wrongs: &mut Wrongs) -> Vec<Entry> {
    let realms = if root.value.is_array() { root.items(wrongs) } else { vec![root.clone()] };
    let mut entries = Vec::new();
    for realm in realms {
        if realm.member("providerId").is_some() {
            wrongs.add(
                &realm.place,
                sentence!("it is an identity provider alone; give the export of the whole realm"),
            );
            continue;
        }
        let Some(name) = realm.needed("realm", wrongs) else { continue };
        let mappers = realm.objects("identityProviderMappers", wrongs);
        for at in realm.objects("identityProviders", wrongs) {
            entries.push(entry(&at, (&name, names), &mappers, wrongs));
        }
    }
    entries
}

fn entry(at: &At<'_>, (realm, names): (&str, &Names), mappers: &[At<'_>], wrongs: &mut Wrongs) -> Entry {
    let alias = at.needed("alias", wrongs);
    let name = at.text("displayName", wrongs).or_else(|| alias.clone());
    let provider = at.needed("providerId", wrongs);
    let found = match (provider.as_deref(), at.object("config", wrongs)) {
        (Some("saml"), Some(config)) => {
            let alias = alias.as_deref().unwrap_or_default();
            let mut known = known(at, &config, (realm, alias, names), wrongs);
            for mapper in mappers {
                if mapper.text("identityProviderAlias", wrongs).as_deref() == Some(alias) {
                    map(mapper, &mut known, wrongs);
                }
            }
            Ok(Box::new(known))
        }
        (Some("saml"), None) => {
            wrongs.add(&at.place, sentence!("config is missing"));
            Err(String::new())
        }
        (provider, _) => {
            let provider = provider.unwrap_or_default();
            Err(format!("it is of the kind {provider:?}; identity providers are connected by SAML here"))
        }
    };
    Entry { place: at.place.clone(), name, owner: alias.map(Owner::named), found }
}

fn known(
    at: &At<'_>,
    config: &At<'_>,
    (realm, alias, names): (&str, &str, &Names),
    wrongs: &mut Wrongs,
) -> Known {
    let mut notes = Vec::new();
    // Exports of old do not have it: messages of whatever issuer were taken.
    let entity_id = config.text("idpEntityId", wrongs).unwrap_or_default();
    let url = config.needed("singleSignOnServiceUrl", wrongs);
    let is_request_posted = config.flag("postBindingAuthnRequest", wrongs);
    let (sso_post_url, sso_redirect_url) = if is_request_posted { (url, None) } else { (None, url) };
    let certificates =
        config.text("signingCertificate", wrongs).map(|text| certificates(&text)).unwrap_or_default();
    let follows = config.flag("useMetadataDescriptorUrl", wrongs);
    let metadata_url = config.text("metadataDescriptorUrl", wrongs).filter(|_| follows);
    if !config.flag("validateSignature", wrongs) {
        notes.push("Signatures were not looked at there; here they always are.".to_owned());
    }
    let is_off = at.member("enabled").is_some() && !at.flag("enabled", wrongs);
    if is_off {
        notes.push("It was switched off there.".to_owned());
    }
    if at.flag("linkOnly", wrongs) {
        notes.push("It only linked to users who were there; consider provisioning match_only.".to_owned());
    }
    if at.flag("trustEmail", wrongs) {
        notes.push(
            "Its email addresses were trusted; here an address is verified by a proved domain.".to_owned(),
        );
    }
    if config.flag("wantAssertionsEncrypted", wrongs) {
        notes.push("Assertions are encrypted to the realm's key: bring it along (--sp-key).".to_owned());
    }
    let format = config.text("nameIDPolicyFormat", wrongs);
    let principal = config.text("principalType", wrongs);
    let subject = match principal.as_deref() {
        Some("ATTRIBUTE" | "FRIENDLY_ATTRIBUTE") => {
            config.text("principalAttribute", wrongs).map(SubjectSource::Attribute)
        }
        Some("SUBJECT") if format.as_deref() != Some(TRANSIENT) => Some(SubjectSource::NameId),
        _ => None,
    };
    if let (Some("FRIENDLY_ATTRIBUTE"), Some(SubjectSource::Attribute(name))) =
        (principal.as_deref(), &subject)
    {
        notes.push(format!(
            "People were known by the attribute whose FriendlyName is {name:?}; here nobody is known by what an attribute \
             is called for people, and everybody is refused unless {name:?} is its Name as well: make its Name the subject."
        ));
    }
    if format.as_deref() == Some(TRANSIENT) && subject.is_none() {
        notes.push(
            "Requests asked for a transient NameID, by which nobody can be known again: choose an attribute as the \
             subject, or another NameID at the identity provider."
                .to_owned(),
        );
    }
    let own = names.base_url.as_deref().map(|base| below(base, &format!("/realms/{}", segment(realm))));
    let acs = own.as_ref().map(|own| format!("{own}/broker/{}/endpoint", segment(alias)));
    let sp = config.text("entityId", wrongs).or_else(|| names.sp_entity_id.clone()).or(own);
    Known {
        entity_id,
        sso_redirect_url,
        sso_post_url,
        certificates,
        metadata_url,
        names: sp.zip(acs),
        is_request_signed: config.flag("wantAuthnRequestsSigned", wrongs),
        is_request_posted,
        force_authn: config.flag("forceAuthn", wrongs),
        authn_contexts: contexts(config, &mut notes, wrongs),
        clock_skew_seconds: skew(config, wrongs),
        subject,
        is_off,
        notes,
        ..Known::default()
    }
}

fn contexts(config: &At<'_>, notes: &mut Vec<String>, wrongs: &mut Wrongs) -> Vec<String> {
    let Some(text) = config.text("authnContextClassRefs", wrongs) else { return Vec::new() };
    let Ok(contexts) = serde_json::from_str::<Vec<String>>(&text) else {
        wrongs.add(
            &format!("{}.authnContextClassRefs", config.place),
            sentence!("it must be a list of texts, as JSON in a text"),
        );
        return Vec::new();
    };
    match config.text("authnContextComparisonType", wrongs).as_deref() {
        None | Some("exact") => contexts,
        Some(other) => {
            notes.push(format!(
                "Authentication contexts were asked for as {other:?}; here one of those that are named must be given, \
                 so none is asked for. Set authn_contexts to those that will do."
            ));
            Vec::new()
        }
    }
}

fn skew(config: &At<'_>, wrongs: &mut Wrongs) -> Option<u64> {
    let text = config.text("allowedClockSkew", wrongs)?;
    let seconds = text.parse().ok();
    if seconds.is_none() {
        wrongs
            .add(&format!("{}.allowedClockSkew", config.place), sentence!("it must be a number of seconds"));
    }
    seconds.filter(|seconds| *seconds > 0)
}

/// Takes a mapper over, or notes why not.
fn map(mapper: &At<'_>, known: &mut Known, wrongs: &mut Wrongs) {
    let (Some(name), Some(kind)) =
        (mapper.needed("name", wrongs), mapper.needed("identityProviderMapper", wrongs))
    else {
        return;
    };
    let Some(config) = mapper.object("config", wrongs) else { return };
    let why_not = match kind.as_str() {
        "saml-user-attribute-idp-mapper" => map_attribute(&config, &mut known.mapping, wrongs),
        "saml-username-idp-mapper" => map_username(&config, known, wrongs),
        "saml-role-idp-mapper" => {
            let value = config.text("attribute.value", wrongs);
            let pair = attribute(&config, wrongs).zip(value);
            map_role(&config, pair, false, (&mut known.mapping, wrongs))
        }
        "saml-advanced-role-idp-mapper" => {
            let pairs = pairs(&config, wrongs);
            let is_pattern = config.flag("are.attribute.values.regex", wrongs);
            match <[(String, String); 1]>::try_from(pairs) {
                Ok([pair]) => map_role(&config, Some(pair), is_pattern, (&mut known.mapping, wrongs)),
                Err(_) => Some("it asks for several attributes at once".to_owned()),
            }
        }
        _ => Some(format!("there is nothing like {kind} here")),
    };
    if let Some(why) = why_not {
        known.notes.push(format!("The mapper {name:?} is left out: {why}."));
    }
}

/// By its name, or else the name that people know it by.
fn attribute(config: &At<'_>, wrongs: &mut Wrongs) -> Option<String> {
    let name = config.text("attribute.name", wrongs);
    name.or_else(|| config.text("attribute.friendly.name", wrongs))
}

fn map_attribute(config: &At<'_>, mapping: &mut Mapping, wrongs: &mut Wrongs) -> Option<String> {
    let Some((from, to)) = attribute(config, wrongs).zip(config.text("user.attribute", wrongs)) else {
        return Some("it names no attribute".to_owned());
    };
    let rule = match to.as_str() {
        "email" => &mut mapping.email,
        "firstName" => &mut mapping.first_name,
        "lastName" => &mut mapping.last_name,
        "username" => &mut mapping.username,
        custom => {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
            if custom.len() > 64 || !custom.bytes().all(is_plain) {
                return Some(format!("{custom:?} is no name of a field here"));
            }
            let rule = mapping.custom.entry(custom.to_owned()).or_default();
            rule.first_of.push(Source::Attribute(from));
            return None;
        }
    };
    rule.get_or_insert_with(Rule::default).first_of.push(Source::Attribute(from));
    None
}

/// `${NAMEID}` or `${ATTRIBUTE.name}`, perhaps with `| lowercase`; a username that is put together is none here.
fn map_username(config: &At<'_>, known: &mut Known, wrongs: &mut Wrongs) -> Option<String> {
    let template = config.text("template", wrongs).unwrap_or_default();
    let target = config.text("target", wrongs);
    let inner = template.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let Some(inner) = inner.filter(|inner| !inner.contains("${")) else {
        return Some(format!("{template:?} puts a name together"));
    };
    let (what, filter) = match inner.split_once('|') {
        None => (inner.trim(), None),
        Some((what, filter)) => (what.trim(), Some(filter.trim())),
    };
    let case = match filter {
        None => None,
        Some("lowercase") => Some(Case::Lower),
        Some("uppercase") => Some(Case::Upper),
        Some(other) => return Some(format!("there is nothing like the filter {other:?} here")),
    };
    let attribute = what.strip_prefix("ATTRIBUTE.").map(str::to_owned);
    if target.as_deref() == Some("BROKER_ID") {
        known.subject = match (what, attribute, case) {
            ("NAMEID", None, None) => Some(SubjectSource::NameId),
            (_, Some(name), None) => Some(SubjectSource::Attribute(name)),
            _ => return Some(format!("a person cannot be known by {template:?} here")),
        };
        return None;
    }
    let source = match (what, attribute) {
        ("NAMEID", None) => Source::NameId,
        (_, Some(name)) => Source::Attribute(name),
        _ => return Some(format!("there is nothing like {template:?} here")),
    };
    known.mapping.username = Some(Rule { first_of: vec![source], case, ..Rule::default() });
    None
}

/// The pairs of an advanced mapper: JSON in a text.
fn pairs(config: &At<'_>, wrongs: &mut Wrongs) -> Vec<(String, String)> {
    #[derive(serde::Deserialize)]
    struct Pair {
        key: String,
        value: String,
    }
    let Some(text) = config.text("attributes", wrongs) else { return Vec::new() };
    let Ok(pairs) = serde_json::from_str::<Vec<Pair>>(&text) else {
        let why = sentence!("it must be a list of key and value, as JSON in a text");
        wrongs.add(&format!("{}.attributes", config.place), why);
        return Vec::new();
    };
    pairs.into_iter().map(|pair| (pair.key, pair.value)).collect()
}

fn map_role(
    config: &At<'_>,
    pair: Option<(String, String)>,
    is_pattern: bool,
    (mapping, wrongs): (&mut Mapping, &mut Wrongs),
) -> Option<String> {
    let Some((role, (name, value))) = config.text("role", wrongs).zip(pair) else {
        return Some("it names no role, attribute or value".to_owned());
    };
    if is_reserved(&role) {
        // A name that means something else here must not make anybody an administrator.
        return Some(format!(
            "{role:?} is a role in an account here; if that is meant, add a role rule for {name} = {value:?} yourself"
        ));
    }
    let (equals, matches) = if is_pattern { (None, Some(value)) } else { (Some(value), None) };
    let when = RoleSource::Source(Source::Attribute(name));
    mapping.role_rules.push(RoleRule { grant: role, when, equals, matches });
    None
}
