//! No row refers to a row of another account: the database itself refuses it, whoever writes. The tables and their keys
//! are read from the database's own catalogue, so that a table that comes later is held to it as well.

use gatepost::directory::preset::Product;

use crate::database::Outside;
use crate::site::{Site, alice, bjoern};

/// Columns that are named like a reference and are none, or need not be held; and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("accounts", "external_id", "the platform's own id"),
    ("users", "external_id", "the platform's own id"),
    ("service_providers", "entity_id", "a URI"),
    ("connections", "idp_entity_id", "a URI"),
    ("consumed_requests", "request_id", "of a SAML request, which is no row"),
    ("attempts", "request_id", "of an HTTP request, which is no row"),
    ("attempts", "user_id", "an attempt outlives the user: it is what is left of them"),
    ("attempts", "session_id", "an attempt outlives its session"),
    (
        "sessions",
        "attempt_id",
        "a session may outlive its attempt; it is compared, and nothing is read by it",
    ),
    ("replays", "attempt_id", "as with sessions"),
    (
        "links",
        "connection_id",
        "it is compared with the connections of its account, and nothing is read by it",
    ),
    ("attempt_shares", "attempt_id", "a link may outlive what it shows; then it shows nothing"),
    ("zoom_people", "user_id", "what ties a person to a Zoom user outlives them, until that is taken away"),
    ("zoom_people", "zoom_id", "of a user of Zoom, which is no row"),
    ("zoom_pushed", "zoom_id", "of a user of Zoom, which is no row"),
    ("zoom_queue", "user_id", "somebody who was erased is looked at once more"),
    ("zoom_queue", "run_id", "whom a run has taken; they are let go when it is forgotten"),
    ("zoom_steps", "user_id", "what was done outlives whom it was done for"),
    ("zoom_seats", "zoom_id", "of a user of Zoom, which is no row"),
    ("erasures", "user_id", "the receipt is what is left of them"),
];

/// A foreign key: the columns of the table, the other table, its columns.
#[derive(Debug, Clone)]
struct Reference {
    columns: Vec<String>,
    parent: String,
    theirs: Vec<String>,
}

#[derive(Debug)]
struct Table {
    name: String,
    /// With their types.
    columns: Vec<(String, String)>,
    /// Those that are in a primary key or something else that is unique.
    unique: Vec<String>,
    references: Vec<Reference>,
}

impl Table {
    fn has_account(&self) -> bool {
        self.columns.iter().any(|(name, _)| name == "account_id")
    }
}

async fn lines(outside: &mut Outside, sql: &str) -> Vec<Vec<String>> {
    let lines = outside.texts(sql).await.into_iter().map(Option::unwrap);
    lines.map(|line| line.split('|').map(str::to_owned).collect()).collect()
}

/// Every table, as the database describes it.
async fn catalogue(outside: &mut Outside) -> Vec<Table> {
    let mut tables = Vec::new();
    for name in outside.tables().await {
        let (columns, unique, references) = match outside {
            Outside::Sqlite(_) => (
                format!("SELECT name || '|' || type FROM pragma_table_info('{name}') ORDER BY cid"),
                format!(
                    "SELECT DISTINCT i.name FROM pragma_index_list('{name}') l, pragma_index_info(l.name) i
                     WHERE l.\"unique\" UNION SELECT name FROM pragma_table_info('{name}') WHERE pk > 0"
                ),
                format!(
                    "SELECT id || '|' || \"table\" || '|' || \"from\" || '|' || \"to\"
                     FROM pragma_foreign_key_list('{name}') ORDER BY id, seq"
                ),
            ),
            Outside::Postgres(_) => (
                format!(
                    "SELECT column_name || '|' || data_type FROM information_schema.columns
                     WHERE table_schema = current_schema() AND table_name = '{name}' ORDER BY ordinal_position"
                ),
                format!(
                    "SELECT DISTINCT a.attname::text FROM pg_index i
                     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                     WHERE i.indrelid = '{name}'::regclass AND i.indisunique"
                ),
                format!(
                    "SELECT c.oid || '|' || c.confrelid::regclass || '|' || a.attname || '|' || b.attname
                     FROM pg_constraint c, unnest(c.conkey, c.confkey) WITH ORDINALITY AS k (mine, theirs, n),
                         pg_attribute a, pg_attribute b
                     WHERE c.conrelid = '{name}'::regclass AND c.contype = 'f'
                         AND a.attrelid = c.conrelid AND a.attnum = k.mine
                         AND b.attrelid = c.confrelid AND b.attnum = k.theirs
                     ORDER BY c.oid, k.n"
                ),
            ),
        };
        let columns = lines(outside, &columns).await;
        let columns = columns.into_iter().map(|line| (line[0].clone(), line[1].to_lowercase())).collect();
        let unique = lines(outside, &unique).await.into_iter().map(|mut line| line.remove(0)).collect();
        let mut found: Vec<(String, Reference)> = Vec::new();
        for line in lines(outside, &references).await {
            let [key, parent, mine, theirs] = <[String; 4]>::try_from(line).unwrap();
            if found.last().is_none_or(|(last, _)| *last != key) {
                found.push((key, Reference { columns: vec![], parent, theirs: vec![] }));
            }
            let (_, reference) = found.last_mut().unwrap();
            reference.columns.push(mine);
            reference.theirs.push(theirs);
        }
        let references = found.into_iter().map(|(_, reference)| reference).collect();
        tables.push(Table { name, columns, unique, references });
    }
    assert!(tables.len() > 20, "{tables:?}");
    tables
}

