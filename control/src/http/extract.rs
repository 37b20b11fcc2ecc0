//! What handlers are given: bodies, queries and ids that are refused in our own words.

use axum::body::Bytes;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;

use crate::error::Problem;

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
        let body = Bytes::from_request(request, state).await.map_err(|rejection| {
            let status = rejection.status();
            if status == StatusCode::PAYLOAD_TOO_LARGE {
                Problem::new(status, "too_large", "the body is longer than 64 KiB")
            } else {
                Problem::invalid("the body could not be read to its end")
            }
        })?;
        // A list would be taken for the values of an object in their order.
        if body.trim_ascii_start().first().is_some_and(|first| *first == b'[') {
            return Err(Problem::invalid("the body does not fit: expected an object, not a list"));
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

/// The query of a URL.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
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
