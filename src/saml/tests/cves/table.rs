//! The table in `README.md` and the tests are the same set.

use std::collections::BTreeSet;

const TABLE: &str = include_str!("README.md");
const SOURCES: &[&str] = &[
    include_str!("content.rs"),
    include_str!("encryption.rs"),
    include_str!("logout.rs"),
    include_str!("metadata.rs"),
    include_str!("parsing.rs"),
    include_str!("signature.rs"),
    include_str!("text.rs"),
    include_str!("wire.rs"),
    include_str!("wrapping.rs"),
];

fn rows() -> Vec<Vec<&'static str>> {
    let rows = TABLE.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| id "));
    rows.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

/// The test names in the last column of a row.
fn names(cell: &'static str) -> impl Iterator<Item = &'static str> {
    cell.split('`').skip(1).step_by(2).filter(|name| name.contains('_'))
}

fn tests() -> BTreeSet<&'static str> {
    let after_attribute = SOURCES.iter().flat_map(|source| source.split("#[test]\nfn ").skip(1));
    after_attribute.map(|rest| rest.split('(').next().unwrap()).collect()
}

#[test]
fn every_row_has_a_test_or_a_reason_and_every_test_a_row() {
    let mut listed = BTreeSet::new();
    for row in rows() {
        assert_eq!(row.len(), 4, "{row:?}");
        let found: Vec<_> = names(row[3]).collect();
        let is_reason = row[3].ends_with('.') && row[3].contains(' ');
        assert!(!found.is_empty() || is_reason, "{}: neither a test nor a sentence", row[0]);
        for name in found {
            assert!(listed.insert(name), "{name} stands in two rows");
        }
    }
    let tests = tests();
    assert_eq!(listed.difference(&tests).collect::<Vec<_>>(), Vec::<&&str>::new(), "rows without their test");
    assert_eq!(tests.difference(&listed).collect::<Vec<_>>(), Vec::<&&str>::new(), "tests without a row");
}

#[test]
fn every_id_stands_in_one_row() {
    let mut ids = BTreeSet::new();
    for row in rows() {
        for id in row[0].split(", ").filter(|id| id.starts_with("CVE-")) {
            let digits: Vec<_> = id.splitn(3, '-').skip(1).collect();
            assert!(digits.iter().all(|part| part.bytes().all(|b| b.is_ascii_digit())), "{id}");
            assert!(ids.insert(id), "{id} stands in two rows");
        }
    }
    assert!(ids.len() > 60, "{}", ids.len());
}
