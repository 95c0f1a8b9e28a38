-- Callers beside the people that identity providers vouch for: those who run the installation, keys of the REST API,
-- links that let somebody in once or set something up, passkeys; and mail that waits to be sent. Without an account_id a
-- row is the installation's, and sealed under a key of its own.

CREATE TABLE installation_keys (
    generation BIGINT  NOT NULL PRIMARY KEY,
    wrapped    BYTEA   NOT NULL,
    created_at BIGINT  NOT NULL
);

CREATE TABLE operators (
    id           TEXT    NOT NULL PRIMARY KEY,
    about_sealed BYTEA   NOT NULL,
    state        TEXT    NOT NULL,
    created_by   TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL
);

CREATE TABLE links (
    account_id   TEXT    REFERENCES accounts (id),
    id           TEXT    NOT NULL PRIMARY KEY,
    token_hash   BYTEA   NOT NULL UNIQUE,
    kind         TEXT    NOT NULL,
    user_id      TEXT,
    operator_id  TEXT    REFERENCES operators (id),
    scopes       TEXT    NOT NULL,
    about_sealed BYTEA   NOT NULL,
    created_by   TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL,
    used_at      BIGINT,
    finished_at  BIGINT,
    revoked_at   BIGINT,
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id)
);
CREATE INDEX links_by_user ON links (account_id, user_id);
CREATE INDEX links_by_operator ON links (operator_id);
CREATE INDEX links_by_expiry ON links (expires_at);

-- Whoever got in by a link or a passkey. Those who came by single sign-on are in sessions.
CREATE TABLE console_sessions (
    account_id   TEXT    REFERENCES accounts (id),
    id           TEXT    NOT NULL PRIMARY KEY,
    token_hash   BYTEA   NOT NULL UNIQUE,
    user_id      TEXT,
    operator_id  TEXT    REFERENCES operators (id),
    link_id      TEXT,
    method       TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL,
    last_seen_at BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL,
    ended_at     BIGINT,
    ended_by     TEXT,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id),
    FOREIGN KEY (account_id, link_id) REFERENCES links (account_id, id)
);
CREATE INDEX console_sessions_by_user ON console_sessions (account_id, user_id);
CREATE INDEX console_sessions_by_link ON console_sessions (account_id, link_id);
CREATE INDEX console_sessions_by_operator ON console_sessions (operator_id);
CREATE INDEX console_sessions_by_expiry ON console_sessions (expires_at);

-- credential_key is the SHA-256 of the credential's id.
CREATE TABLE passkeys (
    account_id        TEXT    REFERENCES accounts (id),
    id                TEXT    NOT NULL PRIMARY KEY,
    user_id           TEXT,
    operator_id       TEXT    REFERENCES operators (id),
    credential_key    BYTEA   NOT NULL UNIQUE,
    credential_sealed BYTEA   NOT NULL,
    name              TEXT    NOT NULL,
    created_at        BIGINT  NOT NULL,
    last_used_at      BIGINT,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id)
);
CREATE INDEX passkeys_by_user ON passkeys (account_id, user_id);
CREATE INDEX passkeys_by_operator ON passkeys (operator_id);

-- What passkeys were asked travels sealed with the browser; only that it was answered is a row.
CREATE TABLE used_challenges (
    challenge_hash BYTEA   NOT NULL PRIMARY KEY,
    expires_at     BIGINT  NOT NULL
);
CREATE INDEX used_challenges_by_expiry ON used_challenges (expires_at);

CREATE TABLE api_keys (
    account_id   TEXT    REFERENCES accounts (id),
    id           TEXT    NOT NULL PRIMARY KEY,
    secret_hash  BYTEA   NOT NULL UNIQUE,
    name         TEXT    NOT NULL,
    scopes       TEXT    NOT NULL,
    created_by   TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL,
    last_used_at BIGINT,
    revoked_at   BIGINT
);
CREATE INDEX api_keys_by_account ON api_keys (account_id, id);

-- Mail that waits: to whom and what, sealed. It goes when it is sent.
CREATE TABLE mails (
    account_id  TEXT    NOT NULL REFERENCES accounts (id),
    id          TEXT    NOT NULL PRIMARY KEY,
    body_sealed BYTEA   NOT NULL,
    created_at  BIGINT  NOT NULL
);
CREATE INDEX mails_by_age ON mails (created_at);

-- Owners are few, and told of what happens: found without reading everybody.
CREATE INDEX users_who_own ON users (account_id) WHERE role = 'owner';
