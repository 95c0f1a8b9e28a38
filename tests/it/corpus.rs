//! The corpus of messages through the web: the same codes as from the engine by itself.
//!
//! Needs the shared folder beside the repository (or `GATEPOST_SHARED`), which is no part of it; without it there is
//! nothing to do. For each case the clock is set, a connection made with the case's names and keys, its pending request
//! and browser planted.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;

use axum::http::StatusCode;
use gatepost::base::id::ConnectionId;
use gatepost::base::secret::{BrowserToken, SessionToken};
use gatepost::base::{Actor, Instant, Rng};
use gatepost::directory::mapping::SubjectSource;
use gatepost::directory::preset::{IdpInitiated, Product};
use gatepost::flow::connection::{self, Create, IdentityProvider, ServiceProvider};
use gatepost::flow::login::pending::{Asked, Handle, Pending};
use gatepost::storage::Storage;
use gatepost::storage::connection::account_of;
use gatepost::words::ES;
use gatepost::words::trace::Said;
use gatepost_saml::binding::Wire;
use gatepost_saml::key::DecryptionKey;
use gatepost_saml::policy::Relaxation;
use gatepost_saml::response::{self, Context};
use gatepost_saml::trust::{Trust, read_certificate};
use gatepost_saml::{Limits, Policy, Relaxations};
use serde::Deserialize;
use serde_json::Value;

use crate::browser::{Browser, encode};
use crate::routes::spoken::ENGLISH;
use crate::site::{ACCOUNT, HTTPS, Site};

const CLOCK_SKEW: u32 = 60;
/// A day, as connections have it.
const MAX_VALIDITY: u32 = 86_400;

