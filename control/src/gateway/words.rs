//! What the gateways of several processes tell each other; see `store::whispers`.
//!
//! Invariant: nothing here is needed for a match to go on rightly. A word that is lost costs a
//! spectator or an opponent one of many reports, or an old socket the time until its next ping.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::error::RecvError;

use super::hub::{Note, Topic};
use crate::context::Ctx;
use crate::ids::MatchId;
use crate::matches::play::Standing;

/// A word, and which process says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Word {
    from: u64,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    /// How far both sides of a duel are.
    Progress(MatchId, Standing),
    /// A socket speaks for this now.
    Taken(Topic),
}

/// Somebody has typed.
pub(crate) async fn progressed(ctx: &Ctx, id: MatchId, standing: Standing) {
    progress_here(ctx, id, standing);
    say(ctx, What::Progress(id, standing)).await;
}

/// A socket speaks for this from now on.
pub(super) async fn taken(ctx: &Ctx, topic: Topic) {
    say(ctx, What::Taken(topic)).await;
}

async fn say(ctx: &Ctx, what: What) {
    if !ctx.store.is_shared() {
        return;
    }
    let word = serde_json::to_string(&Word { from: ctx.process, what }).unwrap_or_default();
    if let Err(error) = ctx.store.whisper(word).await {
        tracing::debug!(%error, "the other processes were not told");
    }
}

/// Hears the other processes, for as long as it is polled.
pub(crate) async fn keep_hearing(ctx: &Ctx) {
    let Some(mut words) = ctx.store.whispers() else { return };
    loop {
        match words.recv().await {
            Ok(word) => match serde_json::from_str(&word) {
                Ok(Word { from, what }) if from != ctx.process => hear(ctx, what),
                // Our own, or of a program of another version.
                Ok(_) | Err(_) => {}
            },
            Err(RecvError::Lagged(missed)) => tracing::debug!(missed, "words were not heard"),
            Err(RecvError::Closed) => return,
        }
    }
}

fn hear(ctx: &Ctx, what: What) {
    match what {
        What::Progress(id, standing) => progress_here(ctx, id, standing),
        What::Taken(topic) => ctx.hub.give_up(topic),
    }
}

fn progress_here(ctx: &Ctx, id: MatchId, standing: Standing) {
    ctx.duels.progressed(id, &standing.progress);
    ctx.hub.tell(&[Topic::Match(id)], &Note::Progress(id, Arc::new(standing)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::TicketId;

    #[test]
    fn a_word_is_short_and_read_as_it_was_said() {
        let said = Word { from: u64::MAX, what: What::Taken(Topic::Ticket(TicketId(7))) };
        let text = serde_json::to_string(&said).unwrap();
        assert!(text.len() < 200, "{text}");
        assert_eq!(serde_json::from_str::<Word>(&text).unwrap(), said);
    }
}
