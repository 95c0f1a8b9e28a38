//! What Zoom told an account: the list with its chart, and one event. No Debug: a form's token is inside.

use askama::Template;

use super::Frame;
use super::console::Around;
use super::zoom::has_events;
use crate::base::Instant;
use crate::directory::state::{ZoomEventState, ZoomKind};
use crate::flow::zoom::event::show::{Counts, Day, EventView, kinds};
use crate::flow::zoom::link::{LinkView, Validation};
use crate::words::{self, Message, ZoomEventsText, moment};

/// How high the chart is.
const HEIGHT: i64 = 100;
/// How wide a day is in it.
const WIDTH: i64 = 20;

/// The list.
#[derive(Template)]
#[template(path = "zoom_events.html")]
pub struct EventsPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// The link to Zoom, if there is one.
    pub link: Option<&'a LinkView>,
    /// Where Zoom posts events.
    pub webhook: &'a str,
    /// The types that can be asked for.
    pub types: Vec<&'static str>,
    /// The days.
    pub chart: &'a ChartView,
    /// What was asked for.
    pub asked: &'a Asked,
    /// What was found.
    pub rows: &'a [EventView],
    /// Where older ones are.
    pub older: Option<String>,
}

/// What was asked for, as it was typed.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// A type's name.
    pub name: String,
    /// A meeting's id or uuid.
    pub meeting: String,
    /// A person's address or id in Zoom.
    pub person: String,
    /// A day.
    pub from: String,
    /// A day.
    pub to: String,
    /// So many days are in the chart.
    pub days: i64,
}

impl Asked {
    fn pairs(&self) -> [(&'static str, &str); 5] {
        [
            ("type", &self.name),
            ("meeting", &self.meeting),
            ("person", &self.person),
            ("from", &self.from),
            ("to", &self.to),
        ]
    }

    fn is_any(&self) -> bool {
        self.pairs().iter().any(|(_, value)| !value.is_empty())
    }

    /// Whether the type that was asked for is none of those that are known.
    fn is_strange(&self, types: &[&'static str]) -> bool {
        !self.name.is_empty() && !types.contains(&self.name.as_str())
    }

    fn of_days_14(&self) -> String {
        self.query(&[("days", "14")])
    }

    fn of_days_30(&self) -> String {
        self.query(&[("days", "30")])
    }

    /// The query that asks for the same, with `more`.
    #[must_use]
    pub fn query(&self, more: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.pairs().into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        query.extend_pairs(more);
        query.finish()
    }
}

/// A chart, measured.
#[derive(Debug, Clone)]
pub struct ChartView {
    /// The bars, the oldest day first.
    pub bars: Vec<Bar>,
    /// How wide it is.
    pub width: i64,
    /// How many events there were.
    pub events: i64,
    /// How many deliveries were refused.
    pub refused: i64,
    /// Why, the most frequent first.
    pub reasons: Vec<(String, i64)>,
    /// What events were about: the stable names, in the order of the chart.
    pub kinds: Vec<&'static str>,
}

/// A day of a chart.
#[derive(Debug, Clone)]
pub struct Bar {
    /// The day: `2026-03-02`.
    pub day: String,
    /// Where it begins.
    pub x: i64,
    /// What events were about, where their part begins, and how high it is.
    pub parts: Vec<(&'static str, i64, i64)>,
    /// What it is about.
    pub counts: Day,
}

impl ChartView {
    /// Measures a chart.
    #[must_use]
    pub fn new(counts: &Counts) -> Self {
        let most = counts.days.iter().map(Day::all).max().unwrap_or_default().max(1);
        // What there is at all is seen.
        let high = |count: i64| if count == 0 { 0 } else { (count * HEIGHT / most).max(2) };
        let bar = |(day, place): (&Day, i64)| {
            let mut top = HEIGHT + 4;
            let parts = day.by_kind().into_iter().map(|(kind, count)| {
                let height = high(count).min(top);
                top -= height;
                (kind, top, height)
            });
            let parts = parts.collect();
            Bar {
                day: words::day(Instant::from_seconds(day.begins_at)),
                x: place * WIDTH + 2,
                parts,
                counts: day.clone(),
            }
        };
        let mut reasons: Vec<_> =
            counts.refused.iter().map(|(reason, count)| (reason.clone(), *count)).collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let is_there =
            |kind: &&str| counts.days.iter().any(|day| day.by_kind().iter().any(|(known, _)| known == kind));
        Self {
            bars: counts.days.iter().zip(0..).map(bar).collect(),
            width: i64::try_from(counts.days.len()).unwrap_or_default() * WIDTH,
            events: counts.days.iter().map(Day::all).sum(),
            refused: counts.days.iter().map(|day| day.refused).sum(),
            reasons,
            kinds: kinds().filter(is_there).collect(),
        }
    }

    fn days(&self) -> usize {
        self.bars.len()
    }
}

/// One event.
#[derive(Template)]
#[template(path = "zoom_event.html")]
pub struct EventPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// It.
    pub event: &'a EventView,
    /// What Zoom said.
    pub payload: String,
}

/// The query that finds what else was told of a meeting, or of somebody.
fn more(name: &str, value: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
}

fn kind(name: &str, text: &ZoomEventsText) -> Message {
    match name {
        "meeting" => text.kind_meeting,
        "participant" => text.kind_participant,
        "registration" => text.kind_registration,
        "recording" => text.kind_recording,
        "user" => text.kind_user,
        _ => text.kind_other,
    }
}

fn reason(name: &str, text: &ZoomEventsText) -> Message {
    match name {
        "signature_missing" => text.refused_signature_missing,
        "signature_wrong" => text.refused_signature_wrong,
        "timestamp_stale" => text.refused_timestamp_stale,
        "another_account" => text.refused_another_account,
        "too_large" => text.refused_too_large,
        "not_used" => text.refused_not_used,
        _ => text.refused_no_event,
    }
}

const fn state(state: ZoomEventState, text: &ZoomEventsText) -> Message {
    match state {
        ZoomEventState::Waiting => text.state_waiting,
        ZoomEventState::Done => text.state_done,
    }
}
