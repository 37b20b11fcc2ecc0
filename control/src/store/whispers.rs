//! Words between the processes of one arena that nobody keeps: who types how far, who has come with
//! another socket. They are heard at once or not at all.
//!
//! On SQLite there is one process, and nobody else to hear anything.

use std::sync::Arc;

use tokio::sync::broadcast;

use super::{Database, Error, Store, sql};

/// Where PostgreSQL passes them on.
pub(super) const CHANNEL: &str = "arena_whispers";
/// Words that may wait to be heard; the oldest go.
pub(super) const WAITING_MAX: usize = 1024;
/// PostgreSQL passes on no more bytes than 8,000.
const LEN_MAX: usize = 7_900;

impl Store {
    /// Whether there may be other processes.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self.database, Database::Postgres(_))
    }

    /// Tells the other processes; this one hears it, too.
    pub(crate) async fn whisper(&self, word: String) -> Result<(), Error> {
        if !self.is_shared() || word.len() > LEN_MAX {
            return Ok(());
        }
        self.read(async move |tx| {
            let notify = sql("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(&word);
            // The answer has no columns of ours; that it came is what counts.
            tx.rows(notify).await.map(|_| ())
        })
        .await
    }

    /// What any process whispers from now on; none where there is only this one.
    pub(crate) fn whispers(&self) -> Option<broadcast::Receiver<Arc<str>>> {
        match &self.database {
            Database::Sqlite(_) => None,
            Database::Postgres(postgres) => Some(postgres.whispers()),
        }
    }
}
