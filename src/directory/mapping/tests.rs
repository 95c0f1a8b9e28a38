//! What rules make of statements, and what they refuse to be.

use crate::base::Rng;
use crate::base::caller::Role;
use crate::directory::mapping::{
    Lineage, Mapped, Mapping, MappingErrors, Missing, Profile, Rules, WhoseWord, usual,
};
use crate::directory::preset::Product;
use crate::directory::statement::{Attribute, NameId, Statement};

const EMAIL_FORMAT: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const CONNECTION: &str = "conn_1";

fn sent(attributes: &[(&str, &[&str])]) -> Statement {
    let attributes = attributes.iter().map(|(name, values)| Attribute {
        name: (*name).to_owned(),
        friendly_name: None,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    });
    let name_id = NameId { value: "id-7".to_owned(), ..NameId::default() };
    Statement { name_id: Some(name_id), attributes: attributes.collect() }
}

fn rules(json: &str) -> Rules {
    Rules::check(&Mapping::read(json).unwrap(), Product::Other).unwrap()
}

fn wrong(json: &str) -> String {
    let checked = Mapping::read(json).and_then(|mapping| Rules::check(&mapping, Product::Other));
    checked.map(drop).unwrap_err().to_string()
}

fn map(json: &str, statement: &Statement) -> (Lineage, Mapped) {
    let (lineage, mapped) = rules(json).apply(statement);
    (lineage, mapped.unwrap())
}

fn profile(json: &str, statement: &Statement) -> Profile {
    map(json, statement).1.onto(None, CONNECTION).0
}

fn usual_profile(product: Product, statement: &Statement) -> Profile {
    let rules = Rules::check(&Mapping::default(), product).unwrap();
    rules.apply(statement).1.unwrap().onto(None, CONNECTION).0
}

#[test]
fn the_usual_names_are_known_whatever_their_case() {
    let microsoft = usual_profile(
        Product::Entra,
        &sent(&[
            ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname", &["Maya"]),
            ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname", &[" Lindqvist "]),
            ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", &["maya@school.edu"]),
            ("http://schemas.microsoft.com/ws/2008/06/identity/claims/groups", &["g1", "", "g2", "g1"]),
            ("http://schemas.microsoft.com/ws/2008/06/identity/claims/role", &["Teacher"]),
        ]),
    );
    assert_eq!(microsoft.name().as_deref(), Some("Maya Lindqvist"));
    assert_eq!(microsoft.email, None, "no mailbox");
    assert_eq!(microsoft.username.as_deref(), Some("maya@school.edu"));
    assert_eq!(microsoft.groups, Some(vec!["g1".to_owned(), "g2".to_owned()]));
    assert_eq!(microsoft.roles, ["Teacher"]);
    for (name, value) in [("EMAIL", "a@x.org"), ("Mail", "b@x.org"), ("emailaddress", "c@x.org")] {
        let profile = usual_profile(Product::Other, &sent(&[(name, &["", value, "z@x.org"])]));
        assert_eq!(profile.email.as_deref(), Some(value), "{name}");
    }
    let clever = usual_profile(
        Product::Clever,
        &sent(&[("user_type", &["student"]), ("district_id", &["d7"]), ("first_name", &["Dmitri"])]),
    );
    assert_eq!((clever.email, clever.roles), (None, vec!["student".to_owned()]));
    assert_eq!(clever.custom["district_id"], ["d7"]);
    let class_link = usual_profile(
        Product::ClassLink,
        &sent(&[("Given Name", &["Maya"]), ("Login Id", &["mlind"]), ("Building ID", &["12", "14"])]),
    );
    assert_eq!(class_link.first_name.as_deref(), Some("Maya"));
    assert_eq!(class_link.custom["building_id"], ["12", "14"]);
    for &product in Product::ALL {
        assert!(Rules::check(&Mapping::default(), product).is_ok(), "{product}");
        assert!(usual(product).email.is_some());
    }
}

