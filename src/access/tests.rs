use super::*;
use crate::base::caller::{Key, Member, Scope, Scopes, Setup, SetupScopes};
use crate::base::id::{ApiKeyId, ConnectionId, LinkId, OperatorId, UserId};
use crate::base::{Instant, Rng};

struct Cast {
    mine: AccountId,
    other: AccountId,
    rng: Rng,
}

const NOW: Instant = Instant::from_seconds(1_772_445_630);

impl Cast {
    fn new() -> Self {
        let rng = Rng::seeded(1);
        Self { mine: AccountId::make(NOW, &rng), other: AccountId::make(NOW, &rng), rng }
    }

    fn person(&self, role: Role) -> Actor {
        Actor::User(Member { id: UserId::make(NOW, &self.rng), account: self.mine, role })
    }

    fn key(&self, account: Option<AccountId>, scopes: Scopes) -> Actor {
        Actor::ApiKey(Key { id: ApiKeyId::make(NOW, &self.rng), account, scopes })
    }

    fn link(&self, scopes: &str) -> Actor {
        let scopes: SetupScopes = scopes.parse().unwrap();
        Actor::SetupLink(Setup { id: LinkId::make(NOW, &self.rng), account: self.mine, scopes })
    }

    fn operator(&self) -> Actor {
        Actor::Operator(OperatorId::make(NOW, &self.rng))
    }
}

/// Everything that `actor` may do in the account of its own.
fn allowed(cast: &Cast, actor: Actor) -> Vec<Action> {
    let may = |action: &Action| decide_in(actor, *action, cast.mine).is_ok();
    Action::ALL.iter().copied().filter(may).collect()
}

#[test]
fn another_accounts_things_are_not_there() {
    let cast = Cast::new();
    let all = Scopes::all();
    for actor in [
        cast.person(Role::Owner),
        cast.key(Some(cast.mine), all),
        cast.link("sso domains"),
        cast.person(Role::Member),
    ] {
        for action in Action::ALL {
            assert_eq!(decide_in(actor, *action, cast.other), Err(Refusal::Hidden), "{action:?} {actor}");
        }
    }
    for actor in [cast.operator(), Actor::CommandLine, cast.key(None, all)] {
        let granted = decide_in(actor, Action::ReadUsers, cast.other).unwrap();
        assert_eq!(granted.account(), cast.other);
    }
}

#[test]
fn only_owners_and_operators_touch_integrations() {
    let cast = Cast::new();
    for action in [
        Action::ReadConnections,
        Action::ManageConnections,
        Action::ManageDomains,
        Action::ManageApiKeys,
        Action::ManageSetupLinks,
        Action::ManageWebhooks,
        Action::ReadZoom,
        Action::ManageZoom,
        Action::ProvisionZoom,
        Action::ManageOwners,
    ] {
        for (role, is_allowed) in [(Role::Owner, true), (Role::Admin, false), (Role::Member, false)] {
            assert_eq!(
                decide_in(cast.person(role), action, cast.mine).is_ok(),
                is_allowed,
                "{action:?} {role}"
            );
        }
        assert!(decide_in(cast.operator(), action, cast.mine).is_ok());
        assert!(decide_in(Actor::Anonymous, action, cast.mine).is_err());
        assert!(decide(cast.person(Role::Owner), action).is_err(), "in every account: nobody of one");
    }
    assert_eq!(allowed(&cast, cast.person(Role::Member)), [Action::EndOwnSessions]);
    assert!(allowed(&cast, cast.person(Role::Admin)).contains(&Action::ManageUsers));
}

#[test]
fn a_setup_link_is_good_for_what_it_says() {
    let cast = Cast::new();
    let of_domains = [Action::ReadDomains, Action::ManageDomains, Action::FinishSetup];
    assert_eq!(allowed(&cast, cast.link("domains")), of_domains);
    let of_sso = allowed(&cast, cast.link("sso"));
    assert!(of_sso.contains(&Action::ManageConnections) && of_sso.contains(&Action::ReadTests));
    for never in [Action::ReadAttempts, Action::ReadUsers, Action::ManageDomains, Action::ManageSetupLinks] {
        assert!(!of_sso.contains(&never), "{never:?}");
    }
    assert!(allowed(&cast, cast.link("")).is_empty());
}

