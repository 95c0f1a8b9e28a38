//! Wire forms → message bytes. The bytes of a request are read in one way only: a parameter twice, a blank where a `+`
//! was meant, another alphabet, are refused rather than repaired.

use std::borrow::Cow;

use crate::code::Code;
use crate::encoding::{self, EncodingError};
use crate::policy::Limits;

/// A message as it arrives.
#[derive(Debug, Clone, Copy)]
pub enum Wire<'a> {
    /// The XML itself, as if posted.
    Xml(&'a [u8]),
    /// The value of the `SAMLResponse` or `SAMLRequest` parameter, as posted.
    Base64(&'a [u8]),
    /// A raw `application/x-www-form-urlencoded` body (HTTP-POST, saml-bindings 3.5).
    Form(&'a [u8]),
    /// A raw query string (HTTP-Redirect, saml-bindings 3.4).
    Query(&'a [u8]),
}

/// Which of the two parameters carries the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    /// `SAMLRequest`
    Request,
    /// `SAMLResponse`
    Response,
}

impl Parameter {
    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "SAMLRequest",
            Self::Response => "SAMLResponse",
        }
    }
}

/// A query signature as it stands on the wire (saml-bindings 3.4.4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuerySignature {
    /// The octets that were signed: the parameters as they were sent, in the order of the specification.
    pub signed: Vec<u8>,
    /// `SigAlg`, decoded.
    pub algorithm: String,
    /// `Signature`, decoded.
    pub value: Vec<u8>,
}

/// A message taken from the wire.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    /// The XML.
    pub xml: Cow<'a, [u8]>,
    /// Whether it came by Redirect.
    pub is_redirect: bool,
    /// The signature over the query, if there is one.
    pub query_signature: Option<QuerySignature>,
    /// `RelayState`, if the wire carries one.
    pub relay_state: Option<String>,
}

/// Why the wire could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WireError {
    /// The refusal's code.
    pub code: Code,
    /// What was found.
    pub found: &'static str,
}

const fn error(code: Code, found: &'static str) -> WireError {
    WireError { code, found }
}

impl<'a> Wire<'a> {
    /// Which form `bytes` most likely have: XML, a query or form (a URL up to its `?` is cut off), or base64.
    #[must_use]
    pub fn detect(bytes: &'a [u8]) -> Self {
        let trimmed = bytes.trim_ascii_start();
        let trimmed = trimmed.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(trimmed);
        let starts =
            |prefix: &[u8]| trimmed.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
        if starts(b"<") {
            return Self::Xml(bytes);
        }
        if starts(b"http://") || starts(b"https://") {
            let query = trimmed.splitn(2, |byte| *byte == b'?').nth(1).unwrap_or(b"");
            return Self::Query(query.split(|byte| *byte == b'#').next().unwrap_or(query).trim_ascii_end());
        }
        let names = [&b"SAMLResponse="[..], b"SAMLRequest=", b"SigAlg=", b"Signature=", b"RelayState="];
        let has_parameter = names.iter().any(|name| memchr::memmem::find(trimmed, name).is_some());
        if has_parameter {
            let is_signed_query = memchr::memmem::find(trimmed, b"SigAlg=").is_some();
            let trimmed = trimmed.trim_ascii_end();
            return if is_signed_query { Self::Query(trimmed) } else { Self::Form(trimmed) };
        }
        Self::Base64(bytes)
    }

    /// Takes the message from the wire; `parameter` is where it must be.
    ///
    /// # Errors
    /// [`WireError`] with the code of the step `input` or `size`.
    pub fn message(&self, parameter: Parameter, limits: &Limits) -> Result<Message<'a>, WireError> {
        let posted =
            |xml, relay_state| Message { xml, is_redirect: false, query_signature: None, relay_state };
        match self {
            Self::Xml([]) => Err(error(Code::InputEmpty, "nothing")),
            Self::Xml(xml) if xml.len() > limits.max_bytes => Err(too_large()),
            Self::Xml(xml) => Ok(posted(Cow::Borrowed(*xml), None)),
            Self::Base64(value) => Ok(posted(Cow::Owned(posted_xml(value, limits)?), None)),
            Self::Form(body) => {
                let fields = Parameters::parse(body, parameter, bound(limits, 3))?;
                let xml = posted_xml(&fields.message, limits)?;
                Ok(posted(Cow::Owned(xml), fields.relay_state))
            }
            Self::Query(query) => redirect_message(query, parameter, limits),
        }
    }
}