/// What is wrong with the references of `tables`, and which exceptions were needed.
fn look(tables: &[Table]) -> (Vec<String>, usize) {
    let is_an_accounts = |name: &str| tables.iter().any(|table| table.name == name && table.has_account());
    let (mut wrong, mut exceptions) = (Vec::new(), 0);
    for table in tables {
        for reference in table.references.iter().filter(|reference| is_an_accounts(&reference.parent)) {
            let mut pairs = reference.columns.iter().zip(&reference.theirs);
            if !pairs.any(|(mine, theirs)| mine == "account_id" && theirs == "account_id") {
                wrong.push(format!("{} refers to {} without the account", table.name, reference.parent));
            }
        }
        for (column, _) in table.columns.iter().filter(|(name, _)| name.ends_with("_id")) {
            let is_held = table.references.iter().any(|reference| reference.columns.contains(column));
            let is_exception = EXCEPTIONS.iter().any(|(name, own, _)| *name == table.name && own == column);
            if is_held == is_exception {
                wrong.push(format!("{}.{column}: held {is_held}, exception {is_exception}", table.name));
            }
            exceptions += usize::from(is_exception);
        }
    }
    (wrong, exceptions)
}

#[tokio::test]
async fn every_reference_carries_its_account() {
    let site = Site::https().await;
    let mut outside = site.folder.connect().await;
    let (wrong, exceptions) = look(&catalogue(&mut outside).await);
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(exceptions, EXCEPTIONS.len(), "exceptions that are there no more");
    // Tables that are not as they should be are noticed.
    outside
        .execute(
            "CREATE TABLE loose (account_id TEXT NOT NULL REFERENCES accounts (id), connection_id TEXT);
            CREATE TABLE crossing (account_id TEXT NOT NULL REFERENCES accounts (id),
                connection_id TEXT REFERENCES connections (id))",
        )
        .await;
    let (wrong, _) = look(&catalogue(&mut outside).await);
    assert_eq!(
        wrong,
        [
            "crossing refers to connections without the account",
            "loose.connection_id: held false, exception false"
        ]
    );
}

