//! Changing a connection: any setting, name and entity ID, certificates, where its metadata comes from.
//!
//! Settings are changed by path (`policy.clock_skew_seconds`), one after the other, and each must leave settings that can
//! be read: so what is wrong is told with its path, and all of it at once. What is not settings goes by fields of its own.

use gatepost_saml::policy::MAX_CLOCK_SKEW_SECONDS;
use serde_json::Value;

use super::load::{self, Loaded};
use super::metadata::{self, Good, Judging, Refused};
use super::revision::{Key, Source, Version, revise};
use super::settings::{Metadata, Settings};
use super::{check, drift};
use crate::access::Action;
use crate::base::Ctx;
use crate::base::id::ConnectionId;
use crate::base::sentence::{Sentence, Told, sentence};
use crate::base::unread;
use crate::directory::mapping::{Mapping, MappingErrors};
use crate::flow::line::{MAX_REASON, checked_line};
use crate::flow::{FlowError, Gateway};

/// What is to be different.
#[derive(Debug, Default)]
pub struct Update {
    /// Its name for people.
    pub name: Option<String>,
    /// The identity provider's entity ID.
    pub idp_entity_id: Option<String>,
    /// A metadata document to follow once.
    pub metadata: Option<Vec<u8>>,
    /// Where metadata comes from from now on.
    pub metadata_url: Option<Metadata>,
    /// Settings by their paths, each JSON or a bare text.
    pub set: Vec<(String, String)>,
    /// Settings as a JSON document in the shape of all settings; what it does not name stays, null is the default.
    pub merge: Option<Value>,
    /// Certificates to trust, as people have them.
    pub add_certificates: Vec<Vec<u8>>,
    /// Keys to trust no more, by the SHA-256 of their certificate or of themselves.
    pub remove_keys: Vec<String>,
    /// Why.
    pub reason: Option<String>,
}

/// Changes a connection: its new revision, or `None` when nothing differs; and what an administrator should know.
///
/// # Errors
/// [`FlowError::Invalid`] in a plain sentence that names the path, [`FlowError::NotFound`] without that connection.
pub async fn update(
    gateway: &Gateway,
    ctx: &Ctx,
    id: ConnectionId,
    input: Update,
) -> Result<(Option<i64>, Vec<Sentence>), FlowError> {
    let Updated { made, notes, .. } = update_if(gateway, ctx, id, input, |_| true).await?;
    Ok((made, notes))
}

/// What became of a change.
#[derive(Debug)]
pub struct Updated {
    /// The new revision; none when nothing differs.
    pub made: Option<i64>,
    /// The revision that there is now.
    pub present: i64,
    /// What an administrator should know.
    pub notes: Vec<Sentence>,
}

