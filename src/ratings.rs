//! `arena ratings`: the proof that the ratings of a database follow from its games.

use std::path::Path;
use std::process::ExitCode;

use arena_control::ratings::recompute;
use arena_control::store::Store;
use clap::Subcommand;

use crate::serve::say;

/// Arguments of `arena ratings`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Compute all ratings once more from the games, and list what is stored otherwise
    ///
    /// Changes nothing. Exits with 1 if anything differs. An SQLite file has to be free: stop the
    /// arena that uses it, or take a copy.
    Recompute {
        /// Database: sqlite:FILE, or postgres://USER@HOST/NAME
        #[arg(long, env = "ARENA_DB", value_name = "URL", default_value = "sqlite:arena.db")]
        db: String,
    },
}

/// Runs `arena ratings`.
pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let What::Recompute { db } = args.what;
    if let Some(file) = db.strip_prefix("sqlite:").and_then(|rest| rest.split('?').next()) {
        // It would be made.
        let len = Path::new(file).metadata().map_or(0, |file| file.len());
        anyhow::ensure!(len > 0, "there is no database {file}");
    }
    let store = Store::open(&db).await?;
    let found = recompute(&store).await?;
    for difference in &found.differences {
        say(&format!("{difference}\n"));
    }
    let (games, ratings, others) = (found.games, found.ratings, found.differences_count);
    if others == 0 {
        say(&format!("{games} games, {ratings} ratings: what is stored follows from the games\n"));
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!("{games} games, {ratings} ratings: {others} rows do not follow from the games\n"));
    Ok(ExitCode::FAILURE)
}
