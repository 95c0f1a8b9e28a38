//! What Zoom takes and tells of a user: licences where SCIM tells no user types; role, bundle and connection on the page; what
//! the editor of the mapping says of each attribute, and tries before anything is saved.

use std::cell::Cell;

use gatepost::directory::preset::Product;
use gatepost::directory::state::{ZoomRunState, ZoomStepState};
use gatepost::flow::connection::update::{self, Update};
use gatepost::flow::zoom::inventory::table::{self, Filter};
use gatepost::flow::zoom::provision::run;
use gatepost::flow::zoom::provision::settings::{self, Settings};
use gatepost::scim::attribute::Attribute;
use gatepost::standin::fault::Faults;
use gatepost::standin::world::{State, User};
use gatepost::zoom::provision::mapping::{Row, Source, Transform};

use crate::browser::From;
use crate::events::token_of;
use crate::site::{alice, slug};
use crate::zoom_inventory::count;
use crate::zoom_provisioning::{Set, actions, fresh};

/// Zoom is about to leave user types out of SCIM: who has the licence already is sent none, and who has not is sent one once.
#[tokio::test]
async fn nothing_is_sent_in_vain_where_scim_tells_no_user_types() {
    let set = Set::new(60).await;
    let of = |kind: &str| {
        let inside = set.stand_in.inside();
        let mut members = inside.world.users.values().filter(|user| user.role == "2" && user.kind == kind);
        members.find(|user| user.state == State::Active).unwrap().email.clone()
    };
    let (licensed, basic) = (of("Licensed"), of("Basic"));
    set.people([licensed.clone(), basic.clone()]).await;
    let row = Row {
        attribute: Attribute::UserType,
        from: Source::Text("Licensed".to_owned()),
        then: Vec::new(),
        otherwise: None,
    };
    set.settings(|settings| settings.mapping.rows.push(row)).await;
    set.fault(Faults { no_user_type: true, ..Faults::default() });
    let planned = set.run(true).await;
    assert_eq!(planned.totals.licences, 1, "one has it already");
    let steps = set.steps(planned.id, Some(ZoomStepState::Waiting)).await;
    for (email, is_sent) in [(&licensed, false), (&basic, true)] {
        let id = set.id_of(email).await;
        let step = steps.iter().find(|step| step.user_id == Some(id)).unwrap();
        let has_type = step.changes.iter().any(|change| change.attribute == Attribute::UserType);
        assert_eq!(has_type, is_sent, "{step:?}");
    }
    run::confirm(&set.site.gateway, &set.ctx(), planned.id).await.unwrap();
    assert!(set.work(&set.site.gateway).await);
    let done = set.view(planned.id).await;
    assert_eq!((done.state, done.done), (ZoomRunState::Done, 2));
    let next = set.run(true).await;
    assert_eq!((actions(&next), next.totals.notes["ignored"]), (vec![], 1), "it is told, and not sent again");
}

/// A row of the mapping that makes `value` of whoever is called "staff", and nothing of all others.
fn of_staff(attribute: Attribute, value: &str) -> Row {
    let table = Transform::Table(vec![("staff".to_owned(), value.to_owned())]);
    Row { attribute, from: Source::Field("username".to_owned()), then: vec![table], otherwise: None }
}

#[tokio::test]
async fn what_zoom_cannot_take_away_is_kept_and_what_it_does_not_is_told_once() {
    let set = Set::new(5).await;
    let who = fresh(1).remove(0);
    set.people([who.clone()]).await;
    let called = async |name: &str| {
        set.change(&who, |user| user.profile.username = Some(name.to_owned())).await;
    };
    called("staff").await;
    let rows = [of_staff(Attribute::UserType, "Licensed"), of_staff(Attribute::Phone, "+1 2015550123")];
    set.settings(|settings| settings.mapping.rows.extend(rows)).await;
    assert_eq!(set.run(false).await.totals.licences, 1);
    called("guest").await;
    let kept = set.run(false).await;
    assert_eq!((actions(&kept), kept.totals.licences), (vec![], 0), "{kept:?}");
    // Of a department Zoom can be told that there is none, and does not listen here.
    called("staff").await;
    set.settings(|settings| settings.mapping.rows.push(of_staff(Attribute::Department, "Arts"))).await;
    assert_eq!(set.run(false).await.done, 1);
    called("guest").await;
    set.fault(Faults { ignores: vec!["department".to_owned()], ..Faults::default() });
    let asked = set.run(false).await;
    assert_eq!((actions(&asked), asked.done), (vec![("update".to_owned(), 1)], 1));
    let steps = set.steps(asked.id, Some(ZoomStepState::Done)).await;
    assert_eq!(steps[0].ignored, [(Attribute::Department, String::new())]);
    let next = set.run(true).await;
    assert_eq!((actions(&next), next.totals.notes.get("ignored")), (vec![], Some(&1)), "{next:?}");
    let page = set.site.owner().await.get("/console/at/lincoln/zoom/provisioning/people").await.body;
    assert!(page.contains("<code>department</code>: <span class=\"quiet\">nothing</span>"), "{page}");
}

