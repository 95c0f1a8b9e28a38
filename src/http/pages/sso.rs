//! The pages on which single sign-on is set up. No Debug where a form's token is inside.

use askama::Template;
use gatepost_saml::paste::{Form, Problem};
use gatepost_saml::trace::{Outcome, Trace};
use serde_json::Value as Json;

use super::Frame;
use super::certificates::grouped;
use super::console::{Around, Mood};
use super::sso_history::who;
use crate::directory::mapping::{Lineage, MappedField};
use crate::directory::preset::Product;
use crate::directory::state::{ConnectionState, Outcome as Ended};
use crate::flow::connection::brought::Bringer;
use crate::flow::connection::paste::{Missing, Seen};
use crate::flow::connection::show::Detail;
use crate::flow::connection::tested::TestView;
use crate::flow::event::Names;
use crate::words::setup::{Bring, Guide, Say, Value, guide};
use crate::words::trace::{Evidence, tell};
use crate::words::{Message, SsoText, Text, moment};

/// How far somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Choosing the product.
    Choose,
    /// At the steps.
    Connect,
    /// A draft, to be tested.
    Test,
    /// Tested, to be activated.
    Activate,
}

impl Stage {
    const ALL: [Self; 4] = [Self::Choose, Self::Connect, Self::Test, Self::Activate];

    const fn label(self, text: &SsoText) -> Message {
        match self {
            Self::Choose => text.progress_choose,
            Self::Connect => text.progress_connect,
            Self::Test => text.progress_test,
            Self::Activate => text.progress_activate,
        }
    }
}

/// `…/sso`: which identity provider.
#[derive(Template)]
#[template(path = "sso_choose.html")]
pub struct ChoosePage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// What addresses of the path begin with.
    pub base: &'a str,
    /// The connections that there are.
    pub present: &'a [Present],
    /// What can be chosen.
    pub products: &'a [Product],
}

/// A connection that there is.
#[derive(Debug, Clone)]
pub struct Present {
    /// Where its page is; nowhere for whoever may know no more of it than its name and state.
    pub href: Option<String>,
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: ConnectionState,
}

impl Present {
    /// Its state in words: whoever may not open a draft is not told to test it.
    const fn said(&self, text: &SsoText) -> Message {
        match self.state {
            ConnectionState::Draft | ConnectionState::Testing if self.href.is_none() => {
                text.state_draft_others
            }
            other => state(other, false, text).1,
        }
    }
}

impl ChoosePage<'_> {
    /// Whether there are some that somebody else sets up, or has set up.
    fn has_others(&self) -> bool {
        self.present.iter().any(|connection| connection.href.is_none())
    }

    fn title(&self, product: Product) -> String {
        title(product, self.frame.sso())
    }
}

pub(super) fn title(product: Product, text: &SsoText) -> String {
    match product {
        Product::Other => text.other.to_string(),
        Product::Shibboleth => "Shibboleth, InCommon".to_owned(),
        known => known.preset().title.to_owned(),
    }
}

const fn state(state: ConnectionState, is_tested: bool, text: &SsoText) -> (Mood, Message) {
    match state {
        ConnectionState::Active => (Mood::Good, text.state_active),
        ConnectionState::Draft | ConnectionState::Testing if is_tested => (Mood::Warn, text.state_tested),
        ConnectionState::Draft | ConnectionState::Testing => (Mood::Off, text.state_draft),
        ConnectionState::Disabled => (Mood::Off, text.state_disabled),
        ConnectionState::Retired => (Mood::Off, text.state_retired),
    }
}

/// Our values, for the fields of another console.
#[derive(Debug, Clone, Copy)]
pub struct Ours<'a> {
    /// Our entity ID; our metadata is there.
    pub entity_id: &'a str,
    /// Where our metadata is.
    pub metadata_url: &'a str,
    /// Where responses are posted.
    pub acs_url: &'a str,
    /// Where a sign-in starts.
    pub login_url: &'a str,
}

