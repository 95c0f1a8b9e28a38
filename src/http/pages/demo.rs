//! `/` of `gatepost demo`: what a newcomer sees first.

use askama::Template;

use super::Frame;
use crate::words::Message;

/// The landing page of the demo.
#[derive(Debug, Template)]
#[template(path = "demo.html")]
pub struct DemoPage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// The demo account's name.
    pub account_name: &'a str,
    /// Its sign-in page.
    pub account_href: &'a str,
    /// Its connections.
    pub connections: &'a [DemoConnection<'a>],
    /// The people that the pretend identity provider knows.
    pub people: &'a [DemoPerson<'a>],
    /// The pretend identity provider's own first page.
    pub idp_href: &'a str,
    /// The stand-in for Zoom, and how many users it has.
    pub zoom: (&'a str, u32),
}

/// A connection of the demo account.
#[derive(Debug, Clone, Copy)]
pub struct DemoConnection<'a> {
    /// What people call it.
    pub name: &'a str,
    /// What is special about its messages, in a sentence.
    pub about: Message,
    /// Where the sign-in starts.
    pub href: &'a str,
}

/// A person of the demo.
#[derive(Debug, Clone, Copy)]
pub struct DemoPerson<'a> {
    /// Their name.
    pub name: &'a str,
    /// Their email address, if they have one.
    pub email: Option<&'a str>,
    /// What they are at the school.
    pub role: &'a str,
}
