//! The one strict parse.
//!
//! Tags end where their grammar ends: nothing is looked for twice, and no second reading could see another end. The bytes
//! that are checked are those that stay in the arena. Refused: anything but UTF-8, a DTD, entities other than the five of
//! XML, processing instructions, relative or misused namespaces, comments inside an element that has text, duplicate IDs,
//! what exceeds the limits. Time and memory are linear in the input.
//!
//! # Design
//!
//! quick-xml found the tokens at first; strict rules then read every tag a second time, which cost half of the parse.
//! It is now the peer of a test: in whatever is accepted here it must see the same tokens.

use std::borrow::Cow;

use super::chars::{is_blank, is_space};
use super::document::{Binding, Document, Kind, NO_NODE, Node};
use super::namespace::{Namespaces, Ns, PrefixId, Prefixes, Scope};
use super::references;
use crate::code::Code;
use crate::policy::Limits;

/// Why a document was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct XmlError {
    /// The refusal's code.
    pub code: Code,
    /// Where, in bytes from the beginning of the text.
    pub at: usize,
    /// What was expected there.
    pub wanted: &'static str,
}

impl XmlError {
    pub(super) const fn malformed(at: usize, wanted: &'static str) -> Self {
        Self { code: Code::XmlMalformed, at, wanted }
    }

    pub(super) const fn limit(at: usize, wanted: &'static str) -> Self {
        Self { code: Code::XmlLimits, at, wanted }
    }

    pub(super) const fn namespace(at: usize, wanted: &'static str) -> Self {
        Self { code: Code::XmlNamespace, at, wanted }
    }

    pub(super) const fn undeclared(at: usize) -> Self {
        Self::namespace(at, "a declared prefix")
    }
}

/// Parses `bytes`.
///
/// # Errors
/// [`XmlError`] with the code of the first rule that is broken.
pub fn parse<'i>(bytes: &'i [u8], limits: &Limits) -> Result<Document<'i>, XmlError> {
    parse_in_context(bytes, limits, &[])
}

/// Parses `bytes` with the prefixes of `context` in scope, as they were where the bytes stood
/// encrypted (xmlenc 4.2 step 4: the plaintext replaces its `EncryptedData`).
///
/// # Errors
/// [`XmlError`] with the code of the first rule that is broken.
pub fn parse_in_context<'i>(
    bytes: &'i [u8],
    limits: &Limits,
    context: &[Binding<'_>],
) -> Result<Document<'i>, XmlError> {
    let text = decode(bytes)?;
    if u32::try_from(text.len()).is_err() {
        return Err(XmlError::limit(0, "less than 4 GiB"));
    }
    let body = xml_declaration(text)?;
    let mut parser = Parser {
        limits,
        document: Document {
            text,
            nodes: Vec::with_capacity(text.len() / 48 + 8),
            attributes: Vec::with_capacity(text.len() / 96 + 8),
            declarations: Vec::with_capacity(text.len() / 256 + 8),
            context: Vec::new(),
            uses_context: false,
            prefixes: Prefixes::new(),
            namespaces: Namespaces::new(),
        },
        scope: Scope::new(),
        open: Vec::with_capacity(16),
        elements: 0,
        ids: Vec::with_capacity(8),
        marks: Vec::with_capacity(16),
        mark_round: 0,
        last_prefix: PrefixId::XML,
        root_seen: false,
    };
    for binding in context {
        let prefix = parser.document.prefixes.intern(Cow::Owned(binding.prefix.to_owned()));
        let ns = parser.document.namespaces.intern(Cow::Owned(binding.name.to_owned()));
        parser.scope.bind(prefix, ns, !binding.is_visible);
        parser.document.context.push((prefix, ns));
    }
    parser.run(body)?;
    parser.check_ids()?;
    Ok(parser.document)
}

