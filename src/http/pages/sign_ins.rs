//! The pages about sign-ins: the list with its chart, one sign-in with its checks, and what a link shows of one. No Debug
//! where a form's token or a new link is inside.

use askama::Template;
use gatepost_saml::code::{CODES, Code};
use gatepost_saml::instant::Instant;
use gatepost_saml::trace::Outcome;
use gatepost_saml::{Refusal, StepName};

use super::Frame;
use super::console::Around;
use super::sso::field_named;
use crate::directory::account::KeepMessages;
use crate::directory::email::EmailVerdict;
use crate::directory::mapping::{Lineage, MappedField};
use crate::directory::preset::Product;
use crate::directory::state;
use crate::flow::attempt::AttemptView;
use crate::flow::attempt::chart::{Chart, Day};
use crate::flow::attempt::redact::Redacted;
use crate::words::trace::{Evidence, Told, tell};
use crate::words::{self, Message, SignInsText, Text, mend, moment};

/// The list of sign-ins.
#[derive(Template)]
#[template(path = "sign_ins.html")]
pub struct SignInsPage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// What was asked for.
    pub asked: &'a Asked,
    /// The connections that can be asked for: their ids and names.
    pub connections: &'a [(String, String)],
    /// What was found.
    pub rows: &'a [SignInRow],
    /// Where older ones are.
    pub older: Option<String>,
    /// The days.
    pub chart: &'a ChartView,
    /// Which messages are kept, for those who may decide, and the version of what they decide about.
    pub keep: Option<(KeepMessages, i64)>,
}

/// What was asked for, as it was typed.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// A connection's id.
    pub connection: String,
    /// An outcome's name.
    pub outcome: String,
    /// A code.
    pub code: String,
    /// A purpose's name.
    pub purpose: String,
    /// A day.
    pub from: String,
    /// A day.
    pub to: String,
    /// A person.
    pub person: String,
    /// Whether there is nobody like that.
    pub is_nobody: bool,
    /// So many days are in the chart.
    pub days: i64,
}

impl Asked {
    /// Whether anything was asked for.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.pairs().iter().any(|(_, value)| !value.is_empty())
    }

    /// What was asked for, by the names of the form.
    #[must_use]
    pub fn pairs(&self) -> [(&'static str, &str); 7] {
        [
            ("connection", &self.connection),
            ("outcome", &self.outcome),
            ("code", &self.code),
            ("purpose", &self.purpose),
            ("from", &self.from),
            ("to", &self.to),
            ("person", &self.person),
        ]
    }

    fn of_days_14(&self) -> String {
        self.query(&[("days", "14")])
    }

    fn of_days_30(&self) -> String {
        self.query(&[("days", "30")])
    }

    /// The query that asks for the same, with `more`.
    #[must_use]
    pub fn query(&self, more: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.pairs().into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        query.extend_pairs(more);
        query.finish()
    }
}

/// A line of the list.
#[derive(Debug, Clone)]
pub struct SignInRow {
    /// Its id.
    pub id: String,
    /// When.
    pub at: Instant,
    /// How it ended.
    pub outcome: state::Outcome,
    /// What for.
    pub purpose: state::Purpose,
    /// Why, if there is a reason.
    pub code: Option<String>,
    /// By which connection.
    pub connection: String,
    /// Who, as far as that is known.
    pub who: Who,
}

/// Who a sign-in was about.
#[derive(Debug, Clone)]
pub enum Who {
    /// Nobody was signed in.
    Nobody,
    /// Somebody: their id and their name.
    Known(String, String),
    /// Somebody who is not there any more, or may not be seen.
    Gone,
}

/// How something ended, in a word or two.
pub(super) const fn ending(outcome: state::Outcome, text: &SignInsText) -> Message {
    match outcome {
        state::Outcome::Accepted => text.accepted,
        state::Outcome::Refused => text.refused,
        state::Outcome::Restarted => text.restarted,
        state::Outcome::Repeated => text.repeated,
        state::Outcome::Tested => text.tested,
    }
}

