//! What is staked on a match, in the gateway's words: prizes, odds, and what a bet would bring.
//!
//! Nothing of it passes through here: a bet is made on the chain by whoever makes it, and is heard of
//! when the contract tells it.

use serde_json::{Value as Json, json};

use super::messages::Say;
use super::session::Session;
use crate::chain::intents::Kind;
use crate::context::Ctx;
use crate::error::Problem;
use crate::events::Event as Line;
use crate::ids::MatchId;
use crate::matches::rules::Side;
use crate::pools::desk::{self, Wish};
use crate::pools::rules::odds::Stakes;
use crate::pools::service::Error;
use crate::store::{self, Tx};
use crate::uint::Wei;
use crate::{escrows, wagers};

/// Lines behind a result among which its record is looked for.
const LINES: i64 = 1000;
const RECORD: &str = Kind::RecordMatch.name();

impl Session<'_> {
    /// What a bet would bring, and where it is made.
    pub(super) async fn bet(&self, id: MatchId, on: Side, amount: &str) -> Result<Say, Problem> {
        let read = amount.parse::<Wei>().map_err(|error| error.to_string());
        let none = || "more than none".to_owned();
        let amount = read.and_then(|wei| if wei == Wei::ZERO { Err(none()) } else { Ok(wei) });
        let amount = amount.map_err(|why| Problem::invalid(format!("amount, in wei: {why}")))?;
        let book = desk::book(self.ctx, id).await?;
        let Some((book, pool)) = book.and_then(|(book, _)| book.pool.map(|pool| (book, pool)))
        else {
            let detail = "no pool is open for this match: nothing can be bet on it";
            return Err(Problem::conflict("no_pool", detail));
        };
        if self.playing.as_ref().is_some_and(|playing| playing.id == id) {
            return Err(Error::Player.into());
        }
        let quote = desk::quote(self.ctx, pool, Wish { on, amount, bettor: None }).await?;
        let [first, second] = quote.stakes.odds(quote.rake_bps).map(|odds| odds.to_string());
        let contracts = self.ctx.chain.get().map(|link| link.settings.contracts);
        let contract = contracts.and_then(|contracts| contracts.prediction_pool);
        Ok(Say::BetQuote {
            match_id: book.match_id,
            pool_id: pool.to_string(),
            on_player: on,
            bet_on_a: on == Side::First,
            amount: amount.to_string(),
            payout: quote.payout.to_string(),
            odds: if on == Side::First { first } else { second },
            contract: contract.map(|address| address.to_string()),
        })
    }

    /// The odds of a match that is watched from now on.
    pub(super) async fn look_at_odds(&mut self, id: MatchId) -> Result<(), Problem> {
        if let Some((book, tally)) = desk::book(self.ctx, id).await?
            && book.pool.is_some()
        {
            self.odds.insert(id, odds(&tally.stakes(), book.terms.rake_bps));
        }
        Ok(())
    }

    /// What a line of the log says of the odds of a match that is watched.
    pub(super) fn hear_odds(&mut self, id: MatchId, line: &Line) {
        let over = matches!(line.kind.as_str(), "pool.void" | "pool.cancelled");
        let lost = line.kind == "pool.found" && line.body["pool_id"].is_null();
        if over || lost {
            self.odds.remove(&id);
        } else if let [first, second] = line.body["odds"].as_array().map_or(&[][..], Vec::as_slice)
        {
            self.odds.insert(id, json!({ "p1": first, "p2": second }));
        }
    }
}

fn odds(stakes: &Stakes, rake_bps: u16) -> Json {
    let [first, second] = stakes.odds(rake_bps).map(|odds| odds.to_string());
    json!({ "p1": first, "p2": second })
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

    use super::super::telling;
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
