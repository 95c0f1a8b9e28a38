//! Ours against theirs, message by message: what may differ, what may not, and why.

use gatepost_saml::{Code, StepName};

use crate::peers::View;
use crate::seeds::Verdict;

/// What a comparison finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Both accept and read the same, or both refuse.
    Agrees,
    /// They verify, we refuse, for a reason of this code.
    Stricter(Code),
    /// We accept what this peer does not verify: another peer must.
    Unconfirmed,
    /// Must not be.
    Hard(String),
}

/// Codes under which a message may be refused although its signature verifies elsewhere, each with the reason.
/// Cryptography is not among them: that a digest or a signature fits is a fact.
pub(crate) const REASONS: &[(Code, &str)] = &[
    (Code::XmlDoctype, "a document type is refused, whatever is in it"),
    (Code::XmlProcessingInstruction, "processing instructions are refused"),
    (Code::XmlEntity, "entities other than XML's own are refused"),
    (Code::XmlNamespace, "relative, reserved and undeclared namespaces are refused"),
    (Code::XmlDuplicateId, "an ID twice is refused, whatever the attribute that holds it"),
    (Code::XmlMalformed, "well-formedness, to the letter"),
    (Code::XmlEncoding, "UTF-8 only"),
    (Code::XmlLimits, "limits"),
    (Code::CommentInText, "a comment in a text is refused"),
    (Code::UnexpectedMessage, "another root"),
    (Code::MessageMalformed, "schema of the Response"),
    (Code::MessageIdMissing, "IDs that no Reference can name"),
    (Code::VersionUnsupported, "content"),
    (Code::DestinationMissing, "content"),
    (Code::DestinationMismatch, "content"),
    (Code::IssuerMissing, "content"),
    (Code::IssuerFormat, "content"),
    (Code::IssuerMismatch, "content"),
    (Code::StatusNotSuccess, "content"),
    (Code::SignatureMultiple, "one Signature for each element (saml-core 5.4.1)"),
    (Code::SignatureMalformed, "schema of the Signature; nothing beside what the profile needs"),
    (Code::SignatureReference, "a Signature refers to its parent (saml-core 5.4.2)"),
    (Code::SignatureTransform, "transforms of the profile (saml-core 5.4.4)"),
    (Code::SignatureCanonicalization, "canonicalisations of the profile (saml-core 5.4.3)"),
    (Code::SignatureAlgorithm, "algorithms by allow-list"),
    (Code::SignatureAlgorithmSha1, "algorithms by allow-list"),
    (Code::SignatureKeyWeak, "weak keys"),
    (Code::NotSigned, "what is signed is not what would be read"),
    (Code::DecryptionAlgorithm, "ciphers by allow-list"),
    (
        Code::DecryptionFailed,
        "the ciphertext was not looked at by the peer, which verified what is around it",
    ),
    (Code::DecryptionKeyMissing, "content"),
    (Code::AssertionMissing, "content"),
    (Code::AssertionMultiple, "exactly one assertion"),
    (Code::AssertionMalformed, "content"),
    (Code::AssertionIssuerMissing, "content"),
    (Code::AssertionIssuerMismatch, "content"),
    (Code::SubjectMissing, "content"),
    (Code::NameIdMissing, "content"),
    (Code::NameIdMalformed, "content"),
    (Code::ConfirmationMissing, "content"),
    (Code::ConfirmationRecipientMissing, "content"),
    (Code::ConfirmationRecipientMismatch, "content"),
    (Code::ConfirmationExpiryMissing, "content"),
    (Code::ConfirmationExpired, "content"),
    (Code::ConfirmationNotYetValid, "content"),
    (Code::Unsolicited, "content"),
    (Code::InResponseToUnknown, "content"),
    (Code::InResponseToMismatch, "content"),
    (Code::ConditionsMissing, "content"),
    (Code::TimeMalformed, "content"),
    (Code::AssertionExpired, "content"),
    (Code::AssertionNotYetValid, "content"),
    (Code::AudienceMissing, "content"),
    (Code::AudienceMismatch, "content"),
    (Code::ConditionUnknown, "content"),
    (Code::AuthnStatementMissing, "content"),
    (Code::SessionExpired, "content"),
];

/// The reason for a code, if it may be one.
pub(crate) fn reason(code: Code) -> Option<&'static str> {
    REASONS.iter().find(|row| row.0 == code).map(|row| row.1)
}

const fn is_cryptography(code: Code) -> bool {
    matches!(code, Code::DigestMismatch | Code::SignatureInvalid | Code::SignatureKeyUnknown)
}

/// Our verdict against a peer's view of the same bytes.
pub(crate) fn compare(ours: &Verdict, theirs: &View) -> Finding {
    match (ours, theirs) {
        (Verdict::Accepted(reading), View::Looked(looked)) => match &looked.covered {
            Some(covered) if covered == reading => Finding::Agrees,
            Some(covered) => Finding::Hard(format!("readings differ: {reading:?} here, {covered:?} there")),
            None => Finding::Unconfirmed,
        },
        (Verdict::Accepted(_), _) => Finding::Unconfirmed,
        (Verdict::Refused(step, code), View::Looked(looked)) if is_cryptography(*code) => {
            // The very Signature that does not fit here.
            let same = match step {
                StepName::ResponseSignature => looked.root,
                StepName::AssertionSignature => looked.assertion,
                _ => None,
            };
            if same == Some(true) {
                Finding::Hard(format!("{} here, and the same Signature verifies there", code.name()))
            } else if looked.covered.is_some() {
                Finding::Stricter(*code)
            } else {
                Finding::Agrees
            }
        }
        (Verdict::Refused(_, code), View::Looked(looked)) if looked.covered.is_some() => {
            if reason(*code).is_some() {
                Finding::Stricter(*code)
            } else {
                Finding::Hard(format!("they verify, we say {}, which is no accounted reason", code.name()))
            }
        }
        (Verdict::Refused(..), _) => Finding::Agrees,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peers::Looked;

    fn refused(code: Code, step: StepName) -> Verdict {
        Verdict::Refused(step, code)
    }

    #[test]
    fn a_digest_is_a_fact() {
        let looked = View::Looked(Looked { valid: 1, root: Some(true), ..Looked::default() });
        let ours = refused(Code::DigestMismatch, StepName::ResponseSignature);
        assert!(matches!(compare(&ours, &looked), Finding::Hard(_)));
        let elsewhere = View::Looked(Looked { valid: 1, assertion: Some(true), ..Looked::default() });
        assert_eq!(compare(&ours, &elsewhere), Finding::Agrees);
    }

    #[test]
    fn nothing_is_accepted_alone() {
        let reading = crate::reading::Reading {
            id: "a".to_owned(),
            name_id: [const { None }; 4],
            attributes: Vec::new(),
        };
        let ours = Verdict::Accepted(reading.clone());
        assert_eq!(compare(&ours, &View::NotXml), Finding::Unconfirmed);
        let same = View::Looked(Looked { valid: 1, covered: Some(reading.clone()), ..Looked::default() });
        assert_eq!(compare(&ours, &same), Finding::Agrees);
        let other = crate::reading::Reading { id: "b".to_owned(), ..reading };
        let other = View::Looked(Looked { valid: 1, covered: Some(other), ..Looked::default() });
        assert!(matches!(compare(&ours, &other), Finding::Hard(_)));
    }
}
