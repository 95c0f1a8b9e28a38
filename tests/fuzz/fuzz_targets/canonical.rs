//! Our canonical forms against bergshamra's: every document that our parser accepts, byte for byte.
//!
//! Four bytes of choices lead: the form; which element is the apex; the prefix list; which child is left out (as the
//! enveloped-signature transform does).
//!
//! Known difference: the parser below bergshamra normalises neither line ends in CDATA (xml 2.11) nor literal white space
//! in attribute values (xml 3.3.3). It gets the text with both done; ours gets it as it is. And bergshamra lets every
//! attribute of the xml namespace be inherited in Canonical XML 1.1, where only two are (c14n11 2.4): left out.

#![no_main]

use std::sync::LazyLock;

use bergshamra_c14n::{C14nMode, canonicalize_doc};
use bergshamra_xml::NodeSet;
use gatepost_fuzz::{documents, mutate};
use gatepost_saml::Limits;
use gatepost_saml::xml::c14n::{Canonical, Method, to_vec};
use gatepost_saml::xml::{Element, Ns, parse};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use uppsala::{Document, NodeId, NodeKind};

static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(documents);

const PREFIXES: [&str; 8] = ["#default", "xs", "xsi", "saml", "samlp", "ds", "a", "b"];

fn is_element(document: &Document<'_>, id: NodeId) -> bool {
    matches!(document.node_kind(id), Some(NodeKind::Element(_)))
}

/// `text` with line ends normalised, and with blanks for the white space in attribute values.
fn normalised(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = text.clone().into_bytes();
    let text = text.as_bytes();
    let mut at = 0;
    while let Some(start) = text[at..].iter().position(|byte| *byte == b'<').map(|found| at + found) {
        let rest = &text[start..];
        let ends = [(&b"<!--"[..], &b"-->"[..]), (b"<![CDATA[", b"]]>"), (b"<?", b"?>")];
        if let Some((begin, end)) = ends.into_iter().find(|(begin, _)| rest.starts_with(begin)) {
            let inside = &rest[begin.len()..];
            let length = inside.windows(end.len()).position(|window| window == end).unwrap_or(inside.len());
            at = start + begin.len() + length;
            continue;
        }
        let mut quote = None;
        at = text.len();
        for (place, byte) in rest.iter().enumerate() {
            match (quote, *byte) {
                (None, b'>') => {
                    at = start + place;
                    break;
                }
                (None, b'"' | b'\'') => quote = Some(*byte),
                (Some(open), byte) if byte == open => quote = None,
                (Some(_), b'\t' | b'\n' | b'\r') => out[start + place] = b' ',
                _ => {}
            }
        }
    }
    String::from_utf8(out).expect("blanks for blanks")
}

fuzz_target!(|data: &[u8]| {
    let Some(([form, apex, prefixes, without], text)) = data.split_first_chunk::<4>() else { return };
    let Ok(ours) = parse(text, &Limits::MESSAGE) else { return };
    let their_text = normalised(ours.text());
    let theirs = uppsala::parse(&their_text).expect("what we parse is well-formed");
    let (method, mode) = match form % 3 {
        0 => (Method::Exclusive, C14nMode::Exclusive),
        1 => (Method::Inclusive10, C14nMode::Inclusive),
        _ => (Method::Inclusive11, C14nMode::Inclusive11),
    };
    let elements: Vec<Element<'_>> = ours.root().descendants().collect();
    let nodes: Vec<NodeId> =
        theirs.descendants(theirs.root()).into_iter().filter(|id| is_element(&theirs, *id)).collect();
    assert_eq!(elements.len(), nodes.len(), "as many elements");
    let at = usize::from(*apex) % elements.len();
    let (element, node) = (elements[at], nodes[at]);
    let is_ordinary = |name: &str| !matches!(name, "lang" | "space");
    let mut attributes = elements.iter().flat_map(Element::attributes);
    if method == Method::Inclusive11
        && attributes.any(|attribute| attribute.ns() == Ns::XML && is_ordinary(attribute.local()))
    {
        return;
    }
    let children: Vec<Element<'_>> = element.children().collect();
    let left_out = children.get(usize::from(*without)).copied();
    let list: Vec<&str> = PREFIXES
        .iter()
        .enumerate()
        .filter(|(bit, _)| prefixes >> bit & 1 == 1)
        .map(|(_, name)| *name)
        .collect();
    let joined = list.join(" ");
    let canonical = Canonical {
        element,
        without: left_out,
        method,
        prefix_list: (method == Method::Exclusive && !list.is_empty()).then_some(joined.as_str()),
    };
    let Ok(our_bytes) = to_vec(&canonical) else { return };
    let mut set = NodeSet::tree_without_comments(node, &theirs);
    if left_out.is_some() {
        let child = theirs
            .children_iter(node)
            .filter(|id| is_element(&theirs, *id))
            .nth(usize::from(*without))
            .expect("the same children");
        set = set.subtract(&NodeSet::tree_with_comments(child, &theirs));
    }
    let their_bytes = canonicalize_doc(&theirs, mode, Some(&set), &list).expect("a canonical form");
    assert_eq!(
        String::from_utf8_lossy(&our_bytes),
        String::from_utf8_lossy(&their_bytes),
        "{method:?} of element {at}, without {left_out:?}, prefixes {list:?}"
    );
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed, &SEEDS)
});