#[test]
fn a_key_is_good_for_its_scopes_and_no_more() {
    let cast = Cast::new();
    for scope in Scope::ALL {
        let scopes: Scopes = [*scope].into_iter().collect();
        let asks_for_it = |action: &Action| table::row(*action).scope == Some(*scope);
        let good_for: Vec<_> = Action::ALL.iter().copied().filter(asks_for_it).collect();
        assert!(!good_for.is_empty(), "{scope} is good for nothing");
        assert_eq!(allowed(&cast, cast.key(Some(cast.mine), scopes)), good_for, "{scope}");
        let reads = scope.name().ends_with(":read");
        assert_eq!(scope.name().ends_with(":write"), !reads);
    }
    assert!(allowed(&cast, cast.key(Some(cast.mine), Scopes::default())).is_empty());
    let of_an_account = cast.key(Some(cast.mine), Scopes::all());
    assert!(decide(of_an_account, Action::CreateAccount).is_err());
    assert!(decide(cast.key(None, Scopes::all()), Action::CreateAccount).is_ok());
}

#[test]
fn machines_do_their_own_work_and_nothing_else() {
    let cast = Cast::new();
    let idp = Actor::IdentityProvider(ConnectionId::make(NOW, &cast.rng));
    let job = Actor::Job("sweep");
    for action in Action::ALL {
        let is_of_jobs = matches!(
            action,
            Action::Sweep
                | Action::SealAttempts
                | Action::RunJobs
                | Action::SendMail
                | Action::CheckDomains
                | Action::TellDeadlines
                | Action::DeliverWebhooks
                | Action::RunZoom
                | Action::RefreshMetadata
        );
        assert_eq!(decide(job, *action).is_ok(), is_of_jobs, "{action:?}");
        assert_eq!(decide(idp, *action).is_ok(), *action == Action::RefreshMetadata, "{action:?}");
        assert_eq!(decide(Actor::Anonymous, *action), Err(Denied(Actor::Anonymous)), "{action:?}");
    }
    assert_eq!(decide(cast.person(Role::Member), Action::EndOwnSessions), Ok(()));
    for actor in [Actor::CommandLine, cast.operator()] {
        assert_eq!(decide(actor, Action::EndOwnSessions), Err(Denied(actor)), "it has none");
        assert_eq!(decide(actor, Action::CreateAccount), Ok(()));
    }
    assert_eq!(decide(Actor::CommandLine, Action::DeleteAccount), Ok(()));
    assert!(decide(cast.operator(), Action::DeleteAccount).is_err(), "cannot be undone");
}

#[test]
fn nobody_hands_on_by_a_key_what_they_may_not_do() {
    let cast = Cast::new();
    let mine = Some(cast.mine);
    let beyond = |actor, account| -> Vec<_> {
        Scope::ALL
            .iter()
            .filter(|scope| !may_hand_on(actor, **scope, account))
            .map(|scope| scope.name())
            .collect()
    };
    assert!(beyond(Actor::CommandLine, None).is_empty() && beyond(Actor::CommandLine, mine).is_empty());
    // Which messages an account keeps is its own to decide, and what is in them its own to read.
    assert_eq!(beyond(cast.operator(), None), ["messages:read", "settings:write"]);
    assert_eq!(beyond(cast.operator(), mine), ["messages:read", "settings:write"]);
    assert!(beyond(cast.person(Role::Owner), mine).is_empty());
    assert!(beyond(cast.person(Role::Admin), mine).contains(&"connections:write"));
    assert!(!beyond(cast.person(Role::Admin), mine).contains(&"users:write"));
    assert!(beyond(cast.person(Role::Owner), None).contains(&"users:read"));
}
