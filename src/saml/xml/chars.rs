//! Character classes of XML 1.0 (fifth edition) and Namespaces in XML 1.0.

/// White space (xml 2.3, production S).
#[inline]
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Whether `text` is white space only.
pub(crate) fn is_blank(text: &str) -> bool {
    text.bytes().all(is_space)
}

/// Removes XML white space at both ends; Unicode spaces stay.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\r'])
}

/// Whether a document may hold `c` (xml 2.2, production Char).
pub(crate) const fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

const START: u8 = 1;
const PART: u8 = 2;

/// ASCII bytes that begin (START) or continue (PART) an `NCName`; bytes above 0x7F are looked up by character.
const fn class(byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'_' => START | PART,
        b'0'..=b'9' | b'-' | b'.' => PART,
        _ => 0,
    }
}

/// [`class`] of every byte.
#[expect(clippy::indexing_slicing, reason = "at compile time, into a table of every byte")]
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0u8;
    loop {
        classes[byte as usize] = class(byte);
        if byte == u8::MAX {
            break classes;
        }
        byte += 1;
    }
};

#[inline]
fn class_of(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(0)
}

fn is_name_start(c: char) -> bool {
    matches!(c,
        'A'..='Z' | 'a'..='z' | '_'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}'
        | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}'
        | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

fn is_name_part(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// The length in bytes of the `NCName` (a name without a colon) at the beginning of `text`; 0 when there is none.
#[inline]
pub(crate) fn nc_name_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let length = bytes.iter().position(|byte| class_of(*byte) & PART == 0).unwrap_or(bytes.len());
    match (bytes.first(), bytes.get(length)) {
        (_, Some(stop)) if !stop.is_ascii() => nc_name_length_by_character(text),
        (Some(first), _) if class_of(*first) & START != 0 => length,
        _ => 0,
    }
}

fn nc_name_length_by_character(text: &str) -> usize {
    let mut characters = text.char_indices();
    match characters.next() {
        Some((_, first)) if is_name_start(first) => {}
        _ => return 0,
    }
    characters.find(|(_, c)| !is_name_part(*c)).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_where_the_grammar_says() {
        assert_eq!(nc_name_length("saml:Assertion"), 4);
        assert_eq!(nc_name_length("a-b.c_1 x"), 7);
        assert_eq!(nc_name_length("p-._é:x"), 6);
        assert_eq!(nc_name_length("é"), 2);
        assert_eq!(nc_name_length("1a"), 0);
        assert_eq!(nc_name_length("-a"), 0);
        assert_eq!(nc_name_length("·a"), 0);
        assert_eq!(nc_name_length("a·"), 3);
        assert_eq!(nc_name_length(""), 0);
    }

    #[test]
    fn forbidden_characters() {
        for c in ['\0', '\u{1}', '\u{B}', '\u{FFFE}', '\u{FFFF}'] {
            assert!(!is_char(c));
        }
        for c in ['\t', 'a', '\u{7F}', '\u{85}', '\u{FFFD}', '\u{1F600}'] {
            assert!(is_char(c));
        }
    }
}
