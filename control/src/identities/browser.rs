//! `/v1/auth/session`: the sign-in of a browser, in a cookie that no script can read.
//!
//! A page keeps its access token in memory and gets it anew from here. The cookie goes to
//! `/v1/auth` alone. Other sites cannot have it sent (`SameSite`), other origins of the same site
//! are refused by what the browser says of them, and nobody but this origin may read the answer.
//!
//! It does not rotate: tabs ask at once, and whoever leaves a page loses the answer; either would
//! look like a token that two have. What it is worth to a thief is what his hold of the browser is.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::http::TokensResponse;
use super::service::{self, AuthError, REFRESH_FOR, Tokens};
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::json;

const COOKIE: &str = "arena_session";
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Where the refresh token is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// By who asks: the answer has it.
    #[default]
    Token,
    /// In a cookie for pages of this origin: the answer has none.
    Cookie,
}

impl Keep {
    /// What is answered to who has just logged in.
    pub(super) fn answer(self, tokens: Tokens, headers: &HeaderMap) -> Result<Response, Problem> {
        match self {
            Self::Token => Ok(json(&TokensResponse::from(tokens))),
            Self::Cookie => {
                own_page(headers)?;
                kept(tokens, headers)
            }
        }
    }
}

/// Get an access token by the cookie of an earlier sign-in
///
/// Nothing comes back where there is no cookie: nobody is logged in.
#[utoipa::path(post, path = "/v1/auth/session", tag = "identities",
    responses((status = 200, body = TokensResponse), (status = 204),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn resume(State(ctx): State<Ctx>, headers: HeaderMap) -> Result<Response, Problem> {
    own_page(&headers)?;
    let Some(token) = cookie(&headers) else { return Ok(StatusCode::NO_CONTENT.into_response()) };
    match service::resume(&ctx, token).await {
        Ok(tokens) => kept(tokens, &headers),
        Err(ended @ (AuthError::RefreshEnded | AuthError::Disabled)) => {
            Ok(forgotten(Problem::from(ended).into_response()))
        }
        Err(error) => Err(error.into()),
    }
}

/// End the sign-in of the cookie
#[utoipa::path(delete, path = "/v1/auth/session", tag = "identities", responses((status = 204),
    (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn end(State(ctx): State<Ctx>, headers: HeaderMap) -> Result<Response, Problem> {
    own_page(&headers)?;
    if let Some(token) = cookie(&headers) {
        service::log_out(&ctx, token).await?;
    }
    Ok(forgotten(StatusCode::NO_CONTENT.into_response()))
}

/// Refuses pages of other origins. What says nothing of itself is no browser, and brings no cookie
/// that its owner did not give it.
fn own_page(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: &HeaderName| headers.get(name).map(HeaderValue::as_bytes);
    let is_own = match (text(&SITE), text(&header::ORIGIN)) {
        (Some(site), _) => site == b"same-origin",
        // Browsers say where they are from a secure page only; there are arenas in a local network.
        (None, Some(origin)) => {
            let host = text(&header::HOST).unwrap_or_default();
            [&b"http://"[..], b"https://"].iter().any(|scheme| origin == [scheme, host].concat())
        }
        (None, None) => true,
    };
    if is_own {
        Ok(())
    } else {
        Err(Problem::forbidden("only pages of this origin may use its cookie"))
    }
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';'));
    pairs.find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

fn kept(tokens: Tokens, headers: &HeaderMap) -> Result<Response, Problem> {
    // Behind a proxy, only the browser knows whether it speaks TLS.
    let is_secure = headers
        .get(header::ORIGIN)
        .is_some_and(|origin| origin.as_bytes().starts_with(b"https://"));
    let secure = if is_secure { "; Secure" } else { "" };
    let (token, for_s) = (&tokens.refresh, REFRESH_FOR.0 / 1000);
    let cookie = format!(
        "{COOKIE}={token}; Path=/v1/auth; HttpOnly; SameSite=Strict; Max-Age={for_s}{secure}"
    );
    let cookie = HeaderValue::try_from(cookie).map_err(|_| Problem::fault())?;
    let mut response = json(&TokensResponse::without_refresh(tokens));
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

fn forgotten(mut response: Response) -> Response {
    const GONE: &str = "arena_session=; Path=/v1/auth; HttpOnly; SameSite=Strict; Max-Age=0";
    response.headers_mut().insert(header::SET_COOKIE, HeaderValue::from_static(GONE));
    response
}