/// Checks encoding and characters (xml 2.2, 4.3.3).
fn decode(bytes: &[u8]) -> Result<&str, XmlError> {
    let encoding = |at| XmlError { code: Code::XmlEncoding, at, wanted: "UTF-8" };
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| encoding(error.valid_up_to()))?;
    let has_control = bytes
        .iter()
        .fold(false, |found, byte| found | (*byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')));
    if has_control {
        // Text in UTF-16 or UTF-32 is full of NULs.
        let nul = bytes.iter().take(64).filter(|byte| **byte == 0).count() > 8;
        let at = bytes.iter().position(|byte| *byte < 0x20 && !is_space(*byte)).unwrap_or(0);
        return Err(if nul { encoding(0) } else { XmlError::malformed(at, "characters that XML allows") });
    }
    // U+FFFE and U+FFFF.
    let mut high = memchr::memchr_iter(0xEF, bytes);
    if let Some(at) = high.find(|at| matches!(bytes.get(at + 1..at + 3), Some([0xBF, 0xBE | 0xBF]))) {
        return Err(XmlError::malformed(at, "characters that XML allows"));
    }
    Ok(text)
}

/// Reads the XML declaration, if there is one (xml 2.8), and gives the offset of what follows.
fn xml_declaration(text: &str) -> Result<usize, XmlError> {
    let Some(rest) = text.strip_prefix("<?xml").filter(|rest| rest.bytes().next().is_some_and(is_space))
    else {
        return Ok(0);
    };
    let Some((inside, _)) = rest.split_once("?>") else {
        return Err(XmlError::malformed(0, "the end of the XML declaration"));
    };
    let end = "<?xml".len() + inside.len() + "?>".len();
    let mut rest = inside;
    let version = pseudo_attribute(&mut rest, "version")?;
    if version != Some("1.0") {
        return Err(XmlError::malformed(0, "XML version 1.0"));
    }
    if let Some(encoding) = pseudo_attribute(&mut rest, "encoding")? {
        let is_ascii =
            ["us-ascii", "ascii"].iter().any(|name| encoding.eq_ignore_ascii_case(name)) && text.is_ascii();
        if !encoding.eq_ignore_ascii_case("utf-8") && !encoding.eq_ignore_ascii_case("utf8") && !is_ascii {
            return Err(XmlError { code: Code::XmlEncoding, at: 0, wanted: "UTF-8" });
        }
    }
    if let Some(standalone) = pseudo_attribute(&mut rest, "standalone")?
        && !matches!(standalone, "yes" | "no")
    {
        return Err(XmlError::malformed(0, "standalone yes or no"));
    }
    if is_blank(rest) { Ok(end) } else { Err(XmlError::malformed(0, "an XML declaration")) }
}

fn pseudo_attribute<'t>(rest: &mut &'t str, name: &str) -> Result<Option<&'t str>, XmlError> {
    let wrong = XmlError::malformed(0, "an XML declaration");
    let trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r']);
    let Some(after) = trimmed.strip_prefix(name).filter(|_| trimmed.len() < rest.len()) else {
        return Ok(None);
    };
    let after =
        super::trim(after).strip_prefix('=').map(|after| after.trim_start_matches([' ', '\t', '\n', '\r']));
    let Some(after) = after else { return Err(wrong) };
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or(wrong)?;
    let (value, tail) = after.get(1..).and_then(|inside| inside.split_once(quote)).ok_or(wrong)?;
    *rest = tail;
    Ok(Some(value))
}

struct Open {
    node: u32,
    scope: usize,
}

pub(super) struct Parser<'i, 'l> {
    pub(super) limits: &'l Limits,
    pub(super) document: Document<'i>,
    pub(super) scope: Scope,
    open: Vec<Open>,
    elements: usize,
    pub(super) ids: Vec<Cow<'i, str>>,
    /// Per prefix: the last element (by round) that declared it.
    pub(super) marks: Vec<u32>,
    pub(super) mark_round: u32,
    /// Of the element read last that has one.
    pub(super) last_prefix: PrefixId,
    root_seen: bool,
}

impl Parser<'_, '_> {
    fn run(&mut self, body: usize) -> Result<(), XmlError> {
        let text = self.document.text;
        let bytes = text.as_bytes();
        let mut at = body;
        while let Some(first) = bytes.get(at) {
            at = match (first, bytes.get(at + 1)) {
                (b'<', Some(b'/')) => self.end_tag(at)?,
                (b'<', Some(b'!')) => self.declaration(at)?,
                (b'<', Some(b'?')) => return Err(instruction(text, at)),
                (b'<', _) => self.element(at)?,
                _ => self.character_data(at)?,
            };
        }
        if !self.open.is_empty() {
            return Err(XmlError::malformed(text.len(), "the end tag of every element"));
        }
        if self.root_seen { Ok(()) } else { Err(XmlError::malformed(text.len(), "a root element")) }
    }

