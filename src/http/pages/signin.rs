//! Where a sign-in begins and ends: the start page, an account's sign-in page, the page after signing out.

use askama::Template;

use super::Frame;
use super::branding::Brand;

/// `/`: asks for an email address or the account. Sends `POST /signin` with `who=<what was typed>`.
#[derive(Debug, Template)]
#[template(path = "start.html")]
pub struct StartPage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// What to put into the field: what was typed last time.
    pub typed: &'a str,
    /// What was wrong with it.
    pub problem: Option<StartProblem>,
    /// Where the person was going, sent along as `return_to`.
    pub return_to: Option<&'a str>,
    /// How this browser signed in last.
    pub remembered: Option<Remembered<'a>>,
}

/// How a browser signed in last.
#[derive(Debug, Clone, Copy)]
pub struct Remembered<'a> {
    /// The account's name.
    pub account: &'a str,
    /// The connection's.
    pub connection: &'a str,
    /// Where that sign-in starts.
    pub href: &'a str,
}

/// What can be wrong with what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartProblem {
    /// Nothing was typed.
    Empty,
    /// There is no such account.
    Unknown,
    /// Nobody signs in by the domain of that address.
    UnknownDomain,
}

/// `/signin/{account}`: the account's connections.
#[derive(Debug, Template)]
#[template(path = "signin.html")]
pub struct SignInPage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// The account's name as people know it.
    pub account_name: &'a str,
    /// Its active connections, in the order to show them.
    pub connections: &'a [ConnectionChoice<'a>],
    /// How the account looks.
    pub brand: Brand,
}

/// A way to sign in.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionChoice<'a> {
    /// What people call it.
    pub name: &'a str,
    /// Where the sign-in starts: `/saml/{connection}/login`, with `return_to` if there is one.
    pub href: &'a str,
}

/// After signing out.
#[derive(Debug, Template)]
#[template(path = "signed_out.html")]
pub struct SignedOutPage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// The account's sign-in page.
    pub again_href: &'a str,
}
