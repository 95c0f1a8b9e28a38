//! Webhooks, in the console.

use super::Row;

/// Their rows.
pub const WEBHOOKS: &[Row] = &[
    (
        "get",
        "/console/at/{account}/webhooks",
        "/console/at/{a}/webhooks",
        [303, 403, 403, 200, 404, 200, 303, 303],
    ),
    (
        "post",
        "/console/at/{account}/webhooks",
        "/console/at/{a}/webhooks",
        [403, 403, 403, 400, 404, 400, 403, 403],
    ),
    (
        "get",
        "/console/at/{account}/webhooks/{webhook}",
        "/console/at/{a}/webhooks/{no}",
        [303, 403, 403, 404, 404, 404, 303, 303],
    ),
    (
        "post",
        "/console/at/{account}/webhooks/{webhook}/update",
        "/console/at/{a}/webhooks/{no}/update",
        [403, 403, 403, 404, 404, 404, 403, 403],
    ),
    (
        "post",
        "/console/at/{account}/webhooks/{webhook}/test",
        "/console/at/{a}/webhooks/{no}/test",
        [403, 403, 403, 404, 404, 404, 403, 403],
    ),
    (
        "post",
        "/console/at/{account}/webhooks/{webhook}/rotate",
        "/console/at/{a}/webhooks/{no}/rotate",
        [403, 403, 403, 404, 404, 404, 403, 403],
    ),
    (
        "post",
        "/console/at/{account}/webhooks/{webhook}/state",
        "/console/at/{a}/webhooks/{no}/state",
        [403, 403, 403, 404, 404, 404, 403, 403],
    ),
    (
        "post",
        "/console/at/{account}/webhooks/{webhook}/remove",
        "/console/at/{a}/webhooks/{no}/remove",
        [403, 403, 403, 404, 404, 404, 403, 403],
    ),
    (
        "get",
        "/console/at/{account}/webhooks/{webhook}/deliveries/{delivery}",
        "/console/at/{a}/webhooks/{no}/deliveries/{no}",
        [303, 403, 403, 404, 404, 404, 303, 303],
    ),
    (
        "post",
        "/console/at/{account}/webhooks/{webhook}/deliveries/{delivery}/resend",
        "/console/at/{a}/webhooks/{no}/deliveries/{no}/resend",
        [403, 403, 403, 404, 404, 404, 403, 403],
    ),
];