    /// `<name …>` or `<name …/>` at `start`; gives where it ends, as its siblings below do.
    fn element(&mut self, start: usize) -> Result<usize, XmlError> {
        if self.open.is_empty() && self.root_seen {
            return Err(XmlError::malformed(start, "one root element"));
        }
        self.root_seen = true;
        self.elements += 1;
        if self.open.len() >= self.limits.max_depth {
            return Err(XmlError::limit(start, "levels of nesting"));
        }
        if self.elements > self.limits.max_elements {
            return Err(XmlError::limit(start, "elements"));
        }
        let scope = self.scope.mark();
        let attributes = self.number(self.document.attributes.len());
        let declarations = self.number(self.document.declarations.len());
        let tag = self.start_tag(start)?;
        let index = self.number(self.document.nodes.len());
        let node = Node {
            kind: Kind::Element,
            is_plain: false,
            is_empty_tag: tag.is_empty,
            has_comment: false,
            has_text: false,
            start: self.number(start),
            end: self.number(tag.end),
            close: 0,
            last: index + 1,
            parent: self.open.last().map_or(NO_NODE, |open| open.node),
            prefix_length: tag.prefix_length,
            name_length: tag.name_length,
            prefix: tag.prefix,
            ns: tag.ns,
            attributes: (attributes, self.number(self.document.attributes.len())),
            declarations: (declarations, self.number(self.document.declarations.len())),
        };
        self.document.nodes.push(node);
        if tag.is_empty {
            self.scope.reset(scope);
        } else {
            self.open.push(Open { node: index, scope });
        }
        Ok(tag.end)
    }

    fn end_tag(&mut self, start: usize) -> Result<usize, XmlError> {
        let text = self.document.text;
        let Some(open) = self.open.pop() else {
            return Err(XmlError::malformed(start, "a start tag before its end tag"));
        };
        self.scope.reset(open.scope);
        let close = self.number(start);
        let last = self.number(self.document.nodes.len());
        let Some(node) = self.document.nodes.get_mut(open.node as usize) else {
            return Err(XmlError::malformed(start, "a start tag before its end tag"));
        };
        let name_start = node.start as usize + 1;
        let name = text.get(name_start..name_start + node.name_length as usize).unwrap_or("");
        let inside = text.get(start + "</".len()..).unwrap_or("");
        let after = inside.strip_prefix(name).and_then(|after| {
            let spaces = after.bytes().position(|byte| !is_space(byte))?;
            (after.as_bytes().get(spaces) == Some(&b'>')).then_some(spaces)
        });
        let Some(spaces) = after else {
            return Err(XmlError::malformed(start, "the end tag of the open element"));
        };
        node.is_plain = spaces == 0;
        node.close = close;
        node.last = last;
        if node.has_comment && node.has_text {
            return Err(XmlError {
                code: Code::CommentInText,
                at: node.start as usize,
                wanted: "text in one piece",
            });
        }
        Ok(start + "</".len() + name.len() + spaces + ">".len())
    }

    /// Text and references up to the next markup.
    fn character_data(&mut self, start: usize) -> Result<usize, XmlError> {
        let text = self.document.text;
        let rest = text.get(start..).unwrap_or("");
        let length = memchr::memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
        let raw = rest.get(..length).unwrap_or("");
        let end = start + length;
        if self.open.is_empty() {
            let outside = XmlError::malformed(start, "no text outside the root");
            return if is_blank(raw) { Ok(end) } else { Err(outside) };
        }
        let mut is_plain = true;
        if memchr::memchr3(b'&', b'>', b'\r', raw.as_bytes()).is_some() {
            if raw.contains("]]>") {
                return Err(XmlError::malformed(start, "no `]]>` in text"));
            }
            if !references::are_known(raw) {
                let wanted = "a reference that XML knows";
                return Err(XmlError { code: Code::XmlEntity, at: start, wanted });
            }
            is_plain = references::are_canonical(raw);
        }
        self.text_node(Kind::Text, start, end, is_plain);
        Ok(end)
    }

