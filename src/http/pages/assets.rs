//! The files that pages refer to, built into the program and served under names that change with their content, so
//! that they may be cached for ever.

use std::sync::LazyLock;

/// A file of the pages.
#[derive(Debug)]
pub struct Asset {
    path: LazyLock<String>,
    /// For the `Content-Type` header.
    pub content_type: &'static str,
    /// What the file holds.
    pub content: &'static str,
}

impl Asset {
    /// Where it is served: `/assets/<hash>.<extension>`.
    pub fn path(&self) -> &str {
        &self.path
    }
}

const STYLE_TEXT: &str = include_str!("assets/gatepost.css");
const SCRIPT_TEXT: &str = include_str!("assets/gatepost.js");
const ICON_TEXT: &str = include_str!("assets/gatepost.svg");

/// The one style sheet.
pub static STYLE: Asset = Asset {
    path: LazyLock::new(|| path(STYLE_TEXT, "css")),
    content_type: "text/css; charset=utf-8",
    content: STYLE_TEXT,
};

/// The one script: small conveniences, and the submission of forms that need no thought.
pub static SCRIPT: Asset = Asset {
    path: LazyLock::new(|| path(SCRIPT_TEXT, "js")),
    content_type: "text/javascript; charset=utf-8",
    content: SCRIPT_TEXT,
};

/// The site's icon.
pub static ICON: Asset = Asset {
    path: LazyLock::new(|| path(ICON_TEXT, "svg")),
    content_type: "image/svg+xml",
    content: ICON_TEXT,
};

/// The asset served at `path`, if there is one. Send it with `Cache-Control: public, max-age=31536000, immutable`.
#[must_use]
pub fn find(path: &str) -> Option<&'static Asset> {
    [&STYLE, &SCRIPT, &ICON].into_iter().find(|asset| asset.path() == path)
}

fn path(content: &str, extension: &str) -> String {
    // FNV-1a, 64 bit: tells versions of our own files apart, and guards nothing.
    let hash = content.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("/assets/{hash:016x}.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assets_are_found_by_their_path_only() {
        for asset in [&STYLE, &SCRIPT, &ICON] {
            assert_eq!(find(asset.path()).unwrap().content, asset.content);
        }
        assert!(find("/assets/gatepost.css").is_none());
        assert_ne!(path("a", "css"), path("b", "css"));
    }
}
