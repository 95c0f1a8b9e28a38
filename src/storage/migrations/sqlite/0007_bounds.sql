-- The database itself refuses rows across accounts; what is swept is found by an index, a few hundred rows at a time.
-- SQLite gives a key to a table by making the table anew.

-- Who signed in when is what their sessions say; a column that nobody wrote said nothing.
ALTER TABLE users DROP COLUMN last_sign_in_at;

-- A service provider that several accounts share will need a rule of its own; there is none yet.
CREATE UNIQUE INDEX service_providers_by_account ON service_providers (account_id, id);

CREATE TABLE sp_keys_new (
    account_id          TEXT    NOT NULL REFERENCES accounts (id),
    id                  TEXT    NOT NULL PRIMARY KEY,
    service_provider_id TEXT    NOT NULL,
    purpose             TEXT    NOT NULL,
    state               TEXT    NOT NULL,
    certificate         BLOB    NOT NULL,
    private_sealed      BLOB    NOT NULL,
    created_at          INTEGER NOT NULL,
    state_since         INTEGER,
    FOREIGN KEY (account_id, service_provider_id) REFERENCES service_providers (account_id, id)
) STRICT;
INSERT INTO sp_keys_new
    SELECT account_id, id, service_provider_id, purpose, state, certificate, private_sealed, created_at, state_since
    FROM sp_keys;
DROP TABLE sp_keys;
ALTER TABLE sp_keys_new RENAME TO sp_keys;
CREATE INDEX sp_keys_by_service_provider ON sp_keys (service_provider_id);

CREATE TABLE connections_new (
    account_id          TEXT    NOT NULL REFERENCES accounts (id),
    id                  TEXT    NOT NULL PRIMARY KEY,
    kind                TEXT    NOT NULL,
    service_provider_id TEXT    NOT NULL,
    idp_entity_id       TEXT    NOT NULL,
    name                TEXT    NOT NULL,
    state               TEXT    NOT NULL,
    revision            INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    version             INTEGER NOT NULL DEFAULT 1,
    UNIQUE (account_id, id),
    UNIQUE (service_provider_id, idp_entity_id),
    FOREIGN KEY (account_id, service_provider_id) REFERENCES service_providers (account_id, id)
) STRICT;
INSERT INTO connections_new
    SELECT account_id, id, kind, service_provider_id, idp_entity_id, name, state, revision, created_at, updated_at, version
    FROM connections;
DROP TABLE connections;
ALTER TABLE connections_new RENAME TO connections;

