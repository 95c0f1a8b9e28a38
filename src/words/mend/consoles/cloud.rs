//! Services for everybody.

use super::super::console::Place::{Command, Field, Nowhere};
use super::super::console::{Clock, Console};

pub const OKTA: Console = Console {
    name: "Okta",
    create: Field("Applications > Create App Integration > SAML 2.0"),
    acs: Field("Applications > {app} > General > SAML Settings > Edit > Single sign-on URL"),
    audience: Field("Applications > {app} > General > SAML Settings > Edit > Audience URI (SP Entity ID)"),
    issuer: Field("Applications > {app} > Sign On > Metadata details > More details > Issuer"),
    certificate: Field("Applications > {app} > Sign On > SAML Signing Certificates > Download certificate"),
    new_certificate: Field(
        "Applications > {app} > Sign On > SAML Signing Certificates > Generate new certificate",
    ),
    metadata: Field("Applications > {app} > Sign On > Metadata details > Metadata URL"),
    signing: Field(
        "Applications > {app} > General > SAML Settings > Edit > Show Advanced Settings > Assertion Signature",
    ),
    algorithm: Field(
        "Applications > {app} > General > SAML Settings > Edit > Show Advanced Settings > Signature Algorithm",
    ),
    encryption: Field(
        "Applications > {app} > General > SAML Settings > Edit > Show Advanced Settings > Assertion Encryption",
    ),
    name_id: Field("Applications > {app} > General > SAML Settings > Edit > Name ID format"),
    attributes: Field("Applications > {app} > General > SAML Settings > Edit > Attribute Statements"),
    groups: Field("Applications > {app} > General > SAML Settings > Edit > Group Attribute Statements"),
    assignment: Field("Applications > {app} > Assignments > Assign"),
    log: Field("Reports > System Log"),
    authentication: Field("Applications > {app} > Sign On > User authentication > Authentication policy"),
    lifetime: Nowhere,
    clock: Clock::Makers,
    tile: "End-User Dashboard",
};

pub const ENTRA: Console = Console {
    name: "Microsoft Entra",
    create: Field("Enterprise applications > New application > Create your own application"),
    acs: Field(
        "Enterprise applications > {app} > Single sign-on > Basic SAML Configuration > Edit > Reply URL (Assertion Consumer Service URL)",
    ),
    audience: Field(
        "Enterprise applications > {app} > Single sign-on > Basic SAML Configuration > Edit > Identifier (Entity ID)",
    ),
    issuer: Field("Enterprise applications > {app} > Single sign-on > Set up > Microsoft Entra Identifier"),
    certificate: Field(
        "Enterprise applications > {app} > Single sign-on > SAML Certificates > Certificate (Base64)",
    ),
    new_certificate: Field(
        "Enterprise applications > {app} > Single sign-on > SAML Certificates > Edit > New Certificate",
    ),
    metadata: Field(
        "Enterprise applications > {app} > Single sign-on > SAML Certificates > App Federation Metadata Url",
    ),
    signing: Field(
        "Enterprise applications > {app} > Single sign-on > SAML Certificates > Edit > Signing Option",
    ),
    algorithm: Field(
        "Enterprise applications > {app} > Single sign-on > SAML Certificates > Edit > Signing Algorithm",
    ),
    encryption: Field("Enterprise applications > {app} > Security > Token encryption"),
    name_id: Field(
        "Enterprise applications > {app} > Single sign-on > Attributes & Claims > Edit > Unique User Identifier (Name ID)",
    ),
    attributes: Field(
        "Enterprise applications > {app} > Single sign-on > Attributes & Claims > Edit > Add new claim",
    ),
    groups: Field(
        "Enterprise applications > {app} > Single sign-on > Attributes & Claims > Edit > Add a group claim",
    ),
    assignment: Field("Enterprise applications > {app} > Users and groups > Add user/group"),
    log: Field("Enterprise applications > {app} > Sign-in logs"),
    authentication: Field("Enterprise applications > {app} > Security > Conditional Access"),
    lifetime: Command("New-MgPolicyTokenLifetimePolicy (AccessTokenLifetime)"),
    clock: Clock::Makers,
    tile: "My Apps",
};