/// The same, if that is what the caller expects of its present revision.
///
/// # Errors
/// Those of [`update`]; [`FlowError::Stale`] when it is not.
pub async fn update_if(
    gateway: &Gateway,
    ctx: &Ctx,
    id: ConnectionId,
    input: Update,
    expects: impl Fn(i64) -> bool + Send,
) -> Result<Updated, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::ManageConnections, id)).await?;
    if !expects(loaded.connection.revision) {
        return Err(FlowError::Stale);
    }
    let reason = input.reason.as_deref();
    let reason = reason.map(|reason| checked_line("reason", reason, MAX_REASON)).transpose()?;
    let present = Version::present(&mut tx, &loaded).await?;
    drop(tx);

    let (mut notes, mut wrong) = (Vec::new(), Vec::new());
    let mut next = changed(ctx, &present, &input, (&mut notes, &mut wrong))?;
    if !wrong.is_empty() {
        wrong.extend(check::faults(&next.settings, Some(&present.settings), gateway));
    }
    if let Some(wrong) = Sentence::all(wrong) {
        return Err(FlowError::Invalid(wrong));
    }
    let is_new_source = next.settings.metadata != present.settings.metadata;
    let good = match next.settings.metadata.clone().filter(|_| is_new_source) {
        Some(source) => {
            let _fetching = gateway.kept().fetches.fetch(loaded.account.id)?;
            let fetched = fetched(gateway, ctx, &source, &mut next, &mut notes).await;
            // Else it is the settings that say where it is.
            let is_field = input.metadata_url.is_some();
            Some(fetched.map_err(|wrong| if is_field { wrong.about("metadata_url") } else { wrong })?)
        }
        None => None,
    };
    next.check(Some(&present), gateway)?;
    let new = next.keys.iter().filter(|key| !present.keys.contains(key));
    let new = new.map(Key::read).collect::<Result<Vec<_>, _>>()?;
    notes.extend(check::certificate_notes(&new, ctx.now));

    let mut tx = gateway.storage().write().await?;
    // Once more: while metadata was being fetched, it may have come into use, or the caller out of office.
    let current: Loaded = load::granted(gateway, &mut tx, ctx, (Action::ManageConnections, id)).await?;
    if current.connection.revision != loaded.connection.revision {
        return Err(FlowError::Stale);
    }
    let source = next.settings.metadata.clone();
    let made = revise(&mut tx, gateway, ctx, &current, next, ("connection.updated", reason)).await?;
    if made.is_some() && is_new_source {
        let of = (current.account.id, id);
        metadata::follow(&mut tx, gateway, ctx, of, (source.as_ref(), good.as_ref())).await?;
    }
    tx.commit().await?;
    Ok(Updated { made, present: made.unwrap_or(current.connection.revision), notes })
}

/// What the input makes of a connection, as far as nothing has to be fetched, without what is wrong with its settings.
pub(super) fn changed(
    ctx: &Ctx,
    present: &Version,
    input: &Update,
    (notes, wrong): (&mut Vec<Sentence>, &mut Vec<Sentence>),
) -> Result<Version, FlowError> {
    let mut next = present.clone();
    if let Some(name) = &input.name {
        name.trim().clone_into(&mut next.name);
    }
    if let Some(entity_id) = &input.idp_entity_id {
        entity_id.trim().clone_into(&mut next.idp_entity_id);
    }
    if let Some(xml) = &input.metadata {
        let wanted = input.idp_entity_id.as_deref().unwrap_or(&present.idp_entity_id);
        let policy = &present.settings.policy_at(ctx.now);
        let judging = Judging { now: ctx.now, entity_id: Some(wanted), trust: None, policy };
        let good = metadata::judge(xml, judging)
            .map_err(|problem| FlowError::from(problem).about("metadata_xml"))?;
        follow(&mut next, &good);
        notes.extend(good.notes);
    }
    next.settings = settings(&next.settings, input, wrong)?;
    if let Some(source) = &input.metadata_url {
        next.settings.metadata = Some(source.clone());
    }
    let added = check::certificates(&input.add_certificates);
    let (added, left_out) = added.map_err(|wrong| wrong.about("add_certificates"))?;
    notes.extend(left_out);
    for key in &added {
        let key = Key::new(key, Source::Certificate);
        next.keys.retain(|known| known.spki_sha256 != key.spki_sha256);
        next.keys.push(key);
    }
    for hash in &input.remove_keys {
        remove(&mut next, hash)?;
    }
    Ok(next)
}

/// Whoever changes a connection by hand means the addresses too.
fn follow(next: &mut Version, good: &Good) {
    let (followed, _) = metadata::follow_reading(next, &good.reading);
    *next = followed;
    next.settings.sso_redirect_url.clone_from(&good.reading.sso_redirect_url);
    next.settings.sso_post_url.clone_from(&good.reading.sso_post_url);
}

async fn fetched(
    gateway: &Gateway,
    ctx: &Ctx,
    source: &Metadata,
    next: &mut Version,
    notes: &mut Vec<Sentence>,
) -> Result<Good, FlowError> {
    let policy = next.settings.policy_at(ctx.now);
    let asked = (source, &policy);
    let good = metadata::fetch(gateway, asked, (ctx.now, Some(&next.idp_entity_id))).await;
    let good = good.map_err(|refused| match refused {
        Refused::Problem(problem) => problem,
        Refused::OtherEntity(other) => drift::entity_problem(&next.idp_entity_id, &other.reading.entity_id),
    })?;
    follow(next, &good);
    notes.extend(good.notes.iter().cloned());
    Ok(good)
}

