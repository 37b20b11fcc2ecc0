//! `/queue`: as the clients of the old API know it.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::rules::Preferences;
use super::rules::joining::Refused;
use super::service::{self, Join, JoinError, Seen};
use super::{MELEE, Status};
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::{Json, Query};
use crate::http::{json, lenient};
use crate::identities::auth::{Anybody, Caller};
use crate::ids::{MatchId, TicketId};

/// Characters of what clients say about themselves.
const TEXT_LEN_MAX: usize = 256;
/// The longest wait that can be asked for.
const WAIT_MAX: Duration = Duration::from_secs(25);

/// Who wants to play.
#[derive(Debug, Deserialize, ToSchema)]
pub struct JoinRequest {
    /// Where opponents find this side, such as `FOX#123`.
    #[schema(max_length = 256)]
    connect_code: String,
    /// What plays.
    #[serde(default)]
    #[schema(max_length = 256)]
    fighter_name: Option<String>,
    /// Who is paid; echoed as it is.
    #[serde(default)]
    #[schema(max_length = 256)]
    wallet_address: Option<String>,
    /// Its number in the registry of agents.
    #[serde(default, deserialize_with = "lenient::whole_or_none")]
    #[schema(schema_with = lenient::described)]
    agent_id: Option<i64>,
}

/// An entry of a queue. All keys are always there.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketResponse {
    /// The entry, and the capability for everything that its side does later.
    #[schema(value_type = String)]
    queue_id: TicketId,
    /// `waiting`, `matched`, `cancelled` or `expired`.
    status: &'static str,
    /// From 1, while it waits.
    position: Option<i64>,
    /// Once it is matched.
    #[schema(value_type = Option<String>)]
    match_id: Option<MatchId>,
    /// Once it is matched.
    opponent_code: Option<String>,
    /// Once it is matched, if the opponent gave one.
    opponent_wallet: Option<String>,
    /// Once it is matched, if the opponent gave one.
    opponent_agent_id: Option<i64>,
}

/// Whether it is out of the queue by this.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeaveResponse {
    /// False if it did not wait any more.
    success: bool,
}

/// How to look.
#[derive(Debug, Deserialize)]
pub struct Look {
    /// Seconds to hold the answer back while nothing happens.
    #[serde(default)]
    wait: u64,
}

/// Join the queue, and meet whoever waits there
#[utoipa::path(post, path = "/queue/join", tag = "queue", request_body = JoinRequest,
    security((), ("bearer" = [])), responses(
    (status = 200, body = TicketResponse),
    (status = 413, body = error::Body, content_type = "application/problem+json"),
    (status = 415, body = error::Body, content_type = "application/problem+json"),
    (status = 422, body = error::Body, content_type = "application/problem+json"),
    (status = 429, body = error::Body, content_type = "application/problem+json"),
    (status = 503, body = error::Body, content_type = "application/problem+json"),
))]
pub async fn join(
    State(ctx): State<Ctx>,
    Anybody(caller): Anybody,
    Json(asked): Json<JoinRequest>,
) -> Result<Response, Problem> {
    may_join(&ctx, caller.as_ref())?;
    let JoinRequest { connect_code, fighter_name, wallet_address, agent_id } = asked;
    check_texts([
        ("connect_code", Some(&connect_code)),
        ("fighter_name", fighter_name.as_ref()),
        ("wallet_address", wallet_address.as_ref()),
    ])?;
    // Only its absence says that there is none; an empty one would be everybody's.
    let wallet = wallet_address.filter(|wallet| !wallet.is_empty());
    let join = Join {
        identity: caller.map(|caller| caller.id),
        connect_code: Some(connect_code),
        wallet,
        agent_id: agent_number(agent_id)?,
        fighter_name,
        ..Join::default()
    };
    let seen = service::join(&ctx, MELEE, join).await?;
    Ok(json(&TicketResponse::from(seen)))
}

