//! `/v1/queues`: where one can play, for whoever wants to.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::admin::Door;
use crate::context::Ctx;
use crate::http::json;
use crate::time::Span;

/// The queues there are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListedQueues)]
pub struct QueuesResponse {
    queues: Vec<Listed>,
    /// Whether joining needs an account.
    needs_account: bool,
}

/// A queue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListedQueue)]
pub struct Listed {
    /// What joining it asks for.
    name: String,
    /// Who meets whom: `fifo`, `rated`, `team` or `ffa`.
    mode: &'static str,
    /// Whether it lets anybody in at present.
    open: bool,
    /// Stakes to choose from; one has to be chosen where there are any.
    tiers: Vec<ListedTier>,
    /// How long both have to say that they are there; null where nobody is asked.
    ready_check_ms: Option<u64>,
    /// Where everybody begins.
    rating_at_start: i32,
    /// Whether spectators may bet on its matches.
    betting: bool,
}

/// A stake that is played for.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedTier {
    name: String,
    /// In whole tokens.
    stake: String,
}

/// List the queues that can be joined
#[utoipa::path(get, path = "/v1/queues", tag = "queue",
    responses((status = 200, body = QueuesResponse)))]
pub async fn list(State(ctx): State<Ctx>) -> Response {
    let listed = ctx.config.queues.iter().map(|queue| Listed {
        name: queue.name.clone(),
        mode: queue.mode.name(),
        open: ctx.orders.door(&queue.name) == Door::Open,
        tiers: queue
            .entrance
            .tiers
            .iter()
            .map(|tier| ListedTier { name: tier.name.clone(), stake: tier.stake.clone() })
            .collect(),
        ready_check_ms: queue.timing.ready_check.map(|Span(ms)| ms),
        rating_at_start: queue.rating_at_start.0,
        betting: queue.betting.is_some(),
    });
    json(&QueuesResponse { queues: listed.collect(), needs_account: !ctx.config.open })
}
