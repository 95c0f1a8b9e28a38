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
    tries        BIGINT  NOT NULL,
    run_at       BIGINT  NOT NULL,
    lease        TEXT,
    leased_until BIGINT,
    problem      TEXT,
    created_at   BIGINT  NOT NULL,
    updated_at   BIGINT  NOT NULL,
    UNIQUE (kind, job_key)
);
CREATE INDEX jobs_by_turn ON jobs (state, run_at);

CREATE TABLE periodic_jobs (
    name         TEXT    NOT NULL PRIMARY KEY,
    next_at      BIGINT  NOT NULL,
    lease        TEXT,
    leased_until BIGINT,
    began_at     BIGINT,
    ended_at     BIGINT,
    problem      TEXT
);

-- When the metadata of a connection is fetched next, and how it went. lease: one fetch at a time, on whatever node.
CREATE TABLE metadata_sources (
    account_id    TEXT    NOT NULL,
    connection_id TEXT    NOT NULL PRIMARY KEY,
    next_at       BIGINT  NOT NULL,
    began_at      BIGINT,
    lease         TEXT,
    leased_until  BIGINT,
    fetched_at    BIGINT,
    valid_until   BIGINT,
    failures      BIGINT  NOT NULL,
    problem       TEXT,
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id)
);
CREATE INDEX metadata_sources_by_turn ON metadata_sources (next_at);

-- What metadata says and does not change by itself; waits for an owner.
CREATE TABLE connection_drifts (
    account_id    TEXT    NOT NULL,
    connection_id TEXT    NOT NULL PRIMARY KEY,
    proposal      TEXT    NOT NULL,
    found_at      BIGINT  NOT NULL,
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id)
);

-- JSON: name, entity ID and trusted keys of that revision, and why it was made. Empty in revisions before this.
ALTER TABLE connection_revisions ADD COLUMN facts TEXT;
