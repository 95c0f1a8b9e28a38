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
    /// Setup links with this scope.
    pub setup: Option<SetupScope>,
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
    setup: None,
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

    const fn setup(self, scope: SetupScope) -> Self {
        Self { setup: Some(scope), ..self }
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

actions! {
    // The installation.

    /// Make an account.
    CreateAccount: OPERATORS.key(Scope::AccountsWrite);
    /// Destroy an account.
    DeleteAccount: MACHINE;
    /// Look at all accounts.
    ReadAccounts: OPERATORS.key(Scope::AccountsRead);
    /// Rename accounts, shut them and open them again.
    ManageAccounts: OPERATORS.key(Scope::AccountsWrite);
    /// Look whether the installation is as it should be.
    Check: OPERATORS;
    /// Look at the installation's keys, make new ones, put old ones out of use.
    ManageKeys: MACHINE;
    /// Look at jobs, and have one tried again.
    ManageJobs: OPERATORS;
    /// Look at who runs the installation, let others in, shut them out.
    ManageOperators: OPERATORS;
    /// Let an owner in although single sign-on is active.
    BreakGlass: OPERATORS;
    /// Vouch that a domain is an account's.
    ProveDomains: OPERATORS;
    /// Make connections under names and at addresses that identity providers know already, where those of other accounts
    /// may be known too.
    TakeOverConnections: OPERATORS;
    /// Have people sign in by a connection that nobody tried.
    GoWithoutTest: OPERATORS;

    // An account.

    /// Look at an account.
    ReadAccount: people(Admin).key(Scope::AccountsRead);
    /// Look at an account's connections.
    ReadConnections: people(Owner).key(Scope::ConnectionsRead).setup(SetupScope::Sso);
    /// Make a connection in an account, change it.
    ManageConnections: people(Owner).key(Scope::ConnectionsWrite).setup(SetupScope::Sso);
    /// Look at domains and guests.
    ReadDomains: people(Owner).key(Scope::DomainsRead).setup(SetupScope::Domains);
    /// Claim domains of an account and give them up, let guests in.
    ManageDomains: people(Owner).key(Scope::DomainsWrite).setup(SetupScope::Domains);
    /// Look at the people of an account.
    ReadUsers: people(Admin).key(Scope::UsersRead);
    /// Make, change, shut out and erase people of an account.
    ManageUsers: people(Admin).key(Scope::UsersWrite);
    /// Make somebody an owner, and the same as above with owners.
    ManageOwners: people(Owner).key(Scope::OwnersWrite);
    /// Look at anybody's sessions.
    ReadSessions: people(Admin).key(Scope::SessionsRead);
    /// End anybody's sessions.
    ManageSessions: people(Admin).key(Scope::SessionsWrite);
    /// Look at tries to sign in, their true cause included.
    ReadAttempts: people(Admin).key(Scope::SignInsRead);
    /// Look at test sign-ins alone.
    ReadTests: people(Owner).key(Scope::SignInsRead).setup(SetupScope::Sso);
    /// Look at what was done in the account.
    ReadEvents: people(Admin).key(Scope::EventsRead);
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
    /// Make and change them.
    ManageWebhooks: people(Owner).key(Scope::WebhooksWrite);
    /// End the setup link that one came by.
    FinishSetup: NOBODY.setup(SetupScope::Sso);

    // One's own.

    /// Look at one's own sessions, and end them.
    EndOwnSessions: NOBODY.own();

    // Without a person.

    /// Drop rows that have passed their time.
    Sweep: MACHINE.machines(Machines::JOBS);
    /// Seal what was tried in an hour.
    SealAttempts: JOBS;
    /// Take a job and give it back.
    RunJobs: JOBS;
    /// Send a mail that waits.
    SendMail: JOBS;
    /// Look at an identity provider's metadata, and follow it as far as connections follow it by themselves.
    RefreshMetadata: people(Owner)
        .key(Scope::ConnectionsWrite)
        .setup(SetupScope::Sso)
        .machines(Machines(Machines::JOBS.0 | Machines::IDENTITY_PROVIDERS.0));
}
