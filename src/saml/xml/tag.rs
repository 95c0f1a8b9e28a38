//! Start tags: names, attributes and namespace declarations, by the grammar and nothing looser.

use std::borrow::Cow;

use super::chars::{is_space, nc_name_length};
use super::document::{AttributeNode, Declaration};
use super::namespace::{Ns, PrefixId, is_absolute_uri, is_same};
use super::parse::{Parser, XmlError};
use super::references;
use crate::code::Code;

/// The longest namespace name and the longest prefix.
const MAX_NAMESPACE_BYTES: usize = 512;

/// A qualified name in the text: `prefix:local` or `local`.
struct Name<'i> {
    prefix: &'i str,
    whole: &'i str,
}

impl<'i> Name<'i> {
    fn local(&self) -> &'i str {
        if self.prefix.is_empty() {
            self.whole
        } else {
            self.whole.get(self.prefix.len() + 1..).unwrap_or("")
        }
    }

    /// Reads the name at the beginning of `text` (xml-names 3); `None` when there is none or a colon is left over.
    fn read(text: &'i str) -> Option<Self> {
        let first = nc_name_length(text);
        if first == 0 {
            return None;
        }
        let length = if text.as_bytes().get(first) == Some(&b':') {
            let second = nc_name_length(text.get(first + 1..)?);
            if second == 0 {
                return None;
            }
            first + 1 + second
        } else {
            first
        };
        if text.as_bytes().get(length) == Some(&b':') {
            return None;
        }
        let prefix = if length == first { "" } else { text.get(..first)? };
        Some(Self { prefix, whole: text.get(..length)? })
    }
}

/// What a start tag says, its parts already in the arena.
pub(super) struct StartTag {
    /// Where it ends.
    pub(super) end: usize,
    /// `<name/>`.
    pub(super) is_empty: bool,
    pub(super) prefix_length: u32,
    pub(super) name_length: u32,
    pub(super) prefix: PrefixId,
    pub(super) ns: Ns,
}

/// A value between quotes, and what the scan of it saw.
struct Quoted {
    start: usize,
    end: usize,
    /// Nothing to normalise.
    is_plain: bool,
    /// In canonical form as it stands, quotes included.
    is_canonical: bool,
}

/// Where the white space from `at` on ends.
#[inline]
fn skip_spaces(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|byte| is_space(*byte)) {
        at += 1;
    }
    at
}