#[test]
fn a_friendly_name_counts_when_no_name_does() {
    let mut statement = sent(&[("urn:oid:1.2.3.4", &["maya@x.org"])]);
    statement.attributes[0].friendly_name = Some("Mail".to_owned());
    let (lineage, mapped) = map("{}", &statement);
    assert_eq!(mapped.email.as_deref(), Some("maya@x.org"));
    let field = &lineage.fields[0];
    assert_eq!((field.field.as_str(), field.source.as_str()), ("email", "attribute:mail"));
    assert_eq!(field.attribute.as_deref(), Some("urn:oid:1.2.3.4"));
    assert_eq!((field.rule.as_str(), &field.sent), ("usual.email.first_of[1]", &None));
    statement.attributes.push(Attribute {
        name: "MAIL".to_owned(),
        friendly_name: None,
        values: vec!["other@x.org".to_owned()],
    });
    assert_eq!(map("{}", &statement).1.email.as_deref(), Some("other@x.org"), "a name goes first");
}

#[test]
fn a_name_id_is_an_address_when_it_says_or_looks_so() {
    let mut statement = sent(&[]);
    assert_eq!(map("{}", &statement).1.email, None);
    statement.name_id.as_mut().unwrap().value = " Maya@x.org ".to_owned();
    assert_eq!(map("{}", &statement).1.email.as_deref(), Some("Maya@x.org"));
    statement.name_id =
        Some(NameId { value: "maya".to_owned(), format: Some(EMAIL_FORMAT.to_owned()), ..NameId::default() });
    assert_eq!(map("{}", &statement).1.email.as_deref(), Some("maya"));
    statement.name_id = None;
    assert_eq!(map("{}", &statement).1.email, None);
}

#[test]
fn values_are_split_captured_and_cased_in_this_order() {
    let json = r#"{
        "email": {"first_of": ["attribute:none", "name_id"], "case": "lower"},
        "username": {"first_of": ["attribute:upn"], "capture": "^(?:[A-Z]+\\\\)?([^@]+)@"},
        "custom": {
            "building": {"first_of": ["attribute:b"], "split": ";", "case": "upper"},
            "grade": {"first_of": ["attribute:dn"], "split": ",", "capture": "(?i)ou=grade (\\d+)"},
            "source": {"first_of": ["constant:clever"]}
        }}"#;
    let statement = sent(&[
        ("upn", &["nobody", "DOM\\maya@x.org"]),
        ("b", &["lin; jef;;lin", " mad "]),
        ("dn", &["CN=Maya,OU=Grade 7,OU=Students", "CN=x"]),
    ]);
    let profile = profile(json, &statement);
    assert_eq!(profile.email.as_deref(), Some("id-7"));
    assert_eq!(profile.username.as_deref(), Some("maya"));
    assert_eq!(profile.custom["building"], ["LIN", "JEF", "MAD"]);
    assert_eq!(profile.custom["grade"], ["7"]);
    assert_eq!(profile.custom["source"], ["clever"]);
    let (lineage, _) = map(json, &statement);
    let building = lineage.fields.iter().find(|field| field.field == "custom.building").unwrap();
    assert_eq!(building.rule, "mapping.custom.building.first_of[0]");
    assert_eq!(building.sent.as_ref().unwrap(), &["lin; jef;;lin", "mad"]);
}

#[test]
fn a_rule_takes_the_place_of_the_usual_and_may_map_to_nothing() {
    let statement = sent(&[("email", &["a@x.org"]), ("workEmail", &["b@x.org"]), ("role", &["teacher"])]);
    let json = r#"{"email": {"first_of": ["attribute:workemail"]}, "roles": {"first_of": []}}"#;
    let mapped = profile(json, &statement);
    assert_eq!(mapped.email.as_deref(), Some("b@x.org"));
    assert!(mapped.roles.is_empty());
    assert_eq!(profile(json, &sent(&[("email", &["a@x.org"])])).email, None);
}

