//! The files that pages refer to, built into the program and served under names that change with their content, so
//! that they may be cached for ever.

use std::sync::OnceLock;

/// A file of the pages.
#[derive(Debug)]
pub struct Asset {
    path: OnceLock<String>,
    extension: &'static str,
    /// For the `Content-Type` header.
    pub content_type: &'static str,
    /// What the file holds.
    pub content: &'static str,
}

impl Asset {
    /// A style sheet.
    pub(crate) const fn style(content: &'static str) -> Self {
        Self { path: OnceLock::new(), extension: "css", content_type: "text/css; charset=utf-8", content }
    }

    const fn script(content: &'static str) -> Self {
        Self {
            path: OnceLock::new(),
            extension: "js",
            content_type: "text/javascript; charset=utf-8",
            content,
        }
    }

    const fn icon(content: &'static str) -> Self {
        Self { path: OnceLock::new(), extension: "svg", content_type: "image/svg+xml", content }
    }

    /// Where it is served: `/assets/<hash>.<extension>`.
    pub fn path(&self) -> &str {
        self.path.get_or_init(|| path(self.content, self.extension))
    }
}

/// The one style sheet.
pub static STYLE: Asset = Asset::style(include_str!("assets/gatepost.css"));

/// The one script: small conveniences, and the submission of forms that need no thought.
pub static SCRIPT: Asset = Asset::script(include_str!("assets/gatepost.js"));

/// The site's icon.
pub static ICON: Asset = Asset::icon(include_str!("assets/gatepost.svg"));

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
