//! The description of the API: `/openapi.json`, made from the handlers, and a page to read it.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    components(schemas(crate::gateway::messages::Request, crate::gateway::messages::Message)),
    info(title = "Arena", description = "The control plane: identities, queues, matches."),
    paths(
        crate::queue::http::join,
        crate::queue::http::look,
        crate::queue::http::leave,
        crate::queue::http::enter,
        crate::queue::entry::look,
        crate::queue::entry::explain,
        crate::queue::entry::prefer,
        crate::lobby::http::register,
        crate::lobby::http::form,
        crate::lobby::http::look_at_crew,
        crate::lobby::http::join_crew,
        crate::lobby::http::leave_crew,
        crate::lobby::http::challenge,
        crate::lobby::http::answer,
        crate::lobby::http::look,
        crate::lobby::http::leave,
        crate::gateway::http::open,
        crate::matches::http::list,
        crate::matches::http::look,
        crate::matches::http::look_closer,
        crate::matches::http::ready,
        crate::matches::http::leave,
        crate::matches::http::void,
        crate::invariants::look,
        crate::matches::http::events,
        crate::identities::http::register,
        crate::identities::http::log_in,
        crate::identities::http::refresh,
        crate::identities::http::log_out,
        crate::identities::http::nonce,
        crate::identities::http::wallet,
        crate::identities::http::me,
        crate::identities::http::make_key,
        crate::identities::http::keys,
        crate::identities::http::revoke_key,
        crate::identities::http::jwks,
        crate::identities::http::rotate,
        crate::agents::http::make,
        crate::agents::http::change,
        crate::agents::http::look,
        crate::agents::http::list,
    )
)]
struct Api;

pub(super) async fn openapi() -> Response {
    super::json(&Api::openapi())
}

pub(super) async fn page() -> Response {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                  base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    (headers, include_str!("docs/page.html")).into_response()
}

pub(super) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("docs/page.css"))
}

pub(super) async fn script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("docs/page.js"))
}
