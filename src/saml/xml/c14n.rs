//! Canonical XML: exclusive (exc-c14n 1.0), and where a connection allows it inclusive (c14n 1.0, 1.1).
//!
//! Comments are never written: a Reference by ID selects none (xmldsig 4.4.3.2), and signed parts of ours with comments
//! in `SignedInfo` are refused before they come here. Processing instructions do not exist in a [`Document`].
//!
//! The walk is over the arena in document order, without recursion. What is written as it stands in the source is
//! copied in runs as long as possible; only what differs is written piece by piece.

use super::document::{AttributeNode, Declaration, Document, Element, Kind, NO_NODE, Node};
use super::namespace::{Ns, PrefixId};
use super::references;

/// Which canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Exclusive XML Canonicalization 1.0.
    Exclusive,
    /// Canonical XML 1.0.
    Inclusive10,
    /// Canonical XML 1.1.
    Inclusive11,
}

/// What to canonicalise, and how.
#[derive(Debug, Clone, Copy)]
pub struct Canonical<'d> {
    /// The apex.
    pub element: Element<'d>,
    /// A child left out: the enveloped-signature transform.
    pub without: Option<Element<'d>>,
    /// The form.
    pub method: Method,
    /// `InclusiveNamespaces/@PrefixList`; only for [`Method::Exclusive`].
    pub prefix_list: Option<&'d str>,
}

/// The form is not written: Canonical XML 1.1 with an inherited `xml:base`, more inherited attributes than the `xml`
/// namespace has names, or a form many times as long as the document. Nobody signs such things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsupported;

/// Appends the canonical form to `out`.
///
/// # Errors
/// [`Unsupported`].
pub fn write(canonical: &Canonical<'_>, out: &mut Vec<u8>) -> Result<(), Unsupported> {
    let document = canonical.element.document;
    let Some(apex) = document.node(canonical.element.index) else { return Ok(()) };
    out.reserve(
        document.text.len().min((apex.close.max(apex.end)).saturating_sub(apex.start) as usize + 256),
    );
    let mut writer = Writer {
        document,
        exclusive: canonical.method == Method::Exclusive,
        sink: Sink { source: document.text, out, run: (0, 0) },
        rendered: vec![None; document.prefixes.len()],
        undo: Vec::with_capacity(16),
        inclusive: Vec::new(),
        needed: Vec::with_capacity(8),
        sorted: Vec::new(),
    };
    if let Some(rendered) = writer.rendered.first_mut() {
        *rendered = Some(Ns::NONE);
    }
    let mut apex_bindings = Vec::new();
    let mut inherited = Vec::new();
    if writer.exclusive {
        if let Some(list) = canonical.prefix_list {
            writer.inclusive = vec![false; document.prefixes.len()];
            for name in list.split([' ', '\t', '\n', '\r']).filter(|name| !name.is_empty()) {
                let prefix =
                    if name == "#default" { Some(PrefixId::DEFAULT) } else { document.prefixes.find(name) };
                if let Some(listed) = prefix.and_then(|prefix| writer.inclusive.get_mut(prefix.0 as usize)) {
                    *listed = true;
                }
            }
            apex_bindings = in_scope(document, canonical.element.index);
            apex_bindings.retain(|(prefix, _)| writer.is_inclusive(*prefix));
        }
    } else {
        apex_bindings = in_scope(document, canonical.element.index);
        inherited = inherited_attributes(document, apex, canonical.method)?;
    }
    writer.subtree(canonical, &apex_bindings, &inherited)
}

/// How many times as long as the document a canonical form may be, and how many bytes are free. Every element may need
/// declarations that stand far above it, so hostile forms grow with the product of the two (the tokens of a genuine
/// message give a factor of 2).
const MAX_GROWTH: usize = 16;
const FREE_GROWTH: usize = 64 * 1024;

/// The canonical form as a new buffer.
///
/// # Errors
/// As [`write()`].
pub fn to_vec(canonical: &Canonical<'_>) -> Result<Vec<u8>, Unsupported> {
    let mut out = Vec::new();
    write(canonical, &mut out)?;
    Ok(out)
}