impl<'i> Parser<'i, '_> {
    /// Reads the start tag that begins at `start`. Declarations are bound in the scope.
    pub(super) fn start_tag(&mut self, start: usize) -> Result<StartTag, XmlError> {
        let text = self.document.text;
        let Some(name) = text.get(start + 1..).and_then(Name::read) else {
            return Err(XmlError::malformed(start, "an element name"));
        };
        let first_attribute = self.document.attributes.len();
        let first_declaration = self.document.declarations.len();
        let (end, is_empty) = self.attributes(start + 1 + name.whole.len())?;
        self.bind(first_declaration)?;
        let prefix = self.known_prefix(name.prefix, start)?;
        let bound = self.scope.get(prefix).ok_or_else(|| XmlError::undeclared(start))?;
        self.document.uses_context |= bound.is_outside;
        let ns = bound.ns;
        self.resolve_attributes(first_attribute)?;
        Ok(StartTag {
            end,
            is_empty,
            prefix_length: self.number(name.prefix.len()),
            name_length: self.number(name.whole.len()),
            prefix,
            ns,
        })
    }

    /// Reads attributes from `at` to the end of the tag: gives where it ends, and whether it is an empty tag.
    fn attributes(&mut self, mut at: usize) -> Result<(usize, bool), XmlError> {
        let text = self.document.text;
        let bytes = text.as_bytes();
        let mut count = 0usize;
        loop {
            let blank = at;
            at = skip_spaces(bytes, at);
            match bytes.get(at) {
                Some(b'>') => return Ok((at + 1, false)),
                Some(b'/') if bytes.get(at + 1) == Some(&b'>') => return Ok((at + 2, true)),
                None => return Err(XmlError::malformed(at, "the end of a tag")),
                Some(_) if at == blank => {
                    return Err(XmlError::malformed(at, "white space between attributes"));
                }
                Some(_) => {}
            }
            count += 1;
            if count > self.limits.max_attributes_per_element {
                return Err(XmlError::limit(at, "attributes of one element"));
            }
            let Some(name) = text.get(at..).and_then(Name::read) else {
                return Err(XmlError::malformed(at, "an attribute name"));
            };
            let start = at;
            let before_equals = start + name.whole.len();
            let equals = skip_spaces(bytes, before_equals);
            if bytes.get(equals) != Some(&b'=') {
                return Err(XmlError::malformed(equals, "`=` after an attribute name"));
            }
            at = skip_spaces(bytes, equals + 1);
            let mut quoted = scan_value(text, at)?;
            let is_tight = bytes.get(blank) == Some(&b' ') && blank + 1 == start && before_equals + 1 == at;
            quoted.is_canonical &= is_tight;
            at = quoted.end + 1;
            self.attribute(&name, start, &quoted)?;
        }
    }

    fn attribute(&mut self, name: &Name<'i>, start: usize, quoted: &Quoted) -> Result<(), XmlError> {
        if self.document.attributes.len() + self.document.declarations.len() >= self.limits.max_attributes {
            return Err(XmlError::limit(start, "attributes"));
        }
        let raw = self.document.text.get(quoted.start..quoted.end).unwrap_or("");
        let declared = match (name.prefix, name.whole) {
            ("", "xmlns") => Some(""),
            ("xmlns", whole) => whole.get("xmlns:".len()..),
            _ => None,
        };
        if let Some(prefix) = declared {
            let uri = if quoted.is_plain { Cow::Borrowed(raw) } else { references::attribute(raw) };
            let ns = self.declared_namespace(prefix, uri, start)?;
            let prefix = self.document.prefixes.intern(Cow::Borrowed(prefix));
            let declaration = Declaration {
                is_canonical: quoted.is_canonical,
                start: self.number(start),
                value_end: self.number(quoted.end),
                prefix,
                ns,
            };
            self.document.declarations.push(declaration);
        } else {
            let prefix = match name.prefix {
                "" => PrefixId::DEFAULT,
                prefix => self.document.prefixes.intern(Cow::Borrowed(prefix)),
            };
            let attribute = AttributeNode {
                is_canonical: quoted.is_canonical,
                is_plain: quoted.is_plain,
                start: self.number(start),
                prefix_length: self.number(name.prefix.len()),
                name_length: self.number(name.whole.len()),
                value_start: self.number(quoted.start),
                value_end: self.number(quoted.end),
                prefix,
                ns: Ns::NONE,
            };
            self.document.attributes.push(attribute);
            // In any namespace: peers that look IDs up by local name must not see another element under a signed ID.
            if matches!(name.local(), "ID" | "Id" | "id") {
                let id = if quoted.is_plain { Cow::Borrowed(raw) } else { references::attribute(raw) };
                self.ids.push(id);
            }
        }
        Ok(())
    }

    /// The rules for declarations (xml-names 3, 5): reserved prefixes and names, no undeclaring of prefixes.
    fn declared_namespace(&mut self, prefix: &str, uri: Cow<'i, str>, at: usize) -> Result<Ns, XmlError> {
        if uri.is_empty() {
            return if prefix.is_empty() {
                Ok(Ns::NONE)
            } else {
                Err(XmlError::namespace(at, "a prefix cannot be bound to nothing"))
            };
        }
        // A canonical form repeats the name on every element that needs it.
        if uri.len() > MAX_NAMESPACE_BYTES || prefix.len() > MAX_NAMESPACE_BYTES {
            return Err(XmlError::limit(at, "namespace names and prefixes of at most 512 bytes"));
        }
        // What was declared before was checked before.
        let ns = match self.document.namespaces.find(&uri) {
            Some(ns) => ns,
            None if is_absolute_uri(&uri) => self.document.namespaces.add(uri),
            None => return Err(XmlError::namespace(at, "a namespace name must be an absolute URI")),
        };
        if (prefix == "xml") != (ns == Ns::XML) || prefix == "xmlns" || ns == Ns::XMLNS {
            return Err(XmlError::namespace(
                at,
                "the prefixes xml and xmlns and their namespaces are reserved",
            ));
        }
        Ok(ns)
    }

    /// Puts the declarations of this element into scope, each prefix once.
    fn bind(&mut self, first: usize) -> Result<(), XmlError> {
        let declarations = self.document.declarations.get(first..).unwrap_or(&[]);
        if declarations.is_empty() {
            return Ok(());
        }
        self.mark_round += 1;
        for declaration in declarations {
            let prefix = declaration.prefix.0 as usize;
            if self.marks.len() <= prefix {
                self.marks.resize(prefix + 1, 0);
            }
            match self.marks.get_mut(prefix) {
                Some(mark) if *mark == self.mark_round => {
                    return Err(XmlError::malformed(declaration.start as usize, "each prefix declared once"));
                }
                Some(mark) => *mark = self.mark_round,
                None => {}
            }
            self.scope.bind(declaration.prefix, declaration.ns, false);
        }
        Ok(())
    }

    fn known_prefix(&mut self, prefix: &str, at: usize) -> Result<PrefixId, XmlError> {
        if prefix.is_empty() {
            return Ok(PrefixId::DEFAULT);
        }
        // Most elements have the prefix of the one before.
        if !is_same(self.document.prefixes.name(self.last_prefix), prefix) {
            self.last_prefix = self.document.prefixes.find(prefix).ok_or_else(|| XmlError::undeclared(at))?;
        }
        Ok(self.last_prefix)
    }

    /// Gives prefixed attributes their namespace and refuses two of one name (xml 3.1, xml-names 6.3).
    fn resolve_attributes(&mut self, first: usize) -> Result<(), XmlError> {
        let attributes = self.document.attributes.get_mut(first..).unwrap_or(&mut []);
        for attribute in attributes.iter_mut().filter(|attribute| attribute.prefix != PrefixId::DEFAULT) {
            let start = attribute.start as usize;
            // Attributes with a prefix (`xsi:type`) are never read, so it does not matter who declared theirs.
            attribute.ns = self.scope.get(attribute.prefix).ok_or_else(|| XmlError::undeclared(start))?.ns;
        }
        if attributes.len() < 2 {
            return Ok(());
        }
        let text = self.document.text;
        let length = |attribute: &AttributeNode| attribute.name_length - attribute.prefix_length;
        let key = |attribute: &AttributeNode| {
            let skip = if attribute.prefix_length == 0 { 0 } else { attribute.prefix_length + 1 };
            let range = (attribute.start + skip) as usize..(attribute.start + attribute.name_length) as usize;
            (attribute.ns.0, text.get(range).unwrap_or(""))
        };
        // Names in one namespace all have a prefix or none has; most pairs differ in length.
        let same = |one: &AttributeNode, two: &AttributeNode| {
            one.ns == two.ns && length(one) == length(two) && key(one) == key(two)
        };
        let duplicate = match &*attributes {
            few if few.len() <= 8 => few.iter().enumerate().find_map(|(at, attribute)| {
                few.iter().take(at).any(|earlier| same(earlier, attribute)).then_some(attribute.start)
            }),
            many => {
                let mut keys: Vec<_> =
                    many.iter().map(|attribute| (key(attribute), attribute.start)).collect();
                keys.sort_unstable();
                keys.windows(2).find_map(|pair| match pair {
                    [(first, _), (second, start)] if first == second => Some(*start),
                    _ => None,
                })
            }
        };
        match duplicate {
            Some(start) => Err(XmlError::malformed(start as usize, "each attribute once")),
            None => Ok(()),
        }
    }
}

