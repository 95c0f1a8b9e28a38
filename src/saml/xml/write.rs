//! Escaping for the messages that we write ourselves. The forms are the canonical ones, so that what is written in
//! canonical order needs no second pass.

use std::fmt::Write as _;

/// Appends `text` as character data.
pub fn escape_text(text: &str, out: &mut String) {
    let is_plain = |byte| matches!(byte, b' '..=b'~' | b'\t' | b'\n') && !matches!(byte, b'&' | b'<' | b'>');
    escape(text, out, is_plain, |c, out| match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '\r' => out.push_str("&#xD;"),
        _ => push(c, out),
    });
}

/// Appends `value` as the inside of a double-quoted attribute.
pub fn escape_attribute(value: &str, out: &mut String) {
    let is_plain = |byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'&' | b'<' | b'"');
    escape(value, out, is_plain, |c, out| match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '"' => out.push_str("&quot;"),
        '\t' | '\n' | '\r' => {
            let _ = write!(out, "&#x{:X};", u32::from(c));
        }
        _ => push(c, out),
    });
}

/// Appends runs of plain ASCII as they are, and what stands between them by `one`, character by character.
fn escape(text: &str, out: &mut String, is_plain: impl Fn(u8) -> bool, one: impl Fn(char, &mut String)) {
    let mut rest = text;
    loop {
        // What is not plain begins a character: bytes within one are not ASCII, and neither is its first.
        let (plain, other) =
            rest.split_at(rest.bytes().position(|byte| !is_plain(byte)).unwrap_or(rest.len()));
        out.push_str(plain);
        let mut characters = other.chars();
        let Some(c) = characters.next() else { return };
        one(c, out);
        rest = characters.as_str();
    }
}

/// Appends a character, or one in the place of a character that XML cannot hold at all.
fn push(c: char, out: &mut String) {
    out.push(if super::chars::is_char(c) { c } else { '\u{FFFD}' });
}

/// `text` as character data.
#[must_use]
pub fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape_text(text, &mut out);
    out
}

/// `value` as the inside of a double-quoted attribute.
#[must_use]
pub fn attribute(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    escape_attribute(value, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::{attribute, text};

    #[test]
    fn escapes_what_must_be_and_leaves_the_rest() {
        assert_eq!(
            text("a\t\n\r<b>&\"é\u{1}\u{7F}𝄞\u{FFFE}"),
            "a\t\n&#xD;&lt;b&gt;&amp;\"é\u{FFFD}\u{7F}𝄞\u{FFFD}"
        );
        assert_eq!(
            attribute("a\t\n\r<b>&\"é\u{1}\u{7F}𝄞\u{FFFE}"),
            "a&#x9;&#xA;&#xD;&lt;b>&amp;&quot;é\u{FFFD}\u{7F}𝄞\u{FFFD}"
        );
        assert_eq!((text(""), attribute("")), (String::new(), String::new()));
    }
}
