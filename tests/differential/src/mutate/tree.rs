//! Changes of a message as a tree: parts moved, doubled, renamed, rebound, and often signed again.

use gatepost_saml::algorithms::{ENVELOPED_SIGNATURE, EXCLUSIVE_C14N};
use gatepost_saml::mint::Signs;
use gatepost_saml::mint::keys;
use gatepost_saml::mint::sign::{self, Signing};
use gatepost_saml::mint::tree::{Element, Node};
use gatepost_saml::mint::uri;

use crate::random::Random;
use crate::seeds::Tree;

type Path = Vec<usize>;

/// The tree after one to three changes, signed again in a third of the cases.
pub(super) fn change(tree: &Tree, random: &mut Random) -> (Vec<u8>, Vec<&'static str>) {
    let mut root = tree.root.clone();
    let mut steps = Vec::new();
    for _ in 0..=random.below(5) / 2 {
        // Half of what is done leaves canonical forms alone: the signature must still verify, everywhere.
        let step = if random.chance(35) { silent(&mut root, random) } else { loud(&mut root, random) };
        steps.push(step);
    }
    if !tree.is_encrypted && random.chance(35) {
        steps.push(sign_again(&mut root, tree, random));
        if random.chance(25) {
            steps.push(silent(&mut root, random));
        }
    }
    let mut bytes = root.document(tree.style).into_bytes();
    if random.chance(3) {
        bytes.splice(0..0, *b"\xEF\xBB\xBF");
    }
    (bytes, steps)
}

fn paths(root: &Element, is_wanted: &dyn Fn(&Element) -> bool) -> Vec<Path> {
    fn walk(element: &Element, at: &mut Path, is_wanted: &dyn Fn(&Element) -> bool, out: &mut Vec<Path>) {
        if is_wanted(element) {
            out.push(at.clone());
        }
        for (index, node) in element.children.iter().enumerate() {
            if let Node::Element(child) = node {
                at.push(index);
                walk(child, at, is_wanted, out);
                at.pop();
            }
        }
    }
    let mut out = Vec::new();
    walk(root, &mut Vec::new(), is_wanted, &mut out);
    out
}

fn at<'t>(root: &'t mut Element, path: &[usize]) -> &'t mut Element {
    path.iter().fold(root, |element, index| match &mut element.children[*index] {
        Node::Element(child) => child,
        _ => unreachable!("paths lead to elements"),
    })
}

/// Any element, or one with that property.
fn any<'t>(
    root: &'t mut Element,
    random: &mut Random,
    is_wanted: &dyn Fn(&Element) -> bool,
) -> Option<&'t mut Element> {
    let paths = paths(root, is_wanted);
    if paths.is_empty() { None } else { Some(at(root, &random.pick(&paths))) }
}

fn with_text(element: &Element) -> bool {
    matches!(element.children.first(), Some(Node::Text(text)) if text.len() > 1 && !text.trim().is_empty())
}

fn in_signature(element: &Element) -> bool {
    const NAMES: [&str; 8] = [
        "Signature",
        "SignedInfo",
        "Reference",
        "Transforms",
        "Transform",
        "KeyInfo",
        "X509Data",
        "SignatureMethod",
    ];
    NAMES.contains(&element.local())
}

fn anything(_: &Element) -> bool {
    true
}

/// An element taken out of the tree; never the root.
fn taken(root: &mut Element, random: &mut Random, is_wanted: &dyn Fn(&Element) -> bool) -> Option<Element> {
    let mut paths = paths(root, is_wanted);
    paths.retain(|path| !path.is_empty());
    if paths.is_empty() {
        return None;
    }
    let path = random.pick(&paths);
    let (last, parent) = path.split_last()?;
    match at(root, parent).children.remove(*last) {
        Node::Element(element) => Some(element),
        _ => None,
    }
}

fn copied(root: &mut Element, random: &mut Random, is_wanted: &dyn Fn(&Element) -> bool) -> Option<Element> {
    any(root, random, is_wanted).map(|element| element.clone())
}

