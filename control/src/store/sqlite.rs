//! SQLite: opening, the writer's connection, the readers', and that nobody else has the file.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::{mpsc, oneshot, watch};

use super::drive::drive;
use super::meter::Meter;
use super::place::Place;
use super::tx::Link;
use super::writer::{Job, Write, Writer};
use super::{Error, OpenError, Tx, events, migrations, soundness};

/// Works that wait for the writer at most; more of them are told so.
const WAITING_MAX: usize = 4096;
const READERS_MAX: u32 = 4;
/// Texts of statements that stay prepared.
const STATEMENTS_MAX: usize = 512;

/// An open SQLite database.
pub(super) struct Sqlite {
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    /// None if the database is in memory, where only the writer sees it.
    readers: Option<SqlitePool>,
    writer: Option<std::thread::JoinHandle<()>>,
    /// Held as long as the database is open.
    _lock: Option<File>,
}

impl Sqlite {
    pub(super) async fn open(
        url: &str,
        meter: Arc<Meter>,
    ) -> Result<(Self, watch::Receiver<i64>), OpenError> {
        let options = SqliteConnectOptions::from_str(url).map_err(OpenError::Url)?;
        let memory = url.contains(":memory:") || url.contains("mode=memory");
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .statement_cache_capacity(STATEMENTS_MAX)
            .pragma("temp_store", "memory")
            .pragma("cache_size", "-65536")
            .disable_statement_logging();
        let path = options.get_filename().to_owned();
        let lock = if memory { None } else { Some(lock(&path)?) };
        if !memory {
            soundness::is_ours(&path).await?;
        }
        let connected = SqliteConnection::connect_with(&options).await;
        let mut connection = connected.map_err(|error| soundness::why(&path, error))?;
        if !memory {
            soundness::check(&path, &mut connection).await?;
            read_back(&mut connection, "PRAGMA journal_mode", "wal").await?;
        }
        migrations::run(&migrations::SQLITE, &mut connection).await?;
        let mut tx = Tx::new(Link::Writer(Box::new(connection)));
        let (told, hears) = watch::channel(events::last_number(&mut tx).await?);
        let readers = if memory {
            None
        } else {
            let readers =
                SqlitePoolOptions::new().max_connections(READERS_MAX).test_before_acquire(false);
            Some(readers.connect_with(options.read_only(true).create_if_missing(false)).await?)
        };
        let (sender, jobs) = mpsc::channel(WAITING_MAX);
        let place = if memory { None } else { Some(Place::of(&path)?) };
        let writer = Writer { tx, jobs, told, place, meter, unsynced: false };
        // The guests of a work may look at the clock of the runtime.
        let runtime = tokio::runtime::Handle::current();
        let writer = std::thread::Builder::new()
            .name("arena-writer".to_owned())
            .spawn(move || {
                let _entered = runtime.enter();
                drive(writer.run());
            })
            .map_err(|error| OpenError::Writer { source: error })?;
        let open = Self { jobs: Some(sender), readers, writer: Some(writer), _lock: lock };
        Ok((open, hears))
    }

    pub(super) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Write { work, outcome: None, reply });
        let Some(jobs) = &self.jobs else { return Err(E::from(Error::stopped())) };
        match jobs.try_send(job) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => return Err(E::from(Error::Overloaded)),
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(E::from(Error::stopped())),
        }
        answer.await.unwrap_or_else(|_gone| Err(E::from(Error::stopped())))
    }

    /// Whether what is written is still kept.
    pub(super) fn writes(&self) -> bool {
        self.jobs.as_ref().is_some_and(|jobs| !jobs.is_closed())
    }

    /// A connection to read with, or none where the writer has to do it.
    pub(super) async fn reader(&self) -> Result<Option<Tx>, Error> {
        let Some(readers) = &self.readers else { return Ok(None) };
        Ok(Some(Tx::new(Link::Reader(readers.acquire().await?))))
    }
}

impl Drop for Sqlite {
    /// What was asked for is finished, and the file is free again.
    fn drop(&mut self) {
        drop(self.jobs.take());
        // What the writer works on may be the last to hold the store; nobody waits for himself.
        let waits = |writer: &std::thread::JoinHandle<()>| {
            writer.thread().id() != std::thread::current().id()
        };
        if let Some(writer) = self.writer.take().filter(waits) {
            let _it_logged_why = writer.join();
        }
    }
}

/// A file beside the database that one process at a time has locked. The lock goes with the process.
fn lock(database: &Path) -> Result<File, OpenError> {
    let mut path = PathBuf::from(database).into_os_string();
    path.push(".lock");
    let path = PathBuf::from(path);
    let failed = |source| OpenError::File { path: path.clone(), source };
    let file =
        File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(OpenError::InUse(database.to_owned())),
        Err(std::fs::TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// A pragma that was asked for may silently not apply.
async fn read_back(
    connection: &mut SqliteConnection,
    pragma: &'static str,
    wanted: &str,
) -> Result<(), OpenError> {
    let (is,): (String,) = sqlx::query_as(pragma).fetch_one(connection).await?;
    if is == wanted {
        Ok(())
    } else {
        Err(OpenError::Broken(sqlx::Error::Protocol(format!("{pragma} says {is}, not {wanted}"))))
    }
}
