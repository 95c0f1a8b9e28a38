//! What kind of address it is, and whose: by the shapes that identity providers give to theirs.
//!
//! Only shapes that one product has and no other are sure; the rest are guesses, which a label outweighs.

use super::problem::{Problem, ProblemCode};
use super::{Pasted, Setting};

/// What kind of address it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Ours.
    Own,
    /// Metadata.
    Metadata,
    /// An entity ID at which metadata is, too.
    EntityOrMetadata,
    /// An entity ID.
    EntityId,
    /// A sign-on address, surely.
    Sso,
    /// Perhaps a sign-on address.
    SsoLike,
    /// Something that people paste by mistake.
    Wrong(ProblemCode),
    /// It could be anything.
    Unknown,
}

/// An address in parts, in small letters but for the path.
struct Parts<'a> {
    host: String,
    path: &'a str,
    low: String,
}

fn parts(url: &str) -> Option<Parts<'_>> {
    let (_, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    let host = authority.split(':').next().unwrap_or(authority).to_ascii_lowercase();
    Some(Parts { host, path, low: path.to_ascii_lowercase() })
}

impl Parts<'_> {
    fn is_at(&self, domain: &str) -> bool {
        self.host == domain || self.host.strip_suffix(domain).is_some_and(|below| below.ends_with('.'))
    }

    fn has(&self, part: &str) -> bool {
        self.low.contains(part)
    }

    /// The path without query, fragment and slash at its end.
    fn bare(&self) -> &str {
        let end = self.low.find(['?', '#']).unwrap_or(self.low.len());
        self.low.get(..end).unwrap_or(&self.low).trim_end_matches('/')
    }

    fn ends(&self, end: &str) -> bool {
        self.bare().ends_with(end)
    }

    fn is_one_of(&self, paths: &[&str]) -> bool {
        paths.contains(&self.bare())
    }

    fn is_okta(&self) -> bool {
        ["okta.com", "oktapreview.com", "okta-emea.com", "okta-gov.com"]
            .iter()
            .any(|domain| self.is_at(domain))
    }
}

const ADMIN_HOSTS: [&str; 7] = [
    "portal.azure.com",
    "entra.microsoft.com",
    "aad.portal.azure.com",
    "admin.google.com",
    "console.jumpcloud.com",
    "console.pingone.com",
    "admin.duosecurity.com",
];
const PORTAL_HOSTS: [&str; 5] = [
    "myapps.microsoft.com",
    "myapplications.microsoft.com",
    "launchpad.classlink.com",
    "apps.google.com",
    "office.com",
];
const LOGIN_PATHS: [&str; 12] = [
    "",
    "/login",
    "/signin",
    "/sign-in",
    "/log-in",
    "/home",
    "/dashboard",
    "/portal",
    "/login/default",
    "/app/userhome",
    "/login/login.htm",
    "/servicelogin",
];

/// What kind of address `url` is.
pub(super) fn kind(url: &str, setting: &Setting<'_>) -> Kind {
    if setting.is_own(url) {
        return Kind::Own;
    }
    let Some(parts) = parts(url) else { return Kind::Unknown };
    if let Some(code) = mistake(&parts) {
        return Kind::Wrong(code);
    }
    sure(&parts).unwrap_or_else(|| guess(&parts))
}

