//! The crate stays what its first paragraph says: pure.

use std::path::{Path, PathBuf};
use std::process::Command;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The first line of `text` that reads a clock, a socket, a file, the environment or the operating system's randomness.
fn impurity(text: &str) -> Option<&str> {
    let forbidden = [
        "SystemTime",
        "std::time::Instant",
        "time::Instant",
        "std::fs",
        "std::net",
        "std::env",
        "std::thread",
        "std::process",
        "openssl::rand",
        "rand_bytes",
        "async fn",
        ".await",
    ];
    text.lines().find(|line| {
        let code = line.split("//").next().unwrap_or(line);
        forbidden.iter().any(|word| code.contains(word))
    })
}

#[test]
fn reads_no_clock_no_files_and_no_randomness() {
    let mut files = Vec::new();
    sources(Path::new(env!("CARGO_MANIFEST_DIR")), &mut files);
    assert!(files.len() > 30);
    let tests = |path: &Path| {
        let path = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_string_lossy().into_owned();
        path.contains("tests")
    };
    for file in files.iter().filter(|file| !tests(file)) {
        let text = std::fs::read_to_string(file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        assert_eq!(impurity(code), None, "{}", file.display());
    }
    assert!(impurity("let now = std::time::SystemTime::now();").is_some());
}

#[test]
fn its_tree_has_no_runtime_no_database_and_no_http() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let tree = |extra: &[&str]| {
        let output = Command::new(env!("CARGO"))
            .args(["tree", "--offline", "--prefix", "none", "--edges", "normal,build", "--format", "{p}"])
            .arg("--manifest-path")
            .arg(&manifest)
            .args(extra)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let ours = tree(&[]);
    let has = |tree: &str, name: &str| tree.lines().any(|line| line.split(' ').next() == Some(name));
    for name in ["tokio", "sqlx", "sqlx-core", "axum", "hyper", "reqwest", "mio", "rustls", "ring", "rand"] {
        assert!(!has(&ours, name), "{name} is in the tree of gatepost-saml");
    }
    assert!(has(&ours, "openssl") && has(&ours, "memchr"));
}
