-- Whom what Zoom told names: keyed hashes of email addresses and of Zoom's ids of people. By these it is found, and goes
-- when a person is erased.
CREATE TABLE zoom_event_people (
    account_id  TEXT NOT NULL,
    person_hash BYTEA NOT NULL,
    event_id    TEXT NOT NULL,
    PRIMARY KEY (account_id, person_hash, event_id),
    FOREIGN KEY (account_id, event_id) REFERENCES zoom_events (account_id, id) ON DELETE CASCADE
);
CREATE INDEX zoom_event_people_by_event ON zoom_event_people (account_id, event_id);
