//! The REST API of provisioning into Zoom and of the inventory: what an operation says is what was done.

use gatepost::standin::world::State;
use serde_json::{Value, json};

use crate::api::{ask, problem, program, read};
use crate::browser::Browser;
use crate::site::ACCOUNT;
use crate::zoom_inventory::work;
use crate::zoom_provisioning::{Set, fresh};

const ZOOM: &str = "/api/v1/accounts/lincoln/zoom";
const SCOPES: &str = "zoom:read zoom:write zoom_provisioning:write users:read";

fn at(path: &str) -> String {
    format!("{ZOOM}/{path}")
}

async fn post(program: &mut Browser, path: &str, body: Option<&Value>) -> crate::browser::Answer {
    ask(program, ("POST", &at(path)), &[], body).await
}

/// Everybody is provisioned.
async fn switch_on(program: &mut Browser, account: &str) {
    let path = format!("/api/v1/accounts/{account}/zoom/provisioning");
    let mut settings = read(&program.get(&path).await)["settings"].clone();
    settings["toggles"]["is_on"] = json!(true);
    settings["rules"] = json!([{ "name": "Everybody" }]);
    let changed = ask(program, ("PUT", &path), &[("if-match", "*")], Some(&settings)).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
}

/// All of a list, two at a time.
async fn all(program: &mut Browser, path: &str) -> Vec<Value> {
    let (mut seen, mut address) = (Vec::new(), format!("{}{path}limit=2", at("")));
    loop {
        let answer = program.get(&address).await;
        assert_eq!(answer.status, 200, "{address}: {}", answer.body);
        let page = read(&answer);
        seen.extend(page["data"].as_array().unwrap().iter().cloned());
        let Some(cursor) = page["next_cursor"].as_str() else { return seen };
        address = format!("{}{path}limit=2&cursor={cursor}", at(""));
    }
}

#[tokio::test]
async fn settings_are_read_changed_and_tried() {
    let set = Set::new(5).await;
    let mut program = program(&set.site, Some(ACCOUNT), SCOPES).await;
    let before = program.get(&at("provisioning")).await;
    assert_eq!(before.header("etag"), Some("\"0\""));
    let mut new = read(&before)["settings"].clone();
    assert_eq!((&new["toggles"]["is_on"], &new["rules"]), (&json!(false), &json!([])));
    new["toggles"]["is_on"] = json!(true);
    new["rules"] = json!([{ "name": "New", "conditions": [
        { "field": "email", "is": "begins", "values": ["new0"] },
    ] }]);
    let path = at("provisioning");
    let put = ("PUT", path.as_str());
    problem(&ask(&mut program, put, &[], Some(&new)).await, 428, "condition_missing");
    let changed = ask(&mut program, put, &[("if-match", "\"0\"")], Some(&new)).await;
    assert_eq!((changed.status.as_u16(), changed.header("etag")), (200, Some("\"1\"")), "{}", changed.body);
    let told = read(&changed);
    assert!(
        told["next_run_at"].is_string() && !told["settings"]["rules"][0]["id"].as_str().unwrap().is_empty()
    );
    problem(&ask(&mut program, put, &[("if-match", "\"0\"")], Some(&new)).await, 412, "stale");
    let mut wrong = new.clone();
    wrong["mapping"]["rows"].as_array_mut().unwrap().pop();
    let told = problem(&ask(&mut program, put, &[("if-match", "*")], Some(&wrong)).await, 422, "invalid");
    assert!(told["detail"].as_str().unwrap().contains("family_name"), "{told}");
    wrong["toggles"]["may_fly"] = json!(true);
    let told = problem(&ask(&mut program, put, &[("if-match", "*")], Some(&wrong)).await, 422, "invalid");
    assert_eq!(told["errors"][0]["pointer"], "/toggles/may_fly", "{told}");
    let mut wrong = new.clone();
    wrong["toggles"]["most_percent"] = json!(101);
    let told = problem(&ask(&mut program, put, &[("if-match", "*")], Some(&wrong)).await, 422, "invalid");
    assert_eq!(told["errors"][0]["pointer"], "/toggles/most_percent", "{told}");

    set.people(fresh(2)).await;
    let users = read(&program.get(&format!("/api/v1/accounts/lincoln/users?email={}", fresh(1)[0])).await);
    let person = users["data"][0]["id"].as_str().unwrap();
    let tried = read(&post(&mut program, "provisioning/preview", Some(&json!({ "person": person }))).await);
    assert_eq!((&tried["rule"], &tried["values"]["given_name"]), (&json!("New"), &json!("Nia")), "{tried}");
    assert_eq!(tried["fields"]["email"][0], tried["values"]["user_name"]);
    new["rules"] = json!([]);
    new["mapping"]["rows"][2]["from"] = json!({ "field": "custom:nothing" });
    let wish = json!({ "person": person, "settings": new });
    let tried = read(&post(&mut program, "provisioning/preview", Some(&wish)).await);
    assert_eq!((&tried["rule"], &tried["values"]), (&Value::Null, &Value::Null));
    assert_eq!(tried["problem"], "missing");
    assert_eq!(
        read(&program.get(&at("provisioning")).await)["settings"]["rules"][0]["name"],
        "New",
        "tried only"
    );
}

