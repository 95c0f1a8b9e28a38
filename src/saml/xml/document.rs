//! The arena of a parsed document, and read access to it.
//!
//! Nodes stand in document order, each knowing where its subtree ends, so that walking needs no recursion and no links.
//! Offsets are into the text that was parsed; the text itself is borrowed.

use std::borrow::Cow;

use super::chars::is_blank;
use super::namespace::{Namespaces, Ns, Prefixes};
use super::references;

/// A strictly parsed document. Made by [`super::parse()`] only; it cannot be changed.
#[derive(Debug)]
pub struct Document<'i> {
    pub(super) text: &'i str,
    pub(super) nodes: Vec<Node>,
    pub(super) attributes: Vec<AttributeNode>,
    pub(super) declarations: Vec<Declaration>,
    /// Bindings from outside the text (a plaintext parsed where its `EncryptedData` stood).
    pub(super) context: Vec<(super::namespace::PrefixId, Ns)>,
    /// Whether the name of an element takes its namespace from there, by a declaration that is not visible there.
    pub(super) uses_context: bool,
    pub(super) prefixes: Prefixes<'i>,
    pub(super) namespaces: Namespaces<'i>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Element,
    Text,
    CData,
}

/// One node; what does not apply to its kind is 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// Text: nothing in it needs escaping or normalising. Element: the end tag is written as `</name>`.
    pub(super) is_plain: bool,
    /// Element: written as `<name/>`.
    pub(super) is_empty_tag: bool,
    pub(super) has_comment: bool,
    pub(super) has_text: bool,
    /// Element: its start tag. Text: the raw text. CDATA: the inside.
    pub(super) start: u32,
    pub(super) end: u32,
    /// Element: where its end tag begins (0 for an empty tag).
    pub(super) close: u32,
    /// One past the last node of the subtree.
    pub(super) last: u32,
    pub(super) parent: u32,
    pub(super) prefix_length: u32,
    pub(super) name_length: u32,
    pub(super) prefix: super::namespace::PrefixId,
    pub(super) ns: Ns,
    pub(super) attributes: (u32, u32),
    pub(super) declarations: (u32, u32),
}

/// No parent.
pub(super) const NO_NODE: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
pub(super) struct AttributeNode {
    /// Written as it stands in canonical form: one blank before it, double quotes, nothing to escape.
    pub(super) is_canonical: bool,
    /// The value needs no normalising.
    pub(super) is_plain: bool,
    pub(super) start: u32,
    pub(super) prefix_length: u32,
    pub(super) name_length: u32,
    pub(super) value_start: u32,
    pub(super) value_end: u32,
    pub(super) prefix: super::namespace::PrefixId,
    pub(super) ns: Ns,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Declaration {
    pub(super) is_canonical: bool,
    pub(super) start: u32,
    pub(super) value_end: u32,
    pub(super) prefix: super::namespace::PrefixId,
    pub(super) ns: Ns,
}

/// Why the text of an element cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextError {
    /// It has child elements.
    HasElements,
    /// A comment stands in it.
    HasComment,
}

impl<'i> Document<'i> {
    /// The root element.
    #[must_use]
    pub fn root(&self) -> Element<'_> {
        Element { document: self, index: 0 }
    }

    /// The text that was parsed (without a byte order mark).
    #[must_use]
    pub const fn text(&self) -> &'i str {
        self.text
    }

    /// Whether the name of some element takes its namespace from outside the text (see [`super::parse_in_context`]), by
    /// a declaration that a signature around the text does not cover.
    #[must_use]
    pub const fn uses_context(&self) -> bool {
        self.uses_context
    }

    pub(super) fn node(&self, index: u32) -> Option<&Node> {
        self.nodes.get(index as usize)
    }

    pub(super) fn slice(&self, start: u32, end: u32) -> &str {
        self.text.get(start as usize..end as usize).unwrap_or("")
    }

    pub(super) fn attributes_of(&self, node: &Node) -> &[AttributeNode] {
        self.attributes.get(node.attributes.0 as usize..node.attributes.1 as usize).unwrap_or(&[])
    }

    pub(super) fn declarations_of(&self, node: &Node) -> &[Declaration] {
        self.declarations.get(node.declarations.0 as usize..node.declarations.1 as usize).unwrap_or(&[])
    }

    pub(super) fn namespace_name(&self, ns: Ns) -> &str {
        self.namespaces.name(ns)
    }
}

