//! Whether an attempt that names nobody is about somebody all the same: by what was mapped of its message, by what the
//! identity provider said beside its status, or else by what stands in the message itself. What came unasked, or was
//! refused before it was mapped, has nothing but that.

use gatepost_saml::Limits;
use gatepost_saml::encoding::base64;
use gatepost_saml::xml::{self, Element, Ns};
use serde::Deserialize;
use serde_json::Value;

use super::names::{About, Names};
use crate::base::id::{AccountId, AttemptId};
use crate::directory::mapping::{Lineage, MappedField};
use crate::flow::FlowError;
use crate::flow::login::Personal;
use crate::storage::seal::AccountKeys;
use crate::storage::{Tx, attempt};

/// Whether an attempt that names nobody is about whom those names name.
pub(super) async fn about(
    tx: &mut Tx,
    account: AccountId,
    id: AttemptId,
    (keys, limits): (&AccountKeys, &Limits),
    names: &Names,
) -> Result<About, FlowError> {
    let kept = match attempt::find_trace(tx, account, id, keys).await? {
        None => About::Others,
        // Nobody here can say whose a trace is that is no data at all.
        Some(stored) => Personal::read(&stored).map_or(About::Perhaps, |personal| keeps(&personal, names)),
    };
    if kept == About::Them {
        return Ok(kept);
    }
    let message = attempt::find_message(tx, account, id, keys).await?;
    Ok(kept.max(message.map_or(About::Others, |raw| says(&raw, limits, names))))
}

/// Whom it is about what a trace keeps of a person.
fn keeps(personal: &Personal, names: &Names) -> About {
    let said = personal.said.as_deref().map_or(About::Others, |said| names.in_sentence(said));
    said.max(is_mapped(&personal.mapping, names))
}

/// Whom it is about what was mapped. Of what a newer program mapped any text counts.
fn is_mapped(mapping: &Value, names: &Names) -> About {
    let Ok(lineage) = Option::<Lineage>::deserialize(mapping) else { return in_any_text(mapping, names) };
    let fields = lineage.into_iter().flat_map(|lineage| lineage.fields);
    fields.map(|field| in_field(&field, names)).max().unwrap_or(About::Others)
}

fn in_field(field: &MappedField, names: &Names) -> About {
    let leads = |source: &str| field.field == source || field.source.eq_ignore_ascii_case(source);
    let values = field.values.iter().chain(field.sent.iter().flatten());
    values.map(|value| names.in_value(value, leads)).max().unwrap_or(About::Others)
}

fn in_any_text(value: &Value, names: &Names) -> About {
    let about = match value {
        Value::String(text) => Some(names.in_value(text, |_| false)),
        Value::Array(values) => values.iter().map(|value| in_any_text(value, names)).max(),
        Value::Object(members) => members.values().map(|value| in_any_text(value, names)).max(),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    };
    about.unwrap_or(About::Others)
}

/// Whom a message is about, by any text in it.
fn says(raw: &[u8], limits: &Limits, names: &Names) -> About {
    let Ok(text) = base64(raw) else { return About::Unknown };
    let Ok(document) = xml::parse(&text, limits) else { return About::Unknown };
    let told = document.root().descendants().map(|element| has(element, names));
    told.max().unwrap_or(About::Others)
}

/// Whom the text directly in an element is about.
fn has(element: Element<'_>, names: &Names) -> About {
    if element.is(Ns::XENC, "EncryptedData") {
        return About::Unknown;
    }
    match element.text() {
        Ok(text) if is_of_status(element) => names.in_sentence(&text),
        Ok(text) => names.in_value(&text, |source| leads(element, source)),
        // Beside elements or a comment it could be read in two ways.
        Err(_) if element.has_text() => About::Unknown,
        Err(_) => About::Others,
    }
}

/// Whether it is what an identity provider says of how it ended: that is written for people.
fn is_of_status(element: Element<'_>) -> bool {
    std::iter::successors(Some(element), Element::parent).any(|around| around.is(Ns::SAMLP, "Status"))
}

