//! The table: what each action asks of whoever wants to do it. Read it from left to right.

use crate::base::caller::{Role, Scope, SetupScope};

macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident: $row:expr;)*) => {
        /// What is to be done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action { $($(#[$doc])* $action,)* }

        impl Action {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$action,)*];
        }

        /// What `action` asks for.
        #[must_use]
        pub const fn row(action: Action) -> Row {
            match action { $(Action::$action => $row,)* }
        }
    };
}

/// What an action asks for; each field lets somebody in.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Whoever may run the program on the machine that holds its data.
    pub command_line: bool,
    /// Those who run the installation.
    pub operators: bool,
    /// People of the account with this role, or one above it.
    pub least: Option<Role>,
    /// Keys with this scope.
    pub scope: Option<Scope>,
    /// Setup links with one of these scopes.
    pub setup: &'static [SetupScope],
    /// Everybody who is signed in, with what is their own.
    pub is_own: bool,
    /// What works without a person.
    pub machines: Machines,
}

/// What works without a person.
#[derive(Debug, Clone, Copy)]
pub struct Machines(pub(super) u8);

impl Machines {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// Jobs.
    pub const JOBS: Self = Self(1);
    /// Messages of identity providers.
    pub const IDENTITY_PROVIDERS: Self = Self(2);
}

/// Nobody.
const NOBODY: Row = Row {
    command_line: false,
    operators: false,
    least: None,
    scope: None,
    setup: &[],
    is_own: false,
    machines: Machines::NONE,
};

/// Whoever may run the program, and nobody else.
const MACHINE: Row = Row { command_line: true, ..NOBODY };

/// Those who run the installation.
const OPERATORS: Row = Row { operators: true, ..MACHINE };

const JOBS: Row = NOBODY.machines(Machines::JOBS);

impl Row {
    const fn key(self, scope: Scope) -> Self {
        Self { scope: Some(scope), ..self }
    }

    const fn setup(self, scopes: &'static [SetupScope]) -> Self {
        Self { setup: scopes, ..self }
    }

    const fn machines(self, machines: Machines) -> Self {
        Self { machines, ..self }
    }

    const fn own(self) -> Self {
        Self { is_own: true, ..self }
    }
}

/// Operators, and people of the account with this role or one above it.
const fn people(least: Role) -> Row {
    Row { least: Some(least), ..OPERATORS }
}

use Role::{Admin, Owner};

/// Owners, and nobody of the platform but whoever runs the program.
const OWNERS: Row = Row { least: Some(Owner), ..MACHINE };

