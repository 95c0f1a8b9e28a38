//! Which language a page is in.
//!
//! What the person chose by the link at the foot of every page comes first, then what the account has decided for its own
//! pages, then what the browser asks for (RFC 9110, 12.5.4), then the first language that we have. The link leads back to
//! where it was pressed: the browser says where that was, to ourselves alone. Where a page answered a form, it leads to the
//! page that the form stood on, and where that cannot be told, to the start.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Path};
use axum::http::header::{ACCEPT_LANGUAGE, REFERER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

use super::Web;
use super::cookies::CookieStyle;
use super::error::not_found;
use super::reply::see_other;
use super::routes;
use crate::directory::account::Locale;
use crate::words::{LANGUAGES, Text, spoken};

/// More than any browser sends.
const MOST_TAGS: usize = 32;
/// Longer addresses are not led back to.
const LONGEST_WAY_BACK: usize = 2048;

/// What is known of the language that somebody reads.
#[derive(Debug, Clone, Copy, Default)]
pub struct Language {
    chosen: Option<&'static Text>,
    decided: Option<&'static Text>,
    accepted: Option<&'static Text>,
}

impl Language {
    /// What a request says of it.
    #[must_use]
    pub fn of(cookies: CookieStyle, headers: &HeaderMap) -> Self {
        let chosen = cookies.language(headers).and_then(spoken);
        Self { chosen, decided: None, accepted: accepted(headers) }
    }

    /// On the pages of an account that has decided `locale`, or has not.
    #[must_use]
    pub fn decided(self, locale: Locale) -> Self {
        Self { decided: locale.tag().and_then(spoken), ..self }
    }

    /// The texts of a page.
    #[must_use]
    pub fn text(self) -> &'static Text {
        let first = || LANGUAGES.first().copied().unwrap_or(&crate::words::EN);
        self.chosen.or(self.decided).or(self.accepted).unwrap_or_else(first)
    }
}

/// The site as whoever asks reads it.
impl FromRequestParts<Web> for Web {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        let language = parts.extensions.get::<Language>().copied().unwrap_or_default();
        Ok(Self { language, ..web.clone() })
    }
}

/// The language that a browser wants most, of those that we have. A tag is met by its first part: `es-MX` by Spanish.
fn accepted(headers: &HeaderMap) -> Option<&'static Text> {
    let lines = headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|line| line.to_str().ok());
    let mut best: Option<(u16, &'static Text)> = None;
    for range in lines.flat_map(|line| line.split(',')).take(MOST_TAGS) {
        let mut parts = range.split(';').map(str::trim);
        let tag = parts.next().unwrap_or_default();
        let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let quality = quality.map_or(Some(1000), thousandths).unwrap_or(0);
        let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        // The first of those that are wanted equally.
        if let Some(text) = spoken(&primary)
            && quality > best.map_or(0, |(quality, _)| quality)
        {
            best = Some((quality, text));
        }
    }
    best.map(|(_, text)| text)
}

/// A weight (RFC 9110, 12.4.2): from 0 to 1 with at most three digits after the point.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    if rest.len() > 3 || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let rest = format!("{rest:0<3}").parse().ok()?;
    match whole {
        "0" => Some(rest),
        "1" if rest == 0 => Some(1000),
        _ => None,
    }
}

/// `GET /language/{tag}`: remembers the language in this browser and leads back.
pub async fn choose(web: Web, Path(tag): Path<String>, request: HeaderMap) -> Response {
    let Some(text) = spoken(&tag) else { return not_found(&web) };
    let came_from = request.get(REFERER).and_then(|from| way_back(web.gateway.public_url().as_str(), from));
    let mut response = see_other(came_from.unwrap_or("/"));
    web.cookies.set_language(response.headers_mut(), text.language());
    response
}

