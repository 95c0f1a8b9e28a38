-- Keys that sign tokens. One key at a time is added: the number is the lock. Its state follows from the time.
CREATE TABLE signing_keys (
    number         INTEGER NOT NULL PRIMARY KEY,
    kid            TEXT    NOT NULL UNIQUE,
    public_point   BLOB    NOT NULL,
    private_sealed BLOB    NOT NULL,
    actor          TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,
    active_from    INTEGER NOT NULL,
    withdrawn_at   INTEGER
) STRICT;

-- With what and from where a person signed in, roughly: for their own list of sessions.
ALTER TABLE sessions ADD COLUMN client_sealed BLOB;

-- When a key was put into its state. Keys from before have been active from the start.
ALTER TABLE sp_keys ADD COLUMN state_since INTEGER;
