-- What was tried in an hour, sealed: leaves are the ids of the attempts, each with its hash; root is over all of them, and
-- stands in an event of the account too. trace_was is the hash of a trace before what is personal was erased from it.
CREATE TABLE attempt_seals (
    account_id TEXT   NOT NULL REFERENCES accounts (id),
    hour       BIGINT NOT NULL,
    leaves     BYTEA NOT NULL,
    root       BYTEA NOT NULL,
    PRIMARY KEY (account_id, hour)
);
ALTER TABLE attempts ADD COLUMN trace_was BYTEA;
