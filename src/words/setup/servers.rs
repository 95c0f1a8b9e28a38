//! Programs that schools run on servers of their own.

use super::{Bring, Guide, Say, Value, attribute, attribute_as, choose, entry, step};

pub const ADFS: Guide = Guide {
    console: "AD FS",
    steps: &[
        step(
            "AD FS Management > Relying Party Trusts > Add Relying Party Trust > Claims aware",
            Say::LoadMetadata,
            &[entry("Federation metadata address (host name or URL)", Value::MetadataUrl)],
        ),
        step(
            "AD FS Management > Relying Party Trusts > {app} > Properties",
            Say::CheckValues,
            &[
                entry("Identifiers > Relying party trust identifier", Value::EntityId),
                entry("Endpoints > SAML Assertion Consumer Endpoints > POST", Value::AcsUrl),
            ],
        ),
        step(
            "AD FS Management > Relying Party Trusts > {app} > Edit Access Control Policy",
            Say::AccessPolicy,
            &[choose("Access control policy", "Permit specific group")],
        ),
        step(
            "AD FS Management > Relying Party Trusts > {app} > Edit Claim Issuance Policy > Add Rule > Send LDAP Attributes as Claims",
            Say::ClaimRule,
            &[
                attribute_as(
                    "E-Mail Address",
                    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
                    "E-Mail-Addresses",
                ),
                attribute_as(
                    "Given Name",
                    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
                    "Given-Name",
                ),
                attribute_as(
                    "Surname",
                    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
                    "Surname",
                ),
            ],
        ),
        step(
            "AD FS Management > Relying Party Trusts > {app} > Edit Claim Issuance Policy > Add Rule > Transform an Incoming Claim",
            Say::NameIdRule,
            &[
                choose("Incoming claim type", "E-Mail Address"),
                choose("Outgoing claim type", "Name ID"),
                entry("Outgoing name ID format", Value::NameId("Email")),
            ],
        ),
        step(
            "Set-AdfsRelyingPartyTrust -TargetName \"{app}\" -SamlResponseSignature MessageAndAssertion",
            Say::Sign,
            &[choose("Secure hash algorithm", "SHA-256")],
        ),
    ],
    bring: &[
        Bring::MetadataUrl(
            "AD FS Management > Service > Endpoints > Metadata > /FederationMetadata/2007-06/FederationMetadata.xml",
        ),
        Bring::Fields {
            sso_url: "AD FS Management > Service > Endpoints > Token Issuance > /adfs/ls/",
            entity_id: "AD FS Management > AD FS > Edit Federation Service Properties > Federation Service identifier",
            certificate: "AD FS Management > Service > Certificates > Token-signing > View Certificate > Copy to File",
        },
    ],
};

pub const PINGFEDERATE: Guide = Guide {
    console: "PingFederate",
    steps: &[
        step(
            "Applications > SP Connections > Create Connection",
            Say::CreateNamed,
            &[choose("Connection Type", "Browser SSO Profiles, SAML 2.0")],
        ),
        step(
            "Applications > SP Connections > {app} > General Info",
            Say::EnterValues,
            &[entry("Partner's Entity ID (Connection ID)", Value::EntityId)],
        ),
        step(
            "Applications > SP Connections > {app} > Browser SSO > Protocol Settings > Assertion Consumer Service URL",
            Say::EnterValues,
            &[choose("Binding", "POST"), entry("Endpoint URL", Value::AcsUrl)],
        ),
        step(
            "Applications > SP Connections > {app} > Browser SSO > Assertion Creation > Attribute Contract",
            Say::NameId,
            &[entry("SAML_SUBJECT", Value::NameId("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"))],
        ),
        step(
            "Applications > SP Connections > {app} > Browser SSO > Assertion Creation > Attribute Contract > Extend the Contract",
            Say::Attributes,
            &[attribute("email", "mail"), attribute("firstName", "givenName"), attribute("lastName", "sn")],
        ),
        step(
            "Applications > SP Connections > {app} > Browser SSO > Protocol Settings > Signature Policy",
            Say::Sign,
            &[choose("Always sign assertion", "✓")],
        ),
        step("Applications > SP Connections > {app} > Activation & Summary", Say::SwitchOn, &[]),
    ],
    bring: &[
        Bring::MetadataFile("Applications > SP Connections > {app} > Select Action > Export Metadata"),
        Bring::Fields {
            sso_url: "/idp/SSO.saml2",
            entity_id: "System > Server > Protocol Settings > Federation Info > SAML 2.0 Entity ID",
            certificate: "Applications > SP Connections > {app} > Credentials > Digital Signature Settings > Signing Certificate",
        },
    ],
};

