//! `/matches/{id}/wager`: as the clients of the old API know it, and in our words.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::service::{self, Error, Speaker};
use super::shown::{SeenWager, WagerResponse};
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::Json;
use crate::http::{json, lenient};
use crate::identities::auth::Anybody;
use crate::ids::TicketId;
use crate::uint::{self, WagerId, Wei};

/// Coins of one stake: far more than there are, and so few that two stakes are a number, too.
const COINS_MAX: u64 = 1_000_000_000;

/// Who proposes what.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ProposeRequest {
    /// What joining answered; may be left out by who is logged in.
    #[serde(default)]
    queue_id: Option<String>,
    /// What each side stakes, from 1 to 10^27: a whole number, or the same digits as text.
    #[serde(deserialize_with = "lenient::of_any_size")]
    #[schema(value_type = String, example = "10000000000000000",
        pattern = "^([1-9][0-9]{0,26}|1000000000000000000000000000)$")]
    amount_wei: Wei,
    /// What the wager contract calls it: a whole number, or the same digits as text.
    #[serde(deserialize_with = "lenient::of_any_size")]
    #[schema(value_type = String, example = "42", pattern = "^(0|[1-9][0-9]{0,76})$")]
    wager_id: WagerId,
}

/// What is proposed, before or after the contract has taken the proposer's stake.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WagerRequest {
    /// What joining answered; may be left out by who is logged in.
    #[serde(default)]
    queue_id: Option<TicketId>,
    /// What each side stakes, from 1 to 10^27: a whole number, or the same digits as text.
    #[serde(deserialize_with = "uint::sent")]
    #[schema(value_type = String, example = "10000000000000000",
        pattern = "^([1-9][0-9]{0,26}|1000000000000000000000000000)$")]
    amount: Wei,
    /// What the wager contract calls it. Left out until the contract has given it a number; then
    /// the same is proposed again with it.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "42", pattern = "^(0|[1-9][0-9]{0,76})$")]
    wager_id: Option<WagerId>,
}

/// Who answers.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = WagerAnswerRequest)]
pub struct AnswerRequest {
    /// What joining answered; may be left out by who is logged in.
    #[serde(default)]
    queue_id: Option<String>,
}

/// Which side answers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WagerSideRequest)]
pub struct SideRequest {
    /// What joining answered; may be left out by who is logged in.
    #[serde(default)]
    queue_id: Option<TicketId>,
}

/// Propose a wager
///
/// Before the game starts; where its start is not seen here, within 30 s after two met. The other
/// side has 15 s to answer.
#[utoipa::path(post, path = "/matches/{match_id}/wager/propose", tag = "wagers",
    request_body = ProposeRequest,
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = WagerResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn propose(
    State(ctx): State<Ctx>,
    Anybody(caller): Anybody,
    Path(id): Path<String>,
    Json(asked): Json<ProposeRequest>,
) -> Result<Response, Problem> {
    let ProposeRequest { queue_id, amount_wei, wager_id } = asked;
    let id = id.parse().map_err(|_| told("propose", Error::Unknown))?;
    let who = speaker(entry("propose", queue_id)?, caller)?;
    let amount = bounded("amount_wei", amount_wei)?;
    let made = service::propose(&ctx, id, who, amount, Some(wager_id)).await;
    Ok(json(&WagerResponse::of(id, Some(&made.map_err(|error| told("propose", error))?))))
}

/// Propose a wager, or say what the contract calls it
///
/// Before the game starts; where its start is not seen here, within 30 s after two met. The other
/// side has 15 s to answer. Whoever stakes by a contract proposes first and pays then: the same
/// again, with the number that the contract gave, says which offer it is, however late.
#[utoipa::path(post, path = "/v1/matches/{match_id}/wager", tag = "wagers",
    request_body = WagerRequest,
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = SeenWager),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn offer(
    State(ctx): State<Ctx>,
    Anybody(caller): Anybody,
    Path(id): Path<String>,
    Json(asked): Json<WagerRequest>,
) -> Result<Response, Problem> {
    let WagerRequest { queue_id, amount, wager_id } = asked;
    let id = id.parse().map_err(|_| told("propose", Error::Unknown))?;
    let who = speaker(queue_id, caller)?;
    let amount = bounded("amount", amount)?;
    let made = service::propose(&ctx, id, who, amount, wager_id).await;
    Ok(json(&SeenWager::from(&made.map_err(|error| told("propose", error))?)))
}

/// Accept the wager that the other side proposed
///
/// One that has no number yet is not told of here, and accepted by `/v1` alone.
#[utoipa::path(post, path = "/matches/{match_id}/wager/accept", tag = "wagers",
    request_body = AnswerRequest,
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = WagerResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn accept(
    State(ctx): State<Ctx>,
    Anybody(caller): Anybody,
    Path(id): Path<String>,
    Json(AnswerRequest { queue_id }): Json<AnswerRequest>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| told("accept", Error::Unknown))?;
    let who = speaker(entry("accept", queue_id)?, caller)?;
    let done = service::accept_as_before(&ctx, id, who).await;
    Ok(json(&WagerResponse::of(id, Some(&done.map_err(|error| told("accept", error))?))))
}

