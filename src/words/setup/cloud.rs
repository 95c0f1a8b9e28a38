//! Services for everybody.

use super::{Bring, Guide, Say, Value, attribute, attribute_as, choose, entry, step};

pub const OKTA: Guide = Guide {
    console: "Okta",
    steps: &[
        step("Applications > Create App Integration", Say::Create, &[choose("Sign-in method", "SAML 2.0")]),
        step(
            "Configure SAML > SAML Settings > General",
            Say::EnterValues,
            &[
                entry("Single sign-on URL", Value::AcsUrl),
                choose("Use this for Recipient URL and Destination URL", "✓"),
                entry("Audience URI (SP Entity ID)", Value::EntityId),
            ],
        ),
        step(
            "Configure SAML > SAML Settings > General",
            Say::NameId,
            &[
                entry("Name ID format", Value::NameId("EmailAddress")),
                choose("Application username", "Email"),
            ],
        ),
        step(
            "Configure SAML > Attribute Statements",
            Say::Attributes,
            &[
                attribute("email", "user.email"),
                attribute("firstName", "user.firstName"),
                attribute("lastName", "user.lastName"),
            ],
        ),
        step(
            "Configure SAML > Group Attribute Statements",
            Say::Groups,
            &[attribute("groups", "Matches regex .*")],
        ),
        step("Feedback", Say::Finish, &[choose("App type", "This is an internal app that we have created")]),
        step("Applications > {app} > Assignments > Assign", Say::Assign, &[]),
    ],
    bring: &[
        Bring::MetadataUrl("Applications > {app} > Sign On > Metadata details > Metadata URL"),
        Bring::Fields {
            sso_url: "Applications > {app} > Sign On > Metadata details > More details > Sign on URL",
            entity_id: "Applications > {app} > Sign On > Metadata details > More details > Issuer",
            certificate: "Applications > {app} > Sign On > Metadata details > More details > Signing Certificate",
        },
    ],
};

const ENTRA_BASIC: &str =
    "Enterprise applications > {app} > Single sign-on > Basic SAML Configuration > Edit";
const ENTRA_CLAIMS: &str = "Enterprise applications > {app} > Single sign-on > Attributes & Claims > Edit";

pub const ENTRA: Guide = Guide {
    console: "Microsoft Entra",
    steps: &[
        step(
            "Enterprise applications > New application > Create your own application",
            Say::CreateNamed,
            &[choose(
                "What are you looking to do with your application?",
                "Integrate any other application you don't find in the gallery (Non-gallery)",
            )],
        ),
        step("Enterprise applications > {app} > Single sign-on > SAML", Say::OpenSignOn, &[]),
        step(
            ENTRA_BASIC,
            Say::EnterValues,
            &[
                entry("Identifier (Entity ID)", Value::EntityId),
                entry("Reply URL (Assertion Consumer Service URL)", Value::AcsUrl),
                entry("Sign on URL (Optional)", Value::LoginUrl),
            ],
        ),
        step(
            ENTRA_CLAIMS,
            Say::DefaultClaims,
            &[
                entry("Unique User Identifier (Name ID)", Value::NameId("user.userprincipalname")),
                attribute_as(
                    "emailaddress",
                    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
                    "user.mail",
                ),
                attribute_as(
                    "givenname",
                    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
                    "user.givenname",
                ),
                attribute_as(
                    "surname",
                    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
                    "user.surname",
                ),
            ],
        ),
        step(
            "Enterprise applications > {app} > Single sign-on > Attributes & Claims > Edit > Add a group claim",
            Say::Groups,
            &[attribute_as(
                "Groups assigned to the application",
                "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
                "Group ID",
            )],
        ),
        step(
            "Enterprise applications > {app} > Single sign-on > SAML Certificates > Edit",
            Say::Sign,
            &[
                choose("Signing Option", "Sign SAML response and assertion"),
                choose("Signing Algorithm", "SHA-256"),
            ],
        ),
        step("Enterprise applications > {app} > Users and groups > Add user/group", Say::Assign, &[]),
    ],
    bring: &[
        Bring::MetadataUrl(
            "Enterprise applications > {app} > Single sign-on > SAML Certificates > App Federation Metadata Url",
        ),
        Bring::MetadataFile(
            "Enterprise applications > {app} > Single sign-on > SAML Certificates > Federation Metadata XML",
        ),
        Bring::Fields {
            sso_url: "Enterprise applications > {app} > Single sign-on > Set up > Login URL",
            entity_id: "Enterprise applications > {app} > Single sign-on > Set up > Microsoft Entra Identifier",
            certificate: "Enterprise applications > {app} > Single sign-on > SAML Certificates > Certificate (Base64)",
        },
    ],
};