fn insert(root: &mut Element, random: &mut Random, node: Node) {
    if let Some(parent) = any(root, random, &|element| !with_text(element)) {
        let position = random.below(parent.children.len() + 1);
        parent.insert(position, node);
    }
}

/// Changes that exclusive canonical forms do not show (or not always).
fn silent(root: &mut Element, random: &mut Random) -> &'static str {
    match random.below(8) {
        0 => {
            if let Some(element) = any(root, random, &|element| element.attributes.len() > 1) {
                element.attributes.reverse();
            }
            "reorder attributes"
        }
        1 => {
            split_text(root, random, |rest| Node::Raw(format!("<![CDATA[{}]]>", rest.replace("]]>", ""))));
            "write half a text as CDATA"
        }
        2 => {
            split_text(root, random, |rest| {
                Node::Raw(rest.chars().map(|c| format!("&#x{:x};", u32::from(c))).collect())
            });
            "write half a text as references"
        }
        3 => {
            let prefix = ["xmlns:unused", "xmlns:xs", "xmlns:saml", "xmlns:ec", "xmlns:xsi"];
            let (name, value) = (random.pick(&prefix), random.pick(&["urn:unused", uri::XS, uri::ASSERTION]));
            if let Some(element) = any(root, random, &anything)
                && element.get(name).is_none()
            {
                element.attributes.insert(0, (name.to_owned(), value.to_owned()));
            }
            "declare a prefix"
        }
        4 => {
            insert(root, random, Node::Raw("<!-- between -->".to_owned()));
            "put a comment between elements"
        }
        5 => {
            // What the root declares comes into the scope of everything; inclusive forms show it.
            root.attributes.push(("xmlns:more".to_owned(), "urn:more".to_owned()));
            "declare a prefix on the root"
        }
        6 => {
            if let Some(element) =
                any(root, random, &|e| matches!(e.local(), "SignatureValue" | "X509Certificate"))
                && let Some(Node::Text(text)) = element.children.first_mut()
            {
                *text = text.replace('\n', "");
                let middle = text.len() / 2;
                text.insert_str(middle, random.pick(&["\n", " ", "\t\n  ", "\r\n"]));
            }
            "white space in base64"
        }
        _ => {
            // Redundant declarations: the same prefix bound to the same name once more.
            let declared: Vec<_> =
                root.attributes.iter().filter(|(name, _)| name.starts_with("xmlns")).cloned().collect();
            if let Some(child) = any(root, random, &anything)
                && !declared.is_empty()
            {
                let (name, value) = random.pick(&declared);
                if child.get(&name).is_none() {
                    child.attributes.push((name, value));
                }
            }
            "declare once more what is declared"
        }
    }
}

fn split_text(root: &mut Element, random: &mut Random, write: impl Fn(&str) -> Node) {
    if let Some(element) = any(root, random, &with_text)
        && let Some(Node::Text(text)) = element.children.first().cloned()
    {
        let mut middle = text.len() / 2;
        while !text.is_char_boundary(middle) {
            middle += 1;
        }
        let (head, rest) = text.split_at(middle);
        element.children.splice(0..1, [Node::Text(head.to_owned()), write(rest)]);
    }
}

const IDS: [&str; 4] = ["ID", "Id", "xml:id", "saml:ID"];
const ALGORITHMS: [&str; 12] = [
    EXCLUSIVE_C14N,
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
    "http://www.w3.org/2006/12/xml-c14n11",
    ENVELOPED_SIGNATURE,
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
    "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2000/09/xmldsig#base64",
    "http://www.w3.org/TR/1999/REC-xpath-19991116",
];