const fn too_large() -> WireError {
    error(Code::MessageTooLarge, "more bytes than the limit")
}

/// The longest wire form of a message at the limit: base64, `percent` bytes for each of its characters, and some room.
const fn bound(limits: &Limits, percent: usize) -> usize {
    limits.max_bytes.saturating_mul(2).saturating_mul(percent).saturating_add(64 * 1024)
}

fn posted_xml(value: &[u8], limits: &Limits) -> Result<Vec<u8>, WireError> {
    if value.trim_ascii().is_empty() {
        return Err(error(Code::InputEmpty, "nothing"));
    }
    if value.len() > bound(limits, 1) {
        return Err(too_large());
    }
    let xml =
        encoding::base64(value).map_err(|_| error(Code::InputEncoding, "something that is no base64"))?;
    if xml.len() > limits.max_bytes {
        return Err(too_large());
    }
    let looks_like_xml =
        xml.trim_ascii_start().first().is_some_and(|first| matches!(first, b'<' | 0xEF | 0xFE | 0xFF | 0));
    // A message over this is as good as none here: it only earns another hint.
    let hint_bytes = limits.max_bytes.min(64 * 1024);
    if !looks_like_xml && encoding::inflate(&xml, hint_bytes).is_ok_and(|inner| inner.starts_with(b"<")) {
        return Err(error(Code::InputDeflate, "a DEFLATE-compressed message in a POST"));
    }
    Ok(xml)
}

/// The fields of a posted form that the caller of the engine needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormFields {
    /// The value of the message parameter, decoded from the form.
    pub message: String,
    /// `RelayState`.
    pub relay_state: Option<String>,
    /// Whether `again=1` is there (the second post of the same form, see the browser binding in the design).
    pub is_again: bool,
}

/// Reads a posted form as strictly as the engine does.
///
/// # Errors
/// [`WireError`].
pub fn form_fields(body: &[u8], parameter: Parameter, limits: &Limits) -> Result<FormFields, WireError> {
    let fields = Parameters::parse(body, parameter, bound(limits, 3))?;
    let message = String::from_utf8(fields.message)
        .map_err(|_| error(Code::InputEncoding, "bytes that are no text"))?;
    Ok(FormFields { message, relay_state: fields.relay_state, is_again: fields.is_again })
}

fn redirect_message<'a>(
    query: &[u8],
    parameter: Parameter,
    limits: &Limits,
) -> Result<Message<'a>, WireError> {
    let query = query.strip_prefix(b"?").unwrap_or(query);
    let fields = Parameters::parse(query, parameter, bound(limits, 3))?;
    if fields.encoding.is_some_and(|encoding| encoding != DEFLATE_ENCODING.as_bytes()) {
        return Err(error(Code::InputDeflate, "another SAMLEncoding"));
    }
    let compressed = encoding::base64(&fields.message)
        .map_err(|_| error(Code::InputEncoding, "something that is no base64"))?;
    if compressed.is_empty() {
        return Err(error(Code::InputEmpty, "nothing"));
    }
    let xml = encoding::inflate(&compressed, limits.max_bytes).map_err(|problem| match problem {
        EncodingError::TooLarge => too_large(),
        _ => error(Code::InputDeflate, "something that is not DEFLATE-compressed"),
    })?;
    let query_signature = match (fields.raw_algorithm, fields.raw_signature) {
        (None, None) => None,
        (Some(raw_algorithm), Some(raw_signature)) => {
            let algorithm = String::from_utf8(percent_decode(raw_algorithm)?)
                .map_err(|_| error(Code::InputEncoding, "bytes that are no text"))?;
            let value = encoding::base64(&percent_decode(raw_signature)?)
                .map_err(|_| error(Code::InputEncoding, "a Signature that is no base64"))?;
            // saml-bindings 3.4.4.1: the octets as they were sent, in this order, RelayState left out when absent.
            let mut signed = [parameter.name().as_bytes(), b"=", fields.raw_message].concat();
            if let Some(raw) = fields.raw_relay_state {
                signed.extend([b"&RelayState=", raw].concat());
            }
            signed.extend([b"&SigAlg=", raw_algorithm].concat());
            Some(QuerySignature { signed, algorithm, value })
        }
        _ => return Err(error(Code::InputParameters, "SigAlg or Signature without the other")),
    };
    Ok(Message { xml: Cow::Owned(xml), is_redirect: true, query_signature, relay_state: fields.relay_state })
}

