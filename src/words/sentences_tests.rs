//! Every sentence that the program can say is in every language: the sources are read for `sentence!("…")`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gatepost_saml::code::CODES;

use super::es::sentences::ROWS;
use super::tests::places;
use super::*;

/// A source without its comments and tests.
pub(super) fn code(source: &str) -> String {
    let code = source.split("\n#[cfg(test)]\nmod ").next().unwrap_or(source);
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The templates of a source with how often each is used; comments and tests left out.
fn templates(source: &str, found: &mut BTreeMap<String, usize>) {
    let code = code(source);
    for rest in code.split("sentence!(").skip(1) {
        let rest = rest.trim_start();
        let Some(literal) = rest.strip_prefix('"') else {
            // The arms of the macro itself.
            assert!(
                rest.starts_with(['@', '$']),
                "a template is written out: sentence!({}",
                rest.lines().next().unwrap()
            );
            continue;
        };
        *found.entry(unescaped(literal)).or_default() += 1;
    }
}

/// A string literal up to its end.
fn unescaped(literal: &str) -> String {
    let (mut out, mut rest) = (String::new(), literal.chars().peekable());
    while let Some(character) = rest.next() {
        match character {
            '"' => return out,
            '\\' => match rest.next() {
                Some('\n') => while rest.next_if(|next| next.is_whitespace()).is_some() {},
                Some('n') => out.push('\n'),
                Some(other @ ('"' | '\\')) => out.push(other),
                // In literals that are no sentences.
                Some(other @ ('r' | 't' | 'u' | 'x' | '0' | '\'')) => out.extend(['\\', other]),
                other => panic!("{other:?} is no escape that this test knows"),
            },
            _ => out.push(character),
        }
    }
    panic!("a literal without an end: {literal:.60}")
}

/// The string literals of a source; those of bytes are none.
pub(super) fn literals(code: &str) -> Vec<String> {
    let (mut found, mut rest) = (Vec::new(), code);
    while let Some(at) = rest.find(['"', '\'']) {
        let (before, after) = rest.split_at(at);
        if after.starts_with('\'') {
            // A character, which may be a quotation mark; else a lifetime.
            let length = after.get(1..).and_then(|inside| inside.chars().next()).map_or(0, char::len_utf8);
            let escaped = after.starts_with("'\\").then(|| after.get(3..)?.find('\'')).flatten();
            let end = match escaped {
                Some(end) => 4 + end,
                None if after.get(1 + length..).is_some_and(|rest| rest.starts_with('\'')) => 2 + length,
                None => 1,
            };
            rest = &after[end..];
            continue;
        }
        let is_bytes = before.ends_with('b');
        let inside = &after[1..];
        let mut end = 0;
        while !inside[end..].starts_with('"') {
            end += if inside[end..].starts_with('\\') {
                2
            } else {
                inside[end..].chars().next().unwrap().len_utf8()
            };
        }
        if !is_bytes {
            found.push(inside[..end].to_owned());
        }
        rest = &inside[end + 1..];
    }
    found.into_iter().map(|literal| unescaped(&format!("{literal}\""))).collect()
}

pub(super) fn sources(folder: &Path, each: &mut impl FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            sources(&path, each);
        } else if path.extension().is_some_and(|kind| kind == "rs") && !name.ends_with("tests.rs") {
            each(&path, &std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// Whether there are words beside the places.
fn says_something(template: &str) -> bool {
    let mut rest = template.to_owned();
    for place in places(template) {
        rest = rest.replace(&format!("{{{place}}}"), "");
    }
    rest.contains(char::is_alphabetic)
}

fn all_templates() -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut |path, source| {
        // What makes sentences, and shows in its doc how.
        if !path.ends_with("base/sentence.rs") {
            templates(source, &mut found);
        }
    });
    // What is nothing but values is the same in every language.
    found.retain(|template, _| says_something(template));
    found.extend(remarks::REMARKS.iter().map(|remark| ((*remark).to_owned(), 1)));
    found
}

#[test]
fn every_sentence_is_in_spanish() {
    let found = all_templates();
    assert!(found.len() > 200, "the sources were read: {}", found.len());
    let known: BTreeSet<_> = ROWS.into_iter().flatten().map(|(english, _)| *english).collect();
    let missing: Vec<_> = found.keys().filter(|template| !known.contains(template.as_str())).collect();
    assert!(missing.is_empty(), "say these in words/es/sentences: {missing:#?}");
    let unused: Vec<_> = known.into_iter().filter(|template| !found.contains_key(*template)).collect();
    assert!(unused.is_empty(), "nobody says these any more: {unused:#?}");
}

#[test]
fn rows_are_alike() {
    let rows = || ROWS.into_iter().flatten();
    let english: BTreeSet<_> = rows().map(|(english, _)| *english).collect();
    assert_eq!(english.len(), rows().count(), "each once");
    for (english, spanish) in rows() {
        assert_eq!(places(english), places(spanish), "{english}");
        assert_ne!(english, spanish);
        // What begins a sentence in one language begins it in the other, and ends it.
        assert_eq!(english.ends_with('.'), spanish.ends_with('.'), "{english}");
        let first = |text: &str| text.chars().next().is_some_and(char::is_uppercase);
        assert_eq!(first(english), first(spanish), "{english}");
    }
}

#[test]
fn a_sentence_is_made_by_its_macro_alone() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut makers = BTreeSet::new();
    sources(&src, &mut |path, source| {
        if source.contains("of_template") {
            makers.insert(path.strip_prefix(&src).unwrap().display().to_string());
        }
    });
    assert_eq!(makers.into_iter().collect::<Vec<_>>(), ["base/sentence.rs", "words/engine.rs"]);
}

/// Sentences stand on pages, and there are no commands; the command line says what helps there ([`crate::cli`]).
#[test]
fn no_sentence_names_a_command() {
    let is_option = |word: &str| {
        let word = word.trim_start_matches('(').strip_prefix("--");
        word.is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_lowercase()))
    };
    let names_one = |template: &&String| template.contains("gatepost ") || template.split(' ').any(is_option);
    let templates = all_templates();
    let found: Vec<_> = templates.keys().filter(names_one).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_planted_sentence_is_found() {
    let source = "//! sentence!(\"no\")\nfn f() {\n    // sentence!(\"no\")\n    Err(sentence!(\n        \"a \\\"b\\\" {c} \\\n         d\",\n        c\n    ))\n}\n#[cfg(test)]\nmod tests { sentence!(\"no\") }";
    let mut found = BTreeMap::new();
    templates(source, &mut found);
    assert_eq!(found.into_keys().collect::<Vec<_>>(), ["a \"b\" {c} d"]);
}

#[test]
fn a_mend_is_put_into_spanish() {
    for row in CODES {
        let told = ES.sentence(&engine::mend_of(row.code));
        assert_eq!(told, (ES.mend.general)(row.code));
        assert_eq!(EN.sentence(&engine::mend_of(row.code)), row.mend);
    }
}
