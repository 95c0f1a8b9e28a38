-- Work to be done outside of the transaction that asked for it; periodic work; metadata from URLs; what revisions hold
-- beside their settings.

-- One row for each (kind, job_key), so that asking twice is asking once. Whoever works on it holds the lease until then;
-- a job whose lease ran out is anybody's again. input holds ids, nothing personal and nothing secret.
CREATE TABLE jobs (
    account_id   TEXT    REFERENCES accounts (id),
    id           TEXT    NOT NULL PRIMARY KEY,
    kind         TEXT    NOT NULL,
    job_key      TEXT    NOT NULL,
    input        TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    tries        INTEGER NOT NULL,
    run_at       INTEGER NOT NULL,
    lease        TEXT,
    leased_until INTEGER,
    problem      TEXT,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    UNIQUE (kind, job_key)
) STRICT;
CREATE INDEX jobs_by_turn ON jobs (state, run_at);

CREATE TABLE periodic_jobs (
    name         TEXT    NOT NULL PRIMARY KEY,
    next_at      INTEGER NOT NULL,
    lease        TEXT,
    leased_until INTEGER,
    began_at     INTEGER,
    ended_at     INTEGER,
    problem      TEXT
) STRICT;

-- When the metadata of a connection is fetched next, and how it went. lease: one fetch at a time, on whatever node.
CREATE TABLE metadata_sources (
    account_id    TEXT    NOT NULL,
    connection_id TEXT    NOT NULL PRIMARY KEY,
    next_at       INTEGER NOT NULL,
    began_at      INTEGER,
    lease         TEXT,
    leased_until  INTEGER,
    fetched_at    INTEGER,
    valid_until   INTEGER,
    failures      INTEGER NOT NULL,
    problem       TEXT,
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id)
) STRICT;
CREATE INDEX metadata_sources_by_turn ON metadata_sources (next_at);

-- What metadata says and does not change by itself; waits for an owner.
CREATE TABLE connection_drifts (
    account_id    TEXT    NOT NULL,
    connection_id TEXT    NOT NULL PRIMARY KEY,
    proposal      TEXT    NOT NULL,
    found_at      INTEGER NOT NULL,
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id)
) STRICT;

-- JSON: name, entity ID and trusted keys of that revision, and why it was made. Empty in revisions before this.
ALTER TABLE connection_revisions ADD COLUMN facts TEXT;
