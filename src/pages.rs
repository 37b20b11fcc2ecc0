//! The pages and the browser's library, as they are embedded in the binary.

use arena_relay::{method_not_allowed, not_found};
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/web"]
struct Files;

/// The pages. `quic_port` is where they may connect beside the port that they come from.
pub(crate) fn routes(quic_port: u16) -> Router {
    // Nothing inline, nothing from elsewhere; WebTransport goes to another port of the same host.
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self' https://*:{quic_port} https://localhost:{quic_port} \
         https://127.0.0.1:{quic_port}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let policy = HeaderValue::from_str(&policy).expect("ASCII without control characters");
    let page = |name: &'static str| {
        let policy = policy.clone();
        get(async move || {
            let mut response = file(name);
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
            response
        })
    };
    Router::new()
        .route("/", page("pages/index.html"))
        .route("/watch/{*channel}", page("pages/watch.html"))
        .route("/assets/{*path}", get(asset))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
}

async fn asset(Path(path): Path<String>) -> Response {
    if Files::get(&path).is_some() { file(&path) } else { not_found().await }
}

fn file(path: &str) -> Response {
    let Some(file) = Files::get(path) else {
        return axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let kind = match path.rsplit_once('.').map(|(_, kind)| kind) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("ts" | "md") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, file.data).into_response()
}
