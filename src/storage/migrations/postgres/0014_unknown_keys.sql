-- Keys that messages which would fit otherwise were signed with, and that nobody trusts: an owner is asked about them.
CREATE TABLE unknown_keys (
    account_id    TEXT    NOT NULL,
    connection_id TEXT    NOT NULL,
    spki_sha256   TEXT    NOT NULL,
    certificate   BYTEA   NOT NULL,
    seen          BIGINT  NOT NULL,
    first_seen_at BIGINT  NOT NULL,
    last_seen_at  BIGINT  NOT NULL,
    declined_at   BIGINT,
    PRIMARY KEY (connection_id, spki_sha256),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id)
);

-- An owner said no to what the metadata says; the same is not asked again.
ALTER TABLE connection_drifts ADD COLUMN declined_at BIGINT;
