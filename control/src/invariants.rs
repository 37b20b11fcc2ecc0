//! What never holds: rows that break a rule of the system. There are none; if there are, this says
//! which.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::json;
use crate::identities::auth::Operator;
use crate::store::{self, invariants as rows};
use crate::time::Span;

/// A deadline that nobody acted on for so long has been forgotten.
const OVERDUE: Span = Span::seconds(10);

/// A row that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Broken {
    /// Which rule.
    pub rule: &'static str,
    /// Which row, by its id or number.
    pub row: String,
}

/// Rows that break a rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvariantsResponse {
    broken: Vec<Broken>,
}

/// All rows that break a rule, up to some hundreds.
///
/// # Errors
/// The database.
pub async fn broken(ctx: &Ctx) -> Result<Vec<Broken>, store::Error> {
    let since = ctx.clock.now() - OVERDUE;
    ctx.store.read(async move |tx| rows::broken(tx, since).await).await
}

/// List the rows that break a rule of the system: none, always
#[utoipa::path(get, path = "/v1/admin/invariants", tag = "admin", security(("bearer" = [])),
    responses(
        (status = 200, body = InvariantsResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn look(State(ctx): State<Ctx>, _operator: Operator) -> Result<Response, Problem> {
    Ok(json(&InvariantsResponse { broken: broken(&ctx).await? }))
}
