//! English, of the console and of mail.

use super::{ConsoleText, Message as M};
use crate::base::caller::{Scope, SetupScope};

pub(super) const CONSOLE: ConsoleText = ConsoleText {
    scope,
    setup_scope,
    mail_invite_subject: M("You are invited to manage sign-in for {account}"),
    mail_invite: M(
        "You are invited to be an owner of {account}.\n\nOpen this link and press the button. It works once, within 7 days:\n\n{link}\n\nIf you did not expect this, do nothing.",
    ),
    mail_link_subject: M("Your sign-in link for {account}"),
    mail_link: M(
        "Open this link and press the button to manage sign-in for {account}. It works once, within 15 minutes:\n\n{link}\n\nIf you did not ask for it, do nothing: nobody can come in without this link.",
    ),
    mail_break_glass_subject: M("An owner can come in without single sign-on"),
    mail_break_glass_made: M(
        "An operator made a link that lets an owner of {account} in without single sign-on, once, within 30 minutes.\n\nReason: {reason}\n\nIf you know nothing of this, ask the platform's support.",
    ),
    mail_break_glass_used: M(
        "An owner of {account} came in by an operator's link, without single sign-on.\n\nIf you know nothing of this, ask the platform's support.",
    ),
    mail_passkey_used: M(
        "An owner of {account} came in by passkey, without single sign-on.\n\nIf that was none of you, remove the passkey in the console, under People.",
    ),
};

const fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::AccountsRead => "Look at accounts",
        Scope::AccountsWrite => "Make and change accounts",
        Scope::ConnectionsRead => "Look at connections",
        Scope::ConnectionsWrite => "Set up connections",
        Scope::DomainsRead => "Look at domains",
        Scope::DomainsWrite => "Claim and prove domains",
        Scope::UsersRead => "Look at people",
        Scope::UsersWrite => "Make, change and erase people",
        Scope::OwnersWrite => "The same for owners",
        Scope::SessionsRead => "Look at sessions",
        Scope::SessionsWrite => "End sessions",
        Scope::SignInsRead => "Look at sign-ins",
        Scope::EventsRead => "Look at events",
        Scope::ApiKeysRead => "Look at API keys",
        Scope::ApiKeysWrite => "Make and revoke API keys",
        Scope::SetupLinksRead => "Look at setup links",
        Scope::SetupLinksWrite => "Make and revoke setup links",
        Scope::WebhooksRead => "Look at webhooks",
        Scope::WebhooksWrite => "Make and change webhooks",
    }
}

const fn setup_scope(scope: SetupScope) -> &'static str {
    match scope {
        SetupScope::Sso => "Single sign-on",
        SetupScope::Domains => "Email domains",
    }
}
