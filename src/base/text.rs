//! What people write in fields. They count characters, not bytes.

/// Whether `text` has `max` characters at most.
#[must_use]
pub fn is_short(text: &str, max: usize) -> bool {
    text.chars().count() <= max
}

/// Whether `text` stands in one line and has `max` characters at most, none of them a control character, or U+FFFE or U+FFFF,
/// which are none.
#[must_use]
pub fn is_line(text: &str, max: usize) -> bool {
    is_short(text, max)
        && !text.contains(|letter: char| {
            letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_and_lines_are_one() {
        let long = "ñ".repeat(500);
        assert!(is_short(&long, 500) && is_line(&long, 500) && !is_short(&long, 499) && !is_line(&long, 499));
        assert!(is_short("a\nb", 3) && is_short("", 0) && is_line("", 0));
        for lines in ["a\nb", "a\r", "a\u{2028}b", "a\u{2029}b", "\u{0}", "\u{ffff}"] {
            assert!(!is_line(lines, 10), "{lines:?}");
        }
    }
}
