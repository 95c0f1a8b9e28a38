//! What is wrong, in Spanish: each English template beside its own, with the same places.
//!
//! To add one: a row in the file of its topic. A test says which are missing, and which nobody makes any more.

use gatepost_saml::code::CODES;

mod connections;
mod operations;
mod people;
mod remarks;
mod remarks_content;
mod values;
mod zoom;

/// English, Spanish.
pub(super) type Row = (&'static str, &'static str);

/// Every row.
pub const ROWS: [&[Row]; 7] = [
    connections::ROWS,
    operations::ROWS,
    people::ROWS,
    remarks::ROWS,
    remarks_content::ROWS,
    values::ROWS,
    zoom::ROWS,
];

/// What `template` is in Spanish.
pub fn of(template: &str) -> Option<&'static str> {
    let row = ROWS.into_iter().flatten().find(|(english, _)| *english == template);
    row.map(|(_, spanish)| *spanish).or_else(|| super::mend::of_english(template))
}

/// Every template that is known in Spanish.
pub fn templates() -> Vec<&'static str> {
    let rows = ROWS.into_iter().flatten().map(|(english, _)| *english);
    rows.chain(CODES.iter().map(|row| row.code.text().mend)).collect()
}