/// How it looks.
const fn mood(outcome: state::Outcome) -> &'static str {
    match outcome {
        state::Outcome::Accepted | state::Outcome::Tested => "good",
        state::Outcome::Refused => "bad",
        state::Outcome::Restarted | state::Outcome::Repeated => "off",
    }
}

const fn purpose(purpose: state::Purpose, text: &SignInsText) -> Message {
    match purpose {
        state::Purpose::Login => text.login,
        state::Purpose::Test => text.test,
    }
}

/// How high the chart is.
const HEIGHT: i64 = 100;
/// How wide a day is in it.
const WIDTH: i64 = 20;

/// A chart, measured.
#[derive(Debug, Clone)]
pub struct ChartView {
    /// The bars, the oldest day first.
    pub bars: Vec<Bar>,
    /// How wide it is.
    pub width: i64,
    /// How many signed in.
    pub accepted: i64,
    /// How many were refused.
    pub refused: i64,
    /// The reasons, the most frequent first.
    pub reasons: Vec<(String, i64)>,
    /// Refused, and only counted.
    pub unstored: i64,
    /// Whether there were more than are counted.
    pub has_more: bool,
}

/// A day of a chart.
#[derive(Debug, Clone)]
pub struct Bar {
    /// The day: `2026-03-02`.
    pub day: String,
    /// Where it begins.
    pub x: i64,
    /// Where the part of those who signed in begins, and how high it is.
    pub good: (i64, i64),
    /// The same of those who were refused.
    pub bad: (i64, i64),
    /// What it is about.
    pub counts: Day,
}

impl ChartView {
    /// Measures a chart.
    #[must_use]
    pub fn new(chart: &Chart) -> Self {
        let total = |day: &Day| day.accepted + day.all_refused();
        let most = chart.days.iter().map(total).max().unwrap_or_default().max(1);
        // What there is at all is seen.
        let high = |count: i64| if count == 0 { 0 } else { (count * HEIGHT / most).max(2) };
        let mut reasons = std::collections::BTreeMap::<&str, i64>::new();
        for (code, count) in chart.days.iter().flat_map(|day| &day.refused) {
            *reasons.entry(code).or_default() += count;
        }
        let mut reasons: Vec<_> = reasons.into_iter().map(|(code, count)| (code.to_owned(), count)).collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let bar = |(day, x): (&Day, i64)| {
            let (good, bad) = (high(day.accepted), high(day.all_refused()));
            Bar {
                day: words::day(Instant::from_seconds(day.begins_at)),
                x: x * WIDTH + 2,
                good: (HEIGHT + 4 - good, good),
                bad: (HEIGHT + 4 - good - bad, bad),
                counts: day.clone(),
            }
        };
        Self {
            bars: chart.days.iter().zip(0..).map(bar).collect(),
            width: i64::try_from(chart.days.len()).unwrap_or_default() * WIDTH,
            accepted: chart.days.iter().map(|day| day.accepted).sum(),
            refused: chart.days.iter().map(Day::all_refused).sum(),
            reasons,
            unstored: chart.days.iter().map(|day| day.unstored).sum(),
            has_more: chart.has_more,
        }
    }

    fn days(&self) -> usize {
        self.bars.len()
    }
}

impl Bar {
    fn others(&self) -> i64 {
        self.counts.restarted + self.counts.repeated + self.counts.tested
    }
}

/// One sign-in.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignInTracePage<'a> {
    /// Around every page.
    pub frame: Frame,
    /// Around the page.
    pub around: Around<'a>,
    /// The account's name in addresses.
    pub slug: &'a str,
    /// It.
    pub view: &'a AttemptView,
    /// Who.
    pub who: Who,
    /// Links to it.
    pub shares: &'a [ShareRow],
    /// The link that was just made, and when it ends.
    pub made: Option<(&'a str, Instant)>,
    /// Whether the caller may read messages: then it may be taken out, and nothing of its trace is left out.
    pub may_download: bool,
}

