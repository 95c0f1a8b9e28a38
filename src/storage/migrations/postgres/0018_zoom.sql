-- An account's link to Zoom, and what Zoom tells of it.

-- One per account. cloud: commercial, government, or custom with the two bases. capabilities: with spaces between them.
-- app_sealed: client, secret and Zoom account as they were entered; nothing where the app is the platform's. grant_sealed:
-- the tokens of an app that somebody has authorised. zoom_account_hash: under the installation's key, so that what Zoom
-- sends to the platform's app finds its account. The lease is for whoever asks for the next token.
CREATE TABLE zoom_links (
    account_id            TEXT    NOT NULL REFERENCES accounts (id),
    id                    TEXT    NOT NULL PRIMARY KEY,
    kind                  TEXT    NOT NULL,
    state                 TEXT    NOT NULL,
    version               BIGINT  NOT NULL,
    cloud                 TEXT    NOT NULL,
    web_base              TEXT,
    api_base              TEXT,
    capabilities          TEXT    NOT NULL,
    app_sealed            BYTEA,
    app_set_at            BIGINT,
    secret_token_sealed   BYTEA,
    previous_token_sealed BYTEA,
    previous_until        BIGINT,
    token_set_at          BIGINT,
    grant_sealed          BYTEA,
    granted_at            BIGINT,
    zoom_account_hash     BYTEA,
    lease                 TEXT,
    leased_until          BIGINT,
    validated_at          BIGINT,
    last_event_at         BIGINT,
    check_state           TEXT    NOT NULL,
    check_sealed          BYTEA,
    checked_at            BIGINT,
    failing_since         BIGINT,
    told_state            TEXT    NOT NULL,
    next_check_at         BIGINT  NOT NULL,
    created_by            TEXT    NOT NULL,
    created_at            BIGINT  NOT NULL,
    UNIQUE (account_id),
    UNIQUE (account_id, id)
);
CREATE UNIQUE INDEX zoom_links_by_zoom_account ON zoom_links (zoom_account_hash)
    WHERE zoom_account_hash IS NOT NULL;
CREATE INDEX zoom_links_by_turn ON zoom_links (next_check_at);

-- The platform's one app, which accounts may use instead of one of their own. Sealed under the installation's key.
CREATE TABLE zoom_platform_apps (
    id                    TEXT    NOT NULL PRIMARY KEY,
    version               BIGINT  NOT NULL,
    cloud                 TEXT    NOT NULL,
    web_base              TEXT,
    api_base              TEXT,
    app_sealed            BYTEA    NOT NULL,
    app_set_at            BIGINT  NOT NULL,
    secret_token_sealed   BYTEA,
    previous_token_sealed BYTEA,
    previous_until        BIGINT,
    token_set_at          BIGINT,
    validated_at          BIGINT
);

-- What Zoom told. event_key: the same for each delivery of one event. object_hash, uuid_hash: of the meeting's or user's ids.
CREATE TABLE zoom_events (
    account_id     TEXT    NOT NULL REFERENCES accounts (id),
    id             TEXT    NOT NULL PRIMARY KEY,
    event_key      BYTEA    NOT NULL,
    name           TEXT    NOT NULL,
    state          TEXT    NOT NULL,
    at             BIGINT  NOT NULL,
    received_at    BIGINT  NOT NULL,
    object_hash    BYTEA,
    uuid_hash      BYTEA,
    payload_sealed BYTEA    NOT NULL,
    UNIQUE (account_id, id),
    UNIQUE (account_id, event_key)
);
CREATE INDEX zoom_events_by_name ON zoom_events (account_id, name, id);
CREATE INDEX zoom_events_by_object ON zoom_events (account_id, object_hash, id) WHERE object_hash IS NOT NULL;
CREATE INDEX zoom_events_by_uuid ON zoom_events (account_id, uuid_hash, id) WHERE uuid_hash IS NOT NULL;
CREATE INDEX zoom_events_that_wait ON zoom_events (id) WHERE state = 'waiting';
CREATE INDEX zoom_events_by_age ON zoom_events (received_at);

-- How many events of a type there were on a day, and how many deliveries were refused for which reason.
CREATE TABLE zoom_event_counts (
    account_id TEXT    NOT NULL REFERENCES accounts (id),
    day        BIGINT  NOT NULL,
    name       TEXT    NOT NULL,
    number     BIGINT  NOT NULL,
    PRIMARY KEY (account_id, day, name)
);
CREATE INDEX zoom_event_counts_by_day ON zoom_event_counts (day);
CREATE TABLE zoom_refusals (
    account_id TEXT    NOT NULL REFERENCES accounts (id),
    day        BIGINT  NOT NULL,
    kind       TEXT    NOT NULL,
    number     BIGINT  NOT NULL,
    PRIMARY KEY (account_id, day, kind)
);
CREATE INDEX zoom_refusals_by_day ON zoom_refusals (day);
