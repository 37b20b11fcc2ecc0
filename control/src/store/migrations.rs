//! The schema, step by step, for each database.

use std::borrow::Cow;
use std::sync::LazyLock;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};

use super::OpenError;

macro_rules! steps {
    ($database:literal: $($number:literal $name:literal),+ $(,)?) => {
        vec![$(step($number, $name, include_str!(concat!(
            "../../migrations/", $database, "/", $name, ".sql"
        )))),+]
    };
}

pub(super) static SQLITE: LazyLock<Migrator> = LazyLock::new(|| {
    migrator(steps!(
        "sqlite": 1 "0001_log", 2 "0002_identities", 3 "0003_matchmaking", 4 "0004_lobbies",
        5 "0005_answers", 6 "0006_gateway", 7 "0007_streams", 8 "0008_results",
        9 "0009_chain", 10 "0010_stakes", 11 "0011_faucet",
        12 "0012_tournaments", 13 "0013_openings", 14 "0014_escrows",
        15 "0015_found", 16 "0016_disputes", 17 "0017_withdrawals",
    ))
});

pub(super) static POSTGRES: LazyLock<Migrator> = LazyLock::new(|| {
    migrator(steps!(
        "postgres": 1 "0001_log", 2 "0002_identities", 3 "0003_matchmaking", 4 "0004_lobbies",
        5 "0005_answers", 6 "0006_gateway", 7 "0007_streams", 8 "0008_results",
        9 "0009_chain", 10 "0010_stakes", 11 "0011_faucet",
        12 "0012_tournaments", 13 "0013_openings", 14 "0014_escrows",
        15 "0015_found", 16 "0016_disputes", 17 "0017_withdrawals",
    ))
});

fn step(number: i64, name: &'static str, text: &'static str) -> Migration {
    Migration::new(number, Cow::Borrowed(name), MigrationType::Simple, text.into_sql_str(), false)
}

fn migrator(steps: Vec<Migration>) -> Migrator {
    Migrator::with_migrations(steps)
}

/// Brings a database to the schema of this program. One of a newer program is refused.
pub(super) async fn run<C: Migrate>(steps: &Migrator, connection: &mut C) -> Result<(), OpenError> {
    steps.run_direct(None, connection, false).await.map_err(|error| {
        if let MigrateError::VersionMissing(version) = error {
            return OpenError::Newer { version };
        }
        OpenError::Schema(error)
    })
}