/// A link to a sign-in.
#[derive(Debug, Clone)]
pub struct ShareRow {
    /// Its id.
    pub id: String,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
    /// Whether it shows anything.
    pub is_open: bool,
}

impl SignInTracePage<'_> {
    /// Whether somebody is known whom it led to, and who did not come in.
    fn led_to_somebody(&self) -> bool {
        self.view.outcome == state::Outcome::Refused && matches!(self.who, Who::Known(..))
    }

    fn told(&self) -> Told {
        tell(&self.view.stored.trace, self.view.product, self.frame.text)
    }

    fn mend(&self, code: Code) -> String {
        told_mend(code, self.view.product, &self.view.stored.trace, self.frame.text)
    }

    /// Whether it may be refused for something else than is told.
    fn is_closed(&self) -> bool {
        let is_decryption =
            |refusal: Refusal| (refusal.step, refusal.code) == (StepName::Decryption, Code::DecryptionFailed);
        !self.may_download && self.view.stored.refusal.is_some_and(is_decryption)
    }

    fn mapped(&self) -> &[MappedField] {
        self.view.stored.mapping.as_ref().map_or(&[], |mapping| &mapping.fields)
    }

    fn email(&self, text: &SignInsText) -> Option<Message> {
        self.view.stored.mapping.as_ref().and_then(|mapping| email_verdict(mapping, text))
    }
}

const fn email_verdict(mapping: &Lineage, text: &SignInsText) -> Option<Message> {
    match mapping.email {
        None => None,
        Some(EmailVerdict::Verified) => Some(text.email_verified),
        Some(EmailVerdict::Kept) => Some(text.email_kept),
        Some(EmailVerdict::Dropped) => Some(text.email_dropped),
        Some(EmailVerdict::Refused) => Some(text.email_refused),
    }
}

/// What was asked where a sign-in was refused for that, or nothing where this program does not know it.
pub(super) fn asked_by(code: &str, text: &Text) -> String {
    Code::from_name(code).map_or_else(String::new, |code| question(code, text).to_string())
}

