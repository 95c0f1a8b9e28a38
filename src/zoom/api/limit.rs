//! Rate limits as Zoom tells them, in each of their forms. Pure.
//!
//! A limit per second names its end in `X-RateLimit-Reset` (Unix time); a limit per day in `Retry-After`, as an ISO 8601
//! moment rather than the seconds or the HTTP date of RFC 9110 10.2.3. All three forms are read wherever one may stand.
//! A 429 may also say that somebody else is changing the same user: that ends by itself in a moment, and is no reason to
//! slow everything else down.

use crate::base::Instant;
use crate::outbound::request::Answer;

/// No limit of Zoom's lasts longer than a day; a later end is a mistake, or a trick.
const LONGEST: i64 = 36 * 3600;
/// From here on a number is a moment in Unix time, below it a number of seconds.
const UNIX_FROM: i64 = 1_000_000_000;
/// From here on it is in milliseconds.
const MILLIS_FROM: i64 = 100_000_000_000;

/// What was exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitKind {
    /// So many calls a second, or a minute.
    Rate,
    /// So many a day.
    Daily,
    /// Something else is at work on the same thing.
    Busy,
}

impl LimitKind {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Daily => "daily",
            Self::Busy => "busy",
        }
    }
}

/// A 429, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limited {
    /// What was exceeded.
    pub kind: LimitKind,
    /// When it ends, if Zoom says so: never before `now`, never more than a day and a half after it.
    pub until: Option<Instant>,
}

/// Reads a 429; `message` is its sentence.
#[must_use]
pub fn read(answer: &Answer, message: &str, now: Instant) -> Limited {
    let message = message.to_ascii_lowercase();
    let named = answer.header("x-ratelimit-type").unwrap_or_default().to_ascii_lowercase();
    let kind = if message.contains("concurrent") {
        LimitKind::Busy
    } else if named.contains("daily") || message.contains("daily") {
        LimitKind::Daily
    } else {
        LimitKind::Rate
    };
    let said =
        ["retry-after", "x-ratelimit-reset"].into_iter().find_map(|name| moment(answer.header(name)?, now));
    Limited { kind, until: said }
}

/// Whether Zoom counts the call among the heavy ones, of which it gives so many a day; none where it does not say.
#[must_use]
pub fn is_heavy(answer: &Answer) -> Option<bool> {
    let category = answer.header("x-ratelimit-category")?.trim().to_ascii_lowercase();
    (!category.is_empty()).then(|| category.contains("heavy") || category.contains("intensive"))
}

/// How many calls a second Zoom says that this kind of call may make.
#[must_use]
pub fn per_second(answer: &Answer) -> Option<u32> {
    let kind = answer.header("x-ratelimit-type")?;
    let limit = answer.header("x-ratelimit-limit")?.trim().parse::<u32>().ok()?;
    (kind.eq_ignore_ascii_case("QPS") && (1..=1000).contains(&limit)).then_some(limit)
}

/// The end of a wait: seconds, Unix time in seconds or milliseconds, an HTTP date, or an ISO 8601 moment.
#[must_use]
pub fn moment(text: &str, now: Instant) -> Option<Instant> {
    let text = text.trim();
    let at = if text.bytes().all(|byte| byte.is_ascii_digit()) {
        match text.parse::<i64>().ok()? {
            seconds @ ..UNIX_FROM => now.plus_seconds(seconds),
            seconds @ UNIX_FROM..MILLIS_FROM => Instant::from_seconds(seconds),
            millis => Instant::from_micros(millis.saturating_mul(1000)),
        }
    } else if let Some(at) = http_date(text) {
        at
    } else {
        // Without a zone it is UTC.
        Instant::parse(text).or_else(|_| Instant::parse(&format!("{text}Z"))).ok()?
    };
    Some(at.clamp(now, now.plus_seconds(LONGEST)))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 5.6.7); its older forms are not sent by anybody.
