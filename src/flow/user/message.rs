//! Whether an attempt that names nobody is about somebody all the same: by what was mapped of its message, or else by what
//! stands in the message itself. What came unasked, or was refused before it was mapped, has nothing but that.

use gatepost_saml::Limits;
use gatepost_saml::encoding::base64;
use gatepost_saml::xml::{self, Ns};

use crate::base::id::{AccountId, AttemptId};
use crate::directory::mapping::Lineage;
use crate::flow::FlowError;
use crate::flow::login::StoredTrace;
use crate::storage::seal::AccountKeys;
use crate::storage::{Tx, attempt};

/// Whom an attempt is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// Them.
    Them,
    /// Others.
    Others,
    /// What is kept of it cannot be read without whoever it is for, so that it may be them.
    Unknown,
}

/// Whether an attempt that names nobody is about whom those names name.
pub(super) async fn about(
    tx: &mut Tx,
    account: AccountId,
    id: AttemptId,
    (keys, limits): (&AccountKeys, &Limits),
    names: &[String],
) -> Result<About, FlowError> {
    let stored = attempt::find_trace(tx, account, id, keys).await?;
    let mapping = stored.and_then(|stored| StoredTrace::read(&stored)?.mapping);
    if mapping.is_some_and(|mapping| is_mapped(&mapping, names)) {
        return Ok(About::Them);
    }
    let message = attempt::find_message(tx, account, id, keys).await?;
    Ok(message.map_or(About::Others, |raw| says(&raw, limits, names)))
}

/// Whether something that was mapped is one of those names of a person.
fn is_mapped(mapping: &Lineage, names: &[String]) -> bool {
    let mut values =
        mapping.fields.iter().flat_map(|field| field.values.iter().chain(field.sent.iter().flatten()));
    values.any(|value| is_one(value, names))
}

fn is_one(value: &str, names: &[String]) -> bool {
    names.iter().any(|name| name.to_lowercase() == value.trim().to_lowercase())
}

/// Whom a message is about, by any text in it.
fn says(raw: &[u8], limits: &Limits, names: &[String]) -> About {
    let Ok(text) = base64(raw) else { return About::Unknown };
    let Ok(document) = xml::parse(&text, limits) else { return About::Unknown };
    let root = document.root();
    let mut is_sealed = false;
    for element in std::iter::once(root).chain(root.descendants()) {
        if element.text().is_ok_and(|text| is_one(&text, names)) {
            return About::Them;
        }
        is_sealed |= element.is(Ns::XENC, "EncryptedData");
    }
    if is_sealed { About::Unknown } else { About::Others }
}

#[cfg(test)]
mod tests {
    use gatepost_saml::encoding::to_base64;

    use super::*;

    #[test]
    fn a_message_is_theirs_that_names_them_anywhere() {
        let names = ["Maya@School.example".to_owned()];
        let says = |xml: &str| super::says(to_base64(xml.as_bytes()).as_bytes(), &Limits::MESSAGE, &names);
        assert_eq!(says("<a><b> maya@school.example </b></a>"), About::Them);
        assert_eq!(says("<a><b>amaya@school.example</b></a>"), About::Others);
        let sealed = r#"<a><x:EncryptedData xmlns:x="http://www.w3.org/2001/04/xmlenc#"/></a>"#;
        assert_eq!(says(sealed), About::Unknown);
        assert_eq!(says("<a>"), About::Unknown);
        assert_eq!(super::says(b"!", &Limits::MESSAGE, &names), About::Unknown);
    }
}
