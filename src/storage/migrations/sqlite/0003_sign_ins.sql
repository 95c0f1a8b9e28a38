-- version counts every change that a sign-in depends on, so that one number says whether it was decided on what is.
ALTER TABLE accounts ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE connections ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- The only sessions of a browser that are looked for are those that go on; a machine that a whole school shares has
-- thousands that ended.
DROP INDEX sessions_by_browser;
CREATE INDEX sessions_by_browser ON sessions (browser_hash) WHERE ended_at IS NULL;

-- One tree each instead of a table and its index: they are nothing but their keys.
CREATE TABLE replays_new (
    account_id     TEXT    NOT NULL,
    day            INTEGER NOT NULL,
    connection_id  TEXT    NOT NULL,
    assertion_hash BLOB    NOT NULL,
    attempt_id     TEXT    NOT NULL,
    PRIMARY KEY (day, connection_id, assertion_hash)
) STRICT, WITHOUT ROWID;
INSERT INTO replays_new SELECT account_id, day, connection_id, assertion_hash, attempt_id FROM replays;
DROP TABLE replays;
ALTER TABLE replays_new RENAME TO replays;

CREATE TABLE consumed_requests_new (
    account_id    TEXT    NOT NULL,
    request_id    TEXT    NOT NULL PRIMARY KEY,
    connection_id TEXT    NOT NULL,
    expires_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO consumed_requests_new SELECT account_id, request_id, connection_id, expires_at FROM consumed_requests;
DROP TABLE consumed_requests;
ALTER TABLE consumed_requests_new RENAME TO consumed_requests;
CREATE INDEX consumed_requests_by_expiry ON consumed_requests (expires_at);
