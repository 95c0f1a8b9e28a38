-- Looks at DNS, how an account looks to those who sign in, whom to ask there, what of it will end, and who is told.

-- What was seen in DNS at last. next_check_at: of domains that DNS proved; missing_since: since when the proof is not there.
ALTER TABLE domains ADD COLUMN checked_at INTEGER;
ALTER TABLE domains ADD COLUMN check_result TEXT;
ALTER TABLE domains ADD COLUMN next_check_at INTEGER;
ALTER TABLE domains ADD COLUMN missing_since INTEGER;
CREATE INDEX domains_by_turn ON domains (next_check_at) WHERE next_check_at IS NOT NULL;

-- How often somebody's DNS was asked in an hour, whichever accounts wanted to know. zone: the domain that was registered.
CREATE TABLE dns_looks (
    zone  TEXT    NOT NULL PRIMARY KEY,
    hour  INTEGER NOT NULL,
    looks INTEGER NOT NULL
) STRICT;
CREATE INDEX dns_looks_by_hour ON dns_looks (hour);

-- Why an account is suspended.
ALTER TABLE accounts ADD COLUMN state_reason TEXT;

CREATE TABLE account_brandings (
    account_id  TEXT    NOT NULL PRIMARY KEY REFERENCES accounts (id),
    colour      TEXT,
    logo        BLOB,
    logo_type   TEXT,
    logo_hash   TEXT,
    logo_width  INTEGER,
    logo_height INTEGER,
    help_text   TEXT,
    help_url    TEXT,
    updated_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX account_brandings_by_logo ON account_brandings (logo_hash) WHERE logo_hash IS NOT NULL;

-- Whom to write to about what will end, beside the owners.
CREATE TABLE account_contacts (
    account_id   TEXT    NOT NULL PRIMARY KEY REFERENCES accounts (id),
    email_sealed BLOB    NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;

-- That somebody was told of an end so many days before it. notice_key: of what, and when it ends.
CREATE TABLE deadline_notices (
    account_id TEXT    NOT NULL REFERENCES accounts (id),
    notice_key TEXT    NOT NULL,
    days       INTEGER NOT NULL,
    ends_at    INTEGER NOT NULL,
    told_at    INTEGER NOT NULL,
    PRIMARY KEY (account_id, notice_key, days)
) STRICT;
CREATE INDEX deadline_notices_by_end ON deadline_notices (ends_at);

-- Calendars of what will end, by an address that nobody guesses. Without an account_id it is the installation's.
CREATE TABLE deadline_feeds (
    account_id   TEXT    REFERENCES accounts (id),
    id           TEXT    NOT NULL PRIMARY KEY,
    token_hash   BLOB    NOT NULL UNIQUE,
    created_by   TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
CREATE INDEX deadline_feeds_by_account ON deadline_feeds (account_id, id);

-- The events of a day are found without reading those before.
CREATE INDEX events_by_time ON events (account_id, at);

-- The number and hash of an account's last event, sealed: without it nobody sees that the latest were cut off.
CREATE TABLE event_heads (
    account_id  TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    head_sealed BLOB NOT NULL
) STRICT;

-- What will end, of all accounts, as it was when the job last looked: the board of those who run the installation reads no
-- certificates. An account's own board looks itself.
CREATE TABLE deadlines (
    account_id    TEXT NOT NULL REFERENCES accounts (id),
    kind          TEXT NOT NULL,
    thing         TEXT NOT NULL,
    ends_at       INTEGER NOT NULL,
    name          TEXT NOT NULL,
    connection_id TEXT,
    people        INTEGER NOT NULL,
    is_replaced   INTEGER NOT NULL,
    PRIMARY KEY (account_id, kind, thing),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id)
) STRICT;
CREATE INDEX deadlines_by_end ON deadlines (ends_at);
