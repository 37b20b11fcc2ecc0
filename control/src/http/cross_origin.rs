//! What pages of other sites may read: all of the API. It knows who asks by a header that pages have
//! to set themselves, never by a cookie.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

/// A layer for routes that belong to the API and are served from elsewhere.
pub async fn readable(request: Request, next: Next) -> Response {
    let preflight = is_preflight(&request);
    let mut response =
        if preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    anybody_may_read(response.headers_mut(), preflight);
    response
}

/// A preflight asks about a request and is none.
pub(super) fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

pub(super) fn anybody_may_read(headers: &mut HeaderMap, preflight: bool) {
    let any = HeaderValue::from_static("*");
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any.clone());
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("retry-after, x-request-id, idempotent-replayed"),
    );
    if preflight {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, any);
        // The star does not cover this one.
        let allowed = HeaderValue::from_static("*, authorization");
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
}
