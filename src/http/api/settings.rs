//! What stands in the settings of a connection and in its mapping, for the document: their JSON is the flow's to read, which
//! tells what is wrong with its place.
//!
//! # Design
//!
//! One schema for what is told and for what a change takes: of that everything may be left out, and null is the default
//! where there is one. The types of the flow ask for more, and how strictly messages are judged is the engine's, which knows
//! nothing of schemas; so it is written out here, and tests hold it to those types.

use std::borrow::Cow;

use gatepost_saml::policy::{MAX_CLOCK_SKEW_SECONDS, Relaxation};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::schema::{DomainText, ProductName};

macro_rules! objects {
    ($($(#[$doc:meta])* $name:ident ($generator:ident) $about:literal $members:tt;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "object", "description": $about, "additionalProperties": false, "properties": $members,
                })
            }
        }
    )*};
}

/// A word of these.
fn word(about: &str, words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words, "description": about })
}

/// A word of these; null is the default.
fn word_or_null(about: &str, words: &[&str]) -> Value {
    let words: Vec<_> = words.iter().copied().map(Value::from).chain([Value::Null]).collect();
    json!({ "type": ["string", "null"], "enum": words, "description": about })
}

/// A text; null is none.
fn text(about: &str) -> Value {
    json!({ "type": ["string", "null"], "description": about })
}

fn yes_or_no(about: &str) -> Value {
    json!({ "type": ["boolean", "null"], "description": about })
}

/// Several texts; null is none.
fn texts(about: &str) -> Value {
    json!({ "type": ["array", "null"], "items": { "type": "string" }, "description": about })
}

/// What `T` is, or null.
fn maybe<T: JsonSchema>(generator: &mut SchemaGenerator, about: &str) -> Value {
    json!({ "anyOf": [generator.subschema_for::<T>(), { "type": "null" }], "description": about })
}

fn relaxations() -> Vec<&'static str> {
    Relaxation::ALL.iter().map(|relaxation| relaxation.name()).collect()
}

/// Until when each is allowed.
fn days() -> Value {
    let day = json!({ "type": ["string", "null"], "format": "date" });
    let days: Map<String, Value> =
        relaxations().into_iter().map(|name| (name.to_owned(), day.clone())).collect();
    json!({
        "type": ["object", "null"], "additionalProperties": false, "properties": days,
        "description": "Until the end of which day (UTC) what `policy.relaxations` names is allowed; what is not named has no end.",
    })
}

fn first_of() -> Value {
    json!({
        "type": "array", "items": { "type": "string", "minLength": 1 },
        "description": "The first of these that has a value: `name_id`, `name_id:email` (if it is an address), \
            `attribute:NAME`, `constant:TEXT`. A rule without any maps the field to nothing.",
    })
}

