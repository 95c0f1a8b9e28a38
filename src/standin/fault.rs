//! What can be wrong, told to the control endpoint as JSON. What has a number strikes so many times.

use serde::{Deserialize, Serialize};

/// A form in which a rate limit is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitForm {
    /// Nothing but the status.
    Bare,
    /// `X-RateLimit-Reset`.
    Reset,
    /// `Retry-After` in seconds.
    Seconds,
    /// `Retry-After` as an HTTP date.
    Date,
    /// `Retry-After` as an ISO 8601 moment, for the day.
    Daily,
    /// Somebody else is at work on the same user.
    Busy,
}

/// A form in which the token endpoint fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenFault {
    /// 503 with a page.
    Down,
    /// 429.
    Limited,
    /// The app was deactivated.
    Inactive,
    /// The refresh token is dead.
    Revoked,
}

/// The faults that are on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// What the token endpoint answers.
    pub token: Option<TokenFault>,
    /// So many calls find their token refused (401, 124).
    pub refuse_tokens: u32,
    /// So many calls are answered with a limit.
    pub limits: u32,
    /// In which form.
    pub limit_form: Option<LimitForm>,
    /// So many calls are answered with 503 and not done.
    pub down: u32,
    /// So many calls are done and then answered with 502.
    pub lost: u32,
    /// Milliseconds that each answer takes.
    pub slow_millis: u64,
    /// Attributes, by their SCIM names, that a PUT silently ignores besides Zoom's usual ones.
    pub ignores: Vec<String>,
    /// SCIM knows no user types any more: none are told, and what is sent of them is ignored.
    pub no_user_type: bool,
    /// The account has no single sign-on.
    pub no_single_sign_on: bool,
    /// Every call lacks this scope.
    pub missing_scope: Option<String>,
    /// Every call of this part lacks a scope: `v2/report`, `scim2/Users`.
    pub refused: Option<String>,
    /// Pages of the list of users that begin with the user of this number, or after it, are answered with 503.
    pub users_until: Option<u64>,
    /// The role of whoever made the app was taken away.
    pub demoted: bool,
    /// The same as Zoom does it to an app that is the account's own: new tokens lack what only administrators may.
    pub loses_scopes: bool,
    /// Whoever authorises the app is a member, who administers nothing.
    pub member: bool,
    /// Whoever made the app may look at the users of these addresses, and may neither make nor change them.
    pub untouchable: Vec<String>,
}
