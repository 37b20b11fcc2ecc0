//! What an operator sees of the chain, and what can be tried again.

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::intents::Kind;
use super::link::Link;
use crate::admin::{Act, To};
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::{Json, Query};
use crate::http::json;
use crate::identities::auth::Operator;
use crate::store::chain::{self as rows, Account};
use crate::store::jobs;

/// Jobs that are listed at once.
const LIST_MAX: i64 = 1_000;
const LIST: i64 = 100;

/// Where results and stakes count, as a wallet has to know it.
#[derive(Debug, Serialize, ToSchema)]
pub struct NamedChain {
    /// The chain that matches are recorded on; none if this arena has none.
    name: Option<String>,
    /// What a wallet has to be connected to.
    chain_id: u64,
    /// Where results are recorded.
    match_proof: String,
    /// Where two agents put up stakes; none if nobody holds them.
    wager: Option<String>,
    /// Where onlookers bet; none if nobody can.
    prediction_pool: Option<String>,
}

/// Look at which chain results are signed for, and where its contracts are
#[utoipa::path(get, path = "/v1/chain", tag = "results",
    responses((status = 200, body = NamedChain)))]
pub async fn named(State(ctx): State<Ctx>) -> Response {
    let settings = ctx.chain.get().map(|link| &link.settings);
    let contracts = settings.map(|settings| settings.contracts);
    let text = |address: Option<alloy::primitives::Address>| address.map(|it| it.to_string());
    let signing = ctx.config.signing;
    json(&NamedChain {
        name: settings.map(|settings| settings.name.clone()),
        chain_id: signing.chain_id,
        match_proof: signing.contract.to_string(),
        wager: text(contracts.and_then(|contracts| contracts.wager)),
        prediction_pool: text(contracts.and_then(|contracts| contracts.prediction_pool)),
    })
}

/// How it goes with the chain.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChainResponse {
    /// None if no chain is configured: jobs wait.
    chain: Option<ChainStatus>,
    jobs: Vec<JobCount>,
}

/// A chain that is configured.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChainStatus {
    name: String,
    chain_id: u64,
    nodes: Vec<NodeStatus>,
    /// The account that sends; none if there is no key, and then jobs wait.
    key: Option<String>,
    /// What it has, in wei, when it was last looked at.
    balance_wei: Option<String>,
    /// Whether this process sends; of several, one does.
    sends: bool,
    /// Nonces in use whose transactions are in no block.
    pending: i64,
    /// Nonces in use whose transactions are in a block that may still go.
    watched: i64,
    next_nonce: Option<u64>,
    /// The last block whose logs were read.
    followed: Option<u64>,
    /// The newest block; none if this process does not follow the chain.
    newest: Option<u64>,
    /// Blocks that are still to be read, where both are known.
    behind: Option<u64>,
    /// Keys that were the arena's before, and have transactions that are looked after.
    former: Vec<FormerKey>,
    /// What is wrong just now, if something is.
    trouble: Vec<String>,
}

/// A key that is not the arena's any more.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormerKey {
    key: String,
    /// Its transactions that are looked after. Those in no block are sent again as they are.
    open: i64,
}

/// A node of the chain.
#[derive(Debug, Serialize, ToSchema)]
pub struct NodeStatus {
    host: String,
    trouble: Option<String>,
}

/// Jobs of a kind and state.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobCount {
    kind: String,
    state: String,
    count: i64,
}

/// Look at how it goes with the chain
#[utoipa::path(get, path = "/v1/admin/chain", tag = "admin", security(("bearer" = [])),
    responses(
        (status = 200, body = ChainResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn status(State(ctx): State<Ctx>, _operator: Operator) -> Result<Response, Problem> {
    let counts = ctx.store.read(async |tx| jobs::counts(tx).await).await?;
    let count = |(kind, state, count)| JobCount { kind, state, count };
    let jobs = counts.into_iter().map(count).collect();
    let chain = match ctx.chain.get() {
        Some(link) => Some(of(&ctx, link).await?),
        None => None,
    };
    Ok(json(&ChainResponse { chain, jobs }))
}

async fn of(ctx: &Ctx, link: &Link) -> Result<ChainStatus, Problem> {
    let account = Account::new(link.settings.id, link.address().unwrap_or_default());
    let read = async move |tx: &mut crate::store::Tx| {
        let in_flight = rows::in_flight(tx, &account).await?;
        let next = rows::next_nonce(tx, &account).await?;
        let followed = rows::followed(tx, account.chain_id).await?;
        let former = rows::former(tx, &account).await?;
        Ok::<_, crate::store::Error>((in_flight, next, followed, former))
    };
    let ((pending, watched), next_nonce, followed, former) = ctx.store.read(read).await?;
    let seen = link.seen();
    let node = |node: super::rpc::Condition| NodeStatus { host: node.host, trouble: node.trouble };
    Ok(ChainStatus {
        name: link.settings.name.clone(),
        chain_id: link.settings.id,
        nodes: link.rpc.conditions().into_iter().map(node).collect(),
        key: link.address().map(|address| address.to_string()),
        balance_wei: seen.balance.map(|balance| balance.to_string()),
        sends: seen.sends,
        pending,
        watched,
        next_nonce,
        followed,
        newest: seen.newest,
        behind: seen.behind(followed),
        former: former.into_iter().map(|(key, open)| FormerKey { key, open }).collect(),
        trouble: seen.trouble(),
    })
}

/// Which jobs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobsQuery {
    /// `ready`, `done` or `failed`.
    state: Option<String>,
    /// Such as `record_match`.
    kind: Option<String>,
    /// How many at most, up to 1000.
    limit: Option<i64>,
}

/// Jobs, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobsResponse {
    jobs: Vec<JobStatus>,
}