impl<'a> Ours<'a> {
    /// Those of a connection that there is.
    #[must_use]
    pub fn of(detail: &'a Detail) -> Self {
        let view = &detail.view;
        Self {
            entity_id: &view.sp_entity_id,
            metadata_url: &view.metadata_url,
            acs_url: &view.acs_url,
            login_url: &view.login_url,
        }
    }

    fn value(self, value: Value, text: &Text) -> String {
        match value {
            Value::AcsUrl => self.acs_url.to_owned(),
            Value::AcsUrlPattern => format!("^{}$", self.acs_url.replace('.', "\\.")),
            Value::EntityId => self.entity_id.to_owned(),
            Value::MetadataUrl => self.metadata_url.to_owned(),
            Value::LoginUrl => self.login_url.to_owned(),
            literal => text.setup_literal(literal).unwrap_or_default(),
        }
    }
}

/// What somebody typed into the box, or into the three fields.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// The box.
    pub text: String,
    /// The identity provider's sign-on address.
    pub sso_url: String,
    /// Its Entity ID.
    pub entity_id: String,
    /// Its certificate.
    pub certificate: String,
}

impl Typed {
    /// Whether the three fields were used.
    #[must_use]
    pub const fn is_fields(&self) -> bool {
        !(self.sso_url.is_empty() && self.entity_id.is_empty() && self.certificate.is_empty())
    }
}

/// The box for what the identity provider gave, and what was said about it.
#[derive(Debug, Clone, Copy)]
pub struct PasteForm<'a> {
    /// Where it is sent.
    pub action: &'a str,
    /// The connection that is to be, as the browser carries it.
    pub plan: Option<&'a str>,
    /// What was typed.
    pub typed: &'a Typed,
    /// What it came to, if it was not used.
    pub seen: Option<&'a Seen>,
    /// The product that was chosen.
    pub product: Product,
    /// Whether the three fields are offered.
    pub has_fields: bool,
    /// Where what was typed can be tried on the sign-ins of before.
    pub what_if: Option<&'a str>,
    /// Names just what was typed: that it is to be used in spite of remarks is said of that alone.
    pub sum: &'a str,
}

impl PasteForm<'_> {
    pub(super) fn stops(&self) -> bool {
        self.seen.is_some_and(|seen| !seen.is_usable())
    }

    pub(super) fn can_go_on(&self) -> bool {
        self.seen.is_some_and(Seen::is_usable)
    }

    pub(super) fn problems(&self) -> &[Problem] {
        self.seen.map(|seen| seen.problems.as_slice()).unwrap_or_default()
    }

    /// What is missing, where nothing else is wrong.
    pub(super) fn missing(&self, text: &Text) -> Option<String> {
        let seen = self.seen.filter(|seen| !seen.problems.iter().any(Problem::stops))?;
        let name = |part: &Missing| match part {
            Missing::EntityId => text.sso.seen_entity_id,
            Missing::SsoUrl => text.sso.seen_sso_url,
            Missing::Certificate => text.sso.seen_certificate,
        };
        let names: Vec<_> = seen.missing.iter().map(|part| name(part).to_string()).collect();
        (!names.is_empty()).then(|| text.sso.missing.with("parts", names.join(", ")).to_string())
    }

    /// Whether it seems to be of another product than the one that was chosen. Behind Canvas there is another one anyway.
    pub(super) fn other_product(&self, text: &Text) -> Option<String> {
        let seen = self.seen?.looks_like?;
        let is_other = seen != self.product && !matches!(self.product, Product::Canvas | Product::Other);
        let told = text.sso.looks_like.with("chosen", title(self.product, &text.sso));
        is_other.then(|| told.with("seen", title(seen, &text.sso)).to_string())
    }

    /// The identity providers that what was pasted has, where it has several.
    pub(super) fn choices(&self) -> Vec<String> {
        let several = self.problems().iter().filter(|problem| problem.stops());
        let several =
            several.filter(|problem| problem.code == gatepost_saml::paste::ProblemCode::SeveralEntities);
        several.flat_map(|problem| problem.choices.clone()).collect()
    }

    /// What was recognised: names and values.
    pub(super) fn recognised(&self, text: &Text) -> Vec<(Message, String)> {
        let Some(seen) = self.seen else { return Vec::new() };
        let (text, pasted) = (&text.sso, &seen.pasted);
        let form = match seen.form {
            Form::Unknown => text.form_unknown,
            Form::Metadata => text.form_metadata,
            Form::MetadataUrl => text.form_metadata_url,
            Form::Certificates => text.form_certificates,
            Form::Fields => text.form_fields,
            Form::Json => text.form_json,
            Form::Message => text.form_message,
        };
        if pasted.is_empty() {
            return Vec::new();
        }
        let mut told = vec![(text.seen_form, form.to_string())];
        let sso_url = pasted.sso_redirect_url.as_ref().or(pasted.sso_post_url.as_ref());
        for (name, value) in [
            (text.seen_entity_id, pasted.entity_id.as_ref()),
            (text.seen_sso_url, sso_url),
            (text.seen_metadata_url, pasted.metadata_url.as_ref()),
        ] {
            told.extend(value.map(|value| (name, value.clone())));
        }
        for key in &pasted.certificates {
            let certificate = key.certificate();
            let line = text.seen_key.with("subject", &certificate.subject).with("key", &certificate.key);
            told.push((text.seen_certificate, line.with("end", moment(certificate.not_after)).to_string()));
        }
        told
    }
}

