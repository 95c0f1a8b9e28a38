//! Provisioning into Zoom: who of an account's people is there, and with what values.
//!
//! | file | what |
//! |---|---|
//! | [`settings`] | toggles, rules, mapping, when; a preview for one person |
//! | [`form`] | the settings as people type them |
//! | [`people`] | our people as the planner wants them, and what became of them |
//! | [`run`] | runs: asking for one, confirming, cancelling, looking at them |
//! | `view` | runs and steps as they are handed out |
//! | [`turn`] | whose turn it is: taking a run, working on it, giving it back |
//! | `plan` | all of Zoom's users and all of our people → steps |
//! | `apply` | the steps, some side by side, each once |
//! | `groups` | groups that are pushed |
//! | `told` | what is told of runs: into the log, and to owners |
//! | [`follow`] | what is done when it is time, or when somebody changed |
//!
//! What has to be done is decided by [`crate::zoom::provision`], which is pure; here it is loaded, kept and carried out.
//!
//! # Invariants
//!
//! * A run is one process's at a time ([`super::work`]); what a step came to is written only by whoever still has it, in
//!   one transaction with what ties the person to their Zoom user. Whoever ends a run takes it from nobody: what is under way
//!   is written as it ends.
//! * A step is noted as begun before Zoom is called. Whoever finds it begun and not ended looks what became of it before
//!   anything is done again.
//! * When a step's turn comes, it is looked at again: of whom it is not right any more, or who is tied to another Zoom user
//!   than when it was planned, nothing is done. A plan is for the link and the settings that it was made by, and for no
//!   others.
//! * What would take away more than the owner allows waits for an owner's word.

mod apply;
pub mod follow;
pub mod form;
mod groups;
pub mod people;
mod plan;
pub mod run;
pub mod settings;
mod told;
pub mod turn;
mod view;

pub use plan::Totals;

use crate::scim::attribute::{Attribute, Values};
use crate::zoom::provision::mapping::{Mapping, Unmappable};
use crate::zoom::provision::plan::{Person, Standing};
use crate::zoom::provision::rule::{Rule, first};

/// Whether somebody is to be in Zoom and able to sign in there: by which rule, and with what values.
fn wanted<'a>(
    rules: &'a [Rule],
    mapping: &Mapping,
    person: &Person,
) -> Result<Option<(&'a Rule, Values)>, Unmappable> {
    if person.standing != Standing::Active {
        return Ok(None);
    }
    let Some(rule) = first(rules, &person.fields) else { return Ok(None) };
    let values = mapping.apply(&person.fields)?;
    let is_active = values.get(Attribute::Active) != Some("false");
    Ok(is_active.then_some((rule, values)))
}
