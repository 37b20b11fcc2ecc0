//! `/matches/{id}/signature`: as the clients of the old API sign, but for what proves nothing.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value as Tree;
use utoipa::ToSchema;

use super::service::{self, Error, Held, Kept};
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::Json;
use crate::http::json;
use crate::ids::MatchId;
use crate::matches::http::before::iso;
use crate::matches::rules::Side;

/// A side's signature.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SignatureRequest {
    /// The wallet it joined with; where its letters are of both cases, they are a checksum (EIP-55).
    address: String,
    /// 65 bytes in hex (r, s, v), or the 64 of EIP-2098, with or without 0x; or what a contract
    /// takes for its signature (ERC-1271).
    signature: String,
}

/// How many have signed.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignatureResponse {
    #[schema(value_type = String)]
    match_id: MatchId,
    signatures_received: usize,
    /// Whether both sides have: then it is recorded on chain.
    ready_for_submission: bool,
}

/// What both have signed.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignaturesResponse {
    #[schema(value_type = String)]
    match_id: MatchId,
    signatures: Vec<KeptSignature>,
    signatures_received: usize,
    ready_for_submission: bool,
}

/// A signature that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptSignature {
    /// With its checksum (EIP-55), however it was sent.
    address: String,
    /// In hex, without 0x: r, s and a v of 27 or 28, whatever form it came in.
    signature: String,
    /// ISO 8601, UTC.
    created_at: String,
}

/// Sign a result
///
/// The signature is checked at once: it has to be that of a wallet that joined, over what
/// `GET /v1/matches/{match_id}/typed-data` gives. The same again is fine.
#[utoipa::path(post, path = "/matches/{match_id}/signature", tag = "results",
    request_body = SignatureRequest,
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = SignatureResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
        (status = 503, body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn submit(
    State(ctx): State<Ctx>,
    Path(id): Path<String>,
    Json(SignatureRequest { address, signature }): Json<SignatureRequest>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Problem::from(Error::Unknown))?;
    let held = service::submit(&ctx, id, &address, &signature).await?;
    Ok(json(&SignatureResponse {
        match_id: id,
        signatures_received: held.count(),
        ready_for_submission: held.count() == Side::BOTH.len(),
    }))
}

/// Look at the signatures of a result
#[utoipa::path(get, path = "/matches/{match_id}/signatures", tag = "results",
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = SignaturesResponse),
        (status = 404, body = error::Body, content_type = "application/problem+json"),
        (status = 429, body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn list(State(ctx): State<Ctx>, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Problem::from(Error::Unknown))?;
    let held = service::held(&ctx, id).await?;
    let (count, Held { by }) = (held.count(), held);
    let signatures = [by.first, by.second].into_iter().flatten().map(KeptSignature::from).collect();
    Ok(json(&SignaturesResponse {
        match_id: id,
        signatures,
        signatures_received: count,
        ready_for_submission: count == Side::BOTH.len(),
    }))
}

/// What a wallet is asked to sign, as `eth_signTypedData_v4` takes it
#[utoipa::path(get, path = "/v1/matches/{match_id}/typed-data", tag = "results",
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = Tree, description = "EIP-712: types, primaryType, domain, message"),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn typed_data(
    State(ctx): State<Ctx>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Problem::from(Error::Unknown))?;
    Ok(json(&service::typed_data(&ctx, id).await?))
}

impl From<Kept> for KeptSignature {
    fn from(kept: Kept) -> Self {
        Self { address: kept.address, signature: kept.signature, created_at: iso(kept.at) }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        let unprocessable = |code| Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, &*detail);
        match error {
            Error::Unknown => Self::not_found(detail),
            Error::Nothing(_) => Self::conflict("nothing_to_sign", detail),
            Error::Address(_) => unprocessable("bad_address"),
            Error::Malformed(_) => unprocessable("bad_signature"),
            Error::Mistaken(_) => unprocessable("signature_mismatch"),
            Error::Refused(super::rules::Refused::Stranger(_)) => {
                Self::new(StatusCode::FORBIDDEN, "not_a_side", detail)
            }
            Error::Refused(super::rules::Refused::SignedOtherwise(_)) => {
                Self::conflict("signed_otherwise", detail)
            }
            Error::Unreachable(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "chain_unavailable", detail)
                    .retry_after(5)
            }
            Error::Store(error) => error.into(),
        }
    }
}
