//! `/v1/ratings`: ladders, and how somebody came to its rating.

use axum::extract::{Path, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rules::{Rating, Record, Score};
use super::{Name, Skill, Standing, service};
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::Query;
use crate::http::json;
use crate::store::identities as accounts;
use crate::store::ratings::{Kept, Line};

/// Lines of a page, unless it is asked for fewer or more.
const PAGE: u16 = 50;
const PAGE_MAX: u16 = 100;

/// Somebody's line.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rated {
    /// `identity:`, `wallet:` or `code:` and who it is.
    #[schema(value_type = String)]
    player: Name,
    /// What orders the ladder.
    #[schema(value_type = i32)]
    rating: Rating,
    /// The highest it ever was.
    #[schema(value_type = i32)]
    peak: Rating,
    wins: u32,
    draws: u32,
    losses: u32,
    /// How strong it probably is, where the queue asks for that; in millionths, with the standard
    /// deviation.
    #[schema(value_type = Option<Object>)]
    skill: Option<Skill>,
}

/// A place on the ladder.
#[derive(Debug, Serialize, ToSchema)]
pub struct Placed {
    /// From 1.
    place: u64,
    /// What the account is called, if it is one.
    name: Option<String>,
    #[serde(flatten)]
    rated: Rated,
}

/// A ladder, the best first.
#[derive(Debug, Serialize, ToSchema)]
pub struct LadderResponse {
    queue: String,
    ratings: Vec<Placed>,
    /// For `after`, if there may be more.
    next: Option<String>,
}

/// Which part of the ladder.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    after: Option<String>,
    limit: Option<u16>,
}

