//! The response that is sent: what the product would send for this person, with the chosen fault in it.

use gatepost_saml::algorithms::Digest;
use gatepost_saml::instant::Instant;
use gatepost_saml::mint::method::RSA_SHA1;
use gatepost_saml::mint::response::StatusCode;
use gatepost_saml::mint::tree::{Element, Node};
use gatepost_saml::mint::{
    Attribute, Draft, MintError, MintRequest, Minted, NameId, Person, Personality, Random, Signs, keys,
};

use super::addresses;
use super::fault::Fault;
use super::form::{Edited, Exchange, Row};
use crate::base::time::DAY_SECONDS;

/// Stands wherever a fault needs somebody else.
const ANOTHER: &str = "https://another.example/metadata";
const INTRUDER: &str = "intruder@another.example";
/// What stands behind the comment.
const COMMENTED: &str = ".another.example";

/// What is to be answered.
#[derive(Debug)]
pub struct Answer<'a> {
    /// In whose shape.
    pub personality: &'static Personality,
    /// Where that product is played.
    pub sso_url: &'a str,
    /// The request.
    pub exchange: &'a Exchange,
    /// Who signs in.
    pub person: &'a Person,
    /// What is sent instead of what the product would send.
    pub edited: Option<&'a Edited>,
    /// The moment of issue.
    pub now: Instant,
}

impl Answer<'_> {
    /// Makes the response with `fault` in it; [`Fault::Replayed`] is a matter of sending, and makes a good one.
    ///
    /// # Errors
    /// When a key cannot be used.
    pub fn mint(&self, fault: Fault, random: &mut dyn Random) -> Result<Minted, MintError> {
        let mut request =
            MintRequest::new(self.person, &self.exchange.sp_entity_id, &self.exchange.acs_url, self.now);
        request.in_response_to = self.exchange.request_id.as_deref();
        let mut addresses = addresses(self.personality, self.sso_url);
        if let Some(edited) = self.edited {
            request.options.name_id = Some(name_id(edited, self.personality));
            request.options.attributes = Some(edited.rows.iter().filter_map(attribute).collect());
        } else if self.personality.name_id(self.person, random).value.is_empty() {
            // Directories name everybody somehow, also those without an email address.
            request.options.name_id =
                Some(name_id(&unedited(self.personality, self.person, random), self.personality));
        }
        match fault {
            Fault::Expired => request.now = self.now.plus_seconds(-DAY_SECONDS),
            Fault::NotYetValid => request.now = self.now.plus_seconds(DAY_SECONDS),
            Fault::WrongAudience => request.sp_entity_id = ANOTHER,
            Fault::WrongIssuer => addresses.entity_id = ANOTHER,
            Fault::WrongRequest => request.in_response_to = Some("_another-request"),
            Fault::Denied => {
                request.options.status = Some(StatusCode {
                    top: "Responder",
                    second: Some("RequestDenied"),
                    message: Some("This person is not assigned to the application."),
                });
            }
            Fault::Sha1 => {
                request.options.signature = Some(RSA_SHA1);
                request.options.digest = Some(Digest::Sha1);
            }
            Fault::Unsigned => request.options.signs = Some(Signs::Neither),
            Fault::UnknownKey => request.options.key = Some(&keys::ATTACKER_RSA),
            Fault::EncryptedToAnother => {
                request.options.encrypts = Some(true);
                request.options.encrypt_to = Some(keys::ATTACKER_RSA.certificate_pem);
            }
            // In the clear: these show what happens to a signed text, not to a ciphertext.
            Fault::Tampered | Fault::Comment => request.options.encrypts = Some(false),
            Fault::Wrapped => {
                request.options.encrypts = Some(false);
                // A signed response would give the second assertion away; the trick needs one that is not.
                request.options.signs = Some(Signs::Assertion);
            }
            Fault::None | Fault::WrongRecipient | Fault::Replayed => {}
        }
        request.options.addresses = Some(addresses);
        let mut draft = Draft::new(self.personality, &request, random);
        match fault {
            Fault::WrongRecipient => {
                if let Some(data) = draft.root.find_mut("SubjectConfirmationData") {
                    data.set("Recipient", "https://another.example/acs");
                }
            }
            Fault::Comment => {
                if let Some(Node::Text(value)) = name_id_text(&mut draft.root) {
                    value.push_str(COMMENTED);
                }
            }
            _ => {}
        }
        let unsigned = draft.root.find("Assertion").cloned();
        let mut minted = draft.seal(random)?;
        match fault {
            Fault::Tampered => tamper(&mut minted.root),
            Fault::Wrapped => wrap(&mut minted.root, unsigned),
            Fault::Comment => comment(&mut minted.root),
            _ => {}
        }
        Ok(minted)
    }
}

/// The text of the first `NameID`.
fn name_id_text(root: &mut Element) -> Option<&mut Node> {
    root.find_mut("NameID")?.children.first_mut()
}

/// Changes who signs in after the signature was made.
fn tamper(root: &mut Element) {
    if let Some(name_id) = root.find_mut("NameID") {
        name_id.set_text(INTRUDER);
    }
}

