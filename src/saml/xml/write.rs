//! Escaping for the messages that we write ourselves. The forms are the canonical ones, so that what is written in
//! canonical order needs no second pass.

use std::fmt::Write as _;

/// Appends `text` as character data.
pub fn escape_text(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#xD;"),
            c if super::chars::is_char(c) => out.push(c),
            // A character that XML cannot hold at all.
            _ => out.push('\u{FFFD}'),
        }
    }
}

/// Appends `value` as the inside of a double-quoted attribute.
pub fn escape_attribute(value: &str, out: &mut String) {
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => {
                let _ = write!(out, "&#x{:X};", u32::from(c));
            }
            c if super::chars::is_char(c) => out.push(c),
            _ => out.push('\u{FFFD}'),
        }
    }
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