#[derive(Deserialize)]
#[serde(untagged)]
enum Files {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
struct Case {
    id: String,
    file: String,
    kind: String,
    wire: String,
    binding: Option<String>,
    idp_cert: Option<Files>,
    idp_entity_id: Option<String>,
    sp_entity_id: Option<String>,
    acs_url: Option<String>,
    sp_key: Option<Files>,
    now: String,
    in_response_to: Option<String>,
    #[serde(default)]
    needs: Vec<String>,
    stored: Option<bool>,
    after: Option<Vec<String>>,
    clock_skew_s: Option<u32>,
}

impl Files {
    fn list(&self) -> Vec<&str> {
        match self {
            Self::One(file) => vec![file],
            Self::Many(files) => files.iter().map(String::as_str).collect(),
        }
    }
}

fn folder() -> Option<PathBuf> {
    let shared =
        std::env::var_os("GATEPOST_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join(shared).join("corpus");
    corpus.join("manifest.json").exists().then_some(corpus)
}

fn relaxations(needs: &[String]) -> Relaxations {
    let known = |need: &String| match need.as_str() {
        "sha1" => Some(Relaxation::Sha1),
        "rsa_lt_2048" => Some(Relaxation::Rsa1024),
        "rsa_1_5" => Some(Relaxation::Rsa15),
        "tripledes" => Some(Relaxation::TripleDes),
        "inclusive_c14n" => Some(Relaxation::InclusiveC14n),
        "empty_reference_uri" => Some(Relaxation::EmptyReferenceUri),
        "authn_statement_optional" => Some(Relaxation::NoAuthnStatement),
        _ => None,
    };
    needs.iter().filter_map(known).collect()
}

/// What both ways of judging are given.
struct Given {
    certificates: Vec<Vec<u8>>,
    keys: Vec<Vec<u8>>,
    idp: String,
    sp: String,
    acs: String,
    policy: Policy,
}

fn given(corpus: &Path, case: &Case) -> Option<Given> {
    let read = |files: Option<&Files>| -> Option<Vec<Vec<u8>>> {
        let Some(files) = files else { return Some(Vec::new()) };
        files.list().into_iter().map(|file| std::fs::read(corpus.join(file)).ok()).collect()
    };
    let policy = Policy::relaxed(relaxations(&case.needs));
    Some(Given {
        certificates: read(case.idp_cert.as_ref())?,
        keys: read(case.sp_key.as_ref())?,
        idp: case.idp_entity_id.clone()?,
        sp: case.sp_entity_id.clone()?,
        acs: case.acs_url.clone()?,
        policy: policy.with_clock_skew(CLOCK_SKEW).with_max_validity(Some(MAX_VALIDITY)),
    })
}

/// The code of the engine by itself, over the very form that is posted; `None` when it accepts, `Err` for settings that
/// cannot be.
fn by_engine(given: &Given, case: &Case, now: Instant, form: &str) -> Result<Option<&'static str>, ()> {
    let trusted = given.certificates.iter().map(|bytes| read_certificate(bytes).map(|read| read.key));
    let trusted = trusted.collect::<Result<Vec<_>, _>>().map_err(drop)?;
    let keys =
        given.keys.iter().map(|pem| DecryptionKey::from_pem(pem)).collect::<Result<_, _>>().map_err(drop)?;
    let settings = response::Settings {
        sp: response::ServiceProvider {
            entity_id: given.sp.clone(),
            accepted_audiences: Vec::new(),
            endpoint: given.acs.clone(),
            decryption_keys: keys,
        },
        idp: response::IdentityProvider {
            entity_id: given.idp.clone(),
            trust: Trust::from_keys(trusted).ok_or(())?,
        },
        policy: given.policy.clone(),
        limits: Limits::MESSAGE,
    };
    let context = Context {
        now,
        pending_request: case.in_response_to.as_deref(),
        requested_authn_contexts: &[],
        forced_since: None,
        seen: &|_| false,
    };
    let judgement = response::judge(&Wire::Form(form.as_bytes()), &settings, &context);
    Ok(judgement.verdict.err().map(|refusal| refusal.public_code.name()))
}

/// A site with a connection for these settings.
struct Prepared {
    site: Site,
    storage: Storage,
    connection: ConnectionId,
}

async fn prepare(given: &Given, now: Instant) -> Option<Prepared> {
    let site = Site::at(HTTPS).await;
    site.clock.set(now);
    let input = Create {
        account: ACCOUNT.parse().unwrap(),
        name: None,
        product: Product::Other,
        idp: IdentityProvider::Fields {
            entity_id: given.idp.clone(),
            sso_url: "https://idp.corpus.example/sso".to_owned(),
            certificates: given.certificates.clone(),
        },
        subject: Some(SubjectSource::NameId),
        // Anything else would begin anew where the engine says what is wrong.
        idp_initiated: Some(IdpInitiated::Refuse),
        policy: Some(given.policy.clone()),
        service_provider: Some(ServiceProvider {
            entity_id: given.sp.clone(),
            acs_url: given.acs.clone(),
            decryption_keys: given.keys.clone(),
            key_pair: None,
        }),
    };
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let (connection, _) = connection::create(&site.gateway, &ctx, input).await.ok()?;
    let storage = Storage::open(site.folder.location(), now, &Rng::system()).await.unwrap();
    Some(Prepared { site, storage, connection: connection.id })
}

impl Prepared {
    /// A browser that keeps the case's pending request; `None` when its id could not be one of ours.
    async fn plant(&self, case: &Case, now: Instant) -> Option<Browser> {
        let mut browser = self.site.browser();
        let token = BrowserToken::draw(&self.site.rng);
        browser.cookies.insert("__Host-gatepost-browser".to_owned(), (token.expose_text(), true));
        if let Some(request_id) = &case.in_response_to {
            let mut tx = self.storage.read().await.unwrap();
            let account = account_of(&mut tx, self.connection).await.unwrap().unwrap();
            let keys = self.storage.keys(&mut tx, account).await.unwrap();
            let pending = Pending {
                handle: Handle::parse(request_id)?,
                connection: self.connection,
                browser: token.hash(),
                return_to: None,
                asked: Asked::default(),
                token: SessionToken::draw(&self.site.rng),
                is_test: false,
                expires_at: now.plus_seconds(600),
            };
            let sealed = pending.seal(&keys, &self.site.rng).unwrap();
            let name = format!("__Host-gatepost-pending{}", sealed.handle.as_str());
            browser.cookies.insert(name, (format!("{}.{}", sealed.expires_at.seconds(), sealed.value), true));
        }
        Some(browser)
    }

