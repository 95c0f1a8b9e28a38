use proptest::prelude::*;

use super::*;

fn code(xml: impl AsRef<[u8]>) -> Option<Code> {
    parse(xml.as_ref(), &Limits::MESSAGE).err().map(|error| error.code)
}

#[test]
fn reads_names_attributes_and_text() {
    let xml = "\u{FEFF}<?xml version='1.0' encoding=\"utf-8\" standalone=\"no\" ?>\n<p:a xmlns:p='urn:p' ID=\"_1\">\
        <b xml:lang=\"en\" c='x&#10;y&amp;z&quot;'>one &amp; <![CDATA[<two>]]> three</b><!-- ok --><b/></p:a>\n";
    let document = parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
    let root = document.root();
    assert_eq!((root.namespace_name(), root.local()), ("urn:p", "a"));
    assert_eq!(root.attribute("ID").as_deref(), Some("_1"));
    let first = root.children().next().unwrap();
    assert_eq!((first.ns(), first.local()), (Ns::NONE, "b"));
    assert_eq!(first.attribute("c").as_deref(), Some("x\ny&z\""));
    assert_eq!(first.attribute_ns(Ns::XML, "lang").as_deref(), Some("en"));
    assert_eq!(first.text().as_deref(), Ok("one & <two> three"));
    assert_eq!(first.parent(), Some(root));
    assert_eq!(root.children().count(), 2);
    assert!(root.children().nth(1).unwrap().is_blank());
}

#[test]
fn refuses_what_is_not_well_formed() {
    for xml in [
        "",
        " ",
        "text",
        "<a",
        "<a>",
        "<a></b>",
        "<a></a><b/>",
        "<a/>text",
        "x<a/>",
        "<a></a >x",
        "<a b></a>",
        "<a b=1/>",
        "<a b=\"1\"c=\"2\"/>",
        "<a b=\"<\"/>",
        "<a b=\"1\" b=\"2\"/>",
        "<a>]]></a>",
        "<a><!-- -- --></a>",
        "<a><!-- x ---></a>",
        "<a><!-- x</a>",
        "<a><![CDATA[x</a>",
        "<![CDATA[x]]>",
        "<a>\u{1}</a>",
        "<a>\u{FFFE}</a>",
        "<1a/>",
        "<a:b:c xmlns:a=\"urn:a\"/>",
        "<:a/>",
        "<a:/>",
        "< a/>",
        "<a / >",
        " <?xml version=\"1.0\"?><a/>",
        "<?xml version=\"9.9\"?><a/>",
        "<?xml?><a/>",
        "<?xml version=\"1.0\" x?><a/>",
        "<a>\0</a>",
        "</a>",
        "<a/>&amp;",
        "\u{FEFF}\u{FEFF}<a/>",
        "<a xmlns:p=\"urn:p\" xmlns:p=\"urn:q\"/>",
        "<a><!-></a>",
        "<a><!X></a>",
        "<a/><a",
    ] {
        let found = code(xml);
        assert!(
            matches!(found, Some(Code::XmlMalformed | Code::XmlProcessingInstruction)),
            "{xml:?} {found:?}"
        );
    }
}

