//! Tokens: how they are asked for, what comes back, and what a refusal means.
//!
//! Pure. Requests are made here as address, headers and body and sent by [`super::api`]; answers are read here.
//!
//! # Design
//!
//! Zoom's refusals have two shapes that matter: the OAuth `error`, and a number in `reason` or `code` (the 4700s). The
//! same refusal comes with several statuses, and its sentence changes, so the `error` decides, then the number, and the
//! sentence never. What a wrong account id is answered with is not documented; `invalid_request` to a request of ours
//! whose form is right leaves nothing else ([`TokenCause::WrongAccount`]).

use serde::Deserialize;

use super::credentials::{App, Bases, Credentials, Secret};
use super::scope::Scopes;
use crate::base::encoding::base64url;
use crate::base::secret::Token as Random;
use crate::base::sentence::{Sentence, Told, sentence, told_errors};
use crate::base::time::DAY_SECONDS;
use crate::base::{Instant, Rng};
use crate::outbound::FetchError;

/// Tokens without a lifetime are taken to last as long as Zoom's always do.
const USUAL_LIFETIME: i64 = 3600;
/// Whatever is said, no token is trusted for longer.
const LONGEST_LIFETIME: i64 = DAY_SECONDS;

/// A request to the token endpoint: `application/x-www-form-urlencoded` with Basic authentication. Not printable.
pub struct TokenRequest {
    /// Where to.
    pub url: String,
    /// The `Authorization` header.
    pub authorization: Secret,
    /// The form.
    pub form: Secret,
}

/// What is asked for a token with.
pub enum Grant<'a> {
    /// The Zoom account that the app belongs to.
    Account(&'a str),
    /// A code that a browser came back with.
    Code {
        /// The code; one use, five minutes.
        code: &'a str,
        /// As it was when the browser was sent.
        redirect_uri: &'a str,
        /// What the challenge was made of.
        verifier: &'a Verifier,
    },
    /// A refresh token. It is dead after this, whether or not the answer arrives.
    Refresh(&'a Secret),
}

/// The request for a token.
#[must_use]
pub fn token_request(bases: &Bases, app: &App, grant: &Grant<'_>) -> TokenRequest {
    let mut form = form_urlencoded::Serializer::new(String::new());
    match grant {
        Grant::Account(id) => {
            form.append_pair("grant_type", "account_credentials").append_pair("account_id", id)
        }
        Grant::Code { code, redirect_uri, verifier } => form
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("code_verifier", &verifier.0.expose_text()),
        Grant::Refresh(token) => {
            form.append_pair("grant_type", "refresh_token").append_pair("refresh_token", token.expose())
        }
    };
    request(bases.token_url(), app, &form.finish())
}

/// The request that makes a token worthless.
#[must_use]
pub fn revoke_request(bases: &Bases, app: &App, token: &Secret) -> TokenRequest {
    let form = form_urlencoded::Serializer::new(String::new()).append_pair("token", token.expose()).finish();
    request(bases.revoke_url(), app, &form)
}

fn request(url: String, app: &App, form: &str) -> TokenRequest {
    let pair = format!("{}:{}", app.client_id.as_str(), app.client_secret.expose());
    let basic = format!("Basic {}", base64_simd::STANDARD.encode_to_string(pair.as_bytes()));
    TokenRequest { url, authorization: Secret::sent(basic), form: Secret::sent(form.to_owned()) }
}

/// What proves, when the code is exchanged, that the same browser's sign-in began here (RFC 7636).
pub struct Verifier(Random<32>);

impl Verifier {
    /// A new one.
    #[must_use]
    pub fn draw(rng: &Rng) -> Self {
        Self(Random::draw(rng))
    }

    /// The one of these bytes, as they were sealed.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Random::from_bytes(bytes))
    }

    /// To be sealed until the browser is back.
    #[must_use]
    pub fn expose_bytes(&self) -> [u8; 32] {
        self.0.expose_bytes()
    }

    /// The challenge, by S256 (RFC 7636 4.2).
    #[must_use]
    pub fn challenge(&self) -> String {
        base64url(&openssl::sha::sha256(self.0.expose_text().as_bytes()))
    }
}