/// An element of a [`Document`].
#[derive(Debug, Clone, Copy)]
pub struct Element<'d> {
    pub(super) document: &'d Document<'d>,
    pub(super) index: u32,
}

impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index && std::ptr::eq(self.document, other.document)
    }
}

impl Eq for Element<'_> {}

impl<'d> Element<'d> {
    fn node(&self) -> Option<&'d Node> {
        self.document.node(self.index)
    }

    /// The document it belongs to.
    #[must_use]
    pub const fn document(&self) -> &'d Document<'d> {
        self.document
    }

    /// The namespace of its name.
    #[must_use]
    pub fn ns(&self) -> Ns {
        self.node().map_or(Ns::NONE, |node| node.ns)
    }

    /// The namespace name of its name.
    #[must_use]
    pub fn namespace_name(&self) -> &'d str {
        self.document.namespace_name(self.ns())
    }

    /// The local part of its name.
    #[must_use]
    pub fn local(&self) -> &'d str {
        self.node().map_or("", |node| {
            let start = node.start + 1 + if node.prefix_length == 0 { 0 } else { node.prefix_length + 1 };
            self.document.slice(start, node.start + 1 + node.name_length)
        })
    }

    /// Whether its name is `local` in `ns`.
    #[must_use]
    pub fn is(&self, ns: Ns, local: &str) -> bool {
        self.ns() == ns && self.local() == local
    }

    /// The value of the attribute `name` without a prefix, normalised.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<Cow<'d, str>> {
        self.attribute_ns(Ns::NONE, name)
    }

    /// The value of the attribute `local` in `ns`, normalised.
    #[must_use]
    pub fn attribute_ns(&self, ns: Ns, local: &str) -> Option<Cow<'d, str>> {
        self.attributes()
            .find(|attribute| attribute.ns() == ns && attribute.local() == local)
            .map(|a| a.value())
    }

    /// Its attributes, namespace declarations left out.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'d>> + use<'d> {
        let document = self.document;
        let list = self.node().map_or(&[][..], |node| document.attributes_of(node));
        list.iter().map(move |node| Attribute { document, node })
    }

    /// The element that it is a child of.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.node().filter(|node| node.parent != NO_NODE).map(|node| Self { index: node.parent, ..*self })
    }

    /// Its child elements, in order.
    pub fn children(&self) -> impl Iterator<Item = Self> + use<'d> {
        let document = self.document;
        let end = self.node().map_or(0, |node| node.last);
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            while next < end {
                let index = next;
                let node = document.node(index)?;
                next = node.last;
                if node.kind == Kind::Element {
                    return Some(Self { document, index });
                }
            }
            None
        })
    }

    /// Its child elements named `local` in `ns`, in order.
    pub fn children_named<'n>(&self, ns: Ns, local: &'n str) -> impl Iterator<Item = Self> + use<'d, 'n> {
        self.children().filter(move |child| child.is(ns, local))
    }

    /// It and all elements below it, in document order.
    pub fn descendants(&self) -> impl Iterator<Item = Self> + use<'d> {
        let document = self.document;
        let end = self.node().map_or(0, |node| node.last);
        (self.index..end)
            .filter(move |index| document.node(*index).is_some_and(|node| node.kind == Kind::Element))
            .map(move |index| Self { document, index })
    }

    /// Whether it has text besides white space directly in it.
    #[must_use]
    pub fn has_text(&self) -> bool {
        self.node().is_some_and(|node| node.has_text)
    }

    /// Whether a comment stands directly in it.
    #[must_use]
    pub fn has_comment(&self) -> bool {
        self.node().is_some_and(|node| node.has_comment)
    }

    /// The whole text in it, references resolved, CDATA included, white space as it stands.
    ///
    /// # Errors
    /// When there is more in it than text: text beside elements or comments could be read in two ways.
    pub fn text(&self) -> Result<Cow<'d, str>, TextError> {
        let Some(node) = self.node() else { return Ok(Cow::Borrowed("")) };
        if node.has_comment {
            return Err(TextError::HasComment);
        }
        let mut whole = Cow::Borrowed("");
        for index in self.index + 1..node.last {
            let Some(child) = self.document.node(index) else { break };
            let raw = self.document.slice(child.start, child.end);
            let piece = match child.kind {
                Kind::Element => return Err(TextError::HasElements),
                Kind::Text => references::text(raw),
                Kind::CData => references::cdata(raw),
            };
            if whole.is_empty() {
                whole = piece;
            } else {
                whole.to_mut().push_str(&piece);
            }
        }
        Ok(whole)
    }

    /// Whether there is nothing in it but white space and comments.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        !self.has_text() && self.children().next().is_none()
    }

    /// The prefixes in scope here, those from outside the text included.
    #[must_use]
    pub fn bindings(&self) -> Vec<Binding<'d>> {
        let document = self.document;
        let path: Vec<_> =
            std::iter::successors(Some(*self), Self::parent).filter_map(|at| at.node()).collect();
        let mut seen = vec![false; document.prefixes.len()];
        let mut bindings = Vec::new();
        let mut take = |prefix: super::namespace::PrefixId, ns: Ns| {
            if let Some(seen) = seen.get_mut(prefix.0 as usize)
                && !std::mem::replace(seen, true)
            {
                bindings.push(Binding {
                    prefix: document.prefixes.name(prefix),
                    name: document.namespace_name(ns),
                    is_visible: path.iter().any(|node| node.prefix == prefix && node.ns == ns),
                });
            }
        };
        for node in &path {
            document.declarations_of(node).iter().for_each(|d| take(d.prefix, d.ns));
        }
        document.context.iter().for_each(|(prefix, ns)| take(*prefix, *ns));
        bindings
    }
}

