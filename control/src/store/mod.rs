//! The database: SQLite or PostgreSQL, by its URL. Only this folder knows that there is SQL.
//!
//! A service hands a work to [`Store::write`], an async closure over a [`Tx`]; when its answer
//! comes back, what it wrote is committed and synced. A work may be run more than once, and only
//! the last run counts. Each domain has its statements in a file here.

pub(crate) mod admin;
pub(crate) mod agents;
pub(crate) mod answers;
pub(crate) mod chain;
pub(crate) mod deadlines;
mod drive;
pub(crate) mod duels;
mod error;
pub(crate) mod escrows;
pub(crate) mod events;
pub(crate) mod faucet;
pub(crate) mod foreign;
pub(crate) mod gauges;
pub(crate) mod home;
pub(crate) mod identities;
pub(crate) mod invariants;
pub(crate) mod jobs;
pub(crate) mod leases;
pub(crate) mod lobbies;
pub(crate) mod matches;
mod meter;
mod migrations;
pub(crate) mod observed;
mod place;
pub(crate) mod pools;
mod postgres;
pub(crate) mod queue;
pub(crate) mod ratings;
pub(crate) mod results;
pub(crate) mod secrets;
pub(crate) mod signatures;
mod soundness;
mod sql;
mod sqlite;
pub(crate) mod streams;
#[cfg(test)]
mod tests;
pub(crate) mod tournaments;
mod tx;
pub(crate) mod wagers;
mod whispers;
mod within;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;

pub use self::error::Error;
use self::meter::Meter;
use self::postgres::Postgres;
pub(crate) use self::sql::{Row, sql};
use self::sqlite::Sqlite;
pub use self::tx::Tx;
use self::within::Host;

/// An open database.
pub struct Store {
    database: Database,
    meter: Arc<Meter>,
    told: watch::Receiver<i64>,
}

enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// Why a database does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Neither of the two.
    #[error("{0:?} is no database: sqlite:FILE or postgres://USER@HOST/NAME")]
    Kind(String),
    /// It is not spelled as it should be.
    #[error("the database's address cannot be read")]
    Url(#[source] sqlx::Error),
    /// Two processes would undo each other's certainty of being alone.
    #[error("{} is in use by another arena process; stop that one, or give this one its own --db", .0.display())]
    InUse(PathBuf),
    /// The file beside the database.
    #[error("failed to open {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It was written by a newer program.
    #[error(
        "the database has step {version} of its schema, which this program does not know: it is too old"
    )]
    Newer {
        /// The first step that is not known.
        version: i64,
    },
    /// It is something else, or was damaged.
    #[error(
        "{} is damaged, or no database ({why}): bring back a copy, or move it away to begin anew",
        path.display()
    )]
    Damaged {
        /// Which.
        path: PathBuf,
        /// How that shows.
        why: String,
    },
    /// The file is somebody else's.
    #[error("{} is a database of another program: name a file of its own for the arena", path.display())]
    Foreign {
        /// Which.
        path: PathBuf,
    },
    /// SQLite does not open it.
    #[error("failed to open the database {}", path.display())]
    Sqlite {
        /// Which.
        path: PathBuf,
        /// What it says.
        source: sqlx::Error,
    },
    /// The schema could not be brought up to date.
    #[error("failed to bring the schema up to date")]
    Schema(#[source] sqlx::migrate::MigrateError),
    /// The thread that writes.
    #[error("failed to start the writer")]
    Writer {
        /// What the system says.
        source: std::io::Error,
    },
    /// It cannot be reached or read.
    #[error("failed to open the database")]
    Broken(#[from] sqlx::Error),
    /// It cannot be read.
    #[error("failed to read the database")]
    Unreadable(#[from] Error),
}

impl Store {
    /// Opens, or makes, the database of a URL and brings its schema up to date.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        match url.split_once(':').map(|(kind, _)| kind) {
            Some("sqlite") => {
                let meter = Arc::new(Meter::default());
                let (sqlite, told) = Sqlite::open(url, Arc::clone(&meter)).await?;
                Ok(Self { database: Database::Sqlite(sqlite), meter, told })
            }
            Some("postgres" | "postgresql") => {
                let (postgres, told) = Postgres::open(url).await?;
                Ok(Self { database: Database::Postgres(postgres), meter: Arc::default(), told })
            }
            _else => Err(OpenError::Kind(url.to_owned())),
        }
    }

    /// Runs a work; its answer comes once what it wrote is committed and synced. If it fails,
    /// nothing of it is kept. Within a work that hosts others, it becomes part of that one.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        if let Some(host) = Host::here() {
            return host.run(work).await;
        }
        let _waiting = self.meter.wait();
        match &self.database {
            // Its writer counts its commits, each of many works.
            Database::Sqlite(sqlite) => sqlite.write(work).await,
            Database::Postgres(postgres) => {
                let began = Instant::now();
                let written = postgres.write(work).await;
                self.meter.committed(1, began.elapsed());
                written
            }
        }
    }

    /// What was written, and how fast.
    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Runs a work that writes nothing. Each of its reads sees what was committed when it began.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        if let Some(host) = Host::here() {
            return host.run(work).await;
        }
        let mut tx = match &self.database {
            Database::Sqlite(sqlite) => match sqlite.reader().await? {
                Some(reader) => reader,
                None => return sqlite.write(work).await,
            },
            Database::Postgres(postgres) => postgres.reader().await?,
        };
        work(&mut tx).await
    }

    /// Whether what is written is kept; after the disk failed it is not until the next start.
    pub fn writes(&self) -> bool {
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.writes(),
            Database::Postgres(_) => true,
        }
    }

    /// The number of the last event, and a wake-up at each commit that tells something.
    pub fn told(&self) -> watch::Receiver<i64> {
        self.told.clone()
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let database = match &self.database {
            Database::Sqlite(_) => "sqlite",
            Database::Postgres(_) => "postgres",
        };
        f.debug_struct("Store").field("database", &database).finish_non_exhaustive()
    }
}
