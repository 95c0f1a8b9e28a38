//! The pages of those who run the installation: accounts, how one stands, how the installation does.

use askama::Template;
use gatepost_saml::instant::Instant;

use super::Frame;
use super::console::Around;
use crate::directory::state::AccountState;
use crate::flow::account::overview::{self, COUNTED, Standing};
use crate::flow::account::{AccountView, Listed};
use crate::flow::check::Level;
use crate::flow::job::JobView;
use crate::flow::keys::signing::SigningKeyView;
use crate::flow::overview::Overview;
use crate::words::{ConsoleText, Message, OperatorsText, moment};

/// `/console/accounts`.
#[derive(Template)]
#[template(path = "console_accounts.html")]
pub struct AccountsPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The texts.
    pub say: &'static OperatorsText,
    /// What was looked for.
    pub searched: &'a str,
    /// The accounts that fit, by slug.
    pub accounts: &'a [Listed],
    /// Where more are.
    pub more: Option<String>,
    /// What was typed of a new one.
    pub typed: Typed<'a>,
}

/// What stands in the fields of a new account.
#[derive(Debug, Clone, Copy, Default)]
pub struct Typed<'a> {
    /// Its name in addresses.
    pub slug: &'a str,
    /// Its name for people.
    pub name: &'a str,
    /// The platform's own id for it.
    pub external_id: &'a str,
}

impl AccountsPage<'_> {
    fn state(account: &AccountView, text: &ConsoleText) -> Message {
        state(account.state, text)
    }

    fn is_without_sign_in(listed: &Listed) -> bool {
        listed.account.state == AccountState::Active && listed.in_use == 0
    }
}

const fn state(state: AccountState, text: &ConsoleText) -> Message {
    match state {
        AccountState::Active => text.account_active,
        AccountState::Disabled => text.account_suspended,
        AccountState::Deleted => text.account_deleted,
    }
}

/// `/console/accounts/{account}`.
#[derive(Template)]
#[template(path = "console_account.html")]
pub struct AccountPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The texts.
    pub say: &'static OperatorsText,
    /// How it stands.
    pub overview: &'a overview::Overview,
    /// Where its people sign in.
    pub signin_url: &'a str,
}

impl AccountPage<'_> {
    fn state(&self, text: &ConsoleText) -> Message {
        state(self.overview.account.state, text)
    }

    fn is_open(&self) -> bool {
        self.overview.account.state == AccountState::Active
    }

    fn is_deleted(&self) -> bool {
        self.overview.account.state == AccountState::Deleted
    }

    fn sign_ins(&self, standing: &Standing) -> String {
        if standing.sign_ins > COUNTED {
            self.say.sign_ins_many.with("count", COUNTED).to_string()
        } else {
            standing.sign_ins.to_string()
        }
    }
}

/// `/console/health`.
#[derive(Template)]
#[template(path = "console_health.html")]
pub struct HealthPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The texts.
    pub say: &'static OperatorsText,
    /// How the installation stands.
    pub overview: &'a Overview,
    /// Jobs that were given up.
    pub dead: &'a [JobView],
    /// Keys that sign tokens, the oldest first.
    pub signing_keys: &'a [SigningKeyView],
}

impl HealthPage<'_> {
    fn is_good(&self) -> bool {
        let Overview { problems, clock, jobs, periodic, .. } = self.overview;
        problems.is_empty()
            && jobs.2 == 0
            && clock.is_none_or(|(_, level)| level == Level::Good)
            && periodic.iter().all(|one| one.problem.is_none())
    }

    fn clock(&self) -> String {
        match self.overview.clock {
            None => self.say.clock_own.to_string(),
            Some((seconds, _)) => self.say.clock_differs.with("seconds", seconds).to_string(),
        }
    }

    fn settings(&self) -> String {
        let settings = self.overview.settings.iter().map(|(name, value)| format!("{name} = {value}"));
        settings.collect::<Vec<_>>().join(", ")
    }

    fn jobs(&self) -> String {
        let (waiting, _, dead) = self.overview.jobs;
        let waits = match waiting {
            0 => self.say.jobs_none.to_string(),
            count => self.say.jobs_waiting.with("count", count).to_string(),
        };
        if dead == 0 { waits } else { format!("{waits}, {}", self.say.jobs_dead.with("count", dead)) }
    }

    fn mails(&self) -> (String, Option<Instant>) {
        match self.overview.mails {
            _ if !self.overview.sends_mail => (self.say.mails_off.to_string(), None),
            (0, _) => (self.say.mails_none.to_string(), None),
            (count, since) => (self.say.mails_waiting.with("count", count).to_string(), since),
        }
    }

    fn ends(&self) -> String {
        let (ended, soon) = self.overview.ends;
        if ended == 0 && soon == 0 {
            return self.say.ends_nothing.to_string();
        }
        self.say.ends_told.with("ended", ended).with("soon", soon).to_string()
    }
}
