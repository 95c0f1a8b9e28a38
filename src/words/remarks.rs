//! Remarks: what stands in a trace beside the values of a message, and what is kept of a job that failed.
//!
//! They were written in English and stored as text; the engine is a crate of its own and knows no other language. [`known`]
//! finds the template that a text was made by, and the values in it, so that it can be put into any language. What stands in
//! a place is told by the place's name (`value`): what cannot stand there was not made by that template.
//!
//! To add one: its line here, as the source has it but with names in the places, and a row in each other language. A test
//! reads the sources for those that are missing here.

use crate::base::sentence::{Sentence, Value, sentence};

/// So many remarks are looked for inside of one another: an attacker chooses what a message claims.
const DEPTH: u8 = 8;

/// The remark that `text` is; what is none stays as it is.
#[must_use]
pub fn remark(text: &str) -> Sentence {
    known(text).unwrap_or_else(|| Sentence::of_data(text))
}

/// The remark that `text` is, if it is one.
#[must_use]
pub fn known(text: &str) -> Option<Sentence> {
    within(text, DEPTH)
}

fn within(text: &str, depth: u8) -> Option<Sentence> {
    let depth = depth.checked_sub(1)?;
    // What stands before a certificate would be taken for the beginning of its subject.
    let others = REMARKS.iter().copied().filter(|template| *template != CERTIFICATE);
    let known = Sentence::remembered(others, text, &|name, text| value(name, text, depth));
    known.or_else(|| alternatives(text))
}

/// What `text` is in the place of that name.
fn value(name: &str, text: &str, depth: u8) -> Option<Value> {
    let only = |is_that: bool| is_that.then(|| Value::from(text));
    let words = || within(text, depth).map(Value::Words);
    let is_one_word = is_one_word(text);
    // Years have as many digits as somebody writes.
    let is_moment =
        || is_one_word && text.starts_with(|first: char| first.is_ascii_digit()) && text.ends_with('Z');
    let is_day = || text.len() >= 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    match name {
        "now" | "begin" | "end" | "until" | "since" | "from" | "latest" => only(is_moment()),
        "first_day" | "last_day" => only(is_day()),
        "bytes" | "byte" | "count" | "plain" | "encrypted" | "seconds" | "kept" | "bits" => {
            only(text.parse::<u64>().is_ok())
        }
        "hash" => only(is_one_word && text.bytes().all(|byte| byte.is_ascii_hexdigit())),
        "name" | "user" | "other" | "algorithm" | "field" | "setting" => only(is_one_word),
        "element" => only(is_one_word && text.starts_with(|first: char| first.is_ascii_uppercase())),
        "certificate" => alternatives(text).map(Value::Words),
        // In a list of certificates these end before the next one.
        "subject" if text.contains(" (SHA-256 ") => None,
        "key" => only(!text.contains('(')),
        "found" | "why" | "subject" => words().or_else(|| only(true)),
        "list" => Some(Value::Words(list(text, &|one| {
            let name = one.strip_suffix(" (empty)")?;
            Some(sentence!("{attribute} (empty)", attribute = name))
        }))),
        "differing" => {
            let is_known = text.split(", ").all(|one| REMARKS.contains(&one));
            is_known.then(|| Value::Words(list(text, &|one| within(one, depth))))
        }
        _ => only(true),
    }
}

fn is_one_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_whitespace)
}

/// A certificate as the engine describes it.
fn described(text: &str) -> Option<Sentence> {
    Sentence::remembered([CERTIFICATE], text, &|name, text| value(name, text, 1))
}

/// Several addresses or certificates, one of which it is.
fn alternatives(text: &str) -> Option<Sentence> {
    let joined = |all: Vec<Sentence>| {
        let mut all = all.into_iter();
        let first = all.next()?;
        Some(all.fold(first, |first, others| sentence!("{first} or {others}", first, others)))
    };
    let words: Vec<_> = text.split(" or ").collect();
    if words.len() > 1 && words.iter().all(|word| is_one_word(word)) {
        return joined(words.into_iter().map(Sentence::of_data).collect());
    }
    // A subject may have the word in it; a description ends with a bracket.
    let parts = text.split_inclusive(") or ").map(|part| part.strip_suffix(" or ").unwrap_or(part));
    joined(parts.map(described).collect::<Option<_>>()?)
}

/// Several with commas between them; each is words where `put` says so.
fn list(text: &str, put: &dyn Fn(&str) -> Option<Sentence>) -> Sentence {
    let put = |one: &str| put(one).unwrap_or_else(|| Sentence::of_data(one));
    let mut parts = text.split(", ");
    let first = put(parts.next().unwrap_or_default());
    parts.fold(first, |before, one| sentence!("{before}, {one}", before, one = put(one)))
}

/// How the engine describes a certificate.
const CERTIFICATE: &str = "{subject} (SHA-256 {hash}, {key}, {first_day} to {last_day})";