/// Decline the wager that the other side proposed, or take back one's own
#[utoipa::path(post, path = "/matches/{match_id}/wager/decline", tag = "wagers",
    request_body = AnswerRequest,
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = WagerResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn decline(
    State(ctx): State<Ctx>,
    Anybody(caller): Anybody,
    Path(id): Path<String>,
    Json(AnswerRequest { queue_id }): Json<AnswerRequest>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| told("decline", Error::Unknown))?;
    let done = service::decline(&ctx, id, speaker(entry("decline", queue_id)?, caller)?).await;
    Ok(json(&WagerResponse::of(id, Some(&done.map_err(|error| told("decline", error))?))))
}

/// Accept the wager that the other side proposed, also before it has a number
#[utoipa::path(post, path = "/v1/matches/{match_id}/wager/accept", tag = "wagers",
    request_body = SideRequest,
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = SeenWager),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn agree(
    State(ctx): State<Ctx>,
    Anybody(caller): Anybody,
    Path(id): Path<String>,
    Json(SideRequest { queue_id }): Json<SideRequest>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| told("accept", Error::Unknown))?;
    let done = service::accept(&ctx, id, speaker(queue_id, caller)?).await;
    Ok(json(&SeenWager::from(&done.map_err(|error| told("accept", error))?)))
}

/// Decline the wager that the other side proposed, or take back one's own, in our words
#[utoipa::path(post, path = "/v1/matches/{match_id}/wager/decline", tag = "wagers",
    request_body = SideRequest,
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = SeenWager),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn refuse(
    State(ctx): State<Ctx>,
    Anybody(caller): Anybody,
    Path(id): Path<String>,
    Json(SideRequest { queue_id }): Json<SideRequest>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| told("decline", Error::Unknown))?;
    let done = service::decline(&ctx, id, speaker(queue_id, caller)?).await;
    Ok(json(&SeenWager::from(&done.map_err(|error| told("decline", error))?)))
}

/// Look at the wager of a match
#[utoipa::path(get, path = "/matches/{match_id}/wager", tag = "wagers",
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = WagerResponse),
        (status = 404, body = error::Body, content_type = "application/problem+json"),
        (status = 429, body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn look(State(ctx): State<Ctx>, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| told("show", Error::Unknown))?;
    let found = service::find(&ctx, id).await.map_err(|error| told("show", error))?;
    Ok(json(&WagerResponse::of(id, found.as_ref())))
}

/// Look at the wager of a match, in our words
#[utoipa::path(get, path = "/v1/matches/{match_id}/wager", tag = "wagers",
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = SeenWager),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn look_closer(
    State(ctx): State<Ctx>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| told("show", Error::Unknown))?;
    let found = service::find(&ctx, id).await.map_err(|error| told("show", error))?;
    let found = found.ok_or_else(|| Problem::not_found("this match has no wager"))?;
    Ok(json(&SeenWager::from(&found)))
}

fn bounded(field: &str, amount: Wei) -> Result<Wei, Problem> {
    let max = Wei::coins(COINS_MAX);
    if (Wei::small(1)..=max).contains(&amount) {
        return Ok(amount);
    }
    Err(Problem::invalid(format!("{field}: expected 1 to {max} wei")))
}

/// What is no entry's id plays no side, as the clients of the old API know it.
fn entry(verb: &str, queue_id: Option<String>) -> Result<Option<TicketId>, Problem> {
    let entry = queue_id.map(|id| id.parse()).transpose();
    entry.map_err(|_| told(verb, Error::NotASide))
}

/// Whoever knows an entry speaks for its side; else whoever is logged in for the side it plays.
fn speaker(
    queue_id: Option<TicketId>,
    caller: Option<crate::identities::auth::Caller>,
) -> Result<Speaker, Problem> {
    match (queue_id, caller) {
        (Some(entry), _) => Ok(Speaker::Entry(entry)),
        (None, Some(caller)) => {
            caller.needs("queue")?;
            Ok(Speaker::Identity(caller.id))
        }
        (None, None) => {
            let detail = "send what joining answered as queue_id, or log in";
            Err(Problem::unauthorized(detail))
        }
    }
}

/// Clients of the old API know 404 and 400, and read the sentence.
fn told(verb: &str, error: Error) -> Problem {
    let refused = |why: String| {
        let detail = format!("Cannot {verb} wager: {why}");
        Problem::new(StatusCode::BAD_REQUEST, "wager_state", detail)
    };
    match error {
        Error::Unknown => Problem::not_found("Match not found"),
        Error::NotASide => Problem::forbidden(error.to_string()),
        Error::NoWager
        | Error::Exists
        | Error::ExistsUnnumbered(_)
        | Error::Unnumbered(_)
        | Error::Started
        | Error::Over
        | Error::NoWallets
        | Error::Contradicted(_)
        | Error::Refused(_) => refused(error.to_string()),
        Error::Store(error) => error.into(),
    }
}
