//! The reference page of the REST API, in English. What is in it is made of the code, and English.

use crate::words::{Message as M, ReferenceText};

/// The texts.
pub const REFERENCE: ReferenceText = ReferenceText {
    title: M("REST API"),
    lead: M(
        "Programs come with a key: Authorization: Bearer gatepost_…. Owners make keys in the console, operators on the \
         command line. Bodies and answers are JSON. Lists are paged: ask again with the next_cursor of the answer until \
         there is none. To make something once however often a request is sent, name it with an Idempotency-Key. A change \
         names with If-Match what it is to change.",
    ),
    document: M("The OpenAPI document"),
    contents: M("Contents"),
    scope: M("Scope"),
    statuses: M("Statuses"),
    parameters: M("Parameters"),
    required: M("required"),
    body: M("What it takes"),
    answer: M("What it gives"),
    problems: M("Problems"),
    problems_lead: M(
        "What is no success is answered as application/problem+json. The type says what kind of problem it is and leads \
         here; the detail says what is wrong this time, and errors which fields are.",
    ),
};
