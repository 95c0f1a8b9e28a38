//! A small XML tree that the minter builds, signs and, for hostile variants, takes apart again.
//!
//! It writes what it is given: names are not checked, [`Node::Raw`] goes out verbatim, duplicate IDs are welcome. The
//! strict side is [`crate::xml`]; nothing that is received ever becomes an [`Element`].

use crate::xml::write::{escape_attribute, escape_text};

/// A node of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Text, escaped when written.
    Text(String),
    /// Markup written verbatim: comments, CDATA sections, processing instructions, character references.
    Raw(String),
}

/// An element with its attributes and namespace declarations in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// The qualified name.
    pub name: String,
    /// Attributes and namespace declarations.
    pub attributes: Vec<(String, String)>,
    /// Children.
    pub children: Vec<Node>,
}

/// How a tree is put into bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// What stands before the root element.
    pub prolog: &'static str,
    /// Whether an empty element is written `<a />` instead of `<a/>`.
    pub is_spaced: bool,
}

impl Element {
    /// An empty element.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), attributes: Vec::new(), children: Vec::new() }
    }

    /// With an attribute added.
    #[must_use]
    pub fn attribute(mut self, name: &str, value: &str) -> Self {
        self.attributes.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With an attribute added if there is a value.
    #[must_use]
    pub fn optional(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.attribute(name, value),
            None => self,
        }
    }

    /// With a child added.
    #[must_use]
    pub fn child(mut self, child: Self) -> Self {
        self.push(child);
        self
    }

    /// With children added.
    #[must_use]
    pub fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children.into_iter().map(Node::Element));
        self
    }

    /// With text added.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.children.push(Node::Text(text.into()));
        self
    }

    /// Adds a child at the end.
    pub fn push(&mut self, child: Self) {
        self.children.push(Node::Element(child));
    }

    /// The name without its prefix.
    #[must_use]
    pub fn local(&self) -> &str {
        self.name.split_once(':').map_or(self.name.as_str(), |(_, local)| local)
    }

    /// The value of an attribute.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Sets an attribute, in place if it is there.
    pub fn set(&mut self, name: &str, value: &str) {
        match self.attributes.iter_mut().find(|(key, _)| key == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.attributes.push((name.to_owned(), value.to_owned())),
        }
    }

    /// Removes an attribute.
    pub fn unset(&mut self, name: &str) {
        self.attributes.retain(|(key, _)| key != name);
    }

    /// Replaces all children by a text.
    pub fn set_text(&mut self, text: &str) {
        self.children = vec![Node::Text(text.to_owned())];
    }

    /// Its child elements.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(Node::element)
    }

    /// The index among its children of the first child element with that local name.
    #[must_use]
    pub fn position(&self, local: &str) -> Option<usize> {
        self.children.iter().position(|node| node.element().is_some_and(|element| element.local() == local))
    }

    /// Takes the first child element with that local name out.
    pub fn take(&mut self, local: &str) -> Option<Self> {
        match self.children.remove(self.position(local)?) {
            Node::Element(element) => Some(element),
            _ => None,
        }
    }

    /// Inserts a node so that it becomes the child number `at` (at the end if there are fewer).
    pub fn insert(&mut self, at: usize, node: Node) {
        self.children.insert(at.min(self.children.len()), node);
    }

    /// The first element with that local name, depth first, itself included.
    #[must_use]
    pub fn find(&self, local: &str) -> Option<&Self> {
        if self.local() == local { Some(self) } else { self.elements().find_map(|child| child.find(local)) }
    }

    /// As [`Element::find`], to change it.
    pub fn find_mut(&mut self, local: &str) -> Option<&mut Self> {
        if self.local() == local {
            return Some(self);
        }
        self.children.iter_mut().find_map(|node| match node {
            Node::Element(child) => child.find_mut(local),
            _ => None,
        })
    }

    /// The element that was given this ID, depth first, itself included, to change it.
    pub fn with_id_mut(&mut self, id: &str) -> Option<&mut Self> {
        if self.get("ID") == Some(id) {
            return Some(self);
        }
        self.children.iter_mut().find_map(|node| match node {
            Node::Element(child) => child.with_id_mut(id),
            _ => None,
        })
    }

    /// Puts white space between elements, as pretty-printing identity providers do. Text content is left alone.
    pub fn indent(&mut self, depth: usize) {
        if self.children.is_empty() || !self.children.iter().all(|node| matches!(node, Node::Element(_))) {
            return;
        }
        let line = |depth: usize| Node::Text(format!("\n{}", "  ".repeat(depth)));
        let children = std::mem::take(&mut self.children);
        for node in children {
            self.children.push(line(depth + 1));
            self.children.push(match node {
                Node::Element(mut child) => {
                    child.indent(depth + 1);
                    Node::Element(child)
                }
                other => other,
            });
        }
        self.children.push(line(depth));
    }

    /// The bytes of a document with this root.
    #[must_use]
    pub fn document(&self, style: Style) -> String {
        let mut out = String::from(style.prolog);
        self.write(style, &mut out);
        out
    }

    fn write(&self, style: Style, out: &mut String) {
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            escape_attribute(value, out);
            out.push('"');
        }
        if self.children.is_empty() {
            out.push_str(if style.is_spaced { " />" } else { "/>" });
            return;
        }
        out.push('>');
        for node in &self.children {
            match node {
                Node::Element(child) => child.write(style, out),
                Node::Text(text) => escape_text(text, out),
                Node::Raw(raw) => out.push_str(raw),
            }
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }
}

impl Node {
    /// The element, if it is one.
    #[must_use]
    pub const fn element(&self) -> Option<&Element> {
        match self {
            Self::Element(element) => Some(element),
            _ => None,
        }
    }
}

impl From<Element> for Node {
    fn from(element: Element) -> Self {
        Self::Element(element)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_it_is_given_and_escapes_text() {
        let mut root =
            Element::new("p:a").attribute("x", "1 < \"2\"").child(Element::new("b")).text("R&D <x>");
        root.children.push(Node::Raw("<!--c-->".to_owned()));
        let spaced = Style { prolog: "<?xml version=\"1.0\"?>", is_spaced: true };
        assert!(root.document(spaced).starts_with(
            "<?xml version=\"1.0\"?><p:a x=\"1 &lt; &quot;2&quot;\"><b />R&amp;D &lt;x&gt;<!--c--></p:a>"
        ));
        assert_eq!(root.local(), "a");
        assert!(root.find("b").is_some());
    }

    #[test]
    fn indents_only_between_elements() {
        let mut root = Element::new("a")
            .child(Element::new("b").text("t"))
            .child(Element::new("c").child(Element::new("d")));
        root.indent(0);
        assert_eq!(root.document(Style::default()), "<a>\n  <b>t</b>\n  <c>\n    <d/>\n  </c>\n</a>");
    }
}
