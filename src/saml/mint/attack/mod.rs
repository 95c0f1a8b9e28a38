//! Hostile variants: messages that no service provider may accept, each with the refusal that it deserves.
//!
//! [`list`] names them, [`make`] builds one. Each begins as a valid message of a personality and is changed in named
//! steps; where the fault is one of signature, [`Attack::fools`] says which careless receiver ([`Naive`]) takes it.
//! Refusals are those of the strict policy, with the request of the [`Bench`] pending. The same variants test any other
//! service provider: it must refuse them all, for whatever reason.
//!
//! To add one: a row in the table of its family, and a function that builds it.

use super::MintError;
use super::personality::{Personality, Signs};
use super::random::Random;
use super::response::{Draft, MintRequest, Minted};
use super::tree::{Element, Node, Style};
use crate::binding::Wire;
use crate::code::{Code, StepName};
use crate::trace::MessageKind;

mod content;
mod encryption;
mod identity;
mod keys;
mod naive;
mod reference;
mod signature;
mod text;
mod wire;
mod wrapping;

pub use naive::{Naive, naive_reading};

/// The subject that forged messages claim to be.
pub const FORGED: &str = "admin@district.example";

/// A hostile variant.
#[derive(Debug, Clone, Copy)]
pub struct Attack {
    /// Its name on the command line and in fixtures.
    pub name: &'static str,
    /// What is wrong, in a sentence.
    pub about: &'static str,
    /// The code of its refusal.
    pub code: Code,
    /// The step that refuses it.
    pub step: StepName,
    /// Public faults of other receivers that it recalls.
    pub recalls: &'static [&'static str],
    /// The careless receiver that would accept it and read [`FORGED`].
    pub fools: Option<Naive>,
    base: Signs,
    build: Build,
}

/// How a variant is built.
#[derive(Debug, Clone, Copy)]
enum Build {
    /// A fault in the content, signed validly.
    Content(fn(&mut Element) -> Result<(), MintError>),
    /// One message as a tree.
    Tree(fn(&mut Bench<'_>, Signs) -> Result<Element, MintError>),
    /// Messages that are no tree, or several in a row.
    Messages(fn(&mut Bench<'_>, Signs) -> Result<Vec<AttackMessage>, MintError>),
}

/// What the bytes of a message are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// The XML.
    Xml,
    /// The value of the parameter, base64.
    Base64,
    /// The body of the form post.
    Form,
    /// The raw query of the Redirect binding.
    Query,
}

/// One message of a variant.
#[derive(Debug, Clone)]
pub struct AttackMessage {
    /// What it should be judged as.
    pub kind: MessageKind,
    /// What the bytes are.
    pub carrier: Carrier,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// How it is refused; `None`: it is accepted (the first of a replay).
    pub refusal: Option<(Code, StepName)>,
    /// The tree that the bytes were written from, for [`naive_reading`].
    pub tree: Option<Element>,
}

impl AttackMessage {
    /// The message as the engine takes it.
    #[must_use]
    pub fn wire(&self) -> Wire<'_> {
        match self.carrier {
            Carrier::Xml => Wire::Xml(&self.bytes),
            Carrier::Base64 => Wire::Base64(&self.bytes),
            Carrier::Form => Wire::Form(&self.bytes),
            Carrier::Query => Wire::Query(&self.bytes),
        }
    }
}

/// What variants are built from.
pub struct Bench<'a> {
    /// Whose messages.
    pub personality: &'a Personality,
    /// What is answered. It must have an `in_response_to`.
    pub request: MintRequest<'a>,
    /// Randomness.
    pub random: &'a mut dyn Random,
}

const fn attack(
    name: &'static str,
    base: Signs,
    (code, step): (Code, StepName),
    build: Build,
    about: &'static str,
) -> Attack {
    Attack { name, about, code, step, recalls: &[], fools: None, base, build }
}

impl Attack {
    const fn that_recalls(self, recalls: &'static [&'static str]) -> Self {
        Self { recalls, ..self }
    }

    const fn that_fools(self, naive: Naive) -> Self {
        Self { fools: Some(naive), ..self }
    }
}

