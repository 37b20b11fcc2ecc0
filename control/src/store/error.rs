//! What can go wrong with a database, as far as somebody acts differently.

use std::sync::Arc;

/// Why a read or a write did not happen. Nothing of a failed write is kept, but for `Uncertain`.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// A rule that the database keeps, by the name of its index.
    #[error("the constraint {0} does not allow it")]
    Constraint(String),
    /// Others were faster, as often as it was tried.
    #[error("too many others changed the same rows")]
    Contended,
    /// More requests wait for the writer than may.
    #[error("too many writes wait")]
    Overloaded,
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// The database cannot be reached, or is going away.
    #[error("the database is unavailable: {0}")]
    Unavailable(Arc<str>),
    /// The disk failed in the middle of a commit: nobody knows what is on it.
    #[error("the disk failed: {0}")]
    Uncertain(Arc<str>),
    /// A fault of ours or of the disk.
    #[error("the database failed: {0}")]
    Broken(Arc<str>),
}

impl Error {
    pub(super) fn broken(cause: impl Into<Arc<str>>) -> Self {
        Self::Broken(cause.into())
    }

    pub(super) fn stopped() -> Self {
        Self::Unavailable("it is going away".into())
    }

    /// Whether the same write may succeed when it is done again at once.
    pub(super) fn is_a_lost_race(&self) -> bool {
        matches!(self, Self::Contended | Self::Constraint(_))
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        /// The primary result codes of SQLite: full, and those of a disk that failed.
        const FULL: i64 = 13;
        const PRIMARY: i64 = 0xff;
        let Some(database) = error.as_database_error() else {
            let text = error.to_string();
            let unreachable = matches!(
                error,
                sqlx::Error::Io(_)
                    | sqlx::Error::Tls(_)
                    | sqlx::Error::Protocol(_)
                    | sqlx::Error::PoolTimedOut
                    | sqlx::Error::PoolClosed
                    | sqlx::Error::WorkerCrashed
            );
            return if unreachable { Self::Unavailable(text.into()) } else { Self::broken(text) };
        };
        if database.is_unique_violation() {
            // PostgreSQL names the index, SQLite the table and columns.
            let name = database.constraint().unwrap_or_else(|| database.message());
            return Self::Constraint(name.to_owned());
        }
        let code = database.code().unwrap_or_default();
        match code.as_ref() {
            // PostgreSQL: serialization failure, deadlock.
            "40001" | "40P01" => Self::Contended,
            // Out of disk, out of memory.
            "53100" => Self::Full,
            // Shutting down, crashed, starting up, too many connections; connection failures.
            "57P01" | "57P02" | "57P03" | "53300" | "08000" | "08003" | "08006" => {
                Self::Unavailable(database.message().into())
            }
            _else
                if code.parse().is_ok_and(|code: i64| {
                    database.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some()
                        && code & PRIMARY == FULL
                }) =>
            {
                Self::Full
            }
            _else => Self::broken(database.to_string()),
        }
    }
}
