//! Namespaces: interned names, and the prefixes in scope while parsing.
//!
//! Lookups stay constant-time with hostile numbers of prefixes and namespaces; small documents never hash.

use std::borrow::Cow;
use std::collections::HashMap;

/// An interned namespace name of one document. The constants are the same in every document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ns(pub(super) u32);

macro_rules! known {
    ($($index:literal $name:ident $uri:literal;)*) => {
        #[expect(missing_docs, reason = "the namespace name beside each constant says what it is")]
        impl Ns {
            $(pub const $name: Self = Self($index);)*
        }

        const KNOWN: &[&str] = &[$($uri),*];
    };
}

known! {
    0 NONE "";
    1 XML "http://www.w3.org/XML/1998/namespace";
    2 XMLNS "http://www.w3.org/2000/xmlns/";
    3 SAML "urn:oasis:names:tc:SAML:2.0:assertion";
    4 SAMLP "urn:oasis:names:tc:SAML:2.0:protocol";
    5 DS "http://www.w3.org/2000/09/xmldsig#";
    6 XSI "http://www.w3.org/2001/XMLSchema-instance";
    7 XS "http://www.w3.org/2001/XMLSchema";
    8 EXC_C14N "http://www.w3.org/2001/10/xml-exc-c14n#";
    9 XENC "http://www.w3.org/2001/04/xmlenc#";
    10 XENC11 "http://www.w3.org/2009/xmlenc11#";
    11 MD "urn:oasis:names:tc:SAML:2.0:metadata";
    12 SHIBMD "urn:mace:shibboleth:metadata:1.0";
    13 MDUI "urn:oasis:names:tc:SAML:metadata:ui";
}

/// The namespace names of one document.
#[derive(Debug)]
pub(super) struct Namespaces<'i> {
    others: Vec<Cow<'i, str>>,
    index: HashMap<Cow<'i, str>, u32>,
}

/// Above this many entries a hash map takes over from linear search.
const LINEAR: usize = 24;

impl<'i> Namespaces<'i> {
    pub(super) fn new() -> Self {
        Self { others: Vec::new(), index: HashMap::new() }
    }

    pub(super) fn name(&self, ns: Ns) -> &str {
        let index = ns.0 as usize;
        match KNOWN.get(index) {
            Some(known) => known,
            None => self.others.get(index - KNOWN.len()).map_or("", |name| name),
        }
    }

    pub(super) fn find(&self, name: &str) -> Option<Ns> {
        if let Some(known) = KNOWN.iter().position(|known| *known == name) {
            return Some(number(known));
        }
        if self.index.is_empty() {
            return self.others.iter().position(|other| other == name).map(|at| number(KNOWN.len() + at));
        }
        self.index.get(name).copied().map(Ns)
    }

    /// Adds a name that [`Namespaces::find`] did not find.
    pub(super) fn add(&mut self, name: Cow<'i, str>) -> Ns {
        let ns = number(KNOWN.len() + self.others.len());
        if !self.index.is_empty() {
            self.index.insert(name.clone(), ns.0);
        }
        self.others.push(name);
        if self.index.is_empty() && self.others.len() > LINEAR {
            let entries = self.others.iter().enumerate();
            self.index = entries.map(|(at, other)| (other.clone(), number(KNOWN.len() + at).0)).collect();
        }
        ns
    }

    pub(super) fn intern(&mut self, name: Cow<'i, str>) -> Ns {
        self.find(&name).unwrap_or_else(|| self.add(name))
    }
}

/// Documents are bounded to `u32` bytes, so no document has more names than that.
fn number(index: usize) -> Ns {
    Ns(u32::try_from(index).unwrap_or(u32::MAX))
}

/// An interned prefix of one document; 0 is the default namespace, 1 is `xml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PrefixId(pub(super) u32);

impl PrefixId {
    pub(super) const DEFAULT: Self = Self(0);
    pub(super) const XML: Self = Self(1);
}

/// The prefixes of one document.
#[derive(Debug)]
pub(super) struct Prefixes<'i> {
    names: Vec<Cow<'i, str>>,
    index: HashMap<Cow<'i, str>, u32>,
}