/// Changes that show.
fn loud(root: &mut Element, random: &mut Random) -> &'static str {
    match random.below(24) {
        0 | 1 => {
            if let Some(copy) = copied(root, random, &anything) {
                insert(root, random, Node::Element(copy));
            }
            "copy an element"
        }
        2 | 3 => {
            if let Some(element) = taken(root, random, &anything) {
                insert(root, random, Node::Element(element));
            }
            "move an element"
        }
        4 => {
            taken(root, random, &anything);
            "remove an element"
        }
        5 => {
            let wrapper =
                random.pick(&["samlp:Extensions", "ds:Object", "evil:x", "saml:Advice", "Response"]);
            if let Some(element) = any(root, random, &anything) {
                let inside = std::mem::replace(element, Element::new(wrapper));
                element.set("xmlns:evil", "urn:evil");
                element.set("xmlns:samlp", uri::PROTOCOL);
                element.set("xmlns:saml", uri::ASSERTION);
                element.set("xmlns:ds", uri::DSIG);
                element.push(inside);
            }
            "wrap an element"
        }
        6 => {
            let name =
                random.pick(&["evil:NameID", "saml:NameID", "NameID", "saml:Assertion", "ds:Signature", "x"]);
            if let Some(element) = any(root, random, &anything) {
                element.name = name.to_owned();
            }
            "rename an element"
        }
        7 => {
            if let Some(element) = any(root, random, &|element| element.get("ID").is_some()) {
                element.set("ID", random.pick(&["_evil", "", "_evil2"]));
            }
            "change an ID"
        }
        8 => {
            let name = random.pick(&IDS);
            if let Some(id) = copied(root, random, &|e| e.get("ID").is_some())
                && let Some(element) = any(root, random, &anything)
            {
                element.set(name, id.get("ID").unwrap_or_default());
            }
            "give somebody's ID to another element"
        }
        9 => {
            if let Some(element) = any(root, random, &|element| !element.attributes.is_empty()) {
                let index = random.below(element.attributes.len());
                element.attributes.remove(index);
            }
            "remove an attribute"
        }
        10 => {
            let other = copied(root, random, &|e| !e.attributes.is_empty()).map(|e| e.attributes[0].clone());
            if let (Some((name, value)), Some(element)) = (other, any(root, random, &anything)) {
                element.attributes.push((name, value));
            }
            "copy an attribute"
        }
        11 => {
            if let Some(element) = any(root, random, &|element| !element.attributes.is_empty()) {
                let index = random.below(element.attributes.len());
                let value = &mut element.attributes[index].1;
                match random.below(4) {
                    0 => value.push(' '),
                    1 => value.insert(0, '\t'),
                    2 => value.push_str("&<\"'\n"),
                    _ => value.clear(),
                }
            }
            "change an attribute"
        }
        12 => {
            if let Some(element) = any(root, random, &with_text) {
                let markup = random.pick(&["<!---->", "<?x y?>", "<![CDATA[]]>", "<x/>", "&#32;", "&amp;"]);
                element.children.push(Node::Raw(markup.to_owned()));
                element.children.push(Node::Text(random.pick(&["", ".evil.example"]).to_owned()));
            }
            "put markup into a text"
        }
        13 => {
            if let Some(element) = any(root, random, &with_text)
                && let Some(Node::Text(text)) = element.children.first_mut()
            {
                match random.below(4) {
                    0 => *text = "admin@district.example".to_owned(),
                    1 => text.push(' '),
                    2 => text.insert(0, '\n'),
                    _ => text.push_str("\r\u{85}é"),
                }
            }
            "change a text"
        }
        14 => {
            insert(root, random, Node::Text("\n  ".to_owned()));
            "put white space between elements"
        }
        15 => {
            let name =
                random.pick(&["xmlns", "xmlns:saml", "xmlns:saml2", "xmlns:ds", "xmlns:samlp", "xmlns:xs"]);
            let value = random.pick(&["urn:evil", "", uri::ASSERTION, uri::DSIG, uri::PROTOCOL, "relative"]);
            if let Some(element) = any(root, random, &anything) {
                element.set(name, value);
            }
            "rebind a prefix"
        }
        16 => {
            let list = random.pick(&[
                "",
                "xs",
                "#default",
                "saml",
                "saml2 ds samlp saml2p xs xsi",
                "#default xs",
                "no",
            ]);
            if let Some(element) = any(root, random, &|e| e.local() == "InclusiveNamespaces") {
                element.set("PrefixList", list);
            } else if let Some(element) =
                any(root, random, &|e| e.local() == "Transform" || e.local() == "CanonicalizationMethod")
            {
                let inside = Element::new("ec:InclusiveNamespaces").attribute("xmlns:ec", EXCLUSIVE_C14N);
                element.push(inside.attribute("PrefixList", list));
            }
            "change a PrefixList"
        }
        17 => {
            if let Some(element) = any(root, random, &|e| in_signature(e) && e.children.len() > 1) {
                let (one, other) =
                    (random.below(element.children.len()), random.below(element.children.len()));
                element.children.swap(one, other);
            }
            "swap parts of a signature"
        }
        18 | 19 => {
            let is_signature = |element: &Element| element.local() == "Signature";
            let signature = if random.chance(50) {
                taken(root, random, &is_signature)
            } else {
                copied(root, random, &is_signature)
            };
            if let Some(signature) = signature {
                insert(root, random, Node::Element(signature));
            }
            "move a signature"
        }
        20 => {
            if let Some(element) = any(root, random, &|element| element.get("Algorithm").is_some()) {
                element.set("Algorithm", random.pick(&ALGORITHMS));
            }
            "change an algorithm"
        }
        21 => {
            if let Some(element) = any(root, random, &|e| e.local() == "Reference") {
                element.set("URI", random.pick(&["", "#_evil", "#xpointer(/)", "#", "x", "#_evil2"]));
            }
            "change a reference"
        }
        22 => {
            if let Some(inside) = copied(root, random, &in_signature)
                && let Some(element) = any(root, random, &in_signature)
            {
                let position = random.below(element.children.len() + 1);
                element.insert(position, Node::Element(inside));
            }
            "double a part of a signature"
        }
        _ => {
            // The classical wrapping: an unsigned assertion about somebody else, the signed one further in or out.
            if let Some(mut evil) = copied(root, random, &|e| e.local() == "Assertion") {
                evil.take("Signature");
                evil.set("ID", random.pick(&["_evil", "_evil2"]));
                if let Some(name) = evil.find_mut("NameID") {
                    name.set_text("admin@district.example");
                }
                if random.chance(50)
                    && let Some(signed) = taken(root, random, &|e| e.local() == "Assertion")
                {
                    evil.push(signed);
                }
                let position = random.below(root.children.len() + 1);
                root.insert(position, Node::Element(evil));
            }
            "add a forged assertion"
        }
    }
}

