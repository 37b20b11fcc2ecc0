//! `/matches`: in our words, and what sides do there.
//!
//! - `before`: as the clients of the old API know a match.

pub mod before;

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::listing::{Filter, Of, Standing};
use super::rules::{Event, Side, State as Course};
use super::service::{self, Error};
use super::{Match, Player};
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::{Json, Query};
use crate::http::json;
use crate::ids::{MatchId, PlayerId, TicketId};
use crate::store::identities::names;
use crate::store::streams::of_matches as streams_of;
use crate::store::{self, matches as rows};
use crate::streams::StreamSeen;
use crate::time::At;

/// Events of one answer.
const EVENTS_MAX: i64 = 1000;

/// A match, in our words.
#[derive(Debug, Serialize, ToSchema)]
pub struct Seen {
    #[schema(value_type = String)]
    id: MatchId,
    queue: String,
    /// What is played for, where something is.
    tier: Option<String>,
    /// Where it is, and until when: `state` is `matched`, `staking`, `ready`, `active`, `resolved`, `settled`,
    /// `cancelled` or `expired`.
    #[schema(value_type = Object)]
    course: Course,
    p1: SeenPlayer,
    p2: SeenPlayer,
    /// Unix milliseconds.
    created_at: i64,
    /// Unix milliseconds: when both sides were free.
    ended_at: Option<i64>,
    /// What a relay told of its stream; nothing before its first batch.
    stream: Option<StreamSeen>,
}

/// A side of a match, as everybody sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeenPlayer {
    #[schema(value_type = Option<String>)]
    identity: Option<PlayerId>,
    /// What its account is called; not told by the gateway.
    name: Option<String>,
    connect_code: Option<String>,
    wallet: Option<String>,
    agent_id: Option<i64>,
    rating: i32,
}

/// Matches, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatchesResponse {
    matches: Vec<Seen>,
    /// For `before`, if there may be more.
    #[schema(value_type = Option<String>)]
    next: Option<MatchId>,
}

/// Which matches.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    state: Option<String>,
    verdict: Option<String>,
    queue: Option<String>,
    player: Option<PlayerId>,
    connect_code: Option<String>,
    before: Option<MatchId>,
    since: Option<i64>,
    until: Option<i64>,
    limit: Option<u16>,
}

/// List matches
#[utoipa::path(get, path = "/matches", tag = "matches",
    params(("state" = Option<String>, Query, description = "Such as `active`",
            pattern = "^(matched|staking|ready|active|resolved|settled|cancelled|expired)$"),
        ("verdict" = Option<String>, Query, pattern = "^disputed$",
            description = "`disputed`: both sides tell it differently, and nobody has decided; \
                not together with `state`"),
        ("queue" = Option<String>, Query, description = "Such as `melee`"),
        ("player" = Option<PlayerId>, Query,
            description = "An identity that plays; not together with `connect_code`"),
        ("connect_code" = Option<String>, Query, description = "A connect code that plays"),
        ("before" = Option<MatchId>, Query, description = "The `next` of the page before"),
        ("since" = Option<i64>, Query, minimum = 0, maximum = 253_402_300_799_999_i64,
            description = "Unix milliseconds: made then or later"),
        ("until" = Option<i64>, Query, minimum = 0, maximum = 253_402_300_799_999_i64,
            description = "Unix milliseconds: made before"),
        ("limit" = Option<u16>, Query, description = "50 if it is left out",
            minimum = 1, maximum = 100)),
    responses(
        (status = 200, body = MatchesResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn list(
    State(ctx): State<Ctx>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let of = match (wanted.player, wanted.connect_code) {
        (None, None) => Of::Anybody,
        (Some(id), None) => Of::Identity(id),
        (None, Some(code)) => Of::Code(code),
        (Some(_), Some(_)) => {
            return Err(Problem::invalid("player or connect_code: expected one of them"));
        }
    };
    let standing = standing(wanted.state, wanted.verdict.as_deref())?;
    let limit = wanted.limit.unwrap_or(50);
    if !(1..=100).contains(&limit) {
        return Err(Problem::invalid("limit: expected 1 to 100"));
    }
    let filter = Filter {
        of,
        queue: wanted.queue,
        standing,
        before: wanted.before,
        since: time("since", wanted.since)?,
        until: time("until", wanted.until)?,
    };
    let read = async move |tx: &mut store::Tx| rows::list(tx, &filter, limit.into()).await;
    let matches: Vec<Match> = ctx.store.read::<_, store::Error, _>(read).await?;
    let next = matches.last().filter(|_| matches.len() == usize::from(limit)).map(|it| it.id);
    Ok(json(&MatchesResponse { matches: seen(&ctx, matches).await?, next }))
}

fn standing(state: Option<String>, verdict: Option<&str>) -> Result<Standing, Problem> {
    match (state, verdict) {
        (None, None) => Ok(Standing::Any),
        (None, Some("disputed")) => Ok(Standing::Disputed),
        (None, Some(_)) => Err(Problem::invalid("verdict: expected disputed")),
        (Some(state), None) if Course::NAMES.contains(&state.as_str()) => Ok(Standing::In(state)),
        (Some(_), None) => {
            let names = Course::NAMES.join(", ");
            Err(Problem::invalid(format!("state: expected one of {names}")))
        }
        (Some(_), Some(_)) => Err(Problem::invalid("state or verdict: expected one of them")),
    }
}

fn time(name: &str, ms: Option<i64>) -> Result<Option<At>, Problem> {
    /// The end of the year 9999: ids have no room for much more.
    const LAST: i64 = 253_402_300_799_999;
    match ms {
        Some(ms) if !(0..=LAST).contains(&ms) => {
            Err(Problem::invalid(format!("{name}: expected Unix milliseconds, 0 to {LAST}")))
        }
        ms => Ok(ms.map(At)),
    }
}

/// Matches with their streams, and what their players are called.
pub(crate) async fn seen(ctx: &Ctx, matches: Vec<Match>) -> Result<Vec<Seen>, store::Error> {
    let ids: Vec<_> = matches.iter().map(|it| it.id).collect();
    let sides = matches.iter().flat_map(|it| [&it.players.first, &it.players.second]);
    let known: Vec<_> = sides.filter_map(|side| side.identity).collect();
    let read = async move |tx: &mut store::Tx| {
        Ok::<_, store::Error>((streams_of(tx, &ids).await?, names(tx, &known).await?))
    };
    let (streams, names) = ctx.store.read(read).await?;
    let mut streams: BTreeMap<_, _> = streams.into_iter().map(|it| (it.match_id, it)).collect();
    let with = |it: Match| {
        let stream = streams.remove(&it.id).map(StreamSeen::from);
        let mut seen = Seen { stream, ..Seen::from(it) };
        for side in [&mut seen.p1, &mut seen.p2] {
            side.name = side.identity.and_then(|id| names.get(&id).cloned());
        }
        seen
    };
    Ok(matches.into_iter().map(with).collect())
}

/// Look at a match, in our words
#[utoipa::path(get, path = "/v1/matches/{match_id}", tag = "matches",
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = Seen),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn look_closer(
    State(ctx): State<Ctx>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found("Match not found");
    let id = id.parse().map_err(|_| missing())?;
    let found = service::find(&ctx, id).await?.ok_or_else(missing)?;
    Ok(json(&seen(&ctx, vec![found]).await?.into_iter().next()))
}

/// A side's answer to the ready check.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadyRequest {
    /// What joining answered.
    queue_id: TicketId,
    /// Whether it is there.
    response: Answer,
}

