//! `/v1/players`: who somebody is in all queues; and how two did against each other.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Name;
use super::http::{Rated, known, limit_of};
use super::rules::Score;
use crate::agents::Agent;
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::Query;
use crate::http::json;
use crate::store::ratings::{self as rows, Line, Met};
use crate::store::{self, Tx, agents, identities as accounts};

/// Somebody who plays.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlayerResponse {
    /// As the ladders have it.
    #[schema(value_type = String)]
    player: Name,
    /// What the account is called, if it is one.
    name: Option<String>,
    /// The account's, if it has one.
    wallet: Option<String>,
    /// Unix milliseconds: when the account was made.
    since: Option<i64>,
    /// What it has in each queue where it was rated, by the queue's name.
    ratings: BTreeMap<String, Rated>,
    /// The account's agents, in the order in which they were made.
    agents: Vec<Agent>,
}

/// Look at somebody who plays
#[utoipa::path(get, path = "/v1/players/{player}", tag = "ratings",
    params(("player" = String, Path, description = "Such as `code:FOX%23123`, as the ladder has it")),
    responses(
        (status = 200, body = PlayerResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn look(State(ctx): State<Ctx>, Path(player): Path<String>) -> Result<Response, Problem> {
    let name = Name::from_text(&player);
    let queues: Vec<_> = ctx.config.queues.iter().map(|queue| queue.name.clone()).collect();
    let asked = name.clone();
    let read = async move |tx: &mut Tx| {
        let (account, agents) = match asked.identity() {
            Some(id) => (accounts::by_id(tx, id).await?, agents::of(tx, id).await?),
            None => (None, Vec::new()),
        };
        let mut ratings = BTreeMap::new();
        for queue in &queues {
            if let Some((standing, _)) = rows::standing(tx, queue, &asked).await? {
                let line = Line { name: asked.clone(), standing };
                ratings.insert(queue.clone(), Rated::from(&line));
            }
        }
        Ok::<_, store::Error>((account, ratings, agents))
    };
    let (account, ratings, agents) = ctx.store.read(read).await?;
    if account.is_none() && ratings.is_empty() {
        let detail = "nobody of this name has an account or has played a rated game";
        return Err(Problem::not_found(detail));
    }
    let since = account.as_ref().map(|account| account.created_at.0);
    let (called, wallet) = account.map(|it| (Some(it.name), it.wallet)).unwrap_or_default();
    Ok(json(&PlayerResponse { player: name, name: called, wallet, since, ratings, agents }))
}

/// How somebody did against somebody else.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgainstResponse {
    #[schema(value_type = String)]
    player: Name,
    #[schema(value_type = String)]
    other: Name,
    /// Of all rated games in which they were against each other.
    wins: i64,
    draws: i64,
    losses: i64,
    /// The newest first.
    games: Vec<MetSeen>,
    /// For `before`, if there may be more.
    next: Option<i64>,
}

/// A game of two who are looked at.
#[derive(Debug, Serialize, ToSchema)]
pub struct MetSeen {
    /// The game's place among all that were rated.
    number: i64,
    /// A match's id, or a lobby's.
    game_id: String,
    /// Unix milliseconds.
    decided_at: i64,
    /// The player's: `won`, `drew` or `lost`.
    #[schema(value_type = String)]
    score: Score,
    /// The player's.
    before: i64,
    after: i64,
    /// The other's.
    other_before: i64,
    other_after: i64,
}

/// Which part of the games.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earlier {
    before: Option<i64>,
    limit: Option<u16>,
}

/// Look at how somebody did against somebody else
#[utoipa::path(get, path = "/v1/ratings/{queue}/{player}/against/{other}", tag = "ratings",
    params(("queue" = String, Path, description = "Such as `melee`"),
        ("player" = String, Path, description = "Such as `code:FOX%23123`, as the ladder has it"),
        ("other" = String, Path, description = "Likewise"),
        ("before" = Option<i64>, Query, description = "The `next` of the page before"),
        ("limit" = Option<u16>, Query, description = "1 to 100; 50 if it is left out")),
    responses(
        (status = 200, body = AgainstResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn against(
    State(ctx): State<Ctx>,
    Path((queue, player, other)): Path<(String, String, String)>,
    Query(wanted): Query<Earlier>,
) -> Result<Response, Problem> {
    known(&ctx, &queue)?;
    let limit = limit_of(wanted.limit)?;
    let before = wanted.before.unwrap_or(i64::MAX);
    let two = [Name::from_text(&player), Name::from_text(&other)];
    let asked = two.clone();
    let read = async move |tx: &mut Tx| {
        let [player, other] = &asked;
        let scores = rows::scores_against(tx, &queue, [player, other]).await?;
        let met = rows::against(tx, &queue, [player, other], (before, limit.into())).await?;
        Ok::<_, store::Error>((scores, met))
    };
    let (scores, met) = ctx.store.read(read).await?;
    let count = |score| scores.iter().filter(|(it, _)| *it == score).map(|(_, count)| count).sum();
    let next = met.last().filter(|_| met.len() == usize::from(limit)).map(|met| met.number);
    let [player, other] = two;
    Ok(json(&AgainstResponse {
        player,
        other,
        wins: count(Score::Won),
        draws: count(Score::Drew),
        losses: count(Score::Lost),
        games: met.into_iter().map(MetSeen::from).collect(),
        next,
    }))
}

impl From<Met> for MetSeen {
    fn from(met: Met) -> Self {
        let ([before, after], [other_before, other_after]) = (met.mine, met.theirs);
        Self {
            number: met.number,
            game_id: met.game_id,
            decided_at: met.decided_at.0,
            score: met.score,
            before,
            after,
            other_before,
            other_after,
        }
    }
}