/// `…/sso/steps` and `…/sso/{connection}/steps`: what to do in the other console, and the box for what comes back.
#[derive(Template)]
#[template(path = "sso_steps.html")]
pub struct StepsPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// What addresses of the path begin with.
    pub base: &'a str,
    /// The product that was chosen.
    pub product: Product,
    /// Our values.
    pub ours: Ours<'a>,
    /// The connection, if it is there already.
    pub present: Option<&'a Detail>,
    /// The box.
    pub form: PasteForm<'a>,
}

impl StepsPage<'_> {
    fn title(&self) -> String {
        match self.product {
            Product::Other => self.frame.sso().connect_other.to_string(),
            product => self.frame.sso().connect.with("product", title(product, self.frame.sso())).to_string(),
        }
    }

    fn there(&self) -> String {
        match self.product {
            Product::Other => self.frame.sso().there_other.to_string(),
            product => self.frame.sso().there.with("product", title(product, self.frame.sso())).to_string(),
        }
    }

    /// Our metadata can be read once there is a connection: where that console begins with them, what it gives us comes
    /// first.
    fn paste_first(&self) -> Option<String> {
        let is_first = self.guide().steps.iter().any(|step| step.say == Say::LoadMetadata);
        let told = || self.frame.sso().paste_first.with("product", title(self.product, self.frame.sso()));
        (is_first && self.present.is_none()).then(|| told().to_string())
    }

    const fn guide(&self) -> &'static Guide {
        guide(self.product)
    }

    fn best(&self) -> Option<Bring> {
        self.guide().bring.first().copied()
    }
}

const fn is_ours(value: Value) -> bool {
    value.literal().is_none()
}

/// What stands above the pages of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// How it stands.
    Overview,
    /// The keys of both sides.
    Certificates,
    /// Its settings.
    Settings,
    /// Steps and values.
    Steps,
    /// Its revisions.
    History,
}

impl Tab {
    pub(super) const ALL: [Self; 5] =
        [Self::Overview, Self::Certificates, Self::Settings, Self::Steps, Self::History];

    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Certificates => "/certificates",
            Self::Settings => "/settings",
            Self::Steps => "/steps",
            Self::History => "/history",
        }
    }

    pub(super) const fn label(self, text: &SsoText) -> Message {
        match self {
            Self::Overview => text.overview,
            Self::Certificates => text.certificates,
            Self::Settings => text.settings,
            Self::Steps => text.steps,
            Self::History => text.history,
        }
    }
}

