//! The bench on which forgeries are made: a genuine message first, then steps with names, then both verdicts.

use gatepost_saml::binding::Wire;
use gatepost_saml::key::DecryptionKey;
use gatepost_saml::mint::tree::{Element, Node, Style};
use gatepost_saml::mint::{self, Draft, MintRequest, Minted, Person, Personality, Seeded, Signs, keys};
use gatepost_saml::response::{
    Assertion, Context, IdentityProvider, ReplayKey, ServiceProvider, Settings, judge,
};
use gatepost_saml::trust::{Trust, TrustedKey};
use gatepost_saml::{Code, Instant, Judgement, Limits, Policy, StepName};

use crate::naive::{NAIVE, Naive, Reads};

pub(crate) const SP: &str = "https://gate.example/saml/conn_1/metadata";
pub(crate) const ACS: &str = "https://gate.example/saml/conn_1/acs";
pub(crate) const REQUEST: &str = "_request";
/// Who signs in, and whom the attacker would like to be.
pub(crate) const ALICE: &str = "alice@district.example";
pub(crate) const ADMIN: &str = "admin@district.example";

pub(crate) fn now() -> Instant {
    Instant::parse("2026-03-02T10:00:00Z").unwrap()
}

/// Okta's dialect: three prefixes, a certificate in `KeyInfo`, a `PrefixList` that matters.
pub(crate) fn personality() -> &'static Personality {
    Personality::named("okta").unwrap()
}

pub(crate) fn settings() -> Settings {
    let der = keys::IDP_RSA.certificate_der().unwrap();
    Settings {
        sp: ServiceProvider {
            entity_id: SP.to_owned(),
            accepted_audiences: Vec::new(),
            endpoint: ACS.to_owned(),
            decryption_keys: vec![DecryptionKey::from_pem(keys::SP_RSA.private_pem.as_bytes()).unwrap()],
        },
        idp: IdentityProvider {
            entity_id: personality().addresses.entity_id.to_owned(),
            trust: Trust::new(TrustedKey::from_certificate_der(&der).unwrap(), Vec::new()),
        },
        policy: Policy::default(),
        limits: Limits::MESSAGE,
    }
}

/// The engine's verdict on `wire`, with a request pending and nothing seen before.
pub(crate) fn verdict(wire: &Wire<'_>) -> Judgement<Assertion> {
    verdict_when(wire, &settings(), Some(REQUEST), &|_| false)
}

pub(crate) fn verdict_when(
    wire: &Wire<'_>,
    settings: &Settings,
    pending: Option<&str>,
    seen: &dyn Fn(&ReplayKey) -> bool,
) -> Judgement<Assertion> {
    let context = Context {
        now: now(),
        pending_request: pending,
        requested_authn_contexts: &[],
        forced_since: None,
        seen,
    };
    judge(wire, settings, &context)
}

/// Asserts a refusal by `code` at `step`.
pub(crate) fn refused(judgement: &Judgement<Assertion>, code: Code, step: StepName) {
    let found = judgement.verdict.as_ref().map(|assertion| assertion.name_id().value.clone());
    let found = found.map_err(|refusal| (refusal.code, refusal.step));
    assert_eq!(found, Err((code, step)), "{:#?}", judgement.trace.steps);
}

