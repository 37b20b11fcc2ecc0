//! `/v1/matches/{id}/stream`, `/v1/live`, and where relays report.

use arena_protocol::report::Report;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::service::{self, NoTicket, ReportError, Ticket};
use super::{StreamSeen, channel};
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::{Json, Query};
use crate::http::json;
use crate::identities::auth::{Anybody, Reporter};
use crate::ids::{MatchId, TicketId};
use crate::matches::rules::Side;
use crate::matches::{self, Match};
use crate::store::{self, streams as rows};

/// A token for a session with a relay.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenSeen {
    /// For the session's Hello.
    token: String,
    /// Unix milliseconds. The session ends then; ask again before.
    expires_at: i64,
}

/// How to watch a match, and how to publish it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StreamResponse {
    /// The channel's name.
    channel: String,
    /// Where the relay is, if it is not where this was asked.
    relay: Option<String>,
    /// How long spectators are held back.
    delay_ms: u32,
    /// What allows to watch it.
    watch: TokenSeen,
    /// What allows to publish it; only a side of the match gets it.
    publish: Option<TokenSeen>,
    /// What a relay told of it; nothing before its first batch.
    stream: Option<StreamSeen>,
}

/// A side of a match that has not logged in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamRequest {
    /// What joining answered; may be left out by who is logged in.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    queue_id: Option<TicketId>,
}

/// Get what allows to watch a match
#[utoipa::path(get, path = "/v1/matches/{match_id}/stream", tag = "streams",
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = StreamResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn watch(State(ctx): State<Ctx>, Path(id): Path<String>) -> Result<Response, Problem> {
    let found = find(&ctx, &id).await?;
    Ok(json(&answer(&ctx, found, None, None).await?))
}

/// Get what allows to publish a match: for its sides, as often as they need it
#[utoipa::path(post, path = "/v1/matches/{match_id}/stream", tag = "streams",
    request_body = StreamRequest,
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = StreamResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
        (status = 503, body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn publish(
    State(ctx): State<Ctx>,
    Anybody(caller): Anybody,
    Path(id): Path<String>,
    Json(StreamRequest { queue_id }): Json<StreamRequest>,
) -> Result<Response, Problem> {
    let found = find(&ctx, &id).await?;
    let side = match (queue_id, caller) {
        (Some(entry), _) => found.side_of(entry),
        (None, Some(caller)) => {
            caller.needs("queue")?;
            found.side_of_identity(caller.id)
        }
        (None, None) => {
            let detail = "say which side you are: the queue_id that joining answered, or log in";
            return Err(Problem::unauthorized(detail));
        }
    };
    let side = side.ok_or_else(|| {
        Problem::forbidden("only a side of this match may publish it; GET allows to watch it")
    })?;
    let ticket = service::publish(&ctx, &found, side)?;
    Ok(json(&answer(&ctx, found, Some(side), Some(ticket)).await?))
}

/// Matches that can be watched now, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct LiveResponse {
    matches: Vec<matches::http::Seen>,
    /// For `before`, if there may be more.
    #[schema(value_type = Option<String>)]
    next: Option<MatchId>,
}

/// Where to read on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Before {
    before: Option<MatchId>,
}

/// List the matches that can be watched now, with their streams, 100 at once
#[utoipa::path(get, path = "/v1/live", tag = "streams",
    params(("before" = Option<String>, Query, description = "The `next` of the page before")),
    responses(
        (status = 200, body = LiveResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn live(
    State(ctx): State<Ctx>,
    Query(Before { before }): Query<Before>,
) -> Result<Response, Problem> {
    let read = async move |tx: &mut store::Tx| store::matches::streamed(tx, before).await;
    let found: Vec<Match> = ctx.store.read::<_, store::Error, _>(read).await?;
    let next = found.last().filter(|_| found.len() == rows::PAGE).map(|it| it.id);
    let matches = matches::http::seen(&ctx, found).await?;
    Ok(json(&LiveResponse { matches, next }))
}

/// What control answers to a report.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeardResponse {
    /// Whether all streams are to be told again.
    resend: bool,
}

/// Tell where streams are: for relays
///
/// Levels, not edges: a report that is lost is made up for by the next, and one that comes twice
/// changes nothing. `{relay, boot, number, streams: [{channel, epoch, schema, state, reason,
/// last_seq, viewers}]}`; `state` is `live`, `away` or `ended`.
#[utoipa::path(post, path = "/v1/relay/reports", tag = "streams", security(("bearer" = [])),
    request_body(content = Object, description = "What has changed since the last report that was heard"),
    responses(
        (status = 200, body = HeardResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
        (status = 503, body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn report(
    State(ctx): State<Ctx>,
    _reporter: Reporter,
    Json(report): Json<Report>,
) -> Result<Response, Problem> {
    let heard = service::report(&ctx, report).await?;
    Ok(json(&HeardResponse { resend: heard.resend }))
}

async fn find(ctx: &Ctx, id: &str) -> Result<Match, Problem> {
    let missing = || Problem::not_found("Match not found");
    let id = id.parse().map_err(|_| missing())?;
    matches::service::find(ctx, id).await?.ok_or_else(missing)
}

async fn answer(
    ctx: &Ctx,
    of: Match,
    side: Option<Side>,
    publish: Option<Ticket>,
) -> Result<StreamResponse, Problem> {
    let watch = service::watch(ctx, &of, side).ok_or(NoTicket::NoKey)?;
    let stream = service::of_match(ctx, of.id).await?;
    Ok(StreamResponse {
        channel: channel(&of),
        relay: ctx.config.relay_url.clone(),
        delay_ms: service::delay_ms(ctx, &of.queue),
        watch: watch.into(),
        publish: publish.map(TokenSeen::from),
        stream: stream.map(StreamSeen::from),
    })
}

impl From<Ticket> for TokenSeen {
    fn from(Ticket { token, expires_at }: Ticket) -> Self {
        Self { token, expires_at: expires_at.0 }
    }
}

impl From<NoTicket> for Problem {
    fn from(none: NoTicket) -> Self {
        let detail = none.to_string();
        match none {
            NoTicket::Over => Self::conflict("match_over", detail),
            NoTicket::Refereed => Self::conflict("refereed", detail),
            NoTicket::NoKey => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "no_key", detail).retry_after(1)
            }
        }
    }
}

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Invalid(invalid) => Self::invalid(invalid.to_string()),
            ReportError::Store(error) => error.into(),
        }
    }
}
