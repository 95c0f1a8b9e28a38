//! Behind a setup link: what is to be set up, and being done with it. No Debug where a form's token is inside.

use askama::Template;

use super::Frame;
use super::console::Around;
use crate::base::caller::SetupScope;
use crate::words::ConsoleText;

/// Behind a setup link.
#[derive(Template)]
#[template(path = "setup.html")]
pub struct SetupPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name.
    pub account: &'a str,
    /// What can be set up.
    pub tasks: Vec<SetupTask>,
}

/// Something that can be set up behind a setup link.
#[derive(Debug, Clone, Copy)]
pub struct SetupTask {
    /// What.
    pub scope: SetupScope,
    /// Where.
    pub href: &'static str,
    /// How many connections are in use, or how many domains are proved.
    pub done: usize,
    /// How many are there beside those.
    pub open: usize,
}

impl SetupTask {
    /// Whether somebody began with it.
    const fn is_begun(&self) -> bool {
        self.done > 0 || self.open > 0
    }

    fn state(&self, text: &ConsoleText) -> String {
        let said = match self.scope {
            _ if !self.is_begun() => return text.setup_none.to_string(),
            SetupScope::Sso => text.setup_state_sso,
            SetupScope::Domains => text.setup_state_domains,
        };
        said.with("done", self.done).with("open", self.open).to_string()
    }
}

/// What the setup link was for is done.
#[derive(Debug, Template)]
#[template(path = "setup_finished.html")]
pub struct FinishedPage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// Where they go from here, if whoever made the link said so.
    pub return_to: Option<&'a str>,
}
