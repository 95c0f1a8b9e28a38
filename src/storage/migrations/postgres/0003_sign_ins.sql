-- version counts every change that a sign-in depends on, so that one number says whether it was decided on what is.
ALTER TABLE accounts ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE connections ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- The only sessions of a browser that are looked for are those that go on; a machine that a whole school shares has
-- thousands that ended.
DROP INDEX sessions_by_browser;
CREATE INDEX sessions_by_browser ON sessions (browser_hash) WHERE ended_at IS NULL;