/// Where a browser is sent so that an owner or administrator of the Zoom account allows the app.
#[must_use]
pub fn authorize_url(
    bases: &Bases,
    credentials: &Credentials,
    state: &str,
    verifier: &Verifier,
) -> Option<String> {
    let Credentials::General { app, redirect_uri } = credentials else { return None };
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", app.client_id.as_str())
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("state", state)
        .append_pair("code_challenge", &verifier.challenge())
        .append_pair("code_challenge_method", "S256")
        .finish();
    Some(format!("{}?{query}", bases.authorize_url()))
}

/// A token, as it was given.
#[derive(Clone)]
pub struct Token {
    /// Goes into the header of each call.
    pub access: Secret,
    /// From then on it is worthless.
    pub expires_at: Instant,
    /// What it may do.
    pub scopes: Scopes,
    /// The API of the account's region, as Zoom says; to be checked by [`Bases::in_region`].
    pub api_url: Option<String>,
    /// Of a General app: the next refresh token. It is to be stored before the access token is used, because the one
    /// that was sent is dead.
    pub refresh: Option<Secret>,
}

/// Why there is no token. The sentences are for whoever set the app up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenCause {
    /// Client id or secret.
    WrongClient,
    /// The account id.
    WrongAccount,
    /// The app is of another kind than was entered.
    WrongKind,
    /// The app was deactivated, or was never activated.
    NotActive,
    /// A scope.
    ScopeMissing,
    /// Who made or authorised the app may no longer.
    OwnerGone,
    /// The redirect address.
    WrongRedirect,
    /// The code was used, or is older than five minutes.
    CodeExpired,
    /// The refresh token.
    Revoked,
    /// Too many requests.
    RateLimited,
    /// A fault of Zoom's.
    Fault(u16),
    /// Nobody answers.
    Unreachable(FetchError),
    /// The next refresh token was given, and could not be kept.
    NotKept,
    /// Something else.
    Other {
        /// The status.
        status: u16,
        /// The OAuth error, if it has the form of one; else nothing of it is repeated.
        error: String,
    },
    /// An answer that is none.
    Unintelligible,
}

impl Told for TokenCause {
    fn sentence(&self) -> Sentence {
        match self {
            Self::WrongClient => sentence!(
                "Zoom does not know this client id with this client secret: copy both again from the app's credentials"
            ),
            Self::WrongAccount => {
                sentence!("Zoom refuses the account id: copy it again from the app's credentials")
            }
            Self::WrongKind => sentence!(
                "this app cannot give tokens in this way: check that it is of the kind that was chosen here"
            ),
            Self::NotActive => {
                sentence!("the app is not active: activate it on its page in the Zoom Marketplace")
            }
            Self::ScopeMissing => sentence!(
                "the app lacks a scope that it needs: add it on the app's page, then activate the app again"
            ),
            Self::OwnerGone => sentence!(
                "the person who made or authorised this app no longer may: let an owner of the Zoom account do it again"
            ),
            Self::WrongRedirect => sentence!(
                "the redirect address is not the one in the app: copy it from here into the app, and to its allow list"
            ),
            Self::CodeExpired => {
                sentence!("the authorisation took too long or was used before: start it again")
            }
            Self::Revoked => {
                sentence!("the authorisation has ended, or was given anew elsewhere: authorise the app again")
            }
            Self::RateLimited => sentence!("Zoom asks us to come back later"),
            Self::Fault(status) => {
                sentence!("Zoom could not answer (status {status}): this passes by itself", status = *status)
            }
            Self::Unreachable(cause) => sentence!("Zoom could not be reached: {cause}", cause),
            Self::NotKept => sentence!(
                "the authorisation was renewed and could not be stored: authorise the app again if this stays so"
            ),
            Self::Other { status, error } => sentence!(
                "Zoom refused for a reason that is not known here (status {status}, {error})",
                status = *status,
                error
            ),
            Self::Unintelligible => {
                sentence!("what answers there does not answer as Zoom does: check the addresses")
            }
        }
    }
}

told_errors!(TokenCause);

