-- Keys that sign tokens. One key at a time is added: the number is the lock. Its state follows from the time.
CREATE TABLE signing_keys (
    number         BIGINT  NOT NULL PRIMARY KEY,
    kid            TEXT    NOT NULL UNIQUE,
    public_point   BYTEA   NOT NULL,
    private_sealed BYTEA   NOT NULL,
    actor          TEXT    NOT NULL,
    created_at     BIGINT  NOT NULL,
    active_from    BIGINT  NOT NULL,
    withdrawn_at   BIGINT
);

-- With what and from where a person signed in, roughly: for their own list of sessions.
ALTER TABLE sessions ADD COLUMN client_sealed BYTEA;

-- When a key was put into its state. Keys from before have been active from the start.
ALTER TABLE sp_keys ADD COLUMN state_since BIGINT;