fn http_date(text: &str) -> Option<Instant> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let rest = text.split_once(", ")?.1.strip_suffix(" GMT")?;
    let mut parts = rest.split(' ');
    let (day, month, year, time) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    Instant::parse(&format!("{year}-{month:02}-{day}T{time}Z")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22T12:00:00Z.
    const NOW: Instant = Instant::from_seconds(1_795_348_800);

    #[test]
    fn an_end_is_read_in_every_form() {
        for (text, wanted) in [
            ("0", Some(0)),
            ("7", Some(7)),
            (" 120 ", Some(120)),
            ("1795348810", Some(10)),
            ("1795348810000", Some(10)),
            ("Sun, 22 Nov 2026 12:00:30 GMT", Some(30)),
            ("2026-11-22T12:01:00Z", Some(60)),
            ("2026-11-22T13:01:00+01:00", Some(60)),
            ("2026-11-22T12:01:00.000Z", Some(60)),
            ("2026-11-22T12:01:00", Some(60)),
            ("2026-11-23T00:00:00Z", Some(43_200)),
            // Over already; too long; no end at all.
            ("1795348700", Some(0)),
            ("2020-01-01T00:00:00Z", Some(0)),
            ("99999999", Some(LONGEST)),
            ("2999-01-01T00:00:00Z", Some(LONGEST)),
            ("99999999999999999999", None),
            ("", None),
            ("-5", None),
            ("soon", None),
            ("Sun, 22 Foo 2026 12:00:30 GMT", None),
            ("Sun, 32 Nov 2026 12:00:30 GMT", None),
        ] {
            let at = moment(text, NOW).map(|at| at.seconds_since(NOW));
            assert_eq!(at, wanted, "{text:?}");
        }
    }

    #[test]
    fn limits_are_told_apart() {
        let limited =
            |headers: &[(&'static str, &str)], message| read(&Answer::of(429, headers, b""), message, NOW);
        assert_eq!(
            limited(
                &[("x-ratelimit-type", "QPS"), ("x-ratelimit-reset", "1795348801")],
                "You have reached the maximum per-second rate limit for this API."
            ),
            Limited { kind: LimitKind::Rate, until: Some(NOW.plus_seconds(1)) }
        );
        assert_eq!(
            limited(&[("x-ratelimit-type", "Daily-limit"), ("retry-after", "2026-11-23T00:00:00Z")], ""),
            Limited { kind: LimitKind::Daily, until: Some(NOW.plus_seconds(43_200)) }
        );
        assert_eq!(limited(&[], "You have reached the daily limit.").kind, LimitKind::Daily);
        assert_eq!(
            limited(
                &[],
                "Too many concurrent requests. A request to disassociate this user has already been made."
            ),
            Limited { kind: LimitKind::Busy, until: None }
        );
        assert_eq!(limited(&[("retry-after", "soon")], ""), Limited { kind: LimitKind::Rate, until: None });
    }

    #[test]
    fn a_category_is_read() {
        for (category, wanted) in [
            ("Heavy", Some(true)),
            ("resource-intensive", Some(true)),
            ("Light", Some(false)),
            ("MEDIUM", Some(false)),
            ("", None),
        ] {
            let answer = Answer::of(429, &[("x-ratelimit-category", category)], b"");
            assert_eq!(is_heavy(&answer), wanted, "{category}");
        }
        assert_eq!(is_heavy(&Answer::of(429, &[], b"")), None);
    }

    #[test]
    fn a_rate_is_learnt_from_headers_that_speak_of_seconds() {
        let rate = |kind, limit| {
            per_second(&Answer::of(200, &[("x-ratelimit-type", kind), ("x-ratelimit-limit", limit)], b""))
        };
        assert_eq!(rate("QPS", "30"), Some(30));
        for (kind, limit) in
            [("Daily-limit", "30"), ("QPS", "0"), ("QPS", "many"), ("QPS", "100000"), ("", "30")]
        {
            assert_eq!(rate(kind, limit), None, "{kind} {limit}");
        }
    }
}
