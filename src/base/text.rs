//! What people write in fields. They count characters, not bytes.

/// Whether `text` has `max` characters at most.
#[must_use]
pub fn is_short(text: &str, max: usize) -> bool {
    text.chars().count() <= max
}

/// Whether `text` stands in one line and has `max` characters at most, none of them a control character, one that turns
/// the direction of what follows (it would be read as something else than it is), or U+FFFE or U+FFFF, which are none.
#[must_use]
pub fn is_line(text: &str, max: usize) -> bool {
    is_short(text, max) && !text.contains(is_hidden)
}

/// Whether a character does something to those around it, and is none by itself.
fn is_hidden(letter: char) -> bool {
    let turns = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_and_lines_are_one() {
        let long = "ñ".repeat(500);
        assert!(is_short(&long, 500) && is_line(&long, 500) && !is_short(&long, 499) && !is_line(&long, 499));
        assert!(is_short("a\nb", 3) && is_short("", 0) && is_line("", 0));
        for lines in
            ["a\nb", "a\r", "a\u{2028}b", "a\u{2029}b", "\u{0}", "\u{ffff}", "a\u{202e}b", "\u{2066}a"]
        {
            assert!(!is_line(lines, 10), "{lines:?}");
        }
        assert!(
            is_line("\u{5d1}\u{5d9}\u{5ea}", 10),
            "a direction of its own is none that is forced on others"
        );
    }
}
