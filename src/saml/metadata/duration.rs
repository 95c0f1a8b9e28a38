//! `xs:duration` (XML Schema part 2, 3.2.6) as `cacheDuration` uses it.

use crate::instant::DAY_SECONDS as DAY;

/// Its length in seconds, parts of a second left out; a month counts as 30 days and a year as 365. `None` for what is
/// no duration, or one that goes backwards.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let (date, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (text.strip_prefix('P')?, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let date = sum(date, &[('Y', 365 * DAY), ('M', 30 * DAY), ('D', DAY)])?;
    Some(date.saturating_add(sum(time, &[('H', 3600), ('M', 60), ('S', 1)])?))
}

/// The sum of `1Y2M`, each unit at most once and in order.
fn sum(mut rest: &str, mut units: &[(char, i64)]) -> Option<i64> {
    let mut total = 0i64;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let unit = after.chars().next()?;
        let at = units.iter().position(|(known, _)| *known == unit)?;
        let (whole, fraction) = number.split_once('.').map_or((number, None), |(w, f)| (w, Some(f)));
        // Only seconds have a fraction.
        if fraction.is_some_and(|fraction| unit != 'S' || fraction.is_empty() || fraction.contains('.')) {
            return None;
        }
        // Too many digits for a number are a very long time.
        let digits = whole.bytes().all(|byte| byte.is_ascii_digit()) && !whole.is_empty();
        let number = digits.then(|| whole.parse::<i64>().unwrap_or(i64::MAX))?;
        total = total.saturating_add(number.saturating_mul(units.get(at)?.1));
        units = units.get(at + 1..)?;
        rest = after.get(unit.len_utf8()..)?;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_or_refused() {
        for (text, wanted) in [
            ("PT1H", Some(3600)),
            ("P1D", Some(DAY)),
            ("P1DT12H30M5.75S", Some(DAY + 12 * 3600 + 30 * 60 + 5)),
            ("P1Y2M", Some(425 * DAY)),
            ("PT0S", Some(0)),
            ("PT99999999999999999999S", Some(i64::MAX)),
            ("P99999999999999999Y", Some(i64::MAX)),
            ("", None),
            ("P", None),
            ("PT", None),
            ("P1DT", None),
            ("-PT1H", None),
            ("PT1", None),
            ("1H", None),
            ("P1H", None),
            ("PT1M1H", None),
            ("PT1H1H", None),
            ("PT1.5H", None),
            ("PT.S", None),
            ("PT1.2.3S", None),
            ("PTxS", None),
            ("P1\u{e9}", None),
        ] {
            assert_eq!(seconds(text), wanted, "{text}");
        }
    }
}