objects! {
    /// The settings of a connection.
    ConnectionSettings(generator) "The settings of a connection. Of a change, everything may be left out; null is the default." {
        "product": generator.subschema_for::<ProductName>(),
        "sso_redirect_url": text("Where requests go by the Redirect binding."),
        "sso_post_url": text("Where requests go by the POST binding."),
        "is_request_signed": { "type": "boolean", "description": "Whether our requests are signed." },
        "subject": {
            "type": "string", "minLength": 1, "description": "What names a person: `name_id`, or `attribute:NAME`.",
        },
        "provisioning": word("Whether people are made at their first sign-in, or must be known.", &["create", "match_only"]),
        "policy": generator.subschema_for::<JudgingPolicy>(),
        "relaxations_until": days(),
        "accepted_audiences": {
            "type": "array", "items": { "type": "string" },
            "description": "Audiences that mean us, beside our entity ID.",
        },
        "session_end": word_or_null(
            "What `SessionNotOnOrAfter` does: our session ends then at the latest, or nothing.", &["cap", "ignore"],
        ),
        "mapping": maybe::<MappingRules>(generator, "What becomes of what is said about a person."),
        "link_by_email": yes_or_no("Whether a verified address that one person has leads to them when nothing else does."),
        "unverified_emails": word_or_null(
            "What becomes of addresses that are not verified; null: they are kept until the account has proved a domain, and \
             refused from then on.",
            &["keep", "refuse", "drop"],
        ),
        "email_domains": {
            "type": ["array", "null"], "items": generator.subschema_for::<DomainText>(),
            "description": "Which of the account's proved domains the identity provider may assert; null: all of them.",
        },
        "idp_initiated": word_or_null(
            "What a response leads to that answers no request of the browser: a request of our own, a sign-in, or nothing.",
            &["restart", "accept", "refuse"],
        ),
        "request_binding": word_or_null(
            "How requests travel; null: by Redirect if there is an address for it.", &["redirect", "post"],
        ),
        "force_authn": yes_or_no("Whether everybody proves anew who they are at each sign-in."),
        "authn_contexts": texts("Authentication contexts, one of which every sign-in must have; without any, any will do."),
        "metadata": maybe::<MetadataSource>(generator, "Where the identity provider's metadata is fetched; null: nowhere."),
        "asks_before_keys": yes_or_no("Whether keys that are new in the metadata wait for an owner's word."),
    };
    /// How strictly messages are judged.
    JudgingPolicy(_generator) "How strictly messages are judged." {
        "relaxations": {
            "type": "array", "items": { "type": "string", "enum": relaxations() },
            "description": "What is allowed beyond the strict profile.",
        },
        "clock_skew_seconds": {
            "type": "integer", "minimum": 0, "maximum": MAX_CLOCK_SKEW_SECONDS,
            "description": "By so much the identity provider's clock may differ.",
        },
        "max_validity_seconds": {
            "type": ["integer", "null"], "minimum": 0, "maximum": u32::MAX,
            "description": "For so long an assertion may be good.",
        },
    };
    /// Where metadata comes from.
    MetadataSource(_generator) "Where metadata comes from, and what vouches for it." {
        "url": { "type": "string", "minLength": 1, "description": "Its address." },
        "signed_by": texts("Certificates (base64 of their DER) of which one must have signed it; without any, it is trusted as TLS brings it."),
    };
    /// The rules of a mapping.
    MappingRules(generator) "What becomes of what is said about a person. A field without a rule, or with null, is mapped as is usual for the product." {
        "email": maybe::<MappingRule>(generator, "The email address."),
        "first_name": maybe::<MappingRule>(generator, "The first name."),
        "last_name": maybe::<MappingRule>(generator, "The last name."),
        "display_name": maybe::<MappingRule>(generator, "The whole name."),
        "username": maybe::<MappingRule>(generator, "The name that they sign in with."),
        "external_id": maybe::<MappingRule>(
            generator,
            "The platform's own id for them, where the identity provider knows it: leads to a person who is there already.",
        ),
        "groups": maybe::<MappingRule>(generator, "Their groups, all of them."),
        "roles": maybe::<MappingRule>(generator, "Roles on the platform, copied as they are."),
        "role_rules": {
            "type": ["array", "null"], "items": generator.subschema_for::<MappingRoleRule>(),
            "description": "Roles by condition: those of the account, and the platform's.",
        },
        "custom": {
            "type": ["object", "null"], "additionalProperties": maybe::<MappingRule>(generator, "A field."),
            "description": "Fields of the account's own, by name, with all their values.",
        },
        "required": texts("Fields without which nobody signs in: `email`, `custom.building`."),
        "may_grant_owner": yes_or_no("Whether a rule may make somebody an owner of the account."),
        "absent_groups": word_or_null(
            "What it means that no groups were sent: that there are none, or that what was known holds.", &["none", "unknown"],
        ),
    };
    /// A rule of a mapping.
    MappingRule(_generator) "Where a value comes from, and what is done to it: split, then capture, then case. A new rule needs `first_of`." {
        "first_of": first_of(),
        "split": text("Every value is several, with this between them."),
        "capture": text("A regular expression: a value becomes what its first group matched, or all that matched without a group; one that does not match is left out."),
        "case": word_or_null("What becomes of letters.", &["lower", "upper"]),
    };
    /// A role by condition.
    MappingRoleRule(_generator) "A role for those of whom one value fulfils the condition: give `equals` or `matches`." {
        "grant": {
            "type": "string", "description": "`member`, `admin` or `owner` of the account, or any of the platform's roles.",
        },
        "when": {
            "type": "string", "minLength": 1,
            "description": "What is looked at: `groups`, as they were mapped, or a source as in `first_of`.",
        },
        "equals": text("One of the values is this very text."),
        "matches": text("The whole of one of the values matches this regular expression."),
    };
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::directory::mapping::Mapping;
    use crate::directory::preset::Product;
    use crate::flow::connection::settings::Settings;

    /// With something at every place that settings have.
    fn all() -> Value {
        let mut all = serde_json::to_value(Settings::usual(Product::Okta)).unwrap();
        let rule = json!({ "first_of": ["attribute:mail"], "split": ";", "capture": "x", "case": "lower" });
        let grants = |condition: &str| json!({ "grant": "teacher", "when": "groups", condition: "x" });
        let mut mapping = json!({
            "custom": { "building": rule }, "required": ["email"], "may_grant_owner": true, "absent_groups": "unknown",
            "role_rules": [grants("equals"), grants("matches")],
        });
        let own = [
            "email",
            "first_name",
            "last_name",
            "display_name",
            "username",
            "external_id",
            "groups",
            "roles",
        ];
        for name in own {
            mapping[name] = rule.clone();
        }
        for (name, value) in [
            ("mapping", mapping),
            ("relaxations_until", json!({ "sha1": "2040-01-01" })),
            ("request_binding", json!("post")),
            ("unverified_emails", json!("keep")),
            ("metadata", json!({ "url": "https://idp.example/md", "signed_by": ["x"] })),
            ("asks_before_keys", json!(true)),
        ] {
            all[name] = value;
        }
        let read: Settings = serde_json::from_value(all.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), all, "nothing is left out");
        // A field more of either, and this is not compiled until it stands above.
        let Settings {
            product: _,
            sso_redirect_url: _,
            sso_post_url: _,
            is_request_signed: _,
            subject: _,
            provisioning: _,
            policy: _,
            relaxations_until: _,
            accepted_audiences: _,
            session_end: _,
            mapping,
            link_by_email: _,
            unverified_emails: _,
            email_domains: _,
            idp_initiated: _,
            request_binding: _,
            force_authn: _,
            authn_contexts: _,
            metadata: _,
            asks_before_keys: _,
        } = read;
        let Mapping {
            email: _,
            first_name: _,
            last_name: _,
            display_name: _,
            username: _,
            external_id: _,
            groups: _,
            roles: _,
            role_rules: _,
            custom: _,
            required: _,
            may_grant_owner: _,
            absent_groups: _,
        } = mapping;
        all
    }

    fn members(value: &Value) -> BTreeSet<String> {
        value.as_object().unwrap().keys().cloned().collect()
    }

    fn schema<T: JsonSchema>() -> Value {
        let mut generator = SchemaGenerator::default();
        T::json_schema(&mut generator).to_value()["properties"].clone()
    }

    #[test]
    fn the_schemas_have_what_the_types_have() {
        let all = all();
        assert_eq!(members(&schema::<ConnectionSettings>()), members(&all));
        assert_eq!(members(&schema::<JudgingPolicy>()), members(&all["policy"]));
        assert_eq!(members(&schema::<MetadataSource>()), members(&all["metadata"]));
        let mapping = &all["mapping"];
        assert_eq!(members(&schema::<MappingRules>()), members(mapping));
        assert_eq!(members(&schema::<MappingRule>()), members(&mapping["email"]));
        let of_roles: BTreeSet<_> =
            mapping["role_rules"].as_array().unwrap().iter().flat_map(members).collect();
        assert_eq!(members(&schema::<MappingRoleRule>()), of_roles);
    }

    #[test]
    fn words_are_those_that_the_types_know() {
        let (all, properties) = (all(), schema::<ConnectionSettings>());
        let mut tried = 0;
        for (name, property) in properties.as_object().unwrap() {
            let Some(words) = property["enum"].as_array() else { continue };
            let with = |word: &Value| {
                let mut settings = all.clone();
                settings[name] = word.clone();
                serde_json::from_value::<Settings>(settings)
            };
            let words: Vec<_> = words.iter().filter(|word| !word.is_null()).collect();
            for word in words.iter().copied() {
                assert!(with(word).is_ok(), "{name}: {word}");
            }
            // Serde says which there are.
            let said = with(&json!("-")).unwrap_err().to_string();
            assert_eq!(said.matches('`').count(), 2 * (words.len() + 1), "{name}: {said}");
            tried += 1;
        }
        assert_eq!(tried, 5);
    }
}
