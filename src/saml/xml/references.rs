//! Character references and the five entities of XML (xml 4.1, 4.6); there are no others.

use std::borrow::Cow;

use super::chars::is_char;

/// The character that the reference between `&` and `;` stands for.
pub(super) fn resolve(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |hex| (hex, 16));
            // `from_str_radix` would also take a sign.
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            u32::from_str_radix(digits, radix).ok().and_then(char::from_u32).filter(|c| is_char(*c))
        }
    }
}

/// Whether every `&` of `text` begins a reference that [`resolve`] knows.
pub(super) fn are_known(text: &str) -> bool {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('&') {
        match after.split_once(';') {
            Some((name, tail)) if resolve(name).is_some() => rest = tail,
            _ => return false,
        }
    }
    true
}

/// Whether `text`, whose references are known, is in canonical form as it stands (c14n 2.3): nothing to escape, no line
/// end to normalise, no reference but the three that the form writes.
pub(super) fn are_canonical(text: &str) -> bool {
    let is_written = |after: &str| ["amp;", "lt;", "gt;"].iter().any(|name| after.starts_with(name));
    memchr::memchr2(b'>', b'\r', text.as_bytes()).is_none() && text.split('&').skip(1).all(is_written)
}

/// Calls `put` with each character of `raw` after line ends are normalised (xml 2.11) and references resolved; the
/// second argument says whether the character came from a reference.
pub(super) fn decode(raw: &str, mut put: impl FnMut(char, bool)) {
    let mut rest = raw;
    while let Some(c) = rest.chars().next() {
        match c {
            '&' => {
                let Some((name, tail)) = rest.get(1..).and_then(|after| after.split_once(';')) else {
                    return;
                };
                if let Some(resolved) = resolve(name) {
                    put(resolved, true);
                }
                rest = tail;
            }
            '\r' => {
                put('\n', false);
                rest = rest.get(1..).unwrap_or("");
                rest = rest.strip_prefix('\n').unwrap_or(rest);
            }
            _ => {
                put(c, false);
                rest = rest.get(c.len_utf8()..).unwrap_or("");
            }
        }
    }
}

/// The text of character data (not CDATA).
pub(super) fn text(raw: &str) -> Cow<'_, str> {
    if memchr::memchr2(b'&', b'\r', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    decode(raw, |c, _| out.push(c));
    Cow::Owned(out)
}

/// The text of a CDATA section: line ends are normalised, nothing else.
pub(super) fn cdata(raw: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\r', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(raw.replace("\r\n", "\n").replace('\r', "\n"))
}

/// The value of an attribute (xml 3.3.3): literal tabs and line ends become blanks, referenced ones stay.
pub(super) fn attribute(raw: &str) -> Cow<'_, str> {
    if !raw.bytes().any(|byte| matches!(byte, b'&' | b'\r' | b'\n' | b'\t')) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    decode(raw, |c, referenced| out.push(if !referenced && matches!(c, '\t' | '\n') { ' ' } else { c }));
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_references() {
        assert!(are_known("a &amp; b &#65; &#x41; &#13;"));
        for bad in
            ["&", "&;", "&nbsp;", "&#0;", "&#xD800;", "&#x110000;", "&#+65;", "&#;", "&#x;", "&amp", "&#1;"]
        {
            assert!(!are_known(bad), "{bad}");
        }
    }

    #[test]
    fn normalises_like_a_processor() {
        assert_eq!(text("a\r\nb\rc&#13;&lt;"), "a\nb\nc\r<");
        assert_eq!(cdata("a\r\n&lt;"), "a\n&lt;");
        assert_eq!(attribute("a\r\nb\tc&#10;d&quot;"), "a b c\nd\"");
    }
}
