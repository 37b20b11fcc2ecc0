//! What is bet on a match, in the gateway's words: odds, and what a bet would bring.
//!
//! Nothing of it passes through here: a bet is made on the chain by whoever makes it, and is heard of
//! when the contract tells it.

use serde_json::{Value as Json, json};

use super::messages::Say;
use super::session::Session;
use crate::error::Problem;
use crate::events::Event as Line;
use crate::ids::MatchId;
use crate::matches::rules::Side;
use crate::pools::desk::{self, Wish};
use crate::pools::rules::odds::Stakes;
use crate::pools::service::Error;
use crate::uint::Wei;

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