/// Digests and signs what now stands there, with the trusted key or with the attacker's. What the minter cannot
/// canonicalise stays as it is.
fn sign_again(root: &mut Element, tree: &Tree, random: &mut Random) -> &'static str {
    let is_ours = random.chance(85);
    let attacker = Signing { key: &keys::ATTACKER_RSA, ..tree.signing };
    let signing = if is_ours { tree.signing } else { attacker };
    let id_of = |element: Option<&Element>| element.and_then(|e| e.get("ID")).map(str::to_owned);
    let mut ids = Vec::new();
    if tree.signs.assertion() {
        ids.extend(id_of(root.elements().find(|child| child.local() == "Assertion")));
    }
    if tree.signs.response() || tree.signs == Signs::Neither {
        ids.extend(id_of(Some(root)));
    }
    for id in ids {
        // A reference that still names the element it stands in, unless that is what was changed.
        if random.chance(80)
            && let Ok(signature) = sign::own_signature(root, &id)
            && let Some(reference) = signature.find_mut("Reference")
        {
            reference.set("URI", &format!("#{id}"));
        }
        let _ = sign::fill_digest(root, &id, &signing);
        let _ = sign::fill_value(root, &id, &signing);
    }
    if is_ours { "sign again" } else { "sign again with the attacker's key" }
}
