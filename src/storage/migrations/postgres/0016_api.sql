-- What programs ask for under an Idempotency-Key, and webhooks. Without an account_id a request is of a key of the
-- installation, and its answer sealed under the installation's key.

DROP INDEX api_keys_by_account;
CREATE UNIQUE INDEX api_keys_by_account ON api_keys (account_id, id);

-- held_by is the request that may make what was asked for; whoever takes over from a request that was broken off writes
-- its own there, and the first one can make nothing any more. target is what was made.
CREATE TABLE idempotent_requests (
    account_id    TEXT    REFERENCES accounts (id),
    api_key_id    TEXT    NOT NULL,
    name_hash     BYTEA   NOT NULL,
    request_hash  BYTEA   NOT NULL,
    held_by       TEXT    NOT NULL UNIQUE,
    target        TEXT,
    answer_sealed BYTEA,
    began_at      BIGINT  NOT NULL,
    PRIMARY KEY (api_key_id, name_hash),
    FOREIGN KEY (account_id, api_key_id) REFERENCES api_keys (account_id, id)
);
CREATE INDEX idempotent_requests_by_age ON idempotent_requests (began_at);

-- types: the events that it is told of, with spaces between them. The lease is for whoever delivers to it now.
CREATE TABLE webhook_endpoints (
    account_id             TEXT    NOT NULL REFERENCES accounts (id),
    id                     TEXT    NOT NULL PRIMARY KEY,
    url_sealed             BYTEA   NOT NULL,
    name                   TEXT    NOT NULL,
    types                  TEXT    NOT NULL,
    state                  TEXT    NOT NULL,
    version                BIGINT  NOT NULL,
    secret_sealed          BYTEA   NOT NULL,
    previous_secret_sealed BYTEA,
    previous_until         BIGINT,
    created_by             TEXT    NOT NULL,
    created_at             BIGINT  NOT NULL,
    failing_since          BIGINT,
    failures               BIGINT  NOT NULL,
    held_until             BIGINT,
    served_at              BIGINT  NOT NULL,
    lease                  TEXT,
    leased_until           BIGINT,
    UNIQUE (account_id, id)
);
CREATE INDEX webhook_endpoints_by_turn ON webhook_endpoints (state, served_at);

CREATE TABLE webhook_deliveries (
    account_id  TEXT    NOT NULL REFERENCES accounts (id),
    id          TEXT    NOT NULL PRIMARY KEY,
    endpoint_id TEXT    NOT NULL,
    type        TEXT    NOT NULL,
    body_sealed BYTEA   NOT NULL,
    state       TEXT    NOT NULL,
    tries       BIGINT  NOT NULL,
    next_at     BIGINT  NOT NULL,
    created_at  BIGINT  NOT NULL,
    ended_at    BIGINT,
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, endpoint_id) REFERENCES webhook_endpoints (account_id, id) ON DELETE CASCADE
);
CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (account_id, endpoint_id, id);
CREATE INDEX webhook_deliveries_by_turn ON webhook_deliveries (account_id, endpoint_id, state, next_at);
CREATE INDEX webhook_deliveries_that_wait ON webhook_deliveries (next_at) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (created_at);

CREATE TABLE webhook_tries (
    account_id    TEXT    NOT NULL REFERENCES accounts (id),
    delivery_id   TEXT    NOT NULL,
    number        BIGINT  NOT NULL,
    at            BIGINT  NOT NULL,
    millis        BIGINT  NOT NULL,
    status        BIGINT,
    problem       TEXT,
    answer_sealed BYTEA,
    PRIMARY KEY (account_id, delivery_id, number),
    FOREIGN KEY (account_id, delivery_id) REFERENCES webhook_deliveries (account_id, id) ON DELETE CASCADE
);
