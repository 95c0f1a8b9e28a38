//! The database of a test: a folder of its own (SQLite), or, where `GATEPOST_TEST_POSTGRES` names a server, a database of
//! its own there. Whoever asks for the server and does not have it fails.
//!
//! Making every table anew takes longer than most tests, so all but those about a first start begin with a copy of an
//! installation at which nothing has happened yet. On a server that one stays behind.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use gatepost::base::Rng;
use gatepost::config::SecretSource;
use gatepost::storage::{Location, Storage};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

const MASTER_KEY: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

static NEXT: AtomicU32 = AtomicU32::new(0);

static OPENED: LazyLock<Opened> = LazyLock::new(Opened::make);

/// A folder of its own, removed at the end, with its database on the server if it has one.
pub struct Folder(pub PathBuf, Option<OnServer>);

struct OnServer {
    name: String,
    url: SecretSource,
    master_key: SecretSource,
}

/// An installation after its first start.
enum Opened {
    Files(Vec<(&'static str, Vec<u8>)>),
    /// The name of its database.
    OnServer(String),
}

/// The server for tests, if there is to be one.
pub fn server() -> Option<String> {
    std::env::var_os("GATEPOST_TEST_POSTGRES").map(|url| url.into_string().unwrap())
}

impl Folder {
    pub fn new() -> Self {
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let path = std::env::temp_dir().join(format!("gatepost-it-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path, None)
    }

    /// A folder for an installation, before its first start; with a server for tests, also the files that its settings name.
    pub fn installation() -> Self {
        Self::of("template0")
    }

    /// The same after its first start. All of these have one master key.
    pub fn opened() -> Self {
        match &*OPENED {
            Opened::OnServer(name) => Self::of(name),
            Opened::Files(files) => {
                let folder = Self::of("");
                for (name, bytes) in files {
                    private(&folder.0.join(name), bytes);
                }
                folder
            }
        }
    }

    fn of(template: &str) -> Self {
        let mut folder = Self::new();
        let path = folder.0.as_path();
        std::fs::create_dir_all(path).unwrap();
        let database = server().map(|server| {
            let name = format!("it_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
            on_server(
                &server,
                &[
                    format!("DROP DATABASE IF EXISTS {name}"),
                    format!("CREATE DATABASE {name} TEMPLATE {template}"),
                ],
            );
            let (url, master_key) = (path.join("database.url"), path.join("given.key"));
            private(&url, database_at(&server, &name));
            private(&master_key, MASTER_KEY);
            OnServer { name, url: SecretSource::File(url), master_key: SecretSource::File(master_key) }
        });
        folder.1 = database;
        folder
    }

    pub fn is_postgres(&self) -> bool {
        self.1.is_some()
    }

    pub fn location(&self) -> Location<'_> {
        match &self.1 {
            None => Location::Folder { dir: &self.0, master_key: None, next_master_key: None },
            Some(OnServer { url, master_key, .. }) => {
                let (master_key, next_master_key) = (Some(master_key), None);
                Location::Server { url, max_connections: 10, master_key, next_master_key }
            }
        }
    }

    /// The same with these master keys, whatever the database.
    pub fn location_given<'a>(
        &'a self,
        master_key: Option<&'a SecretSource>,
        next_master_key: Option<&'a SecretSource>,
    ) -> Location<'a> {
        match &self.1 {
            None => Location::Folder { dir: &self.0, master_key, next_master_key },
            Some(OnServer { url, .. }) => {
                Location::Server { url, max_connections: 4, master_key, next_master_key }
            }
        }
    }

    /// The master key, as text and as bytes.
    pub fn master_key(&self) -> (String, Vec<u8>) {
        if self.is_postgres() {
            return (MASTER_KEY.to_owned(), vec![0x5a; 32]);
        }
        let text = std::fs::read_to_string(self.0.join("master.key")).unwrap();
        let text = text.trim().rsplit(':').next().unwrap().to_owned();
        let bytes = gatepost::base::encoding::from_base64url(&text).unwrap();
        (text, bytes)
    }

    /// Everything that the database holds: its files, or every row of every table (bytes as hexadecimal digits).
    pub async fn dump(&self) -> Vec<u8> {
        if !self.is_postgres() {
            let files = ["gatepost.db", "gatepost.db-wal"];
            return files.iter().flat_map(|name| std::fs::read(self.0.join(name)).unwrap()).collect();
        }
        let mut outside = self.connect().await;
        let mut everything = Vec::new();
        for table in outside.tables().await {
            for row in outside.texts(&format!("SELECT whole::text FROM {table} AS whole")).await {
                everything.extend(row.unwrap().into_bytes());
                everything.push(b'\n');
            }
        }
        everything
    }

    /// A connection past the program, to look and to meddle.
    pub async fn connect(&self) -> Outside {
        if self.is_postgres() {
            let url = std::fs::read_to_string(self.0.join("database.url")).unwrap();
            return Outside::Postgres(PgConnection::connect(&url).await.unwrap());
        }
        let options = SqliteConnectOptions::new().filename(self.0.join("gatepost.db"));
        Outside::Sqlite(options.connect().await.unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
        if let (Some(OnServer { name, .. }), Some(server)) = (&self.1, server()) {
            // Connections are given back when the test's runtime comes to it, which now waits for us.
            on_server(&server, &[format!("DROP DATABASE {name} WITH (FORCE)")]);
        }
    }
}

impl Opened {
    fn make() -> Self {
        let mut folder = Folder::installation();
        wait(async {
            // Not the numbers that tests draw, or theirs would be those of the keys.
            let storage =
                Storage::open(folder.location(), crate::site::start_of_time(), &Rng::seeded(0)).await;
            storage.unwrap().close().await;
        });
        let Some(database) = folder.1.take() else {
            let read = |name| (name, std::fs::read(folder.0.join(name)).unwrap());
            return Self::Files(["master.key", "gatepost.db"].map(read).to_vec());
        };
        Self::OnServer(database.name)
    }
}

/// What goes wrong.
pub enum Fault {
    /// The statement fails.
    Refuse,
    /// This is done too.
    Run(&'static str),
}

pub enum Outside {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// In the order in which rows were written, on either.
fn text(sql: &str, is_postgres: bool) -> AssertSqlSafe<String> {
    AssertSqlSafe(if is_postgres { sql.replace("rowid", "ctid") } else { sql.to_owned() })
}

impl Outside {
    pub async fn count(&mut self, sql: &str) -> i64 {
        let number: Option<i64> = match self {
            Self::Sqlite(connection) => {
                sqlx::query_scalar(text(sql, false)).fetch_one(connection).await.unwrap()
            }
            Self::Postgres(connection) => {
                sqlx::query_scalar(text(sql, true)).fetch_one(connection).await.unwrap()
            }
        };
        number.unwrap()
    }

    /// The first column of every row.
    pub async fn texts(&mut self, sql: &str) -> Vec<Option<String>> {
        match self {
            Self::Sqlite(connection) => {
                sqlx::query_scalar(text(sql, false)).fetch_all(connection).await.unwrap()
            }
            Self::Postgres(connection) => {
                sqlx::query_scalar(text(sql, true)).fetch_all(connection).await.unwrap()
            }
        }
    }

    /// What SQLite would do for a statement, step by step.
    pub async fn plan(&mut self, sql: &str) -> Vec<String> {
        let Self::Sqlite(connection) = self else { return Vec::new() };
        let steps = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"))).fetch_all(connection);
        steps.await.unwrap().iter().map(|row| sqlx::Row::get(row, "detail")).collect()
    }

    /// What the database says against it, if it does.
    pub async fn try_execute(&mut self, sql: &str) -> Result<(), String> {
        let done = match self {
            Self::Sqlite(connection) => {
                sqlx::raw_sql(text(sql, false)).execute(connection).await.map(drop_result)
            }
            Self::Postgres(connection) => {
                sqlx::raw_sql(text(sql, true)).execute(connection).await.map(drop_result)
            }
        };
        done.map_err(|error| error.to_string())
    }

    /// Every table.
    pub async fn tables(&mut self) -> Vec<String> {
        let sql = match self {
            Self::Sqlite(_) => {
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY 1"
            }
            Self::Postgres(_) => {
                "SELECT table_name::text FROM information_schema.tables
                WHERE table_schema = current_schema() ORDER BY 1"
            }
        };
        self.texts(sql).await.into_iter().map(Option::unwrap).collect()
    }

    /// How many rows every table has.
    pub async fn rows(&mut self) -> Vec<(String, i64)> {
        let mut rows = Vec::new();
        for table in self.tables().await {
            let count = self.count(&format!("SELECT COUNT(*) FROM {table}")).await;
            rows.push((table, count));
        }
        assert!(rows.len() > 15, "{rows:?}");
        rows
    }

    /// A fault: from now on `action` happens after every row of `table` that is inserted and for which `when` holds.
    pub async fn inject(&mut self, table: &str, when: &str, action: Fault) {
        let act = match (&*self, action) {
            (_, Fault::Run(sql)) => sql,
            (Self::Sqlite(_), Fault::Refuse) => "SELECT RAISE(ABORT, 'injected')",
            (Self::Postgres(_), Fault::Refuse) => "RAISE EXCEPTION 'injected'",
        };
        let sql = match self {
            Self::Sqlite(_) => {
                format!("CREATE TRIGGER injected AFTER INSERT ON {table} WHEN {when} BEGIN {act}; END")
            }
            Self::Postgres(_) => format!(
                "CREATE FUNCTION injected() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN IF {when} THEN {act}; END IF; RETURN NULL; END $$;
                 CREATE TRIGGER injected AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION injected()"
            ),
        };
        self.execute(&sql).await;
    }

    /// Ends the fault.
    pub async fn mend(&mut self, table: &str) {
        let sql = match self {
            Self::Sqlite(_) => "DROP TRIGGER injected".to_owned(),
            Self::Postgres(_) => format!("DROP TRIGGER injected ON {table}; DROP FUNCTION injected"),
        };
        self.execute(&sql).await;
    }

    pub async fn execute(&mut self, sql: &str) {
        self.try_execute(sql).await.unwrap();
    }
}

fn drop_result<T>(_: T) {}

/// Waits for its end wherever it is called, also where there is no runtime or one that must not be blocked.
fn wait(work: impl Future<Output = ()> + Send) {
    let done = std::thread::scope(|scope| {
        let work = scope.spawn(|| {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
        });
        work.join()
    });
    assert!(done.is_ok(), "the database for tests cannot be used");
}

fn on_server(server: &str, statements: &[String]) {
    wait(async {
        let mut connection = PgConnection::connect(server).await.unwrap();
        for statement in statements {
            sqlx::raw_sql(AssertSqlSafe(statement.as_str())).execute(&mut connection).await.unwrap();
        }
        connection.close().await.unwrap();
    });
}

/// The address of another database of the same server.
fn database_at(server: &str, name: &str) -> String {
    server.parse::<PgConnectOptions>().unwrap().database(name).to_url_lossy().into()
}

pub fn private(path: &std::path::Path, text: impl AsRef<[u8]>) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
