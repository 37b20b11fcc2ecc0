//! `/pools`: as the clients of the old API know them, and what a bet is worth.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::answers::{
    Bet, BetsResponse, BooksResponse, CancelledResponse, ClaimResponse, ListedPool,
    MatchPoolResponse, OddsResponse, PoolsResponse, QuoteResponse, SeenBook, Totals,
};
use super::desk;
use super::rules::Refused;
use super::rules::tally::Said;
use super::service::{self, Error};
use crate::admin::Act;
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::{Json, Query};
use crate::http::json;
use crate::identities::auth::Operator;
use crate::ids::MatchId;
use crate::matches::rules::Side;
use crate::onchain::Account;
use crate::uint::{self, PoolId, Wei};

/// What somebody would like to bet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteRequest {
    /// On whom: `p1` or `p2`.
    #[schema(value_type = String, example = "p1", pattern = "^p[12]$")]
    on: Side,
    /// In wei: a whole number, or the same digits as text.
    #[serde(deserialize_with = "uint::sent")]
    #[schema(value_type = String, example = "10000000000000000000",
        pattern = "^[1-9][0-9]{0,76}$")]
    amount: Wei,
    /// Who would bet; then what it has bet already counts for the largest bet.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^0x[0-9a-f]{40}$")]
    bettor: Option<Account>,
}

/// Which pools.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    before: Option<MatchId>,
    limit: Option<u16>,
}

