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
    version               INTEGER NOT NULL,
    cloud                 TEXT    NOT NULL,
    web_base              TEXT,
    api_base              TEXT,
    capabilities          TEXT    NOT NULL,
    app_sealed            BLOB,
    app_set_at            INTEGER,
    secret_token_sealed   BLOB,
    previous_token_sealed BLOB,
    previous_until        INTEGER,
    token_set_at          INTEGER,
    grant_sealed          BLOB,
    granted_at            INTEGER,
    zoom_account_hash     BLOB,
    lease                 TEXT,
    leased_until          INTEGER,
    validated_at          INTEGER,
    last_event_at         INTEGER,
    check_state           TEXT    NOT NULL,
    check_sealed          BLOB,
    checked_at            INTEGER,
    failing_since         INTEGER,
    told_state            TEXT    NOT NULL,
    next_check_at         INTEGER NOT NULL,
    created_by            TEXT    NOT NULL,
    created_at            INTEGER NOT NULL,
    UNIQUE (account_id),
    UNIQUE (account_id, id)
) STRICT;
CREATE UNIQUE INDEX zoom_links_by_zoom_account ON zoom_links (zoom_account_hash)
    WHERE zoom_account_hash IS NOT NULL;
CREATE INDEX zoom_links_by_turn ON zoom_links (next_check_at);

-- The platform's one app, which accounts may use instead of one of their own. Sealed under the installation's key.
CREATE TABLE zoom_platform_apps (
    id                    TEXT    NOT NULL PRIMARY KEY,
    version               INTEGER NOT NULL,
    cloud                 TEXT    NOT NULL,
    web_base              TEXT,
    api_base              TEXT,
    app_sealed            BLOB    NOT NULL,
    app_set_at            INTEGER NOT NULL,
    secret_token_sealed   BLOB,
    previous_token_sealed BLOB,
    previous_until        INTEGER,
    token_set_at          INTEGER,
    validated_at          INTEGER
) STRICT;

-- What Zoom told. event_key: the same for each delivery of one event. object_hash, uuid_hash: of the meeting's or user's ids.
CREATE TABLE zoom_events (
    account_id     TEXT    NOT NULL REFERENCES accounts (id),
    id             TEXT    NOT NULL PRIMARY KEY,
    event_key      BLOB    NOT NULL,
    name           TEXT    NOT NULL,
    state          TEXT    NOT NULL,
    at             INTEGER NOT NULL,
    received_at    INTEGER NOT NULL,
    object_hash    BLOB,
    uuid_hash      BLOB,
    payload_sealed BLOB    NOT NULL,
    UNIQUE (account_id, id),
    UNIQUE (account_id, event_key)
) STRICT;
CREATE INDEX zoom_events_by_name ON zoom_events (account_id, name, id);
CREATE INDEX zoom_events_by_object ON zoom_events (account_id, object_hash, id) WHERE object_hash IS NOT NULL;
CREATE INDEX zoom_events_by_uuid ON zoom_events (account_id, uuid_hash, id) WHERE uuid_hash IS NOT NULL;
CREATE INDEX zoom_events_that_wait ON zoom_events (id) WHERE state = 'waiting';
CREATE INDEX zoom_events_by_age ON zoom_events (received_at);

-- How many events of a type there were on a day, and how many deliveries were refused for which reason.
CREATE TABLE zoom_event_counts (
    account_id TEXT    NOT NULL REFERENCES accounts (id),
    day        INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    number     INTEGER NOT NULL,
    PRIMARY KEY (account_id, day, name)
) STRICT;
CREATE INDEX zoom_event_counts_by_day ON zoom_event_counts (day);
CREATE TABLE zoom_refusals (
    account_id TEXT    NOT NULL REFERENCES accounts (id),
    day        INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    number     INTEGER NOT NULL,
    PRIMARY KEY (account_id, day, kind)
) STRICT;
CREATE INDEX zoom_refusals_by_day ON zoom_refusals (day);
