//! What they sign, we verify: templates of the minter, filled by bergshamra and by the program `xmlsec1`.

use gatepost_saml::algorithms::{Scheme, SignatureAlgorithm};
use gatepost_saml::mint::keys::TestKey;
use gatepost_saml::mint::sign;
use gatepost_saml::mint::tree::Style;

use crate::peers::bergshamra;
use crate::peers::xmlsec1::Xmlsec1;
use crate::seeds::{Seed, Verdict, templates};

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Interop {
    pub(crate) lines: Vec<String>,
    pub(crate) hard: Vec<(String, String)>,
}

/// Lets both sign every template, and judges what comes back.
pub(crate) fn run(seeds: &[Seed], mut xmlsec1: Option<&mut Xmlsec1>) -> Interop {
    let mut interop = Interop::default();
    let by_bergshamra = |template: &str, _: SignatureAlgorithm, key: &TestKey| {
        Some(bergshamra::sign(template, key.private_pem.as_bytes()))
    };
    signed_by("bergshamra", seeds, by_bergshamra, &mut interop);
    match xmlsec1.as_mut() {
        None => interop.lines.push("xmlsec1 is not installed: it signs nothing".to_owned()),
        Some(program) => {
            let by_program = |template: &str, method: SignatureAlgorithm, key: &TestKey| {
                // The program in Debian 12 does not know RSA-PSS.
                (method.scheme != Scheme::RsaPss).then(|| program.sign(&without_key_value(template), key))
            };
            signed_by("xmlsec1", seeds, by_program, &mut interop);
        }
    }
    interop
}

/// Given a template with a KeyValue to fill, the program makes signatures that it does not verify itself.
fn without_key_value(template: &str) -> String {
    const END: &str = "</ds:KeyValue>";
    match (template.find("<ds:KeyValue>"), template.find(END)) {
        (Some(from), Some(to)) => template[..from].to_owned() + &template[to + END.len()..],
        _ => template.to_owned(),
    }
}

fn signed_by(
    who: &str,
    seeds: &[Seed],
    mut sign_template: impl FnMut(&str, SignatureAlgorithm, &TestKey) -> Option<Result<String, String>>,
    interop: &mut Interop,
) {
    let (mut accepted, mut skipped, mut refused) = (0, 0, 0);
    for (frame, draft, name) in templates(seeds) {
        let method = draft.signing.method;
        let mut root = draft.root.clone();
        // The assertion first: the response's signature covers it.
        let ids = [
            draft.assertion_id.clone().filter(|_| draft.signs.assertion()),
            Some(draft.response_id.clone()).filter(|_| draft.signs.response()),
        ];
        let [id] =
            ids.into_iter().flatten().collect::<Vec<_>>().try_into().unwrap_or_else(|_| [String::new()]);
        let placed =
            sign::skeleton(&id, &draft.signing).and_then(|skeleton| sign::place(&mut root, &id, skeleton));
        let result = match placed {
            Err(error) => Some(Err(error.to_string())),
            Ok(()) => {
                let text = root.document(Style { prolog: "", ..draft.style });
                sign_template(&text, method, draft.signing.key)
            }
        };
        match result {
            None => skipped += 1,
            Some(Err(error)) => {
                refused += 1;
                interop.lines.push(format!("{who} does not sign {name}: {error}"));
            }
            Some(Ok(signed)) => match frame.judge(signed.as_bytes()) {
                Verdict::Accepted(_) => accepted += 1,
                Verdict::Refused(step, code) => {
                    let what = format!("{who} signed {name}; here: {} {}", step.name(), code.name());
                    interop.hard.push((what, signed));
                }
            },
        }
    }
    interop.lines.push(format!(
        "signed by {who}, accepted here: {accepted}; not offered by it: {skipped}; refused to sign: {refused}"
    ));
}
