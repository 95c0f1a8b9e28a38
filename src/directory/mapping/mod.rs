//! From a statement to a subject (who it is) and to what is known of them.
//!
//! [`Mapping`] is the rules of a connection as they are stored and written by people; [`Rules`] is the same, checked,
//! with the usual ones of its product below it; [`Rules::apply`] makes [`Mapped`] of a statement, with the [`Lineage`]
//! of every value; [`Mapped::onto`] lays that over what was known of the person before.
//!
//! # Invariants
//!
//! * Nothing here fails on what a message says: a value that fits no rule is left out. Only a required field that is
//!   missing ends a sign-in.
//! * An assertion makes nobody an operator, and an owner only where the mapping says so. Roles that are copied from an
//!   attribute are the platform's: those of the account are granted by a rule that names them.
//! * Groups that were not sent because they were too many are unknown, never none: nobody loses a role by that.
//!
//! To add a field: [`Mapping`], its line in `Mapping::fields`, [`Mapped`], [`Profile`], its usual names in `usual`.

mod apply;
mod check;
mod lineage;
mod profile;
mod rule;
mod subject;
#[cfg(test)]
mod tests;
mod usual;

pub use apply::{Mapped, Missing};
pub(super) use check::is_reserved;
pub use check::{MappingError, MappingErrors, Rules};
pub use lineage::{Lineage, MappedField, Note};
pub use profile::{Profile, WhoseWord};
pub use rule::{AbsentGroups, Case, Condition, Mapping, RoleRule, RoleSource, Rule, Source, SourceError};
pub use subject::{PERSISTENT, Subject, SubjectSource, SubjectSourceError, Unmapped, subject};
pub use usual::usual;
