//! What a service reads and writes through, within one transaction.
//!
//! A statement costs less than the way to the database and back, so writes are only noted, and
//! leave together: before the next read, and at the end. Events are noted likewise and get their
//! numbers last, which is what keeps the numbers without holes.

use futures_util::TryStreamExt as _;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{AssertSqlSafe, Either, Executor as _, Postgres, Sqlite};

use super::Error;
use super::events::Draft;
use super::sql::{Row, Sql, Value, arguments};

/// A transaction. Its work may be run again, so what it does to anything but the database counts
/// only once it has been committed.
pub struct Tx {
    pub(super) link: Link,
    /// Writes that have not left yet.
    pub(super) later: Vec<Sql>,
    /// How many have.
    pub(super) sent: u64,
    pub(super) events: Vec<Draft>,
    /// Whether this work has a savepoint to go back to: only once it wrote.
    saved: bool,
    /// Whether a savepoint stands at all, perhaps an earlier work's.
    standing: bool,
    /// Whether a transaction of its own has begun and not ended.
    pub(super) open: bool,
    /// The first statement that failed; nothing counts after it.
    failed: Option<Error>,
}

pub(super) enum Link {
    /// The one connection that writes, shared by the works of one commit.
    Writer(Box<SqliteConnection>),
    /// One of those that read.
    Reader(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
    /// It is with the guests of this work.
    Lent,
}

/// What a statement answers.
pub(super) struct Answer {
    rows: Vec<Row>,
    changed: u64,
}

impl Tx {
    pub(super) fn new(link: Link) -> Self {
        Self {
            link,
            later: Vec::new(),
            sent: 0,
            events: Vec::new(),
            saved: false,
            standing: false,
            open: false,
            failed: None,
        }
    }

    /// Notes a write.
    pub(crate) fn later(&mut self, statement: Sql) {
        self.later.push(statement);
    }

    /// Notes an event; it is told if and only if this work is committed.
    pub(crate) fn tell(&mut self, event: Draft) {
        self.events.push(event);
    }

    /// Reads.
    pub(crate) async fn rows(&mut self, query: Sql) -> Result<Vec<Row>, Error> {
        let [rows] = self.rows_of([query]).await?;
        Ok(rows)
    }

    /// Reads at most one row.
    pub(crate) async fn row(&mut self, query: Sql) -> Result<Option<Row>, Error> {
        Ok(self.rows(query).await?.into_iter().next())
    }

    /// Reads several things at the price of one.
    pub(crate) async fn rows_of<const N: usize>(
        &mut self,
        queries: [Sql; N],
    ) -> Result<[Vec<Row>; N], Error> {
        let mut statements = std::mem::take(&mut self.later);
        statements.extend(queries);
        let mut answers = self.run(statements).await?;
        let mut answers = answers.drain(answers.len() - N..).map(|answer| answer.rows);
        Ok(std::array::from_fn(|_| answers.next().unwrap_or_default()))
    }

    /// Makes other works that take the same name wait until this one is committed. On SQLite there
    /// is one writer, and nobody else to wait.
    pub(crate) async fn lock(&mut self, name: &'static str) -> Result<(), Error> {
        match self.link {
            Link::Writer(_) | Link::Reader(_) | Link::Lent => Ok(()),
            Link::Postgres(_) => {
                let query = super::sql("SELECT pg_advisory_xact_lock(hashtext($1))").bind(name);
                // The lock's answer has no columns of ours; that it came is what counts.
                self.run(vec![query]).await.map(|_| ())
            }
        }
    }

    /// Whether nobody else holds this name; it is held until the commit. On SQLite nobody else can.
    pub(crate) async fn try_lock(&mut self, name: i64) -> Result<bool, Error> {
        match self.link {
            Link::Writer(_) | Link::Reader(_) | Link::Lent => Ok(true),
            Link::Postgres(_) => {
                const TRY: &str =
                    "SELECT CASE WHEN pg_try_advisory_xact_lock($1) THEN 1 ELSE 0 END::BIGINT";
                let row = self.row(super::sql(TRY).bind(name)).await?;
                row.map_or(Ok(false), |row| row.truth(0))
            }
        }
    }

    /// Sends the writes that were noted.
    pub(super) async fn flush(&mut self) -> Result<(), Error> {
        let statements = std::mem::take(&mut self.later);
        if statements.is_empty() { Ok(()) } else { self.run(statements).await.map(|_| ()) }
    }

    /// Forgets what a work noted, for the next one; says what went wrong in it.
    pub(super) fn settle(&mut self) -> Option<Error> {
        self.later.clear();
        self.failed.take()
    }

