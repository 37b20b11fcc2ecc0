//! `game.result`: what came of a match, for who played it; and what is known of what it brings.

use super::messages::{Message, Say, Stats};
use super::session::Session;
use super::telling;
use crate::chain::intents::Kind;
use crate::context::Ctx;
use crate::error::Problem;
use crate::events::Event as Line;
use crate::ids::MatchId;
use crate::matches::rules::Side;
use crate::ratings::service as ratings;
use crate::store::{self, Tx, duels};
use crate::uint::Wei;
use crate::{escrows, wagers};

/// Lines behind a result among which its record is looked for.
const LINES: i64 = 1000;
const RECORD: &str = Kind::RecordMatch.name();

impl Session<'_> {
    /// The end of a match, for who played it.
    pub(super) async fn result(
        &self,
        line: &Line,
        side: Side,
        id: MatchId,
    ) -> Result<Option<Message>, Problem> {
        let read = self.ctx.store.read(async move |tx| {
            let changes = ratings::changes_of(tx, &id.to_string()).await?;
            Ok::<_, store::Error>((duels::find(tx, id).await?, changes))
        });
        let (kept, changes) = read.await?;
        let game = kept.and_then(|kept| kept.game);
        let team = match side {
            Side::First => 1,
            Side::Second => 2,
        };
        let mine = changes.iter().find(|change| change.team == team);
        let stats = |side| {
            let game = game.as_ref()?;
            Some(Stats::of(&game.progress(side, line.at), game.typing.of(side).keys()))
        };
        let Some(mut message) = telling::told(line) else { return Ok(None) };
        if let Say::GameResult {
            you,
            your_stats,
            opponent_stats,
            rating_change,
            prize,
            tx_hash,
            ..
        } = &mut message.say
        {
            let brings = brings(self.ctx, id, line.number).await?;
            (*prize, *tx_hash) = (brings.prize, brings.tx_hash);
            *rating_change = mine.map(|change| change.after.rating.0 - change.before.0);
            (*you, *your_stats, *opponent_stats) = (Some(side), stats(side), stats(side.other()));
        }
        Ok(Some(message))
    }
}

/// What is known by now of what a result brings.
#[derive(Debug, Default)]
pub(super) struct Brings {
    /// What the winner gets, in the smallest unit, if somebody holds it.
    pub(super) prize: Option<String>,
    /// The transaction that recorded it.
    pub(super) tx_hash: Option<String>,
}

/// Of the match whose result was told by a line of the log. The record, if there is one, was told
/// behind it.
pub(super) async fn brings(ctx: &Ctx, id: MatchId, line: i64) -> Result<Brings, store::Error> {
    let read = async move |tx: &mut Tx| match escrows::service::prize(tx, id).await? {
        Some(of_escrow) => Ok(Some(of_escrow)),
        None => wagers::service::prize(tx, id).await,
    };
    let prize = ctx.store.read(read).await?;
    let behind = ctx.store.events_of_match(id.to_string(), line, LINES).await?;
    let record = |line: &&Line| line.kind == "chain.done" && line.body["job"] == RECORD;
    let recorded = behind.iter().rfind(record);
    Ok(Brings {
        prize: prize.map(|wei: Wei| wei.to_string()),
        tx_hash: recorded.and_then(|line| line.body["transaction"].as_str().map(str::to_owned)),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value as Json, json};

    use super::*;
    use crate::Config;
    use crate::clock::VirtualClock;
    use crate::random::Chance;
    use crate::store::Store;
    use crate::store::events::Draft;
    use crate::time::At;

    const ID: MatchId = MatchId::random(1);

    async fn ctx() -> Ctx {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let clock = Arc::new(VirtualClock::at(At(1_000_000)));
        Ctx::open(store, clock, Chance::of_the_system(), Config::default()).await.unwrap()
    }

    async fn tell(ctx: &Ctx, kind: &'static str, body: Json) {
        let work = async move |tx: &mut Tx| {
            let match_id = Some(ID.to_string());
            let body = body.clone();
            tx.tell(Draft { at: At(1_000_000), kind, match_id, identity_id: None, body });
            Ok::<_, store::Error>(())
        };
        ctx.store.write(work).await.unwrap();
    }

    #[tokio::test]
    async fn a_record_is_told_when_it_is_there_and_to_who_comes_later() {
        let ctx = ctx().await;
        tell(&ctx, "match.decided", json!({ "winner": "p1", "how": "played" })).await;
        let lines = ctx.store.events_of_match(ID.to_string(), 0, 10).await.unwrap();
        let decided = lines[0].number;
        assert_eq!(brings(&ctx, ID, decided).await.unwrap().tx_hash, None);
        tell(&ctx, "chain.done", json!({ "job": "create_pool", "transaction": "0x01" })).await;
        assert_eq!(brings(&ctx, ID, decided).await.unwrap().tx_hash, None, "of something else");
        tell(&ctx, "chain.done", json!({ "job": "record_match", "transaction": "0x02" })).await;
        // A reorganisation took it back, and another one counts.
        tell(&ctx, "chain.done", json!({ "job": "record_match", "transaction": "0x03" })).await;
        let hash = brings(&ctx, ID, decided).await.unwrap().tx_hash;
        assert_eq!(hash.as_deref(), Some("0x03"));
        let lines = ctx.store.events_of_match(ID.to_string(), decided, 10).await.unwrap();
        let told = json!(telling::told(lines.last().unwrap()).unwrap().say);
        assert_eq!(
            (&told["type"], &told["data"]["kind"], &told["data"]["transaction"]),
            (&json!("match.update"), &json!("chain.done"), &json!("0x03"))
        );
    }
}