/// Two accounts with everything in them, each twice.
async fn fill(site: &Site) -> [String; 2] {
    site.make_account("other", "Other").await;
    for account in [crate::site::ACCOUNT, "other"] {
        let main = site.connect_to(account, Product::Okta, (None, None)).await;
        // Ids of one moment have no order.
        site.clock.advance(1);
        site.connect_to(account, Product::Canvas, (None, None)).await;
        for person in [alice(), bjoern()] {
            site.clock.advance(1);
            site.browser().sign_in(site, &main, &person).await;
        }
    }
    site.execute(
        "INSERT INTO attempts (account_id, id, day, connection_id, revision, purpose, outcome, is_signed, trace_sealed,
            request_id, created_at)
        SELECT account_id, replace(id, 'att_0', 'att_7'), day, connection_id, revision, purpose, outcome, is_signed,
            trace_sealed, request_id, created_at FROM attempts;
        INSERT INTO domains (account_id, id, name, state, connection_id, challenge, created_at)
        SELECT account_id, MIN(id), MIN(id), 'pending', MIN(id), 'x', 0 FROM connections GROUP BY account_id;
        INSERT INTO metadata_sources (account_id, connection_id, next_at, failures)
        SELECT account_id, MIN(id), 0, 0 FROM connections GROUP BY account_id;
        INSERT INTO connection_drifts (account_id, connection_id, proposal, found_at)
        SELECT account_id, MIN(id), '{}', 0 FROM connections GROUP BY account_id;
        INSERT INTO deadlines (account_id, kind, thing, ends_at, name, connection_id, people, is_replaced)
        SELECT account_id, 'metadata', MIN(id), 0, '', MIN(id), 0, 0 FROM connections GROUP BY account_id;
        INSERT INTO unknown_keys (account_id, connection_id, spki_sha256, certificate, seen, first_seen_at, last_seen_at)
        SELECT account_id, connection_id, 'x', certificate, 1, 0, 0 FROM idp_keys
        WHERE connection_id IN (SELECT MIN(id) FROM connections GROUP BY account_id);
        INSERT INTO attempt_overflows (account_id, connection_id, minute, refused)
        SELECT account_id, MIN(id), 1, 1 FROM connections GROUP BY account_id;
        INSERT INTO attempt_counts (account_id, day, connection_id, outcome, code, attempts)
        SELECT account_id, 1, MIN(id), 'accepted', '', 1 FROM connections GROUP BY account_id;
        INSERT INTO attempt_leaves (account_id, hour, connection_id, begins_with, leaves)
        SELECT account_id, 1, connection_id, id, trace_sealed FROM attempts
        WHERE id IN (SELECT MIN(id) FROM attempts GROUP BY account_id, connection_id)",
    )
    .await;
    // Whatever is a hash or sealed is some bytes here, of another row; each account has two links.
    for (prefix, whose) in [("link_1", "MIN"), ("link_2", "MAX")] {
        site.execute(&format!(
            "INSERT INTO links (account_id, id, token_hash, kind, user_id, scopes, about_sealed, created_by, created_at,
                expires_at)
            SELECT u.account_id, '{prefix}' || u.id, b.profile_sealed, 'email', u.id, '', b.profile_sealed, 'x', 0, 0
            FROM users u JOIN users b ON b.account_id = u.account_id
            WHERE u.id IN (SELECT MIN(id) FROM users GROUP BY account_id)
                AND b.id IN (SELECT {whose}(id) FROM users GROUP BY account_id)"
        ))
        .await;
    }
    site.execute(
        "INSERT INTO console_sessions (account_id, id, token_hash, user_id, link_id, method, created_at, last_seen_at,
            expires_at)
        SELECT account_id, 'x' || id, token_hash, user_id, id, 'link', 0, 0, 0 FROM links WHERE id LIKE 'link_1%';
        INSERT INTO passkeys (account_id, id, user_id, credential_key, credential_sealed, name, created_at)
        SELECT account_id, 'x' || id, user_id, token_hash, token_hash, 'x', 0 FROM links WHERE id LIKE 'link_1%';
        INSERT INTO api_keys (account_id, id, secret_hash, name, scopes, created_by, created_at, expires_at)
        SELECT account_id, 'x' || id, token_hash, 'x', '', 'x', 0, 0 FROM links;
        INSERT INTO idempotent_requests (account_id, api_key_id, name_hash, request_hash, held_by, began_at)
        SELECT account_id, 'x' || id, token_hash, token_hash, 'x' || id, 0 FROM links WHERE id LIKE 'link_1%';
        INSERT INTO webhook_endpoints (account_id, id, url_sealed, name, types, state, version, secret_sealed,
            created_by, created_at, failures, served_at)
        SELECT account_id, 'x' || id, token_hash, 'x', 'x', 'active', 1, token_hash, 'x', 0, 0, 0 FROM links;
        INSERT INTO webhook_deliveries (account_id, id, endpoint_id, type, body_sealed, state, tries, next_at,
            created_at)
        SELECT account_id, 'x' || id, 'x' || id, 'x', token_hash, 'waiting', 0, 0, 0 FROM links;
        INSERT INTO zoom_runs (account_id, id, kind, state, settings_version, totals, seen, steps, done, failed,
            skipped, removed, tries, created_by, created_at, run_at)
        SELECT account_id, 'x' || id, 'plan', 'done', 0, '{}', 0, 0, 0, 0, 0, 0, 0, 'x', 0, 0 FROM links;
        INSERT INTO zoom_steps (account_id, run_id, number, kind, state, step_sealed, tries)
        SELECT account_id, 'x' || id, 1, 'x', 'note', token_hash, 0 FROM links WHERE id LIKE 'link_1%';
        INSERT INTO zoom_events (account_id, id, event_key, name, state, at, received_at, payload_sealed)
        SELECT account_id, 'x' || id, token_hash, 'x', 'done', 0, 0, token_hash FROM links;
        INSERT INTO zoom_event_people (account_id, person_hash, event_id)
        SELECT account_id, token_hash, 'x' || id FROM links WHERE id LIKE 'link_1%';
        INSERT INTO webhook_tries (account_id, delivery_id, number, at, millis)
        SELECT account_id, 'x' || id, 1, 0, 0 FROM links WHERE id LIKE 'link_1%'",
    )
    .await;
    let mut accounts = Vec::new();
    for slug in [crate::site::ACCOUNT, "other"] {
        accounts.push(site.text(&format!("SELECT id FROM accounts WHERE slug = '{slug}'")).await.unwrap());
    }
    accounts.try_into().unwrap()
}

struct Crossing<'a> {
    outside: &'a mut Outside,
    table: &'a Table,
    reference: &'a Reference,
}