/// A prefix in scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding<'d> {
    /// The prefix; empty for the default namespace.
    pub prefix: &'d str,
    /// The namespace name.
    pub name: &'d str,
    /// Whether the element or one around it is named with it: exclusive canonicalization writes such a declaration, and
    /// leaves the others out.
    pub is_visible: bool,
}

/// An attribute of an [`Element`].
#[derive(Debug, Clone, Copy)]
pub struct Attribute<'d> {
    document: &'d Document<'d>,
    node: &'d AttributeNode,
}

impl<'d> Attribute<'d> {
    /// The namespace of its name; none without a prefix.
    #[must_use]
    pub const fn ns(&self) -> Ns {
        self.node.ns
    }

    /// The local part of its name.
    #[must_use]
    pub fn local(&self) -> &'d str {
        let skip = if self.node.prefix_length == 0 { 0 } else { self.node.prefix_length + 1 };
        self.document.slice(self.node.start + skip, self.node.start + self.node.name_length)
    }

    /// Its normalised value (xml 3.3.3).
    #[must_use]
    pub fn value(&self) -> Cow<'d, str> {
        let raw = self.document.slice(self.node.value_start, self.node.value_end);
        if self.node.is_plain { Cow::Borrowed(raw) } else { references::attribute(raw) }
    }
}

impl Node {
    pub(super) fn counts_as_text(kind: Kind, raw: &str) -> bool {
        kind == Kind::CData || !is_blank(raw)
    }
}
