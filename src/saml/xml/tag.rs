//! Start tags: names, attributes and namespace declarations, by the grammar and nothing looser.

use std::borrow::Cow;

use super::chars::{is_space, nc_name_length};
use super::document::{AttributeNode, Declaration};
use super::namespace::{Ns, PrefixId, is_absolute_uri};
use super::parse::{Parser, XmlError};
use super::references;
use crate::code::Code;

/// The longest namespace name and the longest prefix.
const MAX_NAMESPACE_BYTES: usize = 512;

/// A name at the beginning of a text: `prefix:local` or `local`.
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

    /// Reads a qualified name (xml-names 3); `None` when there is none or a colon is left over.
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

impl<'i> Parser<'i, '_> {
    /// Reads the inside of a start tag: `content` begins at `offset`. Declarations are bound in the scope.
    pub(super) fn start_tag(&mut self, content: &'i str, offset: usize) -> Result<StartTag, XmlError> {
        let Some(name) = Name::read(content) else {
            return Err(XmlError::malformed(offset, "an element name"));
        };
        let first_attribute = self.document.attributes.len();
        let first_declaration = self.document.declarations.len();
        self.attributes(content, name.whole.len(), offset)?;
        self.bind(first_declaration)?;
        let prefix = self.known_prefix(name.prefix, offset)?;
        let bound = self.scope.get(prefix).ok_or_else(|| XmlError::undeclared(offset))?;
        self.document.uses_context |= bound.is_outside;
        let ns = bound.ns;
        self.resolve_attributes(first_attribute)?;
        Ok(StartTag {
            prefix_length: self.number(name.prefix.len()),
            name_length: self.number(name.whole.len()),
            prefix,
            ns,
        })
    }

    fn attributes(&mut self, content: &'i str, mut at: usize, offset: usize) -> Result<(), XmlError> {
        let bytes = content.as_bytes();
        let mut count = 0usize;
        loop {
            let spaces = bytes.iter().skip(at).take_while(|byte| is_space(**byte)).count();
            let one_blank = spaces == 1 && bytes.get(at) == Some(&b' ');
            at += spaces;
            if at >= bytes.len() {
                return Ok(());
            }
            if spaces == 0 {
                return Err(XmlError::malformed(offset + at, "white space between attributes"));
            }
            count += 1;
            if count > self.limits.max_attributes_per_element {
                return Err(XmlError::limit(offset + at, "attributes of one element"));
            }
            let Some(name) = content.get(at..).and_then(Name::read) else {
                return Err(XmlError::malformed(offset + at, "an attribute name"));
            };
            let start = at;
            at += name.whole.len();
            let before_equals = at;
            at += bytes.iter().skip(at).take_while(|byte| is_space(**byte)).count();
            if bytes.get(at) != Some(&b'=') {
                return Err(XmlError::malformed(offset + at, "`=` after an attribute name"));
            }
            let after_equals = at + 1;
            at = after_equals + bytes.iter().skip(after_equals).take_while(|byte| is_space(**byte)).count();
            let is_tight = before_equals + 1 == after_equals && at == after_equals;
            let quoted = scan_value(content, at, offset)?;
            at = quoted.end + 1;
            let is_canonical = one_blank && is_tight && quoted.is_canonical;
            self.attribute(content, &name, start, &quoted, is_canonical, offset)?;
        }
    }

    fn attribute(
        &mut self,
        content: &'i str,
        name: &Name<'i>,
        start: usize,
        quoted: &Quoted,
        is_canonical: bool,
        offset: usize,
    ) -> Result<(), XmlError> {
        if self.document.attributes.len() + self.document.declarations.len() >= self.limits.max_attributes {
            return Err(XmlError::limit(offset + start, "attributes"));
        }
        let raw = content.get(quoted.start..quoted.end).unwrap_or("");
        let declared = if name.whole == "xmlns" {
            Some("")
        } else if name.prefix == "xmlns" {
            name.whole.get("xmlns:".len()..)
        } else {
            None
        };
        if let Some(prefix) = declared {
            let uri = if quoted.is_plain { Cow::Borrowed(raw) } else { references::attribute(raw) };
            let ns = self.declared_namespace(prefix, uri, offset + start)?;
            let prefix = self.document.prefixes.intern(Cow::Borrowed(prefix));
            let declaration = Declaration {
                is_canonical,
                start: self.number(offset + start),
                value_end: self.number(offset + quoted.end),
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
                is_canonical,
                is_plain: quoted.is_plain,
                start: self.number(offset + start),
                prefix_length: self.number(name.prefix.len()),
                name_length: self.number(name.whole.len()),
                value_start: self.number(offset + quoted.start),
                value_end: self.number(offset + quoted.end),
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
        self.mark_round += 1;
        let declarations = self.document.declarations.get(first..).unwrap_or(&[]);
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

    fn known_prefix(&self, prefix: &str, at: usize) -> Result<PrefixId, XmlError> {
        if prefix.is_empty() {
            return Ok(PrefixId::DEFAULT);
        }
        self.document.prefixes.find(prefix).ok_or_else(|| XmlError::undeclared(at))
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
fn scan_value(content: &str, at: usize, offset: usize) -> Result<Quoted, XmlError> {
    let bytes = content.as_bytes();
    let quote = match bytes.get(at) {
        Some(quote @ (b'"' | b'\'')) => *quote,
        _ => return Err(XmlError::malformed(offset + at, "a quoted attribute value")),
    };
    let start = at + 1;
    let inside = bytes.get(start..).unwrap_or(&[]);
    let mut seen = 0;
    let length = inside.iter().position(|byte| {
        seen |= value_class(*byte);
        *byte == quote
    });
    let Some(length) = length else {
        return Err(XmlError::malformed(offset + at, "the end of an attribute value"));
    };
    let end = start + length;
    if seen & LESS_THAN != 0 {
        return Err(XmlError::malformed(offset + start, "no `<` in an attribute value"));
    }
    if seen & REFERENCE != 0 && !references::are_known(content.get(start..end).unwrap_or("")) {
        return Err(XmlError {
            code: Code::XmlEntity,
            at: offset + start,
            wanted: "a reference that XML knows",
        });
    }
    let is_plain = seen & (REFERENCE | SPACE) == 0;
    Ok(Quoted { start, end, is_plain, is_canonical: is_plain && quote == b'"' })
}

const REFERENCE: u8 = 1;
const SPACE: u8 = 2;
const LESS_THAN: u8 = 4;

/// What a byte of an attribute value asks for; nothing of most.
#[inline]
fn value_class(byte: u8) -> u8 {
    #[expect(clippy::indexing_slicing, reason = "at compile time, into a table of these bytes")]
    const CLASSES: [u8; 64] = {
        let mut classes = [0; 64];
        classes[b'&' as usize] = REFERENCE;
        classes[b'\t' as usize] = SPACE;
        classes[b'\n' as usize] = SPACE;
        classes[b'\r' as usize] = SPACE;
        classes[b'<' as usize] = LESS_THAN;
        classes
    };
    CLASSES.get(usize::from(byte)).copied().unwrap_or(0)
}
