//! What people read, by language: every text of the pages, the demo and the terminal.
//!
//! A language is one value of [`Text`]: the compiler asks for every text of a new language, and the field's name (or
//! the code's, the step's, the relaxation's) is the message id. Identifiers, wire values and log lines do not belong
//! here: they are the same in every language.
//!
//! To add a text: a line in [`texts!`](self) and one in each language's file. To add a language: a folder like `en`.
//!
//! [`mend`] says what to do about a refusal, in the words of the product's console; [`setup`] how a connection
//! is set up there. [`trace`] puts a stored trace into words; pages and terminal share it.

mod en;
pub mod engine;
mod es;
#[cfg(test)]
mod events_tests;
mod kept;
pub mod mend;
pub mod remarks;
#[cfg(test)]
mod remarks_tests;
#[cfg(test)]
mod sentences_tests;
pub mod setup;
#[cfg(test)]
mod tests;
pub mod trace;

use std::fmt;

use gatepost_saml::code::{Code, Side, StepName};
use gatepost_saml::instant::Instant;
use gatepost_saml::paste::{Problem, ProblemCode};
use gatepost_saml::policy::Relaxation;
use mend::MendText;
use setup::SetupText;

use crate::base::sentence::{Line, Sentence};
use crate::directory::preset::Product;

pub use en::EN;
pub use es::ES;

/// A text of one language, with `{names}` where values go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message(pub(crate) &'static str);

impl Message {
    /// The text with `value` in the place of `{name}`.
    pub fn with(self, name: &'static str, value: impl fmt::Display) -> Filled {
        Filled { message: self, values: Vec::new() }.with(name, value)
    }
}

impl fmt::Display for Message {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0)
    }
}

/// A [`Message`] and the values for its places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    message: Message,
    values: Vec<(&'static str, String)>,
}

impl Filled {
    /// The text with `value` in the place of `{name}` as well.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.values.push((name, value.to_string()));
        self
    }
}

impl fmt::Display for Filled {
    /// Goes through the message once, so that a value which looks like a place stays what it is.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.message.0;
        while let Some((before, after)) = rest.split_once('{') {
            out.write_str(before)?;
            let Some((name, tail)) = after.split_once('}') else {
                out.write_str("{")?;
                rest = after;
                continue;
            };
            match self.values.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => out.write_str(value)?,
                None => write!(out, "{{{name}}}")?,
            }
            rest = tail;
        }
        out.write_str(rest)
    }
}

macro_rules! texts {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty,)* } $($id:ident)*) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name {
            $($(#[$field_doc])* pub(crate) $field: $kind,)*
            $(pub(crate) $id: Message,)*
        }

        impl $name {
            /// The plain texts with their message ids.
            #[cfg(test)]
            pub(in crate::words) fn plain(&self) -> Vec<(&'static str, Message)> {
                vec![$((stringify!($id), self.$id),)*]
            }
        }
    };
}

mod console;
mod operations;
mod zoom;

pub use console::*;
pub use operations::*;
pub use zoom::*;