/// Who wants to play in a queue of any name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnterRequest {
    /// Where opponents find this side; may be left out by who is logged in.
    #[serde(default)]
    #[schema(max_length = 256)]
    connect_code: Option<String>,
    /// Who is paid.
    #[serde(default)]
    #[schema(max_length = 256)]
    wallet_address: Option<String>,
    /// Its number in the registry of agents; digits in a string will do.
    #[serde(default, deserialize_with = "number_or_digits")]
    #[schema(minimum = 0)]
    agent_id: Option<i64>,
    /// The stake to play for, where the queue has any.
    #[serde(default)]
    #[schema(max_length = 256)]
    tier: Option<String>,
    /// Whom to meet.
    #[serde(default)]
    preferences: Preferences,
}

/// Join a queue by its name
#[utoipa::path(post, path = "/v1/queues/{queue}/join", tag = "queue", request_body = EnterRequest,
    security((), ("bearer" = [])),
    params(("queue" = String, Path, description = "Such as `code_duel`")),
    responses(
        (status = 200, body = TicketResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
        (status = 503, body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn enter(
    State(ctx): State<Ctx>,
    Anybody(caller): Anybody,
    Path(queue): Path<String>,
    Json(asked): Json<EnterRequest>,
) -> Result<Response, Problem> {
    may_join(&ctx, caller.as_ref())?;
    let EnterRequest { connect_code, wallet_address, agent_id, tier, preferences } = asked;
    check_texts([
        ("connect_code", connect_code.as_ref()),
        ("wallet_address", wallet_address.as_ref()),
        ("tier", tier.as_ref()),
    ])?;
    let join = Join {
        identity: caller.map(|caller| caller.id),
        connect_code: connect_code.filter(|code| !code.is_empty()),
        wallet: wallet_address.filter(|wallet| !wallet.is_empty()),
        agent_id: agent_number(agent_id)?,
        fighter_name: None,
        tier,
        preferences,
        makes: None,
    };
    let seen = service::join(&ctx, &queue, join).await?;
    Ok(json(&TicketResponse::from(seen)))
}

/// With open access, what joining answers is all that one needs to be known by.
pub(crate) fn may_join(ctx: &Ctx, caller: Option<&Caller>) -> Result<(), Problem> {
    match caller {
        Some(caller) => caller.needs("queue"),
        None if ctx.config.open => Ok(()),
        None => Err(Problem::unauthorized("log in, or send an API key, to join")),
    }
}

/// Whether what somebody says about himself can be kept.
pub(crate) fn check(join: &Join) -> Result<(), Problem> {
    check_texts([
        ("connect_code", join.connect_code.as_ref()),
        ("wallet_address", join.wallet.as_ref()),
        ("stake_tier", join.tier.as_ref()),
    ])
}

/// The registry counts from zero.
pub(crate) fn agent_number(said: Option<i64>) -> Result<Option<i64>, Problem> {
    match said {
        Some(..0) => {
            let detail = "agent_id: expected the agent's number in its registry, 0 or more";
            Err(Problem::invalid(detail))
        }
        Some(0..) | None => Ok(said),
    }
}

fn check_texts<const N: usize>(texts: [(&str, Option<&String>); N]) -> Result<(), Problem> {
    for (name, text) in texts {
        let text = text.map_or("", String::as_str);
        if text.chars().count() > TEXT_LEN_MAX || text.contains('\0') {
            return Err(Problem::invalid(format!(
                "{name}: expected at most {TEXT_LEN_MAX} characters, none of them NUL"
            )));
        }
    }
    Ok(())
}

/// Look at an entry of the queue
#[utoipa::path(get, path = "/queue/{queue_id}", tag = "queue",
    params(("queue_id" = String, Path, description = "What joining answered"),
        ("wait" = Option<u64>, Query, description = "Seconds to hold the answer back while the entry waits, 25 at most")),
    responses(
        (status = 200, body = TicketResponse),
        (status = 404, body = error::Body, content_type = "application/problem+json"),
        (status = 422, body = error::Body, content_type = "application/problem+json"),
        (status = 429, body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn look(
    State(ctx): State<Ctx>,
    Path(id): Path<String>,
    Query(Look { wait }): Query<Look>,
) -> Result<Response, Problem> {
    let id: TicketId = id.parse().map_err(|_| missing())?;
    let until = tokio::time::Instant::now() + Duration::from_secs(wait).min(WAIT_MAX);
    let waiting = if wait > 0 { ctx.notices.wait(id) } else { None };
    loop {
        let news = waiting.as_ref().map(|waiting| waiting.news());
        // Registered before the look, so that nothing happens unnoticed between the two.
        let mut news = std::pin::pin!(news);
        if let Some(news) = news.as_mut().as_pin_mut() {
            let _not_yet = news.enable();
        }
        let seen = service::look(&ctx, id).await?.ok_or_else(missing)?;
        if let (Status::Waiting, Some(news)) = (seen.ticket.status, news.as_mut().as_pin_mut())
            && tokio::time::timeout_at(until, news).await.is_ok()
        {
            continue;
        }
        return Ok(json(&TicketResponse::from(seen)));
    }
}

/// No entry has this name
#[utoipa::path(get, path = "/queue/join", tag = "queue", responses(
    (status = 404, body = error::Body, content_type = "application/problem+json"),
))]
pub(crate) async fn nobody() -> Problem {
    missing()
}

fn missing() -> Problem {
    Problem::not_found("Queue entry not found")
}

/// Leave the queue
#[utoipa::path(delete, path = "/queue/{queue_id}", tag = "queue",
    params(("queue_id" = String, Path, description = "What joining answered")),
    responses(
        (status = 200, body = LeaveResponse),
        (status = 429, body = error::Body, content_type = "application/problem+json"),
        (status = 503, body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn leave(State(ctx): State<Ctx>, Path(id): Path<String>) -> Result<Response, Problem> {
    let success = match id.parse() {
        Ok(id) => service::leave(&ctx, id).await?,
        Err(_nobody) => false,
    };
    Ok(json(&LeaveResponse { success }))
}

impl From<Seen> for TicketResponse {
    fn from(Seen { ticket, position, opponent }: Seen) -> Self {
        let opponent = opponent.map(|it| (it.connect_code, it.wallet, it.agent_id));
        let (code, wallet, agent_id) = opponent.unwrap_or_default();
        Self {
            queue_id: ticket.entry.ticket,
            status: ticket.status.name(),
            position,
            match_id: ticket.match_id,
            opponent_code: code,
            opponent_wallet: wallet,
            opponent_agent_id: agent_id,
        }
    }
}

impl From<JoinError> for Problem {
    fn from(error: JoinError) -> Self {
        let conflict = Self::conflict;
        match error {
            JoinError::Store(error) => error.into(),
            JoinError::AskedOtherwise => conflict("asked_otherwise", error.to_string()),
            JoinError::NoSuchQueue => Self::not_found(error.to_string()),
            JoinError::Closed => conflict("queue_closed", error.to_string()),
            JoinError::OfLobbies | JoinError::Nameless => Self::invalid(error.to_string()),
            JoinError::Refused(refused) => match &refused {
                Refused::UnknownTier(_)
                | Refused::TierMissing(_)
                | Refused::NoTiers
                | Refused::WalletMissing
                | Refused::NobodysWallet
                | Refused::NobodyFits => Self::invalid(refused.to_string()),
                Refused::Preparing(_) => conflict("already_matched", refused.to_string()),
                Refused::Playing(_) => conflict("already_playing", refused.to_string()),
                Refused::CoolingDown { wait } => {
                    conflict("cooling_down", refused.to_string()).retry_after(wait.0.div_ceil(1000))
                }
            },
        }
    }
}

fn number_or_digits<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a whole number, or digits in a string")]
    enum Either {
        Number(i64),
        /// As JSON has it, 7.0 is a whole number too.
        Float(f64),
        Digits(String),
    }
    let odd = || serde::de::Error::custom("expected a whole number, or digits in a string");
    match Option::<Either>::deserialize(from)? {
        None => Ok(None),
        Some(Either::Number(number)) => Ok(Some(number)),
        Some(Either::Float(float)) => whole(float).map(Some).ok_or_else(odd),
        Some(Either::Digits(digits)) => digits.trim().parse().map(Some).map_err(|_| odd()),
    }
}

/// The number that a float is exactly.
fn whole(float: f64) -> Option<i64> {
    /// Beyond it, floats are not exact.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole, and within the range")]
    (float.trunc() == float && float.abs() <= EXACT).then_some(float as i64)
}