#[test]
fn refuses_each_kind_under_its_code() {
    for (xml, wanted) in [
        ("<!DOCTYPE a><a/>", Code::XmlDoctype),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", Code::XmlDoctype),
        ("<!doctype a", Code::XmlDoctype),
        ("<?xml-stylesheet href='x'?><a/>", Code::XmlProcessingInstruction),
        ("<a><?b c?></a>", Code::XmlProcessingInstruction),
        ("<a/><?b c?>", Code::XmlProcessingInstruction),
        ("<a>&nbsp;</a>", Code::XmlEntity),
        ("<a>&#0;</a>", Code::XmlEntity),
        ("<a b='&x;'/>", Code::XmlEntity),
        ("<a b='&'/>", Code::XmlEntity),
        ("<p:a/>", Code::XmlNamespace),
        ("<a p:b='1'/>", Code::XmlNamespace),
        ("<xmlns:a/>", Code::XmlNamespace),
        ("<a xmlns:xmlns='urn:x'/>", Code::XmlNamespace),
        ("<a xmlns:xml='urn:x'/>", Code::XmlNamespace),
        ("<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>", Code::XmlNamespace),
        ("<a xmlns='http://www.w3.org/2000/xmlns/'/>", Code::XmlNamespace),
        ("<a xmlns:p=''/>", Code::XmlNamespace),
        ("<a xmlns='relative'/>", Code::XmlNamespace),
        ("<a xmlns:p='http://example.com\u{80}'/>", Code::XmlNamespace),
        ("<a xmlns:p='urn:p' xmlns:q='urn:p' p:b='1' q:b='2'/>", Code::XmlMalformed),
        ("<a ID='x'><b ID='x'/></a>", Code::XmlDuplicateId),
        ("<a ID='x'><b Id='&#x78;'/></a>", Code::XmlDuplicateId),
        ("<a ID='x'><b xml:id='x'/></a>", Code::XmlDuplicateId),
        ("<a ID='x'><b xmlns:p='urn:p' p:ID='x'/></a>", Code::XmlDuplicateId),
        ("<a ID='x'><b id='x'/></a>", Code::XmlDuplicateId),
        ("<a>al<!-- -->ice</a>", Code::CommentInText),
        ("<a><!-- -->alice</a>", Code::CommentInText),
        ("<a>alice<!-- --></a>", Code::CommentInText),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", Code::XmlEncoding),
        ("<?xml version='1.0' encoding='us-ascii'?><a>é</a>", Code::XmlEncoding),
    ] {
        assert_eq!(code(xml), Some(wanted), "{xml}");
    }
    assert_eq!(code(b"<a>\xFF</a>"), Some(Code::XmlEncoding));
    assert_eq!(code(b"<a>\xC0\xAF</a>"), Some(Code::XmlEncoding));
    let utf16: Vec<u8> = "<aaaaaaaaaaaaaaaaaaaaa/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(code(utf16), Some(Code::XmlEncoding));
}

#[test]
fn limits_hold() {
    let limits = Limits {
        max_depth: 3,
        max_elements: 5,
        max_attributes_per_element: 2,
        max_attributes: 3,
        ..Limits::MESSAGE
    };
    let code = |xml: &str| parse(xml.as_bytes(), &limits).err().map(|error| error.code);
    assert_eq!(code("<a><b><c/></b></a>"), None);
    assert_eq!(code("<a><b><c><d/></c></b></a>"), Some(Code::XmlLimits));
    assert_eq!(code("<a><b/><b/><b/><b/></a>"), None);
    assert_eq!(code("<a><b/><b/><b/><b/><b/></a>"), Some(Code::XmlLimits));
    assert_eq!(code("<a b='1' c='2' d='3'/>"), Some(Code::XmlLimits));
    assert_eq!(code("<a b='1' c='2'><d e='3' f='4'/></a>"), Some(Code::XmlLimits));
}

#[test]
fn a_plaintext_may_use_the_prefixes_around_it() {
    let around = parse(
        b"<p:a xmlns:p='urn:p' xmlns:saml='urn:oasis:names:tc:SAML:2.0:assertion'><saml:b/></p:a>",
        &Limits::MESSAGE,
    )
    .unwrap();
    let of = |element: crate::xml::Element<'_>, xml: &str| {
        let document = parse_in_context(xml.as_bytes(), &Limits::MESSAGE, &element.bindings()).unwrap();
        assert!(document.root().is(Ns::SAML, "Assertion"));
        document.uses_context()
    };
    let (outer, inner) = (around.root(), around.root().children().next().unwrap());
    assert!(of(outer, "<saml:Assertion/>"), "unused where it stands, so no signature covers it");
    assert!(!of(inner, "<saml:Assertion/>"));
    assert!(!of(inner, "<saml:Assertion><p:x/></saml:Assertion>"));
    assert!(!of(outer, "<saml:Assertion xmlns:saml='urn:oasis:names:tc:SAML:2.0:assertion'/>"));
    assert_eq!(code("<saml:Assertion/>"), Some(Code::XmlNamespace));
}

#[test]
fn scopes_end_with_their_element() {
    assert_eq!(code("<a><b xmlns:p='urn:p'><p:c/></b><p:c/></a>"), Some(Code::XmlNamespace));
    assert_eq!(code("<a><b xmlns:p='urn:p'/><p:c/></a>"), Some(Code::XmlNamespace));
}

/// Where tags, text and CDATA begin and end, for what another tokenizer must see as well.
type Token = (usize, char, usize);

