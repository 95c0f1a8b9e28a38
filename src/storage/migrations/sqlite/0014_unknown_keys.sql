-- Keys that messages which would fit otherwise were signed with, and that nobody trusts: an owner is asked about them.
CREATE TABLE unknown_keys (
    account_id    TEXT    NOT NULL,
    connection_id TEXT    NOT NULL,
    spki_sha256   TEXT    NOT NULL,
    certificate   BLOB    NOT NULL,
    seen          INTEGER NOT NULL,
    first_seen_at INTEGER NOT NULL,
    last_seen_at  INTEGER NOT NULL,
    declined_at   INTEGER,
    PRIMARY KEY (connection_id, spki_sha256),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id)
) STRICT;

-- An owner said no to what the metadata says; the same is not asked again.
ALTER TABLE connection_drifts ADD COLUMN declined_at INTEGER;