/// The path that `referer` names, if it is one of this site that a browser can ask for again.
fn way_back<'r>(own: &str, referer: &'r HeaderValue) -> Option<&'r str> {
    let rest = referer.to_str().ok()?.strip_prefix(own)?;
    let is_local = rest.starts_with('/') && !rest.starts_with("//") && rest.len() <= LONGEST_WAY_BACK;
    let is_plain = rest.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#'));
    let path = rest.split('?').next().unwrap_or(rest);
    // What would begin a sign-in, and this very address.
    let is_no_page = path.starts_with("/saml/") || path.starts_with("/language/");
    let page = if routes::answers_get(path) { Some(rest) } else { routes::page_above(path) };
    page.filter(|_| is_local && is_plain && !is_no_page)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(lines: &[&str]) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(ACCEPT_LANGUAGE, HeaderValue::from_str(line).unwrap());
        }
        accepted(&headers).map(Text::language)
    }

    #[test]
    fn the_language_that_is_wanted_most_of_those_there_are() {
        for (line, language) in [
            ("es", Some("es")),
            ("es-MX,es;q=0.9,en;q=0.8", Some("es")),
            ("en-US,en;q=0.9,es;q=0.8", Some("en")),
            ("de,fr;q=0.9,es;q=0.5,en;q=0.4", Some("es")),
            ("en;q=0.5, ES-419 ; q=0.501", Some("es")),
            ("es;q=0", None),
            ("es;q=0,en;q=0.1", Some("en")),
            ("es;q=1.000", Some("es")),
            ("es;q=1.5,en;q=0.1", Some("en")),
            ("es;q=x", None),
            ("es;q=0.0001", None),
            ("estonian", None),
            ("de", None),
            ("*", None),
            ("", None),
            (",;,;q=1,-", None),
        ] {
            assert_eq!(wanted(&[line]), language, "{line:?}");
        }
        assert_eq!(wanted(&["de", "es"]), Some("es"), "lines are one list");
        assert_eq!(wanted(&[&format!("{}es", "de,".repeat(MOST_TAGS))]), None, "there is an end to it");
    }

    #[test]
    fn a_choice_before_the_account_before_the_browser() {
        let (en, es) = (spoken("en"), spoken("es"));
        let text = |chosen, accepted, locale| {
            Language { chosen, decided: None, accepted }.decided(locale).text().language()
        };
        assert_eq!(text(None, None, Locale::Browser), "en");
        assert_eq!(text(None, es, Locale::Browser), "es");
        assert_eq!(text(None, es, Locale::English), "en");
        assert_eq!(text(None, en, Locale::Spanish), "es");
        assert_eq!(text(en, es, Locale::Spanish), "en");
    }

    #[test]
    fn the_way_back_stays_on_this_site() {
        let back = |referer: &str| {
            let referer = HeaderValue::from_str(referer).unwrap();
            way_back("https://sso.example.test", &referer).map(str::to_owned)
        };
        for page in
            ["/", "/me", "/signin/lincoln?return_to=%2Fx", "/signin?other=1", "/console/at/lincoln/api-keys"]
        {
            assert_eq!(back(&format!("https://sso.example.test{page}")).as_deref(), Some(page));
        }
        let after_a_form = back("https://sso.example.test/console/signin/email?x=1");
        assert_eq!(after_a_form.as_deref(), Some("/console/signin"));
        for elsewhere in [
            "https://sso.example.test",
            "https://sso.example.test.evil.example/",
            "https://sso.example.test@evil.example/",
            "https://evil.example/https://sso.example.test/",
            "http://sso.example.test/",
            "https://sso.example.test//evil.example/",
            "https://sso.example.test/\\evil.example",
            "https://sso.example.test/saml/conn_1/acs",
            "https://sso.example.test/language/es",
            "https://sso.example.test/signout",
            "https://sso.example.test/nothing",
            "/me",
        ] {
            assert_eq!(back(elsewhere), None, "{elsewhere}");
        }
    }
}