/// Look at a queue's ladder
#[utoipa::path(get, path = "/v1/ratings/{queue}", tag = "ratings",
    params(("queue" = String, Path, description = "Such as `melee`"),
        ("after" = Option<String>, Query, description = "The `next` of the page before"),
        ("limit" = Option<u16>, Query, description = "1 to 100; 50 if it is left out")),
    responses(
        (status = 200, body = LadderResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn ladder(
    State(ctx): State<Ctx>,
    Path(queue): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    known(&ctx, &queue)?;
    let limit = limit_of(wanted.limit)?;
    let behind = wanted.after.as_deref().map(Place::read).transpose()?;
    let before = behind.as_ref().map_or(0, |place| place.place);
    let lines = service::ladder(&ctx, &queue, behind.map(Place::line), limit).await?;
    let full = lines.len() == usize::from(limit);
    let places = (before + 1..).zip(&lines);
    let next = places.clone().last().filter(|_| full).map(|(place, line)| Place::of(place, line));
    let known: Vec<_> = lines.iter().filter_map(|line| line.name.identity()).collect();
    let names = ctx.store.read(async move |tx| accounts::names(tx, &known).await).await?;
    let placed = |(place, line): (u64, &Line)| {
        let name = line.name.identity().and_then(|id| names.get(&id).cloned());
        Placed { place, name, rated: line.into() }
    };
    let ratings = places.map(placed).collect();
    Ok(json(&LadderResponse { queue, ratings, next: next.map(|place| place.written()) }))
}

/// Look at somebody's rating
#[utoipa::path(get, path = "/v1/ratings/{queue}/{player}", tag = "ratings",
    params(("queue" = String, Path, description = "Such as `melee`"),
        ("player" = String, Path, description = "Such as `code:FOX%23123`, as the ladder has it")),
    responses(
        (status = 200, body = Rated),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn look(
    State(ctx): State<Ctx>,
    Path((queue, player)): Path<(String, String)>,
) -> Result<Response, Problem> {
    known(&ctx, &queue)?;
    let name = Name::from_text(&player);
    let standing = service::find(&ctx, &queue, name.clone()).await?.ok_or_else(unrated)?;
    Ok(json(&Rated::from(&Line { name, standing })))
}

/// What a game made of somebody.
#[derive(Debug, Serialize, ToSchema)]
pub struct Changed {
    /// The game's place among all that were rated; for `before`.
    number: i64,
    /// A match's id, or a lobby's.
    game_id: String,
    /// Unix milliseconds.
    decided_at: i64,
    /// `won`, `drew` or `lost`.
    #[schema(value_type = String)]
    score: Score,
    /// What it had when the game started: what the game counted for.
    #[schema(value_type = i32)]
    at_start: Rating,
    #[schema(value_type = i32)]
    before: Rating,
    #[schema(value_type = i32)]
    after: Rating,
    #[schema(value_type = Option<Object>)]
    skill: Option<Skill>,
}

/// How somebody came to its rating, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryResponse {
    changes: Vec<Changed>,
    /// For `before`, if there may be more.
    next: Option<i64>,
}

/// Which part of the history.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earlier {
    before: Option<i64>,
    limit: Option<u16>,
}

/// Look at how somebody came to its rating
#[utoipa::path(get, path = "/v1/ratings/{queue}/{player}/history", tag = "ratings",
    params(("queue" = String, Path, description = "Such as `melee`"),
        ("player" = String, Path, description = "Such as `code:FOX%23123`, as the ladder has it"),
        ("before" = Option<i64>, Query, description = "The `next` of the page before"),
        ("limit" = Option<u16>, Query, description = "1 to 100; 50 if it is left out")),
    responses(
        (status = 200, body = HistoryResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn history(
    State(ctx): State<Ctx>,
    Path((queue, player)): Path<(String, String)>,
    Query(wanted): Query<Earlier>,
) -> Result<Response, Problem> {
    known(&ctx, &queue)?;
    let limit = limit_of(wanted.limit)?;
    let name = Name::from_text(&player);
    let kept = service::history(&ctx, &queue, name, wanted.before, limit).await?;
    if kept.is_empty() && wanted.before.is_none() {
        return Err(unrated());
    }
    let next = kept.last().filter(|_| kept.len() == usize::from(limit)).map(|kept| kept.number);
    Ok(json(&HistoryResponse { changes: kept.into_iter().map(Changed::from).collect(), next }))
}

pub(super) fn known(ctx: &Ctx, queue: &str) -> Result<(), Problem> {
    match ctx.config.queue(queue) {
        Some(_) => Ok(()),
        None => Err(Problem::not_found("there is no queue of this name")),
    }
}

fn unrated() -> Problem {
    Problem::not_found("nobody of this name has played a rated game in this queue")
}

pub(super) fn limit_of(asked: Option<u16>) -> Result<u16, Problem> {
    let limit = asked.unwrap_or(PAGE);
    if (1..=PAGE_MAX).contains(&limit) {
        Ok(limit)
    } else {
        Err(Problem::invalid(format!("limit: expected 1 to {PAGE_MAX}")))
    }
}

/// Where a page ended. It holds the values that order the ladder, so the next page begins there even
/// if who stood there has moved since.
#[derive(Serialize, Deserialize)]
struct Place {
    place: u64,
    rating: Rating,
    record: Record,
    name: Name,
}

impl Place {
    fn of(place: u64, line: &Line) -> Self {
        let Standing { rating, record, .. } = line.standing;
        Self { place, rating, record, name: line.name.clone() }
    }

    fn line(self) -> Line {
        let Self { rating, record, name, .. } = self;
        Line { name, standing: Standing { rating, peak: rating, record, skill: None } }
    }

    fn written(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    fn read(text: &str) -> Result<Self, Problem> {
        let read = URL_SAFE_NO_PAD.decode(text).ok();
        let read = read.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        read.ok_or_else(|| Problem::invalid("after: expected the next of an earlier page"))
    }
}

impl From<&Line> for Rated {
    fn from(line: &Line) -> Self {
        let Standing { rating, peak, record: Record { wins, draws, losses }, skill } =
            line.standing;
        Self { player: line.name.clone(), rating, peak, wins, draws, losses, skill }
    }
}

impl From<Kept> for Changed {
    fn from(kept: Kept) -> Self {
        Self {
            number: kept.number,
            game_id: kept.game_id,
            decided_at: kept.decided_at.0,
            score: kept.change.score,
            at_start: kept.change.at_start,
            before: kept.change.before,
            after: kept.change.after.rating,
            skill: kept.change.after.skill,
        }
    }
}
