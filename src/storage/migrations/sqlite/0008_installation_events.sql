-- What was done to the installation as a whole, chained as the events of each account are. They are about nobody, so
-- their bodies stand in clear.
CREATE TABLE installation_events (
    seq    INTEGER NOT NULL PRIMARY KEY,
    at     INTEGER NOT NULL,
    actor  TEXT    NOT NULL,
    action TEXT    NOT NULL,
    target TEXT    NOT NULL,
    body   BLOB    NOT NULL,
    hash   BLOB    NOT NULL
) STRICT;