/// All reasons, by what was asked.
fn reasons(text: &Text) -> Vec<(String, Vec<&'static str>)> {
    let mut groups: Vec<(String, Vec<&'static str>)> = Vec::new();
    for known in CODES {
        let asked = question(known.code, text).to_string();
        match groups.iter_mut().find(|(group, _)| *group == asked) {
            Some((_, names)) => names.push(known.name),
            None => groups.push((asked, vec![known.name])),
        }
    }
    groups
}

/// What is asked by the step to which a code belongs. Signatures are asked about at more than one, and who may come in is
/// asked where nothing is missing any more: these have a question of their own.
fn question(code: Code, text: &Text) -> Message {
    let step = match code {
        Code::InputEmpty
        | Code::InputParameters
        | Code::InputEncoding
        | Code::InputDeflate
        | Code::BindingNotAllowed => StepName::Input,
        Code::MessageTooLarge => StepName::Size,
        Code::XmlEncoding
        | Code::XmlMalformed
        | Code::XmlDoctype
        | Code::XmlProcessingInstruction
        | Code::XmlEntity
        | Code::XmlNamespace
        | Code::XmlDuplicateId
        | Code::XmlLimits
        | Code::CommentInText => StepName::Xml,
        Code::UnexpectedMessage | Code::MessageMalformed | Code::MessageIdMissing => StepName::Root,
        Code::VersionUnsupported => StepName::Version,
        Code::DestinationMissing | Code::DestinationMismatch => StepName::Destination,
        Code::IssuerMissing | Code::IssuerFormat | Code::IssuerMismatch => StepName::Issuer,
        Code::StatusNotSuccess
        | Code::StatusRequestDenied
        | Code::StatusAuthnFailed
        | Code::StatusNoPassive
        | Code::StatusNoAuthnContext
        | Code::StatusInvalidNameIdPolicy => StepName::Status,
        Code::SignatureMultiple
        | Code::SignatureMalformed
        | Code::SignatureReference
        | Code::SignatureTransform
        | Code::SignatureCanonicalization
        | Code::SignatureAlgorithm
        | Code::SignatureAlgorithmSha1
        | Code::SignatureKeyWeak
        | Code::SignatureKeyUnknown
        | Code::SignatureInvalid
        | Code::DigestMismatch => return text.sign_ins.signature,
        Code::NotSigned | Code::EnginesDisagree => StepName::Coverage,
        Code::DecryptionKeyMissing | Code::DecryptionAlgorithm | Code::DecryptionFailed => {
            StepName::Decryption
        }
        Code::AssertionMissing | Code::AssertionMultiple | Code::AssertionMalformed => {
            StepName::AssertionCount
        }
        Code::AssertionIssuerMissing | Code::AssertionIssuerMismatch => StepName::AssertionIssuer,
        Code::SubjectMissing | Code::NameIdMissing | Code::NameIdMalformed => StepName::Subject,
        Code::ConfirmationMissing
        | Code::ConfirmationRecipientMissing
        | Code::ConfirmationRecipientMismatch
        | Code::ConfirmationExpiryMissing
        | Code::ConfirmationExpired
        | Code::ConfirmationNotYetValid => StepName::Confirmation,
        Code::Unsolicited
        | Code::InResponseToUnknown
        | Code::InResponseToMismatch
        | Code::IdpSendsUnsolicited => StepName::InResponseTo,
        Code::ConditionsMissing
        | Code::TimeMalformed
        | Code::AssertionExpired
        | Code::AssertionNotYetValid
        | Code::ValidityTooLong => StepName::ConditionsTime,
        Code::AudienceMissing | Code::AudienceMismatch => StepName::Audience,
        Code::ConditionUnknown => StepName::ConditionsOther,
        Code::AuthnStatementMissing | Code::AuthnNotFresh => StepName::AuthnStatement,
        Code::AuthnContextMismatch => StepName::AuthnContext,
        Code::SessionExpired => StepName::SessionEnd,
        Code::AssertionReplayed | Code::AssertionBeforeRestore => StepName::Replay,
        Code::LogoutExpired => StepName::NotOnOrAfter,
        Code::MetadataExpired => StepName::ValidUntil,
        Code::MetadataEntityMissing | Code::MetadataEntityMismatch => StepName::EntityId,
        Code::MetadataRoleMissing => StepName::Role,
        Code::MetadataKeyMissing | Code::MetadataKeyInvalid => StepName::Keys,
        Code::MetadataEndpointMissing | Code::MetadataEndpointInvalid => StepName::Endpoints,
        Code::UserUnknown
        | Code::ExternalIdConflict
        | Code::EmailUnverified
        | Code::UserDisabled
        | Code::UserConflict => return text.sign_ins.may_come_in,
        Code::MappingRequiredMissing | Code::NameIdTransient => StepName::Mapping,
    };
    text.step(step)
}

fn told_mend(code: Code, product: Product, trace: &gatepost_saml::trace::Trace, text: &Text) -> String {
    text.mend(code, mend::product(product, trace))
}

/// What a link shows of a sign-in.
#[derive(Debug, Template)]
#[template(path = "shared.html")]
pub struct SharedPage<'a> {
    /// Around the page.
    pub frame: Frame,
    /// What may be seen.
    pub shown: &'a Redacted,
}

impl SharedPage<'_> {
    fn told(&self) -> Told {
        tell(&self.shown.trace, self.shown.product, self.frame.text)
    }

    fn mend(&self, code: Code) -> String {
        told_mend(code, self.shown.product, &self.shown.trace, self.frame.text)
    }
}
