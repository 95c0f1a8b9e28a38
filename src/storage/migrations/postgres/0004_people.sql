-- An email domain of an account. Whoever proves it has it alone; until then many may claim it.
-- challenge stands in DNS for the proof; proved_by is who or what proved it, with a reason when a person did.
CREATE TABLE domains (
    account_id    TEXT    NOT NULL REFERENCES accounts (id),
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    connection_id TEXT,
    challenge     TEXT    NOT NULL,
    proved_by     TEXT,
    reason        TEXT,
    created_at    BIGINT  NOT NULL,
    proved_at     BIGINT,
    UNIQUE (account_id, name),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id)
);
CREATE UNIQUE INDEX domains_proved ON domains (name) WHERE state = 'proved';

-- Single addresses outside of an account's domains that are let in all the same.
CREATE TABLE guests (
    account_id TEXT    NOT NULL REFERENCES accounts (id),
    id         TEXT    NOT NULL PRIMARY KEY,
    email_key  BYTEA   NOT NULL,
    sealed     BYTEA   NOT NULL,
    created_at BIGINT  NOT NULL,
    UNIQUE (account_id, email_key)
);

-- Whether another identity of a connection leads to a user.
CREATE INDEX identities_by_user ON identities (account_id, user_id);