CREATE TABLE consumed_requests_new (
    account_id    TEXT    NOT NULL,
    request_id    TEXT    NOT NULL PRIMARY KEY,
    connection_id TEXT    NOT NULL,
    expires_at    INTEGER NOT NULL,
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO consumed_requests_new SELECT account_id, request_id, connection_id, expires_at FROM consumed_requests;
DROP TABLE consumed_requests;
ALTER TABLE consumed_requests_new RENAME TO consumed_requests;
CREATE INDEX consumed_requests_by_expiry ON consumed_requests (expires_at);

CREATE TABLE replays_new (
    account_id     TEXT    NOT NULL,
    day            INTEGER NOT NULL,
    connection_id  TEXT    NOT NULL,
    assertion_hash BLOB    NOT NULL,
    attempt_id     TEXT    NOT NULL,
    PRIMARY KEY (day, connection_id, assertion_hash),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO replays_new SELECT account_id, day, connection_id, assertion_hash, attempt_id FROM replays;
DROP TABLE replays;
ALTER TABLE replays_new RENAME TO replays;

CREATE TABLE sessions_new (
    account_id         TEXT    NOT NULL,
    token_hash         BLOB    NOT NULL PRIMARY KEY,
    id                 TEXT    NOT NULL UNIQUE,
    user_id            TEXT    NOT NULL,
    connection_id      TEXT    NOT NULL,
    attempt_id         TEXT    NOT NULL,
    browser_hash       BLOB    NOT NULL,
    statement_sealed   BLOB    NOT NULL,
    name_id_key        BLOB,
    session_index_key  BLOB,
    authn_instant      INTEGER,
    authn_context      TEXT,
    created_at         INTEGER NOT NULL,
    last_seen_at       INTEGER NOT NULL,
    expires_at         INTEGER NOT NULL,
    ended_at           INTEGER,
    ended_by           TEXT,
    client_sealed      BLOB,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id)
) STRICT;
INSERT INTO sessions_new
    SELECT account_id, token_hash, id, user_id, connection_id, attempt_id, browser_hash, statement_sealed, name_id_key,
        session_index_key, authn_instant, authn_context, created_at, last_seen_at, expires_at, ended_at, ended_by,
        client_sealed
    FROM sessions;
DROP TABLE sessions;
ALTER TABLE sessions_new RENAME TO sessions;
CREATE INDEX sessions_by_user ON sessions (account_id, user_id);
CREATE INDEX sessions_by_browser ON sessions (browser_hash) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_name_id ON sessions (connection_id, name_id_key);

-- Ids are in the order of time, so one index lists attempts and holds their messages to them.
CREATE TABLE attempts_new (
    account_id    TEXT    NOT NULL,
    id            TEXT    NOT NULL PRIMARY KEY,
    day           INTEGER NOT NULL,
    connection_id TEXT    NOT NULL,
    revision      INTEGER NOT NULL,
    purpose       TEXT    NOT NULL,
    outcome       TEXT    NOT NULL,
    is_signed     INTEGER NOT NULL,
    code          TEXT,
    trace_sealed  BLOB    NOT NULL,
    user_id       TEXT,
    session_id    TEXT,
    request_id    TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    UNIQUE (account_id, connection_id, id),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id)
) STRICT;
INSERT INTO attempts_new
    SELECT account_id, id, day, connection_id, revision, purpose, outcome, is_signed, code, trace_sealed, user_id,
        session_id, request_id, created_at
    FROM attempts;
DROP TABLE attempts;
ALTER TABLE attempts_new RENAME TO attempts;
-- Only refused attempts are ever dropped; they are few beside the others, as are tests.
CREATE INDEX attempts_refused ON attempts (day) WHERE outcome = 'refused';
CREATE INDEX attempts_tested ON attempts (account_id, connection_id, revision) WHERE outcome = 'tested';

CREATE TABLE attempt_messages_new (
    account_id    TEXT    NOT NULL,
    attempt_id    TEXT    NOT NULL PRIMARY KEY,
    connection_id TEXT    NOT NULL,
    outcome       TEXT    NOT NULL,
    raw_sealed    BLOB    NOT NULL,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    FOREIGN KEY (account_id, connection_id, attempt_id) REFERENCES attempts (account_id, connection_id, id)
) STRICT;
INSERT INTO attempt_messages_new
    SELECT account_id, attempt_id, connection_id, outcome, raw_sealed, created_at, expires_at FROM attempt_messages;
DROP TABLE attempt_messages;
ALTER TABLE attempt_messages_new RENAME TO attempt_messages;
CREATE INDEX attempt_messages_by_connection ON attempt_messages (account_id, connection_id, outcome, created_at);
CREATE INDEX attempt_messages_by_expiry ON attempt_messages (expires_at);

CREATE TABLE attempt_overflows_new (
    account_id    TEXT    NOT NULL,
    connection_id TEXT    NOT NULL,
    minute        INTEGER NOT NULL,
    refused       INTEGER NOT NULL,
    PRIMARY KEY (connection_id, minute),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id)
) STRICT;
INSERT INTO attempt_overflows_new SELECT account_id, connection_id, minute, refused FROM attempt_overflows;
DROP TABLE attempt_overflows;
ALTER TABLE attempt_overflows_new RENAME TO attempt_overflows;
CREATE INDEX attempt_overflows_by_minute ON attempt_overflows (minute);

CREATE INDEX changes_by_moment ON changes (at);