impl TokenCause {
    /// The stable name.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::WrongClient => "wrong_client",
            Self::WrongAccount => "wrong_account",
            Self::WrongKind => "wrong_kind",
            Self::NotActive => "not_active",
            Self::ScopeMissing => "scope_missing",
            Self::OwnerGone => "owner_gone",
            Self::WrongRedirect => "wrong_redirect",
            Self::CodeExpired => "code_expired",
            Self::Revoked => "revoked",
            Self::RateLimited => "rate_limited",
            Self::Fault(_) => "fault",
            Self::Unreachable(_) => "unreachable",
            Self::NotKept => "not_kept",
            Self::Other { .. } => "other",
            Self::Unintelligible => "unintelligible",
        }
    }

    /// Whether it may work later without anybody doing something.
    #[must_use]
    pub const fn passes(&self) -> bool {
        matches!(self, Self::RateLimited | Self::Fault(_) | Self::Unreachable(_))
    }

    /// Whether it is for what was entered of the app: others would get a token.
    #[must_use]
    pub const fn is_of_what_was_entered(&self) -> bool {
        matches!(
            self,
            Self::WrongClient | Self::WrongAccount | Self::WrongKind | Self::NotActive | Self::Other { .. }
        )
    }
}

#[derive(Deserialize)]
struct Given {
    access_token: String,
    #[serde(default)]
    token_type: Option<String>,
    #[serde(default)]
    expires_in: Option<i64>,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    api_url: Option<String>,
    #[serde(default)]
    refresh_token: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Refused {
    error: Option<String>,
    reason: Option<String>,
    code: Option<i64>,
    error_code: Option<i64>,
}

/// Reads the answer of the token endpoint to `grant`.
///
/// # Errors
/// [`TokenCause`].
pub fn read(grant: &Grant<'_>, status: u16, body: &[u8], now: Instant) -> Result<Token, TokenCause> {
    if status != 200 {
        return Err(refusal(grant, status, body));
    }
    let given: Given = serde_json::from_slice(body).map_err(|_| TokenCause::Unintelligible)?;
    if given.token_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(TokenCause::Unintelligible);
    }
    let secret = |text: &str| Secret::token(text).ok_or(TokenCause::Unintelligible);
    let lifetime = given.expires_in.unwrap_or(USUAL_LIFETIME).clamp(0, LONGEST_LIFETIME);
    let refresh = given.refresh_token.as_deref().map(secret).transpose()?;
    // A General app that is given no new refresh token could not be refreshed again: better known now than in an hour.
    if !matches!(grant, Grant::Account(_)) && refresh.is_none() {
        return Err(TokenCause::Unintelligible);
    }
    Ok(Token {
        access: secret(&given.access_token)?,
        expires_at: now.plus_seconds(lifetime),
        scopes: Scopes::parse(given.scope.as_deref().unwrap_or_default()),
        api_url: given.api_url,
        refresh,
    })
}

fn refusal(grant: &Grant<'_>, status: u16, body: &[u8]) -> TokenCause {
    match status {
        429 => return TokenCause::RateLimited,
        500.. => return TokenCause::Fault(status),
        _ => {}
    }
    let Ok(refused) = serde_json::from_slice::<Refused>(body) else { return TokenCause::Unintelligible };
    let number = refused.code.or(refused.error_code).or_else(|| number_in(refused.reason.as_deref()?));
    if let Some(cause) = number.and_then(by_number) {
        return cause;
    }
    let error = refused.error.unwrap_or_default();
    match (error.as_str(), grant) {
        ("invalid_client", _) => TokenCause::WrongClient,
        ("unsupported_grant_type" | "unauthorized_client", _) => TokenCause::WrongKind,
        ("invalid_scope", _) => TokenCause::ScopeMissing,
        ("invalid_request", Grant::Account(_)) => TokenCause::WrongAccount,
        ("invalid_grant" | "invalid_request", Grant::Code { .. }) => TokenCause::CodeExpired,
        ("invalid_grant" | "invalid_request", Grant::Refresh(_)) => TokenCause::Revoked,
        ("access_denied", _) => TokenCause::OwnerGone,
        ("", _) => TokenCause::Unintelligible,
        _ => {
            let fits = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
            let is_name = error.len() <= 40 && error.bytes().all(fits);
            TokenCause::Other { status, error: if is_name { error } else { "unnamed".to_owned() } }
        }
    }
}

