//! Matches: taken back, decided, or begun anew from the queue.

use serde_json::json;

use super::audit::To;
use super::{Act, Error};
use crate::context::Ctx;
use crate::ids::MatchId;
use crate::matches::rules::{Event, How, Outcome, Side, Sides};
use crate::matches::{Match, service};
use crate::queue;
use crate::results::rules::may_rule;
use crate::store::events::Draft;
use crate::store::{Tx, matches as rows};
use crate::tournaments;

/// What an operator makes of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ruling {
    /// There is no result: every stake goes back.
    Void,
    /// There is none, and both wait again at their old places.
    Requeue,
    /// It came to this.
    Resolve {
        /// `None` for a draw.
        winner: Option<Side>,
        /// What each side had left; 0 where nobody knows.
        score: Sides<u8>,
    },
}

impl Ruling {
    fn event(self) -> Event {
        match self {
            Self::Void | Self::Requeue => Event::Void,
            Self::Resolve { winner: Some(winner), .. } => {
                Event::Rule(Outcome::Won { winner, how: How::Ruled })
            }
            Self::Resolve { winner: None, .. } => Event::Rule(Outcome::Drawn { how: How::Ruled }),
        }
    }

    fn score(self) -> Sides<u8> {
        match self {
            Self::Void | Self::Requeue => Sides::default(),
            Self::Resolve { score, .. } => score,
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Void => "admin.match_voided",
            Self::Requeue => "admin.match_requeued",
            Self::Resolve { .. } => "admin.match_resolved",
        }
    }
}

/// Does it. What is so already is done again without a word.
pub(crate) async fn rule(ctx: &Ctx, act: Act, id: MatchId, ruling: Ruling) -> Result<Match, Error> {
    if let Ruling::Resolve { winner, score } = ruling {
        may_rule(winner, score).map_err(Error::Score)?;
    }
    let work = async move |tx: &mut Tx| {
        let found = rows::find(tx, id).await?.ok_or(service::Error::Unknown)?;
        // What is due happens first, and has no score that an operator gave.
        let found = service::apply(tx, found, Event::TimePassed, act.at()).await?;
        if ruling == Ruling::Requeue && found.ended_at.is_some() {
            return Err(Error::NobodyToRequeue);
        }
        let before = found.version;
        let was = found.state.name();
        let changed =
            service::apply_scored(tx, found, ruling.event(), ruling.score(), act.at()).await?;
        if changed.version == before {
            return Ok(changed);
        }
        // Whoever plays a tournament is called to its game again, and did not come from a queue.
        if ruling == Ruling::Requeue && !tournaments::following::owns(tx, id).await? {
            for side in Side::BOTH {
                send_back(tx, &changed, side, &act).await?;
            }
        }
        let what = match ruling {
            Ruling::Void | Ruling::Requeue => json!({ "was": was }),
            Ruling::Resolve { winner, score } => {
                json!({ "was": was, "winner": winner, "score": score })
            }
        };
        act.tell(tx, ruling.kind(), &To::Match(id.to_string()), what);
        Ok(changed)
    };
    ctx.store.write(work).await
}

async fn send_back(tx: &mut Tx, of: &Match, side: Side, act: &Act) -> Result<(), Error> {
    let player = of.players.of(side);
    rows::free(tx, of.id, side, false);
    queue::service::put_back(tx, player.entry, &player.owner(), act.at()).await?;
    tx.tell(Draft {
        at: act.at(),
        kind: "queue.returned",
        match_id: Some(of.id.to_string()),
        identity_id: player.identity.map(|id| id.to_string()),
        body: json!({ "queue": of.queue, "ticket": player.entry, "side": side }),
    });
    Ok(())
}
