//! Programs that schools run on servers of their own.

use super::super::console::Place::{Command, Field, File, Ours};
use super::super::console::{Clock, Console};

pub const ADFS: Console = Console {
    name: "AD FS",
    create: Field("AD FS Management > Relying Party Trusts > Add Relying Party Trust > Claims aware"),
    acs: Field(
        "AD FS Management > Relying Party Trusts > {app} > Properties > Endpoints > SAML Assertion Consumer Endpoints > Trusted URL",
    ),
    audience: Field(
        "AD FS Management > Relying Party Trusts > {app} > Properties > Identifiers > Relying party trust identifier",
    ),
    issuer: Field(
        "AD FS Management > AD FS > Edit Federation Service Properties > Federation Service identifier",
    ),
    certificate: Field(
        "AD FS Management > Service > Certificates > Token-signing > View Certificate > Copy to File",
    ),
    new_certificate: Command("Update-AdfsCertificate -CertificateType Token-Signing"),
    metadata: Field(
        "AD FS Management > Service > Endpoints > Metadata > /FederationMetadata/2007-06/FederationMetadata.xml",
    ),
    signing: Command(
        "Set-AdfsRelyingPartyTrust -TargetName \"{app}\" -SamlResponseSignature MessageAndAssertion",
    ),
    algorithm: Field(
        "AD FS Management > Relying Party Trusts > {app} > Properties > Advanced > Secure hash algorithm",
    ),
    encryption: Field("AD FS Management > Relying Party Trusts > {app} > Properties > Encryption"),
    name_id: Field(
        "AD FS Management > Relying Party Trusts > {app} > Edit Claim Issuance Policy > Add Rule > Transform an Incoming Claim > Outgoing claim type: Name ID",
    ),
    attributes: Field(
        "AD FS Management > Relying Party Trusts > {app} > Edit Claim Issuance Policy > Add Rule > Send LDAP Attributes as Claims",
    ),
    groups: Field("AD FS Management > Relying Party Trusts > {app} > Edit Claim Issuance Policy"),
    assignment: Field("AD FS Management > Relying Party Trusts > {app} > Edit Access Control Policy"),
    log: Field("Event Viewer > Applications and Services Logs > AD FS > Admin"),
    authentication: Field("AD FS Management > Service > Authentication Methods"),
    lifetime: Command("Set-AdfsRelyingPartyTrust -TargetName \"{app}\" -TokenLifetime"),
    clock: Clock::Server("w32tm /resync"),
    tile: "/adfs/ls/idpinitiatedsignon.aspx",
};

pub const PINGFEDERATE: Console = Console {
    name: "PingFederate",
    create: Field("Applications > SP Connections > Create Connection > Browser SSO Profiles > SAML 2.0"),
    acs: Field(
        "Applications > SP Connections > {app} > Browser SSO > Protocol Settings > Assertion Consumer Service URL",
    ),
    audience: Field(
        "Applications > SP Connections > {app} > General Info > Partner's Entity ID (Connection ID)",
    ),
    issuer: Field("System > Server > Protocol Settings > Federation Info > SAML 2.0 Entity ID"),
    certificate: Field(
        "Applications > SP Connections > {app} > Credentials > Digital Signature Settings > Signing Certificate",
    ),
    new_certificate: Field("Security > Signing & Decryption Keys & Certificates > Create New"),
    metadata: Field("System > Protocol Metadata > Metadata Export"),
    signing: Field(
        "Applications > SP Connections > {app} > Browser SSO > Protocol Settings > Signature Policy",
    ),
    algorithm: Field(
        "Applications > SP Connections > {app} > Credentials > Digital Signature Settings > Signing Algorithm",
    ),
    encryption: Field(
        "Applications > SP Connections > {app} > Browser SSO > Protocol Settings > Encryption Policy",
    ),
    name_id: Field(
        "Applications > SP Connections > {app} > Browser SSO > Assertion Creation > Attribute Contract > SAML_SUBJECT",
    ),
    attributes: Field(
        "Applications > SP Connections > {app} > Browser SSO > Assertion Creation > Attribute Contract > Extend the Contract",
    ),
    groups: Field(
        "Applications > SP Connections > {app} > Browser SSO > Assertion Creation > Attribute Contract",
    ),
    assignment: Field(
        "Applications > SP Connections > {app} > Browser SSO > Assertion Creation > Authentication Source Mapping > Issuance Criteria",
    ),
    log: File("log/audit.log"),
    authentication: Field("Authentication > Policies"),
    lifetime: Field("Applications > SP Connections > {app} > Browser SSO > Assertion Lifetime"),
    clock: Clock::Server("chronyc makestep, w32tm /resync"),
    tile: "/idp/startSSO.ping",
};

const SHIBBOLETH_OURS: &str = "conf/metadata-providers.xml";

pub const SHIBBOLETH: Console = Console {
    name: "Shibboleth",
    create: Ours(SHIBBOLETH_OURS),
    acs: Ours(SHIBBOLETH_OURS),
    audience: Ours(SHIBBOLETH_OURS),
    issuer: File("conf/idp.properties (idp.entityID)"),
    certificate: File("credentials/idp-signing.crt"),
    new_certificate: File("credentials/idp-signing.crt"),
    metadata: File("metadata/idp-metadata.xml"),
    signing: File("conf/relying-party.xml (p:signAssertions, p:signResponses)"),
    algorithm: File("conf/idp.properties (idp.signing.config)"),
    encryption: File("conf/relying-party.xml (p:encryptAssertions)"),
    name_id: File("conf/saml-nameid.xml"),
    attributes: File("conf/attribute-filter.xml"),
    groups: File("conf/attribute-filter.xml"),
    assignment: File("conf/intercept/context-check-intercept-config.xml"),
    log: File("logs/idp-process.log"),
    authentication: File("conf/authn/authn.properties"),
    lifetime: File("conf/relying-party.xml (p:assertionLifetime)"),
    clock: Clock::Server("chronyc makestep"),
    tile: "/idp/profile/SAML2/Unsolicited/SSO",
};

pub const KEYCLOAK: Console = Console {
    name: "Keycloak",
    create: Field("Clients > Create client > Client type: SAML"),
    acs: Field("Clients > {app} > Settings > Master SAML Processing URL"),
    audience: Field("Clients > {app} > Settings > Client ID"),
    issuer: Field("Realm settings > General > Endpoints > SAML 2.0 Identity Provider Metadata (entityID)"),
    certificate: Field("Realm settings > Keys > RS256 > Certificate"),
    new_certificate: Field("Realm settings > Keys > Add providers > rsa-generated"),
    metadata: Field("Realm settings > General > Endpoints > SAML 2.0 Identity Provider Metadata"),
    signing: Field("Clients > {app} > Settings > Signature and Encryption > Sign assertions"),
    algorithm: Field("Clients > {app} > Settings > Signature and Encryption > Signature algorithm"),
    encryption: Field("Clients > {app} > Keys > Encrypt assertions"),
    name_id: Field("Clients > {app} > Settings > SAML capabilities > Name ID format"),
    attributes: Field("Clients > {app} > Client scopes > Add mapper"),
    groups: Field("Clients > {app} > Client scopes > Group list"),
    assignment: Field("Clients > {app} > Advanced > Authentication flow overrides"),
    log: Field("Events > User events"),
    authentication: Field("Clients > {app} > Advanced > Authentication flow overrides"),
    lifetime: Field("Clients > {app} > Advanced > Assertion Lifespan"),
    clock: Clock::Server("chronyc makestep"),
    tile: "IDP-Initiated SSO",
};