/// A number of the 4700s that stands by itself in a sentence.
fn number_in(text: &str) -> Option<i64> {
    let digits = text.split(|character: char| !character.is_ascii_digit());
    digits
        .filter(|digits| digits.len() == 4)
        .find_map(|digits| digits.parse().ok().filter(|code| (4700..4800).contains(code)))
}

/// Zoom's own table of OAuth refusals.
const fn by_number(code: i64) -> Option<TokenCause> {
    Some(match code {
        4702 | 4704 | 4706 => TokenCause::WrongClient,
        4705 => TokenCause::WrongKind,
        4709 => TokenCause::WrongRedirect,
        4711 => TokenCause::ScopeMissing,
        4717 | 4737 | 4738 => TokenCause::NotActive,
        4733 | 4734 => TokenCause::CodeExpired,
        4735 => TokenCause::OwnerGone,
        4740 | 4741 => TokenCause::Revoked,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zoom::credentials::PublicId;

    const NOW: Instant = Instant::from_seconds(1_800_000_000);

    fn app() -> App {
        App {
            client_id: PublicId::parse("the-client").unwrap(),
            client_secret: Secret::parse("the+secret/of=it").unwrap(),
        }
    }

    fn general() -> Credentials {
        Credentials::General { app: app(), redirect_uri: "https://gate.example/zoom/back?a=1&b".to_owned() }
    }

    #[test]
    fn a_token_is_asked_for_in_the_body() {
        let asked = |grant: &Grant<'_>| {
            let request = token_request(&Bases::commercial(), &app(), grant);
            assert_eq!(request.url, "https://zoom.us/oauth/token");
            assert_eq!(request.authorization.expose(), "Basic dGhlLWNsaWVudDp0aGUrc2VjcmV0L29mPWl0");
            request.form.expose().to_owned()
        };
        assert_eq!(asked(&Grant::Account("A&b")), "grant_type=account_credentials&account_id=A%26b");
        let verifier = Verifier::from_bytes([7; 32]);
        assert_eq!(
            asked(&Grant::Code { code: "c=1", redirect_uri: "https://g.example/back", verifier: &verifier }),
            "grant_type=authorization_code&code=c%3D1&redirect_uri=https%3A%2F%2Fg.example%2Fback\
             &code_verifier=BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"
        );
        let refresh = Secret::parse("r+1").unwrap();
        assert_eq!(asked(&Grant::Refresh(&refresh)), "grant_type=refresh_token&refresh_token=r%2B1");
        let revoke = revoke_request(&Bases::government(), &app(), &refresh);
        assert_eq!(
            (revoke.url.as_str(), revoke.form.expose()),
            ("https://zoomgov.com/oauth/revoke", "token=r%2B1")
        );
    }

    #[test]
    fn a_browser_is_sent_with_a_challenge_that_only_its_verifier_meets() {
        // The pair of RFC 7636, appendix B.
        let bytes: [u8; 32] =
            crate::base::encoding::from_base64url("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
                .and_then(|bytes| bytes.try_into().ok())
                .unwrap();
        let verifier = Verifier::from_bytes(bytes);
        assert_eq!(verifier.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        let url = authorize_url(&Bases::commercial(), &general(), "the state", &verifier).unwrap();
        assert_eq!(
            url,
            "https://zoom.us/oauth/authorize?response_type=code&client_id=the-client\
             &redirect_uri=https%3A%2F%2Fgate.example%2Fzoom%2Fback%3Fa%3D1%26b&state=the+state\
             &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
        );
        let own = Credentials::ServerToServer { app: app(), account_id: PublicId::parse("A").unwrap() };
        assert!(authorize_url(&Bases::commercial(), &own, "s", &verifier).is_none());
    }

    #[test]
    fn tokens_are_read() {
        let account = Grant::Account("A");
        let body = br#"{"access_token":"eyJ.a:b","token_type":"bearer","expires_in":3600,
            "scope":"user:read:admin scim2","api_url":"https://api-eu.zoom.us","more":1}"#;
        let token = read(&account, 200, body, NOW).ok().unwrap();
        assert_eq!(token.access.expose(), "eyJ.a:b");
        assert_eq!(token.expires_at, NOW.plus_seconds(3600));
        assert!(token.scopes.has("scim2") && token.refresh.is_none());
        assert_eq!(token.api_url.as_deref(), Some("https://api-eu.zoom.us"));
        let four = br#"{"access_token":"t","token_type":"Bearer","expires_in":99999999,"scope":""}"#;
        assert_eq!(
            read(&account, 200, four, NOW).ok().unwrap().expires_at,
            NOW.plus_seconds(LONGEST_LIFETIME)
        );
        let old = Secret::parse("old").unwrap();
        let rotated = br#"{"access_token":"t","refresh_token":"new","expires_in":3599,"scope":"x"}"#;
        let token = read(&Grant::Refresh(&old), 200, rotated, NOW).ok().unwrap();
        assert_eq!(token.refresh.as_ref().map(Secret::expose), Some("new"));
        for (grant, body) in [
            (&account, "{}"),
            (&account, ""),
            (&account, "<html>"),
            (&account, r#"{"access_token":""}"#),
            (&account, r#"{"access_token":"a\r\nb"}"#),
            (&account, r#"{"access_token":"t","token_type":"mac"}"#),
            (&Grant::Refresh(&old), r#"{"access_token":"t"}"#),
        ] {
            assert_eq!(
                read(grant, 200, body.as_bytes(), NOW).err(),
                Some(TokenCause::Unintelligible),
                "{body}"
            );
        }
    }

    #[test]
    fn a_refusal_has_a_cause() {
        let old = Secret::parse("old").unwrap();
        let verifier = Verifier::from_bytes([7; 32]);
        let account = Grant::Account("A");
        let refresh = Grant::Refresh(&old);
        let code = Grant::Code { code: "c", redirect_uri: "r", verifier: &verifier };
        for (grant, status, body, wanted) in [
            (
                &account,
                400,
                r#"{"reason":"Invalid client_id or client_secret","error":"invalid_client"}"#,
                "wrong_client",
            ),
            (&account, 401, r#"{"reason":"whatever","error":"invalid_client"}"#, "wrong_client"),
            (
                &account,
                400,
                r#"{"reason":"unsupported grant type","error":"unsupported_grant_type"}"#,
                "wrong_kind",
            ),
            (&account, 400, r#"{"reason":"Bad Request","error":"invalid_request"}"#, "wrong_account"),
            (&refresh, 401, r#"{"reason":"Invalid Token!","error":"invalid_request"}"#, "revoked"),
            (
                &code,
                400,
                r#"{"reason":"Invalid authorization code","error":"invalid_request"}"#,
                "code_expired",
            ),
            (
                &code,
                400,
                r#"{"reason":"Redirect mismatch (4709)","error":"invalid_request"}"#,
                "wrong_redirect",
            ),
            (&account, 400, r#"{"code":4717,"message":"x"}"#, "not_active"),
            (&account, 400, r#"{"error_code":4711,"error":"invalid_request"}"#, "scope_missing"),
            (&account, 400, r#"{"code":4735}"#, "owner_gone"),
            (&refresh, 400, r#"{"code":4741}"#, "revoked"),
            (&account, 429, "", "rate_limited"),
            (&account, 503, "<html>", "fault"),
            (&account, 403, "<html>", "unintelligible"),
            (&account, 400, "{}", "unintelligible"),
            (&account, 400, r#"{"error":"something_new"}"#, "other"),
        ] {
            let cause = read(grant, status, body.as_bytes(), NOW).err().unwrap();
            assert_eq!(cause.kind(), wanted, "{body}");
            assert_eq!(cause.passes(), matches!(wanted, "rate_limited" | "fault"), "{body}");
        }
        let echoed = read(&account, 400, br#"{"error":"<b>the-secret</b>"}"#, NOW).err().unwrap();
        assert!(!echoed.to_string().contains("secret"), "{echoed}");
    }
}
