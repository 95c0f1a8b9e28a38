//! The pretend identity provider.

use crate::words::{IdpText, Message as M};

pub const IDP: IdpText = IdpText {
    banner: M("Pretend identity provider"),
    banner_note: M("For trying things out. No passwords, no real people."),
    acts_like: M("Answers like {product}"),
    to_home: M("All products that are played here"),
    test_keys: M(
        "Everything here is signed with test keys that everybody has. No real service may trust them.",
    ),

    home_title: M("Who is played here"),
    home_lead: M(
        "Each of these answers in the shape of the product that it is named after. Start at the gateway as usual, or start here as people do from their portal.",
    ),
    home_entity_id: M("Entity ID"),
    home_sso_url: M("Single sign-on URL"),
    home_start: M("Start from {product}"),
    home_metadata: M("Metadata of {product}"),
    home_about_signs: M("Signs {what} with {algorithm}."),
    signs_response: M("the response"),
    signs_assertion: M("the assertion"),
    signs_both: M("response and assertion"),
    signs_neither: M("nothing"),
    home_about_encrypts: M("Encrypts the assertion."),

    start_title: M("Where to?"),
    start_lead: M("A sign-in that starts here needs to know the service provider that it goes to."),
    start_wrong: M("The ACS URL must begin with http:// or https://."),
    start_button: M("Go on"),
    sp_entity_id: M("Entity ID of the service provider"),
    acs_url: M("Its ACS URL"),

    choose_title: M("Who are you?"),
    choose_lead: M("You are signing in to"),
    choose_unsolicited: M("Nobody asked for this sign-in: it starts here, as from a tile in a portal."),
    choose_forced: M("The request asks for a fresh sign-in (ForceAuthn)."),
    choose_passive: M(
        "The request asks to show no page (IsPassive). A real identity provider would answer without asking.",
    ),

    people_legend: M("Choose a person"),
    people_other: M("Somebody made up"),
    first_name: M("First name"),
    last_name: M("Last name"),
    email: M("Email"),
    role: M("Role"),

    fault_legend: M("Should anything be wrong?"),
    fault_label: M("Fault"),
    fault_mistakes: M("Mistakes"),
    fault_attacks: M("Attacks"),
    show_first: M("Show me the message before it is sent"),
    sign_in: M("Sign in"),
    edit: M("Change what is sent"),

    fault_none: M("Nothing: a good answer"),
    fault_expired: M("Expired a day ago"),
    fault_not_yet_valid: M("Valid from tomorrow"),
    fault_wrong_audience: M("Made for another service (Audience)"),
    fault_wrong_recipient: M("Made for another address (Recipient)"),
    fault_wrong_issuer: M("From another identity provider (Issuer)"),
    fault_wrong_request: M("Answers another request (InResponseTo)"),
    fault_denied: M("This person may not use the service (Status)"),
    fault_sha1: M("Signed with SHA-1"),
    fault_unsigned: M("Not signed"),
    fault_unknown_key: M("Signed by an unknown key"),
    fault_encrypted_to_another: M("Encrypted to somebody else's key"),
    fault_tampered: M("Person changed after signing"),
    fault_wrapped: M("Signature wrapping: a false assertion before the signed one"),
    fault_comment: M("A comment inside the NameID"),
    fault_replayed: M("The previous answer once more (sign in once before)"),

    edit_title: M("What is sent"),
    edit_lead: M("This is what would be sent for {name}. Change what you like."),
    subject_legend: M("Subject"),
    name_id: M("NameID"),
    name_id_format: M("Format"),
    no_format: M("(none)"),
    attributes_legend: M("Attributes"),
    attributes_hint: M("Several values: one per line. A row without a name is not sent."),
    attribute_group: M("Attribute {number}"),
    attribute_name: M("Name"),
    attribute_values: M("Values"),
    add_row: M("Add a row"),

    send_title: M("On the way back"),
    send_lead: M("The answer goes to"),
    send_button: M("Send the answer"),
    send_message: M("The message"),

    problem_title: M("That does not work"),
    problem_request: M(
        "This is not a sign-in request that can be read ({why}). Start at the gateway, or from the first page here.",
    ),
    problem_acs: M(
        "The request does not say where the answer should go, and no service provider is known here. Start the sign-in from the first page here and type its ACS URL.",
    ),
    problem_not_here: M("There is no such page here."),
    problem_person: M("Please choose a person from the list, or make one up."),
    problem_previous: M(
        "There is no previous answer to send again yet. Sign in once without a fault, then try again.",
    ),
    problem_mint: M("The answer could not be made: {why}."),
};
