//! The file of the arena that this one takes the place of: read, and never written.
//!
//! What it holds is text until the rules of `import` have looked at it. A column that is not there
//! is as one that is empty, unless nothing can be made of a row without it. Invariant: however large
//! the file is, a page of it is held at a time, and each of its texts is cut.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _};

/// Rows that are handed over at once.
const PAGE: usize = 64;
/// How long somebody else may write to the file.
const PATIENCE: Duration = Duration::from_secs(5);

/// A table, as far as it is of use.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// Columns without which there is nothing to read.
    pub(crate) needed: &'static [&'static str],
    /// All that are read.
    pub(crate) columns: &'static [&'static str],
    /// An expression of columns that are needed.
    pub(crate) order: &'static str,
    /// Characters of a text; of a longer one, so many and one more are read.
    pub(crate) len_max: usize,
}

/// The file.
#[derive(Debug)]
pub struct Source {
    /// What is read in one go; it sees the file as it was when that began.
    reading: SqliteConnection,
    /// Looks up what belongs to a row.
    looking: SqliteConnection,
    tables: BTreeMap<String, BTreeSet<String>>,
}

/// Why a file cannot be taken over.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// There is none.
    #[error("there is no file {}", .0.display())]
    Missing(PathBuf),
    /// It is no database, or is damaged, or is not ours to read.
    #[error("failed to read {}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What SQLite says.
        source: sqlx::Error,
    },
    /// It is one of this program's.
    #[error("{} is the database of an Arena already: name it with --db, and the other file here", .0.display())]
    Ours(PathBuf),
    /// It is something else.
    #[error("{} has no table {table} with {column}: it is not the arena's file that is meant", path.display())]
    Other {
        /// Which.
        path: PathBuf,
        /// What is missing.
        table: &'static str,
        /// And what of it.
        column: &'static str,
    },
    /// It could be read until now.
    #[error("failed to read on")]
    Broken(#[from] sqlx::Error),
}

/// A row: texts by their columns' names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record(BTreeMap<&'static str, Option<String>>);

impl Record {
    /// What stands there, unless it is empty.
    pub(crate) fn text(&self, column: &str) -> Option<&str> {
        self.0.get(column)?.as_deref().filter(|text| !text.is_empty())
    }

    /// Whether the file has such a column at all.
    pub(crate) fn has(&self, column: &str) -> bool {
        self.0.contains_key(column)
    }

    #[cfg(test)]
    pub(crate) fn of(columns: &[(&'static str, Option<&str>)]) -> Self {
        let columns = columns.iter().map(|(name, text)| (*name, text.map(str::to_owned)));
        Self(columns.collect())
    }
}

impl Source {
    /// Opens a file that has `needed`.
    ///
    /// # Errors
    /// It is not there, cannot be read, or is something else.
    pub(crate) async fn open(path: &Path, needed: &Table) -> Result<Self, SourceError> {
        let there = path.to_owned();
        if !path.is_file() {
            return Err(SourceError::Missing(there));
        }
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        let options = options.busy_timeout(PATIENCE).disable_statement_logging();
        let unreadable = |source| SourceError::Unreadable { path: there.clone(), source };
        let reading = options.connect().await.map_err(unreadable)?;
        let mut looking = options.connect().await.map_err(unreadable)?;
        let tables = tables(&mut looking).await.map_err(unreadable)?;
        if tables.contains_key("_sqlx_migrations") {
            return Err(SourceError::Ours(there));
        }
        let source = Self { reading, looking, tables };
        match needed.needed.iter().find(|column| !source.has(needed, column)) {
            Some(column) => Err(SourceError::Other { path: there, table: needed.name, column }),
            None => Ok(source),
        }
    }

    /// Whether rows of a table can be read.
    pub(crate) fn offers(&self, table: &Table) -> bool {
        table.needed.iter().all(|column| self.has(table, column))
    }

    /// Hands over all rows of a table in its order, a page at a time.
    pub(crate) async fn read<E: From<SourceError>>(
        &mut self,
        table: &Table,
        mut take: impl AsyncFnMut(&mut Looking<'_>, Vec<Record>) -> Result<(), E>,
    ) -> Result<(), E> {
        let there = self.columns(table);
        let text = format!("{} ORDER BY {}", select(table, &there), table.order);
        let Self { reading, looking, tables } = self;
        let mut looking = Looking { connection: looking, tables };
        let mut rows = sqlx::query(AssertSqlSafe(text)).fetch(reading);
        let mut page = Vec::with_capacity(PAGE);
        while let Some(row) = rows.try_next().await.map_err(SourceError::from)? {
            page.push(record(&row, &there));
            if page.len() == PAGE {
                take(&mut looking, std::mem::take(&mut page)).await?;
            }
        }
        if page.is_empty() { Ok(()) } else { take(&mut looking, page).await }
    }

    /// How many rows a table has that lacks a column without which nothing of it can be read.
    pub(crate) async fn out_of_reach(&mut self, table: &Table) -> Result<u64, SourceError> {
        if self.offers(table) { Ok(0) } else { self.count(table).await }
    }

    /// How many rows a table has; none if it is not there.
    pub(crate) async fn count(&mut self, table: &Table) -> Result<u64, SourceError> {
        if !self.tables.contains_key(table.name) {
            return Ok(0);
        }
        let text = format!("SELECT COUNT(*) FROM {}", table.name);
        let row = sqlx::query(AssertSqlSafe(text)).fetch_one(&mut self.looking).await?;
        Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0))
    }

    fn columns(&self, table: &Table) -> Vec<&'static str> {
        columns(&self.tables, table)
    }