#[tokio::test]
async fn a_run_is_planned_read_carried_out_and_its_people_listed() {
    let set = Set::new(12).await;
    set.people(fresh(4)).await;
    let mut program = program(&set.site, Some(ACCOUNT), SCOPES).await;
    let plan = json!({ "what": "plan" });
    let apply = json!({ "what": "apply" });
    let told = problem(&post(&mut program, "runs", Some(&apply)).await, 422, "invalid");
    assert!(told["detail"].as_str().unwrap().contains("switched off"), "{told}");
    switch_on(&mut program, ACCOUNT).await;
    // Asked twice under one name, it is one run.
    let (path, named) = (at("runs"), [("idempotency-key", "k")]);
    let made = ask(&mut program, ("POST", &path), &named, Some(&plan)).await;
    let again = ask(&mut program, ("POST", &path), &named, Some(&plan)).await;
    assert_eq!((made.status.as_u16(), &made.body), (201, &again.body), "{}", made.body);
    problem(&post(&mut program, "runs", Some(&plan)).await, 422, "invalid");
    let run = made.location().unwrap().to_owned();
    assert_eq!(read(&program.get(&run).await)["state"], "planning");
    assert!(set.work(&set.site.gateway).await);
    let planned = read(&program.get(&run).await);
    assert_eq!((&planned["state"], &planned["totals"]["actions"]["create"]), (&json!("planned"), &json!(4)));
    assert_eq!(set.count("POST scim2/Users"), 0);

    let id = planned["id"].as_str().unwrap().to_owned();
    let steps = all(&mut program, &format!("runs/{id}/steps?state=waiting&")).await;
    assert_eq!(steps.len(), 4);
    assert!(steps.iter().all(|step| step["kind"] == "create" && step["name"] == "Nia New"), "{steps:?}");
    let given = steps[0]["changes"].as_array().unwrap().iter().find(|one| one["attribute"] == "given_name");
    assert_eq!(given.unwrap()["to"], "Nia");
    let everything = all(&mut program, &format!("runs/{id}/steps?")).await;
    let file = program.get(&at(&format!("runs/{id}/file"))).await;
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(file.body.starts_with("number,what,state,"), "{}", file.body);
    assert_eq!(file.body.lines().count(), everything.len() + 1);

    // Zoom's administrator adds one of them by hand.
    {
        let mut inside = set.stand_in.inside();
        let user = inside.world.users.values().next().unwrap().clone();
        let user = gatepost::standin::world::User { email: fresh(4)[3].clone(), role: "2", ..user };
        inside.world.add(user);
    }
    let applied = read(&post(&mut program, &format!("runs/{id}/apply"), None).await);
    assert_eq!(applied["state"], "applying");
    assert!(applied["confirmed_by"].as_str().unwrap().starts_with("api_key:"));
    assert!(set.work(&set.site.gateway).await);
    let done = read(&program.get(&run).await);
    assert_eq!((&done["state"], &done["done"], &done["failed"]), (&json!("done"), &json!(3), &json!(1)));
    assert!(fresh(3).iter().all(|email| set.state_of(email) == Some(State::Active)));
    problem(&post(&mut program, &format!("runs/{id}/apply"), None).await, 422, "invalid");
    problem(&post(&mut program, &format!("runs/{id}/cancel"), None).await, 422, "invalid");

    let people = all(&mut program, "people?").await;
    assert_eq!(people.len(), 4);
    let (troubled, people): (Vec<_>, Vec<_>) = people.into_iter().partition(|one| !one["problem"].is_null());
    assert!(people.len() == 3 && people.iter().all(|one| one["zoom_id"].is_string()), "{people:?}");
    assert_eq!((troubled.len(), &troubled[0]["problem"]["code"]), (1, &json!("conflict")));
    assert_eq!(all(&mut program, "people?among=problems&").await, troubled);
    for (path, rows) in [("people/file", 4), ("people/file?among=problems", 1)] {
        let table = program.get(&at(path)).await;
        assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
        assert!(table.body.starts_with("person,name,email,"), "{}", table.body);
        assert_eq!(table.body.lines().count(), rows + 1, "{}", table.body);
        assert!(table.body.contains("conflict") && table.body.contains("in use in Zoom already"));
    }
    let steps = program.get(&format!("{run}/file")).await.body;
    assert!(steps.contains("in use in Zoom already"), "{steps}");
    let person = people[0]["person"].as_str().unwrap().to_owned();
    let told = read(&program.get(&at(&format!("people/{person}"))).await);
    assert_eq!((&told["standing"]["zoom_id"], &told["steps"][0]["run"]), (&people[0]["zoom_id"], &json!(id)));
    let one = read(&post(&mut program, &format!("people/{person}/retry"), None).await);
    let every = read(&post(&mut program, "people/retry", None).await);
    assert_eq!((&one["people"], &every["people"]), (&json!(1), &json!(1)));
    assert_eq!(set.site.count("SELECT COUNT(*) FROM zoom_queue").await, 2, "they two");

    let second = read(&post(&mut program, "runs", Some(&json!({ "what": "apply" }))).await);
    let cancelled =
        post(&mut program, &format!("runs/{}/cancel", second["id"].as_str().unwrap()), None).await;
    assert_eq!(read(&cancelled)["state"], "cancelled");
    let runs = all(&mut program, "runs?").await;
    let of_runs: Vec<_> = runs.iter().map(|run| (run["kind"].as_str(), run["state"].as_str())).collect();
    assert_eq!(of_runs, [(Some("apply"), Some("cancelled")), (Some("plan"), Some("done"))]);
}