#[tokio::test]
async fn a_users_role_bundle_and_connection_stand_on_the_page() {
    let set = Set::new(8).await;
    let okta = set.site.connect(Product::Okta).await;
    assert_eq!(set.site.browser().sign_in(&set.site, &okta, &alice()).await.location(), Some("/me"));
    {
        let mut inside = set.stand_in.inside();
        let owner = inside.world.users.values().find(|user| user.role == "0").unwrap().clone();
        let email = "alice@district.example".to_owned();
        inside.world.add(User { email, role: "1", kind: "Licensed", ..owner });
    }
    count(&set).await;
    let filter = Filter::parse("alice@district.example").unwrap();
    let found = table::list(&set.site.gateway, &set.ctx(), (&slug(), &filter), (None, 10)).await.unwrap();
    assert_eq!(
        (found[0].bundle.as_deref(), found[0].bundle_name),
        (Some("64"), Some("Zoom United Business"))
    );
    let ours = found[0].ours.as_ref().unwrap();
    assert_eq!((ours.connections.as_slice(), ours.connection_names.len()), (&[okta.connection.id][..], 1));
    let mut owner = set.site.owner().await;
    let page = owner.get("/console/at/lincoln/zoom/inventory?show=alice@district.example").await;
    let connection = format!("signs in by {}", ours.connection_names[0]);
    for told in ["Administrator", "Zoom United Business", connection.as_str()] {
        assert!(page.body.contains(told), "{told}: {}", page.body);
    }
    assert!(page.body.contains("value=\"alice@district.example\""), "{}", page.body);
    // What a link has chosen is no address.
    for (show, told) in [
        ("wasted", "Wasted licences"),
        ("plan:licensed", "Licence: Licensed"),
        ("use:long_ago", "Use: Long ago"),
    ] {
        let page = owner.get(&format!("/console/at/lincoln/zoom/inventory?show={show}")).await.body;
        assert!(page.contains(&format!("Shown are only these: <strong>{told}</strong>")), "{show}: {page}");
        assert!(!page.contains(&format!("value=\"{show}\"")), "{show}: {page}");
    }
}

#[tokio::test]
async fn the_editor_says_what_zoom_takes_of_an_attribute() {
    let set = Set::new(3).await;
    let mut owner = set.site.owner().await;
    let page = owner.get("/console/at/lincoln/zoom/provisioning/settings").await;
    for (attribute, told) in [
        ("roles", "A job such as Teacher is none."),
        ("user_type", "Basic or Licensed."),
        ("phone", "+1 2015550123"),
        ("login_type", "Only the text sso"),
        ("display_name", "Zoom ignores later changes of it."),
    ] {
        let hint = page.between(&format!("id=\"hint_{attribute}\">"), "</p>");
        assert!(hint.contains(told), "{attribute}: {hint}");
        assert!(
            page.body.contains(&format!("aria-describedby=\"fields-hint hint_{attribute}\"")),
            "{attribute}"
        );
    }
    assert!(!page.body.contains("hint_department"), "nothing is said of what is as one would think");
    assert!(!page.body.contains("<code>custom:"), "no connection brings a field of one's own");
    let okta = set.site.connect(Product::Okta).await;
    let brings = r#"{"mapping": {"custom": {"grade": {"first_of": ["attribute:Grade"]}}}}"#;
    let merge = Some(serde_json::from_str(brings).unwrap());
    let input = Update { merge, ..Update::default() };
    update::update(&set.site.gateway, &set.ctx(), okta.connection.id, input).await.unwrap();
    let page = owner.get("/console/at/lincoln/zoom/provisioning/settings").await.body;
    assert!(page.contains("that your connections bring: <code>custom:grade</code>"), "{page}");
}