/// List the matches with a pool, the newest first
#[utoipa::path(get, path = "/pools", tag = "pools",
    params(("before" = Option<MatchId>, Query, description = "The `next` of the page before"),
        ("limit" = Option<u16>, Query, description = "500 if it is left out",
            minimum = 1, maximum = 500)),
    responses(
        (status = 200, body = PoolsResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn list(State(ctx): State<Ctx>, Query(page): Query<Page>) -> Result<Response, Problem> {
    let limit = page.limit.unwrap_or(500);
    if !(1..=500).contains(&limit) {
        return Err(Problem::invalid("limit: expected 1 to 500"));
    }
    let listed = desk::list(&ctx, page.before, limit.into()).await?;
    let next = listed.last().filter(|_| listed.len() == usize::from(limit)).map(|it| it.match_id);
    let pools: Vec<_> = listed.into_iter().map(ListedPool::from).collect();
    Ok(json(&PoolsResponse { count: pools.len(), pools, next }))
}

/// Look at the odds of a pool
#[utoipa::path(get, path = "/pools/{pool_id}/odds", tag = "pools",
    params(("pool_id" = String, Path, description = "The contract's number of it")),
    responses(
        (status = 200, body = OddsResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn odds(State(ctx): State<Ctx>, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = pool_id(&id)?;
    let (pool, terms) = desk::pool(&ctx, id).await?;
    let rake_bps = terms.map_or(0, |terms| terms.rake_bps);
    Ok(json(&OddsResponse { pool_id: id.exact(), totals: Totals::of(&pool.tally, rake_bps) }))
}

/// Look at the newest bets of a pool
#[utoipa::path(get, path = "/pools/{pool_id}/bets", tag = "pools",
    params(("pool_id" = String, Path, description = "The contract's number of it")),
    responses(
        (status = 200, body = BetsResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn bets(State(ctx): State<Ctx>, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = pool_id(&id)?;
    let kept = desk::bets(&ctx, id).await?;
    let bets = kept.into_iter().filter_map(|kept| match kept.event {
        Said::Bet { bettor, on_a, amount } => Some(Bet {
            bettor,
            bet_on_a: on_a,
            amount,
            amount_mon: amount.in_coins(),
            block: kept.place.block,
        }),
        Said::Created { .. } | Said::Resolved { .. } | Said::Cancelled | Said::Claimed { .. } => {
            None
        }
    });
    Ok(json(&BetsResponse { pool_id: id.exact(), bets: bets.collect() }))
}

/// Look at the pool of a match
#[utoipa::path(get, path = "/matches/{match_id}/pool", tag = "pools",
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = MatchPoolResponse),
        (status = 404, body = error::Body, content_type = "application/problem+json"),
        (status = 429, body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn of_match(State(ctx): State<Ctx>, Path(id): Path<String>) -> Result<Response, Problem> {
    let match_id = id.parse().map_err(|_| Error::NoMatch)?;
    let pool = desk::book(&ctx, match_id).await?.and_then(|(book, _)| book.pool);
    Ok(json(&MatchPoolResponse { match_id, pool_id: pool.and_then(PoolId::exact) }))
}

/// Look at the betting on a match
#[utoipa::path(get, path = "/v1/matches/{match_id}/pool", tag = "pools",
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = SeenBook),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn look_closer(
    State(ctx): State<Ctx>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Error::NoMatch)?;
    let found = desk::book(&ctx, id).await?;
    let (book, tally) = found.ok_or_else(|| Problem::not_found("nobody can bet on this match"))?;
    Ok(json(&SeenBook::of(&book, &tally)))
}

/// List the betting on matches, the newest first
///
/// All of it in one answer, for who looks at many pools again and again.
#[utoipa::path(get, path = "/v1/pools", tag = "pools",
    params(("before" = Option<MatchId>, Query, description = "The `next` of the page before"),
        ("limit" = Option<u16>, Query, description = "50 if it is left out",
            minimum = 1, maximum = 100)),
    responses(
        (status = 200, body = BooksResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn books(State(ctx): State<Ctx>, Query(page): Query<Page>) -> Result<Response, Problem> {
    let limit = page.limit.unwrap_or(50);
    if !(1..=100).contains(&limit) {
        return Err(Problem::invalid("limit: expected 1 to 100"));
    }
    let found = desk::books(&ctx, page.before, limit.into()).await?;
    let full = found.len() == usize::from(limit);
    let next = found.last().filter(|_| full).map(|(book, _)| book.match_id);
    let pools = found.iter().map(|(book, tally)| SeenBook::of(book, tally)).collect();
    Ok(json(&BooksResponse { pools, next }))
}

/// Ask what a bet would be worth, and whether it may be made
#[utoipa::path(post, path = "/v1/pools/{pool_id}/quote", tag = "pools", request_body = QuoteRequest,
    params(("pool_id" = String, Path, description = "The contract's number of it")),
    responses(
        (status = 200, body = QuoteResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn quote(
    State(ctx): State<Ctx>,
    Path(id): Path<String>,
    Json(QuoteRequest { on, amount, bettor }): Json<QuoteRequest>,
) -> Result<Response, Problem> {
    let id = pool_id(&id)?;
    let quote = desk::quote(&ctx, id, desk::Wish { on, amount, bettor }).await?;
    let [a, b] = quote.stakes.odds(quote.rake_bps);
    let bet_on_a = on == Side::First;
    let answer = QuoteResponse {
        match_id: quote.match_id,
        pool_id: id,
        bet_on_a,
        amount,
        payout: quote.payout,
        odds: if bet_on_a { a } else { b }.to_string(),
        rake_bps: quote.rake_bps,
    };
    Ok(json(&answer))
}

/// Look at what an account can fetch from a pool that is over
#[utoipa::path(get, path = "/v1/pools/{pool_id}/claims/{account}", tag = "pools",
    params(("pool_id" = String, Path, description = "The contract's number of it"),
        ("account" = String, Path, description = "0x and 40 digits",
            pattern = "^0x[0-9a-f]{40}$")),
    responses(
        (status = 200, body = ClaimResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn claim(
    State(ctx): State<Ctx>,
    Path((id, account)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let id = pool_id(&id)?;
    let account: Account =
        account.parse().map_err(|why| Problem::invalid(format!("account: {why}")))?;
    let claim = desk::claim(&ctx, id, account.clone()).await?;
    let answer = ClaimResponse {
        pool_id: id,
        account,
        staked_a: claim.bets.a,
        staked_b: claim.bets.b,
        payout: claim.payout,
        claimed: claim.claimed,
        due: claim.payout.minus(claim.claimed),
    };
    Ok(json(&answer))
}

/// Give back every bet of a pool
#[utoipa::path(post, path = "/admin/pools/{pool_id}/cancel", tag = "admin",
    security(("bearer" = [])),
    params(("pool_id" = String, Path, description = "The contract's number of it")),
    responses(
        (status = 200, body = CancelledResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn cancel(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = pool_id(&id)?;
    let act = Act::unexplained(operator, "POST /admin/pools/{pool_id}/cancel", ctx.clock.now());
    service::cancel(&ctx, act, id).await?;
    Ok(json(&CancelledResponse { pool_id: id.exact(), cancelled: true }))
}

fn pool_id(text: &str) -> Result<PoolId, Error> {
    text.parse().map_err(|_| Error::NoPool)
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::NoMatch | Error::NoPool | Error::Refused(Refused::NoBet) => {
                Self::not_found(detail)
            }
            Error::NoChain => Self::new(StatusCode::NOT_FOUND, "no_chain", detail),
            Error::Refused(Refused::Size { .. }) => Self::invalid(detail),
            Error::Refused(Refused::Closed) => Self::conflict("betting_closed", detail),
            Error::Refused(Refused::Unresolved) => Self::conflict("pool_unresolved", detail),
            Error::Decided => Self::conflict("pool_decided", detail),
            Error::Player => Self::forbidden(detail),
            Error::Store(error) => error.into(),
        }
    }
}
