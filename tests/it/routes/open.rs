//! What needs no console: sign-in, sessions, links, files.

use super::Row;

/// Whoever they are.
pub const OPEN: &[Row] = &[
    ("get", "/saml/{connection}/acs", "/saml/{c}/acs", [404; 8]),
    ("post", "/saml/{connection}/acs", "/saml/{c}/acs", [400; 8]),
    ("post", "/saml/{connection}/metadata", "/saml/{c}/metadata", [400; 8]),
    ("get", "/saml/{connection}/login", "/saml/{c}/login", [200; 8]),
    ("get", "/me", "/me", [303, 200, 200, 200, 303, 303, 303, 303]),
    ("post", "/me/sessions/end", "/me/sessions/end", [303, 403, 403, 403, 303, 303, 303, 303]),
    ("post", "/signout", "/signout", [303, 403, 403, 403, 303, 303, 303, 303]),
    ("get", "/session/token", "/session/token", [401, 200, 200, 200, 401, 401, 401, 401]),
    ("get", "/", "/", [200; 8]),
    ("get", "/signin", "/signin", [200; 8]),
    ("post", "/signin", "/signin", [404; 8]),
    ("get", "/signin/{account}", "/signin/{a}", [200; 8]),
    ("get", "/signed-out", "/signed-out", [200; 8]),
    ("get", "/saml/{connection}/metadata", "/saml/{c}/metadata", [200; 8]),
    ("get", "/.well-known/jwks.json", "/.well-known/jwks.json", [200; 8]),
    ("get", "/health/live", "/health/live", [200; 8]),
    ("get", "/health/ready", "/health/ready", [200; 8]),
    ("get", "/assets/{file}", "/assets/x.css", [404; 8]),
    ("get", "/language/{tag}", "/language/es", [303; 8]),
    ("get", "/link/{token}", "/link/{no}", [404; 8]),
    ("post", "/link/{token}", "/link/{no}", [404; 8]),
    ("get", "/branding/{file}", "/branding/{no}", [404; 8]),
    ("get", "/deadlines/{file}", "/deadlines/{no}.ics", [404; 8]),
    ("get", "/api/v1/key", "/api/v1/key", [401, 401, 401, 401, 401, 401, 401, 200]),
    ("get", "/api/openapi.json", "/api/openapi.json", [200; 8]),
    ("get", "/api/reference", "/api/reference", [200; 8]),
    ("get", "/api/problems/{problem}", "/api/problems/not-found", [303; 8]),
    ("post", "/zoom/notifications", "/zoom/notifications?account_id={no}", [401; 8]),
    ("post", "/zoom/webhook", "/zoom/webhook", [401; 8]),
    ("post", "/zoom/{account}/webhook", "/zoom/{a}/webhook", [401; 8]),
    ("get", "/shared/{token}", "/shared/{no}", [404; 8]),
];
