//! The upgrade of a request to a socket.

use arena_protocol::origin;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};

use super::{messages, socket};
use crate::context::Ctx;
use crate::error::{self, Problem};

/// Sockets that are held.
const SOCKETS_MAX: usize = 50_000;
/// Bytes of a message.
const MESSAGE_LEN_MAX: usize = 16 * 1024;
/// Most sockets say little: what is read at once, and what is written at once.
const READ_BUFFER: usize = 1024;

/// Open a socket
///
/// Both sides speak JSON: `{type, id, ts, data}`, see `Request` and `Message`. Begin with `auth`;
/// where access is open, `queue.enter` will do.
#[utoipa::path(get, path = "/v1/gateway", tag = "gateway", responses(
    (status = 101, description = "Then `Request`s go up and `Message`s come down", body = messages::Message),
    (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    (status = 503, body = error::Body, content_type = "application/problem+json"),
))]
pub async fn open(
    State(ctx): State<Ctx>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|refused| {
        let status = refused.into_response().status();
        Problem::new(status, "not_a_websocket", "this path speaks WebSocket: upgrade")
    })?;
    if !page_allowed(&headers, &ctx.config.origins) {
        return Err(Problem::forbidden("pages of this origin may not open sockets here"));
    }
    if ctx.hub.count() >= SOCKETS_MAX {
        let detail = "too many sockets are open, try again";
        let status = axum::http::StatusCode::SERVICE_UNAVAILABLE;
        return Err(Problem::new(status, "too_many_sockets", detail).retry_after(5));
    }
    let upgrade = upgrade
        .max_message_size(MESSAGE_LEN_MAX)
        .max_frame_size(MESSAGE_LEN_MAX)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0);
    Ok(upgrade.on_upgrade(move |socket| socket::run(ctx, socket)))
}

/// Browsers say whose page asks, once and readably; others do not.
fn page_allowed(headers: &HeaderMap, allowed: &[String]) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => {
            origin.to_str().is_ok_and(|origin| origin::allowed(Some(origin), allowed, &[]))
        }
        (Some(_), Some(_)) => false,
    }
}
