//! What is usual: the names under which identity providers send what is known of a person.

use std::collections::BTreeMap;

use super::rule::{Mapping, Rule, Source};
use crate::directory::preset::Product;

const EMAIL: &[&str] = &[
    "email",
    "mail",
    "emailAddress",
    "email_address",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "urn:oid:0.9.2342.19200300.100.1.3",
];
const FIRST_NAME: &[&str] = &[
    "firstName",
    "first_name",
    "givenName",
    "given_name",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
    "urn:oid:2.5.4.42",
];
const LAST_NAME: &[&str] = &[
    "lastName",
    "last_name",
    "sn",
    "surname",
    "family_name",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
    "urn:oid:2.5.4.4",
];
const DISPLAY_NAME: &[&str] = &[
    "displayName",
    "display_name",
    "http://schemas.microsoft.com/identity/claims/displayname",
    "urn:oid:2.16.840.1.113730.3.1.241",
];
const USERNAME: &[&str] = &[
    "username",
    "user_name",
    "login",
    "uid",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
    "urn:oid:0.9.2342.19200300.100.1.1",
];
const GROUPS: &[&str] = &[
    "groups",
    "memberOf",
    "isMemberOf",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
    "http://schemas.xmlsoap.org/claims/Group",
    "urn:oid:1.3.6.1.4.1.5923.1.5.1.1",
];
const ROLES: &[&str] = &[
    "role",
    "roles",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.9",
];

/// The mapping of a connection to `product` whose administrator has set nothing. Names compare without regard to case,
/// so each stands here once. A product's own names come first.
#[must_use]
pub fn usual(product: Product) -> Mapping {
    let own = Own::of(product);
    let mut email = sources(own.email, EMAIL);
    email.push(Source::EmailNameId);
    let rule = |first_of| Some(Rule { first_of, ..Rule::default() });
    Mapping {
        email: rule(email),
        first_name: rule(sources(own.first_name, FIRST_NAME)),
        last_name: rule(sources(own.last_name, LAST_NAME)),
        display_name: rule(sources(&[], DISPLAY_NAME)),
        username: rule(sources(own.username, USERNAME)),
        external_id: None,
        groups: rule(sources(&[], GROUPS)),
        roles: rule(sources(own.roles, ROLES)),
        custom: own
            .custom
            .iter()
            .map(|(name, attribute)| {
                let rule = Rule { first_of: sources(&[attribute], &[]), ..Rule::default() };
                ((*name).to_owned(), rule)
            })
            .collect::<BTreeMap<_, _>>(),
        ..Mapping::default()
    }
}

fn sources(own: &[&str], usual: &[&str]) -> Vec<Source> {
    own.iter().chain(usual).map(|name| Source::Attribute((*name).to_owned())).collect()
}

/// The names that only one product has.
#[derive(Default)]
struct Own {
    email: &'static [&'static str],
    first_name: &'static [&'static str],
    last_name: &'static [&'static str],
    username: &'static [&'static str],
    roles: &'static [&'static str],
    custom: &'static [(&'static str, &'static str)],
}

impl Own {
    fn of(product: Product) -> Self {
        match product {
            // The sign-in name; the address may be missing.
            Product::Entra => Self {
                username: &["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"],
                ..Self::default()
            },
            Product::Clever => {
                Self { roles: &["user_type"], custom: &[("district_id", "district_id")], ..Self::default() }
            }
            Product::Canvas => Self { roles: &["canvas_roles"], ..Self::default() },
            Product::ClassLink => Self {
                email: &["OR:userEmail"],
                first_name: &["Given Name"],
                last_name: &["Family Name"],
                username: &["Login Id"],
                custom: &[
                    ("tenant_id", "Tenant ID"),
                    ("building_id", "Building ID"),
                    ("sourced_id", "OR:userSourcedId"),
                ],
                ..Self::default()
            },
            // eduPersonPrincipalName.
            Product::Shibboleth => {
                Self { username: &["urn:oid:1.3.6.1.4.1.5923.1.1.1.6"], ..Self::default() }
            }
            _ => Self::default(),
        }
    }
}
