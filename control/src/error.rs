//! What a client is told when something does not work: `application/problem+json` (RFC 9457).
//!
//! The cause of a fault of ours goes to the log only. `code` is stable, `detail` says what to do,
//! and is what clients of the old API read.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::store;

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The answer's status.
    pub status: StatusCode,
    /// A stable word for it.
    pub code: &'static str,
    /// What is wrong, and what to do.
    pub detail: String,
    /// Seconds after which it may work.
    pub retry_after_s: Option<u64>,
}

/// A [`Problem`] as it is sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Body {
    /// A name for the kind of problem: `urn:arena:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The status.
    pub status: u16,
    /// A stable word for it.
    pub code: String,
    /// What is wrong, and what to do.
    pub detail: String,
}

impl Problem {
    /// A refusal of a status, a code and a sentence.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), retry_after_s: None }
    }

    /// It may work later.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// What was sent makes no sense.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
    }

    /// There is no such thing, or it is nobody's business of who asks.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// Who asks has not said who it is, or not so that it can be believed.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
    }

    /// Who asks may not do this.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// Too often.
    pub fn too_many(seconds: u64) -> Self {
        let detail = format!("too many requests; try again in {seconds} s");
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail).retry_after(seconds)
    }

    /// A fault of ours; the cause is in the log.
    pub fn fault() -> Self {
        let detail = "a fault of ours; nothing was changed";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    /// It contradicts what is already so.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Body {
            kind: format!("urn:arena:problem:{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            code: self.code.to_owned(),
            detail: self.detail,
        };
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))];
        let mut response = (self.status, kind, body).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if [StatusCode::PAYLOAD_TOO_LARGE, StatusCode::REQUEST_TIMEOUT].contains(&self.status) {
            // The rest of the body is not read, so nothing can come behind it.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        let unavailable = |code, detail: &str| {
            Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).retry_after(1)
        };
        match error {
            store::Error::Constraint(_) => {
                Self::conflict("conflict", "somebody else has it already")
            }
            store::Error::Contended => {
                unavailable("contended", "too many others do the same, try again")
            }
            store::Error::Overloaded => {
                unavailable("overloaded", "too many requests wait, try again")
            }
            store::Error::Unavailable(cause) => {
                tracing::warn!(%cause, "the database is unavailable");
                unavailable("unavailable", "the database is unavailable, try again")
            }
            store::Error::Full => {
                tracing::error!("the disk is full");
                let detail = "there is no room to keep this; nothing was changed";
                Self::new(StatusCode::INSUFFICIENT_STORAGE, "storage_full", detail).retry_after(30)
            }
            store::Error::Uncertain(cause) => {
                tracing::error!(%cause, "the disk failed");
                let detail = "the disk failed: whether this was done shows after the next start";
                unavailable("uncertain", detail)
            }
            store::Error::Broken(cause) => {
                tracing::error!(%cause, "the database failed");
                Self::fault()
            }
        }
    }
}