    /// `<!…`: a comment or a CDATA section; a document type declaration is refused.
    fn declaration(&mut self, start: usize) -> Result<usize, XmlError> {
        let rest = self.document.text.get(start..).unwrap_or("");
        let ending = |begin: &str, end: &str| {
            let inside = rest.strip_prefix(begin)?;
            Some(memchr::memmem::find(inside.as_bytes(), end.as_bytes()).map(|length| begin.len() + length))
        };
        match (ending("<!--", "-->"), ending("<![CDATA[", "]]>")) {
            (Some(Some(end)), _) => {
                self.comment(start, rest.get("<!--".len()..end).unwrap_or(""))?;
                Ok(start + end + "-->".len())
            }
            (_, Some(Some(end))) => {
                if self.open.is_empty() {
                    return Err(XmlError::malformed(start, "no text outside the root"));
                }
                self.text_node(Kind::CData, start + "<![CDATA[".len(), start + end, false);
                Ok(start + end + "]]>".len())
            }
            (None, None) if rest.get(..3).is_some_and(|begin| begin.eq_ignore_ascii_case("<!D")) => {
                Err(XmlError { code: Code::XmlDoctype, at: start, wanted: "no document type declaration" })
            }
            _ => Err(XmlError::malformed(start, "a comment or a CDATA section, whole")),
        }
    }

    fn comment(&mut self, start: usize, inside: &str) -> Result<(), XmlError> {
        if inside.contains("--") || inside.ends_with('-') {
            return Err(XmlError::malformed(start, "no `--` in a comment"));
        }
        if let Some(node) = self.open.last().and_then(|open| self.document.nodes.get_mut(open.node as usize))
        {
            node.has_comment = true;
        }
        Ok(())
    }

    /// Adds text; character data that goes on where the last piece ended becomes one node with it.
    fn text_node(&mut self, kind: Kind, start: usize, end: usize, is_plain: bool) {
        let raw = self.document.text.get(start..end).unwrap_or("");
        let parent = self.open.last().map_or(NO_NODE, |open| open.node);
        let (start, end) = (self.number(start), self.number(end));
        if let Some(node) = self.document.nodes.get_mut(parent as usize) {
            node.has_text = node.has_text || Node::counts_as_text(kind, raw);
        }
        if kind == Kind::Text
            && let Some(before) = self.document.nodes.last_mut()
            && before.kind == Kind::Text
            && before.end == start
            && before.parent == parent
        {
            before.end = end;
            before.is_plain &= is_plain;
            return;
        }
        let index = self.number(self.document.nodes.len());
        self.document.nodes.push(Node {
            kind,
            is_plain,
            is_empty_tag: false,
            has_comment: false,
            has_text: false,
            start,
            end,
            close: 0,
            last: index + 1,
            parent,
            prefix_length: 0,
            name_length: 0,
            prefix: PrefixId::DEFAULT,
            ns: Ns::NONE,
            attributes: (0, 0),
            declarations: (0, 0),
        });
    }

    /// IDs are unique in a document (saml-core 1.3.4, xml-id 4).
    fn check_ids(&mut self) -> Result<(), XmlError> {
        self.ids.sort_unstable();
        let twice = self.ids.windows(2).any(|pair| matches!(pair, [first, second] if first == second));
        if twice {
            return Err(XmlError { code: Code::XmlDuplicateId, at: 0, wanted: "unique IDs" });
        }
        Ok(())
    }

    /// Offsets and counts fit: the length of the text was checked.
    #[expect(clippy::unused_self, reason = "reads as a conversion of this parser's offsets")]
    pub(super) fn number(&self, value: usize) -> u32 {
        u32::try_from(value).unwrap_or(u32::MAX)
    }
}

/// `<?…`: why it is refused.
fn instruction(text: &str, at: usize) -> XmlError {
    let rest = text.get(at..).unwrap_or("");
    let target = rest.strip_prefix("<?xml").and_then(|after| after.bytes().next());
    if target.is_some_and(|next| is_space(next) || next == b'?') {
        return XmlError::malformed(at, "the XML declaration at the beginning");
    }
    match memchr::memmem::find(rest.as_bytes(), b"?>") {
        Some(_) => XmlError { code: Code::XmlProcessingInstruction, at, wanted: "none" },
        None => XmlError::malformed(at, "well-formed XML"),
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
