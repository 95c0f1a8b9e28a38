//! Text that two programs read in two ways: comments, CDATA, processing instructions, elements inside it.

use gatepost_saml::mint::Signs;
use gatepost_saml::mint::tree::Node;
use gatepost_saml::{Code, StepName};

use crate::bench::{ADMIN, Forge, Message};
use crate::naive::NAIVE;

/// The identity provider signs in a person of the attacker's own making, whose name begins like the administrator's.
fn longer_name() -> Message {
    Message::signed_after("sign in as admin@district.example.evil.example", |root| {
        crate::bench::name(root, "admin@district.example.evil.example");
    })
}

/// Splits the first `NameID` behind the administrator's name with `markup`, which canonical forms leave out.
fn split(markup: &'static str) -> Message {
    longer_name().step("split the signed name where it suits", |root| {
        let rest = Node::Text(".evil.example".to_owned());
        root.find_mut("NameID").unwrap().children =
            vec![Node::Text(ADMIN.to_owned()), Node::Raw(markup.to_owned()), rest];
    })
}

#[test]
fn cve_2017_11427_comment_cuts_the_name_id() {
    split("<!---->").fools(NAIVE).is_refused(Code::CommentInText, StepName::Xml);
}

#[test]
fn cve_2017_11428_comment_with_content() {
    split("<!-- anything -->").fools(NAIVE).is_refused(Code::CommentInText, StepName::Xml);
}

#[test]
fn cve_2018_0489_comment_in_an_attribute_value() {
    let message = Message::signed_after("sign in with an attribute of two readings", |root| {
        root.find_mut("AttributeValue").unwrap().set_text("admin.evil");
    });
    message
        .step("split the attribute's value", |root| {
            let (before, after) = (Node::Text("admin".to_owned()), Node::Text(".evil".to_owned()));
            root.find_mut("AttributeValue").unwrap().children =
                vec![before, Node::Raw("<!---->".to_owned()), after];
        })
        .is_refused(Code::CommentInText, StepName::Xml);
}

#[test]
fn cve_2018_0489_processing_instruction_splits_text() {
    // Canonical forms keep these, so that only a signer can put one in; texts end at them all the same.
    split("<?x y?>").is_refused(Code::XmlProcessingInstruction, StepName::Xml);
}

#[test]
fn cve_2017_11427_comment_in_audience_and_issuer() {
    for element in ["Audience", "Issuer"] {
        Message::genuine(Signs::Assertion)
            .step("split a text that is compared", |root| {
                let element = root.assertion().find_mut(element).unwrap();
                element.children.push(Node::Raw("<!---->".to_owned()));
                element.children.push(Node::Text(String::new()));
            })
            .is_refused(Code::CommentInText, StepName::Xml);
    }
}

#[test]
fn cdata_is_read_whole() {
    let message = longer_name().step("put half of the signed name into a CDATA section", |root| {
        let rest = Node::Raw("<![CDATA[.evil.example]]>".to_owned());
        root.find_mut("NameID").unwrap().children = vec![Node::Text(ADMIN.to_owned()), rest];
    });
    let message = message.fools(NAIVE);
    let bytes = message.bytes();
    let assertion = crate::bench::verdict(&gatepost_saml::binding::Wire::Xml(&bytes)).verdict.unwrap();
    assert_eq!(assertion.name_id().value, "admin@district.example.evil.example");
}

#[test]
fn element_inside_the_name_id() {
    let message = Message::signed_after("sign a name with an element in it", |root| {
        let inner = gatepost_saml::mint::tree::Element::new("saml2:X").text(".evil.example");
        root.find_mut("NameID").unwrap().children = vec![Node::Text(ADMIN.to_owned()), Node::Element(inner)];
    });
    message.fools(NAIVE).is_refused(Code::NameIdMalformed, StepName::Subject);
}
