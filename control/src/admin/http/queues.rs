//! `/v1/admin/queues`.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::admin::queues::{self, QueueSeen};
use crate::admin::{Act, Door, Error};
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::Json;
use crate::http::json;
use crate::identities::auth::Operator;
use crate::queue::Ticket;
use crate::store::{self, queue as entries};

/// Entries of one answer.
const ENTRIES_MAX: usize = 200;

/// All queues.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueuesResponse {
    queues: Vec<QueueSeen>,
}

/// Who waits in a queue, in its order.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingResponse {
    /// Up to 200.
    entries: Vec<WaitingSeen>,
    /// How many there are.
    waiting: usize,
}

/// An entry that waits, without what its owner proves himself with.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingSeen {
    /// From 1.
    position: usize,
    #[schema(value_type = Option<String>)]
    identity: Option<crate::ids::PlayerId>,
    connect_code: Option<String>,
    wallet: Option<String>,
    tier: Option<String>,
    rating: i32,
    priority: u8,
    /// Unix milliseconds.
    since: i64,
}

/// Whether a queue lets anybody in, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DoorRequest {
    /// What it is to do.
    door: Door,
    /// 3 to 500 characters, for the log.
    #[schema(min_length = 3, max_length = 500)]
    why: String,
}

/// What became of those who waited.
#[derive(Debug, Serialize, ToSchema)]
pub struct DoorResponse {
    queue: String,
    door: Door,
    /// Entries that were put out.
    put_out: usize,
}

/// List the queues
#[utoipa::path(get, path = "/v1/admin/queues", tag = "admin", security(("bearer" = [])),
    responses(
        (status = 200, body = QueuesResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn list(State(ctx): State<Ctx>, _operator: Operator) -> Result<Response, Problem> {
    Ok(json(&QueuesResponse { queues: queues::list(&ctx).await? }))
}

/// List who waits in a queue
#[utoipa::path(get, path = "/v1/admin/queues/{queue}", tag = "admin", security(("bearer" = [])),
    params(("queue" = String, Path, description = "Such as `melee`")),
    responses(
        (status = 200, body = WaitingResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn look(
    State(ctx): State<Ctx>,
    _operator: Operator,
    Path(queue): Path<String>,
) -> Result<Response, Problem> {
    if ctx.config.queue(&queue).is_none() {
        return Err(Error::NoSuchQueue.into());
    }
    let read = async move |tx: &mut store::Tx| entries::all_waiting(tx, &queue).await;
    let waiting: Vec<Ticket> = ctx.store.read::<_, store::Error, _>(read).await?;
    let seen = waiting.iter().take(ENTRIES_MAX).enumerate().map(|(at, ticket)| {
        let entry = &ticket.entry;
        WaitingSeen {
            position: at + 1,
            identity: entry.owner.identity,
            connect_code: entry.owner.connect_code.clone(),
            wallet: entry.owner.wallet.clone(),
            tier: entry.tier.clone(),
            rating: entry.rating.0,
            priority: entry.priority,
            since: entry.since.0,
        }
    });
    Ok(json(&WaitingResponse { entries: seen.collect(), waiting: waiting.len() }))
}

/// Open a queue, drain it, or close it
///
/// `draining`: nobody comes in any more, and who waits may still meet somebody. `closed`: who waits
/// is put out as well. It stays so over restarts until it is `open` again.
#[utoipa::path(post, path = "/v1/admin/queues/{queue}/door", tag = "admin",
    security(("bearer" = [])), request_body = DoorRequest,
    params(("queue" = String, Path, description = "Such as `melee`")),
    responses(
        (status = 200, body = DoorResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn door(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(queue): Path<String>,
    Json(DoorRequest { door, why }): Json<DoorRequest>,
) -> Result<Response, Problem> {
    let act = Act::new(operator, &why, ctx.clock.now())?;
    let put_out = queues::set_door(&ctx, act, &queue, door).await?;
    Ok(json(&DoorResponse { queue, door, put_out }))
}
