//! Whether an SQLite file is a database in good order, as far as that can be seen at the start.
//!
//! What is too large to be read through in a moment is looked at by its length only, which shows a
//! file that was cut off. The rest is the operator's: `PRAGMA integrity_check`.

use std::io::Read as _;
use std::path::Path;

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::OpenError;

/// Read through within half a second.
const READ_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Whether there is something, and none of it is ours.
const IS_FOREIGN: &str = "SELECT count(*) > 0 AND count(*) FILTER (WHERE name = '_sqlx_migrations') = 0 \
                          FROM sqlite_master";

/// SQLite's primary result codes for a damaged file, and for one that is something else.
const DAMAGED: [i64; 2] = [11, 26];

/// Refuses what another program made, before anything of it is changed. What cannot be read is not
/// judged here.
pub(super) async fn is_ours(path: &Path) -> Result<(), OpenError> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let Ok(mut connection) = SqliteConnection::connect_with(&options).await else { return Ok(()) };
    let asked = sqlx::query_as(IS_FOREIGN).fetch_one(&mut connection).await;
    // Only a lock is lost by it.
    let _closed = connection.close().await;
    match asked {
        Ok((true,)) => Err(OpenError::Foreign { path: path.to_owned() }),
        Ok((false,)) | Err(_) => Ok(()),
    }
}

pub(super) async fn check(path: &Path, connection: &mut SqliteConnection) -> Result<(), OpenError> {
    if is_cut_off(path).unwrap_or(false) {
        return Err(damaged(path, "it is shorter than it says"));
    }
    if std::fs::metadata(path).is_ok_and(|file| file.len() > READ_MAX_BYTES) {
        return Ok(());
    }
    let found = sqlx::query_as("PRAGMA quick_check(1)").fetch_one(connection).await;
    let (verdict,): (String,) = found.map_err(|error| why(path, error))?;
    if verdict == "ok" { Ok(()) } else { Err(damaged(path, &verdict)) }
}

/// What went wrong with a file that was opened.
pub(super) fn why(path: &Path, error: sqlx::Error) -> OpenError {
    const PRIMARY: i64 = 0xff;
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<i64>().ok());
    match code {
        Some(code) if DAMAGED.contains(&(code & PRIMARY)) => {
            let text = error.as_database_error().map_or("", |error| error.message());
            damaged(path, text)
        }
        Some(_) | None => OpenError::Sqlite { path: path.to_owned(), source: error },
    }
}

fn damaged(path: &Path, why: &str) -> OpenError {
    // SQLite says it in several lines.
    let why = why.split_whitespace().collect::<Vec<_>>().join(" ");
    OpenError::Damaged { path: path.to_owned(), why }
}

/// By its header: the bytes of a page from the 16th on, and the number of pages from the 28th on.
/// After a crash the rest may be in the log beside it, and then the header says nothing.
fn is_cut_off(path: &Path) -> std::io::Result<bool> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    if std::fs::metadata(log).is_ok_and(|log| log.len() > 0) {
        return Ok(false);
    }
    let mut file = std::fs::File::open(path)?;
    let len = file.metadata()?.len();
    let mut head = [0; 32];
    if len == 0 {
        return Ok(false);
    }
    file.read_exact(&mut head)?;
    let [.., a, b, c, d] = head;
    let pages = u64::from(u32::from_be_bytes([a, b, c, d]));
    let page_bytes = match u16::from_be_bytes([head[16], head[17]]) {
        1 => 65_536,
        bytes => u64::from(bytes),
    };
    Ok(len < pages * page_bytes)
}