pub const GOOGLE: Console = Console {
    name: "Google Admin",
    create: Field("Apps > Web and mobile apps > Add app > Add custom SAML app"),
    acs: Field("Apps > Web and mobile apps > {app} > Service provider details > ACS URL"),
    audience: Field("Apps > Web and mobile apps > {app} > Service provider details > Entity ID"),
    issuer: Field("Apps > Web and mobile apps > {app} > Download metadata > Entity ID"),
    certificate: Field("Apps > Web and mobile apps > {app} > Download metadata > Certificate"),
    new_certificate: Field(
        "Security > Authentication > SSO with SAML applications > Add another certificate",
    ),
    metadata: Field("Apps > Web and mobile apps > {app} > Download metadata"),
    signing: Field("Apps > Web and mobile apps > {app} > Service provider details > Signed response"),
    algorithm: Nowhere,
    encryption: Nowhere,
    name_id: Field("Apps > Web and mobile apps > {app} > Service provider details > Name ID"),
    attributes: Field("Apps > Web and mobile apps > {app} > SAML attribute mapping > Add mapping"),
    groups: Field("Apps > Web and mobile apps > {app} > SAML attribute mapping > Group membership"),
    assignment: Field("Apps > Web and mobile apps > {app} > User access"),
    log: Field("Reporting > Audit and investigation > SAML log events"),
    authentication: Field("Security > Authentication"),
    lifetime: Nowhere,
    clock: Clock::Makers,
    tile: "App launcher",
};

pub const ONELOGIN: Console = Console {
    name: "OneLogin",
    create: Field("Applications > Add App > SAML Custom Connector (Advanced)"),
    acs: Field("Applications > {app} > Configuration > ACS (Consumer) URL"),
    audience: Field("Applications > {app} > Configuration > Audience (EntityID)"),
    issuer: Field("Applications > {app} > SSO > Issuer URL"),
    certificate: Field("Applications > {app} > SSO > X.509 Certificate > View Details"),
    new_certificate: Field("Security > Certificates > New"),
    metadata: Field("Applications > {app} > More Actions > SAML Metadata"),
    signing: Field("Applications > {app} > Configuration > SAML signature element"),
    algorithm: Field("Applications > {app} > SSO > SAML Signature Algorithm"),
    encryption: Field("Applications > {app} > Configuration > Encrypt assertion"),
    name_id: Field("Applications > {app} > Configuration > SAML nameID format"),
    attributes: Field("Applications > {app} > Parameters > Add"),
    groups: Field("Applications > {app} > Parameters > Groups"),
    assignment: Field("Applications > {app} > Access > Roles"),
    log: Field("Activity > Events"),
    authentication: Field("Applications > {app} > Access > Policy"),
    lifetime: Field("Applications > {app} > Configuration > SAML not valid on or after"),
    clock: Clock::Makers,
    tile: "Portal",
};

pub const JUMPCLOUD: Console = Console {
    name: "JumpCloud",
    create: Field("SSO Applications > Add New Application > Custom Application > Configure SSO with SAML"),
    acs: Field("SSO Applications > {app} > SSO > ACS URL"),
    audience: Field("SSO Applications > {app} > SSO > SP Entity ID"),
    issuer: Field("SSO Applications > {app} > SSO > IdP Entity ID"),
    certificate: Field("SSO Applications > {app} > IDP Certificate Valid > Download certificate"),
    new_certificate: Field("SSO Applications > {app} > IDP Certificate Valid > Regenerate certificate"),
    metadata: Field("SSO Applications > {app} > SSO > JumpCloud Metadata > Export Metadata"),
    signing: Field("SSO Applications > {app} > SSO > Sign"),
    algorithm: Field("SSO Applications > {app} > SSO > Signature Algorithm"),
    encryption: Nowhere,
    name_id: Field("SSO Applications > {app} > SSO > SAMLSubject NameID"),
    attributes: Field("SSO Applications > {app} > SSO > User Attribute Mapping > Add attribute"),
    groups: Field("SSO Applications > {app} > SSO > Group Attributes > Include group attribute"),
    assignment: Field("SSO Applications > {app} > User Groups"),
    log: Field("Directory Insights"),
    authentication: Field("Conditional Policies"),
    lifetime: Nowhere,
    clock: Clock::Makers,
    tile: "User Portal",
};

pub const PINGONE: Console = Console {
    name: "PingOne",
    create: Field("Applications > + > SAML Application"),
    acs: Field("Applications > {app} > Configuration > Edit > ACS URLs"),
    audience: Field("Applications > {app} > Configuration > Edit > Entity ID"),
    issuer: Field("Applications > {app} > Configuration > Connection Details > Issuer ID"),
    certificate: Field("Applications > {app} > Configuration > Download Signing Certificate"),
    new_certificate: Field("Settings > Certificates & Key Pairs"),
    metadata: Field("Applications > {app} > Configuration > Connection Details > IDP Metadata URL"),
    signing: Field("Applications > {app} > Configuration > Edit > Signing Key > Sign Assertion & Response"),
    algorithm: Field("Applications > {app} > Configuration > Edit > Signing Algorithm"),
    encryption: Field("Applications > {app} > Configuration > Edit > Enable Encryption"),
    name_id: Field("Applications > {app} > Attribute Mappings > saml_subject"),
    attributes: Field("Applications > {app} > Attribute Mappings > Add"),
    groups: Field("Applications > {app} > Attribute Mappings > Group Names"),
    assignment: Field("Applications > {app} > Access"),
    log: Field("Monitoring > Audit"),
    authentication: Field("Applications > {app} > Policies"),
    lifetime: Field("Applications > {app} > Configuration > Edit > Assertion Validity Duration"),
    clock: Clock::Makers,
    tile: "Application Portal",
};