/// A draft by the identity provider for Alice, unsigned yet.
pub(crate) fn draft(signs: Signs, change: impl FnOnce(&mut MintRequest<'_>)) -> Draft<'static> {
    let people: &'static [Person] = Vec::leak(Person::examples());
    let mut request = MintRequest::new(&people[0], SP, ACS, now());
    request.in_response_to = Some(REQUEST);
    request.options.signs = Some(signs);
    change(&mut request);
    Draft::new(personality(), &request, &mut Seeded::new(7))
}

/// A message, and what was done to it.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) root: Element,
    pub(crate) style: Style,
    pub(crate) steps: Vec<&'static str>,
}

impl Message {
    /// What the identity provider signs for Alice: accepted by the engine, and (unless encrypted) by naive receivers.
    pub(crate) fn genuine(signs: Signs) -> Self {
        let message = Self::of(draft(signs, |_| ()).seal(&mut Seeded::new(8)).unwrap());
        assert_eq!(message.reading().as_deref(), Some(ALICE));
        assert_eq!(NAIVE.accepts(&message.root, &keys::IDP_RSA).as_deref(), Some(ALICE));
        message
    }

    /// The same with the assertion encrypted to us.
    pub(crate) fn encrypted(signs: Signs) -> Self {
        let draft = draft(signs, |request| request.options.encrypts = Some(true));
        let message = Self::of(draft.seal(&mut Seeded::new(8)).unwrap());
        assert_eq!(message.reading().as_deref(), Some(ALICE));
        message
    }

    /// A message that the identity provider signs after `change`: the content is at fault, the signature is good.
    pub(crate) fn signed_after(what: &'static str, change: impl FnOnce(&mut Element)) -> Self {
        let mut draft = draft(Signs::Assertion, |_| ());
        change(&mut draft.root);
        let message = Self::of(draft.seal(&mut Seeded::new(8)).unwrap());
        let verifies = Naive::reading(Reads::First).accepts(&message.root, &keys::IDP_RSA);
        assert!(verifies.is_some(), "the signature is good");
        Self { steps: vec![what], ..message }
    }

    pub(crate) fn of(minted: Minted) -> Self {
        Self { root: minted.root, style: minted.style, steps: Vec::new() }
    }

    /// One step of the forgery.
    pub(crate) fn step(mut self, what: &'static str, change: impl FnOnce(&mut Element)) -> Self {
        let before = self.root.clone();
        change(&mut self.root);
        assert_ne!(before, self.root, "the step does something: {what}");
        self.steps.push(what);
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.root.document(self.style).into_bytes()
    }

    fn reading(&self) -> Option<String> {
        verdict(&Wire::Xml(&self.bytes())).verdict.ok().map(|assertion| assertion.name_id().value.clone())
    }

    /// A careless receiver signs the attacker in as the administrator.
    pub(crate) fn fools(self, naive: Naive) -> Self {
        let read = naive.accepts(&self.root, &keys::IDP_RSA);
        assert_eq!(read.as_deref(), Some(ADMIN), "{naive:?} after {:?}", self.steps);
        self
    }

    /// We refuse it.
    pub(crate) fn is_refused(&self, code: Code, step: StepName) {
        let bytes = self.bytes();
        let judgement = verdict(&Wire::Xml(&bytes));
        let found = judgement.verdict.as_ref().map(|assertion| assertion.name_id().value.clone());
        let found = found.map_err(|refusal| (refusal.code, refusal.step));
        assert_eq!(found, Err((code, step)), "after {:?}:\n{}", self.steps, String::from_utf8_lossy(&bytes));
    }
}

/// Changes on a tree that forgeries are made of.
pub(crate) trait Forge {
    fn assertion(&mut self) -> &mut Element;
    /// A copy of the assertion, without its signature, about the administrator, under another ID.
    fn evil_assertion(&self) -> Element;
    fn signature(&mut self) -> &mut Element;
}

impl Forge for Element {
    fn assertion(&mut self) -> &mut Element {
        self.find_mut("Assertion").unwrap()
    }

    fn evil_assertion(&self) -> Element {
        let mut evil = self.find("Assertion").unwrap().clone();
        evil.take("Signature");
        name(&mut evil, ADMIN);
        evil.set("ID", "_evil");
        evil
    }

    fn signature(&mut self) -> &mut Element {
        self.find_mut("Signature").unwrap()
    }
}

/// Puts another subject into the first `NameID` of `element`.
pub(crate) fn name(element: &mut Element, subject: &str) {
    element.find_mut("NameID").unwrap().set_text(subject);
}

/// Puts `child` before all children of `parent`, or right after its Issuer.
pub(crate) fn put_first(parent: &mut Element, child: Element) {
    parent.insert(0, Node::Element(child));
}

pub(crate) fn after_issuer(parent: &mut Element, child: Element) {
    let at = parent.position("Issuer").map_or(0, |issuer| issuer + 1);
    parent.insert(at, Node::Element(child));
}

/// `ds:Object` around `content`.
pub(crate) fn object(content: Element) -> Element {
    Element::new("ds:Object").attribute("xmlns:ds", mint::uri::DSIG).child(content)
}

/// `samlp:Extensions` around `content`.
pub(crate) fn extensions(content: Element) -> Element {
    Element::new("saml2p:Extensions").child(content)
}
