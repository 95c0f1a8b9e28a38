//! A day, for what is allowed until its end.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::base::Instant;
use crate::base::sentence::{Sentence, Told, sentence, told_errors};
use crate::base::time::DAY_SECONDS;

/// A day (UTC). Its text form is `2027-06-30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(Instant);

/// Not a day; a plain sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayError;

impl Told for DayError {
    fn sentence(&self) -> Sentence {
        sentence!("it must be a day such as 2027-06-30")
    }
}

told_errors!(DayError);

impl Day {
    /// The day of a moment.
    #[must_use]
    pub const fn of(moment: Instant) -> Self {
        Self(Instant::from_seconds(moment.day() * DAY_SECONDS))
    }

    /// When it is over.
    #[must_use]
    pub const fn ends_at(self) -> Instant {
        self.0.plus_seconds(DAY_SECONDS)
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        if text.len() != 10 {
            return Err(DayError);
        }
        Instant::parse(&format!("{text}T00:00:00Z")).map(Self).map_err(|_| DayError)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        out.write_str(text.split('T').next().unwrap_or_default())
    }
}

impl TryFrom<String> for Day {
    type Error = DayError;

    fn try_from(text: String) -> Result<Self, DayError> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_lasts_to_its_end() {
        let day: Day = "2027-06-30".parse().unwrap();
        assert_eq!(day.to_string(), "2027-06-30");
        let end = day.ends_at();
        assert_eq!(end.to_string().get(..19), Some("2027-07-01T00:00:00"));
        assert_eq!((Day::of(end.plus_seconds(-1)), Day::of(end) == day), (day, false));
        for bad in ["", "2027-6-30", "2027-02-30", "30.06.2027", "2027-06-30T", "+027-06-30"] {
            assert_eq!(bad.parse::<Day>(), Err(DayError), "{bad}");
        }
    }
}
