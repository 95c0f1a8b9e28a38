//! samael over libxml2 and libxmlsec1, in process: gives back the XML that a signature covers.

use std::sync::Mutex;

use samael::crypto::{CertificateDer, Crypto, CryptoProvider, ReduceMode};

use crate::quiet::caught;
use crate::reading::{Reading, SAML, SAMLP, children, read};
use crate::seeds::Frame;

/// libxml2 keeps its errors in globals.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The reading of what it says is signed, or why there is none. Every signature in the message must verify for it.
pub(crate) fn view(frame: &Frame, xml: &str) -> Result<Reading, String> {
    let mut last = Err("no key".to_owned());
    // One key at a time: it gives up at the first that is of another kind than the signature.
    for der in &frame.certificates {
        last = view_with(CertificateDer::from(der.clone()), xml);
        if last.is_ok() {
            break;
        }
    }
    last
}

fn view_with(certificate: CertificateDer, xml: &str) -> Result<Reading, String> {
    let guard = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let reduced =
        caught(|| Crypto::reduce_xml_to_signed(xml, &[certificate], ReduceMode::ValidateAndMarkNoAncestors));
    drop(guard);
    let reduced = reduced.ok_or("panicked")?.map_err(|error| error.to_string())?;
    let document = uppsala::parse(&reduced).map_err(|error| format!("its output is no XML: {error}"))?;
    let root = document.document_element().ok_or("its output is empty")?;
    let is = |ns: &str, local: &str| document.element(root).is_some_and(|e| e.name.matches(Some(ns), local));
    if is(SAML, "Assertion") {
        return read(&document, root).ok_or_else(|| "signed, without a subject".to_owned());
    }
    if is(SAMLP, "Response")
        && let [assertion] = children(&document, root, SAML, "Assertion").as_slice()
    {
        return read(&document, *assertion).ok_or_else(|| "signed, without a subject".to_owned());
    }
    Err("something else is signed".to_owned())
}