fn mistake(parts: &Parts<'_>) -> Option<ProblemCode> {
    let is_admin = ADMIN_HOSTS.iter().any(|host| parts.is_at(host))
        || parts.is_okta() && parts.host.split('.').next().is_some_and(|name| name.ends_with("-admin"))
        || parts.is_okta() && parts.low.starts_with("/admin")
        || parts.is_at("onelogin.com") && parts.low.starts_with("/apps")
        || parts.low.starts_with("/auth/admin/")
        || parts.low.starts_with("/admin/master/console");
    if is_admin {
        return Some(ProblemCode::AdminPage);
    }
    let is_entra = parts.is_at("login.microsoftonline.com");
    if parts.ends("/wsfed") || parts.has("wa=wsignin1.0") {
        return Some(ProblemCode::WsFederation);
    }
    let is_openid = parts.has("/.well-known/openid-configuration")
        || parts.has("/oauth2/")
        || parts.has("/openid-connect")
        || is_entra && parts.ends("/v2.0");
    if is_openid {
        return Some(ProblemCode::OpenIdConnect);
    }
    if ["idpinitiatedsignon", "startsso", "unsolicited/sso"].iter().any(|part| parts.has(part))
        || parts.has("/protocol/saml/clients/")
        || parts.is_okta() && parts.low.starts_with("/home/")
    {
        return Some(ProblemCode::IdpInitiatedUrl);
    }
    if ["/slo", "/logout", "/signout"].iter().any(|end| parts.ends(end)) || parts.has("/http-redirect/slo") {
        return Some(ProblemCode::LogoutUrl);
    }
    let is_portal = PORTAL_HOSTS.iter().any(|host| parts.is_at(host));
    // An address without a path is what entity IDs are, too, but never a place where requests go.
    (is_portal || parts.is_one_of(&LOGIN_PATHS) && !parts.bare().is_empty()).then_some(ProblemCode::LoginPage)
}

/// The shapes that one product has.
fn sure(parts: &Parts<'_>) -> Option<Kind> {
    let is_metadata = parts.ends("/federationmetadata.xml")
        || parts.ends("/sso/saml/metadata")
        || parts.ends("/protocol/saml/descriptor")
        || parts.has("/saml20/metadata/")
        || parts.has("/sso/idp-metadata/")
        || parts.is_at("mdq.incommon.org");
    if is_metadata {
        return Some(Kind::Metadata);
    }
    let is_pingone = parts.host.starts_with("auth.pingone.");
    let is_entity = parts.host == "sts.windows.net"
        || parts.host == "www.okta.com"
        || parts.ends("/adfs/services/trust")
        || parts.is_at("accounts.google.com") && parts.bare() == "/o/saml2"
        || is_pingone && parts.bare().matches('/').count() == 1
        || parts.has("/realms/") && !parts.has("/protocol/");
    if is_entity {
        return Some(Kind::EntityId);
    }
    let is_both = parts.is_at("app.onelogin.com") && parts.has("/saml/metadata/")
        || parts.ends("/idp/shibboleth")
        || parts.is_at("duosecurity.com") && parts.ends("/metadata")
        || parts.ends("/idp.xml");
    if is_both {
        return Some(Kind::EntityOrMetadata);
    }
    let is_sso = parts.is_at("login.microsoftonline.com") && parts.ends("/saml2")
        || parts.is_okta() && parts.ends("/sso/saml")
        || parts.is_at("accounts.google.com") && parts.bare() == "/o/saml2/idp"
        || parts.ends("/adfs/ls")
        || parts.has("/trust/saml2/http-")
        || parts.host == "sso.jumpcloud.com" && parts.has("/saml2/")
        || parts.ends("/saml20/idp/sso")
        || parts.has("/idp/profile/saml2/")
        || parts.ends("/protocol/saml")
        || parts.is_at("duosecurity.com") && parts.ends("/sso")
        || parts.has("/sso/sp-initiated/")
        || parts.ends("/idp/sso.saml2");
    is_sso.then_some(Kind::Sso)
}

fn guess(parts: &Parts<'_>) -> Kind {
    if parts.has("metadata") || parts.ends(".xml") {
        return Kind::EntityOrMetadata;
    }
    let is_like = ["sso", "saml", "signon", "sign-on", "singlesignon"].iter().any(|part| parts.has(part));
    if is_like { Kind::SsoLike } else { Kind::Unknown }
}

