//! Rank 1: SCIM 2.0 (RFC 7643, RFC 7644) as a client speaks it, with Zoom's extension and ways.
//!
//! | file | what |
//! |---|---|
//! | [`attribute`] | the attributes of a user that are provisioned, and a user as values of them |
//! | [`user`] | users: JSON → [`user::User`], values → bodies |
//! | [`group`] | groups, and changes of their members in bodies that are small enough |
//! | [`list`] | list answers, page by page; filters |
//! | [`path`] | ids in paths and queries |
//!
//! Pure. Reading is lenient where servers are known to differ (booleans as texts, numbers as texts, schemas in another
//! letter case, no `Resources` in an empty list); writing is as the RFC has it. Requests, retries and what a refusal
//! means belong to whoever sends.
//!
//! To add an attribute: a line in [`attribute::Attribute`]'s table, its place in [`user`]'s reader and writer.

pub mod attribute;
pub mod group;
pub mod list;
pub mod path;
pub mod user;

/// An answer that is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScimError {
    /// Not an object of this kind.
    #[error("the answer is no SCIM {0}")]
    Form(&'static str),
    /// Without an id nothing can be done with it.
    #[error("the answer has no id")]
    Id,
}
