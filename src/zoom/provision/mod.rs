//! Who is to be in Zoom, with what values, and what has to be done for that. Pure: nothing is called, nothing stored.
//!
//! | file | what |
//! |---|---|
//! | [`mapping`] | attributes from what is known of a person, checked, with transformations and a preview |
//! | [`rule`] | who is provisioned |
//! | [`plan`] | what a plan is made of: toggles, people, Zoom's users, steps, notes, sums |
//! | [`proof`] | which addresses count as somebody's own |
//! | [`planner`] | our people, Zoom's users and the toggles → a plan, with its cost in licences |
//!
//! # Invariants
//!
//! * Nothing is planned for a person outside of the rules, except taking away what an earlier run gave; and nothing for a
//!   Zoom user whom no run of ours has ever had to do with.
//! * Once a plan is carried out, the next one for the same people is empty, but for those who waited for an address that
//!   it has freed.
//! * A plan that would disable or delete more than the owner allows says so and is not carried out by itself.

pub mod mapping;
pub mod plan;
pub mod planner;
#[cfg(test)]
mod planner_tests;
pub mod proof;
pub mod rule;

use std::collections::BTreeMap;

/// What is known of a person, by field: `email`, `first_name`, `groups`, `custom:grade`, … Fields that several values
/// may stand in hold all of them.
pub type Fields = BTreeMap<String, Vec<String>>;
