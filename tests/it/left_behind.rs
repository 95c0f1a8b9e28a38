//! What somebody made for others is good for no more than they themselves still are.

use gatepost::base::caller::{Member, Role};
use gatepost::base::secret::LinkToken;
use gatepost::base::{Actor, Ctx};
use gatepost::directory::state::LinkKind;
use gatepost::flow::link::{self, Issued};
use gatepost::flow::user::{self, Changes};
use gatepost::flow::{FlowError, api_key, console, operator, owner, setup_link};
use secrecy::ExposeSecret;

use crate::people::which;
use crate::site::{Site, ctx, new_link, slug};

fn setup() -> setup_link::Create {
    setup_link::Create { days: 60, ..new_link("sso", None) }
}

/// What somebody stashes: an invitation, a setup link that nobody opened, and one that a browser has.
async fn stash(site: &Site, by: &Ctx, email: &str) -> (Issued, Issued, console::Entered) {
    let invited = owner::invite(&site.gateway, by, &slug(), (email, None)).await.unwrap();
    let waiting = setup_link::create(&site.gateway, by, setup()).await.unwrap();
    let opened = setup_link::create(&site.gateway, by, setup()).await.unwrap();
    let visitor = site.enter(&opened).await.unwrap();
    assert!(site.who(&visitor).await.is_some());
    (invited, waiting, visitor)
}

async fn assert_gone(
    site: &Site,
    (invited, waiting, visitor): (Issued, Issued, console::Entered),
    why: &str,
) {
    for link in [&invited, &waiting] {
        let entered = site.enter(link).await;
        assert!(matches!(entered, Err(FlowError::NotFound(_))), "{why}: {entered:?}");
    }
    assert_eq!(site.who(&visitor).await, None, "{why}");
}

#[tokio::test]
async fn an_owners_links_end_with_them_whichever_way_they_go() {
    let site = Site::https().await;
    for why in ["a list", "erased", "a sign-in"] {
        let id = format!("sis-{why}");
        let known = Changes { external_id: Some(id.clone()), role: Some(Role::Owner), ..Changes::default() };
        let made = site.make(known).await.unwrap();
        let account = site.text("SELECT id FROM accounts").await.unwrap().parse().unwrap();
        let owner = Actor::User(Member { id: made.id, account, role: Role::Owner });
        let email = format!("{}@lincoln.example", why.replace(' ', "-"));
        let stashed = stash(&site, &site.gateway.ctx(owner), &email).await;
        match why {
            "a list" => {
                site.import(&format!("external_id,role\n{id},member\n")).await.unwrap();
            }
            "erased" => {
                user::erase(&site.gateway, &ctx(&site), (&slug(), &which(&made.id.to_string())))
                    .await
                    .unwrap();
            }
            // As a sign-in writes it: beside every flow about people.
            _ => site.execute(&format!("UPDATE users SET role = 'admin' WHERE id = '{}'", made.id)).await,
        }
        assert_gone(&site, stashed, why).await;
    }
    let open = owner::list_invitations(&site.gateway, &ctx(&site), &slug()).await.unwrap();
    assert!(open.is_empty(), "none is shown as one that is good: {open:?}");
}

#[tokio::test]
async fn an_operators_links_end_with_them() {
    let site = Site::https().await;
    let first = operator::first_link(&site.gateway, &ctx(&site)).await.unwrap().unwrap();
    let entered = site.enter(&first).await.unwrap();
    let Some(Actor::Operator(id)) = site.who(&entered).await else { panic!() };
    let other = operator::make_link(&site.gateway, &ctx(&site), "Sam", None).await.unwrap();
    site.enter(&other).await.unwrap();
    let as_operator = site.gateway.ctx(Actor::Operator(id));
    let known = Changes {
        email: Some("olive@lincoln.example".to_owned()),
        role: Some(Role::Owner),
        ..Changes::default()
    };
    site.make(known).await.unwrap();
    let to = (&slug(), "olive@lincoln.example");
    let glass = owner::break_glass(&site.gateway, &as_operator, to, "locked out").await.unwrap();
    let stashed = stash(&site, &as_operator, "otto@lincoln.example").await;
    operator::remove(&site.gateway, &ctx(&site), id).await.unwrap();
    assert!(matches!(site.enter(&glass).await, Err(FlowError::NotFound(_))));
    assert_gone(&site, stashed, "removed").await;
    let revoked = "SELECT COUNT(*) FROM links WHERE revoked_at IS NOT NULL";
    assert_eq!(site.count(revoked).await, 4, "and are shown as taken back");
}

/// The invitation holds their address and name.
#[tokio::test]
async fn an_invitation_goes_with_whom_it_let_in() {
    let site = Site::https().await;
    let invite = ("otto@lincoln.example", Some("Otto"));
    let invited = owner::invite(&site.gateway, &ctx(&site), &slug(), invite).await.unwrap();
    site.enter(&invited).await.unwrap();
    let id = site.only().await.id.to_string();
    let receipt = user::erase(&site.gateway, &ctx(&site), (&slug(), &which(&id))).await.unwrap();
    assert_eq!(receipt.erased.links, 1);
    assert_eq!(site.count("SELECT COUNT(*) FROM links").await, 0);
}

/// What is taken back is not trusted any more; what ends by itself was good when it was used.
#[tokio::test]
async fn a_keys_links_end_when_it_is_taken_back_and_not_when_it_runs_out() {
    let site = Site::https().await;
    let make = async |days| {
        let scopes = "owners:write setup_links:write connections:write".parse().unwrap();
        let input = api_key::Create { account: Some(slug()), name: "CI".to_owned(), scopes, days };
        let (made, secret) = api_key::create(&site.gateway, &ctx(&site), input).await.unwrap();
        let key = api_key::find(&site.gateway, &ctx(&site), secret.expose_secret()).await.unwrap().unwrap();
        (made.id, site.gateway.ctx(Actor::ApiKey(key)))
    };
    let (short, by_short) = make(1).await;
    let (long, by_long) = make(30).await;
    let kept = setup_link::create(&site.gateway, &by_short, setup()).await.unwrap();
    let stashed = stash(&site, &by_long, "otto@lincoln.example").await;
    site.clock.advance(2 * 86_400);
    let anonymous = site.gateway.ctx(Actor::Anonymous);
    let token = LinkToken::parse(kept.url.expose_secret().rsplit('/').next().unwrap()).unwrap();
    let look = link::look(&site.gateway, &anonymous, token.hash()).await.unwrap();
    assert_eq!(look.kind, LinkKind::Setup);
    api_key::revoke(&site.gateway, &ctx(&site), long).await.unwrap();
    assert_gone(&site, stashed, "taken back").await;
    api_key::revoke(&site.gateway, &ctx(&site), short).await.unwrap();
    assert!(matches!(site.enter(&kept).await, Err(FlowError::NotFound(_))));
}
