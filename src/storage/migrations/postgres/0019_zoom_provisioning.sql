-- Provisioning into Zoom and the inventory of Zoom's users.

-- next_run_at, next_inventory_at: none where nothing is scheduled. followed_from: people who changed since then are
-- looked at one by one; none where changes are not followed.
CREATE TABLE zoom_provisioning (
    account_id        TEXT    NOT NULL PRIMARY KEY REFERENCES accounts (id),
    version           BIGINT  NOT NULL,
    settings_sealed   BYTEA   NOT NULL,
    next_run_at       BIGINT,
    next_inventory_at BIGINT,
    followed_from     BIGINT,
    updated_at        BIGINT  NOT NULL
);
CREATE INDEX zoom_provisioning_by_run ON zoom_provisioning (next_run_at) WHERE next_run_at IS NOT NULL;
CREATE INDEX zoom_provisioning_by_inventory ON zoom_provisioning (next_inventory_at)
    WHERE next_inventory_at IS NOT NULL;
CREATE INDEX zoom_provisioning_by_follow ON zoom_provisioning (account_id) WHERE followed_from IS NOT NULL;

-- What ties a person to a Zoom user. It outlives the person: until the Zoom user is taken away, somebody must know of it.
CREATE TABLE zoom_people (
    account_id     TEXT    NOT NULL REFERENCES accounts (id),
    user_id        TEXT    NOT NULL,
    zoom_id        TEXT,
    rule           TEXT,
    taken          BYTEA,
    ignored_sealed BYTEA,
    is_pending     BIGINT  NOT NULL,
    is_off         BIGINT  NOT NULL,
    problem        TEXT,
    changed_at     BIGINT  NOT NULL,
    PRIMARY KEY (account_id, user_id)
);
CREATE UNIQUE INDEX zoom_people_by_zoom_id ON zoom_people (account_id, zoom_id) WHERE zoom_id IS NOT NULL;
CREATE INDEX zoom_people_with_problems ON zoom_people (account_id, user_id) WHERE problem IS NOT NULL;

-- People who are to be looked at by themselves, soon.
CREATE TABLE zoom_queue (
    account_id TEXT    NOT NULL REFERENCES accounts (id),
    user_id    TEXT    NOT NULL,
    queued_at  BIGINT  NOT NULL,
    PRIMARY KEY (account_id, user_id)
);

-- settings_version: what was planned holds for these settings alone. The lease is for whoever works on it now.
CREATE TABLE zoom_runs (
    account_id       TEXT    NOT NULL REFERENCES accounts (id),
    id               TEXT    NOT NULL PRIMARY KEY,
    kind             TEXT    NOT NULL,
    state            TEXT    NOT NULL,
    settings_version BIGINT  NOT NULL,
    totals           TEXT    NOT NULL,
    seen             BIGINT  NOT NULL,
    steps            BIGINT  NOT NULL,
    done             BIGINT  NOT NULL,
    failed           BIGINT  NOT NULL,
    skipped          BIGINT  NOT NULL,
    removed          BIGINT  NOT NULL,
    problem          TEXT,
    tries            BIGINT  NOT NULL,
    created_by       TEXT    NOT NULL,
    confirmed_by     TEXT,
    created_at       BIGINT  NOT NULL,
    run_at           BIGINT  NOT NULL,
    planned_at       BIGINT,
    ended_at         BIGINT,
    lease            TEXT,
    leased_until     BIGINT,
    UNIQUE (account_id, id)
);
CREATE UNIQUE INDEX zoom_runs_one_at_a_time ON zoom_runs (account_id) WHERE state IN ('planning', 'applying');
CREATE INDEX zoom_runs_by_turn ON zoom_runs (run_at) WHERE state IN ('planning', 'applying');
CREATE INDEX zoom_runs_by_age ON zoom_runs (created_at);

-- Steps, and notes about what no step does.
CREATE TABLE zoom_steps (
    account_id    TEXT    NOT NULL REFERENCES accounts (id),
    run_id        TEXT    NOT NULL,
    number        BIGINT  NOT NULL,
    kind          TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    user_id       TEXT,
    step_sealed   BYTEA   NOT NULL,
    problem       TEXT,
    result_sealed BYTEA,
    tries         BIGINT  NOT NULL,
    ended_at      BIGINT,
    PRIMARY KEY (account_id, run_id, number),
    FOREIGN KEY (account_id, run_id) REFERENCES zoom_runs (account_id, id) ON DELETE CASCADE
);
CREATE INDEX zoom_steps_by_state ON zoom_steps (account_id, run_id, state, number);
CREATE INDEX zoom_steps_by_user ON zoom_steps (account_id, user_id, run_id);

-- sweep and next_page: where the reading is; seen_sealed: who was counted, while it is under way.
CREATE TABLE zoom_inventories (
    account_id    TEXT    NOT NULL REFERENCES accounts (id),
    id            TEXT    NOT NULL PRIMARY KEY,
    state         TEXT    NOT NULL,
    created_by    TEXT    NOT NULL,
    created_at    BIGINT  NOT NULL,
    run_at        BIGINT  NOT NULL,
    ended_at      BIGINT,
    sweep         TEXT    NOT NULL,
    next_page     TEXT,
    read_at       BIGINT,
    seen          BIGINT  NOT NULL,
    seen_sealed   BYTEA,
    report_sealed BYTEA,
    problem       TEXT,
    tries         BIGINT  NOT NULL,
    lease         TEXT,
    leased_until  BIGINT,
    UNIQUE (account_id, id)
);
CREATE UNIQUE INDEX zoom_inventories_one_at_a_time ON zoom_inventories (account_id) WHERE state = 'reading';
CREATE INDEX zoom_inventories_by_turn ON zoom_inventories (run_at) WHERE state = 'reading';
CREATE INDEX zoom_inventories_by_age ON zoom_inventories (created_at);

-- Zoom's users as the last inventory found them.
CREATE TABLE zoom_seats (
    account_id   TEXT    NOT NULL REFERENCES accounts (id),
    seat_key     BYTEA   NOT NULL,
    zoom_id      TEXT,
    email_key    BYTEA   NOT NULL,
    found_by     TEXT    NOT NULL,
    plan         TEXT    NOT NULL,
    use_of_it    TEXT    NOT NULL,
    is_wasted    BIGINT  NOT NULL,
    seat_sealed  BYTEA   NOT NULL,
    PRIMARY KEY (account_id, seat_key)
);
CREATE INDEX zoom_seats_by_plan ON zoom_seats (account_id, plan, seat_key);
CREATE INDEX zoom_seats_by_use ON zoom_seats (account_id, use_of_it, seat_key);
CREATE INDEX zoom_seats_wasted ON zoom_seats (account_id, seat_key) WHERE is_wasted = 1;
CREATE INDEX zoom_seats_by_zoom_id ON zoom_seats (account_id, zoom_id);
CREATE INDEX zoom_seats_by_email ON zoom_seats (account_id, email_key);
CREATE INDEX zoom_seats_by_finder ON zoom_seats (account_id, found_by);

-- Who changed since somebody looked.
CREATE INDEX users_by_change ON users (account_id, updated_at, id);
