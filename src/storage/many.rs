//! A statement with a row of values for each of many: what a hundred sign-ins write costs a few statements.
//!
//! # Design
//!
//! Statements are prepared once per connection and kept, so there must be few texts. A batch is cut into portions: up
//! to eight rows in one, beyond that a multiple of eight; so any batch of up to [`MOST`] rows takes two statements at
//! most, and there are fifteen texts of each kind. `SQLite` looks its `$1` placeholders up by name, one by one, for
//! every value of every run, which grows with the square of their number; it gets `?`.

use std::sync::{Arc, OnceLock};

use super::row::Row;
use super::sql::{Dialect, Query, Sql, query};
use super::{StorageError, Tx};

/// Rows in one statement, at most.
pub(super) const MOST: usize = 64;
/// Portions of less than this many rows have any size, those above a multiple of it.
const STEP: usize = 8;
const SIZES: usize = STEP + MOST / STEP - 1;

/// A statement whose text has `VALUES (..), (..)` between a head and a tail.
pub(super) struct Many {
    head: &'static str,
    columns: usize,
    tail: &'static str,
    postgres_tail: &'static str,
    texts: [OnceLock<Arc<str>>; SIZES],
    postgres_texts: [OnceLock<Arc<str>>; SIZES],
}

impl Many {
    /// `head` ends where `VALUES` begins; each row has `columns` values.
    pub(super) const fn new(head: &'static str, columns: usize, tail: &'static str) -> Self {
        Self {
            head,
            columns,
            tail,
            postgres_tail: tail,
            texts: [const { OnceLock::new() }; SIZES],
            postgres_texts: [const { OnceLock::new() }; SIZES],
        }
    }

    /// The same with another tail on `PostgreSQL`.
    pub(super) const fn with_postgres_tail(mut self, tail: &'static str) -> Self {
        self.postgres_tail = tail;
        self
    }

    /// Runs it for `rows`; how many rows of the database it changed.
    pub(super) async fn execute<'q, R>(
        &self,
        tx: &mut Tx,
        rows: &'q [R],
        bind: impl Fn(&'q R, Query<'q>) -> Query<'q>,
    ) -> Result<u64, StorageError> {
        let mut changed = 0;
        for portion in portions(rows) {
            changed += tx.execute(self.query(tx.dialect(), portion, &bind)).await?;
        }
        Ok(changed)
    }

    /// Runs it for `rows`; what it finds.
    pub(super) async fn fetch<'q, R>(
        &self,
        tx: &mut Tx,
        rows: &'q [R],
        bind: impl Fn(&'q R, Query<'q>) -> Query<'q>,
    ) -> Result<Vec<Row>, StorageError> {
        let mut found = Vec::new();
        for portion in portions(rows) {
            found.extend(tx.fetch_all(self.query(tx.dialect(), portion, &bind)).await?);
        }
        Ok(found)
    }

    fn query<'q, R>(
        &self,
        dialect: Dialect,
        portion: &'q [R],
        bind: &impl Fn(&'q R, Query<'q>) -> Query<'q>,
    ) -> Query<'q> {
        let first = query(self.text(dialect, portion.len()));
        let bound = portion.iter().fold(first, |query, row| bind(row, query));
        debug_assert_eq!(bound.len(), portion.len() * self.columns, "{}", self.head);
        bound
    }

    fn text(&self, dialect: Dialect, rows: usize) -> Sql {
        let texts = match dialect {
            Dialect::Sqlite => &self.texts,
            Dialect::Postgres => &self.postgres_texts,
        };
        let make = || self.compose(dialect, rows);
        // There is a place for every size that `portions` makes.
        texts.get(place(rows)).map_or_else(make, |text| Arc::clone(text.get_or_init(make))).into()
    }

    fn compose(&self, dialect: Dialect, rows: usize) -> Arc<str> {
        let tail = if dialect == Dialect::Sqlite { self.tail } else { self.postgres_tail };
        let mut text = format!("{} VALUES ", self.head);
        let mut number = 0;
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ", (" });
            for column in 0..self.columns {
                if column > 0 {
                    text.push_str(", ");
                }
                number += 1;
                match dialect {
                    Dialect::Sqlite => text.push('?'),
                    Dialect::Postgres => text.push_str(&format!("${number}")),
                }
            }
            text.push(')');
        }
        text.push_str(tail);
        text.into()
    }
}

/// How many rows a statement changes that changes one for each.
pub(super) fn count<R>(rows: &[R]) -> u64 {
    u64::try_from(rows.len()).unwrap_or(u64::MAX)
}

fn portions<R>(mut rows: &[R]) -> impl Iterator<Item = &[R]> {
    std::iter::from_fn(move || {
        let size = if rows.len() < STEP { rows.len() } else { rows.len().min(MOST) / STEP * STEP };
        let (portion, rest) = rows.split_at_checked(size)?;
        rows = rest;
        (!portion.is_empty()).then_some(portion)
    })
}

const fn place(rows: usize) -> usize {
    if rows < STEP { rows.saturating_sub(1) } else { STEP - 2 + rows / STEP }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_rows_is_cut_into_few_known_sizes() {
        for count in 0..=3 * MOST {
            let rows: Vec<_> = (0..count).collect();
            let sizes: Vec<_> = portions(&rows).map(<[_]>::len).collect();
            assert_eq!(sizes.iter().sum::<usize>(), count);
            assert_eq!(portions(&rows).flatten().copied().collect::<Vec<_>>(), rows, "in order");
            assert!(sizes.iter().all(|size| *size > 0 && place(*size) < SIZES), "{sizes:?}");
            assert!(sizes.len() <= count / MOST + 2, "{sizes:?}");
        }
        let places: std::collections::BTreeSet<_> = (1..=SIZES).map(|place| place - 1).collect();
        let sizes = (1..=MOST).filter(|size| *size < STEP || size % STEP == 0);
        assert_eq!(sizes.map(place).collect::<std::collections::BTreeSet<_>>(), places, "each its own");
    }

    #[test]
    fn texts_are_those_of_the_database() {
        let many = Many::new("INSERT INTO t (a, b)", 2, " ON CONFLICT DO NOTHING").with_postgres_tail("");
        let text = |dialect, rows| many.compose(dialect, rows).to_string();
        assert_eq!(
            text(Dialect::Sqlite, 2),
            "INSERT INTO t (a, b) VALUES (?, ?), (?, ?) ON CONFLICT DO NOTHING"
        );
        assert_eq!(text(Dialect::Postgres, 2), "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4)");
    }
}
