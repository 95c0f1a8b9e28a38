//! `verify --second-opinion`: refused in a plain sentence where there is none; and with one, the whole corpus under
//! `require`, which refuses nothing that the second engine can judge and that is rightly accepted.

use std::process::{Command, Output};

fn verify(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gatepost")).arg("verify").args(arguments).output().unwrap()
}

#[cfg(not(feature = "second-opinion"))]
#[test]
fn a_program_without_a_second_engine_says_so() {
    for mode in ["observe", "require"] {
        let output = verify(&["--suite", "fixtures/manifest.json", "--second-opinion", mode]);
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("built without a second engine"), "{said}");
    }
    let output = verify(&["--suite", "fixtures/manifest.json", "--second-opinion", "off"]);
    assert_eq!(output.status.code(), Some(0));
}

#[cfg(feature = "second-opinion")]
mod with_it {
    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::verify;

    /// What the second engine cannot judge, and how many of the corpus's accepted responses that are.
    const BEYOND_IT: [(&str, usize); 8] = [
        ("RSA-PSS", 5),
        ("a Response of a shape that it does not know", 2),
        ("a plaintext with prefixes that are declared outside of it", 6),
        ("an ID that is no XML name", 1),
        ("an assertion of a shape that it does not know", 3),
        ("an encrypted NameID", 7),
        ("signatures beside those of the response and the assertion", 1),
        ("signatures by keys of several kinds", 1),
    ];

    /// Every response of the suite by its id.
    fn suite(manifest: &str, mode: &str) -> BTreeMap<String, Value> {
        let output = verify(&["--suite", manifest, "--json", "--second-opinion", mode]);
        let text = String::from_utf8(output.stdout).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let responses = lines.filter(|line| line["kind"] == "response");
        responses.map(|line| (line["id"].as_str().unwrap().to_owned(), line)).collect()
    }

    fn is_accepted(line: &Value) -> bool {
        line["verdict"] == "accepted"
    }

    /// Whatever is refused under `require` and was accepted without it: by why.
    fn refused(manifest: &str) -> (usize, BTreeMap<String, Vec<String>>) {
        let (off, require) = (suite(manifest, "off"), suite(manifest, "require"));
        assert_eq!(off.len(), require.len());
        let accepted: Vec<_> = off.iter().filter(|(_, line)| is_accepted(line)).collect();
        let mut refused = BTreeMap::<String, Vec<String>>::new();
        for (id, _) in &accepted {
            let line = &require[*id];
            if is_accepted(line) {
                continue;
            }
            assert_eq!(
                (line["code"].as_str(), line["step"].as_str()),
                (Some("engines_disagree"), Some("coverage"))
            );
            let steps = line["steps"].as_array().unwrap();
            let step = steps.iter().find(|step| step["name"] == "coverage").unwrap();
            refused.entry(step["found"].as_str().unwrap().to_owned()).or_default().push((*id).clone());
        }
        // It only ever refuses more.
        assert!(require.iter().all(|(id, line)| !is_accepted(line) || is_accepted(&off[id])));
        (accepted.len(), refused)
    }

    #[test]
    fn our_fixtures_are_read_alike() {
        let (accepted, refused) = refused("fixtures/manifest.json");
        assert!(accepted > 15, "{accepted}");
        assert_eq!(refused, BTreeMap::new());
    }

    #[test]
    fn the_corpus_is_read_alike_but_for_what_is_beyond_it() {
        let Some(shared) = std::env::var_os("GATEPOST_SHARED") else {
            println!("GATEPOST_SHARED is not set: the corpus is not at hand");
            return;
        };
        let manifest = std::path::Path::new(&shared).join("corpus/manifest.json");
        let (accepted, refused) = refused(manifest.to_str().unwrap());
        let beyond: usize = refused.values().map(Vec::len).sum();
        println!(
            "{accepted} accepted by the first engine, {} by both; beyond the second:",
            accepted - beyond
        );
        for (why, cases) in &refused {
            println!("{:4}  {why}: {}", cases.len(), cases.join(" "));
        }
        let expected: BTreeMap<_, _> =
            BEYOND_IT.iter().map(|(why, count)| (format!("no opinion: {why}"), *count)).collect();
        let found: BTreeMap<_, _> = refused.iter().map(|(why, cases)| (why.clone(), cases.len())).collect();
        assert_eq!(found, expected);
    }
}
