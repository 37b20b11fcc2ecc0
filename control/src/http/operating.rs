//! `/health` and `/metrics`: what an operator's tools ask. Where a relay answers at the same paths,
//! whoever holds both puts the two answers together.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value as Json, json};

use crate::context::Ctx;
use crate::error::Problem;
use crate::metrics;
use crate::store::gauges;

/// Health is asked for by who would restart us: it is told in time.
const PATIENCE: Duration = Duration::from_secs(2);

/// What goes on, in the old API's words. The process is well as long as it answers; `control` says
/// `unavailable` if the database does not, and `unwritable` if its disk failed.
pub async fn health(ctx: &Ctx) -> Json {
    let read = ctx.store.read(async |tx| gauges::health(tx).await);
    match tokio::time::timeout(PATIENCE, read).await {
        Ok(Ok((queue_size, active_matches, live_match_ids))) => json!({
            "status": "ok",
            "control": if ctx.store.writes() { "ok" } else { "unwritable" },
            "chain": ctx.chain.get().map(|link| if link.is_well() { "ok" } else { "trouble" }),
            "queue_size": queue_size,
            "active_matches": active_matches,
            "live_match_ids": live_match_ids,
        }),
        Ok(Err(_)) | Err(_) => json!({ "status": "ok", "control": "unavailable" }),
    }
}

/// Everything that is counted, in Prometheus' text format.
pub async fn metrics(ctx: &Ctx) -> String {
    metrics::render(ctx).await
}

pub(super) async fn health_alone(State(ctx): State<Ctx>) -> Result<Response, Problem> {
    if !ctx.store.writes() {
        let detail = "the disk failed and nothing is written any more: start the arena again";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "uncertain", detail));
    }
    Ok(super::json(&health(&ctx).await))
}

pub(super) async fn metrics_alone(State(ctx): State<Ctx>) -> Response {
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4"))];
    (kind, metrics(&ctx).await).into_response()
}