texts! {
    /// Every text of one language.
    Text {
        /// The language's tag (BCP 47), for `<html lang>`.
        language: &'static str,
        /// What the language calls itself.
        language_name: Message,
        /// What an English sentence is in the language, by its template; nothing in English.
        sentence: fn(&str) -> Option<&'static str>,
        /// Every template that `sentence` knows.
        templates: fn() -> Vec<&'static str>,
        /// What the person who signs in reads about a refusal: message id `code.<code>.user`.
        code_user: fn(Code) -> &'static str,
        /// What an administrator should do about it: message ids in [`mend`].
        mend: MendText,
        /// How a connection is set up at the other end: message ids `setup.say.<say>`.
        setup: SetupText,
        /// What a step checks: message id `step.<step>`.
        step: fn(StepName) -> Message,
        /// What a relaxation lets through: message id `relaxation.<relaxation>`.
        relaxation: fn(Relaxation) -> Message,
        /// Who can mend a refusal: message id `side.<side>`.
        side: fn(Side) -> Message,
        /// What is wrong with what somebody pasted, and what to do: message id `paste.<problem>`.
        paste: fn(ProblemCode) -> Message,
        /// The pretend identity provider's texts: message ids `idp.<id>`.
        idp: IdpText,
        /// The texts of the console and of mail: message ids `console.<id>`.
        console: ConsoleText,
        /// The texts of setting single sign-on up: message ids `sso.<id>`.
        sso: SsoText,
        /// The texts about how strictly a connection judges: message ids `strictness.<id>`.
        strictness: StrictnessText,
        /// The texts of webhooks: message ids `webhooks.<id>`.
        webhooks: WebhooksText,
        /// The texts of the link to Zoom: message ids `zoom.<id>`.
        zoom: ZoomText,
        /// The texts of provisioning into Zoom: message ids `zoom_provisioning.<id>`.
        zoom_provisioning: ZoomProvisioningText,
        /// The texts of the inventory of Zoom: message ids `zoom_inventory.<id>`.
        zoom_inventory: ZoomInventoryText,
        /// The texts about what Zoom told: message ids `zoom_events.<id>`.
        zoom_events: ZoomEventsText,
        /// The texts around the reference of the REST API: message ids `reference.<id>`.
        reference: ReferenceText,
        /// The texts about email domains: message ids `domains.<id>`.
        domains: DomainsText,
        /// The texts about how accounts look: message ids `branding.<id>`.
        branding: BrandingText,
        /// What owners are told by mail that happened by itself, and why something is not to be had: message ids
        /// `notices.<id>`.
        notices: NoticesText,
        /// The texts about what will end: message ids `deadlines.<id>`.
        deadlines: DeadlinesText,
        /// The texts about what was done: message ids `events.<id>`.
        events: EventsText,
        /// The texts of those who run the installation: message ids `operators.<id>`.
        operators: OperatorsText,
        /// The texts of the pages about sign-ins: message ids `sign_ins.<id>`.
        sign_ins: SignInsText,
        /// The texts of the pages about mappings and changes that are tried: message ids `mapping.<id>`.
        mapping: MappingText,
        /// The texts of the pages about people: message ids `people.<id>`.
        people: PeopleText,
    }
    skip_to_content demo_badge footer footer_languages
    start_title start_lead start_who_label start_who_hint start_account_button start_remembered start_another
    start_problem_empty start_problem_unknown start_problem_domain
    signin_title signin_lead signin_choose signin_with signin_none signin_other_account
    me_title me_lead me_lead_unnamed me_person me_name me_email me_email_verified me_email_unverified me_email_none
    me_name_none me_username me_roles me_groups me_name_id me_name_id_format me_account me_connection me_signed_in_at me_signed_out_at
    me_attributes me_attributes_lead me_attributes_none me_attribute_name me_attribute_values me_attribute_empty
    me_trace me_trace_lead me_trace_none me_sign_out
    me_sessions me_sessions_lead me_sessions_none me_session_browser me_session_when me_session_unknown
    me_session_seen_at me_session_end me_sessions_end
    refused_title refused_again refused_again_hint refused_admin refused_admin_lead refused_reference refused_at
    refused_code refused_detail refused_detail_lead refused_detail_lead_demo refused_check refused_mend refused_side refused_rule
    tested_title tested_lead
    again_title again_lead again_button
    replace_title replace_lead_account replace_lead_person replace_hint replace_stay replace_stay_person
    replace_go replace_go_person
    handover_title handover_lead handover_link handover_button
    not_found_title not_found_lead
    error_title error_lead error_reference
    unavailable_title unavailable_lead
    bad_form_title bad_form_lead
    forbidden_title forbidden_lead
    too_many_title too_many_lead
    method_title method_lead slow_title slow_lead too_large_title too_large_lead bad_request_title bad_request_lead
    sender_title sender_unknown_lead sender_ambiguous_lead
    framed_title framed_lead framed_link
    signed_out_title signed_out_lead signed_out_note signed_out_again
    to_start
    demo_title demo_lead demo_steps demo_step_1 demo_step_2 demo_step_3 demo_connections demo_connections_lead
    demo_people demo_people_lead demo_person demo_person_email demo_person_role demo_account_page demo_idp demo_idp_lead
    demo_console demo_zoom demo_zoom_lead demo_zoom_link demo_about_okta demo_about_entra demo_about_clever demo_about_canvas
    trace_held trace_refused trace_not_reached trace_pass trace_warn trace_fail trace_skip trace_wanted trace_found
    trace_value trace_signed trace_signed_line trace_encrypted trace_encrypted_line trace_relaxed trace_warnings
    trace_rule trace_claim_issuer trace_claim_destination
    trace_claim_in_response_to
    element_response element_assertion element_message element_metadata element_name_id
}

