//! The report on who signed in and out, by day.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A page of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Day and whether it was a sign-in, one for each line.
    pub lines: Vec<(String, bool)>,
    /// Where the next begins. None: it was the last.
    pub next: Option<String>,
}

/// What happened on one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Sign-ins.
    pub signed_in: u64,
    /// Sign-outs.
    pub signed_out: u64,
}

/// Days, `2026-11-22` first to last.
pub type Days = BTreeMap<String, Day>;

#[derive(Deserialize)]
struct Body {
    activity_logs: Vec<Line>,
    #[serde(default)]
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    time: String,
    #[serde(default, rename = "type")]
    kind: String,
}

/// Reads a page; `None` when it is none.
#[must_use]
pub fn read(body: &[u8]) -> Option<Page> {
    let body: Body = serde_json::from_slice(body).ok()?;
    let line = |line: Line| {
        let day: String = line.time.chars().take(10).collect();
        (day.len() == 10).then(|| (day, line.kind.eq_ignore_ascii_case("sign in")))
    };
    Some(Page {
        lines: body.activity_logs.into_iter().filter_map(line).collect(),
        next: body.next_page_token.filter(|token| !token.is_empty()),
    })
}

/// Counts a page.
pub fn count(days: &mut Days, page: &Page) {
    for (day, is_in) in &page.lines {
        let day = days.entry(day.clone()).or_default();
        if *is_in {
            day.signed_in += 1;
        } else {
            day.signed_out += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_by_day() {
        let body = br#"{"next_page_token":"n","activity_logs":[
            {"email":"a@x.example","time":"2026-11-21T10:00:00Z","type":"Sign in"},
            {"email":"a@x.example","time":"2026-11-21T11:00:00Z","type":"Sign out"},
            {"email":"b@x.example","time":"2026-11-22T00:00:00Z","type":"Sign in"},
            {"email":"b@x.example","time":"soon","type":"Sign in"}]}"#;
        let page = read(body).unwrap();
        let mut days = Days::new();
        count(&mut days, &page);
        assert_eq!((page.next.as_deref(), days.len()), (Some("n"), 2));
        assert_eq!(days["2026-11-21"], Day { signed_in: 1, signed_out: 1 });
        assert_eq!(read(br#"{"next_page_token":"","activity_logs":[]}"#).unwrap().next, None);
        assert_eq!(read(b"[]"), None);
    }
}
