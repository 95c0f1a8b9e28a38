//! The texts about how strictly a connection judges.

use super::M;
use crate::words::StrictnessText;

pub(super) const STRICTNESS: StrictnessText = StrictnessText {
    title: M("Strictness"),
    lead: M(
        "What is not allowed here is refused. Allow something only while the identity provider cannot be mended, and say until when: it ends by itself, and stands among the deadlines until then.",
    ),
    look_again: M("Look again at the fields that are marked. Nothing was changed."),
    allow: M("Allow {what}"),
    until: M("Until the end of"),
    until_hint: M("A day such as 2027-06-30 (UTC). Empty: until somebody takes it back."),
    ended: M("This day has passed: it is not allowed any more."),
    of_signatures: M("Signatures"),
    of_encryption: M("Encryption"),
    of_content: M("What is said"),
    gives_sha1: M(
        "It gives away: two different messages can be made that have one SHA-1. Whoever can have the identity provider sign one of their making may get a second signed with it.",
    ),
    gives_rsa_1024: M(
        "It gives away: a key this short can be broken by those with great means, who could then sign anybody in.",
    ),
    gives_inclusive_c14n: M(
        "It gives away little: what is signed then also depends on what stands around it. Signatures are harder to reason about.",
    ),
    gives_empty_reference_uri: M(
        "It gives away little: the signature says “this whole document” instead of naming what it signs. It is accepted for the outermost element only.",
    ),
    gives_rsa_1_5: M(
        "It gives away: an old way of handing over keys, broken many times elsewhere by trying. What is wrong with a message is never told, so that trying learns nothing.",
    ),
    gives_tripledes: M(
        "It gives away: an old cipher that nobody should rely on for keeping a secret. The signature is checked all the same.",
    ),
    gives_no_authn_statement: M(
        "It gives away: nothing says when and how the person proved who they are, so sessions cannot be bounded by it.",
    ),
    clock_skew: M("Seconds by which clocks may differ"),
    clock_skew_hint: M("From 0 to 600; 180 is usual. A stolen message is good for so much longer."),
    max_validity: M("Minutes that a message may be good for"),
    max_validity_hint: M(
        "From 1 to 10080; 1440 (a day) is usual. A message that says it is good for longer is refused.",
    ),
    unverified: M("Email addresses of domains that are not proved"),
    unverified_usual: M(
        "As is usual: refused once the account has proved a domain (a setup link's proof does not count), even if the proof ends; kept before",
    ),
    unverified_refuse: M("Let nobody in with one"),
    unverified_drop: M("Let the person in without the address"),
    unverified_keep: M(
        "Keep it, marked as not verified: anybody who runs the identity provider can write any address",
    ),
    email_domains: M("Domains that this identity provider may vouch for"),
    email_domains_hint: M("One a line. Empty: all that the account has proved."),
    accepted_audiences: M("Audiences that mean us, beside our Entity ID"),
    accepted_audiences_hint: M(
        "One a line, exactly as the identity provider sends it. Give only what is yours: a message for somebody else's application with this audience would be taken.",
    ),
    authn_contexts: M("Ways of signing in that are asked for"),
    authn_contexts_hint: M(
        "Authentication contexts, one a line; a sign-in must have one of them. Empty: any will do.",
    ),
    binding: M("How our requests travel"),
    binding_usual: M("As is usual: in the address if there is one for that, else in a form"),
    binding_redirect: M("In the address (HTTP-Redirect)"),
    binding_post: M("In a form (HTTP-POST)"),
    save: M("Save strictness"),
};
