//! Services for schools.

use super::super::console::Place::{Behind, Field, Makers, Nowhere, Ours};
use super::super::console::{Clock, Console};

/// Much of it is agreed with its makers when the connector is made, and some is entered by district.
pub const CLEVER: Console = Console {
    name: "Clever",
    create: Makers,
    acs: Field("Connector dashboard > ACS URL"),
    audience: Field("Connector dashboard > Entity ID"),
    issuer: Field("Connector dashboard > IdP Entity ID"),
    certificate: Field("Connector dashboard > Certificate"),
    new_certificate: Makers,
    metadata: Field("Connector dashboard"),
    signing: Makers,
    algorithm: Makers,
    encryption: Makers,
    name_id: Field("Connector dashboard > NameID format"),
    attributes: Makers,
    groups: Makers,
    assignment: Field("District dashboard > Applications > {app} > Sharing"),
    log: Makers,
    authentication: Field("District dashboard > Portal > SSO settings"),
    lifetime: Makers,
    clock: Clock::Makers,
    tile: "Clever Portal",
};

const CANVAS_LOGIN: &str = "Admin > Authentication > SAML";

/// Signs nobody in by itself: the school has an identity provider in front of it, and that is who talks to us.
pub const CANVAS: Console = Console {
    name: "Canvas",
    create: Behind(CANVAS_LOGIN),
    acs: Behind(CANVAS_LOGIN),
    audience: Behind(CANVAS_LOGIN),
    issuer: Field("Admin > Authentication > SAML > IdP Entity ID"),
    certificate: Behind("Admin > Authentication > SAML > Certificate Fingerprint"),
    new_certificate: Behind(CANVAS_LOGIN),
    metadata: Field("Admin > Authentication > SAML > IdP Metadata URI"),
    signing: Behind(CANVAS_LOGIN),
    algorithm: Behind(CANVAS_LOGIN),
    encryption: Behind(CANVAS_LOGIN),
    name_id: Behind("Admin > Authentication > SAML > Identifier Format"),
    attributes: Behind(CANVAS_LOGIN),
    groups: Behind(CANVAS_LOGIN),
    assignment: Behind(CANVAS_LOGIN),
    log: Behind(CANVAS_LOGIN),
    authentication: Behind(CANVAS_LOGIN),
    lifetime: Behind(CANVAS_LOGIN),
    clock: Clock::Behind,
    tile: "Course navigation",
};

const CLASSLINK_OURS: &str =
    "Management Console > Single Sign-On > SAML Console > {app} > Edit > Metadata URL > Load";
const CLASSLINK_OVERRIDES: &str =
    "Management Console > Single Sign-On > SAML Console > {app} > Edit > Overrides";
const CLASSLINK_METADATA: &str =
    "Management Console > Single Sign-On > SAML Console > {app} > IDP Metadata URL";

pub const CLASSLINK: Console = Console {
    name: "ClassLink",
    create: Field("Management Console > Single Sign-On > SAML Console > Add New"),
    acs: Ours(CLASSLINK_OURS),
    audience: Ours(CLASSLINK_OURS),
    issuer: Field(CLASSLINK_METADATA),
    certificate: Field(CLASSLINK_METADATA),
    new_certificate: Makers,
    metadata: Field(CLASSLINK_METADATA),
    signing: Field(CLASSLINK_OVERRIDES),
    algorithm: Field(CLASSLINK_OVERRIDES),
    encryption: Field(CLASSLINK_OVERRIDES),
    name_id: Field("Management Console > Single Sign-On > SAML Console > {app} > Edit > NameID"),
    attributes: Field(
        "Management Console > Single Sign-On > SAML Console > {app} > Edit > Attribute Mapping",
    ),
    groups: Field("Management Console > Single Sign-On > SAML Console > {app} > Edit > Attribute Mapping"),
    assignment: Field("Management Console > Applications > {app} > Assign"),
    log: Nowhere,
    authentication: Nowhere,
    lifetime: Nowhere,
    clock: Clock::Makers,
    tile: "LaunchPad",
};
