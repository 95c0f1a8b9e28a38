-- The hashes of a sealed hour, in portions, so that an hour of any size is sealed and checked a portion at a time: each
-- attempt's id, whether it was refused, and its hash. They go with the attempts when these have passed their time; the
-- root and their number stay, and their hash stands in an event of the account. Nothing was released with seals of 0009.
DROP TABLE attempt_seals;
CREATE TABLE attempt_seals (
    account_id TEXT    NOT NULL REFERENCES accounts (id),
    hour       BIGINT NOT NULL,
    attempts   BIGINT NOT NULL,
    root       BYTEA   NOT NULL,
    dropped_at BIGINT,
    PRIMARY KEY (account_id, hour)
);
CREATE INDEX attempt_seals_by_hour ON attempt_seals (hour);
CREATE INDEX attempt_seals_kept ON attempt_seals (hour) WHERE dropped_at IS NULL;
CREATE TABLE attempt_leaves (
    account_id    TEXT    NOT NULL,
    hour          BIGINT NOT NULL,
    connection_id TEXT    NOT NULL,
    begins_with   TEXT    NOT NULL,
    leaves        BYTEA   NOT NULL,
    PRIMARY KEY (account_id, hour, connection_id, begins_with),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id)
);
CREATE INDEX attempt_leaves_by_hour ON attempt_leaves (hour);
