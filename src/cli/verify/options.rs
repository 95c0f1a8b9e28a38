//! The options of `gatepost verify`: the grammar, and what may be said together.
//!
//! What depends on the message (a response needs trust, an entity ID and an ACS URL) is checked in
//! [`input`](super::input), when its kind is known.

use std::path::PathBuf;

use crate::base::id::ConnectionId;
use crate::cli::gateway::SettingsFile;
use crate::config::SecondOpinion;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};
use gatepost_saml::policy::MAX_CLOCK_SKEW_SECONDS;
use gatepost_saml::{Instant, Relaxation};

/// Names of the corpus's vocabulary that are never offered; asking for one deserves a better answer than "unknown".
const NEVER_OFFERED: [&str; 3] = ["audience_optional", "recipient_optional", "destination_optional"];

/// What to judge, against which settings, and how to answer.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Exit status: 0 accepted, 1 refused, 2 usage, unreadable input or settings.")]
#[expect(clippy::struct_excessive_bools, reason = "one per flag of the command line")]
#[expect(clippy::doc_markdown, reason = "these comments are shown in a terminal")]
pub struct Options {
    /// The message: a file, or '-' for standard input. XML, base64, form body, redirect URL or raw query
    #[arg(value_name = "INPUT", required_unless_present = "suite", conflicts_with = "suite")]
    pub input: Option<PathBuf>,

    /// Wire form of the input [default: detected]
    #[arg(long, value_enum, conflicts_with = "suite")]
    pub wire: Option<WireName>,

    /// Kind of message
    #[arg(long, value_enum, default_value_t = KindName::Auto, conflicts_with = "suite")]
    pub kind: KindName,

    /// Take entity ID and signing certificates of the identity provider from its metadata; of several, the one that
    /// --idp-entity-id names
    #[arg(long, value_name = "FILE", help_heading = "Trust", conflicts_with_all = ["suite", "idp_cert"])]
    pub idp_metadata: Option<PathBuf>,

    /// Entity ID of the identity provider
    #[arg(long, value_parser = NonEmptyStringValueParser::new(), value_name = "ID", help_heading = "Trust", conflicts_with = "suite")]
    pub idp_entity_id: Option<String>,

    /// Trusted signing certificate: PEM, DER or bare base64 (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "Trust", conflicts_with = "suite")]
    pub idp_cert: Vec<PathBuf>,

    /// Take trust, ourselves and policy from this connection of the gateway; what else is given goes over it
    #[arg(long, value_name = "ID", help_heading = "Trust",
          conflicts_with_all = ["suite", "idp_metadata", "idp_entity_id", "idp_cert"])]
    pub connection: Option<ConnectionId>,

    /// Where the gateway of --connection is
    #[command(flatten)]
    pub gateway: SettingsFile,

    /// Our entity ID
    #[arg(long, value_parser = NonEmptyStringValueParser::new(), value_name = "ID", help_heading = "Us", conflicts_with = "suite")]
    pub sp_entity_id: Option<String>,

    /// A further accepted audience (repeatable)
    #[arg(long, value_parser = NonEmptyStringValueParser::new(), value_name = "ID", help_heading = "Us", conflicts_with = "suite")]
    pub audience: Vec<String>,

    /// Our ACS URL; for logout messages our SLO URL
    #[arg(long, value_parser = NonEmptyStringValueParser::new(), value_name = "URL", help_heading = "Us", conflicts_with = "suite")]
    pub acs_url: Option<String>,

    /// Our private decryption key (repeatable)
    #[arg(long, value_name = "PEM", help_heading = "Us", conflicts_with = "suite")]
    pub sp_key: Vec<PathBuf>,

    /// ID of the pending request; without it no request is pending
    #[arg(long, value_parser = NonEmptyStringValueParser::new(), value_name = "ID", help_heading = "Request", conflicts_with = "suite")]
    pub in_response_to: Option<String>,

    /// The moment of judgement [default: this machine's clock]
    #[arg(long, value_name = "RFC3339", help_heading = "Clock", value_parser = crate::cli::instant, conflicts_with = "suite")]
    pub now: Option<Instant>,

    /// Tolerated difference of clocks [default: 180; in suites 60]
    #[arg(long, value_name = "SECONDS", help_heading = "Clock",
          value_parser = clap::value_parser!(u32).range(..=i64::from(MAX_CLOCK_SKEW_SECONDS)))]
    pub clock_skew: Option<u32>,

    /// Refuse assertions that are valid for longer than this [default: no bound]
    #[arg(long, value_name = "SECONDS", help_heading = "Clock")]
    pub max_validity: Option<u32>,

    /// Accept what the strict profile refuses (repeatable): unsolicited, sha1, rsa_1024, inclusive_c14n,
    /// empty_reference_uri, rsa_1_5, tripledes, no_authn_statement, unknown_in_response_to
    #[arg(long, value_name = "NAME", help_heading = "Policy", value_parser = relaxation, conflicts_with = "suite")]
    pub allow: Vec<Relaxation>,

    /// Most bytes of decoded XML [default: 262144; metadata 4194304]
    #[arg(long, value_name = "N", help_heading = "Limits")]
    pub max_bytes: Option<usize>,

    /// Lift the limits on depth, elements and attributes: for measuring only
    #[arg(long, help_heading = "Limits")]
    pub no_limits: bool,

    /// Ask a second engine about accepted responses: off, observe (its objections are warnings), require (they refuse)
    #[arg(long, value_name = "MODE", help_heading = "Second engine", value_parser = second_opinion, default_value = "off")]
    pub second_opinion: SecondOpinion,

    /// One JSON object per message on standard output, and nothing else there
    #[arg(long, help_heading = "Output")]
    pub json: bool,

    /// Every step of the judgement in words (with --json: on standard error)
    #[arg(long, help_heading = "Output", conflicts_with = "suite")]
    pub explain: bool,

    /// Judge every case of a manifest, and compare with its expectations
    #[arg(long, value_name = "MANIFEST", help_heading = "Suite")]
    pub suite: Option<PathBuf>,

    /// Only these cases
    #[arg(long, value_name = "ID", num_args = 1.., help_heading = "Suite", conflicts_with = "input")]
    pub only: Vec<String>,

    /// Ignore what the cases ask to relax: the strict profile alone
    #[arg(long, help_heading = "Suite", conflicts_with = "input")]
    pub strict: bool,

    /// Known differences, each a rule with its text from the specification (JSON)
    #[arg(long, value_name = "FILE", help_heading = "Suite", conflicts_with = "input")]
    pub differences: Option<PathBuf>,

    /// Also write the result as JUnit XML
    #[arg(long, value_name = "FILE", help_heading = "Suite", conflicts_with = "input")]
    pub junit: Option<PathBuf>,

    /// Cases judged at the same time [default: one per processor]
    #[arg(long, value_name = "N", help_heading = "Suite", conflicts_with = "input",
          value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: Option<u16>,
}