#[test]
fn what_is_required_and_missing_is_explained_by_names() {
    let missing =
        |json: &str, statement: &Statement| -> Missing { rules(json).apply(statement).1.unwrap_err() };
    let json = r#"{"required": ["email"]}"#;
    let Missing { wanted, found } = missing(json, &sent(&[("uid", &["maya"]), ("mail", &[" "])]));
    assert!(wanted.starts_with("email from attribute:email, attribute:mail, "), "{wanted}");
    assert_eq!(found, "only uid, mail (empty)");
    assert!(!found.contains("maya"), "no values");
    assert_eq!(missing(json, &sent(&[])).found, "no attributes at all");
    let json = r#"{"custom": {"grade": {"first_of": ["attribute:dn"], "capture": "ou=(\\d)"}}, "required": ["custom.grade"]}"#;
    let found = missing(json, &sent(&[("dn", &["cn=x"])])).found;
    assert_eq!(found, "attribute:dn, but nothing of it fits mapping.custom.grade");
    let json = r#"{"required": ["groups"]}"#;
    assert_eq!(missing(json, &sent(&[("email", &["a@x.org"])])).found, "only email");
    assert!(rules(json).apply(&sent(&[("groups", &["g"])])).1.is_ok());
    assert!(rules(json).apply(&overage()).1.is_ok(), "too many to send is not none");
}

fn overage() -> Statement {
    let link = "https://graph.windows.net/t/users/u/getMemberObjects";
    sent(&[("http://schemas.microsoft.com/claims/groups.link", &[link]), ("role", &["teacher"])])
}

#[test]
fn groups_that_are_too_many_are_not_none() {
    let json = r#"{"role_rules": [
        {"grant": "admin", "when": "groups", "equals": "it"},
        {"grant": "editor", "when": "groups", "matches": "editors-.*"},
        {"grant": "grader", "when": "groups", "equals": "graders"}]}"#;
    let before = map(json, &sent(&[("groups", &["it", "editors-eu"])])).1.onto(None, CONNECTION);
    assert_eq!((before.1, before.0.roles.as_slice()), (Role::Admin, ["editor".to_owned()].as_slice()));
    let (lineage, mapped) = map(json, &overage());
    assert_eq!(lineage.notes[0].code, "groups_unknown");
    let after = mapped.onto(Some((&before.0, before.1)), CONNECTION);
    assert_eq!(after.1, Role::Admin);
    assert_eq!(after.0.roles, ["teacher", "editor"], "what does not hang on groups is new");
    assert_eq!(after.0.groups, before.0.groups);
    let first = mapped.onto(None, CONNECTION);
    assert_eq!((first.1, first.0.groups), (Role::Member, None), "nothing is granted by not knowing");

    let none = map(json, &sent(&[])).1.onto(Some((&before.0, before.1)), CONNECTION);
    assert_eq!((none.1, none.0.groups), (Role::Member, Some(Vec::new())), "none is none");
    let json = json.replacen('{', r#"{"absent_groups": "unknown","#, 1);
    let (lineage, mapped) = map(&json, &sent(&[]));
    assert_eq!(mapped.onto(Some((&before.0, before.1)), CONNECTION).1, Role::Admin);
    assert_eq!(lineage.notes[0].code, "groups_not_sent", "which is not for there being too many");
}

#[test]
fn roles_of_the_account_are_granted_by_rules_alone() {
    let copied = usual_profile(
        Product::Other,
        &sent(&[("role", &["owner", "Admin", "operator", "member", "teacher"])]),
    );
    assert_eq!(copied.roles, ["teacher"]);
    let (lineage, mapped) = map("{}", &sent(&[("role", &["owner"])]));
    assert_eq!(mapped.onto(None, CONNECTION).1, Role::Member);
    assert_eq!(lineage.notes[0].code, "role_reserved");

    let json =
        r#"{"role_rules": [{"grant": "admin", "when": "attribute:type", "matches": "staff|principal"}]}"#;
    let admin = |value: &str, before: Option<Role>| {
        let empty = Profile::default();
        let mapped = map(json, &sent(&[("type", &[value])])).1;
        mapped.onto(before.map(|role| (&empty, role)), CONNECTION).1
    };
    assert_eq!(admin("staff", None), Role::Admin);
    assert_eq!(admin("not-staff", None), Role::Member, "the whole value");
    assert_eq!(admin("staff ", None), Role::Admin, "values are trimmed");
    assert_eq!(admin("Staff", None), Role::Member);
    assert_eq!(admin("student", Some(Role::Admin)), Role::Member, "rules decide, so they take it back");
    assert_eq!(admin("student", Some(Role::Owner)), Role::Owner, "but not from an owner");
    let (empty, plain) = (Profile::default(), map("{}", &sent(&[])).1);
    assert_eq!(plain.onto(Some((&empty, Role::Admin)), CONNECTION).1, Role::Admin, "no rules, nothing taken");

    let owner = r#"{"may_grant_owner": true, "role_rules": [{"grant": "owner", "when": "groups", "equals": "heads"}]}"#;
    let heads = map(owner, &sent(&[("groups", &["heads"])])).1;
    assert_eq!(heads.onto(None, CONNECTION).1, Role::Owner);
    let others = map(owner, &sent(&[("groups", &["x"])])).1;
    assert_eq!(others.onto(Some((&empty, Role::Owner)), CONNECTION).1, Role::Member);
}

