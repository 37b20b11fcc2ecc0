//! What has to happen at a time. A deadline is a row, so that a restart loses none, and whoever
//! acts on it takes the row in the same transaction, so that it is acted on once.

use crate::context::Ctx;
use crate::http::once;
use crate::store::{self, deadlines as rows};
use crate::time::{At, Span};
use crate::{escrows, gateway, lobby, matches, pools, queue, streams, tournaments, wagers};

/// Acted on in one look.
const BATCH: i64 = 512;
/// Between looks, if nothing is due before.
const LOOK_EVERY: Span = Span::seconds(1);

/// What is to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An entry of a queue: it has waited for too long.
    Entry,
    /// A match: what happens to it by itself.
    Match,
    /// A duel: somebody is idle, or its time is over.
    Duel,
    /// A lobby: what happens to it by itself.
    Lobby,
    /// Answers that were kept for whoever asks again: their time is over.
    Answers,
    /// A wager: nobody answered, nobody locked a stake, or stakes go back.
    Wager,
    /// The betting on a match whose start is not seen: its time is over.
    Pool,
    /// An escrow: a stake may have its confirmations, or goes back.
    Escrow,
    /// An entry whose socket is gone: nobody has come back with it.
    Seat,
    /// A relay: it has said nothing for too long.
    Relay,
    /// A game of a tournament: its sides had time to show up.
    Tournament,
}

/// A time, and what is to happen to whom then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// What.
    pub kind: Kind,
    /// To whom: an id.
    pub subject: String,
    /// When.
    pub due_at: At,
}

impl Kind {
    const ALL: [Self; 11] = [
        Self::Entry,
        Self::Match,
        Self::Duel,
        Self::Lobby,
        Self::Answers,
        Self::Wager,
        Self::Pool,
        Self::Escrow,
        Self::Seat,
        Self::Relay,
        Self::Tournament,
    ];

    /// As it stands in its row.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Match => "match",
            Self::Duel => "duel",
            Self::Lobby => "lobby",
            Self::Answers => "answers",
            Self::Wager => "wager",
            Self::Pool => "pool",
            Self::Escrow => "escrow",
            Self::Seat => "seat",
            Self::Relay => "relay",
            Self::Tournament => "tournament",
        }
    }

    /// The one of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Acts on everything that is due. How many it was, and when the next is due.
///
/// # Errors
/// The database cannot say what is due. A deadline that could not be acted on stays, and is logged.
pub async fn sweep(ctx: &Ctx) -> Result<(usize, Option<At>), store::Error> {
    let now = ctx.clock.now();
    let (due, next) = ctx.store.read(async move |tx| rows::due(tx, now, BATCH).await).await?;
    let more = due.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX);
    let mut acted = 0;
    for deadline in due {
        let (kind, subject) = (deadline.kind, deadline.subject.clone());
        let along = ctx.along();
        let outcome = ctx.store.write(async move |tx| {
            if !rows::take(tx, &deadline).await? {
                return Ok::<_, store::Error>(false);
            }
            match deadline.kind {
                Kind::Entry => {
                    queue::service::look_after(&along, tx, &deadline.subject, now).await?;
                }
                Kind::Match => matches::service::look(tx, &deadline.subject, now).await?,
                Kind::Duel => matches::play::look(tx, &deadline.subject, now).await?,
                Kind::Answers => once::forget(tx, now).await?,
                Kind::Lobby => lobby::service::look(&along, tx, &deadline.subject, now).await?,
                Kind::Wager => wagers::service::look(tx, &deadline.subject, now).await?,
                Kind::Pool => pools::service::look(tx, &deadline.subject, now).await?,
                Kind::Escrow => escrows::service::look(tx, &deadline.subject, now).await?,
                Kind::Seat => gateway::seats::look(tx, &deadline.subject, now).await?,
                Kind::Relay => streams::service::look(tx, &deadline.subject, now).await?,
                Kind::Tournament => {
                    tournaments::following::look(tx, &deadline.subject, now).await?;
                }
            }
            Ok(true)
        });
        match outcome.await {
            Ok(taken) => acted += usize::from(taken),
            Err(error) => {
                tracing::warn!(%error, kind = kind.name(), subject, "a deadline is tried again");
            }
        }
    }
    Ok((acted, if more { Some(now) } else { next }))
}

/// Acts on what is due, for as long as it is polled.
pub async fn keep_sweeping(ctx: Ctx) {
    loop {
        let next = match sweep(&ctx).await {
            Ok((_, next)) => next,
            Err(error) => {
                tracing::warn!(%error, "what is due is not known, looking again soon");
                None
            }
        };
        let until = next.map_or(LOOK_EVERY, |at| at.since(ctx.clock.now()).min(LOOK_EVERY));
        tokio::time::sleep(std::time::Duration::from_millis(until.0)).await;
    }
}
