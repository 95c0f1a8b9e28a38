//! Whoever made an app of the account's own is no administrator any more: Zoom takes the scopes from its tokens.

use super::*;

#[tokio::test]
async fn scopes_that_a_demotion_took_are_not_only_said_to_be_missing() {
    let set = Set::linked(ZoomKind::ServerToServer).await;
    assert_eq!(kind(&set.test().await.unwrap()), "good");
    set.fault(Faults { loses_scopes: true, ..Faults::default() });
    set.site.clock.advance(2 * HOUR);
    let view = set.test().await.unwrap();
    let problem = view.report.first_problem().unwrap();
    assert_eq!(problem.kind, "scope_missing");
    assert!(problem.scopes.iter().any(|scope| scope.starts_with("user:read:")), "{:?}", problem.scopes);
    let of_call = view.report.parts.iter().find_map(|part| part.problem.clone()).unwrap();
    for problem in [problem, of_call] {
        let english = problem.sentence.english();
        assert!(english.contains("lost their administrator's role in Zoom"), "{english}");
        let spanish = ES.sentence(&problem.sentence);
        assert!(spanish.contains("ha perdido en Zoom su rol de administrador"), "{spanish}");
    }
}