/// The bindings in scope at an element: nearest declaration of each prefix, unbound defaults left in as [`Ns::NONE`].
fn in_scope(document: &Document<'_>, index: u32) -> Vec<(PrefixId, Ns)> {
    let mut seen = vec![false; document.prefixes.len()];
    let mut bindings = Vec::new();
    let mut take = |prefix: PrefixId, ns: Ns| {
        if let Some(seen) = seen.get_mut(prefix.0 as usize)
            && !std::mem::replace(seen, true)
            && prefix != PrefixId::XML
        {
            bindings.push((prefix, ns));
        }
    };
    let mut at = index;
    while let Some(node) = document.node(at) {
        document
            .declarations_of(node)
            .iter()
            .for_each(|declaration| take(declaration.prefix, declaration.ns));
        at = node.parent;
    }
    document.context.iter().for_each(|(prefix, ns)| take(*prefix, *ns));
    bindings
}

const MAX_INHERITED: usize = 16;

/// Attributes in the `xml` namespace that the apex inherits (c14n 2.4; of c14n11 only `xml:lang` and `xml:space`).
fn inherited_attributes<'d>(
    document: &'d Document<'d>,
    apex: &Node,
    method: Method,
) -> Result<Vec<&'d AttributeNode>, Unsupported> {
    let local = |attribute: &AttributeNode| {
        let start = attribute.start + attribute.prefix_length + 1;
        document.slice(start, attribute.start + attribute.name_length)
    };
    let mut seen: Vec<&str> =
        document.attributes_of(apex).iter().filter(|attribute| attribute.ns == Ns::XML).map(local).collect();
    let mut inherited = Vec::new();
    let mut at = apex.parent;
    while at != NO_NODE {
        let Some(node) = document.node(at) else { break };
        for attribute in document.attributes_of(node).iter().filter(|attribute| attribute.ns == Ns::XML) {
            let name = local(attribute);
            match (method, name) {
                (Method::Inclusive11, "base") => return Err(Unsupported),
                // c14n11 2.4: nothing else is inherited.
                (Method::Inclusive11, name) if !matches!(name, "lang" | "space") => continue,
                _ => {}
            }
            if !seen.contains(&name) {
                seen.push(name);
                inherited.push(attribute);
                if inherited.len() > MAX_INHERITED {
                    return Err(Unsupported);
                }
            }
        }
        at = node.parent;
    }
    Ok(inherited)
}

/// Output that copies contiguous runs of the source at once.
struct Sink<'d, 'o> {
    source: &'d str,
    out: &'o mut Vec<u8>,
    run: (u32, u32),
}