const DEFLATE_ENCODING: &str = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE";

/// The SAML parameters of a form or query, each at most once.
struct Parameters<'w> {
    message: Vec<u8>,
    raw_message: &'w [u8],
    relay_state: Option<String>,
    raw_relay_state: Option<&'w [u8]>,
    raw_algorithm: Option<&'w [u8]>,
    raw_signature: Option<&'w [u8]>,
    encoding: Option<Vec<u8>>,
    is_again: bool,
}

impl<'w> Parameters<'w> {
    fn parse(raw: &'w [u8], parameter: Parameter, max: usize) -> Result<Self, WireError> {
        if raw.len() > max {
            return Err(too_large());
        }
        let mut request = None;
        let mut response = None;
        let mut relay_state = None;
        let mut algorithm = None;
        let mut signature = None;
        let mut encoding = None;
        let mut again = None;
        for pair in raw.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let mut parts = pair.splitn(2, |byte| *byte == b'=');
            let name = percent_decode(parts.next().unwrap_or(b""))?;
            let value = parts.next().unwrap_or(b"");
            let slot = match name.as_slice() {
                b"SAMLRequest" => &mut request,
                b"SAMLResponse" => &mut response,
                b"RelayState" => &mut relay_state,
                b"SigAlg" => &mut algorithm,
                b"Signature" => &mut signature,
                b"SAMLEncoding" => &mut encoding,
                b"again" => &mut again,
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return Err(error(Code::InputParameters, "a parameter twice"));
            }
        }
        let (wanted, other) = match parameter {
            Parameter::Request => (request, response),
            Parameter::Response => (response, request),
        };
        if other.is_some() {
            let found =
                if wanted.is_some() { "SAMLRequest and SAMLResponse" } else { "the other SAML parameter" };
            return Err(error(Code::InputParameters, found));
        }
        let raw_message = wanted.ok_or(error(Code::InputEmpty, "no SAML parameter"))?;
        let message = percent_decode(raw_message)?;
        if message.trim_ascii().is_empty() {
            return Err(error(Code::InputEmpty, "an empty SAML parameter"));
        }
        // A blank in base64 is a `+` that was not escaped; putting it back would be a second reading of the bytes.
        if message.contains(&b' ') {
            return Err(error(
                Code::InputEncoding,
                "blanks in the base64, where `+` should have been sent as %2B",
            ));
        }
        let decoded_relay_state = match relay_state {
            Some(raw) => {
                let bytes = percent_decode(raw)?;
                Some(
                    String::from_utf8(bytes)
                        .map_err(|_| error(Code::InputEncoding, "a RelayState that is no text"))?,
                )
            }
            None => None,
        };
        Ok(Self {
            message,
            raw_message,
            relay_state: decoded_relay_state,
            raw_relay_state: relay_state,
            raw_algorithm: algorithm,
            raw_signature: signature,
            encoding: encoding.map(percent_decode).transpose()?,
            is_again: again == Some(b"1"),
        })
    }
}

/// Decodes `application/x-www-form-urlencoded`.
fn percent_decode(raw: &[u8]) -> Result<Vec<u8>, WireError> {
    let wrong = error(Code::InputEncoding, "a broken percent-encoding");
    let nibble = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16)).ok_or(wrong);
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    loop {
        let plain = memchr::memchr2(b'%', b'+', rest).unwrap_or(rest.len());
        let (head, tail) = rest.split_at(plain);
        out.extend_from_slice(head);
        match tail.first() {
            None => return Ok(out),
            Some(b'+') => {
                out.push(b' ');
                rest = tail.get(1..).unwrap_or(&[]);
            }
            Some(_) => {
                let byte = nibble(tail.get(1))? * 16 + nibble(tail.get(2))?;
                out.push(u8::try_from(byte).unwrap_or(0));
                rest = tail.get(3..).unwrap_or(&[]);
            }
        }
    }
}
