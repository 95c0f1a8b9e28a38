//! The texts about email domains.

use super::M;
use crate::words::DomainsText;

pub(super) const DOMAINS: DomainsText = DomainsText {
    more: M("More domains"),
    guests_more: M("More guests"),
    nav: M("Domains"),
    title: M("Email domains"),
    lead: M(
        "Prove that a domain is yours. Then people who type an address of it are sent to your sign-in, and addresses of it count as verified. Nobody else can have it.",
    ),
    none: M("No domain has been claimed yet."),
    name: M("Domain"),
    claim: M("Claim a domain"),
    claim_hint: M("What stands behind the @ of your people's addresses, such as school.example."),
    claim_button: M("Claim it"),
    state_pending: M("Not proved yet"),
    state_proved: M("Proved"),
    by_dns: M("by its DNS record"),
    by_operator: M("by the platform's word: {reason}"),
    proved_at: M("since"),
    missing: M(
        "The DNS record is not there any more. Set it again by {date}: after that day the domain does not count as yours.",
    ),
    record: M("The DNS record to set"),
    record_lead: M(
        "Where the domain's DNS is run, add this record. It must stay: it is looked at every week.",
    ),
    record_name: M("Name (host)"),
    record_value: M("Value"),
    record_type: M("Type"),
    check: M("Check now"),
    checked_at: M("Looked at"),
    never_checked: M("Nobody has looked into DNS for it yet."),
    next_check: M("next look"),
    sight_proof: M("The record is there."),
    sight_other_values: M(
        "At {name} there are TXT records, and none of them is the one to set. Compare the value character by character; a record from before has another value.",
    ),
    sight_misplaced: M(
        "The value is right but stands at {found}. It belongs at {name}. Many forms complete the name by themselves: there, type _gatepost-challenge alone.",
    ),
    sight_no_record: M(
        "There is no TXT record at {name} yet. Set it, or wait: a new record can take from a minute to an hour to be seen, and longer where there was another one.",
    ),
    sight_no_name: M("DNS knows no domain {domain}. Is it spelt right, and is it registered?"),
    sight_no_answer: M(
        "The name servers of {domain} do not answer, or not sensibly. Try again in a while; if it stays so, ask whoever runs the domain's DNS.",
    ),
    seen_values: M("What stands there"),
    route: M("Its people sign in by"),
    route_hint: M("For whoever types an address of the domain."),
    route_any: M("The only one, or by choice"),
    route_save: M("Save"),
    route_label: M("Save how the people of {domain} sign in"),
    remove: M("Give up"),
    remove_label: M("Give {domain} up"),
    remove_hint: M(
        "Nobody is sent to you by a domain that you gave up, and its addresses do not count as verified: connections refuse people who have one, unless they are set otherwise.",
    ),
    others: M("An owner of the account claimed it, or a program did. An owner gives it up, in the console."),
    prove: M("Vouch for a domain"),
    prove_lead: M("For operators: the domain counts as proved by your word, without a DNS record."),
    prove_reason: M("How you know that it is theirs"),
    prove_button: M("Vouch for it"),
    guests: M("Guests"),
    guests_lead: M(
        "Once a domain is proved, connections may refuse other addresses. Single addresses here are let in all the same.",
    ),
    guests_none: M("No single address is let in."),
    guest_email: M("Email address"),
    guest_reason: M("Reason"),
    guest_add: M("Let it in"),
    guest_remove_label: M("Remove {email}"),
    setup_lead: M("Prove which email domains belong to {account}."),
    setup_back: M("Back to what is to be set up"),
    mail_missing_subject: M("The DNS record of your domain is gone"),
    mail_missing: M(
        "The DNS record that proves that {domain} belongs to {account} is not there any more.\n\nSet it again by {date}; after that day the domain does not count as yours: its people are not sent to your sign-in, and their addresses do not count as verified: a connection that refuses addresses like that, as is usual, lets them in no more.\n\nType: TXT\nName: {record}\nValue: {value}\n\nThen press \"Check now\":\n\n{page}",
    ),
    mail_lost_subject: M("Your domain does not count any more"),
    mail_lost: M(
        "The DNS record of {domain} has been missing for two weeks, so the domain does not count as one of {account} any more: its people are not sent to your sign-in, and their addresses do not count as verified: a connection that refuses addresses like that, as is usual, lets them in no more.\n\nTo have it back, set this record:\n\nType: TXT\nName: {record}\nValue: {value}\n\nThen press \"Check now\":\n\n{page}",
    ),
};
