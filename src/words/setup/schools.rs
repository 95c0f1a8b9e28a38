//! Services for schools.

use super::{Bring, Guide, Say, Value, attribute, choose, entry, step, told};

/// Clever makes the connector, by arrangement; the district then shares people with it.
pub const CLEVER: Guide = Guide {
    console: "Clever",
    steps: &[
        told(
            Say::AskClever,
            &[
                entry("ACS URL", Value::AcsUrl),
                entry("Entity ID", Value::EntityId),
                entry("Login URL", Value::LoginUrl),
                entry("NameID", Value::NameId("Clever ID")),
                choose("Signature algorithm", "SHA-256"),
                attribute("email", "email"),
                attribute("firstName", "first name"),
                attribute("lastName", "last name"),
                attribute("user_type", "user type"),
                attribute("district_id", "district id"),
            ],
        ),
        step("District dashboard > Applications > Add applications", Say::CreateNamed, &[]),
        step(
            "Connector dashboard",
            Say::PerDistrict,
            &[entry("ACS URL", Value::AcsUrl), entry("Entity ID", Value::EntityId)],
        ),
        step("District dashboard > Applications > {app} > Sharing", Say::ShareWithSchools, &[]),
    ],
    bring: &[Bring::Fields {
        sso_url: "Connector dashboard > IdP SSO URL",
        entity_id: "Connector dashboard > IdP Entity ID",
        certificate: "Connector dashboard > Certificate",
    }],
};

/// Canvas asks another identity provider itself: that one is who our connection is with.
pub const CANVAS: Guide = Guide {
    console: "Canvas",
    steps: &[
        step("Admin > Authentication > SAML", Say::FindBehindCanvas, &[]),
        told(
            Say::DoItThere,
            &[
                entry("ACS URL, Single sign-on URL, Reply URL", Value::AcsUrl),
                entry("SP Entity ID, Audience, Identifier", Value::EntityId),
                entry("SP Metadata URL", Value::MetadataUrl),
            ],
        ),
        told(Say::NameId, &[entry("Name ID format", Value::NameId("persistent"))]),
        told(
            Say::Attributes,
            &[
                attribute("email", "Email"),
                attribute("firstName", "First name"),
                attribute("lastName", "Last name"),
                attribute("canvas_roles", "Canvas roles"),
            ],
        ),
        told(Say::Assign, &[]),
    ],
    bring: &[
        Bring::MetadataUrl("Admin > Authentication > SAML > IdP Metadata URI"),
        Bring::Fields {
            sso_url: "Admin > Authentication > SAML > Log On URL",
            entity_id: "Admin > Authentication > SAML > IdP Entity ID",
            certificate: "X.509 Certificate",
        },
    ],
};

const CLASSLINK_EDIT: &str = "Management Console > Single Sign-On > SAML Console > {app} > Edit";

pub const CLASSLINK: Guide = Guide {
    console: "ClassLink",
    steps: &[
        step("Management Console > Single Sign-On > SAML Console > Add New", Say::CreateNamed, &[]),
        step(CLASSLINK_EDIT, Say::LoadMetadata, &[entry("Metadata URL", Value::MetadataUrl)]),
        step(
            CLASSLINK_EDIT,
            Say::CheckValues,
            &[entry("ACS", Value::AcsUrl), entry("Entity ID", Value::EntityId)],
        ),
        step(CLASSLINK_EDIT, Say::NameId, &[entry("NameID", Value::NameId("OR:userSourcedId"))]),
        step(
            "Management Console > Single Sign-On > SAML Console > {app} > Edit > Attribute Mapping",
            Say::Attributes,
            &[
                attribute("email", "Email"),
                attribute("firstName", "Given Name"),
                attribute("lastName", "Family Name"),
                attribute("role", "Role"),
                attribute("Tenant ID", "Tenant ID"),
                attribute("OR:userSourcedId", "OR:userSourcedId"),
            ],
        ),
        step(
            "Management Console > Single Sign-On > SAML Console > {app} > Edit > Overrides",
            Say::Sign,
            &[choose("Signature algorithm", "RSA_SHA256"), choose("Sign assertion", "✓")],
        ),
        step(
            "Management Console > Single Sign-On > SAML Console > {app} > Copy IDP Initiate Login URL",
            Say::AddTile,
            &[],
        ),
        step("Management Console > Applications > {app} > Assign", Say::Assign, &[]),
    ],
    bring: &[Bring::MetadataUrl(
        "Management Console > Single Sign-On > SAML Console > {app} > IDP Metadata URL",
    )],
};