fn remove(next: &mut Version, hash: &str) -> Result<(), FlowError> {
    let wanted: String = hash.chars().filter(|c| *c != ':').collect::<String>().to_ascii_lowercase();
    let before = next.keys.len();
    let mut kept = Vec::new();
    for key in &next.keys {
        if key.spki_sha256 != wanted && key.read()?.certificate().sha256 != wanted {
            kept.push(key.clone());
        }
    }
    if kept.len() == before {
        return Err(FlowError::Invalid(sentence!("no trusted key has the SHA-256 \"{hash}\"", hash)));
    }
    next.keys = kept;
    Ok(())
}

/// The settings with everything that the input sets, each at its path; what is wrong is left out, and told.
pub(super) fn settings(
    present: &Settings,
    input: &Update,
    wrong: &mut Vec<Sentence>,
) -> Result<Settings, FlowError> {
    let mut tree = serde_json::to_value(present).map_err(|_| FlowError::Internal("settings as JSON"))?;
    match &input.merge {
        Some(merge) if merge.is_object() => merge_into(&mut tree, "", merge, wrong),
        Some(_) => wrong.push(sentence!("the settings must be a JSON object")),
        None => {}
    }
    for (path, text) in &input.set {
        let text_itself = Value::String(text.clone());
        let value = serde_json::from_str(text).unwrap_or_else(|_| text_itself.clone());
        // 007 is a number to JSON and may be a name to people.
        let set = put(&mut tree, path, value.clone()).or_else(|errors| match value {
            Value::String(_) => Err(errors),
            _ => put(&mut tree, path, text_itself).map_err(|_| errors),
        });
        wrong.extend(set.err().into_iter().flatten());
    }
    let skew = tree.pointer("/policy/clock_skew_seconds").and_then(Value::as_u64).unwrap_or_default();
    if skew > u64::from(MAX_CLOCK_SKEW_SECONDS) {
        let told = sentence!("at most {max} seconds", max = MAX_CLOCK_SKEW_SECONDS);
        wrong.push(told.at("policy.clock_skew_seconds"));
    }
    serde_json::from_value(tree).map_err(|_| FlowError::Internal("settings as JSON"))
}

/// Each leaf of `merge` by itself, so that what is wrong is told with its path. An object where there was none comes
/// whole.
fn merge_into(tree: &mut Value, path: &str, merge: &Value, wrong: &mut Vec<Sentence>) {
    let is_inner = path.is_empty() || at(tree, path).is_some_and(Value::is_object);
    match merge {
        Value::Object(members) if is_inner => {
            for (name, value) in members {
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                merge_into(tree, &below, value, wrong);
            }
        }
        value => wrong.extend(put(tree, path, value.clone()).err().into_iter().flatten()),
    }
}

fn at<'v>(tree: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(tree, |value, name| value.get(name))
}

/// The settings that are not stored where they are what they usually are.
const UNSTORED: [&str; 3] = ["relaxations_until", "request_binding", "asks_before_keys"];