#[test]
fn what_was_not_sent_leaves_what_is_known() {
    let first =
        profile("{}", &sent(&[("email", &["a@x.org"]), ("firstName", &["Maya"]), ("role", &["teacher"])]));
    let again = map("{}", &sent(&[])).1;
    let (kept, _) = again.onto(Some((&first, Role::Member)), CONNECTION);
    assert_eq!(kept.first_name.as_deref(), Some("Maya"));
    assert_eq!(kept.email, None, "an address goes with the connection that gave it");
    assert!(kept.roles.is_empty());
    let (other, _) = again.onto(Some((&first, Role::Member)), "conn_2");
    assert_eq!(other.email, first.email);
    let imported = Profile { email: Some("p@x.org".to_owned()), ..Profile::default() };
    assert_eq!(again.onto(Some((&imported, Role::Member)), CONNECTION).0.email, imported.email);
    let same = map("{}", &sent(&[("email", &["p@x.org"])])).1;
    let (unchanged, _) = same.onto(Some((&imported, Role::Member)), CONNECTION);
    let kept = (unchanged.email, unchanged.email_from);
    assert_eq!(kept, (imported.email.clone(), None), "not written for nothing");
    let heard = imported.clone().hears("p@x.org", "conn_2");
    for (from, said_by) in [(CONNECTION, Some("conn_2")), ("conn_2", None)] {
        let (after, _) = again.onto(Some((&heard, Role::Member)), from);
        assert_eq!((after.said_by().next(), &after.email), (said_by, &imported.email), "after {from}");
    }
    // Who else says it is kept for as long as whoever gave it says the same.
    let both = first.clone().hears("a@x.org", "conn_2");
    for (sent_now, said_by) in
        [(&["A@x.org"][..], &[CONNECTION, "conn_2"][..]), (&["b@x.org"], &[CONNECTION]), (&[], &[])]
    {
        let (after, _) =
            map("{}", &sent(&[("email", sent_now)])).1.onto(Some((&both, Role::Member)), CONNECTION);
        assert_eq!(after.said_by().collect::<Vec<_>>(), said_by, "{sent_now:?}");
    }
    // Whoever was invited can be written to still, though their identity provider writes the address otherwise.
    let otherwise = map("{}", &sent(&[("email", &["P@X.org"])])).1;
    let (owner, _) = otherwise.onto(Some((&imported, Role::Owner)), CONNECTION);
    assert_eq!((owner.entered(), owner.email_from.as_deref()), (Some("p@x.org"), None));
    let (own, _) = otherwise.onto(Some((&first, Role::Member)), CONNECTION);
    let (anew, _) = same.onto(Some((&own, Role::Member)), CONNECTION);
    assert_eq!(anew.email.as_deref(), Some("p@x.org"), "who wrote it writes it anew");
}

#[test]
fn whose_word_an_external_id_is_is_known() {
    let json = r#"{"external_id": {"first_of": ["attribute:sis"]}}"#;
    let known = Profile { external_id_by: WhoseWord::Entered, ..Profile::default() };
    let by = |attributes: &[(&str, &[&str])]| {
        map(json, &sent(attributes)).1.onto(Some((&known, Role::Member)), CONNECTION).0.external_id_by
    };
    assert_eq!((by(&[]), by(&[("sis", &["7"])])), (WhoseWord::Entered, WhoseWord::Said));
}

