//! English.

mod branding;
mod console;
mod deadlines;
mod domains;
mod events;
mod idp;
mod judged;
mod mapping;
mod mend;
mod notices;
mod operators;
mod paste;
mod people;
mod reference;
mod setup;
mod sign_ins;
mod sso;
mod strictness;
mod webhooks;
mod zoom;
mod zoom_events;
mod zoom_inventory;
mod zoom_provisioning;

use super::{Message as M, Text};

/// English, the first language.
pub static EN: Text = Text {
    language: "en",
    language_name: M("English"),
    sentence: |_| None,
    templates: Vec::new,
    code_user: judged::code_user,
    mend: mend::MEND,
    setup: setup::SETUP,
    step: judged::step,
    relaxation: judged::relaxation,
    side: judged::side,
    paste: paste::problem,
    console: console::CONSOLE,
    sso: sso::SSO,
    strictness: strictness::STRICTNESS,
    webhooks: webhooks::WEBHOOKS,
    zoom: zoom::ZOOM,
    zoom_provisioning: zoom_provisioning::ZOOM_PROVISIONING,
    zoom_inventory: zoom_inventory::ZOOM_INVENTORY,
    zoom_events: zoom_events::ZOOM_EVENTS,
    reference: reference::REFERENCE,
    branding: branding::BRANDING,
    notices: notices::NOTICES,
    deadlines: deadlines::DEADLINES,
    domains: domains::DOMAINS,
    events: events::EVENTS,
    operators: operators::OPERATORS,
    sign_ins: sign_ins::SIGN_INS,
    people: people::PEOPLE,
    mapping: mapping::MAPPING,
    idp: idp::IDP,

    skip_to_content: M("Skip to content"),
    demo_badge: M("Demo"),
    footer: M("Gatepost sign-in gateway"),
    footer_languages: M("Language"),

    start_title: M("Sign in"),
    start_lead: M("Sign in with the account that your school or company already gave you."),
    start_who_label: M("Your email address at school or work"),
    start_who_hint: M(
        "Or the short name of your school or company from its sign-in address, for example lincoln-high.",
    ),
    start_account_button: M("Continue"),
    start_remembered: M("This is how you signed in last time in this browser."),
    start_another: M("Somewhere else"),
    start_problem_empty: M("Please enter your email address or the short name of your school or company."),
    start_problem_unknown: M(
        "We do not know “{value}”. Check the spelling, or ask your administrator for the sign-in address.",
    ),
    start_problem_domain: M(
        "We do not know a school or company by the part after the @. Check the spelling, or enter its short name instead.",
    ),

    signin_title: M("Sign in to {account}"),
    signin_lead: M(
        "You will be taken to your school's or company's own sign-in page and come back here afterwards.",
    ),
    signin_choose: M("Choose how you sign in"),
    signin_with: M("Continue with {connection}"),
    signin_none: M("No way to sign in is set up for this account yet. Please ask your administrator."),
    signin_other_account: M("Not your school or company? Choose another"),

    me_title: M("You are signed in"),
    me_lead: M("Hello {name}. You are signed in to {account}."),
    me_lead_unnamed: M("You are signed in to {account}."),
    me_person: M("Who you are"),
    me_name: M("Name"),
    me_email: M("Email"),
    me_email_verified: M("verified"),
    me_email_unverified: M("not verified"),
    me_email_none: M("No email address was sent"),
    me_name_none: M("No name was sent"),
    me_username: M("User name"),
    me_roles: M("Roles"),
    me_groups: M("Groups"),
    me_name_id: M("NameID"),
    me_name_id_format: M("NameID format"),
    me_account: M("Account"),
    me_connection: M("Signed in through"),
    me_signed_in_at: M("Signed in at"),
    me_signed_out_at: M("Signed in until"),
    me_attributes: M("What your sign-in page told us"),
    me_attributes_lead: M("These attributes came with the sign-in, exactly as they were sent and signed."),
    me_attributes_none: M("The sign-in carried no attributes."),
    me_attribute_name: M("Attribute"),
    me_attribute_values: M("Value"),
    me_attribute_empty: M("empty"),
    me_trace: M("How this sign-in was checked"),
    me_trace_lead: M("Every check of the message that brought you here, in the order in which it was made."),
    me_trace_none: M("The record of this sign-in is no longer kept."),
    me_sign_out: M("Sign out"),
    me_sessions: M("Where else you are signed in"),
    me_sessions_lead: M("If you do not know one of these, end it and tell your administrator."),
    me_sessions_none: M("You are signed in nowhere else."),
    me_session_browser: M("Browser"),
    me_session_when: M("Session"),
    me_session_unknown: M("Unknown browser"),
    me_session_seen_at: M("Last used at"),
    me_session_end: M("End this session"),
    me_sessions_end: M("End all other sessions"),

    refused_title: M("You could not be signed in"),
    refused_again: M("Try again"),
    refused_again_hint: M("If it keeps happening, give your administrator the reference below."),
    refused_admin: M("For your administrator"),
    refused_admin_lead: M("With this reference the exact cause can be looked up:"),
    refused_reference: M("Reference"),
    refused_at: M("Time"),
    refused_code: M("Code"),
    refused_detail: M("What happened"),
    refused_detail_lead: M("You see this because you may manage this connection."),
    refused_detail_lead_demo: M(
        "You see this because this is a demo. Otherwise only those who manage the connection do.",
    ),
    refused_check: M("The check that failed"),
    refused_mend: M("What to do"),
    refused_side: M("Who can mend it"),
    refused_rule: M("The rule"),

    tested_title: M("The test went well"),
    tested_lead: M(
        "Everything about this sign-in is as it should be. It was a test, so nobody was signed in.",
    ),

    again_title: M("One more moment"),
    again_lead: M("Your sign-in is being finished. If nothing happens, press the button."),
    again_button: M("Continue"),

    replace_title: M("Switch to another sign-in?"),
    replace_lead_account: M(
        "You are signed in to {present}. Another page has brought you here to sign in to {next}.",
    ),
    replace_lead_person: M(
        "You are signed in to {account}. Another page has brought you here to sign in there as somebody else.",
    ),
    replace_hint: M("If you did not expect this, stay as you are. Otherwise your present session ends."),
    replace_stay: M("Stay signed in to {account}"),
    replace_stay_person: M("Stay signed in as you are"),
    replace_go: M("Go on to {account}"),
    replace_go_person: M("Go on as somebody else"),

    handover_title: M("On to {idp}"),
    handover_lead: M("You are being taken to {idp} to sign in."),
    handover_link: M("Continue to {idp}"),
    handover_button: M("Continue to {idp}"),

    not_found_title: M("There is nothing here"),
    not_found_lead: M("This address leads nowhere. Check it for typing errors, or start again."),

    error_title: M("Something went wrong on our side"),
    error_lead: M("It is not your fault, and nothing was changed. Please try again in a moment."),
    error_reference: M("If it keeps happening, give your administrator this reference:"),

    unavailable_title: M("We cannot answer right now"),
    unavailable_lead: M("Please try again in a minute. Nothing was lost."),

    bad_form_title: M("This form could not be used"),
    bad_form_lead: M(
        "It may be too old, or it was sent from another page. Go back, reload the page and try again.",
    ),

    forbidden_title: M("This is not open to you"),
    forbidden_lead: M(
        "You are signed in, but your role does not allow this. An owner of your account can do it, or give you the role.",
    ),
    too_many_title: M("Too many tries"),
    too_many_lead: M(
        "Too many tries have come from your network in vain. Please wait a minute, then start again from your sign-in page.",
    ),

    method_title: M("This cannot be done here"),
    method_lead: M("This address takes requests of another kind. Start again from the start page."),

    slow_title: M("That took too long"),
    slow_lead: M("Your request did not arrive in time. Check your connection and try again."),

    too_large_title: M("That was too much"),
    too_large_lead: M(
        "Your request was larger than this address takes. If you were signing in, tell your administrator: your school's or company's sign-in page sends too many attributes or groups.",
    ),

    bad_request_title: M("This request makes no sense here"),
    bad_request_lead: M("Check the address for typing errors, or start again from the start page."),

    sender_title: M("We cannot tell where you came from"),
    sender_unknown_lead: M(
        "Your school's or company's sign-in page sent you here, and nobody has set it up here under the name that it gives. You are not signed in. Start from your sign-in page here; if it happens again, tell your administrator.",
    ),
    sender_ambiguous_lead: M(
        "Your school's or company's sign-in page sent you here, and it belongs to more than one sign-in. You are not signed in. Start from your sign-in page here, so that we know which one you mean.",
    ),

    framed_title: M("Sign in in a window of its own"),
    framed_lead: M("For your safety this page does not open inside another one."),
    framed_link: M("Open in the whole window"),

    signed_out_title: M("You are signed out"),
    signed_out_lead: M("Your session here has ended."),
    signed_out_note: M(
        "You may still be signed in at your school's or company's own sign-in page. On a shared computer, sign out there too, or close the browser.",
    ),
    signed_out_again: M("Sign in again"),

    to_start: M("To the start page"),

    demo_title: M("Try Gatepost"),
    demo_lead: M(
        "This is Gatepost with a demo account, {account}, and a pretend identity provider beside it. Nothing here is real, and nothing leaves this computer.",
    ),
    demo_steps: M("Try it in three steps"),
    demo_step_1: M("Choose one of the connections below. You are taken to the pretend identity provider."),
    demo_step_2: M(
        "There, choose a person and press “Sign in”. You come back here, signed in, and see how it was checked.",
    ),
    demo_step_3: M(
        "Sign out, try again, and choose a fault this time: the sign-in is refused, and you see which check said no.",
    ),
    demo_connections: M("Sign in"),
    demo_connections_lead: M(
        "Each connection sends its answers in the shape of the product it is named after.",
    ),
    demo_people: M("Who you can be"),
    demo_people_lead: M(
        "No passwords: you choose the person at the pretend identity provider, or make one up.",
    ),
    demo_person: M("Person"),
    demo_person_email: M("Email"),
    demo_person_role: M("Role"),
    demo_account_page: M("Open the sign-in page of {account}"),
    demo_console: M("The console, once you came in by the link"),
    demo_zoom: M("Zoom, without Zoom"),
    demo_zoom_lead: M(
        "The demo account is linked to a stand-in for Zoom with {users} users, so that everything of Zoom can be tried without Zoom. Come into the console by the link that the terminal shows, open the account, and choose Zoom.",
    ),
    demo_zoom_link: M("The stand-in for Zoom"),
    demo_about_okta: M("Signs the response and the assertion; names people by their email address."),
    demo_about_entra: M(
        "Signs the assertion only; people are known by the object id, which outlives a new name.",
    ),
    demo_about_clever: M(
        "Signs the assertion with SHA-256 and sends no certificate; people are known by the Clever id.",
    ),
    demo_about_canvas: M(
        "The school's own identity provider in front of Canvas; people have a persistent id.",
    ),
    demo_idp: M("The pretend identity provider"),
    demo_idp_lead: M("Its own pages, with its metadata and the tiles of an IdP-initiated sign-in."),

    trace_held: M("Accepted: {held} of {all} checks held; the others do not apply to this message."),
    trace_refused: M("Refused. “{step}” No. {held} checks before it held."),
    trace_not_reached: M("{count} further checks were not reached."),
    trace_pass: M("yes"),
    trace_warn: M("yes, with a remark"),
    trace_fail: M("no"),
    trace_skip: M("does not apply"),
    trace_wanted: M("Wanted"),
    trace_found: M("Found"),
    trace_value: M("Value"),
    trace_signed: M("Signatures that verified"),
    trace_signed_line: M("On {element}: {algorithm}, by the key {key}"),
    trace_encrypted: M("Decrypted"),
    trace_encrypted_line: M("{cipher} on {element}, key by {transport}"),
    trace_relaxed: M("Accepted only because this connection allows"),
    trace_warnings: M("Remarks for administrators"),
    trace_rule: M("Rule"),
    trace_claim_issuer: M("Issuer, as claimed"),
    trace_claim_destination: M("Destination, as claimed"),
    trace_claim_in_response_to: M("InResponseTo, as claimed"),
    element_response: M("the response"),
    element_assertion: M("the assertion"),
    element_message: M("the message"),
    element_metadata: M("the metadata"),
    element_name_id: M("the NameID"),
};
