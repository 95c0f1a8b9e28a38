//! Bytes as a clipboard or a file hands them over, and the text that was meant.

use std::borrow::Cow;

use super::{Recognised, Setting, markup};
use crate::encoding;

/// How many wrappings are taken off: escaped in a page, quoted in JSON, in base64.
const MAX_LAYERS: usize = 3;

/// The text, decoded, without wrappings and without characters that nobody sees.
pub(super) fn clean(input: &[u8]) -> String {
    let mut text = decode(input);
    for _ in 0..MAX_LAYERS {
        let Some(inner) = unwrapped(&text) else { break };
        text = inner;
    }
    text
}

/// What stands in base64 inside, where that is a document: metadata as some exports and interfaces carry it.
pub(super) fn inner(text: &str, setting: &Setting<'_>) -> Option<Recognised> {
    let is_one_value =
        text.len() > 100 && text.bytes().all(|byte| is_base64(byte) || byte.is_ascii_whitespace());
    if !is_one_value {
        return None;
    }
    let decoded = encoding::base64(text.as_bytes()).ok()?;
    let decoded = clean(&decoded);
    if decoded.starts_with('<') { markup::read(&decoded, setting) } else { None }
}

pub(super) const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

fn decode(input: &[u8]) -> String {
    let decoded: Cow<'_, str> = match input {
        [0xFF, 0xFE, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)),
        [0xFE, 0xFF, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)),
        [0, second, ..] if *second != 0 => Cow::Owned(utf16(input, u16::from_be_bytes)),
        [first, 0, ..] if *first != 0 => Cow::Owned(utf16(input, u16::from_le_bytes)),
        _ => String::from_utf8_lossy(input),
    };
    // Text in UTF-16 that was taken for something else keeps its NULs; the others are what word processors and
    // chats add.
    let invisible = |character: &char| {
        matches!(
            character,
            '\0' | '\u{FEFF}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{AD}' | '\u{202A}'..='\u{202E}' | '\u{FFFC}'
        )
    };
    let space = |character: char| match character {
        '\u{A0}' | '\u{2007}' | '\u{202F}' | '\u{3000}' | '\u{2028}' | '\u{2029}' => ' ',
        other => other,
    };
    decoded.chars().filter(|character| !invisible(character)).map(space).collect::<String>().trim().to_owned()
}

fn utf16(bytes: &[u8], read: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).filter_map(|pair| <[u8; 2]>::try_from(pair).ok()).map(read);
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// What is inside of one wrapping, if there is one.
fn unwrapped(text: &str) -> Option<String> {
    if let Some(inner) = json_string(text).or_else(|| fenced(text)).or_else(|| quoted(text)) {
        return Some(inner.trim().to_owned()).filter(|inner| !inner.is_empty());
    }
    // Escaped as it stands in the source of a page or in a chat.
    let names_metadata = text.contains("EntityDescriptor") || text.contains("EntitiesDescriptor");
    let is_escaped = ["&lt;", "&amp;lt;"].iter().any(|sign| text.contains(sign))
        && names_metadata
        && !has_descriptor_tag(text);
    if is_escaped {
        return Some(unescaped(text)).filter(|inner| inner != text);
    }
    // A certificate out of a JSON value or a shell.
    if text.contains("\\n") && text.contains("-----BEGIN") {
        return Some(text.replace("\\r", "").replace("\\n", "\n"));
    }
    None
}

fn has_descriptor_tag(text: &str) -> bool {
    markup::root_tag(text).is_some()
}

fn json_string(text: &str) -> Option<String> {
    if text.starts_with('"') && text.ends_with('"') { serde_json::from_str(text).ok() } else { None }
}

/// ```` ``` ```` around it, with the name of a language or without.
fn fenced(text: &str) -> Option<String> {
    let inner = text.strip_prefix("```")?;
    let inner = inner.strip_suffix("```").unwrap_or(inner);
    let (first, rest) = inner.split_once('\n')?;
    let is_language = first.trim().chars().all(char::is_alphanumeric);
    Some(if is_language { rest } else { inner }.to_owned())
}

fn quoted(text: &str) -> Option<String> {
    const QUOTES: [(char, char); 7] =
        [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('„', '“'), ('«', '»'), ('‘', '’')];
    let pair = QUOTES.into_iter().find(|(open, close)| text.starts_with(*open) && text.ends_with(*close))?;
    text.strip_prefix(pair.0)?.strip_suffix(pair.1).map(str::to_owned)
}

/// With the character references of HTML that escaping makes, once.
fn unescaped(text: &str) -> String {
    const REFERENCES: [(&str, char); 10] = [
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&quot;", '"'),
        ("&#34;", '"'),
        ("&#39;", '\''),
        ("&#x27;", '\''),
        ("&apos;", '\''),
        ("&nbsp;", ' '),
        ("&#xa;", '\n'),
        ("&amp;", '&'),
    ];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let known = REFERENCES.into_iter().find(|(reference, _)| after.starts_with(reference));
        let (length, character) =
            known.map_or((1, '&'), |(reference, character)| (reference.len(), character));
        out.push(character);
        rest = after.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}
