//! Nothing personal and nothing that could be replayed stands in clear in the database: SQLite's files as they are, every row of every table on
//! PostgreSQL.

use gatepost::directory::preset::Product;
use gatepost_saml::mint::Person;

use crate::site::{Site, alice};

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[tokio::test]
async fn the_database_holds_nothing_in_clear() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let canvas = site.connect(Product::Canvas).await;
    let person = Person { last_name: "Archer-Diaz-Unmistakable".to_owned(), ..alice() };
    let mut browser = site.browser();
    let pending = browser.start(&okta).await;
    let message = site.answer(&okta, &person, Some(&pending.request_id), |_| {});
    assert_eq!(browser.bring(&okta, &message, Some(&pending.relay_state)).await.location(), Some("/me"));
    browser.sign_in(&site, &canvas, &person).await;
    // A refused one, whose message is kept too.
    let late = site.answer(&okta, &person, Some("_unknown"), |_| {});
    browser.bring(&okta, &late, None).await;
    assert_eq!(site.count("SELECT COUNT(*) FROM attempt_messages").await, 3);

    let answer = browser.get("/session/token").await;
    let jwt: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let jwt = jwt["token"].as_str().unwrap();
    let (jwt_said, jwt_signature) = (jwt.split('.').nth(1).unwrap(), jwt.rsplit('.').next().unwrap());
    let token = browser.session().unwrap();
    let raw_token = gatepost::base::encoding::from_base64url(&token).unwrap();
    let browser_token = browser.cookies["__Host-gatepost-browser"].0.clone();
    let (key, raw_key) = site.folder.master_key();
    let folded = person.email.to_uppercase();
    let secrets: [(&str, &[u8]); 17] = [
        ("email", person.email.as_bytes()),
        ("email in capitals", folded.as_bytes()),
        ("name", person.last_name.as_bytes()),
        ("persistent NameID", person.id.as_bytes()),
        ("group", b"Lincoln School"),
        ("browser", b"Firefox"),
        ("message", &message.as_bytes()[200..240]),
        ("message of a refusal", &late.as_bytes()[200..240]),
        ("private key", b"PRIVATE KEY"),
        // PKCS#8's head of a key on P-256, as it stands before the key itself in DER.
        ("private key, raw", &[0x02, 0x01, 0x01, 0x04, 0x20]),
        ("what a JWT says", jwt_said.as_bytes()),
        ("a JWT's signature", jwt_signature.as_bytes()),
        ("session token", token.as_bytes()),
        ("session token, raw", &raw_token),
        ("browser token", browser_token.as_bytes()),
        ("master key", key.as_bytes()),
        ("master key, raw", &raw_key),
    ];
    let everything = site.folder.dump().await;
    assert!(everything.len() > 10_000, "there is something to look at");
    for (what, secret) in secrets {
        let hex = secret.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        assert!(!contains(&everything, secret) && !contains(&everything, hex.as_bytes()), "{what}");
    }
    let codes: [&[u8]; 2] = [b"assertion_replayed", b"in_response_to_unknown"];
    assert!(codes.iter().any(|code| contains(&everything, code)), "codes are not secret");
}
