//! The texts about what will end.

use super::M;
use crate::words::DeadlinesText;

pub(super) const DEADLINES: DeadlinesText = DeadlinesText {
    nav: M("Deadlines"),
    nav_all: M("All deadlines"),
    title: M("What will end"),
    lead: M(
        "Certificates, keys and links that will end, the next first. Owners are written to 30, 14 and 7 days and a day before, and whoever you name below.",
    ),
    lead_all: M(
        "What will end in all accounts, the next first, as it was when the gateway last looked: within the hour.",
    ),
    none: M("Nothing ends soon."),
    none_near: M("Nothing ends within twelve months."),
    picture: M("The next twelve months: one mark for each end."),
    today: M("Today"),
    in_months: M("+{months} months"),
    when: M("Ends"),
    what: M("What"),
    whose: M("Account"),
    people: M("People"),
    then: M("What happens then"),
    ended: M("ended"),
    in_days: M("in {days} days"),
    in_a_day: M("within a day"),
    in_one_day: M("in one day"),
    more_than: M("more than {count}"),
    replaced: M("Something else stands in for it by then."),
    later: M("Later ones"),
    beyond: M("After more than twelve months: {count}"),
    contact: M("Whom to write to"),
    contact_lead: M(
        "Beside the owners, of what ends and of metadata that waits for a word: whoever runs your identity provider, such as it@school.example. May stay empty.",
    ),
    contact_email: M("Email address"),
    contact_save: M("Save"),
    calendars: M("In your calendar"),
    calendars_lead: M(
        "A calendar program can show all this by a secret address. It ends when you take it back, or when whoever made it may not come in any more.",
    ),
    calendar_make: M("Make a calendar address"),
    calendar_made: M("Your new calendar address"),
    calendar_made_lead: M(
        "Copy it now into your calendar program: it is not shown again. Whoever has it sees this list.",
    ),
    calendar_used: M("last fetched"),
    calendar_unused: M("never fetched"),
    calendar_revoke: M("Take back"),
    calendar_revoke_label: M("Take back the calendar address made {date}"),
    calendar: M("Gatepost: what will end"),
    calendar_of: M("Gatepost: what will end at {account}"),
    what_idp_certificate: M("Certificate of the identity provider"),
    what_metadata: M("Metadata of the identity provider"),
    what_sp_certificate: M("Our certificate"),
    what_api_key: M("API key"),
    what_setup_link: M("Setup link"),
    what_owner_invitation: M("Owner's invitation"),
    what_domain_proof: M("Proof of a domain"),
    what_zoom_secret: M("Secret of the Zoom app, a year old"),
    what_zoom_validation: M("Zoom asks for proof of the address again"),
    what_relaxation: M("Something allowed beyond the strict rules"),
    effect_relaxation: M(
        "Sign-ins that depend on it are refused from then on. Have it mended at the identity provider before, or allow it for longer under Settings, Strictness.",
    ),
    effect_zoom_secret: M(
        "Nothing stops: Zoom's secrets do not end by themselves. But whoever saw one can use it; make a new one on the app's page in Zoom and enter it here.",
    ),
    effect_zoom_validation: M(
        "Zoom asks every three days whether its events reach us. If it has not asked by then, press Validate at the address on the app's page in Zoom, or Zoom stops sending events.",
    ),
    effect_idp_certificate: M(
        "Sign-in goes on: the key counts here, not the date. But many identity providers change to a new certificate around that day; add the new one before they do.",
    ),
    effect_metadata: M(
        "The last good metadata stays in use, but nothing new is learned from it. See why it cannot be fetched.",
    ),
    effect_sp_certificate: M(
        "Identity providers that look at dates may refuse our requests or stop encrypting for us. Make a new one before, and give it to them.",
    ),
    effect_api_key: M(
        "From then on programs that use it are refused. Make a new one and put it in its place before.",
    ),
    effect_setup_link: M("From then on it does not work. If it is still needed, make a new one."),
    effect_owner_invitation: M("From then on it does not work. If it is not used before, invite them again."),
    effect_domain_proof: M(
        "From then on the domain does not count as yours: its people are not sent to your sign-in. Set the DNS record again.",
    ),
    mail_subject: M("{account}: something will end soon"),
    mail: M("This will end soon at {account}:\n\n{lines}\n\nAll of it, with what to do:\n\n{page}"),
};
