//! Ids in paths and queries: whatever is not unreserved (RFC 3986 2.3) is percent-encoded. Zoom's ids hold `&`, `_`, `-`.

/// A path segment or a value in a query.
#[must_use]
pub fn segment(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().map_or('0', char::from);
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    // A segment of dots would walk up the path, in whatever stands before the server.
    match out.as_str() {
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        _ => out,
    }
}

/// An id that holds slashes, as a meeting's uuid does: encoded twice, as Zoom asks for.
#[must_use]
pub fn twice(text: &str) -> String {
    segment(&segment(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stay_one_segment() {
        for (text, wanted) in [
            ("k&KdKr6TLWuxdDtk0hjSzL", "k%26KdKr6TLWuxdDtk0hjSzL"),
            ("a_b-c.d~e", "a_b-c.d~e"),
            ("a/../b?x#y%20 z", "a%2F..%2Fb%3Fx%23y%2520%20z"),
            ("..", "%2E%2E"),
            (".", "%2E"),
            ("ü", "%C3%BC"),
        ] {
            assert_eq!(segment(text), wanted);
        }
        assert_eq!(twice("/ab//c=="), "%252Fab%252F%252Fc%253D%253D");
    }
}