const GOOGLE_METADATA: &str = "Apps > Web and mobile apps > {app} > Download metadata";

pub const GOOGLE: Guide = Guide {
    console: "Google Admin",
    steps: &[
        step("Apps > Web and mobile apps > Add app > Add custom SAML app", Say::CreateNamed, &[]),
        step(
            "Service provider details",
            Say::EnterValues,
            &[
                entry("ACS URL", Value::AcsUrl),
                entry("Entity ID", Value::EntityId),
                entry("Start URL", Value::LoginUrl),
                choose("Signed response", "✓"),
            ],
        ),
        step(
            "Service provider details",
            Say::NameId,
            &[
                entry("Name ID format", Value::NameId("EMAIL")),
                choose("Name ID", "Basic Information > Primary email"),
            ],
        ),
        step(
            "Attribute mapping > Add mapping",
            Say::Attributes,
            &[
                attribute("email", "Primary email"),
                attribute("firstName", "First name"),
                attribute("lastName", "Last name"),
            ],
        ),
        step(
            "Attribute mapping > Group membership (optional)",
            Say::Groups,
            &[attribute("groups", "Google groups")],
        ),
        step(
            "Apps > Web and mobile apps > {app} > User access",
            Say::AssignMayTake,
            &[choose("Service status", "ON")],
        ),
    ],
    bring: &[
        Bring::MetadataFile(GOOGLE_METADATA),
        Bring::Fields {
            sso_url: "Apps > Web and mobile apps > {app} > Download metadata > SSO URL",
            entity_id: "Apps > Web and mobile apps > {app} > Download metadata > Entity ID",
            certificate: "Apps > Web and mobile apps > {app} > Download metadata > Certificate",
        },
    ],
};

pub const ONELOGIN: Guide = Guide {
    console: "OneLogin",
    steps: &[
        step("Applications > Add App > SAML Custom Connector (Advanced)", Say::CreateNamed, &[]),
        step(
            "Applications > {app} > Configuration",
            Say::EnterValues,
            &[
                entry("Audience (EntityID)", Value::EntityId),
                entry("Recipient", Value::AcsUrl),
                entry("ACS (Consumer) URL Validator", Value::AcsUrlPattern),
                entry("ACS (Consumer) URL", Value::AcsUrl),
                entry("Login URL", Value::LoginUrl),
                choose("SAML initiator", "Service Provider"),
            ],
        ),
        step(
            "Applications > {app} > Configuration",
            Say::NameId,
            &[entry("SAML nameID format", Value::NameId("Email"))],
        ),
        step(
            "Applications > {app} > Parameters > Add",
            Say::Attributes,
            &[
                attribute("email", "Email"),
                attribute("firstName", "First Name"),
                attribute("lastName", "Last Name"),
                choose("Include in SAML assertion", "✓"),
            ],
        ),
        step("Applications > {app} > SSO", Say::Sign, &[choose("SAML Signature Algorithm", "SHA-256")]),
        step("Applications > {app} > Access > Roles", Say::Assign, &[]),
    ],
    bring: &[
        Bring::MetadataUrl("Applications > {app} > SSO > Issuer URL"),
        Bring::MetadataFile("Applications > {app} > More Actions > SAML Metadata"),
        Bring::Fields {
            sso_url: "Applications > {app} > SSO > SAML 2.0 Endpoint (HTTP)",
            entity_id: "Applications > {app} > SSO > Issuer URL",
            certificate: "Applications > {app} > SSO > X.509 Certificate > View Details",
        },
    ],
};