impl<'i> Prefixes<'i> {
    pub(super) fn new() -> Self {
        let mut names = Vec::with_capacity(LINEAR);
        names.extend([Cow::Borrowed(""), Cow::Borrowed("xml")]);
        Self { names, index: HashMap::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn name(&self, prefix: PrefixId) -> &str {
        self.names.get(prefix.0 as usize).map_or("", |name| name)
    }

    pub(super) fn find(&self, name: &str) -> Option<PrefixId> {
        let at = if self.index.is_empty() {
            self.names.iter().position(|known| is_same(known, name)).and_then(|at| u32::try_from(at).ok())
        } else {
            self.index.get(name).copied()
        };
        at.map(PrefixId)
    }

    pub(super) fn intern(&mut self, name: Cow<'i, str>) -> PrefixId {
        if let Some(known) = self.find(&name) {
            return known;
        }
        let prefix = number(self.names.len()).0;
        if !self.index.is_empty() {
            self.index.insert(name.clone(), prefix);
        }
        self.names.push(name);
        if self.index.is_empty() && self.names.len() > LINEAR {
            self.index =
                self.names.iter().enumerate().map(|(at, known)| (known.clone(), number(at).0)).collect();
        }
        PrefixId(prefix)
    }
}

/// Equality of short texts, without a call.
#[inline]
pub(super) fn is_same(one: &str, two: &str) -> bool {
    one.len() == two.len() && one.bytes().eq(two.bytes())
}

/// What each prefix is bound to at the current point of the parse.
#[derive(Debug)]
pub(super) struct Scope {
    bound: Vec<Option<Bound>>,
    undo: Vec<(PrefixId, Option<Bound>)>,
}

/// A namespace, and whether it was bound outside the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    pub(super) ns: Ns,
    pub(super) is_outside: bool,
}

impl Scope {
    pub(super) fn new() -> Self {
        let always = |ns| Some(Bound { ns, is_outside: false });
        let mut bound = Vec::with_capacity(LINEAR);
        bound.extend([always(Ns::NONE), always(Ns::XML)]);
        Self { bound, undo: Vec::with_capacity(LINEAR) }
    }

    pub(super) fn get(&self, prefix: PrefixId) -> Option<Bound> {
        self.bound.get(prefix.0 as usize).copied().flatten()
    }

    /// Binds `prefix` until the scope is reset to what [`Scope::mark`] gives now.
    pub(super) fn bind(&mut self, prefix: PrefixId, ns: Ns, is_outside: bool) {
        let at = prefix.0 as usize;
        if self.bound.len() <= at {
            self.bound.resize(at + 1, None);
        }
        if let Some(slot) = self.bound.get_mut(at) {
            self.undo.push((prefix, *slot));
            *slot = Some(Bound { ns, is_outside });
        }
    }

    pub(super) fn mark(&self) -> usize {
        self.undo.len()
    }

    pub(super) fn reset(&mut self, mark: usize) {
        while self.undo.len() > mark {
            if let Some((prefix, before)) = self.undo.pop()
                && let Some(slot) = self.bound.get_mut(prefix.0 as usize)
            {
                *slot = before;
            }
        }
    }
}

/// Whether `name` may be a namespace name: an absolute URI in ASCII (xml-names 2.2; exc-c14n and c14n 1.1 refuse
/// relative ones, and a name that a canonicaliser cannot read may make it write nothing: CVE-2025-66475).
pub(super) fn is_absolute_uri(name: &str) -> bool {
    let Some((scheme, rest)) = name.split_once(':') else { return false };
    let mut scheme = scheme.bytes();
    scheme.next().is_some_and(|first| first.is_ascii_alphabetic())
        && scheme.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
        && !rest.is_empty()
        && rest.matches('#').count() <= 1
        && rest.bytes().all(|byte| {
            byte.is_ascii_graphic()
                && !matches!(byte, b'"' | b'<' | b'>' | b'[' | b'\\'..=b'^' | b'`' | b'{'..=b'}')
        })
        && rest
            .split('%')
            .skip(1)
            .all(|after| after.len() >= 2 && after.bytes().take(2).all(|digit| digit.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interning_survives_the_change_to_hashing() {
        let mut namespaces = Namespaces::new();
        let mut prefixes = Prefixes::new();
        for _ in 0..2 {
            for n in 0..100u32 {
                let ns = namespaces.intern(Cow::Owned(format!("urn:{n}")));
                assert_eq!(ns.0, n + u32::try_from(KNOWN.len()).unwrap());
                assert_eq!(namespaces.name(ns), format!("urn:{n}"));
                assert_eq!(prefixes.intern(Cow::Owned(format!("p{n}"))), PrefixId(n + 2));
            }
        }
        assert_eq!(namespaces.intern(Cow::Borrowed("urn:oasis:names:tc:SAML:2.0:assertion")), Ns::SAML);
        assert_eq!(prefixes.find("xml"), Some(PrefixId::XML));
    }

    #[test]
    fn namespace_names_are_absolute() {
        for good in ["urn:x", "http://www.w3.org/2001/04/xmlenc#", "a+b:c", "http://h/%C3%A9?q=1&r=2"] {
            assert!(is_absolute_uri(good), "{good}");
        }
        for bad in [
            "",
            "x",
            "1",
            "../x",
            ":x",
            "http:",
            "1a:b",
            "http://example.com\u{80}",
            "http://a b",
            "urn:{x}",
            "urn:]1",
            "urn:%",
            "urn:%4",
            "urn:%zz",
        ] {
            assert!(!is_absolute_uri(bad), "{bad}");
        }
    }
}
