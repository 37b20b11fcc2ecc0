//! What spectators ask: which pools there are, what a bet is worth, what is theirs.

use super::rules::odds::Stakes;
use super::rules::payout::{End, payout};
use super::rules::tally::{Said, Tally};
use super::rules::{Betting, Refused, Terms};
use super::service::{Error, needs_chain};
use super::{Book, Pool};
use crate::context::Ctx;
use crate::ids::MatchId;
use crate::matches::Match;
use crate::matches::rules::{Side, State as Course};
use crate::onchain::{Account, Contract};
use crate::store::observed::{self, Kept, Label};
use crate::store::{self, Tx, matches, pools as rows};
use crate::time::At;
use crate::uint::{PoolId, Wei};

/// What a bet would be worth.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quote {
    pub(crate) match_id: MatchId,
    pub(crate) rake_bps: u16,
    /// With this bet in it.
    pub(crate) stakes: Stakes,
    pub(crate) payout: Wei,
}

/// What somebody has in a pool that is over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim {
    pub(crate) bets: Stakes,
    pub(crate) payout: Wei,
    pub(crate) claimed: Wei,
}

/// Matches with a pool, the newest first.
pub(crate) async fn list(
    ctx: &Ctx,
    before: Option<MatchId>,
    limit: i64,
) -> Result<Vec<rows::Listed>, store::Error> {
    ctx.store.read(async move |tx| rows::list(tx, before, limit).await).await
}

/// What is told of a match's pool wherever the match is shown.
pub(crate) async fn pool_of(tx: &mut Tx, id: MatchId) -> Result<Option<PoolId>, store::Error> {
    Ok(rows::book(tx, id).await?.and_then(|book| book.pool))
}

/// The betting on a match, if there is any.
pub(crate) async fn book(ctx: &Ctx, id: MatchId) -> Result<Option<(Book, Tally)>, Error> {
    let read = async move |tx: &mut Tx| {
        let Some(book) = rows::book(tx, id).await? else {
            matches::find(tx, id).await?.ok_or(Error::NoMatch)?;
            return Ok(None);
        };
        let pool = match book.pool {
            Some(pool) => rows::pool(tx, pool).await?,
            None => None,
        };
        Ok(Some((book, pool.map(|pool| pool.tally).unwrap_or_default())))
    };
    ctx.store.read(read).await
}

/// The betting on matches, the newest first.
pub(crate) async fn books(
    ctx: &Ctx,
    before: Option<MatchId>,
    limit: i64,
) -> Result<Vec<(Book, Tally)>, store::Error> {
    ctx.store.read(async move |tx| rows::books(tx, before, limit).await).await
}

/// A pool by its number, with the rake of the match that it is for.
pub(crate) async fn pool(ctx: &Ctx, id: PoolId) -> Result<(Pool, Option<Terms>), Error> {
    needs_chain(ctx)?;
    let read = async move |tx: &mut Tx| {
        let pool = rows::pool(tx, id).await?.filter(|pool| pool.tally.opened.is_some());
        let book = rows::book_of_pool(tx, id).await?;
        Ok((pool.ok_or(Error::NoPool)?, book.map(|book| book.terms)))
    };
    ctx.store.read(read).await
}

/// The newest bets of a pool, the newest first.
pub(crate) async fn bets(ctx: &Ctx, id: PoolId) -> Result<Vec<Kept<Said>>, Error> {
    needs_chain(ctx)?;
    let read = async move |tx: &mut Tx| {
        rows::pool(tx, id).await?.ok_or(Error::NoPool)?;
        let (contract, subject) = (Contract::Pool, id.to_string());
        let label = Label { contract, subject: &subject, kind: "bet", account: None };
        Ok(observed::newest(tx, label).await?)
    };
    ctx.store.read(read).await
}

/// Who would like to bet what.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) on: Side,
    pub(crate) amount: Wei,
    pub(crate) bettor: Option<Account>,
}

/// What a bet would be worth, if nobody else bet: whether it may be made, and what it would bring.
pub(crate) async fn quote(ctx: &Ctx, id: PoolId, wish: Wish) -> Result<Quote, Error> {
    needs_chain(ctx)?;
    let now = ctx.clock.now();
    let read = async move |tx: &mut Tx| {
        let book = rows::book_of_pool(tx, id).await?.ok_or(Error::NoPool)?;
        let of = matches::find(tx, book.match_id).await?.ok_or(Error::NoMatch)?;
        let tally = rows::pool(tx, id).await?.ok_or(Error::NoPool)?.tally;
        if !takes_bets(&book, &of, now) || tally.ended.is_some() {
            return Err(Refused::Closed.into());
        }
        let mut mine = Stakes::default();
        let Wish { on, amount, bettor } = &wish;
        if let Some(bettor) = bettor {
            if [&book.wallets.first, &book.wallets.second].contains(&bettor) {
                return Err(Error::Player);
            }
            mine = bets_of(tx, id, bettor).await?.0;
        }
        // The largest bet is one account's in all, the smallest each of them.
        book.terms.allow(*amount)?;
        book.terms.allow(amount.plus(mine.total()))?;
        let with = |stakes: Stakes| {
            let Stakes { a, b } = stakes;
            match on {
                Side::First => Stakes { a: a.plus(*amount), b },
                Side::Second => Stakes { a, b: b.plus(*amount) },
            }
        };
        let stakes = with(tally.stakes());
        let (rake_bps, bet) = (book.terms.rake_bps, with(Stakes::default()));
        let payout = payout(&stakes, End::Won(*on), rake_bps, &bet);
        Ok(Quote { match_id: book.match_id, rake_bps, stakes, payout })
    };
    ctx.store.read(read).await
}

/// What somebody can fetch, once a pool is over.
pub(crate) async fn claim(ctx: &Ctx, id: PoolId, account: Account) -> Result<Claim, Error> {
    needs_chain(ctx)?;
    let read = async move |tx: &mut Tx| {
        let book = rows::book_of_pool(tx, id).await?.ok_or(Error::NoPool)?;
        let tally = rows::pool(tx, id).await?.ok_or(Error::NoPool)?.tally;
        let (bets, claimed) = bets_of(tx, id, &account).await?;
        if bets.total() == Wei::ZERO {
            return Err(Refused::NoBet.into());
        }
        let end = tally.end().ok_or(Refused::Unresolved)?;
        let payout = payout(&tally.stakes(), end, book.terms.rake_bps, &bets);
        Ok(Claim { bets, payout, claimed })
    };
    ctx.store.read(read).await
}

async fn bets_of(
    tx: &mut Tx,
    id: PoolId,
    account: &Account,
) -> Result<(Stakes, Wei), store::Error> {
    let (subject, account) = (id.to_string(), account.to_string());
    let kept = observed::of_account::<Said>(tx, Contract::Pool, &subject, &account).await?;
    let mut tally = Tally::default();
    kept.iter().for_each(|kept| tally.add(&kept.event));
    Ok((tally.stakes(), tally.claimed))
}

/// The match may be looked at late; what is due by now has happened to it.
fn takes_bets(book: &Book, of: &Match, now: At) -> bool {
    let before_start = match of.state_at(now) {
        Course::Matched { .. } | Course::Staking { .. } | Course::Ready { .. } => true,
        Course::Active { .. } => !of.start_is_seen() && book.opened_at + book.terms.window > now,
        Course::Resolved { .. }
        | Course::Settled { .. }
        | Course::Cancelled { .. }
        | Course::Expired => false,
    };
    book.betting == Betting::Open && before_start
}
