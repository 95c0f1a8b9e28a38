//! What will end: a board with a small picture of the next year.

use askama::Template;
use gatepost_saml::instant::Instant;

use super::Frame;
use super::console::{Around, Mood};
use crate::directory::state::DeadlineKind;
use crate::flow::deadline::calendar::CalendarView;
use crate::flow::deadline::{COUNTED, Contact, DeadlineView};
use crate::words::{DeadlinesText, day, days_left, moment};

/// From so many days before, it is something to look at; from so many on, it is pressing.
const SOON_DAYS: i64 = 30;
const NEAR_DAYS: i64 = 7;
/// The picture: so many days, on so many units of length.
const PICTURE_DAYS: i64 = 365;
const WIDTH: i64 = 720;
const MARGIN: i64 = 12;
const HEIGHT: i64 = 84;
/// Where a mark stands that has none below it.
const LOWEST: i64 = 58;

/// `/console/at/{account}/deadlines`, and `/console/deadlines` of all accounts.
#[derive(Template)]
#[template(path = "console_deadlines.html")]
pub struct DeadlinesPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The texts.
    pub say: &'static DeadlinesText,
    /// The page's own address.
    pub base: &'a str,
    /// Whether it is about one account.
    pub is_account: bool,
    /// What will end, by its end.
    pub rows: &'a [DeadlineRow<'a>],
    /// Where later ones are.
    pub later: Option<String>,
    /// Whom to write to, where whoever looks may say so.
    pub contact: Option<Contact>,
    /// Calendars, where whoever looks may make them.
    pub calendars: Option<&'a [CalendarView]>,
    /// The address of a calendar that was just made.
    pub made: Option<&'a str>,
}

/// Something that will end.
#[derive(Debug, Clone)]
pub struct DeadlineRow<'a> {
    /// It.
    pub deadline: &'a DeadlineView,
    /// Days until then.
    pub days: i64,
}

impl<'a> DeadlineRow<'a> {
    /// An end as seen at a moment: days are counted from date to date, as whoever reads the dates counts them.
    #[must_use]
    pub fn new(deadline: &'a DeadlineView, now: Instant) -> Self {
        let days = deadline.ends_at.day() - now.day();
        // What ended earlier today is over.
        Self { deadline, days: if deadline.ends_at < now { days.min(-1) } else { days } }
    }

    fn left(&self, say: &DeadlinesText) -> String {
        match self.days {
            ..0 => say.ended.to_string(),
            days => days_left(days, [say.in_a_day, say.in_one_day, say.in_days]),
        }
    }

    fn people(&self, say: &DeadlinesText) -> String {
        match self.deadline.people {
            count if count > COUNTED => say.more_than.with("count", COUNTED).to_string(),
            count => count.to_string(),
        }
    }

    /// Of what, in a line.
    fn about(&self, say: &DeadlinesText) -> String {
        let DeadlineView { connection, name, people, .. } = self.deadline;
        let connection = connection.as_ref().map(|(_, name)| name.clone());
        let name = (!name.is_empty()).then(|| name.clone());
        let people = (*people > 0).then(|| format!("{}: {}", say.people, self.people(say)));
        [connection, name, people].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    const fn mood(&self) -> Mood {
        match self.days {
            _ if self.deadline.is_replaced => Mood::Off,
            days if days <= NEAR_DAYS => Mood::Bad,
            days if days <= SOON_DAYS => Mood::Warn,
            _ => Mood::Good,
        }
    }

    /// Whether it is later than the picture shows.
    const fn is_beyond(&self) -> bool {
        self.days > PICTURE_DAYS
    }

    /// Where it stands in the picture; nothing beyond its edges.
    fn place(&self) -> Option<i64> {
        (0..=PICTURE_DAYS)
            .contains(&self.days)
            .then(|| MARGIN + self.days * (WIDTH - 2 * MARGIN) / PICTURE_DAYS)
    }
}

impl DeadlinesPage<'_> {
    /// What ends within the time of the picture.
    fn near(&self) -> Vec<&DeadlineRow<'_>> {
        self.rows.iter().filter(|row| !row.is_beyond()).collect()
    }

    /// What ends later: by what it is, so that what happens then is said once.
    fn beyond(&self) -> Vec<(DeadlineKind, Vec<&DeadlineRow<'_>>)> {
        let mut kinds: Vec<(DeadlineKind, Vec<&DeadlineRow<'_>>)> = Vec::new();
        for row in self.rows.iter().filter(|row| row.is_beyond()) {
            let kind = row.deadline.kind;
            match kinds.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, rows)) => rows.push(row),
                None => kinds.push((kind, vec![row])),
            }
        }
        kinds
    }

    fn beyond_count(&self) -> usize {
        self.rows.iter().filter(|row| row.is_beyond()).count()
    }

    /// Marks of the picture: where, how pressing, and what a pointer is told. Several of a day are one above another.
    fn marks(&self) -> Vec<(i64, i64, &'static str, String)> {
        let mut marks: Vec<(i64, i64, &'static str, String)> = Vec::new();
        for row in self.rows {
            let Some(place) = row.place() else { continue };
            let below = marks.iter().filter(|mark| (mark.0 - place).abs() < 8).count();
            let height = LOWEST - 11 * i64::try_from(below.min(4)).unwrap_or(4);
            let what = format!("{}: {}", day(row.deadline.ends_at), self.say.what(row.deadline.kind));
            marks.push((place, height, row.mood().class(), what));
        }
        marks
    }

    /// What of the picture is shown: from the highest mark down.
    fn view(&self) -> String {
        let highest = self.marks().iter().map(|mark| mark.1).min().unwrap_or(LOWEST);
        let top = highest - MARGIN;
        format!("0 {top} {WIDTH} {}", HEIGHT - top)
    }

    /// Months along the line: where, how the word stands there, and the word.
    fn ticks(&self) -> Vec<(i64, &'static str, String)> {
        let tick = |months: i64| {
            let place = MARGIN + months * (WIDTH - 2 * MARGIN) / 12;
            let anchor = if months == 12 { "end" } else { "middle" };
            (place, anchor, self.say.in_months.with("months", months).to_string())
        };
        [3, 6, 9, 12].into_iter().map(tick).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::DAY_SECONDS;
    use crate::words::{EN, ES};

    #[test]
    fn what_is_left_is_counted_as_people_count() {
        // Ten in the morning.
        let now = Instant::from_seconds(1_772_445_630);
        let left = |seconds: i64, text: &crate::words::Text| {
            let deadline = DeadlineView {
                kind: DeadlineKind::ApiKey,
                thing: String::new(),
                ends_at: now.plus_seconds(seconds),
                name: String::new(),
                connection: None,
                people: 0,
                is_replaced: false,
                account: None,
            };
            DeadlineRow::new(&deadline, now).left(&text.deadlines)
        };
        for (seconds, english, spanish) in [
            (-DAY_SECONDS, "ended", "terminó"),
            (-60, "ended", "terminó"),
            (0, "within a day", "en menos de un día"),
            (DAY_SECONDS, "in one day", "en un día"),
            (2 * DAY_SECONDS, "in 2 days", "en 2 días"),
            // From the second of the month to the seventh.
            (5 * DAY_SECONDS - 60, "in 5 days", "en 5 días"),
        ] {
            assert_eq!((left(seconds, &EN).as_str(), left(seconds, &ES).as_str()), (english, spanish));
        }
    }
}