texts! {
    /// The texts about how strictly a connection judges.
    StrictnessText {}
    title lead look_again allow until until_hint ended of_signatures of_encryption of_content gives_sha1 gives_rsa_1024
    gives_inclusive_c14n gives_empty_reference_uri gives_rsa_1_5 gives_tripledes gives_no_authn_statement clock_skew
    clock_skew_hint max_validity max_validity_hint unverified unverified_usual unverified_refuse unverified_drop
    unverified_keep email_domains email_domains_hint accepted_audiences accepted_audiences_hint authn_contexts
    authn_contexts_hint binding binding_usual binding_redirect binding_post save
}

texts! {
    /// The texts of webhooks in the console.
    WebhooksText {}
    title lead none webhook told_of on off failing_since create url url_hint secret secret_lead topic_user topic_session
    topic_connection topic_certificate topic_zoom back back_to_webhook overlap test rotate switch_off switch_on change
    change_lead save remove remove_lead remove_sure deliveries deliveries_lead deliveries_none kind at older waiting delivered dead delivery next_at
    resend body tries tries_none took answer answer_begins
}

texts! {
    /// The texts around the reference of the REST API.
    ReferenceText {}
    title lead document contents scope statuses parameters required body answer problems problems_lead
}

texts! {
    /// The texts of the pretend identity provider.
    IdpText {}
    banner banner_note acts_like to_home test_keys
    home_title home_lead home_entity_id home_sso_url home_start home_metadata home_about_signs
    signs_response signs_assertion signs_both signs_neither home_about_encrypts
    start_title start_lead start_wrong start_button sp_entity_id acs_url
    choose_title choose_lead choose_unsolicited choose_forced choose_passive
    people_legend people_other first_name last_name email role
    fault_legend fault_label fault_mistakes fault_attacks show_first sign_in edit
    fault_none fault_expired fault_not_yet_valid fault_wrong_audience fault_wrong_recipient fault_wrong_issuer
    fault_wrong_request fault_denied fault_sha1 fault_unsigned fault_unknown_key fault_encrypted_to_another
    fault_tampered fault_wrapped fault_comment fault_replayed
    edit_title edit_lead subject_legend name_id name_id_format no_format attributes_legend attributes_hint
    attribute_group attribute_name attribute_values add_row
    send_title send_lead send_button send_message
    problem_title problem_request problem_acs problem_not_here problem_person problem_previous problem_mint
}

