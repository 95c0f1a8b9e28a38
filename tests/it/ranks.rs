//! The ranks of the design, enforced by reading the sources: data flows one way.
//!
//! Every path that leaves a module is looked at, wherever it stands: in `use`, in expressions, in types, in macros, in
//! tests. A module uses lower ranks only; modules of rank 1 do not use one another; what another module offers is not
//! passed on by `pub use`, so that nobody reaches it by a detour.

use std::path::Path;

/// The table. `gatepost_saml` is a crate of its own.
const RANKS: &[(&str, u8)] = &[
    ("base", 0),
    ("access", 1),
    ("audit", 1),
    ("config", 1),
    ("directory", 1),
    ("gatepost_saml", 1),
    ("scim", 1),
    ("token", 1),
    ("outbound", 2),
    ("second_opinion", 2),
    ("storage", 2),
    // Texts about what rank 1 says; pure.
    ("words", 2),
    ("zoom", 3),
    ("flow", 4),
    ("http", 5),
    ("jobs", 5),
    ("app", 6),
    ("cli", 6),
    ("idp", 6),
    ("main", 6),
    ("standin", 6),
    ("telemetry", 6),
];

/// The wiring may use its like.
const WIRING: u8 = 6;

/// Higher ranks that must go through `flow`.
const CLOSED: &[(&str, &str)] = &[
    ("http", "storage"),
    ("http", "outbound"),
    ("http", "zoom"),
    ("jobs", "storage"),
    ("jobs", "outbound"),
    ("jobs", "zoom"),
    // One outside system: what is kept of it is the flow's to load and write.
    ("zoom", "storage"),
];

/// What the clock shows is the engine's type, so that `now` reaches it unchanged.
const EXCEPTIONS: &[(&str, &str)] = &[("base", "gatepost_saml::instant::Instant")];

fn rank(module: &str) -> Option<u8> {
    RANKS.iter().find(|(name, _)| *name == module).map(|(_, rank)| *rank)
}

/// What is wrong in one file. `modules` is where it stands: `["http", "pages"]`.
fn violations(modules: &[&str], source: &str) -> Vec<String> {
    let Some(own) = modules.first().copied() else { return Vec::new() };
    let own_rank = rank(own).unwrap_or_else(|| panic!("{own} has no rank: add it to the table"));
    let mut wrong = Vec::new();
    for Found { path, is_passed_on } in paths(modules, &tokens(source)) {
        let Some(other) = path.first().map(String::as_str).filter(|other| *other != own) else { continue };
        let Some(other_rank) = rank(other) else {
            wrong.push(format!("{own}: {} has no rank", path.join("::")));
            continue;
        };
        if EXCEPTIONS.contains(&(own, path.join("::").as_str())) {
            continue;
        }
        let is_below = other_rank < own_rank || own_rank == WIRING && other_rank == WIRING;
        if !is_below || CLOSED.contains(&(own, other)) {
            wrong.push(format!("{own} uses {}", path.join("::")));
        } else if is_passed_on {
            wrong.push(format!("{own} passes on {}", path.join("::")));
        }
    }
    wrong
}

struct Found {
    /// From the crate's root, or from `gatepost_saml`.
    path: Vec<String>,
    is_passed_on: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Path,
    Sign(char),
}

/// The source without comments and literals.
fn tokens(source: &str) -> Vec<Token> {
    let text: Vec<char> = source.chars().collect();
    let at = |index: usize| text.get(index).copied().unwrap_or('\0');
    let (mut found, mut index) = (Vec::new(), 0);
    while index < text.len() {
        let character = at(index);
        if character == '/' && at(index + 1) == '/' {
            while index < text.len() && at(index) != '\n' {
                index += 1;
            }
        } else if character == '/' && at(index + 1) == '*' {
            let mut depth = 0;
            loop {
                match (at(index), at(index + 1)) {
                    ('/', '*') => (depth, index) = (depth + 1, index + 2),
                    ('*', '/') => (depth, index) = (depth - 1, index + 2),
                    _ => index += 1,
                }
                if depth == 0 || index >= text.len() {
                    break;
                }
            }
        } else if let Some(end) = raw_string(&text, index) {
            index = end;
        } else if character == '"' {
            index += 1;
            while index < text.len() && at(index) != '"' {
                index += if at(index) == '\\' { 2 } else { 1 };
            }
            index += 1;
        } else if character == '\'' && (at(index + 1) == '\\' || at(index + 2) == '\'') {
            index += if at(index + 1) == '\\' { 3 } else { 2 };
            while index < text.len() && at(index) != '\'' {
                index += 1;
            }
            index += 1;
        } else if character.is_alphanumeric() || character == '_' {
            let begin = index;
            while at(index).is_alphanumeric() || at(index) == '_' {
                index += 1;
            }
            found.push(Token::Word(text[begin..index].iter().collect()));
        } else if character == ':' && at(index + 1) == ':' {
            found.push(Token::Path);
            index += 2;
        } else {
            if !character.is_whitespace() {
                found.push(Token::Sign(character));
            }
            index += 1;
        }
    }
    found
}