/// Puts an assertion about somebody else, which nobody signed, before the signed one.
fn wrap(root: &mut Element, unsigned: Option<Element>) {
    if let (Some(at), Some(mut forged)) = (root.position("Assertion"), unsigned) {
        forged.set("ID", "_forged");
        tamper(&mut forged);
        root.insert(at, Node::Element(forged));
    }
}

/// Cuts the subject in two. Canonicalization leaves comments out, so the signature holds all the same; whoever reads
/// only up to the comment takes the person for another (CVE-2017-11427).
fn comment(root: &mut Element) {
    let Some(name_id) = root.find_mut("NameID") else { return };
    if let [Node::Text(value)] = name_id.children.as_slice()
        && let Some(person) = value.strip_suffix(COMMENTED)
    {
        let person = Node::Text(person.to_owned());
        name_id.children = vec![person, Node::Raw("<!---->".to_owned()), Node::Text(COMMENTED.to_owned())];
    }
}

/// What the product would send, ready to be changed.
pub fn unedited(personality: &Personality, person: &Person, random: &mut dyn Random) -> Edited {
    let mut name_id = personality.name_id(person, random);
    if name_id.value.is_empty() {
        name_id.value.clone_from(&person.username);
    }
    let rows = personality.attributes(person, random).into_iter().map(|attribute| Row {
        name: attribute.name,
        format: attribute.name_format.unwrap_or_default(),
        friendly_name: attribute.friendly_name.unwrap_or_default(),
        values: attribute.values.join("\n"),
    });
    Edited {
        name_id: name_id.value,
        name_id_format: name_id.format.unwrap_or_default(),
        rows: rows.collect(),
    }
}

fn name_id(edited: &Edited, personality: &Personality) -> NameId {
    NameId {
        value: edited.name_id.clone(),
        format: some(&edited.name_id_format),
        is_qualified: personality.name_id.is_qualified,
    }
}

fn attribute(row: &Row) -> Option<Attribute> {
    Some(Attribute {
        name: some(&row.name)?,
        name_format: some(&row.format),
        friendly_name: some(&row.friendly_name),
        values: row.values().map(str::to_owned).collect(),
    })
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use gatepost_saml::mint::Seeded;
    use gatepost_saml::mint::personality::ALL;

    use super::*;

    fn mint(personality: &'static Personality, edited: Option<&Edited>, fault: Fault) -> String {
        let exchange = Exchange {
            request_id: Some("_request".to_owned()),
            sp_entity_id: "https://sp.example/metadata".to_owned(),
            acs_url: "https://sp.example/acs".to_owned(),
            relay_state: None,
        };
        let person = &Person::examples()[0];
        let now = Instant::from_seconds(1_772_445_630);
        let answer =
            Answer { personality, sso_url: "http://idp/sso", exchange: &exchange, person, edited, now };
        String::from_utf8(answer.mint(fault, &mut Seeded::new(1)).unwrap().xml()).unwrap()
    }

    #[test]
    fn every_fault_changes_the_message_of_every_product() {
        for personality in ALL {
            let good = mint(personality, None, Fault::None);
            for fault in Fault::MISTAKES.into_iter().chain(Fault::ATTACKS) {
                if fault != Fault::Replayed {
                    assert_ne!(mint(personality, None, fault), good, "{} {fault:?}", personality.name);
                }
            }
        }
    }

    #[test]
    fn faults_are_where_their_names_say() {
        let okta = Personality::named("okta").unwrap();
        let has = |fault, text: &str| mint(okta, None, fault).contains(text);
        assert!(has(Fault::WrongAudience, "Audience>https://another.example/metadata<"));
        assert!(has(Fault::WrongRecipient, "Recipient=\"https://another.example/acs\""));
        assert!(has(Fault::WrongRecipient, "Destination=\"https://sp.example/acs\""));
        assert!(has(Fault::Comment, "alice@district.example<!---->.another.example<"));
        assert!(has(Fault::Wrapped, "ID=\"_forged\"") && has(Fault::Wrapped, INTRUDER));
        assert!(has(Fault::Denied, "status:RequestDenied") && !has(Fault::Denied, "NameID"));
        assert!(has(Fault::Sha1, "xmldsig#rsa-sha1") && has(Fault::Sha1, "xmldsig#sha1"));
        assert!(!has(Fault::Unsigned, "SignatureValue"));
        assert!(has(Fault::EncryptedToAnother, "EncryptedAssertion"));
    }

    #[test]
    fn what_is_edited_is_sent() {
        let okta = Personality::named("okta").unwrap();
        let mut edited = unedited(okta, &Person::examples()[1], &mut Seeded::new(1));
        assert_eq!(edited.name_id, "bjoern@district.example");
        edited.rows.push(Row {
            name: "shoe size".to_owned(),
            values: "41\r\n<42>".to_owned(),
            ..Row::default()
        });
        edited.rows.push(Row { values: "lost".to_owned(), ..Row::default() });
        let xml = mint(okta, Some(&edited), Fault::None);
        assert!(xml.contains("Name=\"shoe size\"") && xml.contains(">41<") && xml.contains(">&lt;42&gt;<"));
        assert!(xml.contains("R&amp;D &lt;pilot&gt;") && !xml.contains("lost"));
    }
}
