//! What a message says of a person, from our engine and from another parser, in one form that can be compared.

use gatepost_saml::response::Assertion;
use uppsala::{Document, NodeId, NodeKind};

pub(crate) const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
pub(crate) const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
pub(crate) const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

/// Subject and attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) id: String,
    /// Value, Format, NameQualifier, SPNameQualifier.
    pub(crate) name_id: [Option<String>; 4],
    /// Name, NameFormat, values; merged by the first two.
    pub(crate) attributes: Vec<(String, Option<String>, Vec<String>)>,
}

impl From<&Assertion> for Reading {
    fn from(assertion: &Assertion) -> Self {
        let name = assertion.name_id().clone();
        Self {
            id: assertion.id().to_owned(),
            name_id: [Some(name.value), name.format, name.name_qualifier, name.sp_name_qualifier],
            attributes: assertion
                .attributes()
                .iter()
                .map(|a| (a.name.clone(), a.name_format.clone(), a.values.clone()))
                .collect(),
        }
    }
}

/// The child elements of `parent` with that name.
pub(crate) fn children(document: &Document<'_>, parent: NodeId, ns: &str, local: &str) -> Vec<NodeId> {
    let is_it =
        |id: &NodeId| document.element(*id).is_some_and(|element| element.name.matches(Some(ns), local));
    document.children(parent).into_iter().filter(is_it).collect()
}

fn elements(document: &Document<'_>, parent: NodeId) -> Vec<NodeId> {
    document.children(parent).into_iter().filter(|id| document.element(*id).is_some()).collect()
}

/// All text in an element, comments left out, as the DOM has it.
fn text(document: &Document<'_>, element: NodeId) -> String {
    let pieces = document.children(element).into_iter().filter_map(|id| match document.node_kind(id) {
        Some(NodeKind::Text(text) | NodeKind::CData(text)) => Some(text.to_string()),
        _ => None,
    });
    pieces.collect()
}

/// Reads an `Assertion` from the tree of another parser.
pub(crate) fn read(document: &Document<'_>, assertion: NodeId) -> Option<Reading> {
    let attribute = |id: NodeId, name: &str| {
        let element = document.element(id)?;
        let found =
            element.attributes.iter().find(|a| a.name.namespace_uri.is_none() && a.name.local_name == name);
        found.map(|found| found.value.to_string())
    };
    let subject = *children(document, assertion, SAML, "Subject").first()?;
    let name_id = *children(document, subject, SAML, "NameID").first()?;
    let mut reading = Reading {
        id: attribute(assertion, "ID")?,
        name_id: [
            Some(text(document, name_id)),
            attribute(name_id, "Format"),
            attribute(name_id, "NameQualifier"),
            attribute(name_id, "SPNameQualifier"),
        ],
        attributes: Vec::new(),
    };
    for statement in children(document, assertion, SAML, "AttributeStatement") {
        for found in children(document, statement, SAML, "Attribute") {
            let Some(name) = attribute(found, "Name") else { continue };
            let format = attribute(found, "NameFormat");
            let at = reading.attributes.iter().position(|known| known.0 == name && known.1 == format);
            let at = at.unwrap_or_else(|| {
                reading.attributes.push((name, format, Vec::new()));
                reading.attributes.len() - 1
            });
            for value in children(document, found, SAML, "AttributeValue") {
                let inside = elements(document, value);
                match inside.as_slice() {
                    [] => reading.attributes[at].2.push(text(document, value)),
                    [one]
                        if children(document, value, SAML, "NameID") == [*one]
                            && text(document, value).trim().is_empty() =>
                    {
                        reading.attributes[at].2.push(text(document, *one));
                    }
                    _ => {}
                }
            }
        }
    }
    Some(reading)
}