/// `--wire`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WireName {
    /// The document itself.
    Xml,
    /// The value of the posted parameter.
    Base64,
    /// An application/x-www-form-urlencoded body.
    Form,
    /// The raw query string of the Redirect binding, or the whole URL.
    Query,
}

/// `--kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KindName {
    /// By the root element.
    Auto,
    /// `samlp:Response`.
    Response,
    /// `samlp:LogoutRequest`.
    LogoutRequest,
    /// `samlp:LogoutResponse`.
    LogoutResponse,
    /// `md:EntityDescriptor` or `md:EntitiesDescriptor`.
    Metadata,
}

fn relaxation(name: &str) -> Result<Relaxation, String> {
    Relaxation::from_name(name).ok_or_else(|| {
        if NEVER_OFFERED.contains(&name) {
            return format!("Gatepost never offers {name}");
        }
        let names: Vec<_> = Relaxation::ALL.iter().map(|relaxation| relaxation.name()).collect();
        format!("choose one of {}", names.join(", "))
    })
}

fn second_opinion(mode: &str) -> Result<SecondOpinion, &'static str> {
    SecondOpinion::parse(mode)
}

#[cfg(test)]
pub(super) mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Harness {
        #[command(flatten)]
        options: Options,
    }

    pub fn parse(line: &str) -> Result<Options, String> {
        Harness::try_parse_from(std::iter::once("verify").chain(line.split_whitespace()))
            .map(|harness| harness.options)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_message_or_a_suite_but_not_both() {
        assert!(parse("").unwrap_err().contains("INPUT"));
        assert!(parse("a.xml --suite m.json").unwrap_err().contains("--suite"));
        assert!(parse("--suite m.json --allow sha1").unwrap_err().contains("--allow"));
        assert!(parse("a.xml --strict").unwrap_err().contains("--strict"));
        let options = parse("--suite m.json --only a b --only c --strict --jobs 3 --clock-skew 0").unwrap();
        assert_eq!(options.only, ["a", "b", "c"]);
        assert_eq!((options.strict, options.jobs, options.clock_skew), (true, Some(3), Some(0)));
    }

    #[test]
    fn trust_comes_from_metadata_or_from_fields() {
        assert!(parse("a.xml --idp-metadata m.xml --idp-cert c.pem").unwrap_err().contains("--idp-cert"));
        let options =
            parse("- --idp-entity-id i --idp-cert a.pem --idp-cert b.pem --audience x --audience y").unwrap();
        assert_eq!((options.idp_cert.len(), options.audience.len()), (2, 2));
    }

    #[test]
    fn values_are_checked_with_a_hint() {
        assert!(parse("a --allow md5").unwrap_err().contains("rsa_1024"));
        assert!(parse("a --allow audience_optional").unwrap_err().contains("never"));
        for option in ["--idp-entity-id", "--sp-entity-id", "--audience", "--acs-url", "--in-response-to"] {
            assert!(parse(&format!("a {option}=")).unwrap_err().contains(option), "{option}");
        }
        assert!(parse("a --now yesterday").unwrap_err().contains("2026-"));
        assert!(parse("a --clock-skew 601").unwrap_err().contains("600"));
        assert!(parse("--suite m --jobs 0").is_err());
        for relaxation in Relaxation::ALL {
            assert_eq!(parse(&format!("a --allow {}", relaxation.name())).unwrap().allow, [relaxation]);
        }
        assert_eq!(parse("a --kind logout-request").unwrap().kind, KindName::LogoutRequest);
    }

    #[test]
    fn the_help_names_every_relaxation() {
        let help = <Harness as clap::CommandFactory>::command().render_long_help().to_string();
        let words: Vec<&str> = help.split([' ', ',', '\n']).collect();
        for relaxation in Relaxation::ALL {
            assert!(words.contains(&relaxation.name()), "{}", relaxation.name());
        }
    }
}
