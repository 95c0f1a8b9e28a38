use super::*;
use crate::policy::Limits;
use crate::xml::parse;

fn canonical(xml: &str, path: &str, method: Method, prefix_list: Option<&str>) -> String {
    let document = parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
    let element =
        document.root().descendants().find(|element| path.is_empty() || element.local() == path).unwrap();
    let canonical = Canonical { element, without: None, method, prefix_list };
    String::from_utf8(to_vec(&canonical).unwrap()).unwrap()
}

fn exclusive(xml: &str, path: &str) -> String {
    canonical(xml, path, Method::Exclusive, None)
}

#[test]
fn what_is_canonical_stays_as_it_is() {
    let xml = r#"<a:x xmlns:a="urn:a" A="1" B="2"><a:y>text &amp; &lt;more&gt;</a:y></a:x>"#;
    assert_eq!(exclusive(xml, ""), xml);
}

/// The examples of c14n 3.2–3.4 that need no DTD.
#[test]
fn start_and_end_tags() {
    let xml = "<doc>\n   <e1   />\n   <e2   ></e2>\n   <e3   name = \"elem3\"   id=\"elem3\"   />\n\
        <e5 a:attr=\"out\" b:attr=\"sorted\" attr2=\"all\" attr='I&apos;m'\n      xmlns:b=\"http://www.ietf.org\"\n      \
        xmlns:a=\"http://www.w3.org\"\n      xmlns=\"http://example.org\"/></doc  >";
    assert_eq!(
        exclusive(xml, ""),
        "<doc>\n   <e1></e1>\n   <e2></e2>\n   <e3 id=\"elem3\" name=\"elem3\"></e3>\n<e5 xmlns=\"http://example.org\" \
         xmlns:a=\"http://www.w3.org\" xmlns:b=\"http://www.ietf.org\" attr=\"I'm\" attr2=\"all\" b:attr=\"sorted\" \
         a:attr=\"out\"></e5></doc>"
    );
}

#[test]
fn characters_and_references() {
    let xml = "<doc><text>First line&#x0d;&#10;Second line</text><value>&#x32;</value>\
        <compute><![CDATA[value>\"0\" && value<\"10\" ?\"valid\":\"error\"]]></compute>\
        <compute expr='value>\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"'>valid</compute>\
        <norm attr=' &apos;   &#x20;&#13;&#xa;&#9;   &apos; '/>a>b \r\nc\rd</doc>";
    assert_eq!(
        exclusive(xml, ""),
        "<doc><text>First line&#xD;\nSecond line</text><value>2</value><compute>value&gt;\"0\" &amp;&amp; \
         value&lt;\"10\" ?\"valid\":\"error\"</compute><compute expr=\"value>&quot;0&quot; &amp;&amp; \
         value&lt;&quot;10&quot; ?&quot;valid&quot;:&quot;error&quot;\">valid</compute><norm attr=\" '    \
         &#xD;&#xA;&#x9;   ' \"></norm>a&gt;b \nc\nd</doc>"
    );
}

#[test]
fn exclusive_writes_only_what_is_visibly_used() {
    let xml = r#"<n0:a xmlns:n0="urn:0" xmlns:n1="urn:1" xmlns="urn:d"><n1:b n0:x="1"><c/><n1:d xmlns:n1="urn:1"/><n1:d xmlns:n1="urn:2"/></n1:b></n0:a>"#;
    assert_eq!(
        exclusive(xml, "b"),
        r#"<n1:b xmlns:n0="urn:0" xmlns:n1="urn:1" n0:x="1"><c xmlns="urn:d"></c><n1:d></n1:d><n1:d xmlns:n1="urn:2"></n1:d></n1:b>"#
    );
}

#[test]
fn the_default_namespace_is_undone_where_it_ends() {
    let xml = r#"<a xmlns="urn:a"><b xmlns=""><c/></b><d/></a>"#;
    let same = r#"<a xmlns="urn:a"><b xmlns=""><c></c></b><d></d></a>"#;
    assert_eq!(exclusive(xml, ""), same);
    assert_eq!(canonical(xml, "", Method::Inclusive10, None), same);
    assert_eq!(exclusive(xml, "b"), "<b><c></c></b>");
    assert_eq!(canonical(xml, "b", Method::Inclusive10, None), "<b><c></c></b>");
}

#[test]
fn the_prefix_list_is_treated_inclusively() {
    let xml = r#"<a xmlns="urn:d" xmlns:p="urn:p" xmlns:q="urn:q"><b xmlns=""><c xmlns:p="urn:other" q:x="1"/></b></a>"#;
    let list = Some(" p\t#default  p\nunknown ");
    assert_eq!(
        canonical(xml, "b", Method::Exclusive, list),
        r#"<b xmlns:p="urn:p"><c xmlns:p="urn:other" xmlns:q="urn:q" q:x="1"></c></b>"#
    );
    let xml = r#"<a xmlns="urn:d" xmlns:p="urn:p"><p:b/></a>"#;
    assert_eq!(
        canonical(xml, "b", Method::Exclusive, Some("#default")),
        r#"<p:b xmlns="urn:d" xmlns:p="urn:p"></p:b>"#
    );
}

#[test]
fn inclusive_brings_scope_and_xml_attributes() {
    let xml = r#"<a xmlns="urn:d" xmlns:p="urn:p" xml:lang="en" xml:id="i1" xml:other="1"><p:b xml:space="preserve" z="1"><c xmlns:p="urn:p"/></p:b></a>"#;
    assert_eq!(
        canonical(xml, "b", Method::Inclusive10, None),
        r#"<p:b xmlns="urn:d" xmlns:p="urn:p" z="1" xml:id="i1" xml:lang="en" xml:other="1" xml:space="preserve"><c></c></p:b>"#
    );
    assert_eq!(
        canonical(xml, "b", Method::Inclusive11, None),
        r#"<p:b xmlns="urn:d" xmlns:p="urn:p" z="1" xml:lang="en" xml:space="preserve"><c></c></p:b>"#
    );
    let based = r#"<a xml:base="http://x/"><b/></a>"#;
    let document = parse(based.as_bytes(), &Limits::MESSAGE).unwrap();
    let element = document.root().children().next().unwrap();
    let canonical = Canonical { element, without: None, method: Method::Inclusive11, prefix_list: None };
    assert_eq!(to_vec(&canonical), Err(Unsupported));
}

#[test]
fn comments_and_the_enveloped_signature_are_left_out() {
    let xml = r"<a><!-- one --><s><t>x</t></s> <!-- two --> <b/></a>";
    let document = parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
    let element = document.root();
    let without = element.children().next();
    let canonical = Canonical { element, without, method: Method::Exclusive, prefix_list: None };
    assert_eq!(String::from_utf8(to_vec(&canonical).unwrap()).unwrap(), "<a>  <b></b></a>");
}

/// A declaration far above, needed by very many elements below.
#[test]
fn a_form_that_grows_without_measure_is_not_written() {
    let name = format!("urn:{}", "x".repeat(500));
    let xml = format!("<a xmlns:p=\"{name}\">{}</a>", "<p:b/>".repeat(9000));
    let document = parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
    let canonical =
        Canonical { element: document.root(), without: None, method: Method::Exclusive, prefix_list: None };
    assert_eq!(to_vec(&canonical), Err(Unsupported));
    let long = format!("<a xmlns:p=\"urn:{}\"/>", "x".repeat(1000));
    assert_eq!(parse(long.as_bytes(), &Limits::MESSAGE).unwrap_err().code, crate::Code::XmlLimits);
}