pub const SHIBBOLETH: Guide = Guide {
    console: "Shibboleth",
    steps: &[
        step(
            "conf/metadata-providers.xml",
            Say::LoadMetadata,
            &[entry("FileBackedHTTPMetadataProvider metadataURL", Value::MetadataUrl)],
        ),
        step(
            "conf/metadata-providers.xml",
            Say::CheckValues,
            &[
                entry("EntityDescriptor entityID", Value::EntityId),
                entry("AssertionConsumerService Location", Value::AcsUrl),
            ],
        ),
        step(
            "conf/attribute-filter.xml",
            Say::ReleaseAttributes,
            &[
                entry("PolicyRequirementRule xsi:type=\"Requester\"", Value::EntityId),
                attribute_as("mail", "urn:oid:0.9.2342.19200300.100.1.3", "mail"),
                attribute_as("givenName", "urn:oid:2.5.4.42", "givenName"),
                attribute_as("sn", "urn:oid:2.5.4.4", "sn"),
            ],
        ),
        step(
            "conf/attribute-filter.xml",
            Say::NameId,
            &[entry("eduPersonPrincipalName", Value::NameId("urn:oid:1.3.6.1.4.1.5923.1.1.1.6"))],
        ),
        step("conf/idp.properties", Say::WithoutEncryption, &[choose("idp.encryption.optional", "true")]),
        step("bin/reload-service.sh", Say::ReloadServices, &[]),
    ],
    bring: &[
        Bring::MetadataUrl("https://mdq.incommon.org/entities/"),
        Bring::MetadataFile("metadata/idp-metadata.xml"),
        Bring::Fields {
            sso_url: "/idp/profile/SAML2/Redirect/SSO",
            entity_id: "conf/idp.properties (idp.entityID)",
            certificate: "credentials/idp-signing.crt",
        },
    ],
};

const KEYCLOAK_SETTINGS: &str = "Clients > {app} > Settings";

pub const KEYCLOAK: Guide = Guide {
    console: "Keycloak",
    steps: &[
        step(
            "Clients > Create client",
            Say::Create,
            &[choose("Client type", "SAML"), entry("Client ID", Value::EntityId)],
        ),
        step(
            KEYCLOAK_SETTINGS,
            Say::EnterValues,
            &[
                entry("Valid redirect URIs", Value::AcsUrl),
                entry("Master SAML Processing URL", Value::AcsUrl),
                entry("Home URL", Value::LoginUrl),
            ],
        ),
        step(
            "Clients > {app} > Settings > SAML capabilities",
            Say::NameId,
            &[entry("Name ID format", Value::NameId("email")), choose("Force name ID format", "On")],
        ),
        step(
            "Clients > {app} > Settings > Signature and Encryption",
            Say::Sign,
            &[
                choose("Sign documents", "On"),
                choose("Sign assertions", "On"),
                choose("Signature algorithm", "RSA_SHA256"),
            ],
        ),
        step(
            "Clients > {app} > Keys > Client signature required",
            Say::RequestsUnsigned,
            &[entry("Import key", Value::MetadataUrl)],
        ),
        step(
            "Clients > {app} > Client scopes > Add mapper > User Property",
            Say::Attributes,
            &[
                attribute("email", "email"),
                attribute("firstName", "firstName"),
                attribute("lastName", "lastName"),
            ],
        ),
        step(
            "Clients > {app} > Client scopes > Add mapper > Group list",
            Say::Groups,
            &[attribute("groups", "Group list")],
        ),
    ],
    bring: &[
        Bring::MetadataUrl("Realm settings > General > Endpoints > SAML 2.0 Identity Provider Metadata"),
        Bring::Fields {
            sso_url: "/realms/{realm}/protocol/saml",
            entity_id: "/realms/{realm}",
            certificate: "Realm settings > Keys > RS256 > Certificate",
        },
    ],
};