/// `…/sso/{connection}`: how far it is, and what to do next.
#[derive(Template)]
#[template(path = "sso_connection.html")]
pub struct ConnectionPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// What addresses of the path begin with.
    pub base: &'a str,
    /// The connection.
    pub detail: &'a Detail,
    /// The product behind it.
    pub product: Product,
    /// The last test sign-in.
    pub test: Option<&'a TestView>,
    /// What those who brought its keys are called, as far as whoever looks may know.
    pub names: &'a Names,
    /// Whether whoever looks may go without a test.
    pub may_override: bool,
}

impl ConnectionPage<'_> {
    fn stage(&self) -> Stage {
        if self.has_passed() { Stage::Activate } else { Stage::Test }
    }

    fn is_active(&self) -> bool {
        self.detail.view.state == ConnectionState::Active
    }

    fn is_disabled(&self) -> bool {
        self.detail.view.state == ConnectionState::Disabled
    }

    fn is_retired(&self) -> bool {
        self.detail.view.state == ConnectionState::Retired
    }

    /// Nobody signs in by it yet.
    fn is_new(&self) -> bool {
        self.detail.view.state.is_being_set_up()
    }

    fn has_passed(&self) -> bool {
        self.test.is_some_and(|test| test.outcome == Ended::Tested && test.revision == self.detail.revision)
    }

    /// The connection was changed since the test.
    fn is_old(&self) -> bool {
        self.test.is_some_and(|test| test.revision != self.detail.revision)
    }

    fn state(&self) -> (Mood, Message) {
        state(self.detail.view.state, self.has_passed(), self.frame.sso())
    }

    fn ours(&self) -> Vec<(Message, &str)> {
        let (text, ours) = (self.frame.sso(), Ours::of(self.detail));
        vec![
            (text.our_acs_url, ours.acs_url),
            (text.our_entity_id, ours.entity_id),
            (text.our_metadata_url, ours.metadata_url),
            (text.our_login_url, ours.login_url),
        ]
    }

    fn sso_url(&self) -> Option<&str> {
        let of = |name: &str| self.detail.settings.get(name).and_then(Json::as_str);
        of("sso_redirect_url").or_else(|| of("sso_post_url"))
    }

    fn product_title(&self) -> String {
        title(self.product, self.frame.sso())
    }

    fn brought(&self, by: &Bringer) -> String {
        let text = self.frame.sso();
        let told = text.key_brought.with("who", who(&by.actor, self.names, self.frame.text));
        told.with("at", moment(by.at)).to_string()
    }

    fn mapping(&self) -> Option<&Lineage> {
        self.test.and_then(|test| test.stored.mapping.as_ref())
    }
}

/// What a field of a person is called.
fn field(found: &MappedField, text: &SsoText) -> String {
    field_named(&found.field, text)
}

/// The same by its name.
pub(super) fn field_named(name: &str, text: &SsoText) -> String {
    let known = match name {
        "email" => text.field_email,
        "first_name" => text.field_first_name,
        "last_name" => text.field_last_name,
        "display_name" => text.field_display_name,
        "username" => text.field_username,
        "external_id" => text.field_external_id,
        "groups" => text.field_groups,
        "roles" => text.field_roles,
        "role" => text.field_role,
        "subject" => text.field_subject,
        other => return other.strip_prefix("custom.").unwrap_or(other).to_owned(),
    };
    known.to_string()
}

/// A test sign-in went well: what whoever made it sees, in the window in which they made it.
#[derive(Debug, Template)]
#[template(path = "tested.html")]
pub struct TestedPage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// By which the attempt is looked up.
    pub reference: &'a str,
    /// Every step.
    pub trace: &'a Trace,
    /// The product behind the connection.
    pub product: Product,
    /// What was read of the person.
    pub mapping: &'a Lineage,
}
