//! Base64url without padding and lower-case hexadecimal: how bytes stand in cookies, addresses and tables.

use base64_simd::URL_SAFE_NO_PAD;

/// Base64url without padding.
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// Reads base64url without padding; anything else is `None`.
#[must_use]
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode_to_vec(text).ok()
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().map_or('0', char::from);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_the_usual_ones() {
        assert_eq!(hex(&[0, 0x1f, 0xff]), "001fff");
        assert_eq!(base64url(&[0xfb, 0xff]), "-_8");
        assert_eq!(from_base64url("-_8"), Some(vec![0xfb, 0xff]));
        for bad in ["-_8=", "+/8", "-_9", "-"] {
            assert_eq!(from_base64url(bad), None, "{bad}");
        }
    }
}