/// The templates.
pub(in crate::words) const REMARKS: &[&str] = &[
    // What is not there, or is too often.
    "none",
    "one",
    "text",
    "content",
    "parameters",
    "a comment",
    "none or several",
    "nobody",
    "used before",
    "several values",
    "several Issuers",
    "several Subjects",
    "several Conditions",
    "several identifiers",
    "a condition twice",
    "each condition once",
    "known conditions only",
    "other content",
    // How the message came.
    "nothing",
    "nothing more",
    "more bytes than the limit",
    "at most {bytes} bytes",
    "{bytes} bytes",
    "{count} characters",
    "something that is no base64",
    "something that is not DEFLATE-compressed",
    "a DEFLATE-compressed message in a POST",
    "bytes that are no text",
    "another SAMLEncoding",
    "a Signature that is no base64",
    "SigAlg or Signature without the other",
    "SigAlg and Signature in the query",
    "a parameter twice",
    "SAMLRequest and SAMLResponse",
    "the other SAML parameter",
    "no SAML parameter",
    "an empty SAML parameter",
    "blanks in the base64, where `+` should have been sent as %2B",
    "a RelayState that is no text",
    "a broken percent-encoding",
    // The XML.
    "something else at byte {byte}",
    "a declared prefix",
    "less than 4 GiB",
    "characters that XML allows",
    "the end of the XML declaration",
    "XML version 1.0",
    "standalone yes or no",
    "an XML declaration",
    "the XML declaration at the beginning",
    "the end tag of every element",
    "the end tag of the open element",
    "a start tag before its end tag",
    "a root element",
    "one root element",
    "levels of nesting",
    "elements",
    "attributes",
    "attributes of one element",
    "text in one piece",
    "no text outside the root",
    "no `]]>` in text",
    "a reference that XML knows",
    "no document type declaration",
    "a comment or a CDATA section, whole",
    "no `--` in a comment",
    "unique IDs",
    "well-formed XML",
    "an element name",
    "the end of a tag",
    "white space between attributes",
    "an attribute name",
    "`=` after an attribute name",
    "a quoted attribute value",
    "the end of an attribute value",
    "no `<` in an attribute value",
    "a prefix cannot be bound to nothing",
    "namespace names and prefixes of at most 512 bytes",
    "a namespace name must be an absolute URI",
    "the prefixes xml and xmlns and their namespaces are reserved",
    "each prefix declared once",
    "each attribute once",
    // What is around the message.
    "an ID",
    "not one Status with one StatusCode",
    "The signed response names no Destination.",
    "The certificate {hash} ended on {end}.",
    "The certificate {hash} begins on {begin}.",
    "LogoutRequest or LogoutResponse",
    "a signature on the message",
    "neither NotOnOrAfter nor IssueInstant",
    "an IssueInstant near {now}",
    "{count} sessions named",
    "no request is pending",
    // The assertion.
    "one assertion",
    "another one, hidden",
    "{plain} plain, {encrypted} encrypted",
    "the assertion's own signature",
    "the response's signature",
    "the response's signature over the ciphertext",
    "a signature on the assertion or the response",
    "an unsigned assertion whose names depend on declarations outside of it",
    "a dateTime in UTC",
    "{name} {text} without a time zone",
    "a NotBefore of {now} or earlier",
    "a NotOnOrAfter later than {now}",
    "a lifetime of at most {seconds} s: no later than {latest}",
    "later than {now}",
    "{now} or earlier",
    "{begin} to {end}",
    "{begin} to …",
    "… to {end}",
    "… to …",
    "an AuthnStatement",
    "no AuthnInstant",
    "an authentication since {since}",
    "no Subject",
    "something else in the Subject",
    "a NameID",
    "no NameID",
    "a BaseID",
    "a NameID without a Format",
    "a comment in the NameID",
    "elements in the NameID",
    "an empty NameID",
    "an EncryptedID that cannot be read",
    "a bearer SubjectConfirmation",
    "one SubjectConfirmationData",
    "bearer, until {until}",
    "a NotOnOrAfter",
    "none in the SubjectConfirmationData",
    "the answer to a request of this browser",
    "An encrypted attribute was left out.",
    "An attribute without a Name was left out.",
    "A value of the attribute {attribute} with elements in it was left out.",
    // Signatures.
    "one Signature",
    "{count} Signatures",
    "elements only in a Signature",
    "KeyInfo or nothing",
    "no comments in SignedInfo",
    "one Reference",
    "another {element}",
    "the transforms of SAML",
    "nothing after DigestValue",
    "a SHA-2 digest",
    "an empty DigestMethod",
    "a DigestValue in base64",
    "a SignatureValue in base64",
    "exclusive canonicalization",
    "InclusiveNamespaces or nothing",
    "RSA or ECDSA with SHA-2",
    "a SignatureMethod without parameters",
    "no URI",
    "enveloped-signature, then exclusive canonicalization",
    "enveloped-signature alone",
    "{count} transforms",
    "no transform",
    "the content that was signed",
    "a digest that fits other content, under a good signature of {certificate}",
    "an RSA key of at least 2048 bits",
    CERTIFICATE,
    "a certificate without a subject",
    "a signature by {certificate}",
    "a signature that does not fit, under the certificate that is trusted",
    "the message shows {certificate}, which is not trusted here",
    "the message shows a certificate that cannot be read",
    "a signature ({algorithm}) by none of the trusted keys, without a certificate",
    "a query signature that fits none of the trusted keys",
    "inherited xml:base, or a form many times as long as the message",
    "a canonical form that can be written",
    "SHA-256 or better",
    // Encryption.
    "no decryption key of ours",
    "not one EncryptedData",
    "no CipherValue in EncryptedData",
    "no EncryptedKey",
    // Metadata.
    "EntityDescriptor or EntitiesDescriptor",
    "The signature of the metadata was not checked.",
    "The metadata is not signed.",
    "a signature on the document",
    "an entityID",
    "{count} descriptors of it",
    "An entity was left out: validUntil {found}.",
    "a service provider's metadata",
    "no IDPSSODescriptor for SAML 2.0",
    "No sign-in address takes HTTP-Redirect or HTTP-POST, which are the bindings we speak.",
    "An address that is no http or https URL was left out: {location}.",
    "no certificate for signing",
    "no sign-in address by HTTP-Redirect or HTTP-POST",
    "A certificate was left out: {why}",
    "A certificate with other content in it.",
    "A certificate that is no base64.",
    "This is not an X.509 certificate. Paste it as PEM (-----BEGIN CERTIFICATE-----), as its base64 alone, \
     or give the DER file.",
    "The certificate's key is of a kind that is not accepted. RSA, and EC on P-256, P-384 or P-521, are.",
    "The RSA key has {bits} bits. Keys of 2048 to 8192 bits are accepted.",
    // What is decided beside the message: the sign-in, the mapping, the second engine.
    "an IssueInstant of {from} or later",
    "an end that has passed",
    "an answer to nothing, though there was a request",
    "a request answered before",
    "metadata whose validity has ended",
    "an address, and no domain that is proved and that this connection may assert",
    "an address outside of {domains}",
    "several users with this address",
    "the identity leads to {user}, and the external id that was sent to {other}",
    "{user}, who has another external id than the one that was sent",
    "{user}, an owner: mapping.may_grant_owner is off, so nobody becomes one by this connection",
    "{user}, to whom another identity of this connection leads",
    "{user}, who signs in already or is an owner, and whose external id is what somebody entered",
    "{user}, who signs in already or is an owner, and whose address is what somebody entered",
    "a transient NameID, which names nobody for longer than a session",
    "no attributes at all",
    "only {list}",
    "{field} from {sources}",
    "{source}, but nothing of it fits {path}",
    "The person is in more groups than the identity provider sends, so it sent a link instead. What was \
     known of their groups, and roles by group, were left as they were. Choose “groups assigned to the \
     application” there, or use app roles.",
    "No groups were sent, which this connection takes for “not known”: groups and roles by group were left \
     as they were.",
    "The role {role} was sent and left out: roles of the account are not copied. To grant it, add a rule to \
     role_rules.",
    "An external id was sent that reads like an id of ours, and left out: programs would take it for \
     somebody else.",
    "{field} has {count} values, of which {kept} were kept.",
    "the same reading by both engines",
    "another {differing}",
    "no opinion: {why}",
    "the second engine panicked",
    "this program was built without a second engine",
    "assertion ID",
    "issuer",
    "NameID format",
    "session index",
    "end of the session",
    "authentication context",
    "validity",
    "signatures by keys of several kinds",
    "text: it is not UTF-8",
    "coverage: no assertion in what is signed",
    "an encrypted NameID",
    "subject confirmation",
    "signature",
    "an ID that is no XML name",
    "signatures beside those of the response and the assertion",
    "a Response of a shape that it does not know",
    "status",
    "destination",
    "issuer of the response",
    "an assertion of a shape that it does not know",
    "plaintext",
    "a plaintext with prefixes that are declared outside of it",
    "an authentication context without a class",
    "conditions",
    "time",
    "audience",
    // What goes wrong with jobs and the database.
    "it took too long",
    "a job that this version does not know",
    "it was begun and never ended",
    "SQLite does not wait for the disk at a commit",
    "{setting} is off on the PostgreSQL server: a power cut can ruin the database",
    "synchronous_commit is off for this PostgreSQL database or role, so a sign-in that was answered could be \
     lost, or accepted twice, after a crash. Turn it on: ALTER ROLE … SET synchronous_commit = on; look at \
     ALTER DATABASE and postgresql.conf too",
];
