//! The others: what each of them says about the same bytes and the same keys.

pub(crate) mod bergshamra;
pub(crate) mod libxml;
pub(crate) mod xmlsec1;

use crate::reading::Reading;

/// What a peer makes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum View {
    /// It does not read it as XML.
    NotXml,
    /// It reads it, and looks at no signature (none there, or IDs that it does not accept).
    NoSignature(String),
    /// It looked at signatures.
    Looked(Looked),
}

/// What a peer found when it looked at signatures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Looked {
    /// How many verified.
    pub(crate) valid: usize,
    /// How many did not.
    pub(crate) invalid: usize,
    /// Whether the root's own Signature verified; `None` without exactly one.
    pub(crate) root: Option<bool>,
    /// Whether the own Signature of the one assertion verified; `None` without exactly one.
    pub(crate) assertion: Option<bool>,
    /// The reading of the one assertion by the peer's parser, if a verified Reference covers it.
    pub(crate) covered: Option<Reading>,
}

/// How a peer's view is named in the table.
pub(crate) fn named(view: &View) -> &'static str {
    match view {
        View::NotXml => "no XML",
        View::NoSignature(_) => "none looked at",
        View::Looked(looked) if looked.covered.is_some() && looked.invalid == 0 => "verifies",
        View::Looked(looked) if looked.covered.is_some() => "verifies, another fails",
        View::Looked(looked) if looked.valid > 0 => "verifies something else",
        View::Looked(_) => "fails",
    }
}

/// The columns of the table.
pub(crate) const NAMES: [&str; 6] =
    ["verifies", "verifies, another fails", "verifies something else", "fails", "none looked at", "no XML"];