impl Crossing<'_> {
    /// What the reference's columns are in the `first` or last row of the parent that `account` has.
    async fn target(&mut self, account: &str, first: bool) -> Vec<(String, String)> {
        let order = if first { "" } else { "DESC" };
        let mut targets = Vec::new();
        for (mine, theirs) in self.reference.columns.iter().zip(&self.reference.theirs) {
            if mine != "account_id" {
                let parent = &self.reference.parent;
                let sql = format!(
                    "SELECT {theirs} FROM {parent} WHERE account_id = '{account}' ORDER BY id {order} LIMIT 1"
                );
                targets.push((mine.clone(), self.outside.texts(&sql).await.swap_remove(0).unwrap()));
            }
        }
        targets
    }

    /// Another value for a column that must be unique.
    fn fresh(&self, column: &str, kind: &str) -> String {
        match kind {
            "text" => format!("{column} || 'x'"),
            "integer" | "bigint" => format!("{column} + 1000000"),
            _ if matches!(self.outside, Outside::Sqlite(_)) => "randomblob(16)".to_owned(),
            _ => "decode(md5(random()::text), 'hex')".to_owned(),
        }
    }

    fn is_fresh(&self, column: &str) -> bool {
        self.table.unique.iter().any(|unique| unique == column)
            && !self.table.references.iter().any(|other| other.columns.iter().any(|own| own == column))
    }

    /// A copy of the row at `main`, with these values.
    fn insert(&self, main: &[(String, String)], account: &str, values: &[(String, String)]) -> String {
        let names: Vec<_> = self.table.columns.iter().map(|(name, _)| name.as_str()).collect();
        let given = self.table.columns.iter().map(|(name, kind)| {
            if name == "account_id" {
                return format!("'{account}'");
            }
            match values.iter().find(|(column, _)| column == name) {
                Some((_, value)) => format!("'{value}'"),
                None if self.is_fresh(name) => self.fresh(name, kind),
                None => name.clone(),
            }
        });
        let given = given.collect::<Vec<_>>().join(", ");
        let table = &self.table.name;
        format!(
            "INSERT INTO {table} ({}) SELECT {given} FROM {table} WHERE {} LIMIT 1",
            names.join(", "),
            matches(main)
        )
    }

    fn update(&self, main: &[(String, String)], values: &[(String, String)]) -> String {
        let mut set: Vec<_> = values.iter().map(|(name, value)| format!("{name} = '{value}'")).collect();
        for (name, kind) in self.table.columns.iter().filter(|(name, _)| name != "id" && self.is_fresh(name))
        {
            set.push(format!("{name} = {}", self.fresh(name, kind)));
        }
        // What refers to the row itself is not what this is about.
        let before = if self.table.name == "attempts" { "DELETE FROM attempt_messages; " } else { "" };
        format!("{before}UPDATE {} SET {} WHERE {}", self.table.name, set.join(", "), matches(main))
    }

    /// What the database says to it; nothing is kept.
    async fn said(&mut self, sql: &str) -> Result<(), String> {
        self.outside.execute("BEGIN").await;
        let said = self.outside.try_execute(sql).await;
        self.outside.execute("ROLLBACK").await;
        said
    }

    async fn run(&mut self, [own, other]: &[String; 2]) {
        let main = self.target(own, true).await;
        let (spare, foreign) = (self.target(own, false).await, self.target(other, false).await);
        assert!(main != spare && spare != foreign, "{}: {main:?} {spare:?} {foreign:?}", self.table.name);
        let account = |id: &str| vec![("account_id".to_owned(), id.to_owned())];
        for good in [self.insert(&main, own, &spare), self.update(&main, &spare)] {
            assert_eq!(self.said(&good).await, Ok(()), "within the account: {good}");
        }
        for bad in [
            self.insert(&main, own, &foreign),
            self.insert(&main, other, &spare),
            self.update(&main, &foreign),
            self.update(&main, &account(other)),
        ] {
            let said = self.said(&bad).await.unwrap_err().to_lowercase();
            assert!(said.contains("foreign key"), "{bad}: {said}");
        }
    }
}

fn matches(values: &[(String, String)]) -> String {
    values.iter().map(|(name, value)| format!("{name} = '{value}'")).collect::<Vec<_>>().join(" AND ")
}

#[tokio::test]
async fn a_row_that_crosses_accounts_is_refused() {
    let site = Site::https().await;
    let accounts = fill(&site).await;
    let mut outside = site.folder.connect().await;
    let mut tried = Vec::new();
    for table in catalogue(&mut outside).await {
        for reference in table.references.iter().filter(|reference| reference.columns.len() > 1) {
            Crossing { outside: &mut outside, table: &table, reference }.run(&accounts).await;
            tried.push(format!("{} -> {}", table.name, reference.parent));
        }
    }
    assert!(tried.len() >= 15, "{tried:?}");
}
