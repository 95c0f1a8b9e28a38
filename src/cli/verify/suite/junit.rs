//! The result of a suite as `JUnit` XML, for build servers. No times: equal inputs give equal bytes.

use std::fmt::Write as _;

use super::Judged;
use crate::cli::verify::report::{Agrees, Verdict};

/// One `testcase` per case: a hard difference is a failure, a missing file is skipped, a soft difference is a note.
#[must_use]
pub fn junit(cases: &[Judged]) -> String {
    let failures = cases.iter().filter(|case| case.is_hard()).count();
    let skipped = cases.iter().filter(|case| case.report.verdict == Verdict::Missing).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<testsuite name=\"gatepost verify\" tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">",
        cases.len()
    );
    for case in cases {
        let _ = write!(out, "  <testcase classname=\"gatepost.verify\" name=\"{}\"", escaped(&case.label));
        let why = escaped(case.why.as_deref().unwrap_or_default());
        let body = match case.report.agreement.and_then(|agreement| agreement.agrees) {
            _ if case.report.verdict == Verdict::Missing => "<skipped/>".to_owned(),
            Some(Agrees::No) => format!("<failure message=\"{why}\"/>"),
            Some(Agrees::Soft) => format!("<system-out>{why}</system-out>"),
            Some(Agrees::Yes) | None => String::new(),
        };
        if body.is_empty() {
            out.push_str("/>\n");
        } else {
            let _ = writeln!(out, ">{body}</testcase>");
        }
    }
    out.push_str("</testsuite>\n");
    out
}

/// Escaped for XML; what is no character of XML 1.0 becomes U+FFFD.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use gatepost_saml::trace::MessageKind;

    use super::*;
    use crate::cli::verify::report::{Agreement, Report};

    fn case(label: &str, agrees: Option<Agrees>, why: Option<&str>) -> Judged {
        let mut report = Report::missing(MessageKind::Response);
        if agrees.is_some() {
            report.verdict = Verdict::Refused;
        }
        report.agreement = Some(Agreement { expected: None, agrees });
        Judged {
            label: label.to_owned(),
            report,
            why: why.map(str::to_owned),
            leaked: false,
            not_offered: false,
        }
    }

    #[test]
    fn one_testcase_per_case() {
        let xml = junit(&[
            case("a", Some(Agrees::Yes), None),
            case("b<\u{1}>", Some(Agrees::No), Some("x & \"y\"\n")),
            case("c", Some(Agrees::Soft), Some("soft")),
            case("d", None, None),
        ]);
        assert!(xml.contains("tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"1\""), "{xml}");
        assert!(xml.contains("name=\"a\"/>"));
        assert!(xml.contains("name=\"b&lt;\u{fffd}&gt;\"><failure message=\"x &amp; &quot;y&quot;&#10;\"/>"));
        assert!(xml.contains("<system-out>soft</system-out>"));
        assert!(xml.contains("<skipped/>"));
    }
}
