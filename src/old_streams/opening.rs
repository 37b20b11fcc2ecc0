//! Who plays in a match, for who comes to watch it later: kept with the matches, so that neither
//! viewers nor publishers who have said it already need to know that an arena was restarted.
//!
//! A stream does without it while the database fails: it is what late joiners would miss.

use std::time::Duration;

use arena_control::ids::MatchId;
use arena_control::{Ctx, streams};
use tokio::time::timeout;

use crate::melee_lines::{Began, Line};

/// The database did not say it.
#[derive(Debug)]
pub(super) struct Unread;

/// How long a database that did not answer is left alone.
pub(super) const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How long it is waited for: lines and viewers wait meanwhile.
const PATIENCE: Duration = Duration::from_secs(2);

/// What was last told, if the stream is not over.
pub(super) async fn recalled(ctx: &Ctx, id: MatchId) -> Result<Option<Began>, Unread> {
    let text = match timeout(PATIENCE, streams::opening(ctx, id)).await {
        Ok(Ok(text)) => text,
        Ok(Err(error)) => {
            tracing::warn!(match.id = %id, %error, "who plays was not read, it is tried again");
            return Err(Unread);
        }
        Err(_late) => {
            tracing::warn!(match.id = %id, "who plays was not read in time, it is tried again");
            return Err(Unread);
        }
    };
    let Some(text) = text else { return Ok(None) };
    Ok(match serde_json::from_str(&text) {
        Ok(Line::MatchStart(began)) => Some(Began { match_id: id.to_string(), ..began }),
        Ok(Line::Frame(_) | Line::GameEnd(_) | Line::MatchEnd(_) | Line::Ping | Line::Unknown)
        | Err(_) => None,
    })
}

/// It was told.
pub(super) async fn keep(ctx: &Ctx, id: MatchId, began: &Began) {
    let line = Line::MatchStart(Began { match_id: id.to_string(), ..began.clone() });
    let Ok(text) = serde_json::to_string(&line) else { return };
    if let Err(error) = streams::keep_opening(ctx, id, text).await {
        tracing::warn!(match.id = %id, %error, "who plays was not kept");
    }
}

/// The match is over.
pub(super) async fn forget(ctx: &Ctx, id: MatchId) {
    if let Err(error) = streams::forget_opening(ctx, id).await {
        tracing::warn!(match.id = %id, %error, "who played was not forgotten");
    }
}
