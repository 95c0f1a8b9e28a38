//! Versions of what counts none of its own: made of what it is, so that whoever saw another state is told so.
//!
//! Two states that are alike have the same version, however often it changed in between. That is what is asked: whether
//! what one has seen is what is there.

use serde::Serialize;

/// The version that somebody says they have seen. Whoever says none has seen none: what has a version has another than this.
#[must_use]
pub fn sent(text: Option<&str>) -> i64 {
    text.and_then(|version| version.parse().ok()).unwrap_or(-1)
}

/// The version of something that is told as `state`.
pub(super) fn version(state: &impl Serialize) -> i64 {
    let text = serde_json::to_vec(state).unwrap_or_default();
    let digest = openssl::sha::sha256(&text);
    let first = digest.first_chunk::<8>().copied().unwrap_or_default();
    // Without its sign: versions count from zero.
    i64::from_be_bytes(first) & i64::MAX
}

#[cfg(test)]
mod tests {
    use super::{sent, version};

    #[test]
    fn a_version_is_that_of_its_state() {
        let seen = version(&(Some("help@lincoln.example"), "en"));
        assert_eq!(seen, version(&(Some("help@lincoln.example"), "en")));
        for other in [version(&(None::<&str>, "en")), version(&(Some("help@lincoln.example"), "es"))] {
            assert_ne!(seen, other);
            assert!(other >= 0);
        }
    }

    #[test]
    fn whoever_says_no_version_has_seen_none() {
        assert_eq!(sent(Some("7")), 7);
        for none in [None, Some(""), Some("x"), Some(" 7")] {
            assert_eq!(sent(none), -1, "{none:?}");
        }
    }
}
