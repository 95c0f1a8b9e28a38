//! Where several connections share one address: to whom a Response says that it goes.

use crate::binding::{Parameter, Wire};
use crate::message;
use crate::policy::Limits;
use crate::trace::{MessageKind, Trace};
use crate::xml::{self, Element, Ns};

/// An entity ID has no more characters (saml-core 8.3.6).
const MAX_ENTITY_ID: usize = 1024;

/// What a Response says of itself before anything is verified: good for choosing who judges it, and for nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedRoute {
    /// The issuer of the Response; where it has none, of its one assertion that can be read.
    pub issuer: Option<String>,
    /// The request that it says it answers.
    pub in_response_to: Option<String>,
}

/// Reads where a Response says that it belongs; `None` when it is no Response that could be judged.
#[must_use]
pub fn unverified_route(wire: &Wire<'_>, limits: &Limits) -> Option<UnverifiedRoute> {
    let mut trace = Trace::new(MessageKind::Response);
    let message = message::take(wire, Parameter::Response, limits, &mut trace).ok()?;
    let document = message::parse(&message, limits, &mut trace).ok()?;
    let root = document.root();
    if !root.is(Ns::SAMLP, "Response") {
        return None;
    }
    let issuer = issuer(root).or_else(|| issuer(only(root, "Assertion")?));
    let in_response_to = root.attribute("InResponseTo").map(|id| id.to_string());
    Some(UnverifiedRoute { issuer, in_response_to })
}

fn issuer(element: Element<'_>) -> Option<String> {
    let text = only(element, "Issuer")?.text().ok()?;
    let issuer = xml::trim(&text);
    (!issuer.is_empty() && issuer.len() <= MAX_ENTITY_ID).then(|| issuer.to_owned())
}

/// Of two, none: whoever judges the message would look at the first, or refuse it.
fn only<'a>(element: Element<'a>, local: &str) -> Option<Element<'a>> {
    let mut children = element.children_named(Ns::SAML, local);
    children.next().filter(|_| children.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(inner: &str) -> Option<UnverifiedRoute> {
        let xml = format!(
            r#"<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns="urn:oasis:names:tc:SAML:2.0:assertion"
                InResponseTo="_1">{inner}</p:Response>"#
        );
        unverified_route(&Wire::Xml(xml.as_bytes()), &Limits::MESSAGE)
    }

    fn issuer_of(inner: &str) -> Option<String> {
        read(inner).unwrap().issuer
    }

    #[test]
    fn the_issuer_is_the_responses_or_else_its_assertions() {
        let both = "<Issuer> urn:a\n</Issuer><Assertion><Issuer>urn:b</Issuer></Assertion>";
        assert_eq!(issuer_of(both).as_deref(), Some("urn:a"));
        assert_eq!(issuer_of("<Assertion><Issuer>urn:b</Issuer></Assertion>").as_deref(), Some("urn:b"));
        assert_eq!(read("").unwrap().in_response_to.as_deref(), Some("_1"));
        for none in [
            "",
            "<Issuer/>",
            "<Issuer>urn:a</Issuer><Issuer>urn:b</Issuer>",
            "<Assertion><Issuer>urn:a</Issuer></Assertion><Assertion><Issuer>urn:b</Issuer></Assertion>",
            &format!("<Issuer>{}</Issuer>", "x".repeat(1025)),
        ] {
            assert_eq!(issuer_of(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_no_response_goes_nowhere() {
        assert_eq!(read("<Issuer>"), None);
        for other in
            ["", "<Response/>", "<p:LogoutResponse xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\"/>"]
        {
            assert_eq!(unverified_route(&Wire::Xml(other.as_bytes()), &Limits::MESSAGE), None, "{other}");
        }
        assert_eq!(unverified_route(&Wire::Form(b"a=b"), &Limits::MESSAGE), None);
    }
}