/// Which tenant of which product an address or a name is of.
fn tenant(value: &str) -> Option<(&'static str, String)> {
    let parts = parts(value)?;
    let segments = || parts.path.split(['/', '?', '#']).filter(|segment| !segment.is_empty());
    let after = |name: &str| {
        let mut all = segments().skip_while(|segment| !segment.eq_ignore_ascii_case(name));
        all.nth(1).map(str::to_owned)
    };
    if parts.host == "sts.windows.net" || parts.is_at("login.microsoftonline.com") {
        // A tenant goes by the names of its domains, too, which cannot be compared.
        let guid =
            segments().next().filter(|segment| segment.len() == 36 && segment.matches('-').count() == 4);
        return guid.map(|guid| ("entra", guid.to_ascii_lowercase()));
    }
    if parts.is_okta() {
        let id = segments().find(|segment| segment.starts_with("exk") && segment.len() > 15);
        return id.map(|id| ("okta", id.to_owned()));
    }
    if parts.is_at("accounts.google.com") {
        let (_, rest) = parts.path.split_once("idpid=")?;
        return Some(("google", rest.split('&').next().unwrap_or(rest).to_owned()));
    }
    if parts.host.starts_with("auth.pingone.") {
        return segments().next().map(|environment| ("pingone", format!("{}/{environment}", parts.host)));
    }
    if parts.has("/realms/") {
        return after("realms").map(|realm| ("keycloak", format!("{}/{realm}", parts.host)));
    }
    parts.low.starts_with("/adfs/").then(|| ("adfs", parts.host.clone()))
}

/// Whether a value was told to stand in the wrong field: an Entity ID is no address, and may well begin with `http://`.
fn is_swapped(value: &str, problems: &[Problem]) -> bool {
    let is_it = |problem: &Problem| {
        problem.code == ProblemCode::FieldsSwapped && problem.found.as_deref() == Some(value)
    };
    problems.iter().any(is_it)
}

/// What is wrong with addresses and names, however they were found.
pub(super) fn judge(pasted: &Pasted, setting: &Setting<'_>, problems: &mut Vec<Problem>) {
    let urls = [&pasted.sso_redirect_url, &pasted.sso_post_url, &pasted.metadata_url];
    for url in urls.into_iter().flatten() {
        if setting.is_own(url) {
            problems.push(Problem::found(ProblemCode::OwnValues, url));
        } else if !crate::metadata::is_web_url(url) {
            problems.push(Problem::found(ProblemCode::UrlInvalid, url));
        } else if is_open(url) && !is_swapped(url, problems) {
            problems.push(Problem::found(ProblemCode::HttpUrl, url));
        }
    }
    if let Some(entity_id) = &pasted.entity_id {
        if setting.is_own(entity_id) {
            problems.push(Problem::found(ProblemCode::OwnValues, entity_id));
        }
        // saml-core 8.3.6
        if entity_id.is_empty() || entity_id.len() > 1024 || entity_id.chars().any(char::is_control) {
            problems.push(Problem::found(ProblemCode::EntityIdInvalid, entity_id));
        }
        for url in urls.into_iter().flatten() {
            if let (Some((product, of_entity)), Some((other, of_url))) = (tenant(entity_id), tenant(url))
                && product == other
                && of_entity != of_url
            {
                problems.push(Problem::found(ProblemCode::TenantMismatch, url).wanting(of_entity));
            }
        }
    }
    if let Some(url) = &pasted.metadata_url
        && let Some(parts) = parts(url)
        && parts.is_at("login.microsoftonline.com")
        && !parts.has("appid=")
    {
        problems.push(Problem::found(ProblemCode::TenantWideMetadata, url));
    }
}

/// http to another machine.
fn is_open(url: &str) -> bool {
    let is_http = url.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"));
    let after = url.get(7..).unwrap_or_default();
    let is_local = after.starts_with("[::1]")
        || parts(url).is_some_and(|parts| ["localhost", "127.0.0.1"].contains(&parts.host.as_str()));
    is_http && !is_local
}