/// The end of a raw string that begins at `index`.
fn raw_string(text: &[char], index: usize) -> Option<usize> {
    let mut position = index;
    if text.get(position) == Some(&'b') {
        position += 1;
    }
    if text.get(position) != Some(&'r')
        || index > 0 && (text[index - 1].is_alphanumeric() || text[index - 1] == '_')
    {
        return None;
    }
    position += 1;
    let hashes = text[position..].iter().take_while(|character| **character == '#').count();
    position += hashes;
    if text.get(position) != Some(&'"') {
        return None;
    }
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let offset = text[position + 1..].windows(end.len()).position(|window| window == end)?;
    Some(position + 1 + offset + end.len())
}

/// Every path that begins at `crate`, `super`, `gatepost` or `gatepost_saml`, groups opened up.
fn paths(modules: &[&str], tokens: &[Token]) -> Vec<Found> {
    let (mut found, mut inline, mut depth) = (Vec::new(), Vec::new(), 0_usize);
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign('{') => depth += 1,
            Token::Sign('}') => {
                depth = depth.saturating_sub(1);
                inline.retain(|opened| *opened <= depth);
            }
            Token::Word(word) if word == "mod" => {
                if let Some([Token::Word(_), Token::Sign('{')]) = tokens.get(index + 1..index + 3) {
                    inline.push(depth + 1);
                }
            }
            Token::Word(word)
                if tokens.get(index + 1) == Some(&Token::Path)
                    && (index == 0 || tokens[index - 1] != Token::Path) =>
            {
                let mut here: Vec<String> = modules.iter().map(|module| (*module).to_owned()).collect();
                here.extend(inline.iter().map(|_| "inline".to_owned()));
                let base = match word.as_str() {
                    "crate" | "gatepost" => Vec::new(),
                    "gatepost_saml" => vec![word.clone()],
                    "super" => {
                        here.pop();
                        here
                    }
                    _ => continue,
                };
                let is_passed_on = is_public_use(&tokens[..index]);
                let mut ends = Vec::new();
                follow(&tokens[index + 2..], base, &mut ends);
                found.extend(ends.into_iter().map(|path| Found { path, is_passed_on }));
            }
            _ => {}
        }
    }
    found
}

/// Whether what was read so far ends in `pub use` or `pub(…) use`.
fn is_public_use(before: &[Token]) -> bool {
    let word = |text: &str| Token::Word(text.to_owned());
    match before {
        [.., visibility, last] if *last == word("use") => {
            *visibility == word("pub") || *visibility == Token::Sign(')')
        }
        _ => false,
    }
}

/// Collects the paths that begin with `path` and go on with `rest`; gives what comes after them.
fn follow<'t>(rest: &'t [Token], mut path: Vec<String>, ends: &mut Vec<Vec<String>>) -> &'t [Token] {
    match rest {
        [Token::Word(word), tail @ ..] => {
            if word == "super" {
                path.pop();
            } else if word != "self" {
                path.push(word.clone());
            }
            if let [Token::Path, tail @ ..] = tail {
                return follow(tail, path, ends);
            }
            ends.push(path);
            tail
        }
        [Token::Sign('{'), tail @ ..] => {
            let mut rest = tail;
            loop {
                rest = follow(rest, path.clone(), ends);
                match rest {
                    [Token::Sign('}'), tail @ ..] => return tail,
                    [_, tail @ ..] => rest = tail,
                    [] => return rest,
                }
                if let [Token::Sign('}'), tail @ ..] = rest {
                    return tail;
                }
            }
        }
        // `path::*`, `path::<T>`: the path ends here.
        _ => {
            ends.push(path);
            rest
        }
    }
}