    fn has(&self, table: &Table, column: &str) -> bool {
        self.tables.get(table.name).is_some_and(|columns| columns.contains(column))
    }
}

/// Looks up rows while others are read.
pub(crate) struct Looking<'a> {
    connection: &'a mut SqliteConnection,
    tables: &'a BTreeMap<String, BTreeSet<String>>,
}

impl Looking<'_> {
    /// Rows of a table that belong to something, so many at most.
    pub(crate) async fn of(
        &mut self,
        table: &Table,
        column: &'static str,
        value: &str,
        limit: u32,
    ) -> Result<Vec<Record>, SourceError> {
        if !self.tables.contains_key(table.name) {
            return Ok(Vec::new());
        }
        let there = columns(self.tables, table);
        if !table.needed.iter().all(|needed| there.contains(needed)) {
            return Ok(Vec::new());
        }
        let select = select(table, &there);
        let text = format!("{select} WHERE {column} = $1 ORDER BY {} LIMIT {limit}", table.order);
        let query = sqlx::query(AssertSqlSafe(text)).bind(value.to_owned());
        let rows = query.fetch_all(&mut *self.connection).await?;
        Ok(rows.iter().map(|row| record(row, &there)).collect())
    }

    /// How many rows of a table that can be read belong to something.
    pub(crate) async fn count(
        &mut self,
        table: &Table,
        column: &'static str,
        value: &str,
    ) -> Result<u64, SourceError> {
        let text = format!("SELECT COUNT(*) FROM {} WHERE {column} = $1", table.name);
        let query = sqlx::query(AssertSqlSafe(text)).bind(value.to_owned());
        let row = query.fetch_one(&mut *self.connection).await?;
        Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0))
    }
}

fn columns(tables: &BTreeMap<String, BTreeSet<String>>, table: &Table) -> Vec<&'static str> {
    let there = tables.get(table.name);
    let has = |column: &&&str| there.is_some_and(|there| there.contains(**column));
    table.columns.iter().filter(has).copied().collect()
}

/// Names are those of this program only; nothing of a file stands in a statement.
fn select(table: &Table, columns: &[&str]) -> String {
    let cut = table.len_max + 1;
    let columns = columns.iter().map(|name| format!("substr(CAST({name} AS TEXT), 1, {cut})"));
    let columns: Vec<_> = columns.collect();
    format!("SELECT {} FROM {}", columns.join(", "), table.name)
}

/// What is no text is as if it were empty.
fn record(row: &SqliteRow, columns: &[&'static str]) -> Record {
    let of = |(at, name): (usize, &&'static str)| {
        (*name, row.try_get::<Option<String>, _>(at).unwrap_or_default())
    };
    Record(columns.iter().enumerate().map(of).collect())
}

async fn tables(
    connection: &mut SqliteConnection,
) -> Result<BTreeMap<String, BTreeSet<String>>, sqlx::Error> {
    const ALL: &str = "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c \
         WHERE t.type = 'table'";
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in sqlx::query(ALL).fetch_all(connection).await? {
        tables.entry(row.try_get(0)?).or_default().insert(row.try_get(1)?);
    }
    Ok(tables)
}
