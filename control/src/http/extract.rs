//! What handlers are given: bodies, queries and ids that are refused in our own words.
//!
//! Invariant: no text that a handler sees holds NUL, which PostgreSQL cannot keep.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;

use crate::error::Problem;

/// Time for a body, whose head has come.
const BODY_TIME: Duration = Duration::from_secs(10);
const NO_NUL: &str = "no text may hold NUL";

/// A JSON body.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
        let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            let detail = "the body has to be JSON, with content-type: application/json";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", detail));
        }
        let coding = request.headers().get(header::CONTENT_ENCODING);
        if coding.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
            let detail = "the body has to come as it is, without content-encoding";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "encoded", detail));
        }
        let body = body(request, state).await?;
        // A list would be taken for the values of an object in their order.
        if body.trim_ascii_start().first().is_some_and(|first| *first == b'[') {
            return Err(Problem::invalid("the body does not fit: expected an object, not a list"));
        }
        if holds_nul(&body) {
            return Err(Problem::invalid(format!("the body does not fit: {NO_NUL}")));
        }
        axum::Json::from_bytes(&body).map(|axum::Json(value)| Self(value)).map_err(|rejection| {
            let text = rejection.body_text();
            // The framework's words for it, without those about its own types.
            let reason = text.split_once(": ").map_or(text.as_str(), |(_, reason)| reason);
            let data = matches!(rejection, JsonRejection::JsonDataError(_));
            let what = if data { "does not fit" } else { "is not JSON" };
            Problem::invalid(format!("the body {what}: {reason}"))
        })
    }
}

/// The request with all of its body in hand. Who is refused before he has said everything would find
/// his connection closed under the next request that he sends on it.
pub(super) async fn heard(mut request: Request) -> Result<Request, Problem> {
    if request.body().is_end_stream() {
        return Ok(request);
    }
    let mut carried = Request::new(std::mem::take(request.body_mut()));
    // How long a body may be stands there.
    *carried.extensions_mut() = request.extensions().clone();
    *request.body_mut() = Body::from(body(carried, &()).await?);
    Ok(request)
}

/// All of a body, which is not longer than it may be and comes in time.
pub(super) async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    let body = tokio::time::timeout(BODY_TIME, Bytes::from_request(request, state));
    let body = body.await.map_err(|_late| {
        let detail = "the body did not come within 10 s: send it at once, with its length";
        Problem::new(StatusCode::REQUEST_TIMEOUT, "timeout", detail)
    })?;
    body.map_err(|rejection| {
        let status = rejection.status();
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            Problem::new(status, "too_large", "the body is longer than this path takes: send less")
        } else {
            Problem::invalid("the body could not be read to its end")
        }
    })
}

/// The query of a URL.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(Problem::invalid(format!("the query does not fit: {NO_NUL}")));
        }
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                let text = rejection.body_text();
                let reason = text.split_once(": ").map_or(text.as_str(), |(_, reason)| reason);
                Err(Problem::invalid(format!("the query does not fit: {reason}")))
            }
        }
    }
}

/// Whether a path is text that may name something: UTF-8, and no NUL in it.
pub(super) fn is_text(path: &str) -> bool {
    let text = percent_encoding::percent_decode_str(path).decode_utf8();
    text.is_ok_and(|text| !text.contains('\0'))
}

/// Whether a text in a JSON document holds NUL: there it can only be written as an escape.
pub(crate) fn holds_nul(json: &[u8]) -> bool {
    const NUL: &[u8] = b"u0000";
    let escapes = json.iter().enumerate().filter(|(_, byte)| **byte == b'\\');
    let mut escaped = None;
    for (at, _) in escapes {
        // The second of two is what the first one escapes, and begins nothing.
        if escaped == Some(at) {
            continue;
        }
        escaped = Some(at + 1);
        if json[at + 1..].starts_with(NUL) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_is_found_where_it_is_one() {
        for (json, nul) in [
            (r#"{"a":"b"}"#, false),
            (r#"{"a":"\u0000"}"#, true),
            (r#"{"a":"\\u0000"}"#, false),
            (r#"{"a":"\\\u0000"}"#, true),
            (r#"{"a":"\n\u0001u0000"}"#, false),
            (r#"{"a\u0000":1}"#, true),
            ("\\", false),
            ("", false),
        ] {
            assert_eq!(holds_nul(json.as_bytes()), nul, "{json}");
        }
    }

    #[test]
    fn a_path_is_text() {
        for (path, text) in [
            ("/queue/a", true),
            ("/queue/%c3%a4", true),
            ("/queue/%ff", false),
            ("/queue/a%00", false),
            ("/queue/%zz", true),
        ] {
            assert_eq!(is_text(path), text, "{path}");
        }
    }
}
