//! Faults of the wire: what arrives is no message, or two.

use super::{Attack, AttackMessage, Bench, Build, Carrier, attack, raw};
use crate::code::{Code, StepName};
use crate::encoding::{deflate, to_base64};
use crate::mint::MintError;
use crate::mint::logout::redirect_query;
use crate::mint::personality::Signs;

const PARAMETERS: (Code, StepName) = (Code::InputParameters, StepName::Input);
const ENCODING: (Code, StepName) = (Code::InputEncoding, StepName::Input);

/// The variants of this family.
pub(super) const TABLE: &[Attack] = &[
    attack(
        "wire-empty",
        Signs::Assertion,
        (Code::InputEmpty, StepName::Input),
        Build::Messages(empty),
        "An empty SAMLResponse.",
    ),
    attack(
        "wire-no-parameter",
        Signs::Assertion,
        (Code::InputEmpty, StepName::Input),
        Build::Messages(no_parameter),
        "A form without SAMLResponse.",
    ),
    attack(
        "wire-parameter-twice",
        Signs::Assertion,
        PARAMETERS,
        Build::Messages(twice),
        "SAMLResponse twice in one form.",
    ),
    attack(
        "wire-parameter-twice-encoded",
        Signs::Assertion,
        PARAMETERS,
        Build::Messages(twice_encoded),
        "SAMLResponse twice, once with an escaped letter in its name.",
    ),
    attack(
        "wire-request-and-response",
        Signs::Assertion,
        PARAMETERS,
        Build::Messages(both),
        "SAMLRequest and SAMLResponse in one form.",
    ),
    attack(
        "wire-blank-for-plus",
        Signs::Assertion,
        ENCODING,
        Build::Messages(blanks),
        "Unescaped plus signs, which a form decoder turns into blanks.",
    ),
    attack(
        "wire-base64-url",
        Signs::Assertion,
        ENCODING,
        Build::Messages(url_alphabet),
        "Base64 in the alphabet of URLs.",
    ),
    attack("wire-base64-cut", Signs::Assertion, ENCODING, Build::Messages(cut), "Base64 that was cut."),
    attack(
        "wire-deflated-post",
        Signs::Assertion,
        (Code::InputDeflate, StepName::Input),
        Build::Messages(deflated),
        "A deflated message in the POST binding.",
    ),
    attack(
        "wire-response-by-redirect",
        Signs::Assertion,
        (Code::BindingNotAllowed, StepName::Input),
        Build::Messages(by_redirect),
        "A response in the Redirect binding.",
    ),
    attack(
        "wire-deflate-bomb",
        Signs::Assertion,
        (Code::MessageTooLarge, StepName::Size),
        Build::Messages(bomb),
        "A query of some kilobytes that inflates to sixteen megabytes.",
    )
    .that_recalls(&["CVE-2023-28119", "CVE-2025-25293"]),
    attack(
        "wire-too-large",
        Signs::Assertion,
        (Code::MessageTooLarge, StepName::Size),
        Build::Messages(too_large),
        "A message of half a megabyte.",
    ),
    attack(
        "wire-truncated",
        Signs::Assertion,
        (Code::XmlMalformed, StepName::Xml),
        Build::Messages(truncated),
        "A message that ends in the middle.",
    ),
    attack(
        "wire-no-xml",
        Signs::Assertion,
        (Code::XmlMalformed, StepName::Xml),
        Build::Messages(no_xml),
        "A sentence instead of XML.",
    ),
];

/// What a variant of one message gives.
type One = Result<Vec<AttackMessage>, MintError>;

#[expect(clippy::unnecessary_wraps, reason = "the result of every variant's function")]
fn one(carrier: Carrier, bytes: impl Into<Vec<u8>>) -> One {
    Ok(vec![raw(carrier, bytes.into())])
}

/// A valid message as base64. The many `>` of XML make sure of a `+` in it.
fn posted(bench: &mut Bench<'_>, signs: Signs) -> Result<String, MintError> {
    Ok(bench.valid(signs)?.post_value())
}

/// Base64 in a form body.
fn escaped(value: &str) -> String {
    value.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

fn empty(_: &mut Bench<'_>, _: Signs) -> One {
    one(Carrier::Base64, "")
}

fn no_parameter(_: &mut Bench<'_>, _: Signs) -> One {
    one(Carrier::Form, "RelayState=somewhere")
}

fn twice(bench: &mut Bench<'_>, signs: Signs) -> Result<Vec<AttackMessage>, MintError> {
    let value = escaped(&posted(bench, signs)?);
    one(Carrier::Form, format!("SAMLResponse={value}&SAMLResponse={value}"))
}

fn twice_encoded(bench: &mut Bench<'_>, signs: Signs) -> Result<Vec<AttackMessage>, MintError> {
    let value = escaped(&posted(bench, signs)?);
    one(Carrier::Form, format!("SAMLResponse={value}&%53AMLResponse={value}"))
}

fn both(bench: &mut Bench<'_>, signs: Signs) -> Result<Vec<AttackMessage>, MintError> {
    let value = escaped(&posted(bench, signs)?);
    one(Carrier::Form, format!("SAMLRequest={value}&SAMLResponse={value}"))
}

fn blanks(bench: &mut Bench<'_>, signs: Signs) -> Result<Vec<AttackMessage>, MintError> {
    let value = posted(bench, signs)?.replace('=', "%3D");
    one(Carrier::Form, format!("SAMLResponse={value}"))
}

fn url_alphabet(bench: &mut Bench<'_>, signs: Signs) -> One {
    one(Carrier::Base64, posted(bench, signs)?.replace('+', "-").replace('/', "_"))
}

fn cut(bench: &mut Bench<'_>, signs: Signs) -> Result<Vec<AttackMessage>, MintError> {
    let mut value = posted(bench, signs)?;
    value.truncate(value.len() / 4 * 2 + 1);
    one(Carrier::Base64, value)
}

fn deflated(bench: &mut Bench<'_>, signs: Signs) -> One {
    one(Carrier::Base64, to_base64(&deflate(&bench.valid(signs)?.xml())))
}

fn by_redirect(bench: &mut Bench<'_>, signs: Signs) -> One {
    one(Carrier::Query, redirect_query("SAMLResponse", &bench.valid(signs)?.xml(), None, false))
}

fn bomb(_: &mut Bench<'_>, _: Signs) -> One {
    one(Carrier::Query, redirect_query("SAMLResponse", &vec![b' '; 16 * 1024 * 1024], None, false))
}

fn too_large(_: &mut Bench<'_>, _: Signs) -> Result<Vec<AttackMessage>, MintError> {
    let mut bytes = vec![b' '; 512 * 1024];
    bytes.extend(b"<a/>");
    one(Carrier::Xml, bytes)
}

fn truncated(bench: &mut Bench<'_>, signs: Signs) -> Result<Vec<AttackMessage>, MintError> {
    let mut bytes = bench.valid(signs)?.xml();
    bytes.truncate(bytes.len() / 2);
    one(Carrier::Xml, bytes)
}

fn no_xml(_: &mut Bench<'_>, _: Signs) -> One {
    one(Carrier::Base64, to_base64(b"<this is no message"))
}
