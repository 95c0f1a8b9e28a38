//! Further services for everybody, and whatever is not known.

use super::{Bring, Guide, Say, Value, attribute, choose, entry, step, told};

pub const DUO: Guide = Guide {
    console: "Duo",
    steps: &[
        step("Applications > SSO Settings > Authentication Sources", Say::NeedsSource, &[]),
        step("Applications > Protect an Application > Generic SAML Service Provider", Say::CreateNamed, &[]),
        step(
            "Applications > {app} > Service Provider",
            Say::EnterValues,
            &[
                entry("Entity ID", Value::EntityId),
                entry("Assertion Consumer Service (ACS) URL", Value::AcsUrl),
                entry("Service Provider Login URL", Value::LoginUrl),
            ],
        ),
        step(
            "Applications > {app} > SAML Response",
            Say::NameId,
            &[
                entry(
                    "NameID format",
                    Value::NameId("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"),
                ),
                choose("NameID attribute", "<Email Address>"),
            ],
        ),
        step(
            "Applications > {app} > SAML Response",
            Say::Sign,
            &[
                choose("Signature algorithm", "SHA256"),
                choose("Signing options", "Sign response, Sign assertion"),
            ],
        ),
        step(
            "Applications > {app} > SAML Response > Map attributes",
            Say::Attributes,
            &[
                attribute("email", "<Email Address>"),
                attribute("firstName", "<First Name>"),
                attribute("lastName", "<Last Name>"),
            ],
        ),
        step("Applications > {app} > User access", Say::Assign, &[]),
    ],
    bring: &[
        Bring::MetadataUrl("Applications > {app} > Metadata > Metadata URL"),
        Bring::MetadataFile("Applications > {app} > Downloads > SAML Metadata"),
        Bring::Fields {
            sso_url: "Applications > {app} > Metadata > Single Sign-On URL",
            entity_id: "Applications > {app} > Metadata > Entity ID",
            certificate: "Applications > {app} > Downloads > Certificate",
        },
    ],
};

const CYBERARK_SP: &str = "Apps & Widgets > Web Apps > {app} > Trust > Service Provider Configuration";

pub const CYBERARK: Guide = Guide {
    console: "CyberArk Identity",
    steps: &[
        step("Apps & Widgets > Web Apps > Add Web Apps > Custom > SAML", Say::CreateNamed, &[]),
        step(
            CYBERARK_SP,
            Say::EnterValues,
            &[
                entry("SP Entity ID", Value::EntityId),
                entry("Assertion Consumer Service (ACS) URL", Value::AcsUrl),
                choose("Recipient", "Same as ACS URL"),
                choose("Sign Response or Assertion", "Response"),
            ],
        ),
        step(CYBERARK_SP, Say::NameId, &[entry("NameID Format", Value::NameId("emailAddress"))]),
        step(
            "Apps & Widgets > Web Apps > {app} > SAML Response > Attributes > Add",
            Say::Attributes,
            &[
                attribute("email", "LoginUser.Email"),
                attribute("firstName", "LoginUser.FirstName"),
                attribute("lastName", "LoginUser.LastName"),
            ],
        ),
        step("Apps & Widgets > Web Apps > {app} > Permissions > Add", Say::Assign, &[]),
    ],
    bring: &[
        Bring::MetadataUrl(
            "Apps & Widgets > Web Apps > {app} > Trust > Identity Provider Configuration > Metadata > URL",
        ),
        Bring::Fields {
            sso_url: "Apps & Widgets > Web Apps > {app} > Trust > Identity Provider Configuration > Single Sign On URL",
            entity_id: "Apps & Widgets > Web Apps > {app} > Trust > Identity Provider Configuration > Issuer",
            certificate: "Apps & Widgets > Web Apps > {app} > Trust > Identity Provider Configuration > Signing Certificate",
        },
    ],
};

pub const RIPPLING: Guide = Guide {
    console: "Rippling",
    steps: &[
        step(
            "IT Management > Custom App > Create New App",
            Say::CreateNamed,
            &[choose("Type", "Single Sign-on (SAML)")],
        ),
        step(
            "IT Management > Custom App > {app} > Settings",
            Say::EnterValues,
            &[entry("ACS URL", Value::AcsUrl), entry("Service Provider Entity ID", Value::EntityId)],
        ),
        step(
            "IT Management > Custom App > {app} > Settings > Advanced SAML",
            Say::StandardNames,
            &[
                choose("Disable InResponseTo field in assertions for IdP initiated SSO", "Yes"),
                choose("Disable automatic standardization of attributes", "Yes"),
            ],
        ),
        step(
            "IT Management > Custom App > {app} > Settings > Advanced SAML",
            Say::NameId,
            &[entry("NameID", Value::NameId("Email"))],
        ),
        step(
            "IT Management > Custom App > {app} > Settings > SAML Attributes",
            Say::Attributes,
            &[
                attribute("email", "Email"),
                attribute("firstName", "First name"),
                attribute("lastName", "Last name"),
            ],
        ),
        step("IT Management > Custom App > {app} > Access rules", Say::Assign, &[]),
    ],
    bring: &[
        Bring::MetadataUrl("IT Management > Custom App > {app} > Settings > IdP Metadata URL"),
        Bring::MetadataFile("IT Management > Custom App > {app} > Settings > IdP Metadata"),
    ],
};

/// In the words that most consoles have.
pub const OTHER: Guide = Guide {
    console: "",
    steps: &[
        told(Say::AnyConsole, &[]),
        told(
            Say::EnterValues,
            &[
                entry("ACS URL, Single sign-on URL, Reply URL", Value::AcsUrl),
                entry("SP Entity ID, Audience, Identifier", Value::EntityId),
                entry("SP Metadata URL", Value::MetadataUrl),
                entry("Login URL", Value::LoginUrl),
            ],
        ),
        told(Say::NameId, &[entry("Name ID format", Value::NameId("emailAddress"))]),
        told(
            Say::Attributes,
            &[
                attribute("email", "Email"),
                attribute("firstName", "First name"),
                attribute("lastName", "Last name"),
            ],
        ),
        told(Say::Groups, &[attribute("groups", "Groups")]),
        told(Say::Sign, &[choose("Signature algorithm", "RSA-SHA256"), choose("Sign assertion", "✓")]),
        told(Say::Assign, &[]),
    ],
    bring: &[
        Bring::MetadataUrl("IdP Metadata URL"),
        Bring::MetadataFile("IdP Metadata"),
        Bring::Fields {
            sso_url: "Single Sign-On URL, Login URL, SSO URL",
            entity_id: "IdP Entity ID, Issuer",
            certificate: "X.509 Certificate, Signing Certificate",
        },
    ],
};
