//! The pages that stand in the navigation: where each is, what it asks of whoever sees its link, what it is called. Who sees
//! which of them is decided in `frame`.
//!
//! # Invariants
//!
//! * A page without an account's name in its address is one of the installation, or one's own: it has the same address
//!   whatever account is looked at.
//! * What a page is called in events stays the same, whatever people read.

use crate::access::Action;
use crate::directory::account::Slug;
use crate::words::Message;

/// The pages that stand in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// What an account has connected.
    Integrations,
    /// The people of an account.
    People,
    /// Who tried to sign in.
    SignIns,
    /// Who owns an account.
    Owners,
    /// How an account looks.
    Branding,
    /// What will end.
    Deadlines,
    /// How the installation stands.
    Health,
    /// What will end in all accounts.
    AllDeadlines,
    /// Which email domains are an account's.
    Domains,
    /// What was done.
    Events,
    /// Keys of the REST API.
    ApiKeys,
    /// Those of the installation.
    InstallationApiKeys,
    /// Setup links.
    SetupLinks,
    /// Webhooks.
    Webhooks,
    /// Zoom.
    Zoom,
    /// All accounts.
    Accounts,
    /// What was done to the installation as a whole.
    InstallationEvents,
    /// Who runs the installation.
    Operators,
    /// The platform's Zoom app.
    ZoomPlatform,
    /// One's own passkeys.
    Passkeys,
}

impl Section {
    /// In this order they stand there.
    pub(super) const ALL: [Self; 20] = [
        Self::Accounts,
        Self::Operators,
        Self::Health,
        Self::AllDeadlines,
        Self::InstallationEvents,
        Self::InstallationApiKeys,
        Self::ZoomPlatform,
        Self::Integrations,
        Self::People,
        Self::SignIns,
        Self::Domains,
        Self::Owners,
        Self::SetupLinks,
        Self::ApiKeys,
        Self::Webhooks,
        Self::Zoom,
        Self::Branding,
        Self::Deadlines,
        Self::Events,
        Self::Passkeys,
    ];

    /// What whoever sees its link may do; nothing for one's own things.
    pub(super) const fn action(self) -> Option<Action> {
        match self {
            Self::Integrations => Some(Action::ReadConnections),
            Self::People => Some(Action::ReadUsers),
            Self::SignIns => Some(Action::ReadAttempts),
            Self::Owners => Some(Action::ManageOwners),
            Self::Domains => Some(Action::ReadDomains),
            Self::Branding => Some(Action::ManageBranding),
            Self::Deadlines => Some(Action::ReadDeadlines),
            Self::AllDeadlines => Some(Action::ReadAllDeadlines),
            Self::Health => Some(Action::Check),
            Self::Events => Some(Action::ReadEvents),
            Self::ApiKeys | Self::InstallationApiKeys => Some(Action::ReadApiKeys),
            Self::SetupLinks => Some(Action::ReadSetupLinks),
            Self::Webhooks => Some(Action::ReadWebhooks),
            Self::Zoom => Some(Action::ReadZoom),
            Self::Accounts => Some(Action::ReadAccounts),
            Self::InstallationEvents => Some(Action::ReadInstallationEvents),
            Self::Operators => Some(Action::ManageOperators),
            Self::ZoomPlatform => Some(Action::ManageZoomPlatform),
            Self::Passkeys => None,
        }
    }

    pub(super) fn path(self, account: Option<&Slug>) -> Option<String> {
        let of = |rest: &str| account.map(|slug| format!("/console/at/{slug}{rest}"));
        match self {
            Self::Integrations => of(""),
            Self::People => of("/people"),
            Self::SignIns => of("/sign-ins"),
            Self::Owners => of("/owners"),
            Self::Domains => of("/domains"),
            Self::Branding => of("/branding"),
            Self::Deadlines => of("/deadlines"),
            Self::AllDeadlines => Some("/console/deadlines".to_owned()),
            Self::Health => Some("/console/health".to_owned()),
            Self::Events => of("/events"),
            Self::ApiKeys => of("/api-keys"),
            Self::SetupLinks => of("/setup-links"),
            Self::Webhooks => of("/webhooks"),
            Self::Zoom => of("/zoom"),
            Self::Accounts => Some("/console/accounts".to_owned()),
            Self::InstallationEvents => Some("/console/events".to_owned()),
            Self::InstallationApiKeys => Some("/console/api-keys".to_owned()),
            Self::Operators => Some("/console/operators".to_owned()),
            Self::ZoomPlatform => Some("/console/zoom".to_owned()),
            Self::Passkeys => Some("/console/passkeys".to_owned()),
        }
    }

    /// What the page is called in events.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Integrations => "integrations",
            Self::People => "people",
            Self::SignIns => "sign_ins",
            Self::Owners => "owners",
            Self::Domains => "domains",
            Self::Branding => "branding",
            Self::Deadlines => "deadlines",
            Self::AllDeadlines => "all_deadlines",
            Self::Health => "health",
            Self::Events => "events",
            Self::ApiKeys => "api_keys",
            Self::InstallationApiKeys => "installation_api_keys",
            Self::SetupLinks => "setup_links",
            Self::Webhooks => "webhooks",
            Self::Zoom => "zoom",
            Self::Accounts => "accounts",
            Self::InstallationEvents => "installation_events",
            Self::Operators => "operators",
            Self::ZoomPlatform => "zoom_platform",
            Self::Passkeys => "passkeys",
        }
    }

    pub(super) fn label(self, all: &crate::words::Text) -> Message {
        let text = &all.console;
        match self {
            Self::Domains => all.domains.nav,
            Self::Branding => all.branding.nav,
            Self::Health => all.operators.health,
            Self::Deadlines => all.deadlines.nav,
            Self::AllDeadlines => all.deadlines.nav_all,
            Self::People => all.people.nav,
            Self::SignIns => all.sign_ins.nav,
            Self::Integrations => text.nav_integrations,
            Self::Owners => text.nav_owners,
            Self::Events => all.events.nav,
            Self::InstallationEvents => all.events.nav_installation,
            Self::ApiKeys => text.nav_api_keys,
            Self::InstallationApiKeys => text.nav_installation_keys,
            Self::SetupLinks => text.nav_setup_links,
            Self::Webhooks => text.nav_webhooks,
            Self::Zoom => all.zoom_provisioning.nav,
            Self::Accounts => text.nav_accounts,
            Self::Operators => text.nav_operators,
            Self::ZoomPlatform => all.zoom.platform_nav,
            Self::Passkeys => text.nav_passkeys,
        }
    }
}
