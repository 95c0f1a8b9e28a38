//! One sign-in.

use std::io::Result;

use gatepost_saml::mint::Seeded;
use serde::Deserialize;

use crate::http::{Answer, Connection};
use crate::target::{Target, now};

/// Where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// At Gatepost: a request goes out first.
    Request,
    /// At the identity provider's portal.
    Portal,
}

/// A browser that has been to the login page: its cookies, and the request that it carries.
pub struct Started {
    pub cookies: String,
    pub request: String,
}

/// Goes to the login page.
pub async fn start(
    target: &Target,
    connection: &mut Connection,
) -> Result<std::result::Result<Started, Answer>> {
    let answer = connection.ask("GET", &target.login_path(), "", None).await?;
    let mut request = None;
    let mut cookies = Vec::new();
    for (name, value) in answer.cookies() {
        if let Some((_, handle)) = name.split_once("gatepost-pending") {
            request = Some(handle.to_owned());
        }
        cookies.push(format!("{name}={value}"));
    }
    match request {
        Some(request) if answer.status == 200 => Ok(Ok(Started { cookies: cookies.join("; "), request })),
        _ => Ok(Err(answer)),
    }
}

/// A single sign-in at `node`, told as JSON.
pub async fn once(target: &Target, node: &str, way: Way) -> String {
    let mut connection = Connection::new(node, target.host());
    let seed = u64::try_from(now().micros()).expect("after 1970");
    let (mut random, number) = (Seeded::new(seed), seed);
    let (cookies, form) = match way {
        Way::Portal => (String::new(), target.form(number, &mut random, None)),
        Way::Request => match start(target, &mut connection).await.expect("an answer") {
            Ok(started) => {
                let form = target.form(number, &mut random, Some(&started.request));
                (started.cookies, form)
            }
            Err(answer) => return tell(&answer),
        },
    };
    let answer = connection.ask("POST", &target.acs_path(), &cookies, Some(&form)).await.expect("an answer");
    tell(&answer)
}

fn tell(answer: &Answer) -> String {
    serde_json::json!({
        "status": answer.status,
        "cookie": answer.session(),
        "reference": answer.reference(),
        "code": answer.code(),
    })
    .to_string()
}
