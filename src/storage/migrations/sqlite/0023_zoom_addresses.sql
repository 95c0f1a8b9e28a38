-- The address by which somebody was invited to Zoom, while they have not accepted: whoever has it by then is theirs.
ALTER TABLE zoom_people ADD COLUMN invited_sealed BLOB;

-- The link and its version that a run was planned for: what was planned is for that Zoom account alone.
ALTER TABLE zoom_runs ADD COLUMN link TEXT;

-- Whom a push has put into which group of Zoom, or found where it wanted them: nobody else is ever taken out.
-- group_key: a keyed hash of the group's name.
CREATE TABLE zoom_pushed (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    group_key  BLOB NOT NULL,
    zoom_id    TEXT NOT NULL,
    PRIMARY KEY (account_id, group_key, zoom_id)
) STRICT;
CREATE INDEX zoom_pushed_by_user ON zoom_pushed (account_id, zoom_id);
