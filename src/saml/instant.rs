//! Moments in time, and `xs:dateTime` (XML Schema part 2, 3.2.7) as SAML uses it (saml-core 1.3.3).
//!
//! Every lexically valid dateTime gets an answer, whatever its year: values beyond the range saturate, so that a
//! hostile `NotOnOrAfter` compares as "very late" instead of overflowing. The clock is never read here.

use std::fmt;

use serde::{Deserialize, Serialize};

const SECOND: i64 = 1_000_000;
/// A day, where nobody asks for a calendar.
pub(crate) const DAY_SECONDS: i64 = 86_400;

/// A moment: microseconds since 1970-01-01T00:00:00Z, saturating at the ends of `i64` (years ±292,000).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(i64);

/// Why a dateTime was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateTimeError {
    /// Not the lexical form of `xs:dateTime`, or a date that does not exist.
    Malformed,
    /// Well-formed, but without `Z` or an offset: a local time zone must not decide (saml-core 1.3.3).
    NoZone,
}

impl Instant {
    /// From microseconds since the Unix epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From seconds since the Unix epoch, saturating.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(SECOND))
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    /// This moment moved by `seconds` (negative: earlier), saturating.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(SECOND)))
    }

    /// Seconds from `earlier` to `self`, saturating; negative when `self` is before it.
    #[must_use]
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).div_euclid(SECOND)
    }

    /// The UTC day as days since 1970-01-01.
    #[must_use]
    pub const fn day(self) -> i64 {
        self.seconds().div_euclid(DAY_SECONDS)
    }

    /// Reads an `xs:dateTime` with a zone: `Z` or an offset, any number of fraction digits, any year that XML Schema
    /// allows, `24:00:00`, and a leap second (`:60`, read as the following second). White space around it collapses.
    ///
    /// # Errors
    /// [`DateTimeError::NoZone`] without a zone, else [`DateTimeError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, DateTimeError> {
        let mut scan = Scan { rest: text.trim_matches([' ', '\t', '\n', '\r']).as_bytes() };
        let negative = scan.take(b'-');
        let year_digits = scan.digits();
        if year_digits.len() < 4 || (year_digits.len() > 4 && year_digits.first() == Some(&b'0')) {
            return Err(DateTimeError::Malformed);
        }
        // Years of more than 17 digits are all equally far away.
        let year = year_digits.iter().take(17).fold(0i64, |n, d| n * 10 + i64::from(d - b'0'));
        let year = if negative { -year } else { year };
        scan.want(b'-')?;
        let month = scan.two()?;
        scan.want(b'-')?;
        let day = scan.two()?;
        scan.want(b'T')?;
        let hour = scan.two()?;
        scan.want(b':')?;
        let minute = scan.two()?;
        scan.want(b':')?;
        let second = scan.two()?;
        let mut micros = 0i64;
        let mut fraction_is_zero = true;
        if scan.take(b'.') {
            let digits = scan.digits();
            if digits.is_empty() {
                return Err(DateTimeError::Malformed);
            }
            fraction_is_zero = digits.iter().all(|d| *d == b'0');
            let six = digits.iter().copied().chain(std::iter::repeat(b'0')).take(6);
            micros = six.fold(0i64, |n, d| n * 10 + i64::from(d - b'0'));
        }
        let midnight = hour == 24 && minute == 0 && second == 0 && fraction_is_zero;
        if !(1..=12).contains(&month)
            || day < 1
            || day > days_in_month(year, month)
            || (hour > 23 && !midnight)
            || minute > 59
            || second > 60
        {
            return Err(DateTimeError::Malformed);
        }
        let offset_minutes = scan.zone()?;
        // A million years are beyond the range on either side, with every date in them.
        let year = year.clamp(-1_000_000, 1_000_000);
        let seconds = days_from_civil(year, month, day) * DAY_SECONDS
            + hour * 3600
            + (minute - offset_minutes) * 60
            + second;
        let total = i128::from(seconds) * i128::from(SECOND) + i128::from(micros);
        Ok(Self(i64::try_from(total).unwrap_or(if total < 0 { i64::MIN } else { i64::MAX })))
    }
}

/// RFC 3339 in UTC, with microseconds only where there are some (`2026-03-02T10:00:30Z`).
impl fmt::Display for Instant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.seconds();
        let (year, month, day) = civil_from_days(seconds.div_euclid(DAY_SECONDS));
        let of_day = seconds.rem_euclid(DAY_SECONDS);
        let micros = self.0.rem_euclid(SECOND);
        if (0..=9999).contains(&year) {
            // Every trace holds several of these: digits in their places, without the machinery of formatting.
            let mut text = *b"0000-00-00T00:00:00.000000Z";
            put(&mut text, 0, 4, year);
            put(&mut text, 5, 2, month);
            put(&mut text, 8, 2, day);
            put(&mut text, 11, 2, of_day / 3600);
            put(&mut text, 14, 2, of_day / 60 % 60);
            put(&mut text, 17, 2, of_day % 60);
            put(&mut text, 20, 6, micros);
            let (last, length) = if micros == 0 { (b'Z', 20) } else { (b'.', text.len()) };
            put_byte(&mut text, 19, last);
            let text = text.get(..length).and_then(|text| std::str::from_utf8(text).ok());
            return out.write_str(text.unwrap_or_default());
        }
        let sign = if year < 0 { "-" } else { "" };
        write!(
            out,
            "{sign}{:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}",
            year.abs(),
            of_day / 3600,
            of_day / 60 % 60,
            of_day % 60
        )?;
        match micros {
            0 => {}
            micros => write!(out, ".{micros:06}")?,
        }
        out.write_str("Z")
    }
}