/// A job.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobStatus {
    kind: String,
    business_id: String,
    state: String,
    attempts: i64,
    /// When it is tried next, in Unix milliseconds, if it is ready.
    run_at: i64,
    /// Why it is not done yet, or will not be.
    error: Option<String>,
    /// `pending`, `mined` or `confirmed`, if a transaction is under way for it.
    tx: Option<String>,
    nonce: Option<i64>,
    /// Whose transaction that is: the arena's key, or one that was before.
    key: Option<String>,
    /// Why a node did not take its transaction.
    refusal: Option<String>,
    /// Its newest transaction.
    hash: Option<String>,
}

/// List jobs, with what is under way for each
#[utoipa::path(get, path = "/v1/admin/chain/jobs", tag = "admin", security(("bearer" = [])),
    params(
        ("state" = Option<String>, Query, description = "`ready`, `done` or `failed`"),
        ("kind" = Option<String>, Query, description = "Such as `record_match`"),
        ("limit" = Option<i64>, Query, description = "How many at most, up to 1000")),
    responses(
        (status = 200, body = JobsResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn list(
    State(ctx): State<Ctx>,
    _operator: Operator,
    Query(JobsQuery { state, kind, limit }): Query<JobsQuery>,
) -> Result<Response, Problem> {
    if let Some(state) = &state
        && !["ready", "done", "failed"].contains(&state.as_str())
    {
        return Err(Problem::invalid("state is one of ready, done, failed"));
    }
    known(kind.as_deref())?;
    let limit = limit.unwrap_or(LIST);
    if !(1..=LIST_MAX).contains(&limit) {
        return Err(Problem::invalid(format!("limit is a number from 1 to {LIST_MAX}")));
    }
    let read = async move |tx: &mut crate::store::Tx| {
        jobs::list(tx, state.as_deref(), kind.as_deref(), limit).await
    };
    let listed = ctx.store.read(read).await?;
    let status = |job: jobs::Listed| {
        let (tx, nonce, key, refusal) = match job.tx {
            Some(tx) => (Some(tx.state), Some(tx.nonce), Some(tx.key), tx.refusal),
            None => (None, None, None, None),
        };
        JobStatus {
            kind: job.kind,
            business_id: job.business_id,
            state: job.state,
            attempts: job.attempts,
            run_at: job.run_at.0,
            error: job.error,
            tx,
            nonce,
            key,
            refusal,
            hash: job.hash,
        }
    };
    Ok(json(&JobsResponse { jobs: listed.into_iter().map(status).collect() }))
}

/// Which jobs to try again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetryRequest {
    /// Of one kind only, such as `record_match`.
    kind: Option<String>,
    /// Only this one; needs its kind.
    business_id: Option<String>,
    /// 3 to 500 characters, for the log.
    #[schema(min_length = 3, max_length = 500)]
    why: String,
}

/// How many are tried again.
#[derive(Debug, Serialize, ToSchema)]
pub struct RetryResponse {
    retried: usize,
}

/// Try jobs again at once that failed or that wait. Of one that is named, a transaction of a former
/// key that is in no block is given up
#[utoipa::path(post, path = "/v1/admin/chain/retry", tag = "admin", security(("bearer" = [])),
    request_body = RetryRequest,
    responses(
        (status = 200, body = RetryResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn retry(
    State(ctx): State<Ctx>,
    operator: Operator,
    Json(RetryRequest { kind, business_id, why }): Json<RetryRequest>,
) -> Result<Response, Problem> {
    if business_id.is_some() && kind.is_none() {
        return Err(Problem::invalid(
            "a business_id needs its kind: ids of two kinds may be the same",
        ));
    }
    known(kind.as_deref())?;
    let act = Act::new(operator, &why, ctx.clock.now())?;
    let own =
        ctx.chain.get().and_then(|link| Some(Account::new(link.settings.id, link.address()?)));
    let write = async move |tx: &mut crate::store::Tx| {
        let mut given_up = false;
        if let (Some(own), Some(kind), Some(id)) = (&own, &kind, &business_id) {
            given_up = rows::give_up(tx, own, (kind, id)).await?;
        }
        let retried = jobs::retry(tx, kind.as_deref(), business_id.as_deref(), act.at()).await?;
        if retried > 0 {
            let what = serde_json::json!({ "kind": kind, "business_id": business_id, "retried": retried,
                "given_up": given_up });
            act.tell(tx, "admin.jobs_retried", &To::Named, what);
        }
        Ok::<_, crate::store::Error>(retried)
    };
    let retried = ctx.store.write(write).await?;
    tracing::info!(retried, "an operator has jobs tried again");
    Ok(json(&RetryResponse { retried }))
}

fn known(kind: Option<&str>) -> Result<(), Problem> {
    if kind.is_none_or(|kind| Kind::named(kind).is_some()) {
        return Ok(());
    }
    let names = Kind::ALL.map(Kind::name).join(", ");
    Err(Problem::invalid(format!("kind is one of {names}")))
}