#[tokio::test]
async fn what_zoom_refused_is_told_in_words_and_tried_again() {
    let set = Set::new(5).await;
    set.people(fresh(1)).await;
    let mut program = program(&set.site, Some(ACCOUNT), SCOPES).await;
    switch_on(&mut program, ACCOUNT).await;
    set.fault(gatepost::standin::fault::Faults { no_single_sign_on: true, ..Default::default() });
    let made = read(&post(&mut program, "runs", Some(&json!({ "what": "apply" }))).await);
    assert!(set.work(&set.site.gateway).await);
    let failed = read(&program.get(&at(&format!("runs/{}", made["id"].as_str().unwrap()))).await);
    assert_eq!(
        (&failed["state"], &failed["problem"]["code"]),
        (&json!("failed"), &json!("no_single_sign_on"))
    );
    assert!(failed["problem"]["about"].as_str().unwrap().contains("Single sign-on"), "{failed}");
    set.fault(gatepost::standin::fault::Faults::default());
    let made = read(&post(&mut program, "runs", Some(&json!({ "what": "apply" }))).await);
    assert!(set.work(&set.site.gateway).await);
    let done = read(&program.get(&at(&format!("runs/{}", made["id"].as_str().unwrap()))).await);
    assert_eq!((&done["state"], &done["done"]), (&json!("done"), &json!(1)));
}