/// Scans a quoted value that begins at `at`.
fn scan_value(text: &str, at: usize) -> Result<Quoted, XmlError> {
    let bytes = text.as_bytes();
    let quote = match bytes.get(at) {
        Some(quote @ (b'"' | b'\'')) => *quote,
        _ => return Err(XmlError::malformed(at, "a quoted attribute value")),
    };
    let start = at + 1;
    let inside = bytes.get(start..).unwrap_or(&[]);
    let mut length = 0;
    let mut has_reference = false;
    loop {
        let rest = inside.get(length..).unwrap_or(&[]);
        let Some(found) = memchr::memchr3(quote, b'&', b'<', rest) else {
            return Err(XmlError::malformed(at, "the end of an attribute value"));
        };
        length += found;
        match inside.get(length) {
            Some(b'&') => has_reference = true,
            Some(b'<') => return Err(XmlError::malformed(start, "no `<` in an attribute value")),
            _ => break,
        }
        length += 1;
    }
    let end = start + length;
    // Of the characters below the blank a document holds white space only.
    let value = inside.get(..length).unwrap_or(&[]);
    let has_space = value.iter().fold(u8::MAX, |lowest, byte| lowest.min(*byte)) < b' ';
    if has_reference && !references::are_known(text.get(start..end).unwrap_or("")) {
        return Err(XmlError { code: Code::XmlEntity, at: start, wanted: "a reference that XML knows" });
    }
    let is_plain = !has_reference && !has_space;
    Ok(Quoted { start, end, is_plain, is_canonical: is_plain && quote == b'"' })
}
