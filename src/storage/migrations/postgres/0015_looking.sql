-- Sign-ins are looked for by how they ended and by the reason. Nearly all are accepted, and pay nothing for it.
CREATE INDEX attempts_by_outcome ON attempts (account_id, connection_id, outcome, id, code, purpose)
    WHERE outcome <> 'accepted';
CREATE INDEX attempts_by_code ON attempts (account_id, connection_id, code, id) WHERE code IS NOT NULL;

-- How often it ended how, by the day: added to when an hour is sealed, in the same transaction, so that no sign-in waits
-- for a counter. What was tried since the last sealed hour is counted when somebody looks.
CREATE TABLE attempt_counts (
    account_id    TEXT    NOT NULL,
    day           BIGINT  NOT NULL,
    connection_id TEXT    NOT NULL,
    outcome       TEXT    NOT NULL,
    code          TEXT    NOT NULL,
    attempts      BIGINT  NOT NULL,
    PRIMARY KEY (account_id, day, connection_id, outcome, code),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id)
);
CREATE INDEX attempt_counts_by_day ON attempt_counts (day);

-- Links behind which somebody at the other end sees one sign-in, without what is personal. They may outlive it.
CREATE TABLE attempt_shares (
    account_id TEXT    NOT NULL REFERENCES accounts (id),
    id         TEXT    NOT NULL PRIMARY KEY,
    attempt_id TEXT    NOT NULL,
    token_hash BYTEA   NOT NULL UNIQUE,
    created_by TEXT    NOT NULL,
    created_at BIGINT  NOT NULL,
    expires_at BIGINT  NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX attempt_shares_by_attempt ON attempt_shares (account_id, attempt_id, id);
CREATE INDEX attempt_shares_by_expiry ON attempt_shares (expires_at);

-- Receipts: that somebody was erased, by whom, when, and how much there was. Nothing personal.
CREATE TABLE erasures (
    account_id TEXT    NOT NULL REFERENCES accounts (id),
    id         TEXT    NOT NULL PRIMARY KEY,
    user_id    TEXT    NOT NULL,
    erased_by  TEXT    NOT NULL,
    erased     TEXT    NOT NULL,
    created_at BIGINT  NOT NULL
);
CREATE INDEX erasures_by_account ON erasures (account_id, id);
