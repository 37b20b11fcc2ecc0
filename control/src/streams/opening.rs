//! What is said of a match to who comes to watch it later: kept from the start of its stream to the
//! end, over restarts. What it says is the business of who shows it.

use crate::context::Ctx;
use crate::ids::MatchId;
use crate::store::{self, Tx, streams as rows};

/// Bytes of it; a longer one is not kept.
const LEN_MAX: usize = 4096;

/// Keeps the newest.
///
/// # Errors
/// The database.
pub async fn keep_opening(ctx: &Ctx, id: MatchId, text: String) -> Result<(), store::Error> {
    if text.len() > LEN_MAX || text.contains('\0') {
        return Ok(());
    }
    let now = ctx.clock.now();
    let work = async move |tx: &mut Tx| {
        rows::keep_opening(tx, id, &text, now);
        Ok(())
    };
    ctx.store.write(work).await
}

/// What is kept.
///
/// # Errors
/// The database.
pub async fn opening(ctx: &Ctx, id: MatchId) -> Result<Option<String>, store::Error> {
    ctx.store.read(async move |tx| rows::opening(tx, id).await).await
}

/// The stream is over: nobody comes later.
///
/// # Errors
/// The database.
pub async fn forget_opening(ctx: &Ctx, id: MatchId) -> Result<(), store::Error> {
    let work = async move |tx: &mut Tx| {
        rows::forget_opening(tx, id);
        Ok(())
    };
    ctx.store.write(work).await
}