fn our_tokens(document: &Document<'_>) -> Vec<Token> {
    let mut tokens = Vec::new();
    for node in &document.nodes {
        let (start, end) = (node.start as usize, node.end as usize);
        match node.kind {
            Kind::Element => tokens.push((start, '<', end)),
            Kind::Text => tokens.push((start, 't', end)),
            Kind::CData => tokens.push((start, 'c', end)),
        }
        if node.kind == Kind::Element && !node.is_empty_tag {
            tokens.push((node.close as usize, '/', 0));
        }
    }
    tokens.sort_unstable();
    tokens
}

fn tokens_of_quick_xml(text: &str) -> Result<Vec<Token>, quick_xml::Error> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text);
    let mut tokens: Vec<Token> = Vec::new();
    let (mut start, mut depth) = (0, 0);
    loop {
        let event = reader.read_event()?;
        let end = usize::try_from(reader.buffer_position()).unwrap();
        match event {
            Event::Start(_) | Event::Empty(_) => tokens.push((start, '<', end)),
            Event::End(_) => tokens.push((start, '/', 0)),
            Event::CData(_) => tokens.push((start + 9, 'c', end - 3)),
            Event::Text(_) | Event::GeneralRef(_) if depth > 0 => match tokens.last_mut() {
                Some((_, 't', before)) if *before == start => *before = end,
                _ => tokens.push((start, 't', end)),
            },
            Event::Eof => return Ok(tokens),
            _ => {}
        }
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
        start = end;
    }
}

/// quick-xml, which knows less of the grammar, sees the same tokens in everything that is accepted.
fn assert_same_tokens(xml: &[u8]) -> bool {
    let Ok(document) = parse(xml, &Limits::MESSAGE) else { return false };
    assert_eq!(our_tokens(&document), tokens_of_quick_xml(document.text()).unwrap(), "{}", document.text());
    true
}

#[test]
fn another_tokenizer_sees_the_same_tokens() {
    use crate::mint::{MintRequest, Person, Seeded, mint_response, personality};
    let people = Person::examples();
    let now = crate::Instant::from_seconds(1_772_445_600);
    let mut dice = Seeded::new(1);
    let mut accepted = 0;
    for personality in personality::ALL {
        let request = MintRequest::new(&people[1], "https://sp.example", "https://sp.example/acs", now);
        let message = mint_response(personality, &request, &mut Seeded::new(2)).unwrap().xml();
        assert!(assert_same_tokens(&message));
        for _ in 0..150 {
            let mut changed = message.clone();
            for _ in 0..=dice.below(2) {
                let at = dice.below(changed.len());
                match dice.below(3) {
                    0 => changed[at] = b"<>&;!-[]?/=\"' ax:"[dice.below(17)],
                    1 => drop(changed.remove(at)),
                    _ => changed.splice(at..at, *b"<!-- x --><![CDATA[<]]>").for_each(drop),
                }
            }
            accepted += usize::from(assert_same_tokens(&changed));
        }
    }
    assert!(accepted > 100, "{accepted} changed messages were well-formed");
}

proptest! {
    #[test]
    fn another_tokenizer_sees_the_same_tokens_in_anything(
        inside in prop::collection::vec(
            prop::sample::select(vec!["<b>", "</b>", "<b/>", "<b c='>'/>", "x", "&amp;", ">", "<![CDATA[", "]]>", "<!--", "-->", "-", "]", " "]),
            0..12,
        )
    ) {
        assert_same_tokens(format!("<a>{}</a>", inside.concat()).as_bytes());
    }

    #[test]
    fn never_panics(bytes in prop::collection::vec(prop::sample::select(&b"<>&;!-[]?/=\"' axm:lns#1\xC3\xA9"[..]), 0..60)) {
        let _ = parse(&bytes, &Limits::MESSAGE);
    }

    #[test]
    fn texts_come_back(text in "[^\u{0}-\u{8}\u{B}\u{C}\u{E}-\u{1F}\u{FFFE}\u{FFFF}]{0,30}") {
        let xml = format!("<a b=\"{}\">{}</a>", crate::xml::write::attribute(&text), crate::xml::write::text(&text));
        let document = parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
        prop_assert_eq!(document.root().attribute("b").unwrap(), text.as_str());
        prop_assert_eq!(document.root().text().unwrap(), text.as_str());
    }
}
