//! PostgreSQL: a pool, a transaction for each write, and again when others were faster.

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use rand::Rng as _;
use sqlx::ConnectOptions as _;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;

use super::sql::sql;
use super::tx::Link;
use super::{Error, OpenError, Tx, events, migrations, whispers};

const CONNECTIONS_MAX: u32 = 16;
/// How long a request waits for a connection before it is told that there is none.
const ACQUIRE_TIME: Duration = Duration::from_secs(2);
/// A write is tried so often, with pauses that double from the first and are spread at random.
const TRIES_MAX: u32 = 8;
const PAUSE: Duration = Duration::from_millis(4);
/// How long the listener waits before it looks for a database that is gone.
const LISTEN_PAUSE: Duration = Duration::from_millis(500);
const CHANNEL: &str = "arena_events";

/// A pool of connections to one PostgreSQL.
pub(super) struct Postgres {
    pool: PgPool,
    whispers: broadcast::Sender<Arc<str>>,
    _listening: JoinSet<()>,
}

impl Postgres {
    pub(super) async fn open(url: &str) -> Result<(Self, watch::Receiver<i64>), OpenError> {
        let options = PgConnectOptions::from_str(url).map_err(OpenError::Url)?;
        let options = options.application_name("arena").disable_statement_logging();
        let pool =
            PgPoolOptions::new().max_connections(CONNECTIONS_MAX).acquire_timeout(ACQUIRE_TIME);
        let pool = pool.connect_with(options).await?;
        let mut connection = pool.acquire().await?;
        migrations::run(&migrations::POSTGRES, &mut *connection).await?;
        let mut tx = Tx::new(Link::Postgres(connection));
        let (told, hears) = watch::channel(events::last_number(&mut tx).await?);
        drop(tx);
        let listener = PgListener::connect_with(&pool).await?;
        let mut listening = JoinSet::new();
        let (whispers, _) = broadcast::channel(whispers::WAITING_MAX);
        listening.spawn(listen(listener, pool.clone(), told, whispers.clone()));
        Ok((Self { pool, whispers, _listening: listening }, hears))
    }

    pub(super) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E>,
        E: From<Error>,
    {
        let mut tries = 0;
        loop {
            tries += 1;
            let mut tx = self.connection().await?;
            tx.open = true;
            tx.control("BEGIN").await?;
            let outcome = work(&mut tx).await;
            let error = match outcome {
                Ok(value) => match self.commit(&mut tx).await {
                    Ok(()) => return Ok(value),
                    Err(error) => {
                        roll_back(tx).await;
                        if tries == TRIES_MAX || !error.is_a_lost_race() {
                            return Err(E::from(error));
                        }
                        error
                    }
                },
                Err(refusal) => {
                    let failed = tx.settle();
                    roll_back(tx).await;
                    match failed {
                        Some(error) if tries < TRIES_MAX && error.is_a_lost_race() => error,
                        Some(_) | None => return Err(refusal),
                    }
                }
            };
            tracing::debug!(%error, tries, "a write is done again");
            tokio::time::sleep(pause(tries)).await;
        }
    }

    pub(super) fn whispers(&self) -> broadcast::Receiver<Arc<str>> {
        self.whispers.subscribe()
    }

    pub(super) async fn reader(&self) -> Result<Tx, Error> {
        self.connection().await
    }

    async fn connection(&self) -> Result<Tx, Error> {
        let connection: PoolConnection<sqlx::Postgres> = self.pool.acquire().await?;
        Ok(Tx::new(Link::Postgres(connection)))
    }

    /// The row of the last number is locked last and until the commit, so that numbers have no
    /// holes and appear in their order; it is also what every process is woken with.
    async fn commit(&self, tx: &mut Tx) -> Result<(), Error> {
        tx.flush().await?;
        if let Some(error) = tx.settle() {
            return Err(error);
        }
        let drafts = std::mem::take(&mut tx.events);
        if !drafts.is_empty() {
            const NEXT: &str = "UPDATE event_counter SET last = last + $1 RETURNING last";
            let count = i64::try_from(drafts.len()).unwrap_or(i64::MAX);
            let row = tx.row(sql(NEXT).bind(count)).await?;
            let last = row.ok_or_else(|| Error::broken("event_counter has no row"))?.int(0)?;
            events::append(tx, last - count, drafts).await?;
            let notify = sql("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(last.to_string());
            tx.row(notify).await?;
        }
        tx.control("COMMIT").await?;
        tx.open = false;
        Ok(())
    }
}

fn pause(tries: u32) -> Duration {
    let pause = PAUSE * 2_u32.pow(tries - 1);
    rand::rng().random_range(pause / 2..pause)
}

async fn roll_back(mut tx: Tx) {
    tx.open = tx.control("ROLLBACK").await.is_err();
}

/// Hears of commits, also those of other processes. After an interruption it looks for what it
/// missed, once.
async fn listen(
    mut listener: PgListener,
    pool: PgPool,
    told: watch::Sender<i64>,
    whispers: broadcast::Sender<Arc<str>>,
) {
    loop {
        if let Err(error) = listener.listen_all([CHANNEL, whispers::CHANNEL]).await {
            tracing::debug!(%error, "the database is gone, listening again soon");
            tokio::time::sleep(LISTEN_PAUSE).await;
            continue;
        }
        if let Ok(connection) = pool.acquire().await
            && let Ok(last) = events::last_number(&mut Tx::new(Link::Postgres(connection))).await
        {
            raise(&told, last);
        }
        while let Ok(Some(heard)) = listener.try_recv().await {
            if heard.channel() == CHANNEL {
                raise(&told, heard.payload().parse().unwrap_or(0));
            } else {
                let _nobody_listens = whispers.send(heard.payload().into());
            }
        }
    }
}

fn raise(told: &watch::Sender<i64>, last: i64) {
    told.send_if_modified(|known| {
        let new = last > *known;
        *known = last.max(*known);
        new
    });
}
