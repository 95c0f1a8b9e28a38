//! The inventory of Zoom: sums, a chart, how it went, the users. No Debug: a form's token is inside.

use askama::Template;

use super::Frame;
use super::console::Around;
use super::zoom::is_used_for;
use super::zoom_provisioning::problem;
use crate::base::Instant;
use crate::flow::zoom::inventory::table::{Filter, SeatView};
use crate::flow::zoom::inventory::{InventoryView, REPORT_DAYS, Report};
use crate::flow::zoom::link::LinkView;
use crate::words::{Message, ZoomInventoryText, day, moment};

/// Of the chart: the height of everything, and how far bars are apart.
const HEIGHT: u64 = 100;
const STEP: u64 = 64;
/// Of the line.
const WIDTH: usize = 400;
/// How use is grouped in the chart: who uses what they have.
const IDLE: [&str; 3] = ["long_ago", "never", "off"];
const PLANS: [&str; 5] = ["licensed", "on_prem", "basic", "unassigned", "none"];

/// A plan in the chart.
pub struct Bar {
    /// Its stable name.
    pub plan: &'static str,
    /// How many have it.
    pub count: u64,
    /// How they use it.
    pub uses: Vec<(String, u64)>,
    /// Where it stands.
    pub x: u64,
    /// Those who use it: from where, how high.
    pub used: (u64, u64),
    /// Those who do not.
    pub idle: (u64, u64),
}

/// What the last inventory came to.
pub struct Shown {
    /// When it was made.
    pub at: Instant,
    /// Users.
    pub users: u64,
    /// Paid licences.
    pub licensed: u64,
    /// Those that are wasted.
    pub wasted: u64,
    /// Who never signed in.
    pub never: u64,
    /// Who has not for long.
    pub long_ago: u64,
    /// How long that is.
    pub days: u32,
    /// Parts that are missing.
    pub missing: Vec<(String, String)>,
    /// The chart.
    pub bars: Vec<Bar>,
    /// Days that the report on who signed in goes back.
    pub report_days: i64,
    /// All of it.
    pub report: Report,
}

impl Shown {
    /// Of an inventory.
    #[must_use]
    pub fn of(at: Instant, report: &Report) -> Self {
        let plans = PLANS.into_iter().filter(|plan| report.count(Some(plan), None) > 0);
        let plans: Vec<&'static str> = plans.collect();
        let highest = plans.iter().map(|plan| report.count(Some(plan), None)).max().unwrap_or(0).max(1);
        let bar = |(x, plan): (u64, &'static str)| {
            let count = report.count(Some(plan), None);
            let idle: u64 = IDLE.iter().map(|use_of_it| report.count(Some(plan), Some(use_of_it))).sum();
            // A single user is seen beside ten thousand.
            let height = |count: u64| if count == 0 { 0 } else { (count * HEIGHT / highest).max(1) };
            let (all, low) = (height(count), height(idle));
            let uses = report.sums.users.get(plan).into_iter().flatten();
            Bar {
                plan,
                count,
                uses: uses.map(|(name, count)| (name.clone(), *count)).collect(),
                x,
                used: (104_u64.saturating_sub(all), all.saturating_sub(low)),
                idle: (104_u64.saturating_sub(low), low),
            }
        };
        Self {
            at,
            users: report.sums.all(),
            licensed: report.count(Some("licensed"), None) + report.count(Some("on_prem"), None),
            wasted: report.sums.all_wasted(),
            never: report.count(None, Some("never")),
            long_ago: report.count(None, Some("long_ago")),
            days: report.inactive_days,
            missing: report.missing.clone(),
            bars: (0..).map(|place| 8 + place * STEP).zip(plans).map(bar).collect(),
            report_days: REPORT_DAYS,
            report: report.clone(),
        }
    }

    fn chart_width(&self) -> u64 {
        u64::try_from(self.bars.len()).unwrap_or(0).max(5) * STEP
    }
}

/// The inventory.
#[derive(Template)]
#[template(path = "zoom_inventory.html")]
pub struct InventoryPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// The link to Zoom, if there is one.
    pub link: Option<&'a LinkView>,
    /// When it is counted next.
    pub next_at: Option<Instant>,
    /// The one that is under way.
    pub reading: Option<&'a InventoryView>,
    /// Why the last one could not be made.
    pub failure: Option<&'a str>,
    /// The last one that was.
    pub latest: Option<Shown>,
    /// How it went, the newest first.
    pub trend: Vec<Shown>,
    /// The same as lines: all, and wasted licences.
    pub lines: (String, String),
    /// Which users are shown.
    pub asked: &'a str,
    /// The same for an address.
    pub encoded: &'a str,
    /// They.
    pub seats: &'a [SeatView],
    /// Where there is more.
    pub more: Option<String>,
}

impl InventoryPage<'_> {
    /// Whether there is a link that is used for it.
    fn is_used(&self) -> bool {
        self.link.is_some_and(|link| is_used_for(link, "inventory"))
    }

    /// Which users a link has chosen, in words; none where all are shown, or those of an address.
    fn chosen(&self) -> Option<String> {
        let text = &self.frame.text.zoom_inventory;
        match Filter::parse(self.asked).ok()? {
            Filter::All | Filter::Email(_) => None,
            Filter::Wasted => Some(text.wasted.to_string()),
            Filter::Plan(name) => Some(format!("{}: {}", text.plan, plan(&name, text))),
            Filter::Use(name) => Some(format!("{}: {}", text.use_of_it, use_name(&name, text))),
        }
    }
}

/// The lines of a trend, whose newest point comes first.
#[must_use]
pub fn lines(trend: &[Shown]) -> (String, String) {
    let highest = trend.iter().map(|point| point.users).max().unwrap_or(0).max(1);
    let last = trend.len().saturating_sub(1).max(1);
    let line = |pick: fn(&Shown) -> u64| {
        let points = trend.iter().rev().enumerate().map(|(place, point)| {
            format!("{},{}", place * WIDTH / last, 104_u64.saturating_sub(pick(point) * HEIGHT / highest))
        });
        points.collect::<Vec<_>>().join(" ")
    };
    (line(|point| point.users), line(|point| point.wasted))
}

fn plan(name: &str, text: &ZoomInventoryText) -> Message {
    match name {
        "licensed" => text.plan_licensed,
        "on_prem" => text.plan_on_prem,
        "basic" => text.plan_basic,
        "unassigned" => text.plan_unassigned,
        _ => text.plan_none,
    }
}

/// A role of Zoom's, by its id.
fn role(id: &str, text: &ZoomInventoryText) -> Message {
    match id {
        "0" => text.role_owner,
        "1" => text.role_admin,
        "2" => text.role_member,
        _ => text.role_other,
    }
}

fn use_name(name: &str, text: &ZoomInventoryText) -> Message {
    match name {
        "lately" => text.use_lately,
        "new" => text.use_new,
        "long_ago" => text.use_long_ago,
        "never" => text.use_never,
        "off" => text.use_off,
        _ => text.use_invited,
    }
}