/// Whether somebody wants to play.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// It does.
    Accept,
    /// It does not: the other goes back to where it waited.
    Decline,
}

/// A side that leaves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaveRequest {
    /// What joining answered.
    queue_id: TicketId,
}

/// Answer the ready check
#[utoipa::path(post, path = "/v1/matches/{match_id}/ready", tag = "matches",
    request_body = ReadyRequest,
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = Seen),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn ready(
    State(ctx): State<Ctx>,
    Path(id): Path<String>,
    Json(ReadyRequest { queue_id, response }): Json<ReadyRequest>,
) -> Result<Response, Problem> {
    act(&ctx, &id, queue_id, response.event()).await
}

/// Leave a match: a cancellation before it began, a forfeit after
#[utoipa::path(post, path = "/v1/matches/{match_id}/leave", tag = "matches",
    request_body = LeaveRequest,
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = Seen),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn leave(
    State(ctx): State<Ctx>,
    Path(id): Path<String>,
    Json(LeaveRequest { queue_id }): Json<LeaveRequest>,
) -> Result<Response, Problem> {
    act(&ctx, &id, queue_id, Event::Abandon).await
}

async fn act(
    ctx: &Ctx,
    id: &str,
    entry: TicketId,
    event: fn(Side) -> Event,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Problem::from(Error::Unknown))?;
    Ok(json(&Seen::from(service::act(ctx, id, entry, event).await?)))
}

impl Answer {
    pub(crate) fn accepts(self) -> bool {
        match self {
            Self::Accept => true,
            Self::Decline => false,
        }
    }

    pub(crate) fn event(self) -> fn(Side) -> Event {
        match self {
            Self::Accept => Event::Accept,
            Self::Decline => Event::Decline,
        }
    }
}

impl From<Match> for Seen {
    fn from(from: Match) -> Self {
        Self {
            id: from.id,
            queue: from.queue,
            tier: from.tier,
            course: from.state,
            p1: from.players.first.into(),
            p2: from.players.second.into(),
            created_at: from.created_at.0,
            ended_at: from.ended_at.map(|at| at.0),
            stream: None,
        }
    }
}

impl From<Player> for SeenPlayer {
    fn from(from: Player) -> Self {
        Self {
            identity: from.identity,
            name: None,
            connect_code: from.connect_code,
            wallet: from.wallet,
            agent_id: from.agent_id,
            rating: from.rating.0,
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Unknown => Self::not_found(detail),
            Error::NotASide => Self::forbidden(detail),
            Error::Refused(_) => Self::conflict("match_state", detail),
            Error::Store(error) => error.into(),
        }
    }
}

/// What happened to a match, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventsResponse {
    /// Behind the number that was asked for.
    events: Vec<crate::events::Event>,
}

/// Where to read on.
#[derive(Debug, Deserialize)]
pub struct After {
    #[serde(default)]
    after: u32,
}

/// The history of a match, for who reads on from the last number it has seen
#[utoipa::path(get, path = "/v1/matches/{match_id}/events", tag = "matches",
    params(("match_id" = String, Path, description = "What the queue answered"),
        ("after" = Option<i64>, Query, minimum = 0, maximum = 4_294_967_295_i64,
            description = "The last number that is known, 0 for all")),
    responses(
        (status = 200, body = EventsResponse),
        (status = 404, body = error::Body, content_type = "application/problem+json"),
        (status = 422, body = error::Body, content_type = "application/problem+json"),
        (status = 429, body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn events(
    State(ctx): State<Ctx>,
    Path(id): Path<String>,
    Query(After { after }): Query<After>,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found("Match not found");
    let id: MatchId = id.parse().map_err(|_| missing())?;
    service::find(&ctx, id).await?.ok_or_else(missing)?;
    let events = ctx.store.events_of_match(id.to_string(), after.into(), EVENTS_MAX).await?;
    let events = events.into_iter().map(crate::events::Event::public).collect();
    Ok(json(&EventsResponse { events }))
}
