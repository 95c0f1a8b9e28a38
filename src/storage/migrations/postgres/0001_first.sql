-- The first schema. Text ids, moments as microseconds, JSON as text, sealed values and hashes as bytes.
-- Every table of an account begins with account_id; a row is sealed with (table, column, row) as its place.
-- The same as for SQLite, table by table; BIGINT and BYTEA are this database's names of the types.

CREATE TABLE installation (
    id          TEXT    NOT NULL PRIMARY KEY CHECK (id = 'gatepost'),
    key_check   BYTEA   NOT NULL,
    created_at  BIGINT  NOT NULL
);

CREATE TABLE accounts (
    id          TEXT    NOT NULL PRIMARY KEY,
    external_id TEXT    UNIQUE,
    slug        TEXT    NOT NULL UNIQUE,
    name        TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    locale      TEXT    NOT NULL,
    time_zone   TEXT    NOT NULL,
    policy      TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL
);

CREATE TABLE data_keys (
    account_id  TEXT    NOT NULL REFERENCES accounts (id),
    generation  BIGINT  NOT NULL,
    wrapped     BYTEA   NOT NULL,
    state       TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL,
    PRIMARY KEY (account_id, generation)
);

-- account_id is empty for one that several accounts share (federations, imports).
CREATE TABLE service_providers (
    account_id  TEXT    REFERENCES accounts (id),
    id          TEXT    NOT NULL PRIMARY KEY,
    entity_id   TEXT    NOT NULL UNIQUE,
    acs_url     TEXT    NOT NULL,
    alias_urls  TEXT    NOT NULL,
    slo_url     TEXT,
    created_at  BIGINT  NOT NULL
);

CREATE TABLE sp_keys (
    account_id          TEXT    NOT NULL REFERENCES accounts (id),
    id                  TEXT    NOT NULL PRIMARY KEY,
    service_provider_id TEXT    NOT NULL REFERENCES service_providers (id),
    purpose             TEXT    NOT NULL,
    state               TEXT    NOT NULL,
    certificate         BYTEA   NOT NULL,
    private_sealed      BYTEA   NOT NULL,
    created_at          BIGINT  NOT NULL
);
CREATE INDEX sp_keys_by_service_provider ON sp_keys (service_provider_id);

CREATE TABLE connections (
    account_id          TEXT    NOT NULL REFERENCES accounts (id),
    id                  TEXT    NOT NULL PRIMARY KEY,
    kind                TEXT    NOT NULL,
    service_provider_id TEXT    NOT NULL REFERENCES service_providers (id),
    idp_entity_id       TEXT    NOT NULL,
    name                TEXT    NOT NULL,
    state               TEXT    NOT NULL,
    revision            BIGINT  NOT NULL,
    created_at          BIGINT  NOT NULL,
    updated_at          BIGINT  NOT NULL,
    UNIQUE (account_id, id),
    UNIQUE (service_provider_id, idp_entity_id)
);

CREATE TABLE connection_revisions (
    account_id    TEXT    NOT NULL,
    connection_id TEXT    NOT NULL,
    revision      BIGINT  NOT NULL,
    settings      TEXT    NOT NULL,
    actor         TEXT    NOT NULL,
    created_at    BIGINT  NOT NULL,
    PRIMARY KEY (connection_id, revision),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id)
);

CREATE TABLE idp_keys (
    account_id    TEXT    NOT NULL,
    connection_id TEXT    NOT NULL,
    spki_sha256   TEXT    NOT NULL,
    certificate   BYTEA   NOT NULL,
    source        TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    first_used_at BIGINT,
    last_used_at  BIGINT,
    created_at    BIGINT  NOT NULL,
    PRIMARY KEY (connection_id, spki_sha256),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id)
);

-- email_key is a keyed hash, not unique: children share a parent's address.
CREATE TABLE users (
    account_id      TEXT    NOT NULL REFERENCES accounts (id),
    id              TEXT    NOT NULL PRIMARY KEY,
    external_id     TEXT,
    state           TEXT    NOT NULL,
    role            TEXT    NOT NULL,
    profile_sealed  BYTEA   NOT NULL,
    email_key       BYTEA,
    created_at      BIGINT  NOT NULL,
    updated_at      BIGINT  NOT NULL,
    last_sign_in_at BIGINT,
    UNIQUE (account_id, id),
    UNIQUE (account_id, external_id)
);
CREATE INDEX users_by_email ON users (account_id, email_key);

-- value_key is a keyed hash of what is compared; value_sealed is what people see.
CREATE TABLE identities (
    account_id    TEXT    NOT NULL,
    id            TEXT    NOT NULL PRIMARY KEY,
    connection_id TEXT    NOT NULL,
    source        TEXT    NOT NULL,
    value_key     BYTEA   NOT NULL,
    value_sealed  BYTEA   NOT NULL,
    user_id       TEXT    NOT NULL,
    created_at    BIGINT  NOT NULL,
    UNIQUE (connection_id, source, value_key),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id)
);

