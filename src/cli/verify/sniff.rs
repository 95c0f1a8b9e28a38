//! A guess at the kind of a message from its root element, for `--kind auto`.
//!
//! It only chooses the judgement to run, which checks the root element itself; nothing is believed. What cannot be read
//! counts as a response, whose judgement says what is wrong with it.

use gatepost_saml::Limits;
use gatepost_saml::binding::{Parameter, Wire};
use gatepost_saml::trace::MessageKind;

/// The kind of the message in `wire`.
#[must_use]
pub fn kind(wire: &Wire<'_>, limits: Limits) -> MessageKind {
    if let Wire::Xml(xml) = wire {
        return by_root(xml);
    }
    let response = wire.message(Parameter::Response, &limits);
    let Ok(message) = response.or_else(|_| wire.message(Parameter::Request, &limits)) else {
        return MessageKind::Response;
    };
    by_root(&message.xml)
}

fn by_root(xml: &[u8]) -> MessageKind {
    match root_name(xml) {
        Some(b"LogoutRequest") => MessageKind::LogoutRequest,
        Some(b"LogoutResponse") => MessageKind::LogoutResponse,
        Some(b"EntityDescriptor" | b"EntitiesDescriptor") => MessageKind::Metadata,
        _ => MessageKind::Response,
    }
}

/// The local name of the first start tag behind declarations, comments and a document type.
fn root_name(xml: &[u8]) -> Option<&[u8]> {
    let mut rest = xml;
    loop {
        let open = rest.iter().position(|byte| *byte == b'<')?;
        rest = rest.get(open + 1..)?;
        if rest.starts_with(b"!--") {
            let end = rest.windows(3).position(|window| window == b"-->")?;
            rest = rest.get(end + 3..)?;
        } else if !matches!(rest.first(), Some(b'?' | b'!')) {
            let end =
                rest.iter().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'))?;
            return rest.get(..end)?.rsplit(|byte| *byte == b':').next();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_root_behind_a_prolog() {
        let xml = b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- <a> --><!DOCTYPE x><samlp:LogoutRequest ID='x'/>";
        assert_eq!(root_name(xml), Some(b"LogoutRequest".as_slice()));
        assert_eq!(root_name(b"<EntityDescriptor>"), Some(b"EntityDescriptor".as_slice()));
        assert_eq!(root_name(b"no tag"), None);
        assert_eq!(root_name(b"<"), None);
        assert_eq!(root_name(b"<!-- <a/>"), None);
    }
}