    /// The code on the page, or `None` for a sign-in.
    async fn by_web(&self, browser: &mut Browser, form: &str) -> Option<String> {
        let answer = browser.post_body(&format!("/saml/{}/acs", self.connection), form.to_owned()).await;
        if answer.status == StatusCode::SEE_OTHER {
            return None;
        }
        let after =
            answer.body.split_once("<dt>Code</dt><dd><code>").unwrap_or_else(|| panic!("{}", answer.body)).1;
        Some(after.split_once('<').unwrap().0.to_owned())
    }
}

/// The form as a browser posts it, with `RelayState` where there is a request.
fn form(case: &Case, file: &[u8]) -> Option<String> {
    let value = match case.wire.as_str() {
        "xml" => base64_simd::STANDARD.encode_to_string(file),
        "base64" => String::from_utf8(file.to_vec()).ok()?,
        "form" => return String::from_utf8(file.to_vec()).ok(),
        _ => return None,
    };
    let mut fields = vec![("SAMLResponse", value.as_str())];
    fields.extend(case.in_response_to.as_deref().map(|id| ("RelayState", id)));
    Some(encode(&fields))
}

#[tokio::test]
async fn the_same_codes_as_from_the_engine() {
    // All of them where the folder is named, as in continuous integration; else as many as take a few seconds.
    let every = if std::env::var_os("GATEPOST_SHARED").is_some() { 1 } else { 5 };
    let Some(corpus) = folder() else {
        eprintln!("skipped: there is no corpus beside the repository");
        return;
    };
    let manifest = std::fs::read(corpus.join("manifest.json")).unwrap();
    let cases: Vec<Case> = serde_json::from_slice(&manifest).unwrap();
    let mut sites: HashMap<String, Prepared> = HashMap::new();
    let (mut codes, mut differences, mut accepted) = (HashMap::new(), Vec::new(), 0);
    for case in cases.iter().step_by(every) {
        let is_ours = case.kind == "response"
            && case.binding.as_deref() != Some("redirect")
            && case.stored != Some(false)
            && case.after.is_none()
            && case.clock_skew_s.is_none_or(|skew| skew == CLOCK_SKEW);
        let Some(given) = is_ours.then(|| given(&corpus, case)).flatten() else { continue };
        let Some(form) = std::fs::read(corpus.join(&case.file)).ok().and_then(|file| form(case, &file))
        else {
            continue;
        };
        let Ok(now) = Instant::parse(&case.now) else { continue };
        let Ok(engine) = by_engine(&given, case, now, &form) else { continue };
        // One folder per set of settings: an entity ID of ours stands for one connection.
        let key = format!(
            "{:?}{:?}{:?}{}{}{}",
            given.certificates, given.keys, given.policy, given.idp, given.sp, given.acs
        );
        if !sites.contains_key(&key) {
            let Some(prepared) = prepare(&given, now).await else { continue };
            sites.insert(key.clone(), prepared);
        }
        let prepared = &sites[&key];
        prepared.site.clock.set(now);
        let Some(mut browser) = prepared.plant(case, now).await else { continue };
        let web = prepared.by_web(&mut browser, &form).await;
        // Cases are by themselves: some share the id of a request, some the assertion.
        prepared.site.execute("DELETE FROM consumed_requests").await;
        if prepared.site.count("SELECT COUNT(*) FROM replays").await > 0 {
            sites.remove(&key);
        }
        match (engine, web.as_deref()) {
            (None, None) => accepted += 1,
            // The engine accepts, and the message names nobody who could be known again.
            (None, Some("mapping_required_missing" | "name_id_transient")) => {}
            (Some(engine), Some(web)) if engine == web => *codes.entry(engine).or_insert(0) += 1,
            (engine, web) => differences.push(format!("{}: engine {engine:?}, web {web:?}", case.id)),
        }
    }
    let refused: i32 = codes.values().sum();
    eprintln!("{accepted} accepted, {refused} refused with {} codes", codes.len());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(accepted >= 30 && refused >= 100 && codes.len() >= 30, "the corpus was read");
}

/// What traces say in words is known as words, whatever the messages were; what is left are values.
#[test]
fn traces_of_the_corpus_are_told_in_spanish() {
    let Some(folder) = folder() else { return };
    let mut verify = Command::new(env!("CARGO_BIN_EXE_gatepost"));
    verify.args(["verify", "--suite", "manifest.json", "--json"]).current_dir(&folder);
    let text = String::from_utf8(verify.output().unwrap().stdout).unwrap();
    let mut stored = BTreeSet::new();
    for line in text.lines() {
        let told: Value = serde_json::from_str(line).unwrap();
        let steps = told["steps"].as_array().into_iter().flatten();
        let warnings = told["warnings"].as_array().into_iter().flatten();
        let texts = steps.flat_map(|step| [&step["wanted"], &step["found"]]);
        let texts = texts.chain(warnings.map(|warning| &warning["text"]));
        stored.extend(texts.filter_map(Value::as_str).map(str::to_owned));
    }
    let told: Vec<Said> = stored.iter().map(|stored| Said::new(stored, &ES)).collect();
    let words = told.iter().filter(|said| said.is_words).count();
    assert!(words > 200, "the corpus was judged: {words} of {}", told.len());
    let is_left = |said: &&Said| {
        // Subjects of certificates, addresses, names, and what the suite itself says of a file are no words of a trace.
        let is_value = ["=", "://", "urn:", ".pem is left out"].iter().any(|mark| said.text.contains(mark));
        !said.is_words && !is_value && said.text.split_whitespace().any(|word| ENGLISH.contains(&word))
    };
    let left: Vec<_> = told.iter().filter(is_left).map(|said| &said.text).collect();
    assert!(left.is_empty(), "{left:#?}");
}