/// Every variant.
pub fn list() -> impl Iterator<Item = &'static Attack> {
    [
        wrapping::TABLE,
        identity::TABLE,
        text::TABLE,
        signature::TABLE,
        keys::TABLE,
        reference::TABLE,
        encryption::TABLE,
        content::EDITS,
        content::BUILT,
        wire::TABLE,
    ]
    .into_iter()
    .flatten()
}

/// The variant of that name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Attack> {
    list().find(|attack| attack.name == name)
}

/// Builds the messages of a variant, in the order in which they are to be handed in.
///
/// # Errors
/// When a key cannot be used.
pub fn make(attack: &Attack, bench: &mut Bench<'_>) -> Result<Vec<AttackMessage>, MintError> {
    let refusal = Some((attack.code, attack.step));
    let one = |tree: Element, style: Style| {
        let bytes = tree.document(style).into_bytes();
        vec![AttackMessage {
            kind: MessageKind::Response,
            carrier: Carrier::Xml,
            bytes,
            refusal,
            tree: Some(tree),
        }]
    };
    match attack.build {
        Build::Content(edit) => {
            let mut draft = bench.draft(attack.base);
            edit(&mut draft.root)?;
            let minted = draft.seal(bench.random)?;
            Ok(one(minted.root, minted.style))
        }
        Build::Tree(build) => {
            let style = bench.draft(attack.base).style;
            Ok(one(build(bench, attack.base)?, style))
        }
        Build::Messages(build) => {
            let mut messages = build(bench, attack.base)?;
            if let Some(last) = messages.last_mut() {
                last.refusal = refusal;
            }
            Ok(messages)
        }
    }
}

impl<'a> Bench<'a> {
    /// A valid draft, unencrypted.
    fn draft(&mut self, signs: Signs) -> Draft<'a> {
        let mut draft = Draft::new(self.personality, &self.request, self.random);
        draft.signs = signs;
        draft.encryption = None;
        draft
    }

    /// A valid message, unencrypted.
    fn valid(&mut self, signs: Signs) -> Result<Minted, MintError> {
        self.draft(signs).seal(self.random)
    }

    /// A new ID in the personality's shape.
    fn id(&mut self) -> String {
        self.personality.ids.make(self.random)
    }

    /// A copy of an assertion or response that claims to be about [`FORGED`], with a new ID and no signature of its own.
    fn forged(&mut self, original: &Element) -> Result<Element, MintError> {
        let mut copy = original.clone();
        copy.take("Signature");
        copy.set("ID", &self.id());
        need(&mut copy, "NameID")?.set_text(FORGED);
        Ok(copy)
    }
}

/// A message of bytes alone.
const fn raw(carrier: Carrier, bytes: Vec<u8>) -> AttackMessage {
    AttackMessage { kind: MessageKind::Response, carrier, bytes, refusal: None, tree: None }
}

/// The first element with that local name.
fn need<'t>(root: &'t mut Element, local: &'static str) -> Result<&'t mut Element, MintError> {
    root.find_mut(local).ok_or(MintError::Shape(local))
}

/// Takes the child with that local name out of `parent`.
fn take(parent: &mut Element, local: &'static str) -> Result<Element, MintError> {
    parent.take(local).ok_or(MintError::Shape(local))
}

/// Inserts `node` before the first child named `local`.
fn insert_before(parent: &mut Element, local: &'static str, node: impl Into<Node>) -> Result<(), MintError> {
    let at = parent.position(local).ok_or(MintError::Shape(local))?;
    parent.insert(at, node.into());
    Ok(())
}

/// A copy of the first element with that local name.
fn copy_of(root: &Element, local: &'static str) -> Result<Element, MintError> {
    root.find(local).cloned().ok_or(MintError::Shape(local))
}

/// Puts `hidden` into the Advice of an assertion, where SAML allows other assertions (saml-core 2.6.1).
fn advise(assertion: &mut Element, hidden: Element) {
    let advice = Element::new(sibling_name(assertion, "Advice")).child(hidden);
    let at = assertion.position("Conditions").map_or(0, |at| at + 1);
    assertion.insert(at, Node::Element(advice));
}

/// An element named like `like`, with another local name.
fn sibling_name(like: &Element, local: &str) -> String {
    like.name.split_once(':').map_or_else(|| local.to_owned(), |(prefix, _)| format!("{prefix}:{local}"))
}

#[cfg(test)]
mod tests;
