//! `/faucet`, and what operators ask of the arena's own wallet: as the clients of the old API know
//! them.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::service::{self, Given};
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::Json;
use crate::http::json;
use crate::identities::auth::Operator;
use crate::onchain::Account;
use crate::uint::Wei;

/// Who would like some coin.
#[derive(Debug, Deserialize, ToSchema)]
pub struct FaucetRequest {
    /// A wallet; where its letters are of both cases, they are a checksum (EIP-55).
    #[schema(example = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf", max_length = 256)]
    address: String,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum FaucetResponse {
    /// It is on its way.
    Funded(Funded),
    /// It was given some before.
    NotFunded(NotFunded),
}

/// Coin that is on its way.
#[derive(Debug, Serialize, ToSchema)]
pub struct Funded {
    success: bool,
    /// True.
    funded: bool,
    /// The transaction; null if it is not signed within a second, as while the chain is away.
    tx_hash: Option<String>,
    /// Coins.
    amount_mon: f64,
    /// This one included.
    wallets_funded: u32,
    cap: u32,
}

/// Nothing was sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotFunded {
    success: bool,
    /// False.
    funded: bool,
    /// `already_funded`.
    reason: &'static str,
}

/// Ask for coin: each wallet once
///
/// The answer does not wait for the chain: what is sent is a job, and `tx_hash` what was signed.
#[utoipa::path(post, path = "/faucet", tag = "faucet", request_body = FaucetRequest,
    responses(
        (status = 200, body = FaucetResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
        (status = 503, body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn give(
    State(ctx): State<Ctx>,
    Json(FaucetRequest { address }): Json<FaucetRequest>,
) -> Result<Response, Problem> {
    payer(&ctx)?;
    let to = address.parse::<Account>().ok().filter(|account| !account.is_nobody());
    let to = to.ok_or_else(|| {
        let detail = "Invalid address: expected 0x and 40 hexadecimal digits; digits of both \
                      cases are a checksum";
        Problem::new(StatusCode::BAD_REQUEST, "bad_address", detail)
    })?;
    let terms = ctx.config.faucet;
    let answer = match service::give(&ctx, &to).await? {
        Given::Now { wallets } => FaucetResponse::Funded(Funded {
            success: true,
            funded: true,
            tx_hash: service::hash(&ctx, &to).await?,
            amount_mon: terms.amount.in_coins(),
            wallets_funded: wallets,
            cap: terms.cap,
        }),
        Given::Before => {
            let (success, funded, reason) = (true, false, "already_funded");
            FaucetResponse::NotFunded(NotFunded { success, funded, reason })
        }
        Given::Nothing => {
            let cap = terms.cap;
            let detail = format!("{cap} wallets were given coin, and there is none for more");
            return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "faucet_empty", detail));
        }
    };
    Ok(json(&answer))
}

/// The wallet that the arena pays from.
#[derive(Debug, Serialize, ToSchema)]
pub struct WalletResponse {
    address: String,
    /// Coins, when they were last counted: every 15 s. Null before the first time.
    balance_mon: Option<f64>,
}

/// Look at the wallet that the arena pays from
#[utoipa::path(get, path = "/admin/wallet", tag = "admin", security(("bearer" = [])),
    responses(
        (status = 200, body = WalletResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
        (status = 503, body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn wallet(State(ctx): State<Ctx>, _operator: Operator) -> Result<Response, Problem> {
    let (address, balance) = payer(&ctx)?;
    Ok(json(&WalletResponse { address, balance_mon: balance.map(Wei::in_coins) }))
}

/// Wallets that were given coin before.
#[derive(Debug, Serialize, ToSchema)]
pub struct TopUpResponse {
    wallets: usize,
    /// For which a job was made; what it sends is what the wallet has less than the faucet gives.
    topped_up: usize,
    details: Vec<TopUpDetail>,
}

/// A wallet.
#[derive(Debug, Serialize, ToSchema)]
pub struct TopUpDetail {
    #[schema(value_type = String)]
    address: Account,
    /// `asked`, or `under_way` if the last one is not over yet.
    status: &'static str,
}

/// Give wallets what they have less than the faucet gives
#[utoipa::path(post, path = "/admin/faucet/topup", tag = "admin", security(("bearer" = [])),
    responses(
        (status = 200, body = TopUpResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
        (status = 503, body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn top_up(State(ctx): State<Ctx>, _operator: Operator) -> Result<Response, Problem> {
    payer(&ctx)?;
    let all = service::top_up(&ctx).await?;
    let topped_up = all.iter().filter(|it| it.asked).count();
    tracing::info!(topped_up, "an operator has wallets topped up");
    let detail = |it: service::TopUp| TopUpDetail {
        address: it.address,
        status: if it.asked { "asked" } else { "under_way" },
    };
    let wallets = all.len();
    let details = all.into_iter().map(detail).collect();
    Ok(json(&TopUpResponse { wallets, topped_up, details }))
}

/// Who pays, and what it had when that was last looked at.
fn payer(ctx: &Ctx) -> Result<(String, Option<Wei>), Problem> {
    let link = ctx.chain.get();
    let address = link.and_then(|link| Some((link, link.address()?)));
    let Some((link, address)) = address else {
        let detail = "no key of a chain is configured here (--chain, --chain-key-file), so nothing \
                      can be sent";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "no_chain", detail));
    };
    Ok((address.to_string(), link.seen().balance.map(Wei)))
}