fn walk(folder: &Path, modules: &[&str], wrong: &mut Vec<String>, seen: &mut usize) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if path.is_dir() {
            // The engine is a crate of its own: Cargo sees to it.
            if !(modules.is_empty() && stem == "saml") {
                walk(&path, &[modules, &[stem]].concat(), wrong, seen);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            let place = match stem {
                "mod" => modules.to_vec(),
                "lib" if modules.is_empty() => continue,
                _ => [modules, &[stem]].concat(),
            };
            *seen += 1;
            wrong.extend(
                violations(&place, &source).into_iter().map(|line| format!("{}: {line}", path.display())),
            );
        }
    }
}

#[test]
fn data_flows_one_way() {
    let (mut wrong, mut seen) = (Vec::new(), 0);
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &[], &mut wrong, &mut seen);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(seen > 50, "the sources were read");
}

#[test]
fn the_crate_root_has_no_module_without_a_rank() {
    let root = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    for line in root.lines().filter_map(|line| line.strip_prefix("pub mod ")) {
        let module = line.trim_end_matches(';');
        assert!(rank(module).is_some(), "{module}");
    }
    assert!(!root.contains("pub use"), "the root passes nothing on");
}

#[test]
fn a_planted_violation_is_found() {
    for (modules, source, wanted) in [
        (&["http", "saml"][..], "use crate::storage::Storage;", "http uses storage::Storage"),
        (&["http"], "use crate::{base::Ctx, storage::{Tx, session}};", "http uses storage::Tx"),
        (&["jobs"], "use crate::outbound::Client;", "jobs uses outbound::Client"),
        (&["storage"], "use crate::outbound::Client;", "storage uses outbound::Client"),
        (&["http"], "use crate::zoom::oauth;", "http uses zoom::oauth"),
        (&["zoom", "api"], "use crate::storage::Storage;", "zoom uses storage::Storage"),
        (&["flow"], "fn f() { crate::http::router(); }", "flow uses http::router"),
        (&["flow"], "fn f(web: crate::http::Web) {}", "flow uses http::Web"),
        (&["flow", "login"], "use super::super::cli::Failure;", "flow uses cli::Failure"),
        (&["flow", "login"], "mod tests { use super::super::super::http::Web; }", "flow uses http::Web"),
        (&["directory"], "use crate::access::decide;", "directory uses access::decide"),
        (&["directory"], "use gatepost_saml::Policy;", "directory uses gatepost_saml::Policy"),
        (&["base"], "use gatepost_saml::trace::Trace;", "base uses gatepost_saml::trace::Trace"),
        (&["storage"], "macro_rules! m { () => { $crate::flow::Gateway } }", "storage uses flow::Gateway"),
        (&["storage"], "fn f() { vec![crate::flow::f()] }", "storage uses flow::f"),
        (&["flow"], "pub use crate::storage::Storage;", "flow passes on storage::Storage"),
        (&["flow"], "pub(crate) use crate::storage::{Storage};", "flow passes on storage::Storage"),
        (&["flow"], "use crate::newcomer::Thing;", "flow: newcomer::Thing has no rank"),
        (&["storage"], "const A: char = '\"'; use crate::flow::A;", "storage uses flow::A"),
        (&["storage"], "const A: &str = r#\"\"\"#; use crate::flow::A;", "storage uses flow::A"),
        (&["storage"], "fn f<'a>(a: &'a str) { crate::flow::f(a) }", "storage uses flow::f"),
    ] {
        assert_eq!(violations(modules, source).first().map(String::as_str), Some(wanted), "{source}");
    }
    for (modules, source) in [
        (
            &["http", "saml"][..],
            "use crate::flow::login; use super::reply::html; use crate::base::{Actor, Ctx};",
        ),
        (&["flow"], "// use crate::http::Web;\n/* crate::http */ const A: &str = \"crate::http::Web\";"),
        (&["directory", "mapping"], "mod tests { use super::super::statement::Attribute; use super::*; }"),
        (&["base", "time"], "pub use gatepost_saml::instant::Instant;"),
        (&["cli", "demo"], "use crate::app; use crate::idp::Service; use super::Failure;"),
        (&["flow", "login"], "pub use finish::{Finish}; pub use super::login::start;"),
    ] {
        assert!(violations(modules, source).is_empty(), "{source}: {:?}", violations(modules, source));
    }
}
