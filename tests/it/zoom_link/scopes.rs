//! Scopes of an app against what the link is used for, and what the settings have it do.

use gatepost::flow::zoom::provision::settings::{self, Settings};
use gatepost::zoom::provision::plan::{Removal, Toggles};

use super::*;

#[tokio::test]
async fn who_has_people_deleted_needs_the_scope_for_it() {
    let set = Set::granted("scim2:admin user:read:list_users:admin", &["provisioning"]).await;
    assert_eq!(kind(&set.test().await.unwrap()), "good", "disabling goes without it");
    for (is_on, wanted) in [(false, "good"), (true, "scope_missing")] {
        let toggles =
            Toggles { is_on, may_deprovision: true, removal: Removal::Delete, ..Toggles::default() };
        let rules = vec![crate::zoom_provisioning::rule("all", vec![])];
        let new = Settings { toggles, rules, ..Settings::default() };
        settings::save(set.gateway(), &set.ctx(), &slug(), new, |_| true).await.unwrap();
        assert_eq!(kind(&set.test().await.unwrap()), wanted);
    }
    let problem = set.test().await.unwrap().report.first_problem().unwrap();
    assert_eq!(problem.scopes, ["user:delete:user:admin"]);
}