impl Sink<'_, '_> {
    fn source(&mut self, start: u32, end: u32) {
        if start == self.run.1 {
            self.run.1 = end;
        } else {
            self.flush();
            self.run = (start, end);
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.flush();
        self.out.extend_from_slice(bytes);
    }

    fn character(&mut self, c: char) {
        let mut buffer = [0; 4];
        self.bytes(c.encode_utf8(&mut buffer).as_bytes());
    }

    fn flush(&mut self) {
        if self.run.0 < self.run.1 {
            let run = self.source.as_bytes().get(self.run.0 as usize..self.run.1 as usize);
            self.out.extend_from_slice(run.unwrap_or(&[]));
        }
        self.run = (0, 0);
    }
}

/// A namespace declaration to write, and where the source has it in canonical form.
type Needed = (PrefixId, Ns, Option<(u32, u32)>);

struct Writer<'d, 'o> {
    document: &'d Document<'d>,
    exclusive: bool,
    sink: Sink<'d, 'o>,
    /// Per prefix: the namespace that the nearest written ancestor declared.
    rendered: Vec<Option<Ns>>,
    undo: Vec<(PrefixId, Option<Ns>)>,
    /// Per prefix: whether it stands in the `PrefixList`.
    inclusive: Vec<bool>,
    needed: Vec<Needed>,
    /// Scratch for putting attributes in order.
    sorted: Vec<&'d AttributeNode>,
}

impl<'d> Writer<'d, '_> {
    fn subtree(
        &mut self,
        canonical: &Canonical<'_>,
        apex_bindings: &[(PrefixId, Ns)],
        inherited: &[&'d AttributeNode],
    ) -> Result<(), Unsupported> {
        let longest = self.sink.out.len() + self.document.text.len().saturating_mul(MAX_GROWTH) + FREE_GROWTH;
        let apex = canonical.element.index;
        let end = self.document.node(apex).map_or(0, |node| node.last);
        let without = canonical.without.map(|element| element.index);
        let mut open: Vec<(u32, usize)> = Vec::with_capacity(16);
        let mut at = apex;
        while at < end {
            while let Some((index, undo)) = open.last().copied() {
                let Some(node) = self.document.node(index).filter(|node| node.last <= at) else { break };
                self.end_tag(node);
                self.restore(undo);
                open.pop();
            }
            let Some(node) = self.document.node(at) else { break };
            if Some(at) == without {
                at = node.last;
                continue;
            }
            match node.kind {
                Kind::Element => {
                    let undo = self.undo.len();
                    if at == apex {
                        self.start_tag(node, apex_bindings, inherited);
                    } else {
                        self.start_tag(node, &[], &[]);
                    }
                    open.push((at, undo));
                }
                Kind::Text if node.is_plain => self.sink.source(node.start, node.end),
                Kind::Text => self.text(node),
                Kind::CData => self.cdata(node),
            }
            if self.sink.out.len() > longest {
                return Err(Unsupported);
            }
            at += 1;
        }
        while let Some((index, _)) = open.pop() {
            if let Some(node) = self.document.node(index) {
                self.end_tag(node);
            }
        }
        self.sink.flush();
        Ok(())
    }

    fn is_inclusive(&self, prefix: PrefixId) -> bool {
        self.inclusive.get(prefix.0 as usize).copied().unwrap_or(false)
    }

    fn start_tag(&mut self, node: &Node, apex_bindings: &[(PrefixId, Ns)], inherited: &[&'d AttributeNode]) {
        let document = self.document;
        let attributes = document.attributes_of(node);
        self.sink.source(node.start, node.start + 1 + node.name_length);
        self.namespaces(node, attributes, apex_bindings);
        if attributes.len() + inherited.len() <= 1 || (inherited.is_empty() && self.is_in_order(attributes)) {
            for attribute in inherited.iter().copied().chain(attributes) {
                self.attribute(attribute);
            }
        } else {
            let mut sorted = std::mem::take(&mut self.sorted);
            sorted.extend(inherited.iter().copied().chain(attributes));
            sorted.sort_by(|a, b| self.order(a, b));
            for attribute in sorted.drain(..) {
                self.attribute(attribute);
            }
            self.sorted = sorted;
        }
        if node.is_empty_tag { self.sink.bytes(b">") } else { self.sink.source(node.end - 1, node.end) }
    }

    /// Attributes are ordered by namespace name, then local name, by code points (c14n 2.2).
    fn order(&self, a: &AttributeNode, b: &AttributeNode) -> std::cmp::Ordering {
        let local = |attribute: &AttributeNode| {
            let skip = if attribute.prefix_length == 0 { 0 } else { attribute.prefix_length + 1 };
            self.document.slice(attribute.start + skip, attribute.start + attribute.name_length)
        };
        if a.ns == b.ns {
            // Byte by byte: names differ early, and a call would cost more than that.
            return local(a).bytes().cmp(local(b).bytes());
        }
        self.document.namespace_name(a.ns).cmp(self.document.namespace_name(b.ns))
    }

    fn is_in_order(&self, attributes: &[AttributeNode]) -> bool {
        attributes.windows(2).all(|pair| match pair {
            [first, second] => self.order(first, second).is_lt(),
            _ => true,
        })
    }

    /// Writes the namespace declarations that `node` needs, and notes them as rendered.
    fn namespaces(&mut self, node: &Node, attributes: &[AttributeNode], apex_bindings: &[(PrefixId, Ns)]) {
        let declarations = self.document.declarations_of(node);
        if self.exclusive {
            self.need(node.prefix, node.ns, declarations);
            for attribute in attributes.iter().filter(|attribute| attribute.prefix != PrefixId::DEFAULT) {
                self.need(attribute.prefix, attribute.ns, declarations);
            }
        }
        for (prefix, ns) in apex_bindings {
            self.need(*prefix, *ns, declarations);
        }
        if !self.exclusive || !self.inclusive.is_empty() {
            for declaration in declarations {
                if !self.exclusive || self.is_inclusive(declaration.prefix) {
                    self.need(declaration.prefix, declaration.ns, declarations);
                }
            }
        }
        if self.needed.is_empty() {
            return;
        }
        let mut needed = std::mem::take(&mut self.needed);
        needed.sort_by(|a, b| self.document.prefixes.name(a.0).cmp(self.document.prefixes.name(b.0)));
        for (prefix, ns, source) in needed.drain(..) {
            match source {
                Some((start, end)) => self.sink.source(start, end),
                None => self.declaration(prefix, ns),
            }
        }
        self.needed = needed;
    }

    fn need(&mut self, prefix: PrefixId, ns: Ns, declarations: &[Declaration]) {
        if prefix == PrefixId::XML {
            return;
        }
        let Some(rendered) = self.rendered.get_mut(prefix.0 as usize) else { return };
        if *rendered == Some(ns) {
            return;
        }
        self.undo.push((prefix, *rendered));
        *rendered = Some(ns);
        // Elements with very many declarations are written piece by piece rather than searched each time.
        let source = if declarations.len() <= 16 {
            let own =
                declarations.iter().find(|declaration| declaration.prefix == prefix && declaration.ns == ns);
            own.filter(|own| own.is_canonical).map(|own| (own.start - 1, own.value_end + 1))
        } else {
            None
        };
        self.needed.push((prefix, ns, source));
    }

    fn declaration(&mut self, prefix: PrefixId, ns: Ns) {
        let name = self.document.prefixes.name(prefix);
        if name.is_empty() {
            self.sink.bytes(b" xmlns=\"");
        } else {
            self.sink.bytes(b" xmlns:");
            self.sink.bytes(name.as_bytes());
            self.sink.bytes(b"=\"");
        }
        self.document.namespace_name(ns).chars().for_each(|c| self.attribute_character(c));
        self.sink.bytes(b"\"");
    }

    fn attribute(&mut self, attribute: &AttributeNode) {
        if attribute.is_canonical {
            self.sink.source(attribute.start - 1, attribute.value_end + 1);
            return;
        }
        self.sink.bytes(b" ");
        self.sink.source(attribute.start, attribute.start + attribute.name_length);
        self.sink.bytes(b"=\"");
        let raw = self.document.slice(attribute.value_start, attribute.value_end);
        references::attribute(raw).chars().for_each(|c| self.attribute_character(c));
        self.sink.bytes(b"\"");
    }

    /// c14n 2.3: attribute values.
    fn attribute_character(&mut self, c: char) {
        match c {
            '&' => self.sink.bytes(b"&amp;"),
            '<' => self.sink.bytes(b"&lt;"),
            '"' => self.sink.bytes(b"&quot;"),
            '\t' => self.sink.bytes(b"&#x9;"),
            '\n' => self.sink.bytes(b"&#xA;"),
            '\r' => self.sink.bytes(b"&#xD;"),
            c => self.sink.character(c),
        }
    }

    /// c14n 2.3: text.
    fn text_character(&mut self, c: char) {
        match c {
            '&' => self.sink.bytes(b"&amp;"),
            '<' => self.sink.bytes(b"&lt;"),
            '>' => self.sink.bytes(b"&gt;"),
            '\r' => self.sink.bytes(b"&#xD;"),
            c => self.sink.character(c),
        }
    }

    fn text(&mut self, node: &Node) {
        references::decode(self.document.slice(node.start, node.end), |c, _| self.text_character(c));
    }

    fn cdata(&mut self, node: &Node) {
        references::cdata(self.document.slice(node.start, node.end))
            .chars()
            .for_each(|c| self.text_character(c));
    }

    fn end_tag(&mut self, node: &Node) {
        let length = node.name_length;
        if node.is_empty_tag {
            self.sink.bytes(b"</");
            self.sink.source(node.start + 1, node.start + 1 + length);
            self.sink.bytes(b">");
        } else if node.is_plain {
            self.sink.source(node.close, node.close + length + 3);
        } else {
            self.sink.source(node.close, node.close + length + 2);
            self.sink.bytes(b">");
        }
    }

    fn restore(&mut self, mark: usize) {
        while self.undo.len() > mark {
            if let Some((prefix, before)) = self.undo.pop()
                && let Some(rendered) = self.rendered.get_mut(prefix.0 as usize)
            {
                *rendered = before;
            }
        }
    }
}

#[cfg(test)]
#[path = "c14n_tests.rs"]
mod tests;
