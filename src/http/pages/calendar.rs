//! A calendar of what will end (RFC 5545): one all-day entry for each.

use std::fmt::Write as _;

use gatepost_saml::instant::Instant;

use crate::flow::deadline::calendar::Calendar;
use crate::words::Text;

/// Octets of a line, the rest is folded (RFC 5545, 3.1).
const LINE: usize = 75;

/// The calendar as a file. `site` is where the entries' pages are.
#[must_use]
pub fn file(calendar: &Calendar, site: &str, text: &Text) -> String {
    let say = &text.deadlines;
    let name = match &calendar.account {
        Some(account) => say.calendar_of.with("account", account).to_string(),
        None => say.calendar.to_string(),
    };
    let mut out = String::new();
    let mut line = |name: &str, value: &str| fold(&mut out, &format!("{name}:{value}"));
    line("BEGIN", "VCALENDAR");
    line("VERSION", "2.0");
    line("PRODID", "-//Gatepost//Deadlines//EN");
    line("X-WR-CALNAME", &escaped(&name));
    for entry in &calendar.entries {
        if entry.is_replaced {
            continue;
        }
        let mut what = say.what(entry.kind).to_string();
        let connection = entry.connection.as_ref().map(|(_, name)| name.as_str());
        let account = entry.account.as_ref().map(|(_, name)| name.as_str());
        for part in [connection, Some(entry.name.as_str()), account].into_iter().flatten() {
            if !part.is_empty() {
                let _ = write!(what, ", {part}");
            }
        }
        line("BEGIN", "VEVENT");
        line("UID", &format!("{}-{}-{}@gatepost", entry.kind, entry.thing, entry.ends_at.seconds()));
        line("DTSTAMP", &stamp(calendar.at));
        line("DTSTART;VALUE=DATE", &date(entry.ends_at));
        line("SUMMARY", &escaped(&what));
        line("DESCRIPTION", &escaped(&say.effect(entry.kind).to_string()));
        if let Some((slug, _)) = &entry.account {
            line("URL", &format!("{site}/console/at/{slug}/deadlines"));
        }
        line("TRANSP", "TRANSPARENT");
        line("END", "VEVENT");
    }
    line("END", "VCALENDAR");
    out
}

fn date(at: Instant) -> String {
    at.to_string().chars().take(10).filter(char::is_ascii_digit).collect()
}

fn stamp(at: Instant) -> String {
    let whole = Instant::from_seconds(at.seconds()).to_string();
    whole.chars().filter(|character| !['-', ':'].contains(character)).collect()
}

/// RFC 5545, 3.3.11. Other control characters have no place in a text.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => {
                out.push('\\');
                out.push(character);
            }
            '\n' => out.push_str("\\n"),
            control if control.is_control() => {}
            other => out.push(other),
        }
    }
    out
}

fn fold(out: &mut String, line: &str) {
    let mut length = 0;
    for character in line.chars() {
        if length + character.len_utf8() > LINE {
            out.push_str("\r\n ");
            length = 1;
        }
        out.push(character);
        length += character.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::DAY_SECONDS;
    use crate::directory::account::Locale;
    use crate::directory::state::DeadlineKind;
    use crate::flow::deadline::DeadlineView;
    use crate::words::EN;

    #[test]
    fn entries_are_days_whose_texts_break_nothing() {
        let at = Instant::from_seconds(1_772_445_630);
        let entry = |name: &str, is_replaced| DeadlineView {
            kind: DeadlineKind::ApiKey,
            thing: "key_1".to_owned(),
            ends_at: at.plus_seconds(DAY_SECONDS),
            name: name.to_owned(),
            connection: None,
            people: 0,
            is_replaced,
            account: Some(("lincoln".to_owned(), "Lincoln; Unified, \u{e9}\u{e9}\u{e9}".repeat(5))),
        };
        let entries = vec![entry("a\r\nBEGIN:VEVENT\nx\u{7}", false), entry("gone", true)];
        let calendar = Calendar { account: None, at, locale: Locale::Browser, entries };
        let text = file(&calendar, "https://sso.example", &EN);
        assert!(
            text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n") && text.ends_with("END:VCALENDAR\r\n")
        );
        assert_eq!(text.matches("\r\nBEGIN:VEVENT\r\n").count(), 1, "{text}");
        assert!(text.contains("\r\nDTSTART;VALUE=DATE:20260303\r\n"), "{text}");
        assert!(text.contains("\r\nDTSTAMP:20260302T100030Z\r\n"), "{text}");
        assert!(
            text.replace("\r\n ", "")
                .contains("SUMMARY:API key\\, a\\nBEGIN:VEVENT\\nx\\, Lincoln\\; Unified\\, ")
        );
        assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
        assert!(!text.replace("\r\n", "").contains(['\r', '\n', '\u{7}']));
    }
}