/// Puts `value` at `path`; null puts the default there. The tree is left as it was when that is no good.
fn put(tree: &mut Value, path: &str, value: Value) -> Result<(), Vec<Sentence>> {
    let wrong = |what: Sentence| vec![what.at(path)];
    let unknown = || wrong(sentence!("there is no such setting"));
    let unkept = || wrong(sentence!("it cannot be kept"));
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    let mut changed = tree.clone();
    let members = if parent.is_empty() {
        Some(&mut changed)
    } else {
        parent.split('.').try_fold(&mut changed, |value, name| value.get_mut(name))
    };
    let members = members.and_then(Value::as_object_mut).ok_or_else(unknown)?;
    let is_of_mapping = path.split('.').next() == Some("mapping");
    if !value.is_null() {
        members.insert(name.to_owned(), value);
    } else if members.remove(name).is_none() {
        if UNSTORED.contains(&path) {
            return Ok(());
        }
        if !is_of_mapping {
            return Err(unknown());
        }
        // A rule that is not set is not stored; whether there may be one of that name is seen below.
        members.insert(name.to_owned(), Value::Null);
    }
    if let Some(mapping) = changed.get_mut("mapping").filter(|_| is_of_mapping) {
        let told = |errors: MappingErrors| errors.0.iter().map(Told::sentence).collect::<Vec<_>>();
        let read = Mapping::read(&mapping.to_string()).map_err(told)?;
        *mapping = serde_json::to_value(read).map_err(|_| unkept())?;
    }
    let read = serde_json::from_value::<Settings>(changed).map_err(|error| wrong(unread::json(&error)))?;
    *tree = serde_json::to_value(read).map_err(|_| unkept())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use gatepost_saml::policy::Relaxation;

    use super::super::settings::{RequestBinding, SessionEnd};
    use super::*;
    use crate::directory::day::Day;
    use crate::directory::email::UnverifiedEmails;
    use crate::directory::jit::Provisioning;
    use crate::directory::preset::{IdpInitiated, Product};

    /// With everything at something else than its default.
    fn unusual() -> Settings {
        Settings {
            product: Product::Okta,
            sso_redirect_url: Some("https://idp.example/sso".to_owned()),
            sso_post_url: Some("https://idp.example/post".to_owned()),
            is_request_signed: true,
            subject: "attribute:uid".parse().unwrap(),
            provisioning: Provisioning::MatchOnly,
            policy: present().policy,
            relaxations_until: BTreeMap::from([(Relaxation::Sha1, "2040-01-01".parse::<Day>().unwrap())]),
            accepted_audiences: vec!["spn:1".to_owned()],
            session_end: SessionEnd::Ignore,
            mapping: Mapping { may_grant_owner: true, ..Mapping::default() },
            link_by_email: true,
            unverified_emails: Some(UnverifiedEmails::Drop),
            email_domains: Some(vec!["district.example".parse().unwrap()]),
            idp_initiated: IdpInitiated::Accept,
            request_binding: Some(RequestBinding::Post),
            force_authn: true,
            authn_contexts: vec!["urn:mfa".to_owned()],
            metadata: Some(Metadata::new("https://idp.example/md", &[])),
            asks_before_keys: true,
        }
    }

    fn present() -> Settings {
        let stored = r#"{ "product": "other", "sso_redirect_url": "https://idp.example/sso", "sso_post_url": null,
            "is_request_signed": false, "subject": "name_id", "provisioning": "create", "accepted_audiences": [],
            "policy": { "relaxations": [], "clock_skew_seconds": 180, "max_validity_seconds": 86400 } }"#;
        Settings::read(stored).unwrap()
    }

    fn set(pairs: &[(&str, &str)]) -> Result<Settings, String> {
        let set = pairs.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        read(&Update { set, ..Update::default() })
    }

    fn merge(text: &str) -> Result<Settings, String> {
        let merge = Some(serde_json::from_str(text).unwrap());
        read(&Update { merge, ..Update::default() })
    }

    fn read(input: &Update) -> Result<Settings, String> {
        let mut wrong = Vec::new();
        let read = settings(&present(), input, &mut wrong).unwrap();
        Sentence::all(wrong).map_or(Ok(read), |wrong| Err(wrong.english()))
    }

    #[test]
    fn every_kind_of_setting_is_set_by_its_path() {
        let changed = set(&[
            ("policy.clock_skew_seconds", "60"),
            ("policy.relaxations", "[\"sha1\"]"),
            ("idp_initiated", "accept"),
            ("is_request_signed", "true"),
            ("subject", "attribute:uid"),
            ("accepted_audiences", "[\"spn:1\"]"),
            ("sso_post_url", "https://idp.example/post"),
            ("metadata", "{\"url\":\"https://idp.example/md\"}"),
            ("metadata.url", "https://idp.example/md2"),
        ]);
        let changed = changed.unwrap();
        assert_eq!(changed.policy.clock_skew_seconds(), 60);
        assert!(changed.is_request_signed);
        assert_eq!(changed.subject.to_string(), "attribute:uid");
        assert_eq!(changed.metadata.unwrap().url, "https://idp.example/md2");
        assert_eq!(changed.provisioning, present().provisioning, "what is not named stays");
        let reset = set(&[("session_end", "ignore"), ("session_end", "null")]).unwrap();
        assert_eq!(reset, present());
        assert_eq!(
            set(&[("relaxations_until", "null")]).unwrap(),
            present(),
            "it is not stored while it is empty"
        );
    }

    #[test]
    fn every_setting_goes_back_to_its_default_one_that_is_not_stored_there_too() {
        let tree = |settings: Settings| serde_json::to_value(settings).unwrap();
        let (all, stored) = (tree(unusual()), tree(present()));
        let names: BTreeSet<_> = all.as_object().unwrap().keys().map(String::as_str).collect();
        for name in &names {
            let told = set(&[(*name, "null")]).err().unwrap_or_default();
            assert!(!told.contains("there is no such setting"), "is {name} in UNSTORED? {told}");
        }
        let unstored: BTreeSet<_> = names.into_iter().filter(|name| stored.get(*name).is_none()).collect();
        assert_eq!(unstored, BTreeSet::from(UNSTORED));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_path() {
        for (path, text, part) in [
            ("policy.clock_skew", "60", "policy.clock_skew: there is no field"),
            ("policy.clock_skew_seconds", "soon", "policy.clock_skew_seconds: the text"),
            ("policy.clock_skew_seconds", "601", "policy.clock_skew_seconds: at most 600"),
            ("policy.clock_skew_seconds", "-1", "policy.clock_skew_seconds: "),
            ("policy.relaxations", "[\"audience_optional\"]", "policy.relaxations: there is no value"),
            ("nothing", "1", "nothing: there is no field"),
            ("nothing", "null", "nothing: there is no such setting"),
            ("nothing.at.all", "1", "nothing.at.all: there is no such setting"),
            ("product.name", "okta", "product.name: there is no such setting"),
            ("product", "null", "product: the field \"product\" is missing"),
            ("subject", "email", "subject: it must be name_id"),
            ("", "1", ": there is no field"),
        ] {
            let error = set(&[(path, text)]).unwrap_err();
            assert!(error.contains(part), "{path}={text}: {error}");
        }
    }

    #[test]
    fn documents_are_merged_leaf_by_leaf() {
        let changed = merge(
            r#"{ "policy": { "clock_skew_seconds": 30 }, "metadata": { "url": "https://x.example/" } }"#,
        );
        let changed = changed.unwrap();
        assert_eq!(
            (changed.policy.clock_skew_seconds(), changed.policy.max_validity_seconds()),
            (30, Some(86_400))
        );
        assert_eq!(changed.metadata.unwrap().url, "https://x.example/");
        for (text, part) in [
            (r#"{ "policy": { "clock_skew": 30 } }"#, "policy.clock_skew: there is no field"),
            (r#"{ "policy": 3 }"#, "policy: the number 3 where"),
            (r#"{ "metadata": { "link": "x" } }"#, "metadata: there is no field"),
            ("[1]", "must be a JSON object"),
        ] {
            let error = merge(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let error = merge(
            r#"{ "policy": { "clock_skew": 30 }, "idp_initiated": "perhaps", "session_end": "ignore",
                "mapping": { "emial": {}, "role_rules": [{ "grant": 3 }, 4], "custom": { "grade": 5 },
                    "email": null, "required": null, "phone": null } }"#,
        );
        let error = error.unwrap_err();
        for path in [
            "policy.clock_skew: there is no field",
            "idp_initiated: there is no value",
            "mapping.emial: there is no such field",
            "mapping.phone: there is no such field",
            "mapping.role_rules[0]: ",
            "mapping.role_rules[1]: ",
            "mapping.custom.grade: ",
        ] {
            assert!(error.lines().any(|line| line.starts_with(path)), "{path} in {error}");
        }
        assert_eq!(error.lines().count(), 7, "{error}");
    }
}