pub const DUO: Console = Console {
    name: "Duo",
    create: Field("Applications > Protect an Application > Generic SAML Service Provider"),
    acs: Field("Applications > {app} > Service Provider > Assertion Consumer Service (ACS) URL"),
    audience: Field("Applications > {app} > Service Provider > Entity ID"),
    issuer: Field("Applications > {app} > Metadata > Entity ID"),
    certificate: Field("Applications > {app} > Downloads > Certificate"),
    new_certificate: Nowhere,
    metadata: Field("Applications > {app} > Metadata > Metadata URL"),
    signing: Field("Applications > {app} > SAML Response > Signing options"),
    algorithm: Field("Applications > {app} > SAML Response > Signature algorithm"),
    encryption: Field("Applications > {app} > SAML Response > Assertion encryption"),
    name_id: Field("Applications > {app} > SAML Response > NameID attribute"),
    attributes: Field("Applications > {app} > SAML Response > Map attributes"),
    groups: Field("Applications > {app} > SAML Response > Role attributes"),
    assignment: Field("Applications > {app} > User access"),
    log: Field("Reports > Authentication Log"),
    authentication: Field("Applications > {app} > Policy"),
    lifetime: Nowhere,
    clock: Clock::Makers,
    tile: "Duo Central",
};

pub const CYBERARK: Console = Console {
    name: "CyberArk Identity",
    create: Field("Apps & Widgets > Web Apps > Add Web Apps > Custom > SAML"),
    acs: Field(
        "Apps & Widgets > Web Apps > {app} > Trust > Service Provider Configuration > Assertion Consumer Service (ACS) URL",
    ),
    audience: Field(
        "Apps & Widgets > Web Apps > {app} > Trust > Service Provider Configuration > SP Entity ID",
    ),
    issuer: Field("Apps & Widgets > Web Apps > {app} > Trust > Identity Provider Configuration > Issuer"),
    certificate: Field(
        "Apps & Widgets > Web Apps > {app} > Trust > Identity Provider Configuration > Signing Certificate",
    ),
    new_certificate: Field(
        "Apps & Widgets > Web Apps > {app} > Trust > Identity Provider Configuration > Signing Certificate",
    ),
    metadata: Field("Apps & Widgets > Web Apps > {app} > Trust > Identity Provider Configuration > Metadata"),
    signing: Field(
        "Apps & Widgets > Web Apps > {app} > Trust > Service Provider Configuration > Sign Response or Assertion",
    ),
    algorithm: Field(
        "Apps & Widgets > Web Apps > {app} > Trust > Identity Provider Configuration > Signing Certificate",
    ),
    encryption: Field(
        "Apps & Widgets > Web Apps > {app} > Trust > Service Provider Configuration > Encrypt SAML Response Assertion",
    ),
    name_id: Field(
        "Apps & Widgets > Web Apps > {app} > Trust > Service Provider Configuration > NameID Format",
    ),
    attributes: Field("Apps & Widgets > Web Apps > {app} > SAML Response > Attributes"),
    groups: Field("Apps & Widgets > Web Apps > {app} > SAML Response > Attributes"),
    assignment: Field("Apps & Widgets > Web Apps > {app} > Permissions"),
    log: Field("Reports"),
    authentication: Field("Apps & Widgets > Web Apps > {app} > Policy"),
    lifetime: Nowhere,
    clock: Clock::Makers,
    tile: "User Portal",
};

pub const RIPPLING: Console = Console {
    name: "Rippling",
    create: Field("IT Management > Custom App > Create New App > Single Sign-on (SAML)"),
    acs: Field("IT Management > Custom App > {app} > Settings > ACS URL"),
    audience: Field("IT Management > Custom App > {app} > Settings > Service Provider Entity ID"),
    issuer: Field("IT Management > Custom App > {app} > Settings > IdP Metadata URL"),
    certificate: Field("IT Management > Custom App > {app} > Settings > IdP Metadata URL"),
    new_certificate: Nowhere,
    metadata: Field("IT Management > Custom App > {app} > Settings > IdP Metadata URL"),
    signing: Nowhere,
    algorithm: Nowhere,
    encryption: Nowhere,
    name_id: Field("IT Management > Custom App > {app} > Settings > Advanced SAML"),
    attributes: Field("IT Management > Custom App > {app} > Settings > SAML Attributes"),
    groups: Field("IT Management > Custom App > {app} > Settings > SAML Attributes"),
    assignment: Field("IT Management > Custom App > {app} > Access rules"),
    log: Nowhere,
    authentication: Nowhere,
    lifetime: Nowhere,
    clock: Clock::Makers,
    tile: "App dashboard",
};