/// Whether an element is what a subject source takes names from.
fn leads(element: Element<'_>, source: &str) -> bool {
    let Some(wanted) = source.strip_prefix("attribute:") else {
        return source == "name_id" && element.is(Ns::SAML, "NameID");
    };
    let attribute = element.parent().filter(|parent| parent.is(Ns::SAML, "Attribute"));
    let name = attribute.and_then(|attribute| attribute.attribute("Name"));
    name.is_some_and(|name| name.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use gatepost_saml::encoding::to_base64;
    use serde_json::json;

    use super::*;

    fn says(xml: &str, (name, source): (&str, &str)) -> About {
        let names: Names = [(name, source)].into_iter().collect();
        super::says(to_base64(xml.as_bytes()).as_bytes(), &Limits::MESSAGE, &names)
    }

    #[test]
    fn a_message_is_theirs_that_names_them_anywhere() {
        let says = |xml: &str| says(xml, ("Maya@School.example", "name_id"));
        assert_eq!(says("<a><b> maya@school.example </b></a>"), About::Them);
        assert_eq!(says("<a><b>Maya &lt;maya@school.example&gt;</b></a>"), About::Them);
        assert_eq!(says("<a><b>amaya@school.example</b></a>"), About::Others);
        let sealed = r#"<a><x:EncryptedData xmlns:x="http://www.w3.org/2001/04/xmlenc#"/></a>"#;
        assert_eq!(says(sealed), About::Unknown);
        assert_eq!(says("<a>"), About::Unknown);
        let names = Names::default();
        assert_eq!(super::says(b"!", &Limits::MESSAGE, &names), About::Unknown);
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_not_read() {
        let says = |xml: &str| says(xml, ("maya@school.example", "name_id"));
        assert_eq!(says("<a><b>maya@<!-- x -->school.example</b></a>"), About::Unknown);
        assert_eq!(says("<a>maya@school.example<b/></a>"), About::Unknown);
        assert_eq!(says("<a> <!-- x --> <b>bob@school.example</b></a>"), About::Others);
        assert_eq!(says("<a>bob<b>maya@school.example</b></a>"), About::Them, "what is sure goes first");
    }

    #[test]
    fn a_sentence_is_read_where_an_identity_provider_says_how_it_ended() {
        let status = |name: &str| {
            let said = "User SCHOOL\\jdoe7 is not assigned, says Maya";
            let status = format!("<p:Status><p:StatusMessage>{said}</p:StatusMessage></p:Status>");
            let namespace = "urn:oasis:names:tc:SAML:2.0:protocol";
            says(&format!("<p:Response xmlns:p=\"{namespace}\">{status}</p:Response>"), (name, "name_id"))
        };
        assert_eq!(status("jdoe7"), About::Them);
        assert_eq!(status("maya"), About::Perhaps, "it may be another word");
        assert_eq!(status("may"), About::Others);
        assert_eq!(says("<a><b>User jdoe7</b></a>", ("jdoe7", "name_id")), About::Others);
    }

    #[test]
    fn a_name_of_few_letters_is_looked_for_where_it_stood() {
        let assertion = |inner: &str| {
            let namespace = "urn:oasis:names:tc:SAML:2.0:assertion";
            format!("<s:Assertion xmlns:s=\"{namespace}\">{inner}</s:Assertion>")
        };
        let subject = assertion("<s:Subject><s:NameID>7</s:NameID></s:Subject>");
        let value = "<s:AttributeValue>7</s:AttributeValue>";
        let student = assertion(&format!("<s:Attribute Name=\"StudentID\">{value}</s:Attribute>"));
        let grade = assertion(&format!("<s:Attribute Name=\"grade\">{value}</s:Attribute>"));
        for (source, theirs) in [("name_id", &subject), ("attribute:studentId", &student)] {
            for xml in [&subject, &student, &grade] {
                let about = if xml == theirs { About::Them } else { About::Others };
                assert_eq!(says(xml, ("7", source)), about, "{source}: {xml}");
            }
        }
    }

    #[test]
    fn what_a_newer_program_mapped_is_theirs_that_has_a_name_anywhere() {
        let names: Names = [("maya@school.example", "email"), ("7", "name_id")].into_iter().collect();
        let field = |field: &str, value: &str| {
            let mapped = json!({ "field": field, "values": [value], "source": "name_id", "rule": "r" });
            json!({ "fields": [mapped] })
        };
        for (mapping, about) in [
            (Value::Null, About::Others),
            (field("email", "maya@school.example"), About::Them),
            (field("username", "7"), About::Them),
            (field("email", "bob@school.example"), About::Others),
            (json!({ "people": [{ "called": "Maya@School.example" }] }), About::Them),
            (json!({ "people": [{ "called": "bob", "grade": "7" }] }), About::Others),
            (json!("maya@school.example"), About::Them),
        ] {
            assert_eq!(is_mapped(&mapping, &names), about, "{mapping}");
        }
        let said = Some("User maya@school.example is not assigned".to_owned());
        assert_eq!(keeps(&Personal { mapping: Value::Null, said }, &names), About::Them);
        assert_eq!(keeps(&Personal::default(), &names), About::Others);
    }
}