    async fn run(&mut self, statements: Vec<Sql>) -> Result<Vec<Answer>, Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let expected: Vec<_> = statements.iter().map(|statement| statement.changing).collect();
        // Told apart by their first word, which is always theirs.
        let writes = statements.iter().filter(|it| !it.text.starts_with("SELECT")).count();
        self.sent += u64::try_from(writes).unwrap_or(u64::MAX);
        let outcome = match &mut self.link {
            Link::Writer(connection) => {
                // Statements that only read before the first write need no savepoint.
                let save = !self.saved && writes > 0;
                let before: &[&str] = match (save, self.standing) {
                    (false, _) => &[],
                    (true, false) => &["SAVEPOINT w;"],
                    (true, true) => &["RELEASE w;", "SAVEPOINT w;"],
                };
                self.saved |= save;
                self.standing |= save;
                sqlite(connection, before, statements).await
            }
            Link::Reader(connection) => sqlite(connection, &[], statements).await,
            Link::Postgres(connection) => postgres(connection, statements).await,
            Link::Lent => Err(lent()),
        };
        let lost = |answers: &Vec<Answer>| {
            let pairs = answers.iter().zip(&expected);
            pairs.into_iter().any(|(answer, rows)| rows.is_some_and(|rows| rows != answer.changed))
        };
        let outcome = match outcome {
            Ok(answers) if lost(&answers) => Err(Error::Contended),
            Ok(answers) => Ok(answers),
            Err(error) => Err(error),
        };
        if let Err(error) = &outcome {
            self.fail(error.clone());
        }
        outcome
    }

    /// Nothing counts after the first failure.
    pub(super) fn fail(&mut self, error: Error) {
        self.failed.get_or_insert(error);
    }

    /// Undoes one work among others of the same commit.
    pub(super) async fn undo(&mut self) -> Result<(), Error> {
        if std::mem::take(&mut self.saved) { self.control("ROLLBACK TO w").await } else { Ok(()) }
    }

    /// Keeps one work among others of the same commit. Its savepoint stays until the next one's
    /// takes its place, which saves a way to the database.
    pub(super) fn keep(&mut self) {
        self.saved = false;
    }

    /// The transaction is over, and with it what was within it.
    pub(super) fn over(&mut self) {
        (self.saved, self.standing) = (false, false);
        self.settle();
        self.events.clear();
    }

    pub(super) async fn control(&mut self, text: &'static str) -> Result<(), Error> {
        match &mut self.link {
            Link::Writer(connection) => connection.execute(sqlx::query(text)).await.map(|_| ())?,
            Link::Reader(connection) => connection.execute(sqlx::query(text)).await.map(|_| ())?,
            Link::Postgres(connection) => {
                connection.execute(sqlx::query(text)).await.map(|_| ())?;
            }
            Link::Lent => return Err(lent()),
        }
        Ok(())
    }
}

fn lent() -> Error {
    Error::broken("the transaction is with the guests of this work")
}

impl Drop for Tx {
    /// Whoever asked may go in the middle of it. The connection is not given to anybody else then,
    /// who would go on in this transaction; the server ends it with the connection.
    fn drop(&mut self) {
        if let (true, Link::Postgres(connection)) = (self.open, &mut self.link) {
            connection.close_on_drop();
        }
    }
}

/// Runs statements one after the other, at the price of one.
async fn sqlite(
    connection: &mut SqliteConnection,
    before: &[&str],
    statements: Vec<Sql>,
) -> Result<Vec<Answer>, Error> {
    let mut answers = Vec::with_capacity(before.len() + statements.len());
    let (mut text, mut values) = (before.concat(), Vec::<Value>::new());
    for statement in statements {
        statement.append_to(&mut text, &mut values);
    }
    let query = sqlx::query_with(AssertSqlSafe(text), arguments::<SqliteArguments>(values)?);
    let mut stream = connection.fetch_many(query);
    let mut rows = Vec::new();
    while let Some(next) = stream.try_next().await? {
        match next {
            Either::Right(row) => rows.push(Row::Sqlite(row)),
            Either::Left(done) => {
                let rows = std::mem::take(&mut rows);
                answers.push(Answer { rows, changed: done.rows_affected() });
            }
        }
    }
    answers.drain(..before.len());
    Ok(answers)
}

async fn postgres(
    connection: &mut sqlx::PgConnection,
    statements: Vec<Sql>,
) -> Result<Vec<Answer>, Error> {
    let mut answers = Vec::with_capacity(statements.len());
    for Sql { text, values, .. } in statements {
        let query = sqlx::query_with(text, arguments::<PgArguments>(values)?);
        let mut stream = connection.fetch_many(query);
        let mut answer = Answer { rows: Vec::new(), changed: 0 };
        while let Some(next) = stream.try_next().await? {
            match next {
                Either::Right(row) => answer.rows.push(Row::Postgres(row)),
                Either::Left(done) => answer.changed = done.rows_affected(),
            }
        }
        answers.push(answer);
    }
    Ok(answers)
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx").field("later", &self.later.len()).finish_non_exhaustive()
    }
}
