//! What is accepted here and not verified by bergshamra as it stands: somebody else must confirm it.
//!
//! Peers have gaps that say nothing about a message: bergshamra reads the first text node of a value only, and cannot
//! decrypt what it does not find; libxml2's tools cannot decrypt here at all, and know no RSA-PSS. Each rule below
//! closes one gap with the word of a peer; what no rule confirms is a hard disagreement.

use crate::peers::bergshamra::Bergshamra;
use crate::peers::xmlsec1::{Own, Xmlsec1};
use crate::peers::{View, libxml};
use crate::reading::Reading;
use crate::seeds::{Frame, Seed};

/// Who confirms, and how. `view` is bergshamra's of the message as it stands.
pub(crate) fn confirm(
    seed: &Seed,
    text: &str,
    reading: &Reading,
    view: &View,
    bergshamra: &Bergshamra,
    program: Option<&mut Xmlsec1>,
) -> Option<&'static str> {
    let frame: &Frame = &seed.frame;
    if libxml::view(frame, text).is_ok_and(|other| other == *reading) {
        return Some("samael");
    }
    let plain = without_cdata(text);
    if plain != text && covers(&bergshamra.view(&plain), reading) {
        return Some("bergshamra, with CDATA written as text (the canonical form is the same)");
    }
    // The assertion is in the ciphertext, whose plaintext the peer has read and verified in the seed; what surrounds it
    // is what the mutant changed.
    let original = bergshamra.view(&seed.xml);
    if text.contains("EncryptedAssertion") && covers(&original, reading) {
        if matches!(&original, View::Looked(looked) if looked.assertion == Some(true)) {
            return Some("bergshamra, from the same ciphertext in the seed");
        }
        if matches!(view, View::Looked(looked) if looked.root == Some(true)) {
            return Some("bergshamra: the response's signature as it stands, the ciphertext in the seed");
        }
        let program = program?;
        let verifies = program.verifies(text.as_bytes(), Own::Response, &frame.certificates);
        return verifies
            .then_some("xmlsec1: the response's signature; bergshamra: the ciphertext in the seed");
    }
    let program = program?;
    let mut verifies = |own| program.verifies(text.as_bytes(), own, &frame.certificates);
    (verifies(Own::Assertion) || verifies(Own::Response)).then_some("xmlsec1")
}

fn covers(view: &View, reading: &Reading) -> bool {
    matches!(view, View::Looked(looked) if looked.covered.as_ref() == Some(reading))
}

/// CDATA sections written as text (c14n 2.3: they are the same).
fn without_cdata(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<![CDATA[") {
        let Some((inside, tail)) = after.split_once("]]>") else { break };
        out.push_str(before);
        out.push_str(&inside.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
        rest = tail;
    }
    out.push_str(rest);
    out
}