#[test]
fn errors_name_the_rule() {
    for (json, expected) in [
        ("[]", "mapping: it must be a JSON object"),
        ("{", "mapping: it is not JSON"),
        (r#"{"e_mail": {"first_of": []}}"#, "mapping.e_mail: there is no such field"),
        (r#"{"email": {"firstof": []}}"#, "mapping.email: there is no field \"firstof\""),
        (r#"{"email": {"first_of": ["mail"]}}"#, "mapping.email: \"mail\" is no source"),
        (r#"{"email": {"first_of": ["attribute: "]}}"#, "mapping.email: \"attribute: \" is no source"),
        (r#"{"email": {"first_of": [], "case": "title"}}"#, "mapping.email: there is no value \"title\""),
        (
            r#"{"email": {"first_of": [], "capture": "("}}"#,
            "mapping.email.capture: it is no regular expression",
        ),
        (
            r#"{"email": {"first_of": [], "capture": "(a)(b)"}}"#,
            "mapping.email.capture: it may have one group",
        ),
        (
            r#"{"email": {"first_of": [], "capture": "(\\w{1,999}){999}"}}"#,
            "mapping.email.capture: it grows too large",
        ),
        (r#"{"email": {"first_of": [], "split": ""}}"#, "mapping.email.split: it has 1 to 16"),
        (r#"{"custom": {"a b": {"first_of": []}}}"#, "mapping.custom.a b: a name has"),
        (r#"{"required": ["custom.x"]}"#, "mapping.required[0]: \"custom.x\" is no field"),
        (r#"{"required": ["external_id"]}"#, "mapping.required[0]: \"external_id\" is no field"),
        (r#"{"role_rules": [{"grant": "x", "when": "groups"}]}"#, "mapping.role_rules[0]: it needs either"),
        (
            r#"{"role_rules": [{"grant": "x", "when": "groups", "equals": "a", "matches": "b"}]}"#,
            "mapping.role_rules[0]: it needs either",
        ),
        (
            r#"{"role_rules": [{"grant": "x", "when": "groups", "matches": "a)|(?:b"}]}"#,
            "mapping.role_rules[0].matches: it is no regular expression: unopened group",
        ),
        (
            r#"{"role_rules": [{"grant": "owner", "when": "groups", "equals": "a"}]}"#,
            "mapping.role_rules[0].grant: an identity provider makes nobody an owner",
        ),
        (
            r#"{"may_grant_owner": true, "role_rules": [{"grant": "Operator", "when": "groups", "equals": "a"}]}"#,
            "mapping.role_rules[0].grant: no identity provider makes anybody an operator",
        ),
        (
            r#"{"role_rules": [{"grant": "Admin", "when": "groups", "equals": "a"}]}"#,
            "mapping.role_rules[0].grant: the roles of an account are written",
        ),
        (
            r#"{"groups": {"first_of": []}, "role_rules": [{"grant": "x", "when": "groups", "equals": "a"}]}"#,
            "mapping.role_rules[0].when: no groups are mapped",
        ),
        (
            r#"{"email": {"first_of": ["attribute:mail", "constant:head@school.edu"]}}"#,
            "mapping.email.first_of[1]: a text that is the same for everybody",
        ),
        (
            r#"{"external_id": {"first_of": ["constant:admin-7"]}}"#,
            "mapping.external_id.first_of[0]: a text that is the same for everybody",
        ),
    ] {
        let said = wrong(json);
        assert!(said.starts_with(expected), "{json}: {said}");
    }
    let several =
        r#"{"email": {"first_of": [], "split": ""}, "first_name": {"first_of": [], "capture": "["}}"#;
    assert_eq!(wrong(several).lines().count(), 2, "all at once");
}

/// They are kept for as long as people sign in by the connection, and made ready before the first one does.
#[test]
fn the_patterns_of_a_mapping_are_bounded_together() {
    let of = |rules: usize, pattern: &str| {
        let rules: Vec<_> = (0..rules)
            .map(|number| {
                let grant = format!("r{number}");
                serde_json::json!({ "grant": grant, "when": "name_id", "matches": pattern })
            })
            .collect();
        Rules::check(
            &Mapping::read(&serde_json::json!({ "role_rules": rules }).to_string()).unwrap(),
            Product::Other,
        )
    };
    let errors = of(200, r"a1\w{9}").unwrap_err().0;
    let [error] = errors.as_slice() else { panic!("{errors:?}") };
    assert_eq!(error.path, "mapping.role_rules[8].matches");
    assert!(error.to_string().contains("too large together"), "{error}");
    // What takes long to find out is not found out for each of two hundred.
    let errors = of(200, r"\w{99}").unwrap_err().0;
    assert!(errors.len() < 20, "{errors:?}");
    for usual in ["(?i)staff-.*", r"CN=Teachers-\d+,OU=Groups,DC=lincoln,DC=example"] {
        of(200, usual).unwrap();
    }
    of(30, r"\w+").unwrap();
    assert_eq!(of(8, r"a1\w{9}").unwrap().weight(), 1 << 21, "what they weigh is known");
    assert!(of(8, "a1").unwrap().weight() < 1 << 17);
}

/// As after an upgrade to a program that refuses what it took before.
#[test]
fn what_is_stored_is_used_as_it_was_written() {
    let rule = |number: usize| {
        let grant = format!("r{number}");
        serde_json::json!({ "grant": grant, "when": "name_id", "matches": r"a1\w{9}" })
    };
    let many = serde_json::json!({ "role_rules": (0..20).map(rule).collect::<Vec<_>>() }).to_string();
    for json in [many.as_str(), r#"{ "external_id": { "first_of": ["constant:x"] } }"#] {
        assert!(!wrong(json).is_empty());
        Rules::check_stored(&Mapping::read(json).unwrap(), Product::Other).unwrap();
    }
    let broken = Mapping::read(r#"{ "email": { "first_of": ["name_id"], "capture": "[" } }"#).unwrap();
    assert!(Rules::check_stored(&broken, Product::Other).is_err(), "what nobody could use");
}

#[test]
fn a_pattern_names_letters_of_any_script() {
    for pattern in [r"\p{L}+", r"\p{Lu}\p{Ll}*", r"\p{Greek}", r"\p{Alphabetic}"] {
        rules(
            &serde_json::json!({ "username": { "first_of": ["name_id"], "capture": pattern } }).to_string(),
        );
    }
    // Tests are built with them anyhow, by what else they need; the program must be as well.
    let manifest = include_str!("../../../Cargo.toml");
    let line = manifest.lines().find(|line| line.starts_with("regex = ")).unwrap();
    assert!(line.contains("\"unicode\""), "{line}");
}

#[test]
fn a_mapping_reads_back() {
    let json = r#"{"email":{"first_of":["attribute:mail","name_id:email","constant:x@y.z"],"split":",","capture":"(.*)","case":"lower"},"role_rules":[{"grant":"admin","when":"groups","equals":"it"},{"grant":"t","when":"attribute:type","matches":"a|b"}],"custom":{"x":{"first_of":["name_id"]}},"required":["email"],"may_grant_owner":true,"absent_groups":"unknown"}"#;
    let mapping = Mapping::read(json).unwrap();
    assert_eq!(serde_json::to_string(&mapping).unwrap(), json);
    assert_eq!(serde_json::from_str::<Mapping>(json).unwrap(), mapping, "as it is stored");
    assert_eq!(serde_json::to_string(&Mapping::default()).unwrap(), r#"{"custom":{}}"#);
    assert!(serde_json::from_str::<Mapping>(r#"{"emial":null}"#).is_err());
}

#[test]
fn the_example_of_the_documents_holds() {
    let document = include_str!("../../../docs/platform.md");
    let example = document.split("```json\n").find(|part| part.contains("role_rules")).unwrap();
    let rules = rules(example.split("```").next().unwrap());
    let statement = sent(&[
        ("SIS_ID", &["4711"]),
        ("login", &["Maya@x.org"]),
        ("Building ID", &["12;14"]),
        ("groups", &["gatepost-admins"]),
        ("type", &["principal"]),
    ]);
    let mapped = rules.apply(&statement).1.unwrap();
    assert_eq!(mapped.external_id.as_deref(), Some("4711"));
    let (profile, role) = mapped.onto(None, CONNECTION);
    assert_eq!((profile.username.as_deref(), role), (Some("maya"), Role::Admin));
    assert_eq!((profile.custom["schools"].len(), profile.roles), (2, vec!["teacher".to_owned()]));
}

/// Texts that rules and statements are made of below: names that meet, values that nearly fit, and rubbish.
const WORDS: &[&str] = &[
    "",
    " ",
    "email",
    "mail",
    "groups",
    "Groups",
    "role",
    "admin",
    "owner",
    "a@b.org",
    "A;B;;c",
    "x\u{0}y",
    "ß",
    "İ",
    "ﬀ",
    "http://schemas.microsoft.com/claims/groups.link",
    "(a)",
    "[",
    "a|b",
    ".*",
    "^$",
    "(?i)x(\\d+)",
    "名前",
    "𝔘𝔫𝔦",
    "\u{202e}",
];

fn word(rng: &Rng) -> String {
    let [pick, repeat] = rng.bytes::<2>();
    let text = WORDS.get(usize::from(pick) % WORDS.len()).copied().unwrap_or_default();
    text.repeat(if repeat < 4 { 400 } else { 1 + usize::from(repeat % 2) })
}

fn words(rng: &Rng) -> Vec<String> {
    let [many] = rng.bytes::<1>();
    (0..many % 5).map(|_| word(rng)).collect()
}

fn rule(rng: &Rng) -> serde_json::Value {
    let [kind, parts] = rng.bytes::<2>();
    let sources: Vec<String> = words(rng)
        .into_iter()
        .map(|word| match kind % 4 {
            0 => "name_id".to_owned(),
            1 => "name_id:email".to_owned(),
            2 => format!("constant:{word}"),
            _ => format!("attribute:{word}"),
        })
        .collect();
    let mut rule = serde_json::json!({ "first_of": sources });
    for (bit, name, value) in [
        (1, "split", serde_json::json!(word(rng))),
        (2, "capture", serde_json::json!(word(rng))),
        (4, "case", serde_json::json!(if kind > 99 { "lower" } else { "upper" })),
    ] {
        if parts & bit != 0 {
            rule[name] = value;
        }
    }
    rule
}

#[test]
fn no_rule_and_no_statement_makes_it_fail() {
    let rng = Rng::seeded(4);
    let mut applied = 0;
    for _ in 0..2000 {
        let json = serde_json::json!({
            "email": rule(&rng), "groups": rule(&rng), "roles": rule(&rng), "custom": { "x": rule(&rng) },
            "role_rules": [{ "grant": word(&rng), "when": "groups", "matches": word(&rng) }],
            "absent_groups": "unknown",
        });
        let attributes = words(&rng).into_iter().map(|name| Attribute {
            friendly_name: words(&rng).pop(),
            values: words(&rng),
            name,
        });
        let statement = Statement {
            name_id: words(&rng).pop().map(|value| NameId { value, ..NameId::default() }),
            attributes: attributes.collect(),
        };
        let mut json = json;
        // Half of them without the rule that rarely holds.
        if rng.bytes::<1>() < [128] {
            json["role_rules"] = serde_json::json!([]);
        }
        let Ok(mapping) = Mapping::read(&json.to_string()) else { continue };
        let stored = serde_json::to_string(&mapping).unwrap();
        assert_eq!(Mapping::read(&stored).as_ref(), Ok(&mapping), "what was read reads back");
        let checked: Result<Rules, MappingErrors> = Rules::check(&mapping, Product::Entra);
        let Ok(rules) = checked else { continue };
        let (lineage, mapped) = rules.apply(&statement);
        let (profile, role) = mapped.unwrap().onto(None, CONNECTION);
        assert_ne!(role, Role::Owner);
        assert!(profile.roles.iter().all(|role| !matches!(role.as_str(), "owner" | "admin")));
        let stored = serde_json::to_string(&(&profile, &lineage)).unwrap();
        let read: (Profile, Lineage) = serde_json::from_str(&stored).unwrap();
        assert_eq!(read, (profile, lineage));
        applied += 1;
    }
    assert!(applied > 100, "{applied}");
}