pub const JUMPCLOUD: Guide = Guide {
    console: "JumpCloud",
    steps: &[
        step(
            "SSO Applications > Add New Application > Custom Application",
            Say::CreateNamed,
            &[choose("Manage Single Sign-On (SSO)", "Configure SSO with SAML")],
        ),
        step(
            "SSO Applications > {app} > SSO",
            Say::EnterValues,
            &[
                // Free text: ours differs for each connection, and so nobody else has it.
                entry("IdP Entity ID", Value::LoginUrl),
                entry("SP Entity ID", Value::EntityId),
                entry("ACS URL", Value::AcsUrl),
                entry("Login URL", Value::LoginUrl),
                choose("Declare Redirect Endpoint", "✓"),
            ],
        ),
        step(
            "SSO Applications > {app} > SSO",
            Say::NameId,
            &[
                entry("SAMLSubject NameID", Value::NameId("email")),
                choose("Signature Algorithm", "RSA-SHA256"),
            ],
        ),
        step(
            "SSO Applications > {app} > SSO > User Attribute Mapping > Add attribute",
            Say::Attributes,
            &[
                attribute("email", "email"),
                attribute("firstName", "firstname"),
                attribute("lastName", "lastname"),
            ],
        ),
        step(
            "SSO Applications > {app} > SSO > Group Attributes > Include group attribute",
            Say::Groups,
            &[attribute("groups", "groups")],
        ),
        step("SSO Applications > {app} > User Groups", Say::Assign, &[]),
    ],
    bring: &[
        Bring::MetadataUrl("SSO Applications > {app} > SSO > JumpCloud Metadata > Copy Metadata URL"),
        Bring::MetadataFile("SSO Applications > {app} > SSO > JumpCloud Metadata > Export Metadata"),
        Bring::Fields {
            sso_url: "SSO Applications > {app} > SSO > IDP URL",
            entity_id: "SSO Applications > {app} > SSO > IdP Entity ID",
            certificate: "SSO Applications > {app} > IDP Certificate Valid > Download certificate",
        },
    ],
};

pub const PINGONE: Guide = Guide {
    console: "PingOne",
    steps: &[
        step("Applications > +", Say::CreateNamed, &[choose("Application Type", "SAML Application")]),
        step(
            "SAML Configuration > Manually Enter",
            Say::EnterValues,
            &[entry("ACS URLs", Value::AcsUrl), entry("Entity ID", Value::EntityId)],
        ),
        step(
            "Applications > {app} > Configuration > Edit",
            Say::Sign,
            &[choose("Signing Key", "Sign Assertion & Response"), choose("Signing Algorithm", "RSA_SHA256")],
        ),
        step(
            "Applications > {app} > Attribute Mappings",
            Say::NameId,
            &[entry("saml_subject", Value::NameId("User ID"))],
        ),
        step(
            "Applications > {app} > Attribute Mappings > Add",
            Say::Attributes,
            &[
                attribute("email", "Email Address"),
                attribute("firstName", "Given Name"),
                attribute("lastName", "Family Name"),
            ],
        ),
        step("Applications > {app} > Access", Say::Assign, &[]),
        step("Applications > {app}", Say::SwitchOn, &[]),
    ],
    bring: &[
        Bring::MetadataUrl("Applications > {app} > Configuration > Connection Details > IDP Metadata URL"),
        Bring::MetadataFile("Applications > {app} > Configuration > Download Metadata"),
        Bring::Fields {
            sso_url: "Applications > {app} > Configuration > Connection Details > Single Signon Service",
            entity_id: "Applications > {app} > Configuration > Connection Details > Issuer ID",
            certificate: "Applications > {app} > Configuration > Download Signing Certificate",
        },
    ],
};