actions! {
    // The installation.

    /// Make an account.
    CreateAccount: OPERATORS.key(Scope::AccountsWrite);
    /// Destroy an account.
    DeleteAccount: MACHINE;
    /// Look at all accounts.
    ReadAccounts: OPERATORS.key(Scope::AccountsRead);
    /// Rename accounts, shut them and open them again. Which messages one keeps takes `ManageMessages` here too.
    ManageAccounts: OPERATORS.key(Scope::AccountsWrite);
    /// Look whether the installation is as it should be.
    Check: OPERATORS.key(Scope::InstallationRead);
    /// Look at the installation's keys, make new ones, put old ones out of use.
    ManageKeys: MACHINE;
    /// Take no messages any more that were sent to an address of before.
    ForgetAddresses: MACHINE;
    /// Look at the keys that sign tokens.
    ReadSigningKeys: OPERATORS.key(Scope::InstallationRead);
    /// Make a new one, put leaked ones out of use: every token that they signed is void.
    ManageSigningKeys: OPERATORS.key(Scope::InstallationWrite);
    /// Look at jobs.
    ReadJobs: OPERATORS.key(Scope::InstallationRead);
    /// Have one tried again.
    ManageJobs: OPERATORS.key(Scope::InstallationWrite);
    /// Look at who runs the installation.
    ReadOperators: OPERATORS.key(Scope::InstallationRead);
    /// Let others in who run the installation, shut them out.
    ManageOperators: OPERATORS.key(Scope::OperatorsWrite);
    /// Look at what was done to the installation as a whole.
    ReadInstallationEvents: OPERATORS.key(Scope::InstallationRead);
    /// Look at what will end in all accounts.
    ReadAllDeadlines: OPERATORS.key(Scope::InstallationRead);
    /// Make and revoke calendars of it.
    ManageAllDeadlines: OPERATORS.key(Scope::InstallationWrite);
    /// Let an owner in although single sign-on is active.
    BreakGlass: OPERATORS.key(Scope::InstallationWrite);
    /// Vouch that a domain is an account's.
    ProveDomains: OPERATORS.key(Scope::InstallationWrite);
    /// Make connections under names and at addresses that identity providers know already, where those of other accounts
    /// may be known too.
    TakeOverConnections: OPERATORS.key(Scope::InstallationWrite);
    /// Enter the platform's own Zoom app, and say where Zoom is, other than at its own addresses: secrets are sent there.
    ManageZoomPlatform: OPERATORS.key(Scope::InstallationWrite);
    /// Have people sign in by a connection that nobody tried.
    GoWithoutTest: OPERATORS.key(Scope::InstallationWrite);

    // An account.

    /// Look at an account.
    ReadAccount: people(Admin).key(Scope::AccountsRead);
    /// Look at an account's connections.
    ReadConnections: people(Owner).key(Scope::ConnectionsRead).setup(&[SetupScope::Sso]);
    /// Make a connection in an account, change it.
    ManageConnections: people(Owner).key(Scope::ConnectionsWrite).setup(&[SetupScope::Sso]);
    /// Look at domains.
    ReadDomains: people(Owner).key(Scope::DomainsRead).setup(&[SetupScope::Domains]);
    /// Claim domains of an account, have DNS asked for their proof, give them up.
    ManageDomains: people(Owner).key(Scope::DomainsWrite).setup(&[SetupScope::Domains]);
    /// Look at single addresses that are let in. Whoever only proves domains need not know of them.
    ReadGuests: people(Owner).key(Scope::DomainsRead);
    /// Let single addresses in, and no longer.
    ManageGuests: people(Owner).key(Scope::DomainsWrite);
    /// Look at the people of an account.
    ReadUsers: people(Admin).key(Scope::UsersRead);
    /// Make, change, shut out and erase people of an account.
    ManageUsers: people(Admin).key(Scope::UsersWrite);
    /// Make somebody an owner, and the same as above with owners.
    ManageOwners: people(Owner).key(Scope::OwnersWrite);
    /// Look at anybody's sessions.
    ReadSessions: people(Admin).key(Scope::SessionsRead);
    /// End anybody's sessions; an owner's take `ManageOwners` as well.
    ManageSessions: people(Admin).key(Scope::SessionsWrite);
    /// Look at tries to sign in, their true cause included; what came to light in a ciphertext that no signature protects
    /// takes `ReadMessages`.
    ReadAttempts: people(Admin).key(Scope::SignInsRead);
    /// Let somebody at the other end see one of them, without what is personal.
    ShareAttempts: people(Admin).key(Scope::SignInsRead);
    /// Read the messages of identity providers as they came. Operators may not, and make no key that may.
    ReadMessages: OWNERS.key(Scope::MessagesRead);
    /// Decide which of these messages are kept. Operators may not, and make no key that may.
    ManageMessages: OWNERS.key(Scope::SettingsWrite);
    /// Take out everything that is known of a person.
    ExportUsers: people(Admin).key(Scope::UsersRead);
    /// Try what a change of a connection would have done to people who signed in. What is in their messages takes
    /// `ReadMessages`.
    TryChanges: people(Owner).key(Scope::ConnectionsWrite);
    /// Look at test sign-ins alone.
    ReadTests: people(Owner).key(Scope::SignInsRead).setup(&[SetupScope::Sso]);
    /// Look at what was done in the account.
    ReadEvents: people(Admin).key(Scope::EventsRead);
    /// Decide how the account looks to its people, and in which language.
    ManageBranding: people(Owner).key(Scope::SettingsWrite);
    /// Look at what will end, and take it along as a calendar.
    ReadDeadlines: people(Admin).key(Scope::DeadlinesRead);
    /// Make and revoke calendars of what will end, say who is written to.
    ManageDeadlines: people(Owner).key(Scope::SettingsWrite);
    /// Look at the account's keys of the REST API.
    ReadApiKeys: people(Owner).key(Scope::ApiKeysRead);
    /// Make and revoke them.
    ManageApiKeys: people(Owner).key(Scope::ApiKeysWrite);
    /// Look at the account's setup links.
    ReadSetupLinks: people(Owner).key(Scope::SetupLinksRead);
    /// Make and revoke them.
    ManageSetupLinks: people(Owner).key(Scope::SetupLinksWrite);
    /// Look at the account's webhooks.
    ReadWebhooks: people(Owner).key(Scope::WebhooksRead);
    /// Make and change them. Where they are told what Zoom tells, `ReadZoom` is asked for as well.
    ManageWebhooks: people(Owner).key(Scope::WebhooksWrite);
    /// Look at the account's link to Zoom, what Zoom tells, and who is there.
    ReadZoom: people(Owner).key(Scope::ZoomRead);
    /// Enter, change and test the credentials of the link to Zoom.
    ManageZoom: people(Owner).key(Scope::ZoomWrite);
    /// Decide who is provisioned into Zoom, and carry it out.
    ProvisionZoom: people(Owner).key(Scope::ZoomProvisioningWrite);
    /// End the setup link that one came by.
    FinishSetup: NOBODY.setup(SetupScope::ALL);

    // One's own.

    /// Look at one's own sessions, and end them.
    EndOwnSessions: NOBODY.own();

    // Without a person.

    /// Drop rows that have passed their time.
    Sweep: MACHINE.machines(Machines::JOBS);
    /// Seal what was tried in an hour.
    SealAttempts: JOBS;
    /// Look whether the proofs of domains still stand in DNS.
    CheckDomains: JOBS;
    /// Look for what will end, and write to whom it concerns.
    TellDeadlines: JOBS;
    /// Take a job and give it back.
    RunJobs: JOBS;
    /// Send a mail that waits.
    SendMail: JOBS;
    /// Test links to Zoom, work on what Zoom told, carry out what was planned there.
    RunZoom: JOBS;
    /// Tell webhooks what waits to be told.
    DeliverWebhooks: JOBS;
    /// Look at an identity provider's metadata, and follow it as far as connections follow it by themselves.
    RefreshMetadata: people(Owner)
        .key(Scope::ConnectionsWrite)
        .setup(&[SetupScope::Sso])
        .machines(Machines(Machines::JOBS.0 | Machines::IDENTITY_PROVIDERS.0));
}
