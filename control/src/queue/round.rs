//! Rounds: who meets whom among all that wait, where it does not happen on joining.
//!
//! A round reads, decides outside of any transaction, and then claims each pair in one of its own.
//! Whoever was claimed, left or came meanwhile is no harm: a claim that comes too late is a lost
//! race, and the next round sees what is.

use std::sync::Arc;
use std::time::Duration;

use super::Ticket;
use super::rules::Entry;
use super::rules::config::Mode;
use super::rules::pairing::pairs;
use super::service::claim;
use crate::context::Ctx;
use crate::ids::TicketId;
use crate::matches::service::{Drawn, create};
use crate::store::{self, Tx, queue as rows};

/// Between rounds.
const EVERY: Duration = Duration::from_millis(100);
/// Pairs that share a transaction.
const CHUNK: usize = 64;

/// One round in each queue of two. How many pairs met.
///
/// # Errors
/// The database cannot say who waits.
pub async fn round(ctx: &Ctx) -> Result<usize, store::Error> {
    let mut met = 0;
    for queue in &ctx.config.queues {
        match queue.mode {
            Mode::Rated(_) => met += round_of(ctx, queue.name.clone()).await?,
            // Two of a `fifo` meet when the second joins; those who come back meet here.
            Mode::Fifo if queue.timing.ready_check.is_some() => {
                met += round_of(ctx, queue.name.clone()).await?;
            }
            Mode::Fifo | Mode::Team(_) | Mode::Ffa(_) => {}
        }
    }
    Ok(met)
}

async fn round_of(ctx: &Ctx, name: String) -> Result<usize, store::Error> {
    let read = name.clone();
    let waiting = ctx.store.read(async move |tx| rows::all_waiting(tx, &read).await).await?;
    let (now, window) =
        (ctx.clock.now(), ctx.config.queue(&name).and_then(|it| it.mode.window().cloned()));
    let entries: Arc<[Entry]> = waiting.into_iter().map(|ticket| ticket.entry).collect();
    ctx.board.show(&name, Arc::clone(&entries), now);
    if entries.len() < 2 {
        return Ok(0);
    }
    let found = tokio::task::spawn_blocking(move || {
        let found = pairs(&entries, window.as_ref(), now);
        found.iter().map(|pair| [pair.first.ticket, pair.second.ticket]).collect::<Vec<_>>()
    });
    let found = found.await.unwrap_or_default();
    let mut met = 0;
    for chunk in found.chunks(CHUNK) {
        met += join_all(ctx, &name, chunk.to_vec()).await?;
    }
    Ok(met)
}

async fn join_all(ctx: &Ctx, name: &str, found: Vec<[TicketId; 2]>) -> Result<usize, store::Error> {
    let now = ctx.clock.now();
    let drawn: Vec<_> = found.iter().map(|_| Drawn::new(ctx, now)).collect();
    let (along, name) = (ctx.along(), name.to_owned());
    let work = async move |tx: &mut Tx| {
        let Some(queue) = along.config.queue(&name) else { return Ok(0) };
        tx.lock("queue").await?;
        let mut met = 0;
        for ([first, second], drawn) in found.iter().zip(&drawn) {
            let (first, second) = (rows::find(tx, *first).await?, rows::find(tx, *second).await?);
            let (Some(first), Some(second)) = (first, second) else { continue };
            let waits = |ticket: &Ticket| ticket.status == super::Status::Waiting;
            if !waits(&first) || !waits(&second) {
                continue;
            }
            claim(tx, first.entry.ticket, drawn.id);
            claim(tx, second.entry.ticket, drawn.id);
            create(tx, *drawn, queue, [&first, &second], now);
            met += 1;
        }
        Ok::<_, store::Error>(met)
    };
    ctx.store.write(work).await
}

/// Round after round, for as long as it is polled.
pub async fn keep_pairing(ctx: Ctx) {
    loop {
        let began = tokio::time::Instant::now();
        if let Err(error) = round(&ctx).await {
            tracing::warn!(%error, "a round failed, the next one tries again");
        }
        ctx.metrics.rounds.observe(began.elapsed().as_secs_f64());
        // A round that takes long does not keep the machine busy.
        tokio::time::sleep(EVERY.max(began.elapsed())).await;
    }
}