fn put_byte(text: &mut [u8], at: usize, byte: u8) {
    if let Some(place) = text.get_mut(at) {
        *place = byte;
    }
}

/// Writes `value` in `width` decimal digits from `at` on.
fn put(text: &mut [u8], at: usize, width: usize, mut value: i64) {
    for place in text.iter_mut().skip(at).take(width).rev() {
        *place = b'0' + u8::try_from(value % 10).unwrap_or(0);
        value /= 10;
    }
}

struct Scan<'a> {
    rest: &'a [u8],
}

impl<'a> Scan<'a> {
    fn take(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn want(&mut self, byte: u8) -> Result<(), DateTimeError> {
        if self.take(byte) { Ok(()) } else { Err(DateTimeError::Malformed) }
    }

    fn digits(&mut self) -> &'a [u8] {
        let count = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let (digits, rest) = self.rest.split_at(count);
        self.rest = rest;
        digits
    }

    fn two(&mut self) -> Result<i64, DateTimeError> {
        match self.rest {
            [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] => {
                self.rest = rest;
                Ok(i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
            }
            _ => Err(DateTimeError::Malformed),
        }
    }

    /// Minutes east of UTC; the end of the text must follow.
    fn zone(&mut self) -> Result<i64, DateTimeError> {
        if self.rest.is_empty() {
            return Err(DateTimeError::NoZone);
        }
        let minutes = if self.take(b'Z') {
            0
        } else {
            let sign = if self.take(b'-') {
                -1
            } else {
                self.want(b'+')?;
                1
            };
            let hours = self.two()?;
            self.want(b':')?;
            let minutes = self.two()?;
            if hours > 14 || minutes > 59 || (hours == 14 && minutes > 0) {
                return Err(DateTimeError::Malformed);
            }
            sign * (hours * 60 + minutes)
        };
        if self.rest.is_empty() { Ok(minutes) } else { Err(DateTimeError::Malformed) }
    }
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar, counting in 400-year eras that begin on 1 March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse(text).unwrap()
    }

    #[test]
    fn reads_every_form_of_the_schema() {
        assert_eq!(at("1970-01-01T00:00:00Z").micros(), 0);
        assert_eq!(at("2026-03-02T10:00:30Z").seconds(), 1_772_445_630);
        assert_eq!(at("2026-03-02T10:00:30.1234567Z").micros(), 1_772_445_630_123_456);
        assert_eq!(at("2026-03-02T15:30:30+05:30"), at("2026-03-02T10:00:30Z"));
        assert_eq!(at("2026-03-02T24:00:00Z"), at("2026-03-03T00:00:00Z"));
        assert_eq!(at("2016-12-31T23:59:60Z"), at("2017-01-01T00:00:00Z"));
        assert_eq!(at(" \n2026-03-02T10:00:30Z\t"), at("2026-03-02T10:00:30Z"));
        assert_eq!(at("0001-01-01T00:00:00Z").to_string(), "0001-01-01T00:00:00Z");
        assert!(at("-0044-03-15T12:00:00Z") < at("0001-01-01T00:00:00Z"));
    }

    #[test]
    fn far_years_saturate() {
        assert_eq!(at("999999999-01-01T00:00:00Z").micros(), i64::MAX);
        assert_eq!(at("-999999999999999999999999-01-01T00:00:00Z").micros(), i64::MIN);
        assert_eq!(at("999999999-01-01T00:00:00Z").plus_seconds(60).micros(), i64::MAX);
    }

    #[test]
    fn refuses_what_is_no_datetime() {
        for text in [
            "",
            "garbage",
            "1772445630",
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-03-02 10:00:30Z",
            "2026-03-02T10:00:30.Z",
            "2026-03-02T24:00:01Z",
            "2026-03-02T10:60:00Z",
            "02026-03-02T10:00:00Z",
            "2026-03-02T10:00:30+15:00",
            "2026-03-02T10:00:30Z ;",
            "226-03-02T10:00:30Z",
            "2026-3-2T10:00:30Z",
        ] {
            assert_eq!(Instant::parse(text), Err(DateTimeError::Malformed), "{text:?}");
        }
        assert_eq!(Instant::parse("2026-03-02T10:00:30"), Err(DateTimeError::NoZone));
    }

    proptest! {
        #[test]
        fn prints_what_it_reads(micros in any::<i64>()) {
            let instant = Instant::from_micros(micros);
            prop_assert_eq!(Instant::parse(&instant.to_string()), Ok(instant));
        }

        #[test]
        fn never_panics(text in "\\PC{0,40}") {
            let _ = Instant::parse(&text);
        }
    }
}