#[tokio::test]
async fn who_is_left_out_of_the_inventory_is_counted_by_itself() {
    let set = Set::new(120).await;
    let off = {
        let inside = set.stand_in.inside();
        inside.world.users.values().filter(|user| user.state == State::Inactive).count()
    };
    assert!(off > 0);
    let mut owner = set.site.owner().await;
    for leaves_out in [false, true] {
        set.settings(|settings| settings.leaves_inactive_out = leaves_out).await;
        set.site.clock.advance(60);
        count(&set).await;
        let page = owner.get("/console/at/lincoln/zoom/inventory").await;
        let told = format!("<dt>Left out, since switched off</dt><dd>{off}</dd>");
        assert_eq!(page.body.contains(&told), leaves_out, "{}", page.body);
    }
}

#[tokio::test]
async fn settings_are_tried_with_somebody_before_they_are_saved() {
    const PAGE: &str = "/console/at/lincoln/zoom/provisioning/settings";
    let set = Set::new(3).await;
    set.people(fresh(1)).await;
    let who = fresh(1).remove(0);
    let mut owner = set.site.owner().await;
    let form = owner.get(PAGE).await;
    let place = |how: &str| form.body.find(&format!("name=\"how\" value=\"{how}\"")).unwrap();
    assert!(place("enter") < place("try") && place("try") < place("save"), "the first is what Enter presses");
    let (token, version) = (token_of(&form), Cell::new("0"));
    let mut send = async |person: &str, how: &str, condition: &str| {
        let fields = [
            ("token", token.as_str()),
            ("version", version.get()),
            ("is_on", "on"),
            ("rule_id_0", ""),
            ("rule_name_0", "Our own"),
            ("rule_conditions_0", condition),
            ("source_user_name", "field"),
            ("value_user_name", "email"),
            ("source_given_name", "field"),
            ("value_given_name", "first_name"),
            ("source_family_name", "field"),
            ("value_family_name", "last_name"),
            ("source_department", "text"),
            ("value_department", "Arts"),
            ("every_hours", "24"),
            ("inventory_every_hours", "24"),
            ("inactive_days", "90"),
            ("person", person),
            ("how", how),
        ];
        owner.post(PAGE, &fields, From::ThisSite).await
    };
    let condition = "email ends @district.example";
    let tried = send(&who, "try", condition).await;
    assert_eq!(tried.status, 200, "{}", tried.body);
    let result = tried.between("<h2 id=\"preview\">", "</section>");
    let by_rule = "Comes in by the rule: <strong>Our own</strong>";
    let named = "Department <code class=\"quiet\">department</code>";
    for told in [by_rule, named, "Arts", "Nothing was saved"] {
        assert!(result.contains(told), "{told}: {result}");
    }
    assert!(tried.body.contains("value=\"Our own\"") && tried.body.contains("value=\"Arts\""), "it stays");
    let out = send(&who, "try", "email ends @elsewhere.example").await.body;
    assert!(out.contains("No rule means this person"), "{out}");
    let nobody = send("nobody@district.example", "try", condition).await;
    assert!(nobody.status == 200 && nobody.body.contains("Nobody here has this address"), "{}", nobody.body);
    let wrong = send(&who, "try", "email like x").await;
    assert!(wrong.status == 400 && wrong.body.contains("rule_conditions_0-problem"), "{}", wrong.body);
    assert!(!wrong.body.contains("Nobody here has this address"), "{}", wrong.body);
    let empty = send(" ", "try", condition).await;
    assert!(empty.status == 400 && empty.body.contains("Nothing is saved"), "{}", empty.body);
    let entered = send(&who, "enter", condition).await;
    assert!(entered.status == 200 && entered.body.contains("Nothing was saved"), "{}", entered.body);
    let saved = async || settings::show(&set.site.gateway, &set.ctx(), &slug()).await.unwrap();
    let before = saved().await;
    assert_eq!((before.version, before.settings), (0, Settings::default()));
    assert_eq!(send(&who, "save", condition).await.status, 303);
    assert_eq!((saved().await.version, saved().await.settings.rules.len()), (1, 1));
    version.set("1");
    assert_eq!(
        send("", "enter", "email ends @elsewhere.example").await.status,
        303,
        "with nobody to try it with"
    );
    let now = saved().await;
    assert_eq!(
        (now.version, &now.settings.rules[0].conditions[0].values[0]),
        (2, &"@elsewhere.example".to_owned())
    );
}
