//! Requests other than a plain fetch: another method, headers, a body. For APIs that we speak to, whose refusals mean
//! something: every status but a redirect is an answer.

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::{Client, FetchError, explain};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// GET.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

impl Verb {
    /// As it stands in the request.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    const fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
            Self::Put => Method::PUT,
            Self::Patch => Method::PATCH,
            Self::Delete => Method::DELETE,
        }
    }
}

/// A request. Its header values are never printed.
pub struct Request<'a> {
    /// The method.
    pub verb: Verb,
    /// An absolute address.
    pub url: &'a str,
    /// Headers by their lower-case names.
    pub headers: &'a [(&'static str, &'a str)],
    /// The body; its type stands in the headers.
    pub body: Option<&'a [u8]>,
    /// How much of the answer is read.
    pub limit: usize,
}

/// What came back.
#[derive(Clone)]
pub struct Answer {
    /// The status; never a redirect.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    headers: HeaderMap,
}

impl Answer {
    /// An answer made up, for what reads answers.
    #[must_use]
    pub fn of(status: u16, headers: &[(&'static str, &str)], body: &[u8]) -> Self {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::from_str(value) {
                map.append(HeaderName::from_static(name), value);
            }
        }
        Self { status, body: body.to_vec(), headers: map }
    }

    /// A header by its lower-case name, if it is readable text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Client {
    /// Sends a request and reads its answer, whatever its status.
    ///
    /// # Errors
    /// [`FetchError`]: nothing was answered, it was more than the limit, or it leads elsewhere.
    pub async fn send(&self, request: Request<'_>) -> Result<Answer, FetchError> {
        let (url, host) = self.parse(request.url)?;
        let mut building = self.inner.request(request.verb.method(), url);
        for (name, value) in request.headers {
            // What is no header value is no fault of the address; but nothing else here is sent either.
            let mut value =
                HeaderValue::from_str(value).map_err(|_| FetchError::Address((*name).to_owned()))?;
            value.set_sensitive(true);
            building = building.header(HeaderName::from_static(name), value);
        }
        if let Some(body) = request.body {
            building = building.body(body.to_vec());
        }
        let mut response = building.send().await.map_err(|error| explain(&error, &host))?;
        let status = response.status().as_u16();
        if response.status().is_redirection() {
            return Err(FetchError::Redirected { host, status });
        }
        let headers = std::mem::take(response.headers_mut());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| explain(&error, &host))? {
            if body.len() + chunk.len() > request.limit {
                return Err(FetchError::TooLarge { host, limit: request.limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, body, headers })
    }
}
