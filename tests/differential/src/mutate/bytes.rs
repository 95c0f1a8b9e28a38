//! Changes of the text of a message, as bytes.

use crate::random::Random;

/// What is put in: markup that parsers disagree about, and what signatures are made of.
const PIECES: &[&str] = &[
    "<!---->",
    "<!-- - -->",
    "<!--->",
    "<![CDATA[x]]>",
    "<![CDATA[]]>",
    "]]>",
    "<?x y?>",
    "<?xml version=\"1.0\"?>",
    "<!DOCTYPE r>",
    "<!DOCTYPE r [<!ENTITY x \"y\">]>",
    "&amp;",
    "&lt;",
    "&x;",
    "&#65;",
    "&#x41;",
    "&#0;",
    "&#13;",
    "&#x10FFFF;",
    "&#xD800;",
    "\r",
    "\r\n",
    "\n",
    "\t",
    " ",
    "\u{85}",
    "\u{2028}",
    "\u{FEFF}",
    "\u{200B}",
    "\u{0}",
    "\u{FFFE}",
    "é",
    "e\u{301}",
    "\"",
    "'",
    ">",
    "<",
    "/",
    "=",
    ":",
    " xmlns=\"\"",
    " xmlns=\"urn:x\"",
    " xmlns:saml=\"urn:x\"",
    " xmlns:ds=\"urn:x\"",
    " xmlns:x=\"\"",
    " xmlns:x=\"relative\"",
    " xml:id=\"x\"",
    " xml:base=\"x\"",
    " xml:lang=\"en\"",
    " xml:space=\"preserve\"",
    " ID=\"x\"",
    " Id=\"x\"",
    " id=\"x\"",
    "<a/>",
    "<a xmlns=\"\"></a>",
    "</a>",
    "#default",
    "xs ",
    " saml ds",
    "admin@district.example",
    "0",
    "Z",
    "+00:00",
    ".000",
];

/// `text` after one to three changes.
pub(super) fn change(text: &[u8], random: &mut Random) -> (Vec<u8>, Vec<&'static str>) {
    let mut bytes = text.to_vec();
    let mut steps = Vec::new();
    for _ in 0..=random.below(3) / 2 {
        steps.push(once(&mut bytes, random));
    }
    (bytes, steps)
}

/// A place that is more often inside text or attribute values than chance would have it: there, changes stay
/// well-formed.
fn place(bytes: &[u8], random: &mut Random) -> usize {
    let at = random.below(bytes.len());
    if random.chance(50) {
        let is_gap = |window: &[u8]| matches!(window, [b'>', next] if *next != b'<');
        if let Some(found) = bytes.get(at..).unwrap_or_default().windows(2).position(is_gap) {
            let length = bytes[at + found + 1..].iter().position(|byte| *byte == b'<').unwrap_or(1);
            return at + found + 1 + random.below(length);
        }
    }
    at
}

fn range(bytes: &[u8], random: &mut Random) -> std::ops::Range<usize> {
    let start = random.below(bytes.len());
    let most = if random.chance(80) { 12 } else { 400 };
    let length = 1 + random.below(most);
    start..(start + length).min(bytes.len())
}

/// A whole element or tag, so that what is cut or doubled tends to stay well-formed.
fn element(bytes: &[u8], random: &mut Random) -> Option<std::ops::Range<usize>> {
    let from = random.below(bytes.len());
    let start =
        from + bytes.get(from..)?.windows(2).position(|w| w[0] == b'<' && w[1] != b'/' && w[1] != b'?')?;
    let name_end = start + 1 + bytes[start + 1..].iter().position(|b| matches!(b, b' ' | b'>' | b'/'))?;
    let tag_end = start + bytes[start..].iter().position(|b| *b == b'>')? + 1;
    if bytes[tag_end - 2] == b'/' {
        return Some(start..tag_end);
    }
    let close = [b"</", &bytes[start + 1..name_end], b">"].concat();
    let end = bytes[tag_end..].windows(close.len()).position(|window| window == close.as_slice())?;
    Some(start..tag_end + end + close.len())
}

fn once(bytes: &mut Vec<u8>, random: &mut Random) -> &'static str {
    if bytes.is_empty() {
        return "nothing is left";
    }
    let at = place(bytes, random);
    match random.below(16) {
        0 => {
            bytes[at] ^= 1 << random.below(8);
            "flip a bit"
        }
        1 | 2 => {
            bytes[at] = random.pick(b"aZ09 =+/-_.:#\"'<>&;");
            "change a byte"
        }
        3 => {
            bytes.remove(at);
            "remove a byte"
        }
        4 => {
            let copy = bytes[at];
            bytes.insert(at, copy);
            "double a byte"
        }
        5..=8 => {
            let piece = random.pick(PIECES).bytes();
            bytes.splice(at..at, piece);
            "put a piece in"
        }
        9 => {
            let cut = range(bytes, random);
            bytes.drain(cut);
            "cut a range"
        }
        10 => {
            let copy = bytes[range(bytes, random)].to_vec();
            bytes.splice(at..at, copy);
            "copy a range"
        }
        11 => {
            let reference = format!("&#{};", bytes[at]);
            if bytes[at].is_ascii_alphanumeric() {
                bytes.splice(at..=at, reference.bytes());
            }
            "write a character as a reference"
        }
        12 => {
            if let Some(cut) = element(bytes, random) {
                bytes.drain(cut);
            }
            "cut an element"
        }
        13 => {
            if let Some(found) = element(bytes, random) {
                let copy = bytes[found.clone()].to_vec();
                bytes.splice(found.start..found.start, copy);
            }
            "double an element"
        }
        14 => {
            if let (Some(one), Some(other)) = (element(bytes, random), element(bytes, random))
                && one.end <= other.start
            {
                let (first, second) = (bytes[one.clone()].to_vec(), bytes[other.clone()].to_vec());
                bytes.splice(other, first);
                bytes.splice(one, second);
            }
            "swap two elements"
        }
        _ => {
            bytes[at] = bytes[at].wrapping_add(1);
            "count a byte up"
        }
    }
}