impl Text {
    /// The language's tag.
    #[must_use]
    pub const fn language(&self) -> &'static str {
        self.language
    }

    /// What is special about the messages of a connection of the demo.
    #[must_use]
    pub const fn demo_about(&self, product: Product) -> Message {
        match product {
            Product::Okta => self.demo_about_okta,
            Product::Entra => self.demo_about_entra,
            Product::Clever => self.demo_about_clever,
            // The only other one that a demo has.
            _ => self.demo_about_canvas,
        }
    }

    /// What is wrong, in the language.
    #[must_use]
    pub fn sentence(&self, sentence: &Sentence) -> String {
        sentence.put(&self.sentence)
    }

    /// One of several sentences, without what it is about.
    #[must_use]
    pub fn line(&self, line: Line<'_>) -> String {
        line.put(&self.sentence)
    }

    /// What the person who signs in reads about a refusal.
    #[must_use]
    pub fn code_user(&self, code: Code) -> &'static str {
        (self.code_user)(code)
    }

    /// What a refused sign-in is called.
    #[must_use]
    pub fn refused_title(&self) -> String {
        self.refused_title.to_string()
    }

    /// What `step` checks, in a few words.
    #[must_use]
    pub fn step(&self, step: StepName) -> Message {
        (self.step)(step)
    }

    /// What `relaxation` lets through.
    #[must_use]
    pub fn relaxation(&self, relaxation: Relaxation) -> Message {
        (self.relaxation)(relaxation)
    }

    /// What is wrong with what somebody pasted, and what to do. A bracket for evidence of which there is none is left out.
    #[must_use]
    pub fn paste(&self, problem: &Problem) -> String {
        // These say in words what is the matter; all other evidence is a value.
        let is_said = matches!(
            problem.code,
            ProblemCode::FetchFailed
                | ProblemCode::MetadataRefused
                | ProblemCode::XmlMalformed
                | ProblemCode::TooLarge
                | ProblemCode::CertificateTruncated
        );
        let text = |evidence: &Option<String>| {
            let text = evidence.clone().unwrap_or_default();
            if is_said { self.kept(&text).unwrap_or(text) } else { text }
        };
        let is_moment =
            matches!(problem.code, ProblemCode::CertificateExpired | ProblemCode::CertificateNotYetValid);
        let wanted = text(&problem.wanted);
        let wanted = match Instant::parse(&wanted) {
            Ok(at) if is_moment => day(at),
            _ => self.in_words(problem).unwrap_or(wanted),
        };
        let evidence =
            [("found", text(&problem.found)), ("wanted", wanted), ("choices", problem.choices.join(", "))];
        let filled = |part: &'static str| {
            let filled = Filled { message: Message(part), values: Vec::new() };
            evidence.iter().fold(filled, |filled, &(name, ref value)| filled.with(name, value)).to_string()
        };
        let whole = (self.paste)(problem.code).0;
        let parts = whole.split_once(" (").and_then(|(before, rest)| {
            let (bracket, after) = rest.split_once(')')?;
            Some((before, bracket, after))
        });
        let is_for_nothing = |bracket: &str| {
            evidence.iter().any(|(name, value)| value.is_empty() && bracket.contains(&format!("{{{name}}}")))
        };
        match parts {
            Some((before, bracket, after)) if is_for_nothing(bracket) => filled(before) + &filled(after),
            _ => filled(whole),
        }
    }

    /// Why metadata is of no use, in words beside the code; none where what was found says it already.
    fn in_words(&self, problem: &Problem) -> Option<String> {
        let code = problem.wanted.as_deref().filter(|_| problem.code == ProblemCode::MetadataRefused)?;
        let is_said = problem.found.as_deref().is_some_and(|found| found.contains(code));
        let why = (self.mend.general)(Code::from_name(code).filter(|_| !is_said)?);
        Some(format!("{}: {code}", why.trim_end_matches('.')))
    }

    /// Who can mend a refusal.
    #[must_use]
    pub fn side(&self, side: Side) -> Message {
        (self.side)(side)
    }
}

/// The languages, the first of which is spoken where nobody says otherwise.
pub static LANGUAGES: &[&Text] = &[&EN, &ES];

/// The texts of the language of that tag.
#[must_use]
pub fn spoken(tag: &str) -> Option<&'static Text> {
    LANGUAGES.iter().copied().find(|text| text.language == tag)
}

/// A day as people read it, of UTC: `2026-03-02`.
#[must_use]
pub fn day(at: Instant) -> String {
    at.to_string().chars().take(10).collect()
}

/// How long there is left: within a day, one day, or so many `{days}`.
#[must_use]
pub fn days_left(days: i64, [within_a_day, one, many]: [Message; 3]) -> String {
    match days {
        ..=0 => within_a_day.to_string(),
        1 => one.to_string(),
        days => many.with("days", days).to_string(),
    }
}

/// A moment as people read it, to the second and in UTC, the same in every language: `2026-03-02 10:00:30 UTC`.
#[must_use]
pub fn moment(at: Instant) -> String {
    Instant::from_seconds(at.seconds()).to_string().replace('T', " ").replace('Z', " UTC")
}