#[tokio::test]
async fn zooms_users_are_counted_listed_and_taken_as_a_table() {
    let set = Set::new(30).await;
    let mut program = program(&set.site, Some(ACCOUNT), SCOPES).await;
    let made = post(&mut program, "inventories", None).await;
    assert_eq!(made.status, 201, "{}", made.body);
    problem(&post(&mut program, "inventories", None).await, 422, "invalid");
    let inventory = made.location().unwrap().to_owned();
    assert_eq!(read(&program.get(&inventory).await)["state"], "reading");
    assert!(work(&set, &set.site.gateway).await);
    let done = read(&program.get(&inventory).await);
    let report = &done["report"];
    assert_eq!((&done["state"], &report["users"]), (&json!("done"), &json!(30)), "{done}");
    assert!(report["bought"][0]["hosts"].is_u64() && report["days"][0]["day"].is_string(), "{report}");
    let everybody = all(&mut program, "users?").await;
    assert_eq!(everybody.len(), 30);
    let licensed = all(&mut program, "users?show=plan:licensed&").await;
    let counted: u64 =
        report["by_licence"]["licensed"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(u64::try_from(licensed.len()).unwrap(), counted);
    let email = everybody[3]["email"].as_str().unwrap().replace('+', "%2B");
    let found = all(&mut program, &format!("users?show={email}&")).await;
    assert_eq!((found.len(), &found[0]["email"]), (1, &everybody[3]["email"]));
    let file = program.get(&at("users/file?show=plan:licensed")).await;
    assert!(file.body.starts_with("email,name,zoom_id,"), "{}", file.body);
    assert_eq!(file.body.lines().count(), licensed.len() + 1);
    for wrong in ["users?show=gold", "users/file?show=gold"] {
        let told = problem(&program.get(&at(wrong)).await, 400, "bad_request");
        assert_eq!(told["errors"][0]["parameter"], "show");
    }
    set.site.clock.advance(60);
    assert_eq!(post(&mut program, "inventories", None).await.status, 201);
    let trend = all(&mut program, "inventories?").await;
    let states: Vec<_> = trend.iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["reading", "done"], "the newest first");
}

#[tokio::test]
async fn another_accounts_runs_are_not_there_and_each_scope_opens_its_own() {
    let set = Set::new(5).await;
    let mut own = program(&set.site, Some(ACCOUNT), SCOPES).await;
    set.people(fresh(1)).await;
    switch_on(&mut own, ACCOUNT).await;
    let run = read(&post(&mut own, "runs", Some(&json!({ "what": "plan" }))).await);
    let run = run["id"].as_str().unwrap().to_owned();
    let inventory = read(&post(&mut own, "inventories", None).await);
    let inventory = inventory["id"].as_str().unwrap().to_owned();
    let users = read(&own.get("/api/v1/accounts/lincoln/users").await);
    let person = users["data"][0]["id"].as_str().unwrap().to_owned();
    set.site.make_account("other", "Other").await;
    let mut other = program(&set.site, Some("other"), SCOPES).await;
    let mut all = program(&set.site, None, SCOPES).await;
    switch_on(&mut other, "other").await;
    for path in [
        format!("runs/{run}"),
        format!("runs/{run}/steps"),
        format!("runs/{run}/file"),
        format!("inventories/{inventory}"),
        format!("people/{person}"),
    ] {
        problem(&other.get(&at(&path)).await, 404, "not_found");
        problem(&other.get(&format!("/api/v1/accounts/other/zoom/{path}")).await, 404, "not_found");
        problem(&all.get(&format!("/api/v1/accounts/other/zoom/{path}")).await, 404, "not_found");
    }
    for path in [format!("runs/{run}/apply"), format!("runs/{run}/cancel"), format!("people/{person}/retry")]
    {
        let elsewhere = format!("/api/v1/accounts/other/zoom/{path}");
        problem(&ask(&mut all, ("POST", &elsewhere), &[], None).await, 404, "not_found");
    }
    assert_eq!(read(&own.get(&at(&format!("runs/{run}"))).await)["state"], "planning", "nobody touched it");

    let mut reader = program(&set.site, Some(ACCOUNT), "zoom:read").await;
    assert_eq!(reader.get(&at(&format!("runs/{run}"))).await.status, 200);
    for path in [format!("runs/{run}/cancel"), "people/retry".to_owned(), "inventories".to_owned()] {
        problem(&post(&mut reader, &path, None).await, 403, "forbidden");
    }
    let mut writer = program(&set.site, Some(ACCOUNT), "zoom:write").await;
    problem(&writer.get(&at("runs")).await, 403, "forbidden");
    problem(&post(&mut writer, "runs", Some(&json!({ "what": "apply" }))).await, 403, "forbidden");
}