-- A pending request is sealed in the browser; only that it was used is a row.
CREATE TABLE consumed_requests (
    account_id    TEXT    NOT NULL,
    request_id    TEXT    NOT NULL PRIMARY KEY,
    connection_id TEXT    NOT NULL,
    expires_at    BIGINT  NOT NULL
);
CREATE INDEX consumed_requests_by_expiry ON consumed_requests (expires_at);

CREATE TABLE replays (
    account_id     TEXT    NOT NULL,
    day            BIGINT  NOT NULL,
    connection_id  TEXT    NOT NULL,
    assertion_hash BYTEA   NOT NULL,
    attempt_id     TEXT    NOT NULL,
    PRIMARY KEY (day, connection_id, assertion_hash)
);

-- token_hash is SHA-256 of the cookie's value: nothing here can be replayed as a cookie.
CREATE TABLE sessions (
    account_id         TEXT    NOT NULL,
    token_hash         BYTEA   NOT NULL PRIMARY KEY,
    id                 TEXT    NOT NULL UNIQUE,
    user_id            TEXT    NOT NULL,
    connection_id      TEXT    NOT NULL,
    attempt_id         TEXT    NOT NULL,
    browser_hash       BYTEA   NOT NULL,
    statement_sealed   BYTEA   NOT NULL,
    name_id_key        BYTEA,
    session_index_key  BYTEA,
    authn_instant      BIGINT,
    authn_context      TEXT,
    created_at         BIGINT  NOT NULL,
    last_seen_at       BIGINT  NOT NULL,
    expires_at         BIGINT  NOT NULL,
    ended_at           BIGINT,
    ended_by           TEXT,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id)
);
CREATE INDEX sessions_by_user ON sessions (account_id, user_id);
CREATE INDEX sessions_by_browser ON sessions (browser_hash);
CREATE INDEX sessions_by_name_id ON sessions (connection_id, name_id_key);

-- is_signed: a trusted key stands behind the message. code is what may be said in public; the true one is in the sealed trace.
CREATE TABLE attempts (
    account_id    TEXT    NOT NULL,
    id            TEXT    NOT NULL PRIMARY KEY,
    day           BIGINT  NOT NULL,
    connection_id TEXT    NOT NULL,
    revision      BIGINT  NOT NULL,
    purpose       TEXT    NOT NULL,
    outcome       TEXT    NOT NULL,
    is_signed     BIGINT  NOT NULL,
    code          TEXT,
    trace_sealed  BYTEA   NOT NULL,
    user_id       TEXT,
    session_id    TEXT,
    request_id    TEXT    NOT NULL,
    created_at    BIGINT  NOT NULL
);
CREATE INDEX attempts_by_connection ON attempts (account_id, connection_id, created_at);
CREATE INDEX attempts_by_day ON attempts (day);

CREATE TABLE attempt_messages (
    account_id    TEXT    NOT NULL,
    attempt_id    TEXT    NOT NULL PRIMARY KEY REFERENCES attempts (id),
    connection_id TEXT    NOT NULL,
    outcome       TEXT    NOT NULL,
    raw_sealed    BYTEA   NOT NULL,
    created_at    BIGINT  NOT NULL,
    expires_at    BIGINT  NOT NULL
);
CREATE INDEX attempt_messages_by_connection ON attempt_messages (account_id, connection_id, outcome, created_at);
CREATE INDEX attempt_messages_by_expiry ON attempt_messages (expires_at);

-- Refusals beyond those that are stored one by one, counted by the minute.
CREATE TABLE attempt_overflows (
    account_id    TEXT    NOT NULL,
    connection_id TEXT    NOT NULL,
    minute        BIGINT  NOT NULL,
    refused       BIGINT  NOT NULL,
    PRIMARY KEY (connection_id, minute)
);

CREATE TABLE events (
    account_id  TEXT    NOT NULL REFERENCES accounts (id),
    seq         BIGINT  NOT NULL,
    at          BIGINT  NOT NULL,
    actor       TEXT    NOT NULL,
    action      TEXT    NOT NULL,
    target      TEXT    NOT NULL,
    body_sealed BYTEA   NOT NULL,
    hash        BYTEA   NOT NULL,
    PRIMARY KEY (account_id, seq)
);

-- What other processes on the same database must notice.
CREATE TABLE changes (
    seq  BIGINT  NOT NULL GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    kind TEXT    NOT NULL,
    id   TEXT    NOT NULL,
    at   BIGINT  NOT NULL
);
